#include <config.h>

#include "main/joining.h"

#include <inttypes.h>

enum { CLOSED, BETWEEN, WITHIN, ENDED };	/* where the second pass stands */

/* The next message of the second pass, which begins with the first call. */
static bool look_ahead(void *ctx, struct nf_view *v)
{
	struct joining *j = ctx;
	struct nf_err err;

	if (j->state == CLOSED) {
		if (pipeline_open_again(&j->ahead, j->pipeline, &j->silent, &err) < 0) {
			j->state = ENDED;
			return false;
		}
		j->state = BETWEEN;
	}
	for (;;) {
		if (j->state == ENDED)
			return false;
		if (j->state == WITHIN && nf_delivery_next(&j->delivery, v, NULL))
			return true;
		j->state = pipeline_datagram(&j->ahead, &j->delivery) ? WITHIN : ENDED;
		if (j->state == ENDED)
			pipeline_close(&j->ahead);
	}
}

bool joining_open(struct joining *j, const struct pipeline *pipeline)
{
	const struct join_opts opts = {
		.max = (size_t)pipeline->cli->max_tables,
		.ahead = pipeline->live ? NULL : look_ahead,
		.ctx = j,
	};

	*j = (struct joining){ .pipeline = pipeline, .silent = { .state = REPORT_FINE,
								.silent = true } };
	j->join = join_new(&opts, pipeline->registry);
	return j->join != NULL;
}

void joining_close(struct joining *j)
{
	join_free(j->join);
	j->join = NULL;
	if (j->state == BETWEEN || j->state == WITHIN)
		pipeline_close(&j->ahead);
}

void joining_end(const struct joining *j, struct report *report)
{
	struct nf_err err;

	if (j->join == NULL)
		return;
	if (join_failed(j->join)) {
		nf_err_memory(&err);
		report_err(report, &err);
	}
	if (join_dropped(j->join) != 0)
		report_note(report, "%" PRIu64 " options records found no room: nothing behind the "
			    "first of them is joined; see --max-tables", join_dropped(j->join));
}
