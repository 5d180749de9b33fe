#include <config.h>

#include "lib/capbuild.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put16(struct ng *ng, uint16_t v)
{
	mb_u16(ng->out, ng->big ? v : __builtin_bswap16(v));
}

static void put32(struct ng *ng, uint32_t v)
{
	mb_u32(ng->out, ng->big ? v : __builtin_bswap32(v));
}

static void put64(struct ng *ng, uint64_t v)
{
	mb_u64(ng->out, ng->big ? v : __builtin_bswap64(v));
}

static void pad(struct ng *ng, size_t n)
{
	mb_zeros(ng->out, (4 - n % 4) % 4);
}

static size_t begin(struct ng *ng, uint32_t type)
{
	size_t at = ng->out->n;

	put32(ng, type);
	put32(ng, 0);
	return at;
}

static void end(struct ng *ng, size_t at)
{
	uint32_t length = (uint32_t)(ng->out->n - at + 4);

	put32(ng, length);
	mb_put32(ng->out, at + 4, ng->big ? length : __builtin_bswap32(length));
}

static void option(struct ng *ng, uint16_t code, const char *text)
{
	put16(ng, code);
	put16(ng, (uint16_t)strlen(text));
	mb_mem(ng->out, text, strlen(text));
	pad(ng, strlen(text));
}

static void option64(struct ng *ng, uint16_t code, uint64_t v)
{
	put16(ng, code);
	put16(ng, 8);
	put64(ng, v);
}

void ng_section(struct ng *ng)
{
	size_t at = begin(ng, 0x0a0d0d0a);

	put32(ng, 0x1a2b3c4d);
	put16(ng, 1);
	put16(ng, 0);
	put64(ng, UINT64_MAX);
	option(ng, 4, "a test");
	put32(ng, 0);
	end(ng, at);
}

void ng_interface(struct ng *ng, uint16_t linktype, uint32_t snaplen)
{
	size_t at = begin(ng, 1);

	put16(ng, linktype);
	put16(ng, 0);
	put32(ng, snaplen);
	end(ng, at);
}

void ng_interface_clock(struct ng *ng, uint16_t linktype, int tsresol, int64_t offset)
{
	size_t at = begin(ng, 1);

	put16(ng, linktype);
	put16(ng, 0);
	put32(ng, 0);
	option(ng, 2, "eth0");
	if (tsresol != NG_DEFAULT) {
		put16(ng, 9);
		put16(ng, 1);
		mb_u8(ng->out, (uint8_t)tsresol);
		pad(ng, 1);
	}
	if (offset != 0)
		option64(ng, 14, (uint64_t)offset);
	put32(ng, 0);
	end(ng, at);
}

static size_t begin_packet(struct ng *ng, uint64_t ticks, struct nf_bytes frame)
{
	put32(ng, (uint32_t)(ticks >> 32));
	put32(ng, (uint32_t)ticks);
	put32(ng, (uint32_t)frame.n);
	put32(ng, (uint32_t)frame.n);
	mb_mem(ng->out, frame.p, frame.n);
	pad(ng, frame.n);
	return frame.n;
}

void ng_packet(struct ng *ng, uint32_t interface, uint64_t ticks, struct nf_bytes frame)
{
	size_t at = begin(ng, 6);

	put32(ng, interface);
	begin_packet(ng, ticks, frame);
	end(ng, at);
}

void ng_packet_options(struct ng *ng, uint32_t interface, uint64_t ticks, struct nf_bytes frame,
		       int64_t drops)
{
	size_t at = begin(ng, 6);

	put32(ng, interface);
	begin_packet(ng, ticks, frame);
	option(ng, 1, "a comment");
	if (drops != NG_NO_DROPS)
		option64(ng, 4, (uint64_t)drops);
	put32(ng, 0);
	end(ng, at);
}

void ng_simple(struct ng *ng, uint32_t wirelen, struct nf_bytes frame)
{
	size_t at = begin(ng, 3);

	put32(ng, wirelen);
	mb_mem(ng->out, frame.p, frame.n);
	pad(ng, frame.n);
	end(ng, at);
}

void ng_old(struct ng *ng, uint16_t interface, uint16_t drops, uint64_t ticks,
	    struct nf_bytes frame)
{
	size_t at = begin(ng, 2);

	put16(ng, interface);
	put16(ng, drops);
	begin_packet(ng, ticks, frame);
	end(ng, at);
}

void ng_statistics(struct ng *ng, uint32_t interface, uint64_t ifdrop, uint64_t osdrop)
{
	size_t at = begin(ng, 5);

	put32(ng, interface);
	put64(ng, 0);
	option64(ng, 4, 1000);
	option64(ng, 5, ifdrop);
	option64(ng, 7, osdrop);
	put32(ng, 0);
	end(ng, at);
}

void ng_block(struct ng *ng, uint32_t type, struct nf_bytes body)
{
	size_t at = begin(ng, type);

	mb_mem(ng->out, body.p, body.n);
	pad(ng, body.n);
	end(ng, at);
}

/* --- files --- */

char *cb_file(struct nf_bytes octets)
{
	const char *dir = getenv("TMPDIR");
	char *path = NULL;
	FILE *f = NULL;
	bool ok;
	int fd;

	if (asprintf(&path, "%s/nfpcap-test-XXXXXX", dir != NULL ? dir : "/tmp") < 0)
		return NULL;
	fd = mkstemp(path);
	if (fd < 0 || (f = fdopen(fd, "wb")) == NULL) {
		free(path);
		return NULL;
	}
	ok = octets.n == 0 || fwrite(octets.p, 1, octets.n, f) == octets.n;
	if (fclose(f) != 0 || !ok) {
		cb_remove(path);
		return NULL;
	}
	return path;
}

void cb_remove(char *path)
{
	if (path != NULL)
		unlink(path);
	free(path);
}

static la_ssize_t packed(struct archive *a, void *ctx, const void *p, size_t n)
{
	(void)a;
	mb_mem(ctx, p, n);
	return (la_ssize_t)n;
}

bool cb_pack(struct mb *out, const char *filter, struct nf_bytes in)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	bool ok = archive_write_add_filter_by_name(a, filter) == ARCHIVE_OK &&
		  archive_write_set_format_raw(a) == ARCHIVE_OK &&
		  archive_write_set_bytes_per_block(a, 0) == ARCHIVE_OK &&
		  archive_write_open(a, out, NULL, packed, NULL) == ARCHIVE_OK;

	archive_entry_set_filetype(e, AE_IFREG);
	ok = ok && archive_write_header(a, e) == ARCHIVE_OK &&
	     archive_write_data(a, in.p, in.n) == (la_ssize_t)in.n;
	archive_entry_free(e);
	ok = archive_write_close(a) == ARCHIVE_OK && ok;
	archive_write_free(a);
	return ok;
}

/* --- reading back --- */

uint32_t cb_sum(struct nf_bytes octets)
{
	uint32_t sum = 2166136261;	/* FNV-1a */

	for (size_t i = 0; i < octets.n; i++)
		sum = (sum ^ octets.p[i]) * 16777619;
	return sum;
}

static void keep(struct cb_taken *t, enum reader_got got, const struct frame *f,
		 const struct nf_err *err)
{
	struct cb_frame *c;

	if (got == READER_TROUBLE) {
		if (t->ntroubles < sizeof(t->troubles) / sizeof(t->troubles[0]))
			t->troubles[t->ntroubles++] = *err;
		return;
	}
	if (t->n == t->cap) {
		t->cap = t->cap * 2 + 64;
		t->frames = realloc(t->frames, t->cap * sizeof(*t->frames));
		if (t->frames == NULL)
			abort();
	}
	c = &t->frames[t->n++];
	*c = (struct cb_frame){ .f = *f, .sum = cb_sum((struct nf_bytes){ f->p, f->caplen }) };
	memcpy(c->first, f->p, f->caplen < sizeof(c->first) ? f->caplen : sizeof(c->first));
	c->f.p = NULL;
}

void cb_take(struct cb_taken *t, const char *const *paths, size_t n, const struct merge_opts *opts)
{
	const struct frame *f = NULL;
	enum reader_got got;
	struct merge *m;
	struct nf_err err;

	memset(t, 0, sizeof(*t));
	m = merge_new(paths, n, opts, &t->drops);
	while (m != NULL && (got = merge_next(m, &f, &err)) != READER_END)
		keep(t, got, f, &err);
	merge_free(m);
}

void cb_take_order(struct cb_taken *t, const char *path, const struct order_opts *opts)
{
	struct survey survey = { .result = SURVEY_NONE };
	enum reader_got got;
	struct order *o;
	struct nf_err err;
	struct frame f;

	memset(t, 0, sizeof(*t));
	o = order_open(path, 0, opts, &survey, &t->drops, &err);
	if (o == NULL) {
		keep(t, READER_TROUBLE, NULL, &err);
		return;
	}
	while ((got = order_next(o, &f, true, &err)) != READER_END)
		keep(t, got, &f, &err);
	order_close(o);
}

void cb_take_octets(struct cb_taken *t, struct nf_bytes octets, const struct order_opts *opts)
{
	char *path = cb_file(octets);

	if (path == NULL)
		abort();
	cb_take_order(t, path, opts);
	cb_remove(path);
}

void cb_taken_done(struct cb_taken *t)
{
	free(t->frames);
	memset(t, 0, sizeof(*t));
}
