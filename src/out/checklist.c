#include <config.h>

#include "out/checklist.h"

#include <inttypes.h>

static void nothing(struct out *o, const struct nf_view *v)
{
	(void)o;
	(void)v;
}

const struct out_ops checklist_out = { .name = "check", .message = nothing };

const struct checklist_ops *checklist_ops_of(const char *name)
{
	static const struct checklist_ops *const all[] = {
		&checklist_text, &checklist_json, &checklist_junit, &checklist_sarif,
	};

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

void checklist_show(const struct checklist *l)
{
	l->ops->show(l);
}

/* -- The verdict ---------------------------------------------------------------------- */

static bool any_template(const struct check *c)
{
	const struct check_exporter_totals *e;

	for (size_t i = 0; (e = check_exporter_at(c, i)) != NULL; i++)
		if (e->octets.templates != 0)
			return true;
	return false;
}

static bool hides_all(const struct checklist *l)
{
	const struct check_totals *t = check_totals(l->check);

	return l->chosen && t->shown == 0 && t->messages + t->headerless != 0;
}

static bool decoded_nothing(const struct checklist *l)
{
	const struct check_totals *t = check_totals(l->check);

	if (hides_all(l))
		return true;
	if (t->records + t->options != 0)
		return false;
	return t->data_sets != 0 || t->messages == 0 || !any_template(l->check);
}

enum checklist_verdict checklist_verdict(const struct checklist *l)
{
	const struct check_totals *t = check_totals(l->check);
	uint64_t found = 0, fails = 0;

	if (decoded_nothing(l))
		return CHECKLIST_NOTHING;
	for (unsigned severity = NF_NOTE; severity <= NF_ERROR; severity++) {
		found += t->findings[severity];
		if (severity >= l->fail_on)
			fails += t->findings[severity];
	}
	return fails != 0 ? CHECKLIST_FAILS : found != 0 ? CHECKLIST_PASSES : CHECKLIST_CLEAN;
}

/* What is found where nothing could be decoded counts all the same. */
bool checklist_is_no(const struct checklist *l)
{
	const struct check_totals *t = check_totals(l->check);

	for (unsigned severity = l->fail_on; severity <= NF_ERROR; severity++)
		if (t->findings[severity] != 0)
			return true;
	return !l->allow_empty && decoded_nothing(l);
}

const char *checklist_verdict_name(enum checklist_verdict v)
{
	static const char *const names[] = {
		[CHECKLIST_CLEAN] = "clean", [CHECKLIST_PASSES] = "passes",
		[CHECKLIST_FAILS] = "fails", [CHECKLIST_NOTHING] = "nothing",
	};

	return names[v];
}

void checklist_counts(struct nf_strbuf *s, const struct check_totals *t)
{
	const char *sep = "";

	for (unsigned severity = NF_ERROR + 1; severity-- > NF_NOTE; ) {
		if (t->findings[severity] == 0)
			continue;
		nf_sb_str(s, sep);
		out_count(s, t->findings[severity], problems_severity((uint8_t)severity));
		sep = ", ";
	}
}

bool checklist_bound(struct nf_strbuf *s, const struct check_totals *t, unsigned i)
{
	const struct {
		uint64_t n;
		const char *text;
	} bounds[CHECKLIST_BOUNDS] = {
		{ t->beyond_streams, " {message|messages} of still other streams {was|were} not "
		  "checked: no more than so many are told apart" },
		{ t->beyond_templates, " {template was|templates were} not followed: no more than "
		  "so many are remembered" },
		{ t->beyond_findings, " more {finding|findings} found no room, and {is|are} "
		  "counted nowhere else" },
	};

	if (bounds[i].n == 0)
		return false;
	nf_sb_printf(s, "%" PRIu64, bounds[i].n);
	nf_sb_forms(s, bounds[i].text, bounds[i].n);
	return true;
}

void checklist_nothing(struct nf_strbuf *s, const struct checklist *l)
{
	const struct check_totals *t = check_totals(l->check);

	if (hides_all(l)) {
		nf_sb_str(s, "the options let nothing of ");
		out_count(s, t->messages + t->headerless, "message");
		nf_sb_str(s, " through");
	} else if (t->data_sets != 0) {
		nf_sb_printf(s, "nothing of %" PRIu64 " data ", t->data_sets);
		nf_sb_forms(s, "{set|sets} could be decoded", t->data_sets);
	} else if (t->messages + t->headerless + t->beyond_streams != 0) {
		nf_sb_str(s, "nothing of ");
		out_count(s, t->messages + t->headerless + t->beyond_streams, "message");
		nf_sb_str(s, " could be decoded");
	} else {
		nf_sb_str(s, "no flow export was found");
	}
}

void checklist_verdict_text(struct nf_strbuf *s, const struct checklist *l)
{
	const struct check_totals *t = check_totals(l->check);
	enum checklist_verdict v = checklist_verdict(l);
	size_t from;

	switch (v) {
	case CHECKLIST_NOTHING:
		nf_sb_str(s, "nothing can be said: ");
		checklist_nothing(s, l);
		break;
	case CHECKLIST_FAILS:
		nf_sb_str(s, "fails");
		break;
	case CHECKLIST_PASSES:
		nf_sb_str(s, "passes");
		break;
	case CHECKLIST_CLEAN:
		nf_sb_str(s, t->accepted != 0 ? "passes, nothing new was found" :
			  "passes, nothing was found");
		break;
	}
	from = s->n;
	nf_sb_str(s, v == CHECKLIST_NOTHING ? "; " : ": ");
	checklist_counts(s, t);
	if (s->n - from == 2)
		s->n = from;
	if (l->limited && v != CHECKLIST_NOTHING)
		nf_sb_str(s, " in what the options let through");
	if (t->accepted != 0)
		nf_sb_printf(s, "; %" PRIu64 " accepted by the baseline", t->accepted);
	if (l->damaged)
		nf_sb_str(s, "; the input is damaged, and what is missing was not checked");
	if (!check_sound(l->check))
		nf_sb_str(s, "; memory was out, and findings may be missing");
}

/* -- Whose it is ------------------------------------------------------------------------ */

bool checklist_same_exporter(const struct check_finding *a, const struct check_finding *b)
{
	if (a->stream == NULL || b->stream == NULL)
		return a->stream == b->stream;
	return nf_same_addr(&a->stream->src.addr, &b->stream->src.addr);
}

bool checklist_same_rule(const struct check_finding *a, const struct check_finding *b)
{
	return a->rule == b->rule && a->severity == b->severity && checklist_same_exporter(a, b);
}

struct checklist_names checklist_names(const struct check *c, size_t from)
{
	const struct check_finding *first = check_finding_at(c, from), *f;
	const struct check_stream_id *id = NULL;
	struct checklist_names names = { .ports = false };

	for (; (f = check_finding_at(c, from)) != NULL && checklist_same_exporter(first, f);
	     from++) {
		if (f->stream == NULL || f->of_exporter)
			continue;
		names.ports |= f->of_session ||
			       (id != NULL && (!nf_same_endpoint(&id->src, &f->stream->src) ||
					       !nf_same_endpoint(&id->dst, &f->stream->dst)));
		names.versions |= id != NULL && !f->of_session && id->version != f->stream->version;
		id = f->of_session ? id : f->stream;
	}
	return names;
}

static void version(struct nf_strbuf *s, unsigned version)
{
	if (version == 10)
		nf_sb_str(s, " ipfix");
	else
		nf_sb_printf(s, " v%u", version);
}

/* v1 has no domain; of v5 to v8 it is the type and the number of an engine. */
static void domain(struct nf_strbuf *s, const struct check_stream_id *id)
{
	if (id->version >= 9)
		nf_sb_printf(s, " domain %" PRIu32, id->domain);
	else if (id->version != 1)
		nf_sb_printf(s, " engine %" PRIu32 "/%" PRIu32, id->domain >> 8 & 255,
			     id->domain & 255);
}

void checklist_who(struct nf_strbuf *s, const struct check_finding *f,
		   struct checklist_names names)
{
	const struct check_stream_id *id = f->stream;

	if (id == NULL) {
		nf_sb_str(s, "capture");
		return;
	}
	if (id->src.addr.family == 0)
		nf_sb_str(s, "IPFIX File");
	else if (f->of_exporter || !names.ports)
		out_addr(s, &id->src.addr);
	else
		out_endpoint(s, &id->src);
	if (f->of_exporter || f->of_session)
		return;
	if (names.versions)
		version(s, id->version);
	domain(s, id);
}

/* A word of the row: `-` is none. */
static void word(struct nf_strbuf *s, bool there, uint64_t v)
{
	nf_sb_char(s, ' ');
	if (there)
		nf_sb_u64(s, v);
	else
		nf_sb_char(s, '-');
}

void checklist_row(struct nf_strbuf *s, const struct check_finding *f)
{
	const struct check_stream_id *id = f->stream;
	bool of_stream = id != NULL && !f->of_exporter && !f->of_session;

	nf_sb_str(s, check_rules[f->rule].id);
	nf_sb_char(s, ' ');
	if (id != NULL && id->src.addr.family != 0)
		out_addr(s, &id->src.addr);
	else
		nf_sb_char(s, '-');
	word(s, of_stream, of_stream ? id->version : 0);
	word(s, of_stream, of_stream ? id->domain : 0);
	word(s, f->tmpl != 0, f->tmpl);
	nf_sb_char(s, ' ');
	if (f->ie != NULL)
		nf_ie_name(s, f->ie);
	else
		nf_sb_char(s, '-');
	word(s, f->key != 0, f->key);
}

/* -- Where it is ------------------------------------------------------------------------ */

void checklist_frame(struct nf_strbuf *s, const struct checklist *l,
		     const struct check_finding *f, uint64_t frame, uint32_t file)
{
	const char *path = out_file(l->o, file);

	nf_sb_str(s, f->stream != NULL && f->stream->transport == NF_TRANSPORT_FILE ? "message " :
		  "frame ");
	nf_sb_u64(s, frame);
	if (l->o->opts.nfiles < 2)
		return;
	nf_sb_str(s, " of ");
	nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)path, strlen(path) });
}

void checklist_place(struct nf_strbuf *s, const struct checklist *l,
		     const struct check_finding *f, const struct check_place *p)
{
	if (p->frame == 0)
		return;
	checklist_frame(s, l, f, p->frame, p->file);
	if (p->message != 0)
		nf_sb_printf(s, ", message at %" PRIu32, p->message);
	if (p->span.len == 0)
		return;
	nf_sb_printf(s, ", offset %" PRIu32 ", ", p->span.off);
	out_count(s, p->span.len, "octet");
}

void checklist_times(struct nf_strbuf *s, const struct checklist *l,
		     const struct check_finding *f)
{
	const struct check_place *last = &f->last;

	if (f->count < 2)
		return;
	nf_sb_u64(s, f->count);
	nf_sb_str(s, " times");
	if (last->frame == 0 || (last->frame == f->first.frame && last->file == f->first.file))
		return;
	nf_sb_str(s, ", last in ");
	checklist_frame(s, l, f, last->frame, last->file);
}

void checklist_args(struct nf_strbuf *s, const struct check_finding *f)
{
	const struct check_arg *arg;
	enum check_type type;
	struct nf_bytes name;

	for (unsigned i = 0; check_finding_arg(f, &i, &name, &type, &arg); ) {
		if (i > 1)
			nf_sb_str(s, ", ");
		nf_sb_mem(s, name.p, name.n);
		nf_sb_char(s, '=');
		check_arg_text(s, type, arg);
	}
}

const char *checklist_ref(const char **list, size_t *n)
{
	const char *at = *list;

	if (at == NULL || *at == '\0')
		return NULL;
	*n = strcspn(at, ";");
	*list = at + *n;
	*list += strspn(*list, "; ");
	return at;
}

void checklist_gates(struct nf_strbuf *s, unsigned gates, const char *sep)
{
	const char *before = "";

	for (unsigned bit = 0; gates >> bit != 0; bit++) {
		if ((gates >> bit & 1) == 0)
			continue;
		nf_sb_printf(s, "%s%s", before, check_gate_text((enum check_gate)(1 << bit)));
		before = sep;
	}
}
