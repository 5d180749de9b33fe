#include <config.h>

#include "base/strbuf.h"

#include <stdio.h>

#include "base/digits.h"
#include "base/mem.h"

void nf_strbuf_init(struct nf_strbuf *s)
{
	*s = (struct nf_strbuf){ .p = NULL };
}

void nf_strbuf_done(struct nf_strbuf *s)
{
	nf_free(s->p);
	nf_strbuf_init(s);
}

bool nf_strbuf_grow(struct nf_strbuf *s, size_t more)
{
	size_t cap = s->p != NULL ? s->cap + 1 : 0;
	void *p = s->p;

	if (s->failed || more >= SIZE_MAX - s->n || !nf_grow(&p, &cap, s->n + more + 1, 1)) {
		s->failed = true;
		return false;
	}
	s->p = p;
	s->cap = cap - 1;
	return true;
}

const char *nf_strbuf_cstr(struct nf_strbuf *s)
{
	if (s->p == NULL)
		return "";
	s->p[s->n] = '\0';
	return s->p;
}

void nf_sb_pad(struct nf_strbuf *s, char c, size_t n)
{
	if (n == 0 || !nf_sb_room(s, n))
		return;
	memset(s->p + s->n, c, n);
	s->n += n;
}

void nf_sb_u64(struct nf_strbuf *s, uint64_t v)
{
	if (nf_sb_room(s, NF_ROOM_U64))
		s->n = (size_t)(nf_put_u64(s->p + s->n, v) - s->p);
}

void nf_sb_i64(struct nf_strbuf *s, int64_t v)
{
	uint64_t magnitude = (uint64_t)v;

	if (v < 0) {
		nf_sb_char(s, '-');
		magnitude = 0 - magnitude;
	}
	nf_sb_u64(s, magnitude);
}

void nf_sb_digits(struct nf_strbuf *s, uint64_t v, unsigned width)
{
	if (nf_sb_room(s, width))
		s->n = (size_t)(nf_put_digits(s->p + s->n, v, width) - s->p);
}

void nf_sb_hex(struct nf_strbuf *s, const uint8_t *p, size_t n)
{
	char *at;

	if (n == 0 || n > SIZE_MAX / 2 || !nf_sb_room(s, 2 * n))
		return;
	at = s->p + s->n;
	for (size_t i = 0; i < n; i++)
		at = nf_put_hex_octet(at, p[i]);
	s->n += 2 * n;
}

void nf_sb_hex_int(struct nf_strbuf *s, uint64_t v, unsigned width)
{
	char text[16];
	size_t at = sizeof(text);

	do {
		text[--at] = nf_hex_pairs[2 * (v & 15) + 1];
		v >>= 4;
	} while (v != 0);
	if (width > sizeof(text) - at)
		nf_sb_pad(s, '0', width - (sizeof(text) - at));
	nf_sb_mem(s, text + at, sizeof(text) - at);
}

const char *nf_sb_form(struct nf_strbuf *s, const char *brace, uint64_t n)
{
	const char *one = brace + 1;
	size_t none = strcspn(one, "|}"), nmore;
	const char *more = one + none + (one[none] == '|');

	nmore = strcspn(more, "}");
	if (n == 1)
		nf_sb_mem(s, one, none);
	else
		nf_sb_mem(s, more, nmore);
	return more + nmore + (more[nmore] == '}');
}

void nf_sb_forms(struct nf_strbuf *s, const char *text, uint64_t n)
{
	const char *brace;

	while ((brace = strchr(text, '{')) != NULL) {
		nf_sb_mem(s, text, (size_t)(brace - text));
		text = nf_sb_form(s, brace, n);
	}
	nf_sb_str(s, text);
}

void nf_sb_vprintf(struct nf_strbuf *s, const char *format, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	if (n >= 0 && nf_sb_room(s, (size_t)n + 1)) {
		vsnprintf(s->p + s->n, (size_t)n + 1, format, again);
		s->n += (size_t)n;
	}
	va_end(again);
}

void nf_sb_printf(struct nf_strbuf *s, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	nf_sb_vprintf(s, format, ap);
	va_end(ap);
}
