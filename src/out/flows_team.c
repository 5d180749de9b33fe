#include <config.h>

#include "out/flows_team.h"

#include "base/mem.h"
#include "out/batch.h"
#include "out/ring.h"

enum {
	BATCHES = 3,			/* a thread: one under way, two that wait on either side */
	TEXT_FULL = 256 << 10,		/* a batch that the caller formats is then full */
	TEXT_LARGE = 2 << 20,		/* and is then given out before anything else */
};

struct flows_team {
	struct flows_team_opts opts;
	struct nf_registry *registry;
	uint32_t generation;		/* of the registry: what the filters have been told */
	struct ring *ring;
	struct batch *current;		/* being filled; NULL: ring_next has one */
	bool formatted;			/* it holds text: the caller formats what comes */
	bool failed;			/* memory was out */
	bool ended;			/* nobody wants more */
	size_t nbatches;
	struct batch batches[];
};

/* What the caller's names look at changes while records are read. */
static bool asks_caller(const struct flows *f)
{
	for (unsigned i = 0; i < f->columns.n; i++) {
		const struct filter_ref *ref = f->columns.v[i].ref;

		if (ref != NULL && filter_is_callers(&f->opts.names, ref->row))
			return true;
	}
	return f->opts.filter != NULL && filter_asks_caller(f->opts.filter);
}

bool flows_team_can(const struct flows *f)
{
	return f->ops->apart && f->opts.limit == UINT64_MAX && !asks_caller(f);
}

/* F writes into the batch instead of its own text, and back again. */
static void swap_text(struct flows *f, struct batch *b)
{
	struct nf_strbuf own = f->out->text;

	f->out->text = b->text;
	b->text = own;
}

static void work(void *ctx, unsigned who, void *job)
{
	const struct flows_team *t = ctx;
	struct flows *f = t->opts.flows[who];
	struct batch *b = job;
	struct batch_replay replay;
	struct nf_view v;

	if (b->nmessages == 0)
		return;
	swap_text(f, b);
	for (size_t i = 0; i < b->nmessages && !b->failed; i++) {
		batch_view(b, i, &replay, &v);
		b->failed = !flows_message(f, &v);
	}
	swap_text(f, b);
}

static void take(void *ctx, void *job)
{
	struct flows_team *t = ctx;
	struct batch *b = job;

	if (!t->failed && !t->ended && b->text.n > 0)
		t->ended = !t->opts.give(t->opts.ctx, &b->text);
	t->failed = t->failed || b->failed;
	batch_clear(b);
}

static const struct ring_ops ops = { .work = work, .take = take };

static struct batch *current(struct flows_team *t)
{
	if (t->current == NULL)
		t->current = ring_next(t->ring);
	return t->current;
}

static void put(struct flows_team *t)
{
	if (t->current == NULL)
		return;
	ring_put(t->ring);
	t->current = NULL;
	t->formatted = false;
}

static void finish(struct flows_team *t)
{
	put(t);
	ring_drain(t->ring);
}

/* Rows of elements are about to change, which layouts in batches point to. */
static void before_change(void *ctx)
{
	finish(ctx);
}

struct flows_team *flows_team_new(const struct flows_team_opts *opts)
{
	size_t nbatches = opts->n * (size_t)BATCHES;
	struct flows_team *t = nf_zalloc(sizeof(*t) + nbatches * sizeof(t->batches[0]));

	if (t == NULL)
		return NULL;
	t->opts = *opts;
	t->registry = opts->flows[0]->out->registry;
	t->generation = nf_registry_generation(t->registry);
	t->nbatches = nbatches;
	t->ring = ring_new(&ops, t, opts->n, t->batches, nbatches, sizeof(t->batches[0]));
	if (t->ring == NULL) {
		nf_free(t);
		return NULL;
	}
	nf_registry_before_change(t->registry, before_change, t);
	return t;
}

void flows_team_free(struct flows_team *t)
{
	if (t == NULL)
		return;
	nf_registry_before_change(t->registry, NULL, NULL);
	ring_free(t->ring);
	for (size_t i = 0; i < t->nbatches; i++)
		batch_done(&t->batches[i]);
	nf_free(t);
}

/* Filters read names from the registry, which the caller may only do while nobody works. */
static void refresh(struct flows_team *t)
{
	uint32_t generation = nf_registry_generation(t->registry);

	if (t->generation == generation)
		return;
	finish(t);
	for (unsigned i = 0; i < t->opts.n; i++)
		if (t->opts.flows[i]->opts.filter != NULL)
			filter_refresh(t->opts.flows[i]->opts.filter);
	t->generation = generation;
}

/* What other threads cannot do is done here, and what follows too, until it is worth a batch. */
static void format(struct flows_team *t, const struct nf_view *v)
{
	struct flows *f = t->opts.flows[0];
	struct batch *b;

	if (!t->formatted)
		put(t);
	b = current(t);
	t->formatted = true;
	swap_text(f, b);
	b->failed = !flows_message(f, v);
	swap_text(f, b);
	if (b->text.n >= TEXT_LARGE)
		finish(t);
	else if (b->text.n >= TEXT_FULL || b->failed)
		put(t);
}

bool flows_team_message(struct flows_team *t, const struct nf_view *v)
{
	struct batch *b;

	if (v->headerless)
		return !t->failed;
	refresh(t);
	if (t->formatted) {
		format(t, v);
		return !t->failed;
	}
	b = current(t);
	switch (batch_add(b, v, t->opts.flows[0]->ops->lists)) {
	case BATCH_ADDED:
		if (batch_full(b))
			put(t);
		break;
	case BATCH_NOTHING:
		break;
	case BATCH_LISTS:
	case BATCH_LARGE:
		format(t, v);
		break;
	case BATCH_NO_MEMORY:
		t->failed = true;
		break;
	}
	return !t->failed;
}

bool flows_team_drain(struct flows_team *t)
{
	struct flows *first = t->opts.flows[0];

	finish(t);
	for (unsigned i = 1; i < t->opts.n; i++) {
		struct flows *f = t->opts.flows[i];

		first->undecoded += f->undecoded;
		f->undecoded = 0;
		if (f->opts.filter != NULL)
			filter_add(first->opts.filter, f->opts.filter);
	}
	return !t->failed;
}
