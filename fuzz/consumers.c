#include <config.h>

#include "consumers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lib/jsoncheck.h"
#include "model/fields.h"
#include "out/checklist.h"
#include "out/exporters.h"
#include "out/fieldlist.h"
#include "out/flows.h"
#include "out/intervals.h"
#include "out/options.h"
#include "out/templatelist.h"
#include "out/toplist.h"
#include "out/totals.h"

static void fail(const char *who, const char *what)
{
	fprintf(stderr, "fuzz_report: %s: %s\n", who, what);
	abort();
}

void require(bool holds, const char *who, const char *what)
{
	if (!holds)
		fail(who, what);
}

static void same(const char *who, const char *what, uint64_t a, uint64_t b)
{
	if (a == b)
		return;
	fprintf(stderr, "fuzz_report: %s: %s: %" PRIu64 " and %" PRIu64 "\n", who, what, a, b);
	abort();
}

/* -- What is written ------------------------------------------------------------------ */

/* One object a line, its type first. */
static void check_json(const char *who, const struct nf_strbuf *s)
{
	static const char begin[] = "{\"type\":\"";
	const char *end = s->n != 0 ? s->p + s->n : s->p;

	for (const char *p = s->p, *eol; p != NULL && p < end; p = eol + 1) {
		const char *fault;

		eol = memchr(p, '\n', (size_t)(end - p));
		require(eol != NULL, who, "a line without its end");
		fault = jsoncheck(p, (size_t)(eol - p));
		if (fault == NULL && memcmp(p, begin, sizeof(begin) - 1) != 0)
			fault = "an object without its type";
		if (fault == NULL)
			continue;
		fprintf(stderr, "%.*s\n", (int)(eol - p), p);
		fail(who, fault);
	}
}

/* One object over many lines, which end between its tokens. */
static void check_document(const char *who, const struct nf_strbuf *s)
{
	struct nf_strbuf one;
	const char *fault;

	nf_strbuf_init(&one);
	for (size_t i = 0; i < s->n; i++)
		if (s->p[i] != '\n')
			nf_sb_char(&one, s->p[i]);
	require(!one.failed, who, "memory");
	fault = jsoncheck(one.p, one.n);
	require(fault == NULL, who, fault);
	nf_strbuf_done(&one);
}

static unsigned count_cells(const char **at, const char *end, bool csv)
{
	bool quoted = false;
	unsigned n = 1;

	for (; *at < end && (quoted || **at != '\n'); (*at)++) {
		quoted ^= csv && **at == '"';
		n += !quoted && **at == (csv ? ',' : '\t');
	}
	*at += *at < end;
	return n;
}

/* As many cells in each line. */
static void check_cells(const char *who, const struct nf_strbuf *s, bool csv)
{
	const char *p = s->p, *end = s->n != 0 ? p + s->n : p;
	unsigned n = s->n != 0 ? count_cells(&p, end, csv) : 0;

	while (p != NULL && p < end)
		same(who, "cells of lines", n, count_cells(&p, end, csv));
}

/* The whole output of a command. */
static void check_text(const struct user *u, const struct nf_strbuf *s)
{
	const char *format = u->ops->format;
	bool tsv = strcmp(format, "tsv") == 0;

	require(!s->failed, u->ops->name, "memory");
	require(s->n == 0 || s->p[s->n - 1] == '\n', u->ops->name, "a line without its end");
	for (size_t i = 0; i < s->n; i++)
		require((uint8_t)s->p[i] >= 0x20 || s->p[i] == '\n' || (tsv && s->p[i] == '\t'),
			u->ops->name, "a control character");
	require(s->n == 0 || jsoncheck_utf8(s->p, s->n), u->ops->name, "octets that are no UTF-8");
	if (strcmp(format, "json") == 0)
		check_json(u->ops->name, s);
	else if (strcmp(format, "sarif") == 0)
		check_document(u->ops->name, s);
	else if (strcmp(format, "csv") == 0 || tsv)
		check_cells(u->ops->name, s, !tsv);
}

/* -- Choices -------------------------------------------------------------------------- */

static const char *choose(const struct report *r, enum choice c, const char *const *of, size_t n)
{
	return of[r->choices[c] % n];
}

#define OF(array) (array), sizeof(array) / sizeof((array)[0])

static const char *columns(const struct report *r)
{
	static const char *const of[] = {
		NULL, "+tos,in_if,out_if,sampler,direction,nexthop,event,flows",
		"first,last,time,duration,proto,source,destination,info,rev_bytes,rev_packets",
		"frame.number,exporter.ip,template.id,set.id,src,dst,ip,port,tcpflags",
		"sourceIPv4Address,octetDeltaCount,interfaceName,ie56,basicList,src_mac",
		"duration,icmp_type,icmp_code,src_as,dst_as,src_mask,dst_mask,rev_tcpflags",
		"join.ingress.name,join.egress.name,join.sampling.rate,join.scaled.bytes",
		"join.sampling.frame,join.sampling.status,join.sampling.source,join.system.start",
	};

	return choose(r, COLUMNS, OF(of));
}

static const char *filter_text(const struct report *r)
{
	static const char *const of[] = {
		"bytes > 100", "ip == 10.0.0.0/8 || port in {53, 80..443}", "proto == udp",
		"!(tcpflags & 2)", "frame.number < 3", "sourceIPv4Address", "duration > 1s",
		"src net 10.0.0.0/8 and packets > 1", "interfaceName matches \"^[a-z]\"",
		"join.ingress.name contains \"e\" || join.sampling.rate > 1",
		"template.id == 256 && bytes >= 0", "first < \"2024-01-01\"",
	};

	return choose(r, FILTER, OF(of));
}

struct filter *filter_of(struct report *r)
{
	const char *text = filter_text(r);
	struct filter_error fault = { .memory = false };
	struct filter *f = filter_new(text, strlen(text), &r->names, r->registry, &fault);

	require(f != NULL || fault.memory, text, fault.text);
	return f;
}

static int64_t interval(const struct report *r)
{
	static const int64_t of[] = {
		1000000000, 1, 60000000000, INT64_MAX, 86400000000000, 7, 3600000000000,
	};

	return of[r->choices[LENGTH] % (sizeof(of) / sizeof(of[0]))];
}

static unsigned width(const struct report *r)
{
	static const unsigned of[] = { 80, 0, 40, 200, 1, 20 };

	return of[r->choices[WIDTH] % (sizeof(of) / sizeof(of[0]))];
}

static struct out_opts out_opts(const struct user *u)
{
	return (struct out_opts){
		.files = u->r->files, .nfiles = 1, .width = width(u->r),
	};
}

/* -- flows ---------------------------------------------------------------------------- */

static bool start(void *ctx, const struct join_record *at, uint64_t *ms)
{
	struct join_answer answer;

	return join_start(ctx, at, ms, &answer);
}

static bool flows_open(struct user *u)
{
	struct report *r = u->r;
	struct flows_opts opts = {
		.out = out_opts(u),
		.columns = strcmp(u->ops->format, "json") == 0 ? NULL : columns(r),
		.filter = u->filter,
		.names = r->names,
		.limit = UINT64_MAX,
		.join = r->join,
		.start = start,
		.start_ctx = r->join,
		.verbose = report_has(r, VERBOSE),
		.norm = report_has(r, NORM),
		.int64_strings = report_has(r, STRINGS),
	};
	const struct flows_ops *ops = flows_ops_of(u->ops->format);
	struct filter_error fault = { .memory = false };
	struct flows *f = flows_new(ops, &opts, r->registry, &fault);

	require(f != NULL || fault.memory, u->ops->name, fault.text);
	u->own = f;
	if (f != NULL)
		flows_begin(f);
	return f != NULL;
}

static bool flows_open_filtered(struct user *u)
{
	u->filter = filter_of(u->r);
	return u->filter != NULL && flows_open(u);
}

static bool flows_view(struct user *u, const struct nf_view *v)
{
	return flows_message(u->own, v);
}

static bool flows_held(struct user *u, const struct nf_late *late)
{
	return flows_late(u->own, late);
}

static bool flows_over(struct user *u)
{
	const struct stats *s = u->filter != NULL ? &u->r->filtered : &u->r->stats;
	struct flows *f = u->own;
	bool sound = flows_end(f);

	check_text(u, flows_output(f));
	same(u->ops->name, "flows", UINT64_MAX - f->left, stats_total(s).flows);
	if (u->filter == NULL && s->headerless == 0 && !report_has(u->r, HOLD))
		require(f->undecoded >= stats_total(s).undecoded, u->ops->name, "undecoded sets");
	return sound;
}

static void flows_close(struct user *u)
{
	flows_free(u->own);
}

static const struct manner flows = {
	.open = flows_open, .message = flows_view, .late = flows_held, .end = flows_over,
	.close = flows_close,
};

static const struct manner flows_filtered = {
	.open = flows_open_filtered, .message = flows_view, .late = flows_held,
	.end = flows_over, .close = flows_close,
};

/* -- options -------------------------------------------------------------------------- */

static bool options_open(struct user *u)
{
	const struct options_opts opts = {
		.out = out_opts(u),
		.limit = UINT64_MAX,
		.json = strcmp(u->ops->format, "json") == 0,
		.verbose = report_has(u->r, VERBOSE),
	};

	return (u->own = options_new(&opts, u->r->registry)) != NULL;
}

static bool options_view(struct user *u, const struct nf_view *v)
{
	return options_message(u->own, v);
}

static bool options_held(struct user *u, const struct nf_late *late)
{
	return options_late(u->own, late);
}

static bool options_over(struct user *u)
{
	struct options *o = u->own;

	same(u->ops->name, "options", UINT64_MAX - o->left, stats_total(&u->r->stats).options);
	check_text(u, options_output(o));
	return true;
}

static bool joined_over(struct user *u)
{
	struct options *o = u->own;
	bool sound = options_joined(o, u->r->join);

	check_text(u, options_output(o));
	return sound && !join_failed(u->r->join);
}

static void options_close(struct user *u)
{
	options_free(u->own);
}

static const struct manner options = {
	.open = options_open, .message = options_view, .late = options_held, .end = options_over,
	.close = options_close,
};

static const struct manner joined = {
	.open = options_open, .end = joined_over, .close = options_close,
};

/* -- exporters ------------------------------------------------------------------------ */

static bool exporters_open(struct user *u)
{
	const struct nf_seq_opts seq = {
		.max_holes = report_has(u->r, FEW) ? 2 : 0,
		.max_streams = report_has(u->r, FEW) ? 3 : 0,
		.max_gap = u->r->choices[LENGTH],
		.max_back = u->r->choices[WIDTH],
	};

	return (u->own = exporters_new(&seq, report_has(u->r, FEW) ? 3 : 0)) != NULL;
}

static bool exporters_take(struct user *u, const struct nf_view *v)
{
	exporters_message(u->own, v, true, 0);
	return true;
}

static bool exporters_held(struct user *u, const struct nf_late *late)
{
	exporters_late(u->own, late);
	return true;
}

/* What the domains have is what there was. */
static void exporters_check(const struct user *u)
{
	struct stats_version total = stats_total(&u->r->stats);
	struct exporters_beyond beyond = exporters_beyond(u->own);
	struct exporters_counts sum = { .messages = 0 };
	const struct exporters_domain *d;
	uint64_t undecoded = 0;

	for (size_t i = 0; (d = exporters_domain_at(u->own, i)) != NULL; i++)
		sum = exporters_sum(&sum, &d->counts);
	for (unsigned i = 0; i < NF_WHY_NOTS; i++)
		undecoded += sum.undecoded[i];
	same(u->ops->name, "messages", sum.messages + beyond.messages, total.messages);
	same(u->ops->name, "headerless", beyond.headerless, u->r->stats.headerless);
	if (beyond.messages != 0)
		return;
	same(u->ops->name, "octets", sum.octets, total.octets);
	same(u->ops->name, "flows", sum.flows, total.flows);
	same(u->ops->name, "options", sum.options, total.options);
	same(u->ops->name, "undecoded", undecoded, total.undecoded);
}

static bool exporters_over(struct user *u)
{
	const struct exporters_view view = {
		.exporters = u->own, .files = u->r->files, .nfiles = 1,
		.width = width(u->r),
	};

	if (!exporters_settle(u->own))
		return false;
	exporters_check(u);
	nf_strbuf_clear(&u->r->text);
	if (strcmp(u->ops->format, "json") == 0)
		exporters_json(&u->r->text, &view);
	else
		exporters_text(&u->r->text, &view);
	check_text(u, &u->r->text);
	return true;
}

static void exporters_close(struct user *u)
{
	exporters_free(u->own);
}

static const struct manner exporters = {
	.open = exporters_open, .message = exporters_take, .late = exporters_held,
	.end = exporters_over, .close = exporters_close,
};

/* -- stats ---------------------------------------------------------------------------- */

static bool stats_open(struct user *u)
{
	u->own = intervals_new(interval(u->r), report_has(u->r, FEW) ? 3 : 0);
	return u->own != NULL;
}

static void stats_at(struct user *u, int64_t ts)
{
	intervals_at(u->own, &u->r->stats, ts);
}

/* The rows of intervals add up to the totals. */
static void intervals_check(const struct user *u, const struct stats *s)
{
	struct stats_version total = stats_total(s), sum = intervals_beyond(u->own);
	const struct intervals_row *row;
	int64_t last = INT64_MIN;

	for (size_t i = 0; (row = intervals_row(u->own, i)) != NULL; i++) {
		require(i == 0 || row->index > last, u->ops->name, "rows in order");
		last = row->index;
		sum.messages += row->grew.messages;
		sum.octets += row->grew.octets;
		sum.flows += row->grew.flows;
		sum.options += row->grew.options;
		sum.undecoded += row->grew.undecoded;
		for (unsigned j = 0; j < STATS_SUMS; j++)
			sum.sums[j] += row->grew.sums[j];
	}
	same(u->ops->name, "messages", sum.messages, total.messages);
	same(u->ops->name, "octets", sum.octets, total.octets);
	same(u->ops->name, "flows", sum.flows, total.flows);
	same(u->ops->name, "options", sum.options, total.options);
	same(u->ops->name, "undecoded", sum.undecoded, total.undecoded);
	for (unsigned j = 0; j < STATS_SUMS; j++)
		same(u->ops->name, "sums", sum.sums[j], total.sums[j]);
}

static bool stats_over(struct user *u)
{
	struct report *r = u->r;
	bool json = strcmp(u->ops->format, "json") == 0;
	const struct intervals_view view = {
		.intervals = u->own, .width = width(r), .utf8 = report_has(r, VERBOSE),
	};
	const struct totals totals = {
		.stats = &r->stats,
		.tracker = nf_tracker_counts(r->tracker),
		.capture = source_counts(r->source),
		.files = r->files,
		.nfiles = 1,
	};

	intervals_end(u->own, &r->stats);
	intervals_check(u, &r->stats);
	nf_strbuf_clear(&r->text);
	(json ? totals_json : totals_text)(&r->text, &totals);
	(json ? intervals_json : intervals_text)(&r->text, &view);
	check_text(u, &r->text);
	return true;
}

static void stats_close(struct user *u)
{
	intervals_free(u->own);
}

static const struct manner stats = {
	.open = stats_open, .at = stats_at, .end = stats_over, .close = stats_close,
};

/* -- templates and fields ------------------------------------------------------------- */

static bool templates_open(struct user *u)
{
	struct templates *t = nf_zalloc(sizeof(*t));

	u->own = t;
	if (t == NULL || !templates_init(t, u->r->registry))
		return false;
	t->keep_duplicates = true;
	return true;
}

static bool templates_view(struct user *u, const struct nf_view *v)
{
	templates_message(u->own, v);
	return !((struct templates *)u->own)->failed;
}

static bool templates_held(struct user *u, const struct nf_late *late)
{
	templates_late(u->own, late);
	return !((struct templates *)u->own)->failed;
}

static void templates_check(const struct user *u)
{
	const struct templates *t = u->own;
	const struct templates_row *row = NULL;
	struct stats_version total = stats_total(&u->r->stats);
	uint64_t records = 0;

	while ((row = templates_next(t, row)) != NULL)
		records += templates_used(row).records;
	same(u->ops->name, "records", records, total.flows + total.options);
}

static bool templates_over(struct user *u)
{
	struct templates *t = u->own;
	const struct out_opts opts = out_opts(u);
	struct templatelist l = {
		.ops = templatelist_ops_of(u->ops->format),
		.o = out_new(&templatelist_out, &opts, u->r->registry),
		.verbose = report_has(u->r, VERBOSE),
	};
	bool sound = l.o != NULL && templates_list(t, u->r->tracker);

	if (sound) {
		templatelist_begin(&l);
		for (size_t i = 0; sound && i < t->nlist; i++)
			sound = templatelist_row(&l, t->list[i]);
		check_text(u, &l.o->text);
		templates_check(u);
	}
	out_free(l.o);
	return sound;
}

static bool fields_over(struct user *u)
{
	const struct out_opts opts = out_opts(u);
	struct fields f;
	struct fieldlist l = {
		.o = out_new(&fieldlist_out, &opts, u->r->registry),
		.fields = &f,
		.verbose = report_has(u->r, VERBOSE),
	};
	char fault[160];
	bool sound;

	fields_init(&f, u->r->registry);
	sound = l.o != NULL &&
		fields_pattern(&f, report_has(u->r, NORM) ? "e" : NULL, fault, sizeof(fault)) &&
		fields_use(&f, u->own) && fields_list(&f);
	if (sound) {
		fieldlist_ops_of(u->ops->format)->show(&l);
		check_text(u, &l.o->text);
	}
	fields_done(&f);
	out_free(l.o);
	return sound;
}

static void templates_close(struct user *u)
{
	if (u->own != NULL)
		templates_done(u->own);
	nf_free(u->own);
}

static const struct manner templates = {
	.open = templates_open, .message = templates_view, .late = templates_held,
	.end = templates_over, .close = templates_close,
};

static const struct manner fields = {
	.open = templates_open, .message = templates_view, .late = templates_held,
	.end = fields_over, .close = templates_close,
};

/* -- top ------------------------------------------------------------------------------ */

static bool top_open(struct user *u)
{
	static const char *const of[] = {
		"src", "src/24,dport", "ip", "proto,port", "exporter,in_if", "interfaceName",
		"tcpflags,tos", "src_as,dst_as", "first", "src,dst,sport,dport,proto", "ie82,ie56",
		"template.id,frame.number",
	};
	struct top_opts opts = {
		.keys = choose(u->r, KEYS, OF(of)),
		.names = &u->r->names,
		.filter = u->filter,
		.max_keys = report_has(u->r, FEW) ? 3 : 0,
		.biflow = report_has(u->r, BIFLOW),
		.keep_duplicates = report_has(u->r, KEEP),
	};
	struct filter_error fault = { .memory = false };

	u->own = top_new(&opts, u->r->registry, &fault);
	require(u->own != NULL || fault.memory, u->ops->name, fault.text);
	return u->own != NULL;
}

static bool top_view(struct user *u, const struct nf_view *v)
{
	top_message(u->own, v);
	return !((struct top *)u->own)->failed;
}

static bool top_held(struct user *u, const struct nf_late *late)
{
	top_late(u->own, late);
	return !((struct top *)u->own)->failed;
}

static bool top_over(struct user *u)
{
	static const uint8_t order[] = { TOP_STAT_BYTES, TOP_STAT_PACKETS, TOP_STAT_FLOWS };
	struct toplist l = {
		.ops = toplist_ops_of(u->ops->format),
		.top = u->own,
		.order = { .stats = order, .nstats = 3, .ascending = report_has(u->r, STRINGS) },
		.max = report_has(u->r, LIMIT) ? 2 : SIZE_MAX,
		.width = width(u->r),
		.files = u->r->files,
		.nfiles = 1,
	};
	bool sound;

	top_end(u->own);
	sound = toplist_open(&l);
	for (size_t i = 0; sound && i < l.n; i++)
		toplist_row(&l, i);
	if (sound) {
		toplist_close(&l);
		check_text(u, &l.text);
	}
	toplist_done(&l);
	return sound;
}

static void top_close(struct user *u)
{
	top_free(u->own);
}

static const struct manner top = {
	.open = top_open, .message = top_view, .late = top_held, .end = top_over,
	.close = top_close,
};

/* -- check ---------------------------------------------------------------------------- */

static bool check_open(struct user *u)
{
	const struct report *r = u->r;
	const struct check_opts opts = {
		.ruleset = (enum check_ruleset)(r->choices[KEYS] % (CHECK_INTEROP + 1)),
		.all = report_has(r, VERBOSE),
		.max_findings = report_has(r, FEW) ? 3 : 0,
		.max_streams = report_has(r, FEW) ? 3 : 0,
		.seq = { .max_gap = r->choices[LENGTH], .max_back = r->choices[WIDTH] },
	};

	u->filter = filter_of(u->r);
	return u->filter != NULL && (u->own = check_new(&opts, r->registry)) != NULL;
}

static const struct nf_sink *check_problems(struct user *u)
{
	return check_sink(u->own);
}

static void check_no_export(struct user *u, const struct nf_datagram *d, enum nf_refusal why)
{
	check_refused(u->own, d, why, true);
}

/* Findings are those of the messages that match; all are learned from. */
static bool check_view(struct user *u, const struct nf_view *v)
{
	check_message(u->own, v, report_has(u->r, KEEP) || filter_message(u->filter, v));
	return true;
}

static bool check_held(struct user *u, const struct nf_late *late)
{
	check_late(u->own, late, report_has(u->r, KEEP) || filter_late(u->filter, late));
	return true;
}

/* No octet is unaccounted for, and records are those that others count. */
static void check_counts(const struct user *u)
{
	const struct check_totals *t = check_totals(u->own);
	struct stats_version total = stats_total(&u->r->stats);
	const struct check_exporter_totals *e;

	for (size_t i = 0; (e = check_exporter_at(u->own, i)) != NULL; i++)
		same(u->ops->name, "unclaimed octets", check_unclaimed(&e->octets), 0);
	same(u->ops->name, "messages", t->messages + t->beyond_streams, total.messages);
	if (t->beyond_streams != 0)
		return;
	same(u->ops->name, "headerless", t->headerless, u->r->stats.headerless);
	same(u->ops->name, "flows", t->records, total.flows);
	same(u->ops->name, "options", t->options, total.options);
}

static bool check_format(struct user *u, struct out *o, const char *format)
{
	const struct consumer as = { .name = u->ops->name, .format = format };
	const struct user writer = { .ops = &as, .r = u->r };
	const struct checklist l = {
		.ops = checklist_ops_of(format),
		.o = o,
		.check = u->own,
		.fail_on = u->r->choices[LENGTH] % (CHECKLIST_NEVER + 1),
		.verbose = report_has(u->r, NORM),
		.all = report_has(u->r, VERBOSE),
		.notes = report_has(u->r, STRINGS),
		.quiet = report_has(u->r, LIMIT),
	};

	nf_strbuf_clear(&o->text);
	checklist_show(&l);
	if (o->text.failed)
		return false;
	check_text(&writer, &o->text);
	return true;
}

static bool check_over(struct user *u)
{
	static const char *const formats[] = { "text", "json", "junit", "sarif" };
	const struct out_opts opts = out_opts(u);
	struct out *o = out_new(&checklist_out, &opts, u->r->registry);
	bool sound = o != NULL;

	check_end(u->own);
	sound = sound && check_sound(u->own);
	if (sound)
		check_counts(u);
	/* One of them: those that list all rules are long. */
	sound = sound && check_format(u, o, choose(u->r, COLUMNS, OF(formats)));
	out_free(o);
	return sound;
}

static void check_close(struct user *u)
{
	check_free(u->own);
}

static const struct manner checker = {
	.open = check_open, .sink = check_problems, .refused = check_no_export,
	.message = check_view, .late = check_held, .end = check_over, .close = check_close,
};

/* -- All of them ---------------------------------------------------------------------- */

static const struct consumer consumers[] = {
	{ "flows text", "text", &flows },
	{ "flows csv", "csv", &flows },
	{ "flows tsv", "tsv", &flows_filtered },
	{ "flows json", "json", &flows },
	{ "options text", "text", &options },
	{ "options json", "json", &options },
	{ "joined text", "text", &joined },
	{ "joined json", "json", &joined },
	{ "exporters text", "text", &exporters },
	{ "exporters json", "json", &exporters },
	{ "stats text", "text", &stats },
	{ "stats json", "json", &stats },
	{ "templates text", "text", &templates },
	{ "templates csv", "csv", &templates },
	{ "templates json", "json", &templates },
	{ "fields text", "text", &fields },
	{ "fields csv", "csv", &fields },
	{ "fields json", "json", &fields },
	{ "top text", "text", &top },
	{ "top csv", "csv", &top },
	{ "top json", "json", &top },
	{ "check", "text", &checker },
};

const struct consumer *consumer_at(unsigned i)
{
	return i < sizeof(consumers) / sizeof(consumers[0]) ? &consumers[i] : NULL;
}
