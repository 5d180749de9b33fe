/* The values of flows: as a record has them, or added up in words. */
#include <config.h>

#include "model/meaning_internal.h"

/* -- A record as it came -------------------------------------------------------------- */

static size_t shift_words(const struct nf_layout *l)
{
	return l->nvar != 0 ? l->nvar + 1u : 0;
}

/* In front of the octets of a record that has variable fields: its length, its shifts. */
static size_t head_octets(const struct nf_layout *l)
{
	return l->nvar != 0 ? (1 + shift_words(l)) * sizeof(uint16_t) : 0;
}

/* A key stands in front of what is kept, unless that has it. */
static void *room_for(struct meaning *m, const uint64_t *key, size_t octets)
{
	size_t head = key != NULL ? m->key_words * sizeof(*key) : 0;
	char *p = meaning_store_alloc(&m->store, head + octets);

	m->failed |= p == NULL;
	if (p == NULL)
		return NULL;
	if (head != 0)
		memcpy(p, key, head);
	return p + head;
}

static const void *keep(struct meaning *m, const struct meaning_plan *p, const struct nf_rec *r,
			const uint64_t *key)
{
	bool may_have = m->opts.like != NULL && p->plain;
	const void *had = may_have ? meaning_like_values(m, p, r, key) : NULL;
	size_t head = head_octets(p->layout);
	uint16_t length = (uint16_t)r->length;
	uint8_t *at;

	if (had != NULL)
		return had;
	at = room_for(m, p->plain ? NULL : key, head + r->length);
	if (at == NULL)
		return NULL;
	if (head != 0) {
		memcpy(at, &length, sizeof(length));
		memcpy(at + sizeof(length), r->shift, head - sizeof(length));
	}
	memcpy(at + head, r->p, r->length);
	return at;
}

void meaning_kept(const struct meaning_plan *p, const uint64_t *row, struct nf_rec *r)
{
	const uint16_t *head = (const uint16_t *)(uintptr_t)row[MEANING_VALUES];

	*r = (struct nf_rec){
		.layout = p->layout, .p = (const uint8_t *)head, .length = p->layout->min_len,
		.shift = nf_no_shift,
	};
	if (p->layout->nvar == 0)
		return;
	r->length = head[0];
	r->shift = head + 1;
	r->p += head_octets(p->layout);
}

/* -- Words ---------------------------------------------------------------------------- */

static uint64_t *words_new(struct meaning *m, uint32_t shape, const uint64_t *key)
{
	const struct meaning_shape *s = &m->shapes[shape];
	uint64_t *v = room_for(m, key, (MEANING_SUMS + s->words + 1u) * sizeof(*v));

	if (v == NULL)
		return NULL;
	v[MEANING_RECORDS] = v[MEANING_LASTED] = 0;
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

static bool set(uint64_t *row, uint64_t domain, uint32_t shape, uint32_t kept_by,
		const void *values)
{
	if (values == NULL)
		return false;
	row[MEANING_SHAPE] = shape | kept_by << 16 | domain << 32;
	row[MEANING_VALUES] = (uint64_t)(uintptr_t)values;
	return true;
}

bool meaning_values_begin(struct meaning *m, const struct meaning_plan *p, const struct nf_rec *r,
			  const uint64_t *key, uint64_t *row)
{
	uint64_t *v;

	if (p->keeps && head_octets(p->layout) + r->length <= MEANING_KEPT)
		return set(row, key[0], p->shape, p->index + 1, keep(m, p, r, key));
	v = words_new(m, p->shape, key);
	if (v != NULL)
		take_own(m, p, r, v);
	return set(row, key[0], p->shape, 0, v);
}

/* The one record of the flow so far gets words. */
static bool unfold(struct meaning *m, uint64_t *row)
{
	const struct meaning_plan *p = m->plans[meaning_kept_by(row) - 1];
	uint64_t room[MEANING_KEY_WORDS];
	uint64_t *v = words_new(m, p->shape, meaning_key(m, row, room));
	struct nf_rec r;

	if (v == NULL)
		return false;
	meaning_kept(p, row, &r);
	take_own(m, p, &r, v);
	set(row, meaning_domain_at(row), p->shape, 0, v);
	meaning_sums(row)[MEANING_RECORDS] = 1;
	if ((int64_t)row[MEANING_FIRST] <= (int64_t)row[MEANING_LAST])
		meaning_sums(row)[MEANING_LASTED] = row[MEANING_LAST] - row[MEANING_FIRST];
	return true;
}

/* A record of another layout: the row is to have its columns as well. */
static bool reshape(struct meaning *m, uint64_t *row, uint32_t with)
{
	uint32_t old = meaning_shape_of(row);
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
	return set(row, meaning_domain_at(row), new, 0, to);
}

/* False if memory is out. */
static bool in_words(struct meaning *m, uint64_t *row)
{
	return meaning_kept_by(row) == 0 || unfold(m, row);
}

void meaning_values_add(struct meaning *m, const struct meaning_plan *p, const struct nf_rec *r,
			uint64_t *row)
{
	if (!in_words(m, row) || !reshape(m, row, p->shape))
		return;
	if (meaning_shape_of(row) == p->shape)
		take_own(m, p, r, (uint64_t *)(uintptr_t)row[MEANING_VALUES]);
	else
		take_into(m, p, r, &m->shapes[meaning_shape_of(row)],
			  (uint64_t *)(uintptr_t)row[MEANING_VALUES]);
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

void meaning_merge(struct meaning *m, uint64_t *into, uint64_t *from)
{
	const struct meaning_shape *s, *t;
	const uint64_t *w;
	uint64_t *v;
	unsigned at = 0;

	if (!in_words(m, into) || !in_words(m, from) ||
	    !reshape(m, into, meaning_shape_of(from)))
		return;
	s = &m->shapes[meaning_shape_of(from)];
	t = &m->shapes[meaning_shape_of(into)];
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
	if (from[MEANING_FRAME] < into[MEANING_FRAME])
		into[MEANING_FRAME] = from[MEANING_FRAME];
	meaning_sums(into)[MEANING_RECORDS] += meaning_records(from);
	meaning_sums(from)[MEANING_RECORDS] = 0;
}
