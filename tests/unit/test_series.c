/* Files that follow each other: their names, when a new one begins, what a crash has left. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "out/series.h"
#include "out/series_name.h"
#include "tests/lib/nomem.h"
#include "tests/lib/tempdir.h"

#define SECOND INT64_C(1000000000)
#define HOUR (3600 * SECOND)
/* 2026-11-22T11:23:07Z */
#define START (INT64_C(1795346587) * SECOND)
#define BOUNDARY (INT64_C(1795348800) * SECOND)

static struct tempdir dir;
static char noted[1000], listed[2000];

static void note(void *ctx, const char *text)
{
	(void)ctx;
	snprintf(noted + strlen(noted), sizeof(noted) - strlen(noted), "%s\n",
		 text + strlen(dir.name) + 1);
}

static struct series *opened(const char *name, uint64_t octets, int64_t every_ns, int64_t now_ns,
			     struct nf_err *err)
{
	static char path[400];
	const struct series_opts opts = {
		.file = { .path = path, .kind = outfile_kind_of(name), .note = note },
		.max_octets = octets, .every_ns = every_ns,
	};

	snprintf(path, sizeof(path), "%s/%s", dir.name, name);
	noted[0] = '\0';
	return series_open(&opts, now_ns, err);
}

static void line(struct series *s, const char *text, int64_t now_ns)
{
	struct nf_err err;

	assert_int_equal(series_write(s, text, strlen(text), now_ns, &err), 0);
}

static void assert_list(const char *wanted)
{
	assert_string_equal(tempdir_list(&dir, listed, sizeof(listed)), wanted);
}

static void assert_text(const char *name, const char *text)
{
	char got[4096];
	long n = tempdir_read(tempdir_path(&dir, name), got, sizeof(got));

	assert_int_equal(n, strlen(text));
	assert_memory_equal(got, text, strlen(text));
}

/* -- Names ---------------------------------------------------------------------------- */

static void names(void **state)
{
	static const struct {
		const char *path;
		unsigned n;
		const char *name;
	} rows[] = {
		{ "out.gz", 1, "out-20261122T112307Z.gz" },
		{ "/var/a.b/out.json.gz", 2, "/var/a.b/out-20261122T112307Z_02.json.gz" },
		{ "a.b/out", 12, "a.b/out-20261122T112307Z_12" },
		{ "x.pcap.gz", 123, "x-20261122T112307Z_123.pcap.gz" },
		{ "host.example.gz", 1, "host.example-20261122T112307Z.gz" },
		{ "10.0.0.1.gz", 1, "10.0.0-20261122T112307Z.1.gz" },
		{ ".hidden", 1, ".hidden-20261122T112307Z" },
		{ ".gz", 1, ".gz-20261122T112307Z" },
	};
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *base;

		nf_strbuf_clear(&s);
		series_name(&s, rows[i].path, START / SECOND, rows[i].n);
		assert_string_equal(nf_strbuf_cstr(&s), rows[i].name);
		base = strrchr(rows[i].name, '/') != NULL ? strrchr(rows[i].name, '/') + 1 :
							     rows[i].name;
		assert_false(series_is_partial(rows[i].path, base));
		nf_strbuf_clear(&s);
		nf_sb_str(&s, base);
		nf_sb_str(&s, SERIES_PARTIAL);
		assert_true(series_is_partial(rows[i].path, nf_strbuf_cstr(&s)));
	}
	nf_strbuf_done(&s);
}

static void no_partials(void **state)
{
	static const char *const rows[] = {
		"", "out", "out.gz", "out.gz.partial", "out-.gz.partial",
		"out-20261122T112307.gz.partial", "out-20261122T112307Z.gz.partial2",
		"out-20261122T112307Z_.gz.partial", "out-2026112211T2307Z.gz.partial",
		"out-20261122T112307Z.pcap.partial", "out2-20261122T112307Z.gz.partial",
		"out-20261122T112307Z", "out-20261122T112307Z_02x.gz.partial",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_false(series_is_partial("some/out.gz", rows[i]));
}

/* -- When a file ends ----------------------------------------------------------------- */

static void by_time(void **state)
{
	struct nf_err err;
	struct series *s;

	(void)state;
	tempdir_open(&dir);
	s = opened("out.txt", 0, HOUR, START, &err);
	assert_non_null(s);
	assert_list("out-20261122T110000Z.txt.partial ");
	line(s, "one\n", START);
	line(s, "two\n", BOUNDARY - 1);
	assert_list("out-20261122T110000Z.txt.partial ");
	line(s, "three\n", BOUNDARY);
	assert_list("out-20261122T110000Z.txt out-20261122T120000Z.txt.partial ");
	/* it ends when its time is over, though nothing more comes */
	assert_int_equal(series_tick(s, BOUNDARY + HOUR, &err), 0);
	assert_list("out-20261122T110000Z.txt out-20261122T120000Z.txt ");
	/* and none is begun before there is something to write */
	assert_int_equal(series_tick(s, BOUNDARY + 5 * HOUR, &err), 0);
	line(s, "four\n", BOUNDARY + 5 * HOUR + 1);
	assert_int_equal(series_close(s, &err), 0);
	assert_list("out-20261122T110000Z.txt out-20261122T120000Z.txt out-20261122T170000Z.txt ");
	assert_text("out-20261122T110000Z.txt", "one\ntwo\n");
	assert_text("out-20261122T120000Z.txt", "three\n");
	assert_text("out-20261122T170000Z.txt", "four\n");
	assert_string_equal(noted, "");
	tempdir_close(&dir);
}

static void by_size(void **state)
{
	struct nf_err err;
	struct series *s;

	(void)state;
	tempdir_open(&dir);
	s = opened("out.txt", 10, 0, START, &err);
	line(s, "12345\n", START);
	line(s, "123\n", START);		/* just fills it */
	line(s, "1\n", START);
	line(s, "a line that is longer than a file\n", START);
	line(s, "2\n", START + SECOND);
	assert_int_equal(series_close(s, &err), 0);
	assert_list("out-20261122T112307Z.txt out-20261122T112307Z_02.txt "
		    "out-20261122T112307Z_03.txt out-20261122T112308Z.txt ");
	assert_text("out-20261122T112307Z.txt", "12345\n123\n");
	assert_text("out-20261122T112307Z_02.txt", "1\n");
	assert_text("out-20261122T112307Z_03.txt", "a line that is longer than a file\n");
	assert_text("out-20261122T112308Z.txt", "2\n");
	tempdir_close(&dir);
}

/* Packed, a file ends with the first piece that brings it to its size. */
static void by_size_packed(void **state)
{
	struct nf_err err;
	struct series *s;

	(void)state;
	tempdir_open(&dir);
	s = opened("out.gz", 45, 0, START, &err);
	for (int i = 0; i < 4; i++) {
		line(s, "some line\n", START + 2 * i * SECOND);
		assert_int_equal(series_tick(s, START + (2 * i + 1) * SECOND, &err), 0);
	}
	assert_int_equal(series_close(s, &err), 0);
	assert_list("out-20261122T112307Z.gz out-20261122T112311Z.gz ");
	tempdir_close(&dir);
}

static void nothing(void **state)
{
	struct nf_err err;
	struct series *s;

	(void)state;
	tempdir_open(&dir);
	s = opened("out.gz", 0, HOUR, START, &err);
	assert_int_equal(series_tick(s, BOUNDARY, &err), 0);
	assert_int_equal(series_close(s, &err), 0);
	assert_list("");
	tempdir_close(&dir);
}

/* -- What is there -------------------------------------------------------------------- */

static void never_over_another(void **state)
{
	struct nf_err err;
	struct series *s;

	(void)state;
	tempdir_open(&dir);
	tempdir_write(tempdir_path(&dir, "out-20261122T110000Z.txt"), "old\n", 4);
	s = opened("out.txt", 0, HOUR, START, &err);
	line(s, "one\n", START);
	tempdir_write(tempdir_path(&dir, "out-20261122T110000Z_02.txt"), "new\n", 4);
	assert_int_equal(series_close(s, &err), 0);
	assert_text("out-20261122T110000Z.txt", "old\n");
	assert_text("out-20261122T110000Z_02.txt", "new\n");
	assert_text("out-20261122T110000Z_02.txt.2", "one\n");
	tempdir_close(&dir);
}

static void left_by_a_crash(void **state)
{
	struct nf_err err;
	struct series *s;

	(void)state;
	tempdir_open(&dir);
	tempdir_write(tempdir_path(&dir, "out-20261122T100000Z.txt.partial"), "one\ntw", 6);
	tempdir_write(tempdir_path(&dir, "out-20261122T090000Z.txt.partial"), "", 0);
	tempdir_write(tempdir_path(&dir, "other-20261122T090000Z.txt.partial"), "", 0);
	s = opened("out.txt", 0, HOUR, START, &err);
	assert_non_null(s);
	assert_string_equal(noted, "out-20261122T100000Z.txt.partial: 2 octets of an unfinished "
			    "line cut off\nout-20261122T100000Z.txt: was left unfinished, and is "
			    "completed\n");
	assert_int_equal(series_close(s, &err), 0);
	assert_list("other-20261122T090000Z.txt.partial out-20261122T100000Z.txt ");
	assert_text("out-20261122T100000Z.txt", "one\n");
	tempdir_close(&dir);
}

/* Of something else under such a name nothing is taken away. */
static void left_and_foreign(void **state)
{
	struct nf_err err;
	struct series *s;

	(void)state;
	tempdir_open(&dir);
	tempdir_write(tempdir_path(&dir, "out-20261122T110000Z.gz.partial"), "text", 4);
	s = opened("out.gz", 0, HOUR, START, &err);
	assert_non_null(s);
	assert_non_null(strstr(noted, "is no gzip file"));
	line(s, "one\n", START);
	assert_int_equal(series_close(s, &err), 0);
	assert_text("out-20261122T110000Z.gz.partial", "text");
	assert_list("out-20261122T110000Z.gz.partial out-20261122T110000Z_02.gz ");
	tempdir_close(&dir);
}

/* The file of a program that still runs is not completed for it. */
static void left_by_nobody(void **state)
{
	struct series *first;
	struct nf_err err;

	(void)state;
	tempdir_open(&dir);
	first = opened("out.gz", 0, HOUR, START, &err);
	line(first, "one\n", START);
	assert_null(opened("out.gz", 0, HOUR, START, &err));
	assert_non_null(strstr(err.text, "another program is writing to it"));
	assert_int_equal(series_close(first, &err), 0);
	assert_list("out-20261122T110000Z.gz ");
	tempdir_close(&dir);
}

static void nowhere(void **state)
{
	struct nf_err err;
	struct series *s;

	(void)state;
	tempdir_open(&dir);
	assert_null(opened("not/there.gz", 0, HOUR, START, &err));
	assert_non_null(strstr(err.text, "No such file or directory"));
	s = opened("out.txt", 4, 0, START, &err);
	line(s, "one\n", START);
	assert_int_equal(series_tick(s, START + SECOND, &err), 0);
	tempdir_close(&dir);
	assert_int_equal(series_write(s, "two\n", 4, START + SECOND, &err), -1);
	assert_int_equal(err.kind, NF_ERR_ENV);
	series_close(s, &err);
}

static void no_memory(void **state)
{
	struct nf_err err;

	(void)state;
	for (long left = 0; ; left++) {
		struct nomem memory = { .left = left };
		struct series *s;
		bool sound;

		tempdir_open(&dir);
		nomem_begin(&memory);
		s = opened("out.gz", 30, HOUR, START, &err);
		sound = s != NULL && series_write(s, "one\n", 4, START, &err) == 0 &&
			series_write(s, "two\n", 4, BOUNDARY, &err) == 0;
		sound = s != NULL && series_close(s, &err) == 0 && sound;
		nomem_end(&memory);
		tempdir_close(&dir);
		assert_true(sound || memory.failed);
		if (!memory.failed)
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(no_partials),
		cmocka_unit_test(by_time),
		cmocka_unit_test(by_size),
		cmocka_unit_test(by_size_packed),
		cmocka_unit_test(nothing),
		cmocka_unit_test(never_over_another),
		cmocka_unit_test(left_by_a_crash),
		cmocka_unit_test(left_and_foreign),
		cmocka_unit_test(left_by_nobody),
		cmocka_unit_test(nowhere),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
