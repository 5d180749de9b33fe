/*
 * What a checker found, by the message in which it was: for the names finding.* of filters.  Who
 * checks fills it in and settles it; from then on any thread may ask.
 *
 *	struct findings f;
 *
 *	findings_init(&f, &rules);
 *	findings_add(&f, &(struct findings_row){ .frame = 3, .rule = 7, .count = 1 });
 *	findings_settle(&f);
 *	n = findings_of(&f, file, frame, offset, &rows);
 *	findings_done(&f);
 */
#ifndef MODEL_FINDINGS_H
#define MODEL_FINDINGS_H

#include "ie/ie.h"

/* A rule that found something in one message. */
struct findings_row {
	uint64_t frame;
	uint32_t file;
	uint32_t message;		/* offset of the message in its payload */
	uint32_t count;			/* how often */
	uint16_t rule;			/* value in the labels of rules */
	uint8_t severity;		/* enum nf_severity */
};

struct findings {
	const struct nf_labels *rules;	/* borrowed: their ids, values 0, 1, 2 .. in order */
	struct findings_row *v;		/* once settled: by file, frame, message, rule */
	size_t n, cap;
	bool settled;			/* false: nothing is known yet */
};

void findings_init(struct findings *f, const struct nf_labels *rules);
void findings_done(struct findings *f);

/* A and B have each other's rows from here on; words for rules stay. */
void findings_swap(struct findings *a, struct findings *b);

/* False if memory is out. */
bool findings_add(struct findings *f, const struct findings_row *row);

/* All is there: rows of one message, rule and severity become one. */
void findings_settle(struct findings *f);

/* The rows of a message, in *ROWS; 0: nothing was found there, or nothing is known yet. */
uint32_t findings_of(const struct findings *f, uint32_t file, uint64_t frame, uint32_t message,
		     const struct findings_row **rows);

#endif
