/*
 * What records use by a number and options describe: samplers, applications, templates, elements.
 *
 * A table of a group's, in its state: begins zeroed, owns nothing.  Bounded: a table has at most
 * CHECK_IDS entries, all tables of a checker together 64 times as many; a table that found no
 * room is `full`, and nothing can be said of what is not in it.
 */
#ifndef CHECK_IDS_H
#define CHECK_IDS_H

#include "check/rules.h"

enum { CHECK_IDS = 1024, CHECK_ID_VALUES = 4 };

struct check_id {
	uint64_t key[2];
	struct check_id *next;		/* in the order in which they came */
	/* All that follows is the group's. */
	const struct check_stream *stream;
	struct check_place place;
	uint64_t v[CHECK_ID_VALUES];
	void *data;
	uint16_t tmpl;
	uint8_t flags;
};

struct check_ids {
	struct check_id **slots, *first, *last, *recent;
	uint32_t n, mask;
	bool full;
};

/* NULL if there is none. */
struct check_id *check_ids_find(struct check_ids *ids, uint64_t a, uint64_t b);

/* Made if there is none; NULL where there is no room. */
struct check_id *check_ids_get(struct check *c, struct check_ids *ids, uint64_t a, uint64_t b);

/* -- What is read of options ---------------------------------------------------------- */

/* The unsigned integer in field I of REC.  False where there is none of up to 64 bits. */
bool check_uint(const struct nf_rec *rec, unsigned i, uint64_t *v);

/* The octets of a record's scope fields, which stand first. */
struct nf_bytes check_scope(const struct nf_rec *rec);

/* How an options template has IANA's element ID. */
enum check_as { CHECK_AS_NONE, CHECK_AS_FIELD, CHECK_AS_SCOPE };
enum check_as check_template_has(const struct nf_template *t, uint16_t id);

/* The same of a layout; a field of two that are there counts as a scope field. */
enum check_as check_layout_has(const struct nf_layout *layout, uint16_t id);

/* Did the capture see so much of S that what it lacks was not sent within a template's life? */
bool check_seen_long(const struct check *c, const struct check_stream *s);

/* Appends NAME to the list in TEXT, which begins empty; what finds no room is left out. */
enum { CHECK_NAMES = 160 };
void check_name_too(char text[CHECK_NAMES], const char *name);

#endif
