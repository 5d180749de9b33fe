#include <config.h>

#include "ie/ie.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/digits.h"
#include "base/strbuf.h"
#include "ie/address.h"
#include "ie/times.h"

/*
 * Each kind has one function for text and one for JSON (the table is at the end).  They are
 * total: a value whose length is none of the kind's is written as octets.
 */
#define TEXT(kind) \
	static void kind##_text(struct nf_strbuf *s, struct nf_bytes value, \
				const struct nf_format_ctx *ctx)
#define JSON(kind) \
	static bool kind##_json(struct nf_strbuf *s, struct nf_bytes value, \
				const struct nf_format_ctx *ctx)

/* -- Octets ------------------------------------------------------------------------------- */

TEXT(octets)
{
	(void)ctx;
	nf_sb_hex(s, value.p, value.n);
}

JSON(octets)
{
	(void)ctx;
	nf_sb_char(s, '"');
	nf_sb_hex(s, value.p, value.n);
	nf_sb_char(s, '"');
	return true;
}

/* -- Integers ----------------------------------------------------------------------------- */

static bool is_wide(struct nf_bytes value)
{
	return value.n > 8 && !nf_ben_fits(value.p, value.n);
}

/* An integer beyond 64 bits. */
static void wide_text(struct nf_strbuf *s, struct nf_bytes value)
{
	while (value.n > 1 && value.p[0] == 0)
		value = nf_slice(value, 1, value.n);
	nf_sb_mem(s, "0x", 2);
	nf_sb_hex(s, value.p, value.n);
}

TEXT(uint)
{
	if (value.n == 0)
		octets_text(s, value, ctx);
	else if (is_wide(value))
		wide_text(s, value);
	else
		nf_sb_u64(s, nf_ben(value.p, value.n));
}

JSON(uint)
{
	if (value.n == 0)
		return octets_json(s, value, ctx);
	if (is_wide(value)) {
		nf_sb_char(s, '"');
		wide_text(s, value);
		nf_sb_char(s, '"');
	} else if (nf_sb_room(s, NF_ROOM_U64)) {
		s->n = (size_t)(nf_put_u64(s->p + s->n, nf_ben(value.p, value.n)) - s->p);
	}
	return true;
}

TEXT(sint)
{
	if (value.n == 0 || value.n > 8)
		octets_text(s, value, ctx);
	else
		nf_sb_i64(s, nf_ben_signed(value.p, value.n));
}

JSON(sint)
{
	if (value.n == 0 || value.n > 8)
		return octets_json(s, value, ctx);
	sint_text(s, value, ctx);
	return true;
}

/* RFC 7011 section 6.1.5: 1 is true, 2 is false; what is neither stays a number. */
TEXT(bool)
{
	if (value.n == 1 && value.p[0] == 1)
		nf_sb_mem(s, "true", 4);
	else if (value.n == 1 && value.p[0] == 2)
		nf_sb_mem(s, "false", 5);
	else
		uint_text(s, value, ctx);
}

JSON(bool)
{
	if (value.n != 1)
		return uint_json(s, value, ctx);
	bool_text(s, value, ctx);
	return true;
}

/* -- Floats ------------------------------------------------------------------------------- */

double nf_value_float(struct nf_bytes value)
{
	uint64_t wide;
	uint32_t narrow;
	double d;
	float f;

	if (value.n == 4) {
		narrow = nf_be32(value.p);
		memcpy(&f, &narrow, sizeof(f));
		return f;
	}
	wide = nf_be64(value.p);
	memcpy(&d, &wide, sizeof(d));
	return d;
}

/* True if TEXT reads back as D, which came in four octets if NARROW. */
static bool reads_back(const char *text, double d, bool narrow)
{
	return narrow ? strtof(text, NULL) == (float)d : strtod(text, NULL) == d;
}

struct digits {
	char text[40];
};

/*
 * D with as few digits as read back: 9 are always enough for four octets, 17 for eight.  The
 * decimal point is the locale's, which a program that links us may have set.
 */
static struct digits fewest_digits(double d, bool narrow)
{
	int digits = narrow ? 6 : 15, most = narrow ? 9 : 17;
	struct digits is;

	while (snprintf(is.text, sizeof(is.text), "%.*g", digits, d) > 0 && digits < most &&
	       !reads_back(is.text, d, narrow))
		digits++;
	return is;
}

double nf_value_decimal(struct nf_bytes value)
{
	double d = nf_value_float(value);

	return value.n == 4 && isfinite(d) ? strtod(fewest_digits(d, true).text, NULL) : d;
}

static void fraction_text(struct nf_strbuf *s, double d, bool narrow)
{
	struct digits is = fewest_digits(d, narrow);

	for (const char *p = is.text; *p != '\0'; p++) {
		bool plain = (*p >= '0' && *p <= '9') || *p == '-' || *p == '+' || *p == 'e';

		nf_sb_char(s, plain ? *p : '.');
	}
}

/* A number without a fraction that the first try's digits would hold needs no try. */
static void finite_text(struct nf_strbuf *s, double d, bool narrow)
{
	double bound = narrow ? 1e6 : 1e15;

	if (d > -bound && d < bound && d == (double)(int64_t)d && (d != 0 || !signbit(d)))
		nf_sb_i64(s, (int64_t)d);
	else
		fraction_text(s, d, narrow);
}

TEXT(float)
{
	double d;

	if (value.n != 4 && value.n != 8) {
		octets_text(s, value, ctx);
		return;
	}
	d = nf_value_float(value);
	if (isfinite(d))
		finite_text(s, d, value.n == 4);
	else
		nf_sb_str(s, isnan(d) ? "nan" : d > 0 ? "inf" : "-inf");
}

JSON(float)
{
	if (value.n != 4 && value.n != 8)
		return octets_json(s, value, ctx);
	if (!isfinite(nf_value_float(value))) {
		nf_sb_mem(s, "null", 4);
		return false;
	}
	float_text(s, value, ctx);
	return true;
}

/* -- Addresses ---------------------------------------------------------------------------- */

/* Writes at its first argument and returns the end (base/digits.h). */
typedef char *put_function(char *p, const uint8_t *octets);

static inline void put_text(struct nf_strbuf *s, struct nf_bytes value, size_t length, size_t room,
			    put_function *put)
{
	if (value.n != length)
		octets_text(s, value, NULL);
	else if (nf_sb_room(s, room))
		s->n = (size_t)(put(s->p + s->n, value.p) - s->p);
}

static inline bool put_json(struct nf_strbuf *s, struct nf_bytes value, size_t length, size_t room,
			    put_function *put)
{
	char *p;

	if (value.n != length)
		return octets_json(s, value, NULL);
	if (!nf_sb_room(s, room + 2))
		return true;
	p = s->p + s->n;
	*p++ = '"';
	p = put(p, value.p);
	*p++ = '"';
	s->n = (size_t)(p - s->p);
	return true;
}

TEXT(mac)	{ (void)ctx; put_text(s, value, 6, NF_ROOM_MAC, nf_put_mac); }
JSON(mac)	{ (void)ctx; return put_json(s, value, 6, NF_ROOM_MAC, nf_put_mac); }
TEXT(ipv4)	{ (void)ctx; put_text(s, value, 4, NF_ROOM_IPV4, nf_put_ipv4); }
JSON(ipv4)	{ (void)ctx; return put_json(s, value, 4, NF_ROOM_IPV4, nf_put_ipv4); }
TEXT(ipv6)	{ (void)ctx; put_text(s, value, 16, NF_ROOM_IPV6, nf_put_ipv6); }
JSON(ipv6)	{ (void)ctx; return put_json(s, value, 16, NF_ROOM_IPV6, nf_put_ipv6); }

/* -- Strings ------------------------------------------------------------------------------ */

/* A string of a fixed length is filled up with zero octets. */
static struct nf_bytes without_filling(struct nf_bytes text)
{
	while (text.n > 0 && text.p[text.n - 1] == 0)
		text.n--;
	return text;
}

TEXT(string)
{
	(void)ctx;
	nf_safe_text(s, without_filling(value));
}

JSON(string)
{
	(void)ctx;
	return nf_json_string(s, without_filling(value));
}

/* -- Times -------------------------------------------------------------------------------- */

/* T at P; P where it has no date. */
static inline char *put_time(char *p, const struct nf_instant *t, unsigned digits,
			     const struct nf_format_ctx *ctx)
{
	return nf_put_instant(p, t, digits, ctx != NULL ? ctx->cache : NULL);
}

static inline void time_text(struct nf_strbuf *s, enum nf_kind kind, struct nf_bytes value,
			     unsigned digits, const struct nf_format_ctx *ctx)
{
	struct nf_instant t;
	size_t before = s->n;

	if (nf_instant_of(kind, value, ctx, &t) && nf_sb_room(s, NF_ROOM_INSTANT))
		s->n = (size_t)(put_time(s->p + s->n, &t, digits, ctx) - s->p);
	if (s->n == before)
		uint_text(s, value, ctx);
}

static inline bool time_json(struct nf_strbuf *s, enum nf_kind kind, struct nf_bytes value,
			     unsigned digits, const struct nf_format_ctx *ctx)
{
	struct nf_instant t;
	char *start, *end;

	if (!nf_instant_of(kind, value, ctx, &t) || !nf_sb_room(s, NF_ROOM_INSTANT + 2))
		return uint_json(s, value, ctx);
	start = s->p + s->n + 1;
	end = put_time(start, &t, digits, ctx);
	if (end == start)
		return uint_json(s, value, ctx);
	start[-1] = '"';
	*end = '"';
	s->n = (size_t)(end + 1 - s->p);
	return t.exact;
}

TEXT(seconds)		{ time_text(s, NF_KIND_SECONDS, value, 0, ctx); }
JSON(seconds)		{ return time_json(s, NF_KIND_SECONDS, value, 0, ctx); }
TEXT(milliseconds)	{ time_text(s, NF_KIND_MILLISECONDS, value, 3, ctx); }
JSON(milliseconds)	{ return time_json(s, NF_KIND_MILLISECONDS, value, 3, ctx); }
TEXT(microseconds)	{ time_text(s, NF_KIND_MICROSECONDS, value, 6, ctx); }
JSON(microseconds)	{ return time_json(s, NF_KIND_MICROSECONDS, value, 6, ctx); }
TEXT(nanoseconds)	{ time_text(s, NF_KIND_NANOSECONDS, value, 9, ctx); }
JSON(nanoseconds)	{ return time_json(s, NF_KIND_NANOSECONDS, value, 9, ctx); }

/* -- The table ---------------------------------------------------------------------------- */

static const struct form {
	void (*text)(struct nf_strbuf *s, struct nf_bytes value, const struct nf_format_ctx *ctx);
	bool (*json)(struct nf_strbuf *s, struct nf_bytes value, const struct nf_format_ctx *ctx);
} forms[NF_KINDS] = {
	[NF_KIND_OCTETS] =		{ octets_text, octets_json },
	[NF_KIND_UINT] =		{ uint_text, uint_json },
	[NF_KIND_SINT] =		{ sint_text, sint_json },
	[NF_KIND_FLOAT] =		{ float_text, float_json },
	[NF_KIND_BOOL] =		{ bool_text, bool_json },
	[NF_KIND_MAC] =			{ mac_text, mac_json },
	[NF_KIND_STRING] =		{ string_text, string_json },
	[NF_KIND_IPV4] =		{ ipv4_text, ipv4_json },
	[NF_KIND_IPV6] =		{ ipv6_text, ipv6_json },
	[NF_KIND_SECONDS] =		{ seconds_text, seconds_json },
	[NF_KIND_MILLISECONDS] =	{ milliseconds_text, milliseconds_json },
	[NF_KIND_MICROSECONDS] =	{ microseconds_text, microseconds_json },
	[NF_KIND_NANOSECONDS] =		{ nanoseconds_text, nanoseconds_json },
	[NF_KIND_BASIC_LIST] =		{ octets_text, octets_json },
	[NF_KIND_SUBTEMPLATE_LIST] =	{ octets_text, octets_json },
	[NF_KIND_SUBTEMPLATE_MULTILIST] = { octets_text, octets_json },
};

void nf_value_text(struct nf_strbuf *s, enum nf_kind kind, struct nf_bytes value,
		   const struct nf_format_ctx *ctx)
{
	forms[kind].text(s, value, ctx);
}

bool nf_value_json(struct nf_strbuf *s, enum nf_kind kind, struct nf_bytes value,
		   const struct nf_format_ctx *ctx)
{
	return forms[kind].json(s, value, ctx);
}
