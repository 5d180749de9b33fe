/*
 * How the records of a layout become text: what stands before each value, and which values are
 * made a column at a time (see sheet.h).  A format makes a plan once a layout:
 *
 *	struct sheet_draft d;
 *
 *	sheet_draft_open(&d, entry, WIDTH, NULL);
 *	nf_sb_str(&d.text, "source=");
 *	sheet_draft_field(&d, i);
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
	SHEET_UNITS = 16,
};

/* Where the text of a value comes from. */
enum sheet_source {
	SHEET_IN_PLACE,		/* it is made when its turn comes: see op */
	SHEET_LONG_CELL,
	SHEET_MEMO,
};

/* A text and the value behind it. */
struct sheet_step {
	const char *text;	/* WIDTH octets may be read; the units stand behind it */
	uint32_t cell;		/* of its column: so far into the sheet's; or SHEET_NONE */
	uint32_t other;		/* the same of a long one; or which memo of the plan */
	uint32_t offset;	/* of the value in the record: see nf_fielddef */
	uint16_t nvar;
	uint16_t field;		/* of the layout */
	uint16_t n;		/* octets of the text: WIDTH at most */
	uint8_t units;		/* octets behind the value; behind a 1 there is one less */
	uint8_t source;		/* enum sheet_source, where there is no cell */
	uint8_t op;		/* enum layouts_op; or one of these */
	uint8_t how;		/* SHEET_ASK: what the format said */
	uint8_t length;		/* of the value */
	bool quoted;		/* it is no number: see layouts_quoted */
};

#define SHEET_NONE UINT32_MAX

enum {
	SHEET_ASK = LAYOUTS_OTHER,	/* the format writes what stands behind the text */
	SHEET_MORE,			/* nothing does */
	SHEET_END,			/* nor is there another step */
};

enum sheet_kind { SHEET_NUMBER, SHEET_IPV4, SHEET_HEX, SHEET_MS, SHEET_UPTIME };

struct sheet_column {
	struct nf_column from;
	struct nf_cells_from here;	/* the same, where DIRECT */
	bool direct;		/* up to 4 octets, with nothing variable before them */
	bool again;		/* they stand in the words of the column before */
	bool quotes;		/* around a time */
	uint8_t kind;		/* enum sheet_kind */
	uint8_t octets;		/* of the field */
	uint8_t protocol;	/* empty in flows of this one; 0: in none */
	uint32_t cells;		/* so far into the sheet's */
};

/* A field whose values are remembered. */
struct sheet_memo {
	struct memo *memo;
	struct nf_cells_from word;	/* of the value */
};

/* One block, for nf_free. */
struct sheet_plan {
	size_t room;		/* what a record takes where no value takes more than SHEET_ROOM */
	size_t cells;		/* octets that the cells of all columns take */
	unsigned ncolumns;
	const struct sheet_column *columns;
	const struct sheet_memo *memos;
	struct sheet_step steps[];
};

/* A plan in the making. */
struct sheet_draft {
	const struct layouts_entry *entry;
	struct memos *memos;
	bool quotes;		/* around times */
	struct nf_strbuf text;	/* of all steps: formats append to it */
	size_t from, width;	/* of the current step */
	struct nf_strbuf steps;
	unsigned nsteps, ncolumns, nmemos;
	uint32_t cells;
	struct sheet_column columns[SHEET_COLUMNS];
	struct sheet_memo memo[MEMO_MAX];
};

/*
 * Texts are copied in blocks of WIDTH octets: see sheet_put_text.  MEMOS may be NULL where no value
 * is to be remembered.
 */
void sheet_draft_open(struct sheet_draft *d, const struct layouts_entry *entry, unsigned width,
		      struct memos *memos);

/*
 * Behind the text stands the value of field I.  Where its op is LAYOUTS_OTHER the format is asked,
 * as it is for a number or a time that turns out to have no cell.
 */
void sheet_draft_field(struct sheet_draft *d, unsigned i);

/*
 * Behind it stands the number in field I where the flow is of another protocol than its label is
 * for; else the format is asked, HOW being its own.
 */
void sheet_draft_icmp(struct sheet_draft *d, unsigned i, unsigned how);

/*
 * What was appended since are units, in the plural, of up to SHEET_UNITS octets; behind a 1 their
 * last octet is not written.
 */
void sheet_draft_units(struct sheet_draft *d);

/* Behind it stands a value that is remembered; the format is asked for those that are not. */
void sheet_draft_memo(struct sheet_draft *d, unsigned i, unsigned how);

/* Behind it stands what the uptime in field I means; HOW as in sheet_draft_ask. */
void sheet_draft_uptime(struct sheet_draft *d, unsigned i, unsigned how);

/* Behind it stands what the format writes when it is asked for field I; HOW is its own. */
void sheet_draft_ask(struct sheet_draft *d, unsigned i, unsigned how);

/* NULL if memory is out. */
struct sheet_plan *sheet_draft_close(struct sheet_draft *d);

#endif
