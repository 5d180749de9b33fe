/*
 * What `nfpcap templates` shows: a row for each version of a template, and for each id that
 * data sets have and nobody defined.
 *
 *	struct templatelist l = { .o = out, .ops = templatelist_ops_of("text") };
 *
 *	templatelist_begin(&l);
 *	for (size_t i = 0; i < t.nlist; i++)
 *		templatelist_row(&l, t.list[i]);
 *	... write out->text ...
 */
#ifndef OUT_TEMPLATELIST_H
#define OUT_TEMPLATELIST_H

#include "model/templates.h"
#include "out/out.h"

struct templatelist;

struct templatelist_ops {
	const char *name;		/* as -o takes it */
	void (*begin)(struct templatelist *l);	/* may be NULL */
	void (*row)(struct templatelist *l, struct templates_row *row);
};

struct templatelist {
	const struct templatelist_ops *ops;
	struct out *o;			/* borrowed */
	bool verbose;			/* text: the fields of each template */
	const struct templates_row *last;	/* shown last; text puts a title above a group */
};

/* The format of that NAME, NULL if there is none. */
const struct templatelist_ops *templatelist_ops_of(const char *name);

/* A format of out.h that shows no messages: what rows are written with. */
extern const struct out_ops templatelist_out;

void templatelist_begin(struct templatelist *l);

/* False where memory was out. */
bool templatelist_row(struct templatelist *l, struct templates_row *row);

/* -- What formats share ---------------------------------------------------------------- */

extern const struct templatelist_ops templatelist_text, templatelist_csv, templatelist_tsv;

/* "template", "options-template", "withdrawal", "undefined". */
const char *templatelist_kind(const struct templates_row *row);

/* True if ROW is a definition that cannot be used. */
bool templatelist_rejected(const struct templates_row *row);

/* "10.0.0.1:50109 > 10.0.0.2:9991 udp, ipfix, domain 852000" */
void templatelist_group(struct nf_strbuf *s, const struct out *o, const struct templates_row *row);

/* How often it is sent: "60.0s", "~60.0s" where not all times are known; or nothing. */
void templatelist_every(struct nf_strbuf *s, struct templates_row *row);

/* Its fields: "12", "1+2" with scope; octets of a record: "48", "48+" at least. */
void templatelist_shape(struct nf_strbuf *s, const struct nf_template *t);
void templatelist_length(struct nf_strbuf *s, const struct nf_template *t);

/* All that is odd about it, apart by commas; nothing where nothing is. */
void templatelist_notes(struct templatelist *l, struct nf_strbuf *s,
			const struct templates_row *row);

/* "sourceIPv4Address   8    4  ipv4Address": a field of T, its name in WIDTH columns. */
void templatelist_field(struct nf_strbuf *s, struct nf_registry *registry,
			const struct nf_template *t, const struct nf_spec *spec, unsigned width);

#endif
