/*
 * One message as a tree in memory, for those who move around in it: the lines of -o detail,
 * written by the code of that format (detail.c), each with the octets that it stands for.
 *
 *	struct dissection *d = dissection_new(&opts, registry);
 *
 *	nf_tracker_view(tracker, &datagram, offset, &view, dissection_sink(d));
 *	dissection_make(d, &view)
 *	for (uint32_t i = 0; i < dissection_count(d); i++)
 *		... dissection_node(d, i), dissection_text(d, i) ...
 *	dissection_free(d);
 *
 * Nodes stand in the order of their lines; the children of node I are among those behind it, up
 * to its end.  Offsets count from the first octet of the message.  The own octets of all nodes
 * partition it, and what trails behind the last message of a datagram: they ascend, and each
 * octet belongs to one node.
 *
 * What is made lasts until the next dissection_make; memory is used again.  The octets are a
 * copy; layouts, elements and versions are the tracker's and the registry's.
 */
#ifndef OUT_DISSECTION_H
#define OUT_DISSECTION_H

#include "out/out.h"

#define DISSECTION_NONE	UINT32_MAX	/* no node, no record */

enum dissection_kind {
	DISSECTION_MESSAGE,		/* frame, time, endpoints: the root, above all others */
	DISSECTION_NOTE,		/* what is to be said of the message, without octets */
	DISSECTION_HEADER,		/* of the message; its fields are below */
	DISSECTION_SET,			/* own octets: the set header */
	DISSECTION_TEMPLATE,		/* own octets: what stands before the specifiers */
	DISSECTION_SPECIFIER,
	DISSECTION_RECORD,
	DISSECTION_FIELD,		/* own octets: length prefix and value */
	DISSECTION_LIST,		/* of RFC 6313; own octets: prefix and head */
	DISSECTION_BLOCK,		/* of records in a list, of one template */
	DISSECTION_PADDING,
	DISSECTION_TRAILING,		/* octets behind the last set or record */
	DISSECTION_MALFORMED,
	DISSECTION_UNDECODED,		/* the body of a set, or of a block, without a layout */
	DISSECTION_PROBLEM,		/* below what it concerns */
	DISSECTION_KINDS
};

struct dissection_node {
	uint8_t kind;			/* enum dissection_kind */
	uint8_t depth;			/* 0: the root */
	uint8_t severity;		/* PROBLEM: enum nf_severity */
	uint8_t value_kind;		/* FIELD, LIST: enum nf_kind */
	uint8_t prefix;			/* octets of the length prefix: the first own ones */
	uint8_t first_bit, nbits;	/* FIELD: see nf_fielddef */
	uint16_t id;			/* of the set; TEMPLATE, BLOCK: of the template */
	struct nf_span own;		/* of length 0: none, at the place where it stands */
	/*
	 * To be highlighted: the own octets and those of all nodes below, but problems; of a
	 * problem and of a field that shares the octets of others, those that it is about.
	 */
	struct nf_span whole;
	uint32_t parent;		/* DISSECTION_NONE: the root */
	uint32_t end;			/* behind the last node below it */
	/*
	 * RECORD and what is below: which one of the message it is, 0, 1 ..; records of options
	 * count, those in lists do not, they are parts of the one around.
	 */
	uint32_t record;
	uint32_t text, text_len;	/* see dissection_text */
	/* FIELD, LIST, SPECIFIER: the element (NULL where memory was out); else NULL */
	const struct nf_ie *ie;
	/* what records here are read with; NULL: built in, or nothing */
	const struct nf_version *version;
};

struct dissection;

/* Of OPTS files and bpf count.  REGISTRY and files are borrowed.  NULL if memory is out. */
struct dissection *dissection_new(const struct out_opts *opts, struct nf_registry *registry);
void dissection_free(struct dissection *d);

/* For the problems of the message that is made next: hand it to whoever makes the view. */
const struct nf_sink *dissection_sink(struct dissection *d);

/* False where memory is out: there are no nodes then. */
bool dissection_make(struct dissection *d, const struct nf_view *v);

uint32_t dissection_count(const struct dissection *d);
const struct dissection_node *dissection_node(const struct dissection *d, uint32_t i);

/* One line, without indentation, newline and colour. */
struct nf_bytes dissection_text(const struct dissection *d, uint32_t i);

/* The octets that spans are of: the message, and what trails behind it. */
struct nf_bytes dissection_octets(const struct dissection *d);

/* The node that octet OFFSET is an own one of; DISSECTION_NONE behind the last. */
uint32_t dissection_at(const struct dissection *d, uint32_t offset);

/* The node of record N of the message, DISSECTION_NONE where there is none. */
uint32_t dissection_record(const struct dissection *d, uint32_t n);

/* The same of flow record N alone, options records left out; and which of these RECORD is. */
uint32_t dissection_flow(const struct dissection *d, uint32_t n);
uint32_t dissection_flow_of(const struct dissection *d, uint32_t record);

/*
 * Append a display filter that holds for the record, or the message, that node I is in: "name ==
 * value", or the name alone where a value cannot be compared; of what stands in a list, the
 * list's name.  False, and nothing, where there is no such filter, or memory is out.
 */
bool dissection_filter(struct nf_strbuf *s, struct dissection *d, uint32_t i);

#endif
