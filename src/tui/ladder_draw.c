/* Ladder as it is drawn: lifelines, arrows to the collector, gaps between them. */
#include <config.h>

#include <inttypes.h>

#include "out/scan.h"
#include "out/line.h"
#include "track/seq.h"
#include "tui/screen_ladder.h"
#include "tui/times.h"

enum {
	TIME = 13,		/* columns before the first lane */
	NARROWEST = 17,		/* of a lane */
	MORE = 11,		/* of "12 more >" */
	TITLES = 1, BELOW = 2,	/* rows above the lines, and below: a rule, the selected message */
};

unsigned ladder_lanes_shown(const struct ladder *l, unsigned cols)
{
	unsigned room = cols > TIME + NARROWEST ? (cols - TIME) / NARROWEST : 1;

	return room < l->nlanes ? room : (unsigned)l->nlanes;
}

static unsigned width_of(const struct ladder *l, unsigned cols)
{
	unsigned n = ladder_lanes_shown(l, cols);

	return cols > TIME && n > 0 ? (cols - TIME) / n : 1;
}

/* Where lane N, which is in sight, has its lifeline. */
static unsigned column_of(const struct ladder *l, unsigned lane, unsigned cols)
{
	return TIME + (lane - l->left) * width_of(l, cols);
}

/* Where that of the collector is. */
static unsigned collector(unsigned cols)
{
	return cols > 0 ? cols - 1 : 0;
}

static bool in_sight(const struct ladder *l, uint32_t lane, unsigned cols)
{
	return lane >= l->left && lane < l->left + ladder_lanes_shown(l, cols);
}

/* -- Texts ------------------------------------------------------------------------------- */

void ladder_label(struct nf_strbuf *s, const struct ladder_line *line)
{
	const struct store_row *r = &line->first.at;
	size_t from = s->n;

	if (line->first.row == UINT64_MAX) {
		nf_sb_str(s, "unreadable");
		return;
	}
	if (line->to - line->from > 1)
		nf_sb_printf(s, "%" PRIu64 " messages, ", line->to - line->from);
	if ((r->flags & STORE_TEMPLATES) != 0)
		nf_sb_str(s, "T ");
	if ((r->flags & STORE_OPTIONS_TEMPLATES) != 0)
		nf_sb_str(s, "OT ");
	if (r->options > 0)
		nf_sb_printf(s, r->options > 1 ? "O:%" PRIu32 " " : "O ", r->options);
	if (line->flows > 0) {
		out_count(s, line->flows, "flow");
		nf_sb_char(s, ' ');
	}
	if ((r->flags & STORE_UNDECODED) != 0)
		nf_sb_str(s, "undecoded ");
	if (r->duplicate)
		nf_sb_str(s, "copy ");
	if (s->n == from)
		nf_sb_str(s, "nothing ");
	if (s->n > from)
		s->n--;			/* the blank behind the last */
}

static const char *unit_of(uint8_t version, uint32_t n)
{
	switch (nf_seq_unit_of(version)) {
	case NF_SEQ_UNIT_PACKETS: return n == 1 ? "packet" : "packets";
	case NF_SEQ_UNIT_RECORDS: return n == 1 ? "record" : "records";
	default: return n == 1 ? "flow" : "flows";
	}
}

void ladder_step_text(struct nf_strbuf *s, const struct ladder_line *line)
{
	const struct ladder_message *m = &line->first;

	switch ((enum ladder_step)line->step) {
	case LADDER_FINE: break;
	case LADDER_GAP:
		nf_sb_printf(s, "%" PRIu32 " %s missing", line->units,
			     unit_of(m->at.version, line->units));
		break;
	case LADDER_BACK:
		nf_sb_printf(s, "late or sent twice: %" PRIu32 ", not %" PRIu32, m->sequence,
			     line->expected);
		break;
	case LADDER_ANEW:
		nf_sb_printf(s, "counts anew: %" PRIu32 ", not %" PRIu32, m->sequence,
			     line->expected);
		break;
	}
}

/* -- Lines ------------------------------------------------------------------------------- */

static void text_at(struct area a, unsigned row, unsigned col, unsigned max, enum look look,
		    const struct nf_strbuf *s)
{
	area_text(a, row, col, max, look, (struct nf_bytes){ (const uint8_t *)s->p, s->n });
}

static void lifelines(const struct ladder *l, struct area a, unsigned row, enum look look)
{
	uint32_t ch = a.canvas->ascii ? '|' : 0x2502;

	for (unsigned i = 0; i < ladder_lanes_shown(l, a.cols); i++)
		area_run(a, row, column_of(l, l->left + i, a.cols), 1, look, ch);
	area_run(a, row, collector(a.cols), 1, look, ch);
}

/* What comes before a line: its lane is broken there. */
static void draw_step(const struct ladder *l, struct area a, unsigned row,
		      const struct ladder_line *line, uint32_t lane)
{
	enum look look = line->step == LADDER_GAP ? LOOK_error : LOOK_warning;
	unsigned col = in_sight(l, lane, a.cols) ? column_of(l, lane, a.cols) : TIME;
	uint32_t ch = a.canvas->ascii ? ':' : 0x250a;
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	lifelines(l, a, row, LOOK_faint);
	nf_sb_str(&s, line->step == LADDER_GAP ? " ~ " : " ! ");
	ladder_step_text(&s, line);
	nf_sb_str(&s, line->step == LADDER_GAP ? " ~ " : " ! ");
	area_run(a, row, col, 1, look, ch);
	text_at(a, row, col + 1, a.cols - col, look, &s);
	nf_strbuf_done(&s);
}

static void draw_arrow(const struct ladder *l, struct area a, unsigned row,
		       const struct ladder_line *line, uint32_t lane, enum look look)
{
	bool ascii = a.canvas->ascii, data = line->flows > 0;
	unsigned from = in_sight(l, lane, a.cols) ? column_of(l, lane, a.cols) : TIME;
	unsigned to = collector(a.cols);
	struct nf_strbuf s;

	lifelines(l, a, row, look == LOOK_selected ? look : LOOK_faint);
	nf_strbuf_init(&s);
	nf_sb_char(&s, ' ');
	if (!in_sight(l, lane, a.cols)) {
		/* whose it is, where that lane is out of sight */
		out_addr(&s, &l->lanes[lane].addr);
		nf_sb_str(&s, ": ");
	}
	ladder_label(&s, line);
	nf_sb_char(&s, ' ');
	area_run(a, row, from, 1, look, ascii ? '+' : 0x251c);
	if (to > from + 1) {
		area_run(a, row, from + 1, to - from - 1, look,
			 ascii ? (data ? '=' : '-') : data ? 0x2550 : 0x2500);
		area_run(a, row, to - 1, 1, look, ascii ? '>' : 0x25b6);
	}
	if (to > from + 4)
		text_at(a, row, from + 3, to - from - 4, look, &s);
	nf_strbuf_done(&s);
}

static enum look look_of(const struct ladder_line *line)
{
	const struct store_row *r = &line->first.at;

	if (line->first.row == UINT64_MAX || r->worst > NF_ERROR)
		return LOOK_error;
	if (r->worst > NF_WARNING || (r->flags & STORE_UNDECODED) != 0)
		return LOOK_warning;
	return line->flows > 0 ? LOOK_text : LOOK_name;
}

/* Returns the rows that it takes. */
static unsigned draw_line(const struct ladder *l, struct area a, unsigned row,
			  const struct ladder_line *line)
{
	uint32_t lane = ladder_lane(l, &line->first.at);
	bool selected = line->from == l->at;
	unsigned at = row;
	struct nf_strbuf s;

	if (l->nlanes == 0)
		return 1;
	if (line->step != LADDER_FINE)
		draw_step(l, a, at++, line, lane);
	if (selected)
		area_look(a, at, 0, a.cols, LOOK_selected);
	draw_arrow(l, a, at, line, lane, selected ? LOOK_selected : look_of(line));
	nf_strbuf_init(&s);
	times_text(&s, l->screen.app, line->first.at.ts_ns,
		   line->from > 0 ? ladder_row(l, line->from - 1) : UINT64_MAX);
	area_text_right(a, at, 0, TIME - 1, selected ? LOOK_selected : LOOK_text,
			(struct nf_bytes){ (const uint8_t *)s.p, s.n });
	nf_strbuf_done(&s);
	return at + 1 - row;
}

/* -- Around them ------------------------------------------------------------------------- */

static void lane_title(const struct ladder *l, struct nf_strbuf *s, unsigned lane)
{
	if (l->lanes[lane].addr.family == 0)
		nf_sb_str(s, "file");
	else
		out_addr(s, &l->lanes[lane].addr);
}

static void draw_titles(const struct ladder *l, struct area a)
{
	unsigned shown = ladder_lanes_shown(l, a.cols), width = width_of(l, a.cols);
	struct nf_strbuf s;

	area_look(a, 0, 0, a.cols, LOOK_header);
	nf_strbuf_init(&s);
	if (l->left > 0)
		nf_sb_printf(&s, "< %u more ", l->left);
	else
		nf_sb_str(&s, times_title(l->screen.app));
	text_at(a, 0, 0, TIME - 1, LOOK_header, &s);
	for (unsigned i = 0; i < shown; i++) {
		nf_strbuf_clear(&s);
		lane_title(l, &s, l->left + i);
		text_at(a, 0, column_of(l, l->left + i, a.cols),
			i + 1 < shown || width <= MORE ? width - 1 : width - MORE, LOOK_header, &s);
	}
	nf_strbuf_clear(&s);
	if (l->left + shown < l->nlanes)
		nf_sb_printf(&s, "%zu more >", l->nlanes - l->left - shown);
	else
		nf_sb_str(&s, "collector");
	area_text_right(a, 0, 0, a.cols, LOOK_header,
			(struct nf_bytes){ (const uint8_t *)s.p, s.n });
	nf_strbuf_done(&s);
}

/* "frame 12 10.0.0.1:2055 > 10.0.0.9:2055 v9 domain 7 sequence 12: 2 templates, 24 flows of 256" */
static void draw_selected(struct ladder *l, struct area a, unsigned row)
{
	struct store *store = l->screen.app->store;
	uint64_t i = ladder_row(l, l->at);
	const struct nf_view *v;
	struct nf_strbuf s;
	struct nf_err err;
	struct scan scan;

	v = i != UINT64_MAX ? store_read(store, i, out_sink(l->out), &err) : NULL;
	if (v == NULL)
		return;
	nf_strbuf_init(&s);
	nf_sb_printf(&s, "frame %" PRIu64 ", ", v->datagram->frame);
	line_exporter(&s, &(struct line){ .datagram = v->datagram, .msg = &v->msg });
	if (v->datagram->dst.addr.family != 0) {
		nf_sb_str(&s, " > ");
		out_endpoint(&s, &v->datagram->dst);
	}
	nf_sb_char(&s, ' ');
	out_version(&s, &v->msg);
	nf_sb_printf(&s, ", domain %" PRIu32 ", sequence %" PRIu32 ": ", v->msg.domain,
		     v->msg.sequence);
	nf_strbuf_clear(&l->out->text);
	scan_message(&scan, l->out, v, false);
	scan_text(&s, &scan, l->out->opts.bpf);
	line_marks(l->out);
	nf_sb_mem(&s, l->out->text.p, l->out->text.n);
	text_at(a, row, 0, a.cols, LOOK_text, &s);
	nf_strbuf_done(&s);
}

static void draw_below(struct ladder *l, struct area a, unsigned row)
{
	area_rule(a, row, false, "T templates, OT options templates, O options records, "
		  "= flows, ~ missing");
	draw_selected(l, a, row + 1);
}

void ladder_draw(struct ladder *l, struct area a)
{
	unsigned below = a.rows > 6 ? BELOW : 0, row = TITLES;

	draw_titles(l, a);
	if (ladder_count(l) == 0) {
		area_str(a, 1, 0, a.cols, LOOK_faint, l->match != NULL ? "No message matches" :
			 "No flow export here");
		return;
	}
	for (unsigned i = 0; i < l->nlines && row < a.rows - below; i++)
		row += draw_line(l, area_in(a, 0, 0, a.rows - below, a.cols), row, &l->lines[i]);
	if (below > 0)
		draw_below(l, a, a.rows - below);
}
