#include <config.h>

#include "model/store_internal.h"

#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "capture/raw.h"

enum {
	STEP = 16,		/* datagrams, or rows, between two looks at the clock */
	TROUBLES = 1000,
	RECORD_HEADER = 16,
};

int64_t store_now(void)
{
	return nf_clock_ns(CLOCK_MONOTONIC);
}

/* -- Opening --------------------------------------------------------------------------- */

/* What happened before the frame that is known already is no news. */
static void event(void *ctx, const struct capture_event *e)
{
	struct store *s = ctx;

	if (!s->following || e->frame > s->last_frame)
		s->opts.hooks.event(s->opts.hooks.ctx, e);
}

static int open_source(struct store *s, struct nf_err *err)
{
	struct capture_opts opts = s->opts.capture;
	size_t first = s->following ? s->npaths - 1 : 0;
	const struct capture_watch watch = {
		.event = s->opts.hooks.event != NULL ? event : NULL, .ctx = s,
		.checksums = s->opts.hooks.event != NULL,
	};

	opts.nowait = true;
	opts.follow = s->following;
	opts.sort = opts.sort && !s->following;
	opts.quiet_steps = s->following;
	opts.again = s->following ? NULL : s->again;
	s->source = source_open(s->paths + first, s->npaths - first, &opts, err);
	if (s->source == NULL)
		return -1;
	source_watch(s->source, &watch);
	return 0;
}

static int open_parts(struct store *s, struct nf_err *err)
{
	struct nf_tracker_opts tracker = {
		.scope = s->opts.scope, .max_templates = s->opts.max_templates,
	};

	s->tracker = nf_tracker_new(&tracker, s->opts.registry);
	s->again = reread_new(s->paths, s->npaths);
	s->seen = duplicates_new();
	s->scratch.n = NF_SCRATCH_WORDS;
	s->scratch.words = nf_alloc(s->scratch.n * sizeof(*s->scratch.words));
	if (!store_rows_open(s) || s->tracker == NULL || s->again == NULL || s->seen == NULL ||
	    s->scratch.words == NULL)
		return nf_err_memory(err);
	s->total = source_size(s->paths, s->npaths);
	return open_source(s, err);
}

struct store *store_open(const char *const *paths, size_t n, const struct store_opts *opts,
			 struct nf_err *err)
{
	struct store *s = nf_zalloc(sizeof(*s));

	if (s == NULL) {
		nf_err_memory(err);
		return NULL;
	}
	s->paths = paths;
	s->npaths = n;
	s->opts = *opts;
	if (open_parts(s, err) == 0)
		return s;
	store_free(s);
	return NULL;
}

void store_free(struct store *s)
{
	if (s == NULL)
		return;
	source_close(s->source);
	reread_free(s->again);
	nf_tracker_free(s->tracker);
	duplicates_free(s->seen);
	store_rows_done(s);
	for (int i = 0; i < STORE_KEPT; i++)
		store_message_done(&s->kept[i]);
	store_message_done(&s->settled);
	nf_free(s->scratch.words);
	nf_free(s->extents);
	nf_free(s->troubles);
	nf_free(s);
}

/* -- Loading --------------------------------------------------------------------------- */

static void keep_trouble(struct store *s, const struct nf_err *err)
{
	void *troubles = s->troubles;

	if (s->ntroubles == TROUBLES)
		return;
	if (!nf_grow(&troubles, &s->cap_troubles, s->ntroubles + 1, sizeof(*err))) {
		s->failed = true;
		return;
	}
	s->troubles = troubles;
	s->troubles[s->ntroubles++] = *err;
}

/* What was read of the last file alone says so. */
static bool rename_file(struct store *s, struct nf_datagram *d)
{
	void *extents = s->extents;
	uint32_t file = (uint32_t)(s->npaths - 1);

	if (!nf_grow(&extents, &s->cap_extents, d->nextents, sizeof(*s->extents)))
		return false;
	s->extents = extents;
	for (uint32_t i = 0; i < d->nextents; i++) {
		s->extents[i] = d->extents[i];
		s->extents[i].file = file;
	}
	d->extents = s->extents;
	d->file = file;
	return true;
}

static void messages(struct store *s, struct nf_delivery *delivery)
{
	const struct store_hooks *hooks = &s->opts.hooks;
	uint8_t worst = 0;
	const struct nf_sink sink = { .report = store_worst, .ctx = &worst };
	struct nf_view view;

	for (; nf_delivery_next(delivery, &view, &sink); worst = 0) {
		struct tally t;

		if (hooks->prepare != NULL)
			hooks->prepare(hooks->ctx, &view);
		t = store_tally(s, &view, worst);
		if (!store_add(s, &view, &t))
			s->failed = true;
		if (hooks->message != NULL)
			hooks->message(hooks->ctx, &view);
	}
}

static void take(struct store *s, struct nf_datagram *d)
{
	const struct store_hooks *hooks = &s->opts.hooks;
	struct nf_delivery delivery;
	enum nf_refusal why;

	if (s->following && (d->frame <= s->last_frame || !rename_file(s, d)))
		return;
	if (d->file + 1 == s->npaths && d->frame > s->last_frame)
		s->last_frame = d->frame;
	d->ordinal = s->ordinal++;
	why = nf_tracker_feed(s->tracker, d, &delivery);
	if (why == NF_REFUSAL_NONE) {
		d->facts.duplicate = duplicates_seen(s->seen, d);
		messages(s, &delivery);
	} else if (hooks->refused != NULL) {
		hooks->refused(hooks->ctx, d, why);
	}
}

/* The counts of a source that is done with; another one reads what follows. */
static void end_source(struct store *s)
{
	if (!s->loaded)
		s->counts = *source_counts(s->source);
	source_close(s->source);
	s->source = NULL;
	s->loaded = true;
	s->waiting = false;
}

static bool begin_following(struct store *s)
{
	struct nf_err err;

	s->following = true;
	if (open_source(s, &err) == 0)
		return true;
	keep_trouble(s, &err);
	s->following = s->follow_wanted = false;
	return false;
}

/* One datagram, or the end of something.  False where there is nothing to be read now. */
static bool load(struct store *s)
{
	struct nf_err err;

	if (s->source == NULL)
		return s->follow_wanted && begin_following(s);
	switch (source_next(s->source, &s->datagram, &err)) {
	case SOURCE_DATAGRAM:
		s->waiting = false;
		take(s, &s->datagram);
		return true;
	case SOURCE_TROUBLE:
		keep_trouble(s, &err);
		return true;
	case SOURCE_WAKE:
		s->waiting = true;
		return false;
	default:
		end_source(s);
		return s->follow_wanted && !s->following;
	}
}

bool store_step(struct store *s, uint64_t budget_ns)
{
	int64_t end = store_now() + (int64_t)budget_ns;

	do {
		for (int i = 0; i < STEP; i++)
			if (!load(s) && !(s->loaded && store_settle(s)))
				return false;
	} while (store_now() < end);
	return true;
}

bool store_follow(struct store *s, bool on)
{
	const char *last = s->npaths > 0 ? s->paths[s->npaths - 1] : NULL;
	struct stat st;

	if (on && (last == NULL || strcmp(last, "-") == 0 || raw_stat(last, &st) < 0 ||
		   !S_ISREG(st.st_mode) || source_size(&last, 1) == 0 ||
		   /* of one without a whole header nobody knows what it is to be */
		   (store_counts(s)->frames == 0 && s->ntroubles > 0)))
		return false;
	s->follow_wanted = on;
	if (!on && s->following) {
		source_close(s->source);
		s->source = NULL;
		s->following = s->waiting = false;
	}
	return true;
}

const char *store_path(const struct store *s, uint32_t file)
{
	if (!s->loaded && !reread_regular(s->again, file))
		return NULL;
	return reread_path(s->again, file);
}

struct store_progress store_progress(const struct store *s)
{
	const struct capture_counts *c = store_counts(s);
	struct store_progress p = {
		.octets = c->frame_octets + RECORD_HEADER * c->frames,
		.total = s->total,
		.loaded = s->loaded,
		.waiting = s->waiting,
	};

	p.settled = s->loaded && store_settled(s);
	if (p.loaded || (p.total != 0 && p.octets > p.total))
		p.octets = p.total;
	return p;
}

const struct nf_err *store_trouble(const struct store *s, size_t i)
{
	return i < s->ntroubles ? &s->troubles[i] : NULL;
}

bool store_failed(const struct store *s)
{
	return s->failed;
}

struct nf_tracker *store_tracker(struct store *s)
{
	return s->tracker;
}

const struct capture_counts *store_counts(const struct store *s)
{
	return s->loaded ? &s->counts : source_counts(s->source);
}
