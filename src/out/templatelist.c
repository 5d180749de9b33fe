#include <config.h>

#include "out/templatelist.h"

#include "out/json.h"

const char *templatelist_kind(const struct templates_row *row)
{
	if (row->version == NULL)
		return "undefined";
	if (row->tmpl == NULL)
		return "withdrawal";
	return row->tmpl->kind == NF_TEMPLATE_OPTIONS ? "options-template" : "template";
}

bool templatelist_rejected(const struct templates_row *row)
{
	return row->tmpl != NULL && row->version->layout == NULL;
}

static void nothing(struct out *o, const struct nf_view *v)
{
	(void)o;
	(void)v;
}

const struct out_ops templatelist_out = { .name = "templates", .message = nothing };

void templatelist_begin(struct templatelist *l)
{
	if (l->ops->begin != NULL)
		l->ops->begin(l);
}

bool templatelist_row(struct templatelist *l, struct templates_row *row)
{
	l->ops->row(l, row);
	l->last = row;
	return !l->o->failed && !l->o->text.failed && !l->o->line.failed;
}

/* -- JSON ----------------------------------------------------------------------------- */

static void number(struct nf_strbuf *s, const char *key, uint64_t v)
{
	nf_sb_str(s, ",\"");
	nf_sb_str(s, key);
	nf_sb_str(s, "\":");
	nf_sb_u64(s, v);
}

/* With templates kept per exporter a session has no ports. */
static void endpoint(struct nf_strbuf *s, const char *who, const struct nf_endpoint *e)
{
	if (e->addr.family == 0)
		return;
	nf_sb_printf(s, ",\"%s\":\"", who);
	out_addr(s, &e->addr);
	nf_sb_char(s, '"');
	if (e->port != 0)
		nf_sb_printf(s, ",\"%sPort\":%u", who, e->port);
}

static void session(struct nf_strbuf *s, const struct nf_session *session)
{
	nf_sb_printf(s, ",\"session\":{\"transport\":\"%s\"", out_transport(session->transport));
	endpoint(s, "src", &session->src);
	endpoint(s, "dst", &session->dst);
	nf_sb_char(s, '}');
}

static void point(struct out *o, const char *key, const struct templates_point *p)
{
	struct nf_strbuf *s = &o->text;

	if (p->frame == 0)
		return;
	nf_sb_printf(s, ",\"%s\":{", key);
	if (o->opts.nfiles > 1) {
		const char *file = out_file(o, p->file);

		LIT(s, "\"file\":");
		nf_json_string(s, (struct nf_bytes){ (const uint8_t *)file, strlen(file) });
		nf_sb_char(s, ',');
	}
	LIT(s, "\"frame\":");
	nf_sb_u64(s, p->frame);
	LIT(s, ",\"time\":\"");
	nf_time_text(s, p->ns, p->fine ? 9 : 6, &o->time);
	LIT(s, "\"}");
}

static void sent(struct out *o, struct templates_row *row)
{
	struct nf_strbuf *s = &o->text;
	int64_t ns;

	LIT(s, ",\"sent\":{\"count\":");
	nf_sb_u64(s, row->sent);
	point(o, "first", &row->first_sent);
	point(o, "last", &row->last_sent);
	if (templates_refresh(row, &ns)) {
		LIT(s, ",\"refresh\":");
		nf_sb_i64(s, ns / 1000000000);
		nf_sb_char(s, '.');
		nf_sb_digits(s, (uint64_t)(ns % 1000000000), 9);
		if (templates_sampled(row))
			LIT(s, ",\"sampled\":true");
	}
	if (row->withdrawals != 0)
		number(s, "withdrawalsIgnored", row->withdrawals);
	nf_sb_char(s, '}');
}

static void counts(struct nf_strbuf *s, const struct templates_count *n, bool records)
{
	LIT(s, "\"sets\":");
	nf_sb_u64(s, n->sets);
	if (records)
		number(s, "records", n->records);
	number(s, "octets", n->octets);
}

static void used(struct out *o, const struct templates_row *row)
{
	struct templates_count sum = templates_used(row);
	struct nf_strbuf *s = &o->text;

	LIT(s, ",\"used\":{");
	counts(s, &sum, row->version != NULL);
	for (unsigned how = NF_LIVE; how < TEMPLATES_HOWS; how++) {
		if (row->used[how].sets == 0)
			continue;
		nf_sb_printf(s, ",\"%s\":{", nf_how_name((enum nf_how)how));
		counts(s, &row->used[how], true);
		nf_sb_char(s, '}');
	}
	if (row->misfits != 0)
		number(s, "misfits", row->misfits);
	if (row->in_lists != 0)
		number(s, "inLists", row->in_lists);
	point(o, "first", &row->first_used);
	point(o, "last", &row->last_used);
	nf_sb_char(s, '}');
}

static void fields(struct out *o, const struct nf_template *t)
{
	struct nf_strbuf *s = &o->text;
	unsigned nvar;
	uint32_t length = templates_length(t, &nvar);
	struct nf_specs specs;
	struct nf_spec spec;

	number(s, nvar != 0 ? "minLength" : "recordLength", length);
	if (t->kind == NF_TEMPLATE_OPTIONS)
		number(s, "scope", t->nscope);
	LIT(s, ",\"fields\":[");
	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &spec)) {
		if (specs.index > 1)
			nf_sb_char(s, ',');
		json_spec(o, t, &spec);
	}
	nf_sb_char(s, ']');
}

static void steps(struct out *o, const struct templates_row *row, const struct templates_diff *d,
		  char op)
{
	struct nf_strbuf *s = &o->text;
	const char *sep = "";

	for (size_t i = 0; i < d->n; i++) {
		const struct nf_template *t = op == '-' ? row->before->tmpl : row->tmpl;

		if (d->v[i].op != op)
			continue;
		nf_sb_str(s, sep);
		json_spec(o, t, &d->v[i].spec);
		sep = ",";
	}
}

static void changes(struct out *o, const struct templates_row *row)
{
	struct nf_strbuf *s = &o->text;
	struct templates_diff d;

	if (row->before == NULL || row->tmpl == NULL)
		return;
	if (!templates_diff(&d, row->before->tmpl, row->tmpl)) {
		o->failed = true;
	} else {
		LIT(s, ",\"changes\":{\"since\":");
		nf_sb_u64(s, row->before->version->number);
		LIT(s, ",\"added\":[");
		steps(o, row, &d, '+');
		LIT(s, "],\"removed\":[");
		steps(o, row, &d, '-');
		LIT(s, "]}");
	}
	templates_diff_done(&d);
}

static void json_row(struct templatelist *l, struct templates_row *row)
{
	struct nf_strbuf *s = &l->o->text;

	LIT(s, "{\"type\":\"template\",\"schema\":1");
	session(s, row->session);
	number(s, "version", row->export_version);
	number(s, "domain", row->domain);
	number(s, "id", row->id);
	if (row->version != NULL)
		number(s, "number", row->version->number);
	nf_sb_printf(s, ",\"kind\":\"%s\"", templatelist_kind(row));
	if (row->version == NULL)
		nf_sb_printf(s, ",\"undecoded\":\"%s\"",
			     nf_why_not_name((enum nf_why_not)row->why));
	if (row->given)
		LIT(s, ",\"given\":true");
	if (templatelist_rejected(row))
		LIT(s, ",\"rejected\":true");
	if (templates_unused(row))
		LIT(s, ",\"unused\":true");
	if (row->tmpl != NULL)
		fields(l->o, row->tmpl);
	if (row->version != NULL)
		sent(l->o, row);
	if (row->tmpl != NULL || row->version == NULL)
		used(l->o, row);
	changes(l->o, row);
	LIT(s, "}\n");
}

static const struct templatelist_ops json = { .name = "json", .row = json_row };

const struct templatelist_ops *templatelist_ops_of(const char *name)
{
	static const struct templatelist_ops *const all[] = {
		&templatelist_text, &json, &templatelist_csv, &templatelist_tsv,
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}
