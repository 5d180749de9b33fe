#include <config.h>

#include "main/sandbox.h"

#include <stddef.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#undef HAVE_SECCOMP
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#undef HAVE_SECCOMP
#endif

#ifdef HAVE_SECCOMP
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static const char *const calls[] = {
#define CALL(name) #name,
#include "main/sandbox.def"
#undef CALL
};

/* Of a terminal its width; of an interface that went down, whether it is up again (libpcap). */
static const unsigned long controls[] = { TCGETS, TIOCGWINSZ, SIOCGIFFLAGS };

bool sandbox_exists(void)
{
	return true;
}

const char *sandbox_version(void)
{
	const struct scmp_version *v = seccomp_version();
	static char text[40];

	snprintf(text, sizeof(text), "%u.%u.%u", v->major, v->minor, v->micro);
	return text;
}

static int allow(scmp_filter_ctx filter)
{
	int code = 0;

	for (size_t i = 0; code == 0 && i < sizeof(calls) / sizeof(calls[0]); i++) {
		int number = seccomp_syscall_resolve_name(calls[i]);

		if (number >= 0)
			code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
	}
	for (size_t i = 0; code == 0 && i < sizeof(controls) / sizeof(controls[0]); i++)
		code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
					SCMP_A1(SCMP_CMP_EQ, controls[i], 0));
	/* libpcap gives its ring back when it closes an interface. */
	if (code == 0)
		code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt), 1,
					SCMP_A1(SCMP_CMP_EQ, SOL_PACKET, 0));
	/* Threads, no processes; of clone3 that cannot be seen, and without it clone is tried. */
	if (code == 0)
		code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
					SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	if (code == 0)
		code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return code;
}

int sandbox_enter(struct nf_err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int code;

	if (filter == NULL)
		return nf_err_memory(err);
	code = allow(filter);
	if (code == 0)
		code = seccomp_load(filter);
	seccomp_release(filter);
	return code == 0 ? 0 :
	       nf_err_set(err, NF_ERR_ENV, "the kernel takes no filter of system calls: %s; "
			  "--no-sandbox goes on without", strerror(-code));
}

#else

bool sandbox_exists(void)
{
	return false;
}

const char *sandbox_version(void)
{
	return NULL;
}

int sandbox_enter(struct nf_err *err)
{
	(void)err;
	return 0;
}

#endif
