#include <config.h>

#include "ie/tables.h"

#include <stdlib.h>
#include <strings.h>

#include "base/strbuf.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The rows of each table. */
#define LABELS(table, rule, name)	static const struct nf_value_name table##_values[] = {
#define VALUE(value, text)			{ value, text },
#define END(table)			};
#define RULE(table, name)
#include "ie/labels.def"
#undef LABELS
#undef VALUE
#undef END
#undef RULE

static int by_value(const void *key, const void *row)
{
	uint32_t value = *(const uint32_t *)key, other = ((const struct nf_value_name *)row)->value;

	return (value > other) - (value < other);
}

/* The name of VALUE in an ascending table, or NULL. */
static const char *name_of(uint64_t value, const struct nf_value_name *rows, size_t n)
{
	uint32_t key = (uint32_t)value;
	const struct nf_value_name *row;

	if (value > UINT32_MAX)
		return NULL;
	row = bsearch(&key, rows, n, sizeof(*rows), by_value);
	return row != NULL ? row->name : NULL;
}

/* The number that VALUE's octets are; false where there are none or it is beyond 64 bits. */
static bool number(struct nf_bytes value, uint64_t *v)
{
	if (value.n == 0 || !nf_ben_fits(value.p, value.n))
		return false;
	*v = nf_ben(value.p, value.n);
	return true;
}

/* -- Rules: how a text is made of a table's rows ------------------------------------------ */

static bool enum_text(struct nf_strbuf *s, struct nf_bytes value,
		      const struct nf_value_name *rows, size_t n)
{
	const char *name;
	uint64_t v;

	if (!number(value, &v))
		return false;
	name = name_of(v, rows, n);
	if (name == NULL)
		return false;
	nf_sb_str(s, name);
	return true;
}

/* "SYN|ACK"; bits without a name as one number, "SYN|0x200".  No bit has no name. */
static bool bits_text(struct nf_strbuf *s, uint64_t bits, const struct nf_value_name *rows,
		      size_t n)
{
	const char *between = "";

	if (bits == 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		if ((bits & rows[i].value) == 0)
			continue;
		nf_sb_str(s, between);
		nf_sb_str(s, rows[i].name);
		bits &= ~(uint64_t)rows[i].value;
		between = "|";
	}
	if (bits != 0) {
		nf_sb_str(s, between);
		nf_sb_str(s, "0x");
		nf_sb_hex_int(s, bits, 0);
	}
	return true;
}

static bool flags_text(struct nf_strbuf *s, struct nf_bytes value,
		       const struct nf_value_name *rows, size_t n)
{
	uint64_t v;

	return number(value, &v) && bits_text(s, v, rows, n);
}

/* RFC 9565 section 3: the bits of the data offset MUST be ignored. */
static bool tcp_flags_text(struct nf_strbuf *s, struct nf_bytes value,
			   const struct nf_value_name *rows, size_t n)
{
	uint64_t v;

	return number(value, &v) && v <= UINT16_MAX && bits_text(s, v & 0x0fff, rows, n);
}

/* Type and code as one number: a row of its own, or the type's name and the code. */
static bool icmp_text(struct nf_strbuf *s, struct nf_bytes value,
		      const struct nf_value_name *rows, size_t n,
		      const struct nf_value_name *types, size_t ntypes)
{
	const char *name;
	uint64_t v;

	if (!number(value, &v) || v > UINT16_MAX)
		return false;
	name = name_of(v, rows, n);
	if (name != NULL) {
		nf_sb_str(s, name);
		return true;
	}
	name = name_of(v >> 8, types, ntypes);
	if (name == NULL)
		return false;
	nf_sb_str(s, name);
	if ((v & 0xff) != 0) {
		nf_sb_str(s, ", code ");
		nf_sb_u64(s, v & 0xff);
	}
	return true;
}

static bool icmp4_text(struct nf_strbuf *s, struct nf_bytes value,
		       const struct nf_value_name *rows, size_t n)
{
	return icmp_text(s, value, rows, n, icmp4_type_values, COUNT(icmp4_type_values));
}

static bool icmp6_text(struct nf_strbuf *s, struct nf_bytes value,
		       const struct nf_value_name *rows, size_t n)
{
	return icmp_text(s, value, rows, n, icmp6_type_values, COUNT(icmp6_type_values));
}

/* An octet of status and reason, whichever number of octets it is sent in. */
static bool forwarding_text(struct nf_strbuf *s, struct nf_bytes value,
			    const struct nf_value_name *rows, size_t n)
{
	const char *name;
	uint64_t v;

	if (!number(value, &v) || v > 0xff)
		return false;
	name = name_of(v, rows, n);
	if (name != NULL) {
		nf_sb_str(s, name);
		return true;
	}
	nf_sb_str(s, name_of(v & 0xc0, rows, n));
	nf_sb_str(s, ": reason ");
	nf_sb_u64(s, v & 0x3f);
	return true;
}

/* Above 2000 stand the many reasons for which a flow ends. */
static bool asa_event_text(struct nf_strbuf *s, struct nf_bytes value,
			   const struct nf_value_name *rows, size_t n)
{
	uint64_t v;

	if (enum_text(s, value, rows, n))
		return true;
	if (!number(value, &v) || v <= 2000)
		return false;
	nf_sb_str(s, "flow terminated");
	return true;
}

/* Numbers with dots or colons between them. */
static void joined(struct nf_strbuf *s, uint64_t a, char between, uint64_t b)
{
	nf_sb_u64(s, a);
	nf_sb_char(s, between);
	nf_sb_u64(s, b);
}

static bool bgp_community_text(struct nf_strbuf *s, struct nf_bytes value,
			       const struct nf_value_name *rows, size_t n)
{
	uint64_t v;

	if (!number(value, &v) || v > UINT32_MAX)
		return false;
	if (!enum_text(s, value, rows, n))
		joined(s, v >> 16, ':', v & 0xffff);
	return true;
}

/* -- Texts that are made, not looked up --------------------------------------------------- */

/* RFC 8092: three numbers of four octets. */
static bool bgp_large_community_text(struct nf_strbuf *s, struct nf_bytes value)
{
	if (value.n != 12)
		return false;
	joined(s, nf_be32(value.p), ':', nf_be32(value.p + 4));
	nf_sb_char(s, ':');
	nf_sb_u64(s, nf_be32(value.p + 8));
	return true;
}

/* DSCP and ECN: "AF41, ECT(0)". */
static bool tos_text(struct nf_strbuf *s, struct nf_bytes value)
{
	const char *name, *ecn;
	uint64_t v;

	if (!number(value, &v) || v == 0 || v > 0xff)
		return false;
	name = name_of(v >> 2, dscp_values, COUNT(dscp_values));
	ecn = name_of(v & 3, ecn_values, COUNT(ecn_values));
	if (name != NULL) {
		nf_sb_str(s, name);
	} else {
		nf_sb_str(s, "DSCP ");
		nf_sb_u64(s, v >> 2);
	}
	if (ecn != NULL) {
		nf_sb_str(s, ", ");
		nf_sb_str(s, ecn);
	}
	return true;
}

/* NetFlow v5 header: mode in the top two bits, interval below. */
static bool sampling_text(struct nf_strbuf *s, struct nf_bytes value)
{
	const char *mode;
	unsigned v;

	if (value.n != 2)
		return false;
	v = nf_be16(value.p);
	mode = name_of(v >> 14, sampling_mode_values, COUNT(sampling_mode_values));
	if (mode == NULL)
		return false;
	nf_sb_str(s, mode);
	if ((v & 0x3fff) != 0) {
		nf_sb_str(s, ", 1 in ");
		nf_sb_u64(s, v & 0x3fff);
	}
	return true;
}

/*
 * RFC 3032 section 2.1, without the TTL:
 *
 *	+-----------------------+-------+-+
 *	|     label (20)        |exp (3)|S|	S: bottom of the stack
 *	+-----------------------+-------+-+
 *
 * All zero is how an exporter leaves the field unused.
 */
static bool mpls_label_text(struct nf_strbuf *s, struct nf_bytes value)
{
	const char *name;
	uint32_t v;

	if (value.n != 3 || nf_all_zero(value))
		return false;
	v = nf_be24(value.p);
	nf_sb_str(s, "label ");
	nf_sb_u64(s, v >> 4);
	name = name_of(v >> 4, mpls_special_values, COUNT(mpls_special_values));
	if (name != NULL) {
		nf_sb_str(s, " (");
		nf_sb_str(s, name);
		nf_sb_char(s, ')');
	}
	nf_sb_str(s, ", exp ");
	nf_sb_u64(s, v >> 1 & 7);
	if ((v & 1) != 0)
		nf_sb_str(s, ", bottom");
	return true;
}

/* RFC 4364 section 4.2: two octets of type, six of administrator and number. */
static bool route_distinguisher_text(struct nf_strbuf *s, struct nf_bytes value)
{
	if (value.n != 8 || nf_all_zero(value))
		return false;
	switch (nf_be16(value.p)) {
	case 0:
		joined(s, nf_be16(value.p + 2), ':', nf_be32(value.p + 4));
		return true;
	case 1:
		nf_ipv4_text(s, value.p + 2);
		nf_sb_char(s, ':');
		nf_sb_u64(s, nf_be16(value.p + 6));
		return true;
	case 2:
		joined(s, nf_be32(value.p + 2), ':', nf_be16(value.p + 6));
		return true;
	default:
		return false;
	}
}

static bool enterprise_text(struct nf_strbuf *s, struct nf_bytes value)
{
	const char *name = NULL;
	uint64_t v;

	if (number(value, &v) && v <= UINT32_MAX)
		name = nf_enterprise_name((uint32_t)v);
	if (name == NULL)
		return false;
	nf_sb_str(s, name);
	return true;
}

/* What a selector stands for in the engines whose selectors are numbers of IANA or IEEE. */
static const char *selector_name(unsigned engine, uint64_t selector)
{
	switch (engine) {
	case 1:
		return name_of(selector, protocol_values, COUNT(protocol_values));
	case 18:
		return name_of(selector, ethertype_values, COUNT(ethertype_values));
	default:
		return NULL;
	}
}

/*
 * RFC 6759 section 4: an octet of engine, the rest selector; engine 20 begins its selector
 * with an enterprise number.  "3..80 (IANA-L4)", "20..12356..16 (PANA-L7-PEN, Fortinet, Inc.)".
 */
static bool application_id_text(struct nf_strbuf *s, struct nf_bytes value)
{
	const char *name, *detail;
	struct nf_bytes selector;
	unsigned engine;
	uint64_t v;

	if (value.n < 2)
		return false;
	engine = value.p[0];
	selector = nf_slice(value, engine == 20 && value.n > 5 ? 5 : 1, value.n);
	if (!number(selector, &v))
		return false;
	nf_sb_u64(s, engine);
	nf_sb_str(s, "..");
	detail = selector_name(engine, v);
	if (selector.n + 5 == value.n) {
		nf_sb_u64(s, nf_be32(value.p + 1));
		nf_sb_str(s, "..");
		detail = nf_enterprise_name(nf_be32(value.p + 1));
	}
	nf_sb_u64(s, v);
	name = name_of(engine, application_engine_values, COUNT(application_engine_values));
	if (name == NULL)
		return true;
	nf_sb_str(s, " (");
	nf_sb_str(s, name);
	if (detail != NULL) {
		nf_sb_str(s, ", ");
		nf_sb_str(s, detail);
	}
	nf_sb_char(s, ')');
	return true;
}

/* -- The tables as rows see them ---------------------------------------------------------- */

#define LABELS(table, rule, name_)							\
	static bool text_of_##table(struct nf_strbuf *s, struct nf_bytes value)	\
	{										\
		return rule(s, value, table##_values, COUNT(table##_values));		\
	}										\
	const struct nf_labels nf_labels_##table = {					\
		.name = (name_), .text = text_of_##table, .values = table##_values,	\
		.nvalues = COUNT(table##_values), .flags = FLAGS_OF_##rule,		\
	};
/* Which rules make a union of rows. */
#define FLAGS_OF_enum_text		false
#define FLAGS_OF_flags_text		true
#define FLAGS_OF_tcp_flags_text		true
#define FLAGS_OF_icmp4_text		false
#define FLAGS_OF_icmp6_text		false
#define FLAGS_OF_forwarding_text	false
#define FLAGS_OF_asa_event_text		false
#define FLAGS_OF_bgp_community_text	false
#define RULE(table, name_)								\
	const struct nf_labels nf_labels_##table = { .name = (name_), .text = table##_text };
#define VALUE(value, text)
#define END(table)
#include "ie/labels.def"
#undef LABELS
#undef VALUE
#undef END
#undef RULE

/* -- Names to values ---------------------------------------------------------------------- */

static bool same_name(struct nf_bytes a, const char *b)
{
	return strlen(b) == a.n && strncasecmp((const char *)a.p, b, a.n) == 0;
}

static bool find_one(const struct nf_labels *labels, struct nf_bytes name, uint64_t *value)
{
	for (size_t i = 0; i < labels->nvalues; i++) {
		if (same_name(name, labels->values[i].name)) {
			*value = labels->values[i].value;
			return true;
		}
	}
	return false;
}

bool nf_labels_find(const struct nf_labels *labels, struct nf_bytes name, uint64_t *value)
{
	uint64_t all = 0, one;
	size_t at = 0;

	if (!labels->flags)
		return find_one(labels, name, value);
	do {
		struct nf_bytes rest = nf_slice(name, at, name.n);
		const uint8_t *bar = rest.n > 0 ? memchr(rest.p, '|', rest.n) : NULL;
		size_t n = bar != NULL ? (size_t)(bar - rest.p) : rest.n;

		if (!find_one(labels, nf_slice(rest, 0, n), &one))
			return false;
		all |= one;
		at += n + 1;
	} while (at <= name.n);
	*value = all;
	return true;
}

const char *nf_semantics_name(uint8_t semantics)
{
	return name_of(semantics, semantics_values, COUNT(semantics_values));
}

const char *nf_units_name(uint16_t units)
{
	return units != 0 ? name_of(units, units_values, COUNT(units_values)) : NULL;
}
