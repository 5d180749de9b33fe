/*
 * The parts of the group `sampling`:
 *
 *	rules_sampling.c	the group: who uses samplers and sequences, and who describes them
 *	sampling_rates.c	what options say of rates
 *	sampling_reports.c	what selectors and packet reports lack (RFC 5476)
 */
#ifndef CHECK_SAMPLING_H
#define CHECK_SAMPLING_H

#include "check/ids.h"

enum { SAMPLER_ID = 48, SEQUENCE_ID = 301, SELECTOR_ID = 302, SELECTOR_ALGORITHM = 304 };

enum { SAMPLING_USED = 1, SAMPLING_DEFINED = 2 };	/* flags of entries */

struct sampling_stream {
	struct check_ids rates;		/* by all that a record says besides */
	struct check_ids reports;	/* templates of packet reports that lack something */
};

struct sampling_exporter {
	struct check_ids samplers, sequences;
	bool of_all;			/* a rate is stated of no sampler in particular */
	bool psamp;			/* it speaks of selectors or selection sequences */
};

static inline struct sampling_stream *sampling_stream(const struct check *c,
						      const struct check_stream *s)
{
	return check_state(c, &s->holder, CHECK_GROUP_sampling);
}

static inline struct sampling_exporter *sampling_exporter(const struct check *c,
							  const struct check_stream *s)
{
	return check_state(c, &s->exporter->holder, CHECK_GROUP_sampling);
}

/* -- sampling_rates.c ----------------------------------------------------------------- */

/* Does LAYOUT say anything of a rate? */
bool sampling_describes(const struct nf_layout *layout);

/* Its field with the number of a selector or sampler; -1. */
int sampling_id(const struct nf_layout *layout);

/* What options describe. */
void sampling_rates_plan(struct check_plan *p);
void sampling_rates_end(struct check *c, struct check_stream *s);

/* -- sampling_reports.c --------------------------------------------------------------- */

void sampling_selector_template(struct check *c, const struct check_at *at,
				const struct nf_template *t);
void sampling_selector_plan(struct check_plan *p);

void sampling_report_template(struct check *c, const struct check_at *at,
			      const struct nf_template *t);
void sampling_report_plan(struct check_plan *p);
void sampling_reports_end(struct check *c, struct check_stream *s);

#endif
