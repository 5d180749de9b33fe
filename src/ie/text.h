/*
 * Text into memory (as base/digits.h).  Not installed.
 */
#ifndef NF_IE_TEXT_H
#define NF_IE_TEXT_H

#include "base/bytes.h"

enum { NF_ROOM_PLAIN = 32 };

/*
 * TEXT at P, which is returned where it is empty, longer than NF_ROOM_PLAIN, or not all printable
 * ASCII without quotes and backslashes: that is for nf_safe_text and nf_json_string.
 */
char *nf_put_plain(char *p, struct nf_bytes text);

#endif
