/*
 * mb_values: values written as text.  The forms are listed in msgbuild.h.
 */
#include <config.h>

#include "msgbuild.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

/* "text" at *AT, unescaped into M; *AT moves behind the closing quote. */
static bool quoted(struct mb *m, const char **at)
{
	const char *p = *at + 1;

	for (; *p != '"'; p++) {
		if (*p == '\0')
			return false;
		if (p[0] == '\\' && p[1] == 'x' && p[2] != '\0' && p[3] != '\0') {
			mb_hex(m, (const char[]){ p[2], p[3], '\0' });
			p += 3;
			continue;
		}
		if (*p == '\\' && p[1] != '\0')
			p++;
		mb_u8(m, (uint8_t)*p);
	}
	*at = p + 1;
	return true;
}

/* A word up to the next blank; false where it is longer than any value. */
static bool word(char *to, size_t size, const char **at)
{
	size_t n = strcspn(*at, " \t\n]}");

	if (n == 0 || n >= size)
		return false;
	memcpy(to, *at, n);
	to[n] = '\0';
	*at += n;
	return true;
}

/* x00ff of any length, unlike the other words. */
static bool octets(struct mb *m, const char **at)
{
	const char *p = *at + 1;

	for (; strchr(" \t\n]}", *p) == NULL; p += 2) {
		if (p[1] == '\0')
			return false;
		mb_hex(m, (const char[]){ p[0], p[1], '\0' });
	}
	*at = p;
	return !m->failed;
}

static bool number(struct mb *m, const char *text)
{
	const char *slash = strchr(text, '/');
	unsigned long width;
	uint64_t v;
	char *end;

	if (slash == NULL)
		return false;
	if (slash[1] == 'f') {
		double d = strtod(text, &end);
		float f = (float)d;
		uint32_t bits;

		memcpy(&bits, &f, sizeof(bits));
		memcpy(&v, &d, sizeof(v));
		mb_uint(m, strcmp(slash, "/f4") == 0 ? bits : v, slash[2] == '4' ? 4 : 8);
		return end == slash;
	}
	v = text[0] == '-' ? (uint64_t)strtoll(text, &end, 10) : strtoull(text, &end, 0);
	if (end != slash || end == text)
		return false;
	width = strtoul(slash + 1, &end, 10);
	if (end == slash + 1 || *end != '\0' || width > 65535)
		return false;
	mb_uint(m, v, width);
	return true;
}

static bool mac(struct mb *m, const char *text)
{
	unsigned o[6];
	int n = 0;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &o[0], &o[1], &o[2], &o[3], &o[4], &o[5],
		   &n) != 6 || text[n] != '\0')
		return false;
	for (int i = 0; i < 6; i++)
		mb_u8(m, (uint8_t)o[i]);
	return true;
}

static bool address(struct mb *m, const char *text)
{
	uint8_t a[16];

	if (inet_pton(AF_INET, text, a) == 1)
		mb_mem(m, a, 4);
	else if (inet_pton(AF_INET6, text, a) == 1)
		mb_mem(m, a, 16);
	else
		return mac(m, text);
	return true;
}

/* v"..." vx.. v3"..." v3x.. behind the v, by way of a builder of its own. */
static bool variable(struct mb *m, const char **at)
{
	bool longer = **at == '3', ok;
	struct mb value;

	if (longer)
		++*at;
	mb_init(&value);
	ok = **at == '"' ? quoted(&value, at) : **at == 'x' && octets(&value, at);
	if (ok && longer) {
		mb_var_begin(m);
		mb_mem(m, value.p, value.n);
		mb_var_end(m);
	} else if (ok) {
		mb_var(m, value.p, value.n);
	}
	ok = ok && !value.failed;
	mb_done(&value);
	return ok;
}

/* {257 ... and v[ open; ] and } close what they opened. */
static bool bracket(struct mb *m, const char **at)
{
	enum mb_kind kind = m->depth > 0 ? m->open[m->depth - 1].kind : MB_MESSAGE;
	char *end;

	switch (**at) {
	case '{':
		if (m->depth == MB_DEPTH)
			return false;
		mb_block_begin(m, (uint16_t)strtoul(*at + 1, &end, 10));
		*at = end;
		return true;
	case '[':
		if (m->depth == MB_DEPTH)
			return false;
		mb_var_begin(m);
		break;
	case ']':
		if (kind != MB_VAR)
			return false;
		mb_var_end(m);
		break;
	case '}':
		if (kind != MB_BLOCK)
			return false;
		mb_block_end(m);
		break;
	}
	++*at;
	return true;
}

static bool value(struct mb *m, const char **at)
{
	char text[80];

	if (**at == '"')
		return quoted(m, at);
	if (**at == 'x')
		return octets(m, at);
	if (strchr("{]}", **at) != NULL)
		return bracket(m, at);
	if (**at == 'v') {
		++*at;
		return **at == '[' ? bracket(m, at) : variable(m, at);
	}
	return word(text, sizeof(text), at) && (number(m, text) || address(m, text));
}

void mb_values(struct mb *m, const char *values)
{
	unsigned depth = m->depth;

	for (;;) {
		values += strspn(values, " \t\n");
		if (*values == '\0')
			break;
		if (!value(m, &values)) {
			m->failed = true;
			break;
		}
	}
	/* A bracket left open would make every later end the wrong one. */
	if (m->depth != depth) {
		m->depth = depth;
		m->failed = true;
	}
}
