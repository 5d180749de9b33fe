#include <config.h>

#include "model/filter_tree.h"

#include <math.h>
#include <stddef.h>

/* -- Names ---------------------------------------------------------------------------- */

static struct nf_bytes text_of(const struct nf_strbuf *s)
{
	return (struct nf_bytes){ (const uint8_t *)s->p, s->n };
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/*
 * A capture may call its elements what it likes (RFC 5610): true where the lexer takes the name for
 * one word, an enterprise's number in front of it or not.
 */
static bool is_word(const struct nf_strbuf *s)
{
	size_t i = 0;

	if (s->n > 0 && s->p[0] >= '0' && s->p[0] <= '9') {
		while (i < s->n && s->p[i] >= '0' && s->p[i] <= '9')
			i++;
		if (i == s->n || s->p[i++] != '/')
			return false;
	} else if (s->n > 2 && s->p[0] == 'i' && s->p[1] == 'e' && s->p[2] >= '0' &&
		   s->p[2] <= '9') {
		return true;
	}
	if (i == s->n || !is_letter(s->p[i]))
		return false;
	for (i++; i < s->n; i++)
		if (!is_letter(s->p[i]) && !(s->p[i] >= '0' && s->p[i] <= '9') &&
		    !(s->p[i] == '.' && i + 1 < s->n && is_letter(s->p[i + 1])))
			return false;
	return true;
}

static const struct filter_ref *find(struct filter_names *names, struct nf_bytes name)
{
	struct filter_error ignored;

	return filter_names_find(names, name, &ignored);
}

static const struct filter_ref *named(struct filter_names *names, const struct nf_strbuf *s,
				      const struct nf_ie *ie)
{
	const struct filter_ref *ref = NULL;

	if (!s->failed && is_word(s))
		ref = find(names, text_of(s));
	return ref != NULL && ref->row == NULL && filter_ref_has(ref, ie) ? ref : NULL;
}

/* Write into S what filters call IE. */
static const struct filter_ref *name_of(struct nf_strbuf *s, struct filter_names *names,
					const struct nf_ie *ie)
{
	const struct filter_ref *ref;

	nf_ie_name(s, ie);
	ref = named(names, s, ie);
	if (ref != NULL || ie->pen >= NF_PEN_FIXED)
		return ref;
	nf_strbuf_clear(s);
	if (ie->pen == NF_PEN_IANA)
		nf_sb_printf(s, "ie%u", (unsigned)ie->id);
	else
		nf_sb_printf(s, "ie%lu/%u", (unsigned long)ie->pen, (unsigned)ie->id);
	return named(names, s, ie);
}

/* The name of a header's field: by where it stands, or by what it is. */
static const struct filter_ref *header_name_of(struct nf_strbuf *s, struct filter_names *names,
					       const struct nf_format *format,
					       const struct nf_field *f)
{
	static const struct {
		size_t at;
		const char *name;
	} rows[] = {
		{ offsetof(struct nf_header_at, count), "msg.count" },
		{ offsetof(struct nf_header_at, length), "msg.length" },
		{ offsetof(struct nf_header_at, uptime), "msg.uptime" },
		{ offsetof(struct nf_header_at, secs), "msg.export_time" },
		{ offsetof(struct nf_header_at, nsecs), "msg.export_time" },
		{ offsetof(struct nf_header_at, sequence), "msg.sequence" },
		{ offsetof(struct nf_header_at, domain), "msg.domain" },
	};
	const uint8_t *at = (const uint8_t *)&format->at;
	const struct filter_ref *ref = NULL;

	nf_ie_name(s, f->def->ie);
	if (!s->failed && is_word(s))
		ref = find(names, text_of(s));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) &&
	     (ref == NULL || ref->row == NULL); i++) {
		if (at[rows[i].at] == 0 || at[rows[i].at] != f->offset)
			continue;
		ref = find(names, (struct nf_bytes){ (const uint8_t *)rows[i].name,
						     strlen(rows[i].name) });
	}
	if (ref == NULL || ref->row == NULL || ref->level != FILTER_OF_MESSAGE)
		return NULL;
	nf_strbuf_clear(s);
	nf_sb_str(s, ref->name);
	return ref;
}

/* -- Values --------------------------------------------------------------------------- */

/* The value of F as one of an element in no table: a number, which has one way to be written. */
static bool unknown_value(const struct nf_field *f, struct filter_value *v)
{
	if (f->value.n == 0)
		return false;
	if (f->value.n <= 8)
		*v = filter_number(nf_ben(f->value.p, f->value.n));
	else
		*v = (struct filter_value){ .type = FILTER_OCTETS, .b = f->value };
	return true;
}

static bool field_value(const struct filter_ref *ref, const struct filter_at *at,
			const struct nf_field *f, struct filter_value *v)
{
	if (ref->type == FILTER_UNKNOWN)
		return unknown_value(f, v);
	if (ref->row != NULL)
		return ref->row->get(ref->row, at, v);
	return filter_field_value(f, (enum filter_type)ref->type,
				  ref->nelements > 0 ? ref->elements[0].unit : 0, at->msg, v);
}

/* Some values have no text that means them. */
static bool is_writable(const struct filter_value *v)
{
	if (v->type == FILTER_OCTETS)
		return v->b.n > 0;
	return v->type == FILTER_FLOAT ? isfinite(v->d) : !v->huge;
}

bool filter_from_field(struct nf_strbuf *s, struct filter_names *names,
		       const struct filter_at *at, const struct nf_field *f, bool header,
		       bool value)
{
	const struct filter_ref *ref;
	struct nf_strbuf name;
	struct filter_value v;

	if (header && at->msg->format == NULL)
		return false;
	nf_strbuf_init(&name);
	ref = header ? header_name_of(&name, names, at->msg->format, f) :
		       name_of(&name, names, f->def->ie);
	if (ref != NULL) {
		nf_sb_mem(s, name.p, name.n);
		if (value && field_value(ref, at, f, &v) && is_writable(&v)) {
			nf_sb_str(s, " == ");
			filter_value_text(s, &v);
		}
	}
	nf_strbuf_done(&name);
	return ref != NULL && !s->failed;
}

bool filter_from_value(struct nf_strbuf *s, const struct filter_ref *ref,
		       const struct filter_value *v)
{
	if (!is_writable(v))
		return false;
	nf_sb_printf(s, "%s == ", ref->name);
	filter_value_text(s, v);
	return !s->failed;
}
