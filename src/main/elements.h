/*
 * --elements: the user's own names and types of information elements.
 *
 * CSV: a line per element, `pen,id,name,type`; more columns, empty lines, lines that begin
 * with # and a title line are passed over.  XML: records as in IANA's registry file, with
 * an <enterpriseId> where they are an enterprise's (as YAF's and libfds's files have).
 */
#ifndef MAIN_ELEMENTS_H
#define MAIN_ELEMENTS_H

#include "base/err.h"
#include "ie/ie.h"

/* The registry with what N files add to it.  NULL and *ERR, where one of them is at fault. */
struct nf_registry *elements_registry(const char *const *paths, size_t n, struct nf_err *err);

/* -1 and *ERR, with the line, where a file cannot be read or says what cannot be. */
int elements_load(struct nf_registry *registry, const char *path, struct nf_err *err);

/* An element in words; empty: not given. */
struct elements_row {
	const char *pen, *id, *name, *type, *units;
};

/* Define one; *ERR gets "PATH:LINE: what". */
int elements_define(struct nf_registry *registry, const struct elements_row *row,
		    const char *path, unsigned long line, struct nf_err *err);

/* XML, from the text of a whole file. */
int elements_xml(struct nf_registry *registry, const char *path, struct nf_bytes text,
		 struct nf_err *err);

#endif
