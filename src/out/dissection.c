#include <config.h>

#include "out/dissection.h"

#include "base/mem.h"
#include "model/filter.h"
#include "out/detail.h"

/* A line is at most so deep: a set's record's lists, three steps each, and a problem. */
enum { DEPTH = 4 + 3 * NF_LIST_DEPTH + 4 };

struct dissection {
	struct detail_recorder recorder;
	struct out *out;
	struct dissection_node *v;
	size_t n, cap;
	uint32_t at;			/* behind the own octets so far */
	uint32_t open[DEPTH];		/* the last node and those above it, by depth */
	unsigned nopen;
	uint8_t *octets;
	size_t noctets, octets_cap;
	struct nf_msg msg;		/* bytes are those of octets */
	uint32_t offset;		/* of the message in its payload */
	struct filter_names *names;	/* made when first asked for */
	uint32_t generation;		/* of the registry, then */
};

/* -- Making it ------------------------------------------------------------------------ */

static struct nf_span over(struct nf_span a, struct nf_span b)
{
	uint32_t end = a.off + a.len;

	if (b.len == 0)
		return a;
	if (a.len == 0)
		return b;
	if (b.off + b.len > end)
		end = b.off + b.len;
	return nf_span_of(a.off < b.off ? a.off : b.off, end - (a.off < b.off ? a.off : b.off));
}

/* Close the nodes that are not above one of DEPTH. */
static void close_to(struct dissection *d, unsigned depth)
{
	while (d->nopen > 0 && d->v[d->open[d->nopen - 1]].depth >= depth) {
		struct dissection_node *node = &d->v[d->open[--d->nopen]];

		node->end = (uint32_t)d->n;
		if (d->nopen > 0 && node->kind != DISSECTION_PROBLEM) {
			struct dissection_node *parent = &d->v[d->open[d->nopen - 1]];

			parent->whole = over(parent->whole, node->whole);
		}
	}
}

static void add(struct detail_recorder *r, const struct dissection_node *line)
{
	struct dissection *d = (struct dissection *)r;
	struct dissection_node *node;
	void *v = d->v;

	if (!nf_grow(&v, &d->cap, d->n + 1, sizeof(*d->v))) {
		d->out->failed = true;
		return;
	}
	d->v = v;
	close_to(d, line->depth);
	node = &d->v[d->n];
	*node = *line;
	if (node->own.len == 0)
		node->own.off = d->at;
	else
		d->at = node->own.off + node->own.len;
	if (node->whole.len == 0)
		node->whole = node->own;
	node->parent = d->nopen > 0 ? d->open[d->nopen - 1] : DISSECTION_NONE;
	if (d->nopen < DEPTH)
		d->open[d->nopen++] = (uint32_t)d->n;
	node->end = (uint32_t)++d->n;
}

static void message(struct out *o, const struct nf_view *v)
{
	struct dissection *d = o->own;

	detail_message(o, v, &d->recorder);
}

static const struct out_ops ops = {
	.name = "dissection",
	.texts = &detail_texts,
	.message = message,
};

struct dissection *dissection_new(const struct out_opts *opts, struct nf_registry *registry)
{
	const struct out_opts own = {
		.files = opts->files, .nfiles = opts->nfiles, .bpf = opts->bpf,
	};
	struct dissection *d = nf_zalloc(sizeof(*d));

	if (d == NULL)
		return NULL;
	d->recorder.line = add;
	d->out = out_new(&ops, &own, registry);
	if (d->out == NULL) {
		nf_free(d);
		return NULL;
	}
	d->out->own = d;
	return d;
}

void dissection_free(struct dissection *d)
{
	if (d == NULL)
		return;
	filter_names_free(d->names);
	out_free(d->out);
	nf_free(d->octets);
	nf_free(d->v);
	nf_free(d);
}

const struct nf_sink *dissection_sink(struct dissection *d)
{
	return out_sink(d->out);
}

/* The message, and what trails behind it: as much as detail shows of its datagram. */
static bool copy_octets(struct dissection *d, const struct nf_view *v)
{
	uint32_t behind = v->trailing.off - v->offset;
	size_t n = v->msg.bytes.n;
	struct nf_bytes octets;
	void *p = d->octets;

	if (v->trailing.len != 0 && behind >= n)
		n = (size_t)behind + v->trailing.len;
	octets = nf_slice(v->datagram->payload, v->offset, n);
	if (!nf_grow(&p, &d->octets_cap, octets.n + 1, 1))
		return false;
	d->octets = p;
	d->noctets = octets.n;
	if (octets.n > 0)
		memcpy(d->octets, octets.p, octets.n);
	d->msg = v->msg;
	d->msg.bytes = nf_slice((struct nf_bytes){ d->octets, d->noctets }, 0, v->msg.bytes.n);
	d->offset = v->offset;
	return true;
}

bool dissection_make(struct dissection *d, const struct nf_view *v)
{
	nf_strbuf_clear(&d->out->text);
	d->out->text.failed = d->out->problems.failed = d->out->failed = false;
	d->n = 0;
	d->nopen = 0;
	d->at = 0;
	if (copy_octets(d, v) && out_message(d->out, v)) {
		close_to(d, 0);
		return true;
	}
	d->n = 0;
	d->noctets = 0;
	return false;
}

/* -- Looking at it -------------------------------------------------------------------- */

uint32_t dissection_count(const struct dissection *d)
{
	return (uint32_t)d->n;
}

const struct dissection_node *dissection_node(const struct dissection *d, uint32_t i)
{
	return &d->v[i];
}

struct nf_bytes dissection_text(const struct dissection *d, uint32_t i)
{
	const struct dissection_node *node = &d->v[i];

	return (struct nf_bytes){ (const uint8_t *)d->out->text.p + node->text, node->text_len };
}

struct nf_bytes dissection_octets(const struct dissection *d)
{
	return (struct nf_bytes){ d->octets, d->noctets };
}

uint32_t dissection_at(const struct dissection *d, uint32_t offset)
{
	size_t lo = 0, hi = d->n;

	/* the last one that begins at OFFSET or before: those without octets never stand there */
	while (lo < hi) {
		size_t middle = lo + (hi - lo) / 2;

		if (d->v[middle].own.off <= offset)
			lo = middle + 1;
		else
			hi = middle;
	}
	if (lo == 0 || offset - d->v[lo - 1].own.off >= d->v[lo - 1].own.len)
		return DISSECTION_NONE;
	return (uint32_t)lo - 1;
}

uint32_t dissection_record(const struct dissection *d, uint32_t n)
{
	uint32_t i = d->n > 0 ? 1 : 0;

	while (i < d->n) {
		const struct dissection_node *node = &d->v[i];

		if (node->kind == DISSECTION_RECORD && node->record == n)
			return i;
		i = node->kind == DISSECTION_SET ? i + 1 : node->end;
	}
	return DISSECTION_NONE;
}

static bool is_flow(const struct dissection *d, uint32_t record)
{
	uint32_t node = dissection_record(d, record);
	const struct nf_version *version = dissection_node(d, node)->version;

	return version == NULL || version->layout == NULL ||
	       version->layout->kind != NF_LAYOUT_OPTIONS;
}

uint32_t dissection_flow(const struct dissection *d, uint32_t n)
{
	uint32_t record = 0, node;

	for (; (node = dissection_record(d, record)) != DISSECTION_NONE; record++)
		if (is_flow(d, record) && n-- == 0)
			return node;
	return DISSECTION_NONE;
}

uint32_t dissection_flow_of(const struct dissection *d, uint32_t record)
{
	uint32_t flow = 0;

	if (record == DISSECTION_NONE || !is_flow(d, record))
		return DISSECTION_NONE;
	for (uint32_t i = 0; i < record; i++)
		flow += is_flow(d, i);
	return flow;
}

/* -- Filters -------------------------------------------------------------------------- */

static bool have_names(struct dissection *d)
{
	uint32_t generation = nf_registry_generation(d->out->registry);

	if (d->names != NULL && d->generation != generation) {
		filter_names_free(d->names);
		d->names = NULL;
	}
	if (d->names == NULL)
		d->names = filter_names_new(NULL, d->out->registry);
	d->generation = generation;
	return d->names != NULL;
}

/* The list that node I is, or is in, whatever its depth; DISSECTION_NONE. */
static uint32_t outermost_list(const struct dissection *d, uint32_t i)
{
	uint32_t list = DISSECTION_NONE;

	for (; i != DISSECTION_NONE; i = d->v[i].parent)
		if (d->v[i].kind == DISSECTION_LIST)
			list = i;
	return list;
}

bool dissection_filter(struct nf_strbuf *s, struct dissection *d, uint32_t i)
{
	const struct filter_at at = { .msg = &d->msg, .offset = d->offset };
	uint32_t list = outermost_list(d, i);
	const struct dissection_node *node = &d->v[list != DISSECTION_NONE ? list : i];
	struct nf_span span = node->own.len != 0 ? node->own : node->whole;
	struct nf_fielddef def = {
		.ie = node->ie, .first_bit = node->first_bit, .nbits = node->nbits,
		.length = (uint16_t)(span.len - node->prefix),
	};
	const struct nf_field f = {
		.def = &def, .kind = node->value_kind, .prefix = node->prefix,
		.offset = span.off + node->prefix,
		.value = nf_slice(dissection_octets(d), span.off + node->prefix, def.length),
	};

	if ((node->kind != DISSECTION_FIELD && node->kind != DISSECTION_LIST) ||
	    node->ie == NULL || !have_names(d))
		return false;
	return filter_from_field(s, d->names, &at, &f, node->record == DISSECTION_NONE,
				 node->kind == DISSECTION_FIELD);
}
