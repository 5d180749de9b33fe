/* What is between the clocks of both sides, and whether starts are near after it. */
#include <config.h>

#include "model/diff_flows.h"

#include "base/mem.h"

/* Nanoseconds that the arithmetic of doubles may be wrong by, and more. */
enum { UNSURE = 4096 };

/* The distances of a domain, in no order; the least and the greatest of them. */
struct distances {
	int64_t *v;
	size_t n;
	int64_t least, greatest;
};

/* Numbers as they are ordered, without a sign. */
static uint64_t ordered(int64_t v)
{
	return (uint64_t)v ^ UINT64_C(1) << 63;
}

/*
 * The one at place K if they were in order: octet by octet from the highest in which they differ,
 * so that no order of theirs makes it slow.
 */
static int64_t at_place(const struct distances *d, size_t k)
{
	uint64_t low = ordered(d->least), high = ordered(d->greatest), known = 0, mask = 0;

	for (int shift = 56; shift >= 0 && low != high; shift -= 8) {
		size_t counts[256] = { 0 };
		unsigned octet = 0;

		if (low >> shift == high >> shift) {
			mask |= UINT64_C(255) << shift;
			known |= low & UINT64_C(255) << shift;
			continue;
		}
		for (size_t i = 0; i < d->n; i++) {
			uint64_t u = ordered(d->v[i]);

			counts[u >> shift & 255] += (u & mask) == known;
		}
		while (k >= counts[octet])
			k -= counts[octet++];
		mask |= UINT64_C(255) << shift;
		known |= (uint64_t)octet << shift;
	}
	return (int64_t)((low == high ? low : known) ^ UINT64_C(1) << 63);
}

static int64_t middle(const struct distances *d)
{
	int64_t low = at_place(d, (d->n - 1) / 2);
	int64_t high = d->n % 2 == 0 ? at_place(d, d->n / 2) : low;

	return low + (high - low) / 2;
}

/* How many of each domain there are, and how far apart.  Where all are the same, one will do. */
static void measure(const struct diff_flows *f, struct distances *by)
{
	for (size_t i = 0; i < f->d->of[0]->flows.n; i++) {
		const struct diff_pair *pair = &f->pairs[i];
		struct distances *d = &by[pair->domain];

		if (!pair->timed)
			continue;
		if (d->n == 0 || pair->distance < d->least)
			d->least = pair->distance;
		if (d->n == 0 || pair->distance > d->greatest)
			d->greatest = pair->distance;
		d->n++;
	}
}

/* Room in V for those that are to be looked at, side by side. */
static void lay_out(const struct diff_flows *f, struct distances *by, int64_t *v)
{
	bool any = false;

	for (size_t i = 0; i < f->d->of[0]->ndomains; i++)
		if (by[i].n != 0 && by[i].least != by[i].greatest) {
			any = true;
			by[i].v = v;
			v += by[i].n;
			by[i].n = 0;
		}
	for (size_t i = 0; any && i < f->d->of[0]->flows.n; i++) {
		struct distances *d = &by[f->pairs[i].domain];

		if (f->pairs[i].timed && d->v != NULL)
			d->v[d->n++] = f->pairs[i].distance;
	}
}

bool diff_find_offsets(struct diff_flows *f)
{
	const struct meaning *old = f->d->of[0];
	struct distances *by = nf_zalloc((old->ndomains + 1) * sizeof(*by));
	int64_t *v = nf_alloc((old->flows.n + 1) * sizeof(*v));
	bool room = by != NULL && v != NULL;

	nf_mem_expect(v, old->flows.n * sizeof(*v));
	if (room) {
		measure(f, by);
		lay_out(f, by, v);
	}
	for (size_t i = 0; room && i < old->ndomains; i++)
		if (by[i].n != 0)
			f->offsets[i] = middle(&by[i]);
	nf_free(by);
	nf_free(v);
	return room;
}

/* Is A within SECONDS for sure? */
static bool within(int64_t a, double seconds)
{
	uint64_t u = a < 0 ? 0 - (uint64_t)a : (uint64_t)a;

	return u <= INT64_MAX / 2 && (double)u + UNSURE <= seconds * 1e9;
}

bool diff_starts_near(const struct diff_flows *f, const struct diff_pair *pair)
{
	int64_t offset = f->absolute ? 0 : f->offsets[pair->domain];

	return !pair->timed || !f->first ||
	       within((int64_t)((uint64_t)pair->distance - (uint64_t)offset), f->slack[1]);
}

bool diff_durations_near(const struct diff_flows *f, const uint64_t *a, const uint64_t *b)
{
	uint64_t x = a[MEANING_LAST] - a[MEANING_FIRST], y = b[MEANING_LAST] - b[MEANING_FIRST];

	return !f->duration || (x <= INT64_MAX && y <= INT64_MAX &&
				within((int64_t)(x - y), f->slack[0]));
}
