#include <config.h>

#include "out/columns_cells.h"

#include <ctype.h>
#include <stdio.h>

#include "base/mem.h"

/* -- Names ---------------------------------------------------------------------------- */

enum side { LEFT, RIGHT };

struct row {
	struct column column;
	const char *help;
};

static const struct row rows[] = {
#define COLUMN(name_, fn_, item_, width_, side_, title_, help_) \
	{ .column = { .name = name_, .title = title_, .width = width_, \
		      .right = side_ == RIGHT, .cell = cell_##fn_, .item = item_ }, \
	  .help = help_ },
#include "out/columns.def"
#undef COLUMN
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

bool columns_next(unsigned *i, const char **name, const char **help)
{
	if (*i >= ROWS)
		return false;
	*name = rows[*i].column.name;
	*help = rows[*i].help;
	(*i)++;
	return true;
}

static struct nf_bytes bytes_of(const char *text)
{
	return (struct nf_bytes){ (const uint8_t *)text, strlen(text) };
}

static const struct column *row_named(struct nf_bytes name)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (strlen(rows[i].column.name) == name.n &&
		    memcmp(rows[i].column.name, name.p, name.n) == 0)
			return &rows[i].column;
	return NULL;
}

bool columns_is(const char *name)
{
	return row_named(bytes_of(name)) != NULL;
}

/* How wide values of a type are as a rule. */
static unsigned width_of(const struct filter_ref *ref)
{
	switch ((enum filter_type)ref->type) {
	case FILTER_IPV4: case FILTER_ADDRESS: return 15;
	case FILTER_IPV6: return 20;
	case FILTER_TIME: return 27;
	case FILTER_MAC: return 17;
	case FILTER_TEXT: case FILTER_OCTETS: return 12;
	default: return 6;
	}
}

static bool is_right(const struct filter_ref *ref)
{
	return (ref->type == FILTER_NUMBER || ref->type == FILTER_FLOAT ||
		ref->type == FILTER_DURATION) && ref->labels == NULL;
}

static bool fault(struct filter_error *err, size_t at, size_t n, const char *text)
{
	*err = (struct filter_error){ .span = { (uint32_t)at, (uint32_t)n } };
	snprintf(err->text, sizeof(err->text), "%s", text);
	return false;
}

/* What the filter calls NAME: one of ours ("octets" is bytes), or something besides. */
static bool from_filter(struct columns *c, struct nf_bytes name, struct column *to,
			struct filter_error *err)
{
	const struct filter_ref *ref = filter_names_find(c->names, name, err);
	const struct column *row = ref != NULL ? row_named(bytes_of(ref->name)) : NULL;

	if (ref == NULL)
		return false;
	if (row != NULL) {
		*to = *row;
		return true;
	}
	*to = (struct column){
		.name = nf_arena_strndup(&c->arena, (const char *)name.p, name.n),
		.ref = ref,
		.width = width_of(ref),
		.right = is_right(ref),
	};
	to->title = to->name != NULL && strncmp(to->name, "join.", 5) == 0 ? to->name + 5 :
									     to->name;
	err->memory = to->name == NULL;
	return to->name != NULL;
}

/* "norm.bytes", "bytes", or any name that a filter has; AT is where it stands. */
static bool add(struct columns *c, struct nf_bytes name, size_t at, struct filter_error *err)
{
	static const char norm[] = "norm.";
	const struct column *row = row_named(name);
	struct column *to = &c->v[c->n];
	char most[40];

	snprintf(most, sizeof(most), "more than %d columns", COLUMNS_MAX);
	if (c->n == COLUMNS_MAX)
		return fault(err, at, name.n, most);
	if (row == NULL && name.n > sizeof(norm) - 1 && memcmp(name.p, norm, sizeof(norm) - 1) == 0)
		row = row_named(nf_slice(name, sizeof(norm) - 1, name.n));
	if (row != NULL) {
		*to = *row;
		if (to->title == NULL)
			to->title = to->name;
	} else if (!from_filter(c, name, to, err)) {
		err->span.off += (uint32_t)at;
		return false;
	}
	c->n++;
	return true;
}

static bool add_list(struct columns *c, const char *text, size_t from, struct filter_error *err)
{
	for (size_t at = from; ; at++) {
		size_t end;

		while (text[at] != '\0' && isspace((unsigned char)text[at]))
			at++;
		from = at;
		while (text[at] != '\0' && text[at] != ',')
			at++;
		end = at;
		while (end > from && isspace((unsigned char)text[end - 1]))
			end--;
		if (end == from)
			return fault(err, at, 0, "a name is missing");
		if (!add(c, (struct nf_bytes){ (const uint8_t *)text + from, end - from }, from,
			 err))
			return false;
		if (text[at] == '\0')
			return true;
	}
}

bool columns_init(struct columns *c, const char *text, const char *usual,
		  struct nf_registry *registry, const struct filter_opts *opts,
		  struct filter_error *err)
{
	*c = (struct columns){ .names = filter_names_new(opts, registry) };
	nf_arena_init(&c->arena);
	*err = (struct filter_error){ .memory = c->names == NULL };
	if (c->names == NULL)
		return false;
	if (text == NULL)
		return add_list(c, usual, 0, err);
	if (text[0] != '+')
		return add_list(c, text, 0, err);
	return add_list(c, usual, 0, err) && add_list(c, text, 1, err);
}

bool columns_add(struct columns *c, const char *text, struct filter_error *err)
{
	return add_list(c, text, 0, err);
}

void columns_done(struct columns *c)
{
	filter_names_free(c->names);
	nf_arena_done(&c->arena);
}

int columns_field(const struct column *c, const struct flow_view *view, bool words)
{
	if (c->cell == cell_number || (c->cell == cell_tcp_flags && !words))
		return view->field[c->item];
	if (c->cell == cell_proto && !words)
		return view->field[FLOW_PROTO];
	if (c->cell != cell_address || c->item == NEXT_HOP || view->both)
		return -1;
	if (c->item == SRC)
		return view->field[view->field[FLOW_SRC4] >= 0 ? FLOW_SRC4 : FLOW_SRC6];
	return view->field[view->field[FLOW_DST4] >= 0 ? FLOW_DST4 : FLOW_DST6];
}

const struct nf_flowtime_way *columns_way(const struct column *c, const struct flow_view *view)
{
	if (c->cell != cell_time || (c->item != FIRST && c->item != LAST))
		return NULL;
	return c->item == FIRST ? &view->first : &view->last;
}

bool columns_absent(const struct column *c, const struct flow_view *view)
{
	if (c->cell == cell_number || c->cell == cell_tcp_flags)
		return view->field[c->item] < 0;
	if (c->cell == cell_proto || c->cell == cell_icmp)
		return view->field[FLOW_PROTO] < 0;
	if (c->cell == cell_direction)
		return view->field[FLOW_DIRECTION] < 0;
	if (c->cell == cell_event)
		return view->field[FLOW_EVENT] < 0;
	if (c->cell != cell_time)
		return false;
	return (c->item == FIRST && view->first.field < 0) ||
	       (c->item == LAST && view->last.field < 0) ||
	       (c->item == EVENT && view->field[FLOW_EVENT_TIME] < 0);
}

bool columns_quoted(const struct column *c)
{
	return c->cell == cell_time || c->cell == cell_address;
}

bool columns_of_set(const struct column *c)
{
	return c->cell == NULL && c->ref->row != NULL && c->ref->level != FILTER_OF_RECORD;
}

bool columns_has(const struct column *c, const struct nf_ie *ie)
{
	return filter_ref_has(c->ref, ie);
}
