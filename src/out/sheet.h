/*
 * A few records of one layout as text.  Most of what a record takes are the digits of its numbers;
 * those of a column are made together (base/cells.h), and lines are then put together from the
 * texts of a plan and from cells.  What is no column the format writes when its turn comes.
 *
 *	sheet_open(&s, plan, layout);
 *	do {
 *		nf_rows_fill(&s.rows, &recs);
 *		sheet_fill(&s, NULL, NULL);
 *		... for each row, by the steps of the plan: sheet_put_text, sheet_put_cell ...
 *	} while (sheet_more(&s));
 */
#ifndef OUT_SHEET_H
#define OUT_SHEET_H

#include "out/sheet_plan.h"

/* What a format says behind a number. */
struct sheet_remark {
	const char *text;	/* SHEET_REMARK octets may be read; NULL: ask when its turn comes */
	size_t n;		/* octets of it: SHEET_REMARK at most */
};

enum { SHEET_REMARK = 48 };

struct sheet_cells {
	struct nf_cells values;
	struct sheet_remark remarks[NF_CELLS];		/* where the column has them */
};

struct sheet {
	struct nf_rows rows;		/* their values do not stand in it */
	const struct sheet_plan *plan;
	struct sheet_cells *cells;	/* those of each column */
	size_t ncells, nshifts;		/* room for so many */
	bool filled;			/* the cells of the rows are made */
	struct nf_rec recs[NF_ROWS];
};

/* The rest of what a zeroed sheet has is made as it is needed. */
void sheet_done(struct sheet *s);

/* For records of LAYOUT by PLAN; none are there yet.  False if memory is out. */
bool sheet_open(struct sheet *s, const struct sheet_plan *plan, const struct nf_layout *layout);

/* What is to be said behind N numbers V of FIELD, in texts that stand for as long as the rows. */
typedef void sheet_remarks(void *ctx, unsigned field, const uint64_t *v, unsigned n,
			   struct sheet_remark *remarks);

/*
 * The cells of the rows that are there, where this is sooner done than writing values in place.
 * REMARKS may be NULL where the plan has none.
 */
void sheet_fill(struct sheet *s, sheet_remarks *remarks, void *ctx);

/* All rows were written: room for others.  False if there was room before: those were the last. */
static inline bool sheet_more(struct sheet *s)
{
	bool more = s->rows.n == s->rows.most;

	s->rows.n = 0;
	return more;
}

/* Where the cells of a row stand in the first column. */
struct sheet_row {
	const struct nf_rec *rec;
	const char *lengths, *ends, *remarks;
};

static inline struct sheet_row sheet_row(const struct sheet *s, unsigned row)
{
	return (struct sheet_row){
		.rec = &s->recs[row],
		.lengths = (const char *)&s->cells->values.n[row],
		.ends = s->cells->values.text[row] + NF_CELL,
		.remarks = (const char *)&s->cells->remarks[row],
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

/* The text of a step, of up to WIDTH octets (48 or 64) as its draft was told, at P. */
__attribute__((always_inline))
static inline char *sheet_put_text(char *p, const struct sheet_step *step, size_t width, bool wide)
{
	const char *text = step->text;
	const size_t n = step->n;	/* before what is written, which might be over it */

	sheet_copy32(p, text, wide);
	if (width == 48)
		memcpy(p + 32, text + 32, 16);
	else
		sheet_copy32(p + 32, text + 32, wide);
	return p + n;
}

/* The cell of a step at P; P where the number is too long for one. */
static inline char *sheet_put_cell(char *p, const struct sheet_step *step,
				   const struct sheet_row *row)
{
	uint32_t n;

	memcpy(&n, row->lengths + step->cells, sizeof(n));
	memcpy(p, row->ends + step->cells - n, NF_CELL);
	return p + n;
}

/* What stands behind it at P; NULL where the format is to be asked. */
static inline char *sheet_put_remark(char *p, const struct sheet_step *step,
				     const struct sheet_row *row)
{
	struct sheet_remark remark;

	memcpy(&remark, row->remarks + step->cells, sizeof(remark));
	if (remark.text == NULL)
		return NULL;
	memcpy(p, remark.text, SHEET_REMARK);
	return p + remark.n;
}

/* How far a row has come. */
struct sheet_at {
	const struct sheet_step *step;
	char *p;
};

/*
 * The steps from AT on that are cells, and the text of the one behind them: its value, with its
 * remark, is for the caller to write.  A step is a few loads and stores: a function that does
 * nothing else has all it needs in registers.
 */
__attribute__((always_inline))
static inline struct sheet_at sheet_run(const struct sheet_row *row, struct sheet_at at,
					size_t width, bool remarks)
{
	const struct sheet_row cells = *row;

	for (;; at.step++) {
		char *from = at.p = sheet_put_text(at.p, at.step, width, true);

		if (at.step->cells == SHEET_NONE)
			return at;
		at.p = sheet_put_cell(from, at.step, &cells);
		if (at.p == from)
			return at;
		if (remarks && at.step->remark) {
			char *end = sheet_put_remark(at.p, at.step, &cells);

			if (end == NULL) {
				at.p = from;
				return at;
			}
			at.p = end;
		}
	}
}

#endif
