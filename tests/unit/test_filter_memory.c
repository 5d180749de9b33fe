/* Filters where memory is out: at the n-th call, for every n. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lib/filtercheck.h"
#include "lib/memcount.h"
#include "lib/nomem.h"

static const char *const texts[] = {
	"src == 10.0.0.0/8 and sport in {53, 80, 443..500} or ip == 2001:db8::/32",
	"interfaceName matches r\"^te.*\\d\" and lower(interfaceName) contains \"x\"",
	"tcpflags has SYN and not ACK xor bytes * 8 / duration > 1M",
	"src_mac[0:3] == 00:1b:c0 and applicationId == de:ad or ie35632/77 == 5",
	"cflow.srcaddr == 10.0.0.1 or reverse.bytes > 3 and first > 2023-01-01",
	"1 < sport < dport and not (bytes or len(userName) > 3)",
	"src ip 10.0.0.1 and dst net 10.0.0.0 255.0.0.0 or src or dst port in [53 80]",
	"asa event deny or icmp-type 8 or flags S and payload regex 'x'",
	"nonsense == 5",
	"bytes == nonsense",
	"interfaceName ~ \"(\"",
};

/* Everything that is done with a filter; the registry and messages were there before. */
static bool use(struct filtercheck *fc, const char *text)
{
	struct filter_error err;
	struct filter *f = filter_new(text, strlen(text), &fc->opts, fc->wc->registry, &err);
	struct nf_strbuf s;
	bool failed = f == NULL && err.memory;

	if (f != NULL && !filter_count(f))
		failed = true;
	for (size_t i = 0; f != NULL && !failed && i < fc->nmsgs; i++) {
		struct nf_view v = filtercheck_view(fc, i);

		filter_message(f, &v);
		failed = filter_failed(f);
	}
	nf_strbuf_init(&s);
	if (f != NULL)
		filter_explain(&s, f);
	else
		filter_error_text(&s, text, strlen(text), &err);
	failed = failed || s.failed;
	nf_strbuf_done(&s);
	filter_free(f);
	return !failed;
}

static void the_nth_allocation_fails(void **state)
{
	struct filtercheck *fc = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		bool sound = false;
		long n = 0;

		use(fc, texts[i]);	/* what the registry keeps of it is there from now on */
		for (; !sound && n < 10000; n++) {
			struct nomem memory = { .left = n };

			nomem_begin(&memory);
			sound = use(fc, texts[i]);
			nomem_end(&memory);
			if (!memory.failed)
				assert_true(sound);
		}
		assert_true(sound);
		assert_true(n > 3);
	}
}

/* A filter is read again while a capture defines its names: failures leave it as it was. */
static void reading_again_fails(void **state)
{
	static const char text[] = "ie64700/5 == 9 or 64700/temperature == 77 or proto == tcp";
	bool failed = true;

	(void)state;
	for (long n = 0; failed && n < 1000; n++) {
		const struct nf_ie ie = { .pen = 64700, .id = 5, .name = "temperature",
					  .type = NF_TYPE_UNSIGNED16 };
		struct filtercheck *fc = filtercheck_new();
		struct nomem memory = { .left = n };
		struct nf_view v;
		struct filter *f;

		assert_non_null(fc);
		v = filtercheck_view(fc, 0);
		f = filter_new(text, strlen(text), NULL, fc->wc->registry, NULL);
		assert_non_null(f);
		filter_message(f, &v);
		assert_true(nf_registry_define(fc->wc->registry, &ie, NF_FROM_CAPTURE));
		nomem_begin(&memory);
		filter_message(f, &v);
		nf_allocator_set(NULL);
		failed = memory.failed;
		assert_int_equal(filter_failed(f), failed);
		filter_free(f);
		filtercheck_free(fc);
	}
	assert_false(failed);
}

/* A layout of as many sources as fit, and a comparison for each of many: no product of both. */
static void many_names_and_many_fields(void **state)
{
	enum { COMPARISONS = 500, FIELDS = 4000 };
	char *text = malloc(COMPARISONS * 32), *message = malloc(FIELDS * 8 + 256);
	struct filtercheck *fc = filtercheck_new();
	struct memcount memory = { .most = 0 };
	size_t n = 0, m;
	struct nf_view v;
	struct filter *f;

	(void)state;
	assert_non_null(fc);
	assert_non_null(text);
	assert_non_null(message);
	for (unsigned i = 0; i < COMPARISONS; i++)
		n += (size_t)sprintf(text + n, "%ssrc == 10.0.%u.%u", i > 0 ? " or " : "", i / 250,
				     i % 250);
	m = (size_t)sprintf(message, "ipfix domain=1\nset 2\ntemplate 400");
	for (unsigned i = 0; i < FIELDS; i++)
		m += (size_t)sprintf(message + m, " 8/4");
	sprintf(message + m, "\nset 400\noctets 0/4\n");
	assert_true(filtercheck_add(fc, message));
	v = filtercheck_view(fc, fc->nmsgs - 1);
	memcount_begin(&memory);
	f = filter_new(text, n, NULL, fc->wc->registry, NULL);
	assert_non_null(f);
	filter_message(f, &v);
	assert_false(filter_failed(f));
	filter_free(f);
	memcount_end();
	assert_true(memory.most < 4 << 20);
	filtercheck_free(fc);
	free(message);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nth_allocation_fails),
		cmocka_unit_test(reading_again_fails),
		cmocka_unit_test(many_names_and_many_fields),
	};

	return cmocka_run_group_tests(tests, filtercheck_set_up, filtercheck_tear_down);
}
