/*
 * Expectations held against a stream (lib/streams.h), without a program around them.
 *
 *	struct expectcheck c;
 *
 *	if (expectcheck_init(&c, text, n))
 *		if (expectcheck_run(&c, &stream))
 *			... c.expect->lines[i].passed ...
 *	expectcheck_done(&c);
 */
#ifndef TESTS_LIB_EXPECTCHECK_H
#define TESTS_LIB_EXPECTCHECK_H

#include "lib/streams.h"
#include "model/expect.h"

struct expectcheck {
	struct nf_registry *registry;
	struct nf_tracker *tracker;
	struct meaning *meaning;
	struct meaning_watch watch;
	struct expect *expect;
	struct filter_error error;	/* where the text is wrong */
};

/* False where the text makes no sense, or memory is out. */
bool expectcheck_init(struct expectcheck *c, const char *text, size_t n);
void expectcheck_done(struct expectcheck *c);

/* All of the stream is read and judged.  False if memory was out. */
bool expectcheck_run(struct expectcheck *c, const struct stream *stream);

/*
 * What must hold of any text: it is read or not; where it is, it is judged; what --update makes of
 * it is read, too, and passes unless something was stuck.  What does not hold, or NULL.
 */
const char *expectcheck_text(const char *text, size_t n);

#endif
