#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check/sequence.h"

/* Units of G that have not come. */
static uint32_t still_lost(const struct nf_seq_stream *s, const struct sequence_gap *g)
{
	uint32_t lost = 0;

	for (uint32_t i = 0; i < s->nholes; i++)
		if (s->holes[i].start - g->expected < g->lost)
			lost += s->holes[i].length;
	return lost;
}

static struct check_claim claim_of(const struct sequence *s, bool by_capture)
{
	struct check_claim claim = sequence_claim(s, CHECK_SEQ_GAP, NULL);

	if (by_capture)
		claim.severity = 1 + NF_NOTE;
	return claim;
}

static void claim(struct check *c, const struct sequence *s, const struct sequence_gap *g)
{
	static const char *const causes[NF_SEQ_CAUSES] = {
		[NF_SEQ_CAUSE_UNKNOWN] = "",
		[NF_SEQ_CAUSE_CAPTURE] = ", dropped while capturing",
		[NF_SEQ_CAUSE_NETWORK] = ", lost on the way: IP identifications are missing, too",
		[NF_SEQ_CAUSE_EXPORTER] = ", never sent: no IP identification is missing",
	};
	bool by_capture = g->cause == NF_SEQ_CAUSE_CAPTURE;
	struct check_claim claim = claim_of(s, by_capture);
	uint32_t lost = still_lost(s->stream, g);

	if (lost == 0 || sequence_is_lack(c, s, lost))
		return;
	s->trouble->claimed[by_capture].gaps++;
	s->trouble->claimed[by_capture].lost += lost;
	claim.place = &g->place;
	claim.other_frame = g->since_frame;
	claim.other_file = g->since_file;
	claim.args[0].u = g->got;
	claim.args[1].u = g->expected;
	claim.args[2].u = lost;
	claim.args[3].s = sequence_units(s->stream, lost);
	claim.args[4].s = causes[g->cause];
	claim.args[5].s = "";
	check_claim(c, &claim);
}

/* What the finding does not say as long as it only knows its first gap. */
static void say_all(struct check *c, const struct sequence *s, bool by_capture)
{
	const struct check_claim claim = claim_of(s, by_capture);
	const size_t size = 48;
	char *text;

	if (s->trouble->claimed[by_capture].gaps < 2)
		return;
	text = check_alloc(c, size);
	if (text == NULL)
		return;
	snprintf(text, size, "; %" PRIu64 " in all", s->trouble->claimed[by_capture].lost);
	check_amend(c, &claim, 5, (struct check_arg){ .s = text });
}

static void claim_first(struct check *c, struct sequence *s)
{
	struct sequence_trouble *t = s->trouble;

	claim(c, s, &t->gaps[0]);
	t->ngaps--;
	memmove(t->gaps, t->gaps + 1, t->ngaps * sizeof(*t->gaps));
}

void sequence_gap(struct check *c, struct sequence *s, const struct check_at *at,
		  const struct nf_seq_event *e)
{
	struct sequence_trouble *t = s->trouble;

	if (t->ngaps == SEQUENCE_GAPS)
		claim_first(c, s);
	t->gaps[t->ngaps++] = (struct sequence_gap){
		.expected = e->expected, .got = e->got, .lost = (uint32_t)e->units,
		.cause = e->cause, .message = s->stream->totals.messages,
		.place = check_place_of(at, sequence_span(at)),
		.since_frame = e->since_frame, .since_file = e->since_file,
	};
}

void sequence_gaps_claim(struct check *c, struct sequence *s, bool end)
{
	struct sequence_trouble *t = s->trouble;
	uint64_t now = s->stream->totals.messages;

	while (t->ngaps != 0 && (end || now - t->gaps[0].message > SEQUENCE_PATIENCE))
		claim_first(c, s);
	for (unsigned by_capture = 0; end && by_capture < 2; by_capture++)
		say_all(c, s, by_capture != 0);
}
