#include <config.h>

#include "tui/app.h"

struct tables {
	struct screen screen;
};

static bool open_screen(struct screen *s)
{
	(void)s;
	return true;
}

static void close_screen(struct screen *s)
{
	(void)s;
}

static void draw(struct screen *s, struct area a)
{
	(void)s;
	(void)a;
}

static bool act(struct screen *s, enum action a, uint32_t arg)
{
	(void)s;
	(void)a;
	(void)arg;
	return false;
}

static void where(struct screen *s, struct place *p)
{
	(void)s;
	(void)p;
}

static void go(struct screen *s, const struct place *p)
{
	(void)s;
	(void)p;
}

const struct screen_ops screen_tables = {
	.size = sizeof(struct tables),
	.open = open_screen,
	.close = close_screen,
	.draw = draw,
	.act = act,
	.where = where,
	.go = go,
};
