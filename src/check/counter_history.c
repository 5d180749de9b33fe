/*
 * What counters did before: of flows that are reported several times, and of exporters' totals.
 *
 * A table of SEEN entries, one place for each key, is all that is kept: of more flows at a time
 * than that, some are forgotten before they are met again, and nothing is said of them.  Behind
 * MANY records of long flows, one flow in SHARE is looked at, which is enough to see how an
 * exporter counts.
 */
#include <config.h>

#include "base/hash.h"
#include "check/counter.h"

enum {
	SEEN = 4096,
	MANY = 16384, SHARE = 64,
	LONG = 10,		/* seconds that a flow lasts that is likely to be met again */
	RISES = 6,		/* without any fall, that make deltas look like totals .. */
	RISES_OF_ONE = 3,	/* .. so many of them in one flow */
};

struct seen {
	uint64_t key;		/* 0: free */
	uint64_t octets, packets;
	uint64_t end;
	uint32_t rises;
	uint32_t secs, sequence, uptime;
};

struct check_history {
	uint64_t records;
	struct seen seen[SEEN];
};

/* -- Keys ------------------------------------------------------------------------------- */

static uint64_t more(uint64_t key, uint64_t value)
{
	return nf_fold(key ^ value, 0x9e3779b97f4a7c15u) + value;
}

static uint64_t key_of(const struct check_record *r, const uint16_t *fields, unsigned n)
{
	uint64_t key = more(r->use->index, n);

	for (unsigned i = 0; i < n; i++) {
		const struct nf_fielddef *d = &r->use->layout->fields[fields[i]];

		if (d->length >= 1 && d->length <= 8)
			key = more(key, check_value(r, fields[i]));
		else
			key = more(key, nf_hash64(nf_field(r->rec, fields[i]).value));
	}
	return key != 0 ? key : 1;
}

/* The entry of KEY, taken over from another one if need be; *NEW says so. */
static struct seen *seen_of(struct check_history *all, uint64_t key, bool *new)
{
	struct seen *seen = &all->seen[key % SEEN];

	*new = seen->key != key;
	if (*new)
		*seen = (struct seen){ .key = key };
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
		.args = { { .ie = f.def->ie }, { .u = before }, { .u = check_value(r, field) } },
	});
}

/* Counters begin anew behind their greatest value: what comes from its last eighth may. */
static bool wraps(const struct check_record *r, int field, uint64_t before)
{
	unsigned length = r->use->layout->fields[field].length;
	uint64_t greatest = length < 8 ? (UINT64_C(1) << 8 * length) - 1 : UINT64_MAX;

	return before > greatest - greatest / 8 && check_value(r, field) < greatest / 2;
}

/* A total, which was BEFORE and is kept there; true if it fell and that is said. */
static bool total(const struct check_record *r, int field, uint64_t *before, bool said)
{
	uint64_t now = field >= 0 ? check_value(r, field) : 0;
	bool falls = now < *before && !wraps(r, field, *before);

	if (falls && !said)
		fell(r, field, *before);
	*before = now;
	return falls;
}

static void delta(const struct check_record *r, struct check_flows *h, struct seen *seen)
{
	uint64_t octets = check_value(r, h->octets);
	uint64_t packets = h->packets >= 0 ? check_value(r, h->packets) : 0;

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

static inline uint64_t is_in_share(uint64_t start)
{
	return (start * 0x9e3779b97f4a7c15u >> 32) - UINT32_MAX / SHARE;
}

/* Flows that are over soon are reported once. */
static bool is_long(const struct check_flows *h, uint64_t start, uint64_t end)
{
	uint64_t lasted = (end - start) & h->mask;

	return lasted >= h->lasts && lasted <= h->mask / 2;
}

NF_WIDE
static uint64_t share_of(const struct check_rows *rows, const uint64_t *start)
{
	const size_t ample = check_ample(rows);
	uint64_t bits = 0;

	for (size_t i = 0; i < ample; i++)
		bits |= is_in_share(start[i]) >> CHECK_TOP << i;
	return bits & check_all_rows(rows);
}

static uint64_t sift_flows(const struct check_rows *rows, struct check_step *s)
{
	const struct check_flows *h = s->state;
	const uint64_t *start = check_column(rows, h->start), *end = check_column(rows, h->end);
	uint64_t met = h->all->records < MANY ? check_all_rows(rows) : share_of(rows, start);

	for (uint64_t left = met; left != 0; left &= left - 1) {
		unsigned i = (unsigned)__builtin_ctzll(left);

		if (!is_long(h, start[i], end[i]))
			met ^= left & -left;
	}
	return met;
}

static void flow(const struct check_record *r, struct check_step *s)
{
	struct check_flows *h = s->state;
	uint64_t end = check_value(r, h->end);
	struct seen *seen;
	bool new;

	if (h->all->records++ >= MANY && !check_yes(is_in_share(check_value(r, h->start))))
		return;
	seen = seen_of(h->all, key_of(r, h->keys, h->nkeys), &new);
	/* A copy, or one that comes late. */
	if (!new && ((end - seen->end) & h->mask) - 1 >= h->mask / 2)
		return;
	seen->end = end;
	if (h->octets < 0) {
		bool said = total(r, h->total_octets, &seen->octets, false);

		total(r, h->total_packets, &seen->packets, said);
	} else if (new) {
		seen->octets = check_value(r, h->octets);
		seen->packets = h->packets >= 0 ? check_value(r, h->packets) : 0;
	} else {
		delta(r, h, seen);
	}
}

static void flow_end(struct check *c, struct check_use *use, struct check_step *s)
{
	const struct check_flows *h = s->state;
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

static bool is_total(const struct nf_fielddef *f)
{
	return f->ie->semantics == NF_SEM_TOTAL_COUNTER && f->length >= 1 && f->length <= 8;
}

/* The message is older than the one that SEEN is of, or the exporter began anew. */
static bool begins_anew(const struct nf_msg *m, const struct seen *seen)
{
	return m->export_secs < seen->secs ||
	       (m->format->at.uptime != 0 && m->uptime_ms < seen->uptime) ||
	       (int32_t)(m->sequence - seen->sequence) < 0;
}

/* The totals of a record; they fall together as a rule, and the first stands for all. */
static void options_totals(const struct check_record *r, struct check_step *s)
{
	const struct check_flows *h = s->state;
	const struct nf_msg *m = r->at->msg;
	const struct nf_layout *l = r->use->layout;
	const uint64_t key = key_of(r, h->keys, h->nkeys);
	bool said = false;

	for (unsigned i = s->a; i < l->nfields; i++) {
		struct seen *seen;
		bool new;

		if (!is_total(&l->fields[i]))
			continue;
		seen = seen_of(h->all, more(key, i), &new);
		if (new || begins_anew(m, seen))
			seen->octets = 0;
		said |= total(r, (int)i, &seen->octets, said);
		seen->secs = m->export_secs;
		seen->uptime = m->uptime_ms;
		seen->sequence = m->sequence;
	}
}

/* -- Planning ----------------------------------------------------------------------------- */

static struct check_history *open_table(struct check *c)
{
	struct check_counter_state *state = check_state(c, check_capture(c),
							CHECK_GROUP_counter);

	if (state->history == NULL)
		state->history = check_alloc(c, sizeof(*state->history));
	return state->history;
}

static struct check_flows *history_new(struct check_plan *p)
{
	const struct nf_layout *l = p->layout;
	struct check_history *all = open_table(p->check);
	struct check_flows *h = check_alloc(p->check, sizeof(*h) +
					(l->nfields + 1u) * sizeof(h->keys[0]));

	if (all == NULL || h == NULL)
		return NULL;
	h->all = all;
	for (unsigned i = 0; i < l->nfields; i++)
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

static bool find_times(const struct nf_layout *l, struct check_flows *h)
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

struct check_flows *check_flows_of(struct check_plan *p)
{
	const struct nf_layout *l = p->layout;
	int octets = counter_of(l, NF_ROLE_OCTETS), totals = counter_of(l, NF_ROLE_OCTETS_TOTAL);
	enum check_rule_id rule = octets >= 0 ? CHECK_CNT_DELTA_LOOKS_TOTAL :
				  CHECK_CNT_TOTAL_DECREASED;
	struct check_flows *h;

	/* The aggregates of v8 end and begin anew under one key. */
	if ((octets < 0 && totals < 0) || !has_addresses(l) || p->version == 8 ||
	    !check_wants(p->check, rule))
		return NULL;
	h = history_new(p);
	if (h == NULL || !find_times(l, h))
		return NULL;
	h->octets = octets;
	h->packets = counter_of(l, NF_ROLE_PACKETS);
	h->total_octets = totals;
	h->total_packets = counter_of(l, NF_ROLE_PACKETS_TOTAL);
	check_applies(p->check, rule);
	return h;
}

void check_plan_flows(struct check_plan *p, struct check_flows *h)
{
	struct check_step *s = check_plan_step(p, flow);

	if (s == NULL)
		return;
	s->sift = sift_flows;
	check_plan_column(p, h->start);
	check_plan_column(p, h->end);
	s->state = h;
	s->end = flow_end;
}

void check_plan_totals(struct check_plan *p)
{
	const struct nf_layout *l = p->layout;
	unsigned i = l->nscope;
	struct check_flows *h;
	struct check_step *s;

	while (i < l->nfields && !is_total(&l->fields[i]))
		i++;
	if (l->nscope == 0 || i == l->nfields || !check_wants(p->check, CHECK_CNT_TOTAL_DECREASED))
		return;
	check_applies(p->check, CHECK_CNT_TOTAL_DECREASED);
	h = history_new(p);
	s = h != NULL ? check_plan_step(p, options_totals) : NULL;
	if (s == NULL)
		return;
	s->a = (uint16_t)i;
	s->state = h;
}
