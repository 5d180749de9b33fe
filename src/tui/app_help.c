/* What keys do on this screen: made of the rows of actions.def. */
#include <config.h>

#include <string.h>

#include "tui/app.h"

enum { KEYS = 22 };		/* the column of the text behind the keys */

static const struct overlay_ops ops = { .chosen = NULL };

/* "f  F4  F7" with a comma for two blanks. */
static void keys(struct nf_strbuf *s, const char *text)
{
	for (; *text != '\0'; text++) {
		if (text[0] == ' ' && text[1] == ' ') {
			nf_sb_str(s, ", ");
			text++;
		} else {
			nf_sb_char(s, *text);
		}
	}
}

static bool any_below(const struct action_row *heading, enum screen_id screen)
{
	for (const struct action_row *row = heading + 1; row->name != NULL; row++)
		if ((row->where & (1 << screen)) != 0)
			return true;
	return false;
}

static void add(struct popup *p, const struct action_row *row)
{
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	if (row->name == NULL) {
		nf_sb_str(&s, row->help);
	} else {
		nf_sb_str(&s, "  ");
		keys(&s, row->keys);
		nf_sb_pad(&s, ' ', s.n < KEYS - 1 ? KEYS - s.n : 1);
		nf_sb_str(&s, row->help);
	}
	popup_add(p, &(struct popup_row){
		.look = row->name == NULL ? LOOK_head : LOOK_text, .kind = POPUP_TEXT,
		.indent = KEYS,
	}, (struct nf_bytes){ (const uint8_t *)s.p, s.n });
	nf_strbuf_done(&s);
}

bool app_help(struct app *app)
{
	enum screen_id screen = app->current;
	struct popup *p;

	nf_strbuf_clear(&app->scratch);
	nf_sb_printf(&app->scratch, "Keys of %s", screen_title(screen));
	p = app_overlay(app, nf_strbuf_cstr(&app->scratch), &ops, NULL, NULL);
	for (const struct action_row *row = action_rows; p != NULL && row->help != NULL; row++)
		if (row->name == NULL ? any_below(row, screen) :
					(row->where & (1 << screen)) != 0)
			add(p, row);
	return true;
}
