/*
 * One walk over each message, which all groups of rules hear.
 */
#include <config.h>

#include <string.h>

#include "check/internal.h"

enum { MAX_FINDINGS = 65536, OCCURRENCES = 16, ETHERNET_MTU = 1500 };

static const int64_t second_ns = 1000000000;

static const struct check_group *const groups[CHECK_GROUPS] = {
#define GROUP(name) [CHECK_GROUP_##name] = &check_group_##name,
#include "check/groups.def"
#undef GROUP
};

/* Those of the hooks that every message calls, without the groups that have none. */
static void hear_add(struct check *c, enum check_heard what,
		     void (*hook)(struct check *, const struct check_at *))
{
	struct check_hears *h = &c->hears[what];

	if (hook != NULL)
		h->hook[h->n++] = hook;
}

static void hear_all(struct check *c)
{
	for (unsigned g = 0; g < CHECK_GROUPS; g++) {
		hear_add(c, CHECK_HEARD_DATAGRAM, groups[g]->datagram);
		hear_add(c, CHECK_HEARD_MESSAGE, groups[g]->message);
		hear_add(c, CHECK_HEARD_SET, groups[g]->set);
		hear_add(c, CHECK_HEARD_SET_END, groups[g]->set_end);
		hear_add(c, CHECK_HEARD_MESSAGE_END, groups[g]->message_end);
	}
}

static void hear(struct check *c, enum check_heard what, const struct check_at *at)
{
	void (*const *hook)(struct check *, const struct check_at *) = c->hears[what].hook;

	for (; *hook != NULL; hook++)
		(*hook)(c, at);
}

/* -- Problems ------------------------------------------------------------------------- */

static const uint16_t rule_of[NF_PROBLEMS] = {
#define BY_RULE(problem, rule) [NF_PROBLEM_##problem] = 1 + CHECK_##rule,
#define BY_GROUP(problem, group)
#define NOT_BY(problem, why)
#include "check/problems.def"
#undef BY_RULE
#undef BY_GROUP
#undef NOT_BY
};

static void judge(struct check *c, struct check_at *at, const struct nf_problem *p)
{
	for (unsigned g = 0; g < CHECK_GROUPS; g++)
		if (groups[g]->problem != NULL && groups[g]->problem(c, at, p))
			return;
	if (rule_of[p->id] == 0)
		return;
	check_claim(c, &(struct check_claim){
		.rule = (enum check_rule_id)(rule_of[p->id] - 1), .at = at, .span = p->span,
		.args = { { .u = p->found }, { .u = p->wanted } },
	});
}

/* Those of the tracker come before their message. */
static void report(void *ctx, const struct nf_problem *p)
{
	struct check *c = ctx;

	if (c->at != NULL)
		judge(c, c->at, p);
	else if (c->npending < CHECK_PENDING)
		c->pending[c->npending++] = *p;
}

const struct nf_sink *check_sink(struct check *c)
{
	c->npending = 0;
	return &c->sink;
}

void check_tell_pending(struct check *c, struct check_at *at)
{
	for (unsigned i = 0; i < c->npending; i++)
		judge(c, at, &c->pending[i]);
	c->npending = 0;
}

/* -- Sets ------------------------------------------------------------------------------ */

static void count_template(struct nf_tally *t, const struct nf_template *tmpl)
{
	if (tmpl->kind == NF_TEMPLATE)
		t->templates++;
	else if (tmpl->kind == NF_TEMPLATE_OPTIONS)
		t->options_templates++;
	else
		t->withdrawals++;
}

/* v1 to v8: the count and the length contradict each other, so these may not be such records. */
static bool miscounted(const struct nf_msg *m, const struct nf_set *set)
{
	return set->kind == NF_SET_FIXED &&
	       (set->overrun ||
		!nf_all_zero(nf_slice(m->bytes, set->body + set->bytes.n, SIZE_MAX)));
}

static void enter_set(struct check *c, struct check_at *at, const struct nf_event *e)
{
	const struct nf_resolution *r = e->resolution;
	const struct nf_set *set = e->set;
	bool data = set->kind == NF_SET_DATA || set->kind == NF_SET_FIXED;

	at->set = set;
	at->resolution = data ? r : NULL;
	at->use = NULL;
	at->set_records = 0;
	at->tally.sets++;
	if (set->cut || set->overrun)
		at->tally.exact = false;
	if (data) {
		at->tally.data_sets++;
		if (r->layout == NULL) {
			at->tally.undecoded[r->why]++;
			at->tally.undecoded_octets[r->why] += set->length;
			at->tally.exact = false;
		} else if (r->misfit || miscounted(at->msg, set)) {
			at->tally.exact = false;
		} else {
			at->use = check_use_get(c, at, r, set->id);
		}
	}
	hear(c, CHECK_HEARD_SET, at);
}

static void rest(struct check_at *at, const struct nf_event *e)
{
	struct check_octets *o = &at->stream->exporter->totals.octets;

	switch (e->type) {
	case NF_EV_PADDING:	o->padding += e->span.len; break;
	case NF_EV_UNDECODED:	o->undecoded += e->span.len; break;
	case NF_EV_TRAILING:	o->trailing += e->span.len; break;
	default:		o->malformed += e->span.len; break;
	}
	if (e->type == NF_EV_MALFORMED)
		at->tally.exact = false;
}

static void definition(struct check *c, struct check_at *at, const struct nf_template *t)
{
	for (unsigned g = 0; g < CHECK_GROUPS; g++)
		if (groups[g]->template_ != NULL)
			groups[g]->template_(c, at, t);
}

static void event(struct check *c, struct check_at *at, struct nf_walk *w,
		  const struct nf_event *e)
{
	struct check_octets *o = &at->stream->exporter->totals.octets;

	switch (e->type) {
	case NF_EV_HEADER:
		o->headers += e->span.len;
		break;
	case NF_EV_SET:
		o->headers += e->set->body - e->set->offset;
		enter_set(c, at, e);
		break;
	case NF_EV_TEMPLATE:
		o->templates += e->span.len;
		count_template(&at->tally, e->tmpl);
		definition(c, at, e->tmpl);
		break;
	case NF_EV_RECORD:
		check_records(c, at, w);
		break;
	case NF_EV_SET_END:
		hear(c, CHECK_HEARD_SET_END, at);
		at->set = NULL;
		at->use = NULL;
		break;
	case NF_EV_END:
		break;
	default:
		rest(at, e);
		break;
	}
}

static void walk(struct check *c, struct check_at *at)
{
	const struct nf_event *e;
	struct nf_walk w;

	nf_walk_open(&w, at->msg, &at->view->resolver, c->registry, c->scratch, &c->sink);
	at->walk = &w;
	while ((e = nf_walk_next(&w)) != NULL)
		event(c, at, &w, e);
	at->walk = NULL;
}

/* -- Messages ------------------------------------------------------------------------- */

static void met(struct check *c, const struct check_at *at)
{
	const struct nf_msg *m = at->msg;

	c->versions |= check_version_bit(m->version);
	c->transports |= 1u << at->datagram->transport;
	if (at->stream->from_start)
		c->gates |= CHECK_NEEDS_START;
	if (at->whole)
		c->gates |= CHECK_NEEDS_WHOLE;
	if (at->datagram->transport != NF_TRANSPORT_FILE)
		c->gates |= CHECK_NEEDS_CLOCK;
	if (m->format->dialect == NULL || at->tally.templates + at->tally.options_templates != 0)
		c->gates |= CHECK_NEEDS_TEMPLATE;
}

static void total(struct check *c, struct check_at *at)
{
	struct check_exporter_totals *e = &at->stream->exporter->totals;
	const struct nf_tally *t = &at->tally;
	uint32_t behind = at->view->trailing.len;

	e->messages++;
	e->records += t->flows + t->options;
	e->octets.trailing += behind;
	e->octets.total += at->msg->bytes.n + behind;
	c->totals.messages++;
	c->totals.records += t->flows;
	c->totals.options += t->options;
	c->totals.data_sets += t->data_sets;
	for (unsigned i = 0; i < NF_WHY_NOTS; i++)
		c->totals.undecoded_sets += t->undecoded[i];
}

static void message(struct check *c, struct check_at *at)
{
	const struct check_place place = check_place_of(at, nf_span_of(0, at->msg->wire_len));
	struct check_stream *s = at->stream;

	if (s->messages++ == 0) {
		s->first = place;
		s->from_start |= at->datagram->facts.from_start;
		at->first = true;
	}
	s->last = place;
	check_copy_look(c, at);
	if (at->shown) {
		s->shown++;
		s->session->shown++;
		s->exporter->shown++;
		c->shown++;
	}
	if (at->view->offset == 0)
		hear(c, CHECK_HEARD_DATAGRAM, at);
	check_tell_pending(c, at);
	hear(c, CHECK_HEARD_MESSAGE, at);
	walk(c, at);
	met(c, at);
	total(c, at);
	s->records += at->tally.flows + at->tally.options;
	hear(c, CHECK_HEARD_MESSAGE_END, at);
}

void check_message(struct check *c, const struct nf_view *v, bool shown)
{
	struct check_at at = {
		.view = v, .msg = &v->msg, .datagram = v->datagram, .shown = shown,
		.whole = !v->headerless && !v->msg.cut && !v->datagram->facts.cut,
	};

	c->at = &at;
	at.tally.exact = at.whole;
	c->totals.shown += shown;
	if (v->headerless) {
		c->totals.headerless++;
		check_tell_pending(c, &at);
	} else {
		at.stream = check_stream_get(c, v->session, &v->msg);
		if (at.stream != NULL)
			message(c, &at);
		else
			c->totals.beyond_streams++;
	}
	c->npending = 0;
	c->at = NULL;
}

void check_refused(struct check *c, const struct nf_datagram *d, enum nf_refusal why, bool shown)
{
	c->totals.refused++;
	for (unsigned g = 0; shown && g < CHECK_GROUPS; g++)
		if (groups[g]->refused != NULL)
			groups[g]->refused(c, d, why);
}

void check_event(struct check *c, const struct capture_event *e)
{
	for (unsigned g = 0; g < CHECK_GROUPS; g++)
		if (groups[g]->event != NULL)
			groups[g]->event(c, e);
}

void check_drops(struct check *c, uint64_t drops)
{
	c->drops = drops;
}

/* -- A held set ----------------------------------------------------------------------- */

/* Only its records are new: what stands around them was seen with its message. */
void check_late(struct check *c, const struct nf_late *late, bool shown)
{
	struct check_at at = {
		.msg = &late->msg, .datagram = &late->datagram, .shown = shown, .late = true,
		.set = &late->set, .resolution = &late->resolution,
	};
	struct nf_walk w = {
		.msg = &late->msg, .resolver = &late->resolver, .registry = c->registry,
		.scratch = c->scratch, .sink = &c->sink,
	};

	c->totals.shown += shown;
	at.stream = check_stream_get(c, late->session, &late->msg);
	if (at.stream == NULL || late->resolution.layout == NULL)
		return;
	c->at = &at;
	at.walk = &w;
	if (!late->resolution.misfit)
		at.use = check_use_get(c, &at, &late->resolution, late->set.id);
	nf_recs_open(&w.recs, &late->msg, &late->set, late->resolution.layout, c->scratch,
		     &c->sink);
	if (nf_rec_next(&w.recs, &w.rec)) {
		at.stream->exporter->totals.octets.undecoded -= late->set.bytes.n;
		check_records(c, &at, &w);
		at.stream->exporter->totals.octets.padding += w.recs.padding.len;
		at.stream->exporter->totals.octets.malformed += w.recs.malformed.len;
		at.stream->exporter->totals.records += at.tally.flows + at.tally.options;
		at.stream->records += at.tally.flows + at.tally.options;
		c->totals.records += at.tally.flows;
		c->totals.options += at.tally.options;
		c->totals.undecoded_sets--;
	}
	c->at = NULL;
}

/* -- The end -------------------------------------------------------------------------- */

static void uses_end(struct check *c, struct check_stream *s)
{
	for (struct check_use *u = s->uses; u != NULL; u = u->next)
		for (unsigned i = 0; i < u->nsteps; i++)
			if (u->steps[i].end != NULL)
				u->steps[i].end(c, u, &u->steps[i]);
}

static void list_exporters(struct check *c)
{
	size_t n = 0;

	if (c->nexporters == 0)
		return;
	c->exporter_list = check_alloc(c, c->nexporters * sizeof(*c->exporter_list));
	if (c->exporter_list == NULL)
		return;
	for (struct check_exporter *e = c->first_exporter; e != NULL; e = e->next)
		c->exporter_list[n++] = e;
}

static void streams_end(struct check *c)
{
	for (struct check_stream *s = c->first_stream; s != NULL; s = s->next) {
		uses_end(c, s);
		for (unsigned g = 0; g < CHECK_GROUPS; g++)
			if (groups[g]->stream_end != NULL)
				groups[g]->stream_end(c, s);
	}
}

static void sessions_end(struct check *c)
{
	for (struct check_session *s = c->first_session; s != NULL; s = s->next)
		for (unsigned g = 0; g < CHECK_GROUPS; g++)
			if (groups[g]->session_end != NULL)
				groups[g]->session_end(c, s);
}

static void exporters_end(struct check *c)
{
	for (struct check_exporter *e = c->first_exporter; e != NULL; e = e->next)
		for (unsigned g = 0; g < CHECK_GROUPS; g++)
			if (groups[g]->exporter_end != NULL)
				groups[g]->exporter_end(c, e);
}

void check_end(struct check *c)
{
	if (c->ended)
		return;
	c->ended = true;
	streams_end(c);
	sessions_end(c);
	exporters_end(c);
	for (unsigned g = 0; g < CHECK_GROUPS; g++)
		if (groups[g]->end != NULL)
			groups[g]->end(c);
	c->totals.streams = c->nstreams;
	list_exporters(c);
	check_findings_end(c);
}

const struct check_totals *check_totals(const struct check *c)
{
	return &c->totals;
}

bool check_sound(const struct check *c)
{
	return !c->failed;
}

uint64_t check_unclaimed(const struct check_octets *o)
{
	return o->total - o->headers - o->templates - o->data - o->options - o->padding -
	       o->undecoded - o->malformed - o->trailing;
}

const struct check_exporter_totals *check_exporter_at(const struct check *c, size_t i)
{
	if (c->exporter_list == NULL || i >= c->nexporters)
		return NULL;
	return &c->exporter_list[i]->totals;
}

/* -- Opening -------------------------------------------------------------------------- */

/* What rulesets and the profile make of a rule. */
static uint8_t severity(const struct check_opts *opts, unsigned rule)
{
	const struct check_rule *r = &check_rules[rule];

	if (opts->severity != NULL && opts->severity[rule] != CHECK_BY_DEFAULT)
		return opts->severity[rule];
	if (opts->ruleset == CHECK_INTEROP ? r->breaks == NULL :
	    opts->ruleset == CHECK_RECOMMENDED && r->off)
		return CHECK_OFF;
	return (uint8_t)(1 + r->severity);
}

struct check *check_new(const struct check_opts *opts, struct nf_registry *registry)
{
	struct check *c = nf_zalloc(sizeof(*c));

	if (c == NULL)
		return NULL;
	nf_arena_init(&c->arena);
	nf_arena_init(&c->findings.arena);
	c->opts = *opts;
	if (opts->lifetime_ns == 0)
		c->opts.lifetime_ns = 1800 * second_ns;	/* RFC 6728 section 4.5.2 */
	if (opts->skew_ns == 0)
		c->opts.skew_ns = 5 * second_ns;
	if (opts->mtu == 0)
		c->opts.mtu = ETHERNET_MTU;
	c->registry = registry;
	c->sink = (struct nf_sink){ .report = report, .ctx = c };
	c->findings.max = opts->max_findings != 0 ? opts->max_findings : MAX_FINDINGS;
	c->findings.all_max = c->findings.max * OCCURRENCES;
	for (unsigned i = 0; i < CHECK_RULES; i++)
		c->severity[i] = severity(opts, i);
	c->scratch.n = NF_SCRATCH_WORDS;
	c->scratch.words = nf_alloc(c->scratch.n * sizeof(*c->scratch.words));
	c->columns = nf_alloc(CHECK_FIELDS);
	c->shifts = nf_alloc(NF_SCRATCH_WORDS * sizeof(*c->shifts));
	c->sent = nf_zalloc(CHECK_SENT * sizeof(*c->sent));
	c->seq = nf_seq_new(&opts->seq);
	if (c->seq == NULL || c->sent == NULL || c->scratch.words == NULL || c->columns == NULL ||
	    c->shifts == NULL || !check_holders_init(c)) {
		check_free(c);
		return NULL;
	}
	hear_all(c);
	return c;
}

void check_free(struct check *c)
{
	if (c == NULL)
		return;
	for (struct check_owned_map *m = c->maps; m != NULL; m = m->next)
		nf_map_done(&m->map);
	nf_map_done(&c->uses);
	nf_map_done(&c->streams);
	nf_map_done(&c->sessions);
	nf_map_done(&c->exporters);
	nf_seq_free(c->seq);
	check_findings_done(c);
	nf_arena_done(&c->arena);
	nf_free(c->scratch.words);
	nf_free(c->values);
	nf_free(c->columns);
	nf_free(c->shifts);
	nf_free(c->sent);
	nf_free(c);
}
