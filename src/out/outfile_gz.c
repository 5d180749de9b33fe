/*
 * gzip files that grow by members (RFC 1952 section 2.2): each piece is a member, so that what is
 * in the file can be unpacked at any time.  A member that was cut hides all that are put behind it,
 * which is why the file is read through before it grows.
 */
#include <config.h>

#include "out/outfile_kinds.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

enum {
	ROOM = 1 << 16,
	GZIP_ONLY = 16 + MAX_WBITS,	/* what zlib takes for a window's size and the format */
	MEMORY = 8,
	LEVEL = 4,		/* of lines, a tenth more octets than 6, in half of the time */
};

/* -- What is there -------------------------------------------------------------------- */

struct pass {
	int fd;
	z_stream z;
	struct outfile_scan *scan;
	uint64_t read;			/* octets of the file */
	uint64_t nonzero;		/* behind the last one that is not 0 */
	bool within;			/* a member */
	bool foreign;			/* not even the first octets are those of a member */
	uint8_t in[ROOM], out[ROOM];
};

/* More of the file; 0 at its end, -1 and errno. */
static ssize_t more(struct pass *p)
{
	ssize_t n;

	do {
		n = read(p->fd, p->in, sizeof(p->in));
	} while (n < 0 && errno == EINTR);
	for (ssize_t i = n; i > 0; i--) {
		if (p->in[i - 1] != 0) {
			p->nonzero = p->read + (uint64_t)i;
			break;
		}
	}
	if (p->read == 0 && n > 0)
		p->foreign = p->in[0] != 0x1f || (n > 1 && p->in[1] != 0x8b);
	p->z.next_in = p->in;
	p->z.avail_in = n > 0 ? (unsigned)n : 0;
	p->read += p->z.avail_in;
	return n;
}

static void keep_head(struct outfile_scan *s, const uint8_t *p, size_t n)
{
	size_t room = sizeof(s->head) - s->nhead;

	if (n > room)
		n = room;
	memcpy(s->head + s->nhead, p, n);
	s->nhead += n;
}

/*
 * A file that had grown when the power failed may end in zeros instead of what was written last:
 * that is unfinished, where anything else that is no member is damage.
 */
static enum outfile_found broken(struct pass *p, uint64_t at)
{
	while (p->nonzero <= at) {
		ssize_t n = more(p);

		if (n < 0)
			return OUTFILE_FAILED;
		if (n == 0)
			return OUTFILE_UNFINISHED;
	}
	return OUTFILE_DAMAGED;
}

/* Unpack what was read, as far as the member goes. */
static int unpack(struct pass *p)
{
	int code;

	p->z.next_out = p->out;
	p->z.avail_out = sizeof(p->out);
	code = inflate(&p->z, Z_NO_FLUSH);
	keep_head(p->scan, p->out, sizeof(p->out) - p->z.avail_out);
	p->within = p->within || p->z.total_in != 0;
	if (code != Z_STREAM_END)
		return code;
	p->scan->whole = p->read - p->z.avail_in;
	p->within = false;
	return inflateReset(&p->z);
}

static enum outfile_found pass(struct pass *p)
{
	for (;;) {
		int code = Z_OK;

		if (p->z.avail_in == 0) {
			ssize_t n = more(p);

			if (n < 0)
				return OUTFILE_FAILED;
			if (p->foreign)
				return OUTFILE_FOREIGN;
			if (n == 0)
				return p->within ? OUTFILE_UNFINISHED : OUTFILE_WHOLE;
		}
		/* Output that is due comes with the input that follows, or at the end. */
		do {
			code = unpack(p);
		} while (code == Z_OK && (p->z.avail_in != 0 || p->z.avail_out == 0));
		if (code == Z_MEM_ERROR) {
			errno = ENOMEM;
			return OUTFILE_FAILED;
		}
		if (code != Z_OK && code != Z_BUF_ERROR)
			return broken(p, p->read - p->z.avail_in);
	}
}

enum outfile_found outfile_gz_scan(int fd, struct outfile_scan *s)
{
	struct pass *p = nf_zalloc(sizeof(*p));
	enum outfile_found found = OUTFILE_FAILED;

	if (p == NULL || inflateInit2(&p->z, GZIP_ONLY) != Z_OK) {
		nf_free(p);
		errno = ENOMEM;
		return OUTFILE_FAILED;
	}
	p->fd = fd;
	p->scan = s;
	found = pass(p);
	s->size = p->read;
	inflateEnd(&p->z);
	nf_free(p);
	return found;
}

/* -- What is added -------------------------------------------------------------------- */

static z_stream *packer(struct outfile *f)
{
	z_stream *z = f->packer;

	if (z != NULL)
		return z;
	z = nf_zalloc(sizeof(*z));
	if (z != NULL && deflateInit2(z, LEVEL, Z_DEFLATED, GZIP_ONLY, MEMORY,
				      Z_DEFAULT_STRATEGY) != Z_OK) {
		nf_free(z);
		z = NULL;
	}
	f->packer = z;
	return z;
}

static bool pack(struct outfile *f, int flush)
{
	z_stream *z = f->packer;
	int code;

	do {
		if (!nf_sb_room(&f->piece, ROOM))
			return false;
		z->next_out = (Bytef *)f->piece.p + f->piece.n;
		z->avail_out = ROOM;
		code = deflate(z, flush);
		f->piece.n += ROOM - z->avail_out;
	} while (z->avail_out == 0 || (flush == Z_FINISH && code != Z_STREAM_END));
	return true;
}

bool outfile_gz_add(struct outfile *f, const void *p, size_t n)
{
	z_stream *z = packer(f);

	if (z == NULL)
		return false;
	while (n > 0) {
		unsigned part = n < UINT_MAX ? (unsigned)n : UINT_MAX;

		z->next_in = (Bytef *)(uintptr_t)p;
		z->avail_in = part;
		if (!pack(f, Z_NO_FLUSH))
			return false;
		p = (const uint8_t *)p + part;
		n -= part;
	}
	return true;
}

bool outfile_gz_end(struct outfile *f)
{
	return pack(f, Z_FINISH) && deflateReset(f->packer) == Z_OK;
}

/* A member is whole, or of no use. */
size_t outfile_gz_keep(const struct outfile *f, size_t n)
{
	(void)f;
	(void)n;
	return 0;
}
