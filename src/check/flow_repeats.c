/*
 * Records that were sent before: the same octets of the same layout in another message.
 *
 * PLACES hold the hashes of as many records; one that comes again behind more than that is not
 * found.  Behind the first ALL records, a share is looked at, by what they hold, and each repeat
 * stands for as many: whoever sends records twice sends most of them
 * twice.
 */
#include <config.h>

#include "base/hash.h"
#include "check/flow.h"

enum {
	PLACES = 16384,
	ALL = 16384, SHARE = 64,	/* all records at first; behind them one in .. */
	WITHIN = 60,			/* seconds, by the capture's clock */
};

struct repeat {
	uint64_t hash;
	uint32_t second;
	uint32_t message;		/* what tells messages apart */
};

struct check_repeats {
	uint64_t records;
	struct repeat v[PLACES];
};

/* Copies of a whole message have the same number in their header: they are no news here. */
static uint32_t message_of(const struct nf_msg *m)
{
	return m->format->at.sequence != 0 ? m->sequence : m->uptime_ms;
}

static void claim(const struct check_record *r, uint64_t count)
{
	const struct nf_rec *rec = r->rec;

	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_HLT_DUPLICATE_RECORDS, .at = r->at,
		.span = nf_span_of(rec->offset, rec->length), .tmpl = r->use->tmpl,
		.count = count,
	});
}

/* By fields that differ from record to record: all copies of one are in the share, or none. */
static inline uint64_t is_in_share(uint64_t a, uint64_t b)
{
	return ((a ^ b << 32) * 0x9e3779b97f4a7c15u >> 32) - UINT32_MAX / SHARE;
}

static uint64_t hash_of(const struct nf_rec *rec, const struct check_use *use)
{
	return nf_hash64((struct nf_bytes){ rec->p, rec->length }) ^ use->index;
}

static struct repeat *place_of(struct check_repeats *repeats, uint64_t hash)
{
	return &repeats->v[hash % PLACES];
}

NF_WIDE
static uint64_t sift_repeats(const struct check_rows *rows, struct check_step *s)
{
	struct check_repeats *repeats = s->state;
	const uint64_t *last = check_column(rows, s->a), *octets = check_column(rows, s->b);
	const size_t ample = check_ample(rows);
	uint64_t met = 0;

	if (repeats->records < ALL)
		return check_all_rows(rows);
	for (size_t i = 0; i < ample; i++)
		met |= is_in_share(last[i], octets[i]) >> CHECK_TOP << i;
	met &= check_all_rows(rows);
	for (uint64_t left = met; left != 0; left &= left - 1)
		__builtin_prefetch(place_of(repeats, hash_of(&rows->recs[__builtin_ctzll(left)],
							     rows->at->use)), 1);
	return met;
}

static void look(const struct check_record *r, struct check_step *s)
{
	const uint64_t hash = hash_of(r->rec, r->use);
	const uint32_t second = (uint32_t)(r->at->datagram->ts_ns / 1000000000);
	const uint32_t message = message_of(r->at->msg);
	struct check_repeats *repeats = s->state;
	struct repeat *e = place_of(repeats, hash);

	if (repeats->records >= ALL &&
	    !check_yes(is_in_share(check_value(r, s->a), check_value(r, s->b))))
		return;
	if (e->hash == hash && e->message != message && second - e->second <= WITHIN &&
	    r->at->copy == CHECK_ORIGINAL)
		claim(r, repeats->records < ALL ? 1 : SHARE);
	*e = (struct repeat){ .hash = hash, .second = second, .message = message };
	repeats->records++;
}

static struct check_repeats *repeats_of(struct check *c)
{
	struct check_flow_capture *state = check_state(c, check_capture(c), CHECK_GROUP_flow);

	if (state->repeats == NULL)
		state->repeats = check_alloc(c, sizeof(*state->repeats));
	return state->repeats;
}

void check_plan_repeats(struct check_plan *p)
{
	int last = check_last_of(p->layout), octets = p->layout->slot[NF_ROLE_OCTETS];
	struct check_repeats *repeats = last >= 0 ? repeats_of(p->check) : NULL;
	struct check_step *s;

	if (repeats == NULL)
		return;
	check_applies(p->check, CHECK_HLT_DUPLICATE_RECORDS);
	s = check_plan_field(p, look, last);
	if (s == NULL)
		return;
	s->sift = sift_repeats;
	s->b = (uint16_t)(octets >= 0 ? octets : last);
	s->state = repeats;
	check_plan_column(p, s->a);
	check_plan_column(p, s->b);
}
