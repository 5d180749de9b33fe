#include <config.h>

#include "track/hold.h"

#include <string.h>

#include "track/internal.h"

/* How many definitions of other sessions a waiter's sets are tried with. */
enum { TRIES = 8 };

struct nf_held {
	struct nf_held *prev, *next;	/* waiting or ready */
	struct nf_held *after;		/* the waiter's next one */
	struct waiter *waiter;
	struct nf_session *session;
	struct nf_datagram datagram;
	struct nf_msg msg;
	uint32_t msg_offset;
	struct nf_set set;
	struct nf_resolution resolution;
	uint8_t body[];
};

/* The sets of one session, domain and id. */
struct waiter {
	struct nf_node node;
	uint64_t key[2];
	struct group *group;		/* NULL: tried often enough */
	struct waiter *prev, *next;	/* of the group */
	struct nf_held *first, *last;
	unsigned tries;
	bool closed;			/* for the session's own definitions: one was withdrawn */
};

/* The waiters of one exporter, domain and id. */
struct group {
	struct nf_node node;
	uint64_t key[2];
	struct waiter *first;
};

void nf_hold_init(struct nf_hold *h, size_t max, uint32_t seconds,
		  struct nf_tracker_counts *counts, const struct nf_tracker_watch *watch)
{
	*h = (struct nf_hold){
		.max = max,
		.max_age_ns = (int64_t)seconds * 1000000000,
		.counts = counts,
		.watch = watch,
	};
}

/* All but the resolver. */
static struct nf_late late_of(const struct nf_held *held)
{
	return (struct nf_late){
		.datagram = held->datagram,
		.session = held->session,
		.msg = held->msg,
		.msg_offset = held->msg_offset,
		.set = held->set,
		.resolution = held->resolution,
	};
}

static void tell(const struct nf_hold *h, const struct nf_held *held, enum nf_holding what)
{
	struct nf_late late;

	h->counts->holdings[what]++;
	if (h->watch->holding == NULL)
		return;
	late = late_of(held);
	h->watch->holding(h->watch->ctx, &late, what);
}

/* -- Lists ---------------------------------------------------------------------------- */

static void append(struct nf_held_list *list, struct nf_held *held)
{
	held->prev = list->last;
	held->next = NULL;
	if (list->last != NULL)
		list->last->next = held;
	else
		list->first = held;
	list->last = held;
}

static void detach(struct nf_held_list *list, struct nf_held *held)
{
	if (held->prev != NULL)
		held->prev->next = held->next;
	else
		list->first = held->next;
	if (held->next != NULL)
		held->next->prev = held->prev;
	else
		list->last = held->prev;
}

static void held_free(struct nf_hold *h, struct nf_held *held)
{
	if (held == NULL)
		return;
	h->used -= sizeof(*held) + held->set.bytes.n;
	nf_free(held);
}

/* -- Waiters and groups --------------------------------------------------------------- */

static void make_key(uint64_t key[2], const void *p, uint16_t version, uint32_t domain,
		     uint16_t id)
{
	key[0] = (uint64_t)(uintptr_t)p;
	key[1] = (uint64_t)domain << 32 | (uint32_t)version << 16 | id;
}

static struct group *group_get(struct nf_hold *h, const uint64_t key[2])
{
	struct group *g = nf_map_find(&h->groups, key, 2, nf_hash(key, 2));

	if (g != NULL)
		return g;
	g = nf_zalloc(sizeof(*g));
	if (g == NULL)
		return NULL;
	memcpy(g->key, key, sizeof(g->key));
	if (!nf_map_add(&h->groups, &g->node, g->key, 2, nf_hash(key, 2))) {
		nf_free(g);
		return NULL;
	}
	h->used += sizeof(*g) + NF_NODE_COST;
	return g;
}

static void group_drop_if_empty(struct nf_hold *h, struct group *g)
{
	if (g->first != NULL)
		return;
	nf_map_del(&h->groups, &g->node);
	h->used -= sizeof(*g) + NF_NODE_COST;
	nf_free(g);
}

/* W is tried with other sessions' layouts no more. */
static void leave_group(struct nf_hold *h, struct waiter *w)
{
	struct group *g = w->group;

	if (g == NULL)
		return;
	if (w->prev != NULL)
		w->prev->next = w->next;
	else
		g->first = w->next;
	if (w->next != NULL)
		w->next->prev = w->prev;
	w->group = NULL;
	group_drop_if_empty(h, g);
}

static void waiter_free(struct nf_hold *h, struct waiter *w)
{
	leave_group(h, w);
	nf_map_del(&h->waiters, &w->node);
	h->used -= sizeof(*w) + NF_NODE_COST;
	nf_free(w);
}

static struct waiter *waiter_get(struct nf_hold *h, const struct nf_view *v, uint16_t id)
{
	struct nf_peer *session = nf_peer_of(v->session);
	struct waiter *w;
	uint64_t key[2];

	make_key(key, session, v->msg.version, v->msg.domain, id);
	w = nf_map_find(&h->waiters, key, 2, nf_hash(key, 2));
	if (w != NULL)
		return w;
	w = nf_zalloc(sizeof(*w));
	if (w == NULL)
		return NULL;
	memcpy(w->key, key, sizeof(key));
	if (!nf_map_add(&h->waiters, &w->node, w->key, 2, nf_hash(key, 2))) {
		nf_free(w);
		return NULL;
	}
	h->used += sizeof(*w) + NF_NODE_COST;
	make_key(key, session->exporter, v->msg.version, v->msg.domain, id);
	w->group = group_get(h, key);
	if (w->group == NULL) {
		waiter_free(h, w);
		return NULL;
	}
	w->next = w->group->first;
	if (w->next != NULL)
		w->next->prev = w;
	w->group->first = w;
	return w;
}

/* -- In ------------------------------------------------------------------------------- */

/* The oldest that waits; it is its waiter's first. */
static void drop_oldest(struct nf_hold *h, enum nf_holding why)
{
	struct nf_held *held = h->waiting.first;
	struct waiter *w = held->waiter;

	detach(&h->waiting, held);
	w->first = held->after;
	if (w->first == NULL)
		waiter_free(h, w);
	tell(h, held, why);
	held_free(h, held);
	h->counts->dropped++;
}

/* There is no room for this one, or no memory. */
static bool pass_over(const struct nf_hold *h, const struct nf_held *unheld)
{
	tell(h, unheld, NF_HOLDING_ROOM);
	h->counts->dropped++;
	return false;
}

bool nf_hold_put(struct nf_hold *h, const struct nf_view *v, const struct nf_set *set,
		 bool closed)
{
	size_t need = sizeof(struct nf_held) + set->bytes.n;
	size_t most = need + sizeof(struct waiter) + sizeof(struct group) + 2 * NF_NODE_COST;
	const struct nf_held unheld = {
		.session = v->session,
		.datagram = *v->datagram,
		.msg = v->msg,
		.msg_offset = v->offset,
		.set = *set,
	};
	struct nf_held *held = NULL;
	struct waiter *w = NULL;
	bool roomy = true;

	h->counts->held++;
	while (most <= h->max && h->waiting.first != NULL && h->used > h->max - most) {
		drop_oldest(h, NF_HOLDING_ROOM);
		roomy = false;
	}
	if (most <= h->max && h->used <= h->max - most)
		held = nf_alloc(need);
	if (held != NULL)
		w = waiter_get(h, v, set->id);
	if (w == NULL) {
		nf_free(held);
		return pass_over(h, &unheld);
	}
	h->used += need;
	w->closed |= closed;
	*held = unheld;
	held->waiter = w;
	if (set->bytes.n != 0)
		memcpy(held->body, set->bytes.p, set->bytes.n);
	held->set.bytes.p = held->body;
	held->datagram.payload = (struct nf_bytes){ .p = NULL };
	held->datagram.extents = NULL;
	held->datagram.nextents = 0;
	held->msg.bytes = (struct nf_bytes){ .p = NULL };
	append(&h->waiting, held);
	if (w->first == NULL)
		w->first = held;
	else
		w->last->after = held;
	w->last = held;
	tell(h, held, NF_HOLDING_HELD);
	return roomy;
}

void nf_hold_sweep(struct nf_hold *h, int64_t now_ns)
{
	if (now_ns < INT64_MIN + h->max_age_ns)		/* captures may say any time */
		return;
	while (h->waiting.first != NULL &&
	       h->waiting.first->datagram.ts_ns < now_ns - h->max_age_ns)
		drop_oldest(h, NF_HOLDING_OLD);
}

void nf_hold_end(struct nf_hold *h)
{
	while (h->waiting.first != NULL)
		drop_oldest(h, NF_HOLDING_END);
}

/* -- Out ------------------------------------------------------------------------------ */

static bool is_partial(const struct nf_held *held)
{
	return held->set.cut || held->set.overrun;
}

static void make_ready(struct nf_hold *h, struct nf_held *held, const struct nf_entry *e,
		       enum nf_how how, bool misfit)
{
	detach(&h->waiting, held);
	held->waiter = NULL;
	held->resolution = (struct nf_resolution){
		.layout = e->version.layout,
		.version = &e->version,
		.how = (uint8_t)how,
		.misfit = misfit,
	};
	append(&h->ready, held);
	tell(h, held, NF_HOLDING_RELEASED);
}

/* The session itself has defined it: all of W is read with that, fit or not. */
static void release_own(struct nf_hold *h, struct waiter *w, const struct nf_entry *e)
{
	struct nf_held *after;

	for (struct nf_held *held = w->first; held != NULL; held = after) {
		after = held->after;
		make_ready(h, held, e, NF_LATE,
			   nf_misfits(e->version.layout, held->set.bytes, is_partial(held)));
	}
	waiter_free(h, w);
}

/* Another session has: what it fits is read with that. */
static void release_fitting(struct nf_hold *h, struct waiter *w, const struct nf_entry *e)
{
	struct nf_held *after, *kept = NULL;

	for (struct nf_held *held = w->first; held != NULL; held = after) {
		after = held->after;
		if (nf_fits(e->version.layout, held->set.bytes, is_partial(held))) {
			make_ready(h, held, e, NF_OTHER_SESSION, false);
			continue;
		}
		held->after = NULL;
		if (kept == NULL)
			w->first = held;
		else
			kept->after = held;
		kept = held;
	}
	w->last = kept;
	if (kept == NULL)
		waiter_free(h, w);
	else if (++w->tries >= TRIES)
		leave_group(h, w);
}

void nf_hold_release(struct nf_hold *h, const struct nf_entry *e)
{
	const struct nf_domain *d = e->chain->domain;
	struct waiter *w, *next;
	struct group *g;
	uint64_t key[2];

	if (h->waiting.first == NULL)
		return;
	make_key(key, d->session, d->version, d->id, e->chain->id);
	w = nf_map_find(&h->waiters, key, 2, nf_hash(key, 2));
	if (w != NULL && !w->closed)
		release_own(h, w, e);
	make_key(key, d->session->exporter, d->version, d->id, e->chain->id);
	g = nf_map_find(&h->groups, key, 2, nf_hash(key, 2));
	for (w = g != NULL ? g->first : NULL; w != NULL; w = next) {
		next = w->next;
		if (&d->session->pub != w->first->session)
			release_fitting(h, w, e);
	}
}

void nf_hold_close(struct nf_hold *h, struct nf_peer *session, uint16_t version, uint32_t domain,
		   uint16_t id)
{
	struct waiter *w;
	uint64_t key[2];

	make_key(key, session, version, domain, id);
	w = nf_map_find(&h->waiters, key, 2, nf_hash(key, 2));
	if (w != NULL)
		w->closed = true;
}

void nf_hold_duplicate(struct nf_hold *h, uint64_t ordinal)
{
	struct nf_held *waiting = h->waiting.last;

	for (; waiting != NULL && waiting->datagram.ordinal == ordinal; waiting = waiting->prev)
		waiting->datagram.facts.duplicate = true;
	/* templates behind the sets may have released them, among older ones */
	for (struct nf_held *ready = h->ready.first; ready != NULL; ready = ready->next)
		ready->datagram.facts.duplicate |= ready->datagram.ordinal == ordinal;
}

bool nf_hold_next(struct nf_hold *h, struct nf_late *late)
{
	struct nf_held *held = h->ready.first;

	held_free(h, h->out);
	h->out = held;
	if (held == NULL)
		return false;
	detach(&h->ready, held);
	h->counts->released++;
	*late = late_of(held);
	return true;
}

const struct nf_datagram *nf_hold_datagram(const struct nf_hold *h)
{
	return &h->out->datagram;
}

void nf_hold_done(struct nf_hold *h)
{
	nf_hold_end(h);
	for (struct nf_held *next, *held = h->ready.first; held != NULL; held = next) {
		next = held->next;
		held_free(h, held);
	}
	held_free(h, h->out);
	nf_map_done(&h->waiters);
	nf_map_done(&h->groups);
}
