#include <config.h>

#include "ie/tables.h"

#include <stdlib.h>

/* What the optional last column of a row may hold. */
#define VALUES(table)	.labels = &nf_labels_##table,
#define REVERSE		.reverse = true,

#define ROW(pen_, id_, name_, type_, semantics_, units_, role_, ...) {	\
	.pen = (pen_), .id = (id_), .type = NF_TYPE_##type_,		\
	.semantics = NF_SEM_##semantics_, .role = NF_ROLE_##role_,	\
	.known = true, .name = (name_), .units = (units_), __VA_ARGS__ }

#define V9(name_)	.alias = (name_),
const struct nf_ie nf_iana_rows[NF_IANA_LAST + 1] = {
#define IE(id, ...) [id] = ROW(NF_PEN_IANA, id, __VA_ARGS__),
#include "ie/iana.def"
#undef IE
};
#undef V9

/* The element of the reverse direction plays no role of its own. */
#define V9(name_)
static const struct nf_ie reverse_rows[NF_IANA_LAST + 1] = {
#define IE(id, name, type, semantics, units, role, ...) \
	[id] = ROW(NF_PEN_REVERSE, id, "reverse." name, type, semantics, units, NONE, \
		   REVERSE __VA_ARGS__),
#include "ie/iana.def"
#undef IE
};
#undef V9

static const struct nf_ie enterprise_rows[] = {
#define IE(id, ...) ROW(PEN, id, __VA_ARGS__),
#include "ie/registries.def"
#undef IE
};

const struct nf_ie nf_fixed_rows[NF_FIXED_END] = {
#define FIXED(id_, name_, type_, units_, ...)				\
	[NF_FIXED_##id_] = {						\
		.pen = NF_PEN_FIXED, .id = NF_FIXED_##id_,		\
		.type = NF_TYPE_##type_, .known = true,			\
		.name = (name_), .units = (units_), __VA_ARGS__ },
#include "ie/fixed.def"
#undef FIXED
};

static const struct nf_ie scope_rows[] = {
#define IE(id, ...) ROW(NF_PEN_V9_SCOPE, id, __VA_ARGS__),
#include "ie/v9_scope.def"
#undef IE
};

#define V9(name_)	.alias = (name_),
static const struct nf_ie v9_rows[] = {
#define IE(id, ...) ROW(NF_PEN_V9, id, __VA_ARGS__),
#include "ie/v9.def"
#undef IE
};
#undef V9

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const struct nf_ie_table nf_ie_tables[NF_IE_TABLES] = {
	{ nf_iana_rows, COUNT(nf_iana_rows), NF_PEN_IANA, NF_PEN_IANA, true },
	{ reverse_rows, COUNT(reverse_rows), NF_PEN_REVERSE, NF_PEN_REVERSE, true },
	{ enterprise_rows, COUNT(enterprise_rows), 1, NF_PEN_FIXED - 1, false },
	{ v9_rows, COUNT(v9_rows), NF_PEN_V9, NF_PEN_V9, false },
	{ scope_rows, COUNT(scope_rows), NF_PEN_V9_SCOPE, NF_PEN_V9_SCOPE, false },
	{ nf_fixed_rows, COUNT(nf_fixed_rows), NF_PEN_FIXED, NF_PEN_FIXED, true },
};

const struct nf_ie_alias nf_ie_aliases[] = {
#define ALSO(id, name) { id, name },
#include "ie/v9_names.def"
#undef ALSO
};
const size_t nf_ie_naliases = COUNT(nf_ie_aliases);

static int by_key(const void *key, const void *row)
{
	const struct nf_ie *a = key, *b = row;

	if (a->pen != b->pen)
		return a->pen < b->pen ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static const struct nf_ie *search(const struct nf_ie_table *t, uint32_t pen, uint16_t id)
{
	const struct nf_ie key = { .pen = pen, .id = id };

	if (!t->direct)
		return bsearch(&key, t->rows, t->n, sizeof(key), by_key);
	return id < t->n && t->rows[id].name != NULL ? &t->rows[id] : NULL;
}

const struct nf_ie *nf_ie_builtin(uint32_t pen, uint16_t id)
{
	for (const struct nf_ie_table *t = nf_ie_tables; t < nf_ie_tables + NF_IE_TABLES; t++) {
		const struct nf_ie *ie = NULL;

		if (pen >= t->first_pen && pen <= t->last_pen)
			ie = search(t, pen, id);
		if (ie != NULL)
			return ie;
	}
	return NULL;
}

static const struct enterprise {
	uint32_t pen;
	const char *name;
} enterprises[] = {
#define ENTERPRISE(pen, name) { pen, name },
#include "ie/enterprises.def"
#undef ENTERPRISE
};

static int by_pen(const void *key, const void *row)
{
	uint32_t pen = *(const uint32_t *)key, other = ((const struct enterprise *)row)->pen;

	return (pen > other) - (pen < other);
}

const char *nf_enterprise_name(uint32_t pen)
{
	const struct enterprise *e =
		bsearch(&pen, enterprises, COUNT(enterprises), sizeof(enterprises[0]), by_pen);

	return e != NULL ? e->name : NULL;
}

uint8_t nf_ie_protocol(const struct nf_ie *ie)
{
	static const struct {
		uint16_t id;
		uint8_t protocol;
	} rows[] = {
		{ 32, 1 },	/* icmpTypeCodeIPv4 */
		{ 139, 58 },	/* icmpTypeCodeIPv6 */
		{ 176, 1 },	/* icmpTypeIPv4 */
		{ 177, 1 },	/* icmpCodeIPv4 */
		{ 178, 58 },	/* icmpTypeIPv6 */
		{ 179, 58 },	/* icmpCodeIPv6 */
	};

	if (ie->pen != NF_PEN_IANA && ie->pen != NF_PEN_REVERSE)
		return 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].id == ie->id)
			return rows[i].protocol;
	return 0;
}
