/*
 * Columns of flow records: what -c names, and the cells that records have in them.
 *
 * A column is one of the normalised view (columns.def), or whatever a filter can name: an
 * element by any of its names, a group of elements, what stands around a record.
 */
#ifndef OUT_COLUMNS_H
#define OUT_COLUMNS_H

#include "base/arena.h"
#include "model/filter.h"
#include "model/flow.h"
#include "out/out.h"

enum { COLUMNS_MAX = 256 };

/*
 * T as "2023-01-01T01:00:05.002Z" at P, which has room for NF_ROOM_INSTANT octets; returns the
 * end.  Nothing where it has no such text: see nf_put_instant.
 */
char *columns_put_time(char *p, const struct nf_flowtime *t, struct nf_time_cache *cache);

/* A flow record and what stands around it. */
struct columns_at {
	struct out *out;		/* for its caches */
	const struct flow_view *view;
	struct filter_at in;		/* its rec is the record */
	bool words;			/* for people: names for numbers, short times */
	bool clock;			/* times without the day */
};

struct column;

typedef void columns_cell(struct nf_strbuf *s, const struct column *c, const struct columns_at *at);

struct column {
	const char *name;		/* "bytes", "octetDeltaCount", "frame.number" */
	const char *title;
	unsigned width;			/* characters that most values take */
	bool right;
	/* One of these: a cell of its own, a name with a get, or elements. */
	columns_cell *cell;
	const struct filter_ref *ref;
	uint16_t item;			/* of columns.def */
};

/* The columns that a command was given. */
struct columns {
	struct column v[COLUMNS_MAX];
	unsigned n;
	struct filter_names *names;	/* what refs live in */
	struct nf_arena arena;		/* and names as they were given */
};

/*
 * The columns that TEXT names, "src,dst,bytes"; with a + in front, those of USUAL and these.
 * TEXT may be NULL: USUAL.  False and *ERR where there is no such name; columns_done is then
 * called all the same.
 */
bool columns_init(struct columns *c, const char *text, const char *usual,
		  struct nf_registry *registry, const struct filter_opts *opts,
		  struct filter_error *err);
/* Add those that TEXT names. */
bool columns_add(struct columns *c, const char *text, struct filter_error *err);
void columns_done(struct columns *c);

/* True if its cells are strings in JSON. */
bool columns_quoted(const struct column *c);

/* True if the column is the same for all records of a set. */
bool columns_of_set(const struct column *c);

/*
 * The one field whose value, in digits, is the cell of a column of the view, for people or not;
 * -1 if there is no such field.
 */
int columns_field(const struct column *c, const struct flow_view *view, bool words);

/* Which fields say the time in a column of the view; NULL if it has no other text than that. */
const struct nf_flowtime_way *columns_way(const struct column *c, const struct flow_view *view);

/* True if no record of the view's layout has anything in a column of the view. */
bool columns_absent(const struct column *c, const struct flow_view *view);

/* A value of a row with a get, "" where it has none. */
void columns_name_cell(struct nf_strbuf *s, const struct column *c, const struct columns_at *at);

/* True if the column shows this element. */
bool columns_has(const struct column *c, const struct nf_ie *ie);

/* True if NAME is a column of the view. */
bool columns_is(const char *name);

/* Rows of columns.def for listings: *I begins at 0; false at the end. */
bool columns_next(unsigned *i, const char **name, const char **help);

/* "...AP.SF": the eight flags of a TCP header as letters, or dots. */
void columns_flags(struct nf_strbuf *s, uint64_t flags);

/* NS as seconds, "0.250", with DIGITS of fraction. */
void columns_seconds(struct nf_strbuf *s, int64_t ns, unsigned digits);

/* "denied": the word for an event, or its number. */
void columns_event(struct nf_strbuf *s, const struct flow_view *view, const struct nf_rec *r,
		   uint64_t event);

#endif
