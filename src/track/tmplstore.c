#include <config.h>

#include "track/tmplstore.h"

#include <string.h>

void nf_store_init(struct nf_store *s, size_t max, struct nf_registry *registry)
{
	*s = (struct nf_store){ .pool = { .max = max } };
	nf_arena_init(&s->pool.arena);
	s->definitions.pool = &s->pool;
	s->definitions.registry = registry;
	s->definitions.generation = nf_registry_generation(registry);
}

void nf_store_done(struct nf_store *s)
{
	for (struct nf_node *n = s->domains.head; n != NULL; n = n->hh.next)
		nf_free(((struct nf_domain *)n)->chains);
	for (struct nf_node *n = s->chains.head; n != NULL; n = n->hh.next)
		nf_free(((struct nf_chain *)n)->entries.items);
	for (struct nf_node *n = s->kin.head; n != NULL; n = n->hh.next)
		nf_free(((struct nf_kin *)n)->entries.items);
	nf_map_done(&s->definitions.map);
	nf_map_done(&s->domains);
	nf_map_done(&s->chains);
	nf_map_done(&s->kin);
	nf_map_done(&s->ids);
	nf_arena_done(&s->pool.arena);
}

/* -- Domains, chains and kin ---------------------------------------------------------- */

static uint64_t word(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

struct nf_domain *nf_store_domain(struct nf_store *s, struct nf_peer *session, uint16_t version,
				  uint32_t id)
{
	const uint64_t key[2] = { word(session), (uint64_t)id << 16 | version };
	struct nf_domain *d = session->recent;

	if (d != NULL && d->key[1] == key[1])
		return d;
	d = nf_map_find(&s->domains, key, 2, nf_hash(key, 2));
	if (d != NULL)
		session->recent = d;
	return d;
}

static struct nf_domain *domain_get(struct nf_store *s, const struct nf_sending *sending)
{
	struct nf_peer *p = sending->session;
	struct nf_domain *d = nf_store_domain(s, p, sending->version, sending->domain);
	const uint64_t key[2] = { word(p), (uint64_t)sending->domain << 16 | sending->version };

	if (d != NULL || !nf_pool_grow(&s->pool, (void **)&p->domains, &p->cap, p->ndomains))
		return d;
	d = nf_pool_element(&s->pool, &s->domains, sizeof(*d), offsetof(struct nf_domain, key),
			    key);
	if (d == NULL)
		return NULL;
	d->session = p;
	d->id = sending->domain;
	d->version = sending->version;
	p->domains[p->ndomains++] = d;
	p->unsorted = true;
	s->ndomains++;
	return d;
}

struct nf_chain *nf_store_chain(struct nf_store *s, struct nf_domain *d, uint16_t id)
{
	struct nf_chain **slot = &d->cache[id % NF_CHAIN_CACHE];
	const uint64_t key[2] = { word(d), id };
	struct nf_chain *c;

	if (*slot != NULL && (*slot)->id == id)
		return *slot;
	c = nf_map_find(&s->chains, key, 2, nf_hash(key, 2));
	if (c != NULL)
		*slot = c;
	return c;
}

static void kin_key(uint64_t key[2], const struct nf_exporter *e, uint16_t version,
		    uint32_t domain, uint16_t id)
{
	key[0] = word(e);
	key[1] = (uint64_t)domain << 32 | (uint32_t)version << 16 | id;
}

const struct nf_kin *nf_store_kin(const struct nf_store *s, const struct nf_exporter *e,
				  uint16_t version, uint32_t domain, uint16_t id)
{
	uint64_t key[2];

	kin_key(key, e, version, domain, id);
	return nf_map_find(&s->kin, key, 2, nf_hash(key, 2));
}

/* How many kin have an id, whatever their domain. */
struct id_count {
	struct nf_node node;
	uint64_t key[2];
	size_t n;
};

size_t nf_store_ids(const struct nf_store *s, const struct nf_exporter *e, uint16_t version,
		    uint16_t id)
{
	uint64_t key[2];
	const struct id_count *count;

	kin_key(key, e, version, 0, id);
	count = nf_map_find(&s->ids, key, 2, nf_hash(key, 2));
	return count != NULL ? count->n : 0;
}

static struct nf_kin *kin_get(struct nf_store *s, const struct nf_exporter *e, uint16_t version,
			      uint32_t domain, uint16_t id)
{
	struct nf_kin *k = (struct nf_kin *)nf_store_kin(s, e, version, domain, id);
	struct id_count *count;
	uint64_t key[2];

	if (k != NULL)
		return k;
	kin_key(key, e, version, 0, id);
	count = nf_map_find(&s->ids, key, 2, nf_hash(key, 2));
	if (count == NULL)
		count = nf_pool_element(&s->pool, &s->ids, sizeof(*count),
					offsetof(struct id_count, key), key);
	if (count == NULL)
		return NULL;
	kin_key(key, e, version, domain, id);
	k = nf_pool_element(&s->pool, &s->kin, sizeof(*k), offsetof(struct nf_kin, key), key);
	if (k != NULL)
		count->n++;
	return k;
}

static struct nf_chain *chain_get(struct nf_store *s, struct nf_domain *d, uint16_t id)
{
	struct nf_chain *c = nf_store_chain(s, d, id);
	const uint64_t key[2] = { word(d), id };
	struct nf_kin *kin;

	if (c != NULL)
		return c;
	kin = kin_get(s, d->session->exporter, d->version, d->id, id);
	if (kin == NULL || !nf_pool_grow(&s->pool, (void **)&d->chains, &d->cap, d->nchains))
		return NULL;
	c = nf_pool_element(&s->pool, &s->chains, sizeof(*c), offsetof(struct nf_chain, key), key);
	if (c == NULL)
		return NULL;
	c->domain = d;
	c->kin = kin;
	c->id = id;
	c->lost = UINT64_MAX;
	d->chains[d->nchains++] = c;
	d->unsorted = true;
	return c;
}

/* -- Versions by position ------------------------------------------------------------- */

size_t nf_entries_upto(const struct nf_entries *e, uint64_t position)
{
	size_t low = 0, high = e->n;

	/* Streaming asks about the end. */
	if (high != 0 && e->items[high - 1]->version.position <= position)
		return high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (e->items[middle]->version.position <= position)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool in_force(const struct nf_entries *e, size_t i, uint64_t position)
{
	return i < e->n && e->items[i]->version.position <= position &&
	       (i + 1 == e->n || e->items[i + 1]->version.position > position);
}

const struct nf_entry *nf_chain_at(struct nf_chain *c, uint64_t position, bool *lost)
{
	size_t n;

	*lost = position >= c->lost;
	if (!in_force(&c->entries, c->hint, position)) {
		n = nf_entries_upto(&c->entries, position);
		if (n == 0)
			return NULL;
		c->hint = n - 1;
	}
	return c->entries.items[c->hint];
}

static bool is_rejected(const struct nf_entry *e)
{
	return e->def != NULL && e->version.layout == NULL;
}

/* The first entry from index I on that was not rejected: there may be many that were. */
static const struct nf_entry *sound_from(const struct nf_entries *list, size_t i)
{
	if (i == list->n)
		return NULL;
	return is_rejected(list->items[i]) ? list->items[i]->sound : list->items[i];
}

static const struct nf_entry *next_sound(const struct nf_chain *c, uint64_t position)
{
	return sound_from(&c->entries, nf_entries_upto(&c->entries, position));
}

const struct nf_entry *nf_chain_after(const struct nf_chain *c, uint64_t position)
{
	const struct nf_entry *e = next_sound(c, position);

	return e != NULL && e->def != NULL ? e : NULL;
}

bool nf_chain_closed(const struct nf_chain *c, uint64_t position)
{
	const struct nf_entry *e = next_sound(c, position);

	return e != NULL && e->def == NULL;
}

static bool grow(struct nf_store *s, struct nf_entries *list)
{
	return nf_pool_grow(&s->pool, (void **)&list->items, &list->cap, list->n);
}

static void unlink_live(struct nf_chain *c)
{
	if (c->at == NULL)
		return;
	*c->at = c->next_live;
	if (c->next_live != NULL)
		c->next_live->at = c->at;
	c->at = NULL;
}

/* C's last entry may be another one: put C where a withdrawal of all looks for it. */
static void link_live(struct nf_chain *c)
{
	const struct nf_entry *last = c->entries.items[c->entries.n - 1];
	struct nf_chain **list = &c->domain->live[last->version.kind == NF_TEMPLATE_OPTIONS];

	unlink_live(c);
	if (last->def == NULL || c->lost != UINT64_MAX)
		return;
	c->next_live = *list;
	if (c->next_live != NULL)
		c->next_live->at = &c->next_live;
	c->at = list;
	*list = c;
}

/* Returns where E stands now. */
static size_t insert(struct nf_entries *list, struct nf_entry *e)
{
	size_t at = nf_entries_upto(list, e->version.position);

	memmove(list->items + at + 1, list->items + at, (list->n - at) * sizeof(*list->items));
	list->items[at] = e;
	list->n++;
	return at;
}

/* The entry AT is new in a chain's LIST: those rejected before it lead on to it. */
static void lead_on(struct nf_entries *list, size_t at)
{
	const struct nf_entry *e = list->items[at];

	if (is_rejected(e)) {
		list->items[at]->sound = sound_from(list, at + 1);
		return;
	}
	while (at > 0 && is_rejected(list->items[at - 1]))
		list->items[--at]->sound = e;
}

/* A new version of C: DEF, or NULL for a withdrawal; NULL where there is no room. */
static struct nf_entry *entry_new(struct nf_store *s, struct nf_chain *c,
				  const struct nf_template *t, struct nf_definition *def,
				  const struct nf_sending *sending)
{
	const struct nf_datagram *d = sending->datagram;
	struct nf_entry *e;
	size_t at;

	if (!grow(s, &c->entries) || !grow(s, &c->kin->entries))
		return NULL;
	e = nf_pool_alloc(&s->pool, sizeof(*e));
	if (e == NULL)
		return NULL;
	e->version = (struct nf_version){
		.position = sending->position,
		.frame = d->frame,
		.file = d->file,
		.span = t->span,
		.id = c->id,
		.kind = t->kind,
		.layout = def != NULL ? def->layout : NULL,
	};
	e->def = def;
	e->chain = c;
	e->sent = sending->count;
	e->first_ns = e->last_ns = d->ts_ns;
	at = insert(&c->entries, e);
	e->version.number = (uint32_t)at + 1;
	lead_on(&c->entries, at);
	insert(&c->kin->entries, e);
	link_live(c);
	s->nversions++;
	return e;
}

static void count_copy(struct nf_entry *e, const struct nf_sending *sending)
{
	if (!sending->count)
		return;
	e->sent++;
	e->last_ns = sending->datagram->ts_ns;
}

static enum nf_published lose(struct nf_chain *c, uint64_t position)
{
	c->domain->gaps = true;
	if (position < c->lost)
		c->lost = position;
	unlink_live(c);		/* it is of no use any more */
	return NF_PUBLISHED_LOST;
}

static void advance(struct nf_domain *d, uint64_t position)
{
	if (position > d->frontier)
		d->frontier = position;
}

enum nf_published nf_store_define(struct nf_store *s, const struct nf_template *t,
				  const struct nf_sending *sending, const struct nf_entry **entry)
{
	struct nf_domain *domain = domain_get(s, sending);
	struct nf_chain *c = domain != NULL ? chain_get(s, domain, t->id) : NULL;
	struct nf_definition *def;
	struct nf_entry *e;
	bool lost;

	if (c == NULL)
		return NF_PUBLISHED_LOST;
	advance(domain, sending->position);
	e = (struct nf_entry *)nf_chain_at(c, sending->position, &lost);
	if (lost)
		return NF_PUBLISHED_LOST;
	if (e != NULL && e->def != NULL &&
	    (e->version.position == sending->position || nf_definition_is(e->def, t))) {
		count_copy(e, sending);
		return NF_PUBLISHED_COPY;
	}
	def = nf_definition_get(&s->definitions, t);
	e = def != NULL ? entry_new(s, c, t, def, sending) : NULL;
	if (e == NULL)
		return lose(c, sending->position);
	domain->types |= def->types;
	*entry = e;
	return NF_PUBLISHED_NEW;
}

/* Withdraw what is in force of C at the position, whatever is known of it. */
static enum nf_published withdraw(struct nf_store *s, struct nf_chain *c,
				  const struct nf_template *t, const struct nf_sending *sending)
{
	const struct nf_entry *e;
	bool lost;

	e = nf_chain_at(c, sending->position, &lost);
	if (lost)
		return NF_PUBLISHED_LOST;
	if (e != NULL && e->def == NULL)
		return NF_PUBLISHED_COPY;
	if (entry_new(s, c, t, NULL, sending) == NULL)
		return lose(c, sending->position);
	return NF_PUBLISHED_NEW;
}

/*
 * Withdraw every id of the set's kind.  A hostile message can ask for it thousands of times, so
 * only what is in force is looked at, and nothing where look-ahead has been here before.
 */
static enum nf_published withdraw_all(struct nf_store *s, struct nf_domain *d,
				      const struct nf_template *t,
				      const struct nf_sending *sending)
{
	enum nf_published result = NF_PUBLISHED_COPY;
	struct nf_chain *next;

	if (sending->position < d->frontier)
		return NF_PUBLISHED_COPY;
	advance(d, sending->position);
	for (struct nf_chain *c = d->live[t->id != t->dialect->template_set]; c != NULL; c = next) {
		next = c->next_live;
		if (withdraw(s, c, t, sending) == NF_PUBLISHED_LOST)
			result = NF_PUBLISHED_LOST;
		else if (result == NF_PUBLISHED_COPY)
			result = NF_PUBLISHED_NEW;
	}
	return result;
}

enum nf_published nf_store_withdraw(struct nf_store *s, const struct nf_template *t,
				    const struct nf_sending *sending)
{
	struct nf_domain *d;
	struct nf_chain *c;

	if (t->kind == NF_TEMPLATE_WITHDRAWAL_ALL) {
		d = nf_store_domain(s, sending->session, sending->version, sending->domain);
		return d != NULL ? withdraw_all(s, d, t, sending) : NF_PUBLISHED_COPY;
	}
	d = domain_get(s, sending);
	c = d != NULL ? chain_get(s, d, t->id) : NULL;
	if (c == NULL)
		return NF_PUBLISHED_LOST;
	advance(d, sending->position);
	return withdraw(s, c, t, sending);
}
