/*
 * Inputs that grow.  The store reads on by itself; what the capture adds up to is read anew, beside
 * what is shown, when the input has rested, and takes its place when it is settled and nothing on
 * the screen holds on to what was there before.
 */
#include <config.h>

#include "base/mem.h"
#include "model/store.h"
#include "tui/analysis.h"
#include "tui/app.h"
#include "tui/browser.h"

enum {
	POLL_MS = 200,
	RESTED = 5,		/* polls without growth: it rests */
	LONG = 50,		/* or polls after which it is read anew though it grows on */
	STEPS_A_POLL = 50,	/* at most half of the time is spent on reading anew */
};

/* -- The input -------------------------------------------------------------------------- */

bool app_follow(struct app *app)
{
	bool on = !app->following;

	if (!store_follow(app->store, on)) {
		app_say(app, LOOK_warning, "This input cannot be followed: it is no plain file");
		return true;
	}
	app->following = on;
	app_say(app, LOOK_good, on ? "What comes at the end of the input is shown as it comes" :
				     "The input is not followed any more");
	return true;
}

int app_patience(const struct app *app)
{
	bool comes = app->following || store_progress(app->store).waiting;

	return comes && !app->stopped ? POLL_MS : -1;
}

/* The lists that grow at their end, as they come. */
static struct grid *growing(struct app *app)
{
	struct screen *s = app_screen(app);
	struct grid *g = s->ops->grid != NULL ? s->ops->grid(s) : NULL;

	if (s->id != SCREEN_packets && s->id != SCREEN_flows)
		return NULL;
	return g != NULL && g->sorted == NULL ? g : NULL;
}

void app_follow_moved(struct app *app)
{
	struct grid *g = growing(app);
	uint64_t n = g != NULL ? g->ops->count(g->ctx) : 0;

	if (g != NULL)
		g->follows = app->following && n > 0 && g->at == n - 1;
}

void app_follow_poll(struct app *app)
{
	struct app_renewal *r = &app->renewal;
	uint64_t rows = store_rows(app->store);

	r->polls++;
	r->rested = rows == r->seen ? r->rested + 1 : 0;
	r->seen = rows;
}

/* -- The analysis ------------------------------------------------------------------------ */

bool app_at_rest(const struct app *app)
{
	return !app->overlay.open && app->prompt.ops == NULL && !app->search.on &&
	       app->saving == NULL && app->typed.n == 0;
}

static bool is_due(const struct app *app)
{
	const struct app_renewal *r = &app->renewal;

	return store_rows(app->store) != r->rows && r->polls >= r->steps / STEPS_A_POLL &&
	       (r->rested >= RESTED || r->polls >= LONG);
}

static void begin(struct app *app)
{
	struct app_renewal *r = &app->renewal;
	struct nf_err err;

	r->next = app_analysis_new(app, analysis_top_keys(app->analysis), &err);
	r->rows = store_rows(app->store);
	r->steps = 0;
	r->polls = r->rested = 0;
	app->stale = true;
	if (r->next == NULL)
		app_say(app, LOOK_warning, "%s", err.text);
}

/* A screen that knows no other way, opened anew beside the one that is there. */
static struct screen *opened_anew(struct app *app, unsigned i)
{
	struct screen *old = app->screens[i], *s = nf_zalloc(old->ops->size);

	if (s == NULL)
		return NULL;
	*s = (struct screen){ .ops = old->ops, .app = app, .id = old->id, .area = old->area };
	if (s->ops->open(s))
		return s;
	s->ops->close(s);
	nf_free(s);
	return NULL;
}

static bool open_anew(struct app *app, struct screen *fresh[SCREENS])
{
	for (unsigned i = 0; i < SCREENS; i++) {
		if (app->screens[i]->ops->renewed != NULL)
			continue;
		fresh[i] = opened_anew(app, i);
		if (fresh[i] == NULL)
			return false;
	}
	return true;
}

static void drop(struct screen *s)
{
	if (s != NULL)
		s->ops->close(s);
	nf_free(s);
}

static void take_screens(struct app *app, struct screen *fresh[SCREENS],
			 const struct place places[SCREENS])
{
	for (unsigned i = 0; i < SCREENS; i++) {
		struct screen *s = app->screens[i];

		if (fresh[i] == NULL) {
			s->ops->renewed(s);
			continue;
		}
		if (s->ops->resumes != NULL)
			s->ops->resumes(fresh[i], s);
		drop(s);
		app->screens[i] = fresh[i];
		fresh[i]->ops->go(fresh[i], &places[i]);
	}
}

/* What was read anew is shown.  Memory out: what was there stays. */
static void replace(struct app *app)
{
	struct app_renewal *r = &app->renewal;
	struct screen *fresh[SCREENS] = { NULL };
	struct place places[SCREENS];
	struct analysis *before = app->analysis;

	if (!open_anew(app, fresh)) {
		for (unsigned i = 0; i < SCREENS; i++)
			drop(fresh[i]);
		app_follow_end(app);
		return;
	}
	for (unsigned i = 0; i < SCREENS; i++) {
		places[i] = place_nowhere();
		app->screens[i]->ops->where(app->screens[i], &places[i]);
	}
	analysis_replace(before, r->next);
	app->analysis = r->next;
	r->next = NULL;
	take_screens(app, fresh, places);
	analysis_free(before);
	app_filter_found(app);
	app->stale = true;
}

static bool renew(struct app *app)
{
	struct app_renewal *r = &app->renewal;

	if (r->next == NULL && is_due(app))
		begin(app);
	if (r->next == NULL)
		return false;
	r->steps++;
	if (analysis_step(r->next, APP_STEP_NS))
		return true;
	if (app_at_rest(app))
		replace(app);
	return false;
}

bool app_follow_work(struct app *app)
{
	struct app_renewal *r = &app->renewal;
	bool settled = analysis_settled(app->analysis), more;

	if (!settled && r->steps++ == 0)
		r->rows = store_rows(app->store);
	analysis_expect(app->analysis, store_counts(app->store)->frames);
	/* progress may be 1 before the end was met: only the step knows */
	more = analysis_step(app->analysis, APP_STEP_NS);
	if (!settled && analysis_settled(app->analysis))
		app_filter_found(app);
	if (more)
		return true;
	return analysis_settled(app->analysis) && renew(app);
}

void app_follow_end(struct app *app)
{
	analysis_free(app->renewal.next);
	app->renewal.next = NULL;
}
