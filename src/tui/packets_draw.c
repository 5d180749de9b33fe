/* The panes of Packets: the list, the tree of the selected message, its octets. */
#include <config.h>

#include "tui/screen_packets.h"

#include "tui/times.h"
#include "tui/verdict.h"

enum {
	BESIDE = 132,		/* columns from which on tree and octets stand side by side */
	SHORT = 10,		/* rows below which only one pane is shown */
};

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
	p->columns[PACKETS_TIME].title = times_title(p->screen.app);
	p->list.empty = p->match != NULL ? "No message matches" : "No flow export here";
	grid_draw(&p->list, a, p->pane == PANE_LIST);
}

/* One pane and nothing else. */
static void draw_alone(struct packets *p, struct area a)
{
	static void (*const panes[PANE_COUNT])(struct packets *p, struct area a) = {
		[PANE_LIST] = draw_list, [PANE_TREE] = draw_tree, [PANE_BYTES] = draw_bytes,
	};

	panes[p->pane](p, a);
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

void packets_draw(struct screen *s, struct area a)
{
	struct packets *p = (struct packets *)s;
	unsigned verdict = verdict_rows(s->app, a.rows);
	bool beside = p->beside != (a.cols >= BESIDE);
	unsigned list = list_rows(p, a.rows);

	p->cells.row = UINT64_MAX;
	for (unsigned i = 0; i < PANE_COUNT; i++)
		p->areas[i] = (struct area){ .canvas = a.canvas };
	if (verdict > 0) {
		verdict_draw(s->app, area_in(a, 0, 0, verdict, a.cols));
		a = area_in(a, verdict, 0, a.rows - verdict, a.cols);
	}
	if (p->zoom || a.rows < SHORT) {
		draw_alone(p, a);
	} else {
		draw_list(p, area_in(a, 0, 0, list, a.cols));
		packets_open(p);
		draw_message(p, area_in(a, list, 0, a.rows - list, a.cols), beside);
	}
	packets_open(p);
}
