/* Rows of flows by key, and what they say. */
#include <config.h>

#include "model/meaning_internal.h"

/* -- Keys ----------------------------------------------------------------------------- */

const uint64_t *meaning_key(const struct meaning *m, const uint64_t *row,
			    uint64_t room[MEANING_KEY_WORDS])
{
	uint32_t plan = meaning_kept_by(row);
	const struct meaning_plan *p = plan != 0 ? m->plans[plan - 1] : NULL;
	const uint64_t *sums = meaning_sums(row);
	struct nf_rec r;

	if (p == NULL || !p->plain)
		return (sums != NULL ? sums : (const uint64_t *)(uintptr_t)row[MEANING_VALUES]) -
		       m->key_words;
	meaning_kept(p, row, &r);
	room[0] = m->domains[meaning_domain_at(row)]->number;
	top_loads_one(m->top, p->loads, &r, room + 1);
	meaning_put_icmp(m, p, &r, room, 1);
	return room;
}

bool meaning_has_key(struct meaning_place at, const uint64_t *key)
{
	uint64_t room[MEANING_KEY_WORDS];
	const uint64_t *its = meaning_key(at.of, at.row, room);

	for (unsigned i = 0; i < at.of->key_words; i++)
		if (its[i] != key[i])
			return false;
	return true;
}

uint32_t meaning_row_of(const struct meaning *m, const uint64_t *key, uint32_t hash)
{
	const struct top_table *t = m->index;

	for (size_t i = hash & t->mask; t->slots[i].row != 0; i = (i + 1) & t->mask)
		if (t->slots[i].hash == hash &&
		    meaning_has_key(meaning_leads_to(m, t->slots[i].row - 1), key))
			return t->slots[i].row;
	return 0;
}

struct meaning_place meaning_guess(const struct meaning *m, uint32_t hash)
{
	const struct top_table *t = m->index;
	size_t i = hash & t->mask;
	struct meaning_place at = { .row = NULL };

	while (t->slots[i].row != 0 && t->slots[i].hash != hash)
		i = (i + 1) & t->mask;
	if (t->slots[i].row == 0)
		return at;
	at = meaning_leads_to(m, t->slots[i].row - 1);
	__builtin_prefetch(at.row, 1);
	return at;
}

void meaning_prefetch(const struct meaning *m, const uint64_t *row)
{
	const uint64_t *p = (const uint64_t *)(uintptr_t)row[MEANING_VALUES], *end = p + TOP_LINE;

	if (meaning_kept_by(row) == 0) {
		end = p + m->shapes[meaning_shape_of(m, row)].words;
		p -= MEANING_SUMS + m->key_words;
	} else if (meaning_sums(row) != NULL) {
		p -= MEANING_SUMS;
	}
	for (; p < end; p += TOP_LINE)
		__builtin_prefetch(p, 1);
	__builtin_prefetch(end, 1);
}

/* -- What a flow says ----------------------------------------------------------------- */

uint32_t meaning_shape_of(const struct meaning *m, const uint64_t *row)
{
	uint32_t plan = meaning_kept_by(row);

	return plan != 0 ? m->plans[plan - 1]->shape : meaning_manner(row);
}

void meaning_look(const struct meaning *m, const uint64_t *row, struct meaning_look *look)
{
	uint32_t plan = meaning_kept_by(row);

	*look = (struct meaning_look){ .m = m, .shape = &m->shapes[meaning_shape_of(m, row)] };
	if (plan == 0) {
		look->words = (const uint64_t *)(uintptr_t)row[MEANING_VALUES];
		return;
	}
	look->plan = m->plans[plan - 1];
	meaning_kept(look->plan, row, &look->rec);
}

static struct nf_bytes text_of(const struct meaning *m, uint64_t number)
{
	return number != 0 ? top_texts_text(&m->texts, number) : (struct nf_bytes){ .n = 0 };
}

uint64_t meaning_number(const struct meaning_look *look, unsigned i)
{
	if (look->words != NULL)
		return look->words[look->shape->at[i]];
	if (look->m->columns[look->shape->columns[i]].how == MEANING_TEXTS)
		return 1;
	return nf_rec_value(&look->rec, look->plan->steps[i].field);
}

struct meaning_cell meaning_cell(struct meaning_look *look, unsigned i)
{
	const struct meaning *m = look->m;
	uint8_t how = m->columns[look->shape->columns[i]].how;
	struct meaning_cell c = { .v = { 0 } };
	const uint64_t *v;

	if (look->words != NULL) {
		v = look->words + look->shape->at[i];
		c.v[0] = v[0];
		c.v[1] = v[meaning_words_of(how) - 1];
		for (unsigned j = 0; how == MEANING_TEXTS && j < 2; j++)
			c.text[j] = text_of(m, v[j]);
	} else if (how == MEANING_TEXTS) {
		c.v[0] = c.v[1] = 1;
		c.text[0] = c.text[1] = nf_field(&look->rec, look->plan->steps[i].field).value;
	} else {
		if (!look->loaded)
			nf_rec_values(&look->rec, m->values);
		look->loaded = true;
		c.v[0] = c.v[1] = m->values[look->plan->steps[i].field];
	}
	return c;
}
