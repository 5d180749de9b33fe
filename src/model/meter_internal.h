/*
 * Inside the meter: meter.c has flows and packets, meter_pieces.c datagrams that come in pieces.
 *
 * Which flow a fragment is of is said by the first one of its datagram, which may come later, and
 * only if no other datagram has the same identification at the time.  So all of them wait until
 * that time is over.
 */
#ifndef MODEL_METER_INTERNAL_H
#define MODEL_METER_INTERNAL_H

#include "base/hash.h"
#include "model/meter.h"

enum { METER_EXPORTS = 1 << 12, METER_EXPORT_SLOTS = 2 * METER_EXPORTS };

struct meter_chunks {
	void **chunks;
	size_t nchunks, cap;
	size_t n;			/* rows in use */
};

struct meter_slot {
	uint32_t hash;
	uint32_t flow;			/* + 1; 0: free */
};

/* Numbers of datagrams and pieces are + 1; 0 is none. */
struct meter_piece {
	struct capture_packet packet;
	uint32_t row;
	uint32_t next;			/* of the same datagram, or free */
};

struct meter_datagram {
	struct meter_key key;		/* without ports; of IPv6 without a protocol, too */
	uint32_t id;
	uint32_t first, last;		/* pieces */
	uint32_t older, newer;		/* by their births; newer: of the free ones, too */
	uint32_t chain;			/* of the same bucket */
	int64_t born_ns, last_ns;
	uint32_t octets, total;		/* that came; all, 0 until the last piece is there */
};

struct meter_pieces {
	struct meter_piece *v;
	struct meter_datagram *datagrams;
	size_t n, cap, ndatagrams, datagrams_cap;
	uint32_t free, free_datagram;
	uint32_t oldest, newest;
	uint32_t *buckets;
};

struct meter {
	struct meter_opts opts;
	struct meter_totals totals;
	struct meter_chunks flows, rows;
	struct meter_slot *slots;
	size_t mask;
	struct meter_pieces pieces;
	struct meter_key *exports;
	size_t nexports, exports_cap;
	uint16_t export_slots[METER_EXPORT_SLOTS];	/* by hash: exports + 1 */
	struct capture_packet pending;	/* the innermost yet of its frame */
	uint64_t frame;			/* of the packet before */
	uint32_t file;
	bool is_pending;
	bool failed;
};

struct meter_key meter_key_of(const struct capture_packet *p);

/* P, whose row is ROW or has none, is of the flow of KEY; not SURE: that is not certain. */
void meter_give(struct meter *m, const struct meter_key *key, const struct capture_packet *p,
		uint32_t row, bool sure);

/* A fragment.  It is given to a flow later. */
void meter_piece(struct meter *m, const struct capture_packet *p, uint32_t row);
/* What P is a piece of was a tunnel: its pieces, whose number is returned, are no packets. */
uint64_t meter_pieces_drop(struct meter *m, const struct capture_packet *p);
/* No more come. */
void meter_pieces_end(struct meter *m);
void meter_pieces_done(struct meter_pieces *s);

#endif
