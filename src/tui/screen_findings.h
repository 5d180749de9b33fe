/*
 * Findings: rules with what breaks them below, and, of the selected one, all that is known: what
 * was found, what is required, which section says so, why it matters, a way out.
 */
#ifndef TUI_SCREEN_FINDINGS_H
#define TUI_SCREEN_FINDINGS_H

#include "check/check.h"
#include "tui/app.h"
#include "tui/pager.h"

enum { FINDINGS_COLUMNS = 5 };

/* A line: a rule, or one of its findings. */
struct findings_line {
	const struct check_finding *finding;	/* of a rule: the first */
	uint32_t n;				/* of a rule: how many it has; of a finding 0 */
	uint64_t count;				/* occurrences */
};

struct findings_screen {
	struct screen screen;
	struct grid grid;
	struct pager pager;
	const struct check_finding **all;	/* by severity, rule, and as they were found */
	size_t n, cap;
	const struct check_finding **found, **fresh;	/* as they were found, and now */
	size_t nfound, found_cap, fresh_cap;
	struct findings_line *lines;
	size_t nlines, lines_cap;
	bool open[CHECK_RULES + 1];		/* rules whose findings are listed */
	bool settled;
	bool pane;				/* keys go to the text */
	bool zoom;
	const struct check_finding *explained;	/* what the text is of; see of_rule */
	bool of_rule;
	struct out *out;
	struct area text;			/* as drawn last */
};

/* -- findings_list.c ----------------------------------------------------------------------- */

extern const struct grid_ops findings_grid_ops;
extern const struct grid_column findings_columns[FINDINGS_COLUMNS];

/*
 * Findings come while the capture is checked; withdrawn ones go.  The selected one stays so, and
 * where it is on the screen; who has not left the first line sees the worst there is.
 */
void findings_refresh(struct findings_screen *f);

/* The lines anew: a rule was opened or closed. */
void findings_list(struct findings_screen *f);

/* NULL: there is none. */
const struct findings_line *findings_selected(const struct findings_screen *f);

#endif
