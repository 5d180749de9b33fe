/*
 * What a capture is expected to say: lines of a text, each of which passes or fails.
 *
 *	struct expect *e = expect_new(text, n, &opts, registry, &err);
 *	struct meaning_watch watch = expect_watch(e);
 *
 *	... a meaning is gathered, with that watch: see main/gathering.h ...
 *	expect_judge(e, meaning)
 *	... e->lines[i].passed, .observed ...
 *	expect_update(e, &new_text)
 *	expect_free(e);
 *
 * The language is that of nfpcap-expect(5).  What is said about flows is added up record by record
 * while the capture is read; the rest is looked up in the meaning when all was read.
 *
 * Memory: in proportion to the text, of which there are at most EXPECT_TEXT_MAX octets in
 * EXPECT_LINES lines; for each line about flows of an exporter or domain the sums of each domain,
 * of at most EXPECT_SLOTS; and EXPECT_DISTINCT values, in all, of which it is told how many differ.
 */
#ifndef MODEL_EXPECT_H
#define MODEL_EXPECT_H

#include "model/meaning.h"

#define EXPECT_FIRST "nfpcap-expect 1"

enum {
	EXPECT_TEXT_MAX = 1 << 20,
	EXPECT_LINES = 4096,
	EXPECT_SECTIONS = 256,
	EXPECT_SLOTS = 1024,
	EXPECT_DISTINCT = 1000000,
};

enum expect_kind {
#define KIND(id, ...) EXPECT_##id,
#include "model/expect_kinds.def"
#undef KIND
	EXPECT_KINDS
};

enum expect_op {
	EXPECT_EQ, EXPECT_NE, EXPECT_LT, EXPECT_LE, EXPECT_GT, EXPECT_GE, EXPECT_BETWEEN,
};

enum expect_unit { EXPECT_COUNT, EXPECT_SECONDS, EXPECT_TEXT };

/* What a value is held against. */
struct expect_test {
	uint8_t op;			/* enum expect_op */
	uint8_t unit;			/* enum expect_unit */
	long double wanted, upper;	/* upper: of BETWEEN */
	/* of EQ: the greater of an amount and a share of WANTED that it may be off by */
	long double slack, share;
	const char *text;		/* of TEXT */
	struct nf_span span, upper_span;	/* where the values stand */
};

/* Fields of a template, as a line names them. */
struct expect_field {
	struct nf_bytes name;
	int32_t length;			/* NF_VARLEN: variable; below zero: any */
	bool scope;
};

/* Functions over the records of a line; rows of expect_sums.def. */
enum expect_sum {
#define SUM(id, ...) EXPECT_SUM_##id,
#include "model/expect_sums.def"
#undef SUM
	EXPECT_SUMS
};

/* A value of each record, added up. */
struct expect_measure {
	uint8_t sum;			/* enum expect_sum */
	const struct filter_ref *ref;	/* NULL: the records themselves */
	struct nf_span span;		/* "sum(bytes)" */
	struct expect_test test;
	/* private: where the records of a layout have it */
	const struct nf_layout *layout;
	int field;
	int64_t unit;
};

/* What came of a measure in one slot. */
struct expect_figure {
	uint64_t n;			/* records with a value */
	long double sum, least, most;
	struct top_table *distinct;
};

struct expect_tally {
	uint64_t tested, matched;	/* records */
	uint64_t frame;			/* of the first one that matches; of EVERY: that does not */
	struct expect_figure figures[];	/* one a measure */
};

/* One value of a row of options. */
struct expect_value {
	struct nf_bytes name;
	const char *text;
	struct nf_span span;		/* of the text, quotes among it */
};

struct expect_line {
	uint8_t kind;			/* enum expect_kind */
	uint8_t quantity;		/* enum expect_quantity, of QUANTITY */
	uint8_t severity;		/* enum nf_severity, of NO_FINDING */
	bool options;			/* of templates: options templates */
	uint16_t section;
	uint32_t number;		/* of its first line in the text, from 1 */
	struct nf_span span;		/* in the text */
	/* flows */
	struct filter *where, *what;	/* NULL: all; what: that every, some or no flow is */
	struct expect_measure *measures;
	unsigned nmeasures;
	struct expect_tally **tallies;	/* by slot: of all domains, then one a domain */
	int32_t nslots;
	const struct filter_program *programs[2];	/* of where and what, for this set */
	/* the others */
	struct expect_test test;
	struct expect_field *fields;
	unsigned nfields;
	const char *subject;		/* of OPTION */
	struct expect_value *values;
	unsigned nvalues;
	struct nf_bytes *rules;		/* of findings */
	unsigned nrules;
	bool only;			/* NO_FINDING: of these rules, not but these */
	/* of TEMPLATE_EXISTS: what it is in the capture, or what is most like it */
	const struct meaning_template *found, *like;
	/* what came of it */
	bool passed;
	const char *observed;		/* one line */
};

struct expect_section {
	bool any_exporter, any_domain;
	struct nf_addr addr;
	uint32_t domain;
	struct nf_span span;		/* of its line; length 0: of the beginning */
	bool out;			/* it is not about the domain of the set just read */
	/* once judged */
	bool met;
	struct nf_addr is;		/* who it is in the capture */
	uint32_t number;
};

/* What --update writes: instead of a span of the text. */
struct expect_edit {
	struct nf_span span;
	const char *text;
};

struct expect_opts {
	const struct filter_opts *names;	/* borrowed; may be NULL */
	const char *const *rules;	/* of the checker, NULL at the end; NULL: none is known */
	const char *const *map;		/* "OLD=NEW" addresses */
	size_t nmap;
	bool allow_empty;		/* a line that finds nothing to judge passes */
	bool apart;			/* sums of each domain are wanted: see expect_figure_of */
};

struct expect {
	struct nf_strbuf text;
	struct expect_opts opts;
	struct expect_line *lines;
	size_t nlines, lines_cap;
	struct expect_section *sections;	/* the first one is that of the beginning */
	size_t nsections, sections_cap;
	/* once judged */
	size_t failed_lines;
	struct expect_edit *edits;
	size_t nedits, edits_cap;
	size_t stuck;			/* lines that fail, and that no edit makes pass */
	bool failed;			/* memory was out */
	/* private */
	struct nf_arena arena;
	struct filter_names *names;
	struct nf_registry *registry;
	struct expect_line **active;	/* the lines that the set just read is for */
	size_t nactive;
	int32_t slot;			/* the domain of the set just read, from 1; 0: no room */
	const struct meaning_domain *recent;	/* that domain */
	bool crowded;			/* domains found no room */
	size_t distinct;		/* values kept */
	const struct meaning *meaning;
	const struct meaning_fact **facts;	/* in order */
	bool alone;			/* the line being judged is about one domain */
	uint8_t *claimed;		/* by template: enum expect_claim */
	struct nf_strbuf out;
};

/* TEXT and OPTS are copied, what these point to is borrowed.  NULL and *ERR, its span in TEXT. */
struct expect *expect_new(const char *text, size_t n, const struct expect_opts *opts,
			  struct nf_registry *registry, struct filter_error *err);
void expect_free(struct expect *e);

/* True if TEXT begins as expectations do, of whatever grammar. */
bool expect_looks_like_one(const char *text, size_t n);

/* The line, from 1, that OFFSET of TEXT stands in. */
uint32_t expect_line_at(const char *text, size_t offset);

/* True if lines ask for finding.*: what was found is to be known before records are seen then. */
bool expect_asks_findings(const struct expect *e);

/* What is to see the records of the meaning. */
struct meaning_watch expect_watch(struct expect *e);

/* All lines.  False if memory was out. */
bool expect_judge(struct expect *e, const struct meaning *m);

/* The text with what was observed in place of what failed.  False if memory was out. */
bool expect_update(struct expect *e, struct nf_strbuf *s);

/* A line without its comments and line ends, blanks in a row being one. */
void expect_line_text(struct nf_strbuf *s, const struct expect *e, struct nf_span span);

/* What came of a measure of a line in one domain, where opts.apart is set. */
const struct expect_figure *expect_figure_of(const struct expect *e, size_t line, unsigned measure,
					     int32_t domain);

/* -- Quantities ------------------------------------------------------------------------- */

enum expect_quantity {
#define FACT(id, ...) EXPECT_Q_##id,
#define TOTAL(id, ...) EXPECT_Q_##id,
#include "model/expect_quantities.def"
#undef FACT
#undef TOTAL
	EXPECT_QUANTITIES
};

/* Of some domains, added up. */
struct expect_totals {
	uint64_t exporters, domains, messages, octets, flows, options, templates,
		 options_templates, undecoded, duplicates, restarts;
	uint64_t lost;
	uint64_t counted;		/* domains whose sequence numbers tell of loss */
	uint64_t timed;			/* that have an uptime */
};

struct expect_quantity_row {
	const char *name;		/* "template refresh" */
	uint8_t unit;			/* enum expect_unit */
	const char *fact;		/* NULL: a total */
	size_t total, known;		/* members of struct expect_totals; known: 0 is "not known" */
	long double slack, share;	/* what a snapshot allows */
	const char *snapshot;		/* the operator that it writes; NULL: leaves it out */
};
extern const struct expect_quantity_row expect_quantities[EXPECT_QUANTITIES];

/* The words that begin lines of KIND: "every flow". */
const char *expect_kind_words(enum expect_kind kind);
const char *expect_sum_name(enum expect_sum sum);

/* -- Text ------------------------------------------------------------------------------- */

/* 60s, 1500, 2.5 */
void expect_number_text(struct nf_strbuf *s, long double v, enum expect_unit unit);
/* "within 10% or 1s of 60s", "== 12" */
void expect_near_text(struct nf_strbuf *s, long double v, enum expect_unit unit, long double slack,
		      long double share);
/* v9, UDP, "as specified": a value of a quantity that is a text */
void expect_text_text(struct nf_strbuf *s, const char *text);
/* "..." */
void expect_quoted(struct nf_strbuf *s, const char *text);
/* "    sourceIPv4Address[4] ..." in lines of less than 80 columns */
void expect_layout_text(struct nf_strbuf *s, const struct meaning_template *t);

#endif
