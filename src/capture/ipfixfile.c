#include <config.h>

#include "capture/ipfixfile.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"

/*
 * The message header (RFC 7011 section 3.1), big-endian:
 *
 *	 0  version 10	 2  length	 4  export time	 8  sequence	12  domain
 *
 * and behind it the first set: 0 id, 2 length.
 */
enum {
	IPFIX_VERSION = 10,
	HEADER = 16,
	SET_HEADER = 4,
	FIRST_DATA_SET = 256,
};

struct ipfixfile {
	struct reader r;
	uint64_t at;		/* of the message to be read next */
	uint64_t ahead;		/* where reader_look is */
};

/* Does the message header P, with a set header behind it, make sense? */
static bool plausible(const uint8_t *p, size_t n)
{
	uint16_t length, set, set_length;

	if (n < HEADER || nf_be16(p) != IPFIX_VERSION || (length = nf_be16(p + 2)) < HEADER)
		return false;
	if (length == HEADER)
		return true;
	if (length < HEADER + SET_HEADER || n < HEADER + SET_HEADER)
		return false;
	set = nf_be16(p + HEADER);
	set_length = nf_be16(p + HEADER + 2);
	return (set == 2 || set == 3 || set >= FIRST_DATA_SET) && set_length >= SET_HEADER &&
	       set_length <= length - HEADER;
}

/* The first octets of a message at AT, as many of them as there are. */
static size_t load(struct input *in, uint64_t at, uint8_t p[HEADER + SET_HEADER])
{
	size_t n = HEADER + SET_HEADER;

	if (input_have(in, at, n, INPUT_WAIT) != INPUT_THERE)
		n = in->end > at ? in->end - at : 0;
	if (n > 0)
		input_copy(in, at, p, n);
	return n;
}

bool ipfixfile_is(struct input *in)
{
	uint8_t p[HEADER + SET_HEADER];

	if (input_have(in, 0, 2, INPUT_WAIT) != INPUT_THERE)
		return false;
	input_copy(in, 0, p, 2);
	return nf_be16(p) == IPFIX_VERSION && plausible(p, load(in, 0, p));
}

/* A message at AT, whole, with another one or the end behind it? */
static bool message_at(struct input *in, uint64_t at)
{
	uint8_t p[HEADER + SET_HEADER];
	uint16_t length;
	size_t n;

	if (!plausible(p, load(in, at, p)))
		return false;
	length = nf_be16(p + 2);
	if (input_have(in, at, length, INPUT_WAIT) != INPUT_THERE)
		return false;
	n = load(in, at + length, p);
	return n == 0 || plausible(p, n);
}

static bool resynchronise(struct ipfixfile *x)
{
	struct input *in = x->r.in;
	uint64_t at = x->at + 1;

	for (; input_have(in, at, HEADER, INPUT_WAIT) == INPUT_THERE; at++) {
		input_release(in, at);
		if (message_at(in, at)) {
			x->at = x->ahead = at;
			return true;
		}
	}
	return false;
}

static enum reader_got damaged(struct ipfixfile *x, struct nf_err *err)
{
	struct reader *r = &x->r;
	uint64_t at = x->at, number = ++r->number;
	uint8_t p[HEADER + SET_HEADER] = { 0 };
	char found[80] = "; nothing more can be read";
	size_t n = load(r->in, at, p);
	uint64_t there = r->in->end - at;
	bool cut = r->in->ended && (n < HEADER || (nf_be16(p) == IPFIX_VERSION &&
						   nf_be16(p + 2) >= HEADER));

	if (resynchronise(x))
		snprintf(found, sizeof(found), "; reading goes on at offset %" PRIu64, x->at);
	else
		r->over = true;
	if (cut && n >= HEADER)
		return reader_trouble(r, err, "ends within message %" PRIu64 " at offset %" PRIu64
				      " (its length is %u octets, %" PRIu64 " are there)%s",
				      number, at, nf_be16(p + 2), there, r->over ? "" : found);
	if (cut)
		return reader_trouble(r, err, "ends within the header of message %" PRIu64
				      " at offset %" PRIu64, number, at);
	return reader_trouble(r, err, "no IPFIX message %" PRIu64 " at offset %" PRIu64
			      " (version %u, length %u)%s", number, at, nf_be16(p), nf_be16(p + 2),
			      found);
}

/* The header at AT: is all of its message there? */
static enum input_have whole(struct input *in, uint64_t at, enum input_wait wait, bool *good,
			     uint16_t *length)
{
	enum input_have have = input_have(in, at, HEADER, wait);
	uint8_t p[4];

	*good = false;
	if (have != INPUT_THERE)
		return have;
	input_copy(in, at, p, sizeof(p));
	*length = nf_be16(p + 2);
	*good = nf_be16(p) == IPFIX_VERSION && *length >= HEADER;
	return *good ? input_have(in, at, *length, wait) : INPUT_THERE;
}

static int64_t export_time(const struct input *in, uint64_t at)
{
	uint8_t p[4];

	input_copy(in, at + 4, p, sizeof(p));
	return (int64_t)nf_be32(p) * 1000000000;
}

static enum reader_got next(struct reader *r, struct frame *f, struct nf_err *err)
{
	struct ipfixfile *x = (struct ipfixfile *)r;
	uint16_t length = 0;
	bool good;

	input_release(r->in, x->at);
	if (whole(r->in, x->at, INPUT_WAIT, &good, &length) != INPUT_THERE || !good) {
		if (r->in->ended && r->in->end <= x->at)
			return reader_end(r, err);
		return damaged(x, err);
	}
	*f = (struct frame){
		.p = input_at(r->in, x->at, length), .caplen = length, .wirelen = length,
		.ts_ns = export_time(r->in, x->at), .number = ++r->number, .file = r->file,
		.offset = x->at, .linktype = FRAME_IPFIX_FILE,
	};
	x->at += length;
	if (f->p != NULL)
		return READER_FRAME;
	nf_err_memory(err);
	return READER_TROUBLE;
}

static enum reader_look look(struct reader *r, struct sighting *seen)
{
	struct ipfixfile *x = (struct ipfixfile *)r;
	enum input_have have;
	uint16_t length = 0;
	bool good;

	if (x->ahead < x->at)
		x->ahead = x->at;
	have = whole(r->in, x->ahead, INPUT_NOWAIT, &good, &length);
	if (have == INPUT_NOT_YET)
		return LOOK_NOT_YET;
	if (have == INPUT_ENDED && r->in->end <= x->ahead &&
	    r->in->trouble.kind == NF_ERR_NONE)
		return LOOK_END;
	if (have != INPUT_THERE || !good)
		return LOOK_BLIND;
	*seen = (struct sighting){ .ts_ns = export_time(r->in, x->ahead), .caplen = length };
	x->ahead += length;
	return LOOK_FRAME;
}

static void skip(struct reader *r)
{
	struct ipfixfile *x = (struct ipfixfile *)r;
	uint8_t p[4];

	input_copy(r->in, x->at, p, sizeof(p));
	x->at += nf_be16(p + 2);
	r->number++;
	input_release(r->in, x->at);
}

static void close_reader(struct reader *r)
{
	nf_free(r);
}

static const struct reader_ops ops = {
	.name = "IPFIX File", .next = next, .look = look, .skip = skip, .close = close_reader,
};

struct reader *ipfixfile_open(struct input *in, uint32_t file, uint64_t *drops,
			      struct nf_err *err)
{
	struct ipfixfile *x = nf_zalloc(sizeof(*x));

	if (x == NULL) {
		nf_err_memory(err);
		return NULL;
	}
	reader_init(&x->r, &ops, in, file, drops);
	x->r.fixed_order = true;
	return &x->r;
}
