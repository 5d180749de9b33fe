#include <config.h>

#include "msgbuild.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

void mb_init(struct mb *m)
{
	memset(m, 0, sizeof(*m));
}

void mb_done(struct mb *m)
{
	nf_free(m->p);
	mb_init(m);
}

bool mb_room(struct mb *m, size_t more)
{
	void *p = m->p;

	if (m->failed || more > SIZE_MAX - m->n || !nf_grow(&p, &m->cap, m->n + more, 1)) {
		m->failed = true;
		return false;
	}
	m->p = p;
	return true;
}

void mb_uint(struct mb *m, uint64_t v, size_t width)
{
	uint8_t *at = mb_take(m, width);

	if (at == NULL)
		return;
	while (width-- > 0) {
		at[width] = (uint8_t)v;
		v >>= 8;
	}
}

void mb_zeros(struct mb *m, size_t n)
{
	mb_uint(m, 0, n);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

void mb_hex(struct mb *m, const char *digits)
{
	while (*digits != '\0') {
		int high, low;

		if (strchr(" \t\n", *digits) != NULL) {
			digits++;
			continue;
		}
		high = hex_digit(digits[0]);
		low = high < 0 ? -1 : hex_digit(digits[1]);
		if (low < 0) {
			m->failed = true;
			return;
		}
		mb_u8(m, (uint8_t)(high << 4 | low));
		digits += 2;
	}
}

void mb_put16(struct mb *m, size_t at, uint16_t v)
{
	if (!nf_has(mb_bytes(m), at, 2))
		return;
	m->p[at] = (uint8_t)(v >> 8);
	m->p[at + 1] = (uint8_t)v;
}

void mb_put32(struct mb *m, size_t at, uint32_t v)
{
	mb_put16(m, at, (uint16_t)(v >> 16));
	mb_put16(m, at + 2, (uint16_t)v);
}

static struct mb_scope *scope_open(struct mb *m, enum mb_kind kind)
{
	struct mb_scope *s = &m->open[m->depth];

	assert(m->depth < MB_DEPTH);
	m->depth++;
	*s = (struct mb_scope){ .kind = kind, .start = m->n };
	return s;
}

static void scope_close(struct mb *m, enum mb_kind kind)
{
	const struct mb_scope *s;

	assert(m->depth > 0 && m->open[m->depth - 1].kind == kind);
	s = &m->open[--m->depth];
	if (s->length_at != 0 && !s->length_forced)
		mb_put16(m, s->length_at, (uint16_t)(m->n - s->length_from));
	if (s->count_at != 0 && !s->count_forced)
		mb_put16(m, s->count_at, s->count);
}

/* One more template or record: it counts in the message's header, whatever is open inside. */
static void count_one(struct mb *m)
{
	if (m->depth > 0)
		m->open[0].count++;
}

/*
 * v1		version count uptime secs nsecs
 * v5 v6 v7	.. sequence engine_type:1 engine_id:1 sampling:2
 * v8		.. sequence engine_type:1 engine_id:1 aggregation:1 agg_version:1 reserved:4
 */
static void fixed_header(struct mb *m, const struct mb_header *h)
{
	mb_u32(m, h->nsecs);
	if (m->version == 1)
		return;
	mb_u32(m, h->seq);
	mb_u8(m, h->engine_type);
	mb_u8(m, h->engine_id);
	if (m->version == 8) {
		mb_u8(m, h->aggregation);
		mb_u8(m, 2);
		mb_u32(m, 0);
	} else {
		mb_u16(m, h->sampling);
	}
}

/*
 * v9		version count uptime secs sequence source_id		RFC 3954 section 5.1
 * IPFIX	version length secs sequence domain			RFC 7011 section 3.1
 */
void mb_begin(struct mb *m, unsigned version, const struct mb_header *h)
{
	static const struct mb_header defaults;
	struct mb_scope *s;

	assert(m->depth == 0);
	if (h == NULL)
		h = &defaults;
	m->version = version;
	m->aggregation = h->aggregation;
	s = scope_open(m, MB_MESSAGE);
	mb_u16(m, (uint16_t)version);
	mb_u16(m, 0);
	if (version == 10) {
		s->length_at = s->start + 2;
		s->length_from = s->start;
	} else {
		s->count_at = s->start + 2;
		mb_u32(m, h->uptime_ms != 0 ? h->uptime_ms : MB_UPTIME);
	}
	mb_u32(m, h->secs != 0 ? h->secs : MB_SECS);
	if (version < 9) {
		fixed_header(m, h);
	} else {
		mb_u32(m, h->seq);
		mb_u32(m, h->domain);
	}
}

void mb_end(struct mb *m)
{
	scope_close(m, MB_MESSAGE);
}

void mb_force_length(struct mb *m, uint16_t length)
{
	for (unsigned i = m->depth; i-- > 0;) {
		if (m->open[i].length_at == 0)
			continue;
		m->open[i].length_forced = true;
		mb_put16(m, m->open[i].length_at, length);
		return;
	}
	m->failed = true;
}

void mb_force_count(struct mb *m, uint16_t count)
{
	for (unsigned i = m->depth; i-- > 0;) {
		if (m->open[i].count_at == 0)
			continue;
		m->open[i].count_forced = true;
		mb_put16(m, m->open[i].count_at, count);
		return;
	}
	m->failed = true;
}

/* The fixed records: what stands where, in wire order. */
struct part {
	size_t member;		/* offset in struct mb_flow */
	uint8_t width;
};

#define P(name, octets) { offsetof(struct mb_flow, name), octets }

/* 0 src 4 dst 8 nexthop 12 in 14 out 16 packets 20 octets 24 first 28 last 32 sport 34 dport */
#define COMMON							\
	P(src, 4), P(dst, 4), P(nexthop, 4), P(input, 2),	\
	P(output, 2), P(packets, 4), P(octets, 4), P(first, 4),	\
	P(last, 4), P(sport, 2), P(dport, 2)

/* 36 pad or flow mask 37 tcp_flags 38 proto 39 tos 40 src_as 42 dst_as 44 src_mask 45 dst_mask */
#define FROM_V5(octet36)						\
	COMMON, P(octet36, 1), P(tcp_flags, 1), P(proto, 1), P(tos, 1),	\
	P(src_as, 2), P(dst_as, 2), P(src_mask, 1), P(dst_mask, 1)

/* v8: 0 flows 4 packets 8 octets 12 first 16 last */
#define AGGREGATE P(flows, 4), P(packets, 4), P(octets, 4), P(first, 4), P(last, 4)

/* v8 of the Catalyst: packets octets first last */
#define SWITCHED P(packets, 4), P(octets, 4), P(first, 4), P(last, 4)

#define PARTS(...) (const struct part[]){ __VA_ARGS__, { 0, 0 } }

static const struct part *const v1_parts = PARTS(COMMON, P(pad, 2), P(proto, 1), P(tos, 1),
						 P(tcp_flags, 1), P(pad, 7));
static const struct part *const v5_parts = PARTS(FROM_V5(pad), P(pad, 2));
static const struct part *const v6_parts = PARTS(FROM_V5(pad), P(in_encaps, 1), P(out_encaps, 1),
						 P(peer_nexthop, 4));
static const struct part *const v7_parts = PARTS(FROM_V5(flow_mask), P(flags, 2), P(router_sc, 4));

/* By aggregation; 5, 13 and 14 have the destination's mask first, 6 to 8 the destination. */
static const struct part *const v8_parts[15] = {
	[1] = PARTS(AGGREGATE, P(src_as, 2), P(dst_as, 2), P(input, 2), P(output, 2)),
	[2] = PARTS(AGGREGATE, P(proto, 1), P(pad, 1), P(pad, 2), P(sport, 2), P(dport, 2)),
	[3] = PARTS(AGGREGATE, P(src, 4), P(src_mask, 1), P(pad, 1), P(src_as, 2), P(input, 2),
		    P(pad, 2)),
	[4] = PARTS(AGGREGATE, P(dst, 4), P(dst_mask, 1), P(pad, 1), P(dst_as, 2), P(output, 2),
		    P(pad, 2)),
	[5] = PARTS(AGGREGATE, P(src, 4), P(dst, 4), P(dst_mask, 1), P(src_mask, 1), P(pad, 2),
		    P(src_as, 2), P(dst_as, 2), P(input, 2), P(output, 2)),
	[6] = PARTS(P(dst, 4), SWITCHED, P(output, 2), P(tos, 1), P(marked_tos, 1),
		    P(extra_packets, 4), P(router_sc, 4)),
	[7] = PARTS(P(dst, 4), P(src, 4), SWITCHED, P(output, 2), P(input, 2), P(tos, 1),
		    P(marked_tos, 1), P(pad, 2), P(extra_packets, 4), P(router_sc, 4)),
	[8] = PARTS(P(dst, 4), P(src, 4), P(dport, 2), P(sport, 2), SWITCHED, P(output, 2),
		    P(input, 2), P(tos, 1), P(proto, 1), P(marked_tos, 1), P(pad, 1),
		    P(extra_packets, 4), P(router_sc, 4)),
	[9] = PARTS(AGGREGATE, P(src_as, 2), P(dst_as, 2), P(input, 2), P(output, 2), P(tos, 1),
		    P(pad, 1), P(pad, 2)),
	[10] = PARTS(AGGREGATE, P(proto, 1), P(tos, 1), P(pad, 2), P(sport, 2), P(dport, 2),
		     P(input, 2), P(output, 2)),
	[11] = PARTS(AGGREGATE, P(src, 4), P(src_mask, 1), P(tos, 1), P(src_as, 2), P(input, 2),
		     P(pad, 2)),
	[12] = PARTS(AGGREGATE, P(dst, 4), P(dst_mask, 1), P(tos, 1), P(dst_as, 2), P(output, 2),
		     P(pad, 2)),
	[13] = PARTS(AGGREGATE, P(src, 4), P(dst, 4), P(dst_mask, 1), P(src_mask, 1), P(tos, 1),
		     P(pad, 1), P(src_as, 2), P(dst_as, 2), P(input, 2), P(output, 2)),
	[14] = PARTS(AGGREGATE, P(src, 4), P(dst, 4), P(dst_mask, 1), P(src_mask, 1), P(tos, 1),
		     P(proto, 1), P(sport, 2), P(dport, 2), P(input, 2), P(output, 2)),
};

static const struct part *flow_parts(unsigned version, unsigned aggregation)
{
	switch (version) {
	case 1: return v1_parts;
	case 5: return v5_parts;
	case 6: return v6_parts;
	case 7: return v7_parts;
	case 8: return aggregation <= 14 ? v8_parts[aggregation] : NULL;
	default: return NULL;
	}
}

unsigned mb_flow_size(unsigned version, unsigned aggregation)
{
	unsigned size = 0;

	for (const struct part *p = flow_parts(version, aggregation); p != NULL && p->width; p++)
		size += p->width;
	return size;
}

void mb_flow(struct mb *m, const struct mb_flow *f)
{
	const struct part *p = flow_parts(m->version, m->aggregation);

	if (p == NULL) {
		m->failed = true;
		return;
	}
	count_one(m);
	for (; p->width != 0; p++)
		mb_uint(m, *(const uint32_t *)((const char *)f + p->member), p->width);
}

/* Set ID, Length: RFC 3954 section 5.2, RFC 7011 section 3.3.2 */
void mb_set_begin(struct mb *m, uint16_t id)
{
	struct mb_scope *s = scope_open(m, MB_SET);

	s->length_from = s->start;
	s->length_at = s->start + 2;
	mb_u16(m, id);
	mb_u16(m, 0);
}

void mb_set_end(struct mb *m)
{
	scope_close(m, MB_SET);
}

void mb_pad(struct mb *m, unsigned align)
{
	assert(m->depth > 0 && align > 0);
	while ((m->n - m->open[m->depth - 1].start) % align != 0 && !m->failed)
		mb_u8(m, 0);
}

/* One specifier at *TEXT, which moves behind it; false where there is none. */
static bool field_spec(struct mb *m, const char **text)
{
	unsigned long pen = 0, id, length;
	bool has_pen;
	char *end;

	id = strtoul(*text, &end, 10);
	has_pen = *end == ':';
	if (has_pen) {
		pen = id;
		id = strtoul(end + 1, &end, 10) | 0x8000;
	}
	if (*end != '/')
		return false;
	end++;
	if (*end == 'v') {
		length = MB_VARLEN;
		end++;
	} else {
		const char *digits = end;

		length = strtoul(digits, &end, 10);
		if (end == digits)
			return false;
	}
	if (id > 65535 || length > 65535 || strchr(" \t\n", *end) == NULL)
		return false;
	mb_u16(m, (uint16_t)id);
	mb_u16(m, (uint16_t)length);
	if (has_pen)
		mb_u32(m, (uint32_t)pen);
	*text = end;
	return true;
}

unsigned mb_fields(struct mb *m, const char *fields)
{
	unsigned n = 0;

	for (;;) {
		fields += strspn(fields, " \t\n");
		if (*fields == '\0')
			return n;
		if (!field_spec(m, &fields)) {
			m->failed = true;
			return n;
		}
		n++;
	}
}

/* Template ID, Field Count, specifiers: RFC 3954 section 5.2, RFC 7011 section 3.4.1 */
void mb_template(struct mb *m, uint16_t id, const char *fields)
{
	size_t start = m->n;

	mb_u16(m, id);
	mb_u16(m, 0);
	mb_put16(m, start + 2, (uint16_t)mb_fields(m, fields));
	count_one(m);
}

/*
 * v9	 Template ID, octets of scopes, octets of options	RFC 3954 section 6.1
 * IPFIX Template ID, count of all fields, count of scopes	RFC 7011 section 3.4.2
 */
void mb_options_template(struct mb *m, uint16_t id, const char *scopes, const char *fields)
{
	size_t start = m->n, options_at;
	unsigned nscopes, nfields;

	mb_u16(m, id);
	mb_u32(m, 0);
	nscopes = mb_fields(m, scopes);
	options_at = m->n;
	nfields = mb_fields(m, fields);
	if (m->version == 10) {
		mb_put16(m, start + 2, (uint16_t)(nscopes + nfields));
		mb_put16(m, start + 4, (uint16_t)nscopes);
	} else {
		mb_put16(m, start + 2, (uint16_t)(options_at - start - 6));
		mb_put16(m, start + 4, (uint16_t)(m->n - options_at));
	}
	count_one(m);
}

void mb_withdraw(struct mb *m, uint16_t id)
{
	mb_u16(m, id);
	mb_u16(m, 0);
	count_one(m);
}

void mb_record(struct mb *m, const char *values)
{
	count_one(m);
	if (values != NULL)
		mb_values(m, values);
}

static void var_prefix(struct mb *m, size_t n, bool longer)
{
	if (n > 65535)
		m->failed = true;
	if (n < 255 && !longer) {
		mb_u8(m, (uint8_t)n);
	} else {
		mb_u8(m, 255);
		mb_u16(m, (uint16_t)n);
	}
}

void mb_var(struct mb *m, const void *p, size_t n)
{
	var_prefix(m, n, false);
	mb_mem(m, p, n);
}

void mb_var_begin(struct mb *m)
{
	struct mb_scope *s = scope_open(m, MB_VAR);

	s->length_at = s->start + 1;
	s->length_from = s->start + 3;
	var_prefix(m, 0, true);
}

void mb_var_end(struct mb *m)
{
	scope_close(m, MB_VAR);
}

void mb_basic_list(struct mb *m, uint8_t semantic, const char *field)
{
	mb_u8(m, semantic);
	if (mb_fields(m, field) != 1)
		m->failed = true;
}

void mb_sub_template_list(struct mb *m, uint8_t semantic, uint16_t template_id)
{
	mb_u8(m, semantic);
	mb_u16(m, template_id);
}

void mb_block_begin(struct mb *m, uint16_t template_id)
{
	struct mb_scope *s = scope_open(m, MB_BLOCK);

	s->length_at = s->start + 2;
	s->length_from = s->start;
	mb_u16(m, template_id);
	mb_u16(m, 0);
}

void mb_block_end(struct mb *m)
{
	scope_close(m, MB_BLOCK);
}
