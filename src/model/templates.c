#include <config.h>

#include "model/templates.h"

#include <string.h>

#include "base/mem.h"

bool templates_init(struct templates *t, struct nf_registry *registry)
{
	*t = (struct templates){ .registry = registry };
	nf_arena_init(&t->arena);
	t->scratch.n = NF_SCRATCH_WORDS;
	t->scratch.words = nf_alloc(t->scratch.n * sizeof(*t->scratch.words));
	return t->scratch.words != NULL;
}

struct templates_row *templates_next(const struct templates *t, const struct templates_row *at)
{
	return at == NULL ? (struct templates_row *)t->rows.head : at->node.hh.next;
}

void templates_done(struct templates *t)
{
	for (const struct templates_row *r = templates_next(t, NULL); r != NULL;
	     r = templates_next(t, r))
		nf_free(r->intervals.v);
	nf_map_done(&t->rows);
	nf_map_done(&t->elements);
	nf_arena_done(&t->arena);
	nf_free(t->list);
	nf_free(t->scratch.words);
}

/* -- Rows ----------------------------------------------------------------------------- */

/* The row with KEY, made if there is none; NULL if memory is out. */
static struct templates_row *row_get(struct templates *t, uint64_t first, uint64_t second)
{
	const uint64_t key[2] = { first, second };
	uint32_t hash = nf_hash(key, 2);
	struct templates_row *r = t->recent;

	if (r != NULL && r->key[0] == first && r->key[1] == second)
		return r;
	r = nf_map_find(&t->rows, key, 2, hash);
	if (r == NULL) {
		r = nf_arena_alloc(&t->arena, sizeof(*r));
		if (r == NULL) {
			t->failed = true;
			return NULL;
		}
		memcpy(r->key, key, sizeof(key));
		if (!nf_map_add(&t->rows, &r->node, r->key, 2, hash)) {
			t->failed = true;
			return NULL;
		}
	}
	t->recent = r;
	return r;
}

/* Where in the input a set or a template is. */
struct place {
	const struct nf_session *session;
	const struct nf_datagram *datagram;
	const struct nf_msg *msg;
	uint64_t position;
};

static struct place place_of(const struct nf_view *v, uint32_t offset)
{
	uint64_t at = (uint64_t)v->offset + offset;

	return (struct place){
		.session = v->session, .datagram = v->datagram, .msg = &v->msg,
		.position = v->datagram->ordinal << 16 | (at < 0xffff ? at : 0xffff),
	};
}

static struct templates_point point_of(const struct nf_datagram *d)
{
	return (struct templates_point){
		.frame = d->frame, .ordinal = d->ordinal, .ns = d->ts_ns, .file = d->file,
		.fine = d->ts_fine,
	};
}

struct templates_row *templates_row_of(struct templates *t, const struct nf_version *version)
{
	struct templates_row *r = row_get(t, (uintptr_t)version, 0);

	if (r != NULL && r->version == NULL) {
		r->version = version;
		r->tmpl = nf_version_template(version);
		r->id = version->id;
	}
	return r;
}

/* Met at P: until templates_list knows better; of one that was given, for good. */
static struct templates_row *version_row(struct templates *t, const struct nf_version *version,
					 const struct place *p)
{
	struct templates_row *r = templates_row_of(t, version);

	if (r != NULL && r->session == NULL) {
		r->session = p->session;
		r->domain = p->msg->domain;
		r->export_version = p->msg->version;
		r->position = p->position;
		r->given = true;
	}
	return r;
}

static struct templates_row *fixed_row(struct templates *t, const struct nf_layout *layout)
{
	struct templates_row *r = row_get(t, (uintptr_t)layout, 0);

	if (r != NULL)
		r->layout = layout;
	return r;
}

/* The row of sets of ID without a layout; NULL where there are too many, or memory is out. */
static struct templates_row *undefined_row(struct templates *t, const struct place *p,
					   uint16_t id, uint8_t why)
{
	uint64_t key[2] = {
		(uintptr_t)p->session,
		UINT64_C(1) << 63 | (uint64_t)why << 56 | (uint64_t)p->msg->version << 48 |
			(uint64_t)p->msg->domain << 16 | id,
	};
	struct templates_row *r;

	if (t->nundefined >= TEMPLATES_UNDEFINED &&
	    nf_map_find(&t->rows, key, 2, nf_hash(key, 2)) == NULL) {
		t->left_out++;
		return NULL;
	}
	r = row_get(t, key[0], key[1]);
	if (r == NULL || r->session != NULL)
		return r;
	t->nundefined++;
	r->session = p->session;
	r->domain = p->msg->domain;
	r->export_version = p->msg->version;
	r->id = id;
	r->why = why;
	r->position = p->position;
	return r;
}

/* -- Sending -------------------------------------------------------------------------- */

static void thin_out(struct templates_intervals *iv)
{
	for (uint32_t i = 0; i < iv->n / 2; i++)
		iv->v[i] = iv->v[2 * i];
	iv->n /= 2;
	iv->stride = iv->stride == 0 ? 2 : iv->stride * 2;
}

/* Room for one more; false where there is none. */
static bool room_for_interval(struct templates *t, struct templates_intervals *iv)
{
	uint32_t cap = iv->cap == 0 ? 4 : iv->cap * 2;
	int64_t *v;

	if (iv->n < iv->cap)
		return true;
	if (cap > TEMPLATES_SAMPLE || t->nintervals + (cap - iv->cap) > TEMPLATES_INTERVALS)
		return false;
	v = nf_realloc(iv->v, cap * sizeof(*v));
	if (v == NULL)
		return false;
	t->nintervals += cap - iv->cap;
	iv->v = v;
	iv->cap = cap;
	return true;
}

static void add_interval(struct templates *t, struct templates_intervals *iv, int64_t ns)
{
	uint64_t index = iv->total++;

	if (iv->stride != 0 && index % iv->stride != 0)
		return;
	if (!room_for_interval(t, iv)) {
		thin_out(iv);
		if (iv->cap == 0 || index % iv->stride != 0)
			return;
	}
	iv->v[iv->n++] = ns;
}

static void count_sending(struct templates *t, struct templates_row *r, const struct place *p)
{
	const struct nf_datagram *d = p->datagram;

	if (r->sent++ == 0)
		r->first_sent = point_of(d);
	else	/* a clock that steps back does not make time run backwards */
		add_interval(t, &r->intervals,
			     d->ts_ns > r->last_sent.ns ? d->ts_ns - r->last_sent.ns : 0);
	r->last_sent = point_of(d);
}

static bool is_withdrawal(const struct nf_template *tmpl)
{
	return tmpl->kind == NF_TEMPLATE_WITHDRAWAL || tmpl->kind == NF_TEMPLATE_WITHDRAWAL_ALL;
}

/* The version that a template record makes, or is a copy of: the one in force where it stands. */
static void sending(struct templates *t, const struct nf_view *v, const struct nf_template *tmpl,
		    const struct filter_at *at)
{
	struct place p = place_of(v, tmpl->span.off);
	struct nf_resolution r = { .layout = NULL };
	struct templates_row *row;

	v->resolver.resolve(v->resolver.ctx, tmpl->id, nf_slice(v->msg.bytes, tmpl->span.off, 0),
			    tmpl->span.off, &r);
	if (r.version == NULL || (r.layout != NULL && r.how != NF_LIVE))
		return;
	row = version_row(t, r.version, &p);
	if (row == NULL)
		return;
	if (is_withdrawal(tmpl) && row->tmpl != NULL)
		row->withdrawals++;
	else
		count_sending(t, row, &p);
	if (t->filter != NULL && filter_level(t->filter) == FILTER_OF_RECORD)
		return;
	row->matched = row->matched || t->filter == NULL ||
		       filter_level(t->filter) == FILTER_OF_MESSAGE || filter_record(t->filter, at);
}

static void template_set(struct templates *t, const struct nf_view *v, struct filter_at *at)
{
	struct nf_templates templates;
	struct nf_template tmpl;

	if (at->set->overrun)	/* the tracker learns nothing from it */
		return;
	nf_templates_open(&templates, &v->msg, at->set, NULL);
	at->tmpl = &tmpl;
	while (nf_template_next(&templates, &tmpl))
		sending(t, v, &tmpl, at);
	at->tmpl = NULL;
}

/* -- Lists ---------------------------------------------------------------------------- */

/* A record that may hold lists. */
struct holder {
	struct templates *t;
	const struct place *place;
};

static void lists_of(const struct holder *h, const struct nf_rec *r,
		     const struct nf_list_ctx *ctx);

static void element_of_list(struct templates *t, const struct nf_ie *ie)
{
	uint64_t key = (uint64_t)ie->pen << 16 | ie->id;
	uint32_t hash = nf_hash(&key, 1);
	struct templates_element *e = nf_map_find(&t->elements, &key, 1, hash);

	if (e == NULL) {
		e = nf_arena_alloc(&t->arena, sizeof(*e));
		if (e == NULL) {
			t->failed = true;
			return;
		}
		e->key[0] = key;
		e->ie = ie;
		if (!nf_map_add(&t->elements, &e->node, e->key, 1, hash)) {
			t->failed = true;
			return;
		}
	}
	e->lists++;
}

static void blocks_of(const struct holder *h, struct nf_list *l, const struct nf_list_ctx *inside)
{
	struct nf_list_ctx ctx = *inside;
	struct templates_row *row;
	struct nf_rec rec;

	while (nf_list_next_block(l)) {
		if (l->resolution.layout == NULL || l->resolution.version == NULL)
			continue;
		row = version_row(h->t, l->resolution.version, h->place);
		while (nf_rec_next(&l->recs, &rec)) {
			if (row != NULL) {
				row->in_lists++;
				row->matched = true;
			}
			ctx.scratch = nf_rec_scratch(&l->recs);
			lists_of(h, &rec, &ctx);
		}
	}
}

static void list(const struct holder *h, const struct nf_field *f, const struct nf_list_ctx *ctx)
{
	struct nf_list_ctx inside = *ctx;
	struct nf_field element;
	struct nf_list l;

	if (!nf_list_open(&l, f, ctx))
		return;
	inside.depth = l.depth;
	if (f->kind != NF_KIND_BASIC_LIST) {
		blocks_of(h, &l, &inside);
		return;
	}
	if (l.element.ie != NULL)
		element_of_list(h->t, l.element.ie);
	while (nf_list_next_element(&l, &element))
		if (element.kind >= NF_KIND_BASIC_LIST && element.kind < NF_KINDS)
			list(h, &element, &inside);
}

static void lists_of(const struct holder *h, const struct nf_rec *r, const struct nf_list_ctx *ctx)
{
	if (!r->layout->has_lists)
		return;
	for (unsigned i = 0; i < r->layout->nfields; i++) {
		struct nf_field f = nf_field(r, i);

		if (f.kind >= NF_KIND_BASIC_LIST && f.kind < NF_KINDS)
			list(h, &f, ctx);
	}
}

/* -- Data sets ------------------------------------------------------------------------ */

/* A data set and what stands around it. */
struct data {
	struct place place;
	const struct nf_resolver *resolver;
	struct filter_at *at;
};

/* True if the filter, if any, lets through what it can say of a set without its records. */
static bool set_matches(const struct templates *t, const struct filter_at *at)
{
	if (t->filter == NULL || filter_level(t->filter) == FILTER_OF_MESSAGE)
		return true;
	return filter_level(t->filter) == FILTER_OF_SET && filter_record(t->filter, at);
}

static void use_here(struct templates_row *r, const struct data *d)
{
	const struct templates_point here = point_of(d->place.datagram);

	/* held sets come behind what they were captured before */
	if (r->last_used.frame == 0 || here.ordinal > r->last_used.ordinal)
		r->last_used = here;
	if (r->first_used.frame == 0 || here.ordinal < r->first_used.ordinal)
		r->first_used = here;
	r->matched = true;
}

/* Records that match, or all of them, and what they take. */
static struct templates_count records(struct templates *t, const struct data *d)
{
	const struct nf_layout *layout = d->at->resolution->layout;
	bool each = t->filter != NULL && filter_level(t->filter) == FILTER_OF_RECORD;
	const struct filter_program *program = NULL;
	struct nf_list_ctx lists = {
		.resolver = d->resolver, .registry = t->registry, .msg = d->place.msg,
	};
	const struct holder holder = { .t = t, .place = &d->place };
	struct templates_count n = { .sets = 1 };
	struct nf_recs recs;
	struct nf_rec rec;

	if (each) {
		program = filter_begin(t->filter, layout);
		if (program == NULL)
			return n;
	}
	nf_recs_open(&recs, d->place.msg, d->at->set, layout, t->scratch, NULL);
	d->at->rec = &rec;
	while (nf_rec_next(&recs, &rec)) {
		if (each && !filter_test(t->filter, program, d->at))
			continue;
		n.records++;
		n.octets += rec.length;
		if (layout->has_lists) {
			lists.scratch = nf_rec_scratch(&recs);
			lists_of(&holder, &rec, &lists);
		}
	}
	d->at->rec = NULL;
	return n;
}

static void decoded(struct templates *t, const struct data *d)
{
	const struct nf_resolution *r = d->at->resolution;
	bool each = t->filter != NULL && filter_level(t->filter) == FILTER_OF_RECORD;
	struct templates_count n, *to;
	struct templates_row *row;

	if (!each && !set_matches(t, d->at))
		return;
	n = each || !t->uncounted || d->at->resolution->layout->has_lists ?
	    records(t, d) : (struct templates_count){ .sets = 1 };
	if (each && n.records == 0)
		return;
	row = r->version != NULL ? version_row(t, r->version, &d->place) : fixed_row(t, r->layout);
	if (row == NULL)
		return;
	to = &row->used[r->how];
	to->sets += n.sets;
	to->records += n.records;
	to->octets += n.octets;
	row->misfits += r->misfit;
	use_here(row, d);
}

static void undecoded(struct templates *t, const struct data *d)
{
	const struct nf_set *set = d->at->set;
	struct templates_row *row;

	if (!set_matches(t, d->at))
		return;
	row = undefined_row(t, &d->place, set->id, d->at->resolution->why);
	if (row == NULL)
		return;
	row->used[0].sets++;
	row->used[0].octets += set->length;
	use_here(row, d);
}

void templates_message(struct templates *t, const struct nf_view *v)
{
	struct filter_at at = filter_at_message(t->filter, v);
	struct data d = { .resolver = &v->resolver, .at = &at };
	struct nf_resolution r;
	struct nf_sets sets;
	struct nf_set set;

	if (v->datagram->facts.duplicate && !t->keep_duplicates) {
		t->duplicates++;
		return;
	}
	if (v->headerless || (t->filter != NULL && filter_level(t->filter) == FILTER_OF_MESSAGE &&
			      !filter_message(t->filter, v)))
		return;
	nf_sets_open(&sets, &v->msg, NULL);
	at.set = &set;
	while (nf_set_next(&sets, &set)) {
		at.resolution = NULL;
		if (set.kind == NF_SET_TEMPLATE || set.kind == NF_SET_OPTIONS_TEMPLATE)
			template_set(t, v, &at);
		if (set.kind != NF_SET_DATA && set.kind != NF_SET_FIXED)
			continue;
		d.place = place_of(v, set.offset);
		r = (struct nf_resolution){ .layout = NULL };
		at.resolution = &r;
		if (set.kind == NF_SET_FIXED)
			r.layout = nf_fixed_layout(v->msg.version, v->msg.aggregation);
		else
			v->resolver.resolve(v->resolver.ctx, set.id, set.bytes, set.offset, &r);
		if (r.layout != NULL)
			decoded(t, &d);
		else if (set.kind == NF_SET_DATA)
			undecoded(t, &d);
	}
}

void templates_late(struct templates *t, const struct nf_late *late)
{
	const struct nf_resolution pending = { .why = NF_PENDING };
	struct filter_at at = filter_at_late(t->filter, late);
	struct data d = {
		.place = {
			.session = late->session, .datagram = &late->datagram, .msg = &late->msg,
			.position = late->datagram.ordinal << 16,
		},
		.resolver = &late->resolver,
		.at = &at,
	};
	struct templates_row *row;

	if (late->datagram.facts.duplicate && !t->keep_duplicates)
		return;
	if (late->resolution.layout == NULL || (t->filter != NULL &&
	    filter_level(t->filter) == FILTER_OF_MESSAGE && !filter_late(t->filter, late)))
		return;
	decoded(t, &d);
	at.resolution = &pending;	/* as it was counted then */
	if (!set_matches(t, &at))
		return;
	row = undefined_row(t, &d.place, late->set.id, NF_PENDING);
	if (row == NULL || row->used[0].sets == 0)
		return;
	row->used[0].sets--;
	row->used[0].octets -= late->set.length;
	if (row->used[0].sets == 0)
		row->first_used = row->last_used = (struct templates_point){ .frame = 0 };
}
