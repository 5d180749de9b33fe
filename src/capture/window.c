#include <config.h>

#include "capture/window.h"

#include <string.h>

#include "base/mem.h"

enum { SLOT_MIN = 2048 };

void window_init(struct window *w)
{
	memset(w, 0, sizeof(*w));
	for (unsigned i = 0; i < WINDOW_FRAMES; i++)
		w->free[i] = i;
	window_begin(w, INT64_MIN);
}

void window_done(struct window *w)
{
	for (unsigned i = 0; i < WINDOW_FRAMES; i++)
		nf_free(w->slots[i].copy);
}

void window_begin(struct window *w, int64_t out_ts)
{
	w->epoch = w->out_epoch = 0;
	w->out_ts = out_ts;
	w->in_max = w->in_last = INT64_MIN;
}

static bool before(const struct window_key *a, const struct window_key *b)
{
	if (a->epoch != b->epoch)
		return a->epoch < b->epoch;
	if (a->ts_ns != b->ts_ns)
		return a->ts_ns < b->ts_ns;
	return a->number < b->number;
}

/* A slot's memory is used again unless it is too small, or much too large. */
static bool copy_in(struct window_slot *s, const struct frame *f)
{
	size_t cap = f->caplen < SLOT_MIN ? SLOT_MIN : f->caplen;

	if (s->cap < cap || s->cap > 2 * cap) {
		uint8_t *copy = nf_alloc(cap);

		if (copy == NULL)
			return false;
		nf_free(s->copy);
		s->copy = copy;
		s->cap = cap;
	}
	s->f = *f;
	s->f.p = s->copy;
	if (f->caplen > 0)
		memcpy(s->copy, f->p, f->caplen);
	return true;
}

bool window_put(struct window *w, const struct frame *f)
{
	uint32_t slot = w->free[WINDOW_FRAMES - 1 - w->n];
	struct window_key key = { .ts_ns = f->ts_ns, .number = f->number, .slot = slot };
	unsigned at = w->n;

	if (!copy_in(&w->slots[slot], f))
		return false;
	if (w->out_epoch == w->epoch && f->ts_ns < w->out_ts) {
		w->epoch++;
		w->in_max = INT64_MIN;
	}
	key.epoch = w->epoch;
	w->in_last = f->ts_ns;
	if (w->in_max < f->ts_ns)
		w->in_max = f->ts_ns;
	w->octets += f->caplen;
	w->n++;
	for (; at > 0 && before(&key, &w->heap[(at - 1) / 2]); at = (at - 1) / 2)
		w->heap[at] = w->heap[(at - 1) / 2];
	w->heap[at] = key;
	return true;
}

/* KEY goes where the first one was, or further down. */
static void sift_down(struct window *w, struct window_key key)
{
	unsigned at = 0, child;

	while ((child = 2 * at + 1) < w->n) {
		if (child + 1 < w->n && before(&w->heap[child + 1], &w->heap[child]))
			child++;
		if (!before(&w->heap[child], &key))
			break;
		w->heap[at] = w->heap[child];
		at = child;
	}
	w->heap[at] = key;
}

void window_take(struct window *w, struct frame *f)
{
	struct window_key top = w->heap[0];

	*f = w->slots[top.slot].f;
	w->out_epoch = top.epoch;
	w->out_ts = f->ts_ns;
	w->octets -= f->caplen;
	w->n--;
	if (w->n > 0)
		sift_down(w, w->heap[w->n]);
	w->free[WINDOW_FRAMES - 1 - w->n] = top.slot;
}
