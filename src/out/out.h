/*
 * Output: messages in, text in a string buffer out.
 *
 *	struct out *o = out_new(out_ops_of("json"), &opts, registry);
 *
 *	out_begin(o);
 *	while (nf_delivery_next(&delivery, &view, out_sink(o)))
 *		out_message(o, &view);
 *	out_end(o);
 *	... write o->text, out_clear ...
 *	out_free(o);
 *
 * A format is a const struct out_ops and a row in outs.def.  Formats write into o->text and
 * nowhere else, so that unit tests, fuzzers and copying on the screen use the same code.
 */
#ifndef OUT_OUT_H
#define OUT_OUT_H

#include "base/strbuf.h"
#include "out/labels.h"
#include "out/layouts.h"
#include "out/problems.h"
#include "out/sheet.h"
#include "track/tracker.h"

struct out;

struct out_ops {
	const char *name;			/* as -o takes it */
	/* text around each value, kept per layout; may be NULL */
	const struct layouts_texts *texts;
	/* For what the format keeps in o->own; both may be NULL. */
	bool (*open)(struct out *o);		/* false if memory is out */
	void (*done)(struct out *o);
	void (*begin)(struct out *o);		/* may be NULL, as may late and end */
	void (*message)(struct out *o, const struct nf_view *v);
	void (*late)(struct out *o, const struct nf_late *late);
	void (*end)(struct out *o);
};

struct out_opts {
	/* json: octets of every field and of all that is not decoded */
	bool raw;
	bool hex;			/* detail: octets beside each line */
	bool color;
	bool titles;			/* text: a line of column titles first */
	/* frames were filtered: templates may be missing for that reason */
	bool bpf;
	unsigned width;			/* columns of the terminal; 0: not one, lines may be long */
	int64_t hold_ns;		/* python-netflow: how long a message waits; 0: an hour */
	const char *const *files;	/* as given on the command line; borrowed */
	size_t nfiles;
};

/* Who sent datagrams to whom, as JSON says it: a capture holds few of these, many times. */
enum { OUT_WAYS = 64, OUT_WAY_TEXT = 160 };

struct out_way {
	struct nf_endpoint src, dst;
	uint8_t transport;
	uint8_t n;			/* octets of the text; 0: nothing is remembered */
	char text[OUT_WAY_TEXT];
};

struct out {
	const struct out_ops *ops;
	struct out_opts opts;
	struct nf_strbuf text;
	struct nf_registry *registry;
	struct problems problems;	/* of the current message */
	struct nf_sink sink;		/* into problems */
	void *own;			/* the format's: see struct out_ops */
	/* for the formats */
	struct layouts layouts;
	struct sheet sheet;		/* the records of a set, a few at a time */
	struct labels labels;
	struct out_way ways[OUT_WAYS];
	struct nf_time_cache time;
	struct nf_format_ctx format;
	struct nf_scratch scratch;
	uint64_t *values;		/* of one record, grown as layouts ask for it */
	size_t nvalues;
	unsigned columns[8];		/* text: widths so far */
	struct nf_strbuf line;		/* text: the end of a line, before it is broken */
	/* text, narrow: the day of the last line (INT64_MIN: none), and its file */
	int64_t day;
	uint32_t file;
	/* python-netflow: lines without sets that still waited, and whether for want of room */
	uint64_t lacking;
	bool crowded;
	bool failed;			/* memory was out: text is incomplete */
};

/* The format of that NAME, NULL if there is none. */
const struct out_ops *out_ops_of(const char *name);

/* The formats, for help and completion: NULL behind the last one. */
const struct out_ops *out_ops_at(unsigned i);

/*
 * Prints nothing but what is wrong; no format of its own name but a way to run the others' input
 * (-q).
 */
extern const struct out_ops out_quiet, out_quiet_json;

/* OPTS is copied; FILES in it and REGISTRY are borrowed.  NULL if memory is out. */
struct out *out_new(const struct out_ops *ops, const struct out_opts *opts,
		    struct nf_registry *registry);
void out_free(struct out *o);

void out_begin(struct out *o);
void out_end(struct out *o);

/*
 * The sink for the problems of the message that comes next: clears those of the last one.
 * What the format finds while it walks joins them.
 */
const struct nf_sink *out_sink(struct out *o);

/* False where memory was out; what stands in o->text is then of no use. */
bool out_message(struct out *o, const struct nf_view *v);
bool out_late(struct out *o, const struct nf_late *late);

/* -- What formats share --------------------------------------------------------------- */

/* o->sheet by the plan of the format for LAYOUT; false if memory is out. */
bool out_sheet(struct out *o, const struct nf_layout *layout);

/* The path of file I as given, "" if there is none. */
const char *out_file(const struct out *o, uint32_t i);

const char *out_transport(enum nf_transport transport);

/* " (2 days 03:04:05)" behind so many seconds, which say little of so long a time. */
void out_days(struct nf_strbuf *s, uint64_t seconds);

/* "10.0.0.1:2055", "[2001:db8::1]:4739"; nothing for family 0. */
void out_endpoint(struct nf_strbuf *s, const struct nf_endpoint *e);
void out_addr(struct nf_strbuf *s, const struct nf_addr *a);

/* "v5", "v8.3", "v9", "ipfix". */
void out_version(struct nf_strbuf *s, const struct nf_msg *m);

/* TEXT with blanks for its hyphens: "never defined". */
void out_words(struct nf_strbuf *s, const char *text);

/* ",\"KEY\":V": a number of a JSON object, but not its first member. */
void out_member(struct nf_strbuf *s, const char *key, uint64_t v);
/* The same of an address; nothing for family 0. */
void out_member_addr(struct nf_strbuf *s, const char *key, const struct nf_addr *a);

/* "1 flow", "2 flows". */
void out_count(struct nf_strbuf *s, uint64_t n, const char *noun);

/* Octets of the message without what trails behind its sets or records. */
uint32_t out_length(const struct nf_msg *m);

/*
 * True if what stands behind the last set is part of the message: IPFIX says how long it is, so
 * that only what comes after that is trailing.
 */
bool out_rest_is_inside(const struct nf_msg *m);

/* Lists of RFC 6313 have no value of their own to show. */
static inline bool out_is_list(uint8_t kind)
{
	return nf_kind_is_list((enum nf_kind)kind);
}

/* Octets of the message as its datagram has them: SPAN counts from the message's first octet. */
struct nf_bytes out_octets(const struct nf_msg *m, struct nf_span span);

/* Fill what S has from FROM on with blanks up to WIDTH, those to its left if RIGHT. */
void out_align(struct nf_strbuf *s, size_t from, unsigned width, bool right);

#endif
