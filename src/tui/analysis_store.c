#include <config.h>

#include "tui/analysis_store.h"

static bool has_templates(const struct store_row *r)
{
	return (r->flags & (STORE_TEMPLATES | STORE_OPTIONS_TEMPLATES)) != 0;
}

/* A datagram is given once, whatever messages of it have templates. */
static bool was_given(const struct store *s, uint64_t row, uint64_t ordinal)
{
	while (row-- > 0) {
		struct store_row before = store_row(s, row);

		if (before.ordinal != ordinal)
			return false;
		if (has_templates(&before))
			return true;
	}
	return false;
}

bool analysis_store_ahead(void *ctx, uint64_t *at, struct nf_datagram *d)
{
	static const struct store_want templates = {
		.flags = STORE_TEMPLATES | STORE_OPTIONS_TEMPLATES, .worst = UINT8_MAX,
	};
	struct store *s = ctx;

	/* the row before the next one to be looked at is *AT - 1, which may be UINT64_MAX */
	while ((*at = store_row_next(s, *at - 1, false, &templates)) != UINT64_MAX) {
		struct store_row row = store_row(s, *at);
		const struct nf_view *v;
		struct nf_err err;

		++*at;
		if (was_given(s, *at - 1, row.ordinal))
			continue;
		v = store_read(s, *at - 1, NULL, &err);
		if (v == NULL)
			continue;
		*d = *v->datagram;
		return true;
	}
	*at = store_rows(s);
	return false;
}

const char *analysis_store_path(void *ctx, size_t i)
{
	return store_path(ctx, (uint32_t)i);
}

uint64_t analysis_row_of(const struct store *s, uint32_t file, uint64_t frame, uint32_t offset)
{
	uint64_t i = store_row_of_frame(s, file, frame);

	for (; i < store_rows(s); i++) {
		struct store_row row = store_row(s, i);

		if (row.file != file || row.frame != frame)
			break;
		if (row.offset == offset)
			return i;
	}
	return UINT64_MAX;
}
