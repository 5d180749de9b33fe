#include <config.h>

#include "main/drops.h"

#include <inttypes.h>

#include "capture/live.h"

/* What is too slow, or too small, and the way out. */
static const char *reason(const struct source *s)
{
	const struct live_counts *c = source_live_counts(s);

	if (c == NULL)
		return "the buffer of the capture was full: see --max-queue and --bpf";
	if (c->dropped_full == c->dropped)
		return "the queue was full, for the output is too slow: see --max-queue";
	return "the buffer of the socket was full: see --max-queue, and net.core.rmem_max, which "
	       "limits it for all but the superuser";
}

void drops_begin(struct drops *d, const struct source *s, struct report *report)
{
	const struct live_counts *c = source_live_counts(s);

	if (!d->said && source_counts(s)->capture_drops != 0) {
		d->said = true;
		report_note(report, "datagrams are being dropped: %s", reason(s));
	}
	if (!d->crowded && c != NULL && c->refused != 0) {
		d->crowded = true;
		report_note(report, "TCP connections are being closed at once: %" PRIu64
			    " are open, which is the most", c->open);
	}
}

static void lost(const struct source *s, const struct live_counts *c, struct report *report)
{
	uint64_t n = source_counts(s)->capture_drops;

	if (c == NULL)
		report_note(report, "%" PRIu64 " packet%s dropped before being read", n,
			    n == 1 ? " was" : "s were");
	else
		report_note(report, "%" PRIu64 " datagram%s dropped: %" PRIu64 " while the queue was "
			    "full, %" PRIu64 " because the buffer of a socket was; %" PRIu64
			    " were received", n, n == 1 ? " was" : "s were", c->dropped_full,
			    c->dropped - c->dropped_full, c->received);
}

void drops_end(const struct drops *d, const struct source *s, struct report *report)
{
	const struct live_counts *c = source_live_counts(s);

	if (d->said)
		lost(s, c, report);
	if (d->crowded)
		report_note(report, "%" PRIu64 " TCP connection%s closed at once, as too many were "
			    "open", c->refused, c->refused == 1 ? " was" : "s were");
}
