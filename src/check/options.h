/*
 * The parts of the group `options`:
 *
 *	rules_options.c		the group: it hears, the others judge; what is sent again, marks
 *	options_statistics.c	templates of statistics (RFC 7011 section 4)
 *	options_counters.c	what statistics count, against what was seen
 *	options_flowkeys.c	flow keys (RFC 7011 section 4.4)
 *	options_properties.c	common properties (RFC 5473)
 *	options_applications.c	names of applications (RFC 6759)
 *	options_types.c		types of elements (RFC 5610)
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

/* -- State ------------------------------------------------------------------------------ */

/* Flags of entries. */
enum { OPTIONS_USED = 1, OPTIONS_DEFINED = 2, OPTIONS_USED_FIRST = 4 };

/* Values of an entry of `templates`. */
enum {
	TEMPLATE_FIELDS, TEMPLATE_SENT_SINCE, TEMPLATE_MESSAGES, TEMPLATE_LAST_MESSAGE,
};

struct options_stream {
	struct options_counters counters;
	struct options_types types;
	struct check_ids templates;
	struct check_ids keys;		/* by template: v[0] the flow keys */
	struct check_ids properties;	/* by commonPropertiesId */
	struct check_ids elements;	/* of enterprises */
};

struct options_exporter {
	uint32_t streams;
	struct check_ids domains;	/* by version and domain: v[0] streams */
	struct check_ids names;		/* of applications, by engine and selector */
};

static inline struct options_stream *options_stream(const struct check *c,
						    const struct check_stream *s)
{
	return check_state(c, &s->holder, CHECK_GROUP_options);
}

static inline struct options_exporter *options_exporter(const struct check *c,
							const struct check_exporter *e)
{
	return check_state(c, &e->holder, CHECK_GROUP_options);
}

/* The capture has all that S has sent: what is not there was not sent. */
bool options_complete(const struct check *c, const struct check_stream *s);

/* -- Templates, flow keys, common properties, applications ------------------------------- */

void options_statistics_template(struct check *c, const struct check_at *at,
				 const struct nf_template *t);

void options_flowkeys_template(struct check *c, const struct check_at *at,
			       const struct nf_template *t);
void options_flowkeys_plan(struct check_plan *p);
void options_flowkeys_end(struct check *c, struct check_stream *s);

/* Of options and of flows. */
void options_properties_plan(struct check_plan *p);
void options_properties_end(struct check *c, struct check_stream *s);

void options_applications_plan(struct check_plan *p);
void options_applications_end(struct check *c, struct check_exporter *e);

#endif
