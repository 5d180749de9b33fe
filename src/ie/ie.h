/*
 * Information elements: what an exporter's fields are called, what type they have, what
 * their values mean.  Facts from IANA's IPFIX registry (RFC 7012), the enterprises' own
 * tables, NetFlow v9's field types (RFC 3954 section 8) and scope types (section 6.1).
 *
 * An element is known by {pen, id}.  Fields that IPFIX has no number for live under
 * pseudo enterprise numbers at the upper end, so that one key serves all versions.
 */
#ifndef NF_IE_IE_H
#define NF_IE_IE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

struct nf_strbuf;

enum {
	NF_PEN_IANA = 0,
	/* RFC 5103 section 6.1: the element of the reverse direction */
	NF_PEN_REVERSE = 29305,
};

/* Pseudo enterprise numbers: never on the wire, never shown. */
/* v9 field types that differ from IANA's or stand above 32767 */
#define NF_PEN_V9	0xfffffffeu
#define NF_PEN_V9_SCOPE	0xfffffffdu	/* v9 scope types (RFC 3954 section 6.1) */
/* header fields, pads, and v1-v8 fields without an IANA element */
#define NF_PEN_FIXED	0xfffffffcu

/* The ids under NF_PEN_FIXED; rows in fixed.def. */
enum nf_fixed {
	NF_FIXED_NONE,
#define FIXED(id, name, ...) NF_FIXED_##id,
#include "ie/fixed.def"
#undef FIXED
	NF_FIXED_END
};

/* True if PEN is one of an organisation's own: neither IANA's, nor a pseudo number. */
static inline bool nf_pen_is_enterprise(uint32_t pen)
{
	return pen != NF_PEN_IANA && pen < NF_PEN_FIXED;
}

/* Abstract data types (RFC 7012 section 3.1, RFC 6313 section 4.1); rows in types.def. */
enum nf_type {
#define TYPE(name, text, ...) NF_TYPE_##name,
#include "ie/types.def"
#undef TYPE
	NF_TYPES
};

/* Data type semantics (RFC 7012 section 3.2, RFC 6313), numbered as RFC 5610 section 3.8.3 does. */
enum nf_semantics {
	NF_SEM_DEFAULT,
	NF_SEM_QUANTITY,
	NF_SEM_TOTAL_COUNTER,
	NF_SEM_DELTA_COUNTER,
	NF_SEM_IDENTIFIER,
	NF_SEM_FLAGS,
	NF_SEM_LIST,
	NF_SEM_SNMP_COUNTER,
	NF_SEM_SNMP_GAUGE,
};

/*
 * What a field is to summaries, filters and statistics; rows in roles.def.  A layout
 * knows for each role at most one field, the first one that has it.
 */
enum nf_role {
#define ROLE(name, text) NF_ROLE_##name,
#include "ie/roles.def"
#undef ROLE
	NF_ROLES
};

/* A value, or a bit, and what it means. */
struct nf_value_name {
	uint32_t value;
	const char *name;
};

/* Names of an element's values: protocols, TCP flags, reasons ... (labels.def). */
struct nf_labels {
	const char *name;	/* of the table: "protocol", "tcp flags" */
	/*
	 * Append what VALUE means to S: "udp", "SYN|ACK", "idle timeout".  False, and nothing
	 * appended, where the value has no name.
	 */
	bool (*text)(struct nf_strbuf *s, struct nf_bytes value);
	const struct nf_value_name *values;	/* ascending; NULL where the text is made by rule */
	size_t nvalues;
	bool flags;		/* a value is any union of the rows */
};

/*
 * The value that NAME means, upper and lower case alike; of flags, several joined by "|".
 * False if there is none.
 */
bool nf_labels_find(const struct nf_labels *labels, struct nf_bytes name, uint64_t *value);

struct nf_ie {
	uint32_t pen;
	uint16_t id;
	uint8_t type;		/* enum nf_type */
	uint8_t semantics;	/* enum nf_semantics */
	uint8_t role;		/* enum nf_role, NF_ROLE_NONE for most */
	/* false: met on the wire, in no table; its name is ie<id> or ie<pen>/<id> */
	bool known;
	bool reverse;		/* of the reverse direction (RFC 5103) */
	/*
	 * "sourceIPv4Address"; an enterprise's: "applicationName" (see nf_ie_name).  Printable
	 * ASCII without blanks, quotes and backslashes, wherever it comes from: it goes
	 * into JSON and onto terminals as it is.
	 */
	const char *name;
	const char *alias;	/* the v9 name, "IPV4_SRC_ADDR", or NULL */
	const char *units;	/* "octets", or NULL; as harmless as the name */
	const struct nf_labels *labels;	/* or NULL */
};

/*
 * A registry: the built-in tables, and over them what the user's file, RFC 5610 records
 * and the wire bring.  Rows live as long as the registry.
 */
struct nf_registry;

struct nf_registry *nf_registry_new(void);	/* NULL if memory is out */
void nf_registry_free(struct nf_registry *r);

enum { NF_IANA_LAST = 533 };	/* the highest id of iana.def */
#define NF_IANA_STATE "September 2026"	/* of IANA's registry, when iana.def was made */

/*
 * Built-in rows, indexed by id, for layouts that are built in themselves:
 * &nf_iana_rows[8], &nf_fixed_rows[NF_FIXED_SYS_UPTIME].  A row without a name is a gap.
 */
extern const struct nf_ie nf_iana_rows[NF_IANA_LAST + 1];
extern const struct nf_ie nf_fixed_rows[NF_FIXED_END];

/* The built-in row of {PEN, ID}, pseudo numbers included, or NULL. */
const struct nf_ie *nf_ie_builtin(uint32_t pen, uint16_t id);

/*
 * The row of an element as an IPFIX template names it: PEN without the enterprise bit's
 * number, 0 for IANA's.  An unknown one gets a row of its own, the same one every time, so
 * that this is NULL only where memory is out (or the bound of 65536 unknown rows is
 * reached: then the shared row of an unnamed unknown element is given instead).
 */
const struct nf_ie *nf_registry_ipfix(struct nf_registry *r, uint32_t pen, uint16_t id);

/* The row of a v9 field type: all 16 bits count, there is no enterprise bit (quirks B9, B10). */
const struct nf_ie *nf_registry_v9(struct nf_registry *r, uint16_t type);

/* The row of a v9 scope type: 1 System, 2 Interface, 3 Line Card, 4 Cache, 5 Template. */
const struct nf_ie *nf_registry_v9_scope(struct nf_registry *r, uint16_t type);

/* Where a definition comes from; a later one in this list wins over an earlier one. */
enum nf_origin_kind {
	NF_FROM_WIRE,		/* unknown, only its number is */
	NF_FROM_CAPTURE,	/* an RFC 5610 record; never overrides a built-in row */
	NF_FROM_TABLE,		/* built in */
	NF_FROM_USER,		/* --elements */
};

/*
 * Define an element, from the user's file or an RFC 5610 record.  A row that the wire or a
 * definition made keeps its address: layouts that point to it see the new name and type at
 * once.  A built-in row is const: layouts that have it keep it, lookups from now on give the
 * new one.  What IE leaves out (role, semantics, units, labels, alias) stays as it was, if
 * the type is the same.  IE's texts are copied; octets that do not belong into a name become
 * underscores.  An id above 32767 without a PEN is a v9 field type.
 *
 * False where ORIGIN is weaker than what is there, IE has no name or no type, memory is out,
 * or a capture has defined its fill (65536 elements, 16 changes of one).
 */
bool nf_registry_define(struct nf_registry *r, const struct nf_ie *ie, enum nf_origin_kind origin);

/*
 * BEFORE, with CTX, is called each time before a definition changes a row that others may point
 * to, or makes one: for those who read rows in other threads.  NULL: nobody is told.
 */
void nf_registry_before_change(struct nf_registry *r, void (*before)(void *ctx), void *ctx);

/* How often a definition changed: whoever caches names or types compares this number. */
uint32_t nf_registry_generation(const struct nf_registry *r);

/* What the definition was about that made it GENERATION; NULL: none was, or 1024 followed it. */
const struct nf_ie *nf_registry_defined(const struct nf_registry *r, uint32_t generation);

/*
 * By name: IANA's ("octetDeltaCount"), v9's ("IN_BYTES"), "reverse.octetDeltaCount",
 * "<pen>/<name>", "ie<id>", "ie<pen>/<id>".  NULL if there is none.  Case counts, except in v9
 * names.
 */
const struct nf_ie *nf_registry_by_name(struct nf_registry *r, struct nf_bytes name);

/* Iterate the built-in and defined rows: *AT starts at 0; NULL at the end. */
const struct nf_ie *nf_registry_next(const struct nf_registry *r, size_t *at);

/*
 * The IP protocol of the flows in which IE says something: 1 and 58 for the ICMP types and
 * codes, which exporters send as zeros in all other flows.  0: any.
 */
uint8_t nf_ie_protocol(const struct nf_ie *ie);

/* The organisation behind PEN ("ciscoSystems"), or NULL. */
const char *nf_enterprise_name(uint32_t pen);

/* "unsigned64", from types.def; and back, NF_TYPES if there is none. */
const char *nf_type_name(enum nf_type type);
enum nf_type nf_type_by_name(struct nf_bytes name);
const char *nf_semantics_name(uint8_t semantics);	/* "deltaCounter"; NULL if there is none */
/* of an RFC 5610 number: 2 is "octets"; NULL for none */
const char *nf_units_name(uint16_t units);

/*
 * How the octets of one value are to be read: the type, where the length is legal for it
 * (RFC 7011 section 6.2), or what the length leaves of it.
 */
enum nf_kind {
	/* octetArray; and anything whose length contradicts its type and is no integer */
	NF_KIND_OCTETS,
	/* 1 to 32 octets; also seconds and milliseconds of a wrong length */
	NF_KIND_UINT,
	NF_KIND_SINT,		/* 1 to 8 octets */
	NF_KIND_FLOAT,		/* 4 or 8 octets */
	NF_KIND_BOOL,		/* 1 octet: 1 true, 2 false, others stay numbers */
	NF_KIND_MAC,
	NF_KIND_STRING,
	NF_KIND_IPV4,
	NF_KIND_IPV6,
	NF_KIND_SECONDS,	/* 4 octets since 1970 */
	NF_KIND_MILLISECONDS,	/* 8 octets since 1970 */
	/* NTP format: 4 octets since 1900, 4 of fraction; the low 11 bits do not count */
	NF_KIND_MICROSECONDS,
	NF_KIND_NANOSECONDS,	/* NTP format */
	/* RFC 6313: whoever shows these walks them with wire's list cursor */
	NF_KIND_BASIC_LIST,
	NF_KIND_SUBTEMPLATE_LIST,
	NF_KIND_SUBTEMPLATE_MULTILIST,
	NF_KINDS
};

static inline bool nf_kind_is_list(enum nf_kind kind)
{
	return kind >= NF_KIND_BASIC_LIST && kind <= NF_KIND_SUBTEMPLATE_MULTILIST;
}

/*
 * How a value of LENGTH octets of an element of TYPE is read. Cheap; for fixed fields, done once.
 */
enum nf_kind nf_kind_of(enum nf_type type, size_t length);

/*
 * True if RFC 7011 section 6.2 (and RFC 6313 section 5.1) allow LENGTH, 65535 for variable,
 * in a template for an element of TYPE.
 */
bool nf_length_legal(enum nf_type type, uint16_t length);

/* What a time needs to be placed in an era (spec: times); seconds since 1970 of the export. */
struct nf_format_ctx {
	uint32_t export_secs;
	/* the caller's, one per thread, to format times fast; or NULL */
	struct nf_time_cache *cache;
};

/* Seconds formatted lately, each in the one place where it is looked for.  Begin with all zero. */
enum { NF_TIME_SECONDS = 256 };
struct nf_time_cache {
	struct nf_time_second {
		int64_t second;		/* since 1970-01-01 UTC */
		char text[24];		/* "2023-01-01T01:00:05"; "": none */
	} v[NF_TIME_SECONDS];
};

/*
 * Append VALUE as people read it ("10.0.0.1", "2023-01-01T01:00:05.002Z", text with control
 * characters escaped, never sent raw to a terminal), without units and labels (RFC 7373, but
 * for the Z).  Octets and lists are pairs of hexadecimal digits.  An integer beyond 64 bits
 * is "0x" and hexadecimal digits.  Zero octets at the end of a string are filling and not
 * shown.  A time beyond the year 9999 is shown as the integer it is.
 */
void nf_value_text(struct nf_strbuf *s, enum nf_kind kind, struct nf_bytes value,
		   const struct nf_format_ctx *ctx);

/*
 * Append VALUE as a JSON value: exact integers (beyond 64 bits a string "0x.."), floats as
 * short as reads back, times as RFC 3339 strings, strings quoted and escaped, ill-formed
 * UTF-8 as U+FFFD, NaN and infinities null.
 *
 * Returns false where the text and the value's length do not give the octets back (ill-formed
 * UTF-8, null, an NTP fraction other than the one that the digits stand for, cut to the low
 * end): the caller then adds "raw".  A string shorter than its length ends in zero octets.
 */
bool nf_value_json(struct nf_strbuf *s, enum nf_kind kind, struct nf_bytes value,
		   const struct nf_format_ctx *ctx);

/* The number in VALUE, of 4 or 8 octets. */
double nf_value_float(struct nf_bytes value);

/*
 * The number that the text of VALUE stands for.  Of 4 octets it is another double than the float
 * itself, as a rule: the float nearest 0.1 is shown as 0.1, and is 0.100000001490116.
 */
double nf_value_decimal(struct nf_bytes value);

/*
 * The time of a value of one of the four time kinds, in nanoseconds since 1970, in the era
 * nearest ctx->export_secs.  Rounded, not cut, from NTP fractions.  False where it is beyond int64.
 */
bool nf_value_time(enum nf_kind kind, struct nf_bytes value, const struct nf_format_ctx *ctx,
		   int64_t *ns);

/* "2023-01-01T01:00:05.002000Z": DIGITS of fraction, 0 to 9, cut.  CACHE may be NULL. */
void nf_time_text(struct nf_strbuf *s, int64_t ns, unsigned digits, struct nf_time_cache *cache);

void nf_ipv4_text(struct nf_strbuf *s, const uint8_t octets[4]);
void nf_ipv6_text(struct nf_strbuf *s, const uint8_t octets[16]);	/* RFC 5952 */
void nf_mac_text(struct nf_strbuf *s, const uint8_t octets[6]);

/*
 * TEXT as a JSON string with quotes; what could steer a terminal (C1 controls, changes of
 * writing direction) as \uNNNN.  False where ill-formed UTF-8 was replaced.
 */
bool nf_json_string(struct nf_strbuf *s, struct nf_bytes text);

/*
 * TEXT for a terminal: control characters, changes of writing direction and ill-formed UTF-8
 * octet by octet as \xNN; quotes not added.
 */
void nf_safe_text(struct nf_strbuf *s, struct nf_bytes text);

/*
 * The octets that the character at AT of TEXT takes, which ends behind AT; for who lays text out.
 * *CODE is the character, 0 where nf_safe_text writes those octets as \xNN.
 */
size_t nf_safe_next(struct nf_bytes text, size_t at, uint32_t *code);

/* The element's name as filters and JSON write it: enterprise ones as "<pen>/<name>". */
void nf_ie_name(struct nf_strbuf *s, const struct nf_ie *ie);

#endif
