#include <config.h>

#include "model/filter_tree.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "base/digits.h"

enum { SHORT = 64 };		/* no literal but a string is longer */

static const struct nf_value_name boolean_values[] = { { 1, "true" }, { 2, "false" } };
static const struct nf_labels booleans = {
	.name = "boolean", .values = boolean_values, .nvalues = 2,
};

struct cursor {
	const char *p;
	size_t n;
};

static int next(struct cursor *c)
{
	if (c->n == 0)
		return -1;
	c->n--;
	return (unsigned char)*c->p++;
}

static int peek(const struct cursor *c)
{
	return c->n != 0 ? (unsigned char)*c->p : -1;
}

static bool take(struct cursor *c, char wanted)
{
	if (peek(c) != (unsigned char)wanted)
		return false;
	next(c);
	return true;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool copy_text(struct nf_bytes text, char out[SHORT])
{
	if (text.n >= SHORT || (text.n > 0 && memchr(text.p, '\0', text.n) != NULL))
		return false;
	if (text.n > 0)
		memcpy(out, text.p, text.n);
	out[text.n] = '\0';
	return true;
}

/* -- Numbers and durations ------------------------------------------------------------ */

static const struct suffix {
	const char *text;
	uint64_t times;
	bool duration;
} suffixes[] = {
	{ "", 1, false },
	{ "k", 1000, false },
	{ "K", 1000, false },
	{ "M", 1000000, false },
	{ "G", 1000000000, false },
	{ "T", UINT64_C(1000000000000), false },
	{ "ns", 1, true },
	{ "us", 1000, true },
	{ "ms", 1000000, true },
	{ "s", 1000000000, true },
	{ "m", UINT64_C(60000000000), true },
	{ "h", UINT64_C(3600000000000), true },
	{ "d", UINT64_C(86400000000000), true },
};

static const struct suffix *suffix_of(const char *text)
{
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (strcmp(text, suffixes[i].text) == 0)
			return &suffixes[i];
	return NULL;
}

/* Digits of BASE, at least one; false where 64 bits do not hold them. */
static bool digits(struct cursor *c, unsigned base, uint64_t *v)
{
	int d = nf_hex_digit(peek(c));

	*v = 0;
	if (d < 0 || (unsigned)d >= base)
		return false;
	for (; (d = nf_hex_digit(peek(c))) >= 0 && (unsigned)d < base; next(c))
		if (__builtin_mul_overflow(*v, base, v) ||
		    __builtin_add_overflow(*v, (unsigned)d, v))
			return false;
	return true;
}

static bool based_number(struct nf_bytes text, uint64_t *v)
{
	struct cursor c = { (const char *)text.p, text.n };
	unsigned base;

	if (!take(&c, '0'))
		return false;
	switch (next(&c) | 0x20) {
	case 'x': base = 16; break;
	case 'o': base = 8; break;
	case 'b': base = 2; break;
	default: return false;
	}
	return digits(&c, base, v) && c.n == 0;
}

/* WHOLE and the N digits of FRACTION, times TIMES, if that is an integer of 64 bits. */
static bool times_exactly(uint64_t whole, uint64_t fraction, unsigned n, uint64_t times,
			  uint64_t *v)
{
	uint64_t scale = 1, part;

	for (; n > 0; n--)
		scale *= 10;
	return !__builtin_mul_overflow(whole, times, v) &&
	       !__builtin_mul_overflow(fraction, times, &part) && part % scale == 0 &&
	       !__builtin_add_overflow(*v, part / scale, v);
}

/* A decimal number: 1500, 1.5, 1e9, 10k, 1.5M, 5s, 2.5ms. */
static bool decimal(struct nf_bytes text, struct filter_value *v)
{
	char copy[SHORT], *end;
	const struct suffix *suffix;
	uint64_t whole = 0, fraction = 0;
	struct cursor c;
	unsigned n = 0;
	bool point, exact;
	double d;

	if (!copy_text(text, copy) || text.n == 0 || (!is_digit(copy[0]) && copy[0] != '.'))
		return false;
	if (copy[0] == '0' && (copy[1] | 0x20) == 'x')	/* strtod would read it */
		return false;
	d = strtod(copy, &end);
	if (end == copy || !isfinite(d))
		return false;
	suffix = suffix_of(end);
	if (suffix == NULL)
		return false;
	c = (struct cursor){ copy, (size_t)(end - copy) };
	exact = peek(&c) == '.' || digits(&c, 10, &whole);
	point = take(&c, '.');
	if (point && is_digit(peek(&c))) {
		size_t before = c.n;

		exact = digits(&c, 10, &fraction) && exact;
		n = (unsigned)(before - c.n);
	}
	exact = exact && c.n == 0 && n < 19 &&
		times_exactly(whole, fraction, n, suffix->times, &whole);
	if (suffix->duration) {
		d *= (double)suffix->times;
		if (!exact && !(d < 9e18))
			return false;
		*v = (struct filter_value){ .type = FILTER_DURATION };
		v->ns = exact ? (int64_t)whole : (int64_t)d;
		return !exact || whole <= INT64_MAX;
	}
	if (exact && (!point || suffix->times != 1)) {
		*v = filter_number(whole);
		return true;
	}
	*v = (struct filter_value){ .type = FILTER_FLOAT, .d = d * (double)suffix->times };
	return isfinite(v->d);
}

static bool number(struct nf_bytes text, struct filter_value *v)
{
	uint64_t u;

	if (based_number(text, &u)) {
		*v = filter_number(u);
		return true;
	}
	return decimal(text, v) && v->type == FILTER_NUMBER;
}

/* Integers stay what they are: floats are compared with them exactly. */
static bool floating(struct nf_bytes text, struct filter_value *v)
{
	return number(text, v) || (decimal(text, v) && v->type == FILTER_FLOAT);
}

static bool duration(struct nf_bytes text, struct filter_value *v)
{
	return decimal(text, v) && v->type == FILTER_DURATION;
}

/* -- Addresses and octets ------------------------------------------------------------- */

/* "/8" at the end of TEXT, at most MOST, which is cut off; -1 where there is none. */
static bool take_prefix(char *text, int most, int *prefix)
{
	char *slash = strchr(text, '/');
	uint64_t n;
	struct cursor c;

	*prefix = -1;
	if (slash == NULL)
		return true;
	c = (struct cursor){ slash + 1, strlen(slash + 1) };
	if (!digits(&c, 10, &n) || c.n != 0 || n > (uint64_t)most)
		return false;
	*prefix = (int)n;
	*slash = '\0';
	return true;
}

static bool ipv4(struct nf_bytes text, struct filter_value *v, int *prefix)
{
	uint8_t octets[4];
	char copy[SHORT];

	if (!copy_text(text, copy) || !take_prefix(copy, 32, prefix) ||
	    inet_pton(AF_INET, copy, octets) != 1)
		return false;
	*v = (struct filter_value){ .type = FILTER_IPV4, .u = nf_be32(octets) };
	return true;
}

/* ARENA may be NULL: only whether it is one. */
static bool ipv6(struct nf_arena *arena, struct nf_bytes text, struct filter_value *v, int *prefix)
{
	uint8_t octets[16], *own;
	char copy[SHORT];

	if (!copy_text(text, copy) || !take_prefix(copy, 128, prefix) ||
	    inet_pton(AF_INET6, copy, octets) != 1)
		return false;
	*v = (struct filter_value){ .type = FILTER_IPV6 };
	if (arena == NULL)
		return true;
	own = nf_arena_alloc(arena, sizeof(octets));
	if (own != NULL)
		memcpy(own, octets, sizeof(octets));
	v->b = (struct nf_bytes){ own, own != NULL ? sizeof(octets) : 0 };
	return true;
}

/*
 * Pairs of hexadecimal digits with the same sign, or with none, between them; "0x" may stand in
 * front of the latter.  OUT has room for half of TEXT; NULL: only whether they are.
 */
static bool hex_pairs(struct nf_bytes text, uint8_t *out, size_t *n)
{
	struct cursor c = { (const char *)text.p, text.n };
	int between = -1;

	if (text.n > 3 && text.p[0] == '0' && text.p[1] == 'x')
		c = (struct cursor){ c.p + 2, c.n - 2 };
	else if (text.n > 2 && memchr(":-.", text.p[2], 3) != NULL)
		between = text.p[2];
	for (*n = 0; c.n > 0; ++*n) {
		int high, low;

		if (*n > 0 && between >= 0 && !take(&c, (char)between))
			return false;
		high = nf_hex_digit(next(&c));
		low = nf_hex_digit(next(&c));
		if (high < 0 || low < 0)
			return false;
		if (out != NULL)
			out[*n] = (uint8_t)(high << 4 | low);
	}
	return *n > 0;
}

/* 00:11:22:33:44:55, with - or without a sign between, and 0011.2233.4455. */
static bool mac(struct nf_bytes text, struct filter_value *v)
{
	uint8_t octets[SHORT];
	char copy[SHORT];
	size_t n;

	if (text.n == 14 && text.p[4] == '.' && text.p[9] == '.') {
		memcpy(copy, text.p, 4);
		memcpy(copy + 4, text.p + 5, 4);
		memcpy(copy + 8, text.p + 10, 4);
		text = (struct nf_bytes){ (const uint8_t *)copy, 12 };
	}
	if (text.n != 17 && text.n != 12)
		return false;
	if (!hex_pairs(text, octets, &n) || n != 6)
		return false;
	*v = (struct filter_value){ .type = FILTER_MAC, .u = nf_ben(octets, 6) };
	return true;
}

static bool octets(struct nf_arena *arena, struct nf_bytes text, struct filter_value *v)
{
	size_t n;
	uint8_t *own;

	if (!hex_pairs(text, NULL, &n))
		return false;
	own = nf_arena_alloc(arena, n);
	if (own != NULL)
		hex_pairs(text, own, &n);
	*v = (struct filter_value){ .type = FILTER_OCTETS, .b = { own, own != NULL ? n : 0 } };
	return true;
}

/* -- Times ---------------------------------------------------------------------------- */

static bool fixed(struct cursor *c, unsigned n, int *v)
{
	for (*v = 0; n > 0; n--) {
		if (!is_digit(peek(c)))
			return false;
		*v = 10 * *v + next(c) - '0';
	}
	return true;
}

static void fraction(struct cursor *c, int64_t *ns)
{
	int64_t unit = 100000000;

	for (*ns = 0; is_digit(peek(c)); unit /= 10)
		*ns += unit * (next(c) - '0');
}

/* "Z", "+02:00", "-0530", or nothing, which is UTC too; in seconds. */
static bool zone(struct cursor *c, int *offset)
{
	int sign = peek(c) == '-' ? -1 : 1, hours, minutes;

	*offset = 0;
	if (c->n == 0 || take(c, 'Z') || take(c, 'z'))
		return c->n == 0;
	if (!take(c, '+') && !take(c, '-'))
		return false;
	if (!fixed(c, 2, &hours))
		return false;
	take(c, ':');
	if (!fixed(c, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*offset = sign * (hours * 3600 + minutes * 60);
	return c->n == 0;
}

/* "01:00", "01:00:05", "01:00:05.002". */
static bool clock_time(struct cursor *c, struct tm *tm, int64_t *ns)
{
	if (!fixed(c, 2, &tm->tm_hour) || !take(c, ':') || !fixed(c, 2, &tm->tm_min))
		return false;
	if (take(c, ':')) {
		if (!fixed(c, 2, &tm->tm_sec))
			return false;
		if (take(c, '.') || take(c, ','))
			fraction(c, ns);
	}
	return tm->tm_hour <= 23 && tm->tm_min <= 59 && tm->tm_sec <= 60;
}

static bool date(struct cursor *c, struct tm *tm)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (!fixed(c, 4, &tm->tm_year) || !take(c, '-') || !fixed(c, 2, &tm->tm_mon) ||
	    !take(c, '-') || !fixed(c, 2, &tm->tm_mday) || tm->tm_mon < 1 || tm->tm_mon > 12 ||
	    tm->tm_mday < 1 || tm->tm_mday > days[tm->tm_mon - 1])
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	return true;
}

/* ISO 8601 (RFC 3339, or parts of it): what says no zone is UTC. */
static bool iso_time(struct nf_bytes text, struct filter_value *v)
{
	struct cursor c = { (const char *)text.p, text.n };
	struct tm tm = { .tm_mday = 1 };
	int64_t seconds, ns = 0;
	int offset = 0;

	if (!date(&c, &tm))
		return false;
	if (c.n > 0) {
		int sep = next(&c);

		if ((sep != 'T' && sep != 't' && sep != ' ' && sep != '_') ||
		    !clock_time(&c, &tm, &ns) || !zone(&c, &offset))
			return false;
	}
	seconds = (int64_t)timegm(&tm) - offset;
	*v = (struct filter_value){ .type = FILTER_TIME };
	return !__builtin_mul_overflow(seconds, INT64_C(1000000000), &v->ns) &&
	       !__builtin_add_overflow(v->ns, ns, &v->ns);
}

/* A time as ISO 8601 has it, or as seconds since 1970, with up to nine digits of fraction. */
static bool time_value(struct nf_bytes text, struct filter_value *v)
{
	struct cursor c = { (const char *)text.p, text.n };
	uint64_t seconds;
	int64_t ns = 0;

	if (iso_time(text, v))
		return true;
	if (!digits(&c, 10, &seconds) || seconds > INT64_MAX / 1000000000 - 1)
		return false;
	if (take(&c, '.'))
		fraction(&c, &ns);
	*v = (struct filter_value){ .type = FILTER_TIME,
				    .ns = (int64_t)seconds * 1000000000 + ns };
	return c.n == 0;
}

/* -- Literals ------------------------------------------------------------------------- */

bool filter_literal_type(struct nf_bytes text, uint8_t *type)
{
	struct filter_value v;
	int prefix;
	size_t n;

	if (number(text, &v) || decimal(text, &v) || ipv4(text, &v, &prefix) || mac(text, &v) ||
	    ipv6(NULL, text, &v, &prefix) || iso_time(text, &v)) {
		*type = v.type;
		return true;
	}
	*type = FILTER_OCTETS;
	return hex_pairs(text, NULL, &n);
}

/* Names of protocols that people write besides those of the registry. */
static const struct nf_value_name protocol_values[] = {
	{ 58, "icmp6" }, { 58, "icmpv6" },
};
static const struct nf_labels protocols = {
	.name = "protocol", .values = protocol_values, .nvalues = 2,
};

static bool word(struct nf_bytes text, const struct nf_labels *labels, struct filter_value *v)
{
	uint64_t u;

	if (labels == NULL || labels->values == NULL)
		return false;
	if (!nf_labels_find(labels, text, &u) &&
	    (strcmp(labels->name, protocols.name) != 0 || !nf_labels_find(&protocols, text, &u)))
		return false;
	*v = filter_number(u);
	return true;
}

static bool boolean(struct nf_bytes text, struct filter_value *v)
{
	if (!word(text, &booleans, v) && !number(text, v))
		return false;
	v->type = FILTER_BOOLEAN;
	return true;
}

static bool text_value(struct nf_arena *arena, struct nf_bytes text, struct filter_value *v)
{
	uint8_t *own = nf_arena_alloc(arena, text.n + 1);

	if (own != NULL && text.n > 0)
		memcpy(own, text.p, text.n);
	*v = (struct filter_value){ .type = FILTER_TEXT, .b = { own, own != NULL ? text.n : 0 } };
	return true;
}

bool filter_literal(struct nf_arena *arena, struct nf_bytes text, enum filter_type type,
		    const struct nf_labels *labels, struct filter_value *v, int *prefix)
{
	*prefix = -1;
	switch (type) {
	case FILTER_NUMBER:
		return word(text, labels, v) || number(text, v);
	case FILTER_FLOAT:
		return floating(text, v);
	case FILTER_BOOLEAN:
		return boolean(text, v);
	case FILTER_TEXT:
		return text_value(arena, text, v);
	case FILTER_OCTETS:
		return octets(arena, text, v);
	case FILTER_IPV4:
		return ipv4(text, v, prefix);
	case FILTER_IPV6:
		return ipv6(arena, text, v, prefix);
	case FILTER_ADDRESS:
		return ipv4(text, v, prefix) || ipv6(arena, text, v, prefix);
	case FILTER_MAC:
		return mac(text, v);
	case FILTER_TIME:
		return time_value(text, v);
	case FILTER_DURATION:
		return duration(text, v);
	default:
		return false;
	}
}
