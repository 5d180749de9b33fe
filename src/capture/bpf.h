/*
 * libpcap's filter expressions over frames: one program for each link type met.
 */
#ifndef CAPTURE_BPF_H
#define CAPTURE_BPF_H

#include "capture/frame.h"

struct bpf;

/* NULL and *ERR (kind USAGE) where EXPR means nothing for any link type that we read. */
struct bpf *bpf_new(const char *expr, struct nf_err *err);

enum bpf_verdict {
	BPF_PASS,
	BPF_DROP,
	BPF_TROUBLE,	/* as BPF_DROP, and for the first time: *ERR says why no frame can pass */
};

enum bpf_verdict bpf_check(struct bpf *b, const struct frame *f, struct nf_err *err);

void bpf_free(struct bpf *b);

#endif
