#include <config.h>

#include "main/cli.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "main/habits.h"
#include "main/listening.h"
#include "main/run.h"
#include "main/values.h"
#include "main/writes.h"

enum {
#define COMMAND(name, formats, help) COMMAND_##name,
#include "main/commands.def"
#undef COMMAND
	COMMANDS
};

enum {
	PACKETS = 1 << COMMAND_packets,
	FLOWS = 1 << COMMAND_flows,
	OPTIONS = 1 << COMMAND_options,
	VIEWS = PACKETS | FLOWS | OPTIONS,	/* a line for each of many */
	EXPORTERS = 1 << COMMAND_exporters,
	SLICE = 1 << COMMAND_slice,
	STATS = 1 << COMMAND_stats,
	TOP = 1 << COMMAND_top,
	DIFF = 1 << COMMAND_diff,
	VERIFY = 1 << COMMAND_verify,
	EXPECT = 1 << COMMAND_expect,
	SNAPSHOT = 1 << COMMAND_snapshot,
	COMPARES = DIFF | VERIFY,	/* one thing with another */
	JUDGES = COMPARES | EXPECT | SNAPSHOT,	/* by what captures say, in meaning */
	SCALES = FLOWS | TOP,		/* counters, by sampling rates */
	COUNTS = PACKETS | FLOWS | OPTIONS | TOP | SLICE | COMPARES, /* show some of many */
	TEMPLATES = 1 << COMMAND_templates,
	FIELDS = 1 << COMMAND_fields,
	CHECK = 1 << COMMAND_check,
	RULES = 1 << COMMAND_rules,
	EXPLAIN = 1 << COMMAND_explain,
	LISTEN = 1 << COMMAND_listen,
	ANALYZE = 1 << COMMAND_analyze,
	FILELESS = FIELDS | RULES,	/* have something to say without a file */
	READS = VIEWS | EXPORTERS | STATS | TOP | TEMPLATES | FIELDS | CHECK | SLICE | JUDGES,
	ROTATES = VIEWS | EXPORTERS | STATS | TOP | TEMPLATES | CHECK,
	WRITES = ROTATES | SLICE,
	QUIETS = PACKETS | CHECK | COMPARES | EXPECT,
	KEYS = TOP | DIFF,
	BOUNDS = TOP | JUDGES,		/* keep a row for each flow */
	MAPS = DIFF | EXPECT,
	EMPTIES = CHECK | JUDGES,	/* may have nothing to judge */
	SEQUENCES = EXPORTERS | CHECK,
	PORTS = READS | LISTEN,
	CAPTURES = READS | CLI_OF_FILES,
	BESIDE = PACKETS | FLOWS | OPTIONS | EXPORTERS | STATS | TOP | TEMPLATES | FIELDS,
	INTERVALS = STATS | LISTEN,
	/* copies of messages are left out */
	SUMS = STATS | TOP | TEMPLATES | FIELDS | JUDGES,
	ALL = (1 << COMMANDS) - 1,
};

const struct command cli_commands[] = {
#define COMMAND(name_, formats_, help_) \
	{ .name = #name_, .bit = 1 << COMMAND_##name_, .run = run_##name_, \
	  .formats = formats_, .help = help_ },
#include "main/commands.def"
#undef COMMAND
	{ .name = NULL },
};

const struct option_row cli_options[] = {
#define OPTION(name_, letter_, arg_, commands_, choices_, parser_, member_, help_) \
	{ .name = name_, .letter = letter_, .arg = arg_, .commands = commands_, \
	  .choices = choices_, .parse = values_##parser_, \
	  .member = offsetof(struct cli, member_), .help = help_ },
#include "main/options.def"
#undef OPTION
	{ .name = NULL },
};

enum {
#define OPTION(...) + 1
	ROWS = 0
#include "main/options.def"
#undef OPTION
};

static const struct command *command_named(const char *name)
{
	for (const struct command *c = cli_commands; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

/* The first word that is a command: what a letter means may depend on it. */
static unsigned foreseen(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (command_named(argv[i]) != NULL)
			return command_named(argv[i])->bit;
	return cli_commands[0].bit;
}

/* Does ROW have its letter, where another row has the same?  That of the COMMAND comes first. */
static bool has_letter(const struct option_row *row, unsigned command)
{
	if (row->letter == 0 || (row->commands & command) != 0)
		return row->letter != 0;
	for (const struct option_row *r = cli_options; r->name != NULL; r++)
		if (r != row && r->letter == row->letter &&
		    ((r->commands & command) != 0 || r < row))
			return false;
	return true;
}

/*
 * What getopt wants to know, made of the tables: letters, and long names whose value is their
 * row.
 */
static void getopt_tables(char *letters, struct option *longs, unsigned command)
{
	*letters++ = ':';	/* getopt tells a missing argument apart and prints nothing */
	for (unsigned i = 0; i < ROWS; i++) {
		const struct option_row *row = &cli_options[i];

		longs[i] = (struct option){
			.name = row->name,
			.has_arg = row->arg != NULL ? required_argument : no_argument,
			.val = 256 + (int)i,
		};
		if (!has_letter(row, command))
			continue;
		*letters++ = row->letter;
		if (row->arg != NULL)
			*letters++ = ':';
	}
	for (unsigned i = 0; i < HABITS; i++) {
		*letters++ = habits[i].letter;
		if (habits[i].takes_argument)
			*letters++ = ':';
	}
	*letters = '\0';
	longs[ROWS] = (struct option){ .name = NULL };
}

static const struct option_row *row_of(int c, unsigned command)
{
	if (c >= 256)
		return &cli_options[c - 256];
	for (const struct option_row *row = cli_options; row->name != NULL; row++)
		if (row->letter == c && has_letter(row, command))
			return row;
	return NULL;
}

/* The word of which getopt has read a letter: it stands at optind until its last one is read. */
static const char *word_of(int argc, char **argv)
{
	if (optind < argc && argv[optind][0] == '-' && strchr(argv[optind], optopt) != NULL)
		return argv[optind];
	return optind > 0 ? argv[optind - 1] : "";
}

/* getopt's complaint about the word before optind, in our words. */
static int unknown(int argc, char **argv, int c, struct nf_err *err)
{
	const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";
	const struct option_row *row = optopt != 0 ? row_of(optopt, foreseen(argc, argv)) : NULL;

	if (c == ':' && row == NULL && habit_of(optopt) != NULL)
		return habit_letter(habit_of(optopt), NULL, err);
	if (c == ':' && row != NULL)
		return nf_err_set(err, NF_ERR_USAGE, "--%s needs %s", row->name, row->arg);
	if (row != NULL && optopt >= 256)
		return nf_err_set(err, NF_ERR_USAGE, "--%s takes no argument", row->name);
	if (optopt != 0 && optopt < 256)
		return habit_no_letter(optopt, word_of(argc, argv), err);
	return habit_no_option(word, err);
}

static int take(struct cli *cli, const struct option_row *row, const char *arg,
		struct nf_err *err)
{
	const char *why = NULL;

	if (row->parse(row, (char *)cli + row->member, arg, &why))
		return 0;
	if (why == NULL)
		return nf_err_set(err, NF_ERR_USAGE, "--%s: \"%s\" is none of %s", row->name, arg,
				  row->choices);
	return nf_err_set(err, NF_ERR_USAGE, "--%s: \"%s\" %s", row->name, arg, why);
}

/* Options that say nothing to formats but these; elsewhere they would be passed over. */
static const struct {
	const char *option, *format;
} only_with[] = {
	{ "hex", "detail" },
	{ "raw", "json" },
	{ "norm", "json" },
	{ "int64-strings", "json" },
};

const char *cli_format(const struct cli *cli)
{
	if (cli->format != NULL)
		return cli->format;
	if ((cli->verbose || cli->hex) && !cli->quiet &&
	    values_choice(cli->command->formats, "detail") >= 0)
		return "detail";
	return "text";
}

static bool is_help(const char *names)
{
	return names != NULL && strcmp(names, "help") == 0;
}

bool cli_asks_names(const struct cli *cli)
{
	return cli->command->run == run_top && (is_help(cli->keys) || is_help(cli->stats));
}

static int check_format(const struct cli *cli, const struct option_row *row, struct nf_err *err)
{
	bool checks = cli->command->bit == CHECK || cli->check;

	if (!checks && (strcmp(row->name, "fail-on") == 0 || strcmp(row->name, "notes") == 0))
		return nf_err_set(err, NF_ERR_USAGE, "--%s needs --check, or nfpcap check",
				  row->name);
	for (unsigned i = 0; i < sizeof(only_with) / sizeof(only_with[0]); i++)
		if (strcmp(row->name, only_with[i].option) == 0 &&
		    strcmp(cli_format(cli), only_with[i].format) != 0)
			return nf_err_set(err, NF_ERR_USAGE, "--%s needs -o %s", row->name,
					  only_with[i].format);
	return 0;
}

/* What ROW, an option for text or files, was given last. */
static const char *argument_of(const struct cli *cli, const struct option_row *row)
{
	const void *member = (const char *)cli + row->member;
	const struct cli_files *files = member;

	return row->parse == values_file ? files->v[files->n - 1] : *(const char *const *)member;
}

/* An option that was used must be the command's; its letter may be a habit all the same. */
static int check_option(const struct cli *cli, const struct option_row *row, struct nf_err *err)
{
	const struct habit *habit = row->letter != 0 ? habit_of(row->letter) : NULL;
	const char *arg = habit != NULL ? argument_of(cli, row) : NULL;
	unsigned commands = cli->command->bit | (cli->listen != NULL ? (unsigned)LISTEN : 0);
	bool of_files = cli->listen != NULL && (row->commands & CLI_OF_FILES) != 0;
	bool ours = (row->commands & commands) != 0 && !of_files;

	if (habit != NULL && (!ours || (row->letter != 'i' && habit_is_count(arg))))
		return habit_letter(habit, arg, err);
	if (!ours && habit_long(row->name, strlen(row->name)) != NULL)
		return nf_err_set(err, NF_ERR_USAGE, "--%s: %s", row->name,
				  habit_long(row->name, strlen(row->name)));
	if (!ours)
		return nf_err_set(err, NF_ERR_USAGE, "%s has no option --%s",
				  of_files ? cli->listen->name : cli->command->name, row->name);
	return check_format(cli, row, err);
}

/* What is used must go together, which is known for sure only at the end. */
static int check(const struct cli *cli, const bool *used, struct nf_err *err)
{
	if (cli->help)
		return 0;
	if (cli->version && cli->files.n > 0)
		return nf_err_set(err, NF_ERR_USAGE, "-V is the version; what tshark shows with it "
				  "is -v here");
	if (cli->version)
		return 0;
	for (unsigned i = 0; i < ROWS; i++)
		if (used[i] && check_option(cli, &cli_options[i], err) < 0)
			return -1;
	if (cli->from >= cli->to)
		return nf_err_set(err, NF_ERR_USAGE, "--to must be later than --from");
	if (writes_check(cli, err) < 0)
		return -1;
	if (cli->format != NULL && strpbrk(cli->format, "./") != NULL)
		return nf_err_set(err, NF_ERR_USAGE, "-o %s: use -w %s; -o is the format",
				  cli->format, cli->format);
	if (cli->format != NULL && values_choice(cli->command->formats, cli->format) < 0)
		return nf_err_set(err, NF_ERR_USAGE, "--output: \"%s\" is none of %s", cli->format,
				  cli->command->formats);
	if (cli->files.n == 0 && cli->command->bit == EXPLAIN)
		return nf_err_set(err, NF_ERR_USAGE, "no rule given; nfpcap rules lists them");
	if (cli->files.n != 0 && cli->files.n != 2 && cli->command->bit == DIFF)
		return nf_err_set(err, NF_ERR_USAGE, "diff takes two captures, OLD and NEW");
	/* python-netflow's analyzer reads standard input where no file is named. */
	if (cli->files.n == 0 && cli->command->bit == ANALYZE && !isatty(STDIN_FILENO))
		return 0;
	if (cli->files.n == 1 && cli->command->bit == EXPECT)
		return nf_err_set(err, NF_ERR_USAGE, "expect takes a file of expectations, then "
				  "captures");
	if (cli->files.n == 0 && (cli->command->bit & FILELESS) == 0 && !cli_asks_names(cli))
		return nf_err_set(err, NF_ERR_USAGE,
				  "no file given (- is standard input); see nfpcap --help");
	return 0;
}

/* WORD is no command; one that begins alike, or NULL. */
static const struct command *command_like(const char *word)
{
	enum { ALIKE = 3 };

	for (const struct command *c = cli_commands; c->name != NULL; c++)
		if (strncmp(c->name, word, ALIKE) == 0)
			return c;
	return NULL;
}

static int no_command(const char *word, struct nf_err *err)
{
	const struct command *like = command_like(word);

	if (like != NULL)
		return nf_err_set(err, NF_ERR_USAGE,
				  "%s: no such file, and no command; did you mean %s?", word,
				  like->name);
	return nf_err_set(err, NF_ERR_USAGE, "%s: no such file, and no command (see nfpcap --help)",
			  word);
}

static bool is_file(const char *path)
{
	struct stat st;

	return strcmp(path, "-") == 0 || (stat(path, &st) == 0 && !S_ISDIR(st.st_mode));
}

/* `fields [PATTERN] [FILE...]`: what names a file is one, and the first that does not is not. */
static bool is_pattern(const struct cli *cli, const char *word)
{
	return cli->command->bit == FIELDS && cli->pattern == NULL && !is_file(word);
}

/* `nfpcap help flows`, `nfpcap version`, as users of git have it. */
static bool asks(struct cli *cli, const char *word)
{
	bool help = strcmp(word, "help") == 0, version = strcmp(word, "version") == 0;

	cli->help |= help;
	cli->version |= version;
	return help || version;
}

/* `listen [COMMAND] [[ADDRESS]:PORT]...`: what that command shows, of sockets. */
static int addresses(struct cli *cli, int at, int argc, char **argv, struct nf_err *err)
{
	const struct command *view = at < argc ? command_named(argv[at]) : NULL;

	cli->listen = cli->command;
	cli->command = view != NULL ? view : &cli_commands[0];
	if ((cli->command->bit & READS & ~(FIELDS | SLICE | JUDGES)) == 0)
		return nf_err_set(err, NF_ERR_USAGE, "%s shows nothing that is received",
				  cli->command->name);
	cli->named = view != NULL;
	at += view != NULL;
	return listening_addresses(cli, argv + at, argc - at, err);
}

/*
 * The first word that is no option may be a command.  One that is neither a file is likely
 * to be meant as one.
 */
static int operands(struct cli *cli, int argc, char **argv, struct nf_err *err)
{
	const char *why = NULL;
	int at = optind;

	if (at < argc && !is_file(argv[at]) && asks(cli, argv[at]))
		at++;
	cli->command = at < argc ? command_named(argv[at]) : NULL;
	cli->named = cli->command != NULL;
	if (cli->named)
		at++;
	else
		cli->command = &cli_commands[0];
	if (cli->command->bit == LISTEN)
		return addresses(cli, at, argc, argv, err);
	if (!cli->named && at < argc && strpbrk(argv[at], "./-") == NULL &&
	    access(argv[at], F_OK) != 0)
		return no_command(argv[at], err);
	for (; at < argc; at++)
		if (is_pattern(cli, argv[at]))
			cli->pattern = argv[at];
		else if (cli->pattern != NULL && !is_file(argv[at]))
			return nf_err_set(err, NF_ERR_USAGE, "%s: no such file (the pattern is %s)",
					  argv[at], cli->pattern);
		else if (!values_file(NULL, &cli->files, argv[at], &why))
			return nf_err_memory(err);
	return 0;
}

int cli_parse(struct cli *cli, int argc, char **argv, struct nf_err *err)
{
	char letters[2 + 2 * (ROWS + HABITS)];
	struct option longs[ROWS + 1];
	bool used[ROWS] = { false };
	int c;

	*cli = (struct cli){
		.count = UINT64_MAX, .packets = UINT64_MAX, .width = UINT64_MAX,
		.from = INT64_MIN, .to = INT64_MAX, .fail_on = CLI_FAIL_ON_UNSAID,
	};
	getopt_tables(letters, longs, foreseen(argc, argv));
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_row *row = c == '?' || c == ':' ? NULL :
					       row_of(c, foreseen(argc, argv));

		if (row == NULL && c != '?' && c != ':')
			return habit_letter(habit_of(c), optarg, err);
		if (row == NULL)
			return unknown(argc, argv, c, err);
		used[row - cli_options] = true;
		if (take(cli, row, optarg, err) < 0)
			return -1;
	}
	if (operands(cli, argc, argv, err) < 0)
		return -1;
	return check(cli, used, err);
}

void cli_done(struct cli *cli)
{
	nf_free(cli->files.v);
	nf_free(cli->interfaces.v);
	nf_free(cli->writes.v);
	nf_free(cli->templates.v);
	nf_free(cli->elements.v);
	nf_free(cli->rules.v);
	nf_free(cli->profiles.v);
	nf_free(cli->maps.v);
	nf_free(cli->traffic.v);
	nf_free(cli->inside.v);
	nf_free(cli->addresses);
}

static bool has_port(const struct cli_ports *ports, uint16_t port)
{
	return (ports->bits[port / 8] >> port % 8 & 1) != 0;
}

bool cli_shows(const struct cli *cli, const struct nf_datagram *d)
{
	if (d->ts_ns < cli->from || d->ts_ns >= cli->to)
		return false;
	return !cli->ports.given || has_port(&cli->ports, d->src.port) ||
	       has_port(&cli->ports, d->dst.port);
}
