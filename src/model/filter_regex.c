#include <config.h>

#include "model/filter_tree.h"

#include <stdio.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/mem.h"

enum {
	STEPS = 200000,		/* a pattern that takes more on one text matches nothing */
	DEPTH = 20000,
	HEAP = 8192,		/* KiB */
	PATTERN_MAX = 4096,
};

struct filter_regex {
	struct filter_regex *next;
	pcre2_general_context *memory;
	pcre2_match_context *bounds;
	pcre2_match_data *data;
	pcre2_code *code;
};

static void *get(PCRE2_SIZE size, void *ctx)
{
	(void)ctx;
	return nf_alloc(size);
}

static void give(void *p, void *ctx)
{
	(void)ctx;
	nf_free(p);
}

static void free_one(struct filter_regex *r)
{
	pcre2_code_free(r->code);
	pcre2_match_data_free(r->data);
	pcre2_match_context_free(r->bounds);
	pcre2_general_context_free(r->memory);
	nf_free(r);
}

static bool compile(struct filter_regex *r, struct nf_bytes pattern, int *code, size_t *at)
{
	pcre2_compile_context *ctx = pcre2_compile_context_create(r->memory);

	if (ctx == NULL)
		return false;
	pcre2_set_max_pattern_length(ctx, PATTERN_MAX);
	/* as Wireshark: upper and lower case alike, octets and no UTF-8 */
	r->code = pcre2_compile(pattern.n > 0 ? pattern.p : (const uint8_t *)"", pattern.n,
				PCRE2_CASELESS | PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C, code,
				at, ctx);
	pcre2_compile_context_free(ctx);
	if (r->code == NULL)
		return false;
	*code = PCRE2_ERROR_NOMEMORY;
	r->data = pcre2_match_data_create_from_pattern(r->code, r->memory);
	r->bounds = pcre2_match_context_create(r->memory);
	if (r->data == NULL || r->bounds == NULL)
		return false;
	pcre2_set_match_limit(r->bounds, STEPS);
	pcre2_set_depth_limit(r->bounds, DEPTH);
	pcre2_set_heap_limit(r->bounds, HEAP);
	return true;
}

struct filter_regex *filter_regex_new(struct nf_bytes pattern, char *err, size_t nerr, size_t *at)
{
	struct filter_regex *r = nf_zalloc(sizeof(*r));
	int code = PCRE2_ERROR_NOMEMORY;
	PCRE2_SIZE offset = 0;

	err[0] = '\0';
	*at = 0;
	if (r == NULL)
		return NULL;
	r->memory = pcre2_general_context_create(get, give, NULL);
	if (r->memory != NULL && compile(r, pattern, &code, &offset))
		return r;
	*at = offset;
	/* positive codes are about the pattern, but for the one that is about memory */
	if (code > 0 && code != PCRE2_ERROR_HEAP_FAILED)
		pcre2_get_error_message(code, (PCRE2_UCHAR *)err, nerr);
	free_one(r);
	return NULL;
}

void filter_regex_keep(struct filter_regex **list, struct filter_regex *r)
{
	r->next = *list;
	*list = r;
}

void filter_regex_free(struct filter_regex *list)
{
	while (list != NULL) {
		struct filter_regex *next = list->next;

		free_one(list);
		list = next;
	}
}

bool filter_regex_matches(struct filter_regex *r, struct nf_bytes text)
{
	const uint8_t *p = text.n > 0 ? text.p : (const uint8_t *)"";

	return pcre2_match(r->code, p, text.n, 0, 0, r->data, r->bounds) >= 0;
}
