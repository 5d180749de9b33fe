#include <config.h>

#include "capture/live.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

enum {
	BATCH = 64,			/* datagrams at a time */
	LARGEST = 65536,		/* octets of one, and of a message */
	CONTROL = 256,			/* of its stamp, its destination, the drops before it */
	BUFFER = 32 << 20,		/* asked of the kernel; less is fine */
	DRAIN_MS = 500,			/* how long to go on reading once stopped */
};

enum kind { UDP, TCP_LISTENER, TCP_STREAM };

struct live_socket {
	int fd;
	uint8_t kind;
	uint32_t address;		/* index */
	struct nf_endpoint bound, peer;
	uint32_t drops;			/* as the kernel had them last */
	/* TCP_STREAM */
	uint8_t *octets;
	size_t n, used;			/* there; of them given out */
};

struct live {
	const struct framer *framer;
	struct capture_counts *capture;
	struct live_counts counts;
	struct live_socket *sockets;
	struct pollfd *polls;		/* of the sockets, and of WAKE behind them */
	size_t nsockets, cap, naddresses, nstreams;
	int wake;
	size_t turn;			/* socket to look at next */
	/* the batch */
	uint8_t *buffers;
	struct mmsghdr headers[BATCH];
	struct iovec vectors[BATCH];
	struct sockaddr_storage names[BATCH];
	uint8_t (*control)[CONTROL];
	const struct live_socket *from;
	int nbatch, at;
	struct nf_extent extent;
	bool stopped;
	int64_t deadline_ns;
};

/* -- Addresses -------------------------------------------------------------------------- */

static void endpoint_of(struct nf_endpoint *e, const struct sockaddr_storage *name)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)name;
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)name;

	*e = (struct nf_endpoint){ .port = 0 };
	if (name->ss_family == AF_INET) {
		e->addr.family = 4;
		memcpy(e->addr.octets, &in4->sin_addr, 4);
		e->port = ntohs(in4->sin_port);
	} else if (name->ss_family == AF_INET6) {
		e->port = ntohs(in6->sin6_port);
		if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
			e->addr.family = 4;
			memcpy(e->addr.octets, in6->sin6_addr.s6_addr + 12, 4);
		} else {
			e->addr.family = 6;
			memcpy(e->addr.octets, &in6->sin6_addr, 16);
		}
	}
}

/* A number of a port, which getaddrinfo would take modulo 65536. */
static bool is_port(const char *text)
{
	unsigned long v = 0;

	if (*text == '\0')
		return false;
	for (; *text >= '0' && *text <= '9' && v < 65536; text++)
		v = 10 * v + (unsigned long)(*text - '0');
	return *text == '\0' && v < 65536;
}

/* "[::1]:2055" into its parts; false where there is no port. */
static bool split(const char *text, char host[256], const char **port)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon != NULL ? (size_t)(colon - text) : 0;

	*port = colon != NULL ? colon + 1 : text;
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	} else if (memchr(text, ':', n) != NULL) {
		return false;	/* whose last part the port is, nobody can tell */
	}
	if (n >= 256 || !is_port(*port))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	return true;
}

static int option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

/* What is of no kernel is no trouble: stamps, drops and destinations are then not known. */
static void set_options(int fd, int family, enum kind kind)
{
	option(fd, SOL_SOCKET, SO_REUSEADDR, kind == TCP_LISTENER);
	if (family == AF_INET6)
		option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
	if (kind != UDP)
		return;
#ifdef SO_RCVBUFFORCE
	if (option(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER) < 0)
#endif
		option(fd, SOL_SOCKET, SO_RCVBUF, BUFFER);
#ifdef SO_TIMESTAMPNS
	option(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
#endif
#ifdef SO_RXQ_OVFL
	option(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
#endif
	option(fd, IPPROTO_IP, IP_PKTINFO, 1);
	if (family == AF_INET6)
		option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

static struct live_socket *add(struct live *l, const struct live_socket *s)
{
	void *sockets = l->sockets, *polls;

	if (!nf_grow(&sockets, &l->cap, l->nsockets + 2, sizeof(*l->sockets)))
		return NULL;
	l->sockets = sockets;
	polls = nf_realloc(l->polls, (l->cap + 1) * sizeof(*l->polls));
	if (polls == NULL)
		return NULL;
	l->polls = polls;
	l->sockets[l->nsockets] = *s;
	return &l->sockets[l->nsockets++];
}

static int bind_one(struct live *l, const struct addrinfo *a, enum kind kind, uint32_t address)
{
	struct live_socket s = { .kind = (uint8_t)kind, .address = address };
	struct sockaddr_storage name;
	socklen_t n = sizeof(name);

	s.fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s.fd < 0)
		return -1;
	set_options(s.fd, a->ai_family, kind);
	if (bind(s.fd, a->ai_addr, a->ai_addrlen) < 0 ||
	    (kind == TCP_LISTENER && listen(s.fd, SOMAXCONN) < 0) ||
	    getsockname(s.fd, (struct sockaddr *)&name, &n) < 0) {
		int saved = errno;

		close(s.fd);
		errno = saved;
		return -1;
	}
	endpoint_of(&s.bound, &name);
	if (add(l, &s) != NULL)
		return 0;
	close(s.fd);
	errno = ENOMEM;
	return -1;
}

/* The way out of what bind says. */
static const char *hint_of(int error, enum kind kind)
{
	switch (error) {
	case EADDRINUSE:
		return kind == UDP ? "; another program has the port: ss -ulnp shows which" :
				     "; another program has the port: ss -tlnp shows which";
	case EACCES:
		return "; ports below 1024 are the superuser's";
	case EADDRNOTAVAIL:
		return "; no interface here has it: ip addr shows those there are";
	case EAFNOSUPPORT:
		return "; this machine has none of that family: 0.0.0.0 is IPv4's";
	default:
		return "";
	}
}

/* Without an address: one socket for both families, or IPv4 alone where that is all there is. */
static int bind_address(struct live *l, const char *text, uint32_t address, struct nf_err *err)
{
	enum kind kind = strncmp(text, "tcp:", 4) == 0 ? TCP_LISTENER : UDP;
	const char *where = kind == TCP_LISTENER ? text + 4 : text, *port;
	struct addrinfo hints = {
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = kind == UDP ? SOCK_DGRAM : SOCK_STREAM,
	};
	struct addrinfo *list = NULL;
	char host[256];
	int code;

	if (!split(where, host, &port))
		return nf_err_set(err, NF_ERR_USAGE, "%s: not [ADDRESS]:PORT%s", text,
				  strchr(where, ':') != strrchr(where, ':') && *where != '[' ?
				  "; an IPv6 address stands in brackets" : "");
	hints.ai_family = host[0] == '\0' ? AF_INET6 : AF_UNSPEC;
	code = getaddrinfo(host[0] != '\0' ? host : NULL, port, &hints, &list);
	if (code != 0)
		return nf_err_set(err, NF_ERR_USAGE, "cannot listen on %s: %s", text,
				  gai_strerror(code));
	code = bind_one(l, list, kind, address);
	freeaddrinfo(list);
	if (code < 0 && host[0] == '\0' && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
		hints.ai_family = AF_INET;
		if (getaddrinfo(NULL, port, &hints, &list) != 0)
			return nf_err_set(err, NF_ERR_ENV, "%s: no address to bind", text);
		code = bind_one(l, list, kind, address);
		freeaddrinfo(list);
	}
	if (code < 0)
		return nf_err_set(err, NF_ERR_ENV, "cannot listen on %s: %s%s", text,
				  strerror(errno), hint_of(errno, kind));
	return 0;
}

/* -- Opening ---------------------------------------------------------------------------- */

static bool open_batch(struct live *l)
{
	l->buffers = nf_alloc((size_t)BATCH * LARGEST);
	l->control = nf_alloc(BATCH * sizeof(*l->control));
	if (l->buffers == NULL || l->control == NULL)
		return false;
	for (unsigned i = 0; i < BATCH; i++)
		l->vectors[i] = (struct iovec){ l->buffers + (size_t)i * LARGEST, LARGEST };
	return true;
}

struct live *live_open(const char *const *addresses, size_t n, const struct framer *framer,
		       int wake, struct capture_counts *counts, struct nf_err *err)
{
	struct live *l = nf_zalloc(sizeof(*l));

	if (l == NULL || !open_batch(l)) {
		live_close(l);
		nf_err_memory(err);
		return NULL;
	}
	l->framer = framer;
	l->capture = counts;
	l->wake = wake;
	for (size_t i = 0; i < n; i++) {
		if (bind_address(l, addresses[i], (uint32_t)i, err) < 0) {
			live_close(l);
			return NULL;
		}
	}
	l->naddresses = n;
	return l;
}

void live_close(struct live *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->nsockets; i++) {
		close(l->sockets[i].fd);
		nf_free(l->sockets[i].octets);
	}
	nf_free(l->sockets);
	nf_free(l->polls);
	nf_free(l->buffers);
	nf_free(l->control);
	nf_free(l);
}

bool live_bound(const struct live *l, size_t i, struct nf_endpoint *bound,
		enum nf_transport *transport)
{
	if (i >= l->naddresses)
		return false;
	*bound = l->sockets[i].bound;
	*transport = l->sockets[i].kind == UDP ? NF_TRANSPORT_UDP : NF_TRANSPORT_TCP;
	return true;
}

const struct live_counts *live_counts(const struct live *l)
{
	return &l->counts;
}

/* -- Clocks ----------------------------------------------------------------------------- */

static int64_t clock_of(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void live_stop(struct live *l)
{
	if (!l->stopped)
		l->deadline_ns = clock_of(CLOCK_MONOTONIC) + DRAIN_MS * INT64_C(1000000);
	l->stopped = true;
}

/* -- UDP -------------------------------------------------------------------------------- */

/* A whole batch of what is there: how many; 0 where nothing is. */
static int receive(struct live *l, const struct live_socket *s)
{
	for (unsigned i = 0; i < BATCH; i++)
		l->headers[i].msg_hdr = (struct msghdr){
			.msg_name = &l->names[i], .msg_namelen = sizeof(l->names[i]),
			.msg_iov = &l->vectors[i], .msg_iovlen = 1,
			.msg_control = l->control[i], .msg_controllen = CONTROL,
		};
	l->nbatch = recvmmsg(s->fd, l->headers, BATCH, MSG_DONTWAIT, NULL);
	if (l->nbatch < 0)
		l->nbatch = 0;	/* an ICMP error of before, or nothing: poll says when more comes */
	l->from = s;
	l->at = 0;
	return l->nbatch;
}

static void take_control(struct live *l, struct msghdr *h, struct nf_datagram *d)
{
	struct live_socket *s = (struct live_socket *)l->from;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
		struct timespec stamp;
		struct in6_pktinfo info6;
		struct in_pktinfo info4;
		uint32_t drops;

		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
			d->ts_ns = (int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec;
		} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
			memcpy(&drops, CMSG_DATA(c), sizeof(drops));
			l->counts.dropped += drops - s->drops;
			l->capture->capture_drops += drops - s->drops;
			s->drops = drops;
		} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&info4, CMSG_DATA(c), sizeof(info4));
			d->dst.addr.family = 4;
			memset(d->dst.addr.octets, 0, sizeof(d->dst.addr.octets));
			memcpy(d->dst.addr.octets, &info4.ipi_addr, 4);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO &&
			   d->src.addr.family == 6) {
			memcpy(&info6, CMSG_DATA(c), sizeof(info6));
			d->dst.addr.family = 6;
			memcpy(d->dst.addr.octets, &info6.ipi6_addr, 16);
		}
	}
}

static void take_datagram(struct live *l, struct nf_datagram *d)
{
	struct mmsghdr *h = &l->headers[l->at];
	const uint8_t *p = l->vectors[l->at].iov_base;

	*d = (struct nf_datagram){
		.file = l->from->address, .wire_len = h->msg_len,
		.payload = { p, h->msg_len }, .dst = l->from->bound,
		.transport = NF_TRANSPORT_UDP, .ts_fine = true,
		.facts = { .fragments = 1 },
	};
	endpoint_of(&d->src, &l->names[l->at]);
	take_control(l, &h->msg_hdr, d);
	if (d->ts_ns == 0)
		d->ts_ns = clock_of(CLOCK_REALTIME);
	l->at++;
}

/* -- TCP -------------------------------------------------------------------------------- */

static void forget(struct live *l, size_t i)
{
	close(l->sockets[i].fd);
	nf_free(l->sockets[i].octets);
	l->sockets[i] = l->sockets[--l->nsockets];
	l->nstreams--;
}

static void accept_one(struct live *l, const struct live_socket *listener)
{
	struct live_socket s = {
		.kind = TCP_STREAM, .address = listener->address, .bound = listener->bound,
	};
	struct sockaddr_storage name;
	socklen_t n = sizeof(name);

	s.fd = accept4(listener->fd, (struct sockaddr *)&name, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (s.fd < 0)
		return;
	endpoint_of(&s.peer, &name);
	n = sizeof(name);
	if (getsockname(s.fd, (struct sockaddr *)&name, &n) == 0)
		endpoint_of(&s.bound, &name);
	s.octets = l->nstreams < LIVE_CONNECTIONS ? nf_alloc(LARGEST) : NULL;
	if (s.octets == NULL || add(l, &s) == NULL) {
		l->counts.refused++;
		nf_free(s.octets);
		close(s.fd);
		return;
	}
	l->counts.connections++;
	l->nstreams++;
}

/* More octets of stream S; false at its end. */
static bool fill(struct live_socket *s)
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
static int take_message(struct live *l, struct live_socket *s, struct nf_datagram *d)
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
		.file = s->address, .ts_ns = clock_of(CLOCK_REALTIME), .wire_len = length,
		.payload = { rest.p, length }, .src = s->peer, .dst = s->bound,
		.transport = NF_TRANSPORT_TCP, .ts_fine = true,
		.facts = { .fragments = 1 },
	};
	s->used += length;
	return 1;
}

/* -- The next one ----------------------------------------------------------------------- */

/*
 * Something of socket I.  What a stream has left is looked at before it is read again: a message
 * that was given out stands in the same buffer.
 */
static bool serve(struct live *l, size_t i, bool readable, struct nf_datagram *d)
{
	struct live_socket *s = &l->sockets[i];
	int got;

	switch ((enum kind)s->kind) {
	case UDP:
		if (!readable || receive(l, s) == 0)
			return false;
		take_datagram(l, d);
		return true;
	case TCP_LISTENER:
		if (readable)
			accept_one(l, s);
		return false;
	case TCP_STREAM:
		break;
	}
	got = take_message(l, s, d);
	if (got == 0 && readable) {
		if (!fill(s)) {
			forget(l, i);
			return false;
		}
		got = take_message(l, s, d);
	}
	if (got < 0) {
		l->counts.broken++;
		forget(l, i);
	}
	return got > 0;
}

/* Sockets in turn, so that no sender keeps others waiting; true: *D is filled. */
static bool serve_all(struct live *l, struct nf_datagram *d)
{
	size_t n = l->nsockets;

	for (size_t k = 0; k < n && k < l->nsockets; k++) {
		size_t i = (l->turn + k) % l->nsockets;

		if (serve(l, i, l->polls[i].revents != 0, d)) {
			l->turn = i + 1;
			return true;
		}
	}
	return false;
}

/* True: some socket, or WAKE, has something. */
static bool wait(struct live *l, int timeout_ms)
{
	size_t n = l->nsockets;

	for (size_t i = 0; i < n; i++)
		l->polls[i] = (struct pollfd){ .fd = l->sockets[i].fd, .events = POLLIN };
	l->polls[n] = (struct pollfd){ .fd = l->wake, .events = POLLIN };
	if (poll(l->polls, n + 1, timeout_ms) > 0)
		return true;
	for (size_t i = 0; i <= n; i++)
		l->polls[i].revents = 0;
	return false;
}

static enum live_got given(struct live *l, struct nf_datagram *d)
{
	l->extent = (struct nf_extent){ .length = (uint32_t)d->payload.n, .file = d->file };
	d->extents = &l->extent;
	d->nextents = 1;
	d->frame = ++l->counts.received;
	return LIVE_DATAGRAM;
}

enum live_got live_next(struct live *l, struct nf_datagram *d, int timeout_ms)
{
	if (l->at < l->nbatch) {
		take_datagram(l, d);
		return given(l, d);
	}
	for (;;) {
		size_t n = l->nsockets;
		bool any, woken;

		if (l->stopped && clock_of(CLOCK_MONOTONIC) > l->deadline_ns)
			return LIVE_END;
		/* A stream may hold a message more: it is asked for that first. */
		any = wait(l, l->stopped || l->nstreams != 0 ? 0 : timeout_ms);
		woken = any && l->polls[n].revents != 0;
		if (serve_all(l, d))
			return given(l, d);
		if (woken && !l->stopped)
			return LIVE_WAKE;
		if (any)
			continue;
		if (l->stopped)
			return LIVE_END;
		if (l->nstreams == 0 || !wait(l, timeout_ms))
			return LIVE_WAKE;
	}
}
