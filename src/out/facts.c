#include <config.h>

#include "out/facts.h"

#include <string.h>

#include "out/out.h"

enum { LABEL = 17, INDENT = 6 };

void facts_right(struct nf_strbuf *s, size_t from, unsigned width)
{
	size_t n = s->n - from, blanks = n < width ? width - n : 1;

	if (s->failed || (n >= width && (from == 0 || strchr(" \n", s->p[from - 1]) != NULL)))
		return;
	nf_sb_pad(s, ' ', blanks);
	if (s->failed)
		return;
	memmove(s->p + from + blanks, s->p + from, n);
	memset(s->p + from, ' ', blanks);
}

void facts_cell(struct nf_strbuf *s, uint64_t v, unsigned width)
{
	size_t from = s->n;

	nf_sb_u64(s, v);
	facts_right(s, from, width);
}

void facts_percent(struct nf_strbuf *s, uint64_t hundredths)
{
	nf_sb_u64(s, hundredths / 100);
	nf_sb_char(s, '.');
	nf_sb_digits(s, hundredths % 100, 2);
	nf_sb_char(s, '%');
}

/* "2023-01-01 01:00:05.002000" */
void facts_moment(struct nf_strbuf *s, int64_t ns, unsigned digits)
{
	size_t from = s->n;

	nf_time_text(s, ns, digits, NULL);
	if (s->failed || s->n - from < 12)
		return;
	s->n--;
	s->p[s->n - (digits != 0 ? digits + 1 : 0) - 9] = ' ';
}

/* "-0.002", "1.500": seconds, cut to milliseconds. */
void facts_seconds(struct nf_strbuf *s, int64_t ns)
{
	uint64_t ms = (ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns) / 1000000;

	if (ns < 0 && ms != 0)
		nf_sb_char(s, '-');
	nf_sb_u64(s, ms / 1000);
	nf_sb_char(s, '.');
	nf_sb_digits(s, ms % 1000, 3);
}

struct facts facts_open(struct nf_strbuf *s, unsigned width, const char *label)
{
	struct facts f = { .s = s, .width = width, .line = s->n };

	nf_sb_pad(s, ' ', INDENT);
	nf_sb_str(s, label);
	nf_sb_pad(s, ' ', LABEL - INDENT - strlen(label));
	return f;
}

void facts_next(struct facts *f)
{
	if (f->any)
		nf_sb_str(f->s, ", ");
	f->any = true;
}

void facts_count(struct facts *f, uint64_t n, const char *noun)
{
	if (n == 0)
		return;
	facts_next(f);
	out_count(f->s, n, noun);
}

void facts_close(struct facts *f)
{
	struct nf_strbuf *s = f->s;
	size_t at = f->line + LABEL, line = f->line;

	/* The indent of a line that goes on is put in the place of the blank. */
	while (f->width > LABEL + 10 && !s->failed && s->n - line > f->width) {
		size_t end = line + f->width;

		while (end > at && s->p[end] != ' ')
			end--;
		if (end <= at)
			break;
		nf_sb_pad(s, ' ', LABEL);
		if (s->failed)
			break;
		memmove(s->p + end + LABEL, s->p + end, s->n - LABEL - end);
		s->p[end] = '\n';
		memset(s->p + end + 1, ' ', LABEL);
		line = end + 1;
		at = line + LABEL;
	}
	nf_sb_char(s, '\n');
}
