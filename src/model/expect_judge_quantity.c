/*
 * Lines about quantities: of each domain, or of all of a section together.
 */
#include <config.h>

#include "model/expect_internal.h"

#include <inttypes.h>

/* -- Of each domain --------------------------------------------------------------------- */

static bool holds(const struct expect_test *t, const struct meaning_fact *f)
{
	return t->unit == EXPECT_TEXT ? expect_holds_text(t, f->value) :
					expect_holds(t, (long double)f->number);
}

static void observed(struct expect *e, const struct expect_line *line,
		     const struct meaning_fact *f)
{
	if (line->test.unit == EXPECT_TEXT)
		nf_safe_text(&e->out, (struct nf_bytes){ (const uint8_t *)f->value,
							 strlen(f->value) });
	else
		expect_number_text(&e->out, (long double)f->number,
				   (enum expect_unit)line->test.unit);
}

static void edit_text(struct expect *e, const struct expect_test *t, const char *value)
{
	struct nf_strbuf s;

	if (t->op != EXPECT_EQ) {
		expect_stuck(e);
		return;
	}
	nf_strbuf_init(&s);
	expect_text_text(&s, value);
	e->failed |= s.failed;
	expect_edit(e, t->span, nf_strbuf_cstr(&s));
	nf_strbuf_done(&s);
}

/* "none" is what nobody says. */
static void unsaid(struct expect *e, struct expect_line *line)
{
	bool none = line->test.unit == EXPECT_TEXT &&
		    (strcmp(line->test.text, "none") == 0) == (line->test.op == EXPECT_EQ);

	nf_sb_str(&e->out, none ? "none" : "the capture does not tell");
	expect_observed(e, line, none);
	if (!none && line->test.unit == EXPECT_TEXT)
		edit_text(e, &line->test, "none");
	else if (!none)
		expect_stuck(e);
}

/* What is known of the domains: how many hold, and one to be told of: the first that does not. */
struct known {
	uint64_t n, bad;
	const struct meaning_fact *shown;
	long double least, most;
	bool alike;			/* texts: all are the same */
};

static void look(const struct expect_line *line, const struct meaning_fact *f, struct known *k)
{
	bool good = holds(&line->test, f);
	long double v = (long double)f->number;

	k->alike = k->n == 0 || (k->alike && strcmp(k->shown->value, f->value) == 0);
	k->least = k->n == 0 || v < k->least ? v : k->least;
	k->most = k->n == 0 || v > k->most ? v : k->most;
	if (k->shown == NULL || (!good && k->bad == 0))
		k->shown = f;
	k->n++;
	k->bad += !good;
}

static void each(struct expect *e, struct expect_line *line, const char *fact)
{
	const struct meaning_fact *f;
	struct known k = { .n = 0 };
	size_t at = 0;

	while ((f = expect_fact(e, line, MEANING_BEHAVIOUR, "", fact, &at)) != NULL)
		look(line, f, &k);
	if (k.shown == NULL) {
		unsaid(e, line);
		return;
	}
	observed(e, line, k.shown);
	if (k.bad != 0)
		expect_whose(e, k.shown->domain);
	if (k.n > 1)
		nf_sb_printf(&e->out, ", %" PRIu64 " of %" PRIu64 " domains",
			     k.bad != 0 ? k.bad : k.n, k.n);
	expect_observed(e, line, k.bad == 0);
	if (k.bad == 0)
		return;
	if (line->test.unit != EXPECT_TEXT)
		expect_edit_test(e, &line->test, k.least, k.most);
	else if (k.alike)
		edit_text(e, &line->test, k.shown->value);
	else
		expect_stuck(e);
}

/* -- Of all together -------------------------------------------------------------------- */

static void add_domain(struct expect_totals *t, const struct exporters *x,
		       const struct exporters_domain *d)
{
	struct nf_seq_totals sum = { .lost = 0 };

	t->messages += d->counts.messages - d->counts.duplicates;
	t->octets += d->counts.octets;
	t->options += d->counts.options;
	for (unsigned i = 0; i < NF_WHY_NOTS; i++)
		t->undecoded += d->counts.undecoded[i];
	t->duplicates += d->counts.duplicates;
	t->restarts += d->boot.restarts;
	t->timed += d->has_uptime;
	t->counted += exporters_domain_loss(x, d, &sum);
	t->lost += sum.lost;
}

void expect_totals_of(const struct expect *e, const struct expect_line *line,
		      struct expect_totals *t)
{
	const struct meaning *m = e->meaning;
	const struct exporters_domain *d;

	*t = (struct expect_totals){ .domains = 0 };
	for (size_t i = 0; i < m->ndomains; i++)
		if (expect_in_section(e, line, (int32_t)i)) {
			t->domains++;
			t->exporters += meaning_domain_of(m, &m->domains[i]->addr, UINT32_MAX,
							  true) == (int32_t)i;
			t->flows += m->domains[i]->records;
		}
	for (size_t i = 0; (d = exporters_domain_at(m->exporters, i)) != NULL; i++)
		if (d->counts.messages != 0 &&
		    expect_in_section(e, line, meaning_domain_of(m, &d->exporter->addr, d->domain,
								 false)))
			add_domain(t, m->exporters, d);
	for (size_t i = 0; i < m->ntemplates; i++)
		if (expect_in_section(e, line, m->templates[i].domain)) {
			t->templates += !m->templates[i].options;
			t->options_templates += m->templates[i].options;
		}
}

static uint64_t member(const struct expect_totals *t, size_t at)
{
	uint64_t v;

	memcpy(&v, (const char *)t + at, sizeof(v));
	return v;
}

static void total(struct expect *e, struct expect_line *line,
		  const struct expect_quantity_row *row)
{
	struct expect_totals t;
	uint64_t v;

	expect_totals_of(e, line, &t);
	v = member(&t, row->total);
	if (member(&t, row->known) == 0) {
		nf_sb_str(&e->out, "the capture does not tell");
		expect_observed(e, line, false);
		expect_stuck(e);
		return;
	}
	nf_sb_u64(&e->out, v);
	expect_observed(e, line, expect_holds(&line->test, (long double)v));
	if (!line->passed)
		expect_edit_test(e, &line->test, (long double)v, (long double)v);
}

void expect_judge_quantity(struct expect *e, struct expect_line *line)
{
	const struct expect_quantity_row *row = &expect_quantities[line->quantity];

	if (row->fact != NULL)
		each(e, line, row->fact);
	else
		total(e, line, row);
}
