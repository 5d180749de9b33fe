/*
 * -q: decode every field of every record, and print only what is wrong: a line, or with
 * -o json an object, per problem and per undecoded set.
 */
#include <config.h>

#include "out/json.h"
#include "out/scan.h"
#include "out/style.h"

/* "a.pcap: frame 3: 138.187.0.13:50109: " */
static void where(struct out *o, const struct nf_datagram *d)
{
	const char *file = out_file(o, d->file);

	nf_safe_text(&o->text, (struct nf_bytes){ (const uint8_t *)file, strlen(file) });
	nf_sb_str(&o->text, ": frame ");
	nf_sb_u64(&o->text, d->frame);
	nf_sb_str(&o->text, ": ");
	if (d->src.addr.family != 0) {
		out_endpoint(&o->text, &d->src);
		nf_sb_str(&o->text, ": ");
	}
}

static void problem_line(struct out *o, const struct nf_datagram *d, const struct nf_problem *p)
{
	const struct nf_problem_row *row = &nf_problem_rows[p->id];

	where(o, d);
	style_on(o, style_of(row->severity));
	nf_sb_str(&o->text, problems_severity(row->severity));
	style_off(o);
	nf_sb_printf(&o->text, " at %u: ", (unsigned)p->span.off);
	nf_problem_text(&o->text, p);
	nf_sb_printf(&o->text, " [%s]\n", row->id);
}

static void undecoded_line(struct out *o, const struct nf_datagram *d, const struct scan_group *g)
{
	where(o, d);
	style_on(o, STYLE_WARNING);
	out_count(&o->text, g->sets, "undecoded set");
	style_off(o);
	nf_sb_printf(&o->text, " of %u, %u octets: ", (unsigned)g->id, (unsigned)g->octets);
	out_words(&o->text, nf_why_not_name((enum nf_why_not)g->why));
	nf_sb_char(&o->text, '\n');
}

static void lines(struct out *o, const struct nf_datagram *d, const struct scan *scan)
{
	for (unsigned i = 0; i < scan->n; i++)
		if (scan->groups[i].kind == SCAN_UNDECODED)
			undecoded_line(o, d, &scan->groups[i]);
	for (size_t i = 0; i < o->problems.n; i++)
		problem_line(o, d, &o->problems.v[i]);
}

static void message(struct out *o, const struct nf_view *v)
{
	struct scan scan;

	scan_message(&scan, o, v, true);
	lines(o, v->datagram, &scan);
}

static void late(struct out *o, const struct nf_late *l)
{
	struct scan scan;

	scan_late(&scan, o, l, true);
	lines(o, &l->datagram, &scan);
}

const struct out_ops out_quiet = {
	.name = "quiet",
	.message = message,
	.late = late,
};

/* -- JSON ----------------------------------------------------------------------------- */

static void objects(struct out *o, const struct nf_datagram *d, uint32_t offset,
		    const struct scan *scan)
{
	struct nf_strbuf *s = &o->text;

	for (unsigned i = 0; i < scan->n; i++) {
		const struct scan_group *g = &scan->groups[i];

		if (g->kind != SCAN_UNDECODED)
			continue;
		json_head(o, "undecoded", d);
		nf_sb_printf(s, ",\"message\":%u,\"set\":%u,\"sets\":%u,\"length\":%u,\"undecoded\":\"%s\"}\n",
			     (unsigned)offset, (unsigned)g->id, (unsigned)g->sets,
			     (unsigned)g->octets, nf_why_not_name((enum nf_why_not)g->why));
	}
	for (size_t i = 0; i < o->problems.n; i++) {
		json_head(o, "problem", d);
		nf_sb_printf(s, ",\"message\":%u,", (unsigned)offset);
		json_problem(s, &o->problems.v[i]);
		LIT(s, "}\n");
	}
}

static void message_json(struct out *o, const struct nf_view *v)
{
	struct scan scan;

	scan_message(&scan, o, v, true);
	objects(o, v->datagram, v->offset, &scan);
}

static void late_json(struct out *o, const struct nf_late *l)
{
	struct scan scan;

	scan_late(&scan, o, l, true);
	objects(o, &l->datagram, l->msg_offset, &scan);
}

const struct out_ops out_quiet_json = {
	.name = "quiet-json",
	.message = message_json,
	.late = late_json,
};
