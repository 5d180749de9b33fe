#include <config.h>

#include "out/python.h"

#include <string.h>

struct name {
	uint16_t id;
	const char *key;
};

static const struct name legacy_names[] = {
#define LEGACY(id_, key_) { .id = id_, .key = key_ },
#include "out/python.def"
};

static const struct name v9_names[] = {
#define V9(id_, key_) { .id = id_, .key = key_ },
#include "out/python.def"
};

static const char *name_of(const struct name *names, size_t n, uint16_t id)
{
	for (size_t i = 0; i < n; i++)
		if (names[i].id == id)
			return names[i].key;
	return NULL;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The two fields of v7 that tell which others are valid have one name. */
static bool alike(const struct nf_ie *a, const struct nf_ie *b)
{
	return a == b || (a->pen == b->pen && strcmp(a->name, b->name) == 0);
}

unsigned python_again(const struct nf_layout *layout, unsigned from, const struct nf_ie *ie)
{
	while (from < layout->nfields && !alike(layout->fields[from].ie, ie))
		from++;
	return from;
}

/* Pads of v1 to v8 are left out; an element that comes more than once is an array, in front. */
static unsigned remark(const struct nf_layout *layout, unsigned i)
{
	const struct nf_ie *ie = layout->fields[i].ie;

	if (ie->pen == NF_PEN_FIXED && (ie->id == NF_FIXED_PAD || ie->id == NF_FIXED_RESERVED))
		return PYTHON_SKIPPED;
	if (python_again(layout, 0, ie) < i)
		return PYTHON_SKIPPED;
	return python_again(layout, i + 1, ie) < layout->nfields ? PYTHON_FIRST : PYTHON_PLAIN;
}

static void key(struct nf_strbuf *s, const struct nf_layout *layout, unsigned i,
		const char *name)
{
	unsigned before = 0;

	if (remark(layout, i) == PYTHON_SKIPPED)
		return;
	while (before < i && remark(layout, before) == PYTHON_SKIPPED)
		before++;
	nf_sb_str(s, before < i ? ", \"" : "\"");
	if (name != NULL)
		nf_sb_str(s, name);
	else
		nf_ie_name(s, layout->fields[i].ie);
	nf_sb_str(s, "\": ");
}

static void key_ipfix(struct nf_strbuf *s, const struct nf_layout *layout, unsigned i)
{
	const struct nf_ie *ie = layout->fields[i].ie;
	bool legacy = layout->kind == NF_LAYOUT_FIXED && ie->pen == NF_PEN_IANA;

	key(s, layout, i, legacy ? name_of(legacy_names, COUNT(legacy_names), ie->id) : NULL);
}

static void key_v9(struct nf_strbuf *s, const struct nf_layout *layout, unsigned i)
{
	const struct nf_ie *ie = layout->fields[i].ie;
	bool typed = ie->pen == NF_PEN_IANA || ie->pen == NF_PEN_V9;

	key(s, layout, i, typed ? name_of(v9_names, COUNT(v9_names), ie->id) : NULL);
}

const struct layouts_texts python_texts = { .head = key_ipfix, .remark = remark };
const struct layouts_texts python_v9_texts = { .head = key_v9, .remark = remark };
