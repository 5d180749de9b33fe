/*
 * Sequence numbers: what was lost, late, twice, and what cannot be known.
 *
 *	version		counts					a stream is
 *	v1		nothing: loss cannot be measured
 *	v5 v6 v7	flows before the message (header Count)	sockets and engine
 *	v8		the same				and aggregation
 *	v9		export packets (RFC 3954 section 5.1)	addresses and Source ID
 *	IPFIX		data records before the message,	session and domain; over SCTP
 *			options data among them, templates not	the stream as well
 *			(RFC 7011 section 3.1)
 *
 * All arithmetic is modulo 2^32.  With S the number in a message, N its units and E what is
 * expected of the next (S + N), d = S - E as a signed number:
 *
 *	d == 0				in order
 *	0 < d <= max_gap		a gap: d units lost, [E, S) is a hole
 *	d > max_gap			a jump, no loss: holes are forgotten
 *	d < 0, the same octets before	a duplicate: its records do not count
 *	d < 0, [S, S + N) in a hole	late: N units are lost no more
 *	d < 0, all before the first	late as well: the capture begins amid messages out of order
 *	d < 0, -d > max_back		a reset; so is S = 0, too far back to be late
 *	d < 0 otherwise			overlap: a wrong N, or two senders; NF_SEQ_AGREE of
 *					them in a row that go on from each other are a reset,
 *					from 0 on NF_SEQ_ANEW of them
 *
 * An uptime that fell (see track/boot.h) makes it a restart, with no loss, wherever S stands; what
 * was sent before it and comes behind it is late, and fills nothing.
 * Where N is not known (a set without its template, a cut message), E is not either: the next
 * message is the new base, the difference an upper bound of what the unknown one held, and no gap.
 *
 * Exporters that count something else are found out: every two successive messages are tried
 * against seq_rules.def; a rule that explains NF_SEQ_AGREE in a row takes the place of the present
 * one where that does not explain two of them, and one of these can be no loss: numbers overlap, or
 * a gap is smaller than any message was.  Where all may be loss it takes four.  What was counted by
 * the old rule is taken back.
 *
 * A short stream has not so many pairs.  Of it, a rule is `likely` that explains every pair there
 * was, two at least, where the specified one fails in a way that loss does not account for:
 *
 *	- a message begins within the numbers that belong to the one before it.  However messages
 *	  are lost, late and copied, those of two of them never overlap: one such pair will do;
 *	- or there are only gaps, and each has the length that the other rule says.  One of them
 *	  may be chance, and two of the same length, too, as where a balancer sends every other
 *	  datagram elsewhere: it takes two of different lengths, or four.
 *
 * Where messages are lost or out of order besides, no rule explains all pairs.  One is likely, too,
 * that alone explains four, of different lengths, and more than half of all that the specified one
 * does not, if that one has no pair to itself; what the others would say of loss is not known.
 *
 * A counter that stands still must do so over three messages with units.  One that all domains
 * share shows where messages of different domains follow each other: each such pair, two at
 * least, must agree, and a gap be filled by the others' messages exactly; independent counters,
 * unless at 0, do not.  The first message counts as another pair, and as a gap of so many, where
 * the rule adds a message's own units and these are its number: the counter began at 0 then.
 * Where all messages have one unit, or none, rules agree with each other, and nothing is said.
 *
 * Memory: bounded by max_streams and max_holes.  A message of a stream beyond the bound is counted
 * in nf_seq_beyond and nowhere else.
 */
#ifndef NF_TRACK_SEQ_H
#define NF_TRACK_SEQ_H

#include "track/boot.h"
#include "track/tally.h"
#include "track/tracker.h"

enum {
	NF_SEQ_AGREE = 8,		/* pairs of messages that settle a question */
	NF_SEQ_RECENT = 16,		/* messages whose octets are remembered, a stream */
	NF_SEQ_EVENTS = 3,		/* the most that one message causes */
	NF_SEQ_LIKELY = 2,		/* pairs of messages that make a rule likely */
	NF_SEQ_ANEW = 3,		/* messages that go on from 0: they begin anew */
};

/*
 * NF_SEQ_ANY_SESSION: the stream is that of an exporter to a collector, whatever its ports.  What
 * it sends to two collectors are two streams: each of them is to see what itself has missed.
 */
#define NF_SEQ_ANY_SESSION UINT32_MAX

enum nf_seq_rule {
#define RULE(name, json, text) NF_SEQ_COUNTS_##name,
#include "track/seq_rules.def"
#undef RULE
	NF_SEQ_RULES
};

enum nf_seq_kind {
#define KIND(name, json) NF_SEQ_##name,
#include "track/seq_kinds.def"
#undef KIND
	NF_SEQ_KINDS
};

/* What a version's counter counts. */
enum nf_seq_unit { NF_SEQ_NO_UNIT, NF_SEQ_UNIT_FLOWS, NF_SEQ_UNIT_PACKETS, NF_SEQ_UNIT_RECORDS };

enum nf_seq_unit nf_seq_unit_of(uint16_t version);

const char *nf_seq_rule_name(enum nf_seq_rule rule);	/* "records-and-templates" */
const char *nf_seq_rule_text(enum nf_seq_rule rule);
const char *nf_seq_kind_name(enum nf_seq_kind kind);	/* "gap" */

struct nf_seq_stream;

/* What the numbers of S count, one of them: "flow", "data record". */
const char *nf_seq_unit_name(const struct nf_seq_stream *s);

/*
 * Who lost the units of a gap, as far as the frames tell.  The network: the exporter's IPv4
 * Identification grew by one a packet before, and skipped numbers here; the exporter: it did and
 * skipped none.
 */
enum nf_seq_cause {
	NF_SEQ_CAUSE_UNKNOWN, NF_SEQ_CAUSE_CAPTURE, NF_SEQ_CAUSE_NETWORK, NF_SEQ_CAUSE_EXPORTER,
	NF_SEQ_CAUSES
};

const char *nf_seq_cause_name(enum nf_seq_cause cause);	/* "capture"; of unknown: "unknown" */

struct nf_seq_key {
	struct nf_addr exporter;
	struct nf_addr collector;	/* of NF_SEQ_ANY_SESSION alone */
	uint32_t session;		/* index, or NF_SEQ_ANY_SESSION */
	uint32_t domain;		/* as in struct nf_msg: a domain, Source ID or engine */
	uint16_t version;
	uint16_t stream;		/* SCTP */
	uint8_t aggregation;		/* v8 */
};

/* What the rule's units are added up to; all but the first three start anew with another rule. */
struct nf_seq_totals {
	uint64_t messages;		/* duplicates among them */
	uint64_t duplicates;
	uint64_t restarts;		/* that uptimes tell */
	uint64_t received, lost;	/* units */
	uint64_t lost_by[NF_SEQ_CAUSES];
	uint64_t gaps;			/* met; those that were filled later among them */
	uint64_t late, overlaps, resets, jumps;	/* messages */
	/*
	 * Messages whose units could not be counted, or came before the rule was found; and
	 * what they held at most, as far as the next message tells.
	 */
	uint64_t unverified, inferred;
};

/* A range of numbers that did not come: [START, START + LENGTH), modulo 2^32. */
struct nf_seq_hole {
	uint32_t start, length;
	uint32_t found;			/* messages that the stream had up to there */
	uint8_t cause;			/* enum nf_seq_cause */
	bool counted;			/* in totals.lost: not found by a hidden message */
};

/* Two successive messages that the specified rule does not explain. */
struct nf_seq_pair {
	uint64_t frame, before_frame;	/* 0: there were none */
	uint32_t file, before_file;
	uint32_t before, sequence;	/* their numbers */
	uint32_t units;			/* of the first one, by the specified rule */
};

struct nf_seq_stream {
	struct nf_seq_key key;
	uint32_t index;			/* 0, 1, 2 .. as they were met */
	uint8_t unit;			/* enum nf_seq_unit */
	uint8_t rule;			/* enum nf_seq_rule */
	bool likely;			/* it is no more than that: see nf_seq_settle */
	uint64_t rule_frame;		/* where that was found out; 0: nothing else was */
	uint32_t rule_file;
	struct nf_seq_pair misfit;	/* the last one, while the specified rule was in force */
	struct nf_seq_totals totals;
	/* The holes that stand, oldest first; of more than max_holes the oldest were forgotten. */
	const struct nf_seq_hole *holes;
	uint32_t nholes;
	uint64_t forgotten;
};

/* Does the rule of S tell of loss at all? */
static inline bool nf_seq_measured(const struct nf_seq_stream *s)
{
	return s->unit != NF_SEQ_NO_UNIT && s->rule != NF_SEQ_COUNTS_NOTHING &&
	       s->rule != NF_SEQ_COUNTS_SHARED;
}

/* Hundredths of a percent of the units that were sent, as far as it is known what was. */
uint64_t nf_seq_loss(const struct nf_seq_totals *t);

struct nf_seq_event {
	uint8_t kind;			/* enum nf_seq_kind */
	uint8_t cause;			/* enum nf_seq_cause, of a gap */
	uint8_t rule;			/* of NF_SEQ_RULE: the one found */
	bool copy;			/* DUPLICATE: the datagram was captured twice */
	const struct nf_seq_stream *stream;	/* as long as the struct nf_seq */
	uint32_t expected, got;
	/* GAP: units lost; LATE: units that came after all; UNVERIFIED: at most so many inferred */
	uint64_t units;
	uint32_t uptime_before_ms, uptime_ms;	/* RESTART */
	uint64_t frame;
	uint32_t file;
	/* DUPLICATE: of the first copy, 0 if not known; others: of the message that it follows */
	uint32_t since_file;
	uint64_t since_frame;
	uint32_t late_by;		/* LATE: messages that came in its place; 0: not known */
};

struct nf_seq_opts {
	uint32_t max_gap;		/* 0: 2^24 */
	uint32_t max_back;		/* 0: 2^20 */
	uint32_t max_holes;		/* a stream; 0: 64 */
	size_t max_streams;		/* 0: 65536 */
};

struct nf_seq;

struct nf_seq *nf_seq_new(const struct nf_seq_opts *opts);	/* NULL if memory is out */
void nf_seq_free(struct nf_seq *q);

/* What the state machine asks of a message; nf_seq_message_of fills it from a view. */
struct nf_seq_message {
	struct nf_seq_key key;
	/* That of KEY, as nf_seq_last had it before; NULL: it is looked for. */
	const struct nf_seq_stream *stream;
	uint32_t sequence;
	uint16_t count;			/* of the header */
	uint32_t octets;
	uint32_t records, flows, templates, sets;
	bool exact;			/* as in struct nf_tally */
	/* nf_hash_some of its octets; these, borrowed, are asked as well where numbers repeat. */
	uint64_t hash;
	struct nf_bytes bytes;
	bool copy;			/* its datagram was captured before */
	bool has_uptime;
	uint32_t uptime_ms;
	int64_t export_ms, capture_ms;
	bool has_ip_id;
	uint16_t ip_id;
	bool after_hole;		/* of a stream: octets were missing just before it */
	uint64_t ordinal;		/* of its datagram */
	uint64_t frame;
	uint32_t file;
	/* Packets that the capturing machine dropped up to now, as far as it is known. */
	uint64_t drops;
	bool hidden;			/* it is learned from, but stands in no total */
};

/* Units of M by RULE, and the number from which they count; false where they are not known. */
bool nf_seq_units(const struct nf_seq_message *m, enum nf_seq_unit unit, enum nf_seq_rule rule,
		  uint32_t *start, uint32_t *units);

void nf_seq_message_of(struct nf_seq_message *m, const struct nf_view *v,
		       const struct nf_tally *tally, uint64_t drops);

/*
 * Take in the next message, in the order of the capture.  The events are those of *M: how many
 * stand in OUT[NF_SEQ_EVENTS], most often none.
 */
unsigned nf_seq_feed(struct nf_seq *q, const struct nf_seq_message *m, struct nf_seq_event *out);

/*
 * The rule that explains S better than the specified one, though it is not sure: see above.  The
 * rule in force where there is none, or where another one was found.
 */
enum nf_seq_rule nf_seq_likely(const struct nf_seq_stream *s);

/*
 * The end: likely rules are put in force, and totals are what they say.  The streams concerned
 * are marked.
 */
void nf_seq_settle(struct nf_seq *q);

/* The streams, in the order in which they were met; NULL behind the last one. */
const struct nf_seq_stream *nf_seq_stream_at(const struct nf_seq *q, size_t i);

/* The stream of the message that was fed last; NULL: it found no room. */
const struct nf_seq_stream *nf_seq_last(const struct nf_seq *q);

/* Messages of streams that found no room. */
uint64_t nf_seq_beyond(const struct nf_seq *q);

/* True where there was room, but no memory, for some of them. */
bool nf_seq_failed(const struct nf_seq *q);

#endif
