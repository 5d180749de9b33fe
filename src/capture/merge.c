#include <config.h>

#include "capture/merge.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "capture/order.h"
#include "capture/reread.h"

enum {
	KEPT_OPEN = 8,		/* of the inputs not yet due; also those that have a full window */
	LEAN_FROM = 128,	/* open inputs from which on no descriptors are kept */
	WINDOW_MIN = 64 << 10,
};

struct lane {
	struct order *order;	/* NULL: not open */
	struct frame head;
	struct survey survey;
	int64_t due;		/* stamp of the head */
	uint32_t file;
	bool ready;		/* the head is there; else it must be read, or the input opened */
};

struct merge {
	const char *const *paths;
	size_t npaths, probed;
	struct merge_opts opts;
	bool survey;
	uint64_t *drops;
	struct input_spare spare;
	struct lane *lanes;
	struct lane **heap;	/* the lanes that have not ended, the earliest first */
	size_t nheap;
	size_t nopen;
};

/* Are the inputs, together, so small that surveying all stamps costs little? */
static bool small(const char *const *paths, size_t n)
{
	uint64_t sum = 0;
	struct stat st;

	for (size_t i = 0; i < n && sum <= ORDER_SURVEY; i++)
		if (raw_stat(paths[i], &st) == 0 && S_ISREG(st.st_mode))
			sum += (uint64_t)st.st_size;
	return sum <= ORDER_SURVEY;
}

struct merge *merge_new(const char *const *paths, size_t n, const struct merge_opts *opts,
			uint64_t *drops)
{
	struct merge *m = nf_zalloc(sizeof(*m));

	if (m == NULL)
		return NULL;
	*m = (struct merge){ .paths = paths, .npaths = n, .opts = *opts, .drops = drops };
	m->survey = small(paths, n);
	if (n > 0) {
		m->lanes = nf_zalloc(n * sizeof(*m->lanes));
		m->heap = nf_zalloc(n * sizeof(struct lane *));
		if (m->lanes == NULL || m->heap == NULL) {
			merge_free(m);
			return NULL;
		}
	}
	for (size_t i = 0; i < n; i++)
		m->lanes[i].file = (uint32_t)i;
	return m;
}

/* --- the heap --- */

static bool before(const struct lane *a, const struct lane *b)
{
	return a->due != b->due ? a->due < b->due : a->file < b->file;
}

static void sift_down(struct merge *m, size_t at)
{
	struct lane *lane = m->heap[at];
	size_t child;

	while ((child = 2 * at + 1) < m->nheap) {
		if (child + 1 < m->nheap && before(m->heap[child + 1], m->heap[child]))
			child++;
		if (!before(m->heap[child], lane))
			break;
		m->heap[at] = m->heap[child];
		at = child;
	}
	m->heap[at] = lane;
}

static void heapify(struct merge *m)
{
	for (size_t i = m->nheap / 2; i-- > 0; )
		sift_down(m, i);
}

/* --- lanes --- */

static void shut(struct merge *m, struct lane *lane)
{
	if (lane->order == NULL)
		return;
	order_close(lane->order);
	lane->order = NULL;
	lane->ready = false;
	m->nopen--;
}

/* Many inputs at once have to share the memory for windows. */
static uint32_t window_octets(const struct merge *m)
{
	size_t share;

	if (m->nopen < KEPT_OPEN)
		return ORDER_OCTETS;
	share = (size_t)ORDER_OCTETS * KEPT_OPEN / (m->nopen + 1);
	return share < WINDOW_MIN ? WINDOW_MIN : (uint32_t)share;
}

static struct order_opts lane_opts(struct merge *m, const struct lane *lane)
{
	return (struct order_opts){
		.follow = m->opts.follow && lane->file + 1 == m->npaths,
		.survey = m->survey,
		.sort = m->opts.sort,
		.lean = m->nopen >= LEAN_FROM,
		.window_octets = window_octets(m),
		.spare = &m->spare,
		.keep = m->opts.again != NULL ? reread_spool(m->opts.again, lane->file) : NULL,
	};
}

static int open_lane(struct merge *m, struct lane *lane, struct nf_err *err)
{
	struct order_opts opts = lane_opts(m, lane);

	lane->order = order_open(m->paths[lane->file], lane->file, &opts, &lane->survey,
				 m->drops, err);
	if (lane->order == NULL)
		return -1;
	m->nopen++;
	return 0;
}

/* A live input that is followed is waited for only if it is alone. */
static bool waits(const struct merge *m, const struct lane *lane)
{
	return !m->opts.follow || lane->file + 1 != m->npaths || m->nheap <= 1;
}

/* Have the next frame as the head. */
static enum reader_got advance(struct merge *m, struct lane *lane, struct nf_err *err)
{
	bool wait = waits(m, lane) && !m->opts.nowait;
	enum reader_got got = order_next(lane->order, &lane->head, wait, err);

	lane->ready = got == READER_FRAME;
	if (lane->ready)
		lane->due = lane->head.ts_ns;
	else if (got == READER_NOT_YET && !waits(m, lane))
		lane->due = INT64_MAX;
	return got;
}

/* --- probing --- */

/* Would closing it and opening it again lose frames, or make it wait? */
static bool once(const struct merge *m, const struct lane *lane)
{
	struct stat st;

	return (m->opts.follow && lane->file + 1 == m->npaths) ||
	       raw_stat(m->paths[lane->file], &st) < 0 || !S_ISREG(st.st_mode);
}

/* Have the head of a lane that stays open. */
static enum reader_got first_head(struct merge *m, struct lane *lane, struct nf_err *err)
{
	enum reader_got got;

	if (open_lane(m, lane, err) < 0)
		return READER_TROUBLE;
	m->heap[m->nheap++] = lane;
	got = advance(m, lane, err);
	if (got == READER_END) {
		shut(m, lane);
		m->nheap--;
	} else if (got == READER_TROUBLE || (got == READER_NOT_YET && m->opts.nowait)) {
		lane->due = INT64_MIN;	/* its head comes next */
	}
	return got;
}

/* Learn when the lane's input is due; what is wrong within it comes when it is read. */
static enum reader_got probe_lane(struct merge *m, struct lane *lane, struct nf_err *err)
{
	struct order_opts opts = lane_opts(m, lane);

	if (m->npaths <= KEPT_OPEN || once(m, lane))
		return first_head(m, lane, err);
	if (order_probe(m->paths[lane->file], lane->file, &opts, &lane->survey, err) < 0)
		return READER_TROUBLE;
	lane->due = lane->survey.first_ts;
	m->heap[m->nheap++] = lane;
	return READER_FRAME;
}

static enum reader_got probe(struct merge *m, struct nf_err *err)
{
	while (m->probed < m->npaths) {
		if (m->opts.nowait && !raw_ready(m->paths[m->probed]))
			return READER_NOT_YET;
		if (probe_lane(m, &m->lanes[m->probed++], err) == READER_TROUBLE)
			return READER_TROUBLE;
	}
	heapify(m);
	return READER_END;
}

/* --- */

enum reader_got merge_next(struct merge *m, const struct frame **f, struct nf_err *err)
{
	if (m->probed < m->npaths) {
		enum reader_got got = probe(m, err);

		if (m->probed == m->npaths)
			heapify(m);
		if (got != READER_END)
			return got;
	}
	while (m->nheap > 0) {
		struct lane *lane = m->heap[0];
		enum reader_got got;

		if (lane->ready) {
			*f = &lane->head;
			lane->ready = false;
			return READER_FRAME;
		}
		if (lane->order == NULL && open_lane(m, lane, err) < 0)
			got = READER_END;	/* with its trouble told */
		else
			got = advance(m, lane, err);
		if (got == READER_TROUBLE)
			return got;
		if (got == READER_NOT_YET && waits(m, lane))
			return got;
		if (got == READER_END) {
			bool told = lane->order == NULL;

			shut(m, lane);
			m->heap[0] = m->heap[--m->nheap];
			if (m->nheap > 0)
				sift_down(m, 0);
			if (told)
				return READER_TROUBLE;
			continue;
		}
		sift_down(m, 0);
	}
	return READER_END;
}

void merge_free(struct merge *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; m->lanes != NULL && i < m->npaths; i++)
		order_close(m->lanes[i].order);
	input_spare_done(&m->spare);
	nf_free(m->lanes);
	nf_free(m->heap);
	nf_free(m);
}
