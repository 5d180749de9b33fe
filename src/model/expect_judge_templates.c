/*
 * Lines about templates: by layout, whatever their ids are.
 */
#include <config.h>

#include "model/expect_internal.h"

#include "base/mem.h"

static bool is_field(const struct expect_field *want, const struct meaning_field *f)
{
	return want->name.n == strlen(f->name) &&
	       memcmp(want->name.p, f->name, want->name.n) == 0 &&
	       (want->length < 0 || want->length == f->length);
}

static bool in_reach(const struct expect *e, const struct expect_line *line,
		     const struct meaning_template *t)
{
	return t->options == line->options && expect_in_section(e, line, t->domain);
}

/* -- exists ----------------------------------------------------------------------------- */

static bool is_layout(const struct expect_line *line, const struct meaning_template *t)
{
	if (t->nfields != line->nfields)
		return false;
	for (unsigned i = 0; i < t->nfields; i++)
		if (!is_field(&line->fields[i], &t->fields[i]) ||
		    line->fields[i].scope != t->fields[i].scope)
			return false;
	return true;
}

static bool has_name(const struct expect_line *line, const char *name)
{
	for (unsigned i = 0; i < line->nfields; i++)
		if (line->fields[i].name.n == strlen(name) &&
		    memcmp(line->fields[i].name.p, name, line->fields[i].name.n) == 0)
			return true;
	return false;
}

static unsigned in_common(const struct expect_line *line, const struct meaning_template *t)
{
	unsigned n = 0;

	for (unsigned i = 0; i < t->nfields; i++)
		n += has_name(line, t->fields[i].name);
	return n;
}

/* The one that no line has and that is most like what LINE wants; half of it at least. */
static const struct meaning_template *nearest(struct expect *e, const struct expect_line *line)
{
	const struct meaning_template *best = NULL;
	unsigned most = 0;

	for (size_t i = 0; i < e->meaning->ntemplates; i++) {
		const struct meaning_template *t = &e->meaning->templates[i];
		unsigned n = e->claimed[i] || !in_reach(e, line, t) ? 0 : in_common(line, t);

		if (n > most && 2 * n >= t->nfields && 2 * n >= line->nfields) {
			best = t;
			most = n;
		}
	}
	if (best != NULL)
		e->claimed[best - e->meaning->templates] = EXPECT_LIKE;
	return best;
}

static bool is_exists(const struct expect_line *line)
{
	return line->kind == EXPECT_TEMPLATE_EXISTS || line->kind == EXPECT_OPTIONS_EXISTS;
}

void expect_templates(struct expect *e)
{
	e->claimed = expect_alloc(e, e->meaning->ntemplates);
	if (e->claimed == NULL)
		return;
	for (size_t i = 0; i < e->nlines; i++) {
		struct expect_line *line = &e->lines[i];

		line->found = line->like = NULL;
		for (size_t j = 0; is_exists(line) && j < e->meaning->ntemplates; j++) {
			const struct meaning_template *t = &e->meaning->templates[j];

			if (!in_reach(e, line, t) || !is_layout(line, t))
				continue;
			line->found = line->found == NULL ? t : line->found;
			e->claimed[j] = EXPECT_CLAIMED;
		}
	}
	for (size_t i = 0; i < e->nlines; i++)
		if (is_exists(&e->lines[i]) && e->lines[i].found == NULL)
			e->lines[i].like = nearest(e, &e->lines[i]);
}

static void field_text(struct nf_strbuf *s, const struct meaning_field *f)
{
	nf_sb_str(s, f->name);
	if (f->length == NF_VARLEN)
		nf_sb_str(s, "[v]");
	else
		nf_sb_printf(s, "[%u]", f->length);
}

static const struct meaning_field *named(const struct meaning_template *t, struct nf_bytes name)
{
	for (unsigned i = 0; i < t->nfields; i++)
		if (strlen(t->fields[i].name) == name.n &&
		    memcmp(t->fields[i].name, name.p, name.n) == 0)
			return &t->fields[i];
	return NULL;
}

static void sep(struct nf_strbuf *s, size_t from)
{
	nf_sb_str(s, s->n != from ? "; " : ": ");
}

/* "[4], not [8]"; and whether it is in the scope */
static void other_field(struct nf_strbuf *s, const struct expect_field *want,
			const struct meaning_field *f)
{
	field_text(s, f);
	if (want->length == NF_VARLEN)
		nf_sb_str(s, f->length != NF_VARLEN ? ", not [v]" : "");
	else if (want->length >= 0 && want->length != f->length)
		nf_sb_printf(s, ", not [%d]", (int)want->length);
	if (want->scope != f->scope)
		nf_sb_str(s, f->scope ? " in the scope" : " not in the scope");
}

/* ": without a, b[8], not [4]; with c[2]", or that they stand otherwise */
static void differences(struct expect *e, const struct expect_line *line,
			const struct meaning_template *t)
{
	size_t from = e->out.n;

	for (unsigned i = 0; i < line->nfields; i++) {
		const struct expect_field *want = &line->fields[i];
		const struct meaning_field *f = named(t, want->name);

		if (f != NULL && is_field(want, f) && want->scope == f->scope)
			continue;
		sep(&e->out, from);
		if (f != NULL) {
			other_field(&e->out, want, f);
			continue;
		}
		nf_sb_str(&e->out, "without ");
		nf_sb_mem(&e->out, want->name.p, want->name.n);
	}
	for (unsigned i = 0; i < t->nfields; i++)
		if (!has_name(line, t->fields[i].name)) {
			sep(&e->out, from);
			nf_sb_str(&e->out, "with ");
			field_text(&e->out, &t->fields[i]);
		}
	if (e->out.n == from)
		nf_sb_str(&e->out, ": its fields come in another order, or so many times");
}

static void say_id(struct expect *e, const struct meaning_template *t)
{
	nf_sb_printf(&e->out, "%u, defined in frame %llu", t->id, (unsigned long long)t->frame);
	expect_whose(e, t->domain);
}

/* The fields of LINE become those of T: what stands behind "exists". */
static void rewrite(struct expect *e, const struct expect_line *line,
		    const struct meaning_template *t)
{
	size_t from = (size_t)((const char *)line->fields[0].name.p - e->text.p);
	struct nf_strbuf s;

	while (from > line->span.off && strchr(" \t\r\n:", e->text.p[from - 1]) != NULL)
		from--;
	nf_strbuf_init(&s);
	nf_sb_char(&s, '\n');
	expect_layout_text(&s, t);
	if (s.n > 0)
		s.n--;
	e->failed |= s.failed;
	expect_edit(e, (struct nf_span){ (uint32_t)from,
					 line->span.off + line->span.len - (uint32_t)from },
		    nf_strbuf_cstr(&s));
	nf_strbuf_done(&s);
}

void expect_judge_exists(struct expect *e, struct expect_line *line)
{
	if (line->found != NULL) {
		say_id(e, line->found);
	} else if (line->like != NULL) {
		nf_sb_str(&e->out, "none; most like it is ");
		say_id(e, line->like);
		differences(e, line, line->like);
		rewrite(e, line, line->like);
	} else {
		nf_sb_str(&e->out, "none, and none that is like it");
		expect_stuck(e);
	}
	expect_observed(e, line, line->found != NULL);
}

/* -- has -------------------------------------------------------------------------------- */

static bool has_all(const struct expect_line *line, const struct meaning_template *t)
{
	for (unsigned i = 0; i < line->nfields; i++) {
		bool has = false;

		for (unsigned j = 0; j < t->nfields && !has; j++)
			has = is_field(&line->fields[i], &t->fields[j]);
		if (!has)
			return false;
	}
	return true;
}

static const struct meaning_template *having(const struct expect *e,
					     const struct expect_line *line)
{
	for (size_t i = 0; i < e->meaning->ntemplates; i++) {
		const struct meaning_template *t = &e->meaning->templates[i];

		if (in_reach(e, line, t) && has_all(line, t))
			return t;
	}
	return NULL;
}

static void judge_having(struct expect *e, struct expect_line *line, bool wanted)
{
	const struct meaning_template *t = having(e, line);

	if (t != NULL)
		say_id(e, t);
	else
		nf_sb_str(&e->out, "none");
	expect_observed(e, line, (t != NULL) == wanted);
	if (!line->passed)
		expect_stuck(e);
}

void expect_judge_has(struct expect *e, struct expect_line *line)
{
	judge_having(e, line, true);
}

void expect_judge_no_has(struct expect *e, struct expect_line *line)
{
	judge_having(e, line, false);
}

/* -- no other --------------------------------------------------------------------------- */

static void add_line(struct expect *e, const struct expect_line *line,
		     const struct meaning_template *t)
{
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	nf_sb_str(&s, t->options ? "options template exists\n" : "template exists\n");
	expect_layout_text(&s, t);
	e->failed |= s.failed;
	expect_edit(e, (struct nf_span){ line->span.off, 0 }, nf_strbuf_cstr(&s));
	nf_strbuf_done(&s);
}

void expect_judge_no_other(struct expect *e, struct expect_line *line)
{
	size_t n = 0;

	for (size_t i = 0; i < e->meaning->ntemplates; i++) {
		const struct meaning_template *t = &e->meaning->templates[i];

		/* one without fields defines nothing, and no line can say it */
		if (!expect_in_section(e, line, t->domain) || t->nfields == 0 ||
		    e->claimed[i] == EXPECT_CLAIMED)
			continue;
		if (n++ != 0)
			nf_sb_str(&e->out, "; ");
		nf_sb_str(&e->out, t->options ? "options template " : "template ");
		say_id(e, t);
		if (e->claimed[i] != EXPECT_LIKE)
			add_line(e, line, t);
	}
	if (n == 0)
		nf_sb_str(&e->out, "none");
	expect_observed(e, line, n == 0);
}

/* -- Text ------------------------------------------------------------------------------- */

void expect_layout_text(struct nf_strbuf *s, const struct meaning_template *t)
{
	enum { COLUMNS = 79, INDENT = 4 };
	size_t line = s->n;
	struct nf_strbuf word;

	nf_strbuf_init(&word);
	nf_sb_pad(s, ' ', INDENT);
	for (unsigned i = 0; i < t->nfields; i++) {
		nf_strbuf_clear(&word);
		field_text(&word, &t->fields[i]);
		if (t->fields[i].scope && (i + 1 == t->nfields || !t->fields[i + 1].scope))
			nf_sb_str(&word, " |");
		if (s->n + 1 + word.n - line > COLUMNS && i != 0) {
			nf_sb_char(s, '\n');
			line = s->n;
			nf_sb_pad(s, ' ', INDENT);
		} else if (i != 0) {
			nf_sb_char(s, ' ');
		}
		nf_sb_mem(s, word.p, word.n);
	}
	nf_sb_char(s, '\n');
	s->failed |= word.failed;
	nf_strbuf_done(&word);
}
