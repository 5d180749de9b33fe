#include <config.h>

#include "ie/ie.h"

#include "base/digits.h"
#include "base/strbuf.h"

void nf_ipv4_text(struct nf_strbuf *s, const uint8_t octets[4])
{
	if (nf_sb_room(s, NF_ROOM_IPV4))
		s->n = (size_t)(nf_put_ipv4(s->p + s->n, octets) - s->p);
}

void nf_mac_text(struct nf_strbuf *s, const uint8_t octets[6])
{
	char *p;

	if (!nf_sb_room(s, 17))
		return;
	p = nf_put_hex_octet(s->p + s->n, octets[0]);
	for (int i = 1; i < 6; i++) {
		*p++ = ':';
		p = nf_put_hex_octet(p, octets[i]);
	}
	s->n = (size_t)(p - s->p);
}

/* A group without leading zeros, lower case (RFC 5952 sections 4.1 and 4.3). */
static char *put_group(char *p, unsigned group)
{
	unsigned shift = group > 0xfff ? 12 : group > 0xff ? 8 : group > 0xf ? 4 : 0;

	for (;;) {
		*p++ = nf_hex_pairs[2 * (group >> shift & 15) + 1];
		if (shift == 0)
			return p;
		shift -= 4;
	}
}

/* The longest run of two or more zero groups, the first of equal ones (section 4.2). */
static void longest_run(const uint8_t octets[16], unsigned *start, unsigned *length)
{
	unsigned run = 0;

	*start = 8;
	*length = 1;
	for (unsigned i = 0; i < 8; i++) {
		run = nf_be16(octets + 2 * i) == 0 ? run + 1 : 0;
		if (run > *length) {
			*length = run;
			*start = i + 1 - run;
		}
	}
}

static bool is_mapped(const uint8_t octets[16])
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(octets, prefix, sizeof(prefix)) == 0;
}

void nf_ipv6_text(struct nf_strbuf *s, const uint8_t octets[16])
{
	unsigned start, length;
	char *p;

	if (!nf_sb_room(s, 40))
		return;
	p = s->p + s->n;
	if (is_mapped(octets)) {	/* section 5: IPv4 as it is written */
		memcpy(p, "::ffff:", 7);
		s->n = (size_t)(nf_put_ipv4(p + 7, octets + 12) - s->p);
		return;
	}
	longest_run(octets, &start, &length);
	for (unsigned i = 0; i < 8; i++) {
		if (i == start) {
			*p++ = ':';
			if (start + length == 8)
				*p++ = ':';
			i += length - 1;
			continue;
		}
		if (i > 0)
			*p++ = ':';
		p = put_group(p, nf_be16(octets + 2 * i));
	}
	s->n = (size_t)(p - s->p);
}
