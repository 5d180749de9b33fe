#include <config.h>

#include "out/sheet.h"

#include "base/mem.h"
#include "track/flowtime.h"

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
		      nf_grow(&cells, &s->ncells, plan->cells + SHEET_LONG, 1);

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
	case SHEET_MS:
	case SHEET_UPTIME:
		return;
	}
	if (few < n)
		nf_cells_repeat(c, n);
}

char *sheet_put_uptime(char *p, const struct sheet_clock *clock, uint32_t uptime_ms)
{
	int64_t age = (uint32_t)(clock->uptime_ms - uptime_ms);

	if (!clock->uptimes)
		return p;
	if (age > INT64_C(0x100000000) - NF_FLOWTIME_SLACK)
		age -= INT64_C(0x100000000);
	memcpy(p, " = ", 3);
	return nf_put_ms(p + 3, clock->export_ms - age, clock->cache);
}

static void make_uptimes(struct sheet_long_cells *c, const struct sheet_clock *clock,
			 const uint32_t *v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		c->n[i] = (uint32_t)(sheet_put_uptime(c->text[i], clock, v[i]) - c->text[i]);
}

static void make_times(struct sheet_long_cells *c, const struct sheet_clock *clock,
		       const uint64_t *v, unsigned n, bool quotes)
{
	for (unsigned i = 0; i < n; i++)
		c->n[i] = (uint32_t)(layouts_put_ms(c->text[i], v[i], quotes, clock->cache) -
				     c->text[i]);
}

/* Those of flows of PROTOCOL, or of none that is known, become empty. */
static void empty_cells(struct nf_cells *c, const struct nf_rec *recs, unsigned n, uint8_t protocol)
{
	uint64_t v;

	for (unsigned i = 0; i < n; i++)
		if (!nf_slot(&recs[i], NF_ROLE_PROTOCOL, &v) || v == protocol)
			c->n[i] = 0;
}

/* The records of a sheet while their cells are made. */
struct fill {
	const struct sheet *s;
	const struct sheet_clock *clock;
	unsigned n;
	const uint8_t *at[NF_CELLS];
	uint32_t words[NF_CELLS];	/* of the column before, where it was direct */
};

static void make(const struct fill *f, const struct sheet_column *column, const uint32_t *v,
		 struct nf_cells_bits bits)
{
	void *cells = f->s->cells + column->cells;

	if (column->kind == SHEET_UPTIME)
		make_uptimes(cells, f->clock, v, f->n);
	else
		make_cells(cells, column, v, bits, f->n);
}

/* A column of more than 4 octets, or behind something variable. */
static void fill_indirectly(const struct fill *f, const struct sheet_column *column)
{
	void *cells = f->s->cells + column->cells;
	struct nf_cells_bits bits;
	uint64_t wide[NF_CELLS];
	uint32_t v[NF_CELLS];

	nf_column_read(&column->from, f->s->recs, f->n, wide);
	if (column->kind == SHEET_MS)
		make_times(cells, f->clock, wide, f->n, column->quotes);
	else if (nf_cells_narrow(v, wide, f->n, &bits))
		make(f, column, v, bits);
	else
		nf_cells_long(cells, wide, f->n);
}

static void fill_directly(struct fill *f, const struct sheet_column *column)
{
	struct nf_cells_bits bits;
	uint32_t v[NF_CELLS];

	bits = column->again ? nf_cells_again(v, f->words, f->n, &column->here) :
			       nf_cells_read(v, f->words, f->at, f->n, &column->here);
	make(f, column, v, bits);
}

static void fill_column(struct fill *f, const struct sheet_column *column)
{
	if (column->direct)
		fill_directly(f, column);
	else
		fill_indirectly(f, column);
	if (column->protocol != 0)
		empty_cells((void *)(f->s->cells + column->cells), f->s->recs, f->n,
			    column->protocol);
}

void sheet_fill(struct sheet *s, const struct sheet_clock *clock)
{
	struct fill f;

	s->filled = s->plan->ncolumns > 0 && s->rows.n >= FEW && nf_cells_here();
	if (!s->filled)
		return;
	f.s = s;
	f.clock = clock;
	f.n = repeat_last(s);
	for (unsigned i = 0; i < f.n; i++)
		f.at[i] = s->recs[i].p;
	for (unsigned i = 0; i < s->plan->ncolumns; i++)
		fill_column(&f, &s->plan->columns[i]);
}
