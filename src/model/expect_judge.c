/*
 * Lines, once all was read: each is handed to the judge of its kind.
 */
#include <config.h>

#include "model/expect_internal.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ie/address.h"

static void (*const judges[EXPECT_KINDS])(struct expect *e, struct expect_line *line) = {
#define KIND(id, words, parse, judge_) [EXPECT_##id] = expect_judge_##judge_,
#include "model/expect_kinds.def"
#undef KIND
};

/* -- What was observed ------------------------------------------------------------------ */

void expect_observed(struct expect *e, struct expect_line *line, bool passed)
{
	line->passed = passed;
	line->observed = expect_copy(e, e->out.p, e->out.n);
	e->failed |= e->out.failed;
	e->failed_lines += !passed;
}

void expect_whose(struct expect *e, int32_t domain)
{
	const struct meaning_domain *d;

	if (e->meaning->ndomains < 2 || domain == MEANING_NONE || e->alone)
		return;
	d = e->meaning->domains[domain];
	nf_sb_str(&e->out, " (");
	if (d->addr.family == 4)
		nf_ipv4_text(&e->out, d->addr.octets);
	else if (d->addr.family == 6)
		nf_ipv6_text(&e->out, d->addr.octets);
	else
		nf_sb_str(&e->out, "file");
	nf_sb_printf(&e->out, " domain %" PRIu32 ")", d->domain);
}

/* -- Edits ------------------------------------------------------------------------------ */

void expect_edit(struct expect *e, struct nf_span span, const char *text)
{
	void *edits = e->edits;
	const char *copy = expect_copy(e, text, strlen(text));

	if (copy == NULL || !nf_grow(&edits, &e->edits_cap, e->nedits + 1, sizeof(*e->edits))) {
		e->failed = true;
		return;
	}
	e->edits = edits;
	e->edits[e->nedits++] = (struct expect_edit){ span, copy };
}

static void edit_number(struct expect *e, const struct expect_test *t, struct nf_span span,
			long double v)
{
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	expect_number_text(&s, v, (enum expect_unit)t->unit);
	e->failed |= s.failed;
	expect_edit(e, span, nf_strbuf_cstr(&s));
	nf_strbuf_done(&s);
}

/* The bound that is passed is moved; equality has one value, and room around it. */
void expect_edit_test(struct expect *e, const struct expect_test *t, long double least,
		      long double most)
{
	struct expect_test new = *t;

	new.wanted = least;
	switch ((enum expect_op)t->op) {
	case EXPECT_EQ:
		if (expect_holds(&new, most))
			edit_number(e, t, t->span, least);
		else
			expect_stuck(e);
		break;
	case EXPECT_LE: edit_number(e, t, t->span, most); break;
	case EXPECT_GE: edit_number(e, t, t->span, least); break;
	case EXPECT_BETWEEN:
		if (least < t->wanted)
			edit_number(e, t, t->span, least);
		if (most > t->upper)
			edit_number(e, t, t->upper_span, most);
		break;
	default: expect_stuck(e); break;
	}
}

void expect_stuck(struct expect *e)
{
	e->stuck++;
}

/* -- Facts ------------------------------------------------------------------------------ */

static int compare(const struct meaning_fact *x, unsigned topic, const char *subject,
		   const char *name)
{
	int c;

	if (x->topic != topic)
		return x->topic < topic ? -1 : 1;
	c = strcmp(x->subject, subject);
	return c != 0 ? c : strcmp(x->name, name);
}

static int order(const void *a, const void *b)
{
	const struct meaning_fact *x = *(const struct meaning_fact *const *)a;
	const struct meaning_fact *y = *(const struct meaning_fact *const *)b;
	int c = compare(x, y->topic, y->subject, y->name);

	return c != 0 ? c : (x->domain > y->domain) - (x->domain < y->domain);
}

static bool sort_facts(struct expect *e)
{
	const struct meaning *m = e->meaning;

	nf_free(e->facts);
	e->facts = nf_alloc((m->nfacts + 1) * sizeof(*e->facts));
	e->failed |= e->facts == NULL;
	for (size_t i = 0; e->facts != NULL && i < m->nfacts; i++)
		e->facts[i] = &m->facts[i];
	if (e->facts != NULL && m->nfacts > 1)
		qsort(e->facts, m->nfacts, sizeof(*e->facts), order);
	return e->facts != NULL;
}

static size_t first_of(const struct expect *e, unsigned topic, const char *subject,
		       const char *name)
{
	size_t low = 0, high = e->meaning->nfacts;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(e->facts[middle], topic, subject, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct meaning_fact *expect_fact(const struct expect *e, const struct expect_line *line,
				       enum meaning_topic topic, const char *subject,
				       const char *name, size_t *at)
{
	if (*at == 0)
		*at = 1 + first_of(e, topic, subject, name);
	while (*at - 1 < e->meaning->nfacts) {
		const struct meaning_fact *f = e->facts[*at - 1];

		if (compare(f, topic, subject, name) != 0)
			return NULL;
		++*at;
		if (expect_in_section(e, line, f->domain))
			return f;
	}
	return NULL;
}

/* -- The whole -------------------------------------------------------------------------- */

static void judge(struct expect *e, struct expect_line *line)
{
	nf_strbuf_clear(&e->out);
	e->alone = !e->sections[line->section].any_domain;
	if (e->sections[line->section].met) {
		judges[line->kind](e, line);
		return;
	}
	nf_sb_str(&e->out, e->meaning->ndomains == 0 ? "the capture has no flow export" :
						       "the capture has nobody like that");
	expect_observed(e, line, e->opts.allow_empty);
	if (!line->passed)
		expect_stuck(e);
}

bool expect_judge(struct expect *e, const struct meaning *m)
{
	e->meaning = m;
	e->failed_lines = e->nedits = e->stuck = 0;
	for (size_t i = 0; i < e->nlines; i++)
		e->failed |= (e->lines[i].where != NULL && filter_failed(e->lines[i].where)) ||
			     (e->lines[i].what != NULL && filter_failed(e->lines[i].what));
	if (e->failed || !sort_facts(e))
		return false;
	expect_sections(e);
	expect_templates(e);
	for (size_t i = 0; i < e->nlines && !e->failed; i++)
		judge(e, &e->lines[i]);
	return !e->failed;
}
