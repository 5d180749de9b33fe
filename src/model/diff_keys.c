/*
 * Flows that are lost and added because of one key: one that only one side has, or fills otherwise.
 */
#include <config.h>

#include "model/diff_flows.h"

#include <stdlib.h>

#include "base/mem.h"

enum { TO_TELL = 1 << 20 };		/* flows that are lost or added */

/* Of flows of a layout that says all of its key one is as good as all. */
static bool any_has(const struct meaning *m, unsigned key)
{
	uint64_t room[MEANING_KEY_WORDS];
	uint32_t without = 0;

	for (size_t i = 0; i < m->flows.n; i++) {
		const uint64_t *row = meaning_row(m, i), *its;

		if (row == NULL || (without != 0 && meaning_kept_by(row) == without))
			continue;
		its = meaning_key(m, row, room);
		if (diff_tag_of(its + 1, key) != TOP_ABSENT)
			return true;
		without = its == room ? meaning_kept_by(row) : 0;
	}
	return false;
}

const char *diff_lone_key(const struct diff *d, unsigned *side)
{
	const struct meaning *old = d->of[0], *new = d->of[1];

	if (d->total[DIFF_FLOW_LOST] == 0 || d->total[DIFF_FLOW_ADDED] == 0)
		return NULL;
	for (unsigned i = 0; i < old->top->nkeys; i++) {
		bool a = any_has(old, i), b = any_has(new, i);

		*side = a ? 0 : 1;
		if (a != b)
			return old->top->keys[i].title;
	}
	return NULL;
}

/* -- Keys in which flows differ ----------------------------------------------------------- */

static uint64_t add(uint64_t h, const void *octets, size_t n)
{
	const uint64_t value = nf_hash64((struct nf_bytes){ octets, n });

	return nf_fold(h ^ 0x9e3779b97f4a7c15u, value ^ 0xa0761d6478bd642fu);
}

/* What a row of SIDE is but for key WITHOUT: the same number on both sides. */
static uint64_t fold(const struct diff *d, unsigned side, const uint64_t *row, unsigned without)
{
	const struct meaning *m = d->of[side];
	uint64_t room[MEANING_KEY_WORDS];
	const struct top_entry e = { .key = meaning_key(m, row, room) + 1 };
	int32_t domain = (int32_t)meaning_domain_at(row);
	uint64_t h = (uint64_t)(side == 0 ? domain : d->to[1][domain]);

	for (unsigned i = 0; i < m->top->nkeys; i++) {
		struct top_value v;

		if (i == without)
			continue;
		v = top_value(m->top, &e, i);
		h = add(h, &v.tag, 1);
		if (v.tag == TOP_TEXT)
			h = add(h, v.text.p, v.text.n);
		else if (v.tag == TOP_IPV4 || v.tag == TOP_IPV6)
			h = add(h, v.address, v.tag == TOP_IPV4 ? 4 : 16);
		else if (v.tag != TOP_ABSENT)
			h = add(h, &v.number, sizeof(v.number));
	}
	return h;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Flows of SIDE that the other one does not have, without a key, in order. */
static size_t alone(const struct diff *d, unsigned side, unsigned without, uint64_t *v)
{
	const struct meaning *m = d->of[side];
	size_t n = 0;

	for (size_t i = 0; i < m->flows.n; i++) {
		const uint64_t *row = meaning_row(m, i);

		if (row != NULL && meaning_records(row) != 0 && !d->matched[side][i] &&
		    d->to[side][meaning_domain_at(row)] != MEANING_NONE)
			v[n++] = fold(d, side, row, without);
	}
	if (n > 1)
		qsort(v, n, sizeof(*v), by_number);
	return n;
}

static uint64_t in_both(const uint64_t *a, size_t na, const uint64_t *b, size_t nb)
{
	uint64_t n = 0;

	for (size_t i = 0, j = 0; i < na && j < nb;) {
		n += a[i] == b[j];
		if (a[i] == b[j]) {
			i++;
			j++;
		} else if (a[i] < b[j]) {
			i++;
		} else {
			j++;
		}
	}
	return n;
}

/* The list of keys without the I-th. */
static const char *other_keys(struct diff *d, unsigned without)
{
	const char *list = d->of[0]->opts.keys != NULL ? d->of[0]->opts.keys : MEANING_KEYS;

	nf_strbuf_clear(&d->text);
	for (unsigned i = 0; *list != '\0'; i++) {
		size_t n = strcspn(list, ",");

		if (i != without) {
			if (d->text.n != 0)
				nf_sb_char(&d->text, ',');
			nf_sb_mem(&d->text, list, n);
		}
		list += n;
		list += *list == ',';
	}
	return diff_text(d, nf_strbuf_cstr(&d->text));
}

const char *diff_odd_key(struct diff *d, uint64_t *flows, const char **keys)
{
	uint64_t lost = d->total[DIFF_FLOW_LOST], added = d->total[DIFF_FLOW_ADDED];
	uint64_t least = lost < added ? lost : added, *a, *b;
	unsigned nkeys = d->of[0]->top->nkeys, odd = nkeys;

	*flows = 0;
	if (least == 0 || nkeys < 2 || lost + added > TO_TELL)
		return NULL;
	a = nf_alloc((d->of[0]->flows.n + 1) * sizeof(*a));
	b = nf_alloc((d->of[1]->flows.n + 1) * sizeof(*b));
	for (unsigned i = 0; a != NULL && b != NULL && i < nkeys; i++) {
		size_t na = alone(d, 0, i, a), nb = alone(d, 1, i, b);
		uint64_t n = in_both(a, na, b, nb);

		if (n > *flows) {
			*flows = n;
			odd = i;
		}
	}
	nf_free(a);
	nf_free(b);
	if (odd == nkeys || *flows < least - least / 2)
		return NULL;
	*keys = other_keys(d, odd);
	return *keys != NULL ? d->of[0]->top->keys[odd].title : NULL;
}
