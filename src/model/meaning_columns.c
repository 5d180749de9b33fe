/* Fields of flows to columns, and which columns flows have: their shapes. */
#include <config.h>

#include "model/meaning_internal.h"

#include "base/mem.h"

/* -- Columns -------------------------------------------------------------------------- */

static bool is_time(const struct nf_fielddef *def)
{
	switch (def->ie->role) {
	case NF_ROLE_FIRST_UPTIME: case NF_ROLE_LAST_UPTIME: case NF_ROLE_FIRST_S:
	case NF_ROLE_LAST_S: case NF_ROLE_FIRST_MS: case NF_ROLE_LAST_MS: case NF_ROLE_FIRST_US:
	case NF_ROLE_LAST_US: case NF_ROLE_FIRST_NS: case NF_ROLE_LAST_NS:
	case NF_ROLE_FIRST_DELTA: case NF_ROLE_LAST_DELTA: case NF_ROLE_EVENT_MS:
	case NF_ROLE_INIT_MS: return true;
	default: break;
	}
	return def->kind >= NF_KIND_SECONDS && def->kind <= NF_KIND_NANOSECONDS;
}

/* flowDurationMilliseconds and its like: first and last say it. */
static bool is_duration(const struct nf_ie *ie)
{
	return ie->pen == NF_PEN_IANA && (ie->id == 161 || ie->id == 162);
}

static bool is_padding(const struct nf_ie *ie)
{
	if (ie->pen == NF_PEN_FIXED)
		return ie->id == NF_FIXED_PAD || ie->id == NF_FIXED_PADDING ||
		       ie->id == NF_FIXED_RESERVED;
	return ie->pen == NF_PEN_IANA && ie->id == 210;
}

bool meaning_is_id(const struct nf_ie *ie)
{
	static const uint16_t ids[] = { 145, 148, 151, 173, 300 };

	for (unsigned i = 0; ie->pen == NF_PEN_IANA && i < sizeof(ids) / sizeof(*ids); i++)
		if (ie->id == ids[i])
			return true;
	return ie->pen == NF_PEN_V9_SCOPE && ie->id == 5;	/* Template, RFC 3954 section 6.1 */
}

static enum meaning_class class_of(const struct nf_fielddef *def)
{
	if (is_time(def))
		return MEANING_TIMES;
	return meaning_is_id(def->ie) ? MEANING_IDS : MEANING_ALWAYS;
}

bool meaning_tells(const struct meaning *m, const struct nf_fielddef *def)
{
	return !is_padding(def->ie) && !is_duration(def->ie) &&
	       (m->opts.strict || class_of(def) == MEANING_ALWAYS);
}

static enum meaning_how how_of(const struct nf_fielddef *def)
{
	bool number = def->length <= 8 && def->length > 0 &&
		      !nf_kind_is_list((enum nf_kind)def->kind);

	if (!number)
		return MEANING_TEXTS;
	if (def->ie->semantics == NF_SEM_DELTA_COUNTER)
		return MEANING_SUM;
	if (def->ie->semantics == NF_SEM_TOTAL_COUNTER)
		return MEANING_MOST;
	if (def->ie->semantics == NF_SEM_FLAGS || def->ie->role == NF_ROLE_TCP_FLAGS)
		return MEANING_UNION;
	return MEANING_RANGE;
}

static const struct { uint8_t item; const char *name; } aliases[] = {
	{ FLOW_BYTES, "bytes" }, { FLOW_PACKETS, "packets" }, { FLOW_TCP_FLAGS, "tcpflags" },
	{ FLOW_TOS, "tos" }, { FLOW_SRC_AS, "src_as" }, { FLOW_DST_AS, "dst_as" },
	{ FLOW_NEXT_HOP4, "nexthop" }, { FLOW_NEXT_HOP6, "nexthop" }, { FLOW_IN_IF, "in_if" },
	{ FLOW_OUT_IF, "out_if" }, { FLOW_SPORT, "sport" }, { FLOW_DPORT, "dport" },
	{ FLOW_PROTO, "proto" }, { FLOW_FLOWS, "flows" },
};

bool meaning_is_alias(const char *name)
{
	for (unsigned i = 0; i < sizeof(aliases) / sizeof(*aliases); i++)
		if (strcmp(aliases[i].name, name) == 0)
			return true;
	return false;
}

static const char *alias_of(const struct flow_view *view, unsigned field)
{
	for (unsigned i = 0; i < sizeof(aliases) / sizeof(*aliases); i++)
		if (view->field[aliases[i].item] == (int)field)
			return aliases[i].name;
	return NULL;
}

/* Is the field in every key, so that it is the same in all records of it? */
static bool is_key(const struct meaning *m, const struct flow_view *view, unsigned field)
{
	static const uint8_t items[] = {
		FLOW_SRC4, FLOW_DST4, FLOW_SRC6, FLOW_DST6, FLOW_SPORT, FLOW_DPORT, FLOW_PROTO,
		FLOW_DIRECTION, FLOW_IN_IF, FLOW_OUT_IF,
	};

	for (unsigned i = 0; m->opts.keys == NULL && i < sizeof(items); i++)
		if (view->field[items[i]] == (int)field)
			return true;
	return false;
}

static int column_get(struct meaning *m, const struct meaning_column *want, const struct nf_ie *ie)
{
	void *columns = m->columns;
	struct nf_strbuf s;

	for (size_t i = 0; i < m->ncolumns; i++)
		if (m->columns[i].pen == want->pen && m->columns[i].id == want->id &&
		    m->columns[i].nth == want->nth && m->columns[i].how == want->how)
			return (int)i;
	if (m->ncolumns >= MEANING_COLUMNS)
		return -1;
	if (!nf_grow(&columns, &m->columns_cap, m->ncolumns + 1, sizeof(*m->columns))) {
		m->failed = true;
		return -1;
	}
	m->columns = columns;
	m->columns[m->ncolumns] = *want;
	nf_strbuf_init(&s);
	nf_ie_name(&s, ie);
	m->columns[m->ncolumns].name = nf_arena_strndup(&m->arena, s.p, s.n);
	m->failed |= s.failed || m->columns[m->ncolumns].name == NULL;
	nf_strbuf_done(&s);
	return m->failed ? -1 : (int)m->ncolumns++;
}

/* How many fields before FIELD have its element. */
static unsigned nth_of(const struct nf_layout *l, unsigned field)
{
	unsigned n = 0;

	for (unsigned i = 0; i < field; i++)
		n += l->fields[i].ie == l->fields[field].ie;
	return n;
}

int meaning_column_of(struct meaning *m, const struct flow_view *view, unsigned field)
{
	const struct nf_fielddef *def = &view->layout->fields[field];
	struct meaning_column c = {
		.alias = alias_of(view, field), .pen = def->ie->pen, .id = def->ie->id,
		.how = (uint8_t)how_of(def), .class = (uint8_t)class_of(def),
		.kind = def->kind, .length = (uint8_t)def->length,
	};

	if (is_key(m, view, field) || !meaning_tells(m, def))
		return -1;
	if (nf_kind_is_list((enum nf_kind)def->kind))
		c.kind = NF_KIND_STRING;
	else if (c.how == MEANING_TEXTS) {
		c.kind = (uint8_t)nf_kind_of((enum nf_type)def->ie->type,
					     def->length != NF_VARLEN ? def->length : 0);
		if (def->length == NF_VARLEN && def->ie->type == NF_TYPE_STRING)
			c.kind = NF_KIND_STRING;
		if (def->length == NF_VARLEN && c.kind != NF_KIND_STRING)
			c.kind = NF_KIND_OCTETS;
	}
	c.nth = (uint16_t)nth_of(view->layout, field);
	return column_get(m, &c, def->ie);
}

/* -- Shapes --------------------------------------------------------------------------- */

int64_t meaning_shape_get(struct meaning *m, const uint16_t *columns, unsigned n)
{
	void *shapes = m->shapes;
	struct meaning_shape s = { .n = (uint16_t)n };

	for (size_t i = 0; i < m->nshapes; i++)
		if (m->shapes[i].n == n &&
		    memcmp(m->shapes[i].columns, columns, n * sizeof(*columns)) == 0)
			return (int64_t)i;
	if (m->nshapes >= MEANING_SHAPES || n > MEANING_SHAPE_COLUMNS)
		return -1;
	s.columns = nf_arena_alloc(&m->arena, (n + 1) * sizeof(*columns));
	s.at = nf_arena_alloc(&m->arena, (n + 1) * sizeof(*columns));
	if (s.columns == NULL || s.at == NULL ||
	    !nf_grow(&shapes, &m->shapes_cap, m->nshapes + 1, sizeof(*m->shapes))) {
		m->failed = true;
		return -1;
	}
	m->shapes = shapes;
	for (unsigned i = 0; i < n; i++) {
		s.columns[i] = columns[i];
		s.at[i] = s.words;
		s.words = (uint16_t)(s.words + meaning_words_of(m->columns[columns[i]].how));
	}
	m->shapes[m->nshapes] = s;
	return (int64_t)m->nshapes++;
}

uint32_t meaning_shape_of_both(struct meaning *m, uint32_t a, uint32_t b)
{
	const struct meaning_shape *x = &m->shapes[a], *y = &m->shapes[b];
	uint16_t columns[2 * MEANING_SHAPE_COLUMNS];
	unsigned n = 0, i = 0, j = 0;
	int64_t both;

	if (m->both[2] != 0 && m->both[0] == a && m->both[1] == b)
		return m->both[2] - 1;
	while (i < x->n || j < y->n) {
		if (j >= y->n || (i < x->n && x->columns[i] <= y->columns[j])) {
			j += j < y->n && x->columns[i] == y->columns[j];
			columns[n++] = x->columns[i++];
		} else {
			columns[n++] = y->columns[j++];
		}
	}
	both = meaning_shape_get(m, columns, n);
	if (both < 0)
		both = a;
	m->both[0] = a;
	m->both[1] = b;
	m->both[2] = (uint32_t)both + 1;
	return (uint32_t)both;
}
