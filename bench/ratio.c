/*
 * Runs the commands of rows.def over captures and prints how they compare.
 *
 *	ratio --nfpcap PATH [--rounds N] [--records N] [--small-records N] [--work FOLDER]
 *	      LARGE SMALL
 *
 * A machine drifts, so nothing is compared but CPU times of runs that follow each other:
 * reference, command, reference, command .., and the median of the quotients.  Exit code 1
 * says that something missed what it must never miss.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { WORDS = 16, ROUNDS_MAX = 99 };
enum capture { LARGE, SMALL };
enum kind { KIND_LESS, KIND_WALL, KIND_MORE, KIND_FIRST, KIND_PEAK };

enum command_id {
#define COMMAND(id, ...) id,
#define LESS(...)
#define WALL(...)
#define MORE(...)
#define FIRST(...)
#define PEAK(...)
#include "rows.def"
#undef COMMAND
	COMMANDS
};

static const struct command {
	const char *program;
	enum capture capture;
	const char *words;
	const char *needs;
} commands[COMMANDS] = {
#define COMMAND(id, program, capture, words, needs) [id] = { program, capture, words, needs },
#include "rows.def"
#undef COMMAND
};
#undef LESS
#undef WALL
#undef MORE
#undef FIRST
#undef PEAK

static const struct row {
	enum kind kind;
	const char *what;
	enum command_id command, reference;
	double never, aim;
} rows[] = {
#define COMMAND(...)
#define LESS(what, command, reference, never, aim)	\
	{ KIND_LESS, what, command, reference, never, aim },
#define WALL(what, command, reference, never, aim)	\
	{ KIND_WALL, what, command, reference, never, aim },
#define MORE(what, command, reference, never, aim)	\
	{ KIND_MORE, what, command, reference, never, aim },
#define FIRST(what, command, never, aim) { KIND_FIRST, what, command, command, never, aim },
#define PEAK(what, command, never, aim) { KIND_PEAK, what, command, command, never, aim },
#include "rows.def"
};

struct bench {
	const char *capture[2];		/* by enum capture */
	double records[2];
	int rounds;
	const char *nfpcap, *here;	/* the program, and the folder of the bench's own ones */
	const char *work;		/* a folder for what commands write */
};

/* What one run took. */
struct run {
	bool ok;
	double cpu, wall;		/* seconds */
	double first;			/* until the first line, where asked for */
	double peak;			/* MB resident */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* The words of command C, in BUFFER and ARGV. */
static void arguments(const struct bench *b, const struct command *c, char buffer[4096],
		      char *argv[WORDS + 1])
{
	char *path = buffer, *words;
	int n = 0;

	if (strcmp(c->program, "nfpcap") == 0)
		snprintf(path, 2048, "%s", b->nfpcap);
	else if (strcmp(c->program, "bareloop") == 0 || strcmp(c->program, "decode") == 0)
		snprintf(path, 2048, "%s/%s", b->here, c->program);
	else
		snprintf(path, 2048, "%s", c->program);
	argv[n++] = path;
	words = buffer + 2048;
	snprintf(words, 2048, "%s", c->words);
	for (char *w = strtok(words, " "); w != NULL && n < WORDS; w = strtok(NULL, " ")) {
		if (strcmp(w, "%") == 0)
			w = (char *)b->capture[c->capture];
		else if (strcmp(w, "WORK") == 0)
			w = (char *)b->work;
		argv[n++] = w;
	}
	argv[n] = NULL;
}

/* Start it with standard output on OUT; 0 if it cannot be started. */
static pid_t start(char *argv[], int out)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	rc = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return rc == 0 ? pid : 0;
}

static struct run reap(pid_t pid)
{
	struct run r = { .ok = false };
	struct rusage usage;
	int status;

	while (wait4(pid, &status, 0, &usage) < 0)
		if (errno != EINTR)
			return r;
	r.ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	r.cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
	r.peak = (double)usage.ru_maxrss / 1024;
	return r;
}

/* Run a command to its end, its output thrown away. */
static struct run run(const struct bench *b, enum command_id id)
{
	char buffer[4096], *argv[WORDS + 1];
	int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct run r = { .ok = false };
	double begun = now();
	pid_t pid;

	arguments(b, &commands[id], buffer, argv);
	pid = start(argv, out);
	close(out);
	if (pid != 0)
		r = reap(pid);
	r.wall = now() - begun;
	return r;
}

/* Run a command until its first line is there. */
static struct run run_first(const struct bench *b, enum command_id id)
{
	char buffer[4096], *argv[WORDS + 1], text[4096];
	struct run r = { .ok = false };
	double begun = now();
	int ends[2];
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return r;
	arguments(b, &commands[id], buffer, argv);
	pid = start(argv, ends[1]);
	close(ends[1]);
	do
		n = pid == 0 ? 0 : read(ends[0], text, sizeof(text));
	while (n > 0 && memchr(text, '\n', (size_t)n) == NULL);
	r.first = now() - begun;
	close(ends[0]);
	if (pid != 0) {
		kill(pid, SIGTERM);
		reap(pid);
	}
	r.ok = n > 0;
	return r;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_value);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* Held against a reference that runs before it each time. */
static bool is_ratio(const struct row *row)
{
	return row->kind == KIND_LESS || row->kind == KIND_WALL || row->kind == KIND_MORE;
}

/* What a row's runs come to; false where a program is not there or failed. */
static bool measure(const struct bench *b, const struct row *row, double *value, struct run *of)
{
	double v[ROUNDS_MAX], cpu[ROUNDS_MAX];
	struct run reference, r;
	const char *needs = commands[row->reference].needs;
	/* A minute of tshark is as good as five. */
	int rounds = row->kind == KIND_MORE && b->rounds > 2 ? 2 : b->rounds;

	if (needs != NULL && system(needs) != 0)
		return false;
	for (int i = 0; i < rounds; i++) {
		reference = (struct run){ .ok = true };
		if (is_ratio(row))
			reference = run(b, row->reference);
		r = row->kind == KIND_FIRST ? run_first(b, row->command) : run(b, row->command);
		if (!reference.ok || !r.ok)
			return false;
		cpu[i] = r.cpu;
		switch (row->kind) {
		case KIND_LESS: v[i] = r.cpu / reference.cpu; break;
		case KIND_WALL: v[i] = r.wall / reference.wall; break;
		case KIND_MORE: v[i] = reference.cpu / r.cpu; break;
		case KIND_FIRST: v[i] = r.first; break;
		case KIND_PEAK: v[i] = r.peak; break;
		}
	}
	*value = median(v, rounds);
	r.cpu = median(cpu, rounds);
	*of = r;
	return true;
}

static const char *verdict(const struct row *row, double value)
{
	if (row->never == 0)
		return "";
	if (row->kind == KIND_MORE)
		return value >= row->aim ? "aim" : value >= row->never ? "yes" : "NO";
	return value <= row->aim ? "aim" : value <= row->never ? "yes" : "NO";
}

static void target(double v)
{
	if (v == 0)
		printf("%8s", "");
	else
		printf("%8.4g", v);
}

/* One line of the table; false where it missed what it must never miss. */
static bool report(const struct bench *b, const struct row *row)
{
	static const char *const units[] = { " x", " x wall", " times as fast", " s", " MB" };
	const struct command *c = &commands[row->command];
	char against[64];
	struct run r;
	double value;
	bool there = measure(b, row, &value, &r);

	if (row->kind == KIND_FIRST)
		snprintf(against, sizeof(against), "first line");
	else if (row->kind == KIND_PEAK)
		snprintf(against, sizeof(against), "peak");
	else
		snprintf(against, sizeof(against), "%s", commands[row->reference].program);
	printf("%-16s %-11s", row->what, against);
	if (!there) {
		printf("        not measured: a program is not there, or failed\n");
		return true;
	}
	printf("%8.3g%-14s", value, units[row->kind]);
	target(row->never);
	target(row->aim);
	printf("  %-4s", verdict(row, value));
	if (is_ratio(row))
		printf("%9.3f", r.cpu);
	if (is_ratio(row) && b->records[c->capture] > 0)
		printf("%9.2f%8.1f", b->records[c->capture] / r.cpu / 1e6, r.peak);
	printf("\n");
	fflush(stdout);
	return strcmp(verdict(row, value), "NO") != 0;
}

static bool table(const struct bench *b)
{
	bool met = true;

	printf("%-16s %-11s%8s%-14s%8s%8s  %-4s%9s%9s%8s\n", "nfpcap", "against", "", "", "never",
	       "aim", "met", "CPU s", "Mrec/s", "MB");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		met &= report(b, &rows[i]);
	return met;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "nfpcap", required_argument, NULL, 'n' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "records", required_argument, NULL, 'l' },
		{ "small-records", required_argument, NULL, 's' },
		{ "work", required_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	struct bench b = { .rounds = 5, .nfpcap = "nfpcap", .work = "." };
	bool usage = false;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'n': b.nfpcap = optarg; break;
		case 'r': b.rounds = atoi(optarg); break;
		case 'l': b.records[LARGE] = atof(optarg); break;
		case 's': b.records[SMALL] = atof(optarg); break;
		case 'w': b.work = optarg; break;
		default: usage = true;
		}
	}
	if (usage || argc - optind != 2 || b.rounds < 1 || b.rounds > ROUNDS_MAX) {
		fputs("usage: ratio [--nfpcap PATH] [--rounds N] [--records N]\n"
		      "             [--small-records N] [--work FOLDER] LARGE SMALL\n", stderr);
		return 2;
	}
	b.capture[LARGE] = argv[optind];
	b.capture[SMALL] = argv[optind + 1];
	b.here = dirname(argv[0]);
	return table(&b) ? 0 : 1;
}
