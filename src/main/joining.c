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
		/* where nothing else is learned, values name their elements in its registry */
		if (j->state == ENDED && j->learns)
			pipeline_close(&j->ahead);
	}
}

bool joining_start(void *ctx, const struct join_record *at, uint64_t *ms)
{
	struct joining *j = ctx;
	struct join_answer a;
	bool found;

	pthread_mutex_lock(&j->lock);
	found = join_start(j->join, at, ms, &a);
	pthread_mutex_unlock(&j->lock);
	return found;
}

int joining_open(struct joining *j, const struct pipeline *pipeline, bool wanted)
{
	const struct join_opts opts = {
		.max = (size_t)pipeline->cli->max_tables,
		.ahead = pipeline->live ? NULL : look_ahead,
		.ctx = j,
	};
	struct nf_err err;

	*j = (struct joining){
		.pipeline = pipeline,
		.silent = { .state = REPORT_FINE, .silent = true },
	};
	j->learns = wanted || pipeline->live;
	join_starts_init(&j->starts, joining_start, j);
	pthread_mutex_init(&j->lock, NULL);
	j->join = join_new(&opts, j->learns ? pipeline->registry : NULL);
	if (j->join != NULL)
		return 0;
	nf_err_memory(&err);
	report_err(pipeline->report, &err);
	return -1;
}

bool joining_next(struct joining *j, struct nf_delivery *d, struct nf_view *v,
		  const struct nf_sink *sink)
{
	if (!nf_delivery_next(d, v, sink))
		return false;
	if (j->learns)
		join_message(j->join, v);
	join_starts_arm(&j->starts, &v->msg, v->datagram, v->offset);
	return true;
}

bool joining_late(struct joining *j, struct nf_late *late)
{
	if (!nf_tracker_late(j->pipeline->tracker, late))
		return false;
	if (j->learns)
		join_late(j->join, late);
	join_starts_arm(&j->starts, &late->msg, &late->datagram, late->msg_offset);
	return true;
}

void joining_close(struct joining *j)
{
	join_free(j->join);
	j->join = NULL;
	if (j->state != CLOSED)
		pipeline_close(&j->ahead);
	if (j->pipeline != NULL)
		pthread_mutex_destroy(&j->lock);
	j->pipeline = NULL;
}

void joining_end(const struct joining *j)
{
	struct report *report = j->pipeline->report;
	struct nf_err err;

	if (join_failed(j->join)) {
		nf_err_memory(&err);
		report_err(report, &err);
	}
	if (join_dropped(j->join) != 0)
		report_note(report, "%" PRIu64 " options records found no room: nothing behind the "
			    "first of them is joined; see --max-tables", join_dropped(j->join));
}
