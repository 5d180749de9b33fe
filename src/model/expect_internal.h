/*
 * What the files of expect.h share: words of a line, its parts, and how lines are judged.
 *
 *	expect_lex.c		lines and words
 *	expect_test.c		what values are held against: read, judged, written
 *	expect_parse.c		lines, sections
 *	expect_parse_*.c	what stands behind the words of expect_kinds.def
 *	expect_flows.c		records, while they are read
 *	expect_section.c	who in the capture a section is about
 *	expect_judge.c		lines, at the end; expect_judge_*.c by what they are about
 */
#ifndef MODEL_EXPECT_INTERNAL_H
#define MODEL_EXPECT_INTERNAL_H

#include "model/expect.h"
#include "model/filter_near.h"

/* -- Words ------------------------------------------------------------------------------ */

enum expect_token_kind {
	EXPECT_END,
	EXPECT_WORD,
	EXPECT_STRING,			/* text: without quotes and escapes */
	EXPECT_OPERATOR,		/* op */
	EXPECT_MARK,			/* ( ) , | % and a : that a blank follows */
};

struct expect_token {
	uint8_t kind;			/* enum expect_token_kind */
	uint8_t op;			/* enum expect_op */
	char mark;
	struct nf_span span;
	struct nf_bytes text;
};

struct expect_parser {
	struct expect *e;
	const char *text;		/* of E, with a NUL behind it */
	size_t at, end;			/* what is left of the line */
	struct filter_faults faults;
};

/*
 * The next line with all that continues it, from *AT on, which goes behind it: its first octet and
 * its length.  False at the end.  A fault where what continues a line continues nothing.
 */
bool expect_next_line(struct expect_parser *p, size_t *at, struct nf_span *span);

/* The next token of the line; false on a fault. */
bool expect_next(struct expect_parser *p, struct expect_token *t);
/* The same, but it is left there. */
bool expect_peek(struct expect_parser *p, struct expect_token *t);
bool expect_is_word(const struct expect_token *t, const char *word);
bool expect_is_mark(const struct expect_token *t, char mark);

/* Take WORDS, "no flow", if they are what comes next. */
bool expect_take_words(struct expect_parser *p, const char *words);
bool expect_take_mark(struct expect_parser *p, char mark);

/*
 * Where one of WORDS (NULL ends them) next stands by itself, outside quotes and brackets; the end
 * if none does.
 */
size_t expect_find(const struct expect_parser *p, const char *const *words);
/* Where the last colon does that a blank follows. */
size_t expect_find_colon(const struct expect_parser *p);

/* A fault at T: "FORMAT", or, at the end of the line, that it is missing. */
bool expect_wants(struct expect_parser *p, const struct expect_token *t, const char *what);
/* A fault unless nothing is left of the line. */
bool expect_at_end(struct expect_parser *p);
/* A fault of another module about octets from OFFSET on; always false. */
bool expect_fault_at(struct expect_parser *p, size_t offset);

/* N octets, zeroed; NULL, and e->failed, where memory is out. */
void *expect_alloc(struct expect *e, size_t n);
/* For as many things of SIZE octets as the rest of the line may name, MAX at most. */
void *expect_room(struct expect_parser *p, size_t max, size_t size);
const char *expect_copy(struct expect *e, const char *text, size_t n);

/* All lines of the text.  False and a fault. */
bool expect_parse_all(struct expect_parser *p);

/* -- Values ----------------------------------------------------------------------------- */

/* "== 60s within 10%" and the like.  LABELS, words for values, may be NULL. */
bool expect_parse_test(struct expect_parser *p, enum expect_unit unit,
		       const struct nf_labels *labels, struct expect_test *t);
bool expect_holds(const struct expect_test *t, long double v);
bool expect_holds_text(const struct expect_test *t, const char *text);

/* -- What stands behind the words ------------------------------------------------------- */

#define KIND(id, words, parse, judge) \
	bool expect_parse_##parse(struct expect_parser *p, struct expect_line *line); \
	void expect_judge_##judge(struct expect *e, struct expect_line *line);
#include "model/expect_kinds.def"
#undef KIND

/* -- Judging ---------------------------------------------------------------------------- */

/* Which sections cannot be about D, whatever else comes: their `out`. */
void expect_sections_out(struct expect *e, const struct meaning_domain *d);
/* Finds each section in the capture. */
void expect_sections(struct expect *e);
bool expect_in_section(const struct expect *e, const struct expect_line *line, int32_t domain);

/* What the domains of the line's section add up to: once a line.  NULL where memory is out. */
struct expect_tally *expect_flows_of(struct expect *e, struct expect_line *line);

/* Whose the templates of the capture are: a line says that there is one, or one like it. */
enum expect_claim { EXPECT_UNCLAIMED, EXPECT_CLAIMED, EXPECT_LIKE };
void expect_templates(struct expect *e);

void expect_totals_of(const struct expect *e, const struct expect_line *line,
		      struct expect_totals *t);

/* What was observed: everything since nf_strbuf_clear(&e->out). */
void expect_observed(struct expect *e, struct expect_line *line, bool passed);
/* " (192.0.2.1 domain 7)" to e->out, where there are several domains. */
void expect_whose(struct expect *e, int32_t domain);

/* SPAN is to be TEXT. */
void expect_edit(struct expect *e, struct nf_span span, const char *text);
/* What T is held against becomes what LEAST and MOST pass, if one value can say so. */
void expect_edit_test(struct expect *e, const struct expect_test *t, long double least,
		      long double most);
/* Nothing that --update writes makes the line pass. */
void expect_stuck(struct expect *e);

/* Facts of TOPIC called NAME of SUBJECT (NULL: of any), domain by domain; *AT begins at 0. */
const struct meaning_fact *expect_fact(const struct expect *e, const struct expect_line *line,
				       enum meaning_topic topic, const char *subject,
				       const char *name, size_t *at);

#endif
