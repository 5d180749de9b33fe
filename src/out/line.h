/*
 * What a line about a message says of it, whoever makes the line.
 */
#ifndef OUT_LINE_H
#define OUT_LINE_H

#include "out/out.h"

/* What a line is about: a message, or a set that was held. */
struct line {
	const struct nf_datagram *datagram;
	const struct nf_msg *msg;
	uint32_t length;
};

/* "10.0.0.1:2055"; the transport where there is no address. */
void line_exporter(struct nf_strbuf *s, const struct line *line);

/* "v9"; "?" where not even a header could be read. */
void line_version(struct nf_strbuf *s, const struct line *line);

/* Domain or Source ID; v5 to v8 have an engine's type and number instead. */
void line_domain(struct nf_strbuf *s, const struct line *line);

void line_sequence(struct nf_strbuf *s, const struct line *line);

/* " [error set-overruns-message] [warning count-differs x3]": each problem of o->problems once. */
void line_marks(struct out *o);

#endif
