#include <config.h>

#include "out/sheet.h"

#include "base/mem.h"

enum { FEW = 4 };	/* of less rows values are sooner written in place */

/* For nf_rows_fill: records, without their values. */
static const struct nf_columns no_columns;

void sheet_done(struct sheet *s)
{
	nf_free(s->rows.shifts);
	nf_free(s->cells);
}

bool sheet_open(struct sheet *s, const struct sheet_plan *plan, const struct nf_layout *layout)
{
	size_t words = layout->nvar != 0 ? (size_t)NF_CELLS * (layout->nvar + 1u) : 1;
	void *shifts = s->rows.shifts, *cells = s->cells;
	bool enough = nf_grow(&shifts, &s->nshifts, words, sizeof(*s->rows.shifts)) &&
		      nf_grow(&cells, &s->ncells, plan->ncolumns + 1, sizeof(*s->cells));

	s->rows = (struct nf_rows){
		.recs = s->recs, .shifts = shifts, .most = NF_CELLS, .columns = &no_columns };
	s->cells = cells;
	s->plan = plan;
	return enough;
}

/* The last row again, up to a number of rows that all loops over them can take. */
static unsigned repeat_last(struct sheet *s)
{
	unsigned n = s->rows.n;

	for (; n % NF_CELLS_STEP != 0; n++)
		s->recs[n] = s->recs[n - 1];
	return n;
}

/* N cells of the numbers V.  What is the same in all rows is made for a few. */
static void make_cells(struct nf_cells *c, const struct sheet_column *column, const uint32_t *v,
		       struct nf_cells_bits bits, unsigned n)
{
	unsigned few = bits.any == bits.all ? NF_CELLS_STEP : n;

	switch ((enum sheet_kind)column->kind) {
	case SHEET_NUMBER:
		nf_cells_numbers(c, v, few, bits.any);
		break;
	case SHEET_IPV4:
		nf_cells_ipv4(c, v, few);
		break;
	case SHEET_HEX:
		nf_cells_hex(c, v, few, column->octets);
		break;
	}
	if (few < n)
		nf_cells_repeat(c, n);
}

static void fill_column(const struct sheet *s, unsigned i, unsigned n, const uint8_t *const *at,
			sheet_remarks *remarks, void *ctx)
{
	const struct sheet_column *column = &s->plan->columns[i];
	struct sheet_cells *cells = &s->cells[i];
	struct nf_cells_bits bits;
	uint64_t wide[NF_CELLS];
	uint32_t v[NF_CELLS];

	if (column->direct) {
		bits = nf_cells_read(v, at, n, &column->here);
	} else {
		nf_column_read(&column->from, s->recs, n, wide);
		if (column->remark)
			remarks(ctx, column->from.field, wide, s->rows.n, cells->remarks);
		if (!nf_cells_narrow(v, wide, n, &bits)) {
			nf_cells_long(&cells->values, wide, n);
			return;
		}
	}
	make_cells(&cells->values, column, v, bits, n);
}

void sheet_fill(struct sheet *s, sheet_remarks *remarks, void *ctx)
{
	const uint8_t *at[NF_CELLS];
	unsigned n;

	s->filled = s->plan->ncolumns > 0 && s->rows.n >= FEW && nf_cells_here();
	if (!s->filled)
		return;
	n = repeat_last(s);
	for (unsigned i = 0; i < n; i++)
		at[i] = s->recs[i].p;
	for (unsigned i = 0; i < s->plan->ncolumns; i++)
		fill_column(s, i, n, at, remarks, ctx);
}
