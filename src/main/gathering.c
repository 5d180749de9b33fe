#include <config.h>

#include "main/gathering.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "main/checking.h"

/* -- Reading -------------------------------------------------------------------------- */

static bool message(struct reading *reading, const struct nf_view *v, bool shows)
{
	struct gathering *g = (struct gathering *)reading;

	meaning_message(g->meaning, v, checking_message(reading, v, shows),
			source_counts(reading->pipeline.source)->capture_drops);
	return !g->meaning->failed;
}

static bool late_set(struct reading *reading, const struct nf_late *late)
{
	struct gathering *g = (struct gathering *)reading;

	if (checking_late(reading, late))
		meaning_late(g->meaning, late);
	return !g->meaning->failed;
}

static const struct reading_ops ops = {
	.sums = true,
	.hidden = true,
	.filters = true,
	.sink = checking_sink,
	.message = message,
	.late = late_set,
	.refused = checking_refused,
	.event = checking_event,
};

/* -- Findings ------------------------------------------------------------------------- */

/* Findings about what is left out unless it is asked for: by how their rules' names begin. */
static enum meaning_class class_of(const struct check_finding *f)
{
	static const struct { const char *begins; uint8_t class; } classes[] = {
		{ "seq-", MEANING_SEQUENCE }, { "ipfix-seq-", MEANING_SEQUENCE },
		{ "ipfix-first-seq", MEANING_SEQUENCE }, { "hlt-", MEANING_SEQUENCE },
		{ "cap-", MEANING_TIMES }, { "udp-over-512", MEANING_PACKING },
		{ "udp-exceeds-", MEANING_PACKING }, { "ip-fragment", MEANING_PACKING },
		{ "udp-nonstandard-port", MEANING_PORTS },
	};
	const char *id = check_rules[f->rule].id;

	for (unsigned i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		if (strncmp(id, classes[i].begins, strlen(classes[i].begins)) == 0)
			return (enum meaning_class)classes[i].class;
	return f->severity == NF_NOTE ? MEANING_NOTES : MEANING_ALWAYS;
}

static int32_t domain_of(const struct meaning *m, const struct check_finding *f)
{
	if (f->stream == NULL)
		return MEANING_NONE;
	return meaning_domain_of(m, &f->stream->src.addr, f->stream->domain,
				 f->of_exporter || f->of_session);
}

/* A rule counts once a domain, however often it is broken there. */
static void take_findings(struct gathering *g)
{
	bool *seen = nf_zalloc((g->meaning->ndomains + 1) * CHECK_RULES);
	const struct check *check = g->reading.check;
	const struct check_finding *f;

	g->meaning->failed |= seen == NULL;
	for (size_t i = 0; seen != NULL && (f = check_finding_at(check, i)) != NULL; i++) {
		int32_t domain = domain_of(g->meaning, f);
		bool *again = &seen[(size_t)(domain + 1) * CHECK_RULES + f->rule];

		if (!*again)
			meaning_add_fact(g->meaning, &(struct meaning_fact){
				.topic = MEANING_FINDINGS, .class = (uint8_t)class_of(f),
				.domain = domain, .name = check_rules[f->rule].id,
				.value = check_rules[f->rule].id, .frame = f->first.frame,
				.severity = f->severity,
			});
		*again = true;
	}
	nf_free(seen);
}

/* -- Life ----------------------------------------------------------------------------- */

int gathering_open(struct gathering *g, const struct cli *cli, const struct gathering_opts *opts)
{
	const struct check_opts checks = { .max_findings = 0 };
	struct meaning_opts what = {
		.keys = opts->keys,
		.names = &g->reading.filtering.opts,
		.max_keys = (size_t)cli->max_keys,
		.strict = opts->strict,
		.one_icmp = opts->one_icmp,
		.keep_duplicates = cli->keep_duplicates,
		.watch = opts->watch,
		.like = opts->like,
	};
	struct filter_error fault;

	*g = (struct gathering){ .cli = cli };
	if (reading_open(&g->reading, cli, true) < 0)
		return -1;
	g->reading.check = check_new(&checks, g->reading.pipeline.registry);
	if (g->reading.check == NULL)
		return reading_memory(&g->reading);
	what.filter = g->reading.filtering.filter;
	g->meaning = meaning_new(&what, g->reading.pipeline.registry, &fault);
	if (g->meaning != NULL)
		return 0;
	reading_complain(&g->reading, "-k", opts->keys != NULL ? opts->keys : "", &fault);
	return -1;
}

void gathering_done(struct gathering *g)
{
	meaning_free(g->meaning);
	check_free(g->reading.check);
	g->meaning = NULL;
	g->reading.check = NULL;
}

void gathering_read(struct gathering *g)
{
	reading_all(&g->reading, &ops);
}

bool gathering_worth(const struct gathering *g)
{
	return reading_worth(&g->reading) && g->reading.report.state != REPORT_FAILED;
}

bool gathering_end(struct gathering *g)
{
	check_end(g->reading.check);
	if (!meaning_end(g->meaning, g->reading.pipeline.tracker, g->reading.joining.join))
		return false;
	take_findings(g);
	return check_sound(g->reading.check) && !g->meaning->failed;
}

void gathering_remarks(struct gathering *g, const char *name, const char *left_out)
{
	const struct meaning *m = g->meaning;
	const char *sep = *name != '\0' ? ": " : "";

	if (m->beyond != 0)
		report_note(&g->reading.report, "%s%s%" PRIu64 " record%s of further keys: %s "
			    "(--max-keys)", name, sep, m->beyond, m->beyond == 1 ? "" : "s",
			    left_out);
	if (m->templates_beyond != 0)
		report_note(&g->reading.report, "%s%s%" PRIu64 " template%s more than %d: %s", name,
			    sep, m->templates_beyond, m->templates_beyond == 1 ? "" : "s",
			    (int)MEANING_TEMPLATES, left_out);
	if (m->undecoded != 0)
		report_note(&g->reading.report, "%s%s%" PRIu64 " data set%s without a template: "
			    "%s", name, sep, m->undecoded, m->undecoded == 1 ? "" : "s", left_out);
	if (m->duplicates != 0 && !g->cli->keep_duplicates)
		report_note(&g->reading.report, "%s%s%" PRIu64 " duplicate message%s left out "
			    "(--keep-duplicates)", name, sep, m->duplicates,
			    m->duplicates == 1 ? "" : "s");
}
