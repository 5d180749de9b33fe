/*
 * What an exporter counts of its own export, against what the capture holds (RFC 7011 sections
 * 4.1 to 4.3; RFC 3954 section 8, TOTAL_*_EXP).
 */
#include <config.h>

#include <string.h>

#include "base/hash.h"
#include "check/options.h"

enum {
	EXPORTED_OCTETS = 40, EXPORTED_MESSAGES, EXPORTED_FLOWS,
	DOMAIN_ID = 149,
	IGNORED_PACKETS = 164, NOT_SENT_OCTETS = 168,
	HEADERS = 48,	/* IPv6 and UDP, which an exporter may take for octets exported */
};

/* -- What it lost itself -------------------------------------------------------------- */

static void loss(const struct check_record *r, struct check_step *s)
{
	const struct nf_field f = nf_field(r->rec, s->a);
	struct check_id *last;
	uint64_t v;

	if (!check_uint(r->rec, s->a, &v))
		return;
	last = check_ids_get(r->check, s->state, nf_hash64(check_scope(r->rec)), 0);
	if (last == NULL)
		return;
	if (last->flags != 0 && v > last->v[0])
		check_claim(r->check, &(struct check_claim){
			.rule = CHECK_OPT_LOSS_REPORTED, .at = r->at,
			.span = nf_span_of(f.offset, f.value.n), .tmpl = r->use->tmpl,
			.ie = f.def->ie, .other_frame = last->place.frame,
			.other_file = last->place.file,
			.args = { { .u = v - last->v[0] }, { .ie = f.def->ie },
				  { .u = last->place.frame } },
		});
	last->flags = 1;
	last->v[0] = v;
	last->place = check_place_of(r->at, nf_span_of(f.offset, f.value.n));
}

/* -- What it sent --------------------------------------------------------------------- */

static void tick(const struct check_record *r, struct check_step *s)
{
	struct options_counters *o = &options_stream(r->check, r->at->stream)->counters;
	const struct nf_field f = nf_field(r->rec, s->a);
	uint64_t v, domain;

	if (r->at->late || o->nticks == OPTIONS_TICKS || !check_uint(r->rec, s->a, &v))
		return;
	o->ticks[o->nticks++] = (struct options_tick){
		.ie = f.def->ie, .value = v, .span = nf_span_of(f.offset, f.value.n),
		.scope = nf_hash64(check_scope(r->rec)), .tmpl = r->use->tmpl,
		/* RFC 3954 section 8 has v9's counters by domain. */
		.of_domain = r->at->msg->version == 9 ||
			     (s->b != 0 && check_uint(r->rec, s->b - 1u, &domain) &&
			      domain == r->at->msg->domain),
	};
}

void options_counters_plan(struct check_plan *p)
{
	for (unsigned i = 0; i < p->layout->nfields; i++) {
		const struct nf_ie *ie = p->layout->fields[i].ie;
		struct check_step *s;

		if (ie->pen != NF_PEN_IANA || p->layout->fields[i].scope)
			continue;
		if (ie->id >= IGNORED_PACKETS && ie->id <= NOT_SENT_OCTETS) {
			check_applies(p->check, CHECK_OPT_LOSS_REPORTED);
			s = check_plan_step(p, loss);
			if (s == NULL)
				return;
			s->state = check_alloc(p->check, sizeof(struct check_ids));
			if (s->state == NULL)
				return;
		} else if (ie->id >= EXPORTED_OCTETS && ie->id <= EXPORTED_FLOWS) {
			check_applies(p->check, CHECK_OPT_EXPORT_COUNTER_MISMATCH);
			s = check_plan_step(p, tick);
			if (s == NULL)
				return;
			s->b = (uint16_t)(1 + check_field_of(p->layout, NF_PEN_IANA, DOMAIN_ID));
		} else {
			continue;
		}
		s->a = (uint16_t)i;
	}
}

void options_counters_message(struct options_counters *o, const struct check_at *at)
{
	if (!o->known || at->msg->sequence != o->expected)
		o->holes++;
	o->nticks = 0;
}

/* The units of a counter; AMPLE: what else some exporters count. */
static uint64_t units(const struct nf_ie *ie, const struct options_held *held, bool ample)
{
	switch (ie->id) {
	case EXPORTED_MESSAGES:	return held->messages;
	case EXPORTED_FLOWS:	return held->flows + (ample ? held->options : 0);
	default:		return held->octets + (ample ? HEADERS * held->messages : 0);
	}
}

/* What a counter was last, and what its first fault was. */
struct counted {
	uint64_t before, after, ample;	/* units held before and behind the message that had it */
	uint64_t holes;
	uint64_t faults;
	struct check_arg args[CHECK_ARGS];
	struct check_place place;
	uint64_t other_frame;
	uint32_t other_file;
};

/* Whether a report counts the message that it stands in is not asked. */
static void compare(struct options_counters *o, const struct check_at *at,
		    const struct options_tick *t, const struct options_held *after,
		    const struct check_id *last, struct counted *was)
{
	uint64_t now = units(t->ie, &o->before, false), n = t->value - last->v[0];

	if (was->holes != o->holes || t->value < last->v[0] ||
	    (n >= now - was->after && n <= units(t->ie, after, true) - was->ample) ||
	    was->faults++ != 0)
		return;
	o->of_all |= !t->of_domain;
	was->place = check_place_of(at, t->span);
	was->other_frame = last->place.frame;
	was->other_file = last->place.file;
	was->args[0].ie = t->ie;
	was->args[1].u = n;
	was->args[2].u = now - was->before;
	was->args[3].u = last->place.frame;
}

static void judge(struct check *c, struct options_counters *o, const struct check_at *at,
		  const struct options_tick *t, const struct options_held *after)
{
	struct check_id *last = check_ids_get(c, &o->last, (uintptr_t)t->ie, t->scope);
	struct counted *was;

	if (last == NULL)
		return;
	was = last->data;
	if (was == NULL)
		was = last->data = check_alloc(c, sizeof(*was));
	else
		compare(o, at, t, after, last, was);
	if (was == NULL)
		return;
	last->tmpl = t->tmpl;
	last->v[0] = t->value;
	last->place = check_place_of(at, t->span);
	was->before = units(t->ie, &o->before, false);
	was->after = units(t->ie, after, false);
	was->ample = units(t->ie, &o->before, true);
	was->holes = o->holes;
}

void options_counters_message_end(struct check *c, struct options_counters *o,
				  const struct check_at *at)
{
	struct options_held after = o->before;

	after.messages++;
	after.flows += at->tally.flows;
	after.options += at->tally.options;
	after.octets += at->msg->wire_len;
	for (unsigned i = 0; i < o->nticks; i++)
		judge(c, o, at, &o->ticks[i], &after);
	o->before = after;
	o->known = at->msg->version == 9 || at->tally.exact;
	o->expected = at->msg->sequence +
		      (at->msg->version == 9 ? 1 : at->tally.flows + at->tally.options);
	if (!at->tally.exact)
		o->holes++;
}

/* Where an exporter has several streams, counters may be of all of them. */
void options_counters_end(struct check *c, struct options_counters *o, struct check_stream *s,
			  bool alone, bool alone_in_domain)
{
	if (!alone_in_domain || (o->of_all && !alone))
		return;
	for (const struct check_id *id = o->last.first; id != NULL; id = id->next) {
		const struct counted *was = id->data;
		struct check_claim claim = {
			.rule = CHECK_OPT_EXPORT_COUNTER_MISMATCH, .stream = s, .tmpl = id->tmpl,
		};

		if (was == NULL || was->faults == 0)
			continue;
		claim.place = &was->place;
		claim.ie = was->args[0].ie;
		claim.count = was->faults;
		claim.other_frame = was->other_frame;
		claim.other_file = was->other_file;
		memcpy(claim.args, was->args, sizeof(claim.args));
		check_claim(c, &claim);
	}
}
