#include <config.h>

#include "out/joined_rows.h"

#include <stdlib.h>

#include "base/mem.h"
#include "out/options.h"

/* -- Order ----------------------------------------------------------------------------- */

int joined_rows_order(const void *a, const void *b)
{
	const struct joined_row *x = a, *y = b;
	struct nf_bytes k = join_octets(x->row->name), l = join_octets(y->row->name);
	int order;

	if (x->row->kind != y->row->kind)
		return x->row->kind < y->row->kind ? -1 : 1;
	if (x->row->domain != y->row->domain)
		return x->row->domain->order < y->row->domain->order ? -1 : 1;
	/* numbers have no zeros in front */
	if (k.n != l.n && join_key_is_number((enum join_kind)x->row->kind))
		return k.n < l.n ? -1 : 1;
	order = memcmp(k.p, l.p, k.n < l.n ? k.n : l.n);
	if (order != 0 || k.n != l.n)
		return order != 0 ? order : k.n < l.n ? -1 : 1;
	if (x->version->position != y->version->position)
		return x->version->position < y->version->position ? -1 : 1;
	return 0;
}

bool joined_rows_collect(struct joined_rows *rows, const struct join *j)
{
	rows->n = 0;
	for (const struct join_row *r = join_rows(j); r != NULL; r = r->next)
		for (const struct join_voice *v = r->voices; v != NULL; v = v->next)
			for (size_t i = 0; i < v->n; i++) {
				if (!nf_grow((void **)&rows->v, &rows->cap, rows->n + 1,
					     sizeof(*rows->v)))
					return false;
				rows->v[rows->n++] = (struct joined_row){ r, v, v->v[i], i };
			}
	if (rows->n > 1)
		qsort(rows->v, rows->n, sizeof(*rows->v), joined_rows_order);
	return true;
}

void joined_rows_done(struct joined_rows *r)
{
	nf_free(r->v);
	*r = (struct joined_rows){ .v = NULL };
}

/* -- Cells ----------------------------------------------------------------------------- */

static void value_text(struct nf_strbuf *s, struct out *o, const struct join_value *v,
		       struct nf_bytes octets)
{
	nf_value_text(s, (enum nf_kind)v->kind, octets, &o->format);
	if (v->ie->labels != NULL)
		labels_append(&o->labels, s, v->ie->labels, octets);
}

void joined_value(struct nf_strbuf *s, struct out *o, const struct join_value *v)
{
	value_text(s, o, v, join_octets(v->octets));
}

void joined_scope(struct nf_strbuf *s, struct out *o, const struct join *j,
		  const struct join_blob *scope)
{
	struct nf_bytes octets;
	struct join_value v;
	size_t at = 0, from = s->n;

	while (join_scope_next(j, scope, &at, &v, &octets)) {
		if (s->n > from)
			nf_sb_str(s, ", ");
		options_name(s, v.ie);
		nf_sb_char(s, ' ');
		value_text(s, o, &v, octets);
	}
}

void joined_key(struct nf_strbuf *s, struct out *o, const struct join *j,
		const struct joined_row *r)
{
	enum join_kind kind = (enum join_kind)r->row->kind;
	struct nf_bytes key = join_octets(r->row->name);

	if (kind == JOIN_SYSTEM)
		joined_scope(s, o, j, r->voice->scope);
	else if (join_key_is_scope(kind))
		joined_scope(s, o, j, r->row->name);
	else if (join_key_is_number(kind))
		nf_sb_u64(s, nf_ben(key.p, key.n));
	else if (kind == JOIN_APPLICATION)
		nf_iana_rows[95].labels->text(s, key);
	else if (key.n == 4)
		nf_ipv4_text(s, key.p);
	else if (key.n == 16)
		nf_ipv6_text(s, key.p);
	else if (key.n == 6)
		nf_mac_text(s, key.p);
	else
		nf_sb_hex(s, key.p, key.n);
}

void joined_exporter(struct nf_strbuf *s, const struct out *o, const struct join_domain *d)
{
	if (d->exporter->addr.family == 0)
		nf_sb_str(s, out_file(o, d->exporter->file));
	out_addr(s, &d->exporter->addr);
}

static void file_text(struct nf_strbuf *s, const struct out *o, uint32_t i)
{
	const char *file = out_file(o, i);

	nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)file, strlen(file) });
	nf_sb_char(s, ':');
}

void joined_frames(struct nf_strbuf *s, const struct out *o, const struct join_version *v)
{
	if (o->opts.nfiles > 1)
		file_text(s, o, v->file);
	nf_sb_u64(s, v->frame);
	if (v->last_position == v->position)
		return;
	nf_sb_char(s, '-');
	if (v->last_file != v->file)
		file_text(s, o, v->last_file);
	nf_sb_u64(s, v->last_frame);
}
