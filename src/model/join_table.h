/*
 * The tables of joined options: memory, interned octets, rows and their versions.  For the
 * files of join alone.
 */
#ifndef MODEL_JOIN_TABLE_H
#define MODEL_JOIN_TABLE_H

#include "model/join.h"
#include "track/pool.h"

enum {
	JOIN_BLOB_MAX = 65535,
	JOIN_VALUES = 256,	/* of a record; further ones are left out */
	JOIN_VOICES = 64,	/* of a row; further ones share the last */
	JOIN_SUBJECTS_MAX = 16,
};

struct join_plan;		/* join_learn.c: which fields of a layout join what */
struct join_fields;		/* join_of.c: where a flow's keys stand in a layout */

struct join {
	struct join_opts opts;
	struct nf_registry *registry;
	struct nf_pool pool;
	struct nf_map blobs, exporters, domains, rows, cells;
	struct nf_map plans, fields;
	struct join_fields *recent;
	struct join_row *first, *last;
	struct join_domain *first_domain, *last_domain;
	struct join_domain *current;	/* found last */
	/* Who sent the message asked about last; whatever is learned forgets it. */
	struct {
		bool known;
		uint64_t ordinal;
		uint16_t version;
		uint32_t id;
		const struct join_domain *domain;
		const struct join_exporter *exporter;
	} asker;
	uint64_t learned;		/* position of the message learned from last */
	bool begun;			/* there was one */
	bool complete;			/* all inputs have been learned from */
	uint64_t full_from;		/* position from which on something is missing */
	uint64_t dropped;
	bool failed;
	uint16_t *scratch;		/* NF_SCRATCH_WORDS, for records */
	uint64_t *words;		/* for a blob, before it is interned */
	uint8_t *octets;		/* for a scope, before that; JOIN_BLOB_MAX */
	struct join_value values[JOIN_VALUES];
};

static inline uint64_t join_position(const struct nf_datagram *d, uint32_t offset)
{
	return d->ordinal << 16 | (offset < 0xffff ? offset : 0xffff);
}

bool join_tables_init(struct join *j);
void join_tables_done(struct join *j);

/* NULL where it is not there, or if memory or the bound does not allow to MAKE it. */
const struct join_blob *join_blob(struct join *j, struct nf_bytes octets, bool make);
struct join_exporter *join_exporter(struct join *j, const struct nf_datagram *d, bool make);
struct join_domain *join_domain(struct join *j, const struct nf_datagram *d, uint16_t version,
				uint32_t id, bool make);
struct join_row *join_row(struct join *j, const struct join_domain *domain, enum join_kind kind,
			  const struct join_blob *key, bool make);

/* The rows of a kind and key, one a domain, linked by peer. */
struct join_row *join_cell(struct join *j, enum join_kind kind, const struct join_blob *key);

/* The key in the octets of a value, as join_blob takes it, in BUF of JOIN_BLOB_MAX octets. */
struct nf_bytes join_key(enum join_kind kind, struct nf_bytes value, uint8_t *buf);

/* What a row is told, where. */
struct join_saying {
	const struct join_blob *scope, *elements;
	const struct nf_datagram *datagram;
	uint64_t position;
	uint16_t template_id;
	uint16_t nvalues;		/* in j->values */
};
void join_say(struct join *j, struct join_row *row, const struct join_saying *s);

/* The version of a voice in force at POSITION, and the first one behind it; NULL if none is. */
const struct join_version *join_voice_at(const struct join_voice *v, uint64_t position);
const struct join_version *join_voice_after(const struct join_voice *v, uint64_t position);

/* Forget what is known of layouts, which may go away. */
void join_forget_plans(struct join *j);		/* join_learn.c */
void join_forget_fields(struct join *j);	/* join_of.c */

/* join_find.c: what is looked for in a version; the value, or NULL. */
struct join_want {
	/* finds it in V; false: V does not say it.  */
	bool (*find)(const struct join_want *want, const struct join_version *v,
		     struct join_answer *a);
	/* true if two answers agree */
	bool (*same)(const struct join_answer *a, const struct join_answer *b);
	const void *ctx;
};

/* What the row of KIND and KEY says about WANT to a record AT; false: nothing. */
bool join_find(struct join *j, const struct join_record *at, enum join_kind kind,
	       struct nf_bytes key, const struct join_want *want, struct join_answer *a);

/*
 * All rows of these kinds in the record's domain (or in another's): false where none says it;
 * a conflict where they differ.
 */
bool join_find_any(struct join *j, const struct join_record *at, unsigned kinds,
		   const struct join_want *want, struct join_answer *a);

/* -- join_of.c ------------------------------------------------------------------------- */

/* What the row of KIND says that the interface on a side of the record, or its sampler, is. */
enum join_side { JOIN_SIDE_INGRESS, JOIN_SIDE_EGRESS, JOIN_SIDE_NONE };
bool join_points(struct join *j, const struct join_record *at, enum join_kind kind,
		 enum join_side side, const struct join_want *want, struct join_answer *a);

/* True if the record has a selector or sampler id. */
bool join_has_sampler(struct join *j, const struct join_record *at);

/* What says how packets were sampled, in a record or in a row. */
enum join_rate_element {
	JOIN_RATE_34, JOIN_RATE_50, JOIN_RATE_304, JOIN_RATE_305, JOIN_RATE_306, JOIN_RATE_309,
	JOIN_RATE_310, JOIN_RATE_311, JOIN_RATE_DIRECTION, JOIN_RATE_ELEMENTS
};
/* The octets of that element in the record; n == 0 where it has none. */
struct nf_bytes join_rate_field(struct join *j, const struct nf_rec *r, enum join_rate_element e);

#endif
