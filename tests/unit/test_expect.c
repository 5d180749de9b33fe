/*
 * Expectations: which texts are read and where a fault is, what passes, what --update makes of it,
 * what a snapshot says; and what happens where memory runs out at any one place.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/expectcheck.h"
#include "lib/nomem.h"
#include "model/snapshot.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FIRST "nfpcap-expect 1\n"

static const char script[] =
	"1.1 10 T256 8/4 12/4 4/1 1/4 2/4 152/8 153/8 | O257 10/4 ; 82/4\n"
	"1.1 10 D256 10.0.0.1 10.0.0.9 6/1 100/4 1/4 1000/8 1500/8 , "
	"10.0.0.2 10.0.0.9 17/1 300/4 2/4 1000/8 3000/8\n"
	"1.1 10 D257 3/4 0x65746830/4\n";

/* -- Lines ---------------------------------------------------------------------------- */

/* The column, from 1, where it is no line; 0: it is one. */
static void texts(void **state)
{
	static const struct { const char *line; unsigned column; const char *says; } rows[] = {
		{ "", 0, NULL },
		{ "# loss", 0, NULL },
		{ "loss == 0", 0, NULL },
		{ "loss==0", 0, NULL },
		{ "loss = 0   # comment", 0, NULL },
		{ "loss == 0 # \"", 0, NULL },
		{ "loss ==\n\t0", 0, NULL },
		{ "loss\n\n# between\n  == 0", 0, NULL },
		{ "template refresh within 10% or 1s of 1.5m", 0, NULL },
		{ "template refresh == 60 within 1", 0, NULL },
		{ "every flow has src,dst", 0, NULL },
		{ "every flow(src == 10.0.0.1)where(bytes > 1)", 0, NULL },
		{ "some flow src == 2001:db8::1 where dst == 2001:db8::", 0, NULL },
		{ "flow src == 2001:db8:: : bytes == 1", 0, NULL },
		{ "flow src == 10.0.0.1: sum(bytes) == 1, bytes == 1, sum == 2", 52, "sum" },
		{ "min(bytes) == -5", 0, NULL },
		{ "avg(bytes) is 2.5k", 0, NULL },
		{ "no finding", 0, NULL },
		{ "no finding any-name", 0, NULL },
		{ "version == \"NetFlow v9\"", 0, NULL },
		{ "options template exists a[4] | b[v] c", 0, NULL },
		{ "option x: a == \"\\x41\\\"\\\\\"", 0, NULL },
		{ "exporter any\nloss == 0", 0, NULL },
		{ "exporter 2001:db8::1 domain 4294967295", 0, NULL },
		{ "domain 4294967296", 8, "number" },
		{ "domain -1", 8, "number" },
		{ "exporter", 9, "address" },
		{ "exporter any any", 14, "end before" },
		{ "losses == 0", 1, "did you mean loss" },
		{ "loss", 5, "a test" },
		{ "loss ==", 8, "a number" },
		{ "loss == many", 9, "a number" },
		{ "loss == 1 within", 17, "a share" },
		{ "loss within 1 of 2 3", 20, "end before" },
		{ "loss between 1", 15, "\"and\"" },
		{ "template refresh < 1k", 0, NULL },
		{ "sum() == 3", 5, "the name of a field" },
		{ "sum bytes == 3", 1, "no line begins" },
		{ "median(bytes) == 3", 1, "no line begins" },
		{ "sum(bytes) where == 3", 22, "a test" },
		{ "every flow where bytes > 1", 12, "a filter" },
		{ "every flow bytes > 1 where", 27, "a filter" },
		{ "every flow has bytes packets", 22, "end before" },
		{ "no flow bytes >", 16, "" },
		{ "no finding > warning", 12, ">= and a severity" },
		{ "no finding except", 18, "a rule" },
		{ "no other template x", 19, "end before" },
		{ "option : a == b", 8, "a row" },
		{ "option a b", 11, "a row" },
		{ "option a: b != c", 13, "==" },
		{ "option a: b == \"\\x00\"", 16, "zero" },
		{ "template has a[70000]", 14, "length" },
		{ "template has | a", 14, "a field" },
		{ "\"", 1, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct expectcheck c;
		char text[256];
		bool good;

		snprintf(text, sizeof(text), FIRST "%s\n", rows[i].line);
		good = expectcheck_init(&c, text, strlen(text));
		if (good != (rows[i].column == 0))
			fail_msg("%s: %s", rows[i].line, c.error.text);
		if (!good && c.error.span.off != strlen(FIRST) + rows[i].column - 1)
			fail_msg("%s: at %zu: %s", rows[i].line,
				 c.error.span.off - strlen(FIRST) + 1, c.error.text);
		if (!good && strstr(c.error.text, rows[i].says) == NULL &&
		    strstr(c.error.hint, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].line, c.error.text);
		expectcheck_done(&c);
	}
}

static void first_lines(void **state)
{
	static const char *const bad[] = {
		"", "\n" FIRST, " " FIRST, "nfpcap-expect\n", "nfpcap-expect 2\n",
		"nfpcap-expect 1.1\n", "nfpcap-expect 1 2\n",
	};
	static const char *const good[] = {
		"nfpcap-expect 1", FIRST, "nfpcap-expect 1\r\nloss == 0\r\n",
		"nfpcap-expect 1 # mine\n",
	};
	struct expectcheck c;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (expectcheck_init(&c, bad[i], strlen(bad[i])))
			fail_msg("%s", bad[i]);
		expectcheck_done(&c);
	}
	for (size_t i = 0; i < COUNT(good); i++) {
		if (!expectcheck_init(&c, good[i], strlen(good[i])))
			fail_msg("%s: %s", good[i], c.error.text);
		expectcheck_done(&c);
	}
	assert_false(expectcheck_init(&c, FIRST "\0", sizeof(FIRST)));
	expectcheck_done(&c);
}

/* -- Judging -------------------------------------------------------------------------- */

static void judged(void **state)
{
	static const struct { const char *line; bool passes; const char *observed; } rows[] = {
		{ "sum(bytes) == 400", true, "400" },
		{ "sum(bytes) == 404 within 1%", true, "400" },
		{ "sum(bytes) == 405 within 1%", false, "400" },
		{ "sum(bytes) == 500 within 1% or 100", true, "400" },
		{ "sum(bytes) within 99 of 500", false, "400" },
		{ "avg(packets) == 1.5", true, "1.5" },
		{ "max(duration) == 2s", true, "2s" },
		{ "min(duration) <= 499ms", false, "0.5s" },
		{ "sum(duration) between 2.5 and 2.5", true, "2.5s" },
		{ "distinct(proto) == 2", true, "2" },
		{ "distinct(interfaceName) == 0", true, "0" },
		{ "min(interfaceName.len) == 0", false, NULL },
		{ "count(flows) == 1 where proto == udp", true, "1" },
		{ "max(proto) == udp", true, "17" },
		{ "max(sport) == 0", false, "no flow has it" },
		{ "every flow bytes >= 100", true, "2 of 2 flows" },
		{ "every flow bytes > 100", false, "1 of 2 flows otherwise, the first one in "
		  "frame 2" },
		{ "no flow proto == icmp", true, "0 of 2 flows" },
		{ "some flow proto == icmp", false, "0 of 2 flows" },
		{ "flow proto == udp: bytes == 300, packets == 1", false, "bytes 300, packets 2" },
		{ "template exists sourceIPv4Address", false, "none, and none that is like it" },
		{ "version == ipfix", true, "IPFIX" },
		{ "flows == 2", true, "2" },
		{ "exporter 10.0.0.1 domain 0\nsum(bytes) == 400", true, "400" },
		{ "exporter 10.9.9.9\nsum(bytes) == 400", true, "400" },
		{ "domain 9\nflows == 2", true, "2" },
		{ "exporter 10.9.9.9\nexporter 10.9.9.8\nflows == 2", false,
		  "the capture has nobody like that" },
	};
	struct stream stream;

	(void)state;
	assert_true(stream_init(&stream, script));
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct expect_line *line;
		struct expectcheck c;
		char text[256];

		snprintf(text, sizeof(text), FIRST "%s\n", rows[i].line);
		if (!expectcheck_init(&c, text, strlen(text))) {
			if (rows[i].observed != NULL)
				fail_msg("%s: %s", rows[i].line, c.error.text);
			expectcheck_done(&c);
			continue;
		}
		assert_true(expectcheck_run(&c, &stream));
		line = &c.expect->lines[c.expect->nlines - 1];
		if (line->passed != rows[i].passes || strcmp(line->observed, rows[i].observed) != 0)
			fail_msg("%s: %s: %s", rows[i].line, line->passed ? "pass" : "fail",
				 line->observed);
		expectcheck_done(&c);
	}
	stream_done(&stream);
}

/* -- Update --------------------------------------------------------------------------- */

static void updated(void **state)
{
	static const struct { const char *old, *new; size_t stuck; } rows[] = {
		{ "# a\nsum(bytes)  ==  1 # b\n\n# c\n", "# a\nsum(bytes)  ==  400 # b\n\n# c\n", 0 },
		{ "sum(bytes) <= 1k\n", "sum(bytes) <= 1k\n", 0 },
		{ "sum(bytes) < 1\n", "sum(bytes) < 1\n", 1 },
		{ "sum(bytes) between 1 and 2\n", "sum(bytes) between 1 and 400\n", 0 },
		{ "sum(bytes) between 1k and 2k\n", "sum(bytes) between 400 and 2k\n", 0 },
		{ "avg(bytes) == 1 where proto == udp\n", "avg(bytes) == 300 where proto == udp\n",
		  0 },
		{ "max(duration) == 1s\n", "max(duration) == 2s\n", 0 },
		{ "version == v9\n", "version == IPFIX\n", 0 },
		{ "flow proto == 6: bytes == 1,\n  packets == 9 # x\n",
		  "flow proto == 6: bytes == 100,\n  packets == 1 # x\n", 0 },
		{ "options template exists ingressInterface[4] interfaceName[8]\n",
		  "options template exists\n    ingressInterface[4] | interfaceName[4]\n", 0 },
		{ "every flow bytes > 100\n", "every flow bytes > 100\n", 1 },
		{ "template has octetTotalCount\n", "template has octetTotalCount\n", 1 },
	};
	struct stream stream;

	(void)state;
	assert_true(stream_init(&stream, script));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct expectcheck c;
		struct nf_strbuf s;
		char text[512];

		nf_strbuf_init(&s);
		snprintf(text, sizeof(text), FIRST "%s", rows[i].old);
		assert_true(expectcheck_init(&c, text, strlen(text)));
		assert_true(expectcheck_run(&c, &stream));
		assert_true(expect_update(c.expect, &s));
		if (strcmp(nf_strbuf_cstr(&s) + strlen(FIRST), rows[i].new) != 0 ||
		    c.expect->stuck != rows[i].stuck)
			fail_msg("%s: %zu stuck: %s", rows[i].old, c.expect->stuck,
				 nf_strbuf_cstr(&s));
		nf_strbuf_done(&s);
		expectcheck_done(&c);
	}
	stream_done(&stream);
}

/* -- Snapshots ------------------------------------------------------------------------ */

static bool snapshot_of(const struct stream *stream, struct nf_strbuf *text)
{
	struct expectcheck c;
	struct snapshot s = { .sums = NULL };
	bool good;

	/* the expectations are those that the snapshot adds up with */
	good = expectcheck_init(&c, FIRST, strlen(FIRST)) && snapshot_init(&s, NULL, c.registry);
	if (good) {
		c.watch = snapshot_watch(&s);
		good = expectcheck_run(&c, stream) && snapshot_text(&s, c.meaning, text);
	}
	snapshot_done(&s);
	expectcheck_done(&c);
	return good;
}

static void snapshots(void **state)
{
	struct stream stream;
	struct nf_strbuf text;
	struct expectcheck c;

	(void)state;
	nf_strbuf_init(&text);
	assert_true(stream_init(&stream, script));
	assert_true(snapshot_of(&stream, &text));
	assert_non_null(strstr(nf_strbuf_cstr(&text), "\nsum(bytes) within 1% of 400\n"));
	assert_non_null(strstr(nf_strbuf_cstr(&text), "\nno other template\n"));
	assert_true(expectcheck_init(&c, text.p, text.n));
	assert_true(expectcheck_run(&c, &stream));
	assert_int_equal(c.expect->failed_lines, 0);
	assert_true(c.expect->nlines > 8);
	expectcheck_done(&c);
	nf_strbuf_done(&text);
	stream_done(&stream);
}

/* -- Memory --------------------------------------------------------------------------- */

static void no_memory(void **state)
{
	static const char text[] = FIRST
		"sum(bytes) == 1\nevery flow has src where proto == tcp\ndistinct(src) == 3\n"
		"template exists a[4] b\nno other template\noption x 1: y == \"z\"\n"
		"exporter 10.0.0.1 domain 0\nflow src == 10.0.0.1: bytes == 1, distinct(dst) == 4\n"
		"no finding >= warning except a, b\nversion == v9\n";
	struct stream stream;
	bool done = false;

	(void)state;
	assert_true(stream_init(&stream, script));
	for (long n = 0; !done; n++) {
		struct nomem memory = { .left = n };
		struct nf_strbuf s;
		struct expectcheck c;
		bool good;

		nomem_begin(&memory);
		nf_strbuf_init(&s);
		good = expectcheck_init(&c, text, strlen(text)) && expectcheck_run(&c, &stream) &&
		       expect_update(c.expect, &s);
		if (!good && c.expect == NULL && c.meaning != NULL)
			assert_true(c.error.memory);
		expectcheck_done(&c);
		nf_strbuf_done(&s);
		nomem_end(&memory);
		assert_true(good || memory.failed);
		done = !memory.failed;
	}
	stream_done(&stream);
}

static void no_memory_for_snapshots(void **state)
{
	struct stream stream;
	bool done = false;

	(void)state;
	assert_true(stream_init(&stream, script));
	for (long n = 0; !done; n++) {
		struct nomem memory = { .left = n };
		struct nf_strbuf text;
		bool good;

		nomem_begin(&memory);
		nf_strbuf_init(&text);
		good = snapshot_of(&stream, &text);
		nf_strbuf_done(&text);
		nomem_end(&memory);
		assert_true(good || memory.failed);
		done = !memory.failed;
	}
	stream_done(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(first_lines),
		cmocka_unit_test(judged),
		cmocka_unit_test(updated),
		cmocka_unit_test(snapshots),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(no_memory_for_snapshots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
