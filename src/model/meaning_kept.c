/* Flows whose values are a record as it came, in which counters and flags may add up. */
#include <config.h>

#include "model/meaning_internal.h"

static size_t shift_words(const struct nf_layout *l)
{
	return l->nvar != 0 ? l->nvar + 1u : 0;
}

/* In front of the octets of a record that has variable fields: its length, its shifts. */
static size_t head_octets(const struct nf_layout *l)
{
	return l->nvar != 0 ? (1 + shift_words(l)) * sizeof(uint16_t) : 0;
}

/* A record of fixed length stands there as it is. */
static uint8_t *octets_of(const uint64_t *row)
{
	return (uint8_t *)(uintptr_t)row[MEANING_VALUES];
}

bool meaning_keeps(const struct meaning_plan *p, const struct nf_rec *r)
{
	return p->keeps && head_octets(p->layout) + r->length <= MEANING_KEPT;
}

const void *meaning_keep(struct meaning *m, const struct meaning_plan *p, const struct nf_rec *r,
			 const uint64_t *key, bool summed)
{
	size_t head = head_octets(p->layout), sums = summed ? MEANING_SUMS * sizeof(*key) : 0;
	uint16_t length = (uint16_t)r->length;
	uint8_t *at = meaning_room(m, p->plain ? NULL : key, sums + head + r->length);

	if (at == NULL)
		return NULL;
	memset(at, 0, sums);
	at += sums;
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

/* -- Sums ----------------------------------------------------------------------------- */

/* Are the octets of ROW, of that NUMBER, those of opts.like? */
static bool is_borrowed(const struct meaning *m, const uint64_t *row, uint32_t number)
{
	return number <= m->likeness.rows &&
	       top_table_row(&m->opts.like->flows, number - 1)[MEANING_VALUES] ==
	       row[MEANING_VALUES];
}

void meaning_give_back(struct meaning *m, const uint64_t *row, uint32_t number)
{
	const struct meaning_plan *p = m->plans[meaning_kept_by(row) - 1];
	size_t words = (p->plain ? 0 : m->key_words) + (meaning_sums(row) ? MEANING_SUMS : 0);
	struct nf_rec r;

	meaning_kept(p, row, &r);
	if (!is_borrowed(m, row, number))
		meaning_store_free(&m->store, (uint64_t *)(uintptr_t)row[MEANING_VALUES] - words,
				   words * sizeof(uint64_t) + head_octets(p->layout) + r.length);
}

void meaning_sums_of(const uint64_t *row, uint64_t sums[MEANING_SUMS])
{
	const uint64_t *its = meaning_sums(row);
	bool timed = (int64_t)row[MEANING_FIRST] <= (int64_t)row[MEANING_LAST];

	if (its != NULL) {
		memcpy(sums, its, MEANING_SUMS * sizeof(*sums));
		return;
	}
	sums[MEANING_RECORDS] = 1;
	sums[MEANING_LASTED] = timed ? row[MEANING_LAST] - row[MEANING_FIRST] : 0;
	sums[MEANING_NEXT] = 0;
}

bool meaning_sum_up(struct meaning *m, uint64_t *row, uint32_t number)
{
	const struct meaning_plan *p;
	uint64_t room[MEANING_KEY_WORDS], *to;
	size_t octets;
	struct nf_rec r;

	if (meaning_sums(row) != NULL)
		return true;
	p = m->plans[meaning_kept_by(row) - 1];
	meaning_kept(p, row, &r);
	octets = head_octets(p->layout) + r.length;
	to = meaning_room(m, p->plain ? NULL : meaning_key(m, row, room),
			  MEANING_SUMS * sizeof(*to) + octets);
	if (to == NULL)
		return false;
	meaning_sums_of(row, to);
	memcpy(to + MEANING_SUMS, (const void *)(uintptr_t)row[MEANING_VALUES], octets);
	meaning_give_back(m, row, number);
	return meaning_put(row, to + MEANING_SUMS, p->index, true, true);
}

/* Where the 8 octets of a column are in a record of P's layout. */
static size_t place_of(const struct nf_column *c, const struct nf_rec *r)
{
	return c->offset + r->shift[c->nvar];
}

/*
 * What adds up in A and in B, which is as A but for that, into V.  False where a sum has no room in
 * its octets.
 */
static bool add_up(const struct meaning_plan *p, const struct nf_rec *a, const struct nf_rec *b,
		   uint64_t *v)
{
	for (unsigned i = 0; i < p->ends[MEANING_UNION]; i++) {
		const struct nf_column *c = &p->adders[i];
		uint64_t m = nf_column_value(c, a->p + place_of(c, a));
		uint64_t n = nf_column_value(c, b->p + place_of(c, b));

		if (i >= p->ends[MEANING_MOST])
			v[i] = m | n;
		else if (i >= p->ends[MEANING_SUM])
			v[i] = m > n ? m : n;
		else if (n <= c->mask - m)
			v[i] = m + n;
		else
			return false;
	}
	return true;
}

/* V to where ROW has it. */
static void put_sums(const struct meaning_plan *p, const uint64_t *row, const uint64_t *v)
{
	uint8_t *octets = octets_of(row) + head_octets(p->layout);
	struct nf_rec r;

	meaning_kept(p, row, &r);
	for (unsigned i = 0; i < p->ends[MEANING_UNION]; i++) {
		const struct nf_fielddef *f = &p->layout->fields[p->adders[i].field];

		nf_storen(octets + f->offset + r.shift[f->nvar], f->length, v[i]);
	}
}

bool meaning_is_kept(struct meaning_place at, struct meaning_plan *p, const struct nf_rec *r,
		     uint32_t number)
{
	uint32_t kept_by = meaning_kept_by(at.row);
	const struct meaning_plan *q = kept_by != 0 ? at.of->plans[kept_by - 1] : NULL;
	struct nf_rec its;

	if (!p->adds || !p->plain || q == NULL || !meaning_are_alike(p, q) ||
	    at.of->domains[meaning_domain_at(at.row)]->number != number)
		return false;
	if (p->adding.words != NULL)
		return meaning_same_words(&p->adding, octets_of(at.row), r->p);
	meaning_kept(q, at.row, &its);
	return meaning_same_records(&p->adding, &its, r);
}

bool meaning_add_kept(struct meaning *m, const struct meaning_plan *p, const struct nf_rec *r,
		      uint64_t *row, uint32_t number)
{
	struct nf_rec its;

	meaning_kept(p, row, &its);
	if (!add_up(p, &its, r, m->values))
		return false;
	if (meaning_sum_up(m, row, number))
		put_sums(p, row, m->values);
	return true;
}
