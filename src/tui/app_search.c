/*
 * `/` `n` `N`: rows of the grid in steps, so that keys never wait; other panes do it themselves.
 * "=EXPR" looks for the next row that a filter lets through, and filters nothing.  `:find` looks
 * through the trees of all messages, on Packets.
 */
#include <config.h>

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "tui/app.h"

static struct grid *grid_of(struct app *app)
{
	struct screen *s = app_screen(app);

	if (app->search.deep)
		return s->ops->list != NULL ? s->ops->list(s) : NULL;
	return s->ops->grid != NULL ? s->ops->grid(s) : NULL;
}

/* As less does: capitals in what is looked for make them count. */
static bool has_capital(const char *text)
{
	while (*text != '\0' && !isupper((unsigned char)*text))
		text++;
	return *text != '\0';
}

bool app_text_has(const char *text, const char *what)
{
	return (has_capital(what) ? strstr(text, what) : strcasestr(text, what)) != NULL;
}

static void nothing(struct app *app)
{
	app->search.on = false;
	app_say(app, LOOK_warning, "%s is not found", app->search.text);
}

static bool is_deep(const struct app_search *q)
{
	return q->deep && q->filter == NULL;
}

/* The screen that is searched through, which is shown. */
static struct screen *through(struct app *app)
{
	struct place here = app_here(app);

	if (app->search.deep && app_screen(app)->ops->find_in == NULL)
		app_go(app, SCREEN_packets, &here);
	return app_screen(app);
}

/* From the row behind the selected one, around the end, back to it. */
static void begin(struct app *app, bool back)
{
	struct app_search *q = &app->search;
	struct screen *s = through(app);
	struct grid *g = grid_of(app);
	uint64_t n = g != NULL ? g->ops->count(g->ctx) : 0;

	if (is_deep(q) && n > 0 && s->ops->find_in(s, q->text, g->at, back, true))
		return;
	if (g == NULL && (s->ops->find == NULL || !s->ops->find(s, q->text, back))) {
		nothing(app);
		return;
	}
	if (g == NULL)
		return;
	if (q->filter != NULL && s->ops->passes == NULL) {
		app_say(app, LOOK_hint, "Filters say nothing here: search for a text");
		return;
	}
	q->back = back;
	q->grid = g;
	q->left = q->all = n;
	q->row = n > 0 ? g->at : 0;
	q->on = true;
}

static uint64_t next(uint64_t row, uint64_t n, bool back)
{
	if (back)
		return row > 0 ? row - 1 : n - 1;
	return row + 1 < n ? row + 1 : 0;
}

static bool is_hit(struct app *app, const struct grid *g, uint64_t row, struct nf_strbuf *text)
{
	struct screen *s = app_screen(app);

	if (app->search.filter != NULL)
		return s->ops->passes != NULL && s->ops->passes(s, app->search.filter, row);
	if (app->search.deep)
		return s->ops->find_in != NULL &&
		       s->ops->find_in(s, app->search.text, row, app->search.back, false);
	nf_strbuf_clear(text);
	grid_row_text(g, row, text);
	return app_text_has(nf_strbuf_cstr(text), app->search.text);
}

bool app_search_stop(struct app *app)
{
	if (!app->search.on)
		return false;
	app->search.on = false;
	app_say(app, LOOK_warning, "The search was stopped");
	return true;
}

bool app_search_work(struct app *app)
{
	struct app_search *q = &app->search;
	struct grid *g = grid_of(app);
	uint64_t begun = app_now(), n;
	struct nf_strbuf text;
	bool found = false;

	if (!q->on)
		return false;
	if (g == NULL || g != q->grid)
		return !app_search_stop(app);
	n = g->ops->count(g->ctx);
	nf_strbuf_init(&text);
	while (!found && q->left > 0 && n > 0) {
		q->row = next(q->row < n ? q->row : 0, n, q->back);
		found = is_hit(app, g, q->row, &text);
		q->left--;
		if (app_now() - begun >= APP_STEP_NS)
			break;
	}
	nf_strbuf_done(&text);
	if (found) {
		if (!is_deep(q))
			grid_go(g, q->row);
		q->on = false;
		app->stale = true;
	} else if (q->left == 0 || n == 0) {
		nothing(app);
	}
	return q->on;
}

/* The filter of "=EXPR"; false, and said, where EXPR is none. */
static bool take_filter(struct app *app, const char *text)
{
	struct app_search *q = &app->search;
	struct filter_error err;

	filter_free(q->filter);
	q->filter = NULL;
	if (*text != '=')
		return true;
	q->filter = filter_new(text + 1, strlen(text + 1), &app->filter.opts, app->registry, &err);
	if (q->filter == NULL)
		app_say(app, LOOK_error, "%s", err.text);
	return q->filter != NULL;
}

static void find(struct app *app, const char *text, bool deep)
{
	struct app_search *q = &app->search;
	char *copy;

	if (*text != '\0' && !take_filter(app, text))
		return;
	if (*text != '\0' || deep)
		q->deep = deep;
	if (*text != '\0') {
		copy = nf_alloc(strlen(text) + 1);
		if (copy == NULL)
			return;
		strcpy(copy, text);
		nf_free(q->text);
		q->text = copy;
		edit_remember(&q->history, text);
	}
	if (q->text != NULL)
		begin(app, false);
}

void app_find(struct app *app, const char *text)
{
	find(app, text, false);
}

void app_find_deep(struct app *app, const char *text)
{
	find(app, text, true);
}

static const struct prompt_ops line = { .label = "/", .entered = app_find };

bool app_search_act(struct app *app, enum action a)
{
	if (a == ACTION_search || app->search.text == NULL)
		app_ask(app, &line, "", &app->search.history);
	else
		begin(app, a == ACTION_search_prev);
	return true;
}
