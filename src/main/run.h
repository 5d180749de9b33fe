/*
 * The commands: each a function run_<name> in a file of its own; the rows stand in commands.def.
 */
#ifndef MAIN_RUN_H
#define MAIN_RUN_H

struct cli;

#define COMMAND(name, formats, help) int run_##name(const struct cli *cli);
#include "main/commands.def"
#undef COMMAND

#endif
