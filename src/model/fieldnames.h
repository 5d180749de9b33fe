/*
 * All that an element is called besides its own name: by NetFlow v9, by filters, by Wireshark.
 */
#ifndef MODEL_FIELDNAMES_H
#define MODEL_FIELDNAMES_H

#include "ie/ie.h"

enum fieldnames_kind {
	FIELDNAMES_V9,
	FIELDNAMES_FILTER,		/* groups that hold it, and other names for those */
	FIELDNAMES_WIRESHARK,		/* to be written behind "cflow." */
	FIELDNAMES_KINDS
};

/* The next name of IE of that KIND: *AT begins at 0; NULL at the end. */
const char *fieldnames_next(const struct nf_ie *ie, enum fieldnames_kind kind, size_t *at);

/*
 * The elements that Wireshark has names for, known to us or not: *AT begins at 0; false at the
 * end.
 */
bool fieldnames_wireshark(size_t *at, uint32_t *pen, uint16_t *id);

/* Another name for the name of filters NAME: *AT begins at 0; NULL at the end. */
const char *fieldnames_also(const char *name, size_t *at);

#endif
