#include <config.h>

#include "wire/wire.h"

#include <assert.h>
#include <stdalign.h>
#include <stddef.h>

#include "wire/internal.h"

/*
 * The rows are read twice.  First, each record layout becomes functions that load all its fields
 * one after another, without looking at a layout: what nf_rec_values and nf_rows_fill call.
 */
#define RECORD(version, aggregation, ...) \
	__attribute__((always_inline)) \
	static inline void all_of_v##version##_##aggregation(const uint8_t *p, uint64_t *v, \
							     size_t next) \
	{ \
		__VA_ARGS__ \
	} \
	static void load_v##version##_##aggregation(const uint8_t *p, uint64_t *v) \
	{ \
		all_of_v##version##_##aggregation(p, v, 1); \
	} \
	static void row_of_v##version##_##aggregation(const uint8_t *p, uint64_t *v) \
	{ \
		all_of_v##version##_##aggregation(p, v, NF_ROWS); \
	}
#define IANA(element, octets) *v = nf_ben(p, octets); p += (octets); v += next;
#define OWN(field, octets) IANA(field, octets)
#include "wire/fixed_v1_v7.def"
#include "wire/fixed_v8.def"
#undef RECORD
#undef IANA
#undef OWN

/* Then, all layouts become rows: one where a layout begins, and one a field. */
#define HEADER(version_, ...) { .begin = NF_LAYOUT_HEADER + 1, .version = (version_) }, __VA_ARGS__
#define RECORD(version_, aggregation_, ...) \
	{ .begin = NF_LAYOUT_FIXED + 1, .version = (version_), .aggregation = (aggregation_), \
	  .load = load_v##version_##_##aggregation_, \
	  .load_row = row_of_v##version_##_##aggregation_ }, __VA_ARGS__
#define IANA(element, octets) { .pen = NF_PEN_IANA, .id = (element), .length = (octets) },
#define OWN(field, octets) { .pen = NF_PEN_FIXED, .id = NF_FIXED_##field, .length = (octets) },
#define BITS(field, octets, first, bits) \
	{ .pen = NF_PEN_FIXED, .id = NF_FIXED_##field, .length = (octets), \
	  .first_bit = (first), .nbits = (bits) },
#define OVERLAY(field, octets, first, bits) \
	{ .pen = NF_PEN_FIXED, .id = NF_FIXED_##field, .length = (octets), \
	  .first_bit = (first), .nbits = (bits), .overlay = true },
static const struct row {
	uint8_t begin;		/* enum nf_layout_kind + 1: a layout begins; 0: a field */
	uint8_t version, aggregation;
	void (*load)(const uint8_t *p, uint64_t *v), (*load_row)(const uint8_t *p, uint64_t *v);
	uint8_t length;
	uint8_t first_bit, nbits;
	bool overlay;
	uint16_t id;
	uint32_t pen;
} rows[] = {
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
static void compile(struct nf_layout *l, enum nf_layout_kind kind, const struct row *row,
		    size_t n)
{
	nf_layout_begin(l, kind);
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
		const struct row *begin = &rows[i];
		struct nf_layout *l = (struct nf_layout *)(pool + used);

		for (n = 0; i + 1 + n < NROWS && rows[i + 1 + n].begin == 0; n++)
			;
		used += (nf_layout_bytes(n) + alignof(max_align_t) - 1) &
			~(alignof(max_align_t) - 1);
		assert(used <= POOL);
		compile(l, (enum nf_layout_kind)(begin->begin - 1), begin + 1, n);
		l->load = begin->load;
		l->load_row = begin->load_row;
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
