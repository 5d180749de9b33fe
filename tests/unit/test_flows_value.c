/*
 * Flows of the browser: the filter made of a cell lets its own record through; sums of the store's
 * flows are the same in whatever steps, and however often they are asked for.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/captures.h"
#include "model/framer.h"
#include "model/join_filter.h"
#include "out/flows.h"
#include "tui/flows_sums.h"
#include "tui/flows_value.h"

static struct store *loaded(const char *const *path, struct nf_registry *registry)
{
	const struct store_opts opts = {
		.capture = { .framer = &framer_ipfix, .wake = -1, .idle_ms = -1 },
		.registry = registry,
	};
	struct nf_err err;
	struct store *s = store_open(path, 1, &opts, &err);

	assert_non_null(s);
	while (store_step(s, 1000000))
		;
	return s;
}

/* -- Cells ----------------------------------------------------------------------------- */

struct bench {
	struct nf_registry *registry;
	struct filter_opts opts;
	struct filter_names *names;
	struct flows *flows;
	unsigned cells, filters, failed;
};

static void hold(struct bench *b, const struct column *c, const struct filter_at *at,
		 const struct nf_strbuf *cell)
{
	struct filter_error err;
	struct nf_strbuf text;
	struct filter *filter;

	nf_strbuf_init(&text);
	b->cells++;
	if (flows_value_filter(&text, b->names, c, at)) {
		b->filters++;
		filter = filter_new(text.p, text.n, &b->opts, b->registry, &err);
		if (filter == NULL || !filter_record(filter, at)) {
			print_error("%s: %.*s: %.*s\n", c->name, (int)cell->n, cell->p,
				    (int)text.n, text.p);
			b->failed++;
		}
		filter_free(filter);
	} else if (strcmp(c->name, "sampling") != 0) {
		print_error("%s: %.*s: no filter\n", c->name, (int)cell->n, cell->p);
		b->failed++;
	}
	nf_strbuf_done(&text);
}

static void hold_all(struct bench *b, struct store *store)
{
	struct store_cursor *cursor = store_cursor_new(store);
	struct nf_strbuf cell;

	assert_non_null(cursor);
	nf_strbuf_init(&cell);
	for (uint64_t i = 0; i < store_flows(store); i++) {
		struct nf_err err;
		struct filter_at *at = store_flow(cursor, i, &err);
		const struct flows_plan *plan;

		assert_non_null(at);
		at->opts = &b->opts;
		plan = flows_at(b->flows, at);
		assert_non_null(plan);
		for (unsigned c = 0; c < b->flows->columns.n; c++) {
			nf_strbuf_clear(&cell);
			flows_cell(b->flows, plan, c, &cell);
			if (cell.n > 0)
				hold(b, &b->flows->columns.v[c], at, &cell);
		}
	}
	nf_strbuf_done(&cell);
	store_cursor_free(cursor);
}

/* Every cell of every flow, in the usual columns and others of the view. */
static void hold_file(void *ctx, const char *path)
{
	struct bench b = { .registry = nf_registry_new() };
	const struct join_opts join_opts = { .max = 0 };
	struct join *join = join_new(&join_opts, b.registry);
	struct store *store = loaded(&path, b.registry);
	struct filter_error err;
	struct flows_opts opts;

	b.opts = (struct filter_opts){
		.names = join_filter_names, .nnames = JOIN_FILTER_NAMES, .ctx = join,
	};
	opts = (struct flows_opts){
		.columns = "+first,last,src,dst,sport,dport,tcpflags,icmp_type,icmp_code,src_mask,"
			   "dst_mask,nexthop,direction,event,octetDeltaCount,set.id",
		.names = b.opts,
	};
	b.names = filter_names_new(&b.opts, b.registry);
	b.flows = flows_new(flows_ops_of("text"), &opts, b.registry, &err);
	assert_non_null(b.flows);
	b.flows->at.words = b.flows->at.clock = true;
	hold_all(&b, store);
	if (b.failed > 0)
		fail_msg("%s: %u cells", path, b.failed);
	*(unsigned *)ctx += b.filters;
	flows_free(b.flows);
	filter_names_free(b.names);
	store_free(store);
	join_free(join);
	nf_registry_free(b.registry);
}

static void filters_hold(void **state)
{
	unsigned filters = 0;

	(void)state;
	captures_each(hold_file, &filters);
	assert_true(filters > 10000);
}

/* -- Sums ------------------------------------------------------------------------------ */

static char *path_of(const char *name)
{
	const char *dir = getenv("top_srcdir");
	char *path = malloc(strlen(dir) + strlen(name) + 9);

	assert_non_null(path);
	sprintf(path, "%s/pcaps/%s", dir, name);
	return path;
}

static void same_row(const struct top_row *a, const struct top_row *b)
{
	assert_int_equal(a->flows, b->flows);
	assert_int_equal(a->first_ns, b->first_ns);
	assert_int_equal(a->last_ns, b->last_ns);
	assert_memory_equal(a->sums, b->sums, sizeof(a->sums));
}

static void steps_are_the_same(void **state)
{
	char *path = path_of("exporters.pcap");
	struct nf_registry *registry = nf_registry_new();
	struct store *store = loaded((const char *const *)&path, registry);
	const struct filter_opts names = { .names = NULL };
	const struct top_opts opts = { .keys = "src", .names = &names };
	struct flows_sums once = { .top = NULL }, often = { .top = NULL };
	struct filter_error err;

	(void)state;
	assert_true(flows_sums_begin(&once, store, &opts, registry, &err));
	assert_true(flows_sums_begin(&often, store, &opts, registry, &err));
	while (flows_sums_step(&once, UINT64_MAX))
		;
	flows_sums_end(&once);
	while (flows_sums_step(&often, 0))
		flows_sums_end(&often);
	flows_sums_end(&often);
	flows_sums_end(&often);
	assert_int_equal(once.top->all.flows, 81);
	same_row(&once.top->all, &often.top->all);
	assert_int_equal(top_nrows(once.top), top_nrows(often.top));
	for (size_t i = 0; i < top_nrows(once.top); i++) {
		struct top_entry a = top_entry_of(once.top, i), b = top_entry_of(often.top, i);

		same_row(&a.row, &b.row);
	}
	assert_true(flows_sums_progress(&often) == 1);
	flows_sums_done(&once);
	flows_sums_done(&often);
	store_free(store);
	nf_registry_free(registry);
	free(path);
}

/* What was captured twice counts once. */
static void copies_count_once(void **state)
{
	char *path = path_of("duplicates.pcap");
	struct nf_registry *registry = nf_registry_new();
	struct store *store = loaded((const char *const *)&path, registry);
	const struct filter_opts names = { .names = NULL };
	const struct top_opts opts = { .keys = "proto", .names = &names };
	struct flows_sums sums = { .top = NULL };
	struct filter_error err;

	(void)state;
	assert_true(flows_sums_begin(&sums, store, &opts, registry, &err));
	while (flows_sums_step(&sums, 1000000))
		;
	flows_sums_end(&sums);
	assert_true(sums.copies > 0);
	assert_int_equal(sums.top->records + sums.top->events + sums.copies, store_flows(store));
	flows_sums_done(&sums);
	store_free(store);
	nf_registry_free(registry);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_hold),
		cmocka_unit_test(steps_are_the_same),
		cmocka_unit_test(copies_count_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
