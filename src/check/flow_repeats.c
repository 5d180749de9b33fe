/*
 * Records that were sent before: the same octets of the same layout in another message.
 *
 * CHECK_REPEATS places hold the hashes of as many records; one that comes again behind more than
 * that is not found.  Behind the first CHECK_REPEATS_ALL records, a share is looked at, by what
 * they hold, and each repeat stands for as many: whoever sends records twice sends most of them
 * twice.
 */
#include <config.h>

#include "base/hash.h"
#include "check/flow.h"

enum { WITHIN = 60 /* seconds, by the capture's clock */ };

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

void check_repeats_look(const struct check_record *r, struct check_repeats *repeats)
{
	const struct nf_bytes octets = { r->rec->p, r->rec->length };
	const uint64_t hash = nf_hash64(octets) ^ r->use->index;
	const uint32_t second = (uint32_t)(r->at->datagram->ts_ns / 1000000000);
	const uint32_t message = message_of(r->at->msg);
	struct check_repeat *e = &repeats->v[hash % CHECK_REPEATS];

	if (e->hash == hash && e->message != message && second - e->second <= WITHIN &&
	    r->at->copy == CHECK_ORIGINAL)
		claim(r, repeats->records < CHECK_REPEATS_ALL ? 1 : CHECK_REPEATS_SHARE);
	*e = (struct check_repeat){ .hash = hash, .second = second, .message = message };
	repeats->records++;
}
