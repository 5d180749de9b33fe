/*
 * The oracle of the wire layer: what must hold of any octets, good or bad.  Property tests
 * and fuzz targets feed payloads; templates are learned as they come, by id alone.
 */
#ifndef TESTS_LIB_WIRECHECK_H
#define TESTS_LIB_WIRECHECK_H

#include "base/arena.h"
#include "base/strbuf.h"
#include "wire/wire.h"

enum { WIRECHECK_LAYOUTS = 1024 };

struct wirecheck {
	struct nf_registry *registry;
	struct nf_arena arena;
	struct wirecheck_layout {
		uint16_t version, id;
		const struct nf_layout *layout;
	} layouts[WIRECHECK_LAYOUTS];	/* the newest of each version and id */
	unsigned nlayouts;
	uint16_t version;		/* of the message at hand */
	uint16_t words[NF_SCRATCH_WORDS];
	struct nf_strbuf text;		/* everything formatted */
	const char *fault;		/* what does not hold, or NULL */
	size_t octets;			/* of the message at hand, for what it is checked against */
	unsigned messages, records, templates, problems;	/* met so far */
};

/* NULL if memory is out. */
struct wirecheck *wirecheck_new(void);
void wirecheck_free(struct wirecheck *wc);

/* Learn the templates of M, and answer for those learned so far. */
void wirecheck_learn(struct wirecheck *wc, const struct nf_msg *m);
struct nf_resolver wirecheck_resolver(struct wirecheck *wc);

/*
 * Check all messages of PAYLOAD, of which WIRE_LEN octets were sent; its templates are learned
 * first.  NULL where everything holds, else what does not.
 */
const char *wirecheck_payload(struct wirecheck *wc, struct nf_bytes payload, uint32_t wire_len);

#endif
