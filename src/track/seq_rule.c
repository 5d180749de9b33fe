#include <config.h>

#include "track/seq_internal.h"

enum { ALONE = 2 };	/* pairs that only the new rule explains: one may be chance */

bool nf_seq_units(const struct nf_seq_message *m, enum nf_seq_unit unit, enum nf_seq_rule rule,
		  uint32_t *start, uint32_t *units)
{
	const uint32_t by_rule[NF_SEQ_RULES] = {
		[NF_SEQ_COUNTS_RECORDS] = m->records,
		[NF_SEQ_COUNTS_MESSAGES] = 1,
		[NF_SEQ_COUNTS_AFTER] = m->records,
		[NF_SEQ_COUNTS_FLOWS] = m->flows,
		[NF_SEQ_COUNTS_FLOWS_AFTER] = m->flows,
		[NF_SEQ_COUNTS_ALL_RECORDS] = m->records + m->templates,
		[NF_SEQ_COUNTS_SETS] = m->sets,
		[NF_SEQ_COUNTS_OCTETS] = m->octets,
	};

	*start = m->sequence;
	if (rule == NF_SEQ_COUNTS_AS_SPECIFIED) {
		*units = unit == NF_SEQ_UNIT_FLOWS ? m->count :
			 unit == NF_SEQ_UNIT_PACKETS ? 1 : m->records;
		return unit != NF_SEQ_UNIT_RECORDS || m->exact;
	}
	*units = by_rule[rule];
	if (rule == NF_SEQ_COUNTS_AFTER || rule == NF_SEQ_COUNTS_FLOWS_AFTER)
		*start -= *units;
	return m->exact || rule == NF_SEQ_COUNTS_MESSAGES || rule == NF_SEQ_COUNTS_OCTETS;
}

/* Which rules explain the step from the message before to M? */
static void explained(const struct nf_seq_turn *t, bool holds[NF_SEQ_RULES])
{
	const struct nf_seq_past *past = &t->s->past;
	const struct nf_seq_owner *owner = t->s->owner;
	const struct nf_seq_message *m = t->m;
	uint32_t step = m->sequence - past->sequence;

	for (unsigned i = 0; i < NF_SEQ_RULES; i++)
		holds[i] = step == past->units[i];
	holds[NF_SEQ_COUNTS_AFTER] = step == m->records;
	holds[NF_SEQ_COUNTS_FLOWS_AFTER] = step == m->flows;
	holds[NF_SEQ_COUNTS_SHARED] = owner->last != NULL && owner->last_known &&
				      m->sequence - owner->last_sequence == owner->last_units;
}

/* The first rule that explains enough pairs in a row, and more than the present one. */
static enum nf_seq_rule better(const struct nf_seq_state *s)
{
	for (unsigned i = 0; i < NF_SEQ_RULES; i++)
		if (i != s->pub.rule && s->run[i] >= NF_SEQ_AGREE && s->alone[i] >= ALONE &&
		    s->alone[i] > s->against[i])
			return (enum nf_seq_rule)i;
	return (enum nf_seq_rule)s->pub.rule;
}

/* The pairs in a row begin the account of RULE; what stands before them is unverified. */
static void adopt(struct nf_seq_turn *t, enum nf_seq_rule rule)
{
	struct nf_seq_state *s = t->s;
	struct nf_seq_totals *totals = &s->pub.totals;
	uint64_t before = totals->messages - totals->duplicates;

	*totals = (struct nf_seq_totals){
		.messages = totals->messages,
		.duplicates = totals->duplicates,
		.restarts = totals->restarts,
		.received = s->sum[rule],
		.unverified = before - s->shown[rule],
	};
	s->pub.rule = (uint8_t)rule;
	s->pub.rule_frame = t->m->frame;
	s->pub.rule_file = t->m->file;
	for (unsigned i = 0; i < NF_SEQ_RULES; i++)
		s->alone[i] = s->against[i] = 0;
	nf_seq_rebase(s);
	nf_seq_tell(t, NF_SEQ_RULE, s->past.sequence)->rule = (uint8_t)rule;
}

static void remember(struct nf_seq_state *s, const struct nf_seq_message *m)
{
	uint32_t start;

	s->past.there = true;
	s->past.exact = m->exact;
	s->past.hidden = m->hidden;
	s->past.sequence = m->sequence;
	for (unsigned i = 0; i < NF_SEQ_RULES; i++)
		nf_seq_units(m, (enum nf_seq_unit)s->pub.unit, (enum nf_seq_rule)i, &start,
			     &s->past.units[i]);
}

void nf_seq_classify(struct nf_seq_turn *t)
{
	struct nf_seq_state *s = t->s;
	bool holds[NF_SEQ_RULES];
	enum nf_seq_rule rule;

	if (t->duplicate || t->former)
		return;
	if (s->past.there && s->past.exact && t->m->exact && !t->restart) {
		explained(t, holds);
		for (unsigned i = 0; i < NF_SEQ_RULES; i++) {
			s->run[i] = holds[i] ? s->run[i] + 1 : 0;
			s->shown[i] = holds[i] ? s->shown[i] + !s->past.hidden : 0;
			s->sum[i] = !holds[i] ? 0 :
				    s->sum[i] + (s->past.hidden ? 0 : s->past.units[i]);
			s->alone[i] = !holds[i] ? 0 : s->alone[i] + !holds[s->pub.rule];
			s->against[i] += !holds[i] && holds[s->pub.rule];
		}
		rule = better(s);
		if (rule != s->pub.rule)
			adopt(t, rule);
	}
	remember(s, t->m);
}
