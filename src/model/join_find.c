/*
 * Which version of which row a record means.
 */
#include <config.h>

#include "model/join_table.h"

#include "base/mem.h"

enum {
	PEERS = 64,		/* rows of other domains that are asked */
	STEPS = 4096,		/* rows that are passed over on the way to them */
	WORDS = 64,		/* later versions of a row that say nothing */
};

static const char *const hows[] = {
	[JOIN_LIVE] = "live",
	[JOIN_LATE] = "late",
	[JOIN_OTHER_DOMAIN] = "other-domain",
	[JOIN_OTHER_EXPORTER] = "other-exporter",
};

const char *join_how_name(enum join_how how)
{
	return hows[how];
}

/* Who asks, and where. */
struct search {
	struct join *j;
	const struct join_record *at;
	const struct join_want *want;
	uint64_t position;
	const struct join_domain *domain;	/* NULL: nothing of it is known */
	const struct join_exporter *exporter;
};

/* -- One row --------------------------------------------------------------------------- */

/* Answer A of X, unless it says nothing. */
static bool ask(const struct join_want *want, const struct join_row *row,
		const struct join_version *x, struct join_answer *a)
{
	*a = (struct join_answer){ .version = x, .domain = row->domain };
	return x != NULL && want->find(want, x, a);
}

/*
 * True if X, which began before Y, still held when Y began: it was sent again later, or both
 * stand in one datagram.
 */
static bool at_the_same_time(const struct join_version *x, const struct join_version *y)
{
	return x->last_position > y->position || x->last_position >> 16 == y->position >> 16;
}

/* True if X counts more than A: a better element, or of the same a newer word. */
static bool is_better(const struct join_answer *x, const struct join_answer *a)
{
	return x->rank != a->rank ? x->rank < a->rank :
				    x->version->position > a->version->position;
}

/* What all voices of ROW say that is in force at POSITION: the newest word. */
static bool in_force(const struct search *s, const struct join_row *row, struct join_answer *a)
{
	const struct join_want *want = s->want;
	struct join_span *span = &s->j->span;
	bool found = false;
	struct join_answer x;

	for (const struct join_voice *v = row->voices; v != NULL; v = v->next)
		if (ask(want, row, join_voice_at(v, s->position, span), &x) &&
		    (!found || is_better(&x, a))) {
			*a = x;
			found = true;
		}
	if (!found)
		return false;
	for (const struct join_voice *v = row->voices; v != NULL; v = v->next)
		if (ask(want, row, join_voice_at(v, s->position, NULL), &x) && x.rank == a->rank &&
		    !want->same(&x, a) && at_the_same_time(x.version, a->version))
			a->other = x.version;
	return true;
}

static bool contradicts(const struct join_version *x, const struct join_version *y)
{
	for (unsigned i = 0; i < x->nvalues; i++)
		for (unsigned k = 0; k < y->nvalues; k++)
			if (x->values[i].ie == y->values[k].ie &&
			    x->values[i].octets != y->values[k].octets)
				return true;
	return false;
}

const struct join_version *join_conflict(const struct join_row *row, const struct join_voice *voice,
					 const struct join_version *v)
{
	for (const struct join_voice *o = row->voices; o != NULL; o = o->next) {
		const struct join_version *before = join_voice_at(o, v->position + 1, NULL);
		const struct join_version *after = join_voice_after(o, v->position, NULL);

		if (o == voice)
			continue;
		if (before != NULL && at_the_same_time(before, v) && contradicts(before, v))
			return before;
		if (after != NULL && at_the_same_time(v, after) && contradicts(after, v))
			return after;
	}
	return NULL;
}

/* The first later word. */
static bool later(const struct search *s, const struct join_row *row, struct join_answer *a)
{
	unsigned words = 0;
	bool found = false;
	struct join_answer x;

	for (const struct join_voice *v = row->voices; v != NULL; v = v->next) {
		const struct join_version *y = join_voice_after(v, s->position, &s->j->span);

		/* a version that does not say it may stand before one that does */
		for (; y != NULL; y = join_voice_after(v, y->position + 1, NULL)) {
			if (!ask(s->want, row, y, &x)) {
				if (++words > WORDS)
					break;
				continue;
			}
			if (!found || x.rank < a->rank ||
			    (x.rank == a->rank && y->position < a->version->position))
				*a = x;
			found = true;
			break;
		}
	}
	if (found)
		a->how = JOIN_LATE;
	return found;
}

/* -- Several rows of equal rank -------------------------------------------------------- */

/* What one more row says: the first that says something counts, others must agree. */
static void agree(const struct search *s, const struct join_row *row, struct join_answer *a,
		  bool *found)
{
	struct join_answer x;

	if (!in_force(s, row, &x) && !later(s, row, &x))
		return;
	if (!*found || x.rank < a->rank)
		*a = x;
	else if (x.rank == a->rank && a->other == NULL &&
		 (x.other != NULL || !s->want->same(a, &x)))
		a->other = x.version;
	*found = true;
}

/* True if ROW may speak for a record of DOMAIN, which has no word of its own. */
static bool stands_in(const struct join_row *row, const struct join_domain *domain,
		      const struct join_exporter *exporter, uint16_t version, uint32_t id,
		      enum join_how how)
{
	const struct join_exporter *of = row->domain->exporter;

	if (how == JOIN_OTHER_DOMAIN)
		return of == exporter && row->domain != domain;
	return of != exporter && of->options && !of->flows && row->domain->id == id &&
	       row->domain->export_version == version;
}

/* -- Look-ahead ------------------------------------------------------------------------ */

bool join_can_look_ahead(const struct join *j)
{
	return !j->complete && j->opts.ahead != NULL;
}

/* False where there is nothing more to learn. */
static bool look_ahead(struct join *j)
{
	struct nf_view v;

	if (!join_can_look_ahead(j))
		return false;
	join_forget_plans(j);
	while (j->opts.ahead(j->opts.ctx, &v))
		join_message(j, &v);
	join_forget_plans(j);
	j->complete = true;
	j->generation++;
	return true;
}

/* -- Finding --------------------------------------------------------------------------- */

void join_find_asker(struct join *j, const struct join_record *at)
{
	const struct nf_msg *m = at->msg;

	j->asker.number++;
	j->asker.generation = j->generation;
	j->asker.ordinal = at->datagram->ordinal;
	j->asker.version = m->version;
	j->asker.id = m->domain;
	j->asker.domain = join_domain(j, at->datagram, m->version, m->domain, false);
	j->asker.exporter = join_exporter(j, at->datagram, false);
}

static struct search search_of(struct join *j, const struct join_record *at,
			       const struct join_want *want)
{
	join_asker(j, at);
	return (struct search){
		.j = j,
		.at = at,
		.want = want,
		.position = join_position_of(at),
		.domain = j->asker.domain,
		.exporter = j->asker.exporter,
	};
}

static const struct join_row *own_row(const struct search *s, enum join_kind kind,
				      const struct join_blob *key)
{
	return s->domain != NULL && key != NULL ? join_row(s->j, s->domain, kind, key, false) :
						  NULL;
}

/* False where no row can stand in: most exporters have options of their own, in one domain. */
static bool may_stand_in(const struct search *s, enum join_how how)
{
	if (how == JOIN_OTHER_EXPORTER)
		return s->j->speakers > 0 && (s->exporter == NULL || !s->exporter->options);
	return s->exporter != NULL && s->exporter->ndomains > (s->domain != NULL);
}

static bool elsewhere(const struct search *s, const struct join_row *peers, enum join_how how,
		      struct join_answer *a)
{
	unsigned n = 0, steps = 0;
	bool found = false;

	if (!may_stand_in(s, how))
		return false;
	for (const struct join_row *row = peers; row != NULL && n < PEERS && steps < STEPS;
	     row = row->peer, steps++)
		if (stands_in(row, s->domain, s->exporter, s->at->msg->version,
			      s->at->msg->domain, how)) {
			agree(s, row, a, &found);
			n++;
		}
	if (found)
		a->how = (uint8_t)how;
	return found;
}

/* A conflict has no value. */
static bool settled(struct join *j, const struct search *s, struct join_answer *a)
{
	struct join_span *span = &j->span;

	if (s->position > j->full_from) {
		span->from = span->from > j->full_from ? span->from : j->full_from + 1;
		return false;
	}
	span->until = span->until < j->full_from ? span->until : j->full_from;
	if (a->other != NULL)
		a->value = NULL;
	return true;
}

bool join_find(struct join *j, const struct join_record *at, enum join_kind kind,
	       struct nf_bytes key, const struct join_want *want, struct join_answer *a)
{
	struct search s = search_of(j, at, want);
	const struct join_blob *name = join_blob(j, key, false);
	const struct join_row *row = own_row(&s, kind, name);

	if (row != NULL && in_force(&s, row, a))
		return settled(j, &s, a);
	if (look_ahead(j)) {
		s = search_of(j, at, want);
		name = join_blob(j, key, false);
		row = own_row(&s, kind, name);
		if (row != NULL && in_force(&s, row, a))
			return settled(j, &s, a);
	}
	if (name == NULL)
		return false;
	if ((row != NULL && later(&s, row, a)) ||
	    elsewhere(&s, join_cell(j, kind, name), JOIN_OTHER_DOMAIN, a) ||
	    elsewhere(&s, join_cell(j, kind, name), JOIN_OTHER_EXPORTER, a))
		return settled(j, &s, a);
	return false;
}

/* -- All rows of some kinds ------------------------------------------------------------ */

/* Those of the domain itself: what is in force; if nothing is, what comes later. */
static bool any_own(const struct search *s, unsigned kinds, struct join_answer *a)
{
	bool found = false;

	for (unsigned pass = 0; pass < 2 && !found; pass++) {
		unsigned n = 0;

		for (const struct join_row *row = s->domain != NULL ? s->domain->rated : NULL;
		     row != NULL && n < PEERS; row = row->rated_next, n++) {
			struct join_answer x;

			if (!(kinds >> row->kind & 1) ||
			    !(pass == 0 ? in_force(s, row, &x) : later(s, row, &x)))
				continue;
			if (!found)
				*a = x;
			else if (a->other == NULL && (x.other != NULL || !s->want->same(a, &x)))
				a->other = x.version;
			found = true;
		}
	}
	return found;
}

static bool any_elsewhere(const struct search *s, unsigned kinds, enum join_how how,
			  struct join_answer *a)
{
	unsigned n = 0, steps = 0;
	bool found = false;

	if (!may_stand_in(s, how))
		return false;
	for (const struct join_domain *d = s->j->first_domain; d != NULL && steps < STEPS;
	     d = d->next, steps++)
		for (const struct join_row *row = d->rated;
		     row != NULL && n < PEERS && steps < STEPS; row = row->rated_next, steps++) {
			if (!(kinds >> row->kind & 1) ||
			    !stands_in(row, s->domain, s->exporter, s->at->msg->version,
				       s->at->msg->domain, how))
				continue;
			agree(s, row, a, &found);
			n++;
		}
	if (found)
		a->how = (uint8_t)how;
	return found;
}

bool join_find_any(struct join *j, const struct join_record *at, unsigned kinds,
		   const struct join_want *want, struct join_answer *a)
{
	struct search s = search_of(j, at, want);

	if (any_own(&s, kinds, a) && a->how == JOIN_LIVE)
		return settled(j, &s, a);
	if (look_ahead(j))
		s = search_of(j, at, want);
	if (any_own(&s, kinds, a) || any_elsewhere(&s, kinds, JOIN_OTHER_DOMAIN, a) ||
	    any_elsewhere(&s, kinds, JOIN_OTHER_EXPORTER, a))
		return settled(j, &s, a);
	return false;
}
