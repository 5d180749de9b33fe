#include <config.h>

#include "model/store_internal.h"

void store_worst(void *ctx, const struct nf_problem *p)
{
	uint8_t *severity = ctx, own = nf_problem_rows[p->id].severity + 1;

	if (own > *severity)
		*severity = own;
}

static void tally_set(struct tally *t, const struct nf_event *e)
{
	const struct nf_resolution *r = e->resolution;

	if (e->set->kind == NF_SET_TEMPLATE)
		t->flags |= STORE_TEMPLATES;
	if (e->set->kind == NF_SET_OPTIONS_TEMPLATE)
		t->flags |= STORE_OPTIONS_TEMPLATES;
	if (e->set->kind != NF_SET_DATA)
		return;
	if (r->layout == NULL)
		t->flags |= STORE_UNDECODED;
	else if (r->how != NF_LIVE)
		t->flags |= STORE_BORROWED;
	/* What is withdrawn or rejected where it stands stays so. */
	if (r->layout != NULL ? r->how != NF_LIVE :
				r->why != NF_WITHDRAWN && r->why != NF_REJECTED)
		t->flags |= STORE_UNSETTLED;
}

/* All records of a set whose first one the walk has come to; those of fixed length at once. */
static uint32_t pass(struct nf_walk *w)
{
	uint32_t n = 1 + nf_recs_pass_whole(&w->recs);

	w->counted += n - 1;
	while (nf_walk_record(w))
		n++;
	return n;
}

struct tally store_tally(struct store *s, const struct nf_view *v, uint8_t worst)
{
	struct tally t = { .worst = worst };
	const struct nf_sink sink = { .report = store_worst, .ctx = &t.worst };
	const struct nf_event *e;
	struct nf_walk w;

	t.flags = (uint16_t)((v->msg.cut ? STORE_CUT : 0) |
			     (v->trailing.len != 0 ? STORE_TRAILING : 0) |
			     (v->followed ? STORE_FOLLOWED : 0) |
			     (v->headerless ? STORE_HEADERLESS : 0));
	nf_walk_open(&w, &v->msg, &v->resolver, s->opts.registry, s->scratch, &sink);
	while (!v->headerless && (e = nf_walk_next(&w)) != NULL) {
		if (e->type == NF_EV_SET)
			tally_set(&t, e);
		else if (e->type == NF_EV_RECORD)
			*(w.rec.layout->kind == NF_LAYOUT_OPTIONS ? &t.options : &t.flows) +=
				pass(&w);
	}
	if (t.worst != 0)
		t.flags |= STORE_PROBLEMS;
	return t;
}

/* -- Counts put right ------------------------------------------------------------------ */

static bool stale(const struct chunk *c, uint64_t versions)
{
	return c->unsettled && c->versions != versions;
}

bool store_settled(const struct store *s)
{
	uint64_t versions = nf_tracker_counts(s->tracker)->versions;

	for (size_t i = 0; i < s->nchunks; i++)
		if (stale(s->chunks[i], versions))
			return false;
	return true;
}

static void recount(struct store *s, uint64_t i)
{
	uint8_t worst = 0;
	const struct nf_sink sink = { .report = store_worst, .ctx = &worst };
	struct nf_err err;
	struct tally t;

	if (store_fill(s, i, &s->settled, &sink, &err) < 0)
		return;
	t = store_tally(s, &s->settled.view, worst);
	store_recount(s, i, &t);
}

/* One row, or the way to it. */
static bool settle_one(struct store *s)
{
	struct chunk *c = s->chunks[s->settling];
	uint32_t n = CHUNK_ROWS;

	if (s->settling + 1 == s->nchunks && s->nrows % CHUNK_ROWS != 0)
		n = (uint32_t)(s->nrows % CHUNK_ROWS);
	while (s->settling_row < n &&
	       (c->rows[s->settling_row].flags & STORE_UNSETTLED) == 0)
		s->settling_row++;
	if (s->settling_row < n) {
		recount(s, (uint64_t)s->settling * CHUNK_ROWS + s->settling_row++);
		return true;
	}
	c->versions = s->settling_versions;
	s->settling_row = 0;
	s->settling++;
	return true;
}

bool store_settle(struct store *s)
{
	uint64_t versions = nf_tracker_counts(s->tracker)->versions;

	if (s->settling_row == 0) {
		for (s->settling = 0; s->settling < s->nchunks; s->settling++)
			if (stale(s->chunks[s->settling], versions))
				break;
		s->settling_versions = versions;
	}
	return s->settling < s->nchunks && settle_one(s);
}
