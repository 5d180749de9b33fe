#include <config.h>

#include "check/sequence.h"

enum {
	HITS = 3,		/* messages that go on a series, until it counts */
	SWITCHES = 4,		/* from one to another, until they run side by side */
};

/* The series that M goes on, or the one that was used the longest time ago. */
static unsigned place(const struct sequence_trouble *t, const struct nf_seq_message *m)
{
	unsigned oldest = 0;

	for (unsigned i = 0; i < SEQUENCE_SERIES; i++) {
		if (t->series[i].used != 0 && t->series[i].next == m->sequence)
			return i;
		if (t->series[i].used < t->series[oldest].used)
			oldest = i;
	}
	return oldest;
}

static uint64_t running(const struct sequence_trouble *t)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < SEQUENCE_SERIES; i++)
		n += t->series[i].hits >= HITS;
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
	claim.args[0].u = running(s->trouble);
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

	if (t->merged || !nf_seq_units(m, (enum nf_seq_unit)s->stream->unit,
				       NF_SEQ_COUNTS_AS_SPECIFIED, &start, &units))
		return;
	i = place(t, m);
	series = &t->series[i];
	if (series->used != 0 && series->next == m->sequence) {
		series->hits++;
		t->switches += i != t->last;
	} else {
		series->hits = 0;
	}
	series->next = m->sequence + units;
	series->used = s->stream->totals.messages + 1;
	t->last = i;
	if (t->switches >= SWITCHES && running(t) > 1)
		found(c, s, at);
}
