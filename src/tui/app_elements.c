/* `e`: all information elements; Enter tests for the chosen one in the filter. */
#include <config.h>

#include "base/mem.h"
#include "model/fields.h"
#include "tui/app.h"

static size_t rows(void *ctx)
{
	const struct fields *f = ctx;

	return f->n;
}

/* "8  sourceIPv4Address  ipv4Address", or "35632/77  name" */
static void row(void *ctx, size_t n, struct nf_strbuf *s, struct popup_row *row)
{
	const struct fields *f = ctx;
	const struct nf_ie *ie = f->v[n]->ie;
	struct nf_strbuf id;

	(void)row;
	nf_strbuf_init(&id);
	if (nf_pen_is_enterprise(ie->pen))
		nf_sb_printf(&id, "%u/", (unsigned)ie->pen);
	nf_sb_printf(&id, "%u", (unsigned)ie->id);
	nf_sb_printf(s, "%12s  ", nf_strbuf_cstr(&id));
	nf_ie_name(s, ie);
	nf_strbuf_done(&id);
}

static const struct popup_ops popup_rows = { .rows = rows, .row = row };

static void chosen(struct app *app, void *own, size_t n)
{
	const struct fields *f = own;

	if (n >= f->n)
		return;
	nf_strbuf_clear(&app->scratch);
	nf_ie_name(&app->scratch, f->v[n]->ie);
	app_filter_edit(app, nf_strbuf_cstr(&app->scratch));
}

static void closed(struct app *app, void *own)
{
	(void)app;
	fields_done(own);
	nf_free(own);
}

static const struct overlay_ops ops = { .chosen = chosen, .closed = closed };

bool app_elements(struct app *app)
{
	struct fields *f = nf_zalloc(sizeof(*f));

	if (f == NULL)
		return false;
	fields_init(f, app->registry);
	if (fields_list(f))
		app_overlay(app, "Information elements", &ops, f, &popup_rows);
	else
		closed(app, f);
	return true;
}
