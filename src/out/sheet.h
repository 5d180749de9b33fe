/*
 * A few records of one layout as text.  Most of what a record takes are the digits of its numbers;
 * those of a column are made together (base/cells.h), and lines are then put together from the
 * texts of a plan and from cells.  What is no column the format writes when its turn comes.
 *
 *	sheet_open(&s, plan, layout);
 *	do {
 *		nf_rows_fill(&s.rows, &recs);
 *		sheet_fill(&s, &clock);
 *		... for each row, by the steps of the plan: sheet_put_text, sheet_put_cell ...
 *	} while (sheet_more(&s));
 */
#ifndef OUT_SHEET_H
#define OUT_SHEET_H

#include "ie/times.h"
#include "out/sheet_plan.h"

/* Times: texts of N octets each, from the left; 0: the format is to be asked. */
enum { SHEET_LONG = 32 };

struct sheet_long_cells {
	uint32_t n[NF_CELLS];
	char text[NF_CELLS][SHEET_LONG];
};

/* What times in records need. */
struct sheet_clock {
	struct nf_time_cache *cache;
	/* of the header, which uptimes count from; false: they mean no time of day */
	bool uptimes;
	uint32_t uptime_ms;
	int64_t export_ms;
};

struct sheet {
	struct nf_rows rows;		/* their values do not stand in it */
	const struct sheet_plan *plan;
	char *cells;			/* of each column an nf_cells or a sheet_long_cells */
	size_t ncells, nshifts;		/* room for so many */
	bool filled;			/* the cells of the rows are made */
	struct nf_rec recs[NF_ROWS];
};

/* The rest of what a zeroed sheet has is made as it is needed. */
void sheet_done(struct sheet *s);

/* For records of LAYOUT by PLAN; none are there yet.  False if memory is out. */
bool sheet_open(struct sheet *s, const struct sheet_plan *plan, const struct nf_layout *layout);

/* The cells of the rows that are there, where this is sooner done than writing values in place. */
void sheet_fill(struct sheet *s, const struct sheet_clock *clock);

/*
 * " = 2023-01-01T01:00:05.002Z" at P: the time that an uptime means.  It is as long before the
 * export as the header's uptime says, modulo 2^32, or up to NF_FLOWTIME_SLACK after it.
 */
char *sheet_put_uptime(char *p, const struct sheet_clock *clock, uint32_t uptime_ms);

/* All rows were written: room for others.  False if there was room before: those were the last. */
static inline bool sheet_more(struct sheet *s)
{
	bool more = s->rows.n == s->rows.most;

	s->rows.n = 0;
	return more;
}

/* Where the cells of a row stand in a column that is the first one. */
struct sheet_row {
	const struct nf_rec *rec;
	const struct sheet_memo *memos;
	const char *lengths, *ends, *longs;
};

static inline struct sheet_row sheet_row(const struct sheet *s, unsigned row)
{
	const struct nf_cells *cells = (const struct nf_cells *)(const void *)s->cells;
	const struct sheet_long_cells *longs = (const void *)s->cells;

	return (struct sheet_row){
		.rec = &s->recs[row],
		.memos = s->plan->memos,
		.lengths = (const char *)&cells->n[row],
		.ends = cells->text[row] + NF_CELL,
		.longs = longs->text[row],
	};
}

/* 32 octets: of what is WIDE, which the functions of NF_CELLS_WIDE are, with one instruction. */
__attribute__((always_inline))
static inline void sheet_copy32(char *p, const char *from, bool wide)
{
	char octets __attribute__((vector_size(32)));

	if (wide) {
		memcpy(&octets, from, sizeof(octets));
		memcpy(p, &octets, sizeof(octets));
	} else {
		memcpy(p, from, sizeof(octets));
	}
}

/* N octets of TEXT at P, in blocks of 32: there is room for one more, and so much may be read. */
__attribute__((always_inline))
static inline char *sheet_put(char *p, const char *text, size_t n, bool wide)
{
	for (size_t i = 0; i < n; i += 32)
		sheet_copy32(p + i, text + i, wide);
	return p + n;
}

/* The text of a step, of up to WIDTH octets (40, 48 or 64) as its draft was told, at P. */
__attribute__((always_inline))
static inline char *sheet_put_text(char *p, const struct sheet_step *step, size_t width, bool wide)
{
	const char *text = step->text;
	const size_t n = step->n;	/* before what is written, which might be over it */

	sheet_copy32(p, text, wide);
	if (width == 64)
		sheet_copy32(p + 32, text + 32, wide);
	else if (n > 32)
		memcpy(p + 32, text + 32, width - 32);
	return p + n;
}

/* The cell of a step at P; P where the number is too long for one. */
static inline char *sheet_put_cell(char *p, const struct sheet_step *step,
				   const struct sheet_row *row)
{
	uint32_t n;

	memcpy(&n, row->lengths + step->cell, sizeof(n));
	memcpy(p, row->ends + step->cell - n, NF_CELL);
	return p + n;
}

/* The same of a long one, of functions of NF_CELLS_WIDE. */
__attribute__((always_inline))
static inline char *sheet_put_long(char *p, const struct sheet_step *step,
				   const struct sheet_row *row)
{
	uint32_t n;

	memcpy(&n, row->lengths + step->other, sizeof(n));
	sheet_copy32(p, row->longs + step->other, true);
	return p + n;
}

/* The units behind a number, of which there is ONE or not, at P. */
static inline char *sheet_put_units(char *p, const struct sheet_step *step, bool one)
{
	const size_t n = step->units;

	memcpy(p, step->text + step->n, SHEET_UNITS);
	return p + n - one;
}

/* The same where it has a cell. */
static inline char *sheet_put_cell_units(char *p, const struct sheet_step *step,
					 const struct sheet_row *row)
{
	const char *end = row->ends + step->cell;
	uint32_t n;

	memcpy(&n, row->lengths + step->cell, sizeof(n));
	return sheet_put_units(p, step, (n == 1) & (end[-1] == '1'));
}

/* The number of a field in R that has a memo. */
static inline uint32_t sheet_memo_value(const struct sheet_memo *m, const struct nf_rec *r)
{
	return nf_be32(r->p + m->word.offset) >> m->word.shift & m->word.mask;
}

/* What its memo has for it at P; P if it has nothing. */
__attribute__((always_inline))
static inline char *sheet_put_memo(char *p, const struct sheet_memo *m, const struct nf_rec *r,
				   bool wide)
{
	const uint32_t v = sheet_memo_value(m, r);
	const struct memo_slot *slot = memo_slot(m->memo, v);
	const size_t n = slot->n;

	if (!memo_knows(slot, v))
		return p;
	sheet_copy32(p, slot->text, wide);
	if (n > 32)
		memcpy(p + 32, slot->text + 32, MEMO_TEXT - 32);
	return p + n;
}

/* How far a row has come. */
struct sheet_at {
	const struct sheet_step *step;
	char *p;
};

/*
 * The steps from AT on that are cells, or in MEMOS, and the text of the one behind them: its value
 * is for the caller to write.  A step is a few loads and stores: a function that does nothing else
 * has all it needs in registers.
 */
__attribute__((always_inline))
static inline struct sheet_at sheet_run(const struct sheet_row *row, struct sheet_at at,
					size_t width, bool memos)
{
	const struct sheet_row cells = *row;

	for (;; at.step++) {
		const struct sheet_step *step = at.step;
		char *from = at.p = sheet_put_text(at.p, step, width, true);

		if (__builtin_expect(step->cell != SHEET_NONE, 1)) {
			at.p = sheet_put_cell(from, step, &cells);
			if (at.p == from)
				return at;
			if (memos && step->units > 0)
				at.p = sheet_put_cell_units(at.p, step, &cells);
			continue;
		}
		if (memos && step->source == SHEET_MEMO)
			at.p = sheet_put_memo(from, &cells.memos[step->other], cells.rec, true);
		else if (step->source == SHEET_LONG_CELL)
			at.p = sheet_put_long(from, step, &cells);
		if (at.p == from)
			return at;
	}
}

#endif
