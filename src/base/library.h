/*
 * Libraries that few runs need: they are loaded when the first of their functions is called for,
 * since binding their symbols takes longer than all else that a program does to begin.
 *
 * Who needs such a library has a list of its functions, a .def of CALL(name), and two structs made
 * of it: what is called, each member a pointer of the function's own type, and struct nf_library,
 * which says how they are filled in: base/library.def makes all but the first struct.  A library
 * without a name to be loaded by was linked.
 */
#ifndef NF_BASE_LIBRARY_H
#define NF_BASE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct nf_library {
	const char *soname;		/* "libarchive.so.13"; NULL: linked, calls are filled in */
	const char *const *names;	/* of its functions */
	size_t n;
	void *calls;			/* n pointers to functions, in the order of names */
	bool loaded;
};

/*
 * Load L, once, and fill in its calls; it stays until the program ends.  -1 and *ERR where it is
 * not there or lacks a function: the text names it.  For one thread at a time.
 */
int nf_library_load(struct nf_library *l, struct nf_err *err);

#endif
