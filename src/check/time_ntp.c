/*
 * dateTimeMicroseconds and dateTimeNanoseconds: seconds since 1900 and a fraction of 2^32
 * (RFC 7011 sections 6.1.9 and 6.1.10), which senders take for many things.
 */
#include <config.h>

#include "check/time.h"

enum {
	SAMPLES = 20, SECONDS = 8,	/* values that differ, and seconds among them */
	LOW_BITS = 0x7ff,
	MICRO = 1000000, NANO = 1000000000,
};

static const uint32_t since_1900 = 2208988800u;
static const int64_t era_1 = INT64_C(4294967296) - 2208988800;

/* What the values of a field have in common. */
struct fractions {
	uint64_t last;
	uint32_t values, seconds;	/* that differ from the one before */
	uint32_t most;
	bool finer;			/* than milliseconds */
	bool wrong;			/* no NTP format */
	bool era_said;
	uint64_t low_bits;		/* values that have some */
	struct check_place low_place;
};

/* Seconds since 1970 less those of the export, in the era that is nearest. */
static int32_t off_s(uint64_t v, int64_t now_s)
{
	return (int32_t)((uint32_t)(v >> 32) - since_1900 - (uint32_t)now_s);
}

static bool is_date(uint64_t v, int64_t now_s, const struct check_at *at)
{
	return time_is_date(now_s + off_s(v, now_s), at);
}

bool time_ntp_is_odd(const struct check_record *r, unsigned index)
{
	return !is_date(check_value(r, index), time_now_ms(r->at) / 1000, r->at);
}

/* "microseconds" where V counts those since 1970; NULL where it counts none. */
static const char *unix_unit(uint64_t v, int64_t now_s)
{
	static const struct { uint32_t in_second; const char *name; } units[] = {
		{ MICRO, "microseconds" }, { NANO, "nanoseconds" }, { 1000, "milliseconds" },
		{ 1, "seconds" },
	};

	for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (v / units[i].in_second <= INT64_MAX &&
		    time_is_near((int64_t)(v / units[i].in_second), now_s))
			return units[i].name;
	return NULL;
}

static void no_date(const struct check_record *r, const struct check_step *s, int64_t now_s)
{
	uint64_t v = check_value(r, s->a);
	const char *unit = unix_unit(v, now_s);
	struct check_claim claim;

	if (unit != NULL) {
		claim = time_claim(r, s->a, CHECK_TS_NTP_UNIX_INTEGER);
		claim.args[1].s = unit;
		claim.args[2].u = v;
	} else if (time_is_near((int64_t)(v >> 32), now_s)) {
		claim = time_claim(r, s->a, CHECK_TS_NTP_EPOCH_1970);
		claim.args[1].u = v >> 32;
	} else {
		time_implausible(r, s->a, v, v == 0 ? -(int64_t)since_1900 :
				 now_s + off_s(v, now_s));
		return;
	}
	check_claim(r->check, &claim);
}

static void count(struct fractions *f, const struct check_record *r, const struct check_step *s,
		  uint64_t v)
{
	uint32_t fraction = (uint32_t)v;
	uint64_t micro;

	if (v == f->last)
		return;
	f->values++;
	f->seconds += v >> 32 != f->last >> 32;
	f->last = v;
	if (fraction > f->most)
		f->most = fraction;
	if (s->param && (fraction & LOW_BITS) != 0 && f->low_bits++ == 0) {
		const struct nf_field field = nf_field(r->rec, s->a);

		f->low_place = check_place_of(r->at, nf_span_of(field.offset, field.value.n));
	}
	if (f->finer)
		return;
	micro = (fraction * UINT64_C(1000000) + (UINT64_C(1) << 31)) >> 32;
	f->finer = micro % 1000 != 0;
}

static void another_era(const struct check_record *r, const struct check_step *s,
			struct fractions *f)
{
	struct check_claim claim = time_claim(r, s->a, CHECK_TS_EPOCH_AMBIGUOUS);

	if (f->era_said)
		return;
	f->era_said = true;
	claim.args[1].u = 1;
	claim.args[2].s = "2036-02-07";
	check_claim(r->check, &claim);
}

static void look(const struct check_record *r, struct check_step *s)
{
	struct fractions *f = s->state;
	int64_t now_s = time_now_ms(r->at) / 1000;
	uint64_t v = check_value(r, s->a);

	if (!is_date(v, now_s, r->at)) {
		if (v == 0 && r->use->layout->fields[s->a].ie->pen == NF_PEN_REVERSE)
			return;		/* no packet went that way */
		f->wrong = true;
		no_date(r, s, now_s);
		return;
	}
	if (now_s + off_s(v, now_s) >= era_1)
		another_era(r, s, f);
	count(f, r, s, v);
}

/* -- What they have in common ------------------------------------------------------------ */

static struct check_claim of_all(const struct check_use *use, const struct check_step *s,
				 enum check_rule_id rule, const struct check_place *place)
{
	return (struct check_claim){
		.rule = rule, .stream = use->stream, .place = place, .tmpl = use->tmpl,
		.ie = use->layout->fields[s->a].ie,
		.other_frame = use->template_frame, .other_file = use->template_file,
		.args = { { .ie = use->layout->fields[s->a].ie } },
	};
}

/*
 * The greatest of many fractions is near what it may be at most.  Nanoseconds fill the first
 * quarter of a second, in which all times may lie by the beat of some timer: no certainty.
 */
static bool is_decimal(uint32_t most)
{
	return (most < NANO && most >= NANO / 2) || (most < MICRO && most >= MICRO / 2);
}

static void judge(struct check *c, struct check_use *use, struct check_step *s)
{
	const struct fractions *f = s->state;
	bool enough = f->values >= SAMPLES && f->seconds >= SECONDS;
	struct check_claim claim;

	if (f->wrong)
		return;
	if (enough && is_decimal(f->most)) {
		claim = of_all(use, s, CHECK_TS_NTP_DECIMAL_FRACTION, &use->first);
		claim.likely = f->most >= MICRO;
		claim.args[1].s = f->most < MICRO ? "microseconds" : "nanoseconds";
		claim.args[2].u = f->most;
		claim.args[3].u = f->values;
		check_claim(c, &claim);
		return;
	}
	if (f->low_bits != 0) {
		claim = of_all(use, s, CHECK_TS_MICRO_LOW_BITS, &f->low_place);
		claim.args[1].u = f->low_bits;
		claim.args[2].u = f->values;
		check_claim(c, &claim);
	}
	if (enough && !f->finer) {
		claim = of_all(use, s, CHECK_TS_PRECISION_INFLATED, &use->first);
		claim.args[1].s = f->most == 0 ? "seconds" : "milliseconds";
		claim.args[2].u = f->values;
		check_claim(c, &claim);
	}
}

void time_ntp_plan(struct check_plan *p)
{
	for (unsigned i = 0; i < p->layout->nfields; i++) {
		const struct nf_fielddef *def = &p->layout->fields[i];
		struct fractions *f;
		struct check_step *s;

		if ((def->kind != NF_KIND_MICROSECONDS && def->kind != NF_KIND_NANOSECONDS) ||
		    def->length != 8)
			continue;
		f = check_alloc(p->check, sizeof(*f));
		s = f != NULL ? check_plan_step(p, look) : NULL;
		if (s == NULL)
			return;
		s->a = (uint16_t)i;
		s->param = def->kind == NF_KIND_MICROSECONDS;
		s->end = judge;
		s->state = f;
	}
}
