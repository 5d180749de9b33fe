#include <config.h>

#include "out/layouts.h"

#include "base/mem.h"

void layouts_init(struct layouts *c, const struct layouts_texts *texts)
{
	*c = (struct layouts){ .generation = 0 };
	if (texts != NULL)
		c->around = *texts;
}

static void forget(struct layouts *c)
{
	for (size_t i = 0; i < LAYOUTS_BUCKETS; i++) {
		struct layouts_entry *e = c->buckets[i], *next;

		for (; e != NULL; e = next) {
			next = e->next;
			nf_free(e->texts);
			nf_free(e->plan);
			nf_free(e);
		}
		c->buckets[i] = NULL;
	}
	memos_done(&c->memos);
	c->last = NULL;
	c->n = 0;
}

void layouts_done(struct layouts *c)
{
	forget(c);
}

static struct layouts_entry **bucket_of(struct layouts *c, const struct nf_layout *layout)
{
	uint64_t key = (uint64_t)(uintptr_t)layout * 0x9e3779b97f4a7c15u;

	return &c->buckets[key >> 54];
}

/* One that may be short enough to be written in place. */
static bool is_string(const struct nf_fielddef *def)
{
	if (nf_kind_of((enum nf_type)def->ie->type, NF_ROOM_PLAIN) != NF_KIND_STRING)
		return false;
	return def->length == NF_VARLEN || (def->length > 0 && def->length <= NF_ROOM_PLAIN);
}

static enum layouts_op op_of(const struct nf_fielddef *def)
{
	if (def->nbits != 0)
		return LAYOUTS_OTHER;
	if (is_string(def))
		return LAYOUTS_STRING;
	if (def->length == NF_VARLEN)
		return LAYOUTS_OTHER;
	if (def->kind == NF_KIND_IPV4)
		return LAYOUTS_IPV4;
	if (def->kind == NF_KIND_IPV6)
		return LAYOUTS_IPV6;
	if (def->length == 0 || def->length > 8)
		return LAYOUTS_OTHER;
	if (def->kind == NF_KIND_MILLISECONDS && def->length == 8)
		return LAYOUTS_MS;
	if (def->kind == NF_KIND_OCTETS)
		return LAYOUTS_HEX;
	if (def->kind != NF_KIND_UINT)
		return LAYOUTS_OTHER;
	switch (def->length) {
	case 1: return LAYOUTS_U8;
	case 2: return LAYOUTS_U16;
	case 4: return LAYOUTS_U32;
	case 8: return LAYOUTS_U64;
	default: return LAYOUTS_UN;
	}
}

/* The texts go through a string buffer whose memory the entry then keeps. */
static struct layouts_entry *make(struct layouts *c, const struct nf_layout *layout)
{
	struct layouts_entry *e;
	struct nf_strbuf s;

	e = nf_alloc(sizeof(*e) + layout->nfields * sizeof(e->fields[0]));
	if (e == NULL)
		return NULL;
	nf_strbuf_init(&s);
	for (unsigned i = 0; i < layout->nfields; i++) {
		const struct nf_fielddef *def = &layout->fields[i];

		e->fields[i] = (struct layouts_text){
			.head = (uint32_t)s.n,
			.offset = def->offset,
			.nvar = def->nvar,
			.op = (uint8_t)op_of(def),
			.length = (uint8_t)(def->length != NF_VARLEN ? def->length : 0),
			.protocol = nf_ie_protocol(def->ie),
		};
		if (c->around.head != NULL)
			c->around.head(&s, layout, i);
		if (c->around.remark != NULL)
			e->fields[i].remark = (uint8_t)c->around.remark(layout, i);
		e->fields[i].tail = (uint32_t)s.n;
		if (c->around.tail != NULL)
			c->around.tail(&s, layout, i);
		e->fields[i].end = (uint32_t)s.n;
	}
	nf_sb_pad(&s, '\0', LAYOUTS_BLOCK);
	e->layout = layout;
	e->texts = s.p;
	e->plan = NULL;
	if (!s.failed && c->around.plan != NULL)
		e->plan = c->around.plan(e, &c->memos);
	if (s.failed || (c->around.plan != NULL && e->plan == NULL)) {
		nf_strbuf_done(&s);
		nf_free(e);
		return NULL;
	}
	return e;
}

void layouts_begin(struct layouts *c, uint32_t generation)
{
	if (c->generation == generation && c->n < LAYOUTS_MAX)
		return;
	forget(c);
	c->generation = generation;
}

const struct layouts_entry *layouts_make(struct layouts *c, const struct nf_layout *layout)
{
	struct layouts_entry **bucket = bucket_of(c, layout), *e;

	for (e = *bucket; e != NULL; e = e->next)
		if (e->layout == layout)
			return c->last = e;
	e = make(c, layout);
	if (e == NULL)
		return NULL;
	e->next = *bucket;
	*bucket = e;
	c->n++;
	return c->last = e;
}
