#include <config.h>

#include "model/filter_get.h"

#include "model/filter_program.h"
#include "model/findings.h"
#include "model/join.h"

/* -- Words for values ----------------------------------------------------------------- */

enum record_kind { RECORD_FLOW = 1, RECORD_OPTIONS };
enum set_word {
	SET_TEMPLATE = 1, SET_OPTIONS_TEMPLATE, SET_DATA, SET_OPTIONS_DATA, SET_LEGACY,
	SET_RESERVED,
};

#define WORDS(name_, ...)								\
	static const struct nf_value_name name_##_words[] = { __VA_ARGS__ };		\
	static const struct nf_labels name_ = {						\
		.name = #name_, .values = name_##_words,				\
		.nvalues = sizeof(name_##_words) / sizeof(name_##_words[0]),		\
	}

WORDS(record_kinds, { RECORD_FLOW, "flow" }, { RECORD_OPTIONS, "options" });
WORDS(set_kinds, { SET_TEMPLATE, "template" }, { SET_OPTIONS_TEMPLATE, "options-template" },
      { SET_DATA, "data" }, { SET_OPTIONS_DATA, "options-data" }, { SET_LEGACY, "legacy" },
      { SET_RESERVED, "reserved" });
WORDS(reasons, { NF_NEVER_DEFINED, "never-defined" }, { NF_WITHDRAWN, "withdrawn" },
      { NF_REJECTED, "rejected" }, { NF_OTHER_DOMAIN, "other-domain" },
      { NF_PENDING, "pending" });
WORDS(resolutions, { NF_BUILT_IN, "built-in" }, { NF_LIVE, "live" }, { NF_LATE, "late" },
      { NF_OTHER_SESSION, "other-session" }, { NF_GIVEN, "given" });
WORDS(truth, { 0, "false" }, { 1, "true" });
WORDS(transports, { NF_TRANSPORT_UDP, "udp" }, { NF_TRANSPORT_TCP, "tcp" },
      { NF_TRANSPORT_SCTP, "sctp" }, { NF_TRANSPORT_FILE, "file" });
WORDS(severities, { NF_NOTE, "note" }, { NF_WARNING, "warning" }, { NF_ERROR, "error" });
static const struct nf_value_name option_kinds_words[] = {
#define TABLE(kind_, name_, ...) { JOIN_##kind_, name_ },
#define KEYED_BY(...)
#define GIVES(...)
#include "model/join_kinds.def"
#undef TABLE
#undef KEYED_BY
#undef GIVES
};
static const struct nf_labels option_kinds = {
	.name = "option_kinds", .values = option_kinds_words, .nvalues = JOIN_KINDS,
};

/* -- Values --------------------------------------------------------------------------- */

static bool number(struct filter_value *v, uint64_t u)
{
	*v = filter_number(u);
	return true;
}

static bool boolean(struct filter_value *v, bool yes)
{
	*v = (struct filter_value){ .type = FILTER_BOOLEAN, .u = yes ? 1 : 2 };
	return true;
}

static bool nanoseconds(struct filter_value *v, enum filter_type type, int64_t ns)
{
	*v = (struct filter_value){ .type = (uint8_t)type, .ns = ns };
	return true;
}

static bool address(struct filter_value *v, const struct nf_addr *a)
{
	if (a->family == 4)
		*v = (struct filter_value){ .type = FILTER_IPV4, .u = nf_be32(a->octets) };
	else
		*v = (struct filter_value){ .type = FILTER_IPV6, .b = { a->octets, 16 } };
	return a->family != 0;
}

/* -- What is computed from a record --------------------------------------------------- */

/* The view of the record's layout, made in OWN by those who were given none. */
static const struct flow_view *view_of(const struct filter_at *at, struct flow_view *own)
{
	if (at->view != NULL)
		return at->view;
	flow_view_of(own, at->rec->layout);
	return own;
}

static bool flow_time(const struct filter_name *name, const struct filter_at *at,
		      struct filter_value *v)
{
	const struct flow_view *view;
	struct flow_view own;
	struct nf_flowtime t;
	int64_t ns;

	if (at->rec == NULL)
		return false;
	view = view_of(at, &own);
	if (name->arg == 2)
		return flow_duration(view, at->msg, at->rec, &ns) &&
		       nanoseconds(v, FILTER_DURATION, ns);
	t = name->arg == 0 ? flow_first(view, at->msg, at->rec) :
			     flow_last(view, at->msg, at->rec);
	return t.source != NF_FLOWTIME_NONE && t.source != NF_FLOWTIME_RELATIVE &&
	       nanoseconds(v, FILTER_TIME, t.ns);
}

static bool flag(const struct filter_name *name, const struct filter_at *at,
		 struct filter_value *v)
{
	uint64_t flags;

	return at->rec != NULL && nf_slot(at->rec, NF_ROLE_TCP_FLAGS, &flags) &&
	       number(v, flags >> name->arg & 1);
}

/* N in NS nanoseconds, a second; flows shorter than a millisecond have no rate. */
static bool a_second(uint64_t n, int64_t ns, struct filter_value *v)
{
	double rate;

	if (ns < 1000000)
		return false;
	rate = (double)n * 1e9 / (double)ns;
	return rate < 1e19 && number(v, (uint64_t)rate);
}

enum { BITS_A_SECOND, PACKETS_A_SECOND, OCTETS_A_PACKET };

static bool rate(const struct filter_name *name, const struct filter_at *at,
		 struct filter_value *v)
{
	uint64_t octets = 0, packets = 0;
	const struct flow_view *view;
	struct flow_view own;
	int64_t ns;

	if (at->rec == NULL)
		return false;
	view = view_of(at, &own);
	if (name->arg != PACKETS_A_SECOND && !flow_number(view, at->rec, FLOW_BYTES, &octets))
		return false;
	if (name->arg != BITS_A_SECOND && !flow_number(view, at->rec, FLOW_PACKETS, &packets))
		return false;
	if (name->arg == OCTETS_A_PACKET)
		return packets != 0 && number(v, octets / packets);
	if (!flow_duration(view, at->msg, at->rec, &ns))
		return false;
	if (name->arg == PACKETS_A_SECOND)
		return a_second(packets, ns, v);
	return !__builtin_mul_overflow(octets, 8, &octets) && a_second(octets, ns, v);
}

static bool icmp(const struct filter_name *name, const struct filter_at *at,
		 struct filter_value *v)
{
	struct flow_view own;
	uint8_t type;
	int code;

	if (at->rec == NULL || !flow_icmp(view_of(at, &own), at->rec, &type, &code))
		return false;
	if (name->arg == 0)
		return number(v, type);
	return code >= 0 && number(v, (uint64_t)code);
}

/* The octets of element ID, three of them: label, traffic class, bottom (RFC 3032). */
static bool mpls_octets(const struct nf_rec *r, unsigned id, uint32_t *label)
{
	for (unsigned i = 0; i < r->layout->nfields; i++) {
		const struct nf_ie *ie = r->layout->fields[i].ie;
		struct nf_field f;

		if (ie->pen != NF_PEN_IANA || ie->id != id)
			continue;
		f = nf_field(r, i);
		if (f.value.n < 3)
			return false;
		*label = nf_be24(f.value.p);
		return true;
	}
	return false;
}

static bool mpls_label(const struct filter_name *name, const struct filter_at *at,
		       struct filter_value *v)
{
	uint32_t label;

	return at->rec != NULL && mpls_octets(at->rec, name->arg, &label) && number(v, label >> 4);
}

static bool mpls_exp(const struct filter_name *name, const struct filter_at *at,
		     struct filter_value *v)
{
	uint32_t label;

	return at->rec != NULL && mpls_octets(at->rec, name->arg, &label) &&
	       number(v, label >> 1 & 7);
}

static bool mpls_eos(const struct filter_name *name, const struct filter_at *at,
		     struct filter_value *v)
{
	uint32_t label;

	(void)name;
	for (unsigned id = 70; at->rec != NULL && id < 80; id++)
		if (mpls_octets(at->rec, id, &label) && (label & 1) != 0)
			return number(v, label >> 4);
	return false;
}

/* -- What stands around a record ------------------------------------------------------ */

static bool record(const struct filter_name *name, const struct filter_at *at,
		   struct filter_value *v)
{
	const struct nf_rec *r = at->rec;

	if (r == NULL)
		return false;
	switch (name->arg) {
	case 0: return number(v, r->offset);
	case 1: return number(v, r->length);
	default: return number(v, r->layout->kind == NF_LAYOUT_OPTIONS ? RECORD_OPTIONS :
							      RECORD_FLOW);
	}
}

static enum set_word set_word(const struct filter_at *at)
{
	static const uint8_t words[] = {
		[NF_SET_TEMPLATE] = SET_TEMPLATE,
		[NF_SET_OPTIONS_TEMPLATE] = SET_OPTIONS_TEMPLATE,
		[NF_SET_DATA] = SET_DATA,
		[NF_SET_FIXED] = SET_LEGACY,
		[NF_SET_RESERVED] = SET_RESERVED,
	};
	const struct nf_layout *l = at->resolution != NULL ? at->resolution->layout : NULL;

	if (at->set->kind == NF_SET_DATA && l != NULL && l->kind == NF_LAYOUT_OPTIONS)
		return SET_OPTIONS_DATA;
	return (enum set_word)words[at->set->kind];
}

static bool set(const struct filter_name *name, const struct filter_at *at,
		struct filter_value *v)
{
	const struct nf_set *s = at->set;

	if (s == NULL)
		return false;
	switch (name->arg) {
	case 0: return s->kind != NF_SET_FIXED && number(v, s->id);
	case 1: return number(v, set_word(at));
	case 2: return number(v, s->offset);
	case 3: return number(v, s->kind == NF_SET_FIXED ? s->bytes.n : s->length);
	default: return at->resolution != NULL && at->resolution->layout == NULL &&
			number(v, at->resolution->why);
	}
}

/* Of a definition in a set of templates. */
static bool definition(unsigned what, const struct nf_template *t, struct filter_value *v)
{
	switch (what) {
	case 0: return number(v, t->id);
	case 1: return number(v, t->nfields);
	case 2: return number(v, t->nscope);
	case 6: return boolean(v, t->kind == NF_TEMPLATE_WITHDRAWAL ||
			       t->kind == NF_TEMPLATE_WITHDRAWAL_ALL);
	default: return false;
	}
}

static bool template(const struct filter_name *name, const struct filter_at *at,
		     struct filter_value *v)
{
	const struct nf_resolution *r = at->resolution;

	if (at->tmpl != NULL)
		return definition(name->arg, at->tmpl, v);
	if (r == NULL || r->layout == NULL)
		return false;
	switch (name->arg) {
	case 0: return at->set->kind != NF_SET_FIXED && number(v, at->set->id);
	case 1: return number(v, r->layout->nfields);
	case 2: return number(v, r->layout->nscope);
	case 3: return r->version != NULL && number(v, r->version->frame);
	case 4: return number(v, r->how);
	case 5: return boolean(v, r->misfit);
	case 7: return r->version != NULL && number(v, r->version->number);
	default: return false;
	}
}

/* A field of the message header, as JSON names it. */
static bool header(const struct filter_name *name, const struct filter_at *at,
		   struct filter_value *v)
{
	const struct nf_msg *m = at->msg;
	const struct nf_layout *l = m->format != NULL ? m->format->header : NULL;

	for (unsigned i = 0; l != NULL && i < l->nfields; i++) {
		struct nf_rec r = { .layout = l, .p = m->bytes.p, .shift = nf_no_shift };
		struct nf_field f;

		if (l->fields[i].ie->pen != NF_PEN_FIXED || l->fields[i].ie->id != name->arg)
			continue;
		if (m->bytes.n < l->min_len)	/* a held set has left its message behind */
			break;
		f = nf_field(&r, i);
		return number(v, nf_field_uint(&f));
	}
	if (m->format == NULL)
		return false;
	switch (name->arg) {
	case NF_FIXED_VERSION: return number(v, m->version);
	case NF_FIXED_COUNT: return m->format->at.count != 0 && number(v, m->count);
	case NF_FIXED_SEQUENCE: return m->format->at.sequence != 0 && number(v, m->sequence);
	default: return false;
	}
}

static bool message(const struct filter_name *name, const struct filter_at *at,
		    struct filter_value *v)
{
	const struct nf_msg *m = at->msg;

	if (m->format == NULL)
		return false;
	switch (name->arg) {
	case 0: return number(v, m->length);
	case 1: return number(v, at->offset);
	case 2: return m->format->at.domain != 0 && number(v, m->domain);
	case 3: return nanoseconds(v, FILTER_TIME, m->export_secs * INT64_C(1000000000) +
				   m->export_nsecs);
	case 4: return m->format->at.uptime != 0 &&
		       nanoseconds(v, FILTER_DURATION, m->uptime_ms * INT64_C(1000000));
	default: return boolean(v, m->cut);
	}
}

static bool frame(const struct filter_name *name, const struct filter_at *at,
		  struct filter_value *v)
{
	const struct nf_datagram *d = at->datagram;
	const struct filter_opts *opts = at->opts;
	const char *file;

	if (d == NULL)
		return false;
	switch (name->arg) {
	case 0: return number(v, d->frame);
	case 1: return nanoseconds(v, FILTER_TIME, d->ts_ns);
	case 2:
		if (opts == NULL || d->file >= opts->nfiles)
			return false;
		file = opts->files[d->file];
		*v = (struct filter_value){ .type = FILTER_TEXT,
					    .b = { (const uint8_t *)file, strlen(file) } };
		return true;
	case 3: return number(v, d->wire_len);
	case 4: return d->facts.vlan != 0 && number(v, d->facts.vlan);
	case 5: return d->src.addr.family != 0 && number(v, d->facts.ttl);
	case 6: return number(v, d->facts.fragments);
	case 7: return boolean(v, d->facts.tunnelled);
	default: return boolean(v, d->facts.duplicate);
	}
}

static bool endpoint(const struct filter_name *name, const struct filter_at *at,
		     struct filter_value *v)
{
	const struct nf_datagram *d = at->datagram;

	if (d == NULL)
		return false;
	switch (name->arg) {
	case 0: return address(v, &d->src.addr);
	case 1: return d->src.addr.family != 0 && number(v, d->src.port);
	case 2: return address(v, &d->dst.addr);
	case 3: return d->dst.addr.family != 0 && number(v, d->dst.port);
	default: return number(v, d->transport);
	}
}

/* -- What the checker found ----------------------------------------------------------- */

static uint32_t findings_at(const struct filter_at *at, const struct findings_row **rows)
{
	const struct nf_datagram *d = at->datagram;
	const struct filter_opts *opts = at->opts;

	*rows = NULL;
	if (d == NULL || opts == NULL || opts->findings == NULL)
		return 0;
	return findings_of(opts->findings, d->file, d->frame, at->offset, rows);
}

static uint32_t nfindings(const struct filter_name *name, const struct filter_at *at)
{
	const struct findings_row *rows;

	(void)name;
	return findings_at(at, &rows);
}

static bool finding_rule(const struct filter_name *name, const struct filter_at *at,
			 struct filter_value *v)
{
	const struct findings_row *rows;
	const char *id;

	(void)name;
	if (at->nth >= findings_at(at, &rows))
		return false;
	id = at->opts->findings->rules->values[rows[at->nth].rule].name;
	*v = (struct filter_value){ .type = FILTER_TEXT,
				    .b = { (const uint8_t *)id, strlen(id) } };
	return true;
}

bool filter_get_is_rule(const struct filter_name *name)
{
	return name->get == finding_rule;
}

static bool finding_severity(const struct filter_name *name, const struct filter_at *at,
			     struct filter_value *v)
{
	const struct findings_row *rows;

	(void)name;
	return at->nth < findings_at(at, &rows) && number(v, rows[at->nth].severity);
}

/* None, where that is known, is 0. */
static bool finding_count(const struct filter_name *name, const struct filter_at *at,
			  struct filter_value *v)
{
	const struct findings_row *rows;
	uint32_t n = findings_at(at, &rows);
	uint64_t sum = 0;

	(void)name;
	for (uint32_t i = 0; i < n; i++)
		sum += rows[i].count;
	return at->datagram != NULL && at->opts != NULL && at->opts->findings != NULL &&
	       at->opts->findings->settled && number(v, sum);
}

/* -- What options records are about --------------------------------------------------- */

static uint32_t noption_kinds(const struct filter_name *name, const struct filter_at *at)
{
	(void)name;
	return at->rec != NULL ? (uint32_t)__builtin_popcount(at->kinds) : 0;
}

static bool option_kind(const struct filter_name *name, const struct filter_at *at,
			struct filter_value *v)
{
	uint32_t left = at->kinds;

	if (at->nth >= noption_kinds(name, at))
		return false;
	for (uint32_t i = 0; i < at->nth; i++)
		left &= left - 1;
	return number(v, (uint64_t)__builtin_ctz(left));
}

bool filter_get_wants_kinds(const struct filter_tree *t)
{
	for (const struct filter_known *k = t->known; k != NULL; k = k->next)
		if (k->ref->row != NULL && k->ref->row->get == option_kind)
			return true;
	return false;
}

/* Fields of the scope stand first (RFC 7011 section 3.4.2.2; RFC 3954 section 6.1). */
static uint32_t nscope(const struct filter_name *name, const struct filter_at *at)
{
	const struct nf_layout *l = at->rec != NULL ? at->rec->layout : NULL;

	(void)name;
	if (l == NULL || l->kind != NF_LAYOUT_OPTIONS)
		return 0;
	return l->nscope < l->nfields ? l->nscope : l->nfields;
}

/* "ingressInterface 3": as `nfpcap options` writes it. */
static bool option_scope(const struct filter_name *name, const struct filter_at *at,
			 struct filter_value *v)
{
	const struct nf_format_ctx ctx = { .export_secs = at->msg->export_secs };
	struct filter_made *made = at->made;
	struct nf_strbuf s;
	struct nf_field f;
	size_t n;

	if (made == NULL || at->nth >= nscope(name, at) ||
	    sizeof(made->text) - made->used < FILTER_MADE)
		return false;
	f = nf_field(at->rec, at->nth);
	nf_strbuf_init(&s);
	nf_ie_name(&s, f.def->ie);
	nf_sb_char(&s, ' ');
	if (f.value.n == 0)
		nf_sb_str(&s, "(empty)");
	else
		nf_value_text(&s, (enum nf_kind)f.kind, f.value, &ctx);
	if (s.failed)
		s.n = 0;
	n = s.n < FILTER_MADE ? s.n : FILTER_MADE;
	if (n > 0)
		memcpy(made->text + made->used, s.p, n);
	*v = (struct filter_value){ .type = FILTER_TEXT,
				    .b = { (const uint8_t *)made->text + made->used, n } };
	made->used += n;
	nf_strbuf_done(&s);
	return n > 0;
}

/* -- The rows ------------------------------------------------------------------------- */

const struct filter_name filter_get_rows[] = {
#define GROUP(...)
#define ALSO(...)
#define ELSEWHERE(...)
#define NAME(name_, type_, level_, get_, arg_, help_) \
	{ .name = name_, .type = FILTER_##type_, .level = FILTER_OF_##level_, .get = get_, \
	  .arg = arg_, .help = help_ },
#define LABELLED(name_, type_, level_, get_, arg_, labels_, help_) \
	{ .name = name_, .type = FILTER_##type_, .level = FILTER_OF_##level_, .get = get_, \
	  .arg = arg_, .labels = &labels_, .help = help_ },
#define SEVERAL(name_, type_, level_, get_, count_, labels_, help_) \
	{ .name = name_, .type = FILTER_##type_, .level = FILTER_OF_##level_, .get = get_, \
	  .count = count_, .labels = labels_, .help = help_ },
#include "model/filter_names.def"
#undef GROUP
#undef ALSO
#undef ELSEWHERE
#undef NAME
#undef LABELLED
#undef SEVERAL
};
const size_t filter_nget_rows = sizeof(filter_get_rows) / sizeof(filter_get_rows[0]);
