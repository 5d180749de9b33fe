#include <config.h>

#include "model/meaning_internal.h"

#include <stdlib.h>

#include "base/mem.h"

const char *meaning_class_name(enum meaning_class class)
{
	static const char *const names[MEANING_CLASSES] = {
		[MEANING_ALWAYS] = "", [MEANING_TIMES] = "times", [MEANING_UPTIME] = "uptime",
		[MEANING_SEQUENCE] = "sequence", [MEANING_PORTS] = "ports", [MEANING_IDS] = "ids",
		[MEANING_PACKING] = "packing", [MEANING_ORDER] = "order",
		[MEANING_NOTES] = "notes",
	};

	return names[class];
}

/* -- Life ----------------------------------------------------------------------------- */

static bool open_all(struct meaning *m, struct filter_error *err)
{
	const struct top_opts keys = {
		.keys = m->opts.keys != NULL ? m->opts.keys : MEANING_KEYS,
		.names = m->opts.names,
		.max_keys = m->opts.max_keys,
		.texts = m->opts.like != NULL ? m->opts.like->top->texts : NULL,
	};

	m->top = top_new(&keys, m->registry, err);
	if (m->top == NULL)
		return false;
	*err = (struct filter_error){ .memory = true };
	m->exporters = exporters_new(&(struct nf_seq_opts){ 0 }, 0);
	m->scratch.n = NF_SCRATCH_WORDS;
	m->scratch.words = nf_alloc(m->scratch.n * sizeof(*m->scratch.words));
	m->batch = meaning_batch_new();
	m->key_words = 1 + top_key_words(m->top);
	m->index = m->opts.like != NULL ? &m->opts.like->flows : &m->flows;
	return m->exporters != NULL && m->scratch.words != NULL && m->batch != NULL &&
	       top_texts_init(&m->texts) &&
	       top_table_init(&m->flows, 0, MEANING_WORDS);
}

struct meaning *meaning_new(const struct meaning_opts *opts, struct nf_registry *registry,
			    struct filter_error *err)
{
	struct meaning *m = nf_zalloc(sizeof(*m));

	*err = (struct filter_error){ .memory = true };
	if (m == NULL)
		return NULL;
	m->opts = *opts;
	if (m->opts.max_keys == 0)
		m->opts.max_keys = TOP_MAX_KEYS;
	m->registry = registry;
	m->lists.registry = registry;
	nf_arena_init(&m->arena);
	nf_strbuf_init(&m->text);
	if (!templates_init(&m->rows, registry) || !open_all(m, err)) {
		meaning_free(m);
		return NULL;
	}
	m->rows.filter = opts->filter;
	m->rows.uncounted = true;
	m->rows.keep_duplicates = opts->keep_duplicates;
	return m;
}

void meaning_free(struct meaning *m)
{
	if (m == NULL)
		return;
	meaning_flows_done(m);
	nf_map_done(&m->by_address);
	templates_done(&m->rows);
	exporters_free(m->exporters);
	top_table_done(&m->flows);
	top_texts_done(&m->texts);
	top_free(m->top);
	nf_arena_done(&m->arena);
	nf_free(m->domains);
	nf_free(m->templates);
	nf_free(m->facts);
	nf_free(m->columns);
	nf_free(m->shapes);
	nf_free(m->scratch.words);
	nf_strbuf_done(&m->text);
	nf_free(m);
}

/* -- Domains -------------------------------------------------------------------------- */

static void domain_key(uint64_t key[4], const struct nf_addr *addr, uint32_t domain)
{
	memcpy(key, addr->octets, sizeof(addr->octets));
	key[2] = addr->family;
	key[3] = domain;
}

int32_t meaning_domain_of(const struct meaning *m, const struct nf_addr *addr, uint32_t domain,
			  bool any)
{
	const struct meaning_domain *d;
	uint64_t key[4];

	domain_key(key, addr, domain);
	d = nf_map_find(&m->by_address, key, 4, nf_hash(key, 4));
	if (d != NULL)
		return d->index;
	for (size_t i = 0; any && i < m->ndomains; i++)
		if (nf_same_addr(&m->domains[i]->addr, addr))
			return (int32_t)i;
	return MEANING_NONE;
}

/* No two of both meanings have the same number but those that are the same. */
static uint32_t number_of(const struct meaning *m, const struct nf_addr *addr, uint32_t domain)
{
	int32_t there;

	if (m->opts.like == NULL)
		return (uint32_t)m->ndomains;
	there = meaning_domain_of(m->opts.like, addr, domain, false);
	return there != MEANING_NONE ? (uint32_t)there : (uint32_t)(MEANING_DOMAINS + m->ndomains);
}

static struct meaning_domain *domain_new(struct meaning *m, const struct nf_addr *addr,
					 uint32_t domain)
{
	void *domains = m->domains;
	struct meaning_domain *d;

	if (!nf_grow(&domains, &m->domains_cap, m->ndomains + 1, sizeof(*m->domains)))
		return NULL;
	m->domains = domains;
	d = nf_arena_alloc(&m->arena, sizeof(*d));
	if (d == NULL)
		return NULL;
	d->addr = *addr;
	d->domain = domain;
	d->first_ns = INT64_MAX;
	domain_key(d->key, addr, domain);
	if (!nf_map_add(&m->by_address, &d->node, d->key, 4, nf_hash(d->key, 4)))
		return NULL;
	d->index = (int32_t)m->ndomains;
	d->number = number_of(m, addr, domain);
	m->domains[m->ndomains++] = d;
	return d;
}

int32_t meaning_domain_get(struct meaning *m, const struct nf_session *session, uint32_t domain,
			   uint64_t frame)
{
	struct meaning_domain *d;
	uint64_t key[4];

	if (m->recent_session == session && m->recent_domain == domain)
		return m->recent;
	domain_key(key, &session->src.addr, domain);
	d = nf_map_find(&m->by_address, key, 4, nf_hash(key, 4));
	if (d == NULL && m->ndomains >= MEANING_DOMAINS)
		return MEANING_NONE;
	if (d == NULL) {
		d = domain_new(m, &session->src.addr, domain);
		if (d != NULL)
			d->frame = frame;
	}
	m->failed |= d == NULL;
	if (d == NULL)
		return MEANING_NONE;
	m->recent_session = session;
	m->recent_domain = domain;
	return m->recent = d->index;
}

/* -- Messages ------------------------------------------------------------------------- */

static void data_set(struct meaning *m, const struct nf_view *v, struct filter_at *at,
		     int32_t domain)
{
	const struct nf_set *set = at->set;
	struct nf_resolution r = { .layout = NULL };

	if (set->kind == NF_SET_FIXED)
		r.layout = nf_fixed_layout(v->msg.version, v->msg.aggregation);
	else
		v->resolver.resolve(v->resolver.ctx, set->id, set->bytes, set->offset, &r);
	at->resolution = &r;
	if (r.layout == NULL)
		m->undecoded++;
	else if (r.layout->kind != NF_LAYOUT_OPTIONS)
		meaning_flow_set(m, at, domain);
	at->resolution = NULL;
}

static void sets(struct meaning *m, const struct nf_view *v, int32_t domain)
{
	struct filter_at at = filter_at_message(m->opts.filter, v);
	struct nf_sets sets;
	struct nf_set set;

	at.opts = m->opts.names;
	nf_sets_open(&sets, &v->msg, NULL);
	at.set = &set;
	m->lists.resolver = &v->resolver;
	while (nf_set_next(&sets, &set))
		if (set.kind == NF_SET_DATA || set.kind == NF_SET_FIXED)
			data_set(m, v, &at, domain);
}

static void header(struct meaning_domain *d, const struct nf_msg *msg)
{
	if (d->messages == 0)
		d->begun_ns = msg->clock_ns;
	for (unsigned i = d->messages++ == 0 ? 0 : 1; i < 2; i++) {
		d->sequence[i] = msg->sequence;
		d->uptime_ms[i] = msg->uptime_ms;
	}
}

void meaning_message(struct meaning *m, const struct nf_view *v, bool shown, uint64_t drops)
{
	int32_t domain;

	exporters_message(m->exporters, v, shown, drops);
	if (!shown)
		return;
	templates_message(&m->rows, v);
	if (v->headerless)
		return;
	m->duplicates += v->datagram->facts.duplicate;
	if (v->datagram->facts.duplicate && !m->opts.keep_duplicates)
		return;
	domain = meaning_domain_get(m, v->session, v->msg.domain, v->datagram->frame);
	if (domain == MEANING_NONE)
		return;
	header(m->domains[domain], &v->msg);
	sets(m, v, domain);
}

void meaning_late(struct meaning *m, const struct nf_late *late)
{
	struct filter_at at = filter_at_late(m->opts.filter, late);
	int32_t domain;

	templates_late(&m->rows, late);
	exporters_late(m->exporters, late);
	if (late->resolution.layout == NULL || late->resolution.layout->kind == NF_LAYOUT_OPTIONS ||
	    (late->datagram.facts.duplicate && !m->opts.keep_duplicates))
		return;
	at.opts = m->opts.names;
	m->undecoded -= m->undecoded > 0;
	m->lists.resolver = &late->resolver;
	domain = meaning_domain_get(m, late->session, late->msg.domain, late->datagram.frame);
	if (domain != MEANING_NONE)
		meaning_flow_set(m, &at, domain);
}

bool meaning_end(struct meaning *m, struct nf_tracker *tracker, const struct join *join)
{
	m->failed |= m->flows.failed || m->index->failed || m->texts.table.failed || m->rows.failed;
	m->failed |= exporters_failed(m->exporters);
	m->failed |= !exporters_settle(m->exporters) || !meaning_gather_templates(m, tracker);
	meaning_gather_facts(m, join);
	return !m->failed;
}

static int order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

int64_t meaning_median(struct meaning_samples *s)
{
	qsort(s->v, s->n, sizeof(*s->v), order);
	return s->v[(s->n - 1) / 2];
}
