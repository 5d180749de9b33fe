#include <config.h>

#include "capture/queue.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

enum {
	SLOTS_MIN = 256,
	TAKE = 256,		/* slots at a time: the lock is asked for so much more seldom */
};

/* Slots are numbered as they are filled; slot I stands at I modulo the slots that there are. */
struct queue {
	uint8_t *memory;
	size_t nslots, max;
	int fd;
	/* Of the reader alone. */
	uint64_t at;		/* what is read next */
	size_t left, read;	/* slots from there that are his; those before it to give back */
	/* Of both, under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t changed;	/* for who fills it: room, rest, end */
	uint64_t head, tail;	/* filled up to here; given back up to here */
	size_t large;		/* octets of long datagrams */
	bool idle, ended, waits_for_room;
	struct queue_counts counts;
};

static struct queue_slot *slot_at(const struct queue *q, uint64_t i)
{
	return (struct queue_slot *)(void *)(q->memory + i % q->nslots * QUEUE_SLOT);
}

static int open_lock(struct queue *q)
{
	pthread_condattr_t attr;
	int failed;

	if (pthread_mutex_init(&q->lock, NULL) != 0)
		return -1;
	failed = pthread_condattr_init(&attr);
	if (failed == 0) {
		pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
		failed = pthread_cond_init(&q->changed, &attr);
		pthread_condattr_destroy(&attr);
	}
	if (failed != 0)
		pthread_mutex_destroy(&q->lock);
	return failed != 0 ? -1 : 0;
}

struct queue *queue_new(size_t max, struct nf_err *err)
{
	struct queue *q = nf_zalloc(sizeof(*q));

	if (q == NULL) {
		nf_err_memory(err);
		return NULL;
	}
	q->nslots = max / QUEUE_SLOT > SLOTS_MIN ? max / QUEUE_SLOT : SLOTS_MIN;
	q->max = q->nslots * QUEUE_SLOT;
	/* Pages come as they are touched. */
	q->memory = mmap(NULL, q->max, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (q->memory != MAP_FAILED && q->fd >= 0 && open_lock(q) == 0)
		return q;
	if (q->memory != MAP_FAILED)
		munmap(q->memory, q->max);
	if (q->fd >= 0)
		close(q->fd);
	nf_free(q);
	nf_err_memory(err);
	return NULL;
}

void queue_free(struct queue *q)
{
	if (q == NULL)
		return;
	for (uint64_t i = q->tail; i < q->head; i++)
		nf_free(slot_at(q, i)->large);
	pthread_cond_destroy(&q->changed);
	pthread_mutex_destroy(&q->lock);
	munmap(q->memory, q->max);
	close(q->fd);
	nf_free(q);
}

/* -- Who fills it ----------------------------------------------------------------------- */

static size_t room(const struct queue *q)
{
	size_t used = (size_t)(q->head - q->tail) * QUEUE_SLOT + q->large;

	return used < q->max ? (q->max - used) / QUEUE_SLOT : 0;
}

size_t queue_room(struct queue *q, size_t most, struct queue_slot **first)
{
	size_t n, behind;

	pthread_mutex_lock(&q->lock);
	n = room(q);
	if (n == q->nslots)
		q->head = q->tail = 0;
	behind = q->nslots - q->head % q->nslots;
	*first = slot_at(q, q->head);
	pthread_mutex_unlock(&q->lock);
	if (n > most)
		n = most;
	return n < behind ? n : behind;
}

struct queue_slot *queue_slot(struct queue_slot *first, size_t i)
{
	return (struct queue_slot *)(void *)((uint8_t *)first + i * QUEUE_SLOT);
}

bool queue_large(struct queue *q, struct queue_slot *slot)
{
	bool fits;

	pthread_mutex_lock(&q->lock);
	fits = room(q) * QUEUE_SLOT > slot->n;
	if (fits)
		slot->large = nf_alloc(slot->n);
	if (slot->large != NULL) {
		q->large += slot->n;
	} else {
		q->counts.dropped++;
		q->counts.dropped_full++;
	}
	pthread_mutex_unlock(&q->lock);
	return slot->large != NULL;
}

/* The reader waits: he is told once. */
static void wake(struct queue *q)
{
	static const uint64_t one = 1;

	if (q->idle && write(q->fd, &one, sizeof(one)) == sizeof(one))
		q->idle = false;
}

void queue_put(struct queue *q, size_t n)
{
	pthread_mutex_lock(&q->lock);
	q->head += n;
	wake(q);
	pthread_mutex_unlock(&q->lock);
}

static struct timespec in_usec(unsigned usec)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += (long)usec * 1000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}

bool queue_rest(struct queue *q, unsigned usec)
{
	const struct timespec until = in_usec(usec);
	bool idle;

	pthread_mutex_lock(&q->lock);
	pthread_cond_timedwait(&q->changed, &q->lock, &until);
	idle = q->idle;
	pthread_mutex_unlock(&q->lock);
	return idle;
}

void queue_wait_room(struct queue *q, const atomic_bool *give_up)
{
	pthread_mutex_lock(&q->lock);
	q->counts.full++;
	q->waits_for_room = true;
	while (room(q) == 0 && !*give_up)
		pthread_cond_wait(&q->changed, &q->lock);
	q->waits_for_room = false;
	pthread_mutex_unlock(&q->lock);
}

void queue_stir(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	pthread_cond_signal(&q->changed);
	pthread_mutex_unlock(&q->lock);
}

void queue_dropped(struct queue *q, uint64_t n, bool full)
{
	pthread_mutex_lock(&q->lock);
	q->counts.dropped += n;
	q->counts.dropped_full += full ? n : 0;
	pthread_mutex_unlock(&q->lock);
}

void queue_end(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->ended = true;
	wake(q);
	pthread_mutex_unlock(&q->lock);
}

/* -- Who reads it ----------------------------------------------------------------------- */

/* Give back what was read, and take more. */
static void take(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	for (; q->read > 0; q->read--) {
		struct queue_slot *slot = slot_at(q, q->tail++);

		if (slot->large != NULL) {
			q->large -= slot->n;
			nf_free(slot->large);
		}
	}
	if (q->waits_for_room)
		pthread_cond_signal(&q->changed);
	q->at = q->tail;	/* where it was emptied, it may have begun again */
	q->left = q->head - q->tail < TAKE ? (size_t)(q->head - q->tail) : TAKE;
	pthread_mutex_unlock(&q->lock);
}

const struct queue_slot *queue_next(struct queue *q)
{
	const struct queue_slot *slot;

	do {
		if (q->left == 0)
			take(q);
		if (q->left == 0)
			return NULL;
		slot = slot_at(q, q->at++);
		q->left--;
		q->read++;
	} while (slot->lost);
	return slot;
}

bool queue_idle(struct queue *q)
{
	uint64_t times;
	bool idle;

	pthread_mutex_lock(&q->lock);
	idle = q->head == q->tail && !q->ended;
	if (idle && read(q->fd, &times, sizeof(times)) < 0)
		times = 0;	/* nothing was written since it waited last */
	q->idle = idle;
	pthread_mutex_unlock(&q->lock);
	return idle;
}

int queue_fd(const struct queue *q)
{
	return q->fd;
}

bool queue_ended(struct queue *q)
{
	bool ended;

	pthread_mutex_lock(&q->lock);
	ended = q->ended && q->head == q->tail;
	pthread_mutex_unlock(&q->lock);
	return ended;
}

struct queue_counts queue_counts(struct queue *q)
{
	struct queue_counts counts;

	pthread_mutex_lock(&q->lock);
	counts = q->counts;
	pthread_mutex_unlock(&q->lock);
	return counts;
}
