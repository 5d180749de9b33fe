#include <config.h>

#include "out/verifylist.h"

#include <inttypes.h>

#include "out/columns.h"
#include "out/json.h"

static void moment(struct nf_strbuf *s, const char *key, int64_t ns)
{
	nf_sb_printf(s, ",\"%s\":\"", key);
	nf_time_text(s, ns, 9, NULL);
	nf_sb_char(s, '"');
}

static void seconds(struct nf_strbuf *s, const char *key, int64_t ns)
{
	nf_sb_printf(s, ",\"%s\":", key);
	columns_seconds(s, ns, 9);
}

static void flag(struct nf_strbuf *s, const char *key, bool v)
{
	if (v)
		nf_sb_printf(s, ",\"%s\":true", key);
}

/* Members that are known, and above 0. */
static void known(struct nf_strbuf *s, const char *key, uint64_t v)
{
	if (v != 0)
		out_member(s, key, v);
}

static void traffic(const struct verifylist *l)
{
	const struct meter_totals *t = meter_totals(l->meter);
	struct nf_strbuf *s = &l->o->text;

	LIT(s, "{\"type\":\"traffic\",\"schema\":1,\"files\":[");
	for (size_t i = 0; i < l->ntraffic; i++) {
		nf_sb_str(s, i == 0 ? "" : ",");
		json_string(s, l->traffic[i]);
	}
	LIT(s, "]");
	out_member(s, "frames", t->frames);
	out_member(s, "packets", t->all.packets);
	out_member(s, "octets", t->all.octets);
	out_member(s, "flows", meter_flows(l->meter));
	if (t->all.packets != 0) {
		moment(s, "first", t->first_ns);
		moment(s, "last", t->last_ns);
	}
	known(s, "otherHeaders", t->tunnelled);
	known(s, "portsCutOff", t->unread);
	known(s, "unknowable", t->unknowable);
	known(s, "beyond", t->beyond);
	LIT(s, "}\n");
}

static void whose(struct nf_strbuf *s, const struct verify_exporter *x)
{
	out_member_addr(s, "exporter", &x->addr);
	out_member(s, "domain", x->domain);
	out_member(s, "version", x->version);
}

static void exporter(struct nf_strbuf *s, const struct verify_exporter *x)
{
	LIT(s, "{\"type\":\"exporter\",\"schema\":1");
	whose(s, x);
	out_member(s, "frame", x->frame);
	out_member(s, "records", x->records);
	out_member(s, "events", x->events);
	known(s, "unjudged", x->unjudged);
	out_member(s, "flows", x->flows);
	out_member(s, "exact", x->exact);
	out_member(s, "sampling", x->sampling);
	flag(s, "biflow", x->biflow);
	if (x->ports[0] != 0)
		nf_sb_printf(s, ",\"ports\":[%u,%u]", x->ports[0], x->ports[1]);
	if (x->offset_known) {
		seconds(s, "clockOffset", x->offset_ns);
		if (x->offset_epochs != 0)
			nf_sb_printf(s, ",\"clockOverflows\":%" PRId64, x->offset_epochs);
		if (x->drift != 0)
			nf_sb_printf(s, ",\"clockDrift\":%.9f", x->drift);
		seconds(s, "clockSpread", x->spread_ns);
	}
	if (x->active_ns != 0)
		seconds(s, "activeTimeout", x->active_ns);
	if (x->inactive_ns != 0)
		seconds(s, "inactiveTimeout", x->inactive_ns);
	LIT(s, "}\n");
}

static void flow(struct nf_strbuf *s, const struct verify_flow *f)
{
	nf_sb_printf(s, "{\"protocol\":%u", f->key.protocol);
	out_member_addr(s, "src", &f->key.src);
	out_member_addr(s, "dst", &f->key.dst);
	out_member(s, "sport", f->key.sport);
	out_member(s, "dport", f->key.dport);
	known(s, "trafficFrame", f->traffic_frame);
	known(s, "exportFrame", f->export_frame);
	if (f->found != NULL && *f->found != '\0') {
		KEY(s, "found");
		json_string(s, f->found);
	}
	if (f->wanted != NULL && *f->wanted != '\0') {
		KEY(s, "wanted");
		json_string(s, f->wanted);
	}
	LIT(s, "}");
}

static void one(const struct verifylist *l, const struct verify_item *item)
{
	struct nf_strbuf *s = &l->o->text;

	nf_sb_printf(s, "{\"type\":\"difference\",\"schema\":1,\"kind\":\"%s\",\"weight\":\"%s\"",
		     verify_kind_name(item->kind),
		     verifylist_weight(verify_kind_weight(item->kind)));
	whose(s, verify_exporter_at(l->verify, item->exporter));
	out_member(s, "flows", item->flows);
	out_member(s, "of", item->of);
	known(s, "packets", item->packets);
	known(s, "octets", item->octets);
	KEY(s, "text");
	json_string(s, item->text != NULL ? item->text : "");
	LIT(s, ",\"worst\":[");
	for (size_t i = 0; i < item->nworst; i++) {
		nf_sb_str(s, i == 0 ? "" : ",");
		flow(s, &item->worst[i]);
	}
	LIT(s, "]}\n");
}

static const char *verdict(const struct verifylist *l)
{
	if (l->no_records || l->no_traffic)
		return "nothing";
	return verify_faults(l->verify) != 0 ? "faults" : "sound";
}

static void summary(const struct verifylist *l)
{
	struct nf_strbuf *s = &l->o->text;
	uint64_t flows = 0, exact = 0, kinds[VERIFY_KINDS] = { 0 };
	const char *sep = "";

	for (size_t i = 0; i < verify_exporters(l->verify); i++) {
		flows += verify_exporter_at(l->verify, i)->flows;
		exact += verify_exporter_at(l->verify, i)->exact;
	}
	for (size_t i = 0; i < verify_items(l->verify); i++)
		kinds[verify_item_at(l->verify, i)->kind] += verify_item_at(l->verify, i)->flows;
	nf_sb_printf(s, "{\"type\":\"summary\",\"schema\":1,\"verdict\":\"%s\"", verdict(l));
	out_member(s, "flows", flows);
	out_member(s, "exact", exact);
	known(s, "beyond", verify_beyond(l->verify));
	LIT(s, ",\"totals\":{");
	for (unsigned i = 0; i < VERIFY_KINDS; i++)
		if (kinds[i] != 0) {
			nf_sb_printf(s, "%s\"%s\":%" PRIu64, sep,
				     verify_kind_name((enum verify_kind)i), kinds[i]);
			sep = ",";
		}
	LIT(s, "}}\n");
}

void verifylist_json(const struct verifylist *l)
{
	struct nf_strbuf *s = &l->o->text;

	if (!l->quiet) {
		traffic(l);
		for (size_t i = 0; i < verify_exporters(l->verify); i++)
			exporter(s, verify_exporter_at(l->verify, i));
		for (size_t i = 0; i < verify_items(l->verify); i++)
			one(l, verify_item_at(l->verify, i));
	}
	summary(l);
}
