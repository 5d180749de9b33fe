#include <config.h>

#include "out/sheet.h"

#include "base/mem.h"

void sheet_draft_open(struct sheet_draft *d, const struct layouts_entry *entry, unsigned width)
{
	d->entry = entry;
	nf_strbuf_init(&d->text);
	nf_strbuf_init(&d->steps);
	d->from = 0;
	d->width = width;
	d->nsteps = 0;
	d->ncolumns = 0;
}

/* -- Steps ---------------------------------------------------------------------------- */

static void add(struct sheet_draft *d, const struct sheet_step *step)
{
	nf_sb_mem(&d->steps, step, sizeof(*step));
	d->nsteps++;
}

/* The current step ends.  Its text is known by its place until the last one is there. */
static void end_step(struct sheet_draft *d, struct sheet_step step)
{
	size_t n = d->text.n - d->from;

	for (; n > d->width; n -= d->width)
		add(d, &(struct sheet_step){
			.n = (uint32_t)d->width, .cells = SHEET_NONE, .op = SHEET_MORE });
	step.n = (uint32_t)n;
	add(d, &step);
	d->from = d->text.n;
}

/* As nf_column_octets, with 4 octets instead of 8. */
static bool read_directly(const struct nf_layout *layout, const struct nf_fielddef *def,
			  struct nf_cells_from *from)
{
	const uint32_t last = layout->min_len - layout->nvar - 4;

	if (def->nvar != 0 || def->length > 4)
		return false;
	from->offset = def->offset < last ? def->offset : last;
	from->shift = (uint8_t)(32 - 8 * (def->offset - from->offset + def->length));
	from->mask = UINT32_MAX >> (32 - 8 * def->length);
	return true;
}

/* The next column, where field I can be one: SHEET_NONE where it cannot. */
static uint32_t add_column(struct sheet_draft *d, unsigned i, bool remark)
{
	static const uint8_t kinds[] = {
		[LAYOUTS_U8] = SHEET_NUMBER, [LAYOUTS_U16] = SHEET_NUMBER,
		[LAYOUTS_U32] = SHEET_NUMBER, [LAYOUTS_U64] = SHEET_NUMBER,
		[LAYOUTS_UN] = SHEET_NUMBER, [LAYOUTS_IPV4] = SHEET_IPV4,
		[LAYOUTS_HEX] = SHEET_HEX,
	};
	const struct nf_layout *layout = d->entry->layout;
	const struct nf_fielddef *def = &layout->fields[i];
	enum layouts_op op = d->entry->fields[i].op;
	struct sheet_column c = { .octets = (uint8_t)def->length };

	if (d->ncolumns == SHEET_COLUMNS || op > LAYOUTS_HEX || op == LAYOUTS_IPV6 ||
	    (op == LAYOUTS_HEX && def->length > 4) || !nf_column_octets(layout, i, &c.from))
		return SHEET_NONE;
	c.kind = kinds[op];
	c.remark = remark;
	c.direct = !remark && read_directly(layout, def, &c.here);
	d->columns[d->ncolumns] = c;
	return d->ncolumns++ * (uint32_t)sizeof(struct sheet_cells);
}

static struct sheet_step step_of(const struct sheet_draft *d, unsigned i)
{
	const struct layouts_text *t = &d->entry->fields[i];

	return (struct sheet_step){
		.cells = SHEET_NONE,
		.offset = t->offset,
		.nvar = t->nvar,
		.field = (uint16_t)i,
		.op = t->op,
		.length = t->length,
		.quoted = layouts_quoted((enum layouts_op)t->op),
	};
}

void sheet_draft_field(struct sheet_draft *d, unsigned i, bool remark)
{
	struct sheet_step step = step_of(d, i);

	step.cells = add_column(d, i, remark);
	step.remark = remark;
	end_step(d, step);
}

void sheet_draft_ask(struct sheet_draft *d, unsigned i, unsigned how)
{
	struct sheet_step step = step_of(d, i);

	step.op = SHEET_ASK;
	step.how = (uint8_t)how;
	end_step(d, step);
}

/* -- The plan ------------------------------------------------------------------------- */

static struct sheet_plan *made(const struct sheet_draft *d)
{
	size_t head = sizeof(struct sheet_plan) + d->steps.n;
	size_t columns = d->ncolumns * sizeof(struct sheet_column);
	struct sheet_plan *plan = nf_alloc(head + columns + d->text.n + d->width);
	char *text = (char *)plan + head + columns;

	if (plan == NULL)
		return NULL;
	plan->ncolumns = d->ncolumns;
	plan->columns = (const struct sheet_column *)(const void *)((char *)plan + head);
	plan->room = d->text.n + d->width + d->nsteps * (size_t)SHEET_ROOM;
	memcpy(plan->steps, d->steps.p, d->steps.n);
	memcpy((char *)plan + head, d->columns, columns);
	if (d->text.n > 0)
		memcpy(text, d->text.p, d->text.n);
	memset(text + d->text.n, 0, d->width);
	for (unsigned i = 0; i < d->nsteps; i++) {
		plan->steps[i].text = text;
		text += plan->steps[i].n;
	}
	return plan;
}

struct sheet_plan *sheet_draft_close(struct sheet_draft *d)
{
	struct sheet_plan *plan = NULL;

	end_step(d, (struct sheet_step){ .cells = SHEET_NONE, .op = SHEET_END });
	if (!d->text.failed && !d->steps.failed)
		plan = made(d);
	nf_strbuf_done(&d->text);
	nf_strbuf_done(&d->steps);
	return plan;
}
