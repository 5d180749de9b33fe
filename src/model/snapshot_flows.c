/*
 * The largest flows.
 */
#include <config.h>

#include "model/snapshot_internal.h"

#include "ie/address.h"

/* The sum in the column called ALIAS of ROW; false where it has none, or several. */
static bool sum_of(const struct meaning *m, const uint64_t *row, const char *alias, uint64_t *sum)
{
	struct meaning_look look;
	unsigned found = 0;

	*sum = 0;
	meaning_look(m, row, &look);
	for (unsigned i = 0; i < look.shape->n; i++) {
		const struct meaning_column *c = &m->columns[look.shape->columns[i]];

		if (c->alias == NULL || strcmp(c->alias, alias) != 0 || c->how != MEANING_SUM)
			continue;
		found++;
		*sum = meaning_cell(&look, i).v[0];
	}
	return found == 1;
}

/* Is everything known that tells the flow from others? */
static bool is_plain(const struct meaning *m, const uint64_t *row)
{
	uint64_t room[MEANING_KEY_WORDS];
	const struct top_entry e = { .key = meaning_key(m, row, room) + 1 };

	for (unsigned i = 0; i < m->top->nkeys; i++)
		if (top_value(m->top, &e, i).tag == TOP_ABSENT)
			return false;
	return true;
}

/* Octets and packets of a flow that are no nonsense. */
#define LARGEST (UINT64_C(1) << 53)

/* A flow, all uses of its key together: see MEANING_NEXT. */
struct large {
	const uint64_t *row;
	uint64_t bytes, packets;
	bool has_packets;
};

/* False where some of it is not known, or where another of the same key stands for all. */
static bool all_of(const struct meaning *m, const uint64_t *row, struct large *l)
{
	const uint64_t *r = row;

	*l = (struct large){ .row = row, .has_packets = true };
	do {
		uint64_t bytes, packets;

		if (!sum_of(m, r, "bytes", &bytes) || r < row)
			return false;
		l->bytes += bytes;
		l->has_packets &= sum_of(m, r, "packets", &packets);
		l->packets += packets;
		r = meaning_next_use(m, r);
	} while (r != NULL && r != row);
	return l->bytes != 0 && l->bytes < LARGEST && l->packets < LARGEST;
}

/* The largest, by octets; the same ones in every run. */
static bool is_larger(const struct meaning *m, const struct large *a, const struct large *b)
{
	uint64_t rooms[2][MEANING_KEY_WORDS];

	if (a->bytes != b->bytes)
		return a->bytes > b->bytes;
	return memcmp(meaning_key(m, a->row, rooms[0]), meaning_key(m, b->row, rooms[1]),
		      m->key_words * sizeof(*rooms[0])) < 0;
}

static unsigned largest(const struct snapshot_part *p, struct large best[SNAPSHOT_FLOWS])
{
	unsigned n = 0;

	for (size_t i = 0; i < p->m->flows.n; i++) {
		const uint64_t *row = top_table_row(&p->m->flows, i);
		unsigned at = n;
		struct large l;

		if (!snapshot_is_of(p, (int32_t)meaning_domain_at(row)) ||
		    meaning_records(row) == 0 || !is_plain(p->m, row) || !all_of(p->m, row, &l))
			continue;
		while (at > 0 && is_larger(p->m, &l, &best[at - 1]))
			at--;
		if (at == SNAPSHOT_FLOWS)
			continue;
		n += n < SNAPSHOT_FLOWS;
		for (unsigned j = n - 1; j > at; j--)
			best[j] = best[j - 1];
		best[at] = l;
	}
	return n;
}

static void key(const struct snapshot_part *p, const struct top_entry *e, unsigned i)
{
	struct top_value v = top_value(p->m->top, e, i);

	nf_sb_printf(p->s, "%s%s == ", i != 0 ? " and " : " ", p->m->top->keys[i].title);
	switch ((enum top_tag)v.tag) {
	case TOP_IPV4: nf_ipv4_text(p->s, v.address); break;
	case TOP_IPV6: nf_ipv6_text(p->s, v.address); break;
	default: nf_sb_u64(p->s, v.number); break;
	}
}

static void flow(const struct snapshot_part *p, const struct large *l)
{
	uint64_t room[MEANING_KEY_WORDS];
	const struct top_entry e = { .key = meaning_key(p->m, l->row, room) + 1 };

	nf_sb_str(p->s, "flow");
	for (unsigned i = 0; i < p->m->top->nkeys; i++)
		key(p, &e, i);
	nf_sb_str(p->s, ":\n    bytes ");
	expect_near_text(p->s, (long double)l->bytes, EXPECT_COUNT, 0, 0.01L);
	if (l->has_packets) {
		nf_sb_str(p->s, ", packets ");
		expect_near_text(p->s, (long double)l->packets, EXPECT_COUNT, 0, 0.01L);
	}
	nf_sb_char(p->s, '\n');
}

void snapshot_flows(const struct snapshot_part *p)
{
	struct large best[SNAPSHOT_FLOWS];
	unsigned n = largest(p, best);

	if (n != 0)
		snapshot_heading(p, "Its largest flows.");
	for (unsigned i = 0; i < n; i++)
		flow(p, &best[i]);
}
