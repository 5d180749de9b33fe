/*
 * The browser while its input grows: rows come, what the capture adds up to is read anew, and what
 * the user looks at stays.  Time plays no part: the terminal says at once that no key came.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/captures.h"
#include "lib/nomem.h"
#include "model/framer.h"
#include "tui/browser.h"

enum { POLLS = 20000, HEADER = 24, RECORD = 16 };

/* What happens: in each state the next key, or a look for what should be on the screen. */
struct step {
	const char *keys;		/* typed one after another */
	bool grow;			/* the rest of the capture is written */
	const char *shows;		/* go on once this is shown and nothing is left to do */
	const char *hides;		/* and this is not */
};

static struct {
	const struct step *steps;
	const char *keys;
	const char *path;
	uint8_t *rest;
	size_t nrest;
	struct nf_strbuf shown;
	unsigned polls;
	bool asked_to_wait;
} play;

static int play_open(struct term *t, struct nf_err *err)
{
	(void)err;
	t->rows = 24;
	t->cols = 100;
	t->ascii = true;
	return 0;
}

static void nothing(struct term *t)
{
	(void)t;
}

static void copy(struct term *t, struct nf_bytes text)
{
	(void)t;
	(void)text;
}

static void show(struct term *t, const struct canvas *c)
{
	(void)t;
	nf_strbuf_clear(&play.shown);
	canvas_print(c, &play.shown);
}

static void grow(void)
{
	FILE *f = fopen(play.path, "ab");

	assert_non_null(f);
	assert_int_equal(fwrite(play.rest, 1, play.nrest, f), play.nrest);
	assert_int_equal(fclose(f), 0);
}

static bool is_shown(const struct step *s)
{
	const char *text = nf_strbuf_cstr(&play.shown);

	return (s->shows == NULL || strstr(text, s->shows) != NULL) &&
	       (s->hides == NULL || strstr(text, s->hides) == NULL);
}

static bool key(struct term *t, struct key *k, int wait_ms)
{
	const struct step *s = play.steps;

	(void)t;
	*k = (struct key){ .code = KEY_NONE };
	if (wait_ms == 0)
		return false;
	if (play.keys == NULL && s->keys != NULL)
		play.keys = s->keys;
	if (play.keys != NULL && *play.keys != '\0') {
		assert_true(key_parse(&play.keys, k));
		return true;
	}
	if (s->grow && play.rest != NULL) {
		assert_true(wait_ms > 0);	/* or it would never be seen */
		grow();
		free(play.rest);
		play.rest = NULL;
	}
	if (!is_shown(s)) {
		if (++play.polls > POLLS)
			print_error("%s\n", nf_strbuf_cstr(&play.shown));
		assert_true(play.polls <= POLLS);
		return false;
	}
	play.keys = NULL;
	play.steps++;
	play.polls = 0;
	if (play.steps->keys == NULL && !play.steps->grow && play.steps->shows == NULL &&
	    play.steps->hides == NULL) {
		k->code = KEY_HANGUP;
		return true;
	}
	return false;
}

static const struct term_ops term_play = {
	.open = play_open, .close = nothing, .key = key, .show = show, .redraw = nothing,
	.bell = nothing, .copy = copy, .suspend = nothing,
};

static size_t read_all(const char *path, uint8_t **octets)
{
	FILE *f = fopen(path, "rb");
	long n;

	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	n = ftell(f);
	rewind(f);
	*octets = malloc((size_t)n);
	assert_non_null(*octets);
	assert_int_equal(fread(*octets, 1, (size_t)n, f), n);
	fclose(f);
	return (size_t)n;
}

/* Where frame N of a capture of this machine's byte order begins. */
static size_t frame_at(const uint8_t *octets, size_t n, unsigned frame)
{
	size_t at = HEADER;
	uint32_t length;

	for (; frame > 0 && at < n; frame--) {
		memcpy(&length, octets + at + 8, sizeof(length));
		at += RECORD + length;
	}
	assert_true(at <= n);
	return at;
}

/* The first FRAMES of the capture are there, the others come when a step says so. */
static void run(const char *name, unsigned frames, const struct step *steps)
{
	char from[512], path[] = "/tmp/nfpcap-follow-XXXXXX";
	const char *const paths[] = { path };
	struct browser_opts opts = {
		.files = paths, .nfiles = 1,
		.capture = { .framer = &framer_ipfix, .wake = -1, .idle_ms = -1 },
	};
	const struct term_opts term = { .rows = 24 };
	struct nf_err err;
	uint8_t *octets;
	size_t n, cut;
	int fd;

	snprintf(from, sizeof(from), "%s/pcaps/%s", getenv("top_srcdir"), name);
	n = read_all(from, &octets);
	cut = frame_at(octets, n, frames);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, octets, cut), cut);
	close(fd);
	memset(&play, 0, sizeof(play));
	nf_strbuf_init(&play.shown);
	play.steps = steps;
	play.path = path;
	play.nrest = n - cut;
	play.rest = malloc(n - cut);
	memcpy(play.rest, octets + cut, n - cut);
	free(octets);
	opts.registry = nf_registry_new();
	assert_int_equal(browser_run(&opts, &term_play, &term, &err), 0);
	nf_registry_free(opts.registry);
	nf_strbuf_done(&play.shown);
	free(play.rest);
	unlink(path);
}

/* -- Growing ------------------------------------------------------------------------------- */

enum { BEFORE = 4 };		/* frames of exporters.pcap, of one exporter; then come two more */

static void reads_anew(void **state)
{
	const struct step steps[] = {
		{ .shows = "1 exporter, all decoded" },
		{ .keys = "F", .shows = "following" },
		{ .keys = "3", .shows = "203.0.113.2" },
		{ .grow = true, .shows = "203.0.113.3" },
		{ .keys = "1", .shows = "3 exporters, all decoded" },
		{ .shows = "| 10 " },
		{ .keys = "F", .hides = "following" },
		{ .keys = NULL },
	};

	(void)state;
	run("exporters.pcap", BEFORE, steps);
}

static void selected_stays(void **state)
{
	const struct step steps[] = {
		{ .keys = "F j j", .shows = "Frame 3 " },
		{ .grow = true, .shows = "3 exporters, all decoded" },
		{ .shows = "Frame 3 " },
		{ .keys = NULL },
	};

	(void)state;
	run("exporters.pcap", BEFORE, steps);
}

static void last_follows(void **state)
{
	const struct step steps[] = {
		{ .keys = "F G", .shows = "Frame 4 " },
		{ .grow = true, .shows = "Frame 10 " },
		{ .keys = "k", .shows = "Frame 9 " },
		{ .keys = NULL },
	};

	(void)state;
	run("exporters.pcap", BEFORE, steps);
}

/* What was closed, and the order that was chosen, stay when the screen is made anew. */
static void closed_stays(void **state)
{
	const struct step steps[] = {
		{ .keys = "F 3", .shows = "udp :36507" },
		{ .keys = "h", .shows = "+ 203.0.113.2" },
		{ .keys = "4 i", .shows = "^" },
		{ .keys = "5 h", .shows = "+ Systems" },
		{ .keys = "7 b", .hides = "messages," },
		{ .keys = "1", .shows = "1 exporter, all decoded" },
		{ .grow = true, .shows = "3 exporters, all decoded" },
		{ .keys = "3", .shows = "+ 203.0.113.2", .hides = "udp :36507" },
		{ .shows = "- 203.0.113.3" },
		{ .keys = "4", .shows = "^" },
		{ .keys = "5", .shows = "+ Systems" },
		{ .shows = "- Interfaces" },
		{ .keys = "7", .shows = "20 flows", .hides = "messages," },
		{ .keys = NULL },
	};

	(void)state;
	run("exporters.pcap", BEFORE, steps);
}

/* What an overlay may point to stays until it is closed. */
static void overlay_waits(void **state)
{
	const struct step steps[] = {
		{ .keys = "F y", .shows = "command line" },
		{ .grow = true, .shows = "following, checking" },
		{ .keys = "Esc", .hides = "checking" },
		{ .shows = "3 exporters, all decoded" },
		{ .keys = NULL },
	};

	(void)state;
	run("exporters.pcap", BEFORE, steps);
}

static void quits_in_between(void **state)
{
	const struct step steps[] = {
		{ .keys = "6 F y", .shows = "command line" },
		{ .grow = true, .shows = "following, checking" },
		{ .keys = NULL },
	};

	(void)state;
	run("exporters.pcap", BEFORE, steps);
}

/* Every screen is open on a place of its own when the analysis goes. */
static void all_screens(void **state)
{
	const struct step steps[] = {
		{ .shows = "1 exporter, all decoded" },
		{ .keys = "F 2 j i 3 j j 4 j l 5 j 6 l j 7 8 j" },
		{ .grow = true, .shows = "following" },
		{ .keys = "1", .shows = "3 exporters, all decoded" },
		{ .keys = "2 k 3 k 4 k Enter 5 k 6 k 8 k 7 1" },
		{ .keys = NULL },
	};

	(void)state;
	run("exporters.pcap", BEFORE, steps);
}

/* -- Memory --------------------------------------------------------------------------------- */

/* Whichever allocation fails: it goes on, or it says so, and nothing is lost. */
static void memory(void **state)
{
	static const struct step steps[] = {
		{ .keys = "j Tab l j Tab Tab G ? Esc e Esc f x y Esc f v e r s i o n = = 9 Enter" },
		{ .keys = "/ f l o w Enter n Space j Space d Esc y Esc Tab = 2 j i b Enter t Esc" },
		{ .keys = "3 Enter 4 Enter 5 Enter 6 Enter Enter 7 8 b Esc ] [ s Esc m a ' a Q" },
		{ .keys = NULL },
	};
	char path[512];
	const char *const paths[] = { path };
	bool failed = true;

	(void)state;
	snprintf(path, sizeof(path), "%s/pcaps/exporters.pcap", getenv("top_srcdir"));
	for (long n = 0; failed; n += 1 + n / 40) {
		const struct term_opts term = { .rows = 24 };
		struct nomem memory = { .left = n };
		struct browser_opts opts = {
			.files = paths, .nfiles = 1,
			.capture = { .framer = &framer_ipfix, .wake = -1, .idle_ms = -1 },
		};
		struct nf_err err;

		memset(&play, 0, sizeof(play));
		play.steps = steps;
		opts.registry = nf_registry_new();
		assert_non_null(opts.registry);
		nomem_begin(&memory);
		nf_strbuf_init(&play.shown);
		if (browser_run(&opts, &term_play, &term, &err) < 0)
			assert_true(memory.failed);
		nf_strbuf_done(&play.shown);
		failed = memory.failed;
		memory.live = 0;	/* what the registry learned is its own */
		nomem_end(&memory);
		nf_registry_free(opts.registry);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_anew),
		cmocka_unit_test(selected_stays),
		cmocka_unit_test(last_follows),
		cmocka_unit_test(closed_stays),
		cmocka_unit_test(overlay_waits),
		cmocka_unit_test(quits_in_between),
		cmocka_unit_test(all_screens),
		cmocka_unit_test(memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
