/*
 * The built-in tables, as the files of src/ie share them; not installed.
 */
#ifndef NF_IE_TABLES_H
#define NF_IE_TABLES_H

#include "ie/ie.h"

/*
 * One table of rows.  A direct one is indexed by id, with gaps that have no name; the others
 * are ascending by {pen, id}.
 */
struct nf_ie_table {
	const struct nf_ie *rows;
	size_t n;
	uint32_t first_pen, last_pen;
	bool direct;
};

enum { NF_IE_TABLES = 6 };
extern const struct nf_ie_table nf_ie_tables[NF_IE_TABLES];

/* True if a value of LENGTH octets can be read as KIND. */
bool nf_kind_fits(enum nf_kind kind, size_t length);

/* Names that v9 field types have besides the one in their row. */
struct nf_ie_alias {
	uint16_t id;		/* IANA's */
	const char *name;
};
extern const struct nf_ie_alias nf_ie_aliases[];
extern const size_t nf_ie_naliases;

/* Tables of labels.def, which the rows point to. */
#define LABELS(table, rule, name)	extern const struct nf_labels nf_labels_##table;
#define RULE(table, name)		extern const struct nf_labels nf_labels_##table;
#define VALUE(value, text)
#define END(table)
#include "ie/labels.def"
#undef LABELS
#undef RULE
#undef VALUE
#undef END

#endif
