/*
 * The American flag sort: buckets by one octet of key and flow after the other, exchanged in
 * place; small ones by qsort.  Then runs of equal keys get the next digit as their keys, and are
 * sorted likewise.  All of it may stop after any step.
 */
#include <config.h>

#include "model/store_job_internal.h"

#include <stdlib.h>

enum { SMALL = 1024 };
enum { SORT, RUNS, REKEY };		/* tasks */
enum { COUNT, EXCHANGE };		/* phases of SORT */

static struct sort_entry *at(const struct sort *s, uint64_t i)
{
	return list_at(s->entries, i);
}

static uint8_t octet_of(const struct sort_entry *e, unsigned octet)
{
	uint64_t word = octet < 8 ? e->key : e->flow;

	return (uint8_t)(word >> (56 - octet % 8 * 8));
}

static void push(struct sort *s, uint8_t what, uint64_t lo, uint64_t hi, unsigned octet,
		 unsigned digit)
{
	void *tasks = s->tasks;

	if (!nf_grow(&tasks, &s->cap, s->ntasks + 1, sizeof(*s->tasks))) {
		s->failed = true;
		return;
	}
	s->tasks = tasks;
	s->tasks[s->ntasks++] = (struct sort_task){
		.lo = lo, .hi = hi, .what = what, .octet = (uint8_t)octet, .digit = (uint8_t)digit,
	};
	s->begun = false;
}

void sort_begin(struct sort *s, struct list *entries, bool more, bool descending,
		sort_digit *get, void *ctx)
{
	sort_done(s);
	*s = (struct sort){
		.entries = entries, .descending = descending, .get = get, .ctx = ctx,
	};
	if (more)
		push(s, RUNS, 0, entries->n, 0, 0);
	push(s, SORT, 0, entries->n, 0, 0);
}

void sort_done(struct sort *s)
{
	nf_free(s->tasks);
	s->tasks = NULL;
	s->ntasks = s->cap = 0;
}

static int by_key(const void *pa, const void *pb)
{
	const struct sort_entry *a = pa, *b = pb;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return (a->flow > b->flow) - (a->flow < b->flow);
}

static void sort_small(struct sort *s, const struct sort_task *t)
{
	struct sort_entry own[SMALL];
	size_t n = (size_t)(t->hi - t->lo);

	for (size_t i = 0; i < n; i++)
		own[i] = *at(s, t->lo + i);
	qsort(own, n, sizeof(own[0]), by_key);
	for (size_t i = 0; i < n; i++)
		*at(s, t->lo + i) = own[i];
	if (t->digit == 0)
		s->settled += n;
}

static void end(struct sort *s)
{
	s->ntasks--;
	s->begun = false;
}

/* All counted: where buckets begin and end. */
static void begin_exchange(struct sort *s, const struct sort_task *t)
{
	uint64_t from = t->lo;

	for (int i = 0; i < 256; i++) {
		uint64_t n = s->next[i];

		s->next[i] = from;
		s->ends[i] = from += n;
	}
	s->phase = EXCHANGE;
	s->bucket = 0;
}

/* Each entry stands in its bucket: they are sorted by the next octet. */
static void descend(struct sort *s)
{
	struct sort_task t = s->tasks[s->ntasks - 1];
	uint64_t from = t.lo;

	end(s);
	for (int i = 0; i < 256; from = s->ends[i++]) {
		if (s->ends[i] - from > 1 && t.octet < 15)
			push(s, SORT, from, s->ends[i], t.octet + 1u, t.digit);
		else if (t.digit == 0)
			s->settled += s->ends[i] - from;
	}
}

static void exchange(struct sort *s, const struct sort_task *t, unsigned n)
{
	while (n-- > 0) {
		struct sort_entry *e, other;
		uint8_t to;

		while (s->next[s->bucket] == s->ends[s->bucket]) {
			if (s->bucket == 255) {
				descend(s);
				return;
			}
			s->bucket++;
		}
		e = at(s, s->next[s->bucket]);
		to = octet_of(e, t->octet);
		if (to != s->bucket) {
			struct sort_entry *there = at(s, s->next[to]);

			other = *there;
			*there = *e;
			*e = other;
		}
		s->next[to]++;
	}
}

static void count(struct sort *s, const struct sort_task *t, unsigned n)
{
	uint64_t to = t->hi - s->at < n ? t->hi : s->at + n;
	uint8_t last = 0;

	for (; s->at < to; s->at++)
		s->next[last = octet_of(at(s, s->at), t->octet)]++;
	if (s->at < t->hi)
		return;
	if (s->next[last] == t->hi - t->lo && t->octet < 15) {
		s->tasks[s->ntasks - 1].octet++;	/* this one tells none of them apart */
		s->begun = false;
		return;
	}
	begin_exchange(s, t);
}

static void sort_some(struct sort *s, const struct sort_task *t, unsigned n)
{
	if (!s->begun) {
		if (t->hi - t->lo <= SMALL) {
			sort_small(s, t);
			end(s);
			return;
		}
		memset(s->next, 0, sizeof(s->next));
		s->at = t->lo;
		s->phase = COUNT;
		s->begun = true;
	}
	if (s->phase == COUNT)
		count(s, t, n);
	else
		exchange(s, t, n);
}

/* Has the entry further digits? */
static bool goes_on(const struct sort *s, uint64_t i)
{
	return ((at(s, i)->flow & SORT_LATER) != 0) != s->descending;
}

static bool in_run(const struct sort *s, const struct sort_task *t)
{
	return s->run < t->hi && goes_on(s, s->run) && at(s, s->run)->key == at(s, t->lo)->key;
}

/* Runs of equal keys with further digits; each is dealt with before the next is looked for. */
static void find_run(struct sort *s, struct sort_task *t, unsigned n)
{
	uint64_t from;

	if (!s->begun) {
		while (t->lo < t->hi && n > 0 && !goes_on(s, t->lo))
			t->lo++, n--;
		if (t->lo == t->hi)
			end(s);
		if (t->lo == t->hi || !goes_on(s, t->lo))
			return;
		s->begun = true;
		s->run = t->lo + 1;
	}
	for (; n > 0 && in_run(s, t); n--)
		s->run++;
	if (in_run(s, t))
		return;
	from = t->lo;
	t->lo = s->run;
	s->begun = false;
	if (s->run - from > 1)
		push(s, REKEY, from, s->run, 0, t->digit + 1u);
}

static void rekey(struct sort *s, const struct sort_task *t, unsigned n)
{
	struct sort_task own = *t;

	if (!s->begun) {
		s->at = t->lo;
		s->more = false;
		s->begun = true;
	}
	/* a record is to be read for each */
	for (n = n / 64 + 1; n > 0 && s->at < own.hi; n--, s->at++) {
		struct sort_entry *e = at(s, s->at);
		uint64_t flow = e->flow & ~SORT_LATER, digit;
		bool more = false;

		digit = s->get(s->ctx, flow, own.digit, &more);
		*e = sort_entry(digit, more && own.digit + 1 < KEY_DIGITS, s->descending, flow);
		s->more |= more;
	}
	if (s->at < own.hi)
		return;
	end(s);
	if (s->more && own.digit + 1 < KEY_DIGITS)
		push(s, RUNS, own.lo, own.hi, 0, own.digit);
	push(s, SORT, own.lo, own.hi, 0, own.digit);
}

bool sort_step(struct sort *s, unsigned n)
{
	struct sort_task *t;

	if (s->ntasks == 0 || s->failed)
		return false;
	t = &s->tasks[s->ntasks - 1];
	if (t->what == SORT)
		sort_some(s, t, n);
	else if (t->what == RUNS)
		find_run(s, t, n);
	else
		rekey(s, t, n);
	return s->ntasks > 0;
}
