/* Datagrams written as a capture are the datagrams that are read from it. */
#include <config.h>

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "capture/crc32c.h"
#include "capture/record.h"
#include "capture/source.h"
#include "lib/capbuild.h"
#include "lib/framebuild.h"
#include "lib/nomem.h"
#include "model/framer.h"

#define SECOND INT64_C(1000000000)
static const int64_t start = 1700000000 * SECOND;
static const struct capture_opts with_tcp = { .framer = &framer_ipfix };

/* What is to be read back. */
struct kept {
	struct nf_datagram *all;
	size_t n, cap;
};

static void keep(struct kept *k, const struct nf_datagram *d)
{
	uint8_t *copy = malloc(d->payload.n + 1);

	assert_non_null(copy);
	memcpy(copy, d->payload.p, d->payload.n);
	assert_true(nf_grow((void **)&k->all, &k->cap, k->n + 1, sizeof(*k->all)));
	k->all[k->n] = *d;
	k->all[k->n++].payload.p = copy;
}

static void drop(struct kept *k)
{
	for (size_t i = 0; i < k->n; i++)
		free((void *)k->all[i].payload.p);
	nf_free(k->all);
}

static FILE *temporary(char path[32])
{
	FILE *f;
	int fd;

	strcpy(path, "record-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	f = fdopen(fd, "wb");
	assert_non_null(f);
	return f;
}

static void fault(const char *name, size_t i, const char *what)
{
	fail_msg("%s: datagram %zu: %s differs", name, i, what);
}

static void same(const char *name, const struct nf_datagram *was, const struct nf_datagram *is,
		 size_t i)
{
	if (was->payload.n != is->payload.n ||
	    memcmp(was->payload.p, is->payload.p, is->payload.n) != 0)
		fault(name, i, "payload");
	if (was->wire_len != is->wire_len)
		fault(name, i, "wire_len");
	if (was->ts_ns != is->ts_ns)
		fault(name, i, "stamp");
	if (was->transport == NF_TRANSPORT_FILE) {
		assert_int_equal(is->transport, NF_TRANSPORT_TCP);
		assert_int_equal(is->src.port, 49152 + was->file);
		return;
	}
	if (was->transport != is->transport)
		fault(name, i, "transport");
	if (!nf_same_endpoint(&was->src, &is->src) || !nf_same_endpoint(&was->dst, &is->dst))
		fault(name, i, "endpoint");
	if (was->facts.ttl != is->facts.ttl || was->facts.dscp_ecn != is->facts.dscp_ecn)
		fault(name, i, "TTL or DSCP");
	if (was->facts.cut != is->facts.cut)
		fault(name, i, "cut");
	if (is->facts.udp_checksum_bad || (was->transport == NF_TRANSPORT_SCTP &&
	    (was->facts.sctp_stream != is->facts.sctp_stream ||
	     was->facts.sctp_ssn != is->facts.sctp_ssn)))
		fault(name, i, "a fact");
}

/* PATH holds K; it goes away. */
static void read_back(const char *name, char *path, const struct kept *k)
{
	const char *paths[] = { path };
	struct nf_err err = { .kind = NF_ERR_NONE };
	struct source *s = source_open(paths, 1, &with_tcp, &err);
	struct nf_datagram d;
	enum source_got got;
	size_t i = 0;

	assert_non_null(s);
	while ((got = source_next(s, &d, &err)) != SOURCE_END) {
		if (got == SOURCE_TROUBLE)
			fail_msg("%s: %s", name, err.text);
		if (i == k->n)
			fail_msg("%s: a datagram too many", name);
		same(name, &k->all[i], &d, i);
		i++;
	}
	if (i != k->n)
		fail_msg("%s: %zu of %zu datagrams", name, i, k->n);
	source_close(s);
	unlink(path);
}

static void write_all(const struct kept *k, const struct record_opts *opts, char path[32])
{
	FILE *f = temporary(path);
	struct nf_err err;
	struct record *r = record_open(f, path, opts, &err);

	assert_non_null(r);
	for (size_t i = 0; i < k->n; i++)
		if (record_datagram(r, &k->all[i], &err) != 0)
			fail_msg("%s", err.text);
	assert_int_equal(record_flush(r, &err), 0);
	assert_int_equal(record_size(r), (uint64_t)ftell(f));
	assert_int_equal(record_close(r, &err), 0);
	fclose(f);
}

static void load(struct kept *k, const char *path)
{
	struct nf_err err;
	struct source *s = source_open(&path, 1, &with_tcp, &err);
	struct nf_datagram d;
	enum source_got got;

	assert_non_null(s);
	while ((got = source_next(s, &d, &err)) != SOURCE_END)
		if (got == SOURCE_DATAGRAM)
			keep(k, &d);
	source_close(s);
}

/* All captures there are: UDP, TCP, SCTP, Files, fragments, tunnels, cut ones, IPv6. */
static void captures(void **state)
{
	const char *top = getenv("top_srcdir");
	uint64_t transports = 0;
	char pattern[4096], path[32];
	glob_t found;

	(void)state;
	snprintf(pattern, sizeof(pattern), "%s/pcaps/*.[pi]*[pgx]", top != NULL ? top : ".");
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_true(found.gl_pathc > 40);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct kept k = { .n = 0 };
		bool fine = false;

		load(&k, found.gl_pathv[i]);
		for (size_t j = 0; j < k.n; j++) {
			transports |= UINT64_C(1) << k.all[j].transport;
			fine |= k.all[j].ts_fine;
		}
		write_all(&k, &(struct record_opts){ .coarse = !fine }, path);
		read_back(found.gl_pathv[i], path, &k);
		drop(&k);
	}
	globfree(&found);
	assert_int_equal(transports, 15);
}

/* An IPFIX message of N octets whose body shows I. */
static struct nf_datagram message(struct mb *m, uint32_t n, uint32_t i)
{
	struct nf_datagram d = {
		.ts_ns = start + i, .ts_fine = true, .src = fb_endpoint("192.0.2.1:4739"),
		.dst = fb_endpoint("192.0.2.9:4739"), .wire_len = n,
	};

	mb_clear(m);
	mb_u16(m, 10);
	mb_u16(m, (uint16_t)n);
	mb_u32(m, MB_SECS);
	mb_u32(m, i);
	mb_u32(m, 7);
	mb_u16(m, 300);
	mb_u16(m, (uint16_t)(n - 16));
	while (m->n < n)
		mb_u8(m, (uint8_t)(i * 31 + m->n * 7));
	d.payload = mb_bytes(m);
	return d;
}

/* The longest of each transport, over both families, whole and cut anywhere. */
static void longest(void **state)
{
	static const struct {
		enum nf_transport transport;
		bool v6;
		uint32_t n;
	} rows[] = {
		{ NF_TRANSPORT_UDP, false, 65507 }, { NF_TRANSPORT_UDP, true, 65527 },
		{ NF_TRANSPORT_TCP, false, 65535 }, { NF_TRANSPORT_TCP, true, 65535 },
		{ NF_TRANSPORT_SCTP, false, 65535 }, { NF_TRANSPORT_SCTP, true, 65535 },
		{ NF_TRANSPORT_SCTP, false, 65484 }, { NF_TRANSPORT_SCTP, false, 65485 },
		{ NF_TRANSPORT_TCP, false, 65495 }, { NF_TRANSPORT_TCP, false, 65496 },
		{ NF_TRANSPORT_SCTP, true, 61 }, { NF_TRANSPORT_UDP, false, 61 },
	};
	static const uint32_t there[] = { 65535, 65500, 65490, 65480, 100, 30 };
	struct kept k = { .n = 0 };
	char path[32];
	struct mb m;

	(void)state;
	mb_init(&m);
	for (uint32_t i = 0; i < 12 * 6; i++) {
		uint32_t most = there[i / 12];
		struct nf_datagram d = message(&m, rows[i % 12].n, i);

		/* What is cut of fragments of SCTP is looked at in test_sctp. */
		if (most < d.payload.n && rows[i % 12].transport == NF_TRANSPORT_SCTP &&
		    rows[i % 12].n > 65484)
			continue;
		d.payload.n = most < d.payload.n ? most : d.payload.n;
		d.facts = (struct nf_frame_facts){ .ttl = 9, .dscp_ecn = 0xb8, .sctp_stream = 3,
						   .sctp_ssn = (uint16_t)i,
						   .cut = d.payload.n < d.wire_len };
		d.transport = rows[i % 12].transport;
		if (rows[i % 12].v6) {
			d.src = fb_endpoint("[2001:db8::1]:4739");
			d.dst = fb_endpoint("[2001:db8::9]:4739");
		}
		keep(&k, &d);
	}
	mb_done(&m);
	write_all(&k, NULL, path);
	read_back("longest", path, &k);
	drop(&k);
}

/* More connections than are remembered, by turns. */
static void many(void **state)
{
	struct kept k = { .n = 0 };
	char path[32];
	struct mb m;

	(void)state;
	mb_init(&m);
	for (uint32_t i = 0; i < 3 * 9000; i++) {
		struct nf_datagram d = message(&m, 40, i);

		d.transport = i % 3 == 0 ? NF_TRANSPORT_SCTP : NF_TRANSPORT_TCP;
		d.src.port = (uint16_t)(i % 9000);
		d.facts.ttl = 64;
		keep(&k, &d);
	}
	mb_done(&m);
	write_all(&k, NULL, path);
	read_back("many", path, &k);
	drop(&k);
}

/* A File's order is kept, whatever its clock says. */
static void file_order(void **state)
{
	static const int64_t stamps[] = { 5, 3, 9, 7, 7, 1, 12 };
	static const int64_t latest[] = { 5, 5, 9, 9, 9, 9, 12 };
	struct kept k = { .n = 0 };
	char path[32];
	struct mb m;

	(void)state;
	mb_init(&m);
	for (uint32_t i = 0; i < 7; i++) {
		struct nf_datagram d = message(&m, 40, i);

		d.transport = NF_TRANSPORT_FILE;
		d.src = d.dst = (struct nf_endpoint){ .port = 0 };
		d.ts_ns = start + stamps[i] * SECOND;
		keep(&k, &d);
	}
	mb_done(&m);
	write_all(&k, NULL, path);
	for (uint32_t i = 0; i < 7; i++)
		k.all[i].ts_ns = start + latest[i] * SECOND;
	read_back("file", path, &k);
	drop(&k);
}

/* Frame I of a capture of ours, behind its record header. */
static struct nf_bytes frame_of(struct nf_bytes file, unsigned i)
{
	size_t at = 24;

	while (i-- > 0)
		at += 16 + nf_be32(file.p + at + 8);
	return (struct nf_bytes){ file.p + at + 16, nf_be32(file.p + at + 8) };
}

/* The octets of what N datagrams make. */
static struct nf_bytes octets_of(const struct nf_datagram *d, size_t n, uint8_t *room)
{
	char path[32];
	struct kept k = { .all = (struct nf_datagram *)d, .n = n };
	struct nf_bytes file = { .p = room };
	FILE *f;

	write_all(&k, NULL, path);
	f = fopen(path, "rb");
	assert_non_null(f);
	file.n = fread(room, 1, 4096, f);
	fclose(f);
	unlink(path);
	return file;
}

/* Packets, checksums and all, are those of a builder that shares nothing with ours. */
static void packets(void **state)
{
	static const char *const ends[2][2] = {
		{ "192.0.2.1:2055", "192.0.2.9:9995" },
		{ "[2001:db8::1]:2055", "[2001:db8::9]:9995" },
	};
	uint8_t room[4096];

	(void)state;
	for (int i = 0; i < 8; i++) {
		struct nf_datagram d;
		struct nf_bytes frame;
		struct fb_frame f;
		struct mb m, want;

		mb_init(&m);
		mb_init(&want);
		d = message(&m, 41 + (uint32_t)i, 3);
		d.transport = i < 4 ? NF_TRANSPORT_UDP : NF_TRANSPORT_TCP;
		d.src = fb_endpoint(ends[i % 2][0]);
		d.dst = fb_endpoint(ends[i % 2][1]);
		f = (struct fb_frame){ .src = d.src, .dst = d.dst };
		frame = frame_of(octets_of(&d, 1, room), i < 4 ? 0 : 1);
		if (i < 4) {
			fb_udp(&want, &f, d.payload);
		} else {
			uint32_t seq = nf_be32(frame.p + (i % 2 == 1 ? 40 : 20) + 4);

			fb_tcp(&want, &f, &(struct fb_segment){ .seq = seq }, d.payload);
		}
		assert_int_equal(frame.n, want.n - 14);
		assert_memory_equal(frame.p, want.p + 14, frame.n);
		mb_done(&m);
		mb_done(&want);
	}
}

/* RFC 3720 appendix B.4, and the check value of the polynomial. */
static void checksum(void **state)
{
	uint8_t octets[32] = { 0 };

	(void)state;
	assert_int_equal(crc32c(0, octets, 32), 0x8a9136aa);
	memset(octets, 0xff, 32);
	assert_int_equal(crc32c(0, octets, 32), 0x62a8ab43);
	assert_int_equal(crc32c(0, (const uint8_t *)"123456789", 9), 0xe3069283);
	assert_int_equal(crc32c(crc32c(0, (const uint8_t *)"1234", 4), (const uint8_t *)"56789", 5),
			 0xe3069283);
}

/* What does not fit is told of and left out; what comes after is written. */
static void too_long(void **state)
{
	struct nf_datagram d = { .transport = NF_TRANSPORT_UDP };
	static uint8_t octets[65508];
	struct nf_err err = { .kind = NF_ERR_ENV };
	char path[32];
	FILE *f = temporary(path);
	struct record *r = record_open(f, path, NULL, &err);

	(void)state;
	assert_non_null(r);
	d.src = fb_endpoint("192.0.2.1:1");
	d.dst = fb_endpoint("192.0.2.2:2");
	d.payload = (struct nf_bytes){ octets, sizeof(octets) };
	d.wire_len = sizeof(octets);
	assert_int_equal(record_datagram(r, &d, &err), 1);
	assert_int_equal(err.kind, NF_ERR_NONE);
	assert_int_equal(record_size(r), 24);
	d.wire_len--;
	d.payload.n--;
	assert_int_equal(record_datagram(r, &d, &err), 0);
	assert_int_equal(record_size(r), 24 + 16 + 65535);
	assert_int_equal(record_close(r, &err), 0);
	fclose(f);
	unlink(path);
}

static void full_disk(void **state)
{
	struct nf_datagram d = { .transport = NF_TRANSPORT_TCP, .wire_len = 3 };
	struct nf_err err = { .kind = NF_ERR_NONE };
	FILE *f = fopen("/dev/full", "wb");
	struct record *r;
	int status;

	(void)state;
	if (f == NULL)
		return;
	r = record_open(f, "full.pcap", NULL, &err);
	assert_non_null(r);
	d.payload = (struct nf_bytes){ (const uint8_t *)"abc", 3 };
	status = record_datagram(r, &d, &err);
	if (status == 0)
		status = record_flush(r, &err);
	assert_int_equal(status, -1);
	assert_int_equal(err.kind, NF_ERR_ENV);
	assert_non_null(strstr(err.text, "full.pcap: "));
	record_close(r, NULL);
	fclose(f);
}

static void no_memory(void **state)
{
	struct nf_datagram d = { .transport = NF_TRANSPORT_TCP, .wire_len = 3 };
	bool all = false;

	(void)state;
	d.payload = (struct nf_bytes){ (const uint8_t *)"abc", 3 };
	for (long n = 0; !all; n++) {
		struct nomem memory = { .left = n };
		struct nf_err err = { .kind = NF_ERR_NONE };
		FILE *f = tmpfile();
		struct record *r;

		assert_non_null(f);
		nomem_begin(&memory);
		r = record_open(f, "x", NULL, &err);
		all = r != NULL && record_datagram(r, &d, &err) == 0;
		record_close(r, NULL);
		assert_true(all != memory.failed);
		assert_true(all || err.kind == NF_ERR_ENV);
		nomem_end(&memory);
		fclose(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captures),
		cmocka_unit_test(longest),
		cmocka_unit_test(many),
		cmocka_unit_test(file_order),
		cmocka_unit_test(packets),
		cmocka_unit_test(checksum),
		cmocka_unit_test(too_long),
		cmocka_unit_test(full_disk),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests_name("capture/record", tests, NULL, NULL);
}
