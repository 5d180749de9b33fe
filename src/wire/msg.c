#include <config.h>

#include "wire/wire.h"

#include <string.h>

#include "wire/internal.h"

static void read_header(struct nf_msg *m, const uint8_t *p)
{
	const struct nf_header_at *at = &m->format->at;

	m->uptime_ms = at->uptime != 0 ? nf_be32(p + at->uptime) : 0;
	m->export_secs = nf_be32(p + at->secs);
	m->export_nsecs = at->nsecs != 0 ? nf_be32(p + at->nsecs) : 0;
	m->clock_ns = m->export_secs * INT64_C(1000000000) + m->export_nsecs % 1000000000;
	m->sequence = at->sequence != 0 ? nf_be32(p + at->sequence) : 0;
	m->domain = at->domain != 0 ? (uint32_t)nf_ben(p + at->domain, at->domain_len) : 0;
	m->count = at->count != 0 ? nf_be16(p + at->count) : 0;
	m->aggregation = at->aggregation != 0 ? p[at->aggregation] : 0;
}

/* RFC 7011 section 3.1: Length is that of the whole message, header and all. */
static void bound_by_length(struct nf_msg *m, const struct nf_sink *sink)
{
	struct nf_span span = nf_span_of(m->format->at.length, 2);
	size_t there = m->bytes.n;

	m->length = nf_be16(m->bytes.p + m->format->at.length);
	if (m->length < m->format->header_len) {
		nf_report(sink, NF_PROBLEM_LENGTH_SHORT, span, m->length, m->format->header_len);
		return;
	}
	if (m->length > m->wire_len)
		nf_report(sink, NF_PROBLEM_LENGTH_BEYOND, span, m->length, m->wire_len);
	else
		m->wire_len = m->length;
	if (m->length < there)
		m->bytes.n = m->length;
}

/*
 * Does another message begin AT, in the place of a v9 set with ID?  As sets, v5 to IPFIX have
 * reserved ids; that of v1 is an options template's, whose octets are no time of ours.
 */
static inline bool message_at(const struct nf_msg *m, size_t at, uint16_t id)
{
	struct nf_bytes rest;

	if (id > NF_VERSION_MAX || (id < 5 && id != 1))
		return false;
	rest = nf_slice(m->bytes, at, SIZE_MAX);
	return (id != 1 || nf_header_plausible(rest)) &&
	       nf_msg_follows(rest, m->wire_len - (uint32_t)at);
}

/* Without a Length (v1 to v9), a message ends where another one begins, else with the payload. */
static size_t end_of_sets(const struct nf_msg *m)
{
	size_t at = m->format->header_len;
	uint16_t id, length;

	while (nf_get16(m->bytes, at, &id) && nf_get16(m->bytes, at + 2, &length)) {
		if (message_at(m, at, id))
			return at;
		if (length < NF_SET_HEADER || length > m->bytes.n - at)
			break;
		at += length;
	}
	return m->bytes.n;
}

static size_t end_of_records(const struct nf_msg *m)
{
	size_t at = m->format->header_len + (size_t)m->count * nf_fixed_size(m);

	if (at < m->bytes.n &&
	    nf_msg_follows(nf_slice(m->bytes, at, SIZE_MAX), m->wire_len - (uint32_t)at))
		return at;
	return m->bytes.n;
}

bool nf_msg_open(struct nf_msg *m, struct nf_bytes rest, uint32_t wire_len,
		 const struct nf_sink *sink)
{
	struct nf_span all = nf_span_of(0, rest.n);
	size_t end;

	*m = (struct nf_msg){ .bytes = rest };
	m->wire_len = wire_len > rest.n ? wire_len : (uint32_t)rest.n;
	m->cut = m->wire_len > rest.n;
	m->length = (uint32_t)rest.n;
	if (!nf_get16(rest, 0, &m->version)) {
		nf_report(sink, NF_PROBLEM_HEADER_CUT, all, rest.n, 16);
		return false;
	}
	m->format = nf_format_of(m->version);
	if (m->format == NULL) {
		nf_report(sink, NF_PROBLEM_VERSION, nf_span_of(0, 2), m->version, 0);
		return false;
	}
	if (rest.n < m->format->header_len) {
		nf_report(sink, NF_PROBLEM_HEADER_CUT, all, rest.n, m->format->header_len);
		m->format = NULL;
		return false;
	}
	read_header(m, rest.p);
	if (m->format->at.length != 0) {
		bound_by_length(m, sink);
	} else {
		end = m->format->dialect != NULL ? end_of_sets(m) : end_of_records(m);
		if (end < rest.n)
			m->wire_len = (uint32_t)end;
		m->bytes.n = end;
		m->length = (uint32_t)end;
	}
	m->cut = m->wire_len > m->bytes.n;
	if (m->cut)
		nf_report(sink, NF_PROBLEM_MESSAGE_CUT, nf_span_of(0, m->bytes.n), m->bytes.n,
			  m->wire_len);
	return true;
}

uint32_t nf_msg_extent(const struct nf_msg *m)
{
	return (uint32_t)m->bytes.n;
}
