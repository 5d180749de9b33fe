/* Keys that records say in loads alone. */
#include <config.h>

#include "base/mem.h"
#include "model/top_ops.h"

/* The loads of OP into V, which has room for two; how many they are, -1: it is none. */
static int loads_of(const struct top_op *op, const struct nf_layout *l, struct top_load *v)
{
	if (op->op == OP_ABSENT)
		return 0;
	if (op->op == OP_IPV6) {
		for (unsigned i = 0; i < 2; i++)
			v[i] = (struct top_load){
				.from = { .field = op->field, .nvar = op->nvar,
					  .offset = op->offset + 8 * i, .mask = op->mask[i] },
				.at = (uint8_t)(op->at + i),
			};
		return 2;
	}
	v[0].at = op->at;
	if (op->op > OP_IPV6 || !nf_column_of(l, op->field, &v[0].from))
		return -1;
	if (op->op == OP_IPV4)
		v[0].from.mask &= op->mask[0];
	return 1;
}

bool top_keys_are_loads(const struct top *t, const struct top_op *ops, const struct nf_layout *l)
{
	struct top_load unused[2];

	for (unsigned i = 0; i < t->nkeys; i++)
		if (loads_of(&ops[i], l, unused) < 0)
			return false;
	return true;
}

static enum top_tag tag_of(const struct top_op *op)
{
	static const uint8_t tags[] = {
		[OP_ABSENT] = TOP_ABSENT, [OP_UINT] = TOP_NUMBER, [OP_IPV4] = TOP_IPV4,
		[OP_IPV6] = TOP_IPV6,
	};

	return (enum top_tag)tags[op->op];
}

/* The words that no load is for. */
static void find_same(const struct top *t, struct top_loads *l)
{
	for (unsigned word = 0; word < top_key_words(t); word++) {
		unsigned i = 0;

		while (i < l->n && l->v[i].at != word)
			i++;
		if (i == l->n)
			l->same[l->nsame++] = (uint8_t)word;
	}
}

struct top_loads *top_loads_new(const struct top *t, const struct top_op *ops,
				const struct nf_layout *l)
{
	struct top_loads *loads = nf_zalloc(sizeof(*loads) + 2 * t->nkeys * sizeof(*loads->v));

	for (unsigned i = 0; loads != NULL && i < t->nkeys; i++) {
		loads->n += (unsigned)loads_of(&ops[i], l, &loads->v[loads->n]);
		loads->key[i / 8] |= (uint64_t)tag_of(&ops[i]) << i % 8 * 8;
	}
	if (loads != NULL)
		find_same(t, loads);
	return loads;
}

void top_loads_one(const struct top *t, const struct top_loads *l, const struct nf_rec *r,
		   uint64_t *key)
{
	memcpy(key, l->key, top_key_words(t) * sizeof(*key));
	for (unsigned i = 0; i < l->n; i++) {
		const struct nf_column *c = &l->v[i].from;

		key[l->v[i].at] = nf_column_value(c, r->p + c->offset + r->shift[c->nvar]);
	}
}

void top_loads_rows(const struct top_loads *l, const struct nf_rec *recs, size_t n, uint64_t *keys,
		    size_t stride)
{
	for (unsigned i = 0; i < l->nsame; i++)
		for (size_t j = 0; j < n; j++)
			keys[l->same[i] * stride + j] = l->key[l->same[i]];
	for (unsigned i = 0; i < l->n; i++)
		nf_column_read(&l->v[i].from, recs, nf_rows_ample((unsigned)n),
			       keys + l->v[i].at * stride);
}
