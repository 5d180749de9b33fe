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
_Static_assert((int)POINTERS <= (int)JOIN_POINTERS_MAX, "a slot counts them");

/* Where those of a subject begin. */
enum {
#define SUBJECT(subject, group) FIRST_##subject, BEFORE_##subject = FIRST_##subject - 1,
#define FROM(subject, kind, pen, id) FROM_##subject##_##kind##_##id,
#define NAME(...)
#define SAMPLING(...)
#include "model/join_names.def"
#undef SUBJECT
#undef FROM
#undef NAME
#undef SAMPLING
};

static const uint8_t first_pointer[SUBJECTS + 1] = {
#define SUBJECT(subject, group) [SUBJECT_##subject] = FIRST_##subject,
#define FROM(...)
#define NAME(...)
#define SAMPLING(...)
#include "model/join_names.def"
#undef SUBJECT
#undef FROM
#undef NAME
#undef SAMPLING
	[SUBJECTS] = POINTERS,
};

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

static const uint16_t rate_ids[JOIN_RATE_ELEMENTS] = {
	[JOIN_RATE_34] = 34, [JOIN_RATE_50] = 50, [JOIN_RATE_304] = 304, [JOIN_RATE_305] = 305,
	[JOIN_RATE_306] = 306, [JOIN_RATE_309] = 309, [JOIN_RATE_310] = 310,
	[JOIN_RATE_311] = 311, [JOIN_RATE_DIRECTION] = 61,
};

void join_forget_fields(struct join *j)
{
	struct nf_node *node, *next;

	j->recent = NULL;
	j->constant.asker = 0;
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

static struct join_place place_of(const struct nf_layout *l, int16_t field)
{
	const struct nf_fielddef *def = field >= 0 ? &l->fields[field] : NULL;
	bool fixed = def != NULL && def->length != NF_VARLEN && def->nbits == 0;

	return (struct join_place){
		.field = field,
		.nvar = fixed ? def->nvar : 0,
		.offset = fixed ? def->offset : 0,
		.width = fixed ? def->length : 0,
	};
}

static void fill(struct join_fields *f, const struct nf_layout *l)
{
	for (unsigned p = 0; p < POINTERS; p++) {
		f->pointer[p] = place_of(l, field_of(l, pointers[p].pen, pointers[p].id));
		f->sampler |= pointers[p].subject == SUBJECT_SAMPLER && f->pointer[p].field >= 0;
	}
	for (unsigned e = 0; e < JOIN_RATE_ELEMENTS; e++) {
		f->rate[e] = field_of(l, NF_PEN_IANA, rate_ids[e]);
		f->rated |= e != JOIN_RATE_DIRECTION && f->rate[e] >= 0;
	}
}

const struct join_fields *join_find_fields(struct join *j, const struct nf_layout *l)
{
	uint64_t key[1] = { (uint64_t)(uintptr_t)l };
	uint32_t hash = nf_hash(key, 1);
	struct join_fields *f;

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

/* What a pointer's field of R holds. */
static inline struct nf_bytes octets_at(const struct join_place *p, const struct nf_rec *r)
{
	if (p->width != 0)
		return (struct nf_bytes){ r->p + p->offset + r->shift[p->nvar], p->width };
	return nf_field(r, (unsigned)p->field).value;
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

/* What the row of KIND, or instead of an interface the port, of that number says. */
static bool find(struct join *j, const struct join_question *q, enum join_kind kind,
		 const struct join_want *want, struct join_answer *a)
{
	struct nf_bytes key = join_key(kind, q->key, j->octets);
	bool found;

	join_ponder(j);
	found = join_find(j, q->at, kind, key, want, a) ||
		(kind == JOIN_INTERFACE && join_find(j, q->at, JOIN_PORT, key, want, a));
	join_keep(j, q, a, found);
	return found;
}

/* What the row that pointer P of the record points to says; SLOT is that of what is wanted. */
static inline bool point(struct join *j, const struct join_fields *f, const struct join_record *at,
			 unsigned p, unsigned slot, const struct join_want *want,
			 struct join_answer *a)
{
	struct join_question q = { .at = at, .slot = slot * JOIN_POINTERS_MAX + p };
	bool found;

	if (f->pointer[p].field < 0)
		return false;
	q.key = octets_at(&f->pointer[p], at->rec);
	if (q.key.n == 0)
		return false;
	if (join_recall(j, &q, a, &found))
		return found;
	return find(j, &q, (enum join_kind)pointers[p].kind, want, a);
}

bool join_any(struct join *j, const struct join_record *at, unsigned slot, unsigned kinds,
	      const struct join_want *want, struct join_answer *a)
{
	const struct join_question q = { .at = at, .slot = slot * JOIN_POINTERS_MAX };
	bool found;

	if (join_recall(j, &q, a, &found))
		return found;
	join_ponder(j);
	found = join_find_any(j, at, kinds, want, a);
	join_keep(j, &q, a, found);
	return found;
}

bool join_of(struct join *j, enum join_name name, const struct join_record *at,
	     struct join_answer *a)
{
	const struct join_want want = {
		.find = find_element,
		.same = same_value,
		.ctx = &lines[name],
	};

	unsigned subject = lines[name].subject, slot = JOIN_SLOT_NAMES + name;
	const struct join_fields *f;

	if (subject == SUBJECT_SYSTEM)
		return join_any(j, at, slot, 1u << JOIN_SYSTEM, &want, a);
	f = at->rec != NULL ? join_fields_of(j, at->rec->layout) : NULL;
	if (f == NULL)
		return false;
	for (unsigned p = first_pointer[subject]; p < first_pointer[subject + 1]; p++)
		if (point(j, f, at, p, slot, &want, a))
			return true;
	return false;
}

static bool find_first(const struct join_want *want, const struct join_version *v,
		       struct join_answer *a)
{
	(void)want;
	a->value = v->nvalues > 0 ? v->values : NULL;
	return a->value != NULL;
}

static bool no_conflict(const struct join_answer *a, const struct join_answer *b)
{
	(void)a;
	(void)b;
	return true;
}

bool join_of_field(struct join *j, const struct join_record *at, const struct nf_field *field,
		   struct join_answer *a)
{
	const struct join_want want = { .find = find_first, .same = no_conflict };
	const struct nf_ie *ie = field->def->ie;

	for (unsigned p = 0; p < POINTERS; p++) {
		const struct pointer *to = &pointers[p];
		struct nf_bytes key;

		if (to->id != ie->id || to->pen != ie->pen || field->value.n == 0)
			continue;
		join_ponder(j);
		key = join_key((enum join_kind)to->kind, field->value, j->octets);
		if (join_find(j, at, (enum join_kind)to->kind, key, &want, a) ||
		    (to->kind == JOIN_INTERFACE && join_find(j, at, JOIN_PORT, key, &want, a)))
			return true;
	}
	return false;
}

bool join_points(struct join *j, const struct join_record *at, enum join_kind kind,
		 enum join_side side, const struct join_want *want, struct join_answer *a)
{
	static const uint8_t subjects[] = {
		[JOIN_SIDE_INGRESS] = SUBJECT_INGRESS,
		[JOIN_SIDE_EGRESS] = SUBJECT_EGRESS,
		[JOIN_SIDE_NONE] = SUBJECT_SAMPLER,
	};
	const struct join_fields *f = at->rec != NULL ? join_fields_of(j, at->rec->layout) : NULL;
	unsigned subject = subjects[side];

	if (f == NULL)
		return false;
	for (unsigned p = first_pointer[subject]; p < first_pointer[subject + 1]; p++)
		if (pointers[p].kind == kind && point(j, f, at, p, JOIN_SLOT_RATE, want, a))
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
