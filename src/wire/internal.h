/*
 * What the files of wire/ share and nobody else sees.
 */
#ifndef NF_WIRE_INTERNAL_H
#define NF_WIRE_INTERNAL_H

#include "wire/wire.h"

enum {
	NF_SET_HEADER = 4,
	NF_VERSION_MAX = 10,
	/* What a record may take at most: Length is 16 bits, less IPFIX's header and a set's. */
	NF_RECORD_MAX = 65535 - 16 - NF_SET_HEADER,
};

static inline void nf_report(const struct nf_sink *sink, enum nf_problem_id id,
			     struct nf_span span, uint64_t found, uint64_t wanted)
{
	if (sink != NULL && sink->report != NULL)
		sink->report(sink->ctx, &(struct nf_problem){
			.id = (uint16_t)id, .span = span, .found = found, .wanted = wanted });
}

/* Compile all built-in layouts; called once. */
void nf_fixed_compile(void);
const struct nf_layout *nf_fixed_header(uint16_t version);

/* Does B begin with something like the header of a message, its time included? */
bool nf_header_plausible(struct nf_bytes b);

/* Octets of a record of M; 0 where its aggregation is none. */
uint32_t nf_fixed_size(const struct nf_msg *m);

/*
 * The building of a layout in memory of nf_layout_bytes(NFIELDS): begin, one add a field in
 * order, finish.
 */
size_t nf_layout_bytes(size_t nfields);
void nf_layout_begin(struct nf_layout *l, enum nf_layout_kind kind);
struct nf_fielddef *nf_layout_add(struct nf_layout *l, const struct nf_ie *ie, uint16_t length,
				  bool scope, bool overlay);
void nf_layout_finish(struct nf_layout *l);

/* As nf_recs_open, over octets at OFFSET that need not be a set's. */
void nf_recs_over(struct nf_recs *c, const struct nf_layout *layout, struct nf_bytes bytes,
		  uint32_t offset, struct nf_scratch scratch, const struct nf_sink *sink);

#endif
