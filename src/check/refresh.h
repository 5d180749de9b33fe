/*
 * The life of template ids in a stream: defined, sent again, used, changed, withdrawn.
 *
 *	rules_refresh.c		the group: lives, and data of templates that are in force
 *	refresh_definitions.c	templates: defined, sent again, changed, withdrawn
 *	refresh_diff.c		how two definitions differ
 *	refresh_missing.c	data without a template
 *	refresh_health.c	what an exporter's templates come to
 *	refresh_spacing.c	how far apart things were
 */
#ifndef CHECK_REFRESH_H
#define CHECK_REFRESH_H

#include "check/templates.h"
#include "track/boot.h"

#define SECOND_NS	INT64_C(1000000000)
#define MINUTE_NS	(60 * SECOND_NS)

enum { SPACINGS = 16 };

/* How far apart things were, with a sample for the median that stays spread over all of them. */
struct spacing {
	uint64_t n;
	uint32_t least_ms, most_ms;
	uint32_t ms[SPACINGS];
	uint8_t kept, every;		/* each 2^every-th one is kept */
};

void spacing_add(struct spacing *s, int64_t ns);
int64_t spacing_median(const struct spacing *s);	/* 0: there was none */

/* Data before, or without, the template of an id. */
struct orphans {
	uint64_t sets, octets;
	uint64_t held;			/* octets of them that were held until it would come */
	struct check_place first, last;
	bool misfit;			/* a later template does not fit them */
	bool other_domain;		/* another domain has a template of the id */
	bool overtaken;			/* the template was sent before them, and arrived later */
	uint32_t sequence, export_secs;	/* of the first one's message */
	uint64_t message;		/* and which one of the stream it is */
	bool sooner;			/* it was exported before the template, by its header */
	bool new_template;		/* others had been sent again before: this one is new */
	bool same_message;		/* all stand in the message that defines it */
	bool lost;			/* messages are missing before them */
};

/* Data behind a restart, before their template was sent again. */
struct stale {
	uint64_t sets, octets;
	struct check_place first;
	uint32_t sequence;
	bool over;			/* it was sent again, in the frame that follows */
	bool overtaken;			/* from before the data */
	uint64_t frame;
	uint32_t file;
};

/* One template id in a stream. */
struct life {
	struct nf_node node;
	uint64_t key[2];		/* stream, id */
	struct life *next;
	uint16_t id;
	uint8_t kind;			/* enum nf_template_kind, of the definition in force */
	const struct nf_template *def;	/* in force; NULL: not defined yet, or withdrawn */
	/* Among those of its kind that are in force; what points to it: NULL if it is not. */
	struct life *next_live, **live_at;
	struct check_place defined;	/* where it was first sent */
	unsigned epoch;			/* the stream's, then */
	uint64_t copies;		/* since then */
	uint64_t uses;			/* data sets since then */
	uint64_t defined_times, used;	/* ever */
	int64_t copied_ns, used_ns;	/* last */
	uint16_t sctp_stream;		/* where it was defined */
	struct spacing spacing;		/* between copies, of one definition or another */
	struct check_place withdrawn;
	uint32_t withdrawn_secs;	/* export time */
	uint64_t withdrawn_message;	/* which one of the stream */
	bool gone;			/* withdrawn, and not defined anew */
	bool spoiled;			/* a definition came that cannot be read */
	/* Used for longer than templates live: since the last copy. */
	int64_t lapse_ns;		/* the longest */
	struct check_place lapsed;	/* the first set that was */
	struct orphans orphans;
	struct stale stale;
	/* The data sets of other sessions' templates. */
	uint64_t borrowed, borrowed_octets;
	struct check_place first_borrowed;
};

enum { RECENT_LIVES = 8 };

struct refresh_stream {
	struct life *first, **last;
	struct life *live[2];		/* in force: templates, options templates */
	struct life *recent[RECENT_LIVES];	/* found lately, by template id */
	uint64_t messages, with_templates;
	uint64_t octets, template_octets;
	uint64_t data_sets, data_octets, lost_octets;
	uint64_t why[NF_WHY_NOTS + 1];	/* octets not decoded, by reason; the last one: misfit */
	unsigned epoch;			/* restarts */
	bool former;			/* the message at hand was sent before the last one */
	bool moved;			/* sequence numbers and uptimes are not always the same */
	uint32_t sequence, uptime_ms;	/* of the first message */
	uint32_t last_sequence;
	struct nf_boot boot;
	uint32_t next;			/* sequence number that is expected */
	bool next_known;
	bool lost;			/* not every message is there, as far as they are counted */
	bool cut;			/* the capture cut a message amid its templates */
	int64_t seen_ns;		/* the last message */
	int64_t hole_ns;		/* end of the last silence in which messages were lost */
	struct spacing spacing;		/* of all templates */
	/* New definitions. */
	int64_t first_ns;		/* the first definition */
	int64_t minute_ns;
	unsigned minute_new;
	struct check_place minute;
	uint16_t highest;
	unsigned climbed;
	bool climbs;			/* said */
};

enum { SENDERS = 8, NEWEST = 4 };

/* The source ports of an exporter's messages of one version and domain to one collector. */
struct sender {
	uint16_t version;
	uint32_t domain;
	struct nf_endpoint dst;
	uint64_t ports, templates, bare;	/* sessions; with templates; with data alone */
	int64_t newest[NEWEST];			/* when the last ones began */
	bool many;				/* so many within the lifetime of templates */
	bool apart;				/* one has templates and no data */
	struct check_place first;		/* the first data without templates */
};

struct refresh_exporter {
	struct sender senders[SENDERS];
	unsigned n;
	bool borrows;			/* a session has data of another one's templates */
	uint64_t data_octets, lost_octets;
	uint64_t why[NF_WHY_NOTS + 1];
};

/* The set at hand. */
struct refresh_capture {
	struct nf_map *lives;
	struct nf_map *layouts;		/* by stream and definition */
	size_t count;
	bool defines, withdraws;	/* the set does */
	bool related;			/* the message defines options of templates */
	struct nf_span related_span;
	uint16_t related_id;
};

static inline struct refresh_stream *refresh_of(const struct check *c,
						const struct check_stream *s)
{
	return check_state(c, &s->holder, CHECK_GROUP_refresh);
}

static inline struct refresh_capture *refresh_capture_of(const struct check *c)
{
	return check_state(c, check_capture((struct check *)c), CHECK_GROUP_refresh);
}

static inline bool refresh_is_udp(const struct check_stream *s)
{
	return s->id.transport == NF_TRANSPORT_UDP;
}

static inline int64_t refresh_now(const struct check_at *at)
{
	return at->datagram->ts_ns;
}

/* The life of ID in S, begun if there is none; NULL: there is no room, or memory is out. */
struct life *refresh_life(struct check *c, const struct check_stream *s, uint16_t id);
struct life *refresh_find(const struct check *c, const struct check_stream *s, uint16_t id);

/* A finding about L, whose present definition was sent in another frame. */
struct check_claim refresh_claim(const struct check_at *at, enum check_rule_id rule,
				 struct nf_span span, const struct life *l);

/* The template is sent again, or the stream ends: say for how long it was not. */
void refresh_lapse_end(struct check *c, const struct check_stream *s, struct life *l);

/* A template ID came that cannot be read: what follows from that is no finding of its own. */
void refresh_spoil(struct check *c, const struct check_at *at, uint16_t id);

/* Does the capture have the stream from its first message on, as far as counters tell? */
static inline bool refresh_from_start(const struct check *c, const struct check_stream *s)
{
	return s->from_start && (s->id.transport != NF_TRANSPORT_UDP || refresh_of(c, s)->moved);
}

/* What changed from OLD to NEW, in a few words: "octetDeltaCount of 4 octets instead of 8". */
void refresh_diff(struct nf_strbuf *s, struct nf_registry *registry, const struct nf_template *old,
		  const struct nf_template *new);

/* -- Templates (refresh_definitions.c) ---------------------------------------------------- */

void refresh_definition(struct check *c, const struct check_at *at, const struct nf_template *t);
void refresh_withdrawal(struct check *c, const struct check_at *at, const struct nf_template *t);

/* -- Data without a template (refresh_missing.c) ------------------------------------------ */

/* A data set of L, of the message at AT, for which no template is in force. */
void refresh_orphan(struct check *c, const struct check_at *at, struct life *l);
/* L is defined by the message at AT. */
void refresh_found(const struct check *c, const struct check_at *at, struct life *l);
/* Data of L at AT, in a template that was sent before the exporter was started anew. */
void refresh_stale(struct check *c, const struct check_at *at, struct life *l);
/* L is sent again at AT. */
void refresh_renewed(const struct check_at *at, struct life *l);
void refresh_missing_end(struct check *c, const struct check_stream *s, const struct life *l);

/* -- What templates come to (refresh_health.c) -------------------------------------------- */

/* ID is new, or defined anew, at AT. */
void refresh_new(struct check *c, const struct check_at *at, const struct life *l,
		 struct nf_span span);
void refresh_health_end(struct check *c, const struct check_stream *s);
void refresh_exporter_end(struct check *c, struct check_exporter *e);

#endif
