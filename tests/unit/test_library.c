/* Libraries that are loaded when needed: what is not there is said, and asked for again. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/library.h"
#include "capture/libarchive.h"

static void linked(void **state)
{
	int (*calls[])(const char *) = { NULL };
	struct nf_library l = { .soname = NULL, .n = 1, .calls = calls };

	(void)state;
	assert_int_equal(nf_library_load(&l, NULL), 0);
	assert_null(calls[0]);
}

static void missing(void **state)
{
	static const char *const names[] = { "archive_version_number" };
	int (*calls[])(void) = { NULL };
	struct nf_library l = {
		.soname = "libnfpcap-none.so.0", .names = names, .n = 1, .calls = calls,
	};
	struct nf_err err;

	(void)state;
	assert_int_equal(nf_library_load(&l, NULL), -1);
	assert_int_equal(nf_library_load(&l, &err), -1);
	assert_int_equal(err.kind, NF_ERR_ENV);
	assert_non_null(strstr(err.text, l.soname));
	assert_false(l.loaded);
	assert_null(calls[0]);
}

#ifdef LIBARCHIVE_SONAME
static void lacks_a_function(void **state)
{
	static const char *const names[] = { "archive_version_number", "archive_of_nothing" };
	int (*calls[2])(void) = { NULL };
	struct nf_library l = {
		.soname = LIBARCHIVE_SONAME, .names = names, .n = 2, .calls = calls,
	};
	struct nf_err err;

	(void)state;
	assert_int_equal(nf_library_load(&l, &err), -1);
	assert_int_equal(err.kind, NF_ERR_ENV);
	assert_non_null(strstr(err.text, l.soname));
	assert_non_null(strstr(err.text, names[1]));
	assert_false(l.loaded);

	l.n = 1;
	assert_int_equal(nf_library_load(&l, &err), 0);
	assert_true(l.loaded);
	assert_int_equal(calls[0](), archive_version_number());
}
#endif

/* However it came here. */
static void bound(void **state)
{
	const struct libarchive *lib = libarchive(NULL);

	(void)state;
	assert_non_null(lib);
	assert_ptr_equal(lib, libarchive(NULL));
	assert_string_equal(lib->archive_version_string(), archive_version_string());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(linked),
		cmocka_unit_test(missing),
#ifdef LIBARCHIVE_SONAME
		cmocka_unit_test(lacks_a_function),
#endif
		cmocka_unit_test(bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
