#include <config.h>

#include "out/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

enum {
	PIECE = 1 << 20,		/* octets of a piece, after which it is put into the file */
	MIB = 1 << 20, LARGE = 256,	/* MiB which to read through takes noticeable time */
};

int outfile_trouble(const char *path, int code, struct nf_err *err)
{
	return nf_err_set(err, NF_ERR_ENV, "cannot write to %s: %s", path, strerror(code));
}

static int trouble(const struct outfile *f, struct nf_err *err)
{
	return outfile_trouble(f->opts.path, errno, err);
}

static void note(const struct outfile_opts *opts, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void note(const struct outfile_opts *opts, const char *format, ...)
{
	struct nf_strbuf s;
	va_list ap;

	if (opts->note == NULL)
		return;
	nf_strbuf_init(&s);
	nf_sb_printf(&s, "%s: ", opts->path);
	va_start(ap, format);
	nf_sb_vprintf(&s, format, ap);
	va_end(ap);
	opts->note(opts->ctx, nf_strbuf_cstr(&s));
	nf_strbuf_done(&s);
}

/* -- What is there -------------------------------------------------------------------- */

static bool begins(const struct outfile_opts *opts, const struct outfile_scan *s)
{
	size_t n = opts->head != NULL && opts->must_begin ? opts->head->n : 0;

	if (n > s->nhead)
		n = s->nhead;
	return n == 0 || memcmp(s->head, opts->head->p, n) == 0;
}

static int damaged(const struct outfile_opts *opts, const struct outfile_scan *s,
		   struct nf_err *err)
{
	return nf_err_set(err, NF_ERR_ENV, "%s: damaged at octet %" PRIu64 ", and goes on behind it; "
			  "left as it is: write to another file", opts->path, s->whole);
}

/* *S says how much of it is whole, and whether all of it is. */
static int scan(int fd, const struct outfile_opts *opts, struct outfile_scan *s, bool *whole,
		struct nf_err *err)
{
	enum outfile_found found;

	*s = (struct outfile_scan){ .size = 0 };
	found = opts->kind->scan(fd, s);
	if (found != OUTFILE_FAILED && !begins(opts, s))
		found = OUTFILE_FOREIGN;
	*whole = found == OUTFILE_WHOLE;
	switch (found) {
	case OUTFILE_FAILED:
		return nf_err_set(err, NF_ERR_ENV, "cannot read %s: %s", opts->path,
				  strerror(errno));
	case OUTFILE_FOREIGN:
		return nf_err_set(err, NF_ERR_ENV, "%s: exists, and is no %s; left as it is",
				  opts->path, opts->kind->what);
	case OUTFILE_DAMAGED:
		return damaged(opts, s, err);
	default:
		return 0;
	}
}

static int cut(int fd, const struct outfile_opts *opts, const struct outfile_scan *s,
	       struct nf_err *err)
{
	uint64_t rest = s->size - s->whole;

	if (ftruncate(fd, (off_t)s->whole) < 0)
		return outfile_trouble(opts->path, errno, err);
	note(opts, "%" PRIu64 " octet%s of %s cut off", rest, rest == 1 ? "" : "s",
	     opts->kind->rest);
	return 0;
}

/* A text may be anybody's: what its last line lacks is its end, and nothing is taken away. */
static int end_line(int fd, const struct outfile_opts *opts, struct outfile_scan *s,
		    struct nf_err *err)
{
	if (write(fd, "\n", 1) != 1)
		return outfile_trouble(opts->path, errno, err);
	note(opts, "its last line had no end, and has one now");
	s->whole = s->size + 1;
	return 0;
}

/* -- Opening -------------------------------------------------------------------------- */

static int lock(int fd, const char *path, bool *busy, struct nf_err *err)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return 0;	/* a file system without locks is used without */
	*busy = true;
	return nf_err_set(err, NF_ERR_ENV, "%s: another program is writing to it", path);
}

/* What is in the file is read, too, where it is a regular one, or none as yet. */
static int open_path(struct outfile *f)
{
	const struct outfile_opts *opts = &f->opts;
	struct stat st;
	int flags = O_APPEND | O_CLOEXEC | O_NOCTTY;

	f->made = stat(opts->path, &st) < 0;
	if (!f->made && !S_ISREG(st.st_mode))
		return open(opts->path, O_WRONLY | flags);
	return open(opts->path, O_RDWR | O_CREAT | flags | (opts->fresh ? O_EXCL : 0), 0666);
}

static int open_file(struct outfile *f, struct nf_err *err)
{
	struct outfile_scan s;
	struct stat st;
	bool whole, busy;

	f->fd = open_path(f);
	if (f->fd < 0 || fstat(f->fd, &st) < 0)
		return trouble(f, err);
	f->regular = S_ISREG(st.st_mode);
	f->dev = (uint64_t)st.st_dev;
	f->ino = (uint64_t)st.st_ino;
	if (!f->regular)
		return 0;
	if (lock(f->fd, f->opts.path, &busy, err) < 0)
		return -1;
	f->old = f->opts.anew && st.st_size != 0;
	if (f->old)
		return 0;
	if (st.st_size / MIB >= LARGE && !f->opts.kind->lines)
		note(&f->opts, "its %" PRIu64 " MiB are read through before it grows",
		     (uint64_t)st.st_size / MIB);
	if (scan(f->fd, &f->opts, &s, &whole, err) < 0)
		return -1;
	if (!whole && (f->opts.kind->lines ? end_line(f->fd, &f->opts, &s, err) :
					     cut(f->fd, &f->opts, &s, err)) < 0)
		return -1;
	f->size = s.whole;
	return 0;
}

struct outfile *outfile_open(const struct outfile_opts *opts, struct nf_err *err)
{
	struct outfile *f = nf_zalloc(sizeof(*f));

	if (f == NULL) {
		nf_err_memory(err);
		return NULL;
	}
	f->opts = *opts;
	f->fd = -1;
	nf_strbuf_init(&f->piece);
	if (open_file(f, err) < 0) {
		outfile_free(f);
		return NULL;
	}
	return f;
}

void outfile_free(struct outfile *f)
{
	if (f == NULL)
		return;
	if (f->fd >= 0)
		close(f->fd);
	if (f->packer != NULL)
		deflateEnd(f->packer);
	nf_free(f->packer);
	nf_strbuf_done(&f->piece);
	nf_free(f);
}

bool outfile_mend(const struct outfile_opts *opts, uint64_t *size, bool *busy, struct nf_err *err)
{
	int fd = open(opts->path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct outfile_scan s = { .size = 0 };
	bool whole, sound;
	struct stat st;

	*busy = false;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		outfile_trouble(opts->path, fd < 0 ? errno : EINVAL, err);
		if (fd >= 0)
			close(fd);
		return false;
	}
	sound = lock(fd, opts->path, busy, err) == 0 && scan(fd, opts, &s, &whole, err) == 0 &&
		(whole || cut(fd, opts, &s, err) == 0);
	*size = opts->must_begin && s.whole == opts->head->n ? 0 : s.whole;
	close(fd);
	return sound;
}

/* -- Writing -------------------------------------------------------------------------- */

/*
 * Somebody moved the file away, as those who tidy up logs do, or it was removed: from here on there
 * is a new one.
 */
static int stay(struct outfile *f, struct nf_err *err)
{
	struct stat st;

	if (!f->regular || (stat(f->opts.path, &st) == 0 && (uint64_t)st.st_dev == f->dev &&
			    (uint64_t)st.st_ino == f->ino))
		return 0;
	close(f->fd);
	f->size = 0;
	if (open_file(f, err) < 0)
		return -1;
	note(&f->opts, "was moved or removed: a new one is begun");
	return 0;
}

/* The piece, or, where there is no room for it, as much of it as is whole. */
static int put(struct outfile *f, struct nf_err *err)
{
	size_t at = 0;
	int code = 0;

	while (at < f->piece.n && code == 0) {
		ssize_t n = write(f->fd, f->piece.p + at, f->piece.n - at);

		if (n > 0)
			at += (size_t)n;
		else if (n == 0 || errno != EINTR)
			code = n == 0 ? ENOSPC : errno;
	}
	if (code != 0 && f->regular) {
		at = f->opts.kind->keep(f, at);
		if (ftruncate(f->fd, (off_t)(f->size + at)) < 0)
			at = 0;		/* it is mended when it is opened next */
	}
	f->size += at;
	nf_strbuf_clear(&f->piece);
	f->begun = false;
	return code == 0 ? 0 : outfile_trouble(f->opts.path, code, err);
}

/* Memory was out in the middle of a piece, of which no part is whole. */
static int lose(struct outfile *f, struct nf_err *err)
{
	nf_strbuf_done(&f->piece);
	nf_strbuf_init(&f->piece);
	if (f->packer != NULL)
		deflateReset(f->packer);
	f->begun = false;
	return nf_err_memory(err);
}

int outfile_flush(struct outfile *f, struct nf_err *err)
{
	if (!f->begun)
		return 0;
	if (!f->opts.kind->end(f))
		return lose(f, err);
	return put(f, err);
}

static bool add_head(struct outfile *f)
{
	const struct nf_strbuf *head = f->opts.head;

	return head == NULL || head->n == 0 || f->size != 0 ||
	       f->opts.kind->add(f, head->p, head->n);
}

static int begin(struct outfile *f, int64_t now_ns, struct nf_err *err)
{
	if (stay(f, err) < 0)
		return -1;
	if (f->old && ftruncate(f->fd, 0) < 0)
		return trouble(f, err);
	f->old = false;
	f->begun = true;
	f->since_ns = now_ns;
	return add_head(f) ? 0 : lose(f, err);
}

int outfile_write(struct outfile *f, const void *p, size_t n, int64_t now_ns, struct nf_err *err)
{
	if (!f->begun && begin(f, now_ns, err) < 0)
		return -1;
	if (!f->opts.kind->add(f, p, n))
		return lose(f, err);
	return f->piece.n >= PIECE ? outfile_flush(f, err) : outfile_tick(f, now_ns, err);
}

/* A clock that was set back is no reason to wait. */
static bool may_wait(const struct outfile *f, int64_t now_ns)
{
	return !f->opts.at_once && now_ns >= f->since_ns &&
	       now_ns - f->since_ns < f->opts.kind->linger_ms * INT64_C(1000000);
}

int outfile_tick(struct outfile *f, int64_t now_ns, struct nf_err *err)
{
	return !f->begun || may_wait(f, now_ns) ? 0 : outfile_flush(f, err);
}

bool outfile_is_empty(const struct outfile *f)
{
	return f->size == 0 && !f->begun;
}
