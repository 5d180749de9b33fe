/*
 * Sequence numbers: what they say is missing, late, twice, and what they count.
 */
#include <config.h>

#include <string.h>

#include "check/clock.h"
#include "check/sequence.h"

/* Datagrams of an exporter that lack a fragment, or were cut: what is missing is told there. */
enum { LACKS = 8 };

/* What a counter that began a few messages ago has reached at most. */
enum { NEAR_ZERO = 65535 };

struct sequence_lack {
	struct nf_addr exporter;
	uint64_t n;
};

static struct sequence_capture *capture_state(struct check *c)
{
	return check_state(c, check_capture(c), CHECK_GROUP_sequence);
}

static struct sequence_stream *stream_state(struct check *c, const struct check_stream *s)
{
	return check_state(c, &s->holder, CHECK_GROUP_sequence);
}

const char *sequence_units(const struct nf_seq_stream *s, uint64_t n)
{
	static const char *const many[][2] = {
		{ "flow", "flows" }, { "packet", "packets" }, { "record", "data records" },
		{ "message", "messages" }, { "set", "sets" }, { "octet", "octets" },
	};
	const char *one = nf_seq_unit_name(s);
	bool records = strcmp(one, "record") == 0;

	for (unsigned i = 0; n != 1 && i < sizeof(many) / sizeof(many[0]); i++)
		if (strcmp(many[i][0], one) == 0)
			return many[i][1];
	return records ? "data record" : one;
}

/* -- Claims --------------------------------------------------------------------------- */

/* Of v9, whose streams have several sessions, the first one's stream stands for all. */
struct check_claim sequence_claim(const struct sequence *s, enum check_rule_id rule,
				  const struct check_at *at)
{
	struct check_claim claim = {
		.rule = rule, .stream = s->owner, .key = s->key, .at = at,
		.likely = s->stream->likely,
	};

	if (at != NULL)
		claim.span = sequence_span(at);
	return claim;
}

void sequence_withdraw(struct check *c, const struct sequence *s, enum check_rule_id rule)
{
	check_withdraw_key(c, s->owner, rule, s->key);
}

/* -- Streams -------------------------------------------------------------------------- */

static bool room(struct check *c, struct sequence_capture *state)
{
	struct sequence **list;

	if (state->n < state->cap)
		return true;
	list = check_alloc(c, (state->cap * 2 + 16) * sizeof(struct sequence *));
	if (list == NULL)
		return false;
	if (state->n != 0)
		memcpy(list, state->list, state->n * sizeof(struct sequence *));
	state->list = list;
	state->cap = state->cap * 2 + 16;
	return true;
}

/* That of the message just fed.  Streams are met here in the order of their indices. */
static struct sequence *sequence_of(struct check *c, const struct check_at *at)
{
	const struct nf_seq_stream *stream = nf_seq_last(check_seq(c));
	struct sequence_capture *state = capture_state(c);
	struct sequence *s;

	if (stream == NULL)
		return NULL;
	if (stream->index < state->n)
		return state->list[stream->index];
	if (stream->index != state->n || !room(c, state))
		return NULL;
	s = check_alloc(c, sizeof(*s));
	if (s == NULL)
		return NULL;
	*s = (struct sequence){
		.stream = stream, .owner = at->stream,
		.key = (uint64_t)stream->key.aggregation << 16 | stream->key.stream,
	};
	state->list[state->n++] = s;
	return s;
}

static struct sequence_trouble *trouble_of(struct check *c, struct sequence *s)
{
	if (s->trouble == NULL)
		s->trouble = check_alloc(c, sizeof(*s->trouble));
	return s->trouble;
}

/* -- What messages say ---------------------------------------------------------------- */

bool sequence_is_lack(struct check *c, const struct sequence *s, uint32_t lost)
{
	struct sequence_lack *lacks = capture_state(c)->lacks;
	uint64_t n = s->stream->unit == NF_SEQ_UNIT_PACKETS ? lost : 1;

	for (unsigned i = 0; lacks != NULL && i < LACKS; i++) {
		if (lacks[i].n >= n && nf_same_addr(&lacks[i].exporter, &s->owner->id.src.addr)) {
			lacks[i].n -= n;
			return true;
		}
	}
	return false;
}

static void late(struct check *c, struct sequence *s, const struct check_at *at,
		 const struct nf_seq_event *e)
{
	struct check_claim claim = sequence_claim(s, CHECK_SEQ_REORDERED, at);
	struct nf_strbuf how;

	nf_strbuf_init(&how);
	if (e->late_by != 0) {
		nf_sb_u64(&how, e->late_by);
		nf_sb_forms(&how, " {message|messages} ", e->late_by);
	}
	nf_sb_str(&how, "late");
	claim.args[0].u = e->got;
	claim.args[1].s = nf_strbuf_cstr(&how);
	check_claim(c, &claim);
	nf_strbuf_done(&how);
}

static void duplicate(struct check *c, struct sequence *s, const struct check_at *at,
		      const struct nf_seq_event *e)
{
	struct check_claim claim = sequence_claim(s, CHECK_SEQ_DUPLICATE, at);

	/* Templates may well be sent several times (RFC 7011 section 8.4). */
	if (at->copy == CHECK_CAPTURED_TWICE || at->tally.data_sets == 0)
		return;
	claim.other_frame = e->since_frame != 0 ? e->since_frame : at->twin_frame;
	claim.other_file = e->since_frame != 0 ? e->since_file : at->twin_file;
	claim.args[0].u = e->got;
	claim.args[1].u = claim.other_frame;
	check_claim(c, &claim);
}

static void moved(struct check *c, struct sequence *s, const struct check_at *at,
		  const struct nf_seq_event *e, enum check_rule_id rule)
{
	struct check_claim claim = sequence_claim(s, rule, at);

	claim.other_frame = e->since_frame;
	claim.other_file = e->since_file;
	claim.args[0].u = e->got;
	claim.args[1].u = e->expected;
	check_claim(c, &claim);
}

/*
 * Is there another sign of a restart?  An uptime that fell, even where the clock stepped so that
 * it is not certain; of IPFIX, which has none, templates that come again at about that time.
 */
static bool is_restart(const struct sequence *s, const struct check_at *at)
{
	if (at->msg->format->at.uptime != 0)
		return at->msg->uptime_ms < s->uptime_ms;
	return at->msg->sequence <= NEAR_ZERO && s->templates != 0 &&
	       s->stream->totals.messages + 1 - s->templates <= NF_SEQ_AGREE;
}

static void reset(struct check *c, struct sequence *s, const struct check_at *at,
		  const struct nf_seq_event *e)
{
	sequence_withdraw(c, s, CHECK_SEQ_OVERLAP);
	if (is_restart(s, at))
		clock_restart_by_sequence(c, at);
	else
		moved(c, s, at, e, CHECK_SEQ_RESET_WITHOUT_RESTART);
}

static void event(struct check *c, struct sequence *s, const struct check_at *at,
		  const struct nf_seq_event *e)
{
	struct sequence_trouble *t = trouble_of(c, s);

	if (t == NULL)
		return;
	if (e->kind == NF_SEQ_RULE) {
		sequence_model(c, s);
		return;
	}
	if (e->kind != NF_SEQ_GAP && e->kind != NF_SEQ_UNVERIFIED && e->kind != NF_SEQ_DUPLICATE)
		t->has_series = true;
	if (!at->shown || t->merged)
		return;
	switch (e->kind) {
	case NF_SEQ_GAP:
		if (!at->datagram->facts.after_hole)
			sequence_gap(c, s, at, e);
		break;
	case NF_SEQ_LATE:	late(c, s, at, e); break;
	case NF_SEQ_DUPLICATE:	duplicate(c, s, at, e); break;
	case NF_SEQ_OVERLAP:	moved(c, s, at, e, CHECK_SEQ_OVERLAP); break;
	case NF_SEQ_RESET:	reset(c, s, at, e); break;
	case NF_SEQ_JUMP:	moved(c, s, at, e, CHECK_SEQ_RESET_WITHOUT_RESTART); break;
	default:		break;
	}
}

/* -- What IPFIX says in addition ------------------------------------------------------ */

static void unverifiable(struct check *c, struct sequence *s, const struct check_at *at)
{
	struct check_claim claim = sequence_claim(s, CHECK_IPFIX_SEQ_UNVERIFIABLE, at);
	uint64_t sets = 0;

	for (unsigned i = 0; i < NF_WHY_NOTS; i++)
		sets += at->tally.undecoded[i];
	if (!at->whole || sets == 0)
		return;
	claim.args[0].u = sets;
	check_claim(c, &claim);
}

static void first(struct check *c, struct sequence *s, const struct check_at *at)
{
	struct check_claim claim = sequence_claim(s, CHECK_IPFIX_FIRST_SEQ_NONZERO, at);

	if (at->msg->sequence == 0 || !at->stream->from_start)
		return;
	claim.args[0].u = at->msg->sequence;
	check_claim(c, &claim);
}

/* -- The group ------------------------------------------------------------------------ */

/*
 * Messages of one stream have one stream of numbers but for SCTP's and v8's, which have several:
 * so that of the message before is most often this one's, too, and need not be looked for.
 */
static const struct nf_seq_stream *same(const struct nf_seq_stream *last,
					const struct nf_seq_key *k)
{
	return last != NULL && last->key.stream == k->stream &&
	       last->key.aggregation == k->aggregation ? last : NULL;
}

static void message_end(struct check *c, const struct check_at *at)
{
	struct sequence_stream *stream = stream_state(c, at->stream);
	struct nf_seq_event events[NF_SEQ_EVENTS];
	struct nf_seq_message m;
	struct sequence *s;
	unsigned n;

	if (at->msg->format->at.sequence == 0)
		return;
	nf_seq_message_of(&m, at->view, &at->tally, check_dropped(c));
	m.stream = same(stream->last, &m.key);
	m.hidden = !at->shown;
	if (capture_state(c)->ambiguous)
		m.exact = false;
	capture_state(c)->ambiguous = false;
	n = nf_seq_feed(check_seq(c), &m, events);
	stream->last = nf_seq_last(check_seq(c));
	s = sequence_of(c, at);
	if (s == NULL)
		return;
	if (m.templates != 0)
		s->templates = 1 + s->stream->totals.messages;
	if (s->stream->misfit.frame == m.frame && s->stream->misfit.file == m.file &&
	    s->stream->misfit.sequence == m.sequence && trouble_of(c, s) != NULL)
		s->trouble->misfit = check_place_of(at, sequence_span(at));
	for (unsigned i = 0; i < n; i++)
		event(c, s, at, &events[i]);
	s->uptime_ms = m.uptime_ms;
	if (s->trouble != NULL && s->trouble->has_series && !m.copy)
		sequence_series(c, s, at, &m);
	if (s->trouble != NULL && s->trouble->ngaps != 0)
		sequence_gaps_claim(c, s, false);
	if (m.key.version == 10 && !m.exact)
		unverifiable(c, s, at);
	if (m.key.version == 10 && at->first)
		first(c, s, at);
	sequence_twins(c, at);
}

/* One more datagram of EXPORTER that is there, but of no use. */
static void lack(struct check *c, const struct nf_addr *exporter)
{
	struct sequence_capture *state = capture_state(c);
	struct sequence_lack *l;
	unsigned i;

	if (state->lacks == NULL)
		state->lacks = check_alloc(c, LACKS * sizeof(*state->lacks));
	if (state->lacks == NULL)
		return;
	for (i = 0; i < LACKS - 1 && state->lacks[i].exporter.family != 0; i++)
		if (nf_same_addr(&state->lacks[i].exporter, exporter))
			break;
	l = &state->lacks[i];
	if (!nf_same_addr(&l->exporter, exporter))
		*l = (struct sequence_lack){ .exporter = *exporter };
	l->n++;
}

static void capture_event(struct check *c, const struct capture_event *e)
{
	if (e->kind == EVENT_FRAGMENT_LOST)
		lack(c, &e->src.addr);
}

/* Zeros at the end of a data set, as long as a record: the exporter counted them or did not. */
static bool problem(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	if (at->view != NULL && at->view->headerless)
		lack(c, &at->datagram->src.addr);
	else if (p->id == NF_PROBLEM_PADDING_LONG)
		capture_state(c)->ambiguous = true;
	return false;
}

static void settle(struct check *c, struct sequence *s)
{
	if (s->trouble != NULL && s->trouble->merged)
		return;
	if (s->trouble != NULL) {
		if (s->stream->likely)
			sequence_model(c, s);
		sequence_gaps_claim(c, s, true);
	}
	sequence_loss_add(c, s);
}

static void end(struct check *c)
{
	struct sequence_capture *state = capture_state(c);

	nf_seq_settle(check_seq(c));
	for (size_t i = 0; i < state->n; i++)
		settle(c, state->list[i]);
	for (struct check_exporter *e = check_exporters(c); e != NULL; e = e->next) {
		sequence_twins_end(c, e);
		sequence_loss_claim(c, e);
	}
}

const struct check_group check_group_sequence = {
	.name = "sequence",
	.size = {
		[CHECK_CAPTURE] = sizeof(struct sequence_capture),
		[CHECK_EXPORTER] = sizeof(struct sequence_exporter),
		[CHECK_STREAM] = sizeof(struct sequence_stream),
	},
	.message_end = message_end,
	.problem = problem,
	.event = capture_event,
	.end = end,
};
