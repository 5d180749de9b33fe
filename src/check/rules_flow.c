/*
 * What a flow's record says of it: protocol, ports, flags, addresses, directions.
 */
#include <config.h>

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

int check_last_of(const struct nf_layout *l)
{
	static const uint8_t roles[] = {
		NF_ROLE_LAST_UPTIME, NF_ROLE_LAST_S, NF_ROLE_LAST_MS, NF_ROLE_LAST_US,
		NF_ROLE_LAST_NS,
	};

	for (size_t i = 0; i < sizeof(roles); i++)
		if (l->slot[roles[i]] >= 0)
			return l->slot[roles[i]];
	return -1;
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
	const uint64_t below_64 = UINT64_C(1) << CHECK_TCP_PROTOCOL |
				  UINT64_C(1) << CHECK_UDP_PROTOCOL | UINT64_C(1) << 33 |
				  UINT64_C(1) << CHECK_ICMP | UINT64_C(1) << CHECK_ICMPV6 |
				  UINT64_C(1) << CHECK_IGMP;

	return ((protocol < 64) & (below_64 >> (protocol & 63))) | (protocol == 132) |
	       (protocol == 136);
}

/* a: protocol, b and c: ports.  Nearly all that have ports are of the same few protocols. */
static inline uint64_t may_lack_ports(const struct check_rows *rows, const struct check_step *s,
				      size_t i)
{
	uint64_t protocol = check_column(rows, s->a)[i];
	uint64_t either = check_column(rows, s->b)[i] | check_column(rows, s->c)[i];

	return ~(check_zero(protocol ^ CHECK_TCP_PROTOCOL) |
		 check_zero(protocol ^ CHECK_UDP_PROTOCOL) | check_zero(protocol ^ CHECK_ICMP) |
		 check_zero(either));
}

NF_WIDE
static uint64_t sift_ports(const struct check_rows *rows, struct check_step *s)
{
	return check_sift(rows, s, may_lack_ports);
}

static void ports(const struct check_record *r, struct check_step *s)
{
	uint64_t protocol = check_value(r, s->a);
	uint64_t src = check_value(r, s->b), dst = check_value(r, s->c);

	if (!has_ports(protocol))
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
		.args = { { .u = check_value(r, field) } },
	});
}

/* a: protocol, b: flags.  n: how many TCP records, m: which flags they had. */
NF_WIDE
static uint64_t sift_flags(const struct check_rows *rows, struct check_step *s)
{
	const uint64_t *protocol = check_column(rows, s->a), *flags = check_column(rows, s->b);
	const size_t ample = check_ample(rows);
	uint64_t odd = 0, n = 0, of_tcp = 0, of_others = 0;

	for (size_t i = 0; i < ample; i++) {
		uint64_t tcp = protocol[i] == CHECK_TCP_PROTOCOL;

		n += tcp;
		of_tcp |= flags[i] & -tcp;
		of_others |= flags[i] & (tcp - 1);
	}
	s->n += n - (ample - rows->n) * (protocol[rows->n - 1] == CHECK_TCP_PROTOCOL);
	s->m |= of_tcp;
	if ((of_tcp & DATA_OFFSET) == 0 && of_others == 0)
		return 0;
	for (size_t i = 0; i < rows->n; i++) {
		uint64_t wrong = protocol[i] == CHECK_TCP_PROTOCOL ? DATA_OFFSET : UINT64_MAX;

		odd |= (uint64_t)((flags[i] & wrong) != 0) << i;
	}
	return odd;
}

static void flags(const struct check_record *r, struct check_step *s)
{
	uint64_t protocol = check_value(r, s->a), flags = check_value(r, s->b);

	if (flags & DATA_OFFSET)
		data_offset(r, s->b);
	else
		claim_at(r, CHECK_TCP_FLAGS_WITHOUT_TCP, s->b,
			 (struct check_arg[3]){ { .u = protocol }, { .u = flags } });
}

static void flags_end(struct check *c, struct check_use *use, struct check_step *s)
{
	const struct nf_fielddef *d = &use->layout->fields[s->b];

	if (d->length != 2 || s->n < ENOUGH_TCP || (s->m & (UPPER_FLAGS | DATA_OFFSET)) != 0)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TCP_FLAGS_NEEDLESS_16BIT, .stream = use->stream,
		.place = &use->first, .tmpl = use->tmpl, .ie = d->ie, .args = { { .u = s->n } },
	});
}

/* With one port, it is taken for both. */
static void plan_ports(struct check_plan *p, int protocol)
{
	const struct nf_layout *l = p->layout;
	int src = check_integer_of(l, SRC_PORT), dst = check_integer_of(l, DST_PORT);
	struct check_step *s;

	if (src < 0 && dst < 0)
		return;
	check_applies(p->check, CHECK_L4_PORTS_WITHOUT_TRANSPORT);
	s = check_plan_field(p, ports, protocol);
	if (s == NULL)
		return;
	s->sift = sift_ports;
	s->b = (uint16_t)(src >= 0 ? src : dst);
	s->c = (uint16_t)(dst >= 0 ? dst : src);
	check_plan_column(p, s->a);
	check_plan_column(p, s->b);
	check_plan_column(p, s->c);
}

static void plan_flags(struct check_plan *p, int protocol)
{
	int tcp = check_integer_of(p->layout, TCP_FLAGS);
	struct check_step *s;

	if (tcp < 0)
		return;
	check_applies(p->check, CHECK_TCP_FLAGS_WITHOUT_TCP);
	if (p->layout->fields[tcp].length == 2) {
		check_applies(p->check, CHECK_TCP_FLAGS_HIGH_NIBBLE);
		check_applies(p->check, CHECK_TCP_FLAGS_NEEDLESS_16BIT);
	}
	s = check_plan_field(p, flags, protocol);
	if (s == NULL)
		return;
	s->sift = sift_flags;
	s->end = flags_end;
	s->b = (uint16_t)tcp;
	check_plan_column(p, s->a);
	check_plan_column(p, s->b);
}

static void plan_transport(struct check_plan *p)
{
	int protocol = check_integer_of(p->layout, PROTOCOL);

	if (protocol < 0)
		return;
	plan_ports(p, protocol);
	plan_flags(p, protocol);
}

/* -- The end of a TCP connection ------------------------------------------------------ */

/*
 * a: protocol, b: flags, c: reason, param: flags of the reverse direction, or b again.
 * n: flows of TCP whose end was detected, m: those without a flag that says so.
 *
 * A meter that sees both directions may have met the flag in the other one: only if it is
 * missing in most flows, something is wrong.
 */
NF_WIDE
static uint64_t sift_ends(const struct check_rows *rows, struct check_step *s)
{
	const uint64_t *protocol = check_column(rows, s->a), *reason = check_column(rows, s->c);
	const uint64_t *flags = check_column(rows, s->b), *back = check_column(rows, s->param);
	uint64_t n = 0, without = 0;

	for (size_t i = 0; i < rows->n; i++) {
		uint64_t is = check_zero(reason[i] ^ END_DETECTED) &
			      check_zero(protocol[i] ^ CHECK_TCP_PROTOCOL);

		n += is >> CHECK_TOP;
		without += (is & check_zero((flags[i] | back[i]) & FIN_OR_RST)) >> CHECK_TOP;
	}
	s->n += n;
	s->m += without;
	return 0;
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
	s = check_plan_step(p, NULL);
	if (s == NULL)
		return;
	s->sift = sift_ends;
	s->end = end_detected_end;
	s->a = (uint16_t)protocol;
	s->b = (uint16_t)tcp;
	s->c = (uint16_t)reason;
	s->param = (uint16_t)(reverse >= 0 ? reverse : tcp);
	check_plan_column(p, s->a);
	check_plan_column(p, s->b);
	check_plan_column(p, s->c);
	check_plan_column(p, s->param);
}

/* -- Elements of one protocol --------------------------------------------------------- */

static const struct { uint16_t id; uint8_t protocol, other; } owners[] = {
#define ONLY(element, protocol_, other_) { element, protocol_, other_ },
#include "check/flow_protocols.def"
#undef ONLY
};

struct owned { uint16_t field; uint8_t protocol, other; };
struct all_owned { unsigned n; struct owned v[]; };

/* It says something, in a record of another protocol. */
static bool is_foreign(const struct owned *o, uint64_t v, uint64_t protocol)
{
	return v != 0 && protocol != o->protocol && protocol != o->other;
}

static void wrong_protocol(const struct check_record *r, const struct owned *o)
{
	struct nf_field f = nf_field(r->rec, o->field);
	int protocol = check_integer_of(r->use->layout, PROTOCOL);

	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_ICMP_PROTOCOL_MISMATCH, .at = r->at,
		.span = nf_span_of(f.offset, f.value.n), .tmpl = r->use->tmpl, .ie = f.def->ie,
		.args = { { .ie = f.def->ie }, { .u = check_value(r, o->field) },
			  { .u = check_value(r, protocol) }, { .u = o->protocol } },
	});
}

/* a: protocol. */
NF_WIDE
static uint64_t sift_owned(const struct check_rows *rows, struct check_step *s)
{
	const uint64_t *protocol = check_column(rows, s->a);
	const struct all_owned *all = s->state;
	const size_t ample = check_ample(rows);
	uint64_t odd = 0;

	for (const struct owned *o = all->v; o != all->v + all->n; o++) {
		const uint64_t *v = check_column(rows, o->field);
		uint64_t any = 0;

		for (size_t i = 0; i < ample; i++)
			any |= ~(check_zero(v[i]) | check_zero(protocol[i] ^ o->protocol) |
				 check_zero(protocol[i] ^ o->other));
		if (check_yes(any))
			odd = check_all_rows(rows);
	}
	return odd;
}

static void owned(const struct check_record *r, struct check_step *s)
{
	const struct all_owned *all = s->state;
	uint64_t protocol = check_value(r, s->a);

	for (unsigned i = 0; i < all->n; i++)
		if (is_foreign(&all->v[i], check_value(r, all->v[i].field), protocol))
			wrong_protocol(r, &all->v[i]);
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
		check_plan_column(p, (unsigned)field);
	}
	if (all == NULL)
		return;
	check_applies(p->check, CHECK_ICMP_PROTOCOL_MISMATCH);
	s = check_plan_step(p, owned);
	if (s == NULL)
		return;
	s->sift = sift_owned;
	s->a = (uint16_t)protocol;
	check_plan_column(p, s->a);
	s->state = all;
}

/* -- The group ------------------------------------------------------------------------ */

static void plan(struct check_plan *p)
{
	check_plan_timeout(p);
	check_plan_biflow(p);
	if (p->layout->kind == NF_LAYOUT_OPTIONS)
		return;
	plan_transport(p);
	check_plan_addresses(p);
	check_plan_repeats(p);
	check_plan_delay(p);
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
