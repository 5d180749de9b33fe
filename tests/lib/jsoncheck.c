#include <config.h>

#include "jsoncheck.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct reader {
	const char *p, *end;
	const char *fault;
};

static bool value(struct reader *r, unsigned depth);

static bool bad(struct reader *r, const char *what)
{
	if (r->fault == NULL)
		r->fault = what;
	return false;
}

static bool take(struct reader *r, char c)
{
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

static bool digits(struct reader *r)
{
	const char *from = r->p;

	while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
		r->p++;
	return r->p > from;
}

static bool number(struct reader *r)
{
	take(r, '-');
	if (!take(r, '0') && !digits(r))
		return bad(r, "a value that is none");
	if (take(r, '.') && !digits(r))
		return bad(r, "a number without its fraction");
	if (take(r, 'e') || take(r, 'E')) {
		if (!take(r, '-'))
			take(r, '+');
		if (!digits(r))
			return bad(r, "a number without its exponent");
	}
	return true;
}

static bool escape(struct reader *r)
{
	if (r->p == r->end)
		return bad(r, "a string without its end");
	if (!take(r, 'u')) {
		if (strchr("\"\\/bfnrt", *r->p) == NULL || *r->p == '\0')
			return bad(r, "an escape that is none");
		r->p++;
		return true;
	}
	for (unsigned i = 0; i < 4; i++, r->p++)
		if (r->p == r->end || *r->p == '\0' ||
		    strchr("0123456789abcdefABCDEF", *r->p) == NULL)
			return bad(r, "an escape that is none");
	return true;
}

static bool string(struct reader *r)
{
	if (!take(r, '"'))
		return bad(r, "a string that does not begin");
	while (r->p < r->end && *r->p != '"') {
		if ((uint8_t)*r->p < 0x20)
			return bad(r, "a control character in a string");
		if (*r->p++ == '\\' && !escape(r))
			return false;
	}
	return take(r, '"') || bad(r, "a string without its end");
}

static bool array(struct reader *r, unsigned depth)
{
	if (take(r, ']'))
		return true;
	do {
		if (!value(r, depth))
			return false;
	} while (take(r, ','));
	return take(r, ']') || bad(r, "an array without its end");
}

static bool object(struct reader *r, unsigned depth)
{
	struct { const char *p; size_t n; } keys[JSONCHECK_KEYS];
	unsigned nkeys = 0;

	if (take(r, '}'))
		return true;
	do {
		const char *key = r->p;
		size_t n;

		if (!string(r))
			return false;
		n = (size_t)(r->p - key);
		for (unsigned i = 0; i < nkeys; i++)
			if (keys[i].n == n && memcmp(keys[i].p, key, n) == 0)
				return bad(r, "a key twice");
		if (nkeys < JSONCHECK_KEYS) {
			keys[nkeys].p = key;
			keys[nkeys++].n = n;
		}
		if (!take(r, ':'))
			return bad(r, "a key without its value");
		if (!value(r, depth))
			return false;
	} while (take(r, ','));
	return take(r, '}') || bad(r, "an object without its end");
}

static bool word(struct reader *r)
{
	static const char *const words[] = { "true", "false", "null" };

	for (unsigned i = 0; i < 3; i++) {
		size_t n = strlen(words[i]);

		if ((size_t)(r->end - r->p) >= n && memcmp(r->p, words[i], n) == 0) {
			r->p += n;
			return true;
		}
	}
	return false;
}

static bool value(struct reader *r, unsigned depth)
{
	if (depth == 0)
		return bad(r, "nested too deep");
	if (r->p < r->end && *r->p == '"')
		return string(r);
	if (take(r, '{'))
		return object(r, depth - 1);
	if (take(r, '['))
		return array(r, depth - 1);
	return word(r) || number(r);
}

bool jsoncheck_utf8(const char *text, size_t n)
{
	const uint8_t *p = (const uint8_t *)text, *end = p + n;

	while (p < end) {
		uint8_t c = *p++;
		unsigned more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
		uint32_t point = more == 0 ? c : c & (0x3fu >> more);
		static const uint32_t least[4] = { 0, 0x80, 0x800, 0x10000 };

		if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || more > (size_t)(end - p))
			return false;
		for (unsigned i = 0; i < more; i++, p++) {
			if ((*p & 0xc0) != 0x80)
				return false;
			point = point << 6 | (*p & 0x3f);
		}
		if (point < least[more] || point > 0x10ffff || (point >> 11) == 0x1b)
			return false;
	}
	return true;
}

const char *jsoncheck(const char *p, size_t n)
{
	struct reader r = { .p = p, .end = p + n };

	if (!jsoncheck_utf8(p, n))
		return "octets that are no UTF-8";
	if (value(&r, JSONCHECK_DEPTH) && r.p != r.end)
		bad(&r, "something behind the value");
	return r.fault;
}
