/* Duplicate datagrams: what is a copy, how far back, and that memory may be out. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/nomem.h"
#include "model/duplicates.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const int64_t SECOND = 1000000000;

static uint8_t payload[1400];

static struct nf_datagram usual(void)
{
	struct nf_datagram g = {
		.ts_ns = 1700000000 * SECOND,
		.wire_len = sizeof(payload),
		.payload = { payload, sizeof(payload) },
		.src = { .addr = { .family = 4, .octets = { 192, 0, 2, 1 } }, .port = 2055 },
		.dst = { .addr = { .family = 4, .octets = { 192, 0, 2, 9 } }, .port = 9995 },
	};

	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 7 + i / 256);
	return g;
}

static void as_it_is(struct nf_datagram *g) { (void)g; }
static void a_minute_later(struct nf_datagram *g) { g->ts_ns += 60 * SECOND; }
static void a_minute_earlier(struct nf_datagram *g) { g->ts_ns -= 60 * SECOND; }
static void later(struct nf_datagram *g) { g->ts_ns += 60 * SECOND + 1; }
static void at_the_end_of_time(struct nf_datagram *g) { g->ts_ns = INT64_MAX; }
static void at_the_beginning(struct nf_datagram *g) { g->ts_ns = INT64_MIN; }
static void other_exporter(struct nf_datagram *g) { g->src.addr.octets[3]++; }
static void other_port(struct nf_datagram *g) { g->src.port++; }
static void other_collector(struct nf_datagram *g) { g->dst.addr.octets[3]++; }
static void other_collector_port(struct nf_datagram *g) { g->dst.port++; }
static void other_transport(struct nf_datagram *g) { g->transport = NF_TRANSPORT_SCTP; }
static void other_family(struct nf_datagram *g) { g->src.addr.family = 6; }
static void first_octet(struct nf_datagram *g) { (void)g; payload[0]++; }
static void last_octet(struct nf_datagram *g) { (void)g; payload[sizeof(payload) - 1]++; }
static void shorter(struct nf_datagram *g) { g->payload.n--; }
static void longer_on_the_wire(struct nf_datagram *g) { g->wire_len++; }
static void empty(struct nf_datagram *g) { g->payload = (struct nf_bytes){ NULL, 0 }; }

static void other_frame(struct nf_datagram *g)
{
	g->frame = 77;
	g->ordinal = 78;
	g->file = 3;
	g->facts.vlan = 20;
	g->facts.ttl = 63;
}

/* The usual datagram, then one that differs from it. */
static const struct {
	const char *name;
	void (*change)(struct nf_datagram *g);
	bool duplicate;
} rows[] = {
	{ "the same", as_it_is, true },
	{ "in another frame, file and VLAN", other_frame, true },
	{ "a minute later", a_minute_later, true },
	{ "a minute earlier", a_minute_earlier, true },
	{ "later", later, false },
	{ "at the end of time", at_the_end_of_time, false },
	{ "at its beginning", at_the_beginning, false },
	{ "another exporter", other_exporter, false },
	{ "another port", other_port, false },
	{ "another collector", other_collector, false },
	{ "another port of it", other_collector_port, false },
	{ "another transport", other_transport, false },
	{ "another family", other_family, false },
	{ "another first octet", first_octet, false },
	{ "another last octet", last_octet, false },
	{ "captured shorter", shorter, false },
	{ "longer on the wire", longer_on_the_wire, false },
	{ "nothing", empty, false },
};

static void what_is_a_copy(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct duplicates *d = duplicates_new();
		struct nf_datagram g = usual();

		assert_non_null(d);
		assert_false(duplicates_seen(d, &g));
		rows[i].change(&g);
		if (duplicates_seen(d, &g) != rows[i].duplicate)
			fail_msg("%s", rows[i].name);
		duplicates_free(d);
	}
}

/* Every octet counts, though the header and the ends are the same. */
static void every_octet(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(payload); i++) {
		struct duplicates *d = duplicates_new();
		struct nf_datagram g = usual();

		assert_false(duplicates_seen(d, &g));
		payload[i] ^= 1;
		assert_false(duplicates_seen(d, &g));
		assert_true(duplicates_seen(d, &g));
		payload[i] ^= 1;
		assert_true(duplicates_seen(d, &g));
		duplicates_free(d);
	}
}

static void every_length(void **state)
{
	struct duplicates *d = duplicates_new();
	struct nf_datagram g = usual();

	(void)state;
	for (size_t n = 0; n <= sizeof(payload); n++) {
		g.payload.n = n;
		g.wire_len = (uint32_t)n;
		assert_false(duplicates_seen(d, &g));
		assert_true(duplicates_seen(d, &g));
	}
	duplicates_free(d);
}

/* N others between a datagram and its copy, after OTHERS that came before. */
static bool far_apart(unsigned n, unsigned others)
{
	struct duplicates *d = duplicates_new();
	struct nf_datagram g = usual();
	bool seen;

	for (uint32_t i = 1; i <= n + others; i++) {
		if (i == others + 1) {
			memset(payload, 0, 4);
			assert_false(duplicates_seen(d, &g));
		}
		memcpy(payload, &i, sizeof(i));
		assert_false(duplicates_seen(d, &g));
	}
	memset(payload, 0, 4);
	seen = duplicates_seen(d, &g);
	duplicates_free(d);
	return seen;
}

static void the_window(void **state)
{
	(void)state;
	assert_true(far_apart(1, 0));
	assert_true(far_apart(DUPLICATES_WINDOW - 1, 0));
	assert_false(far_apart(DUPLICATES_WINDOW, 0));
	/* when payloads are no longer hashed whole */
	assert_true(far_apart(1, 3 * DUPLICATES_WINDOW));
	assert_true(far_apart(DUPLICATES_WINDOW - 1, 3 * DUPLICATES_WINDOW));
	assert_false(far_apart(DUPLICATES_WINDOW, 3 * DUPLICATES_WINDOW));
}

/*
 * When payloads are no longer hashed whole: an exporter whose messages all have one number.  They
 * differ in octets of which no sample is taken, but for the first two, which tell that by others.
 */
static void one_number(void **state)
{
	struct duplicates *d = duplicates_new();
	struct nf_datagram g = usual();

	(void)state;
	for (uint32_t i = 1; i <= 3 * DUPLICATES_WINDOW; i++) {
		memcpy(payload, &i, sizeof(i));
		assert_false(duplicates_seen(d, &g));
	}
	memset(payload, 0, 4);
	assert_false(duplicates_seen(d, &g));
	payload[sizeof(payload) - 1]++;
	assert_false(duplicates_seen(d, &g));
	for (unsigned i = 1; i < 200; i++) {
		payload[300] = (uint8_t)(payload[300] + 1);
		if (duplicates_seen(d, &g))
			fail_msg("%u", i);
		assert_true(duplicates_seen(d, &g));
	}
	duplicates_free(d);
}

static void memory_out(void **state)
{
	struct nomem memory = { .left = 0 };

	(void)state;
	nomem_begin(&memory);
	assert_null(duplicates_new());
	nomem_end(&memory);
	assert_true(memory.failed);
	duplicates_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_a_copy),
		cmocka_unit_test(every_octet),
		cmocka_unit_test(every_length),
		cmocka_unit_test(the_window),
		cmocka_unit_test(one_number),
		cmocka_unit_test(memory_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
