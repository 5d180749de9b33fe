#include <config.h>

#include "main/interrupt.h"

#include <signal.h>

static volatile sig_atomic_t seen;

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

bool interrupted(void)
{
	return seen != 0;
}
