/*
 * Names of applications (RFC 6759 section 4.3).
 */
#include <config.h>

#include "check/options.h"

enum { APPLICATION_DESCRIPTION = 94, APPLICATION_ID = 95, APPLICATION_NAME = 96 };

/* RFC 6759 section 4.1: numbers that the users of a device give to their own applications. */
enum { ENGINE_USER = 6 };

/* Engine and selector, whatever the length: the selector stands to the right (section 4.2). */
static bool application(const struct check_record *r, unsigned i, uint64_t *engine, uint64_t *id)
{
	const struct nf_field f = nf_field(r->rec, i);

	if (f.value.n < 2 || f.value.n > 9)
		return false;
	*engine = f.value.p[0];
	*id = nf_ben(f.value.p + 1, f.value.n - 1);
	return true;
}

static void application_used(const struct check_record *r, struct check_step *s)
{
	const struct nf_field f = nf_field(r->rec, s->a);
	uint64_t engine, selector;
	struct check_id *id;

	if (f.value.n == 0 || f.value.p[0] != ENGINE_USER ||
	    !application(r, s->a, &engine, &selector))
		return;
	id = check_ids_get(r->check, &options_exporter(r->check, r->at->stream->exporter)->names,
			   engine, selector);
	if (id == NULL || (id->flags & OPTIONS_USED))
		return;
	id->flags |= OPTIONS_USED;
	id->stream = r->at->stream;
	id->tmpl = r->use->tmpl;
	id->place = check_place_of(r->at, nf_span_of(f.offset, f.value.n));
}

/* The engine is the first octet of an id that is no longer than an integer; m: how far left. */
static inline uint64_t is_of_user(const struct check_rows *rows, const struct check_step *s,
				  size_t i)
{
	return check_zero(check_column(rows, s->a)[i] >> s->m ^ ENGINE_USER);
}

NF_WIDE
static uint64_t sift_users(const struct check_rows *rows, struct check_step *s)
{
	return check_sift(rows, s, is_of_user);
}

static void application_named(const struct check_record *r, struct check_step *s)
{
	uint64_t engine, selector;
	struct check_id *id;

	if (!application(r, s->a, &engine, &selector) || engine != ENGINE_USER)
		return;
	id = check_ids_get(r->check, &options_exporter(r->check, r->at->stream->exporter)->names,
			   engine, selector);
	if (id != NULL)
		id->flags |= OPTIONS_DEFINED;
}

void options_applications_end(struct check *c, struct check_exporter *e)
{
	const struct check_ids *names = &options_exporter(c, e)->names;

	for (const struct check_id *id = names->first; id != NULL && !names->full;
	     id = id->next)
		if ((id->flags & OPTIONS_DEFINED) == 0)
			check_claim(c, &(struct check_claim){
				.rule = CHECK_OPT_APP_NAME_MISSING, .stream = id->stream,
				.place = &id->place, .tmpl = id->tmpl, .key = id->key[1],
				.severity = id->stream->id.version == 10 &&
					    options_complete(c, id->stream) ? 1 + NF_ERROR :
									     CHECK_AS_RULED,
				.args = { { .u = id->key[1] } },
			});
}

static int field(const struct check_plan *p, uint16_t id)
{
	return check_field_of(p->layout, NF_PEN_IANA, id);
}

static void plan_used(struct check_plan *p, int id)
{
	struct check_step *s = check_plan_field(p, application_used, id);
	uint16_t length = p->layout->fields[id].length;

	check_applies(p->check, CHECK_OPT_APP_NAME_MISSING);
	if (s == NULL || length < 1 || length > 8)
		return;
	s->sift = sift_users;
	check_plan_column(p, s->a);
	s->m = 8 * (length - 1u);
}

void options_applications_plan(struct check_plan *p)
{
	int id = field(p, APPLICATION_ID);

	if (p->layout->kind == NF_LAYOUT_OPTIONS) {
		if (field(p, APPLICATION_NAME) >= 0 || field(p, APPLICATION_DESCRIPTION) >= 0)
			check_plan_field(p, application_named, id);
	} else if (id >= 0) {
		plan_used(p, id);
	}
}
