/*
 * Values as python-netflow writes them: almost everything is an integer.
 */
#include <config.h>

#include "out/python.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

/* -- Floats --------------------------------------------------------------------------- */

/* The digits of D, of which as few as read back, and the power of ten of the first one. */
static int digits_of(double d, char digits[24], int *exponent)
{
	char text[40];
	int n = 0;

	for (int precision = 0; precision < 17; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision, d);
		if (strtod(text, NULL) == d)
			break;
	}
	for (const char *p = text; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			digits[n++] = *p;
	while (n > 1 && digits[n - 1] == '0')
		n--;
	*exponent = atoi(strchr(text, 'e') + 1);
	return n;
}

/* From 1e-4 up to 1e16 without an exponent, and never without a fraction or an exponent. */
static void decimal(struct nf_strbuf *s, double d)
{
	char digits[24];
	int exponent, n = digits_of(d, digits, &exponent), point = exponent + 1;

	if (signbit(d))
		nf_sb_char(s, '-');
	if (exponent < -4 || exponent >= 16) {
		nf_sb_char(s, digits[0]);
		if (n > 1)
			nf_sb_char(s, '.');
		nf_sb_mem(s, digits + 1, (size_t)n - 1);
		nf_sb_printf(s, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
		return;
	}
	if (point <= 0) {
		nf_sb_str(s, "0.");
		nf_sb_pad(s, '0', (size_t)-point);
		nf_sb_mem(s, digits, (size_t)n);
		return;
	}
	for (int i = 0; i < point; i++)
		nf_sb_char(s, i < n ? digits[i] : '0');
	nf_sb_char(s, '.');
	if (n > point)
		nf_sb_mem(s, digits + point, (size_t)(n - point));
	else
		nf_sb_char(s, '0');
}

void python_float(struct nf_strbuf *s, double d)
{
	if (isfinite(d))
		decimal(s, d);
	else
		nf_sb_str(s, isnan(d) ? "NaN" : d > 0 ? "Infinity" : "-Infinity");
}

/* -- Integers ------------------------------------------------------------------------- */

/* VALUE in words of 32 bits, the highest first; how many. */
static size_t words_of(struct nf_bytes value, uint32_t words[PYTHON_DECIMAL / 4])
{
	size_t n = (value.n + 3) / 4, at = value.n % 4;

	for (size_t i = 0; i < n; i++) {
		size_t take = i == 0 && at != 0 ? at : 4;

		words[i] = (uint32_t)nf_ben(value.p, take);
		value.p += take;
	}
	return n;
}

void python_integer(struct nf_strbuf *s, struct nf_bytes value)
{
	enum { STEP = 1000000000, GROUPS = PYTHON_DECIMAL * 8 / 29 + 1 };
	uint32_t words[PYTHON_DECIMAL / 4], groups[GROUPS];
	size_t n, first = 0, ngroups = 0;

	if (value.n <= 8) {
		nf_sb_u64(s, value.n != 0 ? nf_ben(value.p, value.n) : 0);
		return;
	}
	if (value.n > PYTHON_DECIMAL) {
		nf_sb_char(s, '"');
		nf_sb_hex(s, value.p, value.n);
		nf_sb_char(s, '"');
		return;
	}
	n = words_of(value, words);
	while (first < n) {
		uint64_t rest = 0;

		for (size_t i = first; i < n; i++) {
			rest = rest << 32 | words[i];
			words[i] = (uint32_t)(rest / STEP);
			rest %= STEP;
		}
		groups[ngroups++] = (uint32_t)rest;
		while (first < n && words[first] == 0)
			first++;
	}
	nf_sb_u64(s, ngroups != 0 ? groups[ngroups - 1] : 0);
	for (size_t i = ngroups; i-- > 1;)
		nf_sb_digits(s, groups[i - 1], 9);
}

static void signed_integer(struct nf_strbuf *s, struct nf_bytes value)
{
	uint64_t v;

	if (value.n == 0 || value.n > 8) {
		python_integer(s, value);
		return;
	}
	v = nf_ben(value.p, value.n);
	if (value.n < 8 && v >> (8 * value.n - 1) != 0)
		v |= UINT64_MAX << 8 * value.n;
	nf_sb_i64(s, (int64_t)v);
}

static void float_of(struct nf_strbuf *s, struct nf_bytes value)
{
	if (value.n == 4 || value.n == 8)
		python_float(s, nf_value_float(value));
	else
		python_integer(s, value);
}

/* -- Texts ---------------------------------------------------------------------------- */

/* \uNNNN, of a code point beyond 16 bits a pair of them. */
static void escape(struct nf_strbuf *s, ucs4_t c)
{
	nf_sb_str(s, "\\u");
	if (c < 0x10000) {
		nf_sb_hex_int(s, c, 4);
		return;
	}
	nf_sb_hex_int(s, 0xd800 + ((c - 0x10000) >> 10), 4);
	nf_sb_str(s, "\\u");
	nf_sb_hex_int(s, 0xdc00 + ((c - 0x10000) & 0x3ff), 4);
}

static void json_char(struct nf_strbuf *s, ucs4_t c)
{
	static const char short_of[] = "\"\"\\\\\bb\ff\nn\rr\tt";

	for (const char *p = short_of; *p != '\0'; p += 2) {
		if ((ucs4_t)(unsigned char)*p == c) {
			nf_sb_char(s, '\\');
			nf_sb_char(s, p[1]);
			return;
		}
	}
	if (c < 0x20 || c > 0x7e)
		escape(s, c);
	else
		nf_sb_char(s, (char)c);
}

/* What Python shows of octets that are no text, within a JSON string. */
static void octets_repr(struct nf_strbuf *s, struct nf_bytes text)
{
	bool single = memchr(text.p, '\'', text.n) != NULL && memchr(text.p, '"', text.n) == NULL;
	char quote = single ? '"' : '\'';

	nf_sb_char(s, 'b');
	json_char(s, (ucs4_t)quote);
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];

		if (c == '\n' || c == '\r' || c == '\t')
			nf_sb_printf(s, "\\\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
		else if (c == (uint8_t)quote)
			nf_sb_printf(s, "\\\\%c", c);
		else if (c == '\\')
			nf_sb_str(s, "\\\\\\\\");
		else if (c < 0x20 || c >= 0x7f)
			nf_sb_printf(s, "\\\\x%02x", c);
		else
			json_char(s, c);
	}
	json_char(s, (ucs4_t)quote);
}

void python_string(struct nf_strbuf *s, struct nf_bytes text)
{
	const uint8_t *p = text.p, *end = text.p + text.n;
	ucs4_t c;

	nf_sb_char(s, '"');
	if (text.n != 0 && u8_check(text.p, text.n) != NULL)
		octets_repr(s, text);
	else
		while (p < end) {
			p += u8_mbtouc_unsafe(&c, p, (size_t)(end - p));
			json_char(s, c);
		}
	nf_sb_char(s, '"');
}

/* -- Values --------------------------------------------------------------------------- */

/* Mapped IPv4 addresses have no dots there. */
static void ipv6(struct nf_strbuf *s, const uint8_t *p)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(p, mapped, sizeof(mapped)) != 0) {
		nf_ipv6_text(s, p);
		return;
	}
	nf_sb_str(s, "::ffff:");
	nf_sb_hex_int(s, nf_be16(p + 12), 1);
	nf_sb_char(s, ':');
	nf_sb_hex_int(s, nf_be16(p + 14), 1);
}

/* Types of v9 that are addresses there; all others, addresses or not, are integers. */
static bool is_address(const struct nf_ie *ie, size_t n)
{
	static const uint8_t types[] = { 8, 12, 15, 18, 27, 28, 62, 63 };

	return ie->pen == NF_PEN_IANA && ie->id < 64 && (n == 4 || n == 16) &&
	       memchr(types, ie->id, sizeof(types)) != NULL;
}

static void ipfix(struct nf_strbuf *s, const struct nf_field *f)
{
	const struct nf_bytes v = f->value;

	switch ((enum nf_type)f->def->ie->type) {
	case NF_TYPE_STRING:
		python_string(s, v);
		break;
	case NF_TYPE_FLOAT32:
	case NF_TYPE_FLOAT64:
		float_of(s, v);
		break;
	case NF_TYPE_SIGNED8:
	case NF_TYPE_SIGNED16:
	case NF_TYPE_SIGNED32:
	case NF_TYPE_SIGNED64:
		signed_integer(s, v);
		break;
	case NF_TYPE_MICROSECONDS:
	case NF_TYPE_NANOSECONDS:
		if (v.n == 8) {
			nf_sb_printf(s, "[%lu, %lu]", (unsigned long)nf_be32(v.p),
				     (unsigned long)nf_be32(v.p + 4));
			break;
		}
		/* fall through */
	default:
		python_integer(s, v);
		break;
	}
}

void python_value(struct nf_strbuf *s, const struct nf_field *f, uint16_t version)
{
	if (version == 10)
		ipfix(s, f);
	else if (version != 9 || !is_address(f->def->ie, f->value.n))
		python_integer(s, f->value);
	else {
		nf_sb_char(s, '"');
		if (f->value.n == 4)
			nf_ipv4_text(s, f->value.p);
		else
			ipv6(s, f->value.p);
		nf_sb_char(s, '"');
	}
}
