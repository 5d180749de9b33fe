#include <config.h>

#include "main/writer.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 1 << 17 };

bool writer_flush(struct writer *w)
{
	size_t at = 0;

	if (w->write != NULL) {
		w->closed = w->closed || !w->write(w->ctx, w->text->p, w->text->n);
		at = w->text->n;
	}
	while (at < w->text->n && !w->closed && w->failed == 0) {
		ssize_t n = write(STDOUT_FILENO, w->text->p + at, w->text->n - at);

		if (n >= 0)
			at += (size_t)n;
		else if (errno == EPIPE)
			w->closed = true;
		else if (errno == EAGAIN)
			poll(&(struct pollfd){ .fd = STDOUT_FILENO, .events = POLLOUT }, 1, -1);
		else if (errno != EINTR)
			w->failed = errno;
	}
	nf_strbuf_clear(w->text);
	return !w->closed && w->failed == 0;
}

bool writer_step(struct writer *w)
{
	if (w->text->n < CHUNK && !w->live)
		return !w->closed && w->failed == 0;
	return writer_flush(w);
}

bool writer_failed(const struct writer *w, struct nf_err *err)
{
	if (w->failed == 0)
		return false;
	nf_err_set(err, NF_ERR_ENV, "cannot write to standard output: %s", strerror(w->failed));
	return true;
}
