/*
 * Sets and their padding.
 */
#include <config.h>

#include "check/rules.h"

enum {
	MANY_SETS = 4,		/* of one id in a message */
	IDS = 16,		/* that are counted in a message */
	TAILS = 8,		/* that are remembered of a message */
};

/* Zeros that were read as records, until it is known whether they were sent as such. */
struct tail {
	struct check_place place;
	uint32_t zeros, records, size;
	uint16_t tmpl;
};

/* The message at hand. */
struct message {
	struct nf_set before;		/* the set before the one at hand */
	bool has_before;
	unsigned nids;
	struct { uint16_t id, sets; struct nf_span span; } ids[IDS];
};

struct stream {
	struct tail tails[TAILS];
	unsigned ntails;
	uint32_t next;			/* IPFIX: the sequence number that follows if all count */
	bool padded;			/* sequence numbers do not count some of what was read */
};

static struct message *message_of(struct check *c)
{
	return check_state(c, check_capture(c), CHECK_GROUP_set);
}

static struct stream *stream_of(struct check *c, const struct check_stream *s)
{
	return check_state(c, &s->holder, CHECK_GROUP_set);
}

static bool is_template_set(const struct nf_set *set)
{
	return set->kind == NF_SET_TEMPLATE || set->kind == NF_SET_OPTIONS_TEMPLATE;
}

/* Is the layout of the set at hand the exporter's own, and known to be in force? */
static bool is_own(const struct check_at *at)
{
	return at->resolution != NULL && at->resolution->layout != NULL &&
	       at->resolution->how == NF_LIVE;
}

/* What the header of a set that begins P's span says its id is. */
static uint16_t id_at(const struct check_at *at, const struct nf_problem *p)
{
	uint16_t id = 0;

	nf_get16(check_octets(at, p->span), 0, &id);
	return id;
}

/* -- What octets alone show ------------------------------------------------------------- */

static void too_small(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	check_claim(c, &(struct check_claim){
		.rule = CHECK_SET_LENGTH_TOO_SMALL, .at = at,
		.span = nf_span_of(p->span.off, 4),
		.args = { { .u = id_at(at, p) }, { .u = p->found } },
	});
}

/* Where Length goes beyond what was captured of the message, that is the fault. */
static void overrun(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	const struct nf_msg *m = at->msg;

	if (m->version == 10 && m->length > m->bytes.n && m->length - p->span.off >= p->found)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_SET_OVERRUNS_MESSAGE, .at = at, .span = nf_span_of(p->span.off, 4),
		.args = { { .u = id_at(at, p) }, { .u = p->found }, { .u = p->wanted } },
	});
}

static void stray(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	check_claim(c, &(struct check_claim){
		.rule = CHECK_SET_HEADER_PARTIAL, .at = at, .span = p->span,
		.args = { { .u = p->found } },
	});
}

/* Zeros between a set and the next one. */
static void uncounted(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	if (at->msg->version != 9) {
		stray(c, at, p);
		return;
	}
	check_claim(c, &(struct check_claim){
		.rule = CHECK_V9_LENGTH_EXCLUDES_PADDING, .at = at, .span = p->span,
		.args = { { .u = p->wanted }, { .u = p->found } },
	});
}

/*
 * Zeros behind the last set of an IPFIX message, but within its Length: v9 has none, and there
 * they are a rule of the header's.
 */
static void zeros(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	if (p->found < 4) {
		stray(c, at, p);
		return;
	}
	check_claim(c, &(struct check_claim){
		.rule = CHECK_SET_LENGTH_TOO_SMALL, .at = at,
		.span = nf_span_of(p->span.off, 4), .args = { { .u = 0 }, { .u = 0 } },
	});
}

static void empty(struct check *c, const struct check_at *at, uint16_t id, struct nf_span span)
{
	check_claim(c, &(struct check_claim){
		.rule = CHECK_SET_EMPTY, .at = at, .span = span, .args = { { .u = id } },
	});
}

static void no_records(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	empty(c, at, id_at(at, p), p->span);
}

/* Ids of the other protocol's template sets are a mistake that explains itself. */
static void reserved(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	static const char *const other[] = {
		"; NetFlow v9 has its templates there",
		"; NetFlow v9 has its options templates there",
		"; IPFIX has its templates there", "; IPFIX has its options templates there",
	};
	bool mixed = p->found < 4;

	check_claim(c, &(struct check_claim){
		.rule = CHECK_SET_ID_RESERVED, .at = at,
		.severity = 1 + (mixed ? NF_ERROR : NF_WARNING), .span = p->span, .key = p->found,
		.args = { { .u = p->found }, { .s = mixed ? other[p->found] : "" } },
	});
}

/* -- Padding ---------------------------------------------------------------------------- */

static uint8_t by_version(const struct check_at *at)
{
	return 1 + (at->msg->version == 9 ? NF_WARNING : NF_ERROR);
}

static void nonzero(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	const struct nf_bytes octets = check_octets(at, p->span);

	if (!is_template_set(at->set) && !is_own(at))
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_SET_PADDING_NONZERO, .at = at, .severity = by_version(at),
		.span = p->span, .tmpl = is_template_set(at->set) ? 0 : at->set->id,
		.args = { { .u = p->found }, { .octets = octets.p, .n = (uint32_t)octets.n } },
	});
}

static void too_long(struct check *c, const struct check_claim *claim, uint16_t version,
		     uint64_t zeros, uint64_t size)
{
	struct check_claim full = *claim;

	full.rule = CHECK_SET_PADDING_TOO_LONG;
	full.severity = 1 + (version == 9 ? NF_WARNING : NF_ERROR);
	full.args[0].u = zeros;
	full.args[1].u = size;
	check_claim(c, &full);
}

/* The records that the zeros at the end of the set at hand were read as. */
static uint32_t zero_records(const struct check_at *at, uint64_t zeros)
{
	const struct nf_layout *l = at->resolution->layout;
	uint32_t size = l->min_len;

	if (l->nvar != 0)
		return 1;
	return (uint32_t)((zeros - at->set->bytes.n % size) / size);
}

/*
 * In template sets zeros are known to be padding; in data sets they may be records as well, which
 * Count and the sequence number tell.
 */
static void long_padding(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	struct stream *s;

	if (is_template_set(at->set)) {
		too_long(c, &(struct check_claim){ .at = at, .span = p->span }, at->msg->version,
			 p->found, p->wanted);
		return;
	}
	s = stream_of(c, at->stream);
	if (!is_own(at) || s->ntails == TAILS)
		return;
	s->tails[s->ntails++] = (struct tail){
		.place = check_place_of(at, p->span),
		.zeros = (uint32_t)p->found, .size = (uint32_t)p->wanted,
		.records = zero_records(at, p->found), .tmpl = at->set->id,
	};
}

enum verdict { RECORDS, PADDING, UNKNOWN };

/* What the exporter counted says of all tails of its message. */
static void judge_tails(struct check *c, const struct check_stream *cs, enum verdict verdict)
{
	struct stream *s = stream_of(c, cs);

	for (unsigned i = 0; i < s->ntails && verdict != RECORDS; i++) {
		const struct tail *t = &s->tails[i];
		struct check_claim claim = {
			.rule = CHECK_REC_ZERO_TAIL, .stream = cs, .place = &t->place,
			.tmpl = t->tmpl, .args = { { .u = t->records }, { .u = t->size } },
		};

		if (verdict == PADDING)
			too_long(c, &claim, cs->id.version, t->zeros, t->size);
		else
			check_claim(c, &claim);
	}
	s->ntails = 0;
}

static uint32_t tail_records(const struct stream *s)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < s->ntails; i++)
		n += s->tails[i].records;
	return n;
}

/* COUNTED by the exporter, of READ with the tails. */
static enum verdict by_count(const struct stream *s, uint32_t counted, uint32_t read)
{
	return counted == read ? RECORDS :
	       counted == read - tail_records(s) ? PADDING : UNKNOWN;
}

static void tails_end(struct check *c, const struct check_at *at)
{
	struct stream *s = stream_of(c, at->stream);
	const struct nf_tally *t = &at->tally;

	if (s->ntails == 0)
		return;
	s->next = at->msg->sequence + t->flows + t->options;
	if (!t->exact)
		judge_tails(c, at->stream, UNKNOWN);
	else if (at->msg->version == 9)
		judge_tails(c, at->stream,
			    by_count(s, at->msg->count,
				     t->flows + t->options + t->templates + t->options_templates));
}

/* The next message says how many data records IPFIX had in the one before. */
static void tails_next(struct check *c, const struct check_at *at)
{
	struct stream *s = stream_of(c, at->stream);

	enum verdict verdict;

	if (s->ntails == 0)
		return;
	verdict = by_count(s, at->msg->sequence, s->next);
	s->padded |= verdict == PADDING;
	judge_tails(c, at->stream, verdict);
}

/* -- Records that do not fit -------------------------------------------------------------- */

static void partial(struct check *c, const struct check_at *at, struct nf_span span,
		    uint64_t left, uint64_t need)
{
	const struct nf_version *v = at->resolution->version;

	check_claim(c, &(struct check_claim){
		.rule = CHECK_SET_PARTIAL_RECORD, .at = at, .span = span, .tmpl = at->set->id,
		.other_frame = v != NULL ? v->frame : 0, .other_file = v != NULL ? v->file : 0,
		.args = { { .u = left }, { .u = need }, { .u = at->set->id } },
	});
}

/* Another session's layout was tried for its fit, a later one may have come instead of ours. */
static void misfit(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	if (is_own(at))
		partial(c, at, p->span, p->found, p->wanted);
}

static void underrun(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	if (nf_all_zero(check_octets(at, p->span)))
		empty(c, at, at->set->id, p->span);
	else
		misfit(c, at, p);
}

/* The group `field` says at which field a record of variable length runs over. */
static bool varies(const struct check_at *at)
{
	return at->resolution != NULL && at->resolution->layout != NULL &&
	       at->resolution->layout->nvar != 0;
}

static bool problem(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	static void (*const takers[NF_PROBLEMS])(struct check *, const struct check_at *,
						 const struct nf_problem *) = {
		[NF_PROBLEM_SET_HEADER] = stray,
		[NF_PROBLEM_SET_SHORT] = too_small,
		[NF_PROBLEM_SET_OVERRUN] = overrun,
		[NF_PROBLEM_SET_EMPTY] = no_records,
		[NF_PROBLEM_SET_PADDING] = uncounted,
		[NF_PROBLEM_SET_RESERVED] = reserved,
		[NF_PROBLEM_PADDING_NONZERO] = nonzero,
		[NF_PROBLEM_PADDING_LONG] = long_padding,
		[NF_PROBLEM_MISFIT] = misfit,
		[NF_PROBLEM_SET_UNDERRUN] = underrun,
	};

	if (at->in_record)
		return false;
	if (p->id == NF_PROBLEM_TRAILING_ZEROS && at->msg->version == 10) {
		zeros(c, at, p);
		return true;
	}
	if (takers[p->id] == NULL || (p->id == NF_PROBLEM_MISFIT && varies(at)))
		return false;
	takers[p->id](c, at, p);
	return true;
}

/* -- Sets in their message -------------------------------------------------------------- */

static void begin(struct check *c, const struct check_at *at)
{
	struct message *m = message_of(c);

	m->has_before = false;
	m->nids = 0;
	if (at->msg->version == 10)
		tails_next(c, at);
}

/* The set before this one does not end where a multiple of 4 octets does. */
static void unaligned(struct check *c, const struct check_at *at)
{
	const struct nf_set *before = &message_of(c)->before;
	bool v9 = at->msg->version == 9;

	check_claim(c, &(struct check_claim){
		.rule = v9 ? CHECK_V9_SET_UNALIGNED : CHECK_IPFIX_SET_UNALIGNED,
		.at = at, .span = nf_span_of(before->offset, 4),
		.args = { { .u = before->id }, { .u = before->length } },
	});
}

static void count_id(struct message *m, const struct nf_set *set)
{
	unsigned i = 0;

	while (i < m->nids && m->ids[i].id != set->id)
		i++;
	if (i == IDS)
		return;
	if (i == m->nids) {
		m->nids++;
		m->ids[i].id = set->id;
		m->ids[i].sets = 0;
		m->ids[i].span = nf_span_of(set->offset, 4);
	}
	m->ids[i].sets++;
}

static void set(struct check *c, const struct check_at *at)
{
	struct message *m = message_of(c);

	if (at->set->kind == NF_SET_FIXED)
		return;
	if (m->has_before && (at->set->offset - m->before.offset) % 4 != 0)
		unaligned(c, at);
	m->before = *at->set;
	m->has_before = true;
	count_id(m, at->set);
}

static void message_end(struct check *c, const struct check_at *at)
{
	const struct message *m = message_of(c);

	for (unsigned i = 0; i < m->nids; i++)
		if (m->ids[i].sets >= MANY_SETS)
			check_claim(c, &(struct check_claim){
				.rule = CHECK_SET_FRAGMENTED_RECORDS, .at = at,
				.span = m->ids[i].span,
				.args = { { .u = m->ids[i].sets }, { .u = m->ids[i].id } },
			});
	tails_end(c, at);
}

static void stream_end(struct check *c, struct check_stream *s)
{
	judge_tails(c, s, UNKNOWN);
	if (stream_of(c, s)->padded)
		check_withdraw(c, s, CHECK_SEQ_OVERLAP);
}

const struct check_group check_group_set = {
	.name = "set",
	.size = {
		[CHECK_CAPTURE] = sizeof(struct message),
		[CHECK_STREAM] = sizeof(struct stream),
	},
	.message = begin,
	.problem = problem,
	.set = set,
	.message_end = message_end,
	.stream_end = stream_end,
};
