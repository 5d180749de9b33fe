/*
 * The receiver: a thread that takes datagrams out of UDP sockets into a queue, so that bursts
 * survive while those before them are decoded, or while the output stands still.
 *
 * Where the queue is full the kernel goes on collecting, as far as the sockets' buffers go, and
 * drops what comes then: that costs nothing, and it counts what it drops.
 */
#ifndef CAPTURE_RECEIVER_H
#define CAPTURE_RECEIVER_H

#include "capture/queue.h"

struct receiver;

/* MAX_QUEUE: octets of the queue; 0: 64 MiB.  NULL and *ERR: no memory. */
struct receiver *receiver_new(size_t max_queue, struct nf_err *err);

/* The thread ends, whatever has come by then. */
void receiver_free(struct receiver *r);

/* The octets to ask the kernel for as the buffer of one of N sockets: together as much as here. */
int receiver_buffer(const struct receiver *r, size_t n);

/*
 * Datagrams of FD, which does not block and is the caller's, are of address number ADDRESS, and
 * come to BOUND where the kernel does not say.  Before receiver_start.
 */
int receiver_add(struct receiver *r, int fd, uint32_t address, const struct nf_endpoint *bound,
		 struct nf_err *err);

int receiver_start(struct receiver *r, struct nf_err *err);

/* What has come by now is still received, and then the queue ends. */
void receiver_stop(struct receiver *r);

/* To be read, not to be freed. */
struct queue *receiver_queue(const struct receiver *r);

#endif
