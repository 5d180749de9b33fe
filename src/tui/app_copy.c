/* `y`: a menu of what may be copied; it is shown too, for terminals without a clipboard. */
#include <config.h>

#include <string.h>

#include "base/mem.h"
#include "tui/app.h"
#include "tui/browser.h"

enum { CHOICES = 4 };

struct copies {
	struct nf_strbuf text[CHOICES];
};

static void put_value(struct app *app, struct nf_strbuf *s)
{
	struct screen *screen = app_screen(app);
	struct nf_strbuf filter;

	nf_strbuf_init(&filter);
	if (screen->ops->value != NULL)
		screen->ops->value(screen, s, &filter);
	nf_strbuf_done(&filter);
}

static void put_row(struct app *app, struct nf_strbuf *s)
{
	struct screen *screen = app_screen(app);
	struct grid *g = screen->ops->grid != NULL ? screen->ops->grid(screen) : NULL;

	if (g != NULL && g->at < g->ops->count(g->ctx))
		grid_row_text(g, g->at, s);
}

static void put_filter(struct app *app, struct nf_strbuf *s)
{
	nf_sb_mem(s, app->filter.text.p, app->filter.text.n);
}

/* 'it'\''s': as a shell reads it. */
static void quoted(struct nf_strbuf *s, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_@%+=:,./-";

	if (*word != '\0' && word[strspn(word, plain)] == '\0') {
		nf_sb_str(s, word);
		return;
	}
	nf_sb_char(s, '\'');
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			nf_sb_str(s, "'\\''");
		else
			nf_sb_char(s, *word);
	}
	nf_sb_char(s, '\'');
}

static void put_command(struct app *app, struct nf_strbuf *s)
{
	struct screen *screen = app_screen(app);

	if (screen->ops->command == NULL)
		return;
	nf_sb_str(s, "nfpcap ");
	screen->ops->command(screen, s);
	for (size_t i = 0; i < app->opts->nargs; i++) {
		nf_sb_char(s, ' ');
		quoted(s, app->opts->args[i]);
	}
	if (app->filter.text.n != 0) {
		nf_sb_str(s, " -f ");
		quoted(s, nf_strbuf_cstr(&app->filter.text));
	}
	for (size_t i = 0; i < app->opts->nfiles; i++) {
		nf_sb_char(s, ' ');
		quoted(s, app->opts->files[i]);
	}
}

static const struct {
	const char *label;
	char key;
	void (*put)(struct app *app, struct nf_strbuf *s);
} choices[CHOICES] = {
	{ "value", 'v', put_value },
	{ "row", 'r', put_row },
	{ "filter", 'f', put_filter },
	{ "command line", 'c', put_command },
};

static void chosen(struct app *app, void *own, size_t row)
{
	struct copies *c = own;
	struct nf_strbuf *s;

	if (row >= CHOICES || c->text[row].n == 0)
		return;
	s = &c->text[row];
	app->term.ops->copy(&app->term, (struct nf_bytes){ (const uint8_t *)s->p, s->n });
	app_say(app, LOOK_good, "%s", nf_strbuf_cstr(s));
}

static void closed(struct app *app, void *own)
{
	struct copies *c = own;

	(void)app;
	for (unsigned i = 0; i < CHOICES; i++)
		nf_strbuf_done(&c->text[i]);
	nf_free(c);
}

static const struct overlay_ops ops = { .chosen = chosen, .closed = closed };

bool app_copy(struct app *app)
{
	struct copies *c = nf_zalloc(sizeof(*c));
	struct nf_strbuf line;
	struct popup *p;

	if (c == NULL)
		return false;
	for (unsigned i = 0; i < CHOICES; i++) {
		nf_strbuf_init(&c->text[i]);
		choices[i].put(app, &c->text[i]);
	}
	p = app_overlay(app, "Copy", &ops, c, NULL);
	nf_strbuf_init(&line);
	for (unsigned i = 0; p != NULL && i < CHOICES; i++) {
		bool there = c->text[i].n != 0;

		nf_strbuf_clear(&line);
		nf_sb_printf(&line, "%-12s  %s", choices[i].label,
			     there ? nf_strbuf_cstr(&c->text[i]) : "-");
		popup_add(p, &(struct popup_row){
			.look = there ? LOOK_text : LOOK_faint, .kind = POPUP_CHOICE,
			.key = (uint32_t)choices[i].key, .indent = 14,
		}, (struct nf_bytes){ (const uint8_t *)line.p, line.n });
	}
	nf_strbuf_done(&line);
	return true;
}
