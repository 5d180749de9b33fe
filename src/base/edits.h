/*
 * From one sequence to another in few steps: what a diff shows.
 */
#ifndef NF_BASE_EDITS_H
#define NF_BASE_EDITS_H

#include <stdbool.h>
#include <stddef.h>

struct nf_edit {
	char op;		/* ' ' both have it, '-' only A, '+' only B */
	size_t a, b;		/* where in A and B; of the one that lacks it, where it would be */
};

struct nf_edits {
	struct nf_edit *v;
	size_t n;
};

/* Is item I of A the same as item J of B? */
typedef bool nf_edits_same(void *ctx, size_t i, size_t j);

/*
 * The fewest steps, removals before additions (Myers, "An O(ND) Difference Algorithm and Its
 * Variations"); where more than some thousand items differ, what lies between the first and the
 * last difference is removed and added as a whole.  False if memory is out; otherwise
 * nf_edits_done frees the steps.
 */
bool nf_edits(struct nf_edits *e, size_t na, size_t nb, nf_edits_same *same, void *ctx);
void nf_edits_done(struct nf_edits *e);

#endif
