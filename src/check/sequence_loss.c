#include <config.h>

#include <string.h>

#include "check/sequence.h"

/* Of all streams of an exporter that count the same. */
struct sequence_sum {
	struct sequence_sum *next;
	const struct nf_seq_stream *one;	/* of them */
	struct nf_seq_totals totals;
};

static struct sequence_exporter *state_of(const struct check *c, const struct check_exporter *e)
{
	return check_state(c, &e->holder, CHECK_GROUP_sequence);
}

static struct sequence_sum *sum_of(struct check *c, struct sequence_exporter *e,
				   const struct nf_seq_stream *s)
{
	struct sequence_sum *sum;

	for (sum = e->sums; sum != NULL; sum = sum->next)
		if (sum->one->unit == s->unit && sum->one->rule == s->rule)
			return sum;
	sum = check_alloc(c, sizeof(*sum));
	if (sum == NULL)
		return NULL;
	sum->one = s;
	sum->next = e->sums;
	e->sums = sum;
	return sum;
}

void sequence_loss_add(struct check *c, const struct sequence *s)
{
	const struct nf_seq_totals *t = &s->stream->totals;
	struct sequence_sum *sum;

	if (!nf_seq_measured(s->stream))
		return;
	sum = sum_of(c, state_of(c, s->owner->exporter), s->stream);
	if (sum == NULL)
		return;
	sum->totals.received += t->received;
	sum->totals.lost += t->lost;
	sum->totals.gaps += t->gaps;
	sum->totals.late += t->late;
	sum->totals.duplicates += t->duplicates;
	sum->totals.restarts += t->restarts;
	for (unsigned i = 0; i < NF_SEQ_CAUSES; i++)
		sum->totals.lost_by[i] += t->lost_by[i];
}

static void say(struct nf_strbuf *s, uint64_t n, const char *forms)
{
	if (n == 0)
		return;
	nf_sb_str(s, ", ");
	nf_sb_u64(s, n);
	nf_sb_char(s, ' ');
	nf_sb_forms(s, forms, n);
}

/* "{lost} of {expected} {unit} in {gaps} gaps", and what goes with it. */
static void claim(struct check *c, struct check_exporter *e, const struct sequence_sum *sum)
{
	const struct nf_seq_totals *t = &sum->totals;
	uint64_t expected = t->lost + t->received;
	struct check_claim claim = {
		.rule = CHECK_HLT_LOSS_SUMMARY, .exporter = e,
		.key = (uint64_t)sum->one->unit << 8 | sum->one->rule,
	};
	struct nf_strbuf rest;

	nf_strbuf_init(&rest);
	say(&rest, t->lost_by[NF_SEQ_CAUSE_CAPTURE], "by the capture");
	say(&rest, t->lost_by[NF_SEQ_CAUSE_NETWORK], "by the network");
	say(&rest, t->lost_by[NF_SEQ_CAUSE_EXPORTER], "by the exporter");
	say(&rest, t->late, "late {message|messages}");
	say(&rest, t->duplicates, "{duplicate|duplicates}");
	say(&rest, t->restarts, "{restart|restarts}");
	claim.args[0].u = t->lost;
	claim.args[1].u = expected;
	claim.args[2].s = sequence_units(sum->one, expected);
	claim.args[3].u = nf_seq_loss(t);
	claim.args[4].u = t->gaps;
	claim.args[5].s = nf_strbuf_cstr(&rest);
	check_claim(c, &claim);
	nf_strbuf_done(&rest);
}

void sequence_loss_claim(struct check *c, struct check_exporter *e)
{
	for (const struct sequence_sum *sum = state_of(c, e)->sums; sum != NULL; sum = sum->next)
		if (sum->totals.lost != 0)
			claim(c, e, sum);
}
