/*
 * A terminal without one: keys from a script, screens as text.
 *
 *	size ROWSxCOLS		KEY_RESIZE
 *	type "TEXT"		its characters; TEXT ends at the line's last quote
 *	mouse WHAT ROW COL	press, double, up or down
 *	wait			no more keys until the program has nothing left to do: it would wait
 *	screen NAME		prints "-- NAME", what is shown, and "-- cursor ROW COL" if it is
 *				visible
 *	screen+ NAME		and below it "-- looks": see canvas_print_looks
 *	# ...			nothing; a # alone is a key
 *	j PgDn C-d :		anything else: keys
 *
 * What the program does besides is printed as it happens: "-- bell", "-- copy TEXT",
 * "-- suspend", "-- redraw".
 */
#include <config.h>

#include <string.h>
#include <unistr.h>

#include "base/mem.h"
#include "ie/ie.h"
#include "tui/term.h"

enum { MOST = 1000 };			/* rows and columns */

enum step_kind { STEP_NONE, STEP_KEY, STEP_SIZE, STEP_WAIT, STEP_SCREEN, STEP_END, STEP_WRONG };

struct step {
	enum step_kind kind;
	struct key key;
	unsigned rows, cols;
	struct nf_bytes name;		/* of the screen */
	bool looks;
};

/* Where it is read. */
struct reader {
	const char *at;
	const char *typed, *typed_end;	/* what is left of a text */
	bool keys;			/* in a line of keys */
	unsigned line;
};

struct script {
	struct reader reader;
	struct nf_strbuf shown, looks;
	bool cursor;
	unsigned row, col;
};

/* The decimal number at *TEXT, which goes on behind it. */
static bool number(const char **text, unsigned *v)
{
	const char *p = *text;

	*v = 0;
	while (*p >= '0' && *p <= '9' && *v <= MOST)
		*v = *v * 10 + (unsigned)(*p++ - '0');
	if (p == *text || *v > MOST)
		return false;
	*text = p;
	return true;
}

/* -- Its lines: what stands behind the command, up to END, the line's end -------------- */

static bool read_size(struct reader *r, const char *args, const char *end, struct step *step)
{
	(void)r;
	step->kind = STEP_SIZE;
	return number(&args, &step->rows) && *args++ == 'x' && number(&args, &step->cols) &&
	       args == end;
}

static bool read_type(struct reader *r, const char *args, const char *end, struct step *step)
{
	if (end - args < 3 || *args != '"' || end[-1] != '"' ||
	    u8_check((const uint8_t *)args, (size_t)(end - args)) != NULL)
		return false;
	r->typed = args + 1;
	r->typed_end = end - 1;
	step->kind = STEP_NONE;
	return true;
}

static bool read_mouse(struct reader *r, const char *args, const char *end, struct step *step)
{
	static const char *const buttons[] = { [MOUSE_PRESS] = "press ", [MOUSE_DOUBLE] = "double ",
					       [MOUSE_UP] = "up ", [MOUSE_DOWN] = "down " };

	(void)r;
	step->kind = STEP_KEY;
	step->key.code = KEY_MOUSE;
	for (uint8_t i = 0; i < sizeof(buttons) / sizeof(buttons[0]); i++) {
		size_t n = strlen(buttons[i]);

		if (strncmp(args, buttons[i], n) != 0)
			continue;
		args += n;
		step->key.button = i;
		return number(&args, &step->key.row) && *args++ == ' ' &&
		       number(&args, &step->key.col) && args == end;
	}
	return false;
}

static bool read_wait(struct reader *r, const char *args, const char *end, struct step *step)
{
	(void)r;
	step->kind = STEP_WAIT;
	return args == end;
}

static bool read_screen(struct reader *r, const char *args, const char *end, struct step *step)
{
	(void)r;
	step->kind = STEP_SCREEN;
	step->name = (struct nf_bytes){ (const uint8_t *)args, (size_t)(end - args) };
	return args < end;
}

static bool read_screen_looks(struct reader *r, const char *args, const char *end,
			      struct step *step)
{
	step->looks = true;
	return read_screen(r, args, end, step);
}

static const struct {
	const char *name;
	bool (*read)(struct reader *r, const char *args, const char *end, struct step *step);
} commands[] = {
	{ "mouse", read_mouse },
	{ "screen", read_screen },
	{ "screen+", read_screen_looks },
	{ "size", read_size },
	{ "type", read_type },
	{ "wait", read_wait },
};

/* The line at R->at, if it is a command or says nothing; false: keys. */
static bool line_step(struct reader *r, struct step *step)
{
	const char *at = r->at, *end = at + strcspn(at, "\n");
	size_t n = strcspn(at, " \t\n");

	step->kind = STEP_NONE;
	r->at = *end != '\0' ? end + 1 : end;
	while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (at == end || (*at == '#' && (n > 1 || at + n < end)))
		return true;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strlen(commands[i].name) != n || memcmp(commands[i].name, at, n) != 0)
			continue;
		at += n;
		at += at < end ? strspn(at, " \t") : 0;
		if (!commands[i].read(r, at, end, step))
			step->kind = STEP_WRONG;
		return true;
	}
	r->at = at;
	return false;
}

static void key_step(struct reader *r, struct step *step)
{
	size_t blanks = strspn(r->at, " \t"), n = strcspn(r->at, "\n");
	const char *at;

	if (blanks >= n) {
		r->keys = false;
		r->at += n;
		r->at += *r->at != '\0';
		step->kind = STEP_NONE;
		return;
	}
	r->at += blanks;
	at = r->at;
	n = strcspn(at, " \t\n");
	step->kind = STEP_KEY;
	if (!key_parse(&at, &step->key))
		step->kind = STEP_WRONG;
	r->at += n;
}

static void typed_step(struct reader *r, struct step *step)
{
	ucs4_t ch;

	r->typed += u8_mbtouc(&ch, (const uint8_t *)r->typed, (size_t)(r->typed_end - r->typed));
	step->kind = STEP_KEY;
	step->key.code = ch;
	if (r->typed == r->typed_end)
		r->typed = NULL;
}

/* What comes next; STEP_NONE is nothing yet.  R->line is the line that it came from. */
static struct step next_step(struct reader *r)
{
	struct step step = { .kind = STEP_END };

	if (r->typed != NULL) {
		typed_step(r, &step);
		return step;
	}
	if (!r->keys) {
		if (*r->at == '\0')
			return step;
		r->line++;
		if (line_step(r, &step))
			return step;
		r->keys = true;
	}
	key_step(r, &step);
	return step;
}

/* -- The terminal --------------------------------------------------------------------- */

/* All of it is read once before anything happens: what is wrong is said at once. */
static int check(const char *text, struct nf_err *err)
{
	struct reader r = { .at = text };
	struct step step;

	do
		step = next_step(&r);
	while (step.kind != STEP_END && step.kind != STEP_WRONG);
	if (step.kind == STEP_END)
		return 0;
	return nf_err_set(err, NF_ERR_USAGE, "line %u of the script: no such key or command",
			  r.line);
}

static int script_open(struct term *t, struct nf_err *err)
{
	const char *text = t->opts.script != NULL ? t->opts.script : "";
	struct script *s;

	if (check(text, err) < 0)
		return -1;
	s = nf_zalloc(sizeof(*s));
	if (s == NULL)
		return nf_err_memory(err);
	s->reader.at = text;
	nf_strbuf_init(&s->shown);
	nf_strbuf_init(&s->looks);
	t->own = s;
	t->rows = t->opts.rows != 0 ? t->opts.rows : 24;
	t->cols = t->opts.cols != 0 ? t->opts.cols : 80;
	t->ascii = t->opts.ascii;
	return 0;
}

static void script_close(struct term *t)
{
	struct script *s = t->own;

	nf_strbuf_done(&s->shown);
	nf_strbuf_done(&s->looks);
	nf_free(s);
	t->own = NULL;
}

/* "-- WHAT TEXT" */
static void say(const struct term *t, const char *what, struct nf_bytes text)
{
	struct nf_strbuf line;

	if (t->opts.out == NULL)
		return;
	nf_strbuf_init(&line);
	nf_safe_text(&line, text);
	fprintf(t->opts.out, "-- %s%s%s\n", what, *what != '\0' && text.n > 0 ? " " : "",
		nf_strbuf_cstr(&line));
	nf_strbuf_done(&line);
}

static void print_text(FILE *out, const struct nf_strbuf *s)
{
	if (s->n > 0)
		fwrite(s->p, 1, s->n, out);
}

static void print(const struct term *t, const struct step *step)
{
	const struct script *s = t->own;

	say(t, "", step->name);
	if (t->opts.out == NULL)
		return;
	print_text(t->opts.out, &s->shown);
	if (s->cursor)
		fprintf(t->opts.out, "-- cursor %u %u\n", s->row, s->col);
	if (step->looks) {
		fputs("-- looks\n", t->opts.out);
		print_text(t->opts.out, &s->looks);
	}
}

static bool resize(struct term *t, struct key *k, const struct step *step)
{
	t->rows = step->rows;
	t->cols = step->cols;
	k->code = KEY_RESIZE;
	return true;
}

static bool script_key(struct term *t, struct key *k, int wait_ms)
{
	struct script *s = t->own;

	for (;;) {
		struct reader before = s->reader;
		struct step step = next_step(&s->reader);

		switch (step.kind) {
		case STEP_NONE:
			break;
		case STEP_WAIT:
			if (wait_ms != 0)
				break;
			s->reader = before;
			return false;
		case STEP_SCREEN:
			print(t, &step);
			break;
		case STEP_SIZE:
			return resize(t, k, &step);
		case STEP_KEY:
			*k = step.key;
			return true;
		case STEP_END:
		case STEP_WRONG:
			k->code = KEY_HANGUP;
			return true;
		}
	}
}

static void script_show(struct term *t, const struct canvas *c)
{
	struct script *s = t->own;

	nf_strbuf_clear(&s->shown);
	nf_strbuf_clear(&s->looks);
	canvas_print(c, &s->shown);
	canvas_print_looks(c, &s->looks);
	s->cursor = c->cursor;
	s->row = c->cursor_row;
	s->col = c->cursor_col;
}

static void script_redraw(struct term *t)
{
	say(t, "redraw", (struct nf_bytes){ 0 });
}

static void script_bell(struct term *t)
{
	say(t, "bell", (struct nf_bytes){ 0 });
}

static void script_copy(struct term *t, struct nf_bytes text)
{
	say(t, "copy", text);
}

static void script_suspend(struct term *t)
{
	say(t, "suspend", (struct nf_bytes){ 0 });
}

const struct term_ops term_script = {
	.open = script_open,
	.close = script_close,
	.key = script_key,
	.show = script_show,
	.redraw = script_redraw,
	.bell = script_bell,
	.copy = script_copy,
	.suspend = script_suspend,
};
