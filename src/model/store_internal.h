/*
 * The parts of a store, for its files.
 *
 *	store.c		opening, loading, following
 *	store_rows.c	rows: how they are packed; numbers of flows
 *	store_tally.c	what stands in a message; counts put right
 *	store_read.c	messages read again
 *	store_flow.c	the cursor over flow records
 *	store_job.c	filters over all rows
 *	store_sort.c	the order of flows
 *	store_key.c	what they are ordered by
 */
#ifndef MODEL_STORE_INTERNAL_H
#define MODEL_STORE_INTERNAL_H

#include "base/arena.h"
#include "capture/reread.h"
#include "model/duplicates.h"
#include "model/flow.h"
#include "model/store.h"
#include "track/map.h"

enum {
	CHUNK_ROWS = 1 << 16,
	BLOCK_ROWS = 256,
	CHUNK_BLOCKS = CHUNK_ROWS / BLOCK_ROWS,
	KINDS = 1 << 16,
	ENDS_WHOLE = 1 << 18,		/* pairs of endpoints that are kept as they are */
	ENDS = 1 << 20,
	LENGTH_MAX = (1 << 20) - 1, MISSING_MAX = (1 << 18) - 1, FLOWS_MAX = (1 << 20) - 1,
	/* of flags: the place is that of a struct aside; a later template may change the row */
	STORE_ASIDE = STORE_PIECES,
	STORE_UNSETTLED = 2048,
};

/* What many datagrams share. */
struct kind {
	struct nf_frame_facts facts;
	uint8_t transport;
	bool ts_fine;
};

struct row {
	uint64_t position;		/* of the message: see track/tracker.h */
	int64_t ts_ns;
	uint64_t frame : 40, file : 24;
	uint64_t place;			/* offset in the file, or a pointer: see STORE_ASIDE */
	uint64_t ends : 20, length : 20, missing : 18, version : 4, worst : 2;
	uint64_t flows : 20, flags : 12, options : 16, kind : 16;
};
_Static_assert(sizeof(struct row) == STORE_ROW, "what store.h promises");

/* The place of a payload that stands in several pieces, or is larger than a row can say. */
struct aside {
	uint32_t length, wire_len, nextents;
	struct nf_extent extents[];
};

/* Between whom, and in which session. */
struct ends {
	struct nf_node node;
	uint64_t key[6];
	struct nf_endpoint src, dst;
	const struct nf_session *session;
	uint32_t index;
};

/* What there is in the rows of a block, at least: for those who look for some of them. */
struct block {
	uint64_t least, most;		/* of their frames: see frame_key of store_rows.c */
	uint16_t flags;			/* all of them */
	uint8_t worst;
};

struct chunk {
	struct row rows[CHUNK_ROWS];
	struct block about[CHUNK_BLOCKS];
	uint32_t blocks[CHUNK_BLOCKS];	/* flows */
	uint64_t flows, before;		/* flows of it, and of all before it */
	uint64_t versions;		/* of templates known when its rows were last counted */
	bool unsettled;
};

/* A message read again. */
struct message {
	struct nf_view view;
	struct nf_datagram datagram;
	struct nf_extent extent;
	uint8_t *payload;
	size_t cap;
	uint64_t row, used;		/* used 0: nothing */
};

struct store {
	const char *const *paths;
	size_t npaths;
	struct store_opts opts;
	struct nf_tracker *tracker;
	struct reread *again;
	struct source *source;		/* NULL: nothing to read now */
	struct capture_counts counts;	/* of sources before */
	struct duplicates *seen;
	struct nf_datagram datagram;	/* the one that is being loaded */
	struct nf_extent *extents;	/* of it, where file indices had to be put right */
	size_t cap_extents;
	uint64_t ordinal, total;
	uint64_t last_frame;		/* of the last file */
	bool following, follow_wanted, loaded, waiting, failed;

	struct chunk **chunks;
	size_t nchunks, cap_chunks;
	uint64_t nrows, generation;
	struct nf_arena asides;

	struct kind *kinds;
	uint16_t *kind_slots;
	size_t nkinds, cap_kinds;

	struct nf_map ends_by_key;
	struct nf_arena ends_arena;
	struct ends **ends;
	size_t nends, cap_ends;

	size_t settling;		/* the chunk that is looked at; nchunks: none */
	uint32_t settling_row;
	uint64_t settling_versions;

	struct message kept[STORE_KEPT];
	struct message settled;		/* whose counts are put right */
	uint64_t uses;
	struct nf_scratch scratch;

	struct nf_err *troubles;
	size_t ntroubles, cap_troubles;
};

/* -- store_rows.c ---------------------------------------------------------------------- */

/* What was counted of a message. */
struct tally {
	uint32_t flows, options;
	uint16_t flags;
	uint8_t worst;
};

static inline struct row *store_at(const struct store *s, uint64_t i)
{
	return &s->chunks[i / CHUNK_ROWS]->rows[i % CHUNK_ROWS];
}

bool store_rows_open(struct store *s);
void store_rows_done(struct store *s);

/* A row for V, whose datagram is the one at hand.  False if memory is out. */
bool store_add(struct store *s, const struct nf_view *v, const struct tally *t);

/* Put other counts into row I. */
void store_recount(struct store *s, uint64_t i, const struct tally *t);

/* -- store_tally.c --------------------------------------------------------------------- */

/* WORST of what is known of V already, by store_worst. */
struct tally store_tally(struct store *s, const struct nf_view *v, uint8_t worst);

/* The sink that keeps the worst severity in the uint8_t of its ctx; see struct store_row. */
void store_worst(void *ctx, const struct nf_problem *p);

/* Look at rows again that templates may have changed since; false where there are none. */
bool store_settle(struct store *s);
bool store_settled(const struct store *s);

/* -- store_read.c ---------------------------------------------------------------------- */

/* Read row I into M.  -1 and *ERR. */
int store_fill(struct store *s, uint64_t i, struct message *m, const struct nf_sink *sink,
	       struct nf_err *err);
void store_message_done(struct message *m);

/* -- store_flow.c ---------------------------------------------------------------------- */

/* The flow records of one message, set by set. */
struct store_sets {
	struct nf_sets sets;
	const struct nf_view *view;
	struct nf_set set;
	struct nf_resolution resolution;
};

void store_sets_open(struct store_sets *c, const struct nf_view *v);

/* The next set of flow records: set and resolution, whose layout is there. */
bool store_sets_next(struct store_sets *c);

int64_t store_now(void);

#endif
