/*
 * What an exporter's templates come to: new ones all the time, ids that run out, ports that change,
 * data that cannot be decoded.
 */
#include <config.h>

#include "check/refresh.h"

enum {
	CHURN = 10,			/* new definitions in a minute */
	CLIMB = 16, NEAR_END = 64000,	/* ids one above the other; the highest is 65535 */
	ENOUGH = 20,			/* messages, for shares of them */
	MANY_PORTS = 3,
};

/* -- New definitions ---------------------------------------------------------------------- */

static void churn_end(struct check *c, const struct check_stream *s)
{
	struct refresh_stream *rs = refresh_of(c, s);

	if (rs->minute_new > CHURN)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_HLT_TEMPLATE_CHURN, .stream = s, .place = &rs->minute,
			.args = { { .u = rs->minute_new } },
		});
	rs->minute_new = 0;
}

static void climb(struct check *c, const struct check_at *at, const struct life *l,
		  struct nf_span span)
{
	struct refresh_stream *s = refresh_of(c, at->stream);

	s->climbed = l->id > s->highest ? s->climbed + 1 : 0;
	if (l->id > s->highest)
		s->highest = l->id;
	if (s->climbs || s->climbed < CLIMB || l->id < NEAR_END)
		return;
	s->climbs = true;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_HLT_TEMPLATE_ID_EXHAUSTION, .at = at, .span = span,
		.args = { { .u = l->id }, { .u = s->climbed } },
	});
}

/* The first minute of definitions is not counted: that is when all of them are met. */
void refresh_new(struct check *c, const struct check_at *at, const struct life *l,
		 struct nf_span span)
{
	struct refresh_stream *s = refresh_of(c, at->stream);
	int64_t now = at->datagram->ts_ns;

	if (s->first_ns == 0) {
		s->first_ns = now;
		s->highest = l->id;
	}
	if (now - s->first_ns < MINUTE_NS) {
		if (l->id > s->highest)
			s->highest = l->id;
		return;
	}
	climb(c, at, l, span);
	if (now - s->minute_ns >= MINUTE_NS) {
		churn_end(c, at->stream);
		s->minute_ns = now;
		s->minute = check_place_of(at, span);
	}
	s->minute_new++;
}

/* -- Too often ---------------------------------------------------------------------------- */

static void excess_end(struct check *c, const struct check_stream *s)
{
	const struct refresh_stream *rs = refresh_of(c, s);

	if (s->id.transport != NF_TRANSPORT_UDP || rs->messages < ENOUGH || rs->data_sets == 0 ||
	    (rs->with_templates * 4 <= rs->messages && rs->template_octets * 5 <= rs->octets))
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TPL_REFRESH_EXCESSIVE, .stream = s, .place = &s->first,
		.args = { { .u = rs->with_templates * 10000 / rs->messages },
			  { .u = rs->template_octets * 10000 / rs->octets } },
	});
}

/* -- Source ports --------------------------------------------------------------------------- */

static struct sender *sender_of(struct refresh_exporter *e, const struct check_stream *s)
{
	unsigned i = 0;

	while (i < e->n && (e->senders[i].version != s->id.version ||
			    e->senders[i].domain != s->id.domain ||
			    !nf_same_endpoint(&e->senders[i].dst, &s->id.dst)))
		i++;
	if (i == SENDERS)
		return NULL;
	if (i == e->n) {
		e->n++;
		e->senders[i] = (struct sender){
			.version = s->id.version, .domain = s->id.domain, .dst = s->id.dst,
		};
	}
	return &e->senders[i];
}

/* Streams come in the order in which they were met. */
static void port(struct sender *to, const struct check *c, const struct check_stream *s)
{
	const struct refresh_stream *rs = refresh_of(c, s);
	int64_t begun = s->first.ts_ns;

	if (to->ports >= MANY_PORTS && begun - to->newest[(to->ports - MANY_PORTS) % NEWEST] <=
				       check_lifetime(c))
		to->many = true;
	to->newest[to->ports % NEWEST] = begun;
	to->ports++;
	if (rs->with_templates != 0) {
		to->templates++;
		to->apart |= rs->data_sets == 0;
	} else if (rs->data_sets != 0 && to->bare++ == 0) {
		to->first = s->first;
	}
}

static void ports_end(struct check *c, const struct check_exporter *e, const struct sender *to)
{
	if (to->bare == 0 || !(to->many || to->apart))
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_HLT_SOURCE_PORT_CHURN, .exporter = e, .place = &to->first,
		.key = (uint64_t)to->version << 32 | to->domain,
		.args = { { .u = to->ports }, { .u = to->domain }, { .u = to->bare } },
	});
}

/* -- All of a stream, and of an exporter --------------------------------------------------- */

void refresh_health_end(struct check *c, const struct check_stream *s)
{
	const struct refresh_stream *rs = refresh_of(c, s);
	struct refresh_exporter *e = check_state(c, &s->exporter->holder, CHECK_GROUP_refresh);
	struct sender *to;

	churn_end(c, s);
	excess_end(c, s);
	e->data_octets += rs->data_octets;
	e->lost_octets += rs->lost_octets;
	for (unsigned i = 0; i <= NF_WHY_NOTS; i++)
		e->why[i] += rs->why[i];
	if (s->id.transport != NF_TRANSPORT_UDP || s->id.version < 9)
		return;
	to = sender_of(e, s);
	if (to != NULL)
		port(to, c, s);
}

static void reasons(struct nf_strbuf *s, const struct refresh_exporter *e)
{
	const char *comma = "";

	for (unsigned i = 0; i <= NF_WHY_NOTS; i++) {
		if (e->why[i] == 0)
			continue;
		nf_sb_printf(s, "%s%s ", comma, i == NF_WHY_NOTS ? "template does not fit" :
				 nf_why_not_name((enum nf_why_not)i));
		nf_sb_u64(s, e->why[i]);
		comma = ", ";
	}
}

void refresh_exporter_end(struct check *c, struct check_exporter *exporter)
{
	const struct refresh_exporter *e = check_state(c, &exporter->holder, CHECK_GROUP_refresh);
	struct nf_strbuf text;

	for (unsigned i = 0; i < e->n; i++)
		ports_end(c, exporter, &e->senders[i]);
	if (e->lost_octets * 100 <= e->data_octets)
		return;
	nf_strbuf_init(&text);
	reasons(&text, e);
	check_claim(c, &(struct check_claim){
		.rule = CHECK_HLT_UNDECODABLE_SHARE, .exporter = exporter,
		.args = { { .u = e->lost_octets * 10000 / e->data_octets },
			  { .u = e->lost_octets }, { .u = e->data_octets },
			  { .s = nf_strbuf_cstr(&text) } },
	});
	nf_strbuf_done(&text);
}
