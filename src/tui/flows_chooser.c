/* `t`: the columns that there are, each with a box. */
#include <config.h>

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "model/fields.h"
#include "tui/analysis.h"
#include "tui/screen_flows.h"

enum { NAME = 22 };		/* columns of a name, with what stands behind it */

struct chooser {
	struct flows_screen *f;
	struct popup *popup;
	/* the names of the popup's rows, "" for a heading, each with a NUL behind it */
	struct nf_strbuf names, line;
	size_t *at;			/* where they begin */
	size_t n, cap;
};

/* -- Rows ---------------------------------------------------------------------------------- */

static void add_row(struct chooser *c, const char *name, const struct popup_row *row)
{
	void *at = c->at;

	if (!nf_grow(&at, &c->cap, c->n + 1, sizeof(*c->at)))
		return;
	c->at = at;
	c->at[c->n] = c->names.n;
	nf_sb_mem(&c->names, name, strlen(name) + 1);
	if (!c->names.failed &&
	    popup_add(c->popup, row, (struct nf_bytes){ (const uint8_t *)c->line.p, c->line.n }))
		c->n++;
}

static void add_heading(struct chooser *c, const char *text)
{
	nf_strbuf_clear(&c->line);
	nf_sb_str(&c->line, text);
	add_row(c, "", &(struct popup_row){ .look = LOOK_head, .kind = POPUP_TEXT });
}

/* HELP may be NULL. */
static void add_name(struct chooser *c, const char *name, const char *help, bool on)
{
	size_t n = strlen(name);

	nf_strbuf_clear(&c->line);
	nf_sb_str(&c->line, name);
	if (help != NULL) {
		nf_sb_pad(&c->line, ' ', n < NAME ? NAME - n : 1);
		nf_sb_str(&c->line, help);
	}
	add_row(c, name, &(struct popup_row){ .kind = on ? POPUP_ON : POPUP_OFF, .indent = NAME });
}

static bool is_shown(const struct chooser *c, const char *name)
{
	return flows_columns_find(c->f, name) != COLUMNS_MAX;
}

static const char *help_of(const char *name)
{
	const char *row, *help;
	unsigned i = 0;

	while (columns_next(&i, &row, &help))
		if (strcmp(row, name) == 0)
			return help;
	return NULL;
}

static void add_shown(struct chooser *c)
{
	const struct columns *columns = &c->f->flows->columns;

	add_heading(c, "Shown");
	for (unsigned i = 0; i < columns->n; i++)
		add_name(c, columns->v[i].name, help_of(columns->v[i].name), true);
}

/* Columns of the view; USUAL: those of `flows`, else the others. */
static void add_view(struct chooser *c)
{
	const char *name, *help;
	unsigned i = 0;

	add_heading(c, "Of any flow");
	while (columns_next(&i, &name, &help))
		if (!is_shown(c, name))
			add_name(c, name, help, false);
}

static void add_elements(struct chooser *c, const struct fields *fields, bool here)
{
	struct nf_strbuf name, help;

	nf_strbuf_init(&name);
	nf_strbuf_init(&help);
	for (size_t i = 0; i < fields->n; i++) {
		const struct fields_row *r = fields->v[i];

		if ((r->templates != 0) != here)
			continue;
		nf_strbuf_clear(&name);
		nf_strbuf_clear(&help);
		nf_ie_name(&name, r->ie);
		if (here)
			nf_sb_printf(&help, "%" PRIu64 " record%s", r->records,
				     r->records == 1 ? "" : "s");
		if (!is_shown(c, nf_strbuf_cstr(&name)))
			add_name(c, nf_strbuf_cstr(&name), here ? nf_strbuf_cstr(&help) : NULL,
				 false);
	}
	nf_strbuf_done(&name);
	nf_strbuf_done(&help);
}

/* What stands around a record, groups, and what options say. */
static void add_other_names(struct chooser *c)
{
	const struct filter_opts *opts = &c->f->screen.app->filter.opts;
	const struct filter_name *row;
	size_t at = 0;

	add_heading(c, "Around the record, and what options say of it");
	while ((row = filter_name_next(opts, &at)) != NULL)
		if (!columns_is(row->name) && !is_shown(c, row->name))
			add_name(c, row->name, row->help, false);
}

static void add_all(struct chooser *c)
{
	struct app *app = c->f->screen.app;
	struct fields fields;

	add_shown(c);
	fields_init(&fields, app->registry);
	fields_use(&fields, analysis_templates(app->analysis));
	fields.used = false;		/* the others are listed, too */
	if (fields_list(&fields)) {
		add_heading(c, "Elements of this capture");
		add_elements(c, &fields, true);
	}
	add_view(c);
	add_other_names(c);
	add_heading(c, "All other elements");
	add_elements(c, &fields, false);
	fields_done(&fields);
}

/* -- Boxes ---------------------------------------------------------------------------------- */

static void ticked(struct app *app, void *own, size_t row)
{
	struct chooser *c = own;
	const char *name = row < c->n ? c->names.p + c->at[row] : "";
	unsigned i = flows_columns_find(c->f, name);
	struct filter_error err;

	if (*name == '\0')
		return;
	if (popup_ticked(c->popup, row)) {
		if (i == COLUMNS_MAX && !flows_columns_add(c->f, name, &err))
			app_say(app, LOOK_error, "%s", err.memory ? "Out of memory" : err.text);
	} else if (i != COLUMNS_MAX && !flows_columns_remove(c->f, i)) {
		app_say(app, LOOK_hint, "The last column stays");
	}
}

/* Enter is the end; boxes have done what they do. */
static void chosen(struct app *app, void *own, size_t row)
{
	(void)app;
	(void)own;
	(void)row;
}

static void closed(struct app *app, void *own)
{
	struct chooser *c = own;

	(void)app;
	nf_strbuf_done(&c->names);
	nf_strbuf_done(&c->line);
	nf_free(c->at);
	nf_free(c);
}

static const struct overlay_ops ops = { .chosen = chosen, .ticked = ticked, .closed = closed };

bool flows_choose(struct flows_screen *f)
{
	struct chooser *c = nf_zalloc(sizeof(*c));

	if (c == NULL)
		return false;
	c->f = f;
	nf_strbuf_init(&c->names);
	nf_strbuf_init(&c->line);
	c->popup = app_overlay(f->screen.app, "Columns: Space ticks, / searches, Enter closes",
			       &ops, c, NULL);
	if (c->popup == NULL)
		return false;
	add_all(c);
	popup_go(c->popup, 1);
	return true;
}
