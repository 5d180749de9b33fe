#include <config.h>

#include "out/exporters.h"

#include "out/out.h"

/* -- Pieces --------------------------------------------------------------------------- */

static void text(struct nf_strbuf *s, const char *key, const char *v)
{
	nf_sb_str(s, ",\"");
	nf_sb_str(s, key);
	nf_sb_str(s, "\":\"");
	nf_sb_str(s, v);
	nf_sb_char(s, '"');
}

static void moment(struct nf_strbuf *s, const char *key, int64_t ns, unsigned digits)
{
	nf_sb_str(s, ",\"");
	nf_sb_str(s, key);
	nf_sb_str(s, "\":\"");
	nf_time_text(s, ns, digits, NULL);
	nf_sb_char(s, '"');
}

/* ",\"KEY\":-0.002": seconds with DIGITS behind the point, cut. */
static void seconds(struct nf_strbuf *s, const char *key, int64_t ns, unsigned digits)
{
	uint64_t v = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns, second = 1000000000;

	nf_sb_str(s, ",\"");
	nf_sb_str(s, key);
	nf_sb_str(s, ns < 0 ? "\":-" : "\":");
	nf_sb_u64(s, v / second);
	nf_sb_char(s, '.');
	nf_sb_digits(s, v % second / (digits == 3 ? 1000000 : 1), digits);
}

static void uptime(struct nf_strbuf *s, const char *key, uint32_t ms)
{
	seconds(s, key, (int64_t)ms * 1000000, 3);
}

static void begin(struct nf_strbuf *s, const char *type)
{
	nf_sb_str(s, "{\"type\":\"");
	nf_sb_str(s, type);
	nf_sb_str(s, "\",\"schema\":1");
}

/* -- Counts --------------------------------------------------------------------------- */

static void undecoded(struct nf_strbuf *s, const struct exporters_counts *c)
{
	const char *sep = "";

	nf_sb_str(s, ",\"undecoded\":[");
	for (unsigned i = 0; i < NF_WHY_NOTS; i++) {
		if (c->undecoded[i] == 0)
			continue;
		nf_sb_str(s, sep);
		nf_sb_str(s, "{\"reason\":\"");
		nf_sb_str(s, nf_why_not_name((enum nf_why_not)i));
		nf_sb_char(s, '"');
		out_member(s, "sets", c->undecoded[i]);
		out_member(s, "octets", c->undecoded_octets[i]);
		nf_sb_char(s, '}');
		sep = ",";
	}
	nf_sb_char(s, ']');
}

static void counts(struct nf_strbuf *s, const struct exporters_counts *c, int64_t first,
		   int64_t last)
{
	bool fine = first % 1000 != 0 || last % 1000 != 0;

	out_member(s, "messages", c->messages);
	out_member(s, "octets", c->octets);
	out_member(s, "flows", c->flows);
	out_member(s, "options", c->options);
	out_member(s, "templates", c->templates);
	out_member(s, "optionsTemplates", c->options_templates);
	out_member(s, "withdrawals", c->withdrawals);
	out_member(s, "dataSets", c->data_sets);
	out_member(s, "duplicateMessages", c->duplicates);
	out_member(s, "duplicateFlows", c->duplicate_flows);
	undecoded(s, c);
	moment(s, "first", first, fine ? 9 : 6);
	moment(s, "last", last, fine ? 9 : 6);
}

/* -- Domains -------------------------------------------------------------------------- */

/* v5 to v8: type and number of an engine; v1 has neither. */
static void domain_id(struct nf_strbuf *s, uint16_t version, uint32_t domain)
{
	out_member(s, "version", version);
	if (version >= 9) {
		out_member(s, "domain", domain);
	} else if (version != 1) {
		out_member(s, "engineType", domain >> 8 & 255);
		out_member(s, "engineId", domain & 255);
	}
}

static void aggregations(struct nf_strbuf *s, uint16_t bits)
{
	const char *sep = "";

	if (bits == 0)
		return;
	nf_sb_str(s, ",\"aggregations\":[");
	for (unsigned i = 0; bits >> i != 0; i++) {
		if (!(bits >> i & 1))
			continue;
		nf_sb_str(s, sep);
		nf_sb_u64(s, i);
		sep = ",";
	}
	nf_sb_char(s, ']');
}

static void file_name(struct nf_strbuf *s, const char *key, const struct exporters_view *v,
		      uint32_t file)
{
	if (v->nfiles < 2 || file >= v->nfiles)
		return;
	nf_sb_str(s, ",\"");
	nf_sb_str(s, key);
	nf_sb_str(s, "\":");
	nf_json_string(s, (struct nf_bytes){ (const uint8_t *)v->files[file],
					     strlen(v->files[file]) });
}

static void boot(struct nf_strbuf *s, const struct exporters_view *v,
		 const struct exporters_domain *d)
{
	uint32_t n = d->boot.restarts;
	uint32_t i = n > EXPORTERS_RESTARTS ? n - EXPORTERS_RESTARTS : 0;
	const char *sep = "";

	if (!d->has_uptime)
		return;
	if (!d->boot.clock_wrong)
		moment(s, "bootTime", d->boot.boot_ms * 1000000, 3);
	out_member(s, "restarts", n);
	out_member(s, "uptimeWraps", d->boot.wraps);
	nf_sb_str(s, ",\"lastRestarts\":[");
	for (; i < n; i++) {
		const struct exporters_restart *r = &d->restarts[i % EXPORTERS_RESTARTS];

		nf_sb_str(s, sep);
		nf_sb_str(s, "{\"frame\":");
		nf_sb_u64(s, r->frame);
		file_name(s, "file", v, r->file);
		uptime(s, "uptimeBefore", r->before_ms);
		uptime(s, "uptime", r->after_ms);
		nf_sb_char(s, '}');
		sep = ",";
	}
	nf_sb_char(s, ']');
}

static void delay(struct nf_strbuf *s, const struct exporters_delay *d)
{
	if (d == NULL || d->n == 0)
		return;
	nf_sb_str(s, ",\"exportDelay\":{\"messages\":");
	nf_sb_u64(s, d->n);
	seconds(s, "min", d->min, 9);
	seconds(s, "median", exporters_median(d), 9);
	seconds(s, "max", d->max, 9);
	nf_sb_char(s, '}');
}

static void sampling(struct nf_strbuf *s, const struct exporters_domain *d)
{
	if (d->nsamplings == 0)
		return;
	nf_sb_str(s, ",\"sampling\":[");
	for (unsigned i = 0; i < d->nsamplings; i++) {
		nf_sb_str(s, i == 0 ? "{\"mode\":" : ",{\"mode\":");
		nf_sb_u64(s, d->samplings[i].mode);
		out_member(s, "interval", d->samplings[i].interval);
		out_member(s, "messages", d->samplings[i].messages);
		nf_sb_char(s, '}');
	}
	nf_sb_char(s, ']');
	if (d->other_samplings != 0)
		out_member(s, "otherSamplings", d->other_samplings);
}

static void domain(struct nf_strbuf *s, const struct exporters_view *v,
		   const struct exporters_domain *d)
{
	begin(s, "domain");
	out_member_addr(s, "exporter", &d->exporter->addr);
	out_member(s, "session", d->session->index);
	domain_id(s, d->version, d->domain);
	aggregations(s, d->aggregations);
	counts(s, &d->counts, d->first_ns, d->last_ns);
	sampling(s, d);
	boot(s, v, d);
	delay(s, d->delay);
	nf_sb_str(s, "}\n");
}

/* -- Sequences ------------------------------------------------------------------------ */

static void lost_by(struct nf_strbuf *s, const struct nf_seq_totals *t)
{
	nf_sb_str(s, ",\"lostBy\":{");
	for (unsigned i = 0, n = 0; i < NF_SEQ_CAUSES; i++) {
		if (t->lost_by[i] == 0)
			continue;
		nf_sb_str(s, n++ == 0 ? "\"" : ",\"");
		nf_sb_str(s, nf_seq_cause_name((enum nf_seq_cause)i));
		nf_sb_str(s, "\":");
		nf_sb_u64(s, t->lost_by[i]);
	}
	nf_sb_char(s, '}');
}

static void holes(struct nf_strbuf *s, const struct nf_seq_stream *q)
{
	const char *sep = "{\"from\":";

	nf_sb_str(s, ",\"holes\":[");
	for (uint32_t i = 0; i < q->nholes; i++) {
		if (!q->holes[i].counted)
			continue;
		nf_sb_str(s, sep);
		sep = ",{\"from\":";
		nf_sb_u64(s, q->holes[i].start);
		out_member(s, "length", q->holes[i].length);
		nf_sb_char(s, '}');
	}
	nf_sb_char(s, ']');
	out_member(s, "forgottenHoles", q->forgotten);
}

static void measured(struct nf_strbuf *s, const struct nf_seq_stream *q)
{
	const struct nf_seq_totals *t = &q->totals;
	uint64_t percent = nf_seq_loss(t);

	text(s, "unit", nf_seq_unit_name(q));
	out_member(s, "received", t->received);
	out_member(s, "lost", t->lost);
	nf_sb_str(s, ",\"lossPercent\":");
	nf_sb_u64(s, percent / 100);
	nf_sb_char(s, '.');
	nf_sb_digits(s, percent % 100, 2);
	lost_by(s, t);
	out_member(s, "gaps", t->gaps);
	out_member(s, "late", t->late);
	out_member(s, "overlaps", t->overlaps);
	out_member(s, "resets", t->resets);
	out_member(s, "jumps", t->jumps);
	out_member(s, "unverified", t->unverified);
	out_member(s, "inferred", t->inferred);
	holes(s, q);
}

static void sequence(struct nf_strbuf *s, const struct exporters_view *v,
		     const struct exporters_domain *d, const struct nf_seq_stream *q)
{
	const struct nf_seq_key *key = &q->key;

	begin(s, "sequence");
	out_member_addr(s, "exporter", &d->exporter->addr);
	if (key->session != NF_SEQ_ANY_SESSION)
		out_member(s, "session", key->session);
	else
		out_member_addr(s, "dst", &key->collector);
	domain_id(s, key->version, key->domain);
	if (key->version == 8)
		out_member(s, "aggregation", key->aggregation);
	if (d->session->transport == NF_TRANSPORT_SCTP && key->version == 10)
		out_member(s, "stream", key->stream);
	out_member(s, "messages", q->totals.messages);
	out_member(s, "duplicates", q->totals.duplicates);
	out_member(s, "restarts", q->totals.restarts);
	if (q->unit == NF_SEQ_NO_UNIT) {
		text(s, "counts", "none");
	} else {
		text(s, "counts", nf_seq_rule_name((enum nf_seq_rule)q->rule));
		if (q->rule != NF_SEQ_COUNTS_AS_SPECIFIED) {
			if (q->likely)
				nf_sb_str(s, ",\"likely\":true");
			out_member(s, "ruleFrame", q->rule_frame);
			file_name(s, "ruleFile", v, q->rule_file);
		}
	}
	if (nf_seq_measured(q))
		measured(s, q);
	nf_sb_str(s, "}\n");
}

static void sequences(struct nf_strbuf *s, const struct exporters_view *v,
		      const struct exporters_domain *d)
{
	const struct nf_seq_stream *q;
	size_t next = 0;

	while (d->first && (q = exporters_stream(v->exporters, d, &next)) != NULL)
		if (q->totals.messages != 0)
			sequence(s, v, d, q);
}

/* -- Exporters and sessions ----------------------------------------------------------- */

static bool same(const struct exporters_domain *a, const struct exporters_domain *b, bool session)
{
	return a->exporter == b->exporter && (!session || a->session == b->session);
}

/* The sum of what begins at domain I: all of the exporter, or of its session. */
static void sum(struct nf_strbuf *s, const struct exporters_view *v, size_t i, bool session)
{
	const struct exporters_domain *first = exporters_domain_at(v->exporters, i), *d;
	struct exporters_counts all = { .messages = 0 };
	int64_t from = INT64_MAX, to = INT64_MIN;

	for (; (d = exporters_domain_at(v->exporters, i)) != NULL && same(first, d, session); i++) {
		all = exporters_sum(&all, &d->counts);
		from = d->first_ns < from ? d->first_ns : from;
		to = d->last_ns > to ? d->last_ns : to;
	}
	counts(s, &all, from, to);
	nf_sb_str(s, "}\n");
}

static void session(struct nf_strbuf *s, const struct exporters_view *v, size_t i)
{
	const struct exporters_domain *d = exporters_domain_at(v->exporters, i);
	const struct nf_session *p = d->session;

	begin(s, "session");
	out_member_addr(s, "exporter", &d->exporter->addr);
	out_member(s, "session", p->index);
	text(s, "transport", out_transport(p->transport));
	if (p->dst.addr.family != 0) {
		out_member(s, "srcPort", p->src.port);
		out_member_addr(s, "dst", &p->dst.addr);
		out_member(s, "dstPort", p->dst.port);
	}
	sum(s, v, i, true);
}

static void beyond(struct nf_strbuf *s, const struct exporters_view *v)
{
	struct exporters_beyond b = exporters_beyond(v->exporters);

	if (b.headerless == 0 && b.messages == 0 && v->drops == 0)
		return;
	begin(s, "beyond");
	out_member(s, "headerless", b.headerless);
	out_member(s, "messages", b.messages);
	out_member(s, "captureDrops", v->drops);
	nf_sb_str(s, "}\n");
}

void exporters_json(struct nf_strbuf *s, const struct exporters_view *v)
{
	const struct exporters_domain *d, *before = NULL;

	for (size_t i = 0; (d = exporters_domain_at(v->exporters, i)) != NULL; i++) {
		if (!exporters_step(v))
			return;
		if (before == NULL || !same(before, d, false)) {
			begin(s, "exporter");
			out_member_addr(s, "exporter", &d->exporter->addr);
			sum(s, v, i, false);
		}
		if (before == NULL || !same(before, d, true))
			session(s, v, i);
		domain(s, v, d);
		sequences(s, v, d);
		before = d;
	}
	beyond(s, v);
}
