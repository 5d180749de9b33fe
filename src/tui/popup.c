#include <config.h>

#include "tui/popup.h"

bool popup_open(struct popup *p, const char *title, const struct popup_ops *ops, void *ctx,
		bool searching)
{
	(void)p;
	(void)title;
	(void)ops;
	(void)ctx;
	(void)searching;
	return 0;
}

void popup_close(struct popup *p)
{
	(void)p;
}

bool popup_add(struct popup *p, enum look look, enum popup_kind kind, uint32_t key,
	       struct nf_bytes text, unsigned indent)
{
	(void)p;
	(void)look;
	(void)kind;
	(void)key;
	(void)text;
	(void)indent;
	return 0;
}

void popup_add_text(struct popup *p, enum look look, struct nf_bytes text)
{
	(void)p;
	(void)look;
	(void)text;
}

void popup_go(struct popup *p, size_t row)
{
	(void)p;
	(void)row;
}

void popup_changed(struct popup *p)
{
	(void)p;
}

enum popup_got popup_key(struct popup *p, const struct key *k)
{
	(void)p;
	(void)k;
	return (enum popup_got)0;
}

size_t popup_current(struct popup *p)
{
	(void)p;
	return 0;
}

bool popup_ticked(const struct popup *p, size_t n)
{
	(void)p;
	(void)n;
	return 0;
}

void popup_draw(struct popup *p, struct canvas *c)
{
	(void)p;
	(void)c;
}

