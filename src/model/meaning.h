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
	MEANING_FIRST, MEANING_LAST, MEANING_FRAME,
	MEANING_SHAPE,			/* with its domain, and how it is kept: see below */
	MEANING_VALUES,			/* where: see meaning_look */
	MEANING_NEXT,			/* row of the key, from 1, in a ring; 0: the only one */
	MEANING_WORDS
};

/* An index in shapes. */
static inline uint32_t meaning_shape_of(const uint64_t *row)
{
	return row[MEANING_SHAPE] & 0xffff;
}

/* The flow is one record, kept as it came: the number of its plan, from 1.  0: words. */
static inline uint32_t meaning_kept_by(const uint64_t *row)
{
	return row[MEANING_SHAPE] >> 16 & 0xffff;
}

/* An index in domains. */
static inline uint32_t meaning_domain_at(const uint64_t *row)
{
	return (uint32_t)(row[MEANING_SHAPE] >> 32);
}

/* What stands in front of the words of a flow that is not kept as it came. */
enum {
	MEANING_RECORDS,
	MEANING_LASTED,			/* the record that came last: how long, in ns */
	MEANING_SUMS
};

static inline uint64_t *meaning_sums(const uint64_t *row)
{
	return (uint64_t *)(uintptr_t)row[MEANING_VALUES] - MEANING_SUMS;
}

struct meaning;

/* What ROW says, on its way into the processor's cache. */
void meaning_prefetch(const struct meaning *m, const uint64_t *row);

/* Of a flow; 0: the row is part of another one now. */
static inline uint64_t meaning_records(const uint64_t *row)
{
	return meaning_kept_by(row) != 0 ? 1 : meaning_sums(row)[MEANING_RECORDS];
}

/* The next of the rows of ROW's key; NULL: there is no other. */
uint64_t *meaning_next_use(const struct meaning *m, const uint64_t *row);

/* Values of rows, one behind the other. */
struct meaning_store {
	void *block;			/* the last one, of SIZE octets: the one before */
	size_t at, size;
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
	const struct meaning_watch *watch;	/* borrowed; may be NULL */
	bool keep_duplicates;
	/* One of the same options, whose flows were read; borrowed until the end, may be NULL. */
	const struct meaning *like;
};

/* Where the meaning that OPTS have said to be alike is: see meaning_like.c. */
struct meaning_likeness {
	size_t next;			/* the row of it that is likely to be the next */
	unsigned misses, wait;		/* since one was; until its rows are searched */
	uint64_t domain;		/* the last one, and which of it that is */
	int32_t there;
	bool known;
};

/* In ns.  It is no exporter's timeout: what one side splits and the other does not, is one. */
#define MEANING_PAUSE INT64_C(60000000000)

#define MEANING_KEYS "src,dst,sport,dport,proto,direction,in_if,out_if"

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
	struct top_table flows;		/* rows without keys: see meaning_key */
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
	size_t nvalues, nshifts;
	struct nf_rows batch;
	struct meaning_store store;
	struct meaning_likeness likeness;
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

enum { MEANING_KEY_WORDS = 1 + (TOP_KEYS + 7) / 8 + 2 * TOP_KEYS };	/* at most */

/* The index of its domain, then a key of `top`; made in ROOM where it does not stand anywhere. */
const uint64_t *meaning_key(const struct meaning *m, const uint64_t *row,
			    uint64_t room[MEANING_KEY_WORDS]);

static inline uint32_t meaning_hash(const struct meaning *m, const uint64_t *key)
{
	return (uint32_t)nf_hash_words(m->flows.seed[0], m->flows.seed[1], key, m->key_words);
}

/* The number of the row with that key, from 1; 0: there is none. */
uint32_t meaning_row_of(const struct meaning *m, const uint64_t *key, uint32_t hash);

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

/* "times", "ids": as --ignore has it; "" of MEANING_ALWAYS. */
const char *meaning_class_name(enum meaning_class class);

/* The middle one; of two in the middle the smaller.  Sorts them. */
int64_t meaning_median(struct meaning_samples *s);

/* Add the flow FROM to INTO, of the same key: FROM is part of it now. */
void meaning_merge(struct meaning *m, uint64_t *into, uint64_t *from);

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
