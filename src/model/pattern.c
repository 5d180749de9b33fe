#include <config.h>

#include "model/pattern.h"

#include <fnmatch.h>
#include <string.h>

#include "model/filter_tree.h"

/* Points are part of names, so that a regular expression is known by other signs. */
static enum pattern_kind kind_of(const char *text)
{
	if (text == NULL || *text == '\0')
		return PATTERN_ALL;
	if (strpbrk(text, "^$|()+\\{}") != NULL || strstr(text, ".*") != NULL ||
	    strstr(text, ".?") != NULL)
		return PATTERN_REGEX;
	return strpbrk(text, "*?[") != NULL ? PATTERN_GLOB : PATTERN_TEXT;
}

static struct nf_bytes bytes_of(const char *text)
{
	return (struct nf_bytes){ (const uint8_t *)text, strlen(text) };
}

bool pattern_init(struct pattern *p, const char *text, char *err, size_t n)
{
	size_t at;

	err[0] = '\0';
	*p = (struct pattern){ .kind = kind_of(text), .text = text };
	if (p->kind != PATTERN_REGEX)
		return true;
	p->regex = filter_regex_new(bytes_of(text), err, n, &at);
	return p->regex != NULL;
}

void pattern_done(struct pattern *p)
{
	filter_regex_free(p->regex);
}

bool pattern_matches(const struct pattern *p, const char *name)
{
	switch (p->kind) {
	case PATTERN_ALL:
		return true;
	case PATTERN_TEXT:
		return strcasestr(name, p->text) != NULL;
	case PATTERN_GLOB:
		return fnmatch(p->text, name, FNM_CASEFOLD) == 0;
	case PATTERN_REGEX:
		return filter_regex_matches(p->regex, bytes_of(name));
	}
	return false;
}
