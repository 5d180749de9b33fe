/*
 * Frames around messages, and pcap or pcapng files around frames.
 *
 *	struct fb_frame f = { .src = fb_endpoint("10.0.0.1:2055"),
 *			      .dst = fb_endpoint("10.0.0.9:9995") };
 *
 *	fb_pcap_begin(&file, &pcap);
 *	fb_udp(&frame, &f, mb_bytes(&message));
 *	fb_pcap_frame(&file, &pcap, ts_ns, mb_bytes(&frame));
 *	fb_save(&file, "x.pcap");
 *
 * A frame is Ethernet, an 802.1Q tag if there is a VLAN, IPv4 or IPv6 by the addresses,
 * and the transport, with right lengths and checksums.  Everything appends to a struct mb.
 */
#ifndef TESTS_LIB_FRAMEBUILD_H
#define TESTS_LIB_FRAMEBUILD_H

#include "base/datagram.h"
#include "msgbuild.h"

enum {
	FB_MORE_FRAGMENTS = 0x2000,	/* fb_frame.fragment: this bit and the offset in eights */
	FB_FIN = 1, FB_SYN = 2, FB_RST = 4, FB_PSH = 8, FB_ACK = 16,
	FB_SCTP_LAST = 1, FB_SCTP_FIRST = 2, FB_SCTP_WHOLE = 3, FB_SCTP_UNORDERED = 4,
};

struct fb_frame {
	struct nf_endpoint src, dst;	/* both IPv4 or both IPv6 */
	uint16_t vlan;			/* 0: untagged */
	uint16_t ip_id;			/* IPv4 Identification; IPv6: that of the fragment header */
	uint16_t fragment;		/* 0: whole */
	bool no_checksum;		/* UDP checksum 0 */
	/* What the UDP header says instead of what is right; 0: what is right */
	uint16_t udp_length, udp_checksum;
	bool atomic;			/* IPv6: a fragment header, and yet whole (RFC 6946) */
};

struct fb_segment {			/* TCP */
	uint32_t seq, ack;
	uint8_t flags;			/* 0: ACK and PSH */
};

struct fb_chunk {			/* SCTP */
	uint8_t type;			/* 0 DATA, 1 INIT, 192 FORWARD TSN; no others */
	uint32_t tag, tsn;
	uint16_t stream, stream_seq;
	uint8_t flags;			/* 0: a whole message */
};

struct fb_pcap {
	bool nano;			/* nanosecond stamps */
	bool big_endian;
	uint32_t linktype;		/* 0: Ethernet */
	uint32_t snaplen;		/* 0: 262144; frames are cut to it */
	bool ng;			/* pcapng, big-endian, in nanoseconds */
	uint32_t drops;			/* pcapng: packets dropped before the next frame */
};

/* "10.0.0.1:2055", "[2001:db8::1]:4739"; family 0 where the text is neither. */
struct nf_endpoint fb_endpoint(const char *text);

void fb_udp(struct mb *out, const struct fb_frame *f, struct nf_bytes payload);
void fb_tcp(struct mb *out, const struct fb_frame *f, const struct fb_segment *s,
	    struct nf_bytes payload);
void fb_sctp(struct mb *out, const struct fb_frame *f, const struct fb_chunk *c,
	     struct nf_bytes payload);

/* The parts of fb_udp, for fragments: a UDP header with PAYLOAD, and Ethernet and IP alone. */
void fb_udp_segment(struct mb *out, const struct fb_frame *f, struct nf_bytes payload);
void fb_ip(struct mb *out, const struct fb_frame *f, uint8_t protocol, struct nf_bytes payload);

/* ICMP or ICMPv6 from the receiver of F: nobody listens on its port. */
void fb_unreachable(struct mb *out, const struct fb_frame *f);

void fb_pcap_begin(struct mb *out, const struct fb_pcap *pcap);
void fb_pcap_frame(struct mb *out, const struct fb_pcap *pcap, int64_t ts_ns,
		   struct nf_bytes frame);

/* Write all of M to PATH; false where that, or M itself, failed. */
bool fb_save(const struct mb *m, const char *path);

#endif
