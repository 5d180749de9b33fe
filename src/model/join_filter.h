/*
 * What options say, as names for filters and columns: join.ingress.name ...
 *
 *	struct filter_opts opts = { .names = join_filter_names, .nnames = JOIN_FILTER_NAMES,
 *				    .ctx = join };
 *
 * ctx may be NULL: the names are then known and have no values.
 */
#ifndef MODEL_JOIN_FILTER_H
#define MODEL_JOIN_FILTER_H

#include "model/filter.h"
#include "model/join.h"

enum join_sampling_name {
#define SUBJECT(...)
#define FROM(...)
#define NAME(...)
#define SAMPLING(id, ...) JOIN_##id,
#include "model/join_names.def"
#undef SUBJECT
#undef FROM
#undef NAME
#undef SAMPLING
	JOIN_SAMPLING_NAMES
};

enum { JOIN_FILTER_NAMES = JOIN_NAMES + JOIN_SAMPLING_NAMES };
extern const struct filter_name join_filter_names[JOIN_FILTER_NAMES];

/* The record that AT looks at. */
static inline struct join_record join_record_at(const struct filter_at *at)
{
	return (struct join_record){
		.msg = at->msg,
		.datagram = at->datagram,
		.offset = at->offset,
		.rec = at->rec,
	};
}

#endif
