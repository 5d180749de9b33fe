#include <config.h>

#include "tui/app.h"

#include <stdarg.h>
#include <time.h>

#include "base/mem.h"
#include "model/store.h"
#include "tui/analysis.h"
#include "tui/browser.h"

/* While something is loaded, the screen follows so often. */
enum { FRAME_NS = 50000000, QUIET = 5 };

/* -- Screens -------------------------------------------------------------------------- */

const struct screen_ops *const screen_ops[SCREENS] = {
#define SCREEN(name, ...) [SCREEN_##name] = &screen_##name,
#include "tui/screens.def"
#undef SCREEN
};

const char *screen_title(enum screen_id id)
{
	static const char *const titles[] = {
#define SCREEN(name, key, title, help) title,
#include "tui/screens.def"
#undef SCREEN
	};

	return titles[id];
}

const char *screen_name(enum screen_id id)
{
	static const char *const names[] = {
#define SCREEN(name, ...) #name,
#include "tui/screens.def"
#undef SCREEN
	};

	return names[id];
}

bool app_open_screens(struct app *app)
{
	for (unsigned i = 0; i < SCREENS; i++) {
		struct screen *s = nf_zalloc(screen_ops[i]->size);

		if (s == NULL)
			return false;
		*s = (struct screen){ .ops = screen_ops[i], .app = app, .id = (uint8_t)i };
		app->screens[i] = s;
		if (!s->ops->open(s))
			return false;
	}
	return true;
}

void app_close_screens(struct app *app)
{
	for (unsigned i = 0; i < SCREENS; i++) {
		if (app->screens[i] != NULL)
			app->screens[i]->ops->close(app->screens[i]);
		nf_free(app->screens[i]);
	}
}

/* -- What is said --------------------------------------------------------------------- */

void app_say(struct app *app, enum look look, const char *format, ...)
{
	va_list ap;

	nf_strbuf_clear(&app->message);
	va_start(ap, format);
	nf_sb_vprintf(&app->message, format, ap);
	va_end(ap);
	app->message_look = look;
	app->stale = true;
}

void app_ask(struct app *app, const struct prompt_ops *ops, const char *text,
	     struct edit_history *history)
{
	if (app->prompt.ops != NULL)
		edit_close(&app->prompt.edit);
	app->prompt.ops = NULL;
	if (!edit_open(&app->prompt.edit, text, history, ops->edit, app))
		return;
	app->prompt.ops = ops;
	app->stale = true;
}

void app_overlay_close(struct app *app)
{
	struct app_overlay *o = &app->overlay;

	if (!o->open)
		return;
	o->open = false;
	popup_close(&o->popup);
	if (o->ops->closed != NULL)
		o->ops->closed(app, o->own);
	app->stale = true;
}

struct popup *app_overlay(struct app *app, const char *title, const struct overlay_ops *ops,
			  void *own, const struct popup_ops *rows)
{
	struct app_overlay *o = &app->overlay;

	app_overlay_close(app);
	*o = (struct app_overlay){ .ops = ops, .own = own };
	o->open = popup_open(&o->popup, title, rows, own, false);
	if (!o->open && ops->closed != NULL)
		ops->closed(app, own);
	app->stale = true;
	return o->open ? &o->popup : NULL;
}

/* -- Drawing -------------------------------------------------------------------------- */

static void draw(struct app *app)
{
	struct area all = canvas_area(&app->canvas);
	struct screen *s = app_screen(app);
	/* At one or two rows the screen itself goes first. */
	unsigned top = all.rows > 2;
	unsigned bottom = all.rows > 1 + app_footer_rows(app) ? app_footer_rows(app) : all.rows > 1;

	canvas_clear(&app->canvas);
	s->area = area_in(all, top, 0, all.rows - top - bottom, all.cols);
	s->ops->draw(s, s->area);
	if (top)
		app_title(app, area_in(all, 0, 0, 1, all.cols));
	if (bottom)
		app_footer(app, area_in(all, all.rows - bottom, 0, bottom, all.cols));
	if (app->overlay.open)
		popup_draw(&app->overlay.popup, &app->canvas);
	app->term.ops->show(&app->term, &app->canvas);
	app->stale = false;
}

static void resized(struct app *app)
{
	if (!canvas_size(&app->canvas, app->term.rows, app->term.cols))
		app->over = true;
	app->canvas.ascii = app->term.ascii;
	app->stale = true;
}

/* -- Keys ----------------------------------------------------------------------------- */

static void prompt_key(struct app *app, const struct key *k)
{
	const struct prompt_ops *ops = app->prompt.ops;
	struct nf_strbuf text;

	switch (edit_key(&app->prompt.edit, k)) {
	case EDIT_ENTERED:
		/* what is entered may ask for the next line */
		nf_strbuf_init(&text);
		nf_sb_str(&text, edit_text(&app->prompt.edit));
		app->prompt.ops = NULL;
		edit_close(&app->prompt.edit);
		ops->entered(app, nf_strbuf_cstr(&text));
		nf_strbuf_done(&text);
		break;
	case EDIT_CANCELLED:
		app->prompt.ops = NULL;
		edit_close(&app->prompt.edit);
		break;
	case EDIT_CHOOSES:
		if (ops->choose != NULL)
			ops->choose(app);
		break;
	case EDIT_GOES_ON:
	case EDIT_NOT_MINE:
		break;
	}
}

static void overlay_key(struct app *app, const struct key *k)
{
	struct app_overlay *o = &app->overlay;
	size_t row;

	switch (popup_key(&o->popup, k)) {
	case POPUP_CHOSEN: {
		/* what is chosen may open the next one, and needs what this one owns */
		struct app_overlay closed = *o;

		if (o->ops->chosen == NULL)
			break;
		row = popup_current(&o->popup);
		o->open = false;
		closed.ops->chosen(app, closed.own, row);
		popup_close(&closed.popup);
		if (closed.ops->closed != NULL)
			closed.ops->closed(app, closed.own);
		break;
	}
	case POPUP_TICKED:
		if (o->ops->ticked != NULL)
			o->ops->ticked(app, o->own, popup_current(&o->popup));
		break;
	case POPUP_CLOSED:
		app_overlay_close(app);
		break;
	case POPUP_GOES_ON:
		break;
	}
}

void app_do(struct app *app, enum action a, uint32_t arg)
{
	struct screen *s = app_screen(app);

	if (!s->ops->act(s, a, arg) && !app_act(app, a, arg))
		app_say(app, LOOK_hint, "Nothing here to do that to");
	app_follow_moved(app);
}

static void typed(struct app *app, const struct key *k)
{
	enum action a;
	uint32_t arg = 0;

	switch (action_type(&app->typed, k, app->current, &a, &arg)) {
	case ACTION_FOUND:
		app_do(app, a, arg);
		break;
	case ACTION_UNKNOWN:
		if (k->code == KEY_ESC)
			app_search_stop(app);
		else
			app_say(app, LOOK_hint, "No such key here; ? lists them");
		break;
	case ACTION_MORE:
		break;
	}
}

static void key(struct app *app, const struct key *k)
{
	app->stale = true;
	if (k->code == KEY_RESIZE) {
		resized(app);
		return;
	}
	if (k->code == KEY_HANGUP) {
		app->over = true;
		return;
	}
	nf_strbuf_clear(&app->message);
	if (app->prompt.ops != NULL)
		prompt_key(app, k);
	else if (app->overlay.open)
		overlay_key(app, k);
	else if (k->code != KEY_MOUSE)
		typed(app, k);
	else if (app_screen(app)->ops->mouse != NULL)
		app_screen(app)->ops->mouse(app_screen(app), k);
}

/* -- Work ----------------------------------------------------------------------------- */

static void tell_screens(struct app *app)
{
	for (unsigned i = 0; i < SCREENS; i++)
		if (app->screens[i] != NULL && app->screens[i]->ops->changed != NULL)
			app->screens[i]->ops->changed(app->screens[i]);
}

/* A step of what all screens show; true while there is more. */
static bool load(struct app *app)
{
	uint64_t rows = store_rows(app->store);
	bool more;

	if (app->stopped)
		return false;
	more = store_step(app->store, APP_STEP_NS);
	if (more || store_rows(app->store) != rows)
		tell_screens(app);
	if (store_rows(app->store) != rows && !more)
		app->stale = true;
	if (more)
		return true;
	if (!store_progress(app->store).loaded)
		return false;		/* a pipe has nothing now */
	return app_follow_work(app);
}

void app_changed(struct app *app)
{
	tell_screens(app);
	app->stale = true;
}

static bool work(struct app *app)
{
	bool more = load(app);		/* which may open screens anew */
	struct screen *s = app_screen(app);

	if (app_search_work(app))
		more = true;
	if (app_save_work(app))
		more = true;
	if (s->ops->work != NULL && s->ops->work(s))
		more = true;
	return more;
}

uint64_t app_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/*
 * How long to wait for a key.  A pipe that had something a moment ago is looked at soon, then more
 * and more seldom; QUIET counts these looks.
 */
static int wait_ms(const struct app *app, bool busy, unsigned *quiet)
{
	int most = busy ? 0 : app_patience(app);

	if (most > 0 && *quiet < QUIET)
		return 1 << (*quiet)++;
	if (most <= 0)
		*quiet = 0;
	return most;
}

void app_loop(struct app *app)
{
	uint64_t drawn = 0;
	bool busy = true, was_busy = true, loading = true;
	unsigned quiet = 0;
	struct key k;

	resized(app);
	while (!app->over) {
		bool going;
		int wait;

		busy = work(app);
		wait = wait_ms(app, busy, &quiet);
		going = busy || (quiet > 0 && quiet < QUIET);
		if (was_busy && (!going || app_now() - drawn > FRAME_NS))
			app->stale = true;
		was_busy = going;
		/* an input may end with nothing left to do */
		if (loading != app_loading(app))
			app->stale = true;
		loading = app_loading(app);
		if (app->stale) {
			draw(app);
			drawn = app_now();
		}
		if (app->term.ops->key(&app->term, &k, wait))
			key(app, &k);
		else if (!busy)
			app_follow_poll(app);
	}
}
