#include <config.h>

#include "tui/keys.h"

bool key_parse(const char **text, struct key *k)
{
	(void)text;
	(void)k;
	return 0;
}

void key_put(struct nf_strbuf *s, uint32_t code)
{
	(void)s;
	(void)code;
}

