#include <config.h>

#include "out/csv.h"

void csv_titles(struct nf_strbuf *s, const char *titles, char separator)
{
	for (; *titles != '\0'; titles++)
		nf_sb_char(s, *titles == ',' ? separator : *titles);
}

void csv_quote(struct nf_strbuf *s, size_t from)
{
	size_t quotes = 0, n = s->n - from;
	bool needed = false;

	for (size_t i = from; i < s->n; i++) {
		char c = s->p[i];

		quotes += c == '"';
		needed |= c == '"' || c == ',' || c == '\n' || c == '\r';
	}
	if (!needed || !nf_sb_room(s, quotes + 2))
		return;
	s->n += quotes + 2;
	for (size_t to = s->n - 1; n > 0; n--) {
		char c = s->p[from + n - 1];

		s->p[--to] = c;
		if (c == '"')
			s->p[--to] = '"';
	}
	s->p[from] = s->p[s->n - 1] = '"';
}
