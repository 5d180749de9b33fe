#include <config.h>

#include "ie/ie.h"

#include <stdio.h>
#include <strings.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "ie/tables.h"

#define uthash_malloc(size) nf_alloc(size)
#define uthash_free(p, size) nf_free(p)
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(row) ((row)->lost = true)
#include <uthash.h>

enum {
	MAX_ROWS = 65536,	/* that the wire and RFC 5610 records may make */
	MAX_CHANGES = 16,	/* of one row by RFC 5610 records: each takes memory */
	KEPT = 1024,		/* definitions that nf_registry_defined knows */
	MAX_NAME = 200,
	MAX_UNITS = 60,
};

/* A row that is not built in. */
struct row {
	uint64_t key;
	struct nf_ie ie;
	uint8_t origin;		/* enum nf_origin_kind */
	uint8_t changes;
	bool lost;		/* no memory to enter it */
	UT_hash_handle hh;
};

struct nf_registry {
	struct nf_arena arena;
	struct row *rows;
	struct row **order;	/* the same, as they came */
	size_t norder, cap_order;
	size_t nlearned;
	uint32_t generation;
	const struct nf_ie *defined[KEPT];	/* by generation */
	void (*before)(void *ctx);	/* a definition changes; NULL: nobody is told */
	void *before_ctx;
	struct nf_ie nameless;	/* stands for every unknown element beyond MAX_ROWS */
};

struct nf_registry *nf_registry_new(void)
{
	struct nf_registry *r = nf_zalloc(sizeof(*r));

	if (r == NULL)
		return NULL;
	nf_arena_init(&r->arena);
	r->nameless.name = "nameless";
	return r;
}

void nf_registry_free(struct nf_registry *r)
{
	if (r == NULL)
		return;
	HASH_CLEAR(hh, r->rows);
	nf_free(r->order);
	nf_arena_done(&r->arena);
	nf_free(r);
}

uint32_t nf_registry_generation(const struct nf_registry *r)
{
	return r->generation;
}

const struct nf_ie *nf_registry_defined(const struct nf_registry *r, uint32_t generation)
{
	return r->generation - generation < KEPT ? r->defined[generation % KEPT] : NULL;
}

void nf_registry_before_change(struct nf_registry *r, void (*before)(void *ctx), void *ctx)
{
	r->before = before;
	r->before_ctx = ctx;
}

/* -- Rows by number ----------------------------------------------------------------------- */

static uint64_t key_of(uint32_t pen, uint16_t id)
{
	return (uint64_t)pen << 16 | id;
}

/* A pseudo number that an exporter sent as a PEN: not the table that we keep under it. */
#define SENT (UINT64_C(1) << 48)

static struct row *row_of(const struct nf_registry *r, uint64_t key)
{
	struct row *row;

	HASH_FIND_BYHASHVALUE(hh, r->rows, &key, sizeof(key), nf_hash(&key, 1), row);
	return row;
}

static struct row *new_row(struct nf_registry *r, uint64_t key)
{
	struct row *row = nf_arena_alloc(&r->arena, sizeof(*row));
	void *order = r->order;

	if (row == NULL || !nf_grow(&order, &r->cap_order, r->norder + 1, sizeof(*r->order)))
		return NULL;
	r->order = order;
	row->key = key;
	HASH_ADD_BYHASHVALUE(hh, r->rows, key, sizeof(row->key), nf_hash(&key, 1), row);
	if (row->lost)
		return NULL;
	return r->order[r->norder++] = row;
}

/* v9 and its scopes have no enterprises, so their pseudo numbers are not shown. */
static char *number_name(struct nf_registry *r, uint64_t key)
{
	uint32_t pen = (uint32_t)(key >> 16);
	unsigned id = (uint16_t)key;
	char text[32];
	int n;

	if (pen == NF_PEN_IANA || (pen >= NF_PEN_FIXED && (key & SENT) == 0))
		n = snprintf(text, sizeof(text), "ie%u", id);
	else
		n = snprintf(text, sizeof(text), "ie%lu/%u", (unsigned long)pen, id);
	return nf_arena_strndup(&r->arena, text, (size_t)n);
}

/* The row of an element in no table: made when it is first met. */
static const struct nf_ie *unknown(struct nf_registry *r, uint64_t key)
{
	uint32_t pen = (uint32_t)(key >> 16);
	struct row *row = row_of(r, key);
	char *name;

	if (row != NULL)
		return &row->ie;
	if (r->nlearned >= MAX_ROWS)
		return &r->nameless;
	name = number_name(r, key);
	row = name != NULL ? new_row(r, key) : NULL;
	if (row == NULL)
		return NULL;
	row->origin = NF_FROM_WIRE;
	row->ie = (struct nf_ie){ .pen = pen, .id = (uint16_t)key,
				  .type = NF_TYPE_OCTET_ARRAY,
				  .reverse = pen == NF_PEN_REVERSE, .name = name };
	r->nlearned++;
	return &row->ie;
}

/* What is known of {PEN, ID}: a definition of this registry's, or the built-in row. */
static const struct nf_ie *known(const struct nf_registry *r, uint32_t pen, uint16_t id)
{
	const struct row *row = row_of(r, key_of(pen, id));

	return row != NULL && row->ie.known ? &row->ie : nf_ie_builtin(pen, id);
}

static const struct nf_ie *known_or_unknown(struct nf_registry *r, uint32_t pen, uint16_t id)
{
	const struct nf_ie *ie = known(r, pen, id);

	return ie != NULL ? ie : unknown(r, key_of(pen, id));
}

const struct nf_ie *nf_registry_ipfix(struct nf_registry *r, uint32_t pen, uint16_t id)
{
	if (pen >= NF_PEN_FIXED)
		return unknown(r, SENT | key_of(pen, id));
	return known_or_unknown(r, pen, id);
}

/*
 * Vendors use numbers of their own in v9, also where IANA has or will have others: what the
 * user defined goes first, then the v9 table, then IANA's.
 */
const struct nf_ie *nf_registry_v9(struct nf_registry *r, uint16_t type)
{
	const struct row *row = row_of(r, key_of(NF_PEN_IANA, type));
	const struct nf_ie *ie = known(r, NF_PEN_V9, type);

	if (row != NULL && row->origin == NF_FROM_USER)
		return &row->ie;
	if (ie != NULL)
		return ie;
	return known_or_unknown(r, type > 32767 ? NF_PEN_V9 : NF_PEN_IANA, type);
}

const struct nf_ie *nf_registry_v9_scope(struct nf_registry *r, uint16_t type)
{
	return known_or_unknown(r, NF_PEN_V9_SCOPE, type);
}

/* -- Definitions -------------------------------------------------------------------------- */

static bool is_name_octet(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '_' || c == '-' || c == '.' || c == ':';
}

static bool is_units_octet(unsigned char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* A copy of TEXT with an underscore for what does not belong there, cut at MOST octets. */
static char *clean_copy(struct nf_registry *r, const char *text, size_t most,
			bool (*belongs)(unsigned char))
{
	char *copy = nf_arena_strndup(&r->arena, text, strnlen(text, most));

	for (char *p = copy; p != NULL && *p != '\0'; p++)
		if (!belongs((unsigned char)*p))
			*p = '_';
	return copy;
}

/* True if TEXT, cleaned, is OLD. */
static bool same_text(const char *old, const char *text, size_t most,
		      bool (*belongs)(unsigned char))
{
	size_t i = 0;

	if (old == NULL || text == NULL)
		return old == text;
	for (; i < most && text[i] != '\0'; i++)
		if (old[i] != (belongs((unsigned char)text[i]) ? text[i] : '_'))
			return false;
	return old[i] == '\0';
}

/* What a definition leaves out stays as it was, if the element is of the same type still. */
static void inherit(struct nf_ie *ie, const struct nf_ie *old)
{
	if (old == NULL || old->type != ie->type)
		return;
	if (ie->role == NF_ROLE_NONE)
		ie->role = old->role;
	if (ie->semantics == NF_SEM_DEFAULT)
		ie->semantics = old->semantics;
	if (ie->labels == NULL)
		ie->labels = old->labels;
	if (ie->alias == NULL)
		ie->alias = old->alias;
	if (ie->units == NULL)
		ie->units = old->units;
}

static bool is_same(const struct nf_ie *a, const struct nf_ie *b)
{
	return a->known && a->type == b->type && a->semantics == b->semantics &&
	       a->role == b->role && a->labels == b->labels &&
	       same_text(a->alias, b->alias, MAX_NAME, is_name_octet) &&
	       same_text(a->name, b->name, MAX_NAME, is_name_octet) &&
	       same_text(a->units, b->units, MAX_UNITS, is_units_octet);
}

/* Copy the texts of IE, which are the caller's, into the registry. */
static bool own_texts(struct nf_registry *r, struct nf_ie *ie)
{
	ie->name = clean_copy(r, ie->name, MAX_NAME, is_name_octet);
	if (ie->name == NULL)
		return false;
	if (ie->units != NULL) {
		ie->units = clean_copy(r, ie->units, MAX_UNITS, is_units_octet);
		if (ie->units == NULL)
			return false;
	}
	if (ie->alias != NULL) {
		ie->alias = clean_copy(r, ie->alias, MAX_NAME, is_name_octet);
		if (ie->alias == NULL)
			return false;
	}
	return true;
}

/* Whether an RFC 5610 record may still make or change ROW. */
static bool may_learn(const struct nf_registry *r, const struct row *row)
{
	return row != NULL ? row->changes < MAX_CHANGES : r->nlearned < MAX_ROWS;
}

bool nf_registry_define(struct nf_registry *r, const struct nf_ie *ie, enum nf_origin_kind origin)
{
	struct nf_ie new = *ie;
	const struct nf_ie *builtin;
	struct row *row;

	if (new.pen == NF_PEN_IANA && new.id > 32767)
		new.pen = NF_PEN_V9;
	new.known = true;
	new.reverse = new.reverse || new.pen == NF_PEN_REVERSE;
	row = row_of(r, key_of(new.pen, new.id));
	builtin = nf_ie_builtin(new.pen, new.id);
	if (new.name == NULL || new.name[0] == '\0' || new.type >= NF_TYPES ||
	    (row != NULL && origin < row->origin) || (builtin != NULL && origin < NF_FROM_TABLE))
		return false;
	inherit(&new, row != NULL && row->ie.known ? &row->ie : builtin);
	if (row != NULL && is_same(&row->ie, &new)) {
		row->origin = (uint8_t)origin;
		return true;
	}
	if ((origin < NF_FROM_TABLE && !may_learn(r, row)) || !own_texts(r, &new))
		return false;
	if (r->before != NULL)
		r->before(r->before_ctx);
	if (row == NULL) {
		row = new_row(r, key_of(new.pen, new.id));
		if (row == NULL)
			return false;
		r->nlearned += origin < NF_FROM_TABLE;
	}
	row->ie = new;
	row->origin = (uint8_t)origin;
	row->changes += row->changes < MAX_CHANGES;
	r->generation++;
	r->defined[r->generation % KEPT] = &row->ie;
	return true;
}

const struct nf_ie *nf_registry_next(const struct nf_registry *r, size_t *at)
{
	size_t i = *at, base = 0;

	for (const struct nf_ie_table *t = nf_ie_tables; t < nf_ie_tables + NF_IE_TABLES; t++) {
		for (; i - base < t->n; i++) {
			const struct nf_ie *ie = &t->rows[i - base];

			if (ie->name == NULL || known(r, ie->pen, ie->id) != ie)
				continue;
			*at = i + 1;
			return ie;
		}
		base += t->n;
	}
	for (; i - base < r->norder; i++) {
		if (!r->order[i - base]->ie.known)
			continue;
		*at = i + 1;
		return &r->order[i - base]->ie;
	}
	*at = i;
	return NULL;
}

/* -- Rows by name ------------------------------------------------------------------------- */

static bool is_name(struct nf_bytes name, const char *text)
{
	return text != NULL && strlen(text) == name.n && memcmp(text, name.p, name.n) == 0;
}

static bool is_name_anycase(struct nf_bytes name, const char *text)
{
	return text != NULL && strlen(text) == name.n &&
	       strncasecmp(text, (const char *)name.p, name.n) == 0;
}

/* The digits at the front of TEXT, at most MOST; how many octets they take, 0 if none or more. */
static size_t leading_number(struct nf_bytes text, uint32_t most, uint32_t *v)
{
	uint64_t n = 0;
	size_t i = 0;

	while (i < text.n && text.p[i] >= '0' && text.p[i] <= '9' && n <= most)
		n = 10 * n + text.p[i++] - '0';
	*v = (uint32_t)n;
	return n <= most ? i : 0;
}

/* "<pen>/" at the front of *NAME, which is then cut off. */
static bool take_pen(struct nf_bytes *name, uint32_t *pen)
{
	uint32_t number;
	size_t n = leading_number(*name, NF_PEN_FIXED - 1, &number);

	if (n == 0 || n == name->n || name->p[n] != '/')
		return false;
	*pen = number;
	*name = nf_slice(*name, n + 1, name->n);
	return true;
}

/* "ie<id>" and "ie<pen>/<id>"; such an element exists even if it was never met. */
static const struct nf_ie *by_number(struct nf_registry *r, struct nf_bytes name)
{
	uint32_t pen = NF_PEN_IANA, id;

	if (name.n < 3 || memcmp(name.p, "ie", 2) != 0)
		return NULL;
	name = nf_slice(name, 2, name.n);
	take_pen(&name, &pen);
	if (leading_number(name, pen == NF_PEN_IANA ? 65535 : 32767, &id) != name.n || name.n == 0)
		return NULL;
	if (pen == NF_PEN_IANA && id > 32767)
		return nf_registry_v9(r, (uint16_t)id);
	return nf_registry_ipfix(r, pen, (uint16_t)id);
}

/* NAME among the rows of an enterprise; all have the PEN in front of their name. */
static const struct nf_ie *of_enterprise(struct nf_registry *r, uint32_t pen, struct nf_bytes name)
{
	const struct nf_ie *ie;
	size_t at = 0;

	while ((ie = nf_registry_next(r, &at)) != NULL)
		if (ie->pen == pen && is_name(name, ie->name))
			return ie;
	return NULL;
}

/* How well NAME fits a row: 3 as its name, 2 as its v9 name, 1 as that in upper or lower case. */
static unsigned fit(struct nf_bytes name, const struct nf_ie *ie)
{
	if (is_name(name, ie->name))
		return 3;
	if (is_name(name, ie->alias))
		return 2;
	return is_name_anycase(name, ie->alias) ||
	       (ie->pen == NF_PEN_V9 && is_name_anycase(name, ie->name));
}

/* NAME, which has no PEN in front: the row that it fits best, of equals the first. */
static const struct nf_ie *of_nobody(struct nf_registry *r, struct nf_bytes name)
{
	const struct nf_ie *ie, *best = NULL;
	unsigned best_fit = 0;
	size_t at = 0;

	while (best_fit < 3 && (ie = nf_registry_next(r, &at)) != NULL) {
		unsigned n = 0;

		if (!nf_pen_is_enterprise(ie->pen) || ie->pen == NF_PEN_REVERSE)
			n = fit(name, ie);
		if (n > best_fit) {
			best = ie;
			best_fit = n;
		}
	}
	for (size_t i = 0; best == NULL && i < nf_ie_naliases; i++)
		if (is_name_anycase(name, nf_ie_aliases[i].name))
			best = known(r, NF_PEN_IANA, nf_ie_aliases[i].id);
	return best;
}

/* The element that has lost its built-in name to the user's, by that name. */
static const struct nf_ie *by_former_name(const struct nf_registry *r, struct nf_bytes name)
{
	for (const struct row *row = r->rows; row != NULL; row = row->hh.next) {
		const struct nf_ie *builtin = nf_ie_builtin(row->ie.pen, row->ie.id);

		if (row->ie.known && builtin != NULL && is_name(name, builtin->name))
			return &row->ie;
	}
	return NULL;
}

const struct nf_ie *nf_registry_by_name(struct nf_registry *r, struct nf_bytes name)
{
	const struct nf_ie *ie;
	uint32_t pen;

	if (name.n == 0)
		return NULL;
	if (take_pen(&name, &pen))
		return of_enterprise(r, pen, name);
	ie = of_nobody(r, name);
	if (ie == NULL)
		ie = by_former_name(r, name);
	return ie != NULL ? ie : by_number(r, name);
}

void nf_ie_name(struct nf_strbuf *s, const struct nf_ie *ie)
{
	if (ie->known && nf_pen_is_enterprise(ie->pen) && ie->pen != NF_PEN_REVERSE) {
		nf_sb_u64(s, ie->pen);
		nf_sb_char(s, '/');
	}
	nf_sb_str(s, ie->name);
}
