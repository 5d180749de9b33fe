#include <config.h>

#include "main/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "main/writes.h"

enum { USUAL = 80 };

bool terminal_is_output(const struct cli *cli)
{
	return writes_output(cli) == NULL && isatty(STDOUT_FILENO) != 0;
}

unsigned terminal_width(const struct cli *cli)
{
	struct winsize size;

	if (cli->width != UINT64_MAX)
		return cli->width < 65536 ? (unsigned)cli->width : 65535;
	if (!terminal_is_output(cli))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0)
		return size.ws_col;
	return USUAL;
}

/* The variables alone: output depends on no locale otherwise. */
bool terminal_utf8(const struct cli *cli)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *value = NULL;

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = getenv(names[i]);
		if (value != NULL && *value != '\0')
			break;
	}
	return terminal_is_output(cli) && value != NULL &&
	       (strcasestr(value, "utf-8") != NULL || strcasestr(value, "utf8") != NULL);
}

bool terminal_color(const struct cli *cli)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (cli->color != CLI_AUTO)
		return cli->color == CLI_ALWAYS;
	if (no != NULL && *no != '\0')
		return false;
	return terminal_is_output(cli) && term != NULL && strcmp(term, "dumb") != 0;
}
