/* What keys and the mouse do on Packets. */
#include <config.h>

#include "tui/screen_packets.h"

#include "tui/analysis.h"
#include "tui/screen_flows.h"
#include "tui/times.h"

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
void packets_show_octet(struct packets *p)
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
	packets_show_octet(p);
	return true;
}

static bool act_tree(struct packets *p, enum action a)
{
	if (!tree_act(&p->tree, a))
		return false;
	packets_mark(p);
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
bool packets_domain(struct packets *p, uint64_t row, uint32_t *domain)
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
bool packets_seek(struct packets *p)
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
			   packets_domain(p, row, &domain) && domain == s->domain) {
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

	if (row == UINT64_MAX || !packets_domain(p, row, &s->domain))
		return false;
	s->session = store_row(p->screen.app->store, row).session;
	s->line = p->list.at;
	s->back = back;
	s->on = true;
	packets_seek(p);
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

bool packets_act(struct screen *s, enum action a, uint32_t arg)
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

void packets_mouse(struct screen *s, const struct key *k)
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
	packets_open(p);
	packets_mark(p);
}
