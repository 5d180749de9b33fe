/*
 * Captures from readable text, so that none in this tree is a file that nobody can check.
 *
 * A line is a command; `#` begins a comment and `\` at the end joins the next line.
 *
 *	pcap [nano=1] [big_endian=1] [snaplen=N] [linktype=N] [ng=1]
 *				the file, where not the usual; ng: pcapng
 *	bare			no capture: the messages alone, as in an IPFIX File (RFC 5655)
 *
 *	frame SRC > DST at TIME [vlan=N] [ip_id=N] [no_checksum=1] [checksum=N] [udp_length=N]
 *				[atomic=1] [drops=N]
 *				a UDP datagram with the messages that follow; atomic: whole, but
 *				with an IPv6 fragment header; drops: pcapng says that so many
 *				packets were dropped before it
 *	payload			collect the messages that follow; then cut them into pieces:
 *	segment SRC > DST at TIME [from=N] [to=N] [seq=N] [ack=N] [flags=N]	TCP
 *	chunk SRC > DST at TIME [from=N] [to=N] [tag=N] [tsn=N] [stream=N] [stream_seq=N]
 *				[flags=N] [type=N]				SCTP; type 1 is
 *				INIT, 192 FORWARD TSN: they have no part of the payload
 *	fragment SRC > DST at TIME [from=N] [to=N] [ip_id=N]
 *				of the UDP datagram, whose header is its first 8 octets; FROM
 *				in steps of 8
 *	raw at TIME HEX		a frame, all its octets written out
 *	unreachable SRC > DST at TIME
 *				ICMP or ICMPv6 from DST: nobody listens on the port of a datagram
 *
 *	v1 v5 v6 v7 v8 v9 ipfix [secs=N] [nsecs=N] [uptime_ms=N] [seq=N] [domain=N]
 *				[engine_type=N] [engine_id=N] [sampling=N] [aggregation=N]
 *				[count=N] [length=N]		begins a message
 *	flow NAME=VALUE ...	a record of v1 to v8; the names are those of mbfields.def
 *	set ID [length=N]
 *	template ID FIELDS	as mb_template
 *	options ID SCOPES | FIELDS
 *	withdraw ID
 *	record VALUES		as mb_record
 *	octets VALUES		written, not counted
 *	pad [N]			zeros up to a multiple of N octets, 4 if not said
 *
 * TIME is 2024-01-01T00:00:00.5Z, or +SECONDS after the frame before.  A header that does not
 * say its time has that of its frame (`payload`: of the frame before), and an uptime that
 * runs along from 1000 s at the first frame.
 */
#ifndef TESTS_LIB_TEXTBUILD_H
#define TESTS_LIB_TEXTBUILD_H

#include "base/err.h"
#include "msgbuild.h"

/* Append what TEXT describes to OUT.  -1 with the line and the reason in *ERR where it cannot. */
int tb_build(struct mb *out, const char *text, struct nf_err *err);

/* The same for the text in the file PATH. */
int tb_build_file(struct mb *out, const char *path, struct nf_err *err);

#endif
