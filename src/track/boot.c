#include <config.h>

#include "track/boot.h"

static const int64_t wrap_ms = INT64_C(1) << 32;

/* 2000-01-01: before it, a clock counts from its own start, as softflowd's did. */
static const int64_t earliest_ms = INT64_C(946684800000);

/* Header seconds are cut off in v9, and clocks are read one after another. */
static const int64_t slack_ms = 2000;

/* What was sent before a restart comes soon after it, or is of another exporter. */
static const int64_t late_ms = 10000;

static void take(struct nf_boot *b, uint32_t uptime_ms, int64_t export_ms, int64_t capture_ms)
{
	b->uptime_ms = uptime_ms;
	b->export_ms = export_ms;
	b->capture_ms = capture_ms;
}

/* Time since the message before. */
static int64_t passed(const struct nf_boot *b, int64_t export_ms, int64_t capture_ms)
{
	if (export_ms < earliest_ms || b->export_ms < earliest_ms)
		return capture_ms - b->capture_ms;
	return export_ms - b->export_ms;
}

static bool is_near(int64_t a, int64_t b)
{
	return a > b - slack_ms && a < b + slack_ms;
}

/* The uptime fell. */
static enum nf_boot_said fell(const struct nf_boot *b, uint32_t uptime_ms, int64_t passed_ms)
{
	int64_t moved = passed_ms - ((int64_t)uptime_ms - (int64_t)b->uptime_ms);

	if (is_near(moved, wrap_ms))
		return NF_BOOT_WRAP;
	if (moved > slack_ms && passed_ms >= 0 &&
	    ((int64_t)uptime_ms <= passed_ms + slack_ms || uptime_ms < b->uptime_ms / 2))
		return NF_BOOT_RESTART;
	return NF_BOOT_NOTHING;
}

/* Sent before the last restart: from the start that was over then. */
static bool is_former(const struct nf_boot *b, int64_t boot_ms, int64_t capture_ms)
{
	return b->restarts != 0 && is_near(boot_ms, b->former_ms) &&
	       !is_near(boot_ms, b->export_ms - b->uptime_ms) &&
	       capture_ms - b->restarted_ms < late_ms;
}

/* Sent before the last wrap: the uptime rose by what it fell there. */
static bool is_before_wrap(const struct nf_boot *b, uint32_t uptime_ms, int64_t passed_ms)
{
	int64_t moved = passed_ms - ((int64_t)uptime_ms - (int64_t)b->uptime_ms);

	return b->turns != 0 && is_near(moved, -wrap_ms);
}

static void start_again(struct nf_boot *b, int64_t boot_ms, int64_t capture_ms)
{
	b->restarts++;
	b->turns = 0;
	b->before_ms = b->uptime_ms;
	b->former_ms = b->export_ms - b->uptime_ms;
	b->restarted_ms = capture_ms;
	b->boot_ms = boot_ms;
}

enum nf_boot_said nf_boot_step(struct nf_boot *b, uint32_t uptime_ms, int64_t export_ms,
			       int64_t capture_ms)
{
	enum nf_boot_said said = NF_BOOT_NOTHING;
	int64_t boot_ms = export_ms - uptime_ms, passed_ms;

	b->clock_wrong = export_ms < earliest_ms;
	if (!b->begun) {
		b->begun = true;
		b->boot_ms = boot_ms;
		take(b, uptime_ms, export_ms, capture_ms);
		return said;
	}
	if (is_former(b, boot_ms, capture_ms))
		return NF_BOOT_FORMER;
	passed_ms = passed(b, export_ms, capture_ms);
	if (is_before_wrap(b, uptime_ms, passed_ms))
		return NF_BOOT_NOTHING;
	if (uptime_ms < b->uptime_ms) {
		said = fell(b, uptime_ms, passed_ms);
		if (said == NF_BOOT_NOTHING)
			return said;
	}
	if (said == NF_BOOT_WRAP) {
		b->wraps++;
		b->turns++;
	} else if (said == NF_BOOT_RESTART) {
		start_again(b, boot_ms, capture_ms);
	}
	take(b, uptime_ms, export_ms, capture_ms);
	boot_ms -= (int64_t)b->turns * wrap_ms;
	if (boot_ms > b->boot_ms)
		b->boot_ms = boot_ms;
	return said;
}
