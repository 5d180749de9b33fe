#include <config.h>

#include "capture/live.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "capture/receiver.h"
#include "capture/sockets.h"

enum {
	LARGEST = 65536,		/* octets of a message */
	DESCRIPTORS = 32,		/* of the process that are not for connections */
	IN_A_ROW = 256,			/* datagrams before TCP, and WAKE, have their turn */
	DRAIN_MS = 500,			/* how long to go on reading streams once stopped */
};

/* Of TCP: a listening one, or a connection. */
struct live_stream {
	int fd;
	bool listens;
	uint32_t address;		/* index */
	struct nf_endpoint bound, peer;
	uint32_t scope;			/* of peer */
	uint8_t *octets;
	size_t n, used;			/* there; of them given out */
};

struct live {
	const struct framer *framer;
	struct capture_counts *capture;
	struct live_counts counts;
	struct capture_watch watch;
	struct bound_socket *bound;	/* by address */
	size_t nbound;
	struct receiver *receiver;
	struct queue *queue;
	bool receives, failed;		/* the thread was started, or cannot be */
	unsigned row;
	struct live_stream *streams;
	struct pollfd *polls;		/* of the streams, the descriptor and the queue */
	size_t nstreams, cap, most;	/* most: connections */
	int wake;
	size_t turn;			/* stream to look at next */
	struct nf_extent extent;
	bool paused;			/* there was nothing, and that was said */
	bool stopped;
	int64_t deadline_ns;
};

/* -- Opening ---------------------------------------------------------------------------- */

static struct live_stream *add(struct live *l, const struct live_stream *s)
{
	void *streams = l->streams, *polls;

	if (!nf_grow(&streams, &l->cap, l->nstreams + 1, sizeof(*l->streams)))
		return NULL;
	l->streams = streams;
	polls = nf_realloc(l->polls, (l->cap + 2) * sizeof(*l->polls));
	if (polls == NULL)
		return NULL;
	l->polls = polls;
	l->streams[l->nstreams] = *s;
	return &l->streams[l->nstreams++];
}

static int open_address(struct live *l, const char *text, int buffer, struct nf_err *err)
{
	struct bound_socket *b = &l->bound[l->nbound];
	struct live_stream s = { .listens = true, .address = (uint32_t)l->nbound };

	if (socket_bind(b, text, buffer, err) < 0)
		return -1;
	l->nbound++;
	if (!b->stream)
		return receiver_add(l->receiver, b->fd, s.address, &b->bound, err);
	s.fd = b->fd;
	s.bound = b->bound;
	return add(l, &s) != NULL ? 0 : nf_err_memory(err);
}

/*
 * How many connections to keep, next to N sockets: with no descriptor left, output could not go
 * on to another file, and whoever asks for one connection more would be seen again and again.
 */
static size_t most_connections(size_t n)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur >= LIVE_CONNECTIONS + DESCRIPTORS + n)
		return LIVE_CONNECTIONS;
	return limit.rlim_cur > DESCRIPTORS + n ? (size_t)limit.rlim_cur - DESCRIPTORS - n : 0;
}

static int open_all(struct live *l, const char *const *addresses, size_t n,
		    const struct capture_opts *opts, struct nf_err *err)
{
	l->framer = opts->framer;
	l->wake = opts->wake;
	l->most = most_connections(n);
	l->bound = nf_zalloc((n + 1) * sizeof(*l->bound));
	l->polls = nf_zalloc(2 * sizeof(*l->polls));
	if (l->bound == NULL || l->polls == NULL)
		return nf_err_memory(err);
	l->receiver = receiver_new(opts->max_queue, err);
	if (l->receiver == NULL)
		return -1;
	l->queue = receiver_queue(l->receiver);
	for (size_t i = 0; i < n; i++)
		if (open_address(l, addresses[i], receiver_buffer(l->receiver, n), err) < 0)
			return -1;
	return 0;
}

struct live *live_open(const char *const *addresses, size_t n, const struct capture_opts *opts,
		       struct capture_counts *counts, struct nf_err *err)
{
	struct live *l = nf_zalloc(sizeof(*l));

	if (l == NULL) {
		nf_err_memory(err);
		return NULL;
	}
	l->capture = counts;
	if (open_all(l, addresses, n, opts, err) == 0)
		return l;
	live_close(l);
	return NULL;
}

void live_close(struct live *l)
{
	if (l == NULL)
		return;
	receiver_free(l->receiver);
	for (size_t i = 0; i < l->nstreams; i++) {
		if (!l->streams[i].listens)
			close(l->streams[i].fd);
		nf_free(l->streams[i].octets);
	}
	for (size_t i = 0; i < l->nbound; i++)
		close(l->bound[i].fd);
	nf_free(l->bound);
	nf_free(l->streams);
	nf_free(l->polls);
	nf_free(l);
}

bool live_bound(const struct live *l, size_t i, struct nf_endpoint *bound,
		enum nf_transport *transport)
{
	if (i >= l->nbound)
		return false;
	*bound = l->bound[i].bound;
	*transport = l->bound[i].stream ? NF_TRANSPORT_TCP : NF_TRANSPORT_UDP;
	return true;
}

const struct live_counts *live_counts(const struct live *l)
{
	return &l->counts;
}

/* -- UDP -------------------------------------------------------------------------------- */

static void take_counts(struct live *l)
{
	const struct queue_counts c = queue_counts(l->queue);

	l->capture->capture_drops += c.dropped - l->counts.dropped;
	l->counts.dropped = c.dropped;
	l->counts.dropped_full = c.dropped_full;
	l->counts.full = c.full;
}

static bool next_datagram(struct live *l, struct nf_datagram *d)
{
	const struct queue_slot *slot = queue_next(l->queue);

	if (slot == NULL)
		return false;
	*d = (struct nf_datagram){
		.file = slot->address, .ts_ns = slot->ts_ns, .wire_len = slot->n,
		.payload = { slot->large != NULL ? slot->large : slot->octets, slot->n },
		.src = slot->src, .dst = slot->dst, .scope = slot->scope,
		.transport = NF_TRANSPORT_UDP, .ts_fine = true,
		.facts = { .fragments = 1 },
	};
	if (d->ts_ns == 0)
		d->ts_ns = nf_clock_ns(CLOCK_REALTIME);
	return true;
}

/* -- TCP -------------------------------------------------------------------------------- */

void live_watch(struct live *l, const struct capture_watch *w)
{
	l->watch = *w;
}

static void tell(const struct live *l, const struct live_stream *s, enum capture_event_kind kind,
		 bool broken)
{
	const struct capture_event e = {
		.kind = kind, .transport = NF_TRANSPORT_TCP, .file = s->address,
		.ts_ns = nf_clock_ns(CLOCK_REALTIME), .src = s->peer, .dst = s->bound,
		.ended = broken,
	};

	if (capture_watched(&l->watch))
		l->watch.event(l->watch.ctx, &e);
}

static void forget(struct live *l, size_t i, bool broken)
{
	tell(l, &l->streams[i], EVENT_TCP_CLOSED, broken);
	close(l->streams[i].fd);
	nf_free(l->streams[i].octets);
	l->streams[i] = l->streams[--l->nstreams];
	l->counts.open--;
}

static void accept_one(struct live *l, const struct live_stream *listener)
{
	struct live_stream s = {
		.address = listener->address, .bound = listener->bound,
	};
	struct sockaddr_storage name;
	socklen_t n = sizeof(name);

	s.fd = accept4(listener->fd, (struct sockaddr *)&name, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (s.fd < 0)
		return;
	socket_endpoint(&s.peer, &name);
	s.scope = socket_scope(&name);
	n = sizeof(name);
	if (getsockname(s.fd, (struct sockaddr *)&name, &n) == 0)
		socket_endpoint(&s.bound, &name);
	s.octets = l->counts.open < l->most ? nf_alloc(LARGEST) : NULL;
	if (s.octets == NULL || add(l, &s) == NULL) {
		l->counts.refused++;
		nf_free(s.octets);
		close(s.fd);
		return;
	}
	l->counts.connections++;
	tell(l, &s, EVENT_TCP_OPEN, false);
	l->counts.open++;
}

/* More octets of stream S; false at its end. */
static bool fill(struct live_stream *s)
{
	ssize_t n;

	memmove(s->octets, s->octets + s->used, s->n - s->used);
	s->n -= s->used;
	s->used = 0;
	n = recv(s->fd, s->octets + s->n, LARGEST - s->n, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	s->n += (size_t)n;
	return n != 0;
}

/* A message that is there whole; -1 where none begins. */
static int take_message(struct live *l, struct live_stream *s, struct nf_datagram *d)
{
	struct nf_bytes rest = { s->octets + s->used, s->n - s->used };
	uint32_t length;

	switch (l->framer->frame(rest, false, &length)) {
	case FRAMER_MESSAGE:
		break;
	case FRAMER_MORE:
		return 0;
	default:
		return -1;
	}
	if (length > rest.n)
		return 0;
	*d = (struct nf_datagram){
		.file = s->address, .ts_ns = nf_clock_ns(CLOCK_REALTIME), .wire_len = length,
		.payload = { rest.p, length }, .src = s->peer, .dst = s->bound,
		.scope = s->scope, .transport = NF_TRANSPORT_TCP, .ts_fine = true,
		.facts = { .fragments = 1 },
	};
	s->used += length;
	return 1;
}

/*
 * Something of stream I.  What it has left is looked at before it is read again: a message that was
 * given out stands in the same buffer.
 */
static bool serve(struct live *l, size_t i, bool readable, struct nf_datagram *d)
{
	struct live_stream *s = &l->streams[i];
	int got;

	if (s->listens) {
		if (readable)
			accept_one(l, s);
		return false;
	}
	got = take_message(l, s, d);
	if (got == 0 && readable) {
		if (!fill(s)) {
			forget(l, i, false);
			return false;
		}
		got = take_message(l, s, d);
	}
	if (got < 0) {
		l->counts.broken++;
		forget(l, i, true);
	}
	return got > 0;
}

/* Streams in turn, so that no sender keeps others waiting; true: *D is filled. */
static bool serve_all(struct live *l, struct nf_datagram *d)
{
	size_t n = l->nstreams;

	for (size_t k = 0; k < n && k < l->nstreams; k++) {
		size_t i = (l->turn + k) % l->nstreams;

		if (serve(l, i, l->polls[i].revents != 0, d)) {
			l->turn = i + 1;
			return true;
		}
	}
	return false;
}

/* -- The next one ----------------------------------------------------------------------- */

/* How many have something: streams, the descriptor (*WOKEN), the queue. */
static int look(struct live *l, int timeout_ms, bool *woken)
{
	size_t n = l->nstreams;
	int got;

	for (size_t i = 0; i < n; i++)
		l->polls[i] = (struct pollfd){ .fd = l->streams[i].fd, .events = POLLIN };
	l->polls[n] = (struct pollfd){ .fd = l->stopped ? -1 : l->wake, .events = POLLIN };
	l->polls[n + 1] = (struct pollfd){ .fd = queue_fd(l->queue), .events = POLLIN };
	got = poll(l->polls, n + 2, timeout_ms);
	for (size_t i = 0; got < 0 && i < n + 2; i++)
		l->polls[i].revents = 0;
	*woken = l->polls[n].revents != 0;
	return got;
}

static enum live_got given(struct live *l, struct nf_datagram *d)
{
	l->extent = (struct nf_extent){ .length = (uint32_t)d->payload.n, .file = d->file };
	d->extents = &l->extent;
	d->nextents = 1;
	d->frame = ++l->counts.received;
	l->paused = false;
	return LIVE_DATAGRAM;
}

/* What streams have by now, which may be a message more that was read already. */
static bool next_message(struct live *l, struct nf_datagram *d, bool *woken)
{
	l->row = 0;
	take_counts(l);
	look(l, 0, woken);
	if (l->stopped && nf_clock_ns(CLOCK_MONOTONIC) > l->deadline_ns)
		return false;
	return serve_all(l, d);
}

/* All that was received is given out, and no stream has any more. */
static bool is_over(struct live *l)
{
	return l->stopped && queue_ended(l->queue);
}

enum live_got live_next(struct live *l, struct nf_datagram *d, int timeout_ms, struct nf_err *err)
{
	bool woken;

	if (l->failed)
		return LIVE_END;
	if (!l->receives && receiver_start(l->receiver, err) < 0) {
		l->failed = true;
		return LIVE_TROUBLE;
	}
	l->receives = true;
	for (;;) {
		if (l->row++ < IN_A_ROW && next_datagram(l, d))
			return given(l, d);
		if (next_message(l, d, &woken) || (!woken && next_datagram(l, d)))
			return given(l, d);
		if (woken)
			return LIVE_WAKE;
		if (is_over(l))
			return LIVE_END;
		if (!l->paused) {
			l->paused = true;
			return LIVE_PAUSE;
		}
		if (!queue_idle(l->queue))
			continue;
		if (look(l, timeout_ms, &woken) == 0)
			return LIVE_WAKE;
	}
}

void live_stop(struct live *l)
{
	if (l->stopped)
		return;
	l->stopped = true;
	l->deadline_ns = nf_clock_ns(CLOCK_MONOTONIC) + DRAIN_MS * INT64_C(1000000);
	receiver_stop(l->receiver);
}
