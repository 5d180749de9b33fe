#include <config.h>

#include "base/digits.h"

#define DECIMALS(a) a "0" a "1" a "2" a "3" a "4" a "5" a "6" a "7" a "8" a "9"
#define HEXES(a) DECIMALS(a) a "a" a "b" a "c" a "d" a "e" a "f"

const char nf_decimal_pairs[200] =
	DECIMALS("0") DECIMALS("1") DECIMALS("2") DECIMALS("3") DECIMALS("4")
	DECIMALS("5") DECIMALS("6") DECIMALS("7") DECIMALS("8") DECIMALS("9");

const char nf_hex_pairs[512] =
	HEXES("0") HEXES("1") HEXES("2") HEXES("3") HEXES("4") HEXES("5") HEXES("6") HEXES("7")
	HEXES("8") HEXES("9") HEXES("a") HEXES("b") HEXES("c") HEXES("d") HEXES("e") HEXES("f");

/* A number's digits, what fills them up to three, and their count. */
#define ONE(a)		a "\0\0\1"
#define TWO(a)		a "\0\2"
#define THREE(a)	a "\3"
#define TENTH(rule, a) \
	rule(a "0") rule(a "1") rule(a "2") rule(a "3") rule(a "4") \
	rule(a "5") rule(a "6") rule(a "7") rule(a "8") rule(a "9")
#define HUNDRED(a) \
	TENTH(THREE, a "0") TENTH(THREE, a "1") TENTH(THREE, a "2") TENTH(THREE, a "3") \
	TENTH(THREE, a "4") TENTH(THREE, a "5") TENTH(THREE, a "6") TENTH(THREE, a "7") \
	TENTH(THREE, a "8") TENTH(THREE, a "9")

const char nf_octet_digits[1024] =
	TENTH(ONE, "")
	TENTH(TWO, "1") TENTH(TWO, "2") TENTH(TWO, "3") TENTH(TWO, "4") TENTH(TWO, "5")
	TENTH(TWO, "6") TENTH(TWO, "7") TENTH(TWO, "8") TENTH(TWO, "9")
	HUNDRED("1")
	TENTH(THREE, "20") TENTH(THREE, "21") TENTH(THREE, "22") TENTH(THREE, "23")
	TENTH(THREE, "24")
	THREE("250") THREE("251") THREE("252") THREE("253") THREE("254") THREE("255");

#define HUNDRED_OF(a) \
	DECIMALS(a "0") DECIMALS(a "1") DECIMALS(a "2") DECIMALS(a "3") DECIMALS(a "4") \
	DECIMALS(a "5") DECIMALS(a "6") DECIMALS(a "7") DECIMALS(a "8") DECIMALS(a "9")
#define THOUSAND_OF(a) \
	HUNDRED_OF(a "0") HUNDRED_OF(a "1") HUNDRED_OF(a "2") HUNDRED_OF(a "3") \
	HUNDRED_OF(a "4") HUNDRED_OF(a "5") HUNDRED_OF(a "6") HUNDRED_OF(a "7") \
	HUNDRED_OF(a "8") HUNDRED_OF(a "9")

const char nf_four_digits[40000] =
	THOUSAND_OF("0") THOUSAND_OF("1") THOUSAND_OF("2") THOUSAND_OF("3") THOUSAND_OF("4")
	THOUSAND_OF("5") THOUSAND_OF("6") THOUSAND_OF("7") THOUSAND_OF("8") THOUSAND_OF("9");

const uint64_t nf_powers_of_ten[20] = {
	0, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
	10000000000, 100000000000, 1000000000000, 10000000000000, 100000000000000,
	1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000,
	10000000000000000000u,
};
