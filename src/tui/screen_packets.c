#include <config.h>

#include "tui/screen_packets.h"

#include <string.h>

#include "tui/analysis.h"
#include "tui/browser.h"
#include "tui/screen_flows.h"
#include "tui/times.h"
#include "tui/verdict.h"

enum {
	BESIDE = 132,		/* columns from which on tree and octets stand side by side */
	FIRST_TEMPLATE = 256,	/* lower ids are of sets that have no template */
	SHORT = 10,		/* rows below which only one pane is shown */
};

/* -- The selected message -------------------------------------------------------------- */

/* What the tree's node stands for is marked among the octets. */
static void mark(struct packets *p)
{
	uint32_t node = tree_node(&p->tree);

	if (node != DISSECTION_NONE)
		bytes_mark(&p->bytes, dissection_node(p->dissection, node)->whole);
}

/* Take the selected message apart, if it is not the one that is open. */
static void open_selected(struct packets *p)
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
	mark(p);
}

/* -- Drawing ---------------------------------------------------------------------------- */

static void draw_tree(struct packets *p, struct area a)
{
	p->areas[PANE_TREE] = a;
	p->tree.names = (uint8_t)p->screen.app->names;
	tree_draw(&p->tree, a, p->pane == PANE_TREE);
}

static void draw_bytes(struct packets *p, struct area a)
{
	p->areas[PANE_BYTES] = a;
	bytes_draw(&p->bytes, a, p->pane == PANE_BYTES);
}

static void draw_list(struct packets *p, struct area a)
{
	p->areas[PANE_LIST] = a;
	p->list.empty = p->match != NULL ? "No message matches" : "No flow export here";
	grid_draw(&p->list, a, p->pane == PANE_LIST);
}

/* One pane and nothing else. */
static void draw_alone(struct packets *p, struct area a)
{
	static void (*const draw[PANE_COUNT])(struct packets *p, struct area a) = {
		[PANE_LIST] = draw_list, [PANE_TREE] = draw_tree, [PANE_BYTES] = draw_bytes,
	};

	draw[p->pane](p, a);
}

/* Tree and octets below each other, or side by side. */
static void draw_message(struct packets *p, struct area a, bool beside)
{
	unsigned octets = beside ? 0 : a.rows / 3;

	area_rule(a, 0, p->pane == PANE_TREE, "message");
	if (!p->octets) {
		draw_tree(p, area_in(a, 1, 0, a.rows - 1, a.cols));
	} else if (beside) {
		/* offset, two columns of blanks, 16 octets in hex and ASCII */
		unsigned cols = a.cols >= 160 ? 76 : 44;

		draw_tree(p, area_in(a, 1, 0, a.rows - 1, a.cols - cols - 2));
		draw_bytes(p, area_in(a, 1, a.cols - cols, a.rows - 1, cols));
	} else {
		draw_tree(p, area_in(a, 1, 0, a.rows - octets - 1, a.cols));
		area_rule(a, a.rows - octets, p->pane == PANE_BYTES, "octets");
		draw_bytes(p, area_in(a, a.rows - octets + 1, 0, octets - 1, a.cols));
	}
}

/* Two fifths of the rows; what a small capture does not need of them, the tree has. */
static unsigned list_rows(const struct packets *p, unsigned rows)
{
	uint64_t needs = store_rows(p->screen.app->store) + 2;
	unsigned most = rows * 2 / 5;

	return needs < most ? (unsigned)needs : most;
}

static void draw(struct screen *s, struct area a)
{
	struct packets *p = (struct packets *)s;
	bool beside = p->beside != (a.cols >= BESIDE);
	unsigned list = list_rows(p, a.rows);

	p->cells.row = UINT64_MAX;
	for (unsigned i = 0; i < PANE_COUNT; i++)
		p->areas[i] = (struct area){ .canvas = a.canvas };
	if (a.rows > 3) {
		verdict_draw(s->app, area_in(a, 0, 0, 1, a.cols));
		a = area_in(a, 1, 0, a.rows - 1, a.cols);
	}
	if (p->zoom || a.rows < SHORT) {
		draw_alone(p, a);
	} else {
		draw_list(p, area_in(a, 0, 0, list, a.cols));
		open_selected(p);
		draw_message(p, area_in(a, list, 0, a.rows - list, a.cols), beside);
	}
	open_selected(p);
}

/* -- Actions ---------------------------------------------------------------------------- */

/* The keys of an action among octets. */
static const char *pane_keys(enum action a)
{
	switch (a) {
	case ACTION_down: return "j";
	case ACTION_up: return "k";
	case ACTION_left: return "h";
	case ACTION_right: return "l";
	case ACTION_half_down: return "C-d";
	case ACTION_half_up: return "C-u";
	case ACTION_page_down: return "PgDn";
	case ACTION_page_up: return "PgUp";
	case ACTION_first: return "g g";
	case ACTION_last: return "G";
	default: return "";
	}
}

/* The tree goes to the node that the octet under the cursor belongs to. */
static void show_octet(struct packets *p)
{
	uint32_t node;

	if (p->open == UINT64_MAX)
		return;
	node = dissection_at(p->dissection, (uint32_t)bytes_at(&p->bytes));
	if (node == DISSECTION_NONE)
		return;
	tree_go(&p->tree, node);
	bytes_mark_around(&p->bytes, dissection_node(p->dissection, node)->whole);
}

static bool act_bytes(struct packets *p, enum action a)
{
	const char *keys = pane_keys(a);
	struct key k;

	if (*keys == '\0')
		return false;
	while (*keys != '\0' && key_parse(&keys, &k))
		bytes_key(&p->bytes, &k);
	show_octet(p);
	return true;
}

static bool act_tree(struct packets *p, enum action a)
{
	if (!tree_act(&p->tree, a))
		return false;
	mark(p);
	return true;
}

static bool act_pane(struct packets *p, enum action a)
{
	switch ((enum packets_pane)p->pane) {
	case PANE_TREE: return act_tree(p, a);
	case PANE_BYTES: return act_bytes(p, a);
	default:
		if (!grid_act(&p->list, a))
			return false;
		p->keeps = UINT64_MAX;	/* whoever moves has found where to be */
		p->seek.on = false;
		p->wants = false;
		return true;
	}
}

static void other_pane(struct packets *p, int by)
{
	do {
		p->pane = (uint8_t)((p->pane + PANE_COUNT + by) % PANE_COUNT);
	} while (p->pane == PANE_BYTES && !p->octets);
}

/* A problem leads to what the checker says of it. */
static bool to_finding(struct packets *p)
{
	uint32_t node = tree_node(&p->tree);
	const struct dissection_node *n;

	if (p->pane != PANE_TREE || p->open == UINT64_MAX || node == DISSECTION_NONE)
		return false;
	n = dissection_node(p->dissection, node);
	if (n->kind != DISSECTION_PROBLEM)
		return false;
	if (!app_finding_of(p->screen.app, p->open, n->whole.off))
		app_say(p->screen.app, LOOK_hint, analysis_settled(p->screen.app->analysis) ?
			"The checker has no finding of its own for this" :
			"The checker has not come here yet");
	return true;
}

static bool enter(struct packets *p)
{
	if (p->pane == PANE_LIST) {
		p->pane = PANE_TREE;
		return true;
	}
	return to_finding(p) || act_pane(p, ACTION_open);
}

/* `q`: what was opened last goes first. */
static bool close_pane(struct packets *p)
{
	if (!p->zoom && p->pane == PANE_LIST)
		return false;
	if (p->zoom)
		p->zoom = false;
	else
		p->pane = PANE_LIST;
	return true;
}

static bool toggle_octets(struct packets *p)
{
	p->octets = !p->octets;
	if (!p->octets && p->pane == PANE_BYTES)
		p->pane = PANE_TREE;
	return true;
}

static bool tag(struct packets *p)
{
	uint64_t row = packets_row(p, p->list.at);

	if (row == UINT64_MAX || !tags_turn(&p->tags, row))
		return false;
	grid_act(&p->list, ACTION_down);
	return true;
}

static bool untag(struct packets *p)
{
	tags_clear(&p->tags);
	return true;
}

static bool diff(struct packets *p)
{
	struct diff_side sides[2];

	if (p->tags.n != 2) {
		app_say(p->screen.app, LOOK_hint, "Tag two messages with Space, then d");
		return true;
	}
	for (unsigned i = 0; i < 2; i++)
		sides[i] = (struct diff_side){ .row = p->tags.v[i], .flow = PLACE_NO };
	app_diff(p->screen.app, &sides[0], &sides[1]);
	return true;
}

static bool next_names(struct packets *p)
{
	static const char *const said[NAMES_MODES] = {
		"Values as text", "Values with the numbers of their elements",
		"Values as octets in hex",
	};
	struct app *app = p->screen.app;

	app->names = (app->names + 1) % NAMES_MODES;
	app_say(app, LOOK_hint, "%s", said[app->names]);
	return true;
}

static bool time_mode(struct packets *p)
{
	uint64_t row = packets_row(p, p->list.at);

	if (row == UINT64_MAX)
		return false;
	app_say(p->screen.app, LOOK_hint, "%s",
		times_next(p->screen.app, store_row(p->screen.app->store, row).ts_ns));
	return true;
}

/* Which domain the message of a row is of; false where it cannot be read. */
static bool domain_of(struct packets *p, uint64_t row, uint32_t *domain)
{
	struct nf_err err;
	const struct nf_view *v = store_read(p->screen.app->store, row, NULL, &err);

	if (v != NULL)
		*domain = v->msg.domain;
	return v != NULL;
}

static void not_found(struct packets *p)
{
	p->seek.on = false;
	app_say(p->screen.app, LOOK_hint, "No %s message of the same exporter and domain",
		p->seek.back ? "earlier" : "later");
}

/* Some 2 ms of looking; true while it goes on. */
static bool seek_work(struct packets *p)
{
	struct store *store = p->screen.app->store;
	struct packets_seek *s = &p->seek;
	uint64_t begun = app_now(), row;
	uint32_t domain;

	while (s->on && app_now() - begun < APP_STEP_NS) {
		row = packets_row(p, s->back ? --s->line : ++s->line);
		if (row == UINT64_MAX) {
			not_found(p);
		} else if (store_row(store, row).session == s->session &&
			   domain_of(p, row, &domain) && domain == s->domain) {
			s->on = false;
			grid_go(&p->list, s->line);
			p->screen.app->stale = true;
		}
	}
	return s->on;
}

/* The next message of the same session and domain. */
static bool same(struct packets *p, bool back)
{
	struct packets_seek *s = &p->seek;
	uint64_t row = packets_row(p, p->list.at);

	if (row == UINT64_MAX || !domain_of(p, row, &s->domain))
		return false;
	s->session = store_row(p->screen.app->store, row).session;
	s->line = p->list.at;
	s->back = back;
	s->on = true;
	seek_work(p);
	return true;
}

/* The selected field becomes a column of Flows, by the name that filters know it by. */
static bool add_column(struct packets *p)
{
	uint32_t node = tree_node(&p->tree);
	struct nf_strbuf name;
	char *end;

	if (p->pane == PANE_LIST || p->open == UINT64_MAX || node == DISSECTION_NONE)
		return false;
	nf_strbuf_init(&name);
	if (dissection_filter(&name, p->dissection, node)) {
		end = strchr(nf_strbuf_cstr(&name), ' ');
		if (end != NULL)
			*end = '\0';
		flows_add_column(p->screen.app, nf_strbuf_cstr(&name));
	} else {
		app_say(p->screen.app, LOOK_hint, "No field is selected");
	}
	nf_strbuf_done(&name);
	return true;
}

static bool act(struct screen *s, enum action a, uint32_t arg)
{
	struct packets *p = (struct packets *)s;

	(void)arg;
	switch (a) {
	case ACTION_open: return enter(p);
	case ACTION_close: return close_pane(p);
	case ACTION_next_pane: other_pane(p, 1); return true;
	case ACTION_prev_pane: other_pane(p, -1); return true;
	case ACTION_bytes: return toggle_octets(p);
	case ACTION_layout: p->beside = !p->beside; return true;
	case ACTION_zoom: p->zoom = !p->zoom; return true;
	case ACTION_tag: return tag(p);
	case ACTION_untag: return untag(p);
	case ACTION_diff: return diff(p);
	case ACTION_names: return next_names(p);
	case ACTION_time_mode: return time_mode(p);
	case ACTION_add_column: return add_column(p);
	case ACTION_next_same: return same(p, false);
	case ACTION_prev_same: return same(p, true);
	default: return act_pane(p, a);
	}
}

static void mouse(struct screen *s, const struct key *k)
{
	struct packets *p = (struct packets *)s;
	bool again;

	for (uint8_t pane = 0; pane < PANE_COUNT; pane++) {
		struct area a = p->areas[pane];

		if (k->row < a.row || k->row >= a.row + a.rows || k->col < a.col ||
		    k->col >= a.col + a.cols)
			continue;
		p->pane = pane;
		if (k->button == MOUSE_UP || k->button == MOUSE_DOWN)
			act_pane(p, k->button == MOUSE_UP ? ACTION_up : ACTION_down);
		else if (pane == PANE_LIST && grid_click(&p->list, a, k->row, k->col, &again))
			p->pane = k->button == MOUSE_DOUBLE ? PANE_TREE : PANE_LIST;
		else if (pane == PANE_TREE)
			tree_click(&p->tree, k->row - a.row);
	}
	open_selected(p);
	mark(p);
}

/* -- Places ----------------------------------------------------------------------------- */

/* What decodes node N, or is defined there, or ought to be: its version, or its id and place. */
static void template_of(const struct packets *p, uint64_t row, const struct dissection_node *n,
			struct place *place)
{
	const struct store_row r = store_row(p->screen.app->store, row);
	uint64_t at = (uint64_t)r.offset + n->own.off;

	if (n->kind == DISSECTION_SPECIFIER) {
		n = dissection_node(p->dissection, n->parent);
		at = (uint64_t)r.offset + n->own.off;
	}
	if (n->version != NULL) {
		place->template_id = n->version->id;
		place->position = n->version->position;
	} else if (n->id >= FIRST_TEMPLATE) {
		place->template_id = n->id;
		place->position = r.ordinal << 16 | (at < 0xffff ? at : 0xffff);
	}
}

static void where(struct screen *s, struct place *place)
{
	struct packets *p = (struct packets *)s;
	uint64_t row = packets_row(p, p->list.at);
	const struct dissection_node *n;

	if (row == UINT64_MAX)
		return;
	place->row = row;
	place->session = store_row(s->app->store, row).session->index;
	domain_of(p, row, &place->domain);
	if (row != p->open || tree_node(&p->tree) == DISSECTION_NONE)
		return;
	n = dissection_node(p->dissection, tree_node(&p->tree));
	place->offset = n->own.off;
	place->record = dissection_flow_of(p->dissection, n->record);
	template_of(p, row, n, place);
}

/* Show the place that is wanted: all that the filter lets through is known. */
static void arrive(struct packets *p)
{
	const struct place *place = &p->wanted;
	uint32_t node = DISSECTION_NONE;

	p->wants = false;
	grid_go(&p->list, packets_line(p, place->row));
	open_selected(p);
	if (p->open != place->row)
		app_say(p->screen.app, LOOK_hint, "The filter hides that message");
	else if (place->offset != PLACE_NO)
		node = dissection_at(p->dissection, place->offset);
	if (node != DISSECTION_NONE) {
		tree_go(&p->tree, node);
		p->pane = PANE_TREE;
		mark(p);
	}
}

static void go(struct screen *s, const struct place *place)
{
	struct packets *p = (struct packets *)s;

	if (place->row == PLACE_NONE)
		return;
	p->seek.on = false;
	p->wanted = *place;
	p->wants = true;
	p->keeps = UINT64_MAX;
	if (p->match == NULL || p->halted || store_job_progress(p->match) >= 1)
		arrive(p);
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
		arrive(p);
	if (p->seek.on && seek_work(p))
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

/* -- Searching ---------------------------------------------------------------------------- */

static bool node_has(const struct packets *p, uint32_t node, const char *what)
{
	struct nf_bytes line = dissection_text(p->dissection, node);
	struct nf_strbuf text;
	bool has;

	nf_strbuf_init(&text);
	nf_sb_mem(&text, line.p, line.n);
	has = app_text_has(nf_strbuf_cstr(&text), what);
	nf_strbuf_done(&text);
	return has;
}

/* The next node with that text, behind the selected one or around the end. */
static bool find_node(struct packets *p, const char *what, bool back)
{
	uint32_t n = dissection_count(p->dissection), node = tree_node(&p->tree);

	for (uint32_t i = 0; i < n; i++) {
		node = back ? (node > 0 ? node : n) - 1 : node + 1 < n ? node + 1 : 0;
		if (!node_has(p, node, what))
			continue;
		tree_go(&p->tree, node);
		mark(p);
		return true;
	}
	return false;
}

/* Octets by what they are in hex, or by what text they are. */
static bool find_octets(struct packets *p, const char *what, bool back)
{
	uint8_t octets[BYTES_PATTERN];
	size_t n = bytes_pattern(what, octets);
	struct nf_bytes pattern = { octets, n };

	if (n == 0)
		pattern = (struct nf_bytes){ (const uint8_t *)what, strlen(what) };
	if (!bytes_find(&p->bytes, pattern, back))
		return false;
	show_octet(p);
	return true;
}

static bool passes(struct screen *s, struct filter *f, uint64_t line)
{
	struct packets *p = (struct packets *)s;
	uint64_t row = packets_row(p, line);
	const struct nf_view *v;
	struct nf_err err;

	v = row != UINT64_MAX ? store_read(s->app->store, row, NULL, &err) : NULL;
	return v != NULL && filter_message(f, v);
}

static bool find(struct screen *s, const char *what, bool back)
{
	struct packets *p = (struct packets *)s;

	if (p->open == UINT64_MAX)
		return false;
	return p->pane == PANE_BYTES ? find_octets(p, what, back) : find_node(p, what, back);
}

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

	p->list = (struct grid){
		.ops = &packets_list_ops, .ctx = p,
		.columns = packets_columns, .ncolumns = PACKETS_CELLS,
	};
	p->octets = true;
	p->open = p->keeps = UINT64_MAX;
	nf_strbuf_init(&p->cells.text);
	p->out = out_new(out_ops_of("text"), &opts, s->app->registry);
	p->json = out_new(out_ops_of("json"), &opts, s->app->registry);
	p->dissection = dissection_new(&opts, s->app->registry);
	return p->out != NULL && p->json != NULL && p->dissection != NULL;
}

static void close_screen(struct screen *s)
{
	struct packets *p = (struct packets *)s;

	store_job_free(p->match);
	tags_done(&p->tags);
	tree_done(&p->tree);
	dissection_free(p->dissection);
	out_free(p->out);
	out_free(p->json);
	nf_strbuf_done(&p->cells.text);
}

const struct screen_ops screen_packets = {
	.size = sizeof(struct packets),
	.open = open_screen,
	.close = close_screen,
	.draw = draw,
	.act = act,
	.mouse = mouse,
	.where = where,
	.go = go,
	.changed = changed,
	.renewed = renewed,
	.work = work,
	.busy = busy,
	.stop = stop,
	.counts = counts,
	.grid = grid,
	.find = find,
	.passes = passes,
	.value = value,
	.json = json,
	.tags = tags,
	.has_tag = has_tag,
	.command = command,
};
