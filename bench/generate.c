/*
 * Captures of any size for the bench: many exporters, full messages, templates sent again
 * and again, options data, sequences and times that are right.  The same options give the
 * same octets.
 *
 *	generate --kind mix --size 1000000000 >mix.pcap
 */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "flows.h"
#include "lib/framebuild.h"

enum {
	PAYLOAD = 1400,			/* octets of messages of v9 and IPFIX, at most */
	V5_FLOWS = 30,			/* in a message: all that it may hold */
	REFRESH = 200,			/* messages of a stream from templates to templates */
	INTERFACES = 28,		/* rows of the interface table */
	PER_SECOND = 5000,		/* messages, all exporters together */
	START = 1704067200,		/* 2024-01-01 00:00:00 UTC */
	FLUSH = 1 << 20,
};

enum { T_V4 = 256, T_V6 = 257, T_SAMPLING = 258, T_INTERFACES = 259, T_COUNTERS = 260,
       T_APPLICATIONS = 261 };

/* What one exporter sends of one version, in one domain. */
struct stream {
	unsigned version;
	struct fb_frame frame;
	uint32_t domain, seq;
	uint32_t interface;		/* row of the interface table that is next */
	uint32_t messages;		/* sent so far */
	uint64_t records;		/* of data, so far */
	uint32_t uptime_ms;		/* at START */
	uint32_t skew_ms;		/* this clock is ahead of the capture's */
};

struct generator {
	struct flows flows;
	struct stream *streams;
	size_t nstreams;
	uint64_t now_ns;		/* since START */
	struct mb message, frame, out;
	uint64_t written, limit;
	uint64_t packets, records;
	FILE *file;
};

/* Fields in the order in which the records are written: 23 of v9, 24 of IPFIX. */
static const char v9_v4[] =
	"8/4 12/4 15/4 10/2 14/2 2/4 1/4 22/4 21/4 7/2 11/2 6/1 4/1 5/1 9/1 13/1 16/4 17/4 "
	"48/1 61/1 32/2 58/2 54/2";
static const char v9_v6[] =
	"27/16 28/16 62/16 10/2 14/2 2/4 1/4 22/4 21/4 7/2 11/2 6/1 4/1 5/1 29/1 30/1 16/4 17/4 "
	"48/1 61/1 139/2 58/2 31/3";
static const char ipfix_v4[] =
	"8/4 12/4 9/1 13/1 7/2 11/2 4/1 5/1 6/2 10/4 14/4 1/8 2/8 152/8 153/8 16/4 17/4 61/1 "
	"136/1 95/4 29305:1/4 29305:2/4 6871:14/1 82/v";
static const char ipfix_v6[] =
	"27/16 28/16 29/1 30/1 7/2 11/2 4/1 5/1 6/2 10/4 14/4 1/8 2/8 152/8 153/8 16/4 17/4 61/1 "
	"136/1 95/4 29305:1/4 29305:2/4 6871:14/1 82/v";

/* Octets of a record, for what fits in a message; of IPFIX, the longest. */
enum { V9_V4 = 57, V9_V6 = 94, IPFIX_V4 = 92, IPFIX_V6 = 116, INTERFACE_ROW = 52 };

static void templates(struct mb *m, bool ipfix)
{
	mb_set_begin(m, ipfix ? 2 : 0);
	mb_template(m, T_V4, ipfix ? ipfix_v4 : v9_v4);
	mb_template(m, T_V6, ipfix ? ipfix_v6 : v9_v6);
	mb_set_end(m);
	mb_set_begin(m, ipfix ? 3 : 1);
	if (ipfix) {
		mb_options_template(m, T_SAMPLING, "302/4", "304/2 305/4 306/4");
		mb_options_template(m, T_INTERFACES, "10/4", "82/v 83/v");
		mb_options_template(m, T_COUNTERS, "149/4", "41/8 42/8 40/8");
		mb_options_template(m, T_APPLICATIONS, "95/4", "96/v");
	} else {
		mb_options_template(m, T_SAMPLING, "1/4", "48/1 49/1 50/4");
		mb_options_template(m, T_INTERFACES, "2/4", "82/16 83/32");
		mb_options_template(m, T_COUNTERS, "1/4", "41/4 42/4 40/4");
	}
	mb_pad(m, 4);
	mb_set_end(m);
}

/* A string: of its own length in IPFIX, with zeros up to WIDTH in v9. */
static void text(struct mb *m, bool ipfix, const char *p, size_t n, size_t width)
{
	if (ipfix) {
		mb_var(m, p, n);
	} else {
		mb_mem(m, p, n);
		mb_zeros(m, width - n);
	}
}

/* Rows of the interface table until the message is full; the next time goes on from there. */
static void interfaces(struct mb *m, struct stream *s, bool ipfix)
{
	char name[16], description[33];
	size_t n;

	mb_set_begin(m, T_INTERFACES);
	for (int rows = 0; rows < INTERFACES && m->n + INTERFACE_ROW <= PAYLOAD; rows++) {
		uint32_t i = s->interface++ % INTERFACES, index = i < 24 ? 1 + i : 77 + i;

		mb_record(m, NULL);
		mb_u32(m, index);
		n = flows_interface(index, name);
		text(m, ipfix, name, n, 16);
		n = (size_t)snprintf(description, sizeof(description), "%s %u",
				     index > 100 ? "transit to peer" : "access switch", index);
		text(m, ipfix, description, n, 32);
	}
	mb_pad(m, 4);
	mb_set_end(m);
}

static void applications(struct generator *g, struct mb *m)
{
	struct flow flow;

	mb_set_begin(m, T_APPLICATIONS);
	for (int i = 0; i < 8; i++) {
		flows_next(&g->flows, &flow, false);
		mb_record(m, NULL);
		mb_u32(m, flow.application);
		mb_var(m, flow.application_name, strlen(flow.application_name));
	}
	mb_pad(m, 4);
	mb_set_end(m);
}

/* Templates and the tables that belong to them; how many data records that were. */
static uint32_t describe(struct generator *g, struct stream *s, bool ipfix)
{
	struct mb *m = &g->message;
	uint32_t ntemplates;

	templates(m, ipfix);
	ntemplates = m->open[0].count;
	mb_set_begin(m, T_SAMPLING);
	mb_record(m, ipfix ? "1/4 1/2 1/4 999/4" : NULL);
	if (!ipfix) {
		mb_mem(m, s->frame.src.addr.octets, 4);
		mb_values(m, "1/1 2/1 1000/4");
		mb_pad(m, 4);
	}
	mb_set_end(m);
	mb_set_begin(m, T_COUNTERS);
	mb_record(m, NULL);
	if (ipfix) {
		mb_u32(m, s->domain);
		mb_u64(m, s->messages);
		mb_u64(m, s->records);
		mb_u64(m, UINT64_C(1340) * s->messages);
	} else {
		mb_mem(m, s->frame.src.addr.octets, 4);
		mb_u32(m, s->messages);
		mb_u32(m, (uint32_t)s->records);
		mb_u32(m, 1370 * s->messages);
	}
	mb_set_end(m);
	if (ipfix)
		applications(g, m);
	interfaces(m, s, ipfix);
	return m->open[0].count - ntemplates;
}

static void record_v9(struct mb *m, const struct flow *f, uint32_t uptime_ms)
{
	uint32_t last = uptime_ms - f->age_ms;

	mb_record(m, NULL);
	if (f->v6) {
		mb_mem(m, f->src6, 16);
		mb_mem(m, f->dst6, 16);
		mb_mem(m, f->nexthop6, 16);
	} else {
		mb_u32(m, f->src);
		mb_u32(m, f->dst);
		mb_u32(m, f->nexthop);
	}
	mb_u16(m, (uint16_t)f->input);
	mb_u16(m, (uint16_t)f->output);
	mb_u32(m, f->packets);
	mb_u32(m, f->octets);
	mb_u32(m, last - f->duration_ms);
	mb_u32(m, last);
	mb_u16(m, f->sport);
	mb_u16(m, f->dport);
	mb_u8(m, f->tcp_flags);
	mb_u8(m, f->proto);
	mb_u8(m, f->tos);
	mb_u8(m, f->src_mask);
	mb_u8(m, f->dst_mask);
	mb_u32(m, f->src_as);
	mb_u32(m, f->dst_as);
	mb_u8(m, 1);
	mb_u8(m, f->direction);
	mb_u16(m, f->icmp);
	mb_u16(m, f->vlan);
	if (f->v6)
		mb_uint(m, f->flow_label, 3);
	else
		mb_u16(m, f->ip_id);
}

static void record_ipfix(struct mb *m, const struct flow *f, uint64_t now_ms)
{
	uint64_t last = now_ms - f->age_ms;
	char name[16];

	mb_record(m, NULL);
	if (f->v6) {
		mb_mem(m, f->src6, 16);
		mb_mem(m, f->dst6, 16);
	} else {
		mb_u32(m, f->src);
		mb_u32(m, f->dst);
	}
	mb_u8(m, f->src_mask);
	mb_u8(m, f->dst_mask);
	mb_u16(m, f->sport);
	mb_u16(m, f->dport);
	mb_u8(m, f->proto);
	mb_u8(m, f->tos);
	mb_u16(m, f->tcp_flags);
	mb_u32(m, f->input);
	mb_u32(m, f->output);
	mb_u64(m, f->octets);
	mb_u64(m, f->packets);
	mb_u64(m, last - f->duration_ms);
	mb_u64(m, last);
	mb_u32(m, f->src_as);
	mb_u32(m, f->dst_as);
	mb_u8(m, f->direction);
	mb_u8(m, f->end_reason);
	mb_u32(m, f->application);
	mb_u32(m, f->reverse_octets);
	mb_u32(m, f->reverse_packets);
	mb_u8(m, f->tcp_flags & 2);
	mb_var(m, name, flows_interface(f->input, name));
}

/* Data sets until the message is full: IPv4, and a few of IPv6 behind; how many records. */
static uint32_t fill(struct generator *g, const struct stream *s, uint32_t uptime_ms,
		     uint64_t now_ms)
{
	bool ipfix = s->version == 10;
	size_t size4 = ipfix ? IPFIX_V4 : V9_V4, size6 = ipfix ? IPFIX_V6 : V9_V6;
	uint32_t left6 = (uint32_t)(flows_random(&g->flows) & 3), n = 0;
	struct mb *m = &g->message;
	struct flow flow;

	for (int v6 = 0; v6 < 2; v6++) {
		size_t keep = v6 ? 0 : left6 * size6 + 8, need = (v6 ? size6 : size4) + keep;

		if (m->n + need + 8 > PAYLOAD || (v6 && left6 == 0))
			continue;
		mb_set_begin(m, v6 ? T_V6 : T_V4);
		for (; m->n + need + 3 <= PAYLOAD && !(v6 && left6 == 0); n++) {
			flows_next(&g->flows, &flow, v6);
			if (ipfix)
				record_ipfix(m, &flow, now_ms);
			else
				record_v9(m, &flow, uptime_ms);
			left6 -= (uint32_t)v6;
		}
		mb_pad(m, 4);
		mb_set_end(m);
	}
	return n;
}

/* What two octets can say of an AS number: AS_TRANS for a longer one (RFC 6793 section 9). */
static uint32_t as16(uint32_t as)
{
	return as < 65536 ? as : 23456;
}

static void fill_v5(struct generator *g, uint32_t uptime_ms)
{
	struct flow f;

	for (int i = 0; i < V5_FLOWS; i++) {
		flows_next(&g->flows, &f, false);
		mb_flow(&g->message, &(struct mb_flow){
			.src = f.src, .dst = f.dst, .nexthop = f.nexthop, .input = f.input,
			.output = f.output, .packets = f.packets, .octets = f.octets,
			.first = uptime_ms - f.age_ms - f.duration_ms,
			.last = uptime_ms - f.age_ms, .sport = f.sport, .dport = f.dport,
			.tcp_flags = f.tcp_flags, .proto = f.proto, .tos = f.tos,
			.src_as = as16(f.src_as), .dst_as = as16(f.dst_as),
			.src_mask = f.src_mask, .dst_mask = f.dst_mask });
	}
}

/* The next message of S into g->message; how many data records it has. */
static uint32_t message(struct generator *g, struct stream *s)
{
	uint64_t now_ns = g->now_ns + (uint64_t)s->skew_ms * 1000000;
	uint64_t now_ms = UINT64_C(1000) * START + now_ns / 1000000;
	uint32_t uptime_ms = s->uptime_ms + (uint32_t)(now_ns / 1000000), n = 0;
	struct mb_header h = {
		.secs = (uint32_t)(now_ms / 1000), .nsecs = (uint32_t)(now_ns % 1000000000),
		.uptime_ms = uptime_ms, .seq = s->seq, .domain = s->domain,
		.engine_id = (uint8_t)s->domain, .sampling = s->domain & 1 ? 0x4000 | 1000 : 0,
	};

	mb_clear(&g->message);
	mb_begin(&g->message, s->version, &h);
	if (s->version == 5) {
		fill_v5(g, uptime_ms);
		n = V5_FLOWS;
	} else if (s->messages % REFRESH == 0) {
		n = describe(g, s, s->version == 10);
	} else {
		n = fill(g, s, uptime_ms, now_ms);
	}
	mb_end(&g->message);
	s->messages++;
	s->records += n;
	s->seq += s->version == 9 ? 1 : n;
	return n;
}

/* Exporters are not equally busy: the smaller of two draws. */
static struct stream *pick(struct generator *g)
{
	uint64_t r = flows_random(&g->flows);
	size_t a = (uint32_t)r % g->nstreams, b = (size_t)(r >> 32) % g->nstreams;

	g->now_ns += r % (2 * (1000000000 / PER_SECOND));
	return &g->streams[a < b ? a : b];
}

static bool flush(struct generator *g)
{
	bool ok = !g->out.failed && fwrite(g->out.p, 1, g->out.n, g->file) == g->out.n;

	mb_clear(&g->out);
	return ok;
}

static bool generate(struct generator *g)
{
	static const struct fb_pcap pcap;
	bool ok = true;

	fb_pcap_begin(&g->out, &pcap);
	g->written = g->out.n;
	while (ok) {
		struct stream *s = pick(g);
		uint32_t n = message(g, s);

		mb_clear(&g->frame);
		s->frame.ip_id++;
		fb_udp(&g->frame, &s->frame, mb_bytes(&g->message));
		if (g->message.failed || g->frame.failed)
			return false;
		if (g->written + 16 + g->frame.n > g->limit)
			break;
		fb_pcap_frame(&g->out, &pcap, INT64_C(1000000000) * START + (int64_t)g->now_ns,
			      mb_bytes(&g->frame));
		g->written += 16 + g->frame.n;
		g->packets++;
		g->records += n;
		if (g->out.n >= FLUSH)
			ok = flush(g);
	}
	return ok && flush(g) && fflush(g->file) == 0;
}

/* Exporter I: its address and port; every fourth has a second domain, which is a stream. */
static void setup(struct generator *g, unsigned version, size_t exporters)
{
	static const uint16_t ports[] = { [5] = 2055, [9] = 9996, [10] = 4739 };
	static const unsigned mixed[] = { 5, 9, 10 };
	struct nf_endpoint collector = fb_endpoint("198.51.100.9:0");

	for (size_t i = 0; i < exporters; i++) {
		struct stream s = { .version = version != 0 ? version : mixed[i % 3] };
		const uint8_t octets[4] = { 198, 18, (uint8_t)(i / 250), (uint8_t)(1 + i % 250) };

		s.frame.src.addr.family = 4;
		memcpy(s.frame.src.addr.octets, octets, 4);
		s.frame.src.port = (uint16_t)(49152 + i * 7 % 16384);
		s.frame.dst = collector;
		s.frame.dst.port = ports[s.version];
		s.domain = (uint32_t)i & 0xff;
		s.seq = s.version == 10 ? 0 : (uint32_t)flows_random(&g->flows) >> 8;
		s.uptime_ms = 100000000 + (uint32_t)(flows_random(&g->flows) & 0x7fffffff);
		s.skew_ms = (uint32_t)(flows_random(&g->flows) % 900);
		g->streams[g->nstreams++] = s;
		if (i % 4 == 3) {
			s.domain |= 0x100;
			s.frame.src.port++;
			g->streams[g->nstreams++] = s;
		}
	}
}

static int usage(void)
{
	fputs("usage: generate [--kind v5|v9|ipfix|mix] [--size OCTETS] [--seed N]\n"
	      "                [--exporters N] [--count] >CAPTURE\n", stderr);
	return 2;
}

static bool number(const char *text, uint64_t least, uint64_t most, uint64_t *v)
{
	char *end;

	errno = 0;
	*v = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *v >= least &&
	       *v <= most;
}

/* 0 is the mix. */
static bool kind(const char *name, unsigned *version)
{
	static const struct { const char *name; unsigned version; } kinds[] = {
		{ "v5", 5 }, { "v9", 9 }, { "ipfix", 10 }, { "mix", 0 },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			*version = kinds[i].version;
			return true;
		}
	}
	return false;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "kind", required_argument, NULL, 'k' },
		{ "size", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'r' },
		{ "exporters", required_argument, NULL, 'e' },
		{ "count", no_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	static struct generator g = { .limit = 10000000 };
	uint64_t seed = 1, exporters = 48;
	unsigned version = 0;
	bool ok = true, count = false;
	int opt;

	while (ok && (opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'k': ok = kind(optarg, &version); break;
		case 's': ok = number(optarg, 24, INT64_MAX, &g.limit); break;
		case 'r': ok = number(optarg, 0, UINT64_MAX, &seed); break;
		case 'e': ok = number(optarg, 1, 10000, &exporters); break;
		case 'c': count = true; break;
		default: ok = false;
		}
	}
	if (!ok || optind != argc)
		return usage();
	flows_init(&g.flows, seed);
	g.file = stdout;
	g.streams = calloc(2 * exporters, sizeof(*g.streams));
	if (g.streams == NULL)
		return 1;
	setup(&g, version, exporters);
	ok = generate(&g);
	if (!ok)
		perror("generate");
	if (ok && count)
		fprintf(stderr, "%llu packets, %llu records\n", (unsigned long long)g.packets,
			(unsigned long long)g.records);
	free(g.streams);
	mb_done(&g.message);
	mb_done(&g.frame);
	mb_done(&g.out);
	return ok ? 0 : 1;
}
