#include <config.h>

#include "tui/screen_packets.h"

#include "tui/browser.h"

/* -- The selected message -------------------------------------------------------------- */

/* What the tree's node stands for is marked among the octets. */
void packets_mark(struct packets *p)
{
	uint32_t node = tree_node(&p->tree);

	if (node != DISSECTION_NONE)
		bytes_mark(&p->bytes, dissection_node(p->dissection, node)->whole);
}

/* Take the selected message apart, if it is not the one that is open. */
void packets_open(struct packets *p)
{
	uint64_t row = packets_row(p, p->list.at);
	const struct nf_view *view;
	struct nf_err err;

	if (row == p->open)
		return;
	p->open = UINT64_MAX;
	tree_set(&p->tree, NULL);
	bytes_set(&p->bytes, (struct nf_bytes){ NULL, 0 });
	if (row == UINT64_MAX)
		return;
	view = store_read(p->screen.app->store, row, dissection_sink(p->dissection), &err);
	if (view == NULL) {
		app_say(p->screen.app, LOOK_error, "%s", err.text);
		return;
	}
	if (!dissection_make(p->dissection, view) || !tree_set(&p->tree, p->dissection))
		return;
	p->open = row;
	bytes_set(&p->bytes, dissection_octets(p->dissection));
	packets_mark(p);
}

/* -- Filter ------------------------------------------------------------------------------ */

static void changed(struct screen *s)
{
	struct packets *p = (struct packets *)s;
	uint64_t row = packets_row(p, p->list.at);
	const struct store_job_opts opts = {
		.filter = s->app->filter.filter, .names = s->app->filter.opts,
	};

	if (p->generation == s->app->filter.generation)
		return;
	p->generation = s->app->filter.generation;
	p->seek.on = false;
	store_job_free(p->match);
	p->match = opts.filter != NULL ? store_job_new(s->app->store, &opts) : NULL;
	if (opts.filter != NULL && p->match == NULL)
		app_say(s->app, LOOK_error, "Memory is out: nothing is filtered");
	p->counted = store_generation(s->app->store);
	p->halted = false;
	p->keeps = row;
	if (row != UINT64_MAX && p->match == NULL)
		grid_go(&p->list, row);
}

/* Nothing here points into the analysis. */
static void renewed(struct screen *s)
{
	(void)s;
}

/* What matches is found anew once templates that came late change what messages have. */
static void keep_through_recount(struct packets *p)
{
	uint64_t generation = store_generation(p->screen.app->store);

	if (p->match == NULL || p->counted == generation)
		return;
	p->counted = generation;
	if (p->keeps == UINT64_MAX && !p->wants)
		p->keeps = packets_row(p, p->list.at);
}

static bool work(struct screen *s)
{
	struct packets *p = (struct packets *)s;
	bool more;

	keep_through_recount(p);
	more = p->match != NULL && !p->halted && store_job_step(p->match, APP_STEP_NS);
	/* the message that was selected is so again, or the next one that matches */
	if (p->match != NULL && p->keeps != UINT64_MAX && !more) {
		grid_go(&p->list, packets_line(p, p->keeps));
		p->keeps = UINT64_MAX;
	}
	if (p->wants && !more)
		packets_arrive(p);
	if (p->seek.on && packets_seek(p))
		more = true;
	return more;
}

static bool busy(struct screen *s, double *done)
{
	struct packets *p = (struct packets *)s;

	*done = p->match != NULL ? store_job_progress(p->match) : 1;
	if (*done < 1 && !p->halted)
		return true;
	if (p->seek.on && p->list.ops->count(p) > 0)
		*done = (double)p->seek.line / (double)p->list.ops->count(p);
	return p->seek.on;
}

static void stop(struct screen *s)
{
	struct packets *p = (struct packets *)s;

	if (p->seek.on) {
		p->seek.on = false;
		return;
	}
	p->halted = true;
	app_say(s->app, LOOK_warning, "Stopped: what is listed may not be all that matches");
}

static void counts(struct screen *s, uint64_t *shown, uint64_t *total)
{
	struct packets *p = (struct packets *)s;

	*total = store_rows(s->app->store);
	*shown = p->match != NULL ? store_job_count(p->match) : *total;
}

static struct grid *grid(struct screen *s)
{
	struct packets *p = (struct packets *)s;

	return p->pane == PANE_LIST ? &p->list : NULL;
}

/* -- What is selected, as text ------------------------------------------------------------ */

/* The selected field; in the list there is none. */
static bool value(struct screen *s, struct nf_strbuf *text, struct nf_strbuf *filter)
{
	struct packets *p = (struct packets *)s;
	uint32_t node = tree_node(&p->tree);
	struct nf_bytes line;

	if (p->pane == PANE_LIST || p->open == UINT64_MAX || node == DISSECTION_NONE)
		return false;
	line = tree_value(&p->tree, node);
	nf_sb_mem(text, line.p, line.n);
	dissection_filter(filter, p->dissection, node);
	return true;
}

/* As packets -o json has it. */
static bool json(struct screen *s, uint64_t line, struct nf_strbuf *text)
{
	struct packets *p = (struct packets *)s;
	uint64_t row = packets_row(p, line);
	const struct nf_view *v;
	struct nf_err err;

	if (row == UINT64_MAX)
		return true;
	v = store_read(s->app->store, row, out_sink(p->json), &err);
	nf_strbuf_clear(&p->json->text);
	if (v != NULL && out_message(p->json, v))
		nf_sb_mem(text, p->json->text.p, p->json->text.n);
	return true;
}

static uint64_t tags(const struct screen *s)
{
	return ((const struct packets *)s)->tags.n;
}

static bool has_tag(const struct screen *s, uint64_t row)
{
	return tags_has(&((const struct packets *)s)->tags, row);
}

static void command(struct screen *s, struct nf_strbuf *line)
{
	struct packets *p = (struct packets *)s;

	nf_sb_str(line, p->pane == PANE_LIST ? "packets" : p->octets ? "packets -x" : "packets -v");
}

/* -- The screen itself ------------------------------------------------------------------- */

static bool open_screen(struct screen *s)
{
	struct packets *p = (struct packets *)s;
	const struct out_opts opts = {
		.files = s->app->opts->files, .nfiles = s->app->opts->nfiles,
		.bpf = s->app->opts->capture.bpf != NULL,
	};

	memcpy(p->columns, packets_columns, sizeof(p->columns));
	p->list = (struct grid){
		.ops = &packets_list_ops, .ctx = p,
		.columns = p->columns, .ncolumns = PACKETS_CELLS,
	};
	p->octets = true;
	p->open = p->keeps = UINT64_MAX;
	nf_strbuf_init(&p->cells.text);
	p->out = out_new(out_ops_of("text"), &opts, s->app->registry);
	p->json = out_new(out_ops_of("json"), &opts, s->app->registry);
	p->dissection = dissection_new(&opts, s->app->registry);
	p->probe = dissection_new(&opts, s->app->registry);
	return p->out != NULL && p->json != NULL && p->dissection != NULL && p->probe != NULL;
}

static void close_screen(struct screen *s)
{
	struct packets *p = (struct packets *)s;

	store_job_free(p->match);
	tags_done(&p->tags);
	tree_done(&p->tree);
	dissection_free(p->dissection);
	dissection_free(p->probe);
	out_free(p->out);
	out_free(p->json);
	nf_strbuf_done(&p->cells.text);
}

const struct screen_ops screen_packets = {
	.size = sizeof(struct packets),
	.open = open_screen,
	.close = close_screen,
	.draw = packets_draw,
	.act = packets_act,
	.mouse = packets_mouse,
	.where = packets_where,
	.go = packets_go,
	.changed = changed,
	.renewed = renewed,
	.work = work,
	.busy = busy,
	.stop = stop,
	.counts = counts,
	.grid = grid,
	.find = packets_find,
	.list = packets_list,
	.find_in = packets_find_in,
	.passes = packets_passes,
	.value = value,
	.json = json,
	.tags = tags,
	.has_tag = has_tag,
	.command = command,
};
