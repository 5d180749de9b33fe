#include <config.h>

#include "wire/wire.h"

#include "wire/internal.h"

/* Who hears of leaves. */
struct leaves {
	void (*leaf)(void *ctx, enum nf_leaf_kind kind, struct nf_span span);
	void *ctx;
};

static void give(const struct leaves *to, enum nf_leaf_kind kind, struct nf_span span)
{
	if (span.len != 0)
		to->leaf(to->ctx, kind, span);
}

static void header_leaves(const struct leaves *to, const struct nf_rec *r)
{
	for (unsigned i = 0; i < r->layout->nfields; i++) {
		struct nf_field f = nf_field(r, i);

		if (!f.def->overlay)
			give(to, NF_LEAF_HEADER_FIELD, nf_span_of(f.offset, f.value.n));
	}
}

static void template_leaves(const struct leaves *to, const struct nf_template *t)
{
	struct nf_specs specs;
	struct nf_spec s;

	give(to, NF_LEAF_TEMPLATE_HEAD, t->head);
	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &s))
		give(to, NF_LEAF_SPECIFIER, s.span);
}

static void record_leaves(const struct leaves *to, const struct nf_rec *r,
			  const struct nf_list_ctx *lists);

static void block_leaves(const struct leaves *to, struct nf_list *l, const struct nf_list_ctx *ctx)
{
	struct nf_list_ctx inner = *ctx;
	struct nf_rec r;

	give(to, NF_LEAF_LIST_HEAD, l->block_head);
	if (l->resolution.layout == NULL) {
		give(to, NF_LEAF_UNDECODED, l->undecoded);
		return;
	}
	inner.depth = l->depth;
	while (nf_rec_next(&l->recs, &r)) {
		inner.scratch = nf_rec_scratch(&l->recs);
		record_leaves(to, &r, &inner);
	}
	give(to, NF_LEAF_PADDING, l->recs.padding);
	give(to, NF_LEAF_MALFORMED, l->recs.malformed);
}

static bool is_list(const struct nf_field *f)
{
	return f->kind == NF_KIND_BASIC_LIST || f->kind == NF_KIND_SUBTEMPLATE_LIST ||
	       f->kind == NF_KIND_SUBTEMPLATE_MULTILIST;
}

static void value_leaves(const struct leaves *to, const struct nf_field *f,
			 const struct nf_list_ctx *ctx)
{
	struct nf_list_ctx inner = *ctx;
	struct nf_field element;
	struct nf_list l;

	give(to, NF_LEAF_PREFIX, nf_span_of(f->offset - f->prefix, f->prefix));
	if (!is_list(f) || !nf_list_open(&l, f, ctx)) {
		give(to, NF_LEAF_VALUE, nf_span_of(f->offset, f->value.n));
		return;
	}
	give(to, NF_LEAF_LIST_HEAD, l.head);
	inner.depth = l.depth;
	if (l.kind == NF_KIND_BASIC_LIST) {
		while (nf_list_next_element(&l, &element))
			value_leaves(to, &element, &inner);
	} else {
		while (nf_list_next_block(&l))
			block_leaves(to, &l, ctx);
	}
	give(to, NF_LEAF_MALFORMED, l.malformed);
}

static void record_leaves(const struct leaves *to, const struct nf_rec *r,
			  const struct nf_list_ctx *lists)
{
	for (unsigned i = 0; i < r->layout->nfields; i++) {
		struct nf_field f = nf_field(r, i);

		if (!f.def->overlay)
			value_leaves(to, &f, lists);
	}
}

void nf_leaves(const struct nf_msg *m, const struct nf_resolver *resolver,
	       struct nf_registry *registry, struct nf_scratch scratch,
	       void (*leaf)(void *ctx, enum nf_leaf_kind kind, struct nf_span span), void *ctx)
{
	const struct leaves to = { .leaf = leaf, .ctx = ctx };
	const struct nf_event *e;
	struct nf_list_ctx lists;
	struct nf_walk w;

	nf_walk_open(&w, m, resolver, registry, scratch, NULL);
	while ((e = nf_walk_next(&w)) != NULL) {
		switch ((enum nf_event_type)e->type) {
		case NF_EV_HEADER:
			header_leaves(&to, e->rec);
			break;
		case NF_EV_SET:
			give(&to, NF_LEAF_SET_HEADER,
			     nf_span_of(e->set->offset, e->set->body - e->set->offset));
			break;
		case NF_EV_TEMPLATE:
			template_leaves(&to, e->tmpl);
			break;
		case NF_EV_RECORD:
			lists = nf_walk_list_ctx(&w);
			record_leaves(&to, e->rec, &lists);
			break;
		case NF_EV_UNDECODED:
			give(&to, NF_LEAF_UNDECODED, e->span);
			break;
		case NF_EV_PADDING:
			give(&to, NF_LEAF_PADDING, e->span);
			break;
		case NF_EV_MALFORMED:
			give(&to, NF_LEAF_MALFORMED, e->span);
			break;
		case NF_EV_TRAILING:
			give(&to, NF_LEAF_TRAILING, e->span);
			break;
		case NF_EV_SET_END:
		case NF_EV_END:
			break;
		}
	}
}
