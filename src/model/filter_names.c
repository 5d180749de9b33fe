#include <config.h>

#include "model/filter_tree.h"

#include <stdio.h>

#include "model/filter_get.h"
#include "model/filter_near.h"
#include "model/findings.h"

enum {
	PEN_NTOP = 35632,
	NTOP_V9 = 57472,	/* nProbe's elements begin here in v9, which has no enterprises */
};

/* Any of several elements, under a name of ours. */
struct group {
	struct filter_name name;	/* get is NULL */
	const struct filter_element *elements;
	size_t nelements;
};

struct words {
	const char *name, *other;
};

/* A name of Wireshark's: what it calls an element, or something around the record. */
struct cflow {
	const char *name;		/* behind "cflow." */
	const char *other;		/* a name of ours, or NULL: an element */
	struct filter_element element;
	uint8_t type;			/* of one that stands in no table of ours */
	bool span;			/* shown as a span of time, in seconds */
};

#define E(id_) { .pen = NF_PEN_IANA, .id = id_ }
#define R(id_) { .pen = NF_PEN_REVERSE, .id = id_ }
#define V9(id_) { .pen = NF_PEN_V9, .id = id_ }
#define ROWS(...) (const struct filter_element[]){ __VA_ARGS__ }

static const struct group groups[] = {
#define GROUP(name_, type_, help_, ...) \
	{ { .name = name_, .type = FILTER_##type_, .level = FILTER_OF_RECORD, .help = help_ }, \
	  ROWS(__VA_ARGS__), sizeof(ROWS(__VA_ARGS__)) / sizeof(struct filter_element) },
#define ALSO(...)
#define ELSEWHERE(...)
#define NAME(...)
#define LABELLED(...)
#define SEVERAL(...)
#include "model/filter_names.def"
#undef GROUP
#undef ALSO
};

static const struct words also[] = {
#define GROUP(...)
#define ALSO(name_, other_) { name_, other_ },
#include "model/filter_names.def"
#undef ALSO
#undef ELSEWHERE
};

static const struct words elsewhere[] = {
#define ALSO(...)
#define ELSEWHERE(name_, hint_) { name_, hint_ },
#include "model/filter_names.def"
#undef GROUP
#undef ALSO
#undef ELSEWHERE
#undef NAME
#undef LABELLED
#undef SEVERAL
};

static const struct cflow cflows[] = {
#define CFLOW(name_, pen_, id_, type_) \
	{ .name = name_, .element = { pen_, id_, 0 }, .type = FILTER_##type_ },
#define SPAN(name_, pen_, id_, type_) \
	{ .name = name_, .element = { pen_, id_, 0 }, .type = FILTER_##type_, .span = true },
#define CFLOW_IS(name_, other_) { .name = name_, .other = other_ },
#define SPAN_IS(name_, other_) { .name = name_, .other = other_, .span = true },
#include "model/filter_cflow.def"
#undef CFLOW
#undef SPAN
#undef CFLOW_IS
#undef SPAN_IS
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool same(struct nf_bytes name, const char *text)
{
	return strlen(text) == name.n && memcmp(name.p, text, name.n) == 0;
}

static struct nf_bytes bytes_of(const char *text)
{
	return (struct nf_bytes){ (const uint8_t *)text, strlen(text) };
}

/* -- Names that the capture may give a meaning ---------------------------------------- */

static const struct filter_open *open_name(const struct filter_tree *t, struct nf_bytes name)
{
	const struct filter_open *o = t->open;

	while (o != NULL && (o->name.n != name.n || memcmp(o->name.p, name.p, name.n) != 0))
		o = o->next;
	return o;
}

/* Note that NAME is open; ID 0: nothing has it yet.  False if memory is out. */
static bool leave_open(struct filter_tree *t, struct nf_bytes name, uint32_t pen, uint16_t id)
{
	struct filter_open *o;
	char *own;

	if (open_name(t, name) != NULL)
		return true;
	o = nf_arena_alloc(&t->arena, sizeof(*o));
	own = nf_arena_strndup(&t->arena, (const char *)name.p, name.n);
	if (o == NULL || own == NULL)
		return filter_no_memory(&t->faults);
	*o = (struct filter_open){
		.name = { (const uint8_t *)own, name.n }, .pen = pen, .id = id, .next = t->open,
	};
	t->open = o;
	return true;
}

static struct nf_bytes behind_slash(struct nf_bytes name)
{
	const uint8_t *slash = memchr(name.p, '/', name.n);

	return slash != NULL ? nf_slice(name, (size_t)(slash + 1 - name.p), name.n) : name;
}

bool filter_concerns(const struct filter_tree *t, const struct nf_ie *ie)
{
	for (const struct filter_open *o = t->open; o != NULL; o = o->next)
		if (o->pen == ie->pen && (o->id != 0 ? o->id == ie->id :
					  same(behind_slash(o->name), ie->name)))
			return true;
	return false;
}

/* -- What a name stands for ----------------------------------------------------------- */

static struct filter_ref *new_ref(struct filter_tree *t, const char *name,
				  const struct filter_element *elements, size_t n)
{
	struct filter_ref *ref = nf_arena_alloc(&t->arena, sizeof(*ref));
	struct filter_element *own = nf_arena_alloc(&t->arena, (n + 1) * sizeof(*own));

	if (ref == NULL || own == NULL || name == NULL) {
		filter_no_memory(&t->faults);
		return NULL;
	}
	if (n > 0)
		memcpy(own, elements, n * sizeof(*own));
	*ref = (struct filter_ref){ .name = name, .level = FILTER_OF_RECORD,
				    .elements = own, .nelements = n };
	return ref;
}

static int64_t unit_of(const struct nf_ie *ie)
{
	static const struct {
		const char *units;
		int64_t ns;
	} units[] = {
		{ "seconds", 1000000000 }, { "milliseconds", 1000000 },
		{ "microseconds", 1000 }, { "nanoseconds", 1 },
	};

	for (size_t i = 0; ie->units != NULL && i < COUNT(units); i++)
		if (strcmp(ie->units, units[i].units) == 0)
			return units[i].ns;
	return 0;
}

static enum filter_type type_of(const struct nf_ie *ie)
{
	static const uint8_t types[NF_KINDS] = {
		[NF_KIND_OCTETS] = FILTER_OCTETS,
		[NF_KIND_UINT] = FILTER_NUMBER,
		[NF_KIND_SINT] = FILTER_NUMBER,
		[NF_KIND_FLOAT] = FILTER_FLOAT,
		[NF_KIND_BOOL] = FILTER_BOOLEAN,
		[NF_KIND_MAC] = FILTER_MAC,
		[NF_KIND_STRING] = FILTER_TEXT,
		[NF_KIND_IPV4] = FILTER_IPV4,
		[NF_KIND_IPV6] = FILTER_IPV6,
		[NF_KIND_SECONDS] = FILTER_TIME,
		[NF_KIND_MILLISECONDS] = FILTER_TIME,
		[NF_KIND_MICROSECONDS] = FILTER_TIME,
		[NF_KIND_NANOSECONDS] = FILTER_TIME,
		[NF_KIND_BASIC_LIST] = FILTER_OCTETS,
		[NF_KIND_SUBTEMPLATE_LIST] = FILTER_OCTETS,
		[NF_KIND_SUBTEMPLATE_MULTILIST] = FILTER_OCTETS,
	};
	/* the kind of a legal length: that of the longest which the type can have */
	static const uint8_t lengths[] = { 4, 8, 1, 6, 16 };

	if (!ie->known)
		return FILTER_UNKNOWN;
	for (size_t i = 0; i < COUNT(lengths); i++)
		if (nf_length_legal((enum nf_type)ie->type, lengths[i]))
			return types[nf_kind_of((enum nf_type)ie->type, lengths[i])];
	return FILTER_OCTETS;
}

static char *name_of_element(struct filter_tree *t, const struct nf_ie *ie)
{
	struct nf_strbuf s;
	char *name;

	nf_strbuf_init(&s);
	nf_ie_name(&s, ie);
	name = s.failed ? NULL : nf_arena_strndup(&t->arena, s.p, s.n);
	nf_strbuf_done(&s);
	return name;
}

/* What stands for the same in v9, which has no enterprises (quirk B10); false if nothing does. */
static bool v9_element(const struct nf_ie *ie, struct filter_element *e)
{
	*e = (struct filter_element){ .pen = NF_PEN_V9, .id = ie->id };
	if (ie->pen == PEN_NTOP)
		e->id = (uint16_t)(e->id + NTOP_V9);
	return ie->pen == PEN_NTOP || (!ie->known && ie->pen == NF_PEN_IANA);
}

static struct filter_ref *element(struct filter_tree *t, const struct nf_ie *ie)
{
	struct filter_element e[2] = { { ie->pen, ie->id, unit_of(ie) } };
	bool both = v9_element(ie, &e[1]);
	struct filter_ref *ref = new_ref(t, name_of_element(t, ie), e, both ? 2 : 1);

	if (ref == NULL)
		return NULL;
	ref->type = (uint8_t)type_of(ie);
	ref->spans = ref->type == FILTER_NUMBER && e[0].unit != 0;
	ref->labels = ie->labels;
	return ref;
}

static const struct filter_ref *row(struct filter_tree *t, const struct filter_name *name)
{
	struct filter_ref *ref = new_ref(t, name->name, NULL, 0);

	if (ref == NULL)
		return NULL;
	ref->row = name;
	ref->type = name->type;
	ref->level = name->level;
	ref->labels = name->labels;
	if (filter_get_is_rule(name) && t->opts != NULL && t->opts->findings != NULL)
		ref->labels = t->opts->findings->rules;
	return ref;
}

static const struct group *group_named(struct nf_bytes name)
{
	for (size_t i = 0; i < COUNT(groups); i++)
		if (same(name, groups[i].name.name))
			return &groups[i];
	return NULL;
}

static struct filter_ref *group(struct filter_tree *t, const struct group *g)
{
	struct filter_ref *ref = new_ref(t, g->name.name, g->elements, g->nelements);
	const struct nf_ie *ie = nf_ie_builtin(g->elements[0].pen, g->elements[0].id);

	if (ref == NULL)
		return NULL;
	ref->type = g->name.type;
	ref->labels = ie != NULL ? ie->labels : NULL;
	return ref;
}

/* RFC 5103: "reverse." before a group is the same of the other direction. */
static const struct filter_ref *reverse(struct filter_tree *t, struct nf_bytes name)
{
	static const char prefix[] = "reverse.";
	size_t n = sizeof(prefix) - 1;
	const struct group *g;
	struct filter_ref *ref;
	char *own;

	if (name.n <= n || memcmp(name.p, prefix, n) != 0)
		return NULL;
	g = group_named(nf_slice(name, n, name.n));
	ref = g != NULL ? group(t, g) : NULL;
	own = ref != NULL ? nf_arena_strndup(&t->arena, (const char *)name.p, name.n) : NULL;
	if (own == NULL)
		return NULL;
	ref->name = own;
	for (size_t i = 0; i < ref->nelements; i++)
		ref->elements[i].pen = NF_PEN_REVERSE;
	return ref;
}

/* Header fields are elements of a registry of our own: their names in JSON work here too. */
static const struct filter_name *header_row(const struct nf_ie *ie)
{
	for (size_t i = 0; i < filter_nget_rows; i++)
		if (strncmp(filter_get_rows[i].name, "msg.", 4) == 0 &&
		    filter_get_rows[i].arg == ie->id && filter_get_rows[i].arg > 5)
			return &filter_get_rows[i];
	return NULL;
}

static const struct filter_ref *registered(struct filter_tree *t, struct nf_bytes name)
{
	const struct nf_ie *ie = nf_registry_by_name(t->registry, name);
	const struct filter_name *header;

	if (ie == NULL)
		return NULL;
	if (nf_ie_builtin(ie->pen, ie->id) == NULL) {
		if (t->former != NULL && open_name(t->former, name) == NULL)
			return NULL;
		if (!leave_open(t, name, ie->pen, ie->id))
			return NULL;
	}
	header = ie->pen == NF_PEN_FIXED ? header_row(ie) : NULL;
	return header != NULL ? row(t, header) : element(t, ie);
}

static const struct filter_name *row_named(const struct filter_name *rows, size_t n,
					   struct nf_bytes name)
{
	for (size_t i = 0; i < n; i++)
		if (same(name, rows[i].name))
			return &rows[i];
	return NULL;
}

const struct nf_ie *filter_element_ie(struct nf_registry *registry, const struct filter_element *e)
{
	if (e->pen == NF_PEN_V9)
		return nf_registry_v9(registry, e->id);
	return nf_registry_ipfix(registry, e->pen, e->id);
}

/* Wireshark takes a bare number beside a span of time for seconds. */
static const struct filter_ref *in_seconds(const struct filter_ref *ref)
{
	struct filter_ref *own = (struct filter_ref *)ref;	/* made for this one name */

	if (own != NULL) {
		own->type = FILTER_DURATION;
		own->spans = false;
		own->bare = true;
	}
	return own;
}

static struct filter_ref *wireshark_element(struct filter_tree *t, const struct cflow *c)
{
	const struct nf_ie *ie = filter_element_ie(t->registry, &c->element);
	struct filter_ref *ref = ie != NULL ? element(t, ie) : NULL;

	if (ref != NULL && nf_ie_builtin(ie->pen, ie->id) == NULL &&
	    !leave_open(t, bytes_of(c->name), ie->pen, ie->id))
		return NULL;
	if (ref != NULL && ref->type == FILTER_UNKNOWN)
		ref->type = c->type;
	return ref;
}

static const struct filter_ref *resolve(struct filter_tree *t, struct nf_bytes name);

static const struct filter_ref *wireshark(struct filter_tree *t, struct nf_bytes name)
{
	static const char prefix[] = "cflow.";
	size_t n = sizeof(prefix) - 1;

	if (name.n <= n || memcmp(name.p, prefix, n) != 0)
		return NULL;
	name = nf_slice(name, n, name.n);
	for (size_t i = 0; i < COUNT(cflows); i++) {
		const struct cflow *c = &cflows[i];
		const struct filter_ref *ref;

		if (!same(name, c->name))
			continue;
		ref = c->other != NULL ? resolve(t, bytes_of(c->other)) :
		      wireshark_element(t, c);
		return c->span ? in_seconds(ref) : ref;
	}
	return NULL;
}

static const char *other_name(struct nf_bytes name)
{
	for (size_t i = 0; i < COUNT(also); i++)
		if (same(name, also[i].name))
			return also[i].other;
	return NULL;
}

/*
 * "64513/temperature": of an enterprise in no table; "8/duration" is a division.  Gives the
 * enterprise's number, 0 for none.
 */
static uint32_t foreign_pen(struct filter_tree *t, struct nf_bytes name)
{
	const struct nf_ie *ie;
	uint64_t pen = 0;
	size_t at = 0, i = 0;

	for (; i < name.n && name.p[i] >= '0' && name.p[i] <= '9' && pen < NF_PEN_FIXED; i++)
		pen = 10 * pen + name.p[i] - '0';
	if (i == 0 || i + 1 >= name.n || name.p[i] != '/' || pen >= NF_PEN_FIXED)
		return 0;
	if (t->former != NULL)	/* others of the enterprise may have come since */
		return open_name(t->former, name) != NULL ? (uint32_t)pen : 0;
	while ((ie = nf_registry_next(t->registry, &at)) != NULL)
		if (ie->pen == pen)
			return 0;
	return filter_resolve(t, nf_slice(name, i + 1, name.n)) == NULL ? (uint32_t)pen : 0;
}

/* A name that type records (RFC 5610) may define while the capture is read. */
static const struct filter_ref *foreign(struct filter_tree *t, struct nf_bytes name)
{
	uint32_t pen = foreign_pen(t, name);
	struct filter_ref *ref;

	if (pen == 0 || !leave_open(t, name, pen, 0))
		return NULL;
	ref = new_ref(t, nf_arena_strndup(&t->arena, (const char *)name.p, name.n), NULL, 0);
	if (ref == NULL)
		return NULL;
	ref->type = FILTER_UNKNOWN;
	t->undefined = ref->name;
	return ref;
}

static const struct filter_ref *resolve(struct filter_tree *t, struct nf_bytes name)
{
	const struct filter_name *found = NULL;
	const char *other = other_name(name);
	const struct filter_ref *ref;
	const struct group *g;

	if (t->opts != NULL)
		found = row_named(t->opts->names, t->opts->nnames, name);
	if (found == NULL && other != NULL)
		name = bytes_of(other);
	if (found == NULL)
		found = row_named(filter_get_rows, filter_nget_rows, name);
	if (found != NULL)
		return row(t, found);
	g = group_named(name);
	if (g != NULL)
		return group(t, g);
	ref = wireshark(t, name);
	if (ref == NULL)
		ref = registered(t, name);
	if (ref == NULL)
		ref = reverse(t, name);
	return ref != NULL ? ref : foreign(t, name);
}

static bool keep(struct filter_tree *t, struct nf_bytes name, const struct filter_ref *base,
		 const struct filter_ref *ref)
{
	struct filter_known *k = nf_arena_alloc(&t->arena, sizeof(*k));

	if (k == NULL)
		return filter_no_memory(&t->faults);
	*k = (struct filter_known){ .next = t->known, .name = name, .base = base, .ref = ref };
	t->known = k;
	return true;
}

const struct filter_ref *filter_resolve(struct filter_tree *t, struct nf_bytes name)
{
	const struct filter_ref *ref;
	char *own;

	for (const struct filter_known *k = t->known; k != NULL; k = k->next)
		if (k->name.n == name.n && k->base == NULL &&
		    memcmp(k->name.p, name.p, name.n) == 0)
			return k->ref;
	ref = resolve(t, name);
	if (ref == NULL)
		return NULL;
	own = nf_arena_strndup(&t->arena, (const char *)name.p, name.n);
	if (own == NULL) {
		filter_no_memory(&t->faults);
		return NULL;
	}
	return keep(t, (struct nf_bytes){ (const uint8_t *)own, name.n }, NULL, ref) ? ref : NULL;
}

const struct filter_ref *filter_retyped(struct filter_tree *t, const struct filter_ref *base,
					enum filter_type type)
{
	struct filter_ref *ref;

	if (base->type == type)
		return base;
	for (const struct filter_known *k = t->known; k != NULL; k = k->next)
		if (k->base == base && k->ref->type == type)
			return k->ref;
	ref = nf_arena_alloc(&t->arena, sizeof(*ref));
	if (ref == NULL) {
		filter_no_memory(&t->faults);
		return NULL;
	}
	*ref = *base;
	ref->type = (uint8_t)type;
	return keep(t, (struct nf_bytes){ NULL, 0 }, base, ref) ? ref : NULL;
}

const struct filter_name *filter_name_next(const struct filter_opts *opts, size_t *at)
{
	size_t i = (*at)++, n = opts != NULL ? opts->nnames : 0;

	if (i < n)
		return &opts->names[i];
	i -= n;
	if (i < filter_nget_rows)
		return &filter_get_rows[i];
	i -= filter_nget_rows;
	if (i < COUNT(groups))
		return &groups[i].name;
	--*at;
	return NULL;
}

/* -- Names like it -------------------------------------------------------------------- */

static void consider_all(struct filter_tree *t, struct filter_near *n)
{
	static const char wireshark_prefix[] = "cflow.";
	const struct filter_name *name;
	const struct nf_ie *ie;
	size_t at = 0;

	while ((name = filter_name_next(t->opts, &at)) != NULL)
		filter_near_consider(n, name->name);
	for (size_t i = 0; i < COUNT(also); i++)
		filter_near_consider(n, also[i].name);
	for (at = 0; (ie = nf_registry_next(t->registry, &at)) != NULL; ) {
		char text[FILTER_NEAR_LONGEST];

		if (ie->pen >= NF_PEN_FIXED)
			continue;
		if (nf_pen_is_enterprise(ie->pen) && ie->pen != NF_PEN_REVERSE)
			snprintf(text, sizeof(text), "%lu/%s", (unsigned long)ie->pen, ie->name);
		else
			snprintf(text, sizeof(text), "%s", ie->name);
		filter_near_consider(n, text);
		if (ie->alias != NULL && ie->pen == NF_PEN_IANA)
			filter_near_consider(n, ie->alias);
	}
	if (n->name.n <= sizeof(wireshark_prefix) ||
	    memcmp(n->name.p, wireshark_prefix, sizeof(wireshark_prefix) - 1) != 0)
		return;
	for (size_t i = 0; i < COUNT(cflows); i++) {
		char text[FILTER_NEAR_LONGEST];

		snprintf(text, sizeof(text), "%s%s", wireshark_prefix, cflows[i].name);
		filter_near_consider(n, text);
	}
}

static void hint(struct filter_tree *t, struct nf_bytes name)
{
	struct filter_near near = filter_near_to(name);

	if (t->former != NULL)	/* nobody reads it */
		return;
	for (size_t i = 0; i < COUNT(elsewhere); i++) {
		if (same(name, elsewhere[i].name)) {
			filter_hint(&t->faults, "here it is %s", elsewhere[i].other);
			return;
		}
	}
	consider_all(t, &near);
	filter_near_ask(&near, &t->faults);
}

bool filter_unknown_name(struct filter_tree *t, struct nf_bytes name, struct nf_span span)
{
	if (t->faults.any)
		return false;
	filter_fault(&t->faults, span, "nothing is called %.*s",
		     (int)(name.n < 80 ? name.n : 80), (const char *)name.p);
	hint(t, name);
	return false;
}
