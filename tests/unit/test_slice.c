/* Slices of random streams: what was chosen is read as it was, with nothing else. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/source.h"
#include "lib/nomem.h"
#include "lib/streams.h"
#include "model/framer.h"
#include "model/slice.h"

enum { LINES = 14, SCRIPTS = 5000 };

/* -- Streams ---------------------------------------------------------------------------- */

static uint32_t seed;

static unsigned any(unsigned n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 16) % n;
}

/*
 * Layouts of different lengths, so that what fits one rarely fits another, and of the same one, so
 * that it does.
 */
static const char *const layouts[] = { "8/4", "12/4", "8/4 12/4", "8/4 7/2 4/1 5/1", "4/1 8/4" };
static const char *const records[] = {
	"10.0.0.1", "10.0.0.2", "10.0.0.1 10.0.0.2", "10.0.0.3 7/2 6/1 0/1", "6/1 10.0.0.9",
};

/*
 * DATA: ids that have a data set in the message.  Of two of one id that other sessions' templates
 * are lent to, the second may be read otherwise in a slice, which then says so.
 */
static void item(struct nf_strbuf *s, bool reliable, unsigned *data)
{
	unsigned id = 256 + any(2), layout = any(5), what = any(reliable ? 8 : 7);

	if (what > 2 && what < 7 && (*data & (id % 2 + 1)) != 0)
		what = 0;
	*data |= what > 2 && what < 7 ? id % 2 + 1 : 0;
	switch (what) {
	case 0:
	case 1:
		nf_sb_printf(s, "T%u %s", id, layouts[layout]);
		break;
	case 2:
		nf_sb_printf(s, "O%u 149/4 ; %s", id, layouts[layout]);
		break;
	case 7:
		nf_sb_printf(s, "W%u", id);
		break;
	default:
		nf_sb_printf(s, "D%u %s", id, records[layout]);
	}
}

static void script(struct nf_strbuf *s)
{
	static const char *const senders[] = {
		"1.1 9", "1.2 9", "1.1 10", "1.2 10", "1.3/tcp 10", "1.4/tcp 10", "2.1 10",
		"1.5/sctp 10", "1.1 10/5",
	};

	nf_strbuf_clear(s);
	for (int i = 0; i < LINES; i++) {
		/* few senders a script, so that they meet */
		unsigned sender = any(4) == 0 ? any(9) : seed % 3 + 2;
		unsigned data = 0;
		bool reliable = strchr(senders[sender], '/') != NULL && sender != 8;

		nf_sb_str(s, senders[sender]);
		nf_sb_char(s, ' ');
		item(s, reliable, &data);
		for (unsigned n = any(3); n > 0; n--) {
			nf_sb_str(s, " | ");
			item(s, reliable, &data);
		}
		nf_sb_char(s, '\n');
	}
}

/* -- A slice ---------------------------------------------------------------------------- */

struct rig {
	struct nf_registry *registry;
	struct nf_tracker *tracker;
};

static void rig_init(struct rig *r)
{
	r->registry = nf_registry_new();
	r->tracker = nf_tracker_new(&(struct nf_tracker_opts){ .scope = NF_SCOPE_SESSION },
				    r->registry);
	assert_non_null(r->tracker);
}

static void rig_done(struct rig *r)
{
	nf_tracker_free(r->tracker);
	nf_registry_free(r->registry);
}

static void note(struct slice *slice, struct rig *r, const struct nf_datagram *d, bool chosen)
{
	struct nf_view v;

	if (nf_tracker_view(r->tracker, d, 0, &v, NULL))
		assert_true(slice_note(slice, &v, chosen));
}

/* The chosen ones of S, as PATH; how many sets are read otherwise. */
static uint64_t write_slice(const struct stream *s, struct rig *r, uint32_t chosen, char *path)
{
	struct slice *slice = slice_new(r->tracker);
	struct record *record;
	struct nf_err err;
	uint64_t n;
	FILE *f;
	int fd;

	strcpy(path, "slice-XXXXXX");
	fd = mkstemp(path);
	assert_true(slice != NULL && fd >= 0);
	f = fdopen(fd, "wb");
	for (size_t i = 0; i < s->n; i++)
		note(slice, r, &s->d[i], (chosen >> i & 1) != 0);
	record = record_open(f, path, NULL, &err);
	assert_non_null(record);
	for (size_t i = 0; i < s->n; i++)
		if (slice_wants(slice, s->d[i].ordinal))
			assert_int_equal(slice_write(slice, record, &s->d[i], &err), 0);
	assert_int_equal(record_close(record, &err), 0);
	fclose(f);
	n = slice_counts(slice)->otherwise;
	slice_free(slice);
	return n;
}

/* All datagrams of PATH, their octets with them. */
static struct nf_datagram *read_all(const char *path, size_t *n)
{
	const struct capture_opts opts = { .framer = &framer_ipfix };
	struct nf_datagram *all = NULL, d;
	struct source *source;
	enum source_got got;
	struct nf_err err;
	size_t cap = 0;

	*n = 0;
	source = source_open(&path, 1, &opts, &err);
	while ((got = source_next(source, &d, &err)) != SOURCE_END) {
		uint8_t *copy = malloc(d.payload.n + 1);

		assert_int_equal(got, SOURCE_DATAGRAM);
		memcpy(copy, d.payload.p, d.payload.n);
		assert_true(nf_grow((void **)&all, &cap, *n + 1, sizeof(*all)));
		all[*n] = d;
		all[*n].extents = NULL;
		all[(*n)++].payload.p = copy;
	}
	source_close(source);
	return all;
}

static bool is_same(const struct nf_datagram *a, const struct nf_datagram *b)
{
	return a->ts_ns == b->ts_ns && a->payload.n == b->payload.n &&
	       a->transport == b->transport && nf_same_endpoint(&a->src, &b->src) &&
	       memcmp(a->payload.p, b->payload.p, a->payload.n) == 0;
}

static void compare(const char *text, struct rig *r, const struct nf_datagram *was,
		    struct rig *again, const struct nf_datagram *is)
{
	struct stream_outcome a, b;

	stream_outcome_init(&a);
	stream_outcome_init(&b);
	stream_view(was, r->tracker, &a);
	stream_view(is, again->tracker, &b);
	if (strcmp(nf_strbuf_cstr(&a.records), nf_strbuf_cstr(&b.records)) != 0)
		fail_msg("%s\ndatagram %u:\n%s(%s)\nis not\n%s(%s)", text, (unsigned)was->frame,
			 nf_strbuf_cstr(&b.records), nf_strbuf_cstr(&b.sets),
			 nf_strbuf_cstr(&a.records), nf_strbuf_cstr(&a.sets));
	stream_outcome_done(&a);
	stream_outcome_done(&b);
}

/* Slice TEXT; false where it was said that not all can be as it was. */
static bool slice_is_same(const char *text, uint32_t chosen, uint64_t *nrecords)
{
	struct stream_outcome all, own;
	struct nf_datagram *d;
	struct rig r, again;
	struct stream s;
	size_t n, at = 0;
	uint64_t otherwise;
	char path[32];

	rig_init(&r);
	rig_init(&again);
	stream_outcome_init(&all);
	stream_outcome_init(&own);
	assert_true(stream_init(&s, text));
	for (size_t i = 0; i < s.n; i++)
		stream_feed(&s.d[i], r.tracker, &all);
	otherwise = write_slice(&s, &r, chosen, path);
	d = read_all(path, &n);
	unlink(path);
	for (size_t i = 0; i < n; i++)
		stream_feed(&d[i], again.tracker, &own);
	for (size_t i = 0; i < s.n; i++) {
		if ((chosen >> i & 1) == 0)
			continue;
		while (at < n && !is_same(&s.d[i], &d[at]))
			at++;
		if (at == n)
			fail_msg("%s\ndatagram %u is missing", text, (unsigned)i + 1);
		if (otherwise == 0)
			compare(text, &r, &s.d[i], &again, &d[at]);
		at++;
	}
	*nrecords += own.nrecords;
	for (size_t i = 0; i < n; i++)
		free((void *)d[i].payload.p);
	nf_free(d);
	stream_outcome_done(&all);
	stream_outcome_done(&own);
	stream_done(&s);
	rig_done(&r);
	rig_done(&again);
	return otherwise == 0;
}

static void random_streams(void **state)
{
	uint64_t nrecords = 0;
	unsigned otherwise = 0;
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (unsigned i = 0; i < SCRIPTS; i++) {
		seed = i;
		script(&s);
		otherwise += !slice_is_same(nf_strbuf_cstr(&s), any(1 << 14), &nrecords);
	}
	nf_strbuf_done(&s);
	assert_true(nrecords > SCRIPTS);
	assert_int_equal(otherwise, 0);
}

/* -- One by one ------------------------------------------------------------------------- */

static void one(const char *text, uint32_t chosen, unsigned records_there)
{
	uint64_t n = 0;

	if (!slice_is_same(text, chosen, &n))
		fail_msg("%s\nis read otherwise", text);
	assert_int_equal(n, records_there);
}

static void cases(void **state)
{
	(void)state;
	/* before, behind, redefined between */
	one("1.1 9 T256 8/4\n1.1 9 D256 10.0.0.1\n", 2, 1);
	one("1.1 9 D256 10.0.0.1\n1.1 9 T256 8/4\n", 1, 1);
	one("1.1 9 T256 8/4\n1.1 9 D256 10.0.0.1\n1.1 9 T256 12/4\n1.1 9 D256 10.0.0.1\n", 10, 2);
	/* another session's, also where there is none that fits, before and behind */
	one("1.2 9 T256 8/4\n1.1 9 D256 10.0.0.1\n", 2, 1);
	one("1.2 9 T256 8/4\n1.1 9 D256 7/2 7/1\n1.1 9 D256 10.0.0.1\n1.1 9 D256 7/2 7/1\n", 14, 1);
	/* withdrawn: no template of before or behind is to serve */
	one("1.1/tcp 10 T256 8/4\n1.1/tcp 10 D256 10.0.0.1\n1.1/tcp 10 W256\n"
	    "1.1/tcp 10 D256 10.0.0.1\n", 10, 1);
	one("1.1/tcp 10 T256 8/4\n1.1/tcp 10 W256\n1.1/tcp 10 D256 10.0.0.1\n"
	    "1.1/tcp 10 T256 8/4\n1.1/tcp 10 D256 10.0.0.1\n", 20, 1);
	/* lists need the templates of what is in them; fields of variable length */
	one("1.1 10 T256 8/4\n1.1 10 T257 12/4\n1.1 10 D256 10.0.0.1\n", 4, 1);
	/* options of whoever has a chosen one: once, where they say the same */
	one("1.1 9 O300 1/4 ; 34/4\n1.1 9 D300 1/4 100/4\n1.1 9 T256 8/4\n1.1 9 D300 1/4 100/4\n"
	    "1.1 9 D256 10.0.0.1\n1.1 9 D300 1/4 200/4\n2.1 9 O300 1/4 ; 34/4\n"
	    "2.1 9 T256 8/4 | D256 10.0.0.1 | D300 1/4 5/4\n", 16, 3);
}

static void no_memory(void **state)
{
	struct nf_registry *registry = nf_registry_new();
	struct nf_tracker *t = nf_tracker_new(&(struct nf_tracker_opts){ .max_sessions = 0 },
					      registry);
	bool all = false;

	(void)state;
	for (long n = 0; !all; n++) {
		struct nomem memory = { .left = n };
		struct slice *s;

		nomem_begin(&memory);
		s = slice_new(t);
		all = s != NULL;
		slice_free(s);
		assert_true(all != memory.failed);
		nomem_end(&memory);
	}
	nf_tracker_free(t);
	nf_registry_free(registry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases),
		cmocka_unit_test(random_streams),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests_name("model/slice", tests, NULL, NULL);
}
