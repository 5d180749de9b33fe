/* Inputs: plain, packed, cut, piped, growing; the ring, and spooling. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "capture/input.h"
#include "lib/capbuild.h"

/* Octets that tell where they stand, and that compression cannot make disappear. */
static void fill(struct mb *m, size_t n)
{
	uint32_t v = 1;

	mb_init(m);
	for (size_t i = 0; i < n; i++) {
		v = v * 1664525 + 1013904223;
		mb_u8(m, (uint8_t)(v >> 24));
	}
}

static struct input *try_octets(struct nf_bytes octets, struct nf_err *err)
{
	char *path = cb_file(octets);
	struct input *in = input_open(path, false, NULL, err);

	cb_remove(path);	/* it stays open */
	return in;
}

static struct input *open_octets(struct nf_bytes octets)
{
	struct nf_err err = { .kind = NF_ERR_NONE };
	struct input *in = try_octets(octets, &err);

	if (in == NULL)
		fail_msg("%s", err.text);
	return in;
}

/* IN gives the first octets of WANT and then ends; how many it gave. */
static size_t read_all(struct input *in, struct nf_bytes want, size_t step)
{
	size_t at = 0;

	while (input_have(in, at, 1, INPUT_WAIT) == INPUT_THERE) {
		size_t n = step;
		const uint8_t *p;

		if (input_have(in, at, n, INPUT_WAIT) != INPUT_THERE)
			n = in->end - at;
		p = input_at(in, at, n);
		assert_true(n <= want.n - at);
		assert_memory_equal(p, want.p + at, n);
		at += n;
		input_release(in, at);
	}
	return at;
}

static void ring(void **state)
{
	static const size_t steps[] = { 1, 7, 4096, 65536, 100001, 900000 };
	struct mb m;

	(void)state;
	fill(&m, 1000000);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct input *in = open_octets(mb_bytes(&m));

		assert_int_equal(read_all(in, mb_bytes(&m), steps[i]), m.n);
		assert_int_equal(in->trouble.kind, NF_ERR_NONE);
		/* Memory follows what is kept, not the size of the file. */
		assert_true(in->cap <= 4 * (steps[i] + 65536));
		input_close(in);
	}
	mb_done(&m);
}

/* What is released unread is passed over; what is kept survives the growth of the ring. */
static void skip_and_keep(void **state)
{
	struct input *in;
	struct mb m;

	(void)state;
	fill(&m, 1000000);
	in = open_octets(mb_bytes(&m));
	input_release(in, 300001);
	assert_int_equal(input_have(in, 300001, 10, INPUT_WAIT), INPUT_THERE);
	assert_memory_equal(input_at(in, 300001, 10), m.p + 300001, 10);
	assert_true(in->cap <= 1 << 18);
	assert_int_equal(input_have(in, 300001, 600000, INPUT_NOWAIT), INPUT_THERE);
	assert_memory_equal(input_at(in, 300001, 600000), m.p + 300001, 600000);
	input_release(in, 2000000);
	assert_int_equal(input_have(in, 2000000, 1, INPUT_WAIT), INPUT_ENDED);
	input_close(in);
	mb_done(&m);
}

static void packed(void **state)
{
	static const char *const filters[] = { "gzip", "zstd", "xz", "lz4", "bzip2" };
	static const char *const names[] = { "gz", "zst", "xz", "lz4", "bz2" };
	struct mb m;

	(void)state;
	fill(&m, 300000);
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct nf_err err;
		struct input *in;
		struct mb z;

		mb_init(&z);
		if (!cb_pack(&z, filters[i], mb_bytes(&m))) {
			print_message("# %s is not to be had here\n", filters[i]);
			mb_done(&z);
			continue;
		}
		in = open_octets(mb_bytes(&z));
		assert_string_equal(in->packed, names[i]);
		assert_int_equal(read_all(in, mb_bytes(&m), 1000), m.n);
		assert_int_equal(in->trouble.kind, NF_ERR_NONE);
		assert_int_equal(input_rewind(in, &err), 0);
		assert_int_equal(read_all(in, mb_bytes(&m), 333), m.n);
		assert_int_equal(input_spool(in, &err), 0);
		assert_int_equal(read_all(in, mb_bytes(&m), 4096), m.n);
		input_close(in);

		/* Cut: some of it, or nothing where its only block is cut, and a word about it. */
		in = try_octets((struct nf_bytes){ z.p, z.n - 20 }, &err);
		if (in != NULL) {
			assert_true(read_all(in, mb_bytes(&m), 1000) <= m.n);
			assert_int_equal(in->trouble.kind, NF_ERR_DAMAGE);
			assert_int_equal(input_spool(in, &err), 0);
			read_all(in, mb_bytes(&m), 1000);
			assert_int_equal(in->trouble.kind, NF_ERR_DAMAGE);
		} else {
			assert_int_equal(err.kind, NF_ERR_DAMAGE);
		}
		input_close(in);
		mb_done(&z);
	}
	mb_done(&m);
}

/* A gz file that is cut gives all that is in it, wherever the cut is. */
static void gz_cut_anywhere(void **state)
{
	size_t before = 0;
	struct mb m, z;

	(void)state;
	fill(&m, 600);
	mb_init(&z);
	assert_true(cb_pack(&z, "gzip", mb_bytes(&m)));
	for (size_t n = 6; n <= z.n; n++) {
		struct input *in = open_octets((struct nf_bytes){ z.p, n });
		size_t got = read_all(in, mb_bytes(&m), 100);

		assert_true(got >= before);
		assert_int_equal(in->trouble.kind, n < z.n ? NF_ERR_DAMAGE : NF_ERR_NONE);
		before = got;
		input_close(in);
	}
	assert_int_equal(before, m.n);
	mb_done(&m);
	mb_done(&z);
}

/* How many octets all of Z gives at once. */
static size_t inflated(struct nf_bytes z, uint8_t *out, size_t room)
{
	z_stream s = { .next_in = (Bytef *)(uintptr_t)z.p, .avail_in = (uInt)z.n,
		       .next_out = out, .avail_out = (uInt)room };

	assert_int_equal(inflateInit2(&s, 15 + 16), Z_OK);
	inflate(&s, Z_NO_FLUSH);
	inflateEnd(&s);
	return room - s.avail_out;
}

/*
 * An octet of packed zeros stands for thousands, which zlib holds back where a buffer is
 * full; of a cut file they are the last.
 */
static void gz_holds_nothing_back(void **state)
{
	enum { ZEROS = 300000 };
	uint8_t *zeros = calloc(1, ZEROS), *out = malloc(ZEROS);
	struct nf_bytes all = { zeros, ZEROS };
	struct mb z;

	(void)state;
	mb_init(&z);
	assert_true(cb_pack(&z, "gzip", all));
	for (size_t n = 20; n < z.n; n++) {
		struct nf_bytes cut = { z.p, n };
		struct input *in = open_octets(cut);

		assert_int_equal(read_all(in, all, 1000), inflated(cut, out, ZEROS));
		assert_int_equal(in->trouble.kind, NF_ERR_DAMAGE);
		input_close(in);
	}
	free(zeros);
	free(out);
	mb_done(&z);
}

/* Nothing, packed, is as empty as it was. */
static void packed_nothing(void **state)
{
	static const char *const packed[] = {
		"1f8b08000000000000030300" "0000000000000000",
		"28b52ffd2400010000" "99e9d851",
		"fd377a585a000004e6d6b446000000001cdf44211fb6f37d010000000004595a",
		"04224d186440a70000000005" "5dcc02",
		"425a6839177245385090" "00000000",
	};
	struct nf_bytes nothing = { (const uint8_t *)"", 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++) {
		struct nf_err err;
		struct input *in;
		struct mb z;

		mb_init(&z);
		mb_hex(&z, packed[i]);
		in = open_octets(mb_bytes(&z));
		assert_int_equal(read_all(in, nothing, 10), 0);
		assert_int_equal(in->trouble.kind, NF_ERR_NONE);
		assert_int_equal(input_rewind(in, &err), 0);
		assert_int_equal(read_all(in, nothing, 10), 0);
		assert_int_equal(in->trouble.kind, NF_ERR_NONE);
		input_close(in);
		mb_done(&z);
	}
}

/* pzstd puts a frame to be skipped before the first. */
static void zst_begins_with_a_skippable_frame(void **state)
{
	struct input *in;
	struct mb m, z;

	(void)state;
	fill(&m, 1000);
	mb_init(&z);
	mb_hex(&z, "502a4d18" "04000000" "00000000");
	if (cb_pack(&z, "zstd", mb_bytes(&m))) {
		in = open_octets(mb_bytes(&z));
		assert_int_equal(read_all(in, mb_bytes(&m), 100), m.n);
		assert_int_equal(in->trouble.kind, NF_ERR_NONE);
		input_close(in);
	}
	mb_done(&m);
	mb_done(&z);
}

static void gz_members(void **state)
{
	static const char *const tails[] = { "", "00", "0000000000000000", "1f", "6a756e6b" };
	struct mb m, z;

	(void)state;
	fill(&m, 5000);
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		struct input *in;

		mb_init(&z);
		for (size_t k = 0; k < 5; k++)
			assert_true(cb_pack(&z, "gzip", (struct nf_bytes){ m.p + k * 1000, 1000 }));
		mb_hex(&z, tails[i]);	/* padding of tapes, and the like */
		in = open_octets(mb_bytes(&z));
		assert_int_equal(read_all(in, mb_bytes(&m), 64), m.n);
		assert_int_equal(in->trouble.kind, strcmp(tails[i], "1f") == 0 ? NF_ERR_DAMAGE :
										NF_ERR_NONE);
		input_close(in);
		mb_done(&z);
	}
	mb_done(&m);
}

/* A pipe is asked for what is there, and never waited on for more. */
static void pipe_gives_what_is_there(void **state)
{
	char path[32];
	struct nf_err err;
	struct input *in;
	int fds[2];
	struct mb m;

	(void)state;
	fill(&m, 100);
	assert_int_equal(pipe(fds), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", fds[0]);
	assert_int_equal(write(fds[1], m.p, 10), 10);
	in = input_open(path, false, NULL, &err);
	assert_non_null(in);
	assert_true(input_live(in));
	assert_false(input_rewinds(in));
	assert_int_equal(input_have(in, 0, 10, INPUT_NOWAIT), INPUT_THERE);
	assert_int_equal(input_have(in, 0, 11, INPUT_NOWAIT), INPUT_NOT_YET);
	assert_int_equal(write(fds[1], m.p + 10, 5), 5);
	assert_int_equal(input_have(in, 0, 15, INPUT_WAIT), INPUT_THERE);
	assert_int_equal(input_have(in, 0, 16, INPUT_NOWAIT), INPUT_NOT_YET);
	assert_int_equal(write(fds[1], m.p + 15, 85), 85);
	close(fds[1]);
	assert_int_equal(input_have(in, 0, 101, INPUT_NOWAIT), INPUT_ENDED);
	assert_memory_equal(input_at(in, 0, 100), m.p, 100);
	assert_int_equal(input_spool(in, &err), 0);
	assert_true(input_rewinds(in));
	assert_int_equal(read_all(in, mb_bytes(&m), 9), 100);
	input_close(in);
	close(fds[0]);
	mb_done(&m);
}

/* A file that is followed has no end yet. */
static void followed_file(void **state)
{
	struct nf_err err;
	struct input *in;
	char *path;
	struct mb m;
	FILE *f;

	(void)state;
	fill(&m, 100);
	path = cb_file((struct nf_bytes){ m.p, 50 });
	in = input_open(path, true, NULL, &err);
	assert_non_null(in);
	assert_true(input_live(in));
	assert_int_equal(input_have(in, 0, 50, INPUT_NOWAIT), INPUT_THERE);
	assert_int_equal(input_have(in, 0, 51, INPUT_NOWAIT), INPUT_NOT_YET);
	f = fopen(path, "ab");
	assert_non_null(f);
	fwrite(m.p + 50, 1, 50, f);
	fclose(f);
	assert_int_equal(input_have(in, 0, 100, INPUT_WAIT), INPUT_THERE);
	assert_memory_equal(input_at(in, 0, 100), m.p, 100);
	input_close(in);
	cb_remove(path);
	mb_done(&m);
}

/* A lean file is opened for each read, and must stay the same file. */
static void lean_file(void **state)
{
	struct nf_err err;
	struct input *in;
	char *path;
	struct mb m;

	(void)state;
	fill(&m, 500000);
	path = cb_file(mb_bytes(&m));
	in = input_open(path, false, NULL, &err);
	input_lean(in);
	assert_int_equal(in->raw.fd, -1);	/* though its first octets were read before */
	assert_int_equal(input_have(in, 0, 100000, INPUT_WAIT), INPUT_THERE);
	assert_int_equal(in->raw.fd, -1);
	assert_memory_equal(input_at(in, 0, 100000), m.p, 100000);
	cb_remove(path);
	assert_int_equal(input_have(in, 0, 500000, INPUT_WAIT), INPUT_ENDED);
	assert_int_equal(in->trouble.kind, NF_ERR_DAMAGE);
	input_close(in);
	mb_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ring),
		cmocka_unit_test(skip_and_keep),
		cmocka_unit_test(packed),
		cmocka_unit_test(gz_cut_anywhere),
		cmocka_unit_test(gz_holds_nothing_back),
		cmocka_unit_test(packed_nothing),
		cmocka_unit_test(zst_begins_with_a_skippable_frame),
		cmocka_unit_test(gz_members),
		cmocka_unit_test(pipe_gives_what_is_there),
		cmocka_unit_test(followed_file),
		cmocka_unit_test(lean_file),
	};

	return cmocka_run_group_tests_name("input", tests, NULL, NULL);
}
