/*
 * The decoder alone: every field of every record of a capture, through the library.
 *
 * Frames are read by libpcap and taken for Ethernet, IPv4 and UDP without options, as
 * generate writes them.  The library's stores into `values` are the decoding; nothing is done
 * with them but that the last field of each record is summed.
 */
#include <config.h>

#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>

#include "track/tracker.h"

enum { HEADERS = 14 + 20 + 8 };

struct sums {
	uint64_t messages, records, fields, problems, last;
};

static void count_problem(void *ctx, const struct nf_problem *p)
{
	struct sums *sums = ctx;

	(void)p;
	sums->problems++;
}

static void data_set(const struct nf_view *v, const struct nf_set *set, struct nf_scratch scratch,
		     const struct nf_sink *sink, struct sums *sums)
{
	static uint64_t values[65536];
	struct nf_resolution resolution;
	struct nf_recs recs;
	struct nf_rec rec;

	if (set->kind == NF_SET_FIXED)
		resolution.layout = nf_fixed_layout(v->msg.version, v->msg.aggregation);
	else
		v->resolver.resolve(v->resolver.ctx, set->id, set->bytes, set->body, &resolution);
	if (resolution.layout == NULL)
		return;
	nf_recs_open(&recs, &v->msg, set, resolution.layout, scratch, sink);
	while (nf_rec_next(&recs, &rec)) {
		nf_rec_values(&rec, values);
		sums->last += values[rec.layout->nfields - 1];
		sums->fields += rec.layout->nfields;
		sums->records++;
	}
}

static void message(const struct nf_view *v, struct nf_scratch scratch, const struct nf_sink *sink,
		    struct sums *sums)
{
	struct nf_sets sets;
	struct nf_set set;

	sums->messages++;
	nf_sets_open(&sets, &v->msg, sink);
	while (nf_set_next(&sets, &set))
		if (set.kind == NF_SET_DATA || set.kind == NF_SET_FIXED)
			data_set(v, &set, scratch, sink, sums);
}

/* The datagram in a frame; false where it is not one that generate writes. */
static bool datagram(struct nf_datagram *d, const struct pcap_pkthdr *h, const uint8_t *frame)
{
	if (h->caplen < HEADERS || nf_be16(frame + 12) != 0x0800 || frame[14] != 0x45 ||
	    frame[23] != 17)
		return false;
	*d = (struct nf_datagram){
		.ordinal = d->ordinal + 1,
		.frame = d->frame + 1,
		.ts_ns = (int64_t)h->ts.tv_sec * 1000000000 + h->ts.tv_usec * 1000,
		.payload = { frame + HEADERS, h->caplen - HEADERS },
		.wire_len = h->len - HEADERS,
		.src = { .addr = { .family = 4 }, .port = nf_be16(frame + 34) },
		.dst = { .addr = { .family = 4 }, .port = nf_be16(frame + 36) },
	};
	memcpy(d->src.addr.octets, frame + 26, 4);
	memcpy(d->dst.addr.octets, frame + 30, 4);
	return true;
}

static int decode(pcap_t *pcap, struct nf_tracker *tracker, struct nf_scratch scratch,
		  struct sums *sums)
{
	struct nf_sink sink = { .report = count_problem, .ctx = sums };
	struct nf_datagram d = { .ordinal = 0 };
	struct nf_delivery delivery;
	struct pcap_pkthdr *header;
	struct nf_view view;
	const u_char *frame;
	int rc;

	while ((rc = pcap_next_ex(pcap, &header, &frame)) == 1) {
		if (!datagram(&d, header, frame) ||
		    nf_tracker_feed(tracker, &d, &delivery) != NF_REFUSAL_NONE)
			continue;
		while (nf_delivery_next(&delivery, &view, &sink))
			message(&view, scratch, &sink, sums);
	}
	return rc == PCAP_ERROR_BREAK ? 0 : 1;
}

int main(int argc, char **argv)
{
	static uint16_t words[NF_SCRATCH_WORDS];
	struct nf_scratch scratch = { words, NF_SCRATCH_WORDS };
	struct nf_registry *registry = nf_registry_new();
	struct nf_tracker *tracker = NULL;
	struct nf_tracker_opts opts = { .scope = NF_SCOPE_SESSION };
	struct sums sums = { .messages = 0 };
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap;
	int rc = 1;

	if (argc != 2) {
		fputs("usage: decode CAPTURE\n", stderr);
		return 2;
	}
	pcap = pcap_open_offline(argv[1], error);
	if (pcap == NULL)
		fprintf(stderr, "decode: %s\n", error);
	if (registry != NULL)
		tracker = nf_tracker_new(&opts, registry);
	if (pcap != NULL && tracker != NULL)
		rc = decode(pcap, tracker, scratch, &sums);
	printf("%" PRIu64 " messages, %" PRIu64 " records, %" PRIu64 " fields, %" PRIu64
	       " problems, last fields %" PRIu64 "\n", sums.messages, sums.records, sums.fields,
	       sums.problems, sums.last);
	if (pcap != NULL)
		pcap_close(pcap);
	nf_tracker_free(tracker);
	nf_registry_free(registry);
	return rc;
}
