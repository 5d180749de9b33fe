/*
 * The oracle of the display filter: an evaluator that walks the tree and looks at every field
 * of every record, without programs, loads, ranges or jumps, held against the compiled one;
 * and the canonical form, which must be a filter that means the same.
 */
#ifndef TESTS_LIB_FILTERCHECK_H
#define TESTS_LIB_FILTERCHECK_H

#include "lib/msgbuild.h"
#include "lib/wirecheck.h"
#include "model/filter.h"

enum { FILTERCHECK_MESSAGES = 32 };

struct filtercheck {
	struct wirecheck *wc;		/* registry and templates */
	struct mb octets[FILTERCHECK_MESSAGES];
	struct nf_msg msgs[FILTERCHECK_MESSAGES];
	struct nf_datagram datagrams[FILTERCHECK_MESSAGES];
	size_t nmsgs;
	struct filter_opts opts;
	char fault[1024];
	bool tried;			/* the last text was a filter */
	uint64_t records, matched;	/* since filtercheck_new */
};

/* With messages of all kinds, and those that TEXT (may be NULL) describes (textbuild.h). */
struct filtercheck *filtercheck_new(void);
void filtercheck_free(struct filtercheck *fc);

/* Of a group of tests: *STATE is one, made and freed. */
int filtercheck_set_up(void **state);
int filtercheck_tear_down(void **state);

/* Add a message as the lines of textbuild.h describe it.  False if they make no sense. */
bool filtercheck_add(struct filtercheck *fc, const char *text);

/* A view of message I, as a tracker would give it. */
struct nf_view filtercheck_view(struct filtercheck *fc, size_t i);

/* NULL where all holds of TEXT, which need be no filter; else what does not. */
const char *filtercheck_text(struct filtercheck *fc, const char *text, size_t n);

/* What the filter says of the records of message I: bit J for record J.  False: no filter. */
bool filtercheck_records(struct filtercheck *fc, const char *text, size_t i, uint64_t *bits);

#endif
