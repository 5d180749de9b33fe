#include <config.h>

#include "tui/popup.h"

#include "base/mem.h"

/* -- Rows ----------------------------------------------------------------------------- */

bool popup_open(struct popup *p, const char *title, const struct popup_ops *ops, void *ctx,
		bool searching)
{
	*p = (struct popup){
		.title = title, .ops = ops, .ctx = ctx, .searching = searching,
		.stale = true, .unmeasured = true, .current = SIZE_MAX, .width = SIZE_MAX,
	};
	nf_strbuf_init(&p->text);
	nf_strbuf_init(&p->scratch);
	return edit_open(&p->search, "", NULL, NULL, NULL);
}

void popup_close(struct popup *p)
{
	nf_strbuf_done(&p->text);
	nf_strbuf_done(&p->scratch);
	edit_close(&p->search);
	nf_free(p->own);
	nf_free(p->ends);
	nf_free(p->lines);
	*p = (struct popup){ 0 };
}

bool popup_add(struct popup *p, const struct popup_row *row, struct nf_bytes text)
{
	if (!nf_grow((void **)&p->own, &p->own_cap, p->nown + 1, sizeof(*p->own)) ||
	    !nf_grow((void **)&p->ends, &p->ends_cap, p->nown + 1, sizeof(*p->ends)) ||
	    !nf_sb_room(&p->text, text.n))
		return false;
	nf_sb_mem(&p->text, text.p, text.n);
	p->own[p->nown] = *row;
	p->ends[p->nown++] = p->text.n;
	popup_changed(p);
	return true;
}

void popup_add_text(struct popup *p, enum look look, struct nf_bytes text)
{
	const struct popup_row row = { .look = (uint8_t)look, .kind = POPUP_TEXT };

	while (text.n > 0) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		size_t n = end != NULL ? (size_t)(end - text.p) : text.n;

		popup_add(p, &row, nf_slice(text, 0, n));
		text = nf_slice(text, n + 1, text.n);
	}
}

void popup_go(struct popup *p, size_t row)
{
	p->current = row;
	p->stale = true;
}

void popup_changed(struct popup *p)
{
	p->stale = p->unmeasured = true;
}

static size_t rows(const struct popup *p)
{
	return p->ops != NULL ? p->ops->rows(p->ctx) : p->nown;
}

/* Row N, and what it is; the text is valid until the next one is asked for. */
static struct nf_bytes fetch(struct popup *p, size_t n, struct popup_row *row)
{
	struct nf_bytes all = { (const uint8_t *)p->text.p, p->text.n };
	size_t from = n > 0 && p->ops == NULL ? p->ends[n - 1] : 0;

	*row = (struct popup_row){ .look = LOOK_text, .kind = POPUP_CHOICE };
	if (p->ops == NULL) {
		*row = p->own[n];
		return nf_slice(all, from, p->ends[n] - from);
	}
	nf_strbuf_clear(&p->scratch);
	p->scratch.failed = false;
	p->ops->row(p->ctx, n, &p->scratch, row);
	return (struct nf_bytes){ (const uint8_t *)p->scratch.p, p->scratch.n };
}

static bool has_box(const struct popup_row *row)
{
	return row->kind == POPUP_OFF || row->kind == POPUP_ON;
}

/* Columns before its text. */
static unsigned prefix(const struct popup *p, const struct popup_row *row)
{
	return (p->key_width > 0 ? p->key_width + 2 : 0) + (has_box(row) ? 4 : 0);
}

/* -- Lines ---------------------------------------------------------------------------- */

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 0x20) : c;
}

static bool contains(struct nf_bytes text, struct nf_bytes word)
{
	for (size_t at = 0; nf_has(text, at, word.n); at++) {
		size_t same = 0;

		while (same < word.n && lower(text.p[at + same]) == lower(word.p[same]))
			same++;
		if (same == word.n)
			return true;
	}
	return false;
}

/* All words that are searched for are in it, in any case. */
static bool is_found(struct popup *p, struct nf_bytes text)
{
	const char *words = edit_text(&p->search);

	for (;;) {
		size_t n;

		words += strspn(words, " ");
		n = strcspn(words, " ");
		if (n == 0)
			return true;
		if (!contains(text, (struct nf_bytes){ (const uint8_t *)words, n }))
			return false;
		words += n;
	}
}

static void add_line(struct popup *p, const struct popup_line *line)
{
	if (nf_grow((void **)&p->lines, &p->lines_cap, p->nlines + 1, sizeof(*p->lines)))
		p->lines[p->nlines++] = *line;
}

/* How much of TEXT stands in a line of ROOM columns: up to a blank, if there is one. */
static size_t line_length(struct nf_bytes text, size_t room)
{
	size_t fits = text_fit(text, room), n;

	if (fits == text.n)
		return fits;
	for (n = fits; n > 0 && text.p[n] != ' '; n--)
		continue;
	while (n > 0 && text.p[n - 1] == ' ')
		n--;
	if (n > 0)
		return n;
	return fits > 0 ? fits : text_next(text, 0);
}

static size_t indent_of(const struct popup_row *row, size_t room)
{
	return row->indent < room / 2 ? row->indent : room / 2;
}

/* The lines of ROW; the caller's rows are one each. */
static void add_lines(struct popup *p, size_t n, const struct popup_row *row, struct nf_bytes text)
{
	size_t before = prefix(p, row), at = 0;
	size_t room = p->width > before ? p->width - before : 1;
	struct popup_line line = { .row = n, .key = row->key, .choice = row->kind != POPUP_TEXT };

	do {
		struct nf_bytes rest = nf_slice(text, at, text.n);

		line.from = at;
		line.n = p->ops != NULL ? text.n : line_length(rest, room);
		add_line(p, &line);
		if (at == 0)
			room -= indent_of(row, room);
		at += line.n;
		while (at < text.n && text.p[at] == ' ')
			at++;
	} while (at < text.n);
}

static unsigned width_of_key(uint32_t code)
{
	struct nf_strbuf s;
	unsigned width;

	if (code == 0)
		return 0;
	nf_strbuf_init(&s);
	key_put(&s, code);
	width = (unsigned)text_width((struct nf_bytes){ (const uint8_t *)s.p, s.n });
	nf_strbuf_done(&s);
	return width;
}

static void measure(struct popup *p)
{
	p->natural = 0;
	p->key_width = 0;
	for (size_t n = 0; n < rows(p); n++) {
		struct popup_row row;
		struct nf_bytes text = fetch(p, n, &row);
		size_t width = text_width(text) + (has_box(&row) ? 4 : 0);
		unsigned key = width_of_key(row.key);

		if (width > p->natural)
			p->natural = width;
		if (key > p->key_width)
			p->key_width = key;
	}
	if (p->key_width > 0)
		p->natural += p->key_width + 2;
	p->unmeasured = false;
}

/* The first line of ROW; nlines where it is not shown. */
static size_t line_of(const struct popup *p, size_t row)
{
	size_t low = 0, high = p->nlines;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->lines[middle].row < row)
			low = middle + 1;
		else
			high = middle;
	}
	return low < p->nlines && p->lines[low].row == row ? low : p->nlines;
}

/* The choice at LINE or behind it, or else before it, if BY > 0; the other way round if not. */
static void choose(struct popup *p, size_t line, long by)
{
	size_t found = line;

	if (!p->choices)
		return;
	while (found < p->nlines && !p->lines[found].choice)
		found += by > 0 ? 1 : SIZE_MAX;		/* below 0 it is beyond the end */
	if (found >= p->nlines)
		for (found = line; !p->lines[found].choice; )
			found += by > 0 ? SIZE_MAX : 1;
	p->current = p->lines[found].row;
}

static void make_lines(struct popup *p)
{
	p->nlines = 0;
	p->choices = false;
	for (size_t n = 0; n < rows(p); n++) {
		struct popup_row row;
		struct nf_bytes text = fetch(p, n, &row);

		if (is_found(p, text))
			add_lines(p, n, &row, text);
	}
	for (size_t i = 0; i < p->nlines; i++)
		p->choices |= p->lines[i].choice;
	if (p->search.text.n == 0)
		p->height = p->nlines;
}

/* All is as rows and the search are now. */
static void settle(struct popup *p)
{
	size_t line;

	if (p->unmeasured)
		measure(p);
	if (!p->stale)
		return;
	make_lines(p);
	p->stale = false;
	line = line_of(p, p->current);
	if (!p->choices)
		p->current = SIZE_MAX;
	else if (line == p->nlines || !p->lines[line].choice)
		choose(p, line < p->nlines ? line : 0, 1);
}

size_t popup_current(struct popup *p)
{
	settle(p);
	return p->current;
}

bool popup_ticked(const struct popup *p, size_t n)
{
	return n < p->nown && p->own[n].kind == POPUP_ON;
}

/* -- Keys ----------------------------------------------------------------------------- */

static long page(const struct popup *p)
{
	return p->shown.rows > 1 ? (long)p->shown.rows - 1 : 1;
}

static void move(struct popup *p, long by)
{
	size_t at = p->choices ? line_of(p, p->current) : p->top, last;
	size_t height = p->shown.rows > 0 ? p->shown.rows : 1;

	if (p->nlines == 0)
		return;
	/* a row's lines are one step */
	if (by == 1)
		while (p->choices && at + 1 < p->nlines && p->lines[at + 1].row == p->current)
			at++;
	last = p->choices ? p->nlines - 1 : p->nlines > height ? p->nlines - height : 0;
	if (by < 0)
		at = at > (size_t)-by ? at - (size_t)-by : 0;
	else
		at = last - (at < last ? at : last) > (size_t)by ? at + (size_t)by : last;
	if (p->choices)
		choose(p, at, by);
	else
		p->top = at;
}

static bool moved(struct popup *p, const struct key *k)
{
	const struct { uint32_t code; long by; } moves[] = {
		{ KEY_DOWN, 1 }, { KEY_CTRL('n'), 1 }, { KEY_UP, -1 }, { KEY_CTRL('p'), -1 },
		{ KEY_PGDN, page(p) }, { KEY_CTRL('f'), page(p) },
		{ KEY_PGUP, -page(p) }, { KEY_CTRL('b'), -page(p) },
		/* letters and the like: not in the search line */
		{ 'j', 1 }, { 'k', -1 }, { KEY_CTRL('d'), page(p) / 2 + 1 },
		{ KEY_CTRL('u'), -(page(p) / 2 + 1) },
		{ 'G', INT32_MAX }, { KEY_END, INT32_MAX }, { KEY_HOME, -INT32_MAX },
	};
	size_t n = p->searching ? 8 : sizeof(moves) / sizeof(moves[0]);

	for (size_t i = 0; i < n; i++) {
		if (moves[i].code == k->code) {
			move(p, moves[i].by);
			return true;
		}
	}
	return false;
}

static enum popup_got mouse(struct popup *p, const struct key *k)
{
	size_t line = p->top + k->row - p->shown.row;

	if (k->button == MOUSE_UP || k->button == MOUSE_DOWN) {
		move(p, k->button == MOUSE_UP ? -3 : 3);
		return POPUP_GOES_ON;
	}
	if (k->row < p->shown.row || k->row - p->shown.row >= p->shown.rows ||
	    k->col < p->shown.col || k->col - p->shown.col >= p->shown.cols ||
	    line >= p->nlines || !p->lines[line].choice)
		return POPUP_GOES_ON;
	p->current = p->lines[line].row;
	return k->button == MOUSE_DOUBLE ? POPUP_CHOSEN : POPUP_GOES_ON;
}

static enum popup_got search_off(struct popup *p)
{
	bool was = p->search.text.n > 0;

	p->searching = false;
	edit_key(&p->search, &(struct key){ .code = KEY_END });
	edit_key(&p->search, &(struct key){ .code = KEY_CTRL('u') });
	p->stale = true;
	return was ? POPUP_GOES_ON : POPUP_CLOSED;
}

static bool current_has_box(struct popup *p)
{
	struct popup_row row;

	if (p->current == SIZE_MAX)
		return false;
	fetch(p, p->current, &row);
	return has_box(&row);
}

static enum popup_got tick(struct popup *p)
{
	struct popup_row *own = p->current < p->nown ? &p->own[p->current] : NULL;

	if (!p->choices)
		move(p, page(p));
	if (!current_has_box(p))
		return POPUP_GOES_ON;
	if (own != NULL)
		own->kind = own->kind == POPUP_ON ? POPUP_OFF : POPUP_ON;
	else if (p->ops != NULL && p->ops->tick != NULL)
		p->ops->tick(p->ctx, p->current);
	return POPUP_TICKED;
}

static enum popup_got search_key(struct popup *p, const struct key *k)
{
	enum edit_got got = edit_key(&p->search, k);

	if (got == EDIT_CANCELLED)
		return search_off(p);
	if (got == EDIT_ENTERED) {
		if (p->choices && !current_has_box(p))
			return POPUP_CHOSEN;
		p->searching = false;
	}
	p->stale = true;
	p->top = 0;
	return POPUP_GOES_ON;
}

static bool chosen_by_key(struct popup *p, uint32_t code)
{
	for (size_t i = 0; i < p->nlines; i++) {
		if (p->lines[i].key == code && p->lines[i].choice) {
			p->current = p->lines[i].row;
			return true;
		}
	}
	return false;
}

enum popup_got popup_key(struct popup *p, const struct key *k)
{
	bool g = p->g;

	settle(p);
	p->g = false;
	if (k->code == KEY_MOUSE)
		return mouse(p, k);
	if (k->code == 0 || k->code == KEY_NONE || k->code == KEY_RESIZE)
		return POPUP_GOES_ON;
	if (!p->searching && chosen_by_key(p, k->code))
		return POPUP_CHOSEN;
	if (moved(p, k))
		return POPUP_GOES_ON;
	if (p->searching)
		return search_key(p, k);
	switch (k->code) {
	case 'g':
		p->g = !g;
		if (g)
			move(p, -INT32_MAX);
		return POPUP_GOES_ON;
	case '/': p->searching = true; return POPUP_GOES_ON;
	case ' ': return tick(p);
	case KEY_ENTER: return p->choices ? POPUP_CHOSEN : POPUP_CLOSED;
	case KEY_ESC: case 'q': case KEY_CTRL('c'): return search_off(p);
	default: return POPUP_GOES_ON;
	}
}

/* -- Drawing -------------------------------------------------------------------------- */

/* The part of C that it takes: in the middle, with a frame where there is room for one. */
static struct area place(struct popup *p, struct canvas *c)
{
	struct area all = canvas_area(c);
	size_t title = p->title != NULL ? text_width((struct nf_bytes){
		(const uint8_t *)p->title, strlen(p->title) }) + 4 : 0;
	bool searched = p->searching || p->search.text.n > 0;
	size_t cols, lines;

	if (p->unmeasured)
		measure(p);
	if (c->rows < 4 || c->cols < 12) {
		p->stale |= p->width != c->cols;
		p->width = c->cols;
		settle(p);
		return all;
	}
	cols = p->natural > title ? p->natural : title;
	cols = cols < 16 ? 16 : cols;
	cols = cols < c->cols - 4 ? cols : c->cols - 4;
	p->stale |= p->width != cols;
	p->width = cols;
	settle(p);
	lines = (p->height > p->nlines ? p->height : p->nlines) + searched;
	lines = lines < 1 ? 1 : lines < c->rows - 2 ? lines : c->rows - 2;
	all = area_in(all, (unsigned)(c->rows - lines - 2) / 2, (unsigned)(c->cols - cols - 4) / 2,
		      (unsigned)lines + 2, (unsigned)cols + 4);
	area_fill(all, LOOK_text);
	all = area_box(all, LOOK_head, p->title);
	return area_in(all, 0, 1, all.rows, (unsigned)cols);
}

/* The row that is chosen is seen, and what stands above the first one. */
static void scroll(struct popup *p, unsigned height)
{
	size_t last = p->nlines > height ? p->nlines - height : 0;

	if (p->choices && height > 0) {
		size_t first = line_of(p, p->current), end = first;

		while (end + 1 < p->nlines && p->lines[end + 1].row == p->current)
			end++;
		if (end >= p->top + height)
			p->top = end - height + 1;
		while (first > 0 && !p->lines[first - 1].choice && end - first + 1 < height)
			first--;
		if (first < p->top)
			p->top = first;
	}
	if (p->top > last)
		p->top = last;
}

static void draw_line(struct popup *p, struct area a, unsigned at, const struct popup_line *line)
{
	struct popup_row row;
	struct nf_bytes text = fetch(p, line->row, &row);
	bool current = line->choice && line->row == p->current;
	enum look look = current ? LOOK_selected : (enum look)row.look;
	unsigned col = prefix(p, &row);

	if (current)
		area_run(a, at, 0, a.cols, look, ' ');
	if (line->from == 0 && row.key != 0) {
		struct nf_strbuf name;

		nf_strbuf_init(&name);
		key_put(&name, row.key);
		area_str(a, at, 0, a.cols, current ? look : LOOK_head, nf_strbuf_cstr(&name));
		nf_strbuf_done(&name);
	}
	if (line->from == 0 && has_box(&row))
		area_str(a, at, col - 4, 3, look, row.kind == POPUP_ON ? "[x]" : "[ ]");
	if (line->from > 0)
		col += (unsigned)indent_of(&row, a.cols > col ? a.cols - col : 0);
	area_text(a, at, col, a.cols, look, nf_slice(text, line->from, line->n));
}

/* "12/345" in the lower side of the frame, where not all is shown. */
static void draw_place(const struct popup *p, struct canvas *c, struct area a, unsigned frame_row)
{
	struct nf_strbuf s;

	if (p->nlines <= a.rows || frame_row >= c->rows || a.cols < 16)
		return;
	nf_strbuf_init(&s);
	nf_sb_printf(&s, " %zu/%zu ", p->top + a.rows, p->nlines);
	area_text_right(canvas_area(c), frame_row, a.col, a.cols, LOOK_head,
			(struct nf_bytes){ (const uint8_t *)s.p, s.n });
	nf_strbuf_done(&s);
}

void popup_draw(struct popup *p, struct canvas *c)
{
	struct area a = place(p, c), box = a;
	bool searched = p->searching || p->search.text.n > 0;

	if (c->rows < 4 || c->cols < 12)
		area_fill(a, LOOK_text);
	c->cursor = false;
	if (searched && a.rows > 0) {
		edit_draw(&p->search, area_in(a, a.rows - 1, 0, 1, a.cols), "/", LOOK_prompt);
		c->cursor = p->searching;
		a.rows--;
	}
	p->shown = a;
	scroll(p, a.rows);
	for (unsigned at = 0; at < a.rows && p->top + at < p->nlines; at++)
		draw_line(p, a, at, &p->lines[p->top + at]);
	if (p->nlines == 0 && searched)
		area_str(a, 0, 0, a.cols, LOOK_faint, "nothing has that");
	draw_place(p, c, a, box.row + box.rows);
}
