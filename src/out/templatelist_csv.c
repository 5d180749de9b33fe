#include <config.h>

#include "out/csv.h"
#include "out/templatelist.h"

static const char titles[] =
	"transport,src,src_port,dst,dst_port,version,domain,id,number,kind,undecoded,given,rejected,"
	"fields,scope,length,variable,sent,first_frame,first_time,last_frame,last_time,refresh,"
	"sets,records,octets,live_sets,late_sets,other_session_sets,given_sets,misfits,in_lists,"
	"first_used_frame,last_used_frame";

static void begin(struct nf_strbuf *s, char separator)
{
	csv_titles(s, titles, separator);
	nf_sb_char(s, '\n');
}

/* No cell needs quotes: numbers, addresses, times, words of ours. */
struct line {
	struct nf_strbuf *s;
	char separator;
};

static void next(const struct line *l)
{
	nf_sb_char(l->s, l->separator);
}

static void number(const struct line *l, bool known, uint64_t v)
{
	next(l);
	if (known)
		nf_sb_u64(l->s, v);
}

static void word(const struct line *l, const char *text)
{
	next(l);
	nf_sb_str(l->s, text);
}

static void endpoint(const struct line *l, const struct nf_endpoint *e)
{
	next(l);
	out_addr(l->s, &e->addr);
	number(l, e->port != 0, e->port);
}

static void point(const struct line *l, const struct templates_point *p, struct nf_time_cache *time)
{
	number(l, p->frame != 0, p->frame);
	next(l);
	if (p->frame != 0)
		nf_time_text(l->s, p->ns, p->fine ? 9 : 6, time);
}

static void definition(const struct line *l, const struct templates_row *row)
{
	const struct nf_template *t = row->tmpl;
	unsigned nvar = 0;
	uint32_t length = t != NULL ? templates_length(t, &nvar) : 0;

	number(l, t != NULL, t != NULL ? t->nfields : 0);
	number(l, t != NULL, t != NULL ? t->nscope : 0);
	number(l, t != NULL, length);
	number(l, t != NULL, nvar);
}

static void sending(const struct line *l, struct templates_row *row, struct nf_time_cache *time)
{
	int64_t ns;

	number(l, row->version != NULL, row->sent);
	point(l, &row->first_sent, time);
	point(l, &row->last_sent, time);
	next(l);
	if (!templates_refresh(row, &ns))
		return;
	nf_sb_i64(l->s, ns / 1000000000);
	nf_sb_char(l->s, '.');
	nf_sb_digits(l->s, (uint64_t)(ns % 1000000000), 9);
}

static void usage(const struct line *l, const struct templates_row *row)
{
	struct templates_count sum = templates_used(row);
	bool sets = row->tmpl != NULL || row->version == NULL;

	number(l, sets, sum.sets);
	number(l, row->tmpl != NULL, sum.records);
	number(l, sets, sum.octets);
	for (unsigned how = NF_LIVE; how < TEMPLATES_HOWS; how++)
		number(l, row->tmpl != NULL, row->used[how].sets);
	number(l, row->tmpl != NULL, row->misfits);
	number(l, row->tmpl != NULL, row->in_lists);
	number(l, row->first_used.frame != 0, row->first_used.frame);
	number(l, row->last_used.frame != 0, row->last_used.frame);
}

static void show(struct templatelist *list, struct templates_row *row, char separator)
{
	const struct line l = { &list->o->text, separator };
	bool defined = row->version != NULL;

	nf_sb_str(l.s, out_transport(row->session->transport));
	endpoint(&l, &row->session->src);
	endpoint(&l, &row->session->dst);
	number(&l, true, row->export_version);
	number(&l, true, row->domain);
	number(&l, true, row->id);
	number(&l, defined, defined ? row->version->number : 0);
	word(&l, templatelist_kind(row));
	word(&l, defined ? "" : nf_why_not_name((enum nf_why_not)row->why));
	word(&l, row->given ? "true" : "");
	word(&l, templatelist_rejected(row) ? "true" : "");
	definition(&l, row);
	sending(&l, row, &list->o->time);
	usage(&l, row);
	nf_sb_char(l.s, '\n');
}

static void csv_begin(struct templatelist *l)
{
	begin(&l->o->text, ',');
}

static void csv_row(struct templatelist *l, struct templates_row *row)
{
	show(l, row, ',');
}

static void tsv_begin(struct templatelist *l)
{
	begin(&l->o->text, '\t');
}

static void tsv_row(struct templatelist *l, struct templates_row *row)
{
	show(l, row, '\t');
}

const struct templatelist_ops templatelist_csv = {
	.name = "csv", .begin = csv_begin, .row = csv_row,
};

const struct templatelist_ops templatelist_tsv = {
	.name = "tsv", .begin = tsv_begin, .row = tsv_row,
};
