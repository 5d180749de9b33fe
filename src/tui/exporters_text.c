/* What Exporters says of the selected line: as `nfpcap exporters`. */
#include <config.h>

#include <string.h>

#include "out/exporters.h"
#include "out/facts.h"
#include "out/out.h"
#include "tui/analysis.h"
#include "tui/browser.h"
#include "tui/screen_exporters.h"

/* Of lines of facts: blanks before the label, and columns of it without them. */
enum { BEFORE = 6, LABEL = 11 };

static struct nf_bytes bytes_of(const struct nf_strbuf *s)
{
	return (struct nf_bytes){ (const uint8_t *)s->p, s->n };
}

/* Each line of S that has something in it, SKIP blanks at its beginning left out. */
static void put_lines(struct pager *p, const struct nf_strbuf *s, enum look look, size_t skip)
{
	struct nf_bytes left = bytes_of(s);

	while (left.n > 0) {
		const uint8_t *end = memchr(left.p, '\n', left.n);
		size_t n = end != NULL ? (size_t)(end - left.p) : left.n;

		if (n > skip)
			pager_add(p, look, skip != 0 ? LABEL : 0,
				  (struct nf_bytes){ left.p + skip, n - skip });
		n += end != NULL;
		left.p += n;
		left.n -= n;
	}
}

/* -- Any line ------------------------------------------------------------------------------ */

static void put_head(struct exporters_screen *x, const struct exporters_node *node)
{
	const struct exporters_domain *d = node->domains[0];
	struct nf_strbuf *s = &x->detail.title;

	nf_strbuf_clear(s);
	exporters_name(s, d->exporter);
	if (node->level >= LEVEL_SESSION) {
		nf_sb_str(s, ", ");
		exporters_session_name(s, d->session);
	}
	if (node->level >= LEVEL_DOMAIN) {
		nf_sb_str(s, ", ");
		exporters_domain_name(s, d);
	}
}

static void put_sums(struct exporters_screen *x, const struct exporters_node *node,
		     struct nf_strbuf *s)
{
	const struct exporters_figures *g = &node->figures;
	struct facts f = facts_open(s, 0, "messages");

	nf_sb_u64(s, g->messages);
	f.any = true;
	facts_count(&f, g->octets, "octet");
	facts_count(&f, g->flows, "flow");
	facts_count(&f, g->options, "options record");
	facts_close(&f);
	put_lines(&x->detail.pager, s, LOOK_text, BEFORE);
}

/* -- Exporters and sessions ------------------------------------------------------------------ */

static void put_parts(const struct exporters_node *node, struct nf_strbuf *s)
{
	struct facts f = facts_open(s, 0, "has");
	uint64_t sessions = 0;

	for (size_t i = 0; i < node->n; i++)
		sessions += i == 0 || node->domains[i]->session != node->domains[i - 1]->session;
	if (node->level == LEVEL_EXPORTER)
		facts_count(&f, sessions, "session");
	facts_count(&f, node->n, "domain");
	facts_close(&f);
}

static void put_loss(const struct exporters_node *node, struct nf_strbuf *s)
{
	const struct exporters_figures *g = &node->figures;
	struct facts f;

	if (!g->measured)
		return;
	f = facts_open(s, 0, "lost");
	nf_sb_u64(s, g->loss.lost);
	nf_sb_str(s, " of ");
	nf_sb_u64(s, g->loss.lost + g->loss.received);
	nf_sb_str(s, ", as the numbers of its domains count");
	facts_close(&f);
}

static void put_rest(const struct exporters_node *node, struct nf_strbuf *s)
{
	const struct exporters_figures *g = &node->figures;
	struct facts f = facts_open(s, 0, "time");

	facts_moment(s, g->first_ns, 6);
	nf_sb_str(s, " to ");
	facts_moment(s, g->last_ns, 6);
	facts_close(&f);
	if (g->undecoded != 0) {
		f = facts_open(s, 0, "undecoded");
		nf_sb_u64(s, g->undecoded);
		nf_sb_str(s, " of ");
		out_count(s, g->data_sets, "data set");
		facts_close(&f);
	}
	if (g->restarts != 0) {
		f = facts_open(s, 0, "started");
		facts_count(&f, g->restarts, "restart");
		facts_close(&f);
	}
}

static void put_so_far(struct nf_strbuf *s)
{
	struct facts f = facts_open(s, 0, "so far");

	nf_sb_str(s, "sequence numbers are judged once all is read");
	facts_close(&f);
}

/* -- All ----------------------------------------------------------------------------------- */

static struct exporters_view view_of(const struct exporters_screen *x)
{
	const struct app *app = x->screen.app;
	const struct capture_counts *counts = analysis_capture(app->analysis);

	return (struct exporters_view){
		.exporters = analysis_exporters(app->analysis),
		.files = app->opts->files, .nfiles = app->opts->nfiles,
		.drops = counts != NULL ? counts->capture_drops : 0,
		.so_far = !x->settled,
	};
}

static void put_all(struct exporters_screen *x, const struct exporters_node *node)
{
	const struct exporters_view view = view_of(x);
	struct pager *p = &x->detail.pager;
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	put_sums(x, node, &s);
	nf_strbuf_clear(&s);
	if (node->n == 1) {
		exporters_facts(&s, &view, node->domains[0]);
	} else {
		put_parts(node, &s);
		put_loss(node, &s);
		put_rest(node, &s);
	}
	if (!x->settled)
		put_so_far(&s);
	put_lines(p, &s, LOOK_text, BEFORE);
	nf_strbuf_clear(&s);
	exporters_notes(&s, &view);
	put_lines(p, &s, LOOK_warning, 0);
	nf_strbuf_done(&s);
}

void exporters_describe(struct exporters_screen *x)
{
	const struct exporters_node *node = exporters_selected(x);
	unsigned top = x->detail.pager.top;
	bool same;

	if (node == NULL)
		return;
	same = node->level == x->described_level && node->domains[0] == x->described;
	if (same && x->settled && x->described_settled)
		return;
	x->described = node->domains[0];
	x->described_level = node->level;
	x->described_settled = x->settled;
	put_head(x, node);
	pager_clear(&x->detail.pager);
	put_all(x, node);
	if (same)		/* only figures have changed */
		x->detail.pager.top = top;
}
