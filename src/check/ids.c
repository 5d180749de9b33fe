#include <config.h>

#include <string.h>

#include "check/ids.h"
#include "check/internal.h"

enum { FIRST_SLOTS = 8, ALL_IDS = 64 * CHECK_IDS };

static uint32_t slot_of(const struct check_ids *ids, const uint64_t key[2])
{
	uint32_t at = nf_hash(key, 2) & ids->mask;

	while (ids->slots[at] != NULL && (ids->slots[at]->key[0] != key[0] ||
					  ids->slots[at]->key[1] != key[1]))
		at = (at + 1) & ids->mask;
	return at;
}

struct check_id *check_ids_find(struct check_ids *ids, uint64_t a, uint64_t b)
{
	const uint64_t key[2] = { a, b };
	struct check_id *id = ids->recent;

	if (id != NULL && id->key[0] == a && id->key[1] == b)
		return id;
	if (ids->slots == NULL)
		return NULL;
	id = ids->slots[slot_of(ids, key)];
	if (id != NULL)
		ids->recent = id;
	return id;
}

/* Half of the slots stay empty. */
static bool widen(struct check *c, struct check_ids *ids)
{
	uint32_t slots = ids->slots == NULL ? FIRST_SLOTS : 2 * (ids->mask + 1);
	struct check_id **old = ids->slots;

	if (old != NULL && 2 * (ids->n + 1) <= ids->mask + 1)
		return true;
	ids->slots = check_alloc(c, slots * sizeof(*ids->slots));
	if (ids->slots == NULL) {
		ids->slots = old;
		return false;
	}
	ids->mask = slots - 1;
	for (struct check_id *id = ids->first; id != NULL; id = id->next)
		ids->slots[slot_of(ids, id->key)] = id;
	return true;
}

struct check_id *check_ids_get(struct check *c, struct check_ids *ids, uint64_t a, uint64_t b)
{
	const uint64_t key[2] = { a, b };
	struct check_id *id = check_ids_find(ids, a, b);

	if (id != NULL)
		return id;
	if (ids->n == CHECK_IDS || c->nids == ALL_IDS || !widen(c, ids) ||
	    (id = check_alloc(c, sizeof(*id))) == NULL) {
		ids->full = true;
		return NULL;
	}
	id->key[0] = a;
	id->key[1] = b;
	ids->slots[slot_of(ids, key)] = id;
	if (ids->last != NULL)
		ids->last->next = id;
	else
		ids->first = id;
	ids->last = ids->recent = id;
	ids->n++;
	c->nids++;
	return id;
}

/* -- What is read of options ---------------------------------------------------------- */

bool check_uint(const struct nf_rec *rec, unsigned i, uint64_t *v)
{
	const struct nf_field f = nf_field(rec, i);

	if (f.value.n == 0 || !nf_ben_fits(f.value.p, f.value.n))
		return false;
	*v = nf_ben(f.value.p, f.value.n);
	return true;
}

struct nf_bytes check_scope(const struct nf_rec *rec)
{
	struct nf_field f;

	if (rec->layout->nscope == 0)
		return (struct nf_bytes){ rec->p, 0 };
	f = nf_field(rec, rec->layout->nscope - 1u);
	return (struct nf_bytes){ rec->p, (size_t)(f.value.p + f.value.n - rec->p) };
}

enum check_as check_template_has(const struct nf_template *t, uint16_t id)
{
	enum check_as as = CHECK_AS_NONE;
	struct nf_specs specs;
	struct nf_spec s;

	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &s))
		if (s.id == id && s.pen == NF_PEN_IANA && !s.enterprise && as != CHECK_AS_SCOPE)
			as = s.scope ? CHECK_AS_SCOPE : CHECK_AS_FIELD;
	return as;
}

enum check_as check_layout_has(const struct nf_layout *layout, uint16_t id)
{
	int i = check_field_of(layout, NF_PEN_IANA, id);

	return i < 0 ? CHECK_AS_NONE : layout->fields[i].scope ? CHECK_AS_SCOPE : CHECK_AS_FIELD;
}

bool check_seen_long(const struct check *c, const struct check_stream *s)
{
	return s->from_start || s->last.ts_ns - s->first.ts_ns > check_lifetime(c);
}

void check_name_too(char text[CHECK_NAMES], const char *name)
{
	const char *join = text[0] == '\0' ? "" : ", ";
	size_t at = strlen(text), n = strlen(join), more = strlen(name) + 1;

	if (n + more > CHECK_NAMES - at)
		return;
	memcpy(text + at, join, n);
	memcpy(text + at + n, name, more);
}
