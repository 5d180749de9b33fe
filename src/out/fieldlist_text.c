#include <config.h>

#include <stdio.h>

#include "out/fieldlist.h"
#include "out/style.h"
#include "out/wrap.h"

/*
 *	         id  name                 type         other names
 *	          8  sourceIPv4Address    ipv4Address  IPV4_SRC_ADDR src ip
 */
enum { ID = 11, NAME = 32, TYPE = 14, COUNTS = 16, LABEL = 14 };

static size_t columns_of(const struct fieldlist *l)
{
	return l->fields->used ? COUNTS : 0;
}

static void pad_to(struct nf_strbuf *s, size_t from, size_t width)
{
	size_t n = s->n - from;

	nf_sb_pad(s, ' ', n < width ? width - n : 1);
}

static void id_text(char text[32], const struct nf_ie *ie)
{
	if (fieldlist_has_pen(ie))
		snprintf(text, 32, "%lu/%u", (unsigned long)ie->pen, ie->id);
	else if (fieldlist_has_id(ie))
		snprintf(text, 32, "%u", ie->id);
	else
		text[0] = '\0';
}

static void other_names(struct nf_strbuf *s, const struct nf_ie *ie)
{
	for (unsigned kind = 0; kind < FIELDNAMES_KINDS; kind++) {
		const char *name;
		size_t at = 0;

		while ((name = fieldnames_next(ie, (enum fieldnames_kind)kind, &at)) != NULL)
			nf_sb_printf(s, " %s%s", fieldlist_prefix((enum fieldnames_kind)kind),
				     name);
	}
}

static void trim(struct nf_strbuf *s)
{
	while (s->n > 0 && s->p[s->n - 1] == ' ')
		s->n--;
}

/* Names that pass the end of the line go. */
static void cut(struct fieldlist *l, size_t line)
{
	struct nf_strbuf *s = &l->o->text;
	size_t width = l->o->opts.width;

	if (width == 0 || s->failed || s->n - line <= width)
		return;
	s->n = line + width + 1;
	while (s->n > line && s->p[s->n - 1] != ' ')
		s->n--;
	trim(s);
}

static void row(struct fieldlist *l, const struct fields_row *r)
{
	unsigned indent = (unsigned)columns_of(l) + ID + 4;
	struct nf_strbuf *s = &l->o->text;
	const struct nf_ie *ie = r->ie;
	size_t line = s->n, from;
	char id[32];

	if (l->fields->used)
		nf_sb_printf(s, "%9llu %6llu", (unsigned long long)(r->records + r->in_lists),
			     (unsigned long long)r->templates);
	id_text(id, ie);
	nf_sb_printf(s, "%*s  ", ID, id);
	from = s->n;
	nf_sb_str(s, ie->name);		/* an enterprise's number stands before it */
	pad_to(s, from, NAME);
	from = s->n;
	nf_sb_str(s, ie->known ? nf_type_name((enum nf_type)ie->type) : "unknown");
	pad_to(s, from, TYPE - 1);
	from = s->n;
	other_names(s, ie);
	if (fields_all(l->fields))
		cut(l, line);
	else	/* one of them may be what was looked for */
		wrap_text(l->o, from, from - line, indent, WRAP_WORDS);
	trim(s);
	nf_sb_char(s, '\n');
}

static void titles(struct fieldlist *l)
{
	struct nf_strbuf *s = &l->o->text;

	style_on(l->o, STYLE_FAINT);
	if (l->fields->used)
		nf_sb_str(s, "  records  tmpls");
	nf_sb_str(s, "         id  name                            type          other names");
	style_off(l->o);
	nf_sb_char(s, '\n');
}

/* -- All that is known (-v) ----------------------------------------------------------- */

static void label(struct nf_strbuf *s, const char *text)
{
	nf_sb_printf(s, "  %-*s", LABEL - 2, text);
}

static void fact(struct nf_strbuf *s, const char *what, const char *text)
{
	if (text == NULL)
		return;
	label(s, what);
	nf_sb_str(s, text);
	nf_sb_char(s, '\n');
}

static void names(struct fieldlist *l, const char *what, const struct nf_ie *ie,
		  enum fieldnames_kind kind)
{
	struct nf_strbuf *s = &l->o->text;
	const char *name;
	size_t at = 0, from = s->n;

	label(s, what);
	while ((name = fieldnames_next(ie, kind, &at)) != NULL)
		nf_sb_printf(s, "%s%s ", fieldlist_prefix(kind), name);
	if (at == 0 || s->n - from <= LABEL) {
		s->n = from;
		return;
	}
	s->n--;
	wrap_text(l->o, from + LABEL, LABEL, LABEL, WRAP_WORDS);
	nf_sb_char(s, '\n');
}

static void values(struct nf_strbuf *s, const struct nf_labels *labels)
{
	if (labels == NULL)
		return;
	fact(s, labels->flags ? "bits" : "values", labels->name);
	for (size_t i = 0; i < labels->nvalues; i++) {
		nf_sb_pad(s, ' ', LABEL);
		nf_sb_printf(s, labels->flags ? "0x%-8lx %s\n" : "%-10lu %s\n",
			     (unsigned long)labels->values[i].value, labels->values[i].name);
	}
}

static void used(struct nf_strbuf *s, const struct fields_row *r)
{
	label(s, "used");
	nf_sb_u64(s, r->records);
	nf_sb_str(s, r->records == 1 ? " record" : " records");
	if (r->in_lists != 0) {
		nf_sb_str(s, ", ");
		nf_sb_u64(s, r->in_lists);
		nf_sb_str(s, " in lists");
	}
	nf_sb_str(s, ", ");
	out_count(s, r->templates, "template");
	nf_sb_char(s, '\n');
}

static void all(struct fieldlist *l, const struct fields_row *r)
{
	struct nf_strbuf *s = &l->o->text;
	const struct nf_ie *ie = r->ie;
	char id[32];

	id_text(id, ie);
	style_on(l->o, STYLE_HEAD);
	nf_sb_printf(s, "%s%s", id, id[0] != '\0' ? "  " : "");
	nf_ie_name(s, ie);
	style_off(l->o);
	nf_sb_char(s, '\n');
	fact(s, "registry", fields_registry(ie));
	if (ie->pen != NF_PEN_REVERSE && fieldlist_has_pen(ie))
		fact(s, "organisation", nf_enterprise_name(ie->pen));
	fact(s, "type", ie->known ? nf_type_name((enum nf_type)ie->type) : "unknown");
	fact(s, "semantics", ie->known ? nf_semantics_name(ie->semantics) : NULL);
	fact(s, "units", ie->units);
	names(l, "v9", ie, FIELDNAMES_V9);
	names(l, "filter", ie, FIELDNAMES_FILTER);
	names(l, "wireshark", ie, FIELDNAMES_WIRESHARK);
	values(s, ie->labels);
	if (l->fields->used)
		used(s, r);
}

/* -- Names that are no elements ------------------------------------------------------- */

static void name_of_filters(struct fieldlist *l, const struct filter_name *name)
{
	struct nf_strbuf *s = &l->o->text;
	size_t line = s->n, from, at = 0;
	const char *other;

	nf_sb_str(s, name->name);
	while ((other = fieldnames_also(name->name, &at)) != NULL)
		nf_sb_printf(s, " %s", other);
	pad_to(s, line, NAME - 6);
	from = s->n;
	nf_sb_str(s, name->help != NULL ? name->help : "");
	nf_sb_str(s, " (");
	nf_sb_str(s, filter_type_name((enum filter_type)name->type));
	nf_sb_char(s, ')');
	wrap_text(l->o, from, from - line, NAME - 6, WRAP_WORDS);
	nf_sb_char(s, '\n');
}

static void text_show(struct fieldlist *l)
{
	const struct fields *f = l->fields;
	struct nf_strbuf *s = &l->o->text;

	if (f->n > 0 && !l->verbose)
		titles(l);
	for (size_t i = 0; i < f->n; i++) {
		if (l->verbose && i > 0)
			nf_sb_char(s, '\n');
		(l->verbose ? all : row)(l, f->v[i]);
	}
	if (f->nnames == 0)
		return;
	if (f->n > 0)
		nf_sb_char(s, '\n');
	style_on(l->o, STYLE_FAINT);
	nf_sb_str(s, "names of filters that are no element, or several");
	style_off(l->o);
	nf_sb_char(s, '\n');
	for (size_t i = 0; i < f->nnames; i++)
		name_of_filters(l, f->names[i]);
}

const struct fieldlist_ops fieldlist_text = { .name = "text", .show = text_show };
