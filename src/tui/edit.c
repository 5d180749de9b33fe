#include <config.h>

#include "tui/edit.h"

#include <string.h>
#include <unistr.h>

#include "base/mem.h"

enum { WORDS_MAX = 1000 };

static char *copy_of(const char *text, size_t n)
{
	char *copy = nf_alloc(n + 1);

	if (copy != NULL) {
		memcpy(copy, text, n);
		copy[n] = '\0';
	}
	return copy;
}

/* -- History -------------------------------------------------------------------------- */

void edit_remember(struct edit_history *h, const char *text)
{
	unsigned at = 0;
	char *entry;

	if (*text == '\0')
		return;
	while (at < h->n && strcmp(h->v[at], text) != 0)
		at++;
	if (at < h->n) {
		entry = h->v[at];
	} else {
		entry = copy_of(text, strlen(text));
		if (entry == NULL)
			return;
		if (h->n == EDIT_HISTORY)
			nf_free(h->v[--h->n]);
		at = h->n++;
	}
	memmove(h->v + 1, h->v, at * sizeof(h->v[0]));
	h->v[0] = entry;
}

void edit_history_done(struct edit_history *h)
{
	while (h->n > 0)
		nf_free(h->v[--h->n]);
}

/* -- The text ------------------------------------------------------------------------- */

static struct nf_bytes bytes_of(const struct edit *e)
{
	return (struct nf_bytes){ (const uint8_t *)e->text.p, e->text.n };
}

/* Room for MORE octets, and behind them for the NUL of edit_text; else all stays as it is. */
static bool room(struct edit *e, size_t more)
{
	if (nf_sb_room(&e->text, more + 1))
		return true;
	e->text.failed = false;
	return false;
}

/* TEXT, as far as it is text, with the cursor behind it; without memory it is empty. */
static bool set_text(struct edit *e, const char *text)
{
	size_t n = strlen(text);

	while (n > EDIT_MAX || (n > 0 && u8_check((const uint8_t *)text, n) != NULL))
		n = n > EDIT_MAX ? EDIT_MAX : (size_t)(u8_check((const uint8_t *)text, n) -
						       (const uint8_t *)text);
	nf_strbuf_clear(&e->text);
	e->at = 0;
	if (!room(e, n))
		return false;
	nf_sb_mem(&e->text, text, n);
	e->at = n;
	return true;
}

static void erase(struct edit *e, size_t from, size_t to)
{
	if (from == to)
		return;
	memmove(e->text.p + from, e->text.p + to, e->text.n - to);
	e->text.n -= to - from;
	e->at = from;
}

/* Where the character before AT begins, with what combines with it; 0 at the beginning. */
static size_t before(const struct edit *e, size_t at)
{
	size_t from = 0, next;

	for (;;) {
		next = from < e->text.n ? text_next(bytes_of(e), from) : SIZE_MAX;
		if (next >= at)
			return from;
		from = next;
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static size_t word_before(const struct edit *e)
{
	size_t at = e->at;

	while (at > 0 && is_blank(e->text.p[at - 1]))
		at--;
	while (at > 0 && !is_blank(e->text.p[at - 1]))
		at--;
	return at;
}

/* N octets of WORD instead of what stands between FROM and the cursor, which is then behind it. */
static void replace(struct edit *e, size_t from, const char *word, size_t n)
{
	if (n + (e->at - from) == 0 || n > EDIT_MAX - (e->text.n - (e->at - from)) ||
	    !room(e, n))
		return;
	memmove(e->text.p + from + n, e->text.p + e->at, e->text.n - e->at);
	memcpy(e->text.p + from, word, n);
	e->text.n += n;
	e->text.n -= e->at - from;
	e->at = from + n;
}

/* -- Completion ----------------------------------------------------------------------- */

static void forget_words(struct edit *e)
{
	while (e->nwords > 0)
		nf_free(e->words[--e->nwords]);
	nf_free(e->words);
	e->words = NULL;
	e->words_cap = 0;
}

static void found(void *to, const char *word)
{
	struct edit *e = to;
	char *copy;

	if (e->nwords == WORDS_MAX ||
	    !nf_grow((void **)&e->words, &e->words_cap, e->nwords + 1, sizeof(*e->words)))
		return;
	copy = copy_of(word, strlen(word));
	if (copy != NULL)
		e->words[e->nwords++] = copy;
}

/* What all of them begin with, in whole characters. */
static size_t common(const struct edit *e)
{
	const char *first = e->words[0];
	size_t n = strlen(first);

	for (unsigned i = 1; i < e->nwords; i++) {
		size_t same = 0;

		while (same < n && e->words[i][same] == first[same])
			same++;
		n = same;
	}
	while (n > 0 && ((uint8_t)first[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* The first Tab: what is certain, and if that is nothing new, the first of them. */
static void begin_words(struct edit *e, bool back)
{
	size_t n;

	e->from = e->at;
	e->ops->complete(e->ctx, edit_text(e), e->at, &e->from, found, e);
	if (e->nwords == 0 || e->from > e->at)
		return forget_words(e);
	n = common(e);
	e->word = e->nwords;
	if (n > e->at - e->from)
		replace(e, e->from, e->words[0], n);
	else if (e->nwords > 1)
		edit_key(e, &(struct key){ .code = back ? KEY_BACKTAB : KEY_TAB });
	if (e->nwords == 1)
		forget_words(e);
}

/* E->word is nwords before the first. */
static void complete(struct edit *e, bool back)
{
	if (e->ops == NULL || e->ops->complete == NULL)
		return;
	if (e->nwords == 0)
		return begin_words(e, back);
	if (back)
		e->word = e->word == 0 || e->word == e->nwords ? e->nwords - 1 : e->word - 1;
	else
		e->word = e->word + 1 >= e->nwords ? 0 : e->word + 1;
	replace(e, e->from, e->words[e->word], strlen(e->words[e->word]));
}

/* -- Keys ----------------------------------------------------------------------------- */

/* BY 1: the entry before the one that is shown, -1: the one after it. */
static void recall(struct edit *e, int by)
{
	int entry = e->entry + by;

	if (e->history == NULL || entry < -1 || entry >= (int)e->history->n)
		return;
	if (e->entry == -1) {
		nf_free(e->kept);
		e->kept = copy_of(edit_text(e), strlen(edit_text(e)));
	}
	e->entry = entry;
	set_text(e, entry >= 0 ? e->history->v[entry] : e->kept != NULL ? e->kept : "");
}

static void left(struct edit *e)
{
	e->at = before(e, e->at);
}

static void right(struct edit *e)
{
	if (e->at < e->text.n)
		e->at = text_next(bytes_of(e), e->at);
}

static void home(struct edit *e)
{
	e->at = 0;
}

static void end(struct edit *e)
{
	e->at = e->text.n;
}

static void backspace(struct edit *e)
{
	erase(e, before(e, e->at), e->at);
}

static void delete(struct edit *e)
{
	if (e->at < e->text.n)
		erase(e, e->at, text_next(bytes_of(e), e->at));
}

static void erase_word(struct edit *e)
{
	erase(e, word_before(e), e->at);
}

static void erase_before(struct edit *e)
{
	erase(e, 0, e->at);
}

static void erase_behind(struct edit *e)
{
	e->text.n = e->at;
}

static void up(struct edit *e)
{
	recall(e, 1);
}

static void down(struct edit *e)
{
	recall(e, -1);
}

static const struct {
	uint32_t code;
	void (*act)(struct edit *e);
} acts[] = {
	{ KEY_LEFT, left }, { KEY_RIGHT, right },
	{ KEY_HOME, home }, { KEY_CTRL('a'), home },
	{ KEY_END, end }, { KEY_CTRL('e'), end },
	{ KEY_BACKSPACE, backspace }, { KEY_DELETE, delete },
	{ KEY_CTRL('w'), erase_word }, { KEY_CTRL('u'), erase_before },
	{ KEY_CTRL('k'), erase_behind },
	{ KEY_UP, up }, { KEY_CTRL('p'), up },
	{ KEY_DOWN, down }, { KEY_CTRL('n'), down },
};

static const struct {
	uint32_t code;
	enum edit_got got;
} ends[] = {
	{ KEY_ENTER, EDIT_ENTERED },
	{ KEY_ESC, EDIT_CANCELLED }, { KEY_CTRL('c'), EDIT_CANCELLED },
	{ KEY_CTRL('r'), EDIT_CHOOSES },
};

static enum edit_got typed(struct edit *e, uint32_t code)
{
	uint8_t octets[6];
	int n = code >= ' ' && code < KEY_NONE ? u8_uctomb(octets, code, sizeof(octets)) : -1;

	if (n <= 0)
		return EDIT_NOT_MINE;
	replace(e, e->at, (const char *)octets, (size_t)n);
	return EDIT_GOES_ON;
}

enum edit_got edit_key(struct edit *e, const struct key *k)
{
	if (k->code == KEY_TAB || k->code == KEY_BACKTAB) {
		complete(e, k->code == KEY_BACKTAB);
		return EDIT_GOES_ON;
	}
	if (k->code == KEY_RESIZE)
		return EDIT_NOT_MINE;
	forget_words(e);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i].code == k->code)
			return ends[i].got;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (acts[i].code == k->code) {
			acts[i].act(e);
			return EDIT_GOES_ON;
		}
	}
	return typed(e, k->code);
}

/* -- Opening, drawing ----------------------------------------------------------------- */

bool edit_open(struct edit *e, const char *text, struct edit_history *history,
	       const struct edit_ops *ops, void *ctx)
{
	*e = (struct edit){ .history = history, .entry = -1, .ops = ops, .ctx = ctx };
	nf_strbuf_init(&e->text);
	return set_text(e, text);
}

void edit_close(struct edit *e)
{
	forget_words(e);
	nf_free(e->kept);
	nf_strbuf_done(&e->text);
	*e = (struct edit){ .entry = -1 };
}

const char *edit_text(struct edit *e)
{
	if (e->text.p == NULL)
		return "";
	e->text.p[e->text.n] = '\0';
	return e->text.p;
}

/* The part of the text that ROOM columns show, the cursor in it. */
static void scroll(struct edit *e, unsigned room)
{
	e->left = before(e, e->left + 1);	/* a character may have begun elsewhere then */
	if (e->at < e->left)
		e->left = e->at;
	while (e->left < e->at &&
	       text_width(nf_slice(bytes_of(e), e->left, e->at - e->left)) >= room)
		e->left = text_next(bytes_of(e), e->left);
	/* what was deleted lets what stands before it come back */
	while (e->left > 0) {
		size_t from = before(e, e->left);

		if (text_width(nf_slice(bytes_of(e), from, e->text.n)) >= room)
			break;
		e->left = from;
	}
}

/* Words one behind the other, in rows; returns the row of the current one. */
static unsigned draw_words(const struct edit *e, struct area a, unsigned skip, bool draw)
{
	unsigned row = 0, col = 0, at = 0;

	for (unsigned i = 0; i < e->nwords; i++) {
		struct nf_bytes word = { (const uint8_t *)e->words[i], strlen(e->words[i]) };
		size_t width = text_width(word);

		if (col > 0 && width > a.cols - col) {
			row++;
			col = 0;
		}
		if (i == e->word)
			at = row;
		if (draw && row >= skip)
			area_text(a, row - skip, col, a.cols,
				  i == e->word ? LOOK_selected : LOOK_text, word);
		col = width + 2 < a.cols - col ? col + (unsigned)width + 2 : a.cols;
	}
	return at;
}

void edit_draw(struct edit *e, struct area a, const char *label, enum look look)
{
	unsigned col, room;
	struct area below;

	if (a.rows == 0 || a.cols == 0)
		return;
	area_run(a, 0, 0, a.cols, look, ' ');
	col = area_str(a, 0, 0, a.cols / 2, look, label);
	room = a.cols - col;
	scroll(e, room);
	area_text(a, 0, col, room, look,
		  nf_slice(bytes_of(e), e->left,
			   text_fit(nf_slice(bytes_of(e), e->left, e->text.n), room)));
	a.canvas->cursor = true;
	a.canvas->cursor_row = a.row;
	a.canvas->cursor_col = a.col + col +
		(unsigned)text_width(nf_slice(bytes_of(e), e->left, e->at - e->left));
	below = area_in(a, 1, 0, a.rows - 1, a.cols);
	if (below.rows > 0 && e->nwords > 0) {
		unsigned row = draw_words(e, below, 0, false);

		area_fill(below, LOOK_text);
		draw_words(e, below, row < below.rows ? 0 : row - below.rows + 1, true);
	}
}
