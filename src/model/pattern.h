/*
 * What is typed to find names by: a part of them, a glob or a regular expression, known by what it
 * is written with.  Upper and lower case are alike.
 */
#ifndef MODEL_PATTERN_H
#define MODEL_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

struct filter_regex;

enum pattern_kind {
	PATTERN_ALL,			/* nothing was typed: every name matches */
	PATTERN_TEXT,			/* part of a name */
	PATTERN_GLOB,			/* *Address, src?ort: a whole name */
	PATTERN_REGEX,			/* ^(src|dst)_: found anywhere in a name */
};

struct pattern {
	enum pattern_kind kind;
	const char *text;		/* borrowed, NULL or what was typed */
	struct filter_regex *regex;
};

/*
 * TEXT, which has to live as long as P; NULL and "" are PATTERN_ALL.  False where it is no regular
 * expression: ERR of N octets says why, or is "" where memory is out.  pattern_done is allowed
 * then, too.
 */
bool pattern_init(struct pattern *p, const char *text, char *err, size_t n);
void pattern_done(struct pattern *p);

bool pattern_matches(const struct pattern *p, const char *name);

#endif
