/*
 * A queue of datagrams between two threads: one receives into it, the other reads what it holds
 * where it stands.
 *
 * It is a ring of slots of one size, each with what is known of a datagram and its octets; longer
 * ones than a slot has room for, which are rare, have memory of their own.  Slots and that memory
 * together stay within the bound.  A queue that was emptied begins at its first slot again, so
 * that memory is touched only as far as bursts went.
 *
 * Whoever fills it waits where it is full; who reads it does not wait here, but for queue_fd.
 */
#ifndef CAPTURE_QUEUE_H
#define CAPTURE_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/datagram.h"
#include "base/err.h"

/* With what stands before its octets, and an odd number of cache lines, so that all are used. */
enum { QUEUE_SLOT = 1984 };

struct queue_slot {
	int64_t ts_ns;			/* 0: not known */
	struct nf_endpoint src, dst;
	uint32_t n;			/* octets of the datagram */
	uint32_t address;		/* index of the address that it came to */
	uint32_t scope;			/* of src: see socket_scope */
	bool lost;			/* its octets are: queue_next passes over it */
	uint8_t *large;			/* its octets where it is longer than a slot, or NULL */
	uint8_t octets[];
};

enum { QUEUE_OCTETS = QUEUE_SLOT - sizeof(struct queue_slot) };

/* What who fills the queue counts; read by the other one with queue_counts. */
struct queue_counts {
	uint64_t dropped;		/* datagrams that the kernel had no room for */
	uint64_t dropped_full;		/* of them while the queue was full */
	uint64_t full;			/* times that it was */
};

struct queue;

/* MAX: octets; what is less than a few batches is taken as that.  NULL and *ERR: no memory. */
struct queue *queue_new(size_t max, struct nf_err *err);
void queue_free(struct queue *q);

/* -- Who fills it ----------------------------------------------------------------------- */

/* Slots behind each other that are free, MOST at most, the first in *FIRST; 0: it is full. */
size_t queue_room(struct queue *q, size_t most, struct queue_slot **first);

/* Slot I behind FIRST, of those that queue_room gave. */
struct queue_slot *queue_slot(struct queue_slot *first, size_t i);

/* Memory for the octets of a long datagram; false, and counted, where it is over the bound. */
bool queue_large(struct queue *q, struct queue_slot *slot);

/* N of the slots are filled, from the first on. */
void queue_put(struct queue *q, size_t n);

/*
 * What was there is received: rest, so that more comes together and the other one has the
 * processor.  True if he has read all by now, and waits.
 */
bool queue_rest(struct queue *q, unsigned usec);

/* Until there is room, or queue_stir is called and *GIVE_UP is set. */
void queue_wait_room(struct queue *q, const atomic_bool *give_up);

void queue_dropped(struct queue *q, uint64_t n, bool full);

/* Nothing more will come. */
void queue_end(struct queue *q);

/* -- Who reads it ----------------------------------------------------------------------- */

/* The next one, valid until the next call; NULL where none is there. */
const struct queue_slot *queue_next(struct queue *q);

/*
 * When queue_next had none: true if queue_fd is going to be readable once there is something, or
 * the end.
 */
bool queue_idle(struct queue *q);
int queue_fd(const struct queue *q);

/* Who rests or waits for room looks about. */
void queue_stir(struct queue *q);

/* When queue_next had none: and nothing more will come. */
bool queue_ended(struct queue *q);

struct queue_counts queue_counts(struct queue *q);

#endif
