#include <config.h>

#include "track/seq_internal.h"

#include <string.h>

enum {
	EARLY_MESSAGES = 32,	/* how far into a stream one may come from before its first */
	EARLY_PACKETS = 16,	/* and how far before it */
	EARLY_RECORDS = 256,
};

void nf_seq_rebase(struct nf_seq_state *s)
{
	s->begun = false;
	s->pub.nholes = 0;
	s->agreed = s->agreed_early = 0;
}

/* -- Holes ---------------------------------------------------------------------------- */

/* Without memory, or beyond the bound, a hole is not remembered: its loss stands. */
static void add_hole(struct nf_seq_turn *t, const struct nf_seq_hole *hole, unsigned at)
{
	struct nf_seq_state *s = t->s;
	void *holes = s->holes;

	if (s->pub.nholes >= t->opts->max_holes) {
		s->pub.forgotten++;
		if (at == 0)
			return;
		s->pub.nholes--;
		memmove(s->holes, s->holes + 1, s->pub.nholes * sizeof(*s->holes));
		at--;
	} else if (!nf_grow(&holes, &s->holes_cap, s->pub.nholes + 1u, sizeof(*s->holes))) {
		s->pub.forgotten++;
		return;
	}
	s->holes = holes;
	s->pub.holes = s->holes;
	memmove(s->holes + at + 1, s->holes + at, (s->pub.nholes - at) * sizeof(*s->holes));
	s->holes[at] = *hole;
	s->pub.nholes++;
}

/* [START, START + LENGTH) of hole AT has come. */
static void fill_hole(struct nf_seq_turn *t, unsigned at, uint32_t start, uint32_t length)
{
	struct nf_seq_state *s = t->s;
	struct nf_seq_hole hole = s->holes[at];
	uint32_t before = start - hole.start, behind = hole.length - before - length;
	struct nf_seq_hole rest = hole;

	rest.start = start + length;
	rest.length = behind;
	if (hole.counted) {
		s->pub.totals.lost -= length;
		s->pub.totals.lost_by[hole.cause] -= length;
	}
	if (before != 0) {
		s->holes[at].length = before;
		if (behind != 0)
			add_hole(t, &rest, at + 1);
	} else if (behind != 0) {
		s->holes[at] = rest;
	} else {
		s->pub.nholes--;
		memmove(s->holes + at, s->holes + at + 1,
			(s->pub.nholes - at) * sizeof(*s->holes));
	}
}

/* The hole that holds all of [START, START + LENGTH), most likely a recent one; or none: -1. */
static int hole_of(const struct nf_seq_state *s, uint32_t start, uint32_t length)
{
	for (unsigned i = s->pub.nholes; i-- > 0;) {
		uint32_t before = start - s->holes[i].start;

		if (before < s->holes[i].length && length <= s->holes[i].length - before)
			return (int)i;
	}
	return -1;
}

/* -- Gaps ----------------------------------------------------------------------------- */

static enum nf_seq_cause cause_of(const struct nf_seq_turn *t, uint32_t lost)
{
	const struct nf_seq_state *s = t->s;
	const struct nf_seq_owner *o = s->owner;
	uint64_t skipped = o->skipped - s->skipped;

	if (t->m->after_hole || t->m->drops > s->drops)
		return NF_SEQ_CAUSE_CAPTURE;
	/* Of a packet that is late itself, it cannot be told what was skipped before it. */
	if (!t->m->has_ip_id || o->ip_id != t->m->ip_id || o->steps < NF_SEQ_AGREE ||
	    o->epoch != s->epoch)
		return NF_SEQ_CAUSE_UNKNOWN;
	if (skipped == 0)
		return NF_SEQ_CAUSE_EXPORTER;
	/* A packet carries a unit at least; of v9's, which are packets, each skipped a number. */
	if (s->pub.unit == NF_SEQ_UNIT_PACKETS && s->pub.rule == NF_SEQ_COUNTS_AS_SPECIFIED)
		return skipped >= lost ? NF_SEQ_CAUSE_NETWORK : NF_SEQ_CAUSE_UNKNOWN;
	return skipped <= lost ? NF_SEQ_CAUSE_NETWORK : NF_SEQ_CAUSE_UNKNOWN;
}

static void gap(struct nf_seq_turn *t, uint32_t start, uint32_t lost)
{
	struct nf_seq_state *s = t->s;
	enum nf_seq_cause cause = cause_of(t, lost);
	struct nf_seq_event *e = nf_seq_tell(t, NF_SEQ_GAP, s->expected);

	e->cause = (uint8_t)cause;
	e->units = lost;
	t->totals->gaps++;
	t->totals->lost += lost;
	t->totals->lost_by[cause] += lost;
	add_hole(t, &(struct nf_seq_hole){
		.start = s->expected,
		.length = lost,
		.found = s->messages,
		.cause = (uint8_t)cause,
		.counted = t->totals == &s->pub.totals,
	}, s->pub.nholes);
	s->expected = start;
}

/* -- The machine ---------------------------------------------------------------------- */

/* The units of a message that counts, and what is expected after it. */
static void go_on(struct nf_seq_turn *t, uint32_t start, uint32_t units, bool known)
{
	struct nf_seq_state *s = t->s;

	if (!s->begun) {
		s->base = start;
		s->base_message = s->messages;
	}
	s->begun = true;
	s->known = known;
	s->expected = known ? start + units : start;
	s->partial = units;
	s->agreed = s->agreed_early = 0;
	s->drops = t->m->drops;
	s->frame = t->m->frame;
	s->file = t->m->file;
	/* Behind one that is late itself there may be numbers that count as skipped already. */
	if (s->owner->ip_id == t->m->ip_id) {
		s->skipped = s->owner->skipped;
		s->epoch = s->owner->epoch;
	}
}

/* A message of unknown size, of which PARTIAL could be counted: what it held at most. */
static void unverified(struct nf_seq_turn *t, uint32_t ahead, uint32_t partial)
{
	uint32_t inferred = ahead > partial ? ahead - partial : 0;

	t->totals->inferred += inferred;
	nf_seq_tell(t, NF_SEQ_UNVERIFIED, t->s->expected)->units = inferred;
}

static void anew(struct nf_seq_turn *t, enum nf_seq_kind kind, uint64_t *count)
{
	(*count)++;
	nf_seq_tell(t, kind, t->s->expected);
	nf_seq_rebase(t->s);
}

/* What it is late for is not known any more: it is from before the restart, or of unknown size. */
static void former(struct nf_seq_turn *t)
{
	t->totals->late++;
	nf_seq_tell(t, NF_SEQ_LATE, t->s->expected);
}

static void late(struct nf_seq_turn *t, uint32_t start, uint32_t units, bool known)
{
	struct nf_seq_state *s = t->s;
	int at = hole_of(s, start, units != 0 ? units : 1);
	struct nf_seq_event *e = nf_seq_tell(t, NF_SEQ_LATE, s->expected);

	/* Of unknown size: what is left of the hole may all be its own. */
	if (at >= 0 && !known)
		units = s->holes[at].length - (start - s->holes[at].start);
	t->totals->late++;
	e->units = units;
	if (at >= 0)
		e->late_by = s->messages - s->holes[at].found;
	if (at >= 0 && units != 0)
		fill_hole(t, (unsigned)at, start, units);
}

/* How far before another one a message may be that is only late. */
static uint32_t most_early(const struct nf_seq_state *s)
{
	return s->pub.unit == NF_SEQ_UNIT_PACKETS ? EARLY_PACKETS : EARLY_RECORDS;
}

/* Sent before the first message of the stream that was captured. */
static bool is_early(const struct nf_seq_state *s, uint32_t start, uint32_t units)
{
	uint32_t before = s->base - start;

	return before <= most_early(s) && (units != 0 ? units : 1) <= before &&
	       s->messages - s->base_message <= EARLY_MESSAGES;
}

static void early(struct nf_seq_turn *t)
{
	t->s->agreed_early++;
	t->totals->late++;
	nf_seq_tell(t, NF_SEQ_LATE, t->s->expected);
}

/* Those of the row were neither overlaps nor late. */
static void take_back(struct nf_seq_turn *t)
{
	struct nf_seq_state *s = t->s;
	uint32_t overlaps = s->agreed - 1 - s->agreed_early;

	t->totals->late -= t->totals->late < s->agreed_early ? t->totals->late : s->agreed_early;
	t->totals->overlaps -= t->totals->overlaps < overlaps ? t->totals->overlaps : overlaps;
}

/* Numbers that were there before.  True if they are a new count. */
static bool overlap(struct nf_seq_turn *t, uint32_t start, uint32_t units, bool known)
{
	struct nf_seq_state *s = t->s;

	if (s->agreed == 0 || start != s->agreed_next) {
		s->agreed = s->agreed_early = 0;
		s->agreed_from_zero = start == 0;
	}
	s->agreed++;
	s->agreed_next = start + units;
	if (s->agreed >= (s->agreed_from_zero ? NF_SEQ_ANEW : NF_SEQ_AGREE)) {
		take_back(t);
		return true;
	}
	if (is_early(s, start, units)) {
		early(t);
		return false;
	}
	t->totals->overlaps++;
	nf_seq_tell(t, NF_SEQ_OVERLAP, s->expected);
	if (known && s->known && (int32_t)(start + units - s->expected) > 0)
		s->expected = start + units;
	return false;
}

/* A number that is less than what was expected.  True if it goes on from there. */
static bool behind(struct nf_seq_turn *t, uint32_t start, uint32_t units, bool known)
{
	struct nf_seq_state *s = t->s;

	if (s->expected - start > t->opts->max_back) {
		anew(t, NF_SEQ_RESET, &t->totals->resets);
		return true;
	}
	/* Without units (templates alone), it has no place in a hole. */
	if ((units == 0 && known) || hole_of(s, start, units != 0 ? units : 1) >= 0) {
		late(t, start, units, known);
		return false;
	}
	if ((start != 0 || s->expected <= most_early(s)) && !overlap(t, start, units, known))
		return false;
	anew(t, NF_SEQ_RESET, &t->totals->resets);
	return true;
}

static bool ahead(struct nf_seq_turn *t, uint32_t start, uint32_t d)
{
	struct nf_seq_state *s = t->s;

	if (d > t->opts->max_gap)
		anew(t, NF_SEQ_JUMP, &t->totals->jumps);
	else if (!s->known)
		unverified(t, d, s->partial);
	else if (d != 0)
		gap(t, start, d);
	return true;
}

/*
 * A number that includes the message's own units says where it ends, even if how many they are is
 * not known: what is missing before it may all be its own, and behind it nothing is unknown.
 */
static void ends(struct nf_seq_turn *t, uint32_t partial, bool first)
{
	struct nf_seq_state *s = t->s;
	uint32_t d = t->m->sequence - s->expected;

	if (!first && (int32_t)d < 0) {
		former(t);
		return;
	}
	if (!first && d > t->opts->max_gap)
		anew(t, NF_SEQ_JUMP, &t->totals->jumps);
	else if (!first)
		unverified(t, d, partial);
	go_on(t, t->m->sequence, 0, true);
}

static void duplicate(struct nf_seq_turn *t)
{
	struct nf_seq_event *e = nf_seq_tell(t, NF_SEQ_DUPLICATE, t->s->expected);

	t->totals->duplicates++;
	e->copy = t->m->copy;
	e->since_frame = t->first != NULL ? t->first->frame : 0;
	e->since_file = t->first != NULL ? t->first->file : 0;
}

void nf_seq_step(struct nf_seq_turn *t)
{
	struct nf_seq_state *s = t->s;
	uint32_t start, units;
	bool known = nf_seq_units(t->m, (enum nf_seq_unit)s->pub.unit,
				  (enum nf_seq_rule)s->pub.rule, &start, &units);
	bool first = !s->begun;
	int32_t d = (int32_t)(start - s->expected);

	t->totals->messages++;
	if (t->restart) {
		t->totals->restarts++;
		nf_seq_rebase(s);
		first = true;
	}
	s->messages += !t->duplicate;
	if (!nf_seq_measured(&s->pub)) {
		t->totals->duplicates += t->duplicate;
		return;
	}
	if (t->duplicate && !first && (d < 0 || (d == 0 && (units == 0 || !s->known)))) {
		duplicate(t);
		return;
	}
	t->totals->received += units;
	if (!known)
		t->totals->unverified++;
	if (t->former)
		former(t);
	else if (!known && nf_seq_is_after((enum nf_seq_rule)s->pub.rule))
		ends(t, units, first);
	else if (first || (d < 0 ? behind(t, start, units, known) : ahead(t, start, (uint32_t)d)))
		go_on(t, start, units, known);
}
