/*
 * The command line: which command, which options, which files.
 */
#ifndef MAIN_CLI_H
#define MAIN_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "track/tracker.h"

struct cli;

/* In an option's set of commands: it is about files, and says nothing of what is received. */
enum { CLI_OF_FILES = 1 << 30 };

struct command {
	const char *name;
	unsigned bit;			/* in an option's set of commands */
	int (*run)(const struct cli *cli);	/* an exit code */
	const char *formats;		/* what -o takes, separated by `|` */
	const char *help;
};

/* From which severity on findings make the exit code 1. */
enum cli_fail_on {
	CLI_FAIL_ON_ERROR, CLI_FAIL_ON_WARNING, CLI_FAIL_ON_NOTE, CLI_FAIL_ON_NEVER,
	CLI_FAIL_ON_UNSAID,
};

enum cli_when { CLI_AUTO, CLI_ALWAYS, CLI_NEVER };

struct cli_ports {
	bool given;
	uint8_t bits[65536 / 8];
};

struct cli_files {
	const char **v;			/* into argv */
	size_t n, cap;
};

/* When a new file is begun; 0: not. */
struct cli_rotate {
	uint64_t octets;
	int64_t every_ns;
};

struct cli {
	const struct command *command;
	bool named;			/* the command was given, not supposed */
	struct cli_files files;
	const struct command *listen;	/* files are addresses to listen on; NULL: they are files */
	const char *host;		/* that --port is of; NULL: all addresses */
	char *addresses;		/* files point to them: of --host and --port; or NULL */
	int wake;			/* of interrupt_wakes; -1: none */
	const char *match_host;
	bool no_dns;
	uint64_t packets;		/* UINT64_MAX: the default */
	struct cli_files writes;	/* -w; see main/writes.h */
	struct cli_rotate rotate;
	const char *pattern;		/* fields: what to look for; NULL: everything */
	const char *format;
	bool verbose, hex, quiet, raw, sort, follow, accept_cut, progress, help, version;
	uint64_t count;			/* UINT64_MAX: no limit */
	uint64_t threads;		/* 0: as many as it is worth */
	uint64_t width;			/* UINT64_MAX: ask the terminal */
	/* nanoseconds since 1970; INT64_MIN and INT64_MAX: no limit */
	int64_t from, to;
	struct cli_ports ports;
	uint8_t scope;			/* enum nf_scope */
	uint8_t color;			/* enum cli_when */
	uint8_t ruleset;		/* enum check_ruleset */
	uint8_t fail_on;		/* enum cli_fail_on */
	bool allow_empty, notes, all;
	struct cli_files rules, profiles;
	const char *baseline, *write_baseline;
	int64_t lifetime, skew;		/* nanoseconds; 0: the default */
	uint64_t mtu;			/* 0: the default */
	struct cli_files templates, elements;
	const char *bpf;
	const char *filter, *filter_file;
	bool filter_explain;
	const char *columns;
	bool joined, norm, scale, int64_strings;
	const char *keys, *stats;
	bool biflow, ascending, keep_duplicates;
	uint64_t max_keys;		/* 0: the default */
	bool strict, no_merge;
	const char *ignore, *only, *tolerance;
	struct cli_files maps;		/* "OLD=NEW" addresses */
	struct cli_files traffic, inside;	/* inside: "192.0.2.0/24" */
	uint8_t depth;			/* enum meter_depth */
	int64_t active, inactive;	/* timeouts in nanoseconds; 0: not said */
	bool update;
	const char *user;		/* to become once all is bound; NULL: stay who we are */
	bool no_sandbox;
	struct cli_files interfaces;	/* to capture on: files are these, or addresses */
	uint64_t max_queue;			/* octets; 0: the default */
	uint64_t max_memory, max_templates, max_hold, max_tables;	/* 0: the default */
	int64_t interval;		/* nanoseconds; 0: none */
	int64_t hold_time;		/* nanoseconds; 0: the default */
	const char *state;		/* a file of templates; NULL: none */
	bool debug, check;
	uint64_t max_gap, max_back;			/* of sequence numbers; 0: the default */
};

/* One row of options.def. */
struct option_row {
	const char *name;
	char letter;
	const char *arg;
	unsigned commands;
	const char *choices;
	/* What ARG says goes to MEMBER of struct cli.  False, and *WHY, where it cannot be. */
	bool (*parse)(const struct option_row *row, void *member, const char *arg,
		      const char **why);
	size_t member;
	const char *help;
};

extern const struct option_row cli_options[];	/* name NULL ends it */
extern const struct command cli_commands[];

/* -1, with a usage error in *ERR; otherwise cli_done when all is over. */
int cli_parse(struct cli *cli, int argc, char **argv, struct nf_err *err);
void cli_done(struct cli *cli);

/* The format asked for: -o, what -v and -x stand for, or text. */
const char *cli_format(const struct cli *cli);

/* Of top: -k help or -s help, for which no input is read. */
bool cli_asks_names(const struct cli *cli);

/* True for a message that the options let through; what it teaches is learned anyway. */
bool cli_shows(const struct cli *cli, const struct nf_datagram *d);

#endif
