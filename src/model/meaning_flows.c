/*
 * Flow records to rows by key.  A layout's plan says where each of its fields goes; the records of
 * one key add up in whatever order they come.
 */
#include <config.h>

#include "model/meaning.h"

#include <stdlib.h>

#include "base/mem.h"

enum { MAX_WORDS = 1 + (TOP_KEYS + 7) / 8 + 2 * TOP_KEYS, MAX_PLANS = 4096, MAX_SHAPES = 4096,
       SHAPE_COLUMNS = 512, BATCH = 32 };

struct step {
	uint16_t column, at;		/* at: of its words, in the plan's own shape */
	uint16_t field;
	uint8_t how;
	bool list;			/* it is compared by what is in it */
};

struct meaning_plan {
	const struct nf_layout *layout;
	struct flow_view view;
	struct top_op *ops;
	uint32_t shape;
	unsigned n;
	struct step steps[];
};

/* -- Columns -------------------------------------------------------------------------- */

static unsigned words_of(uint8_t how)
{
	return how >= MEANING_RANGE ? 2 : 1;
}

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

static const char *alias_of(const struct flow_view *view, unsigned field)
{
	static const struct { uint8_t item; const char *name; } aliases[] = {
		{ FLOW_BYTES, "bytes" }, { FLOW_PACKETS, "packets" },
		{ FLOW_TCP_FLAGS, "tcpflags" }, { FLOW_TOS, "tos" },
		{ FLOW_SRC_AS, "src_as" }, { FLOW_DST_AS, "dst_as" },
		{ FLOW_NEXT_HOP4, "nexthop" }, { FLOW_NEXT_HOP6, "nexthop" },
		{ FLOW_IN_IF, "in_if" }, { FLOW_OUT_IF, "out_if" },
		{ FLOW_SPORT, "sport" }, { FLOW_DPORT, "dport" },
		{ FLOW_PROTO, "proto" }, { FLOW_FLOWS, "flows" },
	};

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
	if (!nf_grow(&columns, &m->columns_cap, m->ncolumns + 1, sizeof(*m->columns)))
		return -1;
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

static int column_of(struct meaning *m, const struct flow_view *view, unsigned field)
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

/* The shape of N ascending columns; -1: no room. */
static int64_t shape_get(struct meaning *m, const uint16_t *columns, unsigned n)
{
	void *shapes = m->shapes;
	struct meaning_shape s = { .n = (uint16_t)n };

	for (size_t i = 0; i < m->nshapes; i++)
		if (m->shapes[i].n == n &&
		    memcmp(m->shapes[i].columns, columns, n * sizeof(*columns)) == 0)
			return (int64_t)i;
	if (m->nshapes >= MAX_SHAPES || n > SHAPE_COLUMNS)
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
		s.words = (uint16_t)(s.words + words_of(m->columns[columns[i]].how));
	}
	m->shapes[m->nshapes] = s;
	return (int64_t)m->nshapes++;
}

/* Where the words of COLUMN stand in S; -1: it has none. */
static int place(const struct meaning_shape *s, uint16_t column)
{
	for (unsigned i = 0; i < s->n && s->columns[i] <= column; i++)
		if (s->columns[i] == column)
			return s->at[i];
	return -1;
}

static void clear_column(const struct meaning *m, const struct meaning_shape *s, unsigned i,
			 uint64_t *v)
{
	const struct meaning_column *c = &m->columns[s->columns[i]];

	v[s->at[i]] = c->how == MEANING_RANGE ? UINT64_MAX : 0;
	if (words_of(c->how) == 2)
		v[s->at[i] + 1] = 0;
}

static uint64_t *values_new(struct meaning *m, uint32_t shape)
{
	const struct meaning_shape *s = &m->shapes[shape];
	uint64_t *v = nf_arena_alloc(&m->arena, (s->words + 1u) * sizeof(*v));

	for (unsigned i = 0; v != NULL && i < s->n; i++)
		clear_column(m, s, i, v);
	m->failed |= v == NULL;
	return v;
}

/* The columns of both; that of A where there is no room for more. */
static uint32_t shape_of_both(struct meaning *m, uint32_t a, uint32_t b)
{
	const struct meaning_shape *x = &m->shapes[a], *y = &m->shapes[b];
	uint16_t columns[2 * SHAPE_COLUMNS];
	unsigned n = 0, i = 0, j = 0;
	int64_t both;

	while (i < x->n || j < y->n) {
		if (j >= y->n || (i < x->n && x->columns[i] <= y->columns[j])) {
			j += j < y->n && x->columns[i] == y->columns[j];
			columns[n++] = x->columns[i++];
		} else {
			columns[n++] = y->columns[j++];
		}
	}
	both = shape_get(m, columns, n);
	return both < 0 ? a : (uint32_t)both;
}

/* A record of another layout: the row is to have its columns as well. */
static void reshape(struct meaning *m, uint64_t *row, uint32_t with)
{
	uint32_t old = (uint32_t)row[MEANING_SHAPE], new = shape_of_both(m, old, with);
	const struct meaning_shape *s = &m->shapes[old];
	const uint64_t *from = (const uint64_t *)(uintptr_t)row[MEANING_VALUES];
	uint64_t *to;

	if (new == old)
		return;
	to = values_new(m, new);
	if (to == NULL)
		return;
	for (unsigned i = 0; i < s->n; i++)
		memcpy(to + place(&m->shapes[new], s->columns[i]), from + s->at[i],
		       words_of(m->columns[s->columns[i]].how) * sizeof(*to));
	row[MEANING_SHAPE] = new;
	row[MEANING_VALUES] = (uint64_t)(uintptr_t)to;
}

/* -- Plans ---------------------------------------------------------------------------- */

static int by_column(const void *a, const void *b)
{
	const struct step *x = a, *y = b;

	return x->column < y->column ? -1 : x->column > y->column;
}

static bool take_shape(struct meaning *m, struct meaning_plan *p)
{
	uint16_t columns[SHAPE_COLUMNS];
	int64_t shape;

	qsort(p->steps, p->n, sizeof(*p->steps), by_column);
	for (unsigned i = 0; i < p->n; i++)
		columns[i] = p->steps[i].column;
	shape = shape_get(m, columns, p->n);
	if (shape < 0)
		return false;
	p->shape = (uint32_t)shape;
	for (unsigned i = 0; i < p->n; i++)
		p->steps[i].at = m->shapes[shape].at[i];
	return true;
}

static bool room_for_values(struct meaning *m, size_t n)
{
	void *values = m->values;
	bool room = nf_grow(&values, &m->nvalues, n + 1, sizeof(*m->values));

	m->values = values;
	return room;
}

static struct meaning_plan *make(struct meaning *m, const struct nf_layout *l)
{
	struct meaning_plan *p = nf_zalloc(sizeof(*p) + l->nfields * sizeof(*p->steps));

	if (p == NULL)
		return NULL;
	p->layout = l;
	flow_view_of(&p->view, l);
	for (unsigned i = 0; i < l->nfields && p->n < SHAPE_COLUMNS; i++) {
		int column = column_of(m, &p->view, i);

		if (column >= 0)
			p->steps[p->n++] = (struct step){
				.column = (uint16_t)column, .field = (uint16_t)i,
				.how = m->columns[column].how,
				.list = nf_kind_is_list((enum nf_kind)l->fields[i].kind),
			};
	}
	p->ops = top_keys_plan(m->top, &p->view);
	if (p->ops != NULL && room_for_values(m, l->nfields) && take_shape(m, p))
		return p;
	nf_free(p->ops);
	nf_free(p);
	return NULL;
}

static struct meaning_plan *plan_of(struct meaning *m, const struct nf_layout *l)
{
	void *plans = m->plans;

	if (m->recent_plan != NULL && m->recent_plan->layout == l)
		return m->recent_plan;
	for (size_t i = 0; i < m->nplans; i++)
		if (m->plans[i]->layout == l)
			return m->recent_plan = m->plans[i];
	if (m->nplans >= MAX_PLANS)
		return NULL;
	if (!nf_grow(&plans, &m->plans_cap, m->nplans + 1, sizeof(*m->plans))) {
		m->failed = true;
		return NULL;
	}
	m->plans = plans;
	m->plans[m->nplans] = make(m, l);
	if (m->plans[m->nplans] == NULL)
		return NULL;
	return m->recent_plan = m->plans[m->nplans++];
}

void meaning_flows_done(struct meaning *m)
{
	for (size_t i = 0; i < m->nplans; i++) {
		nf_free(m->plans[i]->ops);
		nf_free(m->plans[i]);
	}
	nf_free(m->plans);
}

/* -- Values --------------------------------------------------------------------------- */

/* Of octets, which of two numbers of texts stands first. */
static bool before(const struct meaning *m, uint64_t a, uint64_t b)
{
	struct nf_bytes x = top_texts_text(&m->texts, a), y = top_texts_text(&m->texts, b);
	size_t n = x.n < y.n ? x.n : y.n;
	int order = n != 0 ? memcmp(x.p, y.p, n) : 0;

	return order != 0 ? order < 0 : x.n < y.n;
}

/* The text of that NUMBER to those of V: the first one, and the last one in order. */
static void add_text(struct meaning *m, uint64_t number, uint64_t *v)
{
	if (number == 0 || number == v[0] || number == v[1])
		return;
	if (v[0] == 0) {
		v[0] = v[1] = number;
		return;
	}
	if (before(m, number, v[0]))
		v[0] = number;
	else if (before(m, v[1], number))
		v[1] = number;
}

static void take_text(struct meaning *m, const struct nf_rec *r, const struct step *step,
		      uint64_t *v)
{
	const struct nf_field f = nf_field(r, step->field);
	struct nf_bytes octets = f.value;

	if (step->list) {
		meaning_list_text(m, &m->text, &f, &m->lists);
		octets = (struct nf_bytes){ (const uint8_t *)m->text.p, m->text.n };
		m->failed |= m->text.failed;
	}

	add_text(m, top_texts_number(&m->texts, octets, m->opts.max_keys,
				     m->opts.max_keys * TOP_TEXT_OCTETS), v);
}

static inline void take(struct meaning *m, const struct step *step, const struct nf_rec *r,
			uint64_t *v)
{
	uint64_t value = m->values[step->field];

	switch ((enum meaning_how)step->how) {
	case MEANING_SUM: v[0] += value; break;
	case MEANING_MOST: v[0] = value > v[0] ? value : v[0]; break;
	case MEANING_UNION: v[0] |= value; break;
	case MEANING_RANGE:
		v[0] = value < v[0] ? value : v[0];
		v[1] = value > v[1] ? value : v[1];
		break;
	case MEANING_TEXTS: take_text(m, r, step, v); break;
	}
}

static void take_all(struct meaning *m, const struct meaning_plan *p, const struct nf_rec *r,
		     uint64_t *row)
{
	uint64_t *v = (uint64_t *)(uintptr_t)row[MEANING_VALUES];
	bool same = row[MEANING_SHAPE] == p->shape;

	nf_rec_values(r, m->values);
	for (unsigned i = 0; i < p->n; i++) {
		const struct step *step = &p->steps[i];
		int at = same ? step->at : place(&m->shapes[row[MEANING_SHAPE]], step->column);

		if (at >= 0)
			take(m, step, r, v + at);
	}
}

/* -- Times ---------------------------------------------------------------------------- */

static void sample(struct meaning_samples *s, int64_t v)
{
	if (s->stride == 0)
		s->stride = 1;
	if (s->total++ % s->stride != 0)
		return;
	if (s->n == MEANING_SAMPLES) {
		s->n = 0;
		for (unsigned i = 0; i < MEANING_SAMPLES; i += 2)
			s->v[s->n++] = s->v[i];
		s->stride *= 2;
		if ((s->total - 1) % s->stride != 0)
			return;
	}
	s->v[s->n++] = v;
}

static inline bool end_ns(const struct nf_flowtime_way *way, const struct nf_msg *msg,
			  const struct nf_rec *r, int64_t *ns)
{
	struct nf_flowtime t;

	if (nf_flowtime_ms(way, msg, r, ns)) {
		*ns *= 1000000;
		return true;
	}
	if (!nf_flowtime_at(way, msg, r, &t))
		return false;
	*ns = t.ns;
	return true;
}

/*
 * A record that goes on where the one before it of its key ended was split from it: the time that
 * lasted is the active timeout.  Idle: how long after the last packet of a flow that nothing ended
 * it was sent.
 */
static void timeouts(const struct meaning_plan *p, struct meaning_domain *d, const uint64_t *row,
		     const struct filter_at *at, int64_t first, int64_t last)
{
	int64_t gap = (int64_t)((uint64_t)first - row[MEANING_LAST]);
	int64_t lasted = (int64_t)row[MEANING_LASTED];
	int64_t idle = (int64_t)((uint64_t)at->msg->clock_ns - (uint64_t)last);
	uint64_t flags;

	if (row[MEANING_RECORDS] != 0 && gap >= 0 && lasted > 1000000000 && gap < lasted / 10)
		sample(&d->active, lasted);
	if (at->msg->clock_captured || idle <= 0 || idle > INT64_C(86400000000000) ||
	    (flow_number(&p->view, at->rec, FLOW_TCP_FLAGS, &flags) && (flags & 5) != 0))
		return;
	sample(&d->idle, idle);
}

/* When a record's flow was: FIRST behind LAST where it does not say. */
static void ends(const struct meaning_plan *p, const struct filter_at *at, int64_t *first,
		 int64_t *last)
{
	*first = INT64_MAX;
	*last = INT64_MIN;
	if (end_ns(&p->view.first, at->msg, at->rec, first) &&
	    (!end_ns(&p->view.last, at->msg, at->rec, last) || *last < *first))
		*last = *first;
}

static void times(struct meaning_domain *d, const struct meaning_plan *p, uint64_t *row,
		  const struct filter_at *at, int64_t first, int64_t last)
{
	if (first > last)
		return;
	timeouts(p, d, row, at, first, last);
	row[MEANING_LASTED] = (uint64_t)last - (uint64_t)first;
	if ((int64_t)row[MEANING_LASTED] > d->longest_ns)
		d->longest_ns = (int64_t)row[MEANING_LASTED];
	if (first < (int64_t)row[MEANING_FIRST])
		row[MEANING_FIRST] = (uint64_t)first;
	if (last > (int64_t)row[MEANING_LAST])
		row[MEANING_LAST] = (uint64_t)last;
	if (first < d->first_ns)
		d->first_ns = first;
}

/* -- Records -------------------------------------------------------------------------- */

static uint64_t *row_new(struct meaning *m, const struct meaning_plan *p, const uint64_t *key,
			 uint32_t hash, uint64_t frame)
{
	uint64_t *row;

	if (m->flows.n >= m->opts.max_keys) {
		m->beyond++;
		return NULL;
	}
	row = top_table_add(&m->flows, key, hash);
	if (row == NULL)
		return NULL;
	row[MEANING_FIRST] = (uint64_t)INT64_MAX;
	row[MEANING_LAST] = (uint64_t)INT64_MIN;
	row[MEANING_FRAME] = frame;
	row[MEANING_SHAPE] = p->shape;
	row[MEANING_VALUES] = (uint64_t)(uintptr_t)values_new(m, p->shape);
	return row;
}

/* Is there no pause between ROW and what was from FIRST to LAST?  None is known without times. */
static inline bool goes_on(const uint64_t *row, int64_t first, int64_t last)
{
	int64_t from = (int64_t)row[MEANING_FIRST], to = (int64_t)row[MEANING_LAST];

	if (first > last || from > to)
		return true;
	if (first > to)
		return (uint64_t)first - (uint64_t)to < (uint64_t)MEANING_PAUSE;
	return last > from || (uint64_t)from - (uint64_t)last < (uint64_t)MEANING_PAUSE;
}

/* Another use of the key of ROW. */
static uint64_t *use_new(struct meaning *m, const struct meaning_plan *p, uint64_t *row,
			 uint32_t hash, uint64_t frame)
{
	uint64_t *use = row_new(m, p, row + MEANING_WORDS, hash, frame);

	if (use == NULL)
		return NULL;
	use[MEANING_NEXT] = row[MEANING_NEXT] != 0 ? row[MEANING_NEXT] : (uint64_t)(uintptr_t)row;
	row[MEANING_NEXT] = (uint64_t)(uintptr_t)use;
	return use;
}

/* Of the uses of the key that ROW has, the one that goes on; or a new one; or else the last. */
static uint64_t *use_of(struct meaning *m, const struct meaning_plan *p, uint64_t *row,
			uint32_t hash, uint64_t frame, int64_t first, int64_t last)
{
	uint64_t *use = row, *latest = row;
	unsigned n = 0;

	do {
		if (goes_on(use, first, last))
			return use;
		if ((int64_t)use[MEANING_LAST] > (int64_t)latest[MEANING_LAST])
			latest = use;
		use = (uint64_t *)(uintptr_t)use[MEANING_NEXT];
		n++;
	} while (use != NULL && use != row);
	return n < MEANING_USES ? use_new(m, p, row, hash, frame) : latest;
}

static void record(struct meaning *m, const struct meaning_plan *p, const struct filter_at *at,
		   const uint64_t *key, uint32_t hash)
{
	struct meaning_domain *d = m->domains[key[0]];
	uint64_t *row = top_table_find(&m->flows, key, hash), frame = at->datagram->frame;
	int64_t first, last;

	ends(p, at, &first, &last);
	if (row == NULL)
		row = row_new(m, p, key, hash, frame);
	else if (!goes_on(row, first, last))
		row = use_of(m, p, row, hash, frame, first, last);
	if (row == NULL || row[MEANING_VALUES] == 0)
		return;
	if (row[MEANING_SHAPE] != p->shape)
		reshape(m, row, p->shape);
	if (m->opts.strict)
		d->order = nf_fold(d->order ^ nf_hash_words(1, 3, key + 1, m->flows.key_words - 1),
				   0x9e3779b97f4a7c15u);
	times(d, p, row, at, first, last);
	row[MEANING_RECORDS]++;
	take_all(m, p, at->rec, row);
}

/* -- Two flows that are one ----------------------------------------------------------- */

static void add_column(struct meaning *m, uint8_t how, uint64_t *v, const uint64_t *w)
{
	switch ((enum meaning_how)how) {
	case MEANING_SUM: v[0] += w[0]; break;
	case MEANING_MOST: v[0] = w[0] > v[0] ? w[0] : v[0]; break;
	case MEANING_UNION: v[0] |= w[0]; break;
	case MEANING_RANGE:
		v[0] = w[0] < v[0] ? w[0] : v[0];
		v[1] = w[1] > v[1] ? w[1] : v[1];
		break;
	case MEANING_TEXTS:
		for (unsigned i = 0; i < 2; i++)
			add_text(m, w[i], v);
		break;
	}
}

void meaning_merge(struct meaning *m, uint64_t *into, uint64_t *from)
{
	const uint64_t *w = (const uint64_t *)(uintptr_t)from[MEANING_VALUES];
	const struct meaning_shape *s, *t;
	uint64_t *v;

	if (into[MEANING_SHAPE] != from[MEANING_SHAPE])
		reshape(m, into, (uint32_t)from[MEANING_SHAPE]);
	s = &m->shapes[from[MEANING_SHAPE]];
	t = &m->shapes[into[MEANING_SHAPE]];
	v = (uint64_t *)(uintptr_t)into[MEANING_VALUES];
	for (unsigned i = 0; i < s->n; i++) {
		int at = place(t, s->columns[i]);

		if (at >= 0)
			add_column(m, m->columns[s->columns[i]].how, v + at, w + s->at[i]);
	}
	if ((int64_t)from[MEANING_FIRST] < (int64_t)into[MEANING_FIRST])
		into[MEANING_FIRST] = from[MEANING_FIRST];
	if ((int64_t)from[MEANING_LAST] > (int64_t)into[MEANING_LAST])
		into[MEANING_LAST] = from[MEANING_LAST];
	if (from[MEANING_FRAME] < into[MEANING_FRAME])
		into[MEANING_FRAME] = from[MEANING_FRAME];
	into[MEANING_RECORDS] += from[MEANING_RECORDS];
	from[MEANING_RECORDS] = 0;
}

/* -- Sets ------------------------------------------------------------------------------ */

/*
 * Records are looked at twice, so many together: rows are seldom in the processor's cache, and are
 * on their way there while the keys of the others are made.
 */
struct batch {
	unsigned n;
	uint32_t hashes[BATCH];
	uint64_t keys[BATCH][MAX_WORDS];
	bool wanted[BATCH];
};

static void make_keys(struct meaning *m, const struct meaning_plan *p, const struct top_at *at,
		      const struct filter_program *program, int32_t domain, struct batch *b,
		      struct nf_recs *recs, struct nf_rec *rec)
{
	for (b->n = 0; b->n < BATCH && nf_rec_next(recs, rec); b->n++) {
		uint64_t *key = b->keys[b->n];

		b->wanted[b->n] = program == NULL || filter_test(m->opts.filter, program, at->in);
		if (!b->wanted[b->n])
			continue;
		m->domains[domain]->records++;
		if (m->opts.watch != NULL)
			m->opts.watch->record(m->opts.watch->ctx, at->in);
		key[0] = (uint64_t)domain;
		b->wanted[b->n] = top_keys_fill(m->top, p->ops, false, at, key + 1);
		if (!b->wanted[b->n]) {
			m->beyond++;
			continue;
		}
		b->hashes[b->n] = top_table_hash(&m->flows, key);
		__builtin_prefetch(&m->flows.slots[b->hashes[b->n] & m->flows.mask]);
	}
	for (unsigned i = 0; i < b->n; i++)
		if (b->wanted[i])
			top_table_guess(&m->flows, b->hashes[i]);
}

void meaning_flow_set(struct meaning *m, struct filter_at *at, int32_t domain)
{
	const struct nf_layout *layout = at->resolution->layout;
	const struct filter_program *program = NULL;
	struct top_at here = { .in = at };
	const struct meaning_plan *p = plan_of(m, layout);
	struct nf_recs recs, again;
	struct nf_rec rec;
	struct batch b;

	if (p == NULL)
		m->undecoded++;
	if (p == NULL ||
	    (m->opts.filter != NULL && (program = filter_begin(m->opts.filter, layout)) == NULL))
		return;
	here.view = at->view = &p->view;
	at->rec = &rec;
	if (m->opts.watch != NULL)
		m->opts.watch->set(m->opts.watch->ctx, layout, domain);
	nf_recs_open(&recs, at->msg, at->set, layout, m->scratch, NULL);
	m->lists.msg = at->msg;
	m->lists.scratch = nf_rec_scratch(&recs);
	do {
		again = recs;
		make_keys(m, p, &here, program, domain, &b, &recs, &rec);
		for (unsigned i = 0; i < b.n && nf_rec_next(&again, &rec); i++)
			if (b.wanted[i])
				record(m, p, at, b.keys[i], b.hashes[i]);
	} while (b.n == BATCH);
	at->rec = NULL;
	at->view = NULL;
}
