/*
 * What `nfpcap verify` shows: text, JSON lines, JUnit XML.
 *
 *	struct verifylist l = { .o = o, .verify = verify, .meter = meter };
 *
 *	verifylist_show(&l, "text");
 *	... write o->text ...
 */
#ifndef OUT_VERIFYLIST_H
#define OUT_VERIFYLIST_H

#include "model/verify.h"
#include "out/out.h"

struct verifylist {
	struct out *o;
	const struct verify *verify;
	const struct meter *meter;
	const char *const *traffic;	/* the files that were metered */
	size_t ntraffic;
	bool quiet;			/* text: the verdict alone */
	bool filtered;			/* not all records were to be judged */
	bool no_records, no_traffic;	/* nothing was compared, for this reason */
	bool allow_empty;		/* that is no failure */
};

void verifylist_show(const struct verifylist *l, const char *format);

/* A format of out.h that shows no messages. */
extern const struct out_ops verifylist_out;

/* -- What formats share ---------------------------------------------------------------- */

void verifylist_text(const struct verifylist *l);
void verifylist_json(const struct verifylist *l);
void verifylist_junit(const struct verifylist *l);

/* "192.0.2.1 domain 7 (v9)" */
void verifylist_who(struct nf_strbuf *s, const struct verify_exporter *x);

/* "clock 3.2 s behind the traffic's"; nothing where it is not known. */
void verifylist_clock(struct nf_strbuf *s, const struct verify_exporter *x);

/* "tcp 192.0.2.1:1234 > 192.0.2.2:80", "icmp 192.0.2.1 > 192.0.2.2 type 8 code 0" */
void verifylist_key(struct nf_strbuf *s, const struct meter_key *key);

/* "13 packets found, 14 wanted (traffic frame 3, export frame 7)" */
void verifylist_flow(struct nf_strbuf *s, const struct verify_flow *f);

/* "1 exporter: 2 faults, 1 note; 25 of 30 flows exact"; or why there is none. */
void verifylist_verdict(struct nf_strbuf *s, const struct verifylist *l);

const char *verifylist_weight(enum verify_weight weight);	/* "fault" */

/* "2.5 s", "350 ms", "4 min 10 s": to what matters. */
void verifylist_time(struct nf_strbuf *s, int64_t ns);

/* The items of exporter I begin at *AT; NULL behind the last one. */
const struct verify_item *verifylist_item(const struct verifylist *l, size_t exporter, size_t *at);

#endif
