/*
 * What the command line and its profiles make of rules: --rule ID=SEVERITY, --profile FILE.
 */
#ifndef MAIN_SEVERITIES_H
#define MAIN_SEVERITIES_H

#include "check/check.h"
#include "main/cli.h"

/* By rule: CHECK_BY_DEFAULT, CHECK_OFF, or 1 + enum nf_severity; see struct check_opts. */
struct severities {
	uint8_t of[CHECK_RULES + 1];	/* + 1: there may be no rules */
};

/* Profiles in the order given, then each --rule: the last one that names a rule has it. */
int severities_open(struct severities *s, const struct cli *cli, struct nf_err *err);

/*
 * A line of a profile, or the argument of --rule: "tpl-late=off".  Blank lines, and what stands
 * behind a #, say nothing.  -1, and what is wrong with it.
 */
int severities_line(struct severities *s, const char *line, struct nf_err *err);

/* The rule called ID; else CHECK_RULES, and in *ERR that there is none, and which may be meant. */
enum check_rule_id severities_rule(const char *id, struct nf_err *err);

#endif
