/*
 * Template definitions as messages again: for captures of chosen messages, which need their
 * templates before them, and for templates that are kept from one run to the next.
 *
 * A message has one definition: a header, a template or options template set, the template record
 * with its specifiers as they were sent (enterprise numbers, scope, variable lengths), and padding
 * to 4 octets where there is room.  A tracker that learns from it has the same layout, in force
 * from there on.
 */
#ifndef MODEL_DEFINITIONS_H
#define MODEL_DEFINITIONS_H

#include "base/strbuf.h"
#include "track/tracker.h"

/* What the message's header says; the domain is that of the version. */
struct definition_header {
	uint32_t secs;			/* Export Time, UNIX Secs */
	uint32_t uptime_ms;		/* v9 */
	uint32_t sequence;
};

/*
 * Append to OUT, as octets, the message that defines what INFO describes, rejected ones included
 * (they are rejected again).  A withdrawal becomes one in IPFIX; whether of a template or of an
 * options template, and so in a set 2, does not count (RFC 7011 section 8.1: ids are one space).
 * How many octets it is, 65535 at most; 0 where there is nothing to say: v9 has no withdrawals.
 */
uint32_t definition_message(struct nf_strbuf *out, const struct nf_version_info *info,
			    const struct definition_header *header);

/* The same of T, whose kind, counts, specifiers and dialect count, as template ID. */
uint32_t definition_of(struct nf_strbuf *out, const struct nf_template *t, uint16_t id,
		       uint16_t export_version, uint32_t domain,
		       const struct definition_header *header);

#endif
