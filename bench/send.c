/*
 * Sends what a capture holds to a collector, again and again, at a rate.
 *
 *	send [--rate N] [--count N] [--spread N] [--batch N] PORT CAPTURE
 *
 * CAPTURE is one that generate made: Ethernet, IPv4 without options, UDP.  RATE is messages a
 * second (0: as fast as it goes), COUNT how many there are in all, and SPREAD how many sources they
 * come from: one after another of 127.1.0.0 upwards, or, where it is 0, 127.x.y.z for the x.y.z of
 * the capture.  Prints how many were sent, and in how many seconds.
 */
#include <config.h>

#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum {
	HEADERS = 14 + 20 + 8,		/* octets before the payload */
	SOURCE_AT = 14 + 12,		/* of the source's address in them */
	BATCH = 64,
	OCTETS = 64 << 20,		/* of payloads, at most */
};

struct message {
	const uint8_t *p;
	size_t n;
	uint32_t source;		/* address, host byte order */
};

struct sender {
	struct message *messages;
	size_t n, cap;
	uint64_t rate, count, spread, batch;
	int fd;
	struct sockaddr_in to;
};

/* The source of a message: IP_PKTINFO, for which any address of 127.0.0.0/8 is one of ours. */
union control {
	struct cmsghdr align;
	uint8_t octets[CMSG_SPACE(sizeof(struct in_pktinfo))];
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool keep(struct sender *s, const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n - HEADERS);

	if (s->n == s->cap) {
		struct message *more = realloc(s->messages, (2 * s->cap + 64) * sizeof(*more));

		if (more == NULL)
			return false;
		s->messages = more;
		s->cap = 2 * s->cap + 64;
	}
	if (copy == NULL)
		return false;
	memcpy(copy, p + HEADERS, n - HEADERS);
	s->messages[s->n++] = (struct message){
		copy, n - HEADERS,
		127u << 24 | (uint32_t)p[SOURCE_AT + 1] << 16 |
			(uint32_t)p[SOURCE_AT + 2] << 8 | p[SOURCE_AT + 3],
	};
	return true;
}

static bool load(struct sender *s, const char *path)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, why);
	struct pcap_pkthdr *h;
	const uint8_t *p;
	size_t octets = 0;

	if (pcap == NULL) {
		fprintf(stderr, "send: %s\n", why);
		return false;
	}
	while (octets < OCTETS && pcap_next_ex(pcap, &h, &p) == 1) {
		if (h->caplen <= HEADERS || !keep(s, p, h->caplen))
			break;
		octets += h->caplen;
	}
	pcap_close(pcap);
	return s->n > 0;
}

static void address(const struct sender *s, uint64_t number, const struct message *m,
		    union control *c)
{
	uint32_t source = m->source;
	struct in_pktinfo info = { .ipi_ifindex = 0 };

	if (s->spread != 0)
		source = (127u << 24 | 1u << 16) + (uint32_t)(number % s->spread);
	info.ipi_spec_dst.s_addr = htonl(source);
	c->align = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(sizeof(info)), .cmsg_level = IPPROTO_IP,
		.cmsg_type = IP_PKTINFO,
	};
	memcpy(CMSG_DATA(&c->align), &info, sizeof(info));
}

/* What sendmmsg is given. */
struct batch {
	struct mmsghdr headers[BATCH];
	struct iovec vectors[BATCH];
	union control controls[BATCH];
};

static void prepare(struct sender *s, struct batch *b, uint64_t number, size_t i)
{
	const struct message *m = &s->messages[number % s->n];

	b->vectors[i] = (struct iovec){ (void *)m->p, m->n };
	address(s, number, m, &b->controls[i]);
	b->headers[i].msg_hdr = (struct msghdr){
		.msg_name = &s->to, .msg_namelen = sizeof(s->to),
		.msg_iov = &b->vectors[i], .msg_iovlen = 1,
		.msg_control = &b->controls[i], .msg_controllen = sizeof(b->controls[i]),
	};
}

/* Messages NUMBER and N - 1 more; how many were sent. */
static size_t send_batch(struct sender *s, uint64_t number, size_t n)
{
	static struct batch b;
	size_t done = 0;

	for (size_t i = 0; i < n; i++)
		prepare(s, &b, number + i, i);
	while (done < n) {
		int got = sendmmsg(s->fd, b.headers + done, (unsigned)(n - done), 0);

		if (got < 0 && errno != EINTR && errno != ENOBUFS && errno != ECONNREFUSED)
			break;
		done += got > 0 ? (size_t)got : 0;
	}
	return done;
}

/* In time with the rate: a batch is due when those before it have taken their time. */
static uint64_t send_all(struct sender *s)
{
	double begun = now();
	uint64_t sent = 0;

	while (sent < s->count) {
		size_t n = s->count - sent < s->batch ? (size_t)(s->count - sent) : s->batch;

		while (s->rate != 0 && now() - begun < (double)sent / (double)s->rate)
			;
		if (send_batch(s, sent, n) != n) {
			perror("send");
			break;
		}
		sent += n;
	}
	printf("%llu %.3f\n", (unsigned long long)sent, now() - begun);
	return sent;
}

static bool number(const char *text, uint64_t most, uint64_t *v)
{
	char *end;

	errno = 0;
	*v = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *v <= most;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "rate", required_argument, NULL, 'r' },
		{ "count", required_argument, NULL, 'n' },
		{ "spread", required_argument, NULL, 's' },
		{ "batch", required_argument, NULL, 'b' },
		{ NULL, 0, NULL, 0 },
	};
	struct sender s = { .count = 1000, .batch = 16 };
	uint64_t port = 0;
	bool ok = true;
	int opt;

	while (ok && (opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'r': ok = number(optarg, UINT32_MAX, &s.rate); break;
		case 'n': ok = number(optarg, UINT64_MAX, &s.count); break;
		case 's': ok = number(optarg, 0xfe0000, &s.spread); break;
		case 'b': ok = number(optarg, BATCH, &s.batch) && s.batch > 0; break;
		default: ok = false;
		}
	}
	if (!ok || optind + 2 != argc || !number(argv[optind], 65535, &port)) {
		fputs("usage: send [--rate N] [--count N] [--spread N] [--batch N] PORT CAPTURE\n",
		      stderr);
		return 2;
	}
	s.fd = socket(AF_INET, SOCK_DGRAM, 0);
	s.to = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	if (s.fd < 0 || !load(&s, argv[optind + 1]))
		return 1;
	return send_all(&s) == s.count ? 0 : 1;
}
