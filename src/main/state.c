#include <config.h>

#include "main/state.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "capture/record.h"
#include "main/replace.h"
#include "model/definitions.h"

/* -- What is kept --------------------------------------------------------------------- */

struct kept {
	struct nf_version_info info;
	const struct nf_template *tmpl;	/* the same for the same content */
};

struct list {
	struct kept *v;
	size_t n, cap;
};

/* All of a kind that are in force and were sent after SINCE_NS. */
static bool collect(struct list *list, struct nf_tracker *t, bool given, int64_t since_ns)
{
	struct nf_version_iter it = { .given = given };
	struct nf_version_info info;

	while (nf_tracker_next_version(t, &it, &info)) {
		void *v = list->v;

		if (!info.in_force || info.last_ns < since_ns)
			continue;
		if (!nf_grow(&v, &list->cap, list->n + 1, sizeof(*list->v)))
			return false;
		list->v = v;
		list->v[list->n++] = (struct kept){ info, nf_version_template(info.version) };
	}
	return true;
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Of one exporter, version, domain, id and content side by side, the latest first. */
static int by_content(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;
	const struct nf_addr *p = &x->info.session->src.addr, *q = &y->info.session->src.addr;
	int c = order(p->family, q->family);

	if (c == 0)
		c = memcmp(p->octets, q->octets, sizeof(p->octets));
	if (c == 0)
		c = order(x->info.export_version, y->info.export_version);
	if (c == 0)
		c = order(x->info.domain, y->info.domain);
	if (c == 0)
		c = order(x->info.version->id, y->info.version->id);
	return c != 0 ? c : order((uintptr_t)x->tmpl, (uintptr_t)y->tmpl);
}

static int by_content_and_age(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;
	int64_t p = x->info.last_ns, q = y->info.last_ns;
	int c = by_content(a, b);

	return c != 0 ? c : (p < q) - (p > q);
}

static int by_age(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;
	int c = (x->info.last_ns > y->info.last_ns) - (x->info.last_ns < y->info.last_ns);

	return c != 0 ? c : by_content(a, b);
}

/* In the order in which they were sent last, each once. */
static void reduce(struct list *list)
{
	size_t n = 0;

	if (list->n == 0)
		return;
	qsort(list->v, list->n, sizeof(*list->v), by_content_and_age);
	for (size_t i = 0; i < list->n; i++)
		if (n == 0 || by_content(&list->v[n - 1], &list->v[i]) != 0)
			list->v[n++] = list->v[i];
	list->n = n;
	qsort(list->v, n, sizeof(*list->v), by_age);
}

/* -- Writing -------------------------------------------------------------------------- */

/* Transports are of no account here: all is written as UDP. */
static int write_one(struct record *r, const struct kept *k, struct nf_strbuf *octets,
		     struct nf_err *err)
{
	const struct definition_header header = {
		.secs = (uint32_t)(k->info.last_ns / 1000000000),
	};
	struct nf_datagram d = {
		.ts_ns = k->info.last_ns, .ts_fine = true, .transport = NF_TRANSPORT_UDP,
		.src = k->info.session->src, .dst = k->info.session->dst,
	};

	nf_strbuf_clear(octets);
	if (definition_message(octets, &k->info, &header) == 0)
		return octets->failed ? nf_err_memory(err) : 0;
	d.payload = (struct nf_bytes){ (const uint8_t *)octets->p, octets->n };
	d.wire_len = (uint32_t)octets->n;
	return record_datagram(r, &d, err) < 0 ? -1 : 0;
}

static int write_all(struct record *r, const struct list *list, struct nf_err *err)
{
	struct nf_strbuf octets;
	int code = 0;

	nf_strbuf_init(&octets);
	for (size_t i = 0; code == 0 && i < list->n; i++)
		code = write_one(r, &list->v[i], &octets, err);
	nf_strbuf_done(&octets);
	return code;
}

static int write_file(void *ctx, FILE *f, const char *path, struct nf_err *err)
{
	struct record *r = record_open(f, path, NULL, err);
	int code = r != NULL ? write_all(r, ctx, err) : -1;

	if (r != NULL && record_close(r, code == 0 ? err : &(struct nf_err){ .kind = 0 }) < 0)
		code = -1;
	return code;
}

void state_save(struct state *s, int64_t now_ns)
{
	const int64_t since_ns = now_ns - STATE_DAYS * INT64_C(86400000000000);
	uint64_t versions = nf_tracker_counts(s->tracker)->versions;
	struct list list = { .n = 0 };
	struct nf_err err;
	int code;

	if (collect(&list, s->tracker, true, since_ns) &&
	    collect(&list, s->tracker, false, since_ns)) {
		reduce(&list);
		code = replace_file(s->path, &(struct replace_way){ write_file, &list }, &err);
	} else {
		code = nf_err_memory(&err);
	}
	nf_free(list.v);
	if (code < 0 && !s->failed)
		report_note(s->report, "--state: %s; going on without saving templates", err.text);
	if (code == 0 && s->failed)
		report_note(s->report, "--state: %s: saved again", s->path);
	s->failed = code < 0;
	if (code == 0)
		s->versions = versions;
}

void state_update(struct state *s, int64_t now_ns)
{
	if (s->failed || nf_tracker_counts(s->tracker)->versions != s->versions)
		state_save(s, now_ns);
}
