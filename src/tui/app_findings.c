/* `]` and `[`: the next message in which something was found, and the one before. */
#include <config.h>

#include "model/store.h"
#include "tui/analysis.h"
#include "tui/app.h"
#include "tui/browser.h"

enum { TRIES = 64 };

/* The best so far of the rows on the way: the nearest one to where one is. */
struct way {
	uint64_t from, best;		/* best UINT64_MAX: there is none yet */
	bool back;
	struct place place;
};

static void consider(struct way *w, const struct place *p)
{
	bool ahead = w->back ? p->row < w->from : p->row > w->from;

	if (p->row == PLACE_NONE || !ahead)
		return;
	if (w->best != UINT64_MAX && (w->back ? p->row <= w->best : p->row >= w->best))
		return;
	w->best = p->row;
	w->place = *p;
}

/* -- Places of findings, in the order of rows -------------------------------------------- */

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Files stand one behind the other, or are merged by time. */
static int by_place(const struct app *app, const struct check_place *a, const struct check_place *b)
{
	int order = 0;

	if (app->opts->capture.sort)
		order = a->ts_ns < b->ts_ns ? -1 : a->ts_ns > b->ts_ns;
	if (order == 0)
		order = compare(a->file, b->file);
	if (order == 0)
		order = compare(a->frame, b->frame);
	return order != 0 ? order : compare(a->message, b->message);
}

/* Is P on the way, behind FROM, and nearer than BEST (NULL: none yet)? */
static bool is_nearer(const struct app *app, const struct way *w, const struct check_place *p,
		      const struct check_place *from, const struct check_place *best)
{
	int sign = w->back ? -1 : 1;

	return p->frame != 0 && sign * by_place(app, p, from) > 0 &&
	       (best == NULL || sign * by_place(app, p, best) < 0);
}

/* Of several occurrences the first and the last are known. */
static const struct check_place *nearest(struct app *app, const struct way *w,
					 const struct check_place *from)
{
	const struct check_place *best = NULL;
	const struct check_finding *f;
	size_t at = 0;

	while ((f = analysis_finding_next(app->analysis, &at)) != NULL) {
		if (f->accepted || f->severity < NF_WARNING)
			continue;
		if (is_nearer(app, w, &f->first, from, best))
			best = &f->first;
		if (is_nearer(app, w, &f->last, from, best))
			best = &f->last;
	}
	return best;
}

/* Some are about datagrams that have no message: those are passed over, within reason. */
static void look_at_findings(struct app *app, struct way *w)
{
	struct store_row row = store_row(app->store, w->from);
	struct check_place from = {
		.frame = row.frame, .file = row.file, .ts_ns = row.ts_ns, .message = row.offset,
	};

	for (unsigned i = 0; i < TRIES && w->best == UINT64_MAX; i++) {
		const struct check_place *best = nearest(app, w, &from);
		struct place p = place_nowhere();

		if (best == NULL)
			return;
		app_place_of(app, best, &p);
		consider(w, &p);
		from = *best;
	}
}

/* Messages whose octets are at fault are known, each of them, by their rows. */
static void look_at_rows(struct app *app, struct way *w)
{
	const struct store_want faults = { .worst = NF_WARNING };
	struct place p = place_nowhere();

	p.row = store_row_next(app->store, w->from, w->back, &faults);
	consider(w, &p);
}

/* How far octet OFFSET of the message is from where F was found; UINT32_MAX: it is not here. */
static uint32_t distance(const struct check_finding *f, const struct store_row *row,
			 uint32_t offset)
{
	const struct check_place *const ends[] = { &f->first, &f->last };
	uint32_t best = UINT32_MAX;

	for (unsigned i = 0; i < 2; i++) {
		const struct check_place *p = ends[i];
		uint32_t by = p->span.off > offset ? p->span.off - offset : offset - p->span.off;

		if (p->frame == row->frame && p->file == row->file &&
		    p->message == row->offset && by < best)
			best = by;
	}
	return best;
}

bool app_finding_of(struct app *app, uint64_t row, uint32_t offset)
{
	const struct store_row r = store_row(app->store, row);
	const struct check_finding *f, *found = NULL;
	uint32_t best = UINT32_MAX;
	struct place p = place_nowhere();
	size_t at = 0;

	while ((f = analysis_finding_next(app->analysis, &at)) != NULL) {
		uint32_t by = distance(f, &r, offset);

		if (by < best) {
			best = by;
			found = f;
		}
	}
	if (found == NULL)
		return false;
	p.finding = found->rule;
	app_go(app, SCREEN_findings, &p);
	return true;
}

bool app_finding_act(struct app *app, enum action a)
{
	struct way w = { .from = app_here(app).row, .best = UINT64_MAX };

	if (w.from == PLACE_NONE)
		return false;
	w.back = a == ACTION_prev_finding;
	look_at_findings(app, &w);
	look_at_rows(app, &w);
	if (w.best == UINT64_MAX)
		app_say(app, LOOK_hint, "No finding %s this message%s", w.back ? "before" : "behind",
			analysis_settled(app->analysis) ? "" : " so far");
	else
		app_go(app, app->current, &w.place);
	return true;
}
