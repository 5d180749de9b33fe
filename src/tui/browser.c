#include <config.h>

#include "tui/browser.h"

#include <string.h>

#include "base/mem.h"
#include "model/join_filter.h"
#include "model/store.h"
#include "tui/analysis.h"
#include "tui/analysis_store.h"
#include "tui/app.h"

/*
 * Uptimes of IPFIX mean nothing without the start of the system, which options say.  It is asked
 * for at once: what is kept of a message outlives the next ones.
 */
static void prepare(void *ctx, struct nf_view *v)
{
	struct app *app = ctx;
	const struct join_record at = {
		.msg = &v->msg, .datagram = v->datagram, .offset = v->offset,
	};
	struct join *join = app->analysis != NULL ? analysis_tables(app->analysis) : NULL;
	struct join_answer answer;
	uint64_t ms;

	if (join == NULL || v->headerless || v->msg.version != 10 || join_rows(join) == NULL)
		return;
	if (join_start(join, &at, &ms, &answer))
		v->msg.start_ms = ms;
}

struct analysis *app_analysis_new(struct app *app, const char *top_keys, struct nf_err *err)
{
	const struct browser_opts *o = app->opts;
	const struct analysis_opts opts = {
		.files = o->files, .nfiles = o->nfiles, .capture = o->capture, .scope = o->scope,
		.max_templates = o->max_templates,
		.templates = o->templates, .ntemplates = o->ntemplates,
		.registry = app->registry, .check = o->check, .seq = o->seq,
		.top_keys = top_keys,
		.ahead = analysis_store_ahead, .ahead_ctx = app->store,
		.path = analysis_store_path, .path_ctx = app->store,
	};

	return analysis_new(&opts, err);
}

static int open_inputs(struct app *app, struct nf_err *err)
{
	const struct browser_opts *o = app->opts;
	const struct store_opts store = {
		.capture = o->capture, .scope = o->scope, .max_templates = o->max_templates,
		.registry = app->registry, .hooks = { .ctx = app, .prepare = prepare },
	};

	app->store = store_open(o->files, o->nfiles, &store, err);
	if (app->store == NULL)
		return -1;
	app->following = o->capture.follow && store_follow(app->store, true);
	app->analysis = app_analysis_new(app, NULL, err);
	return app->analysis != NULL ? 0 : -1;
}

static int open_all(struct app *app, const struct term_ops *ops, const struct term_opts *term_opts,
		    struct nf_err *err)
{
	struct filter_error fault;

	if (open_inputs(app, err) < 0)
		return -1;
	app->filter.opts = (struct filter_opts){
		.names = join_filter_names, .nnames = JOIN_FILTER_NAMES,
		.ctx = analysis_tables(app->analysis),
		.files = app->opts->files, .nfiles = app->opts->nfiles,
		.findings = analysis_asked(app->analysis),
	};
	if (!app_open_screens(app))
		return nf_err_memory(err);
	if (app->opts->filter != NULL && !app_filter_set(app, app->opts->filter, &fault))
		return nf_err_set(err, NF_ERR_USAGE, "filter: %s", fault.text);
	app->current = app->opts->first_flows ? SCREEN_flows : SCREEN_packets;
	return term_open(&app->term, ops, term_opts, err);
}

static void close_all(struct app *app)
{
	app_overlay_close(app);
	app_save_stop(app);
	if (app->prompt.ops != NULL)
		edit_close(&app->prompt.edit);
	app_close_screens(app);
	app_trail_done(&app->trail);
	filter_free(app->filter.filter);
	nf_strbuf_done(&app->filter.text);
	edit_history_done(&app->filter.history);
	edit_history_done(&app->search.history);
	edit_history_done(&app->commands);
	nf_free(app->search.text);
	filter_free(app->search.filter);
	nf_strbuf_done(&app->message);
	nf_strbuf_done(&app->scratch);
	app_follow_end(app);
	analysis_free(app->analysis);
	store_free(app->store);
	canvas_done(&app->canvas);
}

/* What was wrong with inputs, once the terminal is the user's again. */
static int trouble(const struct app *app, struct nf_err *err)
{
	const struct nf_err *worst = store_trouble(app->store, 0), *next;

	for (size_t i = 1; (next = store_trouble(app->store, i)) != NULL; i++)
		if (worst->kind == NF_ERR_DAMAGE && next->kind != NF_ERR_DAMAGE)
			worst = next;
	if (worst == NULL)
		return 0;
	*err = *worst;
	return 1;
}

int browser_run(const struct browser_opts *opts, const struct term_ops *ops,
		const struct term_opts *term_opts, struct nf_err *err)
{
	struct app *app = nf_zalloc(sizeof(*app));
	int rc;

	if (app == NULL)
		return nf_err_memory(err);
	app->opts = opts;
	app->registry = opts->registry;
	app->last.screen = SCREENS;
	for (unsigned i = 0; i < APP_MARKS; i++)
		app->marks[i].screen = SCREENS;
	nf_strbuf_init(&app->filter.text);
	nf_strbuf_init(&app->message);
	nf_strbuf_init(&app->scratch);
	rc = open_all(app, ops, term_opts, err);
	if (rc == 0) {
		app_loop(app);
		term_close(&app->term);
		rc = trouble(app, err);
	}
	close_all(app);
	nf_free(app);
	return rc;
}
