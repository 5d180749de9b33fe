#include <config.h>

#include "main/run.h"

#include "main/cli.h"
#include "main/interrupt.h"

/* Any command that reads captures, with sockets for files; a signal ends the input. */
int run_listen(const struct cli *cli)
{
	struct cli live = *cli;

	live.wake = interrupt_wakes();
	return live.command->run(&live);
}
