/*
 * Who a section is about.  A test runs where it runs: an exporter that the capture lacks is the one
 * that no section names, if there is one of either; the same of the domains of an exporter.
 */
#include <config.h>

#include "model/diff.h"
#include "model/expect_internal.h"

static bool in_capture(const struct meaning *m, const struct nf_addr *addr)
{
	for (size_t i = 0; i < m->ndomains; i++)
		if (nf_same_addr(&m->domains[i]->addr, addr))
			return true;
	return false;
}

static bool is_named(const struct expect *e, const struct nf_addr *addr)
{
	for (size_t i = 0; i < e->nsections; i++)
		if (!e->sections[i].any_exporter && nf_same_addr(&e->sections[i].is, addr))
			return true;
	return false;
}

/* The one address in the capture that no section names; NULL where there are more, or none. */
static const struct nf_addr *unnamed(const struct expect *e)
{
	const struct meaning *m = e->meaning;
	const struct nf_addr *one = NULL;

	for (size_t i = 0; i < m->ndomains; i++) {
		const struct nf_addr *a = &m->domains[i]->addr;

		if (is_named(e, a) || (one != NULL && nf_same_addr(one, a)))
			continue;
		if (one != NULL)
			return NULL;
		one = a;
	}
	return one;
}

/* The one address of sections that the capture lacks. */
static const struct nf_addr *missing(const struct expect *e)
{
	const struct nf_addr *one = NULL;

	for (size_t i = 0; i < e->nsections; i++) {
		const struct expect_section *s = &e->sections[i];

		if (s->any_exporter || in_capture(e->meaning, &s->is) ||
		    (one != NULL && nf_same_addr(one, &s->is)))
			continue;
		if (one != NULL)
			return NULL;
		one = &s->is;
	}
	return one;
}

/* As they are written, and --map has it. */
static void begin(struct expect *e)
{
	struct nf_addr old, new;

	for (size_t i = 0; i < e->nsections; i++) {
		struct expect_section *s = &e->sections[i];

		s->is = s->addr;
		s->number = s->domain;
		for (size_t j = 0; j < e->opts.nmap; j++)
			if (diff_mapping(e->opts.map[j], &old, &new) &&
			    nf_same_addr(&old, &s->addr))
				s->is = new;
	}
}

static void addresses(struct expect *e)
{
	const struct nf_addr *from, *to;
	struct nf_addr old;

	begin(e);
	from = missing(e);
	to = unnamed(e);
	if (from == NULL || to == NULL)
		return;
	old = *from;
	for (size_t i = 0; i < e->nsections; i++)
		if (!e->sections[i].any_exporter && nf_same_addr(&e->sections[i].is, &old))
			e->sections[i].is = *to;
}

static bool is_of(const struct expect_section *s, const struct meaning_domain *d)
{
	return (s->any_exporter || nf_same_addr(&s->is, &d->addr)) &&
	       (s->any_domain || s->number == d->domain);
}

static bool is_met(const struct expect *e, const struct expect_section *s)
{
	for (size_t i = 0; i < e->meaning->ndomains; i++)
		if (is_of(s, e->meaning->domains[i]))
			return true;
	return false;
}

/* Does a section that names a domain of the same exporters name that of D? */
static bool is_taken(const struct expect *e, const struct expect_section *like,
		     const struct meaning_domain *d)
{
	for (size_t i = 0; i < e->nsections; i++) {
		const struct expect_section *s = &e->sections[i];

		if (!s->any_domain && s->any_exporter == like->any_exporter &&
		    nf_same_addr(&s->is, &like->is) && s->number == d->domain)
			return true;
	}
	return false;
}

/* S names a domain that is not there: it is the only one that no other section names. */
static void other_domain(const struct expect *e, struct expect_section *s)
{
	const struct meaning_domain *one = NULL;

	for (size_t i = 0; i < e->nsections; i++) {
		const struct expect_section *other = &e->sections[i];

		if (!other->any_domain && other->any_exporter == s->any_exporter &&
		    nf_same_addr(&other->is, &s->is) && other->number != s->number &&
		    !is_met(e, other))
			return;
	}
	for (size_t i = 0; i < e->meaning->ndomains; i++) {
		const struct meaning_domain *d = e->meaning->domains[i];

		if ((!s->any_exporter && !nf_same_addr(&s->is, &d->addr)) || is_taken(e, s, d) ||
		    (one != NULL && one->domain == d->domain))
			continue;
		if (one != NULL)
			return;
		one = d;
	}
	if (one != NULL)
		s->number = one->domain;
}

/* Who is named in the file is nobody else. */
void expect_sections_out(struct expect *e, const struct meaning_domain *d)
{
	bool named;

	if (e->recent == NULL)
		begin(e);
	named = is_named(e, &d->addr);
	for (size_t i = 0; i < e->nsections; i++) {
		struct expect_section *s = &e->sections[i];
		bool other = !s->any_exporter && !nf_same_addr(&s->is, &d->addr);

		s->out = (other && named) ||
			 (!other && !s->any_domain && s->number != d->domain &&
			  is_taken(e, s, d));
	}
}

void expect_sections(struct expect *e)
{
	addresses(e);
	for (size_t i = 0; i < e->nsections; i++) {
		struct expect_section *s = &e->sections[i];

		if (!s->any_domain && !is_met(e, s))
			other_domain(e, s);
	}
	for (size_t i = 0; i < e->nsections; i++)
		e->sections[i].met = is_met(e, &e->sections[i]);
}

bool expect_in_section(const struct expect *e, const struct expect_line *line, int32_t domain)
{
	const struct expect_section *s = &e->sections[line->section];

	if (domain == MEANING_NONE)
		return s->any_exporter && s->any_domain;
	return is_of(s, e->meaning->domains[domain]);
}
