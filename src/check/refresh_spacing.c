/*
 * How far apart things were.
 */
#include <config.h>

#include "check/refresh.h"

void spacing_add(struct spacing *s, int64_t ns)
{
	uint64_t ms = ns < 0 ? 0 : (uint64_t)ns / 1000000;
	uint32_t v = ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
	uint64_t at = s->n++;

	if (at == 0 || v < s->least_ms)
		s->least_ms = v;
	if (v > s->most_ms)
		s->most_ms = v;
	if ((at & ((UINT64_C(1) << s->every) - 1)) != 0)
		return;
	if (s->kept == SPACINGS) {	/* every second one makes room */
		for (unsigned i = 0; i < SPACINGS / 2; i++)
			s->ms[i] = s->ms[2 * i];
		s->kept = SPACINGS / 2;
		s->every++;
	}
	s->ms[s->kept++] = v;
}

int64_t spacing_median(const struct spacing *s)
{
	uint32_t sorted[SPACINGS];
	unsigned n = s->kept;

	if (n == 0)
		return 0;
	for (unsigned i = 0; i < n; i++) {
		unsigned at = i;

		for (; at > 0 && sorted[at - 1] > s->ms[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = s->ms[i];
	}
	return (int64_t)sorted[n / 2] * 1000000;
}
