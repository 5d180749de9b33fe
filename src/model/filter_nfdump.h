/*
 * The primitives of nfdump's language: filter_nfdump.c finds their words and what stands between
 * them, filter_nfdump_value.c reads what stands behind the words.
 */
#ifndef MODEL_FILTER_NFDUMP_H
#define MODEL_FILTER_NFDUMP_H

#include <strings.h>

#include "model/filter_parser.h"

/* How what follows the words of a primitive is read. */
enum filter_nfdump_kind {
	KIND_NUMBER, KIND_ADDRESS, KIND_NET, KIND_WORD, KIND_MILLISECONDS, KIND_FLAGS,
	KIND_CONTENT, KIND_REGEX, KIND_THERE, KIND_UNKNOWN,
};

struct filter_nfdump_row {
	const char *words;
	uint8_t kind;			/* enum filter_nfdump_kind */
	const char *name;		/* ours; of KIND_UNKNOWN what to do instead */
};

/* B is TEXT of N octets, upper and lower case being alike. */
static inline bool filter_nfdump_is(struct nf_bytes b, const char *text, size_t n)
{
	return b.n == n && strncasecmp((const char *)b.p, text, n) == 0;
}

/* What each of these returns is NULL where the text is wrong, which is said, or memory is out. */

/* What stands behind the words of ROW, which are used up and begin at P->from. */
struct filter_node *filter_nfdump_rest(struct filter_parser *p,
				       const struct filter_nfdump_row *row);

/* One of our names, spanning P->from. */
struct filter_node *filter_nfdump_name(struct filter_parser *p, const char *name);

/* NAME is V, spanning P->from. */
struct filter_node *filter_nfdump_equals(struct filter_parser *p, const char *name, uint64_t v);

#endif
