/* The tables against the facts they were made from: registry/ beside the other shared data. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ie/ie.h"

enum { COLUMNS = 8 };

static struct nf_registry *registry;

static FILE *open_facts(const char *name)
{
	const char *shared = getenv("NFPCAP_SHARED");
	char path[1000];

	snprintf(path, sizeof(path), "%s/registry/%s", shared != NULL ? shared : "../shared", name);
	return fopen(path, "r");
}

/* The next row of tab-separated columns; those that are missing are empty.  False at the end. */
static bool next_row(FILE *f, char line[2000], char *column[COLUMNS])
{
	char *rest = line;

	if (fgets(line, 2000, f) == NULL)
		return false;
	line[strcspn(line, "\r\n")] = '\0';
	for (int i = 0; i < COLUMNS; i++) {
		column[i] = strsep(&rest, "\t");
		if (column[i] == NULL)
			column[i] = line + strlen(line);
	}
	return true;
}

/* What the sources got wrong, and what stands in our tables instead. */
static const struct {
	const char *pen, *id, *type;
} corrected[] = {
	{ "9", "12239", "ipv6Address" },	/* "ipv6address" */
	{ "3054", "194", "ipv6Address" },	/* ixiaThreatIPv6: "ipv4Address" */
	{ "5951", "538", "octetArray" },	/* "uint15" */
};

static const char *right_type(const char *pen, const char *id, const char *type)
{
	for (size_t i = 0; i < sizeof(corrected) / sizeof(corrected[0]); i++)
		if (strcmp(corrected[i].pen, pen) == 0 && strcmp(corrected[i].id, id) == 0)
			return corrected[i].type;
	return type;
}

/* Equal, where an empty fact may stand for NONE. */
static bool agrees(const char *ours, const char *fact, const char *none)
{
	if (fact[0] == '\0' || strcmp(fact, "none") == 0)
		fact = none;
	return ours == fact || (ours != NULL && fact != NULL && strcmp(ours, fact) == 0);
}

static void check_row(const char *pen, const char *id, const char *name, const char *type,
		      const char *semantics, const char *units)
{
	const struct nf_ie *ie = nf_ie_builtin((uint32_t)strtoul(pen, NULL, 10),
					       (uint16_t)strtoul(id, NULL, 10));

	if (ie == NULL)
		fail_msg("%s/%s is missing", pen, id);
	if (strcmp(ie->name, name) != 0)
		fail_msg("%s/%s is %s, not %s", pen, id, ie->name, name);
	if (strcmp(nf_type_name((enum nf_type)ie->type), right_type(pen, id, type)) != 0)
		fail_msg("%s/%s is of type %s", pen, id, nf_type_name((enum nf_type)ie->type));
	if (!agrees(nf_semantics_name(ie->semantics), semantics, "default"))
		fail_msg("%s/%s has semantics %s", pen, id, nf_semantics_name(ie->semantics));
	if (!agrees(ie->units, units, NULL))
		fail_msg("%s/%s has units %s", pen, id, ie->units);
}

static size_t rows_of(uint32_t pen)
{
	const struct nf_ie *ie;
	size_t at = 0, n = 0;

	while ((ie = nf_registry_next(registry, &at)) != NULL)
		n += ie->pen == pen;
	return n;
}

static void iana(void **state)
{
	FILE *f = open_facts("iana.tsv");
	char line[2000], *c[COLUMNS];
	size_t n = 0;

	(void)state;
	assert_non_null(f);
	next_row(f, line, c);
	while (next_row(f, line, c)) {
		check_row("0", c[0], c[1], c[2], c[3], c[4]);
		n++;
	}
	fclose(f);
	assert_int_equal(n, rows_of(NF_PEN_IANA));
	assert_int_equal(n, rows_of(NF_PEN_REVERSE));
}

static void enterprises(void **state)
{
	FILE *f = open_facts("enterprise.tsv");
	char line[2000], *c[COLUMNS];
	size_t n = 0, ours = 0;
	const struct nf_ie *ie;
	size_t at = 0;

	(void)state;
	assert_non_null(f);
	next_row(f, line, c);
	while (next_row(f, line, c)) {
		check_row(c[0], c[1], c[2], c[3], c[4], c[5]);
		n++;
	}
	fclose(f);
	while ((ie = nf_registry_next(registry, &at)) != NULL)
		ours += nf_pen_is_enterprise(ie->pen) && ie->pen != NF_PEN_REVERSE;
	assert_int_equal(n, ours);
}

static void organisations(void **state)
{
	FILE *f = open_facts("enterprises.tsv");
	char line[2000], *c[COLUMNS];

	(void)state;
	assert_non_null(f);
	next_row(f, line, c);
	while (next_row(f, line, c)) {
		const char *name = nf_enterprise_name((uint32_t)strtoul(c[0], NULL, 10));

		assert_non_null(name);
		assert_string_equal(name, c[1]);
	}
	fclose(f);
}

/* The type that a source of v9 field types states, as IANA calls it; NULL for what is none. */
static const char *stated_type(const char *type)
{
	static const char *const names[][2] = {
		{ "uint8", "unsigned8" }, { "uint16", "unsigned16" }, { "uint32", "unsigned32" },
		{ "ip4_addr", "ipv4Address" }, { "ipv6address", "ipv6Address" },
		{ "acl_id_asa", "octetArray" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(type, names[i][0]) == 0)
			return names[i][1];
	return type;
}

/* Names that some source has for a v9 field type and that we do not take: IANA's stands. */
static bool is_refused(uint16_t id, const char *name)
{
	static const struct {
		uint16_t id;
		const char *name;
	} refused[] = {
		{ 0, "UNKNOWN_FIELD_TYPE" },
		{ 100, "DEPRECATED" },
		{ 176, "icmp_type" },			/* that is 32 */
		{ 194, "ip_tos" },
		{ 201, "mpls_label_stack_octets" },
	};

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (refused[i].id == id && strcmp(refused[i].name, name) == 0)
			return true;
	return name[0] == '\0';
}

static void check_v9_name(uint16_t id, const char *name)
{
	const struct nf_ie *ie;

	if (is_refused(id, name))
		return;
	ie = nf_registry_by_name(registry,
				 (struct nf_bytes){ (const uint8_t *)name, strlen(name) });
	if (ie == NULL)
		fail_msg("v9 %u: no %s", id, name);
	/*
	 * One name of two numbers: IANA's stands before v9's (7232 userName), and a number's
	 * only name before another's second one (40001 xlate_src_addr_ipv4).
	 */
	if (ie->id != id && !(ie->pen == NF_PEN_IANA && id > NF_IANA_LAST) &&
	    !(ie->pen == NF_PEN_V9 && id <= NF_IANA_LAST))
		fail_msg("v9 %u: %s is %u", id, name, ie->id);
}

static void v9(void **state)
{
	FILE *f = open_facts("netflow9.tsv");
	char line[2000], *c[COLUMNS];
	size_t own = 0;

	(void)state;
	assert_non_null(f);
	next_row(f, line, c);
	while (next_row(f, line, c)) {
		uint16_t id = (uint16_t)strtoul(c[0], NULL, 10);
		const struct nf_ie *ie = nf_registry_v9(registry, id);
		const char *type = c[3][0] != '\0' ? c[3] : c[5];

		assert_non_null(ie);
		assert_true(ie->known || id == 0);
		check_v9_name(id, c[1]);
		check_v9_name(id, c[2]);
		check_v9_name(id, c[4]);
		if (ie->pen != NF_PEN_V9)
			continue;
		own++;
		if (type[0] == '\0')
			type = "octetArray";
		assert_string_equal(nf_type_name((enum nf_type)ie->type), stated_type(type));
	}
	fclose(f);
	assert_int_equal(own, rows_of(NF_PEN_V9));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iana),
		cmocka_unit_test(enterprises),
		cmocka_unit_test(organisations),
		cmocka_unit_test(v9),
	};
	FILE *f = open_facts("iana.tsv");
	int failed;

	if (f == NULL) {
		puts("1..0 # SKIP the registries' facts are not here: set NFPCAP_SHARED");
		return 0;
	}
	fclose(f);
	registry = nf_registry_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	nf_registry_free(registry);
	return failed;
}
