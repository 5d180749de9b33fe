#include <config.h>

#include "model/timeline.h"

#include <string.h>

static const int64_t second = INT64_C(1000000000);

void timeline_init(struct timeline *t, int64_t length)
{
	memset(t, 0, sizeof(*t));
	t->length = length > 0 ? length : second;
}

static int64_t rounded_down(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

void timeline_settle(struct timeline *t, const struct stats_version *total, uint64_t lost)
{
	struct timeline_piece *piece = &t->pieces[t->at];

	if (!t->begun)
		return;
	stats_grow(&piece->grew, total, &t->base);
	piece->lost += (int64_t)(lost - t->base_lost);
	t->base = *total;
	t->base_lost = lost;
	if (t->at >= t->n)
		t->n = t->at + 1;
}

void timeline_delay(struct timeline *t, int64_t ns)
{
	if (t->pieces[t->at].delay_ns < ns)
		t->pieces[t->at].delay_ns = ns;
}

static void merge(struct timeline_piece *to, const struct timeline_piece *from)
{
	const struct stats_version nothing = { .messages = 0 };

	stats_grow(&to->grew, &from->grew, &nothing);
	to->lost += from->lost;
	if (to->delay_ns < from->delay_ns)
		to->delay_ns = from->delay_ns;
}

/* Twice the length: two pieces become one, or the first alone where it stands at an odd place. */
static void fold(struct timeline *t)
{
	unsigned odd = (unsigned)(t->first & 1), n = (t->n + odd + 1) / 2;

	for (unsigned i = 0; i < n; i++) {
		struct timeline_piece sum = { .lost = 0 };

		for (unsigned j = 2 * i; j < 2 * i + 2; j++)
			if (j >= odd && j - odd < t->n)
				merge(&sum, &t->pieces[j - odd]);
		t->pieces[i] = sum;
	}
	memset(t->pieces + n, 0, (TIMELINE_PIECES - n) * sizeof(t->pieces[0]));
	t->n = n;
	t->first = rounded_down(t->first, 2);
	t->length *= 2;
}

/* Room in front for what is older than all that came. */
static void shift(struct timeline *t, unsigned by)
{
	memmove(t->pieces + by, t->pieces, t->n * sizeof(t->pieces[0]));
	memset(t->pieces, 0, by * sizeof(t->pieces[0]));
	t->first -= by;
	t->n += by;
}

/* Does piece INDEX have a place, beside those that there are? */
static bool fits(const struct timeline *t, int64_t index)
{
	int64_t last = t->first + (int64_t)t->n - 1;

	if (index < t->first)
		return (uint64_t)last - (uint64_t)index < TIMELINE_PIECES;
	return (uint64_t)index - (uint64_t)t->first < TIMELINE_PIECES;
}

void timeline_at(struct timeline *t, const struct stats_version *total, uint64_t lost, int64_t ts)
{
	int64_t index = rounded_down(ts, t->length);

	if (t->begun && index == t->first + t->at)
		return;
	timeline_settle(t, total, lost);
	if (!t->begun) {
		t->begun = true;
		t->first = index;
		t->base = *total;
		t->base_lost = lost;
		return;
	}
	while (!fits(t, index) && t->length <= INT64_MAX / 2) {
		fold(t);
		index = rounded_down(ts, t->length);
	}
	if (index < t->first)
		shift(t, (unsigned)(t->first - index));
	t->at = (unsigned)(index - t->first);
}

int64_t timeline_time(const struct timeline *t, unsigned i)
{
	int64_t time;

	if (__builtin_mul_overflow(t->first + (int64_t)i, t->length, &time))
		return t->first < 0 ? INT64_MIN : INT64_MAX;
	return time;
}
