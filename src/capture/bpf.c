#include <config.h>

#include "capture/bpf.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { MAX_PROGRAMS = 64 };

struct program {
	int linktype;
	bool usable;
	struct bpf_program code;
};

struct bpf {
	const char *expr;
	struct program programs[MAX_PROGRAMS];
	unsigned n;
	bool full;		/* and that was said */
};

/*
 * A handle to compile with.  Link types in files and in libpcap (DLT) differ in places, so
 * libpcap is given the header of a file and maps the type itself.
 */
static pcap_t *handle(int linktype, char *why)
{
	uint8_t header[24] = {
		0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0,
		0, 0, (uint8_t)(linktype >> 8), (uint8_t)linktype,
	};
	FILE *f = fmemopen(header, sizeof(header), "r");
	pcap_t *p;

	if (f == NULL)
		return NULL;
	p = pcap_fopen_offline(f, why);
	if (p == NULL)
		fclose(f);
	return p;
}

static bool compile(struct program *prog, const char *expr, int linktype, char *why)
{
	pcap_t *p = handle(linktype, why);

	*prog = (struct program){ .linktype = linktype };
	if (p == NULL)
		return false;
	prog->usable = pcap_compile(p, &prog->code, expr, 1, PCAP_NETMASK_UNKNOWN) == 0;
	if (!prog->usable)
		snprintf(why, PCAP_ERRBUF_SIZE, "%s", pcap_geterr(p));
	pcap_close(p);
	return prog->usable;
}

/* An expression may make sense for some link types alone ("wlan type mgt"). */
static bool makes_sense(const char *expr, char *why)
{
	static const int linktypes[] = { 1, 101, 113, 0, 127, 105, 9 };
	char other[PCAP_ERRBUF_SIZE];

	for (size_t i = 0; i < sizeof(linktypes) / sizeof(linktypes[0]); i++) {
		struct program prog;

		if (compile(&prog, expr, linktypes[i], i == 0 ? why : other)) {
			pcap_freecode(&prog.code);
			return true;
		}
	}
	return false;
}

struct bpf *bpf_new(const char *expr, struct nf_err *err)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	struct bpf *b;

	if (!makes_sense(expr, why)) {
		nf_err_set(err, NF_ERR_USAGE, "--bpf \"%s\": %s", expr, why);
		return NULL;
	}
	b = nf_zalloc(sizeof(*b));
	if (b == NULL)
		nf_err_memory(err);
	else
		b->expr = expr;
	return b;
}

/* The program for LINKTYPE; NULL and *ERR on first sight of one that has none. */
static struct program *program_for(struct bpf *b, int linktype, struct nf_err *err)
{
	static struct program none;
	char why[PCAP_ERRBUF_SIZE] = "";
	struct program *prog;

	for (unsigned i = 0; i < b->n; i++)
		if (b->programs[i].linktype == linktype)
			return &b->programs[i];
	if (b->full)
		return &none;
	if (b->n == MAX_PROGRAMS) {
		b->full = true;
		nf_err_set(err, NF_ERR_ENV, "--bpf \"%s\" is applied to frames of %d link types; "
			   "those of more are dropped", b->expr, MAX_PROGRAMS);
		return NULL;
	}
	prog = &b->programs[b->n++];
	if (compile(prog, b->expr, linktype, why))
		return prog;
	nf_err_set(err, NF_ERR_ENV,
		   "--bpf \"%s\" cannot be applied to link type %d, whose frames are dropped: %s",
		   b->expr, linktype, why);
	return NULL;
}

enum bpf_verdict bpf_check(struct bpf *b, const struct frame *f, struct nf_err *err)
{
	const struct program *prog = program_for(b, f->linktype, err);
	struct pcap_pkthdr h = { .caplen = f->caplen, .len = f->wirelen };

	if (prog == NULL)
		return BPF_TROUBLE;
	if (!prog->usable || pcap_offline_filter(&prog->code, &h, f->p) == 0)
		return BPF_DROP;
	return BPF_PASS;
}

void bpf_free(struct bpf *b)
{
	if (b == NULL)
		return;
	for (unsigned i = 0; i < b->n; i++)
		if (b->programs[i].usable)
			pcap_freecode(&b->programs[i].code);
	nf_free(b);
}
