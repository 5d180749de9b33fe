/*
 * What options tables say, a line a row.
 */
#include <config.h>

#include "model/snapshot_internal.h"

#include <inttypes.h>

#include "base/mem.h"

static bool is_option(const struct snapshot_part *p, const struct meaning_fact *f)
{
	return f->topic == MEANING_OPTIONS && f->class == MEANING_ALWAYS &&
	       snapshot_is_of(p, f->domain) && strpbrk(f->subject, "\"#:\n") == NULL;
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

static void more(const struct snapshot_part *p, uint64_t rows)
{
	if (rows > SNAPSHOT_ROWS)
		nf_sb_printf(p->s, "# ... and %" PRIu64 " more\n", rows - SNAPSHOT_ROWS);
}

static void option_row(const struct snapshot_part *p, const struct meaning_fact *f, bool begins)
{
	if (begins)
		nf_sb_printf(p->s, "option %s:", f->subject);
	nf_sb_printf(p->s, "%s %s == ", begins ? "" : ",", f->name);
	expect_quoted(p->s, f->value);
}

/* Rows come as their tables' rows do: those of a table need not stand together. */
static void table(const struct snapshot_part *p, const struct meaning_fact *first, size_t from,
		  bool *done)
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

bool snapshot_options(const struct snapshot_part *p)
{
	bool *done = nf_zalloc(p->m->nfacts + 1), any = false;

	for (size_t i = 0; done != NULL && i < p->m->nfacts; i++) {
		if (done[i] || !is_option(p, &p->m->facts[i]))
			continue;
		if (!any)
			snapshot_heading(p, "Its options.");
		any = true;
		table(p, &p->m->facts[i], i, done);
	}
	nf_free(done);
	return done != NULL;
}
