/* Completion: the names that begin so, of the filter's own, then of elements. */
#include <config.h>

#include <string.h>

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

void app_names_beginning(struct app *app, struct nf_bytes begin,
			 void (*found)(void *to, const char *word), void *to)
{
	struct offer o = { .begin = begin, .found = found, .to = to };
	const struct filter_name *row;
	const struct nf_ie *ie;
	struct nf_strbuf name;
	size_t at = 0;

	while ((row = filter_name_next(&app->filter.opts, &at)) != NULL)
		consider(&o, row->name);
	nf_strbuf_init(&name);
	for (at = 0; (ie = nf_registry_next(app->registry, &at)) != NULL;) {
		nf_strbuf_clear(&name);
		nf_ie_name(&name, ie);
		consider(&o, nf_strbuf_cstr(&name));
	}
	nf_strbuf_done(&name);
}
