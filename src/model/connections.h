/*
 * Connections: flows of opposite directions, paired as python-netflow's analyzer pairs them.
 *
 *	connections_line(c, line)	each line of its collector, or of `-o python-netflow`
 *	connections_pair(c)
 *	for (i = 0; (x = connections_at(c, i)) != NULL; i++) ...
 *
 * Two flows that began at the same moment, one from the address that the other goes to, are a
 * connection; ports and protocol are not compared.  The one with more octets is its source.  Flows
 * are taken in the order of their lines' times, in a line in the order in which they began.  A
 * record that counts both directions is two flows, and a connection.
 *
 * Memory: about 100 octets a flow.
 */
#ifndef MODEL_CONNECTIONS_H
#define MODEL_CONNECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/datagram.h"

struct connections_flow {
	struct nf_addr src, dst;
	uint64_t first;			/* in its own unit: it is only compared */
	int64_t duration_ms;
	uint64_t octets, packets;
	uint16_t sport, dport;
	uint8_t protocol;
	double time;			/* of the line */
};

struct connection {
	const struct connections_flow *source, *other;
};

struct connections_counts {
	uint64_t lines, flows;
	uint64_t bad_lines;		/* that are no JSON, or not of the collector's shape */
	uint64_t incomplete;		/* flows without addresses, or without a beginning */
	uint64_t unpaired;
};

struct connections;

struct connections *connections_new(void);	/* NULL if memory is out */
void connections_free(struct connections *c);

/* One line without its end.  False if memory is out. */
bool connections_line(struct connections *c, struct nf_bytes line);

/* Only flows from or to ADDR count: as in a line's order, before they are paired. */
void connections_match(struct connections *c, const struct nf_addr *addr);

/* After the last line.  False if memory is out. */
bool connections_pair(struct connections *c);

/* In the order in which they were found; false behind the last one. */
bool connections_at(const struct connections *c, size_t i, struct connection *x);

/* Flows that found no peer, in the order of their lines; NULL behind the last one. */
const struct connections_flow *connections_unpaired(const struct connections *c, size_t i);

const struct connections_counts *connections_counts(const struct connections *c);

#endif
