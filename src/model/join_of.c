/*
 * Names of what options say about a record (join_names.def).
 */
#include <config.h>

#include "model/join_table.h"

#include "base/mem.h"
#include "model/filter.h"

enum subject {
#define SUBJECT(subject, ...) SUBJECT_##subject,
#define FROM(...)
#define NAME(...)
#define SAMPLING(...)
#include "model/join_names.def"
#undef SUBJECT
#undef FROM
#undef NAME
#undef SAMPLING
	SUBJECTS
};

static const char *const groups[SUBJECTS] = {
#define SUBJECT(subject, group) [SUBJECT_##subject] = group,
#define FROM(...)
#define NAME(...)
#define SAMPLING(...)
#include "model/join_names.def"
#undef SUBJECT
#undef FROM
#undef NAME
#undef SAMPLING
};

/* Which element of a record points to which kind of row. */
struct pointer {
	uint32_t pen;
	uint16_t id;
	uint8_t subject, kind;
};

static const struct pointer pointers[] = {
#define SUBJECT(...)
#define FROM(subject_, kind_, pen_, id_) \
	{ .pen = pen_, .id = id_, .subject = SUBJECT_##subject_, .kind = JOIN_##kind_ },
#define NAME(...)
#define SAMPLING(...)
#include "model/join_names.def"
#undef SUBJECT
#undef FROM
#undef NAME
#undef SAMPLING
};

enum { POINTERS = sizeof(pointers) / sizeof(pointers[0]) };

struct element {
	uint32_t pen;
	uint16_t id;			/* 0: there are no more */
};

struct line {
	const char *name, *help;
	uint8_t subject, type;
	struct element is[4];
};

static const struct line lines[JOIN_NAMES] = {
#define SUBJECT(...)
#define FROM(...)
#define SAMPLING(...)
#define NAME(id_, subject_, name_, type_, help_, ...) \
	[JOIN_NAME_##id_] = { .name = name_, .help = help_, .subject = SUBJECT_##subject_, \
			      .type = FILTER_##type_, .is = { __VA_ARGS__ } },
#define E(id_) { NF_PEN_IANA, id_ }
#define V9(id_) { NF_PEN_V9, id_ }
#define OF(pen_, id_) { pen_, id_ }
#include "model/join_names.def"
#undef SUBJECT
#undef FROM
#undef NAME
#undef SAMPLING
#undef E
#undef V9
#undef OF
};

const char *join_name(enum join_name name)
{
	return lines[name].name;
}

const char *join_name_group(enum join_name name)
{
	return groups[lines[name].subject];
}

/* -- Where the keys stand in a record -------------------------------------------------- */

enum { FIELDS_MAX = 4096 };

struct join_fields {
	struct nf_node node;
	uint64_t key[1];		/* the layout's address */
	int16_t pointer[POINTERS];	/* a field, or -1 */
	int16_t rate[JOIN_RATE_ELEMENTS];
};

static const uint16_t rate_ids[JOIN_RATE_ELEMENTS] = {
	[JOIN_RATE_34] = 34, [JOIN_RATE_50] = 50, [JOIN_RATE_304] = 304, [JOIN_RATE_305] = 305,
	[JOIN_RATE_306] = 306, [JOIN_RATE_309] = 309, [JOIN_RATE_310] = 310,
	[JOIN_RATE_311] = 311, [JOIN_RATE_DIRECTION] = 61,
};

void join_forget_fields(struct join *j)
{
	struct nf_node *node, *next;

	j->recent = NULL;
	HASH_ITER(hh, j->fields.head, node, next) {
		nf_map_del(&j->fields, node);
		nf_free(node);
	}
}

static int16_t field_of(const struct nf_layout *l, uint32_t pen, uint16_t id)
{
	for (unsigned i = 0; i < l->nfields && i <= INT16_MAX; i++)
		if (l->fields[i].ie->id == id && l->fields[i].ie->pen == pen)
			return (int16_t)i;
	return -1;
}

static void fill(struct join_fields *f, const struct nf_layout *l)
{
	for (unsigned p = 0; p < POINTERS; p++)
		f->pointer[p] = field_of(l, pointers[p].pen, pointers[p].id);
	for (unsigned e = 0; e < JOIN_RATE_ELEMENTS; e++)
		f->rate[e] = field_of(l, NF_PEN_IANA, rate_ids[e]);
}

static const struct join_fields *fields_of(struct join *j, const struct nf_layout *l)
{
	uint64_t key[1] = { (uint64_t)(uintptr_t)l };
	uint32_t hash = nf_hash(key, 1);
	struct join_fields *f = j->recent;

	if (f != NULL && f->key[0] == key[0])
		return f;
	f = nf_map_find(&j->fields, key, 1, hash);
	if (f != NULL)
		return j->recent = f;
	if (HASH_COUNT(j->fields.head) >= FIELDS_MAX)
		join_forget_fields(j);
	f = nf_zalloc(sizeof(*f));
	if (f == NULL) {
		j->failed = true;
		return NULL;
	}
	f->key[0] = key[0];
	fill(f, l);
	if (!nf_map_add(&j->fields, &f->node, f->key, 1, hash)) {
		nf_free(f);
		j->failed = true;
		return NULL;
	}
	return j->recent = f;
}

/* The key in a field of R; false where it is empty. */
static bool key_of(struct join *j, const struct nf_rec *r, int field, enum join_kind kind,
		   struct nf_bytes *key)
{
	struct nf_field f = nf_field(r, (unsigned)field);

	*key = join_key(kind, f.value, j->octets);
	return f.value.n > 0;
}

struct nf_bytes join_rate_field(struct join *j, const struct nf_rec *r, enum join_rate_element e)
{
	const struct join_fields *f = fields_of(j, r->layout);

	if (f == NULL || f->rate[e] < 0)
		return (struct nf_bytes){ .n = 0 };
	return nf_field(r, (unsigned)f->rate[e]).value;
}

bool join_has_sampler(struct join *j, const struct join_record *at)
{
	const struct join_fields *f = at->rec != NULL ? fields_of(j, at->rec->layout) : NULL;

	for (unsigned p = 0; f != NULL && p < POINTERS; p++)
		if (pointers[p].subject == SUBJECT_SAMPLER && f->pointer[p] >= 0)
			return true;
	return false;
}

/* -- Answers --------------------------------------------------------------------------- */

/* CTX is the line of a name. */
static bool find_element(const struct join_want *want, const struct join_version *v,
			 struct join_answer *a)
{
	const struct line *line = want->ctx;

	for (const struct element *is = line->is; is < line->is + 4 && is->id != 0; is++)
		for (unsigned i = 0; i < v->nvalues; i++)
			if (v->values[i].ie->id == is->id && v->values[i].ie->pen == is->pen) {
				a->value = &v->values[i];
				a->rank = (uint8_t)(is - line->is);
				return true;
			}
	return false;
}

static bool same_value(const struct join_answer *a, const struct join_answer *b)
{
	return a->value->octets == b->value->octets;
}

/* What the row that pointer P of the record points to says. */
static bool point(struct join *j, const struct join_record *at, unsigned p,
		  const struct join_want *want, struct join_answer *a)
{
	const struct join_fields *f = fields_of(j, at->rec->layout);
	enum join_kind kind = (enum join_kind)pointers[p].kind;
	struct nf_bytes key;

	if (f == NULL || f->pointer[p] < 0 ||
	    !key_of(j, at->rec, f->pointer[p], kind, &key))
		return false;
	return join_find(j, at, kind, key, want, a) ||
	       (kind == JOIN_INTERFACE && join_find(j, at, JOIN_PORT, key, want, a));
}

static bool of_subject(struct join *j, const struct join_record *at, enum subject subject,
		       const struct join_want *want, struct join_answer *a)
{
	if (subject == SUBJECT_SYSTEM)
		return join_find_any(j, at, 1u << JOIN_SYSTEM, want, a);
	for (unsigned p = 0; at->rec != NULL && p < POINTERS; p++)
		if (pointers[p].subject == subject && point(j, at, p, want, a))
			return true;
	return false;
}

bool join_of(struct join *j, enum join_name name, const struct join_record *at,
	     struct join_answer *a)
{
	const struct join_want want = {
		.find = find_element,
		.same = same_value,
		.ctx = &lines[name],
	};

	return of_subject(j, at, (enum subject)lines[name].subject, &want, a);
}

bool join_points(struct join *j, const struct join_record *at, enum join_kind kind,
		 enum join_side side, const struct join_want *want, struct join_answer *a)
{
	static const uint8_t subjects[] = {
		[JOIN_SIDE_INGRESS] = SUBJECT_INGRESS,
		[JOIN_SIDE_EGRESS] = SUBJECT_EGRESS,
		[JOIN_SIDE_NONE] = SUBJECT_SAMPLER,
	};

	for (unsigned p = 0; p < POINTERS; p++)
		if (pointers[p].subject == subjects[side] && pointers[p].kind == kind &&
		    point(j, at, p, want, a))
			return true;
	return false;
}

bool join_start(struct join *j, const struct join_record *at, uint64_t *ms,
		struct join_answer *a)
{
	struct nf_bytes b;

	if (!join_of(j, JOIN_NAME_SYSTEM_START, at, a) || a->value == NULL)
		return false;
	b = join_octets(a->value->octets);
	if (b.n > 8)
		return false;
	*ms = nf_ben(b.p, b.n);
	return true;
}
