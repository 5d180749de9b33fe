/* What Templates says of the selected row: as `nfpcap templates -v`, field by field. */
#include <config.h>

#include <inttypes.h>

#include "out/facts.h"
#include "tui/analysis.h"
#include "tui/screen_templates.h"

enum { NAME = 26, SPAN = 40, LABEL = 10 };

static struct nf_bytes bytes_of(const struct nf_strbuf *s)
{
	return (struct nf_bytes){ (const uint8_t *)s->p, s->n };
}

/* -- Facts --------------------------------------------------------------------------------- */

/* "frame 3 of a.pcap, 2024-01-01 00:00:02.000" */
static void point(struct nf_strbuf *s, const struct out *o, const struct templates_point *p)
{
	nf_sb_str(s, "frame ");
	nf_sb_u64(s, p->frame);
	if (o->opts.nfiles > 1)
		nf_sb_printf(s, " of %s", out_file(o, p->file));
	nf_sb_str(s, ", ");
	facts_moment(s, p->ns, 3);
}

static void points(struct nf_strbuf *s, const struct out *o, const struct templates_point *first,
		   const struct templates_point *last)
{
	if (first->frame == 0)
		return;
	nf_sb_str(s, s->n != 0 ? ": " : "");
	point(s, o, first);
	if (last->frame == first->frame && last->file == first->file)
		return;
	nf_sb_str(s, ", to ");
	point(s, o, last);
}

typedef void put_fact(struct nf_strbuf *s, struct templates_screen *t,
		      const struct templates_line *line);

static void put_what(struct nf_strbuf *s, struct templates_screen *t,
		     const struct templates_line *line)
{
	static const char *const reasons[] = {
		[NF_DECODED] = "",
		[NF_NEVER_DEFINED] = "none of this id was sent",
		[NF_WITHDRAWN] = "it was withdrawn before",
		[NF_REJECTED] = "its definition cannot be used",
		[NF_OTHER_DOMAIN] = "it is defined in another domain of this exporter alone",
		[NF_PENDING] = "it may still come",
	};
	const struct nf_template *tmpl = line->row->tmpl;

	(void)t;
	if (line->row->version == NULL) {
		nf_sb_str(s, "data sets without a template: ");
		nf_sb_str(s, reasons[line->row->why]);
		return;
	}
	if (tmpl == NULL) {
		nf_sb_str(s, "a withdrawal: no set can be read from here on");
		return;
	}
	nf_sb_str(s, tmpl->kind == NF_TEMPLATE_OPTIONS ? "options template, " : "template, ");
	out_count(s, tmpl->nfields, "field");
	if (tmpl->nscope != 0)
		nf_sb_printf(s, " (%u of scope)", tmpl->nscope);
	nf_sb_str(s, ", records of ");
	templatelist_length(s, tmpl);
	nf_sb_str(s, " octets");
}

static void put_sent(struct nf_strbuf *s, struct templates_screen *t,
		     const struct templates_line *line)
{
	if (line->row->version == NULL || line->row->sent == 0)
		return;
	out_count(s, line->row->sent, "time");
	if (line->row->sent > 1) {
		nf_sb_str(s, ", every ");
		templatelist_every(s, line->row);
	}
	points(s, t->texts.o, &line->row->first_sent, &line->row->last_sent);
}

static void put_used(struct nf_strbuf *s, struct templates_screen *t,
		     const struct templates_line *line)
{
	struct templates_count sum = templates_used(line->row);

	if (line->row->tmpl == NULL && line->row->version != NULL)
		return;
	if (templates_unused(line->row)) {
		nf_sb_str(s, t->settled ? "never" : "not so far");
		return;
	}
	out_count(s, sum.sets, "set");
	if (line->row->tmpl != NULL) {
		nf_sb_str(s, ", ");
		out_count(s, sum.records, "record");
	}
	nf_sb_str(s, ", ");
	out_count(s, sum.octets, "octet");
	points(s, t->texts.o, &line->row->first_used, &line->row->last_used);
}

static void put_span(struct nf_strbuf *s, struct templates_screen *t,
		     const struct templates_line *line)
{
	unsigned cols = t->detail.text.cols;

	if (line->row->version != NULL && line->row->tmpl == NULL)
		return;
	nf_sb_char(s, '[');
	templates_span(s, t, line, cols > LABEL + SPAN + 2 ? SPAN :
			   cols > LABEL + 4 ? cols - LABEL - 2 : 2);
	nf_sb_char(s, ']');
	if (line->row->first_used.frame != 0 && line->row->version != NULL)
		nf_sb_str(s, t->screen.app->canvas.ascii ? " # used" : " █ used");
	if (line->row->first_used.frame != 0 && line->next != NULL)
		nf_sb_char(s, ',');
	if (line->next != NULL && line->next->tmpl == NULL)
		nf_sb_str(s, " until withdrawn");
	else if (line->next != NULL)
		nf_sb_printf(s, " until v%u", (unsigned)line->next->version->number);
}

static void put_notes(struct nf_strbuf *s, struct templates_screen *t,
		      const struct templates_line *line)
{
	templatelist_notes(&t->texts, s, line->row);
}

static const struct {
	const char *label;
	put_fact *put;
} facts[] = {
	{ "what", put_what }, { "sent", put_sent }, { "used", put_used }, { "in force", put_span },
	{ "notes", put_notes },
};

/* -- Fields -------------------------------------------------------------------------------- */

/* Where fields begin in a record: known up to the first one of variable length. */
struct place_in_record {
	uint32_t offset;
	bool known;
};

static void put_field(struct templates_screen *t, struct nf_strbuf *s,
		      const struct nf_template *tmpl, const struct templates_step *step,
		      struct place_in_record *at)
{
	static const enum look looks[] = { ['+'] = LOOK_added, ['-'] = LOOK_removed };
	size_t from;

	nf_strbuf_clear(s);
	nf_sb_printf(s, "%c %4u ", step->op, step->index + 1u);
	from = s->n;
	if (step->op != '-' && at->known)
		nf_sb_u64(s, at->offset);
	facts_right(s, from, 6);
	nf_sb_str(s, "  ");
	templatelist_field(s, t->screen.app->registry, tmpl, &step->spec, NAME);
	pager_add(&t->detail.pager, step->op == ' ' ? LOOK_text : looks[(unsigned char)step->op],
		  15, bytes_of(s));
	if (step->op == '-')
		return;
	at->offset += step->spec.length;
	at->known = at->known && step->spec.length != NF_VARLEN;
}

static void put_fields(struct templates_screen *t, const struct templates_row *row)
{
	static const char titles[] =
		"     # offset  field                               id  len  type";
	const struct nf_template *old = row->before != NULL ? row->before->tmpl : NULL;
	struct place_in_record at = { .known = true };
	struct templates_diff d;
	struct nf_strbuf s;

	if (row->tmpl == NULL)
		return;
	pager_add(&t->detail.pager, LOOK_header, 0,
		  (struct nf_bytes){ (const uint8_t *)titles, sizeof(titles) - 1 });
	nf_strbuf_init(&s);
	if (templates_diff(&d, old != NULL ? old : row->tmpl, row->tmpl))
		for (size_t i = 0; i < d.n; i++)
			put_field(t, &s, d.v[i].op == '-' ? old : row->tmpl, &d.v[i], &at);
	templates_diff_done(&d);
	nf_strbuf_done(&s);
}

/* -- All ----------------------------------------------------------------------------------- */

static void put_title(struct templates_screen *t, const struct templates_row *row)
{
	struct nf_strbuf *s = &t->detail.title;

	nf_strbuf_clear(s);
	nf_sb_printf(s, "%s %u", row->version != NULL ? "template" : "no template", row->id);
	if (row->version != NULL)
		nf_sb_printf(s, " v%u", (unsigned)row->version->number);
}

static void put_all(struct templates_screen *t, const struct templates_line *line)
{
	struct nf_strbuf s;

	pager_clear(&t->detail.pager);
	put_title(t, line->row);
	nf_strbuf_init(&s);
	templatelist_group(&s, t->texts.o, line->row);
	pager_add(&t->detail.pager, LOOK_head, 0, bytes_of(&s));
	for (unsigned i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		const char *label = facts[i].label;

		nf_strbuf_clear(&s);
		facts[i].put(&s, t, line);
		if (line->row->version == NULL && facts[i].put == put_span)
			label = "seen";
		pager_field(&t->detail.pager, label, nf_strbuf_cstr(&s));
	}
	nf_strbuf_done(&s);
	put_fields(t, line->row);
}

void templates_describe(struct templates_screen *t)
{
	const struct templates_line *line = templates_selected(t);
	unsigned top = t->detail.pager.top;
	uint64_t sets = line != NULL ? templates_used(line->row).sets + line->row->sent : 0;
	bool same = line != NULL && line->row == t->described;

	if (line == NULL || (same && sets == t->described_sets &&
			     t->settled == t->described_settled &&
			     t->detail.text.cols == t->described_cols))
		return;
	t->described_cols = t->detail.text.cols;
	t->described = line->row;
	t->described_sets = sets;
	t->described_settled = t->settled;
	put_all(t, line);
	if (same)		/* only figures have changed */
		t->detail.pager.top = top;
}
