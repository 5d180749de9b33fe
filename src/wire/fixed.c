#include <config.h>

#include "wire/wire.h"

#include <assert.h>
#include <stdalign.h>
#include <stddef.h>

#include "wire/internal.h"

#define HEADER(v) { .begin = NF_LAYOUT_HEADER + 1, .version = (v) },
#define RECORD(v, a) { .begin = NF_LAYOUT_FIXED + 1, .version = (v), .aggregation = (a) },
#define IANA(i, n) { .pen = NF_PEN_IANA, .id = (i), .length = (n) },
#define OWN(i, n) { .pen = NF_PEN_FIXED, .id = NF_FIXED_##i, .length = (n) },
#define BITS(i, n, first, bits) \
	{ .pen = NF_PEN_FIXED, .id = NF_FIXED_##i, .length = (n), \
	  .first_bit = (first), .nbits = (bits) },
#define OVERLAY(i, n, first, bits) \
	{ .pen = NF_PEN_FIXED, .id = NF_FIXED_##i, .length = (n), \
	  .first_bit = (first), .nbits = (bits), .overlay = true },

static const struct nf_row rows[] = {
#include "wire/headers.def"
#include "wire/fixed_v1_v7.def"
#include "wire/fixed_v8.def"
};

enum {
	NROWS = sizeof(rows) / sizeof(rows[0]),
	NLAYOUTS = 7 + 4 + 14,		/* headers; v1, v5, v6, v7; v8 */
	AGGREGATIONS = 14,
	POOL = NROWS * (sizeof(struct nf_fielddef) + sizeof(struct nf_op)) +
	       NLAYOUTS * (sizeof(struct nf_layout) + 2 * alignof(max_align_t)),
};

/* Where the layouts live; written once, by nf_fixed_compile. */
static alignas(max_align_t) unsigned char pool[POOL];
static const struct nf_layout *headers[NF_VERSION_MAX + 1];
static const struct nf_layout *records[NF_VERSION_MAX + 1];
static const struct nf_layout *aggregations[AGGREGATIONS + 1];

/* Compile the layout whose fields are ROW[0 .. N-1]. */
static void compile(struct nf_layout *l, enum nf_layout_kind kind, const struct nf_row *row,
		    size_t n)
{
	nf_layout_begin(l, kind, n);
	for (size_t i = 0; i < n; i++) {
		const struct nf_ie *ie = nf_ie_builtin(row[i].pen, row[i].id);
		struct nf_fielddef *def;

		assert(ie != NULL);
		def = nf_layout_add(l, ie, row[i].length, false, row[i].overlay);
		def->first_bit = row[i].first_bit;
		def->nbits = row[i].nbits;
	}
	nf_layout_finish(l);
}

void nf_fixed_compile(void)
{
	size_t used = 0, i = 0, n;

	while (i < NROWS) {
		const struct nf_row *begin = &rows[i];
		struct nf_layout *l = (struct nf_layout *)(pool + used);

		for (n = 0; i + 1 + n < NROWS && rows[i + 1 + n].begin == 0; n++)
			;
		used += (nf_layout_bytes(n) + alignof(max_align_t) - 1) &
			~(alignof(max_align_t) - 1);
		assert(used <= POOL);
		compile(l, (enum nf_layout_kind)(begin->begin - 1), begin + 1, n);
		if (begin->begin - 1 == NF_LAYOUT_HEADER)
			headers[begin->version] = l;
		else if (begin->aggregation != 0)
			aggregations[begin->aggregation] = l;
		else
			records[begin->version] = l;
		i += 1 + n;
	}
}

const struct nf_layout *nf_fixed_header(uint16_t version)
{
	return version <= NF_VERSION_MAX ? headers[version] : NULL;
}

const struct nf_layout *nf_fixed_layout(uint16_t version, uint8_t aggregation)
{
	if (nf_format_of(version) == NULL)	/* compiles the layouts at first use */
		return NULL;
	if (version == 8)
		return aggregation <= AGGREGATIONS ? aggregations[aggregation] : NULL;
	return records[version];
}

uint32_t nf_fixed_size(const struct nf_msg *m)
{
	const struct nf_layout *l = nf_fixed_layout(m->version, m->aggregation);

	return l == NULL ? 0 : l->min_len;
}
