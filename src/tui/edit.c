#include <config.h>

#include "tui/edit.h"

void edit_remember(struct edit_history *h, const char *text)
{
	(void)h;
	(void)text;
}

void edit_history_done(struct edit_history *h)
{
	(void)h;
}

bool edit_open(struct edit *e, const char *text, struct edit_history *history,
	       const struct edit_ops *ops, void *ctx)
{
	(void)e;
	(void)text;
	(void)history;
	(void)ops;
	(void)ctx;
	return 0;
}

void edit_close(struct edit *e)
{
	(void)e;
}

enum edit_got edit_key(struct edit *e, const struct key *k)
{
	(void)e;
	(void)k;
	return (enum edit_got)0;
}

const char *edit_text(struct edit *e)
{
	(void)e;
	return "";
}

void edit_draw(struct edit *e, struct area a, const char *label, enum look look)
{
	(void)e;
	(void)a;
	(void)label;
	(void)look;
}

