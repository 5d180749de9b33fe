#include <config.h>

#include "track/define.h"

#include <string.h>

static uint64_t content_hash(const struct nf_template *t)
{
	const uint64_t k = 0xd6e8feb86659fd93u;
	uint64_t h = (uint64_t)t->kind << 48 ^ (uint64_t)t->nscope << 32 ^ t->nfields ^
		     (uint64_t)(uintptr_t)t->dialect;

	for (size_t i = 0; i < t->specs.n; i += 4) {
		uint32_t w = 0;

		nf_get32(t->specs, i, &w);
		h = (h ^ w) * k;
		h ^= h >> 32;
	}
	return h;
}

/* True if records of D carry type information (RFC 5610 section 3.9). */
static bool has_types(const struct nf_definition *d)
{
	enum { ID = 303, DATA_TYPE = 339, NAME = 341 };
	unsigned found = 0;
	struct nf_specs specs;
	struct nf_spec spec;

	if (d->tmpl.kind != NF_TEMPLATE_OPTIONS)
		return false;
	nf_specs_open(&specs, &d->tmpl);
	while (nf_spec_next(&specs, &spec)) {
		if (spec.pen != NF_PEN_IANA)
			continue;
		found |= spec.id == ID ? 1u : spec.id == DATA_TYPE ? 2u : spec.id == NAME ? 4u : 0;
	}
	return found == 7;
}

static bool compile(struct nf_definitions *all, struct nf_definition *d)
{
	struct nf_layout *layout;

	if (d->tmpl.nfields == 0)
		return true;
	layout = nf_pool_alloc(all->pool, nf_layout_size(&d->tmpl));
	if (layout == NULL || !nf_layout_compile(layout, &d->tmpl, all->registry))
		return false;
	if (nf_layout_usable(layout)) {
		d->layout = layout;
		d->types = has_types(d);
	}
	all->nlayouts++;
	return true;
}

struct nf_definition *nf_definition_get(struct nf_definitions *all, const struct nf_template *t)
{
	uint64_t hash = content_hash(t);
	struct nf_definition *first, *d;
	uint8_t *specs;

	first = nf_map_find(&all->map, &hash, 1, nf_hash(&hash, 1));
	for (d = first; d != NULL; d = d->same_hash)
		if (nf_definition_is(d, t))
			return d;
	d = nf_pool_alloc(all->pool, sizeof(*d) + t->specs.n);
	if (d == NULL)
		return NULL;
	all->pool->heap += NF_NODE_COST;
	specs = (uint8_t *)(d + 1);
	if (t->specs.n != 0)
		memcpy(specs, t->specs.p, t->specs.n);
	d->hash = hash;
	d->tmpl = *t;
	d->tmpl.specs.p = specs;
	d->tmpl.span = d->tmpl.head = (struct nf_span){ .off = 0 };
	d->generation = all->generation;
	if (!compile(all, d))
		return NULL;
	if (first != NULL) {
		d->same_hash = first->same_hash;
		first->same_hash = d;
	} else if (!nf_map_add(&all->map, &d->node, &d->hash, 1, nf_hash(&hash, 1))) {
		return NULL;
	}
	return d;
}

/* Was L compiled when one of its elements had another type? */
static bool is_stale(const struct nf_layout *l)
{
	for (unsigned i = 0; i < l->nfields; i++) {
		const struct nf_fielddef *d = &l->fields[i];
		size_t length = d->length == NF_VARLEN ? 0 : d->length;

		if (d->kind != nf_kind_of((enum nf_type)d->ie->type, length))
			return true;
	}
	return false;
}

void nf_definition_retype(struct nf_definitions *all, struct nf_definition *d)
{
	if (d->layout != NULL && is_stale(d->layout))
		nf_layout_compile(d->layout, &d->tmpl, all->registry);
	d->generation = all->generation;
}
