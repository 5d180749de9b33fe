/*
 * What options data says, as tables with validity in time: names of interfaces and VRFs,
 * samplers, applications, when a system was started ...  (kinds: join_kinds.def).
 *
 *	struct join *j = join_new(&opts, registry);
 *
 *	while (nf_delivery_next(&delivery, &view, NULL)) {
 *		join_message(j, &view);
 *		... join_of, join_rate of each flow record in it ...
 *	}
 *	join_free(j);
 *
 * A row is known by the exporter's address, the observation domain, the kind and the key.
 * What it says is in force from its position (see track/tracker.h) to that of the next one of
 * the same scope that says something else.  Which value a record gets, in this order:
 *
 *   1	what is in force at its position in its exporter and domain (`live`)
 *   2	the first later one there (`late`), for which input that can be read twice is read
 *	ahead, once, from where the first record needed it
 *   3	one of another domain of the same exporter (`other-domain`), in force, else later
 *   4	one of another address with the same domain (`other-exporter`): only for an exporter
 *	that sends no options of its own, from one that sends nothing else
 *
 * Several scopes, domains or exporters of equal rank that say different things at the same time
 * are a conflict: there is no value then, and both are named.
 *
 * Memory is bounded; where the bound is reached, records behind it get no values, never those
 * that might be out of date.
 */
#ifndef MODEL_JOIN_H
#define MODEL_JOIN_H

#include "track/map.h"
#include "track/tracker.h"

struct join;

enum join_kind {
#define TABLE(kind, ...) JOIN_##kind,
#define KEYED_BY(...)
#define GIVES(...)
#include "model/join_kinds.def"
#undef TABLE
#undef KEYED_BY
#undef GIVES
	JOIN_KINDS
};

/* How an answer was found. */
enum join_how { JOIN_LIVE, JOIN_LATE, JOIN_OTHER_DOMAIN, JOIN_OTHER_EXPORTER };
const char *join_how_name(enum join_how how);	/* "live", "late", "other-domain" ... */

struct join_opts {
	size_t max;		/* octets that the tables may take; 0: 64 MiB */
	/*
	 * Look-ahead: the messages of a second pass over the same inputs, one a call, false at
	 * the end.  NULL where input cannot be read twice.  Views are borrowed until the next
	 * call.  Called when a record finds nothing in force; then to its end.
	 */
	bool (*ahead)(void *ctx, struct nf_view *v);
	void *ctx;
};

/*
 * Values name their elements in REGISTRY, which is borrowed; in that of whoever is learned from, if
 * it is NULL.  NULL if memory is out.
 */
struct join *join_new(const struct join_opts *opts, struct nf_registry *registry);
void join_free(struct join *j);

/*
 * Layouts that were asked with go away with their tracker: what is known of them by their addresses
 * is forgotten.
 */
void join_forget(struct join *j);

/* A and B have each other's tables from here on; both forget what they know of layouts. */
void join_swap(struct join *a, struct join *b);

/* Learn from the options records of a message, or of a held set. */
void join_message(struct join *j, const struct nf_view *v);
void join_late(struct join *j, const struct nf_late *late);

/* True where memory was out: tables and answers are not to be trusted. */
bool join_failed(const struct join *j);

/* Records of options that found no room; 0: the bound was not reached. */
uint64_t join_dropped(const struct join *j);

/* -- What the tables hold -------------------------------------------------------------- */

/* Octets, each sequence of them kept once: equal values are the same pointer. */
struct join_blob {
	struct nf_node node;
	uint32_t n;
	uint64_t words[];	/* the length, then the octets, zeros behind them */
};

static inline struct nf_bytes join_octets(const struct join_blob *b)
{
	return (struct nf_bytes){ (const uint8_t *)&b->words[1], b->n };
}

struct join_value {
	const struct nf_ie *ie;
	const struct join_blob *octets;
	uint8_t kind;			/* enum nf_kind */
};

/* What a row says from a position on. */
struct join_version {
	uint64_t position;
	uint64_t frame, last_frame;	/* where it was sent first and last */
	int64_t ns, last_ns;		/* capture times of these */
	uint64_t last_position;
	uint64_t sent;
	uint32_t file, last_file;
	uint16_t template_id;
	uint16_t nvalues;
	bool fine, last_fine;		/* see nf_datagram's ts_fine */
	struct join_value values[];
};

/* Who sent it. */
struct join_domain {
	struct nf_node node;
	uint64_t key[2];		/* the exporter's address in memory; version << 32 | id */
	struct join_exporter *exporter;
	uint32_t id;
	uint16_t export_version;	/* 9 or 10 */
	uint32_t order;			/* 0, 1, 2 .. as they were met */
	struct join_row *rated;		/* selectors, samplers, systems: linked by rated_next */
	struct join_domain *next;	/* in the order in which they were met */
};

struct join_exporter {
	struct nf_node node;
	uint64_t key[3];
	struct nf_addr addr;		/* family 0: an IPFIX File */
	uint32_t file;
	unsigned ndomains;		/* in which it sends options */
	bool options, flows;		/* it sends such records */
};

/* One scope's word on a row: its versions by position. */
struct join_voice {
	struct join_voice *next;
	const struct join_blob *scope;	/* see join_scope_next; without the key */
	const struct join_blob *elements;
	struct join_version **v;
	size_t n, cap;
};

struct join_row {
	struct nf_node node;
	uint64_t key[3];		/* the domain's address, kind, the key's address */
	struct join_domain *domain;
	const struct join_blob *name;	/* the key: see join_key_is_scope */
	uint8_t kind;			/* enum join_kind */
	struct join_voice *voices;
	unsigned nvoices;
	struct join_row *next;		/* in the order in which they were met */
	struct join_row *peer;		/* another domain's of the same kind and key */
	struct join_row *rated_next;
};

/* All rows, in the order in which they were met: linked by next. */
const struct join_row *join_rows(const struct join *j);

/* Another voice's version that contradicts V at the same time; NULL if there is none. */
const struct join_version *join_conflict(const struct join_row *row, const struct join_voice *voice,
					 const struct join_version *v);

const char *join_kind_name(enum join_kind kind);	/* "interface" */
const char *join_kind_title(enum join_kind kind);	/* "Interfaces" */

/*
 * The tables that records of a layout say something for: bits 1 << enum join_kind; 0 for those of
 * flows.  Found anew with each call, in time of its fields.
 */
uint32_t join_kinds_of(const struct nf_layout *l);

/* Keys that are scopes, and voices: elements and their values; *AT begins at 0. */
bool join_scope_next(const struct join *j, const struct join_blob *scope, size_t *at,
		     struct join_value *v, struct nf_bytes *octets);

/* True if keys of KIND are such scopes; else a number, or octets. */
bool join_key_is_scope(enum join_kind kind);
bool join_key_is_number(enum join_kind kind);

/* -- Answers --------------------------------------------------------------------------- */

/* A flow record and where it stands. */
struct join_record {
	const struct nf_msg *msg;
	const struct nf_datagram *datagram;
	uint32_t offset;		/* of the message in its payload */
	const struct nf_rec *rec;	/* NULL: the message as a whole */
};

struct join_answer {
	const struct join_value *value;		/* NULL: there is a conflict */
	const struct join_version *version;	/* which says so */
	const struct join_version *other;	/* a conflict: which says otherwise */
	const struct join_domain *domain;	/* of version */
	uint64_t num, den;			/* of a rate */
	uint8_t how;				/* enum join_how */
	uint8_t rank;				/* of the element, among those that it may be */
};

/* What may be asked for; rows of join_names.def. */
enum join_name {
#define SUBJECT(...)
#define FROM(...)
#define SAMPLING(...)
#define NAME(id, ...) JOIN_NAME_##id,
#include "model/join_names.def"
#undef SUBJECT
#undef FROM
#undef NAME
#undef SAMPLING
	JOIN_NAMES
};

const char *join_name(enum join_name name);		/* "ingress.name" */
const char *join_name_group(enum join_name name);	/* "ingress" */

/* What a name means for a record; false where nothing is known of it. */
bool join_of(struct join *j, enum join_name name, const struct join_record *at,
	     struct join_answer *a);

/*
 * The row that a field of the record points to: its interface, sampler, VRF, application ...; of
 * the answer, what the row says first.  False where FIELD points to none, or nothing is known.
 */
bool join_of_field(struct join *j, const struct join_record *at, const struct nf_field *field,
		   struct join_answer *a);

/* When the system that sent a message was started: milliseconds since 1970 (IE 160). */
bool join_start(struct join *j, const struct join_record *at, uint64_t *ms,
		struct join_answer *a);

/* -- Sampling -------------------------------------------------------------------------- */

enum join_rate_source {
	JOIN_RATE_RECORD,	/* the record itself says it */
	JOIN_RATE_SELECTOR,	/* a row of its selector or sampler */
	JOIN_RATE_SAMPLER,
	JOIN_RATE_INTERFACE,	/* of its interface */
	JOIN_RATE_SYSTEM,	/* of all of the domain, or of its only sampler */
	JOIN_RATE_HEADER,	/* v5's header */
	JOIN_RATE_SOURCES
};
const char *join_rate_source_name(enum join_rate_source source);

/* One of NUM / DEN packets was looked at. */
struct join_rate {
	uint64_t num, den;		/* 0 and 1 where it is ambiguous */
	uint8_t source;			/* enum join_rate_source */
	uint8_t how;			/* enum join_how */
	bool ambiguous;			/* more than one fits: none is given */
	const struct join_version *version;	/* NULL: no options record says it */
	const struct join_version *other;	/* ambiguous: another that fits */
	const struct join_domain *domain;
};

/* False where nothing says it: then it is not 1, but unknown. */
bool join_rate(struct join *j, const struct join_record *at, struct join_rate *r);

static inline double join_rate_value(const struct join_rate *r)
{
	return (double)r->num / (double)r->den;
}

/* N packets or octets as they were before sampling, rounded; false where 64 bits are too few. */
bool join_scaled(const struct join_rate *r, uint64_t n, uint64_t *scaled);

#endif
