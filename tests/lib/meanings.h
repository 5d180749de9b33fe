/*
 * What streams mean (model/meaning.h).
 *
 *	struct gathered g;
 *
 *	gather(&g, script, &opts);	asserts that it works
 *	... g.meaning ...
 *	gather_done(&g);
 *
 * gather_stream is the same where memory may be out; g.sound says whether it was not.  What the
 * tracker does with no memory is not asked here: with MEMORY, it does not fail in it.
 */
#ifndef TESTS_LIB_MEANINGS_H
#define TESTS_LIB_MEANINGS_H

#include <limits.h>

#include "lib/nomem.h"
#include "lib/streams.h"
#include "model/meaning.h"

struct gathered {
	struct nf_registry *registry;
	struct nf_tracker *tracker;
	struct join *join;
	struct meaning *meaning;
	struct filter_error error;
	bool sound;
};

static inline bool gather_open(struct gathered *g, const struct meaning_opts *opts)
{
	*g = (struct gathered){ .registry = nf_registry_new() };
	if (g->registry == NULL)
		return false;
	g->tracker = nf_tracker_new(&(struct nf_tracker_opts){ .hold = true }, g->registry);
	g->join = join_new(&(struct join_opts){ .max = 0 }, g->registry);
	g->meaning = meaning_new(opts, g->registry, &g->error);
	return g->tracker != NULL && g->join != NULL && g->meaning != NULL;
}

/* The calls that still succeed, while the tracker works. */
static inline void gather_spare(struct nomem *memory, long *left)
{
	if (memory == NULL || memory->failed)
		return;
	*left = memory->left;
	memory->left = LONG_MAX;
}

static inline void gather_spare_end(struct nomem *memory, long left)
{
	if (memory != NULL && !memory->failed)
		memory->left = left;
}

static inline bool gather_next(struct nf_delivery *delivery, struct nf_view *v,
			       struct nomem *memory)
{
	long left = 0;
	bool has;

	gather_spare(memory, &left);
	has = nf_delivery_next(delivery, v, NULL);
	gather_spare_end(memory, left);
	return has;
}

static inline bool gather_feed(struct gathered *g, const struct nf_datagram *d,
			       struct nf_delivery *delivery, struct nomem *memory)
{
	long left = 0;
	bool taken;

	gather_spare(memory, &left);
	taken = nf_tracker_feed(g->tracker, d, delivery) == NF_REFUSAL_NONE;
	gather_spare_end(memory, left);
	return taken;
}

static inline void gather_stream(struct gathered *g, const struct stream *s,
				 const struct meaning_opts *opts, struct nomem *memory)
{
	struct nf_delivery delivery;
	struct nf_late late;
	struct nf_view v;

	if (!gather_open(g, opts))
		return;
	for (size_t i = 0; i < s->n; i++) {
		if (gather_feed(g, &s->d[i], &delivery, memory))
			while (gather_next(&delivery, &v, memory)) {
				join_message(g->join, &v);
				meaning_message(g->meaning, &v, true, 0);
			}
		while (nf_tracker_late(g->tracker, &late)) {
			join_late(g->join, &late);
			meaning_late(g->meaning, &late);
		}
	}
	g->sound = meaning_end(g->meaning, g->tracker, g->join) && !join_failed(g->join) &&
		   join_dropped(g->join) == 0;
}

static inline void gather(struct gathered *g, const char *script, const struct meaning_opts *opts)
{
	struct stream s;

	if (!stream_init(&s, script))
		fail_msg("no script: %s", script);
	gather_stream(g, &s, opts, NULL);
	assert_true(g->sound);
	stream_done(&s);
}

static inline void gather_done(struct gathered *g)
{
	meaning_free(g->meaning);
	join_free(g->join);
	nf_tracker_free(g->tracker);
	nf_registry_free(g->registry);
}

#endif
