/*
 * Datagrams that were refused: what they may have been meant to be.
 */
#include <config.h>

#include "check/header.h"
#include "check/transport.h"

enum {
	PLAUSIBLE_FIRST = 946684800,	/* 2000-01-01 */
	DAY_S = 86400,
};

static struct check_place place_of(const struct nf_datagram *d, struct nf_span span)
{
	return (struct check_place){
		.frame = d->frame, .file = d->file, .ts_ns = d->ts_ns, .span = span,
	};
}

/* Within WITHIN_S of the capture, or of this century where that has no clock. */
static bool is_date(uint32_t secs, int64_t ts_ns, int64_t within_s)
{
	int64_t now = ts_ns / 1000000000, off = (int64_t)secs - now;

	if (now == 0)
		return secs >= PLAUSIBLE_FIRST && secs < INT32_MAX;
	return off < within_s && off > -within_s;
}

static uint16_t le16(const uint8_t *p)
{
	return __builtin_bswap16(nf_be16(p));
}

/* The sets of v9 may be in either order of octets. */
static bool set_fits(struct nf_bytes rest)
{
	uint16_t id, length;

	if (!nf_get16(rest, 0, &id) || !nf_get16(rest, 2, &length))
		return rest.n == 0;
	return (length >= 4 && length <= rest.n) ||
	       (__builtin_bswap16(length) >= 4 && __builtin_bswap16(length) <= rest.n);
}

/* Would the payload be flow export with the octets of its header the other way round? */
static const struct nf_format *swapped(const struct nf_datagram *d)
{
	const struct nf_bytes b = d->payload;
	const struct nf_format *f = b.n < 16 ? NULL : nf_format_of(le16(b.p));
	const struct nf_layout *l;

	if (f == NULL || b.n < f->header_len ||
	    !is_date(__builtin_bswap32(nf_be32(b.p + f->at.secs)), d->ts_ns, 3653 * DAY_S))
		return NULL;
	if (f->at.length != 0)
		return le16(b.p + f->at.length) == d->wire_len ? f : NULL;
	if (f->dialect != NULL)
		return le16(b.p + f->at.count) <= b.n / 4 &&
		       set_fits(nf_slice(b, f->header_len, SIZE_MAX)) ? f : NULL;
	l = nf_fixed_layout(f->version, f->at.aggregation != 0 ? b.p[f->at.aggregation] : 0);
	return l != NULL && le16(b.p + f->at.count) != 0 &&
	       f->header_len + (uint64_t)le16(b.p + f->at.count) * l->min_len == d->wire_len ?
	       f : NULL;
}

/* v2 to v4 are said to have had the header of v1 and v5, to unix_nsecs at least. */
static bool is_obsolete(const struct nf_datagram *d)
{
	const struct nf_format *f = nf_format_of(1);
	const uint8_t *p = d->payload.p;

	if (d->payload.n < f->header_len)
		return false;
	return nf_be16(p) >= 2 && nf_be16(p) <= 4 && nf_be16(p + f->at.count) != 0 &&
	       nf_be16(p + f->at.count) <= d->wire_len / 24 &&
	       is_date(nf_be32(p + f->at.secs), d->ts_ns, DAY_S) &&
	       nf_be32(p + f->at.nsecs) < 1000000000;
}

static void refused_as(struct check *c, const struct nf_datagram *d, enum check_rule_id rule,
		       struct nf_span span, struct check_arg a, struct check_arg b,
		       struct check_arg third)
{
	const struct check_place place = place_of(d, span);

	check_claim(c, &(struct check_claim){
		.rule = rule, .place = &place, .key = transport_key(&d->src.addr, &d->dst),
		.args = { a, b, third },
	});
}

/* An IPFIX header whose Length is wrong: the time is what tells it from something else. */
static void refused_length(struct check *c, const struct nf_datagram *d)
{
	const struct nf_format *f = nf_format_of(10);
	uint32_t length = nf_be16(d->payload.p + f->at.length);
	const struct nf_span span = nf_span_of(f->at.length, 2);
	const struct check_arg said = { .u = length };

	if (!is_date(nf_be32(d->payload.p + f->at.secs), d->ts_ns, DAY_S))
		return;
	if (length > d->wire_len)
		refused_as(c, d, CHECK_IPFIX_LENGTH_TOO_LONG, span, said,
			   (struct check_arg){ .u = d->wire_len }, (struct check_arg){ .u = 0 });
	else
		refused_as(c, d, CHECK_IPFIX_LENGTH_TOO_SHORT, span, said,
			   (struct check_arg){ .u = d->wire_len - length },
			   (struct check_arg){ .s = "octets" });
}

static void remember(struct check *c, const struct nf_datagram *d, bool is_empty)
{
	struct header_capture *h = check_state(c, check_capture(c), CHECK_GROUP_header);
	uint16_t version = d->payload.n >= 2 ? nf_be16(d->payload.p) : 0;
	const struct check_place place = place_of(d, nf_span_of(0, is_empty ? d->payload.n : 2));
	unsigned i = 0;

	while (i < h->nstrangers && (h->strangers[i].version != version ||
			    h->strangers[i].empty != is_empty ||
			    !nf_same_endpoint(&h->strangers[i].src, &d->src) ||
			    !nf_same_endpoint(&h->strangers[i].dst, &d->dst)))
		i++;
	if (i == HEADER_STRANGERS)
		return;
	if (i == h->nstrangers) {
		h->nstrangers++;
		h->strangers[i] = (struct header_stranger){
			.src = d->src, .dst = d->dst, .version = version, .empty = is_empty,
			.length = (uint32_t)d->payload.n, .first = place,
		};
	}
	h->strangers[i].n++;
	h->strangers[i].last = place;
}

void header_refused(struct check *c, const struct nf_datagram *d, enum nf_refusal why)
{
	const struct nf_format *f;

	if (d->transport != NF_TRANSPORT_UDP || d->facts.cut)
		return;
	if (why == NF_REFUSAL_EMPTY) {
		remember(c, d, true);
	} else if (why == NF_REFUSAL_LENGTH) {
		refused_length(c, d);
	} else if (why == NF_REFUSAL_VERSION) {
		f = swapped(d);
		if (f != NULL)
			refused_as(c, d, CHECK_MSG_BYTE_SWAPPED, nf_span_of(0, f->header_len),
				   (struct check_arg){ .s = f->name },
				   (struct check_arg){ .u = nf_be16(d->payload.p) },
				   (struct check_arg){ .addr = &d->src.addr });
		else if (is_obsolete(d))
			refused_as(c, d, CHECK_MSG_VERSION_OBSOLETE, nf_span_of(0, 2),
				   (struct check_arg){ .u = nf_be16(d->payload.p) },
				   (struct check_arg){ .u = 0 }, (struct check_arg){ .u = 0 });
		else
			remember(c, d, false);
	}
}

static const struct check_session *session_of(const struct check *c,
					      const struct header_stranger *s)
{
	const struct check_session *i = check_sessions(c);

	while (i != NULL && (!nf_same_endpoint(&i->id.src, &s->src) ||
			     !nf_same_endpoint(&i->id.dst, &s->dst)))
		i = i->next;
	return i;
}

/* Only where the same sockets carry flow export is a datagram held against it. */
void header_refused_end(struct check *c)
{
	const struct header_capture *h = check_state(c, check_capture(c), CHECK_GROUP_header);

	for (unsigned i = 0; i < h->nstrangers; i++) {
		const struct header_stranger *s = &h->strangers[i];
		struct check_claim claim = {
			.rule = s->empty ? CHECK_MSG_TOO_SHORT : CHECK_MSG_VERSION_UNKNOWN,
			.session = session_of(c, s), .place = &s->first, .count = s->n - 1,
			.args = { { .u = s->empty ? s->length : s->version }, { .u = 16 } },
		};

		if (claim.session == NULL)
			continue;
		if (s->n > 1)
			check_claim(c, &claim);
		claim.place = &s->last;
		claim.count = 1;
		check_claim(c, &claim);
	}
}
