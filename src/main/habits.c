#include <config.h>

#include "main/habits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "model/filter_near.h"

const struct habit habits[HABITS] = {
#define HABIT(letter_, takes_, text_) \
	{ .letter = letter_, .takes_argument = takes_, .text = text_ },
#define LONG(...)
#include "main/habits.def"
#undef HABIT
#undef LONG
};

static const struct {
	const char *name, *text;
} longs[] = {
#define HABIT(...)
#define LONG(name_, text_) { .name = name_, .text = text_ },
#include "main/habits.def"
#undef HABIT
#undef LONG
};

const struct habit *habit_of(int letter)
{
	for (unsigned i = 0; i < HABITS; i++)
		if (habits[i].letter == letter)
			return &habits[i];
	return NULL;
}

bool habit_is_count(const char *arg)
{
	size_t n = strspn(arg, "0123456789");

	return n > 0 && arg[n] == '\0';
}

int habit_letter(const struct habit *habit, const char *arg, struct nf_err *err)
{
	char advice[200];

	if (habit->letter == 'c' && arg != NULL && !habit_is_count(arg))
		return nf_err_set(err, NF_ERR_USAGE, "-c: only flows has columns to choose from; "
				  "to stop after so many use -n COUNT");
	snprintf(advice, sizeof(advice), habit->text, arg != NULL ? arg : "COUNT");
	return nf_err_set(err, NF_ERR_USAGE, "-%c: %s", habit->letter, advice);
}

int habit_no_letter(int letter, const char *word, struct nf_err *err)
{
	if (word[0] == '-' && habit_is_count(word + 1))
		return nf_err_set(err, NF_ERR_USAGE, "%s: use -n %s", word, word + 1);
	return nf_err_set(err, NF_ERR_USAGE, "there is no option -%c; see nfpcap --help", letter);
}

/* "--max is short for several: --max-keys, --max-memory ..."; false if it is for none. */
static bool several(const char *name, size_t n, struct nf_err *err)
{
	struct nf_strbuf s;
	unsigned found = 0;

	nf_strbuf_init(&s);
	for (const struct option_row *row = cli_options; row->name != NULL; row++)
		if (strncmp(row->name, name, n) == 0)
			nf_sb_printf(&s, "%s--%s", found++ > 0 ? ", " : "", row->name);
	if (found > 1)
		nf_err_set(err, NF_ERR_USAGE, "--%.*s is short for several: %s", (int)n, name,
			   nf_strbuf_cstr(&s));
	nf_strbuf_done(&s);
	return found > 1;
}

const char *habit_long(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof(longs) / sizeof(longs[0]); i++)
		if (strlen(longs[i].name) == n && memcmp(longs[i].name, name, n) == 0)
			return longs[i].text;
	return NULL;
}

int habit_no_option(const char *word, struct nf_err *err)
{
	const char *name = strncmp(word, "--", 2) == 0 ? word + 2 : word;
	size_t n = strcspn(name, "=");
	struct filter_near near = filter_near_to((struct nf_bytes){ (const uint8_t *)name, n });

	if (habit_long(name, n) != NULL)
		return nf_err_set(err, NF_ERR_USAGE, "--%.*s: %s", (int)n, name,
				  habit_long(name, n));
	if (several(name, n, err))
		return -1;
	for (const struct option_row *row = cli_options; row->name != NULL; row++)
		filter_near_consider(&near, row->name);
	if (near.cost[0] < UINT32_MAX)
		return nf_err_set(err, NF_ERR_USAGE, "there is no option --%.*s; did you mean --%s?",
				  (int)n, name, near.names[0]);
	return nf_err_set(err, NF_ERR_USAGE, "there is no option --%.*s; see nfpcap --help", (int)n,
			  name);
}
