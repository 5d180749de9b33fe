#include <config.h>

#include "model/exporters.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "track/map.h"

enum { MAX_DOMAINS = 65536, DOMAIN_WORDS = 2, EXPORTER_WORDS = 3 };

struct exporter {
	struct nf_node node;
	uint64_t key[EXPORTER_WORDS];
	struct exporters_exporter pub;
};

struct domain {
	struct nf_node node;
	uint64_t key[DOMAIN_WORDS];
	struct exporters_domain pub;
};

struct exporters {
	struct nf_arena arena;
	struct nf_map exporters, domains;
	struct exporters_domain **list;
	size_t n, cap, max;
	uint32_t nexporters;
	struct nf_seq *seq;
	const struct nf_seq_stream **streams;	/* once settled */
	size_t nstreams;
	struct nf_scratch scratch;
	struct exporters_beyond beyond;
	struct exporters_loss loss, *counted;	/* of all streams; of each of them, by index */
	size_t ncounted;
};

struct exporters *exporters_new(const struct nf_seq_opts *seq, size_t max_domains)
{
	struct exporters *x = nf_zalloc(sizeof(*x));

	if (x == NULL)
		return NULL;
	nf_arena_init(&x->arena);
	x->max = max_domains != 0 ? max_domains : MAX_DOMAINS;
	x->seq = nf_seq_new(seq);
	x->scratch.n = NF_SCRATCH_WORDS;
	x->scratch.words = nf_alloc(x->scratch.n * sizeof(*x->scratch.words));
	if (x->seq == NULL || x->scratch.words == NULL) {
		exporters_free(x);
		return NULL;
	}
	return x;
}

void exporters_free(struct exporters *x)
{
	if (x == NULL)
		return;
	nf_map_done(&x->domains);
	nf_map_done(&x->exporters);
	nf_arena_done(&x->arena);
	nf_seq_free(x->seq);
	nf_free(x->list);
	nf_free(x->streams);
	nf_free(x->counted);
	nf_free(x->scratch.words);
	nf_free(x);
}

/* -- Exporters and domains ------------------------------------------------------------ */

static struct exporters_exporter *exporter_get(struct exporters *x, const struct nf_addr *addr)
{
	uint64_t key[EXPORTER_WORDS];
	struct exporter *e;
	uint32_t hash;

	memcpy(key, addr->octets, sizeof(addr->octets));
	key[2] = addr->family;
	hash = nf_hash(key, EXPORTER_WORDS);
	e = nf_map_find(&x->exporters, key, EXPORTER_WORDS, hash);
	if (e != NULL)
		return &e->pub;
	e = nf_arena_alloc(&x->arena, sizeof(*e));
	if (e == NULL)
		return NULL;
	memcpy(e->key, key, sizeof(key));
	e->pub = (struct exporters_exporter){ .addr = *addr, .index = x->nexporters };
	if (!nf_map_add(&x->exporters, &e->node, e->key, EXPORTER_WORDS, hash))
		return NULL;
	x->nexporters++;
	return &e->pub;
}

static void domain_key(const struct nf_session *session, const struct nf_msg *m,
		       uint64_t key[DOMAIN_WORDS])
{
	key[0] = (uint64_t)session->index << 16 | m->version;
	key[1] = m->domain;
}

static struct exporters_domain *domain_find(const struct exporters *x,
					    const uint64_t key[DOMAIN_WORDS])
{
	struct domain *d = nf_map_find(&x->domains, key, DOMAIN_WORDS, nf_hash(key, DOMAIN_WORDS));

	return d != NULL ? &d->pub : NULL;
}

static struct exporters_domain *domain_add(struct exporters *x, const struct nf_view *v,
					   const uint64_t key[DOMAIN_WORDS])
{
	struct exporters_exporter *e;
	struct domain *d;
	void *list = x->list;

	if (x->n >= x->max || !nf_grow(&list, &x->cap, x->n + 1, sizeof(*x->list)))
		return NULL;
	x->list = list;
	e = exporter_get(x, &v->session->src.addr);
	d = e != NULL ? nf_arena_alloc(&x->arena, sizeof(*d)) : NULL;
	if (d == NULL)
		return NULL;
	memcpy(d->key, key, sizeof(d->key));
	d->pub.exporter = e;
	d->pub.session = v->session;
	d->pub.version = v->msg.version;
	d->pub.domain = v->msg.domain;
	d->pub.first_frame = v->datagram->frame;
	d->pub.first_file = v->datagram->file;
	d->pub.first_ns = INT64_MAX;
	d->pub.last_ns = INT64_MIN;
	d->pub.has_uptime = v->msg.format->at.uptime != 0;
	if (v->datagram->transport != NF_TRANSPORT_FILE)
		d->pub.delay = nf_arena_alloc(&x->arena, sizeof(*d->pub.delay));
	if (!nf_map_add(&x->domains, &d->node, d->key, DOMAIN_WORDS, nf_hash(key, DOMAIN_WORDS)))
		return NULL;
	x->list[x->n++] = &d->pub;
	return &d->pub;
}

/* -- Messages ------------------------------------------------------------------------- */

static void count(struct exporters_counts *c, const struct nf_view *v, const struct nf_tally *t)
{
	c->messages++;
	c->octets += v->msg.bytes.n;
	c->flows += t->flows;
	c->options += t->options;
	c->templates += t->templates;
	c->options_templates += t->options_templates;
	c->withdrawals += t->withdrawals;
	c->data_sets += t->data_sets;
	if (v->datagram->facts.duplicate) {
		c->duplicates++;
		c->duplicate_flows += t->flows;
	}
	for (unsigned i = 0; i < NF_WHY_NOTS; i++) {
		c->undecoded[i] += t->undecoded[i];
		c->undecoded_octets[i] += t->undecoded_octets[i];
	}
}

/* A stamp of a capture may be anything. */
static int64_t difference(int64_t a, int64_t b)
{
	int64_t d;

	if (__builtin_sub_overflow(a, b, &d))
		return a < 0 ? -INT64_MAX : INT64_MAX;
	return d;
}

static void delay_add(struct exporters_delay *d, int64_t ns)
{
	uint64_t place;

	if (d->n == 0) {
		d->min = d->max = ns;
		d->stride = 1;
	}
	if (ns < d->min)
		d->min = ns;
	if (ns > d->max)
		d->max = ns;
	if (d->n % d->stride == 0) {
		place = d->n / d->stride;
		if (place == EXPORTERS_DELAYS) {
			for (unsigned i = 0; i < EXPORTERS_DELAYS / 2; i++)
				d->kept[i] = d->kept[2 * i];
			d->stride *= 2;
			place /= 2;
		}
		d->kept[place] = ns;
	}
	d->n++;
}

static void boot(struct exporters_domain *d, const struct nf_view *v, int64_t export_ns)
{
	if (nf_boot_step(&d->boot, v->msg.uptime_ms, export_ns / 1000000,
			 v->datagram->ts_ns / 1000000) != NF_BOOT_RESTART)
		return;
	d->restarts[(d->boot.restarts - 1) % EXPORTERS_RESTARTS] = (struct exporters_restart){
		.frame = v->datagram->frame,
		.file = v->datagram->file,
		.before_ms = d->boot.before_ms,
		.after_ms = v->msg.uptime_ms,
	};
}

/* A field of the header that has no place in struct nf_msg; false where the version lacks it. */
static bool header_field(const struct nf_msg *m, uint16_t id, uint16_t *value)
{
	const struct nf_layout *l = m->format->header;
	const struct nf_rec header = { .layout = l, .p = m->bytes.p, .shift = nf_no_shift };

	for (unsigned i = 0; i < l->nfields; i++) {
		if (l->fields[i].ie->pen == NF_PEN_FIXED && l->fields[i].ie->id == id) {
			struct nf_field f = nf_field(&header, i);

			*value = (uint16_t)nf_field_uint(&f);
			return true;
		}
	}
	return false;
}

static void sampling(struct exporters_domain *d, const struct nf_msg *m)
{
	uint16_t mode, interval;

	if (!header_field(m, NF_FIXED_SAMPLING_MODE, &mode) ||
	    !header_field(m, NF_FIXED_SAMPLING_INTERVAL, &interval))
		return;
	for (unsigned i = 0; i < d->nsamplings; i++) {
		if (d->samplings[i].mode == mode && d->samplings[i].interval == interval) {
			d->samplings[i].messages++;
			return;
		}
	}
	if (d->nsamplings == EXPORTERS_SAMPLINGS)
		d->other_samplings++;
	else
		d->samplings[d->nsamplings++] = (struct exporters_sampling){
			.mode = (uint8_t)mode,
			.interval = interval,
			.messages = 1,
		};
}

static void show(struct exporters *x, const struct nf_view *v, const struct nf_tally *tally)
{
	const struct nf_msg *m = &v->msg;
	int64_t ts = v->datagram->ts_ns, export_ns;
	uint64_t key[DOMAIN_WORDS];
	struct exporters_domain *d;

	domain_key(v->session, m, key);
	d = domain_find(x, key);
	if (d == NULL)
		d = domain_add(x, v, key);
	if (d == NULL) {
		x->beyond.messages++;
		return;
	}
	count(&d->counts, v, tally);
	d->aggregations |= (uint16_t)(m->version == 8 ? 1u << (m->aggregation & 15) : 0);
	if (ts < d->first_ns)
		d->first_ns = ts;
	if (ts > d->last_ns)
		d->last_ns = ts;
	export_ns = (int64_t)m->export_secs * 1000000000 + m->export_nsecs;
	if (d->delay != NULL)
		delay_add(d->delay, difference(ts, export_ns));
	if (d->has_uptime)
		boot(d, v, export_ns);
	sampling(d, m);
}

/* What S adds to the loss, in place of what it did before. */
static void count_loss(struct exporters *x, const struct nf_seq_stream *s)
{
	struct exporters_loss now = { .lost = 0 }, *before;
	void *counted = x->counted;
	size_t had = x->ncounted;

	if (s->index >= had) {
		if (!nf_grow(&counted, &x->ncounted, (size_t)s->index + 1, sizeof(*x->counted)))
			return;
		x->counted = counted;
		memset(x->counted + had, 0, (x->ncounted - had) * sizeof(*x->counted));
	}
	if (nf_seq_measured(s))
		now = (struct exporters_loss){ s->totals.received, s->totals.lost };
	before = &x->counted[s->index];
	x->loss.received += now.received - before->received;
	x->loss.lost += now.lost - before->lost;
	*before = now;
}

struct exporters_loss exporters_loss(const struct exporters *x)
{
	return x->loss;
}

void exporters_message(struct exporters *x, const struct nf_view *v, bool shown, uint64_t drops)
{
	struct nf_seq_event events[NF_SEQ_EVENTS];
	struct nf_seq_message m;
	struct nf_tally tally;

	if (v->headerless) {
		x->beyond.headerless += shown;
		return;
	}
	nf_tally_message(&tally, v, x->scratch);
	nf_seq_message_of(&m, v, &tally, drops);
	m.hidden = !shown;
	nf_seq_feed(x->seq, &m, events);
	if (nf_seq_last(x->seq) != NULL)
		count_loss(x, nf_seq_last(x->seq));
	if (shown)
		show(x, v, &tally);
}

void exporters_late(struct exporters *x, const struct nf_late *late)
{
	uint64_t key[DOMAIN_WORDS];
	struct exporters_domain *d;
	struct exporters_counts *c;
	bool exact = true;
	uint32_t n;

	domain_key(late->session, &late->msg, key);
	d = domain_find(x, key);
	if (d == NULL || late->resolution.layout == NULL || d->counts.undecoded[NF_PENDING] == 0 ||
	    d->counts.undecoded_octets[NF_PENDING] < late->set.length)
		return;
	c = &d->counts;
	c->undecoded[NF_PENDING]--;
	c->undecoded_octets[NF_PENDING] -= late->set.length;
	n = nf_tally_records(&late->msg, &late->set, late->resolution.layout, x->scratch, &exact);
	if (late->resolution.layout->kind == NF_LAYOUT_OPTIONS) {
		c->options += n;
		return;
	}
	c->flows += n;
	c->duplicate_flows += late->datagram.facts.duplicate ? n : 0;
}

struct exporters_counts exporters_sum(const struct exporters_counts *a,
				      const struct exporters_counts *b)
{
	struct exporters_counts sum = *a;

	sum.messages += b->messages;
	sum.octets += b->octets;
	sum.flows += b->flows;
	sum.options += b->options;
	sum.templates += b->templates;
	sum.options_templates += b->options_templates;
	sum.withdrawals += b->withdrawals;
	sum.data_sets += b->data_sets;
	sum.duplicates += b->duplicates;
	sum.duplicate_flows += b->duplicate_flows;
	for (unsigned i = 0; i < NF_WHY_NOTS; i++) {
		sum.undecoded[i] += b->undecoded[i];
		sum.undecoded_octets[i] += b->undecoded_octets[i];
	}
	return sum;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int64_t exporters_median(const struct exporters_delay *d)
{
	int64_t sorted[EXPORTERS_DELAYS];
	size_t n;

	if (d->n == 0)
		return 0;
	n = (size_t)((d->n - 1) / d->stride) + 1;
	memcpy(sorted, d->kept, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), by_size);
	return sorted[(n - 1) / 2];
}

struct exporters_beyond exporters_beyond(const struct exporters *x)
{
	return x->beyond;
}

bool exporters_failed(const struct exporters *x)
{
	bool failed = nf_seq_failed(x->seq) || (x->beyond.messages != 0 && x->n < x->max);

	for (size_t i = 0; i < x->n && !failed; i++)
		failed = x->list[i]->delay == NULL &&
			 x->list[i]->session->transport != NF_TRANSPORT_FILE;
	return failed;
}

/* -- In order ------------------------------------------------------------------------- */

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_address(const struct nf_addr *x, const struct nf_addr *y)
{
	int c = order(x->family, y->family);

	return c != 0 ? c : memcmp(x->octets, y->octets, sizeof(x->octets));
}

int exporters_order(const void *a, const void *b)
{
	const struct exporters_domain *x = *(struct exporters_domain *const *)a;
	const struct exporters_domain *y = *(struct exporters_domain *const *)b;
	int c = order(x->exporter->index, y->exporter->index);

	if (c == 0)
		c = order(x->session->index, y->session->index);
	if (c == 0)
		c = order(x->version, y->version);
	return c != 0 ? c : order(x->domain, y->domain);
}

static int same_stream(const struct nf_seq_key *x, const struct nf_seq_key *y)
{
	int c = order(x->session, y->session);

	if (c == 0 && x->session == NF_SEQ_ANY_SESSION) {
		c = by_address(&x->exporter, &y->exporter);
		if (c == 0)
			c = by_address(&x->collector, &y->collector);
	}
	if (c == 0)
		c = order(x->version, y->version);
	return c != 0 ? c : order(x->domain, y->domain);
}

static int by_stream(const void *a, const void *b)
{
	const struct nf_seq_key *x = &(*(const struct nf_seq_stream *const *)a)->key;
	const struct nf_seq_key *y = &(*(const struct nf_seq_stream *const *)b)->key;
	int c = same_stream(x, y);

	if (c == 0)
		c = order(x->stream, y->stream);
	return c != 0 ? c : order(x->aggregation, y->aggregation);
}

static int by_number(const void *a, const void *b)
{
	const struct exporters_domain *x = *(struct exporters_domain *const *)a;
	const struct exporters_domain *y = *(struct exporters_domain *const *)b;
	int c = order(x->exporter->index, y->exporter->index);

	if (c == 0)
		c = order(x->version, y->version);
	if (c == 0)
		c = order(x->domain, y->domain);
	if (c == 0)
		c = by_address(&x->session->dst.addr, &y->session->dst.addr);
	return c != 0 ? c : order(x->session->index, y->session->index);
}

static bool one_count(const struct exporters_domain *a, const struct exporters_domain *b)
{
	return a->version == 9 && b->version == 9 && a->exporter == b->exporter &&
	       a->domain == b->domain &&
	       by_address(&a->session->dst.addr, &b->session->dst.addr) == 0;
}

/* Over how many sessions a Source ID came to a collector: they stand side by side. */
static void find_sessions(struct exporters *x)
{
	size_t end;

	if (x->n > 1)
		qsort(x->list, x->n, sizeof(struct exporters_domain *), by_number);
	for (size_t i = 0; i < x->n; i = end) {
		for (end = i + 1; end < x->n && one_count(x->list[i], x->list[end]); end++)
			;
		for (size_t j = i; j < end; j++) {
			x->list[j]->sessions = (uint32_t)(end - i);
			x->list[j]->first = j == i;
		}
	}
}

bool exporters_settle(struct exporters *x)
{
	size_t n = 0;

	nf_seq_settle(x->seq);
	find_sessions(x);
	if (x->n > 1)
		qsort(x->list, x->n, sizeof(struct exporters_domain *), exporters_order);
	while (nf_seq_stream_at(x->seq, n) != NULL)
		count_loss(x, nf_seq_stream_at(x->seq, n++));
	nf_free(x->streams);
	x->nstreams = 0;
	x->streams = nf_alloc(n * sizeof(struct nf_seq_stream *));
	if (x->streams == NULL)
		return n == 0;
	for (; x->nstreams < n; x->nstreams++)
		x->streams[x->nstreams] = nf_seq_stream_at(x->seq, x->nstreams);
	qsort(x->streams, n, sizeof(struct nf_seq_stream *), by_stream);
	return true;
}

const struct exporters_domain *exporters_domain_at(const struct exporters *x, size_t i)
{
	return i < x->n ? x->list[i] : NULL;
}

size_t exporters_domains(const struct exporters *x)
{
	return x->n;
}

size_t exporters_addresses(const struct exporters *x)
{
	return x->nexporters;
}

static struct nf_seq_key key_of(const struct exporters_domain *d)
{
	struct nf_seq_key key = {
		.exporter = d->exporter->addr,
		.session = d->session->index,
		.domain = d->domain,
		.version = d->version,
	};

	if (d->version == 9) {
		key.session = NF_SEQ_ANY_SESSION;
		key.collector = d->session->dst.addr;
	}
	return key;
}

const struct nf_seq_stream *exporters_stream(const struct exporters *x,
					     const struct exporters_domain *d, size_t *next)
{
	struct nf_seq_key key = key_of(d);
	size_t low = 0, high = x->nstreams;

	if (*next == 0) {
		while (low < high) {
			size_t middle = low + (high - low) / 2;

			if (same_stream(&x->streams[middle]->key, &key) < 0)
				low = middle + 1;
			else
				high = middle;
		}
		*next = low + 1;
	} else {
		low = (*next)++;
	}
	if (low >= x->nstreams || same_stream(&x->streams[low]->key, &key) != 0)
		return NULL;
	return x->streams[low];
}

bool exporters_domain_loss(const struct exporters *x, const struct exporters_domain *d,
			   struct nf_seq_totals *sum)
{
	const struct nf_seq_stream *stream;
	bool measured = false;
	size_t next = 0;

	while (d->first && (stream = exporters_stream(x, d, &next)) != NULL) {
		measured |= nf_seq_measured(stream);
		sum->lost += stream->totals.lost;
		sum->received += stream->totals.received;
	}
	return measured;
}
