/* Files of output: what is in them is whole, whatever was there and whenever it stops. */
#include <config.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/mem.h"
#include "out/outfile.h"
#include "tests/lib/nomem.h"
#include "tests/lib/tempdir.h"

#define SECOND INT64_C(1000000000)

static struct tempdir dir;
static char noted[500];

static void note(void *ctx, const char *text)
{
	(void)ctx;
	snprintf(noted, sizeof(noted), "%s", text + strlen(dir.name) + 1);
}

static struct outfile_opts opts_of(const char *name)
{
	const char *path = tempdir_path(&dir, name);

	noted[0] = '\0';
	return (struct outfile_opts){ .path = path, .kind = outfile_kind_of(path), .note = note };
}

static struct outfile *opened(const char *name)
{
	struct outfile_opts opts = opts_of(name);
	struct nf_err err;
	struct outfile *f = outfile_open(&opts, &err);

	if (f == NULL)
		print_error("%s\n", err.text);
	assert_non_null(f);
	return f;
}

/* A piece of its own. */
static void piece(struct outfile *f, const char *text)
{
	struct nf_err err;

	assert_int_equal(outfile_write(f, text, strlen(text), SECOND, &err), 0);
	assert_int_equal(outfile_flush(f, &err), 0);
}

static void append(const char *name, const char *text)
{
	struct outfile *f = opened(name);

	piece(f, text);
	outfile_free(f);
}

/* All members of a file, as others unpack them. */
static void assert_gz(const char *name, const char *text)
{
	char got[4096];
	gzFile gz = gzopen(tempdir_path(&dir, name), "rb");
	int n = gzread(gz, got, sizeof(got));

	assert_int_equal(gzclose(gz), Z_OK);
	assert_int_equal(n, strlen(text));
	assert_memory_equal(got, text, strlen(text));
}

static void assert_text(const char *name, const char *text)
{
	char got[4096];
	long n = tempdir_read(tempdir_path(&dir, name), got, sizeof(got));

	assert_int_equal(n, strlen(text));
	assert_memory_equal(got, text, strlen(text));
}

/* Not to be opened for more, and not touched. */
static void assert_refused(const char *name, const void *p, size_t n, const char *why)
{
	struct outfile_opts opts = opts_of(name);
	char got[4096];
	struct nf_err err;

	tempdir_write(opts.path, p, n);
	assert_null(outfile_open(&opts, &err));
	assert_int_equal(err.kind, NF_ERR_ENV);
	assert_non_null(strstr(err.text, why));
	assert_int_equal(tempdir_read(opts.path, got, sizeof(got)), n);
	assert_memory_equal(got, p, n);
}

/* Room for so many octets in any file. */
static void room(rlim_t octets)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = octets;
	setrlimit(RLIMIT_FSIZE, &limit);
}

/* -- gzip ----------------------------------------------------------------------------- */

static const char *const lines[] = { "one\n", "two and two\n", "three, and no more\n" };

/* Three members; where each ends. */
static size_t three(uint8_t octets[], size_t room, size_t ends[3])
{
	const char *name = "three.gz";
	struct outfile *f;

	unlink(tempdir_path(&dir, name));
	f = opened(name);
	for (unsigned i = 0; i < 3; i++) {
		piece(f, lines[i]);
		ends[i] = f->size;
	}
	outfile_free(f);
	assert_int_equal(tempdir_read(tempdir_path(&dir, name), octets, room), ends[2]);
	return ends[2];
}

static void gz_members(void **state)
{
	(void)state;
	tempdir_open(&dir);
	append("out.gz", "one\n");
	append("out.gz", "two\n");
	assert_string_equal(noted, "");
	assert_gz("out.gz", "one\ntwo\n");
	tempdir_close(&dir);
}

/* What remains is exactly the whole members before the cut, and what is added is found behind. */
static void gz_cut_anywhere(void **state)
{
	uint8_t octets[1000];
	size_t ends[3], n;

	(void)state;
	tempdir_open(&dir);
	n = three(octets, sizeof(octets), ends);
	for (size_t cut = 0; cut <= n; cut++) {
		unsigned whole = (cut >= ends[0]) + (cut >= ends[1]) + (cut >= ends[2]);
		size_t kept = whole != 0 ? ends[whole - 1] : 0;
		char wanted[200] = "", text[100];
		struct outfile *f;

		tempdir_write(tempdir_path(&dir, "cut.gz"), octets, cut);
		f = opened("cut.gz");
		assert_int_equal(f->size, kept);
		outfile_free(f);
		assert_int_equal(tempdir_read(tempdir_path(&dir, "cut.gz"), text, 0), 0);
		snprintf(text, sizeof(text), "cut.gz: %zu octet%s of an unfinished member cut off",
			 cut - kept, cut - kept == 1 ? "" : "s");
		assert_string_equal(noted, cut != kept ? text : "");
		append("cut.gz", "more\n");
		for (unsigned i = 0; i < whole; i++)
			strcat(wanted, lines[i]);
		assert_gz("cut.gz", strcat(wanted, "more\n"));
	}
	tempdir_close(&dir);
}

/* Zeros stand where the power failed; anything else is not ours to throw away. */
static void gz_zeros_and_damage(void **state)
{
	uint8_t octets[200000] = { 0 };
	size_t ends[3];
	struct outfile *f;

	(void)state;
	tempdir_open(&dir);
	three(octets, sizeof(octets), ends);
	memset(octets + ends[2], 0, sizeof(octets) - ends[2]);
	tempdir_write(tempdir_path(&dir, "zeros.gz"), octets, sizeof(octets));
	f = opened("zeros.gz");
	assert_int_equal(f->size, ends[2]);
	outfile_free(f);

	memset(octets + ends[2] - 8, 0, 8);
	tempdir_write(tempdir_path(&dir, "zeros.gz"), octets, sizeof(octets));
	f = opened("zeros.gz");
	assert_int_equal(f->size, ends[1]);
	outfile_free(f);

	three(octets, sizeof(octets), ends);
	octets[ends[0] + 12] ^= 0xff;
	assert_refused("damaged.gz", octets, ends[2], "damaged at octet");
	memcpy(octets + ends[2], "rest", 4);
	octets[ends[0] + 12] ^= 0xff;
	assert_refused("damaged.gz", octets, ends[2] + 4, "damaged at octet");
	tempdir_close(&dir);
}

static void gz_foreign(void **state)
{
	(void)state;
	tempdir_open(&dir);
	assert_refused("x.gz", "{}\n", 3, "is no gzip file");
	assert_refused("x.gz", "x", 1, "is no gzip file");
	assert_refused("x.gz", "\0\0\0\0", 4, "is no gzip file");
	assert_refused("x.gz", "\x1f\x8cxx", 4, "is no gzip file");
	assert_refused("x.gz", "\x1f\x8bxxxxxxxxxxxxx", 15, "damaged at octet 0");
	tempdir_close(&dir);
}

/* A member larger than all buffers, and of lines that do not pack. */
static void gz_large(void **state)
{
	struct outfile *f;
	uint32_t random = 1;
	static char text[1 << 20], got[1 << 20];
	struct nf_err err;
	gzFile gz;

	(void)state;
	tempdir_open(&dir);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)((random = random * 1664525 + 1013904223) >> 24);
	f = opened("large.gz");
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(outfile_write(f, text, sizeof(text), i, &err), 0);
	assert_true(f->size > 2 * sizeof(text));	/* memory is bounded */
	assert_int_equal(outfile_flush(f, &err), 0);
	outfile_free(f);
	gz = gzopen(tempdir_path(&dir, "large.gz"), "rb");
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(gzread(gz, got, sizeof(got)), sizeof(got));
		assert_memory_equal(got, text, sizeof(text));
	}
	assert_int_equal(gzread(gz, got, 1), 0);
	assert_int_equal(gzclose(gz), Z_OK);
	f = opened("large.gz");
	assert_string_equal(noted, "");
	outfile_free(f);
	tempdir_close(&dir);
}

/* -- Other kinds ---------------------------------------------------------------------- */

static void text_grows(void **state)
{
	struct nf_strbuf head;
	struct outfile_opts opts;
	struct outfile *f;
	struct nf_err err;

	(void)state;
	tempdir_open(&dir);
	nf_strbuf_init(&head);
	nf_sb_str(&head, "a,b\n");
	for (unsigned i = 0; i < 2; i++) {	/* titles stand there once */
		opts = opts_of("out.csv");
		opts.head = &head;
		f = outfile_open(&opts, &err);
		piece(f, "1,2\n");
		outfile_free(f);
	}
	assert_text("out.csv", "a,b\n1,2\n1,2\n");
	nf_strbuf_done(&head);
	tempdir_write(tempdir_path(&dir, "out.txt"), "mine", 4);
	append("out.txt", "ours\n");
	assert_text("out.txt", "mine\nours\n");
	tempdir_close(&dir);
}

static void pcap_frames(void **state)
{
	static const uint8_t octets[] =
		"\xa1\xb2\x3c\x4d" "\0\2\0\4" "\0\0\0\0" "\0\0\0\0" "\0\4\0\0" "\0\0\0\x65"
		"\0\0\0\1" "\0\0\0\2" "\0\0\0\3" "\0\0\0\x3" "abc"
		"\0\0\0\1" "\0\0\0\2" "\0\0\0\1" "\0\0\0\1" "d";
	enum { ONE = 24 + 16 + 3, TWO = ONE + 17 };
	struct nf_strbuf head;
	struct outfile_opts opts;
	struct outfile *f;
	struct nf_err err;

	(void)state;
	tempdir_open(&dir);
	nf_strbuf_init(&head);
	nf_sb_mem(&head, octets, 24);
	for (size_t n = 0; n <= TWO; n++) {
		opts = opts_of("x.pcap");
		opts.head = &head;
		opts.must_begin = true;
		tempdir_write(opts.path, octets, n);
		f = outfile_open(&opts, &err);
		assert_non_null(f);
		assert_int_equal(f->size, n >= TWO ? TWO : n >= ONE ? ONE : n >= 24 ? 24 : 0);
		outfile_free(f);
	}
	opts = opts_of("room.pcap");
	opts.head = &head;
	opts.must_begin = true;
	f = outfile_open(&opts, &err);
	/* of what there is no room for, whole frames stay */
	for (rlim_t n = 1; n < TWO; n++) {
		assert_int_equal(ftruncate(f->fd, 0), 0);
		f->size = 0;
		room(n);
		assert_int_equal(outfile_write(f, octets + 24, TWO - 24, 0, &err), 0);
		assert_int_equal(outfile_flush(f, &err), -1);
		room(RLIM_INFINITY);
		assert_int_equal(f->size, n >= ONE ? ONE : n >= 24 ? 24 : 0);
	}
	outfile_free(f);
	tempdir_write(opts.path, "\xd4\xc3\xb2\xa1\2\0\4\0", 8);
	assert_null(outfile_open(&opts, &err));
	assert_non_null(strstr(err.text, "is no capture of nfpcap"));
	nf_strbuf_done(&head);
	tempdir_close(&dir);
}

/* -- Time, room, and others ----------------------------------------------------------- */

static void lingers(void **state)
{
	struct outfile *f;
	struct nf_err err;

	(void)state;
	tempdir_open(&dir);
	f = opened("out.gz");
	assert_int_equal(outfile_write(f, "one\n", 4, 10 * SECOND, &err), 0);
	assert_int_equal(outfile_write(f, "two\n", 4, 10 * SECOND + SECOND / 2, &err), 0);
	assert_int_equal(outfile_tick(f, 10 * SECOND + SECOND / 2, &err), 0);
	assert_int_equal(f->size, 0);
	assert_int_equal(outfile_tick(f, 11 * SECOND, &err), 0);
	assert_int_not_equal(f->size, 0);
	assert_gz("out.gz", "one\ntwo\n");
	/* a clock that is set back */
	assert_int_equal(outfile_write(f, "three\n", 6, 12 * SECOND, &err), 0);
	assert_int_equal(outfile_tick(f, 2 * SECOND, &err), 0);
	assert_gz("out.gz", "one\ntwo\nthree\n");
	outfile_free(f);
	tempdir_close(&dir);
}

static void full(void **state)
{
	struct outfile *f;
	struct nf_err err;
	uint64_t size;

	(void)state;
	tempdir_open(&dir);
	f = opened("out.gz");
	piece(f, "one\n");
	size = f->size;
	room(size + 5);
	assert_int_equal(outfile_write(f, "two\n", 4, 0, &err), 0);
	assert_int_equal(outfile_flush(f, &err), -1);
	assert_non_null(strstr(err.text, "File too large"));
	assert_int_equal(f->size, size);
	room(RLIM_INFINITY);
	assert_gz("out.gz", "one\n");
	piece(f, "three\n");
	assert_gz("out.gz", "one\nthree\n");
	outfile_free(f);

	f = opened("out.txt");
	room(10);
	assert_int_equal(outfile_write(f, "one\ntwo\nthree\n", 14, 0, &err), 0);
	assert_int_equal(outfile_flush(f, &err), -1);
	room(RLIM_INFINITY);
	assert_text("out.txt", "one\ntwo\n");
	outfile_free(f);
	tempdir_close(&dir);
}

/* Those who tidy up move a file away, and find what comes in a new one. */
static void moved(void **state)
{
	struct outfile *f;

	(void)state;
	tempdir_open(&dir);
	f = opened("out.txt");
	piece(f, "one\n");
	assert_int_equal(rename(tempdir_path(&dir, "out.txt"), tempdir_path(&dir, "old.txt")), 0);
	piece(f, "two\n");
	assert_string_equal(noted, "out.txt: was moved or removed: a new one is begun");
	outfile_free(f);
	assert_text("old.txt", "one\n");
	assert_text("out.txt", "two\n");
	tempdir_close(&dir);
}

static void vanished(void **state)
{
	struct outfile *f;
	struct nf_err err;

	(void)state;
	tempdir_open(&dir);
	f = opened("out.txt");
	tempdir_close(&dir);
	assert_int_equal(outfile_write(f, "one\n", 4, 0, &err), -1);
	assert_non_null(strstr(err.text, "No such file or directory"));
	outfile_free(f);
}

static void another(void **state)
{
	struct outfile_opts opts;
	struct outfile *f;
	struct nf_err err;

	(void)state;
	tempdir_open(&dir);
	f = opened("out.gz");
	opts = opts_of("out.gz");
	assert_null(outfile_open(&opts, &err));
	assert_non_null(strstr(err.text, "another program is writing to it"));
	outfile_free(f);
	tempdir_close(&dir);
}

static bool run(const char *name)
{
	struct outfile_opts opts = opts_of(name);
	struct nf_err err;
	struct outfile *f = outfile_open(&opts, &err);
	bool sound = f != NULL && outfile_write(f, "one\n", 4, 0, &err) == 0 &&
		     outfile_flush(f, &err) == 0;

	outfile_free(f);
	return sound;
}

static void no_memory(void **state)
{
	(void)state;
	tempdir_open(&dir);
	for (long left = 0; ; left++) {
		struct nomem memory = { .left = left };
		bool sound;

		nomem_begin(&memory);
		sound = run("out.gz");
		nomem_end(&memory);
		assert_true(sound || memory.failed);
		if (!memory.failed)
			break;
	}
	tempdir_close(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gz_members),
		cmocka_unit_test(gz_cut_anywhere),
		cmocka_unit_test(gz_zeros_and_damage),
		cmocka_unit_test(gz_foreign),
		cmocka_unit_test(gz_large),
		cmocka_unit_test(text_grows),
		cmocka_unit_test(pcap_frames),
		cmocka_unit_test(lingers),
		cmocka_unit_test(full),
		cmocka_unit_test(moved),
		cmocka_unit_test(vanished),
		cmocka_unit_test(another),
		cmocka_unit_test(no_memory),
	};

	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
