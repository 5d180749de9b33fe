#include <config.h>

#include "model/join_starts.h"

/* Of the records of a message one asks for all. */
static uint64_t start_of_current(struct nf_starts *starts, const struct nf_msg *m)
{
	struct join_starts *s = (struct join_starts *)starts;

	if (!s->asked) {
		s->asked = true;
		s->at.msg = m;
		if (!s->ask(s->ctx, &s->at, &s->ms))
			s->ms = 0;
	}
	return s->ms;
}

bool join_starts_ask(void *ctx, const struct join_record *at, uint64_t *ms)
{
	struct join_answer answer;

	return join_start(ctx, at, ms, &answer);
}

void join_starts_init(struct join_starts *s,
		      bool (*ask)(void *ctx, const struct join_record *at, uint64_t *ms),
		      void *ctx)
{
	*s = (struct join_starts){
		.starts = { .ms = start_of_current }, .ask = ask, .ctx = ctx,
	};
}

void join_starts_arm(struct join_starts *s, struct nf_msg *m, const struct nf_datagram *d,
		     uint32_t offset)
{
	m->starts = &s->starts;
	s->at = (struct join_record){ .datagram = d, .offset = offset };
	s->asked = false;
}
