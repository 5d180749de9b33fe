/*
 * Look-ahead: a second source over the same inputs, read for its templates from where it
 * stopped the last time.
 *
 * Sessions are recognised here as the main pass will do it: a session is trusted where the
 * main pass trusts it, which stands before all that is read here, or where it was recognised
 * here.  What the main pass has already learned is skipped.
 */
#include <config.h>

#include "track/internal.h"

/* Learn D's templates; true if something new was defined. */
static bool learn(struct nf_tracker *t, const struct nf_datagram *d)
{
	uint32_t sent = nf_sent_len(d, 0);
	struct nf_peer *p = nf_sessions_find(&t->sessions, d);
	bool trusted = d->transport == NF_TRANSPORT_FILE ||
		       (p != NULL && (p->pub.trusted || p->seen_ahead));
	bool bound = false;
	uint8_t marks = 0;
	struct nf_msg m;

	if (!trusted && nf_recognise(d->payload, sent, false) != NF_REFUSAL_NONE)
		return false;
	if (!nf_msg_open(&m, d->payload, sent, NULL))
		return false;
	if (p == NULL)
		p = nf_sessions_get(&t->sessions, d, &bound);
	p->seen_ahead = true;
	return nf_learn(t, p, d, &m, NF_PASS_AHEAD, &marks);
}

const struct nf_entry *nf_ahead(struct nf_tracker *t, const struct nf_view *v, uint16_t id,
				uint64_t position)
{
	struct nf_peer *session = nf_peer_of(v->session);
	const struct nf_entry *e = NULL;
	struct nf_datagram d;

	while (e == NULL && !t->ahead_ended) {
		struct nf_domain *domain;
		struct nf_chain *c;

		if (!t->opts.ahead(t->opts.ahead_ctx, &d)) {
			t->ahead_ended = true;
			break;
		}
		t->counts.ahead_datagrams++;
		if ((t->fed && d.ordinal <= t->ordinal) || !learn(t, &d))
			continue;
		domain = nf_store_domain(&t->store, session, v->msg.version, v->msg.domain);
		c = domain != NULL ? nf_store_chain(&t->store, domain, id) : NULL;
		e = c != NULL ? nf_chain_after(c, position) : NULL;
	}
	return e;
}
