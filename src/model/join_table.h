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
	JOIN_POINTERS_MAX = 32,	/* elements of records that are keys of rows */
};

/* Positions from FROM to UNTIL. */
struct join_span {
	uint64_t from, until;
};

/* An answer that was given, for all who ask the same in its span; see join_memo.c. */
struct join_memo {
	/* a line of the cache */
	uint64_t key[4];
	uint64_t generation;
	struct join_span span;
	uint64_t found;
	/* and another one */
	struct join_answer answer;
	uint64_t unused;
};
enum {
	JOIN_MEMO_BITS = 11,
	JOIN_MEMO_WAYS = 2,		/* where one is looked for; the newer stands first */
	JOIN_MEMOS = JOIN_MEMO_WAYS << JOIN_MEMO_BITS,
	JOIN_LINE = 64,
};

struct join_plan;		/* join_learn.c: which fields of a layout join what */

/* What says how packets were sampled, in a record or in a row. */
enum join_rate_element {
	JOIN_RATE_34, JOIN_RATE_50, JOIN_RATE_304, JOIN_RATE_305, JOIN_RATE_306, JOIN_RATE_309,
	JOIN_RATE_310, JOIN_RATE_311, JOIN_RATE_DIRECTION, JOIN_RATE_ELEMENTS
};

/* Where an octet string stands in a record: by one load, or by its field. */
struct join_place {
	int16_t field;			/* -1: nowhere */
	uint16_t nvar;
	uint32_t offset;
	uint16_t width;			/* 0: not of fixed length */
};

/* Where the keys of a layout's records stand; see join_of.c. */
struct join_fields {
	struct nf_node node;
	uint64_t key[1];		/* the layout's address */
	struct join_place pointer[JOIN_POINTERS_MAX];
	int16_t rate[JOIN_RATE_ELEMENTS];
	bool rated;			/* it has one of them that may be a rate */
	bool sampler;			/* it has the id of a selector or sampler */
};

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
	uint64_t generation;		/* of the tables: answers of another one may be wrong */
	void *memo_memory;
	struct join_memo *memos;	/* JOIN_MEMOS in it, at the begin of a line */
	struct join_span span;		/* of the answer under way */
	unsigned speakers;		/* exporters that send options and nothing else */
	unsigned rated_kinds;		/* a bit a kind: some row of it has what may be a rate */
	/* Who sent the message asked about last. */
	struct {
		uint64_t number;	/* another one each time that they are found anew */
		uint64_t generation, ordinal;
		uint16_t version;
		uint32_t id;
		const struct join_domain *domain;
		const struct join_exporter *exporter;
	} asker;
	/* The rate of all records of a set, where no record's own fields count. */
	struct {
		uint64_t asker;		/* its number; 0: there is none */
		const struct join_fields *fields;
		struct join_span span;
		struct join_rate rate;
		bool found;
	} constant;
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

/*
 * The version of a voice in force at POSITION, and the first one behind it; NULL if none is.  SPAN,
 * where it is not NULL, is narrowed to the positions that get the same.
 */
const struct join_version *join_voice_at(const struct join_voice *v, uint64_t position,
					 struct join_span *span);
const struct join_version *join_voice_after(const struct join_voice *v, uint64_t position,
					    struct join_span *span);

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

/* Who sent the message AT, as the tables have it now: in j->asker. */
void join_find_asker(struct join *j, const struct join_record *at);
static inline void join_asker(struct join *j, const struct join_record *at)
{
	if (j->asker.ordinal != at->datagram->ordinal || j->asker.generation != j->generation ||
	    j->asker.version != at->msg->version || j->asker.id != at->msg->domain)
		join_find_asker(j, at);
}

static inline uint64_t join_position_of(const struct join_record *at)
{
	return join_position(at->datagram, at->offset + (at->rec != NULL ? at->rec->offset : 0));
}

/* True if more may be learned from the inputs. */
bool join_can_look_ahead(const struct join *j);

/* What the row of KIND and KEY says about WANT to a record AT; false: nothing. */
bool join_find(struct join *j, const struct join_record *at, enum join_kind kind,
	       struct nf_bytes key, const struct join_want *want, struct join_answer *a);

/*
 * All rows of these kinds in the record's domain (or in another's): false where none says it;
 * a conflict where they differ.
 */
bool join_find_any(struct join *j, const struct join_record *at, unsigned kinds,
		   const struct join_want *want, struct join_answer *a);

/* -- join_memo.c ----------------------------------------------------------------------- */

/* What is asked: a SLOT for each thing that there is to know, the octets of a key. */
struct join_question {
	const struct join_record *at;
	unsigned slot;			/* enum join_slot, or one beyond */
	struct nf_bytes key;
};
enum join_slot { JOIN_SLOT_RATE, JOIN_SLOT_RATE_SYSTEM, JOIN_SLOT_RATE_ANY, JOIN_SLOT_NAMES };

/* True if it was asked before: then *FOUND, *A if it was, and j->span. */
bool join_recall(struct join *j, const struct join_question *q, struct join_answer *a,
		 bool *found);

/* Begin to look for an answer; then keep what came of it. */
void join_ponder(struct join *j);
void join_keep(struct join *j, const struct join_question *q, const struct join_answer *a,
	       bool found);

/* -- join_of.c ------------------------------------------------------------------------- */

/* NULL if memory is out. */
const struct join_fields *join_find_fields(struct join *j, const struct nf_layout *l);
static inline const struct join_fields *join_fields_of(struct join *j, const struct nf_layout *l)
{
	const struct join_fields *f = j->recent;

	return f != NULL && f->key[0] == (uint64_t)(uintptr_t)l ? f : join_find_fields(j, l);
}

/* What the row of KIND says that the interface on a side of the record, or its sampler, is. */
enum join_side { JOIN_SIDE_INGRESS, JOIN_SIDE_EGRESS, JOIN_SIDE_NONE };
bool join_points(struct join *j, const struct join_record *at, enum join_kind kind,
		 enum join_side side, const struct join_want *want, struct join_answer *a);

/* join_find_any, remembered: SLOT is that of what is wanted. */
bool join_any(struct join *j, const struct join_record *at, unsigned slot, unsigned kinds,
	      const struct join_want *want, struct join_answer *a);

/* join_rate.c: true for an element of rows that may say a rate. */
bool join_may_rate(const struct nf_ie *ie);

/* The octets of that element in a record; n == 0 where it has none. */
static inline struct nf_bytes join_rate_field(const struct join_fields *f, const struct nf_rec *r,
					      enum join_rate_element e)
{
	return f->rate[e] < 0 ? (struct nf_bytes){ .n = 0 } :
				nf_field(r, (unsigned)f->rate[e]).value;
}

#endif
