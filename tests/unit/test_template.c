/* Layouts compiled from template records. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/mem.h"
#include "lib/wiretext.h"
#include "wire/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Compile the one template of PAYLOAD.  Freed by nf_free. */
static struct nf_layout *compile(const char *text, struct nf_registry *registry)
{
	struct nf_bytes payload = wiretext_payload(text);
	struct nf_templates templates;
	struct nf_template t;
	struct nf_layout *l;
	struct nf_sets sets;
	struct nf_set set;
	struct nf_msg m;

	assert_true(nf_msg_open(&m, payload, 0, NULL));
	nf_sets_open(&sets, &m, NULL);
	assert_true(nf_set_next(&sets, &set));
	nf_templates_open(&templates, &m, &set, NULL);
	assert_true(nf_template_next(&templates, &t));
	l = nf_alloc(nf_layout_size(&t));
	assert_non_null(l);
	assert_true(nf_layout_compile(l, &t, registry));
	nf_free((void *)(uintptr_t)payload.p);
	return l;
}

/* "name offset+length", "v" after variable fields, "s" for scope; then min_len and nvar. */
static void print(char *out, size_t n, const struct nf_layout *l)
{
	size_t at = 0;

	for (unsigned i = 0; i < l->nfields; i++) {
		const struct nf_fielddef *d = &l->fields[i];

		at += (size_t)snprintf(out + at, n - at, "%s %s%u+%u/%u%s ", d->ie->name,
				       d->scope ? "s" : "", d->offset, d->length, d->nvar,
				       nf_length_legal((enum nf_type)d->ie->type, d->length) ?
				       "" : "!");
	}
	snprintf(out + at, n - at, "min %u var %u scope %u%s%s%s", l->min_len, l->nvar, l->nscope,
		 l->has_lists ? " lists" : "", l->has_strings ? " strings" : "",
		 nf_layout_usable(l) ? "" : " unusable");
}

static void offsets(void **state)
{
	static const struct {
		const char *payload, *want;
	} cases[] = {
		{ "ipfix\nset 2\ntemplate 256 8/4 12/4 4/1 1/8",
		  "sourceIPv4Address 0+4/0 destinationIPv4Address 4+4/0 protocolIdentifier 8+1/0 "
		  "octetDeltaCount 9+8/0 min 17 var 0 scope 0" },
		{ "ipfix\nset 2\ntemplate 256 8/4 82/v 4/1 83/v 1/3",
		  "sourceIPv4Address 0+4/0 interfaceName 4+65535/0 protocolIdentifier 4+1/1 "
		  "interfaceDescription 5+65535/1 octetDeltaCount 5+3/2 min 10 var 2 scope 0 "
		  "strings" },
		{ "ipfix\nset 3\noptions 256 149/4 | 291/v 160/8",
		  "observationDomainId s0+4/0 basicList 4+65535/0 systemInitTimeMilliseconds 4+8/1 "
		  "min 13 var 1 scope 1 lists" },
		{ "v9\nset 1\noptions 256 1/4 2/2 | 34/4",
		  "System s0+4/0 Interface s4+2/0 samplingInterval 6+4/0 min 10 var 0 scope 2" },
		{ "ipfix\nset 2\ntemplate 256 8/0 12/0",
		  "sourceIPv4Address 0+0/0! destinationIPv4Address 0+0/0! min 0 var 0 scope 0 "
		  "unusable" },
		{ "ipfix\nset 2\ntemplate 256 210/65000 210/600",
		  "paddingOctets 0+65000/0 paddingOctets 65000+600/0 min 65600 var 0 scope 0 "
		  "unusable" },
		{ "v9\nset 0\ntemplate 256", "min 0 var 0 scope 0 unusable" },
	};
	struct nf_registry *registry = nf_registry_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nf_layout *l = compile(cases[i].payload, registry);
		char got[1024];

		print(got, sizeof(got), l);
		assert_string_equal(got, cases[i].want);
		nf_free(l);
	}
	nf_registry_free(registry);
}

/* A v9 id above 32767 has no enterprise number; in IPFIX the same bits are another element. */
static void elements(void **state)
{
	static const struct {
		const char *payload;
		uint32_t pen;
		uint16_t id;
		enum nf_layout_kind kind;
	} cases[] = {
		{ "ipfix\nset 2\ntemplate 256 8/4", NF_PEN_IANA, 8, NF_LAYOUT_DATA },
		{ "ipfix\nset 2\ntemplate 256 9:12235/v", 9, 12235, NF_LAYOUT_DATA },
		{ "ipfix\nset 2\ntemplate 256 29305:8/4", NF_PEN_REVERSE, 8, NF_LAYOUT_DATA },
		{ "ipfix\nset 2\ntemplate 256 4242:7/4", 4242, 7, NF_LAYOUT_DATA },
		{ "v9\nset 0\ntemplate 256 8/4", NF_PEN_IANA, 8, NF_LAYOUT_DATA },
		{ "v9\nset 0\ntemplate 256 33002/2", NF_PEN_V9, 33002, NF_LAYOUT_DATA },
		{ "v9\nset 1\noptions 256 3/4 | 34/4", NF_PEN_V9_SCOPE, 3, NF_LAYOUT_OPTIONS },
	};
	struct nf_registry *registry = nf_registry_new();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nf_layout *l = compile(cases[i].payload, registry);

		assert_int_equal(l->fields[0].ie->pen, cases[i].pen);
		assert_int_equal(l->fields[0].ie->id, cases[i].id);
		assert_int_equal(l->kind, cases[i].kind);
		nf_free(l);
	}
	nf_registry_free(registry);
}

/* Operations: each field once, neighbours of a width together, variable ones in the second half. */
static void operations(void **state)
{
	static const struct {
		uint8_t half, load, n;
	} want[] = {
		{ 0, NF_LOAD_PAIR_8, 1 }, { 0, NF_LOAD_PAIR_32, 1 }, { 0, NF_LOAD_16, 1 },
		{ 0, NF_LOAD_32, 1 }, { 0, NF_LOAD_LONG, 1 }, { 1, NF_LOAD_PAIR_16, 1 },
		{ 1, NF_LOAD_8, 1 }, { 1, NF_LOAD_64, 1 }, { 1, NF_LOAD_N, 2 },
		{ 1, NF_LOAD_SIGNED, 1 }, { 1, NF_LOAD_LONG, 1 }, { 1, NF_LOAD_VAR, 2 },
	};
	struct nf_registry *registry = nf_registry_new();
	struct nf_layout *l = compile("ipfix\nset 2\ntemplate 256 27/16 7/2 4/1 5/1 8/4 12/4 15/4 "
				      "82/v 1/8 2/3 80/6 434/4 11/2 180/2 6/1 83/v 1/0", registry);
	const struct nf_op *op = l->all.ops;
	unsigned seen = 0, row = 0;

	(void)state;
	for (unsigned half = 0; half < 2; half++)
		for (unsigned load = 0; load < NF_LOADS; load++) {
			unsigned n = (unsigned)(l->all.ends[half][load] - op);

			if (n == 0)
				continue;
			assert_true(row < COUNT(want));
			assert_int_equal(want[row].half, half);
			assert_int_equal(want[row].load, load);
			assert_int_equal(want[row++].n, n);
			for (; op < l->all.ends[half][load]; op++) {
				assert_int_equal(op->offset, l->fields[op->field].offset);
				assert_int_equal(op->nvar, l->fields[op->field].nvar);
				seen += load < NF_LOAD_8 ? 2 : 1;
			}
		}
	assert_int_equal(row, COUNT(want));
	assert_int_equal(seen, l->nfields);
	nf_free(l);
	nf_registry_free(registry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets),
		cmocka_unit_test(elements),
		cmocka_unit_test(operations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
