/*
 * The display filter of the command line: -f, -Y, -F, --filter-explain.
 */
#ifndef MAIN_FILTERING_H
#define MAIN_FILTERING_H

#include "main/cli.h"
#include "main/report.h"
#include "model/join_filter.h"

struct filtering {
	struct filter *filter;		/* NULL: everything is shown */
	struct filter_opts opts;
	struct nf_strbuf text;		/* as given */
	bool explain;
};

/*
 * What is wrong with the filter is said to REPORT; then -1.  Names of what options say
 * (join.ingress.name) look into JOIN.
 */
int filtering_open(struct filtering *f, const struct cli *cli, struct nf_registry *registry,
		   struct report *report, const struct join *join);

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
