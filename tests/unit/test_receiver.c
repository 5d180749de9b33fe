/* How the receiver ends: what waits in its socket is received, whatever stamps say. */
#include <config.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "capture/receiver.h"

enum {
	WAITING = 400,			/* datagrams; more than the least queue holds */
	MOST = 16 * WAITING,
	BUFFER = 1 << 20,
};

struct wire {
	int fd, sender;
	struct receiver *receiver;
};

static void stamp(int fd)
{
	static const int on = 1;

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)), 0);
}

static void wire_open(struct wire *w)
{
	struct sockaddr_in name = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t n = sizeof(name);
	const int buffer = BUFFER;
	struct nf_err err;

	w->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	w->sender = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(setsockopt(w->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer)), 0);
	assert_int_equal(bind(w->fd, (struct sockaddr *)&name, n), 0);
	assert_int_equal(getsockname(w->fd, (struct sockaddr *)&name, &n), 0);
	assert_int_equal(connect(w->sender, (struct sockaddr *)&name, n), 0);
	w->receiver = receiver_new(1, &err);	/* the least that it takes */
	assert_non_null(w->receiver);
}

static void wire_close(struct wire *w)
{
	receiver_free(w->receiver);
	close(w->fd);
	close(w->sender);
}

static void send_number(const struct wire *w, uint32_t number)
{
	assert_int_equal(send(w->sender, &number, sizeof(number), 0), sizeof(number));
}

/* The thread begins, and finds that it is to end. */
static void start(const struct wire *w)
{
	static const struct nf_endpoint nowhere;
	struct nf_err err;

	assert_int_equal(receiver_add(w->receiver, w->fd, 0, &nowhere, &err), 0);
	assert_int_equal(receiver_start(w->receiver, &err), 0);
}

static void send_waiting(const struct wire *w)
{
	for (uint32_t i = 0; i < WAITING; i++)
		send_number(w, i);
}

/*
 * All that is received, in order, MOST at most; with MORE, two are sent for each that is read, so
 * that the socket is never empty.
 */
static uint32_t read_all(const struct wire *w, bool more)
{
	struct queue *q = receiver_queue(w->receiver);
	uint32_t n = 0, sent = WAITING;

	while (n < MOST) {
		const struct queue_slot *slot = queue_next(q);
		uint32_t number;

		if (slot == NULL && queue_ended(q))
			break;
		if (slot == NULL && queue_idle(q))
			poll(&(struct pollfd){ .fd = queue_fd(q), .events = POLLIN }, 1, -1);
		if (slot == NULL)
			continue;
		memcpy(&number, slot->octets, sizeof(number));
		if (n < WAITING)	/* later, some may be dropped */
			assert_int_equal(number, n);
		n++;
		for (unsigned i = 0; more && i < 2; i++)
			send_number(w, sent++);
	}
	return n;
}

static void what_waits_is_received(void **state)
{
	struct wire w;

	(void)state;
	wire_open(&w);
	stamp(w.fd);
	send_waiting(&w);
	receiver_stop(w.receiver);
	start(&w);
	assert_int_equal(read_all(&w, false), WAITING);
	wire_close(&w);
}

/* As long as nobody has asked for stamps, the kernel makes them as datagrams are read. */
static void stamps_may_be_late(void **state)
{
	struct wire w;

	(void)state;
	wire_open(&w);
	send_waiting(&w);
	stamp(w.fd);
	receiver_stop(w.receiver);
	start(&w);
	assert_int_equal(read_all(&w, false), WAITING);
	wire_close(&w);
}

/* When the next datagram came, as the kernel says. */
static int64_t stamp_of_next(const struct wire *w)
{
	union { struct cmsghdr first; char octets[CMSG_SPACE(sizeof(struct timespec))]; } control;
	struct msghdr h = { .msg_control = &control, .msg_controllen = sizeof(control) };
	struct timespec t;

	assert_int_equal(recvmsg(w->fd, &h, MSG_DONTWAIT | MSG_TRUNC), sizeof(uint32_t));
	assert_non_null(CMSG_FIRSTHDR(&h));
	memcpy(&t, CMSG_DATA(CMSG_FIRSTHDR(&h)), sizeof(t));
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The kernel begins to stamp what comes a while after it was asked to; false: it does not. */
static bool stamps_come(const struct wire *w)
{
	enum { TRIES = 5000 };
	int64_t sent_ns;

	for (unsigned i = 0; i < TRIES; i++) {
		send_number(w, i);
		poll(&(struct pollfd){ .fd = w->fd, .events = POLLIN }, 1, -1);
		sent_ns = nf_clock_ns(CLOCK_REALTIME);
		if (stamp_of_next(w) <= sent_ns)
			return true;
		poll(NULL, 0, 1);
	}
	return false;
}

static void what_comes_later_is_left(void **state)
{
	struct wire w;

	(void)state;
	wire_open(&w);
	stamp(w.fd);
	if (stamps_come(&w)) {
		receiver_stop(w.receiver);
		send_waiting(&w);
		start(&w);
		assert_in_range(read_all(&w, false), 0, WAITING / 2);
	}
	wire_close(&w);
}

static void it_ends_while_more_comes(void **state)
{
	(void)state;
	for (int stamped = 0; stamped < 2; stamped++) {
		struct wire w;
		uint32_t n;

		wire_open(&w);
		if (stamped)
			stamp(w.fd);
		send_waiting(&w);
		receiver_stop(w.receiver);
		start(&w);
		n = read_all(&w, true);
		if (n < WAITING || n >= MOST)
			fail_msg("stamped %d: %u", stamped, n);
		wire_close(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamps_may_be_late),	/* before there is a stamp */
		cmocka_unit_test(what_waits_is_received),
		cmocka_unit_test(what_comes_later_is_left),
		cmocka_unit_test(it_ends_while_more_comes),
	};

	return cmocka_run_group_tests_name("receiver", tests, NULL, NULL);
}
