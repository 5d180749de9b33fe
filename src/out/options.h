/*
 * Options records: one after another, and the tables that they add up to.
 *
 *	struct options *o = options_new(&opts, registry);
 *
 *	while (nf_delivery_next(&delivery, &view, NULL))
 *		options_message(o, &view);
 *	... or, at the end: options_joined(o, join), options_joined_row(o) ...
 *	... write options_output(o) ...
 *	options_free(o);
 */
#ifndef OUT_OPTIONS_H
#define OUT_OPTIONS_H

#include "model/filter.h"
#include "model/join.h"
#include "out/out.h"

struct options_opts {
	struct out_opts out;
	struct filter *filter;		/* borrowed; NULL: everything */
	struct filter_opts names;	/* what filters know of files */
	uint64_t limit;			/* records, or rows */
	bool json;
	char separator;			/* csv and tsv; 0: neither */
	bool joined;			/* options_joined follows */
	bool silent;			/* test the filter and show nothing */
	bool verbose;			/* text: every field on a line of its own */
};

struct options {
	struct options_opts opts;
	struct out *out;
	struct filter_at at;		/* the current record and what stands around it */
	const struct nf_resolver *resolver;
	const struct nf_layout *layout;	/* whose names are in places */
	struct options_place *places;	/* json: its fields, those of one name together */
	size_t nplaces;
	struct nf_strbuf line;		/* text: a line before it is broken */
	struct options_tables *tables;	/* those of options_joined */
	unsigned widths[4];		/* text: of the columns so far */
	uint64_t left;			/* of opts.limit */
	uint64_t undecoded;		/* sets of records without a layout */
	bool failed;
};

/* OPTS is copied, what it points to borrowed, as is REGISTRY.  NULL if memory is out. */
struct options *options_new(const struct options_opts *opts, struct nf_registry *registry);
void options_free(struct options *o);

/* A line a record.  False where memory was out; what stands in the text is then of no use. */
bool options_message(struct options *o, const struct nf_view *v);
bool options_late(struct options *o, const struct nf_late *late);

/*
 * The tables, a line a row and version: begin; then the next line, false at the end of them or if
 * memory is out (failed).
 */
bool options_joined(struct options *o, const struct join *j);
bool options_joined_row(struct options *o);

static inline struct nf_strbuf *options_output(struct options *o)
{
	return &o->out->text;
}

/* True while -n lets records through. */
static inline bool options_wants(const struct options *o)
{
	return o->left > 0;
}

/* -- options_json.c, options_text.c, options_csv.c ------------------------------------- */

/* The record in o->at. */
void options_record_json(struct options *o, const struct nf_recs *recs);
void options_record_text(struct options *o, const struct nf_recs *recs);
void options_record_csv(struct options *o);
void options_csv_titles(struct options *o);
/* A cell ends that began at FROM; then BEHIND. */
void options_csv_end(struct options *o, size_t from, char behind);
extern const struct out_ops options_out_json, options_out_text;

/* options_joined.c */
void options_joined_done(struct options *o);

/* What lists in the current record need. */
struct nf_list_ctx options_list_ctx(const struct options *o, const struct nf_recs *recs);

/* "System", "6871/tombstoneId": what a field or value is of. */
void options_name(struct nf_strbuf *s, const struct nf_ie *ie);

#endif
