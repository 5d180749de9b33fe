/*
 * The records of a set, and the steps that they take.
 */
#include <config.h>

#include "check/internal.h"

static uint64_t *octets_of(struct check_octets *o, const struct nf_layout *layout)
{
	return layout->kind == NF_LAYOUT_OPTIONS ? &o->options : &o->data;
}

/* Those of the odd steps that are to look at row I. */
static void look(struct check *c, struct check_at *at, const struct check_rows *rows, unsigned i)
{
	const struct check_record r = {
		.check = c, .at = at, .rec = &rows->recs[i], .use = at->use,
	};

	for (struct check_step **odd = at->use->odd; *odd != NULL; odd++)
		if ((*odd)->rows >> i & 1)
			(*odd)->run(&r, *odd);
}

static void take_steps(struct check *c, struct check_at *at, const struct check_rows *rows)
{
	struct check_step *s = at->use->steps, *end = s + at->use->nsteps;
	struct check_step **odd = at->use->odd;
	uint64_t all = check_all_rows(rows), any = 0;

	for (; s != end; s++) {
		s->rows = s->sift != NULL ? s->sift(rows, s) : all;
		any |= s->rows;
		*odd = s;	/* stands if it has rows: no branch that cannot be foreseen */
		odd += s->rows != 0;
	}
	*odd = NULL;
	for (; any != 0; any &= any - 1)
		look(c, at, rows, (unsigned)__builtin_ctzll(any));
}

/* Each step sifts when those before it have been taken. */
static void take_one_by_one(struct check *c, struct check_at *at, const struct check_rows *row)
{
	const struct check_record r = {
		.check = c, .at = at, .rec = row->recs, .use = at->use,
	};
	struct check_step *s = at->use->steps, *end = s + at->use->nsteps;

	for (; s != end; s++)
		if (s->sift == NULL || s->sift(row, s) != 0)
			s->run(&r, s);
}

/* ROWS, one at least, take the steps of their use; how many octets they had. */
static uint32_t look_at(struct check *c, struct check_at *at, const struct nf_rows *rows)
{
	const struct nf_rec *first = rows->recs, *last = first + rows->n - 1;
	const struct check_rows together = {
		.at = at, .recs = first, .values = rows->values, .n = rows->n,
	};

	at->set_records += rows->n;
	at->use->records += rows->n;
	at->in_record = true;
	if (at->use->one_by_one)
		take_one_by_one(c, at, &together);
	else
		take_steps(c, at, &together);
	at->in_record = false;
	return last->offset + last->length - first->offset;
}

/* All records from that of W on; their octets.  What is wrong behind them is told behind them. */
static uint64_t stepping(struct check *c, struct check_at *at, struct nf_walk *w)
{
	struct nf_rows rows = {
		.recs = c->recs, .values = c->values, .shifts = c->shifts,
		.most = at->use->together, .columns = &at->use->columns,
	};
	uint64_t sum = 0;

	for (nf_rows_add(&rows, &w->rec); ; rows.n = 0) {
		c->at = NULL;
		nf_walk_rows(w, &rows);
		c->at = at;
		if (rows.n != 0)
			sum += look_at(c, at, &rows);
		check_tell_pending(c, at);
		if (rows.n < rows.most)
			return sum;
	}
}

/* The same of records that take no steps. */
static uint64_t passing(struct check_at *at, struct nf_walk *w)
{
	uint64_t sum = 0;

	do {
		at->set_records++;
		sum += w->rec.length;
	} while (nf_walk_record(w));
	if (at->use != NULL)
		at->use->records += at->set_records;
	return sum;
}

void check_records(struct check *c, struct check_at *at, struct nf_walk *w)
{
	struct check_octets *octets = &at->stream->exporter->totals.octets;
	const struct nf_layout *layout = w->rec.layout;
	struct check_use *use = at->use;

	if (use != NULL && use->records == 0)
		use->first = check_place_of(at, nf_span_of(w->rec.offset, w->rec.length));
	at->set_records = 0;
	*octets_of(octets, layout) += use != NULL && use->nsteps != 0 ? stepping(c, at, w) :
									passing(at, w);
	if (layout->kind == NF_LAYOUT_OPTIONS)
		at->tally.options += at->set_records;
	else
		at->tally.flows += at->set_records;
}
