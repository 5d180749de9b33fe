/* What was counted of templates, as a list in order. */
#include <config.h>

#include "model/templates.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* What the tracker knows of a version, which the messages that were counted may not have had. */
static bool complete(struct templates *t, const struct nf_version_info *info)
{
	struct templates_row *r = templates_row_of(t, info->version);

	if (r == NULL)
		return false;
	r->session = info->session;
	r->domain = info->domain;
	r->export_version = info->export_version;
	r->position = info->version->position;
	r->given = false;
	r->matched = r->matched || (t->filter == NULL && !t->limited);
	if (r->tmpl == NULL && r->sent == 0) {	/* by a withdrawal of all, which names no id */
		r->sent = info->sent;
		r->first_sent = r->last_sent = (struct templates_point){
			.frame = info->version->frame, .ns = info->first_ns,
			.file = info->version->file, .fine = info->first_ns % 1000 != 0,
		};
	}
	return true;
}

/* Is R a row of the listing: no fixed layout, not resolved since, and let through? */
bool templates_listed(const struct templates_row *r)
{
	if (r->layout != NULL || r->session == NULL || !r->matched)
		return false;
	return r->version != NULL || r->used[0].sets != 0;
}

static int three_way(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int templates_order(const void *a, const void *b)
{
	const struct templates_row *x = *(struct templates_row *const *)a;
	const struct templates_row *y = *(struct templates_row *const *)b;
	const struct nf_addr *p = &x->session->src.addr, *q = &y->session->src.addr;
	int d = three_way(p->family, q->family);

	if (d == 0)
		d = memcmp(p->octets, q->octets, sizeof(p->octets));
	if (d == 0)
		d = three_way(x->session->index, y->session->index);
	if (d == 0)
		d = three_way(x->export_version, y->export_version);
	if (d == 0)
		d = three_way(x->domain, y->domain);
	if (d == 0)
		d = three_way(x->id, y->id);
	if (d == 0)
		d = three_way(x->position, y->position);
	return d != 0 ? d : three_way(x->why, y->why);
}

static bool same_id(const struct templates_row *a, const struct templates_row *b)
{
	return a->session == b->session && a->export_version == b->export_version &&
	       a->domain == b->domain && a->id == b->id;
}

/* Each row gets the one that it changes; what is not to be listed goes. */
static void link_and_thin(struct templates *t)
{
	const struct templates_row *last = NULL;
	size_t n = 0;

	for (size_t i = 0; i < t->nlist; i++) {
		struct templates_row *r = t->list[i];

		if (last != NULL && same_id(last, r) && !r->given && r->version != NULL)
			r->before = last;
		if (r->tmpl != NULL && !r->given)
			last = r;
		if (templates_listed(r))
			t->list[n++] = r;
	}
	t->nlist = n;
}

bool templates_list(struct templates *t, struct nf_tracker *tracker)
{
	struct nf_version_iter it = { .session = 0 };
	struct nf_version_info info;
	struct templates_row *r;

	while (nf_tracker_next_version(tracker, &it, &info))
		if (!complete(t, &info))
			return false;
	t->nlist = 0;
	for (r = (struct templates_row *)t->rows.head; r != NULL; r = r->node.hh.next) {
		if (r->session == NULL)
			continue;
		if (!nf_grow((void **)&t->list, &t->cap, t->nlist + 1, sizeof(*t->list))) {
			t->failed = true;
			return false;
		}
		t->list[t->nlist++] = r;
	}
	if (t->nlist > 0)
		qsort(t->list, t->nlist, sizeof(*t->list), templates_order);
	link_and_thin(t);
	return true;
}

struct templates_count templates_used(const struct templates_row *row)
{
	struct templates_count sum = { .sets = 0 };

	for (unsigned i = 0; i < TEMPLATES_HOWS; i++) {
		sum.sets += row->used[i].sets;
		sum.records += row->used[i].records;
		sum.octets += row->used[i].octets;
	}
	return sum;
}

bool templates_unused(const struct templates_row *row)
{
	return row->tmpl != NULL && row->in_lists == 0 && templates_used(row).sets == 0;
}

uint32_t templates_length(const struct nf_template *tmpl, unsigned *nvar)
{
	uint32_t sum = 0;
	struct nf_specs specs;
	struct nf_spec spec;

	*nvar = 0;
	nf_specs_open(&specs, tmpl);
	while (nf_spec_next(&specs, &spec)) {
		bool variable = spec.length == NF_VARLEN;

		*nvar += variable;
		sum += variable ? 1 : spec.length;
	}
	return sum;
}

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

bool templates_refresh(struct templates_row *row, int64_t *ns)
{
	struct templates_intervals *iv = &row->intervals;
	uint32_t middle = iv->n / 2;

	if (iv->n == 0)
		return false;
	qsort(iv->v, iv->n, sizeof(*iv->v), by_size);
	*ns = iv->v[middle];
	if (iv->n % 2 == 0)
		*ns = iv->v[middle - 1] + (*ns - iv->v[middle - 1]) / 2;
	return true;
}
