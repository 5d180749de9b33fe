#include <config.h>

#include "main/run.h"

#include <inttypes.h>

#include "main/gathering.h"
#include "main/terminal.h"
#include "model/diff_names.h"
#include "out/difflist.h"

enum { LISTED = 10 };			/* flows of each kind, unless -n says otherwise */

/* One of the two captures: all that reads it, as if it were alone. */
struct side {
	struct gathering g;
	struct cli cli;
	const char *path;
};

struct diff_run {
	struct side sides[2];
	struct out *out;
	/* the lists of the command line, with fields as differences call them */
	struct nf_strbuf ignore, only, tolerance;
	struct diff diff;
};

/* -- Opening -------------------------------------------------------------------------- */

static int open_side(struct diff_run *r, const struct cli *cli, unsigned i)
{
	struct side *s = &r->sides[i];
	const struct gathering_opts opts = {
		.keys = cli->keys, .strict = cli->strict || cli->only != NULL,
		.one_icmp = true,
		.like = i != 0 ? r->sides[0].g.meaning : NULL,
	};

	s->cli = *cli;
	s->path = cli->files.v[i];
	s->cli.files = (struct cli_files){ .v = &s->path, .n = 1, .cap = 1 };
	return gathering_open(&s->g, &s->cli, &opts);
}

static int open_out(struct diff_run *r)
{
	struct reading *reading = &r->sides[1].g.reading;
	const struct out_opts opts = {
		.color = terminal_color(reading->cli),
		.width = terminal_width(reading->cli),
	};

	r->out = out_new(&difflist_out, &opts, reading->pipeline.registry);
	if (r->out == NULL)
		return reading_memory(reading);
	reading_writes(reading, &r->out->text);
	return 0;
}

static int settle(struct diff_run *r, const struct diff_names *names, struct nf_strbuf *s,
		  const char *option, const char *list)
{
	struct filter_error fault;

	if (list == NULL || diff_names_settle(s, names, list, s == &r->tolerance, &fault))
		return 0;
	reading_complain(&r->sides[1].g.reading, option, list, &fault);
	return -1;
}

/* Nothing would be compared, and nothing differ. */
static int check_only(struct diff_run *r, const struct cli *cli)
{
	struct nf_err err;

	if (cli->only == NULL || r->only.n != 0)
		return 0;
	nf_err_set(&err, NF_ERR_USAGE, "--only: \"%s\" names nothing to compare", cli->only);
	report_err(&r->sides[1].g.reading.report, &err);
	return -1;
}

static int open_names(struct diff_run *r, const struct cli *cli)
{
	static const char *rules[CHECK_RULES + 1];
	struct reading *reading = &r->sides[1].g.reading;
	struct diff_names names = { .registry = reading->pipeline.registry, .rules = rules };
	int got;

	for (unsigned i = 0; i < CHECK_RULES; i++)
		rules[i] = check_rules[i].id;
	names.fields = filter_names_new(&reading->filtering.opts, names.registry);
	if (names.fields == NULL)
		return reading_memory(reading);
	got = settle(r, &names, &r->ignore, "--ignore", cli->ignore) < 0 ||
	      settle(r, &names, &r->only, "--only", cli->only) < 0 ||
	      settle(r, &names, &r->tolerance, "--tolerance", cli->tolerance) < 0 ? -1 : 0;
	filter_names_free(names.fields);
	return got == 0 ? check_only(r, cli) : got;
}

/* What is wrong with --tolerance and --map is said before anything is read. */
static int open_diff(struct diff_run *r, const struct cli *cli, bool again)
{
	struct meaning *old = again ? r->sides[0].g.meaning : NULL;
	struct meaning *new = again ? r->sides[1].g.meaning : NULL;
	const struct diff_opts opts = {
		.ignore = nf_strbuf_cstr(&r->ignore),
		.only = cli->only != NULL ? nf_strbuf_cstr(&r->only) : NULL,
		.tolerance = nf_strbuf_cstr(&r->tolerance),
		.map = cli->maps.v, .nmap = cli->maps.n,
		.strict = cli->strict, .no_merge = cli->no_merge,
		.max = cli->count == UINT64_MAX ? LISTED : cli->count == 0 ? SIZE_MAX :
							   (size_t)cli->count,
	};
	struct nf_err err;

	diff_done(&r->diff);
	if (diff_init(&r->diff, old, new, &opts, &err))
		return 0;
	report_err(&r->sides[1].g.reading.report, &err);
	return -1;
}

/* -- The end -------------------------------------------------------------------------- */

static void odd_key(struct diff_run *r)
{
	uint64_t flows;
	const char *keys, *key = diff_odd_key(&r->diff, &flows, &keys);

	if (key != NULL)
		report_note(&r->sides[1].g.reading.report, "%" PRIu64 " flow%s lost and added, with "
			    "%s as the only difference: to match them, leave it out (-k %s)", flows,
			    flows == 1 ? " is" : "s are", key, keys);
}

/* Without this, it looks as if all had gone and come. */
static void lone_key(struct diff_run *r)
{
	unsigned side;
	const char *key = diff_lone_key(&r->diff, &side);

	if (key != NULL)
		report_note(&r->sides[1].g.reading.report, "only the flows of %s have %s: to match "
			    "those of both, leave it out (-k src,dst,sport,dport,proto)",
			    r->sides[side].path, key);
	else
		odd_key(r);
}

static void show(struct diff_run *r, const struct cli *cli)
{
	struct reading *reading = &r->sides[1].g.reading;
	struct difflist list = {
		.o = r->out, .diff = &r->diff, .quiet = cli->quiet,
		.paths = { r->sides[0].path, r->sides[1].path },
		.allow_empty = cli->allow_empty,
		.nothing = r->sides[0].g.meaning->ndomains == 0 ||
			   r->sides[1].g.meaning->ndomains == 0,
	};
	bool no;

	if (reading->filtering.explain) {
		reading_flush(reading);
		return;
	}
	if (!gathering_end(&r->sides[0].g) || !gathering_end(&r->sides[1].g) ||
	    open_diff(r, cli, true) < 0) {
		reading_memory(reading);
		return;
	}
	diff_run(&r->diff);
	if (r->diff.failed) {
		reading_memory(reading);
		return;
	}
	difflist_show(&list, cli_format(cli));
	no = list.nothing ? !cli->allow_empty : diff_total(&r->diff) != 0;
	if (no && reading->report.state > REPORT_NO)
		reading->report.state = REPORT_NO;
	if (!reading_flush(reading))
		return;
	gathering_remarks(&r->sides[0].g, r->sides[0].path, "not compared");
	gathering_remarks(&r->sides[1].g, r->sides[1].path, "not compared");
	lone_key(r);
}

/* Both are read to their ends, so that what is wrong with either is said. */
static void read_all(struct diff_run *r, const struct cli *cli)
{
	bool worth = true;

	for (unsigned i = 0; i < 2; i++) {
		gathering_read(&r->sides[i].g);
		worth = worth && gathering_worth(&r->sides[i].g);
	}
	if (worth)
		show(r, cli);
	for (unsigned i = 0; i < 2; i++)
		reading_summary(&r->sides[i].g.reading, cli->verbose);
}

/* Of two exit codes: trouble, then damage, then a difference. */
static int worse(int a, int b)
{
	static const int order[] = { 2, 3, 1 };

	for (unsigned i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return 0;
}

int run_diff(const struct cli *cli)
{
	struct diff_run r = { .out = NULL };
	int code = 0;
	bool open = true;
	unsigned opened = 0;

	nf_strbuf_init(&r.ignore);
	nf_strbuf_init(&r.only);
	nf_strbuf_init(&r.tolerance);
	for (; opened < 2 && open; opened++)
		open = open_side(&r, cli, opened) == 0;
	open = open && open_out(&r) == 0 && open_names(&r, cli) == 0 &&
	       open_diff(&r, cli, false) == 0;
	if (open)
		read_all(&r, cli);
	diff_done(&r.diff);
	for (unsigned i = 0; i < opened; i++) {
		gathering_done(&r.sides[i].g);
		code = worse(code, reading_close(&r.sides[i].g.reading));
	}
	out_free(r.out);
	nf_strbuf_done(&r.ignore);
	nf_strbuf_done(&r.only);
	nf_strbuf_done(&r.tolerance);
	return code;
}
