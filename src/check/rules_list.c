/*
 * Structured data (RFC 6313): what only the records tell, for a list says itself what it holds.
 */
#include <config.h>

#include "check/rules.h"

enum { LIST_SUBTEMPLATE = 292, LIST_SUBTEMPLATE_MULTI = 293 };
enum { NONE_OF = 0, UNDEFINED = 255 };	/* semantics: RFC 6313 section 11.4 */

/* Where in the lists of a record the walk is. */
struct listing {
	const struct check_record *r;
	const struct nf_ie *ie;		/* of the list at hand */
};

/* What a list turned out to hold. */
struct held {
	uint32_t elements, blocks;
	bool known;			/* all of it could be read */
};

static void claim(const struct listing *in, enum check_rule_id rule, struct nf_span span,
		  uint64_t a, uint64_t b)
{
	check_claim(in->r->check, &(struct check_claim){
		.rule = rule, .at = in->r->at, .span = span, .tmpl = in->r->use->tmpl,
		.ie = in->ie, .args = { { .ie = in->ie }, { .u = a }, { .u = b } },
	});
}

/* -- Problems ------------------------------------------------------------------------- */

/*
 * Section 4.5.3 says in one place that the length counts its own header, in another that it is
 * zero where nothing follows.
 */
static bool only_empty_blocks(const struct listing *in, struct nf_span span)
{
	struct nf_bytes rest = check_octets(in->r->at, span);

	if (in->r->at->late || rest.n != span.len || rest.n % 4 != 0)
		return false;
	for (size_t at = 0; at < rest.n; at += 4)
		if (nf_be16(rest.p + at + 2) != 0)
			return false;
	return true;
}

static void bad_block(const struct listing *in, const struct nf_problem *p)
{
	uint16_t id = 0;

	if (p->span.len < 4) {
		claim(in, CHECK_SD_ELEMENT_OVERRUN, p->span, p->span.len, 0);
		return;
	}
	nf_get16(check_octets(in->r->at, p->span), 0, &id);
	check_claim(in->r->check, &(struct check_claim){
		.rule = CHECK_SD_MULTILIST_LENGTH_INVALID, .at = in->r->at, .span = p->span,
		.severity = p->found == 0 && only_empty_blocks(in, p->span) ? 1 + NF_NOTE :
									      CHECK_AS_RULED,
		.tmpl = in->r->use->tmpl, .ie = in->ie,
		.args = { { .ie = in->ie }, { .u = id }, { .u = p->found }, { .u = p->wanted } },
	});
}

/* Over UDP a template may have been lost on its way. */
static void unknown_template(const struct listing *in, const struct nf_problem *p)
{
	const struct check_stream *s = in->r->at->stream;
	bool certain = s->from_start && s->id.transport != NF_TRANSPORT_UDP;

	if (p->found < 256)
		return;
	check_claim(in->r->check, &(struct check_claim){
		.rule = CHECK_SD_TEMPLATE_UNKNOWN, .at = in->r->at, .span = p->span,
		.severity = certain ? 1 + NF_ERROR : CHECK_AS_RULED,
		.tmpl = in->r->use->tmpl, .ie = in->ie, .key = p->found,
		.args = { { .ie = in->ie }, { .u = p->found } },
	});
}

/* What is wrong inside of a block's records is seen by what is left of it: see block. */
static void problem(void *ctx, const struct nf_problem *p)
{
	const struct listing *in = ctx;

	switch (p->id) {
	case NF_PROBLEM_LIST_HEAD:
		claim(in, CHECK_SD_TOO_SHORT, p->span, p->found, p->wanted);
		break;
	case NF_PROBLEM_LIST_ELEMENT:
		claim(in, p->found == 0 ? CHECK_SD_ZERO_LENGTH_ELEMENT : CHECK_SD_ELEMENT_OVERRUN,
		      p->span, p->span.len, p->found);
		break;
	case NF_PROBLEM_LIST_BLOCK:
		bad_block(in, p);
		break;
	case NF_PROBLEM_LIST_DEEP:
		claim(in, CHECK_SD_DEEP_NESTING, p->span, p->wanted, 0);
		break;
	case NF_PROBLEM_LIST_SEMANTIC:
		claim(in, CHECK_SD_SEMANTIC_UNASSIGNED, p->span, p->found, 0);
		break;
	case NF_PROBLEM_LIST_TEMPLATE:
		unknown_template(in, p);
		break;
	}
}

/* -- Walking -------------------------------------------------------------------------- */

static void list(struct listing *in, const struct nf_field *f, const struct nf_list_ctx *ctx);

static bool is_list(const struct nf_field *f)
{
	return f->kind >= NF_KIND_BASIC_LIST && f->kind <= NF_KIND_SUBTEMPLATE_MULTILIST;
}

static void lists_of(struct listing *in, const struct nf_rec *rec, const struct nf_list_ctx *ctx)
{
	if (!rec->layout->has_lists)
		return;
	for (unsigned i = 0; i < rec->layout->nfields; i++) {
		struct nf_field f = nf_field(rec, i);

		if (is_list(&f))
			list(in, &f, ctx);
	}
}

/* Elements that lists of a registry's are defined to hold. */
static const struct { uint16_t list, element; } members[] = {
	{ 484, 483 }, { 485, 483 },	/* BGP communities */
	{ 487, 486 }, { 488, 486 },
	{ 490, 489 }, { 491, 489 },
	{ 496, 494 },			/* RFC 9487 section 5.1.5 */
};

static void member(const struct listing *in, const struct nf_list *l)
{
	const struct nf_ie *of = l->element.ie;

	if (in->ie->pen != NF_PEN_IANA)
		return;
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		if (members[i].list == in->ie->id &&
		    (of->pen != NF_PEN_IANA || of->id != members[i].element))
			check_claim(in->r->check, &(struct check_claim){
				.rule = CHECK_SD_MIXED_ELEMENT, .at = in->r->at, .span = l->head,
				.tmpl = in->r->use->tmpl, .ie = in->ie,
				.args = { { .ie = in->ie }, { .ie = of },
					  { .ie = &nf_iana_rows[members[i].element] } },
			});
}

static void elements(struct listing *in, struct nf_list *l, const struct nf_list_ctx *ctx,
		     struct held *held)
{
	struct nf_field f;

	member(in, l);
	while (nf_list_next_element(l, &f)) {
		held->elements++;
		if (is_list(&f))
			list(in, &f, ctx);
	}
}

static void block(struct listing *in, struct nf_list *l, const struct nf_list_ctx *ctx,
		  struct held *held)
{
	struct nf_list_ctx inner = *ctx;
	uint32_t left;
	struct nf_rec rec;

	held->blocks++;
	if (l->template_id < 256)
		check_claim(in->r->check, &(struct check_claim){
			.rule = CHECK_SD_TEMPLATE_RESERVED, .at = in->r->at,
			.span = l->block_head.len != 0 ? l->block_head : l->head,
			.severity = l->undecoded.len == 0 ? 1 + NF_NOTE : CHECK_AS_RULED,
			.tmpl = in->r->use->tmpl, .ie = in->ie, .key = l->template_id,
			.args = { { .ie = in->ie }, { .u = l->template_id } },
		});
	if (l->resolution.layout == NULL) {
		held->known &= l->undecoded.len == 0;
		return;
	}
	while (nf_rec_next(&l->recs, &rec)) {
		held->elements++;
		inner.scratch = nf_rec_scratch(&l->recs);
		lists_of(in, &rec, &inner);
	}
	/* Padding is not foreseen in lists (section 5.5): a remainder is no record. */
	left = l->recs.padding.len + l->recs.malformed.len;
	if (left != 0) {
		claim(in, CHECK_SD_ELEMENT_OVERRUN,
		      l->recs.malformed.len != 0 ? l->recs.malformed : l->recs.padding, left, 0);
		held->known = false;
	}
}

/* Section 5.4; elements of a registry's own have the type that it gives them. */
static void simpler(const struct listing *in, const struct nf_list *l, const struct held *held)
{
	const struct nf_layout *layout = l->resolution.layout;
	enum nf_type type;

	if (in->ie->pen != NF_PEN_IANA || held->elements == 0)
		return;
	if (in->ie->id == LIST_SUBTEMPLATE && layout != NULL && layout->nfields == 1 &&
	    !layout->has_lists)
		type = NF_TYPE_BASIC_LIST;
	else if (in->ie->id == LIST_SUBTEMPLATE_MULTI && held->blocks == 1)
		type = NF_TYPE_SUBTEMPLATE_LIST;
	else
		return;
	check_claim(in->r->check, &(struct check_claim){
		.rule = CHECK_SD_SIMPLER_TYPE, .at = in->r->at, .tmpl = in->r->use->tmpl,
		.span = nf_span_of(l->offset, l->bytes.n), .ie = in->ie, .key = type,
		.args = { { .ie = in->ie }, { .s = nf_type_name(type) } },
	});
}

static void judge(const struct listing *in, const struct nf_list *l, const struct held *held)
{
	if (!held->known || l->malformed.len != 0)
		return;
	/* Of one element, noneOf says something else than all others do: section 4.4.2. */
	if (held->elements == 1 && l->semantic != UNDEFINED && l->semantic != NONE_OF)
		claim(in, CHECK_SD_SINGLE_ELEMENT_SEMANTIC, nf_span_of(l->offset, 1), l->semantic,
		      0);
	simpler(in, l, held);
}

static void list(struct listing *in, const struct nf_field *f, const struct nf_list_ctx *ctx)
{
	const struct nf_ie *around = in->ie;
	struct held held = { .known = true };
	struct nf_list_ctx inner = *ctx;
	struct nf_list l;

	in->ie = f->def->ie;
	if (f->prefix == 1)
		claim(in, CHECK_SD_ONE_BYTE_LENGTH, nf_span_of(f->offset - 1, 1), f->value.n, 0);
	if (nf_list_open(&l, f, ctx)) {
		inner.depth = l.depth;
		if (l.kind == NF_KIND_BASIC_LIST)
			elements(in, &l, &inner, &held);
		else
			while (nf_list_next_block(&l))
				block(in, &l, &inner, &held);
		judge(in, &l, &held);
	}
	in->ie = around;
}

static void record(const struct check_record *r, struct check_step *step)
{
	struct listing in = { .r = r };
	const struct nf_sink sink = { .report = problem, .ctx = &in };
	struct nf_list_ctx ctx = nf_walk_list_ctx(r->at->walk);

	(void)step;
	ctx.sink = &sink;
	lists_of(&in, r->rec, &ctx);
}

static void plan(struct check_plan *p)
{
	if (!p->layout->has_lists)
		return;
	check_plan_step(p, record);
	for (unsigned i = CHECK_SD_TOO_SHORT; i <= CHECK_SD_MIXED_ELEMENT; i++)
		check_applies(p->check, (enum check_rule_id)i);
}

const struct check_group check_group_list = {
	.name = "list",
	.plan = plan,
};
