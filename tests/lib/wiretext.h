/*
 * What the wire layer makes of a payload, as text that a test can hold against what it
 * expects: one line an event, fields as "name=value", problems as "! id found wanted".
 *
 *	wiretext(&s, "ipfix\nset 2\ntemplate 256 8/4\nset 256\nrecord 10.0.0.1\n", 0);
 *
 * gives
 *
 *	ipfix 36
 *	set 2 template 16+12
 *	template 256 20+8: 8/4
 *	end
 *	set 256 data 28+8
 *	record 32+4: sourceIPv4Address=10.0.0.1
 *	end
 *
 * The payload is text for tests/lib/textbuild.h without its first line ("bare").
 */
#ifndef TESTS_LIB_WIRETEXT_H
#define TESTS_LIB_WIRETEXT_H

#include "base/bytes.h"
#include "base/strbuf.h"

struct wiretext_opts {
	size_t keep;		/* octets that the capture kept; 0: all */
	size_t sent;		/* octets that were sent at all; 0: all */
	bool no_fields;		/* records without their fields */
};

/* Append what PAYLOAD's messages are. */
void wiretext(struct nf_strbuf *s, const char *payload, const struct wiretext_opts *opts);

/* The payload itself; for tests that look at more than text.  Freed by nf_free(p). */
struct nf_bytes wiretext_payload(const char *payload);

struct wiretext_case {
	const char *name;
	const char *payload;
	const char *want;
	struct wiretext_opts opts;
};

/* How many cases give another text than they want; both texts of each go to standard error. */
size_t wiretext_differing(const struct wiretext_case *cases, size_t n);

#endif
