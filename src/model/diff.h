/*
 * Two meanings held against each other: a list of differences.
 *
 *	diff_init(&d, old, new, &opts)
 *	diff_run(&d)
 *	... d.list[0 .. d.n - 1], d.total ...
 *	diff_done(&d)
 *
 * Of flows the worst are listed, and all counted.  The list is in the order of diff_kinds.def.
 */
#ifndef MODEL_DIFF_H
#define MODEL_DIFF_H

#include "model/meaning.h"

enum diff_kind {
#define KIND(id, name, topic) DIFF_##id,
#include "model/diff_kinds.def"
#undef KIND
	DIFF_KINDS
};

const char *diff_kind_name(enum diff_kind kind);	/* "flow-lost" */
const char *diff_kind_topic(enum diff_kind kind);	/* "flows" */

/* One thing that is another; NULL: that side has none.  Strings are the diff's. */
struct diff_change {
	const char *name;
	const char *old, *new;
};

struct difference {
	uint8_t kind;			/* enum diff_kind */
	int32_t domain[2];		/* index, of old and of new; or MEANING_NONE */
	const char *subject;		/* "template 256", a flow's key; "" */
	uint64_t frame[2];		/* 0: none */
	uint64_t records[2];		/* of a flow, an exporter */
	struct diff_change *changes;
	size_t nchanges;
	double weight;			/* the worse, the greater */
};

struct diff_opts {
	/* comma-separated, NULL: none; "bytes=1%,first=1s" */
	const char *ignore, *only, *tolerance;
	const char *const *map;		/* "OLD=NEW" addresses */
	size_t nmap;
	bool strict, no_merge;
	size_t max;			/* flows of each kind that are listed */
};

struct diff {
	struct meaning *of[2];
	struct diff_opts opts;
	struct difference *list;
	size_t n;
	uint64_t total[DIFF_KINDS];
	uint64_t same_flows;		/* keys on both sides without a difference */
	bool failed;			/* memory was out */
	/* private */
	size_t cap;
	struct nf_arena arena;
	int32_t *to[2];			/* domains of one side to those of the other */
	bool *matched[2];		/* rows that the other side has, too */
	struct nf_strbuf text;
	struct difference lost;		/* where there was no memory for one */
};

/* False and *ERR where an option makes no sense. */
bool diff_init(struct diff *d, struct meaning *old, struct meaning *new,
	       const struct diff_opts *opts, struct nf_err *err);
void diff_run(struct diff *d);
void diff_done(struct diff *d);

/*
 * A key that flows of one *SIDE alone have, so that none can be matched; NULL: there is none, or
 * nothing was lost and added.
 */
const char *diff_lone_key(const struct diff *d, unsigned *side);

/*
 * A key in whose value alone many lost flows differ from added ones, and how many; NULL: there is
 * none, or there are too many flows to tell.  With *KEYS, in memory of the diff: the others, as -k
 * takes them.
 */
const char *diff_odd_key(struct diff *d, uint64_t *flows, const char **keys);

/* "OLD=NEW": two addresses; false where TEXT is something else. */
bool diff_mapping(const char *text, struct nf_addr *old, struct nf_addr *new);

/* All that differs. */
uint64_t diff_total(const struct diff *d);

/* -- Between the files of the module ---------------------------------------------------- */

/* Is something of that NAME (or ALIAS, which may be NULL) to be told? */
bool diff_wants(const struct diff *d, enum diff_kind kind, enum meaning_class class,
		const char *name, const char *alias);

/* What NAME may differ by: amounts, and a share of the greater one.  False: nothing is said. */
bool diff_tolerance(const struct diff *d, const char *name, const char *alias, double *slack,
		    double *share);
/* Do A and B differ by no more? */
bool diff_near(double a, double b, double slack, double share);

struct difference *diff_add(struct diff *d, enum diff_kind kind, int32_t old, int32_t new);
void diff_change_add(struct diff *d, struct difference *x, const char *name, const char *old,
		     const char *new);
const char *diff_text(struct diff *d, const char *text);

void diff_match_domains(struct diff *d);
void diff_lone_domains(struct diff *d);
void diff_templates(struct diff *d);
void diff_facts(struct diff *d);
void diff_flows(struct diff *d);

#endif
