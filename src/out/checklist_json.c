/*
 * Findings as JSON lines: an object for each finding, then each occurrence where all are wanted,
 * then each exporter's octets, and last what was checked.
 */
#include <config.h>

#include "out/checklist.h"

#include "out/json.h"

static void text(struct nf_strbuf *s, const char *key, const char *v)
{
	nf_sb_str(s, ",\"");
	nf_sb_str(s, key);
	nf_sb_str(s, "\":");
	nf_json_string(s, (struct nf_bytes){ (const uint8_t *)v, strlen(v) });
}

static void truth(struct nf_strbuf *s, const char *key, bool v)
{
	nf_sb_str(s, ",\"");
	nf_sb_str(s, key);
	nf_sb_str(s, v ? "\":true" : "\":false");
}

static void moment(struct nf_strbuf *s, const char *key, int64_t ns)
{
	nf_sb_str(s, ",\"");
	nf_sb_str(s, key);
	nf_sb_str(s, "\":\"");
	nf_time_text(s, ns, ns % 1000 != 0 ? 9 : 6, NULL);
	nf_sb_char(s, '"');
}

/* ",\"KEY\":" and what FILL writes of F as a string; nothing where it writes nothing. */
static void filled(struct nf_strbuf *s, const char *key,
		   void (*fill)(struct nf_strbuf *, const struct check_finding *),
		   const struct check_finding *f)
{
	struct nf_strbuf words;

	nf_strbuf_init(&words);
	fill(&words, f);
	if (words.n != 0)
		text(s, key, nf_strbuf_cstr(&words));
	s->failed |= words.failed;
	nf_strbuf_done(&words);
}

/* -- Whose it is ---------------------------------------------------------------------- */

/* As `exporters -o json` has it: v5 to v8 have engines, v1 has neither. */
static void domain(struct nf_strbuf *s, const struct check_stream_id *id)
{
	out_member(s, "version", id->version);
	if (id->version >= 9) {
		out_member(s, "domain", id->domain);
	} else if (id->version != 1) {
		out_member(s, "engineType", id->domain >> 8 & 255);
		out_member(s, "engineId", id->domain & 255);
	}
}

static void whose(struct nf_strbuf *s, const struct check_finding *f)
{
	const struct check_stream_id *id = f->stream;

	if (id == NULL)
		return;
	out_member_addr(s, "exporter", &id->src.addr);
	if (f->of_exporter)
		return;
	text(s, "transport", out_transport(id->transport));
	if (id->src.addr.family != 0) {
		out_member(s, "exporterPort", id->src.port);
		out_member_addr(s, "collector", &id->dst.addr);
		out_member(s, "collectorPort", id->dst.port);
	}
	if (!f->of_session)
		domain(s, id);
}

/* -- Where it is ------------------------------------------------------------------------ */

static void file(struct nf_strbuf *s, const struct checklist *l, const char *key, uint32_t i)
{
	const char *path = out_file(l->o, i);

	if (*path != '\0')
		text(s, key, path);
}

static void place(struct nf_strbuf *s, const struct checklist *l, const struct check_place *p)
{
	if (p->frame == 0)
		return;
	file(s, l, "file", p->file);
	out_member(s, "frame", p->frame);
	moment(s, "time", p->ts_ns);
	out_member(s, "messageOffset", p->message);
	if (p->span.len == 0)
		return;
	out_member(s, "offset", p->span.off);
	out_member(s, "length", p->span.len);
}

static void last(struct nf_strbuf *s, const struct checklist *l, const struct check_finding *f)
{
	out_member(s, "count", f->count);
	if (f->count > 1 && f->last.frame != 0) {
		file(s, l, "lastFile", f->last.file);
		out_member(s, "lastFrame", f->last.frame);
		moment(s, "lastTime", f->last.ts_ns);
	}
	if (f->other_frame != 0) {
		file(s, l, "relatedFile", f->other_file);
		out_member(s, "relatedFrame", f->other_frame);
	}
}

/* -- What it says ----------------------------------------------------------------------- */

/* "-12.000000001": seconds, exact. */
static void seconds(struct nf_strbuf *s, int64_t ns)
{
	uint64_t v = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

	if (ns < 0)
		nf_sb_char(s, '-');
	nf_sb_u64(s, v / 1000000000);
	nf_sb_char(s, '.');
	nf_sb_digits(s, v % 1000000000, 9);
}

static void value_text(struct nf_strbuf *s, enum check_type type, const struct check_arg *arg)
{
	struct nf_strbuf words;

	nf_strbuf_init(&words);
	check_arg_text(&words, type, arg);
	nf_json_string(s, (struct nf_bytes){ (const uint8_t *)nf_strbuf_cstr(&words), words.n });
	s->failed |= words.failed;
	nf_strbuf_done(&words);
}

/* Texts as they came, so that nothing is made visible twice. */
static void string(struct nf_strbuf *s, const char *v)
{
	if (v == NULL)
		v = "";
	nf_json_string(s, (struct nf_bytes){ (const uint8_t *)v, strlen(v) });
}

static void value(struct nf_strbuf *s, enum check_type type, const struct check_arg *arg)
{
	switch (type) {
	case CHECK_TYPE_NUMBER:
	case CHECK_TYPE_HEX:
		nf_sb_u64(s, arg->u);
		break;
	case CHECK_TYPE_SIGNED:
		nf_sb_i64(s, arg->i);
		break;
	case CHECK_TYPE_DURATION:
		seconds(s, arg->i);
		break;
	case CHECK_TYPE_PERCENT:
		nf_sb_u64(s, arg->u / 100);
		nf_sb_char(s, '.');
		nf_sb_digits(s, arg->u % 100, 2);
		break;
	case CHECK_TYPE_TEXT:
		string(s, arg->s);
		break;
	case CHECK_TYPE_TIME:
		nf_sb_char(s, '"');
		nf_time_text(s, arg->i, 9, NULL);
		nf_sb_char(s, '"');
		break;
	default:
		value_text(s, type, arg);
		break;
	}
}

static void args(struct nf_strbuf *s, const struct check_finding *f)
{
	const struct check_arg *arg;
	enum check_type type;
	struct nf_bytes name;

	LIT(s, ",\"args\":{");
	for (unsigned i = 0; check_finding_arg(f, &i, &name, &type, &arg); ) {
		if (i > 1)
			nf_sb_char(s, ',');
		nf_json_string(s, name);
		nf_sb_char(s, ':');
		value(s, type, arg);
	}
	nf_sb_char(s, '}');
}

void checklist_refs(struct nf_strbuf *s, const char *list)
{
	const char *ref, *sep = "";
	size_t n;

	LIT(s, ",\"refs\":[");
	while ((ref = checklist_ref(&list, &n)) != NULL) {
		nf_sb_str(s, sep);
		nf_json_string(s, (struct nf_bytes){ (const uint8_t *)ref, n });
		sep = ",";
	}
	nf_sb_char(s, ']');
}

static void element(struct nf_strbuf *s, const struct check_finding *f)
{
	if (f->tmpl != 0)
		out_member(s, "template", f->tmpl);
	if (f->ie != NULL) {
		LIT(s, ",\"element\":\"");
		nf_ie_name(s, f->ie);
		nf_sb_char(s, '"');
	}
	if (f->key != 0)
		out_member(s, "key", f->key);
}

static void begin(struct nf_strbuf *s, const char *type)
{
	nf_sb_str(s, "{\"type\":\"");
	nf_sb_str(s, type);
	nf_sb_str(s, "\",\"schema\":1");
}

static void finding(const struct checklist *l, const struct check_finding *f)
{
	const struct check_rule *rule = &check_rules[f->rule];
	struct nf_strbuf *s = &l->o->text;

	begin(s, "finding");
	text(s, "rule", rule->id);
	text(s, "severity", problems_severity(f->severity));
	text(s, "confidence", f->likely ? "likely" : "certain");
	whose(s, f);
	place(s, l, &f->first);
	if (f->noctets != 0)
		json_raw(l->o, (struct nf_bytes){ f->octets, f->noctets });
	element(s, f);
	args(s, f);
	filled(s, "message", check_finding_text, f);
	filled(s, "observed", check_finding_observed, f);
	filled(s, "required", check_finding_required, f);
	checklist_refs(s, rule->ref);
	if (rule->breaks != NULL)
		text(s, "collectors", rule->breaks);
	last(s, l, f);
	truth(s, "accepted", f->accepted);
	LIT(s, "}\n");
}

static void occurrence(const struct checklist *l, const struct check_occurrence *at)
{
	struct check_finding one = *at->finding;
	struct nf_strbuf *s = &l->o->text;

	memcpy(one.args, at->args, sizeof(one.args));
	begin(s, "occurrence");
	text(s, "rule", check_rules[one.rule].id);
	text(s, "severity", problems_severity(one.severity));
	text(s, "confidence", one.likely ? "likely" : "certain");
	whose(s, &one);
	place(s, l, &at->place);
	element(s, &one);
	args(s, &one);
	filled(s, "message", check_finding_text, &one);
	truth(s, "accepted", one.accepted);
	LIT(s, "}\n");
}

/* -- What was checked ----------------------------------------------------------------- */

static void exporter(struct nf_strbuf *s, const struct check_exporter_totals *e)
{
	const struct check_octets *o = &e->octets;

	begin(s, "exporter");
	out_member_addr(s, "exporter", &e->addr);
	out_member(s, "messages", e->messages);
	out_member(s, "records", e->records);
	LIT(s, ",\"octets\":{\"total\":");
	nf_sb_u64(s, o->total);
	out_member(s, "headers", o->headers);
	out_member(s, "templates", o->templates);
	out_member(s, "data", o->data);
	out_member(s, "options", o->options);
	out_member(s, "padding", o->padding);
	out_member(s, "undecoded", o->undecoded);
	out_member(s, "malformed", o->malformed);
	out_member(s, "trailing", o->trailing);
	out_member(s, "unclaimed", check_unclaimed(o));
	LIT(s, "}}\n");
}

static void reasons(struct nf_strbuf *s, unsigned gates)
{
	const char *sep = ",\"reasons\":[";

	for (unsigned bit = 0; gates >> bit != 0; bit++) {
		if ((gates >> bit & 1) == 0)
			continue;
		nf_sb_str(s, sep);
		string(s, check_gate_text((enum check_gate)(1 << bit)));
		sep = ",";
	}
	nf_sb_char(s, ']');
}

static void rules(struct nf_strbuf *s, const struct check *c, const char *key,
		  enum check_applied what)
{
	const char *sep = "";
	unsigned gates;

	nf_sb_printf(s, "\"%s\":[", key);
	for (unsigned i = 0; i < CHECK_RULES; i++) {
		if (check_rule_applied(c, (enum check_rule_id)i, &gates) != what)
			continue;
		nf_sb_str(s, sep);
		sep = ",";
		if (what == CHECK_COULD_NOT)
			LIT(s, "{\"rule\":");
		string(s, check_rules[i].id);
		if (what != CHECK_COULD_NOT)
			continue;
		reasons(s, gates);
		nf_sb_char(s, '}');
	}
	nf_sb_char(s, ']');
}

static void files(struct nf_strbuf *s, const struct out_opts *opts)
{
	LIT(s, ",\"files\":[");
	for (size_t i = 0; i < opts->nfiles; i++) {
		if (i != 0)
			nf_sb_char(s, ',');
		string(s, opts->files[i]);
	}
	nf_sb_char(s, ']');
}

static void totals(struct nf_strbuf *s, const struct check_totals *t)
{
	out_member(s, "messages", t->messages);
	out_member(s, "streams", t->streams);
	out_member(s, "flows", t->records);
	out_member(s, "options", t->options);
	out_member(s, "dataSets", t->data_sets);
	out_member(s, "undecodedSets", t->undecoded_sets);
	out_member(s, "headerless", t->headerless);
	out_member(s, "refused", t->refused);
	out_member(s, "errors", t->findings[NF_ERROR]);
	out_member(s, "warnings", t->findings[NF_WARNING]);
	out_member(s, "notes", t->findings[NF_NOTE]);
	out_member(s, "accepted", t->accepted);
	out_member(s, "beyondStreams", t->beyond_streams);
	out_member(s, "beyondTemplates", t->beyond_templates);
	out_member(s, "beyondFindings", t->beyond_findings);
}

static void checked(const struct checklist *l)
{
	struct nf_strbuf *s = &l->o->text;

	begin(s, "check");
	files(s, &l->o->opts);
	text(s, "verdict", checklist_verdict_name(checklist_verdict(l)));
	truth(s, "damaged", l->damaged);
	truth(s, "complete", check_sound(l->check));
	totals(s, check_totals(l->check));
	out_member(s, "staleBaselineRows", l->stale);
	LIT(s, ",\"rules\":{");
	rules(s, l->check, "applied", CHECK_APPLIED);
	nf_sb_char(s, ',');
	rules(s, l->check, "notCalledFor", CHECK_NOT_CALLED_FOR);
	nf_sb_char(s, ',');
	rules(s, l->check, "couldNot", CHECK_COULD_NOT);
	nf_sb_char(s, ',');
	rules(s, l->check, "switchedOff", CHECK_SWITCHED_OFF);
	LIT(s, "}}\n");
}

static void show(const struct checklist *l)
{
	const struct check_exporter_totals *e;
	const struct check_occurrence *at;
	const struct check_finding *f;

	for (size_t i = 0; !l->quiet && (f = check_finding_at(l->check, i)) != NULL; i++) {
		if (!checklist_step(l))
			return;
		finding(l, f);
	}
	for (size_t i = 0; !l->quiet && (at = check_occurrence_at(l->check, i)) != NULL; i++) {
		if (!checklist_step(l))
			return;
		occurrence(l, at);
	}
	for (size_t i = 0; !l->quiet && (e = check_exporter_at(l->check, i)) != NULL; i++) {
		if (!checklist_step(l))
			return;
		exporter(&l->o->text, e);
	}
	checked(l);
}

const struct checklist_ops checklist_json = { .name = "json", .show = show };
