#include <config.h>

#include "tui/canvas.h"

struct area area_in(struct area a, unsigned row, unsigned col, unsigned rows, unsigned cols)
{
	(void)a;
	(void)row;
	(void)col;
	(void)rows;
	(void)cols;
	return (struct area){ 0 };
}

void area_fill(struct area a, enum look look)
{
	(void)a;
	(void)look;
}

unsigned area_text(struct area a, unsigned row, unsigned col, unsigned max, enum look look,
		   struct nf_bytes text)
{
	(void)a;
	(void)row;
	(void)col;
	(void)max;
	(void)look;
	(void)text;
	return 0;
}

unsigned area_str(struct area a, unsigned row, unsigned col, unsigned max, enum look look,
		  const char *text)
{
	(void)a;
	(void)row;
	(void)col;
	(void)max;
	(void)look;
	(void)text;
	return 0;
}

unsigned area_text_right(struct area a, unsigned row, unsigned col, unsigned max, enum look look,
			 struct nf_bytes text)
{
	(void)a;
	(void)row;
	(void)col;
	(void)max;
	(void)look;
	(void)text;
	return 0;
}

void area_run(struct area a, unsigned row, unsigned col, unsigned n, enum look look, uint32_t ch)
{
	(void)a;
	(void)row;
	(void)col;
	(void)n;
	(void)look;
	(void)ch;
}

void area_look(struct area a, unsigned row, unsigned col, unsigned n, enum look look)
{
	(void)a;
	(void)row;
	(void)col;
	(void)n;
	(void)look;
}

struct area area_box(struct area a, enum look look, const char *title)
{
	(void)a;
	(void)look;
	(void)title;
	return (struct area){ 0 };
}

void area_bar(struct area a, unsigned row, unsigned col, unsigned max, unsigned eighths,
	      enum look look)
{
	(void)a;
	(void)row;
	(void)col;
	(void)max;
	(void)eighths;
	(void)look;
}

size_t text_width(struct nf_bytes text)
{
	(void)text;
	return 0;
}

