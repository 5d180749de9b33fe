/*
 * A capture of chosen messages that decodes by itself: with the templates that they need before
 * them, and the options data that say what their values mean.
 *
 *	struct slice *slice = slice_new(tracker);
 *
 *	for all messages, in order:	slice_note(slice, &view, chosen);
 *	record = record_open(file, name, &(struct record_opts){ .coarse = slice_coarse(slice) });
 *	for all datagrams, in order:	if (slice_wants(slice, d.ordinal))
 *						slice_write(slice, record, &d, &err);
 *
 * A datagram of which a message was chosen is written whole, with its addresses and stamp; where it
 * is flow export only for what its session sends besides, so is the first one of the session that
 * is so by itself.  Before it stand, each as a message of its own from the same session, the
 * definitions that its data sets are read with and that are not in force there in what was written:
 * whether they came before, later, in another session or from another capture (--templates); the
 * latter two, over UDP, from a session of the exporter that there is not, port 0.  What was
 * withdrawn is withdrawn again; what has no template stays without one.  Of the other datagrams of
 * exporters that have a chosen one, the options data sets are written where they say something new,
 * for the names and rates that are joined to flows.
 *
 * A second tracker learns from what is written, and is asked; so memory is bounded as a tracker's
 * is, with two bits a datagram and up to 24 MB for what options have said.
 */
#ifndef MODEL_SLICE_H
#define MODEL_SLICE_H

#include "capture/record.h"
#include "track/tracker.h"

struct slice;

/* TRACKER, borrowed, is that of all views; it has learned all when slice_write comes. */
struct slice *slice_new(struct nf_tracker *tracker);
void slice_free(struct slice *s);

/* Each message of the inputs; CHOSEN: its datagram is to be written.  False if memory is out. */
bool slice_note(struct slice *s, const struct nf_view *v, bool chosen);

/* True if no datagram that was chosen has a stamp finer than a microsecond. */
bool slice_coarse(const struct slice *s);

/* True if slice_write has anything to do with the datagram. */
bool slice_wants(const struct slice *s, uint64_t ordinal);

/* Write what D has, which was noted.  -1 and *ERR where that fails. */
int slice_write(struct slice *s, struct record *r, const struct nf_datagram *d,
		struct nf_err *err);

struct slice_counts {
	uint64_t datagrams;		/* that were chosen */
	uint64_t definitions;		/* of templates put before them */
	uint64_t options;		/* datagrams made of others' options data */
	uint64_t otherwise;		/* sets of them that what was written decodes otherwise */
	uint64_t too_long;		/* datagrams that no frame can hold: see record_datagram */
};
const struct slice_counts *slice_counts(const struct slice *s);

#endif
