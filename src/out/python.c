#include <config.h>

#include "out/python.h"

#include <string.h>

#include "base/mem.h"

enum { MAX_HELD = 16 << 20 };	/* octets of lines that are held back */

#define LONGEST_NS (3600 * INT64_C(1000000000))	/* how long they are, as sets are */

struct header_key {
	uint8_t version, offset, octets;
	const char *key;
};

static const struct header_key header_keys[] = {
#define HEADER(version_, key_, offset_, octets_) \
	{ .version = version_, .offset = offset_, .octets = octets_, .key = key_ },
#include "out/python.def"
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* -- Records -------------------------------------------------------------------------- */

/* One set's records, as they go into the line. */
struct part {
	uint32_t set;			/* offset of the set in its message */
	bool waits;			/* for its template */
	bool options;			/* of v9, which stand apart */
	char *text;			/* "{..}, {..}"; NULL: none */
	size_t n;
};

/* A line that is held back. */
struct held {
	struct held *next;
	uint64_t ordinal;
	int64_t ts_ns;
	uint32_t offset;
	size_t cost;
	char *head;			/* up to the records */
	size_t nhead;
	unsigned nparts, missing;
	struct part parts[];
};

struct python {
	struct layouts v9;
	struct nf_strbuf records;	/* of the message at hand, set after set */
	struct part *parts;		/* their texts stand in records, from at[i] on */
	size_t *at;
	size_t nparts, cap, at_cap;
	struct held *first, **last;
	size_t cost;
};

static void repeated(struct nf_strbuf *s, const struct nf_rec *r, unsigned i, uint16_t version)
{
	const struct nf_ie *ie = r->layout->fields[i].ie;
	const char *sep = "[";

	for (; i < r->layout->nfields; i = python_again(r->layout, i + 1, ie)) {
		struct nf_field f = nf_field(r, i);

		nf_sb_str(s, sep);
		python_value(s, &f, version);
		sep = ", ";
	}
	nf_sb_char(s, ']');
}

static void record(struct out *o, struct nf_strbuf *s, const struct nf_rec *r, uint16_t version)
{
	struct python *p = o->own;
	struct layouts *layouts = version == 9 ? &p->v9 : &o->layouts;
	const struct layouts_entry *e = layouts_get(layouts, r->layout);

	if (e == NULL) {
		o->failed = true;
		return;
	}
	nf_sb_char(s, '{');
	for (unsigned i = 0; i < r->layout->nfields; i++) {
		struct nf_field f;

		if (e->fields[i].remark == PYTHON_SKIPPED)
			continue;
		layouts_head(s, e, i);
		if (e->fields[i].remark == PYTHON_FIRST) {
			repeated(s, r, i, version);
			continue;
		}
		f = nf_field(r, i);
		python_value(s, &f, version);
	}
	nf_sb_char(s, '}');
}

/* -- Lines ---------------------------------------------------------------------------- */

static void header(struct nf_strbuf *s, const struct nf_msg *m)
{
	const char *sep = "";

	for (size_t i = 0; i < COUNT(header_keys); i++) {
		const struct header_key *k = &header_keys[i];

		if (k->version != m->version)
			continue;
		nf_sb_printf(s, "%s\"%s\": ", sep, k->key);
		nf_sb_u64(s, nf_ben(m->bytes.p + k->offset, k->octets));
		sep = ", ";
	}
}

/* From the key, the time at which it was received, to the records. */
static void head(struct nf_strbuf *s, const struct nf_view *v)
{
	const struct nf_endpoint *client = &v->datagram->src;
	int64_t ns = v->datagram->ts_ns;

	nf_sb_str(s, "{\"");
	python_float(s, (double)(ns / 1000000000) + (double)(ns % 1000000000) / 1e9);
	nf_sb_str(s, "\": {\"client\": [\"");
	out_addr(s, &client->addr);
	nf_sb_printf(s, "\", %u", client->port);
	if (client->addr.family == 6)
		nf_sb_printf(s, ", 0, %u", v->datagram->scope);
	nf_sb_str(s, "], \"header\": {");
	header(s, &v->msg);
	nf_sb_str(s, "}, \"flows\": [");
}

static void join(struct nf_strbuf *s, const struct part *parts, size_t n, bool options)
{
	const char *sep = "";

	for (size_t i = 0; i < n; i++) {
		if (parts[i].n == 0 || parts[i].options != options)
			continue;
		nf_sb_str(s, sep);
		nf_sb_mem(s, parts[i].text, parts[i].n);
		sep = ", ";
	}
}

/* From the records to the end. */
static void tail(struct nf_strbuf *s, const struct part *parts, size_t n)
{
	bool options = false;

	join(s, parts, n, false);
	nf_sb_char(s, ']');
	for (size_t i = 0; i < n; i++)
		options = options || (parts[i].options && parts[i].n != 0);
	if (options) {
		nf_sb_str(s, ", \"options\": [");
		join(s, parts, n, true);
		nf_sb_char(s, ']');
	}
	nf_sb_str(s, "}}\n");
}

/* -- Lines that wait ------------------------------------------------------------------ */

static void held_free(struct held *h)
{
	for (unsigned i = 0; i < h->nparts; i++)
		nf_free(h->parts[i].text);
	nf_free(h->head);
	nf_free(h);
}

static void give_out(struct out *o, struct held **link)
{
	struct python *p = o->own;
	struct held *h = *link;

	o->lacking += h->missing != 0;
	nf_sb_mem(&o->text, h->head, h->nhead);
	tail(&o->text, h->parts, h->nparts);
	*link = h->next;
	if (h->next == NULL)
		p->last = link;
	p->cost -= h->cost;
	held_free(h);
}

static char *copy(struct out *o, const char *text, size_t n)
{
	char *p;

	if (n == 0)
		return NULL;
	p = nf_alloc(n);
	if (p == NULL)
		o->failed = true;
	else
		memcpy(p, text, n);
	return p;
}

/* The line whose head stands in o->text from FROM on is taken out of there. */
static void hold(struct out *o, const struct nf_view *v, size_t from, unsigned missing)
{
	struct python *p = o->own;
	struct held *h = nf_zalloc(sizeof(*h) + p->nparts * sizeof(h->parts[0]));

	if (h == NULL) {
		o->failed = true;
		return;
	}
	h->ordinal = v->datagram->ordinal;
	h->ts_ns = v->datagram->ts_ns;
	h->offset = v->offset;
	h->nhead = o->text.n - from;
	h->head = copy(o, o->text.p + from, h->nhead);
	h->nparts = (unsigned)p->nparts;
	h->missing = missing;
	h->cost = sizeof(*h) + p->nparts * sizeof(h->parts[0]) + h->nhead + p->records.n;
	for (size_t i = 0; i < p->nparts; i++) {
		h->parts[i] = p->parts[i];
		h->parts[i].text = copy(o, p->parts[i].text, p->parts[i].n);
		if (h->parts[i].text == NULL)
			h->parts[i].n = 0;
	}
	if (h->head == NULL)
		h->nhead = 0;
	o->text.n = from;
	*p->last = h;
	p->last = &h->next;
	p->cost += h->cost;
	while (p->cost > MAX_HELD) {	/* the oldest wait no longer */
		o->crowded = true;
		give_out(o, &p->first);
	}
}

/* Those whose sets wait no longer either. */
static void give_up(struct out *o, int64_t now_ns)
{
	int64_t longest_ns = o->opts.hold_ns != 0 ? o->opts.hold_ns : LONGEST_NS;
	struct python *p = o->own;

	while (p->first != NULL && p->first->ts_ns < now_ns - longest_ns)
		give_out(o, &p->first);
}

/* -- Messages ------------------------------------------------------------------------- */

static struct part *part_add(struct out *o, uint32_t set, bool options)
{
	struct python *p = o->own;
	void *parts = p->parts, *at = p->at;

	if (!nf_grow(&parts, &p->cap, p->nparts + 1, sizeof(*p->parts)) ||
	    (p->parts = parts, !nf_grow(&at, &p->at_cap, p->nparts + 1, sizeof(*p->at)))) {
		o->failed = true;
		return NULL;
	}
	p->at = at;
	p->at[p->nparts] = p->records.n;
	p->parts[p->nparts] = (struct part){ .set = set, .options = options };
	return &p->parts[p->nparts++];
}

static void set_records(struct out *o, struct nf_walk *w, uint16_t version)
{
	struct python *p = o->own;
	struct part *part = part_add(o, w->set.offset, version == 9 &&
				     w->rec.layout->kind == NF_LAYOUT_OPTIONS);
	size_t from = p->records.n;

	if (part == NULL)
		return;
	do {
		if (p->records.n != from)
			nf_sb_str(&p->records, ", ");
		record(o, &p->records, &w->rec, version);
	} while (nf_walk_record(w));
	part->n = p->records.n - from;
}

/* The sets of V, as parts; how many of them wait. */
static unsigned walk(struct out *o, const struct nf_view *v)
{
	struct python *p = o->own;
	const struct nf_event *e;
	unsigned missing = 0;
	struct part *part;
	struct nf_walk w;

	p->nparts = 0;
	nf_strbuf_clear(&p->records);
	nf_walk_open(&w, &v->msg, &v->resolver, o->registry, o->scratch, &o->sink);
	while ((e = nf_walk_next(&w)) != NULL) {
		if (e->type == NF_EV_RECORD) {
			set_records(o, &w, v->msg.version);
		} else if (e->type == NF_EV_UNDECODED && e->resolution->why == NF_PENDING) {
			part = part_add(o, e->set->offset, false);
			if (part == NULL)
				break;
			part->waits = true;
			missing++;
		}
	}
	/* The buffer may have moved while it grew. */
	for (size_t i = 0; i < p->nparts; i++)
		p->parts[i].text = p->parts[i].n != 0 ? p->records.p + p->at[i] : NULL;
	return missing;
}

static void message(struct out *o, const struct nf_view *v)
{
	struct python *p = o->own;
	unsigned missing;
	size_t from;

	if (v->headerless)
		return;
	layouts_begin(&p->v9, nf_registry_generation(o->registry));
	give_up(o, v->datagram->ts_ns);
	from = o->text.n;
	missing = walk(o, v);
	head(&o->text, v);
	if (missing != 0)
		hold(o, v, from, missing);
	else
		tail(&o->text, p->parts, p->nparts);
	if (p->records.failed)
		o->failed = true;
}

static struct held **held_of(struct python *p, const struct nf_late *l)
{
	struct held **link = &p->first;

	while (*link != NULL && ((*link)->ordinal != l->datagram.ordinal ||
				 (*link)->offset != l->msg_offset))
		link = &(*link)->next;
	return *link != NULL ? link : NULL;
}

static void late(struct out *o, const struct nf_late *l)
{
	struct python *p = o->own;
	struct held **link = held_of(p, l);
	struct nf_strbuf *s = &p->records;
	struct nf_recs recs;
	struct nf_rec rec;

	if (link == NULL)
		return;
	layouts_begin(&p->v9, nf_registry_generation(o->registry));
	nf_strbuf_clear(s);
	nf_recs_open(&recs, &l->msg, &l->set, l->resolution.layout, o->scratch, &o->sink);
	while (nf_rec_next(&recs, &rec)) {
		if (s->n != 0)
			nf_sb_str(s, ", ");
		record(o, s, &rec, l->msg.version);
	}
	for (unsigned i = 0; i < (*link)->nparts; i++) {
		struct part *part = &(*link)->parts[i];

		if (!part->waits || part->set != l->set.offset)
			continue;
		part->waits = false;
		part->options = l->msg.version == 9 &&
				l->resolution.layout->kind == NF_LAYOUT_OPTIONS;
		part->text = copy(o, s->p, s->n);
		part->n = part->text != NULL ? s->n : 0;
		(*link)->cost += part->n;
		p->cost += part->n;
		(*link)->missing--;
		break;
	}
	if ((*link)->missing == 0)
		give_out(o, link);
}

/* What still waits has what could be read. */
static void end(struct out *o)
{
	struct python *p = o->own;

	while (p->first != NULL)
		give_out(o, &p->first);
}

static bool open(struct out *o)
{
	struct python *p = nf_zalloc(sizeof(*p));

	if (p == NULL)
		return false;
	layouts_init(&p->v9, &python_v9_texts);
	nf_strbuf_init(&p->records);
	p->last = &p->first;
	o->own = p;
	return true;
}

static void done(struct out *o)
{
	struct python *p = o->own;
	struct held *h, *next;

	if (p == NULL)
		return;
	for (h = p->first; h != NULL; h = next) {
		next = h->next;
		held_free(h);
	}
	layouts_done(&p->v9);
	nf_strbuf_done(&p->records);
	nf_free(p->parts);
	nf_free(p->at);
	nf_free(p);
}

const struct out_ops out_python = {
	.name = "python-netflow",
	.texts = &python_texts,
	.open = open,
	.done = done,
	.message = message,
	.late = late,
	.end = end,
};
