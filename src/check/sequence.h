/*
 * The group of rules about sequence numbers, and its parts.
 *
 *	rules_sequence.c	the group: messages in, what their numbers say out
 *	sequence_gaps.c		gaps, once it is clear that they stay
 *	sequence_models.c	exporters that count something else
 *	sequence_series.c	several exporters behind one address
 *	sequence_twins.c	what one exporter sends to two collectors
 *	sequence_loss.c		the sums
 */
#ifndef CHECK_SEQUENCE_H
#define CHECK_SEQUENCE_H

#include "check/rules.h"

/*
 * A gap is not claimed at once: what comes late fills it.  The oldest gives way where there are
 * more, and after so many messages none waits.
 */
enum { SEQUENCE_GAPS = 8, SEQUENCE_PATIENCE = 64 };

struct sequence_gap {
	uint32_t expected, got, lost;
	uint8_t cause;			/* enum nf_seq_cause */
	uint64_t message;		/* of the stream */
	struct check_place place;
	uint64_t since_frame;
	uint32_t since_file;
};

enum { SEQUENCE_SERIES = 4 };

/* Messages whose numbers go on from each other, among others. */
struct sequence_series {
	uint32_t next;
	uint32_t hits;			/* messages that went on */
	uint64_t used;			/* the last one, as a number of the stream's */
};

/* What has been wrong with a stream. */
struct sequence_trouble {
	struct sequence_gap gaps[SEQUENCE_GAPS];
	unsigned ngaps;
	/* gaps claimed, and units in them: those of the capture's own making, and the others */
	struct { uint64_t gaps, lost; } claimed[2];
	struct check_place misfit;	/* of stream->misfit */
	bool has_series, merged;
	struct sequence_series series[SEQUENCE_SERIES];
	unsigned last;			/* series */
	uint32_t switches;		/* from one series to another */
	uint32_t streak;		/* messages since that went on the same one */
};

/* A stream of numbers, and the stream of messages that findings are about: its first one's. */
struct sequence {
	const struct nf_seq_stream *stream;
	struct check_stream *owner;
	uint64_t key;			/* of claims: an SCTP stream or v8 aggregation */
	uint64_t templates;		/* 1 + message, of the stream's, that had templates last */
	uint32_t uptime_ms;		/* of the message before */
	struct sequence_trouble *trouble;	/* NULL: there was none */
};

/* State of the group: in the capture, in an exporter, and in a stream. */
struct sequence_capture {
	struct sequence **list;		/* by index of stream */
	size_t n, cap;
	struct sequence_lack *lacks;	/* see rules_sequence.c */
	unsigned ntwins;		/* see sequence_twins.c */
	bool ambiguous;			/* the message at hand: zeros that may be records */
};

struct sequence_exporter {
	const struct nf_session *first;	/* session */
	bool several;			/* collectors */
	bool shared_said;
	struct sequence_twins *twins;
	struct sequence_sum *sums;
};

struct sequence_stream {
	const struct nf_seq_stream *last;	/* that of its last message */
};

/* The number in the header of the message at AT. */
static inline struct nf_span sequence_span(const struct check_at *at)
{
	return nf_span_of(at->msg->format->at.sequence, 4);
}

/* A claim about S; AT may be NULL. */
struct check_claim sequence_claim(const struct sequence *s, enum check_rule_id rule,
				  const struct check_at *at);

/* What RULE had found in S is not so. */
void sequence_withdraw(struct check *c, const struct sequence *s, enum check_rule_id rule);

/* Did as many datagrams of S's exporter come incomplete?  Then they make up for LOST units. */
bool sequence_is_lack(struct check *c, const struct sequence *s, uint32_t lost);

/* "packet" or "packets". */
const char *sequence_units(const struct nf_seq_stream *s, uint64_t n);

/* -- sequence_gaps.c ------------------------------------------------------------------ */

void sequence_gap(struct check *c, struct sequence *s, const struct check_at *at,
		  const struct nf_seq_event *e);
/* Claim those that have waited long enough; at the END all of them. */
void sequence_gaps_claim(struct check *c, struct sequence *s, bool end);

/* -- sequence_models.c ---------------------------------------------------------------- */

/* Another rule is in force, or likely at the end. */
void sequence_model(struct check *c, struct sequence *s);

/* -- sequence_series.c ---------------------------------------------------------------- */

/* The next message of a stream in which something is wrong. */
void sequence_series(struct check *c, struct sequence *s, const struct check_at *at,
		     const struct nf_seq_message *m);

/* -- sequence_twins.c ----------------------------------------------------------------- */

void sequence_twins(struct check *c, const struct check_at *at);
void sequence_twins_end(struct check *c, struct check_exporter *e);

/* -- sequence_loss.c ------------------------------------------------------------------ */

void sequence_loss_add(struct check *c, const struct sequence *s);
void sequence_loss_claim(struct check *c, struct check_exporter *e);

#endif
