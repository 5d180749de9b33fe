#include <config.h>

#include "out/skipped.h"

/* Reasons are numbered through: refusals, skips, and these. */
enum {
	BPF = NF_REFUSALS + CAPTURE_SKIPS,
	DROPS,
	REASONS
};

static void look(struct skipped *s, unsigned reason)
{
	if (reason < NF_REFUSALS) {
		s->count = reason != NF_REFUSAL_NONE && s->tracker != NULL ?
			   s->tracker->refused[reason] : 0;
		s->text = nf_refusal_text[reason];
	} else if (reason < BPF) {
		s->count = s->capture->skipped[reason - NF_REFUSALS];
		s->text = capture_skip_text[reason - NF_REFUSALS];
	} else if (reason == BPF) {
		s->count = s->capture->bpf_dropped;
		s->text = "{frame|frames} that --bpf kept out";
	} else {
		s->count = s->capture->capture_drops;
		s->text = "{packet|packets} dropped while capturing";
	}
}

bool skipped_next(struct skipped *s)
{
	while (s->at < REASONS) {
		look(s, s->at++);
		if (s->count != 0)
			return true;
	}
	return false;
}
