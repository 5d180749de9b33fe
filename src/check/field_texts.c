/*
 * Text, and the prefixes of values of variable length.
 */
#include <config.h>

#include <unistr.h>

#include "check/field.h"

/* Where a value begins that is text, or has a prefix. */
struct text {
	uint32_t offset;
	uint16_t nvar;
	uint16_t length;
	uint16_t field;
	bool text;
	bool prefix;			/* of one octet, where that is enough */
};

struct texts {
	unsigned n;
	struct text v[];
};

/* -- Octets --------------------------------------------------------------------------- */

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

/* Not zero where an octet is not from 0x01 to 0x7f; the octet before a zero one may borrow. */
static inline uint64_t odd(uint64_t v)
{
	return ((v - EACH(1)) | v) & EACH(0x80);
}

static inline bool plain(const uint8_t *p, size_t n)
{
	uint64_t bad = 0;

	if (n >= 8) {
		for (size_t at = 8; at < n; at += 8)
			bad |= odd(nf_be64(p + at - 8));
		return (bad | odd(nf_be64(p + n - 8))) == 0;
	}
	if (n >= 4)
		return odd((uint64_t)nf_be32(p) << 32 | nf_be32(p + n - 4)) == 0;
	for (size_t at = 0; at < n; at++)
		bad |= (uint64_t)(p[at] - 1u) | p[at];
	return (bad & 0x80) == 0;
}

static size_t zeros_in(struct nf_bytes b)
{
	size_t n = 0;

	for (size_t at = 0; at < b.n; at++)
		n += b.p[at] == 0;
	return n;
}

/* -- Records -------------------------------------------------------------------------- */

/* RFC 7011 is about IPFIX; what text is in v9, no RFC says. */
static void ill_formed(const struct check_record *r, const struct nf_field *f, size_t at)
{
	const struct nf_ie *ie = f->def->ie;
	bool ruled = r->at->msg->version == 10;

	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_VAL_UTF8_INVALID,
		.severity = ruled ? CHECK_AS_RULED : 1 + NF_WARNING, .likely = !ruled,
		.at = r->at, .span = check_span_of(f), .tmpl = r->use->tmpl, .ie = ie,
		.args = { { .ie = ie }, { .u = at }, { .octets = f->value.p + at, .n = 1 } },
	});
}

static void filled(const struct check_record *r, const struct nf_field *f, size_t zeros)
{
	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_VAL_STRING_NUL_PADDED, .at = r->at, .span = check_span_of(f),
		.tmpl = r->use->tmpl, .ie = f->def->ie,
		.args = { { .ie = f->def->ie }, { .u = zeros }, { .u = f->value.n } },
	});
}

__attribute__((noinline))
static void text(const struct check_record *r, unsigned field)
{
	struct nf_field f = nf_field(r->rec, field);
	const uint8_t *bad = u8_check(f.value.p, f.value.n);

	if (bad != NULL)
		ill_formed(r, &f, (size_t)(bad - f.value.p));
	else if (r->at->msg->version == 10 && zeros_in(f.value) != 0)
		filled(r, &f, zeros_in(f.value));
}

__attribute__((noinline))
static void long_form(const struct check_record *r, unsigned field)
{
	struct nf_field f = nf_field(r->rec, field);

	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_REC_VARLEN_LONG_FORM, .at = r->at,
		.span = nf_span_of(f.offset - f.prefix, f.value.n + f.prefix),
		.tmpl = r->use->tmpl, .ie = f.def->ie,
		.args = { { .ie = f.def->ie }, { .u = f.value.n } },
	});
}

/* The value of T in REC; true if it has a longer prefix than it needs. */
static inline bool value_of(const struct text *t, const struct nf_rec *rec, struct nf_bytes *value)
{
	const uint8_t *p = rec->p + t->offset + rec->shift[t->nvar];
	bool longer = false;
	size_t n = t->length;

	if (n == NF_VARLEN)
		n = *p++;
	if (n == 255 && t->length == NF_VARLEN) {
		n = nf_be16(p);
		p += 2;
		longer = n < 255;
	}
	*value = (struct nf_bytes){ p, n };
	return longer;
}

static inline bool is_odd(const struct text *t, const struct nf_rec *rec)
{
	struct nf_bytes value;
	bool longer = value_of(t, rec, &value);

	return (longer && t->prefix) || (t->text && !plain(value.p, value.n));
}

static uint64_t sift(const struct check_rows *rows, struct check_step *s)
{
	const struct texts *texts = s->state;
	uint64_t met = 0;

	for (size_t i = 0; i < rows->n; i++)
		for (unsigned k = 0; k < texts->n; k++)
			met |= (uint64_t)is_odd(&texts->v[k], &rows->recs[i]) << i;
	return met;
}

static void look(const struct check_record *r, struct check_step *s)
{
	const struct texts *texts = s->state;

	for (unsigned i = 0; i < texts->n; i++) {
		const struct text *t = &texts->v[i];
		struct nf_bytes value;

		if (value_of(t, r->rec, &value) && t->prefix)
			long_form(r, t->field);
		if (t->text && !plain(value.p, value.n))
			text(r, t->field);
	}
}

/* Lists are best sent with the long prefix (RFC 6313 section 5.1). */
static bool is_list(const struct nf_ie *ie)
{
	return ie->type >= NF_TYPE_BASIC_LIST && ie->type <= NF_TYPE_SUBTEMPLATE_MULTILIST;
}

/* What types enterprises' own elements have is known from hearsay. */
static bool is_text(const struct nf_fielddef *d)
{
	return d->ie->type == NF_TYPE_STRING && d->length != 0 &&
	       (d->ie->pen == NF_PEN_IANA || d->ie->pen == NF_PEN_REVERSE);
}

static bool text_of(const struct check_plan *p, unsigned i, struct text *t)
{
	const struct nf_fielddef *d = &p->layout->fields[i];

	t->offset = d->offset;
	t->nvar = d->nvar;
	t->length = d->length;
	t->field = (uint16_t)i;
	t->text = is_text(d);
	t->prefix = d->length == NF_VARLEN && !is_list(d->ie) &&
		    check_wants(p->check, CHECK_REC_VARLEN_LONG_FORM);
	if (t->text)
		check_applies(p->check, CHECK_VAL_UTF8_INVALID);
	if (t->text && p->version == 10)
		check_applies(p->check, CHECK_VAL_STRING_NUL_PADDED);
	if (t->prefix)
		check_applies(p->check, CHECK_REC_VARLEN_LONG_FORM);
	return t->text || t->prefix;
}

void check_plan_texts(struct check_plan *p)
{
	const struct nf_layout *layout = p->layout;
	struct texts *texts = NULL;
	struct check_step *s;

	if (layout->nvar == 0 && !layout->has_strings)
		return;
	for (unsigned i = 0; i < layout->nfields; i++) {
		struct text t;

		if (!text_of(p, i, &t))
			continue;
		if (texts == NULL)
			texts = check_alloc(p->check, sizeof(*texts) +
					    (layout->nfields - i) * sizeof(texts->v[0]));
		if (texts == NULL)
			return;
		texts->v[texts->n++] = t;
	}
	s = texts != NULL ? check_plan_step(p, look) : NULL;
	if (s == NULL)
		return;
	s->sift = sift;
	s->state = texts;
}
