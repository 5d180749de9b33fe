/*
 * What `nfpcap diff` shows: text like a diff, JSON lines, JUnit XML.
 *
 *	struct difflist l = { .o = o, .diff = &diff, .paths = { old, new } };
 *
 *	difflist_show(&l, "text");
 *	... write o->text ...
 */
#ifndef OUT_DIFFLIST_H
#define OUT_DIFFLIST_H

#include "model/diff.h"
#include "out/out.h"

struct difflist {
	struct out *o;
	const struct diff *diff;
	const char *paths[2];
	bool quiet;			/* text: the totals alone */
	bool nothing;			/* one side has no flow export: nothing was compared */
	bool allow_empty;		/* that is no failure */
};

void difflist_show(const struct difflist *l, const char *format);

/* A format of out.h that shows no messages. */
extern const struct out_ops difflist_out;

/* -- What formats share ---------------------------------------------------------------- */

void difflist_text(const struct difflist *l);
void difflist_json(const struct difflist *l);
void difflist_junit(const struct difflist *l);

/* Do the names of what changed say all, as of a finding? */
static inline bool difflist_named(const struct difference *x)
{
	return x->kind == DIFF_FINDING_GONE || x->kind == DIFF_FINDING_NEW;
}

/* "192.0.2.1 domain 7" of one SIDE; "the capture". */
void difflist_who(struct nf_strbuf *s, const struct difflist *l, const struct difference *x,
		  unsigned side);

/* "2 templates changed, 1 flow lost"; "no difference". */
void difflist_totals(struct nf_strbuf *s, const struct difflist *l);

/* "frame 3 of old, frame 5 of new"; nothing where there is none. */
void difflist_frames(struct nf_strbuf *s, const struct difference *x);

#endif
