/*
 * Keys of records to flows of the traffic; records of a key to packets of its flow, one after
 * another.
 */
#include <config.h>

#include "model/verify_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { HOP_BY_HOP = 0, IPV6_FRAGMENT = 44 };

struct verify_order {
	int64_t first_ns, last_ns;
	uint32_t number;
};

/* -- Flows by their addresses ---------------------------------------------------------- */

static int by_ends(const struct meter_key *a, const struct meter_key *b)
{
	int order = memcmp(a->src.octets, b->src.octets, sizeof(a->src.octets));

	if (order == 0)
		order = memcmp(a->dst.octets, b->dst.octets, sizeof(a->dst.octets));
	return order != 0 ? order : (int)a->src.family - (int)b->src.family;
}

static int by_addresses(const struct meter_key *a, const struct meter_key *b)
{
	int order = by_ends(a, b);

	return order != 0 ? order : (int)a->protocol - (int)b->protocol;
}

static int by_flows(const void *x, const void *y)
{
	const struct meter_flow *a = *(const struct meter_flow *const *)x;
	const struct meter_flow *b = *(const struct meter_flow *const *)y;
	int order = by_addresses(&a->key, &b->key);

	return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static bool make_pairs(struct verify *v)
{
	size_t n = meter_flows(v->meter);

	v->pairs = nf_alloc((n + 1) * sizeof(*v->pairs));
	if (v->pairs == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		v->pairs[i] = meter_flow_at(v->meter, i);
	if (n > 1)
		qsort(v->pairs, n, sizeof(*v->pairs), by_flows);
	return true;
}

static bool next_pair(const struct verify *v, const struct meter_key *key,
		      int (*compare)(const struct meter_key *a, const struct meter_key *b),
		      size_t *at, const struct meter_flow **flow)
{
	size_t low = 0, high = meter_flows(v->meter);

	while (*at == 0 && low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&v->pairs[middle]->key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (*at == 0)
		*at = low;
	if (*at >= meter_flows(v->meter) || compare(&v->pairs[*at]->key, key) != 0)
		return false;
	*flow = v->pairs[(*at)++];
	return true;
}

bool verify_pairs(const struct verify *v, const struct meter_key *key, size_t *at,
		  const struct meter_flow **flow)
{
	return next_pair(v, key, by_addresses, at, flow);
}

/* Some exporters take the fragment header of IPv6 for a protocol of its own, or none at all. */
static bool is_fragments(const struct meter_key *k)
{
	return k->src.family == 6 && (k->protocol == HOP_BY_HOP || k->protocol == IPV6_FRAGMENT);
}

bool verify_fragment_pairs(const struct verify *v, const struct meter_key *key, size_t *at,
			   const struct meter_flow **flow)
{
	return next_pair(v, key, is_fragments(key) ? by_ends : by_addresses, at, flow);
}

/* -- The order of records -------------------------------------------------------------- */

static int by_time(const void *x, const void *y)
{
	const struct verify_order *a = x, *b = y;

	if (a->first_ns != b->first_ns)
		return a->first_ns < b->first_ns ? -1 : 1;
	if (a->last_ns != b->last_ns)
		return a->last_ns < b->last_ns ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

/* Counters since the flow began, to those since the record before. */
static void undo_totals(struct verify *v, uint32_t head)
{
	uint64_t packets = 0, octets = 0;

	for (struct verify_row *r = verify_row(v, head); r != NULL; r = verify_row(v, r->next)) {
		uint64_t p = r->packets, o = r->octets;

		if ((r->has & VERIFY_HAS_TOTAL) == 0)
			continue;
		if (p >= packets && o >= octets && packets != 0) {
			r->packets -= packets;
			r->octets -= octets;
			/* its first time is that of all */
			r->has &= (uint16_t)~(VERIFY_HAS_FIRST | VERIFY_HAS_FLAGS |
					      VERIFY_HAS_TOS);
		}
		packets = p;
		octets = o;
	}
}

static bool order_rows(struct verify *v, uint64_t *key)
{
	size_t n = 0;
	uint32_t number = verify_key_head(key);
	const struct verify_row *r;

	if (verify_row(v, number)->next == 0)
		return true;
	for (; (r = verify_row(v, number)) != NULL; number = r->next) {
		void *order = v->order;

		if (!nf_grow(&order, &v->order_cap, n + 1, sizeof(*v->order)))
			return false;
		v->order = order;
		v->order[n++] = (struct verify_order){ r->first_ns, r->last_ns, number };
	}
	qsort(v->order, n, sizeof(*v->order), by_time);
	for (size_t i = 0; i < n; i++)
		verify_row(v, v->order[i].number)->next = i + 1 < n ? v->order[i + 1].number : 0;
	key[VERIFY_KEY_ROWS] = v->order[0].number | (uint64_t)v->order[n - 1].number << 32;
	undo_totals(v, verify_key_head(key));
	return true;
}

/* -- Finding --------------------------------------------------------------------------- */

static uint64_t packets_of(const struct verify *v, const uint64_t *key, uint16_t *has)
{
	uint64_t packets = 0;

	*has = 0;
	for (const struct verify_row *r = verify_row(v, verify_key_head(key)); r != NULL;
	     r = verify_row(v, r->next)) {
		packets += r->packets;
		*has |= r->has;
	}
	return packets;
}

static void settle(uint64_t *key, const struct meter_flow *flow, enum verify_state state)
{
	key[VERIFY_KEY_FLOW] = (flow != NULL ? flow->index + 1u : 0u) | (uint64_t)state << 32;
}

/*
 * ICMP whose type and code are not those of any packet between the two: some other flow of them
 * that has no record, one of as many packets rather than another.  One that says nothing of them
 * may mean all.
 */
static bool find_icmp(struct verify *v, uint64_t *key, const struct meter_key *k)
{
	const struct meter_flow *flow, *best = NULL;
	uint16_t has;
	uint64_t packets = packets_of(v, key, &has);
	unsigned n = 0;

	for (size_t at = 0; verify_pairs(v, k, &at, &flow); n++) {
		bool same_type = flow->key.dport >> 8 == k->dport >> 8;

		if ((has & VERIFY_HAS_NO_CODE) != 0 && same_type) {
			settle(key, flow, VERIFY_MATCHED);
			return true;
		}
		if (verify_key_find(v, &flow->key, verify_key_domain(key)) == NULL &&
		    (best == NULL || (best->all.packets != packets &&
				      flow->all.packets == packets)))
			best = flow;
	}
	if ((has & VERIFY_HAS_NO_ICMP) != 0 && n > 0) {
		settle(key, flow, n == 1 ? VERIFY_MATCHED : VERIFY_SEVERAL);
		return true;
	}
	if (best != NULL)
		settle(key, best, VERIFY_OTHER_ICMP);
	return best != NULL;
}

/* How many packets between the two are later fragments, those of FLOW left out. */
static uint64_t fragments_of(const struct verify *v, const struct meter_key *k,
			     const struct meter_flow *but)
{
	const struct meter_flow *flow;
	uint64_t n = 0;

	for (size_t at = 0; verify_fragment_pairs(v, k, &at, &flow);)
		if (flow != but)
			n += flow->fragments.packets;
	return n;
}

/* Port 0 in both: fragments of others, unless just these packets are there. */
static bool find_fragments(struct verify *v, uint64_t *key, const struct meter_key *k,
			   const struct meter_flow *own)
{
	uint64_t fragments;
	uint16_t has;

	if (k->sport != 0 || k->dport != 0 ||
	    (!verify_has_ports(k->protocol) && !is_fragments(k)))
		return false;
	fragments = fragments_of(v, k, own);
	if (fragments == 0 || (own != NULL && packets_of(v, key, &has) <= own->all.packets))
		return false;
	settle(key, own, VERIFY_FRAGMENTS);
	return true;
}

static bool find_exchanged(struct verify *v, uint64_t *key, const struct meter_key *k)
{
	const struct meter_key back = verify_key_back(k);
	const struct meter_flow *flow = meter_find(v->meter, &back);

	if (flow == NULL || verify_key_find(v, &back, verify_key_domain(key)) != NULL)
		return false;
	settle(key, flow, VERIFY_EXCHANGED);
	return true;
}

static void find(struct verify *v, uint64_t *key)
{
	struct meter_key k = verify_key_of(key);
	const struct meter_flow *flow = meter_find(v->meter, &k);

	if (find_fragments(v, key, &k, flow))
		return;
	if (flow != NULL && !verify_is_icmp(&k))
		settle(key, flow, VERIFY_MATCHED);
	else if (verify_is_icmp(&k) && flow == NULL && find_icmp(v, key, &k))
		return;
	else if (flow != NULL)
		settle(key, flow, VERIFY_MATCHED);
	else if (!find_exchanged(v, key, &k))
		settle(key, NULL, VERIFY_UNMATCHED);
}

bool verify_match(struct verify *v)
{
	if (!make_pairs(v))
		return false;
	for (size_t i = 0; i < v->keys.n; i++) {
		uint64_t *key = top_table_row(&v->keys, i);

		if (!order_rows(v, key))
			return false;
		find(v, key);
		if (verify_key_state(key) == VERIFY_MATCHED)
			verify_domain_of(v, key)->matched++;
	}
	return true;
}

/* -- Cases ----------------------------------------------------------------------------- */

/* True if the domain tells of the later fragments of FLOW elsewhere. */
static bool fragments_alone(const struct verify *v, const struct meter_key *k, uint32_t domain)
{
	const uint8_t protocols[] = { k->protocol, HOP_BY_HOP, IPV6_FRAGMENT };
	struct meter_key none = *k;
	const uint64_t *key;

	none.sport = none.dport = 0;
	for (unsigned i = 0; i < sizeof(protocols); i++) {
		none.protocol = protocols[i];
		key = verify_key_find(v, &none, domain);
		if (key != NULL && verify_key_state(key) == VERIFY_FRAGMENTS &&
		    (i == 0 ? k->sport != 0 || k->dport != 0 : is_fragments(&none)))
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
		else if (p->ts_ns - span->last_ns > span->pause_ns)
			span->pause_ns = p->ts_ns - span->last_ns;
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
