/*
 * Findings as SARIF 2.1.0 (OASIS): one run, all rules, a result a finding.  A line each, for those
 * who look at it.
 */
#include <config.h>

#include "out/checklist.h"

#include "out/json.h"
#include "out/rulelist.h"

/* {"text":TEXT} */
static void words(struct nf_strbuf *s, const char *text)
{
	LIT(s, "{\"text\":");
	json_string(s, text);
	nf_sb_char(s, '}');
}

/* ,"KEY":{"text":..}; nothing without a text. */
static void message(struct nf_strbuf *s, const char *key, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	nf_sb_printf(s, ",\"%s\":", key);
	words(s, text);
}

/* -- Files ------------------------------------------------------------------------------ */

/* A path as a reference (RFC 3986 section 2.3): what is not unreserved is %NN. */
static void uri(struct nf_strbuf *s, const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~/";

	LIT(s, "\"");
	if (*path == '/')
		LIT(s, "file://");
	for (; *path != '\0'; path++) {
		if (strchr(plain, *path) != NULL) {
			nf_sb_char(s, *path);
			continue;
		}
		nf_sb_char(s, '%');
		nf_sb_hex_int(s, (uint8_t)*path, 2);
	}
	LIT(s, "\"");
}

static void artifacts(struct nf_strbuf *s, const struct out_opts *opts)
{
	LIT(s, "\"artifacts\":[");
	for (size_t i = 0; i < opts->nfiles; i++) {
		nf_sb_str(s, i != 0 ? ",\n{\"location\":{\"uri\":" : "\n{\"location\":{\"uri\":");
		uri(s, opts->files[i]);
		LIT(s, "}}");
	}
	LIT(s, "],\n");
}

/* -- Rules ------------------------------------------------------------------------------ */

static void short_text(struct nf_strbuf *s, const struct check_rule *rule)
{
	struct nf_strbuf text;

	nf_strbuf_init(&text);
	rulelist_pattern(&text, rule->text);
	message(s, "shortDescription", nf_strbuf_cstr(&text));
	s->failed |= text.failed;
	nf_strbuf_done(&text);
}

static void help(struct nf_strbuf *s, const struct check_rule *rule)
{
	struct nf_strbuf text;

	nf_strbuf_init(&text);
	nf_sb_printf(&text, "%s %s", rule->how, rule->fix);
	if (rule->ref != NULL)
		nf_sb_printf(&text, " (%s)", rule->ref);
	message(s, "help", nf_strbuf_cstr(&text));
	s->failed |= text.failed;
	nf_strbuf_done(&text);
}

static void rule(struct nf_strbuf *s, const struct check_rule *rule)
{
	LIT(s, "{\"id\":");
	json_string(s, rule->id);
	short_text(s, rule);
	message(s, "fullDescription", rule->why);
	help(s, rule);
	nf_sb_printf(s, ",\"defaultConfiguration\":{\"enabled\":%s,\"level\":\"%s\"}",
		     rule->off ? "false" : "true", problems_severity(rule->severity));
	nf_sb_printf(s, ",\"properties\":{\"precision\":\"%s\"",
		     rule->likely ? "medium" : "very-high");
	checklist_refs(s, rule->ref);
	LIT(s, "}}");
}

static void tool(struct nf_strbuf *s)
{
	LIT(s, "\"tool\":{\"driver\":{\"name\":\"nfpcap\",\"semanticVersion\":\"" VERSION
	       "\",\"rules\":[");
	for (unsigned i = 0; i < CHECK_RULES; i++) {
		nf_sb_str(s, i != 0 ? ",\n" : "\n");
		rule(s, &check_rules[i]);
	}
	LIT(s, "]}},\n");
}

/* -- How it went ---------------------------------------------------------------------- */

static void notification(struct nf_strbuf *s, unsigned *n, const char *level, const char *text)
{
	nf_sb_str(s, (*n)++ != 0 ? "," : ",\"toolExecutionNotifications\":[");
	nf_sb_printf(s, "{\"level\":\"%s\",\"message\":", level);
	words(s, text);
	nf_sb_char(s, '}');
}

static void invocation(const struct checklist *l)
{
	struct nf_strbuf *s = &l->o->text, text;
	bool sound = check_sound(l->check);
	unsigned n = 0;

	nf_sb_printf(s, "\"invocations\":[{\"executionSuccessful\":%s",
		     (l->damaged && !l->accept_cut) || !sound ? "false" : "true");
	if (l->damaged)
		notification(s, &n, l->accept_cut ? "note" : "error",
			     "an input ended in damage: what is missing was not checked");
	if (!sound)
		notification(s, &n, "error", "memory was out: findings may be missing");
	if (checklist_verdict(l) == CHECKLIST_NOTHING) {
		nf_strbuf_init(&text);
		checklist_nothing(&text, l);
		notification(s, &n, l->allow_empty ? "note" : "error", nf_strbuf_cstr(&text));
		s->failed |= text.failed;
		nf_strbuf_done(&text);
	}
	LIT(s, "]");
	if (n == 0)
		s->n--;
	LIT(s, "}],\n");
	nf_sb_printf(s, "\"properties\":{\"verdict\":\"%s\",\"damaged\":%s},\n",
		     checklist_verdict_name(checklist_verdict(l)), l->damaged ? "true" : "false");
}

/* -- Results ---------------------------------------------------------------------------- */

/* "192.0.2.1 domain 7: what was found; required: what should be [RFC 7011 section 8.4]" */
static void text_of(struct nf_strbuf *s, const struct check_finding *f,
		    struct checklist_names names)
{
	const struct check_rule *rule = &check_rules[f->rule];

	checklist_who(s, f, names);
	nf_sb_str(s, ": ");
	check_finding_text(s, f);
	if (rule->required != NULL)
		nf_sb_str(s, "; required: ");
	check_finding_required(s, f);
	if (rule->ref != NULL)
		nf_sb_printf(s, " [%s]", rule->ref);
}

static void location(const struct checklist *l, const struct check_finding *f,
		     struct checklist_names names)
{
	struct nf_strbuf *s = &l->o->text, name;
	uint32_t file = f->first.frame != 0 ? f->first.file : 0;

	nf_strbuf_init(&name);
	checklist_who(&name, f, names);
	if (f->first.frame != 0) {
		nf_sb_str(&name, ", ");
		checklist_place(&name, l, f, &f->first);
	}
	LIT(s, ",\"locations\":[{");
	if (file < l->o->opts.nfiles) {
		LIT(s, "\"physicalLocation\":{\"artifactLocation\":{\"uri\":");
		uri(s, l->o->opts.files[file]);
		out_member(s, "index", file);
		LIT(s, "}},");
	}
	LIT(s, "\"logicalLocations\":[{\"fullyQualifiedName\":");
	json_string(s, nf_strbuf_cstr(&name));
	LIT(s, "}]}]");
	s->failed |= name.failed;
	nf_strbuf_done(&name);
}

/* What tells it from others, over captures. */
static void fingerprint(struct nf_strbuf *s, const struct check_finding *f)
{
	struct nf_strbuf row;

	nf_strbuf_init(&row);
	checklist_row(&row, f);
	LIT(s, ",\"partialFingerprints\":{\"baselineRow/v1\":");
	json_string(s, nf_strbuf_cstr(&row));
	LIT(s, "}");
	s->failed |= row.failed;
	nf_strbuf_done(&row);
}

static void properties(const struct checklist *l, const struct check_finding *f)
{
	const struct check_place *p = &f->first;
	struct nf_strbuf *s = &l->o->text;

	nf_sb_printf(s, ",\"properties\":{\"confidence\":\"%s\"",
		     f->likely ? "likely" : "certain");
	if (p->frame != 0) {
		out_member(s, "frame", p->frame);
		out_member(s, "messageOffset", p->message);
	}
	if (p->frame != 0 && p->span.len != 0) {
		out_member(s, "offset", p->span.off);
		out_member(s, "length", p->span.len);
	}
	if (f->noctets != 0)
		json_raw(l->o, (struct nf_bytes){ f->octets, f->noctets });
	LIT(s, "}");
}

static void result(const struct checklist *l, const struct check_finding *f,
		   struct checklist_names names)
{
	struct nf_strbuf *s = &l->o->text, text;

	nf_strbuf_init(&text);
	text_of(&text, f, names);
	LIT(s, "{\"ruleId\":");
	json_string(s, check_rules[f->rule].id);
	out_member(s, "ruleIndex", f->rule);
	nf_sb_printf(s, ",\"level\":\"%s\"", problems_severity(f->severity));
	message(s, "message", nf_strbuf_cstr(&text));
	location(l, f, names);
	fingerprint(s, f);
	out_member(s, "occurrenceCount", f->count);
	if (f->accepted)
		LIT(s, ",\"suppressions\":[{\"kind\":\"external\",\"justification\":"
		       "\"accepted by the baseline\"}]");
	properties(l, f);
	LIT(s, "}");
	s->failed |= text.failed;
	nf_strbuf_done(&text);
}

static void results(const struct checklist *l)
{
	struct checklist_names names = { .ports = false };
	const struct check_finding *f, *before = NULL;

	LIT(&l->o->text, "\"results\":[");
	for (size_t i = 0; (f = check_finding_at(l->check, i)) != NULL; i++, before = f) {
		if (!checklist_step(l))
			return;
		if (before == NULL || !checklist_same_exporter(before, f))
			names = checklist_names(l->check, i);
		nf_sb_str(&l->o->text, i != 0 ? ",\n" : "\n");
		result(l, f, names);
	}
	LIT(&l->o->text, "]");
}

static void show(const struct checklist *l)
{
	struct nf_strbuf *s = &l->o->text;

	LIT(s, "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\","
	       "\"version\":\"2.1.0\",\"runs\":[{\n");
	tool(s);
	invocation(l);
	artifacts(s, &l->o->opts);
	results(l);
	LIT(s, "}]}\n");
}

const struct checklist_ops checklist_sarif = { .name = "sarif", .document = true, .show = show };
