/* `/` on Packets: in the tree, among octets, by filters; `:find`: in all messages. */
#include <config.h>

#include "tui/screen_packets.h"

#include <string.h>

static bool node_has(const struct dissection *d, uint32_t node, const char *what)
{
	struct nf_bytes line = dissection_text(d, node);
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
		if (!node_has(p->dissection, node, what))
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

/* -- `:find` ------------------------------------------------------------------------------ */

/* What `:find` says in octets: it begins with 0x.  0: it is a text. */
static size_t octets_of(const char *what, uint8_t octets[BYTES_PATTERN])
{
	return what[0] == '0' && (what[1] == 'x' || what[1] == 'X') ? bytes_pattern(what, octets) :
								       0;
}

/* The node with that text from FROM on, or before it. */
static uint32_t node_from(const struct dissection *d, const char *what, uint32_t from, bool back)
{
	uint32_t n = dissection_count(d);

	if (back) {
		while (from > 0)
			if (node_has(d, --from, what))
				return from;
		return DISSECTION_NONE;
	}
	for (; from < n; from++)
		if (node_has(d, from, what))
			return from;
	return DISSECTION_NONE;
}

/* Where PATTERN is from FROM on, or begins before it; SIZE_MAX: nowhere. */
static size_t octets_from(struct nf_bytes octets, struct nf_bytes pattern, size_t from, bool back)
{
	size_t places = pattern.n <= octets.n ? octets.n - pattern.n + 1 : 0;

	if (back) {
		for (size_t at = from < places ? from : places; at-- > 0;)
			if (memcmp(octets.p + at, pattern.p, pattern.n) == 0)
				return at;
		return SIZE_MAX;
	}
	for (size_t at = from; at < places; at++)
		if (memcmp(octets.p + at, pattern.p, pattern.n) == 0)
			return at;
	return SIZE_MAX;
}

/* The message of ROW in a dissection of its own, so that the one that is shown stays. */
static bool probe(struct packets *p, uint64_t row)
{
	const struct nf_view *v;
	struct nf_err err;

	v = row != UINT64_MAX ?
	    store_read(p->screen.app->store, row, dissection_sink(p->probe), &err) : NULL;
	return v != NULL && dissection_make(p->probe, v);
}

static void show(struct packets *p, uint64_t line, uint32_t node, struct nf_span octets)
{
	p->keeps = UINT64_MAX;
	p->wants = false;
	grid_go(&p->list, line);
	packets_open(p);
	p->pane = node == DISSECTION_NONE && p->octets ? PANE_BYTES : PANE_TREE;
	if (node != DISSECTION_NONE) {
		tree_go(&p->tree, node);
		packets_mark(p);
	} else {
		bytes_mark(&p->bytes, octets);
		packets_show_octet(p);
	}
}

struct grid *packets_list(struct screen *s)
{
	return &((struct packets *)s)->list;
}

bool packets_find_in(struct screen *s, const char *what, uint64_t line, bool back, bool rest)
{
	struct packets *p = (struct packets *)s;
	uint8_t octets[BYTES_PATTERN];
	struct nf_bytes pattern = { octets, octets_of(what, octets) };
	uint32_t node = tree_node(&p->tree);
	size_t at = bytes_at(&p->bytes);

	if ((rest && p->open == UINT64_MAX) || !probe(p, packets_row(p, line)))
		return false;
	if (pattern.n != 0) {
		at = octets_from(dissection_octets(p->probe), pattern,
				 !rest ? (back ? SIZE_MAX : 0) : back ? at : at + 1, back);
		if (at != SIZE_MAX)
			show(p, line, DISSECTION_NONE, nf_span_of(at, pattern.n));
		return at != SIZE_MAX;
	}
	if (!rest || node == DISSECTION_NONE)
		node = back ? dissection_count(p->probe) : 0;
	else if (!back)
		node++;
	node = node_from(p->probe, what, node, back);
	if (node != DISSECTION_NONE)
		show(p, line, node, nf_span_of(0, 0));
	return node != DISSECTION_NONE;
}
