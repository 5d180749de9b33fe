#include <config.h>

#include "out/series.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "out/series_name.h"

enum { MOST = 100000000 };	/* files of one second */

#define SECOND INT64_C(1000000000)

struct series {
	struct series_opts opts;
	struct outfile *file;		/* of a series NULL until there is something to write */
	struct nf_strbuf path, partial;	/* of the file of a series */
	int64_t end_ns;			/* when it is complete */
};

static bool rotates(const struct series *s)
{
	return s->opts.max_octets != 0 || s->opts.every_ns != 0;
}

static void note(const struct series *s, const char *name, const char *text)
{
	struct nf_strbuf line;

	if (s->opts.file.note == NULL)
		return;
	nf_strbuf_init(&line);
	nf_sb_str(&line, name);
	nf_sb_str(&line, ": ");
	nf_sb_str(&line, text);
	s->opts.file.note(s->opts.file.ctx, nf_strbuf_cstr(&line));
	nf_strbuf_done(&line);
}

/* -- Names ---------------------------------------------------------------------------- */

static bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* -1 and EEXIST where TO is there. */
static int rename_anew(const char *from, const char *to)
{
#ifdef RENAME_NOREPLACE
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
#endif
	if (is_there(to)) {
		errno = EEXIST;
		return -1;
	}
	return rename(from, to);
}

/* PARTIAL becomes PATH, or, where somebody took that name meanwhile, one like it. */
static int complete(const struct series *s, const char *partial, const char *path,
		    struct nf_err *err)
{
	struct nf_strbuf name;
	int code = rename_anew(partial, path);

	nf_strbuf_init(&name);
	for (unsigned n = 2; code < 0 && errno == EEXIST && n < MOST; n++) {
		nf_strbuf_clear(&name);
		nf_sb_str(&name, path);
		nf_sb_char(&name, '.');
		nf_sb_u64(&name, n);
		code = rename_anew(partial, nf_strbuf_cstr(&name));
		if (code == 0)
			note(s, nf_strbuf_cstr(&name), "has this name because its own was taken");
	}
	nf_strbuf_done(&name);
	return code == 0 ? 0 : nf_err_set(err, NF_ERR_ENV, "cannot rename %s: %s", partial,
					  strerror(errno));
}

/* -- What a crash has left ------------------------------------------------------------ */

static int mend(struct series *s, const char *partial, struct nf_err *err)
{
	struct outfile_opts opts = s->opts.file;
	struct nf_strbuf path;
	uint64_t size;
	bool busy;
	int code;

	opts.path = partial;
	if (!outfile_mend(&opts, &size, &busy, err)) {
		if (busy)
			return -1;
		if (opts.note != NULL)
			opts.note(opts.ctx, err->text);
		return 0;
	}
	if (size == 0)
		return unlink(partial) == 0 ? 0 : outfile_trouble(partial, errno, err);
	nf_strbuf_init(&path);
	nf_sb_mem(&path, partial, strlen(partial) - strlen(SERIES_PARTIAL));
	code = complete(s, partial, nf_strbuf_cstr(&path), err);
	if (code == 0)
		note(s, nf_strbuf_cstr(&path), "was left unfinished, and is completed");
	nf_strbuf_done(&path);
	return code;
}

/* Those that were left; each is taken away from the folder that is read meanwhile. */
static int mend_all(struct series *s, struct nf_err *err)
{
	struct nf_strbuf folder;
	struct dirent *entry;
	int code = 0;
	size_t n;
	DIR *dir;

	nf_strbuf_init(&folder);
	series_folder(&folder, s->opts.file.path);
	dir = opendir(nf_strbuf_cstr(&folder));
	if (dir == NULL)
		code = outfile_trouble(s->opts.file.path, errno, err);
	if (strchr(s->opts.file.path, '/') == NULL)
		nf_strbuf_clear(&folder);
	n = folder.n;
	while (code == 0 && (entry = readdir(dir)) != NULL) {
		if (!series_is_partial(s->opts.file.path, entry->d_name))
			continue;
		folder.n = n;
		nf_sb_str(&folder, entry->d_name);
		code = mend(s, nf_strbuf_cstr(&folder), err);
	}
	if (dir != NULL)
		closedir(dir);
	nf_strbuf_done(&folder);
	return code;
}

/* -- One file of a series ------------------------------------------------------------- */

/* When a file ends that is begun now, and, in seconds, which time its name has. */
static int64_t period(struct series *s, int64_t now_ns)
{
	int64_t every = s->opts.every_ns, start = now_ns;

	s->end_ns = INT64_MAX;
	if (every != 0) {
		start = now_ns - now_ns % every;
		s->end_ns = start + every;
	}
	return start / SECOND;
}

static void name(struct series *s, int64_t seconds, unsigned n)
{
	nf_strbuf_clear(&s->path);
	nf_strbuf_clear(&s->partial);
	series_name(&s->path, s->opts.file.path, seconds, n);
	series_name(&s->partial, s->opts.file.path, seconds, n);
	nf_sb_str(&s->partial, SERIES_PARTIAL);
}

static int begin(struct series *s, int64_t now_ns, struct nf_err *err)
{
	struct outfile_opts opts = s->opts.file;
	int64_t seconds = period(s, now_ns);

	opts.fresh = true;
	for (unsigned n = 1; n < MOST; n++) {
		name(s, seconds, n);
		opts.path = nf_strbuf_cstr(&s->partial);
		if (s->path.failed || s->partial.failed)
			return nf_err_memory(err);
		if (is_there(nf_strbuf_cstr(&s->path)) || is_there(opts.path))
			continue;
		s->file = outfile_open(&opts, err);
		return s->file != NULL ? 0 : -1;
	}
	return outfile_trouble(s->opts.file.path, EEXIST, err);
}

/* The file is complete, or, as nothing is in it, none. */
static int finish(struct series *s, struct nf_err *err)
{
	const char *partial = nf_strbuf_cstr(&s->partial);
	int code = outfile_flush(s->file, err);
	bool empty = outfile_is_empty(s->file);
	struct nf_err other;

	outfile_free(s->file);
	s->file = NULL;
	if (empty)
		unlink(partial);
	else if (complete(s, partial, nf_strbuf_cstr(&s->path), code == 0 ? err : &other) < 0)
		code = -1;
	return code;
}

/* Are N octets too many for it?  How small they get where they are packed is not known yet. */
static bool is_full(const struct series *s, size_t n)
{
	uint64_t size = s->file->size + s->file->piece.n, most = s->opts.max_octets;

	if (most == 0 || outfile_is_empty(s->file))
		return false;
	return size >= most || (s->file->packer == NULL && n > most - size);
}

static bool is_due(const struct series *s, size_t n, int64_t now_ns)
{
	return rotates(s) && (now_ns >= s->end_ns || is_full(s, n));
}

/* -- The whole ------------------------------------------------------------------------ */

static void release(struct series *s)
{
	outfile_free(s->file);
	nf_strbuf_done(&s->path);
	nf_strbuf_done(&s->partial);
	nf_free(s);
}

struct series *series_open(const struct series_opts *opts, int64_t now_ns, struct nf_err *err)
{
	struct series *s = nf_zalloc(sizeof(*s));
	int code;

	if (s == NULL) {
		nf_err_memory(err);
		return NULL;
	}
	s->opts = *opts;
	nf_strbuf_init(&s->path);
	nf_strbuf_init(&s->partial);
	if (rotates(s)) {
		code = mend_all(s, err);
		/* What stands in the way is found out before there is something to lose. */
		if (code == 0)
			code = begin(s, now_ns, err);
	} else {
		s->file = outfile_open(&opts->file, err);
		code = s->file != NULL ? 0 : -1;
	}
	if (code == 0)
		return s;
	release(s);
	return NULL;
}

int series_turn(struct series *s, size_t n, int64_t now_ns, bool *turned, struct nf_err *err)
{
	if (s->file != NULL && is_due(s, n, now_ns) && finish(s, err) < 0)
		return -1;
	if (s->file == NULL && begin(s, now_ns, err) < 0)
		return -1;
	*turned = outfile_is_empty(s->file);
	return 0;
}

int series_write(struct series *s, const void *p, size_t n, int64_t now_ns, struct nf_err *err)
{
	bool turned;

	if (series_turn(s, n, now_ns, &turned, err) < 0)
		return -1;
	return outfile_write(s->file, p, n, now_ns, err);
}

int series_tick(struct series *s, int64_t now_ns, struct nf_err *err)
{
	if (s->file == NULL)
		return 0;
	return is_due(s, 0, now_ns) ? finish(s, err) : outfile_tick(s->file, now_ns, err);
}

void series_discard(struct series *s)
{
	if (s->file != NULL && s->file->made && outfile_is_empty(s->file))
		unlink(s->file->opts.path);
	release(s);
}

/* A head alone says at least that there was nothing more to say. */
static int last_head(struct series *s, struct nf_err *err)
{
	const struct nf_strbuf *head = s->opts.file.head;

	if (head == NULL || head->n == 0 || !outfile_is_empty(s->file))
		return 0;
	return outfile_write(s->file, NULL, 0, 0, err);
}

int series_close(struct series *s, struct nf_err *err)
{
	int code = 0;

	if (s->file != NULL && rotates(s)) {
		code = finish(s, err);
	} else if (s->file != NULL) {
		code = last_head(s, err);
		if (code == 0)
			code = outfile_flush(s->file, err);
	}
	release(s);
	return code;
}
