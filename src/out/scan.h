/*
 * A message from end to end, without showing it: what it carries, in a few groups, and all
 * problems that its octets have.
 */
#ifndef OUT_SCAN_H
#define OUT_SCAN_H

#include "out/out.h"

enum scan_kind {
	SCAN_TEMPLATES,
	SCAN_OPTIONS_TEMPLATES,
	SCAN_WITHDRAWALS,
	SCAN_FLOWS,
	SCAN_OPTIONS,
	SCAN_UNDECODED,
	SCAN_RESERVED,
	SCAN_KINDS
};

/* Sets of one kind, id and resolution, wherever they stand in the message. */
struct scan_group {
	uint8_t kind;			/* enum scan_kind */
	uint8_t how, why;		/* of a data set */
	bool misfit;
	uint16_t id;			/* of a data set; 0: v1 to v8, and templates */
	uint32_t sets;
	uint32_t records;		/* templates, for sets of such */
	uint32_t octets;
	uint64_t frame;			/* of the template used */
};

enum { SCAN_GROUPS = 32 };

struct scan {
	struct scan_group groups[SCAN_GROUPS];
	unsigned n;
	uint32_t more;			/* sets that found no group any more */
};

/* Problems go to o->problems.  DECODE: load every field of every record as well. */
void scan_message(struct scan *scan, struct out *o, const struct nf_view *v, bool decode);

/* The records of one set that was held. */
void scan_late(struct scan *scan, struct out *o, const struct nf_late *late, bool decode);

/* "2 templates, 24 flows of 256, 1 undecoded set of 301 (never defined)" */
void scan_text(struct nf_strbuf *s, const struct scan *scan, bool bpf);

#endif
