/*
 * Points in time, wider than 64 bits of nanoseconds.  Not installed.
 */
#ifndef NF_IE_TIMES_H
#define NF_IE_TIMES_H

#include "base/digits.h"
#include "ie/ie.h"

struct nf_instant {
	int64_t second;		/* since 1970-01-01 UTC */
	uint32_t ns;		/* 0 to 999999999 */
	bool exact;		/* the digits of the type's precision give the octets back */
};

/* The time that VALUE of one of the four time kinds is; false where the length is wrong. */
bool nf_instant_of(enum nf_kind kind, struct nf_bytes value, const struct nf_format_ctx *ctx,
		   struct nf_instant *t);

enum { NF_ROOM_INSTANT = 30 };	/* "2023-01-01T01:00:05.123456789Z" */

/* T with DIGITS of fraction at P, which is returned where it is not of the years 0 to 9999. */
char *nf_put_instant(char *p, const struct nf_instant *t, unsigned digits,
		     struct nf_time_cache *cache);

/* Milliseconds since 1970 at P: the same with three digits. */
char *nf_put_any_ms(char *p, int64_t ms, struct nf_time_cache *cache);

/* The same, where CACHE is there and most seconds were written lately. */
static inline char *nf_put_ms(char *p, int64_t ms, struct nf_time_cache *cache)
{
	uint64_t second = (uint64_t)ms / 1000;
	const struct nf_time_second *known = &cache->v[second & (NF_TIME_SECONDS - 1)];

	if (known->second != (int64_t)second || known->text[0] == '\0' || ms < 0)
		return nf_put_any_ms(p, ms, cache);
	memcpy(p, known->text, sizeof(known->text));	/* there is room: see NF_ROOM_INSTANT */
	p[19] = '.';
	p = nf_put_last(p + 20, (unsigned)((uint64_t)ms - second * 1000), 3);
	*p++ = 'Z';
	return p;
}

#endif
