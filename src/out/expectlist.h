/*
 * What `nfpcap expect` shows: each line of the expectations, whether it passed, and what was
 * observed; as text, TAP, JUnit XML, or JSON lines.
 *
 *	struct expectlist l = { .o = o, .expect = e, .path = "exporter.expect" };
 *
 *	expectlist_show(&l, "tap");
 *	... write o->text ...
 */
#ifndef OUT_EXPECTLIST_H
#define OUT_EXPECTLIST_H

#include "model/expect.h"
#include "out/out.h"

struct expectlist {
	struct out *o;
	const struct expect *expect;
	const char *path;		/* of the expectations */
	bool quiet;			/* text: the verdict alone */
	bool nothing;			/* the capture has no flow export */
	bool allow_empty;		/* that is no failure */
};

void expectlist_show(const struct expectlist *l, const char *format);

/* A format of out.h that shows no messages. */
extern const struct out_ops expectlist_out;

/* -- What formats share ---------------------------------------------------------------- */

void expectlist_text(const struct expectlist *l);
void expectlist_tap(const struct expectlist *l);
void expectlist_junit(const struct expectlist *l);
void expectlist_json(const struct expectlist *l);

/* "template refresh <= 60s": the line as it is written, in one line and without its comments. */
void expectlist_line(struct nf_strbuf *s, const struct expectlist *l, const struct expect_line *x);
/* "exporter 192.0.2.1 domain 7"; "" for the section of all. */
void expectlist_section(struct nf_strbuf *s, const struct expectlist *l, unsigned section);
/* "12 of 13 lines pass"; "all 13 lines pass". */
void expectlist_verdict(struct nf_strbuf *s, const struct expectlist *l);

/* Does there being nothing to judge count as a failure of its own? */
static inline bool expectlist_fails_empty(const struct expectlist *l)
{
	return l->nothing && !l->allow_empty;
}

#endif
