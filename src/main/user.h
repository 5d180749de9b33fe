/*
 * --user: a collector binds as the superuser, and goes on as somebody else.
 */
#ifndef MAIN_USER_H
#define MAIN_USER_H

#include "base/err.h"

/*
 * Become the user NAME, with his groups and no others, for good.  -1 and *ERR: there is no such
 * user, or we are not the superuser; nothing has changed then, or not all of it.
 */
int user_become(const char *name, struct nf_err *err);

#endif
