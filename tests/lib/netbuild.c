#include <config.h>

#include "lib/netbuild.h"

#include <arpa/inet.h>
#undef NDEBUG
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

void net_begin(struct net *n, const void *p, size_t len)
{
	assert(len <= NET_ROOM / 2);
	n->to = NET_ROOM - NET_TAIL;
	n->from = n->to - len;
	if (len > 0)
		memcpy(n->octets + n->from, p, len);
}

struct nf_bytes net_bytes(const struct net *n)
{
	return (struct nf_bytes){ n->octets + n->from, n->to - n->from };
}

void net_push(struct net *n, const void *p, size_t len)
{
	assert(len <= n->from);
	n->from -= len;
	if (len > 0)
		memcpy(n->octets + n->from, p, len);
}

static unsigned digit(int c)
{
	return (unsigned)(isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
}

void net_hex(struct net *n, const char *hex)
{
	uint8_t octets[512];
	size_t len = 0;

	while (*hex != '\0') {
		if (*hex == ' ') {
			hex++;
			continue;
		}
		assert(isxdigit((unsigned char)hex[0]) && isxdigit((unsigned char)hex[1]));
		assert(len < sizeof(octets));
		octets[len++] = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
		hex += 2;
	}
	net_push(n, octets, len);
}

void net_be(struct net *n, uint64_t v, unsigned len)
{
	uint8_t octets[8];

	for (unsigned i = 0; i < len; i++)
		octets[i] = (uint8_t)(v >> 8 * (len - 1 - i));
	net_push(n, octets, len);
}

void net_trail(struct net *n, size_t len)
{
	assert(len <= NET_ROOM - n->to);
	memset(n->octets + n->to, 0, len);
	n->to += len;
}

void net_udp(struct net *n, uint16_t sport, uint16_t dport)
{
	size_t len = n->to - n->from + 8;

	net_be(n, 0, 2);
	net_be(n, len, 2);
	net_be(n, dport, 2);
	net_be(n, sport, 2);
}

void net_tcp(struct net *n, uint16_t sport, uint16_t dport, uint32_t seq, uint32_t ack,
	     uint8_t flags)
{
	net_be(n, UINT64_C(0xffff00000000), 6);
	net_be(n, 0x5000u | flags, 2);
	net_be(n, ack, 4);
	net_be(n, seq, 4);
	net_be(n, dport, 2);
	net_be(n, sport, 2);
}

static void address(struct net *n, const char *text)
{
	uint8_t octets[16];
	bool v6 = strchr(text, ':') != NULL;
	int got = inet_pton(v6 ? AF_INET6 : AF_INET, text, octets);

	assert(got == 1);
	(void)got;
	net_push(n, octets, v6 ? 16 : 4);
}

static void ipv4(struct net *n, const char *src, const char *dst, uint8_t protocol,
		 uint16_t id, uint16_t position)
{
	size_t len = n->to - n->from + 20;
	uint8_t *p;
	uint32_t sum = 0;

	address(n, dst);
	address(n, src);
	net_be(n, 0, 2);
	net_be(n, protocol, 1);
	net_be(n, 64, 1);
	net_be(n, position, 2);
	net_be(n, id, 2);
	net_be(n, len, 2);
	net_be(n, 0x4500, 2);
	p = n->octets + n->from;
	for (int i = 0; i < 20; i += 2)
		sum += nf_be16(p + i);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16)) & 0xffff;
	p[10] = (uint8_t)(sum >> 8);
	p[11] = (uint8_t)sum;
}

static void ipv6(struct net *n, const char *src, const char *dst, uint8_t protocol)
{
	size_t len = n->to - n->from;

	address(n, dst);
	address(n, src);
	net_be(n, 64, 1);
	net_be(n, protocol, 1);
	net_be(n, len, 2);
	net_be(n, 0x60000000, 4);
}

void net_ip(struct net *n, const char *src, const char *dst, uint8_t protocol)
{
	if (strchr(src, ':') != NULL)
		ipv6(n, src, dst, protocol);
	else
		ipv4(n, src, dst, protocol, 1, 0);
}

void net_piece(struct net *n, const char *src, const char *dst, uint8_t protocol, uint32_t id,
	       uint32_t at, bool more)
{
	if (strchr(src, ':') == NULL) {
		ipv4(n, src, dst, protocol, (uint16_t)id,
		     (uint16_t)(at / 8 | (more ? 0x2000u : 0)));
		return;
	}
	net_be(n, id, 4);
	net_be(n, at | more, 2);
	net_be(n, 0, 1);
	net_be(n, protocol, 1);
	ipv6(n, src, dst, 44);
}

void net_chunk(struct net *n, const struct net_chunk *c)
{
	size_t len = n->to - n->from;

	net_trail(n, -len & 3);
	if (c->type == 0) {
		net_be(n, 0, 4);
		net_be(n, c->ssn, 2);
		net_be(n, c->stream, 2);
		net_be(n, c->tsn, 4);
		len += 12;
	} else if (c->type == 64) {
		net_be(n, c->fsn, 4);
		net_be(n, c->mid, 4);
		net_be(n, c->stream, 4);
		n->octets[n->from] = (uint8_t)(c->stream >> 8);
		n->octets[n->from + 1] = (uint8_t)c->stream;
		n->octets[n->from + 2] = n->octets[n->from + 3] = 0;
		net_be(n, c->tsn, 4);
		len += 16;
	}
	net_be(n, len + 4, 2);
	net_be(n, c->flags, 1);
	net_be(n, c->type, 1);
}

void net_sctp(struct net *n, uint16_t sport, uint16_t dport, uint32_t tag)
{
	net_be(n, 0, 4);
	net_be(n, tag, 4);
	net_be(n, dport, 2);
	net_be(n, sport, 2);
}

void net_ethernet(struct net *n)
{
	net_be(n, n->octets[n->from] >> 4 == 6 ? 0x86dd : 0x0800, 2);
	net_hex(n, "020000000001 020000000002");
}

static enum framer_verdict frame(struct nf_bytes stream, bool strict, uint32_t *length)
{
	static const uint8_t mark[] = { 0x6a, 0x5b, 0x4c, 0x3d };

	uint8_t second;

	if (stream.n == 0)
		return FRAMER_MORE;
	second = stream.p[0] == 22 ? 3 : 10;		/* TLS, or a message */
	if ((stream.p[0] != 0 && second == 10) || (stream.n >= 2 && stream.p[1] != second))
		return FRAMER_NO;
	if (stream.n < 4)
		return FRAMER_MORE;
	if (second == 3)
		return FRAMER_ENCRYPTED;
	*length = nf_be16(stream.p + 2);
	if (*length < 12)
		return FRAMER_NO;
	if (!strict)
		return FRAMER_MESSAGE;
	if (stream.n < 8)
		return FRAMER_MORE;
	return memcmp(stream.p + 4, mark, 4) == 0 ? FRAMER_MESSAGE : FRAMER_NO;
}

const struct framer net_framer = { frame };

void net_message(uint8_t *p, size_t len, uint32_t number)
{
	const uint8_t header[12] = {
		0, 10, (uint8_t)(len >> 8), (uint8_t)len, 0x6a, 0x5b, 0x4c, 0x3d,
		(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8),
		(uint8_t)number,
	};

	assert(len >= sizeof(header));
	memcpy(p, header, sizeof(header));
	for (size_t i = sizeof(header); i < len; i++)
		p[i] = (uint8_t)(number * 31 + i * 7 + (i >> 8));
}

bool rig_begin(struct rig *r, const struct capture_opts *opts)
{
	*r = (struct rig){ .offset = 24, .room = 4096, .ts_ns = INT64_C(1600000000000000000) };
	r->file = malloc(r->room);
	assert(r->file != NULL);
	r->d = dissector_new(opts, &r->counts, NULL);
	return r->d != NULL;
}

static void keep(void *ctx, const struct capture_event *e)
{
	struct rig *r = ctx;

	assert(e->kind < CAPTURE_EVENTS && e->noctets <= sizeof(e->octets));
	assert(e->frame <= r->frames && e->src.addr.family == e->dst.addr.family);
	r->events = realloc(r->events, (r->nevents + 1) * sizeof(*r->events));
	assert(r->events != NULL);
	r->events[r->nevents++] = *e;
}

void rig_watch(struct rig *r)
{
	dissector_watch(r->d, &(struct capture_watch){ .event = keep, .ctx = r,
						       .checksums = true });
}

static void verify(const struct rig *r, const struct nf_datagram *d)
{
	size_t at = 0;

	assert(d->payload.n <= d->wire_len);
	assert(d->facts.cut == (d->payload.n < d->wire_len));
	assert(d->frame >= 1 && d->frame <= r->frames);
	assert(d->src.addr.family == d->dst.addr.family);
	for (uint32_t i = 0; i < d->nextents; i++) {
		const struct nf_extent *x = &d->extents[i];

		assert(x->length > 0 && x->length <= d->payload.n - at);
		assert(x->offset >= 24 && x->offset + x->length <= r->offset);
		assert(memcmp(r->file + x->offset, d->payload.p + at, x->length) == 0);
		at += x->length;
	}
	assert(at == d->payload.n);
}

/* Room for the next frame, with its header. */
static void write_frame(struct rig *r, struct nf_bytes octets)
{
	while (r->room < r->offset + 16 + octets.n)
		r->room *= 2;
	r->file = realloc(r->file, r->room);
	assert(r->file != NULL);
	memset(r->file + r->offset, 0, 16);
	if (octets.n > 0)
		memcpy(r->file + r->offset + 16, octets.p, octets.n);
	r->offset += 16 + octets.n;
}

static void take(struct rig *r)
{
	struct nf_datagram d;

	while (dissector_next(r->d, &d)) {
		struct got *g;

		verify(r, &d);
		r->got = realloc(r->got, (r->ngot + 1) * sizeof(*r->got));
		assert(r->got != NULL);
		g = &r->got[r->ngot++];
		g->d = d;
		g->payload = malloc(d.payload.n + 1);
		g->extents = malloc((d.nextents + 1) * sizeof(*g->extents));
		assert(g->payload != NULL && g->extents != NULL);
		if (d.payload.n > 0)
			memcpy(g->payload, d.payload.p, d.payload.n);
		if (d.nextents > 0)
			memcpy(g->extents, d.extents, d.nextents * sizeof(*g->extents));
		g->d.payload.p = g->payload;
		g->d.extents = g->extents;
	}
}

void rig_feed(struct rig *r, int linktype, struct nf_bytes frame_octets)
{
	/* A copy of its own size, so that a sanitizer sees every step beyond it. */
	uint8_t *copy = malloc(frame_octets.n + 1);
	struct frame f = {
		.p = copy + 1, .caplen = (uint32_t)frame_octets.n,
		.wirelen = (uint32_t)frame_octets.n + r->missing, .ts_ns = r->ts_ns,
		.number = ++r->frames, .offset = r->offset + 16, .linktype = linktype,
	};

	assert(copy != NULL);
	if (frame_octets.n > 0)
		memcpy(copy + 1, frame_octets.p, frame_octets.n);
	r->missing = 0;
	r->ts_ns += 1000000;
	write_frame(r, frame_octets);
	dissector_feed(r->d, &f);
	take(r);
	free(copy);
}

void rig_finish(struct rig *r)
{
	dissector_finish(r->d);
	take(r);
}

void rig_end(struct rig *r)
{
	dissector_free(r->d);
	for (size_t i = 0; i < r->ngot; i++) {
		free(r->got[i].payload);
		free(r->got[i].extents);
	}
	free(r->got);
	free(r->events);
	free(r->file);
}

uint64_t rig_skipped(const struct rig *r)
{
	uint64_t sum = 0;

	for (int i = 0; i < CAPTURE_SKIPS; i++)
		sum += r->counts.skipped[i];
	return sum;
}

uint32_t net_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}
