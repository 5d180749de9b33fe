#include <config.h>

#include "main/help.h"

#include <expat.h>
#include <jansson.h>
#include <pcap.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <unistring/version.h>
#include <zlib.h>

#include "capture/libarchive.h"
#include "main/sandbox.h"
#ifdef HAVE_TUI
#include "tui/term.h"
#endif

#ifdef HAVE_TUI
static const char no_browser[] = "";
#else
static const char no_browser[] = "This nfpcap was built without the browser.\n";
#endif

enum { TAB = 30, COMMAND_TAB = 13, WIDTH = 80 };

/* TEXT from column TAB on, where the line is, broken at blanks. */
static void paragraph(struct nf_strbuf *s, const char *text, size_t tab)
{
	size_t at = tab;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (at + n > WIDTH - 1) {
			nf_sb_char(s, '\n');
			nf_sb_pad(s, ' ', tab);
			at = tab;
		}
		nf_sb_mem(s, text, n);
		at += n + 1;
		text += n;
		text += strspn(text, " ");
		if (*text != '\0' && at + strcspn(text, " ") <= WIDTH - 1)
			nf_sb_char(s, ' ');
	}
	nf_sb_char(s, '\n');
}

/* The choices of ROW for COMMAND; NULL where it has none, or takes a file. */
static const char *choices_of(const struct option_row *row, const struct command *command)
{
	if (row->choices == NULL || strcmp(row->choices, "FILE") == 0)
		return NULL;
	return *row->choices != '\0' ? row->choices : command->formats;
}

/* "  -o, --output FORMAT         how to show it: text, detail, json" */
static void option(struct nf_strbuf *s, const struct option_row *row,
		   const struct command *command)
{
	const char *choices = choices_of(row, command);
	size_t from = s->n;

	if (row->letter != 0)
		nf_sb_printf(s, "  -%c, --%s", row->letter, row->name);
	else
		nf_sb_printf(s, "      --%s", row->name);
	if (row->arg != NULL)
		nf_sb_printf(s, " %s", row->arg);
	if (s->n - from < TAB - 1) {
		nf_sb_pad(s, ' ', TAB - (s->n - from));
	} else {
		nf_sb_char(s, '\n');
		nf_sb_pad(s, ' ', TAB);
	}
	if (choices == NULL) {
		paragraph(s, row->help, TAB);
	} else {
		struct nf_strbuf text;

		nf_strbuf_init(&text);
		nf_sb_printf(&text, "%s: ", row->help);
		for (const char *c = choices; *c != '\0'; c++)
			nf_sb_str(&text, *c == '|' ? ", " : (const char[]){ *c, '\0' });
		paragraph(s, nf_strbuf_cstr(&text), TAB);
		nf_strbuf_done(&text);
	}
}

static const char *operands_of(const struct command *command)
{
	static const struct { const char *command, *operands; } others[] = {
		{ "fields", "[PATTERN] [FILE]..." }, { "rules", "[PATTERN]..." },
		{ "explain", "RULE..." }, { "diff", "OLD NEW" },
		{ "listen", "[COMMAND] [[ADDRESS]:PORT]..." },
	};

	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i].command, command->name) == 0)
			return others[i].operands;
	return "FILE...";
}

static void command_options(struct nf_strbuf *s, const struct command *command, unsigned bits,
			    unsigned without)
{
	nf_sb_char(s, '\n');
	for (const struct option_row *row = cli_options; row->name != NULL; row++)
		if ((row->commands & bits) != 0 && (row->commands & without) == 0)
			option(s, row, command);
}

void help_listen(struct nf_strbuf *s, const struct command *listen, const struct command *view)
{
	nf_sb_printf(s, "usage: nfpcap %s %s [OPTION]... [[ADDRESS]:PORT]...\n", listen->name,
		     view->name);
	paragraph(s, view->help, 0);
	command_options(s, view, listen->bit | view->bit, CLI_OF_FILES);
}

void help_text(struct nf_strbuf *s, const struct command *command)
{
	if (command != NULL) {
		nf_sb_printf(s, "usage: nfpcap %s [OPTION]... %s\n", command->name,
			     operands_of(command));
		paragraph(s, command->help, 0);
		command_options(s, command, command->bit, 0);
		return;
	}
	nf_sb_str(s, "usage: nfpcap [COMMAND] [OPTION]... FILE...\n"
		     "NetFlow and IPFIX in captures: pcap, pcapng, IPFIX Files, compressed or not.\n"
		     "- is standard input; without a command, ");
	nf_sb_printf(s, "it is a browser on terminals,\n`nfpcap %s` elsewhere.\n%s\n",
		     cli_commands[0].name, no_browser);
	for (const struct command *c = cli_commands; c->name != NULL; c++) {
		nf_sb_printf(s, "  %-*s", COMMAND_TAB - 2, c->name);
		paragraph(s, c->help, COMMAND_TAB);
	}
	nf_sb_str(s, "\n`nfpcap COMMAND --help` lists a command's options; the manual is nfpcap(1).\n");
}

void help_version(struct nf_strbuf *s)
{
	char pcre2[64] = "";	/* "10.42 2022-12-11" */

	pcre2_config(PCRE2_CONFIG_VERSION, pcre2);
	const struct libarchive *archive;
	struct nf_err err;

	archive = libarchive(&err);
	nf_sb_printf(s, "nfpcap %s\n%s\nzlib %s\n%s\n%s\njansson %s\nPCRE2 %s\nlibunistring %d.%d.%d\n",
		     VERSION, pcap_lib_version(), zlibVersion(),
		     archive != NULL ? archive->archive_version_string() : err.text,
		     XML_ExpatVersion(), jansson_version_str(), pcre2, _libunistring_version >> 16,
		     _libunistring_version >> 8 & 255, _libunistring_version & 255);
	if (sandbox_exists())
		nf_sb_printf(s, "libseccomp %s\n", sandbox_version());
	nf_sb_str(s, no_browser);
#ifdef HAVE_TUI
	nf_sb_printf(s, "%s\n", term_library());
#endif
}

/* -- Completion ----------------------------------------------------------------------- */

static void bash_words(struct nf_strbuf *s, unsigned commands)
{
	const char *sep = "";

	for (const struct option_row *row = cli_options; row->name != NULL; row++) {
		if ((row->commands & commands) == 0)
			continue;
		nf_sb_printf(s, "%s--%s", sep, row->name);
		sep = " ";
	}
}

/* "words='text json' ;;" */
static void bash_choices(struct nf_strbuf *s, const char *choices)
{
	nf_sb_str(s, "words='");
	for (const char *c = choices; *c != '\0'; c++)
		nf_sb_char(s, *c == '|' ? ' ' : *c);
	nf_sb_str(s, "' ;;\n");
}

/* What may stand behind an option: its choices, a file, or anything. */
static void bash_argument(struct nf_strbuf *s, const struct option_row *row)
{
	if (row->arg == NULL)
		return;
	nf_sb_str(s, "\t");
	if (row->letter != 0)
		nf_sb_printf(s, "-%c|", row->letter);
	nf_sb_printf(s, "--%s)\n", row->name);
	if (row->choices == NULL) {
		nf_sb_str(s, "\t\treturn ;;\n");
	} else if (strcmp(row->choices, "FILE") == 0) {
		nf_sb_str(s, "\t\tcompopt -o default; return ;;\n");
	} else {
		nf_sb_str(s, "\t\tcase ${COMP_WORDS[1]} in\n");
		for (const struct command *c = cli_commands; c->name != NULL; c++) {
			nf_sb_printf(s, "\t\t%s) ", c->name);
			bash_choices(s, choices_of(row, c));
		}
		nf_sb_str(s, "\t\t*) ");
		bash_choices(s, choices_of(row, &cli_commands[0]));
		nf_sb_str(s, "\t\tesac\n"
			     "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\")); return ;;\n");
	}
}

static void bash(struct nf_strbuf *s)
{
	const char *sep = "";

	nf_sb_str(s, "# bash completion for nfpcap(1), made by `nfpcap --completion bash`\n"
		     "_nfpcap()\n{\n"
		     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		     "\tlocal words\n\n"
		     "\tcase $prev in\n");
	for (const struct option_row *row = cli_options; row->name != NULL; row++)
		bash_argument(s, row);
	nf_sb_str(s, "\tesac\n\tcase ${COMP_WORDS[1]} in\n");
	for (const struct command *c = cli_commands; c->name != NULL; c++) {
		nf_sb_printf(s, "\t%s)\n\t\twords='", c->name);
		bash_words(s, c->bit);
		nf_sb_str(s, "' ;;\n");
	}
	nf_sb_str(s, "\t*)\n\t\twords='");
	bash_words(s, cli_commands[0].bit);
	nf_sb_str(s, "' ;;\n\tesac\n"
		     "\tif [[ $cur == -* ]]; then\n"
		     "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		     "\t\treturn\n\tfi\n"
		     "\tif [[ $COMP_CWORD == 1 ]]; then\n"
		     "\t\tCOMPREPLY=($(compgen -W '");
	for (const struct command *c = cli_commands; c->name != NULL; c++, sep = " ")
		nf_sb_printf(s, "%s%s", sep, c->name);
	nf_sb_str(s, "' -- \"$cur\"))\n\tfi\n"
		     "\tcompopt -o default\n"
		     "}\n"
		     "complete -F _nfpcap nfpcap\n");
}

bool help_completion(struct nf_strbuf *s, const char *shell)
{
	if (strcmp(shell, "bash") != 0)
		return false;
	bash(s);
	return true;
}
