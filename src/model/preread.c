#include <config.h>

#include "model/preread.h"

#include "model/framer.h"

bool preread_next(void *ctx, struct nf_datagram *d)
{
	struct preread *r = ctx;
	struct capture_opts opts = r->opts;
	enum source_got got;
	struct nf_err err;

	if (r->source == NULL) {
		opts.quiet_steps = true;
		r->source = source_open(r->paths, r->n, &opts, &err);
		if (r->source == NULL)
			return false;
	}
	/* What is wrong with an input is said when it is read in earnest. */
	do {
		got = source_next(r->source, d, &err);
	} while (got == SOURCE_TROUBLE);
	return got == SOURCE_DATAGRAM;
}

void preread_close(struct preread *r)
{
	source_close(r->source);
	r->source = NULL;
}

int preread_give(struct nf_tracker *t, const char *const *paths, size_t n, uint64_t *ordinal,
		void (*trouble)(void *ctx, const struct nf_err *err), void *ctx,
		struct nf_err *err)
{
	const struct capture_opts opts = { .framer = &framer_ipfix, .quiet_steps = true };
	struct nf_datagram d;
	struct source *source;
	enum source_got got;

	if (n == 0)
		return 0;
	source = source_open(paths, n, &opts, err);
	if (source == NULL)
		return -1;
	while ((got = source_next(source, &d, err)) != SOURCE_END) {
		if (got != SOURCE_DATAGRAM) {
			trouble(ctx, err);
			continue;
		}
		d.ordinal = (*ordinal)++;
		nf_tracker_give(t, &d);
	}
	source_close(source);
	return 0;
}
