/* From a flow to the options record that says what it points to is called. */
#include <config.h>

#include <inttypes.h>

#include "model/join_filter.h"
#include "model/store.h"
#include "out/options.h"
#include "tui/analysis.h"
#include "tui/analysis_store.h"
#include "tui/app.h"

void app_place_of_version(struct app *app, const struct join_version *v, struct place *p)
{
	uint32_t offset = v->position & 0xffff;
	uint64_t i = store_row_of_frame(app->store, v->file, v->frame);

	for (; i < store_rows(app->store); i++) {
		struct store_row row = store_row(app->store, i);

		if (row.file != v->file || row.frame != v->frame)
			break;
		/* the last message of the datagram that does not begin behind it */
		if (row.ordinal != v->position >> 16 || row.offset > offset)
			continue;
		p->row = i;
		p->session = row.session->index;
		p->offset = offset - row.offset;
	}
}

/* -- Which one --------------------------------------------------------------------------- */

/* The field at octet OFFSET of the message, which may be its length prefix; false: none. */
static bool field_at(const struct nf_rec *r, uint32_t offset, struct nf_field *field)
{
	for (unsigned i = 0; offset > r->offset && i < r->layout->nfields; i++) {
		*field = nf_field(r, i);
		if (field->value.n != 0 &&
		    offset < r->offset + (uint32_t)(field->value.p - r->p) + field->value.n)
			return true;
	}
	return false;
}

/* What names the field, or the first one of the record that has a name: it is then in FIELD. */
static bool named(struct join *j, const struct join_record *at, uint32_t offset,
		  struct nf_field *field, struct join_answer *a)
{
	if (field_at(at->rec, offset, field) && join_of_field(j, at, field, a))
		return true;
	for (unsigned i = 0; i < at->rec->layout->nfields; i++) {
		*field = nf_field(at->rec, i);
		if (join_of_field(j, at, field, a))
			return true;
	}
	return false;
}

/* What says how the record was sampled, where that is an options record. */
static const struct join_version *sampled(struct join *j, const struct join_record *at)
{
	struct join_rate rate;

	return join_rate(j, at, &rate) ? rate.version : NULL;
}

static void show(struct app *app, const struct join_version *v, const struct nf_field *field)
{
	struct place p = place_nowhere();
	struct nf_strbuf s;

	app_place_of_version(app, v, &p);
	if (p.row == PLACE_NONE) {
		app_say(app, LOOK_hint, "Frame %" PRIu64 " says it, which is not loaded", v->frame);
		return;
	}
	app_go(app, SCREEN_packets, &p);
	if (app->message.n != 0)
		return;
	nf_strbuf_init(&s);
	if (field != NULL)
		options_name(&s, field->def->ie);
	app_say(app, LOOK_hint, "Frame %" PRIu64 " says what %s is; < leads back", v->frame,
		field != NULL ? nf_strbuf_cstr(&s) : "its sampling");
	nf_strbuf_done(&s);
}

static void go_from(struct app *app, const struct filter_at *flow, uint32_t offset)
{
	struct join *j = analysis_tables(app->analysis);
	struct join_record at = join_record_at(flow);
	const struct join_version *rate;
	struct nf_field field;
	struct join_answer a;

	if (named(j, &at, offset, &field, &a)) {
		show(app, a.version, &field);
		return;
	}
	rate = sampled(j, &at);
	if (rate != NULL)
		show(app, rate, NULL);
	else
		app_say(app, LOOK_hint, analysis_tables_settled(app->analysis) ?
			"No options record names anything of this record" :
			"No options record so far names anything of this record");
}

bool app_go_options(struct app *app)
{
	struct place p = app_here(app);
	const struct filter_at *flow = NULL;
	struct store_cursor *c;
	struct nf_err err;
	uint64_t number;

	if (p.row == PLACE_NONE || p.record == PLACE_NO) {
		app_say(app, LOOK_hint, "No flow record is selected");
		return true;
	}
	c = store_cursor_new(app->store);
	number = store_row_flow(app->store, p.row) + p.record;
	if (c != NULL && number < store_flows(app->store))
		flow = store_flow(c, number, &err);
	if (flow != NULL)
		go_from(app, flow, p.offset != PLACE_NO ? p.offset : 0);
	else
		app_say(app, LOOK_error, "That record cannot be read");
	store_cursor_free(c);
	return true;
}
