#include <config.h>

#include "tui/flows_value.h"

#include <string.h>

static bool is(const struct column *c, const char *name)
{
	return strcmp(c->name, name) == 0;
}

/* Columns of the view that filters call otherwise, or that have more than one part. */
static const struct {
	const char *column, *name;
} others[] = {
	{ "time", "first" }, { "source", "src" }, { "destination", "dst" },
	{ "info", "tcpflags" }, { "frame", "frame.number" }, { "exporter", "exporter.ip" },
	{ "domain", "msg.domain" }, { "direction", "flowDirection" },
	{ "sampling", "join.sampling.rate" }, { "event_time", "observationTimeMilliseconds" },
	{ "rev_bytes", "reverseOctetDeltaCount" }, { "rev_packets", "reversePacketDeltaCount" },
	{ "rev_tcpflags", "reverseTcpControlBits" },
};

const struct filter_ref *flows_value_ref(struct filter_names *names, const struct column *c)
{
	const char *name = c->name;
	struct filter_error ignored;

	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (is(c, others[i].column))
			name = others[i].name;
	return filter_names_find(names, (struct nf_bytes){ (const uint8_t *)name, strlen(name) },
				 &ignored);
}

/* -- Fields ------------------------------------------------------------------------------- */

/* The field that begins at P. */
static int field_at(const struct filter_at *at, const uint8_t *p)
{
	for (unsigned i = 0; p != NULL && i < at->rec->layout->nfields; i++)
		if (nf_field(at->rec, i).value.p == p)
			return (int)i;
	return -1;
}

/* Of address and port the address, where there is one. */
static int address_field(const struct column *c, const struct filter_at *at)
{
	bool src = is(c, "source"), dst = is(c, "destination");
	int field = -1;

	if (src || is(c, "src"))
		field = field_at(at, flow_src(at->view, at->rec).p);
	else if (dst || is(c, "dst"))
		field = field_at(at, flow_dst(at->view, at->rec).p);
	if (field < 0 && (src || dst))
		return at->view->field[src ? FLOW_SPORT : FLOW_DPORT];
	if (field >= 0)
		return field;
	return is(c, "nexthop") ? field_at(at, flow_next_hop(at->view, at->rec).p) : -1;
}

static int time_field(const struct column *c, const struct filter_at *at)
{
	if (is(c, "last"))
		return at->view->last.field;
	if (is(c, "event_time") || at->view->first.field < 0)
		return at->view->field[FLOW_EVENT_TIME];
	return at->view->first.field;
}

/* The column of flags says what an event is, or what type of ICMP it was, in place of them. */
static int info_field(const struct filter_at *at)
{
	static const uint8_t icmp[] = { FLOW_ICMP4, FLOW_ICMP6, FLOW_ICMP4_TYPE, FLOW_ICMP6_TYPE };
	uint8_t type;
	int code;

	if (flow_event(at->view, at->rec, NULL))
		return at->view->field[FLOW_EVENT];
	if (!flow_icmp(at->view, at->rec, &type, &code))
		return at->view->field[FLOW_TCP_FLAGS];
	for (unsigned i = 0; i < sizeof(icmp); i++)
		if (at->view->field[icmp[i]] >= 0)
			return at->view->field[icmp[i]];
	return at->view->field[FLOW_DPORT];
}

static int view_field(const struct column *c, const struct filter_at *at)
{
	int field = columns_field(c, at->view, false);

	if (field < 0)
		field = address_field(c, at);
	if (field >= 0)
		return field;
	if (is(c, "time") || is(c, "first") || is(c, "last") || is(c, "event_time"))
		return time_field(c, at);
	if (is(c, "info"))
		return info_field(at);
	if (is(c, "event"))
		return at->view->field[FLOW_EVENT];
	return is(c, "direction") ? at->view->field[FLOW_DIRECTION] : -1;
}

int flows_value_field(const struct column *c, const struct filter_at *at)
{
	const struct nf_layout *l = at->rec->layout;

	if (c->cell != NULL)
		return view_field(c, at);
	for (unsigned i = 0; c->ref->row == NULL && i < l->nfields; i++)
		if (columns_has(c, l->fields[i].ie))
			return (int)i;
	return -1;
}

/* -- Filters ------------------------------------------------------------------------------ */

static bool from_row(struct nf_strbuf *s, const struct filter_ref *ref,
		     const struct filter_at *at)
{
	struct filter_value v;

	return ref != NULL && ref->row != NULL && ref->row->get(ref->row, at, &v) &&
	       filter_from_value(s, ref, &v);
}

static const struct filter_ref *named(struct filter_names *names, const char *name)
{
	struct filter_error ignored;

	return filter_names_find(names, (struct nf_bytes){ (const uint8_t *)name, strlen(name) },
				 &ignored);
}

/* "icmp_type == 3 && icmp_code == 1", which the record need not have as fields of their own. */
static bool from_icmp(struct nf_strbuf *s, struct filter_names *names, const struct filter_at *at)
{
	size_t from;

	if (!from_row(s, named(names, "icmp_type"), at))
		return false;
	from = s->n;
	nf_sb_str(s, " && ");
	if (!from_row(s, named(names, "icmp_code"), at) && !s->failed)
		s->n = from;
	return true;
}

bool flows_value_filter(struct nf_strbuf *s, struct filter_names *names, const struct column *c,
			const struct filter_at *at)
{
	int i = flows_value_field(c, at);
	struct nf_field field;
	uint8_t type;
	int code;

	if (is(c, "info") && !flow_event(at->view, at->rec, NULL) &&
	    flow_icmp(at->view, at->rec, &type, &code))
		return from_icmp(s, names, at);
	/* a time is that of the flow, whatever field it was found in */
	if (from_row(s, flows_value_ref(names, c), at))
		return true;
	if (i < 0)
		return false;
	field = nf_field(at->rec, (unsigned)i);
	return filter_from_field(s, names, at, &field, false, true);
}

/* -- Octets ------------------------------------------------------------------------------- */

static void octets(struct nf_strbuf *s, const struct filter_at *at, int i)
{
	struct nf_field f = nf_field(at->rec, (unsigned)i);

	if (f.def->nbits != 0)
		nf_sb_printf(s, "%llx", (unsigned long long)nf_field_uint(&f));
	else
		nf_sb_hex(s, f.value.p, f.value.n);
}

bool flows_value_hex(struct nf_strbuf *s, const struct column *c, const struct filter_at *at)
{
	int i = flows_value_field(c, at), port = -1;

	if (i < 0)
		return false;
	if (is(c, "source"))
		port = at->view->field[FLOW_SPORT];
	else if (is(c, "destination"))
		port = at->view->field[FLOW_DPORT];
	octets(s, at, i);
	if (port >= 0 && port != i) {
		nf_sb_char(s, ':');
		octets(s, at, port);
	}
	return true;
}
