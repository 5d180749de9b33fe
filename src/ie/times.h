/*
 * Points in time, wider than 64 bits of nanoseconds.  Not installed.
 */
#ifndef NF_IE_TIMES_H
#define NF_IE_TIMES_H

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
char *nf_put_ms(char *p, int64_t ms, struct nf_time_cache *cache);

#endif
