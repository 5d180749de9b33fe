/*
 * What the checker finds, known before the first message is shown: where the command line names
 * finding.*, the inputs are read once before all else.
 */
#ifndef MAIN_FINDING_H
#define MAIN_FINDING_H

#include "main/pipeline.h"
#include "out/found.h"

struct finding {
	struct found_rules rules;
	struct findings findings;
};

/* Nothing is known; the words for rules are. */
void finding_init(struct finding *f);
void finding_done(struct finding *f);

/* Before inputs are opened: standard input is kept.  -1 and *ERR where that cannot be. */
int finding_prepare(const struct cli *cli, struct nf_err *err);

/*
 * Read the inputs of PIPELINE, of which nothing was read yet, by themselves.  -1: what is wrong was
 * said to its report; what is wrong with inputs is left to the reading that comes.
 */
int finding_read(struct finding *f, const struct pipeline *pipeline);

#endif
