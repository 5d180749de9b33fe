/*
 * The checker beside an output (--check): what it finds is said on standard error as it comes, a
 * line each, none twice.
 *
 *	nfpcap: check: error tpl-no-data: 192.0.2.1:5000 v9 domain 0: ... (datagram 12) [RFC ...]
 *
 * What a later message explains may have been said by then.
 */
#ifndef MAIN_BESIDE_H
#define MAIN_BESIDE_H

#include "check/check.h"
#include "main/cli.h"
#include "main/report.h"

struct beside {
	const struct cli *cli;
	struct report *report;
	struct check *check;		/* NULL: nobody asked */
};

/* -1 if memory is out, which was said. */
int beside_open(struct beside *b, const struct cli *cli, struct report *report,
		struct nf_registry *registry);
void beside_message(struct beside *b, const struct nf_view *v, bool shown, uint64_t drops);
void beside_late(struct beside *b, const struct nf_late *late, bool shown);
void beside_refused(struct beside *b, const struct nf_datagram *d, enum nf_refusal why,
		    bool shown);
void beside_event(struct beside *b, const struct capture_event *e);

/* What only the end shows, and the sum of it all; --fail-on counts for the exit code. */
void beside_close(struct beside *b);

#endif
