/*
 * What the fields of a template name, and the lengths that it gives them.
 */
#include <config.h>

#include "check/templates.h"

#include <string.h>

enum {
	V9_TABLE = 79,		/* the last type of RFC 3954 section 8 */
	V9_ALIKE = 127,		/* up to here v9 and IPFIX mean the same (RFC 7012 section 4) */
	REPEATS = 64,		/* that are looked for in a template */
};

struct field {
	struct check *c;
	const struct check_at *at;
	const struct nf_template *t;
	const struct nf_spec *s;
	const struct nf_ie *ie;
};

/* Told apart by element, and by template where PER_TEMPLATE. */
static struct check_claim claim_of(const struct field *f, enum check_rule_id rule,
				   bool per_template)
{
	return (struct check_claim){
		.rule = rule, .at = f->at, .span = f->s->span, .ie = f->ie,
		.tmpl = per_template ? f->t->id : 0,
	};
}

/* -- Which element ----------------------------------------------------------------------- */

static void unknown(const struct field *f, const char *hint)
{
	struct check_claim claim = claim_of(f, CHECK_TPL_IE_UNKNOWN, false);

	claim.args[0].u = f->s->id;
	claim.args[1].u = f->s->length;
	claim.args[2].s = NF_IANA_STATE;
	claim.args[3].s = hint;
	check_claim(f->c, &claim);
}

/* An enterprise of another field that has an element of this number; NULL: none is among them. */
static const struct nf_ie *neighbour(const struct field *f)
{
	struct nf_specs specs;
	struct nf_spec s;

	nf_specs_open(&specs, f->t);
	for (unsigned i = 0; i < REPEATS && nf_spec_next(&specs, &s); i++) {
		const struct nf_ie *ie;

		if (!s.enterprise || s.pen == NF_PEN_REVERSE)
			continue;
		ie = nf_ie_builtin(s.pen, f->s->id);
		if (ie != NULL)
			return ie;
	}
	return NULL;
}

static void unknown_ipfix(const struct field *f)
{
	const struct nf_ie *ie = neighbour(f);
	struct nf_strbuf hint;

	nf_strbuf_init(&hint);
	if (ie != NULL) {
		nf_sb_str(&hint, "; ");
		nf_ie_name(&hint, ie);
		nf_sb_str(&hint, " without its enterprise number?");
	} else if ((ie = nf_ie_builtin(NF_PEN_V9, f->s->id)) != NULL) {
		nf_sb_printf(&hint, "; NetFlow v9 exporters have it for %s", ie->name);
	} else if (f->s->id > NF_IANA_LAST) {
		nf_sb_str(&hint, "; its enterprise number may be missing");
	}
	unknown(f, nf_strbuf_cstr(&hint));
	nf_strbuf_done(&hint);
}

static void zero_id(const struct field *f)
{
	struct check_claim claim = claim_of(f, CHECK_TPL_IE_ZERO, true);

	if (check_is_v9(f->t))
		claim.severity = 1 + NF_WARNING;
	claim.args[0].u = f->t->id;
	check_claim(f->c, &claim);
}

/* DEPRECATED(ID, BY): where ID stands, and what is there instead. */
static void deprecated(const struct field *f)
{
	static const struct { uint16_t id, by; } list[] = {
#define DEPRECATED(id, by) { id, by },
#include "check/template_deprecated.def"
#undef DEPRECATED
	};
	struct check_claim claim = claim_of(f, CHECK_TPL_IE_DEPRECATED, false);
	struct nf_strbuf hint;
	unsigned i = 0;

	while (i < sizeof(list) / sizeof(*list) && list[i].id != f->s->id)
		i++;
	if (i == sizeof(list) / sizeof(*list))
		return;
	nf_strbuf_init(&hint);
	if (list[i].by != 0)
		nf_sb_printf(&hint, "; %s took its place", nf_iana_rows[list[i].by].name);
	claim.args[0].ie = f->ie;
	claim.args[1].s = nf_strbuf_cstr(&hint);
	check_claim(f->c, &claim);
	nf_strbuf_done(&hint);
}

static void ipfix_element(const struct field *f)
{
	struct check_claim claim = claim_of(f, CHECK_TPL_PEN_ZERO, true);

	if (f->s->enterprise && (f->s->pen == 0 || f->s->pen == UINT32_MAX)) {
		claim.args[0].u = f->s->pen;
		claim.args[1].u = f->s->id;
		check_claim(f->c, &claim);
	} else if (f->s->id == 0) {
		zero_id(f);
	} else if (f->s->enterprise) {
		return;		/* type records may yet come: see the end of the stream */
	} else if (!f->ie->known) {
		unknown_ipfix(f);
	} else {
		deprecated(f);
	}
}

/* RFC 3954 section 8: types that are left to vendors. */
static bool is_proprietary(uint16_t type)
{
	return type == 25 || type == 26 || (type >= 43 && type <= 45) ||
	       (type >= 51 && type <= 54) || (type >= 65 && type <= 69);
}

/* Notes of types are one a stream, for a template has dozens of them. */
static void v9_type_note(const struct field *f, enum check_rule_id rule, uint8_t severity)
{
	struct check_claim claim = claim_of(f, rule, false);

	claim.ie = NULL;
	claim.severity = severity;
	claim.args[0].u = f->s->id;
	claim.args[1].ie = f->ie;
	check_claim(f->c, &claim);
}

static void v9_element(const struct field *f)
{
	uint16_t type = f->s->id;

	if (f->s->scope && (type == 0 || type > 5)) {
		struct check_claim claim = claim_of(f, CHECK_V9_SCOPE_TYPE_UNKNOWN, true);

		claim.args[0].u = type;
		claim.args[1].u = f->t->id;
		check_claim(f->c, &claim);
	} else if (f->s->scope) {
		return;
	} else if (type == 0) {
		zero_id(f);
	} else if (type >= 0x8000) {
		v9_type_note(f, CHECK_V9_TPL_ENTERPRISE_BIT,
			     1 + (f->ie->known ? NF_NOTE : NF_WARNING));
	} else if (is_proprietary(type)) {
		v9_type_note(f, CHECK_V9_TPL_TYPE_RESERVED, CHECK_AS_RULED);
	} else if (!f->ie->known) {
		unknown(f, "");
	} else if (type > V9_ALIKE) {
		v9_type_note(f, CHECK_V9_TPL_TYPE_ABOVE_127, CHECK_AS_RULED);
	}
}

/* -- How long ---------------------------------------------------------------------------- */

/* The lengths that TYPE allows: "4", "1 to 8", "4 or 8". */
static void allowed(struct nf_strbuf *s, enum nf_type type)
{
	uint16_t least = 0, most = 0, n = 0;

	for (uint16_t length = 1; length <= 32; length++) {
		if (!nf_length_legal(type, length))
			continue;
		least = least != 0 ? least : length;
		most = length;
		n++;
	}
	nf_sb_u64(s, least);
	if (most != least) {
		nf_sb_str(s, n == 2 ? " or " : " to ");
		nf_sb_u64(s, most);
	}
}

/* Does a standard give the element of F its lengths, rather than a vendor? */
static bool is_standard(const struct field *f)
{
	if (check_is_v9(f->t))
		return f->ie->pen == NF_PEN_IANA && f->s->id <= V9_TABLE;
	return f->ie->pen == NF_PEN_IANA || f->ie->reverse;
}

/*
 * RFC 3954 section 8 lists lengths and demands nothing; of an integer that is longer, whoever goes
 * by the template reads the right value.
 */
static bool is_wide_integer(const struct field *f)
{
	enum nf_kind kind = nf_kind_of((enum nf_type)f->ie->type, 1);

	return check_is_v9(f->t) && (kind == NF_KIND_UINT || kind == NF_KIND_SINT) &&
	       f->s->length <= sizeof(uint64_t);
}

static void illegal(const struct field *f)
{
	struct check_claim claim = claim_of(f, CHECK_TPL_FIELD_LENGTH_ILLEGAL, true);
	struct nf_strbuf lengths;

	nf_strbuf_init(&lengths);
	allowed(&lengths, (enum nf_type)f->ie->type);
	if (!is_standard(f)) {
		claim.severity = 1 + NF_WARNING;
		claim.likely = true;
	} else if (is_wide_integer(f)) {
		claim.severity = 1 + NF_WARNING;
	}
	claim.args[0].ie = f->ie;
	claim.args[1].u = f->s->length;
	claim.args[2].s = nf_type_name((enum nf_type)f->ie->type);
	claim.args[3].s = nf_strbuf_cstr(&lengths);
	claim.args[4].u = f->t->id;
	check_claim(f->c, &claim);
	nf_strbuf_done(&lengths);
}

static void no_length(const struct field *f)
{
	struct check_claim claim = claim_of(f, CHECK_TPL_FIELD_LENGTH_ZERO, true);

	if (nf_length_legal((enum nf_type)f->ie->type, 0) || f->s->scope)
		claim.severity = 1 + NF_NOTE;
	else if (!is_standard(f))
		claim.severity = 1 + NF_WARNING;
	claim.args[0].ie = f->ie;
	claim.args[1].u = f->t->id;
	check_claim(f->c, &claim);
}

static void variable(const struct field *f)
{
	bool v9 = check_is_v9(f->t);
	struct check_claim claim = claim_of(f, v9 ? CHECK_V9_TPL_VARLEN :
					    CHECK_TPL_VARLEN_ON_FIXED_TYPE, true);

	if (!v9 && nf_length_legal((enum nf_type)f->ie->type, NF_VARLEN))
		return;
	claim.args[0].ie = f->ie;
	claim.args[1].s = nf_type_name((enum nf_type)f->ie->type);
	check_claim(f->c, &claim);
}

static void length(const struct field *f)
{
	bool v9 = check_is_v9(f->t);

	if (f->s->length == NF_VARLEN)
		variable(f);
	else if (v9 && (f->s->scope || is_proprietary(f->s->id)))
		return;		/* RFC 3954 does not say how long these are */
	else if (f->s->length == 0)
		no_length(f);
	else if (!nf_length_legal((enum nf_type)f->ie->type, f->s->length))
		illegal(f);
}

/* -- Scopes, repetitions ------------------------------------------------------------------ */

static bool is_counter(const struct nf_ie *ie)
{
	return ie->semantics == NF_SEM_DELTA_COUNTER || ie->semantics == NF_SEM_TOTAL_COUNTER ||
	       ie->semantics == NF_SEM_SNMP_COUNTER;
}

static bool is_time(const struct nf_ie *ie)
{
	return ie->type >= NF_TYPE_SECONDS && ie->type <= NF_TYPE_NANOSECONDS;
}

/* RFC 7011 section 3.4.2.1 names counters; the others name nothing that could be meant, either. */
static void scope(const struct field *f)
{
	enum { PADDING_OCTETS = 210, DURATION_MS = 161, DURATION_US = 162 };
	struct check_claim claim = claim_of(f, CHECK_TPL_SCOPE_UNSUITABLE, true);
	const struct nf_ie *ie = f->ie;
	bool iana = ie->pen == NF_PEN_IANA;

	if (!is_counter(ie) && !is_time(ie) &&
	    !(iana && (ie->id == PADDING_OCTETS || ie->id == DURATION_MS ||
		       ie->id == DURATION_US)) &&
	    strncmp(ie->name, "minimum", 7) != 0 && strncmp(ie->name, "maximum", 7) != 0)
		return;
	claim.args[0].ie = ie;
	claim.args[1].u = f->t->id;
	check_claim(f->c, &claim);
}

/* How often T has the field S, and whether S is the first one. */
static unsigned occurrences(const struct nf_template *t, const struct nf_spec *s, bool *first)
{
	struct nf_specs specs;
	struct nf_spec other;
	unsigned n = 0;

	*first = true;
	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &other)) {
		if (other.id != s->id || other.pen != s->pen || other.scope != s->scope)
			continue;
		n++;
		if (other.span.off < s->span.off && n == 1)
			*first = false;
	}
	return n;
}

/* Padding and lists come in numbers. */
static bool may_repeat(const struct nf_ie *ie)
{
	enum { PADDING_OCTETS = 210 };

	return (ie->pen == NF_PEN_IANA && ie->id == PADDING_OCTETS) ||
	       (ie->type >= NF_TYPE_BASIC_LIST && ie->type <= NF_TYPE_SUBTEMPLATE_MULTILIST);
}

static void repeated(const struct field *f)
{
	struct check_claim claim = claim_of(f, CHECK_TPL_IE_REPEATED, false);
	bool first;
	unsigned n = occurrences(f->t, f->s, &first);

	if (n < 2 || !first)
		return;
	claim.args[0].ie = f->ie;
	claim.args[1].u = n;
	claim.args[2].u = f->t->id;
	check_claim(f->c, &claim);
}

/*
 * Numbers that were seen, as bits: few fields are looked for among the others, for a template
 * may have thousands.
 */
struct seen {
	uint8_t bits[1 << 12];
};

static uint32_t key_of(const struct nf_spec *s)
{
	return (s->id ^ s->pen * 2654435761u >> 17 ^ (s->scope ? 0x4000u : 0)) & 0x7fff;
}

static bool is_seen(const struct seen *seen, uint32_t key)
{
	return (seen->bits[key >> 3] & 1u << (key & 7)) != 0;
}

static void see(struct seen *seen, uint32_t key)
{
	seen->bits[key >> 3] |= (uint8_t)(1u << (key & 7));
}

/* Each element that the bits say is there again, from its first field on. */
static void repetitions(struct field *f)
{
	struct seen seen = { { 0 } }, again = { { 0 } };
	struct nf_specs specs;
	struct nf_spec s;
	unsigned n = 0;

	nf_specs_open(&specs, f->t);
	for (; nf_spec_next(&specs, &s); see(&seen, key_of(&s))) {
		if (!is_seen(&seen, key_of(&s)))
			continue;
		see(&again, key_of(&s));
		n++;
	}
	if (n == 0)
		return;
	f->s = &s;
	nf_specs_open(&specs, f->t);
	for (n = 0; n < REPEATS && nf_spec_next(&specs, &s);) {
		if (!is_seen(&again, key_of(&s)))
			continue;
		n++;
		f->ie = nf_spec_ie(f->t, &s, check_registry(f->c));
		if (f->ie != NULL && !may_repeat(f->ie))
			repeated(f);
	}
}

void check_template_fields(struct check *c, const struct check_at *at,
			   const struct nf_template *t)
{
	struct field f = { .c = c, .at = at, .t = t };
	bool v9 = check_is_v9(t);
	struct nf_specs specs;
	struct nf_spec s;

	nf_specs_open(&specs, t);
	f.s = &s;
	while (nf_spec_next(&specs, &s)) {
		f.ie = nf_spec_ie(t, &s, check_registry(c));
		if (f.ie == NULL)
			continue;
		if (v9)
			v9_element(&f);
		else
			ipfix_element(&f);
		length(&f);
		if (!v9 && s.scope)
			scope(&f);
	}
	repetitions(&f);
}
