/*
 * The reference of the bench: libpcap reads a capture, and nothing is done with it.
 */
#include <config.h>

#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	uint64_t packets = 0, octets = 0;
	const u_char *data;
	pcap_t *pcap;
	int rc;

	if (argc != 2) {
		fputs("usage: bareloop CAPTURE\n", stderr);
		return 2;
	}
	pcap = pcap_open_offline(argv[1], error);
	if (pcap == NULL) {
		fprintf(stderr, "bareloop: %s\n", error);
		return 1;
	}
	while ((rc = pcap_next_ex(pcap, &header, &data)) == 1) {
		packets++;
		octets += header->caplen;
	}
	printf("%" PRIu64 " packets, %" PRIu64 " octets\n", packets, octets);
	pcap_close(pcap);
	return rc == PCAP_ERROR_BREAK ? 0 : 1;
}
