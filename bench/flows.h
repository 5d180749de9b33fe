/*
 * Flows as a busy edge router sees them: a few hosts, ports and protocols have most of the
 * traffic and many have little.  The same seed gives the same flows on every machine: all
 * arithmetic is in integers.
 */
#ifndef BENCH_FLOWS_H
#define BENCH_FLOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FLOWS_HOSTS = 57000,		/* on each side */
	FLOWS_RANKS = 65536,
};

struct flows {
	uint64_t state;			/* of the random numbers */
	uint32_t rank[FLOWS_RANKS + 1];	/* equal steps in the logarithm of a host's rank */
};

/* One flow; addresses are in `src6` and `dst6` where `v6`, else in the two numbers. */
struct flow {
	bool v6;
	uint32_t src, dst, nexthop;
	uint8_t src6[16], dst6[16], nexthop6[16];
	uint8_t src_mask, dst_mask;
	uint16_t sport, dport;
	uint8_t proto, tcp_flags, tos;
	uint16_t icmp;			/* type and code */
	uint32_t src_as, dst_as;
	uint32_t input, output;
	uint32_t packets, octets;
	uint32_t reverse_packets, reverse_octets;
	uint32_t age_ms, duration_ms;	/* last packet before now, and first before last */
	uint16_t vlan, ip_id;
	uint32_t flow_label;
	uint8_t direction, end_reason;
	uint32_t application;		/* RFC 6759: engine 3 (port) and selector */
	const char *application_name;
};

void flows_init(struct flows *f, uint64_t seed);

/* A random number of 64 bits. */
uint64_t flows_random(struct flows *f);

/* The next flow; IPv6 if V6. */
void flows_next(struct flows *f, struct flow *to, bool v6);

/* "xe-0/0/7" and the like: the name of an interface; how long it is. */
size_t flows_interface(uint32_t index, char name[16]);

#endif
