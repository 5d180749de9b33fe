/*
 * How long the browser keeps a key waiting: a terminal that does nothing but note when it is asked
 * for keys and when it is shown something.
 *
 *	gaps [-f FILTER] SCRIPT FILE...
 *
 * SCRIPT, a line each: "phase NAME" (figures of what comes after it are its own), "spin N" (let the
 * program work N times before the next key), "wait" (until it has nothing left to do), "size
 * ROWSxCOLS", or keys as in *.keys.  Of each phase it prints how often keys were asked for, the
 * longest time between two such times in ms, how much of the processor the greediest took (on a
 * busy machine the rest is others'), how many took more than 50 ms of it, and how long it was.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "model/framer.h"
#include "tui/browser.h"

enum { LONG_NS = 50000000 };

static struct {
	char *script;
	const char *keys;		/* what is left of a line of keys */
	char phase[64];
	uint64_t begun, shown, asked;	/* of the program, its first screen, the last asking */
	uint64_t used;			/* of the processor, at the last asking */
	uint64_t phase_begun, worst, worst_used, asks, slow;
	unsigned long spins;
} gaps;

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static double ms(uint64_t ns)
{
	return (double)ns / 1e6;
}

static void end_phase(uint64_t now)
{
	if (gaps.phase[0] != '\0')
		printf("%-20s %8lu looks for a key, at most %8.2f ms apart, %8.2f ms used, "
		       "%3lu over 50 ms, %8.0f ms in all\n", gaps.phase,
		       (unsigned long)gaps.asks, ms(gaps.worst), ms(gaps.worst_used),
		       (unsigned long)gaps.slow, ms(now - gaps.phase_begun));
	fflush(stdout);
	gaps.asks = gaps.worst = gaps.worst_used = gaps.slow = 0;
	gaps.phase_begun = now;
}

static char *next_line(void)
{
	char *line = gaps.script, *end;

	if (line == NULL || *line == '\0')
		return NULL;
	end = line + strcspn(line, "\n");
	gaps.script = *end != '\0' ? end + 1 : end;
	*end = '\0';
	return line;
}

/* True: *K is what happens now. */
static bool step(struct term *t, struct key *k, bool idle)
{
	for (;;) {
		char *line;

		if (gaps.spins > 0) {
			gaps.spins = idle ? 0 : gaps.spins - 1;
			return false;
		}
		if (gaps.keys != NULL && *gaps.keys != '\0' && key_parse(&gaps.keys, k))
			return true;
		gaps.keys = NULL;
		if (gaps.script != NULL && strncmp(gaps.script, "wait\n", 5) == 0 && !idle)
			return false;
		line = next_line();
		if (line == NULL) {
			k->code = KEY_HANGUP;
			return true;
		}
		if (strncmp(line, "phase ", 6) == 0) {
			end_phase(now_ns());
			snprintf(gaps.phase, sizeof(gaps.phase), "%s", line + 6);
		} else if (strncmp(line, "spin ", 5) == 0) {
			gaps.spins = strtoul(line + 5, NULL, 10);
		} else if (sscanf(line, "size %ux%u", &t->rows, &t->cols) == 2) {
			k->code = KEY_RESIZE;
			return true;
		} else if (strcmp(line, "wait") != 0) {
			gaps.keys = line;
		}
	}
}

static void answered(void)
{
	gaps.asked = now_ns();
	gaps.used = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static bool gaps_key(struct term *t, struct key *k, int wait_ms)
{
	uint64_t now = now_ns(), gap = now - gaps.asked;
	uint64_t used = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - gaps.used;

	gaps.asks++;
	if (gap > gaps.worst)
		gaps.worst = gap;
	if (used > gaps.worst_used)
		gaps.worst_used = used;
	gaps.slow += used > LONG_NS;
	*k = (struct key){ .code = KEY_NONE };
	if (step(t, k, wait_ms != 0)) {
		if (k->code == KEY_HANGUP)
			end_phase(now);
		answered();
		return true;
	}
	answered();
	return false;
}

static int gaps_open(struct term *t, struct nf_err *err)
{
	(void)err;
	t->rows = t->opts.rows;
	t->cols = t->opts.cols;
	answered();
	return 0;
}

static void gaps_show(struct term *t, const struct canvas *c)
{
	(void)t;
	(void)c;
	if (gaps.shown == 0)
		gaps.shown = now_ns();
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

static const struct term_ops term_gaps = {
	.open = gaps_open, .close = nothing, .key = gaps_key, .show = gaps_show,
	.redraw = nothing, .bell = nothing, .copy = copy, .suspend = nothing,
};

static char *read_script(const char *path)
{
	static char text[65536];
	FILE *f = fopen(path, "rb");
	size_t n = f != NULL ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = '\0';
	if (f != NULL)
		fclose(f);
	return f != NULL ? text : NULL;
}

int main(int argc, char **argv)
{
	struct browser_opts opts = {
		.capture = { .framer = &framer_ipfix, .wake = -1, .idle_ms = -1 },
	};
	const struct term_opts term = { .rows = 60, .cols = 200, .ascii = true };
	struct rusage usage;
	struct nf_err err;
	int option, rc;

	gaps.begun = gaps.phase_begun = now_ns();
	while ((option = getopt(argc, argv, "f:")) != -1)
		if (option == 'f')
			opts.filter = optarg;
	if (argc - optind < 2 || (gaps.script = read_script(argv[optind])) == NULL) {
		fputs("usage: gaps [-f FILTER] SCRIPT FILE...\n", stderr);
		return 2;
	}
	opts.files = (const char *const *)argv + optind + 1;
	opts.nfiles = (size_t)(argc - optind - 1);
	opts.registry = nf_registry_new();
	rc = browser_run(&opts, &term_gaps, &term, &err);
	if (rc < 0)
		fprintf(stderr, "gaps: %s\n", err.text);
	nf_registry_free(opts.registry);
	getrusage(RUSAGE_SELF, &usage);
	printf("first screen after %.2f ms; %ld MiB at most\n", ms(gaps.shown - gaps.begun),
	       usage.ru_maxrss / 1024);
	return rc < 0 ? 2 : 0;
}
