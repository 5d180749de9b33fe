/*
 * What else a capture says: its templates, what options tables hold, how the exporters behave.
 */
#include <config.h>

#include "model/meaning.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"

/* Enough samples to speak of a timeout; and what figures may differ by. */
enum { FEW = 8, SECOND = 1000000000 };

static char *copy(struct meaning *m, const char *text)
{
	char *p = nf_arena_strndup(&m->arena, text, strlen(text));

	m->failed |= p == NULL;
	return p;
}

void meaning_add_fact(struct meaning *m, const struct meaning_fact *fact)
{
	void *facts = m->facts;
	struct meaning_fact *f;

	if (!nf_grow(&facts, &m->facts_cap, m->nfacts + 1, sizeof(*m->facts))) {
		m->failed = true;
		return;
	}
	m->facts = facts;
	f = &m->facts[m->nfacts];
	*f = *fact;
	f->subject = copy(m, fact->subject != NULL ? fact->subject : "");
	f->name = copy(m, fact->name);
	f->value = copy(m, fact->value);
	m->nfacts += f->subject != NULL && f->name != NULL && f->value != NULL;
}

/* -- Templates ------------------------------------------------------------------------ */

static bool same_fields(const struct meaning_template *a, const struct meaning_template *b)
{
	if (a->nfields != b->nfields || a->nscope != b->nscope || a->options != b->options)
		return false;
	for (unsigned i = 0; i < a->nfields; i++)
		if (a->fields[i].pen != b->fields[i].pen || a->fields[i].id != b->fields[i].id ||
		    a->fields[i].length != b->fields[i].length ||
		    strcmp(a->fields[i].name, b->fields[i].name) != 0)
			return false;
	return true;
}

static bool take_fields(struct meaning *m, struct meaning_template *t, const struct nf_template *of)
{
	struct meaning_field *fields = nf_arena_alloc(&m->arena,
						      (of->nfields + 1u) * sizeof(*fields));
	struct nf_specs specs;
	struct nf_spec spec;
	struct nf_strbuf s;
	unsigned n = 0;

	t->fields = fields;
	nf_strbuf_init(&s);
	nf_specs_open(&specs, of);
	while (fields != NULL && n < of->nfields && nf_spec_next(&specs, &spec)) {
		const struct nf_ie *ie = nf_spec_ie(of, &spec, m->registry);

		if (ie == NULL)
			break;
		nf_strbuf_clear(&s);
		nf_ie_name(&s, ie);
		fields[n++] = (struct meaning_field){
			.name = copy(m, nf_strbuf_cstr(&s)), .pen = ie->pen, .id = ie->id,
			.length = spec.length, .scope = spec.scope,
		};
	}
	t->nfields = (uint16_t)n;
	m->failed |= fields == NULL || s.failed || n < of->nfields;
	nf_strbuf_done(&s);
	return !m->failed;
}

static bool known(const struct meaning *m, const struct meaning_template *t)
{
	for (size_t i = 0; i < m->ntemplates; i++)
		if (m->templates[i].domain == t->domain && same_fields(&m->templates[i], t))
			return true;
	return false;
}

static bool take_template(struct meaning *m, const struct templates_row *row)
{
	struct meaning_template t = {
		.domain = meaning_domain_of(m, &row->session->src.addr, row->domain, false),
		.id = row->id, .nscope = row->tmpl->nscope,
		.options = row->tmpl->kind == NF_TEMPLATE_OPTIONS, .frame = row->first_sent.frame,
	};
	void *templates = m->templates;

	if (t.domain == MEANING_NONE)
		return true;
	if (m->ntemplates >= MEANING_TEMPLATES) {
		m->templates_beyond++;
		return true;
	}
	if (!take_fields(m, &t, row->tmpl) ||
	    !nf_grow(&templates, &m->templates_cap, m->ntemplates + 1, sizeof(t)))
		return false;
	m->templates = templates;
	if (!known(m, &t))
		m->templates[m->ntemplates++] = t;
	return true;
}

bool meaning_gather_templates(struct meaning *m, struct nf_tracker *tracker)
{
	if (!templates_list(&m->rows, tracker))
		return false;
	for (size_t i = 0; i < m->rows.nlist; i++) {
		const struct templates_row *row = m->rows.list[i];

		if (row->tmpl != NULL && !row->given && row->sent != 0 &&
		    (row->tmpl->kind == NF_TEMPLATE || row->tmpl->kind == NF_TEMPLATE_OPTIONS) &&
		    !take_template(m, row))
			return false;
	}
	return true;
}

/* -- Options tables ------------------------------------------------------------------- */

/* Where a row's own name and scope go; CLASS: an id in them makes all of it one. */
struct naming {
	const struct join *j;
	struct nf_strbuf *s;
	enum meaning_class class;
};

/* The domain's own number is not told: which domain it is, is said already. */
static void scope_text(struct naming *to, const struct join_row *row, const struct join_blob *scope)
{
	const struct nf_format_ctx ctx = { 0 };
	struct nf_bytes octets;
	struct join_value v;
	size_t at = 0;

	while (join_scope_next(to->j, scope, &at, &v, &octets)) {
		if (v.ie->pen == NF_PEN_IANA && v.ie->id == 149 && octets.n <= 8 &&
		    nf_ben(octets.p, octets.n) == row->domain->id)
			continue;
		if (meaning_is_id(v.ie))
			to->class = MEANING_IDS;
		nf_sb_char(to->s, ' ');
		nf_ie_name(to->s, v.ie);
		nf_sb_char(to->s, ' ');
		nf_value_text(to->s, (enum nf_kind)v.kind, octets, &ctx);
	}
}

/* "interface 3"; of several voices on it, each with its scope */
static void row_text(struct naming *to, const struct join_row *row, const struct join_voice *voice)
{
	struct nf_strbuf *s = to->s;
	enum join_kind kind = (enum join_kind)row->kind;
	struct nf_bytes key = join_octets(row->name);

	nf_sb_str(s, join_kind_name(kind));
	if (join_key_is_scope(kind)) {
		scope_text(to, row, row->name);
	} else if (join_key_is_number(kind)) {
		nf_sb_char(s, ' ');
		nf_sb_u64(s, nf_ben(key.p, key.n));
	} else if (kind != JOIN_SYSTEM) {
		nf_sb_char(s, ' ');
		nf_sb_hex(s, key.p, key.n);
	}
	if (row->nvoices > 1) {
		nf_sb_str(s, " by");
		scope_text(to, row, voice->scope);
	}
}

/* When a system was started, and the like, is a time; what counts is no table's word. */
static enum meaning_class class_of_value(const struct join_value *v)
{
	if (v->kind >= NF_KIND_SECONDS && v->kind <= NF_KIND_NANOSECONDS)
		return MEANING_TIMES;
	if (v->ie->role == NF_ROLE_INIT_MS)
		return MEANING_UPTIME;
	return meaning_is_id(v->ie) ? MEANING_IDS : MEANING_ALWAYS;
}

static bool counts(const struct nf_ie *ie)
{
	return ie->semantics == NF_SEM_DELTA_COUNTER || ie->semantics == NF_SEM_TOTAL_COUNTER;
}

/* What VOICE says last of a row. */
static void take_voice(struct meaning *m, const struct join *j, const struct join_row *row,
		       const struct join_voice *voice, int32_t domain, struct nf_strbuf *s)
{
	const struct join_version *last = voice->n != 0 ? voice->v[voice->n - 1] : NULL;
	struct naming naming = { .j = j, .s = s };
	const struct nf_format_ctx ctx = { 0 };
	size_t value;

	nf_strbuf_clear(s);
	row_text(&naming, row, voice);
	nf_sb_char(s, '\0');
	value = s->n;
	for (unsigned i = 0; last != NULL && i < last->nvalues && !s->failed; i++) {
		const struct join_value *v = &last->values[i];
		struct meaning_fact fact = {
			.topic = MEANING_OPTIONS,
			.class = (uint8_t)(naming.class != MEANING_ALWAYS ? naming.class :
									    class_of_value(v)),
			.domain = domain, .frame = last->frame,
		};
		size_t name;

		if (counts(v->ie))
			continue;
		s->n = value;
		nf_value_text(s, (enum nf_kind)v->kind, join_octets(v->octets), &ctx);
		nf_sb_char(s, '\0');
		name = s->n;
		nf_ie_name(s, v->ie);
		nf_sb_char(s, '\0');
		if (s->failed)
			break;
		fact.subject = s->p;
		fact.value = s->p + value;
		fact.name = s->p + name;
		meaning_add_fact(m, &fact);
	}
	m->failed |= s->failed;
}

static void take_row(struct meaning *m, const struct join *j, const struct join_row *row,
		     struct nf_strbuf *s)
{
	const struct join_domain *d = row->domain;
	int32_t domain = meaning_domain_of(m, &d->exporter->addr, d->id, false);
	const struct join_voice *voice = row->voices;

	for (; domain != MEANING_NONE && voice != NULL; voice = voice->next)
		take_voice(m, j, row, voice, domain, s);
}

/* -- Behaviour ------------------------------------------------------------------------ */

static const uint8_t classes[MEANING_BEHAVIOURS] = {
#define BEHAVIOUR(id, name, class) [BEHAVIOUR_##id] = MEANING_##class,
#include "model/meaning_behaviours.def"
#undef BEHAVIOUR
};

const char *meaning_behaviour_name(enum meaning_behaviour b)
{
	static const char *const names[MEANING_BEHAVIOURS] = {
#define BEHAVIOUR(id, name, class) [BEHAVIOUR_##id] = name,
#include "model/meaning_behaviours.def"
#undef BEHAVIOUR
	};

	return names[b];
}

static void add_text(struct meaning *m, int32_t domain, enum meaning_behaviour what,
		     const char *value)
{
	meaning_add_fact(m, &(struct meaning_fact){
		.topic = MEANING_BEHAVIOUR, .class = classes[what], .domain = domain,
		.name = meaning_behaviour_name(what), .value = value,
		.frame = m->domains[domain]->frame,
	});
}

/* A figure in UNIT, which may differ by SLACK or by SHARE of it. */
static void add_number(struct meaning *m, int32_t domain, enum meaning_behaviour what,
		       double v, const char *unit, double slack, double share)
{
	char text[64];

	snprintf(text, sizeof(text), "%.3f", v);
	for (size_t n = strlen(text); n > 0 && (text[n - 1] == '0' || text[n - 1] == '.'); n--) {
		bool point = text[n - 1] == '.';

		text[n - 1] = '\0';
		if (point)
			break;
	}
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s", unit);
	meaning_add_fact(m, &(struct meaning_fact){
		.topic = MEANING_BEHAVIOUR, .class = classes[what], .domain = domain,
		.name = meaning_behaviour_name(what), .value = text, .measured = true,
		.number = v, .slack = slack, .share = share, .frame = m->domains[domain]->frame,
	});
}

static double seconds(int64_t ns)
{
	return (double)ns / SECOND;
}

/* How often templates come again: the middle of what each of them says. */
static void refresh(struct meaning *m, int32_t domain, bool options)
{
	const struct meaning_domain *d = m->domains[domain];
	struct meaning_samples s = { .n = 0 };
	int64_t ns;

	for (size_t i = 0; i < m->rows.nlist && s.n < MEANING_SAMPLES; i++) {
		struct templates_row *row = m->rows.list[i];

		if (row->tmpl != NULL && !row->given && row->domain == d->domain &&
		    nf_same_addr(&row->session->src.addr, &d->addr) &&
		    (row->tmpl->kind == NF_TEMPLATE_OPTIONS) == options &&
		    templates_refresh(row, &ns))
			s.v[s.n++] = ns;
	}
	if (s.n != 0)
		add_number(m, domain,
			   options ? BEHAVIOUR_OPTIONS_REFRESH : BEHAVIOUR_TEMPLATE_REFRESH,
			   seconds(meaning_median(&s)), " s", 1, 0.1);
}

static void add_timeouts(struct meaning *m, int32_t domain)
{
	struct meaning_domain *d = m->domains[domain];

	if (d->active.total >= FEW)
		add_number(m, domain, BEHAVIOUR_ACTIVE_TIMEOUT,
			   seconds(meaning_median(&d->active)), " s", 1, 0.1);
	if (d->idle.total >= FEW)
		add_number(m, domain, BEHAVIOUR_INACTIVE_TIMEOUT,
			   seconds(meaning_median(&d->idle)), " s", 2, 0.25);
}

static void add_sequence(struct meaning *m, int32_t domain, const struct exporters_domain *x)
{
	const struct nf_seq_stream *stream;
	size_t next = 0;

	while ((stream = exporters_stream(m->exporters, x, &next)) != NULL)
		if (stream->rule_frame != 0 || stream->likely) {
			add_text(m, domain, BEHAVIOUR_SEQUENCE_COUNTS,
				 nf_seq_rule_name((enum nf_seq_rule)stream->rule));
			return;
		}
	add_text(m, domain, BEHAVIOUR_SEQUENCE_COUNTS, "as specified");
}

static void add_sampling(struct meaning *m, int32_t domain, const struct exporters_domain *x)
{
	char text[64];

	/* v5 without sampling says 0 */
	if (x->nsamplings == 0 ||
	    (x->samplings[0].mode == 0 && x->samplings[0].interval == 0))
		return;
	snprintf(text, sizeof(text), "mode %u, 1 of %u", x->samplings[0].mode,
		 x->samplings[0].interval);
	add_text(m, domain, BEHAVIOUR_SAMPLING, text);
}

/* Sequence numbers and uptimes as they are sent. */
static void add_counters(struct meaning *m, int32_t domain, const struct exporters_domain *x)
{
	const struct meaning_domain *d = m->domains[domain];
	struct nf_seq_totals loss = { .lost = 0 };

	if (d->messages == 0)
		return;
	if (nf_seq_unit_of(x->version) != NF_SEQ_NO_UNIT) {
		add_number(m, domain, BEHAVIOUR_FIRST_SEQUENCE, d->sequence[0], "", 0, 0);
		add_number(m, domain, BEHAVIOUR_LAST_SEQUENCE, d->sequence[1], "", 0, 0);
	}
	if (exporters_domain_loss(m->exporters, x, &loss))
		add_number(m, domain, BEHAVIOUR_LOST, (double)loss.lost, "", 0, 0);
	if (!x->has_uptime)
		return;
	add_number(m, domain, BEHAVIOUR_FIRST_UPTIME, d->uptime_ms[0], " ms", 0, 0);
	add_number(m, domain, BEHAVIOUR_LAST_UPTIME, d->uptime_ms[1], " ms", 0, 0);
	add_number(m, domain, BEHAVIOUR_RESTARTS, x->boot.restarts, "", 0, 0);
}

/* What the header is of, and what a message holds: of the first session of the domain. */
static void add_export(struct meaning *m, int32_t domain, const struct exporters_domain *x)
{
	static const char *const transports[] = {
		[NF_TRANSPORT_UDP] = "UDP", [NF_TRANSPORT_TCP] = "TCP",
		[NF_TRANSPORT_SCTP] = "SCTP", [NF_TRANSPORT_FILE] = "file",
	};
	const struct exporters_counts *c = &x->counts;
	double messages = (double)(c->messages != 0 ? c->messages : 1);
	char text[32];

	snprintf(text, sizeof(text), x->version == 10 ? "IPFIX" : "NetFlow v%u", x->version);
	add_text(m, domain, BEHAVIOUR_VERSION, text);
	add_text(m, domain, BEHAVIOUR_TRANSPORT, transports[x->session->transport]);
	snprintf(text, sizeof(text), "%u", x->session->src.port);
	add_text(m, domain, BEHAVIOUR_EXPORTER_PORT, text);
	snprintf(text, sizeof(text), "%u", x->session->dst.port);
	add_text(m, domain, BEHAVIOUR_COLLECTOR_PORT, text);
	add_sampling(m, domain, x);
	add_sequence(m, domain, x);
	add_number(m, domain, BEHAVIOUR_RECORDS,
		   (double)(c->flows + c->options) / messages, "", 0, 0.01);
	add_number(m, domain, BEHAVIOUR_SIZE, (double)c->octets / messages,
		   " octets", 0, 0.01);
	if (x->delay != NULL && x->delay->n != 0)
		add_number(m, domain, BEHAVIOUR_DELAY,
			   seconds(exporters_median(x->delay)), " s", 1, 0.01);
	add_counters(m, domain, x);
}

/* Of several sessions of a domain the first one speaks. */
static void behaviour(struct meaning *m)
{
	const struct exporters_domain *x;
	bool *seen = nf_zalloc(m->ndomains + 1);
	char text[32];

	m->failed |= seen == NULL;
	for (size_t i = 0; seen != NULL; i++) {
		int32_t d;

		x = exporters_domain_at(m->exporters, i);
		if (x == NULL)
			break;
		d = meaning_domain_of(m, &x->exporter->addr, x->domain, false);
		if (d == MEANING_NONE || seen[d] || x->counts.messages == 0)
			continue;
		seen[d] = true;
		add_export(m, d, x);
		refresh(m, d, false);
		refresh(m, d, true);
		add_timeouts(m, d);
		snprintf(text, sizeof(text), "%016" PRIx64, m->domains[d]->order);
		add_text(m, d, BEHAVIOUR_ORDER, text);
	}
	nf_free(seen);
}

void meaning_gather_facts(struct meaning *m, const struct join *join)
{
	struct nf_strbuf s;

	behaviour(m);
	nf_strbuf_init(&s);
	if (join != NULL)
		for (const struct join_row *r = join_rows(join); r != NULL; r = r->next)
			take_row(m, join, r, &s);
	nf_strbuf_done(&s);
}
