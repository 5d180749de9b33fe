#include <config.h>

#include "model/fields.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "model/filter_tree.h"

enum { NAME_MAX_OCTETS = 300 };		/* "4294967295/" and a name of the registry */

void fields_init(struct fields *f, struct nf_registry *registry)
{
	*f = (struct fields){ .registry = registry, .any_pen = true };
	nf_arena_init(&f->arena);
}

void fields_done(struct fields *f)
{
	pattern_done(&f->pattern);
	nf_map_done(&f->rows);
	nf_arena_done(&f->arena);
	nf_free(f->v);
	nf_free(f->names);
}

/* -- Patterns ------------------------------------------------------------------------- */

/* The digits at TEXT, up to 32 bits; where they end, NULL if there are none. */
static const char *digits(const char *text, uint32_t *v)
{
	uint64_t n = 0;
	const char *c = text;

	for (; isdigit((unsigned char)*c) && n <= UINT32_MAX; c++)
		n = 10 * n + (uint64_t)(*c - '0');
	*v = (uint32_t)n;
	return c != text && n <= UINT32_MAX ? c : NULL;
}

/*
 * "8", "ie8", "35632/77", "ie35632/77": NULL.  Else the names to look for, which are what stands
 * behind "35632/", or all of PATTERN.
 */
static const char *take_number(struct fields *f, const char *pattern)
{
	const char *at = strncasecmp(pattern, "ie", 2) == 0 ? pattern + 2 : pattern, *end;
	uint32_t first;

	end = digits(at, &first);
	if (end == NULL || (*end != '\0' && *end != '/'))
		return pattern;
	f->any_pen = *end == '\0';
	f->by_number = f->any_pen;
	f->id = first;
	if (f->any_pen)
		return NULL;
	f->pen = first;
	at = end + 1;
	end = digits(at, &f->id);
	f->by_number = end != NULL && *end == '\0';
	return f->by_number ? NULL : at;
}

/* An enterprise's number goes before a part of a name alone: a glob may begin with digits. */
bool fields_pattern(struct fields *f, const char *pattern, char *err, size_t n)
{
	if (!pattern_init(&f->pattern, pattern, err, n))
		return false;
	return f->pattern.kind != PATTERN_TEXT ||
	       pattern_init(&f->pattern, take_number(f, pattern), err, n);
}

static bool name_matches(const struct fields *f, const char *name)
{
	return !f->by_number && pattern_matches(&f->pattern, name);
}

/* NAME with PREFIX before it: as people write it. */
static bool prefixed_matches(const struct fields *f, const char *prefix, const char *name)
{
	char text[NAME_MAX_OCTETS];
	size_t n = strlen(prefix), m = strlen(name);

	if (n + m >= sizeof(text))
		return false;
	memcpy(text, prefix, n);
	memcpy(text + n, name, m + 1);
	return name_matches(f, text);
}

/* The number before an enterprise's name. */
static bool own_name_matches(const struct fields *f, const struct nf_ie *ie)
{
	char prefix[16], *p = prefix + sizeof(prefix);
	uint32_t pen = ie->pen;

	if (name_matches(f, ie->name))
		return true;
	if (!ie->known || !nf_pen_is_enterprise(pen) || pen == NF_PEN_REVERSE)
		return false;
	*--p = '\0';
	*--p = '/';
	for (; pen > 0; pen /= 10)
		*--p = (char)('0' + pen % 10);
	return prefixed_matches(f, p, ie->name);
}

static bool number_matches(const struct fields *f, const struct nf_ie *ie)
{
	if (ie->id != f->id)
		return false;
	return f->any_pen ? !nf_pen_is_enterprise(ie->pen) && ie->pen != NF_PEN_FIXED :
			    ie->pen == f->pen;
}

/* The elements of the other direction repeat all of IANA's: they want to be asked for. */
static bool asks_for_reverse(const struct fields *f)
{
	const char *text = f->pattern.text;

	return (text != NULL && strcasestr(text, "reverse") != NULL) ||
	       (!f->any_pen && f->pen == NF_PEN_REVERSE);
}

static bool matches(const struct fields *f, const struct nf_ie *ie)
{
	static const char *const prefixes[FIELDNAMES_KINDS] = {
		[FIELDNAMES_V9] = "", [FIELDNAMES_FILTER] = "", [FIELDNAMES_WIRESHARK] = "cflow.",
	};
	const char *name;

	if (ie->pen == NF_PEN_REVERSE && !f->used && !asks_for_reverse(f))
		return false;
	if (f->by_number)
		return number_matches(f, ie);
	if (!f->any_pen && ie->pen != f->pen)
		return false;
	if (own_name_matches(f, ie))
		return true;
	for (unsigned kind = 0; kind < FIELDNAMES_KINDS; kind++) {
		size_t at = 0;

		while ((name = fieldnames_next(ie, (enum fieldnames_kind)kind, &at)) != NULL)
			if (prefixed_matches(f, prefixes[kind], name))
				return true;
	}
	return false;
}

/* -- Use ------------------------------------------------------------------------------ */

/* The row of an element; NULL if memory is out. */
static struct fields_row *row_get(struct fields *f, const struct nf_ie *ie)
{
	uint64_t key = (uintptr_t)ie;
	uint32_t hash = nf_hash(&key, 1);
	struct fields_row *r = nf_map_find(&f->rows, &key, 1, hash);

	if (r != NULL)
		return r;
	r = ie != NULL ? nf_arena_alloc(&f->arena, sizeof(*r)) : NULL;
	if (r != NULL) {
		r->key[0] = key;
		r->ie = ie;
	}
	if (r == NULL || !nf_map_add(&f->rows, &r->node, r->key, 1, hash)) {
		f->failed = true;
		return NULL;
	}
	return r;
}

static void count(struct fields *f, const struct nf_ie *ie, const struct templates_row *from)
{
	struct fields_row *r = row_get(f, ie);

	if (r == NULL || r->last == from)
		return;
	r->last = from;
	r->templates++;
	r->records += templates_used(from).records;
	r->in_lists += from->in_lists;
}

/* What is now known of an element that a fixed layout has. */
static const struct nf_ie *current(struct fields *f, const struct nf_ie *ie)
{
	return ie->pen == NF_PEN_IANA ? nf_registry_ipfix(f->registry, ie->pen, ie->id) : ie;
}

static void use_row(struct fields *f, const struct templates_row *row)
{
	struct nf_specs specs;
	struct nf_spec spec;

	if (row->layout != NULL) {
		for (unsigned i = 0; i < row->layout->nfields; i++)
			count(f, current(f, row->layout->fields[i].ie), row);
		return;
	}
	if (row->tmpl == NULL || !row->matched)
		return;
	nf_specs_open(&specs, row->tmpl);
	while (nf_spec_next(&specs, &spec))
		count(f, nf_spec_ie(row->tmpl, &spec, f->registry), row);
}

bool fields_use(struct fields *f, const struct templates *t)
{
	const struct templates_element *e = (const struct templates_element *)t->elements.head;

	f->used = true;
	for (const struct templates_row *r = templates_next(t, NULL); r != NULL && !f->failed;
	     r = templates_next(t, r))
		use_row(f, r);
	for (; e != NULL; e = e->node.hh.next) {
		struct fields_row *r = row_get(f, e->ie);

		if (r != NULL)
			r->in_lists += e->lists;
	}
	return !f->failed;
}

/* -- Listing -------------------------------------------------------------------------- */

static void add_registry(struct fields *f)
{
	const struct nf_ie *ie;
	uint32_t pen;
	uint16_t id;
	size_t at = 0;

	while ((ie = nf_registry_next(f->registry, &at)) != NULL)
		if (ie->pen != NF_PEN_FIXED)
			row_get(f, ie);
	for (at = 0; fieldnames_wireshark(&at, &pen, &id); )
		row_get(f, pen == NF_PEN_V9 ? nf_registry_v9(f->registry, id) :
				nf_registry_ipfix(f->registry, pen, id));
}

/* IANA's, v9's, v9's scopes, enterprises' by number, those of the other direction, others. */
static unsigned rank(const struct nf_ie *ie)
{
	switch (ie->pen) {
	case NF_PEN_IANA:
		return 0;
	case NF_PEN_V9:
		return 1;
	case NF_PEN_V9_SCOPE:
		return 2;
	case NF_PEN_REVERSE:
		return 4;
	case NF_PEN_FIXED:
		return 5;
	default:
		return 3;
	}
}

static int in_order(const void *a, const void *b)
{
	const struct nf_ie *x = (*(struct fields_row *const *)a)->ie;
	const struct nf_ie *y = (*(struct fields_row *const *)b)->ie;
	unsigned p = rank(x), q = rank(y);

	if (p != q)
		return p < q ? -1 : 1;
	if (x->pen != y->pen)
		return x->pen < y->pen ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static bool keep(struct fields *f, struct fields_row *row)
{
	if (!nf_grow((void **)&f->v, &f->cap, f->n + 1, sizeof(*f->v)))
		return false;
	f->v[f->n++] = row;
	return true;
}

static bool names_of_filters(struct fields *f)
{
	const struct filter_name *name;
	size_t at = 0;

	while ((name = filter_name_next(NULL, &at)) != NULL) {
		bool yes = name_matches(f, name->name);
		const char *other;

		for (size_t i = 0; !yes && (other = fieldnames_also(name->name, &i)) != NULL; )
			yes = name_matches(f, other);
		if (!yes || !f->any_pen)
			continue;
		if (!nf_grow((void **)&f->names, &f->names_cap, f->nnames + 1, sizeof(*f->names)))
			return false;
		f->names[f->nnames++] = name;
	}
	return true;
}

bool fields_list(struct fields *f)
{
	if (!f->used || !fields_all(f))
		add_registry(f);
	for (struct fields_row *r = (struct fields_row *)f->rows.head; r != NULL;
	     r = r->node.hh.next) {
		if (!matches(f, r->ie))
			continue;
		if (f->used && r->templates == 0 && r->in_lists == 0)
			f->unused++;
		else if (!keep(f, r))
			return false;
	}
	if (f->n > 0)
		qsort(f->v, f->n, sizeof(*f->v), in_order);
	return !f->failed && (f->used || names_of_filters(f));
}

const char *fields_registry(const struct nf_ie *ie)
{
	static const char *const names[] = {
		"iana", "v9", "v9-scope", "enterprise", "reverse", "fixed",
	};

	return names[rank(ie)];
}
