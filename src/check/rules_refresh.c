/*
 * When templates are sent, changed and withdrawn.
 */
#include <config.h>

#include "check/refresh.h"

enum {
	DAY_S = 86400,
	SILENCE_S = 60,		/* in which more is lost than one can know */
	FAR_BACK = 10000,	/* records: no reordering reaches so far */
};

/* -- Lives -------------------------------------------------------------------------------- */

struct life *refresh_find(const struct check *c, const struct check_stream *s, uint16_t id)
{
	const struct refresh_capture *all = refresh_capture_of(c);
	const uint64_t key[2] = { (uintptr_t)s, id };

	return all->lives != NULL ? nf_map_find(all->lives, key, 2, nf_hash(key, 2)) : NULL;
}

struct life *refresh_life(struct check *c, const struct check_stream *s, uint16_t id)
{
	struct refresh_capture *all = refresh_capture_of(c);
	struct refresh_stream *rs = refresh_of(c, s);
	struct life **recent = &rs->recent[id % RECENT_LIVES];
	struct life *l = *recent;

	if (l != NULL && l->id == id)
		return l;
	l = refresh_find(c, s, id);
	if (l != NULL)
		*recent = l;
	if (l != NULL || !check_template_room(c, &all->count))
		return l;
	if (all->lives == NULL && (all->lives = check_map(c)) == NULL)
		return NULL;
	l = check_alloc(c, sizeof(*l));
	if (l == NULL)
		return NULL;
	l->key[0] = (uintptr_t)s;
	l->key[1] = id;
	if (!nf_map_add(all->lives, &l->node, l->key, 2, nf_hash(l->key, 2)))
		return NULL;
	l->id = id;
	if (rs->last == NULL)
		rs->last = &rs->first;
	*rs->last = l;
	rs->last = &l->next;
	return l;
}

void refresh_spoil(struct check *c, const struct check_at *at, uint16_t id)
{
	struct life *l = id >= 256 ? refresh_life(c, at->stream, id) : NULL;

	if (l != NULL)
		l->spoiled = true;
}

/* A finding about L, whose present definition was sent in another frame. */
struct check_claim refresh_claim(const struct check_at *at, enum check_rule_id rule,
				 struct nf_span span, const struct life *l)
{
	return (struct check_claim){
		.rule = rule, .at = at, .span = span, .tmpl = l->id,
		.other_frame = l->defined.frame, .other_file = l->defined.file,
		.args = { { .u = l->id } },
	};
}

/* -- Not sent again for long -------------------------------------------------------------- */

/* Data of L at AT: is it behind what a collector keeps templates for? */
static void outlived(const struct check *c, const struct check_at *at, struct life *l)
{
	const struct refresh_stream *s = refresh_of(c, at->stream);
	int64_t since = l->copied_ns > s->hole_ns ? l->copied_ns : s->hole_ns;
	int64_t now = refresh_now(at);

	if (!refresh_is_udp(at->stream) || now - since <= check_lifetime(c) + check_skew(c))
		return;
	if (l->lapse_ns == 0)
		l->lapsed = check_place_of(at, nf_span_of(at->set->offset, 4));
	l->lapse_ns = now - since;
}

/* The template is sent again, or the stream ends: say for how long it was not. */
void refresh_lapse_end(struct check *c, const struct check_stream *s, struct life *l)
{
	if (l->lapse_ns == 0)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TPL_NOT_REFRESHED, .stream = s, .place = &l->lapsed, .tmpl = l->id,
		.severity = 1 + (l->lapse_ns > DAY_S * SECOND_NS ? NF_ERROR : NF_WARNING),
		.other_frame = l->defined.frame, .other_file = l->defined.file,
		.args = { { .u = l->id }, { .i = l->lapse_ns }, { .i = check_lifetime(c) } },
	});
	l->lapse_ns = 0;
}

/* -- Data ----------------------------------------------------------------------------------- */

static void first_use(struct check *c, const struct check_at *at, const struct life *l)
{
	struct check_claim claim;

	if (l->copies != 1 || at->msg->version != 10 || !refresh_is_udp(at->stream) ||
	    !at->stream->from_start)
		return;
	claim = refresh_claim(at, CHECK_TPL_FIRST_COPY_SINGLE, nf_span_of(at->set->offset, 4), l);
	check_claim(c, &claim);
}

static void use(struct check *c, const struct check_at *at, struct life *l)
{
	if (l->uses++ == 0)
		first_use(c, at, l);
	outlived(c, at, l);
	if (l->epoch != refresh_of(c, at->stream)->epoch)
		refresh_stale(c, at, l);
	l->used_ns = refresh_now(at);
}

/*
 * RFC 7011 section 8.2 goes by the export times.  Within one message, withdrawals take effect
 * where they stand (section 8.1).
 */
static void after_withdrawal(struct check *c, const struct check_at *at, const struct life *l)
{
	bool same = l->withdrawn_message == refresh_of(c, at->stream)->messages;

	if (!l->gone || (!same && at->msg->export_secs <= l->withdrawn_secs))
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TPL_DATA_AFTER_WITHDRAW, .at = at,
		.span = nf_span_of(at->set->offset, 4), .tmpl = l->id,
		.other_frame = l->withdrawn.frame, .other_file = l->withdrawn.file,
		.args = { { .u = l->id }, { .u = l->withdrawn.frame } },
	});
}

static void borrow(struct check *c, const struct check_at *at, struct life *l)
{
	struct refresh_exporter *e = check_state(c, &at->stream->exporter->holder,
						 CHECK_GROUP_refresh);

	e->borrows = true;
	if (l->borrowed++ == 0)
		l->first_borrowed = check_place_of(at, nf_span_of(at->set->offset, 4));
	l->borrowed_octets += at->set->bytes.n;
}

static void decoded(struct check *c, const struct check_at *at, struct life *l)
{
	switch (at->resolution->how) {
	case NF_LIVE:		use(c, at, l); break;
	case NF_LATE:		refresh_orphan(c, at, l); break;
	case NF_OTHER_SESSION:	borrow(c, at, l); break;
	default:		break;
	}
}

static void data(struct check *c, const struct check_at *at)
{
	const struct nf_resolution *r = at->resolution;
	struct refresh_stream *s = refresh_of(c, at->stream);
	struct life *l = refresh_life(c, at->stream, at->set->id);

	s->data_sets++;
	s->data_octets += at->set->bytes.n;
	if (r->layout == NULL || r->misfit) {
		s->lost_octets += at->set->bytes.n;
		s->why[r->misfit ? NF_WHY_NOTS : r->why] += at->set->bytes.n;
	}
	if (l == NULL)
		return;
	l->used++;
	if (r->layout != NULL)
		decoded(c, at, l);
	else if (r->why == NF_WITHDRAWN)
		after_withdrawal(c, at, l);
	else if (r->why != NF_REJECTED)
		refresh_orphan(c, at, l);
}

static void set(struct check *c, const struct check_at *at)
{
	struct refresh_capture *all = refresh_capture_of(c);

	all->defines = false;
	all->withdraws = false;
	if (at->set->kind == NF_SET_DATA && !at->set->overrun && at->set->bytes.n != 0)
		data(c, at);
	else if (at->set->kind != NF_SET_DATA && at->set->cut)
		refresh_of(c, at->stream)->cut = true;
}

/* -- Templates ------------------------------------------------------------------------------ */

static void template_(struct check *c, const struct check_at *at, const struct nf_template *t)
{
	refresh_of(c, at->stream)->template_octets += t->span.len;
	if (at->set->overrun) {
		refresh_spoil(c, at, t->id);
		return;
	}
	if (t->kind == NF_TEMPLATE_WITHDRAWAL || t->kind == NF_TEMPLATE_WITHDRAWAL_ALL) {
		refresh_withdrawal(c, at, t);
		return;
	}
	if (t->nfields == 0 || t->id < 256)
		return;
	refresh_capture_of(c)->defines = true;
	refresh_definition(c, at, t);
}

static void set_end(struct check *c, const struct check_at *at)
{
	const struct refresh_capture *all = refresh_capture_of(c);

	if (!all->defines || !all->withdraws || refresh_is_udp(at->stream))
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TPL_WITHDRAW_MIXED, .at = at, .span = nf_span_of(at->set->offset, 4),
		.args = { { .u = at->set->id } },
	});
}

/* -- Messages ------------------------------------------------------------------------------- */

/*
 * Was the exporter started anew?  IPFIX has no uptime: there a counter that falls to 0, or
 * further than messages are ever late, says so.
 */
static bool restarted(struct refresh_stream *s, const struct check_at *at)
{
	const struct nf_msg *m = at->msg;
	uint32_t back = s->last_sequence - m->sequence;
	enum nf_boot_said said;

	if (m->format->at.uptime != 0) {
		said = nf_boot_step(&s->boot, m->uptime_ms, m->clock_ns / 1000000,
				    refresh_now(at) / 1000000);
		s->former = said == NF_BOOT_FORMER;
		return said == NF_BOOT_RESTART;
	}
	return s->messages > 1 && refresh_is_udp(at->stream) && back != 0 && back < 1u << 31 &&
	       (m->sequence == 0 || back > FAR_BACK);
}

/* A silence behind which the sequence goes on elsewhere: templates may have been in it. */
static bool is_hole(const struct refresh_stream *s, const struct check_at *at)
{
	return s->messages > 1 && refresh_now(at) - s->seen_ns > SILENCE_S * SECOND_NS &&
	       (!s->next_known || s->next != at->msg->sequence);
}

static void message(struct check *c, const struct check_at *at)
{
	struct refresh_stream *s = refresh_of(c, at->stream);
	const struct nf_msg *m = at->msg;

	refresh_capture_of(c)->related = false;
	if (s->messages++ == 0) {
		s->sequence = m->sequence;
		s->uptime_ms = m->uptime_ms;
	}
	s->octets += m->bytes.n;
	s->moved |= m->format->at.uptime != 0 ? m->uptime_ms != s->uptime_ms :
					       m->sequence != s->sequence;
	if (restarted(s, at)) {
		s->epoch++;
		s->first_ns = 0;
	}
	if (is_hole(s, at))
		s->hole_ns = refresh_now(at);
	s->lost |= s->messages > 1 && (!s->next_known || s->next != m->sequence);
	s->last_sequence = m->sequence;
	s->seen_ns = refresh_now(at);
}

static void message_end(struct check *c, const struct check_at *at)
{
	struct refresh_stream *s = refresh_of(c, at->stream);
	const struct refresh_capture *all = refresh_capture_of(c);
	const struct nf_tally *t = &at->tally;

	s->with_templates += t->templates + t->options_templates != 0;
	s->next_known = at->msg->version == 9 || t->exact;
	s->next = at->msg->sequence + (at->msg->version == 9 ? 1 : t->flows + t->options);
	if (all->related && t->templates == 0)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_TPL_RELATED_SPLIT, .at = at, .span = all->related_span,
			.tmpl = all->related_id, .args = { { .u = all->related_id } },
		});
}

/* -- The end -------------------------------------------------------------------------------- */

static void interval_end(struct check *c, const struct check_stream *s, const struct life *l)
{
	const struct spacing *sp = &l->spacing;

	if (!refresh_is_udp(s) || sp->n == 0)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TPL_REFRESH_INTERVAL, .stream = s, .place = &l->defined,
		.tmpl = l->id,
		.args = { { .u = l->id }, { .i = spacing_median(sp) },
			  { .i = (int64_t)sp->least_ms * 1000000 },
			  { .i = (int64_t)sp->most_ms * 1000000 },
			  { .s = spacing_median(sp) > 10 * MINUTE_NS ?
				 ", less often than the usual 10 min" : "" } },
	});
}

/* Lists use templates, too, and so may other sessions of the exporter. */
static bool may_be_used(const struct check *c, const struct check_stream *s)
{
	const struct refresh_exporter *e = check_state(c, &s->exporter->holder,
						       CHECK_GROUP_refresh);

	if (e->borrows)
		return true;
	for (const struct check_use *u = s->uses; u != NULL; u = u->next)
		if (u->layout->has_lists)
			return true;
	return false;
}

static void unused_end(struct check *c, const struct check_stream *s, const struct life *l)
{
	if (l->used != 0 || l->defined_times == 0 || l->spacing.n < 2)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TPL_UNUSED, .stream = s, .place = &l->defined, .tmpl = l->id,
		.args = { { .u = l->id }, { .u = l->copies } },
	});
}

static void stream_end(struct check *c, struct check_stream *s)
{
	bool may_use = may_be_used(c, s);

	for (struct life *l = refresh_of(c, s)->first; l != NULL; l = l->next) {
		refresh_lapse_end(c, s, l);
		refresh_missing_end(c, s, l);
		interval_end(c, s, l);
		if (!may_use)
			unused_end(c, s, l);
	}
	refresh_health_end(c, s);
}

const struct check_group check_group_refresh = {
	.name = "refresh",
	.size = {
		[CHECK_CAPTURE] = sizeof(struct refresh_capture),
		[CHECK_EXPORTER] = sizeof(struct refresh_exporter),
		[CHECK_STREAM] = sizeof(struct refresh_stream),
	},
	.message = message,
	.set = set,
	.template_ = template_,
	.set_end = set_end,
	.message_end = message_end,
	.stream_end = stream_end,
	.exporter_end = refresh_exporter_end,
};
