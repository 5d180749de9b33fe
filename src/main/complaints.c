#include <config.h>

#include "main/complaints.h"

#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "base/strbuf.h"
#include "out/out.h"

enum { WAYS = 8, OCTETS = 16 };

static const int64_t second = 1000000000;

/* Its own, or that of whoever in its neighbourhood was silent for longest. */
static struct complaints_sender *sender(struct complaints *c, const struct nf_addr *a,
					int64_t now_ns)
{
	uint64_t key[3];
	struct complaints_sender *row, *oldest;

	memcpy(key, a->octets, sizeof(a->octets));
	key[2] = a->family;
	row = &c->senders[nf_hash(key, 3) % (COMPLAINTS_SENDERS / WAYS) * WAYS];
	oldest = row;
	for (unsigned i = 0; i < WAYS; i++) {
		if (memcmp(&row[i].addr, a, sizeof(*a)) == 0)
			return &row[i];
		if (row[i].said_ns < oldest->said_ns)
			oldest = &row[i];
	}
	c->unsaid += oldest->unsaid;
	*oldest = (struct complaints_sender){ .addr = *a, .said_ns = now_ns - second };
	return oldest;
}

void complaints_text(struct nf_strbuf *s, const struct nf_datagram *d, enum nf_refusal why)
{
	size_t n = d->payload.n < OCTETS ? d->payload.n : OCTETS;

	out_endpoint(s, &d->src);
	nf_sb_str(s, ": ");
	nf_sb_forms(s, nf_refusal_text[why], 1);
	nf_sb_str(s, ", ");
	out_count(s, d->payload.n, "octet");
	if (n == 0)
		return;
	nf_sb_str(s, ": ");
	nf_sb_hex(s, d->payload.p, n);
	if (n < d->payload.n)
		nf_sb_str(s, "...");
}

static void say(struct complaints *c, struct report *report, struct complaints_sender *from,
		const struct nf_datagram *d, enum nf_refusal why)
{
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	complaints_text(&s, d, why);
	if (from->unsaid != 0)
		nf_sb_printf(&s, " (%" PRIu64 " more of this sender since)", from->unsaid);
	if (c->unsaid != 0)
		nf_sb_printf(&s, " (%" PRIu64 " of other senders)", c->unsaid);
	report_note(report, "%s", nf_strbuf_cstr(&s));
	nf_strbuf_done(&s);
	from->unsaid = c->unsaid = 0;
}

void complaints_refused(struct complaints *c, struct report *report, int64_t now_ns,
			const struct nf_datagram *d, enum nf_refusal why)
{
	struct complaints_sender *from = sender(c, &d->src.addr, now_ns);

	if (!c->begun || now_ns - c->second_ns >= second) {
		c->begun = true;
		c->second_ns = now_ns;
		c->said = 0;
	}
	if (now_ns - from->said_ns < second || c->said == COMPLAINTS_A_SECOND) {
		from->unsaid++;
		return;
	}
	c->said++;
	from->said_ns = now_ns;
	say(c, report, from, d, why);
}
