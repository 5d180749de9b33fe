#include <config.h>

#include "tui/analysis.h"

#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "model/join_starts.h"
#include "out/found.h"
#include "tui/analysis_pass.h"

/* What is read, one after another; of top once more whenever its keys change. */
enum { PASS_OPTIONS, PASS_ALL, PASS_TOP, PASSES };

/* What filters ask of findings; whoever points to it may do so beyond the analysis. */
struct asked {
	struct found_rules rules;
	struct findings findings;
};

struct analysis {
	struct analysis_opts opts;
	const char **paths;		/* where the files are read, once `begun` */
	bool begun;
	struct pass *passes[PASSES];	/* NULL: not begun, or over */
	unsigned pass;			/* the current one; PASSES: there is nothing to do */
	bool settled, tables_settled, top_settled;
	bool failed;
	uint64_t frames;		/* that somebody has counted */
	/* what it adds up to */
	struct join *join;
	struct join_starts starts;
	struct exporters *exporters;
	struct templates templates;
	struct check *check;
	struct found found;		/* until it is settled */
	struct asked *asked;
	struct stats stats;
	struct timeline timeline;
	struct top *top;
	char *top_keys;
	struct filter_opts names;	/* for keys of top */
};

/* -- Opening -------------------------------------------------------------------------- */

static struct top *open_top(const struct analysis *a, const char *keys, struct filter_error *err)
{
	const struct top_opts opts = { .keys = keys, .names = &a->names };

	return top_new(&opts, a->opts.registry, err);
}

static char *copy_of(const char *text)
{
	size_t n = strlen(text) + 1;
	char *copy = nf_alloc(n);

	if (copy != NULL)
		memcpy(copy, text, n);
	return copy;
}

static bool open_models(struct analysis *a)
{
	const struct join_opts join = { .max = 0 };
	struct check_opts check = a->opts.check;
	struct filter_error ignored;

	a->join = join_new(&join, a->opts.registry);
	a->exporters = exporters_new(&a->opts.seq, 0);
	found_init(&a->found);
	check.occurred = found_occurred;
	check.occurred_ctx = &a->found;
	a->check = check_new(&check, a->opts.registry);
	a->asked = nf_zalloc(sizeof(*a->asked));
	if (a->asked != NULL) {
		found_rules_init(&a->asked->rules);
		findings_init(&a->asked->findings, &a->asked->rules.labels);
	}
	a->top_keys = copy_of(a->opts.top_keys != NULL ? a->opts.top_keys : "src");
	a->top = a->top_keys != NULL ? open_top(a, a->top_keys, &ignored) : NULL;
	timeline_init(&a->timeline, 0);
	join_starts_init(&a->starts, join_starts_ask, a->join);
	a->paths = nf_alloc(sizeof(*a->paths) * (a->opts.nfiles + 1));
	return a->paths != NULL && stats_init(&a->stats) &&
	       templates_init(&a->templates, a->opts.registry) && a->join != NULL &&
	       a->exporters != NULL && a->check != NULL && a->asked != NULL && a->top != NULL;
}

struct analysis *analysis_new(const struct analysis_opts *opts, struct nf_err *err)
{
	struct analysis *a = nf_zalloc(sizeof(*a));

	if (a == NULL) {
		nf_err_memory(err);
		return NULL;
	}
	a->opts = *opts;
	a->names = (struct filter_opts){ .files = opts->files, .nfiles = opts->nfiles };
	if (!open_models(a)) {
		nf_err_memory(err);
		analysis_free(a);
		return NULL;
	}
	return a;
}

void analysis_free(struct analysis *a)
{
	if (a == NULL)
		return;
	top_free(a->top);
	nf_free(a->top_keys);
	stats_done(&a->stats);
	found_done(&a->found);
	if (a->asked != NULL)
		findings_done(&a->asked->findings);
	nf_free(a->asked);
	check_free(a->check);
	templates_done(&a->templates);
	exporters_free(a->exporters);
	join_free(a->join);
	for (unsigned i = 0; i < PASSES; i++)
		pass_free(a->passes[i]);
	nf_free(a->paths);
	nf_free(a);
}

/* True once all files can be read, and the first pass has been opened. */
static bool begin(struct analysis *a)
{
	struct nf_err err;

	for (size_t i = 0; i < a->opts.nfiles; i++) {
		a->paths[i] = a->opts.path != NULL ? a->opts.path(a->opts.path_ctx, i) :
						     a->opts.files[i];
		if (a->paths[i] == NULL)
			return false;
	}
	a->opts.files = a->paths;
	a->begun = true;
	a->passes[PASS_OPTIONS] = pass_new(&a->opts, false, &err);
	if (a->passes[PASS_OPTIONS] == NULL) {
		a->failed = true;
		a->pass = PASSES;
	}
	return a->pass < PASSES;
}

void analysis_replace(struct analysis *a, struct analysis *next)
{
	struct asked *asked = a->asked;
	struct join *join = a->join;

	findings_swap(&a->asked->findings, &next->asked->findings);
	a->asked = next->asked;
	next->asked = asked;
	join_swap(a->join, next->join);
	a->join = next->join;
	next->join = join;
	join_starts_init(&next->starts, join_starts_ask, next->join);
}

/* -- Messages ------------------------------------------------------------------------- */

static void totals(struct analysis *a, const struct nf_view *v)
{
	struct stats_version total = stats_total(&a->stats);
	const struct nf_msg *m = &v->msg;
	int64_t delay;

	timeline_at(&a->timeline, &total, exporters_loss(a->exporters).lost, v->datagram->ts_ns);
	if (m->export_secs != 0 &&
	    !__builtin_sub_overflow(v->datagram->ts_ns, (int64_t)m->export_secs * 1000000000 +
				    m->export_nsecs, &delay))
		timeline_delay(&a->timeline, delay);
	stats_message(&a->stats, v);
}

static void message(struct analysis *a, const struct pass *p, const struct nf_view *v)
{
	uint64_t drops = pass_counts(p)->capture_drops;

	check_drops(a->check, drops);
	check_message(a->check, v, true);
	totals(a, v);
	exporters_message(a->exporters, v, true, drops);
	templates_message(&a->templates, v);
	if (!a->top_settled && a->passes[PASS_TOP] == NULL)
		top_message(a->top, v);
}

static void delivery(struct analysis *a, struct pass *p, struct nf_delivery *d)
{
	const struct nf_sink *sink = a->pass == PASS_ALL ? check_sink(a->check) : NULL;
	struct nf_view view;

	while (nf_delivery_next(d, &view, sink)) {
		if (a->pass == PASS_OPTIONS) {
			join_message(a->join, &view);
		} else {
			join_starts_arm(&a->starts, &view.msg, view.datagram, view.offset);
			if (a->pass == PASS_ALL)
				message(a, p, &view);
			else
				top_message(a->top, &view);
		}
		if (a->pass == PASS_ALL)
			sink = check_sink(a->check);
	}
}

static void event(void *ctx, const struct capture_event *e)
{
	check_event(((struct analysis *)ctx)->check, e);
}

/* -- Passes --------------------------------------------------------------------------- */

static void settle_timeline(struct analysis *a)
{
	struct stats_version total = stats_total(&a->stats);

	timeline_settle(&a->timeline, &total, exporters_loss(a->exporters).lost);
}

/* All models say what they say at the end. */
static void settle(struct analysis *a, struct pass *p)
{
	settle_timeline(a);
	check_drops(a->check, pass_counts(p)->capture_drops);
	check_end(a->check);
	if (!found_settle(&a->found, &a->asked->findings))
		a->failed = true;
	found_done(&a->found);
	if (!exporters_settle(a->exporters) || !templates_list(&a->templates, p->tracker))
		a->failed = true;
	a->settled = true;
}

static void end_top(struct analysis *a)
{
	top_end(a->top);
	a->top_settled = true;
}

/* What follows the current pass, which has come to its end, or could not be opened. */
static void next_pass(struct analysis *a)
{
	struct nf_err err;
	struct pass *p;

	if (a->pass == PASS_OPTIONS) {
		a->tables_settled = true;
		p = pass_new(&a->opts, true, &err);
		a->passes[PASS_ALL] = p;
		a->pass = p != NULL ? PASS_ALL : PASSES;
		if (p == NULL) {
			a->failed = true;
			return;
		}
		p->frames = a->frames;
		pass_watch(p, event, a);
		return;
	}
	a->pass = a->pass == PASS_ALL && a->passes[PASS_TOP] != NULL ? PASS_TOP : PASSES;
}

/* With its layouts, which may have been asked the tables with. */
static void drop_pass(struct analysis *a, unsigned pass)
{
	if (a->passes[pass] != NULL)
		join_forget(a->join);
	pass_free(a->passes[pass]);
	a->passes[pass] = NULL;
}

static void ended(struct analysis *a, struct pass *p)
{
	unsigned pass = a->pass;

	if (a->frames == 0)
		a->frames = pass_counts(p)->frames;
	if (pass == PASS_ALL) {
		settle(a, p);
		pass_end(p);
	}
	if (pass == PASS_TOP || (pass == PASS_ALL && a->passes[PASS_TOP] == NULL))
		end_top(a);
	if (pass != PASS_ALL)
		drop_pass(a, pass);
	next_pass(a);
}

static void datagram(struct analysis *a)
{
	struct pass *p = a->passes[a->pass];
	struct nf_delivery d;
	enum nf_refusal why;

	switch (pass_next(p, &d, &why)) {
	case PASS_DELIVERY:
		delivery(a, p, &d);
		break;
	case PASS_REFUSED:
		if (a->pass == PASS_ALL)
			check_refused(a->check, &p->datagram, why, true);
		break;
	case PASS_NOTHING:
		break;
	case PASS_END:
		ended(a, p);
		break;
	}
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

bool analysis_step(struct analysis *a, uint64_t budget_ns)
{
	uint64_t begun = now();

	if (!a->begun && !begin(a))
		return false;
	while (a->pass < PASSES) {
		datagram(a);
		if (now() - begun >= budget_ns)
			break;
	}
	if (a->pass == PASS_ALL)
		settle_timeline(a);
	return a->pass < PASSES;
}

double analysis_progress(const struct analysis *a)
{
	/* what options say is a small part of the work */
	static const double begins[] = { [PASS_OPTIONS] = 0, [PASS_ALL] = 0.2, [PASS_TOP] = 0 };
	static const double takes[] = { [PASS_OPTIONS] = 0.2, [PASS_ALL] = 0.8, [PASS_TOP] = 1 };

	if (a->pass == PASSES)
		return 1;
	if (!a->begun)
		return 0;
	return begins[a->pass] + takes[a->pass] * pass_progress(a->passes[a->pass]);
}

void analysis_expect(struct analysis *a, uint64_t frames)
{
	a->frames = frames;
	for (unsigned i = 0; i < PASSES; i++)
		if (a->passes[i] != NULL)
			a->passes[i]->frames = frames;
}

bool analysis_settled(const struct analysis *a)
{
	return a->settled;
}

bool analysis_sound(const struct analysis *a)
{
	return !a->failed && check_sound(a->check) && !a->templates.failed && !a->top->failed &&
	       !join_failed(a->join);
}

bool analysis_damaged(const struct analysis *a)
{
	for (unsigned i = 0; i < PASSES; i++)
		if (a->passes[i] != NULL && a->passes[i]->damaged)
			return true;
	return false;
}

/* -- What there is -------------------------------------------------------------------- */

const struct exporters *analysis_exporters(const struct analysis *a)
{
	return a->exporters;
}

struct templates *analysis_templates(struct analysis *a)
{
	return &a->templates;
}

struct join *analysis_tables(const struct analysis *a)
{
	return a->join;
}

bool analysis_tables_settled(const struct analysis *a)
{
	return a->tables_settled;
}

const struct check *analysis_check(const struct analysis *a)
{
	return a->check;
}

const struct check_finding *analysis_finding_next(const struct analysis *a, size_t *at)
{
	return a->settled ? check_finding_at(a->check, (*at)++) : check_so_far(a->check, at);
}

const struct findings *analysis_asked(const struct analysis *a)
{
	return &a->asked->findings;
}

const struct stats *analysis_stats(const struct analysis *a)
{
	return &a->stats;
}

const struct timeline *analysis_timeline(const struct analysis *a)
{
	return &a->timeline;
}

const struct capture_counts *analysis_capture(const struct analysis *a)
{
	return a->passes[PASS_ALL] != NULL ? pass_counts(a->passes[PASS_ALL]) : NULL;
}

const struct nf_tracker_counts *analysis_tracker_counts(const struct analysis *a)
{
	return a->passes[PASS_ALL] != NULL ? nf_tracker_counts(a->passes[PASS_ALL]->tracker) :
					     NULL;
}

const struct top *analysis_top(const struct analysis *a)
{
	return a->top;
}

const char *analysis_top_keys(const struct analysis *a)
{
	return a->top_keys;
}

bool analysis_top_settled(const struct analysis *a)
{
	return a->top_settled;
}

bool analysis_top_by(struct analysis *a, const char *keys, struct filter_error *err)
{
	struct top *top = open_top(a, keys, err);
	struct nf_err trouble;
	struct pass *pass;
	char *copy;

	if (top == NULL)
		return false;
	copy = copy_of(keys);
	pass = a->begun ? pass_new(&a->opts, true, &trouble) : NULL;
	if ((a->begun && pass == NULL) || copy == NULL) {
		*err = (struct filter_error){ .memory = true };
		pass_free(pass);
		nf_free(copy);
		top_free(top);
		return false;
	}
	drop_pass(a, PASS_TOP);
	top_free(a->top);
	nf_free(a->top_keys);
	a->top_keys = copy;
	a->top = top;
	a->top_settled = false;
	if (pass == NULL)
		return true;		/* it comes with the pass over all */
	pass->frames = a->frames;
	a->passes[PASS_TOP] = pass;
	if (a->pass == PASSES)
		a->pass = PASS_TOP;
	return true;
}

struct analysis_verdict analysis_verdict(const struct analysis *a)
{
	const struct check_totals *t = check_totals(a->check);
	struct stats_version total = stats_total(&a->stats);
	struct analysis_verdict v = {
		.exporters = exporters_addresses(a->exporters),
		.messages = total.messages, .flows = total.flows, .options = total.options,
		.data_sets = t->data_sets, .undecoded = total.undecoded,
		.loss = exporters_loss(a->exporters), .settled = a->settled,
	};
	const struct check_finding *f;
	size_t at = 0;

	while ((f = analysis_finding_next(a, &at)) != NULL) {
		if (f->accepted)
			v.accepted++;
		else
			v.findings[f->severity]++;
	}
	return v;
}
