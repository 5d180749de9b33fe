#include <config.h>

#include "main/run.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "check/check.h"
#include "main/reading.h"
#include "main/terminal.h"
#include "out/difflist.h"

enum { LISTED = 10 };			/* flows of each kind, unless -n says otherwise */

/* One of the two captures: all that reads it, as if it were alone. */
struct side {
	struct reading reading;
	struct cli cli;
	const char *path;
	struct check *check;
	struct meaning *meaning;
};

struct diff_run {
	struct side sides[2];
	struct out *out;
	struct diff diff;
};

/* -- Reading -------------------------------------------------------------------------- */

static const struct nf_sink *sink(struct reading *reading)
{
	return check_sink(((struct side *)reading)->check);
}

static bool message(struct reading *reading, const struct nf_view *v, bool shows)
{
	struct side *s = (struct side *)reading;
	uint64_t drops = source_counts(reading->pipeline.source)->capture_drops;

	shows = shows && filtering_shows(&reading->filtering, v);
	check_drops(s->check, drops);
	check_message(s->check, v, shows);
	meaning_message(s->meaning, v, shows, drops);
	return !s->meaning->failed;
}

static bool late_set(struct reading *reading, const struct nf_late *late)
{
	struct side *s = (struct side *)reading;
	bool shows = cli_shows(reading->cli, &late->datagram) &&
		     filtering_shows_late(&reading->filtering, late);

	check_late(s->check, late, shows);
	if (shows)
		meaning_late(s->meaning, late);
	return !s->meaning->failed;
}

static void refused(struct reading *reading, const struct nf_datagram *d, enum nf_refusal why)
{
	check_refused(((struct side *)reading)->check, d, why, cli_shows(reading->cli, d));
}

static void event(struct reading *reading, const struct capture_event *e)
{
	check_event(((struct side *)reading)->check, e);
}

static const struct reading_ops ops = {
	.sums = true,
	.hidden = true,
	.filters = true,
	.sink = sink,
	.message = message,
	.late = late_set,
	.refused = refused,
	.event = event,
};

/* -- Findings ------------------------------------------------------------------------- */

/* Findings about what is left out unless it is asked for: by how their rules' names begin. */
static enum meaning_class class_of(const struct check_finding *f)
{
	static const struct { const char *begins; uint8_t class; } classes[] = {
		{ "seq-", MEANING_SEQUENCE }, { "ipfix-seq-", MEANING_SEQUENCE },
		{ "ipfix-first-seq", MEANING_SEQUENCE }, { "hlt-", MEANING_SEQUENCE },
		{ "cap-", MEANING_TIMES }, { "udp-over-512", MEANING_PACKING },
		{ "udp-exceeds-", MEANING_PACKING }, { "ip-fragment", MEANING_PACKING },
		{ "udp-nonstandard-port", MEANING_PORTS },
	};
	const char *id = check_rules[f->rule].id;

	for (unsigned i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (strncmp(id, classes[i].begins, strlen(classes[i].begins)) == 0)
			return (enum meaning_class)classes[i].class;
	return f->severity == NF_NOTE ? MEANING_NOTES : MEANING_ALWAYS;
}

static int32_t domain_of(const struct meaning *m, const struct check_finding *f)
{
	if (f->stream == NULL)
		return MEANING_NONE;
	return meaning_domain_of(m, &f->stream->src.addr, f->stream->domain,
				 f->of_exporter || f->of_session);
}

/* A rule counts once a domain, however often it is broken there. */
static void take_findings(struct side *s)
{
	bool *seen = nf_zalloc((s->meaning->ndomains + 1) * CHECK_RULES);
	const struct check_finding *f;

	s->meaning->failed |= seen == NULL;
	for (size_t i = 0; seen != NULL && (f = check_finding_at(s->check, i)) != NULL; i++) {
		int32_t domain = domain_of(s->meaning, f);
		bool *again = &seen[(size_t)(domain + 1) * CHECK_RULES + f->rule];

		if (!*again)
			meaning_add_fact(s->meaning, &(struct meaning_fact){
				.topic = MEANING_FINDINGS, .class = (uint8_t)class_of(f),
				.domain = domain, .name = check_rules[f->rule].id,
				.value = check_rules[f->rule].id, .frame = f->first.frame,
			});
		*again = true;
	}
	nf_free(seen);
}

/* -- Opening -------------------------------------------------------------------------- */

static int open_meaning(struct side *s, const struct cli *cli)
{
	const struct meaning_opts opts = {
		.keys = cli->keys,
		.names = &s->reading.filtering.opts,
		.filter = s->reading.filtering.filter,
		.max_keys = (size_t)cli->max_keys,
		.strict = cli->strict || cli->only != NULL,
		.keep_duplicates = cli->keep_duplicates,
	};
	struct filter_error fault;

	s->meaning = meaning_new(&opts, s->reading.pipeline.registry, &fault);
	if (s->meaning != NULL)
		return 0;
	reading_complain(&s->reading, "-k", cli->keys != NULL ? cli->keys : "", &fault);
	return -1;
}

static int open_side(struct side *s, const struct cli *cli, unsigned i)
{
	const struct check_opts opts = { .max_findings = 0 };

	s->cli = *cli;
	s->path = cli->files.v[i];
	s->cli.files = (struct cli_files){ .v = &s->path, .n = 1, .cap = 1 };
	if (reading_open(&s->reading, &s->cli, true) < 0)
		return -1;
	s->check = check_new(&opts, s->reading.pipeline.registry);
	if (s->check == NULL)
		return reading_memory(&s->reading);
	return open_meaning(s, &s->cli);
}

static int open_out(struct diff_run *r)
{
	struct reading *reading = &r->sides[1].reading;
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

/* What is wrong with --tolerance and --map is said before anything is read. */
static int open_diff(struct diff_run *r, const struct cli *cli, bool again)
{
	struct meaning *old = again ? r->sides[0].meaning : NULL;
	struct meaning *new = again ? r->sides[1].meaning : NULL;
	const struct diff_opts opts = {
		.ignore = cli->ignore, .only = cli->only, .tolerance = cli->tolerance,
		.map = cli->maps.v, .nmap = cli->maps.n,
		.strict = cli->strict, .no_merge = cli->no_merge,
		.max = cli->count == UINT64_MAX ? LISTED : cli->count == 0 ? SIZE_MAX :
							   (size_t)cli->count,
	};
	struct nf_err err;

	diff_done(&r->diff);
	if (diff_init(&r->diff, old, new, &opts, &err))
		return 0;
	report_err(&r->sides[1].reading.report, &err);
	return -1;
}

/* -- The end -------------------------------------------------------------------------- */

static void remarks(struct side *s)
{
	const struct meaning *m = s->meaning;

	if (m->beyond != 0)
		report_note(&s->reading.report, "%s: %" PRIu64 " record%s of further keys: not "
			    "compared (--max-keys)", s->path, m->beyond, m->beyond == 1 ? "" : "s");
	if (m->templates_beyond != 0)
		report_note(&s->reading.report, "%s: %" PRIu64 " template%s more than %d: not "
			    "compared", s->path, m->templates_beyond,
			    m->templates_beyond == 1 ? "" : "s", (int)MEANING_TEMPLATES);
	if (m->undecoded != 0)
		report_note(&s->reading.report, "%s: %" PRIu64 " data set%s without a template: "
			    "not compared", s->path, m->undecoded, m->undecoded == 1 ? "" : "s");
	if (m->duplicates != 0 && !s->cli.keep_duplicates)
		report_note(&s->reading.report, "%s: %" PRIu64 " duplicate message%s left out "
			    "(--keep-duplicates)", s->path, m->duplicates,
			    m->duplicates == 1 ? "" : "s");
}

static void odd_key(struct diff_run *r)
{
	uint64_t flows;
	const char *keys, *key = diff_odd_key(&r->diff, &flows, &keys);

	if (key != NULL)
		report_note(&r->sides[1].reading.report, "%" PRIu64 " flow%s lost and added, with "
			    "%s as the only difference: to match them, leave it out (-k %s)", flows,
			    flows == 1 ? " is" : "s are", key, keys);
}

/* Without this, it looks as if all had gone and come. */
static void lone_key(struct diff_run *r)
{
	unsigned side;
	const char *key = diff_lone_key(&r->diff, &side);

	if (key != NULL)
		report_note(&r->sides[1].reading.report, "only the flows of %s have %s: to match "
			    "those of both, leave it out (-k src,dst,sport,dport,proto)",
			    r->sides[side].path, key);
	else
		odd_key(r);
}

static bool end_side(struct side *s)
{
	check_end(s->check);
	if (!meaning_end(s->meaning, s->reading.pipeline.tracker, s->reading.joining.join))
		return false;
	take_findings(s);
	return check_sound(s->check) && !s->meaning->failed;
}

static void show(struct diff_run *r, const struct cli *cli)
{
	struct reading *reading = &r->sides[1].reading;
	struct difflist list = {
		.o = r->out, .diff = &r->diff, .quiet = cli->quiet,
		.paths = { r->sides[0].path, r->sides[1].path },
		.allow_empty = cli->allow_empty,
		.nothing = r->sides[0].meaning->ndomains == 0 || r->sides[1].meaning->ndomains == 0,
	};
	bool no;

	if (reading->filtering.explain) {
		reading_flush(reading);
		return;
	}
	if (!end_side(&r->sides[0]) || !end_side(&r->sides[1]) || open_diff(r, cli, true) < 0) {
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
	remarks(&r->sides[0]);
	remarks(&r->sides[1]);
	lone_key(r);
}

/* Both are read to their ends, so that what is wrong with either is said. */
static void read_all(struct diff_run *r, const struct cli *cli)
{
	bool worth = true;

	for (unsigned i = 0; i < 2; i++) {
		reading_all(&r->sides[i].reading, &ops);
		worth = worth && reading_worth(&r->sides[i].reading) &&
			r->sides[i].reading.report.state != REPORT_FAILED;
	}
	if (worth)
		show(r, cli);
	for (unsigned i = 0; i < 2; i++)
		reading_summary(&r->sides[i].reading, cli->verbose);
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

	for (; opened < 2 && open; opened++)
		open = open_side(&r.sides[opened], cli, opened) == 0;
	open = open && open_out(&r) == 0 && open_diff(&r, cli, false) == 0;
	if (open)
		read_all(&r, cli);
	diff_done(&r.diff);
	for (unsigned i = 0; i < opened; i++) {
		meaning_free(r.sides[i].meaning);
		check_free(r.sides[i].check);
		code = worse(code, reading_close(&r.sides[i].reading));
	}
	out_free(r.out);
	return code;
}
