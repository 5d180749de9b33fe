/* What is selected on Packets, and how one comes there. */
#include <config.h>

#include "tui/screen_packets.h"

enum { FIRST_TEMPLATE = 256 };	/* lower ids are of sets that have no template */

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

void packets_where(struct screen *s, struct place *place)
{
	struct packets *p = (struct packets *)s;
	uint64_t row = packets_row(p, p->list.at);
	const struct dissection_node *n;

	if (row == UINT64_MAX)
		return;
	place->row = row;
	place->session = store_row(s->app->store, row).session->index;
	packets_domain(p, row, &place->domain);
	if (row != p->open || tree_node(&p->tree) == DISSECTION_NONE)
		return;
	n = dissection_node(p->dissection, tree_node(&p->tree));
	place->offset = n->own.off;
	place->record = dissection_flow_of(p->dissection, n->record);
	template_of(p, row, n, place);
}

/* Show the place that is wanted: all that the filter lets through is known. */
void packets_arrive(struct packets *p)
{
	const struct place *place = &p->wanted;
	uint32_t node = DISSECTION_NONE;

	p->wants = false;
	grid_go(&p->list, packets_line(p, place->row));
	packets_open(p);
	if (p->open != place->row)
		app_say(p->screen.app, LOOK_hint, "The filter hides that message");
	else if (place->offset != PLACE_NO)
		node = dissection_at(p->dissection, place->offset);
	if (node != DISSECTION_NONE) {
		tree_go(&p->tree, node);
		p->pane = PANE_TREE;
		packets_mark(p);
	}
}

void packets_go(struct screen *s, const struct place *place)
{
	struct packets *p = (struct packets *)s;

	if (place->row == PLACE_NONE)
		return;
	p->seek.on = false;
	p->wanted = *place;
	p->wants = true;
	p->keeps = UINT64_MAX;
	if (p->match == NULL || p->halted || store_job_progress(p->match) >= 1)
		packets_arrive(p);
}
