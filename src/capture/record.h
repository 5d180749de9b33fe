/*
 * Datagrams written as a capture: what the other files of this folder read, made anew.
 *
 *	struct record *r = record_open(file, "out.pcap", &opts, &err);
 *	... record_datagram(r, &d, &err) ...
 *	record_close(r, &err);
 *
 * A pcap file of big-endian headers and LINKTYPE_RAW: each frame is an IP packet around one
 * datagram, with its addresses, ports and stamp, its TTL, DSCP and identification where they are
 * known, and right checksums.  Read again, it gives the datagrams that were written, each with
 * payload, wire_len, transport, endpoints and stamp as they were:
 *
 *   UDP	one frame each
 *   TCP	segments of a connection whose sequence numbers go on, behind a SYN; a message that
 *		fills more than an IPv4 packet takes two
 *   SCTP	DATA chunks of an association whose TSNs go on, behind an INIT; stream, sequence
 *		number in it and the unordered flag are the datagram's
 *   FILE	an IPFIX File has no addresses: its messages are written as one TCP connection a
 *		file, 0.0.0.0 port 49152 + FILE % 16384 to 0.0.0.0 port 4739, so that they are a
 *		session of their own in which withdrawals count, as in the File.  Export Times that
 *		step back are written as the latest of that file before: order is what a File has.
 *
 * Octets that were sent and not captured stay so: the frame is cut (its length says more than is
 * there), and has no checksum but the one that UDP had.  What is not kept: fragments, tunnels,
 * VLANs, IP options, retransmissions, holes of TCP and SCTP.
 *
 * What is remembered of connections is bounded: one that makes room for another ends with a FIN,
 * and begins anew with a SYN, if more comes.
 */
#ifndef CAPTURE_RECORD_H
#define CAPTURE_RECORD_H

#include <stdio.h>

#include "base/datagram.h"
#include "base/err.h"

struct record_opts {
	/*
	 * Stamps in microseconds, for datagrams that have no finer ones (!ts_fine), so that what is
	 * read again does not claim to.  Otherwise nanoseconds.
	 */
	bool coarse;
};

struct record;

/*
 * Write the file's header to FILE, which is borrowed until close, as NAME (for messages) is;
 * OPTS may be NULL.  NULL and *ERR where that fails.
 */
struct record *record_open(FILE *file, const char *name, const struct record_opts *opts,
			   struct nf_err *err);

/*
 * Write D as if sent: 0; -1 and *ERR (ENV: disk full) where writing fails.  1, *ERR a notice of
 * kind NONE, and nothing written, where D fits into no IP packet (UDP: more than 65507 octets over
 * IPv4, 65527 over IPv6); such come out of nothing but jumbograms.  A stamp before 1970 or after
 * 2106 is written as the nearest that the format has.
 */
int record_datagram(struct record *r, const struct nf_datagram *d, struct nf_err *err);

/* Octets of the file so far. */
uint64_t record_size(const struct record *r);

/* Have all of it in the hands of the system.  -1 and *ERR where that fails. */
int record_flush(struct record *r, struct nf_err *err);

/* The same, and free R.  FILE stays open.  R may be NULL. */
int record_close(struct record *r, struct nf_err *err);

#endif
