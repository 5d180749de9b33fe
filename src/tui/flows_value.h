/*
 * What a cell of Flows is about: the field that it shows, its octets, and the comparison that the
 * record passes.
 */
#ifndef TUI_FLOWS_VALUE_H
#define TUI_FLOWS_VALUE_H

#include "out/columns.h"

/* What filters call a column; NULL where no name stands for it. */
const struct filter_ref *flows_value_ref(struct filter_names *names, const struct column *c);

/* The field of AT's record that the cell of C is made of, or -1.  AT has a view. */
int flows_value_field(const struct column *c, const struct filter_at *at);

/*
 * Append a filter that AT's record passes, and others with the same in that column.  False, and
 * nothing, where the cell is empty or there is no such filter.
 */
bool flows_value_filter(struct nf_strbuf *s, struct filter_names *names, const struct column *c,
			const struct filter_at *at);

/* Append the octets of the cell in hex; false, and nothing, where it is made of none. */
bool flows_value_hex(struct nf_strbuf *s, const struct column *c, const struct filter_at *at);

#endif
