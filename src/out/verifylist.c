#include <config.h>

#include "out/verifylist.h"

#include <inttypes.h>

#include "ie/tables.h"

static void no_message(struct out *o, const struct nf_view *v)
{
	(void)o;
	(void)v;
}

const struct out_ops verifylist_out = { .name = "verify", .message = no_message };

void verifylist_show(const struct verifylist *l, const char *format)
{
	if (strcmp(format, "json") == 0)
		verifylist_json(l);
	else if (strcmp(format, "junit") == 0)
		verifylist_junit(l);
	else
		verifylist_text(l);
}

const char *verifylist_weight(enum verify_weight weight)
{
	static const char *const names[] = {
		[VERIFY_FAULT] = "fault", [VERIFY_NOTE] = "note", [VERIFY_OPEN] = "open",
	};

	return names[weight];
}

static void version(struct nf_strbuf *s, uint16_t v)
{
	if (v == 10)
		nf_sb_str(s, "ipfix");
	else
		nf_sb_printf(s, "v%u", v);
}

void verifylist_who(struct nf_strbuf *s, const struct verify_exporter *x)
{
	if (x->addr.family == 0)
		nf_sb_str(s, "file");
	out_addr(s, &x->addr);
	nf_sb_printf(s, " domain %" PRIu32 " (", x->domain);
	version(s, x->version);
	nf_sb_char(s, ')');
}

/* -- Times ---------------------------------------------------------------------------- */

void verifylist_time(struct nf_strbuf *s, int64_t ns)
{
	uint64_t ms, magnitude = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

	ms = magnitude / 1000000 + (magnitude % 1000000 >= 500000);
	if (ms < 1000) {
		nf_sb_printf(s, "%" PRIu64 " ms", ms);
	} else if (ms < 120000) {
		size_t end;

		nf_sb_printf(s, "%" PRIu64 ".%03u", ms / 1000, (unsigned)(ms % 1000));
		for (end = s->n; end > 0 && s->p[end - 1] == '0'; end--)
			;
		if (end > 0)
			s->n = s->p[end - 1] == '.' ? end - 1 : end;
		nf_sb_str(s, " s");
	} else {
		nf_sb_u64(s, ms / 1000);
		nf_sb_str(s, " s");
		out_days(s, ms / 1000);
	}
}

void verifylist_clock(struct nf_strbuf *s, const struct verify_exporter *x)
{
	int64_t epochs = x->offset_epochs;

	if (!x->offset_known)
		return;
	nf_sb_str(s, "clock ");
	if (epochs != 0) {
		nf_sb_printf(s, "%" PRIu64 " x 2^32 ms",
			     epochs < 0 ? 0 - (uint64_t)epochs : (uint64_t)epochs);
	} else if (x->offset_ns < 1000000 && x->offset_ns > -1000000) {
		nf_sb_str(s, "as the traffic's");
		return;
	} else {
		verifylist_time(s, x->offset_ns);
	}
	nf_sb_str(s, x->offset_ns < 0 ? " behind the traffic's" : " ahead of the traffic's");
}

/* -- Flows ---------------------------------------------------------------------------- */

static bool is_icmp(const struct meter_key *key)
{
	return key->protocol == 1 || key->protocol == 58;
}

static void endpoint(struct nf_strbuf *s, const struct meter_key *key, const struct nf_addr *addr,
		     uint16_t port)
{
	if (is_icmp(key) || (key->sport == 0 && key->dport == 0))
		out_addr(s, addr);
	else
		out_endpoint(s, &(struct nf_endpoint){ *addr, port });
}

void verifylist_key(struct nf_strbuf *s, const struct meter_key *key)
{
	if (!nf_labels_protocol.text(s, (struct nf_bytes){ &key->protocol, 1 }))
		nf_sb_printf(s, "protocol %u", key->protocol);
	nf_sb_char(s, ' ');
	endpoint(s, key, &key->src, key->sport);
	nf_sb_str(s, " > ");
	endpoint(s, key, &key->dst, key->dport);
	if (is_icmp(key))
		nf_sb_printf(s, " type %u code %u", key->dport >> 8, key->dport & 0xff);
}

static void frames(struct nf_strbuf *s, const struct verify_flow *f)
{
	if (f->traffic_frame == 0 && f->export_frame == 0)
		return;
	nf_sb_str(s, " (");
	if (f->traffic_frame != 0)
		nf_sb_printf(s, "traffic frame %" PRIu64, f->traffic_frame);
	if (f->traffic_frame != 0 && f->export_frame != 0)
		nf_sb_str(s, ", ");
	if (f->export_frame != 0)
		nf_sb_printf(s, "export frame %" PRIu64, f->export_frame);
	nf_sb_char(s, ')');
}

static bool is_there(const char *text)
{
	return text != NULL && *text != '\0';
}

void verifylist_flow(struct nf_strbuf *s, const struct verify_flow *f)
{
	verifylist_key(s, &f->key);
	if (is_there(f->found) || is_there(f->wanted))
		nf_sb_str(s, ": ");
	if (is_there(f->found))
		nf_sb_printf(s, "found %s", f->found);
	if (is_there(f->found) && is_there(f->wanted))
		nf_sb_str(s, ", ");
	if (is_there(f->wanted))
		nf_sb_printf(s, "wanted %s", f->wanted);
	frames(s, f);
}

/* -- Items ---------------------------------------------------------------------------- */

const struct verify_item *verifylist_item(const struct verifylist *l, size_t exporter, size_t *at)
{
	while (*at < verify_items(l->verify)) {
		const struct verify_item *item = verify_item_at(l->verify, (*at)++);

		if (item->exporter == exporter)
			return item;
	}
	return NULL;
}

static void counted(struct nf_strbuf *s, uint64_t n, const char *forms)
{
	nf_sb_u64(s, n);
	nf_sb_char(s, ' ');
	nf_sb_forms(s, forms, n);
}

void verifylist_verdict(struct nf_strbuf *s, const struct verifylist *l)
{
	uint64_t weights[3] = { 0 }, flows = 0, exact = 0;

	if (l->no_traffic || l->no_records) {
		nf_sb_printf(s, "nothing to compare: %s",
			     l->no_traffic ? "no IP packets in the traffic" :
			     l->filtered ? "no flow record that is to be judged" :
			     "no flow record in the export");
		return;
	}
	for (size_t i = 0; i < verify_items(l->verify); i++)
		weights[verify_kind_weight(verify_item_at(l->verify, i)->kind)]++;
	for (size_t i = 0; i < verify_exporters(l->verify); i++) {
		flows += verify_exporter_at(l->verify, i)->flows;
		exact += verify_exporter_at(l->verify, i)->exact;
	}
	if (weights[VERIFY_FAULT] == 0)
		nf_sb_str(s, "no fault");
	else
		counted(s, weights[VERIFY_FAULT], "{kind|kinds} of fault");
	if (weights[VERIFY_NOTE] != 0) {
		nf_sb_str(s, ", ");
		counted(s, weights[VERIFY_NOTE], "{note|notes}");
	}
	if (weights[VERIFY_OPEN] != 0)
		nf_sb_printf(s, ", %" PRIu64 " that cannot be told", weights[VERIFY_OPEN]);
	nf_sb_printf(s, "; %" PRIu64 " of ", exact);
	counted(s, flows, "{flow|flows} exact");
}
