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

/* What the hexadecimal digit C stands for; -1: it is none. */
static inline int nf_hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
		return (c | 0x20) - 'a' + 10;
	return -1;
}

static inline char *nf_put_hex_octet(char *p, uint8_t v)
{
	memcpy(p, nf_hex_pairs + 2 * (size_t)v, 2);
	return p + 2;
}

extern const uint64_t nf_powers_of_ten[20];	/* the first one is 0 */

/* Decimal digits of V: 1 to 20.  1233/4096 is nearly log10(2): DIGITS is right, or one too few. */
static inline unsigned nf_decimal_digits(uint64_t v)
{
	unsigned bits = 64 - (unsigned)__builtin_clzll(v | 1);
	unsigned digits = bits * 1233 >> 12;

	return digits + (v >= nf_powers_of_ten[digits]);
}

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

/* "0000" to "9999": four octets a number. */
extern const char nf_four_digits[40000];

/* Four digits with leading zeros, as a number whose octets, in memory, are they. */
static inline uint32_t nf_four(unsigned v)
{
	uint32_t w;

	memcpy(&w, nf_four_digits + 4 * (size_t)v, sizeof(w));
	return w;
}

static inline char *nf_put_four(char *p, unsigned v)
{
	uint32_t w = nf_four(v);

	memcpy(p, &w, sizeof(w));
	return p + 4;
}

/* The four hexadecimal digits of two octets, as a number whose octets, in memory, are they. */
static inline uint32_t nf_four_hex(uint8_t first, uint8_t second)
{
	uint16_t a, b;

	memcpy(&a, nf_hex_pairs + 2 * (size_t)first, sizeof(a));
	memcpy(&b, nf_hex_pairs + 2 * (size_t)second, sizeof(b));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return a | (uint32_t)b << 16;
#else
	return (uint32_t)a << 16 | b;
#endif
}

/* Four octets without the first ones: 8 BITS each. */
static inline uint32_t nf_last_of(uint32_t four, unsigned bits)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return four >> bits;
#else
	return four << bits;
#endif
}

static inline uint32_t nf_four_from(unsigned v, unsigned bits)
{
	return nf_last_of(nf_four(v), bits);
}

/* The last DIGITS of V below 10000: 1 to 4. */
static inline char *nf_put_last(char *p, unsigned v, unsigned digits)
{
	uint32_t w = nf_four_from(v, 32 - 8 * digits);

	memcpy(p, &w, sizeof(w));
	return p + digits;
}

/* V below 10000 without leading zeros.  No branch: how many digits come cannot be guessed. */
static inline char *nf_put_upto4(char *p, unsigned v)
{
	return nf_put_last(p, v, 1 + (v >= 10) + (v >= 100) + (v >= 1000));
}

static inline char *nf_put_upto8(char *p, uint32_t v)
{
	if (v < 10000)
		return nf_put_upto4(p, v);
	return nf_put_four(nf_put_upto4(p, v / 10000), v % 10000);
}

static inline char *nf_put_u32(char *p, uint32_t v)
{
	if (v < 100000000)
		return nf_put_upto8(p, v);
	p = nf_put_upto4(p, v / 100000000);
	v %= 100000000;
	return nf_put_four(nf_put_four(p, v / 10000), v % 10000);
}

/* Needs NF_ROOM_U64 octets of room, however small V is. */
static inline char *nf_put_u64(char *p, uint64_t v)
{
	uint32_t low = (uint32_t)(v % 100000000);

	if (v < 100000000)
		return nf_put_upto8(p, low);
	v /= 100000000;
	if (v < 100000000)
		p = nf_put_upto8(p, (uint32_t)v);
	else
		p = nf_put_four(nf_put_four(nf_put_upto4(p, (unsigned)(v / 100000000)),
					    (uint32_t)(v % 100000000) / 10000),
				(uint32_t)(v % 10000));
	return nf_put_four(nf_put_four(p, low / 10000), low % 10000);
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
