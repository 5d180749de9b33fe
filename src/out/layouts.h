/*
 * What a format writes around each value of a layout, made once a layout: names, numbers
 * and units do not change from record to record, and most of the text of JSON is such.
 *
 * Layouts are interned and immutable, so the pointer is the key.  The registry may learn a
 * name later (RFC 5610): its generation tells, and everything is made anew.
 */
#ifndef OUT_LAYOUTS_H
#define OUT_LAYOUTS_H

#include "base/strbuf.h"
#include "wire/wire.h"

/* Append what stands before, or behind, the value of field I of LAYOUT. */
typedef void layouts_render(struct nf_strbuf *s, const struct nf_layout *layout, unsigned i);

struct layouts_text {
	uint32_t head, tail;		/* offsets in texts; the head ends where the tail begins */
	uint32_t end;
};

struct layouts_entry {
	const struct nf_layout *layout;
	char *texts;
	struct layouts_entry *next;	/* of the same bucket */
	struct layouts_text fields[];
};

enum {
	LAYOUTS_BUCKETS = 1024,
	LAYOUTS_MAX = 4096,
	LAYOUTS_BLOCK = 64,	/* texts may be read so far behind their end: see layouts_put */
};

struct layouts {
	layouts_render *head, *tail;	/* either may be NULL: no text */
	struct layouts_entry *last;	/* asked for most recently */
	struct layouts_entry *buckets[LAYOUTS_BUCKETS];
	size_t n;
	uint32_t generation;
};

void layouts_init(struct layouts *c, layouts_render *head, layouts_render *tail);
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
	memcpy(p, text, LAYOUTS_BLOCK);
	if (n > LAYOUTS_BLOCK)
		memcpy(p + LAYOUTS_BLOCK, text + LAYOUTS_BLOCK, n - LAYOUTS_BLOCK);
	return p + n;
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
