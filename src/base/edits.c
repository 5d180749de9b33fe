#include <config.h>

#include "base/edits.h"

#include <stdint.h>

#include "base/mem.h"

/* Differences that are looked for: memory grows with their square. */
enum { MOST = 1024 };

/* A[from .. na) and B[from .. nb), of which neither the first nor the last items are the same. */
struct middle {
	size_t from, na, nb;
	nf_edits_same *same;
	void *ctx;
};

static void step(struct nf_edits *e, char op, size_t a, size_t b)
{
	e->v[e->n++] = (struct nf_edit){ .op = op, .a = a, .b = b };
}

static void all_of(struct nf_edits *e, const struct middle *m)
{
	for (size_t i = m->from; i < m->na; i++)
		step(e, '-', i, m->from);
	for (size_t j = m->from; j < m->nb; j++)
		step(e, '+', m->na, j);
}

/*
 * How far A is used up on diagonal K after D differences: rows of 2D + 1 values, one behind the
 * other, so that the way can be followed back.
 */
static int32_t *row_of(int32_t *rows, int32_t d)
{
	return rows + (size_t)d * (size_t)d + (size_t)d;
}

static bool from_above(const int32_t *before, int32_t d, int32_t k)
{
	return k == -d || (k != d && before[k - 1] < before[k + 1]);
}

/* The number of differences, or -1 where there are more than MOST. */
static int32_t search(const struct middle *m, int32_t *rows)
{
	int32_t na = (int32_t)(m->na - m->from), nb = (int32_t)(m->nb - m->from);

	for (int32_t d = 0; d <= MOST; d++) {
		const int32_t *before = d > 0 ? row_of(rows, d - 1) : NULL;
		int32_t *here = row_of(rows, d);

		for (int32_t k = -d; k <= d; k += 2) {
			int32_t x = before == NULL ? 0 :
				    from_above(before, d, k) ? before[k + 1] : before[k - 1] + 1;

			while (x < na && x - k < nb && x - k >= 0 &&
			       m->same(m->ctx, m->from + (size_t)x, m->from + (size_t)(x - k)))
				x++;
			here[k] = x;
			if (x >= na && x - k >= nb)
				return d;
		}
	}
	return -1;
}

/* The way back from the end, which gives the steps in reverse. */
static void follow(struct nf_edits *e, const struct middle *m, int32_t *rows, int32_t d)
{
	size_t first = e->n, last;
	int32_t x = (int32_t)(m->na - m->from), k = x - (int32_t)(m->nb - m->from);

	for (; d >= 0; d--) {
		bool above = d > 0 && from_above(row_of(rows, d - 1), d, k);
		int32_t k0 = above ? k + 1 : k - 1;
		int32_t x0 = d > 0 ? row_of(rows, d - 1)[k0] : 0;
		int32_t begin = d > 0 ? above ? x0 : x0 + 1 : 0;

		while (x > begin) {
			x--;
			step(e, ' ', m->from + (size_t)x, m->from + (size_t)(x - k));
		}
		if (d == 0)
			break;
		if (above)
			step(e, '+', m->from + (size_t)x0, m->from + (size_t)(x0 - k0));
		else
			step(e, '-', m->from + (size_t)x0, m->from + (size_t)(x0 - k0));
		x = x0;
		k = k0;
	}
	for (last = e->n; first + 1 < last; first++, last--) {
		struct nf_edit kept = e->v[first];

		e->v[first] = e->v[last - 1];
		e->v[last - 1] = kept;
	}
}

static bool between(struct nf_edits *e, const struct middle *m)
{
	size_t longest = m->na + m->nb - 2 * m->from;
	size_t most = longest < MOST ? longest : MOST;
	int32_t *rows, d;

	if (m->from == m->na || m->from == m->nb || m->na > INT32_MAX || m->nb > INT32_MAX) {
		all_of(e, m);
		return true;
	}
	rows = nf_alloc((most + 1) * (most + 1) * sizeof(*rows));
	if (rows == NULL)
		return false;
	d = search(m, rows);
	if (d < 0)
		all_of(e, m);
	else
		follow(e, m, rows, d);
	nf_free(rows);
	return true;
}

bool nf_edits(struct nf_edits *e, size_t na, size_t nb, nf_edits_same *same, void *ctx)
{
	struct middle m = { .na = na, .nb = nb, .same = same, .ctx = ctx };
	size_t behind = 0;

	*e = (struct nf_edits){ .n = 0 };
	if (na + nb == 0)
		return true;
	e->v = nf_alloc((na + nb) * sizeof(*e->v));
	if (e->v == NULL)
		return false;
	for (; m.from < na && m.from < nb && same(ctx, m.from, m.from); m.from++)
		step(e, ' ', m.from, m.from);
	while (behind < na - m.from && behind < nb - m.from &&
	       same(ctx, na - 1 - behind, nb - 1 - behind))
		behind++;
	m.na -= behind;
	m.nb -= behind;
	if (!between(e, &m)) {
		nf_edits_done(e);
		return false;
	}
	for (size_t i = 0; i < behind; i++)
		step(e, ' ', m.na + i, m.nb + i);
	return true;
}

void nf_edits_done(struct nf_edits *e)
{
	nf_free(e->v);
	*e = (struct nf_edits){ .n = 0 };
}
