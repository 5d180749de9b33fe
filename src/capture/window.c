#include <config.h>

#include "capture/window.h"

#include <string.h>

#include "base/mem.h"

void window_init(struct window *w)
{
	w->n = 0;
	w->octets = 0;
	w->out = NULL;
	window_begin(w, INT64_MIN);
}

void window_done(struct window *w)
{
	while (w->n > 0)
		nf_free(w->heap[--w->n].copy);
	nf_free(w->out);
	w->out = NULL;
}

void window_begin(struct window *w, int64_t out_ts)
{
	w->epoch = w->out_epoch = 0;
	w->out_ts = out_ts;
	w->in_max = w->in_last = INT64_MIN;
}

static bool before(const struct held *a, const struct held *b)
{
	if (a->epoch != b->epoch)
		return a->epoch < b->epoch;
	if (a->f.ts_ns != b->f.ts_ns)
		return a->f.ts_ns < b->f.ts_ns;
	return a->f.number < b->f.number;
}

static void swap(struct held *a, struct held *b)
{
	struct held t = *a;

	*a = *b;
	*b = t;
}

bool window_put(struct window *w, const struct frame *f)
{
	struct held *h = &w->heap[w->n];
	unsigned at = w->n;

	*h = (struct held){ .f = *f };
	h->copy = nf_alloc(f->caplen > 0 ? f->caplen : 1);
	if (h->copy == NULL)
		return false;
	memcpy(h->copy, f->p, f->caplen);
	h->f.p = h->copy;
	if (w->out_epoch == w->epoch && f->ts_ns < w->out_ts) {
		w->epoch++;
		w->in_max = INT64_MIN;
	}
	h->epoch = w->epoch;
	w->in_last = f->ts_ns;
	if (w->in_max < f->ts_ns)
		w->in_max = f->ts_ns;
	w->octets += f->caplen;
	w->n++;
	for (; at > 0 && before(&w->heap[at], &w->heap[(at - 1) / 2]); at = (at - 1) / 2)
		swap(&w->heap[at], &w->heap[(at - 1) / 2]);
	return true;
}

static void sift_down(struct window *w)
{
	unsigned at = 0, child;

	while ((child = 2 * at + 1) < w->n) {
		if (child + 1 < w->n && before(&w->heap[child + 1], &w->heap[child]))
			child++;
		if (!before(&w->heap[child], &w->heap[at]))
			return;
		swap(&w->heap[at], &w->heap[child]);
		at = child;
	}
}

void window_take(struct window *w, struct frame *f)
{
	struct held *top = &w->heap[0];

	nf_free(w->out);
	w->out = top->copy;
	*f = top->f;
	w->out_epoch = top->epoch;
	w->out_ts = f->ts_ns;
	w->octets -= f->caplen;
	*top = w->heap[--w->n];
	sift_down(w);
}
