/*
 * The first line: inputs | screen | filter | shown/total | how far loading is.
 * The last one: what is typed, what was said, or the keys that do something here.
 */
#include <config.h>

#include <inttypes.h>
#include <string.h>

#include "model/store.h"
#include "tui/analysis.h"
#include "tui/app.h"
#include "tui/browser.h"
#include "tui/saving.h"

static void files(struct app *app, struct nf_strbuf *s)
{
	const struct browser_opts *opts = app->opts;
	const char *slash = opts->nfiles > 0 ? strrchr(opts->files[0], '/') : NULL;
	const char *name = slash != NULL && slash[1] != '\0' ? slash + 1 :
			   opts->nfiles > 0 ? opts->files[0] : "";

	nf_sb_str(s, strcmp(name, "-") == 0 ? "standard input" : name);
	if (opts->nfiles > 1)
		nf_sb_printf(s, " and %zu more", opts->nfiles - 1);
}

static void counts(struct app *app, struct nf_strbuf *s)
{
	struct screen *screen = app_screen(app);
	uint64_t shown, total;

	if (screen->ops->counts == NULL)
		return;
	screen->ops->counts(screen, &shown, &total);
	nf_sb_str(s, " | ");
	if (shown != total)
		nf_sb_printf(s, "%" PRIu64 " of ", shown);
	nf_sb_u64(s, total);
}

static double share(const struct store_progress *p)
{
	return p->total > 0 ? (double)p->octets / (double)p->total : 0;
}

/* What goes on, and how far it is. */
static void going_on(struct app *app, struct nf_strbuf *s)
{
	struct store_progress progress = store_progress(app->store);
	struct screen *screen = app_screen(app);
	double done = 1;

	if (app->stopped)
		nf_sb_str(s, " | stopped");
	else if (!progress.loaded)
		nf_sb_printf(s, " | loading %.0f %%", 100 * share(&progress));
	else if (analysis_progress(app->analysis) < 1)
		nf_sb_printf(s, " | checking %.0f %%", 100 * analysis_progress(app->analysis));
	if (app->saving != NULL)
		nf_sb_printf(s, " | saving %.0f %%", 100 * saving_progress(app->saving));
	if (screen->ops->busy != NULL && screen->ops->busy(screen, &done))
		nf_sb_printf(s, " | %.0f %%", 100 * done);
}

void app_title(struct app *app, struct area a)
{
	struct nf_strbuf left, right;
	unsigned width;

	nf_strbuf_init(&left);
	nf_strbuf_init(&right);
	area_fill(a, LOOK_title);
	nf_sb_char(&left, ' ');
	files(app, &left);
	nf_sb_printf(&left, " | %u %s", app->current + 1, screen_title(app->current));
	if (app->filter.filter != NULL) {
		nf_sb_str(&left, " | ");
		nf_sb_mem(&left, app->filter.text.p, app->filter.text.n);
	}
	counts(app, &right);
	going_on(app, &right);
	nf_sb_char(&right, ' ');
	width = area_text_right(a, 0, 0, a.cols, LOOK_title,
				(struct nf_bytes){ (const uint8_t *)right.p, right.n });
	area_text(a, 0, 0, a.cols > width ? a.cols - width : 0, LOOK_title,
		  (struct nf_bytes){ (const uint8_t *)left.p, left.n });
	nf_strbuf_done(&left);
	nf_strbuf_done(&right);
}

/* A line to type into has one below it: what is wrong with the text, or how it may go on. */
unsigned app_footer_rows(const struct app *app)
{
	return app->prompt.ops != NULL ? 2 : 1;
}

/* "f filter  ? help ...": as many as there is room for. */
static void keys(struct app *app, struct area a)
{
	struct nf_strbuf s;
	unsigned col = 0;

	area_fill(a, LOOK_footer);
	nf_strbuf_init(&s);
	for (const struct action_row *row = action_rows; row->help != NULL; row++) {
		unsigned label, need;

		if (row->name == NULL || row->label[0] == '\0' ||
		    (row->where & (1 << app->current)) == 0)
			continue;
		nf_strbuf_clear(&s);
		action_keys(&s, row, app->fkeys);
		label = (unsigned)strlen(row->label);
		need = (unsigned)s.n + 1 + label + 2;
		if (col + need > a.cols)
			break;
		col += area_text(a, 0, col, a.cols - col, LOOK_key,
				 (struct nf_bytes){ (const uint8_t *)s.p, s.n });
		area_str(a, 0, col + 1, label, LOOK_footer, row->label);
		col += 1 + label + 2;
	}
	nf_strbuf_done(&s);
}

static void prompt(struct app *app, struct area a)
{
	const struct prompt_ops *ops = app->prompt.ops;
	enum look look = LOOK_prompt;
	struct nf_strbuf hint;

	nf_strbuf_init(&hint);
	if (ops->typed != NULL)
		ops->typed(app, edit_text(&app->prompt.edit), &hint, &look);
	area_fill(a, LOOK_prompt);
	if (a.rows > 1)
		area_text(a, 1, 0, a.cols, look == LOOK_error ? LOOK_error : LOOK_hint,
			  (struct nf_bytes){ (const uint8_t *)hint.p, hint.n });
	edit_draw(&app->prompt.edit, a, ops->label, look);
	nf_strbuf_done(&hint);
}

void app_footer(struct app *app, struct area a)
{
	if (app->prompt.ops != NULL) {
		prompt(app, a);
	} else if (app->message.n != 0) {
		area_fill(a, app->message_look);
		area_text(a, 0, 0, a.cols, app->message_look,
			  (struct nf_bytes){ (const uint8_t *)app->message.p, app->message.n });
	} else {
		keys(app, a);
	}
}
