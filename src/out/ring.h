/*
 * Jobs that several threads do at the same time, and whose results are taken in the order in
 * which they were put.
 *
 *	while (... there is work ...) {
 *		job = ring_next(r);
 *		... fill it ...
 *		ring_put(r);
 *	}
 *	ring_drain(r);
 *
 * The thread that made the ring puts and takes.  Where no job is free it does one itself, so
 * that a ring of one thread needs no other, and one of N keeps N busy.
 */
#ifndef OUT_RING_H
#define OUT_RING_H

#include <stddef.h>

struct ring_ops {
	/* Do JOB as thread WHO: 0 is the caller's.  Called from all threads. */
	void (*work)(void *ctx, unsigned who, void *job);
	/* A job that is done, in its turn.  Called from the caller's thread alone. */
	void (*take)(void *ctx, void *job);
};

struct ring;

/*
 * A ring over the N jobs at JOBS, of SIZE octets each, which stay the caller's.  Threads that
 * cannot be started are done without.  NULL if memory is out.
 */
struct ring *ring_new(const struct ring_ops *ops, void *ctx, unsigned threads, void *jobs,
		      size_t n, size_t size);

/* Waits for what is being done; what was put and not taken is lost.  R may be NULL. */
void ring_free(struct ring *r);

/* The next job to fill, free for sure; the same one until it is put. */
void *ring_next(struct ring *r);
void ring_put(struct ring *r);

/* Until all that was put is done and taken. */
void ring_drain(struct ring *r);

#endif
