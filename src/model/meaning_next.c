/*
 * Flows that come in the same order again: those of the second of two captures, or those of an
 * exporter that says how its flows go on.  Then the row behind that of the last record is that of
 * the next one, which the record itself tells, without a key, a hash, and a place far away.
 */
#include <config.h>

#include "model/meaning_internal.h"

enum {
	FAILS = 4,			/* the course is lost then */
	MOST_WAIT = 63,
};

bool meaning_has_course(const struct meaning *m, const struct meaning_plan *p)
{
	return p->plain && p->adds && !m->opts.strict;
}

uint32_t meaning_next_number(struct meaning *m, struct meaning_plan *p, const struct nf_rec *r,
			     uint32_t domain)
{
	struct meaning_course *c = &m->course;

	if (c->fails >= FAILS)
		return 0;
	for (size_t i = c->next; i < m->flows.n && i < c->next + 2; i++) {
		struct meaning_place at = meaning_leads_to(m, i);

		if (meaning_next(at.row) == 0 && meaning_is_kept(at, p, r, domain)) {
			c->next = i + 1;
			c->fails = 0;
			return (uint32_t)i + 1;
		}
	}
	c->fails++;
	return 0;
}

bool meaning_may_look(const struct meaning *m)
{
	return m->course.wait == 0;
}

void meaning_looked(struct meaning *m, uint32_t number)
{
	struct meaning_course *c = &m->course;

	if (number != 0) {
		c->next = number;
		c->fails = c->misses = 0;
		return;
	}
	c->misses = c->misses < MOST_WAIT ? 2 * c->misses + 1 : MOST_WAIT;
	c->wait = c->misses / 2;
}

void meaning_set_ends(struct meaning *m, uint32_t number)
{
	struct meaning_course *c = &m->course;

	c->wait -= c->wait != 0;
	if (number == 0)
		return;
	c->next = number;
	c->fails = 0;
}
