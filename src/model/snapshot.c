#include <config.h>

#include "model/snapshot.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"
#include "ie/address.h"
#include "model/expect_internal.h"

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

/* -- A section -------------------------------------------------------------------------- */

/* What is written at a time: a domain, or the whole. */
struct part {
	const struct snapshot *snapshot;
	const struct meaning *m;
	struct nf_strbuf *s;
	int32_t domain;			/* MEANING_NONE: all domains */
	struct expect_line line;	/* of a section like it, for expect_totals_of */
};

static bool is_of(const struct part *p, int32_t domain)
{
	return p->domain == MEANING_NONE || p->domain == domain;
}

static void heading(const struct part *p, const char *text)
{
	nf_sb_printf(p->s, "\n# %s\n", text);
}

/* -- Behaviour -------------------------------------------------------------------------- */

enum { TIMEOUTS = 24 };			/* samples of one that make it sure */

/* The fact of that name; NULL. */
static const struct meaning_fact *fact_of(const struct part *p, const char *name)
{
	for (size_t i = 0; i < p->m->nfacts; i++) {
		const struct meaning_fact *f = &p->m->facts[i];

		if (f->topic == MEANING_BEHAVIOUR && is_of(p, f->domain) &&
		    strcmp(f->name, name) == 0)
			return f;
	}
	return NULL;
}

/* A timeout that the next run may just not show again is not told. */
static bool is_sure(const struct part *p, const struct meaning_fact *f,
		    enum expect_quantity quantity)
{
	const struct meaning_domain *d = p->m->domains[f->domain];

	return (quantity != EXPECT_Q_ACTIVE || d->active.total >= TIMEOUTS) &&
	       (quantity != EXPECT_Q_INACTIVE || d->idle.total >= TIMEOUTS);
}

/* Headers that would say so. */
static bool may_sample(const struct part *p)
{
	const struct meaning_fact *f = fact_of(p, "version");

	return f != NULL && (strcmp(f->value, "NetFlow v5") == 0 ||
			     strcmp(f->value, "NetFlow v6") == 0);
}

static void fact(const struct part *p, enum expect_quantity quantity)
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

static void behaviour(const struct part *p)
{
	heading(p, "How it exports.");
	for (unsigned i = 0; i < EXPECT_QUANTITIES; i++)
		if (expect_quantities[i].fact != NULL && expect_quantities[i].snapshot != NULL)
			fact(p, (enum expect_quantity)i);
}

/* -- Totals ----------------------------------------------------------------------------- */

static void number_line(const struct part *p, const char *name, const char *op, long double v,
			long double slack, long double share)
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

static void sum(const struct part *p, unsigned i, const char *name)
{
	const struct expect_figure *f;
	long double v = 0;
	uint64_t n = 0;

	for (size_t d = 0; d < p->m->ndomains; d++) {
		f = is_of(p, (int32_t)d) ? expect_figure_of(p->snapshot->sums, i, 0, (int32_t)d) :
					   NULL;
		v += f != NULL ? f->sum : 0;
		n += f != NULL ? f->n : 0;
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

static void totals(const struct part *p)
{
	struct expect_totals t;

	heading(p, "What it exports.");
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

static void template(const struct part *p, const struct meaning_template *t, size_t n)
{
	if (n == 0)
		heading(p, "Its templates.");
	if (n >= SNAPSHOT_TEMPLATES)
		return;
	nf_sb_str(p->s, t->options ? "options template exists\n" : "template exists\n");
	expect_layout_text(p->s, t);
}

static void templates(const struct part *p)
{
	struct expect_totals t;
	size_t n = 0;

	for (size_t i = 0; i < p->m->ntemplates; i++)
		if (is_of(p, p->m->templates[i].domain) && p->m->templates[i].nfields != 0)
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

/* -- Options ---------------------------------------------------------------------------- */

static bool is_option(const struct part *p, const struct meaning_fact *f)
{
	return f->topic == MEANING_OPTIONS && f->class == MEANING_ALWAYS && is_of(p, f->domain) &&
	       strpbrk(f->subject, "\"#:\n") == NULL;
}

/* "interface" of "interface 3" */
static size_t table_of(const struct meaning_fact *f)
{
	return strcspn(f->subject, " ");
}

static bool same_table(const struct meaning_fact *a, const struct meaning_fact *b)
{
	return table_of(a) == table_of(b) && strncmp(a->subject, b->subject, table_of(a)) == 0;
}

static bool same_row(const struct meaning_fact *a, const struct meaning_fact *b)
{
	return a != NULL && a->domain == b->domain && strcmp(a->subject, b->subject) == 0;
}

static void more(const struct part *p, uint64_t rows)
{
	if (rows > SNAPSHOT_ROWS)
		nf_sb_printf(p->s, "# ... and %" PRIu64 " more\n", rows - SNAPSHOT_ROWS);
}

static void option_row(const struct part *p, const struct meaning_fact *f, bool begins)
{
	if (begins)
		nf_sb_printf(p->s, "option %s:", f->subject);
	nf_sb_printf(p->s, "%s %s == ", begins ? "" : ",", f->name);
	expect_quoted(p->s, f->value);
}

/* Rows come as their tables' rows do: those of a table need not stand together. */
static void table(const struct part *p, const struct meaning_fact *first, size_t from, bool *done)
{
	const struct meaning_fact *last = NULL;
	uint64_t rows = 0;

	for (size_t i = from; i < p->m->nfacts; i++) {
		const struct meaning_fact *f = &p->m->facts[i];
		bool begins = !same_row(last, f);

		if (done[i] || !is_option(p, f) || !same_table(first, f))
			continue;
		done[i] = true;
		rows += begins;
		if (begins && last != NULL && rows <= SNAPSHOT_ROWS + 1)
			nf_sb_char(p->s, '\n');
		if (rows <= SNAPSHOT_ROWS)
			option_row(p, f, begins);
		last = f;
	}
	if (rows <= SNAPSHOT_ROWS)
		nf_sb_char(p->s, '\n');
	more(p, rows);
}

static bool options(const struct part *p)
{
	bool *done = nf_zalloc(p->m->nfacts + 1), any = false;

	for (size_t i = 0; done != NULL && i < p->m->nfacts; i++) {
		if (done[i] || !is_option(p, &p->m->facts[i]))
			continue;
		if (!any)
			heading(p, "Its options.");
		any = true;
		table(p, &p->m->facts[i], i, done);
	}
	nf_free(done);
	return done != NULL;
}

/* -- Flows ------------------------------------------------------------------------------ */

/* The sum in the column called ALIAS of ROW; false where it has none, or several. */
static bool sum_of(const struct meaning *m, const uint64_t *row, const char *alias, uint64_t *sum)
{
	struct meaning_look look;
	unsigned found = 0;

	*sum = 0;
	meaning_look(m, row, &look);
	for (unsigned i = 0; i < look.shape->n; i++) {
		const struct meaning_column *c = &m->columns[look.shape->columns[i]];

		if (c->alias == NULL || strcmp(c->alias, alias) != 0 || c->how != MEANING_SUM)
			continue;
		found++;
		*sum = meaning_cell(&look, i).v[0];
	}
	return found == 1;
}

/* Is everything known that tells the flow from others? */
static bool is_plain(const struct meaning *m, const uint64_t *row)
{
	uint64_t room[MEANING_KEY_WORDS];
	const struct top_entry e = { .key = meaning_key(m, row, room) + 1 };

	for (unsigned i = 0; i < m->top->nkeys; i++)
		if (top_value(m->top, &e, i).tag == TOP_ABSENT)
			return false;
	return true;
}

/* Octets and packets of a flow that are no nonsense. */
#define LARGEST (UINT64_C(1) << 53)

/* A flow, all uses of its key together: see MEANING_NEXT. */
struct large {
	const uint64_t *row;
	uint64_t bytes, packets;
	bool has_packets;
};

/* False where some of it is not known, or where another of the same key stands for all. */
static bool all_of(const struct meaning *m, const uint64_t *row, struct large *l)
{
	const uint64_t *r = row;

	*l = (struct large){ .row = row, .has_packets = true };
	do {
		uint64_t bytes, packets;

		if (!sum_of(m, r, "bytes", &bytes) || r < row)
			return false;
		l->bytes += bytes;
		l->has_packets &= sum_of(m, r, "packets", &packets);
		l->packets += packets;
		r = meaning_next_use(m, r);
	} while (r != NULL && r != row);
	return l->bytes != 0 && l->bytes < LARGEST && l->packets < LARGEST;
}

/* The largest, by octets; the same ones in every run. */
static bool is_larger(const struct meaning *m, const struct large *a, const struct large *b)
{
	uint64_t rooms[2][MEANING_KEY_WORDS];

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes;
	return memcmp(meaning_key(m, a->row, rooms[0]), meaning_key(m, b->row, rooms[1]),
		      m->key_words * sizeof(*rooms[0])) < 0;
}

static unsigned largest(const struct part *p, struct large best[SNAPSHOT_FLOWS])
{
	unsigned n = 0;

	for (size_t i = 0; i < p->m->flows.n; i++) {
		const uint64_t *row = top_table_row(&p->m->flows, i);
		unsigned at = n;
		struct large l;

		if (!is_of(p, (int32_t)meaning_domain_at(row)) || row[MEANING_RECORDS] == 0 ||
		    !is_plain(p->m, row) || !all_of(p->m, row, &l))
			continue;
		while (at > 0 && is_larger(p->m, &l, &best[at - 1]))
			at--;
		if (at == SNAPSHOT_FLOWS)
			continue;
		n += n < SNAPSHOT_FLOWS;
		for (unsigned j = n - 1; j > at; j--)
			best[j] = best[j - 1];
		best[at] = l;
	}
	return n;
}

static void key(const struct part *p, const struct top_entry *e, unsigned i)
{
	struct top_value v = top_value(p->m->top, e, i);

	nf_sb_printf(p->s, "%s%s == ", i != 0 ? " and " : " ", p->m->top->keys[i].title);
	switch ((enum top_tag)v.tag) {
	case TOP_IPV4: nf_ipv4_text(p->s, v.address); break;
	case TOP_IPV6: nf_ipv6_text(p->s, v.address); break;
	default: nf_sb_u64(p->s, v.number); break;
	}
}

static void flow(const struct part *p, const struct large *l)
{
	uint64_t room[MEANING_KEY_WORDS];
	const struct top_entry e = { .key = meaning_key(p->m, l->row, room) + 1 };

	nf_sb_str(p->s, "flow");
	for (unsigned i = 0; i < p->m->top->nkeys; i++)
		key(p, &e, i);
	nf_sb_str(p->s, ":\n    bytes ");
	expect_near_text(p->s, (long double)l->bytes, EXPECT_COUNT, 0, 0.01L);
	if (l->has_packets) {
		nf_sb_str(p->s, ", packets ");
		expect_near_text(p->s, (long double)l->packets, EXPECT_COUNT, 0, 0.01L);
	}
	nf_sb_char(p->s, '\n');
}

static void flows(const struct part *p)
{
	struct large best[SNAPSHOT_FLOWS];
	unsigned n = largest(p, best);

	if (n != 0)
		heading(p, "Its largest flows.");
	for (unsigned i = 0; i < n; i++)
		flow(p, &best[i]);
}

/* -- Findings --------------------------------------------------------------------------- */

static void findings(const struct part *p)
{
	const char *sep = " except ";

	heading(p, "What `nfpcap check` may find.");
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
static void section(const struct part *p)
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

static bool describe(struct part *p)
{
	behaviour(p);
	totals(p);
	templates(p);
	flows(p);
	return options(p);
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
static void everybody(const struct part *p)
{
	struct expect_totals t;

	heading(p, "Who exports.");
	expect_totals_of(p->snapshot->sums, &p->line, &t);
	for (unsigned i = 0; i < EXPECT_QUANTITIES; i++)
		if (expect_quantities[i].fact == NULL && is_count(expect_quantities[i].total))
			number_line(p, expect_quantities[i].name, "==",
				    (long double)member(&t, expect_quantities[i].total), 0, 0);
	findings(p);
}

/* Each domain by itself. */
static bool each(struct part *p)
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
	struct part p = { .snapshot = s, .m = m, .s = text, .domain = MEANING_NONE };
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
