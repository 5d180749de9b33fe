#include <config.h>

#include "track/tmplstore.h"

#include <string.h>

void nf_store_init(struct nf_store *s, size_t max, struct nf_registry *registry)
{
	*s = (struct nf_store){ .max = max, .registry = registry };
	nf_arena_init(&s->arena);
}

void nf_store_done(struct nf_store *s)
{
	for (struct nf_node *n = s->domains.head; n != NULL; n = n->hh.next)
		nf_free(((struct nf_domain *)n)->chains);
	for (struct nf_node *n = s->chains.head; n != NULL; n = n->hh.next)
		nf_free(((struct nf_chain *)n)->entries.items);
	for (struct nf_node *n = s->kin.head; n != NULL; n = n->hh.next)
		nf_free(((struct nf_kin *)n)->entries.items);
	nf_map_done(&s->definitions);
	nf_map_done(&s->domains);
	nf_map_done(&s->chains);
	nf_map_done(&s->kin);
	nf_map_done(&s->ids);
	nf_arena_done(&s->arena);
}

/* -- Memory within the bound ---------------------------------------------------------- */

static bool room(const struct nf_store *s, size_t size)
{
	size_t used = s->arena.used + s->heap;

	return used <= s->max && size <= s->max - used;
}

static void *take(struct nf_store *s, size_t size)
{
	return room(s, size) ? nf_arena_alloc(&s->arena, size) : NULL;
}

/* A new element for MAP, under the two words that stand AT in it. */
static void *element_new(struct nf_store *s, struct nf_map *map, size_t size, size_t at,
			 const uint64_t key[2])
{
	char *e = take(s, size);

	if (e == NULL)
		return NULL;
	s->heap += NF_NODE_COST;
	memcpy(e + at, key, 2 * sizeof(*key));
	if (!nf_map_add(map, (struct nf_node *)e, (const uint64_t *)(e + at), 2, nf_hash(key, 2)))
		return NULL;
	return e;
}

/* Room for one pointer more in an array of N. */
static bool grow(struct nf_store *s, void **items, size_t *cap, size_t n)
{
	size_t before = *cap;

	if (n < before)
		return true;
	if (!room(s, (n + 1) / 2 * sizeof(void *)) ||
	    !nf_grow(items, cap, n + 1, sizeof(void *)))
		return false;
	s->heap += (*cap - before) * sizeof(void *);
	return true;
}

/* -- Definitions: interned by content ------------------------------------------------- */

static bool same(const struct nf_definition *d, const struct nf_template *t)
{
	const struct nf_template *own = &d->tmpl;

	return own->specs.n == t->specs.n && own->kind == t->kind &&
	       own->nscope == t->nscope && own->nfields == t->nfields &&
	       own->dialect == t->dialect &&
	       (t->specs.n == 0 || memcmp(own->specs.p, t->specs.p, t->specs.n) == 0);
}

static uint64_t content_hash(const struct nf_template *t)
{
	const uint64_t k = 0xd6e8feb86659fd93u;
	uint64_t h = (uint64_t)t->kind << 48 ^ (uint64_t)t->nscope << 32 ^ t->nfields ^
		     (uint64_t)(uintptr_t)t->dialect;

	for (size_t i = 0; i < t->specs.n; i += 4) {
		uint32_t w = 0;

		nf_get32(t->specs, i, &w);
		h = (h ^ w) * k;
		h ^= h >> 32;
	}
	return h;
}

/* True if records of D carry what RFC 5610 section 3 calls type information. */
static bool has_types(const struct nf_definition *d)
{
	enum { ID = 303, DATA_TYPE = 339, NAME = 341 };
	unsigned found = 0;
	struct nf_specs specs;
	struct nf_spec spec;

	if (d->tmpl.kind != NF_TEMPLATE_OPTIONS)
		return false;
	nf_specs_open(&specs, &d->tmpl);
	while (nf_spec_next(&specs, &spec)) {
		if (spec.pen != NF_PEN_IANA)
			continue;
		found |= spec.id == ID ? 1u : spec.id == DATA_TYPE ? 2u : spec.id == NAME ? 4u : 0;
	}
	return found == 7;
}

static bool compile(struct nf_store *s, struct nf_definition *d)
{
	struct nf_layout *layout;

	if (d->tmpl.nfields == 0)
		return true;
	layout = take(s, nf_layout_size(&d->tmpl));
	if (layout == NULL || !nf_layout_compile(layout, &d->tmpl, s->registry))
		return false;
	if (nf_layout_usable(layout)) {
		d->layout = layout;
		d->types = has_types(d);
	}
	s->nlayouts++;
	return true;
}

/* The definition with T's content; NULL where there is no room for it. */
static const struct nf_definition *intern(struct nf_store *s, const struct nf_template *t)
{
	uint64_t key[2] = { content_hash(t), 0 };
	struct nf_definition *first, *d;
	uint8_t *specs;

	first = nf_map_find(&s->definitions, key, 1, nf_hash(key, 1));
	for (d = first; d != NULL; d = d->same_hash)
		if (same(d, t))
			return d;
	d = take(s, sizeof(*d) + t->specs.n);
	if (d == NULL)
		return NULL;
	s->heap += NF_NODE_COST;
	specs = (uint8_t *)(d + 1);
	if (t->specs.n != 0)
		memcpy(specs, t->specs.p, t->specs.n);
	d->hash = key[0];
	d->tmpl = *t;
	d->tmpl.specs.p = specs;
	d->tmpl.span = d->tmpl.head = (struct nf_span){ .off = 0 };
	if (!compile(s, d))
		return NULL;
	if (first != NULL) {
		d->same_hash = first->same_hash;
		first->same_hash = d;
	} else if (!nf_map_add(&s->definitions, &d->node, &d->hash, 1, nf_hash(key, 1))) {
		return NULL;
	}
	return d;
}

static bool uses(const struct nf_layout *l, uint32_t pen, uint16_t id)
{
	for (unsigned i = 0; i < l->nfields; i++)
		if (l->fields[i].ie->pen == pen && l->fields[i].ie->id == id)
			return true;
	return false;
}

void nf_store_refresh(struct nf_store *s, uint32_t pen, uint16_t id)
{
	for (struct nf_node *n = s->definitions.head; n != NULL; n = n->hh.next)
		for (struct nf_definition *d = (struct nf_definition *)n; d != NULL; d = d->same_hash)
			if (d->layout != NULL && uses(d->layout, pen, id))
				nf_layout_compile(d->layout, &d->tmpl, s->registry);
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

	if (d != NULL || !grow(s, (void **)&p->domains, &p->cap, p->ndomains))
		return d;
	d = element_new(s, &s->domains, sizeof(*d), offsetof(struct nf_domain, key), key);
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

struct nf_chain *nf_store_chain(struct nf_store *s, const struct nf_domain *d, uint16_t id)
{
	const uint64_t key[2] = { word(d), id };
	uint32_t hash = nf_hash(key, 2);
	struct nf_chain **slot = &s->cache[hash % NF_CHAIN_CACHE];

	if (*slot == NULL || (*slot)->domain != d || (*slot)->id != id) {
		struct nf_chain *c = nf_map_find(&s->chains, key, 2, hash);

		if (c == NULL)
			return NULL;
		*slot = c;
	}
	return *slot;
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
		count = element_new(s, &s->ids, sizeof(*count), offsetof(struct id_count, key), key);
	if (count == NULL)
		return NULL;
	kin_key(key, e, version, domain, id);
	k = element_new(s, &s->kin, sizeof(*k), offsetof(struct nf_kin, key), key);
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
	if (kin == NULL || !grow(s, (void **)&d->chains, &d->cap, d->nchains))
		return NULL;
	c = element_new(s, &s->chains, sizeof(*c), offsetof(struct nf_chain, key), key);
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

const struct nf_entry *nf_chain_after(const struct nf_chain *c, uint64_t position)
{
	for (size_t i = nf_entries_upto(&c->entries, position); i < c->entries.n; i++) {
		const struct nf_entry *e = c->entries.items[i];

		if (e->def == NULL)
			return NULL;
		if (e->version.layout != NULL)
			return e;
	}
	return NULL;
}

/* Keep count of what is in force at the end of the chain, before E goes there. */
static void count_live(const struct nf_chain *c, const struct nf_entry *e)
{
	const struct nf_entries *list = &c->entries;
	const struct nf_entry *last = list->n != 0 ? list->items[list->n - 1] : NULL;

	if (last != NULL && last->version.position > e->version.position)
		return;
	if (last != NULL && last->def != NULL)
		c->domain->live[last->version.kind == NF_TEMPLATE_OPTIONS]--;
	if (e->def != NULL)
		c->domain->live[e->version.kind == NF_TEMPLATE_OPTIONS]++;
}

static void insert(struct nf_entries *list, struct nf_entry *e)
{
	size_t at = nf_entries_upto(list, e->version.position);

	memmove(list->items + at + 1, list->items + at, (list->n - at) * sizeof(*list->items));
	list->items[at] = e;
	list->n++;
}

/* A new version of C: DEF, or NULL for a withdrawal; NULL where there is no room. */
static struct nf_entry *entry_new(struct nf_store *s, struct nf_chain *c,
				  const struct nf_template *t, const struct nf_definition *def,
				  const struct nf_sending *sending)
{
	const struct nf_datagram *d = sending->datagram;
	struct nf_entry *e;

	if (!grow(s, (void **)&c->entries.items, &c->entries.cap, c->entries.n) ||
	    !grow(s, (void **)&c->kin->entries.items, &c->kin->entries.cap, c->kin->entries.n))
		return NULL;
	e = take(s, sizeof(*e));
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
	count_live(c, e);
	insert(&c->entries, e);
	insert(&c->kin->entries, e);
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
	if (c != NULL && position < c->lost)
		c->lost = position;
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
	const struct nf_definition *def;
	struct nf_entry *e;
	bool lost;

	if (c == NULL)
		return NF_PUBLISHED_LOST;
	advance(domain, sending->position);
	e = (struct nf_entry *)nf_chain_at(c, sending->position, &lost);
	if (lost)
		return NF_PUBLISHED_LOST;
	if (e != NULL && e->def != NULL &&
	    (e->version.position == sending->position || same(e->def, t))) {
		count_copy(e, sending);
		return NF_PUBLISHED_COPY;
	}
	def = intern(s, t);
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
 * Withdraw every id of the set's kind.  A hostile message can ask for it thousands of
 * times, so nothing is looked through where nothing is in force, or where look-ahead has
 * been here before.
 */
static enum nf_published withdraw_all(struct nf_store *s, struct nf_domain *d,
				      const struct nf_template *t,
				      const struct nf_sending *sending)
{
	bool options = t->id != t->dialect->template_set;
	enum nf_template_kind kind = options ? NF_TEMPLATE_OPTIONS : NF_TEMPLATE;
	enum nf_published result = NF_PUBLISHED_COPY;

	if (sending->position < d->frontier || d->live[options] == 0)
		return NF_PUBLISHED_COPY;
	advance(d, sending->position);
	for (size_t i = 0; i < d->nchains; i++) {
		struct nf_chain *c = d->chains[i];
		const struct nf_entry *e;
		enum nf_published one;
		bool lost;

		e = nf_chain_at(c, sending->position, &lost);
		if (e == NULL || e->def == NULL || e->version.kind != kind)
			continue;
		one = withdraw(s, c, t, sending);
		if (one != NF_PUBLISHED_COPY && result != NF_PUBLISHED_LOST)
			result = one;
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
