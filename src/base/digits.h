/*
 * Digits into memory: what most of the output's cost is made of.
 *
 * Each nf_put_* writes at P, where the caller has made room, and returns the end.
 */
#ifndef NF_BASE_DIGITS_H
#define NF_BASE_DIGITS_H

#include <stdint.h>
#include <string.h>

enum {
	NF_ROOM_U64 = 20,	/* the most that nf_put_u64 writes */
	NF_ROOM_IPV4 = 16,	/* nf_put_ipv4 writes over one octet more than the text has */
};

extern const char nf_decimal_pairs[200];	/* "000102 .. 99" */
extern const char nf_hex_pairs[512];		/* "000102 .. ff" */

/* Four octets a number from 0 to 255: up to three digits from the left, and how many they are. */
extern const char nf_octet_digits[1024];

static inline char *nf_put_pair(char *p, unsigned v)
{
	memcpy(p, nf_decimal_pairs + 2 * v, 2);
	return p + 2;
}

static inline char *nf_put_hex_octet(char *p, uint8_t v)
{
	memcpy(p, nf_hex_pairs + 2 * (size_t)v, 2);
	return p + 2;
}

/* Decimal digits of V: 1 to 20. */
unsigned nf_decimal_digits(uint64_t v);

/* V in decimal, exactly WIDTH digits: the low ones, with leading zeros. */
static inline char *nf_put_digits(char *p, uint64_t v, unsigned width)
{
	char *at = p + width;

	while (at - p >= 2) {
		at -= 2;
		memcpy(at, nf_decimal_pairs + 2 * (v % 100), 2);
		v /= 100;
	}
	if (at > p)
		*p = (char)('0' + v % 10);
	return p + width;
}

static inline char *nf_put_u64(char *p, uint64_t v)
{
	if (v < 10) {
		*p = (char)('0' + v);
		return p + 1;
	}
	return nf_put_digits(p, v, nf_decimal_digits(v));
}

static inline char *nf_put_octet(char *p, uint8_t v)
{
	const char *digits = nf_octet_digits + 4 * (size_t)v;

	memcpy(p, digits, 4);
	return p + digits[3];
}

/* "10.0.0.1"; needs NF_ROOM_IPV4 octets of room. */
static inline char *nf_put_ipv4(char *p, const uint8_t octets[4])
{
	for (int i = 0; i < 3; i++) {
		p = nf_put_octet(p, octets[i]);
		*p++ = '.';
	}
	return nf_put_octet(p, octets[3]);
}

#endif
