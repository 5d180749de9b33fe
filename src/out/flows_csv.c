/*
 * flows -o csv (RFC 4180, lines end in LF) and -o tsv: a line of names, then a line a flow
 * record; what a record does not say is empty.  Numbers as they are, without words.
 */
#include <config.h>

#include "base/mem.h"
#include "out/csv.h"
#include "out/flows.h"

#define USUAL \
	"frame,exporter,domain,first,last,duration,proto,src,sport,dst,dport,tcpflags,icmp_type," \
	"icmp_code,tos,packets,bytes,rev_packets,rev_bytes,in_if,out_if,src_as,dst_as,sampler,event,event_time," \
	"frame.duplicate"

/* No cell of ours has a tab or line break: control characters are escaped. */
static void title(struct nf_strbuf *s, const struct flows *f, unsigned i)
{
	size_t from = s->n;

	nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)f->columns.v[i].name,
					   strlen(f->columns.v[i].name) });
	csv_quote(s, from);
}

static void titles(struct flows *f, char separator)
{
	struct nf_strbuf *s = &f->out->text;

	for (unsigned i = 0; i < f->columns.n; i++) {
		if (i > 0)
			nf_sb_char(s, separator);
		title(s, f, i);
	}
	nf_sb_char(s, '\n');
}

/* -- Plans ---------------------------------------------------------------------------- */

/*
 * What is written of a record: a cell, and the separators up to the next one that is not empty.
 * The texts of cells in place are copied here, to stand beside each other.
 */
struct step {
	struct layouts_text text;	/* FLOWS_DIRECT */
	uint16_t column;
	uint8_t op;			/* enum flows_cell_op */
	uint8_t separators;
};

enum { SEPARATORS = 8 };		/* written at a time, needed or not */

struct steps {
	size_t n;
	struct step v[];
};

static bool plan_steps(struct flows *f, struct flows_plan *plan)
{
	struct steps *steps = nf_alloc(sizeof(*steps) + (f->columns.n + 1) * sizeof(steps->v[0]));
	struct step *step;

	if (steps == NULL)
		return false;
	steps->n = 0;
	for (unsigned i = 0; i < f->columns.n; i++) {
		const struct flows_cell *cell = &plan->cells[i];

		if (cell->op == FLOWS_EMPTY && steps->n > 0 &&
		    steps->v[steps->n - 1].separators < SEPARATORS) {
			steps->v[steps->n - 1].separators++;
			continue;
		}
		step = &steps->v[steps->n++];
		*step = (struct step){ .column = (uint16_t)i, .op = cell->op, .separators = 1 };
		if (cell->op == FLOWS_DIRECT)
			step->text = *cell->text;
	}
	plan->own = steps;
	return true;
}

/* -- Lines ---------------------------------------------------------------------------- */

/* What is not written in place; NULL if there is no room for more. */
static char *slow(struct flows *f, const struct flows_plan *plan, unsigned i, char *p, size_t room)
{
	struct nf_strbuf *s = &f->out->text;
	size_t from = s->n = (size_t)(p - s->p);

	flows_cell(f, plan, i, s);
	if (plan->cells[i].op > FLOWS_CALL && f->ops->quote != NULL)
		f->ops->quote(s, from);
	return nf_sb_room(s, room) ? s->p + s->n : NULL;
}

static inline void line(struct flows *f, const struct flows_plan *plan,
			const char separators[SEPARATORS])
{
	const struct steps *steps = plan->own;
	const struct step *step = steps->v, *end = step + steps->n;
	struct nf_strbuf *s = &f->out->text;
	const struct nf_rec *r = f->at.in.rec;
	size_t room = f->columns.n * (size_t)LAYOUTS_ROOM + f->fixed.n;
	char *p;

	if (!nf_sb_room(s, room))
		return;
	p = s->p + s->n;
	for (; step < end; step++) {
		const struct layouts_text *t = &step->text;
		unsigned i = step->column;

		if (step->op == FLOWS_DIRECT)
			p = layouts_put_value(p, t, r->p + t->offset + r->shift[t->nvar]);
		else if (step->op == FLOWS_TIME)
			p = flows_put_time(f, &plan->cells[i], p);
		else if (step->op == FLOWS_OF_SET)
			p = layouts_put(p, f->fixed.p + f->fixed_at[i],
					f->fixed_at[i + 1] - f->fixed_at[i]);
		else if (step->op != FLOWS_EMPTY && (p = slow(f, plan, i, p, room)) == NULL)
			return;
		memcpy(p, separators, SEPARATORS);
		p += step->separators;
	}
	p[-1] = '\n';
	s->n = (size_t)(p - s->p);
}

static void csv_begin(struct flows *f)
{
	titles(f, ',');
}

static void csv_record(struct flows *f, const struct flows_plan *plan, const struct nf_recs *recs)
{
	(void)recs;
	line(f, plan, ",,,,,,,,");
}

static void tsv_begin(struct flows *f)
{
	titles(f, '\t');
}

static void tsv_record(struct flows *f, const struct flows_plan *plan, const struct nf_recs *recs)
{
	(void)recs;
	line(f, plan, "\t\t\t\t\t\t\t\t");
}

static void nothing(struct out *o, const struct nf_view *v)
{
	(void)o;
	(void)v;
}

static const struct out_ops plain = { .name = "flows", .message = nothing };

const struct flows_ops flows_csv = {
	.name = "csv",
	.out = &plain,
	.usual = USUAL,
	.apart = true,
	.plan = plan_steps,
	.begin = csv_begin,
	.quote = csv_quote,
	.record = csv_record,
};

const struct flows_ops flows_tsv = {
	.name = "tsv",
	.out = &plain,
	.usual = USUAL,
	.apart = true,
	.plan = plan_steps,
	.begin = tsv_begin,
	.record = tsv_record,
};
