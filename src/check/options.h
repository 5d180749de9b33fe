/*
 * Between the files of group options: rules_options.c hears, the others judge.
 */
#ifndef CHECK_OPTIONS_H
#define CHECK_OPTIONS_H

#include "check/ids.h"

/* -- Counters of the export itself: options_counters.c ---------------------------------- */

enum { OPTIONS_TICKS = 4 };

/* What a stream has held, as far as the capture has it. */
struct options_held {
	uint64_t messages, flows, options, octets;
};

struct options_counters {
	struct options_held before;	/* the message at hand */
	uint64_t holes;			/* something was missing, or not to be counted */
	uint32_t expected;		/* the next sequence number */
	bool known;
	/* Counters in the message at hand; they are judged when all of it is known. */
	struct options_tick {
		const struct nf_ie *ie;
		uint64_t scope, value;
		struct nf_span span;
		uint16_t tmpl;
		bool of_domain;
	} ticks[OPTIONS_TICKS];
	unsigned nticks;
	struct check_ids last;		/* by element and scope */
	bool of_all;			/* faults of counters that are not the domain's */
};

void options_counters_plan(struct check_plan *p);
void options_counters_message(struct options_counters *o, const struct check_at *at);
void options_counters_message_end(struct check *c, struct options_counters *o,
				  const struct check_at *at);
void options_counters_end(struct check *c, struct options_counters *o, struct check_stream *s,
			  bool alone, bool alone_in_domain);

/* -- Type records (RFC 5610): options_types.c ------------------------------------------- */

struct options_types {
	struct check_ids defined;	/* by enterprise and id */
};

void options_types_template(struct check *c, const struct check_at *at,
			    const struct nf_template *t);
void options_types_plan(struct check_plan *p);

/* The state that they stand in, of the stream or session at hand. */
struct options_counters *options_counters_of(const struct check *c, struct check_stream *s);
struct options_types *options_types_of(const struct check *c, struct check_stream *s);

#endif
