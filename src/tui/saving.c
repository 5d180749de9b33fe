#include <config.h>

#include "tui/saving.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "model/slice.h"
#include "model/store.h"
#include "out/csv.h"
#include "tui/tags.h"

typedef void put_line(struct saving *s, uint64_t line);

/* What a format does at the beginning and with each line. */
struct writing {
	void (*begin)(struct saving *s);
	put_line *line;
};

enum phase { PHASE_CHOOSE, PHASE_WRITE, PHASE_LINES, PHASE_DONE };

struct saving {
	struct app *app;
	struct screen *screen;
	struct grid *grid;		/* of lines */
	const struct saving_format *format;
	const struct writing *writing;	/* NULL: a capture */
	char *path, *partial;
	FILE *file;
	struct nf_strbuf text;
	enum phase phase;
	bool tagged;			/* only what is tagged */
	uint64_t generation;		/* of the filter */
	unsigned ncolumns;		/* of lines */
	uint64_t at, end;		/* lines, or rows of the store */
	uint64_t written;
	uint64_t last;			/* the datagram that was written last, + 1 */
	struct slice *slice;
	struct record *record;
};

/* NULL where keys go to something else than a grid. */
static struct grid *grid_of(const struct saving *s)
{
	return s->screen->ops->grid != NULL ? s->screen->ops->grid(s->screen) : NULL;
}

/* -- Lines ------------------------------------------------------------------------------ */

static void text_line(struct saving *s, uint64_t line)
{
	grid_row_text(s->grid, line, &s->text);
	nf_sb_char(&s->text, '\n');
}

static void csv_begin(struct saving *s)
{
	const struct grid *g = s->grid;

	for (unsigned i = 0; i < g->ncolumns; i++) {
		size_t from = s->text.n + (i > 0);

		if (i > 0)
			nf_sb_char(&s->text, ',');
		nf_sb_str(&s->text, g->columns[i].title);
		csv_quote(&s->text, from);
	}
	nf_sb_char(&s->text, '\n');
}

/* What is seen on a screen needs no day; what a program reads does. */
static void csv_line(struct saving *s, uint64_t line)
{
	const struct grid *g = s->grid;

	s->app->whole_times = true;
	for (unsigned i = 0; i < g->ncolumns; i++) {
		size_t from = s->text.n + (i > 0);

		if (i > 0)
			nf_sb_char(&s->text, ',');
		g->ops->cell(g->ctx, line, i, &s->text);
		csv_quote(&s->text, from);
	}
	s->app->whole_times = false;
	nf_sb_char(&s->text, '\n');
}

/* The screen's own object, or one of titles and cells. */
static void json_line(struct saving *s, uint64_t line)
{
	const struct grid *g = s->grid;
	struct nf_strbuf cell;

	if (s->screen->ops->json != NULL && s->screen->ops->json(s->screen, line, &s->text))
		return;
	nf_strbuf_init(&cell);
	s->app->whole_times = true;
	for (unsigned i = 0; i < g->ncolumns; i++) {
		const char *title = g->columns[i].title;

		nf_sb_char(&s->text, i > 0 ? ',' : '{');
		nf_json_string(&s->text, (struct nf_bytes){ (const uint8_t *)title,
							    strlen(title) });
		nf_sb_char(&s->text, ':');
		nf_strbuf_clear(&cell);
		g->ops->cell(g->ctx, line, i, &cell);
		nf_json_string(&s->text, (struct nf_bytes){ (const uint8_t *)cell.p, cell.n });
	}
	s->app->whole_times = false;
	nf_sb_str(&s->text, "}\n");
	nf_strbuf_done(&cell);
}

static const struct writing text_writing = { .line = text_line };
static const struct writing csv_writing = { .begin = csv_begin, .line = csv_line };
static const struct writing json_writing = { .line = json_line };

const struct saving_format saving_formats[] = {
	{ "text, as it is shown", 't', ".txt", &text_writing },
	{ "CSV", 'c', ".csv", &csv_writing },
	{ "JSON lines", 'j', ".json", &json_writing },
	{ "a capture that decodes by itself", 'p', ".pcap", NULL },
	{ .label = NULL },
};

/* -- The end ---------------------------------------------------------------------------- */

static bool fail(struct saving *s, const struct nf_err *err)
{
	app_say(s->app, LOOK_error, "%s", err->text);
	s->phase = PHASE_DONE;
	return false;
}

static bool fail_errno(struct saving *s)
{
	struct nf_err err;

	nf_err_set(&err, NF_ERR_ENV, "%s: %s", s->path, strerror(errno));
	return fail(s, &err);
}

static bool fail_memory(struct saving *s)
{
	struct nf_err err;

	nf_err_memory(&err);
	return fail(s, &err);
}

/* The file takes its name. */
static bool finish(struct saving *s)
{
	int bad = fflush(s->file) != 0 || fclose(s->file) != 0;

	s->file = NULL;
	if (bad || rename(s->partial, s->path) != 0)
		return fail_errno(s);
	nf_free(s->partial);
	s->partial = NULL;
	s->phase = PHASE_DONE;
	app_say(s->app, LOOK_good, "%s: %" PRIu64 " %s", s->path, s->written,
		s->writing != NULL ? "lines" : "datagrams");
	return false;
}

void saving_free(struct saving *s)
{
	struct nf_err ignored;

	if (s == NULL)
		return;
	record_close(s->record, &ignored);
	slice_free(s->slice);
	if (s->file != NULL)
		fclose(s->file);
	if (s->partial != NULL)
		unlink(s->partial);
	nf_free(s->partial);
	nf_free(s->path);
	nf_strbuf_done(&s->text);
	nf_free(s);
}

/* -- Steps ------------------------------------------------------------------------------- */

static bool wants_line(const struct saving *s, const struct grid *g, uint64_t line)
{
	return !s->tagged || (g->ops->tagged != NULL && g->ops->tagged(g->ctx, line));
}

/* What is shown is not known yet: the filter has not been through, or messages come. */
static bool is_coming(struct saving *s)
{
	const struct store_progress p = store_progress(s->app->store);
	const struct screen_ops *ops = s->screen->ops;
	double done;

	/* the current screen is worked on anyway */
	if (ops->busy != NULL && ops->busy(s->screen, &done) && s->screen != app_screen(s->app) &&
	    ops->work != NULL)
		ops->work(s->screen);
	return (!p.loaded && !p.waiting && !s->app->stopped) ||
	       (ops->busy != NULL && ops->busy(s->screen, &done));
}

/* Another filter, other columns, groups in the place of flows: it is not what was to be saved. */
static bool is_other(const struct saving *s)
{
	const struct grid *g = s->writing != NULL ? grid_of(s) : NULL;

	return s->generation != s->app->filter.generation || (g != NULL && g != s->grid) ||
	       (s->writing != NULL && s->grid->ncolumns != s->ncolumns);
}

static bool fail_other(struct saving *s)
{
	app_say(s->app, LOOK_warning, "Nothing was saved: what is shown is something else now");
	s->phase = PHASE_DONE;
	return false;
}

/* Has the step begun at BEGUN taken its time? */
static bool is_over(uint64_t begun)
{
	return app_now() - begun >= APP_STEP_NS;
}

static bool step_lines(struct saving *s)
{
	uint64_t begun = app_now();

	if (is_coming(s))
		return true;
	s->end = s->grid->ops->count(s->grid->ctx);
	for (; s->at < s->end && !is_over(begun); s->at++) {
		if (!wants_line(s, s->grid, s->at))
			continue;
		s->writing->line(s, s->at);
		s->written++;
	}
	if (s->text.failed)
		return fail_memory(s);
	if (s->text.n > 0 && fwrite(s->text.p, 1, s->text.n, s->file) != s->text.n)
		return fail_errno(s);
	nf_strbuf_clear(&s->text);
	return s->at < s->end || finish(s);
}

/* Is a message of what is shown, or tagged? */
static bool is_chosen(struct saving *s, uint64_t row, const struct nf_view *v)
{
	if (s->tagged)
		return s->screen->ops->has_tag(s->screen, row);
	return s->app->filter.filter == NULL || filter_message(s->app->filter.filter, v);
}

static bool begin_capture(struct saving *s)
{
	const struct record_opts opts = { .coarse = slice_coarse(s->slice) };
	struct nf_err err;

	s->record = record_open(s->file, s->path, &opts, &err);
	if (s->record == NULL)
		return fail(s, &err);
	s->phase = PHASE_WRITE;
	s->at = 0;
	return true;
}

static bool step_choose(struct saving *s)
{
	uint64_t begun = app_now();

	if (is_coming(s))
		return true;
	s->end = store_rows(s->app->store);
	for (; s->at < s->end && !is_over(begun); s->at++) {
		struct nf_err err;
		const struct nf_view *v = store_read(s->app->store, s->at, NULL, &err);

		if (v == NULL)
			return fail(s, &err);
		if (!slice_note(s->slice, v, is_chosen(s, s->at, v)))
			return fail_memory(s);
	}
	return s->at < s->end || begin_capture(s);
}

static bool step_write(struct saving *s)
{
	uint64_t begun = app_now();
	struct nf_err err;

	for (; s->at < s->end && !is_over(begun); s->at++) {
		uint64_t ordinal = store_row(s->app->store, s->at).ordinal;
		const struct nf_view *v;

		/* a datagram with several messages has as many rows */
		if (s->last == ordinal + 1 || !slice_wants(s->slice, ordinal))
			continue;
		s->last = ordinal + 1;
		v = store_read(s->app->store, s->at, NULL, &err);
		if (v == NULL || slice_write(s->slice, s->record, v->datagram, &err) < 0)
			return fail(s, &err);
	}
	if (s->at < s->end)
		return true;
	s->written = slice_counts(s->slice)->datagrams;
	if (record_flush(s->record, &err) < 0)
		return fail(s, &err);
	return finish(s);
}

bool saving_step(struct saving *s)
{
	static bool (*const steps[])(struct saving *s) = {
		[PHASE_CHOOSE] = step_choose, [PHASE_WRITE] = step_write,
		[PHASE_LINES] = step_lines,
	};

	if (s->phase == PHASE_DONE)
		return false;
	return is_other(s) ? fail_other(s) : steps[s->phase](s);
}

double saving_progress(const struct saving *s)
{
	double done = s->end > 0 ? (double)s->at / (double)s->end : 1;

	if (s->writing != NULL)
		return done;
	return s->phase == PHASE_CHOOSE ? done / 2 : 0.5 + done / 2;
}

/* -- The beginning ----------------------------------------------------------------------- */

uint64_t saving_tagged(struct app *app)
{
	struct screen *s = app_screen(app);

	return s->ops->tags != NULL ? s->ops->tags(s) : 0;
}

static bool open_file(struct saving *s, const char *path, struct nf_err *err)
{
	size_t n = strlen(path) + sizeof(".partial");

	s->path = nf_alloc(n);
	s->partial = nf_alloc(n);
	if (s->path == NULL || s->partial == NULL) {
		nf_free(s->partial);
		s->partial = NULL;	/* it is not there to be removed */
		nf_err_memory(err);
		return false;
	}
	snprintf(s->path, n, "%s", path);
	snprintf(s->partial, n, "%s.partial", path);
	s->file = fopen(s->partial, "wbx");
	if (s->file != NULL)
		return true;
	nf_err_set(err, NF_ERR_ENV, "%s: %s", s->partial, strerror(errno));
	nf_free(s->partial);
	s->partial = NULL;
	return false;
}

static bool open_lines(struct saving *s)
{
	s->phase = PHASE_LINES;
	s->ncolumns = s->grid->ncolumns;
	s->end = s->grid->ops->count(s->grid->ctx);
	if (s->writing->begin != NULL)
		s->writing->begin(s);
	return true;
}

static bool open_capture(struct saving *s)
{
	s->phase = PHASE_CHOOSE;
	s->end = store_rows(s->app->store);
	s->slice = slice_new(store_tracker(s->app->store));
	return s->slice != NULL;
}

struct saving *saving_new(struct app *app, const struct saving_format *format, const char *path,
			  struct nf_err *err)
{
	struct saving *s = nf_zalloc(sizeof(*s));

	nf_err_memory(err);
	if (s == NULL)
		return NULL;
	s->app = app;
	s->screen = app_screen(app);
	s->format = format;
	s->writing = format->writing;
	s->tagged = saving_tagged(app) > 0;
	nf_strbuf_init(&s->text);
	s->generation = app->filter.generation;
	s->grid = grid_of(s);
	if (s->writing != NULL && s->grid == NULL)
		nf_err_set(err, NF_ERR_USAGE, "There are no lines here to be saved");
	else if (open_file(s, path, err) &&
		 (s->writing != NULL ? open_lines(s) : open_capture(s)))
		return s;
	saving_free(s);
	return NULL;
}
