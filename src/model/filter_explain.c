#include <config.h>

#include "model/filter_tree.h"

/* What a name stands for: "ie8 ie27". */
static void elements(struct nf_strbuf *s, const struct filter_ref *ref)
{
	const char *between = "";

	for (size_t i = 0; i < ref->nelements; i++) {
		const struct filter_element *e = &ref->elements[i];

		nf_sb_str(s, between);
		between = " ";
		if (e->pen == NF_PEN_IANA || e->pen >= NF_PEN_FIXED)
			nf_sb_printf(s, "ie%u", e->id);
		else
			nf_sb_printf(s, "ie%lu/%u", (unsigned long)e->pen, e->id);
	}
}

static void side(struct nf_strbuf *s, const struct filter_node *n, const struct filter_node *other)
{
	nf_sb_str(s, "\n      ");
	filter_side_text(s, n, other);
	nf_sb_str(s, ": ");
	nf_sb_str(s, filter_type_name((enum filter_type)n->type));
	if (n->op == OP_NAME && n->ref->row == NULL) {
		nf_sb_str(s, " (");
		elements(s, n->ref);
		nf_sb_char(s, ')');
	}
}

static void clause(struct nf_strbuf *s, const struct filter_node *n, const uint64_t *counts)
{
	nf_sb_printf(s, "\n%4u  ", n->clause + 1u);
	filter_node_text(s, n);
	if (counts != NULL) {
		nf_sb_str(s, "\n      matched ");
		nf_sb_u64(s, counts[n->clause]);
	}
	side(s, n->a, n->b);
	if (n->op != OP_IN && n->op != OP_MATCHES && n->b != NULL)
		side(s, n->b, n->a);
}

static void clauses(struct nf_strbuf *s, const struct filter_node *n, const uint64_t *counts)
{
	if (n->op == OP_TRUE)
		return;
	if (n->op != OP_OR && n->op != OP_XOR && n->op != OP_AND && n->op != OP_NOT) {
		clause(s, n, counts);
		return;
	}
	for (const struct filter_node *a = n->a; a != NULL; a = a->next)
		clauses(s, a, counts);
}

void filter_explain_tree(struct nf_strbuf *s, const struct filter_tree *t, const uint64_t *counts,
			 uint64_t matched, uint64_t tested)
{
	static const char *const units[] = {
		[FILTER_OF_MESSAGE] = "messages", [FILTER_OF_SET] = "sets and templates",
		[FILTER_OF_RECORD] = "records",
	};

	filter_node_text(s, t->root);
	if (t->nfdump)
		nf_sb_str(s, "\n      understood as nfdump's language");
	nf_sb_str(s, "\n      tests ");
	nf_sb_str(s, units[t->level]);
	if (counts != NULL) {
		nf_sb_str(s, ": ");
		nf_sb_u64(s, matched);
		nf_sb_str(s, " of ");
		nf_sb_u64(s, tested);
		nf_sb_str(s, " match");
	}
	clauses(s, t->root, counts);
	nf_sb_char(s, '\n');
}
