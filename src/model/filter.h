/*
 * The display filter: an expression over records, compiled once a layout.
 *
 *	struct filter *f = filter_new("src == 10.0.0.1 && bytes > 1k", &opts, registry, &err);
 *
 *	while (nf_delivery_next(&delivery, &view, sink))
 *		if (filter_message(f, &view))
 *			... at least one record matches ...
 *	filter_free(f);
 *
 * The language is that of nfpcap(1), section FILTERS: Wireshark's operators over names of
 * elements, groups of them, and names of what stands around a record.  An expression in
 * nfdump's language means the same.
 *
 * A filter tests one record at a time: all its comparisons are about the same record.  What
 * stands around the record (its set, template, message, frame, exporter) is seen from every
 * record in it.  A filter that names nothing of a record tests sets, or whole messages: see
 * filter_level.
 *
 * Names that a record lacks make every comparison with them false, `!=` as well.  Elements that
 * a record has several times, and names of groups, match if any occurrence does; `!=` if all do;
 * and so do names of several values (finding.rule).
 * Of a comparison's combinations of several such names the first 4096 are tried.
 *
 * Bounds: what a capture can do to a filter's cost is bounded by its own length.  A layout is
 * compiled once, in time and memory of its fields and the filter's length, not of their product;
 * at most 16384 layouts, or 64 MB, are kept.  Type records (RFC 5610) make the text be read
 * again where they define an element that it names, not else.
 *
 * Memory: a filter owns all it needs.  The registry and what opts points to are borrowed and
 * must outlive it.  One filter serves one thread.
 */
#ifndef MODEL_FILTER_H
#define MODEL_FILTER_H

#include "base/strbuf.h"
#include "track/tracker.h"

struct filter;
struct flow_view;

/* What values are of; see filter_type_name. */
enum filter_type {
	FILTER_NUMBER,		/* an integer of up to 64 bits, or beyond: see filter_value */
	FILTER_FLOAT,
	FILTER_BOOLEAN,		/* as on the wire: 1 true, 2 false (RFC 7011 section 6.1.5) */
	FILTER_TEXT,		/* UTF-8, octets of zero at the end left out */
	FILTER_OCTETS,
	FILTER_IPV4,
	FILTER_IPV6,
	FILTER_ADDRESS,		/* of a name: now IPv4, now IPv6 */
	FILTER_MAC,
	FILTER_TIME,		/* nanoseconds since 1970-01-01 UTC */
	FILTER_DURATION,	/* nanoseconds */
	FILTER_UNKNOWN,		/* of a name: an element in no table; compared as what it meets */
	FILTER_TYPES
};

/* One value.  Octets are borrowed from the record or from whoever's GET gave them. */
struct filter_value {
	uint8_t type;		/* enum filter_type, neither ADDRESS nor UNKNOWN */
	bool negative;		/* NUMBER: u is the two's complement of a number below zero */
	bool huge;		/* NUMBER: more than 64 bits hold; above every other */
	union {
		uint64_t u;		/* NUMBER, BOOLEAN, MAC (48 bits), IPV4 (host order) */
		int64_t ns;		/* TIME, DURATION */
		double d;		/* FLOAT */
		struct nf_bytes b;	/* TEXT, OCTETS; IPV6: 16 octets */
	};
};

/* What a name looks at; members that there are not are NULL. */
struct filter_at {
	const struct nf_msg *msg;
	const struct nf_datagram *datagram;
	uint32_t offset;			/* of the message in its payload */
	const struct nf_set *set;
	const struct nf_template *tmpl;		/* a definition in a set of templates */
	const struct nf_resolution *resolution;	/* of a set with records, or without a layout */
	const struct nf_rec *rec;
	const struct flow_view *view;	/* of the record's layout; NULL: not found yet */
	const struct filter_opts *opts;
	uint32_t nth;			/* of a name with several values: which, from 0 */
	uint32_t kinds;			/* of the record's layout: see join_kinds_of */
	struct filter_made *made;	/* for texts that a get makes; NULL: it makes none */
};

/* How far around a record a name looks: the same for all records of a message, of a set. */
enum filter_level { FILTER_OF_MESSAGE, FILTER_OF_SET, FILTER_OF_RECORD };

/*
 * A name that is no element: what stands around records, what is computed from them, and
 * whatever the caller knows (names from options data, verdicts).
 */
struct filter_name {
	const char *name;			/* "frame.number" */
	uint8_t type;				/* enum filter_type */
	uint8_t level;				/* enum filter_level */
	uint16_t arg;				/* for get */
	/* False where there is no value.  Cheap: called for each record. */
	bool (*get)(const struct filter_name *name, const struct filter_at *at,
		    struct filter_value *v);
	const struct nf_labels *labels;		/* words for its values, or NULL */
	const char *help;			/* a line for listings */
	/* How many values it has: get gives that of at->nth.  NULL: one, if any. */
	uint32_t (*count)(const struct filter_name *name, const struct filter_at *at);
};

struct findings;

struct filter_opts {
	const struct filter_name *names;	/* the caller's, before those built in; or NULL */
	size_t nnames;
	const void *ctx;			/* for their get */
	const char *const *files;		/* by index, for frame.file; may be NULL */
	size_t nfiles;
	/* What the checker found, for finding.*, and the words for rules; NULL: nobody knows. */
	const struct findings *findings;
};

/* What is wrong with a text, and where. */
struct filter_error {
	struct nf_span span;	/* octets of the text; length 0: at its end */
	char text[240];		/* one line, without position */
	char hint[240];		/* what to write instead, or "" */
	bool memory;		/* nothing is wrong but that memory is out */
};

enum { FILTER_TEXT_MAX = 16 << 20 };	/* octets; a longer text is refused */

/*
 * Compile TEXT of N octets; it may hold comments, from `#` to the end of a line.  An empty
 * text matches everything.  OPTS may be NULL.  NULL and *ERR (which may be NULL too) if it
 * is no filter.  A screen may call this at every key: it takes microseconds, or a millisecond
 * where names like an unknown one are looked for.
 */
struct filter *filter_new(const char *text, size_t n, const struct filter_opts *opts,
			  struct nf_registry *registry, struct filter_error *err);
void filter_free(struct filter *f);

/*
 * What it tests.  FILTER_OF_RECORD: records.  FILTER_OF_SET: sets, those of templates and
 * those without a layout too, and each template in them.  FILTER_OF_MESSAGE: messages.
 */
enum filter_level filter_level(const struct filter *f);

/* True if one of what it tests in the message matches. */
bool filter_message(struct filter *f, const struct nf_view *v);
bool filter_late(struct filter *f, const struct nf_late *late);

/*
 * One record, for those who walk records themselves.  AT says all that is known around it;
 * names that look at what is NULL there have no value.  Begin with filter_at_message, then set
 * set, resolution and rec as they come.
 */
bool filter_record(struct filter *f, const struct filter_at *at);

/*
 * The same at less cost: ask once a set what its layout makes of the filter, and test each
 * record with that.  NULL: none of its records can match.  The program is the filter's, and lasts
 * until any function but filter_test is called that may change it.
 */
struct filter_program;
const struct filter_program *filter_begin(struct filter *f, const struct nf_layout *layout);
bool filter_test(struct filter *f, const struct filter_program *p, const struct filter_at *at);

/* What is known around all records of a message, or of a held set.  F may be NULL. */
struct filter_at filter_at_message(const struct filter *f, const struct nf_view *v);
struct filter_at filter_at_late(const struct filter *f, const struct nf_late *late);

/*
 * Read anew what elements the capture has defined since (RFC 5610), which tests do by themselves
 * otherwise: for a filter that another thread tests with, before it goes on.
 */
void filter_refresh(struct filter *f);

/* True if ROW is one of those that OPTS brought, whose get looks at OPTS's ctx. */
bool filter_is_callers(const struct filter_opts *opts, const struct filter_name *row);

/* True if it asks for one of them. */
bool filter_asks_caller(const struct filter *f);

/* True if it asks what the checker found: finding.rule ... */
bool filter_asks_findings(const struct filter *f);

/* Add what FROM, a filter of the same text, has counted, and set that back. */
void filter_add(struct filter *f, struct filter *from);

/* True if memory was out while testing: the answers since then say nothing. */
bool filter_failed(const struct filter *f);

/* How often something matched, and was tested, so far; what filter_begin ruled out was not. */
uint64_t filter_matched(const struct filter *f);
uint64_t filter_tested(const struct filter *f);

/*
 * Count for each comparison what matches it, from now on; every record is then tested by every
 * comparison.  False if memory is out.
 */
bool filter_count(struct filter *f);

/*
 * Append the canonical form, and the same with a line a comparison: its types, and, where
 * filter_count was called, how many of what was tested match it.
 */
void filter_canonical(struct nf_strbuf *s, const struct filter *f);
void filter_explain(struct nf_strbuf *s, const struct filter *f);

/*
 * A name in it that nothing has so far, and only a type record of the capture (RFC 5610) can
 * bring: "64513/temperature"; or NULL.
 */
const char *filter_undefined(const struct filter *f);

/* The text was understood as nfdump's language. */
bool filter_is_nfdump(const struct filter *f);

/*
 * True if TEXT reads like a filter for frames ("udp port 2055", "host 10.0.0.1"), as tcpdump and
 * --bpf take them.
 */
bool filter_reads_like_bpf(const char *text, size_t n);

/*
 * Append ERR as people want to read it: the text, the line of the filter, a caret under the
 * place.  Lines after the first one; no newline at the end.
 */
void filter_error_text(struct nf_strbuf *s, const char *text, size_t n,
		       const struct filter_error *err);

/* "an IPv4 address". */
const char *filter_type_name(enum filter_type type);

struct filter_element {
	uint32_t pen;
	uint16_t id;
	int64_t unit;			/* it counts so many nanoseconds; 0: no time */
};

/* What a name stands for: elements, or a row with a get. */
struct filter_ref {
	const char *name;		/* canonical */
	uint8_t type;			/* enum filter_type */
	uint8_t level;			/* enum filter_level */
	bool spans;			/* NUMBER that is a DURATION too: elements have units */
	bool bare;			/* DURATION: a bare number beside it is in seconds */
	const struct nf_labels *labels;	/* words for its values, or NULL */
	const struct filter_name *row;	/* NULL: elements */
	struct filter_element *elements;
	size_t nelements;
};

/*
 * The same names for those who show values, as columns do.  OPTS (or NULL) and the registry are
 * borrowed.  NULL if memory is out.
 */
struct filter_names *filter_names_new(const struct filter_opts *opts,
				      struct nf_registry *registry);
void filter_names_free(struct filter_names *names);

/*
 * What NAME stands for, kept until NAMES are freed.  NULL and *ERR, with the nearest names, where
 * that is nothing, or memory is out; its span is the whole of NAME.
 */
const struct filter_ref *filter_names_find(struct filter_names *names, struct nf_bytes name,
					   struct filter_error *err);

/*
 * Append a filter that the record which has F passes: "NAME == VALUE", or the name alone where the
 * value is none that a filter can be written with, or VALUE is false.  With HEADER F is a field of
 * the header of AT's message, and messages pass.  AT has msg and offset, at least.  False, and
 * nothing, where no name stands for F, or memory is out.
 */
bool filter_from_field(struct nf_strbuf *s, struct filter_names *names,
		       const struct filter_at *at, const struct nf_field *f, bool header,
		       bool value);

/*
 * Append "NAME == VALUE", NAME being what REF is called.  False, and nothing, where V has no text
 * that means it, or memory is out.
 */
bool filter_from_value(struct nf_strbuf *s, const struct filter_ref *ref,
		       const struct filter_value *v);

/*
 * True if the values of IE are among those of REF.  What a type record (RFC 5610) has named since
 * REF was found is known by that name, so that the answer may change with the registry.
 */
bool filter_ref_has(const struct filter_ref *ref, const struct nf_ie *ie);

/* Its row; NULL if memory is out. */
const struct nf_ie *filter_element_ie(struct nf_registry *registry, const struct filter_element *e);

/* True if it is one of finding.*, which look at what the checker found. */
bool filter_ref_asks_findings(const struct filter_ref *ref);

/*
 * The names that are no elements, for listings and completion: *AT begins at 0; NULL at the end.
 * Groups ("src") come with get == NULL.  The registry knows the elements.
 */
const struct filter_name *filter_name_next(const struct filter_opts *opts, size_t *at);

#endif
