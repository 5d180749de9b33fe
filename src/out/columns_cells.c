#include <config.h>

#include "out/columns_cells.h"

#include <ctype.h>
#include <stdio.h>

#include "base/digits.h"
#include "base/mem.h"
#include "ie/times.h"

enum { PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_ICMP6 = 58 };

void columns_seconds(struct nf_strbuf *s, int64_t ns, unsigned digits)
{
	uint64_t v = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	uint64_t unit = 1;

	for (unsigned i = digits; i < 9; i++)
		unit *= 10;
	v /= unit;
	if (ns < 0)
		nf_sb_char(s, '-');
	unit = 1;
	for (unsigned i = 0; i < digits; i++)
		unit *= 10;
	nf_sb_u64(s, v / unit);
	if (digits == 0)
		return;
	nf_sb_char(s, '.');
	nf_sb_digits(s, v % unit, digits);
}

char *columns_put_time(char *p, const struct nf_flowtime *t, struct nf_time_cache *cache)
{
	struct nf_instant instant = { .second = t->ns / 1000000000 };
	int64_t rest = t->ns % 1000000000;

	if (rest < 0) {
		instant.second--;
		rest += 1000000000;
	}
	instant.ns = (uint32_t)rest;
	return nf_put_instant(p, &instant, t->digits, cache);
}

static struct nf_flowtime time_of(const struct column *c, const struct columns_at *at)
{
	const struct nf_msg *m = at->in.msg;
	const struct nf_rec *r = at->in.rec;
	struct nf_flowtime t;

	switch (c->item) {
	case FIRST: return flow_first(at->view, m, r);
	case LAST: return flow_last(at->view, m, r);
	case EVENT: return flow_event_time(at->view, m, r);
	default: break;
	}
	t = flow_first(at->view, m, r);
	return t.source != NF_FLOWTIME_NONE ? t : flow_event_time(at->view, m, r);
}

/* "2023-01-01 01:00:05.002", or "01:00:05.002" where the day is said elsewhere. */
static void time_words(struct nf_strbuf *s, const struct nf_flowtime *t,
		       const struct columns_at *at)
{
	unsigned digits = at->clock && t->digits > 3 ? 3 : t->digits;
	size_t from = s->n, clock = digits > 0 ? 9 + digits : 8;

	nf_time_text(s, t->ns, digits, &at->out->time);
	if (s->failed || s->n - from < clock + 2)
		return;
	s->n--;				/* the Z */
	if (!at->clock) {
		s->p[s->n - clock - 1] = ' ';
		return;
	}
	memmove(s->p + from, s->p + s->n - clock, clock);
	s->n = from + clock;
}

/* An uptime without the time of the start is said to people as what it is, else not at all. */
void cell_time(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	struct nf_flowtime t = time_of(c, at);

	if (t.source == NF_FLOWTIME_NONE)
		return;
	if (t.source == NF_FLOWTIME_RELATIVE) {
		if (!at->words)
			return;
		nf_sb_str(s, "up ");
		columns_seconds(s, t.ns, 3);
	} else if (at->words) {
		time_words(s, &t, at);
	} else if (nf_sb_room(s, NF_ROOM_INSTANT)) {
		s->n = (size_t)(columns_put_time(s->p + s->n, &t, &at->out->time) - s->p);
	}
}

/* "0.250", as columns_seconds with three digits. */
static void milliseconds(struct nf_strbuf *s, int64_t ms)
{
	uint64_t v = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
	char *p;

	if (!nf_sb_room(s, NF_ROOM_U64 + 8))
		return;
	p = s->p + s->n;
	*p = '-';
	p = nf_put_u64(p + (ms < 0), v / 1000);
	*p++ = '.';
	s->n = (size_t)(nf_put_last(p, (unsigned)(v % 1000), 3) - s->p);
}

void cell_duration(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	unsigned first = at->view->first.digits, last = at->view->last.digits;
	unsigned digits = first > last ? first : last;
	int64_t from, to, ns;

	(void)c;
	if (nf_flowtime_ms(&at->view->first, at->in.msg, at->in.rec, &from) &&
	    nf_flowtime_ms(&at->view->last, at->in.msg, at->in.rec, &to)) {
		milliseconds(s, to - from);
		return;
	}
	if (!flow_duration(at->view, at->in.msg, at->in.rec, &ns))
		return;
	if (at->view->first.field < 0 || at->view->last.field < 0)
		digits = ns % 1000000 != 0 ? 6 : 3;
	if (at->clock && digits > 3)
		digits = 3;
	columns_seconds(s, ns, digits);
}

void cell_number(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	uint64_t v;

	if (flow_number(at->view, at->in.rec, (enum flow_item)c->item, &v))
		nf_sb_u64(s, v);
}

/* The word for the value of an item, false where there is none. */
static bool word(struct nf_strbuf *s, enum flow_item item, const struct columns_at *at)
{
	struct nf_field f = nf_field(at->in.rec, (unsigned)at->view->field[item]);

	return f.def->ie->labels != NULL && f.def->ie->labels->text(s, f.value);
}

void cell_proto(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	uint64_t v;

	(void)c;
	if (!flow_number(at->view, at->in.rec, FLOW_PROTO, &v))
		return;
	if (at->words && v == PROTO_ICMP6)
		nf_sb_str(s, "icmp6");
	else if (!at->words || !word(s, FLOW_PROTO, at))
		nf_sb_u64(s, v);
}

void cell_sampling(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	uint64_t n;

	(void)c;
	if (flow_sampling(at->view, at->in.msg, at->in.rec, &n))
		nf_sb_u64(s, n);
}

void cell_direction(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	uint64_t v;

	(void)c;
	if (!flow_number(at->view, at->in.rec, FLOW_DIRECTION, &v))
		return;
	if (at->words && v < 2)
		nf_sb_str(s, v == 0 ? "in" : "out");
	else
		nf_sb_u64(s, v);
}

static struct nf_bytes address_of(unsigned item, const struct columns_at *at)
{
	switch (item) {
	case SRC: return flow_src(at->view, at->in.rec);
	case DST: return flow_dst(at->view, at->in.rec);
	default: return flow_next_hop(at->view, at->in.rec);
	}
}

static void address_text(struct nf_strbuf *s, struct nf_bytes a)
{
	if (a.n == 4)
		nf_ipv4_text(s, a.p);
	else if (a.n == 16)
		nf_ipv6_text(s, a.p);
}

void cell_address(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	address_text(s, address_of(c->item, at));
}

/* True for a prefix of aggregated flows, of which the record may say the length. */
static bool is_prefix(unsigned item, const struct columns_at *at)
{
	bool six = flow_family(at->view, at->in.rec) == 6;
	enum flow_item from = item == SRC ? (six ? FLOW_SRC6 : FLOW_SRC4) :
					    (six ? FLOW_DST6 : FLOW_DST4);
	int16_t field = at->view->field[from];
	uint16_t id = field >= 0 ? at->view->layout->fields[field].ie->id : 0;

	return id == 44 || id == 45 || id == 169 || id == 170;
}

/* Ports mean nothing to ICMP, and aggregated flows have prefixes instead. */
void cell_endpoint(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	enum flow_item port_item = c->item == SRC ? FLOW_SPORT : FLOW_DPORT;
	enum flow_item mask_item = c->item == SRC ? FLOW_SRC_MASK : FLOW_DST_MASK;
	struct nf_bytes a = address_of(c->item, at);
	uint64_t proto_number = 0, v;
	bool port;

	flow_number(at->view, at->in.rec, FLOW_PROTO, &proto_number);
	port = proto_number != PROTO_ICMP && proto_number != PROTO_ICMP6 &&
	       flow_number(at->view, at->in.rec, port_item, &v);
	if (port && a.n == 16)
		nf_sb_char(s, '[');
	address_text(s, a);
	if (port && a.n == 16)
		nf_sb_char(s, ']');
	if (port) {
		nf_sb_char(s, ':');
		nf_sb_u64(s, v);
	} else if (a.n != 0 && is_prefix(c->item, at) &&
		   flow_number(at->view, at->in.rec, mask_item, &v)) {
		nf_sb_char(s, '/');
		nf_sb_u64(s, v);
	}
}

void columns_flags(struct nf_strbuf *s, uint64_t flags)
{
	static const char letters[] = "CEUAPRSF";

	for (unsigned i = 0; i < 8; i++)
		nf_sb_char(s, flags >> (7 - i) & 1 ? letters[i] : '.');
}

void cell_tcp_flags(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	uint64_t v;

	if (!flow_number(at->view, at->in.rec, (enum flow_item)c->item, &v))
		return;
	if (at->words)
		columns_flags(s, v);
	else
		nf_sb_u64(s, v);
}

void cell_icmp(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	uint8_t type;
	int code;

	if (!flow_icmp(at->view, at->in.rec, &type, &code))
		return;
	if (c->item == 0)
		nf_sb_u64(s, type);
	else if (code >= 0)
		nf_sb_u64(s, (uint64_t)code);
}

void columns_event(struct nf_strbuf *s, const struct flow_view *view, const struct nf_rec *r,
		   uint64_t event)
{
	static const char flow[] = "flow ";	/* it goes without saying */
	struct nf_field f = nf_field(r, (unsigned)view->field[FLOW_EVENT]);
	size_t from = s->n, cut = sizeof(flow) - 1;

	if (f.def->ie->labels == NULL || !f.def->ie->labels->text(s, f.value)) {
		nf_sb_u64(s, event);
	} else if (!s->failed && s->n - from > cut && memcmp(s->p + from, flow, cut) == 0) {
		memmove(s->p + from, s->p + from + cut, s->n - from - cut);
		s->n -= cut;
	}
}

void cell_event(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	uint64_t v;

	(void)c;
	if (!flow_event(at->view, at->in.rec, &v))
		return;
	if (at->words)
		columns_event(s, at->view, at->in.rec, v);
	else
		nf_sb_u64(s, v);
}

void cell_info(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	uint64_t v, flags;
	uint8_t type;
	int code;

	(void)c;
	if (flow_event(at->view, at->in.rec, &v)) {
		columns_event(s, at->view, at->in.rec, v);
	} else if (flow_icmp(at->view, at->in.rec, &type, &code)) {
		nf_sb_u64(s, type);
		if (code >= 0) {
			nf_sb_char(s, '/');
			nf_sb_u64(s, (uint64_t)code);
		}
	} else if (flow_number(at->view, at->in.rec, FLOW_PROTO, &v) && v == PROTO_TCP &&
		   flow_number(at->view, at->in.rec, FLOW_TCP_FLAGS, &flags)) {
		columns_flags(s, flags);
	}
}

static void mac(struct nf_strbuf *s, uint64_t v)
{
	uint8_t octets[6];

	for (unsigned i = 0; i < 6; i++)
		octets[i] = (uint8_t)(v >> 8 * (5 - i));
	nf_mac_text(s, octets);
}

static void ipv4(struct nf_strbuf *s, uint64_t v)
{
	uint8_t octets[4];

	for (unsigned i = 0; i < 4; i++)
		octets[i] = (uint8_t)(v >> 8 * (3 - i));
	nf_ipv4_text(s, octets);
}

/* Integers by their words, where the row has some. */
static void integer(struct nf_strbuf *s, const struct nf_labels *labels, uint64_t v)
{
	for (size_t i = 0; labels != NULL && i < labels->nvalues; i++)
		if (labels->values[i].value == v) {
			nf_sb_str(s, labels->values[i].name);
			return;
		}
	nf_sb_u64(s, v);
}

/* Whole numbers in digits, others to nine of them. */
static void number_text(struct nf_strbuf *s, double v)
{
	if (v >= 0 && v < 1e15 && v == (double)(uint64_t)v)
		nf_sb_u64(s, (uint64_t)v);
	else
		nf_sb_printf(s, "%.9g", v);
}

static void name_value(struct nf_strbuf *s, const struct filter_name *row,
		       const struct filter_at *at)
{
	struct filter_value v;

	if (!row->get(row, at, &v))
		return;
	switch ((enum filter_type)v.type) {
	case FILTER_NUMBER:
		if (v.negative)
			nf_sb_i64(s, (int64_t)v.u);
		else
			integer(s, row->labels, v.u);
		break;
	case FILTER_BOOLEAN: nf_sb_str(s, v.u == 1 ? "true" : "false"); break;
	case FILTER_TIME: nf_time_text(s, v.ns, v.ns % 1000 != 0 ? 9 : 6, NULL); break;
	case FILTER_DURATION: columns_seconds(s, v.ns, v.ns % 1000000 != 0 ? 9 : 3); break;
	case FILTER_FLOAT: number_text(s, v.d); break;
	case FILTER_IPV4: ipv4(s, v.u); break;
	case FILTER_IPV6: nf_ipv6_text(s, v.b.p); break;
	case FILTER_MAC: mac(s, v.u); break;
	case FILTER_OCTETS: nf_sb_hex(s, v.b.p, v.b.n); break;
	default: nf_safe_text(s, v.b); break;
	}
}

void columns_name_cell(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	const struct filter_name *row = c->ref->row;
	struct filter_at in = at->in;
	uint32_t n = row->count != NULL ? row->count(row, &in) : 1;

	for (in.nth = 0; in.nth < n; in.nth++) {
		if (in.nth > 0)
			nf_sb_char(s, ' ');
		name_value(s, row, &in);
	}
}
