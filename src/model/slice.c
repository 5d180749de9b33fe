#include <config.h>

#include "model/slice_internal.h"

#include "base/hash.h"
#include "base/mem.h"

enum { CHOSEN = 1, OPTIONS = 2 };		/* bits of a datagram */
enum { SENDS_FLOWS = 1, HAS_CHOSEN = 2 };	/* of an exporter */
enum { EXPORTERS_MAX = 1 << 17, SAID_MAX = 1 << 20 };

/* -- Tables ----------------------------------------------------------------------------- */

uint64_t slice_hash(uint64_t sum, const void *p, size_t n)
{
	return nf_fold(sum ^ 0x9e3779b97f4a7c15u,
		       nf_hash64((struct nf_bytes){ p, n }) ^ 0xbf58476d1ce4e5b9u);
}

uint64_t slice_hash_addr(const struct nf_addr *a)
{
	return slice_hash(a->family, a->octets, sizeof(a->octets));
}

static uint64_t (*slot_of(const struct slice_table *t, uint64_t key))[2]
{
	size_t i = key;

	while (t->slots[i & (t->cap - 1)][0] != 0 && t->slots[i & (t->cap - 1)][0] != key)
		i++;
	return &t->slots[i & (t->cap - 1)];
}

uint64_t slice_get(const struct slice_table *t, uint64_t key)
{
	return t->cap != 0 ? (*slot_of(t, key | 1))[1] : 0;
}

static bool grow(struct slice_table *t)
{
	struct slice_table larger = { .cap = t->cap != 0 ? 2 * t->cap : 256, .max = t->max };

	larger.slots = nf_zalloc(larger.cap * sizeof(*larger.slots));
	if (larger.slots == NULL)
		return false;
	for (size_t i = 0; i < t->cap; i++)
		if (t->slots[i][0] != 0)
			memcpy(slot_of(&larger, t->slots[i][0]), t->slots[i],
			       sizeof(t->slots[i]));
	larger.n = t->n;
	nf_free(t->slots);
	*t = larger;
	return true;
}

bool slice_put(struct slice_table *t, uint64_t key, uint64_t value)
{
	uint64_t (*slot)[2];

	if (t->n >= t->cap / 2 && t->n < t->max && !grow(t))
		return false;
	slot = slot_of(t, key | 1);
	if ((*slot)[0] == 0) {
		if (t->n >= t->max)
			return false;
		t->n++;
	}
	(*slot)[0] = key | 1;
	(*slot)[1] = value;
	return true;
}

/* -- Opening ---------------------------------------------------------------------------- */

struct slice *slice_new(struct nf_tracker *tracker)
{
	struct slice *s = nf_zalloc(sizeof(*s));

	if (s == NULL)
		return NULL;
	s->tracker = tracker;
	nf_strbuf_init(&s->message);
	s->exporters.max = s->domains.max = s->speakers.max = EXPORTERS_MAX;
	s->said.max = SAID_MAX;
	s->registry = nf_registry_new();
	s->written = s->registry != NULL ?
		     nf_tracker_new(&(struct nf_tracker_opts){ .scope = NF_SCOPE_SESSION },
				    s->registry) : NULL;
	s->scratch.n = NF_SCRATCH_WORDS;
	s->scratch.words = nf_alloc(s->scratch.n * sizeof(*s->scratch.words));
	if (s->written != NULL && s->scratch.words != NULL)
		return s;
	slice_free(s);
	return NULL;
}

void slice_free(struct slice *s)
{
	if (s == NULL)
		return;
	nf_tracker_free(s->written);
	nf_registry_free(s->registry);
	nf_free(s->scratch.words);
	nf_free(s->bits);
	nf_free(s->exporters.slots);
	nf_free(s->domains.slots);
	nf_free(s->speakers.slots);
	nf_free(s->said.slots);
	nf_free(s->needs);
	nf_free(s->owns);
	nf_strbuf_done(&s->message);
	nf_free(s);
}

const struct slice_counts *slice_counts(const struct slice *s)
{
	return &s->counts;
}

bool slice_coarse(const struct slice *s)
{
	return !s->fine;
}

/* -- What is chosen --------------------------------------------------------------------- */

static unsigned bits_of(const struct slice *s, uint64_t ordinal)
{
	return ordinal / 4 < s->cap_bits ? s->bits[ordinal / 4] >> ordinal % 4 * 2 & 3 : 0;
}

static bool mark(struct slice *s, uint64_t ordinal, unsigned bits)
{
	size_t before = s->cap_bits;
	void *all = s->bits;

	if (!nf_grow(&all, &s->cap_bits, ordinal / 4 + 1, 1))
		return false;
	s->bits = all;
	memset(s->bits + before, 0, s->cap_bits - before);
	s->bits[ordinal / 4] |= (uint8_t)(bits << ordinal % 4 * 2);
	return true;
}

static uint64_t domain_key(const struct nf_view *v)
{
	uint64_t domain = (uint64_t)v->msg.version << 32 | v->msg.domain;

	return slice_hash(0, &domain, sizeof(domain));
}

/*
 * A datagram that is flow export for what else its session sends (see nf_recognise) is to be
 * written with one that speaks for itself: the first one of the session.
 */
enum { NOBODY, WANTED, SPEAKER };	/* and the ordinal of that one is added to the last */

static bool introduce(struct slice *s, const struct nf_view *v, bool chosen)
{
	const struct nf_datagram *d = v->datagram;
	size_t sent = d->wire_len > d->payload.n ? d->wire_len : d->payload.n;
	uint64_t key, was;

	key = slice_hash(d->src.port, &d->dst.port, sizeof(d->dst.port));
	key = nf_fold(key ^ slice_hash_addr(&d->src.addr), slice_hash_addr(&d->dst.addr));
	was = slice_get(&s->speakers, key);
	if (was >= SPEAKER && !chosen)
		return true;
	if (nf_recognise(d->payload, (uint32_t)sent, false) != NF_REFUSAL_NONE) {
		if (was >= SPEAKER)
			return mark(s, was - SPEAKER, CHOSEN);
		if (chosen)
			slice_put(&s->speakers, key, WANTED);
		return true;
	}
	if (was < SPEAKER)
		slice_put(&s->speakers, key, d->ordinal + SPEAKER);
	return was != WANTED || mark(s, d->ordinal, CHOSEN);
}

bool slice_note(struct slice *s, const struct nf_view *v, bool chosen)
{
	uint64_t exporter = slice_hash_addr(&v->session->src.addr), was;
	bool flows = false, options = slice_has_options(v, &flows);
	unsigned bits = (chosen ? CHOSEN : 0) | (options ? OPTIONS : 0);

	was = slice_get(&s->exporters, exporter);
	if (chosen || (flows && (was & SENDS_FLOWS) == 0))
		slice_put(&s->exporters, exporter,
			  was | (flows ? SENDS_FLOWS : 0) | (chosen ? HAS_CHOSEN : 0));
	if (chosen) {
		slice_put(&s->domains, domain_key(v), 1);
		s->fine |= v->datagram->ts_fine;
	}
	if ((chosen || v->offset == 0) && !introduce(s, v, chosen))
		return false;
	return bits == 0 || mark(s, v->datagram->ordinal, bits);
}

bool slice_wants(const struct slice *s, uint64_t ordinal)
{
	return bits_of(s, ordinal) != 0;
}

/* -- Writing ---------------------------------------------------------------------------- */

int slice_emit(struct slice *s, struct record *r, const struct nf_datagram *like,
	       struct nf_err *err)
{
	struct nf_datagram d = *like;
	struct nf_delivery delivery;
	int status = record_datagram(r, &d, err);

	if (status < 0)
		return -1;
	s->counts.too_long += status > 0;
	d.ordinal = s->ordinal++;
	d.frame = s->ordinal;
	d.extents = NULL;
	d.nextents = 0;
	nf_tracker_feed(s->written, &d, &delivery);
	return 0;
}

/* The message of D at *AT, which moves on; false where there is none. */
static bool next_message(struct slice *s, const struct nf_datagram *d, uint32_t *at,
			 struct nf_view *v)
{
	if (*at == UINT32_MAX || !nf_tracker_view(s->tracker, d, *at, v, NULL))
		return false;
	*at = v->followed ? *at + nf_msg_extent(&v->msg) : UINT32_MAX;
	return !v->headerless;
}

static int out_of_memory(struct slice *s, struct nf_err *err)
{
	s->failed = true;
	return nf_err_memory(err);
}

static int write_chosen(struct slice *s, struct record *r, const struct nf_datagram *d,
			struct nf_err *err)
{
	struct nf_view v;
	uint32_t at = 0;

	s->nneeds = s->nowns = 0;
	while (next_message(s, d, &at, &v)) {
		if (!slice_collect(s, &v, false))
			return out_of_memory(s, err);
		slice_options(s, &v, false);
	}
	if (slice_define(s, r, d, err) < 0 || slice_emit(s, r, d, err) < 0)
		return -1;
	s->counts.datagrams++;
	slice_verify(s, d);
	return 0;
}

/* Does anybody whose datagrams are chosen need what the sender of V says? */
static bool says_for_chosen(const struct slice *s, const struct nf_view *v)
{
	uint64_t is = slice_get(&s->exporters, slice_hash_addr(&v->session->src.addr));

	if ((is & HAS_CHOSEN) != 0)
		return true;
	/* As model/join.h has it: who sends nothing else may speak for another. */
	return (is & SENDS_FLOWS) == 0 && slice_get(&s->domains, domain_key(v)) != 0;
}

static int write_options(struct slice *s, struct record *r, const struct nf_datagram *d,
			 struct nf_err *err)
{
	struct nf_datagram made = *d;
	struct nf_view v;
	uint32_t at = 0;

	while (next_message(s, d, &at, &v)) {
		s->nneeds = s->nowns = 0;
		nf_strbuf_clear(&s->message);
		if (!says_for_chosen(s, &v) || !slice_options(s, &v, true))
			continue;
		if (s->message.failed || !slice_collect(s, &v, true))
			return out_of_memory(s, err);
		if (slice_define(s, r, d, err) < 0)
			return -1;
		made.payload = (struct nf_bytes){ (const uint8_t *)s->message.p, s->message.n };
		made.wire_len = (uint32_t)s->message.n;
		if (slice_emit(s, r, &made, err) < 0)
			return -1;
		s->counts.options++;
	}
	return 0;
}

int slice_write(struct slice *s, struct record *r, const struct nf_datagram *d,
		struct nf_err *err)
{
	unsigned bits = bits_of(s, d->ordinal);

	if ((bits & CHOSEN) != 0)
		return write_chosen(s, r, d, err);
	return (bits & OPTIONS) != 0 ? write_options(s, r, d, err) : 0;
}
