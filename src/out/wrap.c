#include <config.h>

#include "out/wrap.h"

static bool may_break(const struct nf_strbuf *line, size_t at, enum wrap_where where)
{
	if (line->p[at] != ' ' || at == 0 || at + 1 >= line->n)
		return false;
	return where == WRAP_WORDS || line->p[at - 1] == ',' || line->p[at + 1] == '[' ||
	       line->p[at + 1] == '\033';
}

/* Where the piece that begins at AT ends, and how many columns it takes: colour takes none. */
static size_t piece(const struct nf_strbuf *line, size_t at, enum wrap_where where, size_t *columns)
{
	size_t end = at;

	*columns = 0;
	for (; end < line->n && (end == at || !may_break(line, end, where)); end++) {
		if (line->p[end] == '\033')
			while (end + 1 < line->n && line->p[end] != 'm')
				end++;
		else
			(*columns)++;
	}
	return end;
}

static void new_line(struct nf_strbuf *s, unsigned indent)
{
	while (s->n > 0 && s->p[s->n - 1] == ' ')
		s->n--;
	nf_sb_char(s, '\n');
	nf_sb_pad(s, ' ', indent);
}

void wrap_text(struct out *o, size_t from, size_t at, unsigned indent, enum wrap_where where)
{
	struct nf_strbuf *line = &o->line;
	size_t i = 0, end, columns;

	if (o->opts.width == 0 || o->text.failed ||
	    (at < o->opts.width && o->text.n - from <= o->opts.width - at))
		return;
	nf_strbuf_clear(line);
	nf_sb_mem(line, o->text.p + from, o->text.n - from);
	o->text.n = from;
	for (; i < line->n; i = end) {
		end = piece(line, i, where, &columns);
		if (at + columns > o->opts.width && at > indent) {
			new_line(&o->text, indent);
			at = indent;
			if (line->p[i] == ' ') {
				i++;
				columns--;
			}
		}
		nf_sb_mem(&o->text, line->p + i, end - i);
		at += columns;
	}
}
