/*
 * What message headers say.
 */
#include <config.h>

#include "check/header.h"

enum {
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
	.refused = header_refused,
	.stream_end = stream_end,
	.session_end = session_end,
	.end = header_refused_end,
};
