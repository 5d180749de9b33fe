/* The index of a browser against the pipeline: the same messages, texts and flows. */
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
#include "model/store_job.h"
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

/* -- A capture of our own --------------------------------------------------------------- */

enum { FLOWS = 6000, A_MESSAGE = 20 };

struct made {
	uint64_t bytes;
	char name[40];
	bool named;			/* else of a template that says no name */
};

static struct made made[FLOWS];

/* Few values, many equal ones, names that differ late or only in length; big numbers. */
static void make(unsigned i)
{
	static const char *const prefix[] = { "GigabitEthernet0/0/", "Gi", "GigabitEthernet0/0/1" };
	uint32_t r = i * 2654435761u;
	struct made *m = &made[i];

	m->bytes = r % 16 == 0 ? UINT64_MAX - r % 3 : r >> 8 & 0x3ff;
	if (r % 16 == 1)
		m->bytes = (UINT64_C(1) << 63) - 2 + r % 4;
	m->named = r % 5 != 0;
	snprintf(m->name, sizeof(m->name), "%s%u", prefix[(r >> 4) % 3], r >> 7 & 31);
}

static void message_of(struct mb *m, unsigned i)
{
	char text[200];

	mb_clear(m);
	mb_begin(m, 10, &(struct mb_header){ .seq = i * A_MESSAGE, .domain = 1 });
	if (i == 0) {
		mb_set_begin(m, 2);
		mb_template(m, 256, "1/8 82/v");
		mb_template(m, 257, "1/8");
		mb_set_end(m);
	}
	for (unsigned j = i * A_MESSAGE; j < (i + 1) * A_MESSAGE; j++) {
		make(j);
		mb_set_begin(m, made[j].named ? 256 : 257);
		if (made[j].named)
			snprintf(text, sizeof(text), "%llu/8 v\"%s\"",
				 (unsigned long long)made[j].bytes, made[j].name);
		else
			snprintf(text, sizeof(text), "%llu/8", (unsigned long long)made[j].bytes);
		mb_record(m, text);
		mb_set_end(m);
	}
	mb_end(m);
}

static void capture_of(struct mb *file, unsigned from, unsigned to)
{
	const struct fb_frame f = {
		.src = fb_endpoint("192.0.2.1:4739"), .dst = fb_endpoint("192.0.2.9:4739"),
	};
	const struct fb_pcap pcap = { .nano = true };
	struct mb m, frame;

	mb_init(&m);
	mb_init(&frame);
	if (from == 0)
		fb_pcap_begin(file, &pcap);
	for (unsigned i = from; i < to; i++) {
		message_of(&m, i);
		mb_clear(&frame);
		fb_udp(&frame, &f, mb_bytes(&m));
		fb_pcap_frame(file, &pcap, (1700000000 + i) * INT64_C(1000000000),
			      mb_bytes(&frame));
	}
	assert_false(file->failed);
	mb_done(&m);
	mb_done(&frame);
}

static char *own_file(unsigned to)
{
	struct mb file;
	char *path;

	mb_init(&file);
	capture_of(&file, 0, to);
	path = cb_file(mb_bytes(&file));
	assert_non_null(path);
	mb_done(&file);
	return path;
}

/* -- Jobs ------------------------------------------------------------------------------- */

static void run(struct store_job *job)
{
	while (store_job_step(job, 1000))
		assert_true(store_job_progress(job) >= 0 && store_job_progress(job) <= 1);
	assert_true(store_job_progress(job) == 1);
	assert_false(store_job_failed(job));
	assert_int_equal(store_job_lost(job), 0);
}

static struct filter *filter_of(struct rig *r, const char *text)
{
	struct filter_error err;
	struct filter *f = filter_new(text, strlen(text), NULL, r->registry, &err);

	if (f == NULL)
		fail_msg("%s", err.text);
	return f;
}

static void filters(void **state)
{
	char *path = own_file(FLOWS / A_MESSAGE);
	uint64_t n = 0, nrows = 0, last = UINT64_MAX;
	struct store_job_opts opts = { .flows = true };
	struct store_job *flows, *rows;
	struct rig r;

	(void)state;
	rig_open(&r, (const char *const *)&path, 1);
	opts.filter = filter_of(&r, "bytes < 300 && interfaceName == \"Gi7\"");
	flows = store_job_new(r.s, &opts);
	opts.flows = false;
	rows = store_job_new(r.s, &opts);
	assert_true(flows != NULL && rows != NULL);
	/* by turns with the loading */
	while (store_step(r.s, 1000)) {
		store_job_step(flows, 1);
		store_job_step(rows, 1);
	}
	run(flows);
	run(rows);
	for (unsigned i = 0; i < FLOWS; i++) {
		if (!made[i].named || made[i].bytes >= 300 || strcmp(made[i].name, "Gi7") != 0)
			continue;
		assert_true(store_job_at(flows, n) == i);
		assert_true(store_job_find(flows, i) == n);
		n++;
		if (i / A_MESSAGE == last)
			continue;
		last = i / A_MESSAGE;
		assert_true(store_job_at(rows, nrows) == last);
		assert_true(store_job_find(rows, last) == nrows);
		nrows++;
	}
	assert_true(n > 0);
	assert_true(store_job_count(flows) == n);
	assert_true(store_job_count(rows) == nrows);
	store_job_free(flows);
	store_job_free(rows);
	filter_free(opts.filter);
	rig_close(&r);
	cb_remove(path);
}

static bool by_name, descending;

static int in_order(const void *pa, const void *pb)
{
	unsigned a = *(const unsigned *)pa, b = *(const unsigned *)pb;
	int order = (made[a].bytes > made[b].bytes) - (made[a].bytes < made[b].bytes);

	if (by_name && made[a].named != made[b].named)
		return made[a].named ? -1 : 1;
	if (by_name)
		order = made[a].named ? strcmp(made[a].name, made[b].name) : 0;
	if (order != 0)
		return descending ? -order : order;
	return (a > b) - (a < b);
}

static void sorted_by(struct rig *r, const char *name, bool filtered)
{
	struct filter_names *names = filter_names_new(NULL, r->registry);
	struct store_job_opts opts = { .descending = descending };
	static unsigned want[FLOWS];
	struct filter_error err;
	struct store_job *job;
	unsigned n = 0;

	assert_non_null(names);
	opts.by = filter_names_find(names, (struct nf_bytes){ (const uint8_t *)name, strlen(name) },
				    &err);
	assert_non_null(opts.by);
	if (filtered)
		opts.filter = filter_of(r, "bytes < 500");
	job = store_job_new(r->s, &opts);
	assert_non_null(job);
	assert_int_equal(store_job_sorted(job), false);
	run(job);
	assert_true(store_job_sorted(job));
	for (unsigned i = 0; i < FLOWS; i++)
		if (!filtered || made[i].bytes < 500)
			want[n++] = i;
	qsort(want, n, sizeof(want[0]), in_order);
	assert_true(store_job_count(job) == n);
	for (unsigned i = 0; i < n; i++)
		if (store_job_at(job, i) != want[i])
			fail_msg("%s: place %u: flow %u, not %u", name, i,
				 (unsigned)store_job_at(job, i), want[i]);
	assert_true(store_job_find(job, want[n / 2]) == n / 2);
	store_job_free(job);
	filter_free(opts.filter);
	filter_names_free(names);
}

static void sorts(void **state)
{
	char *path = own_file(FLOWS / A_MESSAGE);
	struct rig r;

	(void)state;
	rig_open(&r, (const char *const *)&path, 1);
	load(r.s);
	assert_true(store_flows(r.s) == FLOWS);
	for (int i = 0; i < 8; i++) {
		by_name = (i & 1) != 0;
		descending = (i & 2) != 0;
		sorted_by(&r, by_name ? "interfaceName" : "bytes", (i & 4) != 0);
	}
	rig_close(&r);
	cb_remove(path);
}

/* -- Inputs ----------------------------------------------------------------------------- */

/* All rows of R's store can be read, and have the flows that they had. */
static void all_readable(struct rig *r)
{
	struct store_cursor *c = store_cursor_new(r->s);
	struct nf_err err;

	for (uint64_t i = 0; i < store_flows(r->s); i++) {
		const struct filter_at *at = store_flow(c, i, &err);
		uint64_t bytes;

		if (at == NULL)
			fail_msg("%s", err.text);
		assert_true(flow_number(at->view, at->rec, FLOW_BYTES, &bytes));
		assert_true(bytes == made[i].bytes);
	}
	store_cursor_free(c);
}

/* What is compressed is read once, and kept. */
static void packed(void **state)
{
	struct mb file, gz;
	struct rig r;
	char *path;

	(void)state;
	mb_init(&file);
	mb_init(&gz);
	capture_of(&file, 0, 50);
	assert_true(cb_pack(&gz, "gzip", mb_bytes(&file)));
	path = cb_file(mb_bytes(&gz));
	rig_open(&r, (const char *const *)&path, 1);
	assert_true(store_progress(r.s).total == 0);
	load(r.s);
	assert_true(store_flows(r.s) == 50 * A_MESSAGE);
	all_readable(&r);
	assert_false(store_follow(r.s, true));
	rig_close(&r);
	cb_remove(path);
	mb_done(&file);
	mb_done(&gz);
}

/* A pipe is never waited for; what came of it can be read again. */
static void piped(void **state)
{
	int ends[2], was = dup(STDIN_FILENO);
	const char *path = "-";
	struct mb file;
	size_t half;
	struct rig r;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	mb_init(&file);
	capture_of(&file, 0, 20);
	half = file.n / 2;
	rig_open(&r, &path, 1);
	assert_false(store_step(r.s, 1000000));
	assert_true(store_progress(r.s).waiting);
	assert_int_equal(write(ends[1], file.p, half), half);
	while (store_step(r.s, 1000000))
		;
	assert_true(store_progress(r.s).waiting);
	assert_false(store_progress(r.s).loaded);
	assert_true(store_rows(r.s) > 5 && store_rows(r.s) < 20);
	all_readable(&r);
	assert_int_equal(write(ends[1], file.p + half, file.n - half), file.n - half);
	close(ends[1]);
	load(r.s);
	assert_int_equal(store_rows(r.s), 20);
	all_readable(&r);
	rig_close(&r);
	mb_done(&file);
	dup2(was, STDIN_FILENO);
	close(was);
}

static void append(const char *path, unsigned from, unsigned to)
{
	FILE *f = fopen(path, "ab");
	struct mb file;

	assert_non_null(f);
	mb_init(&file);
	capture_of(&file, from, to);
	assert_int_equal(fwrite(file.p, 1, file.n, f), file.n);
	assert_int_equal(fclose(f), 0);
	mb_done(&file);
}

/* A file that grows, watched from its end on. */
static void followed(void **state)
{
	char *other = own_file(3), *path = own_file(10);
	const char *const paths[] = { other, path };
	struct rig r;

	(void)state;
	rig_open(&r, paths, 2);
	load(r.s);
	assert_int_equal(store_rows(r.s), 13);
	append(path, 10, 15);
	assert_false(store_step(r.s, 1000000));
	assert_int_equal(store_rows(r.s), 13);
	assert_true(store_follow(r.s, true));
	for (unsigned n = 15; n <= 25; n += 5) {
		while (store_step(r.s, 1000000))
			;
		assert_true(store_progress(r.s).waiting);
		assert_int_equal(store_rows(r.s), 3 + n);
		assert_int_equal(store_row(r.s, 2 + n).frame, n);
		assert_int_equal(store_row(r.s, 2 + n).file, 1);
		assert_int_equal(store_row(r.s, 2 + n).ordinal, 2 + n);
		append(path, n, n + 5);
	}
	assert_true(store_follow(r.s, false));
	assert_false(store_step(r.s, 1000000));
	assert_int_equal(store_rows(r.s), 28);
	assert_null(store_trouble(r.s, 0));
	for (uint64_t i = 0; i < store_rows(r.s); i++) {
		struct nf_err err;

		assert_non_null(store_read(r.s, i, NULL, &err));
	}
	rig_close(&r);
	cb_remove(other);
	cb_remove(path);
}

/* -- Looking for rows ------------------------------------------------------------------- */

/* What store_row_of_frame promises, a row after the other. */
static uint64_t slow_row_of(const struct store *s, uint32_t file, uint64_t frame)
{
	uint64_t best = 0, best_frame = 0;

	for (uint64_t i = 0; i < store_rows(s); i++) {
		struct store_row r = store_row(s, i);

		if (r.file == file && r.frame <= frame && r.frame > best_frame) {
			best = i;
			best_frame = r.frame;
		}
	}
	return best;
}

static uint64_t slow_next(const struct store *s, uint64_t from, bool back,
			  const struct store_want *want)
{
	while (back ? from-- > 0 : ++from < store_rows(s)) {
		struct store_row r = store_row(s, from);

		if ((r.flags & want->flags) != 0 || r.worst > want->worst)
			return from;
	}
	return UINT64_MAX;
}

static void look_for_rows(const struct store *s, const struct store_want *want)
{
	for (uint64_t i = 0; i < store_rows(s); i += 1 + i / 64) {
		assert_int_equal(store_row_next(s, i, false, want), slow_next(s, i, false, want));
		assert_int_equal(store_row_next(s, i, true, want), slow_next(s, i, true, want));
	}
	assert_int_equal(store_row_next(s, UINT64_MAX, false, want),
			 slow_next(s, UINT64_MAX, false, want));
	assert_int_equal(store_row_next(s, UINT64_MAX, true, want),
			 slow_next(s, store_rows(s), true, want));
}

/* By blocks as one by one: in several files, one behind the other and merged by time. */
static void looked_for(void **state)
{
	char *one = own_file(300), *other = own_file(200);
	const char *const paths[] = { one, other, "/nonexistent", one };
	static const struct store_want wants[] = {
		{ .flags = STORE_TEMPLATES, .worst = UINT8_MAX }, { .worst = 0 },
		{ .flags = STORE_UNDECODED, .worst = 1 }, { .worst = UINT8_MAX },
	};

	(void)state;
	append(one, 100, 300);
	append(one, 50, 300);
	for (int sort = 0; sort < 2; sort++) {
		struct store_opts opts = { .capture = capture };
		struct nf_err err;
		struct rig r;

		opts.capture.sort = sort != 0;
		opts.registry = r.registry = nf_registry_new();
		r.s = store_open(paths, 4, &opts, &err);
		assert_non_null(r.s);
		load(r.s);
		assert_true(store_rows(r.s) > 256);
		for (uint32_t file = 0; file < 5; file++)
			for (uint64_t frame = 0; frame < 800; frame += 7)
				assert_int_equal(store_row_of_frame(r.s, file, frame),
						 slow_row_of(r.s, file, frame));
		assert_int_equal(store_row_of_frame(r.s, 0, UINT64_MAX),
				 slow_row_of(r.s, 0, UINT64_MAX));
		for (unsigned i = 0; i < sizeof(wants) / sizeof(wants[0]); i++)
			look_for_rows(r.s, &wants[i]);
		rig_close(&r);
	}
	cb_remove(one);
	cb_remove(other);
}

/* A file that is not what it was: said, and no harm done. */
static void changed(void **state)
{
	char *path = own_file(20);
	struct store_job_opts opts = { .flows = true };
	struct store_job *job;
	struct nf_err err;
	struct rig r;

	(void)state;
	rig_open(&r, (const char *const *)&path, 1);
	load(r.s);
	assert_int_equal(truncate(path, 5000), 0);
	assert_non_null(store_read(r.s, 0, NULL, &err));
	assert_null(store_read(r.s, 19, NULL, &err));
	assert_int_equal(err.kind, NF_ERR_ENV);
	assert_non_null(strstr(err.text, "has changed since it was read"));
	opts.filter = filter_of(&r, "bytes > 0");
	job = store_job_new(r.s, &opts);
	while (store_job_step(job, 1000000))
		;
	assert_true(store_job_lost(job) > 0 && store_job_lost(job) < 20);
	store_job_free(job);
	filter_free(opts.filter);
	/* another one in its place */
	unlink(path);
	append(path, 0, 20);
	assert_null(store_read(r.s, 19, NULL, &err));
	rig_close(&r);
	cb_remove(path);
}

static void cut_file(void **state)
{
	static const char *const nowhere = "/nowhere/x.pcap";
	struct mb file;
	struct rig r;
	char *path;

	(void)state;
	mb_init(&file);
	capture_of(&file, 0, 5);
	path = cb_file((struct nf_bytes){ file.p, file.n - 10 });
	rig_open(&r, (const char *const *)&path, 1);
	load(r.s);
	assert_int_equal(store_rows(r.s), 4);
	assert_non_null(store_trouble(r.s, 0));
	assert_non_null(strstr(store_trouble(r.s, 0)->text, path));
	assert_null(store_trouble(r.s, 1));
	rig_close(&r);
	cb_remove(path);
	rig_open(&r, &nowhere, 1);
	while (store_step(r.s, 1000))
		;
	assert_int_equal(store_rows(r.s), 0);
	assert_non_null(store_trouble(r.s, 0));
	rig_close(&r);
	mb_done(&file);
}

/* A message costs what store.h says it does. */
static void memory(void **state)
{
	enum { MESSAGES = 200000 };
	const struct fb_frame f = {
		.src = fb_endpoint("192.0.2.1:4739"), .dst = fb_endpoint("192.0.2.9:4739"),
	};
	struct memcount count = { .most = 0 };
	const struct fb_pcap pcap = { .nano = true };
	struct mb file, frame, m;
	size_t before;
	struct rig r;
	char *path;

	(void)state;
	mb_init(&file);
	mb_init(&frame);
	mb_init(&m);
	message_of(&m, 0);
	fb_udp(&frame, &f, mb_bytes(&m));
	fb_pcap_begin(&file, &pcap);
	for (unsigned i = 0; i < MESSAGES; i++)
		fb_pcap_frame(&file, &pcap, (int64_t)i, mb_bytes(&frame));
	path = cb_file(mb_bytes(&file));
	mb_done(&file);
	mb_done(&frame);
	mb_done(&m);
	memcount_begin(&count);
	rig_open(&r, (const char *const *)&path, 1);
	while (store_rows(r.s) < 1000)
		store_step(r.s, 1);
	before = count.in_use;
	load(r.s);
	assert_int_equal(store_rows(r.s), MESSAGES);
	/* two more chunks of 65536 rows, and part of a fourth */
	assert_true(count.in_use - before < 64 * (size_t)262144);
	assert_true(count.in_use < 20 * 1024 * 1024);
	rig_close(&r);
	memcount_end();
	assert_int_equal(count.in_use, 0);
	cb_remove(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captures),
		cmocka_unit_test(filters),
		cmocka_unit_test(sorts),
		cmocka_unit_test(packed),
		cmocka_unit_test(piped),
		cmocka_unit_test(followed),
		cmocka_unit_test(looked_for),
		cmocka_unit_test(changed),
		cmocka_unit_test(cut_file),
		cmocka_unit_test(memory),
	};

	return cmocka_run_group_tests_name("model/store", tests, NULL, NULL);
}
