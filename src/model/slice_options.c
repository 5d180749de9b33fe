#include <config.h>

#include "model/slice_internal.h"

/* The options data set at hand; false where it is none. */
static bool is_options(const struct nf_view *v, const struct nf_set *set, struct nf_resolution *r)
{
	if (set->kind != NF_SET_DATA)
		return false;
	v->resolver.resolve(v->resolver.ctx, set->id, set->bytes, set->offset, r);
	return r->layout != NULL && r->layout->kind == NF_LAYOUT_OPTIONS;
}

bool slice_has_options(const struct nf_view *v, bool *flows)
{
	bool options = false;
	struct nf_sets sets;
	struct nf_set set;

	if (v->headerless)
		return false;
	nf_sets_open(&sets, &v->msg, NULL);
	while (nf_set_next(&sets, &set)) {
		struct nf_resolution r = { .layout = NULL };

		if (is_options(v, &set, &r))
			options = true;
		else if (r.layout != NULL || set.kind == NF_SET_FIXED)
			*flows = true;
	}
	return options;
}

/* Whom a record is of, and what of; not 0. */
static uint64_t scope_of(const struct nf_view *v, const struct nf_rec *r)
{
	const struct nf_layout *l = r->layout;
	uint64_t who[2] = { (uint64_t)v->msg.version << 32 | v->msg.domain, l->nfields };
	uint64_t sum = slice_hash(slice_hash_addr(&v->session->src.addr), who, sizeof(who));

	for (unsigned i = 0; i < l->nfields; i++) {
		uint32_t what[2] = { l->fields[i].ie->pen, l->fields[i].ie->id };
		struct nf_field f = nf_field(r, i);

		sum = slice_hash(sum, what, sizeof(what));
		if (f.def->scope)
			sum = slice_hash(sum, f.value.p, f.value.n);
	}
	return sum;
}

/* Does any record of the set say what none said before?  All are remembered. */
static bool says_more(struct slice *s, const struct nf_view *v, const struct nf_set *set,
		      const struct nf_layout *layout, uint32_t *records)
{
	bool more = false;
	struct nf_recs recs;
	struct nf_rec rec;

	*records = 0;
	nf_recs_open(&recs, &v->msg, set, layout, s->scratch, NULL);
	for (; nf_rec_next(&recs, &rec); ++*records) {
		uint64_t scope = scope_of(v, &rec), value = slice_hash(1, rec.p, rec.length) | 1;

		if (slice_get(&s->said, scope) == value)
			continue;
		more = true;
		slice_put(&s->said, scope, value);
	}
	return more;
}

bool slice_options(struct slice *s, const struct nf_view *v, bool make)
{
	const struct nf_msg *m = &v->msg;
	size_t from = s->message.n;
	uint32_t count = 0, n;
	struct nf_sets sets;
	struct nf_set set;
	bool any = false;

	if (m->format->dialect == NULL)
		return false;
	if (make)
		nf_sb_mem(&s->message, m->bytes.p, m->format->header_len);
	nf_sets_open(&sets, m, NULL);
	while (nf_set_next(&sets, &set)) {
		struct nf_resolution r;

		if (!is_options(v, &set, &r) || set.cut || set.overrun ||
		    !says_more(s, v, &set, r.layout, &n))
			continue;
		any = true;
		count += n;
		if (make)
			nf_sb_mem(&s->message, m->bytes.p + set.offset, set.length);
	}
	if (!any || !make || s->message.failed) {
		if (!any)
			s->message.n = from;
		return any;
	}
	n = (uint32_t)(s->message.n - from);
	if (m->format->at.length != 0)
		nf_store16((uint8_t *)s->message.p + from + m->format->at.length, (uint16_t)n);
	if (m->format->at.count != 0)
		nf_store16((uint8_t *)s->message.p + from + m->format->at.count, (uint16_t)count);
	return true;
}
