#include <config.h>

#include "tests/tui/hands.h"

#include <string.h>
#include <unistr.h>

#include "model/framer.h"
#include "tui/browser.h"

/* -- The terminal --------------------------------------------------------------------- */

static struct hands *hands_of(const struct term *t)
{
	return t->opts.ctx;
}

static int open_terminal(struct term *t, struct nf_err *err)
{
	struct hands *h = hands_of(t);

	(void)err;
	t->rows = h->rows = h->rows != 0 ? h->rows : 24;
	t->cols = h->cols = h->cols != 0 ? h->cols : 80;
	t->ascii = t->opts.ascii;
	return 0;
}

static void close_terminal(struct term *t)
{
	(void)t;
}

static bool next_key(struct term *t, struct key *k, int wait_ms)
{
	struct hands *h = hands_of(t);

	*k = (struct key){ .code = KEY_NONE };
	if (!h->next(h, k, wait_ms != 0))
		return false;
	t->rows = h->rows;
	t->cols = h->cols;
	return true;
}

static void show(struct term *t, const struct canvas *c)
{
	struct hands *h = hands_of(t);

	nf_strbuf_clear(&h->screen);
	canvas_print(c, &h->screen);
	h->shown++;
}

static void nothing(struct term *t)
{
	(void)t;
}

static void copy(struct term *t, struct nf_bytes text)
{
	(void)t;
	(void)text;
}

static const struct term_ops terminal = {
	.open = open_terminal, .close = close_terminal, .key = next_key, .show = show,
	.redraw = nothing, .bell = nothing, .copy = copy, .suspend = nothing,
};

/* -- The browser on it ---------------------------------------------------------------- */

void hands_init(struct hands *h)
{
	*h = (struct hands){ .next = NULL };
	nf_strbuf_init(&h->screen);
}

void hands_done(struct hands *h)
{
	nf_strbuf_done(&h->screen);
}

int hands_browse(struct hands *h, const char *const *files, size_t n, struct nf_err *err)
{
	const struct term_opts term = { .ctx = h };
	struct browser_opts opts = {
		.capture = { .framer = &framer_ipfix, .wake = -1, .idle_ms = -1 },
		.files = files, .nfiles = n, .registry = nf_registry_new(),
	};
	int rc;

	if (opts.registry == NULL)
		return nf_err_memory(err);
	rc = browser_run(&opts, &terminal, &term, err);
	nf_registry_free(opts.registry);
	return rc;
}

struct nf_bytes hands_last_line(struct hands *h)
{
	const char *text = nf_strbuf_cstr(&h->screen);
	size_t end = h->screen.n, begin;

	end -= end > 0;
	for (begin = end; begin > 0 && text[begin - 1] != '\n'; )
		begin--;
	return (struct nf_bytes){ (const uint8_t *)text + begin, end - begin };
}

bool hands_screen_sound(struct hands *h)
{
	const uint8_t *p = (const uint8_t *)nf_strbuf_cstr(&h->screen);
	unsigned lines = 0;

	if (u8_check(p, h->screen.n) != NULL)
		return false;
	for (size_t i = 0; i < h->screen.n; i++) {
		if (p[i] == '\n')
			lines++;
		else if (p[i] < 0x20 || p[i] == 0x7f || (p[i] == 0xc2 && p[i + 1] < 0xa0))
			return false;
	}
	return lines == h->rows;
}
