/*
 * What users of tshark, tcpdump, nfdump, git and ls type, and what to type here.
 */
#ifndef MAIN_HABITS_H
#define MAIN_HABITS_H

#include "main/cli.h"

struct habit {
	char letter;
	bool takes_argument;
	const char *text;		/* %s stands for the argument */
};

enum {
#define HABIT(...) + 1
#define LONG(...)
	HABITS = 0
#include "main/habits.def"
#undef HABIT
#undef LONG
};
extern const struct habit habits[HABITS];

/* NULL where there is none. */
const struct habit *habit_of(int letter);

/* What to do instead of the long option NAME, of N octets; NULL where there is no such habit. */
const char *habit_long(const char *name, size_t n);

/* True if ARG is digits alone. */
bool habit_is_count(const char *arg);

/* All return -1 and say in *ERR what to do instead. */
int habit_letter(const struct habit *habit, const char *arg, struct nf_err *err);

/* LETTER is no option and no habit; "-10" means a count. */
int habit_no_letter(int letter, const char *word, struct nf_err *err);

/* WORD ("--json") is no long option, or short for several. */
int habit_no_option(const char *word, struct nf_err *err);

#endif
