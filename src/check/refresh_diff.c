/*
 * How two definitions of a template id differ, in a few words.
 */
#include <config.h>

#include "check/refresh.h"

enum { NAMED = 4, COMPARED = 256 };	/* differences that are named; fields that are compared */

struct diff {
	struct nf_strbuf *s;
	struct nf_registry *registry;
	unsigned n;
};

/* The field of T that names the element that S names; false: there is none. */
static bool same_element(const struct nf_template *t, const struct nf_spec *s,
			 struct nf_spec *found)
{
	struct nf_specs specs;

	nf_specs_open(&specs, t);
	for (unsigned i = 0; i < COMPARED && nf_spec_next(&specs, found); i++)
		if (found->id == s->id && found->pen == s->pen && found->scope == s->scope)
			return true;
	return false;
}

static void octets(struct nf_strbuf *s, uint16_t length)
{
	if (length == NF_VARLEN)
		nf_sb_str(s, "any length");
	else
		nf_sb_printf(s, "%u", length);
}

/* WHAT became of the field S of T; the text is cut short after a few. */
static void name(struct diff *d, const struct nf_template *t, const struct nf_spec *s,
		 const char *what)
{
	const struct nf_ie *ie = nf_spec_ie(t, s, d->registry);

	if (d->n++ >= NAMED || ie == NULL)
		return;
	if (d->n > 1)
		nf_sb_str(d->s, ", ");
	nf_ie_name(d->s, ie);
	nf_sb_str(d->s, what);
}

static void changed(struct diff *d, const struct nf_template *t, const struct nf_spec *s,
		    uint16_t before)
{
	name(d, t, s, " of ");
	if (d->n > NAMED)
		return;
	octets(d->s, s->length);
	nf_sb_str(d->s, " instead of ");
	octets(d->s, before);
}

void refresh_diff(struct nf_strbuf *s, struct nf_registry *registry, const struct nf_template *old,
		  const struct nf_template *new)
{
	struct diff d = { .s = s, .registry = registry };
	struct nf_spec spec, other;
	struct nf_specs specs;

	nf_specs_open(&specs, new);
	for (unsigned i = 0; i < COMPARED && nf_spec_next(&specs, &spec); i++)
		if (!same_element(old, &spec, &other))
			name(&d, new, &spec, " added");
		else if (other.length != spec.length)
			changed(&d, new, &spec, other.length);
	nf_specs_open(&specs, old);
	for (unsigned i = 0; i < COMPARED && nf_spec_next(&specs, &spec); i++)
		if (!same_element(new, &spec, &other))
			name(&d, old, &spec, " removed");
	if (d.n == 0)
		nf_sb_str(s, old->nfields != new->nfields ? "another number of fields" :
							    "another order of fields");
	else if (d.n > NAMED)
		nf_sb_printf(s, " and %u more", d.n - NAMED);
}
