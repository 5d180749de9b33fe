/*
 * Templates that are defined, sent again, changed and withdrawn.
 */
#include <config.h>

#include "check/refresh.h"

#include <string.h>

enum { BURST_MS = 100 };	/* copies at once, as RFC 7011 section 8.4 advises */

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

void refresh_withdrawal(struct check *c, const struct check_at *at, const struct nf_template *t)
{
	refresh_capture_of(c)->withdraws = true;
	if (refresh_is_udp(at->stream))
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
	struct refresh_capture *all = refresh_capture_of(c);
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
		claim = refresh_claim(at, CHECK_TPL_DUPLICATE_LAYOUT, span, e->l);
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
	refresh_lapse_end(c, at->stream, l);
	refresh_renewed(at, l);
	l->def = def;
	l->kind = t->kind;
	live_begin(c, at->stream, l);
	l->defined = check_place_of(at, t->span);
	l->epoch = refresh_of(c, at->stream)->epoch;
	l->copies = 1;
	l->uses = 0;
	l->copied_ns = refresh_now(at);
	l->sctp_stream = at->datagram->facts.sctp_stream;
	l->gone = false;
	l->defined_times++;
	refresh_found(c, at, l);
	refresh_new(c, at, l, t->span);
	same_layout(c, at, l, t->span);
}

static void copy(struct check *c, const struct check_at *at, struct life *l, struct nf_span span)
{
	int64_t gap = refresh_now(at) - l->copied_ns;
	struct check_claim claim;

	refresh_lapse_end(c, at->stream, l);
	refresh_renewed(at, l);
	if (gap > BURST_MS * INT64_C(1000000)) {
		spacing_add(&l->spacing, gap);
		spacing_add(&refresh_of(c, at->stream)->spacing, gap);
	}
	l->copies++;
	l->copied_ns = refresh_now(at);
	if (at->msg->version != 10 || refresh_is_udp(at->stream) ||
	    at->stream->id.transport == NF_TRANSPORT_FILE)
		return;
	claim = refresh_claim(at, CHECK_TPL_RESENT_RELIABLE, span, l);
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
	return refresh_now(at) - (l->used_ns > l->copied_ns ? l->used_ns : l->copied_ns);
}

static bool is_free_again(const struct check *c, const struct check_at *at, const struct life *l)
{
	int64_t interval = interval_of(c, at->stream, l);

	return refresh_is_udp(at->stream) && interval != 0 && idle(at, l) >= 3 * interval;
}

static void redefined_udp(struct check *c, const struct check_at *at, const struct life *l,
			  const struct nf_template *t, const char *diff)
{
	int64_t interval = interval_of(c, at->stream, l), after = idle(at, l);
	struct check_claim claim = refresh_claim(at, CHECK_TPL_REDEFINED_EARLY, t->span, l);
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
	struct check_claim claim = refresh_claim(at, CHECK_V9_TPL_REDEFINED, t->span, l);
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
	} else if (refresh_is_udp(at->stream)) {
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
	struct refresh_capture *all = refresh_capture_of(c);
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

void refresh_definition(struct check *c, const struct check_at *at, const struct nf_template *t)
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
