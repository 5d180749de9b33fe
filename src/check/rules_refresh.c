/*
 * When templates are sent, changed and withdrawn.
 */
#include <config.h>

#include "check/refresh.h"

#include <string.h>

enum {
	DAY_S = 86400,
	SILENCE_S = 60,		/* in which more is lost than one can know */
	BURST_MS = 100,		/* copies at once, as RFC 7011 section 8.4 advises */
	FAR_BACK = 10000,	/* records: no reordering reaches so far */
};

/* -- How far apart ------------------------------------------------------------------------ */

void spacing_add(struct spacing *s, int64_t ns)
{
	uint64_t ms = ns < 0 ? 0 : (uint64_t)ns / 1000000;
	uint32_t v = ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
	uint64_t at = s->n++;

	if (at == 0 || v < s->least_ms)
		s->least_ms = v;
	if (v > s->most_ms)
		s->most_ms = v;
	if ((at & ((UINT64_C(1) << s->every) - 1)) != 0)
		return;
	if (s->kept == SPACINGS) {	/* every second one makes room */
		for (unsigned i = 0; i < SPACINGS / 2; i++)
			s->ms[i] = s->ms[2 * i];
		s->kept = SPACINGS / 2;
		s->every++;
	}
	s->ms[s->kept++] = v;
}

int64_t spacing_median(const struct spacing *s)
{
	uint32_t sorted[SPACINGS];
	unsigned n = s->kept;

	if (n == 0)
		return 0;
	for (unsigned i = 0; i < n; i++) {
		unsigned at = i;

		for (; at > 0 && sorted[at - 1] > s->ms[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = s->ms[i];
	}
	return (int64_t)sorted[n / 2] * 1000000;
}

/* -- Lives -------------------------------------------------------------------------------- */

static struct refresh_capture *capture_of(const struct check *c)
{
	return check_state(c, check_capture((struct check *)c), CHECK_GROUP_refresh);
}

struct life *refresh_find(const struct check *c, const struct check_stream *s, uint16_t id)
{
	const struct refresh_capture *all = capture_of(c);
	const uint64_t key[2] = { (uintptr_t)s, id };

	return all->lives != NULL ? nf_map_find(all->lives, key, 2, nf_hash(key, 2)) : NULL;
}

struct life *refresh_life(struct check *c, const struct check_stream *s, uint16_t id)
{
	struct refresh_capture *all = capture_of(c);
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

static bool is_udp(const struct check_stream *s)
{
	return s->id.transport == NF_TRANSPORT_UDP;
}

static int64_t now_of(const struct check_at *at)
{
	return at->datagram->ts_ns;
}

/* A finding about L, whose present definition was sent in another frame. */
static struct check_claim claim_of(const struct check_at *at, enum check_rule_id rule,
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
	int64_t now = now_of(at);

	if (!is_udp(at->stream) || now - since <= check_lifetime(c) + check_skew(c))
		return;
	if (l->lapse_ns == 0)
		l->lapsed = check_place_of(at, nf_span_of(at->set->offset, 4));
	l->lapse_ns = now - since;
}

/* The template is sent again, or the stream ends: say for how long it was not. */
static void lapse_end(struct check *c, const struct check_stream *s, struct life *l)
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

	if (l->copies != 1 || at->msg->version != 10 || !is_udp(at->stream) ||
	    !at->stream->from_start)
		return;
	claim = claim_of(at, CHECK_TPL_FIRST_COPY_SINGLE, nf_span_of(at->set->offset, 4), l);
	check_claim(c, &claim);
}

static void use(struct check *c, const struct check_at *at, struct life *l)
{
	if (l->uses++ == 0)
		first_use(c, at, l);
	outlived(c, at, l);
	if (l->epoch != refresh_of(c, at->stream)->epoch)
		refresh_stale(c, at, l);
	l->used_ns = now_of(at);
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
	struct refresh_capture *all = capture_of(c);

	all->defines = false;
	all->withdraws = false;
	if (at->set->kind == NF_SET_DATA && !at->set->overrun && at->set->bytes.n != 0)
		data(c, at);
	else if (at->set->kind != NF_SET_DATA && at->set->cut)
		refresh_of(c, at->stream)->cut = true;
}

/* -- Which are in force: one message can withdraw all of them thousands of times ---------- */

static void live_end(struct life *l)
{
	if (l->live_at == NULL)
		return;
	*l->live_at = l->next_live;
	if (l->next_live != NULL)
		l->next_live->live_at = l->live_at;
	l->live_at = NULL;
}

static struct life **live_of(const struct check *c, const struct check_stream *s, uint8_t kind)
{
	return &refresh_of(c, s)->live[kind == NF_TEMPLATE_OPTIONS];
}

static void live_begin(const struct check *c, const struct check_stream *s, struct life *l)
{
	struct life **first = live_of(c, s, l->kind);

	live_end(l);
	l->next_live = *first;
	l->live_at = first;
	if (*first != NULL)
		(*first)->live_at = &l->next_live;
	*first = l;
}

/* -- Withdrawals ---------------------------------------------------------------------------- */

static void withdraw(const struct check *c, const struct check_at *at, struct life *l,
		     struct nf_span span)
{
	l->def = NULL;
	live_end(l);
	l->gone = true;
	l->withdrawn = check_place_of(at, span);
	l->withdrawn_secs = at->msg->export_secs;
	l->withdrawn_message = refresh_of(c, at->stream)->messages;
}

static uint8_t kind_of_set(const struct nf_set *set)
{
	return set->kind == NF_SET_TEMPLATE ? NF_TEMPLATE : NF_TEMPLATE_OPTIONS;
}

/* RFC 7011 section 8.1, figures U and V: nothing else is in the set. */
static void withdraw_all(struct check *c, const struct check_at *at, const struct nf_template *t)
{
	const struct nf_set *set = at->set;
	uint32_t behind = t->span.off + t->span.len - set->body;
	struct nf_bytes rest = nf_slice(set->bytes, behind, SIZE_MAX);
	struct life **live = live_of(c, at->stream, kind_of_set(set));

	if (t->span.off != set->body || rest.n >= 4 || !nf_all_zero(rest))
		check_claim(c, &(struct check_claim){
			.rule = CHECK_TPL_WITHDRAW_ALL_MALFORMED, .at = at, .span = t->span,
			.args = { { .u = t->id }, { .u = set->id }, { .u = set->length } },
		});
	while (*live != NULL)
		withdraw(c, at, *live, t->span);
}

static void withdraw_one(struct check *c, const struct check_at *at, const struct nf_template *t)
{
	struct life *l = refresh_find(c, at->stream, t->id);
	struct check_claim claim = {
		.at = at, .span = t->span, .tmpl = t->id, .args = { { .u = t->id } },
	};

	if (l == NULL || l->def == NULL) {
		if (!at->stream->from_start && (l == NULL || !l->gone))
			return;		/* it may have been defined before the capture */
		claim.rule = CHECK_TPL_WITHDRAW_UNKNOWN;
		check_claim(c, &claim);
		return;
	}
	if (l->kind != kind_of_set(at->set)) {
		claim.rule = CHECK_TPL_WITHDRAW_WRONG_SET;
		claim.args[1].s = l->kind == NF_TEMPLATE ? "template" : "options template";
		claim.args[2].u = at->set->id;
		check_claim(c, &claim);
	}
	withdraw(c, at, l, t->span);
}

static void withdrawal(struct check *c, const struct check_at *at, const struct nf_template *t)
{
	capture_of(c)->withdraws = true;
	if (is_udp(at->stream))
		check_claim(c, &(struct check_claim){
			.rule = CHECK_TPL_WITHDRAW_OVER_UDP, .at = at, .span = t->span,
			.tmpl = t->id, .args = { { .u = t->id } },
		});
	else if (t->kind == NF_TEMPLATE_WITHDRAWAL_ALL)
		withdraw_all(c, at, t);
	else
		withdraw_one(c, at, t);
}

/* -- Definitions ---------------------------------------------------------------------------- */

/* Two ids of one layout. */
static void same_layout(struct check *c, const struct check_at *at, const struct life *l,
			struct nf_span span)
{
	struct layout { struct nf_node node; uint64_t key[2]; const struct life *l; } *e;
	const uint64_t key[2] = { (uintptr_t)at->stream, (uintptr_t)l->def };
	struct refresh_capture *all = capture_of(c);
	uint32_t hash = nf_hash(key, 2);
	struct check_claim claim;

	if (all->layouts == NULL && (all->layouts = check_map(c)) == NULL)
		return;
	e = nf_map_find(all->layouts, key, 2, hash);
	if (e == NULL) {
		if (!check_template_room(c, &all->count) || !(e = check_alloc(c, sizeof(*e))))
			return;
		memcpy(e->key, key, sizeof(key));
		if (!nf_map_add(all->layouts, &e->node, e->key, 2, hash))
			return;
	} else if (e->l != l && e->l->def == l->def && e->l->epoch == l->epoch) {
		claim = claim_of(at, CHECK_TPL_DUPLICATE_LAYOUT, span, e->l);
		claim.tmpl = 0;
		claim.args[1].u = l->id;
		check_claim(c, &claim);
		return;
	}
	e->l = l;
}

static void define(struct check *c, const struct check_at *at, struct life *l,
		   const struct nf_template *t, const struct nf_template *def)
{
	lapse_end(c, at->stream, l);
	refresh_renewed(at, l);
	l->def = def;
	l->kind = t->kind;
	live_begin(c, at->stream, l);
	l->defined = check_place_of(at, t->span);
	l->epoch = refresh_of(c, at->stream)->epoch;
	l->copies = 1;
	l->uses = 0;
	l->copied_ns = now_of(at);
	l->sctp_stream = at->datagram->facts.sctp_stream;
	l->gone = false;
	l->defined_times++;
	refresh_found(c, at, l);
	refresh_new(c, at, l, t->span);
	same_layout(c, at, l, t->span);
}

static void copy(struct check *c, const struct check_at *at, struct life *l, struct nf_span span)
{
	int64_t gap = now_of(at) - l->copied_ns;
	struct check_claim claim;

	lapse_end(c, at->stream, l);
	refresh_renewed(at, l);
	if (gap > BURST_MS * INT64_C(1000000)) {
		spacing_add(&l->spacing, gap);
		spacing_add(&refresh_of(c, at->stream)->spacing, gap);
	}
	l->copies++;
	l->copied_ns = now_of(at);
	if (at->msg->version != 10 || is_udp(at->stream) ||
	    at->stream->id.transport == NF_TRANSPORT_FILE)
		return;
	claim = claim_of(at, CHECK_TPL_RESENT_RELIABLE, span, l);
	check_claim(c, &claim);
}

/*
 * RFC 7011 section 8.4: over UDP an id may mean something else after three times the interval in
 * which templates are sent again.
 */
static int64_t interval_of(const struct check *c, const struct check_stream *s,
			   const struct life *l)
{
	return spacing_median(l->spacing.n != 0 ? &l->spacing : &refresh_of(c, s)->spacing);
}

/* Since the definition in force was sent or used last. */
static int64_t idle(const struct check_at *at, const struct life *l)
{
	return now_of(at) - (l->used_ns > l->copied_ns ? l->used_ns : l->copied_ns);
}

static bool is_free_again(const struct check *c, const struct check_at *at, const struct life *l)
{
	int64_t interval = interval_of(c, at->stream, l);

	return is_udp(at->stream) && interval != 0 && idle(at, l) >= 3 * interval;
}

static void redefined_udp(struct check *c, const struct check_at *at, const struct life *l,
			  const struct nf_template *t, const char *diff)
{
	int64_t interval = interval_of(c, at->stream, l), after = idle(at, l);
	struct check_claim claim = claim_of(at, CHECK_TPL_REDEFINED_EARLY, t->span, l);
	struct nf_strbuf text;

	nf_strbuf_init(&text);
	if (interval != 0) {
		nf_sb_str(&text, "resend interval is ");
		check_duration(&text, interval);
	} else {
		nf_sb_str(&text, "no template was sent twice until then");
	}
	if (interval == 0)
		claim.severity = 1 + (after < MINUTE_NS ? NF_WARNING : NF_NOTE);
	else
		claim.severity = 1 + (is_free_again(c, at, l) ? NF_NOTE : NF_ERROR);
	claim.likely = interval == 0;
	claim.args[1].i = after;
	claim.args[2].u = l->defined.frame;
	claim.args[3].s = nf_strbuf_cstr(&text);
	claim.args[4].s = diff;
	check_claim(c, &claim);
	nf_strbuf_done(&text);
}

/*
 * Over SCTP a template record on another stream than the first one's needs no withdrawal (RFC 7011
 * section 8.3).
 */
static bool needs_no_withdrawal(const struct check_at *at, const struct life *l)
{
	return at->stream->id.transport == NF_TRANSPORT_SCTP &&
	       at->datagram->facts.sctp_stream != l->sctp_stream;
}

static void redefined(struct check *c, const struct check_at *at, const struct life *l,
		      const struct nf_template *t)
{
	struct check_claim claim = claim_of(at, CHECK_V9_TPL_REDEFINED, t->span, l);
	struct nf_strbuf diff;

	if (l->kind != t->kind && !is_free_again(c, at, l)) {
		claim.rule = CHECK_TPL_ID_SHARED_KIND;
		check_claim(c, &claim);
		return;
	}
	nf_strbuf_init(&diff);
	refresh_diff(&diff, check_registry(c), l->def, t);
	claim.args[1].s = nf_strbuf_cstr(&diff);
	if (at->msg->version == 9) {
		check_claim(c, &claim);
	} else if (is_udp(at->stream)) {
		redefined_udp(c, at, l, t, nf_strbuf_cstr(&diff));
	} else if (!needs_no_withdrawal(at, l)) {
		claim.rule = CHECK_TPL_REDEFINED_NO_WITHDRAW;
		if (at->stream->id.transport == NF_TRANSPORT_FILE)
			claim.severity = 1 + NF_WARNING;	/* RFC 5655 section 7.2: SHOULD */
		check_claim(c, &claim);
	}
	nf_strbuf_done(&diff);
}

/* Options about templates, which belong into one message with them. */
static void related(struct check *c, const struct nf_template *t)
{
	enum { TEMPLATE_ID = 145 };
	struct refresh_capture *all = capture_of(c);
	struct nf_specs specs;
	struct nf_spec s;

	if (check_is_v9(t) || t->kind != NF_TEMPLATE_OPTIONS || all->related)
		return;
	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &s) && s.scope)
		if (!s.enterprise && s.id == TEMPLATE_ID) {
			all->related = true;
			all->related_span = t->span;
			all->related_id = t->id;
			return;
		}
}

static void definition(struct check *c, const struct check_at *at, const struct nf_template *t)
{
	const struct nf_template *def = check_definition(at, t);
	struct life *l = def != NULL ? refresh_life(c, at->stream, t->id) : NULL;

	if (l == NULL)
		return;
	if (l->def != NULL && l->epoch != refresh_of(c, at->stream)->epoch && l->def != def)
		l->def = NULL;		/* forgotten when the exporter was started anew */
	if (l->def == def) {
		l->epoch = refresh_of(c, at->stream)->epoch;
		copy(c, at, l, t->span);
		return;
	}
	if (l->def != NULL)
		redefined(c, at, l, t);
	else
		related(c, t);
	define(c, at, l, t, def);
}

static void template_(struct check *c, const struct check_at *at, const struct nf_template *t)
{
	refresh_of(c, at->stream)->template_octets += t->span.len;
	if (at->set->overrun) {
		refresh_spoil(c, at, t->id);
		return;
	}
	if (t->kind == NF_TEMPLATE_WITHDRAWAL || t->kind == NF_TEMPLATE_WITHDRAWAL_ALL) {
		withdrawal(c, at, t);
		return;
	}
	if (t->nfields == 0 || t->id < 256)
		return;
	capture_of(c)->defines = true;
	definition(c, at, t);
}

static void set_end(struct check *c, const struct check_at *at)
{
	const struct refresh_capture *all = capture_of(c);

	if (!all->defines || !all->withdraws || is_udp(at->stream))
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
				    now_of(at) / 1000000);
		s->former = said == NF_BOOT_FORMER;
		return said == NF_BOOT_RESTART;
	}
	return s->messages > 1 && is_udp(at->stream) && back != 0 && back < 1u << 31 &&
	       (m->sequence == 0 || back > FAR_BACK);
}

/* A silence behind which the sequence goes on elsewhere: templates may have been in it. */
static bool is_hole(const struct refresh_stream *s, const struct check_at *at)
{
	return s->messages > 1 && now_of(at) - s->seen_ns > SILENCE_S * SECOND_NS &&
	       (!s->next_known || s->next != at->msg->sequence);
}

static void message(struct check *c, const struct check_at *at)
{
	struct refresh_stream *s = refresh_of(c, at->stream);
	const struct nf_msg *m = at->msg;

	capture_of(c)->related = false;
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
		s->hole_ns = now_of(at);
	s->lost |= s->messages > 1 && (!s->next_known || s->next != m->sequence);
	s->last_sequence = m->sequence;
	s->seen_ns = now_of(at);
}

static void message_end(struct check *c, const struct check_at *at)
{
	struct refresh_stream *s = refresh_of(c, at->stream);
	const struct refresh_capture *all = capture_of(c);
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

	if (!is_udp(s) || sp->n == 0)
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
		lapse_end(c, s, l);
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
