#include <config.h>

#include "ie/address.h"

#include "base/digits.h"
#include "base/strbuf.h"
#include "ie/ie.h"

char *nf_put_mac(char *p, const uint8_t octets[6])
{
	p = nf_put_hex_octet(p, octets[0]);
	for (int i = 1; i < 6; i++) {
		*p++ = ':';
		p = nf_put_hex_octet(p, octets[i]);
	}
	return p;
}

/* An octet's digits without a leading zero. */
static inline char *put_short_hex(char *p, uint8_t v)
{
	if (v > 0xf)
		return nf_put_hex_octet(p, v);
	*p = nf_hex_pairs[2 * (size_t)v + 1];
	return p + 1;
}

/* A group without leading zeros, in lower case (RFC 5952 sections 4.1 and 4.3). */
static inline char *put_group(char *p, const uint8_t octets[2])
{
	if (octets[0] == 0)
		return put_short_hex(p, octets[1]);
	return nf_put_hex_octet(put_short_hex(p, octets[0]), octets[1]);
}

/*
 * The longest run of two or more zero groups, the first of equal ones (section 4.2): where it
 * starts, or 8, and its length.
 */
static unsigned longest_run(const uint8_t octets[16], unsigned *length)
{
	unsigned run = 0, start = 8;

	*length = 1;
	for (unsigned i = 0; i < 8; i++) {
		run = octets[2 * i] == 0 && octets[2 * i + 1] == 0 ? run + 1 : 0;
		if (run > *length) {
			*length = run;
			start = i + 1 - run;
		}
	}
	return start;
}

static bool is_mapped(const uint8_t octets[16])
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(octets, prefix, sizeof(prefix)) == 0;
}

char *nf_put_ipv6(char *p, const uint8_t octets[16])
{
	unsigned start, length;

	if (is_mapped(octets)) {	/* section 5: IPv4 as it is written */
		memcpy(p, "::ffff:", 7);
		return nf_put_ipv4(p + 7, octets + 12);
	}
	start = longest_run(octets, &length);
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
		p = put_group(p, octets + 2 * i);
	}
	return p;
}

void nf_ipv4_text(struct nf_strbuf *s, const uint8_t octets[4])
{
	if (nf_sb_room(s, NF_ROOM_IPV4))
		s->n = (size_t)(nf_put_ipv4(s->p + s->n, octets) - s->p);
}

void nf_ipv6_text(struct nf_strbuf *s, const uint8_t octets[16])
{
	if (nf_sb_room(s, NF_ROOM_IPV6))
		s->n = (size_t)(nf_put_ipv6(s->p + s->n, octets) - s->p);
}

void nf_mac_text(struct nf_strbuf *s, const uint8_t octets[6])
{
	if (nf_sb_room(s, NF_ROOM_MAC))
		s->n = (size_t)(nf_put_mac(s->p + s->n, octets) - s->p);
}
