/* `]` and `[`: the next message in which something was found, and the one before. */
#include <config.h>

#include "model/store.h"
#include "tui/analysis.h"
#include "tui/app.h"

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

/* Of several occurrences the first and the last are known. */
static void look_at_findings(struct app *app, struct way *w)
{
	const struct check_finding *f;
	size_t at = 0;

	while ((f = analysis_finding_next(app->analysis, &at)) != NULL) {
		const struct check_place *const ends[] = { &f->first, &f->last };

		for (unsigned i = 0; i < 2 && !f->accepted && f->severity >= NF_WARNING; i++) {
			struct place p = place_nowhere();

			app_place_of(app, ends[i], &p);
			consider(w, &p);
		}
	}
}

/* Messages whose octets are at fault are known, each of them, by their rows. */
static void look_at_rows(struct app *app, struct way *w)
{
	uint64_t n = store_rows(app->store), row = w->from;

	while (w->back ? row-- > 0 : ++row < n) {
		struct place p = place_nowhere();

		if (row == w->best)
			return;
		if (store_row(app->store, row).worst <= NF_WARNING)
			continue;
		p.row = row;
		consider(w, &p);
		return;
	}
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
