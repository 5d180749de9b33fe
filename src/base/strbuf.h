/*
 * A growing buffer of text: all output is written into one, never straight to a file.
 *
 * A failed allocation makes the buffer `failed`: what is appended to it from then on may be
 * lost, and a writer checks once, at the end.  Formatting is ours because it is most of what
 * JSON and CSV cost.
 */
#ifndef NF_BASE_STRBUF_H
#define NF_BASE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"

struct nf_strbuf {
	char *p;	/* not NUL-terminated; see nf_strbuf_cstr */
	size_t n, cap;	/* octets in it, and room for so many: the NUL has its own */
	bool failed;
};

void nf_strbuf_init(struct nf_strbuf *s);
void nf_strbuf_done(struct nf_strbuf *s);

/* Room for MORE octets behind the text.  The slow path of nf_sb_room. */
bool nf_strbuf_grow(struct nf_strbuf *s, size_t more);

/* NUL-terminated; valid until the next append.  What there is of it, where memory failed. */
const char *nf_strbuf_cstr(struct nf_strbuf *s);

/* What stands in it, with nothing behind; valid until the next append.  Memory may have failed. */
static inline struct nf_bytes nf_strbuf_bytes(const struct nf_strbuf *s)
{
	return (struct nf_bytes){ (const uint8_t *)s->p, s->n };
}

static inline void nf_strbuf_clear(struct nf_strbuf *s)
{
	s->n = 0;
}

/* True if MORE octets may be written at s->p + s->n. */
static inline bool nf_sb_room(struct nf_strbuf *s, size_t more)
{
	return s->cap - s->n >= more || nf_strbuf_grow(s, more);
}

static inline void nf_sb_mem(struct nf_strbuf *s, const void *p, size_t n)
{
	if (n == 0 || !nf_sb_room(s, n))
		return;
	memcpy(s->p + s->n, p, n);
	s->n += n;
}

static inline void nf_sb_str(struct nf_strbuf *s, const char *text)
{
	nf_sb_mem(s, text, strlen(text));
}

static inline void nf_sb_char(struct nf_strbuf *s, char c)
{
	if (nf_sb_room(s, 1))
		s->p[s->n++] = c;
}

void nf_sb_pad(struct nf_strbuf *s, char c, size_t n);		/* N times C */
void nf_sb_u64(struct nf_strbuf *s, uint64_t v);		/* decimal */
void nf_sb_i64(struct nf_strbuf *s, int64_t v);
/* decimal with leading zeros, exactly WIDTH */
void nf_sb_digits(struct nf_strbuf *s, uint64_t v, unsigned width);
/* two lower-case digits an octet */
void nf_sb_hex(struct nf_strbuf *s, const uint8_t *p, size_t n);
/* with leading zeros up to WIDTH, no 0x */
void nf_sb_hex_int(struct nf_strbuf *s, uint64_t v, unsigned width);
/*
 * The form that N takes of "{one|more}" at BRACE: "{octet is|octets are}".  Returns what
 * stands behind the closing brace.
 */
const char *nf_sb_form(struct nf_strbuf *s, const char *brace, uint64_t n);
/* TEXT with the form that N takes of each "{one|more}" in it; N itself is not written. */
void nf_sb_forms(struct nf_strbuf *s, const char *text, uint64_t n);
void nf_sb_printf(struct nf_strbuf *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void nf_sb_vprintf(struct nf_strbuf *s, const char *format, va_list ap);

#endif
