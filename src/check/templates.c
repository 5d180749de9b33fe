#include <config.h>

#include "check/templates.h"

#include "check/internal.h"

enum { A_STREAM = 4 };	/* templates that there is room for, for each stream that there is */

const struct nf_template *check_definition(const struct check_at *at, const struct nf_template *t)
{
	const struct nf_resolver *r;
	struct nf_resolution out;

	if (at->view == NULL || at->set->overrun || t->id < 256 ||
	    (t->kind != NF_TEMPLATE && t->kind != NF_TEMPLATE_OPTIONS))
		return NULL;
	r = &at->view->resolver;
	r->resolve(r->ctx, t->id, (struct nf_bytes){ .p = NULL }, t->span.off, &out);
	return out.version != NULL ? nf_version_template(out.version) : NULL;
}

bool check_template_room(struct check *c, size_t *counted)
{
	if (*counted / A_STREAM >= check_opts(c)->max_streams) {
		c->totals.beyond_templates++;
		return false;
	}
	++*counted;
	return true;
}

uint64_t check_least_length(const struct nf_template *t)
{
	struct nf_specs specs;
	struct nf_spec s;
	uint64_t n = 0;

	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &s))
		n += s.length == NF_VARLEN ? 1 : s.length;
	return n;
}
