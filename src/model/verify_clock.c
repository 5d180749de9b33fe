/*
 * Clocks of exporters.
 */
#include <config.h>

#include "model/verify_internal.h"

enum { MS = 1000000, SECOND_MS = 1000 };

/* Starts that are further apart are of two lives of the exporter; v9's seconds are cut off. */
enum { SAME_START_MS = 2000 };

/*
 * Uptimes are counted from one start, whatever seconds the headers of v9 cut off: what the clock
 * of the header and the uptime beside it say of the start is asked for again only where it moves.
 */
static int64_t base_of(struct verify_domain *d, const struct nf_msg *m)
{
	int64_t start = m->clock_ns - (int64_t)m->uptime_ms * MS;
	int64_t moved = (start - d->base_ns) % VERIFY_TURN_NS;

	if (moved > VERIFY_TURN_NS / 2)
		moved -= VERIFY_TURN_NS;
	else if (moved < -VERIFY_TURN_NS / 2)
		moved += VERIFY_TURN_NS;
	if (!d->based || moved > (int64_t)SAME_START_MS * MS ||
	    moved < -(int64_t)SAME_START_MS * MS) {
		d->base_ns = start;
		d->starts++;
		d->based = true;
	}
	return d->base_ns;
}

void verify_times(struct verify_domain *d, const struct filter_at *at, struct verify_row *row)
{
	const struct nf_msg *m = at->msg;
	struct nf_flowtime first = flow_first(at->view, m, at->rec);
	struct nf_flowtime last = flow_last(at->view, m, at->rec);
	int64_t shift = 0;

	if (first.source == NF_FLOWTIME_UPTIME || last.source == NF_FLOWTIME_UPTIME) {
		shift = base_of(d, m) + (int64_t)m->uptime_ms * MS - m->clock_ns;
		row->turns = true;
	}
	row->coarse = first.source == NF_FLOWTIME_DELTA || last.source == NF_FLOWTIME_DELTA;
	row->sent_ns = m->clock_ns + shift;
	row->first_ns = first.ns + shift;
	row->last_ns = last.ns + shift;
	row->digits = first.digits < last.digits ? first.digits : last.digits;
	row->has |= first.source != NF_FLOWTIME_NONE ? VERIFY_HAS_FIRST : 0;
	row->has |= last.source != NF_FLOWTIME_NONE ? VERIFY_HAS_LAST : 0;
}
