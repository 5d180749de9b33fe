#include <config.h>

#include "main/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int trouble(const char *path, struct nf_err *err)
{
	return nf_err_set(err, NF_ERR_ENV, "%s: %s", path, strerror(errno));
}

static int write_other(const char *other, const struct replace_way *way, struct nf_err *err)
{
	FILE *f = fopen(other, "wbe");
	int code;

	if (f == NULL)
		return trouble(other, err);
	code = way->write(way->ctx, f, other, err);
	if (code == 0 && (fflush(f) != 0 || fsync(fileno(f)) < 0))
		code = trouble(other, err);
	if (fclose(f) != 0 && code == 0)
		code = trouble(other, err);
	return code;
}

/* That the name outlives a crash is up to the directory; where it cannot be had, so be it. */
static void sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct nf_strbuf directory;
	int fd;

	nf_strbuf_init(&directory);
	nf_sb_mem(&directory, path, slash != NULL ? (size_t)(slash - path) + 1 : 0);
	fd = open(slash != NULL ? nf_strbuf_cstr(&directory) : ".", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	nf_strbuf_done(&directory);
}

int replace_file(const char *path, const struct replace_way *way, struct nf_err *err)
{
	struct nf_strbuf beside;
	const char *other;
	int code;

	nf_strbuf_init(&beside);
	nf_sb_printf(&beside, "%s.new", path);
	other = nf_strbuf_cstr(&beside);
	code = beside.failed ? nf_err_memory(err) : write_other(other, way, err);
	if (code == 0 && rename(other, path) < 0)
		code = trouble(path, err);
	if (code == 0)
		sync_directory(path);
	else if (!beside.failed)
		unlink(other);
	nf_strbuf_done(&beside);
	return code;
}

/* -- Texts ------------------------------------------------------------------------------ */

struct text {
	const struct nf_strbuf *s;
	mode_t mode;			/* 0: as new files have it */
};

static int write_text(void *ctx, FILE *file, const char *other, struct nf_err *err)
{
	const struct text *t = ctx;

	if (fwrite(t->s->p, 1, t->s->n, file) != t->s->n)
		return trouble(other, err);
	return t->mode != 0 && fchmod(fileno(file), t->mode) < 0 ? trouble(other, err) : 0;
}

int replace_text(const char *path, const struct nf_strbuf *text, struct nf_err *err)
{
	struct text t = { .s = text };
	char *real = realpath(path, NULL);
	struct stat st;
	int code;

	if (stat(path, &st) == 0)
		t.mode = st.st_mode & 07777;
	code = replace_file(real != NULL ? real : path, &(struct replace_way){ write_text, &t },
			    err);
	free(real);
	return code;
}
