/*
 * Keys of records to flows of the traffic; records of a key to packets of its flow, one after
 * another.
 */
#include <config.h>

#include "model/verify_internal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { ICMP_MOST = 64 };		/* flows between two that are looked at for one */

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

/* Sums of flows that stand before one. */
struct verify_sums {
	uint64_t fragments, unknowable;
};

static bool make_pairs(struct verify *v)
{
	size_t n = meter_flows(v->meter);

	v->pairs = nf_alloc((n + 1) * sizeof(*v->pairs));
	v->sums = nf_zalloc((n + 1) * sizeof(*v->sums));
	if (v->pairs == NULL || v->sums == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		v->pairs[i] = meter_flow_at(v->meter, i);
	if (n > 1)
		qsort(v->pairs, n, sizeof(*v->pairs), by_flows);
	for (size_t i = 0; i < n; i++) {
		v->sums[i + 1].fragments = v->sums[i].fragments +
					   v->pairs[i]->fragments.packets;
		v->sums[i + 1].unknowable = v->sums[i].unknowable + v->pairs[i]->unknowable;
	}
	return true;
}

/* The first of those that are not before KEY; with BEHIND, of those that are behind it. */
static size_t bound(const struct verify *v, const struct meter_key *key,
		    int (*compare)(const struct meter_key *a, const struct meter_key *b),
		    bool behind)
{
	size_t low = 0, high = meter_flows(v->meter);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&v->pairs[middle]->key, key) < (behind ? 1 : 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool next_pair(const struct verify *v, const struct meter_key *key,
		      int (*compare)(const struct meter_key *a, const struct meter_key *b),
		      size_t *at, const struct meter_flow **flow)
{
	if (*at == 0)
		*at = bound(v, key, compare, false);
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

bool verify_fragment_pairs(const struct verify *v, const struct meter_key *key, size_t *at,
			   const struct meter_flow **flow)
{
	return next_pair(v, key, verify_is_fragments(key) ? by_ends : by_addresses, at, flow);
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
	const struct meter_flow *flow = NULL, *best = NULL;
	uint16_t has;
	uint64_t packets = packets_of(v, key, &has);
	unsigned n = 0;

	for (size_t at = 0; n < ICMP_MOST && verify_pairs(v, k, &at, &flow); n++) {
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

uint64_t verify_anybodys(const struct verify *v, const struct meter_key *key)
{
	return v->sums[bound(v, key, by_addresses, true)].unknowable -
	       v->sums[bound(v, key, by_addresses, false)].unknowable;
}

/* How many packets between the two are later fragments, those of BUT left out. */
static uint64_t fragments_of(const struct verify *v, const struct meter_key *k,
			     const struct meter_flow *but)
{
	int (*compare)(const struct meter_key *a, const struct meter_key *b) =
		verify_is_fragments(k) ? by_ends : by_addresses;
	uint64_t n = v->sums[bound(v, k, compare, true)].fragments -
		     v->sums[bound(v, k, compare, false)].fragments;

	return but != NULL ? n - but->fragments.packets : n;
}

/* Port 0 in both: fragments of others, unless just these packets are there. */
static bool find_fragments(struct verify *v, uint64_t *key, const struct meter_key *k,
			   const struct meter_flow *own)
{
	uint64_t fragments;
	uint16_t has;

	if (k->sport != 0 || k->dport != 0 ||
	    (!verify_has_ports(k->protocol) && !verify_is_fragments(k)))
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

static bool sort_keys(struct verify *v)
{
	size_t n = 0;

	v->by_domain = nf_alloc((v->keys.n + 1) * sizeof(*v->by_domain));
	if (v->by_domain == NULL)
		return false;
	for (size_t i = 0; i < v->ndomains; i++) {
		v->domains[i]->keys_from = v->domains[i]->keys_to = n;
		n += v->domains[i]->x.flows;
	}
	for (size_t i = 0; i < v->keys.n; i++) {
		struct verify_domain *d = verify_domain_of(v, top_table_row(&v->keys, i));

		v->by_domain[d->keys_to++] = (uint32_t)i;
	}
	return true;
}

bool verify_match(struct verify *v)
{
	if (!make_pairs(v) || !sort_keys(v))
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
