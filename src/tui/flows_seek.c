/* Lines of Flows that are looked for: where they are not found at once, a step at a time. */
#include <config.h>

#include <time.h>

#include "tui/screen_flows.h"

enum { AT_ONCE = 4096, MESSAGES_AT_ONCE = 8 };

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void found(struct flows_screen *f, uint64_t line)
{
	f->seek.what = SEEK_NOTHING;
	grid_go(&f->grid, line);
	f->screen.app->stale = true;
}

/* -- A flow --------------------------------------------------------------------------------- */

static bool job_goes_on(const struct flows_screen *f)
{
	return f->job != NULL && !f->halted &&
	       (store_job_progress(f->job) < 1 || !store_job_sorted(f->job));
}

static void hidden(struct flows_screen *f)
{
	f->seek.what = SEEK_NOTHING;
	if (f->seek.said)
		app_say(f->screen.app, LOOK_hint, "The filter hides that flow");
}

/* Lines ascend where nothing sorts them. */
static void find_unsorted(struct flows_screen *f)
{
	uint64_t line = f->job != NULL ? store_job_find(f->job, f->seek.flow) : f->seek.flow;
	bool there = flows_number(f, line) == f->seek.flow;

	found(f, line);
	if (!there)
		hidden(f);
}

static bool find_sorted(struct flows_screen *f, uint64_t n)
{
	uint64_t count = store_job_count(f->job);

	for (; n > 0 && f->seek.at < count; n--, f->seek.at++) {
		if (store_job_at(f->job, f->seek.at) == f->seek.flow) {
			found(f, f->seek.at);
			return false;
		}
	}
	if (f->seek.at < count)
		return true;
	hidden(f);
	return false;
}

void flows_seek(struct flows_screen *f, uint64_t flow, bool says)
{
	f->seek = (struct flows_seek){ .what = SEEK_FLOW, .flow = flow, .said = says };
	if (flow == UINT64_MAX)
		f->seek.what = SEEK_NOTHING;
	else if (f->by == NULL && !job_goes_on(f))
		find_unsorted(f);
}

/* -- The same exporter and domain ------------------------------------------------------------ */

/* Whose the flow in a line is; messages stand together, so that most are read once. */
static bool is_same(struct flows_screen *f, uint64_t line, unsigned *read)
{
	struct store *store = f->screen.app->store;
	struct flows_seek *s = &f->seek;
	const struct nf_view *v;
	struct nf_err err;
	uint32_t index;
	uint64_t row = store_flow_row(store, flows_number(f, line), &index);

	if (row == s->row)
		return s->row_is;
	s->row = row;
	s->row_is = false;
	if (store_row(store, row).session == s->session) {
		v = store_read(store, row, NULL, &err);
		s->row_is = v != NULL && v->msg.domain == s->domain;
		++*read;
	}
	return s->row_is;
}

static void none(struct flows_screen *f)
{
	f->seek.what = SEEK_NOTHING;
	app_say(f->screen.app, LOOK_hint, "No %s flow of the same exporter and domain",
		f->seek.back ? "earlier" : "later");
}

static bool find_same(struct flows_screen *f)
{
	struct flows_seek *s = &f->seek;
	unsigned read = 0;

	for (unsigned n = 0; n < AT_ONCE && read < MESSAGES_AT_ONCE; n++) {
		if (s->back ? s->at == 0 : flows_number(f, s->at + 1) == UINT64_MAX) {
			none(f);
			return false;
		}
		s->at += s->back ? UINT64_MAX : 1;
		if (is_same(f, s->at, &read)) {
			found(f, s->at);
			return false;
		}
	}
	return true;
}

bool flows_seek_same(struct flows_screen *f, bool back)
{
	const struct filter_at *at = flows_selected(f);
	struct store *store = f->screen.app->store;
	uint32_t index;
	uint64_t row;

	if (at == NULL)
		return false;
	row = store_flow_row(store, flows_number(f, f->grid.at), &index);
	f->seek = (struct flows_seek){
		.what = SEEK_SAME, .back = back, .at = f->grid.at, .row = row, .row_is = true,
		.session = store_row(store, row).session, .domain = at->msg->domain,
	};
	flows_seek_work(f);
	return true;
}

bool flows_seek_work(struct flows_screen *f)
{
	uint64_t begun = now_ns();

	while (now_ns() - begun < APP_STEP_NS) {
		if (f->seek.what == SEEK_NOTHING ||
		    (f->seek.what == SEEK_FLOW && job_goes_on(f)))
			return false;
		if (f->seek.what == SEEK_SAME)
			find_same(f);
		else if (f->by == NULL)
			find_unsorted(f);
		else
			find_sorted(f, AT_ONCE);
	}
	return f->seek.what != SEEK_NOTHING;
}
