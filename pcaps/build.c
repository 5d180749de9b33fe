/*
 * Make a capture from its text: build TEXT >CAPTURE.  The language is described in
 * tests/lib/textbuild.h.
 */
#include <config.h>

#include <stdio.h>

#include "lib/textbuild.h"

int main(int argc, char **argv)
{
	struct nf_err err = { .kind = NF_ERR_NONE };
	struct mb capture;
	bool ok;

	if (argc != 2) {
		fprintf(stderr, "usage: build TEXT >CAPTURE\n");
		return 2;
	}
	mb_init(&capture);
	if (tb_build_file(&capture, argv[1], &err) < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], err.text);
		return 1;
	}
	ok = fwrite(capture.p, 1, capture.n, stdout) == capture.n && fflush(stdout) == 0;
	mb_done(&capture);
	if (!ok)
		perror("build");
	return ok ? 0 : 1;
}
