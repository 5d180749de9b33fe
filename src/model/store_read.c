#include <config.h>

#include "model/store_internal.h"

#include "base/mem.h"

/* D as it was, but for its payload. */
static void datagram_of(const struct store *s, const struct row *r, struct message *m)
{
	const struct aside *a = (const struct aside *)(uintptr_t)r->place;
	const struct ends *ends = s->ends[r->ends];
	const struct kind *k = &s->kinds[r->kind];

	m->datagram = (struct nf_datagram){
		.ordinal = r->position >> 16,
		.frame = r->frame,
		.ts_ns = r->ts_ns,
		.file = (uint32_t)r->file,
		.src = ends->src,
		.dst = ends->dst,
		.transport = (enum nf_transport)k->transport,
		.ts_fine = k->ts_fine,
		.stepped_back = (r->flags & STORE_STEPPED_BACK) != 0,
		.facts = k->facts,
		.extents = &m->extent,
		.nextents = 1,
	};
	m->extent = (struct nf_extent){ r->place, (uint32_t)r->length, (uint32_t)r->file };
	m->datagram.payload.n = (size_t)r->length;
	m->datagram.wire_len = (uint32_t)(r->length + r->missing);
	if ((r->flags & STORE_ASIDE) != 0) {
		m->datagram.extents = a->extents;
		m->datagram.nextents = a->nextents;
		m->datagram.payload.n = a->length;
		m->datagram.wire_len = a->wire_len;
	}
}

static int fetch(struct store *s, struct message *m, struct nf_err *err)
{
	struct nf_datagram *d = &m->datagram;
	void *payload = m->payload;
	size_t at = 0;

	if (!nf_grow(&payload, &m->cap, d->payload.n + 1, 1))
		return nf_err_memory(err);
	m->payload = payload;
	for (uint32_t i = 0; i < d->nextents; i++) {
		struct nf_extent e = d->extents[i];

		if (e.length > d->payload.n - at)
			e.length = (uint32_t)(d->payload.n - at);
		if (reread_octets(s->again, &e, m->payload + at, err) < 0)
			return -1;
		at += e.length;
	}
	if (at != d->payload.n)
		return nf_err_set(err, NF_ERR_ENV, "%s: where octets stand was not kept",
				  s->paths[d->file]);
	d->payload.p = m->payload;
	return 0;
}

int store_fill(struct store *s, uint64_t i, struct message *m, const struct nf_sink *sink,
	       struct nf_err *err)
{
	const struct row *r = store_at(s, i);
	uint32_t offset = (uint32_t)(r->position & 0xffff);

	if (m->used == 0 || m->row != i) {
		m->used = 0;
		datagram_of(s, r, m);
		if (fetch(s, m, err) < 0)
			return -1;
	}
	if (!nf_tracker_view(s->tracker, &m->datagram, offset, &m->view, sink) ||
	    m->view.msg.version != r->version) {
		m->used = 0;
		return nf_err_set(err, NF_ERR_ENV, "%s: has changed since it was read: no message "
				  "of version %u where there was one", s->paths[r->file],
				  (unsigned)r->version);
	}
	m->row = i;
	m->used = ++s->uses;
	if (s->opts.hooks.prepare != NULL)
		s->opts.hooks.prepare(s->opts.hooks.ctx, &m->view);
	return 0;
}

void store_message_done(struct message *m)
{
	nf_free(m->payload);
}

const struct nf_view *store_read(struct store *s, uint64_t i, const struct nf_sink *sink,
				 struct nf_err *err)
{
	struct message *m = &s->kept[0];

	for (int j = 0; j < STORE_KEPT; j++) {
		if (s->kept[j].used != 0 && s->kept[j].row == i) {
			m = &s->kept[j];
			break;
		}
		if (s->kept[j].used < m->used)
			m = &s->kept[j];
	}
	return store_fill(s, i, m, sink, err) == 0 ? &m->view : NULL;
}
