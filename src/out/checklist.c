#include <config.h>

#include "out/checklist.h"

#include <inttypes.h>

#include "out/out.h"
#include "out/problems.h"

static void finding(struct nf_strbuf *s, const struct check_finding *f)
{
	const struct check_rule *rule = &check_rules[f->rule];

	nf_sb_printf(s, "%s%s %s", problems_severity(f->severity), f->likely ? " (likely)" : "",
		     rule->id);
	if (f->stream != NULL) {
		nf_sb_str(s, "  ");
		out_endpoint(s, &f->stream->src);
		nf_sb_printf(s, " v%u domain %" PRIu32, f->stream->version, f->stream->domain);
	}
	nf_sb_str(s, ": ");
	check_finding_text(s, f);
	nf_sb_printf(s, " [%" PRIu64 "x, frame %" PRIu64 " at %" PRIu32 "]\n", f->count,
		     f->first.frame, f->first.span.off);
}

void checklist_text(struct nf_strbuf *s, const struct checklist *l)
{
	const struct check_finding *f;

	for (size_t i = 0; (f = check_finding_at(l->check, i)) != NULL; i++)
		finding(s, f);
	nf_sb_printf(s, "%" PRIu64 " messages, %" PRIu64 " records\n",
		     check_totals(l->check)->messages, check_totals(l->check)->records);
}

static void object(struct nf_strbuf *s, const struct check_finding *f)
{
	struct nf_strbuf text;

	nf_strbuf_init(&text);
	check_finding_text(&text, f);
	nf_sb_printf(s, "{\"type\":\"finding\",\"schema\":1,\"rule\":\"%s\",\"severity\":\"%s\","
		     "\"count\":%" PRIu64 ",\"frame\":%" PRIu64 ",\"message\":",
		     check_rules[f->rule].id, problems_severity(f->severity), f->count,
		     f->first.frame);
	nf_json_string(s, (struct nf_bytes){ (const uint8_t *)text.p, text.n });
	nf_sb_str(s, "}\n");
	nf_strbuf_done(&text);
}

void checklist_json(struct nf_strbuf *s, const struct checklist *l)
{
	const struct check_finding *f;

	for (size_t i = 0; (f = check_finding_at(l->check, i)) != NULL; i++)
		object(s, f);
}
