/*
 * A key of records with the flow that it is held against, and the packets of each record.
 */
#include <config.h>

#include "model/verify_internal.h"

/* True if the domain tells of the later fragments of FLOW elsewhere. */
static bool fragments_alone(const struct verify *v, const struct meter_key *k, uint32_t domain)
{
	const uint8_t protocols[] = { k->protocol, VERIFY_PROTO_NONE, VERIFY_PROTO_FRAGMENT };
	struct meter_key none = *k;
	const uint64_t *key;

	none.sport = none.dport = 0;
	for (unsigned i = 0; i < sizeof(protocols); i++) {
		none.protocol = protocols[i];
		key = verify_key_find(v, &none, domain);
		if (key != NULL && verify_key_state(key) == VERIFY_FRAGMENTS &&
		    (i == 0 ? k->sport != 0 || k->dport != 0 : verify_is_fragments(&none)))
			return true;
	}
	return false;
}

static struct meter_counts less(struct meter_counts a, const struct meter_counts *b)
{
	a.packets -= b->packets;
	a.octets -= b->octets;
	a.behind -= b->behind;
	a.before -= b->before;
	return a;
}

struct verify_row *verify_case_next(const struct verify_case *c, uint32_t *number)
{
	struct verify_row *r;

	while ((r = verify_row(c->v, *number)) != NULL) {
		*number = r->next;
		if (c->direction == VERIFY_ANY || r->direction == c->direction)
			return r;
	}
	return NULL;
}

static void add_records(struct verify_case *c)
{
	uint32_t number = verify_key_head(c->row);
	const struct verify_row *r;

	c->has = UINT16_MAX;
	c->counted = true;
	while ((r = verify_case_next(c, &number)) != NULL) {
		if (c->records++ == 0)
			c->frame = r->frame;
		c->packets += r->packets;
		c->octets += r->octets;
		c->has &= r->has;
		c->sampled |= r->rate > 1;
	}
	c->counted = (c->has & VERIFY_HAS_PACKETS) != 0;
}

void verify_case_open(struct verify_case *c, struct verify *v, uint64_t *key, uint8_t direction)
{
	uint32_t flow = (uint32_t)key[VERIFY_KEY_FLOW];

	*c = (struct verify_case){
		.v = v, .d = verify_domain_of(v, key), .row = key, .key = verify_key_of(key),
		.state = verify_key_state(key), .direction = direction,
		.flow = flow != 0 ? meter_flow_at(v->meter, flow - 1) : NULL,
	};
	add_records(c);
	if (c->flow == NULL)
		return;
	c->truth = c->flow->all;
	if (c->flow->fragments.packets != 0 &&
	    fragments_alone(v, &c->key, verify_key_domain(key))) {
		c->alone = true;
		c->truth = less(c->truth, &c->flow->fragments);
	}
	c->steps = !c->flow->partial;
	c->exact = c->counted && c->packets == c->truth.packets;
}

/* The next packet that counts. */
static const struct meter_packet_row *step(const struct verify_case *c, uint32_t *at)
{
	const struct meter_packet_row *p;

	do {
		p = meter_step(c->v->meter, c->flow, at);
	} while (p != NULL && c->alone && p->later);
	return p;
}

bool verify_take(struct verify_case *c, uint64_t n, struct verify_span *span)
{
	const struct meter_packet_row *p;

	*span = (struct verify_span){ .first_ns = 0 };
	while (span->counts.packets < n) {
		p = step(c, &c->at);
		if (p == NULL)
			return false;
		if (span->counts.packets++ == 0)
			span->first_ns = p->ts_ns;
		else if (verify_minus(p->ts_ns, span->last_ns) > span->pause_ns)
			span->pause_ns = verify_minus(p->ts_ns, span->last_ns);
		span->last_ns = p->ts_ns;
		span->counts.octets += p->octets;
		span->counts.behind += p->behind;
		span->counts.before += p->before;
		span->tos_seen[p->tos >> 6] |= (uint64_t)1 << (p->tos & 63);
		span->tos_or |= p->tos;
		span->flags |= p->flags;
		span->last_flags = p->flags;
	}
	return n > 0;
}

bool verify_peek(const struct verify_case *c, int64_t *ts_ns)
{
	uint32_t at = c->at;
	const struct meter_packet_row *p = step(c, &at);

	if (p != NULL)
		*ts_ns = p->ts_ns;
	return p != NULL;
}
