/*
 * What the clock of an exporter is worth: for the times of flows that are told by its header.
 */
#include <config.h>

#include "track/internal.h"

/*
 * Seconds below this are those of an uptime, put where the time should stand (softflowd, nProbe):
 * no exporter has been up for ten years, and none had a clock in 1980.
 */
enum { FIRST_DATE = 315532800 };

/* v8 as some devices send it: flows begin and end at seconds of the uptime, not milliseconds. */
static bool counts_seconds(const struct nf_msg *m)
{
	const struct nf_layout *layout = nf_fixed_layout(m->version, m->aggregation);
	const struct nf_scratch none = { .n = 0 };
	struct nf_sets sets;
	struct nf_recs recs;
	struct nf_set set;
	struct nf_rec rec;
	bool any = false;

	nf_sets_open(&sets, m, NULL);
	if (layout == NULL || !nf_set_next(&sets, &set))
		return false;
	nf_recs_open(&recs, m, &set, layout, none, NULL);
	while (nf_rec_next(&recs, &rec)) {
		uint64_t first, last;

		if (!nf_slot(&rec, NF_ROLE_FIRST_UPTIME, &first) ||
		    !nf_slot(&rec, NF_ROLE_LAST_UPTIME, &last) ||
		    first > m->uptime_ms / 1000 + 100 || last > m->uptime_ms / 1000 + 100)
			return false;
		any |= last != 0;
	}
	return any;
}

/* A stamp may be anything: ages of flows, of up to 2^32 ms, can be taken from it. */
static int64_t in_reach(int64_t ns)
{
	const int64_t most = INT64_MAX - (INT64_C(1) << 32) * 1000000;

	return ns > most ? most : ns < -most ? -most : ns;
}

void nf_clock_check(struct nf_msg *m, const struct nf_datagram *d)
{
	if (m->export_secs < FIRST_DATE && m->format != NULL) {
		m->clock_ns = in_reach(d->ts_ns);
		m->clock_captured = true;
	}
	if (m->version == 8 && m->format != NULL)
		m->in_seconds = counts_seconds(m);
}
