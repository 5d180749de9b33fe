#include <config.h>

#include "out/vitals.h"

#include <inttypes.h>

#include "ie/ie.h"
#include "out/out.h"

static const char *const reasons[NF_REFUSALS] = {
#define REFUSAL(name, text) [NF_REFUSAL_##name] = #name,
#include "wire/refusals.def"
#undef REFUSAL
};

struct lines {
	struct nf_strbuf *s;
	const struct vitals *v;
	const char *prefix;
};

static void begin(const struct lines *l)
{
	nf_sb_str(l->s, l->prefix);
	nf_sb_str(l->s, "stats");
}

static void number(const struct lines *l, const char *key, uint64_t n)
{
	nf_sb_printf(l->s, " %s=%" PRIu64, key, n);
}

static void more(const struct lines *l, const char *key, uint64_t n)
{
	nf_sb_printf(l->s, " %s=+%" PRIu64, key, n);
}

static void end(const struct lines *l)
{
	nf_sb_char(l->s, '\n');
}

/* "10s", "0.5s": tenths where they say something. */
static void seconds(const struct lines *l, const char *key, int64_t ns)
{
	uint64_t tenths = ns > 0 ? (uint64_t)(ns + 50000000) / 100000000 : 0;

	number(l, key, tenths / 10);
	if (tenths % 10 != 0 && tenths < 1000)
		nf_sb_printf(l->s, ".%" PRIu64, tenths % 10);
	nf_sb_char(l->s, 's');
}

/* -- The collector -------------------------------------------------------------------- */

static void recent(const struct lines *l)
{
	const struct traffic_exporter *t = traffic_total(l->v->traffic);
	uint64_t messages = t->counts.messages - t->since.messages;

	begin(l);
	nf_sb_char(l->s, ' ');
	nf_time_text(l->s, l->v->now_ns, 0, NULL);
	seconds(l, "up", l->v->up_ns);
	seconds(l, "in", l->v->since_ns);
	more(l, "datagrams", l->v->capture->datagrams - l->v->before);
	more(l, "messages", messages);
	more(l, "records", t->counts.records - t->since.records);
	if (l->v->since_ns > 0)
		number(l, "messages/s", (uint64_t)((double)messages * 1e9 /
						   (double)l->v->since_ns + 0.5));
	end(l);
}

static void total(const struct lines *l)
{
	const struct traffic_exporter *t = traffic_total(l->v->traffic);

	begin(l);
	nf_sb_str(l->s, " total");
	number(l, "datagrams", l->v->capture->datagrams);
	number(l, "messages", t->counts.messages);
	number(l, "records", t->counts.records);
	number(l, "octets", t->counts.octets);
	number(l, "undecoded-sets", t->counts.undecoded);
	end(l);
}

static void sets(const struct lines *l)
{
	const struct nf_tracker_counts *c = l->v->tracker;

	begin(l);
	nf_sb_str(l->s, " sets");
	number(l, "held", c->held);
	number(l, "released", c->released);
	number(l, "waiting", c->held - c->released - c->dropped);
	number(l, "waiting-octets", c->hold_octets);
	end(l);
}

static void dropped(const struct lines *l)
{
	const struct nf_tracker_counts *c = l->v->tracker;
	uint64_t queue = l->v->live != NULL ? l->v->live->dropped_full : 0;

	begin(l);
	nf_sb_str(l->s, " dropped");
	number(l, "kernel", l->v->capture->capture_drops - queue);
	number(l, "queue", queue);
	number(l, "held-too-long", c->holdings[NF_HOLDING_OLD]);
	number(l, "held-no-room", c->holdings[NF_HOLDING_ROOM]);
	number(l, "held-to-the-end", c->holdings[NF_HOLDING_END]);
	end(l);
}

static void connections(const struct lines *l)
{
	const struct live_counts *c = l->v->live;

	if (c == NULL || c->connections + c->refused == 0)
		return;
	begin(l);
	nf_sb_str(l->s, " tcp");
	number(l, "connections", c->connections);
	number(l, "refused-connections", c->refused);
	number(l, "broken-connections", c->broken);
	end(l);
}

static void reason(const struct lines *l, const char *name, uint64_t n)
{
	nf_sb_char(l->s, ' ');
	for (; *name != '\0'; name++)
		nf_sb_char(l->s, *name == '_' ? '-' : (char)(*name | 0x20));
	nf_sb_printf(l->s, "=%" PRIu64, n);
}

static void refused(const struct lines *l)
{
	const uint64_t *n = l->v->tracker->refused;
	uint64_t all = 0;

	for (unsigned i = 0; i < NF_REFUSALS; i++)
		all += n[i];
	begin(l);
	number(l, "refused", all);
	for (unsigned i = 0; i < NF_REFUSALS; i++)
		if (n[i] != 0)
			reason(l, reasons[i], n[i]);
	end(l);
}

static void known(const struct lines *l)
{
	const struct nf_tracker_counts *c = l->v->tracker;

	begin(l);
	nf_sb_str(l->s, " known");
	number(l, "exporters", c->exporters);
	number(l, "sessions", c->sessions);
	number(l, "domains", c->domains);
	number(l, "templates", c->versions);
	number(l, "templates-without-room", c->lost);
	nf_sb_printf(l->s, " memory=%" PRIu64 ".%" PRIu64 "MiB\n", l->v->memory >> 20,
		     (l->v->memory >> 10 & 1023) * 10 / 1024);
}

/* -- Exporters ------------------------------------------------------------------------ */

static void exporter(const struct lines *l, const struct traffic_exporter *e)
{
	uint64_t sent = e->lost + e->received;
	uint64_t loss = sent != 0 ? (uint64_t)((double)e->lost * 1e4 / (double)sent + 0.5) : 0;

	number(l, "messages", e->counts.messages);
	more(l, "new", e->counts.messages - e->since.messages);
	number(l, "records", e->counts.records);
	number(l, "octets", e->counts.octets);
	number(l, "undecoded-sets", e->counts.undecoded);
	number(l, "lost", e->lost);
	nf_sb_printf(l->s, " loss=%" PRIu64 ".%02" PRIu64 "%%", loss / 100, loss % 100);
	seconds(l, "silent", l->v->now_ns - e->last_ns);
	end(l);
}

static void exporters(const struct lines *l)
{
	const struct traffic_exporter *top[VITALS_EXPORTERS];
	struct traffic_exporter rest;
	size_t nrest, n = traffic_largest(l->v->traffic, top, VITALS_EXPORTERS, &rest, &nrest);

	for (size_t i = 0; i < n; i++) {
		begin(l);
		nf_sb_str(l->s, " exporter=");
		out_addr(l->s, &top[i]->addr);
		exporter(l, top[i]);
	}
	if (rest.counts.messages == 0)
		return;
	begin(l);
	number(l, "others", nrest);
	exporter(l, &rest);
}

void vitals_text(struct nf_strbuf *s, const struct vitals *v, const char *prefix)
{
	const struct lines l = { s, v, prefix };

	recent(&l);
	total(&l);
	dropped(&l);
	sets(&l);
	refused(&l);
	connections(&l);
	known(&l);
	exporters(&l);
}
