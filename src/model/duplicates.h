/*
 * Datagrams that were captured twice, as a mirror port makes them that sees both sides of a
 * router, or as two captures of the same link have them: the same payload in the same transport
 * session.  What they report has been reported already.
 *
 * v5 to IPFIX number their messages, so that two of the same octets are one that was sent once,
 * or sent again.  v1 has no number but its uptime in milliseconds: what an exporter says twice
 * within one is taken for said once.  VLAN, TTL and the Ethernet addresses do not count: a copy
 * taken behind a router differs in those.  Copies for two collectors are two sessions, and no
 * duplicates.
 *
 * Payloads are told apart by hashes, not by themselves; of all octets where an exporter's headers
 * repeat, of samples where each of them is another one.
 *
 * Memory is bounded: a datagram is held against the DUPLICATES_WINDOW before it, and those of
 * DUPLICATES_SECONDS around it by capture time.
 */
#ifndef MODEL_DUPLICATES_H
#define MODEL_DUPLICATES_H

#include "base/datagram.h"

enum { DUPLICATES_WINDOW = 4096, DUPLICATES_SECONDS = 60 };

struct duplicates;

/* NULL if memory is out. */
struct duplicates *duplicates_new(void);
void duplicates_free(struct duplicates *d);

/* True if G is a copy of one that was asked about before; it is remembered itself. */
bool duplicates_seen(struct duplicates *d, const struct nf_datagram *g);

/*
 * The same in two steps, between which something else is done: what is known of others like G is on
 * its way into the cache meanwhile.  Of several that are expected, the last one counts.
 */
void duplicates_expect(struct duplicates *d, const struct nf_datagram *g);
bool duplicates_expected(struct duplicates *d, const struct nf_datagram *g);

#endif
