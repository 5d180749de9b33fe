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
	uint64_t v, key;

	if (value.n > 8) {
		make(s, labels, value);
		return;
	}
	v = nf_ben(value.p, value.n);
	key = (v ^ (uint64_t)(uintptr_t)labels) * 0x9e3779b97f4a7c15u;
	slot = &c->slots[key >> 55];
	if (slot->labels == labels && slot->value == v && slot->octets == value.n) {
		if (!nf_sb_room(s, LABELS_TEXT))
			return;
		memcpy(s->p + s->n, slot->text, LABELS_TEXT);
		s->n += slot->n;
		return;
	}
	make(s, labels, value);
	if (s->failed || s->n - from > LABELS_TEXT)
		return;
	*slot = (struct labels_slot){ .labels = labels, .value = v, .octets = (uint8_t)value.n };
	slot->n = (uint8_t)(s->n - from);
	memcpy(slot->text, s->p + from, slot->n);
}
