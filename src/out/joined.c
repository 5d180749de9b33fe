#include <config.h>

#include "out/joined.h"

#include "model/flow.h"
#include "out/detail.h"
#include "out/json.h"

/* -- Text ------------------------------------------------------------------------------ */

/* "      join.ingress.name           " */
static void label(struct nf_strbuf *s, const char *name)
{
	size_t from;

	nf_sb_str(s, "      ");
	from = s->n;
	nf_sb_str(s, "join.");
	nf_sb_str(s, name);
	if (s->n - from < DETAIL_NAME)
		nf_sb_pad(s, ' ', DETAIL_NAME - (s->n - from));
	nf_sb_char(s, ' ');
}

static void frame(struct out *o, const struct join_version *v)
{
	struct nf_strbuf *s = &o->text;

	nf_sb_str(s, "frame ");
	nf_sb_u64(s, v->frame);
	if (o->opts.nfiles > 1) {
		const char *file = out_file(o, v->file);

		nf_sb_str(s, " of ");
		nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)file, strlen(file) });
	}
}

/* " (frame 3, other domain 0)" */
static void origin(struct out *o, const struct join_version *v, const struct join_version *other,
		   enum join_how how, const struct join_domain *domain)
{
	struct nf_strbuf *s = &o->text;

	nf_sb_str(s, " (");
	frame(o, v);
	if (other != NULL && other != v) {
		nf_sb_str(s, " and ");
		frame(o, other);
	}
	if (how != JOIN_LIVE) {
		nf_sb_str(s, ", ");
		out_words(s, join_how_name(how));
	}
	if (how == JOIN_OTHER_DOMAIN) {
		nf_sb_char(s, ' ');
		nf_sb_u64(s, domain->id);
	} else if (how == JOIN_OTHER_EXPORTER) {
		nf_sb_char(s, ' ');
		out_addr(s, &domain->exporter->addr);
	}
	nf_sb_char(s, ')');
}

static void value_text(struct out *o, const struct join_value *v)
{
	struct nf_bytes octets = join_octets(v->octets);

	nf_value_text(&o->text, (enum nf_kind)v->kind, octets, &o->format);
	if (v->ie->labels != NULL)
		labels_append(&o->labels, &o->text, v->ie->labels, octets);
}

/* "1:500", "1:33.3" */
static void rate_text(struct nf_strbuf *s, const struct join_rate *r)
{
	nf_sb_str(s, "1:");
	if (r->den == 1)
		nf_sb_u64(s, r->num);
	else
		nf_sb_printf(s, "%.6g", join_rate_value(r));
}

static void sampling_text(struct out *o, const struct join_rate *r)
{
	struct nf_strbuf *s = &o->text;

	label(s, "sampling.rate");
	if (r->ambiguous)
		nf_sb_str(s, "ambiguous");
	else
		rate_text(s, r);
	nf_sb_str(s, ", by ");
	nf_sb_str(s, join_rate_source_name((enum join_rate_source)r->source));
	if (r->version != NULL)
		origin(o, r->version, r->other, (enum join_how)r->how, r->domain);
	nf_sb_char(s, '\n');
}

void joined_text(struct out *o, struct join *j, const struct filter_at *at)
{
	const struct join_record record = join_record_at(at);
	struct join_answer a;
	struct join_rate r;

	for (unsigned i = 0; i < JOIN_NAMES; i++) {
		if (!join_of(j, (enum join_name)i, &record, &a))
			continue;
		label(&o->text, join_name((enum join_name)i));
		if (a.value != NULL)
			value_text(o, a.value);
		else
			nf_sb_str(&o->text, "conflict");
		origin(o, a.version, a.other, (enum join_how)a.how, a.domain);
		nf_sb_char(&o->text, '\n');
	}
	if (join_rate(j, &record, &r))
		sampling_text(o, &r);
}

/* -- JSON ------------------------------------------------------------------------------ */

static void point_json(struct out *o, const struct join_version *v)
{
	struct nf_strbuf *s = &o->text;

	if (o->opts.nfiles > 1) {
		const char *file = out_file(o, v->file);

		LIT(s, "\"file\":");
		nf_json_string(s, (struct nf_bytes){ (const uint8_t *)file, strlen(file) });
		nf_sb_char(s, ',');
	}
	LIT(s, "\"frame\":");
	nf_sb_u64(s, v->frame);
}

/* "frame":3,"found":"other-domain","domain":0,"conflict":{"frame":4}: without braces. */
static void origin_json(struct out *o, const struct join_version *v,
			const struct join_version *other, enum join_how how,
			const struct join_domain *domain)
{
	struct nf_strbuf *s = &o->text;

	point_json(o, v);
	if (how != JOIN_LIVE) {
		LIT(s, ",\"found\":\"");
		nf_sb_str(s, join_how_name(how));
		nf_sb_char(s, '"');
	}
	if (how == JOIN_OTHER_DOMAIN) {
		LIT(s, ",\"domain\":");
		nf_sb_u64(s, domain->id);
	} else if (how == JOIN_OTHER_EXPORTER) {
		LIT(s, ",\"exporter\":\"");
		out_addr(s, &domain->exporter->addr);
		nf_sb_char(s, '"');
	}
	if (other != NULL) {
		LIT(s, ",\"conflict\":{");
		point_json(o, other);
		nf_sb_char(s, '}');
	}
}

static void rate_json(struct out *o, const struct join_rate *r, const struct filter_at *at)
{
	static const struct {
		const char *key;
		uint8_t item;
	} counters[] = { { "packets", FLOW_PACKETS }, { "bytes", FLOW_BYTES } };
	struct nf_strbuf *s = &o->text;
	uint64_t n, v;

	if (r->ambiguous) {
		LIT(s, "\"ambiguous\":true");
	} else {
		LIT(s, "\"rate\":");
		if (r->den == 1)
			nf_sb_u64(s, r->num);
		else
			nf_sb_printf(s, "%.17g", join_rate_value(r));
	}
	LIT(s, ",\"source\":\"");
	nf_sb_str(s, join_rate_source_name((enum join_rate_source)r->source));
	nf_sb_char(s, '"');
	if (r->version != NULL) {
		nf_sb_char(s, ',');
		origin_json(o, r->version, r->other, (enum join_how)r->how, r->domain);
	}
	for (unsigned i = 0; i < 2; i++)
		if (at->view != NULL &&
		    flow_number(at->view, at->rec, (enum flow_item)counters[i].item, &n) &&
		    join_scaled(r, n, &v)) {
			nf_sb_printf(s, ",\"%s\":", counters[i].key);
			nf_sb_u64(s, v);
		}
}

static void name_json(struct out *o, const struct join_answer *a)
{
	struct nf_strbuf *s = &o->text;

	nf_sb_char(s, '{');
	if (a->value != NULL) {
		LIT(s, "\"value\":");
		nf_value_json(s, (enum nf_kind)a->value->kind, join_octets(a->value->octets),
			      &o->format);
		nf_sb_char(s, ',');
	}
	origin_json(o, a->version, a->other, (enum join_how)a->how, a->domain);
	nf_sb_char(s, '}');
}

void joined_json(struct out *o, struct join *j, const struct filter_at *at)
{
	const struct join_record record = join_record_at(at);
	struct nf_strbuf *s = &o->text;
	size_t start = s->n;
	const char *before = ",\"join\":{";
	struct join_answer a;
	struct join_rate r;

	for (unsigned i = 0; i < JOIN_NAMES; i++) {
		if (!join_of(j, (enum join_name)i, &record, &a))
			continue;
		nf_sb_str(s, before);
		nf_sb_char(s, '"');
		nf_sb_str(s, join_name((enum join_name)i));
		nf_sb_str(s, "\":");
		name_json(o, &a);
		before = ",";
	}
	if (join_rate(j, &record, &r)) {
		nf_sb_str(s, before);
		LIT(s, "\"sampling\":{");
		rate_json(o, &r, at);
		nf_sb_char(s, '}');
	}
	if (s->n > start)
		nf_sb_char(s, '}');
}
