/*
 * Vectors of gcc and clang: eight lanes of 32 bits, in the order of memory.  Both make good code of
 * them where a register holds eight, and bad code elsewhere: hence nf_cells_here.
 */
#include <config.h>

#include "base/cells.h"

#include <string.h>

#if defined(__x86_64__) && defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector) && __has_builtin(__builtin_convertvector)
#define WIDE __attribute__((target("avx2")))
#endif
#endif

#ifdef WIDE

#pragma GCC diagnostic ignored "-Wpsabi"	/* all that take or return vectors are inlined */
#define INLINE WIDE __attribute__((always_inline)) static inline

typedef uint64_t u64x2 __attribute__((vector_size(16)));
typedef uint64_t u64x4 __attribute__((vector_size(32)));
typedef uint32_t u32x8 __attribute__((vector_size(32)));
typedef int32_t s32x8 __attribute__((vector_size(32)));
typedef uint16_t u16x16 __attribute__((vector_size(32)));
typedef int16_t s16x16 __attribute__((vector_size(32)));
typedef uint8_t u8x32 __attribute__((vector_size(32)));
typedef int8_t s8x32 __attribute__((vector_size(32)));
typedef float f32x8 __attribute__((vector_size(32)));

static bool refused;

void nf_cells_refuse(bool refuse)
{
	refused = refuse;
}

bool nf_cells_here(void)
{
	return !refused && __builtin_cpu_supports("avx2");
}

/* -- Numbers -------------------------------------------------------------------------- */

INLINE uint32_t own(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Of the lanes of ANY, and of ALL. */
INLINE struct nf_cells_bits bits_of(u32x8 any, u32x8 all)
{
	u64x4 a = (u64x4)any, b = (u64x4)all;
	uint64_t x = a[0] | a[1] | a[2] | a[3], y = b[0] & b[1] & b[2] & b[3];

	return (struct nf_cells_bits){ (uint32_t)(x | x >> 32), (uint32_t)(y & y >> 32) };
}

INLINE u32x8 eight(const uint32_t *v)
{
	u32x8 x;

	memcpy(&x, v, sizeof(x));
	return x;
}

WIDE struct nf_cells_bits nf_cells_again(uint32_t *v, const uint32_t *words, unsigned n,
					 const struct nf_cells_from *from)
{
	const struct nf_cells_from c = *from;
	u32x8 any = { 0 }, all = ~any;

	for (unsigned i = 0; i < n; i += NF_CELLS_STEP) {
		u32x8 x = eight(words + i) >> c.shift & c.mask;

		memcpy(v + i, &x, sizeof(x));
		any |= x;
		all &= x;
	}
	return bits_of(any, all);
}

WIDE struct nf_cells_bits nf_cells_read(uint32_t *v, uint32_t *words,
					const uint8_t *const *records, unsigned n,
					const struct nf_cells_from *from)
{
	const struct nf_cells_from c = *from;
	u32x8 any = { 0 }, all = ~any;

	for (unsigned i = 0; i < n; i += NF_CELLS_STEP) {
		const uint8_t *const *r = records + i;
		u32x8 x = {
			own(r[0] + c.offset), own(r[1] + c.offset), own(r[2] + c.offset),
			own(r[3] + c.offset), own(r[4] + c.offset), own(r[5] + c.offset),
			own(r[6] + c.offset), own(r[7] + c.offset),
		};

		x = (u32x8)__builtin_shufflevector((u8x32)x, (u8x32)x, 3, 2, 1, 0, 7, 6, 5, 4,
						   11, 10, 9, 8, 15, 14, 13, 12, 19, 18, 17, 16,
						   23, 22, 21, 20, 27, 26, 25, 24, 31, 30, 29, 28);
		memcpy(words + i, &x, sizeof(x));
		x = x >> c.shift & c.mask;
		memcpy(v + i, &x, sizeof(x));
		any |= x;
		all &= x;
	}
	return bits_of(any, all);
}

WIDE bool nf_cells_narrow(uint32_t *v, const uint64_t *from, unsigned n, struct nf_cells_bits *bits)
{
	u32x8 any = { 0 }, all = ~any, high = any;

	for (unsigned i = 0; i < n; i += NF_CELLS_STEP) {
		u32x8 a, b, x;

		memcpy(&a, from + i, sizeof(a));
		memcpy(&b, from + i + 4, sizeof(b));
		x = __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
		memcpy(v + i, &x, sizeof(x));
		any |= x;
		all &= x;
		high |= a | b;
	}
	*bits = bits_of(any, all);
	high = __builtin_shufflevector(high, high, 1, 1, 3, 3, 5, 5, 7, 7);
	return bits_of(high, high).any == 0;
}

/*
 * 64-bit numbers of halves that stand in lanes of 32 bits.  The order is that of the instruction:
 * those of lanes 0, 1, 4 and 5, and those of 2, 3, 6 and 7.
 */
INLINE u64x4 outer(u32x8 low, u32x8 high)
{
	return (u64x4)__builtin_shufflevector(low, high, 0, 8, 1, 9, 4, 12, 5, 13);
}

INLINE u64x4 inner(u32x8 low, u32x8 high)
{
	return (u64x4)__builtin_shufflevector(low, high, 2, 10, 3, 11, 6, 14, 7, 15);
}

/* -- Cells ---------------------------------------------------------------------------- */

/* Of halves in the order of outer, or, from the third cell on, of inner. */
INLINE void put_cells(char (*cells)[NF_CELL], u64x4 left, u64x4 right)
{
	u64x4 even = __builtin_shufflevector(left, right, 0, 4, 2, 6);
	u64x4 odd = __builtin_shufflevector(left, right, 1, 5, 3, 7);
	u64x2 half[4] = {
		__builtin_shufflevector(even, even, 0, 1), __builtin_shufflevector(odd, odd, 0, 1),
		__builtin_shufflevector(even, even, 2, 3), __builtin_shufflevector(odd, odd, 2, 3),
	};

	memcpy(cells[0], &half[0], NF_CELL);
	memcpy(cells[1], &half[1], NF_CELL);
	memcpy(cells[4], &half[2], NF_CELL);
	memcpy(cells[5], &half[3], NF_CELL);
}

INLINE void put_lengths(uint32_t *n, u32x8 lengths)
{
	memcpy(n, &lengths, sizeof(lengths));
}

#define E4	10000
#define E8	100000000

/* -- Decimal digits ------------------------------------------------------------------- */

/*
 * Numbers below 10000 as four digits each, the first one in the lowest octet.  10486/2^20 is 1/100
 * there, and 103/2^10 is 1/10 for what is below 100.
 */
INLINE u32x8 four_digits(u32x8 v)
{
	u32x8 hundreds = v * 10486 >> 20, ascii;
	u16x16 pairs = (u16x16)((v << 16) - hundreds * (100 * 65536 - 1));
	u16x16 tens = pairs * 103 >> 10;

	memset(&ascii, '0', sizeof(ascii));
	return (u32x8)((pairs << 8) - tens * (10 * 256 - 1)) | ascii;
}

/*
 * The quotient of V and BY, which is N * 2^BITS; the rest stays in V.  What is left of V without so
 * many bits is a float of 24 bits, and BELOW so little less than 1/N that the quotient is right, or
 * one too small.
 */
INLINE u32x8 divide(u32x8 *v, uint32_t by, unsigned bits, float below)
{
	f32x8 exact = __builtin_convertvector((s32x8)(*v >> bits), f32x8);
	u32x8 quotient = (u32x8)__builtin_convertvector(exact * below, s32x8);
	u32x8 more;

	*v -= quotient * by;
	more = (u32x8)((s32x8)*v > (int32_t)by - 1);
	*v -= more & by;
	return quotient - more;
}

/* How many digits they have: MOST at most, of 8. */
INLINE u32x8 count_digits(u32x8 v, unsigned most)
{
	static const int32_t nines[] = { 9, 99, 999, 9999, 99999, 999999, 9999999 };
	s32x8 n = { 0 };

	for (unsigned i = 0; i < most - 1; i++)
		n -= (s32x8)v > nines[i];
	return (u32x8)n + 1;
}

/* Of numbers below 10^4, into cells from I on. */
INLINE void up_to_4(struct nf_cells *c, u32x8 v, unsigned i)
{
	u32x8 digits = four_digits(v);

	put_lengths(c->n + i, count_digits(v, 4));
	put_cells(c->text + i, outer(digits, digits), outer(digits, digits));
	put_cells(c->text + i + 2, inner(digits, digits), inner(digits, digits));
}

/* Below 2^16. */
INLINE void up_to_5(struct nf_cells *c, u32x8 low, unsigned i)
{
	u32x8 n = count_digits(low, 5), high = divide(&low, E4, 4, 0.00159999f);

	high = (high << 24) + ('0' << 24);	/* one digit */
	low = four_digits(low);
	put_lengths(c->n + i, n);
	put_cells(c->text + i, outer(high, low), outer(high, low));
	put_cells(c->text + i + 2, inner(high, low), inner(high, low));
}

/* Below 10^8. */
INLINE void up_to_8(struct nf_cells *c, u32x8 low, unsigned i)
{
	u32x8 n = count_digits(low, 8), high;

	high = four_digits(divide(&low, E4, 4, 0.00159999f));
	low = four_digits(low);
	put_lengths(c->n + i, n);
	put_cells(c->text + i, outer(high, low), outer(high, low));
	put_cells(c->text + i + 2, inner(high, low), inner(high, low));
}

/* TOP, of up to MOST digits, * 10^8 and LOW, below that; where EMPTY is not 0 the text is. */
INLINE void up_to_16(struct nf_cells *c, u32x8 top, unsigned most, u32x8 low, u32x8 empty,
		     unsigned i)
{
	u32x8 two = (u32x8)((s32x8)top > 0), n, a = { 0 }, b;

	n = (two & (count_digits(top, most) + 8)) | (~two & count_digits(low, 8));
	put_lengths(c->n + i, n & (u32x8)(empty == 0));
	if (most > 4)
		a = four_digits(divide(&top, E4, 4, 0.00159999f));
	top = four_digits(top);
	b = four_digits(divide(&low, E4, 4, 0.00159999f));
	low = four_digits(low);
	put_cells(c->text + i, outer(a, top), outer(b, low));
	put_cells(c->text + i + 2, inner(a, top), inner(b, low));
}

WIDE void nf_cells_numbers(struct nf_cells *c, const uint32_t *v, unsigned n, uint32_t any)
{
	if (any < 1u << 13)		/* 8192 */
		for (unsigned i = 0; i < n; i += NF_CELLS_STEP)
			up_to_4(c, eight(v + i), i);
	else if (any < 1u << 16)	/* 65536 */
		for (unsigned i = 0; i < n; i += NF_CELLS_STEP)
			up_to_5(c, eight(v + i), i);
	else if (any < 1u << 26)	/* 67108864 */
		for (unsigned i = 0; i < n; i += NF_CELLS_STEP)
			up_to_8(c, eight(v + i), i);
	else
		for (unsigned i = 0; i < n; i += NF_CELLS_STEP) {
			u32x8 low = eight(v + i), top = divide(&low, E8, 8, 0.00000255999f);

			up_to_16(c, top, 2, low, (u32x8){ 0 }, i);
		}
}

WIDE void nf_cells_long(struct nf_cells *c, const uint64_t *v, unsigned n)
{
	uint32_t top[NF_CELLS_STEP], low[NF_CELLS_STEP], more[NF_CELLS_STEP];

	for (unsigned i = 0; i < n; i += NF_CELLS_STEP) {
		for (unsigned j = 0; j < NF_CELLS_STEP; j++) {
			uint64_t q = v[i + j] / E8;

			low[j] = (uint32_t)(v[i + j] - q * E8);
			more[j] = q / E8 != 0;
			top[j] = (uint32_t)(q % E8);
		}
		up_to_16(c, eight(top), 8, eight(low), eight(more), i);
	}
}

/* -- IPv4 addresses ------------------------------------------------------------------- */

/* Two octets of an address, in each half of a lane, as text: "0.", up to "255.". */
struct octets {
	u32x8 text[2];		/* of the low halves, and of the high ones */
	u32x8 n[2];		/* digits: what stands before them is zeros */
};

INLINE struct octets octets_of(u32x8 halves)
{
	u16x16 v = (u16x16)halves, hundreds = v * 41 >> 12, tens, n;
	u32x8 left, right;

	n = 1 - (u16x16)((s16x16)v > 9) - (u16x16)((s16x16)v > 99);
	v -= hundreds * 100;
	tens = v * 103 >> 10;
	left = (u32x8)(hundreds | tens << 8) | 0x30303030;	/* '0' */
	right = (u32x8)(v - tens * 10) | 0x2e302e30;		/* '0' and '.' */
	return (struct octets){
		.text = { (left & 0xffff) | right << 16, left >> 16 | (right & 0xffff0000) },
		.n = { (u32x8)n & 0xffff, (u32x8)n >> 16 },
	};
}

/* A text of four octets, and of what is to stand behind it the last ones: the others are 0. */
struct pair {
	u32x8 before, behind;
	u32x8 shift;		/* bits that BEFORE is to go to the right */
};

INLINE struct pair pair_of(u32x8 before, u32x8 behind, u32x8 n)
{
	u32x8 shift = 32 - 8 * n;

	return (struct pair){ before, behind >> shift << shift, shift };
}

/* A pair as the text of 64 bits that ends where BEHIND does; in the order of outer, or inner. */
INLINE u64x4 outer_text(struct pair p)
{
	const u32x8 none = { 0 };

	return outer(p.before, none) << outer(p.shift, none) | outer(none, p.behind);
}

INLINE u64x4 inner_text(struct pair p)
{
	const u32x8 none = { 0 };

	return inner(p.before, none) << inner(p.shift, none) | inner(none, p.behind);
}

/* Four addresses, of pairs P and Q; the text of Q has N octets. */
INLINE void put_addresses(char (*cells)[NF_CELL], u64x4 p, u64x4 q, u64x4 n)
{
	u64x4 over = 64 - 8 * n;

	put_cells(cells, p << over, p >> (64 - over) | q >> over << over);
}

WIDE void nf_cells_ipv4(struct nf_cells *c, const uint32_t *v, unsigned n)
{
	const u32x8 none = { 0 };

	for (unsigned i = 0; i < n; i += NF_CELLS_STEP) {
		u32x8 address = eight(v + i), right;
		struct octets ac = octets_of(address >> 8 & 0x00ff00ff);
		struct octets bd = octets_of(address & 0x00ff00ff);
		struct pair ab = pair_of(ac.text[1], bd.text[1], bd.n[1] + 1);
		struct pair cd = pair_of(ac.text[0], bd.text[0] << 8, bd.n[0]);

		right = ac.n[0] + 1 + bd.n[0];
		put_lengths(c->n + i, ac.n[1] + 1 + bd.n[1] + 1 + right);
		put_addresses(c->text + i, outer_text(ab), outer_text(cd), outer(right, none));
		put_addresses(c->text + i + 2, inner_text(ab), inner_text(cd), inner(right, none));
	}
}

/* -- Hexadecimal digits --------------------------------------------------------------- */

/* Each four bits of numbers, of 64 bits below 2^32, as a digit; the first one comes first. */
INLINE u64x4 hex_digits(u64x4 v)
{
	u8x32 x;

	v = (v | v << 16) & 0x0000ffff0000ffff;
	v = (v | v << 8) & 0x00ff00ff00ff00ff;
	v = (v | v << 4) & 0x0f0f0f0f0f0f0f0f;
	x = __builtin_shufflevector((u8x32)v, (u8x32)v, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11,
				    10, 9, 8, 23, 22, 21, 20, 19, 18, 17, 16, 31, 30, 29, 28, 27,
				    26, 25, 24);
	x += '0' + ((u8x32)((s8x32)x > 9) & ('a' - '0' - 10));
	return (u64x4)x;
}

WIDE void nf_cells_hex(struct nf_cells *c, const uint32_t *v, unsigned n, unsigned octets)
{
	const u32x8 none = { 0 };

	for (unsigned i = 0; i < n; i += NF_CELLS_STEP) {
		u32x8 x = eight(v + i);
		u64x4 a = hex_digits(outer(x, none)), b = hex_digits(inner(x, none));

		put_lengths(c->n + i, none + 2 * octets);
		put_cells(c->text + i, a, a);
		put_cells(c->text + i + 2, b, b);
	}
}

void nf_cells_repeat(struct nf_cells *c, unsigned n)
{
	char text[NF_CELL];

	memcpy(text, c->text[0], sizeof(text));
	for (unsigned i = NF_CELLS_STEP; i < n; i++) {
		c->n[i] = c->n[0];
		memcpy(c->text[i], text, sizeof(text));
	}
}

#else

void nf_cells_refuse(bool refuse)
{
	(void)refuse;
}

bool nf_cells_here(void)
{
	return false;
}

/* Nobody asks for the others. */
struct nf_cells_bits nf_cells_read(uint32_t *v, uint32_t *words, const uint8_t *const *records,
				   unsigned n, const struct nf_cells_from *from)
{
	(void)v, (void)words, (void)records, (void)n, (void)from;
	return (struct nf_cells_bits){ 0, 0 };
}

struct nf_cells_bits nf_cells_again(uint32_t *v, const uint32_t *words, unsigned n,
				    const struct nf_cells_from *from)
{
	(void)v, (void)words, (void)n, (void)from;
	return (struct nf_cells_bits){ 0, 0 };
}

bool nf_cells_narrow(uint32_t *v, const uint64_t *from, unsigned n, struct nf_cells_bits *bits)
{
	(void)v, (void)from, (void)n, (void)bits;
	return false;
}

void nf_cells_numbers(struct nf_cells *c, const uint32_t *v, unsigned n, uint32_t any)
{
	(void)c, (void)v, (void)n, (void)any;
}

void nf_cells_long(struct nf_cells *c, const uint64_t *v, unsigned n)
{
	(void)c, (void)v, (void)n;
}

void nf_cells_ipv4(struct nf_cells *c, const uint32_t *v, unsigned n)
{
	(void)c, (void)v, (void)n;
}

void nf_cells_hex(struct nf_cells *c, const uint32_t *v, unsigned n, unsigned octets)
{
	(void)c, (void)v, (void)n, (void)octets;
}

void nf_cells_repeat(struct nf_cells *c, unsigned n)
{
	(void)c, (void)n;
}

#endif
