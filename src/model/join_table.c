#include <config.h>

#include "model/join_table.h"

#include "base/mem.h"

enum { DEFAULT_MAX = 64 << 20, BLOB_WORDS = 1 + (JOIN_BLOB_MAX + 7) / 8 };

bool join_tables_init(struct join *j)
{
	if (j->opts.max == 0)
		j->opts.max = DEFAULT_MAX;
	nf_arena_init(&j->pool.arena);
	j->pool.max = j->opts.max;
	j->full_from = UINT64_MAX;
	j->words = nf_alloc(BLOB_WORDS * sizeof(*j->words));
	j->octets = nf_alloc(JOIN_BLOB_MAX);
	j->scratch = nf_alloc(NF_SCRATCH_WORDS * sizeof(*j->scratch));
	j->memo_memory = nf_zalloc(JOIN_MEMOS * sizeof(*j->memos) + JOIN_LINE);
	j->memos = (void *)(((uintptr_t)j->memo_memory + JOIN_LINE - 1) &
			    ~(uintptr_t)(JOIN_LINE - 1));
	j->generation = 1;
	return j->words != NULL && j->octets != NULL && j->scratch != NULL &&
	       j->memo_memory != NULL;
}

void join_tables_done(struct join *j)
{
	for (struct join_row *r = j->first; r != NULL; r = r->next)
		for (struct join_voice *v = r->voices; v != NULL; v = v->next)
			nf_free(v->v);
	nf_map_done(&j->blobs);
	nf_map_done(&j->exporters);
	nf_map_done(&j->domains);
	nf_map_done(&j->rows);
	nf_map_done(&j->cells);
	nf_arena_done(&j->pool.arena);
	nf_free(j->memo_memory);
	nf_free(j->scratch);
	nf_free(j->octets);
	nf_free(j->words);
}

/* -- Elements of the maps -------------------------------------------------------------- */

/*
 * A zeroed element of SIZE octets with its node first, put into MAP under the WORDS of KEY, which
 * are copied to offset AT in it.
 */
static void *element(struct join *j, struct nf_map *map, size_t size, size_t at,
		     const uint64_t *key, size_t words)
{
	char *e = nf_pool_alloc(&j->pool, size);
	uint64_t *own;

	if (e == NULL)
		return NULL;
	own = (uint64_t *)(void *)(e + at);
	memcpy(own, key, words * sizeof(*key));
	if (!nf_map_add(map, (struct nf_node *)(void *)e, own, words, nf_hash(key, words)))
		return NULL;
	j->pool.heap += NF_NODE_COST;
	return e;
}

const struct join_blob *join_blob(struct join *j, struct nf_bytes octets, bool make)
{
	size_t n = octets.n < JOIN_BLOB_MAX ? octets.n : JOIN_BLOB_MAX;
	size_t words = 1 + (n + 7) / 8;
	struct join_blob *b;

	j->words[words - 1] = 0;
	j->words[0] = n;
	if (n > 0)
		memcpy(&j->words[1], octets.p, n);
	b = nf_map_find(&j->blobs, j->words, words, nf_hash(j->words, words));
	if (b != NULL || !make)
		return b;
	b = element(j, &j->blobs, sizeof(*b) + words * sizeof(uint64_t),
		    offsetof(struct join_blob, words), j->words, words);
	if (b != NULL)
		b->n = (uint32_t)n;
	return b;
}

struct join_exporter *join_exporter(struct join *j, const struct nf_datagram *d, bool make)
{
	uint64_t key[3] = { 0 };
	struct join_exporter *e;

	memcpy(key, d->src.addr.octets, sizeof(d->src.addr.octets));
	/* IPFIX Files have no addresses: each is an exporter of its own. */
	key[2] = d->src.addr.family | (d->src.addr.family == 0 ? (uint64_t)d->file << 8 : 0);
	e = nf_map_find(&j->exporters, key, 3, nf_hash(key, 3));
	if (e != NULL || !make)
		return e;
	e = element(j, &j->exporters, sizeof(*e), offsetof(struct join_exporter, key), key, 3);
	if (e != NULL) {
		j->generation++;
		e->addr = d->src.addr;
		e->file = d->file;
	}
	return e;
}

struct join_domain *join_domain(struct join *j, const struct nf_datagram *d, uint16_t version,
				uint32_t id, bool make)
{
	struct join_exporter *exporter = join_exporter(j, d, make);
	uint64_t key[2] = { (uint64_t)(uintptr_t)exporter, (uint64_t)version << 32 | id };
	struct join_domain *domain = j->current;

	if (exporter == NULL)
		return NULL;
	if (domain != NULL && domain->key[0] == key[0] && domain->key[1] == key[1])
		return domain;
	domain = nf_map_find(&j->domains, key, 2, nf_hash(key, 2));
	if (domain == NULL && make) {
		domain = element(j, &j->domains, sizeof(*domain),
				 offsetof(struct join_domain, key), key, 2);
		if (domain == NULL)
			return NULL;
		j->generation++;
		domain->exporter = exporter;
		exporter->ndomains++;
		domain->id = id;
		domain->export_version = version;
		domain->order = j->last_domain != NULL ? j->last_domain->order + 1 : 0;
		if (j->last_domain != NULL)
			j->last_domain->next = domain;
		else
			j->first_domain = domain;
		j->last_domain = domain;
	}
	return j->current = domain;
}

/* -- Rows ------------------------------------------------------------------------------ */

/* The first row of a kind and key; others follow by peer. */
struct cell {
	struct nf_node node;
	uint64_t key[2];
	struct join_row *rows;
};

static struct cell *cell_of(struct join *j, enum join_kind kind, const struct join_blob *name,
			    bool make)
{
	uint64_t key[2] = { (uint64_t)kind, (uint64_t)(uintptr_t)name };
	struct cell *c = nf_map_find(&j->cells, key, 2, nf_hash(key, 2));

	if (c != NULL || !make)
		return c;
	return element(j, &j->cells, sizeof(*c), offsetof(struct cell, key), key, 2);
}

struct join_row *join_cell(struct join *j, enum join_kind kind, const struct join_blob *key)
{
	struct cell *c = cell_of(j, kind, key, false);

	return c != NULL ? c->rows : NULL;
}

static bool is_rated(enum join_kind kind)
{
	return kind == JOIN_SELECTOR || kind == JOIN_SAMPLER || kind == JOIN_SYSTEM;
}

static struct join_row *row_new(struct join *j, struct join_domain *domain, enum join_kind kind,
				const struct join_blob *name, const uint64_t key[3])
{
	struct cell *c = cell_of(j, kind, name, true);
	struct join_row *row;

	if (c == NULL)
		return NULL;
	row = element(j, &j->rows, sizeof(*row), offsetof(struct join_row, key), key, 3);
	if (row == NULL)
		return NULL;
	j->generation++;
	row->domain = domain;
	row->name = name;
	row->kind = (uint8_t)kind;
	row->peer = c->rows;
	c->rows = row;
	if (is_rated(kind)) {
		row->rated_next = domain->rated;
		domain->rated = row;
	}
	if (j->last != NULL)
		j->last->next = row;
	else
		j->first = row;
	j->last = row;
	return row;
}

struct join_row *join_row(struct join *j, const struct join_domain *domain, enum join_kind kind,
			  const struct join_blob *name, bool make)
{
	uint64_t key[3] = { (uint64_t)(uintptr_t)domain, (uint64_t)kind,
			    (uint64_t)(uintptr_t)name };
	struct join_row *row = nf_map_find(&j->rows, key, 3, nf_hash(key, 3));

	if (row != NULL || !make)
		return row;
	return row_new(j, (struct join_domain *)domain, kind, name, key);
}

/* -- Keys ------------------------------------------------------------------------------ */

static struct nf_bytes trimmed(struct nf_bytes b)
{
	while (b.n > 0 && b.p[0] == 0) {
		b.p++;
		b.n--;
	}
	return b;
}

/*
 *	engine id (1) | selector: right-aligned, of any length (RFC 6759 section 4.2)
 *	       20 (1) | enterprise number (4) | selector of that enterprise (section 4.1)
 */
static struct nf_bytes application(struct nf_bytes value, uint8_t *buf)
{
	size_t head = value.n > 0 && value.p[0] == 20 && value.n >= 5 ? 5 : 1;
	struct nf_bytes selector;

	if (value.n == 0)
		return value;
	selector = trimmed(nf_slice(value, head, value.n));
	if (head + selector.n > JOIN_BLOB_MAX)
		return value;
	memcpy(buf, value.p, head);
	if (selector.n > 0)
		memcpy(buf + head, selector.p, selector.n);
	return (struct nf_bytes){ buf, head + selector.n };
}

struct nf_bytes join_key(enum join_kind kind, struct nf_bytes value, uint8_t *buf)
{
	if (kind == JOIN_APPLICATION)
		return application(value, buf);
	return join_key_is_number(kind) ? trimmed(value) : value;
}

/* -- Versions -------------------------------------------------------------------------- */

/* How many versions of V begin before POSITION. */
static size_t before(const struct join_voice *v, uint64_t position)
{
	size_t low = 0, high = v->n;

	if (v->n > 0 && v->v[v->n - 1]->position < position)
		return v->n;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (v->v[mid]->position < position)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* N versions begin before the position. */
static void narrow(const struct join_voice *v, size_t n, struct join_span *span)
{
	if (n > 0 && v->v[n - 1]->position >= span->from)
		span->from = v->v[n - 1]->position + 1;
	if (n < v->n && v->v[n]->position < span->until)
		span->until = v->v[n]->position;
}

const struct join_version *join_voice_at(const struct join_voice *v, uint64_t position,
					 struct join_span *span)
{
	size_t n = before(v, position);

	if (span != NULL)
		narrow(v, n, span);
	return n > 0 ? v->v[n - 1] : NULL;
}

const struct join_version *join_voice_after(const struct join_voice *v, uint64_t position,
					    struct join_span *span)
{
	size_t n = before(v, position);

	if (span != NULL)
		narrow(v, n, span);
	return n < v->n ? v->v[n] : NULL;
}

static bool same_values(const struct join *j, const struct join_version *v,
			const struct join_saying *s)
{
	if (v->nvalues != s->nvalues)
		return false;
	for (unsigned i = 0; i < v->nvalues; i++)
		if (v->values[i].octets != j->values[i].octets ||
		    v->values[i].ie != j->values[i].ie)
			return false;
	return true;
}

static struct join_voice *voice_of(struct join *j, struct join_row *row,
				   const struct join_saying *s)
{
	struct join_voice **link = &row->voices, *v;

	for (; (v = *link) != NULL; link = &v->next)
		if ((v->scope == s->scope && v->elements == s->elements) ||
		    (row->nvoices == JOIN_VOICES && v->next == NULL))
			return v;
	v = nf_pool_alloc(&j->pool, sizeof(*v));
	if (v == NULL)
		return NULL;
	v->scope = s->scope;
	v->elements = s->elements;
	row->nvoices++;
	return *link = v;
}

/*
 * True if a version that held up to FROM and now holds up to TO did so when another voice of its
 * row spoke: they may be in conflict since.
 */
static bool meets_another(const struct join_row *row, const struct join_voice *voice,
			  uint64_t from, uint64_t to)
{
	for (const struct join_voice *o = row->voices; o != NULL; o = o->next) {
		const struct join_version *y = o == voice ? NULL :
			join_voice_after(o, from & ~UINT64_C(0xffff), NULL);

		if (y != NULL && y->position <= (to | 0xffff))
			return true;
	}
	return false;
}

/* Sent again: the frame may be an earlier one, where sets were held. */
static void again(struct join *j, const struct join_row *row, const struct join_voice *voice,
		  struct join_version *v, const struct join_saying *s)
{
	v->sent++;
	if (s->position < v->last_position)
		return;
	if (row->nvoices > 1 && meets_another(row, voice, v->last_position, s->position))
		j->generation++;
	v->last_position = s->position;
	v->last_frame = s->datagram->frame;
	v->last_file = s->datagram->file;
	v->last_ns = s->datagram->ts_ns;
	v->last_fine = s->datagram->ts_fine;
}

static struct join_version *version_new(struct join *j, const struct join_saying *s)
{
	size_t values = s->nvalues * sizeof(struct join_value);
	struct join_version *v = nf_pool_alloc(&j->pool, sizeof(*v) + values);

	if (v == NULL)
		return NULL;
	v->position = v->last_position = s->position;
	v->frame = v->last_frame = s->datagram->frame;
	v->file = v->last_file = s->datagram->file;
	v->ns = v->last_ns = s->datagram->ts_ns;
	v->fine = v->last_fine = s->datagram->ts_fine;
	v->template_id = s->template_id;
	v->sent = 1;
	v->nvalues = s->nvalues;
	memcpy(v->values, j->values, values);
	return v;
}

/* Something found no room: what comes after it is not known for sure. */
static void lost(struct join *j, uint64_t position)
{
	j->dropped++;
	j->generation++;
	if (position < j->full_from)
		j->full_from = position;
}

void join_say(struct join *j, struct join_row *row, const struct join_saying *s)
{
	struct join_voice *voice = row != NULL ? voice_of(j, row, s) : NULL;
	struct join_version *version;
	size_t at;

	if (voice == NULL) {
		lost(j, s->position);
		return;
	}
	at = before(voice, s->position);
	if (at > 0 && same_values(j, voice->v[at - 1], s)) {
		again(j, row, voice, voice->v[at - 1], s);
		return;
	}
	version = version_new(j, s);
	if (version == NULL || !nf_pool_grow(&j->pool, (void **)&voice->v, &voice->cap, voice->n)) {
		lost(j, s->position);
		return;
	}
	memmove(&voice->v[at + 1], &voice->v[at], (voice->n - at) * sizeof(*voice->v));
	voice->v[at] = version;
	voice->n++;
	j->generation++;
}
