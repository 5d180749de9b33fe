/* Abstract types: which lengths are legal, and how a value of a length is read. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ie/ie.h"

static struct nf_bytes bytes(const char *text)
{
	return (struct nf_bytes){ (const uint8_t *)text, strlen(text) };
}

/* RFC 7011 section 6.2 and RFC 6313 section 5.1: the legal lengths up to 40, as ranges. */
static const struct {
	const char *type;
	const char *legal;	/* 'x' at each legal length from 0 on */
	bool variable;
} lengths[] = {
	{ "octetArray", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", true },
	{ "string", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", true },
	{ "unsigned8", ".x.......................................", false },
	{ "unsigned16", ".xx......................................", false },
	{ "unsigned32", ".xxxx....................................", false },
	{ "unsigned64", ".xxxxxxxx................................", false },
	{ "unsigned256", ".xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx........", false },
	{ "signed8", ".x.......................................", false },
	{ "signed16", ".xx......................................", false },
	{ "signed32", ".xxxx....................................", false },
	{ "signed64", ".xxxxxxxx................................", false },
	{ "float32", "....x....................................", false },
	{ "float64", "....x...x................................", false },
	{ "boolean", ".x.......................................", false },
	{ "macAddress", "......x..................................", false },
	{ "ipv4Address", "....x....................................", false },
	{ "ipv6Address", "................x........................", false },
	{ "dateTimeSeconds", "....x....................................", false },
	{ "dateTimeMilliseconds", "........x................................", false },
	{ "dateTimeMicroseconds", "........x................................", false },
	{ "dateTimeNanoseconds", "........x................................", false },
	{ "basicList", ".....xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", true },
	{ "subTemplateList", "...xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", true },
	{ "subTemplateMultiList", ".xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", true },
};

static void legal_lengths(void **state)
{
	(void)state;
	assert_int_equal(sizeof(lengths) / sizeof(lengths[0]), NF_TYPES);
	for (size_t i = 0; i < NF_TYPES; i++) {
		enum nf_type type = nf_type_by_name(bytes(lengths[i].type));

		assert_int_not_equal(type, NF_TYPES);
		for (uint16_t n = 0; n <= 40; n++)
			if (nf_length_legal(type, n) != (lengths[i].legal[n] == 'x'))
				fail_msg("%s of %u octets", lengths[i].type, n);
		assert_int_equal(nf_length_legal(type, 65535), lengths[i].variable);
		assert_int_equal(nf_length_legal(type, 65534), lengths[i].variable);
	}
}

/* RFC 5610 section 3.1 and IANA's numbers. */
static void names(void **state)
{
	static const char *const numbered[NF_TYPES] = {
		"octetArray", "unsigned8", "unsigned16", "unsigned32", "unsigned64", "signed8",
		"signed16", "signed32", "signed64", "float32", "float64", "boolean", "macAddress",
		"string", "dateTimeSeconds", "dateTimeMilliseconds", "dateTimeMicroseconds",
		"dateTimeNanoseconds", "ipv4Address", "ipv6Address", "basicList",
		"subTemplateList", "subTemplateMultiList", "unsigned256",
	};

	(void)state;
	for (unsigned i = 0; i < NF_TYPES; i++) {
		assert_string_equal(nf_type_name((enum nf_type)i), numbered[i]);
		assert_int_equal(nf_type_by_name(bytes(numbered[i])), i);
	}
	assert_int_equal(nf_type_by_name(bytes("unsigned")), NF_TYPES);
	assert_int_equal(nf_type_by_name(bytes("unsigned88")), NF_TYPES);
	assert_int_equal(nf_type_by_name(bytes("")), NF_TYPES);

	assert_string_equal(nf_semantics_name(0), "default");
	assert_string_equal(nf_semantics_name(NF_SEM_DELTA_COUNTER), "deltaCounter");
	assert_string_equal(nf_semantics_name(8), "snmpGauge");
	assert_null(nf_semantics_name(9));
	assert_null(nf_units_name(0));
	assert_string_equal(nf_units_name(2), "octets");
	assert_string_equal(nf_units_name(12), "entries");
	assert_null(nf_units_name(1000));
}

static const struct {
	enum nf_type type;
	size_t length;
	enum nf_kind kind;
} kinds[] = {
	{ NF_TYPE_UNSIGNED64, 8, NF_KIND_UINT },
	{ NF_TYPE_UNSIGNED64, 3, NF_KIND_UINT },
	{ NF_TYPE_UNSIGNED32, 8, NF_KIND_UINT },	/* a Nexus' uptimes */
	{ NF_TYPE_UNSIGNED8, 2, NF_KIND_UINT },
	{ NF_TYPE_UNSIGNED8, 0, NF_KIND_OCTETS },
	{ NF_TYPE_UNSIGNED8, 33, NF_KIND_OCTETS },
	{ NF_TYPE_UNSIGNED256, 32, NF_KIND_UINT },
	{ NF_TYPE_SIGNED64, 1, NF_KIND_SINT },
	{ NF_TYPE_SIGNED8, 8, NF_KIND_SINT },
	{ NF_TYPE_SIGNED64, 9, NF_KIND_OCTETS },
	{ NF_TYPE_FLOAT64, 4, NF_KIND_FLOAT },
	{ NF_TYPE_FLOAT64, 8, NF_KIND_FLOAT },
	{ NF_TYPE_FLOAT32, 8, NF_KIND_FLOAT },
	{ NF_TYPE_FLOAT64, 5, NF_KIND_OCTETS },
	{ NF_TYPE_BOOLEAN, 1, NF_KIND_BOOL },
	{ NF_TYPE_BOOLEAN, 4, NF_KIND_UINT },
	{ NF_TYPE_MAC_ADDRESS, 6, NF_KIND_MAC },
	{ NF_TYPE_MAC_ADDRESS, 8, NF_KIND_OCTETS },
	{ NF_TYPE_IPV4_ADDRESS, 4, NF_KIND_IPV4 },
	{ NF_TYPE_IPV4_ADDRESS, 2, NF_KIND_OCTETS },	/* H3C's element 43 */
	{ NF_TYPE_IPV4_ADDRESS, 16, NF_KIND_OCTETS },
	{ NF_TYPE_IPV6_ADDRESS, 16, NF_KIND_IPV6 },
	{ NF_TYPE_IPV6_ADDRESS, 4, NF_KIND_OCTETS },
	{ NF_TYPE_STRING, 0, NF_KIND_STRING },
	{ NF_TYPE_STRING, 1000, NF_KIND_STRING },
	{ NF_TYPE_OCTET_ARRAY, 0, NF_KIND_OCTETS },
	{ NF_TYPE_OCTET_ARRAY, 70000, NF_KIND_OCTETS },
	{ NF_TYPE_SECONDS, 4, NF_KIND_SECONDS },
	{ NF_TYPE_SECONDS, 8, NF_KIND_UINT },
	{ NF_TYPE_MILLISECONDS, 8, NF_KIND_MILLISECONDS },
	/* seen in the wild: no date can be made of it */
	{ NF_TYPE_MILLISECONDS, 4, NF_KIND_UINT },
	{ NF_TYPE_MICROSECONDS, 8, NF_KIND_MICROSECONDS },
	{ NF_TYPE_MICROSECONDS, 4, NF_KIND_OCTETS },
	{ NF_TYPE_NANOSECONDS, 8, NF_KIND_NANOSECONDS },
	{ NF_TYPE_NANOSECONDS, 12, NF_KIND_OCTETS },
	{ NF_TYPE_BASIC_LIST, 0, NF_KIND_BASIC_LIST },
	{ NF_TYPE_BASIC_LIST, 100, NF_KIND_BASIC_LIST },
	{ NF_TYPE_SUBTEMPLATE_LIST, 100, NF_KIND_SUBTEMPLATE_LIST },
	{ NF_TYPE_SUBTEMPLATE_MULTILIST, 100, NF_KIND_SUBTEMPLATE_MULTILIST },
};

static void kinds_of_lengths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (nf_kind_of(kinds[i].type, kinds[i].length) != kinds[i].kind)
			fail_msg("%s of %zu octets", nf_type_name(kinds[i].type), kinds[i].length);
}

/* A legal length is never read as something else than the type. */
static void legal_is_read(void **state)
{
	(void)state;
	for (unsigned type = 0; type < NF_TYPES; type++)
		for (uint16_t n = 0; n < 1000; n++)
			if (type != NF_TYPE_OCTET_ARRAY && nf_length_legal((enum nf_type)type, n))
				assert_int_not_equal(nf_kind_of((enum nf_type)type, n),
						     NF_KIND_OCTETS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(legal_lengths),
		cmocka_unit_test(names),
		cmocka_unit_test(kinds_of_lengths),
		cmocka_unit_test(legal_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
