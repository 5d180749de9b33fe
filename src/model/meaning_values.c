/* The values of flows: as a record has them, or added up in words. */
#include <config.h>

#include "model/meaning_internal.h"

/* A key stands in front of what is kept, unless that has it. */
void *meaning_room(struct meaning *m, const uint64_t *key, size_t size)
{
	size_t head = key != NULL ? m->key_words * sizeof(*key) : 0;
	char *p = meaning_store_alloc(&m->store, head + size);

	m->failed |= p == NULL;
	if (p == NULL)
		return NULL;
	if (head != 0)
		memcpy(p, key, head);
	return p + head;
}

/* -- Words ---------------------------------------------------------------------------- */

static uint64_t *words_new(struct meaning *m, uint32_t shape, const uint64_t *key)
{
	const struct meaning_shape *s = &m->shapes[shape];
	uint64_t *v = meaning_room(m, key, (MEANING_SUMS + s->words + 1u) * sizeof(*v));

	if (v == NULL)
		return NULL;
	memset(v, 0, MEANING_SUMS * sizeof(*v));
	v += MEANING_SUMS;
	for (unsigned i = 0; i < s->n; i++) {
		uint8_t how = m->columns[s->columns[i]].how;

		v[s->at[i]] = how == MEANING_RANGE ? UINT64_MAX : 0;
		if (meaning_words_of(how) == 2)
			v[s->at[i] + 1] = 0;
	}
	return v;
}

/* Of octets, which of two numbers of texts stands first. */
static bool before(const struct meaning *m, uint64_t a, uint64_t b)
{
	struct nf_bytes x = top_texts_text(&m->texts, a), y = top_texts_text(&m->texts, b);
	size_t n = x.n < y.n ? x.n : y.n;
	int order = n != 0 ? memcmp(x.p, y.p, n) : 0;

	return order != 0 ? order < 0 : x.n < y.n;
}

/* The text of that NUMBER to those of V: the first one, and the last one in order. */
static void add_text(struct meaning *m, uint64_t number, uint64_t *v)
{
	if (number == 0 || number == v[0] || number == v[1])
		return;
	if (v[0] == 0) {
		v[0] = v[1] = number;
		return;
	}
	if (before(m, number, v[0]))
		v[0] = number;
	else if (before(m, v[1], number))
		v[1] = number;
}

static void take_text(struct meaning *m, const struct nf_rec *r, const struct meaning_step *step,
		      uint64_t *v)
{
	const struct nf_field f = nf_field(r, step->field);
	struct nf_bytes octets = f.value;

	if (step->list) {
		meaning_list_text(m, &m->text, &f, &m->lists);
		octets = (struct nf_bytes){ (const uint8_t *)m->text.p, m->text.n };
		m->failed |= m->text.failed;
	}
	add_text(m, top_texts_number(&m->texts, octets, m->opts.max_keys,
				     m->opts.max_keys * TOP_TEXT_OCTETS), v);
}

static inline void take(struct meaning *m, const struct nf_rec *r, enum meaning_how how,
			const struct meaning_step *step, uint64_t *v)
{
	uint64_t value = m->values[step->field];

	switch (how) {
	case MEANING_SUM: v[0] += value; break;
	case MEANING_MOST: v[0] = value > v[0] ? value : v[0]; break;
	case MEANING_UNION: v[0] |= value; break;
	case MEANING_RANGE:
		v[0] = value < v[0] ? value : v[0];
		v[1] = value > v[1] ? value : v[1];
		break;
	case MEANING_TEXTS: take_text(m, r, step, v); break;
	}
}

__attribute__((always_inline))
static inline void take_how(struct meaning *m, const struct meaning_plan *p,
			    const struct nf_rec *r, enum meaning_how how, uint64_t *v)
{
	unsigned i = how != 0 ? p->ends[how - 1] : 0;

	for (; i < p->ends[how]; i++)
		take(m, r, how, &p->by_how[i], v + p->by_how[i].at);
}

/* R, a record of the plan, into words of its shape. */
static void take_own(struct meaning *m, const struct meaning_plan *p, const struct nf_rec *r,
		     uint64_t *v)
{
	nf_rec_values(r, m->values);
	take_how(m, p, r, MEANING_SUM, v);
	take_how(m, p, r, MEANING_MOST, v);
	take_how(m, p, r, MEANING_UNION, v);
	take_how(m, p, r, MEANING_RANGE, v);
	take_how(m, p, r, MEANING_TEXTS, v);
}

/* Into words of a shape that has other columns, too. */
static void take_into(struct meaning *m, const struct meaning_plan *p, const struct nf_rec *r,
		      const struct meaning_shape *s, uint64_t *v)
{
	unsigned at = 0;

	nf_rec_values(r, m->values);
	for (unsigned i = 0; i < p->n; i++) {
		const struct meaning_step *step = &p->steps[i];

		while (at < s->n && s->columns[at] < step->column)
			at++;
		if (at < s->n && s->columns[at] == step->column)
			take(m, r, (enum meaning_how)step->how, step, v + s->at[at]);
	}
}

/* -- Rows ----------------------------------------------------------------------------- */

bool meaning_put(uint64_t *row, const void *values, uint32_t of, bool kept, bool summed)
{
	const uint64_t rest = ~((UINT64_C(1) << MEANING_DOMAIN_AT) - 1);

	if (values == NULL)
		return false;
	row[MEANING_WHAT] = (row[MEANING_WHAT] & rest) | of | (uint64_t)kept << MEANING_KEPT_AT |
			    (uint64_t)summed << MEANING_SUMMED_AT;
	row[MEANING_VALUES] = (uint64_t)(uintptr_t)values;
	return true;
}

bool meaning_values_begin(struct meaning *m, const struct meaning_plan *p, unsigned i, bool summed,
			  uint64_t *row)
{
	const struct nf_rec *r = &m->batch->recs[i];
	const uint64_t *key = NULL;
	uint64_t *v, room[MEANING_KEY_WORDS];
	bool keeps = meaning_keeps(p, r);

	if (!p->plain || !keeps)
		key = meaning_batch_key(m, i, room);
	if (keeps)
		return meaning_put(row, meaning_keep(m, p, r, key, summed), p->index, true, summed);
	v = words_new(m, p->shape, key);
	if (v != NULL)
		take_own(m, p, r, v);
	return meaning_put(row, v, p->shape, false, true);
}

/* The record that the flow is so far gets words.  False if memory is out. */
static bool unfold(struct meaning *m, uint64_t *row, uint32_t number)
{
	const struct meaning_plan *p;
	uint64_t room[MEANING_KEY_WORDS], *v;
	struct nf_rec r;

	if (meaning_kept_by(row) == 0)
		return true;
	p = m->plans[meaning_kept_by(row) - 1];
	v = words_new(m, p->shape, meaning_key(m, row, room));
	if (v == NULL)
		return false;
	meaning_kept(p, row, &r);
	take_own(m, p, &r, v);
	meaning_sums_of(row, v - MEANING_SUMS);
	meaning_give_back(m, row, number);
	return meaning_put(row, v, p->shape, false, true);
}

/* A record of another layout: the row is to have its columns as well. */
static bool reshape(struct meaning *m, uint64_t *row, uint32_t with)
{
	uint32_t old = meaning_shape_of(m, row);
	uint32_t new = old != with ? meaning_shape_of_both(m, old, with) : old;
	const struct meaning_shape *s = &m->shapes[old], *t = &m->shapes[new];
	const uint64_t *from = (const uint64_t *)(uintptr_t)row[MEANING_VALUES];
	const uint64_t *sums = meaning_sums(row);
	unsigned at = 0;
	uint64_t *to;

	if (new == old)
		return true;
	to = words_new(m, new, sums - m->key_words);
	if (to == NULL)
		return false;
	memcpy(to - MEANING_SUMS, sums, MEANING_SUMS * sizeof(*to));
	for (unsigned i = 0; i < s->n; i++) {
		while (t->columns[at] != s->columns[i])
			at++;
		memcpy(to + t->at[at], from + s->at[i],
		       meaning_words_of(m->columns[s->columns[i]].how) * sizeof(*to));
	}
	return meaning_put(row, to, new, false, true);
}

void meaning_values_add(struct meaning *m, const struct meaning_plan *p, const struct nf_rec *r,
			uint64_t *row, uint32_t number)
{
	if (!unfold(m, row, number) || !reshape(m, row, p->shape))
		return;
	if (meaning_shape_of(m, row) == p->shape)
		take_own(m, p, r, (uint64_t *)(uintptr_t)row[MEANING_VALUES]);
	else
		take_into(m, p, r, &m->shapes[meaning_shape_of(m, row)],
			  (uint64_t *)(uintptr_t)row[MEANING_VALUES]);
}

void meaning_values_sum(struct meaning *m, const struct meaning_plan *p, const struct nf_rec *r,
			uint64_t *row, uint32_t number)
{
	if (!meaning_add_kept(m, p, r, row, number))
		meaning_values_add(m, p, r, row, number);
}

/* -- Two flows that are one ----------------------------------------------------------- */

static void add_column(struct meaning *m, uint8_t how, uint64_t *v, const uint64_t *w)
{
	switch ((enum meaning_how)how) {
	case MEANING_SUM: v[0] += w[0]; break;
	case MEANING_MOST: v[0] = w[0] > v[0] ? w[0] : v[0]; break;
	case MEANING_UNION: v[0] |= w[0]; break;
	case MEANING_RANGE:
		v[0] = w[0] < v[0] ? w[0] : v[0];
		v[1] = w[1] > v[1] ? w[1] : v[1];
		break;
	case MEANING_TEXTS:
		for (unsigned i = 0; i < 2; i++)
			add_text(m, w[i], v);
		break;
	}
}

static void earlier_frame(uint64_t *into, const uint64_t *from)
{
	const uint64_t rest = (UINT64_C(1) << MEANING_FRAME_AT) - 1;

	if (meaning_frame(from) < meaning_frame(into))
		into[MEANING_WHAT] = (into[MEANING_WHAT] & rest) | (from[MEANING_WHAT] & ~rest);
}

void meaning_merge(struct meaning *m, uint32_t to, uint32_t what)
{
	uint64_t *into = top_table_row(&m->flows, to - 1);
	uint64_t *from = top_table_row(&m->flows, what - 1);
	const struct meaning_shape *s, *t;
	const uint64_t *w;
	uint64_t *v;
	unsigned at = 0;

	if (!unfold(m, into, to) || !unfold(m, from, what) ||
	    !reshape(m, into, meaning_shape_of(m, from)))
		return;
	s = &m->shapes[meaning_shape_of(m, from)];
	t = &m->shapes[meaning_shape_of(m, into)];
	v = (uint64_t *)(uintptr_t)into[MEANING_VALUES];
	w = (const uint64_t *)(uintptr_t)from[MEANING_VALUES];
	for (unsigned i = 0; i < s->n; i++) {
		while (at < t->n && t->columns[at] < s->columns[i])
			at++;
		if (at < t->n && t->columns[at] == s->columns[i])
			add_column(m, m->columns[s->columns[i]].how, v + t->at[at], w + s->at[i]);
	}
	if ((int64_t)from[MEANING_FIRST] < (int64_t)into[MEANING_FIRST])
		into[MEANING_FIRST] = from[MEANING_FIRST];
	if ((int64_t)from[MEANING_LAST] > (int64_t)into[MEANING_LAST])
		into[MEANING_LAST] = from[MEANING_LAST];
	earlier_frame(into, from);
	meaning_sums(into)[MEANING_RECORDS] += meaning_records(from);
	meaning_sums(from)[MEANING_RECORDS] = 0;
}
