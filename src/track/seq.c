#include <config.h>

#include "track/seq.h"

#include <string.h>

#include "base/hash.h"
#include "track/seq_internal.h"

enum {
	MAX_GAP = 1 << 24,
	MAX_BACK = 1 << 20,
	MAX_HOLES = 64,
	MAX_STREAMS = 65536,
	ID_WINDOW = 256,	/* the most Identifications that a counter skips, or is late by */
	FIRST = 64,		/* messages of a stream that are hashed whole in any case */
	WARY = 1024,		/* and those behind one whose number repeats */
};

struct nf_seq {
	struct nf_seq_opts opts;
	struct nf_arena arena;
	struct nf_map by_key, owners;
	struct nf_seq_state **list;
	size_t n, cap;
	struct nf_seq_state *last;
	uint64_t beyond;
	struct nf_seq_totals hidden;	/* where what is not shown is counted, for nobody */
};

static const char *const rule_names[NF_SEQ_RULES] = {
#define RULE(name, json, text) json,
#include "track/seq_rules.def"
#undef RULE
};

static const char *const rule_texts[NF_SEQ_RULES] = {
#define RULE(name, json, text) text,
#include "track/seq_rules.def"
#undef RULE
};

static const char *const kind_names[NF_SEQ_KINDS] = {
#define KIND(name, json) json,
#include "track/seq_kinds.def"
#undef KIND
};

const char *nf_seq_rule_name(enum nf_seq_rule rule)
{
	return rule_names[rule];
}

const char *nf_seq_rule_text(enum nf_seq_rule rule)
{
	return rule_texts[rule];
}

const char *nf_seq_kind_name(enum nf_seq_kind kind)
{
	return kind_names[kind];
}

const char *nf_seq_cause_name(enum nf_seq_cause cause)
{
	static const char *const names[NF_SEQ_CAUSES] = {
		[NF_SEQ_CAUSE_UNKNOWN] = "unknown",
		[NF_SEQ_CAUSE_CAPTURE] = "capture",
		[NF_SEQ_CAUSE_NETWORK] = "network",
		[NF_SEQ_CAUSE_EXPORTER] = "exporter",
	};

	return names[cause];
}

enum nf_seq_unit nf_seq_unit_of(uint16_t version)
{
	switch (version) {
	case 5: case 6: case 7: case 8: return NF_SEQ_UNIT_FLOWS;
	case 9: return NF_SEQ_UNIT_PACKETS;
	case 10: return NF_SEQ_UNIT_RECORDS;
	default: return NF_SEQ_NO_UNIT;
	}
}

const char *nf_seq_unit_name(const struct nf_seq_stream *s)
{
	switch (s->rule) {
	case NF_SEQ_COUNTS_AS_SPECIFIED:
		return s->unit == NF_SEQ_UNIT_FLOWS ? "flow" :
		       s->unit == NF_SEQ_UNIT_PACKETS ? "packet" : "record";
	case NF_SEQ_COUNTS_MESSAGES: return "message";
	case NF_SEQ_COUNTS_FLOWS: case NF_SEQ_COUNTS_FLOWS_AFTER: return "flow";
	case NF_SEQ_COUNTS_SETS: return "set";
	case NF_SEQ_COUNTS_OCTETS: return "octet";
	default: return "record";
	}
}

/* Rounded, but all or nothing only where it is that. */
uint64_t nf_seq_loss(const struct nf_seq_totals *t)
{
	uint64_t lost = t->lost, sent = t->lost + t->received, percent;

	while (sent > UINT64_MAX / 20000) {
		lost >>= 1;
		sent >>= 1;
	}
	percent = sent != 0 ? (lost * 20000 + sent) / (2 * sent) : 0;
	if (percent == 0 && t->lost != 0)
		return 1;
	return percent == 10000 && t->received != 0 ? 9999 : percent;
}

struct nf_seq *nf_seq_new(const struct nf_seq_opts *opts)
{
	struct nf_seq *q = nf_zalloc(sizeof(*q));

	if (q == NULL)
		return NULL;
	q->opts = *opts;
	if (q->opts.max_gap == 0)
		q->opts.max_gap = MAX_GAP;
	if (q->opts.max_back == 0)
		q->opts.max_back = MAX_BACK;
	if (q->opts.max_holes == 0)
		q->opts.max_holes = MAX_HOLES;
	if (q->opts.max_streams == 0)
		q->opts.max_streams = MAX_STREAMS;
	nf_arena_init(&q->arena);
	return q;
}

void nf_seq_free(struct nf_seq *q)
{
	if (q == NULL)
		return;
	for (size_t i = 0; i < q->n; i++)
		nf_free(q->list[i]->holes);
	nf_free(q->list);
	nf_map_done(&q->by_key);
	nf_map_done(&q->owners);
	nf_arena_done(&q->arena);
	nf_free(q);
}

const struct nf_seq_stream *nf_seq_stream_at(const struct nf_seq *q, size_t i)
{
	return i < q->n ? &q->list[i]->pub : NULL;
}

void nf_seq_settle(struct nf_seq *q)
{
	for (size_t i = 0; i < q->n; i++)
		nf_seq_settle_stream(q->list[i]);
}

const struct nf_seq_stream *nf_seq_last(const struct nf_seq *q)
{
	return q->last != NULL ? &q->last->pub : NULL;
}

uint64_t nf_seq_beyond(const struct nf_seq *q)
{
	return q->beyond;
}

bool nf_seq_failed(const struct nf_seq *q)
{
	return q->beyond != 0 && q->n < q->opts.max_streams;
}

/* -- Keys ----------------------------------------------------------------------------- */

static void owner_key(const struct nf_seq_key *k, uint64_t key[NF_SEQ_KEY_WORDS])
{
	memcpy(key, k->exporter.octets, sizeof(k->exporter.octets));
	key[2] = (uint64_t)k->session << 32 | k->exporter.family;
	key[3] = k->version;
	key[4] = 0;
	memcpy(key + 5, k->collector.octets, sizeof(k->collector.octets));
}

static void stream_key(const struct nf_seq_key *k, uint64_t key[NF_SEQ_KEY_WORDS])
{
	owner_key(k, key);
	key[3] |= (uint64_t)k->stream << 16 | (uint64_t)k->aggregation << 32;
	key[4] = k->domain;
}

static struct nf_seq_owner *owner_get(struct nf_seq *q, const struct nf_seq_key *k)
{
	uint64_t key[NF_SEQ_KEY_WORDS];
	struct nf_seq_owner *o;
	uint32_t hash;

	owner_key(k, key);
	hash = nf_hash(key, NF_SEQ_KEY_WORDS);
	o = nf_map_find(&q->owners, key, NF_SEQ_KEY_WORDS, hash);
	if (o != NULL)
		return o;
	o = nf_arena_alloc(&q->arena, sizeof(*o));
	if (o == NULL)
		return NULL;
	memcpy(o->key, key, sizeof(key));
	return nf_map_add(&q->owners, &o->node, o->key, NF_SEQ_KEY_WORDS, hash) ? o : NULL;
}

static struct nf_seq_state *add_stream(struct nf_seq *q, const struct nf_seq_key *k,
				       const uint64_t key[NF_SEQ_KEY_WORDS], uint32_t hash)
{
	struct nf_seq_owner *owner;
	struct nf_seq_state *s;
	void *list = q->list;

	if (q->n >= q->opts.max_streams ||
	    !nf_grow(&list, &q->cap, q->n + 1, sizeof(struct nf_seq_state *)))
		return NULL;
	q->list = list;
	owner = owner_get(q, k);
	s = owner != NULL ? nf_arena_alloc(&q->arena, sizeof(*s)) : NULL;
	if (s == NULL)
		return NULL;
	memcpy(s->key, key, sizeof(s->key));
	s->pub.key = *k;
	s->pub.index = (uint32_t)q->n;
	s->pub.unit = (uint8_t)nf_seq_unit_of(k->version);
	s->owner = owner;
	s->wary = FIRST;
	if (!nf_map_add(&q->by_key, &s->node, s->key, NF_SEQ_KEY_WORDS, hash))
		return NULL;
	q->list[q->n++] = s;
	return s;
}

static struct nf_seq_state *stream_get(struct nf_seq *q, const struct nf_seq_key *k)
{
	uint64_t key[NF_SEQ_KEY_WORDS];
	struct nf_seq_state *s;
	uint32_t hash;

	stream_key(k, key);
	hash = nf_hash(key, NF_SEQ_KEY_WORDS);
	s = nf_map_find(&q->by_key, key, NF_SEQ_KEY_WORDS, hash);
	return s != NULL ? s : add_stream(q, k, key, hash);
}

/* -- Messages ------------------------------------------------------------------------- */

struct nf_seq_event *nf_seq_tell(struct nf_seq_turn *t, enum nf_seq_kind kind, uint32_t expected)
{
	struct nf_seq_event *e = &t->out[t->nout++];

	*e = (struct nf_seq_event){
		.kind = (uint8_t)kind,
		.stream = &t->s->pub,
		.expected = expected,
		.got = t->m->sequence,
		.frame = t->m->frame,
		.file = t->m->file,
		.since_frame = t->s->frame,
		.since_file = t->s->file,
	};
	return e;
}

/*
 * The Identification of the exporter's packets: does it count them, and which did it skip?  One
 * that is late, or a copy, says nothing.
 */
static void identify(struct nf_seq_owner *o, const struct nf_seq_message *m)
{
	uint16_t step = (uint16_t)(m->ip_id - o->ip_id);

	if (!m->has_ip_id || (o->has_id && (o->ordinal == m->ordinal || step == 0)))
		return;
	o->ordinal = m->ordinal;
	if (o->has_id && o->steps >= NF_SEQ_AGREE && step >= 65536 - ID_WINDOW)
		return;
	if (!o->has_id || (step != 1 && (o->steps < NF_SEQ_AGREE || step > ID_WINDOW))) {
		o->steps = 0;
		o->epoch++;
	} else if (step == 1) {
		o->steps += o->steps < NF_SEQ_AGREE;
	} else {
		o->skipped += step - 1u;
	}
	o->has_id = true;
	o->ip_id = m->ip_id;
}

static unsigned recent_of(const struct nf_seq_state *s)
{
	return s->nrecent < NF_SEQ_RECENT ? s->nrecent : NF_SEQ_RECENT;
}

/*
 * Numbers tell messages apart, but for those of an exporter that does not count, or sends templates
 * alone: where they repeat, all octets are looked at, and at the beginning.
 */
static uint64_t whole_hash(struct nf_seq_state *s, const struct nf_seq_message *m, bool repeats)
{
	if (repeats)
		s->wary = WARY;
	if (s->wary == 0)
		return 0;
	s->wary--;
	return nf_hash64(m->bytes) | 1;
}

static bool number_repeats(const struct nf_seq_state *s, uint32_t sequence)
{
	bool repeats = false;

	for (unsigned i = 0; i < recent_of(s); i++)
		repeats |= s->sequences[i] == sequence;
	return repeats;
}

static const struct nf_seq_recent *came_before(const struct nf_seq_turn *t)
{
	for (unsigned i = 0; i < recent_of(t->s); i++) {
		const struct nf_seq_recent *r = &t->s->recent[i];

		if (t->s->sequences[i] == t->m->sequence && r->hash == t->m->hash &&
		    (r->whole == t->whole || r->whole == 0 || t->whole == 0))
			return r;
	}
	return NULL;
}

/* What the next message is held against. */
static void remember(struct nf_seq_turn *t)
{
	struct nf_seq_state *s = t->s;
	struct nf_seq_owner *o = s->owner;
	const struct nf_seq_message *m = t->m;
	uint32_t start, at;

	if (t->duplicate)
		return;
	at = s->nrecent++ % NF_SEQ_RECENT;
	s->sequences[at] = m->sequence;
	s->recent[at] = (struct nf_seq_recent){
		.hash = m->hash,
		.whole = t->whole,
		.frame = m->frame,
		.file = m->file,
	};
	if (t->former)
		return;
	o->last = &s->pub;
	o->last_sequence = m->sequence;
	o->last_known = nf_seq_units(m, (enum nf_seq_unit)s->pub.unit, NF_SEQ_COUNTS_AS_SPECIFIED,
				     &start, &o->last_units);
}

unsigned nf_seq_feed(struct nf_seq *q, const struct nf_seq_message *m, struct nf_seq_event *out)
{
	struct nf_seq_turn t = { .opts = &q->opts, .m = m, .out = out };
	enum nf_boot_said said = NF_BOOT_NOTHING;
	struct nf_seq_event *e;
	bool repeats;

	t.s = q->last = m->stream != NULL ? q->list[m->stream->index] : stream_get(q, &m->key);
	if (t.s == NULL) {
		q->beyond += !m->hidden;
		return 0;
	}
	t.totals = m->hidden ? &q->hidden : &t.s->pub.totals;
	repeats = number_repeats(t.s, m->sequence);
	t.whole = whole_hash(t.s, m, repeats);
	t.first = repeats ? came_before(&t) : NULL;
	t.duplicate = m->copy || t.first != NULL;
	identify(t.s->owner, m);
	if (m->has_uptime && !t.duplicate)
		said = nf_boot_step(&t.s->boot, m->uptime_ms, m->export_ms, m->capture_ms);
	t.restart = said == NF_BOOT_RESTART;
	t.former = said == NF_BOOT_FORMER;
	if (t.restart) {
		e = nf_seq_tell(&t, NF_SEQ_RESTART, t.s->expected);
		e->uptime_before_ms = t.s->boot.before_ms;
		e->uptime_ms = m->uptime_ms;
	}
	if (t.s->pub.unit != NF_SEQ_NO_UNIT)
		nf_seq_classify(&t);
	nf_seq_step(&t);
	remember(&t);
	return t.nout;
}

void nf_seq_message_of(struct nf_seq_message *m, const struct nf_view *v,
		       const struct nf_tally *tally, uint64_t drops)
{
	const struct nf_datagram *d = v->datagram;
	const struct nf_msg *msg = &v->msg;
	bool any_port = msg->version == 9;
	bool sctp = d->transport == NF_TRANSPORT_SCTP && msg->version == 10;

	*m = (struct nf_seq_message){
		.key = {
			.exporter = d->src.addr,
			.session = any_port ? NF_SEQ_ANY_SESSION : v->session->index,
			.domain = msg->domain,
			.version = msg->version,
			.stream = sctp ? d->facts.sctp_stream : 0,
			.aggregation = msg->aggregation,
		},
		.sequence = msg->sequence,
		.count = msg->count,
		.octets = (uint32_t)msg->bytes.n,
		.records = tally->flows + tally->options,
		.flows = tally->flows,
		.templates = tally->templates + tally->options_templates + tally->withdrawals,
		.sets = tally->sets,
		.exact = tally->exact,
		.hash = nf_hash_some(msg->bytes),
		.bytes = msg->bytes,
		.copy = d->facts.duplicate,
		.has_uptime = msg->format != NULL && msg->format->at.uptime != 0,
		.uptime_ms = msg->uptime_ms,
		.export_ms = (int64_t)msg->export_secs * 1000 + msg->export_nsecs / 1000000,
		.capture_ms = d->ts_ns / 1000000,
		.has_ip_id = d->src.addr.family == 4,
		.ip_id = d->facts.ip_id,
		.after_hole = d->facts.after_hole,
		.ordinal = d->ordinal,
		.frame = d->frame,
		.file = d->file,
		.drops = drops,
	};
	if (any_port)
		m->key.collector = d->dst.addr;
}
