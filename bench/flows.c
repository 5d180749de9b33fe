#include <config.h>

#include "flows.h"

#include <stdio.h>
#include <string.h>

/* Servers by port, with their share of 256 flows and how many of them are TCP. */
static const struct service {
	uint16_t port;
	uint8_t share, tcp;
	const char *name;
} services[] = {
	{ 443, 118, 88, "ssl" },	{ 53, 52, 2, "dns" },		{ 80, 22, 22, "http" },
	{ 123, 8, 0, "ntp" },		{ 22, 6, 6, "ssh" },		{ 993, 6, 6, "imaps" },
	{ 25, 5, 5, "smtp" },		{ 445, 5, 5, "smb" },		{ 3389, 4, 3, "rdp" },
	{ 161, 4, 0, "snmp" },		{ 8080, 4, 4, "http-alt" },	{ 5060, 3, 0, "sip" },
	{ 1194, 3, 1, "openvpn" },	{ 5228, 3, 3, "google-play" },	{ 3306, 2, 2, "mysql" },
	{ 389, 2, 2, "ldap" },		{ 514, 2, 0, "syslog" },	{ 179, 1, 1, "bgp" },
	{ 4500, 3, 0, "ipsec-nat-t" },	{ 8443, 3, 3, "https-alt" },
};

/* Which service each of 256 draws means; filled once from the shares. */
static uint8_t service_of[256];

/* splitmix64 (Steele, Lea, Flood 2014): one multiplication chain, no bad seeds. */
uint64_t flows_random(struct flows *f)
{
	uint64_t z = f->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/*
 * rank[i] is HOSTS to the power of i / RANKS, with 16 bits behind the point: a uniform i
 * gives each power of two of ranks the same share, which is Zipf's law.
 */
void flows_init(struct flows *f, uint64_t seed)
{
	enum { STEP = 717671 };		/* ln(HOSTS) / RANKS, 32 bits behind the point */
	uint64_t x = UINT64_C(1) << 40;
	size_t n = 0;

	f->state = seed;
	for (size_t i = 0; i <= FLOWS_RANKS; i++) {
		f->rank[i] = (uint32_t)(x >> 24);
		x += (x >> 16) * STEP >> 16;
	}
	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++)
		for (unsigned k = 0; k < services[i].share && n < sizeof(service_of); k++)
			service_of[n++] = (uint8_t)i;
}

/* A rank from 0 on by 32 random bits. */
static uint32_t zipf(const struct flows *f, uint32_t bits)
{
	uint32_t i = bits >> 16, at = f->rank[i], gap = f->rank[i + 1] - at;

	return (at + (uint32_t)((uint64_t)gap * (bits & 0xffff) >> 16)) / 65536 - 1;
}

/* Ours are a few /16, theirs lie all over what may be routed. */
static uint32_t inside(uint32_t rank)
{
	return 0x0a000000 | (rank * 40503 & 0x3ffff);
}

static uint32_t outside(uint32_t rank)
{
	uint32_t a = rank * 2654435761u;

	return (11 + (a >> 24) % 100) << 24 | (a & 0xffffff);
}

static void address6(uint8_t *to, uint32_t net, uint32_t host)
{
	const uint8_t a[16] = { 0x20, 0x01, 0x0d, 0xb8, (uint8_t)(net >> 24), (uint8_t)(net >> 16),
				(uint8_t)(net >> 8), (uint8_t)net, 0, 0, 0, 0,
				(uint8_t)(host >> 24), (uint8_t)(host >> 16), (uint8_t)(host >> 8),
				(uint8_t)host };

	memcpy(to, a, sizeof(a));
}

static void ends(struct flows *f, struct flow *to)
{
	uint64_t r = flows_random(f);
	uint32_t ours = zipf(f, (uint32_t)r), theirs = zipf(f, (uint32_t)(r >> 32));
	bool out = (r & 3) != 0;	/* three of four are towards the server */
	uint32_t a = inside(ours), b = outside(theirs), as = 64496 + theirs * 2654435761u % 9000;

	if (to->v6) {
		address6(out ? to->src6 : to->dst6, 0xa0000 | (ours & 0xff), a);
		address6(out ? to->dst6 : to->src6, b, b);
		address6(to->nexthop6, 1, out ? 1 : 2);
	} else {
		to->src = out ? a : b;
		to->dst = out ? b : a;
		to->nexthop = out ? 0xc0000201 : 0x0a00ff01;
	}
	to->src_mask = to->v6 ? (out ? 64 : 48) : (out ? 24 : 16);
	to->dst_mask = to->v6 ? (out ? 48 : 64) : (out ? 16 : 24);
	to->src_as = out ? 64496 : as;
	to->dst_as = out ? as : 64496;
	to->input = out ? 1 + ours % 24 : 101 + theirs % 4;
	to->output = out ? 101 + theirs % 4 : 1 + ours % 24;
	to->direction = !out;
	to->vlan = (uint16_t)(100 + ours % 24);
}

static void transport(struct flows *f, struct flow *to)
{
	uint64_t r = flows_random(f);
	unsigned draw = service_of[r & 0xff];
	const struct service *s = &services[draw];
	uint16_t client = (uint16_t)(32768 + (r >> 8) % 28232);
	bool tcp = (r >> 24 & 0xff) % s->share < s->tcp;

	to->application = 3u << 24 | s->port;
	to->application_name = s->name;
	to->tcp_flags = 0;
	to->icmp = 0;
	to->tos = (r >> 32 & 15) == 0 ? 0xb8 : (r >> 32 & 15) < 3 ? 0x28 : 0;
	to->ip_id = (uint16_t)(r >> 40);
	to->flow_label = (uint32_t)(r >> 36) & 0xfffff;
	if ((r >> 56) < 5) {		/* two of a hundred: echo request or unreachable */
		to->proto = to->v6 ? 58 : 1;
		to->icmp = to->v6 ? 0x8000 : (r >> 48 & 1) ? 0x0800 : 0x0301;
		to->sport = 0;
		to->dport = to->icmp;
		to->application = 1u << 24 | to->proto;
		to->application_name = "icmp";
		return;
	}
	to->proto = tcp ? 6 : 17;
	if (tcp)
		to->tcp_flags = (r >> 48 & 15) == 0 ? 0x02 : (r >> 48 & 15) < 3 ? 0x16 : 0x1b;
	to->sport = to->direction ? s->port : client;
	to->dport = to->direction ? client : s->port;
}

static void amounts(struct flows *f, struct flow *to)
{
	uint64_t r = flows_random(f);
	uint32_t size = 40 + (uint32_t)(r & 0xffff) % (r >> 16 & 1 ? 90 : 1420);

	/* 1 to 2^14 packets, each power of two as often as the next */
	to->packets = 1 + (uint32_t)(r >> 20 & 0x3fff) % (1u << (r >> 34 & 0xff) % 14);
	to->octets = to->packets * (to->v6 ? size + 20 : size);
	to->reverse_packets = to->packets / 2;
	to->reverse_octets = to->reverse_packets * 60;
	to->duration_ms = to->packets == 1 ? 0 : (uint32_t)(r >> 42 & 0x7fff) % (to->packets * 40);
	to->age_ms = (uint32_t)(r >> 48 & 0x3fff);
	to->end_reason = to->tcp_flags & 1 ? 3 : to->duration_ms > 20000 ? 2 : 1;
}

void flows_next(struct flows *f, struct flow *to, bool v6)
{
	to->v6 = v6;
	ends(f, to);
	transport(f, to);
	amounts(f, to);
}

size_t flows_interface(uint32_t index, char name[16])
{
	return (size_t)snprintf(name, 16, "%s-0/%u/%u", index > 100 ? "et" : "xe",
				index % 100 / 8 % 10, index % 8);
}
