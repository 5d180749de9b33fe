#include <config.h>

#include "capture/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { FOLLOW_POLL_MS = 100 };

static bool is_stdin(const char *path)
{
	return strcmp(path, "-") == 0;
}

const char *raw_name(const char *path)
{
	return is_stdin(path) ? "standard input" : path;
}

int raw_stat(const char *path, struct stat *st)
{
	return is_stdin(path) ? fstat(STDIN_FILENO, st) : stat(path, st);
}

bool raw_ready(const char *path)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	return !is_stdin(path) || poll(&input, 1, 0) != 0;
}

static int fail(const struct raw *r, struct nf_err *err)
{
	return nf_err_set(err, NF_ERR_ENV, "%s: %s", r->name, strerror(errno));
}

int raw_open(struct raw *r, const char *path, bool follow, struct nf_err *err)
{
	struct stat st;
	off_t at;

	*r = (struct raw){ .path = path, .name = raw_name(path), .follow = follow };
	r->fd = is_stdin(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		return fail(r, err);
	if (fstat(r->fd, &st) < 0) {
		fail(r, err);
		raw_close(r);
		return -1;
	}
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		fail(r, err);
		raw_close(r);
		return -1;
	}
	if (S_ISCHR(st.st_mode) && isatty(r->fd)) {
		raw_close(r);
		return nf_err_set(err, NF_ERR_ENV, "%s is a terminal, not a capture",
				  raw_name(path));
	}
	r->dev = st.st_dev;
	r->ino = st.st_ino;
	r->regular = S_ISREG(st.st_mode);
	at = r->regular ? lseek(r->fd, 0, SEEK_CUR) : 0;
	r->base = at > 0 ? (uint64_t)at : 0;
	return 0;
}

/* Open a lean file again: it must still be the one that we began with. */
static int reopen(struct raw *r)
{
	struct stat st;

	r->fd = open(r->path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		return -1;
	if (fstat(r->fd, &st) < 0 || st.st_dev != r->dev || st.st_ino != r->ino) {
		close(r->fd);
		r->fd = -1;
		errno = ESTALE;
		return -1;
	}
	return 0;
}

static void let_go(struct raw *r)
{
	if (r->lean && r->fd > STDIN_FILENO) {
		close(r->fd);
		r->fd = -1;
	}
}

void raw_lean(struct raw *r)
{
	r->lean = true;
	let_go(r);
}

ssize_t raw_pread(struct raw *r, void *buf, size_t n, uint64_t offset)
{
	ssize_t got;

	if (r->fd < 0 && reopen(r) < 0)
		return RAW_FAILED;
	do {
		got = pread(r->fd, buf, n, (off_t)(r->base + offset));
	} while (got < 0 && errno == EINTR);
	let_go(r);
	return got < 0 ? RAW_FAILED : got;
}

static ssize_t read_regular(struct raw *r, void *buf, size_t n, bool wait)
{
	ssize_t got;

	while ((got = raw_pread(r, buf, n, r->at)) == 0 && r->follow) {
		if (!wait)
			return RAW_NOT_YET;
		if (poll(NULL, 0, FOLLOW_POLL_MS) < 0)
			return 0;
	}
	if (got > 0)
		r->at += (uint64_t)got;
	return got;
}

ssize_t raw_read(struct raw *r, void *buf, size_t n, bool wait)
{
	struct pollfd ready = { .fd = r->fd, .events = POLLIN };
	ssize_t got;

	if (r->regular)
		return read_regular(r, buf, n, wait);
	if (!wait && poll(&ready, 1, 0) == 0)
		return RAW_NOT_YET;
	got = read(r->fd, buf, n);
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
		/* Somebody else made the pipe non-blocking. */
		if (!wait)
			return RAW_NOT_YET;
		if (poll(&ready, 1, -1) < 0)
			return 0;
		got = read(r->fd, buf, n);
	}
	if (got < 0)
		return errno == EINTR ? 0 : RAW_FAILED;
	return got;
}

void raw_rewind(struct raw *r)
{
	r->at = 0;
}

bool raw_live(const struct raw *r)
{
	return !r->regular || r->follow;
}

void raw_replace(struct raw *r, int fd)
{
	raw_close(r);
	r->fd = fd;
	r->base = r->at = 0;
	r->regular = true;
	r->follow = false;
	r->lean = false;	/* it has no name to be opened by again */
}

void raw_close(struct raw *r)
{
	if (r->fd > STDIN_FILENO)
		close(r->fd);
	r->fd = -1;
}
