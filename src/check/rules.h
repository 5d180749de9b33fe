/*
 * What rules are written against: the state that the checker keeps for them, the hooks through
 * which they hear of messages, and how they say what they found.
 *
 * Rules come in groups, a file rules_<group>.c and a table rules_<group>.def each; a row of
 * groups.def makes the group known.  A group
 *
 *	declares how much state it wants per exporter, session, stream and use of a layout: zeroed
 *	when the holder is met, found by check_state, freed with the checker (it owns no memory;
 *	arrays that grow come from check_alloc);
 *
 *	hears of the structure of each message through its hooks, in the order of the octets;
 *
 *	plans, when a stream first uses a layout, which steps each record of it is to take.  A
 *	step looks at a few fields; records of layouts without such fields cost nothing.
 *
 * One walk over a message serves all groups (engine.c).  A fault has one finding: what follows
 * from another - a cut frame, a missing template, a hole, a layout that does not fit - is not
 * reported.  The engine helps: records of misfit sets take no steps, and at->whole says whether
 * the message is there to its end.
 */
#ifndef CHECK_RULES_H
#define CHECK_RULES_H

#include "base/arena.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/wide.h"
#include "check/check.h"
#include "track/map.h"
#include "track/tally.h"

enum check_group_id {
#define GROUP(name) CHECK_GROUP_##name,
#include "check/groups.def"
#undef GROUP
	CHECK_GROUPS
};

/* -- Holders of state ----------------------------------------------------------------- */

enum check_level {
	CHECK_CAPTURE, CHECK_EXPORTER, CHECK_SESSION, CHECK_STREAM, CHECK_USE,
	CHECK_LEVELS
};

/* The state of all groups at one level, one after another; see check_state. */
struct check_holder {
	uint8_t *state;
	const uint32_t *offset;		/* private: where that of each group begins */
};

struct check_exporter {
	struct nf_node node;
	uint64_t key[3];
	struct check_holder holder;
	struct check_exporter_totals totals;
	struct check_stream *stream;	/* the first one */
	uint64_t shown;			/* messages whose findings are wanted */
	uint32_t index;			/* 0, 1, 2 .. as they were met */
	struct check_exporter *next;
};

struct check_session {
	struct nf_node node;
	uint64_t key[1];
	struct check_holder holder;
	const struct nf_session *session;
	struct check_exporter *exporter;
	uint64_t shown;			/* as of an exporter */
	struct check_session *next;
	struct check_stream_id id;	/* for findings about the session: version and domain 0 */
};

enum { CHECK_RECENT_USES = 8 };

struct check_stream {
	struct nf_node node;
	uint64_t key[2];
	struct check_holder holder;
	struct check_stream_id id;
	struct check_session *session;
	struct check_exporter *exporter;
	struct check_stream *next;
	struct check_use *uses;
	struct check_use *recent[CHECK_RECENT_USES];	/* found lately, by template id */
	uint64_t messages, shown;	/* shown: whose findings are wanted */
	uint64_t records;
	struct check_place first, last;	/* messages */
	/*
	 * The capture holds the stream from its first message on: an IPFIX File, a TCP or SCTP
	 * session whose opening is there, an uptime of less than a minute, a sequence that begins
	 * at 0.
	 */
	bool from_start;
};

/* How a stream uses a layout. */
struct check_use {
	struct nf_node node;
	uint64_t key[3];
	struct check_holder holder;
	struct check_stream *stream;
	const struct nf_layout *layout;
	uint64_t index;			/* 1, 2, 3 .. as they were met: the same in every run */
	uint16_t tmpl;			/* set id; 0 of v1 to v8 */
	uint64_t template_frame;	/* where it was first sent; 0: built in */
	uint32_t template_file;
	uint64_t records;
	struct check_place first;	/* the first record's */
	struct check_step *steps;
	unsigned nsteps;
	/*
	 * private: how many records are looked at together; whether they are at all; the steps that
	 * have odd rows among them, up to NULL; what sifts go by
	 */
	unsigned together;
	bool one_by_one;
	struct check_step **odd;
	struct nf_columns columns;
	struct check_use *next;
};

/* -- Where a hook is ------------------------------------------------------------------ */

/* How a datagram is a copy of one before it: facts.duplicate says that it is. */
enum check_copy {
	CHECK_ORIGINAL,
	/* sent once: the IP header says so, or nothing can be told */
	CHECK_CAPTURED_TWICE,
	CHECK_SENT_TWICE,	/* another IP header */
};

struct check_at {
	const struct nf_view *view;
	const struct nf_msg *msg;
	const struct nf_datagram *datagram;
	struct check_stream *stream;
	bool shown;
	bool whole;			/* neither the frame nor the datagram is cut */
	bool late;			/* a held set: the message itself was handed on before */
	bool first;			/* of the stream */
	enum check_copy copy;
	uint64_t twin_frame;		/* of a copy: that of the other one; 0: not known */
	uint32_t twin_file;
	bool in_record;			/* steps look at one: problems are those of its lists */
	/* Of the message so far; of all of it at message_end. */
	struct nf_tally tally;
	/* Of the current set. */
	const struct nf_set *set;
	const struct nf_resolution *resolution;
	struct check_use *use;		/* NULL: no layout, or one that does not fit */
	uint32_t set_records;		/* so far */
	/* What lists in records need: see nf_list_open. */
	const struct nf_walk *walk;
};

/* A record and how to look at it. */
struct check_record {
	struct check *check;
	const struct check_at *at;
	const struct nf_rec *rec;
	struct check_use *use;
};

/* Field I of R, as nf_rec_values gives it. */
static inline uint64_t check_value(const struct check_record *r, unsigned i)
{
	return nf_rec_value(r->rec, i);
}

/* Records of a set that are looked at together: rows. */
struct check_rows {
	const struct check_at *at;
	const struct nf_rec *recs;
	const uint64_t *values;		/* as in struct nf_rows */
	unsigned n;			/* 1 to NF_ROWS */
};

/* The values of FIELD, one a row. */
static inline const uint64_t *check_column(const struct check_rows *rows, unsigned field)
{
	return rows->values + (size_t)field * NF_ROWS;
}

/*
 * How far a loop over columns may go: the last row is repeated there, so that no rows are left over
 * which the compiler's wide loop would do one by one.
 */
static inline size_t check_ample(const struct check_rows *rows)
{
	return nf_rows_ample(rows->n);
}

/* One bit for each of ROWS. */
static inline uint64_t check_all_rows(const struct check_rows *rows)
{
	return UINT64_MAX >> (NF_ROWS - rows->n);
}

/*
 * One look at each record of a layout: which fields, and what is remembered between records.
 * The state of a step is its own; more of it than fits stands behind `state`.
 *
 * Nearly all records are in order.  A step that is taken with every flow says in a loop of its own
 * which ones may not be, and RUN looks at these alone: so RUN and what it calls need not be fast.
 */
struct check_step {
	/* NULL: SIFT does it all. */
	void (*run)(const struct check_record *r, struct check_step *s);
	/*
	 * The rows that RUN is to look at, as bits; NULL: all of them.  It claims nothing, and what
	 * it goes by is not changed by what other steps make of the same rows, unless the plan says
	 * check_plan_one_by_one.
	 */
	uint64_t (*sift)(const struct check_rows *rows, struct check_step *s);
	/* Once, behind the last record; may be NULL. */
	void (*end)(struct check *c, struct check_use *use, struct check_step *s);
	uint16_t a, b, c;		/* fields, by index */
	uint16_t param;
	uint64_t n, m;			/* for counts */
	void *state;
	uint64_t rows;			/* private: those that RUN is to look at */
};

/*
 * Sifts answer in the top bit of a number, which differences have there for nothing: A - B is
 * "A is below B", where both are less than 2^63.  `|` and `~` are what they say, and a loop over a
 * column has neither branches nor comparisons, but sums that a processor makes side by side.
 */
enum { CHECK_TOP = 63 };

static inline bool check_yes(uint64_t answer)
{
	return answer >> CHECK_TOP != 0;
}

/* Is V 0?  Any V. */
static inline uint64_t check_zero(uint64_t v)
{
	return ~v & (v - 1);
}

/*
 * The sift of a step that goes by ODD, which is inlined here: is there any such row, as a rule not,
 * and if so, which?
 */
__attribute__((always_inline))
static inline uint64_t check_sift(const struct check_rows *rows, const struct check_step *s,
				  uint64_t (*odd)(const struct check_rows *rows,
						  const struct check_step *s, size_t i))
{
	const size_t ample = check_ample(rows);
	uint64_t bits = 0, any = 0;

	for (size_t i = 0; i < ample; i++)
		any |= odd(rows, s, i);
	for (size_t i = 0; check_yes(any) && i < rows->n; i++)
		bits |= odd(rows, s, i) >> CHECK_TOP << i;
	return bits;
}

struct check_plan;

/*
 * Take a step with each record; NULL if memory is out.  What it points to may be filled in until
 * the next call.
 */
struct check_step *check_plan_step(struct check_plan *p,
				   void (*run)(const struct check_record *, struct check_step *));

/* The same of a step that looks at FIELD, in its `a`; NULL as well where that is -1. */
struct check_step *check_plan_field(struct check_plan *p,
				    void (*run)(const struct check_record *, struct check_step *),
				    int field);

/* The values of FIELD are there for sifts: of fields that nobody asks for, there is no column. */
void check_plan_column(struct check_plan *p, unsigned field);

/* A step of this layout changes what other ones go by: no records are looked at together. */
void check_plan_one_by_one(struct check_plan *p);

struct check_plan {
	struct check *check;
	struct check_use *use;
	const struct nf_layout *layout;	/* use->layout */
	uint16_t version;		/* of the messages */
	/* private */
	struct check_step *steps;
	size_t n, cap;
	uint8_t *columns;		/* which fields have one */
	bool failed;
};

/* The first field of {PEN, ID} in LAYOUT; -1 if there is none. */
int check_field_of(const struct nf_layout *layout, uint32_t pen, uint16_t id);

/* -- Groups --------------------------------------------------------------------------- */

struct check_group {
	const char *name;
	uint32_t size[CHECK_LEVELS];	/* octets of state at each level */
	/* A datagram with flow export: once, before its first message. */
	void (*datagram)(struct check *c, const struct check_at *at);
	/* The header is there; before the sets. */
	void (*message)(struct check *c, const struct check_at *at);
	/*
	 * True: the group has taken care of P (a row BY_GROUP of problems.def says that it does);
	 * else it is reported as problems.def says.
	 */
	bool (*problem)(struct check *c, const struct check_at *at, const struct nf_problem *p);
	void (*set)(struct check *c, const struct check_at *at);
	void (*template_)(struct check *c, const struct check_at *at, const struct nf_template *t);
	void (*plan)(struct check_plan *p);
	void (*set_end)(struct check *c, const struct check_at *at);
	void (*message_end)(struct check *c, const struct check_at *at);
	void (*refused)(struct check *c, const struct nf_datagram *d, enum nf_refusal why);
	void (*event)(struct check *c, const struct capture_event *e);
	/* The end of the input; streams before sessions before exporters before the capture. */
	void (*stream_end)(struct check *c, struct check_stream *s);
	void (*session_end)(struct check *c, struct check_session *s);
	void (*exporter_end)(struct check *c, struct check_exporter *e);
	void (*end)(struct check *c);
};

#define GROUP(name) extern const struct check_group check_group_##name;
#include "check/groups.def"
#undef GROUP

/* The state of GROUP in HOLDER. */
static inline void *check_state(const struct check *c, const struct check_holder *h,
				enum check_group_id group);

/* -- Saying what was found ------------------------------------------------------------ */

enum { CHECK_AS_RULED = 0 };	/* in claim.severity; else 1 + enum nf_severity */

struct check_claim {
	enum check_rule_id rule;
	uint8_t severity;		/* CHECK_AS_RULED, or another than the rule's, here */
	bool likely;
	/* Where: either a hook's AT, with SPAN in its message .. */
	const struct check_at *at;
	struct nf_span span;
	/* .. or PLACE in STREAM (or session or exporter; none of them: of the capture). */
	const struct check_stream *stream;
	const struct check_session *session;
	const struct check_exporter *exporter;
	const struct check_place *place;
	uint16_t tmpl;			/* what it is about, and is told apart by */
	const struct nf_ie *ie;
	uint64_t key;
	uint64_t other_frame;		/* what it is measured by */
	uint32_t other_file;
	uint64_t count;			/* 0: 1 */
	/* As the rule's args have them.  Texts, octets and addresses are copied. */
	struct check_arg args[CHECK_ARGS];
};

/* One more occurrence.  What the profile switches off or -f hides is not kept. */
void check_claim(struct check *c, const struct check_claim *claim);

/* Is it of any use to look for what RULE forbids? */
bool check_wants(const struct check *c, enum check_rule_id rule);

/*
 * What was found as LIKE, whose args do not count, gets another ARG: what only the whole can show.
 * Texts, octets and addresses are borrowed.
 */
void check_amend(struct check *c, const struct check_claim *like, unsigned arg,
		 struct check_arg value);

/* What RULE had found in S is not so: another one explains it. */
void check_withdraw(struct check *c, const struct check_stream *s, enum check_rule_id rule);

/* The same of claims with KEY alone. */
void check_withdraw_key(struct check *c, const struct check_stream *s, enum check_rule_id rule,
			uint64_t key);

/* Has anything of SEVERITY or worse been found up to now? */
bool check_found(const struct check *c, enum nf_severity severity);

/* RULE, which is on_demand, was applied. */
void check_applies(struct check *c, enum check_rule_id rule);

/* RULE, which is on_demand, would have been applied but for what this machine lacks. */
void check_lacks(struct check *c, enum check_rule_id rule, enum check_gate gate);

/* The octets of SPAN in the message of AT, as far as they are there. */
struct nf_bytes check_octets(const struct check_at *at, struct nf_span span);

/* The place of SPAN in the message of AT, for claims that are made later. */
struct check_place check_place_of(const struct check_at *at, struct nf_span span);

/* A duration as findings have it: "250 ms", "12 s", "49.7 d". */
void check_duration(struct nf_strbuf *s, int64_t ns);

/* The mask of check_rule.versions for VERSION. */
unsigned check_version_bit(unsigned version);

/* Zeroed octets that live as long as the checker; NULL if memory is out. */
void *check_alloc(struct check *c, size_t size);

/* Sequence numbers: of all messages that the group `sequence` has heard of. */
struct nf_seq *check_seq(struct check *c);
/* An empty map that lives as long as the checker; NULL if memory is out. */
struct nf_map *check_map(struct check *c);

const struct check_opts *check_opts(const struct check *c);
int64_t check_lifetime(const struct check *c);	/* of templates over UDP, in nanoseconds */
int64_t check_skew(const struct check *c);	/* that clocks may differ by, in nanoseconds */
struct nf_registry *check_registry(const struct check *c);
uint64_t check_dropped(const struct check *c);	/* as check_drops had it last */

/* Those that were met, in that order; go on by ->next. */
struct check_exporter *check_exporters(const struct check *c);
struct check_session *check_sessions(const struct check *c);
struct check_stream *check_streams(const struct check *c);

/* That of the capture; every checker begins with it. */
static inline struct check_holder *check_capture(struct check *c)
{
	return (struct check_holder *)c;
}

static inline void *check_state(const struct check *c, const struct check_holder *h,
				enum check_group_id group)
{
	(void)c;
	return h->state + h->offset[group];
}

#endif
