/*
 * Events: what a capture shows besides datagrams.
 *
 * They come from within source_next, in the order of the frames: those of a frame before the
 * datagrams that it completes.  An event is valid during the call; none is kept, and none needs
 * memory of its own.
 */
#ifndef CAPTURE_EVENTS_H
#define CAPTURE_EVENTS_H

#include "base/datagram.h"

enum capture_event_kind {
#define EVENT(name, text, at, amount) EVENT_##name,
#include "capture/events.def"
#undef EVENT
	CAPTURE_EVENTS
};

extern const char *const capture_event_name[CAPTURE_EVENTS];

/* Who of a TLS session says something of its version. */
enum tls_hello {
	TLS_NO_HELLO,	/* a record, in the midst of the session */
	TLS_CLIENT,	/* offers versions */
	TLS_SERVER,	/* has chosen one */
};

struct capture_event {
	enum capture_event_kind kind;
	enum nf_transport transport;
	uint64_t frame;		/* 1-based in its file; 0: none */
	int64_t ts_ns;
	uint32_t file;
	struct nf_endpoint src, dst;	/* family 0: none */
	uint64_t at, amount;	/* see events.def */
	/*
	 * As on the wire: 0x0303 is TLS 1.2, 0xfefd DTLS 1.2.  Of a client's offer the highest and
	 * the lowest; the lowest is the highest where it does not say.
	 */
	uint16_t version, lowest;
	uint16_t sctp_stream, sctp_ssn;
	enum tls_hello hello;
	bool first_alone, cut, ended;
	uint8_t noctets, octets[8];	/* what stands there */
};

/* Who hears of events, and what is looked at for his sake. */
struct capture_watch {
	void (*event)(void *ctx, const struct capture_event *e);
	void *ctx;
	bool checksums;		/* fill udp_computed, _bad and _partial of the facts */
};

static inline bool capture_watched(const struct capture_watch *w)
{
	return w->event != NULL;
}

#endif
