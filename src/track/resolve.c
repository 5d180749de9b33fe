#include <config.h>

#include "track/internal.h"

/*
 * How far to look among other sessions' versions: an exporter that sends each datagram from a
 * new port has as many sessions as datagrams.
 */
enum { STEPS = 256 };

/*
 * Octets of a set are missing at its end, because the capture cut the message or because the
 * set's Length runs over it: such a set can only be judged by the records that are there whole.
 */
static bool is_partial(const struct nf_msg *m, struct nf_bytes body, uint32_t offset)
{
	if (m->bytes.n == 0 || body.p == NULL || body.p + body.n != m->bytes.p + m->bytes.n)
		return false;
	if (m->cut)
		return true;
	/* A set rather than a list: its header stands at OFFSET. */
	return body.p == m->bytes.p + offset + 4 && nf_be16(body.p - 2) > body.n + 4;
}

bool nf_fits(const struct nf_layout *layout, struct nf_bytes body, bool partial)
{
	if (!partial)
		return nf_layout_fits(layout, body);
	return layout->nvar == 0 && layout->min_len != 0 && body.n >= layout->min_len;
}

/* A data set, and the layout that was tried on it last. */
struct trial {
	const struct nf_view *v;
	struct nf_bytes body;
	bool partial;
	const struct nf_layout *last;
	unsigned steps;
};

static void use(struct nf_tracker *t, struct nf_resolution *out, const struct nf_entry *e,
		enum nf_how how)
{
	nf_definition_renew(&t->store.definitions, e->def);
	*out = (struct nf_resolution){
		.layout = e->version.layout,
		.version = &e->version,
		.how = (uint8_t)how,
		.why = NF_DECODED,
	};
}

/* A version in force that leaves the set undecoded. */
static void refuse(struct nf_resolution *out, const struct nf_entry *e)
{
	*out = (struct nf_resolution){
		.version = &e->version,
		.why = e->def == NULL ? NF_WITHDRAWN : NF_REJECTED,
	};
}

/* Is E of another session, with a layout that fits and was not tried just before? */
static bool try(struct trial *t, const struct nf_entry *e)
{
	const struct nf_layout *layout = e->version.layout;

	t->steps++;
	if (layout == NULL || layout == t->last || &e->chain->domain->session->pub == t->v->session)
		return false;
	t->last = layout;
	return nf_fits(layout, t->body, t->partial);
}

/* Nearest before, then first after. */
static const struct nf_entry *other_session(const struct nf_kin *kin, struct trial t,
					    uint64_t position)
{
	size_t at = nf_entries_upto(&kin->entries, position);

	for (size_t i = at; i > 0 && t.steps < STEPS; i--)
		if (try(&t, kin->entries.items[i - 1]))
			return kin->entries.items[i - 1];
	t.steps = 0;
	for (size_t i = at; i < kin->entries.n && t.steps < STEPS; i++)
		if (try(&t, kin->entries.items[i]))
			return kin->entries.items[i];
	return NULL;
}

/* The newest one of the same exporter address, else of any. */
static const struct nf_entry *given(const struct nf_kin *kin, struct trial t)
{
	const struct nf_addr *addr = &t.v->session->src.addr;
	const struct nf_entry *any = NULL;

	for (size_t i = kin->entries.n; i > 0 && t.steps < STEPS; i--) {
		const struct nf_entry *e = kin->entries.items[i - 1];
		bool ours = memcmp(&e->chain->domain->session->pub.src.addr, addr,
				   sizeof(*addr)) == 0;

		if (ours) {
			t.last = NULL;
		} else if (any != NULL) {
			t.steps++;
			continue;
		}
		if (!try(&t, e))
			continue;
		if (ours)
			return e;
		any = e;
	}
	return any;
}

/* The session itself has nothing in force at POSITION: steps 2 to 5. */
static void resolve_elsewhere(const struct trial *set, struct nf_chain *c, uint16_t id,
			      uint64_t position, struct nf_resolution *out)
{
	const struct nf_view *v = set->v;
	struct nf_tracker *t = v->tracker;
	const struct nf_exporter *exporter = nf_peer_of(v->session)->exporter;
	const struct nf_kin *kin;
	const struct nf_entry *e;
	size_t domains;

	e = c != NULL ? nf_chain_after(c, position) : NULL;
	if (e == NULL && t->opts.ahead != NULL)
		e = nf_ahead(t, v, id, position);
	if (e != NULL) {
		use(t, out, e, NF_LATE);
		out->misfit = nf_misfits(out->layout, set->body, set->partial);
		return;
	}
	kin = nf_store_kin(&t->store, exporter, v->msg.version, v->msg.domain, id);
	e = kin != NULL ? other_session(kin, *set, position) : NULL;
	if (e != NULL) {
		use(t, out, e, NF_OTHER_SESSION);
		return;
	}
	domains = nf_store_ids(&t->store, exporter, v->msg.version, id);
	*out = (struct nf_resolution){
		.why = t->opts.hold ? NF_PENDING :
		       domains > (kin != NULL) ? NF_OTHER_DOMAIN : NF_NEVER_DEFINED,
	};
	kin = nf_store_kin(&t->store, &t->given.last_exporter, v->msg.version, v->msg.domain, id);
	e = kin != NULL ? given(kin, *set) : NULL;
	if (e != NULL)
		use(t, out, e, NF_GIVEN);
}

void nf_resolve(void *ctx, uint16_t id, struct nf_bytes body, uint32_t offset,
		struct nf_resolution *out)
{
	struct nf_view *v = ctx;
	uint64_t position = nf_position(v->datagram, v->offset + offset);
	struct trial set = { .v = v, .body = body };
	const struct nf_entry *e = NULL;
	struct nf_chain *c = NULL;
	bool lost = false;

	if (id < 256 || v->msg.format == NULL) {
		*out = (struct nf_resolution){ .why = NF_NEVER_DEFINED };
		return;
	}
	if (v->domain == NULL)
		v->domain = nf_store_domain(&v->tracker->store, nf_peer_of(v->session),
					    v->msg.version, v->msg.domain);
	if (v->domain != NULL)
		c = nf_store_chain(&v->tracker->store, v->domain, id);
	if (c != NULL)
		e = nf_chain_at(c, position, &lost);
	set.partial = is_partial(&v->msg, body, offset);
	if (lost) {
		*out = (struct nf_resolution){ .why = NF_REJECTED };
	} else if (e == NULL) {
		resolve_elsewhere(&set, c, id, position, out);
	} else if (e->version.layout == NULL) {
		refuse(out, e);
	} else {
		use(v->tracker, out, e, NF_LIVE);
		out->misfit = nf_misfits(out->layout, body, set.partial);
	}
}
