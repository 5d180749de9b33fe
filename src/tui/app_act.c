/* What all screens have in common, as far as they do not do it their own way. */
#include <config.h>

#include "model/store.h"
#include "tui/analysis.h"
#include "tui/app.h"

static bool close_screen(struct app *app)
{
	if (!app_trail(app, true))
		app->over = true;
	return true;
}

static bool next_screen(struct app *app)
{
	return app_screen_action(app, (app->current + 1) % SCREENS);
}

static bool stop(struct app *app)
{
	struct screen *s = app_screen(app);
	double done;

	if (app_search_stop(app))
		return true;
	if (s->ops->busy != NULL && s->ops->stop != NULL && s->ops->busy(s, &done)) {
		s->ops->stop(s);
	} else if (app->saving != NULL) {
		app_save_stop(app);
		app_say(app, LOOK_warning, "Saving was stopped: nothing was written");
	} else if (!app->stopped && app_loading(app)) {
		app->stopped = true;
		app_say(app, LOOK_warning, "Loading was stopped; z goes on");
	} else if (app->stopped) {
		app->stopped = false;
	} else {
		return false;
	}
	app->stale = true;
	return true;
}

/* C-c stops first, and quits next. */
static bool interrupt(struct app *app)
{
	bool was_stopped = app->stopped;

	if (was_stopped || !stop(app))
		app->over = true;
	return true;
}

bool app_loading(const struct app *app)
{
	return !store_progress(app->store).settled || analysis_progress(app->analysis) < 1;
}

static bool redraw(struct app *app)
{
	app->term.ops->redraw(&app->term);
	return app->stale = true;
}

static bool suspend(struct app *app)
{
	app->term.ops->suspend(&app->term);
	return redraw(app);
}

static bool moved(struct app *app, enum action a)
{
	struct screen *s = app_screen(app);
	struct grid *g = s->ops->grid != NULL ? s->ops->grid(s) : NULL;

	return g != NULL && grid_act(g, a);
}

static bool quit(struct app *app)
{
	return app->over = true;
}

static bool hints(struct app *app)
{
	app->fkeys = !app->fkeys;
	return true;
}

static bool back(struct app *app)
{
	return app_trail(app, true);
}

static bool forth(struct app *app)
{
	return app_trail(app, false);
}

/* What an action calls: one of these. */
struct doing {
	bool (*plain)(struct app *app);
	bool (*which)(struct app *app, enum action a);
	bool (*with)(struct app *app, uint32_t arg);
	bool screen;			/* it goes to `to` */
	enum screen_id to;
};

static const struct doing doings[ACTIONS] = {
#define SCREEN(name, ...) [ACTION_##name] = { .screen = true, .to = SCREEN_##name },
#include "tui/screens.def"
#undef SCREEN
	[ACTION_next_screen] = { .plain = next_screen },
	[ACTION_close] = { .plain = close_screen },
	[ACTION_quit] = { .plain = quit },
	[ACTION_back] = { .plain = back },
	[ACTION_forth] = { .plain = forth },
	[ACTION_set_mark] = { .with = app_set_mark },
	[ACTION_go_options] = { .plain = app_go_options },
	[ACTION_go_mark] = { .with = app_go_mark },
	[ACTION_search] = { .which = app_search_act },
	[ACTION_search_next] = { .which = app_search_act },
	[ACTION_search_prev] = { .which = app_search_act },
	[ACTION_filter] = { .which = app_filter_act },
	[ACTION_filter_set] = { .which = app_filter_act },
	[ACTION_filter_and] = { .which = app_filter_act },
	[ACTION_filter_not] = { .which = app_filter_act },
	[ACTION_filter_only_not] = { .which = app_filter_act },
	[ACTION_follow] = { .plain = app_follow },
	[ACTION_stop] = { .plain = stop },
	[ACTION_interrupt] = { .plain = interrupt },
	[ACTION_next_finding] = { .which = app_finding_act },
	[ACTION_prev_finding] = { .which = app_finding_act },
	[ACTION_save] = { .plain = app_save },
	[ACTION_copy] = { .plain = app_copy },
	[ACTION_command] = { .plain = app_command },
	[ACTION_elements] = { .plain = app_elements },
	[ACTION_help] = { .plain = app_help },
	[ACTION_hints] = { .plain = hints },
	[ACTION_redraw] = { .plain = redraw },
	[ACTION_suspend] = { .plain = suspend },
};

bool app_act(struct app *app, enum action a, uint32_t arg)
{
	const struct doing *d = &doings[a];

	if (d->plain != NULL)
		return d->plain(app);
	if (d->which != NULL)
		return d->which(app, a);
	if (d->with != NULL)
		return d->with(app, arg);
	if (d->screen)
		return app_screen_action(app, d->to);
	return moved(app, a) || app_link(app, a);
}
