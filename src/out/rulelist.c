#include <config.h>

#include "out/rulelist.h"

#include "out/checklist.h"
#include "out/json.h"
#include "out/style.h"
#include "out/wrap.h"

enum { SEVERITY = 8, ID = 30, VERSIONS = 11, WHAT = 4, BELOW = 2 };

static const struct {
	uint8_t bit;
	uint8_t version;
	const char *name;
} versions[] = {
	{ CHECK_V1, 1, "v1" }, { CHECK_V5, 5, "v5" }, { CHECK_V6, 6, "v6" },
	{ CHECK_V7, 7, "v7" }, { CHECK_V8, 8, "v8" }, { CHECK_V9, 9, "v9" },
	{ CHECK_IPFIX, 10, "ipfix" },
};

enum { VERSIONS_KNOWN = sizeof(versions) / sizeof(versions[0]) };

static bool has(unsigned mask, unsigned i)
{
	return i < VERSIONS_KNOWN && (mask & versions[i].bit) != 0;
}

void rulelist_versions(struct nf_strbuf *s, unsigned mask)
{
	const char *sep = "";

	if (mask == 0) {
		nf_sb_str(s, "all");
		return;
	}
	for (unsigned i = 0; i < VERSIONS_KNOWN; i++) {
		unsigned end = i;

		if (!has(mask, i))
			continue;
		while (has(mask, end + 1) && versions[end + 1].bit != CHECK_IPFIX)
			end++;
		nf_sb_printf(s, "%s%s", sep, versions[i].name);
		if (end != i)
			nf_sb_printf(s, "%s%s", end == i + 1 ? "," : "-", versions[end].name);
		sep = ",";
		i = end;
	}
}

void rulelist_pattern(struct nf_strbuf *s, const char *pattern)
{
	const char *brace;

	while ((brace = strchr(pattern, '{')) != NULL) {
		size_t len = strcspn(brace + 1, "}");

		nf_sb_mem(s, pattern, (size_t)(brace - pattern));
		if (memchr(brace, '|', len) != NULL) {
			pattern = nf_sb_form(s, brace, 2);
			continue;
		}
		nf_sb_char(s, '<');
		nf_sb_mem(s, brace + 1, len);
		nf_sb_char(s, '>');
		pattern = brace + len + (brace[len + 1] == '}' ? 2 : 1);
	}
	nf_sb_str(s, pattern);
}

bool rulelist_is_of(const struct check_rule *rule, enum check_ruleset ruleset)
{
	if (ruleset == CHECK_INTEROP)
		return rule->breaks != NULL;
	return ruleset == CHECK_STRICT || !rule->off;
}

/* -- The table ------------------------------------------------------------------------ */

static void cell(struct nf_strbuf *s, size_t from, size_t width)
{
	nf_sb_pad(s, ' ', s->n - from < width ? width - (s->n - from) : 1);
}

static void line_end(struct out *o, size_t from, unsigned indent)
{
	wrap_text(o, from, 0, indent, WRAP_WORDS);
	nf_sb_char(&o->text, '\n');
}

void rulelist_row(struct out *o, const struct check_rule *rule)
{
	struct nf_strbuf *s = &o->text;
	size_t line = s->n, from;

	style_on(o, style_of(rule->severity));
	from = s->n;
	nf_sb_str(s, problems_severity(rule->severity));
	cell(s, from, SEVERITY);
	style_off(o);
	style_on(o, STYLE_HEAD);
	from = s->n;
	nf_sb_str(s, rule->id);
	cell(s, from, ID);
	style_off(o);
	from = s->n;
	rulelist_versions(s, rule->versions);
	if (o->opts.width != 0) {
		/* The sentence has a line of its own: columns to its right would be narrow. */
		line_end(o, line, WHAT);
		line = s->n;
		nf_sb_pad(s, ' ', WHAT);
	} else {
		cell(s, from, VERSIONS);
	}
	rulelist_pattern(s, rule->text);
	if (rule->off)
		nf_sb_str(s, " [strict only]");
	line_end(o, line, WHAT);
}

/* -- One of them ---------------------------------------------------------------------- */

static void paragraph(struct out *o, const char *title, const char *text)
{
	size_t from;

	if (text == NULL)
		return;
	nf_sb_char(&o->text, '\n');
	style_on(o, STYLE_NAME);
	nf_sb_str(&o->text, title);
	style_off(o);
	nf_sb_char(&o->text, '\n');
	from = o->text.n;
	nf_sb_pad(&o->text, ' ', BELOW);
	rulelist_pattern(&o->text, text);
	line_end(o, from, BELOW);
}

/* "needs: no session begins ..": why it may be that it cannot be applied. */
static void gates(struct out *o, const struct check_rule *rule)
{
	struct nf_strbuf text;

	if (rule->gates == 0)
		return;
	nf_strbuf_init(&text);
	checklist_gates(&text, rule->gates, "; ");
	paragraph(o, "Cannot be applied where", nf_strbuf_cstr(&text));
	o->text.failed |= text.failed;
	nf_strbuf_done(&text);
}

static void about(struct out *o, const struct check_rule *rule)
{
	struct nf_strbuf *s = &o->text;
	size_t from = s->n;

	style_on(o, STYLE_HEAD);
	nf_sb_str(s, rule->id);
	style_off(o);
	nf_sb_str(s, ": ");
	style_on(o, style_of(rule->severity));
	nf_sb_str(s, problems_severity(rule->severity));
	style_off(o);
	if (rule->likely)
		nf_sb_str(s, " (likely)");
	nf_sb_str(s, ", ");
	if (rule->versions == 0)
		nf_sb_str(s, "all versions");
	else
		rulelist_versions(s, rule->versions);
	if (rule->off)
		nf_sb_str(s, ", off but in ruleset strict");
	line_end(o, from, BELOW);
}

void rulelist_explain(struct out *o, const struct check_rule *rule)
{
	about(o, rule);
	paragraph(o, "Finding", rule->text);
	paragraph(o, "Observed", rule->observed);
	paragraph(o, "Required", rule->required);
	paragraph(o, "Reference", rule->ref != NULL ? rule->ref :
		  "none: no text of a standard says so");
	paragraph(o, "What it is and why it matters", rule->why);
	paragraph(o, "How exporters come to it", rule->how);
	paragraph(o, "How to fix it", rule->fix);
	paragraph(o, "What collectors do with it", rule->breaks);
	gates(o, rule);
}

/* -- JSON ----------------------------------------------------------------------------- */

static void numbers(struct nf_strbuf *s, unsigned mask)
{
	const char *sep = "";

	LIT(s, ",\"versions\":[");
	for (unsigned i = 0; i < VERSIONS_KNOWN; i++) {
		if (mask != 0 && !has(mask, i))
			continue;
		nf_sb_printf(s, "%s%u", sep, versions[i].version);
		sep = ",";
	}
	nf_sb_char(s, ']');
}

static void transports(struct nf_strbuf *s, unsigned mask)
{
	const char *sep = "";

	LIT(s, ",\"transports\":[");
	for (unsigned i = NF_TRANSPORT_UDP; i <= NF_TRANSPORT_FILE; i++) {
		if (mask != 0 && (mask >> i & 1) == 0)
			continue;
		nf_sb_printf(s, "%s\"%s\"", sep, out_transport((enum nf_transport)i));
		sep = ",";
	}
	nf_sb_char(s, ']');
}

static void rulesets(struct nf_strbuf *s, const struct check_rule *rule)
{
	static const char *const names[] = {
		[CHECK_RECOMMENDED] = "recommended", [CHECK_STRICT] = "strict",
		[CHECK_INTEROP] = "interop",
	};
	const char *sep = "";

	LIT(s, ",\"rulesets\":[");
	for (unsigned i = CHECK_RECOMMENDED; i <= CHECK_INTEROP; i++) {
		if (!rulelist_is_of(rule, (enum check_ruleset)i))
			continue;
		nf_sb_printf(s, "%s\"%s\"", sep, names[i]);
		sep = ",";
	}
	nf_sb_char(s, ']');
}

static void args(struct nf_strbuf *s, const struct check_rule *rule)
{
	const char *list = rule->args, *sep = "";
	enum check_type type;
	struct nf_bytes name;

	LIT(s, ",\"args\":[");
	while (check_rule_arg(&list, &name, &type)) {
		nf_sb_printf(s, "%s{\"name\":\"%.*s\",\"type\":\"%s\"}", sep, (int)name.n,
			     (const char *)name.p, check_type_name(type));
		sep = ",";
	}
	nf_sb_char(s, ']');
}

void rulelist_json(struct out *o, const struct check_rule *rule)
{
	struct nf_strbuf *s = &o->text;

	LIT(s, "{\"type\":\"rule\",\"schema\":1");
	json_member(s, "id", rule->id);
	json_member(s, "severity", problems_severity(rule->severity));
	json_member(s, "confidence", rule->likely ? "likely" : "certain");
	rulesets(s, rule);
	numbers(s, rule->versions);
	transports(s, rule->transports);
	args(s, rule);
	json_member(s, "message", rule->text);
	json_member(s, "observed", rule->observed);
	json_member(s, "required", rule->required);
	checklist_refs(s, rule->ref);
	json_member(s, "why", rule->why);
	json_member(s, "how", rule->how);
	json_member(s, "fix", rule->fix);
	json_member(s, "collectors", rule->breaks);
	LIT(s, "}\n");
}
