/*
 * What one message holds, counted: records, templates, sets, and whether the count is exact.
 *
 * Only sets are walked and record ends found; no field is read.
 */
#ifndef NF_TRACK_TALLY_H
#define NF_TRACK_TALLY_H

#include "track/tracker.h"

enum { NF_WHY_NOTS = NF_PENDING + 1 };

struct nf_tally {
	uint32_t flows, options;	/* data records that could be read */
	uint32_t templates, options_templates, withdrawals;
	uint32_t sets;			/* of every kind; those of v1 to v8: 1 */
	uint32_t data_sets;		/* with and without a layout */
	/* by enum nf_why_not: data sets without a layout, and their octets as their headers say */
	uint32_t undecoded[NF_WHY_NOTS];
	uint32_t undecoded_octets[NF_WHY_NOTS];
	/*
	 * FLOWS and OPTIONS are all the data records that the exporter put in: no set lacks its
	 * layout, is cut, ends in what cannot be read or contradicts its layout.
	 */
	bool exact;
};

/* SCRATCH has NF_SCRATCH_WORDS. */
void nf_tally_message(struct nf_tally *t, const struct nf_view *v, struct nf_scratch scratch);

/* The records of one set; *EXACT becomes false where its end cannot be read. */
uint32_t nf_tally_records(const struct nf_msg *m, const struct nf_set *set,
			  const struct nf_layout *layout, struct nf_scratch scratch, bool *exact);

#endif
