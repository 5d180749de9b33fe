#include <config.h>

#include "capture/pcapng.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "capture/ticks.h"

/*
 * A file is a row of blocks (draft-ietf-opsawg-pcapng):
 *
 *	 0  type	4 octets
 *	 4  length	4 octets: of the whole block, a multiple of 4
 *	 8  body
 *	-4  length	once more
 *
 * in the byte order of their section, which its header block tells by a magic number.
 */
enum {
	SECTION_HEADER = 0x0a0d0d0a,	/* the same in either byte order */
	INTERFACE = 1,
	OLD_PACKET = 2,
	SIMPLE_PACKET = 3,
	STATISTICS = 5,
	ENHANCED_PACKET = 6,

	BLOCK_HEAD = 8,
	PACKET_HEAD = 20,		/* of a block with a stamp, before the frame */
	BLOCK_MIN = 12,
	MAX_BLOCK = 16 << 20,		/* of the blocks that we read */
	SMALL_BLOCK = 1 << 16,		/* of the others: a larger one is not looked past */
	LARGE_BLOCK = 64 << 20,

	OPT_DROPCOUNT = 4,		/* of an enhanced packet */
	OPT_TSRESOL = 9, OPT_TSOFFSET = 14,	/* of an interface */
	OPT_IFDROP = 5, OPT_OSDROP = 7,	/* of statistics */

	MAX_INTERFACES = 65536,
	QUEUE = 256,			/* frames in sight */
};

static const uint32_t byte_order_magic = 0x1a2b3c4d;

struct interface {
	uint16_t linktype;
	uint32_t snaplen;		/* 0: none */
	struct ticks ticks;
	uint64_t counted;		/* drops, packet by packet */
	uint64_t stated;		/* drops, by statistics: these hold if there are any */
};

struct pcapng {
	struct reader r;
	bool big;			/* byte order of the section */
	struct interface *interfaces;	/* of the section */
	size_t ninterfaces, cap;
	uint64_t at;			/* of the block to be read next */
	uint64_t frames;		/* met, queued ones too */
	int64_t last_ts;		/* for simple packets, which have none */
	struct frame queue[QUEUE];	/* looked at, not yet read; p is not set */
	unsigned head, queued;
};

/* What one step over a block gave. */
enum step {
	STEP_FRAME,
	STEP_OTHER,
	STEP_NOT_YET,
	STEP_END,
	STEP_BAD_FRAME,		/* its block is whole: go on behind it */
	STEP_DAMAGE,		/* where the next block begins is not known */
	STEP_LARGE,		/* a large block that holds no frame */
};

struct block {
	uint64_t at;
	uint32_t type, length;
	struct nf_bytes body;
	const char *wrong;	/* after STEP_BAD_FRAME and STEP_DAMAGE */
};

static uint16_t load16(const struct pcapng *pn, const uint8_t *p)
{
	return pn->big ? nf_be16(p) : (uint16_t)(p[1] << 8 | p[0]);
}

static uint32_t load32(const struct pcapng *pn, const uint8_t *p)
{
	return pn->big ? nf_be32(p) : __builtin_bswap32(nf_be32(p));
}

static uint64_t load64(const struct pcapng *pn, const uint8_t *p)
{
	return pn->big ? nf_be64(p) : __builtin_bswap64(nf_be64(p));
}

bool pcapng_is(struct input *in)
{
	uint8_t p[4];

	if (input_have(in, 0, sizeof(p), INPUT_WAIT) != INPUT_THERE)
		return false;
	input_copy(in, 0, p, sizeof(p));
	return nf_be32(p) == SECTION_HEADER;
}

/* --- options --- */

struct option {
	uint16_t code;
	struct nf_bytes value;
};

/*
 *	 0  code	2 octets, 0 ends the list
 *	 2  length	2 octets
 *	 4  value, padded to a multiple of 4
 */
static bool next_option(const struct pcapng *pn, struct nf_bytes *rest, struct option *o)
{
	size_t length, padded;

	if (rest->n < 4)
		return false;
	o->code = load16(pn, rest->p);
	length = load16(pn, rest->p + 2);
	o->value = nf_slice(*rest, 4, length);
	padded = 4 + (length + 3) / 4 * 4;
	*rest = nf_slice(*rest, padded, rest->n);
	return o->code != 0 && o->value.n == length;
}

/* --- blocks without a frame --- */

/*
 * Drops are told packet by packet, or as a running total, or both ways: the total holds.
 */
static void count_drops(struct pcapng *pn, struct interface *i, uint64_t more, uint64_t stated)
{
	uint64_t before = i->stated > 0 ? i->stated : i->counted;

	i->counted += more;
	if (stated > i->stated)
		i->stated = stated;
	*pn->r.drops += (i->stated > 0 ? i->stated : i->counted) - before;
}

/* 0 byte-order magic, 4 version 2+2, 8 section length (not needed), 16 options. */
static enum step section_header(struct pcapng *pn, struct block *b)
{
	if (b->body.n < 8 || load16(pn, b->body.p + 4) != 1) {
		b->wrong = "is of a pcapng version that is not known";
		return STEP_DAMAGE;
	}
	pn->ninterfaces = 0;
	return STEP_OTHER;
}

/* 0 link type 2, 2 reserved, 4 snaplen, 8 options. */
static enum step interface(struct pcapng *pn, struct block *b)
{
	struct interface i = { .ticks = ticks_decimal(6) };
	void *interfaces = pn->interfaces;
	struct nf_bytes rest;
	struct option o;

	if (b->body.n < 8 || pn->ninterfaces >= MAX_INTERFACES ||
	    !nf_grow(&interfaces, &pn->cap, pn->ninterfaces + 1, sizeof(i))) {
		b->wrong = b->body.n < 8 ? "is too short for an interface" :
					   "is one interface too many";
		return STEP_DAMAGE;
	}
	pn->interfaces = interfaces;
	i.linktype = load16(pn, b->body.p);
	i.snaplen = load32(pn, b->body.p + 4);
	rest = nf_slice(b->body, 8, b->body.n);
	while (next_option(pn, &rest, &o)) {
		if (o.code == OPT_TSRESOL && o.value.n >= 1)
			ticks_resolution(&i.ticks, o.value.p[0]);
		else if (o.code == OPT_TSOFFSET && o.value.n >= 8)
			i.ticks.offset = (int64_t)load64(pn, o.value.p);
	}
	pn->interfaces[pn->ninterfaces++] = i;
	return STEP_OTHER;
}

/* 0 interface 4, 4 stamp 4+4, 12 options. */
static enum step statistics(struct pcapng *pn, struct block *b)
{
	uint64_t stated = 0;
	struct nf_bytes rest;
	struct option o;
	uint32_t id;

	if (b->body.n < 12 || (id = load32(pn, b->body.p)) >= pn->ninterfaces)
		return STEP_OTHER;
	rest = nf_slice(b->body, 12, b->body.n);
	while (next_option(pn, &rest, &o))
		if ((o.code == OPT_IFDROP || o.code == OPT_OSDROP) && o.value.n >= 8)
			stated += load64(pn, o.value.p);
	count_drops(pn, &pn->interfaces[id], 0, stated);
	return STEP_OTHER;
}

/* --- blocks with a frame --- */

/* A frame of CAPLEN octets at AT in the block, which came from interface ID. */
static enum step frame_of(struct pcapng *pn, struct block *b, struct frame *f, uint32_t id,
			  size_t at, uint32_t caplen)
{
	if (id >= pn->ninterfaces) {
		b->wrong = "is of an interface that was not described";
		return STEP_BAD_FRAME;
	}
	if (!nf_has(b->body, at, caplen)) {
		b->wrong = "says more octets than its block has";
		return STEP_BAD_FRAME;
	}
	f->caplen = caplen;
	f->number = pn->frames + 1;
	f->file = pn->r.file;
	f->offset = b->at + BLOCK_HEAD + at;
	f->linktype = pn->interfaces[id].linktype;
	f->ts_fine = pn->interfaces[id].ticks.fine;
	return STEP_FRAME;
}

static void set_stamp(struct pcapng *pn, struct frame *f, uint32_t id, const uint8_t *p)
{
	uint64_t ticks = (uint64_t)load32(pn, p) << 32 | load32(pn, p + 4);

	f->ts_ns = pn->last_ts = ticks_ns(&pn->interfaces[id].ticks, ticks);
}

/* 4 stamp 4+4, 12 captured 4, 16 on the wire 4, 20 frame, padded, options: of interface *ID. */
static enum step stamped_packet(struct pcapng *pn, struct block *b, struct frame *f, bool old,
				uint32_t *id)
{
	enum step step;

	if (b->body.n < PACKET_HEAD) {
		b->wrong = "is cut in its header";
		return STEP_BAD_FRAME;
	}
	*id = old ? load16(pn, b->body.p) : load32(pn, b->body.p);
	step = frame_of(pn, b, f, *id, PACKET_HEAD, load32(pn, b->body.p + 12));
	if (step != STEP_FRAME)
		return step;
	f->wirelen = load32(pn, b->body.p + 16);
	set_stamp(pn, f, *id, b->body.p + 4);
	return STEP_FRAME;
}

/* 0 interface 4. */
static enum step enhanced_packet(struct pcapng *pn, struct block *b, struct frame *f)
{
	struct nf_bytes rest;
	struct option o;
	uint32_t id;
	enum step step = stamped_packet(pn, b, f, false, &id);

	if (step != STEP_FRAME)
		return step;
	rest = nf_slice(b->body, PACKET_HEAD + ((size_t)f->caplen + 3) / 4 * 4, b->body.n);
	while (next_option(pn, &rest, &o))
		if (o.code == OPT_DROPCOUNT && o.value.n >= 8)
			count_drops(pn, &pn->interfaces[id], load64(pn, o.value.p), 0);
	return STEP_FRAME;
}

/* 0 interface 2, 2 drops 2. */
static enum step old_packet(struct pcapng *pn, struct block *b, struct frame *f)
{
	enum { DROPS_UNKNOWN = 0xffff };
	uint16_t drops;
	uint32_t id;
	enum step step = stamped_packet(pn, b, f, true, &id);

	if (step != STEP_FRAME)
		return step;
	drops = load16(pn, b->body.p + 2);
	if (drops != DROPS_UNKNOWN)
		count_drops(pn, &pn->interfaces[id], drops, 0);
	return STEP_FRAME;
}

/*
 * 0 on the wire 4, 4 frame, padded.  It is of interface 0, cut to its snaplen, and has no
 * stamp: that of the frame before stands in for it.
 */
static enum step simple_packet(struct pcapng *pn, struct block *b, struct frame *f)
{
	enum { FRAME = 4 };
	uint32_t caplen;

	if (b->body.n < FRAME) {
		b->wrong = "is cut in its header";
		return STEP_BAD_FRAME;
	}
	f->wirelen = caplen = load32(pn, b->body.p);
	if (pn->ninterfaces > 0 && pn->interfaces[0].snaplen > 0 &&
	    caplen > pn->interfaces[0].snaplen)
		caplen = pn->interfaces[0].snaplen;
	f->ts_ns = pn->last_ts;
	return frame_of(pn, b, f, 0, FRAME, caplen);
}

static const struct block_kind {
	uint32_t type;
	enum step (*block)(struct pcapng *pn, struct block *b);
	enum step (*frame)(struct pcapng *pn, struct block *b, struct frame *f);
} kinds[] = {
	{ .type = ENHANCED_PACKET, .frame = enhanced_packet },	/* first: nearly all are */
	{ .type = SIMPLE_PACKET, .frame = simple_packet },
	{ .type = OLD_PACKET, .frame = old_packet },
	{ .type = INTERFACE, .block = interface },
	{ .type = STATISTICS, .block = statistics },
	{ .type = SECTION_HEADER, .block = section_header },
};

static const struct block_kind *kind_of(uint32_t type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].type == type)
			return &kinds[i];
	return NULL;
}

/* --- walking --- */

static enum step not_there(const struct pcapng *pn, struct block *b, enum input_have have)
{
	if (have == INPUT_NOT_YET)
		return STEP_NOT_YET;
	if (pn->r.in->end == b->at && pn->r.in->trouble.kind == NF_ERR_NONE)
		return STEP_END;
	b->wrong = "is cut by the end of the file";
	return STEP_DAMAGE;
}

/* The block at pn->at up to its trailing length; a section header sets the byte order. */
static enum step load_block(struct pcapng *pn, struct block *b, enum input_wait wait)
{
	struct input *in = pn->r.in;
	uint8_t head[BLOCK_MIN], tail[4];
	enum input_have have;
	uint32_t magic;

	*b = (struct block){ .at = pn->at };
	have = input_have(in, b->at, sizeof(head), wait);
	if (have != INPUT_THERE)
		return not_there(pn, b, have);
	input_copy(in, b->at, head, sizeof(head));
	magic = nf_be32(head + BLOCK_HEAD);
	if (nf_be32(head) == SECTION_HEADER && magic == byte_order_magic)
		pn->big = true;
	else if (nf_be32(head) == SECTION_HEADER && __builtin_bswap32(magic) == byte_order_magic)
		pn->big = false;
	b->type = load32(pn, head);
	b->length = load32(pn, head + 4);
	b->wrong = "is damaged";
	if (b->length < BLOCK_MIN || b->length % 4 != 0)
		return STEP_DAMAGE;
	if (b->length > SMALL_BLOCK && b->length <= LARGE_BLOCK && kind_of(b->type) == NULL)
		return STEP_LARGE;
	if (b->length > MAX_BLOCK)
		return STEP_DAMAGE;
	have = input_have(in, b->at, b->length, wait);
	if (have != INPUT_THERE)
		return not_there(pn, b, have);
	input_copy(in, b->at + b->length - sizeof(tail), tail, sizeof(tail));
	return load32(pn, tail) == b->length ? STEP_OTHER : STEP_DAMAGE;
}

/*
 * Over one block.  What is not whole leaves everything as it is, so that the same step can
 * be tried again.  A frame's p is not set.
 */
static enum step step(struct pcapng *pn, struct frame *f, struct block *b, enum input_wait wait)
{
	enum step got = load_block(pn, b, wait);
	const struct block_kind *kind;

	if (got != STEP_OTHER)
		return got;
	kind = kind_of(b->type);
	if (kind != NULL) {
		b->body.n = b->length - BLOCK_MIN;
		b->body.p = input_at(pn->r.in, b->at + BLOCK_HEAD, b->body.n);
		if (b->body.p == NULL) {
			b->wrong = "cannot be read: out of memory";
			return STEP_BAD_FRAME;
		}
		got = kind->frame != NULL ? kind->frame(pn, b, f) : kind->block(pn, b);
	}
	if (got == STEP_FRAME)
		pn->frames++;
	if (got == STEP_FRAME || got == STEP_OTHER)
		pn->at += b->length;
	return got;
}

/* --- damage --- */

/* A block of a known kind at AT, whole, its two lengths equal? */
static bool block_at(struct pcapng *pn, uint64_t at)
{
	struct block b;
	uint64_t stay = pn->at;
	bool big = pn->big, yes;

	pn->at = at;
	yes = load_block(pn, &b, INPUT_WAIT) == STEP_OTHER && kind_of(b.type) != NULL;
	pn->at = stay;
	pn->big = big;
	return yes;
}

static bool resynchronise(struct pcapng *pn)
{
	struct input *in = pn->r.in;
	uint64_t at = pn->at + 1;

	for (; input_have(in, at, BLOCK_MIN, INPUT_WAIT) == INPUT_THERE; at++) {
		uint8_t head[4];

		input_release(in, at);
		input_copy(in, at, head, sizeof(head));
		if (kind_of(load32(pn, head)) != NULL && block_at(pn, at)) {
			pn->at = at;
			return true;
		}
	}
	return false;
}

static enum reader_got damaged(struct pcapng *pn, const struct block *b, struct nf_err *err)
{
	struct reader *r = &pn->r;
	uint64_t end = r->in->end > b->at ? r->in->end : b->at;
	bool cut = r->in->ended;
	char found[80] = "; nothing more can be read", where[48] = "before the first frame";

	if (r->number > 0)
		snprintf(where, sizeof(where), "after frame %" PRIu64, r->number);
	if (resynchronise(pn))
		snprintf(found, sizeof(found), "; reading goes on at offset %" PRIu64, pn->at);
	else
		r->over = true;
	if (cut && b->length > end - b->at)
		return reader_trouble(r, err, "ends within the block at offset %" PRIu64
				      ", %s (block says %" PRIu32 " octets, %" PRIu64
				      " are there)%s", b->at, where, b->length, end - b->at,
				      r->over ? "" : found);
	if (cut && end - b->at < BLOCK_MIN)
		return reader_trouble(r, err, "ends within a block's header at offset %" PRIu64
				      ", %s", b->at, where);
	return reader_trouble(r, err, "the block at offset %" PRIu64 ", %s, %s%s", b->at, where,
			      b->wrong, found);
}

static enum reader_got bad_frame(struct pcapng *pn, const struct block *b, struct nf_err *err)
{
	pn->at += b->length;
	pn->r.number = ++pn->frames;
	return reader_trouble(&pn->r, err, "frame %" PRIu64 " at offset %" PRIu64 " %s",
			      pn->r.number, b->at, b->wrong);
}

/* Pass over a block that is not worth keeping in memory as a whole. */
static enum step pass_large(struct pcapng *pn, struct block *b)
{
	struct input *in = pn->r.in;
	uint8_t tail[4];

	pn->at += b->length - sizeof(tail);
	input_release(in, pn->at);
	if (input_have(in, pn->at, sizeof(tail), INPUT_WAIT) != INPUT_THERE)
		return STEP_DAMAGE;
	input_copy(in, pn->at, tail, sizeof(tail));
	if (load32(pn, tail) != b->length)
		return STEP_DAMAGE;
	pn->at += sizeof(tail);
	return STEP_OTHER;
}

/* --- operations --- */

/* Give out a frame: its octets stay until the next one. */
static enum reader_got give(struct pcapng *pn, struct frame *f, struct nf_err *err)
{
	input_release(pn->r.in, f->offset);
	pn->r.number = f->number;
	f->p = input_at(pn->r.in, f->offset, f->caplen);
	if (f->p != NULL)
		return READER_FRAME;
	nf_err_memory(err);
	return READER_TROUBLE;
}

static enum reader_got next(struct reader *r, struct frame *f, struct nf_err *err)
{
	struct pcapng *pn = (struct pcapng *)r;
	struct block b;
	enum step got;

	if (pn->queued > 0) {
		*f = pn->queue[pn->head];
		pn->head = (pn->head + 1) % QUEUE;
		pn->queued--;
		return give(pn, f, err);
	}
	do {
		input_release(r->in, pn->at);
		got = step(pn, f, &b, INPUT_WAIT);
		if (got == STEP_LARGE)
			got = pass_large(pn, &b);
	} while (got == STEP_OTHER);
	switch (got) {
	case STEP_FRAME:
		return give(pn, f, err);
	case STEP_BAD_FRAME:
		return bad_frame(pn, &b, err);
	case STEP_DAMAGE:
		return damaged(pn, &b, err);
	default:
		return reader_end(r, err);
	}
}

static enum reader_look look(struct reader *r, struct sighting *seen)
{
	struct pcapng *pn = (struct pcapng *)r;
	struct frame *f = &pn->queue[(pn->head + pn->queued) % QUEUE];
	struct block b;
	enum step got;

	if (pn->queued == QUEUE)
		return LOOK_BLIND;
	do {
		got = step(pn, f, &b, INPUT_NOWAIT);
	} while (got == STEP_OTHER);
	switch (got) {
	case STEP_FRAME:
		pn->queued++;
		*seen = (struct sighting){ .ts_ns = f->ts_ns, .caplen = f->caplen };
		return LOOK_FRAME;
	case STEP_NOT_YET:
		return LOOK_NOT_YET;
	case STEP_END:
		return LOOK_END;
	default:
		return LOOK_BLIND;
	}
}

static void skip(struct reader *r)
{
	struct pcapng *pn = (struct pcapng *)r;
	const struct frame *f = &pn->queue[pn->head];

	pn->head = (pn->head + 1) % QUEUE;
	pn->queued--;
	r->number = f->number;
	input_release(r->in, f->offset + f->caplen);
}

static void close_reader(struct reader *r)
{
	struct pcapng *pn = (struct pcapng *)r;

	nf_free(pn->interfaces);
	nf_free(pn);
}

static const struct reader_ops ops = {
	.name = "pcapng", .next = next, .look = look, .skip = skip, .close = close_reader,
};

struct reader *pcapng_open(struct input *in, uint32_t file, uint64_t *drops, struct nf_err *err)
{
	struct pcapng *pn = nf_zalloc(sizeof(*pn));

	if (pn == NULL) {
		nf_err_memory(err);
		return NULL;
	}
	reader_init(&pn->r, &ops, in, file, drops);
	return &pn->r;
}
