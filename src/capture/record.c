#include <config.h>

#include "capture/record.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/sum.h"
#include "capture/crc32c.h"

enum {
	LINKTYPE_RAW = 101,
	SNAPLEN = 262144,
	PROTO_TCP = 6, PROTO_UDP = 17, PROTO_SCTP = 132,
	V4_HEADER = 20, V6_HEADER = 40,
	IP_MAX = 65535,			/* IPv4: with its header; IPv6: without */
	UDP_HEADER = 8, TCP_HEADER = 20, SCTP_HEADER = 12, DATA_HEADER = 16,
	/* what a segment and a chunk may carry over IPv4, which has room for less */
	SEGMENT_MAX = IP_MAX - V4_HEADER - TCP_HEADER,
	CHUNK_MAX = (IP_MAX - V4_HEADER - SCTP_HEADER - DATA_HEADER) & ~3,
	FLAG_FIN = 1, FLAG_SYN = 2, FLAG_PSH = 8, FLAG_ACK = 16,
	CHUNK_DATA = 0, CHUNK_INIT = 1,
	DATA_END = 1, DATA_BEGIN = 2, DATA_UNORDERED = 4,
	TTL = 64,
	FILE_PORTS = 49152, FILE_PORTS_N = 16384, FILE_TO = 4739,
	SETS = 1024, WAYS = 4,		/* connections that are remembered: SETS * WAYS */
};

#define MAGIC_NANO UINT32_C(0xa1b23c4d)
#define MAGIC_MICRO UINT32_C(0xa1b2c3d4)
#define SECOND INT64_C(1000000000)

/* One direction of a TCP connection or an SCTP association. */
struct connection {
	struct nf_endpoint src, dst;
	uint64_t used;			/* when it was last; 0: the place is free */
	int64_t ts_ns;			/* IPFIX Files: the latest stamp */
	uint32_t next;			/* sequence number, or TSN */
	uint32_t tag;			/* SCTP */
	uint8_t transport;
};

struct record {
	FILE *file;
	const char *name;
	bool coarse;
	uint64_t octets, uses;
	uint32_t begun;			/* connections */
	struct connection (*sets)[WAYS];	/* once there is one */
};

/* A packet to be written: what stands around N octets of PAYLOAD, of which SENT were sent. */
struct packet_out {
	const struct nf_datagram *d;
	struct nf_endpoint src, dst;
	int64_t ts_ns;
	uint8_t protocol;
	uint8_t header[SCTP_HEADER + DATA_HEADER + 16];	/* of the transport */
	uint32_t nheader;
	const uint8_t *payload;
	uint32_t n, sent;
	uint32_t padding;		/* zero octets behind the payload */
};

static int failed(const struct record *r, struct nf_err *err)
{
	return nf_err_set(err, NF_ERR_ENV, "%s: %s", r->name, strerror(errno));
}

static int put(struct record *r, const void *p, size_t n, struct nf_err *err)
{
	if (n > 0 && fwrite(p, 1, n, r->file) != n)
		return failed(r, err);
	r->octets += n;
	return 0;
}

/*
 * pcap file header
 *	 0	4	magic, which also tells the order of octets and the unit of stamps
 *	 4	2	major version 2
 *	 6	2	minor version 4
 *	 8	8	0
 *	16	4	snap length
 *	20	4	link type
 */
static int file_header(struct record *r, struct nf_err *err)
{
	uint8_t h[24] = { 0 };

	nf_store32(h, r->coarse ? MAGIC_MICRO : MAGIC_NANO);
	nf_store16(h + 4, 2);
	nf_store16(h + 6, 4);
	nf_store32(h + 16, SNAPLEN);
	nf_store32(h + 20, LINKTYPE_RAW);
	return put(r, h, sizeof(h), err);
}

struct record *record_open(FILE *file, const char *name, const struct record_opts *opts,
			   struct nf_err *err)
{
	struct record *r = nf_zalloc(sizeof(*r));

	if (r == NULL) {
		nf_err_memory(err);
		return NULL;
	}
	r->file = file;
	r->name = name;
	r->coarse = opts != NULL && opts->coarse;
	if (file_header(r, err) != 0) {
		nf_free(r);
		return NULL;
	}
	return r;
}

uint64_t record_size(const struct record *r)
{
	return r->octets;
}

int record_flush(struct record *r, struct nf_err *err)
{
	return fflush(r->file) == 0 ? 0 : failed(r, err);
}

int record_close(struct record *r, struct nf_err *err)
{
	int status = 0;

	if (r == NULL)
		return 0;
	status = record_flush(r, err);
	nf_free(r->sets);
	nf_free(r);
	return status;
}

/*
 * pcap record header
 *	 0	4	seconds since 1970
 *	 4	4	microseconds or nanoseconds
 *	 8	4	octets that follow
 *	12	4	octets that were sent
 */
static int record_header(struct record *r, int64_t ts_ns, uint32_t n, uint32_t sent,
			 struct nf_err *err)
{
	uint64_t secs = ts_ns > 0 ? (uint64_t)(ts_ns / SECOND) : 0;
	uint32_t nsecs = ts_ns > 0 ? (uint32_t)(ts_ns % SECOND) : 0;
	uint8_t h[16];

	if (secs > UINT32_MAX) {
		secs = UINT32_MAX;
		nsecs = SECOND - 1;
	}
	nf_store32(h, (uint32_t)secs);
	nf_store32(h + 4, r->coarse ? nsecs / 1000 : nsecs);
	nf_store32(h + 8, n);
	nf_store32(h + 12, sent);
	return put(r, h, sizeof(h), err);
}

static uint32_t addr_len(const struct packet_out *p)
{
	return p->src.addr.family == 6 ? 16 : 4;
}

/* RFC 791 section 3.1 */
static uint32_t ipv4_header(const struct packet_out *p, uint32_t n, uint8_t *h)
{
	const struct nf_frame_facts *facts = &p->d->facts;

	memset(h, 0, V4_HEADER);
	h[0] = 0x45;
	h[1] = facts->dscp_ecn;
	nf_store16(h + 2, (uint16_t)(V4_HEADER + n));
	nf_store16(h + 4, facts->ip_id);
	h[8] = facts->ttl != 0 ? facts->ttl : TTL;
	h[9] = p->protocol;
	memcpy(h + 12, p->src.addr.octets, 4);
	memcpy(h + 16, p->dst.addr.octets, 4);
	nf_store16(h + 10, (uint16_t)~nf_sum16(h, V4_HEADER));
	return V4_HEADER;
}

/* RFC 8200 section 3 */
static uint32_t ipv6_header(const struct packet_out *p, uint32_t n, uint8_t *h)
{
	const struct nf_frame_facts *facts = &p->d->facts;

	nf_store32(h, UINT32_C(0x60000000) | (uint32_t)facts->dscp_ecn << 20);
	nf_store16(h + 4, (uint16_t)n);
	h[6] = p->protocol;
	h[7] = facts->ttl != 0 ? facts->ttl : TTL;
	memcpy(h + 8, p->src.addr.octets, 16);
	memcpy(h + 24, p->dst.addr.octets, 16);
	return V6_HEADER;
}

/* The checksum over the pseudo header (RFC 768, RFC 8200 section 8.1), header and payload. */
static uint16_t transport_sum(const struct packet_out *p)
{
	uint32_t len = addr_len(p);
	uint64_t sum = (uint64_t)p->protocol + p->nheader + p->sent;

	sum += nf_sum16(p->src.addr.octets, len);
	sum += nf_sum16(p->dst.addr.octets, len);
	sum += nf_sum16(p->header, p->nheader);
	sum += nf_sum16(p->payload, p->n);
	return (uint16_t)~nf_sum16_fold(sum);
}

static int emit(struct record *r, const struct packet_out *p, struct nf_err *err)
{
	static const uint8_t zeros[4];
	uint32_t n = p->nheader + p->sent + p->padding, nip;
	uint32_t there = p->n < p->sent ? p->n : p->n + p->padding;
	uint8_t ip[V6_HEADER];

	nip = p->src.addr.family == 6 ? ipv6_header(p, n, ip) : ipv4_header(p, n, ip);
	if (record_header(r, p->ts_ns, nip + p->nheader + there, nip + n, err) != 0 ||
	    put(r, ip, nip, err) != 0 || put(r, p->header, p->nheader, err) != 0 ||
	    put(r, p->payload, p->n, err) != 0)
		return -1;
	return put(r, zeros, there - p->n, err);
}

/* RFC 768 */
static int udp(struct record *r, struct packet_out *p, struct nf_err *err)
{
	uint32_t room = p->src.addr.family == 6 ? IP_MAX : IP_MAX - V4_HEADER;
	uint16_t sum = p->d->facts.udp_checksum;

	if (p->sent > room - UDP_HEADER) {
		nf_err_set(err, NF_ERR_NONE, "%s: a datagram of %u octets fits into no IP packet: "
			   "left out", r->name, (unsigned)p->sent);
		return 1;
	}
	p->nheader = UDP_HEADER;
	nf_store16(p->header, p->src.port);
	nf_store16(p->header + 2, p->dst.port);
	nf_store16(p->header + 4, (uint16_t)(UDP_HEADER + p->sent));
	nf_store16(p->header + 6, 0);
	if (p->n == p->sent) {
		/* the length counts twice: in the pseudo header and in UDP's own */
		sum = transport_sum(p);
		sum = sum != 0 ? sum : 0xffff;
	}
	nf_store16(p->header + 6, sum);
	return emit(r, p, err);
}

/* RFC 9293 section 3.1 */
static int tcp_segment(struct record *r, struct packet_out *p, struct connection *c,
		       uint8_t flags, struct nf_err *err)
{
	uint8_t *h = p->header;

	p->nheader = TCP_HEADER;
	memset(h, 0, TCP_HEADER);
	nf_store16(h, c->src.port);
	nf_store16(h + 2, c->dst.port);
	nf_store32(h + 4, c->next);
	h[12] = TCP_HEADER / 4 << 4;
	h[13] = flags;
	nf_store16(h + 14, UINT16_MAX);
	if (p->n == p->sent)
		nf_store16(h + 16, transport_sum(p));
	c->next += p->sent + ((flags & (FLAG_SYN | FLAG_FIN)) != 0);
	return emit(r, p, err);
}

/* The common header of SCTP (RFC 9260 section 3.1), in front of what stands in P's header. */
static int sctp_packet(struct record *r, struct packet_out *p, const struct connection *c,
		       uint32_t tag, struct nf_err *err)
{
	static const uint8_t zeros[4];
	uint8_t *h = p->header;
	uint32_t crc;

	nf_store16(h, c->src.port);
	nf_store16(h + 2, c->dst.port);
	nf_store32(h + 4, tag);
	memset(h + 8, 0, 4);
	if (p->n == p->sent) {
		crc = crc32c(0, h, p->nheader);
		crc = crc32c(crc, p->payload, p->n);
		crc = crc32c(crc, zeros, p->padding);
		/* RFC 9260 appendix A: its octets stand the other way round */
		for (int i = 0; i < 4; i++)
			h[8 + i] = (uint8_t)(crc >> 8 * i);
	}
	return emit(r, p, err);
}

/* RFC 9260 section 3.3.2: the peer's tag to be, window, streams, and the first TSN. */
static int sctp_init_chunk(struct record *r, const struct packet_out *from,
			   const struct connection *c, struct nf_err *err)
{
	struct packet_out p = *from;
	uint8_t *h = p.header + SCTP_HEADER;

	p.nheader = SCTP_HEADER + 20;
	p.n = p.sent = p.padding = 0;
	nf_store16(h, CHUNK_INIT << 8);
	nf_store16(h + 2, 20);
	nf_store32(h + 4, c->tag);
	nf_store32(h + 8, UINT16_MAX);
	nf_store16(h + 12, UINT16_MAX);
	nf_store16(h + 14, UINT16_MAX);
	nf_store32(h + 16, c->next);
	return sctp_packet(r, &p, c, 0, err);
}

/* RFC 9260 section 3.3.1, behind the common header */
static int sctp_data(struct record *r, struct packet_out *p, struct connection *c, uint8_t flags,
		     struct nf_err *err)
{
	uint8_t *h = p->header + SCTP_HEADER;

	p->nheader = SCTP_HEADER + DATA_HEADER;
	p->padding = -p->sent & 3;
	h[0] = CHUNK_DATA;
	h[1] = flags | (p->d->facts.sctp_flags & DATA_UNORDERED);
	nf_store16(h + 2, (uint16_t)(DATA_HEADER + p->sent));
	nf_store32(h + 4, c->next++);
	nf_store16(h + 8, p->d->facts.sctp_stream);
	nf_store16(h + 10, p->d->facts.sctp_ssn);
	nf_store32(h + 12, 0);
	return sctp_packet(r, p, c, c->tag, err);
}

static int begin(struct record *r, const struct packet_out *from, struct connection *c,
		 struct nf_err *err)
{
	struct packet_out p = *from;

	p.n = p.sent = 0;
	if (c->transport == NF_TRANSPORT_SCTP)
		return sctp_init_chunk(r, &p, c, err);
	return tcp_segment(r, &p, c, FLAG_SYN, err);
}

/* C makes room: a reader that meets it again is not to take that for the same connection. */
static int end(struct record *r, const struct packet_out *from, struct connection *c,
	       struct nf_err *err)
{
	struct packet_out p = *from;

	if (c->used == 0 || c->transport == NF_TRANSPORT_SCTP)
		return 0;
	p.protocol = PROTO_TCP;
	p.src = c->src;
	p.dst = c->dst;
	p.n = p.sent = 0;
	return tcp_segment(r, &p, c, FLAG_FIN | FLAG_ACK, err);
}

static uint32_t hash(const struct packet_out *p)
{
	uint32_t h = crc32c(0, p->src.addr.octets, sizeof(p->src.addr.octets));

	h = crc32c(h, p->dst.addr.octets, sizeof(p->dst.addr.octets));
	return h ^ p->protocol ^ ((uint32_t)p->src.port << 16 | p->dst.port) * UINT32_C(0x9e3779b1);
}

/* The connection of P, begun where it is new; NULL and *ERR where that fails. */
static struct connection *connection_of(struct record *r, const struct packet_out *p,
					struct nf_err *err)
{
	uint8_t transport = p->protocol == PROTO_SCTP ? NF_TRANSPORT_SCTP : NF_TRANSPORT_TCP;
	struct connection *ways, *c;

	if (r->sets == NULL)
		r->sets = nf_zalloc(SETS * sizeof(*r->sets));
	if (r->sets == NULL) {
		nf_err_memory(err);
		return NULL;
	}
	ways = r->sets[hash(p) % SETS];
	c = ways;
	for (int i = 0; i < WAYS; i++) {
		if (ways[i].used != 0 && ways[i].transport == transport &&
		    nf_same_endpoint(&ways[i].src, &p->src) &&
		    nf_same_endpoint(&ways[i].dst, &p->dst)) {
			ways[i].used = ++r->uses;
			return &ways[i];
		}
		if (ways[i].used < c->used)
			c = &ways[i];
	}
	if (end(r, p, c, err) != 0)
		return NULL;
	r->begun++;
	*c = (struct connection){
		.src = p->src, .dst = p->dst, .transport = transport, .used = ++r->uses,
		.ts_ns = p->ts_ns, .next = r->begun * UINT32_C(0x10001), .tag = r->begun,
	};
	return begin(r, p, c, err) == 0 ? c : NULL;
}

/* Pieces of D one after another, as many as it takes. */
static int pieces(struct record *r, struct packet_out *p, struct connection *c, struct nf_err *err)
{
	bool sctp = c->transport == NF_TRANSPORT_SCTP;
	uint32_t most = sctp ? CHUNK_MAX : SEGMENT_MAX, sent = p->sent, n = p->n, at = 0;
	const uint8_t *payload = p->payload;

	do {
		bool last = sent - at <= most;
		int status;

		p->sent = last ? sent - at : most;
		p->n = n - at < p->sent ? n - at : p->sent;
		p->payload = p->n > 0 ? payload + at : payload;
		if (sctp)
			status = sctp_data(r, p, c, (uint8_t)((at == 0 ? DATA_BEGIN : 0) |
							      (last ? DATA_END : 0)), err);
		else
			status = tcp_segment(r, p, c, FLAG_ACK | FLAG_PSH, err);
		if (status != 0)
			return status;
		at += p->sent;
		if (n < at)
			n = at;		/* nothing of what follows is there */
	} while (at < sent);
	return 0;
}

/* Both ends are of one family, and neither of none. */
static void settle_endpoints(struct packet_out *p)
{
	const struct nf_datagram *d = p->d;

	if (d->transport == NF_TRANSPORT_FILE) {
		p->src.port = (uint16_t)(FILE_PORTS + d->file % FILE_PORTS_N);
		p->dst.port = FILE_TO;
	}
	if (p->src.addr.family == 0)
		p->src.addr = (struct nf_addr){ .family = p->dst.addr.family == 6 ? 6 : 4 };
	if (p->dst.addr.family != p->src.addr.family)
		p->dst.addr = (struct nf_addr){ .family = p->src.addr.family };
}

int record_datagram(struct record *r, const struct nf_datagram *d, struct nf_err *err)
{
	static const uint8_t nothing[1];
	struct packet_out p = {
		.d = d, .src = d->src, .dst = d->dst, .ts_ns = d->ts_ns,
		.payload = d->payload.n > 0 ? d->payload.p : nothing,
		.n = (uint32_t)d->payload.n, .sent = d->wire_len,
		.protocol = d->transport == NF_TRANSPORT_UDP ? PROTO_UDP :
			    d->transport == NF_TRANSPORT_SCTP ? PROTO_SCTP : PROTO_TCP,
	};
	struct connection *c;

	if (p.sent < p.n)
		p.sent = p.n;
	settle_endpoints(&p);
	if (p.protocol == PROTO_UDP)
		return udp(r, &p, err);
	c = connection_of(r, &p, err);
	if (c == NULL)
		return -1;
	if (d->transport == NF_TRANSPORT_FILE) {
		p.ts_ns = p.ts_ns < c->ts_ns ? c->ts_ns : p.ts_ns;
		c->ts_ns = p.ts_ns;
	}
	return pieces(r, &p, c, err);
}
