#include <config.h>

#include "out/labels.h"

#include "base/mem.h"

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

/* -- Many at once --------------------------------------------------------------------- */

void labels_done(struct labels *c)
{
	while (c->tables != NULL) {
		struct labels_table *next = c->tables->next;

		nf_free(c->tables);
		c->tables = next;
	}
}

/* NULL if memory is out. */
static struct labels_table *table_of(struct labels *c, const struct nf_labels *labels,
				     size_t octets)
{
	struct labels_table *t = c->tables;

	while (t != NULL && (t->labels != labels || t->octets != octets))
		t = t->next;
	if (t != NULL)
		return t;
	t = nf_zalloc(sizeof(*t));
	if (t == NULL)
		return NULL;
	t->labels = labels;
	t->octets = octets;
	t->next = c->tables;
	return c->tables = t;
}

static void make_small(struct labels_table *t, struct nf_strbuf *s, uint8_t v)
{
	uint8_t octets[8] = { 0 };
	size_t from = s->n, n;

	octets[t->octets - 1] = v;
	make(s, t->labels, (struct nf_bytes){ octets, t->octets });
	n = s->n - from;
	s->n = from;
	if (s->failed || n > LABELS_TEXT)
		return;
	memcpy(t->text[v], s->p + from, n);
	t->n[v] = (uint8_t)n;
	t->made[v] = true;
}

/* A greater value has a label in few sets: that it has none is remembered with the others. */
static bool has_none(const struct labels *c, const struct nf_labels *labels, uint64_t v,
		     size_t octets)
{
	const struct labels_slot *slot = labels_slot(c, labels, v, octets);

	return labels_is(slot, labels, v, octets) && slot->n == 0;
}

void labels_of(struct labels *c, struct nf_strbuf *s, const struct nf_labels *labels,
	       size_t octets, const uint64_t *v, unsigned n, struct sheet_remark *remarks)
{
	struct labels_table *t = table_of(c, labels, octets);

	for (unsigned i = 0; i < n; i++) {
		remarks[i] = (struct sheet_remark){ .text = NULL };
		if (t == NULL)
			continue;
		if (v[i] >= 256) {
			if (has_none(c, labels, v[i], octets))
				remarks[i].text = t->text[0];
			continue;
		}
		if (!t->made[v[i]])
			make_small(t, s, (uint8_t)v[i]);
		if (t->made[v[i]])
			remarks[i] = (struct sheet_remark){ t->text[v[i]], t->n[v[i]] };
	}
}
