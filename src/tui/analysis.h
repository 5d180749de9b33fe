/*
 * What the capture adds up to, for the screens behind the first one: exporters, templates, tables
 * of options, findings of the checker, totals over time, the top of a key.  The inputs are read
 * again for that, in small steps, with the models that the commands use: once everything is
 * settled, numbers are those that `exporters`, `templates`, `options --joined`, `check`, `stats`
 * and `top` show.
 *
 *	struct analysis *a = analysis_new(&opts, &err);
 *
 *	while (analysis_step(a, 2000000))
 *		... draw what there is so far, look for keys ...
 *	... analysis_settled(a) ...
 *	analysis_free(a);
 *
 * What options say is read first, in a pass of its own: what flows ask of it is then at hand, and
 * nothing is ever read to its end within a step.  All else comes in the second pass.
 *
 * All accessors may be called at any time; each says what it gives before it is settled.  What
 * they return is the analysis's, and changes with the next step.
 */
#ifndef TUI_ANALYSIS_H
#define TUI_ANALYSIS_H

#include "check/check.h"
#include "model/exporters.h"
#include "model/findings.h"
#include "model/join.h"
#include "model/stats.h"
#include "model/templates.h"
#include "model/timeline.h"
#include "model/top.h"

/* What is pointed to is borrowed until analysis_free. */
struct analysis_opts {
	const char *const *files;
	size_t nfiles;
	/* As of the first reading; who cuts messages out of streams does not matter. */
	struct capture_opts capture;
	enum nf_scope scope;
	size_t max_templates;		/* see struct nf_tracker_opts */
	const char *const *templates;	/* --templates */
	size_t ntemplates;
	/*
	 * One that others have learned from already knows what type records (RFC 5610) of the
	 * capture define; commands learn it as they go.
	 */
	struct nf_registry *registry;
	struct check_opts check;
	struct nf_seq_opts seq;
	const char *top_keys;		/* copied; NULL: "src" */
	/*
	 * Gives the datagrams that define templates, with their ordinals, one a call, false at
	 * the end.  *AT begins at 0 and is whatever the function makes of it.  NULL: the inputs
	 * are read once more, as far as needed, within one step.
	 */
	bool (*ahead)(void *ctx, uint64_t *at, struct nf_datagram *d);
	void *ahead_ctx;
	/*
	 * Where file I is read, several times: NULL as long as it cannot be yet.  Without it the
	 * files are read where they are.
	 */
	const char *(*path)(void *ctx, size_t i);
	void *path_ctx;
};

struct analysis;

/* NULL and *ERR where nothing can be done. */
struct analysis *analysis_new(const struct analysis_opts *opts, struct nf_err *err);
void analysis_free(struct analysis *a);

/*
 * NEXT, which is settled, takes the place of A, which is then to be freed; both are of the same
 * inputs.  Its tables and what filters ask of findings stand where those of A stood: whoever points
 * to these has the new ones.
 */
void analysis_replace(struct analysis *a, struct analysis *next);

/*
 * Work for about BUDGET_NS, a datagram at least.  True while there is more to do, but for what
 * cannot be read yet.
 */
bool analysis_step(struct analysis *a, uint64_t budget_ns);

/* Of 0 to 1, over all that is to be read; 1 once it is done. */
double analysis_progress(const struct analysis *a);

/* Frames of the inputs, where somebody has counted them: progress goes by these then. */
void analysis_expect(struct analysis *a, uint64_t frames);

/* All was read and put in order. */
bool analysis_settled(const struct analysis *a);

/* False where memory was out, or an input could not be opened again: something is missing. */
bool analysis_sound(const struct analysis *a);

/* An input ended in damage so far: what is missing was not looked at. */
bool analysis_damaged(const struct analysis *a);

/* -- What there is -------------------------------------------------------------------- */

/*
 * Before it is settled: exporters_domain_at gives the domains as they were met, with what was
 * counted of them; there are no streams yet, but exporters_loss of all of them.
 */
const struct exporters *analysis_exporters(const struct analysis *a);

/* Before it is settled: templates_next gives what was met; there is no list yet. */
struct templates *analysis_templates(struct analysis *a);

/* The tables of what options say.  Settled with the first pass: see analysis_tables_settled. */
struct join *analysis_tables(const struct analysis *a);
bool analysis_tables_settled(const struct analysis *a);

/* The checker: totals at any time, findings by check_finding_at once settled. */
const struct check *analysis_check(const struct analysis *a);

/*
 * Findings so far as they were found, then as check_finding_at has them: *AT begins at 0; NULL
 * behind the last one.  Those that point to the same finding are the same.
 */
const struct check_finding *analysis_finding_next(const struct analysis *a, size_t *at);

/* The same by message, for filters; settled with the analysis, and not before. */
const struct findings *analysis_asked(const struct analysis *a);

const struct stats *analysis_stats(const struct analysis *a);
/* Up to the last step. */
const struct timeline *analysis_timeline(const struct analysis *a);

/* top_best gives the best so far, but for the last few records. */
const struct top *analysis_top(const struct analysis *a);
/* False before all of it was added up. */
bool analysis_top_settled(const struct analysis *a);

/* What the top is added up by: analysis_opts.top_keys, or what came since. */
const char *analysis_top_keys(const struct analysis *a);

/*
 * Add up by KEYS from here on, in a pass of its own.  False and *ERR where they are none, or
 * memory is out; all is as it was then.
 */
bool analysis_top_by(struct analysis *a, const char *keys, struct filter_error *err);

/* Frames, datagrams, what was skipped; sessions, templates.  NULL before the second pass. */
const struct capture_counts *analysis_capture(const struct analysis *a);
const struct nf_tracker_counts *analysis_tracker_counts(const struct analysis *a);

/* In short, for a line that says how it stands. */
struct analysis_verdict {
	size_t exporters;		/* addresses */
	uint64_t messages, flows, options;
	uint64_t data_sets, undecoded;
	struct exporters_loss loss;
	uint64_t findings[NF_ERROR + 1];	/* by severity; accepted ones do not count */
	uint64_t accepted;
	bool settled;
};

struct analysis_verdict analysis_verdict(const struct analysis *a);

#endif
