/*
 * The index of a browser: a row for each export message of the inputs, in the order in which they
 * come, and the way back from a row to its octets and their meaning.
 *
 *	struct store *s = store_open(paths, n, &opts, &err);
 *
 *	while (store_step(s, 2000000))		2 ms of work, whenever there is nothing else to do
 *		...
 *	view = store_read(s, row, sink, &err);	any row, at any time
 *
 * Payloads are not kept: they are read again from where they stand (capture/reread.h).  Inputs are
 * read once, without a look ahead, so that the first rows are there at once.  What templates that
 * come later say of messages before them is found when such a row is read, and once all is
 * loaded their counts are put right (see store_generation).
 *
 * Memory: STORE_ROW octets a message; the places of payloads that stand in several pieces; what
 * the tracker learns.  Jobs (model/store_job.h) and cursors have their own.
 *
 * One thread.  Nothing here waits, but for the disk, and for an input of which only the
 * beginning has come, or none (a FIFO that nobody has opened for writing).
 */
#ifndef MODEL_STORE_H
#define MODEL_STORE_H

#include "capture/source.h"
#include "model/filter.h"
#include "track/tracker.h"

enum {
	STORE_ROW = 48,
	STORE_KEPT = 8,		/* messages read last that stay valid */
};

/* What stands in a message, and what is odd about it. */
enum store_flag {
	STORE_TEMPLATES = 1,		/* definitions, or withdrawals */
	STORE_OPTIONS_TEMPLATES = 2,
	STORE_UNDECODED = 4,		/* a data set without a layout */
	STORE_BORROWED = 8,		/* a layout not in force there: late, other session */
	STORE_CUT = 16,			/* octets that the capture did not keep */
	STORE_TRAILING = 32,		/* octets behind it that no message claims */
	STORE_FOLLOWED = 64,		/* another message in the same datagram */
	STORE_HEADERLESS = 128,		/* cut in its header */
	STORE_STEPPED_BACK = 256,	/* its stamp is earlier than one before */
	STORE_PIECES = 512,		/* it came in several frames, or segments */
	STORE_PROBLEMS = 1024,		/* but for those within lists; see worst */
};

struct store_row {
	uint64_t ordinal;		/* of its datagram: those of refused ones are left out */
	uint64_t frame;
	int64_t ts_ns;
	const struct nf_session *session;
	uint32_t file;
	uint32_t offset;		/* of the message in the payload */
	uint32_t length;		/* of the payload, captured */
	uint32_t flows, options;	/* records; 65535 options: or more */
	uint16_t flags;			/* enum store_flag */
	uint8_t version;
	uint8_t worst;			/* of its problems, 1 + enum nf_severity; 0: none */
	bool ts_fine, duplicate;
};

struct store_hooks {
	void *ctx;
	/*
	 * Each message as it is met first, with what is known then: statistics, the joined tables
	 * and the checker learn from the same pass.
	 */
	void (*message)(void *ctx, const struct nf_view *v);
	void (*refused)(void *ctx, const struct nf_datagram *d, enum nf_refusal why);
	void (*event)(void *ctx, const struct capture_event *e);
	/* Each view before anyone sees it: msg.starts, say.  May be NULL, as may all. */
	void (*prepare)(void *ctx, struct nf_view *v);
};

struct store_opts {
	struct capture_opts capture;	/* framer, bpf, sort, max_memory; others are the store's */
	enum nf_scope scope;
	size_t max_templates;		/* as the tracker's */
	struct nf_registry *registry;	/* borrowed */
	struct store_hooks hooks;
};

struct store;

/* PATHS are borrowed until store_free.  NULL and *ERR where nothing can work. */
struct store *store_open(const char *const *paths, size_t n, const struct store_opts *opts,
			 struct nf_err *err);
void store_free(struct store *s);

/*
 * Read on for about BUDGET nanoseconds: messages, then what is to be put right.  False where
 * nothing is left to do now: all is loaded, or (store_progress) what comes has not come yet.
 */
bool store_step(struct store *s, uint64_t budget_ns);

struct store_progress {
	uint64_t octets, total;		/* read, and to be read; total 0: it cannot be told */
	bool loaded;			/* the inputs have ended; followed ones may grow on */
	bool settled;			/* and counts are what they will be */
	bool waiting;			/* a pipe or a followed file has nothing now */
};
struct store_progress store_progress(const struct store *s);

/*
 * From the end of the last file on, wait for more of it: as it is once it was loaded, or, again,
 * not.  It is read once more up to where it was; rows stand.  False where it cannot grow (a pipe,
 * compressed, standard input).
 */
bool store_follow(struct store *s, bool on);

/*
 * Whoever else wants to read input FILE (less than the number of paths) from its beginning, while
 * the store is there, opens this: what comes out of a pipe can be read once only, and is kept.
 * NULL as long as not all of that has come.
 */
const char *store_path(const struct store *s, uint32_t file);

/* What is wrong with inputs, in the order in which it was met: NULL behind the last one. */
const struct nf_err *store_trouble(const struct store *s, size_t i);

/* True where memory was out: rows are missing. */
bool store_failed(const struct store *s);

struct nf_tracker *store_tracker(struct store *s);
const struct capture_counts *store_counts(const struct store *s);

/* -- Rows ------------------------------------------------------------------------------ */

uint64_t store_rows(const struct store *s);

/* Row I, which is there. */
struct store_row store_row(const struct store *s, uint64_t i);

/* The last row whose stamp is not later, as far as stamps ascend; row 0 at least. */
uint64_t store_row_at(const struct store *s, int64_t ts_ns);

/*
 * The nearest row behind row FROM, or before it if BACK, that has one of FLAGS or a problem worse
 * than WORST (as in struct store_row); UINT64_MAX where there is none.  FROM need not be there:
 * UINT64_MAX stands before row 0 and behind the last one.
 */
struct store_want {
	uint16_t flags;			/* enum store_flag */
	uint8_t worst;
};
uint64_t store_row_next(const struct store *s, uint64_t from, bool back,
			const struct store_want *want);

/* The first row of that FRAME of FILE, or of the nearest one before; else row 0. */
uint64_t store_row_of_frame(const struct store *s, uint32_t file, uint64_t frame);

/*
 * The message of row I, read again, with what is known by now: valid until STORE_KEPT others were
 * read.  Facts that differ from one datagram to the next (identification, checksums, sequence
 * numbers of SCTP) are 0 in its datagram; the addresses of a session beyond the tracker's bound
 * are those of its exporter.  Problems of the header go to SINK, which may be NULL.  NULL and
 * *ERR where its octets are not to be had any more.
 */
const struct nf_view *store_read(struct store *s, uint64_t i, const struct nf_sink *sink,
				 struct nf_err *err);

/* Changes whenever counts of rows are put right: flow numbers behind such a row are then others. */
uint64_t store_generation(const struct store *s);

/* -- Flows ----------------------------------------------------------------------------- */

/* Flow records of all rows; they are numbered from 0 in the order of rows and records. */
uint64_t store_flows(const struct store *s);

/* Which row has flow N, and which of its flow records it is; N is less than store_flows. */
uint64_t store_flow_row(const struct store *s, uint64_t n, uint32_t *index);

/* The number of the first flow of row I, or of the next one that has any. */
uint64_t store_row_flow(const struct store *s, uint64_t i);

/*
 * A cursor over flow records.  Records of one message, asked for in ascending order, cost a step
 * each; those of fixed length in any order.
 */
struct store_cursor;

/* NULL if memory is out. */
struct store_cursor *store_cursor_new(struct store *s);
void store_cursor_free(struct store_cursor *c);

/*
 * Flow N: its record in AT->rec, its set, resolution, message and datagram around it, for filters
 * and columns; valid until the next call with this cursor.  OPTS of AT is the caller's to set.
 * NULL and *ERR where its octets are not to be had any more, or say something else by now.
 */
struct filter_at *store_flow(struct store_cursor *c, uint64_t n, struct nf_err *err);

/* What lists in the record that came last need, and its view, for outputs. */
const struct nf_view *store_cursor_view(const struct store_cursor *c);
const struct nf_recs *store_cursor_recs(const struct store_cursor *c);

#endif
