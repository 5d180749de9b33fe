/*
 * Flow records, one after another, in any format: options records and what is no record are
 * left out, and so is what a filter does not let through.
 *
 *	struct flows *f = flows_new(flows_ops_of("csv"), &opts, registry, &err);
 *
 *	flows_begin(f);
 *	while (nf_delivery_next(&delivery, &view, NULL))
 *		flows_message(f, &view);
 *	flows_end(f);
 *	... write flows_output(f) ...
 *	flows_free(f);
 *
 * What a format does once a layout is kept in a plan.
 */
#ifndef OUT_FLOWS_H
#define OUT_FLOWS_H

#include "model/join.h"
#include "ie/times.h"
#include "out/columns.h"

struct flows;

/* How the cell of a column comes out of the records of a layout. */
enum flows_cell_op {
	FLOWS_EMPTY,
	FLOWS_DIRECT,		/* one field, written in place: see layouts_put_value */
	FLOWS_TIME,		/* a time, but for people */
	FLOWS_CALL,		/* the column's own cell */
	FLOWS_FIELDS,		/* the fields listed, one behind the other */
	FLOWS_OF_SET,		/* made once a set */
	FLOWS_NAME,		/* a row of the filter's names */
};

struct flows_cell {
	uint8_t op;
	const struct layouts_text *text;	/* FLOWS_DIRECT */
	const struct nf_flowtime_way *way;		/* FLOWS_TIME */
	uint32_t first, n;			/* FLOWS_FIELDS: in plan->fields */
};

struct flows_plan {
	const struct nf_layout *layout;
	const struct layouts_entry *texts;	/* of f->layouts */
	struct flow_view view;
	struct flows_cell *cells;		/* one a column */
	uint16_t *fields;			/* what cells list */
	struct sheet_plan *sheet;		/* the format's, where it has one */
	void *own;				/* the format's, for nf_free */
	struct flows_plan *next;		/* of the same bucket */
};

struct flows_ops {
	const char *name;			/* as -o takes it */
	const struct out_ops *out;		/* texts around values, for lists and trees */
	/* the columns where none are chosen; NULL: it has none */
	const char *usual;
	/* shows those and not columns, unless --norm asks */
	bool fields;
	/*
	 * a record's text does not depend on those before it, so that several threads may make
	 * them: see flows_team.h
	 */
	bool apart;
	bool lists;				/* shows what is in lists (RFC 6313) */
	/* completes a plan; false where memory is out.  May be NULL, as may begin and set */
	bool (*plan)(struct flows *f, struct flows_plan *plan);
	void (*begin)(struct flows *f);
	/* makes what the text holds from FROM on a cell of the format; NULL: as it is */
	void (*quote)(struct nf_strbuf *s, size_t from);
	/* f->at says which set, whose records follow */
	void (*set)(struct flows *f);
	void (*record)(struct flows *f, const struct flows_plan *plan, const struct nf_recs *recs);
	/* instead of record, of all those in f->sheet */
	void (*rows)(struct flows *f, const struct flows_plan *plan, const struct nf_recs *recs);
	void (*end)(struct flows *f);		/* may be NULL, as may done */
	void (*done)(struct flows *f);		/* frees f->own */
};

struct flows_opts {
	struct out_opts out;
	const char *columns;		/* -c; NULL: the format's usual ones */
	const char *more;		/* further ones behind these; or NULL */
	struct filter *filter;		/* borrowed; NULL: everything */
	struct filter_opts names;	/* what filters know of files */
	uint64_t limit;			/* records */
	bool silent;			/* test the filter and show nothing */
	bool verbose;			/* text: every field */
	bool norm;			/* json: the normalised view as well */
	bool int64_strings;		/* json: integers that a double does not hold, as strings */
	struct join *join;		/* -v and --norm show what it says; NULL: nothing */
	/* When the system was started whose IPFIX uptimes need it; NULL: it stays unknown. */
	bool (*start)(void *ctx, const struct join_record *at, uint64_t *ms);
	void *start_ctx;
};

enum { FLOWS_BUCKETS = 1024 };

/* Whose records were shown last. */
struct flows_who {
	struct nf_addr addr;
	uint32_t domain;
	uint32_t file;			/* where there is no address */
	uint16_t version;		/* 0: nobody's yet */
	uint8_t aggregation;
};

struct flows {
	const struct flows_ops *ops;
	struct flows_opts opts;
	struct out *out;
	struct columns columns;
	struct layouts layouts;			/* for what is written in place */
	struct flows_plan *buckets[FLOWS_BUCKETS];
	struct flows_plan *recent;
	struct columns_at at;			/* the current set and record */
	struct sheet sheet;			/* records of the set, by the plan's */
	unsigned row;				/* of the current one */
	const struct nf_resolver *resolver;	/* of its message */
	struct nf_msg msg;			/* the message, where the start was found */
	bool started;				/* it was asked for */
	struct nf_strbuf fixed;			/* text that all records of the set have */
	uint32_t fixed_at[COLUMNS_MAX + 1];	/* where the cells of the columns stand in it */
	void *own;				/* the format's */
	unsigned widths[COLUMNS_MAX];		/* text */
	struct flows_who who;			/* text: in the last line that names them */
	uint64_t left;				/* of opts.limit */
	uint64_t undecoded;			/* sets of records without a layout */
	bool failed;
};

/* Shows no records but what columns there are: -c help. */
extern const struct flows_ops flows_names;

/* The format of that NAME, NULL if there is none. */
const struct flows_ops *flows_ops_of(const char *name);

/*
 * OPTS is copied, what it points to borrowed, as is REGISTRY.  NULL if memory is out, or where
 * ERR says what is wrong with the columns.
 */
struct flows *flows_new(const struct flows_ops *ops, const struct flows_opts *opts,
			struct nf_registry *registry, struct filter_error *err);
void flows_free(struct flows *f);

void flows_begin(struct flows *f);
bool flows_end(struct flows *f);

/* False where memory was out; what stands in the text is then of no use. */
bool flows_message(struct flows *f, const struct nf_view *v);
bool flows_late(struct flows *f, const struct nf_late *late);

static inline struct nf_strbuf *flows_output(struct flows *f)
{
	return &f->out->text;
}

/* True while -n lets records through. */
static inline bool flows_wants(const struct flows *f)
{
	return f->left > 0;
}

/* -- What formats share ---------------------------------------------------------------- */

/* What lists in the current record need. */
struct nf_list_ctx flows_list_ctx(const struct flows *f, const struct nf_recs *recs);

/* A time as csv and json show it; P has room for NF_ROOM_INSTANT octets. */
static inline char *flows_put_time(struct flows *f, const struct flows_cell *cell, char *p)
{
	struct nf_flowtime t;
	int64_t ms;

	if (nf_flowtime_ms(cell->way, f->at.in.msg, f->at.in.rec, &ms))
		return nf_put_ms(p, ms, &f->out->time);
	if (!nf_flowtime_at(cell->way, f->at.in.msg, f->at.in.rec, &t) ||
	    t.source == NF_FLOWTIME_RELATIVE)
		return p;
	return columns_put_time(p, &t, &f->out->time);
}

/*
 * For those who show single records, in any order: AT says all that is known around its record.
 * The plan with which flows_cell makes the cells of that record, until the next call; NULL if
 * memory is out.
 */
const struct flows_plan *flows_at(struct flows *f, const struct filter_at *at);

/* For people, or not: see struct columns_at. */
void flows_set_words(struct flows *f, bool words);

/*
 * The same record as the format shows it: appended to what flows_output has.  V is its message,
 * RECS, which may be where it is, gives what lists in it need.  False if memory is out.
 */
bool flows_one(struct flows *f, const struct filter_at *at, const struct nf_view *v,
	       const struct nf_recs *recs);

/* How soon a column of text goes where lines are short: the greater the sooner; 0: never. */
unsigned flows_rank(const char *name);

/* Append the cell of column I, whatever its op. */
void flows_cell(struct flows *f, const struct flows_plan *plan, unsigned i, struct nf_strbuf *s);

#endif
