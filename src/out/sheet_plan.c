#include <config.h>

#include "out/sheet.h"

#include "base/mem.h"

void sheet_draft_open(struct sheet_draft *d, const struct layouts_entry *entry, unsigned width,
		      struct memos *memos)
{
	d->entry = entry;
	d->memos = memos;
	d->quotes = false;
	nf_strbuf_init(&d->text);
	nf_strbuf_init(&d->steps);
	d->from = 0;
	d->width = width;
	d->nsteps = 0;
	d->ncolumns = 0;
	d->nmemos = 0;
	d->cells = 0;
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
			.n = (uint16_t)d->width, .cell = SHEET_NONE, .op = SHEET_MORE });
	step.n = (uint16_t)n;
	add(d, &step);
	d->from = d->text.n;
}

/*
 * As nf_column_octets, with 4 octets instead of 8: those that stand at AT already, where the field
 * is in them.  False where its place varies, or it is longer.
 */
static bool find_word(struct nf_cells_from *from, const struct nf_layout *layout,
		      const struct nf_fielddef *def, const uint32_t *at)
{
	const uint32_t last = layout->min_len - layout->nvar - 4;

	if (def->nvar != 0 || def->length > 4 || layout->min_len < layout->nvar + 4u)
		return false;
	from->offset = def->offset < last ? def->offset : last;
	if (at != NULL && def->offset >= *at && def->offset + def->length <= *at + 4)
		from->offset = *at;
	from->shift = (uint8_t)(32 - 8 * (def->offset - from->offset + def->length));
	from->mask = UINT32_MAX >> (32 - 8 * def->length);
	return true;
}

/* The next column, of field I, where it can be one. */
static bool add_column(struct sheet_draft *d, struct sheet_step *step, enum sheet_kind kind)
{
	const struct sheet_column *before = d->ncolumns > 0 ? &d->columns[d->ncolumns - 1] : NULL;
	const struct nf_layout *layout = d->entry->layout;
	const struct nf_fielddef *def = &layout->fields[step->field];
	struct sheet_column c = {
		.kind = (uint8_t)kind, .octets = (uint8_t)def->length, .cells = d->cells };
	const uint32_t *at = NULL;

	if (d->ncolumns == SHEET_COLUMNS || !nf_column_octets(layout, step->field, &c.from))
		return false;
	if (before != NULL && before->direct)
		at = &before->here.offset;
	c.direct = find_word(&c.here, layout, def, at);
	c.again = c.direct && at != NULL && c.here.offset == *at;
	c.quotes = d->quotes;
	if (kind < SHEET_MS) {
		step->cell = d->cells;
		d->cells += (uint32_t)sizeof(struct nf_cells);
	} else {
		step->source = SHEET_LONG_CELL;
		step->other = d->cells;
		d->cells += (uint32_t)sizeof(struct sheet_long_cells);
	}
	d->columns[d->ncolumns++] = c;
	return true;
}

static struct sheet_step step_of(const struct sheet_draft *d, unsigned i)
{
	const struct layouts_text *t = &d->entry->fields[i];

	return (struct sheet_step){
		.cell = SHEET_NONE,
		.offset = t->offset,
		.nvar = t->nvar,
		.field = (uint16_t)i,
		.op = t->op,
		.length = t->length,
		.quoted = layouts_quoted((enum layouts_op)t->op),
	};
}

void sheet_draft_field(struct sheet_draft *d, unsigned i)
{
	static const int8_t kinds[] = {
		[LAYOUTS_U8] = SHEET_NUMBER, [LAYOUTS_U16] = SHEET_NUMBER,
		[LAYOUTS_U32] = SHEET_NUMBER, [LAYOUTS_U64] = SHEET_NUMBER,
		[LAYOUTS_UN] = SHEET_NUMBER, [LAYOUTS_IPV4] = SHEET_IPV4, [LAYOUTS_IPV6] = -1,
		[LAYOUTS_HEX] = SHEET_HEX, [LAYOUTS_MS] = SHEET_MS, [LAYOUTS_STRING] = -1,
		[LAYOUTS_OTHER] = -1,
	};
	struct sheet_step step = step_of(d, i);
	int kind = kinds[step.op];

	if (kind >= 0 && (kind != SHEET_HEX || step.length <= 4))
		add_column(d, &step, (enum sheet_kind)kind);
	end_step(d, step);
}

void sheet_draft_units(struct sheet_draft *d)
{
	struct sheet_step *step = (struct sheet_step *)(void *)d->steps.p + d->nsteps - 1;

	if (d->text.failed || d->steps.failed)
		return;
	step->units = (uint8_t)(d->text.n - d->from);
	d->from = d->text.n;
}

static void ask(struct sheet_draft *d, struct sheet_step step, unsigned how)
{
	step.op = SHEET_ASK;
	step.how = (uint8_t)how;
	end_step(d, step);
}

void sheet_draft_memo(struct sheet_draft *d, unsigned i, unsigned how)
{
	const struct nf_layout *layout = d->entry->layout;
	const struct nf_fielddef *def = &layout->fields[i];
	struct sheet_step step = step_of(d, i);
	struct sheet_memo m;

	if (d->memos != NULL && d->nmemos < MEMO_MAX && find_word(&m.word, layout, def, NULL) &&
	    (m.memo = memo_of(d->memos, def->ie, def->length)) != NULL) {
		step.source = SHEET_MEMO;
		step.other = d->nmemos;
		d->memo[d->nmemos++] = m;
	}
	ask(d, step, how);
}

void sheet_draft_icmp(struct sheet_draft *d, unsigned i, unsigned how)
{
	struct sheet_step step = step_of(d, i);

	if (add_column(d, &step, SHEET_NUMBER))
		d->columns[d->ncolumns - 1].protocol = d->entry->fields[i].protocol;
	ask(d, step, how);
}

void sheet_draft_uptime(struct sheet_draft *d, unsigned i, unsigned how)
{
	struct sheet_step step = step_of(d, i);

	add_column(d, &step, SHEET_UPTIME);
	ask(d, step, how);
}

void sheet_draft_ask(struct sheet_draft *d, unsigned i, unsigned how)
{
	ask(d, step_of(d, i), how);
}

/* -- The plan ------------------------------------------------------------------------- */

static struct sheet_plan *made(const struct sheet_draft *d)
{
	const size_t steps = d->steps.n, columns = d->ncolumns * sizeof(d->columns[0]);
	const size_t memos = d->nmemos * sizeof(d->memo[0]);
	const size_t before = sizeof(struct sheet_plan) + steps + memos + columns;
	struct sheet_plan *plan = nf_alloc(before + d->text.n + d->width);
	char *at = (char *)plan;

	if (plan == NULL)
		return NULL;
	*plan = (struct sheet_plan){
		.room = d->text.n + d->width + d->nsteps * (size_t)SHEET_ROOM,
		.cells = d->cells,
		.ncolumns = d->ncolumns,
	};
	memcpy(plan->steps, d->steps.p, steps);
	at += sizeof(*plan) + steps;
	plan->memos = memcpy(at, d->memo, memos);
	at += memos;
	plan->columns = memcpy(at, d->columns, columns);
	at += columns;
	if (d->text.n > 0)
		memcpy(at, d->text.p, d->text.n);
	memset(at + d->text.n, 0, d->width);
	for (unsigned i = 0; i < d->nsteps; i++) {
		plan->steps[i].text = at;
		at += plan->steps[i].n + plan->steps[i].units;
	}
	return plan;
}

struct sheet_plan *sheet_draft_close(struct sheet_draft *d)
{
	struct sheet_plan *plan = NULL;

	end_step(d, (struct sheet_step){ .cell = SHEET_NONE, .op = SHEET_END });
	if (!d->text.failed && !d->steps.failed)
		plan = made(d);
	nf_strbuf_done(&d->text);
	nf_strbuf_done(&d->steps);
	return plan;
}
