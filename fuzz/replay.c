/*
 * Runs a fuzz target without libFuzzer.
 *
 *	replay			all of $top_srcdir/fuzz/corpus/NAME, as a test (TAP)
 *	replay FILE...		these inputs: text (*.txt, see tests/lib/textbuild.h) or octets
 *	replay -w DIR		write the corpus as octets into DIR, for libFuzzer to start from
 *
 * A text is run whole, and cut at every octet.
 */
#include <config.h>

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "lib/framebuild.h"
#include "lib/textbuild.h"

enum { CUTS = 4096 };		/* longer inputs are not cut at every octet */

static bool read_octets(struct mb *m, const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t buf[4096];
	size_t n;

	if (f == NULL)
		return false;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		mb_mem(m, buf, n);
	fclose(f);
	return !m->failed;
}

static bool is_text(const char *path)
{
	size_t n = strlen(path);

	return n > 4 && strcmp(path + n - 4, ".txt") == 0;
}

static bool load(struct mb *m, const char *path)
{
	struct nf_err err = { .kind = NF_ERR_NONE };

	if (!is_text(path))
		return read_octets(m, path);
	if (tb_build_file(m, path, &err) == 0)
		return true;
	printf("# %s: %s\n", path, err.text);
	return false;
}

/* In memory of exactly its size, so that AddressSanitizer sees a read behind it. */
static void run(const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n == 0 ? 1 : n);

	if (copy == NULL)
		return;
	if (n != 0)
		memcpy(copy, p, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

static bool replay(const char *path)
{
	struct mb m;
	bool loaded;

	mb_init(&m);
	loaded = load(&m, path);
	if (loaded) {
		run(m.p, m.n);
		for (size_t n = 0; is_text(path) && m.n <= CUTS && n < m.n; n++)
			run(m.p, n);
	}
	mb_done(&m);
	return loaded;
}

static bool write_octets(const char *path, const char *dir, const char *name)
{
	char out[4096];
	struct mb m;
	bool written;

	snprintf(out, sizeof(out), "%s/%s", dir, name);
	mb_init(&m);
	written = load(&m, path) && fb_save(&m, out);
	mb_done(&m);
	return written;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* The whole corpus: as a test, or written to DIR. */
static int all(const char *dir)
{
	const char *top = getenv("top_srcdir");
	struct dirent **names = NULL;
	char folder[2048], path[4096];
	int n, number = 0, failed = 0;

	snprintf(folder, sizeof(folder), "%s/fuzz/corpus/%s", top == NULL ? "." : top, fuzz_name);
	n = scandir(folder, &names, NULL, by_name);
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		bool good;

		if (name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", folder, name);
			good = dir != NULL ? write_octets(path, dir, name) : replay(path);
			failed += !good;
			printf("%sok %d - %s\n", good ? "" : "not ", ++number, name);
		}
		free(names[i]);
	}
	free(names);
	if (number == 0)
		printf("not ok 1 - no corpus in %s\n", folder);
	printf("1..%d\n", number == 0 ? 1 : number);
	return failed != 0 || number == 0;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return all(NULL);
	if (argc == 3 && strcmp(argv[1], "-w") == 0)
		return all(argv[2]);
	for (int i = 1; i < argc; i++)
		if (!replay(argv[i])) {
			fprintf(stderr, "replay: cannot read %s\n", argv[i]);
			return 2;
		}
	return 0;
}
