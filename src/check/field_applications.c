/*
 * Application ids (RFC 6759):
 *
 *	0:1 classification engine   1:n selector, right-aligned
 */
#include <config.h>

#include "check/field.h"

enum { APPLICATION_ID = 95, ENGINES = 32 };

/* Invalid, or reserved (RFC 6759 section 4.1). */
enum { RESERVED = 1 << 0 | 1 << 5 | 0x1f << 7 | 0xf << 14 };

/* Octets of selectors whose size another registry gives (section 4.2); 0: any. */
static const uint8_t selector[ENGINES] = { [1] = 1, [3] = 2, [18] = 2, [19] = 1 };

static void engine_claim(const struct check_record *r, const struct nf_field *f)
{
	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_APP_ID_ENGINE_INVALID, .at = r->at, .span = check_span_of(f),
		.tmpl = r->use->tmpl, .ie = f->def->ie, .key = f->value.p[0],
		.args = { { .u = f->value.p[0] } },
	});
}

static void padding_claim(const struct check_record *r, const struct nf_field *f)
{
	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_APP_ID_PADDING, .at = r->at, .span = check_span_of(f),
		.tmpl = r->use->tmpl, .ie = f->def->ie, .key = f->value.p[0],
		.args = { { .u = f->value.p[0] },
			  { .octets = f->value.p, .n = (uint32_t)f->value.n },
			  { .u = selector[f->value.p[0]] } },
	});
}

/* An engine that says how long its selectors are, or should not be one. */
static inline bool is_ruled(uint64_t engine)
{
	return engine < ENGINES && ((RESERVED >> engine & 1) != 0 || selector[engine] != 0);
}

/* Of an id that is no longer than an integer; m: how far left the engine stands in it. */
static inline bool is_odd(uint64_t id, const struct check_step *s)
{
	uint64_t engine = id >> s->m, rest = id & ((UINT64_C(1) << s->m) - 1);

	return is_ruled(engine) && (selector[engine] == 0 || rest >> 8 * selector[engine] != 0);
}

static uint64_t sift(const struct check_rows *rows, struct check_step *s)
{
	const uint64_t *id = check_column(rows, s->a);
	uint64_t odd = 0;

	for (size_t i = 0; i < rows->n; i++)
		odd |= (uint64_t)is_odd(id[i], s) << i;
	return odd;
}

static void look(const struct check_record *r, struct check_step *s)
{
	struct nf_field f = nf_field(r->rec, s->a);
	unsigned engine;

	if (f.value.n == 0 || !is_ruled(f.value.p[0]))
		return;
	engine = f.value.p[0];
	if (selector[engine] == 0)
		engine_claim(r, &f);
	else if (f.value.n - 1 > selector[engine] && f.value.n <= CHECK_OCTETS &&
		 !nf_all_zero(nf_slice(f.value, 1, f.value.n - 1 - selector[engine])))
		padding_claim(r, &f);
}

void check_plan_applications(struct check_plan *p)
{
	for (unsigned i = 0; i < p->layout->nfields; i++) {
		const struct nf_fielddef *d = &p->layout->fields[i];
		struct check_step *s;

		if (d->ie->id != APPLICATION_ID || d->ie->pen != NF_PEN_IANA)
			continue;
		check_applies(p->check, CHECK_APP_ID_ENGINE_INVALID);
		check_applies(p->check, CHECK_APP_ID_PADDING);
		s = check_plan_field(p, look, (int)i);
		if (s == NULL || d->length < 1 || d->length > 8)
			continue;
		s->sift = sift;
		check_plan_column(p, i);
		s->m = 8 * (d->length - 1u);
	}
}
