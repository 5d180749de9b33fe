/*
 * The parts of sequence accounting.
 *
 *	seq.c		streams and their owners; a message in, events out
 *	seq_step.c	the state machine of one stream
 *	seq_rule.c	what a counter counts
 *	seq_likely.c	what it is likely to count, as far as a short stream tells
 */
#ifndef NF_TRACK_SEQ_INTERNAL_H
#define NF_TRACK_SEQ_INTERNAL_H

#include "base/arena.h"
#include "track/map.h"
#include "track/seq.h"

enum { NF_SEQ_KEY_WORDS = 7 };

/*
 * What all streams of a session (v9: of an exporter and a collector) share: its IPv4
 * Identification, and the counter that some exporters keep for all their domains.
 */
struct nf_seq_owner {
	struct nf_node node;
	uint64_t key[NF_SEQ_KEY_WORDS];
	/* the message before, of whatever stream; known: its units are */
	const struct nf_seq_stream *last;
	uint32_t last_sequence, last_units;
	bool last_known;
	/* messages behind one of another stream, and those whose number does not go on from it */
	uint32_t crossed, strayed;
	/* Identification: ids skipped since EPOCH began, while it grew by one a packet */
	bool has_id;
	uint16_t ip_id;
	uint32_t steps;			/* by one, in a row */
	uint64_t ordinal, skipped, epoch;
};

/* What the classifier needs of the message before. */
struct nf_seq_past {
	bool there, exact, hidden;
	uint32_t sequence;
	uint64_t frame;
	uint32_t file;
	uint32_t units[NF_SEQ_RULES];	/* by which each rule says the next one is ahead */
};

struct nf_seq_recent {
	uint64_t hash;
	uint64_t whole;			/* a hash of all octets; 0: not made */
	uint64_t frame;
	uint32_t file;
};

struct nf_seq_state {
	struct nf_node node;
	uint64_t key[NF_SEQ_KEY_WORDS];
	struct nf_seq_stream pub;
	struct nf_seq_owner *owner;
	/* seq_step.c */
	bool begun;
	bool known;			/* EXPECTED is; else it is the last message's own number */
	uint32_t expected;
	uint32_t partial;		/* units of the unknown message that could be counted */
	uint32_t agreed, agreed_next;	/* overlaps that go on from each other */
	uint32_t agreed_early;		/* those of them that were taken for late */
	bool agreed_from_zero;		/* the first one's number is 0 */
	uint32_t base, base_message;	/* the first number since it begun, and its message */
	struct nf_seq_hole *holes;
	size_t holes_cap;
	struct nf_boot boot;
	uint64_t drops, skipped, epoch;	/* as they stood at the message that EXPECTED follows */
	uint64_t frame;			/* of that message */
	uint32_t file;
	uint32_t messages;		/* without duplicates */
	/* Apart from their numbers, so that all of these are looked at in one cache line. */
	struct nf_seq_recent recent[NF_SEQ_RECENT];
	uint32_t sequences[NF_SEQ_RECENT];
	uint32_t nrecent;		/* ever; the ring's place is modulo its size */
	uint32_t wary;			/* so many more messages are hashed whole */
	/* seq_rule.c */
	struct nf_seq_past past;
	uint32_t run[NF_SEQ_RULES];	/* pairs in a row that a rule explains */
	/* of their first messages those that are shown, and their units */
	uint32_t shown[NF_SEQ_RULES];
	uint64_t sum[NF_SEQ_RULES];
	uint32_t alone[NF_SEQ_RULES];	/* those of them that the present rule does not */
	bool any_alone;			/* there was one since that rule is in force */
	uint32_t against[NF_SEQ_RULES];	/* the other way round, since the rule is in force */
	bool sure[NF_SEQ_RULES];	/* one of those alone is no loss of whole messages */
	uint32_t smallest;		/* the fewest units that a message had; 0: none had any */
	/* all pairs; those that the specified rule did not explain, the first one's step */
	uint32_t pairs, failed, step;
	bool impossible, differ;	/* one cannot be loss; their steps are not all the same */
	/* of them those that a rule explains, the step of the first, and whether others differ */
	uint32_t only[NF_SEQ_RULES], only_step[NF_SEQ_RULES];
	bool only_differ[NF_SEQ_RULES];
	uint32_t first;			/* the first message's number */
	bool from_zero[NF_SEQ_RULES];	/* which is that of its own units */
};

/* One message on its way through. */
struct nf_seq_turn {
	const struct nf_seq_opts *opts;
	struct nf_seq_state *s;
	const struct nf_seq_message *m;
	struct nf_seq_totals *totals;	/* of the stream, or where hidden messages are counted */
	struct nf_seq_event *out;
	unsigned nout;
	uint64_t whole;			/* a hash of all octets; 0: not made */
	const struct nf_seq_recent *first;	/* of which it is a copy; NULL: not known */
	bool restart, duplicate;
	bool former;			/* sent before the last restart */
};

/* The next event of T's message. */
struct nf_seq_event *nf_seq_tell(struct nf_seq_turn *t, enum nf_seq_kind kind, uint32_t expected);

/* Does a message's number include its own units? */
static inline bool nf_seq_is_after(enum nf_seq_rule rule)
{
	return rule == NF_SEQ_COUNTS_AFTER || rule == NF_SEQ_COUNTS_FLOWS_AFTER;
}

/* -- seq_step.c ----------------------------------------------------------------------- */

void nf_seq_step(struct nf_seq_turn *t);

/* The next message of S is a new base, and its holes are forgotten. */
void nf_seq_rebase(struct nf_seq_state *s);

/* -- seq_rule.c ----------------------------------------------------------------------- */

/* Try the message against the one before it; with another rule, S begins anew. */
void nf_seq_classify(struct nf_seq_turn *t);

/* RULE is in force from now on, and for the pairs that it explains; others are unverified. */
void nf_seq_adopt(struct nf_seq_state *s, enum nf_seq_rule rule);

/* -- seq_likely.c --------------------------------------------------------------------- */

/* The rule that is likely, where there is one, is that of S. */
void nf_seq_settle_stream(struct nf_seq_state *s);

#endif
