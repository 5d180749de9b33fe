#include <config.h>

#include "model/slice_internal.h"

#include "base/mem.h"
#include "model/definitions.h"

/* -- What a message needs --------------------------------------------------------------- */

/* Asks the message's own resolver, and notes what it says. */
struct ear {
	struct slice *s;
	const struct nf_view *v;
	bool ok;
};

static bool note(struct slice *s, const struct nf_view *v, uint16_t id, struct nf_bytes body,
		 uint32_t offset, const struct nf_resolution *r)
{
	void *needs = s->needs;

	if (!nf_grow(&needs, &s->cap_needs, s->nneeds + 1, sizeof(*s->needs)))
		return false;
	s->needs = needs;
	s->needs[s->nneeds++] = (struct slice_need){
		.id = id, .message = v->offset, .offset = offset, .body = body, .resolution = *r,
	};
	return true;
}

static void hear(void *ctx, uint16_t id, struct nf_bytes body, uint32_t offset,
		 struct nf_resolution *out)
{
	struct ear *ear = ctx;

	ear->v->resolver.resolve(ear->v->resolver.ctx, id, body, offset, out);
	ear->ok = ear->ok && note(ear->s, ear->v, id, body, offset, out);
}

static void leaf(void *ctx, enum nf_leaf_kind kind, struct nf_span span)
{
	(void)ctx;
	(void)kind;
	(void)span;
}

static bool note_own(struct slice *s, const struct nf_view *v, const struct nf_template *t)
{
	void *owns = s->owns;

	if (!nf_grow(&owns, &s->cap_owns, s->nowns + 1, sizeof(*s->owns)))
		return false;
	s->owns = owns;
	s->owns[s->nowns++] = (struct slice_own){
		.at = v->offset + t->span.off, .domain = v->msg.domain,
		.version = v->msg.version, .id = t->id,
	};
	return true;
}

static bool own_templates(struct slice *s, const struct nf_view *v, const struct nf_set *set)
{
	struct nf_templates templates;
	struct nf_template t;

	if (set->overrun)
		return true;
	nf_templates_open(&templates, &v->msg, set, NULL);
	while (nf_template_next(&templates, &t))
		if ((t.kind == NF_TEMPLATE || t.kind == NF_TEMPLATE_OPTIONS) &&
		    !note_own(s, v, &t))
			return false;
	return true;
}

bool slice_collect(struct slice *s, const struct nf_view *v, bool options)
{
	struct ear ear = { s, v, true };
	const struct nf_resolver resolver = { .resolve = hear, .ctx = &ear };
	size_t before = s->nneeds;
	bool lists = false;
	struct nf_sets sets;
	struct nf_set set;

	if (v->msg.format->dialect == NULL)
		return true;
	nf_sets_open(&sets, &v->msg, NULL);
	while (ear.ok && nf_set_next(&sets, &set)) {
		struct nf_resolution r;

		if (!options && (set.kind == NF_SET_TEMPLATE ||
				 set.kind == NF_SET_OPTIONS_TEMPLATE))
			ear.ok = own_templates(s, v, &set);
		if (set.kind != NF_SET_DATA)
			continue;
		v->resolver.resolve(v->resolver.ctx, set.id, set.bytes, set.offset, &r);
		if (options && (r.layout == NULL || r.layout->kind != NF_LAYOUT_OPTIONS))
			continue;
		lists |= r.layout != NULL && r.layout->has_lists;
		ear.ok = ear.ok && note(s, v, set.id, set.bytes, set.offset, &r);
	}
	if (!lists || !ear.ok || options)
		return ear.ok;
	s->nneeds = before;	/* the sets once more, and what is in their lists */
	nf_leaves(&v->msg, &resolver, s->registry, s->scratch, leaf, NULL);
	return ear.ok;
}

/* -- What stands there ------------------------------------------------------------------ */

static bool same_definition(const struct nf_version *a, const struct nf_version *b)
{
	const struct nf_template *x = a != NULL ? nf_version_template(a) : NULL;
	const struct nf_template *y = b != NULL ? nf_version_template(b) : NULL;

	if (x == NULL || y == NULL)
		return x == y;
	return x->kind == y->kind && x->nfields == y->nfields && x->nscope == y->nscope &&
	       x->specs.n == y->specs.n &&
	       (x->specs.n == 0 || memcmp(x->specs.p, y->specs.p, x->specs.n) == 0);
}

/* How the need is read in what is written, if D stood at its end. */
static struct nf_resolution is_now(struct slice *s, const struct nf_datagram *d,
				   const struct slice_need *need)
{
	struct nf_resolution r = { .why = NF_NEVER_DEFINED };
	struct nf_datagram next = *d;
	struct nf_view v;

	next.ordinal = s->ordinal;
	if (nf_tracker_meet(s->written, &next) &&
	    nf_tracker_view(s->written, &next, need->message, &v, NULL) && !v.headerless)
		v.resolver.resolve(v.resolver.ctx, need->id, need->body, need->offset, &r);
	return r;
}

/*
 * What another session, or another capture, lent is lent again: a session that had it for its own
 * would read sets with it that it does not fit.  Not where templates can be withdrawn: there a
 * later one of the session may be that a withdrawal kept off.
 */
static bool is_lent(const struct nf_resolution *wanted, enum nf_transport transport)
{
	return transport == NF_TRANSPORT_UDP && wanted->layout != NULL &&
	       (wanted->how == NF_OTHER_SESSION || wanted->how == NF_GIVEN);
}

/*
 * Is it the same, and will it stay so whatever comes?  For the same reason, what has none where
 * templates can be withdrawn is to be without for sure.
 */
static bool stands(const struct nf_resolution *is, const struct nf_resolution *wanted,
		   enum nf_transport transport)
{
	bool lent = is_lent(wanted, transport);

	if (wanted->layout == NULL && wanted->version == NULL)
		return is->layout == NULL &&
		       (transport == NF_TRANSPORT_UDP || is->version != NULL);
	return is->version != NULL &&
	       (is->layout == NULL || is->how == (lent ? NF_OTHER_SESSION : NF_LIVE)) &&
	       same_definition(is->version, wanted->version);
}

/* D itself defines it before the need. */
static bool own(const struct slice *s, const struct slice_need *need, const struct nf_msg *m)
{
	for (size_t i = 0; i < s->nowns; i++) {
		const struct slice_own *o = &s->owns[i];

		if (o->id == need->id && o->version == m->version && o->domain == m->domain &&
		    o->at < need->message + need->offset)
			return true;
	}
	return false;
}

/* -- Definitions ------------------------------------------------------------------------ */

/* What makes sets of an id undecoded from there on: a template whose records take nothing. */
static uint32_t blocker(struct nf_strbuf *out, uint16_t id, const struct nf_msg *m,
			const struct definition_header *header)
{
	static const uint8_t specs[] = { 0, 1, 0, 0 };
	const struct nf_template t = {
		.kind = NF_TEMPLATE, .id = id, .nfields = 1, .specs = { specs, sizeof(specs) },
		.dialect = m->format->dialect,
	};

	return definition_of(out, &t, id, m->version, m->domain, header);
}

/* The message that has NEED defined as wanted, or BLOCKed; 0 octets where there is none. */
static uint32_t definition(struct slice *s, const struct slice_need *need, const struct nf_msg *m,
			   bool block)
{
	const struct definition_header header = {
		.secs = m->export_secs, .uptime_ms = m->uptime_ms, .sequence = m->sequence,
	};
	const struct nf_version_info info = {
		.domain = m->domain, .export_version = m->version,
		.version = need->resolution.version,
	};

	if (block || info.version == NULL)
		return blocker(&s->message, need->id, m, &header);
	return definition_message(&s->message, &info, &header);
}

static int define(struct slice *s, struct record *r, const struct nf_datagram *d,
		  const struct slice_need *need, const struct nf_msg *m, bool block,
		  struct nf_err *err)
{
	struct nf_datagram made = {
		.ts_ns = d->ts_ns, .ts_fine = d->ts_fine, .src = d->src, .dst = d->dst,
		.transport = d->transport, .file = d->file,
	};

	if (is_lent(&need->resolution, d->transport))
		made.src.port = 0;	/* a session of the exporter that there is not */
	nf_strbuf_clear(&s->message);
	made.wire_len = definition(s, need, m, block);
	if (s->message.failed)
		return nf_err_memory(err);
	if (made.wire_len == 0)
		return 0;
	made.payload = (struct nf_bytes){ (const uint8_t *)s->message.p, s->message.n };
	s->counts.definitions++;
	return slice_emit(s, r, &made, err);
}

static int provide(struct slice *s, struct record *r, const struct nf_datagram *d,
		   const struct slice_need *need, struct nf_err *err)
{
	struct nf_resolution is;
	struct nf_view v;

	if ((need->resolution.how == NF_BUILT_IN && need->resolution.layout != NULL) ||
	    !nf_tracker_view(s->tracker, d, need->message, &v, NULL) || own(s, need, &v.msg))
		return 0;
	is = is_now(s, d, need);
	if (stands(&is, &need->resolution, d->transport))
		return 0;
	if (define(s, r, d, need, &v.msg, false, err) < 0)
		return -1;
	is = is_now(s, d, need);
	if (!is_lent(&need->resolution, d->transport) ||
	    stands(&is, &need->resolution, d->transport))
		return 0;
	/* It was lent before, and another one that fits has come since: it is to come anew. */
	if (define(s, r, d, need, &v.msg, true, err) < 0)
		return -1;
	return define(s, r, d, need, &v.msg, false, err);
}

int slice_define(struct slice *s, struct record *r, const struct nf_datagram *d,
		 struct nf_err *err)
{
	/* what is being made stands in s->message: it is put aside */
	struct nf_strbuf kept = s->message;
	int status = 0;

	nf_strbuf_init(&s->message);
	for (size_t i = 0; status == 0 && i < s->nneeds; i++)
		status = provide(s, r, d, &s->needs[i], err);
	nf_strbuf_done(&s->message);
	s->message = kept;
	return status;
}

void slice_verify(struct slice *s, const struct nf_datagram *d)
{
	struct nf_datagram last = *d;
	struct nf_view v;

	last.ordinal = s->ordinal - 1;
	for (size_t i = 0; i < s->nneeds; i++) {
		const struct slice_need *need = &s->needs[i];
		struct nf_resolution is = { .why = NF_NEVER_DEFINED };

		if (nf_tracker_view(s->written, &last, need->message, &v, NULL))
			v.resolver.resolve(v.resolver.ctx, need->id, need->body, need->offset,
					   &is);
		if ((is.layout != NULL) != (need->resolution.layout != NULL) ||
		    (is.layout != NULL && is.how != NF_BUILT_IN &&
		     !same_definition(is.version, need->resolution.version)))
			s->counts.otherwise++;
	}
}
