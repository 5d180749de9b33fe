#include <config.h>

#include "tui/verdict.h"

#include <inttypes.h>

#include "model/store.h"
#include "out/out.h"
#include "tui/analysis.h"

enum {
	LEAST = 3,		/* rows of the screen that leave none for it */
	ROOMY = 12,		/* and two, where something is wrong */
};

static void undecoded(struct nf_strbuf *s, const struct analysis_verdict *v)
{
	if (v->undecoded == 0)
		nf_sb_str(s, v->data_sets > 0 ? ", all decoded" : "");
	else
		nf_sb_printf(s, ", %" PRIu64 " of %" PRIu64 " data sets undecoded", v->undecoded,
			     v->data_sets);
}

static void lost(struct nf_strbuf *s, const struct analysis_verdict *v)
{
	double share = 100.0 * (double)v->loss.lost / (double)(v->loss.lost + v->loss.received);

	if (v->loss.lost == 0)
		nf_sb_str(s, ", nothing lost");
	else if (share >= 99.5 && v->loss.received > 0)
		nf_sb_str(s, ", over 99 % lost");
	else if (share >= 10)
		nf_sb_printf(s, ", %.0f %% lost", share);
	else
		nf_sb_printf(s, ", %.2g %% lost", share);
}

static void found(struct nf_strbuf *s, const struct analysis_verdict *v)
{
	if (v->findings[NF_ERROR] + v->findings[NF_WARNING] == 0) {
		nf_sb_str(s, v->settled ? ", no faults" : "");
		return;
	}
	if (v->findings[NF_ERROR] > 0) {
		nf_sb_str(s, ", ");
		out_count(s, v->findings[NF_ERROR], "error");
	}
	if (v->findings[NF_WARNING] > 0) {
		nf_sb_str(s, ", ");
		out_count(s, v->findings[NF_WARNING], "warning");
	}
	nf_sb_str(s, " (6)");
}

/* What is wrong with an input goes before all else; what it adds up to stands below. */
static bool trouble(struct app *app, struct area a)
{
	const struct nf_err *err = store_trouble(app->store, 0);
	struct nf_strbuf s;

	if (err == NULL)
		return false;
	nf_strbuf_init(&s);
	nf_sb_str(&s, err->text);
	if (store_trouble(app->store, 1) != NULL)
		nf_sb_str(&s, " (and more)");
	area_text(a, 0, 0, a.cols, LOOK_error, (struct nf_bytes){ (const uint8_t *)s.p, s.n });
	nf_strbuf_done(&s);
	return true;
}

/* Nothing is added up before the end of a pipe, or while rows are still read. */
static bool all_there(const struct app *app)
{
	return store_progress(app->store).loaded || analysis_progress(app->analysis) > 0;
}

unsigned verdict_rows(const struct app *app, unsigned rows)
{
	if (rows <= LEAST)
		return 0;
	return store_trouble(app->store, 0) != NULL && rows > ROOMY ? 2 : 1;
}

void verdict_draw(struct app *app, struct area a)
{
	struct analysis_verdict v = analysis_verdict(app->analysis);
	enum look look = v.findings[NF_ERROR] > 0 ? LOOK_error :
			 v.findings[NF_WARNING] > 0 || v.undecoded > 0 ? LOOK_warning : LOOK_good;
	struct nf_strbuf s;

	if (trouble(app, a)) {
		if (a.rows < 2)
			return;
		a = area_in(a, 1, 0, a.rows - 1, a.cols);
	}
	nf_strbuf_init(&s);
	if (all_there(app)) {
		out_count(&s, v.exporters, "exporter");
		undecoded(&s, &v);
		lost(&s, &v);
		found(&s, &v);
		if (!v.settled)
			nf_sb_str(&s, " so far");
	} else {
		nf_sb_str(&s, "What this adds up to is known once all of it is loaded");
	}
	area_text(a, 0, 0, a.cols, v.settled ? look : LOOK_faint,
		  (struct nf_bytes){ (const uint8_t *)s.p, s.n });
	nf_strbuf_done(&s);
}
