/*
 * Type records (RFC 5610 section 3.9): options that say what an exporter's own elements are
 * called and of which type they are.
 */
#include <config.h>

#include "track/internal.h"

enum {
	IE_ID = 303,			/* informationElementId */
	IE_DATA_TYPE = 339,
	IE_NAME = 341,
	IE_SEMANTICS = 344,
	IE_UNITS = 345,
	IE_PEN = 346,			/* privateEnterpriseNumber */
	NAME_MAX_LEN = 127,
};

struct type_record {
	uint64_t pen, id, type, semantics, units;
	struct nf_bytes name;
};

static void read_field(struct type_record *r, const struct nf_field *f)
{
	uint64_t v = f->value.n <= 8 ? nf_ben(f->value.p, f->value.n) : UINT64_MAX;

	if (f->def->ie->pen != NF_PEN_IANA)
		return;
	switch (f->def->ie->id) {
	case IE_ID:		r->id = v; break;
	case IE_DATA_TYPE:	r->type = v; break;
	case IE_NAME:		r->name = f->value; break;
	case IE_SEMANTICS:	r->semantics = v; break;
	case IE_UNITS:		r->units = v; break;
	case IE_PEN:		r->pen = v; break;
	}
}

/* A name that filters and JSON can bear: letters, digits, '_', '-' and '.'; NULs behind it. */
static bool read_name(char name[NAME_MAX_LEN + 1], struct nf_bytes from)
{
	size_t n = from.n;

	while (n > 0 && from.p[n - 1] == 0)
		n--;
	if (n == 0 || n > NAME_MAX_LEN)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = from.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
		      (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '.'))
			return false;
	}
	memcpy(name, from.p, n);
	name[n] = '\0';
	return true;
}

static void define(struct nf_tracker *t, const struct type_record *r)
{
	char name[NAME_MAX_LEN + 1];
	uint16_t id = (uint16_t)(r->id & 0x7fff);	/* section 3.8: no enterprise bit */
	struct nf_ie ie = {
		.pen = (uint32_t)r->pen,
		.id = id,
		.type = (uint8_t)r->type,
		.semantics = r->semantics <= NF_SEM_SNMP_GAUGE ? (uint8_t)r->semantics : 0,
		.role = NF_ROLE_NONE,
		.known = true,
		.name = name,
	};

	if (r->pen >= NF_PEN_FIXED || r->pen == NF_PEN_REVERSE || r->id > UINT16_MAX ||
	    r->type >= NF_TYPES || !read_name(name, r->name))
		return;
	if (r->units <= UINT16_MAX)
		ie.units = nf_units_name((uint16_t)r->units);
	nf_registry_define(t->registry, &ie, NF_FROM_CAPTURE);
	t->store.definitions.generation = nf_registry_generation(t->registry);
}

void nf_types_learn(struct nf_tracker *t, const struct nf_msg *m, const struct nf_set *set,
		    const struct nf_entry *e)
{
	const struct nf_layout *layout = e->version.layout;
	struct nf_scratch scratch;
	struct nf_recs recs;
	struct nf_rec rec;

	if (t->words == NULL)
		t->words = nf_alloc(NF_SCRATCH_WORDS * sizeof(*t->words));
	if (t->words == NULL)
		return;
	scratch = (struct nf_scratch){ .words = t->words, .n = NF_SCRATCH_WORDS };
	nf_recs_open(&recs, m, set, layout, scratch, NULL);
	while (nf_rec_next(&recs, &rec)) {
		struct type_record r = { .type = NF_TYPES };

		for (unsigned i = 0; i < layout->nfields; i++) {
			struct nf_field f = nf_field(&rec, i);

			read_field(&r, &f);
		}
		define(t, &r);
	}
}
