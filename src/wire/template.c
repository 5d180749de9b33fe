#include <config.h>

#include "wire/wire.h"

#include <stddef.h>

#include "wire/internal.h"

/*
 * A layout in memory:
 *
 *	struct nf_layout | nfields x struct nf_fielddef | nfields x struct nf_op
 */
size_t nf_layout_bytes(size_t nfields)
{
	return sizeof(struct nf_layout) +
	       nfields * (sizeof(struct nf_fielddef) + sizeof(struct nf_op));
}

size_t nf_layout_size(const struct nf_template *t)
{
	return nf_layout_bytes(t->nfields);
}

void nf_layout_begin(struct nf_layout *l, enum nf_layout_kind kind)
{
	*l = (struct nf_layout){ .kind = (uint8_t)kind };
	for (int i = 0; i < NF_ROLES; i++)
		l->slot[i] = -1;
}

static enum nf_load load_of(const struct nf_fielddef *d)
{
	if (d->length == NF_VARLEN)
		return NF_LOAD_VAR;
	if (d->length == 0 || d->length > 8)
		return NF_LOAD_LONG;
	if (d->nbits != 0)
		return NF_LOAD_N;
	if (d->kind == NF_KIND_SINT)
		return NF_LOAD_SIGNED;
	switch (d->length) {
	case 1: return NF_LOAD_8;
	case 2: return NF_LOAD_16;
	case 4: return NF_LOAD_32;
	case 8: return NF_LOAD_64;
	default: return NF_LOAD_N;
	}
}

/* The operation that loads field I, and how many fields it is of: 1 or 2. */
static unsigned op_of(const struct nf_layout *l, unsigned i, enum nf_load *load)
{
	const struct nf_fielddef *d = &l->fields[i];

	*load = load_of(d);
	if (*load < NF_LOAD_8 || *load > NF_LOAD_64 || i + 1 == l->nfields ||
	    load_of(d + 1) != *load || d[1].overlay)
		return 1;
	*load = *load - NF_LOAD_8 + NF_LOAD_PAIR_8;
	return 2;
}

/* Which half of the operations: a variable field stands behind those before the first one. */
static unsigned half_of(const struct nf_fielddef *d)
{
	return d->nvar != 0 || d->length == NF_VARLEN;
}

/*
 * A field takes the slot of its role only where its length lets it be read as what the role
 * says: an address of 2 octets (quirk B6) is none.
 */
static bool plays_role(const struct nf_fielddef *d)
{
	switch (d->ie->type) {
	case NF_TYPE_IPV4_ADDRESS:
		return d->length == 4;
	case NF_TYPE_IPV6_ADDRESS:
		return d->length == 16;
	default:
		return d->length != 0;
	}
}

struct nf_fielddef *nf_layout_add(struct nf_layout *l, const struct nf_ie *ie, uint16_t length,
				  bool scope, bool overlay)
{
	struct nf_fielddef *d = &l->fields[l->nfields];

	*d = (struct nf_fielddef){
		.ie = ie,
		.offset = l->min_len - l->nvar,
		.length = length,
		.nvar = l->nvar,
		.kind = (uint8_t)nf_kind_of((enum nf_type)ie->type,
					    length == NF_VARLEN ? 0 : length),
		.scope = scope,
		.overlay = overlay,
	};
	if (overlay) {
		d->offset -= length;
	} else if (length == NF_VARLEN) {
		l->nvar++;
		l->min_len++;
	} else {
		l->min_len += length;
	}
	if (scope)
		l->nscope++;
	if (l->slot[ie->role] < 0 && !ie->reverse && plays_role(d))
		l->slot[ie->role] = (int16_t)l->nfields;
	l->has_strings |= ie->type == NF_TYPE_STRING;
	l->has_lists |= ie->type == NF_TYPE_BASIC_LIST || ie->type == NF_TYPE_SUBTEMPLATE_LIST ||
			ie->type == NF_TYPE_SUBTEMPLATE_MULTILIST;
	l->nfields++;
	return d;
}

/* Operations by load, into OPS. */
static void loads_of(struct nf_loads *loads, const struct nf_layout *l, struct nf_op *ops)
{
	unsigned n[2][NF_LOADS] = { { 0 } };
	struct nf_op *next[2][NF_LOADS];
	enum nf_load load;

	loads->ops = ops;
	for (unsigned i = 0, width; i < l->nfields; i += width) {
		width = op_of(l, i, &load);
		n[half_of(&l->fields[i])][load]++;
	}
	for (int half = 0; half < 2; half++)
		for (load = 0; load < NF_LOADS; load++) {
			next[half][load] = ops;
			ops += n[half][load];
			loads->ends[half][load] = ops;
		}
	for (unsigned i = 0, width; i < l->nfields; i += width) {
		const struct nf_fielddef *d = &l->fields[i];

		width = op_of(l, i, &load);
		*next[half_of(d)][load]++ = (struct nf_op){
			.field = (uint16_t)i, .nvar = d->nvar, .offset = d->offset };
	}
}

bool nf_column_octets(const struct nf_layout *l, unsigned i, struct nf_column *c)
{
	const struct nf_fielddef *d = &l->fields[i];
	const uint32_t fixed = l->min_len - l->nvar;	/* octets */
	uint32_t first;

	*c = (struct nf_column){ .field = (uint16_t)i, .nvar = d->nvar };
	if (fixed < 8 || d->length == 0 || d->length > 8)
		return false;
	first = d->offset < fixed - 8 ? d->offset : fixed - 8;
	c->offset = first;
	c->shift = (uint8_t)(64 - 8 * (d->offset - first + d->length));
	c->mask = UINT64_MAX >> (64 - 8 * d->length);
	if (d->nbits != 0) {
		c->shift += (uint8_t)(8 * d->length - d->first_bit - d->nbits);
		c->mask = (UINT64_C(1) << d->nbits) - 1;
	}
	return true;
}

bool nf_column_of(const struct nf_layout *l, unsigned i, struct nf_column *c)
{
	return nf_column_octets(l, i, c) && load_of(&l->fields[i]) < NF_LOAD_SIGNED;
}

/* How the column of field I is read: as one of the fields before, behind, or another one. */
static unsigned column_of(const struct nf_layout *l, unsigned i, struct nf_column *c)
{
	return nf_column_of(l, i, c) ? half_of(&l->fields[i]) : 2;
}

void nf_columns_of(struct nf_columns *columns, const struct nf_layout *l, const uint8_t *wanted,
		   struct nf_column *room)
{
	const struct nf_column **ends[] = { &columns->before, &columns->behind, &columns->others };
	struct nf_column c;

	columns->v = room;
	for (unsigned kind = 0; kind < 3; kind++) {
		for (unsigned i = 0; i < l->nfields; i++)
			if (wanted[i] && column_of(l, i, &c) == kind)
				*room++ = c;
		*ends[kind] = room;
	}
}

void nf_layout_finish(struct nf_layout *l)
{
	loads_of(&l->all, l, (struct nf_op *)(void *)&l->fields[l->nfields]);
	l->slot[NF_ROLE_NONE] = -1;
	l->wide = l->min_len > 0;
}

bool nf_layout_compile(struct nf_layout *layout, const struct nf_template *t,
		       struct nf_registry *registry)
{
	enum nf_layout_kind kind = t->kind == NF_TEMPLATE_OPTIONS ? NF_LAYOUT_OPTIONS :
								      NF_LAYOUT_DATA;
	struct nf_specs specs;
	struct nf_spec s;

	nf_layout_begin(layout, kind);
	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &s)) {
		const struct nf_ie *ie = nf_spec_ie(t, &s, registry);

		if (ie == NULL)
			return false;
		nf_layout_add(layout, ie, s.length, s.scope, false);
	}
	nf_layout_finish(layout);
	return true;
}

bool nf_layout_usable(const struct nf_layout *layout)
{
	return layout->min_len > 0 && layout->min_len <= NF_RECORD_MAX;
}
