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

/* The first one that does not hold is told, or else one and how many. */
static void each(struct expect *e, struct expect_line *line, const char *fact)
{
	const struct meaning_fact *f, *shown = NULL;
	uint64_t n = 0, bad = 0;
	size_t at = 0;

	while ((f = expect_fact(e, line, MEANING_BEHAVIOUR, "", fact, &at)) != NULL) {
		bool good = holds(&line->test, f);

		n++;
		if (shown == NULL || (!good && bad == 0))
			shown = f;
		bad += !good;
	}
	if (shown == NULL) {
		unsaid(e, line);
		return;
	}
	observed(e, line, shown);
	if (bad != 0)
		expect_whose(e, shown->domain);
	if (n > 1)
		nf_sb_printf(&e->out, ", %" PRIu64 " of %" PRIu64 " domains", bad != 0 ? bad : n,
			     n);
	expect_observed(e, line, bad == 0);
	if (bad != 0 && line->test.unit == EXPECT_TEXT)
		edit_text(e, &line->test, shown->value);
	else if (bad != 0)
		expect_edit_test(e, &line->test, (long double)shown->number);
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
		expect_edit_test(e, &line->test, (long double)v);
}

void expect_judge_quantity(struct expect *e, struct expect_line *line)
{
	const struct expect_quantity_row *row = &expect_quantities[line->quantity];

	if (row->fact != NULL)
		each(e, line, row->fact);
	else
		total(e, line, row);
}
