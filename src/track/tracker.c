#include <config.h>

#include "track/tracker.h"

#include <stdlib.h>
#include <string.h>

#include "track/internal.h"

enum {
	DEFAULT_TEMPLATES = 64 << 20,
	DEFAULT_SESSIONS = 65536,
	DEFAULT_HOLD = 16 << 20,
	DEFAULT_HOLD_SECONDS = 3600,
};

struct nf_tracker *nf_tracker_new(const struct nf_tracker_opts *opts, struct nf_registry *registry)
{
	struct nf_tracker *t = nf_zalloc(sizeof(*t));

	if (t == NULL)
		return NULL;
	t->opts = *opts;
	t->registry = registry;
	if (t->opts.max_templates == 0)
		t->opts.max_templates = DEFAULT_TEMPLATES;
	if (t->opts.max_sessions == 0)
		t->opts.max_sessions = DEFAULT_SESSIONS;
	if (t->opts.max_hold == 0)
		t->opts.max_hold = DEFAULT_HOLD;
	if (t->opts.hold_seconds == 0)
		t->opts.hold_seconds = DEFAULT_HOLD_SECONDS;
	if (t->opts.ahead != NULL)
		t->opts.hold = false;
	nf_sessions_init(&t->sessions, t->opts.scope, t->opts.max_sessions);
	nf_sessions_init(&t->given, t->opts.scope, t->opts.max_sessions);
	t->given.one_exporter = true;
	nf_store_init(&t->store, t->opts.max_templates, registry);
	nf_hold_init(&t->hold, t->opts.max_hold, t->opts.hold_seconds, &t->counts,
		     &t->watch);
	return t;
}

void nf_tracker_free(struct nf_tracker *t)
{
	if (t == NULL)
		return;
	t->watch = (struct nf_tracker_watch){ .holding = NULL };
	nf_hold_done(&t->hold);
	nf_store_done(&t->store);
	nf_sessions_done(&t->sessions);
	nf_sessions_done(&t->given);
	nf_free(t->words);
	nf_free(t);
}

/* -- Feeding -------------------------------------------------------------------------- */

/* A sink that only notes that there was something. */
static void note(void *ctx, const struct nf_problem *p)
{
	(void)p;
	*(uint8_t *)ctx |= NF_MARK_HEADER;
}

/* Octets of a known version's header, but not all of it. */
static bool header_cut(struct nf_bytes payload)
{
	const struct nf_format *format;
	uint16_t version;

	if (!nf_get16(payload, 0, &version))
		return false;
	format = nf_format_of(version);
	return format != NULL && payload.n < format->header_len;
}

/* A message of whose header only part is there. */
static struct nf_msg headerless(const struct nf_datagram *d)
{
	uint32_t sent = nf_sent_len(d, 0);

	return (struct nf_msg){
		.bytes = d->payload,
		.wire_len = sent,
		.version = nf_be16(d->payload.p),
		.length = (uint32_t)d->payload.n,
		.cut = sent > d->payload.n,
	};
}

/*
 * Is D flow export?  Then M is its first message; without its header where only part of
 * that is there, which is believed of a session that is trusted.
 */
static enum nf_refusal judge(const struct nf_datagram *d, bool trusted, struct nf_msg *m,
			     uint8_t *marks)
{
	const struct nf_sink sink = { .report = note, .ctx = marks };
	uint32_t sent = nf_sent_len(d, 0);
	enum nf_refusal why;

	if (!trusted) {
		why = nf_recognise(d->payload, sent, false);
		if (why != NF_REFUSAL_NONE)
			return why;
	}
	if (nf_msg_open(m, d->payload, sent, &sink))
		return NF_REFUSAL_NONE;
	if (trusted && header_cut(d->payload)) {
		*m = headerless(d);
		*marks |= NF_MARK_CUT;
		return NF_REFUSAL_NONE;
	}
	why = nf_recognise(d->payload, sent, trusted);
	return why != NF_REFUSAL_NONE ? why : NF_REFUSAL_EMPTY;
}

static bool trusts(const struct nf_peer *p, const struct nf_datagram *d)
{
	/* Whoever called it an IPFIX File has judged it. */
	return d->transport == NF_TRANSPORT_FILE || (p != NULL && p->pub.trusted);
}

enum nf_refusal nf_tracker_feed(struct nf_tracker *t, const struct nf_datagram *d,
				struct nf_delivery *out)
{
	struct nf_peer *p = nf_sessions_find(&t->sessions, d);
	bool bound = false;
	enum nf_refusal why;
	uint8_t marks = 0;

	t->ordinal = d->ordinal;
	t->fed = true;
	if (t->opts.hold)
		nf_hold_sweep(&t->hold, d->ts_ns);
	why = judge(d, trusts(p, d), &out->msg, &marks);
	if (why != NF_REFUSAL_NONE) {
		t->counts.refused[why]++;
		return why;
	}
	if (p == NULL)
		p = nf_sessions_get(&t->sessions, d, &bound);
	if (p->shared) {
		marks |= NF_MARK_SESSION;
		t->counts.shared++;
		t->counts.bounds_reached++;
	}
	p->pub.trusted = true;
	t->counts.datagrams++;
	out->tracker = t;
	out->session = &p->pub;
	out->datagram = d;
	out->at = 0;
	out->next = (uint32_t)d->payload.n;
	out->first = true;
	if (!(marks & NF_MARK_CUT)) {
		out->next = nf_next_message(d, 0, &out->msg);
		nf_learn(t, p, d, &out->msg, NF_PASS_MAIN, &marks);
	}
	if (marks & NF_MARK_HOLD)
		t->counts.bounds_reached++;
	out->learned = true;
	out->marks = marks;
	return NF_REFUSAL_NONE;
}

void nf_tracker_duplicate(struct nf_tracker *t)
{
	nf_hold_duplicate(&t->hold, t->ordinal);
}

void nf_tracker_give(struct nf_tracker *t, const struct nf_datagram *d)
{
	struct nf_peer *p = nf_sessions_find(&t->given, d);
	bool bound = false;
	uint8_t marks = 0;
	struct nf_msg m;

	if (judge(d, trusts(p, d), &m, &marks) != NF_REFUSAL_NONE || (marks & NF_MARK_CUT))
		return;
	if (p == NULL)
		p = nf_sessions_get(&t->given, d, &bound);
	p->pub.trusted = true;
	nf_learn(t, p, d, &m, NF_PASS_GIVE, &marks);
}

/* -- Views ---------------------------------------------------------------------------- */

void nf_view_bind(struct nf_tracker *t, struct nf_session *session, const struct nf_datagram *d,
		  uint32_t offset, const struct nf_msg *m, struct nf_view *v)
{
	v->msg = *m;
	v->datagram = d;
	v->session = session;
	v->offset = offset;
	v->trailing = (struct nf_span){ .off = 0 };
	v->followed = false;
	v->headerless = m->format == NULL;
	nf_clock_check(&v->msg, d);
	v->resolver = (struct nf_resolver){ .resolve = nf_resolve, .ctx = v };
	v->tracker = t;
	v->domain = NULL;
}

/* What stands behind the message: another one at NEXT, or octets that nobody claims. */
static void look_behind(struct nf_view *v, uint32_t next)
{
	uint32_t end = v->offset + (uint32_t)v->msg.bytes.n;
	uint32_t payload = (uint32_t)v->datagram->payload.n;

	v->followed = next < payload;
	if (!v->followed && end < payload)
		v->trailing = (struct nf_span){ .off = end, .len = payload - end };
}

static void report_behind(const struct nf_view *v, uint32_t next, const struct nf_sink *sink)
{
	uint32_t payload = (uint32_t)v->datagram->payload.n;
	struct nf_span behind = { .off = (uint32_t)v->msg.bytes.n, .len = payload - next };

	if (v->followed)
		nf_tell(sink, NF_PROBLEM_SECOND_MESSAGE, behind, 0, 0);
	behind.len = v->trailing.len;
	if (behind.len == 0)
		return;
	if (nf_all_zero(nf_slice(v->datagram->payload, v->trailing.off, behind.len)))
		nf_tell(sink, NF_PROBLEM_TRAILING_ZEROS, behind, behind.len, 0);
	else
		nf_tell(sink, NF_PROBLEM_TRAILING, behind, behind.len, 0);
}

static void report_marks(const struct nf_view *v, uint8_t marks, const struct nf_sink *sink)
{
	const struct nf_tracker_opts *opts = &v->tracker->opts;
	const struct nf_span none = { .off = 0 };

	if (v->offset == 0 && v->datagram->facts.udp_short)
		nf_tell(sink, NF_PROBLEM_UDP_SHORT, none, 0, 0);
	if (marks & NF_MARK_SESSION)
		nf_tell(sink, NF_PROBLEM_BOUND, none, opts->max_sessions, 0);
	if (v->offset == 0 && (marks & NF_MARK_HOLD))
		nf_tell(sink, NF_PROBLEM_BOUND, none, opts->max_hold, 0);
	if (marks & NF_MARK_SETS)
		nf_learn_report(v->tracker, v, sink);
}

bool nf_delivery_next(struct nf_delivery *d, struct nf_view *v, const struct nf_sink *sink)
{
	const struct nf_datagram *g = d->datagram;
	bool first = d->first;
	struct nf_msg m;

	d->first = false;
	if (first) {
		nf_view_bind(d->tracker, d->session, g, 0, &d->msg, v);
		if (sink != NULL && (d->marks & NF_MARK_HEADER))
			nf_msg_open(&m, g->payload, nf_sent_len(g, 0), sink);
	} else {
		d->at = d->next;
		if (d->at >= g->payload.n ||
		    !nf_msg_open(&m, nf_slice(g->payload, d->at, SIZE_MAX),
				 nf_sent_len(g, d->at), sink))
			return false;
		nf_view_bind(d->tracker, d->session, g, d->at, &m, v);
		d->next = nf_next_message(g, d->at, &m);
	}
	look_behind(v, d->next);
	report_behind(v, d->next, sink);
	if (d->marks != 0 || g->facts.udp_short)
		report_marks(v, d->marks, sink);
	return true;
}

bool nf_tracker_view(struct nf_tracker *t, const struct nf_datagram *d, uint32_t offset,
		     struct nf_view *v, const struct nf_sink *sink)
{
	struct nf_peer *p = nf_sessions_find(&t->sessions, d);
	uint32_t next = (uint32_t)d->payload.n;
	uint8_t marks = NF_MARK_SETS;
	struct nf_msg m;

	if (p == NULL || offset > d->payload.n)
		return false;
	if (nf_msg_open(&m, nf_slice(d->payload, offset, SIZE_MAX), nf_sent_len(d, offset), sink)) {
		next = nf_next_message(d, offset, &m);
	} else {
		if (offset != 0 || !trusts(p, d) || !header_cut(d->payload))
			return false;
		m = headerless(d);
		marks = 0;
	}
	if (p->shared)
		marks |= NF_MARK_SESSION;
	nf_view_bind(t, &p->pub, d, offset, &m, v);
	look_behind(v, next);
	report_behind(v, next, sink);
	report_marks(v, marks, sink);
	return true;
}

bool nf_tracker_meet(struct nf_tracker *t, const struct nf_datagram *d)
{
	bool bound = false;

	return nf_sessions_find(&t->sessions, d) != NULL ||
	       nf_sessions_get(&t->sessions, d, &bound) != NULL;
}

bool nf_tracker_late(struct nf_tracker *t, struct nf_late *late)
{
	if (!nf_hold_next(&t->hold, late))
		return false;
	nf_definition_renew(&t->store.definitions, nf_entry_of(late->resolution.version)->def);
	nf_view_bind(t, late->session, nf_hold_datagram(&t->hold), late->msg_offset, &late->msg,
		     &t->late);
	late->resolver = t->late.resolver;
	return true;
}

void nf_tracker_sweep(struct nf_tracker *t, int64_t now_ns)
{
	nf_hold_sweep(&t->hold, now_ns);
}

void nf_tracker_end(struct nf_tracker *t)
{
	nf_hold_end(&t->hold);
}

void nf_tracker_watch(struct nf_tracker *t, const struct nf_tracker_watch *w)
{
	t->watch = w != NULL ? *w : (struct nf_tracker_watch){ .ctx = NULL };
}

/* -- Listings ------------------------------------------------------------------------- */

const struct nf_tracker_counts *nf_tracker_counts(struct nf_tracker *t)
{
	struct nf_tracker_counts *c = &t->counts;

	c->sessions = t->sessions.n;
	c->exporters = t->sessions.nexporters;
	c->domains = t->store.ndomains;
	c->versions = t->store.nversions;
	c->layouts = t->store.definitions.nlayouts;
	c->hold_octets = t->hold.used;
	return c;
}

static int by_version_and_id(const void *a, const void *b)
{
	const struct nf_domain *x = *(struct nf_domain *const *)a;
	const struct nf_domain *y = *(struct nf_domain *const *)b;

	if (x->version != y->version)
		return x->version < y->version ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static int by_id(const void *a, const void *b)
{
	const struct nf_chain *x = *(struct nf_chain *const *)a;
	const struct nf_chain *y = *(struct nf_chain *const *)b;

	return (x->id > y->id) - (x->id < y->id);
}

/* The entry that IT points to, IT moved on to it; NULL at the end. */
static const struct nf_entry *entry_at(const struct nf_sessions *s, struct nf_version_iter *it)
{
	for (; it->session < s->n; it->session++, it->domain = 0) {
		struct nf_peer *p = s->list[it->session];

		if (p->unsorted) {
			qsort(p->domains, p->ndomains, sizeof(p->domains[0]), by_version_and_id);
			p->unsorted = false;
		}
		for (; it->domain < p->ndomains; it->domain++, it->chain = 0) {
			struct nf_domain *d = p->domains[it->domain];

			if (d->unsorted) {
				qsort(d->chains, d->nchains, sizeof(d->chains[0]), by_id);
				d->unsorted = false;
			}
			for (; it->chain < d->nchains; it->chain++, it->version = 0)
				if (it->version < d->chains[it->chain]->entries.n)
					return d->chains[it->chain]->entries.items[it->version];
		}
	}
	return NULL;
}

static bool is_in_force(const struct nf_entry *e)
{
	const struct nf_chain *c = e->chain;

	return e->version.layout != NULL && c->lost == UINT64_MAX &&
	       c->entries.items[c->entries.n - 1] == e;
}

bool nf_tracker_next_version(struct nf_tracker *t, struct nf_version_iter *it,
			     struct nf_version_info *info)
{
	const struct nf_entry *e = entry_at(it->given ? &t->given : &t->sessions, it);

	if (e == NULL)
		return false;
	it->version++;
	if (e->def != NULL)
		nf_definition_renew(&t->store.definitions, e->def);
	*info = (struct nf_version_info){
		.session = &e->chain->domain->session->pub,
		.domain = e->chain->domain->id,
		.export_version = e->chain->domain->version,
		.version = &e->version,
		.sent = e->sent,
		.first_ns = e->first_ns,
		.last_ns = e->last_ns,
		.in_force = is_in_force(e),
	};
	return true;
}

const struct nf_template *nf_version_template(const struct nf_version *v)
{
	const struct nf_definition *def = nf_entry_of(v)->def;

	return def != NULL ? &def->tmpl : NULL;
}
