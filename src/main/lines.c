#include <config.h>

#include "main/lines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Into LINE without its end.  0 at the end of the file, -1 where it is longer or has a NUL. */
static int next_line(FILE *file, char line[LINES_LONGEST])
{
	size_t n = 0;
	int c;

	while ((c = getc(file)) != EOF && c != '\n') {
		if (c == '\0' || n == LINES_LONGEST - 1)
			return -1;
		line[n++] = (char)c;
	}
	line[n] = '\0';
	return c != EOF || n != 0;
}

static int take_all(FILE *file, const char *path,
		    int (*take)(void *ctx, char *line, struct nf_err *err), void *ctx,
		    struct nf_err *err)
{
	char line[LINES_LONGEST];
	struct nf_err what;
	int got;

	for (unsigned long number = 1; (got = next_line(file, line)) != 0; number++) {
		if (got < 0)
			return nf_err_set(err, NF_ERR_USAGE, "%s:%lu: this is no line of text",
					  path, number);
		line[strcspn(line, "#\r")] = '\0';
		if (take(ctx, line, &what) < 0)
			return nf_err_set(err, what.kind, "%.100s:%lu: %.250s", path, number,
					  what.text);
	}
	return ferror(file) ? nf_err_set(err, NF_ERR_ENV, "%s: %s", path, strerror(errno)) : 0;
}

int lines_of(const char *path, int (*take)(void *ctx, char *line, struct nf_err *err), void *ctx,
	     struct nf_err *err)
{
	bool input = strcmp(path, "-") == 0;
	FILE *file = input ? stdin : fopen(path, "r");
	int result;

	if (file == NULL)
		return nf_err_set(err, NF_ERR_ENV, "%s: %s", path, strerror(errno));
	result = take_all(file, path, take, ctx, err);
	if (!input)
		fclose(file);
	return result;
}
