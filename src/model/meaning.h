/*
 * What a capture says, without how and when it was said: the domains in it, their templates by
 * layout, flows added up by key, and facts - rows of options tables, behaviour, findings.
 *
 *	struct meaning *m = meaning_new(&opts, registry, &err);
 *
 *	while (nf_delivery_next(&delivery, &view, sink))
 *		meaning_message(m, &view, shown, drops);
 *	meaning_end(m, tracker, join);
 *	... model/diff.h holds two of them against each other ...
 *	meaning_free(m);
 *
 * Gathering and comparing know nothing of each other.
 *
 * Memory: a row for each flow, of which there are at most max_keys; what comes with further
 * ones is counted in `beyond`.
 */
#ifndef MODEL_MEANING_H
#define MODEL_MEANING_H

#include "base/arena.h"
#include "model/exporters.h"
#include "model/filter.h"
#include "model/join.h"
#include "model/templates.h"
#include "model/top.h"

enum {
	MEANING_DOMAINS = 65536,
	MEANING_TEMPLATES = 2048,	/* different ones: further ones are not compared */
	MEANING_COLUMNS = 4096,		/* different fields of flows */
	MEANING_SAMPLES = 256,
	MEANING_LIST = 4096,		/* octets of what is in a list, as a text */
	MEANING_USES = 64,		/* of one key: what comes behind them belongs to the last */
	MEANING_NONE = -1,		/* no domain: the capture as a whole */
};

/* What differs between any two runs, and is left out unless it is asked for. */
enum meaning_class {
	MEANING_ALWAYS,
	MEANING_TIMES, MEANING_UPTIME, MEANING_SEQUENCE, MEANING_PORTS, MEANING_IDS,
	MEANING_PACKING, MEANING_ORDER, MEANING_NOTES,
	MEANING_CLASSES
};

/* Every stride-th of what was measured: when there is no room, every other one is dropped. */
struct meaning_samples {
	int64_t v[MEANING_SAMPLES];
	unsigned n;
	uint64_t total, stride;
};

struct meaning_domain {
	struct nf_node node;
	uint64_t key[4];
	struct nf_addr addr;
	uint32_t domain;
	int32_t index;			/* in domains */
	uint32_t number;		/* in keys: of opts.like, where that has the domain */
	uint64_t frame;			/* its first one */
	uint32_t sequence[2], uptime_ms[2];	/* of the first message and the last one */
	int64_t begun_ns;		/* the exporter's clock in the first message */
	uint64_t messages;
	uint64_t records, flows;	/* flow records; rows of flows */
	int64_t longest_ns;		/* that a record lasted */
	int64_t first_ns;		/* the earliest start of a flow; INT64_MAX: none is known */
	uint64_t order;			/* of its flow records, as a hash */
	struct meaning_samples active, idle;
};

struct meaning_field {
	const char *name;
	uint32_t pen;
	uint16_t id, length;		/* NF_VARLEN: variable */
	bool scope;
};

/* A layout that was sent: once, however often and with whatever ids. */
struct meaning_template {
	int32_t domain;
	uint16_t id, nfields, nscope;
	bool options;
	uint64_t frame;
	const struct meaning_field *fields;
};

enum meaning_topic { MEANING_OPTIONS, MEANING_BEHAVIOUR, MEANING_FINDINGS };

enum meaning_behaviour {
#define BEHAVIOUR(id, name, class) BEHAVIOUR_##id,
#include "model/meaning_behaviours.def"
#undef BEHAVIOUR
	MEANING_BEHAVIOURS
};

/* True of what fields may be called besides their elements: "bytes". */
bool meaning_is_alias(const char *name);

const char *meaning_behaviour_name(enum meaning_behaviour b);	/* "template-refresh" */

/* Something with a name and a value: strings are the meaning's. */
struct meaning_fact {
	uint8_t topic;			/* enum meaning_topic */
	uint8_t class;			/* enum meaning_class */
	int32_t domain;			/* or MEANING_NONE */
	const char *subject;		/* "interface 3"; "" where the domain is meant */
	const char *name;		/* "interfaceName", "template-refresh", "tpl-redefined" */
	const char *value;
	/* A figure: equal where it differs by no more than these; on one side only: no matter. */
	bool measured;
	double number, slack, share;
	uint8_t severity;		/* of a finding: enum nf_severity */
	uint64_t frame;
};

/* How the values of a field add up over the records of a flow. */
enum meaning_how {
	MEANING_SUM,			/* delta counters */
	MEANING_MOST,			/* total counters */
	MEANING_UNION,			/* flags */
	MEANING_RANGE,			/* numbers: the least and the greatest */
	MEANING_TEXTS,			/* octets, lists: the same, by numbers of meaning.texts */
};

/* A field of flows. */
struct meaning_column {
	const char *name;		/* "octetDeltaCount" */
	const char *alias;		/* "bytes", or NULL */
	uint32_t pen;
	uint16_t id, nth;		/* of several in one record */
	uint8_t how;			/* enum meaning_how */
	uint8_t class;			/* enum meaning_class */
	uint8_t kind, length;		/* of RANGE: as nf_value_text takes them */
};

/* Which columns a flow has, ascending. */
struct meaning_shape {
	uint16_t n, words;
	uint16_t *columns, *at;		/* where the words of each stand */
};

/*
 * A flow: the words of a row of the table.  Its key is where its values are: meaning_key.  A key
 * that comes again after a pause of MEANING_PAUSE or more has a row for each use, at most
 * MEANING_USES of them.
 */
enum {
	MEANING_FIRST, MEANING_LAST,
	MEANING_VALUES,			/* where: see meaning_look */
	MEANING_WHAT,			/* its domain, how it is kept, its frame: see below */
	MEANING_WORDS
};

/*
 * Of MEANING_WHAT, from the lowest bit: the plan of a record that is kept as it came, or a shape;
 * which of both; whether sums stand in front of the values; the domain; the first frame.
 */
enum {
	MEANING_OF_BITS = 12,
	MEANING_KEPT_AT = MEANING_OF_BITS, MEANING_SUMMED_AT, MEANING_DOMAIN_AT,
	MEANING_DOMAIN_BITS = 16,
	MEANING_FRAME_AT = MEANING_DOMAIN_AT + MEANING_DOMAIN_BITS,
};

/* Plan or shape, and which it is: what says how values are laid out. */
static inline uint32_t meaning_manner(const uint64_t *row)
{
	return row[MEANING_WHAT] & ((1u << (MEANING_KEPT_AT + 1)) - 1);
}

/* The flow is a record, kept as it came: the number of its plan, from 1.  0: words. */
static inline uint32_t meaning_kept_by(const uint64_t *row)
{
	uint32_t manner = meaning_manner(row);

	return manner >> MEANING_KEPT_AT != 0 ? manner - (1u << MEANING_KEPT_AT) + 1 : 0;
}

/* An index in domains. */
static inline uint32_t meaning_domain_at(const uint64_t *row)
{
	return row[MEANING_WHAT] >> MEANING_DOMAIN_AT & ((1u << MEANING_DOMAIN_BITS) - 1);
}

/* The first one, or the greatest number that there is room for. */
static inline uint64_t meaning_frame(const uint64_t *row)
{
	return row[MEANING_WHAT] >> MEANING_FRAME_AT;
}

/* What stands in front of the values of a flow that is not one record in the only use of a key. */
enum {
	MEANING_RECORDS,
	MEANING_LASTED,			/* the record that came last: how long, in ns */
	MEANING_NEXT,			/* row of the key, from 1, in a ring; 0: the only one */
	MEANING_SUMS
};

/* Of a flow of one record in the only use of its key there are none: NULL. */
static inline uint64_t *meaning_sums(const uint64_t *row)
{
	return (row[MEANING_WHAT] >> MEANING_SUMMED_AT & 1) != 0 ?
	       (uint64_t *)(uintptr_t)row[MEANING_VALUES] - MEANING_SUMS : NULL;
}

struct meaning;

/* What ROW says, on its way into the processor's cache. */
void meaning_prefetch(const struct meaning *m, const uint64_t *row);

/* Of a flow; 0: the row is part of another one now. */
static inline uint64_t meaning_records(const uint64_t *row)
{
	const uint64_t *sums = meaning_sums(row);

	return sums != NULL ? sums[MEANING_RECORDS] : 1;
}

/* The number of the next of the rows of ROW's key; 0: there is no other. */
static inline uint32_t meaning_next(const uint64_t *row)
{
	const uint64_t *sums = meaning_sums(row);

	return sums != NULL ? (uint32_t)sums[MEANING_NEXT] : 0;
}

/* The next of the rows of ROW's key; NULL: there is no other. */
uint64_t *meaning_next_use(const struct meaning *m, const uint64_t *row);

enum { MEANING_FREE = 64 };		/* sizes of what is given back, in words */

/* Values of rows, one behind the other. */
struct meaning_store {
	void *block;			/* the last one, of SIZE octets: the one before */
	size_t at, size;
	void *free[MEANING_FREE];	/* given back, by size: the next one stands in each */
};

/* Who looks at each flow record, too: those that the filter lets through, of a known domain. */
struct meaning_watch {
	void *ctx;
	/* records of LAYOUT in one set of D come next */
	void (*set)(void *ctx, const struct nf_layout *layout, const struct meaning_domain *d);
	void (*record)(void *ctx, const struct filter_at *at);
};

struct meaning_opts {
	const char *keys;		/* as of `top`; NULL: MEANING_KEYS */
	const struct filter_opts *names;
	struct filter *filter;		/* borrowed; NULL: everything */
	size_t max_keys;		/* 0: TOP_MAX_KEYS */
	bool strict;			/* gather fields of every class */
	bool one_icmp;			/* type and code of ICMP are one key: see meaning_icmp.c */
	const struct meaning_watch *watch;	/* borrowed; may be NULL */
	bool keep_duplicates;
	/*
	 * One of the same options, whose flows were read; borrowed until the end, may be NULL.
	 * Keys of both lead to rows of the same number: see meaning_like.c.
	 */
	struct meaning *like;
};

/* Where the meaning that OPTS have said to be alike is: see meaning_like.c. */
struct meaning_likeness {
	size_t rows;			/* of it: ours behind them are of keys that it has not */
	bool *has;			/* ROWS of them: is there one of ours?  NULL: not begun */
};

/* Which row the next record is likely to be of: see meaning_next.c. */
struct meaning_course {
	size_t next;			/* the one behind that of the last record */
	unsigned fails;			/* records since it was right */
	unsigned misses, wait;		/* keys that had no row, in a row; sets to wait */
};

/* In ns.  It is no exporter's timeout: what one side splits and the other does not, is one. */
#define MEANING_PAUSE INT64_C(60000000000)

#define MEANING_KEYS "src,dst,sport,dport,proto,direction,in_if,out_if"

struct meaning_batch;
struct meaning_plan;

struct meaning {
	struct meaning_opts opts;
	struct nf_registry *registry;
	struct nf_arena arena;
	struct meaning_domain **domains;
	size_t ndomains, domains_cap;
	struct meaning_template *templates;
	size_t ntemplates, templates_cap;
	struct meaning_fact *facts;
	size_t nfacts, facts_cap;
	struct meaning_column *columns;
	size_t ncolumns, columns_cap;
	struct meaning_shape *shapes;
	size_t nshapes, shapes_cap;
	struct top_table flows;		/* rows without keys: see meaning_row, meaning_key */
	size_t nflows;			/* rows that there are */
	size_t summed;			/* of them, those of several records or uses */
	struct top_table *index;	/* where keys lead to: flows, or those of opts.like */
	unsigned key_words;
	struct top_texts texts;
	struct top *top;		/* who knows keys */
	uint64_t beyond;		/* records of keys that found no room */
	uint64_t duplicates, undecoded;
	uint64_t templates_beyond;	/* that found no room, once an id */
	bool failed;			/* memory was out */
	/* private */
	struct nf_map by_address;
	const struct nf_session *recent_session;
	uint32_t recent_domain;
	int32_t recent;
	struct meaning_plan **plans;
	size_t nplans, plans_cap;
	struct meaning_plan *recent_plan;
	struct exporters *exporters;
	struct templates rows;
	struct nf_scratch scratch;
	uint64_t *values;		/* of a record */
	size_t nvalues;
	struct meaning_batch *batch;
	struct meaning_store store;
	struct meaning_likeness likeness;
	struct meaning_course course;
	uint32_t both[3];		/* of the first two shapes the third was made */
	struct nf_list_ctx lists;	/* of the set at hand */
	struct nf_strbuf text;
};

/* OPTS are copied, REGISTRY is borrowed.  NULL and *ERR where a key is none, or memory is out. */
struct meaning *meaning_new(const struct meaning_opts *opts, struct nf_registry *registry,
			    struct filter_error *err);
void meaning_free(struct meaning *m);

/* The next message; DROPS: see exporters_message.  What is not SHOWN is learned from only. */
void meaning_message(struct meaning *m, const struct nf_view *v, bool shown, uint64_t drops);
void meaning_late(struct meaning *m, const struct nf_late *late);

/* All was read.  JOIN may be NULL.  False if memory was out. */
bool meaning_end(struct meaning *m, struct nf_tracker *tracker, const struct join *join);

/* A fact from elsewhere; its strings are copied. */
void meaning_add_fact(struct meaning *m, const struct meaning_fact *fact);

/* The index of a domain; MEANING_NONE where it was not met.  ANY: the first of that address. */
int32_t meaning_domain_of(const struct meaning *m, const struct nf_addr *addr, uint32_t domain,
			  bool any);

enum { MEANING_KEY_WORDS = 1 + TOP_KEY_WORDS };	/* at most */

/* Row I of flows.n; NULL: there is none. */
static inline uint64_t *meaning_row(const struct meaning *m, size_t i)
{
	return i >= m->likeness.rows || m->likeness.has[i] ? top_table_row(&m->flows, i) : NULL;
}

/* The number of its domain, then a key of `top`; made in ROOM where it does not stand anywhere. */
const uint64_t *meaning_key(const struct meaning *m, const uint64_t *row,
			    uint64_t room[MEANING_KEY_WORDS]);

static inline uint32_t meaning_hash(const struct meaning *m, const uint64_t *key)
{
	return (uint32_t)nf_hash_words(m->index->seed[0], m->index->seed[1], key, m->key_words);
}

/* The number of the row of that key, from 1, if there is one; 0: nobody has the key. */
uint32_t meaning_row_of(const struct meaning *m, const uint64_t *key, uint32_t hash);

/* A row, and whose it is. */
struct meaning_place {
	const struct meaning *of;
	const uint64_t *row;		/* NULL: there is none */
};

/* Row I, which a key leads to, of M or else of what it is like. */
static inline struct meaning_place meaning_leads_to(const struct meaning *m, size_t i)
{
	const uint64_t *row = meaning_row(m, i);

	if (row == NULL) {
		m = m->opts.like;
		row = top_table_row(&m->flows, i);
	}
	return (struct meaning_place){ .of = m, .row = row };
}

bool meaning_has_key(struct meaning_place at, const uint64_t *key);

/* The row that a key of HASH is likely to lead to, on its way into the cache. */
struct meaning_place meaning_guess(const struct meaning *m, uint32_t hash);

/* An index in shapes. */
uint32_t meaning_shape_of(const struct meaning *m, const uint64_t *row);

/* What a flow says, column by column of its shape. */
struct meaning_look {
	const struct meaning *m;
	const struct meaning_shape *shape;
	/* private */
	const uint64_t *words;
	const struct meaning_plan *plan;
	struct nf_rec rec;
	bool loaded;
};

/* A value: of SUM, MOST and UNION v[0]; of RANGE the least and the greatest. */
struct meaning_cell {
	uint64_t v[2];			/* of TEXTS: 0 where there is none; equal for equal texts */
	struct nf_bytes text[2];	/* of TEXTS: that which stands first, and last */
};

/* Of one meaning, one row is looked at at a time. */
void meaning_look(const struct meaning *m, const uint64_t *row, struct meaning_look *look);
struct meaning_cell meaning_cell(struct meaning_look *look, unsigned i);
/* V[0] of a cell, where no other one of the row is looked at. */
uint64_t meaning_number(const struct meaning_look *look, unsigned i);

/* "times", "ids": as --ignore has it; "" of MEANING_ALWAYS. */
const char *meaning_class_name(enum meaning_class class);

/* The middle one; of two in the middle the smaller.  Sorts them. */
int64_t meaning_median(struct meaning_samples *s);

/* Add row FROM to row INTO, of the same key: it is part of it now.  Numbers from 1. */
void meaning_merge(struct meaning *m, uint32_t into, uint32_t from);

/* -- Between the files of the module ---------------------------------------------------- */

void meaning_flow_set(struct meaning *m, struct filter_at *at, int32_t domain);
void meaning_flows_done(struct meaning *m);
/* flowId, templateId, exportSctpStreamId .. : numbers that an exporter counts up. */
bool meaning_is_id(const struct nf_ie *ie);
/* Is a field to be compared, what is in a list among them?  Not padding, nor what is left out. */
bool meaning_tells(const struct meaning *m, const struct nf_fielddef *def);
void meaning_list_text(const struct meaning *m, struct nf_strbuf *s, const struct nf_field *f,
		       const struct nf_list_ctx *ctx);
void meaning_gather_facts(struct meaning *m, const struct join *join);
bool meaning_gather_templates(struct meaning *m, struct nf_tracker *tracker);
int32_t meaning_domain_get(struct meaning *m, const struct nf_session *session, uint32_t domain,
			   uint64_t frame);

#endif
