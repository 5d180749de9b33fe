#include <config.h>

#include "main/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

int user_become(const char *name, struct nf_err *err)
{
	const struct passwd *user;

	errno = 0;
	user = getpwnam(name);
	if (user == NULL)
		return nf_err_set(err, NF_ERR_ENV, "--user: there is no user %.64s%s%s", name,
				  errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
	if (user->pw_uid == 0)
		return nf_err_set(err, NF_ERR_USAGE, "--user: %.64s is the superuser", name);
	if (geteuid() != 0)
		return nf_err_set(err, NF_ERR_ENV, "--user: only the superuser can become %.64s: run "
				  "it with sudo, or without --user", name);
	if (initgroups(user->pw_name, user->pw_gid) < 0 || setgid(user->pw_gid) < 0 ||
	    setuid(user->pw_uid) < 0)
		return nf_err_set(err, NF_ERR_ENV, "--user: cannot become %.64s: %s", name,
				  strerror(errno));
	if (setuid(0) == 0 || geteuid() != user->pw_uid || getegid() != user->pw_gid)
		return nf_err_set(err, NF_ERR_ENV, "--user: the superuser's rights cannot be "
				  "given up");
	return 0;
}
