#include <config.h>

#include "tui/term_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STACK = 65536, RESET = 1024 };

static const int ending[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV,
};

static const struct { int number; unsigned bit; } waking[] = {
	{ SIGWINCH, SIGNAL_RESIZED },
	{ SIGTSTP, SIGNAL_STOP },
	{ SIGCONT, SIGNAL_GOES_ON },
};

enum {
	ENDING = sizeof(ending) / sizeof(ending[0]),
	WAKING = sizeof(waking) / sizeof(waking[0]),
};

/* Handlers have nothing but globals. */
static struct {
	volatile sig_atomic_t armed;
	int fd;
	struct termios tio;
	char reset[RESET];
	size_t n;
	void (*ended)(void *ctx);
	void *ctx;
	struct sigaction found_ending[ENDING], found_waking[WAKING];
} own;

static int wake[2] = { -1, -1 };
static volatile sig_atomic_t came[WAKING];

static void give_back(void)
{
	const char *p = own.reset;
	size_t left = own.n;

	if (!own.armed)
		return;
	own.armed = 0;
	while (left > 0) {
		ssize_t n = write(own.fd, p, left);

		if (n < 0 && errno != EINTR)
			break;
		if (n > 0) {
			p += n;
			left -= (size_t)n;
		}
	}
	tcsetattr(own.fd, TCSANOW, &own.tio);
}

static bool is_fault(int number, const siginfo_t *info)
{
	return info->si_code > 0 && (number == SIGSEGV || number == SIGBUS || number == SIGFPE ||
				     number == SIGILL);
}

/*
 * What was there before gets the signal now: a fault comes again by itself, with all that it says
 * of its place, what was sent has to be sent again.
 */
static void end(int number, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)context;
	give_back();
	if (own.ended != NULL)
		own.ended(own.ctx);
	for (size_t i = 0; i < ENDING; i++)
		if (ending[i] == number)
			sigaction(number, &own.found_ending[i], NULL);
	if (!is_fault(number, info))
		raise(number);
	errno = saved;
}

static void note(int number)
{
	int saved = errno;

	for (size_t i = 0; i < WAKING; i++)
		if (waking[i].number == number)
			came[i] = 1;
	if (write(wake[1], "", 1) < 0)
		errno = saved;		/* it is full: what is in it wakes as well */
	errno = saved;
}

static int make_pipe(struct nf_err *err)
{
	if (pipe(wake) < 0)
		return nf_err_set(err, NF_ERR_ENV, "cannot make a pipe: %s", strerror(errno));
	for (unsigned i = 0; i < 2; i++) {
		fcntl(wake[i], F_SETFD, FD_CLOEXEC);
		fcntl(wake[i], F_SETFL, O_NONBLOCK);
	}
	return 0;
}

/* A stack of its own, where nobody gave one: the other may be what ran out. */
static void give_stack(void)
{
	static char memory[STACK];
	stack_t now, stack = { .ss_sp = memory, .ss_size = sizeof(memory) };

	if (sigaltstack(NULL, &now) == 0 && (now.ss_flags & SS_DISABLE) != 0)
		sigaltstack(&stack, NULL);
}

static void install(int number, const struct sigaction *action, struct sigaction *found)
{
	if (sigaction(number, NULL, found) == 0 &&
	    ((found->sa_flags & SA_SIGINFO) != 0 || found->sa_handler != SIG_IGN))
		sigaction(number, action, NULL);
}

int term_signals_begin(void (*ended)(void *ctx), void *ctx, struct nf_err *err)
{
	struct sigaction ends = { .sa_sigaction = end, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sigaction wakes = { .sa_handler = note };

	if (make_pipe(err) < 0)
		return -1;
	own.armed = 0;
	own.ended = ended;
	own.ctx = ctx;
	give_stack();
	sigemptyset(&ends.sa_mask);
	sigemptyset(&wakes.sa_mask);
	for (size_t i = 0; i < ENDING; i++)
		install(ending[i], &ends, &own.found_ending[i]);
	for (size_t i = 0; i < WAKING; i++) {
		came[i] = 0;
		if (waking[i].number == SIGTSTP)
			install(SIGTSTP, &wakes, &own.found_waking[i]);
		else	/* ignored is what it is by default */
			sigaction(waking[i].number, &wakes, &own.found_waking[i]);
	}
	return 0;
}

bool term_signals_arm(int fd, const struct termios *tio, const char *reset, size_t n)
{
	static bool once;

	if (n > sizeof(own.reset))
		return false;
	own.armed = 0;
	own.fd = fd;
	own.tio = *tio;
	memcpy(own.reset, reset, n);
	own.n = n;
	own.armed = 1;
	if (!once)
		atexit(give_back);
	once = true;
	return true;
}

void term_signals_disarm(void)
{
	own.armed = 0;
}

void term_signals_end(void)
{
	own.armed = 0;
	for (size_t i = 0; i < ENDING; i++)
		sigaction(ending[i], &own.found_ending[i], NULL);
	for (size_t i = 0; i < WAKING; i++)
		sigaction(waking[i].number, &own.found_waking[i], NULL);
	close(wake[0]);
	close(wake[1]);
	wake[0] = wake[1] = -1;
}

int term_signals_fd(void)
{
	return wake[0];
}

unsigned term_signals_take(void)
{
	unsigned bits = 0;
	char octets[64];

	while (read(wake[0], octets, sizeof(octets)) > 0)
		continue;
	for (size_t i = 0; i < WAKING; i++) {
		if (came[i])
			bits |= waking[i].bit;
		came[i] = 0;
	}
	return bits;
}

void term_signals_stop(bool group)
{
	struct sigaction before, stop = { .sa_handler = SIG_DFL };

	sigemptyset(&stop.sa_mask);
	sigaction(SIGTSTP, &stop, &before);
	if (group)
		kill(0, SIGTSTP);
	else
		raise(SIGTSTP);
	sigaction(SIGTSTP, &before, NULL);
}
