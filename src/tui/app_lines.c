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

static double looked_through(const struct app_search *q)
{
	return q->all > 0 ? (double)(q->all - q->left) / (double)q->all : 1;
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
	else if (!progress.loaded && progress.waiting)
		nf_sb_str(s, " | waiting for more");
	else if (!progress.loaded && progress.total == 0)
		nf_sb_str(s, " | loading");
	else if (!progress.loaded)
		nf_sb_printf(s, " | loading %.0f %%", 100 * share(&progress));
	else if (analysis_progress(app->analysis) < 1)
		nf_sb_printf(s, " | checking %.0f %%", 100 * analysis_progress(app->analysis));
	if (app->following)
		nf_sb_str(s, app->renewal.next != NULL ? " | following, checking" : " | following");
	if (app->search.on)
		nf_sb_printf(s, " | searching %.0f %%", 100 * looked_through(&app->search));
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

/* "f filter" at COL, if there is room in COLS; the column behind it, or 0. */
static unsigned one_key(struct app *app, struct area a, unsigned col, unsigned cols,
			const struct action_row *row)
{
	unsigned label = (unsigned)strlen(row->label), need;
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	action_keys(&s, row, app->fkeys);
	need = (unsigned)s.n + 1 + label;
	if (col + need <= cols) {
		col += area_text(a, 0, col, a.cols - col, LOOK_key,
				 (struct nf_bytes){ (const uint8_t *)s.p, s.n });
		area_str(a, 0, col + 1, label, LOOK_footer, row->label);
		col += 1 + label;
	} else {
		col = 0;
	}
	nf_strbuf_done(&s);
	return col;
}

/* "f filter  ? help ...": as many as there is room for, and help wherever there is any. */
static void keys(struct app *app, struct area a)
{
	enum { GAP = 2, HELP = sizeof("F1 help") - 1 };
	unsigned col = 0, cols = a.cols > HELP + GAP ? a.cols - HELP - GAP : 0;

	area_fill(a, LOOK_footer);
	for (const struct action_row *row = action_rows; row->help != NULL; row++) {
		unsigned next;

		if (row->name == NULL || row->label[0] == '\0' || row->action == ACTION_help ||
		    (row->where & (1 << app->current)) == 0)
			continue;
		next = one_key(app, a, col, cols, row);
		if (next == 0)
			break;
		col = next + GAP;
	}
	one_key(app, a, col, a.cols, action_row_of(ACTION_help));
}

/* "^ what is wrong" below the place; before it, where there is no room behind. */
static void caret(const struct edit *e, struct area a, unsigned label, const struct prompt_hint *h)
{
	struct nf_bytes text = { (const uint8_t *)h->text.p, h->text.n };
	struct nf_bytes typed = { (const uint8_t *)e->text.p, e->text.n };
	unsigned width = (unsigned)text_width(text), col = label, text_col;

	if (h->at > e->left)
		col += (unsigned)text_width(nf_slice(typed, e->left, h->at - e->left));
	if (col + 2 + width <= a.cols)
		text_col = col + 2;
	else
		text_col = col > width + 1 ? col - width - 1 : 0;
	area_text(a, 1, text_col, a.cols - text_col, LOOK_error, text);
	if (text_col > col || col > width)
		area_str(a, 1, col, 1, LOOK_error, "^");
}

static void prompt(struct app *app, struct area a)
{
	const struct prompt_ops *ops = app->prompt.ops;
	struct prompt_hint hint = { .look = LOOK_prompt, .at = SIZE_MAX };
	struct edit *e = &app->prompt.edit;

	nf_strbuf_init(&hint.text);
	if (ops->typed != NULL)
		ops->typed(app, edit_text(e), &hint);
	area_fill(a, LOOK_prompt);
	edit_draw(e, a, ops->label, hint.look);
	if (a.rows > 1 && e->nwords == 0 && hint.at != SIZE_MAX)
		caret(e, a, (unsigned)strlen(ops->label), &hint);
	else if (a.rows > 1 && e->nwords == 0)
		area_text(a, 1, 0, a.cols, LOOK_hint,
			  (struct nf_bytes){ (const uint8_t *)hint.text.p, hint.text.n });
	nf_strbuf_done(&hint.text);
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
