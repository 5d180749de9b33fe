#include <config.h>

#include "framebuild.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

enum { ETHERTYPE_4 = 0x0800, ETHERTYPE_6 = 0x86dd, ETHERTYPE_VLAN = 0x8100 };
enum {
	PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_FRAGMENT6 = 44, PROTO_ICMP6 = 58,
	PROTO_SCTP = 132,
};
enum { CHUNK_INIT = 1, CHUNK_FORWARD = 192 };

struct nf_endpoint fb_endpoint(const char *text)
{
	struct nf_endpoint e = { 0 };
	const char *colon = strrchr(text, ':');
	bool v6 = text[0] == '[';
	char host[64];
	size_t n;

	if (colon == NULL || (v6 && (colon == text || colon[-1] != ']')))
		return e;
	n = (size_t)(colon - text) - (v6 ? 2 : 0);
	if (n >= sizeof(host))
		return e;
	memcpy(host, text + (v6 ? 1 : 0), n);
	host[n] = '\0';
	if (inet_pton(v6 ? AF_INET6 : AF_INET, host, e.addr.octets) == 1)
		e.addr.family = v6 ? 6 : 4;
	e.port = (uint16_t)strtoul(colon + 1, NULL, 10);
	return e;
}

/* The sum of RFC 1071, by eight octets at a time: the order of octets does not matter to it. */
static uint64_t sum_add(uint64_t sum, const uint8_t *p, size_t n)
{
	uint64_t w;

	for (; n >= sizeof(w); p += sizeof(w), n -= sizeof(w)) {
		w = nf_be64(p);
		sum += w >> 32;
		sum += w & 0xffffffff;
	}
	for (; n >= 2; p += 2, n -= 2)
		sum += nf_be16(p);
	if (n > 0)
		sum += (uint64_t)p[0] << 8;
	return sum;
}

static uint16_t sum_fold(uint64_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static size_t addr_len(const struct nf_addr *a)
{
	return a->family == 6 ? 16 : 4;
}

/* The checksum of a segment under the pseudo header of RFC 768 and RFC 8200 section 8.1. */
static uint16_t transport_sum(const struct fb_frame *f, uint8_t protocol, const uint8_t *p,
			      size_t n)
{
	uint64_t sum = protocol + n;

	sum = sum_add(sum, f->src.addr.octets, addr_len(&f->src.addr));
	sum = sum_add(sum, f->dst.addr.octets, addr_len(&f->dst.addr));
	return sum_fold(sum_add(sum, p, n));
}

static void ether(struct mb *out, const struct fb_frame *f)
{
	/* Locally administered, with the end of the address, so that one reads them apart. */
	for (int i = 0; i < 2; i++) {
		const struct nf_addr *a = i == 0 ? &f->dst.addr : &f->src.addr;

		mb_u16(out, 0x0200);
		mb_mem(out, a->octets + addr_len(a) - 4, 4);
	}
	if (f->vlan != 0) {
		mb_u16(out, ETHERTYPE_VLAN);
		mb_u16(out, f->vlan);
	}
	mb_u16(out, f->src.addr.family == 6 ? ETHERTYPE_6 : ETHERTYPE_4);
}

static void ip4(struct mb *out, const struct fb_frame *f, uint8_t protocol, size_t n)
{
	size_t start = out->n;

	mb_u16(out, 0x4500);
	mb_u16(out, (uint16_t)(20 + n));
	mb_u16(out, f->ip_id);
	mb_u16(out, f->fragment);
	mb_u8(out, 64);
	mb_u8(out, protocol);
	mb_u16(out, 0);
	mb_mem(out, f->src.addr.octets, 4);
	mb_mem(out, f->dst.addr.octets, 4);
	if (!out->failed)
		mb_put16(out, start + 10, sum_fold(sum_add(0, out->p + start, 20)));
}

/* RFC 8200 section 4.5: the fragment header has the offset in the top 13 bits, M in the last. */
static void ip6(struct mb *out, const struct fb_frame *f, uint8_t protocol, size_t n)
{
	bool fragment = f->fragment != 0 || f->atomic;

	mb_u32(out, 0x60000000);
	mb_u16(out, (uint16_t)(n + (fragment ? 8 : 0)));
	mb_u8(out, fragment ? PROTO_FRAGMENT6 : protocol);
	mb_u8(out, 64);
	mb_mem(out, f->src.addr.octets, 16);
	mb_mem(out, f->dst.addr.octets, 16);
	if (!fragment)
		return;
	mb_u8(out, protocol);
	mb_u8(out, 0);
	mb_u16(out, (uint16_t)(f->fragment << 3 | ((f->fragment & FB_MORE_FRAGMENTS) != 0)));
	mb_u32(out, f->ip_id);
}

static void headers(struct mb *out, const struct fb_frame *f, uint8_t protocol, size_t n)
{
	ether(out, f);
	if (f->src.addr.family == 6)
		ip6(out, f, protocol, n);
	else
		ip4(out, f, protocol, n);
}

void fb_ip(struct mb *out, const struct fb_frame *f, uint8_t protocol, struct nf_bytes payload)
{
	headers(out, f, protocol, payload.n);
	mb_mem(out, payload.p, payload.n);
}

/* source port, destination port, length, checksum: RFC 768 */
void fb_udp_segment(struct mb *out, const struct fb_frame *f, struct nf_bytes payload)
{
	size_t start = out->n;
	uint16_t sum;

	mb_u16(out, f->src.port);
	mb_u16(out, f->dst.port);
	mb_u16(out, (uint16_t)(8 + payload.n));
	mb_u16(out, 0);
	mb_mem(out, payload.p, payload.n);
	if (out->failed)
		return;
	if (f->udp_length != 0)
		mb_put16(out, start + 4, f->udp_length);
	if (f->no_checksum)
		return;
	sum = transport_sum(f, PROTO_UDP, out->p + start, out->n - start);
	mb_put16(out, start + 6, f->udp_checksum != 0 ? f->udp_checksum : sum != 0 ? sum : 0xffff);
}

void fb_udp(struct mb *out, const struct fb_frame *f, struct nf_bytes payload)
{
	headers(out, f, PROTO_UDP, 8 + payload.n);
	fb_udp_segment(out, f, payload);
}

/* ports, sequence, acknowledgment, offset and flags, window, checksum, urgent: RFC 9293 3.1 */
void fb_tcp(struct mb *out, const struct fb_frame *f, const struct fb_segment *s,
	    struct nf_bytes payload)
{
	size_t start;

	headers(out, f, PROTO_TCP, 20 + payload.n);
	start = out->n;
	mb_u16(out, f->src.port);
	mb_u16(out, f->dst.port);
	mb_u32(out, s->seq);
	mb_u32(out, s->ack);
	mb_u16(out, 0x5000 | (s->flags != 0 ? s->flags : FB_ACK | FB_PSH));
	mb_u16(out, 65535);
	mb_u32(out, 0);
	mb_mem(out, payload.p, payload.n);
	if (!out->failed)
		mb_put16(out, start + 16,
			 transport_sum(f, PROTO_TCP, out->p + start, out->n - start));
}

/* RFC 9260 appendix A: reflected CRC32c, stored least significant octet first */
static uint32_t crc32c(const uint8_t *p, size_t n)
{
	uint32_t crc = 0xffffffff;

	while (n-- > 0) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

/*
 * type 3 or 1, code 3 or 4, checksum, zero, then the packet that it answers, up to its first eight
 * octets behind IP: RFC 792, RFC 4443 section 3.1
 */
void fb_unreachable(struct mb *out, const struct fb_frame *f)
{
	const struct fb_frame back = { .src = f->dst, .dst = f->src, .vlan = f->vlan };
	bool v6 = f->src.addr.family == 6;
	struct mb m;

	mb_init(&m);
	mb_u16(&m, v6 ? 0x0104 : 0x0303);
	mb_u16(&m, 0);
	mb_u32(&m, 0);
	(v6 ? ip6 : ip4)(&m, f, PROTO_UDP, 8);
	mb_u16(&m, f->src.port);
	mb_u16(&m, f->dst.port);
	mb_u32(&m, 8 << 16);
	if (!m.failed)
		mb_put16(&m, 2, v6 ? transport_sum(&back, PROTO_ICMP6, m.p, m.n) :
				     sum_fold(sum_add(0, m.p, m.n)));
	else
		out->failed = true;
	fb_ip(out, &back, v6 ? PROTO_ICMP6 : PROTO_ICMP, mb_bytes(&m));
	mb_done(&m);
}

static void data_chunk(struct mb *out, const struct fb_chunk *c, struct nf_bytes payload)
{
	mb_u8(out, 0);
	mb_u8(out, c->flags != 0 ? c->flags : FB_SCTP_WHOLE);
	mb_u16(out, (uint16_t)(16 + payload.n));
	mb_u32(out, c->tsn);
	mb_u16(out, c->stream);
	mb_u16(out, c->stream_seq);
	mb_u32(out, 0);
	mb_mem(out, payload.p, payload.n);
	mb_zeros(out, (4 - payload.n % 4) % 4);
}

/* RFC 9260 section 3.3.2: tag, window, streams, first TSN */
static void init_chunk(struct mb *out, const struct fb_chunk *c)
{
	mb_u32(out, 0x01000014);
	mb_u32(out, c->tag);
	mb_u32(out, 65536);
	mb_u32(out, 0x00100010);
	mb_u32(out, c->tsn);
}

/* RFC 3758 section 3.2: new cumulative TSN, a stream and the sequence number in it */
static void forward_chunk(struct mb *out, const struct fb_chunk *c)
{
	mb_u32(out, 0xc000000c);
	mb_u32(out, c->tsn);
	mb_u16(out, c->stream);
	mb_u16(out, c->stream_seq);
}

/*
 * ports, verification tag, checksum; type, flags, length; of DATA then TSN, stream, sequence in
 * it, payload protocol 0, padded to four octets: RFC 9260 sections 3.1 and 3.3.1
 */
void fb_sctp(struct mb *out, const struct fb_frame *f, const struct fb_chunk *c,
	     struct nf_bytes payload)
{
	struct mb m;

	mb_init(&m);
	mb_u16(&m, f->src.port);
	mb_u16(&m, f->dst.port);
	mb_u32(&m, c->type == CHUNK_INIT ? 0 : c->tag);
	mb_u32(&m, 0);
	switch (c->type) {
	case CHUNK_INIT: init_chunk(&m, c); break;
	case CHUNK_FORWARD: forward_chunk(&m, c); break;
	default: data_chunk(&m, c, payload); break;
	}
	if (!m.failed)
		mb_put32(&m, 8, __builtin_bswap32(crc32c(m.p, m.n)));
	else
		out->failed = true;
	fb_ip(out, f, PROTO_SCTP, mb_bytes(&m));
	mb_done(&m);
}

/* Section header and one interface, whose stamps are nanoseconds. */
static void ng_begin(struct mb *out, const struct fb_pcap *pcap)
{
	mb_hex(out, "0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c");
	mb_hex(out, "00000001 00000020");
	mb_u16(out, (uint16_t)(pcap->linktype != 0 ? pcap->linktype : 1));
	mb_u16(out, 0);
	mb_u32(out, 0);
	mb_hex(out, "0009 0001 09000000 0000 0000 00000020");
}

/* An enhanced packet block; epb_dropcount where there were drops. */
static void ng_frame(struct mb *out, const struct fb_pcap *pcap, int64_t ts_ns,
		     struct nf_bytes frame, size_t captured)
{
	size_t padding = (4 - captured % 4) % 4, options = pcap->drops != 0 ? 16 : 0;
	uint32_t length = (uint32_t)(32 + captured + padding + options);

	mb_u32(out, 6);
	mb_u32(out, length);
	mb_u32(out, 0);
	mb_u64(out, (uint64_t)ts_ns);
	mb_u32(out, (uint32_t)captured);
	mb_u32(out, (uint32_t)frame.n);
	mb_mem(out, frame.p, captured);
	mb_zeros(out, padding);
	if (options != 0) {
		mb_u32(out, 0x00040008);
		mb_u64(out, pcap->drops);
		mb_u32(out, 0);
	}
	mb_u32(out, length);
}

static void file_u32(struct mb *out, const struct fb_pcap *pcap, uint32_t v)
{
	mb_u32(out, pcap->big_endian ? v : __builtin_bswap32(v));
}

static void file_u16(struct mb *out, const struct fb_pcap *pcap, uint16_t v)
{
	mb_u16(out, pcap->big_endian ? v : __builtin_bswap16(v));
}

static uint32_t snaplen(const struct fb_pcap *pcap)
{
	return pcap->snaplen != 0 ? pcap->snaplen : 262144;
}

void fb_pcap_begin(struct mb *out, const struct fb_pcap *pcap)
{
	if (pcap->ng) {
		ng_begin(out, pcap);
		return;
	}
	file_u32(out, pcap, pcap->nano ? 0xa1b23c4d : 0xa1b2c3d4);
	file_u16(out, pcap, 2);
	file_u16(out, pcap, 4);
	file_u32(out, pcap, 0);
	file_u32(out, pcap, 0);
	file_u32(out, pcap, snaplen(pcap));
	file_u32(out, pcap, pcap->linktype != 0 ? pcap->linktype : 1);
}

void fb_pcap_frame(struct mb *out, const struct fb_pcap *pcap, int64_t ts_ns,
		   struct nf_bytes frame)
{
	size_t captured = frame.n < snaplen(pcap) ? frame.n : snaplen(pcap);

	if (pcap->ng) {
		ng_frame(out, pcap, ts_ns, frame, captured);
		return;
	}
	file_u32(out, pcap, (uint32_t)(ts_ns / 1000000000));
	file_u32(out, pcap, (uint32_t)(ts_ns % 1000000000 / (pcap->nano ? 1 : 1000)));
	file_u32(out, pcap, (uint32_t)captured);
	file_u32(out, pcap, (uint32_t)frame.n);
	mb_mem(out, frame.p, captured);
}

bool fb_save(const struct mb *m, const char *path)
{
	FILE *file;
	bool ok;

	if (m->failed)
		return false;
	file = fopen(path, "wb");
	if (file == NULL)
		return false;
	ok = fwrite(m->p, 1, m->n, file) == m->n;
	return fclose(file) == 0 && ok;
}
