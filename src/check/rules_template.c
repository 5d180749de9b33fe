/*
 * What templates say.  A definition is judged where it is new in its stream, not each time that
 * it is sent.
 */
#include <config.h>

#include "check/refresh.h"

enum {
	RECORD_MAX = 65535 - 16 - 4,	/* what a message has room for behind its headers */
	FLOW_START_UPTIME = 22, FLOW_END_UPTIME = 21, SYSTEM_INIT_TIME = 160,
};

/* A definition that was judged. */
struct judged {
	struct nf_node node;
	uint64_t key[3];		/* stream, id, definition */
	struct judged *next;		/* of the stream */
	const struct nf_template *def;
	struct check_place place;
	uint64_t copies;
	bool uptime;			/* its times count from a start that it does not have */
};

struct stream {
	struct judged *first, **last;
};

struct exporter {
	bool init_time;			/* a template has systemInitTimeMilliseconds */
};

struct capture {
	struct nf_map *judged;
	size_t count;
};

static struct stream *stream_of(const struct check *c, const struct check_stream *s)
{
	return check_state(c, &s->holder, CHECK_GROUP_template);
}

/* Already known, and a copy is counted; or new; NULL: there is no room. */
static struct judged *judged_get(struct check *c, const struct check_at *at,
				 const struct nf_template *t, const struct nf_template *def)
{
	struct capture *all = check_state(c, check_capture(c), CHECK_GROUP_template);
	struct stream *s = stream_of(c, at->stream);
	const uint64_t key[3] = { (uintptr_t)at->stream, t->id, (uintptr_t)def };
	uint32_t hash = nf_hash(key, 3);
	struct judged *j;

	if (all->judged == NULL && (all->judged = check_map(c)) == NULL)
		return NULL;
	j = nf_map_find(all->judged, key, 3, hash);
	if (j != NULL || !check_template_room(c, &all->count))
		return j;
	j = check_alloc(c, sizeof(*j));
	if (j == NULL)
		return NULL;
	j->key[0] = key[0];
	j->key[1] = key[1];
	j->key[2] = key[2];
	if (!nf_map_add(all->judged, &j->node, j->key, 3, hash))
		return NULL;
	j->def = def;
	j->place = check_place_of(at, t->span);
	if (s->last == NULL)
		s->last = &s->first;
	*s->last = j;
	s->last = &j->next;
	return j;
}

/* -- Templates that cannot be read -------------------------------------------------------- */

static uint16_t at16(const struct check_at *at, uint32_t offset)
{
	uint16_t v = 0;

	nf_get16(at->msg->bytes, offset, &v);
	return v;
}

static bool is_options_set(const struct check_at *at)
{
	return at->set->kind == NF_SET_OPTIONS_TEMPLATE;
}

/* Behind a template of the same set? */
static bool is_behind(const struct check_at *at, const struct nf_problem *p)
{
	return p->span.off > at->set->body;
}

static void options_lengths(struct check *c, const struct check_at *at, struct nf_span span,
			    uint64_t left)
{
	check_claim(c, &(struct check_claim){
		.rule = CHECK_V9_OPTIONS_LENGTH_BAD, .at = at, .span = span,
		.tmpl = at16(at, span.off),
		.args = { { .u = at16(at, span.off) }, { .u = at16(at, span.off + 2) },
			  { .u = at16(at, span.off + 4) }, { .u = left } },
	});
}

static void overrun(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	uint32_t head = is_options_set(at) ? 6 : 4;
	uint16_t id = at16(at, p->span.off);

	refresh_spoil(c, at, id);
	if (is_options_set(at) && at->msg->version == 9 && p->span.len >= head) {
		options_lengths(c, at, p->span, p->span.len - head);
		return;
	}
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TPL_TRUNCATED, .at = at, .span = p->span, .tmpl = id,
		.args = { { .u = id }, { .u = p->found }, { .u = head + 4 * p->found },
			  { .u = p->span.len } },
	});
}

/*
 * Below 256: of a withdrawal of all that stands in the wrong set; of a template; or of what is
 * none, behind the last one.
 */
static void low_id(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	struct check_claim claim = { .at = at, .span = p->span, .args = { { .u = p->found } } };

	if (at->msg->version == 10 && (p->found == 2 || p->found == 3) &&
	    at16(at, p->span.off + 2) == 0) {
		claim.rule = CHECK_TPL_WITHDRAW_ALL_MALFORMED;
		claim.args[1].u = at->set->id;
		claim.args[2].u = at->set->length;
	} else if (is_behind(at, p) && p->span.len != 2) {
		claim.rule = CHECK_TPL_SET_TRAILING_BYTES;
		claim.args[0].u = p->span.len;
	} else {
		claim.rule = CHECK_TPL_ID_RESERVED;
		claim.key = p->found;
	}
	check_claim(c, &claim);
}

static void scope_count(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	uint16_t id = at16(at, p->span.off);

	refresh_spoil(c, at, id);
	if (at->msg->version == 9) {
		options_lengths(c, at, p->span, p->span.len);
		return;
	}
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TPL_SCOPE_EXCEEDS_FIELDS, .at = at, .span = p->span, .tmpl = id,
		.args = { { .u = p->found }, { .u = p->wanted }, { .u = id } },
	});
}

static bool problem(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	switch (p->id) {
	case NF_PROBLEM_TEMPLATE_OVERRUN:
		overrun(c, at, p);
		return true;
	case NF_PROBLEM_TEMPLATE_ID:
		low_id(c, at, p);
		return true;
	case NF_PROBLEM_SCOPE_COUNT:
		scope_count(c, at, p);
		return true;
	default:
		return false;
	}
}

/* -- Whole templates ---------------------------------------------------------------------- */

/* A template at hand, and what it holds. */
struct survey {
	const struct nf_template *t;
	uint64_t least;
	bool counter, address, time, uptime, init_time;
	bool ipv6, ip_version;
};

static void survey_field(struct survey *v, const struct nf_ie *ie)
{
	enum { FLOW_START_DELTA = 158, FLOW_END_DELTA = 159, IP_VERSION = 60 };
	bool iana = ie->pen == NF_PEN_IANA;

	v->counter |= ie->semantics == NF_SEM_DELTA_COUNTER ||
		      ie->semantics == NF_SEM_TOTAL_COUNTER;
	v->address |= ie->role >= NF_ROLE_SRC4 && ie->role <= NF_ROLE_DST6;
	v->time |= ie->type >= NF_TYPE_SECONDS && ie->type <= NF_TYPE_NANOSECONDS;
	v->ipv6 |= ie->role == NF_ROLE_SRC6 || ie->role == NF_ROLE_DST6;
	if (!iana)
		return;
	v->uptime |= ie->id == FLOW_START_UPTIME || ie->id == FLOW_END_UPTIME;
	v->init_time |= ie->id == SYSTEM_INIT_TIME;
	v->ip_version |= ie->id == IP_VERSION;
	v->time |= v->uptime || ie->id == FLOW_START_DELTA || ie->id == FLOW_END_DELTA;
}

static struct survey survey_of(const struct check *c, const struct nf_template *t)
{
	struct survey v = { .t = t, .least = check_least_length(t) };
	struct nf_specs specs;
	struct nf_spec s;

	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &s)) {
		const struct nf_ie *ie = nf_spec_ie(t, &s, check_registry(c));

		if (ie != NULL)
			survey_field(&v, ie);
	}
	return v;
}

/* A finding about T as a whole, with its id as the first argument. */
static void about(struct check *c, const struct check_at *at, const struct nf_template *t,
		  enum check_rule_id rule, uint64_t more)
{
	check_claim(c, &(struct check_claim){
		.rule = rule, .at = at, .span = t->span, .tmpl = t->id,
		.args = { { .u = t->id }, { .u = more } },
	});
}

/* What makes T of no use; false: it is in order so far. */
static bool unusable(struct check *c, const struct check_at *at, const struct survey *v)
{
	const struct nf_template *t = v->t;

	if (t->nfields == 0) {
		about(c, at, t, CHECK_V9_TPL_ZERO_FIELDS, 0);
		return true;
	}
	if (check_is_v9(t) && t->kind == NF_TEMPLATE_OPTIONS &&
	    (at16(at, t->head.off + 2) | at16(at, t->head.off + 4)) % 4 != 0) {
		options_lengths(c, at, t->span, t->span.len - t->head.len);
		return true;
	}
	if (v->least == 0) {
		about(c, at, t, CHECK_TPL_ZERO_LENGTH_RECORD, t->nfields);
		return true;
	}
	if (v->least > RECORD_MAX)
		about(c, at, t, CHECK_TPL_RECORD_EXCEEDS_MESSAGE, v->least);
	return false;
}

static void judge(struct check *c, const struct check_at *at, const struct survey *v)
{
	const struct nf_template *t = v->t;
	bool v9 = check_is_v9(t);

	if (unusable(c, at, v))
		return;
	if (t->kind == NF_TEMPLATE_OPTIONS && t->nscope == 0)
		about(c, at, t, v9 ? CHECK_V9_OPTIONS_NO_SCOPE : CHECK_TPL_SCOPE_COUNT_ZERO, 0);
	if (t->kind == NF_TEMPLATE && v->counter && v->address && !v->time)
		about(c, at, t, CHECK_TPL_NO_TIME_FIELDS, 0);
	if (t->kind == NF_TEMPLATE && v9 && v->ipv6 && !v->ip_version)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_V9_IPV6_WITHOUT_VERSION, .at = at, .span = t->span,
			.args = { { .u = t->id } },
		});
	check_template_fields(c, at, t);
}

static void see(struct check *c, const struct check_at *at, const struct nf_template *t)
{
	const struct nf_template *def = check_definition(at, t);
	struct exporter *e;
	struct survey v;
	struct judged *j;

	if (def == NULL)
		return;
	j = judged_get(c, at, t, def);
	if (j == NULL || j->copies++ != 0)
		return;
	v = survey_of(c, t);
	e = check_state(c, &at->stream->exporter->holder, CHECK_GROUP_template);
	e->init_time |= v.init_time;
	j->uptime = at->msg->version == 10 && t->kind == NF_TEMPLATE && v.uptime && !v.init_time;
	judge(c, at, &v);
}

/* -- What only the whole stream shows ----------------------------------------------------- */

/* The uptimes of J count from a start that options may still tell, if they are all there. */
static void uptime_end(struct check *c, const struct check_stream *s, const struct judged *j)
{
	const struct exporter *e = check_state(c, &s->exporter->holder, CHECK_GROUP_template);

	if (!j->uptime || e->init_time || (!s->from_start && j->copies < 2))
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TPL_SYSUPTIME_WITHOUT_INIT, .stream = s, .place = &j->place,
		.args = { { .u = j->key[1] } },
	});
}

/* Elements of enterprises of which type records have said nothing (RFC 5610). */
static void unknown_end(struct check *c, const struct check_stream *s, const struct judged *j)
{
	struct nf_specs specs;
	struct nf_spec spec;

	if (check_is_v9(j->def) || !check_wants(c, CHECK_TPL_PEN_UNKNOWN))
		return;
	nf_specs_open(&specs, j->def);
	while (nf_spec_next(&specs, &spec)) {
		const struct nf_ie *ie;

		if (!spec.enterprise || spec.pen == 0 || spec.pen == UINT32_MAX || spec.id == 0)
			continue;
		ie = nf_spec_ie(j->def, &spec, check_registry(c));
		if (ie == NULL || ie->known)
			continue;
		check_claim(c, &(struct check_claim){
			.rule = CHECK_TPL_PEN_UNKNOWN, .stream = s, .place = &j->place,
			.key = spec.pen, .args = { { .u = spec.pen }, { .u = spec.id } },
		});
	}
}

static void stream_end(struct check *c, struct check_stream *s)
{
	for (const struct judged *j = stream_of(c, s)->first; j != NULL; j = j->next) {
		uptime_end(c, s, j);
		unknown_end(c, s, j);
	}
}

const struct check_group check_group_template = {
	.name = "template",
	.size = {
		[CHECK_CAPTURE] = sizeof(struct capture),
		[CHECK_EXPORTER] = sizeof(struct exporter),
		[CHECK_STREAM] = sizeof(struct stream),
	},
	.problem = problem,
	.template_ = see,
	.stream_end = stream_end,
};
