/*
 * Datagrams that came twice: by the capture's doing, or by the sender's.
 */
#include <config.h>

#include "base/hash.h"
#include "check/internal.h"

enum { HEAD = 32 };		/* octets: a message header, which has a number or a time */

/* How long a frame takes at most to the second place where it is captured. */
static const uint64_t UNDERWAY_NS = 1000000000;

static uint64_t key_of(const struct check_at *at)
{
	uint64_t key[3] = {
		nf_hash64(nf_slice(at->datagram->payload, 0, HEAD)), at->datagram->wire_len,
		at->view->session->index,
	};

	/* Not nf_hash: which ones share a place must not differ from run to run. */
	return nf_hash_words(1, 3, key, 3) | 1;
}

/*
 * Streams have no copies; a packet of its own has another Identification (RFC 6864), if it has one
 * at all.
 */
static bool sent_twice(const struct check_sent *s, const struct nf_datagram *d)
{
	uint64_t apart = d->ts_ns > s->ts_ns ? (uint64_t)d->ts_ns - (uint64_t)s->ts_ns :
					       (uint64_t)s->ts_ns - (uint64_t)d->ts_ns;

	if (d->transport != NF_TRANSPORT_UDP)
		return true;
	if (s->ip_id != 0 && d->facts.ip_id != 0)
		return s->ip_id != d->facts.ip_id;
	return apart > UNDERWAY_NS;
}

void check_copy_look(struct check *c, struct check_at *at)
{
	const struct nf_datagram *d = at->datagram;
	const uint64_t key = key_of(at);
	struct check_sent *s = &c->sent[key % CHECK_SENT];

	if (d->facts.duplicate) {
		at->copy = CHECK_CAPTURED_TWICE;
		if (s->key == key) {
			at->twin_frame = s->frame;
			at->twin_file = s->file;
			if (sent_twice(s, d))
				at->copy = CHECK_SENT_TWICE;
		}
	}
	if (at->view->offset == 0 && at->copy == CHECK_ORIGINAL)
		*s = (struct check_sent){ key, d->frame, d->ts_ns, d->file, d->facts.ip_id };
}
