/*
 * Logs of address translation (RFC 8158).
 */
#include <config.h>

#include <string.h>

#include "check/ids.h"

enum {
	NAT_EVENT = 230, EVENT_TIME = 323, QUOTA_EVENT = 466, THRESHOLD_EVENT = 467,
	CREATE = 1, DELETE = 2,	/* historic (section 4.3) */
	QUOTA = 13, THRESHOLD = 18,
	NEEDS = 6,
};

/* Up to three ids in one number: one of them is needed. */
#define ANY(a, b, c) ((uint64_t)(a) | (uint64_t)(b) << 16 | (uint64_t)(c) << 32)

static const struct event {
	uint8_t event, sub;
	uint64_t needs[NEEDS];
} events[] = {
#define EVENT(event, sub, ...) { event, sub, { __VA_ARGS__ } },
#include "check/nat_events.def"
#undef EVENT
};

enum { EVENTS = sizeof(events) / sizeof(*events) };

/* Which events a layout lacks something for, by row; those that it does not, by number. */
struct lacking {
	uint64_t rows, complete;
};

static bool has_any(const struct nf_layout *layout, uint64_t need)
{
	for (; need != 0; need >>= 16)
		if (check_layout_has(layout, (uint16_t)need) != CHECK_AS_NONE)
			return true;
	return false;
}

static void name_of(char lacks[CHECK_NAMES], uint64_t need)
{
	char name[CHECK_NAMES] = "";

	for (; need != 0; need >>= 16) {
		if (name[0] != '\0')
			strncat(name, " or ", sizeof(name) - strlen(name) - 1);
		strncat(name, nf_iana_rows[(uint16_t)need].name, sizeof(name) - strlen(name) - 1);
	}
	check_name_too(lacks, name);
}

/* What LAYOUT lacks of E; false: nothing. */
static bool lacks_of(const struct nf_layout *layout, const struct event *e,
		     char lacks[CHECK_NAMES])
{
	lacks[0] = '\0';
	/* Once an event, with what it is of itself. */
	if (e->sub == 0 && check_layout_has(layout, EVENT_TIME) == CHECK_AS_NONE)
		name_of(lacks, EVENT_TIME);
	for (unsigned i = 0; i < NEEDS && e->needs[i] != 0; i++)
		if (!has_any(layout, e->needs[i]))
			name_of(lacks, e->needs[i]);
	return lacks[0] != '\0';
}

static void missing(const struct check_record *r, const struct check_step *s,
		    const struct event *e)
{
	const struct nf_field f = nf_field(r->rec, s->a);
	char lacks[CHECK_NAMES];

	if (lacks_of(r->rec->layout, e, lacks))
		check_claim(r->check, &(struct check_claim){
			.rule = CHECK_NAT_EVENT_FIELDS_MISSING, .at = r->at, .tmpl = r->use->tmpl,
			.span = nf_span_of(f.offset, f.value.n), .key = (uint64_t)(e - events),
			.args = { { .u = e->event }, { .s = lacks } },
		});
}

static void event(const struct check_record *r, struct check_step *s)
{
	const struct nf_field f = nf_field(r->rec, s->a);
	const struct lacking *l = s->state;
	uint64_t v, sub = 0;

	if (!check_uint(r->rec, s->a, &v) || v > THRESHOLD || l == NULL ||
	    (l->complete >> v & 1) != 0)
		return;
	if (v == CREATE || v == DELETE)
		check_claim(r->check, &(struct check_claim){
			.rule = CHECK_NAT_EVENT_HISTORIC, .at = r->at, .tmpl = r->use->tmpl,
			.span = nf_span_of(f.offset, f.value.n), .key = v,
			.args = { { .u = v } },
		});
	if (v == QUOTA || v == THRESHOLD)
		sub = s->b != 0 && check_uint(r->rec, s->b - 1u, &sub) ? sub : 0;
	for (unsigned i = 0; i < EVENTS; i++)
		if ((l->rows >> i & 1) != 0 && events[i].event == v &&
		    (events[i].sub == 0 || events[i].sub == sub))
			missing(r, s, &events[i]);
}

/* -- Destinations (section 4.1) ------------------------------------------------------- */

static void destination(const struct check_record *r, struct check_step *s)
{
	const struct nf_field f = nf_field(r->rec, s->a);

	if (s->n != 0 || nf_all_zero(f.value))
		return;
	s->n = 1;
	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_NAT_DESTINATION_LOGGED, .at = r->at, .tmpl = r->use->tmpl,
		.span = nf_span_of(f.offset, f.value.n), .ie = f.def->ie,
		.args = { { .ie = f.def->ie } },
	});
}

static void plan_destination(struct check_plan *p)
{
	static const uint16_t ids[] = { 12, 28, 226, 282, 11, 228 };
	struct check_step *s;
	int at = -1;

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids) && at < 0; i++)
		at = check_field_of(p->layout, NF_PEN_IANA, ids[i]);
	s = at >= 0 ? check_plan_step(p, destination) : NULL;
	if (s != NULL)
		s->a = (uint16_t)at;
}

/* -- Planning ------------------------------------------------------------------------- */

static struct lacking *lacking(struct check_plan *p)
{
	struct lacking *l = check_alloc(p->check, sizeof(*l));
	char lacks[CHECK_NAMES];

	if (l == NULL)
		return NULL;
	l->complete = UINT64_MAX & ~((uint64_t)1 << CREATE | (uint64_t)1 << DELETE);
	for (unsigned i = 0; i < EVENTS; i++) {
		if (!lacks_of(p->layout, &events[i], lacks))
			continue;
		l->rows |= (uint64_t)1 << i;
		l->complete &= ~((uint64_t)1 << events[i].event);
	}
	return l;
}

static void plan(struct check_plan *p)
{
	int at = check_field_of(p->layout, NF_PEN_IANA, NAT_EVENT);
	int sub = check_field_of(p->layout, NF_PEN_IANA, QUOTA_EVENT);
	struct check_step *s;

	if (p->version != 10 || p->layout->kind != NF_LAYOUT_DATA || at < 0)
		return;
	if (sub < 0)
		sub = check_field_of(p->layout, NF_PEN_IANA, THRESHOLD_EVENT);
	for (unsigned i = CHECK_NAT_EVENT_HISTORIC; i <= CHECK_NAT_DESTINATION_LOGGED; i++)
		check_applies(p->check, (enum check_rule_id)i);
	plan_destination(p);
	s = check_plan_step(p, event);
	if (s == NULL)
		return;
	s->a = (uint16_t)at;
	s->b = (uint16_t)(sub + 1);
	s->state = lacking(p);
}

const struct check_group check_group_nat = {
	.name = "nat",
	.plan = plan,
};
