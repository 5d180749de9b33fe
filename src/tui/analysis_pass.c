#include <config.h>

#include "tui/analysis_pass.h"

#include "base/mem.h"
#include "model/framer.h"

enum { RECORD_HEADER = 16 };	/* of a frame in a pcap file */

static bool look_ahead(void *ctx, struct nf_datagram *d)
{
	struct pass *p = ctx;

	return p->opts->ahead(p->opts->ahead_ctx, &p->ahead_at, d);
}

static void ignore(void *ctx, const struct nf_err *err)
{
	(void)ctx;
	(void)err;
}

static int open_tracker(struct pass *p, struct nf_err *err)
{
	bool own = p->opts->ahead == NULL;
	const struct nf_tracker_opts opts = {
		.scope = p->opts->scope,
		.max_templates = p->opts->max_templates,
		.ahead = own ? preread_next : look_ahead,
		.ahead_ctx = own ? (void *)&p->ahead : p,
	};
	uint64_t ordinal = 0;

	p->tracker = nf_tracker_new(&opts, p->opts->registry);
	if (p->tracker == NULL)
		return nf_err_memory(err);
	return preread_give(p->tracker, p->opts->templates, p->opts->ntemplates, &ordinal, ignore,
			   NULL, err);
}

static int open_all(struct pass *p, bool copies, struct nf_err *err)
{
	const struct analysis_opts *opts = p->opts;
	struct capture_opts capture = opts->capture;

	capture.framer = &framer_ipfix;
	capture.quiet_steps = true;
	capture.follow = false;
	p->ahead = (struct preread){ .paths = opts->files, .n = opts->nfiles, .opts = capture };
	p->size = source_size(opts->files, opts->nfiles);
	p->seen = copies ? duplicates_new() : NULL;
	if (copies && p->seen == NULL)
		return nf_err_memory(err);
	if (open_tracker(p, err) < 0)
		return -1;
	p->source = source_open(opts->files, opts->nfiles, &capture, err);
	return p->source != NULL ? 0 : -1;
}

struct pass *pass_new(const struct analysis_opts *opts, bool copies, struct nf_err *err)
{
	struct pass *p = nf_zalloc(sizeof(*p));

	if (p == NULL) {
		nf_err_memory(err);
		return NULL;
	}
	p->opts = opts;
	if (open_all(p, copies, err) == 0)
		return p;
	pass_free(p);
	return NULL;
}

static void let_go(struct pass *p)
{
	source_close(p->source);
	preread_close(&p->ahead);
	duplicates_free(p->seen);
	p->source = NULL;
	p->seen = NULL;
}

void pass_end(struct pass *p)
{
	if (p->source != NULL)
		p->counts = *source_counts(p->source);
	let_go(p);
	p->ended = true;
}

void pass_free(struct pass *p)
{
	if (p == NULL)
		return;
	let_go(p);
	nf_tracker_free(p->tracker);
	nf_free(p);
}

const struct capture_counts *pass_counts(const struct pass *p)
{
	return p->source != NULL ? source_counts(p->source) : &p->counts;
}

void pass_watch(struct pass *p, void (*event)(void *ctx, const struct capture_event *e),
		void *ctx)
{
	const struct capture_watch watch = { .event = event, .ctx = ctx, .checksums = true };

	source_watch(p->source, &watch);
}

enum pass_got pass_next(struct pass *p, struct nf_delivery *delivery, enum nf_refusal *why)
{
	struct nf_err err;

	switch (source_next(p->source, &p->datagram, &err)) {
	case SOURCE_END:
		return PASS_END;
	case SOURCE_DATAGRAM:
		break;
	case SOURCE_TROUBLE:
		p->damaged |= err.kind == NF_ERR_DAMAGE;
		return PASS_NOTHING;
	default:
		return PASS_NOTHING;
	}
	*why = nf_tracker_feed(p->tracker, &p->datagram, delivery);
	if (*why != NF_REFUSAL_NONE)
		return PASS_REFUSED;
	if (p->seen != NULL)
		p->datagram.facts.duplicate = duplicates_seen(p->seen, &p->datagram);
	return PASS_DELIVERY;
}

double pass_progress(const struct pass *p)
{
	const struct capture_counts *counts;
	double done, all;

	if (p->ended)
		return 1;
	counts = pass_counts(p);
	done = (double)(counts->frame_octets + RECORD_HEADER * counts->frames);
	all = (double)p->size;
	if (p->frames != 0) {
		done = (double)counts->frames;
		all = (double)p->frames;
	}
	if (all <= 0)
		return 0;
	return done < all ? done / all : 1;
}
