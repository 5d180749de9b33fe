#include <config.h>

#include "out/batch.h"

#include "base/mem.h"

enum { TEXT_KEPT = 2 << 20 };	/* a text that grew beyond that is not kept for the next one */

void batch_done(struct batch *b)
{
	nf_free(b->messages);
	nf_free(b->resolutions);
	nf_free(b->octets);
	nf_strbuf_done(&b->text);
}

void batch_clear(struct batch *b)
{
	b->nmessages = b->nresolutions = b->noctets = b->nrecords = 0;
	b->failed = false;
	if (b->text.cap > TEXT_KEPT) {
		nf_strbuf_done(&b->text);
		nf_strbuf_init(&b->text);
	}
	nf_strbuf_clear(&b->text);
}

static bool add_resolution(struct batch *b, const struct nf_resolution *r)
{
	void *items = b->resolutions;

	if (!nf_grow(&items, &b->cap_resolutions, b->nresolutions + 1, sizeof(*r)))
		return false;
	b->resolutions = items;
	b->resolutions[b->nresolutions++] = *r;
	return true;
}

/* What is known of the sets of V. */
static enum batch_added add_sets(struct batch *b, const struct nf_view *v, bool lists)
{
	enum batch_added added = BATCH_NOTHING;
	struct nf_sets sets;
	struct nf_set set;

	nf_sets_open(&sets, &v->msg, NULL);
	while (nf_set_next(&sets, &set)) {
		struct nf_resolution r = { .layout = NULL };

		if (set.kind == NF_SET_FIXED) {
			b->nrecords += v->msg.count;
		} else if (set.kind == NF_SET_DATA) {
			v->resolver.resolve(v->resolver.ctx, set.id, set.bytes, set.offset, &r);
			if (!add_resolution(b, &r))
				return BATCH_NO_MEMORY;
		} else {
			continue;
		}
		if (r.layout != NULL && r.layout->kind == NF_LAYOUT_OPTIONS)
			continue;
		if (r.layout != NULL && r.layout->has_lists && lists)
			return BATCH_LISTS;
		if (r.layout != NULL && r.layout->min_len > 0)
			b->nrecords += set.bytes.n / r.layout->min_len;
		added = BATCH_ADDED;
	}
	return added;
}

static bool add_message(struct batch *b, const struct nf_view *v, size_t first)
{
	size_t n = v->msg.bytes.n;
	void *messages = b->messages, *octets = b->octets;
	struct batch_message *m;

	if (!nf_grow(&messages, &b->cap_messages, b->nmessages + 1, sizeof(*m)))
		return false;
	b->messages = messages;
	if (!nf_grow(&octets, &b->cap_octets, b->noctets + n, 1))
		return false;
	b->octets = octets;
	m = &b->messages[b->nmessages++];
	*m = (struct batch_message){
		.msg = v->msg,
		.datagram = *v->datagram,
		.offset = v->offset,
		.at = b->noctets,
		.first = first,
	};
	m->datagram.payload = (struct nf_bytes){ .n = 0 };
	m->datagram.extents = NULL;
	m->datagram.nextents = 0;
	memcpy(b->octets + b->noctets, v->msg.bytes.p, n);
	b->noctets += n;
	return true;
}

enum batch_added batch_add(struct batch *b, const struct nf_view *v, bool lists)
{
	size_t first = b->nresolutions, nrecords = b->nrecords;
	enum batch_added added = add_sets(b, v, lists);

	if (added == BATCH_ADDED && b->nrecords - nrecords > BATCH_RECORDS)
		added = BATCH_LARGE;
	if (added == BATCH_ADDED && !add_message(b, v, first))
		added = BATCH_NO_MEMORY;
	if (added != BATCH_ADDED) {
		b->nresolutions = first;
		b->nrecords = nrecords;
	}
	return added;
}

static void replay_next(void *ctx, uint16_t id, struct nf_bytes body, uint32_t offset,
			struct nf_resolution *out)
{
	struct batch_replay *r = ctx;

	(void)id;
	(void)body;
	(void)offset;
	*out = r->next < r->end ? *r->next++ : (struct nf_resolution){ .why = NF_NEVER_DEFINED };
}

void batch_view(const struct batch *b, size_t i, struct batch_replay *replay, struct nf_view *v)
{
	const struct batch_message *m = &b->messages[i];
	size_t end = i + 1 < b->nmessages ? m[1].first : b->nresolutions;

	*replay = (struct batch_replay){ b->resolutions + m->first, b->resolutions + end };
	*v = (struct nf_view){
		.msg = m->msg,
		.datagram = &m->datagram,
		.offset = m->offset,
		.resolver = { .resolve = replay_next, .ctx = replay },
	};
	v->msg.bytes.p = b->octets + m->at;
}
