#include <config.h>

#include "out/exporters.h"

#include <inttypes.h>

#include "out/facts.h"
#include "out/out.h"

enum { HOLES = 6 };

/* -- Messages, clocks, sampling ------------------------------------------------------- */

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
