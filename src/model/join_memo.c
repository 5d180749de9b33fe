/*
 * Answers that were given are kept: the records of a message ask for the same few interfaces again
 * and again.  A memo is that of its question's hash; whatever the tables learn that may change
 * answers makes all memos void.
 */
#include <config.h>

#include "model/join_table.h"

/*
 *	key[0]	the exporter: who it is to the tables
 *	key[1]	slot (16 bits), length of the key (8), version (8), domain (32)
 *	key[2], key[3]	the key's octets
 * Questions with longer keys are not kept.
 */
enum { KEY_MAX = 16 };

static inline uint64_t load(const uint8_t *p, size_t n)
{
	switch (n) {
	case 0: return 0;
	case 1: return *p;
	case 2: return nf_be16(p);
	case 4: return nf_be32(p);
	case 8: return nf_be64(p);
	default: return nf_ben(p, n);
	}
}

static inline bool question(struct join *j, const struct join_question *q, uint64_t key[4])
{
	const struct nf_msg *m = q->at->msg;
	struct nf_bytes b = q->key;

	if (b.n > KEY_MAX)
		return false;
	join_asker(j, q->at);
	key[0] = (uint64_t)(uintptr_t)j->asker.exporter;
	key[1] = (uint64_t)q->slot << 48 | (uint64_t)b.n << 40 |
		 (uint64_t)(m->version & 0xff) << 32 | m->domain;
	key[2] = load(b.p, b.n < 8 ? b.n : 8);
	key[3] = b.n > 8 ? load(b.p + 8, b.n - 8) : 0;
	return true;
}

/* The first of the memos that may be that of KEY. */
static inline struct join_memo *memos(struct join *j, const uint64_t key[4])
{
	uint64_t h = (key[0] >> 4) + key[1] * 0x9e3779b97f4a7c15u +
		     (key[2] + key[3]) * 0xbf58476d1ce4e5b9u;

	h = (h ^ h >> 29) * 0x94d049bb133111ebu >> (64 - JOIN_MEMO_BITS);
	return &j->memos[h * JOIN_MEMO_WAYS];
}

static inline bool holds(const struct join *j, const struct join_memo *m, const uint64_t key[4],
			 uint64_t position)
{
	return m->key[0] == key[0] && m->key[1] == key[1] && m->key[2] == key[2] &&
	       m->key[3] == key[3] && m->generation == j->generation &&
	       position >= m->span.from && position <= m->span.until;
}

bool join_recall(struct join *j, const struct join_question *q, struct join_answer *a,
		 bool *found)
{
	const struct join_memo *m;
	uint64_t key[4], position;

	if (!question(j, q, key))
		return false;
	m = memos(j, key);
	position = join_position_of(q->at);
	for (unsigned way = 0; way < JOIN_MEMO_WAYS; way++, m++) {
		if (!holds(j, m, key, position))
			continue;
		*found = m->found;
		j->span = m->span;
		if (m->found)
			*a = m->answer;
		return true;
	}
	return false;
}

void join_ponder(struct join *j)
{
	j->span = (struct join_span){ 0, UINT64_MAX };
}

void join_keep(struct join *j, const struct join_question *q, const struct join_answer *a,
	       bool found)
{
	struct join_memo *m;
	uint64_t key[4];

	if (!question(j, q, key))
		return;
	m = memos(j, key);
	memmove(m + 1, m, (JOIN_MEMO_WAYS - 1) * sizeof(*m));
	memcpy(m->key, key, sizeof(m->key));
	m->generation = j->generation;
	m->span = j->span;
	m->found = found;
	if (found)
		m->answer = *a;
}
