#include <config.h>

#include "capture/reread.h"

#include <stdio.h>

#include "base/mem.h"
#include "capture/raw.h"

enum { KEPT_OPEN = 32 };

struct again {
	struct spool spool;
	struct raw raw;			/* once opened */
	dev_t dev;			/* as it was at first */
	ino_t ino;
	uint64_t used;			/* when it was last; 0: it is not open */
	bool known, regular, opened;
	char path[32];			/* of what is kept */
};

struct reread {
	const char *const *paths;
	size_t n, nopen;
	uint64_t uses;
	struct again files[];
};

struct reread *reread_new(const char *const *paths, size_t n)
{
	struct reread *r = nf_zalloc(sizeof(*r) + n * sizeof(r->files[0]));
	struct stat st;

	if (r == NULL)
		return NULL;
	r->paths = paths;
	r->n = n;
	for (size_t i = 0; i < n; i++) {
		if (raw_stat(paths[i], &st) < 0)
			continue;
		r->files[i].known = true;
		r->files[i].regular = S_ISREG(st.st_mode);
		r->files[i].dev = st.st_dev;
		r->files[i].ino = st.st_ino;
	}
	return r;
}

void reread_free(struct reread *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n; i++) {
		spool_done(&r->files[i].spool);
		if (r->files[i].opened)
			raw_close(&r->files[i].raw);
	}
	nf_free(r);
}

struct spool *reread_spool(struct reread *r, uint32_t file)
{
	return file < r->n ? &r->files[file].spool : NULL;
}

bool reread_regular(const struct reread *r, uint32_t file)
{
	const struct again *a = &r->files[file];

	return !a->known || a->regular;
}

const char *reread_path(struct reread *r, uint32_t file)
{
	struct again *a = &r->files[file];

	if (reread_regular(r, file))
		return r->paths[file];
	if (!a->spool.open)
		return "/dev/null";
	snprintf(a->path, sizeof(a->path), "/proc/self/fd/%d", a->spool.fd);
	return a->path;
}

/* The one that was used longest ago gives its descriptor back. */
static void make_room(struct reread *r)
{
	struct again *oldest = NULL;

	if (r->nopen < KEPT_OPEN)
		return;
	for (size_t i = 0; i < r->n; i++)
		if (r->files[i].used != 0 && (oldest == NULL || r->files[i].used < oldest->used))
			oldest = &r->files[i];
	raw_lean(&oldest->raw);
	oldest->used = 0;
	r->nopen--;
}

static int changed(const char *path, struct nf_err *err)
{
	return nf_err_set(err, NF_ERR_ENV, "%s: has changed since it was read", raw_name(path));
}

static int use(struct reread *r, uint32_t file, struct nf_err *err)
{
	struct again *a = &r->files[file];

	if (a->used == 0) {
		make_room(r);
		if (!a->opened && raw_open(&a->raw, r->paths[file], false, err) < 0)
			return -1;
		a->opened = true;
		a->raw.lean = false;	/* the next read opens it, to stay */
		r->nopen++;
	}
	a->used = ++r->uses;
	if (a->known && (a->raw.dev != a->dev || a->raw.ino != a->ino))
		return changed(r->paths[file], err);
	return 0;
}

int reread_octets(struct reread *r, const struct nf_extent *e, void *buf, struct nf_err *err)
{
	struct again *a = e->file < r->n ? &r->files[e->file] : NULL;
	uint64_t at = e->offset;
	uint8_t *to = buf;
	size_t n = e->length;

	if (a == NULL)
		return nf_err_set(err, NF_ERR_ENV, "no such input");
	if (a->spool.wanted) {
		if (spool_get(&a->spool, buf, n, at))
			return 0;
		if (a->spool.failed.kind == NF_ERR_NONE)
			return changed(r->paths[e->file], err);
		return nf_err_set(err, NF_ERR_ENV, "%s: was not kept: %s",
				  raw_name(r->paths[e->file]), a->spool.failed.text);
	}
	if (use(r, e->file, err) < 0)
		return -1;
	while (n > 0) {
		ssize_t got = raw_pread(&a->raw, to, n, at);

		if (got <= 0)
			return changed(r->paths[e->file], err);
		to += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}
