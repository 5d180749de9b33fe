#include <config.h>

#include "main/keeping.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "capture/source.h"
#include "capture/spool.h"
#include "main/interrupt.h"

int keeping_stdin(const struct cli_files *files, struct nf_err *err)
{
	static uint8_t octets[1 << 16];
	bool asked = false;
	ssize_t got;
	int fd;

	for (size_t i = 0; i < files->n; i++)
		asked |= strcmp(files->v[i], "-") == 0;
	if (!asked || isatty(STDIN_FILENO) || source_rereadable(&(const char *){ "-" }, 1))
		return 0;
	fd = spool_temporary(err);
	if (fd < 0)
		return -1;
	while ((got = read(STDIN_FILENO, octets, sizeof(octets))) != 0) {
		if (got < 0 && errno == EINTR && !interrupted())
			continue;
		if (got < 0)
			break;
		if (spool_write(fd, octets, (size_t)got) < 0) {
			nf_err_set(err, NF_ERR_ENV, "cannot write a temporary file: %s",
				   strerror(errno));
			close(fd);
			return -1;
		}
	}
	got = lseek(fd, 0, SEEK_SET) < 0 || dup2(fd, STDIN_FILENO) < 0 ?
	      nf_err_set(err, NF_ERR_ENV, "standard input: %s", strerror(errno)) : 0;
	close(fd);
	return (int)got;
}
