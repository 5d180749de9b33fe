#include <config.h>

#include "out/labels.h"

static void make(struct nf_strbuf *s, const struct nf_labels *labels, struct nf_bytes value)
{
	size_t from = s->n;

	nf_sb_str(s, " (");
	if (labels->text(s, value))
		nf_sb_char(s, ')');
	else
		s->n = from;
}

void labels_append(struct labels *c, struct nf_strbuf *s, const struct nf_labels *labels,
		   struct nf_bytes value)
{
	struct labels_slot *slot;
	size_t from = s->n;
	uint64_t v;

	if (value.n > 8) {
		make(s, labels, value);
		return;
	}
	v = nf_ben(value.p, value.n);
	slot = &c->slots[labels_slot(c, labels, v, value.n) - c->slots];
	if (labels_is(slot, labels, v, value.n)) {
		nf_sb_mem(s, slot->text, slot->n);
		return;
	}
	make(s, labels, value);
	if (s->failed || s->n - from > LABELS_TEXT)
		return;
	*slot = (struct labels_slot){ .labels = labels, .value = v, .octets = (uint8_t)value.n };
	slot->n = (uint8_t)(s->n - from);
	memcpy(slot->text, s->p + from, slot->n);
}
