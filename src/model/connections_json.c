#include <config.h>

#include "model/connections_json.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"

/* -- Numbers that are too long -------------------------------------------------------- */

enum { SAFE_DIGITS = 18 };	/* as many fit into 64 bits with a sign */

/*
 * IPv6 addresses are integers of up to 39 digits there, which no JSON library of C takes: put
 * long ones into quotes.
 */
static void quote_long(struct nf_strbuf *s, struct nf_bytes line)
{
	bool string = false;

	for (size_t i = 0; i < line.n;) {
		size_t n = 0;

		while (!string && i + n < line.n && line.p[i + n] >= '0' && line.p[i + n] <= '9')
			n++;
		if (n > SAFE_DIGITS && (i + n == line.n || strchr(".eE", line.p[i + n]) == NULL)) {
			nf_sb_char(s, '"');
			nf_sb_mem(s, line.p + i, n);
			nf_sb_char(s, '"');
		} else if (n != 0) {
			nf_sb_mem(s, line.p + i, n);
		} else {
			n = 1;
			if (string && line.p[i] == '\\' && i + 1 < line.n)
				n = 2;
			else if (line.p[i] == '"')
				string = !string;
			nf_sb_mem(s, line.p + i, n);
		}
		i += n;
	}
}

/* -- Values --------------------------------------------------------------------------- */

/* The first of KEYS, separated by blanks, that FLOW has. */
static const json_t *value_of(const json_t *flow, const char *keys)
{
	while (*keys != '\0') {
		size_t n = strcspn(keys, " ");
		const json_t *v = json_object_getn(flow, keys, n);

		if (v != NULL)
			return v;
		keys += n + (keys[n] == ' ');
	}
	return NULL;
}

static bool number_of(const json_t *flow, const char *keys, uint64_t *v)
{
	const json_t *j = value_of(flow, keys);

	if (json_is_array(j))		/* it came more than once */
		j = json_array_get(j, 0);
	if (json_is_string(j))
		*v = strtoull(json_string_value(j), NULL, 10);
	else if (json_is_integer(j) && json_integer_value(j) >= 0)
		*v = (uint64_t)json_integer_value(j);
	else
		return false;
	return true;
}

/* TEXT is a decimal of up to 128 bits. */
static bool long_number(const char *text, uint8_t octets[16])
{
	memset(octets, 0, 16);
	for (; *text >= '0' && *text <= '9'; text++) {
		unsigned carry = (unsigned)(*text - '0');

		for (unsigned i = 16; i-- > 0;) {
			carry += octets[i] * 10u;
			octets[i] = (uint8_t)carry;
			carry >>= 8;
		}
		if (carry != 0)
			return false;
	}
	return *text == '\0';
}

static bool address_of(const json_t *flow, const char *keys, uint8_t family, struct nf_addr *a)
{
	const json_t *j = value_of(flow, keys);
	const char *text = json_string_value(j);
	uint8_t octets[16];

	*a = (struct nf_addr){ .family = family };
	if (text != NULL && inet_pton(family == 4 ? AF_INET : AF_INET6, text, a->octets) == 1)
		return true;
	if (json_is_integer(j) && json_integer_value(j) >= 0) {
		uint64_t v = (uint64_t)json_integer_value(j);

		memset(octets, 0, sizeof(octets));
		for (unsigned i = 16; i-- > 8; v >>= 8)
			octets[i] = (uint8_t)v;
	} else if (text == NULL || !long_number(text, octets)) {
		return false;
	}
	if (family == 4)
		memcpy(a->octets, octets + 12, 4);
	else
		memcpy(a->octets, octets, 16);
	return true;
}

/* Where a flow says when it began and ended, in ticks of so many to a millisecond, or ms each. */
static const struct {
	const char *first, *last;
	unsigned ms;			/* that a tick takes */
	bool wraps;			/* it is an uptime of 32 bits */
} times[] = {
	{ "FIRST_SWITCHED", "LAST_SWITCHED", 1, true },
	{ "flowStartSysUpTime", "flowEndSysUpTime", 1, true },
	{ "flowStartMilliseconds", "flowEndMilliseconds", 1, false },
	{ "NF_F_FLOW_CREATE_TIME_MSEC", "NF_F_EVENT_TIME_MSEC", 1, false },
	{ "flowStartSeconds", "flowEndSeconds", 1000, false },
};

/* Pairs of seconds and 2^-32 of them (RFC 7011 section 6.1.9), in milliseconds. */
static bool ntp_of(const json_t *flow, const char *keys, uint64_t *ms)
{
	const json_t *j = value_of(flow, keys);

	if (json_array_size(j) != 2)
		return false;
	*ms = (uint64_t)json_integer_value(json_array_get(j, 0)) * 1000 +
	      ((uint64_t)json_integer_value(json_array_get(j, 1)) * 1000 >> 32);
	return true;
}

static bool times_of(const json_t *flow, struct connections_flow *f)
{
	static const char first_ntp[] = "flowStartNanoseconds flowStartMicroseconds";
	static const char last_ntp[] = "flowEndNanoseconds flowEndMicroseconds";
	uint64_t first, last;

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (!number_of(flow, times[i].first, &first))
			continue;
		if (!number_of(flow, times[i].last, &last))
			last = first;
		f->first = first;
		f->duration_ms = times[i].wraps ? (int64_t)(uint32_t)(last - first) :
				 (int64_t)((last - first) * times[i].ms);
		return true;
	}
	if (!ntp_of(flow, first_ntp, &first))
		return false;
	f->first = first;
	f->duration_ms = ntp_of(flow, last_ntp, &last) ? (int64_t)(last - first) : 0;
	return true;
}

static bool addresses_of(const json_t *flow, struct connections_flow *f)
{
	static const char src4[] = "IPV4_SRC_ADDR sourceIPv4Address";
	static const char dst4[] = "IPV4_DST_ADDR destinationIPv4Address";
	static const char src6[] = "IPV6_SRC_ADDR sourceIPv6Address";
	static const char dst6[] = "IPV6_DST_ADDR destinationIPv6Address";
	uint64_t version;

	/* A record may have both, of which one is not its own. */
	if (!(number_of(flow, "IP_PROTOCOL_VERSION ipVersion", &version) && version == 6) &&
	    address_of(flow, src4, 4, &f->src) && address_of(flow, dst4, 4, &f->dst))
		return true;
	return address_of(flow, src6, 6, &f->src) && address_of(flow, dst6, 6, &f->dst);
}

static bool flow_of(const json_t *flow, struct connections_flow *f)
{
	uint64_t sport = 0, dport = 0, protocol = 0;

	number_of(flow, "IN_BYTES IN_OCTETS octetDeltaCount octetTotalCount IN_PERMANENT_BYTES "
		  "NF_F_FWD_FLOW_DELTA_BYTES initiatorOctets", &f->octets);
	number_of(flow, "IN_PKTS IN_PACKETS packetDeltaCount packetTotalCount IN_PERMANENT_PKTS "
		  "initiatorPackets", &f->packets);
	number_of(flow, "L4_SRC_PORT SRC_PORT sourceTransportPort", &sport);
	number_of(flow, "L4_DST_PORT DST_PORT destinationTransportPort", &dport);
	number_of(flow, "PROTOCOL PROTO protocolIdentifier", &protocol);
	f->sport = (uint16_t)sport;
	f->dport = (uint16_t)dport;
	f->protocol = (uint8_t)protocol;
	return addresses_of(flow, f) && times_of(flow, f);
}

/*
 * A record of both directions (RFC 5103, and those of Cisco's firewalls) is a connection by
 * itself: *BACK is what came back.  False where nothing did.
 */
static bool back_of(const json_t *flow, const struct connections_flow *f,
		    struct connections_flow *back)
{
	*back = *f;
	back->src = f->dst;
	back->dst = f->src;
	back->sport = f->dport;
	back->dport = f->sport;
	back->octets = back->packets = 0;
	number_of(flow, "reverse.octetDeltaCount reverse.octetTotalCount "
		  "NF_F_REV_FLOW_DELTA_BYTES responderOctets", &back->octets);
	number_of(flow, "reverse.packetDeltaCount reverse.packetTotalCount responderPackets",
		  &back->packets);
	return back->octets != 0 || back->packets != 0;
}

/* -- Lines ---------------------------------------------------------------------------- */

static enum connections_read flows_of(const json_t *root,
				      bool (*flow)(void *, const struct connections_flow *, bool),
				      void *ctx)
{
	void *iter = json_object_iter((json_t *)root);
	const json_t *flows = json_object_get(json_object_iter_value(iter), "flows");
	double time;
	char *end;

	if (json_object_size(root) != 1 || !json_is_array(flows))
		return CONNECTIONS_BAD;
	time = strtod(json_object_iter_key(iter), &end);
	if (*end != '\0' || !isfinite(time))
		return CONNECTIONS_BAD;
	for (size_t i = 0; i < json_array_size(flows); i++) {
		const json_t *j = json_array_get(flows, i);
		struct connections_flow f = { .time = time }, back;
		bool complete;

		if (!json_is_object(j))
			continue;
		complete = flow_of(j, &f);
		if (!flow(ctx, &f, complete) ||
		    (complete && back_of(j, &f, &back) && !flow(ctx, &back, true)))
			return CONNECTIONS_NO_MEMORY;
	}
	return CONNECTIONS_READ;
}

enum connections_read connections_json(struct nf_bytes line,
				       bool (*flow)(void *, const struct connections_flow *, bool),
				       void *ctx)
{
	enum connections_read got;
	struct nf_strbuf s;
	json_error_t error;
	json_t *root;

	nf_strbuf_init(&s);
	quote_long(&s, line);
	if (s.failed) {
		nf_strbuf_done(&s);
		return CONNECTIONS_NO_MEMORY;
	}
	/* Depth is bounded by the library; strings of exporters are filled with NULs. */
	root = json_loadb(s.p, s.n, JSON_ALLOW_NUL, &error);
	nf_strbuf_done(&s);
	if (root == NULL)
		return json_error_code(&error) == json_error_out_of_memory ?
		       CONNECTIONS_NO_MEMORY : CONNECTIONS_BAD;
	got = flows_of(root, flow, ctx);
	json_decref(root);
	return got;
}
