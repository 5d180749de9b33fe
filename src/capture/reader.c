#include <config.h>

#include "capture/reader.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "capture/foreign.h"
#include "capture/ipfixfile.h"
#include "capture/pcapfile.h"
#include "capture/pcapng.h"

enum { MAX_TROUBLES = 20 };	/* messages per file */

static const struct kind {
	bool (*is)(struct input *in);
	struct reader *(*open)(struct input *in, uint32_t file, uint64_t *drops,
			       struct nf_err *err);
} kinds[] = {
	{ pcapfile_is, pcapfile_open },
	{ pcapng_is, pcapng_open },
	{ ipfixfile_is, ipfixfile_open },
};

struct reader *reader_open(struct input *in, uint32_t file, uint64_t *drops, struct nf_err *err)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].is(in))
			return kinds[i].open(in, file, drops, err);
	foreign_name(in, err);
	return NULL;
}

void reader_init(struct reader *r, const struct reader_ops *ops, struct input *in, uint32_t file,
		 uint64_t *drops)
{
	*r = (struct reader){ .ops = ops, .in = in, .file = file, .drops = drops,
			      .last_ts = INT64_MIN };
}

enum reader_got reader_next(struct reader *r, struct frame *f, struct nf_err *err)
{
	enum reader_got got;

	do {
		if (r->over)
			return READER_END;
		got = r->ops->next(r, f, err);
	} while (got == READER_TROUBLE && ++r->troubles > MAX_TROUBLES);
	if (got == READER_FRAME) {
		f->back_ns = f->ts_ns < r->last_ts ?
			     (uint64_t)r->last_ts - (uint64_t)f->ts_ns : 0;
		r->last_ts = f->ts_ns;
	}
	if (got == READER_TROUBLE && r->troubles == MAX_TROUBLES)
		nf_err_set(err, NF_ERR_DAMAGE, "%s: more damage after frame %" PRIu64
			   " is passed over without a message", input_name(r->in), r->number);
	return got;
}

enum reader_look reader_look(struct reader *r, struct sighting *seen)
{
	return r->over ? LOOK_END : r->ops->look(r, seen);
}

void reader_skip(struct reader *r)
{
	r->ops->skip(r);
}

void reader_close(struct reader *r)
{
	if (r != NULL)
		r->ops->close(r);
}

enum reader_got reader_trouble(struct reader *r, struct nf_err *err, const char *format, ...)
{
	const struct input *in = r->in;
	char text[280];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (in->ended && in->trouble.kind != NF_ERR_NONE && in->packed != NULL)
		nf_err_set(err, NF_ERR_DAMAGE, "%s: %s; the %s data is damaged: %s%s",
			   input_name(in), text, in->packed, in->trouble.text,
			   codec_loses_blocks(in->packed) ?
			   " (what its last block holds is lost)" : "");
	else if (in->ended && in->trouble.kind != NF_ERR_NONE)
		nf_err_set(err, NF_ERR_DAMAGE, "%s: %s: %s", input_name(in), text,
			   in->trouble.text);
	else
		nf_err_set(err, NF_ERR_DAMAGE, "%s: %s", input_name(in), text);
	return READER_TROUBLE;
}

enum reader_got reader_end(struct reader *r, struct nf_err *err)
{
	r->over = true;
	if (r->in->trouble.kind == NF_ERR_NONE)
		return READER_END;
	if (r->number == 0)
		return reader_trouble(r, err, "ends before the first frame");
	return reader_trouble(r, err, "ends after frame %" PRIu64, r->number);
}
