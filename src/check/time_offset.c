/*
 * Offsets from the export, and durations.
 */
#include <config.h>

#include "check/time.h"

#include <stdlib.h>

enum {
	MS = 1000000, MINUTE_US = 60000000,
	START_DELTA = 158, END_DELTA = 159, DURATION_MS = 161,
};

/* What lies a minute behind the export at most wraps to 71 minutes before it. */
static void delta(const struct check_record *r, struct check_step *s)
{
	uint32_t v = (uint32_t)check_value(r, s->a);
	struct check_claim claim;

	if (v <= UINT32_MAX - MINUTE_US)
		return;
	claim = time_claim(r, s->a, CHECK_TS_DELTA_OUT_OF_RANGE);
	claim.args[1].u = v;
	claim.args[2].s = "reads as 71 minutes before the export, and as less than one behind it";
	check_claim(r->check, &claim);
}

static void deltas(const struct check_record *r, struct check_step *s)
{
	uint32_t first = (uint32_t)check_value(r, s->a), last = (uint32_t)check_value(r, s->b);
	struct check_claim claim;

	if (first >= last || last > UINT32_MAX - MINUTE_US)
		return;
	claim = time_claim(r, s->a, CHECK_TS_DELTA_OUT_OF_RANGE);
	claim.args[1].u = first;
	claim.args[2].s = "begins the flow after its end";
	check_claim(r->check, &claim);
}

struct durations {
	struct nf_flowtime_way first, last;
};

static int64_t digits_ns(unsigned digits)
{
	return digits == 0 ? 1000000000 : digits == 3 ? MS : digits == 6 ? 1000 : 1;
}

static void duration(const struct check_record *r, struct check_step *s)
{
	const struct durations *d = s->state;
	const struct nf_fielddef *def = &r->use->layout->fields[s->a];
	struct nf_flowtime first, last;
	int64_t stated, between, unit = def->ie->id == DURATION_MS ? MS : 1000, times;
	struct check_claim claim;

	if (check_value(r, s->a) == UINT32_MAX) {
		claim = time_claim(r, s->a, CHECK_TS_DURATION_OVERFLOW);
		check_claim(r->check, &claim);
		return;
	}
	if (!nf_flowtime_stated_duration(r->rec, (int16_t)s->a, &stated) ||
	    !nf_flowtime_at(&d->first, r->at->msg, r->rec, &first) ||
	    !nf_flowtime_at(&d->last, r->at->msg, r->rec, &last) ||
	    !nf_flowtime_between(&first, &last, &between) || between < 0)
		return;
	times = digits_ns(first.digits < last.digits ? first.digits : last.digits);
	if (llabs(stated - between) <= (times > unit ? times : unit))
		return;
	claim = time_claim(r, s->a, CHECK_TS_DURATION_MISMATCH);
	claim.args[1].i = stated;
	claim.args[2].i = between;
	check_claim(r->check, &claim);
}

static int field_of(const struct check_plan *p, uint16_t id, unsigned length)
{
	int i = check_field_of(p->layout, NF_PEN_IANA, id);

	return i >= 0 && p->layout->fields[i].length == length ? i : -1;
}

void time_deltas_plan(struct check_plan *p)
{
	int first = field_of(p, START_DELTA, 4), last = field_of(p, END_DELTA, 4);
	const int each[] = { first, last };
	struct check_step *s;

	for (unsigned i = 0; i < 2; i++) {
		s = each[i] < 0 ? NULL : check_plan_step(p, delta);
		if (s != NULL)
			s->a = (uint16_t)each[i];
	}
	s = first < 0 || last < 0 ? NULL : check_plan_step(p, deltas);
	if (s == NULL)
		return;
	s->a = (uint16_t)first;
	s->b = (uint16_t)last;
}

void time_duration_plan(struct check_plan *p, const struct nf_flowtime_way *first,
			const struct nf_flowtime_way *last)
{
	int field = nf_flowtime_duration_field(p->layout);
	struct durations *d;
	struct check_step *s;

	if (field < 0 || p->layout->fields[field].length == NF_VARLEN)
		return;
	d = check_alloc(p->check, sizeof(*d));
	s = d != NULL ? check_plan_step(p, duration) : NULL;
	if (s == NULL)
		return;
	*d = (struct durations){ *first, *last };
	s->a = (uint16_t)field;
	s->state = d;
}
