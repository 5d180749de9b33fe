#include <config.h>

#include "out/difflist.h"

#include <inttypes.h>

#include "out/json.h"

static void string(struct nf_strbuf *s, const char *text)
{
	if (text == NULL)
		LIT(s, "null");
	else
		nf_json_string(s, (struct nf_bytes){ (const uint8_t *)text, strlen(text) });
}

/* ,"KEY":{"old":1,"new":2} without what is 0; nothing where both are. */
static void pair(struct nf_strbuf *s, const char *key, const uint64_t v[2])
{
	if (v[0] == 0 && v[1] == 0)
		return;
	nf_sb_printf(s, ",\"%s\":{", key);
	if (v[0] != 0)
		nf_sb_printf(s, "\"old\":%" PRIu64 "%s", v[0], v[1] != 0 ? "," : "");
	if (v[1] != 0)
		nf_sb_printf(s, "\"new\":%" PRIu64, v[1]);
	nf_sb_char(s, '}');
}

/* ,"old":{"exporter":"192.0.2.1","domain":7} */
static void domain(struct nf_strbuf *s, const char *key, const struct meaning *m, int32_t i)
{
	if (i == MEANING_NONE)
		return;
	nf_sb_printf(s, ",\"%s\":{\"domain\":%" PRIu32, key, m->domains[i]->domain);
	out_member_addr(s, "exporter", &m->domains[i]->addr);
	nf_sb_char(s, '}');
}

static void one(const struct difflist *l, const struct difference *x)
{
	struct nf_strbuf *s = &l->o->text;

	nf_sb_printf(s, "{\"type\":\"difference\",\"schema\":1,\"kind\":\"%s\",\"topic\":\"%s\"",
		     diff_kind_name((enum diff_kind)x->kind),
		     diff_kind_topic((enum diff_kind)x->kind));
	domain(s, "old", l->diff->of[0], x->domain[0]);
	domain(s, "new", l->diff->of[1], x->domain[1]);
	KEY(s, "subject");
	string(s, x->subject);
	pair(s, "frames", x->frame);
	pair(s, "records", x->records);
	KEY(s, "changes");
	for (size_t i = 0; i < x->nchanges; i++) {
		nf_sb_str(s, i == 0 ? "[{\"name\":" : ",{\"name\":");
		string(s, x->changes[i].name);
		KEY(s, "old");
		string(s, x->changes[i].old);
		KEY(s, "new");
		string(s, x->changes[i].new);
		nf_sb_char(s, '}');
	}
	nf_sb_str(s, x->nchanges == 0 ? "[]}\n" : "]}\n");
}

void difflist_json(const struct difflist *l)
{
	struct nf_strbuf *s = &l->o->text;
	const char *sep = "";

	for (size_t i = 0; i < l->diff->n; i++)
		one(l, &l->diff->list[i]);
	LIT(s, "{\"type\":\"summary\",\"schema\":1,\"verdict\":");
	nf_sb_str(s, l->nothing ? "\"nothing\"" : diff_total(l->diff) != 0 ? "\"different\"" :
								       "\"same\"");
	out_member(s, "sameFlows", l->diff->same_flows);
	LIT(s, ",\"totals\":{");
	for (unsigned i = 0; i < DIFF_KINDS; i++)
		if (l->diff->total[i] != 0) {
			nf_sb_printf(s, "%s\"%s\":%" PRIu64, sep,
				     diff_kind_name((enum diff_kind)i), l->diff->total[i]);
			sep = ",";
		}
	LIT(s, "}}\n");
}
