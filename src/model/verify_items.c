/*
 * Kinds of difference added up: each with the worst of its flows, and a line that says what it
 * comes to.
 */
#include <config.h>

#include "model/verify_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

/* -- Claims ---------------------------------------------------------------------------- */

static int by_weight(const void *x, const void *y)
{
	const struct verify_flow *a = &((const struct verify_worst *)x)->flow;
	const struct verify_flow *b = &((const struct verify_worst *)y)->flow;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	if (a->traffic_frame != b->traffic_frame)
		return a->traffic_frame < b->traffic_frame ? -1 : 1;
	if (a->export_frame != b->export_frame)
		return a->export_frame < b->export_frame ? -1 : 1;
	if (a->key.sport != b->key.sport)
		return a->key.sport < b->key.sport ? -1 : 1;
	return (int)a->key.dport - (int)b->key.dport;
}

/* No more than are asked for; of many more than that, the less bad ones are dropped at times. */
static void keep_worst(struct verify_tally *t, size_t most)
{
	if (t->nworst > 1)
		qsort(t->worst, t->nworst, sizeof(*t->worst), by_weight);
	if (t->nworst <= most)
		return;
	t->nworst = most;
	t->least = t->worst[most - 1].flow.weight;
}

struct verify_worst *verify_claim(struct verify *v, struct verify_domain *d,
				  const struct verify_claim *c)
{
	struct verify_tally *t = &d->tallies[c->kind];
	const size_t most = v->opts.worst;
	void *worst = t->worst;

	t->flows++;
	t->packets += c->packets;
	t->octets += c->octets;
	if (t->nworst >= most && c->weight < t->least)
		return NULL;
	if (most < SIZE_MAX / 4 && t->nworst >= 2 * most + VERIFY_SPARE)
		keep_worst(t, most);
	if (!nf_grow(&worst, &t->worst_cap, t->nworst + 1, sizeof(*t->worst))) {
		v->failed = true;
		return NULL;
	}
	t->worst = worst;
	t->worst[t->nworst] = (struct verify_worst){ .flow = {
		.key = *c->key, .traffic_frame = c->traffic_frame,
		.export_frame = c->export_frame, .weight = c->weight,
	} };
	return &t->worst[t->nworst++];
}

void verify_said(struct verify_worst *w, const char *found, ...)
{
	va_list ap;

	if (w == NULL)
		return;
	va_start(ap, found);
	vsnprintf(w->found, sizeof(w->found), found, ap);
	va_end(ap);
}

void verify_asked(struct verify_worst *w, const char *wanted, ...)
{
	va_list ap;

	if (w == NULL)
		return;
	va_start(ap, wanted);
	vsnprintf(w->wanted, sizeof(w->wanted), wanted, ap);
	va_end(ap);
}

/* -- Words ----------------------------------------------------------------------------- */

/* What the figures of a kind are: "{n} packets too many". */
struct words {
	const char *packets, *octets, *most;
};

static const struct words words[VERIFY_KINDS] = {
	[VERIFY_OCTETS_TRAILER] = { .octets = "%" PRIu64 " octet{|s} too many" },
	[VERIFY_OCTETS_L2] = { .octets = "%" PRIu64 " octet{|s} too many" },
	[VERIFY_OCTETS_PAYLOAD] = { .octets = "%" PRIu64 " octet{|s} too few" },
	[VERIFY_OCTETS_OTHER] = { .octets = "%" PRIu64 " octet{|s} off" },
	[VERIFY_PACKETS_OVER] = { .packets = "%" PRIu64 " packet{|s} too many" },
	[VERIFY_PACKETS_UNDER] = { .packets = "%" PRIu64 " packet{|s} too few" },
	[VERIFY_MISSED] = { .packets = "%" PRIu64 " packet{|s}",
			    .octets = "%" PRIu64 " octet{|s}" },
	[VERIFY_MISSED_VLAN] = { .packets = "%" PRIu64 " packet{|s}",
				 .octets = "%" PRIu64 " octet{|s}" },
	[VERIFY_MISSED_VLANS] = { .packets = "%" PRIu64 " packet{|s}",
				  .octets = "%" PRIu64 " octet{|s}" },
	[VERIFY_MISSED_IPV6] = { .packets = "%" PRIu64 " packet{|s}",
				 .octets = "%" PRIu64 " octet{|s}" },
	[VERIFY_PENDING] = { .packets = "%" PRIu64 " packet{|s}" },
	[VERIFY_INVENTED] = { .packets = "%" PRIu64 " packet{|s}" },
	[VERIFY_FRAGMENTS_ALONE] = { .packets = "%" PRIu64 " packet{|s}" },
	[VERIFY_CONVERSATION_TIMES] = { .most = "up to %.3f s" },
	[VERIFY_FIRST_OUTSIDE] = { .most = "up to %.3f s off" },
	[VERIFY_LAST_OUTSIDE] = { .most = "up to %.3f s off" },
	[VERIFY_ACTIVE_TIMEOUT] = { .most = "the longest %.3f s" },
	[VERIFY_INACTIVE_TIMEOUT] = { .most = "the longest %.3f s" },
	[VERIFY_LOST_BEFORE] = { .packets = "%" PRIu64 " packet{|s}" },
	[VERIFY_LOST_AFTER] = { .packets = "%" PRIu64 " packet{|s}" },
	[VERIFY_UNKNOWABLE] = { .packets = "%" PRIu64 " packet{|s}" },
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void figure(struct nf_strbuf *s, const char *form, uint64_t n)
{
	char text[96];

	if (form == NULL || n == 0)
		return;
	snprintf(text, sizeof(text), form, n);
	nf_sb_str(s, "; ");
	nf_sb_forms(s, text, n);
}

static void most(struct nf_strbuf *s, const char *form, double n)
{
	char text[96];

	if (form == NULL || n == 0)
		return;
	snprintf(text, sizeof(text), form, n);
	nf_sb_str(s, "; ");
	nf_sb_str(s, text);
}
#pragma GCC diagnostic pop

static const char *text_of(struct verify *v, const struct verify_domain *d, enum verify_kind kind)
{
	const struct verify_tally *t = &d->tallies[kind];
	struct nf_strbuf s;
	const char *text;

	nf_strbuf_init(&s);
	nf_sb_str(&s, verify_kind_text(kind));
	figure(&s, words[kind].packets, t->packets);
	figure(&s, words[kind].octets, t->octets);
	most(&s, words[kind].most, t->most);
	text = s.failed ? NULL : nf_arena_strndup(&v->arena, s.p, s.n);
	nf_strbuf_done(&s);
	return text;
}

/* -- Items ----------------------------------------------------------------------------- */

static bool worst_of(struct verify *v, struct verify_tally *t, struct verify_item *item)
{
	keep_worst(t, v->opts.worst);
	item->worst = nf_arena_alloc(&v->arena, (t->nworst + 1) * sizeof(*item->worst));
	if (item->worst == NULL)
		return false;
	item->nworst = t->nworst;
	for (size_t i = 0; i < t->nworst; i++) {
		item->worst[i] = t->worst[i].flow;
		item->worst[i].found = t->worst[i].found;
		item->worst[i].wanted = t->worst[i].wanted;
	}
	return true;
}

/* Kinds that any key of records may be of. */
static bool asked_of_all(enum verify_kind kind)
{
	return kind == VERIFY_INVENTED || kind == VERIFY_FRAGMENTS_ALONE ||
	       kind == VERIFY_SWAPPED || kind == VERIFY_ICMP || kind == VERIFY_CACHE_PRESSURE;
}

static bool item_make(struct verify *v, struct verify_domain *d, enum verify_kind kind)
{
	struct verify_tally *t = &d->tallies[kind];
	uint64_t of = asked_of_all(kind) ? d->x.flows : t->of;
	struct verify_item item = {
		.kind = kind, .exporter = d->index, .flows = t->flows,
		.of = of > t->flows ? of : t->flows,
		.packets = t->packets, .octets = t->octets, .text = text_of(v, d, kind),
	};
	void *items = v->items;

	if (item.text == NULL || !worst_of(v, t, &item) ||
	    !nf_grow(&items, &v->items_cap, v->nitems + 1, sizeof(*v->items)))
		return false;
	v->items = items;
	v->items[v->nitems++] = item;
	v->faults += verify_kind_weight(kind) == VERIFY_FAULT;
	return true;
}

bool verify_items_make(struct verify *v)
{
	for (size_t i = 0; i < v->ndomains; i++)
		for (unsigned kind = 0; kind < VERIFY_KINDS; kind++)
			if (v->domains[i]->tallies[kind].flows != 0 &&
			    !item_make(v, v->domains[i], (enum verify_kind)kind))
				return false;
	return true;
}
