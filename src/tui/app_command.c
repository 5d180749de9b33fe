/*
 * `:`	a frame number, the name of an action or of a screen, or one of the verbs below, which are
 *	called as the options of the command line are.
 */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/store.h"
#include "tui/app.h"
#include "tui/screen_flows.h"

static void go_to_frame(struct app *app, const char *text)
{
	struct place p = place_nowhere(), here = app_here(app);
	uint64_t frame = strtoull(text, NULL, 10);
	struct store_row r;

	if (store_rows(app->store) == 0)
		return;
	/* of several files, that of the message selected */
	r = store_row(app->store, here.row != PLACE_NONE ? here.row : 0);
	p.row = store_row_of_frame(app->store, r.file, frame);
	app_go(app, SCREEN_packets, &p);
	r = store_row(app->store, p.row);
	if (r.frame != frame)
		app_say(app, LOOK_hint, "Frame %" PRIu64 " is no flow export; this is frame %" PRIu64,
			frame, r.frame);
}

static void set_filter(struct app *app, const char *text)
{
	struct filter_error err;

	if (!app_filter_set(app, text, &err))
		app_say(app, LOOK_error, "%u: %s", (unsigned)err.span.off + 1, err.text);
}

/* The canonical form of a filter, or of the one that is on, and what its comparisons are about. */
static void explain(struct app *app, const char *text)
{
	static const struct overlay_ops ops = { .chosen = NULL };
	const char *expr = *text != '\0' ? text : nf_strbuf_cstr(&app->filter.text);
	struct filter_error err;
	struct nf_strbuf s;
	struct popup *p;
	struct filter *f;

	if (*expr == '\0') {
		app_say(app, LOOK_hint, "There is no filter");
		return;
	}
	f = filter_new(expr, strlen(expr), &app->filter.opts, app->registry, &err);
	if (f == NULL) {
		app_say(app, LOOK_error, "%u: %s", (unsigned)err.span.off + 1, err.text);
		return;
	}
	nf_strbuf_init(&s);
	filter_explain(&s, f);
	filter_free(f);
	p = app_overlay(app, "The filter", &ops, NULL, NULL);
	if (p != NULL)
		popup_add_text(p, LOOK_text, (struct nf_bytes){ (const uint8_t *)s.p, s.n });
	nf_strbuf_done(&s);
}

static void set_columns(struct app *app, const char *text)
{
	struct filter_error err = { .memory = true };

	app_screen_action(app, SCREEN_flows);
	if (*text == '\0')
		app_do(app, ACTION_columns, 0);
	else if (!flows_columns_choose((struct flows_screen *)app_screen(app), text, &err))
		app_say(app, LOOK_error, "%s", err.memory ? "Out of memory" : err.text);
}

static void quit(struct app *app, const char *text)
{
	(void)text;
	app_do(app, ACTION_quit, 0);
}

static const struct verb {
	const char *name, *arg, *help;
	void (*run)(struct app *app, const char *text);
} verbs[] = {
	{ "columns", "LIST", "show these columns of flows; nothing: choose them", set_columns },
	{ "explain", "EXPR", "what a filter says; nothing: the one that is on", explain },
	{ "filter", "EXPR", "show what matches; nothing: all", set_filter },
	{ "find", "TEXT", "search in all messages and what is in them", app_find_deep },
	{ "frame", "NUMBER", "go to a frame; :NUMBER does, too", go_to_frame },
	{ "q", "", "quit", quit },
	{ "write", "FILE", "save what is shown: .txt .csv .json .pcap", app_save_to },
};

enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

/* An action by its name: what its key does. */
static bool run_action(struct app *app, const char *name)
{
	enum action a = action_by_name(name);
	const struct action_row *row = a != ACTION_NONE ? action_row_of(a) : NULL;

	if (row == NULL || (row->where & (1 << app->current)) == 0)
		return false;
	app_do(app, a, 0);
	return true;
}

static bool is_verb(const char *name)
{
	for (unsigned i = 0; i < VERBS; i++)
		if (strcmp(verbs[i].name, name) == 0)
			return true;
	return false;
}

static void entered(struct app *app, const char *text)
{
	size_t n = strcspn(text, " ");
	const char *rest = text + n + strspn(text + n, " ");

	if (text[strspn(text, " ")] == '\0')
		return;
	edit_remember(&app->commands, text);
	if (text[strspn(text, "0123456789")] == '\0') {
		go_to_frame(app, text);
		return;
	}
	for (unsigned i = 0; i < VERBS; i++) {
		if (strlen(verbs[i].name) == n && strncmp(verbs[i].name, text, n) == 0) {
			verbs[i].run(app, rest);
			return;
		}
	}
	if (!run_action(app, text))
		app_say(app, LOOK_error, "There is no command %s; Tab lists them", text);
}

static void complete(void *ctx, const char *text, size_t at, size_t *from,
		     void (*found)(void *to, const char *word), void *to)
{
	struct app *app = ctx;

	*from = 0;
	if (memchr(text, ' ', at) != NULL) {
		*from = at;
		return;
	}
	for (unsigned i = 0; i < VERBS; i++)
		if (strncmp(verbs[i].name, text, at) == 0)
			found(to, verbs[i].name);
	for (const struct action_row *row = action_rows; row->help != NULL; row++)
		if (row->name != NULL && (row->where & (1 << app->current)) != 0 &&
		    strchr(row->keys, '*') == NULL && strncmp(row->name, text, at) == 0 &&
		    !is_verb(row->name))
			found(to, row->name);
}

static const struct edit_ops edit = { .complete = complete };

static const struct prompt_ops line = { .label = ":", .entered = entered, .edit = &edit };

bool app_command(struct app *app)
{
	app_ask(app, &line, "", &app->commands);
	return true;
}
