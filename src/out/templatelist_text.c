#include <config.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "out/style.h"
#include "out/templatelist.h"
#include "out/wrap.h"

/*
 *	  256 v2  data        24      92     12        1   60.0s      1200       110400
 *
 * Where there is room, the last frame, both times and the sets as well.
 */
enum {
	WIDE = 150,
	INDENT = 10,		/* of what stands below a row */
	BEFORE_SENT = 32,	/* columns of kind, fields, length and sent */
};

static bool is_wide(const struct templatelist *l)
{
	return l->o->opts.width == 0 || l->o->opts.width >= WIDE;
}

/* -- Cells ---------------------------------------------------------------------------- */

/* TEXT at the right end of WIDTH columns, after a blank. */
static void right(struct nf_strbuf *s, unsigned width, const char *text)
{
	size_t n = strlen(text);

	nf_sb_char(s, ' ');
	if (n < width)
		nf_sb_pad(s, ' ', width - n);
	nf_sb_str(s, text);
}

static void number(struct nf_strbuf *s, unsigned width, bool known, uint64_t v)
{
	char text[24] = "";

	if (known)
		snprintf(text, sizeof(text), "%" PRIu64, v);
	right(s, width, text);
}

/* "250ms", "60.0s", "30.0m", "2.5h", "3.1d": three digits or so, cut. */
static void interval(char *text, size_t size, int64_t ns)
{
	static const struct {
		int64_t below, unit;
		const char *name;
	} units[] = {
		{ 100000000000, 1000000000, "s" },
		{ 6000000000000, 60000000000, "m" },
		{ 360000000000000, 3600000000000, "h" },
		{ INT64_MAX, 86400000000000, "d" },
	};
	unsigned i = 0;

	if (ns < 1000000000) {
		snprintf(text, size, "%" PRId64 "ms", ns / 1000000);
		return;
	}
	while (ns >= units[i].below && units[i].below != INT64_MAX)
		i++;
	snprintf(text, size, "%" PRId64 ".%" PRId64 "%s", ns / units[i].unit,
		 ns % units[i].unit / (units[i].unit / 10), units[i].name);
}

void templatelist_every(struct nf_strbuf *s, struct templates_row *row)
{
	char text[64];
	int64_t ns;

	if (!templates_refresh(row, &ns))
		return;
	interval(text, sizeof(text), ns);
	nf_sb_str(s, templates_sampled(row) ? "~" : "");
	nf_sb_str(s, text);
}

static void refresh(struct nf_strbuf *s, struct templates_row *row, unsigned width)
{
	struct nf_strbuf text;

	nf_strbuf_init(&text);
	templatelist_every(&text, row);
	right(s, width, nf_strbuf_cstr(&text));
	nf_strbuf_done(&text);
}

/* "2024-01-10 12:47:38.310" */
static void moment(struct out *o, const struct templates_point *p)
{
	struct nf_strbuf *s = &o->text;
	size_t from;

	nf_sb_char(s, ' ');
	from = s->n;
	if (p->frame == 0) {
		nf_sb_pad(s, ' ', 23);
		return;
	}
	nf_time_text(s, p->ns, 3, &o->time);
	if (s->failed || s->n - from < 12)
		return;
	s->n--;
	s->p[from + 10] = ' ';
}

/* -- Groups --------------------------------------------------------------------------- */

static bool same_group(const struct templates_row *a, const struct templates_row *b)
{
	return a->session == b->session && a->export_version == b->export_version &&
	       a->domain == b->domain;
}

static void side(struct nf_strbuf *s, const struct nf_endpoint *e)
{
	if (e->port != 0)
		out_endpoint(s, e);
	else
		out_addr(s, &e->addr);
}

void templatelist_group(struct nf_strbuf *s, const struct out *o, const struct templates_row *row)
{
	const struct nf_session *session = row->session;

	if (session->transport == NF_TRANSPORT_FILE) {
		const char *file = out_file(o, row->version != NULL ? row->version->file :
					       row->first_used.file);

		nf_sb_str(s, "IPFIX File ");
		nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)file, strlen(file) });
	} else {
		side(s, &session->src);
		if (session->dst.addr.family != 0) {
			nf_sb_str(s, " > ");
			side(s, &session->dst);
			nf_sb_char(s, ' ');
			nf_sb_str(s, out_transport(session->transport));
		}
	}
	if (row->export_version == 10)
		nf_sb_str(s, ", ipfix, domain ");
	else
		nf_sb_printf(s, ", v%u, source id ", row->export_version);
	nf_sb_u64(s, row->domain);
}

static void group(struct templatelist *l, const struct templates_row *row)
{
	struct nf_strbuf *s = &l->o->text;

	if (l->last != NULL)
		nf_sb_char(s, '\n');
	style_on(l->o, STYLE_HEAD);
	templatelist_group(s, l->o, row);
	style_off(l->o);
	nf_sb_char(s, '\n');
	style_on(l->o, STYLE_FAINT);
	nf_sb_str(s, "   id ver kind    fields  length   sent    frame");
	if (is_wide(l))
		nf_sb_str(s, " first sent                  last last sent              ");
	nf_sb_str(s, "   every");
	if (is_wide(l))
		nf_sb_str(s, "     sets");
	nf_sb_str(s, "   records       octets");
	style_off(l->o);
	nf_sb_char(s, '\n');
}

/* -- Notes ---------------------------------------------------------------------------- */

struct notes {
	struct nf_strbuf *s;
	unsigned n;
};

static void note(struct notes *notes, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void note(struct notes *notes, const char *format, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	nf_sb_str(notes->s, notes->n++ == 0 ? "" : ", ");
	nf_sb_str(notes->s, text);
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static void note_changes(struct templatelist *l, struct notes *notes,
			 const struct templates_row *row)
{
	struct templates_diff d;

	if (row->before == NULL || row->tmpl == NULL)
		return;
	if (!templates_diff(&d, row->before->tmpl, row->tmpl))
		l->o->failed = true;
	else if (row->before->tmpl->kind != row->tmpl->kind)
		note(notes, "redefines v%u as another kind of template",
		     (unsigned)row->before->version->number);
	else if (d.added + d.removed == 0)
		note(notes, "the same as v%u", (unsigned)row->before->version->number);
	else
		note(notes, "redefines v%u: %u field%s more, %u less",
		     (unsigned)row->before->version->number, d.added, plural(d.added), d.removed);
	templates_diff_done(&d);
}

static void note_use(struct notes *notes, const struct templates_row *row)
{
	static const char *const words[TEMPLATES_HOWS] = {
		[NF_LATE] = "before it was sent",
		[NF_OTHER_SESSION] = "of other sessions",
		[NF_GIVEN] = "by --templates",
	};

	for (unsigned how = NF_LATE; how < TEMPLATES_HOWS; how++)
		if (row->used[how].sets != 0)
			note(notes, "%" PRIu64 " set%s %s", row->used[how].sets,
			     plural(row->used[how].sets), words[how]);
	if (row->misfits != 0)
		note(notes, "does not fit %" PRIu64 " set%s", row->misfits, plural(row->misfits));
	if (row->in_lists != 0)
		note(notes, "%" PRIu64 " record%s in lists", row->in_lists, plural(row->in_lists));
}

static void all_notes(struct templatelist *l, struct notes *notes, const struct templates_row *row)
{
	note_changes(l, notes, row);
	if (templatelist_rejected(row))
		note(notes, "rejected: no record can be read with it");
	note_use(notes, row);
	if (row->withdrawals != 0)
		note(notes, "withdrawn over UDP, which does not count");
}

void templatelist_notes(struct templatelist *l, struct nf_strbuf *s,
			const struct templates_row *row)
{
	struct notes notes = { .s = s };

	all_notes(l, &notes, row);
}

/* -- Rows ----------------------------------------------------------------------------- */

void templatelist_shape(struct nf_strbuf *s, const struct nf_template *t)
{
	if (t->kind == NF_TEMPLATE_OPTIONS)
		nf_sb_printf(s, "%u+%u", t->nscope, (unsigned)(t->nfields - t->nscope));
	else
		nf_sb_u64(s, t->nfields);
}

void templatelist_length(struct nf_strbuf *s, const struct nf_template *t)
{
	unsigned nvar;

	nf_sb_u64(s, templates_length(t, &nvar));
	nf_sb_str(s, nvar != 0 ? "+" : "");
}

static void kind_and_size(struct nf_strbuf *s, const struct nf_template *t)
{
	struct nf_strbuf text;

	nf_strbuf_init(&text);
	nf_sb_str(s, t->kind == NF_TEMPLATE_OPTIONS ? "options" : "data   ");
	templatelist_shape(&text, t);
	right(s, 6, nf_strbuf_cstr(&text));
	nf_strbuf_clear(&text);
	templatelist_length(&text, t);
	right(s, 7, nf_strbuf_cstr(&text));
	nf_strbuf_done(&text);
}

/* Text that takes the place of kind, fields, length and number of sendings. */
static void words(struct nf_strbuf *s, const struct templates_row *row)
{
	struct templates_count sum = templates_used(row);
	size_t from = s->n;

	if (row->version != NULL) {
		nf_sb_str(s, "withdrawn");
	} else {
		out_words(s, nf_why_not_name((enum nf_why_not)row->why));
		nf_sb_str(s, ", ");
		out_count(s, sum.sets, "set");
	}
	if (s->n - from < BEFORE_SENT - 2)
		nf_sb_pad(s, ' ', BEFORE_SENT - 2 - (s->n - from));
}

static void left_part(struct nf_strbuf *s, const struct templates_row *row)
{
	number(s, 4, true, row->id);
	nf_sb_char(s, ' ');
	if (row->version != NULL)
		nf_sb_printf(s, "v%-3u", (unsigned)row->version->number);
	else
		nf_sb_str(s, "    ");
	if (row->tmpl == NULL) {
		words(s, row);
		return;
	}
	kind_and_size(s, row->tmpl);
	number(s, 6, true, row->sent);
}

static void sendings(struct templatelist *l, struct templates_row *row)
{
	const struct templates_point *first = &row->first_sent, *last = &row->last_sent;
	struct nf_strbuf *s = &l->o->text;

	if (row->version == NULL) {
		first = &row->first_used;
		last = &row->last_used;
	}
	number(s, 8, first->frame != 0, first->frame);
	if (is_wide(l)) {
		moment(l->o, first);
		number(s, 8, last->frame != 0, last->frame);
		moment(l->o, last);
	}
	refresh(s, row, 7);
}

static void usage(struct templatelist *l, const struct templates_row *row)
{
	struct templates_count sum = templates_used(row);
	struct nf_strbuf *s = &l->o->text;
	bool shown = row->tmpl != NULL || row->version == NULL;

	if (is_wide(l))
		number(s, 8, shown, sum.sets);
	if (templates_unused(row)) {
		right(s, 22, "never used");
		return;
	}
	number(s, 9, row->tmpl != NULL, sum.records);
	number(s, 12, shown, sum.octets);
}

static void trim(struct nf_strbuf *s)
{
	while (s->n > 0 && s->p[s->n - 1] == ' ')
		s->n--;
}

/* Behind the row where there is no end to lines, else on a line of their own. */
static void notes(struct templatelist *l, const struct templates_row *row)
{
	struct nf_strbuf *s = &l->o->text;
	struct notes notes = { .s = s };
	size_t from = s->n, at;

	if (l->o->opts.width == 0) {
		nf_sb_str(s, "  ");
	} else {
		nf_sb_char(s, '\n');
		nf_sb_pad(s, ' ', INDENT);
	}
	at = s->n;
	all_notes(l, &notes, row);
	if (notes.n == 0)
		s->n = from;
	else
		wrap_text(l->o, at, INDENT, INDENT, WRAP_WORDS);
}

/* -- Fields (-v) ---------------------------------------------------------------------- */

void templatelist_field(struct nf_strbuf *s, struct nf_registry *registry,
			const struct nf_template *t, const struct nf_spec *spec, unsigned width)
{
	const struct nf_ie *ie = nf_spec_ie(t, spec, registry);
	size_t from = s->n;
	char text[40];

	if (ie != NULL)
		nf_ie_name(s, ie);
	if (s->n - from < width)
		nf_sb_pad(s, ' ', width - (s->n - from));
	if (spec->enterprise)
		snprintf(text, sizeof(text), "%lu/%u", (unsigned long)spec->pen, spec->id);
	else
		snprintf(text, sizeof(text), "%u", spec->id);
	right(s, 11, text);
	if (spec->length == NF_VARLEN)
		right(s, 4, "var");
	else
		number(s, 4, true, spec->length);
	nf_sb_str(s, "  ");
	nf_sb_str(s, ie != NULL && ie->known ? nf_type_name((enum nf_type)ie->type) : "unknown");
	if (spec->scope)
		nf_sb_str(s, ", scope");
}

static void field(struct templatelist *l, const struct nf_template *t,
		  const struct templates_step *step)
{
	struct nf_strbuf *s = &l->o->text;

	if (step->op != ' ')
		style_on(l->o, step->op == '+' ? STYLE_NAME : STYLE_ERROR);
	nf_sb_printf(s, "        %c %4u  ", step->op, step->index + 1u);
	templatelist_field(s, l->o->registry, t, &step->spec, 36);
	if (step->op != ' ')
		style_off(l->o);
	nf_sb_char(s, '\n');
}

static void fields(struct templatelist *l, const struct templates_row *row)
{
	const struct nf_template *old = row->before != NULL ? row->before->tmpl : NULL;
	struct templates_diff d;

	if (row->tmpl == NULL)
		return;
	if (!templates_diff(&d, old != NULL ? old : row->tmpl, row->tmpl)) {
		l->o->failed = true;
	} else {
		for (size_t i = 0; i < d.n; i++)
			field(l, d.v[i].op == '-' ? old : row->tmpl, &d.v[i]);
	}
	templates_diff_done(&d);
}

/* "sent   frame 1, 2024-01-10 12:47:38.310, to frame 40, 2024-01-10 12:48:38.310" */
static void stretch(struct templatelist *l, const char *what, const struct templates_point *first,
		    const struct templates_point *last)
{
	struct nf_strbuf *s = &l->o->text;

	if (first->frame == 0)
		return;
	nf_sb_pad(s, ' ', INDENT);
	nf_sb_str(s, what);
	nf_sb_str(s, " frame ");
	nf_sb_u64(s, first->frame);
	nf_sb_char(s, ',');
	moment(l->o, first);
	if (last->frame != first->frame || last->file != first->file) {
		nf_sb_str(s, ", to ");
		nf_sb_u64(s, last->frame);
		nf_sb_char(s, ',');
		moment(l->o, last);
	}
	nf_sb_char(s, '\n');
}

static void text_row(struct templatelist *l, struct templates_row *row)
{
	struct nf_strbuf *s = &l->o->text;

	if (l->last == NULL || !same_group(l->last, row))
		group(l, row);
	if (row->version == NULL)
		style_on(l->o, STYLE_WARNING);
	left_part(s, row);
	sendings(l, row);
	usage(l, row);
	trim(s);
	notes(l, row);
	if (row->version == NULL)
		style_off(l->o);
	nf_sb_char(s, '\n');
	if (!l->verbose)
		return;
	stretch(l, "sent in", &row->first_sent, &row->last_sent);
	stretch(l, row->version != NULL ? "used in" : "data in", &row->first_used, &row->last_used);
	fields(l, row);
}

const struct templatelist_ops templatelist_text = { .name = "text", .row = text_row };
