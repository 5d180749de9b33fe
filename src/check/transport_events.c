/*
 * Rules about what is no datagram: holes, fragments, encryption, connections.
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check/transport.h"

#define SECOND INT64_C(1000000000)

enum {
	MINUTE = 60,
	STEP_NS = 1000000,	/* stamps of one capture that are less apart are no step */
	TLS_1_1 = 0x0302,
	APPLICATION_DATA = 23,
};

static void again(struct talk *t, const struct capture_event *e)
{
	t->last = transport_place(e);
	if (t->count++ == 0)
		t->first = t->last;
}

/* CLAIM as often as T was met: at its first place, and its last one. */
static void claim_talk(struct check *c, const struct talk *t, struct check_claim claim)
{
	claim.place = &t->first;
	claim.count = t->count > 1 ? t->count - 1 : 1;
	check_claim(c, &claim);
	if (t->count < 2)
		return;
	claim.place = &t->last;
	claim.count = 1;
	check_claim(c, &claim);
}

static bool is_ipfix_port(uint16_t port)
{
	return port == IPFIX_PORT || port == IPFIX_TLS_PORT;
}

/* -- Fragments -------------------------------------------------------------------------- */

static bool export_begins(const struct capture_event *e)
{
	unsigned version = e->noctets >= 2 ? nf_be16(e->octets) : 0;

	return version == 5 || version == 9 || version == 10;
}

static void fragment_lost(struct check *c, const struct capture_event *e)
{
	const struct nf_endpoint host = { .addr = e->dst.addr };
	struct talk *t;

	t = transport_talk(c, TALK_FRAGMENTS, &e->src.addr, &host, NF_TRANSPORT_UDP, true);
	if (t == NULL)
		return;
	if (t->count == 0)
		t->at = e->at;
	if (e->dst.port != 0 && (t->port == 0 || export_begins(e)))
		t->port = e->dst.port;
	t->flow |= export_begins(e);
	t->alone += e->first_alone;
	t->ended = e->ended;
	again(t, e);
}

static const struct check_session *session_between(struct check *c, const struct talk *t)
{
	const struct check_session *s = check_sessions(c);
	struct nf_endpoint src = t->src, dst = t->dst;

	for (; s != NULL; s = s->next) {
		src.port = s->id.src.port;
		dst.port = s->id.dst.port;
		if (s->id.transport == t->transport && nf_same_endpoint(&s->id.src, &src) &&
		    nf_same_endpoint(&s->id.dst, &dst) && (t->port == 0 || t->port == dst.port))
			break;
	}
	return s;
}

/*
 * A capture filter by port has the first fragments alone, for no other has a port: then no datagram
 * of the sender that came in fragments is whole.  Filters of libpcap find no ports at all in the
 * fragments of IPv6.
 */
static bool is_filtered(const struct check *c, const struct talk *t,
			const struct check_session *session)
{
	const struct transport_exporter *e = NULL;

	if (session != NULL)
		e = check_state(c, &session->exporter->holder, CHECK_GROUP_transport);
	return t->alone == t->count && t->src.addr.family == 4 && t->port != 0 &&
	       (e == NULL || e->reassembled == 0);
}

static void fragments_end(struct check *c, const struct talk *t)
{
	const struct check_session *session = session_between(c, t);
	char cause[160] = "";

	if (session == NULL && !t->flow)
		return;
	/* One that the capture's end cut off, where all others are whole. */
	if (t->count == 1 && t->ended && check_totals(c)->messages != 0)
		return;
	if (is_filtered(c, t, session))
		snprintf(cause, sizeof(cause), ", as a capture filter by port leaves them: capture "
			 "with `udp port %" PRIu16 " or (ip[6:2] & 0x1fff != 0)`", t->port);
	claim_talk(c, t, (struct check_claim){
		.rule = CHECK_IP_FRAGMENT_MISSING, .session = session,
		.key = transport_key(&t->src.addr, &t->dst),
		.args = { { .addr = &t->src.addr }, { .addr = &t->dst.addr }, { .u = t->at },
			  { .u = t->count }, { .s = cause } },
	});
}

/* -- TLS and DTLS ----------------------------------------------------------------------- */

/* Does the event's sender serve?  The hello says so, or else the port. */
static bool from_server(const struct capture_event *e)
{
	if (e->hello != TLS_NO_HELLO)
		return e->hello == TLS_SERVER;
	return is_ipfix_port(e->src.port) && !is_ipfix_port(e->dst.port);
}

static void encrypted(struct check *c, const struct capture_event *e)
{
	bool back = from_server(e);
	const struct nf_endpoint *client = back ? &e->dst : &e->src;
	const struct nf_endpoint *server = back ? &e->src : &e->dst;
	bool used = e->hello == TLS_SERVER ||
		    (e->hello == TLS_NO_HELLO && e->octets[0] == APPLICATION_DATA);
	struct talk *t;

	if (!is_ipfix_port(server->port) && !transport_collects(c, server, e->transport))
		return;
	t = transport_talk(c, TALK_TLS, &client->addr, server, e->transport, true);
	if (t == NULL)
		return;
	again(t, e);
	if (used || !t->certain) {
		t->certain = used;
		t->version = e->version;
	}
	if (e->hello == TLS_CLIENT)
		t->lowest = e->lowest;
}

static const char *version_name(uint16_t version)
{
	static const struct { uint16_t version; const char *name; } names[] = {
		{ 0x0300, "SSL 3.0" }, { 0x0301, "TLS 1.0" }, { 0x0302, "TLS 1.1" },
		{ 0x0303, "TLS 1.2" }, { 0x0304, "TLS 1.3" }, { 0xfeff, "DTLS 1.0" },
		{ 0xfefd, "DTLS 1.2" }, { 0xfefc, "DTLS 1.3" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].version == version)
			return names[i].name;
	return version >> 8 == 0xfe ? "DTLS" : "TLS";
}

/* DTLS has no version that is too old. */
static bool is_old(uint16_t version)
{
	return version != 0 && version < TLS_1_1;
}

static void tls_end(struct check *c, const struct talk *t)
{
	struct check_claim claim = {
		.rule = CHECK_TLS_ENCRYPTED_STREAM, .key = transport_key(&t->src.addr, &t->dst),
		.args = { { .addr = &t->src.addr }, { .addr = &t->dst.addr },
			  { .u = t->dst.port }, { .s = version_name(t->version) } },
	};
	bool used = t->certain && is_old(t->version);
	char what[40];

	claim_talk(c, t, claim);
	check_applies(c, CHECK_TLS_VERSION_TOO_OLD);
	if (!used && !is_old(t->lowest))
		return;
	snprintf(what, sizeof(what), "%s is %s",
		 version_name(used ? t->version : t->lowest), used ? "used" : "offered");
	claim.rule = CHECK_TLS_VERSION_TOO_OLD;
	claim.place = &t->first;
	claim.args[3].s = what;
	check_claim(c, &claim);
}

/* -- TCP connections -------------------------------------------------------------------- */

static bool within_minute(int64_t from, int64_t to)
{
	return (uint64_t)to - (uint64_t)from < (uint64_t)(MINUTE * SECOND);
}

/* Attempts count while they follow one another too fast, the connection before having broken. */
static void opened(struct check *c, const struct capture_event *e)
{
	struct talk *t;

	if (!is_ipfix_port(e->dst.port) && !transport_collects(c, &e->dst, e->transport))
		return;
	t = transport_talk(c, TALK_CONNECTIONS, &e->src.addr, &e->dst, e->transport, true);
	if (t == NULL)
		return;
	check_applies(c, CHECK_TCP_RECONNECT_STORM);
	if (!t->any || !within_minute(t->window, e->ts_ns)) {
		t->window = e->ts_ns;
		t->attempts = 0;
	}
	t->attempts++;
	if (t->any && t->broken && within_minute(t->opened, e->ts_ns)) {
		again(t, e);
		if (t->attempts > t->most)
			t->most = t->attempts;
	}
	t->opened = e->ts_ns;
	t->any = true;
	t->broken = false;
}

static void broken(struct check *c, const struct capture_event *e)
{
	struct talk *t = transport_talk(c, TALK_CONNECTIONS, &e->src.addr, &e->dst, e->transport,
					false);

	if (t == NULL)		/* or by the collector */
		t = transport_talk(c, TALK_CONNECTIONS, &e->dst.addr, &e->src, e->transport,
				   false);
	if (t != NULL)
		t->broken = true;
}

static void connections_end(struct check *c, const struct talk *t)
{
	if (t->count == 0)
		return;
	claim_talk(c, t, (struct check_claim){
		.rule = CHECK_TCP_RECONNECT_STORM, .key = transport_key(&t->src.addr, &t->dst),
		.args = { { .addr = &t->src.addr }, { .addr = &t->dst.addr },
			  { .u = t->dst.port }, { .u = t->most > 2 ? t->most : 2 } },
	});
}

/* -- Streams and sessions --------------------------------------------------------------- */

static struct check_session *session_of(struct check *c, const struct capture_event *e)
{
	return transport_session_of(c, &e->src, &e->dst, e->transport);
}

static void framing(struct check *c, const struct capture_event *e)
{
	const struct check_place place = transport_place(e);
	const struct check_session *s = session_of(c, e);

	if (s == NULL)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TCP_FRAMING_LOST, .session = s, .place = &place,
		.args = { { .u = e->at }, { .octets = e->octets, .n = e->noctets },
			  { .u = e->amount },
			  { .s = e->ended ? ", and none found behind them" : "" } },
	});
}

/* It is said with the message that it tears, or, of a session that is known, at once. */
static void hole(struct check *c, const struct capture_event *e)
{
	const struct check_place place = transport_place(e);
	const struct check_session *s = session_of(c, e);
	struct transport_capture *all = transport_capture(c);

	all->hole = *e;
	if (s == NULL || e->cut)
		return;
	all->hole.frame = 0;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TCP_SEGMENT_MISSING, .session = s, .place = &place,
		.args = { { .u = e->amount }, { .u = e->at } },
	});
}

static void chunks_missing(struct check *c, const struct capture_event *e)
{
	const struct check_place place = transport_place(e);
	const struct check_session *s = session_of(c, e);

	if (s == NULL)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_SCTP_CHUNK_MISSING, .session = s, .place = &place,
		.args = { { .u = e->amount }, { .u = e->at } },
	});
}

static void abandoned(struct check *c, const struct capture_event *e)
{
	const struct transport_capture *all = transport_capture(c);

	for (unsigned i = 0; i < all->ntemplates && i < RECENT_TEMPLATES; i++) {
		const struct sent_template *t = &all->templates[i];

		if (t->sctp_stream != e->sctp_stream || t->sctp_ssn != e->sctp_ssn ||
		    !nf_same_endpoint(&t->stream->id.src, &e->src) ||
		    !nf_same_endpoint(&t->stream->id.dst, &e->dst))
			continue;
		check_claim(c, &(struct check_claim){
			.rule = CHECK_SCTP_TEMPLATE_UNRELIABLE, .stream = t->stream,
			.place = &t->place, .tmpl = t->id, .other_frame = e->frame,
			.other_file = e->file,
			.args = { { .u = t->id }, { .u = t->sctp_stream },
				  { .s = "and then given up (FORWARD TSN)" } },
		});
	}
}

static void unreachable(struct check *c, const struct capture_event *e)
{
	const struct check_place place = transport_place(e);
	const struct check_session *s = session_of(c, e);

	if (s == NULL)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_COL_PORT_UNREACHABLE, .session = s, .place = &place,
		.args = { { .addr = &e->dst.addr }, { .u = e->dst.port } },
	});
}

static void udp_length(struct check *c, const struct capture_event *e)
{
	const struct check_place place = transport_place(e);
	const struct check_session *s = session_of(c, e);

	if (s == NULL && !is_ipfix_port(e->dst.port) &&
	    !transport_collects(c, &e->dst, e->transport))
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_UDP_LENGTH_MISMATCH, .session = s, .place = &place,
		.key = s == NULL ? transport_key(&e->src.addr, &e->dst) : 0,
		.args = { { .u = e->amount }, { .u = e->at } },
	});
}

/* -- The capture ------------------------------------------------------------------------ */

static void clock_back(struct check *c, const struct capture_event *e)
{
	const struct check_place place = transport_place(e);

	if (e->amount < STEP_NS)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_CAP_CLOCK_BACKWARDS, .place = &place,
		.args = { { .i = e->amount < INT64_MAX ? (int64_t)e->amount : INT64_MAX } },
	});
}

static void drops(struct check *c, const struct capture_event *e)
{
	struct transport_capture *all = transport_capture(c);

	if (all->drops == 0)
		all->drops_first = transport_place(e);
	all->drops += e->amount;
}

void transport_event(struct check *c, const struct capture_event *e)
{
	static void (*const rules[CAPTURE_EVENTS])(struct check *, const struct capture_event *) = {
		[EVENT_FRAGMENT_LOST] = fragment_lost,
		[EVENT_UDP_LENGTH] = udp_length,
		[EVENT_UNREACHABLE] = unreachable,
		[EVENT_TCP_OPEN] = opened,
		[EVENT_TCP_RESET] = broken,
		[EVENT_TCP_FRAMING] = framing,
		[EVENT_TCP_HOLE] = hole,
		[EVENT_SCTP_HOLE] = chunks_missing,
		[EVENT_SCTP_ABANDONED] = abandoned,
		[EVENT_ENCRYPTED] = encrypted,
		[EVENT_CLOCK_BACK] = clock_back,
		[EVENT_DROPS] = drops,
	};

	if (rules[e->kind] != NULL)
		rules[e->kind](c, e);
}

void transport_talks_end(struct check *c)
{
	static void (*const ends[TALK_KINDS])(struct check *, const struct talk *) = {
		[TALK_FRAGMENTS] = fragments_end,
		[TALK_TLS] = tls_end,
		[TALK_CONNECTIONS] = connections_end,
	};
	const struct transport_capture *all = transport_capture(c);

	for (unsigned kind = 0; kind < TALK_KINDS; kind++)
		for (unsigned i = 0; i < all->ntalks[kind]; i++)
			ends[kind](c, all->list[kind][i]);
}
