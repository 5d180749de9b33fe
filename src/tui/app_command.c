/*
 * `:`	a frame number, the name of an action or of a screen, `filter EXPR`, `find TEXT`.
 */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model/store.h"
#include "tui/app.h"

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

static const struct verb {
	const char *name, *arg, *help;
	void (*run)(struct app *app, const char *text);
} verbs[] = {
	{ "filter", "EXPR", "show what matches; nothing: all", set_filter },
	{ "find", "TEXT", "search in this screen", app_find },
	{ "frame", "NUMBER", "go to a frame; :NUMBER does, too", go_to_frame },
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
		    strcmp(row->name, "filter") != 0)
			found(to, row->name);
}

static const struct edit_ops edit = { .complete = complete };

static const struct prompt_ops line = { .label = ":", .entered = entered, .edit = &edit };

bool app_command(struct app *app)
{
	app_ask(app, &line, "", &app->commands);
	return true;
}
