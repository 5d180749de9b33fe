#include <config.h>

#include "capture/foreign.h"

#include <ctype.h>

#include "base/bytes.h"

enum { PEEK = 512, LEAST = 4 /* octets that tell a kind of file */ };

struct foreign {
	uint16_t offset;
	uint16_t n;
	const char *magic, *what, *way;
};

static const struct foreign foreigns[] = {
#define FOREIGN(off, m, what_, way_) \
	{ .offset = (off), .n = sizeof(m) - 1, .magic = (m), .what = (what_), .way = (way_) },
#include "capture/foreign.def"
#undef FOREIGN
};

/* What of the first octets can be had without waiting for more. */
static size_t peek(struct input *in, uint8_t *p)
{
	size_t n = 0;

	input_have(in, 0, PEEK, INPUT_NOWAIT);
	n = in->end < PEEK ? in->end : PEEK;
	if (n > 0)
		input_copy(in, 0, p, n);
	return n;
}

/* A line of python-netflow: {"1672531200.123": {"client": ["192.0.2.1", 2055], ... */
static bool is_python_netflow(const uint8_t *p, size_t n)
{
	return n > 3 && memcmp(p, "{\"", 2) == 0 && isdigit(p[2]) &&
	       memmem(p, n, "\"client\"", 8) != NULL;
}

/* Export packets without a capture around them, as a raw socket dump has them. */
static bool is_bare_export(const uint8_t *p, size_t n)
{
	return n >= 24 && p[0] == 0 && (p[1] == 5 || p[1] == 7 || p[1] == 9) &&
	       nf_be16(p + 2) > 0 && nf_be16(p + 2) <= 64;
}

static bool is_text(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isascii(p[i]) || (p[i] < 0x20 && !isspace(p[i])))
			return false;
	return true;
}

static void name_as(const struct input *in, struct nf_err *err, const char *what,
		    const char *way)
{
	nf_err_set(err, NF_ERR_ENV, "%s is %s, not a capture: %s", input_name(in), what, way);
}

static void name_unknown(const struct input *in, struct nf_err *err, const uint8_t *p, size_t n)
{
	char hex[8 * 3 + 1] = "";

	for (size_t i = 0; i < n && i < 8; i++)
		snprintf(hex + 3 * i, 4, " %02x", p[i]);
	nf_err_set(err, NF_ERR_ENV, "%s is not a capture: it begins with%s, "
		   "which is neither pcap, pcapng nor an IPFIX File", input_name(in), hex);
}

void foreign_name(struct input *in, struct nf_err *err)
{
	uint8_t p[PEEK];
	size_t n = peek(in, p);

	if (n < LEAST && in->trouble.kind != NF_ERR_NONE) {
		nf_err_set(err, NF_ERR_DAMAGE, "%s: nothing can be read: %s", input_name(in),
			   in->trouble.text);
		return;
	}
	if (n == 0) {
		nf_err_set(err, NF_ERR_ENV, "%s is empty", input_name(in));
		return;
	}
	for (size_t i = 0; i < sizeof(foreigns) / sizeof(foreigns[0]); i++) {
		const struct foreign *f = &foreigns[i];

		if (n >= f->offset && n - f->offset >= f->n &&
		    memcmp(p + f->offset, f->magic, f->n) == 0) {
			name_as(in, err, f->what, f->way);
			return;
		}
	}
	if (is_python_netflow(p, n))
		name_as(in, err, "a file of python-netflow",
			"python3 -m netflow.analyzer -f reads it");
	else if (is_bare_export(p, n))
		name_as(in, err, "bare NetFlow without a capture around it",
			"text2pcap -u 2055,2055 makes a capture of its hex dump");
	else if (is_text(p, n))
		name_as(in, err, "text", "give a pcap or pcapng file, or an IPFIX File");
	else
		name_unknown(in, err, p, n);
}
