/*
 * Lists of elements and of templates (RFC 6313) as a text: what is in them, by name, not how it was
 * laid out or under which template id.  It is cut after MEANING_LIST octets.
 */
#include <config.h>

#include "model/meaning.h"

struct lister {
	const struct meaning *m;
	struct nf_strbuf *s;
};

static bool full(const struct lister *to)
{
	return to->s->n >= MEANING_LIST || to->s->failed;
}

static void list(const struct lister *to, const struct nf_field *f, const struct nf_list_ctx *ctx);

static void value(const struct lister *to, const struct nf_field *f, const struct nf_list_ctx *ctx)
{
	const struct nf_format_ctx plain = { 0 };

	if (nf_kind_is_list((enum nf_kind)f->kind)) {
		nf_sb_char(to->s, '[');
		list(to, f, ctx);
		nf_sb_char(to->s, ']');
	} else {
		nf_value_text(to->s, (enum nf_kind)f->kind, f->value, &plain);
	}
}

/* "allOf ingressInterface 1, 2" */
static void elements(const struct lister *to, struct nf_list *l, const struct nf_list_ctx *inside)
{
	bool told = l->element.ie != NULL && meaning_tells(to->m, &l->element);
	const char *sep = " ";
	struct nf_field f;

	nf_sb_char(to->s, ' ');
	if (l->element.ie != NULL)
		nf_ie_name(to->s, l->element.ie);
	while (told && !full(to) && nf_list_next_element(l, &f)) {
		nf_sb_str(to->s, sep);
		value(to, &f, inside);
		sep = ", ";
	}
}

/* "(sourceIPv4Address 10.0.0.1, octetDeltaCount 5)" */
static void record(const struct lister *to, const struct nf_rec *r, const struct nf_list_ctx *in)
{
	const char *sep = "";

	nf_sb_str(to->s, " (");
	for (unsigned i = 0; i < r->layout->nfields && !full(to); i++) {
		struct nf_field f = nf_field(r, i);

		if (!meaning_tells(to->m, f.def))
			continue;
		nf_sb_str(to->s, sep);
		nf_ie_name(to->s, f.def->ie);
		nf_sb_char(to->s, ' ');
		value(to, &f, in);
		sep = ", ";
	}
	nf_sb_char(to->s, ')');
}

static void blocks(const struct lister *to, struct nf_list *l, const struct nf_list_ctx *around)
{
	struct nf_list_ctx inside = *around;
	struct nf_rec r;

	while (!full(to) && nf_list_next_block(l)) {
		if (l->resolution.layout == NULL) {
			nf_sb_printf(to->s, " (%u octets without a template)",
				     (unsigned)l->undecoded.len);
			continue;
		}
		while (!full(to) && nf_rec_next(&l->recs, &r)) {
			inside.scratch = nf_rec_scratch(&l->recs);
			record(to, &r, &inside);
		}
	}
}

static void list(const struct lister *to, const struct nf_field *f, const struct nf_list_ctx *ctx)
{
	const struct nf_format_ctx plain = { 0 };
	struct nf_list_ctx inside = *ctx;
	const char *semantic;
	struct nf_list l;

	if (!nf_list_open(&l, f, ctx)) {
		nf_value_text(to->s, NF_KIND_OCTETS, f->value, &plain);
		return;
	}
	inside.depth = l.depth;
	semantic = nf_list_semantic(l.semantic);
	if (semantic != NULL)
		nf_sb_str(to->s, semantic);
	else
		nf_sb_u64(to->s, l.semantic);
	if (f->kind == NF_KIND_BASIC_LIST)
		elements(to, &l, &inside);
	else
		blocks(to, &l, &inside);
	if (l.malformed.len != 0)
		nf_sb_printf(to->s, " (%u octets malformed)", (unsigned)l.malformed.len);
}

void meaning_list_text(const struct meaning *m, struct nf_strbuf *s, const struct nf_field *f,
		       const struct nf_list_ctx *ctx)
{
	const struct lister to = { m, s };

	nf_strbuf_clear(s);
	list(&to, f, ctx);
	if (s->n >= MEANING_LIST) {
		s->n = MEANING_LIST;
		nf_sb_str(s, " ...");
	}
}
