/*
 * What commands do with messages, for fuzz_report.c: a row of consumers.c each.
 */
#ifndef FUZZ_CONSUMERS_H
#define FUZZ_CONSUMERS_H

#include "capture/source.h"
#include "model/intervals.h"
#include "model/join_filter.h"

/* Octets of the input that choose options. */
enum choice { COLUMNS, FILTER, KEYS, LENGTH, WIDTH, FLAGS, CHOICES };
enum flag {
	HOLD = 1, NORM = 2, VERBOSE = 4, STRINGS = 8, BIFLOW = 16, KEEP = 32, LIMIT = 64, FEW = 128,
};

/* What all consumers look at. */
struct report {
	uint8_t choices[CHOICES];
	const char *const *files;
	struct nf_registry *registry;
	struct nf_tracker *tracker;
	struct source *source;
	struct join *join;			/* has learned of each message before they see it */
	struct filter_opts names;		/* with what is joined */
	struct stats stats, filtered;		/* of filtered the filter is that of filter_of */
	struct nf_strbuf text;
};

struct consumer;

/* One of them at work. */
struct user {
	const struct consumer *ops;
	struct report *r;
	void *own;
	struct filter *filter;
};

/* False: memory was out.  All may be NULL but open, end and close. */
struct manner {
	bool (*open)(struct user *u);
	const struct nf_sink *(*sink)(struct user *u);	/* of the next message's problems: one may */
	void (*refused)(struct user *u, const struct nf_datagram *d, enum nf_refusal why);
	void (*at)(struct user *u, int64_t ts);	/* before what was captured then is in the totals */
	bool (*message)(struct user *u, const struct nf_view *v);
	bool (*late)(struct user *u, const struct nf_late *late);
	bool (*end)(struct user *u);
	void (*close)(struct user *u);		/* also where open failed */
};

struct consumer {
	const char *name, *format;
	const struct manner *manner;
};

/* NULL behind the last one. */
const struct consumer *consumer_at(unsigned i);

/* The filter that was chosen; NULL if memory is out. */
struct filter *filter_of(struct report *r);

/* Aborts unless it holds. */
void require(bool holds, const char *who, const char *what);

static inline bool report_has(const struct report *r, enum flag flag)
{
	return (r->choices[FLAGS] & flag) != 0;
}

#endif
