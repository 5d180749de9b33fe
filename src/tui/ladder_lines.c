/* The lines of Ladder: which messages they are of, and how they follow each other. */
#include <config.h>

#include "base/mem.h"
#include "track/seq.h"
#include "tui/analysis.h"
#include "tui/screen_ladder.h"

enum {
	RUN = 64,		/* a line begins at each message whose number is divisible by it */
	BACK = 1024,		/* rows looked at for the message before, */
	READ = 16,		/* of which so many are read */
	NEAR = 1 << 20,		/* of sequence numbers: more is no gap, but a counter set anew */
};

uint64_t ladder_count(const struct ladder *l)
{
	return l->match != NULL ? store_job_count(l->match) : store_rows(l->screen.app->store);
}

uint64_t ladder_row(const struct ladder *l, uint64_t i)
{
	if (i >= ladder_count(l))
		return UINT64_MAX;
	return l->match != NULL ? store_job_at(l->match, i) : i;
}

uint64_t ladder_find(const struct ladder *l, uint64_t row)
{
	return l->match != NULL ? store_job_find(l->match, row) : row;
}

/* -- Lanes ------------------------------------------------------------------------------- */

static uint32_t lane_of_addr(struct ladder *l, const struct nf_addr *addr)
{
	size_t i = 0;

	while (i < l->nlanes && !nf_same_addr(&l->lanes[i].addr, addr))
		i++;
	if (i < l->nlanes)
		return (uint32_t)i;
	if (l->nlanes == LADDER_LANES ||
	    !nf_grow((void **)&l->lanes, &l->lanes_cap, l->nlanes + 1, sizeof(*l->lanes)))
		return l->nlanes > 0 ? (uint32_t)l->nlanes - 1 : 0;
	l->lanes[l->nlanes++] = (struct ladder_lane){ .addr = *addr };
	return (uint32_t)i;
}

bool ladder_scan(struct ladder *l, uint64_t rows)
{
	const struct store *store = l->screen.app->store;
	uint64_t n = store_rows(store);

	for (; l->scanned < n && rows > 0; l->scanned++, rows--) {
		const struct nf_session *s = store_row(store, l->scanned).session;

		/* sessions are numbered as they are met */
		while (s->index >= l->nsessions) {
			if (!nf_grow((void **)&l->of_session, &l->sessions_cap, l->nsessions + 1,
				     sizeof(*l->of_session)))
				return false;
			l->of_session[l->nsessions++] = lane_of_addr(l, &s->src.addr);
		}
	}
	return l->scanned < n;
}

uint32_t ladder_lane(const struct ladder *l, const struct store_row *r)
{
	return r->session->index < l->nsessions ? l->of_session[r->session->index] : 0;
}

/* -- Messages ---------------------------------------------------------------------------- */

static struct ladder_message read_row(struct ladder *l, uint64_t row)
{
	struct ladder_message m = { .row = row };
	const struct nf_view *v;
	struct nf_err err;

	if (row == UINT64_MAX)
		return m;
	m.at = store_row(l->screen.app->store, row);
	v = store_read(l->screen.app->store, row, NULL, &err);
	if (v == NULL) {
		m.row = UINT64_MAX;
		return m;
	}
	m.domain = v->msg.domain;
	m.sequence = v->msg.sequence;
	m.count = v->msg.count;
	m.aggregation = v->msg.aggregation;
	return m;
}

static bool of_one_stream(const struct ladder_message *a, const struct ladder_message *b)
{
	return a->domain == b->domain && a->at.version == b->at.version &&
	       a->aggregation == b->aggregation;
}

/*
 * The message before M of its session and domain, whatever the filter hides; row UINT64_MAX: none.
 */
static struct ladder_message before(struct ladder *l, const struct ladder_message *m)
{
	const struct store *store = l->screen.app->store;
	unsigned looked = 0, reads = 0;

	for (uint64_t row = m->row; row-- > 0 && looked < BACK && reads < READ; looked++) {
		struct ladder_message x;

		if (store_row(store, row).session != m->at.session)
			continue;
		x = read_row(l, row);
		reads++;
		if (x.row != UINT64_MAX && of_one_stream(&x, m))
			return x;
	}
	return (struct ladder_message){ .row = UINT64_MAX };
}

/* How far the sequence number goes on behind M (track/seq.h); false where that cannot be told. */
static bool units_of(const struct ladder_message *m, uint32_t *units)
{
	switch (nf_seq_unit_of(m->at.version)) {
	case NF_SEQ_UNIT_PACKETS: *units = 1; return true;
	case NF_SEQ_UNIT_FLOWS: *units = m->count; return true;
	case NF_SEQ_UNIT_RECORDS:
		*units = m->at.flows + m->at.options;
		return (m->at.flags & (STORE_UNDECODED | STORE_CUT)) == 0 &&
		       m->at.options < UINT16_MAX && m->at.session->transport != NF_TRANSPORT_SCTP;
	case NF_SEQ_NO_UNIT: break;
	}
	return false;
}

/* Exporters that count something else than their version says are not judged by that. */
static bool counts_so(struct ladder *l, const struct ladder_message *m)
{
	const struct exporters *x = analysis_exporters(l->screen.app->analysis);
	const struct exporters_domain *d;
	const struct nf_seq_stream *s;
	size_t next = 0;

	if (!analysis_settled(l->screen.app->analysis))
		return true;
	for (size_t i = 0; (d = exporters_domain_at(x, i)) != NULL; i++) {
		if (d->session->index != m->at.session->index || d->domain != m->domain ||
		    d->version != m->at.version)
			continue;
		/* of v9, several sessions may share one counter */
		s = exporters_stream(x, d, &next);
		return d->sessions <= 1 && (s == NULL || s->rule == NF_SEQ_COUNTS_AS_SPECIFIED);
	}
	return true;
}

static void judge(struct ladder *l, struct ladder_line *line)
{
	const struct ladder_message *m = &line->first;
	struct ladder_message prev;
	uint32_t units, ahead;

	line->step = LADDER_FINE;
	if (m->row == UINT64_MAX || m->at.duplicate)
		return;
	prev = before(l, m);
	if (prev.row == UINT64_MAX || !units_of(&prev, &units))
		return;
	line->expected = prev.sequence + units;
	ahead = m->sequence - line->expected;
	if (ahead == 0 || !counts_so(l, m))
		return;
	line->units = ahead;
	if (ahead < NEAR)
		line->step = LADDER_GAP;
	else if (-ahead < NEAR && (m->sequence != 0 || prev.sequence == 0))
		line->step = LADDER_BACK;
	else
		line->step = LADDER_ANEW;
}

/* -- Lines ------------------------------------------------------------------------------- */

/* Flows and nothing else, and nothing odd. */
static bool is_plain(const struct store_row *r)
{
	const uint16_t odd = STORE_TEMPLATES | STORE_OPTIONS_TEMPLATES | STORE_UNDECODED |
			     STORE_BORROWED | STORE_CUT | STORE_HEADERLESS | STORE_PROBLEMS;

	return r->flows > 0 && r->options == 0 && (r->flags & odd) == 0 && r->worst == 0 &&
	       !r->duplicate;
}

/* True if message I goes into the line of the one before it in the list. */
static bool goes_on(struct ladder *l, uint64_t i)
{
	const struct store *store = l->screen.app->store;
	struct ladder_line line = { .from = i };
	struct store_row a, b;

	if (l->singly || i == 0 || i % RUN == 0)
		return false;
	a = store_row(store, ladder_row(l, i - 1));
	b = store_row(store, ladder_row(l, i));
	if (a.session != b.session || !is_plain(&a) || !is_plain(&b))
		return false;
	line.first = read_row(l, ladder_row(l, i));
	judge(l, &line);
	return line.first.row != UINT64_MAX && line.step == LADDER_FINE;
}

uint64_t ladder_begin(struct ladder *l, uint64_t i)
{
	while (i > 0 && i < ladder_count(l) && goes_on(l, i))
		i--;
	return i;
}

void ladder_line(struct ladder *l, uint64_t i, struct ladder_line *line)
{
	uint64_t n = ladder_count(l);

	*line = (struct ladder_line){ .from = i, .to = i + 1 };
	line->first = read_row(l, ladder_row(l, i));
	line->flows = line->first.at.flows;
	judge(l, line);
	for (; line->to < n && goes_on(l, line->to); line->to++)
		line->flows += store_row(l->screen.app->store, ladder_row(l, line->to)).flows;
}

unsigned ladder_height(const struct ladder_line *line)
{
	return line->step == LADDER_FINE ? 1 : 2;
}

bool ladder_made(const struct ladder *l, uint64_t top)
{
	const struct app *app = l->screen.app;

	return l->made_top == top && l->made_rows == ladder_count(l) &&
	       l->made_generation == store_generation(app->store) &&
	       l->made_settled == analysis_settled(app->analysis);
}

void ladder_make(struct ladder *l, unsigned page)
{
	uint64_t n = ladder_count(l), i = l->top;
	unsigned rows = 0;

	if (ladder_made(l, l->top) && l->made_page == page)
		return;
	l->made_generation = store_generation(l->screen.app->store);
	l->made_settled = analysis_settled(l->screen.app->analysis);
	l->made_top = l->top;
	l->made_rows = n;
	l->made_page = page;
	for (l->nlines = 0; i < n && rows < page && l->nlines < LADDER_LINES; l->nlines++) {
		struct ladder_line *line = &l->lines[l->nlines];

		ladder_line(l, i, line);
		i = line->to;
		rows += ladder_height(line);
	}
}
