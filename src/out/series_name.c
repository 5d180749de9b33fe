#include <config.h>

#include "out/series_name.h"

#include <time.h>

enum {
	STAMP = 17,		/* "-20261122T110000Z" */
	INNER = 5,		/* letters of an ending in front of .gz: "out.json.gz" */
};

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* Where the ending begins; at the name's end where it has none. */
static const char *ending_of(const char *base)
{
	const char *dot = strrchr(base, '.'), *inner;

	if (dot == NULL || dot == base)
		return base + strlen(base);
	if (strcmp(dot, ".gz") != 0)
		return dot;
	inner = memrchr(base, '.', (size_t)(dot - base));
	if (inner == NULL || inner == base || dot - inner - 1 > INNER || dot - inner < 2)
		return dot;
	return inner;
}

static void stamp(struct nf_strbuf *s, int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		tm = (struct tm){ .tm_year = 70, .tm_mday = 1 };
	nf_sb_char(s, '-');
	nf_sb_digits(s, (uint64_t)(tm.tm_year + 1900), 4);
	nf_sb_digits(s, (uint64_t)(tm.tm_mon + 1), 2);
	nf_sb_digits(s, (uint64_t)tm.tm_mday, 2);
	nf_sb_char(s, 'T');
	nf_sb_digits(s, (uint64_t)tm.tm_hour, 2);
	nf_sb_digits(s, (uint64_t)tm.tm_min, 2);
	nf_sb_digits(s, (uint64_t)tm.tm_sec, 2);
	nf_sb_char(s, 'Z');
}

void series_name(struct nf_strbuf *s, const char *path, int64_t seconds, unsigned n)
{
	const char *ending = ending_of(base_of(path));

	nf_sb_mem(s, path, (size_t)(ending - path));
	stamp(s, seconds);
	if (n > 1) {
		nf_sb_char(s, '_');
		nf_sb_digits(s, n, n < 100 ? 2 : n < 1000 ? 3 : 9);
	}
	nf_sb_str(s, ending);
}

void series_folder(struct nf_strbuf *s, const char *path)
{
	size_t n = (size_t)(base_of(path) - path);

	if (n == 0)
		nf_sb_char(s, '.');
	else
		nf_sb_mem(s, path, n);
}

static bool is_stamp(const char *p)
{
	static const char form[] = "-00000000T000000Z";

	for (unsigned i = 0; i < STAMP; i++)
		if (form[i] == '0' ? p[i] < '0' || p[i] > '9' : p[i] != form[i])
			return false;
	return true;
}

bool series_is_partial(const char *path, const char *name)
{
	const char *base = base_of(path), *ending = ending_of(base);
	size_t stem = (size_t)(ending - base);

	if (strlen(name) < stem + STAMP || memcmp(name, base, stem) != 0 ||
	    !is_stamp(name + stem))
		return false;
	name += stem + STAMP;
	if (*name == '_') {
		size_t digits = strspn(name + 1, "0123456789");

		if (digits == 0)
			return false;
		name += 1 + digits;
	}
	return strncmp(name, ending, strlen(ending)) == 0 &&
	       strcmp(name + strlen(ending), SERIES_PARTIAL) == 0;
}
