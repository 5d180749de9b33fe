/*
 * The kinds of files: what outfile_kinds.c makes its table of.  See struct outfile_kind.
 */
#ifndef OUT_OUTFILE_KINDS_H
#define OUT_OUTFILE_KINDS_H

#include "out/outfile.h"

enum outfile_found outfile_gz_scan(int fd, struct outfile_scan *s);
bool outfile_gz_add(struct outfile *f, const void *p, size_t n);
bool outfile_gz_end(struct outfile *f);
size_t outfile_gz_keep(const struct outfile *f, size_t n);

#endif
