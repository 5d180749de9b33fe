#include <config.h>

#include <string.h>

#include "check/internal.h"
#include "check/libcrypto.h"

const struct check_rule check_rules[CHECK_RULES] = {
#define RULE(name, ...) [CHECK_##name] = { __VA_ARGS__ },
#include "check/rules.def"
#undef RULE
};

enum check_rule_id check_rule_by_id(const char *id)
{
	unsigned i = 0;

	while (i < CHECK_RULES && strcmp(check_rules[i].id, id) != 0)
		i++;
	return (enum check_rule_id)i;
}

unsigned check_version_bit(unsigned version)
{
	static const uint8_t bits[] = {
		[1] = CHECK_V1, [5] = CHECK_V5, [6] = CHECK_V6, [7] = CHECK_V7, [8] = CHECK_V8,
		[9] = CHECK_V9, [10] = CHECK_IPFIX,
	};

	return version < sizeof(bits) ? bits[version] : 0;
}

const char *check_gate_text(enum check_gate gate)
{
	switch (gate) {
#define GATE(name, bit, text) case CHECK_NEEDS_##name: return text;
#include "check/gates.def"
#undef GATE
	}
	return "";
}

void check_load(void)
{
	libcrypto(NULL);
}

/* -- What became of a rule ------------------------------------------------------------ */

static bool off(const struct check *c, enum check_rule_id rule)
{
	return c->severity[rule] == CHECK_OFF;
}

enum check_applied check_rule_applied(const struct check *c, enum check_rule_id rule,
				      unsigned *gates)
{
	const struct check_rule *r = &check_rules[rule];

	*gates = 0;
	if (off(c, rule))
		return CHECK_SWITCHED_OFF;
	if (c->applied[rule])
		return CHECK_APPLIED;
	*gates = c->lacks[rule];
	if (*gates != 0)
		return CHECK_COULD_NOT;
	if (r->on_demand || c->totals.messages == 0 ||
	    (r->versions != 0 && (r->versions & c->versions) == 0) ||
	    (r->transports != 0 && (r->transports & c->transports) == 0))
		return CHECK_NOT_CALLED_FOR;
	*gates = r->gates & ~c->gates;
	return *gates == 0 ? CHECK_APPLIED : CHECK_COULD_NOT;
}

/* -- Texts ---------------------------------------------------------------------------- */

static const char *const type_names[CHECK_TYPES] = {
#define TYPE(name, id) [CHECK_TYPE_##name] = id,
#include "check/types.def"
#undef TYPE
};

const char *check_type_name(enum check_type type)
{
	return type_names[type];
}

bool check_rule_arg(const char **list, struct nf_bytes *name, enum check_type *type)
{
	const char *at = *list, *colon;
	size_t n;

	if (at == NULL || *at == '\0')
		return false;
	n = strcspn(at, ",");
	*list = at[n] == ',' ? at + n + 1 : at + n;
	*type = CHECK_TYPE_NUMBER;
	*name = (struct nf_bytes){ (const uint8_t *)at, n };
	colon = memchr(at, ':', n);
	if (colon == NULL)
		return true;
	name->n = (size_t)(colon - at);
	for (unsigned i = 0; i < CHECK_TYPES; i++)
		if (strlen(type_names[i]) == n - name->n - 1 &&
		    memcmp(type_names[i], colon + 1, n - name->n - 1) == 0)
			*type = (enum check_type)i;
	return true;
}

unsigned check_arg_types(const struct check_rule *rule, enum check_type types[CHECK_ARGS])
{
	const char *list = rule->args;
	struct nf_bytes name;
	unsigned n = 0;

	while (n < CHECK_ARGS && check_rule_arg(&list, &name, &types[n]))
		n++;
	return n;
}

bool check_finding_arg(const struct check_finding *f, unsigned *i, struct nf_bytes *name,
		       enum check_type *type, const struct check_arg **arg)
{
	const char *list = check_rules[f->rule].args;

	for (unsigned skip = 0; skip <= *i; skip++)
		if (skip == CHECK_ARGS || !check_rule_arg(&list, name, type))
			return false;
	*arg = &f->args[(*i)++];
	return true;
}

/* Three digits that count, or all of a whole number. */
void check_duration(struct nf_strbuf *s, int64_t ns)
{
	static const struct { const char *unit; uint64_t ns, from; } units[] = {
		{ "d", 86400000000000, 3 * 86400000000000u },
		{ "h", 3600000000000, 3 * 3600000000000u },
		{ "min", 60000000000, 10 * 60000000000u },
		{ "s", 1000000000, 1000000000 },
		{ "ms", 1000000, 1000000 },
		{ "us", 1000, 0 },
	};
	uint64_t v = ns < 0 ? -(uint64_t)ns : (uint64_t)ns, tenths;
	unsigned i = 0;

	while (v < units[i].from && (v != 0 || units[i].ns != 1000000000))
		i++;
	tenths = (v + units[i].ns / 20) / (units[i].ns / 10);
	if (ns < 0)
		nf_sb_char(s, '-');
	nf_sb_u64(s, tenths / 10);
	if (tenths % 10 != 0 && tenths < 1000) {
		nf_sb_char(s, '.');
		nf_sb_u64(s, tenths % 10);
	}
	nf_sb_printf(s, " %s", units[i].unit);
}

void check_arg_text(struct nf_strbuf *s, enum check_type type, const struct check_arg *a)
{
	switch (type) {
	case CHECK_TYPE_NUMBER:		nf_sb_u64(s, a->u); break;
	case CHECK_TYPE_SIGNED:		nf_sb_i64(s, a->i); break;
	case CHECK_TYPE_HEX:
		nf_sb_str(s, "0x");
		nf_sb_hex_int(s, a->u, 1);
		break;
	case CHECK_TYPE_TIME:
		nf_time_text(s, a->i, a->i % 1000000000 != 0 ? 3 : 0, NULL);
		break;
	case CHECK_TYPE_DURATION:	check_duration(s, a->i); break;
	case CHECK_TYPE_PERCENT:
		nf_sb_u64(s, a->u / 100);
		if (a->u % 100 != 0) {
			nf_sb_char(s, '.');
			nf_sb_digits(s, a->u % 100, 2);
		}
		nf_sb_str(s, " %");
		break;
	case CHECK_TYPE_TEXT:
		if (a->s != NULL)
			nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)a->s, strlen(a->s) });
		break;
	case CHECK_TYPE_ELEMENT:
		if (a->ie != NULL)
			nf_ie_name(s, a->ie);
		break;
	case CHECK_TYPE_OCTETS:
		nf_sb_hex(s, a->octets, a->octets != NULL ? a->n : 0);
		break;
	case CHECK_TYPE_ADDRESS:
		if (a->addr != NULL && a->addr->family == 4)
			nf_ipv4_text(s, a->addr->octets);
		else if (a->addr != NULL && a->addr->family == 6)
			nf_ipv6_text(s, a->addr->octets);
		break;
	case CHECK_TYPES:
		break;
	}
}

/* Which argument of RULE is called as the N octets at NAME; CHECK_ARGS if none is. */
static unsigned arg_named(const struct check_rule *rule, const char *name, size_t n,
			  enum check_type *type)
{
	const char *list = rule->args;
	struct nf_bytes arg;

	for (unsigned i = 0; i < CHECK_ARGS && check_rule_arg(&list, &arg, type); i++)
		if (arg.n == n && memcmp(arg.p, name, n) == 0)
			return i;
	return CHECK_ARGS;
}

void check_fill(struct nf_strbuf *s, const struct check_rule *rule, const char *pattern,
		const struct check_arg *args)
{
	const char *brace;
	uint64_t n = 0;

	while ((brace = strchr(pattern, '{')) != NULL) {
		size_t len = strcspn(brace + 1, "}");
		enum check_type type;
		unsigned i = arg_named(rule, brace + 1, len, &type);

		nf_sb_mem(s, pattern, (size_t)(brace - pattern));
		if (i == CHECK_ARGS) {
			pattern = nf_sb_form(s, brace, n);
			continue;
		}
		check_arg_text(s, type, &args[i]);
		if (type == CHECK_TYPE_NUMBER)
			n = args[i].u;
		pattern = brace + len + 2;
	}
	nf_sb_str(s, pattern);
}

void check_finding_text(struct nf_strbuf *s, const struct check_finding *f)
{
	check_fill(s, &check_rules[f->rule], check_rules[f->rule].text, f->args);
}

void check_occurrence_text(struct nf_strbuf *s, const struct check_occurrence *o)
{
	const struct check_rule *rule = &check_rules[o->finding->rule];

	check_fill(s, rule, rule->text, o->args);
}

void check_finding_observed(struct nf_strbuf *s, const struct check_finding *f)
{
	const struct check_rule *rule = &check_rules[f->rule];

	check_fill(s, rule, rule->observed != NULL ? rule->observed : rule->text, f->args);
}

void check_finding_required(struct nf_strbuf *s, const struct check_finding *f)
{
	const struct check_rule *rule = &check_rules[f->rule];

	if (rule->required != NULL)
		check_fill(s, rule, rule->required, f->args);
}
