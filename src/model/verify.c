#include <config.h>

#include "model/verify_internal.h"

#include "base/mem.h"

/* -- Kinds ---------------------------------------------------------------------------- */

struct kind_row {
	const char *name, *text;
	enum verify_weight weight;
};

static const struct kind_row kinds[VERIFY_KINDS] = {
#define KIND(id, name_, weight_, text_) \
	[VERIFY_##id] = { .name = name_, .text = text_, .weight = VERIFY_##weight_ },
#include "model/verify_kinds.def"
#undef KIND
};

const char *verify_kind_name(enum verify_kind kind)
{
	return kinds[kind].name;
}

const char *verify_kind_text(enum verify_kind kind)
{
	return kinds[kind].text;
}

enum verify_weight verify_kind_weight(enum verify_kind kind)
{
	return kinds[kind].weight;
}

/* -- Life ----------------------------------------------------------------------------- */

struct verify *verify_new(const struct verify_opts *opts, struct meter *meter, struct join *join)
{
	struct verify *v = nf_zalloc(sizeof(*v));

	if (v == NULL)
		return NULL;
	v->opts = *opts;
	v->meter = meter;
	v->join = join;
	if (v->opts.max_records == 0 || v->opts.max_records > UINT32_MAX - 1)
		v->opts.max_records = VERIFY_RECORDS;
	if (v->opts.worst == 0)
		v->opts.worst = VERIFY_WORST;
	nf_arena_init(&v->arena);
	if (!top_table_init(&v->names, VERIFY_NAME_WORDS, 1) ||
	    !top_table_init(&v->keys, VERIFY_KEY_WORDS, VERIFY_KEY_VALUES)) {
		verify_free(v);
		return NULL;
	}
	return v;
}

void verify_free(struct verify *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->ndomains; i++) {
		for (unsigned k = 0; k < VERIFY_KINDS; k++)
			nf_free(v->domains[i]->tallies[k].worst);
		nf_free(v->domains[i]);
	}
	nf_free(v->domains);
	nf_free(v->rows);
	nf_free(v->pairs);
	nf_free(v->sums);
	nf_free(v->by_domain);
	nf_free(v->order);
	nf_free(v->items);
	top_table_done(&v->names);
	top_table_done(&v->keys);
	nf_arena_done(&v->arena);
	nf_free(v);
}

/* -- What came of it ------------------------------------------------------------------- */

bool verify_end(struct verify *v, const struct exporters *exporters)
{
	if (v->failed || !verify_match(v) || !verify_clocks(v))
		return false;
	verify_losses(v, exporters);
	verify_judge(v);
	return !v->failed && verify_missed(v) && verify_items_make(v) && !v->failed;
}

size_t verify_exporters(const struct verify *v)
{
	return v->ndomains;
}

const struct verify_exporter *verify_exporter_at(const struct verify *v, size_t i)
{
	return i < v->ndomains ? &v->domains[i]->x : NULL;
}

size_t verify_items(const struct verify *v)
{
	return v->nitems;
}

const struct verify_item *verify_item_at(const struct verify *v, size_t i)
{
	return i < v->nitems ? &v->items[i] : NULL;
}

uint64_t verify_beyond(const struct verify *v)
{
	return v->beyond;
}

uint64_t verify_faults(const struct verify *v)
{
	return v->faults;
}
