/* The source as its users see it: datagrams, counts, pipes, filters, steps, memory. */
#include <config.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/source.h"
#include "lib/capbuild.h"
#include "lib/framebuild.h"
#include "lib/nomem.h"

enum { SECOND = 1000000000 };
static const int64_t start = 1700000000LL * SECOND;

static void put(struct mb *m, const struct fb_pcap *pcap, int64_t ts_ns, const char *dst,
		const char *payload)
{
	struct fb_frame f = { .src = fb_endpoint("192.0.2.1:2055"), .dst = fb_endpoint(dst) };
	struct mb frame;

	mb_init(&frame);
	fb_udp(&frame, &f, (struct nf_bytes){ (const uint8_t *)payload, strlen(payload) });
	fb_pcap_frame(m, pcap, ts_ns, mb_bytes(&frame));
	mb_done(&frame);
}

static const struct fb_pcap classic;

/* The stamps are seconds after `start`; payloads are "0", "1" .. */
static char *file_of(const int *stamps, size_t n)
{
	char *path;
	struct mb m;

	mb_init(&m);
	fb_pcap_begin(&m, &classic);
	for (size_t i = 0; i < n; i++) {
		char payload[24];

		snprintf(payload, sizeof(payload), "%zu", i);
		put(&m, &classic, start + (int64_t)stamps[i] * SECOND, "192.0.2.9:9995", payload);
	}
	path = cb_file(mb_bytes(&m));
	mb_done(&m);
	return path;
}

static struct source *open_one(char *const *path, const struct capture_opts *opts)
{
	struct nf_err err = { .kind = NF_ERR_NONE };
	struct source *s = source_open((const char *const *)path, 1, opts, &err);

	if (s == NULL)
		fail_msg("%s", err.text);
	return s;
}

static void datagrams(void **state)
{
	static const int stamps[] = { 1, 2, 2, 3 };
	char *path = file_of(stamps, 4);
	struct capture_opts opts = { 0 };
	struct source *s = open_one(&path, &opts);
	const struct capture_counts *counts;
	struct nf_datagram d;
	struct nf_err err;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(source_next(s, &d, &err), SOURCE_DATAGRAM);
		assert_int_equal(d.ordinal, i);
		assert_int_equal(d.frame, i + 1);
		assert_true(d.ts_ns == start + (int64_t)stamps[i] * SECOND);
		assert_int_equal(d.payload.n, 1);
		assert_int_equal(d.payload.p[0], '0' + i);
		assert_int_equal(d.dst.port, 9995);
		assert_int_equal(d.transport, NF_TRANSPORT_UDP);
		assert_false(d.stepped_back);
		assert_int_equal(d.nextents, 1);
		/* file header, and each frame a record header, Ethernet, IPv4, UDP, an octet */
		assert_int_equal(d.extents[0].offset, 24 + i * 59 + 58);
		assert_int_equal(d.extents[0].length, 1);
	}
	assert_int_equal(source_next(s, &d, &err), SOURCE_END);
	assert_int_equal(source_next(s, &d, &err), SOURCE_END);
	counts = source_counts(s);
	assert_int_equal(counts->frames, 4);
	assert_int_equal(counts->datagrams, 4);
	assert_int_equal(counts->frame_octets, 4 * 43);
	source_close(s);
	cb_remove(path);
}

struct heard {
	struct capture_event e[8];
	unsigned n;
};

static void hear(void *ctx, const struct capture_event *e)
{
	struct heard *h = ctx;

	if (h->n < 8)
		h->e[h->n] = *e;
	h->n++;
}

/* All datagrams of PATH; *H is what was heard meanwhile. */
static unsigned listen_to(char *path, struct heard *h, bool sort)
{
	struct capture_opts opts = { .sort = sort };
	struct source *s = open_one(&path, &opts);
	enum source_got got;
	struct nf_datagram d;
	struct nf_err err;
	unsigned n = 0;

	*h = (struct heard){ 0 };
	source_watch(s, &(struct capture_watch){ .event = hear, .ctx = h });
	while ((got = source_next(s, &d, &err)) != SOURCE_END)
		n += got == SOURCE_DATAGRAM;
	source_close(s);
	return n;
}

/* A clock that is set back is told of, whether or not frames can be put in order. */
static void clock_back(void **state)
{
	static const int stamps[] = { 100, 101, 61, 62, 200 };
	char *path = file_of(stamps, 5);
	struct heard h;

	(void)state;
	for (int sort = 0; sort < 2; sort++) {
		assert_int_equal(listen_to(path, &h, sort != 0), 5);
		assert_int_equal(h.n, 1);
		assert_int_equal(h.e[0].kind, EVENT_CLOCK_BACK);
		assert_int_equal(h.e[0].frame, 3);
		assert_true(h.e[0].amount == UINT64_C(40) * SECOND);
		assert_true(h.e[0].ts_ns == start + (int64_t)61 * SECOND);
	}
	cb_remove(path);
}

/* Drops are told of where the file has them, and at its end. */
static void drops(void **state)
{
	struct mb m, frame;
	struct ng ng = { .out = &m };
	struct heard h;
	char *path;

	(void)state;
	mb_init(&m);
	mb_init(&frame);
	ng_section(&ng);
	ng_interface(&ng, 1, 0);
	fb_udp(&frame, &(struct fb_frame){ .src = fb_endpoint("192.0.2.1:2055"),
					   .dst = fb_endpoint("192.0.2.9:9995") },
	       (struct nf_bytes){ (const uint8_t *)"x", 1 });
	ng_packet(&ng, 0, 1000000, mb_bytes(&frame));
	ng_packet_options(&ng, 0, 2000000, mb_bytes(&frame), 3);
	ng_packet(&ng, 0, 3000000, mb_bytes(&frame));
	ng_statistics(&ng, 0, 7, 0);
	path = cb_file(mb_bytes(&m));
	mb_done(&m);
	mb_done(&frame);
	assert_int_equal(listen_to(path, &h, false), 3);
	assert_int_equal(h.n, 2);
	assert_int_equal(h.e[0].kind, EVENT_DROPS);
	assert_int_equal(h.e[0].frame, 2);
	assert_int_equal(h.e[0].amount, 3);
	assert_int_equal(h.e[1].frame, 0);
	assert_int_equal(h.e[1].amount, 4);
	cb_remove(path);
}

static void filter(void **state)
{
	static const struct {
		const char *expr;
		unsigned passed;
	} rows[] = {
		{ "udp dst port 9995", 2 },
		{ "host 192.0.2.9", 3 },
		{ "tcp", 0 },
		{ "greater 44", 1 },
	};
	struct capture_opts opts = { 0 };
	struct nf_datagram d;
	struct nf_err err;
	struct source *s;
	char *path;
	struct mb m;

	(void)state;
	mb_init(&m);
	fb_pcap_begin(&m, &classic);
	put(&m, &classic, start, "192.0.2.9:9995", "a");
	put(&m, &classic, start, "192.0.2.9:4739", "bc");
	put(&m, &classic, start, "192.0.2.9:9995", "d");
	path = cb_file(mb_bytes(&m));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned n = 0;

		opts.bpf = rows[i].expr;
		s = open_one(&path, &opts);
		while (source_next(s, &d, &err) != SOURCE_END)
			n++;
		assert_int_equal(n, rows[i].passed);
		assert_int_equal(source_counts(s)->bpf_dropped, 3 - n);
		source_close(s);
	}
	opts.bpf = "udp prot 9995";
	assert_null(source_open((const char *const *)&path, 1, &opts, &err));
	assert_int_equal(err.kind, NF_ERR_USAGE);
	/* It means something, but not on Ethernet: said once. */
	opts.bpf = "wlan type mgt";
	s = open_one(&path, &opts);
	assert_int_equal(source_next(s, &d, &err), SOURCE_TROUBLE);
	assert_non_null(strstr(err.text, "link type 1"));
	assert_int_equal(source_next(s, &d, &err), SOURCE_END);
	assert_int_equal(source_counts(s)->bpf_dropped, 3);
	source_close(s);
	cb_remove(path);
	mb_done(&m);
}

/* Link types that libpcap numbers in its own way. */
static void filter_of_raw_ip(void **state)
{
	static const struct fb_pcap raw = { .linktype = 101 };
	struct fb_frame f = { .src = fb_endpoint("192.0.2.1:1"),
			      .dst = fb_endpoint("192.0.2.2:2") };
	struct capture_opts opts = { .bpf = "udp port 2" };
	struct mb m, frame;
	struct nf_datagram d;
	struct nf_err err;
	struct source *s;
	char *path;

	(void)state;
	mb_init(&m);
	mb_init(&frame);
	fb_udp(&frame, &f, (struct nf_bytes){ (const uint8_t *)"x", 1 });
	fb_pcap_begin(&m, &raw);
	fb_pcap_frame(&m, &raw, start, (struct nf_bytes){ frame.p + 14, frame.n - 14 });
	path = cb_file(mb_bytes(&m));
	s = open_one(&path, &opts);
	assert_int_equal(source_next(s, &d, &err), SOURCE_DATAGRAM);
	assert_int_equal(source_next(s, &d, &err), SOURCE_END);
	source_close(s);
	cb_remove(path);
	mb_done(&m);
	mb_done(&frame);
}

/* However many link types there are: each is complained about once, and then all of them. */
static void filter_of_many_types(void **state)
{
	static const uint8_t frame[60];
	enum { TYPES = 80, COMPILED = 64 };
	struct capture_opts opts = { .bpf = "udp port 2" };
	unsigned troubles = 0;
	enum source_got got;
	struct nf_datagram d;
	struct nf_err err;
	struct source *s;
	struct ng ng;
	char *path;
	struct mb m;

	(void)state;
	mb_init(&m);
	ng = (struct ng){ .out = &m };
	ng_section(&ng);
	for (uint16_t i = 0; i < TYPES; i++)
		ng_interface(&ng, (uint16_t)(60000 + i), 0);
	for (unsigned i = 0; i < 10 * TYPES; i++)
		ng_packet(&ng, i % TYPES, i, (struct nf_bytes){ frame, sizeof(frame) });
	path = cb_file(mb_bytes(&m));
	s = open_one(&path, &opts);
	while ((got = source_next(s, &d, &err)) == SOURCE_TROUBLE)
		troubles++;
	assert_int_equal(got, SOURCE_END);
	assert_int_equal(troubles, COMPILED + 1);
	assert_non_null(strstr(err.text, "those of more are dropped"));
	assert_int_equal(source_counts(s)->bpf_dropped, 10 * TYPES);
	source_close(s);
	cb_remove(path);
	mb_done(&m);
}

/* Into a live pipe: each datagram is given out before the next one is written. */
static void live_pipe(void **state)
{
	struct capture_opts opts = { 0 };
	struct nf_datagram d;
	struct nf_err err;
	struct source *s;
	char name[32], *path = name;
	int fds[2];
	struct mb m;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	snprintf(name, sizeof(name), "/dev/fd/%d", fds[0]);
	mb_init(&m);
	fb_pcap_begin(&m, &classic);
	s = open_one(&path, &opts);
	for (int i = 0; i < 50; i++) {
		/* The fourth steps back: nothing can be done about it, it is shown at once. */
		put(&m, &classic, start + (i == 3 ? 0 : i) * (int64_t)SECOND, "192.0.2.9:1", "x");
		assert_int_equal(write(fds[1], m.p, m.n), m.n);
		mb_clear(&m);
		if (i == 3) {
			assert_int_equal(source_next(s, &d, &err), SOURCE_TROUBLE);
			assert_int_equal(err.kind, NF_ERR_NONE);
			assert_non_null(strstr(err.text, "--sort"));
		}
		assert_int_equal(source_next(s, &d, &err), SOURCE_DATAGRAM);
		assert_int_equal(d.frame, i + 1);
		assert_int_equal(d.stepped_back, i == 3);
	}
	/* What is there at once is put right. */
	put(&m, &classic, start + 101 * (int64_t)SECOND, "192.0.2.9:1", "x");
	put(&m, &classic, start + 100 * (int64_t)SECOND, "192.0.2.9:1", "x");
	assert_int_equal(write(fds[1], m.p, m.n), m.n);
	close(fds[1]);
	assert_int_equal(source_next(s, &d, &err), SOURCE_DATAGRAM);
	assert_int_equal(d.frame, 52);
	assert_int_equal(source_next(s, &d, &err), SOURCE_DATAGRAM);
	assert_int_equal(d.frame, 51);
	assert_int_equal(source_next(s, &d, &err), SOURCE_END);
	source_close(s);
	close(fds[0]);
	mb_done(&m);
}

/* A file that still grows; what is written next to it is merged as far as it is there. */
static void follow(void **state)
{
	static const int first[] = { 1, 4 }, second[] = { 2, 3 };
	char *paths[2] = { file_of(first, 2), file_of(second, 2) };
	struct capture_opts opts = { .follow = true };
	struct nf_datagram d;
	struct nf_err err;
	struct source *s;
	struct mb m;
	FILE *f;

	(void)state;
	s = source_open((const char *const *)paths, 2, &opts, &err);
	assert_non_null(s);
	for (int i = 1; i <= 4; i++) {
		assert_int_equal(source_next(s, &d, &err), SOURCE_DATAGRAM);
		assert_true(d.ts_ns == start + i * (int64_t)SECOND);
	}
	mb_init(&m);
	put(&m, &classic, start + 5 * (int64_t)SECOND, "192.0.2.9:1", "x");
	f = fopen(paths[1], "ab");
	assert_non_null(f);
	fwrite(m.p, 1, m.n, f);
	fclose(f);
	assert_int_equal(source_next(s, &d, &err), SOURCE_DATAGRAM);
	assert_int_equal(d.file, 1);
	assert_int_equal(d.frame, 3);
	source_close(s);
	mb_done(&m);
	cb_remove(paths[0]);
	cb_remove(paths[1]);
}

static void ipfix_file(void **state)
{
	struct capture_opts opts = { .bpf = "udp" };	/* has no say over what is no frame */
	struct nf_datagram d;
	struct nf_err err;
	struct source *s;
	char *path;
	struct mb m;

	(void)state;
	mb_init(&m);
	for (uint32_t i = 0; i < 3; i++) {
		mb_begin(&m, 10, &(struct mb_header){ .secs = 1000 - i });
		mb_end(&m);
	}
	path = cb_file(mb_bytes(&m));
	s = open_one(&path, &opts);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(source_next(s, &d, &err), SOURCE_DATAGRAM);
		assert_int_equal(d.transport, NF_TRANSPORT_FILE);
		assert_int_equal(d.frame, i + 1);
		assert_int_equal(d.src.addr.family, 0);
		assert_true(d.ts_ns == (1000 - (int64_t)i) * SECOND);
		assert_int_equal(d.stepped_back, i > 0);
		assert_int_equal(d.payload.n, 16);
		assert_int_equal(d.wire_len, 16);
		assert_int_equal(d.extents[0].offset, 16 * i);
	}
	assert_int_equal(source_next(s, &d, &err), SOURCE_END);
	source_close(s);
	cb_remove(path);
	mb_done(&m);
}

/* A share of what was read is only shown where the whole is known. */
static void sizes(void **state)
{
	const uint8_t gz[] = { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0 };
	char *plain = cb_file((struct nf_bytes){ (const uint8_t *)"plain", 5 });
	char *packed = cb_file((struct nf_bytes){ gz, sizeof(gz) });
	const char *paths[] = { plain, packed, plain };
	char name[32];
	int fds[2];

	(void)state;
	assert_non_null(plain);
	assert_non_null(packed);
	assert_int_equal(source_size(paths, 1), 5);
	assert_int_equal(source_size(paths, 2), 0);
	paths[1] = "/nonexistent";
	assert_int_equal(source_size(paths, 3), 10);
	assert_int_equal(pipe(fds), 0);
	snprintf(name, sizeof(name), "/dev/fd/%d", fds[0]);
	paths[1] = name;
	assert_int_equal(source_size(paths, 3), 0);
	close(fds[0]);
	close(fds[1]);
	cb_remove(plain);
	cb_remove(packed);
}

static void rereadable(void **state)
{
	static const int stamps[] = { 1 };
	const char *paths[2];
	char name[32];
	int fds[2];

	(void)state;
	paths[0] = file_of(stamps, 1);
	paths[1] = "/nonexistent/x";
	assert_int_equal(pipe(fds), 0);
	assert_true(source_rereadable(paths, 2));
	snprintf(name, sizeof(name), "/dev/fd/%d", fds[0]);
	paths[1] = name;
	assert_false(source_rereadable(paths, 2));
	cb_remove((char *)paths[0]);
	close(fds[0]);
	close(fds[1]);
}

static void linktype_names(void **state)
{
	(void)state;
	assert_string_equal(source_linktype_name(1), "Ethernet");
	assert_non_null(strstr(source_linktype_name(189), "USB"));
	assert_null(source_linktype_name(60000));
	assert_null(source_linktype_name(UINT64_MAX));
}

/* Standard input may be given twice where it is a file. */
static void stdin_twice(void **state)
{
	static const char *const paths[] = { "-", "-" };
	static const struct capture_opts opts;
	static const int stamps[] = { 1 };
	int fds[2], was = dup(STDIN_FILENO), file;
	char *path = file_of(stamps, 1);
	struct source *s;
	struct nf_err err;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	dup2(fds[0], STDIN_FILENO);
	assert_null(source_open(paths, 2, &opts, &err));
	assert_int_equal(err.kind, NF_ERR_USAGE);
	s = source_open(paths, 1, &opts, &err);
	assert_non_null(s);
	source_close(s);

	file = open(path, O_RDONLY);
	dup2(file, STDIN_FILENO);
	s = source_open(paths, 2, &opts, &err);
	assert_non_null(s);
	source_close(s);
	dup2(was, STDIN_FILENO);
	close(was);
	close(file);
	close(fds[0]);
	close(fds[1]);
	cb_remove(path);
}

/* --- the n-th allocation fails --- */

static void memory_fails(void **state)
{
	static const int stamps[] = { 5, 3, 4, 9, 1 }, more[] = { 2, 6 };
	char *paths[2] = { file_of(stamps, 5), file_of(more, 2) };
	struct nomem memory = { .failed = true };

	(void)state;
	for (long n = 0; memory.failed; n++) {
		struct capture_opts opts = { .bpf = "udp", .sort = n % 2 };
		unsigned given = 0, calls = 0;
		enum source_got got;
		struct nf_datagram d;
		struct nf_err err;
		struct source *s;

		memory = (struct nomem){ .left = n };
		nomem_begin(&memory);
		s = source_open((const char *const *)paths, 2, &opts, &err);
		while (s != NULL && (got = source_next(s, &d, &err)) != SOURCE_END) {
			given += got == SOURCE_DATAGRAM;
			assert_true(++calls < 100);
		}
		source_close(s);
		nomem_end(&memory);
		assert_true(memory.failed ? given <= 7 && n < 1000 : given == 7 && n > 10);
	}
	cb_remove(paths[0]);
	cb_remove(paths[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(datagrams),
		cmocka_unit_test(clock_back),
		cmocka_unit_test(drops),
		cmocka_unit_test(filter),
		cmocka_unit_test(filter_of_raw_ip),
		cmocka_unit_test(filter_of_many_types),
		cmocka_unit_test(live_pipe),
		cmocka_unit_test(follow),
		cmocka_unit_test(ipfix_file),
		cmocka_unit_test(rereadable),
		cmocka_unit_test(sizes),
		cmocka_unit_test(linktype_names),
		cmocka_unit_test(stdin_twice),
		cmocka_unit_test(memory_fails),
	};

	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
