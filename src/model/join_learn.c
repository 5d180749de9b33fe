/*
 * Options records into the tables.  Which fields of a layout are keys, and which are what they
 * are mapped to, is found once a layout.
 */
#include <config.h>

#include "model/join_table.h"

#include "base/mem.h"

enum key_type { NUMBER, APPLICATION, OCTETS, SCOPE, NOTHING };

struct kind_row {
	const char *name, *title;
	uint8_t key;			/* enum key_type */
};

static const struct kind_row kinds[JOIN_KINDS] = {
#define TABLE(kind, name_, title_, key_) \
	[JOIN_##kind] = { .name = name_, .title = title_, .key = key_ },
#define KEYED_BY(...)
#define GIVES(...)
#include "model/join_kinds.def"
#undef TABLE
#undef KEYED_BY
#undef GIVES
};

struct element {
	uint32_t pen;
	uint16_t id;
	uint8_t kind;
};

static const struct element keys[] = {
#define TABLE(...)
#define KEYED_BY(kind_, pen_, id_) { .pen = pen_, .id = id_, .kind = JOIN_##kind_ },
#define GIVES(...)
#include "model/join_kinds.def"
#undef TABLE
#undef KEYED_BY
#undef GIVES
};

static const struct element values[] = {
#define TABLE(...)
#define KEYED_BY(...)
#define GIVES(kind_, pen_, id_) { .pen = pen_, .id = id_, .kind = JOIN_##kind_ },
#include "model/join_kinds.def"
#undef TABLE
#undef KEYED_BY
#undef GIVES
};

enum { KEYS = sizeof(keys) / sizeof(keys[0]), VALUES = sizeof(values) / sizeof(values[0]) };

const char *join_kind_name(enum join_kind kind)
{
	return kinds[kind].name;
}

const char *join_kind_title(enum join_kind kind)
{
	return kinds[kind].title;
}

bool join_key_is_scope(enum join_kind kind)
{
	return kinds[kind].key == SCOPE;
}

bool join_key_is_number(enum join_kind kind)
{
	return kinds[kind].key == NUMBER;
}

static bool has(const struct element *list, size_t n, enum join_kind kind, const struct nf_ie *ie)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].kind == kind && list[i].id == ie->id && list[i].pen == ie->pen)
			return true;
	return false;
}

static bool is_key(enum join_kind kind, const struct nf_ie *ie)
{
	return has(keys, KEYS, kind, ie);
}

/* -- Plans ----------------------------------------------------------------------------- */

/* The fields of a layout that make a row of one kind; indices into the plan's. */
struct part {
	uint8_t kind;
	uint32_t keys, values, scope, end;
	const struct join_blob *elements;	/* of the values */
};

enum { PLANS_MAX = 4096 };

struct join_plan {
	struct nf_node node;
	uint64_t key[1];		/* the layout's address */
	int32_t domain;			/* the field that says which domain is meant, or -1 */
	unsigned nparts;
	struct part parts[JOIN_KINDS];
	const struct nf_ie **rows;	/* of each field, in the join's own registry */
	uint16_t *fields;
	size_t n, cap;
	bool failed;
};

static void plan_free(struct join_plan *p)
{
	nf_free(p->rows);
	nf_free(p->fields);
	nf_free(p);
}

void join_forget_plans(struct join *j)
{
	struct nf_node *node, *next;

	HASH_ITER(hh, j->plans.head, node, next) {
		nf_map_del(&j->plans, node);
		plan_free((struct join_plan *)node);
	}
}

static void add(struct join_plan *p, unsigned field)
{
	if (!nf_grow((void **)&p->fields, &p->cap, p->n + 1, sizeof(*p->fields))) {
		p->failed = true;
		return;
	}
	p->fields[p->n++] = (uint16_t)field;
}

/* Counters, and when something was seen, say nothing that could be joined. */
static bool is_measured(const struct nf_ie *ie)
{
	return ie->semantics == NF_SEM_TOTAL_COUNTER || ie->semantics == NF_SEM_DELTA_COUNTER ||
	       ie->semantics == NF_SEM_SNMP_COUNTER ||
	       (ie->pen == NF_PEN_IANA && (ie->id == 210 || (ie->id >= 322 && ie->id <= 325)));
}

/* A record about all of its domain: scopes of the SYSTEM kind only. */
static bool is_system(const struct nf_layout *l)
{
	for (unsigned i = 0; i < l->nscope && i < l->nfields; i++)
		if (!is_key(JOIN_SYSTEM, l->fields[i].ie))
			return false;
	return true;
}

/* True if field I of L is a key of KIND. */
static bool keyed_by(enum join_kind kind, const struct nf_layout *l, unsigned i)
{
	switch ((enum key_type)kinds[kind].key) {
	case NOTHING: return false;
	case SCOPE: return kind == JOIN_OTHER ? l->fields[i].scope : is_key(kind, l->fields[i].ie);
	default: return is_key(kind, l->fields[i].ie);
	}
}

static bool valued_by(enum join_kind kind, const struct nf_layout *l, unsigned i)
{
	const struct nf_ie *ie = l->fields[i].ie;

	if (kind == JOIN_SYSTEM || kind == JOIN_OTHER)
		return !l->fields[i].scope && !is_measured(ie);
	return has(values, VALUES, kind, ie);
}

static const struct join_blob *elements_of(struct join *j, const struct join_plan *p,
					   const struct part *part)
{
	size_t n = 0;

	for (uint32_t i = part->values; i < part->scope && n + 6 <= JOIN_BLOB_MAX; i++, n += 6) {
		const struct nf_ie *ie = p->rows[p->fields[i]];
		const uint32_t pen = ie->pen;

		memcpy(j->octets + n, &pen, 4);
		memcpy(j->octets + n + 4, &ie->id, 2);
	}
	return join_blob(j, (struct nf_bytes){ j->octets, n }, true);
}

/* True if the part has the element of field I already: the first one counts. */
static bool repeated(const struct join_plan *p, const struct part *part, const struct nf_layout *l,
		     unsigned i)
{
	for (size_t k = part->values; k < p->n; k++)
		if (l->fields[p->fields[k]].ie == l->fields[i].ie)
			return true;
	return false;
}

/* Fields that are keys, values not TAKEN yet, and what else the scope is. */
static void add_part(struct join_plan *p, const struct nf_layout *l, enum join_kind kind,
		     bool *taken)
{
	struct part part = { .kind = (uint8_t)kind, .keys = (uint32_t)p->n };

	for (unsigned i = 0; i < l->nfields; i++)
		if (keyed_by(kind, l, i))
			add(p, i);
	part.values = (uint32_t)p->n;
	if (part.values == part.keys && kinds[kind].key != NOTHING)
		return;
	for (unsigned i = 0; i < l->nfields && p->n - part.values < JOIN_VALUES; i++)
		if (!taken[i] && !keyed_by(kind, l, i) && valued_by(kind, l, i) &&
		    !repeated(p, &part, l, i))
			add(p, i);
	part.scope = (uint32_t)p->n;
	if (part.scope == part.values || p->failed) {
		p->n = part.keys;
		return;
	}
	for (uint32_t i = part.values; i < part.scope; i++)
		taken[p->fields[i]] = true;
	for (uint32_t i = part.keys; i < part.values; i++)
		taken[p->fields[i]] = true;
	for (unsigned i = 0; i < l->nscope && i < l->nfields; i++)
		if (!keyed_by(kind, l, i))
			add(p, i);
	part.end = (uint32_t)p->n;
	p->parts[p->nparts++] = part;
}

/* What the layout's records say, kind by kind: false if memory is out. */
static bool add_parts(struct join_plan *p, const struct nf_layout *l)
{
	bool *taken = nf_zalloc(l->nfields + 1u);

	for (unsigned kind = 0; kind < JOIN_KINDS && taken != NULL && !p->failed; kind++) {
		if (kind == JOIN_SYSTEM && !is_system(l))
			continue;
		if (kind == JOIN_OTHER && is_system(l))
			continue;
		add_part(p, l, (enum join_kind)kind, taken);
	}
	nf_free(taken);
	return taken != NULL && !p->failed;
}

uint32_t join_kinds_of(const struct nf_layout *l)
{
	struct join_plan p = { .n = 0 };
	uint32_t mask = 0;

	if (l->kind == NF_LAYOUT_OPTIONS && add_parts(&p, l))
		for (unsigned i = 0; i < p.nparts; i++)
			mask |= UINT32_C(1) << p.parts[i].kind;
	nf_free(p.fields);
	return mask;
}

/* The same element in our registry: the layout's may go away with a look-ahead. */
static const struct nf_ie *own_row(struct join *j, const struct nf_ie *ie)
{
	if (j->registry == NULL)
		return ie;
	if (ie->pen == NF_PEN_V9)
		return nf_registry_v9(j->registry, ie->id);
	if (ie->pen == NF_PEN_V9_SCOPE)
		return nf_registry_v9_scope(j->registry, ie->id);
	if (ie->pen == NF_PEN_FIXED)
		return ie;
	return nf_registry_ipfix(j->registry, ie->pen, ie->id);
}

static bool fill(struct join *j, struct join_plan *p, const struct nf_layout *l)
{
	p->rows = nf_alloc((l->nfields + 1u) * sizeof(*p->rows));
	if (p->rows == NULL)
		return false;
	p->domain = -1;
	for (unsigned i = 0; i < l->nfields; i++) {
		p->rows[i] = own_row(j, l->fields[i].ie);
		if (p->rows[i] == NULL)
			p->failed = true;
		if (l->fields[i].scope && l->fields[i].ie->pen == NF_PEN_IANA &&
		    l->fields[i].ie->id == 149)
			p->domain = (int32_t)i;
	}
	if (p->failed || !add_parts(p, l))
		return false;
	for (unsigned i = 0; i < p->nparts; i++)
		p->parts[i].elements = elements_of(j, p, &p->parts[i]);
	return true;
}

static const struct join_plan *plan_of(struct join *j, const struct nf_layout *l)
{
	uint64_t key[1] = { (uint64_t)(uintptr_t)l };
	uint32_t hash = nf_hash(key, 1);
	struct join_plan *p = nf_map_find(&j->plans, key, 1, hash);

	if (p != NULL)
		return p;
	if (HASH_COUNT(j->plans.head) >= PLANS_MAX)
		join_forget_plans(j);
	p = nf_zalloc(sizeof(*p));
	if (p == NULL)
		return NULL;
	p->key[0] = key[0];
	if (fill(j, p, l) && nf_map_add(&j->plans, &p->node, p->key, 1, hash))
		return p;
	plan_free(p);
	return NULL;
}

/* -- Records --------------------------------------------------------------------------- */

/* Where the octets of a value end: strings are filled up with zeros, or blanks by some. */
static struct nf_bytes value_of(const struct nf_field *f)
{
	struct nf_bytes b = f->value;

	while (f->kind == NF_KIND_STRING && b.n > 0 && b.p[b.n - 1] == 0)
		b.n--;
	return b;
}

/* The values of a part into j->values; how many. */
static unsigned take_values(struct join *j, const struct join_plan *p, const struct part *part,
			    const struct nf_rec *r, bool *full)
{
	unsigned n = 0;

	for (uint32_t i = part->values; i < part->scope; i++) {
		struct nf_field f = nf_field(r, p->fields[i]);
		struct nf_bytes b = value_of(&f);

		if (b.n == 0)
			continue;
		j->values[n] = (struct join_value){
			.ie = p->rows[p->fields[i]],
			.octets = join_blob(j, b, true),
			.kind = f.kind,
		};
		if (join_may_rate(p->rows[p->fields[i]]))
			j->rated_kinds |= 1u << part->kind;
		*full |= j->values[n].octets == NULL;
		n++;
	}
	return n;
}

/*
 * Fields as a scope: for each the enterprise number (4), element (2), kind (1), length (2) and
 * octets of its value, in this machine's order.
 */
enum { SCOPE_HEAD = 9 };

static const struct join_blob *scope_of(struct join *j, const struct join_plan *p, uint32_t from,
					uint32_t to, const struct nf_rec *r)
{
	size_t n = 0;

	for (uint32_t i = from; i < to; i++) {
		struct nf_field f = nf_field(r, p->fields[i]);
		struct nf_bytes b = value_of(&f);
		const struct nf_ie *ie = p->rows[p->fields[i]];
		const uint16_t length = (uint16_t)b.n;

		if (JOIN_BLOB_MAX - n < SCOPE_HEAD + b.n)
			break;
		memcpy(j->octets + n, &ie->pen, 4);
		memcpy(j->octets + n + 4, &ie->id, 2);
		j->octets[n + 6] = f.kind;
		memcpy(j->octets + n + 7, &length, 2);
		n += SCOPE_HEAD;
		if (b.n > 0)
			memcpy(j->octets + n, b.p, b.n);
		n += b.n;
	}
	return join_blob(j, (struct nf_bytes){ j->octets, n }, true);
}

bool join_scope_next(const struct join *j, const struct join_blob *scope, size_t *at,
		     struct join_value *v, struct nf_bytes *octets)
{
	struct nf_bytes b = join_octets(scope);
	uint32_t pen;
	uint16_t id, length;

	if (!nf_has(b, *at, SCOPE_HEAD))
		return false;
	memcpy(&pen, b.p + *at, 4);
	memcpy(&id, b.p + *at + 4, 2);
	memcpy(&length, b.p + *at + 7, 2);
	*v = (struct join_value){
		.ie = pen == NF_PEN_V9 ? nf_registry_v9(j->registry, id) :
		      pen == NF_PEN_V9_SCOPE ? nf_registry_v9_scope(j->registry, id) :
					       nf_registry_ipfix(j->registry, pen, id),
		.kind = b.p[*at + 6],
	};
	*octets = nf_slice(b, *at + SCOPE_HEAD, length);
	*at += SCOPE_HEAD + (size_t)length;
	return v->ie != NULL;
}

/* What is said, to whom, of one record. */
struct lesson {
	struct join *j;
	const struct join_plan *plan;
	const struct nf_rec *rec;
	struct join_domain *domain;
	struct join_saying saying;
};

static void say(struct lesson *l, enum join_kind kind, const struct join_blob *key)
{
	struct join_row *row = NULL;

	if (key != NULL && l->domain != NULL && l->saying.scope != NULL &&
	    l->saying.elements != NULL)
		row = join_row(l->j, l->domain, kind, key, true);
	join_say(l->j, row, &l->saying);
}

/* Each distinct value of a part's key fields is a row. */
static void say_keys(struct lesson *l, const struct part *part)
{
	const struct join_blob *done[8];
	unsigned ndone = 0;

	for (uint32_t i = part->keys; i < part->values && ndone < 8; i++) {
		struct nf_field f = nf_field(l->rec, l->plan->fields[i]);
		struct nf_bytes octets = join_key((enum join_kind)part->kind, f.value,
						  l->j->octets);
		const struct join_blob *key = join_blob(l->j, octets, true);
		unsigned k = 0;

		if (f.value.n == 0)
			continue;
		while (k < ndone && done[k] != key)
			k++;
		if (k < ndone)
			continue;
		done[ndone++] = key;
		say(l, (enum join_kind)part->kind, key);
	}
}

static void learn_part(struct lesson *l, const struct part *part)
{
	struct join *j = l->j;
	const struct nf_bytes none = { .n = 0 };
	bool full = false;

	l->saying.elements = part->elements;
	l->saying.scope = scope_of(j, l->plan, part->scope, part->end, l->rec);
	l->saying.nvalues = (uint16_t)take_values(j, l->plan, part, l->rec, &full);
	if (l->saying.nvalues == 0)
		return;
	if (full)
		join_say(j, NULL, &l->saying);
	else if (kinds[part->kind].key == SCOPE)
		say(l, (enum join_kind)part->kind,
		    scope_of(j, l->plan, part->keys, part->values, l->rec));
	else if (kinds[part->kind].key == NOTHING)
		say(l, (enum join_kind)part->kind, join_blob(j, none, true));
	else
		say_keys(l, part);
}

/* The domain that a record is about: its scope may name another than the header does. */
static struct join_domain *domain_of(struct join *j, const struct join_plan *p,
				     const struct nf_datagram *d, const struct nf_msg *m,
				     const struct nf_rec *r)
{
	uint32_t id = m->domain;

	if (p->domain >= 0) {
		struct nf_field f = nf_field(r, (unsigned)p->domain);

		if (f.value.n > 0 && f.value.n <= 8 && nf_ben(f.value.p, f.value.n) <= UINT32_MAX)
			id = (uint32_t)nf_ben(f.value.p, f.value.n);
	}
	return join_domain(j, d, m->version, id, true);
}

static void learn_set(struct join *j, const struct nf_datagram *d, const struct nf_msg *m,
		      uint32_t offset, const struct nf_set *set, const struct nf_layout *layout)
{
	const struct nf_scratch scratch = { .words = j->scratch, .n = NF_SCRATCH_WORDS };
	const struct join_plan *plan = plan_of(j, layout);
	struct nf_recs recs;
	struct nf_rec rec;

	if (plan == NULL) {
		j->failed = true;
		return;
	}
	nf_recs_open(&recs, m, set, layout, scratch, NULL);
	while (nf_rec_next(&recs, &rec)) {
		struct lesson l = {
			.j = j,
			.plan = plan,
			.rec = &rec,
			.domain = domain_of(j, plan, d, m, &rec),
			.saying = {
				.datagram = d,
				.position = join_position(d, offset + rec.offset),
				.template_id = set->id,
			},
		};

		for (unsigned i = 0; i < plan->nparts; i++)
			learn_part(&l, &plan->parts[i]);
	}
}

/* What kind of records an exporter sends. */
static void note(struct join *j, const struct nf_datagram *d, bool options)
{
	struct join_exporter *e = join_exporter(j, d, true);

	if (e == NULL)
		return;
	if (options ? e->options : e->flows)
		return;
	j->speakers -= e->options && !e->flows;
	e->options |= options;
	e->flows |= !options;
	j->speakers += e->options && !e->flows;
	j->generation++;
}

void join_message(struct join *j, const struct nf_view *v)
{
	uint64_t position = join_position(v->datagram, v->offset);
	struct nf_sets sets;
	struct nf_set set;

	if (v->headerless || (j->begun && position <= j->learned))
		return;
	j->begun = true;
	j->learned = position;
	nf_sets_open(&sets, &v->msg, NULL);
	while (nf_set_next(&sets, &set)) {
		struct nf_resolution r = { .layout = NULL };

		if (set.kind == NF_SET_FIXED)
			note(j, v->datagram, false);
		if (set.kind != NF_SET_DATA)
			continue;
		v->resolver.resolve(v->resolver.ctx, set.id, set.bytes, set.offset, &r);
		if (r.layout == NULL)
			continue;
		note(j, v->datagram, r.layout->kind == NF_LAYOUT_OPTIONS);
		if (r.layout->kind == NF_LAYOUT_OPTIONS)
			learn_set(j, v->datagram, &v->msg, v->offset, &set, r.layout);
	}
}

void join_late(struct join *j, const struct nf_late *late)
{
	const struct nf_layout *layout = late->resolution.layout;

	if (layout == NULL)
		return;
	note(j, &late->datagram, layout->kind == NF_LAYOUT_OPTIONS);
	if (layout->kind == NF_LAYOUT_OPTIONS)
		learn_set(j, &late->datagram, &late->msg, late->msg_offset, &late->set, layout);
}
