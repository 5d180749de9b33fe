/*
 * An exporter over time: how its messages come.  All of it is judged by what is usual, so each
 * rule says how much it must have seen before it speaks.
 */
#include <config.h>

#include "check/rules.h"

#define SECOND INT64_C(1000000000)

enum {
	/* mixed versions: a single message may have been taken for another version */
	VERSION_MESSAGES = 2,
	VERSIONS = 11,
	/* silent domain */
	PAUSES = 3,			/* the longest; the last of them is what is usual */
	PAUSE_MESSAGES = 20,
	PAUSE_LEAST = 60,		/* seconds */
	PAUSE_FACTOR = 10,
	/* bursts: by seconds in which something came */
	BURST_MESSAGES = 500,
	BURST_SECONDS = 120,
	BURST_RATE = 50,		/* messages in each second of the bursts */
	BURST_SHARE = 80,		/* percent of the messages ... */
	BURST_TIME = 10,		/* ... in less than so many percent of the time */
	RATES = 16,			/* by powers of 2 */
	/* low fill */
	FILL_MESSAGES = 500,
	FILL_RATE = 10,			/* a second */
	FILL_SHARE = 40,		/* percent of the largest */
	/* no options: how often templates came, each time options could have */
	OPTIONS_REFRESHES = 3,
	OPTIONS_MESSAGES = 20,
};

/* -- State ------------------------------------------------------------------------------ */

struct pause {
	int64_t ns;
	struct check_place behind;	/* the message that ends it */
	uint64_t frame;			/* the message before it */
	uint32_t file;
};

/* Messages one after another: a stream's, or all of the capture. */
struct flow_of_messages {
	uint64_t messages;
	struct check_place last;
	struct pause pauses[PAUSES];	/* the longest first */
};

struct of_stream {
	struct flow_of_messages flow;
	int64_t first_ns, last_ns;
	int64_t second;
	uint32_t in_second;
	uint32_t seconds[RATES];	/* how many brought so many messages, */
	uint64_t sent[RATES];		/* and how many these were */
	/* Of messages with data records. */
	uint64_t filled, octets, records;
	uint32_t largest;
};

struct of_session {
	uint64_t messages[VERSIONS];	/* by version */
	struct check_place first[VERSIONS];
};

struct of_exporter {
	uint64_t refreshes;		/* messages with templates */
	bool from_start;		/* reliable transport: templates are sent but once */
	uint64_t messages;		/* with flow records */
	bool options, undecoded;
	struct check_place first;
};

/* -- A pause ---------------------------------------------------------------------------- */

static void keep_pause(struct flow_of_messages *f, const struct pause *p)
{
	unsigned i = PAUSES;

	while (i > 0 && f->pauses[i - 1].ns < p->ns)
		i--;
	if (i == PAUSES)
		return;
	for (unsigned j = PAUSES - 1; j > i; j--)
		f->pauses[j] = f->pauses[j - 1];
	f->pauses[i] = *p;
}

static void one_more(struct flow_of_messages *f, const struct check_place *now)
{
	if (f->messages++ != 0 && now->ts_ns - f->last.ts_ns > f->pauses[PAUSES - 1].ns)
		keep_pause(f, &(struct pause){
			.ns = now->ts_ns - f->last.ts_ns, .behind = *now,
			.frame = f->last.frame, .file = f->last.file,
		});
	f->last = *now;
}

/* Was nearly all of P a time in which nothing at all was captured? */
static bool all_silent(const struct flow_of_messages *all, const struct pause *p)
{
	const int64_t p_end = p->behind.ts_ns, p_begin = p_end - p->ns;

	for (unsigned i = 0; i < PAUSES; i++) {
		const struct pause *q = &all->pauses[i];
		const int64_t q_end = q->behind.ts_ns, q_begin = q_end - q->ns;
		const int64_t begin = p_begin > q_begin ? p_begin : q_begin;
		const int64_t end = p_end < q_end ? p_end : q_end;

		if (end - begin >= p->ns - p->ns / PAUSE_FACTOR)
			return true;
	}
	return false;
}

/*
 * What is usual is the longest wait but two: exporters that send once a minute, and all at once,
 * have many as long.  Where several exporters fall silent together, the capture did.
 */
static void silent_domain(struct check *c, struct check_stream *stream,
			  const struct flow_of_messages *f)
{
	const struct flow_of_messages *all = check_state(c, check_capture(c), CHECK_GROUP_health);
	const int64_t usual = f->pauses[PAUSES - 1].ns;
	const bool others = check_exporters(c)->next != NULL;

	if (f->messages < PAUSE_MESSAGES)
		return;
	for (unsigned i = 0; i < PAUSES - 1; i++) {
		const struct pause *p = &f->pauses[i];

		if (p->ns < PAUSE_LEAST * SECOND || p->ns / PAUSE_FACTOR < usual ||
		    (others && all_silent(all, p)))
			continue;
		check_claim(c, &(struct check_claim){
			.rule = CHECK_HLT_SILENT_DOMAIN, .stream = stream, .place = &p->behind,
			.other_frame = p->frame, .other_file = p->file,
			.args = { { .i = p->ns }, { .i = usual } },
		});
	}
}

/* -- Bursts and fill -------------------------------------------------------------------- */

static unsigned rate_class(uint32_t n)
{
	unsigned i = 0;

	while (n > 1 && i < RATES - 1) {
		n >>= 1;
		i++;
	}
	return i;
}

static void end_second(struct of_stream *s)
{
	unsigned i = rate_class(s->in_second);

	if (s->in_second == 0)
		return;
	s->seconds[i]++;
	s->sent[i] += s->in_second;
	s->in_second = 0;
}

static void count_second(struct of_stream *s, int64_t ts_ns)
{
	if (ts_ns / SECOND != s->second)
		end_second(s);
	s->second = ts_ns / SECOND;
	s->in_second++;
}

static int64_t duration_of(const struct of_stream *s)
{
	return s->last_ns - s->first_ns;
}

/* The busiest seconds that bring most messages: are they few? */
static void burst(struct check *c, struct check_stream *stream, struct of_stream *s)
{
	const int64_t seconds = duration_of(s) / SECOND + 1;
	uint64_t sent = 0;
	int64_t busy = 0;

	end_second(s);
	if (s->flow.messages < BURST_MESSAGES || seconds < BURST_SECONDS)
		return;
	for (unsigned i = RATES; i-- > 0 && sent * 100 < s->flow.messages * BURST_SHARE; ) {
		sent += s->sent[i];
		busy += s->seconds[i];
	}
	if (busy * 100 >= seconds * BURST_TIME || sent < (uint64_t)busy * BURST_RATE)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_HLT_BURST, .stream = stream, .place = &stream->first,
		.args = { { .u = sent * 10000 / s->flow.messages }, { .u = (uint64_t)busy },
			  { .i = seconds * SECOND }, { .u = sent / (uint64_t)busy } },
	});
}

static void low_fill(struct check *c, struct check_stream *stream, const struct of_stream *s)
{
	const int64_t seconds = duration_of(s) / SECOND + 1;
	uint64_t mean;

	if (s->filled < FILL_MESSAGES || s->filled < (uint64_t)seconds * FILL_RATE)
		return;
	mean = s->octets / s->filled;
	if (mean * 100 >= (uint64_t)s->largest * FILL_SHARE && s->records > s->filled)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_HLT_LOW_FILL, .stream = stream, .place = &stream->first,
		.args = { { .u = mean }, { .u = s->records / s->filled }, { .u = s->largest },
			  { .u = s->filled / (uint64_t)seconds } },
	});
}

static void count_fill(const struct check_at *at, struct of_stream *s)
{
	const uint32_t records = at->tally.flows + at->tally.options;

	if (records == 0)
		return;
	s->filled++;
	s->octets += at->msg->wire_len;
	s->records += records;
	if (at->msg->wire_len > s->largest)
		s->largest = at->msg->wire_len;
}

static void stream_end(struct check *c, struct check_stream *stream)
{
	struct of_stream *s = check_state(c, &stream->holder, CHECK_GROUP_health);

	if (stream->id.transport == NF_TRANSPORT_FILE)
		return;
	silent_domain(c, stream, &s->flow);
	burst(c, stream, s);
	low_fill(c, stream, s);
}

/* -- Versions of a session -------------------------------------------------------------- */

static void count_version(struct check *c, const struct check_at *at)
{
	struct of_session *s = check_state(c, &at->stream->session->holder, CHECK_GROUP_health);
	unsigned v = at->msg->version;

	if (v < VERSIONS && s->messages[v]++ == 0)
		s->first[v] = check_place_of(at, nf_span_of(0, 2));
}

static void session_end(struct check *c, struct check_session *session)
{
	const struct of_session *s = check_state(c, &session->holder, CHECK_GROUP_health);
	const struct check_place *last = NULL;
	struct nf_strbuf names;
	unsigned n = 0;

	nf_strbuf_init(&names);
	for (unsigned v = 0; v < VERSIONS; v++) {
		if (s->messages[v] < VERSION_MESSAGES)
			continue;
		if (n++ != 0)
			nf_sb_str(&names, ", ");
		nf_sb_str(&names, nf_format_of((uint16_t)v)->name);
		if (last == NULL || s->first[v].frame > last->frame)
			last = &s->first[v];
	}
	if (n > 1)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_HLT_MIXED_VERSIONS, .session = session, .place = last,
			.args = { { .s = nf_strbuf_cstr(&names) } },
		});
	nf_strbuf_done(&names);
}

/* -- Options ---------------------------------------------------------------------------- */

static struct of_exporter *exporter_of(const struct check *c, const struct check_stream *s)
{
	return check_state(c, &s->exporter->holder, CHECK_GROUP_health);
}

static void template_(struct check *c, const struct check_at *at, const struct nf_template *t)
{
	if (t->kind == NF_TEMPLATE_OPTIONS)
		exporter_of(c, at->stream)->options = true;
}

/* Those whose template is not in the capture. */
static void plan(struct check_plan *p)
{
	if (p->layout->kind == NF_LAYOUT_OPTIONS)
		exporter_of(p->check, p->use->stream)->options = true;
}

static void count_options(struct check *c, const struct check_at *at)
{
	struct of_exporter *e = exporter_of(c, at->stream);
	const struct nf_tally *t = &at->tally;

	if (t->templates != 0 && e->refreshes++ == 0)
		e->first = check_place_of(at, nf_span_of(0, 0));
	e->from_start |= at->stream->from_start && at->datagram->transport != NF_TRANSPORT_UDP;
	e->messages += t->flows != 0;
	for (unsigned i = 0; i < NF_WHY_NOTS; i++)
		e->undecoded |= t->undecoded[i] != 0;
}

/* They may come in any domain and session of the exporter. */
static void exporter_end(struct check *c, struct check_exporter *exporter)
{
	const struct of_exporter *e = check_state(c, &exporter->holder, CHECK_GROUP_health);

	if (e->options || e->undecoded || e->messages < OPTIONS_MESSAGES || e->refreshes == 0)
		return;
	if (e->refreshes < OPTIONS_REFRESHES && !e->from_start)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_HLT_NO_OPTIONS, .exporter = exporter, .place = &e->first,
		.args = { { .u = e->refreshes } },
	});
}

/* -- A message -------------------------------------------------------------------------- */

static void message_end(struct check *c, const struct check_at *at)
{
	struct of_stream *s = check_state(c, &at->stream->holder, CHECK_GROUP_health);
	const struct check_place now = check_place_of(at, nf_span_of(0, 0));

	if (s->flow.messages == 0)
		s->first_ns = s->last_ns = now.ts_ns;
	if (now.ts_ns > s->last_ns)
		s->last_ns = now.ts_ns;
	one_more(&s->flow, &now);
	one_more(check_state(c, check_capture(c), CHECK_GROUP_health), &now);
	count_second(s, now.ts_ns);
	count_fill(at, s);
	count_version(c, at);
	if (at->msg->format->dialect != NULL)
		count_options(c, at);
}

const struct check_group check_group_health = {
	.name = "health",
	.size = {
		[CHECK_CAPTURE] = sizeof(struct flow_of_messages),
		[CHECK_EXPORTER] = sizeof(struct of_exporter),
		[CHECK_SESSION] = sizeof(struct of_session),
		[CHECK_STREAM] = sizeof(struct of_stream),
	},
	.template_ = template_,
	.plan = plan,
	.message_end = message_end,
	.stream_end = stream_end,
	.session_end = session_end,
	.exporter_end = exporter_end,
};
