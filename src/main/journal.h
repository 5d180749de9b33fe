/*
 * --debug: what a collector does, a line on standard error each, with the time (UTC) and a level.
 *
 *	2026-11-22T11:14:12.123456Z debug 192.0.2.1:5000 > 192.0.2.9:2055: 1400 octets (UDP)
 *	2026-11-22T11:14:12.123471Z info 192.0.2.1:5000 v9 domain 0: template 256 learned, 18 fields
 *	2026-11-22T11:14:12.123480Z info 192.0.2.1:5000 v9 domain 0: set 257 held, 84 octets ...
 */
#ifndef MAIN_JOURNAL_H
#define MAIN_JOURNAL_H

#include "base/datagram.h"
#include "capture/events.h"
#include "main/report.h"
#include "track/tracker.h"

struct journal {
	struct report *report;		/* whose output is brought up to date before each line */
};

void journal_datagram(const struct journal *j, const struct nf_datagram *d);
void journal_refused(const struct journal *j, const struct nf_datagram *d, enum nf_refusal why);
void journal_event(const struct journal *j, const struct capture_event *e);

/* "info TEXT". */
void journal_note(const struct journal *j, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Hooks of struct nf_tracker_watch; CTX is the journal. */
void journal_lesson(void *ctx, const struct nf_session *session, uint16_t version,
		    uint32_t domain, const struct nf_template *t, enum nf_lesson what);
void journal_holding(void *ctx, const struct nf_late *late, enum nf_holding what);

#endif
