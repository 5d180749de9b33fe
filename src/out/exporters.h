/*
 * What `nfpcap exporters` shows: a tree in text, or an object each in JSON.
 */
#ifndef OUT_EXPORTERS_H
#define OUT_EXPORTERS_H

#include "base/strbuf.h"
#include "model/exporters.h"

struct exporters_view {
	const struct exporters *exporters;	/* settled, but for so_far */
	const char *const *files;
	size_t nfiles;
	uint64_t drops;			/* packets that the capturing machine dropped */
	/* Called between lines: what stands in the text may be taken.  False: no more is wanted. */
	bool (*step)(void *ctx);	/* or NULL */
	void *ctx;
	unsigned width;			/* text: columns; 0: lines may be as long as they are */
	bool so_far;			/* not settled: of sequences nothing can be said */
	bool all;			/* text: more than 16 sessions of an exporter, too */
};

static inline bool exporters_step(const struct exporters_view *v)
{
	return v->step == NULL || v->step(v->ctx);
}

void exporters_text(struct nf_strbuf *s, const struct exporters_view *v);
void exporters_json(struct nf_strbuf *s, const struct exporters_view *v);

/* -- Parts of the text ------------------------------------------------------------------- */

/* "10.0.0.1", "udp :2055 > 10.0.0.9:9995", "ipfix domain 7": as the rows of the tree begin. */
void exporters_name(struct nf_strbuf *s, const struct exporters_exporter *e);
void exporters_session_name(struct nf_strbuf *s, const struct nf_session *session);
void exporters_domain_name(struct nf_strbuf *s, const struct exporters_domain *d);

/* The lines below the row of a domain; see out/facts.h. */
void exporters_facts(struct nf_strbuf *s, const struct exporters_view *v,
		     const struct exporters_domain *d);

/* What is to be said of all of it, an empty line before each. */
void exporters_notes(struct nf_strbuf *s, const struct exporters_view *v);

#endif
