/*
 * The second pass: whatever the steps are, it comes to what the commands show; what it says before
 * its end; keys that change meanwhile.
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
#include "lib/nomem.h"
#include "model/framer.h"
#include "out/checklist.h"
#include "out/exporters.h"
#include "out/options.h"
#include "out/templatelist.h"
#include "out/toplist.h"
#include "out/totals.h"
#include "tui/analysis.h"
#include "tui/analysis_store.h"

static struct analysis *opened(const char *const *path, size_t n, struct nf_registry *registry)
{
	const struct analysis_opts opts = { .files = path, .nfiles = n, .registry = registry };
	struct nf_err err;
	struct analysis *a = analysis_new(&opts, &err);

	assert_non_null(a);
	return a;
}

static void finish(struct analysis *a)
{
	while (analysis_step(a, 1000000))
		;
	assert_true(analysis_settled(a));
	assert_true(analysis_sound(a));
}

/* -- What the commands show ------------------------------------------------------------ */

static struct out *out_of(const struct out_ops *ops, const char *const *path,
			  struct nf_registry *registry)
{
	const struct out_opts opts = { .files = path, .nfiles = 1, .titles = true };
	struct out *o = out_new(ops, &opts, registry);

	assert_non_null(o);
	return o;
}

static void text_of(struct nf_strbuf *s, struct out *o)
{
	nf_sb_mem(s, o->text.p, o->text.n);
	out_free(o);
}

static void say_exporters(struct nf_strbuf *s, struct analysis *a, const char *const *path,
			  struct nf_registry *registry)
{
	const struct exporters_view view = {
		.exporters = analysis_exporters(a), .files = path, .nfiles = 1,
		.drops = analysis_capture(a)->capture_drops,
	};

	(void)registry;
	exporters_json(s, &view);
}

static void say_stats(struct nf_strbuf *s, struct analysis *a, const char *const *path,
		      struct nf_registry *registry)
{
	const struct totals totals = {
		.stats = analysis_stats(a), .tracker = analysis_tracker_counts(a),
		.capture = analysis_capture(a), .files = path, .nfiles = 1,
	};

	(void)registry;
	totals_json(s, &totals);
}

static void say_findings(struct nf_strbuf *s, struct analysis *a, const char *const *path,
			 struct nf_registry *registry)
{
	struct out *o = out_of(&checklist_out, path, registry);
	const struct checklist list = {
		.ops = checklist_ops_of("json"), .o = o, .check = analysis_check(a),
		.fail_on = NF_ERROR, .damaged = analysis_damaged(a),
	};

	checklist_show(&list);
	text_of(s, o);
}

static void say_templates(struct nf_strbuf *s, struct analysis *a, const char *const *path,
			  struct nf_registry *registry)
{
	struct templatelist list = {
		.o = out_of(&templatelist_out, path, registry), .ops = templatelist_ops_of("csv"),
	};
	struct templates *t = analysis_templates(a);

	templatelist_begin(&list);
	for (size_t i = 0; i < t->nlist; i++)
		assert_true(templatelist_row(&list, t->list[i]));
	text_of(s, list.o);
}

static void say_tables(struct nf_strbuf *s, struct analysis *a, const char *const *path,
		       struct nf_registry *registry)
{
	const struct options_opts opts = {
		.out = { .titles = true, .files = path, .nfiles = 1 },
		.limit = UINT64_MAX, .json = true, .joined = true,
	};
	struct options *o = options_new(&opts, registry);

	assert_non_null(o);
	if (options_joined(o, analysis_tables(a)))
		while (options_joined_row(o))
			;
	nf_sb_mem(s, options_output(o)->p, options_output(o)->n);
	options_free(o);
}

static void say_top(struct nf_strbuf *s, struct analysis *a, const char *const *path,
		    struct nf_registry *registry)
{
	static const uint8_t bytes[] = { TOP_STAT_BYTES };
	struct toplist list = {
		.ops = toplist_ops_of("json"), .top = analysis_top(a),
		.order = { .stats = bytes, .nstats = 1 }, .max = 10, .files = path, .nfiles = 1,
	};

	(void)registry;
	assert_true(toplist_open(&list));
	for (size_t i = 0; i < list.n; i++)
		toplist_row(&list, i);
	toplist_close(&list);
	nf_sb_mem(s, list.text.p, list.text.n);
	toplist_done(&list);
}

static const struct command {
	const char *line;
	void (*say)(struct nf_strbuf *s, struct analysis *a, const char *const *path,
		    struct nf_registry *registry);
} commands[] = {
	{ "exporters -o json", say_exporters },
	{ "stats -o json", say_stats },
	{ "check -o json", say_findings },
	{ "templates -o csv", say_templates },
	{ "options --joined -o json", say_tables },
	{ "top -k src -o json", say_top },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void run(struct nf_strbuf *s, const char *line, const char *path)
{
	char text[8192], piece[65536];
	size_t n;
	FILE *f;

	snprintf(text, sizeof(text), "'%s' %s '%s' 2>/dev/null", getenv("NFPCAP"), line, path);
	f = popen(text, "r");
	assert_non_null(f);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		nf_sb_mem(s, piece, n);
	pclose(f);
}

/* True where both say the same: the first line that differs is shown. */
static bool same(const char *line, const char *path, struct nf_strbuf *a, struct nf_strbuf *b)
{
	const char *x = nf_strbuf_cstr(a), *y = nf_strbuf_cstr(b);
	size_t nx, ny;

	while (*x != '\0' || *y != '\0') {
		nx = strcspn(x, "\n");
		ny = strcspn(y, "\n");
		if (nx != ny || memcmp(x, y, nx) != 0) {
			print_error("nfpcap %s %s\n%.*s\nis here\n%.*s\n", line, path, (int)ny, y,
				    (int)nx, x);
			return false;
		}
		x += nx + (x[nx] != '\0');
		y += ny + (y[ny] != '\0');
	}
	return true;
}

/* What all streams say of loss, each once. */
static void check_loss(const struct analysis *a)
{
	const struct exporters *x = analysis_exporters(a);
	struct exporters_loss sum = { .lost = 0 };
	const struct exporters_domain *d;
	const struct nf_seq_stream *s;

	for (size_t i = 0; (d = exporters_domain_at(x, i)) != NULL; i++) {
		size_t next = 0;

		while (d->first && (s = exporters_stream(x, d, &next)) != NULL) {
			sum.received += nf_seq_measured(s) ? s->totals.received : 0;
			sum.lost += nf_seq_measured(s) ? s->totals.lost : 0;
		}
	}
	assert_int_equal(sum.received, exporters_loss(x).received);
	assert_int_equal(sum.lost, exporters_loss(x).lost);
}

struct sum {
	uint64_t lost;
	unsigned differ, captures, places;
	size_t octets;
};

/* What each command prints, and what an analysis comes to. */
static void compare(struct analysis *a, const char *path, struct nf_registry *registry,
		    struct nf_strbuf there[COMMANDS], struct sum *sum)
{
	struct nf_strbuf here;

	nf_strbuf_init(&here);
	finish(a);
	for (unsigned i = 0; i < COMMANDS; i++) {
		nf_strbuf_clear(&here);
		commands[i].say(&here, a, &path, registry);
		sum->differ += !same(commands[i].line, path, &here, &there[i]);
	}
	check_loss(a);
	sum->lost += exporters_loss(analysis_exporters(a)).lost;
	nf_strbuf_done(&here);
}

static struct store *loaded(const char *const *path, struct nf_registry *registry)
{
	const struct store_opts opts = { .capture.framer = &framer_ipfix, .registry = registry };
	struct nf_err err;
	struct store *s = store_open(path, 1, &opts, &err);

	assert_non_null(s);
	while (store_step(s, 1000000))
		;
	return s;
}

/* The message of each finding has a row, which is of its frame. */
static void check_places(const struct analysis *a, const struct store *s, struct sum *sum)
{
	const struct check_finding *f;
	size_t at = 0;

	while ((f = analysis_finding_next(a, &at)) != NULL) {
		const struct check_place *p = &f->first;
		uint64_t row = analysis_row_of(s, p->file, p->frame, p->message);

		if (row == UINT64_MAX || p->frame == 0)
			continue;
		assert_int_equal(store_row(s, row).frame, p->frame);
		assert_int_equal(store_row(s, row).offset, p->message);
		sum->places++;
	}
}

static void as_commands(void *ctx, const char *path)
{
	struct nf_registry *registries[] = { nf_registry_new(), nf_registry_new(),
					     nf_registry_new() };
	struct store *s = loaded(&path, registries[2]);
	const struct analysis_opts opts = {
		.files = &path, .nfiles = 1, .registry = registries[1],
		.ahead = analysis_store_ahead, .ahead_ctx = s,
	};
	struct analysis *alone = opened(&path, 1, registries[0]), *beside;
	struct nf_strbuf there[COMMANDS];
	struct sum *sum = ctx;
	struct nf_err err;

	beside = analysis_new(&opts, &err);
	assert_non_null(beside);
	for (unsigned i = 0; i < COMMANDS; i++) {
		nf_strbuf_init(&there[i]);
		run(&there[i], commands[i].line, path);
		sum->octets += there[i].n;
	}
	compare(alone, path, registries[0], there, sum);
	compare(beside, path, registries[1], there, sum);
	check_places(beside, s, sum);
	sum->captures++;
	for (unsigned i = 0; i < COMMANDS; i++)
		nf_strbuf_done(&there[i]);
	analysis_free(alone);
	analysis_free(beside);
	store_free(s);
	for (unsigned i = 0; i < 3; i++)
		nf_registry_free(registries[i]);
}

static void comes_to_what_commands_show(void **state)
{
	struct sum sum = { .octets = 0 };

	(void)state;
	captures_each(as_commands, &sum);
	assert_true(sum.captures > 50);
	assert_true(sum.octets > 500000);
	assert_true(sum.lost > 0);
	assert_true(sum.places > 50);
	assert_int_equal(sum.differ, 0);
}

/* -- On the way ------------------------------------------------------------------------- */

static const char *capture(char *path, size_t n, const char *name)
{
	snprintf(path, n, "%s/pcaps/%s", getenv("top_srcdir"), name);
	return path;
}

static uint64_t all_findings(const struct analysis_verdict *v)
{
	return v->accepted + v->findings[NF_NOTE] + v->findings[NF_WARNING] +
	       v->findings[NF_ERROR];
}

static void says_what_it_knows(void **state)
{
	struct nf_registry *registry = nf_registry_new();
	char buffer[4096];
	const char *path = capture(buffer, sizeof(buffer), "exporters.pcap");
	struct analysis *a = opened(&path, 1, registry);
	struct analysis_verdict v = { .messages = 0 }, last;
	uint64_t between = 0, pieces = 0;
	double done = 0;
	bool more;

	(void)state;
	assert_null(analysis_capture(a));
	do {
		more = analysis_step(a, 0);
		last = v;
		v = analysis_verdict(a);
		assert_true(v.messages >= last.messages && v.exporters >= last.exporters);
		assert_true(analysis_progress(a) >= done && analysis_progress(a) <= 1);
		assert_true(v.messages == 0 || analysis_tables_settled(a));
		assert_int_equal(v.settled, !more);
		assert_true(exporters_domain_at(analysis_exporters(a), 0) != NULL ||
			    v.messages == 0);
		between += more && v.messages != 0 && all_findings(&v) != 0;
		done = analysis_progress(a);
	} while (more);
	assert_true(between >= 5);
	assert_true(done == 1);
	assert_true(v.loss.received > 0);
	assert_int_equal(all_findings(&v), check_totals(analysis_check(a))->findings[NF_NOTE] +
			 check_totals(analysis_check(a))->findings[NF_WARNING] +
			 check_totals(analysis_check(a))->findings[NF_ERROR]);
	for (unsigned i = 0; i < analysis_timeline(a)->n; i++)
		pieces += timeline_piece(analysis_timeline(a), i)->grew.messages;
	assert_int_equal(pieces, v.messages);
	assert_false(analysis_step(a, 1000000));
	analysis_free(a);
	nf_registry_free(registry);
}

/* However often the keys change, and when: the last ones are added up whole. */
static void other_keys(void **state)
{
	struct nf_registry *registry = nf_registry_new();
	char buffer[4096];
	const char *path = capture(buffer, sizeof(buffer), "flows.pcap");
	struct filter_error err;
	struct nf_strbuf here, there;

	(void)state;
	nf_strbuf_init(&here);
	nf_strbuf_init(&there);
	run(&there, "top -k dst,dport -o json", path);
	assert_true(there.n > 0);
	for (int before = 0; before < 40; before++) {
		struct analysis *a = opened(&path, 1, registry);
		bool more = true;

		for (int i = 0; i < before && more; i++)
			more = analysis_step(a, 0);
		assert_false(analysis_top_by(a, "nothing like it", &err));
		assert_true(analysis_top_by(a, "sport", &err));
		for (int i = 0; i < before % 7; i++)
			analysis_step(a, 0);
		assert_true(analysis_top_by(a, "dst,dport", &err));
		assert_false(analysis_top_settled(a));
		finish(a);
		assert_true(analysis_top_settled(a));
		nf_strbuf_clear(&here);
		say_top(&here, a, &path, registry);
		assert_true(same("top -k dst,dport -o json", path, &here, &there));
		analysis_free(a);
	}
	nf_strbuf_done(&here);
	nf_strbuf_done(&there);
	nf_registry_free(registry);
}

/* -- A look-ahead of the caller's -------------------------------------------------------- */

struct kept {
	struct nf_datagram v[256];
	size_t n;
	unsigned asked;
};

static void keep_all(struct kept *k, const char *path)
{
	struct capture_reading r;
	struct nf_delivery ignored;

	assert_true(captures_open(&r, path));
	while (captures_datagram(&r, &ignored)) {
		struct nf_datagram *d = &k->v[k->n++];
		uint8_t *p = malloc(r.datagram.payload.n + 1);

		assert_true(k->n <= 256 && p != NULL);
		*d = r.datagram;
		memcpy(p, d->payload.p, d->payload.n);
		d->payload.p = p;
	}
	captures_close(&r);
}

static bool from_kept(void *ctx, uint64_t *at, struct nf_datagram *d)
{
	struct kept *k = ctx;

	k->asked++;
	if (*at >= k->n)
		return false;
	*d = k->v[(*at)++];
	return true;
}

static void callers_look_ahead(void **state)
{
	static struct kept kept;
	struct nf_registry *registry = nf_registry_new();
	char buffer[4096];
	const char *path = capture(buffer, sizeof(buffer), "quirk-e1.pcap");
	const struct analysis_opts opts = {
		.files = &path, .nfiles = 1, .registry = registry,
		.ahead = from_kept, .ahead_ctx = &kept,
	};
	struct nf_strbuf here, there;
	struct analysis *a;
	struct nf_err err;

	(void)state;
	keep_all(&kept, path);
	a = analysis_new(&opts, &err);
	assert_non_null(a);
	finish(a);
	assert_true(kept.asked > 0);
	nf_strbuf_init(&here);
	nf_strbuf_init(&there);
	say_templates(&here, a, &path, registry);
	run(&there, "templates -o csv", path);
	assert_true(same("templates -o csv", path, &here, &there));
	nf_strbuf_done(&here);
	nf_strbuf_done(&there);
	analysis_free(a);
	nf_registry_free(registry);
	for (size_t i = 0; i < kept.n; i++)
		free((void *)(uintptr_t)kept.v[i].payload.p);
}

/* -- What goes wrong --------------------------------------------------------------------- */

static void memory_runs_out(void **state)
{
	struct nf_registry *registry = nf_registry_new();
	char buffer[4096];
	const char *path = capture(buffer, sizeof(buffer), "joined.pcap");
	const struct analysis_opts opts = { .files = &path, .nfiles = 1, .registry = registry };
	struct nomem memory;
	struct nf_err err;
	long n = 0;

	(void)state;
	do {
		struct analysis *a;

		memory = (struct nomem){ .left = n };
		n += 1 + n / 16;
		nomem_begin(&memory);
		a = analysis_new(&opts, &err);
		assert_true(a != NULL || memory.failed);
		while (a != NULL && analysis_step(a, 1000000))
			;
		assert_true(a == NULL || analysis_progress(a) == 1);
		analysis_free(a);
		nf_allocator_set(NULL);
	} while (memory.failed);
	assert_true(n > 100);
	nf_registry_free(registry);
}

static void nothing_to_read(void **state)
{
	struct nf_registry *registry = nf_registry_new();
	const char *path = "/nonexistent/capture.pcap";
	struct analysis *a = opened(&path, 1, registry);

	(void)state;
	finish(a);
	assert_int_equal(analysis_verdict(a).messages, 0);
	analysis_free(a);
	nf_registry_free(registry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_to_what_commands_show),
		cmocka_unit_test(says_what_it_knows),
		cmocka_unit_test(other_keys),
		cmocka_unit_test(callers_look_ahead),
		cmocka_unit_test(memory_runs_out),
		cmocka_unit_test(nothing_to_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
