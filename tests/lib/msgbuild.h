/*
 * The message builder: wire bytes of every export version, written as a reader of the
 * RFCs would write them down.  Tests, built captures, fuzz seeds and the bench use it.
 *
 *	struct mb m;
 *
 *	mb_init(&m);
 *	mb_begin(&m, 9, &(struct mb_header){ .seq = 7, .domain = 1 });
 *	mb_set_begin(&m, 0);
 *	mb_template(&m, 256, "8/4 12/4 4/1 82/v 5951:128/4");
 *	mb_set_end(&m);
 *	mb_set_begin(&m, 256);
 *	mb_record(&m, "10.0.0.1 10.0.0.2 6/1 v\"eth0\" 99/4");
 *	mb_pad(&m, 4);
 *	mb_set_end(&m);
 *	mb_end(&m);
 *	... mb_bytes(&m) ...
 *	mb_done(&m);
 *
 * Lengths and counts are filled in when a message, set, block or value ends; mb_force_length
 * and mb_force_count put a wrong one there instead, and mb_put16 and mb_put32 overwrite
 * anything.  A second mb_begin appends a second message to the same buffer.
 *
 * Nothing here looks at src/wire: the layouts are written down a second time, so that
 * a mistake in one is not hidden by the other.
 *
 * Memory that runs out and text that makes no sense set `failed`, which stays; calls in
 * the wrong order (an end without its begin) are a mistake of the test and assert.
 */
#ifndef TESTS_LIB_MSGBUILD_H
#define TESTS_LIB_MSGBUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"

enum {
	MB_DEPTH = 64,			/* things open at a time: message, set, nested lists */
	/* 2024-01-01 00:00:00 UTC: the time of a header that says none */
	MB_SECS = 1704067200,
	MB_UPTIME = 1000000,		/* and its uptime, milliseconds */
	MB_VARLEN = 65535,		/* the length of a field of variable length */
};

enum mb_kind { MB_MESSAGE, MB_SET, MB_BLOCK, MB_VAR };

/* Something begun and not yet ended; offsets into the buffer. */
struct mb_scope {
	enum mb_kind kind;
	size_t start;
	size_t length_at;		/* where its 2-octet length stands; 0: it has none */
	size_t length_from;		/* and from where on it counts */
	size_t count_at;		/* where its 2-octet count stands; 0: it has none */
	uint16_t count;
	bool length_forced, count_forced;
};

struct mb {
	uint8_t *p;
	size_t n, cap;
	bool failed;
	unsigned version, aggregation;	/* of the message begun last */
	unsigned depth;
	struct mb_scope open[MB_DEPTH];
};

/* What a header says; members that the version does not have are ignored. */
struct mb_header {
	uint32_t secs;			/* 0: MB_SECS */
	uint32_t nsecs;			/* v1 to v8 */
	uint32_t uptime_ms;		/* v1 to v9; 0: MB_UPTIME */
	uint32_t seq;			/* v5 to IPFIX */
	uint32_t domain;		/* v9 Source ID, IPFIX Observation Domain ID */
	uint8_t engine_type, engine_id;	/* v5 to v8 */
	uint16_t sampling;		/* v5, v6: mode in the top two bits */
	uint8_t aggregation;		/* v8: 1 to 14 */
};

/* What a record of v1, v5, v6, v7 or v8 can say; each layout takes its own. */
struct mb_flow {
#define MB_FIELD(name) uint32_t name;
#include "mbfields.def"
#undef MB_FIELD
};

void mb_init(struct mb *m);
void mb_done(struct mb *m);
bool mb_room(struct mb *m, size_t more);	/* the slow path of what follows */

static inline void mb_clear(struct mb *m)
{
	m->n = 0;
	m->depth = 0;
}

/* What was built so far; borrowed until the next append. */
static inline struct nf_bytes mb_bytes(const struct mb *m)
{
	return (struct nf_bytes){ m->p, m->n };
}

/* MORE octets to write to, or NULL. */
static inline uint8_t *mb_take(struct mb *m, size_t more)
{
	uint8_t *at;

	if (m->cap - m->n < more && !mb_room(m, more))
		return NULL;
	at = m->p + m->n;
	m->n += more;
	return at;
}

static inline void mb_u8(struct mb *m, uint8_t v)
{
	uint8_t *at = mb_take(m, 1);

	if (at != NULL)
		*at = v;
}

static inline void mb_u16(struct mb *m, uint16_t v)
{
	uint8_t *at = mb_take(m, 2);

	if (at != NULL) {
		at[0] = (uint8_t)(v >> 8);
		at[1] = (uint8_t)v;
	}
}

static inline void mb_u32(struct mb *m, uint32_t v)
{
	uint8_t *at = mb_take(m, 4);

	if (at != NULL) {
		at[0] = (uint8_t)(v >> 24);
		at[1] = (uint8_t)(v >> 16);
		at[2] = (uint8_t)(v >> 8);
		at[3] = (uint8_t)v;
	}
}

static inline void mb_u64(struct mb *m, uint64_t v)
{
	mb_u32(m, (uint32_t)(v >> 32));
	mb_u32(m, (uint32_t)v);
}

static inline void mb_mem(struct mb *m, const void *p, size_t n)
{
	uint8_t *at = mb_take(m, n);

	if (at != NULL && n != 0)
		memcpy(at, p, n);
}

void mb_uint(struct mb *m, uint64_t v, size_t width);	/* any width; zeros or the low octets */
void mb_zeros(struct mb *m, size_t n);
void mb_hex(struct mb *m, const char *digits);		/* "000a 0010"; blanks are skipped */

/* Overwrite what stands AT; nothing happens where it does not. */
void mb_put16(struct mb *m, size_t at, uint16_t v);
void mb_put32(struct mb *m, size_t at, uint32_t v);

/* Messages.  H may be NULL: all defaults. */
void mb_begin(struct mb *m, unsigned version, const struct mb_header *h);
void mb_end(struct mb *m);

/* Wrong on purpose: for the innermost open thing that has a length, or a count. */
void mb_force_length(struct mb *m, uint16_t length);
void mb_force_count(struct mb *m, uint16_t count);

/* Count and write a record of v1, v5, v6, v7 or v8 in the layout of the message. */
void mb_flow(struct mb *m, const struct mb_flow *f);

/* Octets of such a record; 0: there is no such layout. */
unsigned mb_flow_size(unsigned version, unsigned aggregation);

/* Sets of v9 and IPFIX: 0 or 2 templates, 1 or 3 options templates, 256 and up data. */
void mb_set_begin(struct mb *m, uint16_t id);
void mb_set_end(struct mb *m);
void mb_pad(struct mb *m, unsigned align);	/* zeros until the set's length is a multiple */

/*
 * Templates.  Fields are ELEMENT/LENGTH, PEN:ELEMENT/LENGTH with the enterprise bit, LENGTH
 * in octets or `v` for variable.  An element written as a number above 32767 has the bit
 * without an enterprise number behind it, as v9 senders do.  mb_options_template writes
 * the header of the message's version: octets of specifiers in v9, counts in IPFIX.
 */
void mb_template(struct mb *m, uint16_t id, const char *fields);
void mb_options_template(struct mb *m, uint16_t id, const char *scopes, const char *fields);
void mb_withdraw(struct mb *m, uint16_t id);	/* RFC 7011 section 8.1 */

/* Only the specifiers, for templates whose header is made by hand; how many they were. */
unsigned mb_fields(struct mb *m, const char *fields);

/*
 * Values, separated by blanks:
 *	10.0.0.1  2001:db8::1  02:00:5e:00:53:01	addresses: 4, 16 and 6 octets
 *	80/2  -1/4  0x1b/1  0/20			an integer and its width in octets
 *	1.5/f4  1.5/f8					float32, float64
 *	xc0ffee						octets
 *	"text"						octets, too; \" \\ and \xNN as in C
 *	v"text"  vxc0ffee				variable length: prefix of 1 or 3 octets
 *	v3"text"  v3xc0ffee				the same, always with the long prefix
 *	v[ ... ]					variable length, the values between
 *	{257 ... }					subTemplateMultiList block of template 257
 * The lists of RFC 6313 are written with these: v[ 3/1 8/2 4/2 10.0.0.1 ] is a basicList.
 */
void mb_values(struct mb *m, const char *values);

/* A data record: counts it and writes VALUES; NULL where the caller writes them. */
void mb_record(struct mb *m, const char *values);

/* A value of variable length (RFC 7011 section 7): short prefix where it is long enough. */
void mb_var(struct mb *m, const void *p, size_t n);
void mb_var_begin(struct mb *m);		/* long prefix, length known at the end */
void mb_var_end(struct mb *m);

/* Heads of lists (RFC 6313 section 4.5); their content follows, in a value or alone. */
void mb_basic_list(struct mb *m, uint8_t semantic, const char *field);
void mb_sub_template_list(struct mb *m, uint8_t semantic, uint16_t template_id);
void mb_block_begin(struct mb *m, uint16_t template_id);	/* after mb_u8(m, semantic) */
void mb_block_end(struct mb *m);

#endif
