/*
 * flows -o text: a line a flow record, in columns that widen as larger values come.  On a
 * terminal as many columns as fit; where it is narrow, times are short, the day and the exporter
 * have a line of their own, and what does not fit goes on in the next line.
 */
#include <config.h>

#include "out/detail.h"
#include "out/flows.h"
#include "out/joined.h"
#include "out/style.h"
#include "out/wrap.h"

enum { NARROW = 132, INDENT = 6, WIDEST = 48, CLOCK = 12, DETAIL = 3 };

static const int64_t DAY_NS = 86400 * INT64_C(1000000000);

/* In their order on the line; a terminal shows those whose rank still fits. */
static const struct {
	const char *name;
	unsigned rank;
} usual[] = {
	{ "frame", 9 }, { "time", 0 }, { "duration", 4 }, { "proto", 0 }, { "source", 0 },
	{ "destination", 0 }, { "info", 5 }, { "packets", 1 }, { "bytes", 2 }, { "in_if", 6 },
	{ "out_if", 6 }, { "src_as", 10 }, { "dst_as", 10 }, { "tos", 8 }, { "sampling", 12 },
	{ "exporter", 7 }, { "domain", 11 },
};

enum { USUAL = sizeof(usual) / sizeof(usual[0]), RANKS = 13 };

#define USUAL_NAMES \
	"frame,time,duration,proto,source,destination,info,packets,bytes,in_if,out_if," \
	"src_as,dst_as,tos,sampling,exporter,domain"

static unsigned width_of(const struct flows *f, const struct column *c)
{
	size_t title = strlen(c->title);
	unsigned width = c->width;

	if (f->at.clock && (strcmp(c->name, "time") == 0 || strcmp(c->name, "first") == 0 ||
			    strcmp(c->name, "last") == 0))
		width = CLOCK;
	return title > width ? (unsigned)title : width;
}

unsigned flows_rank(const char *name)
{
	for (unsigned i = 0; i < USUAL; i++)
		if (strcmp(usual[i].name, name) == 0)
			return usual[i].rank;
	return 0;
}

static bool is_usual(const struct column *c, unsigned rank)
{
	return flows_rank(c->name) <= rank;
}

/* How wide a line is with the columns up to RANK. */
static unsigned line_width(const struct flows *f, unsigned rank)
{
	unsigned width = 0;

	for (unsigned i = 0; i < f->columns.n; i++)
		if (is_usual(&f->columns.v[i], rank))
			width += f->widths[i] + (width > 0);
	return width;
}

/* Where no columns were chosen: those that fit, the most telling ones first. */
static void fit(struct flows *f)
{
	unsigned width = f->opts.out.width, rank = RANKS, n = 0;

	if (width == 0 || f->opts.columns != NULL)
		return;
	while (rank > 0 && line_width(f, rank) > width)
		rank--;
	for (unsigned i = 0; i < f->columns.n; i++) {
		if (!is_usual(&f->columns.v[i], rank))
			continue;
		f->columns.v[n] = f->columns.v[i];
		f->widths[n++] = f->widths[i];
	}
	f->columns.n = n;
}

static void trim(struct nf_strbuf *s, size_t from)
{
	while (s->n > from && s->p[s->n - 1] == ' ')
		s->n--;
}

static void begin(struct flows *f)
{
	f->at.words = true;
	f->at.clock = f->opts.out.width != 0 && f->opts.out.width < NARROW;
	for (unsigned i = 0; i < f->columns.n; i++)
		f->widths[i] = width_of(f, &f->columns.v[i]);
	fit(f);
}

static void titles(struct flows *f)
{
	struct nf_strbuf *s = &f->out->text;
	size_t start;

	f->opts.out.titles = false;
	style_on(f->out, STYLE_HEAD);
	start = s->n;
	for (unsigned i = 0; i < f->columns.n; i++) {
		size_t from = s->n;

		nf_sb_str(s, f->columns.v[i].title);
		out_align(s, from, f->widths[i], f->columns.v[i].right);
		nf_sb_char(s, ' ');
	}
	trim(s, start);
	style_off(f->out);
	nf_sb_char(s, '\n');
}

/* A column may widen while the line still fits. */
static void widen(struct flows *f, unsigned i, size_t n)
{
	unsigned width = f->opts.out.width;

	if (n <= f->widths[i] || n > WIDEST)
		return;
	if (width == 0 || line_width(f, RANKS) + (n - f->widths[i]) <= width)
		f->widths[i] = (unsigned)n;
}

/* A cell that is too long takes from the blanks of the next ones. */
static void cells(struct flows *f, const struct flows_plan *plan)
{
	struct nf_strbuf *s = &f->out->text;
	size_t debt = 0;

	for (unsigned i = 0; i < f->columns.n; i++) {
		size_t from = s->n, n, width = f->widths[i];

		flows_cell(f, plan, i, s);
		n = s->n - from;
		widen(f, i, n);
		width = f->widths[i];
		width -= debt < width ? debt : width;
		out_align(s, from, (unsigned)width, f->columns.v[i].right);
		n = s->n - from;
		debt = n > width ? debt - (f->widths[i] - width) + (n - width) :
				   debt - (f->widths[i] - width);
		nf_sb_char(s, ' ');
	}
}

static bool shows(const struct flows *f, const char *name)
{
	for (unsigned i = 0; i < f->columns.n; i++)
		if (strcmp(f->columns.v[i].name, name) == 0)
			return true;
	return false;
}

/* " [back: 2 packets 80 octets]": the other direction of a flow that had one. */
static void way_back(struct nf_strbuf *s, const struct flow_view *view, const struct nf_rec *r)
{
	uint64_t packets = 0, octets = 0;
	bool counted = flow_number(view, r, FLOW_REV_PACKETS, &packets);

	if (!flow_number(view, r, FLOW_REV_BYTES, &octets) && !counted)
		return;
	if (packets == 0 && octets == 0)
		return;
	nf_sb_str(s, " [back:");
	if (counted) {
		nf_sb_char(s, ' ');
		out_count(s, packets, "packet");
	}
	if (view->field[FLOW_REV_BYTES] >= 0) {
		nf_sb_char(s, ' ');
		out_count(s, octets, "octet");
	}
	nf_sb_char(s, ']');
}

/* " [denied]": what no column says but nobody may overlook. */
static void marks(struct flows *f, const struct flows_plan *plan)
{
	struct nf_strbuf *s = &f->out->text;
	const struct nf_rec *r = f->at.in.rec;
	uint64_t event;

	if (flow_event(&plan->view, r, &event) && !shows(f, "info") && !shows(f, "event")) {
		nf_sb_str(s, " [");
		columns_event(s, &plan->view, r, event);
		nf_sb_char(s, ']');
	}
	if (f->at.in.datagram->facts.duplicate)
		nf_sb_str(s, " [duplicate]");
	if (f->at.in.resolution->misfit)
		nf_sb_str(s, " [misfit]");
	if (flow_by_header(&plan->view, f->at.in.msg)) {
		if (f->at.in.msg->clock_captured)
			nf_sb_str(s, " [clock of the capture]");
		if (f->at.in.msg->in_seconds)
			nf_sb_str(s, " [uptimes in seconds]");
	}
	if (f->opts.columns == NULL)
		way_back(s, &plan->view, r);
}

/* "192.0.2.1, v9, source id 7": who says what follows, where no column does. */
static void who(struct flows *f)
{
	const struct nf_addr *addr = &f->at.in.datagram->src.addr;
	const struct nf_msg *m = f->at.in.msg;
	struct nf_strbuf *s = &f->out->text;

	if (addr->family != 0) {
		out_addr(s, addr);
	} else {
		const char *file = out_file(f->out, f->at.in.datagram->file);

		nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)file, strlen(file) });
	}
	nf_sb_str(s, ", ");
	out_version(s, m);
	if (m->version > 8)
		nf_sb_printf(s, m->version == 9 ? ", source id %u" : ", domain %u",
			     (unsigned)m->domain);
	else if (m->domain != 0)
		nf_sb_printf(s, ", engine %u/%u", (unsigned)m->domain >> 8,
			     (unsigned)m->domain & 255);
}

/* True if the exporter or domain is another one than before. */
static bool another(struct flows *f)
{
	struct flows_who now = {
		.addr = f->at.in.datagram->src.addr,
		.version = f->at.in.msg->version,
		.domain = f->at.in.msg->domain,
		.aggregation = f->at.in.msg->aggregation,
		.file = f->at.in.datagram->src.addr.family != 0 ? 0 : f->at.in.datagram->file,
	};

	if (f->opts.out.width == 0 || f->opts.columns != NULL || shows(f, "exporter"))
		return false;
	if (now.version == f->who.version && now.domain == f->who.domain &&
	    now.aggregation == f->who.aggregation && now.file == f->who.file &&
	    memcmp(&now.addr, &f->who.addr, sizeof(now.addr)) == 0)
		return false;
	f->who = now;
	return true;
}

static bool another_day(struct flows *f, const struct flows_plan *plan, struct nf_flowtime *t)
{
	int64_t day;

	if (!f->at.clock)
		return false;
	*t = flow_first(&plan->view, f->at.in.msg, f->at.in.rec);
	if (t->source == NF_FLOWTIME_NONE)
		*t = flow_event_time(&plan->view, f->at.in.msg, f->at.in.rec);
	if (t->source == NF_FLOWTIME_NONE || t->source == NF_FLOWTIME_RELATIVE)
		return false;
	day = t->ns / DAY_NS - (t->ns % DAY_NS < 0);
	if (day == f->out->day)
		return false;
	f->out->day = day;
	return true;
}

/* Narrow: the day of the times that follow, and whose records they are, where they change. */
static void heading(struct flows *f, const struct flows_plan *plan)
{
	struct nf_strbuf *s = &f->out->text;
	struct nf_flowtime t;
	bool day, whose;
	size_t from;

	day = another_day(f, plan, &t);
	whose = another(f);
	if (!day && !whose)
		return;
	style_on(f->out, STYLE_HEAD);
	from = s->n;
	if (day)
		nf_time_text(s, t.ns, 0, &f->out->time);
	if (s->n > from + 10)
		s->n -= 10;	/* T00:00:00Z */
	if (day && whose)
		nf_sb_str(s, "  ");
	if (whose)
		who(f);
	style_off(f->out);
	nf_sb_char(s, '\n');
}

/* -v: every field below the line, as in the tree of its message. */
static void all_fields(struct flows *f, const struct nf_recs *recs)
{
	struct nf_list_ctx lists = flows_list_ctx(f, recs);
	struct detail d = detail_open(f->out, f->at.in.msg);

	gutter_open(&d.gutter, f->out, f->at.in.msg->bytes, 0);
	detail_fields(&d, DETAIL, f->at.in.rec, &lists);
	if (f->opts.join != NULL)
		joined_text(f->out, f->opts.join, &f->at.in);
}

/* How far in the current line ends. */
static size_t column(const struct nf_strbuf *s)
{
	size_t n = 0;

	while (n < s->n && s->p[s->n - 1 - n] != '\n')
		n++;
	return n;
}

/* Titles stand above the first line, if one comes, and are as wide as its columns. */
static void first(struct flows *f, const struct flows_plan *plan)
{
	size_t from = f->out->text.n;

	cells(f, plan);
	f->out->text.n = from;
	titles(f);
}

static void record(struct flows *f, const struct flows_plan *plan, const struct nf_recs *recs)
{
	struct nf_strbuf *s = &f->out->text;
	size_t from, at;

	if (f->opts.out.titles)
		first(f, plan);
	heading(f, plan);
	from = s->n;
	cells(f, plan);
	trim(s, from);
	if (s->n == from) {
		nf_sb_char(s, '(');
		out_count(s, plan->layout->nfields, "other field");
		nf_sb_str(s, "; -v shows them)");
	}
	wrap_text(f->out, from, 0, INDENT, WRAP_WORDS);
	at = f->opts.out.width != 0 ? column(s) : 0;
	from = s->n;
	marks(f, plan);
	wrap_text(f->out, from, at, INDENT, WRAP_GROUPS);
	nf_sb_char(s, '\n');
	if (f->opts.verbose)
		all_fields(f, recs);
}

static void nothing(struct out *o, const struct nf_view *v)
{
	(void)o;
	(void)v;
}

static const struct out_ops tree = {
	.name = "flows",
	.texts = &detail_texts,
	.message = nothing,
};

const struct flows_ops flows_text = {
	.name = "text",
	.out = &tree,
	.usual = USUAL_NAMES,
	.begin = begin,
	.record = record,
};
