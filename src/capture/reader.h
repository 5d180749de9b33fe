/*
 * Readers: one per kind of file, all with the same few operations.
 *
 *	struct reader *r = reader_open(in, file, &drops, &err);
 *	while (reader_next(r, &f, &err) != READER_END) ...
 *
 * A reader can also look ahead: reader_look tells the stamps of the frames that follow,
 * one at a time, as far as whole frames are there; it never waits on a pipe.
 */
#ifndef CAPTURE_READER_H
#define CAPTURE_READER_H

#include "capture/frame.h"
#include "capture/input.h"

/* The "link type" of a message of an IPFIX File, which has no link. */
enum { FRAME_IPFIX_FILE = -1 };

enum reader_got {
	READER_FRAME,
	READER_TROUBLE,		/* *ERR; what can be saved follows */
	READER_END,
	READER_NOT_YET,		/* order_next alone: nothing now, and the caller would not wait */
};

enum reader_look {
	LOOK_FRAME,
	LOOK_NOT_YET,		/* a live input: the next frame is not there, or not all of it */
	LOOK_END,		/* the input ends here */
	LOOK_BLIND,		/* something is wrong, or too large: only reading tells */
};

/* A frame that reader_look saw. */
struct sighting {
	int64_t ts_ns;
	uint32_t caplen;
};

struct reader;

struct reader_ops {
	const char *name;	/* "pcap" */
	enum reader_got (*next)(struct reader *r, struct frame *f, struct nf_err *err);
	enum reader_look (*look)(struct reader *r, struct sighting *seen);
	void (*skip)(struct reader *r);
	void (*close)(struct reader *r);
};

struct reader {
	const struct reader_ops *ops;
	struct input *in;	/* borrowed */
	uint32_t file;		/* index into the files of the command line */
	uint64_t number;	/* of the frame read last */
	int64_t last_ts;	/* its stamp */
	uint64_t *drops;	/* counts what the capturing machine dropped */
	unsigned troubles;
	bool fixed_order;	/* the file's own order is the right one (an IPFIX File) */
	bool over;		/* trouble that nothing follows */
};

/*
 * The reader for what IN begins with.  NULL and *ERR where that is no capture (ENV: the
 * text names what it is and the way out) or is cut in its header (DAMAGE).
 */
struct reader *reader_open(struct input *in, uint32_t file, uint64_t *drops, struct nf_err *err);

/* The next frame, waiting for it.  After the first few troubles of a file the rest is summed up. */
enum reader_got reader_next(struct reader *r, struct frame *f, struct nf_err *err);

/* The frame after those looked at already. */
enum reader_look reader_look(struct reader *r, struct sighting *seen);

/* Pass over the next frame, which reader_look has seen. */
void reader_skip(struct reader *r);

void reader_close(struct reader *r);

/* For the readers themselves: the parts of opening and of trouble that all share. */
void reader_init(struct reader *r, const struct reader_ops *ops, struct input *in, uint32_t file,
		 uint64_t *drops);

/*
 * "FILE: <text>" as DAMAGE, with the reason for the end of the input where that is its own
 * (gz data that is cut); always READER_TROUBLE.
 */
enum reader_got reader_trouble(struct reader *r, struct nf_err *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* At the end between two frames: READER_END, or first the input's own trouble. */
enum reader_got reader_end(struct reader *r, struct nf_err *err);

#endif
