/*
 * What octets count.  Those of IP packets is what the elements mean (IANA: octetDeltaCount
 * "includes IP header(s) and IP payload"); what else exporters count is found out from all flows
 * whose packets are as many as there were, and is one item.
 */
#include <config.h>

#include "model/verify_internal.h"

#include <inttypes.h>

struct model {
	enum verify_kind kind;
	int8_t before, behind;		/* all of that is counted, too */
	int8_t packet;			/* so much more of a packet */
	int8_t header;			/* IP headers without options: taken off so often */
};

/* The ones in front are thought of first. */
static const struct model models[VERIFY_MODELS] = {
	{ .kind = VERIFY_KINDS },
	{ .kind = VERIFY_OCTETS_TRAILER, .behind = 1 },
	{ .kind = VERIFY_OCTETS_L2, .before = 1, .behind = 1 },
	{ .kind = VERIFY_OCTETS_L2, .before = 1 },
	{ .kind = VERIFY_OCTETS_L2, .packet = 14 },
	{ .kind = VERIFY_OCTETS_L2, .packet = 14, .behind = 1 },
	{ .kind = VERIFY_OCTETS_L2, .before = 1, .behind = 1, .packet = 4 },	/* and the FCS */
	{ .kind = VERIFY_OCTETS_PAYLOAD, .header = 1 },
};

static uint64_t octets_by(const struct model *m, const struct meter_counts *n, unsigned family)
{
	uint64_t octets = n->octets + (uint64_t)m->packet * n->packets +
			  (uint64_t)m->before * n->before + (uint64_t)m->behind * n->behind;
	uint64_t headers = (uint64_t)m->header * (family == 6 ? 40 : 20) * n->packets;

	return octets > headers ? octets - headers : 0;
}

/* Where all of them say the same, they say nothing. */
void verify_octets_vote(const struct verify_case *c, const struct verify_row *r,
			const struct verify_span *span)
{
	if ((r->has & VERIFY_HAS_OCTETS) == 0)
		return;
	for (unsigned i = 0; i < VERIFY_MODELS; i++)
		c->d->models[i] += octets_by(&models[i], &span->counts,
					     c->key.src.family) == r->octets;
}

void verify_octets_choose(struct verify *v)
{
	for (size_t i = 0; i < v->ndomains; i++) {
		struct verify_domain *d = v->domains[i];

		for (unsigned m = 1; m < VERIFY_MODELS; m++)
			if (d->models[m] > d->models[d->model])
				d->model = m;
	}
}

bool verify_wrapped(uint64_t said, uint64_t n, unsigned width)
{
	uint64_t field = width < 8 ? (uint64_t)1 << 8 * width : 0;
	uint64_t usual = (uint64_t)1 << 32;

	return (field != 0 && n >= field && said == n % field) ||
	       (n >= usual && said == n % usual);
}

/* The model that R is by: the domain's rather than another; NULL: none. */
static const struct model *model_of(const struct verify_case *c, const struct verify_row *r,
				    const struct verify_span *span)
{
	const unsigned family = c->key.src.family;
	unsigned own = c->d->model;

	if (octets_by(&models[own], &span->counts, family) == r->octets)
		return &models[own];
	for (unsigned i = 0; i < VERIFY_MODELS; i++)
		if (octets_by(&models[i], &span->counts, family) == r->octets)
			return &models[i];
	return NULL;
}

void verify_octets(struct verify_case *c, const struct verify_row *r,
		   const struct verify_span *span)
{
	const uint64_t truth = span->counts.octets;
	uint64_t off = r->octets > truth ? r->octets - truth : truth - r->octets;
	const struct model *m = &models[0];
	struct verify_worst *w;
	enum verify_kind kind;

	if ((r->has & VERIFY_HAS_OCTETS) == 0)
		return;
	for (unsigned i = 0; i < VERIFY_MODELS; i++)
		if (models[i].kind != VERIFY_KINDS)
			verify_asks(c, models[i].kind);
	verify_asks(c, VERIFY_OCTETS_OTHER);
	if (r->octets == truth)
		return;
	kind = VERIFY_OCTETS_OTHER;
	if (verify_wrapped(r->octets, truth, r->octets_width))
		kind = VERIFY_WRAPPED;
	else if ((m = model_of(c, r, span)) != NULL)
		kind = m->kind;
	w = verify_say(c, kind, (double)off, 0, off);
	verify_said(w, "%" PRIu64 " octets", r->octets);
	verify_asked(w, "%" PRIu64, truth);
}
