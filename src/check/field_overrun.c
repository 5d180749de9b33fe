/*
 * Where a record of variable length runs over the end of its set: at which field.
 */
#include <config.h>

#include "check/field.h"

/* The field that does not fit, what it takes, and what is left for it. */
struct overrun {
	const struct nf_fielddef *def;
	size_t at;			/* of it in the record, its prefix included */
	size_t length;
	size_t left;
	bool prefix;			/* its length prefix is cut off itself */
};

/* The octets of D at AT of B; false where they are not all there. */
static bool fits(struct nf_bytes b, const struct nf_fielddef *d, size_t *at, struct overrun *o)
{
	size_t prefix = 0, length = d->length, left = b.n - *at;

	*o = (struct overrun){ .def = d, .at = *at, .left = left };
	if (d->length == NF_VARLEN) {
		o->prefix = left < 1 || (b.p[*at] == 255 && left < 3);
		if (o->prefix)
			return false;
		prefix = b.p[*at] == 255 ? 3 : 1;
		length = prefix == 3 ? nf_be16(b.p + *at + 1) : b.p[*at];
	}
	o->length = length;
	o->left = left - prefix;
	if (length > o->left)
		return false;
	*at += prefix + length;
	return true;
}

/* Where the record in B ends too early; false where it does not. */
static bool find(const struct nf_layout *layout, struct nf_bytes b, struct overrun *o)
{
	size_t at = 0;

	for (unsigned i = 0; i < layout->nfields; i++)
		if (!layout->fields[i].overlay && !fits(b, &layout->fields[i], &at, o))
			return true;
	return false;
}

bool check_overrun(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	const struct nf_layout *layout = at->resolution != NULL ? at->resolution->layout : NULL;
	struct nf_bytes rest;
	struct overrun o;

	if ((p->id != NF_PROBLEM_RECORD_OVERRUN && p->id != NF_PROBLEM_MISFIT) ||
	    layout == NULL || layout->nvar == 0 || at->set == NULL || at->in_record ||
	    p->span.off < at->set->body)
		return false;
	/* Another session's layout was tried for its fit, or ours came too late. */
	if (at->resolution->how != NF_LIVE)
		return true;
	rest = nf_slice(at->set->bytes, p->span.off - at->set->body, p->span.len);
	if (!find(layout, rest, &o))
		return false;
	check_claim(c, &(struct check_claim){
		.rule = o.prefix ? CHECK_REC_VARLEN_LENGTH_CUT : CHECK_REC_VARLEN_OVERRUN,
		.at = at, .span = nf_span_of(p->span.off + o.at, rest.n - o.at),
		.tmpl = at->set->id, .ie = o.def->ie,
		.other_frame = at->resolution->version != NULL ?
			       at->resolution->version->frame : 0,
		.other_file = at->resolution->version != NULL ?
			      at->resolution->version->file : 0,
		.args = { { .ie = o.def->ie }, { .u = o.length }, { .u = o.left } },
	});
	return true;
}
