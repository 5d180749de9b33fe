#include <config.h>

#include "tui/canvas.h"

bool canvas_size(struct canvas *c, unsigned rows, unsigned cols)
{
	(void)c;
	(void)rows;
	(void)cols;
	return 0;
}

void canvas_done(struct canvas *c)
{
	(void)c;
}

void canvas_clear(struct canvas *c)
{
	(void)c;
}

struct area canvas_area(struct canvas *c)
{
	(void)c;
	return (struct area){ 0 };
}

