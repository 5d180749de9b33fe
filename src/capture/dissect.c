/* The dissector: leads each frame from layer to layer, up to datagrams. */
#include <config.h>

#include "capture/frame.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "capture/frag.h"
#include "capture/hold.h"
#include "capture/icmp.h"
#include "capture/ip.h"
#include "capture/link.h"
#include "capture/metered.h"
#include "capture/sctp.h"
#include "capture/tcp.h"
#include "capture/tls.h"
#include "capture/tunnel.h"
#include "capture/wlan.h"

enum { MEMORY_DEFAULT = 64 << 20 };

struct dissector {
	struct capture_counts *counts;
	struct capture_watch watch;	/* which those below have, too */
	struct frame frame;
	struct packet pk;
	struct nf_extent extent;	/* of the frame */
	struct nf_extent payload;	/* of a datagram that came in one piece */
	struct extents extents;		/* of one that did not */
	uint16_t sport, dport;
	bool ready;			/* pk is the payload of a UDP datagram */
	const struct link_type *link;	/* of the frame before: as a rule of this one, too */
	struct hold hold;
	struct frag frag;
	struct tcp tcp;
	struct sctp sctp;
};

struct dissector *dissector_new(const struct capture_opts *o, struct capture_counts *counts,
				struct nf_err *err)
{
	struct dissector *d = nf_zalloc(sizeof(*d));

	if (d == NULL) {
		nf_err_memory(err);
		return NULL;
	}
	d->counts = counts;
	hold_init(&d->hold, o->max_memory != 0 ? o->max_memory : MEMORY_DEFAULT);
	frag_init(&d->frag, &d->hold, counts, &d->watch);
	tcp_init(&d->tcp, &d->hold, counts, o->framer, &d->watch);
	sctp_init(&d->sctp, &d->hold, counts, &d->watch);
	return d;
}

void dissector_free(struct dissector *d)
{
	if (d == NULL)
		return;
	d->watch = (struct capture_watch){ 0 };	/* who heard of events may be gone */
	frag_done(&d->frag);
	sctp_done(&d->sctp);
	tcp_done(&d->tcp);
	nf_free(d->extents.items);
	nf_free(d);
}

void dissector_watch(struct dissector *d, const struct capture_watch *w)
{
	d->watch = *w;
}

/* An event of KIND in PK, between the ports of a datagram. */
static struct capture_event event(const struct dissector *d, const struct packet *pk,
				  enum capture_event_kind kind)
{
	struct capture_event e = packet_event(pk, kind, NF_TRANSPORT_UDP);

	e.src.port = d->sport;
	e.dst.port = d->dport;
	return e;
}

/* PK is all of a UDP datagram of LENGTH octets, from its header on. */
static void look_at_checksum(struct packet *pk, uint16_t length)
{
	struct nf_frame_facts *f = &pk->facts;

	if (f->udp_checksum_zero || pk->routed || pk->n < length)
		return;
	f->udp_computed = ip_udp_checksum(pk, length);
	if (f->udp_computed == f->udp_checksum)
		return;
	f->udp_checksum_partial = f->udp_checksum == ip_udp_partial(pk, length);
	f->udp_checksum_bad = !f->udp_checksum_partial;
}

static struct next udp_too_short(struct dissector *d, const struct packet *pk, uint16_t length)
{
	if (capture_watched(&d->watch)) {
		struct capture_event e = event(d, pk, EVENT_UDP_LENGTH);

		e.at = pk->wire;
		e.amount = length;
		d->watch.event(d->watch.ctx, &e);
	}
	return next_skip(SKIP_BAD_TRANSPORT);
}

static struct next udp_encrypted(struct dissector *d, const struct packet *pk)
{
	if (capture_watched(&d->watch)) {
		struct capture_event e = event(d, pk, EVENT_ENCRYPTED);

		tls_versions((struct nf_bytes){ pk->p, pk->n }, true, &e);
		d->watch.event(d->watch.ctx, &e);
	}
	return next_skip(SKIP_ENCRYPTED);
}

/*
 * UDP (RFC 768)
 *	 0	2	source port
 *	 2	2	destination port
 *	 4	2	length, with this header
 *	 6	2	checksum; 0 if there is none
 * A length of less than the header carries nothing; of more than there is, what there is.
 */
static struct next udp(struct dissector *d, struct packet *pk)
{
	const uint8_t *p = pk->p;
	struct next next;
	uint16_t length;

	if (pk->n < 8)
		return next_skip(SKIP_BAD_TRANSPORT);
	d->sport = nf_be16(p);
	d->dport = nf_be16(p + 2);
	length = nf_be16(p + 4);
	if (length < 8)
		return udp_too_short(d, pk, length);
	pk->facts.udp_length = length;
	pk->facts.udp_room = pk->wire < UINT16_MAX ? (uint16_t)pk->wire : UINT16_MAX;
	pk->facts.udp_short = length > pk->wire;
	pk->facts.udp_checksum = nf_be16(p + 6);
	pk->facts.udp_checksum_zero = pk->facts.udp_checksum == 0;
	if (d->watch.checksums)
		look_at_checksum(pk, length);
	packet_limit(pk, length);
	packet_advance(pk, 8);
	if (pk->wire == 0)
		return next_skip(SKIP_EMPTY);
	if (tunnel_port(d->sport, d->dport) && tunnel_udp(pk, d->sport, d->dport, &next))
		return next;
	if (pk->n > 0 && tls_datagram((struct nf_bytes){ pk->p, pk->n }, pk->wire))
		return udp_encrypted(d, pk);
	d->ready = true;
	return next_is(NEXT_DONE, 0);
}

static struct next icmp(struct dissector *d, const struct packet *pk, uint8_t number)
{
	if (capture_watched(&d->watch)) {
		struct capture_event e = packet_event(pk, EVENT_UNREACHABLE, NF_TRANSPORT_UDP);

		if (icmp_unreachable(pk, number, &e))
			d->watch.event(d->watch.ctx, &e);
	}
	return next_skip(SKIP_ICMP);
}

static struct next protocol(struct dissector *d, struct packet *pk, uint8_t number)
{
	struct next next;

	switch (number) {
	case IP_UDP: return udp(d, pk);
	case IP_TCP: return tcp_read(&d->tcp, pk);
	case IP_SCTP: return sctp_read(&d->sctp, pk);
	case IP_ICMP: case IP_ICMPV6: return icmp(d, pk, number);
	case IP_ESP: return next_skip(SKIP_ESP);
	default: break;
	}
	if (ip_extension(pk, number, &next) || tunnel_ip(pk, number, &next))
		return next;
	return next_skip(SKIP_PROTOCOL);
}

static void unknown_link(struct capture_counts *c, uint32_t linktype)
{
	c->skipped[SKIP_LINKTYPE]++;
	for (size_t i = 0; i < sizeof(c->skipped_linktype) / sizeof(c->skipped_linktype[0]); i++) {
		uint64_t *row = c->skipped_linktype[i];

		if (row[1] == 0 || row[0] == linktype) {
			row[0] = linktype;
			row[1]++;
			return;
		}
	}
}

/* Headers before the frame proper (PPI, SLL) lead here again, with another link type. */
static struct next link_header(struct dissector *d, struct packet *pk, uint32_t linktype)
{
	if (d->link == NULL || (uint32_t)d->link->linktype != linktype) {
		const struct link_type *link = link_find((int)linktype);

		if (link == NULL) {
			unknown_link(d->counts, linktype);
			return next_is(NEXT_DONE, 0);
		}
		d->link = link;
	}
	return d->link->read(pk);
}

static void dissect(struct dissector *d, struct packet *pk, struct next next)
{
	for (;;) {
		switch (next.kind) {
		case NEXT_LINK:
			next = link_header(d, pk, next.value);
			break;
		case NEXT_ETHERTYPE:
			next = link_ethertype(pk, (uint16_t)next.value);
			break;
		case NEXT_IP:
			if (d->watch.packet != NULL)
				metered_packet(&d->watch, pk);
			next = ip_read(pk);
			break;
		case NEXT_PROTOCOL:
			next = protocol(d, pk, (uint8_t)next.value);
			break;
		case NEXT_FRAGMENT:
			next = frag_read(&d->frag, pk);
			break;
		case NEXT_SKIP:
			d->counts->skipped[next.value]++;
			return;
		case NEXT_DONE:
			return;
		}
	}
}

/*
 * PK is all of D's frame from P on.  Written field by field, as addresses and fragment need
 * no zeros: this is done for every frame.
 */
static void packet_begin(struct dissector *d, struct packet *pk, const uint8_t *p, uint32_t n,
			 uint32_t wire)
{
	pk->frame = &d->frame;
	pk->p = p;
	pk->n = n;
	pk->wire = wire;
	pk->more = NULL;
	pk->more_n = pk->more_wire = 0;
	pk->base = d->frame.p;
	pk->extents = &d->extent;
	pk->nextents = 1;
	pk->scope = 0;
	pk->tunnels = 0;
	pk->probing = false;
	pk->vlans = pk->labels = 0;
	pk->routed = false;
	pk->facts = (struct nf_frame_facts){ .fragments = 1 };
}

void dissector_feed(struct dissector *d, const struct frame *f)
{
	if (d->frag.spent != NULL)
		frag_release(&d->frag);
	d->ready = false;
	d->frame = *f;
	d->extent = (struct nf_extent){ f->offset, f->caplen, f->file };
	packet_begin(d, &d->pk, f->p, f->caplen,
		     f->wirelen > f->caplen ? f->wirelen : f->caplen);
	dissect(d, &d->pk, next_is(NEXT_LINK, (uint32_t)f->linktype));
}

/* The next subframe of an A-MSDU. */
static bool subframe(struct dissector *d)
{
	struct packet *pk = &d->pk;

	if (pk->more_wire == 0)
		return false;
	packet_begin(d, pk, pk->more, pk->more_n, pk->more_wire);
	dissect(d, pk, wlan_subframe(pk));
	return true;
}

/* Hand on the UDP datagram whose payload pk is. */
static bool hand_on(struct dissector *d, struct nf_datagram *out)
{
	const struct packet *pk = &d->pk;
	const struct frame *f = pk->frame;

	d->ready = false;
	out->ordinal = 0;
	out->frame = f->number;
	out->ts_ns = f->ts_ns;
	out->file = f->file;
	out->wire_len = pk->wire;
	out->payload = (struct nf_bytes){ pk->p, pk->n };
	out->src = (struct nf_endpoint){ pk->src, d->sport };
	out->dst = (struct nf_endpoint){ pk->dst, d->dport };
	out->transport = NF_TRANSPORT_UDP;
	out->ts_fine = f->ts_fine;
	out->stepped_back = false;
	out->facts = pk->facts;
	out->facts.cut = pk->n < pk->wire;
	if (pk->extents == &d->extent) {
		d->payload = (struct nf_extent){ f->offset + (uint64_t)(pk->p - f->p), pk->n,
						 f->file };
		out->extents = &d->payload;
		out->nextents = pk->n > 0;
		return true;
	}
	d->extents.n = 0;
	if (!extents_of(&d->extents, pk, pk->p, pk->n)) {
		d->counts->skipped[SKIP_MEMORY]++;
		return false;
	}
	out->extents = d->extents.items;
	out->nextents = (uint32_t)d->extents.n;
	return true;
}

bool dissector_next(struct dissector *d, struct nf_datagram *out)
{
	do {
		if (d->ready && hand_on(d, out))
			return true;
		if (d->tcp.current != NULL || d->tcp.again || d->tcp.finishing)
			if (tcp_next(&d->tcp, out))
				return true;
		if (d->sctp.pk != NULL && sctp_next(&d->sctp, out))
			return true;
	} while (subframe(d));
	return false;
}

void dissector_finish(struct dissector *d)
{
	d->ready = false;
	d->pk.more_wire = 0;
	frag_finish(&d->frag, d->frame.ts_ns);
	sctp_finish(&d->sctp);
	tcp_finish(&d->tcp);
}
