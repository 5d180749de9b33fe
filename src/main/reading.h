/*
 * The way of all commands that read captures: inputs, what options say, and the display filter are
 * opened; message after message is handed on; then comes what is left to say, and the exit code.
 *
 *	struct x_run { struct reading reading; ... } r;
 *
 *	if (reading_open(&r.reading, cli, joins) == 0 && open_x(&r) == 0) {
 *		reading_all(&r.reading, &ops);
 *		...
 *	}
 *	x_free(r.x);
 *	return reading_close(&r.reading);
 *
 * The functions of the ops find their own in the struct that begins with the reading.
 */
#ifndef MAIN_READING_H
#define MAIN_READING_H

#include "main/filtering.h"
#include "main/joining.h"
#include "main/recording.h"
#include "main/service.h"
#include "main/writer.h"

/* Problems of the next message, to two who want them. */
struct problem_tee {
	struct nf_sink sink;
	const struct nf_sink *to[2];
};

struct reading {
	const struct cli *cli;
	struct report report;
	struct pipeline pipeline;
	struct joining joining;
	struct filtering filtering;
	struct service service;
	struct problem_tee tee;
	struct writer writer;
	struct recording recording;
	struct check *check;		/* the command's, for main/checking.h; NULL: none */
	bool begun;			/* all was open, and reading began */
	bool broken;			/* memory was out, and that was said */
	bool waits;			/* sets are held, and that was said */
};

struct reading_ops {
	/* Shown are sums: where input is live, an interrupt ends it, and not the run. */
	bool sums;
	/* Asks the filter itself, record by record, --filter-explain or not. */
	bool filters;
	/* Messages and held sets that the options hide are handed on too. */
	bool hidden;
	/* Where problems of the next message go, and whether more is wanted; may be NULL. */
	const struct nf_sink *(*sink)(struct reading *r);
	bool (*wants)(const struct reading *r);
	/* False where going on is of no use. */
	bool (*message)(struct reading *r, const struct nf_view *v, bool shows);
	bool (*late)(struct reading *r, const struct nf_late *late);
	/* What is no flow export: as in struct pipeline_hooks.  May be NULL. */
	void (*refused)(struct reading *r, const struct nf_datagram *d, enum nf_refusal why);
	void (*event)(struct reading *r, const struct capture_event *e);
	void (*packet)(struct reading *r, const struct capture_packet *p);
};

/* JOINS: the command shows what options say.  -1: what is wrong was said. */
int reading_open(struct reading *r, const struct cli *cli, bool joins);

/* All messages and held sets.  Those that nobody wants are read: nobody else learns from them. */
void reading_all(struct reading *r, const struct reading_ops *ops);

/* All is closed; an exit code. */
int reading_close(struct reading *r);

/* -- What commands share -------------------------------------------------------------- */

/* TEXT, borrowed until reading_close, is what is written, and stands before any message. */
void reading_writes(struct reading *r, struct nf_strbuf *text);

/* Memory was out: said once.  Always -1. */
int reading_memory(struct reading *r);

/* Something was written, or, not SOUND, memory was out.  False where going on is of no use. */
bool reading_written(struct reading *r, bool sound);

/*
 * The last of the text, behind what the filter explains.  False where the output failed, or nobody
 * reads it any more: nothing is left to say then.
 */
bool reading_flush(struct reading *r);

/* What there is to say of inputs and options; SKIPPED: what was skipped in any case. */
void reading_summary(struct reading *r, bool skipped);

/* SETS of records that were not shown, for they had no template. */
void reading_undecoded(struct reading *r, uint64_t sets);

/* Was anything read, so that sums are worth showing? */
bool reading_worth(const struct reading *r);

/* What is wrong with TEXT, which OPTION brought: a line, and below it the text and a caret. */
void reading_complain(struct reading *r, const char *option, const char *text,
		      const struct filter_error *fault);

#endif
