/*
 * The checker: every fault of an export stream named once, with where, what was found, what is
 * required, and the section that says so.
 *
 *	struct check *c = check_new(&opts, registry);
 *
 *	for each datagram	(refused ones: check_refused)
 *		while (nf_delivery_next(&delivery, &view, check_sink(c)))
 *			check_message(c, &view, shown);
 *	check_end(c);
 *	for (i = 0; (f = check_finding_at(c, i)) != NULL; i++) ...
 *
 * A rule is a row of rules_*.def beside the functions of rules_*.c that apply it.  Repeats of a
 * finding - same rule, stream, template, element and key - are counted, and the first and the last
 * of them kept.
 *
 * Memory: state per exporter, session, stream and layout in use, each bounded by max_streams, and
 * max_findings findings.  What found no room is counted in check_totals and said.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "capture/source.h"
#include "track/seq.h"
#include "track/tracker.h"

struct check;
struct nf_strbuf;

/*
 * Load now what a rule may have need of later: for who cannot be sure of files any more by then.
 * What cannot be loaded is said when it is needed.
 */
void check_load(void);

/* -- Rules ---------------------------------------------------------------------------- */

enum check_rule_id {
#define RULE(name, ...) CHECK_##name,
#include "check/rules.def"
#undef RULE
	CHECK_RULES
};

/* Export versions that a rule is about; a mask. */
enum check_version {
	CHECK_V1 = 1 << 0, CHECK_V5 = 1 << 1, CHECK_V6 = 1 << 2, CHECK_V7 = 1 << 3,
	CHECK_V8 = 1 << 4, CHECK_V9 = 1 << 5, CHECK_IPFIX = 1 << 6,
	CHECK_LEGACY = CHECK_V1 | CHECK_V5 | CHECK_V6 | CHECK_V7 | CHECK_V8,
	CHECK_SETS = CHECK_V9 | CHECK_IPFIX,
	CHECK_UPTIME = CHECK_LEGACY | CHECK_V9,
	CHECK_NUMBERED = (CHECK_LEGACY & ~CHECK_V1) | CHECK_SETS,	/* with sequence numbers */
};

/* Transports that a rule is about; a mask. */
enum check_transport {
	CHECK_UDP = 1 << NF_TRANSPORT_UDP, CHECK_TCP = 1 << NF_TRANSPORT_TCP,
	CHECK_SCTP = 1 << NF_TRANSPORT_SCTP, CHECK_FILE = 1 << NF_TRANSPORT_FILE,
	CHECK_RELIABLE = CHECK_TCP | CHECK_SCTP,
};

/* What a rule needs besides, or it cannot be applied; a mask.  Rows in gates.def. */
enum check_gate {
#define GATE(name, bit, text) CHECK_NEEDS_##name = 1 << (bit),
#include "check/gates.def"
#undef GATE
};

enum { CHECK_ARGS = 6 };

/* Types of arguments; rows in types.def. */
enum check_type {
#define TYPE(name, id) CHECK_TYPE_##name,
#include "check/types.def"
#undef TYPE
	CHECK_TYPES
};

/*
 * One rule.  The texts - text, observed, required - name what the rule found out: `{id}` is the
 * argument `id` of args, and `{octet|octets}` the form that the number before it takes.
 *
 * args: "id,seconds:duration,field:element": names, in the order of struct check_claim's args,
 * each with its type: see enum check_type.  A name without a type is a number.
 */
struct check_rule {
	const char *id;			/* "tpl-redefined-early" */
	uint8_t severity;		/* enum nf_severity, by default */
	bool off;			/* by default: only ruleset strict has it */
	/* No text of a standard demands it: its findings are marked `likely`. */
	bool likely;
	/* Applied only where its function says so (check_applies), not wherever it might be. */
	bool on_demand;
	uint8_t versions;		/* mask of enum check_version; 0: all */
	uint8_t transports;		/* mask of enum check_transport; 0: all */
	uint8_t gates;			/* mask of enum check_gate */
	const char *args;		/* NULL: none */
	const char *text;		/* the finding in a line */
	const char *observed;		/* NULL: the text says it */
	const char *required;
	/* "RFC 7011 section 8.4; RFC 5153 section 6.2"; NULL where there is no text to cite */
	const char *ref;
	/* For `explain`: what is wrong and why it matters, how exporters come to it, a way out. */
	const char *why, *how, *fix;
	/* What named collectors do with it: "nfdump drops the whole packet"; NULL: not known. */
	const char *breaks;
};

extern const struct check_rule check_rules[CHECK_RULES];

/* The next argument of a rule's args; *LIST goes on behind it.  False at the end. */
bool check_rule_arg(const char **list, struct nf_bytes *name, enum check_type *type);

/* As a rule's args have it. */
const char *check_type_name(enum check_type type);

/* By its id; CHECK_RULES if there is none. */
enum check_rule_id check_rule_by_id(const char *id);

/* -- Findings ------------------------------------------------------------------------- */

/* An argument, by the type that the rule's args give it. */
struct check_arg {
	union {
		uint64_t u;
		int64_t i;		/* signed numbers; times and durations: nanoseconds */
		const char *s;
		const struct nf_ie *ie;
		const uint8_t *octets;
		const struct nf_addr *addr;
	};
	uint32_t n;			/* of octets: how many */
};

enum { CHECK_OCTETS = 32 };

/* Where something stands. */
struct check_place {
	uint64_t frame;			/* 0: nowhere in particular */
	uint32_t file;
	int64_t ts_ns;			/* capture time */
	uint32_t message;		/* offset of the message in its payload */
	struct nf_span span;		/* in the message; len 0: none in particular */
};

/* One exporter's messages of one version and domain in one session. */
struct check_stream_id {
	struct nf_endpoint src, dst;
	enum nf_transport transport;
	uint16_t version;
	uint32_t domain;		/* as in struct nf_msg */
};

struct check_finding {
	uint16_t rule;			/* enum check_rule_id */
	uint8_t severity;		/* enum nf_severity, as profile and rule have it */
	bool likely;
	bool accepted;			/* the baseline has it */
	/* NULL: it is about the capture; or about an exporter or session: see the next two */
	const struct check_stream_id *stream;
	bool of_exporter;		/* of all that stream->src.addr sends */
	bool of_session;		/* of all versions and domains of the session */
	uint16_t tmpl;			/* template id; 0: none */
	const struct nf_ie *ie;		/* NULL: none */
	uint64_t key;			/* tells it from others of its rule; 0 as a rule */
	struct check_arg args[CHECK_ARGS];	/* of the first one */
	uint64_t count;
	struct check_place first, last;
	uint64_t other_frame;		/* what it is measured by: a template's frame; 0: none */
	uint32_t other_file;
	uint8_t octets[CHECK_OCTETS];	/* of first.span, as far as they go */
	uint8_t noctets;
};

/* One of several occurrences, for --all. */
struct check_occurrence {
	const struct check_finding *finding;
	struct check_place place;
	struct check_arg args[CHECK_ARGS];
	uint32_t born;			/* 1, 2, 3 .. as they were found */
	uint32_t withdrawals;		/* private: of the finding, up to then */
};

/* The finding in a line; and what its rule's observed and required say, filled in. */
void check_finding_text(struct nf_strbuf *s, const struct check_finding *f);
void check_occurrence_text(struct nf_strbuf *s, const struct check_occurrence *o);
void check_finding_observed(struct nf_strbuf *s, const struct check_finding *f);
void check_finding_required(struct nf_strbuf *s, const struct check_finding *f);

/*
 * The arguments of a finding, one after another: *I begins at 0.  NAME is not terminated: N
 * octets.  False behind the last one.
 */
bool check_finding_arg(const struct check_finding *f, unsigned *i, struct nf_bytes *name,
		       enum check_type *type, const struct check_arg **arg);

/* The value of an argument: "12 s", "0x1f", "octetDeltaCount". */
void check_arg_text(struct nf_strbuf *s, enum check_type type, const struct check_arg *arg);

/* -- The checker ---------------------------------------------------------------------- */

enum check_ruleset {
	CHECK_RECOMMENDED,		/* all but those that are off */
	CHECK_STRICT,			/* all */
	CHECK_INTEROP,			/* those known to break a named collector */
};

enum { CHECK_OFF = 0, CHECK_BY_DEFAULT = 0xff };	/* in opts.severity; else 1 + severity */

struct check_opts {
	enum check_ruleset ruleset;
	/* By rule: CHECK_BY_DEFAULT, CHECK_OFF, or 1 + enum nf_severity; NULL: all by default. */
	const uint8_t *severity;
	/* Is F accepted?  Asked once a finding; NULL: none is. */
	bool (*accepted)(void *ctx, const struct check_finding *f);
	void *accepted_ctx;
	bool all;			/* keep every occurrence */
	/*
	 * Hears of each as it is found, whatever is kept; what comes later may withdraw it: see
	 * check_withdrawn.  NULL: nobody does.
	 */
	void (*occurred)(void *ctx, const struct check_finding *f, const struct check_place *at);
	void *occurred_ctx;
	size_t max_findings;		/* 0: 65536; of occurrences 16 times as many */
	size_t max_streams;		/* 0: 65536 */
	struct nf_seq_opts seq;
	int64_t lifetime_ns;		/* of templates over UDP; 0: 30 minutes */
	int64_t skew_ns;		/* that clocks may differ; 0: 5 s */
	uint32_t mtu;			/* of the link to the collector; 0: 1500 */
};

/* OPTS are copied; REGISTRY is borrowed.  NULL if memory is out. */
struct check *check_new(const struct check_opts *opts, struct nf_registry *registry);
void check_free(struct check *c);

/* Where problems go that the delivery of the next message reports. */
const struct nf_sink *check_sink(struct check *c);

/* The next message, in the order of the capture.  SHOWN: its findings are wanted. */
void check_message(struct check *c, const struct nf_view *v, bool shown);

/* A held set whose layout has come; its message was handed on before. */
void check_late(struct check *c, const struct nf_late *late, bool shown);

/* A datagram that was not taken for flow export, and why. */
void check_refused(struct check *c, const struct nf_datagram *d, enum nf_refusal why, bool shown);

/* What the capture shows besides datagrams, in their order: see capture/events.h. */
void check_event(struct check *c, const struct capture_event *e);

/* What the capturing machine dropped up to now: see struct capture_counts. */
void check_drops(struct check *c, uint64_t drops);

/* The end of the input: what only the whole can show. */
void check_end(struct check *c);

/* False where memory was out: findings may be missing. */
bool check_sound(const struct check *c);

/*
 * A finding that stands and was not handed out by this before; NULL: there is none just now.  For
 * those who cannot wait for the end: what a later message explains is withdrawn all the same.
 */
const struct check_finding *check_news(struct check *c);

/* Findings: by exporter, then the worst first; NULL behind the last one.  After check_end. */
const struct check_finding *check_finding_at(const struct check *c, size_t i);
/*
 * What was found up to now, in the order in which it was: at any time.  *AT begins at 0; NULL
 * behind the last one.  What comes later may withdraw it; what it points to lasts as long as C.
 */
const struct check_finding *check_so_far(const struct check *c, size_t *at);
/*
 * How often all that F had counted was withdrawn, up to now: what occurred before the last time
 * stands no more.
 */
uint32_t check_withdrawn(const struct check_finding *f);
/* Occurrences, in the order of the capture, where all are kept. */
const struct check_occurrence *check_occurrence_at(const struct check *c, size_t i);

/* -- What was checked ----------------------------------------------------------------- */

/* Where the octets of an exporter's messages went.  Their sum is what was captured of them. */
struct check_octets {
	uint64_t headers;		/* of messages and sets */
	uint64_t templates, data, options, padding;
	uint64_t undecoded;		/* of sets without a layout, and of reserved ones */
	uint64_t malformed;
	uint64_t trailing;		/* behind the last set or message */
	uint64_t total;
};

/* Octets that no one accounts for: always 0. */
uint64_t check_unclaimed(const struct check_octets *o);

struct check_exporter_totals {
	struct nf_addr addr;
	uint64_t messages, records;
	struct check_octets octets;
};
/* As they were met; NULL behind the last one.  After check_end. */
const struct check_exporter_totals *check_exporter_at(const struct check *c, size_t i);

enum check_applied {
	CHECK_APPLIED,
	CHECK_NOT_CALLED_FOR,		/* no stream of the kind that it is about */
	CHECK_COULD_NOT,		/* a gate: see check_gate_text */
	CHECK_SWITCHED_OFF,
};

/* What became of a rule; of CHECK_COULD_NOT, *GATES say why. */
enum check_applied check_rule_applied(const struct check *c, enum check_rule_id rule,
				      unsigned *gates);
const char *check_gate_text(enum check_gate gate);

struct check_totals {
	uint64_t messages, headerless, refused;
	uint64_t shown;			/* messages and held sets whose findings are shown */
	uint64_t records, options;	/* flow records, options records */
	uint64_t data_sets, undecoded_sets;
	uint64_t streams;
	uint64_t findings[NF_ERROR + 1];	/* by severity, without accepted ones */
	uint64_t accepted;
	uint64_t beyond_streams;	/* messages of streams that found no room */
	uint64_t beyond_templates;	/* times that nothing could be remembered of one */
	uint64_t beyond_findings;	/* findings that found none */
};
const struct check_totals *check_totals(const struct check *c);

#endif
