/*
 * Which templates there are, how often they were sent, and what was read with them.
 *
 *	templates_init(&t, registry);
 *	while (nf_delivery_next(&delivery, &view, NULL))
 *		templates_message(&t, &view);
 *	if (templates_list(&t, tracker))
 *		... t.list[0 .. t.nlist - 1] ...
 *	templates_done(&t);
 *
 * The tracker knows the versions; what uses them is counted here, by the version that each set
 * is resolved to.  Sets without one have rows too, by session, domain, id and reason.
 *
 * Memory: a row for each version (bounded by the tracker's max_templates), at most
 * TEMPLATES_UNDEFINED rows without one, and TEMPLATES_INTERVALS intervals between copies.
 */
#ifndef MODEL_TEMPLATES_H
#define MODEL_TEMPLATES_H

#include "base/arena.h"
#include "model/filter.h"
#include "track/map.h"
#include "track/tracker.h"

enum {
	TEMPLATES_UNDEFINED = 65536,
	/* intervals kept of one version: beyond, every second one is dropped, again and again */
	TEMPLATES_SAMPLE = 1024,
	TEMPLATES_INTERVALS = 4 << 20,	/* of all versions */
	TEMPLATES_HOWS = NF_GIVEN + 1,
};

/* Where something was in the input; frame 0: nowhere. */
struct templates_point {
	uint64_t frame, ordinal;
	int64_t ns;
	uint32_t file;
	bool fine;			/* see nf_datagram.ts_fine */
};

/* The times between a definition and its copies. */
struct templates_intervals {
	int64_t *v;			/* nanoseconds */
	uint32_t n, cap;
	uint64_t stride, total;		/* every STRIDE-th of the TOTAL is kept; 0: all */
};

struct templates_count {
	uint64_t sets, records;
	/* of the records; of sets without a layout those of the sets, headers and all */
	uint64_t octets;
};

struct templates_row {
	struct nf_node node;
	uint64_t key[2];
	const struct nf_version *version;	/* NULL: there is none, see why */
	const struct nf_layout *layout;		/* of v1 to v8, which have no version */
	const struct nf_template *tmpl;		/* its specifiers; NULL: a withdrawal, or none */
	const struct nf_session *session;	/* that sent it; of one given, that uses it */
	uint64_t position;
	uint32_t domain;
	uint16_t export_version, id;
	uint8_t why;				/* enum nf_why_not, where there is no version */
	bool given;				/* of --templates */
	bool matched;				/* by the filter: it, or what was read with it */
	/* how often it was sent, from where to where */
	uint64_t sent;
	struct templates_point first_sent, last_sent;
	struct templates_intervals intervals;
	uint64_t withdrawals;			/* over UDP, where they do not count */
	/* sets that were read with it, by enum nf_how; [0] where there is no version */
	struct templates_count used[TEMPLATES_HOWS];
	uint64_t misfits;			/* sets that it does not fit */
	uint64_t in_lists;			/* records in lists (RFC 6313) */
	struct templates_point first_used, last_used;
	/* the version before it of the same id that has fields; set by templates_list */
	const struct templates_row *before;
};

/* An element of basicLists: no template has it. */
struct templates_element {
	struct nf_node node;
	uint64_t key[1];
	const struct nf_ie *ie;
	uint64_t lists;
};

struct templates {
	struct nf_registry *registry;
	struct nf_arena arena;
	struct nf_map rows, elements;
	struct templates_row *recent;		/* found last */
	struct nf_scratch scratch;
	size_t nundefined, nintervals;
	uint64_t left_out;			/* sets beyond TEMPLATES_UNDEFINED rows */
	uint64_t duplicates;			/* messages that were not counted for this */
	bool failed;				/* memory was out: counts are incomplete */
	/* made by templates_list: by exporter, session, version, domain, id and position */
	struct templates_row **list;
	size_t nlist, cap;
	/*
	 * Records count that match it, and rows are listed that match it or have such records;
	 * NULL: all.  Borrowed; set after templates_init.
	 */
	struct filter *filter;
	bool limited;			/* not all messages came here: list what these had */
	/* count copies of datagrams too: else they are no sendings, and nothing is used in them */
	bool keep_duplicates;
	/* nobody asks how many records there are, but those of a filter: only sets are counted */
	bool uncounted;
};

/* REGISTRY is borrowed.  False if memory is out. */
bool templates_init(struct templates *t, struct nf_registry *registry);
void templates_done(struct templates *t);

void templates_message(struct templates *t, const struct nf_view *v);

/* A set that was counted as pending and now has its layout. */
void templates_late(struct templates *t, const struct nf_late *late);

/* All rows but those of v1 to v8, in order.  Nothing may be fed any more. */
bool templates_list(struct templates *t, struct nf_tracker *tracker);

/*
 * What the list is made of, for those who cannot wait for it: whether a row of templates_next is
 * of it (as far as it is known by now), and its order, for qsort of pointers to rows.
 */
bool templates_listed(const struct templates_row *row);
int templates_order(const void *a, const void *b);

/* The rows of all that was read, those of v1 to v8 as well, in no order: *AT starts NULL. */
struct templates_row *templates_next(const struct templates *t, const struct templates_row *at);

/* What was read with a row, however it was resolved. */
struct templates_count templates_used(const struct templates_row *row);

/* True if nothing was read with a definition, not even in lists. */
bool templates_unused(const struct templates_row *row);

/* Octets of a record: all of its fixed fields, and 1 for each of the *NVAR variable ones. */
uint32_t templates_length(const struct nf_template *tmpl, unsigned *nvar);

/* The median interval between copies; false where there is none.  Sorts them. */
bool templates_refresh(struct templates_row *row, int64_t *ns);

/* -- What a redefinition changes ------------------------------------------------------- */

/* One field of the new definition, of the old one, or of both. */
struct templates_step {
	char op;			/* '+', '-' or ' ' */
	struct nf_spec spec;		/* the new one's, unless op is '-' */
	uint16_t index;			/* of the field in its definition, from 0 */
};

struct templates_diff {
	struct templates_step *v;
	size_t n;
	unsigned added, removed;
};

/*
 * From OLD, which may be NULL, to NEW.  The steps are as few as can be: see nf_edits.  False if
 * memory is out; otherwise templates_diff_done frees the steps.
 */
bool templates_diff(struct templates_diff *d, const struct nf_template *old,
		    const struct nf_template *new);
void templates_diff_done(struct templates_diff *d);

/* True if not all intervals are behind the median. */
static inline bool templates_sampled(const struct templates_row *row)
{
	return row->intervals.n != row->intervals.total;
}

/* -- Between the files of the module ---------------------------------------------------- */

/* The row of a version, as long as nothing is known of who sent it: session NULL.  NULL: memory. */
struct templates_row *templates_row_of(struct templates *t, const struct nf_version *version);

#endif
