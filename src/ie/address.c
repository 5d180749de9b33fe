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

/* A group without leading zeros, in lower case (RFC 5952 sections 4.1 and 4.3), and a colon. */
static inline char *put_group(char *p, const uint8_t octets[2])
{
	unsigned v = (unsigned)octets[0] << 8 | octets[1];
	unsigned n = (35 - (unsigned)__builtin_clz(v | 1)) / 4;
	uint32_t four = nf_last_of(nf_four_hex(octets[0], octets[1]), 32 - 8 * n);

	memcpy(p, &four, sizeof(four));
	p[n] = ':';
	return p + n + 1;
}

/* Which of the four groups at P are zero: a bit each, the lowest one for the first. */
static inline unsigned zero_groups(const uint8_t *p)
{
	const uint64_t low = 0x7fff7fff7fff7fff;
	const uint64_t v = nf_be64(p), zero = ~(((v & low) + low) | v) & ~low;

	/* The product has the bits beside each other. */
	return (unsigned)((zero >> 15) * 0x0008000400020001 >> 48 & 0xf);
}

/*
 * The longest run of two or more zero groups, the first of equal ones (section 4.2): where it
 * starts, or 8, and its length.
 */
static inline unsigned longest_run(const uint8_t octets[16], unsigned *length)
{
	unsigned zeros = zero_groups(octets) | zero_groups(octets + 8) << 4, starts = 0;

	for (*length = 0; zeros != 0; zeros &= zeros >> 1) {
		starts = zeros;
		++*length;
	}
	return *length >= 2 ? (unsigned)__builtin_ctz(starts) : 8;
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
	for (unsigned i = 0; i < start; i++)
		p = put_group(p, octets + 2 * i);
	if (start == 8)
		return p - 1;
	if (start == 0)
		*p++ = ':';
	*p++ = ':';
	for (unsigned i = start + length; i < 8; i++)
		p = put_group(p, octets + 2 * i);
	return start + length == 8 ? p : p - 1;
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
