#include <config.h>

#include "capture/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int spool_temporary(struct nf_err *err)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	int fd;

	if (dir == NULL || dir[0] == '\0')
		dir = "/tmp";
	snprintf(path, sizeof(path), "%s/nfpcap-XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return nf_err_set(err, NF_ERR_ENV, "no temporary file in %s: %s", dir,
				  strerror(errno));
	unlink(path);
	return fd;
}

int spool_write(int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t put = write(fd, p, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -1;
		p += put;
		n -= (size_t)put;
	}
	return 0;
}

void spool_put(struct spool *s, uint64_t offset, const uint8_t *p, size_t n)
{
	uint64_t known = s->end > offset ? s->end - offset : 0;

	if (!s->wanted || s->failed.kind != NF_ERR_NONE || known >= n)
		return;
	if (!s->open) {
		s->fd = spool_temporary(&s->failed);
		s->open = s->fd >= 0;
	}
	if (!s->open)
		return;
	if (offset > s->end)	/* octets that are passed over are read all the same */
		nf_err_set(&s->failed, NF_ERR_ENV, "octets were not read");
	else if (spool_write(s->fd, p + known, n - known) < 0)
		nf_err_set(&s->failed, NF_ERR_ENV, "cannot write a temporary file: %s",
			   strerror(errno));
	else
		s->end = offset + n;
}

bool spool_get(const struct spool *s, void *to, size_t n, uint64_t offset)
{
	if (!s->open || offset > s->end || n > s->end - offset)
		return false;
	while (n > 0) {
		ssize_t got = pread(s->fd, to, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		to = (uint8_t *)to + got;
		offset += (uint64_t)got;
		n -= (size_t)got;
	}
	return true;
}

void spool_done(struct spool *s)
{
	if (s->open)
		close(s->fd);
	*s = (struct spool){ .end = 0 };
}
