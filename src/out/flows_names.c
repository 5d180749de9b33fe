/*
 * flows -c help: what columns there are, and which elements the flow records of these captures
 * have, and how often.
 */
#include <config.h>

#include <stdlib.h>

#include "base/mem.h"
#include "out/flows.h"
#include "track/map.h"

enum { NAME = 28, NAMES_MAX = 65536 };

struct met {
	struct nf_node node;
	uint64_t key[1];		/* the address of the element's row */
	const struct nf_ie *ie;
	uint64_t records;
	struct met *next;		/* met before it */
};

struct names {
	struct nf_map map;
	struct met *list;
	size_t n;
	const struct nf_layout *layout;	/* of the records counted, but not yet by element */
	uint64_t records;
};

static struct met *met_of(struct names *n, const struct nf_ie *ie)
{
	uint64_t key[1] = { (uint64_t)(uintptr_t)ie };
	uint32_t hash = nf_hash(key, 1);
	struct met *m = nf_map_find(&n->map, key, 1, hash);

	if (m != NULL || n->n == NAMES_MAX)
		return m;
	m = nf_zalloc(sizeof(*m));
	if (m == NULL)
		return NULL;
	m->key[0] = key[0];
	m->ie = ie;
	if (!nf_map_add(&n->map, &m->node, m->key, 1, hash)) {
		nf_free(m);
		return NULL;
	}
	m->next = n->list;
	n->list = m;
	n->n++;
	return m;
}

/* Fields are counted: a record may have an element several times. */
static void settle(struct flows *f, struct names *n)
{
	const struct nf_layout *l = n->layout;

	for (unsigned i = 0; l != NULL && i < l->nfields; i++) {
		struct met *m = met_of(n, l->fields[i].ie);

		if (m != NULL)
			m->records += n->records;
		else if (n->n < NAMES_MAX)
			f->failed = true;
	}
	n->records = 0;
}

static void begin(struct flows *f)
{
	f->own = nf_zalloc(sizeof(struct names));
	if (f->own == NULL)
		f->failed = true;
}

static void record(struct flows *f, const struct flows_plan *plan, const struct nf_recs *recs)
{
	struct names *n = f->own;

	(void)recs;
	if (n == NULL)
		return;
	if (n->layout != plan->layout)
		settle(f, n);
	n->layout = plan->layout;
	n->records++;
}

static void heading(struct nf_strbuf *s, const char *text)
{
	if (s->n > 0)
		nf_sb_char(s, '\n');
	nf_sb_str(s, text);
	nf_sb_char(s, '\n');
}

static void name(struct nf_strbuf *s, size_t from)
{
	nf_sb_pad(s, ' ', s->n - from < NAME ? NAME - (s->n - from) : 1);
}

static void item(struct nf_strbuf *s, const char *text, const char *help)
{
	size_t from = s->n;

	nf_sb_str(s, "  ");
	nf_sb_str(s, text);
	name(s, from);
	nf_sb_str(s, help);
	nf_sb_char(s, '\n');
}

static void columns(struct nf_strbuf *s)
{
	const char *text, *help;
	unsigned i = 0;

	heading(s, "Columns of every version");
	while (columns_next(&i, &text, &help))
		item(s, text, help);
}

/* The rest of what filters can name: groups, and what stands around records. */
static void names(struct nf_strbuf *s, const struct filter_opts *opts)
{
	const struct filter_name *row;
	size_t at = 0;

	heading(s, "What a filter can name");
	while ((row = filter_name_next(opts, &at)) != NULL)
		if (!columns_is(row->name))
			item(s, row->name, row->help);
}

static int by_records(const void *a, const void *b)
{
	const struct met *x = *(const struct met *const *)a, *y = *(const struct met *const *)b;

	if (x->records != y->records)
		return x->records > y->records ? -1 : 1;
	if (x->ie->pen != y->ie->pen)
		return x->ie->pen < y->ie->pen ? -1 : 1;
	return x->ie->id < y->ie->id ? -1 : x->ie->id > y->ie->id;
}

static void element(struct nf_strbuf *s, const struct met *m)
{
	size_t from = s->n;

	nf_sb_str(s, "  ");
	nf_ie_name(s, m->ie);
	name(s, from);
	out_count(s, m->records, "field");
	if (m->ie->alias != NULL) {
		nf_sb_str(s, ", ");
		nf_sb_str(s, m->ie->alias);
	}
	nf_sb_char(s, '\n');
}

static void end(struct flows *f)
{
	struct nf_strbuf *s = &f->out->text;
	struct names *n = f->own;
	struct met **sorted, *m;
	size_t i = 0;

	columns(s);
	names(s, &f->opts.names);
	if (n == NULL)
		return;
	settle(f, n);
	heading(s, n->n > 0 ? "Elements of the flow records here" : "There are no flow records here");
	sorted = nf_alloc((n->n + 1) * sizeof(*sorted));
	if (sorted == NULL) {
		f->failed = true;
		return;
	}
	for (m = n->list; m != NULL; m = m->next)
		sorted[i++] = m;
	qsort(sorted, n->n, sizeof(*sorted), by_records);
	for (i = 0; i < n->n; i++)
		element(s, sorted[i]);
	nf_free(sorted);
}

static void done(struct flows *f)
{
	struct names *n = f->own;

	if (n == NULL)
		return;
	nf_map_done(&n->map);
	while (n->list != NULL) {
		struct met *m = n->list;

		n->list = m->next;
		nf_free(m);
	}
	nf_free(n);
}

static void nothing(struct out *o, const struct nf_view *v)
{
	(void)o;
	(void)v;
}

static const struct out_ops plain = { .name = "flows", .message = nothing };

const struct flows_ops flows_names = {
	.name = "names",
	.out = &plain,
	.begin = begin,
	.record = record,
	.end = end,
	.done = done,
};
