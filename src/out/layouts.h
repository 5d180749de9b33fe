/*
 * What a format writes around each value of a layout, made once a layout: names, numbers
 * and units do not change from record to record, and most of the text of JSON is such.
 *
 * Layouts are interned and immutable, so the pointer is the key.  The registry may learn a
 * name later (RFC 5610): its generation tells, and everything is made anew.
 */
#ifndef OUT_LAYOUTS_H
#define OUT_LAYOUTS_H

#include "base/digits.h"
#include "base/strbuf.h"
#include "ie/address.h"
#include "ie/text.h"
#include "ie/times.h"
#include "out/memo.h"
#include "wire/wire.h"

/* Append what stands before, or behind, the value of field I of LAYOUT. */
typedef void layouts_render(struct nf_strbuf *s, const struct nf_layout *layout, unsigned i);

/* What a format has to say between that value and what stands behind it; 0: nothing. */
typedef unsigned layouts_remark(const struct nf_layout *layout, unsigned i);

struct layouts_entry;
struct sheet_plan;

/* The texts of a format; of what is NULL there are none. */
struct layouts_texts {
	layouts_render *head, *tail;
	layouts_remark *remark;
	/* how records become text: see sheet_plan.h; NULL if memory is out */
	struct sheet_plan *(*plan)(const struct layouts_entry *e, struct memos *memos);
};

/*
 * Most fields are numbers and addresses, which a format can write in place: which load and
 * which digits they take.
 */
enum layouts_op {
	LAYOUTS_U8,
	LAYOUTS_U16,
	LAYOUTS_U32,
	LAYOUTS_U64,
	LAYOUTS_UN,			/* up to 7 octets */
	LAYOUTS_IPV4,
	LAYOUTS_IPV6,
	LAYOUTS_HEX,			/* up to 8 octets */
	LAYOUTS_MS,			/* a time: see layouts_put_ms */
	LAYOUTS_STRING,			/* see layouts_put_string */
	LAYOUTS_OTHER,			/* anything else */
};

struct layouts_text {
	uint32_t offset;		/* of the value in the record: see nf_fielddef */
	uint16_t nvar;
	uint8_t op;			/* enum layouts_op */
	uint8_t length;			/* of the value; LAYOUTS_STRING: 0 where it varies */
	uint8_t remark;			/* what the format's function said */
	uint8_t protocol;		/* its label holds in flows of this one; 0: in all */
	uint32_t head, tail;		/* offsets in texts; the head ends where the tail begins */
	uint32_t end;
};

struct layouts_entry {
	const struct nf_layout *layout;
	char *texts;
	struct sheet_plan *plan;
	struct layouts_entry *next;	/* of the same bucket */
	struct layouts_text fields[];
};

enum {
	LAYOUTS_BUCKETS = 1024,
	LAYOUTS_MAX = 4096,
	LAYOUTS_BLOCK = 64,	/* texts may be read so far behind their end: see layouts_put */
};

struct layouts {
	struct layouts_texts around;
	struct layouts_entry *last;	/* asked for most recently */
	struct layouts_entry *buckets[LAYOUTS_BUCKETS];
	struct memos memos;
	size_t n;
	uint32_t generation;
};

/* TEXTS may be NULL: no text around any value. */
void layouts_init(struct layouts *c, const struct layouts_texts *texts);
void layouts_done(struct layouts *c);

/* Before each message: what is out of date, or too much, goes now and only now. */
void layouts_begin(struct layouts *c, uint32_t generation);

/* The texts of LAYOUT, until the next layouts_begin; NULL if memory is out. */
const struct layouts_entry *layouts_make(struct layouts *c, const struct nf_layout *layout);

static inline const struct layouts_entry *layouts_get(struct layouts *c,
						      const struct nf_layout *layout)
{
	if (c->last != NULL && c->last->layout == layout)
		return c->last;
	return layouts_make(c, layout);
}

/*
 * N octets of TEXT at P; returns the end.  Whole blocks are copied, which a compiler does
 * without a call: P needs room for N octets and one block more.
 */
static inline char *layouts_put(char *p, const char *text, size_t n)
{
	enum { HALF = LAYOUTS_BLOCK / 2 };

	memcpy(p, text, LAYOUTS_BLOCK);
	if (n > LAYOUTS_BLOCK) {
		memcpy(p + LAYOUTS_BLOCK, text + LAYOUTS_BLOCK, HALF);
		if (n > LAYOUTS_BLOCK + HALF)
			memcpy(p + LAYOUTS_BLOCK + HALF, text + LAYOUTS_BLOCK + HALF,
			       n - LAYOUTS_BLOCK - HALF);
	}
	return p + n;
}

/* The most that a value, and numbers and keys around it, take besides the texts. */
enum { LAYOUTS_ROOM = 96 };

/* What is no number, and has quotes around it in JSON. */
static inline bool layouts_quoted(enum layouts_op op)
{
	return op >= LAYOUTS_IPV4 && op <= LAYOUTS_HEX;
}

/* The value of so many octets at VALUE, by an op that stands before LAYOUTS_MS. */
static inline char *layouts_put_op(char *p, enum layouts_op op, unsigned length,
				   const uint8_t *value)
{
	switch (op) {
	case LAYOUTS_U8:
		return nf_put_octet(p, *value);
	case LAYOUTS_U16:
		return nf_put_upto8(p, nf_be16(value));
	case LAYOUTS_U32:
		return nf_put_u32(p, nf_be32(value));
	case LAYOUTS_U64:
		return nf_put_u64(p, nf_be64(value));
	case LAYOUTS_IPV4:
		return nf_put_ipv4(p, value);
	case LAYOUTS_IPV6:
		return nf_put_ipv6(p, value);
	case LAYOUTS_HEX:
		for (unsigned i = 0; i < length; i++)
			p = nf_put_hex_octet(p, value[i]);
		return p;
	default:
		return nf_put_u64(p, nf_ben(value, length));
	}
}

static inline char *layouts_put_value(char *p, const struct layouts_text *t, const uint8_t *value)
{
	return layouts_put_op(p, (enum layouts_op)t->op, t->length, value);
}

/* LAYOUTS_MS, in QUOTES or not: "2023-01-01T01:00:05.002Z"; P where there is no such time. */
static inline char *layouts_put_ms(char *p, uint64_t ms, bool quotes, struct nf_time_cache *cache)
{
	char *end;

	if (ms > INT64_MAX)
		return p;
	end = nf_put_ms(p + quotes, (int64_t)ms, cache);
	if (end == p + quotes)
		return p;
	if (quotes)
		*p = *end++ = '"';
	return end;
}

/*
 * LAYOUTS_STRING, in QUOTES or not, where it is short and plain; P where it is not.  VALUE is where
 * the field begins: with its length, if this varies.
 */
static inline char *layouts_put_string(char *p, const uint8_t *value, unsigned length, bool quotes)
{
	struct nf_bytes text = { value, length };
	char *end;

	if (length == 0)
		text = (struct nf_bytes){ value + 1, value[0] };
	end = nf_put_plain(p + quotes, text);
	if (end == p + quotes)
		return p;
	if (quotes)
		*p = *end++ = '"';
	return end;
}

static inline void layouts_head(struct nf_strbuf *s, const struct layouts_entry *e, unsigned i)
{
	nf_sb_mem(s, e->texts + e->fields[i].head, e->fields[i].tail - e->fields[i].head);
}

static inline void layouts_tail(struct nf_strbuf *s, const struct layouts_entry *e, unsigned i)
{
	nf_sb_mem(s, e->texts + e->fields[i].tail, e->fields[i].end - e->fields[i].tail);
}

#endif
