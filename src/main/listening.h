/*
 * The addresses of `nfpcap listen`: those that are given, or what --host and --port say.
 */
#ifndef MAIN_LISTENING_H
#define MAIN_LISTENING_H

#include "main/cli.h"

enum { LISTENING_PORTS = 64 };	/* that --port may name */

/*
 * CLI's files become the N words of ARGV, or each port of --port at --host, or port 2055 there.
 * Ports that are bound no longer limit what is shown.  With -i they become its
 * interfaces.  -1, with a usage error in *ERR: both were
 * given, or what they say is none.
 */
int listening_addresses(struct cli *cli, char **argv, int n, struct nf_err *err);

#endif
