/* The index of a browser against the pipeline: the same messages, the same texts, the same flows. */
#include <config.h>

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hash.h"
#include "lib/capbuild.h"
#include "lib/framebuild.h"
#include "lib/memcount.h"
#include "model/flow.h"
#include "model/framer.h"
#include "model/store.h"
#include "out/out.h"

/* -- The pipeline, as the command line has it ------------------------------------------ */

struct pipe {
	const char *const *paths;
	size_t npaths;
	struct nf_registry *registry;
	struct nf_tracker *tracker;
	struct source *source, *ahead;
	struct nf_datagram d;
	struct nf_delivery delivery;
	bool within;
};

static const struct capture_opts capture = { .framer = &framer_ipfix };

static bool look_ahead(void *ctx, struct nf_datagram *d)
{
	struct pipe *p = ctx;
	enum source_got got;
	struct nf_err err;

	if (p->ahead == NULL)
		p->ahead = source_open(p->paths, p->npaths, &capture, &err);
	while ((got = source_next(p->ahead, d, &err)) == SOURCE_TROUBLE)
		;
	return got == SOURCE_DATAGRAM;
}

static void pipe_open(struct pipe *p, const char *const *paths, size_t n)
{
	const struct nf_tracker_opts opts = { .ahead = look_ahead, .ahead_ctx = p };
	struct nf_err err;

	*p = (struct pipe){ .paths = paths, .npaths = n };
	p->registry = nf_registry_new();
	p->tracker = nf_tracker_new(&opts, p->registry);
	p->source = source_open(paths, n, &capture, &err);
	assert_non_null(p->source);
}

static bool pipe_next(struct pipe *p, struct nf_view *v, const struct nf_sink *sink)
{
	enum source_got got;
	struct nf_err err;

	for (;;) {
		if (p->within && nf_delivery_next(&p->delivery, v, sink))
			return true;
		p->within = false;
		got = source_next(p->source, &p->d, &err);
		if (got == SOURCE_END)
			return false;
		if (got == SOURCE_DATAGRAM)
			p->within = nf_tracker_feed(p->tracker, &p->d, &p->delivery) ==
				    NF_REFUSAL_NONE;
	}
}

static void pipe_close(struct pipe *p)
{
	source_close(p->source);
	source_close(p->ahead);
	nf_tracker_free(p->tracker);
	nf_registry_free(p->registry);
}

/* -- A store --------------------------------------------------------------------------- */

struct rig {
	struct nf_registry *registry;
	struct store *s;
};

static void load(struct store *s)
{
	for (int idle = 0; idle < 2; idle++)
		while (store_step(s, 1000))
			;
	assert_true(store_progress(s).loaded);
	assert_true(store_progress(s).settled);
	assert_false(store_failed(s));
}

static void rig_open(struct rig *r, const char *const *paths, size_t n)
{
	struct store_opts opts = { .capture = capture };
	struct nf_err err;

	opts.registry = r->registry = nf_registry_new();
	assert_non_null(r->registry);
	r->s = store_open(paths, n, &opts, &err);
	assert_non_null(r->s);
}

static void rig_close(struct rig *r)
{
	store_free(r->s);
	nf_registry_free(r->registry);
}

/* The text of the next message of P, and that of row I of R's store, are one. */
static void same_text(const char *name, struct out *was, const struct nf_view *v, struct rig *r,
		      struct out *is, uint64_t i)
{
	const struct nf_view *again;
	struct nf_err err;

	nf_strbuf_clear(&was->text);
	nf_strbuf_clear(&is->text);
	assert_true(out_message(was, v));
	again = store_read(r->s, i, out_sink(is), &err);
	if (again == NULL)
		fail_msg("%s: row %u: %s", name, (unsigned)i, err.text);
	assert_true(out_message(is, again));
	if (was->text.n != is->text.n || memcmp(was->text.p, is->text.p, is->text.n) != 0)
		fail_msg("%s: row %u:\n%s\nis not\n%s", name, (unsigned)i,
			 nf_strbuf_cstr(&is->text), nf_strbuf_cstr(&was->text));
}

static uint64_t rec_sum(uint64_t sum, const struct nf_rec *r)
{
	return sum * 31 + nf_hash64((struct nf_bytes){ r->p, r->length });
}

/* Flow records of V. */
static uint32_t flows_of(const struct nf_view *v, struct nf_scratch scratch, uint64_t *sum)
{
	struct nf_sets sets;
	struct nf_set set;
	uint32_t n = 0;

	nf_sets_open(&sets, &v->msg, NULL);
	while (!v->headerless && nf_set_next(&sets, &set)) {
		struct nf_resolution r = { .layout = NULL };
		struct nf_recs recs;
		struct nf_rec rec;

		if (set.kind == NF_SET_FIXED)
			r.layout = nf_fixed_layout(v->msg.version, v->msg.aggregation);
		else if (set.kind == NF_SET_DATA)
			v->resolver.resolve(v->resolver.ctx, set.id, set.bytes, set.offset, &r);
		if (r.layout == NULL || r.layout->kind == NF_LAYOUT_OPTIONS)
			continue;
		nf_recs_open(&recs, &v->msg, &set, r.layout, scratch, NULL);
		for (; nf_rec_next(&recs, &rec); n++)
			*sum = rec_sum(*sum, &rec);
	}
	return n;
}

static void same_flows(const char *name, struct rig *r, uint64_t n, uint64_t sum)
{
	struct store_cursor *c = store_cursor_new(r->s);
	uint64_t forth = 0, back = 0, *sums = calloc(n + 1, sizeof(*sums));
	struct nf_err err;

	assert_non_null(c);
	assert_non_null(sums);
	if (store_flows(r->s) != n)
		fail_msg("%s: %u flows, not %u", name, (unsigned)store_flows(r->s), (unsigned)n);
	for (uint64_t i = 0; i < n; i++) {
		const struct filter_at *at = store_flow(c, i, &err);
		uint32_t index;
		uint64_t row = store_flow_row(r->s, i, &index);

		assert_non_null(at);
		assert_true(at->view->layout == at->rec->layout);
		assert_true(store_row_flow(r->s, row) + index == i);
		forth = rec_sum(forth, at->rec);
		sums[i] = rec_sum(0, at->rec);
	}
	assert_true(forth == sum);
	/* Any order: a step that meets every number, back and forth. */
	for (uint64_t i = 0, at = 0; i < n; i++, at = (at + 7919) % n) {
		const struct filter_at *f = store_flow(c, n % 7919 == 0 ? n - 1 - i : at, &err);

		assert_non_null(f);
		back += sums[n % 7919 == 0 ? n - 1 - i : at] != rec_sum(0, f->rec);
	}
	assert_int_equal(back, 0);
	free(sums);
	store_cursor_free(c);
}

static void same(const char *const *paths, size_t n)
{
	const struct out_opts opts = { .files = paths, .nfiles = n };
	const struct out_ops *detail = out_ops_of("detail");
	uint16_t *words = malloc(NF_SCRATCH_WORDS * sizeof(*words));
	struct nf_scratch scratch = { words, NF_SCRATCH_WORDS };
	uint64_t rows = 0, flows = 0, sum = 0;
	struct out *was, *is;
	struct nf_view v;
	struct pipe p;
	struct rig r;

	pipe_open(&p, paths, n);
	rig_open(&r, paths, n);
	load(r.s);
	was = out_new(detail, &opts, p.registry);
	is = out_new(detail, &opts, r.registry);
	assert_true(words != NULL && was != NULL && is != NULL);
	while (pipe_next(&p, &v, out_sink(was))) {
		uint32_t own = flows_of(&v, scratch, &sum);
		struct store_row row;

		if (rows == store_rows(r.s))
			fail_msg("%s: a row is missing", paths[0]);
		row = store_row(r.s, rows);
		assert_int_equal(row.frame, v.datagram->frame);
		assert_int_equal(row.offset, v.offset);
		assert_int_equal(row.version, v.msg.version);
		assert_int_equal(row.ordinal, v.datagram->ordinal);
		if (row.flows != own)
			fail_msg("%s: row %u: %u flows, not %u", paths[0], (unsigned)rows,
				 row.flows, own);
		same_text(paths[0], was, &v, &r, is, rows);
		flows += own;
		rows++;
	}
	assert_int_equal(rows, store_rows(r.s));
	same_flows(paths[0], &r, flows, sum);
	out_free(was);
	out_free(is);
	free(words);
	rig_close(&r);
	pipe_close(&p);
}

static void captures(void **state)
{
	const char *top = getenv("top_srcdir");
	char pattern[4096];
	glob_t found;

	(void)state;
	snprintf(pattern, sizeof(pattern), "%s/pcaps/*.[pi]*[pgx]", top != NULL ? top : ".");
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_true(found.gl_pathc > 40);
	for (size_t i = 0; i < found.gl_pathc; i++)
		same((const char *const *)&found.gl_pathv[i], 1);
	/* and all of them as one */
	same((const char *const *)found.gl_pathv, found.gl_pathc);
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captures),
	};

	return cmocka_run_group_tests_name("model/store", tests, NULL, NULL);
}
