#include <config.h>

#include "model/fieldnames.h"

#include <string.h>

#include "ie/tables.h"

struct element {
	uint32_t pen;
	uint16_t id;
};

struct named {
	const char *name;
	struct element element;
};

struct group {
	const char *name;
	const struct element *elements;
	size_t n;
};

struct words {
	const char *name, *other;
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define E(id_) { .pen = NF_PEN_IANA, .id = id_ }
#define R(id_) { .pen = NF_PEN_REVERSE, .id = id_ }
#define V9(id_) { .pen = NF_PEN_V9, .id = id_ }
#define ROWS(...) (const struct element[]){ __VA_ARGS__ }
#define NAME(...)
#define LABELLED(...)
#define SEVERAL(...)
#define ELSEWHERE(...)

static const struct group groups[] = {
#define GROUP(name_, type_, help_, ...) \
	{ name_, ROWS(__VA_ARGS__), sizeof(ROWS(__VA_ARGS__)) / sizeof(struct element) },
#define ALSO(...)
#include "model/filter_names.def"
#undef GROUP
#undef ALSO
};

static const struct words also[] = {
#define GROUP(...)
#define ALSO(name_, other_) { name_, other_ },
#include "model/filter_names.def"
#undef GROUP
#undef ALSO
};

static const struct named cflows[] = {
#define CFLOW(name_, pen_, id_, type_) { name_, { pen_, id_ } },
#define SPAN(name_, pen_, id_, type_) { name_, { pen_, id_ } },
#define CFLOW_IS(...)
#define SPAN_IS(...)
#include "model/filter_cflow.def"
#undef CFLOW
#undef SPAN
#undef CFLOW_IS
#undef SPAN_IS
};

/* Wireshark's names that are those of filters. */
static const struct words cflow_groups[] = {
#define CFLOW(...)
#define SPAN(...)
#define CFLOW_IS(name_, other_) { name_, other_ },
#define SPAN_IS(...)
#include "model/filter_cflow.def"
};

static bool is(const struct nf_ie *ie, const struct element *e)
{
	return ie->id == e->id && ie->pen == e->pen;
}

static bool holds(const struct group *g, const struct nf_ie *ie)
{
	for (size_t i = 0; i < g->n; i++)
		if (is(ie, &g->elements[i]))
			return true;
	return false;
}

static const struct group *group_named(const char *name)
{
	for (size_t i = 0; i < COUNT(groups); i++)
		if (strcmp(groups[i].name, name) == 0)
			return &groups[i];
	return NULL;
}

/* Is OTHER, a name of filters, IE itself or a group that holds it? */
static bool means(const char *other, const struct nf_ie *ie)
{
	const struct group *g = group_named(other);

	if (g != NULL)
		return holds(g, ie);
	return !nf_pen_is_enterprise(ie->pen) && strcmp(other, ie->name) == 0;
}

static const char *v9_name(const struct nf_ie *ie, size_t i)
{
	if (i == 0)
		return ie->alias != NULL ? ie->alias : "";
	if (ie->pen != NF_PEN_IANA || i > nf_ie_naliases)
		return i > nf_ie_naliases ? NULL : "";
	return nf_ie_aliases[i - 1].id == ie->id ? nf_ie_aliases[i - 1].name : "";
}

static const char *filter_name(const struct nf_ie *ie, size_t i)
{
	if (i < COUNT(groups))
		return holds(&groups[i], ie) ? groups[i].name : "";
	i -= COUNT(groups);
	if (i < COUNT(also))
		return means(also[i].other, ie) ? also[i].name : "";
	return NULL;
}

static const char *wireshark_name(const struct nf_ie *ie, size_t i)
{
	if (i < COUNT(cflows))
		return is(ie, &cflows[i].element) ? cflows[i].name : "";
	i -= COUNT(cflows);
	if (i < COUNT(cflow_groups))
		return means(cflow_groups[i].other, ie) ? cflow_groups[i].name : "";
	return NULL;
}

const char *fieldnames_next(const struct nf_ie *ie, enum fieldnames_kind kind, size_t *at)
{
	static const char *(*const names[FIELDNAMES_KINDS])(const struct nf_ie *ie, size_t i) = {
		[FIELDNAMES_V9] = v9_name,
		[FIELDNAMES_FILTER] = filter_name,
		[FIELDNAMES_WIRESHARK] = wireshark_name,
	};
	const char *name;

	do {
		name = names[kind](ie, *at);
		*at += name != NULL;
	} while (name != NULL && *name == '\0');
	return name;
}

bool fieldnames_wireshark(size_t *at, uint32_t *pen, uint16_t *id)
{
	if (*at == COUNT(cflows))
		return false;
	*pen = cflows[*at].element.pen;
	*id = cflows[*at].element.id;
	++*at;
	return true;
}

const char *fieldnames_also(const char *name, size_t *at)
{
	while (*at < COUNT(also))
		if (strcmp(also[(*at)++].other, name) == 0)
			return also[*at - 1].name;
	return NULL;
}
