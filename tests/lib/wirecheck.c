#include <config.h>

#include "lib/wirecheck.h"

#include <string.h>

#include "base/mem.h"

struct wirecheck *wirecheck_new(void)
{
	struct wirecheck *wc = nf_zalloc(sizeof(*wc));

	if (wc == NULL)
		return NULL;
	wc->registry = nf_registry_new();
	nf_arena_init(&wc->arena);
	nf_strbuf_init(&wc->text);
	if (wc->registry == NULL) {
		wirecheck_free(wc);
		return NULL;
	}
	return wc;
}

void wirecheck_free(struct wirecheck *wc)
{
	if (wc == NULL)
		return;
	nf_registry_free(wc->registry);
	nf_arena_done(&wc->arena);
	nf_strbuf_done(&wc->text);
	nf_free(wc);
}

static void fault(struct wirecheck *wc, const char *what)
{
	if (wc->fault == NULL)
		wc->fault = what;
}

static void check(struct wirecheck *wc, bool holds, const char *what)
{
	if (!holds)
		fault(wc, what);
}

static bool inside(const struct wirecheck *wc, struct nf_span span)
{
	return span.off <= wc->octets && span.len <= wc->octets - span.off;
}

static void hear(void *ctx, const struct nf_problem *p)
{
	struct wirecheck *wc = ctx;

	wc->problems++;
	check(wc, p->id < NF_PROBLEMS, "a problem without a row");
	check(wc, inside(wc, p->span), "a problem outside the message");
	nf_strbuf_clear(&wc->text);
	nf_problem_text(&wc->text, p);
	check(wc, wc->text.failed || wc->text.n > 0, "a problem without a text");
}

static struct wirecheck_layout *find(struct wirecheck *wc, uint16_t id)
{
	for (unsigned i = 0; i < wc->nlayouts; i++)
		if (wc->layouts[i].id == id && wc->layouts[i].version == wc->version)
			return &wc->layouts[i];
	return NULL;
}

static void put(struct wirecheck *wc, uint16_t id, const struct nf_layout *layout)
{
	struct wirecheck_layout *l = find(wc, id);

	if (l == NULL && wc->nlayouts < WIRECHECK_LAYOUTS)
		l = &wc->layouts[wc->nlayouts++];
	if (l != NULL)
		*l = (struct wirecheck_layout){ wc->version, id, layout };
}

static void resolve(void *ctx, uint16_t id, struct nf_bytes body, uint32_t offset,
		    struct nf_resolution *out)
{
	struct wirecheck *wc = ctx;
	const struct wirecheck_layout *l = find(wc, id);

	(void)offset;
	*out = (struct nf_resolution){ .layout = l == NULL ? NULL : l->layout };
	if (out->layout != NULL)
		out->misfit = nf_layout_misfits(out->layout, body);
	else
		out->why = NF_NEVER_DEFINED;
	out->how = NF_LIVE;
}

/* -- Learning --------------------------------------------------------------------------- */

static void learn_template(struct wirecheck *wc, const struct nf_template *t)
{
	struct nf_layout *l;

	if (t->kind != NF_TEMPLATE && t->kind != NF_TEMPLATE_OPTIONS) {
		put(wc, t->id, NULL);
		return;
	}
	if (wc->arena.used > 8u << 20)
		return;
	l = nf_arena_alloc(&wc->arena, nf_layout_size(t));
	if (l == NULL || !nf_layout_compile(l, t, wc->registry))
		return;
	check(wc, l->nfields == t->nfields && l->nscope == t->nscope, "a layout loses fields");
	put(wc, t->id, l);
}

void wirecheck_learn(struct wirecheck *wc, const struct nf_msg *m)
{
	struct nf_templates templates;
	struct nf_template t;
	struct nf_sets sets;
	struct nf_set set;

	wc->version = m->version;
	nf_sets_open(&sets, m, NULL);
	while (nf_set_next(&sets, &set)) {
		if (set.kind != NF_SET_TEMPLATE && set.kind != NF_SET_OPTIONS_TEMPLATE)
			continue;
		nf_templates_open(&templates, m, &set, NULL);
		while (nf_template_next(&templates, &t))
			learn_template(wc, &t);
	}
}

struct nf_resolver wirecheck_resolver(struct wirecheck *wc)
{
	return (struct nf_resolver){ .resolve = resolve, .ctx = wc };
}

/* -- Fields ----------------------------------------------------------------------------- */

static void format(struct wirecheck *wc, const struct nf_field *f)
{
	const struct nf_format_ctx ctx = { .export_secs = 1700000000 };

	check(wc, inside(wc, (struct nf_span){ f->offset, (uint32_t)f->value.n }),
	      "a value outside the message");
	check(wc, f->kind < NF_KINDS, "a value of no kind");
	if (wc->text.n > 1u << 16)
		nf_strbuf_clear(&wc->text);
	nf_ie_name(&wc->text, f->def->ie);
	nf_value_text(&wc->text, (enum nf_kind)f->kind, f->value, &ctx);
	nf_value_json(&wc->text, (enum nf_kind)f->kind, f->value, &ctx);
	if (f->def->ie->labels != NULL && f->def->ie->labels->text != NULL)
		f->def->ie->labels->text(&wc->text, f->value);
}

static void walk_record(struct wirecheck *wc, const struct nf_rec *r,
			const struct nf_list_ctx *lists);

static void walk_field(struct wirecheck *wc, const struct nf_field *f,
		       const struct nf_list_ctx *ctx)
{
	struct nf_list_ctx inner = *ctx;
	struct nf_field element;
	struct nf_list l;
	struct nf_rec r;

	format(wc, f);
	if (f->kind < NF_KIND_BASIC_LIST || !nf_list_open(&l, f, ctx))
		return;
	inner.depth = l.depth;
	if (l.kind == NF_KIND_BASIC_LIST)
		while (nf_list_next_element(&l, &element))
			walk_field(wc, &element, &inner);
	else
		while (nf_list_next_block(&l))
			while (l.resolution.layout != NULL && nf_rec_next(&l.recs, &r)) {
				inner.scratch = nf_rec_scratch(&l.recs);
				walk_record(wc, &r, &inner);
			}
}

/* nf_rec_values says what nf_field says. */
static void check_value(struct wirecheck *wc, const struct nf_rec *r, const struct nf_field *f,
			uint64_t v)
{
	const struct nf_fielddef *d = f->def;
	uint64_t want;

	if (d->length == NF_VARLEN || d->length > 8 || d->length == 0)
		want = (uint64_t)(f->value.p - r->p) << 16 | f->value.n;
	else if (d->nbits == 0 && f->kind == NF_KIND_SINT)
		want = (uint64_t)nf_ben_signed(f->value.p, f->value.n);
	else
		want = nf_field_uint(f);
	check(wc, v == want, "nf_rec_values and nf_field disagree");
}

static void walk_record(struct wirecheck *wc, const struct nf_rec *r,
			const struct nf_list_ctx *lists)
{
	uint32_t at = r->offset;
	uint64_t *values, slot;

	check(wc, r->length > 0, "a record of no octets");
	check(wc, inside(wc, (struct nf_span){ r->offset, r->length }), "a record outside");
	values = nf_alloc(sizeof(*values) * (r->layout->nfields + 1u));
	if (values != NULL)
		nf_rec_values(r, values);
	for (unsigned i = 0; i < r->layout->nfields; i++) {
		struct nf_field f = nf_field(r, i);

		if (!f.def->overlay) {
			check(wc, f.offset == at + f.prefix, "fields do not join");
			at = f.offset + (uint32_t)f.value.n;
		}
		if (values != NULL)
			check_value(wc, r, &f, values[i]);
		walk_field(wc, &f, lists);
	}
	check(wc, at == r->offset + r->length, "fields do not fill their record");
	nf_free(values);
	for (int role = 0; role < NF_ROLES; role++) {
		struct nf_bytes b = nf_slot_bytes(r, (enum nf_role)role);

		if (nf_slot(r, (enum nf_role)role, &slot))
			check(wc, b.n > 0 && b.n <= 8, "a slot without octets");
	}
}

/* -- Both doors ------------------------------------------------------------------------- */

/* What one door shows, as numbers that the other door's must equal. */
struct trace {
	uint64_t hash;
	unsigned events;
};

static void note(struct trace *t, char what, struct nf_span span)
{
	uint64_t v = (uint64_t)(unsigned char)what << 56 ^ (uint64_t)span.off << 24 ^ span.len;

	if (span.len == 0 && what != 'S')
		return;
	t->hash = (t->hash ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	t->hash ^= t->hash >> 29;
	t->events++;
}

static void walk(struct wirecheck *wc, const struct nf_msg *m, const struct nf_resolver *resolver,
		 struct trace *t)
{
	const struct nf_sink sink = { .report = hear, .ctx = wc };
	const struct nf_scratch scratch = { wc->words, NF_SCRATCH_WORDS };
	size_t bound = 16 + 4 * m->bytes.n, steps = 0;
	const struct nf_event *e;
	struct nf_list_ctx lists;
	struct nf_walk w;
	bool ended = false;

	nf_walk_open(&w, m, resolver, wc->registry, scratch, &sink);
	while ((e = nf_walk_next(&w)) != NULL) {
		if (++steps > bound) {
			fault(wc, "the walk does not end");
			return;
		}
		check(wc, !ended, "an event behind the end");
		check(wc, inside(wc, e->span), "an event outside the message");
		switch ((enum nf_event_type)e->type) {
		case NF_EV_HEADER:
			for (unsigned i = 0; i < e->rec->layout->nfields; i++) {
				struct nf_field f = nf_field(e->rec, i);

				format(wc, &f);
				nf_field_uint(&f);
			}
			break;
		case NF_EV_SET:
			note(t, 'S', e->span);
			break;
		case NF_EV_TEMPLATE:
			wc->templates++;
			note(t, 'T', e->span);
			break;
		case NF_EV_RECORD:
			wc->records++;
			note(t, 'R', e->span);
			lists = nf_walk_list_ctx(&w);
			walk_record(wc, e->rec, &lists);
			break;
		case NF_EV_PADDING:
			note(t, 'P', e->span);
			break;
		case NF_EV_MALFORMED:
			note(t, 'M', e->span);
			break;
		case NF_EV_UNDECODED:
			note(t, 'U', e->span);
			break;
		case NF_EV_TRAILING:
			note(t, 'X', e->span);
			break;
		case NF_EV_SET_END:
			break;
		case NF_EV_END:
			ended = true;
			break;
		}
	}
	check(wc, ended, "the walk has no end");
}

static void hot_set(struct wirecheck *wc, const struct nf_msg *m, const struct nf_set *set,
		    struct trace *t)
{
	const struct nf_scratch scratch = { wc->words, NF_SCRATCH_WORDS };
	struct nf_resolution res = { .layout = NULL };
	struct nf_templates templates;
	struct nf_template tmpl;
	struct nf_recs recs;
	struct nf_rec r;

	note(t, 'S', (struct nf_span){ set->offset,
				       set->body - set->offset + (uint32_t)set->bytes.n });
	if (set->kind == NF_SET_TEMPLATE || set->kind == NF_SET_OPTIONS_TEMPLATE) {
		nf_templates_open(&templates, m, set, NULL);
		while (nf_template_next(&templates, &tmpl))
			note(t, 'T', tmpl.span);
		note(t, 'P', templates.padding);
		note(t, 'M', templates.malformed);
		return;
	}
	if (set->kind == NF_SET_FIXED)
		res.layout = nf_fixed_layout(m->version, m->aggregation);
	else if (set->kind == NF_SET_DATA)
		resolve(wc, set->id, set->bytes, set->offset, &res);
	if (res.layout == NULL) {
		note(t, 'U', (struct nf_span){ set->body, (uint32_t)set->bytes.n });
		return;
	}
	nf_recs_open(&recs, m, set, res.layout, scratch, NULL);
	while (nf_rec_next(&recs, &r))
		note(t, 'R', (struct nf_span){ r.offset, r.length });
	note(t, 'P', recs.padding);
	note(t, 'M', recs.malformed);
}

static void hot(struct wirecheck *wc, const struct nf_msg *m, struct trace *t)
{
	struct nf_sets sets;
	struct nf_set set;

	nf_sets_open(&sets, m, NULL);
	while (nf_set_next(&sets, &set))
		hot_set(wc, m, &set, t);
	note(t, sets.rest == NF_REST_MALFORMED ? 'M' : 'X', sets.rest_span);
	check(wc, !nf_set_next(&sets, &set), "a set behind the end");
}

struct partition {
	struct wirecheck *wc;
	size_t at;
};

static void leaf(void *ctx, enum nf_leaf_kind kind, struct nf_span span)
{
	struct partition *p = ctx;

	(void)kind;
	check(p->wc, span.len != 0, "a leaf without octets");
	check(p->wc, span.off == p->at, "leaves do not join");
	p->at = (size_t)span.off + span.len;
}

static void check_message(struct wirecheck *wc, const struct nf_msg *m)
{
	const struct nf_resolver resolver = wirecheck_resolver(wc);
	const struct nf_scratch scratch = { wc->words, NF_SCRATCH_WORDS };
	struct partition p = { .wc = wc };
	struct trace detail = { .hash = 0 }, fast = { .hash = 0 };

	wc->version = m->version;
	wc->octets = m->bytes.n;
	wc->messages++;
	nf_leaves(m, &resolver, wc->registry, scratch, leaf, &p);
	check(wc, p.at == m->bytes.n, "leaves do not fill the message");
	walk(wc, m, &resolver, &detail);
	hot(wc, m, &fast);
	check(wc, detail.hash == fast.hash && detail.events == fast.events,
	      "the walk and the cursors disagree");
}

const char *wirecheck_payload(struct wirecheck *wc, struct nf_bytes payload, uint32_t wire_len)
{
	const struct nf_sink sink = { .report = hear, .ctx = wc };
	bool learned = false;
	struct nf_msg m;

	wc->fault = NULL;
	if (wire_len < payload.n)
		wire_len = (uint32_t)payload.n;
	nf_recognise(payload, wire_len, false);
	for (int pass = 0; pass < 2; pass++) {
		size_t at = 0;

		do {
			struct nf_bytes rest = nf_slice(payload, at, SIZE_MAX);
			bool open;

			wc->octets = rest.n;
			open = nf_msg_open(&m, rest, wire_len - (uint32_t)at,
					   learned ? &sink : NULL);
			if (!open && !learned)
				break;
			if (learned)
				check_message(wc, &m);
			else
				wirecheck_learn(wc, &m);
			check(wc, !open || nf_msg_extent(&m) > 0, "a message without octets");
			if (!open || nf_msg_extent(&m) == 0)
				break;
			at += nf_msg_extent(&m);
		} while (at < payload.n);
		learned = true;
	}
	return wc->fault;
}
