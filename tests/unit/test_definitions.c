/* A template that is written as a message again is learned as the same layout. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/streams.h"
#include "model/definitions.h"
#include "track/tracker.h"

struct rig {
	struct nf_registry *registry;
	struct nf_tracker *tracker;
};

static void rig_init(struct rig *r)
{
	r->registry = nf_registry_new();
	assert_non_null(r->registry);
	r->tracker = nf_tracker_new(&(struct nf_tracker_opts){ .scope = NF_SCOPE_SESSION },
				    r->registry);
	assert_non_null(r->tracker);
}

static void rig_done(struct rig *r)
{
	nf_tracker_free(r->tracker);
	nf_registry_free(r->registry);
}

static void feed(struct rig *r, const struct nf_datagram *d)
{
	struct nf_sink none = { .report = NULL };
	struct nf_delivery delivery;
	struct nf_view view;

	assert_int_equal(nf_tracker_feed(r->tracker, d, &delivery), NF_REFUSAL_NONE);
	while (nf_delivery_next(&delivery, &view, &none))
		;
}

static void same_layout(const struct nf_layout *a, const struct nf_layout *b)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a == NULL)
		return;
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->nfields, b->nfields);
	assert_int_equal(a->nscope, b->nscope);
	assert_int_equal(a->nvar, b->nvar);
	assert_int_equal(a->min_len, b->min_len);
	for (unsigned i = 0; i < a->nfields; i++) {
		const struct nf_fielddef *f = &a->fields[i], *g = &b->fields[i];

		assert_string_equal(f->ie->name, g->ie->name);
		assert_int_equal(f->ie->id, g->ie->id);
		assert_int_equal(f->ie->pen, g->ie->pen);
		assert_int_equal(f->offset, g->offset);
		assert_int_equal(f->length, g->length);
		assert_int_equal(f->scope, g->scope);
		assert_int_equal(f->overlay, g->overlay);
	}
}

static void same_version(const struct nf_version_info *was, const struct nf_version_info *is)
{
	const struct nf_template *a = nf_version_template(was->version);
	const struct nf_template *b = nf_version_template(is->version);

	assert_int_equal(was->domain, is->domain);
	assert_int_equal(was->export_version, is->export_version);
	assert_int_equal(was->version->id, is->version->id);
	assert_int_equal(was->version->kind, is->version->kind);
	same_layout(was->version->layout, is->version->layout);
	assert_int_equal(a == NULL, b == NULL);
	if (a == NULL)
		return;
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->nscope, b->nscope);
	assert_int_equal(a->specs.n, b->specs.n);
	assert_memory_equal(a->specs.p, b->specs.p, a->specs.n);
}

/* Every version that SCRIPT brings, written in its order and learned by another tracker. */
static unsigned again(const char *script)
{
	struct nf_version_iter it = { 0 }, it2 = { 0 };
	struct nf_version_info info, info2;
	struct nf_strbuf out;
	struct stream s;
	struct rig a, b;
	unsigned n = 0;

	rig_init(&a);
	rig_init(&b);
	nf_strbuf_init(&out);
	assert_true(stream_init(&s, script));
	for (size_t i = 0; i < s.n; i++)
		feed(&a, &s.d[i]);
	while (nf_tracker_next_version(a.tracker, &it, &info)) {
		struct definition_header header = { .secs = 1704067200, .uptime_ms = 1000 };
		struct nf_datagram d = {
			.ordinal = n, .frame = n + 1, .ts_ns = 1704067200 * INT64_C(1000000000),
			.src = info.session->src, .dst = info.session->dst,
			.transport = info.session->transport,
		};

		nf_strbuf_clear(&out);
		d.wire_len = definition_message(&out, &info, &header);
		assert_int_equal(d.wire_len, out.n);
		assert_int_equal(d.wire_len % 4, 0);
		d.payload = (struct nf_bytes){ (const uint8_t *)out.p, out.n };
		feed(&b, &d);
		n++;
	}
	for (it = (struct nf_version_iter){ 0 }; nf_tracker_next_version(a.tracker, &it, &info);) {
		assert_true(nf_tracker_next_version(b.tracker, &it2, &info2));
		same_version(&info, &info2);
	}
	assert_false(nf_tracker_next_version(b.tracker, &it2, &info2));
	nf_strbuf_done(&out);
	stream_done(&s);
	rig_done(&a);
	rig_done(&b);
	return n;
}

static void templates(void **state)
{
	(void)state;
	assert_int_equal(again("2.7 9 T256 8/4 12/4 1/4 | T257 27/16 80/6\n"
			       "2.7 10/5 T256 8/4 82/65535 5951:128/4 | T300 82/v\n"
			       "3.7 10 T256 8/4\n"), 5);
}

static void options(void **state)
{
	(void)state;
	assert_int_equal(again("2.7 9 O257 1/4 ; 34/4 36/2\n"
			       "2.7 9/6 O258 1/4 2/2 ; 82/16\n"
			       "2.7 10 O257 149/4 ; 34/4\n"
			       "2.7 10/6 O258 149/4 144/4 9:4/2 ; 82/v 29305:1/8\n"), 4);
}

/* Redefinitions in their order; withdrawals of one and of all. */
static void redefined(void **state)
{
	(void)state;
	assert_int_equal(again("2.7/tcp 10 T256 8/4 | T257 8/4\n"
			       "2.7/tcp 10 W256\n"
			       "2.7/tcp 10 T256 12/4 8/4\n"
			       "2.7/tcp 10 T256 12/4 8/4 7/2\n"), 5);
}

/* What cannot be used is said again, and is of no use again. */
static void rejected(void **state)
{
	(void)state;
	assert_int_equal(again("2.7 9 T256 8/0\n"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates),
		cmocka_unit_test(options),
		cmocka_unit_test(redefined),
		cmocka_unit_test(rejected),
	};

	return cmocka_run_group_tests_name("model/definitions", tests, NULL, NULL);
}
