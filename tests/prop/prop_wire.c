/*
 * What must hold of the wire layer on any octets (lib/wirecheck.h), tried on real export
 * packets as they are, cut at every octet, and broken at random; and what recognition makes
 * of real export packets and of ordinary traffic.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>

#include "capture/source.h"
#include "lib/wirecheck.h"

enum {
	PATH = 4096,
	MUTATIONS = 20,		/* of a payload */
	WHOLLY = 2,		/* payloads of a file that are cut at every octet */
};

static const char *shared;

/* Called for each datagram of a folder's captures; NUMBER counts within the file. */
typedef void each_fn(struct wirecheck *wc, const struct nf_datagram *d, unsigned number);

static void file_datagrams(const char *path, each_fn *each)
{
	struct capture_opts opts = { .quiet_steps = true };
	struct nf_err err = { .kind = NF_ERR_NONE };
	struct wirecheck *wc = wirecheck_new();
	struct source *s = source_open(&path, 1, &opts, &err);
	enum source_got got;
	struct nf_datagram d;
	unsigned number = 0;

	assert_non_null(wc);
	assert_non_null(s);
	while ((got = source_next(s, &d, &err)) != SOURCE_END) {
		if (got != SOURCE_DATAGRAM || d.transport != NF_TRANSPORT_UDP)
			continue;
		each(wc, &d, number++);
		if (wc->fault != NULL)
			fail_msg("%s, frame %llu: %s", path, (unsigned long long)d.frame,
				 wc->fault);
	}
	source_close(s);
	wirecheck_free(wc);
}

static void folder_datagrams(const char *folder, each_fn *each)
{
	char path[PATH];
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", shared, folder);
	dir = opendir(path);
	assert_non_null(dir);
	while ((e = readdir(dir)) != NULL) {
		if (strstr(e->d_name, ".pcap") == NULL)
			continue;
		snprintf(path, sizeof(path), "%s/%s/%s", shared, folder, e->d_name);
		file_datagrams(path, each);
	}
	closedir(dir);
}

static void check_payload(struct wirecheck *wc, const struct nf_datagram *d, unsigned number)
{
	(void)number;
	wirecheck_payload(wc, d->payload, d->wire_len);
}

/* Leaves partition every message, the walk ends, both doors agree. */
static void holds(void **state)
{
	(void)state;
	folder_datagrams("corpus", check_payload);
	folder_datagrams("corpus/malformed", check_payload);
	folder_datagrams("traffic", check_payload);
}

/*
 * A cut by the capture is always said; one by the sender is where the header says how much
 * there was (v9 does not).
 */
static void cut_payload(struct wirecheck *wc, const struct nf_datagram *d, unsigned number)
{
	struct nf_bytes part = d->payload;
	uint16_t version = part.n < 2 ? 0 : nf_be16(part.p);
	unsigned before = wc->problems;
	bool clean;

	wirecheck_payload(wc, part, d->wire_len);
	clean = wc->problems == before && part.n > 0;
	if (number >= WHOLLY || !clean)
		return;
	for (part.n = d->payload.n - 1; wc->fault == NULL; part.n--) {
		before = wc->problems;
		wirecheck_payload(wc, part, (uint32_t)d->payload.n);
		if (wc->problems == before && wc->fault == NULL)
			fail_msg("frame %llu: no problem where the capture cut it to %zu",
				 (unsigned long long)d->frame, part.n);
		before = wc->problems;
		wirecheck_payload(wc, part, (uint32_t)part.n);
		if (version != 9 && wc->problems == before && wc->fault == NULL)
			fail_msg("frame %llu: no problem where it was cut to %zu",
				 (unsigned long long)d->frame, part.n);
		if (part.n == 0)
			break;
	}
}

static void cut_anywhere(void **state)
{
	(void)state;
	folder_datagrams("corpus", cut_payload);
}

static uint32_t random_state = 1;

static uint32_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state;
}

/* Values that lengths, ids and counts break at. */
static void break_octets(uint8_t *p, size_t n)
{
	static const uint16_t values[] = { 0, 1, 2, 3, 4, 5, 9, 10, 255, 256, 257, 65535, 0x8000 };
	size_t at = next_random() % n;
	uint16_t v = values[next_random() % (sizeof(values) / sizeof(values[0]))];

	if (n - at < 2 || next_random() % 4 == 0) {
		p[at] = (uint8_t)next_random();
	} else {
		p[at] = (uint8_t)(v >> 8);
		p[at + 1] = (uint8_t)v;
	}
}

static void break_payload(struct wirecheck *wc, const struct nf_datagram *d, unsigned number)
{
	size_t n = d->payload.n;
	uint8_t *p = malloc(n + 1);

	(void)number;
	assert_non_null(p);
	for (int i = 0; i < MUTATIONS && n > 0 && wc->fault == NULL; i++) {
		memcpy(p, d->payload.p, n);
		for (uint32_t times = 1 + next_random() % 8; times > 0; times--)
			break_octets(p, n);
		wirecheck_payload(wc, (struct nf_bytes){ p, n }, d->wire_len);
	}
	free(p);
}

static void broken(void **state)
{
	(void)state;
	folder_datagrams("corpus", break_payload);
}

static void must_recognise(struct wirecheck *wc, const struct nf_datagram *d, unsigned number)
{
	enum nf_refusal refusal = nf_recognise(d->payload, d->wire_len, false);

	(void)wc;
	(void)number;
	if (refusal != NF_REFUSAL_NONE)
		fail_msg("frame %llu: %s", (unsigned long long)d->frame, nf_refusal_text[refusal]);
}

static void must_refuse(struct wirecheck *wc, const struct nf_datagram *d, unsigned number)
{
	(void)wc;
	(void)number;
	if (nf_recognise(d->payload, d->wire_len, false) == NF_REFUSAL_NONE)
		fail_msg("frame %llu is taken for flow export", (unsigned long long)d->frame);
}

static void recognition(void **state)
{
	(void)state;
	folder_datagrams("corpus", must_recognise);
	folder_datagrams("traffic", must_refuse);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(broken),
		cmocka_unit_test(recognition),
	};
	DIR *dir;
	char path[PATH];

	shared = getenv("NFPCAP_SHARED");
	snprintf(path, sizeof(path), "%s/corpus", shared == NULL ? "" : shared);
	dir = opendir(path);
	if (dir == NULL) {
		printf("1..0 # SKIP no captures in $NFPCAP_SHARED/corpus\n");
		return 0;
	}
	closedir(dir);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
