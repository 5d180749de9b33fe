#include <config.h>

#include "out/found.h"

#include "base/mem.h"

enum { RECENT = 8 };	/* findings that take turns in the records of a message */

struct found_row {
	const struct check_finding *finding;
	uint64_t frame;
	uint32_t file, message;
	uint32_t withdrawn, count;
};

void found_rules_init(struct found_rules *rules)
{
	rules->labels = (struct nf_labels){
		.name = "rules", .values = rules->ids, .nvalues = CHECK_RULES,
	};
	for (uint32_t i = 0; i < CHECK_RULES; i++)
		rules->ids[i] = (struct nf_value_name){ i, check_rules[i].id };
}

void found_init(struct found *f)
{
	*f = (struct found){ .v = NULL };
}

void found_done(struct found *f)
{
	nf_free(f->v);
	found_init(f);
}

/* The row of the same finding in the same message, if it is one of the last. */
static struct found_row *recent(const struct found *f, const struct found_row *like)
{
	for (size_t i = f->n; i > 0 && f->n - i < RECENT; i--) {
		struct found_row *r = &f->v[i - 1];

		if (r->finding == like->finding && r->frame == like->frame &&
		    r->file == like->file && r->message == like->message &&
		    r->withdrawn == like->withdrawn)
			return r;
	}
	return NULL;
}

void found_occurred(void *ctx, const struct check_finding *finding, const struct check_place *at)
{
	struct found *f = ctx;
	const struct found_row row = {
		.finding = finding, .frame = at->frame, .file = at->file, .message = at->message,
		.withdrawn = check_withdrawn(finding), .count = 1,
	};
	struct found_row *same = recent(f, &row);
	void *v = f->v;

	if (at->frame == 0)		/* of no message */
		return;
	if (same != NULL) {
		same->count += same->count != UINT32_MAX;
		return;
	}
	if (f->n == FOUND_MAX) {
		f->beyond++;
		return;
	}
	if (!nf_grow(&v, &f->cap, f->n + 1, sizeof(*f->v))) {
		f->failed = true;
		return;
	}
	f->v = v;
	f->v[f->n++] = row;
}

bool found_settle(struct found *f, struct findings *to)
{
	for (size_t i = 0; i < f->n && !f->failed; i++) {
		const struct found_row *r = &f->v[i];
		const struct findings_row row = {
			.frame = r->frame, .file = r->file, .message = r->message,
			.count = r->count, .rule = r->finding->rule,
			.severity = r->finding->severity,
		};

		if (r->withdrawn == check_withdrawn(r->finding))
			f->failed = !findings_add(to, &row);
	}
	findings_settle(to);
	return !f->failed;
}
