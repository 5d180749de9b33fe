/*
 * The tree of a message: what detail.c (messages, sets, templates), detail_field.c (records,
 * fields, lists) and detail_rows.c (records together) share.
 */
#ifndef OUT_DETAIL_H
#define OUT_DETAIL_H

#include "out/dissection.h"
#include "out/gutter.h"

/* the column of names is so wide; longer ones push the value */
enum { DETAIL_NAME = 27, DETAIL_NOUN = 32 };

/* Who hears of each line, once it is written; see dissection.c. */
struct detail_recorder {
	/* LINE has no parent and no end; an empty whole is own; text is an offset in o->text */
	void (*line)(struct detail_recorder *r, const struct dissection_node *line);
};

struct detail {
	struct out *o;
	const struct nf_msg *msg;
	struct sheet_clock clock;	/* of the message */
	const struct nf_rec *rec;	/* whose fields are being shown */
	struct gutter gutter;
	const char *noun;		/* of the set's records, indented: DETAIL_NOUN octets */
	size_t noun_len;
	uint64_t records;		/* of it so far */
	size_t held;			/* problems, the last ones, that are not to be told yet */
	bool plain;			/* neither gutter nor recorder: nobody asks for octets */
	struct detail_recorder *recorder;	/* or NULL */
	struct dissection_node line;	/* the current one */
	/* for lines: */
	uint32_t record;		/* of the message, DISSECTION_NONE outside */
	uint32_t nrecords;		/* so far */
	uint16_t set_id;
	const struct nf_version *version;
};

/* The name before, and the units behind a value, for the layout cache; and a plan of both. */
extern const struct layouts_texts detail_texts;
struct sheet_plan *detail_plan(const struct layouts_entry *e, struct memos *memos);

/* What stands behind values and is not the same for all of them: layouts_text.remark. */
enum detail_remark {
	DETAIL_NONE,
	DETAIL_PLURAL,			/* units, in the singular behind a 1 */
	DETAIL_LABEL,
	DETAIL_ICMP,			/* the same in flows of one protocol, nothing in others */
	DETAIL_UPTIME,
	DETAIL_SECONDS,			/* of a header: the time that they are */
	DETAIL_OTHER,
};

/* A flow of another protocol has zeros in its ICMP fields: no "echo reply". */
bool detail_is_labelled(const struct detail *d, const struct nf_ie *ie);

/* The value of F, field I of its layout, its units and what there is to say about it. */
void detail_value(struct detail *d, const struct nf_field *f, const struct layouts_entry *texts,
		  unsigned i);

/* For what M holds; its gutter is to be opened. */
struct detail detail_open(struct out *o, const struct nf_msg *m);

/*
 * A line DEPTH steps in, for the octets OWN (of length 0: none).  What else is known of it goes
 * into d->line before its end.
 */
void detail_begin(struct detail *d, unsigned depth, enum dissection_kind kind,
		  struct nf_span own);
void detail_end(struct detail *d);

/* The message, with a line to RECORDER each (or NULL). */
void detail_message(struct out *o, const struct nf_view *v, struct detail_recorder *recorder);

/* A line per field of R.  LISTS may be NULL where there cannot be lists (headers). */
void detail_fields(struct detail *d, unsigned depth, const struct nf_rec *r,
		   const struct nf_list_ctx *lists);

/*
 * Without gutter, recorder and colour: the line of a row of o->sheet, which is open by the plan of
 * its layout, and a line per field; and, without a line of its own, that of a message's header.
 */
void detail_row(struct detail *d, unsigned row);
void detail_header(struct detail *d, const struct nf_rec *header);

/* Before the rows: what they have in common. */
void detail_fill(struct detail *d);

/* A line for octets that are no field: "Padding, 3 octets". */
void detail_stretch(struct detail *d, unsigned depth, enum dissection_kind kind, const char *what,
		    struct nf_span span);

/* Octets that stand for themselves in the gutter, below the line that says why. */
void detail_undecoded(struct detail *d, unsigned depth, struct nf_span span);

/* ", template of frame 3": where a layout comes from. */
void detail_resolution(struct detail *d, const struct nf_resolution *r);

#endif
