/* Values as text and as JSON. */
#include <config.h>

#include <arpa/inet.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "ie/ie.h"
#include "ie/text.h"
#include "lib/msgbuild.h"

/* The octets that HEX says, in memory of exactly that size, so that a sanitizer sees overreads. */
static struct nf_bytes unhex(const char *hex)
{
	struct mb m;
	uint8_t *p;
	size_t n;

	mb_init(&m);
	mb_hex(&m, hex);
	assert_false(m.failed);
	n = m.n;
	p = malloc(n + 1);
	assert_non_null(p);
	p = realloc(p, n > 0 ? n : 1);
	if (n > 0)
		memcpy(p, m.p, n);
	mb_done(&m);
	return (struct nf_bytes){ p, n };
}

#define SAME NULL	/* JSON is the text */
#define QUOTED ""	/* JSON is the text in quotes */

static const struct {
	enum nf_type type;
	const char *hex;
	const char *text, *json;
	bool lossy;
} values[] = {
	{ NF_TYPE_OCTET_ARRAY, "", "", QUOTED, false },
	{ NF_TYPE_OCTET_ARRAY, "0aff00", "0aff00", QUOTED, false },
	{ NF_TYPE_UNSIGNED8, "ff", "255", SAME, false },
	{ NF_TYPE_UNSIGNED16, "", "", QUOTED, false },
	{ NF_TYPE_UNSIGNED64, "010203", "66051", SAME, false },
	{ NF_TYPE_UNSIGNED64, "ffffffffffffffff", "18446744073709551615", SAME, false },
	{ NF_TYPE_UNSIGNED32, "0000000085f4d6a6", "2247415462", SAME, false },
	{ NF_TYPE_UNSIGNED32, "00ffffffffffffffff", "18446744073709551615", SAME, false },
	{ NF_TYPE_UNSIGNED256, "01ffffffffffffffff", "0x01ffffffffffffffff", QUOTED, false },
	{ NF_TYPE_UNSIGNED256, "000001ffffffffffffffff", "0x01ffffffffffffffff", QUOTED, false },
	{ NF_TYPE_UNSIGNED256,
	  "0000000000000000000000000000000000000000000000000000000000000007", "7", SAME, false },
	{ NF_TYPE_SIGNED8, "80", "-128", SAME, false },
	{ NF_TYPE_SIGNED32, "fffffe", "-2", SAME, false },
	{ NF_TYPE_SIGNED64, "7fff", "32767", SAME, false },
	{ NF_TYPE_SIGNED64, "8000000000000000", "-9223372036854775808", SAME, false },
	{ NF_TYPE_SIGNED64, "ffffffffffffffffff", "ffffffffffffffffff", QUOTED, false },
	{ NF_TYPE_FLOAT32, "3dcccccd", "0.1", SAME, false },
	{ NF_TYPE_FLOAT64, "3fb999999999999a", "0.1", SAME, false },
	{ NF_TYPE_FLOAT64, "3dcccccd", "0.1", SAME, false },
	{ NF_TYPE_FLOAT64, "4059000000000000", "100", SAME, false },
	{ NF_TYPE_FLOAT64, "8000000000000000", "-0", SAME, false },
	{ NF_TYPE_FLOAT32, "80000000", "-0", SAME, false },
	{ NF_TYPE_FLOAT64, "3fd5555555555555", "0.3333333333333333", SAME, false },
	{ NF_TYPE_FLOAT64, "7fefffffffffffff", "1.7976931348623157e+308", SAME, false },
	{ NF_TYPE_FLOAT64, "fff0000000000000", "-inf", "null", true },
	{ NF_TYPE_FLOAT64, "7ff0000000000000", "inf", "null", true },
	{ NF_TYPE_FLOAT64, "7ff8000000000001", "nan", "null", true },
	{ NF_TYPE_FLOAT32, "7fc00000", "nan", "null", true },
	{ NF_TYPE_FLOAT64, "3fb999999999", "3fb999999999", QUOTED, false },
	{ NF_TYPE_BOOLEAN, "01", "true", SAME, false },
	{ NF_TYPE_BOOLEAN, "02", "false", SAME, false },
	{ NF_TYPE_BOOLEAN, "00", "0", SAME, false },
	{ NF_TYPE_BOOLEAN, "ff", "255", SAME, false },
	{ NF_TYPE_MAC_ADDRESS, "001122aabbff", "00:11:22:aa:bb:ff", QUOTED, false },
	{ NF_TYPE_MAC_ADDRESS, "001122aabb", "001122aabb", QUOTED, false },
	{ NF_TYPE_IPV4_ADDRESS, "0a000001", "10.0.0.1", QUOTED, false },
	{ NF_TYPE_IPV4_ADDRESS, "ffffffff", "255.255.255.255", QUOTED, false },
	{ NF_TYPE_IPV4_ADDRESS, "00096364", "0.9.99.100", QUOTED, false },
	{ NF_TYPE_IPV4_ADDRESS, "0a00", "0a00", QUOTED, false },
	{ NF_TYPE_IPV6_ADDRESS, "20010db8000000000000000000000001", "2001:db8::1", QUOTED, false },
	{ NF_TYPE_STRING, "", "", QUOTED, false },
	{ NF_TYPE_STRING, "4769302f31", "Gi0/1", QUOTED, false },
	{ NF_TYPE_STRING, "4769302f31000000", "Gi0/1", QUOTED, false },
	{ NF_TYPE_STRING, "00000000", "", QUOTED, false },
	{ NF_TYPE_STRING, "61006200", "a\\x00b", "\"a\\u0000b\"", false },
	{ NF_TYPE_STRING, "c3a9", "\xc3\xa9", QUOTED, false },
	{ NF_TYPE_STRING, "41ff42", "A\\xffB", "\"A\xef\xbf\xbd" "B\"", true },
	{ NF_TYPE_BASIC_LIST, "ff0001000161", "ff0001000161", QUOTED, false },
	{ NF_TYPE_SUBTEMPLATE_LIST, "ff0100", "ff0100", QUOTED, false },
	{ NF_TYPE_SUBTEMPLATE_MULTILIST, "ff", "ff", QUOTED, false },
};

static void value_texts(void **state)
{
	const struct nf_format_ctx ctx = { .export_secs = 1700000000 };
	struct nf_strbuf s, want;

	(void)state;
	nf_strbuf_init(&s);
	nf_strbuf_init(&want);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct nf_bytes v = unhex(values[i].hex);
		enum nf_kind kind = nf_kind_of(values[i].type, v.n);

		nf_value_text(&s, kind, v, &ctx);
		assert_string_equal(nf_strbuf_cstr(&s), values[i].text);
		nf_strbuf_clear(&s);

		if (values[i].json != NULL && values[i].json[0] != '\0')
			nf_sb_str(&want, values[i].json);
		else
			nf_sb_printf(&want, values[i].json == NULL ? "%s" : "\"%s\"", values[i].text);
		assert_int_equal(nf_value_json(&s, kind, v, &ctx), !values[i].lossy);
		assert_string_equal(nf_strbuf_cstr(&s), nf_strbuf_cstr(&want));
		nf_strbuf_clear(&s);
		nf_strbuf_clear(&want);
		free((void *)v.p);
	}
	nf_strbuf_done(&s);
	nf_strbuf_done(&want);
}

/* Any kind with any length is total: the caller may have looked at another length. */
static void wrong_lengths(void **state)
{
	const struct nf_format_ctx ctx = { .export_secs = 1700000000 };
	struct nf_strbuf s;
	int64_t ns;

	(void)state;
	nf_strbuf_init(&s);
	for (unsigned kind = 0; kind < NF_KINDS; kind++) {
		for (size_t n = 0; n <= 40; n++) {
			uint8_t *p = malloc(n > 0 ? n : 1);
			const struct nf_bytes v = { p, n };

			assert_non_null(p);
			for (int fill = 0; fill < 256; fill += 85) {
				memset(p, fill, n);
				nf_value_text(&s, (enum nf_kind)kind, v, &ctx);
				nf_value_json(&s, (enum nf_kind)kind, v, NULL);
				nf_value_time((enum nf_kind)kind, v, &ctx, &ns);
			}
			free(p);
		}
	}
	nf_value_text(&s, NF_KIND_UINT, (struct nf_bytes){ NULL, 0 }, NULL);
	nf_value_json(&s, NF_KIND_STRING, (struct nf_bytes){ NULL, 0 }, NULL);
	assert_false(s.failed);
	nf_strbuf_done(&s);
}

/* The digits read back as the same number, and are never more than it takes at most. */
static void floats(void **state)
{
	struct nf_strbuf s;
	uint64_t bits = 1;

	(void)state;
	nf_strbuf_init(&s);
	for (int i = 0; i < 200000; i++) {
		uint8_t p[8];
		double d;
		float f;

		bits = bits * 6364136223846793005u + 1442695040888963407u;
		memcpy(&d, &bits, 8);
		memcpy(&f, (char *)&bits + 4, 4);
		for (int k = 0; k < 8; k++)
			p[k] = (uint8_t)(bits >> (56 - 8 * k));
		if (isfinite(d)) {
			assert_true(nf_value_json(&s, NF_KIND_FLOAT,
						  (struct nf_bytes){ p, 8 }, NULL));
			assert_true(strtod(nf_strbuf_cstr(&s), NULL) == d);
			assert_true(s.n <= 24);
			nf_strbuf_clear(&s);
		}
		if (isfinite(f)) {
			assert_true(nf_value_json(&s, NF_KIND_FLOAT,
						  (struct nf_bytes){ p, 4 }, NULL));
			assert_true(strtof(nf_strbuf_cstr(&s), NULL) == f);
			assert_true(s.n <= 16);
			nf_strbuf_clear(&s);
		}
	}
	nf_strbuf_done(&s);
}

static const struct {
	const char *hex, *text;
} ipv6[] = {
	{ "00000000000000000000000000000000", "::" },
	{ "00000000000000000000000000000001", "::1" },
	{ "00010000000000000000000000000000", "1::" },
	/* the first of equal runs */
	{ "20010db8000000000001000000000001", "2001:db8::1:0:0:1" },
	{ "20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1" },	/* not for one group */
	{ "20010db8000000000000000000020001", "2001:db8::2:1" },
	{ "20010000000000010000000000000001", "2001:0:0:1::1" },	/* the longest run */
	{ "fe800000000000000202b3fffe1e8329", "fe80::202:b3ff:fe1e:8329" },
	{ "0123456789abcdef0123456789abcdef", "123:4567:89ab:cdef:123:4567:89ab:cdef" },
	{ "ffffffffffffffffffffffffffffffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	{ "00010002000300040005000600000000", "1:2:3:4:5:6::" },
	{ "00000000000300040005000600070008", "::3:4:5:6:7:8" },
	{ "00000002000300040005000600070008", "0:2:3:4:5:6:7:8" },
	{ "00000000000000000000ffffc0000201", "::ffff:192.0.2.1" },	/* section 5 */
	{ "00000000000000000000fffe00000201", "::fffe:0:201" },
	/* deprecated form: not told apart */
	{ "0000000000000000000000000a000001", "::a00:1" },
};

static void ipv6_texts(void **state)
{
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (size_t i = 0; i < sizeof(ipv6) / sizeof(ipv6[0]); i++) {
		struct nf_bytes v = unhex(ipv6[i].hex);

		nf_ipv6_text(&s, v.p);
		assert_string_equal(nf_strbuf_cstr(&s), ipv6[i].text);
		nf_strbuf_clear(&s);
		free((void *)v.p);
	}
	nf_strbuf_done(&s);
}

/* Against libc, whose texts are RFC 5952's but for ::a.b.c.d. */
static void ipv6_against_libc(void **state)
{
	struct nf_strbuf s;
	uint64_t bits = 7;

	(void)state;
	nf_strbuf_init(&s);
	for (int i = 0; i < 100000; i++) {
		uint8_t octets[16] = { 0x20 };
		char want[INET6_ADDRSTRLEN];

		for (int k = 1; k < 16; k++) {
			bits = bits * 6364136223846793005u + 1442695040888963407u;
			octets[k] = bits >> 62 != 0 ? 0 : (uint8_t)(bits >> 40);
		}
		assert_non_null(inet_ntop(AF_INET6, octets, want, sizeof(want)));
		nf_ipv6_text(&s, octets);
		assert_string_equal(nf_strbuf_cstr(&s), want);
		nf_strbuf_clear(&s);
	}
	nf_strbuf_done(&s);
}

/* What may reach a terminal, and what JSON keeps.  TEXT is given with its length, for NULs. */
#define T(text) { (const uint8_t *)(text), sizeof(text) - 1 }
static const struct {
	struct nf_bytes text;
	const char *safe, *json;
	bool replaced;
} texts[] = {
	{ T("plain text, 'quotes'"), "plain text, 'quotes'", "plain text, 'quotes'", false },
	{ T("C:\\dir \"x\""), "C:\\dir \"x\"", "C:\\\\dir \\\"x\\\"", false },
	{ T("\b\f\n\r\t"), "\\x08\\x0c\\x0a\\x0d\\x09", "\\b\\f\\n\\r\\t", false },
	{ T("\x1b[31mred\x1b[0m"), "\\x1b[31mred\\x1b[0m", "\\u001b[31mred\\u001b[0m", false },
	{ T("a\0b"), "a\\x00b", "a\\u0000b", false },
	{ T("\x7f"), "\\x7f", "\\u007f", false },
	{ T("\xc2\x9b" "31m"), "\\xc2\\x9b31m", "\\u009b31m", false },		/* C1 control */
	{ T("\xc2\x85"), "\\xc2\\x85", "\\u0085", false },
	{ T("\xe2\x80\xae" "exe"), "\\xe2\\x80\\xaeexe", "\\u202eexe", false },	/* right to left */
	{ T("\xe2\x81\xa6"), "\\xe2\\x81\\xa6", "\\u2066", false },
	{ T("\xe2\x80\xa8"), "\\xe2\\x80\\xa8", "\\u2028", false },		/* line separator */
	{ T("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", false },
	{ T("\xe2\x82\xac \xf0\x9f\x98\x80"), "\xe2\x82\xac \xf0\x9f\x98\x80",
	  "\xe2\x82\xac \xf0\x9f\x98\x80", false },
	{ T("\xef\xbf\xbd"), "\xef\xbf\xbd", "\xef\xbf\xbd", false },	/* a U+FFFD that was sent */
	{ T("\xff"), "\\xff", "\xef\xbf\xbd", true },
	{ T("a\xc3"), "a\\xc3", "a\xef\xbf\xbd", true },		/* cut short */
	{ T("\xc3(x"), "\\xc3(x", "\xef\xbf\xbd(x", true },
	{ T("\xc0\x80"), "\\xc0\\x80", "\xef\xbf\xbd\xef\xbf\xbd", true },	/* overlong */
	{ T("\x80\x80"), "\\x80\\x80", "\xef\xbf\xbd\xef\xbf\xbd", true },
};

/* Every octet at every place of texts of every length: what is plain is what no form changes. */
static void plain_texts(void **state)
{
	uint8_t octets[NF_ROOM_PLAIN + 2];
	struct nf_strbuf safe, json;

	(void)state;
	nf_strbuf_init(&safe);
	nf_strbuf_init(&json);
	for (size_t n = 0; n <= NF_ROOM_PLAIN + 1; n++)
		for (unsigned i = 0; i < 256 * (n > 0 ? n : 1); i++) {
			const struct nf_bytes text = { octets, n };
			char to[NF_ROOM_PLAIN + 2];
			bool same;

			memset(octets, 'a', sizeof(octets));
			octets[i / 256] = (uint8_t)i;
			nf_strbuf_clear(&safe);
			nf_strbuf_clear(&json);
			nf_safe_text(&safe, text);
			nf_json_string(&json, text);
			same = safe.n == n && json.n == n + 2 && n > 0 && n <= NF_ROOM_PLAIN &&
			       memcmp(json.p + 1, octets, n) == 0;
			/* a quote steers no terminal, and is not plain for JSON's sake */
			assert_int_equal(nf_put_plain(to, text) - to, same ? n : 0);
			if (same)
				assert_memory_equal(to, octets, n);
		}
	nf_strbuf_done(&safe);
	nf_strbuf_done(&json);
}

static void hostile_texts(void **state)
{
	struct nf_strbuf s, want;

	(void)state;
	nf_strbuf_init(&s);
	nf_strbuf_init(&want);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		nf_safe_text(&s, texts[i].text);
		assert_string_equal(nf_strbuf_cstr(&s), texts[i].safe);
		nf_strbuf_clear(&s);

		nf_sb_printf(&want, "\"%s\"", texts[i].json);
		assert_int_equal(nf_json_string(&s, texts[i].text), !texts[i].replaced);
		assert_string_equal(nf_strbuf_cstr(&s), nf_strbuf_cstr(&want));
		nf_strbuf_clear(&s);
		nf_strbuf_clear(&want);
	}
	nf_strbuf_done(&s);
	nf_strbuf_done(&want);
}

/* Each octet at each place of a text, so that eight at a time miss none. */
static void every_place(void **state)
{
	struct nf_strbuf s;
	char text[24];

	(void)state;
	nf_strbuf_init(&s);
	for (size_t n = 1; n < sizeof(text); n++) {
		for (size_t at = 0; at < n; at++) {
			for (int c = 0; c < 256; c++) {
				bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';

				memset(text, 'a', n);
				text[at] = (char)c;
				nf_json_string(&s, (struct nf_bytes){ (uint8_t *)text, n });
				assert_int_equal(s.n == n + 2, plain);
				nf_strbuf_clear(&s);
			}
		}
	}
	nf_strbuf_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(value_texts),
		cmocka_unit_test(wrong_lengths),
		cmocka_unit_test(floats),
		cmocka_unit_test(ipv6_texts),
		cmocka_unit_test(ipv6_against_libc),
		cmocka_unit_test(hostile_texts),
		cmocka_unit_test(plain_texts),
		cmocka_unit_test(every_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
