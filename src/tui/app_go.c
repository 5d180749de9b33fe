/* Places: links from screen to screen, the way back, marks. */
#include <config.h>

#include <string.h>

#include "base/mem.h"
#include "check/check.h"
#include "model/store.h"
#include "tui/analysis_store.h"
#include "tui/app.h"
#include "tui/trace.h"

struct place place_nowhere(void)
{
	return (struct place){
		.row = PLACE_NONE, .record = PLACE_NO, .offset = PLACE_NO,
		.session = PLACE_NO, .domain = PLACE_NO,
		.template_id = PLACE_NO, .position = PLACE_NONE,
		.finding = PLACE_NONE, .item = PLACE_NONE,
	};
}

static struct app_stop here(struct app *app)
{
	struct screen *s = app_screen(app);
	struct app_stop stop = { .screen = app->current, .place = place_nowhere() };

	s->ops->where(s, &stop.place);
	return stop;
}

static void show(struct app *app, enum screen_id screen, const struct place *p)
{
	struct screen *s = app->screens[screen];

	app->current = (uint8_t)screen;
	if (p != NULL)
		s->ops->go(s, p);
	app->stale = true;
}

/* STOP is one on the way, with FILTER, which is taken over; what lay ahead is forgotten. */
static void leave(struct app *app, const struct app_stop *stop, char *filter)
{
	struct app_trail *t = &app->trail;

	while (t->n > t->at)
		nf_free(t->filters[--t->n]);
	if (t->at == APP_TRAIL) {
		nf_free(t->filters[0]);
		memmove(t->stops, t->stops + 1, (APP_TRAIL - 1) * sizeof(t->stops[0]));
		memmove(t->filters, t->filters + 1, (APP_TRAIL - 1) * sizeof(t->filters[0]));
		t->at--;
	}
	t->filters[t->at] = filter;
	app->last = t->stops[t->at++] = *stop;
	t->n = t->at;
}

void app_trail_done(struct app_trail *t)
{
	while (t->n > 0)
		nf_free(t->filters[--t->n]);
}

void app_go(struct app *app, enum screen_id screen, const struct place *p)
{
	struct app_stop stop = here(app);

	leave(app, &stop, NULL);
	show(app, screen, p);
}

/* NULL where memory is out: the filter is not taken back then. */
static char *filter_now(struct app *app)
{
	char *copy = nf_alloc(app->filter.text.n + 1);

	if (copy != NULL)
		memcpy(copy, nf_strbuf_cstr(&app->filter.text), app->filter.text.n + 1);
	return copy;
}

void app_go_filtered(struct app *app, enum screen_id screen, const char *filter)
{
	struct place nowhere = place_nowhere();
	struct app_stop stop = here(app);
	char *before = filter_now(app);
	struct filter_error err;

	if (!app_filter_set(app, filter, &err)) {
		app_say(app, LOOK_error, "%s", err.text);
		nf_free(before);
		return;
	}
	leave(app, &stop, before);
	show(app, screen, &nowhere);
}

/* The filter of stop I is that of now, and the other way around. */
static void swap_filter(struct app *app, unsigned i)
{
	char *filter = app->trail.filters[i];
	struct filter_error ignored;

	if (filter == NULL)
		return;
	app->trail.filters[i] = filter_now(app);
	app_filter_set(app, filter, &ignored);
	nf_free(filter);
}

/* One step on the trail: where one is takes the place of where one goes. */
bool app_trail(struct app *app, bool back)
{
	struct app_trail *t = &app->trail;
	struct app_stop stop;
	unsigned i;

	if (back ? t->at == 0 : t->at == t->n)
		return false;
	i = back ? --t->at : t->at++;
	stop = t->stops[i];
	t->stops[i] = here(app);
	swap_filter(app, i);
	show(app, stop.screen, &stop.place);
	return true;
}

struct place app_here(struct app *app)
{
	return here(app).place;
}

bool app_screen_action(struct app *app, enum screen_id screen)
{
	struct app_stop stop = here(app);

	if (screen != app->current) {
		leave(app, &stop, NULL);
		show(app, screen, NULL);
	}
	return true;
}

/* Where the mark of LETTER is kept; APP_MARKS: it is none. */
static unsigned mark_of(uint32_t letter)
{
	if (letter >= 'a' && letter <= 'z')
		return letter - 'a';
	return letter >= 'A' && letter <= 'Z' ? APP_MARKS / 2 + letter - 'A' : APP_MARKS;
}

bool app_set_mark(struct app *app, uint32_t letter)
{
	unsigned mark = mark_of(letter);

	if (mark == APP_MARKS) {
		app_say(app, LOOK_warning, "Marks are a to z and A to Z");
		return true;
	}
	app->marks[mark] = here(app);
	app_say(app, LOOK_hint, "Mark %c is here; '%c leads back", (char)letter, (char)letter);
	return true;
}

bool app_go_mark(struct app *app, uint32_t letter)
{
	unsigned mark = mark_of(letter);
	struct app_stop stop;

	if (letter != '\'' && mark == APP_MARKS) {
		app_say(app, LOOK_warning, "Marks are a to z and A to Z");
		return true;
	}
	stop = letter == '\'' ? app->last : app->marks[mark];
	if (stop.screen == SCREENS) {
		app_say(app, LOOK_warning, "There is no mark %c", (char)letter);
		return true;
	}
	app_go(app, stop.screen, &stop.place);
	return true;
}

void app_place_of(struct app *app, const struct check_place *at, struct place *p)
{
	uint64_t row = analysis_row_of(app->store, at->file, at->frame, at->message);

	if (row == UINT64_MAX)
		return;
	p->row = row;
	p->session = store_row(app->store, row).session->index;
	if (at->span.len != 0)
		p->offset = at->span.off;
}

/* -- Links ---------------------------------------------------------------------------- */

struct link {
	enum action action;
	enum screen_id to;
	/* Does P say enough? */
	bool (*leads)(const struct place *p);
	const char *otherwise;
};

static bool has_template(const struct place *p) { return p->template_id != PLACE_NO; }
static bool has_session(const struct place *p) { return p->session != PLACE_NO; }
static bool has_row(const struct place *p) { return p->row != PLACE_NONE; }
static bool has_record(const struct place *p) { return has_row(p) && p->record != PLACE_NO; }

static const struct link links[] = {
	{ ACTION_go_template, SCREEN_templates, has_template, "No template is selected" },
	{ ACTION_go_exporter, SCREEN_exporters, has_session, "No exporter is selected" },
	{ ACTION_go_flow, SCREEN_flows, has_record, "No flow record is selected" },
	{ ACTION_go_packet, SCREEN_packets, has_row, "No message belongs to this" },
};

/* To the first message that was read with the template of P. */
static void to_data(struct app *app, const struct place *p)
{
	struct place to = place_nowhere();
	const struct templates_row *row = has_template(p) ? trace_template(app, p) : NULL;

	if (row == NULL)
		app_say(app, LOOK_hint, has_template(p) ? "That template has not been met so far" :
							  "No template is selected");
	else if (!trace_use(app, row, &to))
		app_say(app, LOOK_hint, "Nothing was read with template %u so far", row->id);
	else
		app_go(app, SCREEN_packets, &to);
}

bool app_link(struct app *app, enum action a)
{
	struct app_stop stop = here(app);

	stop.place.item = PLACE_NONE;		/* a row of this screen, not of another */
	if (a == ACTION_go_data) {
		to_data(app, &stop.place);
		return true;
	}
	for (unsigned i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (links[i].action != a)
			continue;
		if (links[i].leads(&stop.place))
			app_go(app, links[i].to, &stop.place);
		else
			app_say(app, LOOK_hint, "%s", links[i].otherwise);
		return true;
	}
	return false;
}
