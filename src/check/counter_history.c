/*
 * What counters did before: of flows that are reported several times, and of exporters' totals.
 *
 * A table of CHECK_HISTORY entries, one place for each key, is all that is kept: of more flows
 * at a time than that, some are forgotten before they are met again, and nothing is said of them.
 */
#include <config.h>

#include "base/hash.h"
#include "check/counter.h"

enum {
	LONG = 10,		/* seconds that a flow lasts that is likely to be met again */
	RISES = 6,		/* without any fall, that make deltas look like totals .. */
	RISES_OF_ONE = 3,	/* .. so many of them in one flow */
};

struct check_seen {
	uint64_t key;		/* 0: free */
	uint64_t octets, packets;
	uint64_t end;
	uint32_t rises;
	uint32_t secs, sequence, uptime;
};

/* How the flows of a layout are known again, and what became of their counters. */
struct history {
	uint16_t start, end;
	uint64_t mask;		/* of their difference */
	uint64_t lasts;		/* LONG, in their unit */
	int octets, packets;	/* deltas; -1 */
	int total_octets, total_packets;
	uint64_t flows, rises, falls;
	uint32_t most_rises;
	struct check_place place;
	unsigned nkeys;
	uint16_t keys[];
};

/* -- Keys ------------------------------------------------------------------------------- */

static uint64_t more(uint64_t key, uint64_t value)
{
	return nf_fold(key ^ value, 0x9e3779b97f4a7c15u) + value;
}

static uint64_t key_of(const struct check_record *r, const uint16_t *fields, unsigned n)
{
	uint64_t key = more((uintptr_t)r->use, n);

	for (unsigned i = 0; i < n; i++) {
		const struct nf_fielddef *d = &r->use->layout->fields[fields[i]];

		if (d->length >= 1 && d->length <= 8)
			key = more(key, r->values[fields[i]]);
		else
			key = more(key, nf_hash64(nf_field(r->rec, fields[i]).value));
	}
	return key != 0 ? key : 1;
}

/* The entry of KEY, taken over from another one if need be; *NEW says so. */
static struct check_seen *seen_of(struct check *c, uint64_t key, bool *new)
{
	struct check_counter_state *state = check_state(c, check_capture(c),
							CHECK_GROUP_counter);
	struct check_seen *seen = &state->seen[key % CHECK_HISTORY];

	*new = seen->key != key;
	if (*new)
		*seen = (struct check_seen){ .key = key };
	return seen;
}

/* What tells flows apart: addresses and identifiers, but not why a record was sent. */
static bool is_key(const struct nf_ie *ie)
{
	enum { FLOW_END_REASON = 136 };

	if (ie->type == NF_TYPE_IPV4_ADDRESS || ie->type == NF_TYPE_IPV6_ADDRESS ||
	    ie->type == NF_TYPE_MAC_ADDRESS)
		return true;
	return ie->semantics == NF_SEM_IDENTIFIER && ie->id != FLOW_END_REASON;
}

/* -- Flows -------------------------------------------------------------------------------- */

static void fell(const struct check_record *r, int field, uint64_t before)
{
	struct nf_field f = nf_field(r->rec, (unsigned)field);

	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_CNT_TOTAL_DECREASED, .at = r->at,
		.span = nf_span_of(f.offset, f.value.n), .tmpl = r->use->tmpl, .ie = f.def->ie,
		.args = { { .ie = f.def->ie }, { .u = before }, { .u = r->values[field] } },
	});
}

/* Counters begin anew behind their greatest value: what comes from its last eighth may. */
static bool wraps(const struct check_record *r, int field, uint64_t before)
{
	unsigned length = r->use->layout->fields[field].length;
	uint64_t greatest = length < 8 ? (UINT64_C(1) << 8 * length) - 1 : UINT64_MAX;

	return before > greatest - greatest / 8 && r->values[field] < greatest / 2;
}

static void total(const struct check_record *r, int field, uint64_t *before)
{
	if (field < 0)
		return;
	if (r->values[field] < *before && !wraps(r, field, *before))
		fell(r, field, *before);
	*before = r->values[field];
}

static void delta(const struct check_record *r, struct history *h, struct check_seen *seen)
{
	uint64_t octets = r->values[h->octets];
	uint64_t packets = h->packets >= 0 ? r->values[h->packets] : 0;

	if (octets > seen->octets && packets >= seen->packets) {
		if (seen->rises++ == 0)
			h->flows++;
		if (seen->rises > h->most_rises)
			h->most_rises = seen->rises;
		if (h->rises++ == 0)
			h->place = check_place_of(r->at, nf_span_of(r->rec->offset,
								    r->rec->length));
	} else {
		h->falls++;
	}
	seen->octets = octets;
	seen->packets = packets;
}

__attribute__((noinline))
static void again(const struct check_record *r, struct history *h)
{
	bool new;
	struct check_seen *seen = seen_of(r->check, key_of(r, h->keys, h->nkeys), &new);
	uint64_t end = r->values[h->end];

	/* A copy, or one that comes late. */
	if (!new && ((end - seen->end) & h->mask) - 1 >= h->mask / 2)
		return;
	seen->end = end;
	if (h->octets < 0) {
		total(r, h->total_octets, &seen->octets);
		total(r, h->total_packets, &seen->packets);
	} else if (new) {
		seen->octets = r->values[h->octets];
		seen->packets = h->packets >= 0 ? r->values[h->packets] : 0;
	} else {
		delta(r, h, seen);
	}
}

/* Flows that are over soon are reported once. */
static void flow(const struct check_record *r, struct check_step *s)
{
	struct history *h = s->state;
	uint64_t lasted = (r->values[h->end] - r->values[h->start]) & h->mask;

	if (lasted >= h->lasts && lasted <= h->mask / 2)
		again(r, h);
}

static void flow_end(struct check *c, struct check_use *use, struct check_step *s)
{
	const struct history *h = s->state;
	const struct nf_ie *ie;

	if (h->octets < 0 || h->falls != 0 || h->rises < RISES || h->most_rises < RISES_OF_ONE)
		return;
	ie = use->layout->fields[h->octets].ie;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_CNT_DELTA_LOOKS_TOTAL, .stream = use->stream, .place = &h->place,
		.tmpl = use->tmpl, .ie = ie,
		.args = { { .ie = ie }, { .u = h->rises }, { .u = h->flows } },
	});
}

/* -- Totals of the exporter ------------------------------------------------------------- */

/* The message is older than the one that SEEN is of, or the exporter began anew. */
static bool begins_anew(const struct nf_msg *m, const struct check_seen *seen)
{
	return m->export_secs < seen->secs ||
	       (m->format->at.uptime != 0 && m->uptime_ms < seen->uptime) ||
	       (int32_t)(m->sequence - seen->sequence) < 0;
}

/* a: the total. */
static void options_total(const struct check_record *r, struct check_step *s)
{
	const struct history *h = s->state;
	const struct nf_msg *m = r->at->msg;
	uint64_t key = more(key_of(r, h->keys, h->nkeys), s->a);
	bool new;
	struct check_seen *seen = seen_of(r->check, key != 0 ? key : 1, &new);

	if (new || begins_anew(m, seen))
		seen->octets = r->values[s->a];
	else
		total(r, s->a, &seen->octets);
	seen->secs = m->export_secs;
	seen->uptime = m->uptime_ms;
	seen->sequence = m->sequence;
}

/* -- Planning ----------------------------------------------------------------------------- */

static bool open_table(struct check *c)
{
	struct check_counter_state *state = check_state(c, check_capture(c),
							CHECK_GROUP_counter);

	if (state->seen == NULL)
		state->seen = check_alloc(c, CHECK_HISTORY * sizeof(*state->seen));
	return state->seen != NULL;
}

static struct history *history_new(struct check_plan *p)
{
	const struct nf_layout *l = p->layout;
	struct history *h = check_alloc(p->check, sizeof(*h) + l->nfields * sizeof(h->keys[0]));

	for (unsigned i = 0; h != NULL && i < l->nfields; i++)
		if (l->fields[i].scope || is_key(l->fields[i].ie))
			h->keys[h->nkeys++] = (uint16_t)i;
	return h;
}

/* Where a flow's start stays the same number while it lasts, and how much LONG is of it. */
static const struct { uint8_t first, last, length; uint64_t second; } times[] = {
	{ NF_ROLE_FIRST_UPTIME, NF_ROLE_LAST_UPTIME, 4, 1000 },
	{ NF_ROLE_FIRST_S, NF_ROLE_LAST_S, 4, 1 },
	{ NF_ROLE_FIRST_MS, NF_ROLE_LAST_MS, 8, 1000 },
	{ NF_ROLE_FIRST_US, NF_ROLE_LAST_US, 8, UINT64_C(1) << 32 },
	{ NF_ROLE_FIRST_NS, NF_ROLE_LAST_NS, 8, UINT64_C(1) << 32 },
};

static bool find_times(const struct nf_layout *l, struct history *h)
{
	for (unsigned i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		int first = l->slot[times[i].first], last = l->slot[times[i].last];

		if (first < 0 || last < 0 || l->fields[first].length != times[i].length ||
		    l->fields[last].length != times[i].length)
			continue;
		h->start = (uint16_t)first;
		h->end = (uint16_t)last;
		h->mask = times[i].length == 4 ? UINT32_MAX : UINT64_MAX;
		h->lasts = LONG * times[i].second;
		h->keys[h->nkeys++] = (uint16_t)first;
		return true;
	}
	return false;
}

static int counter_of(const struct nf_layout *l, enum nf_role role)
{
	int i = l->slot[role];

	return i >= 0 && l->fields[i].length >= 1 && l->fields[i].length <= 8 ? i : -1;
}

static bool has_addresses(const struct nf_layout *l)
{
	return (l->slot[NF_ROLE_SRC4] >= 0 && l->slot[NF_ROLE_DST4] >= 0) ||
	       (l->slot[NF_ROLE_SRC6] >= 0 && l->slot[NF_ROLE_DST6] >= 0);
}

static void plan_flows(struct check_plan *p)
{
	const struct nf_layout *l = p->layout;
	int octets = counter_of(l, NF_ROLE_OCTETS), totals = counter_of(l, NF_ROLE_OCTETS_TOTAL);
	struct history *h;
	struct check_step *s;

	if ((octets < 0 && totals < 0) || !has_addresses(l) ||
	    !check_wants(p->check, octets >= 0 ? CHECK_CNT_DELTA_LOOKS_TOTAL :
			 CHECK_CNT_TOTAL_DECREASED) || !open_table(p->check))
		return;
	h = history_new(p);
	if (h == NULL || !find_times(l, h))
		return;
	h->octets = octets;
	h->packets = counter_of(l, NF_ROLE_PACKETS);
	h->total_octets = totals;
	h->total_packets = counter_of(l, NF_ROLE_PACKETS_TOTAL);
	check_applies(p->check, octets >= 0 ? CHECK_CNT_DELTA_LOOKS_TOTAL :
		      CHECK_CNT_TOTAL_DECREASED);
	s = check_plan_step(p, flow);
	if (s == NULL)
		return;
	s->state = h;
	s->end = flow_end;
}

static void plan_options(struct check_plan *p)
{
	const struct nf_layout *l = p->layout;
	struct history *h = NULL;

	if (l->nscope == 0 || !check_wants(p->check, CHECK_CNT_TOTAL_DECREASED))
		return;
	for (unsigned i = l->nscope; i < l->nfields; i++) {
		const struct nf_fielddef *f = &l->fields[i];
		struct check_step *s;

		if (f->ie->semantics != NF_SEM_TOTAL_COUNTER || f->length < 1 || f->length > 8)
			continue;
		if (h == NULL)
			h = open_table(p->check) ? history_new(p) : NULL;
		if (h == NULL)
			return;
		check_applies(p->check, CHECK_CNT_TOTAL_DECREASED);
		s = check_plan_step(p, options_total);
		if (s == NULL)
			return;
		s->a = (uint16_t)i;
		s->state = h;
	}
}

void check_plan_history(struct check_plan *p)
{
	if (p->layout->kind == NF_LAYOUT_OPTIONS)
		plan_options(p);
	else if (p->version != 8)
		plan_flows(p);
}
