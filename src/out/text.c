/*
 * -o text: a line per message, in columns that widen as larger values come.  On a terminal
 * times are short, the day (and of several files the name) has a line of its own, and long
 * lines are broken; anywhere else a message is one line, with its date.
 */
#include <config.h>

#include "out/line.h"
#include "out/scan.h"
#include "out/style.h"
#include "out/wrap.h"

enum { NARROW = 132, INDENT = 6, WIDEST = 48 };

static const int64_t DAY_NS = 86400 * INT64_C(1000000000);

struct column {
	const char *title;
	unsigned narrow, wide;		/* characters at least */
	unsigned most;			/* narrow: what is longer does not widen the column */
	bool right;
	void (*cell)(struct nf_strbuf *s, const struct line *line);
	void (*own)(struct out *o, const struct line *line);	/* where that needs more */
};

static bool narrow(const struct out *o)
{
	return o->opts.width != 0 && o->opts.width < NARROW;
}

static void frame_cell(struct out *o, const struct line *line)
{
	if (o->opts.nfiles > 1 && !narrow(o)) {
		const char *file = out_file(o, line->datagram->file);

		nf_safe_text(&o->text, (struct nf_bytes){ (const uint8_t *)file, strlen(file) });
		nf_sb_char(&o->text, ':');
	}
	nf_sb_u64(&o->text, line->datagram->frame);
}

/* "2023-01-01 01:00:05.002000"; narrow: "01:00:05.002". */
static void time_cell(struct out *o, const struct line *line)
{
	struct nf_strbuf *s = &o->text;
	unsigned digits = narrow(o) ? 3 : line->datagram->ts_fine ? 9 : 6;
	size_t from = s->n;

	nf_time_text(s, line->datagram->ts_ns, digits, &o->time);
	if (s->failed || s->n - from < 12)
		return;
	s->n--;				/* the Z */
	if (narrow(o)) {
		memmove(s->p + from, s->p + s->n - 12, 12);
		s->n = from + 12;
	} else {
		s->p[s->n - digits - 10] = ' ';
	}
}

static void length_cell(struct nf_strbuf *s, const struct line *line)
{
	nf_sb_u64(s, line->length);
}

static const struct column columns[] = {
	{ .title = "frame", .narrow = 5, .wide = 5, .most = 7, .right = true, .own = frame_cell },
	{ .title = "time (UTC)", .narrow = 12, .wide = 26, .most = 12, .own = time_cell },
	{ .title = "exporter", .narrow = 15, .wide = 20, .most = 18, .cell = line_exporter },
	{ .title = "ver", .narrow = 5, .wide = 5, .most = 5, .cell = line_version },
	{ .title = "domain", .narrow = 6, .wide = 10, .most = 6, .right = true, .cell = line_domain },
	{ .title = "sequence", .narrow = 8, .wide = 10, .most = 8, .right = true, .cell = line_sequence },
	{ .title = "len", .narrow = 4, .wide = 5, .most = 5, .right = true, .cell = length_cell },
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

/* The columns of a line; returns how many characters wide they are. */
static size_t cells(struct out *o, const struct line *line)
{
	struct nf_strbuf *s = &o->text;
	size_t wide = 0;

	for (unsigned i = 0; i < COLUMNS; i++) {
		size_t from, n;

		if (i == 1)
			style_on(o, STYLE_FAINT);
		from = s->n;
		if (columns[i].own != NULL)
			columns[i].own(o, line);
		else
			columns[i].cell(s, line);
		n = s->n - from;
		if (n > o->columns[i] && n <= (narrow(o) ? columns[i].most : WIDEST))
			o->columns[i] = (unsigned)n;
		out_align(s, from, o->columns[i], columns[i].right);
		wide += s->n - from + 1;
		if (i == 1)
			style_off(o);
		nf_sb_char(s, ' ');
	}
	return wide;
}

/* Narrow: the day, and of several files which one, where they change. */
static void heading(struct out *o, const struct nf_datagram *d)
{
	int64_t day = d->ts_ns / DAY_NS - (d->ts_ns % DAY_NS < 0);
	const char *file = out_file(o, d->file);
	size_t from;

	if (!narrow(o) || (day == o->day && d->file == o->file))
		return;
	o->day = day;
	o->file = d->file;
	style_on(o, STYLE_HEAD);
	from = o->text.n;
	nf_time_text(&o->text, d->ts_ns, 0, &o->time);
	if (o->text.n > from + 10)
		o->text.n -= 10;	/* T00:00:00Z */
	if (o->opts.nfiles > 1) {
		nf_sb_str(&o->text, "  ");
		nf_safe_text(&o->text, (struct nf_bytes){ (const uint8_t *)file, strlen(file) });
	}
	style_off(o);
	nf_sb_char(&o->text, '\n');
}

/* Before the first line, if one comes; as wide as that is. */
static void titles(struct out *o, const struct line *first)
{
	size_t before = o->text.n;

	cells(o, first);
	o->text.n = before;
	o->opts.titles = false;
	style_on(o, STYLE_HEAD);
	for (unsigned i = 0; i < COLUMNS; i++) {
		size_t from = o->text.n;

		nf_sb_str(&o->text, columns[i].title);
		out_align(&o->text, from, o->columns[i], columns[i].right);
		nf_sb_char(&o->text, ' ');
	}
	nf_sb_str(&o->text, "carries");
	style_off(o);
	nf_sb_char(&o->text, '\n');
}

static void begin(struct out *o)
{
	for (unsigned i = 0; i < COLUMNS; i++)
		o->columns[i] = narrow(o) ? columns[i].narrow : columns[i].wide;
}

static void put_line(struct out *o, const struct line *line, const struct scan *scan,
		     const char *before)
{
	size_t wide, from;

	if (o->opts.titles)
		titles(o, line);
	heading(o, line->datagram);
	wide = cells(o, line);
	from = o->text.n;
	nf_sb_str(&o->text, before);
	scan_text(&o->text, scan, o->opts.bpf);
	line_marks(o);
	wrap_text(o, from, wide, INDENT, WRAP_GROUPS);
	nf_sb_char(&o->text, '\n');
}

static void message(struct out *o, const struct nf_view *v)
{
	struct line line = {
		.datagram = v->datagram,
		.msg = &v->msg,
		.length = out_length(&v->msg),
	};
	struct scan scan;

	scan_message(&scan, o, v, false);
	put_line(o, &line, &scan, "");
}

static void late(struct out *o, const struct nf_late *l)
{
	struct line line = { .datagram = &l->datagram, .msg = &l->msg, .length = l->set.length };
	struct scan scan;

	scan_late(&scan, o, l, false);
	put_line(o, &line, &scan, "held: ");
}

const struct out_ops out_text = {
	.name = "text",
	.begin = begin,
	.message = message,
	.late = late,
};
