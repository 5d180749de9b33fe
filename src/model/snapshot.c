#include <config.h>

#include "model/snapshot_internal.h"

#include <inttypes.h>

#include "base/mem.h"
#include "ie/address.h"

/* What is added up: lines of this text, whatever they are held against. */
static const char sums_text[] =
	EXPECT_FIRST "\n"
	"sum(bytes) == 0\n"
	"sum(packets) == 0\n";
enum { SUM_BYTES, SUM_PACKETS, SNAPSHOT_SUMS };

bool snapshot_init(struct snapshot *s, const struct filter_opts *names,
		   struct nf_registry *registry)
{
	const struct expect_opts opts = { .names = names, .apart = true };
	struct filter_error err;

	*s = (struct snapshot){ .sums = NULL };
	s->sums = expect_new(sums_text, sizeof(sums_text) - 1, &opts, registry, &err);
	return s->sums != NULL;
}

void snapshot_done(struct snapshot *s)
{
	expect_free(s->sums);
	s->sums = NULL;
}

struct meaning_watch snapshot_watch(struct snapshot *s)
{
	return expect_watch(s->sums);
}

/* -- Behaviour -------------------------------------------------------------------------- */

enum { TIMEOUTS = 24 };			/* samples of one that make it sure */

/* The fact of that name; NULL. */
static const struct meaning_fact *fact_of(const struct snapshot_part *p, const char *name)
{
	for (size_t i = 0; i < p->m->nfacts; i++) {
		const struct meaning_fact *f = &p->m->facts[i];

		if (f->topic == MEANING_BEHAVIOUR && snapshot_is_of(p, f->domain) &&
		    strcmp(f->name, name) == 0)
			return f;
	}
	return NULL;
}

/* A timeout that the next run may just not show again is not told. */
static bool is_sure(const struct snapshot_part *p, const struct meaning_fact *f,
		    enum expect_quantity quantity)
{
	const struct meaning_domain *d = p->m->domains[f->domain];

	return (quantity != EXPECT_Q_ACTIVE || d->active.total >= TIMEOUTS) &&
	       (quantity != EXPECT_Q_INACTIVE || d->idle.total >= TIMEOUTS);
}

/* Headers that would say so. */
static bool may_sample(const struct snapshot_part *p)
{
	const struct meaning_fact *f = fact_of(p, "version");

	return f != NULL && (strcmp(f->value, "NetFlow v5") == 0 ||
			     strcmp(f->value, "NetFlow v6") == 0);
}

static void fact(const struct snapshot_part *p, enum expect_quantity quantity)
{
	const struct expect_quantity_row *row = &expect_quantities[quantity];
	const struct meaning_fact *f = fact_of(p, row->fact);

	if (f == NULL && quantity == EXPECT_Q_SAMPLING && may_sample(p))
		nf_sb_str(p->s, "sampling == none\n");
	if (f == NULL || !is_sure(p, f, quantity))
		return;
	nf_sb_printf(p->s, "%s ", row->name);
	if (row->unit == EXPECT_TEXT) {
		nf_sb_str(p->s, "== ");
		expect_text_text(p->s, f->value);
	} else {
		expect_near_text(p->s, (long double)f->number, (enum expect_unit)row->unit,
				 row->slack, row->share);
	}
	nf_sb_char(p->s, '\n');
}

static void behaviour(const struct snapshot_part *p)
{
	snapshot_heading(p, "How it exports.");
	for (unsigned i = 0; i < EXPECT_QUANTITIES; i++)
		if (expect_quantities[i].fact != NULL && expect_quantities[i].snapshot != NULL)
			fact(p, (enum expect_quantity)i);
}

/* -- Totals ----------------------------------------------------------------------------- */

static void number_line(const struct snapshot_part *p, const char *name, const char *op,
			long double v, long double slack, long double share)
{
	nf_sb_printf(p->s, "%s ", name);
	if (v == 0) {
		nf_sb_str(p->s, "== 0");
	} else if (strcmp(op, "within") == 0) {
		expect_near_text(p->s, v, EXPECT_COUNT, slack, share);
	} else {
		nf_sb_printf(p->s, "%s ", op);
		expect_number_text(p->s, v, EXPECT_COUNT);
	}
	nf_sb_char(p->s, '\n');
}

static uint64_t member(const struct expect_totals *t, size_t at)
{
	uint64_t v;

	memcpy(&v, (const char *)t + at, sizeof(v));
	return v;
}

static void sum(const struct snapshot_part *p, unsigned i, const char *name)
{
	const struct expect_figure *f;
	long double v = 0;
	uint64_t n = 0;

	for (size_t d = 0; d < p->m->ndomains; d++) {
		f = expect_figure_of(p->snapshot->sums, i, 0, (int32_t)d);
		if (f == NULL || !snapshot_is_of(p, (int32_t)d))
			continue;
		v += f->sum;
		n += f->n;
	}
	if (n != 0)
		number_line(p, name, "within", v, 0, 0.01L);
}

/* Of a domain alone it is not told how many there are. */
static bool is_count(size_t total)
{
	return total == offsetof(struct expect_totals, exporters) ||
	       total == offsetof(struct expect_totals, domains);
}

static void totals(const struct snapshot_part *p)
{
	struct expect_totals t;

	snapshot_heading(p, "What it exports.");
	expect_totals_of(p->snapshot->sums, &p->line, &t);
	for (unsigned i = 0; i < EXPECT_QUANTITIES; i++) {
		const struct expect_quantity_row *row = &expect_quantities[i];

		if (row->fact != NULL || row->snapshot == NULL || member(&t, row->known) == 0 ||
		    (p->domain != MEANING_NONE && is_count(row->total)))
			continue;
		number_line(p, row->name, row->snapshot, (long double)member(&t, row->total),
			    row->slack, row->share);
	}
	sum(p, SUM_BYTES, "sum(bytes)");
	sum(p, SUM_PACKETS, "sum(packets)");
}

/* -- Templates -------------------------------------------------------------------------- */

static void template(const struct snapshot_part *p, const struct meaning_template *t, size_t n)
{
	if (n == 0)
		snapshot_heading(p, "Its templates.");
	if (n >= SNAPSHOT_TEMPLATES)
		return;
	nf_sb_str(p->s, t->options ? "options template exists\n" : "template exists\n");
	expect_layout_text(p->s, t);
}

static void templates(const struct snapshot_part *p)
{
	struct expect_totals t;
	size_t n = 0;

	for (size_t i = 0; i < p->m->ntemplates; i++)
		if (snapshot_is_of(p, p->m->templates[i].domain) && p->m->templates[i].nfields != 0)
			template(p, &p->m->templates[i], n++);
	if (n > SNAPSHOT_TEMPLATES) {
		expect_totals_of(p->snapshot->sums, &p->line, &t);
		nf_sb_printf(p->s, "# ... and %zu more:\n", n - SNAPSHOT_TEMPLATES);
		number_line(p, "templates", "==", (long double)t.templates, 0, 0);
		number_line(p, "options templates", "==", (long double)t.options_templates, 0, 0);
	} else if (n != 0) {
		nf_sb_str(p->s, "no other template\n");
	}
}

/* -- Findings --------------------------------------------------------------------------- */

static void findings(const struct snapshot_part *p)
{
	const char *sep = " except ";

	snapshot_heading(p, "What `nfpcap check` may find.");
	nf_sb_str(p->s, "no finding >= warning");
	for (size_t i = 0; i < p->m->nfacts; i++) {
		const struct meaning_fact *f = &p->m->facts[i];
		bool told = f->topic != MEANING_FINDINGS || f->severity < NF_WARNING;

		for (size_t j = 0; !told && j < i; j++)
			told = p->m->facts[j].topic == MEANING_FINDINGS &&
			       strcmp(p->m->facts[j].name, f->name) == 0;
		if (told)
			continue;
		nf_sb_str(p->s, sep);
		nf_sb_str(p->s, f->name);
		sep = ", ";
	}
	nf_sb_char(p->s, '\n');
}

/* -- The whole -------------------------------------------------------------------------- */

/* A domain, known by as little as tells it from the others. */
static void section(const struct snapshot_part *p)
{
	const struct meaning_domain *d = p->m->domains[p->domain];
	bool one = true;

	for (size_t i = 0; i < p->m->ndomains; i++)
		one &= nf_same_addr(&p->m->domains[i]->addr, &d->addr);
	nf_sb_str(p->s, "\n\n");
	if (!one && d->addr.family != 0) {
		nf_sb_str(p->s, "exporter ");
		if (d->addr.family == 4)
			nf_ipv4_text(p->s, d->addr.octets);
		else
			nf_ipv6_text(p->s, d->addr.octets);
		nf_sb_char(p->s, ' ');
	}
	nf_sb_printf(p->s, "domain %" PRIu32 "\n", d->domain);
}

static bool describe(struct snapshot_part *p)
{
	behaviour(p);
	totals(p);
	templates(p);
	snapshot_flows(p);
	return snapshot_options(p);
}

/* The sections of the text, as expect_in_section looks for them. */
static bool sections(struct expect *e, const struct meaning *m)
{
	void *list = e->sections;

	e->meaning = m;
	if (!nf_grow(&list, &e->sections_cap, m->ndomains + 1, sizeof(*e->sections)))
		return false;
	e->sections = list;
	for (size_t i = 0; i < m->ndomains; i++)
		e->sections[i + 1] = (struct expect_section){
			.is = m->domains[i]->addr, .number = m->domains[i]->domain,
		};
	e->nsections = m->ndomains + 1;
	return true;
}

static void beginning(struct nf_strbuf *s, const char *title)
{
	nf_sb_str(s, EXPECT_FIRST "\n# ");
	if (title != NULL) {
		title = strrchr(title, '/') != NULL ? strrchr(title, '/') + 1 : title;
		nf_sb_str(s, "What ");
		nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)title, strlen(title) });
		nf_sb_str(s, " says, ");
	}
	nf_sb_str(s, "to be held against others: nfpcap expect FILE CAPTURE.\n"
		     "# Edit it as you like (nfpcap-expect(5)); nfpcap expect --update renews its "
		     "values.\n");
}

/* Who is there, and what all of them together may do wrong. */
static void everybody(const struct snapshot_part *p)
{
	struct expect_totals t;

	snapshot_heading(p, "Who exports.");
	expect_totals_of(p->snapshot->sums, &p->line, &t);
	for (unsigned i = 0; i < EXPECT_QUANTITIES; i++)
		if (expect_quantities[i].fact == NULL && is_count(expect_quantities[i].total))
			number_line(p, expect_quantities[i].name, "==",
				    (long double)member(&t, expect_quantities[i].total), 0, 0);
	findings(p);
}

/* Each domain by itself. */
static bool each(struct snapshot_part *p)
{
	for (size_t i = 0; i < p->m->ndomains && i < SNAPSHOT_SECTIONS; i++) {
		p->domain = (int32_t)i;
		p->line.section = (uint16_t)(i + 1);
		section(p);
		if (!describe(p))
			return false;
	}
	if (p->m->ndomains > SNAPSHOT_SECTIONS)
		nf_sb_printf(p->s, "\n# ... and %zu more domains\n",
			     p->m->ndomains - SNAPSHOT_SECTIONS);
	return true;
}

bool snapshot_text(struct snapshot *s, const struct meaning *m, struct nf_strbuf *text)
{
	struct snapshot_part p = { .snapshot = s, .m = m, .s = text, .domain = MEANING_NONE };
	bool good = sections(s->sums, m);

	beginning(text, s->title);
	if (good && m->ndomains > 1) {
		everybody(&p);
		good = each(&p);
	} else if (good && m->ndomains == 1) {
		good = describe(&p);
		findings(&p);
	}
	return good && !text->failed && !s->sums->failed;
}
