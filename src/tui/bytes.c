#include <config.h>

#include "tui/bytes.h"

enum {
	GROUP = 8,			/* octets between gaps */
	OFFSET = 4,			/* digits of it; more where there are more octets */
};

void bytes_set(struct bytes *b, struct nf_bytes octets)
{
	b->octets = octets;
	b->mark = (struct nf_span){ 0 };
	b->at = b->top = 0;
}

static unsigned per_row(const struct bytes *b)
{
	return b->per_row != 0 ? b->per_row : 16;
}

static size_t rows(const struct bytes *b)
{
	return b->page != 0 ? b->page : 1;
}

/* Rows from FROM's to TO's are seen, as far as there is room; FROM's is. */
static void show(struct bytes *b, size_t from, size_t to)
{
	size_t first = from / per_row(b), last = to / per_row(b);

	if (last >= b->top + rows(b))
		b->top = last - rows(b) + 1;
	if (first < b->top)
		b->top = first;
}

void bytes_mark(struct bytes *b, struct nf_span span)
{
	bytes_mark_around(b, span);
	bytes_go(b, span.off);
	if (b->mark.len > 0)
		show(b, b->mark.off, (size_t)b->mark.off + b->mark.len - 1);
}

void bytes_mark_around(struct bytes *b, struct nf_span span)
{
	struct nf_bytes marked = nf_slice(b->octets, span.off, span.len);

	b->mark = nf_span_of(span.off, marked.n);
}

size_t bytes_at(const struct bytes *b)
{
	return b->at;
}

void bytes_go(struct bytes *b, size_t at)
{
	if (at >= b->octets.n)
		at = b->octets.n > 0 ? b->octets.n - 1 : 0;
	b->at = at;
	show(b, at, at);
}

/* -- Columns -------------------------------------------------------------------------- */

static unsigned offset_digits(const struct bytes *b)
{
	unsigned digits = OFFSET;

	while (digits < 16 && b->octets.n > 0 && (b->octets.n - 1) >> (4 * digits) != 0)
		digits++;
	return digits;
}

static unsigned hex_column(const struct bytes *b, unsigned i)
{
	return offset_digits(b) + 2 + 3 * i + i / GROUP;
}

static unsigned text_column(const struct bytes *b, unsigned n, unsigned i)
{
	return hex_column(b, n - 1) + 4 + i + i / GROUP;
}

/* As many as fit with their text; where not even 8 do, 8 all the same: the text is cut first. */
static unsigned fitting(const struct bytes *b, unsigned cols)
{
	unsigned n = 32;

	while (n > 8 && text_column(b, n, n - 1) >= cols)
		n /= 2;
	return n;
}

/* -- Keys ----------------------------------------------------------------------------- */

static void move(struct bytes *b, long by)
{
	size_t n = by < 0 ? (size_t)-by : (size_t)by;

	if (by < 0)
		bytes_go(b, b->at >= n ? b->at - n : b->at % per_row(b));
	else if (b->octets.n > b->at && b->octets.n - b->at > n)
		bytes_go(b, b->at + n);
	else if (by > 1 && b->octets.n > 0 && b->at / per_row(b) < (b->octets.n - 1) / per_row(b))
		bytes_go(b, b->octets.n);	/* the last row is shorter, or not a page away */
}

/* The octet under ROW and COL of what was drawn. */
static bool octet_at(const struct bytes *b, unsigned row, unsigned col, size_t *at)
{
	unsigned n = per_row(b);

	for (unsigned i = 0; i < n; i++) {
		unsigned hex = hex_column(b, i);

		if (col != hex && col != hex + 1 && col != text_column(b, n, i))
			continue;
		*at = (b->top + row) * n + i;
		return row < rows(b) && *at < b->octets.n;
	}
	return false;
}

static void mouse(struct bytes *b, const struct key *k)
{
	size_t at;

	if (k->button == MOUSE_UP || k->button == MOUSE_DOWN)
		move(b, (k->button == MOUSE_UP ? -3L : 3L) * (long)per_row(b));
	else if (octet_at(b, k->row, k->col, &at))
		bytes_go(b, at);
}

bool bytes_key(struct bytes *b, const struct key *k)
{
	long row = (long)per_row(b), page = row * (long)(rows(b) > 1 ? rows(b) - 1 : 1);
	long half = row * (long)(rows(b) / 2 + 1);
	size_t first = b->at - b->at % per_row(b);
	const struct { uint32_t code; long by; } moves[] = {
		{ 'h', -1 }, { KEY_LEFT, -1 }, { 'l', 1 }, { KEY_RIGHT, 1 },
		{ 'k', -row }, { KEY_UP, -row }, { 'j', row }, { KEY_DOWN, row },
		{ KEY_PGUP, -page }, { KEY_CTRL('b'), -page }, { KEY_PGDN, page },
		{ KEY_CTRL('f'), page }, { ' ', page },
		{ KEY_CTRL('u'), -half }, { KEY_CTRL('d'), half },
	};
	bool g = b->g;

	b->g = false;
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		if (moves[i].code == k->code) {
			move(b, moves[i].by);
			return true;
		}
	}
	switch (k->code) {
	case '0': case KEY_HOME: bytes_go(b, first); return true;
	case '$': case KEY_END: bytes_go(b, first + per_row(b) - 1); return true;
	case 'G': bytes_go(b, b->octets.n); return true;
	case 'g':
		b->g = !g;
		if (g)
			bytes_go(b, 0);
		return true;
	case KEY_MOUSE: mouse(b, k); return true;
	default: return false;
	}
}

/* -- Finding -------------------------------------------------------------------------- */

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	       c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static size_t quoted(const char *text, uint8_t octets[BYTES_PATTERN])
{
	size_t n = strlen(text);

	if (n < 3 || text[n - 1] != '"' || n - 2 > BYTES_PATTERN)
		return 0;
	memcpy(octets, text + 1, n - 2);
	return n - 2;
}

size_t bytes_pattern(const char *text, uint8_t octets[BYTES_PATTERN])
{
	size_t n = 0;

	if (*text == '"')
		return quoted(text, octets);
	while (*text != '\0') {
		if (*text == ' ' || *text == ':' || *text == '-') {
			text++;
			continue;
		}
		if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
			text += 2;
		if (digit(text[0]) < 0 || digit(text[1]) < 0 || n == BYTES_PATTERN)
			return 0;
		octets[n++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
		text += 2;
	}
	return n;
}

bool bytes_find(struct bytes *b, struct nf_bytes pattern, bool back)
{
	size_t places;

	if (pattern.n == 0 || pattern.n > b->octets.n)
		return false;
	places = b->octets.n - pattern.n + 1;
	for (size_t i = 1; i <= places; i++) {
		size_t start = b->at < places ? b->at : back ? places : places - 1;
		size_t at = back ? (start + places - i % places) % places : (start + i) % places;

		if (memcmp(b->octets.p + at, pattern.p, pattern.n) != 0)
			continue;
		bytes_mark(b, nf_span_of(at, pattern.n));
		return true;
	}
	return false;
}

/* -- Drawing -------------------------------------------------------------------------- */

static bool is_marked(const struct bytes *b, size_t at)
{
	return at >= b->mark.off && at - b->mark.off < b->mark.len;
}

static void draw_octet(const struct bytes *b, struct area a, unsigned row, size_t at, bool focus)
{
	static const char digits[] = "0123456789abcdef";
	unsigned n = b->per_row, i = (unsigned)(at % n);
	uint8_t octet = b->octets.p[at];
	bool printable = octet >= 0x20 && octet < 0x7f;
	enum look look = is_marked(b, at) ? LOOK_mark : LOOK_text;
	enum look gap = look;

	if (focus && at == b->at)
		look = LOOK_cell;
	area_run(a, row, hex_column(b, i), 1, look, (uint8_t)digits[octet >> 4]);
	area_run(a, row, hex_column(b, i) + 1, 1, look, (uint8_t)digits[octet & 15]);
	/* a span is one stripe */
	if (gap == LOOK_mark && i + 1 < n && is_marked(b, at + 1))
		area_look(a, row, hex_column(b, i) + 2, i % GROUP == GROUP - 1 ? 2 : 1, gap);
	if (look == LOOK_text && !printable)
		look = LOOK_faint;
	area_run(a, row, text_column(b, n, i), 1, look, printable ? octet : '.');
}

static void draw_row(const struct bytes *b, struct area a, unsigned row, bool focus)
{
	size_t from = (b->top + row) * b->per_row;
	unsigned digits = offset_digits(b);

	for (unsigned i = 0; i < digits; i++) {
		unsigned nibble = from >> (4 * (digits - 1 - i)) & 15;

		area_run(a, row, i, 1, LOOK_faint,
			 nibble < 10 ? '0' + nibble : 'a' + nibble - 10);
	}
	for (size_t at = from; at < b->octets.n && at - from < b->per_row; at++)
		draw_octet(b, a, row, at, focus);
}

void bytes_draw(struct bytes *b, struct area a, bool focus)
{
	unsigned n = fitting(b, a.cols);
	size_t all;

	area_fill(a, LOOK_text);
	if (n != b->per_row || a.rows != b->page) {
		b->top = b->top * per_row(b) / n;
		b->per_row = n;
		b->page = a.rows;
		if (b->mark.len > 0 && is_marked(b, b->at))
			show(b, b->mark.off, (size_t)b->mark.off + b->mark.len - 1);
		show(b, b->at, b->at);
	}
	all = (b->octets.n + n - 1) / n;
	if (b->top > all - (all < a.rows ? all : a.rows))
		b->top = all - (all < a.rows ? all : a.rows);
	for (unsigned row = 0; row < a.rows && b->top + row < all; row++)
		draw_row(b, a, row, focus);
}
