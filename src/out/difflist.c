#include <config.h>

#include "out/difflist.h"

#include <inttypes.h>

static void no_message(struct out *o, const struct nf_view *v)
{
	(void)o;
	(void)v;
}

const struct out_ops difflist_out = { .name = "diff", .message = no_message };

void difflist_show(const struct difflist *l, const char *format)
{
	if (strcmp(format, "json") == 0)
		difflist_json(l);
	else if (strcmp(format, "junit") == 0)
		difflist_junit(l);
	else
		difflist_text(l);
}

void difflist_who(struct nf_strbuf *s, const struct difflist *l, const struct difference *x,
		  unsigned side)
{
	const struct meaning_domain *d;

	if (x->domain[side] == MEANING_NONE)
		side = !side;
	if (x->domain[side] == MEANING_NONE) {
		nf_sb_str(s, "the capture");
		return;
	}
	d = l->diff->of[side]->domains[x->domain[side]];
	if (d->addr.family == 0)
		nf_sb_str(s, "file");
	out_addr(s, &d->addr);
	nf_sb_printf(s, " domain %" PRIu32, d->domain);
}

void difflist_totals(struct nf_strbuf *s, const struct difflist *l)
{
	static const char *const forms[DIFF_KINDS] = {
		[DIFF_EXPORTER_GONE] = "{exporter|exporters} gone",
		[DIFF_EXPORTER_NEW] = "new {exporter|exporters}",
		[DIFF_TEMPLATE_REMOVED] = "{template|templates} removed",
		[DIFF_TEMPLATE_ADDED] = "{template|templates} added",
		[DIFF_TEMPLATE_CHANGED] = "{template|templates} changed",
		[DIFF_TEMPLATE_RENUMBERED] = "{template|templates} renumbered",
		[DIFF_OPTION_REMOVED] = "{row|rows} of options removed",
		[DIFF_OPTION_ADDED] = "{row|rows} of options added",
		[DIFF_OPTION_CHANGED] = "{row|rows} of options changed",
		[DIFF_BEHAVIOUR] = "{difference|differences} of behaviour",
		[DIFF_FINDING_GONE] = "{finding|findings} gone",
		[DIFF_FINDING_NEW] = "new {finding|findings}",
		[DIFF_FLOW_LOST] = "{flow|flows} lost",
		[DIFF_FLOW_ADDED] = "{flow|flows} added",
		[DIFF_FLOW_CHANGED] = "{flow|flows} changed",
	};
	const char *sep = "";

	for (unsigned i = 0; i < DIFF_KINDS; i++) {
		if (l->diff->total[i] == 0)
			continue;
		nf_sb_str(s, sep);
		nf_sb_u64(s, l->diff->total[i]);
		nf_sb_char(s, ' ');
		nf_sb_forms(s, forms[i], l->diff->total[i]);
		sep = ", ";
	}
	if (*sep == '\0')
		nf_sb_str(s, "no difference");
}

void difflist_frames(struct nf_strbuf *s, const struct difference *x)
{
	static const char *const sides[] = { "old", "new" };
	const char *sep = "";

	for (unsigned i = 0; i < 2; i++)
		if (x->frame[i] != 0) {
			nf_sb_printf(s, "%sframe %" PRIu64 " of %s", sep, x->frame[i], sides[i]);
			sep = ", ";
		}
}
