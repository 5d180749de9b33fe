#include <config.h>

#include "model/diff_names.h"

#include <string.h>

#include "model/diff.h"
#include "model/filter_near.h"

/* Names that are no fields. */
struct words {
	const struct diff_names *names;
	bool amounts;			/* of what can be off by some */
	unsigned group;
	size_t at;
};

static const char *kind_word(size_t i)
{
	return i / 2 >= DIFF_KINDS ? NULL : i % 2 != 0 ? diff_kind_name((enum diff_kind)(i / 2)) :
							 diff_kind_topic((enum diff_kind)(i / 2));
}

static const char *class_word(size_t i)
{
	return i >= MEANING_CLASSES ? NULL : meaning_class_name((enum meaning_class)i);
}

static const char *behaviour_word(size_t i)
{
	return i >= MEANING_BEHAVIOURS ? NULL : meaning_behaviour_name((enum meaning_behaviour)i);
}

static const char *flow_word(size_t i)
{
	static const char *const words[] = { "first", "duration", "records", NULL };

	return words[i];
}

/* Some come twice; NULL behind the last one. */
static const char *next_word(struct words *w)
{
	static const char *(*const groups[])(size_t i) = {
		behaviour_word, flow_word, kind_word, class_word,
	};
	const unsigned n = w->amounts ? 2 : sizeof(groups) / sizeof(*groups);
	const char *word;

	while (w->group < n) {
		word = groups[w->group](w->at++);
		if (word != NULL)
			return word;
		w->group++;
		w->at = 0;
	}
	return w->amounts || w->names->rules == NULL ? NULL : w->names->rules[w->at++];
}

static bool is_word(const struct diff_names *names, bool amounts, struct nf_bytes name)
{
	struct words w = { .names = names, .amounts = amounts };
	const char *word;

	while ((word = next_word(&w)) != NULL)
		if (strlen(word) == name.n && memcmp(word, name.p, name.n) == 0)
			return true;
	return false;
}

/* What filters say of NAME stays where no word is like it. */
static void hint(const struct diff_names *names, bool amounts, struct nf_bytes name,
		 struct filter_error *err)
{
	struct filter_near near = filter_near_to(name);
	struct words w = { .names = names, .amounts = amounts };
	struct filter_faults faults = { .err = err };
	const char *word;

	while ((word = next_word(&w)) != NULL)
		filter_near_consider(&near, word);
	if (near.cost[0] < UINT32_MAX)
		filter_near_ask(&near, &faults);
}

static struct nf_bytes bytes_of(const char *text)
{
	return (struct nf_bytes){ (const uint8_t *)text, strlen(text) };
}

static void add(struct nf_strbuf *s, struct nf_bytes name, struct nf_bytes amount)
{
	if (s->n != 0)
		nf_sb_char(s, ',');
	nf_sb_mem(s, name.p, name.n);
	nf_sb_mem(s, amount.p, amount.n);
}

/* What differences call a field: what its element is called, or one of a few groups. */
static void add_field(struct nf_strbuf *s, const struct diff_names *names,
		      const struct filter_ref *ref, struct nf_bytes amount)
{
	struct nf_strbuf text;

	add(s, bytes_of(ref->name), amount);
	if (meaning_is_alias(ref->name))
		return;
	nf_strbuf_init(&text);
	for (size_t i = 0; i < ref->nelements; i++) {
		const struct nf_ie *ie = filter_element_ie(names->registry, &ref->elements[i]);

		nf_strbuf_clear(&text);
		if (ie != NULL)
			nf_ie_name(&text, ie);
		s->failed |= ie == NULL || text.failed;
		add(s, nf_strbuf_bytes(&text), amount);
	}
	nf_strbuf_done(&text);
}

static bool settle(struct nf_strbuf *s, const struct diff_names *names, struct nf_bytes name,
		   struct nf_bytes amount, bool amounts, struct filter_error *err)
{
	const struct filter_ref *ref;

	add(s, name, amount);
	if (is_word(names, amounts, name))
		return true;
	ref = filter_names_find(names->fields, name, err);
	if (ref == NULL) {
		if (!err->memory)
			hint(names, amounts, name, err);
		return false;
	}
	add_field(s, names, ref, amount);
	return true;
}

bool diff_names_settle(struct nf_strbuf *s, const struct diff_names *names, const char *list,
		       bool amounts, struct filter_error *err)
{
	*err = (struct filter_error){ .memory = false };
	for (const char *at = list; *at != '\0'; at += *at == ',') {
		size_t n = strcspn(at, ","), name = amounts ? strcspn(at, "=,") : n;
		const uint8_t *p = (const uint8_t *)at;

		if (name != 0 && !settle(s, names, (struct nf_bytes){ p, name },
					 (struct nf_bytes){ p + name, n - name }, amounts, err)) {
			err->span = (struct nf_span){ (uint32_t)(at - list), (uint32_t)name };
			return false;
		}
		at += n;
	}
	err->memory = s->failed;
	return !s->failed;
}
