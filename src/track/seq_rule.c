#include <config.h>

#include "track/seq_internal.h"

enum {
	ALONE = 2,		/* pairs that only the new rule explains: one may be chance */
	ALONE_BY_GAPS = 4,	/* where each of them may be loss as well */
};

static uint32_t units_specified(const struct nf_seq_message *m, enum nf_seq_unit unit)
{
	return unit == NF_SEQ_UNIT_FLOWS ? m->count :
	       unit == NF_SEQ_UNIT_PACKETS ? 1 : m->records;
}

static void units_by_rule(const struct nf_seq_message *m, enum nf_seq_unit unit,
			  uint32_t units[NF_SEQ_RULES])
{
	units[NF_SEQ_COUNTS_AS_SPECIFIED] = units_specified(m, unit);
	units[NF_SEQ_COUNTS_RECORDS] = m->records;
	units[NF_SEQ_COUNTS_MESSAGES] = 1;
	units[NF_SEQ_COUNTS_AFTER] = m->records;
	units[NF_SEQ_COUNTS_FLOWS] = m->flows;
	units[NF_SEQ_COUNTS_FLOWS_AFTER] = m->flows;
	units[NF_SEQ_COUNTS_ALL_RECORDS] = m->records + m->templates;
	units[NF_SEQ_COUNTS_SETS] = m->sets;
	units[NF_SEQ_COUNTS_OCTETS] = m->octets;
	units[NF_SEQ_COUNTS_NOTHING] = 0;
	units[NF_SEQ_COUNTS_SHARED] = 0;
}

bool nf_seq_units(const struct nf_seq_message *m, enum nf_seq_unit unit, enum nf_seq_rule rule,
		  uint32_t *start, uint32_t *units)
{
	uint32_t by_rule[NF_SEQ_RULES];

	*start = m->sequence;
	if (rule == NF_SEQ_COUNTS_AS_SPECIFIED) {
		*units = units_specified(m, unit);
		return unit != NF_SEQ_UNIT_RECORDS || m->exact;
	}
	units_by_rule(m, unit, by_rule);
	*units = by_rule[rule];
	if (nf_seq_is_after(rule))
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

/*
 * Of the rules that explain enough pairs in a row, and more than the present one, that which
 * explains the most; the first of several.
 */
static enum nf_seq_rule better(const struct nf_seq_state *s)
{
	enum nf_seq_rule best = (enum nf_seq_rule)s->pub.rule;
	uint32_t most = 0;

	for (unsigned i = 0; i < NF_SEQ_RULES; i++) {
		uint32_t run = s->run[i] + (s->from_zero[i] && s->run[i] == s->pairs);

		if (i == s->pub.rule || s->run[i] < NF_SEQ_AGREE || run <= most ||
		    s->alone[i] < (s->sure[i] ? ALONE : ALONE_BY_GAPS) ||
		    s->alone[i] <= s->against[i])
			continue;
		best = (enum nf_seq_rule)i;
		most = run;
	}
	return best;
}

void nf_seq_adopt(struct nf_seq_state *s, enum nf_seq_rule rule)
{
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
	for (unsigned i = 0; i < NF_SEQ_RULES; i++)
		s->alone[i] = s->against[i] = s->sure[i] = 0;
	s->any_alone = false;
	nf_seq_rebase(s);
}

static void remember(struct nf_seq_state *s, const struct nf_seq_message *m)
{
	uint32_t units;

	s->past.there = true;
	s->past.exact = m->exact;
	s->past.hidden = m->hidden;
	s->past.sequence = m->sequence;
	s->past.frame = m->frame;
	s->past.file = m->file;
	units_by_rule(m, (enum nf_seq_unit)s->pub.unit, s->past.units);
	units = s->past.units[s->pub.rule];
	if (m->exact && units != 0 && (s->smallest == 0 || units < s->smallest))
		s->smallest = units;
}

/* The specified rule has failed: how, can it have been loss, and which rules HOLD? */
static void failed(struct nf_seq_turn *t, const bool holds[NF_SEQ_RULES])
{
	struct nf_seq_state *s = t->s;
	const struct nf_seq_past *past = &s->past;
	uint32_t step = t->m->sequence - past->sequence;
	uint32_t expected = past->units[NF_SEQ_COUNTS_AS_SPECIFIED];

	if (s->failed++ == 0)
		s->step = step;
	s->differ |= step != s->step;
	s->impossible |= step < expected;
	for (unsigned i = 0; i < NF_SEQ_RULES; i++) {
		if (!holds[i])
			continue;
		if (s->only[i]++ == 0)
			s->only_step[i] = step;
		s->only_differ[i] |= step != s->only_step[i];
	}
	if (s->pub.misfit.units != 0 && expected == 0)
		return;
	s->pub.misfit = (struct nf_seq_pair){
		.frame = t->m->frame,
		.file = t->m->file,
		.before_frame = past->frame,
		.before_file = past->file,
		.before = past->sequence,
		.sequence = t->m->sequence,
		.units = expected,
	};
}

/* Does a message behind one of another stream go on from it?  At 0 all counters begin. */
static void cross(struct nf_seq_owner *owner, const struct nf_seq_turn *t)
{
	if (owner->last == NULL || owner->last == &t->s->pub || !owner->last_known ||
	    !t->m->exact || t->restart || t->m->sequence == 0)
		return;
	owner->crossed++;
	owner->strayed += t->m->sequence - owner->last_sequence != owner->last_units;
}

/*
 * Templates alone have the number of the message behind them.  Where they have that of the one
 * before them, they may be late, and say nothing.
 */
static bool may_be_late(const struct nf_seq_state *s, const struct nf_seq_message *m)
{
	uint32_t start, units;

	return s->past.there && m->sequence == s->past.sequence &&
	       nf_seq_units(m, (enum nf_seq_unit)s->pub.unit, NF_SEQ_COUNTS_AS_SPECIFIED, &start,
			    &units) && units == 0;
}

/* How far ahead the present rule says that the message is of the one before. */
static uint32_t expected(const struct nf_seq_turn *t)
{
	const struct nf_seq_state *s = t->s;

	return s->pub.rule == NF_SEQ_COUNTS_AFTER ? t->m->records :
	       s->pub.rule == NF_SEQ_COUNTS_FLOWS_AFTER ? t->m->flows : s->past.units[s->pub.rule];
}

/* Messages that overlap, or a gap that is smaller than any message was: not what loss leaves. */
static bool is_no_loss(const struct nf_seq_turn *t)
{
	uint32_t step = t->m->sequence - t->s->past.sequence, ahead = expected(t);

	return nf_seq_measured(&t->s->pub) && (step < ahead || step - ahead < t->s->smallest);
}

/* RULE explains the pair at hand.  BY_PRESENT: so does the one in force. */
static void held(struct nf_seq_state *s, unsigned rule, bool by_present, bool no_loss)
{
	s->run[rule]++;
	if (!s->past.hidden) {
		s->shown[rule]++;
		s->sum[rule] += s->past.units[rule];
	}
	if (by_present)
		return;
	s->alone[rule]++;
	s->any_alone = true;
	s->sure[rule] |= no_loss;
}

/* RULE does not, so that its row ends, if there was one. */
static void broke(struct nf_seq_state *s, unsigned rule, bool by_present)
{
	s->against[rule] += by_present;
	if (s->run[rule] == 0)
		return;
	s->run[rule] = s->shown[rule] = s->alone[rule] = 0;
	s->sum[rule] = 0;
	s->sure[rule] = false;
}

static void try_rules(struct nf_seq_turn *t)
{
	struct nf_seq_state *s = t->s;
	bool holds[NF_SEQ_RULES], no_loss = is_no_loss(t), by_present;

	explained(t, holds);
	by_present = holds[s->pub.rule];
	s->pairs++;
	if (!holds[NF_SEQ_COUNTS_AS_SPECIFIED] && s->pub.rule == NF_SEQ_COUNTS_AS_SPECIFIED)
		failed(t, holds);
	for (unsigned i = 0; i < NF_SEQ_RULES; i++) {
		if (holds[i])
			held(s, i, by_present, no_loss);
		else
			broke(s, i, by_present);
	}
}

void nf_seq_classify(struct nf_seq_turn *t)
{
	struct nf_seq_state *s = t->s;
	enum nf_seq_rule rule;

	if (t->duplicate || t->former || may_be_late(s, t->m))
		return;
	cross(s->owner, t);
	if (s->past.there && s->past.exact && t->m->exact && !t->restart) {
		try_rules(t);
		rule = s->any_alone ? better(s) : (enum nf_seq_rule)s->pub.rule;
		if (rule != s->pub.rule) {
			nf_seq_adopt(s, rule);
			s->pub.rule_frame = t->m->frame;
			s->pub.rule_file = t->m->file;
			nf_seq_tell(t, NF_SEQ_RULE, s->past.sequence)->rule = (uint8_t)rule;
		}
	} else if (!s->past.there && t->m->exact && t->m->sequence != 0) {
		s->first = t->m->sequence;
		s->from_zero[NF_SEQ_COUNTS_AFTER] = t->m->sequence == t->m->records;
		s->from_zero[NF_SEQ_COUNTS_FLOWS_AFTER] = t->m->sequence == t->m->flows;
	}
	remember(s, t->m);
}
