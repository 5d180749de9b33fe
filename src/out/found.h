/*
 * What a checker finds, gathered while it checks, for those who filter by it: finding.rule ...
 *
 *	struct found found;
 *
 *	found_init(&found);
 *	opts.occurred = found_occurred;
 *	opts.occurred_ctx = &found;
 *	... check_new(&opts), messages, check_end ...
 *	found_settle(&found, &findings);
 *	found_done(&found);
 *
 * Memory: FOUND_MAX rows of a finding in a message, however often it is in that.
 */
#ifndef OUT_FOUND_H
#define OUT_FOUND_H

#include "check/check.h"
#include "model/findings.h"

enum { FOUND_MAX = 1 << 20 };

struct found_row;

struct found {
	struct found_row *v;
	size_t n, cap;
	uint64_t beyond;		/* times that there was no room */
	bool failed;			/* memory was out */
};

/* The rules' ids as words of filters, by enum check_rule_id.  It points into itself. */
struct found_rules {
	struct nf_labels labels;
	struct nf_value_name ids[CHECK_RULES];
};

void found_rules_init(struct found_rules *rules);

void found_init(struct found *f);
void found_done(struct found *f);

/* For check_opts.occurred; CTX is the struct found. */
void found_occurred(void *ctx, const struct check_finding *finding, const struct check_place *at);

/*
 * Those that still stand, into TO, which is settled by that.  Before the checker is freed.  False
 * where memory was out.
 */
bool found_settle(struct found *f, struct findings *to);

#endif
