#include <config.h>

#include "out/memo.h"

#include <string.h>

#include "base/mem.h"

void memos_done(struct memos *m)
{
	while (m->first != NULL) {
		struct memo *next = m->first->next;

		nf_free(m->first);
		m->first = next;
	}
	m->n = 0;
}

struct memo *memo_of(struct memos *m, const struct nf_ie *ie, uint16_t length)
{
	struct memo *memo = m->first;

	while (memo != NULL && (memo->ie != ie || memo->length != length))
		memo = memo->next;
	if (memo != NULL || m->n == MEMO_MAX)
		return memo;
	memo = nf_zalloc(sizeof(*memo));
	if (memo == NULL)
		return NULL;
	memo->ie = ie;
	memo->length = length;
	memo->next = m->first;
	m->first = memo;
	m->n++;
	return memo;
}

void memo_keep(struct memo *m, uint32_t value, const char *text, size_t n)
{
	struct memo_slot *slot = &m->slots[value % MEMO_SLOTS];

	if (n > MEMO_TEXT)
		return;
	slot->value = value;
	slot->n = (uint32_t)n;
	memcpy(slot->text, text, n);
}
