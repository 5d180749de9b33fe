/*
 * Rows that were tagged: numbers, in order.
 */
#ifndef TUI_TAGS_H
#define TUI_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tags {
	uint64_t *v;
	size_t n, cap;
};

bool tags_has(const struct tags *t, uint64_t row);

/* Is any of the N from ROW on? */
bool tags_within(const struct tags *t, uint64_t row, uint64_t n);

/* On, or off if it was on.  False if memory is out: nothing has changed. */
bool tags_turn(struct tags *t, uint64_t row);

void tags_clear(struct tags *t);
void tags_done(struct tags *t);

#endif
