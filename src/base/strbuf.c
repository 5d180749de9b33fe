#include <config.h>

#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"

static const char pairs[200] =
	"00010203040506070809101112131415161718192021222324252627282930313233343536373839"
	"40414243444546474849505152535455565758596061626364656667686970717273747576777879"
	"8081828384858687888990919293949596979899";

static const char hex_digits[16] = "0123456789abcdef";

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
	void *p = s->p;

	if (s->failed || more > SIZE_MAX - s->n || !nf_grow(&p, &s->cap, s->n + more, 1)) {
		s->failed = true;
		return false;
	}
	s->p = p;
	return true;
}

const char *nf_strbuf_cstr(struct nf_strbuf *s)
{
	if (!nf_sb_room(s, 1))
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

/* Digits are made from the right, two at a time; at most 20 of them. */
void nf_sb_u64(struct nf_strbuf *s, uint64_t v)
{
	char text[20];
	size_t at = sizeof(text);

	if (v < 10) {
		nf_sb_char(s, (char)('0' + v));
		return;
	}
	while (v >= 100) {
		at -= 2;
		memcpy(text + at, pairs + 2 * (v % 100), 2);
		v /= 100;
	}
	if (v >= 10) {
		at -= 2;
		memcpy(text + at, pairs + 2 * v, 2);
	} else {
		text[--at] = (char)('0' + v);
	}
	nf_sb_mem(s, text + at, sizeof(text) - at);
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
	if (!nf_sb_room(s, width))
		return;
	for (unsigned i = width; i-- > 0; v /= 10)
		s->p[s->n + i] = (char)('0' + v % 10);
	s->n += width;
}

void nf_sb_hex(struct nf_strbuf *s, const uint8_t *p, size_t n)
{
	if (n > SIZE_MAX / 2 || !nf_sb_room(s, 2 * n))
		return;
	for (size_t i = 0; i < n; i++) {
		s->p[s->n++] = hex_digits[p[i] >> 4];
		s->p[s->n++] = hex_digits[p[i] & 15];
	}
}

void nf_sb_hex_int(struct nf_strbuf *s, uint64_t v, unsigned width)
{
	char text[16];
	size_t at = sizeof(text);

	do {
		text[--at] = hex_digits[v & 15];
		v >>= 4;
	} while (v != 0);
	if (width > sizeof(text) - at)
		nf_sb_pad(s, '0', width - (sizeof(text) - at));
	nf_sb_mem(s, text + at, sizeof(text) - at);
}

void nf_sb_printf(struct nf_strbuf *s, const char *format, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, format);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	if (n >= 0 && nf_sb_room(s, (size_t)n + 1)) {
		vsnprintf(s->p + s->n, (size_t)n + 1, format, again);
		s->n += (size_t)n;
	}
	va_end(again);
	va_end(ap);
}
