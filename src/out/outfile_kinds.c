#include <config.h>

#include "out/outfile_kinds.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"

/* -- Octets as they are --------------------------------------------------------------- */

static bool add(struct outfile *f, const void *p, size_t n)
{
	nf_sb_mem(&f->piece, p, n);
	return !f->piece.failed;
}

static bool end(struct outfile *f)
{
	return !f->piece.failed;
}

/* N octets at OFFSET, or as many as there are; -1 and errno. */
static ssize_t read_at(int fd, void *p, size_t n, uint64_t offset)
{
	size_t have = 0;

	while (have < n) {
		ssize_t got = pread(fd, (uint8_t *)p + have, n - have, (off_t)(offset + have));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

static bool begin(int fd, struct outfile_scan *s)
{
	off_t size = lseek(fd, 0, SEEK_END);
	ssize_t n = size >= 0 ? read_at(fd, s->head, sizeof(s->head), 0) : -1;

	if (n < 0)
		return false;
	s->size = (uint64_t)size;
	s->nhead = (size_t)n;
	return true;
}

/* -- Lines ---------------------------------------------------------------------------- */

/* Where the last line ends; from behind, since all before it is of no interest. */
static enum outfile_found lines_scan(int fd, struct outfile_scan *s)
{
	enum { STEP = 1 << 16 };
	uint8_t octets[STEP];

	if (!begin(fd, s))
		return OUTFILE_FAILED;
	for (uint64_t upto = s->size; upto > 0;) {
		size_t n = upto < STEP ? (size_t)upto : STEP;
		ssize_t got = read_at(fd, octets, n, upto - n);
		const uint8_t *eol = got == (ssize_t)n ? memrchr(octets, '\n', n) : NULL;

		if (got < 0)
			return OUTFILE_FAILED;
		upto -= n;
		if (eol != NULL) {
			s->whole = upto + (uint64_t)(eol - octets) + 1;
			break;
		}
	}
	return s->whole == s->size ? OUTFILE_WHOLE : OUTFILE_UNFINISHED;
}

static size_t lines_keep(const struct outfile *f, size_t n)
{
	const char *eol = n != 0 ? memrchr(f->piece.p, '\n', n) : NULL;

	return eol != NULL ? (size_t)(eol - f->piece.p) + 1 : 0;
}

/* -- Captures ------------------------------------------------------------------------- */

enum {
	FILE_HEADER = 24, FRAME_HEADER = 16, CAPLEN = 8,
	FRAME_LARGEST = 1 << 18,	/* more is none that was written here */
};

/* Nothing but zeros from OFFSET on: the file had grown when the power failed. */
static bool zeros(int fd, uint64_t offset)
{
	uint8_t octets[4096];
	ssize_t n;

	while ((n = read_at(fd, octets, sizeof(octets), offset)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (octets[i] != 0)
				return false;
		offset += (uint64_t)n;
	}
	return n == 0;
}

/* Frame by frame; see capture/record.h. */
static enum outfile_found pcap_scan(int fd, struct outfile_scan *s)
{
	uint8_t header[FRAME_HEADER];
	uint32_t caplen;

	if (!begin(fd, s))
		return OUTFILE_FAILED;
	if (s->size < FILE_HEADER)
		return s->size == 0 ? OUTFILE_WHOLE : OUTFILE_UNFINISHED;
	for (s->whole = FILE_HEADER; s->size - s->whole >= FRAME_HEADER;) {
		if (read_at(fd, header, sizeof(header), s->whole) != sizeof(header))
			return OUTFILE_FAILED;
		caplen = nf_be32(header + CAPLEN);
		if (caplen == 0 || caplen > FRAME_LARGEST)
			break;
		if (caplen > s->size - s->whole - FRAME_HEADER)
			return OUTFILE_UNFINISHED;
		s->whole += FRAME_HEADER + caplen;
	}
	if (s->whole == s->size)
		return OUTFILE_WHOLE;
	return s->size - s->whole < FRAME_HEADER || zeros(fd, s->whole) ? OUTFILE_UNFINISHED :
									  OUTFILE_DAMAGED;
}

static size_t pcap_keep(const struct outfile *f, size_t n)
{
	const uint8_t *p = (const uint8_t *)f->piece.p;
	size_t at = f->size == 0 ? FILE_HEADER : 0;

	if (n < at)
		return 0;
	while (n - at >= FRAME_HEADER) {
		uint32_t caplen = nf_be32(p + at + CAPLEN);

		if (caplen > n - at - FRAME_HEADER)
			break;
		at += FRAME_HEADER + caplen;
	}
	return at;
}

/* -- The table ------------------------------------------------------------------------ */

static const struct outfile_kind kinds[] = {
	{ .ending = ".gz", .what = "gzip file", .rest = "an unfinished member", .linger_ms = 900,
	  .scan = outfile_gz_scan, .add = outfile_gz_add, .end = outfile_gz_end,
	  .keep = outfile_gz_keep },
	{ .ending = ".pcap", .what = "capture of nfpcap", .rest = "an unfinished frame",
	  .linger_ms = 200, .scan = pcap_scan, .add = add, .end = end, .keep = pcap_keep },
	{ .ending = "", .what = "text", .rest = "an unfinished line", .linger_ms = 200,
	  .lines = true, .scan = lines_scan, .add = add, .end = end, .keep = lines_keep },
};

const struct outfile_kind *outfile_kind_of(const char *path)
{
	const struct outfile_kind *k = kinds;
	size_t n = strlen(path);

	for (; k->ending[0] != '\0'; k++) {
		size_t len = strlen(k->ending);

		if (n > len && strcmp(path + n - len, k->ending) == 0)
			break;
	}
	return k;
}
