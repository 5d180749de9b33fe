/* Text for XML: nothing that it cannot hold gets into it. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/nomem.h"
#include "out/xml.h"

static const struct {
	const char *raw, *xml;
} rows[] = {
	{ "", "" },
	{ "eth0", "eth0" },
	{ "<a & \"b\">]]>", "&lt;a &amp; &quot;b&quot;&gt;]]&gt;" },
	{ "\x01\x1b[31m\n", "\\x01\\x1b[31m\\x0a" },
	{ "\x7f", "\\x7f" },
	{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
	{ "\xff\xc0\x80", "\\xff\\xc0\\x80" },
	{ "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "a\xef\xbf\xbe\xef\xbf\xbf<", "a\xef\xbf\xbd\xef\xbf\xbd&lt;" },
	{ "\xef\xbf\xbd", "\xef\xbf\xbd" },
};

static struct nf_bytes bytes(const char *text)
{
	return (struct nf_bytes){ (const uint8_t *)text, strlen(text) };
}

static void texts(void **state)
{
	struct nf_strbuf s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		nf_strbuf_init(&s);
		xml_text(&s, bytes(rows[i].raw));
		assert_string_equal(nf_strbuf_cstr(&s), rows[i].xml);
		nf_strbuf_clear(&s);
		nf_sb_str(&s, "<&>");
		nf_sb_str(&s, rows[i].raw);
		xml_escape(&s, 3);
		assert_memory_equal(nf_strbuf_cstr(&s), "<&>", 3);
		assert_string_equal(nf_strbuf_cstr(&s) + 3, rows[i].xml);
		nf_strbuf_done(&s);
	}
}

static void attributes(void **state)
{
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	xml_attribute(&s, "name", "a\"b'");
	assert_string_equal(nf_strbuf_cstr(&s), " name=\"a&quot;b'\"");
	nf_strbuf_done(&s);
}

static void failing(void **state)
{
	struct nomem memory = { .failed = true };

	(void)state;
	for (long n = 0; memory.failed; n++) {
		struct nf_strbuf s;

		memory = (struct nomem){ .left = n };
		nomem_begin(&memory);
		nf_strbuf_init(&s);
		xml_text(&s, bytes(rows[2].raw));
		if (!s.failed)
			xml_escape(&s, 0);
		assert_int_equal(s.failed, memory.failed);
		nf_strbuf_done(&s);
		nomem_end(&memory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(attributes),
		cmocka_unit_test(failing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
