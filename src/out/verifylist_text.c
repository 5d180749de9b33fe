#include <config.h>

#include "out/verifylist.h"

#include <inttypes.h>

#include "out/style.h"

static void head(const struct verifylist *l)
{
	style_on(l->o, STYLE_HEAD);
}

static void end_line(const struct verifylist *l)
{
	style_off(l->o);
	nf_sb_char(&l->o->text, '\n');
}

/* "traffic: 12 packets, 2 flows, 1234 octets in 3.2 s; 4 packets within tunnels" */
static void traffic(const struct verifylist *l)
{
	const struct meter_totals *t = meter_totals(l->meter);
	struct nf_strbuf *s = &l->o->text;

	head(l);
	nf_sb_str(s, "traffic: ");
	out_count(s, t->all.packets, "packet");
	nf_sb_str(s, ", ");
	out_count(s, meter_flows(l->meter), "flow");
	nf_sb_str(s, ", ");
	out_count(s, t->all.octets, "octet");
	nf_sb_str(s, " in ");
	verifylist_time(s, (int64_t)((uint64_t)t->last_ns - (uint64_t)t->first_ns));
	if (t->tunnelled != 0) {
		nf_sb_str(s, "; left out: ");
		out_count(s, t->tunnelled, "header");
		nf_sb_str(s, " of tunnels (--meter)");
	}
	if (t->unread != 0) {
		nf_sb_str(s, "; ports cut off: ");
		out_count(s, t->unread, "packet");
	}
	if (t->unknowable > t->unread) {
		nf_sb_str(s, "; fragments of unknown flows: ");
		out_count(s, t->unknowable - t->unread, "packet");
	}
	end_line(l);
}

static void timeouts(struct nf_strbuf *s, const struct verify_exporter *x)
{
	if (x->active_ns == 0 && x->inactive_ns == 0)
		return;
	nf_sb_str(s, ", timeouts");
	if (x->active_ns != 0) {
		nf_sb_str(s, " active ");
		verifylist_time(s, x->active_ns);
	}
	if (x->inactive_ns != 0) {
		nf_sb_str(s, x->active_ns != 0 ? ", inactive " : " inactive ");
		verifylist_time(s, x->inactive_ns);
	}
}

/* What is known of an exporter, whether it is as it should be or not. */
static void facts(struct nf_strbuf *s, const struct verify_exporter *x)
{
	nf_sb_str(s, "  ");
	out_count(s, x->records, "record");
	nf_sb_str(s, ", ");
	out_count(s, x->flows, "flow");
	nf_sb_printf(s, ", %" PRIu64 " exact", x->exact);
	if (x->events != 0) {
		nf_sb_str(s, ", ");
		out_count(s, x->events, "event");
		nf_sb_str(s, " not judged");
	}
	if (x->unjudged != 0) {
		nf_sb_str(s, ", ");
		out_count(s, x->unjudged, "record");
		nf_sb_str(s, " without addresses and ports not judged");
	}
	if (x->biflow)
		nf_sb_str(s, ", both directions in a record");
	nf_sb_str(s, "\n  ");
	if (!x->offset_known)
		nf_sb_str(s, "clock unknown");
	verifylist_clock(s, x);
	if (x->drift != 0)
		nf_sb_printf(s, ", drifting %+.1f ppm", x->drift * 1e6);
	if (x->offset_known && x->spread_ns >= 1000000) {
		nf_sb_str(s, " (within ");
		verifylist_time(s, x->spread_ns);
		nf_sb_char(s, ')');
	}
	if (x->sampling > 1)
		nf_sb_printf(s, ", sampling 1 of %" PRIu64, x->sampling);
	timeouts(s, x);
	nf_sb_char(s, '\n');
}

static void exporter(const struct verifylist *l, const struct verify_exporter *x)
{
	struct nf_strbuf *s = &l->o->text;

	head(l);
	verifylist_who(s, x);
	style_off(l->o);
	nf_sb_printf(s, "  (from frame %" PRIu64 ")\n", x->frame);
	facts(s, x);
	if (x->ports[0] != 0)
		nf_sb_printf(s, "  from ports %u and %u by turns: two exporters, perhaps\n"
			     "    (-f 'exporter.port == %u' judges one)\n", x->ports[0],
			     x->ports[1], x->ports[1]);
}

static const char *text_of(const struct verify_item *item)
{
	return item->text != NULL && *item->text != '\0' ? item->text :
							   verify_kind_text(item->kind);
}

/* "FAULT octets-with-trailer: 12 of 30 flows: octets count ...", and below it the worst. */
static void one(const struct verifylist *l, const struct verify_item *item)
{
	static const enum style styles[] = {
		[VERIFY_FAULT] = STYLE_ERROR, [VERIFY_NOTE] = STYLE_FAINT,
		[VERIFY_OPEN] = STYLE_WARNING,
	};
	enum verify_weight weight = verify_kind_weight(item->kind);
	struct nf_strbuf *s = &l->o->text;

	nf_sb_str(s, "  ");
	style_on(l->o, styles[weight]);
	nf_sb_printf(s, "%s %s", verifylist_weight(weight), verify_kind_name(item->kind));
	style_off(l->o);
	if (item->of != 0) {
		nf_sb_printf(s, ", %" PRIu64 " of ", item->flows);
		out_count(s, item->of, "flow");
	} else if (item->flows != 0) {
		nf_sb_str(s, ", ");
		out_count(s, item->flows, "flow");
	}
	nf_sb_printf(s, ": %s\n", text_of(item));
	for (size_t i = 0; i < item->nworst; i++) {
		nf_sb_str(s, "    ");
		verifylist_flow(s, &item->worst[i]);
		nf_sb_char(s, '\n');
	}
	if (item->nworst != 0 && item->nworst < item->flows)
		nf_sb_printf(s, "    ... %" PRIu64 " more (-n 0 lists all)\n", item->flows - item->nworst);
}

void verifylist_text(const struct verifylist *l)
{
	struct nf_strbuf *s = &l->o->text;
	bool nothing = l->no_records || l->no_traffic;

	if (!l->quiet && !l->no_traffic)
		traffic(l);
	for (size_t i = 0; i < verify_exporters(l->verify) && !l->quiet && !nothing; i++) {
		const struct verify_item *item;
		size_t at = 0;

		exporter(l, verify_exporter_at(l->verify, i));
		while ((item = verifylist_item(l, i, &at)) != NULL)
			one(l, item);
	}
	verifylist_verdict(s, l);
	nf_sb_char(s, '\n');
}
