#include <config.h>

#include "tui/term.h"

int term_open(struct term *t, const struct term_ops *ops, const struct term_opts *opts,
	      struct nf_err *err)
{
	*t = (struct term){ .ops = ops, .opts = *opts };
	return ops->open(t, err);
}

void term_close(struct term *t)
{
	if (t->ops != NULL)
		t->ops->close(t);
	t->ops = NULL;
}

bool term_key(struct term *t, struct key *k, int wait_ms)
{
	*k = (struct key){ .code = KEY_NONE };
	return t->ops->key(t, k, wait_ms);
}

void term_show(struct term *t, const struct canvas *c)
{
	t->ops->show(t, c);
}

void term_redraw(struct term *t)
{
	t->ops->redraw(t);
}

void term_bell(struct term *t)
{
	t->ops->bell(t);
}

void term_copy(struct term *t, struct nf_bytes text)
{
	t->ops->copy(t, text);
}

void term_suspend(struct term *t)
{
	t->ops->suspend(t);
}
