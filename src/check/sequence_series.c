#include <config.h>

#include "check/sequence.h"

enum {
	HITS = 3,		/* messages that go on a series, until it counts */
	SWITCHES = 6,		/* from one to another, until they run side by side */
	IDLE = 16,		/* messages after which one that did not go on is over */
	/* How far apart counters are that messages out of order cannot be taken for. */
	APART_PACKETS = 64,
	APART_RECORDS = 4096,
};

static uint64_t now(const struct sequence *s)
{
	return s->stream->totals.messages + 1;
}

static bool runs(const struct sequence *s, const struct sequence_series *series)
{
	return series->used != 0 && now(s) - series->used <= IDLE;
}

/* The series that M goes on, or the one that was used the longest time ago. */
static unsigned place(const struct sequence *s, const struct nf_seq_message *m)
{
	const struct sequence_series *series = s->trouble->series;
	unsigned oldest = 0;

	for (unsigned i = 0; i < SEQUENCE_SERIES; i++) {
		if (runs(s, &series[i]) && series[i].next == m->sequence)
			return i;
		if (series[i].used < series[oldest].used)
			oldest = i;
	}
	return oldest;
}

static bool is_apart(const struct sequence *s, uint32_t a, uint32_t b)
{
	uint32_t least = s->stream->unit == NF_SEQ_UNIT_PACKETS ? APART_PACKETS : APART_RECORDS;

	return a - b >= least && b - a >= least;
}

/* How many run side by side, far from each other. */
static uint64_t running(const struct sequence *s)
{
	const struct sequence_series *series = s->trouble->series;
	uint64_t n = 0;

	for (unsigned i = 0; i < SEQUENCE_SERIES; i++) {
		bool apart = runs(s, &series[i]) && series[i].hits >= HITS;

		for (unsigned k = 0; k < i; k++)
			apart = apart && (!runs(s, &series[k]) || series[k].hits < HITS ||
					  is_apart(s, series[i].next, series[k].next));
		n += apart;
	}
	return n;
}

/* They make one stream: nothing that it says of loss is right. */
static void found(struct check *c, struct sequence *s, const struct check_at *at)
{
	static const enum check_rule_id unfounded[] = {
		CHECK_SEQ_GAP, CHECK_SEQ_OVERLAP, CHECK_SEQ_REORDERED,
		CHECK_SEQ_RESET_WITHOUT_RESTART,
	};
	struct check_claim claim = sequence_claim(s, CHECK_HLT_MERGED_EXPORTERS, at);

	for (unsigned i = 0; i < sizeof(unfounded) / sizeof(unfounded[0]); i++)
		sequence_withdraw(c, s, unfounded[i]);
	s->trouble->ngaps = 0;
	s->trouble->merged = true;
	claim.args[0].u = running(s);
	claim.args[1].u = s->owner->id.domain;
	check_claim(c, &claim);
}

void sequence_series(struct check *c, struct sequence *s, const struct check_at *at,
		     const struct nf_seq_message *m)
{
	struct sequence_trouble *t = s->trouble;
	struct sequence_series *series;
	uint32_t start, units;
	unsigned i;

	if (t->merged || s->stream->rule != NF_SEQ_COUNTS_AS_SPECIFIED ||
	    !nf_seq_units(m, (enum nf_seq_unit)s->stream->unit, NF_SEQ_COUNTS_AS_SPECIFIED,
			  &start, &units))
		return;
	i = place(s, m);
	series = &t->series[i];
	if (runs(s, series) && series->next == m->sequence) {
		series->hits++;
		t->streak = i == t->last ? t->streak + 1 : 0;
		t->switches += i != t->last;
	} else {
		series->hits = 0;
	}
	if (t->streak >= IDLE)
		t->switches = 0;
	series->next = m->sequence + units;
	series->used = now(s);
	t->last = i;
	if (t->switches >= SWITCHES && running(s) > 1)
		found(c, s, at);
}
