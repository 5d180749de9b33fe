/*
 * What the checker found, as text and JSON.
 */
#ifndef OUT_CHECKLIST_H
#define OUT_CHECKLIST_H

#include "base/strbuf.h"
#include "check/check.h"

struct checklist {
	const struct check *check;
	const char *const *files;	/* by index */
	size_t nfiles;
	bool verbose;			/* the octets, too */
};

void checklist_text(struct nf_strbuf *s, const struct checklist *l);
void checklist_json(struct nf_strbuf *s, const struct checklist *l);

#endif
