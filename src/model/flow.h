/*
 * A flow record as one thinks of it, whatever its version and template: where to and from, when,
 * how much.  What a record does not say is absent; nothing is made up.
 *
 * Which field of a layout says what is found once (flow_view_of); the values of a record are
 * then loads.
 */
#ifndef MODEL_FLOW_H
#define MODEL_FLOW_H

#include "track/flowtime.h"

/* Items of the view; rows in flow.def. */
enum flow_item {
#define FLOW(item, takes) FLOW_##item,
#define FROM(...)
#include "model/flow.def"
#undef FLOW
#undef FROM
	FLOW_ITEMS
};

struct flow_view {
	const struct nf_layout *layout;
	int16_t field[FLOW_ITEMS];	/* which one says it, or -1 */
	struct nf_flowtime_way first, last;
	int16_t duration;		/* elements 161 and 162, or -1 */
	bool both;			/* addresses of both families: see flow_family */
};

void flow_view_of(struct flow_view *view, const struct nf_layout *layout);

/* An integer of R, a record of the view's layout. */
static inline bool flow_number(const struct flow_view *view, const struct nf_rec *r,
			       enum flow_item item, uint64_t *v)
{
	struct nf_field f;

	if (view->field[item] < 0)
		return false;
	f = nf_field(r, (unsigned)view->field[item]);
	if (f.value.n == 0 || f.value.n > 8)
		return false;
	*v = nf_ben(f.value.p, f.value.n);
	return true;
}

/*
 * 4, 6, or 0 where there is no address.  Of addresses of both families in one record (quirk
 * D9) those count that ipVersion names, else those that are not all zero; of equals the first.
 */
unsigned flow_family(const struct flow_view *view, const struct nf_rec *r);

/* 4 or 16 octets; n == 0 where the record has none. */
struct nf_bytes flow_src(const struct flow_view *view, const struct nf_rec *r);
struct nf_bytes flow_dst(const struct flow_view *view, const struct nf_rec *r);
struct nf_bytes flow_next_hop(const struct flow_view *view, const struct nf_rec *r);

/*
 * Type and code of an ICMP flow, from the elements for them, or from the destination port as
 * type << 8 | code, where many exporters put them (quirk D11).  *CODE is below zero where only
 * the type is known: some put that into the port by itself.
 */
bool flow_icmp(const struct flow_view *view, const struct nf_rec *r, uint8_t *type, int *code);

/*
 * One of so many packets was looked at, as the record says it or else the header.  What options
 * say of it is model/join.h's.
 */
bool flow_sampling(const struct flow_view *view, const struct nf_msg *m, const struct nf_rec *r,
		   uint64_t *n);

/* The same of a message's header alone; false where it says nothing. */
bool flow_header_sampling(const struct nf_msg *m, uint64_t *n);

/* When it began and ended: see flowtime.h.  Source NF_FLOWTIME_NONE: it does not say. */
struct nf_flowtime flow_first(const struct flow_view *view, const struct nf_msg *m,
			   const struct nf_rec *r);
struct nf_flowtime flow_last(const struct flow_view *view, const struct nf_msg *m,
			  const struct nf_rec *r);
bool flow_duration(const struct flow_view *view, const struct nf_msg *m, const struct nf_rec *r,
		   int64_t *ns);
/* True if the header's clock has a part in them: see clock_captured and in_seconds of nf_msg. */
static inline bool flow_by_header(const struct flow_view *view, const struct nf_msg *m)
{
	uint8_t source = m->version != 10 ? NF_FLOWTIME_UPTIME : NF_FLOWTIME_DELTA;

	return view->first.source == source || view->last.source == source;
}
/* When an event was observed. */
struct nf_flowtime flow_event_time(const struct flow_view *view, const struct nf_msg *m,
				const struct nf_rec *r);

/*
 * True for a record of what a firewall or a NAT did (elements 230 and 233, v9 type 40005, not
 * zero); *EVENT, which may be NULL, is the element's value.
 */
bool flow_event(const struct flow_view *view, const struct nf_rec *r, uint64_t *event);

/*
 * True if the record's counters may be summed: a flow's, or those of an event that states
 * delta counters (elements 1 and 2) of a flow that was not refused.  The counters of other
 * events repeat each other (quirk D1).
 */
bool flow_counts(const struct flow_view *view, const struct nf_rec *r);

#endif
