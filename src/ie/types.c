#include <config.h>

#include "ie/tables.h"

#include <string.h>

static const struct type_row {
	const char *name;
	uint8_t kind;
	uint16_t min, max;	/* fixed lengths that a template may have */
} types[NF_TYPES] = {
#define TYPE(id, name_, kind_, min_, max_) \
	[NF_TYPE_##id] = { .name = (name_), .kind = NF_KIND_##kind_, .min = (min_), .max = (max_) },
#include "ie/types.def"
#undef TYPE
};

#define OCTETS(n) (UINT64_C(1) << (n))
#define UP_TO(n) (OCTETS((n) + 1) - OCTETS(1))
#define ANY UINT64_MAX

/*
 * Which lengths a kind can be read from, bit N for N octets, and from which ones a number
 * can be read where it cannot (quirks B5 and B6: exporters send what they like).
 */
static const struct fit {
	uint64_t exact, number;
	bool variable;		/* a template may say 65535 */
} fits[NF_KINDS] = {
	[NF_KIND_OCTETS] =		{ ANY, 0, true },
	[NF_KIND_UINT] =		{ UP_TO(32), 0, false },
	[NF_KIND_SINT] =		{ UP_TO(8), 0, false },
	[NF_KIND_FLOAT] =		{ OCTETS(4) | OCTETS(8), 0, false },
	[NF_KIND_BOOL] =		{ OCTETS(1), UP_TO(8), false },
	[NF_KIND_MAC] =			{ OCTETS(6), 0, false },
	[NF_KIND_STRING] =		{ ANY, 0, true },
	[NF_KIND_IPV4] =		{ OCTETS(4), 0, false },
	[NF_KIND_IPV6] =		{ OCTETS(16), 0, false },
	[NF_KIND_SECONDS] =		{ OCTETS(4), UP_TO(8), false },
	[NF_KIND_MILLISECONDS] =	{ OCTETS(8), UP_TO(8), false },
	[NF_KIND_MICROSECONDS] =	{ OCTETS(8), 0, false },
	[NF_KIND_NANOSECONDS] =		{ OCTETS(8), 0, false },
	[NF_KIND_BASIC_LIST] =		{ ANY, 0, true },
	[NF_KIND_SUBTEMPLATE_LIST] =	{ ANY, 0, true },
	[NF_KIND_SUBTEMPLATE_MULTILIST] = { ANY, 0, true },
};

/* The bit of a length in a fit; all beyond the longest are one. */
static uint64_t length_bit(size_t length)
{
	return OCTETS(length < 63 ? length : 63);
}

bool nf_kind_fits(enum nf_kind kind, size_t length)
{
	return (fits[kind].exact & length_bit(length)) != 0;
}

enum nf_kind nf_kind_of(enum nf_type type, size_t length)
{
	enum nf_kind kind = types[type].kind;

	if (nf_kind_fits(kind, length))
		return kind;
	return (fits[kind].number & length_bit(length)) != 0 ? NF_KIND_UINT : NF_KIND_OCTETS;
}

bool nf_length_legal(enum nf_type type, uint16_t length)
{
	const struct type_row *row = &types[type];

	if (length == 65535)
		return fits[row->kind].variable;
	if (row->kind == NF_KIND_FLOAT && length != 4 && length != 8)
		return false;
	return length >= row->min && length <= row->max;
}

const char *nf_type_name(enum nf_type type)
{
	return types[type].name;
}

enum nf_type nf_type_by_name(struct nf_bytes name)
{
	unsigned i = 0;

	while (i < NF_TYPES && (strlen(types[i].name) != name.n ||
				memcmp(types[i].name, name.p, name.n) != 0))
		i++;
	return (enum nf_type)i;
}
