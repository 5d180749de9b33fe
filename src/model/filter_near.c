#include <config.h>

#include "model/filter_near.h"

#include <strings.h>

struct filter_near filter_near_to(struct nf_bytes name)
{
	struct filter_near near = { .name = name };

	for (unsigned i = 0; i < FILTER_NEAREST; i++)
		near.cost[i] = UINT32_MAX;
	return near;
}

static unsigned lower(unsigned c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

static bool alike(unsigned a, unsigned b)
{
	return lower(a) == lower(b);
}

/* How many letters must change, two side by side change places, upper and lower case alike. */
static unsigned distance(struct nf_bytes a, const char *text, size_t nb)
{
	const uint8_t *b = (const uint8_t *)text;
	unsigned rows[3][FILTER_NEAR_LONGEST + 1];

	for (unsigned j = 0; j <= nb; j++)
		rows[0][j] = j;
	for (unsigned i = 0; i < a.n; i++) {
		unsigned *row = rows[(i + 1) % 3];
		const unsigned *above = rows[i % 3], *before = rows[(i + 2) % 3];

		row[0] = i + 1;
		for (unsigned j = 0; j < nb; j++) {
			row[j + 1] = least(above[j] + !alike(a.p[i], b[j]), row[j] + 1,
					   above[j + 1] + 1);
			if (i > 0 && j > 0 && alike(a.p[i], b[j - 1]) &&
			    alike(a.p[i - 1], b[j]) && before[j - 1] + 1 < row[j + 1])
				row[j + 1] = before[j - 1] + 1;
		}
	}
	return rows[a.n % 3][nb];
}

static bool begins(struct nf_bytes name, const char *text)
{
	return strncasecmp((const char *)name.p, text, name.n) == 0;
}

void filter_near_consider(struct filter_near *n, const char *text)
{
	size_t len = strlen(text), i = FILTER_NEAREST;
	unsigned cost;

	if (len == 0 || len >= FILTER_NEAR_LONGEST || n->name.n >= FILTER_NEAR_LONGEST)
		return;
	cost = 4 * distance(n->name, text, len);
	if (len > n->name.n && n->name.n >= 3 && begins(n->name, text))
		cost = 2 + (unsigned)(len - n->name.n) / 2;
	if (cost > 4 * (1 + n->name.n / 3))
		return;
	for (size_t j = 0; j < FILTER_NEAREST; j++)
		if (strcmp(n->names[j], text) == 0)
			return;
	while (i > 0 && cost < n->cost[i - 1])
		i--;
	if (i == FILTER_NEAREST)
		return;
	memmove(&n->cost[i + 1], &n->cost[i], (FILTER_NEAREST - 1 - i) * sizeof(n->cost[0]));
	memmove(&n->names[i + 1], &n->names[i], (FILTER_NEAREST - 1 - i) * sizeof(n->names[0]));
	n->cost[i] = cost;
	memcpy(n->names[i], text, len + 1);
}

void filter_near_ask(const struct filter_near *near, struct filter_faults *faults)
{
	if (near->cost[2] < UINT32_MAX)
		filter_hint(faults, "did you mean %s, %s or %s?", near->names[0],
			    near->names[1], near->names[2]);
	else if (near->cost[1] < UINT32_MAX)
		filter_hint(faults, "did you mean %s or %s?", near->names[0], near->names[1]);
	else if (near->cost[0] < UINT32_MAX)
		filter_hint(faults, "did you mean %s?", near->names[0]);
}

bool filter_hint_value(struct filter_tree *t, const struct nf_labels *labels, struct nf_bytes word)
{
	struct filter_near near = filter_near_to(word);

	for (size_t i = 0; i < labels->nvalues; i++)
		filter_near_consider(&near, labels->values[i].name);
	filter_near_ask(&near, &t->faults);
	return near.cost[0] < UINT32_MAX;
}
