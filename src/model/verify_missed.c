/*
 * Flows without records: whether an exporter should have told of them by the end of what was
 * captured, and why it did not.
 */
#include <config.h>

#include "model/verify_internal.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/mem.h"

enum { HOUR = 3600, TAGS = 3, TOLD_LEAST = 3 };

/* -- When it looked -------------------------------------------------------------------- */

/*
 * The exporter's last word, and its first look, in the time of the traffic.  One that read the
 * traffic from a file speaks at times that have nothing to do with it: it has seen all of it.
 */
static void window(struct verify *v, struct verify_domain *d)
{
	const struct meter_totals *t = meter_totals(v->meter);
	int64_t sent = verify_minus(d->sent_last_ns, d->x.offset_ns);
	int64_t from = verify_minus(d->base_ns, d->x.offset_ns);

	d->from_ns = t->first_ns;
	d->until_ns = d->spoke_ns = t->last_ns;
	if (!d->x.offset_known || d->x.offset_epochs != 0 || sent < t->first_ns ||
	    verify_minus(sent, t->last_ns) > HOUR * VERIFY_SECOND_NS)
		return;
	d->live = true;
	d->spoke_ns = sent;
	if (sent < t->last_ns)
		d->until_ns = sent;
	if (!d->based)
		from = verify_minus(d->began_ns, d->x.offset_ns);
	if (from > t->first_ns && from < t->last_ns && d->starts <= 1)
		d->from_ns = from;
}

/* How long after its last packet a flow may well have no record. */
static int64_t hold_of(const struct verify *v, const struct verify_domain *d,
		       const struct meter_flow *flow)
{
	const struct verify_cuts *cuts = &d->cuts[verify_class_of(flow)];
	int64_t hold = v->opts.inactive_ns;

	if (hold != 0)
		return verify_plus(verify_plus(hold, hold / 10), VERIFY_SECOND_NS);
	return cuts->held && cuts->held_ns > 0 ? verify_plus(cuts->held_ns, d->slack_ns) :
						 INT64_MAX;
}

bool verify_due(const struct verify *v, const struct verify_domain *d,
		const struct meter_flow *flow)
{
	int64_t hold;

	if (verify_minus(flow->last_ns, d->until_ns) > d->slack_ns ||
	    verify_minus(d->from_ns, flow->first_ns) > d->slack_ns)
		return false;
	if (d->flushed)
		return true;
	hold = hold_of(v, d, flow);
	return hold < verify_minus(d->spoke_ns, flow->last_ns);
}

static bool is_young(const struct verify_domain *d, const struct meter_flow *f)
{
	return !f->exports && verify_class_of(f) != VERIFY_CLOSED &&
	       verify_minus(f->last_ns, d->until_ns) <= d->slack_ns &&
	       verify_minus(d->until_ns, f->last_ns) <= VERIFY_SECOND_NS;
}

/*
 * An exporter that ends tells of all it has: of flows whose packets have only just come, for which
 * there is no other reason.  Half of those at least, so that one that goes early is no sign.
 */
void verify_windows(struct verify *v)
{
	uint64_t *told = nf_zalloc((v->ndomains + 1) * sizeof(*told));
	uint64_t *young = nf_zalloc((v->ndomains + 1) * sizeof(*young));

	v->failed |= told == NULL || young == NULL;
	for (size_t i = 0; i < v->ndomains; i++)
		window(v, v->domains[i]);
	for (size_t i = 0; !v->failed && i < v->keys.n; i++) {
		uint64_t *key = top_table_row(&v->keys, i);
		struct verify_case c;

		verify_case_open(&c, v, key, VERIFY_ANY);
		if (c.flow == NULL || c.state != VERIFY_MATCHED || !is_young(c.d, c.flow))
			continue;
		told[c.d->index] += c.packets >= c.truth.packets || c.sampled;
		young[c.d->index]++;
	}
	for (size_t i = 0; !v->failed && i < v->ndomains; i++)
		v->domains[i]->flushed = told[i] != 0 && 2 * told[i] >= young[i];
	nf_free(told);
	nf_free(young);
}

/* -- Losses on the way ------------------------------------------------------------------- */

/* One message alone is always whole; where units could not be counted, a gap may hide. */
static void add_stream(struct verify_domain *d, const struct nf_seq_stream *s)
{
	const struct nf_seq_totals *t = &s->totals;
	bool known = nf_seq_measured(s) && (t->lost != 0 || (t->messages > 1 &&
							     t->unverified == 0 && t->jumps == 0));

	d->lost += t->lost;
	d->lost_known = known && (d->lost_known || d->streams == 0);
	d->streams++;
}

static void loss_of(struct verify_domain *d, const struct exporters *x)
{
	const struct exporters_domain *e;
	const struct nf_seq_stream *s;

	for (size_t i = 0; (e = exporters_domain_at(x, i)) != NULL; i++) {
		size_t next = 0;

		if (e->version != d->x.version || e->domain != d->x.domain ||
		    !nf_same_addr(&e->exporter->addr, &d->x.addr) ||
		    !nf_same_addr(&e->session->dst.addr, &d->collector) ||
		    e->session->dst.port != d->port)
			continue;
		while (e->first && (s = exporters_stream(x, e, &next)) != NULL)
			add_stream(d, s);
	}
}

void verify_losses(struct verify *v, const struct exporters *exporters)
{
	for (size_t i = 0; exporters != NULL && i < v->ndomains; i++)
		loss_of(v->domains[i], exporters);
}

/* -- Flows that nobody told of ----------------------------------------------------------- */

/* What kinds of packets an exporter tells of, by how flows are tagged and by family. */
struct seen {
	uint8_t *flows;			/* a bit each */
	uint64_t tags[TAGS];	/* flows with records, by tags: none, one, more */
	uint64_t six;
	uint64_t due, pending;		/* packets of flows that it tells of, or should */
	uint64_t lost;			/* by the sequences of all its domains */
	bool lost_known, rest_told;
};

static unsigned tags_of(const struct meter_flow *f)
{
	return f->vlans[2] == f->all.packets ? 2 : f->vlans[0] == 0 ? 1 : 0;
}

static bool has(const struct seen *s, size_t i)
{
	return (s->flows[i / 8] >> (i % 8) & 1) != 0;
}

static void mark(struct seen *s, const struct meter_flow *f)
{
	if (has(s, f->index))
		return;
	s->flows[f->index / 8] |= (uint8_t)(1u << f->index % 8);
	s->tags[tags_of(f)]++;
	s->six += f->key.src.family == 6;
}

/* Fragments that have a record of their own tell of flows that are nothing else. */
static void mark_fragments(const struct verify *v, struct seen *s, const struct meter_key *key)
{
	const struct meter_flow *flow;

	for (size_t at = 0; verify_fragment_pairs(v, key, &at, &flow);)
		if (flow->fragments.packets == flow->all.packets)
			mark(s, flow);
}

static void mark_several(const struct verify *v, struct seen *s, const struct meter_key *key)
{
	const struct meter_flow *flow;

	for (size_t at = 0; verify_pairs(v, key, &at, &flow);)
		mark(s, flow);
}

static void mark_keys(struct verify *v, struct seen *s, const struct verify_domain *d)
{
	uint64_t *row;

	for (size_t at = 0; (row = verify_key_next(v, d, &at)) != NULL;) {
		struct meter_key key = verify_key_of(row);
		uint32_t flow = (uint32_t)row[VERIFY_KEY_FLOW];

		if (flow != 0)
			mark(s, meter_flow_at(v->meter, flow - 1));
		if (verify_key_state(row) == VERIFY_FRAGMENTS)
			mark_fragments(v, s, &key);
		else if (verify_key_state(row) == VERIFY_SEVERAL)
			mark_several(v, s, &key);
	}
}

static bool of_unseen_tags(const struct seen *s, const struct meter_flow *f)
{
	return tags_of(f) != 0 && s->tags[tags_of(f)] == 0;
}

static bool of_unseen_sort(const struct seen *s, const struct meter_flow *f)
{
	return of_unseen_tags(s, f) || (f->key.src.family == 6 && s->six == 0);
}

/*
 * Of one that read its traffic from a file it is not known when it stopped.  Where it told of all
 * flows but those of a sort that it never tells of, they are not just late.
 */
static bool is_rest_told(const struct verify *v, const struct verify_domain *d,
			 const struct seen *s)
{
	uint64_t told = 0;

	for (size_t i = 0; i < meter_flows(v->meter); i++) {
		const struct meter_flow *f = meter_flow_at(v->meter, i);

		if (!f->exports && !has(s, i) && !of_unseen_sort(s, f))
			return false;
		told += has(s, i);
	}
	return !d->live && told >= TOLD_LEAST;
}

static bool knows_ipv6(uint16_t version)
{
	return version >= 9;
}

/* Enough packets that one in RATE of them must have been met. */
static bool enough(const struct verify_domain *d, const struct meter_flow *f)
{
	return d->x.sampling <= 1 || f->all.packets >= 20 * d->x.sampling;
}

/* Why there is no record of F; VERIFY_KINDS: none is needed. */
static enum verify_kind why(const struct verify *v, const struct verify_domain *d,
			    const struct seen *s, const struct meter_flow *f)
{
	if (f->key.src.family == 6 && !knows_ipv6(d->x.version))
		return VERIFY_MISSED_IPV6;
	if (!enough(d, f))
		return VERIFY_KINDS;
	if (f->unknowable != 0)
		return VERIFY_UNKNOWABLE;
	if (!verify_due(v, d, f) && !(s->rest_told && of_unseen_sort(s, f)))
		return d->x.sampling > 1 ? VERIFY_KINDS : VERIFY_PENDING;
	if (of_unseen_tags(s, f))
		return tags_of(f) == 2 ? VERIFY_MISSED_VLANS : VERIFY_MISSED_VLAN;
	if (d->x.sampling > 1 || !s->lost_known || of_unseen_sort(s, f))
		return VERIFY_MISSED;
	return s->lost != 0 ? VERIFY_LOST_AFTER : VERIFY_LOST_BEFORE;
}

static void missed(struct verify *v, struct verify_domain *d, const struct seen *s,
		   const struct meter_flow *f)
{
	enum verify_kind kind = why(v, d, s, f);
	struct verify_worst *w;

	if (kind == VERIFY_KINDS)
		return;
	w = verify_claim(v, d, &(struct verify_claim){
		.kind = kind, .key = &f->key, .traffic_frame = f->frame,
		.packets = f->all.packets, .octets = f->all.octets,
		.weight = (double)f->all.octets,
	});
	verify_said(w, "no record");
	verify_asked(w, "%" PRIu64 " packet%s, %" PRIu64 " octets", f->all.packets,
		    verify_s(f->all.packets), f->all.octets);
}

/* Of all flows that are traffic, and not its own. */
static void set_of(struct verify_domain *d, uint64_t flows)
{
	static const enum verify_kind kinds[] = {
		VERIFY_MISSED, VERIFY_MISSED_VLAN, VERIFY_MISSED_VLANS, VERIFY_MISSED_IPV6,
		VERIFY_LOST_BEFORE, VERIFY_LOST_AFTER, VERIFY_PENDING, VERIFY_UNKNOWABLE,
	};

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		d->tallies[kinds[i]].of = flows;
}

static void weigh(const struct verify *v, const struct verify_domain *d, struct seen *s,
		  const struct meter_flow *f)
{
	if (f->key.src.family == 6 && !knows_ipv6(d->x.version))
		return;
	if (of_unseen_tags(s, f))
		return;
	if (verify_due(v, d, f))
		s->due += f->all.packets;
	else
		s->pending += f->all.packets;
}

/* One whose records are of nothing that was here watched something else: that was said. */
static void group(struct verify *v, struct verify_domain *d, struct seen *s, uint64_t matched)
{
	size_t n = meter_flows(v->meter);
	uint64_t flows = 0;

	if (matched == 0 && d->x.records != 0)
		return;
	for (size_t i = d->index; i < v->ndomains; i++)
		if (v->domains[i]->group == d->index)
			mark_keys(v, s, v->domains[i]);
	s->rest_told = is_rest_told(v, d, s);
	for (size_t i = 0; i < n; i++) {
		const struct meter_flow *f = meter_flow_at(v->meter, i);

		if (f->exports)
			continue;
		flows++;
		weigh(v, d, s, f);
		if (!has(s, i))
			missed(v, d, s, f);
	}
	set_of(d, flows);
}

bool verify_missed(struct verify *v)
{
	size_t room = meter_flows(v->meter) / 8 + 1;

	if (v->opts.partial)
		return true;
	for (uint32_t i = 0; i < v->ndomains; i++) {
		struct verify_domain *d = v->domains[i];
		struct seen s = { .lost_known = true };
		uint64_t matched = 0;
		bool alone = true;

		if (d->group != i)
			continue;
		for (uint32_t j = i; j < v->ndomains; j++)
			if (v->domains[j]->group == i) {
				matched += v->domains[j]->matched;
				s.lost += v->domains[j]->lost;
				s.lost_known = s.lost_known && v->domains[j]->lost_known;
				alone = alone && (j == i || v->domains[j]->matched == 0);
			}
		s.flows = nf_zalloc(room);
		if (s.flows == NULL)
			return false;
		group(v, d, &s, matched);
		if (alone && d->x.sampling > 1)
			verify_sampled_total(v, d, s.due, s.pending);
		nf_free(s.flows);
	}
	return true;
}
