/*
 * The report of python-netflow's analyzer: a row for each connection, in UTC.
 */
#ifndef OUT_CONNECTIONS_H
#define OUT_CONNECTIONS_H

#include "base/strbuf.h"
#include "model/connections.h"

struct connections_report {
	const struct connections *connections;
	uint64_t packets;		/* connections of fewer are counted, and no more */
	bool verbose;			/* flows without a peer as well */
	/* Append what ADDR is called, or nothing; NULL: addresses are enough. */
	void (*name)(void *ctx, struct nf_strbuf *s, const struct nf_addr *addr);
	/* What the port is for, or NULL; of any protocol. */
	const char *(*service)(void *ctx, uint16_t port);
	void *ctx;
};

void connections_text(struct nf_strbuf *s, const struct connections_report *r);

/* "512B", "1.50K", "3.00M" */
void connections_size(struct nf_strbuf *s, uint64_t octets);

/* "12 sec", "02:05 min", "1:02.03 hours" */
void connections_duration(struct nf_strbuf *s, int64_t seconds);

#endif
