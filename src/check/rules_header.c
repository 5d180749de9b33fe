/*
 * What message headers say, and what datagrams that were refused may have been meant to be.
 */
#include <config.h>

#include <string.h>

#include "check/rules.h"

enum {
	PLAUSIBLE_FIRST = 946684800,	/* 2000-01-01 */
	DAY_S = 86400,
	STRANGERS = 32,			/* refused datagrams that are remembered */
	MANY_DOMAINS = 8, FEW_MESSAGES = 2,
	PADDING_MOST = 7,		/* octets that a set is padded with, to multiples of 8 */
};

struct header_stream {
	bool flows_in_zero;		/* said */
	bool counted;			/* Count was wrong once */
	unsigned counts;		/* mask of what it may count: see counted_instead */
};

struct header_session {
	uint32_t domains, scarce;	/* scarce: with a message or two */
	uint64_t messages;
	/* One message after another: how often the domain changed, and the sequence went on. */
	uint64_t changes, went_on;
	uint32_t domain, sequence;	/* sequence: the next one's, if the counter is the same */
	bool known;			/* it is */
};

/* Refused datagrams of a pair of sockets, which may turn out to be an exporter's. */
struct stranger {
	struct nf_endpoint src, dst;
	uint16_t version;
	bool empty;			/* too short for a version */
	uint32_t length;
	struct check_place first, last;
	uint64_t n;
};

struct header_capture {
	struct stranger strangers[STRANGERS];
	unsigned n;
	/* Of the message at hand. */
	bool reserved;			/* a set with a reserved id: who knows what it holds */
	uint32_t zeros;			/* records that rec-zero-tail takes for padding */
};

/* -- Values of the header ------------------------------------------------------------- */

static void nanoseconds(struct check *c, const struct check_at *at)
{
	const struct nf_msg *m = at->msg;

	if (m->format->at.nsecs == 0 || m->export_nsecs < 1000000000)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_NSECS_OUT_OF_RANGE, .at = at,
		.span = nf_span_of(m->format->at.nsecs, 4), .args = { { .u = m->export_nsecs } },
	});
}

static void message(struct check *c, const struct check_at *at)
{
	struct header_capture *h = check_state(c, check_capture(c), CHECK_GROUP_header);

	h->reserved = false;
	h->zeros = 0;
	nanoseconds(c, at);
	if (at->first && at->msg->version == 6)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_MSG_VERSION_OBSOLETE, .at = at, .span = nf_span_of(0, 2),
			.args = { { .u = 6 } },
		});
}

/* -- What Count counts instead -------------------------------------------------------- */

static const char *const counted_instead[] = {
	"", "; it counts FlowSets", "; it counts data records alone",
	"; it counts flow records alone, neither templates nor options",
	"; it counts all but options data", "; it is one too many", "; it is one too few",
};
enum { COUNTS = sizeof(counted_instead) / sizeof(counted_instead[0]) };

/* What COUNT agrees with, as a mask of places in counted_instead. */
static unsigned explain(uint32_t count, const struct nf_tally *t, uint32_t all)
{
	const uint32_t values[COUNTS] = {
		[1] = t->sets, [2] = t->flows + t->options, [3] = t->flows,
		[4] = all - t->options, [5] = all + 1, [6] = all - 1,
	};
	unsigned mask = 0;

	for (unsigned i = 1; i < COUNTS; i++)
		if (values[i] == count)
			mask |= 1u << i;
	return mask;
}

static struct check_arg explanation(unsigned mask)
{
	unsigned i = 1;

	while (i < COUNTS && (mask & 1u << i) == 0)
		i++;
	return (struct check_arg){ .s = i < COUNTS ? counted_instead[i] : "" };
}

static void set(struct check *c, const struct check_at *at)
{
	struct header_capture *h = check_state(c, check_capture(c), CHECK_GROUP_header);

	h->reserved |= at->set->kind == NF_SET_RESERVED;
}

/* Records at the end of a set that are as short as padding, and zero. */
static void set_end(struct check *c, const struct check_at *at)
{
	struct header_capture *h = check_state(c, check_capture(c), CHECK_GROUP_header);
	const struct nf_layout *layout = at->use != NULL ? at->use->layout : NULL;
	uint32_t n = at->set_records;

	if (layout == NULL || layout->nvar != 0 || layout->min_len > PADDING_MOST)
		return;
	while (n != 0 && nf_all_zero(nf_slice(at->set->bytes, (n - 1) * layout->min_len,
					      layout->min_len))) {
		n--;
		h->zeros++;
	}
}

/* RFC 3954 section 5.1.  What could not be counted cannot be compared. */
static void count(struct check *c, const struct check_at *at)
{
	const struct header_capture *h = check_state(c, check_capture(c), CHECK_GROUP_header);
	struct header_stream *s = check_state(c, &at->stream->holder, CHECK_GROUP_header);
	const struct nf_msg *m = at->msg;
	const struct nf_tally *t = &at->tally;
	uint32_t all = t->flows + t->options + t->templates + t->options_templates +
		       t->withdrawals;
	unsigned mask;

	if (m->version != 9 || !t->exact || h->reserved || t->sets == 0 || m->count == all ||
	    m->count + h->zeros == all)
		return;
	mask = explain(m->count, t, all);
	s->counts = s->counted ? s->counts & mask : mask;
	s->counted = true;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_V9_COUNT_MISMATCH, .at = at,
		.span = nf_span_of(m->format->at.count, 2),
		.args = { { .u = m->count }, { .u = all }, { .u = t->sets }, explanation(mask) },
	});
}

/* -- Messages without content, domains ------------------------------------------------ */

static void empty(struct check *c, const struct check_at *at)
{
	const struct nf_msg *m = at->msg;

	if (!at->whole || m->format->dialect == NULL || m->wire_len != m->format->header_len ||
	    m->length != m->format->header_len)
		return;
	check_claim(c, &(struct check_claim){
		.rule = m->version == 9 ? CHECK_V9_EMPTY_PACKET : CHECK_IPFIX_EMPTY_MESSAGE,
		.at = at, .span = nf_span_of(0, m->bytes.n),
	});
}

static void domain(struct check *c, const struct check_at *at)
{
	struct header_stream *s = check_state(c, &at->stream->holder, CHECK_GROUP_header);
	const struct nf_msg *m = at->msg;

	if (m->version != 10 || m->domain != 0 || s->flows_in_zero || at->tally.flows == 0)
		return;
	s->flows_in_zero = true;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_DOMAIN_ZERO_WITH_FLOWS, .at = at,
		.span = nf_span_of(m->format->at.domain, m->format->at.domain_len),
	});
}

/* Domains of their own have counters of their own: Juniper has one of each for a line card. */
static void follow_domains(struct check *c, const struct check_at *at)
{
	struct header_session *s = check_state(c, &at->stream->session->holder,
					       CHECK_GROUP_header);
	const struct nf_msg *m = at->msg;

	if (s->known && m->domain != s->domain) {
		s->changes++;
		s->went_on += m->sequence == s->sequence;
	}
	s->known = m->version == 9 || at->tally.exact;
	s->domain = m->domain;
	s->sequence = m->sequence + (m->version == 9 ? 1 : at->tally.flows + at->tally.options);
}

static void message_end(struct check *c, const struct check_at *at)
{
	count(c, at);
	empty(c, at);
	domain(c, at);
	if (at->msg->format->dialect != NULL)
		follow_domains(c, at);
}

static void stream_end(struct check *c, struct check_stream *stream)
{
	struct header_stream *s = check_state(c, &stream->holder, CHECK_GROUP_header);
	struct header_session *all = check_state(c, &stream->session->holder,
						 CHECK_GROUP_header);

	if (s->counted)
		check_amend(c, &(struct check_claim){
			.rule = CHECK_V9_COUNT_MISMATCH, .stream = stream,
		}, 3, explanation(s->counts));
	if ((check_version_bit(stream->id.version) & CHECK_SETS) == 0)
		return;
	all->domains++;
	all->messages += stream->messages;
	all->scarce += stream->messages <= FEW_MESSAGES;
}

static void session_end(struct check *c, struct check_session *session)
{
	const struct header_session *s = check_state(c, &session->holder, CHECK_GROUP_header);

	if (s->domains < MANY_DOMAINS || s->scarce < s->domains - s->domains / 4 ||
	    s->changes == 0 || s->went_on < s->changes - s->changes / 4)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_DOMAIN_ID_UNSTABLE, .session = session,
		.args = { { .u = s->domains }, { .u = s->messages } },
	});
}

/* -- Lengths -------------------------------------------------------------------------- */

/* Octets behind the Length of an IPFIX message. */
static void behind_length(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	check_claim(c, &(struct check_claim){
		.rule = CHECK_IPFIX_LENGTH_TOO_SHORT, .severity = 1 + NF_WARNING, .at = at,
		.span = nf_span_of(at->msg->format->at.length, 2),
		.args = {
			{ .u = at->msg->length }, { .u = p->found },
			{ .s = p->id == NF_PROBLEM_TRAILING_ZEROS ? "zero octets" :
				"octets that begin no message" },
		},
	});
}

static void below_header(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	check_claim(c, &(struct check_claim){
		.rule = CHECK_IPFIX_LENGTH_TOO_SHORT, .at = at, .span = p->span,
		.args = {
			{ .u = p->found }, { .u = at->msg->bytes.n - p->found }, { .s = "octets" },
		},
	});
}

static void several(struct check *c, const struct check_at *at)
{
	if (at->datagram->transport != NF_TRANSPORT_UDP)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_MSG_SEVERAL_IN_DATAGRAM, .at = at,
		.span = nf_span_of(0, at->msg->bytes.n),
		.args = { { .u = at->msg->bytes.n }, { .u = at->datagram->payload.n } },
	});
}

static bool problem(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	const struct nf_msg *m = at->msg;

	switch (p->id) {
	case NF_PROBLEM_HEADER_CUT:
		return at->datagram->facts.cut;		/* by the capture, or by a lost fragment */
	case NF_PROBLEM_LENGTH_SHORT:
		below_header(c, at, p);
		return true;
	case NF_PROBLEM_TRAILING:
	case NF_PROBLEM_TRAILING_ZEROS:
		if (m->format == NULL || m->version != 10 || p->span.off < m->bytes.n)
			return false;
		behind_length(c, at, p);
		return true;
	case NF_PROBLEM_SECOND_MESSAGE:
		several(c, at);
		return true;
	default:
		return false;
	}
}

/* -- Refused datagrams ---------------------------------------------------------------- */

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

static bool same_end(const struct nf_endpoint *a, const struct nf_endpoint *b)
{
	return a->port == b->port && a->addr.family == b->addr.family &&
	       memcmp(a->addr.octets, b->addr.octets, sizeof(a->addr.octets)) == 0;
}

/* Whose datagrams were refused, findings are told apart by. */
static uint64_t key_of(const struct nf_datagram *d)
{
	uint64_t words[3] = { 0, 0, d->src.port };

	memcpy(words, d->src.addr.octets, sizeof(d->src.addr.octets));
	return nf_hash(words, 3);
}

static void refused_as(struct check *c, const struct nf_datagram *d, enum check_rule_id rule,
		       struct nf_span span, struct check_arg a, struct check_arg b,
		       struct check_arg third)
{
	const struct check_place place = place_of(d, span);

	check_claim(c, &(struct check_claim){
		.rule = rule, .place = &place, .key = key_of(d), .args = { a, b, third },
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

	while (i < h->n && (h->strangers[i].version != version ||
			    h->strangers[i].empty != is_empty ||
			    !same_end(&h->strangers[i].src, &d->src) ||
			    !same_end(&h->strangers[i].dst, &d->dst)))
		i++;
	if (i == STRANGERS)
		return;
	if (i == h->n) {
		h->n++;
		h->strangers[i] = (struct stranger){
			.src = d->src, .dst = d->dst, .version = version, .empty = is_empty,
			.length = (uint32_t)d->payload.n, .first = place,
		};
	}
	h->strangers[i].n++;
	h->strangers[i].last = place;
}

static void refused(struct check *c, const struct nf_datagram *d, enum nf_refusal why)
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

static const struct check_session *session_of(const struct check *c, const struct stranger *s)
{
	const struct check_session *i = check_sessions(c);

	while (i != NULL && (!same_end(&i->id.src, &s->src) || !same_end(&i->id.dst, &s->dst)))
		i = i->next;
	return i;
}

/* Only where the same sockets carry flow export is a datagram held against it. */
static void end(struct check *c)
{
	const struct header_capture *h = check_state(c, check_capture(c), CHECK_GROUP_header);

	for (unsigned i = 0; i < h->n; i++) {
		const struct stranger *s = &h->strangers[i];
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

const struct check_group check_group_header = {
	.name = "header",
	.size = {
		[CHECK_CAPTURE] = sizeof(struct header_capture),
		[CHECK_SESSION] = sizeof(struct header_session),
		[CHECK_STREAM] = sizeof(struct header_stream),
	},
	.message = message,
	.problem = problem,
	.set = set,
	.set_end = set_end,
	.message_end = message_end,
	.refused = refused,
	.stream_end = stream_end,
	.session_end = session_end,
	.end = end,
};
