/*
 * The display filter of the command line: -f, -Y, -F, --filter-explain.
 */
#ifndef MAIN_FILTERING_H
#define MAIN_FILTERING_H

#include "main/finding.h"
#include "model/join_filter.h"

struct filtering {
	struct filter *filter;		/* NULL: everything is shown */
	struct filter_opts opts;
	struct nf_strbuf text;		/* as given */
	bool explain;
	struct finding finding;		/* what finding.* looks into */
};

/*
 * Before inputs are opened: the text of the filter, and standard input kept where it is read for
 * finding.*, too.  What is wrong is said to REPORT; then -1.
 */
int filtering_take(struct filtering *f, const struct cli *cli, struct report *report);

/*
 * What is wrong with the filter is said to the report of P, of which nothing was read yet; then -1.
 * Names of what options say (join.ingress.name) look into JOIN; for finding.* the inputs are read
 * once more by themselves.
 */
int filtering_open(struct filtering *f, const struct pipeline *p, const struct join *join);

/*
 * For finding.* that something else than the command line names (a file of expectations): before
 * inputs are opened, and once they are and nothing of them was read yet.  What is wrong is said to
 * the report; then -1.
 */
int filtering_prepare_findings(const struct cli *cli, struct report *report);
int filtering_know_findings(struct filtering *f, const struct pipeline *p);

/* True if the command line names what options say: in a filter, a column, a key. */
bool filtering_joins(const struct cli *cli);
void filtering_close(struct filtering *f);

/*
 * Append the file at PATH ("-": standard input), or as much of it as shows that it has more than
 * MAX octets.  -1 and *ERR: "OPTION" stands before the path.
 */
int filtering_read(struct nf_strbuf *s, const char *option, const char *path, size_t max,
		   struct nf_err *err);

/* The filter once more, for another thread; NULL if memory is out. */
struct filter *filtering_copy(const struct filtering *f, struct nf_registry *registry);

static inline bool filtering_shows(struct filtering *f, const struct nf_view *v)
{
	return f->filter == NULL || filter_message(f->filter, v);
}

static inline bool filtering_shows_late(struct filtering *f, const struct nf_late *late)
{
	return f->filter == NULL || filter_late(f->filter, late);
}

/*
 * The end of a run: memory that was out, and advice where nothing matched.  What
 * --filter-explain shows is appended to OUT.
 */
void filtering_end(struct filtering *f, struct report *report, struct nf_strbuf *out);

#endif
