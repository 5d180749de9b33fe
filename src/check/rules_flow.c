/*
 * What a flow's record says of it: protocol, ports, flags, addresses, directions.
 */
#include <config.h>

#include <string.h>

#include "check/flow.h"

enum {
	PROTOCOL = 4, TCP_FLAGS = 6, SRC_PORT = 7, DST_PORT = 11, FLOW_END_REASON = 136,
	END_DETECTED = 3,
	DATA_OFFSET = 0xf000, UPPER_FLAGS = 0x0f00, FIN_OR_RST = 0x05,
	ENOUGH_TCP = 1000,		/* records without an upper flag that tell something */
	ENOUGH_ENDS = 8,		/* flows whose end was detected */
};

int check_integer_of(const struct nf_layout *l, uint16_t id)
{
	int i = check_field_of(l, NF_PEN_IANA, id);

	return i >= 0 && l->fields[i].length >= 1 && l->fields[i].length <= 8 ? i : -1;
}

/* -- Ports and TCP flags -------------------------------------------------------------- */

static void claim_at(const struct check_record *r, enum check_rule_id rule, unsigned field,
		     const struct check_arg args[3])
{
	struct nf_field f = nf_field(r->rec, field);

	check_claim(r->check, &(struct check_claim){
		.rule = rule, .at = r->at, .span = nf_span_of(f.offset, f.value.n),
		.tmpl = r->use->tmpl, .ie = f.def->ie, .args = { args[0], args[1], args[2] },
	});
}

/*
 * TCP, UDP, DCCP, SCTP and UDP-Lite have ports.  Of ICMP, type and code stand there, in one port or
 * in both, or the identifier of an echo request.
 */
static bool has_ports(uint64_t protocol)
{
	static const uint8_t ported[] = {
		CHECK_TCP_PROTOCOL, CHECK_UDP_PROTOCOL, 33, 132, 136,
		CHECK_ICMP, CHECK_ICMPV6, CHECK_IGMP,
	};

	return protocol <= UINT8_MAX && memchr(ported, (int)protocol, sizeof(ported)) != NULL;
}

/* a: protocol, b and c: ports. */
__attribute__((noinline))
static void ports_odd(const struct check_record *r, const struct check_step *s)
{
	uint64_t protocol = r->values[s->a], src = r->values[s->b], dst = r->values[s->c];

	if (has_ports(protocol) || (src == 0 && dst == 0))
		return;
	claim_at(r, CHECK_L4_PORTS_WITHOUT_TRANSPORT, src != 0 ? s->b : s->c,
		 (struct check_arg[3]){ { .u = protocol }, { .u = src }, { .u = dst } });
}

/* RFC 9565 is about IPFIX; v9 has one octet of flags and says nothing of more. */
static void data_offset(const struct check_record *r, unsigned field)
{
	struct nf_field f = nf_field(r->rec, field);

	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_TCP_FLAGS_HIGH_NIBBLE, .at = r->at,
		.severity = r->at->msg->version == 10 ? CHECK_AS_RULED : 1 + NF_WARNING,
		.span = nf_span_of(f.offset, f.value.n), .tmpl = r->use->tmpl, .ie = f.def->ie,
		.args = { { .u = r->values[field] } },
	});
}

/* a: protocol, param: flags.  n: how many TCP records, m: which flags they had. */
__attribute__((noinline))
static void flags_odd(const struct check_record *r, const struct check_step *s)
{
	uint64_t protocol = r->values[s->a], flags = r->values[s->param];

	if (flags & DATA_OFFSET)
		data_offset(r, s->param);
	else if (protocol != CHECK_TCP_PROTOCOL)
		claim_at(r, CHECK_TCP_FLAGS_WITHOUT_TCP, s->param,
			 (struct check_arg[3]){ { .u = protocol }, { .u = flags } });
}

__attribute__((always_inline))
static inline void flags_of(const struct check_record *r, struct check_step *s)
{
	uint64_t protocol = r->values[s->a], flags = r->values[s->param];

	if (protocol == CHECK_TCP_PROTOCOL) {
		s->n++;
		s->m |= flags;
		if (flags & DATA_OFFSET)
			flags_odd(r, s);
	} else if (flags != 0) {
		flags_odd(r, s);
	}
}

__attribute__((always_inline))
static inline void ports_of(const struct check_record *r, const struct check_step *s)
{
	uint64_t protocol = r->values[s->a];

	if (protocol != CHECK_TCP_PROTOCOL && protocol != CHECK_UDP_PROTOCOL)
		ports_odd(r, s);
}

static void ports(const struct check_record *r, struct check_step *s)
{
	ports_of(r, s);
}

static void flags(const struct check_record *r, struct check_step *s)
{
	flags_of(r, s);
}

static void ports_and_flags(const struct check_record *r, struct check_step *s)
{
	ports_of(r, s);
	flags_of(r, s);
}

/* What a step for the usual record looks at besides. */
struct usual {
	struct check_addresses *addresses;
	struct check_sample *sample;
};

/* All of this in one step, where the layout has all of it, as most have. */
static void usual_ipv4(const struct check_record *r, struct check_step *s)
{
	const struct usual *u = s->state;
	const struct check_addresses *a = u->addresses;

	ports_of(r, s);
	flags_of(r, s);
	if (r->values[a->src4] == 0 || r->values[a->dst4] == 0)
		check_zero_look(r, a);
	check_sample(r, u->sample);
}

static void usual_ipv6(const struct check_record *r, struct check_step *s)
{
	const struct usual *u = s->state;
	const struct check_addresses *a = u->addresses;

	ports_of(r, s);
	flags_of(r, s);
	if (check_zero6(r, a->src6) || check_zero6(r, a->dst6))
		check_zero_look(r, a);
	check_sample(r, u->sample);
}

static void flags_end(struct check *c, struct check_use *use, struct check_step *s)
{
	const struct nf_fielddef *d = &use->layout->fields[s->param];

	if (d->length != 2 || s->n < ENOUGH_TCP || (s->m & (UPPER_FLAGS | DATA_OFFSET)) != 0)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TCP_FLAGS_NEEDLESS_16BIT, .stream = use->stream,
		.place = &use->first, .tmpl = use->tmpl, .ie = d->ie, .args = { { .u = s->n } },
	});
}

/* With one port, it is taken for both. */
static struct check_step *plan_transport(struct check_plan *p)
{
	const struct nf_layout *l = p->layout;
	int protocol = check_integer_of(l, PROTOCOL), tcp = check_integer_of(l, TCP_FLAGS);
	int src = check_integer_of(l, SRC_PORT), dst = check_integer_of(l, DST_PORT);
	struct check_step *s;

	if (protocol < 0 || (tcp < 0 && src < 0 && dst < 0))
		return NULL;
	s = check_plan_step(p, tcp < 0 ? ports : src < 0 && dst < 0 ? flags : ports_and_flags);
	if (s == NULL)
		return NULL;
	s->a = (uint16_t)protocol;
	s->b = (uint16_t)(src >= 0 ? src : dst >= 0 ? dst : 0);
	s->c = (uint16_t)(dst >= 0 ? dst : src >= 0 ? src : 0);
	s->param = (uint16_t)(tcp >= 0 ? tcp : 0);
	s->end = tcp >= 0 ? flags_end : NULL;
	if (src >= 0 || dst >= 0)
		check_applies(p->check, CHECK_L4_PORTS_WITHOUT_TRANSPORT);
	if (tcp < 0)
		return s;
	check_applies(p->check, CHECK_TCP_FLAGS_WITHOUT_TCP);
	if (l->fields[tcp].length == 2) {
		check_applies(p->check, CHECK_TCP_FLAGS_HIGH_NIBBLE);
		check_applies(p->check, CHECK_TCP_FLAGS_NEEDLESS_16BIT);
	}
	return s;
}

/* Make S the step for all of it, if the layout is a usual one. */
static bool make_usual(struct check_plan *p, struct check_step *s, struct check_addresses *a,
		       struct check_sample *x)
{
	struct usual *u;

	if (s == NULL || s->run != ports_and_flags || x == NULL || check_both4(a) == check_both6(a))
		return false;
	u = check_alloc(p->check, sizeof(*u));
	if (u == NULL)
		return false;
	*u = (struct usual){ .addresses = a, .sample = x };
	s->run = check_both4(a) ? usual_ipv4 : usual_ipv6;
	s->state = u;
	return true;
}

static void plan_usual(struct check_plan *p)
{
	struct check_step *s = plan_transport(p);
	struct check_addresses *a = check_addresses_of(p);
	struct check_sample *x = check_sample_of(p);
	bool zero = check_zero_wanted(p, a);

	if (!zero || !make_usual(p, s, a, x)) {
		if (zero)
			check_plan_zero(p, a);
		if (x != NULL)
			check_plan_sample(p, x);
	}
	if (a != NULL)
		check_plan_version(p, a);
}

/* -- The end of a TCP connection ------------------------------------------------------ */

/*
 * a: protocol, b: flags, c: reason, param: flags of the reverse direction, or b again.
 * n: flows of TCP whose end was detected, m: those without a flag that says so.
 *
 * A meter that sees both directions may have met the flag in the other one: only if it is
 * missing in most flows, something is wrong.
 */
static void end_detected(const struct check_record *r, struct check_step *s)
{
	if (r->values[s->c] != END_DETECTED || r->values[s->a] != CHECK_TCP_PROTOCOL)
		return;
	s->n++;
	s->m += ((r->values[s->b] | r->values[s->param]) & FIN_OR_RST) == 0;
}

static void end_detected_end(struct check *c, struct check_use *use, struct check_step *s)
{
	if (s->n < ENOUGH_ENDS || s->m <= s->n / 2)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TCP_END_WITHOUT_FLAG, .stream = use->stream,
		.place = &use->first, .tmpl = use->tmpl, .ie = use->layout->fields[s->c].ie,
		.args = { { .u = s->m }, { .u = s->n } },
	});
}

static bool is_biflow(const struct nf_layout *l)
{
	for (unsigned i = 0; i < l->nfields; i++)
		if (l->fields[i].ie->reverse)
			return true;
	return false;
}

static void plan_end(struct check_plan *p)
{
	const struct nf_layout *l = p->layout;
	int protocol = check_integer_of(l, PROTOCOL), tcp = check_integer_of(l, TCP_FLAGS);
	int reason = check_integer_of(l, FLOW_END_REASON);
	int reverse = check_field_of(l, NF_PEN_REVERSE, TCP_FLAGS);
	struct check_step *s;

	if (protocol < 0 || tcp < 0 || reason < 0 || (is_biflow(l) && reverse < 0) ||
	    (reverse >= 0 && l->fields[reverse].length > 8))
		return;
	check_applies(p->check, CHECK_TCP_END_WITHOUT_FLAG);
	s = check_plan_step(p, end_detected);
	if (s == NULL)
		return;
	s->end = end_detected_end;
	s->a = (uint16_t)protocol;
	s->b = (uint16_t)tcp;
	s->c = (uint16_t)reason;
	s->param = (uint16_t)(reverse >= 0 ? reverse : tcp);
}

/* -- Elements of one protocol --------------------------------------------------------- */

static const struct { uint16_t id; uint8_t protocol, other; } owners[] = {
#define ONLY(element, protocol_, other_) { element, protocol_, other_ },
#include "check/flow_protocols.def"
#undef ONLY
};

struct owned { uint16_t field; uint8_t protocol, other; };
struct all_owned { unsigned n; struct owned v[]; };

static void wrong_protocol(const struct check_record *r, const struct owned *o)
{
	struct nf_field f = nf_field(r->rec, o->field);
	int protocol = check_integer_of(r->use->layout, PROTOCOL);

	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_ICMP_PROTOCOL_MISMATCH, .at = r->at,
		.span = nf_span_of(f.offset, f.value.n), .tmpl = r->use->tmpl, .ie = f.def->ie,
		.args = { { .ie = f.def->ie }, { .u = r->values[o->field] },
			  { .u = r->values[protocol] }, { .u = o->protocol } },
	});
}

/* a: protocol. */
static void owned(const struct check_record *r, struct check_step *s)
{
	const struct all_owned *all = s->state;
	uint64_t protocol = r->values[s->a];

	for (unsigned i = 0; i < all->n; i++) {
		const struct owned *o = &all->v[i];

		if (r->values[o->field] != 0 && protocol != o->protocol && protocol != o->other)
			wrong_protocol(r, o);
	}
}

static void plan_owned(struct check_plan *p)
{
	enum { OWNERS = sizeof(owners) / sizeof(owners[0]) };
	int protocol = check_integer_of(p->layout, PROTOCOL);
	struct all_owned *all = NULL;
	struct check_step *s;

	for (unsigned i = 0; protocol >= 0 && i < OWNERS; i++) {
		int field = check_integer_of(p->layout, owners[i].id);

		if (field < 0)
			continue;
		if (all == NULL)
			all = check_alloc(p->check, sizeof(*all) + OWNERS * sizeof(all->v[0]));
		if (all == NULL)
			return;
		all->v[all->n++] = (struct owned){
			.field = (uint16_t)field, .protocol = owners[i].protocol,
			.other = p->version == 9 ? owners[i].other : owners[i].protocol,
		};
	}
	if (all == NULL)
		return;
	check_applies(p->check, CHECK_ICMP_PROTOCOL_MISMATCH);
	s = check_plan_step(p, owned);
	if (s == NULL)
		return;
	s->a = (uint16_t)protocol;
	s->state = all;
}

/* -- The group ------------------------------------------------------------------------ */

static void plan(struct check_plan *p)
{
	check_plan_timeout(p);
	check_plan_biflow(p);
	if (p->layout->kind == NF_LAYOUT_OPTIONS)
		return;
	plan_usual(p);
	plan_end(p);
	plan_owned(p);
}

static void stream_end(struct check *c, struct check_stream *s)
{
	check_biflow_end(c, s);
	check_delay_end(c, s);
}

const struct check_group check_group_flow = {
	.name = "flow",
	.size = {
		[CHECK_CAPTURE] = sizeof(struct check_flow_capture),
		[CHECK_EXPORTER] = sizeof(struct check_flow_exporter),
		[CHECK_STREAM] = sizeof(struct check_flow_stream),
	},
	.template_ = check_biflow_template,
	.plan = plan,
	.stream_end = stream_end,
};
