/*
 * Records that were sent before: the same octets of the same layout in another message.
 *
 * REPEATS places hold the hashes of as many records; one that comes again behind more than that
 * is not found.  Of a layout with many records, one in SHARE is looked at, and its repeats count
 * for as many: whoever sends records twice sends most of them twice.
 */
#include <config.h>

#include "base/hash.h"
#include "check/flow.h"

enum {
	REPEATS = 16384,
	MANY = 65536,			/* records, from which on a share is enough */
	SHARE = 8,
	WITHIN = 60,			/* seconds, by the capture's clock */
	FIELDS = 5,			/* of a record that is not the same by chance */
};

struct check_repeat {
	uint64_t hash;
	uint32_t second;
	uint32_t message;		/* what tells messages apart */
};

/* Copies of a whole message have the same number in their header: they are no news here. */
static uint32_t message_of(const struct nf_msg *m)
{
	return m->format->at.sequence != 0 ? m->sequence : m->uptime_ms;
}

__attribute__((noinline))
static void again(const struct check_record *r, const struct check_step *s)
{
	const struct nf_rec *rec = r->rec;

	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_HLT_DUPLICATE_RECORDS, .at = r->at,
		.span = nf_span_of(rec->offset, rec->length), .tmpl = r->use->tmpl,
		.count = s->n > MANY ? SHARE : 1,
	});
}

/* a: a field that differs between records: the end of the flow. */
static void look(const struct check_record *r, struct check_step *s)
{
	struct check_repeat *table = s->state, *e;
	uint64_t hash;
	uint32_t second, message;

	if (s->n++ >= MANY && nf_fold(r->values[s->a] ^ r->values[s->b],
				      0x9e3779b97f4a7c15u) % SHARE != 0)
		return;
	hash = nf_hash64((struct nf_bytes){ r->rec->p, r->rec->length }) ^ (uintptr_t)r->use;
	second = (uint32_t)(r->at->datagram->ts_ns / 1000000000);
	message = message_of(r->at->msg);
	e = &table[hash % REPEATS];
	if (e->hash == hash && e->message != message && second - e->second <= WITHIN &&
	    r->at->copy == CHECK_ORIGINAL)
		again(r, s);
	*e = (struct check_repeat){ .hash = hash, .second = second, .message = message };
}

/* Only what says when, and what to be compared with, can be known to be the same flow. */
static int last_of(const struct nf_layout *l)
{
	static const uint8_t roles[] = {
		NF_ROLE_LAST_UPTIME, NF_ROLE_LAST_S, NF_ROLE_LAST_MS, NF_ROLE_LAST_US,
		NF_ROLE_LAST_NS,
	};

	for (size_t i = 0; i < sizeof(roles); i++)
		if (l->slot[roles[i]] >= 0)
			return l->slot[roles[i]];
	return -1;
}

void check_plan_repeats(struct check_plan *p)
{
	struct check_flow_capture *state = check_state(p->check, check_capture(p->check),
						       CHECK_GROUP_flow);
	const struct nf_layout *l = p->layout;
	int last = last_of(l), octets = l->slot[NF_ROLE_OCTETS];
	struct check_step *s;

	if (last < 0 || l->nfields < FIELDS || !check_wants(p->check, CHECK_HLT_DUPLICATE_RECORDS))
		return;
	if (state->repeats == NULL)
		state->repeats = check_alloc(p->check, REPEATS * sizeof(*state->repeats));
	if (state->repeats == NULL)
		return;
	check_applies(p->check, CHECK_HLT_DUPLICATE_RECORDS);
	s = check_plan_step(p, look);
	if (s == NULL)
		return;
	s->a = (uint16_t)last;
	s->b = (uint16_t)(octets >= 0 ? octets : last);
	s->state = state->repeats;
}
