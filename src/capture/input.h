/*
 * One input, whatever it is packed in: a window over its (decompressed) octets.
 *
 * Octets are named by their offset from the start of the input.  Those from `tail` up to
 * `end` are in a ring in memory.  A reader asks for octets with input_have, looks at them
 * with input_copy or input_at, and lets go of them with input_release; the ring grows where
 * it must.  libpcap reads the same octets through the FILE of input_file.
 *
 * A pipe is never waited on for more than is asked for.
 */
#ifndef CAPTURE_INPUT_H
#define CAPTURE_INPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "capture/codec.h"
#include "capture/raw.h"
#include "capture/spool.h"

enum input_wait { INPUT_NOWAIT, INPUT_WAIT };

enum input_have {
	INPUT_THERE,
	INPUT_NOT_YET,	/* with INPUT_NOWAIT: not there now */
	INPUT_ENDED,	/* the input ends before them; input.trouble says whether it should */
};

/*
 * The ring of the input closed last, for the one opened next: fresh memory costs more than
 * reading a small file into it.
 */
struct input_spare {
	uint8_t *ring;
	size_t cap;
};

struct input {
	struct raw raw;
	struct codec codec;
	uint8_t *ring;
	size_t cap;		/* a power of 2; octet `off` stands at ring[off & (cap - 1)] */
	uint64_t tail, end;
	uint64_t pos;		/* of the FILE, what it has in its buffer included */
	struct input_spare *spare;	/* borrowed; may be NULL */
	uint8_t *bounce;	/* octets that wrap around the ring's end, in one piece */
	size_t bounce_cap;
	struct spool *keep;	/* borrowed, or NULL: see input_keep */
	const char *packed;	/* "gz" and so on; NULL: not compressed */
	bool ended, spooled;
	struct nf_err trouble;	/* why it ended, where that is not its end; no name in the text */
	struct nf_err spool_trouble;	/* the same of what was spooled */
};

/* NULL and *ERR where the path cannot be read.  PATH and SPARE (or NULL) are borrowed. */
struct input *input_open(const char *path, bool follow, struct input_spare *spare,
			 struct nf_err *err);
void input_close(struct input *in);
void input_spare_done(struct input_spare *spare);

/* What messages call it. */
const char *input_name(const struct input *in);

/* The slow path of input_have. */
enum input_have input_fill(struct input *in, uint64_t upto, enum input_wait wait);

/*
 * Are the N octets at OFF there?  OFF is not before what was released; memory follows N,
 * which is for the caller to bound.
 */
static inline enum input_have input_have(struct input *in, uint64_t off, size_t n,
					 enum input_wait wait)
{
	return off + n <= in->end ? INPUT_THERE : input_fill(in, off + n, wait);
}

/* Copy N octets at OFF, which are there. */
static inline void input_copy(const struct input *in, uint64_t off, void *to, size_t n)
{
	size_t at = off & (in->cap - 1);
	size_t first = in->cap - at;

	if (n <= first) {
		memcpy(to, in->ring + at, n);
	} else {
		memcpy(to, in->ring + at, first);
		memcpy((uint8_t *)to + first, in->ring, n - first);
	}
}

/*
 * N octets at OFF, which are there, in one piece: valid until the next input_at, or until
 * more is asked for.  NULL if memory is out.
 */
const uint8_t *input_at(struct input *in, uint64_t off, size_t n);

/* Nothing before OFF is asked for again; OFF may lie beyond what was read. */
void input_release(struct input *in, uint64_t off);

/* A FILE that reads from OFF 0 on and never waits for more than one octet; to be closed first. */
FILE *input_file(struct input *in);

/* Let F go on at OFF, which is not released.  (fseeko would go to a block's beginning.) */
void input_file_seek(struct input *in, FILE *f, uint64_t off);

/* Overwrite octets that are there, before libpcap sees them. */
void input_patch(struct input *in, uint64_t off, const void *from, size_t n);

/* True if octets may come later than they are asked for: a pipe, a file that is followed. */
bool input_live(const struct input *in);

/* True if input_rewind works: not a pipe. */
bool input_rewinds(const struct input *in);

/* From the beginning on, what cannot be read twice as it stands is kept in SPOOL (or NULL). */
void input_keep(struct input *in, struct spool *spool);

/* Keep no file open between reads, if it can be opened again. */
void input_lean(struct input *in);

/* Begin anew. */
int input_rewind(struct input *in, struct nf_err *err);

/*
 * Read all of a compressed or piped input into an unlinked temporary file, and begin anew
 * there.  A regular, uncompressed file is only rewound.
 */
int input_spool(struct input *in, struct nf_err *err);

/* Octets of a regular, uncompressed or spooled input: all N, or false. */
bool input_pread(struct input *in, void *to, size_t n, uint64_t off);

#endif
