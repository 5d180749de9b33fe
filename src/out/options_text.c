/*
 * options -o text: a line an options record: where it stands, what it is about, what it says.
 */
#include <config.h>

#include "out/detail.h"
#include "out/options.h"
#include "out/style.h"
#include "out/wrap.h"

enum { INDENT = 6, DETAIL = 3, NARROW = 132 };

/* Fill what was written from FROM on up to the width of column I, which widens. */
static void align(struct options *o, unsigned i, size_t from, unsigned least, bool right)
{
	struct nf_strbuf *s = &o->out->text;
	size_t n = s->n - from, pad;

	if (o->widths[i] < least)
		o->widths[i] = least;
	if (n > o->widths[i])
		o->widths[i] = (unsigned)n;
	pad = o->widths[i] - n;
	nf_sb_pad(s, ' ', pad);
	if (right && pad != 0 && !s->failed) {
		memmove(s->p + from + pad, s->p + from, n);
		memset(s->p + from, ' ', pad);
	}
	nf_sb_char(s, ' ');
}

/* "30 2024-01-10 12:48:39.123456 192.0.2.1 domain 33312 ": who said it, when. */
static void where(struct options *o)
{
	const struct nf_datagram *d = o->at.datagram;
	struct nf_strbuf *s = &o->out->text;
	bool narrow = o->opts.out.width != 0 && o->opts.out.width < NARROW;
	size_t from = s->n;

	if (o->opts.out.nfiles > 1) {
		const char *file = out_file(o->out, d->file);

		nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)file, strlen(file) });
		nf_sb_char(s, ':');
	}
	nf_sb_u64(s, d->frame);
	align(o, 0, from, 5, true);
	from = s->n;
	nf_time_text(s, d->ts_ns, narrow ? 0 : d->ts_fine ? 9 : 6, &o->out->time);
	if (!s->failed && s->n - from > 11) {
		s->n--;
		s->p[from + 10] = ' ';
	}
	nf_sb_char(s, ' ');
	from = s->n;
	if (d->src.addr.family == 0)
		nf_sb_str(s, out_transport(d->transport));
	out_addr(s, &d->src.addr);
	align(o, 1, from, 13, false);
	from = s->n;
	nf_sb_u64(s, o->at.msg->domain);
	align(o, 2, from, 6, true);
	from = s->n;
	nf_sb_u64(s, o->at.set->id);
	align(o, 3, from, 3, true);
}

/* Above the first line; their widths are those of that line. */
static void titles(struct options *o)
{
	struct nf_strbuf *s = &o->out->text;
	bool narrow = o->opts.out.width != 0 && o->opts.out.width < NARROW;
	size_t from = s->n;

	o->out->opts.titles = false;
	where(o);
	s->n = from;
	style_on(o->out, STYLE_HEAD);
	from = s->n;
	nf_sb_str(s, "frame");
	align(o, 0, from, 5, true);
	from = s->n;
	nf_sb_str(s, "time (UTC)");
	out_align(s, from, narrow ? 19 : o->at.datagram->ts_fine ? 29 : 26, false);
	nf_sb_char(s, ' ');
	from = s->n;
	nf_sb_str(s, "exporter");
	align(o, 1, from, 13, false);
	from = s->n;
	nf_sb_str(s, "domain");
	align(o, 2, from, 6, true);
	from = s->n;
	nf_sb_str(s, "id");
	align(o, 3, from, 3, true);
	nf_sb_str(s, o->opts.verbose ? "fields" : "scope: fields");
	style_off(o->out);
	nf_sb_char(s, '\n');
}

/* "interfaceName Te0/0/0", words for numbers behind them. */
static void field(struct options *o, unsigned i)
{
	struct nf_field f = nf_field(o->at.rec, i);
	struct nf_strbuf *s = &o->out->text;

	options_name(s, f.def->ie);
	nf_sb_char(s, ' ');
	if (f.value.n == 0)
		nf_sb_str(s, "(empty)");
	else
		nf_value_text(s, (enum nf_kind)f.kind, f.value, &o->out->format);
	if (f.def->ie->labels != NULL)
		labels_append(&o->out->labels, s, f.def->ie->labels, f.value);
}

static void fields(struct options *o)
{
	const struct nf_layout *l = o->at.rec->layout;
	struct nf_strbuf *s = &o->out->text;
	const char *comma = "";
	bool scope = false;

	for (unsigned i = 0; i < l->nfields; i++)
		if (l->fields[i].scope) {
			nf_sb_str(s, comma);
			field(o, i);
			comma = ", ";
			scope = true;
		}
	comma = scope ? ": " : "";
	for (unsigned i = 0; i < l->nfields; i++) {
		/* octets of filling say nothing */
		if (l->fields[i].scope || (l->fields[i].ie->pen == NF_PEN_IANA &&
					   l->fields[i].ie->id == 210))
			continue;
		nf_sb_str(s, comma);
		field(o, i);
		comma = ", ";
	}
}

void options_record_text(struct options *o, const struct nf_recs *recs)
{
	struct nf_strbuf *s = &o->out->text;
	size_t from;

	if (o->out->opts.titles)
		titles(o);
	from = s->n;
	where(o);
	if (!o->opts.verbose)
		fields(o);
	wrap_text(o->out, from, 0, INDENT, WRAP_WORDS);
	if (o->at.resolution->misfit)
		nf_sb_str(s, " [misfit]");
	while (s->n > from && s->p[s->n - 1] == ' ')
		s->n--;
	nf_sb_char(s, '\n');
	if (o->opts.verbose) {
		struct nf_list_ctx lists = options_list_ctx(o, recs);
		struct detail d = detail_open(o->out, o->at.msg);

		gutter_open(&d.gutter, o->out, o->at.msg->bytes, 0);
		detail_fields(&d, DETAIL, o->at.rec, &lists);
	}
}

static void nothing(struct out *o, const struct nf_view *v)
{
	(void)o;
	(void)v;
}

const struct out_ops options_out_text = {
	.name = "options",
	.texts = &detail_texts,
	.message = nothing,
};
