#include <config.h>

#include "model/flow.h"

enum takes { TAKES_INTEGER, TAKES_IPV4, TAKES_IPV6, TAKES_TIME };

static const uint8_t item_takes[FLOW_ITEMS] = {
#define FLOW(item, takes) [FLOW_##item] = TAKES_##takes,
#define FROM(...)
#include "model/flow.def"
#undef FLOW
#undef FROM
};

struct from {
	uint32_t pen;
	uint16_t id;
	uint8_t item;
};

/* Of an item, the better ones first. */
static const struct from froms[] = {
#define FLOW(...)
#define FROM(item_, pen_, id_) { .pen = pen_, .id = id_, .item = FLOW_##item_ },
#include "model/flow.def"
#undef FLOW
#undef FROM
};

enum { FROMS = sizeof(froms) / sizeof(froms[0]) };

enum { PROTO_ICMP = 1, PROTO_ICMP6 = 58 };
enum { EVENT_DENIED = 3 };	/* of firewallEvent */

static bool fits(const struct nf_fielddef *def, enum takes takes)
{
	if (def->length == NF_VARLEN)
		return takes == TAKES_INTEGER;
	switch (takes) {
	case TAKES_INTEGER:
		return def->length > 0 && def->length <= 8;
	case TAKES_IPV4:
		return def->kind == NF_KIND_IPV4;
	case TAKES_IPV6:
		return def->kind == NF_KIND_IPV6;
	default:
		return def->kind >= NF_KIND_SECONDS && def->kind <= NF_KIND_NANOSECONDS;
	}
}

static unsigned rank_of(const struct nf_ie *ie)
{
	unsigned i = 0;

	while (i < FROMS && (froms[i].pen != ie->pen || froms[i].id != ie->id))
		i++;
	return i;
}

void flow_view_of(struct flow_view *view, const struct nf_layout *layout)
{
	uint8_t ranks[FLOW_ITEMS];

	*view = (struct flow_view){ .layout = layout };
	for (unsigned i = 0; i < FLOW_ITEMS; i++) {
		view->field[i] = -1;
		ranks[i] = FROMS;
	}
	for (unsigned i = 0; i < layout->nfields && i <= INT16_MAX; i++) {
		unsigned rank = rank_of(layout->fields[i].ie);
		unsigned item;

		if (rank == FROMS)
			continue;
		item = froms[rank].item;
		if (rank >= ranks[item] ||
		    !fits(&layout->fields[i], (enum takes)item_takes[item]))
			continue;
		ranks[item] = (uint8_t)rank;
		view->field[item] = (int16_t)i;
	}
	view->first = nf_flowtime_way_of(layout, NF_FLOWTIME_FIRST);
	view->last = nf_flowtime_way_of(layout, NF_FLOWTIME_LAST);
	view->duration = nf_flowtime_duration_field(layout);
	view->both = (view->field[FLOW_SRC4] >= 0 || view->field[FLOW_DST4] >= 0) &&
		     (view->field[FLOW_SRC6] >= 0 || view->field[FLOW_DST6] >= 0);
}

/* -- Addresses ------------------------------------------------------------------------ */

static struct nf_bytes octets(const struct flow_view *view, const struct nf_rec *r,
			      enum flow_item item)
{
	if (view->field[item] < 0)
		return (struct nf_bytes){ .p = NULL };
	return nf_field(r, (unsigned)view->field[item]).value;
}

static bool is_zero(struct nf_bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] != 0)
			return false;
	return true;
}

/* Which family's address comes first in the record. */
static unsigned first_family(const struct flow_view *view)
{
	static const uint8_t items[] = { FLOW_SRC4, FLOW_DST4, FLOW_SRC6, FLOW_DST6 };
	unsigned first = INT16_MAX + 1, family = 0;

	for (unsigned i = 0; i < sizeof(items); i++) {
		int16_t field = view->field[items[i]];

		if (field >= 0 && (unsigned)field < first) {
			first = (unsigned)field;
			family = i < 2 ? 4 : 6;
		}
	}
	return family;
}

static unsigned family_of_both(const struct flow_view *view, const struct nf_rec *r)
{
	bool zero4 = is_zero(octets(view, r, FLOW_SRC4)) && is_zero(octets(view, r, FLOW_DST4));
	bool zero6 = is_zero(octets(view, r, FLOW_SRC6)) && is_zero(octets(view, r, FLOW_DST6));
	uint64_t version;

	if (flow_number(view, r, FLOW_IP_VERSION, &version) && (version == 4 || version == 6))
		return (unsigned)version;
	if (zero4 != zero6)
		return zero4 ? 6 : 4;
	return first_family(view);
}

unsigned flow_family(const struct flow_view *view, const struct nf_rec *r)
{
	if (view->both)
		return family_of_both(view, r);
	if (view->field[FLOW_SRC4] >= 0 || view->field[FLOW_DST4] >= 0)
		return 4;
	return view->field[FLOW_SRC6] >= 0 || view->field[FLOW_DST6] >= 0 ? 6 : 0;
}

struct nf_bytes flow_src(const struct flow_view *view, const struct nf_rec *r)
{
	return octets(view, r, flow_family(view, r) == 6 ? FLOW_SRC6 : FLOW_SRC4);
}

struct nf_bytes flow_dst(const struct flow_view *view, const struct nf_rec *r)
{
	return octets(view, r, flow_family(view, r) == 6 ? FLOW_DST6 : FLOW_DST4);
}

/* An IPv6 flow's may be IPv4, and the other way round (RFC 5549): the one that is not zero. */
struct nf_bytes flow_next_hop(const struct flow_view *view, const struct nf_rec *r)
{
	bool six = flow_family(view, r) == 6;
	struct nf_bytes own = octets(view, r, six ? FLOW_NEXT_HOP6 : FLOW_NEXT_HOP4);
	struct nf_bytes other = octets(view, r, six ? FLOW_NEXT_HOP4 : FLOW_NEXT_HOP6);

	return own.n == 0 || (is_zero(own) && !is_zero(other)) ? other : own;
}

/* -- ICMP ----------------------------------------------------------------------------- */

struct icmp_items {
	uint8_t both, type, code;
};

static const struct icmp_items icmp4_items = { FLOW_ICMP4, FLOW_ICMP4_TYPE, FLOW_ICMP4_CODE };
static const struct icmp_items icmp6_items = { FLOW_ICMP6, FLOW_ICMP6_TYPE, FLOW_ICMP6_CODE };

/* Type << 8 | code by the elements for them. */
static bool icmp_stated(const struct flow_view *view, const struct nf_rec *r,
			const struct icmp_items *items, uint64_t *v)
{
	uint64_t code;

	if (flow_number(view, r, (enum flow_item)items->both, v))
		return *v <= 0xffff;
	if (!flow_number(view, r, (enum flow_item)items->type, v) ||
	    !flow_number(view, r, (enum flow_item)items->code, &code) || *v > 255 || code > 255)
		return false;
	*v = *v << 8 | code;
	return true;
}

/*
 * Type << 8 | code, or a type alone: type 0 is the echo reply, which has no code but 0, and
 * no type of ICMPv6.
 */
static bool icmp_of_port(uint64_t proto, uint64_t port, uint8_t *type, int *code)
{
	if (port > 0xffff || (port == 0 && proto == PROTO_ICMP6))
		return false;
	*type = (uint8_t)(port > 0xff ? port >> 8 : port);
	*code = port > 0xff ? (int)(port & 0xff) : port == 0 ? 0 : -1;
	return true;
}

bool flow_icmp(const struct flow_view *view, const struct nf_rec *r, uint8_t *type, int *code)
{
	const struct icmp_items *own = &icmp4_items, *other = &icmp6_items;
	uint64_t proto, v, port;
	bool stated;

	if (!flow_number(view, r, FLOW_PROTO, &proto) ||
	    (proto != PROTO_ICMP && proto != PROTO_ICMP6))
		return false;
	if (proto == PROTO_ICMP6) {
		own = &icmp6_items;
		other = &icmp4_items;
	}
	/* v9 knows one element for both families. */
	stated = icmp_stated(view, r, own, &v) || icmp_stated(view, r, other, &v);
	if ((!stated || v == 0) && flow_number(view, r, FLOW_DPORT, &port) &&
	    (!stated || port != 0))
		return icmp_of_port(proto, port, type, code);
	if (!stated)
		return false;
	*type = (uint8_t)(v >> 8);
	*code = (int)(v & 0xff);
	return true;
}

/* -- Times ---------------------------------------------------------------------------- */

struct nf_flowtime flow_first(const struct flow_view *view, const struct nf_msg *m,
			   const struct nf_rec *r)
{
	struct nf_flowtime t;

	if (!nf_flowtime_at(&view->first, m, r, &t))
		t = (struct nf_flowtime){ .source = NF_FLOWTIME_NONE };
	return t;
}

struct nf_flowtime flow_last(const struct flow_view *view, const struct nf_msg *m,
			  const struct nf_rec *r)
{
	struct nf_flowtime t;

	if (!nf_flowtime_at(&view->last, m, r, &t))
		t = (struct nf_flowtime){ .source = NF_FLOWTIME_NONE };
	return t;
}

bool flow_duration(const struct flow_view *view, const struct nf_msg *m, const struct nf_rec *r,
		   int64_t *ns)
{
	struct nf_flowtime first, last;

	if (nf_flowtime_at(&view->first, m, r, &first) &&
	    nf_flowtime_at(&view->last, m, r, &last) &&
	    nf_flowtime_between(&first, &last, ns))
		return true;
	return nf_flowtime_stated_duration(r, view->duration, ns);
}

struct nf_flowtime flow_event_time(const struct flow_view *view, const struct nf_msg *m,
				const struct nf_rec *r)
{
	struct nf_flowtime_way way = {
		.field = view->field[FLOW_EVENT_TIME],
		.init = -1,
		.source = NF_FLOWTIME_STATED,
	};
	struct nf_flowtime t;

	if (!nf_flowtime_at(&way, m, r, &t))
		return (struct nf_flowtime){ .source = NF_FLOWTIME_NONE };
	switch (view->layout->fields[way.field].kind) {
	case NF_KIND_SECONDS: t.digits = 0; break;
	case NF_KIND_MILLISECONDS: t.digits = 3; break;
	case NF_KIND_MICROSECONDS: t.digits = 6; break;
	default: t.digits = 9; break;
	}
	return t;
}

/* -- Events --------------------------------------------------------------------------- */

bool flow_event(const struct flow_view *view, const struct nf_rec *r, uint64_t *event)
{
	uint64_t v;

	if (!flow_number(view, r, FLOW_EVENT, &v) || v == 0)
		return false;
	if (event != NULL)
		*event = v;
	return true;
}

static bool is_delta(const struct flow_view *view, enum flow_item item, uint16_t id)
{
	const struct nf_ie *ie;

	if (view->field[item] < 0)
		return false;
	ie = view->layout->fields[view->field[item]].ie;
	return ie->pen == NF_PEN_IANA && ie->id == id;
}

bool flow_counts(const struct flow_view *view, const struct nf_rec *r)
{
	const struct nf_ie *ie;
	uint64_t event;

	if (!flow_event(view, r, &event))
		return true;
	ie = view->layout->fields[view->field[FLOW_EVENT]].ie;
	if (ie->id == 230 || event == EVENT_DENIED)
		return false;
	return is_delta(view, FLOW_BYTES, 1) || is_delta(view, FLOW_PACKETS, 2);
}

/*
 *	v5, v6	22:2	sampling mode (2 bits), sampling interval (14 bits); 0: not said
 */
bool flow_header_sampling(const struct nf_msg *m, uint64_t *n)
{
	uint16_t sampling;

	if ((m->version != 5 && m->version != 6) || !nf_get16(m->bytes, 22, &sampling))
		return false;
	*n = sampling & 0x3fff;
	return *n != 0;
}

bool flow_sampling(const struct flow_view *view, const struct nf_msg *m, const struct nf_rec *r,
		   uint64_t *n)
{
	return (flow_number(view, r, FLOW_SAMPLING, n) && *n != 0) || flow_header_sampling(m, n);
}
