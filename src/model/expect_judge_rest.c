/*
 * Lines about options and findings.
 */
#include <config.h>

#include "model/expect_internal.h"

#include "base/mem.h"

/* -- Options ---------------------------------------------------------------------------- */

/* What the row says of NAME, of the first domain that says it as wanted, or else at all. */
static const struct meaning_fact *said(const struct expect *e, const struct expect_line *line,
				       const struct expect_value *v, const char *name)
{
	const struct meaning_fact *f, *any = NULL;
	size_t at = 0;

	while ((f = expect_fact(e, line, MEANING_OPTIONS, line->subject, name, &at)) != NULL) {
		if (strcmp(f->value, v->text) == 0)
			return f;
		any = any == NULL ? f : any;
	}
	return any;
}

static bool one_value(struct expect *e, const struct expect_line *line,
		      const struct expect_value *v)
{
	const char *name = expect_copy(e, (const char *)v->name.p, v->name.n);
	const struct meaning_fact *f = name != NULL ? said(e, line, v, name) : NULL;
	bool same = f != NULL && strcmp(f->value, v->text) == 0;
	struct nf_strbuf s;

	if (name == NULL)
		return false;
	if (e->out.n != 0)
		nf_sb_str(&e->out, ", ");
	nf_sb_str(&e->out, name);
	nf_sb_char(&e->out, ' ');
	if (f == NULL) {
		nf_sb_str(&e->out, "is not there");
		expect_stuck(e);
		return false;
	}
	nf_strbuf_init(&s);
	expect_quoted(&s, f->value);
	nf_sb_mem(&e->out, s.p, s.n);
	if (!same)
		expect_edit(e, v->span, nf_strbuf_cstr(&s));
	e->failed |= s.failed;
	nf_strbuf_done(&s);
	return same;
}

void expect_judge_option(struct expect *e, struct expect_line *line)
{
	bool passed = true;

	for (unsigned i = 0; i < line->nvalues; i++)
		passed &= one_value(e, line, &line->values[i]);
	expect_observed(e, line, passed);
}

/* -- Findings --------------------------------------------------------------------------- */

static bool is_listed(const struct expect_line *line, const char *rule)
{
	for (unsigned i = 0; i < line->nrules; i++)
		if (line->rules[i].n == strlen(rule) &&
		    memcmp(line->rules[i].p, rule, line->rules[i].n) == 0)
			return true;
	return false;
}

/* Is F one that LINE is about: that there must not be, or of those that there must? */
static bool is_meant(const struct expect *e, const struct expect_line *line,
		     const struct meaning_fact *f)
{
	if (f->topic != MEANING_FINDINGS || !expect_in_section(e, line, f->domain))
		return false;
	if (line->kind == EXPECT_FINDING || line->only)
		return is_listed(line, f->name);
	return f->severity >= line->severity && !is_listed(line, f->name);
}

static bool is_told(const char **names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

enum { TOLD = 64 };			/* rules of one line */

/* The rules of all that LINE is about, each once, to e->out. */
static size_t tell(struct expect *e, const struct expect_line *line, const char *names[TOLD])
{
	size_t n = 0;

	for (size_t i = 0; i < e->meaning->nfacts; i++) {
		const struct meaning_fact *f = &e->meaning->facts[i];

		if (!is_meant(e, line, f) || is_told(names, n, f->name))
			continue;
		if (n == TOLD) {
			nf_sb_str(&e->out, " and more");
			break;
		}
		nf_sb_str(&e->out, n != 0 ? ", " : "");
		nf_sb_str(&e->out, f->name);
		if (f->frame != 0)
			nf_sb_printf(&e->out, " in frame %llu", (unsigned long long)f->frame);
		expect_whose(e, f->domain);
		names[n++] = f->name;
	}
	return n;
}

static void accept(struct expect *e, const struct expect_line *line, const char **names, size_t n)
{
	uint32_t end = line->span.off + line->span.len;
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	for (size_t i = 0; i < n; i++) {
		nf_sb_str(&s, i != 0 || line->nrules != 0 ? ", " : " except ");
		nf_sb_str(&s, names[i]);
	}
	e->failed |= s.failed;
	expect_edit(e, (struct nf_span){ end, 0 }, nf_strbuf_cstr(&s));
	nf_strbuf_done(&s);
}

void expect_judge_no_finding(struct expect *e, struct expect_line *line)
{
	const char *names[TOLD];
	size_t n = tell(e, line, names);

	if (n == 0)
		nf_sb_str(&e->out, "none");
	expect_observed(e, line, n == 0);
	if (n != 0 && !line->only)
		accept(e, line, names, n);
	else if (n != 0)
		expect_stuck(e);
}

void expect_judge_finding(struct expect *e, struct expect_line *line)
{
	const char *names[TOLD];
	size_t n = tell(e, line, names);
	size_t wanted = line->nrules < TOLD ? line->nrules : TOLD;

	if (n == 0)
		nf_sb_str(&e->out, "none");
	expect_observed(e, line, n >= wanted);
	if (!line->passed)
		expect_stuck(e);
}
