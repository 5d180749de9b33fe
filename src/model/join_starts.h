/*
 * When the systems were started whose flows count their times from there (RFC 5102, element 160):
 * asked of what options say, once a message, by the first of its records that wants to know.
 */
#ifndef MODEL_JOIN_STARTS_H
#define MODEL_JOIN_STARTS_H

#include "model/join.h"

struct join_starts {
	struct nf_starts starts;
	/* As join_start, with CTX, for those who share tables between threads. */
	bool (*ask)(void *ctx, const struct join_record *at, uint64_t *ms);
	void *ctx;
	struct join_record at;		/* the message that came last */
	bool asked;
	uint64_t ms;
};

/* An ASK for those who do not: CTX is the struct join. */
bool join_starts_ask(void *ctx, const struct join_record *at, uint64_t *ms);

void join_starts_init(struct join_starts *s,
		      bool (*ask)(void *ctx, const struct join_record *at, uint64_t *ms),
		      void *ctx);

/* M of D, at OFFSET of its payload, asks S from here on; S and D live as long as M is looked at. */
void join_starts_arm(struct join_starts *s, struct nf_msg *m, const struct nf_datagram *d,
		     uint32_t offset);

#endif
