#include <config.h>

#include "tui/trace.h"

#include "model/store.h"
#include "out/out.h"
#include "tui/analysis.h"
#include "tui/analysis_store.h"
#include "tui/app.h"

/* -- Templates ---------------------------------------------------------------------------- */

static uint64_t position_of(const struct templates_row *row)
{
	return row->version != NULL ? row->version->position : row->position;
}

/*
 * How well ROW is what P says, 0: not at all.  Best is the very definition, which may be one of
 * another session; then the last one of the session before the position, then the first one
 * behind it.
 */
static uint64_t fitness(const struct templates_row *row, const struct place *p)
{
	uint64_t at = position_of(row), best = UINT64_C(1) << 63;
	bool session = row->session->index == p->session;

	if (row->id != p->template_id || (p->domain != PLACE_NO && row->domain != p->domain))
		return 0;
	if (row->version != NULL && at == p->position)
		return best | (session ? 2 : 1);
	if (!session)
		return 0;
	if (p->position == PLACE_NONE || at > p->position)
		return (best >> 1) - 1 - (at >> 2);
	return best >> 1 | at >> 2;
}

/* Where a message is in the input, or what of it P says; PLACE_NONE: P says none. */
static uint64_t position_in(const struct app *app, const struct place *p)
{
	struct store_row row;
	uint64_t at;

	if (p->row >= store_rows(app->store))
		return PLACE_NONE;
	row = store_row(app->store, p->row);
	at = p->offset != PLACE_NO ? (uint64_t)row.offset + p->offset : 0xffff;
	return row.ordinal << 16 | (at < 0xffff ? at : 0xffff);
}

const struct templates_row *trace_template(struct app *app, const struct place *of)
{
	struct place place = *of, *p = &place;
	const struct templates *t = analysis_templates(app->analysis);
	const struct templates_row *found = NULL, *row = NULL;
	uint64_t best = 0;

	if (p->position == PLACE_NONE)
		p->position = position_in(app, p);
	while ((row = templates_next(t, row)) != NULL) {
		uint64_t fit = templates_listed(row) ? fitness(row, p) : 0;

		if (fit <= best)
			continue;
		best = fit;
		found = row;
	}
	return found;
}

void trace_definition(struct app *app, const struct templates_row *row, struct place *p)
{
	const struct nf_version *v = row->version;
	uint32_t payload, at;

	p->session = row->session->index;
	p->domain = row->domain;
	p->template_id = row->id;
	p->position = position_of(row);
	if (v == NULL || (row->given && analysis_settled(app->analysis)))
		return;
	payload = (uint32_t)(v->position & 0xffff);
	at = payload >= v->span.off ? payload - v->span.off : 0;
	p->row = analysis_row_of(app->store, v->file, v->frame, at);
	if (p->row != PLACE_NONE)
		p->offset = v->span.off;
}

/* -- Messages ------------------------------------------------------------------------------ */

/* What is looked for in the messages of a frame. */
struct wanted {
	uint32_t domain;
	uint16_t set;			/* 0: no set */
};

/* Where set ID of V begins, behind its header; false: it has none. */
static bool find_set(const struct nf_view *v, uint16_t id, uint32_t *offset)
{
	struct nf_sets sets;
	struct nf_set set;

	nf_sets_open(&sets, &v->msg, NULL);
	while (nf_set_next(&sets, &set)) {
		if (set.id != id)
			continue;
		*offset = set.body;
		return true;
	}
	return false;
}

static bool has(struct app *app, uint64_t row, const struct wanted *w, struct place *p)
{
	struct nf_err err;
	const struct nf_view *v = store_read(app->store, row, NULL, &err);
	uint32_t offset = PLACE_NO;

	if (v == NULL || v->headerless || v->msg.domain != w->domain ||
	    (w->set != 0 && !find_set(v, w->set, &offset)))
		return false;
	p->row = row;
	p->offset = offset;
	p->session = store_row(app->store, row).session->index;
	p->domain = w->domain;
	return true;
}

/* The first message of FRAME that is it; false: none is, or it has not been loaded. */
static bool find_message(struct app *app, uint32_t file, uint64_t frame, const struct wanted *w,
			 struct place *p)
{
	uint64_t i = store_row_of_frame(app->store, file, frame);

	for (; i < store_rows(app->store); i++) {
		struct store_row row = store_row(app->store, i);

		if (row.file != file || row.frame != frame)
			return false;
		if (has(app, i, w, p))
			return true;
	}
	return false;
}

bool trace_use(struct app *app, const struct templates_row *row, struct place *p)
{
	const struct wanted w = { .domain = row->domain, .set = row->id };
	const struct templates_point *at = &row->first_used;

	return at->frame != 0 && find_message(app, at->file, at->frame, &w, p);
}

void trace_domain(struct app *app, const struct exporters_domain *d, struct place *p)
{
	const struct wanted w = { .domain = d->domain };

	find_message(app, d->first_file, d->first_frame, &w, p);
	p->session = d->session->index;
	p->domain = d->domain;
}

/* -- Filters ----------------------------------------------------------------------------- */

void trace_filter_exporter(struct nf_strbuf *s, const struct nf_session *session)
{
	if (session->src.addr.family == 0) {
		nf_sb_printf(s, "exporter.transport == %s", out_transport(session->transport));
		return;
	}
	nf_sb_str(s, "exporter.ip == ");
	out_addr(s, &session->src.addr);
}

void trace_filter_session(struct nf_strbuf *s, const struct nf_session *session)
{
	trace_filter_exporter(s, session);
	if (session->src.addr.family == 0)
		return;
	if (session->src.port != 0)
		trace_filter_number(s, "exporter.port", session->src.port);
	if (session->dst.addr.family != 0) {
		nf_sb_str(s, " && collector.ip == ");
		out_addr(s, &session->dst.addr);
		trace_filter_number(s, "collector.port", session->dst.port);
	}
}

void trace_filter_number(struct nf_strbuf *s, const char *name, uint64_t v)
{
	nf_sb_printf(s, " && %s == ", name);
	nf_sb_u64(s, v);
}

void trace_filter_template(struct nf_strbuf *s, const struct templates_row *row)
{
	trace_filter_exporter(s, row->session);
	if (row->session->src.port != 0)
		trace_filter_number(s, "exporter.port", row->session->src.port);
	trace_filter_number(s, "msg.domain", row->domain);
	if (row->version != NULL) {
		trace_filter_number(s, "template.id", row->id);
		trace_filter_number(s, "template.version", row->version->number);
	} else {
		trace_filter_number(s, "set.id", row->id);
	}
}

void trace_filter_domain(struct nf_strbuf *s, const struct exporters_domain *d)
{
	trace_filter_session(s, d->session);
	trace_filter_number(s, "msg.version", d->version);
	trace_filter_number(s, "msg.domain", d->domain);
}
