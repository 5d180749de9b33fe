/*
 * Sets of many records, for streams.h: what formats make of many at once is to be what they make of
 * each.  All kinds of fields, with values of all lengths, 1 among them.
 */
#ifndef TESTS_LIB_MANYRECORDS_H
#define TESTS_LIB_MANYRECORDS_H

#include "base/strbuf.h"

/* Elements and lengths; 0: an IPv6 address, 65535: a string of variable length. */
static const uint16_t many_fields[][2] = {
	{ 8, 4 }, { 4, 1 }, { 12, 4 }, { 7, 2 }, { 11, 2 }, { 6, 1 }, { 5, 1 }, { 1, 8 }, { 2, 8 },
	{ 27, 0 }, { 1, 3 }, { 2, 4 }, { 21, 4 }, { 22, 4 }, { 152, 8 }, { 153, 8 }, { 10, 4 },
	{ 14, 2 }, { 16, 4 }, { 32, 2 }, { 56, 6 }, { 95, 4 }, { 210, 2 }, { 210, 7 }, { 136, 1 },
	{ 61, 1 }, { 89, 1 }, { 9, 1 }, { 176, 1 }, { 177, 1 }, { 85, 8 }, { 150, 4 }, { 16, 4 },
	{ 15, 4 }, { 130, 4 }, { 34, 4 }, { 82, 65535 }, { 17, 4 }, { 18, 4 }, { 86, 8 },
	{ 225, 4 }, { 210, 3 }, { 152, 8 }, { 23, 5 },
};

enum { MANY_FIELDS = sizeof(many_fields) / sizeof(many_fields[0]) };

static uint64_t many_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *state >> 32 ^ *state << 32;
}

static void many_value(struct nf_strbuf *s, unsigned octets, uint64_t *state)
{
	uint64_t v = many_random(state), how = many_random(state) % 8;

	if (octets == 0) {
		nf_sb_printf(s, " 2001:db8::%x", (unsigned)v & 0xffff);
	} else if (octets == 65535) {
		nf_sb_printf(s, " v\"eth%u\"", (unsigned)v & 0xff);
	} else {
		v = how == 0 ? 0 : how == 1 ? 1 : v >> v % 64;
		nf_sb_printf(s, " %llu/%u", (unsigned long long)(octets < 8 ?
			     v & ((UINT64_C(1) << 8 * octets) - 1) : v), octets);
	}
}

/* A template and a set of N records by it, as exporters of VERSION, 9 or 10, send them. */
static void many_records(struct nf_strbuf *s, unsigned version, unsigned n)
{
	uint64_t state = n;

	nf_sb_printf(s, "1.1 %u T256", version);
	for (unsigned i = 0; i < MANY_FIELDS; i++) {
		unsigned octets = many_fields[i][1];

		if (octets == 65535 && version == 10)
			nf_sb_printf(s, " %u/v", (unsigned)many_fields[i][0]);
		else if (octets != 65535)
			nf_sb_printf(s, " %u/%u", (unsigned)many_fields[i][0],
				     octets != 0 ? octets : 16);
	}
	nf_sb_printf(s, " | D256");
	for (unsigned i = 0; i < n; i++) {
		nf_sb_str(s, i > 0 ? " ," : "");
		for (unsigned j = 0; j < MANY_FIELDS; j++)
			if (many_fields[j][1] != 65535 || version == 10)
				many_value(s, many_fields[j][1], &state);
	}
	nf_sb_char(s, '\n');
}

#endif
