/*
 * How the records of a layout become text: what stands before each value, and which values are
 * made a column at a time (see sheet.h).  A format makes a plan once a layout:
 *
 *	struct sheet_draft d;
 *
 *	sheet_draft_open(&d, entry, WIDTH);
 *	nf_sb_str(&d.text, "source=");
 *	sheet_draft_field(&d, i, false);
 *	nf_sb_char(&d.text, '\n');
 *	plan = sheet_draft_close(&d);
 */
#ifndef OUT_SHEET_PLAN_H
#define OUT_SHEET_PLAN_H

#include "base/cells.h"
#include "out/layouts.h"

enum {
	SHEET_COLUMNS = 128,	/* of a plan at most: other fields are written one by one */
	SHEET_ROOM = 96,	/* what a value that a format writes in place may take */
};

/* A text and the value behind it. */
struct sheet_step {
	const char *text;	/* WIDTH octets may be read */
	uint32_t n;		/* octets that it has: WIDTH at most */
	uint32_t cells;		/* those of its column: so far into the sheet's; or SHEET_NONE */
	uint32_t offset;	/* of the value in the record: see nf_fielddef */
	uint16_t nvar;
	uint16_t field;		/* of the layout */
	uint8_t op;		/* enum layouts_op; or one of these */
	uint8_t how;		/* SHEET_ASK: what the format said */
	uint8_t length;		/* of the value */
	bool quoted;		/* it is no number: see layouts_quoted */
	bool remark;		/* a text of the format's choice stands behind it */
};

#define SHEET_NONE UINT32_MAX

enum {
	SHEET_ASK = LAYOUTS_OTHER,	/* the format writes what stands behind the text */
	SHEET_MORE,			/* nothing does */
	SHEET_END,			/* nor is there another step */
};

enum sheet_kind { SHEET_NUMBER, SHEET_IPV4, SHEET_HEX };

struct sheet_column {
	struct nf_column from;
	struct nf_cells_from here;	/* the same, where DIRECT */
	bool direct;		/* up to 4 octets, with nothing variable before them */
	bool remark;
	uint8_t kind;		/* enum sheet_kind */
	uint8_t octets;		/* of the field */
};

/* One block, for nf_free. */
struct sheet_plan {
	size_t room;		/* what a record takes where no value takes more than SHEET_ROOM */
	unsigned ncolumns;
	const struct sheet_column *columns;
	struct sheet_step steps[];
};

/* A plan in the making. */
struct sheet_draft {
	const struct layouts_entry *entry;
	struct nf_strbuf text;	/* of all steps: formats append to it */
	size_t from, width;	/* of the current step */
	struct nf_strbuf steps;
	unsigned nsteps, ncolumns;
	struct sheet_column columns[SHEET_COLUMNS];
};

/* Texts are copied in blocks of WIDTH octets: see sheet_put_text. */
void sheet_draft_open(struct sheet_draft *d, const struct layouts_entry *entry, unsigned width);

/*
 * Behind the text stands the value of field I, and, where it is a number with a REMARK, what the
 * format chooses to say.  Where its op is LAYOUTS_OTHER the format is asked.
 */
void sheet_draft_field(struct sheet_draft *d, unsigned i, bool remark);

/* Behind it stands what the format writes when it is asked for field I; HOW is its own. */
void sheet_draft_ask(struct sheet_draft *d, unsigned i, unsigned how);

/* NULL if memory is out. */
struct sheet_plan *sheet_draft_close(struct sheet_draft *d);

#endif
