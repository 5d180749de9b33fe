#include <config.h>

#include "wire/wire.h"

const char *nf_how_name(enum nf_how how)
{
	static const char *const names[] = {
		[NF_BUILT_IN] = "built-in",
		[NF_LIVE] = "live",
		[NF_LATE] = "late",
		[NF_OTHER_SESSION] = "other-session",
		[NF_GIVEN] = "given",
	};

	return names[how];
}

const char *nf_why_not_name(enum nf_why_not why)
{
	static const char *const names[] = {
		[NF_DECODED] = "decoded",
		[NF_NEVER_DEFINED] = "never-defined",
		[NF_WITHDRAWN] = "withdrawn",
		[NF_REJECTED] = "rejected",
		[NF_OTHER_DOMAIN] = "other-domain",
		[NF_PENDING] = "pending",
	};

	return names[why];
}
