#include <config.h>

#include "tui/tree.h"

#include "base/mem.h"

enum {
	FEW = 3,		/* records of a message that are open at first */
	NAME = 28,		/* columns of a name */
};

static const struct dissection_node *node_of(const struct tree *t, uint32_t i)
{
	return dissection_node(t->d, i);
}

static bool has_children(const struct tree *t, uint32_t i)
{
	return node_of(t, i)->end > i + 1;
}

/* -- What is open ---------------------------------------------------------------------- */

static bool usually_closed(const struct dissection_node *n, bool few)
{
	return n->kind == DISSECTION_TEMPLATE || n->kind == DISSECTION_HEADER ||
	       (n->kind == DISSECTION_RECORD && !few);
}

static uint32_t records(const struct dissection *d)
{
	uint32_t n = 0;

	while (n <= FEW && dissection_record(d, n) != DISSECTION_NONE)
		n++;
	return n;
}

static void close_some(struct tree *t)
{
	bool few = records(t->d) <= FEW;

	for (uint32_t i = 0; i < dissection_count(t->d); i++) {
		const struct dissection_node *n = node_of(t, i);
		uint8_t habit = t->opened[n->kind];

		t->closed[i] = habit == TREE_CLOSED ||
			       (habit == TREE_USUAL && usually_closed(n, few));
	}
}

/* List what is shown, and stay at the node that was selected, or at what hides it now. */
static void list(struct tree *t)
{
	uint32_t node = tree_node(t), n = dissection_count(t->d);

	t->nshown = 0;
	for (uint32_t i = 0; i < n; i = t->closed[i] ? node_of(t, i)->end : i + 1) {
		if (node != DISSECTION_NONE && i <= node)
			t->at = t->nshown;
		t->shown[t->nshown++] = i;
	}
}

bool tree_set(struct tree *t, const struct dissection *d)
{
	uint32_t n = d != NULL ? dissection_count(d) : 0;

	t->d = NULL;
	t->nshown = t->at = t->top = 0;
	if (n > t->cap) {
		uint8_t *closed = nf_realloc(t->closed, n);
		uint32_t *shown;

		if (closed == NULL)
			return false;
		t->closed = closed;
		shown = nf_realloc(t->shown, n * sizeof(*shown));
		if (shown == NULL)
			return false;
		t->shown = shown;
		t->cap = n;
	}
	if (n == 0)
		return true;
	t->d = d;
	close_some(t);
	list(t);
	t->at = 0;
	return true;
}

void tree_done(struct tree *t)
{
	nf_free(t->closed);
	nf_free(t->shown);
	*t = (struct tree){ .d = NULL };
}

uint32_t tree_node(const struct tree *t)
{
	return t->at < t->nshown ? t->shown[t->at] : DISSECTION_NONE;
}

/* Open or close the selected node, and, by habit, those of its kind in other messages. */
static void turn(struct tree *t, uint32_t node, bool closed)
{
	t->closed[node] = closed;
	t->opened[node_of(t, node)->kind] = closed ? TREE_CLOSED : TREE_OPEN;
	list(t);
}

void tree_go(struct tree *t, uint32_t node)
{
	if (t->d == NULL || node >= dissection_count(t->d))
		return;
	for (uint32_t i = node_of(t, node)->parent; i != DISSECTION_NONE; i = node_of(t, i)->parent)
		t->closed[i] = false;
	list(t);
	for (t->at = 0; t->at + 1 < t->nshown && t->shown[t->at] < node;)
		t->at++;
}

/* -- Moving ---------------------------------------------------------------------------- */

static void down(struct tree *t, uint32_t by)
{
	t->at = t->nshown - t->at > by ? t->at + by : t->nshown - 1;
}

static void up(struct tree *t, uint32_t by)
{
	t->at = t->at > by ? t->at - by : 0;
}

/* Close it, or go to what holds it. */
static void leftwards(struct tree *t, uint32_t node)
{
	uint32_t parent = node_of(t, node)->parent;

	if (has_children(t, node) && !t->closed[node])
		turn(t, node, true);
	else if (parent != DISSECTION_NONE)
		tree_go(t, parent);
}

static void rightwards(struct tree *t, uint32_t node)
{
	if (has_children(t, node) && t->closed[node])
		turn(t, node, false);
	else
		down(t, 1);
}

bool tree_act(struct tree *t, enum action a)
{
	uint32_t node = tree_node(t), page = t->page > 1 ? t->page - 1 : 1;

	if (node == DISSECTION_NONE)
		return false;
	switch (a) {
	case ACTION_down: down(t, 1); break;
	case ACTION_up: up(t, 1); break;
	case ACTION_half_down: down(t, (page + 1) / 2); break;
	case ACTION_half_up: up(t, (page + 1) / 2); break;
	case ACTION_page_down: down(t, page); break;
	case ACTION_page_up: up(t, page); break;
	case ACTION_first: t->at = 0; break;
	case ACTION_last: t->at = t->nshown - 1; break;
	case ACTION_left: leftwards(t, node); break;
	case ACTION_right: rightwards(t, node); break;
	case ACTION_open:
		if (has_children(t, node))
			turn(t, node, !t->closed[node]);
		break;
	default: return false;
	}
	return true;
}

void tree_click(struct tree *t, unsigned row)
{
	if (t->top + row >= t->nshown)
		return;
	if (t->at == t->top + row && has_children(t, tree_node(t)))
		turn(t, tree_node(t), !t->closed[tree_node(t)]);
	else
		t->at = t->top + row;
}

/* -- Drawing --------------------------------------------------------------------------- */

static enum look look_of(const struct dissection_node *n)
{
	switch ((enum dissection_kind)n->kind) {
	case DISSECTION_MESSAGE:
	case DISSECTION_HEADER:
	case DISSECTION_SET:
	case DISSECTION_TEMPLATE:
		return LOOK_head;
	case DISSECTION_PADDING:
	case DISSECTION_NOTE:
		return LOOK_faint;
	case DISSECTION_TRAILING:
	case DISSECTION_MALFORMED:
	case DISSECTION_UNDECODED:
		return LOOK_warning;
	case DISSECTION_PROBLEM:
		return n->severity >= NF_ERROR ? LOOK_error : LOOK_warning;
	default:
		return LOOK_text;
	}
}

/* The worst of the problems that a closed node hides, plus 1; 0: none. */
static unsigned hidden(const struct tree *t, uint32_t node)
{
	unsigned worst = 0;

	for (uint32_t i = node + 1; t->closed[node] && i < node_of(t, node)->end; i++)
		if (node_of(t, i)->kind == DISSECTION_PROBLEM && node_of(t, i)->severity >= worst)
			worst = node_of(t, i)->severity + 1u;
	return worst;
}

/* "+ " before what can be opened, "+!" where it hides a problem, "- " before what can be closed. */
static const char *sign(const struct tree *t, uint32_t node, unsigned problem)
{
	if (!has_children(t, node))
		return "  ";
	return !t->closed[node] ? "- " : problem > 0 ? "+!" : "+ ";
}

/* "sourceIPv4Address" of a field's line. */
static struct nf_bytes name_of(struct nf_bytes line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] != ' ')
		n++;
	return (struct nf_bytes){ line.p, n };
}

struct nf_bytes tree_value(const struct tree *t, uint32_t node)
{
	struct nf_bytes line = dissection_text(t->d, node);
	size_t n = name_of(line).n;

	if (node_of(t, node)->kind != DISSECTION_FIELD)
		return line;
	while (n < line.n && line.p[n] == ' ')
		n++;
	return (struct nf_bytes){ line.p + n, line.n - n };
}

static void put_hex(struct nf_strbuf *s, const struct tree *t, const struct dissection_node *n)
{
	struct nf_bytes octets = dissection_octets(t->d);
	struct nf_span own = n->own;

	if (own.len <= n->prefix || own.off + own.len > octets.n)
		return;
	nf_sb_hex(s, octets.p + own.off + n->prefix, own.len - n->prefix);
}

/* A field as t->names wants it. */
static void put_field(struct nf_strbuf *s, const struct tree *t, uint32_t node)
{
	const struct dissection_node *n = node_of(t, node);
	struct nf_bytes line = dissection_text(t->d, node), name = name_of(line);

	if (t->names == TREE_NUMBERS) {
		if (nf_pen_is_enterprise(n->ie->pen))
			nf_sb_printf(s, "%u/", (unsigned)n->ie->pen);
		if (n->ie->pen != NF_PEN_FIXED)		/* fields of headers have no numbers */
			nf_sb_printf(s, "%u ", (unsigned)n->ie->id);
		nf_sb_mem(s, line.p, line.n);
		return;
	}
	nf_sb_mem(s, name.p, name.n);
	nf_sb_pad(s, ' ', name.n < NAME ? NAME - name.n : 1);
	put_hex(s, t, n);
}

static void draw_text(const struct tree *t, struct area a, unsigned row, unsigned col,
		      enum look look, uint32_t node)
{
	const struct dissection_node *n = node_of(t, node);
	struct nf_strbuf s;

	if (t->names == TREE_WORDS || n->kind != DISSECTION_FIELD || n->ie == NULL) {
		area_text(a, row, col, a.cols - col, look, dissection_text(t->d, node));
		return;
	}
	nf_strbuf_init(&s);
	put_field(&s, t, node);
	area_text(a, row, col, a.cols - col, look, (struct nf_bytes){ (const uint8_t *)s.p, s.n });
	nf_strbuf_done(&s);
}

static void draw_line(const struct tree *t, struct area a, unsigned row, uint32_t i, bool focus)
{
	uint32_t node = t->shown[i];
	const struct dissection_node *n = node_of(t, node);
	unsigned problem = hidden(t, node), col = 2u * n->depth;
	enum look usual = problem > NF_ERROR ? LOOK_error : problem > NF_NOTE + 1 ? LOOK_warning :
			  look_of(n);
	enum look look = i != t->at ? usual : focus ? LOOK_selected : LOOK_shadow;

	if (i == t->at)
		area_look(a, row, 0, a.cols, look);
	col += area_str(a, row, col, 2, look, sign(t, node, problem));
	if (a.cols > col)
		draw_text(t, a, row, col, look, node);
}

void tree_draw(struct tree *t, struct area a, bool focus)
{
	t->page = a.rows;
	if (t->d == NULL || a.rows == 0)
		return;
	if (t->top > t->at)
		t->top = t->at;
	if (t->at - t->top >= a.rows)
		t->top = t->at - a.rows + 1;
	for (unsigned row = 0; row < a.rows && t->top + row < t->nshown; row++)
		draw_line(t, a, row, t->top + row, focus);
}
