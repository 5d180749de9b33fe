/*
 * The capture, and what carries messages: rules about single datagrams, and what the whole shows.
 * Those about what is no datagram stand in transport_events.c.
 */
#include <config.h>

#include <inttypes.h>

#include "check/transport.h"

enum { SAFE_PACKET = 512, UDP_HEADER = 8, FLAG_UNORDERED = 4 };

#define AS(severity) ((uint8_t)(1 + (severity)))

static bool is_ipfix(const struct check_at *at)
{
	return at->msg->version == 10;
}

/* -- What the capture has --------------------------------------------------------------- */

/* The octets of a TCP message that were not captured are those of the last hole. */
static bool cut_by_hole(const struct transport_capture *all, const struct nf_datagram *d)
{
	return d->transport == NF_TRANSPORT_TCP &&
	       !(all->hole.frame != 0 && all->hole.cut &&
		 nf_same_endpoint(&all->hole.src, &d->src) &&
		 nf_same_endpoint(&all->hole.dst, &d->dst));
}

static void truncated(struct check *c, const struct check_at *at)
{
	const struct nf_datagram *d = at->datagram;

	if (!d->facts.cut || cut_by_hole(transport_capture(c), d))
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_CAP_TRUNCATED_FRAME, .at = at,
		.args = { { .u = d->payload.n }, { .u = d->wire_len },
			  { .u = d->wire_len - d->payload.n } },
	});
}

/* A hole before the first message of a session that was not known by then. */
static void first_hole(struct check *c, const struct check_at *at)
{
	struct capture_event *e = &transport_capture(c)->hole;
	const struct check_place place = transport_place(e);

	if (at->datagram->transport != NF_TRANSPORT_TCP || e->frame == 0 || e->cut ||
	    !nf_same_endpoint(&e->src, &at->datagram->src) ||
	    !nf_same_endpoint(&e->dst, &at->datagram->dst))
		return;
	e->frame = 0;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TCP_SEGMENT_MISSING, .session = at->stream->session,
		.place = &place, .args = { { .u = e->amount }, { .u = e->at } },
	});
}

static void captured_twice(struct check *c, const struct check_at *at)
{
	check_applies(c, CHECK_CAP_DUPLICATE_FRAME);
	if (at->copy == CHECK_CAPTURED_TWICE)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_CAP_DUPLICATE_FRAME, .at = at,
			.other_frame = at->twin_frame, .other_file = at->twin_file,
		});
}

/* -- UDP and IP ------------------------------------------------------------------------- */

static void checksum(struct check *c, const struct check_at *at)
{
	const struct nf_frame_facts *f = &at->datagram->facts;
	struct transport_exporter *e = check_state(c, &at->stream->exporter->holder,
						   CHECK_GROUP_transport);

	if (f->udp_checksum_zero) {
		check_claim(c, &(struct check_claim){
			.rule = CHECK_UDP_CHECKSUM_ZERO, .at = at,
			.severity = is_ipfix(at) || at->datagram->src.addr.family == 6 ?
				    CHECK_AS_RULED : AS(NF_NOTE),
		});
		return;
	}
	e->checked += f->udp_computed != 0;
	if (!f->udp_checksum_bad && !f->udp_checksum_partial)
		return;
	if (e->bad == 0 && (f->udp_checksum_bad || e->partial == 0)) {
		e->first = check_place_of(at, nf_span_of(0, 0));
		e->found = f->udp_checksum;
		e->computed = f->udp_computed;
	}
	e->last = check_place_of(at, nf_span_of(0, 0));
	e->bad += f->udp_checksum_bad;
	e->partial += f->udp_checksum_partial;
	e->bad_ipfix |= f->udp_checksum_bad && is_ipfix(at);
}

static void lengths(struct check *c, const struct check_at *at)
{
	const struct nf_frame_facts *f = &at->datagram->facts;

	if (f->udp_short)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_UDP_LENGTH_MISMATCH, .at = at,
			.args = { { .u = f->udp_length }, { .u = f->udp_room } },
		});
}

/* A datagram that came whole behind an IPv6 fragment header is odd, but not too large. */
static void fragments(struct check *c, const struct check_at *at)
{
	const struct nf_datagram *d = at->datagram;
	struct transport_exporter *e = check_state(c, &at->stream->exporter->holder,
						   CHECK_GROUP_transport);

	e->reassembled += d->facts.fragments > 1;
	if (d->facts.fragments < 2 && !d->facts.ip6_fragment)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_IP_FRAGMENTED_EXPORT, .at = at,
		.severity = is_ipfix(at) && d->facts.fragments > 1 ? CHECK_AS_RULED :
								      AS(NF_WARNING),
		.args = { { .u = d->wire_len + UDP_HEADER }, { .u = d->facts.fragments } },
	});
}

/* Within one machine packets are as large as they like. */
static bool stays_inside(const struct nf_datagram *d)
{
	const uint8_t *p = d->dst.addr.octets;

	if (nf_same_addr(&d->src.addr, &d->dst.addr))
		return true;
	return d->dst.addr.family == 4 ? p[0] == 127 :
	       nf_all_zero((struct nf_bytes){ p, 15 }) && p[15] == 1;
}

static void sizes(struct check *c, const struct check_at *at)
{
	const uint32_t mtu = check_opts(c)->mtu;
	const uint16_t length = at->datagram->facts.ip_length;

	if (length > mtu && !stays_inside(at->datagram))
		check_claim(c, &(struct check_claim){
			.rule = CHECK_UDP_EXCEEDS_ETHERNET, .at = at,
			.args = { { .u = length }, { .u = mtu } },
		});
	if (is_ipfix(at) && length > SAFE_PACKET)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_UDP_OVER_512, .at = at, .args = { { .u = length } },
		});
}

static void port(struct check *c, const struct check_at *at)
{
	uint16_t port = at->datagram->dst.port;

	if (!is_ipfix(at) || at->datagram->transport == NF_TRANSPORT_FILE)
		return;
	if (port == IPFIX_TLS_PORT)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_IPFIX_CLEARTEXT_ON_SECURE_PORT, .at = at,
		});
	else if (port != IPFIX_PORT)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_UDP_NONSTANDARD_PORT, .at = at, .args = { { .u = port } },
		});
}

static void datagram(struct check *c, const struct check_at *at)
{
	transport_meet(c, at->stream->session);
	first_hole(c, at);
	truncated(c, at);
	captured_twice(c, at);
	port(c, at);
	if (at->datagram->transport != NF_TRANSPORT_UDP || at->copy == CHECK_CAPTURED_TWICE)
		return;
	checksum(c, at);
	lengths(c, at);
	fragments(c, at);
	sizes(c, at);
}

/* -- SCTP ------------------------------------------------------------------------------- */

static void template_(struct check *c, const struct check_at *at, const struct nf_template *t)
{
	const struct nf_frame_facts *f = &at->datagram->facts;
	struct transport_capture *all = transport_capture(c);

	if (at->datagram->transport != NF_TRANSPORT_SCTP)
		return;
	if ((f->sctp_flags & FLAG_UNORDERED) != 0) {
		check_claim(c, &(struct check_claim){
			.rule = CHECK_SCTP_TEMPLATE_UNRELIABLE, .at = at, .span = t->span,
			.tmpl = t->id, .args = { { .u = t->id }, { .u = f->sctp_stream },
						 { .s = "unordered" } },
		});
		return;
	}
	all->templates[all->ntemplates++ % RECENT_TEMPLATES] = (struct sent_template){
		at->stream, check_place_of(at, t->span), t->id, f->sctp_stream, f->sctp_ssn,
	};
}

/* -- What was not taken ----------------------------------------------------------------- */

/* The header is cut by the capture: it is no fault of the exporter. */
static bool problem(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	if (p->id != NF_PROBLEM_HEADER_CUT || !at->datagram->facts.cut)
		return false;
	truncated(c, at);
	return true;
}

/*
 * What looks like export, and, of an exporter, what could have been meant for it, is for the rules
 * of headers.
 */
static bool is_foreign(enum nf_refusal why, bool of_exporter)
{
	switch (why) {
	case NF_REFUSAL_SFLOW: case NF_REFUSAL_SFLOW_OLD: case NF_REFUSAL_SYSLOG:
	case NF_REFUSAL_DNS: case NF_REFUSAL_SNMP: case NF_REFUSAL_DTLS:
		return true;
	case NF_REFUSAL_EMPTY: case NF_REFUSAL_VERSION:
		return !of_exporter;
	default:
		return false;
	}
}

static void refused(struct check *c, const struct nf_datagram *d, enum nf_refusal why)
{
	const struct check_place place = { .frame = d->frame, .file = d->file, .ts_ns = d->ts_ns };
	const struct check_session *s;
	struct nf_strbuf text;

	transport_capture(c)->refused[why]++;
	transport_capture(c)->refused_cut += d->facts.cut;
	if (d->facts.cut || d->transport != NF_TRANSPORT_UDP ||
	    !transport_collects(c, &d->dst, d->transport))
		return;
	s = transport_session_of(c, &d->src, &d->dst, d->transport);
	if (!is_foreign(why, s != NULL))
		return;
	nf_strbuf_init(&text);
	nf_sb_forms(&text, nf_refusal_text[why], 1);
	check_claim(c, &(struct check_claim){
		.rule = CHECK_UDP_PAYLOAD_NOT_FLOW, .session = s, .place = &place,
		.key = s != NULL ? (uint64_t)why : transport_key(&d->src.addr, &d->dst) ^ why,
		.args = { { .addr = &d->src.addr }, { .addr = &d->dst.addr },
			  { .u = d->dst.port }, { .s = nf_strbuf_cstr(&text) },
			  { .octets = d->payload.p, .n = d->payload.n < 4 ? d->payload.n : 4 } },
	});
	nf_strbuf_done(&text);
}

/* -- The end ---------------------------------------------------------------------------- */

/*
 * Where nearly all of a sender's are wrong, the capture was made before its network card had
 * filled them in; for sure where what stands there is what the kernel leaves to the card.
 */
static void exporter_end(struct check *c, struct check_exporter *exporter)
{
	const struct transport_exporter *e = check_state(c, &exporter->holder,
							 CHECK_GROUP_transport);
	const uint64_t wrong = e->bad != 0 ? e->bad : e->partial;
	const bool offload = e->bad == 0 || e->bad * 10 >= (e->checked - e->partial) * 9;
	struct check_claim claim = {
		.rule = CHECK_UDP_CHECKSUM_BAD, .exporter = exporter,
		.severity = offload ? AS(NF_NOTE) : e->bad_ipfix ? CHECK_AS_RULED : AS(NF_WARNING),
		.args = { { .u = e->found }, { .u = e->computed }, { .u = wrong },
			  { .u = e->checked },
			  { .s = offload ? ", as where the sender's network card computes it after "
					   "the capture" : "" } },
	};

	if (wrong == 0)
		return;
	claim.place = &e->first;
	claim.count = wrong > 1 ? wrong - 1 : 1;
	check_claim(c, &claim);
	claim.place = &e->last;
	claim.count = 1;
	if (wrong > 1)
		check_claim(c, &claim);
}

/* Why nothing may have been found: what most of the datagrams are. */
static void hint(struct nf_strbuf *s, const struct transport_capture *all)
{
	enum nf_refusal most = NF_REFUSAL_NONE;
	uint64_t sum = 0;

	for (unsigned i = 0; i < NF_REFUSALS; i++) {
		sum += all->refused[i];
		if (all->refused[i] > all->refused[most])
			most = (enum nf_refusal)i;
	}
	if (all->ntalks[TALK_TLS] != 0)
		nf_sb_str(s, "; what goes to the ports of IPFIX is encrypted");
	else if (all->ntalks[TALK_FRAGMENTS] != 0)
		nf_sb_str(s, "; datagrams are incomplete");
	if (sum == 0)
		return;
	nf_sb_printf(s, "; of %" PRIu64, sum);
	nf_sb_forms(s, " {payload|payloads}, ", sum);
	nf_sb_printf(s, "%" PRIu64 " ", all->refused[most]);
	nf_sb_forms(s, nf_refusal_text[most], all->refused[most]);
	if (all->refused_cut != 0)
		nf_sb_printf(s, "; the capture cut %" PRIu64 " of them", all->refused_cut);
}

static void end(struct check *c)
{
	const struct transport_capture *all = transport_capture(c);
	struct nf_strbuf s;

	transport_talks_end(c);
	if (all->drops != 0)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_CAP_DROPS_REPORTED, .place = &all->drops_first,
			.args = { { .u = all->drops } },
		});
	/* What was found wrong with a datagram is why it was not taken. */
	if (check_totals(c)->messages != 0 || check_totals(c)->headerless != 0 ||
	    check_found(c, NF_WARNING))
		return;
	nf_strbuf_init(&s);
	hint(&s, all);
	check_claim(c, &(struct check_claim){
		.rule = CHECK_CAP_NO_FLOW_EXPORT, .args = { { .s = nf_strbuf_cstr(&s) } },
	});
	nf_strbuf_done(&s);
}

const struct check_group check_group_transport = {
	.name = "transport",
	.size = {
		[CHECK_CAPTURE] = sizeof(struct transport_capture),
		[CHECK_EXPORTER] = sizeof(struct transport_exporter),
		[CHECK_SESSION] = sizeof(struct transport_session),
	},
	.datagram = datagram,
	.problem = problem,
	.template_ = template_,
	.refused = refused,
	.event = transport_event,
	.exporter_end = exporter_end,
	.end = end,
};
