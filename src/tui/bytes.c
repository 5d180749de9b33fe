#include <config.h>

#include "tui/bytes.h"

void bytes_set(struct bytes *b, struct nf_bytes octets)
{
	(void)b;
	(void)octets;
}

void bytes_mark(struct bytes *b, struct nf_span span)
{
	(void)b;
	(void)span;
}

void bytes_mark_around(struct bytes *b, struct nf_span span)
{
	(void)b;
	(void)span;
}

size_t bytes_at(const struct bytes *b)
{
	(void)b;
	return 0;
}

void bytes_go(struct bytes *b, size_t at)
{
	(void)b;
	(void)at;
}

bool bytes_key(struct bytes *b, const struct key *k)
{
	(void)b;
	(void)k;
	return 0;
}

size_t bytes_pattern(const char *text, uint8_t octets[BYTES_PATTERN])
{
	(void)text;
	(void)octets;
	return 0;
}

bool bytes_find(struct bytes *b, struct nf_bytes pattern, bool back)
{
	(void)b;
	(void)pattern;
	(void)back;
	return 0;
}

void bytes_draw(struct bytes *b, struct area a, bool focus)
{
	(void)b;
	(void)a;
	(void)focus;
}

