#include <config.h>

#include "out/ring.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

struct worker {
	struct ring *ring;
	pthread_t thread;
	unsigned who;
};

/*
 * Jobs are counted from 0 and never again; job I lies in place I % N:
 *
 *	0 .. taken .. claimed .. put
 *
 * Those before `claimed` are done, or somebody is at them.
 */
struct ring {
	const struct ring_ops *ops;
	void *ctx;
	char *jobs;
	size_t n, size;
	pthread_mutex_t lock;			/* of all that follows */
	pthread_cond_t more, done;
	uint64_t put, claimed, taken;
	bool ending;
	bool *finished;				/* by place */
	unsigned nworkers;
	struct worker workers[];
};

static void *job_at(struct ring *r, uint64_t i)
{
	return r->jobs + i % r->n * r->size;
}

/* Do the next job that nobody is at.  The lock is held, but not meanwhile. */
static void work(struct ring *r, unsigned who)
{
	uint64_t i = r->claimed++;

	pthread_mutex_unlock(&r->lock);
	r->ops->work(r->ctx, who, job_at(r, i));
	pthread_mutex_lock(&r->lock);
	r->finished[i % r->n] = true;
}

static void *worker(void *arg)
{
	struct worker *w = arg;
	struct ring *r = w->ring;

	pthread_mutex_lock(&r->lock);
	for (;;) {
		while (r->claimed == r->put && !r->ending)
			pthread_cond_wait(&r->more, &r->lock);
		if (r->ending)
			break;
		work(r, w->who);
		pthread_cond_signal(&r->done);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* Signals go to the thread that the program began with. */
static void start(struct ring *r, unsigned threads)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (r->nworkers + 1 < threads) {
		struct worker *w = &r->workers[r->nworkers];

		*w = (struct worker){ .ring = r, .who = r->nworkers + 1 };
		if (pthread_create(&w->thread, NULL, worker, w) != 0)
			break;
		r->nworkers++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct ring *ring_new(const struct ring_ops *ops, void *ctx, unsigned threads, void *jobs,
		      size_t n, size_t size)
{
	struct ring *r = nf_zalloc(sizeof(*r) + threads * sizeof(r->workers[0]));

	if (r == NULL)
		return NULL;
	r->finished = nf_zalloc(n * sizeof(*r->finished));
	if (r->finished == NULL) {
		nf_free(r);
		return NULL;
	}
	r->ops = ops;
	r->ctx = ctx;
	r->jobs = jobs;
	r->n = n;
	r->size = size;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->more, NULL);
	pthread_cond_init(&r->done, NULL);
	start(r, threads);
	return r;
}

void ring_free(struct ring *r)
{
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->lock);
	r->ending = true;
	pthread_cond_broadcast(&r->more);
	pthread_mutex_unlock(&r->lock);
	for (unsigned i = 0; i < r->nworkers; i++)
		pthread_join(r->workers[i].thread, NULL);
	pthread_cond_destroy(&r->done);
	pthread_cond_destroy(&r->more);
	pthread_mutex_destroy(&r->lock);
	nf_free(r->finished);
	nf_free(r);
}

/* Take what is done and has its turn.  The lock is held, but not while something is taken. */
static void take(struct ring *r)
{
	while (r->taken < r->claimed && r->finished[r->taken % r->n]) {
		uint64_t i = r->taken;

		pthread_mutex_unlock(&r->lock);
		r->ops->take(r->ctx, job_at(r, i));
		pthread_mutex_lock(&r->lock);
		r->finished[i % r->n] = false;
		r->taken++;
	}
}

/* Until at most MOST jobs are put and not taken. */
static void reduce(struct ring *r, size_t most)
{
	for (;;) {
		take(r);
		if (r->put - r->taken <= most)
			break;
		if (r->claimed < r->put)
			work(r, 0);
		else
			pthread_cond_wait(&r->done, &r->lock);
	}
}

void *ring_next(struct ring *r)
{
	void *job;

	pthread_mutex_lock(&r->lock);
	reduce(r, r->n - 1);
	job = job_at(r, r->put);
	pthread_mutex_unlock(&r->lock);
	return job;
}

void ring_put(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	r->put++;
	pthread_cond_signal(&r->more);
	pthread_mutex_unlock(&r->lock);
}

void ring_drain(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	reduce(r, 0);
	pthread_mutex_unlock(&r->lock);
}
