/* Which columns Flows has, and how wide they are. */
#include <config.h>

#include <string.h>

#include "base/mem.h"
#include "tui/browser.h"
#include "tui/flows_value.h"
#include "tui/screen_flows.h"
#include "tui/times.h"

enum {
	CLOCK = 12,			/* "01:00:05.002" */
	/* columns of the screen from which on there is room for larger numbers; for most of IPv6 */
	WIDER = 100, PACKETS = 10, BYTES = 13,
	ROOMY = 200, ENDPOINT = 33,
	HEX32 = 8, HEX64 = 16,
};

/* -- The list ------------------------------------------------------------------------------ */

bool flows_columns_set(struct flows_screen *f, const char *names, struct filter_error *err)
{
	struct app *app = f->screen.app;
	char *named = names != NULL ? flows_copy(names) : NULL;
	const struct flows_opts opts = {
		.out = { .files = app->opts->files, .nfiles = app->opts->nfiles },
		.columns = named, .names = app->filter.opts,
	};
	struct flows *flows;

	*err = (struct filter_error){ .memory = true };
	if (names != NULL && named == NULL)
		return false;
	flows = flows_new(flows_ops_of("text"), &opts, app->registry, err);
	if (flows == NULL) {
		nf_free(named);
		return false;
	}
	flows->at.clock = true;
	flows_set_words(flows, f->names_shown == NAMES_WORDS);
	flows_free(f->flows);
	nf_free(f->named);
	f->flows = flows;
	f->named = named;
	f->cells.flow = UINT64_MAX;
	return true;
}

bool flows_columns_choose(struct flows_screen *f, const char *names, struct filter_error *err)
{
	if (!flows_columns_set(f, names, err))
		return false;
	for (unsigned i = 0; i < f->flows->columns.n; i++)
		f->chosen[i] = true;
	f->grid.column = 0;
	return true;
}

unsigned flows_columns_find(const struct flows_screen *f, const char *name)
{
	for (unsigned i = 0; i < f->flows->columns.n; i++)
		if (strcmp(f->flows->columns.v[i].name, name) == 0)
			return i;
	return COLUMNS_MAX;
}

/* The names in the order of ORDER, N of them. */
static bool set_order(struct flows_screen *f, const uint8_t *order, unsigned n)
{
	bool chosen[COLUMNS_MAX];
	struct filter_error ignored;
	struct nf_strbuf names;
	bool done;

	nf_strbuf_init(&names);
	for (unsigned i = 0; i < n; i++) {
		nf_sb_str(&names, i > 0 ? "," : "");
		nf_sb_str(&names, f->flows->columns.v[order[i]].name);
		chosen[i] = f->chosen[order[i]];
	}
	done = !names.failed && flows_columns_set(f, nf_strbuf_cstr(&names), &ignored);
	if (done)
		memcpy(f->chosen, chosen, n * sizeof(*chosen));
	nf_strbuf_done(&names);
	return done;
}

bool flows_columns_add(struct flows_screen *f, const char *name, struct filter_error *err)
{
	unsigned n = f->flows->columns.n;
	struct nf_strbuf names;
	bool done;

	nf_strbuf_init(&names);
	for (unsigned i = 0; i < n; i++) {
		nf_sb_str(&names, f->flows->columns.v[i].name);
		nf_sb_char(&names, ',');
	}
	nf_sb_str(&names, name);
	done = flows_columns_set(f, nf_strbuf_cstr(&names), err);
	if (done) {
		f->chosen[n] = true;
		f->grid.column = n;
	}
	nf_strbuf_done(&names);
	return done;
}

bool flows_columns_remove(struct flows_screen *f, unsigned i)
{
	uint8_t order[COLUMNS_MAX];
	unsigned n = 0, all = f->flows->columns.n;

	for (unsigned j = 0; j < all; j++)
		if (j != i)
			order[n++] = (uint8_t)j;
	if (n == 0 || n == all || !set_order(f, order, n))
		return false;
	if (f->grid.column > i || f->grid.column == n)
		f->grid.column--;
	return true;
}

bool flows_columns_move(struct flows_screen *f, bool right)
{
	unsigned n = f->flows->columns.n, from = f->grid.column, to = from;
	uint8_t order[COLUMNS_MAX];

	/* over those that are out of sight */
	do {
		if (right ? to + 1 >= n : to == 0)
			return false;
		to += right ? 1 : -1u;
	} while (f->columns[to].wide > f->grid.cols);
	for (unsigned i = 0; i < n; i++)
		order[i] = (uint8_t)i;
	for (unsigned i = from; i != to; i += right ? 1 : -1u) {
		uint8_t kept = order[i];

		order[i] = order[i + (right ? 1 : -1u)];
		order[i + (right ? 1 : -1u)] = kept;
	}
	if (!set_order(f, order, n))
		return false;
	f->grid.column = to;
	return true;
}

void flows_add_column(struct app *app, const char *name)
{
	struct flows_screen *f = (struct flows_screen *)app->screens[SCREEN_flows];
	unsigned i = flows_columns_find(f, name);
	struct filter_error err;

	if (i != COLUMNS_MAX) {
		f->chosen[i] = true;
		f->grid.column = i;
		app_say(app, LOOK_hint, "%s is a column of Flows already", name);
	} else if (flows_columns_add(f, name, &err)) {
		app_say(app, LOOK_good, "%s is a column of Flows now", name);
	} else {
		app_say(app, LOOK_error, "%s", err.memory ? "Out of memory" : err.text);
	}
}

/* -- Widths -------------------------------------------------------------------------------- */

static bool is_time(const struct column *c)
{
	return strcmp(c->name, "time") == 0 || strcmp(c->name, "first") == 0 ||
	       strcmp(c->name, "last") == 0 || strcmp(c->name, "event_time") == 0;
}

static const char *title_of(const struct flows_screen *f, const struct column *c)
{
	return strcmp(c->name, "time") == 0 ? times_title(f->screen.app) : c->title;
}

static bool is_endpoint(const struct column *c)
{
	return strcmp(c->name, "source") == 0 || strcmp(c->name, "destination") == 0;
}

static unsigned width_of_values(const struct flows_screen *f, const struct column *c,
				unsigned cols)
{
	bool bytes = strcmp(c->name, "bytes") == 0, packets = strcmp(c->name, "packets") == 0;

	if (is_time(c))
		return CLOCK;
	if (is_endpoint(c) && cols >= ROOMY)
		return ENDPOINT;
	if (f->names_shown == NAMES_HEX && c->right)
		return bytes || packets ? HEX64 : HEX32;
	if ((bytes || packets) && cols >= WIDER)
		return bytes ? BYTES : PACKETS;
	return c->width;
}

/* SORTED: the title has a sign behind it. */
static unsigned width_of(const struct flows_screen *f, const struct column *c, bool sorted,
			 unsigned cols)
{
	unsigned width = width_of_values(f, c, cols);
	unsigned title = (unsigned)strlen(title_of(f, c)) + sorted;

	return title > width ? title : width;
}

/* Columns of the screen that the columns take which are always there, and those up to RANK. */
static unsigned width_up_to(const struct flows_screen *f, const unsigned *ranks, unsigned rank)
{
	unsigned width = 0;

	for (unsigned i = 0; i < f->flows->columns.n; i++)
		if (ranks[i] <= rank)
			width += f->columns[i].width + 1;
	return width > 0 ? width - 1 : 0;
}

void flows_lay_out(struct flows_screen *f, unsigned cols)
{
	unsigned ranks[COLUMNS_MAX], n = f->flows->columns.n;

	f->grid.sorted = f->by == NULL ? NULL : f->descending ? "v" : "^";
	for (unsigned i = 0; i < n; i++) {
		const struct column *c = &f->flows->columns.v[i];
		bool sorted = f->by != NULL && strcmp(c->name, f->sorted_by) == 0;

		ranks[i] = f->chosen[i] ? 0 : flows_rank(c->name);
		f->columns[i] = (struct grid_column){
			.title = title_of(f, c), .width = width_of(f, c, sorted, cols),
			.right = c->right ||
				 (is_time(c) && f->screen.app->times > TIMES_LOCAL),
		};
		if (sorted)
			f->grid.sort_column = i;
	}
	if (f->by != NULL && flows_columns_find(f, f->sorted_by) == COLUMNS_MAX)
		f->grid.sorted = NULL;
	for (unsigned i = 0; i < n; i++)
		if (ranks[i] != 0)
			f->columns[i].wide = width_up_to(f, ranks, ranks[i]);
	f->grid.columns = f->columns;
	f->grid.ncolumns = n;
}
