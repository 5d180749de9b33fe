/*
 * What the checker found, once it has come to the end: text, JSON lines, JUnit XML, SARIF.
 *
 *	struct checklist l = { .ops = checklist_ops_of("text"), .o = o, .check = c, ... };
 *
 *	checklist_show(&l);
 *	... write o->text ...
 */
#ifndef OUT_CHECKLIST_H
#define OUT_CHECKLIST_H

#include "check/check.h"
#include "out/out.h"

struct checklist_ops;

/* From which severity on findings are a failure: enum nf_severity, or this. */
enum { CHECKLIST_NEVER = NF_ERROR + 1 };

struct checklist {
	const struct checklist_ops *ops;
	struct out *o;
	const struct check *check;
	uint8_t fail_on;
	bool verbose;			/* octets, arguments, times; more than a few of a rule */
	bool all;			/* every occurrence: the checker has kept them */
	bool notes;			/* text: list them */
	bool quiet;			/* the verdict alone */
	bool damaged;			/* an input ended in damage */
	bool accept_cut;		/* that is no failure */
	bool limited;			/* a filter, times or ports say whose findings are shown */
	bool chosen;			/* if they let no message through, nothing was judged */
	bool allow_empty;		/* nothing to check is no failure */
	size_t stale;			/* rows of the baseline that accept nothing */
	/* Called between pieces: the text may be taken.  False: no more is wanted. */
	bool (*step)(void *ctx);	/* or NULL */
	void *ctx;
};

struct checklist_ops {
	const char *name;		/* as -o takes it */
	bool document;			/* one a file: it is of no use behind another */
	void (*show)(const struct checklist *l);
};

/* The format of that NAME, NULL if there is none. */
const struct checklist_ops *checklist_ops_of(const char *name);

void checklist_show(const struct checklist *l);

/* A format of out.h that shows no messages. */
extern const struct out_ops checklist_out;

/* -- The verdict ---------------------------------------------------------------------- */

enum checklist_verdict {
	CHECKLIST_CLEAN,		/* nothing was found, or all of it is accepted */
	CHECKLIST_PASSES,		/* what was found is below what fails */
	CHECKLIST_FAILS,
	CHECKLIST_NOTHING,		/* nothing could be decoded: nothing can be said */
};

enum checklist_verdict checklist_verdict(const struct checklist *l);

/* Is the answer no? */
bool checklist_is_no(const struct checklist *l);

/* -- What formats share ---------------------------------------------------------------- */

extern const struct checklist_ops checklist_text, checklist_json, checklist_junit,
	checklist_sarif;

/* "clean", "passes", "fails", "nothing". */
const char *checklist_verdict_name(enum checklist_verdict v);

/* The verdict in a line, without its end. */
void checklist_verdict_text(struct nf_strbuf *s, const struct checklist *l);

/* What nothing was of: "no flow export", "nothing of 40 data sets could be decoded". */
void checklist_nothing(struct nf_strbuf *s, const struct checklist *l);

/* "2 errors, 1 warning, 5 notes"; nothing where there are none. */
void checklist_counts(struct nf_strbuf *s, const struct check_totals *t);

enum { CHECKLIST_BOUNDS = 3 };

/* What bound I left out: "2 messages of still other streams were not checked ..."; false: nothing. */
bool checklist_bound(struct nf_strbuf *s, const struct check_totals *t, unsigned i);

/* Do both belong to the same exporter, or both to the capture? */
bool checklist_same_exporter(const struct check_finding *a, const struct check_finding *b);

/* Are both of one rule, severity and exporter? */
bool checklist_same_rule(const struct check_finding *a, const struct check_finding *b);

/*
 * "192.0.2.1:2055 v9 domain 7": whose it is, as shortly as tells it from the findings that begin
 * at FROM, the first one of the exporter.
 */
struct checklist_names {
	bool ports, versions;		/* must be named */
};
struct checklist_names checklist_names(const struct check *c, size_t from);
void checklist_who(struct nf_strbuf *s, const struct check_finding *f,
		   struct checklist_names names);

/* "RULE EXPORTER VERSION DOMAIN TEMPLATE ELEMENT KEY": what tells it from others, in baselines. */
void checklist_row(struct nf_strbuf *s, const struct check_finding *f);

/* "frame 2 of a.pcap"; "message 2" of an IPFIX File. */
void checklist_frame(struct nf_strbuf *s, const struct checklist *l,
		     const struct check_finding *f, uint64_t frame, uint32_t file);

/* "frame 2 of a.pcap, offset 12, 4 octets"; nothing where it has no place. */
void checklist_place(struct nf_strbuf *s, const struct checklist *l,
		     const struct check_finding *f, const struct check_place *p);

/* "3 times, last in frame 9"; nothing of what is there once. */
void checklist_times(struct nf_strbuf *s, const struct checklist *l,
		     const struct check_finding *f);

/* "id=260, seconds=12 s": the arguments as text. */
void checklist_args(struct nf_strbuf *s, const struct check_finding *f);

/* References are separated by "; ": the next one, of *N octets; NULL behind the last. */
const char *checklist_ref(const char **list, size_t *n);

/* ,"refs":["RFC 7011 section 8.4"] */
void checklist_refs(struct nf_strbuf *s, const char *list);

/* Why a rule could not be applied: the texts of GATES with SEP between them. */
void checklist_gates(struct nf_strbuf *s, unsigned gates, const char *sep);

static inline bool checklist_step(const struct checklist *l)
{
	return l->step == NULL || l->step(l->ctx);
}

#endif
