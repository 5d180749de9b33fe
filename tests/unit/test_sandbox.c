/* The filter of system calls: what a collector needs goes on working, what it does not ends it. */
#include <config.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "main/sandbox.h"

/* What a child comes to that enters and then does ACT: its status. */
static int outcome(void (*act)(void))
{
	struct nf_err err;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (sandbox_enter(&err) < 0)
			_exit(99);
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static bool is_killed(void (*act)(void))
{
	int status = outcome(act);

	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

static void execute(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

static void open_raw(void)
{
	socket(AF_INET, SOCK_RAW, 1);
}

static void open_udp(void)
{
	socket(AF_INET, SOCK_DGRAM, 0);
}

static void fork_one(void)
{
	if (fork() == 0)
		_exit(0);
}

static void become_root(void)
{
	if (setuid(0) < 0)
		_exit(1);
}

static void refused(void **state)
{
	(void)state;
	assert_true(is_killed(execute));
	assert_true(is_killed(open_raw));
	assert_true(is_killed(open_udp));
	assert_true(is_killed(fork_one));
	assert_true(is_killed(become_root));
}

static void *nothing(void *ctx)
{
	return ctx;
}

/* What -w, --rotate and --state do, and a thread. */
static void work(void)
{
	char path[] = "sandbox.1", other[] = "sandbox.2";
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	pthread_t thread;

	if (fd < 0 || write(fd, "octets", 6) != 6 || ftruncate(fd, 3) < 0 || fsync(fd) < 0 ||
	    close(fd) < 0 || rename(path, other) < 0 || unlink(other) < 0)
		_exit(1);
	if (pthread_create(&thread, NULL, nothing, NULL) != 0 || pthread_join(thread, NULL) != 0)
		_exit(2);
	free(malloc(10 << 20));
	isatty(0);
}

static void allowed(void **state)
{
	(void)state;
	assert_int_equal(outcome(work), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(allowed),
	};

	if (!sandbox_exists()) {
		puts("1..0 # SKIP this build has no filter of system calls");
		return 0;
	}
	return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
