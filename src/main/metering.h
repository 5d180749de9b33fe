/*
 * The traffic that flow records are held against: captures of their own (--traffic), read to their
 * ends before the export, or the same captures, heard on the way.
 */
#ifndef MAIN_METERING_H
#define MAIN_METERING_H

#include "main/cli.h"
#include "main/report.h"
#include "model/meter.h"

/* NULL where memory is out. */
struct meter *metering_open(const struct cli *cli);

/*
 * All of --traffic to M.  What is wrong with a file is said to REPORT, and so is it where there is
 * no IP in them.  False where going on is of no use.
 */
bool metering_read(const struct cli *cli, struct meter *m, struct report *report);

#endif
