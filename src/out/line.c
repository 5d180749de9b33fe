#include <config.h>

#include "out/line.h"

#include "out/style.h"

void line_exporter(struct nf_strbuf *s, const struct line *line)
{
	if (line->datagram->src.addr.family == 0)
		nf_sb_str(s, out_transport(line->datagram->transport));
	out_endpoint(s, &line->datagram->src);
}

void line_version(struct nf_strbuf *s, const struct line *line)
{
	if (line->msg->format == NULL)
		nf_sb_char(s, '?');
	else
		out_version(s, line->msg);
}

void line_domain(struct nf_strbuf *s, const struct line *line)
{
	const struct nf_msg *m = line->msg;

	if (m->format == NULL || m->version == 1 || (m->version == 7 && m->domain == 0)) {
		nf_sb_char(s, '-');
	} else if (m->version < 9) {
		nf_sb_u64(s, m->domain >> 8);
		nf_sb_char(s, '/');
		nf_sb_u64(s, m->domain & 255);
	} else {
		nf_sb_u64(s, m->domain);
	}
}

void line_sequence(struct nf_strbuf *s, const struct line *line)
{
	if (line->msg->format == NULL || line->msg->version == 1)
		nf_sb_char(s, '-');
	else
		nf_sb_u64(s, line->msg->sequence);
}

void line_marks(struct out *o)
{
	const struct problems *p = &o->problems;
	uint32_t counts[NF_PROBLEMS] = { 0 };

	for (size_t i = 0; i < p->n; i++)
		counts[p->v[i].id]++;
	for (size_t i = 0; i < p->n; i++) {
		const struct nf_problem_row *row = &nf_problem_rows[p->v[i].id];
		uint32_t n = counts[p->v[i].id];

		if (n == 0)
			continue;
		counts[p->v[i].id] = 0;
		nf_sb_char(&o->text, ' ');
		style_on(o, style_of(row->severity));
		nf_sb_printf(&o->text, "[%s %s", problems_severity(row->severity), row->id);
		if (n > 1)
			nf_sb_printf(&o->text, " x%u", (unsigned)n);
		nf_sb_char(&o->text, ']');
		style_off(o);
	}
}
