#include <config.h>

#include "ie/ie.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "ie/tables.h"
#include "ie/times.h"

/* -- Pieces that text and JSON share ------------------------------------------------------ */

static void hex_number(struct nf_strbuf *s, struct nf_bytes value)
{
	while (value.n > 1 && value.p[0] == 0)
		value = nf_slice(value, 1, value.n);
	nf_sb_str(s, "0x");
	nf_sb_hex(s, value.p, value.n);
}

/* Strings of a fixed length are filled up with zero octets. */
static struct nf_bytes without_filling(struct nf_bytes text)
{
	while (text.n > 0 && text.p[text.n - 1] == 0)
		text.n--;
	return text;
}

_Static_assert(NF_KIND_NANOSECONDS == NF_KIND_SECONDS + 3, "times stand together, in this order");

static unsigned time_digits(enum nf_kind kind)
{
	return 3 * (unsigned)(kind - NF_KIND_SECONDS);
}

static double load_float(struct nf_bytes value)
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

/*
 * D with as few digits as read back: 9 are always enough for four octets, 17 for eight.  The
 * decimal point is the locale's, which a program that links us may have set.
 */
static void float_text(struct nf_strbuf *s, double d, bool narrow)
{
	int digits = narrow ? 6 : 15, most = narrow ? 9 : 17;
	char text[40];

	while (snprintf(text, sizeof(text), "%.*g", digits, d) > 0 && digits < most &&
	       !reads_back(text, d, narrow))
		digits++;
	for (const char *p = text; *p != '\0'; p++) {
		bool plain = (*p >= '0' && *p <= '9') || *p == '-' || *p == '+' || *p == 'e';

		nf_sb_char(s, plain ? *p : '.');
	}
}

/* Numbers without a fraction that the first try's digits hold need no tries. */
static void finite_text(struct nf_strbuf *s, double d, bool narrow)
{
	double bound = narrow ? 1e6 : 1e15;

	if (d > -bound && d < bound && d == (double)(int64_t)d && (d != 0 || !signbit(d)))
		nf_sb_i64(s, (int64_t)d);
	else
		float_text(s, d, narrow);
}

/* -- Text --------------------------------------------------------------------------------- */

static void octets_text(struct nf_strbuf *s, struct nf_bytes value)
{
	nf_sb_hex(s, value.p, value.n);
}

static void uint_text(struct nf_strbuf *s, struct nf_bytes value)
{
	if (nf_ben_fits(value.p, value.n))
		nf_sb_u64(s, nf_ben(value.p, value.n));
	else
		hex_number(s, value);
}

static void sint_text(struct nf_strbuf *s, struct nf_bytes value)
{
	nf_sb_i64(s, nf_ben_signed(value.p, value.n));
}

static void float_value_text(struct nf_strbuf *s, struct nf_bytes value)
{
	double d = load_float(value);

	if (isfinite(d))
		finite_text(s, d, value.n == 4);
	else
		nf_sb_str(s, isnan(d) ? "nan" : d > 0 ? "inf" : "-inf");
}

static void bool_text(struct nf_strbuf *s, struct nf_bytes value)
{
	if (value.p[0] == 1)
		nf_sb_str(s, "true");
	else if (value.p[0] == 2)
		nf_sb_str(s, "false");
	else
		nf_sb_u64(s, value.p[0]);
}

static void mac_text(struct nf_strbuf *s, struct nf_bytes value)
{
	nf_mac_text(s, value.p);
}

static void string_text(struct nf_strbuf *s, struct nf_bytes value)
{
	nf_safe_text(s, without_filling(value));
}

static void ipv4_text(struct nf_strbuf *s, struct nf_bytes value)
{
	nf_ipv4_text(s, value.p);
}

static void ipv6_text(struct nf_strbuf *s, struct nf_bytes value)
{
	nf_ipv6_text(s, value.p);
}

/*
 * How the kinds but times are written.  In JSON the quoted ones are strings, the rest
 * numbers or literals.
 */
static const struct form {
	void (*text)(struct nf_strbuf *s, struct nf_bytes value);
	bool quoted;
} forms[NF_KINDS] = {
	[NF_KIND_OCTETS] = { octets_text, true },
	[NF_KIND_UINT] = { uint_text, false },
	[NF_KIND_SINT] = { sint_text, false },
	[NF_KIND_FLOAT] = { float_value_text, false },
	[NF_KIND_BOOL] = { bool_text, false },
	[NF_KIND_MAC] = { mac_text, true },
	[NF_KIND_STRING] = { string_text, true },
	[NF_KIND_IPV4] = { ipv4_text, true },
	[NF_KIND_IPV6] = { ipv6_text, true },
	[NF_KIND_BASIC_LIST] = { octets_text, true },
	[NF_KIND_SUBTEMPLATE_LIST] = { octets_text, true },
	[NF_KIND_SUBTEMPLATE_MULTILIST] = { octets_text, true },
};

static bool is_time(enum nf_kind kind)
{
	return kind >= NF_KIND_SECONDS && kind <= NF_KIND_NANOSECONDS;
}

/* Nothing is taken on trust: a value whose length is none of KIND's is octets. */
static enum nf_kind safe_kind(enum nf_kind kind, size_t n)
{
	return nf_kind_fits(kind, n) ? kind : NF_KIND_OCTETS;
}

void nf_value_text(struct nf_strbuf *s, enum nf_kind kind, struct nf_bytes value,
		   const struct nf_format_ctx *ctx)
{
	struct nf_instant t;

	kind = safe_kind(kind, value.n);
	if (!is_time(kind))
		forms[kind].text(s, value);
	else if (!nf_instant_of(kind, value, ctx, &t) ||
		 !nf_instant_text(s, &t, time_digits(kind), ctx != NULL ? ctx->cache : NULL))
		uint_text(s, value);
}

/* -- JSON --------------------------------------------------------------------------------- */

static bool json_float(struct nf_strbuf *s, struct nf_bytes value)
{
	double d = load_float(value);

	if (isfinite(d)) {
		finite_text(s, d, value.n == 4);
		return true;
	}
	nf_sb_str(s, "null");
	return false;
}

static bool json_time(struct nf_strbuf *s, enum nf_kind kind, struct nf_bytes value,
		      const struct nf_format_ctx *ctx)
{
	struct nf_instant t;
	size_t before = s->n;

	nf_sb_char(s, '"');
	if (nf_instant_of(kind, value, ctx, &t) &&
	    nf_instant_text(s, &t, time_digits(kind), ctx != NULL ? ctx->cache : NULL)) {
		nf_sb_char(s, '"');
		return t.exact;
	}
	s->n = before;
	uint_text(s, value);
	return true;
}

bool nf_value_json(struct nf_strbuf *s, enum nf_kind kind, struct nf_bytes value,
		   const struct nf_format_ctx *ctx)
{
	bool quoted;

	kind = safe_kind(kind, value.n);
	if (is_time(kind))
		return json_time(s, kind, value, ctx);
	if (kind == NF_KIND_STRING)
		return nf_json_string(s, without_filling(value));
	if (kind == NF_KIND_FLOAT)
		return json_float(s, value);
	quoted = forms[kind].quoted ||
		 (kind == NF_KIND_UINT && !nf_ben_fits(value.p, value.n));
	if (quoted)
		nf_sb_char(s, '"');
	forms[kind].text(s, value);
	if (quoted)
		nf_sb_char(s, '"');
	return true;
}
