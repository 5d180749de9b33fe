#include <config.h>

#include "model/store_internal.h"

#include "base/mem.h"

/* A set of flow records, and where its records stand among those of the message. */
struct numbered {
	struct nf_set set;
	struct nf_resolution resolution;
	uint32_t first, n;
};

struct store_cursor {
	struct store *s;
	struct message message;
	uint64_t generation;		/* of the registry: layouts change in place */
	bool there;			/* the message, whose sets are numbered */
	struct numbered *sets;
	size_t nsets, cap_sets;
	uint64_t first;			/* flow of the message */
	uint32_t n;			/* flows that it has */
	const struct numbered *set;	/* whose records are open */
	uint32_t next;			/* record of it */
	struct nf_recs recs;
	struct nf_rec rec;
	struct flow_view view;
	struct filter_at at;
	struct nf_scratch scratch;
};

void store_sets_open(struct store_sets *c, const struct nf_view *v)
{
	c->view = v;
	nf_sets_open(&c->sets, &v->msg, NULL);
}

bool store_sets_next(struct store_sets *c)
{
	const struct nf_view *v = c->view;

	while (!v->headerless && nf_set_next(&c->sets, &c->set)) {
		c->resolution = (struct nf_resolution){ .layout = NULL };
		if (c->set.kind == NF_SET_FIXED)
			c->resolution = (struct nf_resolution){
				.layout = nf_fixed_layout(v->msg.version, v->msg.aggregation),
				.how = NF_BUILT_IN,
			};
		else if (c->set.kind == NF_SET_DATA)
			v->resolver.resolve(v->resolver.ctx, c->set.id, c->set.bytes,
					    c->set.offset, &c->resolution);
		if (c->resolution.layout != NULL &&
		    c->resolution.layout->kind != NF_LAYOUT_OPTIONS)
			return true;
	}
	return false;
}

struct store_cursor *store_cursor_new(struct store *s)
{
	struct store_cursor *c = nf_zalloc(sizeof(*c));

	if (c == NULL)
		return NULL;
	c->s = s;
	c->scratch.n = NF_SCRATCH_WORDS;
	c->scratch.words = nf_alloc(c->scratch.n * sizeof(*c->scratch.words));
	if (c->scratch.words != NULL)
		return c;
	nf_free(c);
	return NULL;
}

void store_cursor_free(struct store_cursor *c)
{
	if (c == NULL)
		return;
	store_message_done(&c->message);
	nf_free(c->sets);
	nf_free(c->scratch.words);
	nf_free(c);
}

static void open_set(struct store_cursor *c, const struct numbered *set)
{
	nf_recs_open(&c->recs, &c->message.view.msg, &set->set, set->resolution.layout, c->scratch,
		     NULL);
	c->set = set;
	c->next = 0;
}

static uint32_t count(struct store_cursor *c, const struct numbered *set)
{
	uint32_t n;

	open_set(c, set);
	n = nf_recs_pass_whole(&c->recs);
	while (nf_rec_next(&c->recs, &c->rec))
		n++;
	return n;
}

static int number_sets(struct store_cursor *c, struct nf_err *err)
{
	struct store_sets sets;
	void *list = c->sets;

	c->n = 0;
	c->nsets = 0;
	store_sets_open(&sets, &c->message.view);
	while (store_sets_next(&sets)) {
		struct numbered *set;

		if (!nf_grow(&list, &c->cap_sets, c->nsets + 1, sizeof(*c->sets)))
			return nf_err_memory(err);
		c->sets = list;
		set = &c->sets[c->nsets];
		*set = (struct numbered){ .set = sets.set, .resolution = sets.resolution,
					  .first = c->n };
		set->n = count(c, set);
		c->n += set->n;
		c->nsets++;
	}
	c->set = NULL;
	return 0;
}

static int begin_message(struct store_cursor *c, uint64_t row, struct nf_err *err)
{
	c->there = false;
	if (store_fill(c->s, row, &c->message, NULL, err) < 0 || number_sets(c, err) < 0)
		return -1;
	c->generation = nf_registry_generation(c->s->opts.registry);
	c->first = store_row_flow(c->s, row);
	c->at = filter_at_message(NULL, &c->message.view);
	c->view.layout = NULL;
	c->there = true;
	return 0;
}

/* Record I of the set; those before it are passed over. */
static bool record(struct store_cursor *c, const struct numbered *set, uint32_t i)
{
	const struct nf_layout *layout = set->resolution.layout;

	if (c->set != set || i < c->next)
		open_set(c, set);
	if (i > c->next && i - c->next < c->recs.whole) {
		c->recs.at += (i - c->next) * layout->min_len;
		c->recs.whole -= i - c->next;
		c->next = i;
	}
	do {
		if (!nf_rec_next(&c->recs, &c->rec))
			return false;
	} while (c->next++ != i);
	return true;
}

struct filter_at *store_flow(struct store_cursor *c, uint64_t n, struct nf_err *err)
{
	const struct numbered *set;
	uint32_t index, i = 0;
	uint64_t row;

	if (!c->there || n < c->first || n - c->first >= c->n ||
	    c->generation != nf_registry_generation(c->s->opts.registry) ||
	    c->first != store_row_flow(c->s, c->message.row)) {
		row = store_flow_row(c->s, n, &index);
		if (begin_message(c, row, err) < 0)
			return NULL;
	}
	index = (uint32_t)(n - c->first);
	while (i < c->nsets && index - c->sets[i].first >= c->sets[i].n)
		i++;
	set = &c->sets[i];
	if (i == c->nsets || !record(c, set, index - set->first)) {
		nf_err_set(err, NF_ERR_ENV, "frame %llu has other records than it had",
			   (unsigned long long)c->message.datagram.frame);
		return NULL;
	}
	if (c->view.layout != set->resolution.layout)
		flow_view_of(&c->view, set->resolution.layout);
	c->at.set = &set->set;
	c->at.resolution = &set->resolution;
	c->at.rec = &c->rec;
	c->at.view = &c->view;
	return &c->at;
}

const struct nf_view *store_cursor_view(const struct store_cursor *c)
{
	return &c->message.view;
}

const struct nf_recs *store_cursor_recs(const struct store_cursor *c)
{
	return &c->recs;
}
