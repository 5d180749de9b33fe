#include <config.h>

#include "ie/times.h"

#include "base/digits.h"
#include "base/strbuf.h"

enum {
	DAY = 86400,
	TEXT = 19,	/* "2023-01-01T01:00:05" */
	CLOCK = 11,	/* where the clock stands in it */
};

#define NTP_TO_UNIX	INT64_C(2208988800)	/* 1900 to 1970, in seconds */
#define YEAR_0		INT64_C(-62167219200)	/* 0000-01-01T00:00:00Z */
#define YEAR_10000	INT64_C(253402300800)

static const uint32_t pow10s[10] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
};

/*
 * Years are counted from March, so that the leap day ends them; 400 of them have 146097
 * days.  DAYS counts from 0000-03-01 and is not negative but for January and February of 0.
 */
static char *put_date(char *p, int64_t days_since_1970)
{
	uint32_t days = (uint32_t)(days_since_1970 + 719468 + 146097);
	uint32_t era = days / 146097, day = days % 146097;
	uint32_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	uint32_t month;

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	month = month < 10 ? month + 3 : month - 9;
	year += 400 * era - 400 + (month <= 2);

	p = nf_put_pair(p, year / 100);
	p = nf_put_pair(p, year % 100);
	*p++ = '-';
	p = nf_put_pair(p, month);
	*p++ = '-';
	return nf_put_pair(p, day + 1);
}

static char *put_clock(char *p, uint32_t second)
{
	p = nf_put_pair(p, second / 3600);
	*p++ = ':';
	p = nf_put_pair(p, second / 60 % 60);
	*p++ = ':';
	return nf_put_pair(p, second % 60);
}

static void put_second(char *p, int64_t second)
{
	int64_t day = second / DAY;

	if (second % DAY < 0)
		day--;
	p = put_date(p, day);
	*p++ = 'T';
	put_clock(p, (uint32_t)(second - day * DAY));
}

static char *put_cached(char *p, int64_t second, struct nf_time_cache *cache)
{
	struct nf_time_second *known;

	if (cache == NULL) {
		put_second(p, second);
		return p + TEXT;
	}
	known = &cache->v[second & (NF_TIME_SECONDS - 1)];
	if (known->second != second || known->text[0] == '\0') {
		put_second(known->text, second);
		known->second = second;
	}
	memcpy(p, known->text, sizeof(known->text));	/* there is room: see NF_ROOM_INSTANT */
	return p + TEXT;
}

char *nf_put_instant(char *p, const struct nf_instant *t, unsigned digits,
		     struct nf_time_cache *cache)
{
	if (t->second < YEAR_0 || t->second >= YEAR_10000)
		return p;
	p = put_cached(p, t->second, cache);
	if (digits > 0) {
		*p++ = '.';
		p = digits == 3 ? nf_put_last(p, t->ns / 1000000, 3) :
				  nf_put_digits(p, t->ns / pow10s[9 - digits], digits);
	}
	*p++ = 'Z';
	return p;
}

char *nf_put_any_ms(char *p, int64_t ms, struct nf_time_cache *cache)
{
	int64_t second = ms / 1000, rest = ms % 1000;

	if (rest < 0) {
		second--;
		rest += 1000;
	}
	if (second < YEAR_0 || second >= YEAR_10000)
		return p;
	p = put_cached(p, second, cache);
	*p++ = '.';
	p = nf_put_last(p, (unsigned)rest, 3);
	*p++ = 'Z';
	return p;
}

void nf_time_text(struct nf_strbuf *s, int64_t ns, unsigned digits, struct nf_time_cache *cache)
{
	struct nf_instant t = { .second = ns / 1000000000 };
	int64_t rest = ns % 1000000000;

	if (rest < 0) {
		t.second--;
		rest += 1000000000;
	}
	t.ns = (uint32_t)rest;
	if (nf_sb_room(s, NF_ROOM_INSTANT))
		s->n = (size_t)(nf_put_instant(s->p + s->n, &t, digits < 9 ? digits : 9, cache) -
				s->p);
}

/* LOW plus that multiple of 2^32 which brings it nearest to the export. */
static int64_t nearest_era(uint32_t low, const struct nf_format_ctx *ctx)
{
	uint32_t export_secs = ctx != NULL ? ctx->export_secs : 0;

	return (int64_t)export_secs + (int32_t)(low - export_secs);
}

/*
 * RFC 7011 sections 6.1.9 and 6.1.10: seconds since 1900, and a fraction of 2^32.  Senders
 * cut the fraction or round it; rounding it back to UNITS a second is right for both.
 */
static void from_ntp(struct nf_instant *t, const uint8_t *p, uint64_t units, uint32_t counted,
		     const struct nf_format_ctx *ctx)
{
	uint32_t fraction = nf_be32(p + 4);
	uint64_t n = ((fraction & counted) * units + (UINT64_C(1) << 31)) >> 32;

	t->second = nearest_era(nf_be32(p) - (uint32_t)NTP_TO_UNIX, ctx);
	t->exact = (((n << 32) / units) & counted) == fraction;
	if (n == units) {
		t->second++;
		n = 0;
		t->exact = false;
	}
	t->ns = (uint32_t)(n * (1000000000 / units));
}

bool nf_instant_of(enum nf_kind kind, struct nf_bytes value, const struct nf_format_ctx *ctx,
		   struct nf_instant *t)
{
	uint64_t ms;

	*t = (struct nf_instant){ .exact = true };
	if (value.n != (kind == NF_KIND_SECONDS ? 4 : 8))
		return false;
	switch (kind) {
	case NF_KIND_SECONDS:
		t->second = nearest_era(nf_be32(value.p), ctx);
		if (t->second < 0)	/* there is none before 1970 */
			t->second += INT64_C(1) << 32;
		return true;
	case NF_KIND_MILLISECONDS:
		ms = nf_be64(value.p);
		t->second = (int64_t)(ms / 1000);
		t->ns = (uint32_t)(ms % 1000) * 1000000;
		return true;
	case NF_KIND_MICROSECONDS:	/* the low 11 bits MUST be ignored */
		from_ntp(t, value.p, 1000000, 0xfffff800, ctx);
		return true;
	case NF_KIND_NANOSECONDS:
		from_ntp(t, value.p, 1000000000, 0xffffffff, ctx);
		return true;
	default:
		return false;
	}
}

bool nf_value_time(enum nf_kind kind, struct nf_bytes value, const struct nf_format_ctx *ctx,
		   int64_t *ns)
{
	struct nf_instant t;

	return nf_instant_of(kind, value, ctx, &t) &&
	       !__builtin_mul_overflow(t.second, INT64_C(1000000000), ns) &&
	       !__builtin_add_overflow(*ns, (int64_t)t.ns, ns);
}
