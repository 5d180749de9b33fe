/*
 * What the group `transport` knows of who talks to whom, for datagrams, refused ones and events
 * alike.  All of it is bounded, and lives as long as the checker.
 */
#ifndef CHECK_TRANSPORT_H
#define CHECK_TRANSPORT_H

#include "check/rules.h"

enum {
	IPFIX_PORT = 4739, IPFIX_TLS_PORT = 4740,	/* RFC 7011 section 10.1 */
	PEERS_BUCKETS = 1024,
	PEERS_COLLECTORS = 4096,
	TALKS_MAX = 256,			/* of a kind */
	TALKS_BUCKETS = 256,
	RECENT_TEMPLATES = 16,
};

/* Per session. */
struct transport_session {
	struct check_session *session;	/* NULL: not in the index yet */
	struct transport_session *next;	/* in its bucket */
};

/* Where export goes. */
struct transport_collector {
	struct nf_endpoint at;
	enum nf_transport transport;
	struct transport_collector *next;
};

/*
 * Per exporter: checksums that could be judged, wrong ones, and those that its network card was to
 * make; datagrams that came in fragments and are whole.
 */
struct transport_exporter {
	uint64_t checked, bad, partial, reassembled;
	bool bad_ipfix;
	uint16_t found, computed;	/* of the first bad one */
	struct check_place first, last;
};

/* What is said of two hosts that may never have had a session. */
enum talk_kind { TALK_FRAGMENTS, TALK_TLS, TALK_CONNECTIONS, TALK_KINDS };

struct talk {
	enum talk_kind kind;
	struct nf_endpoint src, dst;	/* the client's port is 0 */
	enum nf_transport transport;
	struct talk *next;
	struct check_place first, last;
	uint64_t count;
	/* TALK_FRAGMENTS */
	uint64_t at;			/* of the first one */
	uint64_t alone;			/* with nothing but their first fragments */
	uint16_t port;			/* that they go to, where one is known */
	bool flow;			/* a first fragment begins with an export version */
	bool ended;			/* the last one may have been cut off by the input's end */
	/* TALK_TLS */
	uint16_t version, lowest;
	enum tls_hello hello;
	bool certain;			/* the version is one in use */
	/* TALK_CONNECTIONS */
	int64_t opened, window;		/* the last one; the first one of a minute */
	uint64_t attempts, most;	/* in that minute; in any */
	bool any, broken;
};

/* A template that was sent over SCTP, for it may be given up later. */
struct sent_template {
	const struct check_stream *stream;
	struct check_place place;
	uint16_t id, sctp_stream, sctp_ssn;
};

/* Of the capture. */
struct transport_capture {
	struct transport_session *sessions[PEERS_BUCKETS];
	struct transport_collector *collectors[PEERS_BUCKETS];
	unsigned ncollectors;
	struct talk *talks[TALKS_BUCKETS];
	struct talk *list[TALK_KINDS][TALKS_MAX];
	unsigned ntalks[TALK_KINDS];
	struct sent_template templates[RECENT_TEMPLATES];
	unsigned ntemplates;
	struct capture_event hole;	/* the last one of TCP; frame 0: none, or it was said */
	uint64_t drops;
	struct check_place drops_first;
	uint64_t refused[NF_REFUSALS];
	uint64_t refused_cut;		/* of them, those that the capture cut */
};

static inline struct transport_capture *transport_capture(struct check *c)
{
	return check_state(c, check_capture(c), CHECK_GROUP_transport);
}


/* A number that is the same in every run, to tell findings apart by. */
uint64_t transport_key(const struct nf_addr *src, const struct nf_endpoint *dst);

/* A datagram of SESSION is here: it and its collector can be found from now on. */
struct transport_session *transport_meet(struct check *c, struct check_session *session);

/* NULL if there is none, or it was not met yet. */
struct check_session *transport_session_of(struct check *c, const struct nf_endpoint *src,
					   const struct nf_endpoint *dst,
					   enum nf_transport transport);
bool transport_collects(struct check *c, const struct nf_endpoint *at, enum nf_transport transport);

/* The talk of KIND from SRC, whatever its port, to DST; NULL: none, and none made, or no room. */
struct talk *transport_talk(struct check *c, enum talk_kind kind, const struct nf_addr *src,
			    const struct nf_endpoint *dst, enum nf_transport transport, bool make);

struct check_place transport_place(const struct capture_event *e);

/* The hook for events, and what they come to in the end. */
void transport_event(struct check *c, const struct capture_event *e);
void transport_talks_end(struct check *c);

#endif
