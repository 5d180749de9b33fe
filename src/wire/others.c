#include <config.h>

#include "wire/others.h"

/*
 * sFlow datagram (sflow.org, versions 2, 4 and 5): 0:4 version, 4:4 address type (1 IPv4,
 * 2 IPv6), then the agent's address.
 */
static bool is_sflow(struct nf_bytes b, size_t wire, uint32_t version)
{
	uint32_t first, type;

	(void)wire;
	return nf_get32(b, 0, &first) && nf_get32(b, 4, &type) && first == version &&
	       (type == 1 || type == 2);
}

static bool is_sflow5(struct nf_bytes b, size_t wire)
{
	return is_sflow(b, wire, 5);
}

static bool is_sflow_old(struct nf_bytes b, size_t wire)
{
	return is_sflow(b, wire, 2) || is_sflow(b, wire, 4);
}

/* RFC 5424 section 6.2.1, RFC 3164: "<" 1 to 3 digits, at most 191, ">". */
static bool is_syslog(struct nf_bytes b, size_t wire)
{
	unsigned priority = 0;
	size_t at = 1;

	(void)wire;
	if (b.n < 4 || b.p[0] != '<')
		return false;
	while (at < b.n && at <= 3 && b.p[at] >= '0' && b.p[at] <= '9')
		priority = priority * 10 + (b.p[at++] - '0');
	return at > 1 && at < b.n && b.p[at] == '>' && priority <= 191;
}

/*
 * RFC 1035 section 4.1.1: 0:2 id, 2:2 flags, 4:2 questions, 6:2 answers, 8:2 authorities,
 * 10:2 additional; then, in the one question, labels, 2 type, 2 class.
 */
static bool is_dns(struct nf_bytes b, size_t wire)
{
	uint16_t class;
	size_t at = 12;

	(void)wire;
	if (b.n < 17 || (nf_be16(b.p + 2) & 0x7840) != 0 || nf_be16(b.p + 4) != 1)
		return false;
	while (at < b.n && b.p[at] != 0) {
		size_t n = b.p[at];

		if (n > 63 || !nf_has(b, at + 1, n))
			return false;
		for (size_t i = at + 1; i <= at + n; i++)
			if (b.p[i] <= ' ' || b.p[i] > '~')
				return false;
		at += 1 + n;
	}
	return nf_get16(b, at + 3, &class) && ((class & 0x7fff) == 1 || class == 255);
}

/*
 * RFC 3416, RFC 3412: SEQUENCE of the payload's length, INTEGER version 0, 1 or 3, then the
 * community's OCTET STRING or, in version 3, a SEQUENCE.
 */
static bool is_snmp(struct nf_bytes b, size_t wire)
{
	size_t length, at = 2;

	if (b.n < 10 || b.p[0] != 0x30)
		return false;
	length = b.p[1];
	if (length == 0x81)
		length = b.p[at++];
	else if (length == 0x82) {
		length = nf_be16(b.p + at);
		at += 2;
	}
	if (length != wire - at || b.p[at] != 2 || b.p[at + 1] != 1)
		return false;
	switch (b.p[at + 2]) {
	case 0:
	case 1:
		return b.p[at + 3] == 4;
	case 3:
		return b.p[at + 3] == 0x30;
	default:
		return false;
	}
}

/* RFC 6347 section 4.1: 0:1 content type, 1:2 version, 3:2 epoch, 5:6 sequence, 11:2 length. */
static bool is_dtls(struct nf_bytes b, size_t wire)
{
	return b.n >= 13 && b.p[0] >= 20 && b.p[0] <= 25 && b.p[1] == 0xfe &&
	       (b.p[2] == 0xff || b.p[2] == 0xfd) && nf_be16(b.p + 11) <= wire - 13;
}

enum nf_refusal nf_other_protocol(struct nf_bytes payload, size_t wire_len)
{
	static const struct {
		bool (*is)(struct nf_bytes b, size_t wire);
		enum nf_refusal name;
	} others[] = {
		{ is_sflow5, NF_REFUSAL_SFLOW },
		{ is_sflow_old, NF_REFUSAL_SFLOW_OLD },
		{ is_syslog, NF_REFUSAL_SYSLOG },
		{ is_snmp, NF_REFUSAL_SNMP },
		{ is_dtls, NF_REFUSAL_DTLS },
		{ is_dns, NF_REFUSAL_DNS },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].is(payload, wire_len))
			return others[i].name;
	return NF_REFUSAL_NONE;
}
