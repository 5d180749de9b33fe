#include <config.h>

#include "model/expect_internal.h"

#include <stdlib.h>

#include "base/mem.h"

bool expect_looks_like_one(const char *text, size_t n)
{
	static const char begins[] = "nfpcap-expect";

	return n >= sizeof(begins) - 1 && memcmp(text, begins, sizeof(begins) - 1) == 0;
}

/* -- Life ------------------------------------------------------------------------------- */

static bool open_all(struct expect *e, const char *text, size_t n, struct filter_error *err)
{
	struct expect_parser p = { .e = e, .faults = { .err = err } };

	if (n > EXPECT_TEXT_MAX)
		return filter_fault(&p.faults, (struct nf_span){ 0, 1 },
				    "a file of expectations has at most %d octets",
				    EXPECT_TEXT_MAX);
	if (n != 0 && memchr(text, '\0', n) != NULL)
		return filter_fault(&p.faults, (struct nf_span){ 0, 1 },
				    "there is an octet of zero in it");
	nf_sb_mem(&e->text, text, n);
	p.text = nf_strbuf_cstr(&e->text);
	e->names = filter_names_new(e->opts.names, e->registry);
	if (e->text.failed || e->names == NULL)
		return filter_no_memory(&p.faults);
	return expect_parse_all(&p) && !e->failed;
}

struct expect *expect_new(const char *text, size_t n, const struct expect_opts *opts,
			  struct nf_registry *registry, struct filter_error *err)
{
	struct expect *e = nf_zalloc(sizeof(*e));

	*err = (struct filter_error){ .memory = true };
	if (e == NULL)
		return NULL;
	e->opts = *opts;
	e->registry = registry;
	nf_arena_init(&e->arena);
	nf_strbuf_init(&e->text);
	nf_strbuf_init(&e->out);
	*err = (struct filter_error){ .memory = false };
	if (open_all(e, text, n, err))
		return e;
	err->memory |= e->failed;
	expect_free(e);
	return NULL;
}

static void tally_done(const struct expect_line *line, struct expect_tally *t)
{
	for (unsigned i = 0; t != NULL && i < line->nmeasures; i++)
		if (t->figures[i].distinct != NULL) {
			top_table_done(t->figures[i].distinct);
			nf_free(t->figures[i].distinct);
		}
}

void expect_free(struct expect *e)
{
	if (e == NULL)
		return;
	for (size_t i = 0; i < e->nlines; i++) {
		filter_free(e->lines[i].where);
		filter_free(e->lines[i].what);
		for (int32_t slot = 0; slot < e->lines[i].nslots; slot++)
			tally_done(&e->lines[i], e->lines[i].tallies[slot]);
		nf_free(e->lines[i].tallies);
	}
	filter_names_free(e->names);
	nf_free(e->lines);
	nf_free(e->sections);
	nf_free(e->edits);
	nf_free(e->facts);
	nf_strbuf_done(&e->text);
	nf_strbuf_done(&e->out);
	nf_arena_done(&e->arena);
	nf_free(e);
}

/* -- Text ------------------------------------------------------------------------------- */

uint32_t expect_line_at(const char *text, size_t offset)
{
	uint32_t line = 1;

	for (size_t i = 0; i < offset && text[i] != '\0'; i++)
		line += text[i] == '\n';
	return line;
}

void expect_line_text(struct nf_strbuf *s, const struct expect *e, struct nf_span span)
{
	const char *text = e->text.p;
	size_t end = span.off + span.len;
	bool blank = false, quoted = false;

	for (size_t i = span.off; i < end; i++) {
		bool comment = text[i] == '#' && !quoted && i > span.off &&
			       (text[i - 1] == ' ' || text[i - 1] == '\t' || text[i - 1] == '\n');

		while (comment && i < end && text[i] != '\n')
			i++;
		if (i >= end)
			break;
		if (!quoted && (text[i] == ' ' || text[i] == '\t' || text[i] == '\r' ||
				text[i] == '\n')) {
			blank = true;
			continue;
		}
		if (blank)
			nf_sb_char(s, ' ');
		blank = false;
		quoted ^= text[i] == '"' && (i == span.off || text[i - 1] != '\\');
		nf_sb_char(s, text[i]);
	}
}

/* -- Update ----------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
	const struct expect_edit *x = a, *y = b;

	if (x->span.off != y->span.off)
		return x->span.off < y->span.off ? -1 : 1;
	return x->text < y->text ? -1 : x->text > y->text;
}

bool expect_update(struct expect *e, struct nf_strbuf *s)
{
	size_t at = 0;

	if (e->nedits > 1)
		qsort(e->edits, e->nedits, sizeof(*e->edits), by_place);
	for (size_t i = 0; i < e->nedits; i++) {
		const struct expect_edit *edit = &e->edits[i];

		if (edit->span.off < at)
			continue;
		nf_sb_mem(s, e->text.p + at, edit->span.off - at);
		nf_sb_str(s, edit->text);
		at = edit->span.off + edit->span.len;
	}
	nf_sb_mem(s, e->text.p + at, e->text.n - at);
	return !s->failed && !e->failed;
}
