/*
 * Who holds state: exporters, sessions, streams, and the layouts that streams use.
 */
#include <config.h>

#include <string.h>

#include "base/hash.h"
#include "check/internal.h"

enum { MAX_STREAMS = 65536, START_MS = 60000 };

static const struct check_group *const groups[CHECK_GROUPS] = {
#define GROUP(name) [CHECK_GROUP_##name] = &check_group_##name,
#include "check/groups.def"
#undef GROUP
};

bool check_holders_init(struct check *c)
{
	for (unsigned level = 0; level < CHECK_LEVELS; level++) {
		for (unsigned g = 0; g < CHECK_GROUPS; g++) {
			c->offset[level][g] = c->size[level];
			c->size[level] += (groups[g]->size[level] + 15u) & ~15u;
		}
	}
	if (c->opts.max_streams == 0)
		c->opts.max_streams = MAX_STREAMS;
	c->last_exporter = &c->first_exporter;
	c->last_session = &c->first_session;
	c->last_stream = &c->first_stream;
	c->capture.offset = c->offset[CHECK_CAPTURE];
	c->capture.state = check_alloc(c, c->size[CHECK_CAPTURE] + 1);
	return c->capture.state != NULL;
}

/* A zeroed holder of SIZE octets with its node first, then its key, and the state behind it. */
static void *holder_new(struct check *c, size_t size, enum check_level level, size_t holder_at)
{
	uint8_t *p;
	struct check_holder *h;

	size = (size + 15) & ~(size_t)15;
	p = check_alloc(c, size + c->size[level] + 1);
	if (p == NULL)
		return NULL;
	h = (struct check_holder *)(p + holder_at);
	h->state = p + size;
	h->offset = c->offset[level];
	return p;
}

static bool holder_add(struct check *c, struct nf_map *map, struct nf_node *node, uint64_t *to,
		       const uint64_t *key, size_t words)
{
	memcpy(to, key, words * sizeof(*key));
	if (nf_map_add(map, node, to, words, nf_hash(key, words)))
		return true;
	c->failed = true;
	return false;
}

static struct check_exporter *exporter_get(struct check *c, const struct nf_addr *addr)
{
	struct check_exporter *e;
	uint64_t key[3];

	memcpy(key, addr->octets, sizeof(addr->octets));
	key[2] = addr->family;
	e = nf_map_find(&c->exporters, key, 3, nf_hash(key, 3));
	if (e != NULL)
		return e;
	e = holder_new(c, sizeof(*e), CHECK_EXPORTER, offsetof(struct check_exporter, holder));
	if (e == NULL || !holder_add(c, &c->exporters, &e->node, e->key, key, 3))
		return NULL;
	e->totals.addr = *addr;
	e->index = (uint32_t)c->nexporters++;
	*c->last_exporter = e;
	c->last_exporter = &e->next;
	return e;
}

static struct check_session *session_get(struct check *c, const struct nf_session *session)
{
	uint64_t key[1] = { session->index };
	struct check_session *s = nf_map_find(&c->sessions, key, 1, nf_hash(key, 1));

	if (s != NULL)
		return s;
	s = holder_new(c, sizeof(*s), CHECK_SESSION, offsetof(struct check_session, holder));
	if (s == NULL)
		return NULL;
	s->exporter = exporter_get(c, &session->src.addr);
	if (s->exporter == NULL || !holder_add(c, &c->sessions, &s->node, s->key, key, 1))
		return NULL;
	s->session = session;
	s->id = (struct check_stream_id){
		.src = session->src, .dst = session->dst, .transport = session->transport,
	};
	c->nsessions++;
	*c->last_session = s;
	c->last_session = &s->next;
	return s;
}

static bool begins(const struct nf_session *session, const struct nf_msg *m)
{
	if (session->transport == NF_TRANSPORT_FILE)
		return true;
	if (m->format->at.uptime != 0)
		return m->uptime_ms < START_MS;
	return m->format->at.sequence != 0 && m->sequence == 0;
}

static struct check_stream *stream_new(struct check *c, const struct nf_session *session,
				       const struct nf_msg *m, const uint64_t key[2])
{
	struct check_stream *s;

	if (c->nstreams == c->opts.max_streams)
		return NULL;
	s = holder_new(c, sizeof(*s), CHECK_STREAM, offsetof(struct check_stream, holder));
	if (s == NULL)
		return NULL;
	s->session = session_get(c, session);
	if (s->session == NULL || !holder_add(c, &c->streams, &s->node, s->key, key, 2))
		return NULL;
	s->exporter = s->session->exporter;
	if (s->exporter->stream == NULL)
		s->exporter->stream = s;
	s->id = s->session->id;
	s->id.version = m->version;
	s->id.domain = m->domain;
	s->from_start = begins(session, m);
	c->nstreams++;
	*c->last_stream = s;
	c->last_stream = &s->next;
	return s;
}

struct check_stream *check_stream_get(struct check *c, const struct nf_session *session,
				      const struct nf_msg *m)
{
	uint64_t key[2] = { (uint64_t)session->index << 16 | m->version, m->domain };
	/* Exporters and their domains are often numbered alike. */
	struct check_stream **recent = &c->recent[(session->index * 61 + m->domain) %
						  RECENT_STREAMS];
	struct check_stream *s = *recent;

	if (s != NULL && s->key[0] == key[0] && s->key[1] == key[1])
		return s;
	s = nf_map_find(&c->streams, key, 2, nf_hash(key, 2));
	if (s == NULL)
		s = stream_new(c, session, m, key);
	if (s != NULL)
		*recent = s;
	return s;
}

/* -- Layouts in use ------------------------------------------------------------------- */

struct check_step *check_plan_step(struct check_plan *p,
				   void (*run)(const struct check_record *, struct check_step *))
{
	void *steps = p->steps;

	if (!nf_grow(&steps, &p->cap, p->n + 1, sizeof(*p->steps))) {
		p->failed = true;
		return NULL;
	}
	p->steps = steps;
	p->steps[p->n] = (struct check_step){ .run = run };
	return &p->steps[p->n++];
}

struct check_step *check_plan_field(struct check_plan *p,
				    void (*run)(const struct check_record *, struct check_step *),
				    int field)
{
	struct check_step *s = field >= 0 ? check_plan_step(p, run) : NULL;

	if (s != NULL)
		s->a = (uint16_t)field;
	return s;
}

void check_plan_column(struct check_plan *p, unsigned field)
{
	p->columns[field] = 1;
}

void check_plan_one_by_one(struct check_plan *p)
{
	p->use->one_by_one = true;
}

/* As many records as there is room for. */
static unsigned together(const struct check_use *u)
{
	unsigned most = NF_SCRATCH_WORDS / (u->layout->nvar + 1u);

	if (u->one_by_one || most < 1)
		return 1;
	return most < NF_ROWS ? most : NF_ROWS;
}

/* Room for the values of rows of L, and of whatever had room before. */
static bool room_for(struct check *c, const struct nf_layout *l)
{
	void *values = c->values;

	if (!nf_grow(&values, &c->nvalues, (size_t)l->nfields * NF_ROWS, sizeof(*c->values)))
		return false;
	c->values = values;
	return true;
}

/* What the plan has asked for. */
static bool load_columns(struct check *c, struct check_use *u)
{
	struct nf_column *room = check_alloc(c, (u->layout->nfields + 1u) * sizeof(*room));

	if (room != NULL)
		nf_columns_of(&u->columns, u->layout, c->columns, room);
	return room != NULL;
}

static void plan(struct check *c, struct check_use *u)
{
	struct check_plan p = {
		.check = c, .use = u, .layout = u->layout, .version = u->stream->id.version,
		.columns = c->columns,
	};

	memset(c->columns, 0, u->layout->nfields);
	for (unsigned g = 0; g < CHECK_GROUPS; g++)
		if (groups[g]->plan != NULL)
			groups[g]->plan(&p);
	p.failed |= !room_for(c, u->layout) || !load_columns(c, u);
	u->steps = p.n != 0 && !p.failed ? check_alloc(c, p.n * sizeof(*p.steps)) : NULL;
	u->odd = check_alloc(c, (p.n + 1) * sizeof(struct check_step *));
	if (u->steps != NULL && u->odd != NULL) {
		memcpy(u->steps, p.steps, p.n * sizeof(*p.steps));
		u->nsteps = (unsigned)p.n;
	}
	u->together = together(u);
	if (p.failed)
		c->failed = true;
	nf_free(p.steps);
}

static struct check_use *use_new(struct check *c, const struct check_at *at,
				 const struct nf_resolution *r, uint16_t tmpl,
				 const uint64_t key[3])
{
	struct check_use *u;

	if (c->nuses == c->opts.max_streams)
		return NULL;
	u = holder_new(c, sizeof(*u), CHECK_USE, offsetof(struct check_use, holder));
	if (u == NULL || !holder_add(c, &c->uses, &u->node, u->key, key, 3))
		return NULL;
	u->stream = at->stream;
	u->layout = r->layout;
	u->tmpl = tmpl;
	u->template_frame = r->version != NULL ? r->version->frame : 0;
	u->template_file = r->version != NULL ? r->version->file : 0;
	u->next = at->stream->uses;
	at->stream->uses = u;
	u->index = ++c->nuses;
	plan(c, u);
	return u;
}

struct check_use *check_use_get(struct check *c, const struct check_at *at,
				const struct nf_resolution *r, uint16_t tmpl)
{
	uint64_t key[3] = { (uintptr_t)at->stream, (uintptr_t)r->layout, tmpl };
	struct check_use **recent = &at->stream->recent[tmpl % CHECK_RECENT_USES];
	struct check_use *u = *recent;

	if (u != NULL && u->layout == r->layout && u->tmpl == tmpl)
		return u;
	u = nf_map_find(&c->uses, key, 3, nf_hash(key, 3));
	if (u == NULL)
		u = use_new(c, at, r, tmpl, key);
	if (u != NULL)
		*recent = u;
	return u;
}

int check_field_of(const struct nf_layout *layout, uint32_t pen, uint16_t id)
{
	for (unsigned i = 0; i < layout->nfields; i++)
		if (layout->fields[i].ie->id == id && layout->fields[i].ie->pen == pen)
			return (int)i;
	return -1;
}

/* -- What groups ask for -------------------------------------------------------------- */

void *check_alloc(struct check *c, size_t size)
{
	void *p = nf_arena_alloc(&c->arena, size);

	if (p == NULL)
		c->failed = true;
	return p;
}

struct nf_seq *check_seq(struct check *c)
{
	return c->seq;
}

struct nf_map *check_map(struct check *c)
{
	struct check_owned_map *m = check_alloc(c, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->next = c->maps;
	c->maps = m;
	return &m->map;
}

const struct check_opts *check_opts(const struct check *c)
{
	return &c->opts;
}

int64_t check_lifetime(const struct check *c)
{
	return c->opts.lifetime_ns;
}

int64_t check_skew(const struct check *c)
{
	return c->opts.skew_ns;
}

struct nf_registry *check_registry(const struct check *c)
{
	return c->registry;
}

uint64_t check_dropped(const struct check *c)
{
	return c->drops;
}

struct check_exporter *check_exporters(const struct check *c)
{
	return c->first_exporter;
}

struct check_session *check_sessions(const struct check *c)
{
	return c->first_session;
}

struct check_stream *check_streams(const struct check *c)
{
	return c->first_stream;
}
