/*
 * Points in time, wider than 64 bits of nanoseconds.  For src/ie; not installed.
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

/* Append T with DIGITS of fraction; false, and nothing appended, outside the years 0 to 9999. */
bool nf_instant_text(struct nf_strbuf *s, const struct nf_instant *t, unsigned digits,
		     struct nf_time_cache *cache);

#endif
