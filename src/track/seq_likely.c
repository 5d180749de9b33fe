#include <config.h>

#include "track/seq_internal.h"

#include <stddef.h>

enum { SAME_GAPS = 4, STILL = 2, MOST = 4 };

static const struct nf_seq_state *state_of(const struct nf_seq_stream *s)
{
	return (const void *)((const char *)s - offsetof(struct nf_seq_state, pub));
}

/* Are the failures of the specified rule such that RULE, which explains them, is no chance? */
static bool is_evidence(const struct nf_seq_state *s, enum nf_seq_rule rule)
{
	if (rule == NF_SEQ_COUNTS_SHARED)
		return s->owner->crossed >= NF_SEQ_LIKELY && s->owner->strayed == 0;
	if (rule == NF_SEQ_COUNTS_NOTHING)
		return s->failed >= STILL;
	return s->impossible || s->failed >= SAME_GAPS || s->differ ||
	       (s->from_zero[rule] && s->first > 1 && s->step != s->first);
}

/* Pairs that RULE explains: all there are, or 0. */
static uint32_t explained(const struct nf_seq_state *s, enum nf_seq_rule rule)
{
	uint32_t pairs = s->pairs + s->from_zero[rule];

	/* Pairs across domains are those that a shared counter shows in. */
	if (s->run[rule] != s->pairs ||
	    (pairs < NF_SEQ_LIKELY && rule != NF_SEQ_COUNTS_SHARED))
		return 0;
	return is_evidence(s, rule) ? pairs : 0;
}

/* Pairs that RULE explains, not all, but where nothing speaks for the specified one; or 0. */
static uint32_t explained_mostly(const struct nf_seq_state *s, enum nf_seq_rule rule)
{
	if (rule == NF_SEQ_COUNTS_NOTHING || rule == NF_SEQ_COUNTS_SHARED ||
	    s->only[rule] < MOST || !s->only_differ[rule] || s->against[rule] != 0 ||
	    s->only[rule] <= s->failed / 2)
		return 0;
	return s->only[rule];
}

/* The rule for which PAIRS is the greatest, the first of several; AS_SPECIFIED if all are 0. */
static enum nf_seq_rule best(const struct nf_seq_state *s,
			     uint32_t (*pairs)(const struct nf_seq_state *, enum nf_seq_rule))
{
	enum nf_seq_rule found = NF_SEQ_COUNTS_AS_SPECIFIED;
	uint32_t most = 0;

	for (unsigned i = NF_SEQ_COUNTS_AS_SPECIFIED + 1; i < NF_SEQ_RULES; i++) {
		uint32_t n = pairs(s, (enum nf_seq_rule)i);

		if (n > most) {
			found = (enum nf_seq_rule)i;
			most = n;
		}
	}
	return found;
}

/* Another rule is in force, and does not explain all; if one does, it was that one ever since. */
static enum nf_seq_rule reconsidered(const struct nf_seq_state *s)
{
	if (s->run[s->pub.rule] != s->pairs)
		for (unsigned i = 0; i < NF_SEQ_RULES; i++)
			if (s->run[i] == s->pairs)
				return (enum nf_seq_rule)i;
	return (enum nf_seq_rule)s->pub.rule;
}

enum nf_seq_rule nf_seq_likely(const struct nf_seq_stream *stream)
{
	const struct nf_seq_state *s = state_of(stream);
	enum nf_seq_rule rule;

	if (stream->rule != NF_SEQ_COUNTS_AS_SPECIFIED)
		return reconsidered(s);
	if (s->failed == 0)
		return NF_SEQ_COUNTS_AS_SPECIFIED;
	rule = best(s, explained);
	return rule != NF_SEQ_COUNTS_AS_SPECIFIED ? rule : best(s, explained_mostly);
}

/* The last message is the first of no pair yet. */
static void count_last(struct nf_seq_state *s)
{
	if (!s->past.exact || s->past.hidden)
		return;
	s->pub.totals.received += s->past.units[s->pub.rule];
	s->pub.totals.unverified--;
}

void nf_seq_settle_stream(struct nf_seq_state *s)
{
	enum nf_seq_rule rule = nf_seq_likely(&s->pub);

	if (rule == s->pub.rule)
		return;
	nf_seq_adopt(s, rule);
	count_last(s);
	s->pub.likely = true;
	s->pub.rule_frame = s->pub.misfit.frame;
	s->pub.rule_file = s->pub.misfit.file;
}
