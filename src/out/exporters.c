#include <config.h>

#include "out/exporters.h"

#include "out/facts.h"
#include "out/out.h"

enum { NAME = 27, SESSIONS = 16 };

/* -- Rows ----------------------------------------------------------------------------- */

static void titles(struct nf_strbuf *s)
{
	nf_sb_str(s, "exporter, session, domain   messages     octets    flows options    lost   loss\n");
}

/* The numbers behind a name that began at FROM. */
static void numbers(struct nf_strbuf *s, size_t from, const struct exporters_counts *c)
{
	if (s->n - from > NAME) {
		nf_sb_char(s, '\n');
		from = s->n;
	}
	nf_sb_pad(s, ' ', NAME - (s->n - from));
	facts_cell(s, c->messages, 9);
	facts_cell(s, c->octets, 11);
	facts_cell(s, c->flows, 9);
	facts_cell(s, c->options, 8);
}

void exporters_name(struct nf_strbuf *s, const struct exporters_exporter *e)
{
	if (e->addr.family == 0)
		nf_sb_str(s, "IPFIX File");
	else
		out_addr(s, &e->addr);
}

static void exporter_row(struct nf_strbuf *s, const struct exporters_domain *d,
			 const struct exporters_counts *c)
{
	size_t from = s->n;

	exporters_name(s, d->exporter);
	numbers(s, from, c);
	nf_sb_char(s, '\n');
}

void exporters_session_name(struct nf_strbuf *s, const struct nf_session *session)
{
	nf_sb_str(s, out_transport(session->transport));
	if (session->src.port != 0 || session->dst.addr.family != 0) {
		nf_sb_str(s, " :");
		nf_sb_u64(s, session->src.port);
		nf_sb_str(s, " > ");
		out_endpoint(s, &session->dst);
	}
}

static void session_row(struct nf_strbuf *s, const struct exporters_domain *d)
{
	nf_sb_str(s, "  ");
	exporters_session_name(s, d->session);
	nf_sb_char(s, '\n');
}

void exporters_domain_name(struct nf_strbuf *s, const struct exporters_domain *d)
{
	const char *sep = " aggregation ";

	if (d->version == 10) {
		nf_sb_str(s, "ipfix domain ");
		nf_sb_u64(s, d->domain);
		return;
	}
	nf_sb_char(s, 'v');
	nf_sb_u64(s, d->version);
	if (d->version == 9) {
		nf_sb_str(s, " source id ");
		nf_sb_u64(s, d->domain);
	} else if (d->version != 1) {
		nf_sb_str(s, " engine ");
		nf_sb_u64(s, d->domain >> 8 & 255);
		nf_sb_char(s, '/');
		nf_sb_u64(s, d->domain & 255);
	}
	for (unsigned i = 0; d->aggregations >> i != 0; i++) {
		if (!(d->aggregations >> i & 1))
			continue;
		nf_sb_str(s, sep);
		nf_sb_u64(s, i);
		sep = ",";
	}
}

static void domain_row(struct nf_strbuf *s, const struct exporters_view *v,
		       const struct exporters_domain *d)
{
	struct nf_seq_totals sum = { .lost = 0 };
	bool measured = exporters_domain_loss(v->exporters, d, &sum);
	size_t from = s->n;

	nf_sb_str(s, "    ");
	exporters_domain_name(s, d);
	numbers(s, from, &d->counts);
	from = s->n;
	if (measured)
		nf_sb_u64(s, sum.lost);
	else
		nf_sb_char(s, '-');
	facts_right(s, from, 8);
	if (measured) {
		from = s->n;
		facts_percent(s, nf_seq_loss(&sum));
		facts_right(s, from, 7);
	}
	nf_sb_char(s, '\n');
}

/* -- All ------------------------------------------------------------------------------ */

static void exporter(struct nf_strbuf *s, const struct exporters_view *v, size_t i)
{
	const struct exporters_domain *first = exporters_domain_at(v->exporters, i), *d;
	struct exporters_counts sum = { .messages = 0 };

	for (size_t j = i; (d = exporters_domain_at(v->exporters, j)) != NULL &&
	     d->exporter == first->exporter; j++)
		sum = exporters_sum(&sum, &d->counts);
	exporter_row(s, first, &sum);
}

void exporters_notes(struct nf_strbuf *s, const struct exporters_view *v)
{
	struct exporters_beyond b = exporters_beyond(v->exporters);

	if (b.headerless != 0) {
		nf_sb_char(s, '\n');
		out_count(s, b.headerless, "message");
		nf_sb_str(s, " cut within the header: counted nowhere above\n");
	}
	if (b.messages != 0) {
		nf_sb_char(s, '\n');
		out_count(s, b.messages, "message");
		nf_sb_str(s, " of further domains: there are too many to be listed\n");
	}
	if (v->drops != 0) {
		nf_sb_char(s, '\n');
		out_count(s, v->drops, "packet");
		nf_sb_str(s, " dropped while capturing, as the capture says\n");
	}
}

static void domain(struct nf_strbuf *s, const struct exporters_view *v,
		   const struct exporters_domain *d)
{
	domain_row(s, v, d);
	exporters_facts(s, v, d);
}

/* Sessions of one exporter beyond the first ones: it may have one for each datagram. */
struct rest {
	uint64_t sessions, messages, losses;
};

static void rest_add(struct rest *r, const struct exporters_view *v,
		     const struct exporters_domain *d)
{
	const struct nf_seq_stream *q;
	size_t next = 0;

	r->messages += d->counts.messages;
	while (d->first && (q = exporters_stream(v->exporters, d, &next)) != NULL)
		r->losses += q->totals.lost != 0;
}

static void rest_show(struct nf_strbuf *s, struct rest *r)
{
	if (r->sessions == 0)
		return;
	nf_sb_str(s, "  ... ");
	out_count(s, r->sessions, "more session");
	nf_sb_str(s, " with ");
	out_count(s, r->messages, "message");
	nf_sb_str(s, ", ");
	out_count(s, r->losses, "sequence");
	nf_sb_str(s, " with losses: -v shows them\n");
	*r = (struct rest){ .sessions = 0 };
}

void exporters_text(struct nf_strbuf *s, const struct exporters_view *v)
{
	const struct exporters_domain *d, *before = NULL;
	struct rest rest = { .sessions = 0 };
	unsigned sessions = 0;

	for (size_t i = 0; (d = exporters_domain_at(v->exporters, i)) != NULL; i++) {
		bool session = before == NULL || before->session != d->session;

		if (!exporters_step(v))
			return;
		if (i == 0)
			titles(s);
		if (before == NULL || before->exporter != d->exporter) {
			rest_show(s, &rest);
			exporter(s, v, i);
			sessions = 0;
		}
		sessions += session;
		if (v->all || sessions <= SESSIONS) {
			if (session)
				session_row(s, d);
			domain(s, v, d);
		} else {
			rest.sessions += session;
			rest_add(&rest, v, d);
		}
		before = d;
	}
	rest_show(s, &rest);
	exporters_notes(s, v);
}
