/*
 * options -o csv and -o tsv: a line a field of a record, so that templates with any fields fit the
 * same columns.  Of one record are the lines of the same file, frame and offset.
 */
#include <config.h>

#include "out/csv.h"
#include "out/options.h"

static const char record_titles[] =
	"file,frame,time,exporter,domain,template,offset,part,name,value";
static const char joined_titles[] =
	"table,exporter,domain,key,scope,name,value,sent,first_frame,first_time,last_frame,"
	"last_time,conflict_frame";

void options_csv_titles(struct options *o)
{
	csv_titles(&o->out->text, o->opts.joined ? joined_titles : record_titles,
		   o->opts.separator);
	nf_sb_char(&o->out->text, '\n');
}

void options_csv_end(struct options *o, size_t from, char behind)
{
	if (o->opts.separator == ',')
		csv_quote(&o->out->text, from);
	nf_sb_char(&o->out->text, behind);
}

/* What all fields of a record share, up to its offset. */
static void head(struct options *o, struct nf_strbuf *s)
{
	const struct nf_datagram *d = o->at.datagram;
	const char *file = out_file(o->out, d->file);
	char separator = o->opts.separator;
	size_t from = s->n;

	nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)file, strlen(file) });
	options_csv_end(o, from, separator);
	nf_sb_u64(s, d->frame);
	nf_sb_char(s, separator);
	nf_time_text(s, d->ts_ns, d->ts_fine ? 9 : 6, &o->out->time);
	nf_sb_char(s, separator);
	out_addr(s, &d->src.addr);
	nf_sb_char(s, separator);
	nf_sb_u64(s, o->at.msg->domain);
	nf_sb_char(s, separator);
	nf_sb_u64(s, o->at.set->id);
	nf_sb_char(s, separator);
	nf_sb_u64(s, o->at.rec->offset);
	nf_sb_char(s, separator);
}

void options_record_csv(struct options *o)
{
	const struct nf_layout *l = o->at.rec->layout;
	struct nf_strbuf *s = &o->out->text;
	char separator = o->opts.separator;

	for (unsigned i = 0; i < l->nfields; i++) {
		struct nf_field f = nf_field(o->at.rec, i);
		size_t from;

		head(o, s);
		nf_sb_str(s, l->fields[i].scope ? "scope" : "value");
		nf_sb_char(s, separator);
		from = s->n;
		options_name(s, f.def->ie);
		options_csv_end(o, from, separator);
		from = s->n;
		if (f.value.n > 0)
			nf_value_text(s, (enum nf_kind)f.kind, f.value, &o->out->format);
		options_csv_end(o, from, '\n');
	}
}
