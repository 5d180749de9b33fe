/*
 * The wire layer: octets in, small views out.  No allocation (but for compiled layouts,
 * made once a template), no I/O, no state; total on any input.
 *
 * Every export version is a template: the headers and records of v1 to v8 and the headers
 * of v9 and IPFIX are layouts compiled from const rows (formats.def, fixed_*.def) by the
 * function that compiles what v9 and IPFIX send.  Whoever reads fields knows no versions.
 *
 * Two doors into the same cursors:
 *
 *   hot:	nf_msg_open, nf_set_next, nf_rec_next, then nf_field(rec, i) or nf_slot(rec, role)
 *   detail:	nf_walk_next: headers, sets, templates, records, padding and malformed rests as
 *		events whose leaves partition the message's octets
 *
 * All offsets count from the first octet of the message (that is, of nf_msg.bytes).
 */
#ifndef NF_WIRE_WIRE_H
#define NF_WIRE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "ie/ie.h"

struct nf_strbuf;

enum {
	NF_VARLEN = 65535,	/* as a specifier's length: "variable" (RFC 7011 section 7) */
	NF_LIST_DEPTH = 8,	/* lists nested deeper are shown as octets, with a problem */
	NF_SCRATCH_WORDS = 32768,	/* a caller who lends so many has enough for any template */
	NF_SET_NONE = -1,
};

/* -- Problems ------------------------------------------------------------------------- */

/* What octets alone can show to be wrong; one row each in problems.def. */
enum nf_problem_id {
#define PROBLEM(name, id, severity, text, ref) NF_PROBLEM_##name,
#include "wire/problems.def"
#undef PROBLEM
	NF_PROBLEMS
};

enum nf_severity { NF_NOTE, NF_WARNING, NF_ERROR };

struct nf_problem {
	uint16_t id;		/* enum nf_problem_id */
	struct nf_span span;	/* the octets that are wrong */
	uint64_t found, wanted;	/* what they say, and what is right; for the row's text */
};

struct nf_problem_row {
	const char *id;		/* "set-overruns-message": in JSON */
	uint8_t severity;	/* enum nf_severity */
	const char *text;	/* see problems.def; nf_problem_text fills it in */
	const char *ref;	/* "RFC 7011 section 3.3.2" */
};
extern const struct nf_problem_row nf_problem_rows[NF_PROBLEMS];

/* Append the row's text with its figures filled in. */
void nf_problem_text(struct nf_strbuf *s, const struct nf_problem *p);

/* Where problems go; the only callback of the decoder.  A NULL sink hears nothing. */
struct nf_sink {
	void (*report)(void *ctx, const struct nf_problem *p);
	void *ctx;
};

/* -- Formats and layouts -------------------------------------------------------------- */

/* What v9 and IPFIX do differently, as data: one code path serves both. */
struct nf_dialect {
	uint16_t template_set, options_set;	/* 0 and 1, or 2 and 3 */
	bool enterprise_bit;	/* bit 15 of a specifier's id says that a PEN follows */
	bool withdrawals;	/* a field count of 0 withdraws (RFC 7011 section 8.1) */
	bool scope_in_octets;	/* the options header counts octets (RFC 3954 section 6.1) */
};

struct nf_layout;

/* Offsets of the values in a message header that struct nf_msg has; 0: there is none. */
struct nf_header_at {
	uint8_t count, length, uptime, secs, nsecs, sequence;
	uint8_t domain, domain_len, aggregation;
};

/* One export version; const rows made from formats.def. */
struct nf_format {
	uint16_t version;
	const char *name;			/* "NetFlow v9", "IPFIX" */
	uint8_t header_len;
	const struct nf_dialect *dialect;	/* NULL: fixed record layouts, and no sets */
	const struct nf_layout *header;		/* its first field is the version */
	struct nf_header_at at;
};

/* The row of a version, NULL if there is none.  Made at the first call, const from then on. */
const struct nf_format *nf_format_of(uint16_t version);

/* The record layout of v1/v5/v6/v7, or of a v8 aggregation (1 to 14); NULL if there is none. */
const struct nf_layout *nf_fixed_layout(uint16_t version, uint8_t aggregation);

enum nf_layout_kind {
	NF_LAYOUT_DATA,
	NF_LAYOUT_OPTIONS,
	NF_LAYOUT_FIXED,	/* records of v1 to v8 */
	NF_LAYOUT_HEADER,
};

/* One field of a layout. */
struct nf_fielddef {
	const struct nf_ie *ie;
	uint32_t offset;	/* in the record, if variable fields before it took nothing */
	uint16_t length;	/* as sent; NF_VARLEN */
	uint16_t nvar;		/* how many variable fields stand before it */
	uint8_t kind;		/* enum nf_kind; of a variable length, nf_field says it */
	bool scope;
	uint8_t first_bit, nbits;	/* nbits > 0: only these bits of the octets, from the top */
	bool overlay;		/* shares the octets of the field before it: no leaf of its own */
};

/*
 * One load of nf_rec_values.  Loads of a kind are done in one loop, and two neighbours of the
 * same width in one step, for what costs time is the branch a field.
 */
struct nf_op {
	uint16_t field;		/* the first of two, in a pair */
	uint16_t nvar;
	uint32_t offset;
};

enum nf_load {
	NF_LOAD_PAIR_8, NF_LOAD_PAIR_16, NF_LOAD_PAIR_32, NF_LOAD_PAIR_64,
	NF_LOAD_8, NF_LOAD_16, NF_LOAD_32, NF_LOAD_64,
	NF_LOAD_N,		/* other widths up to 8, and bits of octets */
	NF_LOAD_SIGNED,
	NF_LOAD_LONG,		/* fixed lengths of 0 and of more than 8: no load but a reference */
	NF_LOAD_VAR,
	NF_LOADS
};

/*
 * Which fields are loaded, and how: operations by load, first those before the first variable field
 * ([0]), then those behind it ([1], with all variable fields); ends says where each group ends.
 */
struct nf_loads {
	const struct nf_op *ops;
	const struct nf_op *ends[2][NF_LOADS];
};

/*
 * How the values of a field are read into a column, whatever its width: 8 octets of the record hold
 * it, are shifted, and masked.  Where not all of OFFSET is in front of variable fields, it is less
 * what these take, as in struct nf_fielddef.
 */
struct nf_column {
	uint16_t field;
	uint16_t nvar;
	uint32_t offset;		/* of the 8 octets */
	uint8_t shift;
	uint64_t mask;
};

/*
 * Columns, by how they are read: fields before the first variable one, fields behind it, and what
 * is no unsigned integer of up to 8 octets, or of a record of less than these.
 */
struct nf_columns {
	const struct nf_column *v;
	const struct nf_column *before, *behind, *others;	/* where each kind ends */
};

/*
 * A compiled layout: immutable, shared by all who send the same template.  Owned by
 * whoever compiled it (tracker: its arena; fixed ones: static).
 */
struct nf_layout {
	uint8_t kind;			/* enum nf_layout_kind */
	bool wide;			/* a record takes an octet at least */
	uint16_t nfields, nscope;
	uint16_t nvar;			/* variable fields; 0: every offset is fixed */
	uint32_t min_len;		/* fixed lengths and 1 for each variable field */
	int16_t slot[NF_ROLES];		/* role -> index of the first field that has it, or -1 */
	bool has_lists;			/* a field of RFC 6313 type */
	bool has_strings;
	struct nf_loads all;
	/* v1 to v8: all of a record, and of one of several; or NULL */
	void (*load)(const uint8_t *p, uint64_t *values);
	void (*load_row)(const uint8_t *p, uint64_t *values);
	struct nf_fielddef fields[];
};

/* -- Messages ------------------------------------------------------------------------- */

struct nf_msg;

/* Knows more than messages say; asked by the one thread that reads them. */
struct nf_starts {
	/* When the system that sent M was started, in ms since 1970; 0: it is not known. */
	uint64_t (*ms)(struct nf_starts *starts, const struct nf_msg *m);
};

/* One export message.  Fields that its version lacks are 0. */
struct nf_msg {
	struct nf_bytes bytes;		/* its octets, as far as they are there */
	const struct nf_format *format;
	uint32_t wire_len;		/* octets that were sent; > bytes.n: the capture cut it */
	uint16_t version;
	uint16_t count;			/* of v1 to v9's header; compared, never obeyed */
	uint32_t length;		/* IPFIX: Length as the header has it; others: bytes.n */
	uint32_t uptime_ms;
	uint32_t export_secs, export_nsecs;
	uint32_t sequence;
	/* IPFIX: Observation Domain ID; v9: Source ID; v5 to v8: engine type << 8 | engine id */
	uint32_t domain;
	uint8_t aggregation;		/* v8 */
	bool cut;			/* octets are missing that the capture did not keep */
	/*
	 * For the times of flows: nanoseconds since 1970 of the export, by the header; where that
	 * holds no date, track/ puts the capture's time here (clock_captured).
	 */
	int64_t clock_ns;
	bool clock_captured;
	bool in_seconds;		/* v8: first and last count seconds; track/ finds out */
	/* IPFIX: when the system was started, in ms since 1970, where the caller knows; or 0 */
	uint64_t start_ms;
	struct nf_starts *starts;	/* who is asked where it is 0; NULL: nobody */
};

/*
 * Open the message at the start of REST, of which WIRE_LEN octets were sent.  False where no
 * header of a known version stands there whole; a problem says why.
 */
bool nf_msg_open(struct nf_msg *m, struct nf_bytes rest, uint32_t wire_len,
		 const struct nf_sink *sink);

/*
 * How many octets of the payload the message takes, for what stands behind it: another
 * message in the same datagram (quirk A3) or, for IPFIX, octets beyond its Length.  v1 to v9
 * have no Length: there the message goes on to the end of the payload, or to the next one.
 */
uint32_t nf_msg_extent(const struct nf_msg *m);

/*
 * Does a further message begin REST, what stands behind a message in the same payload?  Judged
 * as strictly as nf_recognise judges a payload of a session that is not trusted.
 */
bool nf_msg_follows(struct nf_bytes rest, uint32_t wire_len);

/* -- Recognition ---------------------------------------------------------------------- */

/* Why a payload is not taken for flow export; rows in refusals.def, a stated reason each. */
enum nf_refusal {
#define REFUSAL(name, text) NF_REFUSAL_##name,
#include "wire/refusals.def"
#undef REFUSAL
	NF_REFUSALS
};
/* "{datagram is|datagrams are} DNS": for nf_sb_forms */
extern const char *const nf_refusal_text[NF_REFUSALS];

/*
 * Judge a payload by its version word, header arithmetic and the plausibility of sets and
 * times; no port is asked.  TRUSTED: an exporter has been recognised at this session before,
 * so a header of a known version is enough.  NF_REFUSAL_NONE means: flow export.
 */
enum nf_refusal nf_recognise(struct nf_bytes payload, uint32_t wire_len, bool trusted);

/*
 * Does an IPFIX message begin STREAM (a TCP stream, or an IPFIX File)?  1 yes, *LENGTH is its
 * Length; 0 too few octets to tell; -1 no; -2 a TLS record begins there.  STRICT asks for
 * sets that add up as well.
 */
int nf_frame_ipfix(struct nf_bytes stream, bool strict, uint32_t *length);

/* -- Sets ----------------------------------------------------------------------------- */

enum nf_set_kind {
	NF_SET_TEMPLATE,
	NF_SET_OPTIONS_TEMPLATE,
	NF_SET_DATA,
	NF_SET_FIXED,		/* the one implicit set of v1 to v8: no id, no header */
	NF_SET_RESERVED,	/* below 256 and none of these: shown, never tried */
};

struct nf_set {
	uint8_t kind;			/* enum nf_set_kind */
	uint16_t id;			/* 0 for NF_SET_FIXED */
	uint32_t offset;		/* of the set header */
	uint32_t length;		/* as the header has it */
	uint32_t body;			/* offset of what follows the header */
	struct nf_bytes bytes;		/* the body, and padding that LENGTH leaves out */
	bool overrun;			/* goes on behind the end of the message */
	bool cut;			/* ends where the capture cut the frame */
};

/* What stands behind the last set. */
enum nf_rest {
	NF_REST_NONE,
	NF_REST_ZEROS,		/* zero octets (quirk A4) */
	NF_REST_TRAILING,	/* v1-v8: more octets than Count records take */
	NF_REST_MALFORMED,	/* no set header can be read there */
};

struct nf_sets {
	const struct nf_msg *msg;
	const struct nf_sink *sink;
	uint32_t at;
	bool ended;
	uint8_t rest;			/* enum nf_rest, once nf_set_next said false */
	struct nf_span rest_span;
};

void nf_sets_open(struct nf_sets *c, const struct nf_msg *m, const struct nf_sink *sink);

/* The next set; true means: SET's header and body may be read.  False at the end; see rest. */
bool nf_set_next(struct nf_sets *c, struct nf_set *set);

/* -- Templates ------------------------------------------------------------------------ */

enum nf_template_kind {
	NF_TEMPLATE,
	NF_TEMPLATE_OPTIONS,
	NF_TEMPLATE_WITHDRAWAL,		/* of one id */
	NF_TEMPLATE_WITHDRAWAL_ALL,	/* of all of the set's kind (id 2 or 3) */
};

struct nf_template {
	uint8_t kind;			/* enum nf_template_kind */
	uint16_t id;			/* below 256: a fault; it is shown, but names no set */
	uint16_t nfields, nscope;	/* scope fields come first; v9: counted from its octets */
	struct nf_span span;		/* of the whole template record */
	struct nf_span head;		/* of what stands before the specifiers */
	struct nf_bytes specs;		/* the specifiers, all there */
	const struct nf_dialect *dialect;
};

struct nf_templates {
	const struct nf_msg *msg;
	const struct nf_sink *sink;
	struct nf_set set;
	uint32_t at;			/* offset in set.bytes */
	struct nf_span padding, malformed;	/* what is left, once nf_template_next said false */
};

void nf_templates_open(struct nf_templates *c, const struct nf_msg *m, const struct nf_set *set,
		       const struct nf_sink *sink);
bool nf_template_next(struct nf_templates *c, struct nf_template *t);

/* One field specifier. */
struct nf_spec {
	uint16_t id;		/* IPFIX: without the enterprise bit; v9: all 16 bits */
	uint16_t length;
	uint32_t pen;		/* 0 where none is sent */
	bool enterprise;
	bool scope;
	struct nf_span span;
};

struct nf_specs {
	const struct nf_template *t;
	uint32_t at;
	uint16_t index;
};

void nf_specs_open(struct nf_specs *c, const struct nf_template *t);
bool nf_spec_next(struct nf_specs *c, struct nf_spec *s);

/* The registry row that a specifier of template T names. */
const struct nf_ie *nf_spec_ie(const struct nf_template *t, const struct nf_spec *s,
			       struct nf_registry *registry);

/*
 * How many octets the compiled layout of T takes, and the compilation into memory of that
 * size, aligned for any type.  False where the registry is out of memory.
 */
size_t nf_layout_size(const struct nf_template *t);
bool nf_layout_compile(struct nf_layout *layout, const struct nf_template *t,
		       struct nf_registry *registry);

/* True if data sets can be read: a record takes an octet at least, and fits into a message. */
bool nf_layout_usable(const struct nf_layout *layout);

/* -- Resolution: which layout a data set is read with --------------------------------- */

enum nf_how {
	NF_BUILT_IN,
	NF_LIVE,		/* in force at this position in this session and domain */
	NF_LATE,		/* the first later one of the session */
	NF_OTHER_SESSION,	/* of another session of this exporter address and domain */
	NF_GIVEN,		/* from --templates */
};

enum nf_why_not {
	NF_DECODED,
	NF_NEVER_DEFINED,
	NF_WITHDRAWN,
	NF_REJECTED,		/* a definition came but cannot be used */
	NF_OTHER_DOMAIN,	/* never defined here, but in another domain of this exporter */
	NF_PENDING,		/* live: it may still come */
};

const char *nf_how_name(enum nf_how how);		/* "built-in", "live", ... as in JSON */
const char *nf_why_not_name(enum nf_why_not why);	/* "never-defined" ... */

/* One definition of a template id: in force from its position to the next one's. */
struct nf_version {
	uint64_t position;		/* datagram ordinal << 16 | offset in the payload */
	uint64_t frame;			/* where it was first sent */
	uint32_t file;
	struct nf_span span;		/* in its message */
	uint32_t number;		/* of its id in its session and domain: 1, 2 .. */
	uint16_t id;
	uint8_t kind;			/* enum nf_template_kind */
	const struct nf_layout *layout;	/* NULL: withdrawn, or rejected */
};

struct nf_resolution {
	const struct nf_layout *layout;		/* NULL: undecoded, see why */
	const struct nf_version *version;	/* NULL for built-in ones and where there is none */
	uint8_t how;				/* enum nf_how */
	uint8_t why;				/* enum nf_why_not */
	bool misfit;				/* see nf_layout_misfits; used all the same */
};

/* Answers for one message: track/ makes one per message, bound to its position. */
struct nf_resolver {
	void (*resolve)(void *ctx, uint16_t id, struct nf_bytes body, uint32_t offset,
			struct nf_resolution *out);
	void *ctx;
};

/*
 * Does a body fit LAYOUT so well that it may be another session's?  It holds a record at
 * least, and leaves nothing behind the last one but up to 3 zero octets.
 */
bool nf_layout_fits(const struct nf_layout *layout, struct nf_bytes body);

/*
 * Does a body contradict LAYOUT, the exporter's own?  It holds no record, one runs over its
 * end, or more is left than padding can be: zeros, which may be as many as do not make a
 * record (RFC 7011 section 3.3.1), or up to 3 octets of anything, which is a problem of its
 * own.  So it does exactly where reading it reports template-misfit, set-shorter-than-record,
 * record-overruns-set or record-of-zero-length.
 */
bool nf_layout_misfits(const struct nf_layout *layout, struct nf_bytes body);

/* -- Records -------------------------------------------------------------------------- */

/*
 * Memory that the caller lends, so that cursors never allocate: a record of a layout with
 * nvar variable fields takes nvar + 1 words and lists inside it the words behind those.
 */
struct nf_scratch {
	uint16_t *words;
	uint32_t n;
};

struct nf_rec {
	const struct nf_layout *layout;
	const uint8_t *p;		/* its first octet; all of it is there */
	uint32_t offset;		/* in the message */
	uint32_t length;
	const uint16_t *shift;		/* [j]: what the first j variable fields take */
};

struct nf_recs {
	const struct nf_layout *layout;
	const struct nf_sink *sink;
	struct nf_bytes bytes;
	uint32_t base;			/* offset of bytes in the message */
	uint32_t at;
	uint32_t whole;			/* records of fixed length that are still there whole */
	struct nf_scratch scratch;
	uint32_t last;			/* variable layouts: where the record before AT begins */
	bool cut;			/* the set's end is not there: half a record is no fault */
	bool ended;
	struct nf_span padding, malformed;	/* what is left, once nf_rec_next said false */
};

/* A set's records.  Those of NF_SET_FIXED have nf_fixed_layout's layout; Count bounds them. */
void nf_recs_open(struct nf_recs *c, const struct nf_msg *m, const struct nf_set *set,
		  const struct nf_layout *layout, struct nf_scratch scratch,
		  const struct nf_sink *sink);

/* Slow part of nf_rec_next: variable lengths, ends, faults. */
bool nf_rec_next_slow(struct nf_recs *c, struct nf_rec *r);

extern const uint16_t nf_no_shift[1];

/*
 * The next record.  True means: all its fields are there.  False at the end; then padding and
 * malformed say what is left, and a problem was reported where it is one.
 */
static inline bool nf_rec_next(struct nf_recs *c, struct nf_rec *r)
{
	if (c->whole == 0)
		return nf_rec_next_slow(c, r);
	c->whole--;
	r->layout = c->layout;
	r->p = c->bytes.p + c->at;
	r->offset = c->base + c->at;
	r->length = c->layout->min_len;
	r->shift = nf_no_shift;
	c->at += r->length;
	return true;
}

/*
 * Passes over the whole records of fixed length that come next, min_len octets each from
 * bytes.p + at on; how many they were.  nf_rec_next says what stands behind them.
 */
static inline uint32_t nf_recs_pass_whole(struct nf_recs *c)
{
	uint32_t n = c->whole;

	c->at += n * c->layout->min_len;
	c->whole = 0;
	return n;
}

struct nf_field {
	const struct nf_fielddef *def;
	struct nf_bytes value;
	uint32_t offset;		/* of the value, in the message */
	uint8_t kind;			/* enum nf_kind */
	uint8_t prefix;			/* octets of the length prefix: 0, 1 or 3 */
};

/* Field I of a record, in constant time. */
static inline struct nf_field nf_field(const struct nf_rec *r, unsigned i)
{
	const struct nf_fielddef *d = &r->layout->fields[i];
	uint32_t at = d->offset + r->shift[d->nvar];
	struct nf_field f = { .def = d, .kind = d->kind };

	if (d->length == NF_VARLEN) {
		f.prefix = r->p[at] == 255 ? 3 : 1;
		f.value.n = f.prefix == 3 ? nf_be16(r->p + at + 1) : r->p[at];
		at += f.prefix;
		f.kind = (uint8_t)nf_kind_of((enum nf_type)d->ie->type, f.value.n);
	} else {
		f.value.n = d->length;
	}
	f.value.p = r->p + at;
	f.offset = r->offset + at;
	return f;
}

/* The integer in the octets of a field, or in those bits of them that are its own. */
uint64_t nf_field_uint(const struct nf_field *f);

/*
 * The unsigned integer of the first field with ROLE.  False where the layout has none, or its
 * length is none that an integer has.  Addresses: see nf_slot_bytes.
 */
static inline bool nf_slot(const struct nf_rec *r, enum nf_role role, uint64_t *v)
{
	struct nf_field f;
	int i = r->layout->slot[role];

	if (i < 0)
		return false;
	f = nf_field(r, (unsigned)i);
	if (f.value.n == 0 || f.value.n > 8)
		return false;
	*v = nf_ben(f.value.p, f.value.n);
	return true;
}

/* The octets of the first field with ROLE; n == 0 where there is none. */
static inline struct nf_bytes nf_slot_bytes(const struct nf_rec *r, enum nf_role role)
{
	int i = r->layout->slot[role];

	return i < 0 ? (struct nf_bytes){ .p = NULL } : nf_field(r, (unsigned)i).value;
}

/*
 * Every field at once into VALUES[layout->nfields]: integers of up to 8 octets as such
 * (signed ones sign-extended), longer and variable values as offset << 16 | length of the
 * value in the record.  Loads are grouped by width, with no branch a field.
 */
void nf_rec_values(const struct nf_rec *r, uint64_t *values);

/* One of them: the value of field I. */
uint64_t nf_rec_value(const struct nf_rec *r, unsigned i);

/*
 * Records of one layout that are looked at together.  The values of a field, as nf_rec_values
 * gives them, stand side by side: that of field F in RECS[I] is VALUES[F * NF_ROWS + I].  The
 * arrays are the caller's: MOST records, layout->nvar + 1 SHIFTS for each where nvar is not 0, and
 * NF_ROWS values for each field.
 *
 * Where COLUMNS are asked for, the last row is repeated behind itself, in RECS, which have room for
 * NF_ROWS, and in VALUES, up to the next multiple of NF_ROWS_STEP: loops over a column may take so
 * many at once, and none is left over.
 */
enum { NF_ROWS = 64, NF_ROWS_STEP = 4 };

/* How far N rows go with those that are repeated. */
static inline size_t nf_rows_ample(unsigned n)
{
	return (n + (size_t)NF_ROWS_STEP - 1) & ~(size_t)(NF_ROWS_STEP - 1);
}

struct nf_rows {
	struct nf_rec *recs;
	uint64_t *values;
	uint16_t *shifts;
	unsigned n, most;	/* most: NF_ROWS at most */
	const struct nf_columns *columns;	/* NULL: the values of all fields */
};

/*
 * The columns of those fields of LAYOUT that WANTED, one octet a field, says.  ROOM, the caller's,
 * is for one a field, and must outlive them.
 */
void nf_columns_of(struct nf_columns *columns, const struct nf_layout *layout,
		   const uint8_t *wanted, struct nf_column *room);

/*
 * How the column of field I is read.  False where it is no unsigned integer of up to 8 octets, or
 * of a record of less than these; then FIELD and NVAR alone are set.
 */
bool nf_column_of(const struct nf_layout *layout, unsigned i, struct nf_column *c);

/* The same of any field of 1 to 8 octets: these, as a number. */
bool nf_column_octets(const struct nf_layout *layout, unsigned i, struct nf_column *c);

/* The value of a column whose 8 octets stand at P. */
static inline uint64_t nf_column_value(const struct nf_column *c, const uint8_t *p)
{
	return nf_be64(p) >> c->shift & c->mask;
}

/*
 * The values of a column in the N records of a layout at RECS into V, a multiple of NF_ROWS_STEP:
 * see nf_rows_ample.  Any other 8 octets that each of them has may be asked for, too.
 */
void nf_column_read(const struct nf_column *c, const struct nf_rec *recs, size_t n, uint64_t *v);

/*
 * REC, which may be written over then, becomes the next row: there is room for it.  Its values
 * come with nf_rows_fill.
 */
void nf_rows_add(struct nf_rows *rows, const struct nf_rec *rec);

/*
 * The next records, as many as there are and there is room for, and the values of all rows.  If
 * there is still room, those were the last ones, as when nf_rec_next says false.
 */
void nf_rows_fill(struct nf_rows *rows, struct nf_recs *c);

/* -- Lists (RFC 6313) ----------------------------------------------------------------- */

/* One step into a list: an element of a basicList, or a block of records. */
struct nf_list {
	uint8_t kind;			/* NF_KIND_BASIC_LIST ... */
	uint8_t semantic;		/* 0 to 4 as in RFC 6313 section 4.4, 255 undefined */
	uint8_t depth;			/* 1 for a list in a record */
	struct nf_bytes bytes;		/* the whole value */
	uint32_t offset;		/* of the value, in the message */
	struct nf_span head;		/* all that stands before the first element or block */
	/* basicList */
	struct nf_fielddef element;	/* its one field, ie and length */
	/* subTemplateList and the current block of a multi list */
	uint16_t template_id;
	struct nf_span block_head;	/* multi list: id and length; else empty */
	struct nf_resolution resolution;
	struct nf_recs recs;		/* open where resolution.layout is there */
	struct nf_span undecoded;	/* a block without a layout */
	struct nf_span malformed;	/* what is left, once _next said false */
	/* private */
	uint32_t at;
	bool in_block;
	const struct nf_resolver *resolver;
	const struct nf_sink *sink;
	struct nf_registry *registry;
	struct nf_scratch scratch;
};

/* What the opening of a list needs from around it. */
struct nf_list_ctx {
	const struct nf_resolver *resolver;
	struct nf_registry *registry;
	const struct nf_sink *sink;
	struct nf_scratch scratch;	/* behind the record's own words: see nf_rec_scratch */
	uint8_t depth;			/* of the record that holds the list: 0 in a set */
	const struct nf_msg *msg;
};

/* The scratch that lists in R may use: what R's own words leave. */
struct nf_scratch nf_rec_scratch(const struct nf_recs *c);

/* Open the list in field F.  False where its head does not fit, or it is too deep. */
bool nf_list_open(struct nf_list *l, const struct nf_field *f, const struct nf_list_ctx *ctx);

/* basicList: the next element.  Elements of variable length carry their prefix. */
bool nf_list_next_element(struct nf_list *l, struct nf_field *f);

/*
 * subTemplateList and subTemplateMultiList: the next block (a subTemplateList has one).  True:
 * template_id, resolution, and recs (to loop over with nf_rec_next) or undecoded are set.
 */
bool nf_list_next_block(struct nf_list *l);

/* "allOf": what a list's semantic says (RFC 6313 section 4.4); NULL where the number is undefined. */
const char *nf_list_semantic(uint8_t semantic);

/* -- The detail door ------------------------------------------------------------------ */

enum nf_event_type {
	NF_EV_HEADER,		/* rec: the message header, as a record of format->header */
	NF_EV_SET,		/* set, and resolution for data and fixed ones: a set begins */
	NF_EV_TEMPLATE,		/* tmpl */
	NF_EV_RECORD,		/* rec */
	NF_EV_UNDECODED,	/* span: the body of a set without a layout, or of a reserved one */
	NF_EV_PADDING,		/* span */
	NF_EV_MALFORMED,	/* span: octets that cannot be read, of a set or of the message */
	NF_EV_SET_END,
	NF_EV_TRAILING,		/* span: behind the last set (zeros, or more than Count allows) */
	NF_EV_END,		/* of the message; nf_walk_next says false from here on */
};

struct nf_event {
	uint8_t type;
	struct nf_span span;
	const struct nf_set *set;
	const struct nf_resolution *resolution;
	const struct nf_template *tmpl;
	const struct nf_rec *rec;
};

struct nf_walk {
	const struct nf_msg *msg;
	const struct nf_resolver *resolver;
	const struct nf_sink *sink;
	struct nf_registry *registry;
	struct nf_scratch scratch;
	/* the views that the current event points to */
	struct nf_sets sets;
	struct nf_set set;
	struct nf_templates templates;
	struct nf_template tmpl;
	struct nf_recs recs;
	struct nf_rec rec;
	struct nf_resolution resolution;
	struct nf_event event;
	uint8_t state;
	bool unknown;		/* a set was not decoded: what Count should be is unknown */
	uint32_t counted;	/* records and templates met */
};

void nf_walk_open(struct nf_walk *w, const struct nf_msg *m, const struct nf_resolver *resolver,
		  struct nf_registry *registry, struct nf_scratch scratch,
		  const struct nf_sink *sink);

/* The next event, valid until the next call; NULL after NF_EV_END. */
const struct nf_event *nf_walk_next(struct nf_walk *w);

/* What a list in the record of the current NF_EV_RECORD needs. */
struct nf_list_ctx nf_walk_list_ctx(const struct nf_walk *w);

/*
 * The record behind that of the current NF_EV_RECORD, without an event of its own: w->rec is
 * then it.  False at the end of the set, where the events go on.
 */
static inline bool nf_walk_record(struct nf_walk *w)
{
	if (!nf_rec_next(&w->recs, &w->rec))
		return false;
	w->counted++;
	return true;
}

/* Those records behind it that ROWS have room for, as nf_rows_fill gives them. */
static inline void nf_walk_rows(struct nf_walk *w, struct nf_rows *rows)
{
	unsigned before = rows->n;

	nf_rows_fill(rows, &w->recs);
	w->counted += rows->n - before;
}

/* -- Leaves --------------------------------------------------------------------------- */

enum nf_leaf_kind {
	NF_LEAF_HEADER_FIELD,
	NF_LEAF_SET_HEADER,
	NF_LEAF_TEMPLATE_HEAD,
	NF_LEAF_SPECIFIER,
	NF_LEAF_PREFIX,		/* of a variable-length value */
	NF_LEAF_VALUE,
	NF_LEAF_LIST_HEAD,
	NF_LEAF_PADDING,
	NF_LEAF_UNDECODED,
	NF_LEAF_MALFORMED,
	NF_LEAF_TRAILING,
};

/*
 * Call LEAF for each leaf of the message in the order of its octets: their spans join without
 * gap or overlap from 0 to m->bytes.n (spans of length 0 are left out).  Lists are entered.
 */
void nf_leaves(const struct nf_msg *m, const struct nf_resolver *resolver,
	       struct nf_registry *registry, struct nf_scratch scratch,
	       void (*leaf)(void *ctx, enum nf_leaf_kind kind, struct nf_span span), void *ctx);

#endif
