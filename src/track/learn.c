#include <config.h>

#include "track/internal.h"

uint32_t nf_next_message(const struct nf_datagram *d, uint32_t at, const struct nf_msg *m)
{
	uint32_t end = at + nf_msg_extent(m);
	struct nf_bytes rest;

	if (end >= d->payload.n || end == at)
		return (uint32_t)d->payload.n;
	rest = nf_slice(d->payload, end, SIZE_MAX);
	return nf_msg_follows(rest, nf_sent_len(d, end)) ? end : (uint32_t)d->payload.n;
}

/* One message of a datagram, and what its learning found. */
struct lesson {
	struct nf_tracker *t;
	struct nf_peer *session;
	const struct nf_datagram *d;
	const struct nf_msg *m;
	uint32_t at;
	enum nf_pass pass;
	uint8_t marks;
	bool new;
};

/* Was another definition in force until E came? */
static bool redefines(const struct nf_entry *e)
{
	uint32_t number = e->version.number;

	return number > 1 && e->chain->entries.items[number - 2]->def != NULL;
}

/* E: the version that is new, if any. */
static void tell(const struct lesson *l, const struct nf_template *tmpl, enum nf_published what,
		 const struct nf_entry *e)
{
	const struct nf_tracker_watch *w = &l->t->watch;
	enum nf_lesson lesson = NF_LESSON_WITHDRAWN;

	if (w->lesson == NULL || l->pass != NF_PASS_MAIN || what == NF_PUBLISHED_COPY)
		return;
	if (what == NF_PUBLISHED_LOST)
		lesson = NF_LESSON_LOST;
	else if (e != NULL)
		lesson = redefines(e) ? NF_LESSON_REDEFINED : NF_LESSON_LEARNED;
	w->lesson(w->ctx, &l->session->pub, l->m->version, l->m->domain, tmpl, lesson);
}

static enum nf_published withdraw(const struct lesson *l, const struct nf_template *tmpl,
				  const struct nf_sending *sending)
{
	enum nf_published what;

	nf_hold_close(&l->t->hold, l->session, l->m->version, l->m->domain, tmpl->id);
	what = nf_store_withdraw(&l->t->store, tmpl, sending);
	tell(l, tmpl, what, NULL);
	return what;
}

static enum nf_published publish(struct lesson *l, const struct nf_template *tmpl)
{
	struct nf_sending sending = {
		.session = l->session,
		.datagram = l->d,
		.position = nf_position(l->d, l->at + tmpl->span.off),
		.version = l->m->version,
		.domain = l->m->domain,
		.count = l->pass == NF_PASS_MAIN,
	};
	const struct nf_entry *e = NULL;
	enum nf_published what;

	if (tmpl->kind == NF_TEMPLATE_WITHDRAWAL || tmpl->kind == NF_TEMPLATE_WITHDRAWAL_ALL) {
		l->marks |= NF_MARK_SETS;
		if (!nf_reliable(l->d))
			return NF_PUBLISHED_COPY;
		return withdraw(l, tmpl, &sending);
	}
	if (tmpl->id < 256)
		return NF_PUBLISHED_COPY;
	l->t->counts.templates_sent += sending.count;
	what = nf_store_define(&l->t->store, tmpl, &sending, &e);
	tell(l, tmpl, what, e);
	if (what == NF_PUBLISHED_NEW && e->version.layout != NULL && l->t->opts.hold &&
	    l->pass == NF_PASS_MAIN)
		nf_hold_release(&l->t->hold, e);
	return what;
}

static void learn_set(struct lesson *l, const struct nf_set *set)
{
	struct nf_templates templates;
	struct nf_template tmpl;

	/* Who knows what the octets of an overrunning set are: nothing is learned from it. */
	if (set->overrun)
		return;
	nf_templates_open(&templates, l->m, set, NULL);
	while (nf_template_next(&templates, &tmpl)) {
		switch (publish(l, &tmpl)) {
		case NF_PUBLISHED_NEW:
			l->new = true;
			break;
		case NF_PUBLISHED_LOST:
			l->marks |= NF_MARK_SETS;
			l->t->counts.lost += l->pass == NF_PASS_MAIN;
			l->t->counts.bounds_reached += l->pass == NF_PASS_MAIN;
			break;
		case NF_PUBLISHED_COPY:
			break;
		}
	}
}

/* What the tracker itself wants of data sets: type records, and to know of those it fails. */
static void learn_data(struct lesson *l, struct nf_domain *domain,
		       const struct nf_set *set)
{
	struct nf_chain *c = nf_store_chain(&l->t->store, domain, set->id);
	const struct nf_entry *e;
	bool lost;

	if (c == NULL)
		return;
	e = nf_chain_at(c, nf_position(l->d, l->at + set->offset), &lost);
	if (lost)
		l->marks |= NF_MARK_SETS;
	else if (e != NULL && e->def != NULL && e->def->types)
		nf_types_learn(l->t, l->m, set, e);
}

/*
 * Most messages carry data alone: is there anything else, or anything that only the cursor
 * can tell?
 */
static bool only_data(const struct nf_msg *m)
{
	const uint8_t *p = m->bytes.p;
	size_t n = m->bytes.n;
	size_t at = m->format->header_len;

	while (n - at >= 4) {
		size_t length = nf_be16(p + at + 2);

		if (nf_be16(p + at) < 256 || length < 4)
			return false;
		if (length > n - at)
			break;
		at += length;
	}
	return true;
}

static void learn_message(struct lesson *l)
{
	struct nf_domain *domain = nf_store_domain(&l->t->store, l->session, l->m->version,
						   l->m->domain);
	struct nf_sets sets;
	struct nf_set set;

	if (only_data(l->m) && (domain == NULL || !(domain->types || domain->gaps)))
		return;
	nf_sets_open(&sets, l->m, NULL);
	while (nf_set_next(&sets, &set)) {
		if (set.kind == NF_SET_TEMPLATE || set.kind == NF_SET_OPTIONS_TEMPLATE) {
			learn_set(l, &set);
			continue;
		}
		if (set.kind != NF_SET_DATA || l->pass == NF_PASS_AHEAD)
			continue;
		if (domain == NULL)	/* defined in this very message */
			domain = nf_store_domain(&l->t->store, l->session, l->m->version,
						 l->m->domain);
		if (domain != NULL && (domain->types || domain->gaps))
			learn_data(l, domain, &set);
	}
}

static void hold_set(struct lesson *l, struct nf_view *v, const struct nf_set *set)
{
	uint64_t position = nf_position(l->d, l->at + set->offset);
	struct nf_resolution resolution;
	struct nf_chain *c = NULL;
	bool closed, lost;

	if (v->domain != NULL)
		c = nf_store_chain(&l->t->store, v->domain, set->id);
	if (c != NULL && (nf_chain_at(c, position, &lost) != NULL || lost))
		return;
	nf_resolve(v, set->id, set->bytes, set->offset, &resolution);
	if (resolution.why != NF_PENDING)
		return;
	closed = c != NULL && nf_chain_closed(c, position);
	if (!nf_hold_put(&l->t->hold, v, set, closed))
		l->marks |= NF_MARK_HOLD;
}

/* Hold the data sets of a message that have no layout, now that all its templates are known. */
static void hold_message(struct lesson *l)
{
	struct nf_sets sets;
	struct nf_set set;
	struct nf_view v;

	nf_view_bind(l->t, &l->session->pub, l->d, l->at, l->m, &v);
	v.domain = nf_store_domain(&l->t->store, l->session, l->m->version, l->m->domain);
	nf_sets_open(&sets, l->m, NULL);
	while (nf_set_next(&sets, &set))
		if (set.kind == NF_SET_DATA)
			hold_set(l, &v, &set);
}

/* Do ACT for each of the messages of L, of which M is the first. */
static void each_message(struct lesson *l, const struct nf_msg *m,
			 void (*act)(struct lesson *l))
{
	struct nf_msg other;

	l->m = m;
	l->at = 0;
	for (;;) {
		if (l->m->format->dialect != NULL)
			act(l);
		l->at = nf_next_message(l->d, l->at, l->m);
		if (l->at >= l->d->payload.n ||
		    !nf_msg_open(&other, nf_slice(l->d->payload, l->at, SIZE_MAX),
				 nf_sent_len(l->d, l->at), NULL))
			return;
		l->m = &other;
	}
}

bool nf_learn(struct nf_tracker *t, struct nf_peer *session, const struct nf_datagram *d,
	      const struct nf_msg *m, enum nf_pass pass, uint8_t *marks)
{
	struct lesson l = { .t = t, .session = session, .d = d, .pass = pass };

	each_message(&l, m, learn_message);
	if (t->opts.hold && pass == NF_PASS_MAIN)
		each_message(&l, m, hold_message);
	*marks |= l.marks;
	return l.new;
}

/* -- Reports -------------------------------------------------------------------------- */

/* Was ID in force just before POSITION? */
static bool was_in_force(struct nf_chain *c, uint64_t position)
{
	const struct nf_entry *e;
	bool lost;

	if (c == NULL || position == 0)
		return false;
	e = nf_chain_at(c, position - 1, &lost);
	return lost || (e != NULL && e->def != NULL);
}

static struct nf_chain *chain_of(struct nf_tracker *t, const struct nf_view *v, uint16_t id)
{
	struct nf_domain *domain = nf_store_domain(&t->store, nf_peer_of(v->session),
						   v->msg.version, v->msg.domain);

	return domain != NULL ? nf_store_chain(&t->store, domain, id) : NULL;
}

static void report_template(struct nf_tracker *t, const struct nf_view *v,
			    const struct nf_template *tmpl, const struct nf_sink *sink)
{
	uint64_t position = nf_position(v->datagram, v->offset + tmpl->span.off);
	struct nf_chain *c = chain_of(t, v, tmpl->id);

	switch (tmpl->kind) {
	case NF_TEMPLATE_WITHDRAWAL:
	case NF_TEMPLATE_WITHDRAWAL_ALL:
		if (!nf_reliable(v->datagram))
			nf_tell(sink, NF_PROBLEM_WITHDRAWAL_UDP, tmpl->span, tmpl->id, 0);
		else if (tmpl->kind == NF_TEMPLATE_WITHDRAWAL && !was_in_force(c, position))
			nf_tell(sink, NF_PROBLEM_WITHDRAWAL_UNKNOWN, tmpl->span, tmpl->id, 0);
		break;
	default:
		if (tmpl->id >= 256 && (c == NULL || position >= c->lost))
			nf_tell(sink, NF_PROBLEM_BOUND, tmpl->span, t->opts.max_templates, 0);
	}
}

/* A data set whose template found no room. */
static void report_data(struct nf_tracker *t, const struct nf_view *v, const struct nf_set *set,
			const struct nf_sink *sink)
{
	struct nf_chain *c = chain_of(t, v, set->id);
	const struct nf_span span = { .off = set->body, .len = (uint32_t)set->bytes.n };

	if (c != NULL && nf_position(v->datagram, v->offset + set->offset) >= c->lost)
		nf_tell(sink, NF_PROBLEM_BOUND, span, t->opts.max_templates, 0);
}

void nf_learn_report(struct nf_tracker *t, const struct nf_view *v, const struct nf_sink *sink)
{
	struct nf_sets sets;
	struct nf_set set;

	if (sink == NULL || v->msg.format == NULL || v->msg.format->dialect == NULL)
		return;
	nf_sets_open(&sets, &v->msg, NULL);
	while (nf_set_next(&sets, &set)) {
		struct nf_templates templates;
		struct nf_template tmpl;

		if (set.kind == NF_SET_DATA)
			report_data(t, v, &set, sink);
		if ((set.kind != NF_SET_TEMPLATE && set.kind != NF_SET_OPTIONS_TEMPLATE) ||
		    set.overrun)
			continue;
		nf_templates_open(&templates, &v->msg, &set, NULL);
		while (nf_template_next(&templates, &tmpl))
			report_template(t, v, &tmpl, sink);
	}
}
