#include <config.h>

#include "main/beside.h"

#include <inttypes.h>

#include "out/checklist.h"

static const char *const severities[] = {
	[NF_NOTE] = "note", [NF_WARNING] = "warning", [NF_ERROR] = "error",
};

int beside_open(struct beside *b, const struct cli *cli, struct report *report,
		struct nf_registry *registry)
{
	const struct check_opts opts = {
		.seq = {
			.max_gap = (uint32_t)cli->max_gap, .max_back = (uint32_t)cli->max_back,
		},
	};
	struct nf_err err;

	*b = (struct beside){ .cli = cli, .report = report };
	if (!cli->check)
		return 0;
	b->check = check_new(&opts, registry);
	if (b->check != NULL)
		return 0;
	nf_err_memory(&err);
	report_err(report, &err);
	return -1;
}

static bool lists(const struct beside *b, const struct check_finding *f)
{
	return f->severity != NF_NOTE || b->cli->notes || b->cli->fail_on == CLI_FAIL_ON_NOTE;
}

static void say(const struct beside *b, const struct check_finding *f)
{
	const char *what = b->cli->listen != NULL ? "datagram" : "frame";
	const struct check_rule *rule = &check_rules[f->rule];
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	nf_sb_printf(&s, "check: %s %s: ", severities[f->severity], rule->id);
	checklist_who(&s, f, (struct checklist_names){ .ports = true, .versions = true });
	nf_sb_str(&s, ": ");
	check_finding_text(&s, f);
	if (f->first.frame != 0)
		nf_sb_printf(&s, " (%s %" PRIu64 ")", what, f->first.frame);
	if (rule->ref != NULL)
		nf_sb_printf(&s, " [%s]", rule->ref);
	report_note(b->report, "%s", nf_strbuf_cstr(&s));
	nf_strbuf_done(&s);
}

static void news(const struct beside *b)
{
	const struct check_finding *f;

	while ((f = check_news(b->check)) != NULL)
		if (lists(b, f))
			say(b, f);
}

void beside_message(struct beside *b, const struct nf_view *v, bool shown, uint64_t drops)
{
	check_drops(b->check, drops);
	check_message(b->check, v, shown);
	news(b);
}

void beside_late(struct beside *b, const struct nf_late *late, bool shown)
{
	check_late(b->check, late, shown);
	news(b);
}

void beside_refused(struct beside *b, const struct nf_datagram *d, enum nf_refusal why, bool shown)
{
	check_refused(b->check, d, why, shown);
	news(b);
}

void beside_event(struct beside *b, const struct capture_event *e)
{
	check_event(b->check, e);
	news(b);
}

/* Did anything as severe as --fail-on says turn up? */
static bool fails(const struct beside *b, const struct check_totals *t)
{
	static const uint8_t from[] = {
		[CLI_FAIL_ON_ERROR] = NF_ERROR, [CLI_FAIL_ON_WARNING] = NF_WARNING,
		[CLI_FAIL_ON_NOTE] = NF_NOTE, [CLI_FAIL_ON_NEVER] = NF_ERROR + 1,
		[CLI_FAIL_ON_UNSAID] = NF_ERROR + 1,
	};
	uint64_t n = 0;

	for (unsigned i = from[b->cli->fail_on]; i <= NF_ERROR; i++)
		n += t->findings[i];
	return n != 0;
}

static void sum(const struct beside *b, const struct check_totals *t)
{
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	checklist_counts(&s, t);
	if (t->findings[NF_NOTE] != 0 && !lists(b, &(struct check_finding){ .severity = NF_NOTE }))
		nf_sb_str(&s, " (--notes lists these)");
	report_note(b->report, "check: %s in %" PRIu64 " message%s",
		    s.n != 0 ? nf_strbuf_cstr(&s) : "nothing found", t->messages,
		    t->messages == 1 ? "" : "s");
	for (unsigned i = 0; i < CHECKLIST_BOUNDS; i++) {
		nf_strbuf_clear(&s);
		if (checklist_bound(&s, t, i))
			report_note(b->report, "check: %s", nf_strbuf_cstr(&s));
	}
	nf_strbuf_done(&s);
}

void beside_close(struct beside *b)
{
	const struct check_totals *t;
	struct nf_err err;

	if (b->check == NULL)
		return;
	check_end(b->check);
	news(b);
	if (!check_sound(b->check)) {
		nf_err_memory(&err);
		report_err(b->report, &err);
	}
	t = check_totals(b->check);
	sum(b, t);
	if (fails(b, t) && b->report->state > REPORT_NO)
		b->report->state = REPORT_NO;
	check_free(b->check);
	b->check = NULL;
}
