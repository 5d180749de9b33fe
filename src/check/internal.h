/*
 * The checker's own: how the engine, the holders of state and the findings hang together.
 */
#ifndef CHECK_INTERNAL_H
#define CHECK_INTERNAL_H

#include "check/rules.h"

enum {
	CHECK_PENDING = 16,	/* problems of the tracker, before their message */
	/* A template fits into a message: it has no more fields than that. */
	CHECK_FIELDS = UINT16_MAX / 4,
	RECENT_STREAMS = 1024,
};

enum { CHECK_RECENT = 64 };		/* findings of a rule that are at hand */

struct check_found;

/* The hooks that every message calls; see struct check_group. */
enum check_heard {
	CHECK_HEARD_DATAGRAM, CHECK_HEARD_MESSAGE, CHECK_HEARD_SET, CHECK_HEARD_SET_END,
	CHECK_HEARD_MESSAGE_END,
	CHECK_HEARDS
};

struct check_hears {
	unsigned n;
	/* up to the first NULL */
	void (*hook[CHECK_GROUPS + 1])(struct check *c, const struct check_at *at);
};

struct check_findings {
	struct nf_map map;
	struct nf_map of_rule;		/* those of a rule in a stream: see findings.c */
	/* The last of each rule: of faults in every record, most are the same ones. */
	struct check_found *recent[CHECK_RULES][CHECK_RECENT];
	struct nf_arena arena;		/* findings, and the texts in their arguments */
	struct check_found **list;
	size_t n, cap, max;
	size_t news;			/* of those before it, none stands that is not told */
	const struct check_finding **order;	/* once sorted */
	size_t nordered;
	struct check_occurrence *all;
	size_t nall, all_cap, all_max;
	uint64_t beyond;
};

/* A datagram that may come again. */
struct check_sent {
	uint64_t key;
	uint64_t frame;
	int64_t ts_ns;
	uint32_t file;
	uint16_t ip_id;
};

enum { CHECK_SENT = 8192 };

/* A map of a group's. */
struct check_owned_map {
	struct nf_map map;
	struct check_owned_map *next;
};

struct check {
	struct check_holder capture;	/* first: see check_capture */
	struct check_opts opts;
	struct nf_registry *registry;
	struct nf_arena arena;
	/* Where the state of groups begins, by level; what one holder takes. */
	uint32_t offset[CHECK_LEVELS][CHECK_GROUPS];
	uint32_t size[CHECK_LEVELS];
	uint8_t severity[CHECK_RULES];	/* CHECK_OFF or 1 + enum nf_severity, before the ruleset */
	bool applied[CHECK_RULES];
	uint8_t lacks[CHECK_RULES];	/* mask of enum check_gate */
	struct nf_map exporters, sessions, streams, uses;
	struct check_owned_map *maps;
	struct check_exporter *first_exporter, **last_exporter;
	struct check_session *first_session, **last_session;
	struct check_stream *first_stream, **last_stream;
	struct check_stream *recent[RECENT_STREAMS];	/* found lately, by session and domain */
	uint64_t shown;			/* messages whose findings are wanted */
	size_t nexporters, nsessions, nstreams, nuses, nids;
	const struct check_exporter **exporter_list;	/* at the end; NULL: memory was out */
	struct check_hears hears[CHECK_HEARDS];
	struct check_findings findings;
	struct nf_seq *seq;
	struct check_totals totals;
	uint64_t drops;
	unsigned transports, versions, gates;	/* met; gates: those that are open */
	struct nf_scratch scratch;
	/* Records that are looked at together: themselves, their values, and their shifts. */
	struct nf_rec recs[NF_ROWS];
	uint64_t *values;		/* NF_ROWS for each field of the layout that has most */
	size_t nvalues;
	uint8_t *columns;		/* CHECK_FIELDS: see struct check_plan */
	uint16_t *shifts;		/* NF_SCRATCH_WORDS */
	struct check_sent *sent;	/* by key, the newest of those that share a place */
	struct nf_sink sink;
	/* Of the message at hand; NULL: none is, or problems that are met now are to wait. */
	struct check_at *at;
	struct nf_problem pending[CHECK_PENDING];
	unsigned npending;
	bool failed;			/* memory was out */
	bool ended;
};

/* -- Holders ---------------------------------------------------------------------------- */

bool check_holders_init(struct check *c);

/* The stream of V, made if it is new; NULL if there is no room, or memory is out. */
struct check_stream *check_stream_get(struct check *c, const struct nf_session *session,
				      const struct nf_msg *m);

/* The use of R's layout by sets TMPL of the message at AT, made and planned if it is new. */
struct check_use *check_use_get(struct check *c, const struct check_at *at,
				const struct nf_resolution *r, uint16_t tmpl);

/* Fill in of AT whether its datagram is a copy; that of a first message is remembered. */
void check_copy_look(struct check *c, struct check_at *at);

/* -- Records ---------------------------------------------------------------------------- */

/* All records of the set at AT, from that of W, which is the first one, on. */
void check_records(struct check *c, struct check_at *at, struct nf_walk *w);

/* Problems that waited are those of the message at AT. */
void check_tell_pending(struct check *c, struct check_at *at);

/* -- Findings --------------------------------------------------------------------------- */

/* What an argument points to; written over when a finding begins anew. */
struct check_kept {
	char *p;
	size_t n;
};

/* What a finding is told apart by, and whether it still stands. */
struct check_found {
	struct nf_node node;
	uint64_t key[6];
	struct check_finding pub;
	struct check_kept kept[CHECK_ARGS];	/* of pub.args */
	struct check_found *next;	/* of its rule in its stream */
	uint32_t exporter;		/* index, for the order; UINT32_MAX: none */
	uint32_t born;
	uint32_t withdrawals;		/* what occurred before the last one does not count */
	bool withdrawn;
	bool told;			/* by check_news */
};

void check_findings_done(struct check *c);
void check_findings_end(struct check *c);

/* The text of RULE with PATTERN's arguments filled in from ARGS. */
void check_fill(struct nf_strbuf *s, const struct check_rule *rule, const char *pattern,
		const struct check_arg *args);

/* The type of each argument of RULE; how many there are. */
unsigned check_arg_types(const struct check_rule *rule, enum check_type types[CHECK_ARGS]);

#endif
