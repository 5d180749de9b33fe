/* `/` on Packets: in the tree, among octets, by filters. */
#include <config.h>

#include "tui/screen_packets.h"

#include <string.h>

static bool node_has(const struct packets *p, uint32_t node, const char *what)
{
	struct nf_bytes line = dissection_text(p->dissection, node);
	struct nf_strbuf text;
	bool has;

	nf_strbuf_init(&text);
	nf_sb_mem(&text, line.p, line.n);
	has = app_text_has(nf_strbuf_cstr(&text), what);
	nf_strbuf_done(&text);
	return has;
}

/* The next node with that text, behind the selected one or around the end. */
static bool find_node(struct packets *p, const char *what, bool back)
{
	uint32_t n = dissection_count(p->dissection), node = tree_node(&p->tree);

	for (uint32_t i = 0; i < n; i++) {
		node = back ? (node > 0 ? node : n) - 1 : node + 1 < n ? node + 1 : 0;
		if (!node_has(p, node, what))
			continue;
		tree_go(&p->tree, node);
		packets_mark(p);
		return true;
	}
	return false;
}

/* Octets by what they are in hex, or by what text they are. */
static bool find_octets(struct packets *p, const char *what, bool back)
{
	uint8_t octets[BYTES_PATTERN];
	size_t n = bytes_pattern(what, octets);
	struct nf_bytes pattern = { octets, n };

	if (n == 0)
		pattern = (struct nf_bytes){ (const uint8_t *)what, strlen(what) };
	if (!bytes_find(&p->bytes, pattern, back))
		return false;
	packets_show_octet(p);
	return true;
}

bool packets_passes(struct screen *s, struct filter *f, uint64_t line)
{
	struct packets *p = (struct packets *)s;
	uint64_t row = packets_row(p, line);
	const struct nf_view *v;
	struct nf_err err;

	v = row != UINT64_MAX ? store_read(s->app->store, row, NULL, &err) : NULL;
	return v != NULL && filter_message(f, v);
}

bool packets_find(struct screen *s, const char *what, bool back)
{
	struct packets *p = (struct packets *)s;

	if (p->open == UINT64_MAX)
		return false;
	return p->pane == PANE_BYTES ? find_octets(p, what, back) : find_node(p, what, back);
}
