#include <config.h>

#include "model/stats.h"

#include "base/mem.h"
#include "model/flow.h"

static const uint8_t roles[STATS_SUMS] = {
	[STATS_OCTETS] = NF_ROLE_OCTETS,
	[STATS_PACKETS] = NF_ROLE_PACKETS,
	[STATS_OCTETS_TOTAL] = NF_ROLE_OCTETS_TOTAL,
	[STATS_PACKETS_TOTAL] = NF_ROLE_PACKETS_TOTAL,
};

bool stats_init(struct stats *s)
{
	*s = (struct stats){ .first_ns = INT64_MAX, .last_ns = INT64_MIN };
	s->scratch.n = NF_SCRATCH_WORDS;
	s->scratch.words = nf_alloc(s->scratch.n * sizeof(*s->scratch.words));
	return s->scratch.words != NULL;
}

void stats_done(struct stats *s)
{
	nf_free(s->scratch.words);
}

/* The counters that a layout has, found once a set. */
struct adder {
	uint64_t *sum;
	const struct nf_fielddef *def;
};

static unsigned adders_of(struct adder *adders, const struct nf_layout *layout, uint64_t *sums)
{
	unsigned n = 0;

	for (unsigned i = 0; i < STATS_SUMS; i++) {
		const struct nf_fielddef *def;

		if (layout->slot[roles[i]] < 0)
			continue;
		def = &layout->fields[layout->slot[roles[i]]];
		if (def->length > 0 && def->length <= 8)
			adders[n++] = (struct adder){ .sum = &sums[i], .def = def };
	}
	return n;
}

static void add(const struct nf_rec *rec, const struct adder *adders, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct nf_fielddef *def = adders[i].def;
		uint64_t v = nf_ben(rec->p + def->offset + rec->shift[def->nvar], def->length);

		*adders[i].sum = nf_saturated(*adders[i].sum, v);
	}
}

/* Of COUNT integers of LENGTH octets, STRIDE apart.  A length known is a loop of loads. */
static uint64_t sum_of(const uint8_t *p, size_t stride, uint32_t count, uint16_t length)
{
	uint64_t sum = 0;

	if (length == 4) {
		for (; count > 0; count--, p += stride)
			sum += nf_be32(p);
	} else if (length == 8) {
		for (; count > 0; count--, p += stride)
			sum = nf_saturated(sum, nf_be64(p));
	} else {
		for (; count > 0; count--, p += stride)
			sum = nf_saturated(sum, nf_ben(p, length));
	}
	return sum;
}

/* The whole records of fixed length, one counter after the other; how many they are. */
static uint32_t add_whole(struct nf_recs *c, const struct adder *adders, unsigned n)
{
	const uint8_t *p = c->bytes.p + c->at;
	const uint32_t stride = c->layout->min_len, count = nf_recs_pass_whole(c);

	for (unsigned i = 0; i < n; i++)
		*adders[i].sum = nf_saturated(*adders[i].sum,
					      sum_of(p + adders[i].def->offset, stride, count,
						     adders[i].def->length));
	return count;
}

/*
 * May its records be events of a firewall or a NAT?  Those repeat each other's counters (quirk
 * D1) and only some may be summed.
 */
static bool view_of_events(struct flow_view *view, const struct nf_layout *layout)
{
	if (layout->slot[NF_ROLE_EVENT] < 0)
		return false;
	flow_view_of(view, layout);
	return true;
}

/* The records of the set at AT. */
static void records(struct stats *s, struct stats_version *to, struct filter_at *at)
{
	const struct nf_layout *layout = at->resolution->layout;
	const struct filter_program *program = NULL;
	bool flows = layout->kind != NF_LAYOUT_OPTIONS;
	struct adder adders[STATS_SUMS];
	struct nf_recs recs;
	struct nf_rec rec;
	bool duplicate = flows && at->datagram->facts.duplicate;
	bool sums = flows && (!duplicate || s->keep_duplicates);
	unsigned nadders = sums ? adders_of(adders, layout, to->sums) : 0;
	struct flow_view view;
	bool events = nadders != 0 && view_of_events(&view, layout);
	uint64_t n = 0;

	if (s->filter != NULL) {
		program = filter_begin(s->filter, layout);
		if (program == NULL)
			return;
	}
	nf_recs_open(&recs, at->msg, at->set, layout, s->scratch, NULL);
	if (program == NULL && !events)
		n = add_whole(&recs, adders, nadders);
	at->rec = &rec;
	while (nf_rec_next(&recs, &rec)) {
		if (program != NULL && !filter_test(s->filter, program, at))
			continue;
		if (!events || flow_counts(&view, &rec))
			add(&rec, adders, nadders);
		n++;
	}
	at->rec = NULL;
	if (flows)
		to->flows += n;
	else
		to->options += n;
	if (duplicate)
		to->duplicate_flows += n;
}

/* A set that cannot be read has no records: it counts for filters that ask for none. */
static bool counts_undecoded(const struct stats *s, const struct filter_at *at)
{
	return s->filter == NULL || (filter_level(s->filter) != FILTER_OF_RECORD &&
				     filter_record(s->filter, at));
}

static void data_set(struct stats *s, struct stats_version *to, const struct nf_view *v,
		     struct filter_at *at)
{
	const struct nf_set *set = at->set;
	struct nf_resolution r = { .layout = NULL };

	if (set->kind == NF_SET_FIXED)
		r.layout = nf_fixed_layout(v->msg.version, v->msg.aggregation);
	else
		v->resolver.resolve(v->resolver.ctx, set->id, set->bytes, set->offset, &r);
	at->resolution = &r;
	if (r.layout != NULL) {
		records(s, to, at);
	} else if (counts_undecoded(s, at)) {
		to->undecoded++;
		to->undecoded_octets += set->length;
	}
}

void stats_message(struct stats *s, const struct nf_view *v)
{
	struct filter_at at = filter_at_message(s->filter, v);
	struct stats_version *to;
	struct nf_sets sets;
	struct nf_set set;

	if (s->filter != NULL && !filter_message(s->filter, v))
		return;
	if (v->datagram->ts_ns < s->first_ns)
		s->first_ns = v->datagram->ts_ns;
	if (v->datagram->ts_ns > s->last_ns)
		s->last_ns = v->datagram->ts_ns;
	if (v->headerless || v->msg.version >= STATS_VERSIONS) {
		s->headerless++;
		return;
	}
	to = &s->versions[v->msg.version];
	to->messages++;
	to->duplicates += v->datagram->facts.duplicate;
	to->octets += v->msg.bytes.n;
	nf_sets_open(&sets, &v->msg, NULL);
	at.set = &set;
	while (nf_set_next(&sets, &set))
		if (set.kind == NF_SET_DATA || set.kind == NF_SET_FIXED)
			data_set(s, to, v, &at);
}

void stats_late(struct stats *s, const struct nf_late *late)
{
	const struct nf_resolution pending = { .why = NF_PENDING };
	struct filter_at at = filter_at_late(s->filter, late);
	struct stats_version *to;

	if (late->msg.version >= STATS_VERSIONS || late->resolution.layout == NULL)
		return;
	to = &s->versions[late->msg.version];
	records(s, to, &at);
	at.resolution = &pending;	/* as it was counted then */
	if (counts_undecoded(s, &at)) {
		to->undecoded--;
		to->undecoded_octets -= late->set.length;
	}
}

struct stats_version stats_total(const struct stats *s)
{
	struct stats_version sum = { .messages = 0 };

	for (unsigned i = 0; i < STATS_VERSIONS; i++) {
		const struct stats_version *v = &s->versions[i];

		sum.messages += v->messages;
		sum.octets += v->octets;
		sum.flows += v->flows;
		sum.options += v->options;
		sum.undecoded += v->undecoded;
		sum.undecoded_octets += v->undecoded_octets;
		sum.duplicates += v->duplicates;
		sum.duplicate_flows += v->duplicate_flows;
		for (unsigned j = 0; j < STATS_SUMS; j++)
			sum.sums[j] = nf_saturated(sum.sums[j], v->sums[j]);
	}
	return sum;
}

void stats_grow(struct stats_version *to, const struct stats_version *now,
		const struct stats_version *base)
{
	to->messages += now->messages - base->messages;
	to->octets += now->octets - base->octets;
	to->flows += now->flows - base->flows;
	to->options += now->options - base->options;
	to->undecoded += now->undecoded - base->undecoded;
	to->undecoded_octets += now->undecoded_octets - base->undecoded_octets;
	to->duplicates += now->duplicates - base->duplicates;
	to->duplicate_flows += now->duplicate_flows - base->duplicate_flows;
	for (unsigned i = 0; i < STATS_SUMS; i++)
		to->sums[i] = nf_saturated(to->sums[i], now->sums[i] - base->sums[i]);
}
