#include <config.h>

#include "out/scan.h"

#include "base/mem.h"

static struct scan_group *group_of(struct scan *scan, const struct scan_group *like)
{
	struct scan_group *g;

	for (unsigned i = 0; i < scan->n; i++) {
		g = &scan->groups[i];
		if (g->kind == like->kind && g->id == like->id && g->how == like->how &&
		    g->why == like->why && g->misfit == like->misfit && g->frame == like->frame)
			return g;
	}
	if (scan->n == SCAN_GROUPS) {
		scan->more++;
		return NULL;
	}
	g = &scan->groups[scan->n++];
	*g = *like;
	return g;
}

static void count(struct scan *scan, const struct scan_group *like, uint32_t records,
		  uint32_t octets)
{
	struct scan_group *g = group_of(scan, like);

	if (g == NULL)
		return;
	g->sets++;
	g->records += records;
	g->octets += octets;
}

/* -- Records -------------------------------------------------------------------------- */

static size_t room_of(const struct nf_layout *layout)
{
	return NF_ROWS * (size_t)layout->nfields + 1;
}

static void room_for(struct out *o, const struct nf_layout *layout)
{
	void *values = o->values;

	if (nf_grow(&values, &o->nvalues, room_of(layout), sizeof(*o->values)))
		o->values = values;
	else
		o->failed = true;
}

static void lists_of(const struct nf_rec *r, const struct nf_list_ctx *ctx);

static void list(const struct nf_field *f, const struct nf_list_ctx *ctx)
{
	struct nf_list_ctx inside = *ctx;
	struct nf_list l;
	struct nf_field element;
	struct nf_rec rec;

	if (!nf_list_open(&l, f, ctx))
		return;
	inside.depth = l.depth;
	if (f->kind == NF_KIND_BASIC_LIST) {
		while (nf_list_next_element(&l, &element))
			if (out_is_list(element.kind))
				list(&element, &inside);
		return;
	}
	while (nf_list_next_block(&l)) {
		if (l.resolution.layout == NULL)
			continue;
		while (nf_rec_next(&l.recs, &rec)) {
			inside.scratch = nf_rec_scratch(&l.recs);
			lists_of(&rec, &inside);
		}
	}
}

static void lists_of(const struct nf_rec *r, const struct nf_list_ctx *ctx)
{
	if (!r->layout->has_lists)
		return;
	for (unsigned i = 0; i < r->layout->nfields; i++) {
		struct nf_field f = nf_field(r, i);

		if (out_is_list(f.kind))
			list(&f, ctx);
	}
}

static void record(struct out *o, const struct nf_rec *r, bool decode)
{
	if (decode && room_of(r->layout) <= o->nvalues)
		nf_rec_values(r, o->values);
}

/* The same of all records of a set: those of fixed length, which hold no lists. */
static uint32_t together(struct out *o, struct nf_walk *w)
{
	struct nf_rec recs[NF_ROWS];
	struct nf_rows rows = { .recs = recs, .values = o->values, .most = NF_ROWS };
	uint32_t n = 0;

	nf_rows_add(&rows, &w->rec);
	for (nf_walk_rows(w, &rows); rows.n == NF_ROWS; nf_walk_rows(w, &rows)) {
		n += rows.n;
		rows.n = 0;
	}
	return n + rows.n;
}

/* All records of a set whose first one the walk has just come to. */
static uint32_t records(struct out *o, struct nf_walk *w, bool decode)
{
	const struct nf_layout *layout = w->rec.layout;
	uint32_t n = 0;

	if (decode && layout->nvar == 0 && !layout->has_lists && room_of(layout) <= o->nvalues)
		return together(o, w);
	do {
		n++;
		record(o, &w->rec, decode);
		if (w->rec.layout->has_lists) {
			struct nf_list_ctx lists = nf_walk_list_ctx(w);

			lists_of(&w->rec, &lists);
		}
	} while (nf_walk_record(w));
	return n;
}

/* -- Sets ----------------------------------------------------------------------------- */

static void one_template(struct scan *scan, const struct nf_template *t)
{
	static const uint8_t kinds[] = {
		[NF_TEMPLATE] = SCAN_TEMPLATES,
		[NF_TEMPLATE_OPTIONS] = SCAN_OPTIONS_TEMPLATES,
		[NF_TEMPLATE_WITHDRAWAL] = SCAN_WITHDRAWALS,
		[NF_TEMPLATE_WITHDRAWAL_ALL] = SCAN_WITHDRAWALS,
	};

	count(scan, &(struct scan_group){ .kind = kinds[t->kind] }, 1, t->span.len);
}

/* The group that the records of a set belong to; makes room for their values. */
static struct scan_group group_like(struct out *o, const struct nf_set *set,
				    const struct nf_resolution *r, bool decode)
{
	struct scan_group g = { .id = set->id, .kind = SCAN_RESERVED };

	if (set->kind != NF_SET_DATA && set->kind != NF_SET_FIXED)
		return g;
	g.how = r->how;
	g.why = r->why;
	g.misfit = r->misfit;
	g.kind = SCAN_UNDECODED;
	if (r->layout == NULL)
		return g;
	g.kind = r->layout->kind == NF_LAYOUT_OPTIONS ? SCAN_OPTIONS : SCAN_FLOWS;
	if (r->version != NULL && r->how != NF_LIVE)
		g.frame = r->version->frame;
	if (decode)
		room_for(o, r->layout);
	return g;
}

void scan_message(struct scan *scan, struct out *o, const struct nf_view *v, bool decode)
{
	struct scan_group like = { .kind = SCAN_RESERVED };
	const struct nf_event *e;
	uint32_t found = 0;
	struct nf_walk w;

	scan->n = scan->more = 0;
	nf_walk_open(&w, &v->msg, &v->resolver, o->registry, o->scratch, &o->sink);
	while ((e = nf_walk_next(&w)) != NULL) {
		switch ((enum nf_event_type)e->type) {
		case NF_EV_SET:
			like = group_like(o, e->set, e->resolution, decode);
			found = 0;
			break;
		case NF_EV_TEMPLATE:
			one_template(scan, e->tmpl);
			break;
		case NF_EV_RECORD:
			found += records(o, &w, decode);
			break;
		case NF_EV_SET_END:
			if (e->set->kind != NF_SET_TEMPLATE &&
			    e->set->kind != NF_SET_OPTIONS_TEMPLATE)
				count(scan, &like, found, e->set->length);
			break;
		default:
			break;
		}
	}
}

void scan_late(struct scan *scan, struct out *o, const struct nf_late *late, bool decode)
{
	struct scan_group like = group_like(o, &late->set, &late->resolution, decode);
	struct nf_list_ctx lists = {
		.resolver = &late->resolver, .registry = o->registry, .sink = &o->sink,
		.msg = &late->msg,
	};
	struct nf_recs recs;
	struct nf_rec rec;
	uint32_t n = 0;

	scan->n = scan->more = 0;
	nf_recs_open(&recs, &late->msg, &late->set, late->resolution.layout, o->scratch, &o->sink);
	for (; nf_rec_next(&recs, &rec); n++) {
		lists.scratch = nf_rec_scratch(&recs);
		record(o, &rec, decode);
		lists_of(&rec, &lists);
	}
	count(scan, &like, n, late->set.length);
}

/* -- Text ----------------------------------------------------------------------------- */

static void group_text(struct nf_strbuf *s, const struct scan_group *g, bool bpf)
{
	static const char *const nouns[SCAN_KINDS] = {
		[SCAN_TEMPLATES] = "template",
		[SCAN_OPTIONS_TEMPLATES] = "options template",
		[SCAN_WITHDRAWALS] = "withdrawal",
		[SCAN_FLOWS] = "flow",
		[SCAN_OPTIONS] = "options record",
		[SCAN_UNDECODED] = "undecoded set",
		[SCAN_RESERVED] = "reserved set",
	};
	bool sets = g->kind == SCAN_UNDECODED || g->kind == SCAN_RESERVED;

	out_count(s, sets ? g->sets : g->records, nouns[g->kind]);
	if (g->id != 0 || g->kind == SCAN_RESERVED) {
		nf_sb_str(s, " of ");
		nf_sb_u64(s, g->id);
	}
	if (g->kind == SCAN_UNDECODED) {
		nf_sb_str(s, " (");
		out_words(s, nf_why_not_name((enum nf_why_not)g->why));
		nf_sb_str(s, bpf ? "; --bpf may be why)" : ")");
	} else if (g->frame != 0) {
		nf_sb_str(s, " (");
		out_words(s, nf_how_name((enum nf_how)g->how));
		nf_sb_str(s, ", template of frame ");
		nf_sb_u64(s, g->frame);
		nf_sb_char(s, ')');
	}
	if (g->misfit)
		nf_sb_str(s, " (misfit)");
}

void scan_text(struct nf_strbuf *s, const struct scan *scan, bool bpf)
{
	for (unsigned i = 0; i < scan->n; i++) {
		if (i > 0)
			nf_sb_str(s, ", ");
		group_text(s, &scan->groups[i], bpf);
	}
	if (scan->more > 0) {
		nf_sb_str(s, ", ");
		out_count(s, scan->more, "more set");
	}
	if (scan->n == 0)
		nf_sb_str(s, "nothing");
}
