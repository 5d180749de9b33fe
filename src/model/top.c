#include <config.h>

#include "model/top.h"

#include "base/mem.h"
#include "model/top_rows.h"

/* A counter of a layout. */
struct counter {
	int16_t field;			/* -1: there is none */
	uint8_t width;			/* 0: not one load */
	bool total;
	uint16_t nvar;
	uint32_t offset;
};

struct top_plan {
	const struct nf_layout *layout;
	struct flow_view view;
	struct top_op *ops;
	struct counter bytes, packets, flows, reverse_bytes, reverse_packets;
	bool deltas, only_totals;	/* what its counters are */
	bool both_ways;
	int16_t rate;			/* a field that says the sampling rate, or -1 */
	uint64_t unsampled;		/* its greatest value that means: all packets */
	struct top_plan *next;		/* of the same bucket */
};

/* -- Life ----------------------------------------------------------------------------- */

/* True if the other direction of a row's flows has the same names for keys: one row does. */
static bool is_symmetric(const struct top *t)
{
	for (unsigned i = 0; i < t->nkeys; i++)
		if (t->keys[i].from[0].ref != t->keys[i].from[1].ref && t->keys[i].mate == i)
			return false;
	return true;
}

static bool open_all(struct top *t, struct filter_error *err)
{
	struct filter_error unknown;

	if (!top_keys_init(t, err))
		return false;
	*err = (struct filter_error){ .memory = true };
	t->symmetric = is_symmetric(t);
	t->twice = t->sided || (t->opts.biflow && !t->symmetric);
	t->v5_rate = filter_names_find(t->names, (struct nf_bytes){
		(const uint8_t *)"msg.sampling_interval", 21 }, &unknown);
	t->scratch.n = NF_SCRATCH_WORDS;
	t->scratch.words = nf_alloc(t->scratch.n * sizeof(*t->scratch.words));
	return t->v5_rate != NULL && t->scratch.words != NULL && top_texts_init(&t->own) &&
	       top_rows_init(t);
}

struct top *top_new(const struct top_opts *opts, struct nf_registry *registry,
		    struct filter_error *err)
{
	struct top *t = nf_zalloc(sizeof(*t));

	*err = (struct filter_error){ .memory = true };
	if (t == NULL)
		return NULL;
	t->opts = *opts;
	if (t->opts.max_keys == 0)
		t->opts.max_keys = TOP_MAX_KEYS;
	t->registry = registry;
	t->texts = opts->texts != NULL ? opts->texts : &t->own;
	nf_strbuf_init(&t->text);
	if (!open_all(t, err)) {
		top_free(t);
		return NULL;
	}
	return t;
}

static void forget_plans(struct top *t)
{
	for (unsigned i = 0; i < TOP_PLANS; i++) {
		for (struct top_plan *p = t->plans[i], *next; p != NULL; p = next) {
			next = p->next;
			nf_free(p->ops);
			nf_free(p);
		}
		t->plans[i] = NULL;
	}
	t->recent = NULL;
	t->nplans = 0;
}

void top_free(struct top *t)
{
	if (t == NULL)
		return;
	forget_plans(t);
	top_rows_done(t);
	top_texts_done(&t->own);
	filter_names_free(t->names);
	nf_strbuf_done(&t->text);
	nf_free(t->scratch.words);
	nf_free(t);
}

/* -- Plans ---------------------------------------------------------------------------- */

static struct counter counter_of(const struct flow_view *view, enum flow_item item)
{
	struct counter c = { .field = view->field[item] };
	const struct nf_fielddef *def;

	if (c.field < 0)
		return c;
	def = &view->layout->fields[c.field];
	c.total = def->ie->id == 85 || def->ie->id == 86 || def->ie->id == 171 ||
		  def->ie->id == 172;
	c.nvar = def->nvar;
	c.offset = def->offset;
	c.width = def->length <= 8 && def->nbits == 0 ? (uint8_t)def->length : 0;
	return c;
}

/* One packet in so many, by whatever element says it (IPFIX registry, 34 to 311). */
static void find_rate(struct top_plan *p)
{
	static const struct { uint16_t id; uint8_t unsampled; } rates[] = {
		{ 34, 1 }, { 50, 1 }, { 306, 0 }, { 310, 1 },
	};

	p->rate = -1;
	for (unsigned i = 0; i < p->layout->nfields && i <= INT16_MAX; i++)
		for (unsigned j = 0; j < sizeof(rates) / sizeof(rates[0]); j++)
			if (p->layout->fields[i].ie->pen == NF_PEN_IANA &&
			    p->layout->fields[i].ie->id == rates[j].id) {
				p->rate = (int16_t)i;
				p->unsampled = rates[j].unsampled;
			}
}

static struct top_plan *make(struct top *t, const struct nf_layout *l)
{
	struct top_plan *p = nf_zalloc(sizeof(*p));

	if (p == NULL)
		return NULL;
	p->layout = l;
	flow_view_of(&p->view, l);
	p->bytes = counter_of(&p->view, FLOW_BYTES);
	p->packets = counter_of(&p->view, FLOW_PACKETS);
	p->flows = counter_of(&p->view, FLOW_FLOWS);
	p->reverse_bytes = counter_of(&p->view, FLOW_REV_BYTES);
	p->reverse_packets = counter_of(&p->view, FLOW_REV_PACKETS);
	p->deltas = (p->bytes.field >= 0 && !p->bytes.total) ||
		    (p->packets.field >= 0 && !p->packets.total);
	p->only_totals = !p->deltas && (p->bytes.field >= 0 || p->packets.field >= 0);
	p->both_ways = p->reverse_bytes.field >= 0 || p->reverse_packets.field >= 0;
	find_rate(p);
	p->ops = top_keys_plan(t, &p->view);
	if (p->ops != NULL)
		return p;
	nf_free(p);
	return NULL;
}

/* Type records (RFC 5610) change what layouts say; of layouts there may be ever more. */
static void refresh_plans(struct top *t)
{
	uint32_t generation = nf_registry_generation(t->registry);

	if (t->generation != generation || t->nplans >= TOP_MAX_PLANS)
		forget_plans(t);
	t->generation = generation;
}

static struct top_plan *plan_of(struct top *t, const struct nf_layout *l)
{
	uint64_t key = (uint64_t)(uintptr_t)l * 0x9e3779b97f4a7c15u;
	struct top_plan **bucket = &t->plans[key >> 54], *p;

	if (t->recent != NULL && t->recent->layout == l)
		return t->recent;
	for (p = *bucket; p != NULL; p = p->next)
		if (p->layout == l)
			return t->recent = p;
	p = make(t, l);
	if (p == NULL) {
		t->failed = true;
		return NULL;
	}
	p->next = *bucket;
	*bucket = p;
	t->nplans++;
	return t->recent = p;
}

/* -- Shares --------------------------------------------------------------------------- */

static inline __attribute__((always_inline))
bool count(const struct top_plan *p, const struct counter *c, enum flow_item item,
	   const struct nf_rec *r, uint64_t *v)
{
	if (c->field < 0)
		return false;
	if (c->width == 0)
		return flow_number(&p->view, r, item, v);
	*v = nf_ben(r->p + c->offset + r->shift[c->nvar], c->width);
	return true;
}

static inline bool end_ns(const struct nf_flowtime_way *way, const struct nf_msg *m,
			  const struct nf_rec *r, int64_t *ns)
{
	struct nf_flowtime t;

	if (nf_flowtime_ms(way, m, r, ns)) {
		*ns *= 1000000;
		return true;
	}
	if (!nf_flowtime_at(way, m, r, &t) || t.source == NF_FLOWTIME_RELATIVE)
		return false;
	*ns = t.ns;
	return true;
}

static inline void times_of(const struct top_plan *p, const struct filter_at *at,
			    struct top_share *s)
{
	bool first = end_ns(&p->view.first, at->msg, at->rec, &s->first_ns);
	bool last = end_ns(&p->view.last, at->msg, at->rec, &s->last_ns);

	if (!first)
		s->first_ns = last ? s->last_ns : INT64_MAX;
	if (!last)
		s->last_ns = first ? s->first_ns : INT64_MIN;
}

static inline __attribute__((always_inline))
void take_counter(const struct top_plan *p, const struct counter *c, enum flow_item item,
		  const struct nf_rec *r, struct top_share *s, unsigned i)
{
	uint64_t *v = &s->v[i / 2][i % 2];

	if (count(p, c, item, r, v))
		s->totals |= (uint8_t)(c->total << i);
	else
		*v = 0;
}

/* The other direction's counters (RFC 5103), which only --biflow has room for. */
static void reverse_of(struct top *t, const struct top_plan *p, const struct nf_rec *r,
		       struct top_share *s)
{
	t->both_ways++;
	take_counter(p, &p->reverse_bytes, FLOW_REV_BYTES, r, s, 2);
	take_counter(p, &p->reverse_packets, FLOW_REV_PACKETS, r, s, 3);
	t->reverse_octets = nf_saturated(t->reverse_octets, s->v[1][0]);
	if (!t->opts.biflow)
		s->totals &= 3;
}

static inline void share_of(struct top *t, const struct top_plan *p, const struct filter_at *at,
			    struct top_share *s)
{
	s->totals = 0;
	s->back = false;
	s->counts = true;
	times_of(p, at, s);
	take_counter(p, &p->bytes, FLOW_BYTES, at->rec, s, 0);
	take_counter(p, &p->packets, FLOW_PACKETS, at->rec, s, 1);
	s->v[1][0] = s->v[1][1] = 0;
	if (!count(p, &p->flows, FLOW_FLOWS, at->rec, &s->flows))
		s->flows = 1;
	if (p->both_ways)
		reverse_of(t, p, at->rec, s);
}

/* The counters as they were before sampling. */
static void scale(struct top *t, const struct filter_at *at, struct top_share *s)
{
	const struct join_record record = {
		.msg = at->msg, .datagram = at->datagram, .offset = at->offset, .rec = at->rec,
	};
	struct join_rate rate;

	if (!join_rate(t->opts.scale, &record, &rate)) {
		t->unrated++;
		return;
	}
	if (rate.ambiguous) {
		t->ambiguous++;
		return;
	}
	for (unsigned i = 0; i < 4; i++) {
		uint64_t *n = &s->v[i / 2][i % 2];

		if (!join_scaled(&rate, *n, n))
			*n = UINT64_MAX;
	}
}

void top_end(struct top *t)
{
	top_rows_end(t);
}

/* -- Directions ----------------------------------------------------------------------- */

enum { MAX_WORDS = (TOP_KEYS + 7) / 8 + 2 * TOP_KEYS };

/*
 * Which of two keys that are each other's other direction a row has: the greater port stands
 * first, as clients have it; where there are none, or the same, the lower values.
 */
static bool is_backward(const struct top *t, const uint64_t *key, const uint64_t *other)
{
	for (unsigned i = 0; i < t->nkeys; i++) {
		const struct top_key *k = &t->keys[i];

		if (strcmp(k->name, "sport") == 0 && k->mate != i && key[k->at] != other[k->at])
			return key[k->at] < other[k->at];
	}
	for (unsigned i = 0; i < t->table.key_words; i++)
		if (key[i] != other[i])
			return key[i] > other[i];
	return false;
}

/* Keys that are about ends: both ends of the record count. */
static void both_ends(struct top *t, const struct top_plan *p, const struct top_at *at,
		      struct top_share *s)
{
	uint64_t *key = top_rows_key(t), other[MAX_WORDS];
	size_t octets = t->table.key_words * sizeof(*key);
	bool has = top_keys_fill(t, p->ops, false, at, key);
	bool has_other = top_keys_fill(t, p->ops, true, at, other);
	bool equal = has && has_other && memcmp(key, other, octets) == 0;
	struct top_share back = *s;

	if (t->opts.biflow && t->symmetric) {
		s->back = has && has_other && is_backward(t, key, other);
		if (s->back)
			memcpy(key, other, octets);
		top_rows_put(t, has && has_other);
		return;
	}
	top_rows_add(t, &t->all, s);
	top_rows_put(t, has);
	if (equal && !t->opts.biflow)
		return;
	back.back = t->opts.biflow;
	back.counts = !equal;
	*top_rows_share(t) = back;
	memcpy(top_rows_key(t), other, octets);
	top_rows_put(t, has_other);
}

static inline void add_record(struct top *t, const struct top_plan *p, const struct top_at *at)
{
	struct top_share *s = top_rows_share(t);

	share_of(t, p, at->in, s);
	if (t->opts.scale != NULL)
		scale(t, at->in, s);
	t->records++;
	if (t->sided || t->opts.biflow)
		both_ends(t, p, at, s);
	else
		top_rows_put(t, top_keys_fill(t, p->ops, false, at, top_rows_key(t)));
}

/* -- Records -------------------------------------------------------------------------- */

/* Whether a set speaks of sampling is seen in its first record. */
static bool is_sampled(const struct top *t, const struct top_plan *p, const struct filter_at *at)
{
	struct nf_recs recs;
	struct nf_rec rec;
	struct nf_field f;

	if (p->rate < 0)
		return false;
	nf_recs_open(&recs, at->msg, at->set, p->layout, t->scratch, NULL);
	if (!nf_rec_next(&recs, &rec))
		return false;
	f = nf_field(&rec, (unsigned)p->rate);
	return f.value.n > 0 && f.value.n <= 8 && nf_ben(f.value.p, f.value.n) > p->unsampled;
}

static void records(struct top *t, struct filter_at *at)
{
	const struct nf_layout *layout = at->resolution->layout;
	const struct filter_program *program = NULL;
	struct top_at here = { .in = at };
	const struct top_plan *p;
	struct nf_recs recs;
	struct nf_rec rec;
	uint64_t before = t->records;

	refresh_plans(t);
	p = plan_of(t, layout);
	if (p == NULL)
		return;
	if (!t->sampled)
		t->sampled = is_sampled(t, p, at);
	if (layout->kind == NF_LAYOUT_OPTIONS)
		return;
	if (t->opts.filter != NULL && (program = filter_begin(t->opts.filter, layout)) == NULL)
		return;
	here.view = at->view = &p->view;
	at->rec = &rec;
	nf_recs_open(&recs, at->msg, at->set, layout, t->scratch, NULL);
	while (nf_rec_next(&recs, &rec)) {
		if (program != NULL && !filter_test(t->opts.filter, program, at))
			continue;
		if (p->view.field[FLOW_EVENT] >= 0 && !flow_counts(&p->view, &rec))
			t->events++;
		else
			add_record(t, p, &here);
	}
	at->rec = NULL;
	at->view = NULL;
	t->deltas |= p->deltas && t->records > before;
	t->only_totals += p->only_totals ? t->records - before : 0;
}

static void data_set(struct top *t, const struct nf_view *v, struct filter_at *at)
{
	const struct nf_set *set = at->set;
	struct nf_resolution r = { .layout = NULL };

	if (set->kind == NF_SET_FIXED)
		r.layout = nf_fixed_layout(v->msg.version, v->msg.aggregation);
	else
		v->resolver.resolve(v->resolver.ctx, set->id, set->bytes, set->offset, &r);
	at->resolution = &r;
	if (r.layout != NULL)
		records(t, at);
	else
		t->undecoded++;
}

static bool leaves_out(struct top *t, const struct nf_datagram *d)
{
	return d->facts.duplicate && !t->opts.keep_duplicates;
}

void top_message(struct top *t, const struct nf_view *v)
{
	struct filter_at at = filter_at_message(t->opts.filter, v);
	struct filter_value rate;
	struct nf_sets sets;
	struct nf_set set;

	if (v->headerless)
		return;
	at.opts = t->opts.names;
	if (v->datagram->facts.duplicate)
		t->duplicates++;
	if (leaves_out(t, v->datagram))
		return;
	if (!t->sampled && t->v5_rate->row->get(t->v5_rate->row, &at, &rate))
		t->sampled = rate.u > 1;
	nf_sets_open(&sets, &v->msg, NULL);
	at.set = &set;
	while (nf_set_next(&sets, &set))
		if (set.kind == NF_SET_DATA || set.kind == NF_SET_FIXED)
			data_set(t, v, &at);
}

void top_late(struct top *t, const struct nf_late *late)
{
	struct filter_at at = filter_at_late(t->opts.filter, late);

	if (leaves_out(t, &late->datagram) || late->resolution.layout == NULL)
		return;
	at.opts = t->opts.names;
	t->undecoded -= t->undecoded > 0;	/* it counted when it had no layout yet */
	records(t, &at);
}
