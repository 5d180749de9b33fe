#include <config.h>

#include "capture/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

/*
 * Octets are read in chunks of a quarter of the ring, which is as large as what is looked at
 * ahead makes it, so that they are still in the cache when their turn comes.
 */
enum {
	RING_MIN = 1 << 17,
	CHUNK_MAX = 1 << 17,
	FILE_BUFFER = 1 << 13,
	SPARE_MAX = 1 << 20,
	FILE_KEEPS = 1 << 20,	/* of what the FILE has read, for messages about damage */
};

const char *input_name(const struct input *in)
{
	return in->raw.name;
}

static void take_spare(struct input *in, struct input_spare *spare)
{
	in->spare = spare;
	if (spare == NULL)
		return;
	in->ring = spare->ring;
	in->cap = spare->cap;
	*spare = (struct input_spare){ .ring = NULL };
}

/* The larger ring is kept. */
static void give_spare(struct input *in)
{
	struct input_spare *spare = in->spare;

	if (spare == NULL || in->cap <= spare->cap || in->cap > SPARE_MAX) {
		nf_free(in->ring);
		return;
	}
	nf_free(spare->ring);
	*spare = (struct input_spare){ .ring = in->ring, .cap = in->cap };
}

void input_spare_done(struct input_spare *spare)
{
	nf_free(spare->ring);
	*spare = (struct input_spare){ .ring = NULL };
}

struct input *input_open(const char *path, bool follow, struct input_spare *spare,
			 struct nf_err *err)
{
	struct input *in = nf_zalloc(sizeof(*in));

	if (in == NULL) {
		nf_err_memory(err);
		return NULL;
	}
	if (raw_open(&in->raw, path, follow, err) < 0) {
		nf_free(in);
		return NULL;
	}
	if (codec_open(&in->codec, &in->raw, false, err) < 0) {
		raw_close(&in->raw);
		nf_free(in);
		return NULL;
	}
	in->packed = in->codec.ops->name;
	take_spare(in, spare);
	return in;
}

void input_close(struct input *in)
{
	if (in == NULL)
		return;
	codec_close(&in->codec);
	raw_close(&in->raw);
	give_spare(in);
	nf_free(in->bounce);
	nf_free(in);
}

/* A ring of at least CAP octets; those between tail and end move over. */
static bool grow(struct input *in, size_t need)
{
	size_t cap = in->cap == 0 ? RING_MIN : in->cap;
	uint8_t *ring;

	while (cap < need)
		cap *= 2;
	ring = nf_alloc(cap);
	if (ring == NULL)
		return false;
	for (uint64_t at = in->tail; at < in->end; ) {
		size_t from = at & (in->cap - 1), to = at & (cap - 1);
		size_t n = in->end - at;

		if (n > in->cap - from)
			n = in->cap - from;
		if (n > cap - to)
			n = cap - to;
		memcpy(ring + to, in->ring + from, n);
		at += n;
	}
	nf_free(in->ring);
	in->ring = ring;
	in->cap = cap;
	return true;
}

static size_t chunk(const struct input *in)
{
	return in->cap / 4 < CHUNK_MAX ? in->cap / 4 : CHUNK_MAX;
}

static enum input_have end_of_input(struct input *in, const char *why)
{
	in->ended = true;
	if (why != NULL)
		nf_err_set(&in->trouble, NF_ERR_DAMAGE, "%s", why);
	else
		in->trouble = in->spool_trouble;
	return INPUT_ENDED;
}

enum input_have input_fill(struct input *in, uint64_t upto, enum input_wait wait)
{
	while (in->end < upto) {
		/* What was released unread is passed over: nothing of it is kept. */
		size_t kept = in->end > in->tail ? in->end - in->tail : 0;
		size_t need = upto > in->tail && kept > 0 ? upto - in->tail : 0;
		size_t at, room;
		ssize_t got;

		if (in->ended)
			return INPUT_ENDED;
		if (need < kept + chunk(in))
			need = kept + chunk(in);
		if ((need > in->cap || in->cap == 0) && !grow(in, need))
			return end_of_input(in, "out of memory");
		at = in->end & (in->cap - 1);
		room = in->cap - at;
		if (room > in->cap - kept)
			room = in->cap - kept;
		if (room > chunk(in))
			room = chunk(in);
		got = codec_read(&in->codec, in->ring + at, room, wait == INPUT_WAIT);
		if (got == RAW_NOT_YET)
			return INPUT_NOT_YET;
		if (got <= 0)
			return end_of_input(in, got < 0 ? in->codec.why : NULL);
		if (in->keep != NULL)
			spool_put(in->keep, in->end, in->ring + at, (size_t)got);
		in->end += (uint64_t)got;
	}
	return INPUT_THERE;
}

const uint8_t *input_at(struct input *in, uint64_t off, size_t n)
{
	size_t at = off & (in->cap - 1);
	void *bounce = in->bounce;

	if (n <= in->cap - at)
		return in->ring + at;
	if (!nf_grow(&bounce, &in->bounce_cap, n, 1))
		return NULL;
	in->bounce = bounce;
	input_copy(in, off, bounce, n);
	return bounce;
}

void input_release(struct input *in, uint64_t off)
{
	if (off > in->tail)
		in->tail = off;
}

void input_patch(struct input *in, uint64_t off, const void *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		in->ring[(off + i) & (in->cap - 1)] = ((const uint8_t *)from)[i];
}

/* --- the FILE --- */

static ssize_t file_read(void *cookie, char *buf, size_t n)
{
	struct input *in = cookie;

	if (n == 0 || input_have(in, in->pos, 1, INPUT_WAIT) != INPUT_THERE)
		return 0;
	if (n > in->end - in->pos)
		n = in->end - in->pos;
	input_copy(in, in->pos, buf, n);
	in->pos += n;
	if (in->pos > FILE_KEEPS)
		input_release(in, in->pos - FILE_KEEPS);
	return (ssize_t)n;
}

FILE *input_file(struct input *in)
{
	static const cookie_io_functions_t ops = { .read = file_read };
	FILE *f = fopencookie(in, "r", ops);

	if (f != NULL)
		setvbuf(f, NULL, _IOFBF, FILE_BUFFER);
	return f;
}

void input_file_seek(struct input *in, FILE *f, uint64_t off)
{
	__fpurge(f);
	clearerr(f);
	in->pos = off;
}

/* --- beginning anew --- */

bool input_live(const struct input *in)
{
	return raw_live(&in->raw);
}

bool input_rewinds(const struct input *in)
{
	return in->raw.regular;
}

void input_keep(struct input *in, struct spool *spool)
{
	if (spool == NULL || (in->raw.regular && in->packed == NULL))
		return;
	spool->wanted = true;
	in->keep = spool;
}

void input_lean(struct input *in)
{
	if (in->raw.regular)
		raw_lean(&in->raw);
}

static void forget(struct input *in)
{
	in->tail = in->end = in->pos = 0;
	in->ended = false;
	in->trouble = (struct nf_err){ .kind = NF_ERR_NONE };
}

int input_rewind(struct input *in, struct nf_err *err)
{
	codec_close(&in->codec);
	raw_rewind(&in->raw);
	forget(in);
	return codec_open(&in->codec, &in->raw, in->spooled, err);
}

/* Write what is left of IN, from `tail` on, to FD. */
static int drain(struct input *in, int fd)
{
	uint64_t at = in->tail;

	while (input_have(in, at, 1, INPUT_WAIT) == INPUT_THERE) {
		size_t n = in->cap - (at & (in->cap - 1));

		if (n > in->end - at)
			n = in->end - at;
		if (spool_write(fd, in->ring + (at & (in->cap - 1)), n) < 0)
			return -1;
		at += n;
		input_release(in, at);
	}
	return 0;
}

int input_spool(struct input *in, struct nf_err *err)
{
	struct nf_err trouble;
	int fd;

	if (in->raw.regular && input_rewind(in, err) < 0)
		return -1;
	if (in->raw.regular && in->codec.ops->name == NULL)
		return 0;
	fd = spool_temporary(err);
	if (fd < 0)
		return -1;
	if (drain(in, fd) < 0) {
		nf_err_set(err, NF_ERR_ENV, "%s: cannot write a temporary file: %s", in->raw.name,
			   strerror(errno));
		close(fd);
		return -1;
	}
	trouble = in->trouble;
	codec_close(&in->codec);
	raw_replace(&in->raw, fd);
	forget(in);
	in->spool_trouble = trouble;
	in->spooled = true;
	return codec_open(&in->codec, &in->raw, true, err);
}

bool input_pread(struct input *in, void *to, size_t n, uint64_t off)
{
	while (n > 0) {
		ssize_t got = raw_pread(&in->raw, to, n, off);

		if (got <= 0)
			return false;
		to = (uint8_t *)to + got;
		off += (uint64_t)got;
		n -= (size_t)got;
	}
	return true;
}
