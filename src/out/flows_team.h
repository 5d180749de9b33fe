/*
 * Flow records formatted by several threads: one, which calls, reads and learns; all of them
 * format batches of messages.  The text is that of one thread, octet for octet.
 *
 *	struct flows_team *t = flows_team_new(&opts, err);
 *
 *	while (nf_delivery_next(&delivery, &view, NULL))
 *		flows_team_message(t, &view);
 *	flows_team_drain(t);
 *	... what is left is as if flows[0] had done it all ...
 *	flows_team_free(t);
 *
 * What the threads share does not change while they work: layouts, versions and rows of
 * elements.  Before it does, because a type record (RFC 5610) has come, all that is under way is
 * finished; so it is before the caller changes anything that its flows look at: flows_team_drain.
 */
#ifndef OUT_FLOWS_TEAM_H
#define OUT_FLOWS_TEAM_H

#include "out/flows.h"

struct flows_team;

enum { FLOWS_TEAM_MAX = 16 };

struct flows_team_opts {
	/*
	 * One for each thread, made with the same options but each with a filter of its own;
	 * the first one is the caller's.  Borrowed.
	 */
	struct flows *const *flows;
	unsigned n;
	/* TEXT is next; it is cleared afterwards.  False: there is no use in more. */
	bool (*give)(void *ctx, struct nf_strbuf *text);
	void *ctx;
};

/* NULL if memory is out. */
struct flows_team *flows_team_new(const struct flows_team_opts *opts);
void flows_team_free(struct flows_team *t);

/*
 * Whether F is for a team: its records do not depend on each other, nor on the caller's names
 * for filters and columns, and there is no limit.
 */
bool flows_team_can(const struct flows *f);

/* As flows_message; of an earlier message, too, it may only now be known that memory was out. */
bool flows_team_message(struct flows_team *t, const struct nf_view *v);

/* All that was begun is given out, and counts are in the first flows.  False as above. */
bool flows_team_drain(struct flows_team *t);

#endif
