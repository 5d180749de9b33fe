/*
 * The tree of a message: what detail.c (messages, sets, templates) and detail_field.c
 * (records, fields, lists) share.
 */
#ifndef OUT_DETAIL_H
#define OUT_DETAIL_H

#include "out/gutter.h"
#include "out/out.h"

/* the column of names is so wide; longer ones push the value */
enum { DETAIL_NAME = 27 };

struct detail {
	struct out *o;
	const struct nf_msg *msg;
	const struct nf_rec *rec;	/* whose fields are being shown */
	struct gutter gutter;
	const char *noun;		/* of the records of the current set, indented */
	size_t noun_len;
	uint64_t records;		/* of it so far */
};

/* The name before, and the units behind a value, for the layout cache. */
extern const struct layouts_texts detail_texts;

/* A line per field of R.  LISTS may be NULL where there cannot be lists (headers). */
void detail_fields(struct detail *d, unsigned depth, const struct nf_rec *r,
		   const struct nf_list_ctx *lists);

/* A line for octets that are no field: "Padding, 3 octets". */
void detail_stretch(struct detail *d, unsigned depth, const char *what, struct nf_span span);

/* ", template of frame 3": where a layout comes from. */
void detail_resolution(struct detail *d, const struct nf_resolution *r);

#endif
