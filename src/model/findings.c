#include <config.h>

#include "model/findings.h"

#include <stdlib.h>

#include "base/mem.h"

void findings_init(struct findings *f, const struct nf_labels *rules)
{
	*f = (struct findings){ .rules = rules };
}

void findings_done(struct findings *f)
{
	nf_free(f->v);
	findings_init(f, f->rules);
}

void findings_swap(struct findings *a, struct findings *b)
{
	const struct findings other = *a;

	*a = *b;
	a->rules = other.rules;
	*b = (struct findings){
		.rules = b->rules, .v = other.v, .n = other.n, .cap = other.cap,
		.settled = other.settled,
	};
}

bool findings_add(struct findings *f, const struct findings_row *row)
{
	void *v = f->v;

	if (!nf_grow(&v, &f->cap, f->n + 1, sizeof(*f->v)))
		return false;
	f->v = v;
	f->v[f->n++] = *row;
	return true;
}

/* Files in their order, then frames, then messages in them. */
static int by_message(const struct findings_row *a, const struct findings_row *b)
{
	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->frame != b->frame)
		return a->frame < b->frame ? -1 : 1;
	return a->message < b->message ? -1 : a->message > b->message;
}

static int by_rule(const void *x, const void *y)
{
	const struct findings_row *a = x, *b = y;
	int order = by_message(a, b);

	if (order != 0)
		return order;
	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	return a->severity < b->severity ? -1 : a->severity > b->severity;
}

static uint32_t sum(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

void findings_settle(struct findings *f)
{
	size_t n = 0;

	if (f->n != 0)
		qsort(f->v, f->n, sizeof(*f->v), by_rule);
	for (size_t i = 0; i < f->n; i++) {
		if (n > 0 && by_rule(&f->v[n - 1], &f->v[i]) == 0)
			f->v[n - 1].count = sum(f->v[n - 1].count, f->v[i].count);
		else
			f->v[n++] = f->v[i];
	}
	f->n = n;
	f->settled = true;
}

uint32_t findings_of(const struct findings *f, uint32_t file, uint64_t frame, uint32_t message,
		     const struct findings_row **rows)
{
	const struct findings_row key = { .frame = frame, .file = file, .message = message };
	size_t lo = 0, hi = f->settled ? f->n : 0, end;

	while (lo < hi) {
		size_t half = lo + (hi - lo) / 2;

		if (by_message(&f->v[half], &key) < 0)
			lo = half + 1;
		else
			hi = half;
	}
	for (end = lo; f->settled && end < f->n && by_message(&f->v[end], &key) == 0; end++)
		;
	*rows = f->v + lo;
	return (uint32_t)(end - lo);
}
