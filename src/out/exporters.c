#include <config.h>

#include "out/exporters.h"

#include <inttypes.h>

#include "out/facts.h"
#include "out/out.h"

enum { NAME = 27, HOLES = 6, SESSIONS = 16 };

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

/* -- What is to be said of a domain --------------------------------------------------- */

static void time_line(struct nf_strbuf *s, const struct exporters_view *v,
		      const struct exporters_domain *d)
{
	struct facts f = facts_open(s, v->width, "time");

	facts_moment(s, d->first_ns, 6);
	nf_sb_str(s, " to ");
	facts_moment(s, d->last_ns, 6);
	facts_close(&f);
}

static void templates_line(struct nf_strbuf *s, const struct exporters_view *v,
			   const struct exporters_domain *d)
{
	const struct exporters_counts *c = &d->counts;
	struct facts f;

	if (c->templates + c->options_templates + c->withdrawals == 0)
		return;
	f = facts_open(s, v->width, "sent");
	facts_count(&f, c->templates, "template");
	facts_count(&f, c->options_templates, "options template");
	facts_count(&f, c->withdrawals, "withdrawal");
	facts_close(&f);
}

static void undecoded_line(struct nf_strbuf *s, const struct exporters_view *v,
			   const struct exporters_domain *d)
{
	const struct exporters_counts *c = &d->counts;
	uint64_t sets = 0, octets = 0;
	struct facts f;

	for (unsigned i = 0; i < NF_WHY_NOTS; i++) {
		sets += c->undecoded[i];
		octets += c->undecoded_octets[i];
	}
	if (sets == 0)
		return;
	f = facts_open(s, v->width, "undecoded");
	nf_sb_u64(s, sets);
	nf_sb_str(s, " of ");
	out_count(s, c->data_sets, "data set");
	nf_sb_str(s, " (");
	facts_percent(s, nf_seq_loss(&(struct nf_seq_totals){
		.lost = sets, .received = c->data_sets > sets ? c->data_sets - sets : 0 }));
	nf_sb_str(s, "), ");
	out_count(s, octets, "octet");
	for (unsigned i = 0; i < NF_WHY_NOTS; i++) {
		if (c->undecoded[i] == 0)
			continue;
		nf_sb_str(s, f.any ? ", " : ": ");
		f.any = true;
		if (c->undecoded[i] != sets) {
			nf_sb_u64(s, c->undecoded[i]);
			nf_sb_char(s, ' ');
		}
		out_words(s, nf_why_not_name((enum nf_why_not)i));
	}
	facts_close(&f);
}

static void duplicates_line(struct nf_strbuf *s, const struct exporters_view *v,
			    const struct exporters_domain *d)
{
	const struct exporters_counts *c = &d->counts;
	struct facts f;

	if (c->duplicates == 0)
		return;
	f = facts_open(s, v->width, "duplicates");
	out_count(s, c->duplicates, "message");
	nf_sb_str(s, " with ");
	out_count(s, c->duplicate_flows, "flow");
	nf_sb_str(s, ", captured before and counted above");
	facts_close(&f);
}

static void uptime(struct nf_strbuf *s, uint32_t ms)
{
	facts_seconds(s, (int64_t)ms * 1000000);
	nf_sb_str(s, " s");
}

static void frame(struct nf_strbuf *s, const struct exporters_view *v, uint32_t file, uint64_t n)
{
	nf_sb_str(s, "frame ");
	nf_sb_u64(s, n);
	if (v->nfiles > 1 && file < v->nfiles) {
		nf_sb_str(s, " of ");
		nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)v->files[file],
						   strlen(v->files[file]) });
	}
}

static void boot_line(struct nf_strbuf *s, const struct exporters_view *v,
		      const struct exporters_domain *d)
{
	uint32_t n = d->boot.restarts;
	uint32_t i = n > EXPORTERS_RESTARTS ? n - EXPORTERS_RESTARTS : 0;
	struct facts f;

	if (!d->has_uptime || (d->boot.clock_wrong && n == 0))
		return;
	f = facts_open(s, v->width, "started");
	if (!d->boot.clock_wrong) {
		facts_moment(s, d->boot.boot_ms * 1000000, d->version == 9 ? 0 : 3);
		f.any = true;
	}
	for (; i < n; i++) {
		const struct exporters_restart *r = &d->restarts[i % EXPORTERS_RESTARTS];

		facts_next(&f);
		nf_sb_str(s, "restart: uptime ");
		uptime(s, r->before_ms);
		nf_sb_str(s, " -> ");
		uptime(s, r->after_ms);
		nf_sb_str(s, " in ");
		frame(s, v, r->file, r->frame);
	}
	if (n > EXPORTERS_RESTARTS) {
		facts_next(&f);
		out_count(s, n - EXPORTERS_RESTARTS, "earlier restart");
	}
	facts_count(&f, d->boot.wraps, "uptime wrap");
	facts_close(&f);
}

static void clock_line(struct nf_strbuf *s, const struct exporters_view *v,
		       const struct exporters_domain *d)
{
	struct facts f;
	int64_t median;

	if (d->delay == NULL || d->delay->n == 0)
		return;
	median = exporters_median(d->delay);
	f = facts_open(s, v->width, "clock");
	nf_sb_str(s, "captured ");
	facts_seconds(s, median < 0 ? -median : median);
	nf_sb_str(s, " s");
	out_days(s, (uint64_t)(median < 0 ? -median : median) / UINT64_C(1000000000));
	nf_sb_str(s, median < 0 ? " before" : " after");
	nf_sb_str(s, " the export time, in the median");
	if (d->delay->min / 1000000 != d->delay->max / 1000000) {
		nf_sb_str(s, " (");
		facts_seconds(s, d->delay->min);
		nf_sb_str(s, " to ");
		facts_seconds(s, d->delay->max);
		nf_sb_char(s, ')');
	}
	facts_close(&f);
}

static void sampling_line(struct nf_strbuf *s, const struct exporters_view *v,
			  const struct exporters_domain *d)
{
	static const char *const modes[] = { "mode 0", "every", "at random", "mode 3" };
	struct facts f;

	if (d->nsamplings == 0 ||
	    (d->nsamplings == 1 && d->samplings[0].interval == 0 && d->samplings[0].mode == 0))
		return;
	f = facts_open(s, v->width, "sampling");
	for (unsigned i = 0; i < d->nsamplings; i++) {
		const struct exporters_sampling *p = &d->samplings[i];

		facts_next(&f);
		nf_sb_str(s, modes[p->mode & 3]);
		nf_sb_str(s, " 1:");
		nf_sb_u64(s, p->interval);
		nf_sb_str(s, " in ");
		out_count(s, p->messages, "header");
	}
	facts_count(&f, d->other_samplings, "other header");
	facts_close(&f);
}

/* -- Sequence numbers ----------------------------------------------------------------- */

/* "none of 12 packets lost", "96 of 102 flows lost (94.12 %) in 1 gap". */
static void loss(struct facts *f, const struct nf_seq_stream *q)
{
	const struct nf_seq_totals *t = &q->totals;

	if (t->lost + t->received == 0 && t->unverified != 0)
		return;
	facts_next(f);
	if (t->lost == 0)
		nf_sb_str(f->s, "none");
	else
		nf_sb_u64(f->s, t->lost);
	nf_sb_str(f->s, " of ");
	out_count(f->s, t->lost + t->received, nf_seq_unit_name(q));
	nf_sb_str(f->s, " lost");
	if (t->lost == 0)
		return;
	nf_sb_str(f->s, " (");
	facts_percent(f->s, nf_seq_loss(t));
	nf_sb_str(f->s, ") in ");
	out_count(f->s, t->gaps, "gap");
}

static void causes(struct facts *f, const struct nf_seq_totals *t)
{
	static const char *const texts[NF_SEQ_CAUSES] = {
		[NF_SEQ_CAUSE_CAPTURE] = " by the capture",
		[NF_SEQ_CAUSE_NETWORK] = " by the network",
		[NF_SEQ_CAUSE_EXPORTER] = " by the exporter",
	};

	for (unsigned i = NF_SEQ_CAUSE_UNKNOWN + 1; i < NF_SEQ_CAUSES; i++) {
		if (t->lost_by[i] == 0)
			continue;
		facts_next(f);
		nf_sb_u64(f->s, t->lost_by[i]);
		nf_sb_str(f->s, texts[i]);
	}
}

/* What is wrong with the counter, as a line of its own. */
static void rule_line(struct nf_strbuf *s, const struct exporters_view *v,
		      const struct nf_seq_stream *q)
{
	static const char *const specified[] = {
		[NF_SEQ_NO_UNIT] = "",
		[NF_SEQ_UNIT_FLOWS] = "flows",
		[NF_SEQ_UNIT_PACKETS] = "packets",
		[NF_SEQ_UNIT_RECORDS] = "data records",
	};
	struct facts f;

	if (q->rule == NF_SEQ_COUNTS_AS_SPECIFIED)
		return;
	f = facts_open(s, v->width, "");
	nf_sb_str(s, q->likely ? "likely counts " : "counts ");
	nf_sb_str(s, nf_seq_rule_text((enum nf_seq_rule)q->rule));
	nf_sb_str(s, ", where ");
	if (q->key.version == 10)
		nf_sb_str(s, "ipfix");
	else
		nf_sb_printf(s, "v%u", q->key.version);
	nf_sb_str(s, " counts ");
	nf_sb_str(s, specified[q->unit]);
	nf_sb_str(s, q->likely ? " (all pairs of messages fit, " : " (found in ");
	frame(s, v, q->rule_file, q->rule_frame);
	nf_sb_str(s, q->likely ? " is not as specified)" : ")");
	facts_close(&f);
}

static void holes_line(struct nf_strbuf *s, const struct exporters_view *v,
		       const struct nf_seq_stream *q)
{
	uint64_t n = 0, earlier;
	struct facts f;

	for (uint32_t i = 0; i < q->nholes; i++)
		n += q->holes[i].counted;
	if (n == 0)
		return;
	earlier = n > HOLES ? n - HOLES : 0;
	n = 0;
	f = facts_open(s, v->width, "missing");
	for (uint32_t i = 0; i < q->nholes; i++) {
		const struct nf_seq_hole *h = &q->holes[i];

		if (!h->counted || n++ < earlier)
			continue;
		facts_next(&f);
		nf_sb_u64(s, h->start);
		if (h->length > 1) {
			nf_sb_char(s, '-');
			nf_sb_u64(s, h->start + h->length - 1);
		}
	}
	facts_count(&f, earlier + q->forgotten, "earlier hole");
	facts_close(&f);
}

static void stream_name(struct nf_strbuf *s, const struct exporters_domain *d,
			const struct nf_seq_stream *q)
{
	if (q->key.version == 8)
		nf_sb_printf(s, "aggregation %u: ", q->key.aggregation);
	if (d->session->transport == NF_TRANSPORT_SCTP && q->key.version == 10)
		nf_sb_printf(s, "stream %u: ", q->key.stream);
	if (d->sessions > 1)
		nf_sb_printf(s, "over %" PRIu32 " sessions: ", d->sessions);
}

static void sequence_lines(struct nf_strbuf *s, const struct exporters_view *v,
			   const struct exporters_domain *d, const struct nf_seq_stream *q)
{
	const struct nf_seq_totals *t = &q->totals;
	struct facts f = facts_open(s, v->width, "sequence");

	stream_name(s, d, q);
	if (q->unit == NF_SEQ_NO_UNIT) {
		nf_sb_str(s, "has none: loss cannot be measured");
		facts_close(&f);
		return;
	}
	if (nf_seq_measured(q)) {
		loss(&f, q);
		causes(&f, t);
	} else {
		facts_next(&f);
		nf_sb_str(s, "tells nothing of loss");
	}
	facts_count(&f, t->late, "late message");
	facts_count(&f, t->duplicates, "duplicate");
	facts_count(&f, t->overlaps, "overlap");
	facts_count(&f, t->restarts, "restart");
	facts_count(&f, t->resets, "counter reset");
	facts_count(&f, t->jumps, "jump");
	facts_count(&f, t->unverified, "message");
	if (t->unverified != 0)
		nf_sb_str(s, " not verifiable");
	if (t->inferred != 0)
		nf_sb_printf(s, " (at most %" PRIu64 " records in undecoded sets)", t->inferred);
	facts_close(&f);
	rule_line(s, v, q);
	holes_line(s, v, q);
}

static void sequences(struct nf_strbuf *s, const struct exporters_view *v,
		      const struct exporters_domain *d)
{
	const struct nf_seq_stream *q;
	size_t next = 0;
	struct facts f;

	if (!d->first) {
		f = facts_open(s, v->width, "sequence");
		nf_sb_str(s, "counted in the source id's first session, above");
		facts_close(&f);
		return;
	}
	while ((q = exporters_stream(v->exporters, d, &next)) != NULL)
		if (q->totals.messages != 0)
			sequence_lines(s, v, d, q);
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

void exporters_facts(struct nf_strbuf *s, const struct exporters_view *v,
		     const struct exporters_domain *d)
{
	time_line(s, v, d);
	templates_line(s, v, d);
	duplicates_line(s, v, d);
	if (!v->so_far)
		sequences(s, v, d);
	undecoded_line(s, v, d);
	sampling_line(s, v, d);
	boot_line(s, v, d);
	clock_line(s, v, d);
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
