/* The rows of Exporters: a tree that opens and closes, its order, its cells. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "out/exporters.h"
#include "out/facts.h"
#include "out/out.h"
#include "tui/analysis.h"
#include "tui/screen_exporters.h"
#include "tui/times.h"

enum { FEW = 16 };		/* parts of what is open at first */

const struct grid_column exporters_columns[XCOLS] = {
	[XCOL_NAME] = { .title = "exporter, session, domain", .width = 36, .keeps = true },
	[XCOL_VERSION] = { .title = "ver", .width = 5 },
	[XCOL_MESSAGES] = { .title = "messages", .width = 9, .right = true },
	[XCOL_OCTETS] = { .title = "octets", .width = 12, .right = true, .wide = 112 },
	[XCOL_FLOWS] = { .title = "flows", .width = 9, .right = true },
	[XCOL_OPTIONS] = { .title = "options", .width = 8, .right = true, .wide = 89 },
	[XCOL_TEMPLATES] = { .title = "templates", .width = 10, .right = true, .wide = 123 },
	[XCOL_LOST] = { .title = "lost", .width = 9, .right = true, .wide = 99 },
	[XCOL_LOSS] = { .title = "loss", .width = 7, .right = true },
	[XCOL_UNDECODED] = { .title = "undecoded", .width = 9, .right = true },
	[XCOL_RESTARTS] = { .title = "restarts", .width = 8, .right = true, .wide = 132 },
	[XCOL_CLOCK] = { .title = "delay", .width = 10, .right = true, .wide = 143 },
	[XCOL_FIRST] = { .title = "first", .width = 12, .right = true, .wide = 156 },
	[XCOL_LAST] = { .title = "last", .width = 12, .wide = 169 },
};

/* -- What domains add up to ------------------------------------------------------------- */

static void add_streams(struct exporters_figures *f, const struct exporters *all,
			const struct exporters_domain *d)
{
	const struct nf_seq_stream *stream;
	struct nf_seq_totals sum = { .lost = 0 };
	size_t next = 0;

	f->measured |= exporters_domain_loss(all, d, &sum);
	f->loss.lost += sum.lost;
	f->loss.received += sum.received;
	while (d->first && (stream = exporters_stream(all, d, &next)) != NULL)
		f->odd |= stream->rule != NF_SEQ_COUNTS_AS_SPECIFIED;
}

static void add_domain(struct exporters_figures *f, const struct exporters_screen *x,
		       const struct exporters_domain *d)
{
	const struct exporters_counts *c = &d->counts;

	f->messages += c->messages;
	f->octets += c->octets;
	f->flows += c->flows;
	f->options += c->options;
	f->templates += c->templates + c->options_templates;
	f->data_sets += c->data_sets;
	for (unsigned i = 0; i < NF_WHY_NOTS; i++)
		f->undecoded += c->undecoded[i];
	f->restarts += d->boot.restarts;
	f->versions |= 1u << (d->version & 31);
	if (d->first_ns < f->first_ns)
		f->first_ns = d->first_ns;
	if (d->last_ns > f->last_ns)
		f->last_ns = d->last_ns;
	if (x->settled)
		add_streams(f, analysis_exporters(x->screen.app->analysis), d);
}

/* -- Nodes --------------------------------------------------------------------------------- */

static bool same_part(const struct exporters_domain *a, const struct exporters_domain *b,
		      unsigned level)
{
	return level == LEVEL_EXPORTER ? a->exporter == b->exporter :
	       level == LEVEL_SESSION ? a->session == b->session : a == b;
}

/* Domain I, and the session and exporter that begin with it. */
static void add_nodes(struct exporters_screen *x, size_t i, struct exporters_node *path[3])
{
	for (unsigned level = LEVEL_EXPORTER; level <= LEVEL_DOMAIN; level++) {
		struct exporters_node *node = &x->nodes[x->nnodes];

		if (i > 0 && same_part(x->all[i - 1], x->all[i], level))
			continue;
		*node = (struct exporters_node){
			.domains = &x->all[i], .level = (uint8_t)level, .natural = x->nnodes++,
			.parent = level > 0 ? path[level - 1] : NULL,
			.figures = { .first_ns = INT64_MAX, .last_ns = INT64_MIN },
		};
		path[level] = node;
	}
	for (unsigned level = LEVEL_EXPORTER; level <= LEVEL_DOMAIN; level++) {
		path[level]->n++;
		add_domain(&path[level]->figures, x, x->all[i]);
	}
}

static bool take(struct exporters_screen *x)
{
	const struct exporters *all = analysis_exporters(x->screen.app->analysis);
	struct exporters_node *path[3] = { NULL };
	size_t n = exporters_domains(all);

	x->nnodes = x->nlines = 0;
	if (!nf_grow((void **)&x->all, &x->cap, n, sizeof(struct exporters_domain *)) ||
	    !nf_grow((void **)&x->nodes, &x->nodes_cap, 3 * n, sizeof(*x->nodes)) ||
	    !nf_grow((void **)&x->lines, &x->lines_cap, 3 * n, sizeof(struct exporters_node *)))
		return false;
	for (size_t i = 0; i < n; i++)
		x->all[i] = exporters_domain_at(all, i);
	if (n > 1)
		qsort(x->all, n, sizeof(struct exporters_domain *), exporters_order);
	x->n = n;
	for (size_t i = 0; i < n; i++)
		add_nodes(x, i, path);
	return true;
}

/* -- Open and closed ---------------------------------------------------------------------- */

static uint32_t index_of(const struct exporters_node *node)
{
	return node->level == LEVEL_EXPORTER ? node->domains[0]->exporter->index :
					       node->domains[0]->session->index;
}

bool exporters_is_open(const struct exporters_screen *x, const struct exporters_node *node)
{
	uint32_t i = index_of(node);

	if (node->level == LEVEL_DOMAIN)
		return false;
	if (i < x->nopen[node->level] && x->open[node->level][i] != OPEN_USUAL)
		return x->open[node->level][i] == OPEN_YES;
	return node->n <= FEW;
}

void exporters_open_node(struct exporters_screen *x, const struct exporters_node *node, bool open)
{
	size_t i = index_of(node), before, *n;

	if (node->level == LEVEL_DOMAIN)
		return;
	n = &x->nopen[node->level];
	before = *n;
	if (!nf_grow((void **)&x->open[node->level], n, i + 1, 1))
		return;
	memset(x->open[node->level] + before, OPEN_USUAL, *n - before);
	x->open[node->level][i] = open ? OPEN_YES : OPEN_NO;
}

static bool is_hidden(const struct exporters_screen *x, const struct exporters_node *node)
{
	for (node = node->parent; node != NULL; node = node->parent)
		if (!exporters_is_open(x, node))
			return true;
	return false;
}

/* -- Order --------------------------------------------------------------------------------- */

static uint64_t by_time(int64_t ns)
{
	return (uint64_t)ns ^ UINT64_C(1) << 63;
}

/* The middle delay of a single domain; false where there are several, or it has none. */
static bool delay_of(const struct exporters_node *node, int64_t *ns)
{
	const struct exporters_delay *delay = node->n == 1 ? node->domains[0]->delay : NULL;

	if (delay == NULL || delay->n == 0)
		return false;
	*ns = exporters_median(delay);
	return true;
}

/* In hundredths of a percent. */
static uint64_t loss_share(const struct exporters_figures *f)
{
	return nf_seq_loss(&(struct nf_seq_totals){
		.lost = f->loss.lost, .received = f->loss.received });
}

static uint64_t undecoded_share(const struct exporters_figures *f)
{
	uint64_t sets = f->data_sets;

	return nf_seq_loss(&(struct nf_seq_totals){
		.lost = f->undecoded, .received = sets > f->undecoded ? sets - f->undecoded : 0 });
}

static uint64_t key_of(const struct exporters_node *node, unsigned column)
{
	const struct exporters_figures *f = &node->figures;
	int64_t ns;

	switch ((enum exporters_column)column) {
	case XCOL_VERSION: return f->versions;
	case XCOL_MESSAGES: return f->messages;
	case XCOL_OCTETS: return f->octets;
	case XCOL_FLOWS: return f->flows;
	case XCOL_OPTIONS: return f->options;
	case XCOL_TEMPLATES: return f->templates;
	case XCOL_LOST: return f->loss.lost;
	case XCOL_LOSS: return f->measured ? 1 + loss_share(f) : 0;
	case XCOL_UNDECODED: return undecoded_share(f);
	case XCOL_RESTARTS: return f->restarts;
	case XCOL_CLOCK: return delay_of(node, &ns) ? by_time(ns) : 0;
	case XCOL_FIRST: return by_time(f->first_ns);
	case XCOL_LAST: return by_time(f->last_ns);
	default: return node->natural;
	}
}

static int by_key(const struct exporters_node *x, const struct exporters_node *y)
{
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->natural < y->natural ? -1 : x->natural > y->natural;
}

/* Parts stand behind what they are parts of; what has the same parent by its key. */
static int in_tree(const void *a, const void *b)
{
	const struct exporters_node *x = *(const struct exporters_node *const *)a;
	const struct exporters_node *y = *(const struct exporters_node *const *)b;
	int deeper = (x->level > y->level) - (x->level < y->level);

	while (x->level > y->level)
		x = x->parent;
	while (y->level > x->level)
		y = y->parent;
	if (x == y)
		return deeper;
	while (x->parent != y->parent) {
		x = x->parent;
		y = y->parent;
	}
	return by_key(x, y);
}

void exporters_list(struct exporters_screen *x)
{
	x->nlines = 0;
	for (size_t i = 0; i < x->nnodes; i++) {
		struct exporters_node *node = &x->nodes[i];

		node->key = x->sorted ? key_of(node, x->detail.grid.sort_column) : node->natural;
		if (x->sorted && x->descending)
			node->key = ~node->key;
		if (!is_hidden(x, node))
			x->lines[x->nlines++] = node;
	}
	if (x->sorted && x->nlines > 1)
		qsort(x->lines, x->nlines, sizeof(struct exporters_node *), in_tree);
}

/* -- Selection ----------------------------------------------------------------------------- */

const struct exporters_node *exporters_selected(const struct exporters_screen *x)
{
	return x->detail.grid.at < x->nlines ? x->lines[x->detail.grid.at] : NULL;
}

void exporters_refill(struct exporters_screen *x)
{
	const struct exporters_node *node = exporters_selected(x);
	const struct exporters_domain *first = node != NULL ? node->domains[0] : NULL;
	unsigned level = node != NULL ? node->level : 0;
	bool settled = analysis_settled(x->screen.app->analysis);

	if (x->settled && settled)
		return;
	x->settled = settled;
	if (!take(x))
		return;
	exporters_list(x);
	for (size_t i = 0; first != NULL && i < x->nlines; i++)
		if (x->lines[i]->level == level &&
		    same_part(x->lines[i]->domains[0], first, level)) {
			grid_go(&x->detail.grid, i);
			return;
		}
}

/* -- Cells --------------------------------------------------------------------------------- */

static void name(struct nf_strbuf *s, const struct exporters_screen *x,
		 const struct exporters_node *node)
{
	const struct exporters_domain *d = node->domains[0];

	nf_sb_pad(s, ' ', 2 * (size_t)node->level);
	if (node->level != LEVEL_DOMAIN)
		nf_sb_str(s, exporters_is_open(x, node) ? "- " : "+ ");
	if (node->level == LEVEL_EXPORTER)
		exporters_name(s, d->exporter);
	else if (node->level == LEVEL_SESSION)
		exporters_session_name(s, d->session);
	else
		exporters_domain_name(s, d);
}

static void versions(struct nf_strbuf *s, const struct exporters_figures *f)
{
	const char *sep = "";

	for (unsigned i = 1; i <= 10; i++) {
		if ((f->versions >> i & 1) == 0)
			continue;
		nf_sb_str(s, sep);
		if (i == 10)
			nf_sb_str(s, "ipfix");
		else
			nf_sb_printf(s, "v%u", i);
		sep = ",";
	}
}

/* An asterisk: the numbers count something else; the text says what. */
static void loss(struct nf_strbuf *s, const struct exporters_screen *x,
		 const struct exporters_figures *f, bool share)
{
	if (!x->settled)
		nf_sb_str(s, "...");
	else if (!f->measured)
		nf_sb_char(s, '-');
	else if (share)
		facts_percent(s, loss_share(f));
	else
		nf_sb_u64(s, f->loss.lost);
	if (share && f->odd)
		nf_sb_char(s, '*');
}

static void undecoded(struct nf_strbuf *s, const struct exporters_figures *f)
{
	if (f->data_sets == 0)
		nf_sb_char(s, '-');
	else
		facts_percent(s, undecoded_share(f));
}

static void cell(void *ctx, uint64_t i, unsigned column, struct nf_strbuf *s)
{
	const struct exporters_screen *x = ctx;
	const struct exporters_node *node = x->lines[i];
	const struct exporters_figures *f = &node->figures;
	int64_t ns;

	switch ((enum exporters_column)column) {
	case XCOL_NAME: name(s, x, node); break;
	case XCOL_VERSION: versions(s, f); break;
	case XCOL_LOST: loss(s, x, f, false); break;
	case XCOL_LOSS: loss(s, x, f, true); break;
	case XCOL_UNDECODED: undecoded(s, f); break;
	case XCOL_CLOCK:
		if (delay_of(node, &ns))
			facts_seconds(s, ns);
		break;
	case XCOL_FIRST: times_text(s, x->screen.app, f->first_ns, UINT64_MAX); break;
	case XCOL_LAST: times_text(s, x->screen.app, f->last_ns, UINT64_MAX); break;
	default: nf_sb_u64(s, key_of(node, column));
	}
}

static uint64_t count(void *ctx)
{
	return ((const struct exporters_screen *)ctx)->nlines;
}

static enum look look(void *ctx, uint64_t i)
{
	const struct exporters_node *node = ((const struct exporters_screen *)ctx)->lines[i];
	const struct exporters_figures *f = &node->figures;

	if (f->loss.lost != 0 || f->undecoded != 0 || f->odd || f->restarts != 0)
		return LOOK_warning;
	return node->level == LEVEL_EXPORTER ? LOOK_head : LOOK_text;
}

const struct grid_ops exporters_grid_ops = { .count = count, .cell = cell, .look = look };
