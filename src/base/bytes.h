/*
 * Borrowed views of bytes, and the loads that read them.
 *
 * Everything on the wire of NetFlow and IPFIX is big-endian (RFC 3954 section 5,
 * RFC 7011 section 3).  Wire bytes are read in one of two ways only:
 *
 *   nf_get16(b, at, &v)   checks that the bytes are there; false if they are not
 *   nf_be16(p)            for bytes whose presence has been checked as a whole
 *                         (a header, a record), so that the hot path checks once
 */
#ifndef NF_BASE_BYTES_H
#define NF_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A borrowed view: whoever owns the memory must outlive it. */
struct nf_bytes {
	const uint8_t *p;
	size_t n;
};

/* A range of octets inside one message (or one payload, where said so). */
struct nf_span {
	uint32_t off;
	uint32_t len;
};

static inline struct nf_span nf_span_of(size_t off, size_t len)
{
	return (struct nf_span){ .off = (uint32_t)off, .len = (uint32_t)len };
}

/* True if NEED octets stand at AT.  Never overflows, whatever AT and NEED are. */
static inline bool nf_has(struct nf_bytes b, size_t at, size_t need)
{
	return at <= b.n && b.n - at >= need;
}

/* The part of B that begins at AT and is at most N long; empty where there is none. */
static inline struct nf_bytes nf_slice(struct nf_bytes b, size_t at, size_t n)
{
	if (at > b.n)
		at = b.n;
	if (n > b.n - at)
		n = b.n - at;
	return (struct nf_bytes){ at != 0 ? b.p + at : b.p, n };	/* p may be NULL */
}

/* Unchecked loads: the caller has checked that the octets are there. */
static inline uint16_t nf_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t nf_be24(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static inline uint32_t nf_be32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap32(v);
#endif
	return v;
}

/* Stores in the wire's order. */
static inline void nf_store16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void nf_store32(uint8_t *p, uint32_t v)
{
	nf_store16(p, (uint16_t)(v >> 16));
	nf_store16(p + 2, (uint16_t)v);
}

static inline void nf_store64(uint8_t *p, uint64_t v)
{
	nf_store32(p, (uint32_t)(v >> 32));
	nf_store32(p + 4, (uint32_t)v);
}

/* The low N octets of V; N is 8 at most. */
static inline void nf_storen(uint8_t *p, size_t n, uint64_t v)
{
	switch (n) {
	case 4: nf_store32(p, (uint32_t)v); break;
	case 8: nf_store64(p, v); break;
	default:
		for (; n-- > 0; v >>= 8)
			p[n] = (uint8_t)v;
	}
}

/* In the machine's own order, where that does not matter. */
static inline uint32_t nf_own32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t nf_own64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t nf_be64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

/* The first octet lowest: of text, where the order of octets is that of characters. */
static inline uint64_t nf_le64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

/* An unsigned integer of N octets; of more than 8, the low 8 (see nf_ben_fits). */
static inline uint64_t nf_ben(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	switch (n) {
	case 1: return p[0];
	case 2: return nf_be16(p);
	case 4: return nf_be32(p);
	case 8: return nf_be64(p);
	default:
		for (size_t i = 0; i < n; i++)
			v = v << 8 | p[i];
		return v;
	}
}

/* True if an integer of N octets has a value that 64 bits can hold. */
static inline bool nf_ben_fits(const uint8_t *p, size_t n)
{
	while (n > 8 && *p == 0) {
		p++;
		n--;
	}
	return n <= 8;
}

/* As nf_ben, with the sign of the first octet's top bit carried up (RFC 7011 section 6.2). */
static inline int64_t nf_ben_signed(const uint8_t *p, size_t n)
{
	unsigned shift;

	if (n == 0)
		return 0;
	shift = n >= 8 ? 0 : (unsigned)(64 - 8 * n);
	return (int64_t)(nf_ben(p, n) << shift) >> shift;
}

/* Checked loads: false, and *V untouched, where B has not so many octets at AT. */
static inline bool nf_get8(struct nf_bytes b, size_t at, uint8_t *v)
{
	if (!nf_has(b, at, 1))
		return false;
	*v = b.p[at];
	return true;
}

static inline bool nf_get16(struct nf_bytes b, size_t at, uint16_t *v)
{
	if (!nf_has(b, at, 2))
		return false;
	*v = nf_be16(b.p + at);
	return true;
}

static inline bool nf_get32(struct nf_bytes b, size_t at, uint32_t *v)
{
	if (!nf_has(b, at, 4))
		return false;
	*v = nf_be32(b.p + at);
	return true;
}

/* The first octet is zero, and each of the others as the one before it. */
static inline bool nf_all_zero(struct nf_bytes b)
{
	return b.n == 0 || (b.p[0] == 0 && memcmp(b.p, b.p + 1, b.n - 1) == 0);
}

/* Sums of what the wire says stop at the greatest number instead of beginning anew. */
static inline uint64_t nf_saturated(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

#endif
