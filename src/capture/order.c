#include <config.h>

#include "capture/order.h"

#include <stdlib.h>

#include "base/mem.h"
#include "capture/window.h"

enum { PATIENCE = 16 };	/* frames given out before a live input that had no more is asked again */

/* A frame of a sorted input, to be read when it is due. */
struct ref {
	int64_t ts_ns;
	uint64_t number, offset, back_ns;
	uint32_t caplen, wirelen;
	int linktype;
	bool ts_fine;
};

struct order {
	struct order_opts opts;
	struct input *in;
	struct reader *r;
	uint32_t file;
	bool live;
	bool trusted;		/* no look ahead is needed */

	/* What was looked at and not read yet. */
	unsigned sight;
	uint64_t sight_octets;
	uint64_t run;		/* frames looked at last that ascend */
	int64_t looked_ts;
	bool stop;		/* no looking further before the frame behind the sight is read */
	unsigned patience;

	struct window *window;
	bool holding;		/* frames go through the window */
	int64_t out_ts;		/* of the frame given out last */

	struct ref *refs;	/* sorted */
	size_t nrefs, cap_refs, at_ref;
	uint8_t *buf;
	size_t cap_buf;
	struct nf_err *troubles;	/* met when the references were made */
	size_t ntroubles, cap_troubles, at_trouble;
};

/* --- streaming and the window --- */

static void look_ahead(struct order *o)
{
	struct sighting seen;

	while (!o->stop && o->patience == 0 && o->sight < ORDER_FRAMES &&
	       o->sight_octets < o->opts.window_octets) {
		switch (reader_look(o->r, &seen)) {
		case LOOK_FRAME:
			o->run = seen.ts_ns >= o->looked_ts ? o->run + 1 : 1;
			o->looked_ts = seen.ts_ns;
			o->sight_octets += seen.caplen;
			o->sight++;
			break;
		case LOOK_NOT_YET:
			o->patience = o->sight < PATIENCE ? o->sight : PATIENCE;
			return;
		case LOOK_END:
		case LOOK_BLIND:
			o->stop = true;
			break;
		}
	}
}

static enum reader_got read_frame(struct order *o, struct frame *f, struct nf_err *err)
{
	enum reader_got got = reader_next(o->r, f, err);

	if (got == READER_FRAME && o->sight > 0) {
		o->sight--;
		o->sight_octets -= f->caplen;
		if (o->patience > 0)
			o->patience--;
		return got;
	}
	/* Behind what could be seen: the sight begins anew. */
	o->sight = 0;
	o->sight_octets = 0;
	o->patience = 0;
	o->stop = false;
	o->run = got == READER_FRAME;
	o->looked_ts = got == READER_FRAME ? f->ts_ns : INT64_MIN;
	return got;
}

static bool begin_holding(struct order *o)
{
	if (o->window == NULL) {
		o->window = nf_alloc(sizeof(*o->window));
		if (o->window == NULL)
			return false;
		window_init(o->window);
	}
	window_begin(o->window, o->out_ts);
	o->holding = true;
	return true;
}

/* Fill the window from what is in sight, until it is full or order is back. */
static enum reader_got hold(struct order *o, struct nf_err *err)
{
	struct window *w = o->window;

	while (o->sight > 0 && w->n < WINDOW_FRAMES && w->octets < o->opts.window_octets) {
		enum reader_got got;
		struct frame f;

		if (o->run > o->sight && window_passed(w)) {
			o->holding = false;
			break;
		}
		got = read_frame(o, &f, err);
		if (got != READER_FRAME)
			return got;
		if (!window_put(w, &f)) {
			nf_err_memory(err);
			return READER_TROUBLE;
		}
		look_ahead(o);
	}
	if (w->n == 0)
		o->holding = false;
	return READER_FRAME;
}

static enum reader_got windowed(struct order *o, struct frame *f, bool wait, struct nf_err *err)
{
	enum reader_got got;

	if (o->window != NULL && !o->holding && o->window->n > 0) {
		window_take(o->window, f);
		return READER_FRAME;
	}
	look_ahead(o);
	/* Without memory for a window the frames come as they stand. */
	if (o->holding || (o->run < o->sight && begin_holding(o))) {
		got = hold(o, err);
		if (got != READER_FRAME)
			return got;
		if (o->window->n > 0) {
			window_take(o->window, f);
			return READER_FRAME;
		}
	}
	if (o->live && !wait && o->sight == 0 && !o->stop)
		return READER_NOT_YET;
	return read_frame(o, f, err);
}

static enum reader_got trusted(struct order *o, struct frame *f, bool wait, struct nf_err *err)
{
	if (o->live && !wait && o->sight == 0) {
		look_ahead(o);
		if (o->sight == 0 && !o->stop)
			return READER_NOT_YET;
	}
	return o->live ? read_frame(o, f, err) : reader_next(o->r, f, err);
}

/* --- sorted --- */

static enum reader_got sorted(struct order *o, struct frame *f, struct nf_err *err)
{
	const struct ref *ref = &o->refs[o->at_ref];
	void *buf = o->buf;

	if (o->at_ref == o->nrefs) {
		if (o->at_trouble == o->ntroubles)
			return READER_END;
		*err = o->troubles[o->at_trouble++];
		return READER_TROUBLE;
	}
	o->at_ref++;
	if (!nf_grow(&buf, &o->cap_buf, ref->caplen, 1)) {
		nf_err_memory(err);
		return READER_TROUBLE;
	}
	o->buf = buf;
	if (!input_pread(o->in, buf, ref->caplen, ref->offset)) {
		o->at_ref = o->nrefs;
		nf_err_set(err, NF_ERR_DAMAGE, "%s: has changed while it was read",
			   input_name(o->in));
		return READER_TROUBLE;
	}
	*f = (struct frame){
		.p = buf, .caplen = ref->caplen, .wirelen = ref->wirelen, .ts_ns = ref->ts_ns,
		.number = ref->number, .file = o->file, .offset = ref->offset,
		.linktype = ref->linktype, .ts_fine = ref->ts_fine, .back_ns = ref->back_ns,
	};
	return READER_FRAME;
}

static bool keep_ref(struct order *o, const struct frame *f)
{
	void *refs = o->refs;

	if (!nf_grow(&refs, &o->cap_refs, o->nrefs + 1, sizeof(*o->refs)))
		return false;
	o->refs = refs;
	o->refs[o->nrefs++] = (struct ref){
		.ts_ns = f->ts_ns, .number = f->number, .offset = f->offset,
		.caplen = f->caplen, .wirelen = f->wirelen, .linktype = f->linktype,
		.ts_fine = f->ts_fine, .back_ns = f->back_ns,
	};
	return true;
}

static bool keep_trouble(struct order *o, const struct nf_err *err)
{
	void *troubles = o->troubles;

	if (!nf_grow(&troubles, &o->cap_troubles, o->ntroubles + 1, sizeof(*err)))
		return false;
	o->troubles = troubles;
	o->troubles[o->ntroubles++] = *err;
	return true;
}

static int by_stamp(const void *pa, const void *pb)
{
	const struct ref *a = pa, *b = pb;

	if (a->ts_ns != b->ts_ns)
		return a->ts_ns < b->ts_ns ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static int make_refs(struct order *o, struct nf_err *err)
{
	enum reader_got got;
	struct frame f;
	bool kept = true;

	while (kept && (got = reader_next(o->r, &f, err)) != READER_END)
		kept = got == READER_FRAME ? keep_ref(o, &f) : keep_trouble(o, err);
	if (!kept)
		return nf_err_memory(err);
	if (o->nrefs > 0)
		qsort(o->refs, o->nrefs, sizeof(*o->refs), by_stamp);
	return 0;
}

/* --- the survey --- */

/* The next stamp of the file; where its order is FIXED, only the first one counts. */
static void note(struct survey *s, int64_t ts_ns, int64_t *last, bool fixed)
{
	if (fixed && s->first_ts != INT64_MAX)
		return;
	if (ts_ns < *last)
		s->result = SURVEY_DISORDER;
	if (ts_ns < s->first_ts)
		s->first_ts = ts_ns;
	*last = ts_ns;
}

/* Run through all stamps; what is wrong with the file is for the reading to tell. */
static void make_survey(struct order *o, struct survey *s)
{
	int64_t last = INT64_MIN;
	struct sighting seen;
	struct nf_err ignored;
	struct frame f;

	*s = (struct survey){ .result = SURVEY_ASCENDING, .first_ts = INT64_MAX };
	for (;;) {
		enum reader_got got;

		if (o->in->end > ORDER_SURVEY && !o->opts.sort) {
			s->result = SURVEY_TOO_LARGE;
			return;
		}
		if (reader_look(o->r, &seen) == LOOK_FRAME) {
			reader_skip(o->r);
			note(s, seen.ts_ns, &last, o->r->fixed_order);
			continue;
		}
		got = reader_next(o->r, &f, &ignored);
		if (got == READER_END)
			break;
		if (got == READER_FRAME)
			note(s, f.ts_ns, &last, o->r->fixed_order);
	}
}

/* The earliest stamp of the first window, or of what comes before damage. */
static int64_t first_stamp(struct order *o)
{
	struct sighting seen;
	struct nf_err ignored;
	enum reader_got got;
	struct frame f;

	do {
		int64_t first = INT64_MAX;
		uint64_t octets = 0;
		unsigned n = 0;

		while (n < ORDER_FRAMES && octets < o->opts.window_octets &&
		       reader_look(o->r, &seen) == LOOK_FRAME) {
			reader_skip(o->r);
			if (seen.ts_ns < first)
				first = seen.ts_ns;
			octets += seen.caplen;
			if (o->r->fixed_order)
				break;
			n++;
		}
		if (first != INT64_MAX)
			return first;
		got = reader_next(o->r, &f, &ignored);
		if (got == READER_FRAME)
			return f.ts_ns;
	} while (got != READER_END);
	return INT64_MAX;
}

/* --- opening --- */

static int open_reader(struct order *o, uint64_t *drops, struct nf_err *err)
{
	o->r = reader_open(o->in, o->file, drops, err);
	return o->r == NULL ? -1 : 0;
}

static int reopen(struct order *o, bool spool, uint64_t *drops, struct nf_err *err)
{
	reader_close(o->r);
	o->r = NULL;
	if ((spool ? input_spool(o->in, err) : input_rewind(o->in, err)) < 0)
		return -1;
	return open_reader(o, drops, err);
}

static int survey_and_sort(struct order *o, struct survey *s, uint64_t *drops,
			   struct nf_err *err)
{
	uint64_t ignored = 0;

	/* What is packed would be unpacked twice or three times: rather write it down. */
	if (o->opts.sort && s->result == SURVEY_NONE &&
	    (o->in->packed != NULL || !input_rewinds(o->in)) && input_spool(o->in, err) < 0)
		return -1;
	if (s->result == SURVEY_NONE) {
		if (open_reader(o, &ignored, err) < 0)
			return -1;
		make_survey(o, s);
		if (reopen(o, false, drops, err) < 0)
			return -1;
	} else if (open_reader(o, drops, err) < 0) {
		return -1;
	}
	o->trusted = s->result == SURVEY_ASCENDING;
	if (s->result != SURVEY_DISORDER)
		return 0;
	/* References need octets that can be read anywhere. */
	if (o->in->packed != NULL && !o->in->spooled && reopen(o, true, drops, err) < 0)
		return -1;
	return make_refs(o, err);
}

static int open_all(struct order *o, const char *path, struct survey *survey, uint64_t *drops,
		    struct nf_err *err)
{
	o->in = input_open(path, o->opts.follow, o->opts.spare, err);
	if (o->in == NULL)
		return -1;
	input_keep(o->in, o->opts.keep);
	if (o->opts.lean)
		input_lean(o->in);
	o->live = input_live(o->in);
	if (!o->opts.follow && (o->opts.sort || (o->opts.survey && !o->live))) {
		o->live = false;
		return survey_and_sort(o, survey, drops, err);
	}
	if (open_reader(o, drops, err) < 0)
		return -1;
	o->trusted = o->r->fixed_order;
	return 0;
}

struct order *order_open(const char *path, uint32_t file, const struct order_opts *opts,
			 struct survey *survey, uint64_t *drops, struct nf_err *err)
{
	struct order *o = nf_zalloc(sizeof(*o));

	if (o == NULL) {
		nf_err_memory(err);
		return NULL;
	}
	o->opts = *opts;
	o->file = file;
	o->looked_ts = o->out_ts = INT64_MIN;
	if (open_all(o, path, survey, drops, err) < 0) {
		order_close(o);
		return NULL;
	}
	return o;
}

static int probe(struct order *o, const char *path, struct survey *s, struct nf_err *err)
{
	uint64_t ignored = 0;

	o->in = input_open(path, false, o->opts.spare, err);
	if (o->in == NULL || open_reader(o, &ignored, err) < 0)
		return -1;
	if (o->opts.survey || o->opts.sort) {
		make_survey(o, s);
		if (s->result != SURVEY_TOO_LARGE)
			return 0;
		if (reopen(o, false, &ignored, err) < 0)
			return -1;
	}
	s->first_ts = first_stamp(o);
	return 0;
}

int order_probe(const char *path, uint32_t file, const struct order_opts *opts,
		struct survey *survey, struct nf_err *err)
{
	struct order o = { .opts = *opts, .file = file };
	int got = probe(&o, path, survey, err);

	reader_close(o.r);
	input_close(o.in);
	return got;
}

enum reader_got order_next(struct order *o, struct frame *f, bool wait, struct nf_err *err)
{
	enum reader_got got;

	if (o->refs != NULL)
		return sorted(o, f, err);
	if (o->trusted)
		return trusted(o, f, wait, err);
	got = windowed(o, f, wait, err);
	if (got == READER_FRAME)
		o->out_ts = f->ts_ns;
	return got;
}

void order_close(struct order *o)
{
	if (o == NULL)
		return;
	if (o->window != NULL)
		window_done(o->window);
	nf_free(o->window);
	nf_free(o->refs);
	nf_free(o->buf);
	nf_free(o->troubles);
	reader_close(o->r);
	input_close(o->in);
	nf_free(o);
}
