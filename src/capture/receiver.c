#include <config.h>

#include "capture/receiver.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/sock_diag.h>
#endif

#include "base/clock.h"
#include "base/mem.h"
#include "capture/sockets.h"

enum {
	MAX_QUEUE = 64 << 20,
	BATCH = 64,			/* datagrams at a time */
	LARGEST = 65536,		/* octets of one */
	CONTROL = 256,			/* of its stamp, its destination, the drops before it */
	REST_USEC = 2000,		/* between two looks, at most */
	REST_OCTETS = 1024,		/* a microsecond: rather less of a small buffer */
	LEAST_MORE = 256,		/* octets of kernel memory behind those of a datagram */
};

struct receiver_socket {
	int fd;
	uint32_t address, drops;	/* drops: as the kernel had them last */
	struct nf_endpoint bound;
};

struct receiver {
	struct queue *queue;
	size_t max_queue;
	struct receiver_socket *sockets;
	struct pollfd *polls;		/* of the sockets, and of STOP_FD behind them */
	size_t nsockets, cap;
	pthread_t thread;
	bool started;
	int stop_fd;			/* readable once it is to end */
	_Atomic int64_t stop_ns;	/* INT64_MAX, or when: what came later is left */
	atomic_bool abandon;		/* end at once */
	unsigned rest_usec;
	bool full;			/* the queue was, just now */
	/* the batch: what is longer than a slot goes on behind it */
	uint8_t *behind;
	struct mmsghdr headers[BATCH];
	struct iovec vectors[BATCH][2];
	struct sockaddr_storage names[BATCH];
	uint8_t control[BATCH][CONTROL];
};

/* -- Opening ---------------------------------------------------------------------------- */

struct receiver *receiver_new(size_t max_queue, struct nf_err *err)
{
	struct receiver *r = nf_zalloc(sizeof(*r));

	if (r == NULL) {
		nf_err_memory(err);
		return NULL;
	}
	r->max_queue = max_queue != 0 ? max_queue : MAX_QUEUE;
	r->queue = queue_new(r->max_queue, err);
	r->behind = nf_alloc((size_t)BATCH * LARGEST);
	r->polls = nf_alloc(sizeof(*r->polls));
	r->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r->stop_ns = INT64_MAX;
	r->rest_usec = REST_USEC;
	if (r->queue != NULL && r->behind != NULL && r->polls != NULL && r->stop_fd >= 0)
		return r;
	receiver_free(r);
	nf_err_memory(err);
	return NULL;
}

static void wake(struct receiver *r)
{
	static const uint64_t one = 1;

	while (write(r->stop_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	queue_stir(r->queue);
}

void receiver_free(struct receiver *r)
{
	if (r == NULL)
		return;
	if (r->started) {
		r->abandon = true;
		wake(r);
		pthread_join(r->thread, NULL);
	}
	if (r->stop_fd >= 0)
		close(r->stop_fd);
	queue_free(r->queue);
	nf_free(r->sockets);
	nf_free(r->polls);
	nf_free(r->behind);
	nf_free(r);
}

int receiver_buffer(const struct receiver *r, size_t n)
{
	enum { MOST = 1 << 30 };
	size_t each = r->max_queue / (n != 0 ? n : 1);

	return each < MOST ? (int)each : MOST;
}

/* A buffer that is soon full must be looked at often. */
static unsigned rest_of(int fd)
{
	socklen_t n = sizeof(int);
	int octets;

	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, &n) < 0)
		return REST_USEC;
	return octets / REST_OCTETS < REST_USEC ? (unsigned)octets / REST_OCTETS : REST_USEC;
}

int receiver_add(struct receiver *r, int fd, uint32_t address, const struct nf_endpoint *bound,
		 struct nf_err *err)
{
	void *sockets = r->sockets, *polls;

	if (!nf_grow(&sockets, &r->cap, r->nsockets + 1, sizeof(*r->sockets)))
		return nf_err_memory(err);
	r->sockets = sockets;
	polls = nf_realloc(r->polls, (r->cap + 1) * sizeof(*r->polls));
	if (polls == NULL)
		return nf_err_memory(err);
	r->polls = polls;
	r->sockets[r->nsockets++] = (struct receiver_socket){
		.fd = fd, .address = address, .bound = *bound,
	};
	if (rest_of(fd) < r->rest_usec)
		r->rest_usec = rest_of(fd);
	return 0;
}

struct queue *receiver_queue(const struct receiver *r)
{
	return r->queue;
}

/* -- What came -------------------------------------------------------------------------- */

/* The kernel counts NOW drops of S; that of a datagram is as old as the datagram. */
static void take_drops(struct receiver *r, struct receiver_socket *s, uint32_t now)
{
	uint32_t more = now - s->drops;

	if (more == 0 || more > INT32_MAX)
		return;
	s->drops = now;
	queue_dropped(r->queue, more, r->full);
}

static void take_control(struct receiver *r, struct receiver_socket *s, struct msghdr *h,
			 struct queue_slot *slot)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
		struct timespec stamp;
		struct in6_pktinfo info6;
		struct in_pktinfo info4;
		uint32_t drops;

		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
			slot->ts_ns = (int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec;
		} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
			memcpy(&drops, CMSG_DATA(c), sizeof(drops));
			take_drops(r, s, drops);
		} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&info4, CMSG_DATA(c), sizeof(info4));
			slot->dst.addr = (struct nf_addr){ .family = 4 };
			memcpy(slot->dst.addr.octets, &info4.ipi_addr, 4);
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO &&
			   slot->src.addr.family == 6) {
			memcpy(&info6, CMSG_DATA(c), sizeof(info6));
			slot->dst.addr.family = 6;
			memcpy(slot->dst.addr.octets, &info6.ipi6_addr, 16);
		}
	}
}

/* Datagram I of the batch, whose first octets stand in SLOT. */
static void take_datagram(struct receiver *r, struct receiver_socket *s, size_t i,
			  struct queue_slot *slot)
{
	slot->ts_ns = 0;
	slot->dst = s->bound;
	slot->n = r->headers[i].msg_len;
	slot->address = s->address;
	slot->large = NULL;
	slot->lost = false;
	socket_endpoint(&slot->src, &r->names[i]);
	slot->scope = socket_scope(&r->names[i]);
	take_control(r, s, &r->headers[i].msg_hdr, slot);
	if (slot->n <= QUEUE_OCTETS)
		return;
	slot->lost = !queue_large(r->queue, slot);
	if (slot->lost)
		return;
	memcpy(slot->large, slot->octets, QUEUE_OCTETS);
	memcpy(slot->large + QUEUE_OCTETS, r->vectors[i][1].iov_base, slot->n - QUEUE_OCTETS);
}

static void prepare(struct receiver *r, struct queue_slot *first, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		r->vectors[i][0] = (struct iovec){ queue_slot(first, i)->octets, QUEUE_OCTETS };
		r->vectors[i][1] = (struct iovec){ r->behind + i * LARGEST, LARGEST };
		r->headers[i].msg_hdr = (struct msghdr){
			.msg_name = &r->names[i], .msg_namelen = sizeof(r->names[i]),
			.msg_iov = r->vectors[i], .msg_iovlen = 2,
			.msg_control = r->control[i], .msg_controllen = CONTROL,
		};
	}
}

/* Number WHICH (SK_MEMINFO_..) of what the kernel tells of the socket FD; false: nothing. */
static bool meminfo(int fd, unsigned which, uint32_t *value)
{
#ifdef SO_MEMINFO
	uint32_t info[SK_MEMINFO_VARS];
	socklen_t n = sizeof(info);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &n) == 0 && n > which * sizeof(info[0])) {
		*value = info[which];
		return true;
	}
#else
	(void)fd, (void)which, (void)value;
#endif
	return false;
}

/* Drops that no datagram has told of yet. */
static void look_at_drops(struct receiver *r)
{
	for (size_t i = 0; i < r->nsockets; i++) {
		uint32_t drops;

		if (meminfo(r->sockets[i].fd, SK_MEMINFO_DROPS, &drops))
			take_drops(r, &r->sockets[i], drops);
	}
}

/* Until there is room; what is dropped meanwhile is for want of it. */
static void wait_room(struct receiver *r)
{
	look_at_drops(r);
	r->full = true;
	queue_wait_room(r->queue, &r->abandon);
	look_at_drops(r);
	r->full = false;
}

/* What was received at once. */
struct batch {
	int64_t last_ns;		/* when the last one came; 0: not known */
	size_t octets;			/* of kernel memory that it took, at least */
};

/* A batch of S into the queue, which may be empty for want of room; false: nothing is there. */
static bool receive(struct receiver *r, struct receiver_socket *s, struct batch *b)
{
	struct queue_slot *first;
	size_t room = queue_room(r->queue, BATCH, &first);
	int n;

	*b = (struct batch){ .octets = 0 };
	if (room == 0) {
		wait_room(r);
		return true;
	}
	prepare(r, first, room);
	n = recvmmsg(s->fd, r->headers, (unsigned)room, MSG_DONTWAIT, NULL);
	if (n <= 0)
		return false;	/* an ICMP error of before, or nothing: poll says when more comes */
	for (int i = 0; i < n; i++) {
		struct queue_slot *slot = queue_slot(first, (size_t)i);

		take_datagram(r, s, (size_t)i, slot);
		b->last_ns = slot->ts_ns;
		b->octets += slot->n + LEAST_MORE;
	}
	queue_put(r->queue, (size_t)n);
	return true;
}

/* -- The thread ------------------------------------------------------------------------- */

/* Until something comes, or it is to end. */
static void wait(struct receiver *r)
{
	for (size_t i = 0; i < r->nsockets; i++)
		r->polls[i] = (struct pollfd){ .fd = r->sockets[i].fd, .events = POLLIN };
	r->polls[r->nsockets] = (struct pollfd){ .fd = r->stop_fd, .events = POLLIN };
	poll(r->polls, r->nsockets + 1, -1);
}

/* Sockets in turn, so that no sender keeps others waiting; false: nothing anywhere. */
static bool receive_all(struct receiver *r)
{
	bool any = false;
	struct batch b;

	for (size_t i = 0; i < r->nsockets; i++)
		any |= receive(r, &r->sockets[i], &b);
	return any;
}

/* Octets of kernel memory that what waits in the socket FD takes, or may take at most. */
static size_t waiting(int fd)
{
	socklen_t n = sizeof(int);
	uint32_t octets;
	int most;

	if (meminfo(fd, SK_MEMINFO_RMEM_ALLOC, &octets))
		return octets;
	return getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &most, &n) == 0 ? (size_t)most : 0;
}

/*
 * May there be more that came before the end?  Not behind what came after it.  But a stamp that is
 * no older than ASKED_NS, when the batch was asked for, need not be when it came: the kernel stamps
 * what it has not stamped yet as it is read, and clocks are set back.  Such batches count against
 * *LEFT, what waited at the end.
 */
static bool goes_on(const struct receiver *r, const struct batch *b, int64_t asked_ns, size_t *left)
{
	if (b->last_ns != 0 && b->last_ns < asked_ns)
		return b->last_ns < r->stop_ns;
	if (b->octets > *left)
		return false;
	*left -= b->octets;
	return true;
}

static void receive_rest_of(struct receiver *r, struct receiver_socket *s)
{
	size_t left = waiting(s->fd);
	struct batch b;
	int64_t asked_ns;

	do {
		asked_ns = nf_clock_ns(CLOCK_REALTIME);
	} while (!r->abandon && receive(r, s, &b) && goes_on(r, &b, asked_ns, &left));
}

/* What came before it was to end. */
static void receive_rest(struct receiver *r)
{
	for (size_t i = 0; i < r->nsockets; i++)
		receive_rest_of(r, &r->sockets[i]);
	look_at_drops(r);
}

static void *run(void *ctx)
{
	struct receiver *r = ctx;

	while (r->stop_ns == INT64_MAX && !r->abandon) {
		if (receive_all(r) || !queue_rest(r->queue, r->rest_usec) || receive_all(r))
			continue;
		look_at_drops(r);
		wait(r);
	}
	receive_rest(r);
	queue_end(r->queue);
	return NULL;
}

int receiver_start(struct receiver *r, struct nf_err *err)
{
	sigset_t all, before;
	int code;

	/* Signals are the other thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&r->thread, NULL, run, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	r->started = code == 0;
	return code == 0 ? 0 : nf_err_set(err, NF_ERR_ENV, "cannot start the thread that receives: "
					  "%s", strerror(code));
}

void receiver_stop(struct receiver *r)
{
	r->stop_ns = nf_clock_ns(CLOCK_REALTIME);
	wake(r);
}
