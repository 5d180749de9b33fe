/*
 * Keys of records: what of them says which flow they are of.
 */
#include <config.h>

#include "model/verify_internal.h"

#include <string.h>

static bool address(struct nf_addr *a, struct nf_bytes b)
{
	*a = (struct nf_addr){ .family = b.n == 4 ? 4 : 6 };
	if (b.n != 4 && b.n != 16)
		return false;
	memcpy(a->octets, b.p, b.n);
	return true;
}

/* ICMP: see struct meter_key.  A type without its code is one with code 0 until flows are found. */
static void icmp_key(struct meter_key *key, const struct filter_at *at, uint16_t *has)
{
	uint8_t type;
	int code;

	key->sport = key->dport = 0;
	if (!flow_icmp(at->view, at->rec, &type, &code)) {
		*has |= VERIFY_HAS_NO_ICMP;
		return;
	}
	key->dport = (uint16_t)(type << 8 | (code < 0 ? 0 : code));
	if (code < 0)
		*has |= VERIFY_HAS_NO_CODE;
}

bool verify_read_key(struct meter_key *key, const struct filter_at *at, uint16_t *has)
{
	uint64_t proto, sport, dport;

	*key = (struct meter_key){ 0 };
	if (!address(&key->src, flow_src(at->view, at->rec)) ||
	    !address(&key->dst, flow_dst(at->view, at->rec)) ||
	    !flow_number(at->view, at->rec, FLOW_PROTO, &proto) || proto > 255)
		return false;
	key->protocol = (uint8_t)proto;
	if (verify_is_icmp(key)) {
		icmp_key(key, at, has);
		return true;
	}
	if (!flow_number(at->view, at->rec, FLOW_SPORT, &sport) ||
	    !flow_number(at->view, at->rec, FLOW_DPORT, &dport))
		return false;
	/* what other protocols have there (SPI, call ids) is no port */
	if (verify_has_ports(key->protocol)) {
		key->sport = (uint16_t)sport;
		key->dport = (uint16_t)dport;
	}
	return true;
}

void verify_key_words(uint64_t words[VERIFY_KEY_WORDS], const struct meter_key *key,
		      uint32_t domain)
{
	words[0] = domain | (uint64_t)key->src.family << 32 | (uint64_t)key->protocol << 40;
	words[1] = (uint64_t)key->sport << 16 | key->dport;
	memcpy(words + 2, key->src.octets, 16);
	memcpy(words + 4, key->dst.octets, 16);
}

uint64_t *verify_key_find(const struct verify *v, const struct meter_key *key, uint32_t domain)
{
	uint64_t words[VERIFY_KEY_WORDS];

	verify_key_words(words, key, domain);
	return top_table_find(&v->keys, words, top_table_hash(&v->keys, words));
}

struct meter_key verify_key_of(const uint64_t *row)
{
	const uint64_t *words = row + VERIFY_KEY_VALUES;
	struct meter_key key = {
		.sport = (uint16_t)(words[1] >> 16), .dport = (uint16_t)words[1],
		.protocol = (uint8_t)(words[0] >> 40),
	};

	key.src.family = key.dst.family = (uint8_t)(words[0] >> 32);
	memcpy(key.src.octets, words + 2, 16);
	memcpy(key.dst.octets, words + 4, 16);
	return key;
}

/* What answers a question of ICMP: the type of the one, the type of the other. */
static const uint8_t questions[][3] = {
	{ VERIFY_PROTO_ICMP, 8, 0 }, { VERIFY_PROTO_ICMP, 13, 14 },
	{ VERIFY_PROTO_ICMP, 15, 16 }, { VERIFY_PROTO_ICMP, 17, 18 },
	{ VERIFY_PROTO_ICMP6, 128, 129 }, { VERIFY_PROTO_ICMP6, 133, 134 },
	{ VERIFY_PROTO_ICMP6, 135, 136 },
};

struct meter_key verify_key_back(const struct meter_key *key)
{
	struct meter_key back = {
		.src = key->dst, .dst = key->src, .sport = key->dport, .dport = key->sport,
		.protocol = key->protocol,
	};
	uint8_t type = (uint8_t)(key->dport >> 8);

	if (!verify_is_icmp(key))
		return back;
	back.sport = 0;
	back.dport = key->dport;
	for (unsigned i = 0; i < sizeof(questions) / sizeof(*questions); i++) {
		const uint8_t *q = questions[i];

		if (q[0] == key->protocol && (q[1] == type || q[2] == type))
			back.dport = (uint16_t)((q[1] == type ? q[2] : q[1]) << 8);
	}
	return back;
}
