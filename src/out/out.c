#include <config.h>

#include "out/out.h"

#include "base/mem.h"

#define OUT(name) extern const struct out_ops out_##name;
#include "out/outs.def"
#undef OUT

static const struct out_ops *const formats[] = {
#define OUT(name) &out_##name,
#include "out/outs.def"
#undef OUT
	NULL,
};

const struct out_ops *out_ops_at(unsigned i)
{
	return formats[i];
}

const struct out_ops *out_ops_of(const char *name)
{
	for (unsigned i = 0; formats[i] != NULL; i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

struct out *out_new(const struct out_ops *ops, const struct out_opts *opts,
		    struct nf_registry *registry)
{
	struct out *o = nf_zalloc(sizeof(*o));

	if (o == NULL)
		return NULL;
	o->ops = ops;
	o->opts = *opts;
	o->registry = registry;
	o->sink = (struct nf_sink){ .report = problems_report, .ctx = &o->problems };
	o->day = INT64_MIN;
	o->format.cache = &o->time;
	nf_strbuf_init(&o->text);
	nf_strbuf_init(&o->line);
	layouts_init(&o->layouts, ops->texts);
	o->scratch.n = NF_SCRATCH_WORDS;
	o->scratch.words = nf_alloc(o->scratch.n * sizeof(*o->scratch.words));
	if (o->scratch.words == NULL || (ops->open != NULL && !ops->open(o))) {
		out_free(o);
		return NULL;
	}
	return o;
}

void out_free(struct out *o)
{
	if (o == NULL)
		return;
	if (o->ops->done != NULL)
		o->ops->done(o);
	problems_done(&o->problems);
	layouts_done(&o->layouts);
	sheet_done(&o->sheet);
	nf_strbuf_done(&o->text);
	nf_strbuf_done(&o->line);
	nf_free(o->scratch.words);
	nf_free(o->values);
	nf_free(o);
}

void out_begin(struct out *o)
{
	if (o->ops->begin != NULL)
		o->ops->begin(o);
}

void out_end(struct out *o)
{
	if (o->ops->end != NULL)
		o->ops->end(o);
}

const struct nf_sink *out_sink(struct out *o)
{
	problems_clear(&o->problems);
	return &o->sink;
}

static bool sound(const struct out *o)
{
	return !o->failed && !o->text.failed && !o->line.failed && !o->problems.failed;
}

bool out_message(struct out *o, const struct nf_view *v)
{
	o->format.export_secs = v->msg.export_secs;
	layouts_begin(&o->layouts, nf_registry_generation(o->registry));
	o->ops->message(o, v);
	return sound(o);
}

bool out_late(struct out *o, const struct nf_late *late)
{
	problems_clear(&o->problems);
	o->format.export_secs = late->msg.export_secs;
	layouts_begin(&o->layouts, nf_registry_generation(o->registry));
	if (o->ops->late != NULL)
		o->ops->late(o, late);
	return sound(o);
}

bool out_sheet(struct out *o, const struct nf_layout *layout)
{
	const struct layouts_entry *e = layouts_get(&o->layouts, layout);

	if (e == NULL || !sheet_open(&o->sheet, e->plan, layout)) {
		o->failed = true;
		return false;
	}
	if (layout->has_lists)	/* faults in them come before those behind the record */
		o->sheet.rows.most = 1;
	return true;
}

const char *out_file(const struct out *o, uint32_t i)
{
	return i < o->opts.nfiles ? o->opts.files[i] : "";
}

const char *out_transport(enum nf_transport transport)
{
	static const char *const names[] = {
		[NF_TRANSPORT_UDP] = "udp",
		[NF_TRANSPORT_TCP] = "tcp",
		[NF_TRANSPORT_SCTP] = "sctp",
		[NF_TRANSPORT_FILE] = "file",
	};

	return names[transport];
}

void out_addr(struct nf_strbuf *s, const struct nf_addr *a)
{
	if (a->family == 4)
		nf_ipv4_text(s, a->octets);
	else if (a->family == 6)
		nf_ipv6_text(s, a->octets);
}

void out_endpoint(struct nf_strbuf *s, const struct nf_endpoint *e)
{
	if (e->addr.family == 0)
		return;
	if (e->addr.family == 6)
		nf_sb_char(s, '[');
	out_addr(s, &e->addr);
	nf_sb_str(s, e->addr.family == 6 ? "]:" : ":");
	nf_sb_u64(s, e->port);
}

void out_version(struct nf_strbuf *s, const struct nf_msg *m)
{
	if (m->version == 10) {
		nf_sb_str(s, "ipfix");
		return;
	}
	nf_sb_char(s, 'v');
	nf_sb_u64(s, m->version);
	if (m->version == 8) {
		nf_sb_char(s, '.');
		nf_sb_u64(s, m->aggregation);
	}
}

void out_words(struct nf_strbuf *s, const char *text)
{
	for (; *text != '\0'; text++)
		nf_sb_char(s, *text == '-' ? ' ' : *text);
}

void out_member(struct nf_strbuf *s, const char *key, uint64_t v)
{
	nf_sb_str(s, ",\"");
	nf_sb_str(s, key);
	nf_sb_str(s, "\":");
	nf_sb_u64(s, v);
}

void out_member_addr(struct nf_strbuf *s, const char *key, const struct nf_addr *a)
{
	if (a->family == 0)
		return;
	nf_sb_str(s, ",\"");
	nf_sb_str(s, key);
	nf_sb_str(s, "\":\"");
	out_addr(s, a);
	nf_sb_char(s, '"');
}

void out_count(struct nf_strbuf *s, uint64_t n, const char *noun)
{
	nf_sb_u64(s, n);
	nf_sb_char(s, ' ');
	nf_sb_str(s, noun);
	if (n != 1)
		nf_sb_char(s, 's');
}

struct nf_bytes out_octets(const struct nf_msg *m, struct nf_span span)
{
	return nf_slice(m->bytes, span.off, span.len);
}

bool out_rest_is_inside(const struct nf_msg *m)
{
	return m->version == 10;	/* RFC 7011 section 3.1: Length */
}

uint32_t out_length(const struct nf_msg *m)
{
	struct nf_sets sets;
	struct nf_set set;

	if (m->format == NULL || out_rest_is_inside(m))
		return nf_msg_extent(m);
	nf_sets_open(&sets, m, NULL);
	while (nf_set_next(&sets, &set))
		;
	return sets.rest == NF_REST_MALFORMED ? nf_msg_extent(m) :
						(uint32_t)m->bytes.n - sets.rest_span.len;
}

void out_days(struct nf_strbuf *s, uint64_t seconds)
{
	if (seconds < 86400)
		return;
	nf_sb_str(s, " (");
	nf_sb_u64(s, seconds / 86400);
	nf_sb_forms(s, " {day|days} ", seconds / 86400);
	nf_sb_digits(s, seconds / 3600 % 24, 2);
	nf_sb_char(s, ':');
	nf_sb_digits(s, seconds / 60 % 60, 2);
	nf_sb_char(s, ':');
	nf_sb_digits(s, seconds % 60, 2);
	nf_sb_char(s, ')');
}

void out_align(struct nf_strbuf *s, size_t from, unsigned width, bool right)
{
	size_t n = s->n - from, pad = n < width ? width - n : 0;

	nf_sb_pad(s, ' ', pad);
	if (right && pad != 0 && !s->failed) {
		memmove(s->p + from + pad, s->p + from, n);
		memset(s->p + from, ' ', pad);
	}
}
