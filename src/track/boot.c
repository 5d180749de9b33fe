#include <config.h>

#include "track/boot.h"

static const int64_t wrap_ms = INT64_C(1) << 32;
static const int64_t day_ms = INT64_C(86400000);

/* Header seconds are cut off in v9, and clocks are read one after another. */
static const int64_t slack_ms = 2000;

static bool plausible(int64_t export_ms, int64_t capture_ms)
{
	int64_t off = export_ms - capture_ms;

	return off > -day_ms && off < day_ms;
}

static void take(struct nf_boot *b, uint32_t uptime_ms, int64_t export_ms, int64_t capture_ms)
{
	b->uptime_ms = uptime_ms;
	b->export_ms = export_ms;
	b->capture_ms = capture_ms;
}

/* How far the moment of the start moved since the message before. */
static int64_t shift(const struct nf_boot *b, uint32_t uptime_ms, int64_t export_ms,
		     int64_t capture_ms)
{
	int64_t passed = capture_ms - b->capture_ms;

	if (plausible(export_ms, capture_ms) && plausible(b->export_ms, b->capture_ms))
		passed = export_ms - b->export_ms;
	return passed - ((int64_t)uptime_ms - (int64_t)b->uptime_ms);
}

enum nf_boot_said nf_boot_step(struct nf_boot *b, uint32_t uptime_ms, int64_t export_ms,
			       int64_t capture_ms)
{
	enum nf_boot_said said = NF_BOOT_NOTHING;
	int64_t boot_ms = export_ms - uptime_ms, moved;

	b->clock_wrong = !plausible(export_ms, capture_ms);
	if (!b->begun) {
		b->begun = true;
		b->boot_ms = boot_ms;
		take(b, uptime_ms, export_ms, capture_ms);
		return said;
	}
	if (uptime_ms >= b->uptime_ms) {
		take(b, uptime_ms, export_ms, capture_ms);
	} else {
		moved = shift(b, uptime_ms, export_ms, capture_ms);
		if (moved <= slack_ms)
			return said;		/* late: an older message */
		if (moved > wrap_ms - slack_ms && moved < wrap_ms + slack_ms) {
			said = NF_BOOT_WRAP;
			b->wraps++;
			b->turns++;
		} else {
			said = NF_BOOT_RESTART;
			b->restarts++;
			b->before_ms = b->uptime_ms;
			b->boot_ms = boot_ms;
			b->turns = 0;
		}
		take(b, uptime_ms, export_ms, capture_ms);
	}
	boot_ms -= (int64_t)b->turns * wrap_ms;
	if (boot_ms > b->boot_ms)
		b->boot_ms = boot_ms;
	return said;
}
