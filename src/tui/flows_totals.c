/* The line at the bottom of Flows: what all that is shown adds up to. */
#include <config.h>

#include <inttypes.h>

#include "out/columns.h"
#include "tui/screen_flows.h"

void flows_totals_begin(struct flows_screen *f)
{
	struct app *app = f->screen.app;
	const struct top_opts opts = {
		/* the key matters to nobody: few values, at hand in every record */
		.keys = "proto", .names = &app->filter.opts, .filter = app->filter.filter,
	};
	struct filter_error ignored;

	if (!flows_sums_begin(&f->sums, app->store, &opts, app->registry, &ignored))
		flows_sums_done(&f->sums);
}

/* "12345678901 bytes (12.3 GB)", as long numbers are hard to read; BRIEF: "12.3 GB". */
static void put_octets(struct nf_strbuf *s, uint64_t n, bool brief)
{
	static const char units[][3] = { "MB", "GB", "TB", "PB", "EB" };
	uint64_t unit = 1000000;
	unsigned i = 0;

	if (!brief || n < 10 * unit)
		nf_sb_printf(s, "%" PRIu64 " bytes", n);
	if (n < 10 * unit)
		return;
	while (i + 1 < sizeof(units) / sizeof(units[0]) && n / unit >= 1000) {
		unit *= 1000;
		i++;
	}
	nf_sb_printf(s, brief ? "%" PRIu64 ".%" PRIu64 " %s" : " (%" PRIu64 ".%" PRIu64 " %s)",
		     n / unit, n % unit / (unit / 10), units[i]);
}

static void put_duration(struct nf_strbuf *s, uint64_t ns)
{
	uint64_t seconds = ns / 1000000000;

	if (seconds < 60) {
		columns_seconds(s, (int64_t)ns, 3);
		nf_sb_str(s, " s");
		return;
	}
	if (seconds >= 86400)
		nf_sb_printf(s, "%" PRIu64 " d ", seconds / 86400);
	nf_sb_printf(s, "%02u:%02u:%02u", (unsigned)(seconds / 3600 % 24),
		     (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* What is shown and is not in the sums, or not as one may think. */
static void put_remarks(struct nf_strbuf *s, const struct flows_sums *sums)
{
	const struct top *t = sums->top;

	if (t->sampled)
		nf_sb_str(s, "; sampled, not scaled");
	if (t->events > 0)
		nf_sb_printf(s, "; without %" PRIu64 " event%s", t->events, plural(t->events));
	if (sums->copies > 0)
		nf_sb_printf(s, "; without %" PRIu64 " cop%s", sums->copies,
			     sums->copies == 1 ? "y" : "ies");
	if (t->deltas && t->only_totals > 0)
		nf_sb_printf(s, "; %" PRIu64 " with total counters apart", t->only_totals);
	if (t->failed)
		nf_sb_str(s, "; memory was out");
}

static void put_totals(struct nf_strbuf *s, const struct flows_sums *sums, bool brief)
{
	const struct top *t = sums->top;
	struct top_figure flows, packets, octets, duration;

	top_figure(t, &t->all, TOP_STAT_FLOWS, &flows);
	top_figure(t, &t->all, TOP_STAT_PACKETS, &packets);
	top_figure(t, &t->all, TOP_STAT_BYTES, &octets);
	nf_sb_printf(s, "%" PRIu64 " flow%s, %" PRIu64 " packet%s, ", flows.u,
		     plural(flows.u), packets.u, plural(packets.u));
	put_octets(s, octets.u, brief);
	if (top_figure(t, &t->all, TOP_STAT_DURATION, &duration) && duration.u > 0) {
		nf_sb_str(s, " in ");
		put_duration(s, duration.u);
	}
	put_remarks(s, sums);
}

void flows_totals_draw(struct flows_screen *f, struct area a)
{
	bool all = flows_sums_progress(&f->sums) >= 1 &&
		   store_progress(f->screen.app->store).settled;
	struct nf_strbuf s;

	area_fill(a, LOOK_header);
	if (f->sums.top == NULL)
		return;
	flows_sums_end(&f->sums);
	nf_strbuf_init(&s);
	for (int brief = 0; brief < 2 && (brief == 0 || s.n > a.cols); brief++) {
		nf_strbuf_clear(&s);
		nf_sb_str(&s, all ? "" : "so far: ");
		put_totals(&s, &f->sums, brief == 1);
	}
	area_text(a, 0, 0, a.cols, LOOK_header, (struct nf_bytes){ (const uint8_t *)s.p, s.n });
	nf_strbuf_done(&s);
}
