#include <config.h>

#include "out/totals.h"

#include "out/facts.h"
#include "out/out.h"
#include "out/skipped.h"

enum { FILES = 3 };		/* named in text */

static const char *const version_names[STATS_VERSIONS] = {
	[1] = "v1", [5] = "v5", [6] = "v6", [7] = "v7", [8] = "v8", [9] = "v9", [10] = "ipfix",
};

static const char *const sum_keys[STATS_SUMS] = {
	[STATS_OCTETS] = "octetDelta",
	[STATS_PACKETS] = "packetDelta",
	[STATS_OCTETS_TOTAL] = "octetTotal",
	[STATS_PACKETS_TOTAL] = "packetTotal",
};

static const char *name_of(unsigned version)
{
	return version_names[version] != NULL ? version_names[version] : "?";
}

static bool has_time(const struct stats *s)
{
	return s->first_ns <= s->last_ns;
}

/*
 * N a second in tenths, over the time between the first message and the last; 0 if there is none,
 * or so little that it means nothing.
 */
static uint64_t tenths_per_second(const struct stats *s, uint64_t n)
{
	double seconds = has_time(s) ? ((double)s->last_ns - (double)s->first_ns) / 1e9 : 0;

	double tenths = seconds > 0 ? (double)n / seconds * 10 + 0.5 : 0;

	return tenths < 1e19 ? (uint64_t)tenths : 0;
}

/* -- Text ----------------------------------------------------------------------------- */

/* "              12  datagrams are sFlow v5"; WHAT is for nf_sb_forms. */
static void line(struct nf_strbuf *s, uint64_t n, const char *what)
{
	nf_sb_str(s, "  ");
	facts_cell(s, n, 12);
	nf_sb_str(s, "  ");
	nf_sb_forms(s, what, n);
	nf_sb_char(s, '\n');
}

static void row(struct nf_strbuf *s, const char *name, const struct stats_version *v)
{
	nf_sb_str(s, name);
	nf_sb_pad(s, ' ', 7 - strlen(name));
	facts_cell(s, v->messages, 10);
	facts_cell(s, v->octets, 14);
	facts_cell(s, v->flows, 12);
	facts_cell(s, v->options, 10);
	facts_cell(s, v->undecoded, 11);
	facts_cell(s, v->undecoded_octets, 14);
	nf_sb_char(s, '\n');
}

static void versions(struct nf_strbuf *s, const struct stats *stats)
{
	struct stats_version total = stats_total(stats);
	unsigned shown = 0;

	nf_sb_str(s, "\nversion  messages        octets       flows   options  undecoded        octets\n");
	for (unsigned i = 0; i < STATS_VERSIONS; i++) {
		if (stats->versions[i].messages == 0)
			continue;
		row(s, name_of(i), &stats->versions[i]);
		shown++;
	}
	if (shown != 1)
		row(s, "all", &total);
}

static void sums(struct nf_strbuf *s, const struct stats *stats)
{
	static const char *const texts[STATS_SUMS] = {
		[STATS_OCTETS] = "{octet|octets} in delta counters",
		[STATS_PACKETS] = "{packet|packets} in delta counters",
		[STATS_OCTETS_TOTAL] = "{octet|octets} in total counters",
		[STATS_PACKETS_TOTAL] = "{packet|packets} in total counters",
	};
	struct stats_version total = stats_total(stats);

	nf_sb_str(s, "\nTraffic that flow records report, as they report it (not scaled by sampling)\n");
	for (unsigned i = 0; i < STATS_SUMS; i++)
		if (total.sums[i] != 0 || i < STATS_OCTETS_TOTAL)
			line(s, total.sums[i], texts[i]);
	if (total.duplicates == 0)
		return;
	line(s, total.duplicates, "{message is a duplicate of one|messages are duplicates of ones} captured "
	     "before");
	line(s, total.duplicate_flows, stats->keep_duplicates ?
	     "{flow|flows} in duplicates, which these sums have too" :
	     "{flow|flows} in duplicates, left out of these sums (--keep-duplicates)");
}

/* ", 8.0 messages/s", unless there is less than a tenth of it. */
static void rate(struct nf_strbuf *s, uint64_t tenths, const char *what)
{
	if (tenths == 0)
		return;
	nf_sb_str(s, ", ");
	nf_sb_u64(s, tenths / 10);
	nf_sb_char(s, '.');
	nf_sb_u64(s, tenths % 10);
	nf_sb_char(s, ' ');
	nf_sb_str(s, what);
}

static void span(struct nf_strbuf *s, const struct stats *stats)
{
	struct stats_version total = stats_total(stats);
	uint64_t ns;

	ns = (uint64_t)stats->last_ns - (uint64_t)stats->first_ns;
	nf_sb_str(s, "first    ");
	facts_moment(s, stats->first_ns, 6);
	nf_sb_str(s, "\nlast     ");
	facts_moment(s, stats->last_ns, 6);
	nf_sb_str(s, "\nspan     ");
	nf_sb_u64(s, ns / 1000000000);
	nf_sb_char(s, '.');
	nf_sb_digits(s, ns % 1000000000 / 1000, 6);
	nf_sb_str(s, " s");
	out_days(s, ns / UINT64_C(1000000000));
	rate(s, tenths_per_second(stats, total.messages), "messages/s");
	rate(s, tenths_per_second(stats, total.flows), "flows/s");
	nf_sb_char(s, '\n');
}

static void skipped(struct nf_strbuf *s, const struct totals *t)
{
	struct skipped why = { .tracker = t->tracker, .capture = t->capture };
	const char *title = "\nSkipped\n";

	for (; skipped_next(&why); title = "") {
		nf_sb_str(s, title);
		line(s, why.count, why.text);
	}
}

static void senders(struct nf_strbuf *s, const struct nf_tracker_counts *t, uint64_t headerless)
{
	line(s, t->exporters, "{exporter|exporters}");
	line(s, t->sessions, "transport {session|sessions}");
	line(s, t->domains, "observation {domain or source id|domains and source ids}");
	line(s, t->templates_sent, "{template|templates} sent");
	line(s, t->versions, "distinct template {version|versions} among them");
	if (headerless != 0)
		line(s, headerless, "{payload|payloads} cut before the end of the header");
}

static void names(struct nf_strbuf *s, const struct totals *t)
{
	nf_sb_str(s, t->nfiles == 1 ? "file     " : "files    ");
	for (size_t i = 0; i < t->nfiles && i < FILES; i++) {
		nf_sb_str(s, i == 0 ? "" : "\n         ");
		nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)t->files[i],
						   strlen(t->files[i]) });
	}
	if (t->nfiles > FILES)
		nf_sb_printf(s, "\n         and %zu more", t->nfiles - FILES);
	nf_sb_char(s, '\n');
}

void totals_text(struct nf_strbuf *s, const struct totals *t)
{
	names(s, t);
	nf_sb_str(s, "frames   ");
	nf_sb_u64(s, t->capture->frames);
	nf_sb_str(s, ", ");
	nf_sb_u64(s, t->capture->frame_octets);
	nf_sb_forms(s, " {octet|octets}\n", t->capture->frame_octets);
	if (has_time(t->stats)) {
		span(s, t->stats);
		versions(s, t->stats);
		nf_sb_char(s, '\n');
		senders(s, t->tracker, t->stats->headerless);
		sums(s, t->stats);
	} else {
		nf_sb_str(s, "messages none\n");
	}
	skipped(s, t);
}

/* -- JSON ----------------------------------------------------------------------------- */

void totals_members(struct nf_strbuf *s, const struct stats_version *v)
{
	out_member(s, "messages", v->messages);
	out_member(s, "octets", v->octets);
	out_member(s, "flows", v->flows);
	out_member(s, "options", v->options);
	out_member(s, "undecodedSets", v->undecoded);
	out_member(s, "undecodedOctets", v->undecoded_octets);
	out_member(s, "duplicateMessages", v->duplicates);
	out_member(s, "duplicateFlows", v->duplicate_flows);
	for (unsigned i = 0; i < STATS_SUMS; i++)
		out_member(s, sum_keys[i], v->sums[i]);
}

static void versions_json(struct nf_strbuf *s, const struct stats *stats)
{
	const char *sep = "";

	nf_sb_str(s, ",\"versions\":[");
	for (unsigned i = 0; i < STATS_VERSIONS; i++) {
		if (stats->versions[i].messages == 0)
			continue;
		nf_sb_printf(s, "%s{\"version\":%u", sep, i);
		totals_members(s, &stats->versions[i]);
		nf_sb_char(s, '}');
		sep = ",";
	}
	nf_sb_char(s, ']');
}

/* The reason reads the same whatever the count: programs compare it. */
static void skipped_json(struct nf_strbuf *s, const struct totals *t)
{
	struct skipped why = { .tracker = t->tracker, .capture = t->capture };
	const char *sep = "";

	nf_sb_str(s, ",\"skipped\":[");
	for (; skipped_next(&why); sep = ",") {
		nf_sb_printf(s, "%s{\"count\":", sep);
		nf_sb_u64(s, why.count);
		nf_sb_str(s, ",\"reason\":\"");
		nf_sb_forms(s, why.text, 0);
		nf_sb_str(s, "\"}");
	}
	nf_sb_char(s, ']');
}

static void time_json(struct nf_strbuf *s, const char *key, int64_t ns)
{
	nf_sb_printf(s, ",\"%s\":\"", key);
	nf_time_text(s, ns, ns % 1000 != 0 ? 9 : 6, NULL);
	nf_sb_char(s, '"');
}

void totals_json(struct nf_strbuf *s, const struct totals *t)
{
	nf_sb_str(s, "{\"type\":\"stats\",\"schema\":1,\"files\":[");
	for (size_t i = 0; i < t->nfiles; i++) {
		if (i > 0)
			nf_sb_char(s, ',');
		nf_json_string(s, (struct nf_bytes){ (const uint8_t *)t->files[i],
						     strlen(t->files[i]) });
	}
	nf_sb_char(s, ']');
	out_member(s, "frames", t->capture->frames);
	out_member(s, "frameOctets", t->capture->frame_octets);
	if (has_time(t->stats)) {
		time_json(s, "first", t->stats->first_ns);
		time_json(s, "last", t->stats->last_ns);
	}
	versions_json(s, t->stats);
	out_member(s, "headerless", t->stats->headerless);
	out_member(s, "exporters", t->tracker->exporters);
	out_member(s, "sessions", t->tracker->sessions);
	out_member(s, "domains", t->tracker->domains);
	out_member(s, "templatesSent", t->tracker->templates_sent);
	out_member(s, "templateVersions", t->tracker->versions);
	skipped_json(s, t);
	nf_sb_str(s, "}\n");
}
