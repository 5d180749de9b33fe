/*
 * The real terminal, by ncurses.  Only this file knows of it: its names for keys are macros that
 * hide ours, which therefore have others here.
 *
 * The terminal is /dev/tty: standard input may be the capture, standard output a file.
 */
#include <config.h>

#include "tui/term.h"

enum {
#define NAMED(code, name) OUR_##code = KEY_##code,
#include "tui/keys.def"
#undef NAMED
};

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include <unistr.h>
#include <wchar.h>

#define NCURSES_NOMACROS 1
#include <curses.h>

#include "base/mem.h"
#include "tui/term_signals.h"

enum {
	MOST_ROWS = 1000, MOST_COLS = 4000,
	COPY_MAX = 100000,		/* octets to the clipboard */
	DOUBLE_MS = 400,		/* between two presses that are one */
};

struct curses {
	SCREEN *screen;
	FILE *tty;
	int fd;
	struct termios found;
	struct nf_strbuf reset;
	attr_t attributes[LOOKS];
	short pairs[LOOKS];
	bool cursor, mouse;
	/* of a character whose octets have not all come */
	uint8_t octets[4];
	unsigned n;
	struct key pressed;		/* the mouse, last */
	struct timespec when;
};

const char *term_library(void)
{
	return curses_version();
}

/* -- Looks ---------------------------------------------------------------------------- */

struct paint {
	short fg, bg;
	const char *attributes;
};

static const struct {
	const char *mono;
	struct paint ansi, rich;
} paints[LOOKS] = {
#define LOOK(name, letter, mono, fg, bg, attributes, rich_fg, rich_bg, rich_attributes) \
	[LOOK_##name] = { mono, { fg, bg, attributes }, { rich_fg, rich_bg, rich_attributes } },
#include "tui/looks.def"
#undef LOOK
};

static attr_t attributes_of(const char *letters)
{
	attr_t a = A_NORMAL;

	for (; *letters != '\0'; letters++)
		a |= *letters == 'B' ? A_BOLD : *letters == 'R' ? A_REVERSE :
		     *letters == 'U' ? A_UNDERLINE : A_DIM;
	return a;
}

static bool colors_wanted(const struct term *t)
{
	const char *no = getenv("NO_COLOR");

	if (t->opts.color == TERM_COLOR_AUTO)
		return no == NULL || *no == '\0';
	return t->opts.color != TERM_COLOR_MONO;
}

/* Pair N + 1 is look N's; 0 the terminal's own colours. */
static void choose_looks(struct term *t)
{
	struct curses *own = t->own;
	bool colored = colors_wanted(t) && has_colors() && start_color() == OK && COLORS >= 8 &&
		       COLOR_PAIRS > LOOKS;
	bool rich = colored && COLORS >= 256 &&
		    (t->opts.color == TERM_COLOR_AUTO || t->opts.color == TERM_COLOR_256);
	bool defaults = colored && use_default_colors() == OK;

	for (unsigned i = 0; i < LOOKS; i++) {
		struct paint p = rich ? paints[i].rich : paints[i].ansi;

		own->attributes[i] = attributes_of(colored ? p.attributes : paints[i].mono);
		if (!colored || (p.fg < 0 && p.bg < 0))
			continue;
		if (!defaults && p.fg < 0)
			p.fg = COLOR_WHITE;
		if (!defaults && p.bg < 0)
			p.bg = COLOR_BLACK;
		if (init_pair((short)(i + 1), p.fg, p.bg) == OK)
			own->pairs[i] = (short)(i + 1);
	}
}

/* -- Opening and closing -------------------------------------------------------------- */

/* A string of terminfo without its delays, "$<5>". */
static void undelayed(struct nf_strbuf *s, const char *value)
{
	while (*value != '\0') {
		size_t n = strcspn(value, "$");

		nf_sb_mem(s, value, n);
		value += n;
		if (strncmp(value, "$<", 2) == 0 && strchr(value, '>') != NULL)
			value = strchr(value, '>') + 1;
		else if (*value != '\0')
			nf_sb_char(s, *value++);
	}
}

/* What gives the terminal back, without ncurses. */
static void prepare_reset(struct curses *own)
{
	static const char *const names[] = { "rmkx", "sgr0", "op", "cnorm", "rmcup" };

	if (own->mouse)
		nf_sb_str(&own->reset, "\033[?1000l\033[?1002l\033[?1003l\033[?1006l");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char name[8];
		const char *value;

		strcpy(name, names[i]);
		value = tigetstr(name);
		if (value != NULL && value != (const char *)-1)
			undelayed(&own->reset, value);
	}
}

static int open_tty(struct curses *own, struct nf_err *err)
{
	own->fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (own->fd < 0)
		return nf_err_set(err, NF_ERR_ENV, "no terminal: /dev/tty: %s", strerror(errno));
	if (tcgetattr(own->fd, &own->found) < 0) {
		close(own->fd);
		return nf_err_set(err, NF_ERR_ENV, "/dev/tty: %s", strerror(errno));
	}
	own->tty = fdopen(own->fd, "r+");
	if (own->tty == NULL) {
		close(own->fd);
		return nf_err_memory(err);
	}
	return 0;
}

static int open_screen(struct curses *own, struct nf_err *err)
{
	const char *term = getenv("TERM");
	char cup[] = "cup";
	const char *place;

	if (term == NULL || *term == '\0')
		return nf_err_set(err, NF_ERR_ENV, "TERM is not set: which terminal this is");
	own->screen = newterm(NULL, own->tty, own->tty);
	if (own->screen == NULL)
		return nf_err_set(err, NF_ERR_ENV, "unknown terminal: TERM is %.100s", term);
	place = tigetstr(cup);
	if (place == NULL || place == (const char *)-1) {
		endwin();
		delscreen(own->screen);
		return nf_err_set(err, NF_ERR_ENV, "TERM is %.100s: it cannot place its cursor",
				  term);
	}
	return 0;
}

/* T as large as the terminal is now; false if it was. */
static bool measure(struct term *t)
{
	const struct curses *own = t->own;
	struct winsize size;
	unsigned rows, cols;

	if (ioctl(own->fd, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
		return false;
	rows = size.ws_row < MOST_ROWS ? size.ws_row : MOST_ROWS;
	cols = size.ws_col < MOST_COLS ? size.ws_col : MOST_COLS;
	if (rows == t->rows && cols == t->cols)
		return false;
	resize_term((int)rows, (int)cols);
	clearok(curscr, TRUE);
	t->rows = rows;
	t->cols = cols;
	return true;
}

static void set_modes(struct term *t)
{
	struct curses *own = t->own;

	raw();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	if (getenv("ESCDELAY") == NULL)
		set_escdelay(25);
	if (t->opts.mouse) {
		mouseinterval(0);
		own->mouse = mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED,
				       NULL) != 0;
	}
	curs_set(0);
	choose_looks(t);
}

static void leave(struct term *t)
{
	struct curses *own = t->own;

	if (own->screen != NULL) {
		endwin();
		tcsetattr(own->fd, TCSADRAIN, &own->found);
		term_signals_end();
		delscreen(own->screen);
	}
	if (own->tty != NULL)
		fclose(own->tty);
	nf_strbuf_done(&own->reset);
	nf_free(own);
	t->own = NULL;
}

static int curses_open(struct term *t, struct nf_err *err)
{
	struct curses *own = nf_zalloc(sizeof(*own));
	int rows, cols;

	if (own == NULL)
		return nf_err_memory(err);
	nf_strbuf_init(&own->reset);
	t->own = own;
	setlocale(LC_CTYPE, "");
	if (open_tty(own, err) < 0)
		goto failed;
	if (term_signals_begin(t->opts.ended, t->opts.ctx, err) < 0)
		goto failed;
	if (open_screen(own, err) < 0) {
		own->screen = NULL;
		tcsetattr(own->fd, TCSADRAIN, &own->found);
		term_signals_end();
		goto failed;
	}
	set_modes(t);
	prepare_reset(own);
	if (own->reset.failed ||
	    !term_signals_arm(own->fd, &own->found, own->reset.p, own->reset.n)) {
		nf_err_memory(err);
		goto failed;
	}
	getmaxyx(stdscr, rows, cols);
	t->rows = (unsigned)rows;
	t->cols = (unsigned)cols;
	measure(t);
	t->ascii = t->opts.ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	return 0;
failed:
	leave(t);
	return -1;
}

/* -- Showing -------------------------------------------------------------------------- */

/* CELL for ncurses; what the C library would not print in as many columns is '?'. */
static void show_cell(const struct term *t, const struct cell *cell, bool wide)
{
	const struct curses *own = t->own;
	wchar_t text[] = { (wchar_t)cell->ch, (wchar_t)cell->mark, L'\0' };
	cchar_t c;

	if ((t->ascii && cell->ch > 0x7e) || wcwidth(text[0]) != (wide ? 2 : 1)) {
		text[0] = L'?';
		text[1] = L'\0';
	} else if (t->ascii || (cell->mark != 0 && wcwidth(text[1]) != 0)) {
		text[1] = L'\0';
	}
	if (setcchar(&c, text, own->attributes[cell->look], own->pairs[cell->look], NULL) == OK)
		add_wch(&c);
}

static void curses_show(struct term *t, const struct canvas *c)
{
	struct curses *own = t->own;
	int lines, columns;

	getmaxyx(stdscr, lines, columns);
	erase();
	for (unsigned row = 0; row < c->rows && row < (unsigned)lines; row++) {
		const struct cell *cells = c->cells + (size_t)row * c->cols;

		for (unsigned col = 0; col < c->cols && col < (unsigned)columns; col++) {
			if (cells[col].ch == 0 ||
			    (cells[col].ch == ' ' && cells[col].look == LOOK_text))
				continue;
			move((int)row, (int)col);
			show_cell(t, &cells[col], col + 1 < c->cols && cells[col + 1].ch == 0);
		}
	}
	if (c->cursor != own->cursor)
		curs_set(c->cursor);
	own->cursor = c->cursor;
	move(c->cursor ? (int)c->cursor_row : 0, c->cursor ? (int)c->cursor_col : 0);
	refresh();
}

static void curses_redraw(struct term *t)
{
	(void)t;
	clearok(curscr, TRUE);
	refresh();
}

static void curses_bell(struct term *t)
{
	(void)t;
	beep();
}

/* -- The clipboard -------------------------------------------------------------------- */

static void base64(struct nf_strbuf *s, struct nf_bytes in)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t at = 0; at < in.n; at += 3) {
		struct nf_bytes part = nf_slice(in, at, 3);
		uint8_t three[3] = { 0 };
		uint32_t v;

		memcpy(three, part.p, part.n);
		v = nf_be24(three);
		for (unsigned i = 0; i < 4; i++)
			nf_sb_char(s, i <= part.n ? digits[v >> (18 - 6 * i) & 63] : '=');
	}
}

static void write_all(int fd, struct nf_bytes octets)
{
	while (octets.n > 0) {
		ssize_t n = write(fd, octets.p, octets.n);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0)
			octets = nf_slice(octets, (size_t)n, octets.n);
	}
}

/* Consoles show what they do not know of the sequence. */
static bool knows_clipboard(void)
{
	const char *term = getenv("TERM");

	return term != NULL && strncmp(term, "linux", 5) != 0 && strncmp(term, "vt", 2) != 0;
}

static void curses_copy(struct term *t, struct nf_bytes text)
{
	const struct curses *own = t->own;
	struct nf_strbuf s;

	if (text.n > COPY_MAX || !knows_clipboard()) {
		beep();
		return;
	}
	nf_strbuf_init(&s);
	nf_sb_str(&s, "\033]52;c;");
	base64(&s, text);
	nf_sb_char(&s, '\a');
	refresh();
	if (!s.failed)
		write_all(own->fd, (struct nf_bytes){ (const uint8_t *)s.p, s.n });
	nf_strbuf_done(&s);
}

/* -- Keys ----------------------------------------------------------------------------- */

static const struct { int code; uint32_t ours; } codes[] = {
	{ KEY_UP, OUR_UP }, { KEY_SR, OUR_UP }, { KEY_DOWN, OUR_DOWN }, { KEY_SF, OUR_DOWN },
	{ KEY_LEFT, OUR_LEFT }, { KEY_SLEFT, OUR_LEFT },
	{ KEY_RIGHT, OUR_RIGHT }, { KEY_SRIGHT, OUR_RIGHT },
	{ KEY_HOME, OUR_HOME }, { KEY_FIND, OUR_HOME }, { KEY_A1, OUR_HOME },
	{ KEY_END, OUR_END }, { KEY_SELECT, OUR_END }, { KEY_C1, OUR_END },
	{ KEY_PPAGE, OUR_PGUP }, { KEY_A3, OUR_PGUP },
	{ KEY_NPAGE, OUR_PGDN }, { KEY_C3, OUR_PGDN },
	{ KEY_BTAB, OUR_BACKTAB }, { KEY_ENTER, OUR_ENTER }, { KEY_BACKSPACE, OUR_BACKSPACE },
	{ KEY_DC, OUR_DELETE }, { KEY_IC, OUR_INSERT },
	{ KEY_F(1), OUR_F1 }, { KEY_F(2), OUR_F2 }, { KEY_F(3), OUR_F3 }, { KEY_F(4), OUR_F4 },
	{ KEY_F(5), OUR_F5 }, { KEY_F(6), OUR_F6 }, { KEY_F(7), OUR_F7 }, { KEY_F(8), OUR_F8 },
	{ KEY_F(9), OUR_F9 }, { KEY_F(10), OUR_F10 }, { KEY_F(11), OUR_F11 },
	{ KEY_F(12), OUR_F12 },
	{ 9, OUR_TAB }, { 10, OUR_ENTER }, { 13, OUR_ENTER }, { 27, OUR_ESC },
	{ 8, OUR_BACKSPACE }, { 127, OUR_BACKSPACE },
};

/* The second of two presses in one place, soon after another, is OUR_MOUSE's MOUSE_DOUBLE. */
static void pressed(struct curses *own, struct key *k)
{
	struct timespec now;
	long ms;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (now.tv_sec - own->when.tv_sec) * 1000 + (now.tv_nsec - own->when.tv_nsec) / 1000000;
	if (own->pressed.code == k->code && own->pressed.row == k->row &&
	    own->pressed.col == k->col && ms >= 0 && ms < DOUBLE_MS) {
		k->button = MOUSE_DOUBLE;
		own->pressed.code = KEY_NONE;
		return;
	}
	own->pressed = *k;
	own->when = now;
}

static bool mouse_key(struct curses *own, struct key *k)
{
	MEVENT event;

	if (getmouse(&event) != OK || event.x < 0 || event.y < 0)
		return false;
	*k = (struct key){ .code = OUR_MOUSE, .row = (unsigned)event.y, .col = (unsigned)event.x };
	if ((event.bstate & BUTTON4_PRESSED) != 0)
		k->button = MOUSE_UP;
	else if ((event.bstate & BUTTON5_PRESSED) != 0)
		k->button = MOUSE_DOWN;
	else if ((event.bstate & BUTTON1_PRESSED) != 0)
		pressed(own, k);
	else
		return false;
	return true;
}

/* An octet of UTF-8; false until a character is whole.  What is ill-formed is no key. */
static bool octet_key(struct curses *own, uint8_t octet, struct key *k)
{
	ucs4_t ch;
	int n;

	if (octet < 0x80 || octet >= 0xc0)
		own->n = 0;
	if (own->n == sizeof(own->octets))
		own->n = 0;
	own->octets[own->n++] = octet;
	n = u8_mbtoucr(&ch, own->octets, own->n);
	if (n == -2)			/* goes on */
		return false;
	own->n = 0;
	if (n <= 0 || ch == 0 || (ch >= 0x80 && ch < 0xa0))
		return false;
	k->code = ch;
	return true;
}

/* What C, of getch, is to us; false: nothing. */
static bool translate(struct curses *own, int c, struct key *k)
{
	if (c == KEY_MOUSE)
		return mouse_key(own, k);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i].code == c) {
			k->code = codes[i].ours;
			return true;
		}
	}
	return c >= 0 && c < 256 && octet_key(own, (uint8_t)c, k);
}

static void stop(struct term *t, bool group)
{
	const struct curses *own = t->own;

	endwin();
	tcsetattr(own->fd, TCSADRAIN, &own->found);
	term_signals_disarm();
	term_signals_stop(group);
	term_signals_arm(own->fd, &own->found, own->reset.p, own->reset.n);
	term_signals_take();
	clearok(curscr, TRUE);
	refresh();
}

static void curses_suspend(struct term *t)
{
	stop(t, true);
	if (measure(t))
		ungetch(KEY_RESIZE);
}

/* What signals ask for; true: a key is made of it. */
static bool signalled(struct term *t, struct key *k)
{
	unsigned bits = term_signals_take();

	if ((bits & SIGNAL_STOP) != 0) {
		stop(t, false);
	} else if ((bits & SIGNAL_GOES_ON) != 0) {	/* who knows what was done meanwhile */
		reset_prog_mode();
		clearok(curscr, TRUE);
		refresh();
	}
	if (bits == 0 || !measure(t))
		return false;
	k->code = OUR_RESIZE;
	return true;
}

/* Something to read, or the end; false: neither within WAIT_MS, or a signal. */
static bool awaited(const struct curses *own, int wait_ms, bool *ended)
{
	struct pollfd fds[] = {
		{ .fd = own->fd, .events = POLLIN },
		{ .fd = term_signals_fd(), .events = POLLIN },
	};
	int n = 0;

	if (poll(fds, 2, wait_ms) <= 0 || fds[0].revents == 0)
		return false;
	*ended = (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0 ||
		 (ioctl(own->fd, FIONREAD, &n) == 0 && n == 0);
	return true;
}

static bool curses_key(struct term *t, struct key *k, int wait_ms)
{
	struct curses *own = t->own;
	bool ended = false;

	for (;;) {
		int c;

		if (signalled(t, k))
			return true;
		c = getch();
		if (c == KEY_RESIZE) {
			k->code = OUR_RESIZE;
			return true;
		}
		if (c != ERR) {
			if (translate(own, c, k))
				return true;
			continue;
		}
		if (ended) {
			k->code = OUR_HANGUP;
			return true;
		}
		if (!awaited(own, wait_ms, &ended))
			return signalled(t, k);
	}
}

const struct term_ops term_curses = {
	.open = curses_open,
	.close = leave,
	.key = curses_key,
	.show = curses_show,
	.redraw = curses_redraw,
	.bell = curses_bell,
	.copy = curses_copy,
	.suspend = curses_suspend,
};
