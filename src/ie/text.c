#include <config.h>

#include "ie/text.h"

#include <unistr.h>

#include "base/bytes.h"
#include "base/digits.h"
#include "base/strbuf.h"
#include "ie/ie.h"

/* One in each of eight octets. */
#define ONES UINT64_C(0x0101010101010101)

/*
 * How many of eight octets, from the lowest, are plain: printable ASCII other than quote and
 * backslash.  The differences borrow, and the sum carries, only out of an octet that is
 * special itself, so that the lowest top bit is a true one.
 */
static inline size_t plain_octets(uint64_t w)
{
	uint64_t low = w - 0x20 * ONES;
	uint64_t quote = (w ^ '"' * ONES) - ONES;
	uint64_t backslash = (w ^ '\\' * ONES) - ONES;
	uint64_t high = w + ONES;	/* DEL */
	uint64_t special = (low | quote | backslash | high | w) & 0x80 * ONES;

	return special != 0 ? (size_t)__builtin_ctzll(special) / 8 : 8;
}

static inline bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* How many octets from AT on are plain. */
static size_t plain_run(struct nf_bytes text, size_t at)
{
	size_t i = at, n;

	for (; text.n - i >= 8; i += 8) {
		n = plain_octets(nf_le64(text.p + i));
		if (n < 8)
			return i + n - at;
	}
	if (i < text.n && text.n >= 8)	/* the last eight, less those that were seen */
		return i + plain_octets(nf_le64(text.p + text.n - 8) >> 8 * (i + 8 - text.n)) - at;
	while (i < text.n && is_plain(text.p[i]))
		i++;
	return i - at;
}

char *nf_put_plain(char *p, struct nf_bytes text)
{
	if (text.n == 0 || text.n > NF_ROOM_PLAIN || plain_run(text, 0) < text.n)
		return p;
	memcpy(p, text.p, text.n);
	return p + text.n;
}

/* Characters that steer a terminal or turn the direction of what follows. */
static bool is_steering(ucs4_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e ||
	       c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

struct character {
	ucs4_t code;
	size_t n;		/* octets */
	bool ill_formed;
};

static struct character next_character(struct nf_bytes text, size_t at)
{
	const uint8_t *p = text.p + at;
	size_t left = text.n - at;
	struct character c = { .code = p[0], .n = 1 };

	if (p[0] < 0x80)
		return c;
	c.n = (size_t)u8_mbtouc(&c.code, p, left);
	c.ill_formed = c.code == 0xfffd &&
		       !(c.n == 3 && p[0] == 0xef && p[1] == 0xbf && p[2] == 0xbd);
	return c;
}

static void json_escape(struct nf_strbuf *s, ucs4_t code)
{
	static const char letters[] = { ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
					['\t'] = 't', ['"'] = '"', ['\\'] = '\\' };

	nf_sb_char(s, '\\');
	if (code < sizeof(letters) && letters[code] != '\0') {
		nf_sb_char(s, letters[code]);
		return;
	}
	nf_sb_char(s, 'u');
	nf_sb_hex_int(s, code, 4);
}

/* The rest of TEXT, from AT on, and the closing quote. */
static bool json_rest(struct nf_strbuf *s, struct nf_bytes text, size_t at)
{
	bool whole = true;

	while (at < text.n) {
		struct character c = next_character(text, at);
		size_t run;

		if (c.ill_formed) {
			nf_sb_mem(s, "\xef\xbf\xbd", 3);
			whole = false;
		} else if (is_steering(c.code) || c.code == '"' || c.code == '\\') {
			json_escape(s, c.code);
		} else {
			nf_sb_mem(s, text.p + at, c.n);
		}
		at += c.n;
		run = plain_run(text, at);
		nf_sb_mem(s, text.p + at, run);
		at += run;
	}
	nf_sb_char(s, '"');
	return whole;
}

bool nf_json_string(struct nf_strbuf *s, struct nf_bytes text)
{
	size_t run = plain_run(text, 0);
	char *p;

	if (!nf_sb_room(s, run + 2))
		return true;
	p = s->p + s->n;
	*p++ = '"';
	if (run > 0)
		memcpy(p, text.p, run);
	p += run;
	s->n = (size_t)(p - s->p);
	if (run < text.n)
		return json_rest(s, text, run);
	*p = '"';
	s->n++;
	return true;
}

size_t nf_safe_next(struct nf_bytes text, size_t at, uint32_t *code)
{
	struct character c = next_character(text, at);

	*code = c.ill_formed || is_steering(c.code) ? 0 : c.code;
	return c.n;
}

void nf_safe_text(struct nf_strbuf *s, struct nf_bytes text)
{
	size_t at = 0;

	while (at < text.n) {
		size_t run = plain_run(text, at);
		struct character c;

		nf_sb_mem(s, text.p + at, run);
		at += run;
		if (at == text.n)
			break;
		c = next_character(text, at);
		if (!c.ill_formed && !is_steering(c.code)) {
			nf_sb_mem(s, text.p + at, c.n);
		} else {
			for (size_t i = 0; i < c.n; i++) {
				nf_sb_mem(s, "\\x", 2);
				nf_sb_hex(s, text.p + at + i, 1);
			}
		}
		at += c.n;
	}
}
