#include <config.h>

#include "main/baseline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "main/lines.h"
#include "main/severities.h"
#include "out/checklist.h"

enum { WORDS = 7 };

struct baseline_row {
	char *words;			/* separated by single blanks */
	bool used;
};

void baseline_init(struct baseline *b)
{
	*b = (struct baseline){ .rows = NULL };
	nf_strbuf_init(&b->words);
}

void baseline_done(struct baseline *b)
{
	for (size_t i = 0; i < b->n; i++)
		nf_free(b->rows[i].words);
	nf_free(b->rows);
	nf_strbuf_done(&b->words);
	*b = (struct baseline){ .rows = NULL };
}

/* -- Reading -------------------------------------------------------------------------- */

static char *copy_of(const struct nf_strbuf *s)
{
	char *copy = s->failed ? NULL : nf_alloc(s->n + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, s->p, s->n);
	copy[s->n] = '\0';
	return copy;
}

static int keep(struct baseline *b, struct nf_err *err)
{
	void *rows = b->rows;
	char *words;

	if (b->n == BASELINE_ROWS)
		return nf_err_set(err, NF_ERR_USAGE, "there are too many rows");
	if (!nf_grow(&rows, &b->cap, b->n + 1, sizeof(*b->rows)))
		return nf_err_memory(err);
	b->rows = rows;
	words = copy_of(&b->words);
	if (words == NULL)
		return nf_err_memory(err);
	b->rows[b->n++] = (struct baseline_row){ .words = words };
	return 0;
}

int baseline_line(void *ctx, char *line, struct nf_err *err)
{
	struct baseline *b = ctx;
	char *rest, *word = strtok_r(line, " \t", &rest);
	unsigned n = 0;

	if (word == NULL)
		return 0;
	if (strcmp(word, "*") != 0 && severities_rule(word, err) == CHECK_RULES)
		return -1;
	nf_strbuf_clear(&b->words);
	for (; word != NULL; word = strtok_r(NULL, " \t", &rest), n++) {
		if (n != 0)
			nf_sb_char(&b->words, ' ');
		nf_sb_str(&b->words, word);
	}
	if (n != WORDS)
		return nf_err_set(err, NF_ERR_USAGE, "%u words where a row has %u: rule exporter "
				  "version domain template element key", n, (unsigned)WORDS);
	return keep(b, err);
}

static bool has_any(const struct baseline_row *row)
{
	return strchr(row->words, '*') != NULL;
}

static int by_words(const void *a, const void *b)
{
	const struct baseline_row *x = a, *y = b;
	bool any = has_any(x);

	if (any != has_any(y))
		return any ? 1 : -1;
	return strcmp(x->words, y->words);
}

void baseline_sort(struct baseline *b)
{
	size_t n = 0;

	if (b->n != 0)
		qsort(b->rows, b->n, sizeof(*b->rows), by_words);
	for (size_t i = 0; i < b->n; i++) {
		if (n != 0 && strcmp(b->rows[i].words, b->rows[n - 1].words) == 0)
			nf_free(b->rows[i].words);
		else
			b->rows[n++] = b->rows[i];
	}
	b->n = n;
	for (b->exact = 0; b->exact < n && !has_any(&b->rows[b->exact]); b->exact++)
		;
}

int baseline_read(struct baseline *b, const char *path, struct nf_err *err)
{
	if (lines_of(path, baseline_line, b, err) < 0)
		return -1;
	baseline_sort(b);
	return 0;
}

/* -- Asking --------------------------------------------------------------------------- */

static int against(const void *words, const void *row)
{
	return strcmp(words, ((const struct baseline_row *)row)->words);
}

/* Word by word: a `*` is like any. */
static bool is_like(const char *words, const char *row)
{
	for (;;) {
		size_t n = strcspn(words, " "), m = strcspn(row, " ");

		if (!(m == 1 && *row == '*') && (n != m || memcmp(words, row, n) != 0))
			return false;
		words += n;
		row += m;
		if (*words == '\0' || *row == '\0')
			return *words == *row;
		words++;
		row++;
	}
}

bool baseline_accepts(void *ctx, const struct check_finding *f)
{
	struct baseline *b = ctx;
	struct baseline_row *row = NULL;
	const char *words;

	nf_strbuf_clear(&b->words);
	checklist_row(&b->words, f);
	words = nf_strbuf_cstr(&b->words);
	if (b->words.failed) {
		b->failed = true;
		return false;
	}
	if (b->exact != 0)
		row = bsearch(words, b->rows, b->exact, sizeof(*b->rows), against);
	for (size_t i = b->exact; row == NULL && i < b->n; i++)
		if (is_like(words, b->rows[i].words))
			row = &b->rows[i];
	if (row != NULL)
		row->used = true;
	return row != NULL;
}

size_t baseline_stale(const struct baseline *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += !b->rows[i].used;
	return n;
}

/* -- Writing -------------------------------------------------------------------------- */

struct written {
	const struct check_finding *finding;
	size_t at, n;			/* its row in the text of all */
	const struct nf_strbuf *all;
};

static int by_row(const void *a, const void *b)
{
	const struct written *x = a, *y = b;
	size_t n = x->n < y->n ? x->n : y->n;
	int order = memcmp(x->all->p + x->at, y->all->p + y->at, n);

	return order != 0 ? order : x->n < y->n ? -1 : x->n > y->n;
}

static size_t count_of(const struct check *c)
{
	size_t n = 0;

	while (check_finding_at(c, n) != NULL)
		n++;
	return n;
}

/* All rows in order, each once. */
static void write_rows(struct nf_strbuf *s, struct written *rows, size_t n)
{
	qsort(rows, n, sizeof(*rows), by_row);
	for (size_t i = 0; i < n; i++) {
		if (i != 0 && by_row(&rows[i - 1], &rows[i]) == 0)
			continue;
		nf_sb_mem(s, rows[i].all->p + rows[i].at, rows[i].n);
		nf_sb_printf(s, "  # %s: ", problems_severity(rows[i].finding->severity));
		check_finding_text(s, rows[i].finding);
		nf_sb_char(s, '\n');
	}
}

void baseline_text(struct nf_strbuf *s, const struct check *c)
{
	size_t n = count_of(c);
	struct written *rows = n != 0 ? nf_alloc(n * sizeof(*rows)) : NULL;
	struct nf_strbuf all;

	nf_sb_str(s, "# nfpcap check: accepted findings; - is none, * is any\n"
		     "# rule exporter version domain template element key\n");
	nf_strbuf_init(&all);
	for (size_t i = 0; rows != NULL && i < n; i++) {
		rows[i] = (struct written){ check_finding_at(c, i), all.n, 0, &all };
		checklist_row(&all, rows[i].finding);
		rows[i].n = all.n - rows[i].at;
	}
	s->failed |= all.failed || (n != 0 && rows == NULL);
	if (rows != NULL && !all.failed)
		write_rows(s, rows, n);
	nf_strbuf_done(&all);
	nf_free(rows);
}

int baseline_write(const char *path, const struct check *c, struct nf_err *err)
{
	struct nf_strbuf text;
	FILE *file;
	bool bad;

	nf_strbuf_init(&text);
	baseline_text(&text, c);
	if (text.failed) {
		nf_strbuf_done(&text);
		return nf_err_memory(err);
	}
	file = fopen(path, "w");
	bad = file == NULL || fwrite(text.p, 1, text.n, file) != text.n;
	if (file != NULL && fclose(file) != 0)
		bad = true;
	if (bad)
		nf_err_set(err, NF_ERR_ENV, "--write-baseline %s: %s", path, strerror(errno));
	nf_strbuf_done(&text);
	return bad ? -1 : 0;
}
