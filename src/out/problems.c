#include <config.h>

#include "out/problems.h"

#include "base/mem.h"

void problems_done(struct problems *p)
{
	nf_free(p->v);
	*p = (struct problems){ .v = NULL };
}

void problems_clear(struct problems *p)
{
	p->n = 0;
	p->shown = 0;
}

void problems_report(void *ctx, const struct nf_problem *problem)
{
	struct problems *p = ctx;
	void *v = p->v;

	if (!nf_grow(&v, &p->cap, p->n + 1, sizeof(*p->v))) {
		p->failed = true;
		return;
	}
	p->v = v;
	p->v[p->n++] = *problem;
}

const struct nf_problem *problems_take(struct problems *p, struct nf_span span, size_t held)
{
	for (size_t i = p->shown; i + held < p->n; i++) {
		struct nf_problem found = p->v[i];

		if (found.span.off < span.off || found.span.off - span.off >= span.len)
			continue;
		memmove(p->v + p->shown + 1, p->v + p->shown, (i - p->shown) * sizeof(*p->v));
		p->v[p->shown] = found;
		return &p->v[p->shown++];
	}
	return NULL;
}

const char *problems_severity(uint8_t severity)
{
	static const char *const names[] = {
		[NF_NOTE] = "note", [NF_WARNING] = "warning", [NF_ERROR] = "error",
	};

	return names[severity];
}
