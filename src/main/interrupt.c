#include <config.h>

#include "main/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t seen, asked;
static int wake[2] = { -1, -1 };

static void note(int signal_number)
{
	(void)signal_number;
	seen = 1;
}

void interrupt_ends_input(void)
{
	struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESETHAND };
	struct sigaction old;

	sigemptyset(&action.sa_mask);
	if (sigaction(SIGINT, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
		sigaction(SIGINT, &action, NULL);	/* without SA_RESTART */
}

static void wake_up(int signal_number)
{
	int saved = errno;

	if (signal_number == SIGUSR1)
		asked = 1;
	else
		seen = 1;
	while (write(wake[1], "", 1) < 0 && errno == EINTR)
		;	/* where it is full, an octet of before does as well */
	errno = saved;
}

int interrupt_wakes(void)
{
	struct sigaction action = { .sa_handler = wake_up, .sa_flags = SA_RESETHAND };
	struct sigaction old;

	if (pipe(wake) < 0)
		return -1;
	for (unsigned i = 0; i < 2; i++) {
		fcntl(wake[i], F_SETFD, FD_CLOEXEC);
		fcntl(wake[i], F_SETFL, O_NONBLOCK);
	}
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler == SIG_DFL)
		sigaction(SIGHUP, &action, NULL);	/* nohup(1) has it ignored */
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &action, NULL);
	return wake[0];
}

void interrupt_drain(void)
{
	char octets[64];

	/* Who is to end stays awake. */
	while (!seen && wake[0] >= 0 && read(wake[0], octets, sizeof(octets)) > 0)
		;
}

bool interrupt_asked(void)
{
	bool was = asked != 0;

	if (was)
		asked = 0;
	return was;
}

bool interrupted(void)
{
	return seen != 0;
}
