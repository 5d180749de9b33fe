/*
 * Completion: the names that begin so, of the filter's own, then of elements that this capture has.
 * Where none of these does, elements that it has not are offered.
 */
#include <config.h>

#include <string.h>

#include "model/fields.h"
#include "tui/analysis.h"
#include "tui/app.h"

enum { MOST = 64 };		/* words that are offered */

struct offer {
	struct nf_bytes begin;
	void (*found)(void *to, const char *word);
	void *to;
	unsigned n;
};

static void consider(struct offer *o, const char *name)
{
	size_t n = strlen(name);

	if (o->n >= MOST || n < o->begin.n ||
	    strncasecmp(name, (const char *)o->begin.p, o->begin.n) != 0)
		return;
	o->n++;
	o->found(o->to, name);
}

static void elements(struct offer *o, const struct fields *fields, bool here)
{
	struct nf_strbuf name;

	nf_strbuf_init(&name);
	for (size_t i = 0; i < fields->n; i++) {
		const struct fields_row *r = fields->v[i];

		nf_strbuf_clear(&name);
		nf_ie_name(&name, r->ie);
		if ((r->templates != 0) == here)
			consider(o, nf_strbuf_cstr(&name));
	}
	nf_strbuf_done(&name);
}

void app_names_beginning(struct app *app, struct nf_bytes begin,
			 void (*found)(void *to, const char *word), void *to)
{
	struct offer o = { .begin = begin, .found = found, .to = to };
	const struct filter_name *row;
	struct fields fields;
	size_t at = 0;

	while ((row = filter_name_next(&app->filter.opts, &at)) != NULL)
		consider(&o, row->name);
	fields_init(&fields, app->registry);
	if (fields_use(&fields, analysis_templates(app->analysis))) {
		fields.used = false;	/* the others are listed, too */
		if (fields_list(&fields)) {
			elements(&o, &fields, true);
			if (o.n == 0)
				elements(&o, &fields, false);
		}
	}
	fields_done(&fields);
}
