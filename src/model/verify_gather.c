/*
 * Gathering: records to rows of their keys.
 */
#include <config.h>

#include "model/verify_internal.h"

#include <string.h>

#include "base/mem.h"

/* -- Domains -------------------------------------------------------------------------- */

/* The group of a domain: the first one of the same exporter, version and collector. */
static uint32_t group_of(const struct verify *v, const struct verify_domain *d)
{
	for (uint32_t i = 0; i < v->ndomains; i++) {
		const struct verify_domain *e = v->domains[i];

		if (nf_same_addr(&e->x.addr, &d->x.addr) && e->x.version == d->x.version &&
		    nf_same_addr(&e->collector, &d->collector) && e->port == d->port)
			return i;
	}
	return (uint32_t)v->ndomains;
}

static struct verify_domain *domain_add(struct verify *v, const struct filter_at *at)
{
	struct verify_domain *d = nf_zalloc(sizeof(*d));
	void *domains = v->domains;

	if (d == NULL || !nf_grow(&domains, &v->domains_cap, v->ndomains + 1,
				  sizeof(struct verify_domain *))) {
		v->failed = true;
		nf_free(d);
		return NULL;
	}
	v->domains = domains;
	d->x.addr = at->datagram->src.addr;
	d->x.domain = at->msg->domain;
	d->x.version = at->msg->version;
	d->x.frame = at->datagram->frame;
	d->x.sampling = 1;
	d->collector = at->datagram->dst.addr;
	d->port = at->datagram->dst.port;
	d->ports.now = at->datagram->src.port;
	d->digits = 9;
	d->began_ns = INT64_MAX;
	d->rates[0] = UINT32_MAX;
	d->sent_first_ns = INT64_MAX;
	d->sent_last_ns = INT64_MIN;
	d->group = group_of(v, d);
	d->index = (uint32_t)v->ndomains;
	v->domains[v->ndomains++] = d;
	return d;
}

static void name_of(uint64_t name[VERIFY_NAME_WORDS], const struct filter_at *at)
{
	const struct nf_datagram *g = at->datagram;

	memset(name, 0, VERIFY_NAME_WORDS * sizeof(*name));
	memcpy(name, g->src.addr.octets, sizeof(g->src.addr.octets));
	memcpy(name + 2, g->dst.addr.octets, sizeof(g->dst.addr.octets));
	name[4] = (uint64_t)g->dst.port << 16 | (uint64_t)g->src.addr.family << 8 |
		  g->dst.addr.family;
	name[5] = (uint64_t)at->msg->version << 32 | at->msg->domain;
	name[6] = at->msg->aggregation;
}

/*
 * Exporters that restart have a new port, some send each message from one.  Ports that
 * are left and come back are in use still; a message that overtakes others makes that two turns.
 */
static void take_port(struct verify_domain *d, uint16_t port)
{
	struct verify_ports *p = &d->ports;
	uint16_t left = p->now;
	unsigned i = 0;

	while (i < p->n && p->left[i] != port)
		i++;
	if (i < p->n && ++p->turns == VERIFY_TURNS)
		memcpy(d->x.ports, (uint16_t[]){ left, port }, sizeof(d->x.ports));
	if (i == p->n && p->n == VERIFY_PORTS)
		i = 0;
	if (i < p->n)
		memmove(p->left + i, p->left + i + 1, (--p->n - i) * sizeof(*p->left));
	p->left[p->n++] = left;
	p->now = port;
}

static struct verify_domain *domain_of(struct verify *v, const struct filter_at *at)
{
	uint64_t name[VERIFY_NAME_WORDS], *row;
	struct verify_domain *d;
	uint32_t hash;

	name_of(name, at);
	hash = top_table_hash(&v->names, name);
	row = top_table_find(&v->names, name, hash);
	if (row != NULL)
		return v->domains[row[0]];
	if (v->ndomains >= VERIFY_DOMAINS)
		return NULL;
	d = domain_add(v, at);
	if (d == NULL)
		return NULL;
	row = top_table_add(&v->names, name, hash);
	if (row == NULL) {
		v->failed = true;
		return NULL;
	}
	row[0] = d->index;
	return d;
}

/* -- Rows ----------------------------------------------------------------------------- */

static void add_row(struct verify *v, uint32_t domain, const struct meter_key *key,
		    const struct verify_row *row)
{
	uint64_t words[VERIFY_KEY_WORDS], *at;
	void *rows = v->rows;
	uint32_t hash, number;

	if (v->nrows >= v->opts.max_records) {
		v->beyond++;
		return;
	}
	if (!nf_grow(&rows, &v->rows_cap, v->nrows + 1, sizeof(*v->rows))) {
		v->failed = true;
		return;
	}
	v->rows = rows;
	verify_key_words(words, key, domain);
	hash = top_table_hash(&v->keys, words);
	at = top_table_find(&v->keys, words, hash);
	if (at == NULL) {
		at = top_table_add(&v->keys, words, hash);
		if (at == NULL) {
			v->failed = true;
			return;
		}
		v->domains[domain]->x.flows++;
	}
	v->rows[v->nrows] = *row;
	number = (uint32_t)++v->nrows;
	if (at[VERIFY_KEY_ROWS] == 0)
		at[VERIFY_KEY_ROWS] = number;
	else
		v->rows[(at[VERIFY_KEY_ROWS] >> 32) - 1].next = number;
	at[VERIFY_KEY_ROWS] = (uint32_t)at[VERIFY_KEY_ROWS] | (uint64_t)number << 32;
}

static void number(const struct filter_at *at, enum flow_item item, uint16_t bit, uint16_t *has,
		   uint64_t *v, uint8_t *width)
{
	if (!flow_number(at->view, at->rec, item, v))
		return;
	*has |= bit;
	*width = (uint8_t)nf_field(at->rec, (unsigned)at->view->field[item]).value.n;
}

static bool is_total(const struct filter_at *at)
{
	const struct nf_ie *ie;

	if (at->view->field[FLOW_PACKETS] < 0)
		return false;
	ie = at->view->layout->fields[at->view->field[FLOW_PACKETS]].ie;
	return ie->semantics == NF_SEM_TOTAL_COUNTER;
}

static void fill(struct verify_row *row, const struct filter_at *at)
{
	uint64_t flags = 0, tos = 0, direction = 0;
	uint8_t width;

	number(at, FLOW_PACKETS, VERIFY_HAS_PACKETS, &row->has, &row->packets,
	       &row->packets_width);
	number(at, FLOW_BYTES, VERIFY_HAS_OCTETS, &row->has, &row->octets, &row->octets_width);
	number(at, FLOW_TCP_FLAGS, VERIFY_HAS_FLAGS, &row->has, &flags, &row->flags_width);
	number(at, FLOW_TOS, VERIFY_HAS_TOS, &row->has, &tos, &width);
	number(at, FLOW_DIRECTION, VERIFY_HAS_DIRECTION, &row->has, &direction, &width);
	row->flags = (uint16_t)flags;
	row->tos = (uint8_t)tos;
	row->direction = (uint8_t)direction;
	row->has |= is_total(at) ? VERIFY_HAS_TOTAL : 0;
}

/* What reverse element ID says, of those that the view does not know. */
static bool reverse_number(const struct filter_at *at, uint16_t id, uint64_t *v)
{
	const struct nf_layout *l = at->rec->layout;

	for (unsigned i = 0; i < l->nfields; i++) {
		struct nf_field f;

		if (l->fields[i].ie->pen != NF_PEN_REVERSE || l->fields[i].ie->id != id)
			continue;
		f = nf_field(at->rec, i);
		if (f.value.n == 0 || f.value.n > 8)
			return false;
		*v = nf_ben(f.value.p, f.value.n);
		return true;
	}
	return false;
}

/* The way back has a type and code of its own, where it is said; else it answers. */
static struct meter_key back_of(const struct meter_key *key, const struct filter_at *at)
{
	struct meter_key back = verify_key_back(key);
	uint64_t icmp;

	if (verify_is_icmp(key) && (reverse_number(at, 32, &icmp) ||
				    reverse_number(at, 139, &icmp)))
		back.dport = (uint16_t)icmp;
	return back;
}

/* Counters of the way back make a row of their own; a conversation that had none has no packets. */
static void reverse(struct verify *v, uint32_t domain, const struct meter_key *key,
		    const struct verify_row *row, const struct filter_at *at)
{
	const struct meter_key back = back_of(key, at);
	struct verify_row r = *row;
	uint64_t flags = 0, tos;

	r.has &= (uint16_t)~(VERIFY_HAS_PACKETS | VERIFY_HAS_OCTETS | VERIFY_HAS_FLAGS |
			     VERIFY_HAS_TOS | VERIFY_HAS_DIRECTION);
	r.packets = r.octets = 0;
	number(at, FLOW_REV_PACKETS, VERIFY_HAS_PACKETS, &r.has, &r.packets, &r.packets_width);
	number(at, FLOW_REV_BYTES, VERIFY_HAS_OCTETS, &r.has, &r.octets, &r.octets_width);
	number(at, FLOW_REV_TCP_FLAGS, VERIFY_HAS_FLAGS, &r.has, &flags, &r.flags_width);
	if (reverse_number(at, 5, &tos)) {
		r.has |= VERIFY_HAS_TOS;
		r.tos = (uint8_t)tos;
	}
	r.flags = (uint16_t)flags;
	if (r.packets != 0 || r.octets != 0)
		add_row(v, domain, &back, &r);
}

/*
 * Every n-th packet: samplingAlgorithm and flowSamplerMode 1 (deterministic), selectorAlgorithm 1
 * (systematic count-based, RFC 5477 section 8.2.1), mode 1 of v5's header.
 */
static bool by_count(const struct filter_at *at, const struct join_rate *rate)
{
	uint16_t sampling;

	if (rate->source == JOIN_RATE_HEADER)
		return nf_get16(at->msg->bytes, 22, &sampling) && sampling >> 14 == 1;
	for (unsigned i = 0; rate->version != NULL && i < rate->version->nvalues; i++) {
		const struct join_value *v = &rate->version->values[i];
		struct nf_bytes octets = join_octets(v->octets);

		if (v->ie->pen == NF_PEN_IANA &&
		    (v->ie->id == 35 || v->ie->id == 49 || v->ie->id == 304) &&
		    octets.n > 0 && octets.n <= 8 && nf_ben(octets.p, octets.n) == 1)
			return true;
	}
	return false;
}

static uint32_t rate_of(struct verify *v, struct verify_domain *d, const struct filter_at *at)
{
	const struct join_record record = {
		.msg = at->msg, .datagram = at->datagram, .offset = at->offset, .rec = at->rec,
	};
	struct join_rate rate = { .num = 1, .den = 1 };
	uint64_t n;

	if (v->join != NULL) {
		if (!join_rate(v->join, &record, &rate) || rate.ambiguous)
			return 1;
	} else if (flow_sampling(at->view, at->msg, at->rec, &rate.num)) {
		rate.source = at->view->field[FLOW_SAMPLING] < 0 ? JOIN_RATE_HEADER :
								   JOIN_RATE_RECORD;
	}
	n = rate.den != 0 && rate.num >= rate.den ? rate.num / rate.den : 1;
	if (n > 1)
		d->random |= !by_count(at, &rate);
	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static void take_rate(struct verify *v, struct verify_domain *d, const struct filter_at *at,
		      struct verify_row *row)
{
	row->rate = rate_of(v, d, at);
	if (row->rate > d->rates[1])
		d->x.sampling = d->rates[1] = row->rate;
	if (row->rate < d->rates[0])
		d->rates[0] = row->rate;
	if (row->rate > 1 && row->packets % row->rate == 0)
		d->scaled++;
	else
		d->unscaled++;
}

static const struct flow_view *view_of(struct verify *v, const struct filter_at *at)
{
	if (at->view != NULL)
		return at->view;
	if (v->layout != at->rec->layout) {
		flow_view_of(&v->view, at->rec->layout);
		v->layout = at->rec->layout;
	}
	return &v->view;
}

static void flow_record(struct verify *v, struct verify_domain *d, const struct filter_at *at)
{
	bool both = at->view->field[FLOW_REV_PACKETS] >= 0 || at->view->field[FLOW_REV_BYTES] >= 0;
	struct verify_row row = { .frame = at->datagram->frame };
	struct meter_key key;

	if (!verify_read_key(&key, at, &row.has)) {
		d->x.unjudged++;
		return;
	}
	fill(&row, at);
	verify_times(d, at, &row);
	take_rate(v, d, at, &row);
	row.has |= both ? VERIFY_HAS_BOTH : 0;
	d->x.biflow |= both;
	/* a conversation may have had packets of one direction alone, and be told as the other's */
	if (!both || row.packets != 0 || row.octets != 0)
		add_row(v, d->index, &key, &row);
	if (both)
		reverse(v, d->index, &key, &row, at);
}

void verify_record(struct verify *v, struct filter_at *at)
{
	const struct flow_view *given = at->view;
	struct verify_domain *d = domain_of(v, at);

	if (d == NULL) {
		v->beyond++;
		return;
	}
	d->x.records++;
	if (at->datagram->src.port != d->ports.now)
		take_port(d, at->datagram->src.port);
	at->view = view_of(v, at);
	if (flow_event(at->view, at->rec, NULL) && !flow_counts(at->view, at->rec))
		d->x.events++;
	else
		flow_record(v, d, at);
	at->view = given;
}
