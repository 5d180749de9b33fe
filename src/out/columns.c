#include <config.h>

#include "out/columns.h"

#include <ctype.h>
#include <stdio.h>

#include "base/digits.h"
#include "base/mem.h"
#include "ie/times.h"

enum { FIRST, LAST, EVENT, ANY };	/* items of times */
enum { SRC, DST, NEXT_HOP };		/* items of addresses */

enum { PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_ICMP6 = 58 };

/* -- Cells ---------------------------------------------------------------------------- */

void columns_seconds(struct nf_strbuf *s, int64_t ns, unsigned digits)
{
	uint64_t v = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	uint64_t unit = 1;

	for (unsigned i = digits; i < 9; i++)
		unit *= 10;
	v /= unit;
	if (ns < 0)
		nf_sb_char(s, '-');
	unit = 1;
	for (unsigned i = 0; i < digits; i++)
		unit *= 10;
	nf_sb_u64(s, v / unit);
	if (digits == 0)
		return;
	nf_sb_char(s, '.');
	nf_sb_digits(s, v % unit, digits);
}

char *columns_put_time(char *p, const struct nf_flowtime *t, struct nf_time_cache *cache)
{
	struct nf_instant instant = { .second = t->ns / 1000000000 };
	int64_t rest = t->ns % 1000000000;

	if (rest < 0) {
		instant.second--;
		rest += 1000000000;
	}
	instant.ns = (uint32_t)rest;
	return nf_put_instant(p, &instant, t->digits, cache);
}

static struct nf_flowtime time_of(const struct column *c, const struct columns_at *at)
{
	const struct nf_msg *m = at->in.msg;
	const struct nf_rec *r = at->in.rec;
	struct nf_flowtime t;

	switch (c->item) {
	case FIRST: return flow_first(at->view, m, r);
	case LAST: return flow_last(at->view, m, r);
	case EVENT: return flow_event_time(at->view, m, r);
	default: break;
	}
	t = flow_first(at->view, m, r);
	return t.source != NF_FLOWTIME_NONE ? t : flow_event_time(at->view, m, r);
}

/* "2023-01-01 01:00:05.002", or "01:00:05.002" where the day is said elsewhere. */
static void time_words(struct nf_strbuf *s, const struct nf_flowtime *t,
		       const struct columns_at *at)
{
	unsigned digits = at->clock && t->digits > 3 ? 3 : t->digits;
	size_t from = s->n, clock = digits > 0 ? 9 + digits : 8;

	nf_time_text(s, t->ns, digits, &at->out->time);
	if (s->failed || s->n - from < clock + 2)
		return;
	s->n--;				/* the Z */
	if (!at->clock) {
		s->p[s->n - clock - 1] = ' ';
		return;
	}
	memmove(s->p + from, s->p + s->n - clock, clock);
	s->n = from + clock;
}

/* An uptime without the time of the start is said to people as what it is, else not at all. */
static void time(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	struct nf_flowtime t = time_of(c, at);

	if (t.source == NF_FLOWTIME_NONE)
		return;
	if (t.source == NF_FLOWTIME_RELATIVE) {
		if (!at->words)
			return;
		nf_sb_str(s, "up ");
		columns_seconds(s, t.ns, 3);
	} else if (at->words) {
		time_words(s, &t, at);
	} else if (nf_sb_room(s, NF_ROOM_INSTANT)) {
		s->n = (size_t)(columns_put_time(s->p + s->n, &t, &at->out->time) - s->p);
	}
}

/* "0.250", as columns_seconds with three digits. */
static void milliseconds(struct nf_strbuf *s, int64_t ms)
{
	uint64_t v = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
	char *p;

	if (!nf_sb_room(s, NF_ROOM_U64 + 8))
		return;
	p = s->p + s->n;
	*p = '-';
	p = nf_put_u64(p + (ms < 0), v / 1000);
	*p++ = '.';
	s->n = (size_t)(nf_put_last(p, (unsigned)(v % 1000), 3) - s->p);
}

static void duration(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	unsigned first = at->view->first.digits, last = at->view->last.digits;
	unsigned digits = first > last ? first : last;
	int64_t from, to, ns;

	(void)c;
	if (nf_flowtime_ms(&at->view->first, at->in.msg, at->in.rec, &from) &&
	    nf_flowtime_ms(&at->view->last, at->in.msg, at->in.rec, &to)) {
		milliseconds(s, to - from);
		return;
	}
	if (!flow_duration(at->view, at->in.msg, at->in.rec, &ns))
		return;
	if (at->view->first.field < 0 || at->view->last.field < 0)
		digits = ns % 1000000 != 0 ? 6 : 3;
	if (at->clock && digits > 3)
		digits = 3;
	columns_seconds(s, ns, digits);
}

static void number(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	uint64_t v;

	if (flow_number(at->view, at->in.rec, (enum flow_item)c->item, &v))
		nf_sb_u64(s, v);
}

/* The word for the value of an item, false where there is none. */
static bool word(struct nf_strbuf *s, enum flow_item item, const struct columns_at *at)
{
	struct nf_field f = nf_field(at->in.rec, (unsigned)at->view->field[item]);

	return f.def->ie->labels != NULL && f.def->ie->labels->text(s, f.value);
}

static void proto(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	uint64_t v;

	(void)c;
	if (!flow_number(at->view, at->in.rec, FLOW_PROTO, &v))
		return;
	if (at->words && v == PROTO_ICMP6)
		nf_sb_str(s, "icmp6");
	else if (!at->words || !word(s, FLOW_PROTO, at))
		nf_sb_u64(s, v);
}

static void sampling(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	uint64_t n;

	(void)c;
	if (flow_sampling(at->view, at->in.msg, at->in.rec, &n))
		nf_sb_u64(s, n);
}

static void direction(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	uint64_t v;

	(void)c;
	if (!flow_number(at->view, at->in.rec, FLOW_DIRECTION, &v))
		return;
	if (at->words && v < 2)
		nf_sb_str(s, v == 0 ? "in" : "out");
	else
		nf_sb_u64(s, v);
}

static struct nf_bytes address_of(unsigned item, const struct columns_at *at)
{
	switch (item) {
	case SRC: return flow_src(at->view, at->in.rec);
	case DST: return flow_dst(at->view, at->in.rec);
	default: return flow_next_hop(at->view, at->in.rec);
	}
}

static void address_text(struct nf_strbuf *s, struct nf_bytes a)
{
	if (a.n == 4)
		nf_ipv4_text(s, a.p);
	else if (a.n == 16)
		nf_ipv6_text(s, a.p);
}

static void address(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	address_text(s, address_of(c->item, at));
}

/* True for a prefix of aggregated flows, of which the record may say the length. */
static bool is_prefix(unsigned item, const struct columns_at *at)
{
	bool six = flow_family(at->view, at->in.rec) == 6;
	enum flow_item from = item == SRC ? (six ? FLOW_SRC6 : FLOW_SRC4) :
					    (six ? FLOW_DST6 : FLOW_DST4);
	int16_t field = at->view->field[from];
	uint16_t id = field >= 0 ? at->view->layout->fields[field].ie->id : 0;

	return id == 44 || id == 45 || id == 169 || id == 170;
}

/* Ports mean nothing to ICMP, and aggregated flows have prefixes instead. */
static void endpoint(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	enum flow_item port_item = c->item == SRC ? FLOW_SPORT : FLOW_DPORT;
	enum flow_item mask_item = c->item == SRC ? FLOW_SRC_MASK : FLOW_DST_MASK;
	struct nf_bytes a = address_of(c->item, at);
	uint64_t proto_number = 0, v;
	bool port;

	flow_number(at->view, at->in.rec, FLOW_PROTO, &proto_number);
	port = proto_number != PROTO_ICMP && proto_number != PROTO_ICMP6 &&
	       flow_number(at->view, at->in.rec, port_item, &v);
	if (port && a.n == 16)
		nf_sb_char(s, '[');
	address_text(s, a);
	if (port && a.n == 16)
		nf_sb_char(s, ']');
	if (port) {
		nf_sb_char(s, ':');
		nf_sb_u64(s, v);
	} else if (a.n != 0 && is_prefix(c->item, at) &&
		   flow_number(at->view, at->in.rec, mask_item, &v)) {
		nf_sb_char(s, '/');
		nf_sb_u64(s, v);
	}
}

void columns_flags(struct nf_strbuf *s, uint64_t flags)
{
	static const char letters[] = "CEUAPRSF";

	for (unsigned i = 0; i < 8; i++)
		nf_sb_char(s, flags >> (7 - i) & 1 ? letters[i] : '.');
}

static void tcp_flags(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	uint64_t v;

	if (!flow_number(at->view, at->in.rec, (enum flow_item)c->item, &v))
		return;
	if (at->words)
		columns_flags(s, v);
	else
		nf_sb_u64(s, v);
}

static void icmp(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	uint8_t type;
	int code;

	if (!flow_icmp(at->view, at->in.rec, &type, &code))
		return;
	if (c->item == 0)
		nf_sb_u64(s, type);
	else if (code >= 0)
		nf_sb_u64(s, (uint64_t)code);
}

void columns_event(struct nf_strbuf *s, const struct flow_view *view, const struct nf_rec *r,
		   uint64_t event)
{
	static const char flow[] = "flow ";	/* it goes without saying */
	struct nf_field f = nf_field(r, (unsigned)view->field[FLOW_EVENT]);
	size_t from = s->n, cut = sizeof(flow) - 1;

	if (f.def->ie->labels == NULL || !f.def->ie->labels->text(s, f.value)) {
		nf_sb_u64(s, event);
	} else if (!s->failed && s->n - from > cut && memcmp(s->p + from, flow, cut) == 0) {
		memmove(s->p + from, s->p + from + cut, s->n - from - cut);
		s->n -= cut;
	}
}

static void event(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	uint64_t v;

	(void)c;
	if (!flow_event(at->view, at->in.rec, &v))
		return;
	if (at->words)
		columns_event(s, at->view, at->in.rec, v);
	else
		nf_sb_u64(s, v);
}

static void info(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	uint64_t v, flags;
	uint8_t type;
	int code;

	(void)c;
	if (flow_event(at->view, at->in.rec, &v)) {
		columns_event(s, at->view, at->in.rec, v);
	} else if (flow_icmp(at->view, at->in.rec, &type, &code)) {
		nf_sb_u64(s, type);
		if (code >= 0) {
			nf_sb_char(s, '/');
			nf_sb_u64(s, (uint64_t)code);
		}
	} else if (flow_number(at->view, at->in.rec, FLOW_PROTO, &v) && v == PROTO_TCP &&
		   flow_number(at->view, at->in.rec, FLOW_TCP_FLAGS, &flags)) {
		columns_flags(s, flags);
	}
}

static void mac(struct nf_strbuf *s, uint64_t v)
{
	uint8_t octets[6];

	for (unsigned i = 0; i < 6; i++)
		octets[i] = (uint8_t)(v >> 8 * (5 - i));
	nf_mac_text(s, octets);
}

static void ipv4(struct nf_strbuf *s, uint64_t v)
{
	uint8_t octets[4];

	for (unsigned i = 0; i < 4; i++)
		octets[i] = (uint8_t)(v >> 8 * (3 - i));
	nf_ipv4_text(s, octets);
}

/* Integers by their words, where the row has some. */
static void integer(struct nf_strbuf *s, const struct nf_labels *labels, uint64_t v)
{
	for (size_t i = 0; labels != NULL && i < labels->nvalues; i++)
		if (labels->values[i].value == v) {
			nf_sb_str(s, labels->values[i].name);
			return;
		}
	nf_sb_u64(s, v);
}

/* Whole numbers in digits, others to nine of them. */
static void number_text(struct nf_strbuf *s, double v)
{
	if (v >= 0 && v < 1e15 && v == (double)(uint64_t)v)
		nf_sb_u64(s, (uint64_t)v);
	else
		nf_sb_printf(s, "%.9g", v);
}

void columns_name_cell(struct nf_strbuf *s, const struct column *c, const struct columns_at *at)
{
	const struct filter_name *row = c->ref->row;
	struct filter_value v;

	if (!row->get(row, &at->in, &v))
		return;
	switch ((enum filter_type)v.type) {
	case FILTER_NUMBER:
		if (v.negative)
			nf_sb_i64(s, (int64_t)v.u);
		else
			integer(s, row->labels, v.u);
		break;
	case FILTER_BOOLEAN: nf_sb_str(s, v.u == 1 ? "true" : "false"); break;
	case FILTER_TIME: nf_time_text(s, v.ns, v.ns % 1000 != 0 ? 9 : 6, NULL); break;
	case FILTER_DURATION: columns_seconds(s, v.ns, v.ns % 1000000 != 0 ? 9 : 3); break;
	case FILTER_FLOAT: number_text(s, v.d); break;
	case FILTER_IPV4: ipv4(s, v.u); break;
	case FILTER_IPV6: nf_ipv6_text(s, v.b.p); break;
	case FILTER_MAC: mac(s, v.u); break;
	case FILTER_OCTETS: nf_sb_hex(s, v.b.p, v.b.n); break;
	default: nf_safe_text(s, v.b); break;
	}
}

/* -- Names ---------------------------------------------------------------------------- */

enum side { LEFT, RIGHT };

struct row {
	struct column column;
	const char *help;
};

static const struct row rows[] = {
#define COLUMN(name_, cell_, item_, width_, side_, title_, help_) \
	{ .column = { .name = name_, .title = title_, .width = width_, \
		      .right = side_ == RIGHT, .cell = cell_, .item = item_, \
		      .quoted = cell_ == time || cell_ == address }, \
	  .help = help_ },
#include "out/columns.def"
#undef COLUMN
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

bool columns_next(unsigned *i, const char **name, const char **help)
{
	if (*i >= ROWS)
		return false;
	*name = rows[*i].column.name;
	*help = rows[*i].help;
	(*i)++;
	return true;
}

static struct nf_bytes bytes_of(const char *text)
{
	return (struct nf_bytes){ (const uint8_t *)text, strlen(text) };
}

static const struct column *row_named(struct nf_bytes name)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (strlen(rows[i].column.name) == name.n &&
		    memcmp(rows[i].column.name, name.p, name.n) == 0)
			return &rows[i].column;
	return NULL;
}

bool columns_is(const char *name)
{
	return row_named(bytes_of(name)) != NULL;
}

/* How wide values of a type are as a rule. */
static unsigned width_of(const struct filter_ref *ref)
{
	switch ((enum filter_type)ref->type) {
	case FILTER_IPV4: case FILTER_ADDRESS: return 15;
	case FILTER_IPV6: return 20;
	case FILTER_TIME: return 27;
	case FILTER_MAC: return 17;
	case FILTER_TEXT: case FILTER_OCTETS: return 12;
	default: return 6;
	}
}

static bool is_right(const struct filter_ref *ref)
{
	return (ref->type == FILTER_NUMBER || ref->type == FILTER_FLOAT ||
		ref->type == FILTER_DURATION) && ref->labels == NULL;
}

static bool fault(struct filter_error *err, size_t at, size_t n, const char *text)
{
	*err = (struct filter_error){ .span = { (uint32_t)at, (uint32_t)n } };
	snprintf(err->text, sizeof(err->text), "%s", text);
	return false;
}

/* What the filter calls NAME: one of ours ("octets" is bytes), or something besides. */
static bool from_filter(struct columns *c, struct nf_bytes name, struct column *to,
			struct filter_error *err)
{
	const struct filter_ref *ref = filter_names_find(c->names, name, err);
	const struct column *row = ref != NULL ? row_named(bytes_of(ref->name)) : NULL;

	if (ref == NULL)
		return false;
	if (row != NULL) {
		*to = *row;
		return true;
	}
	*to = (struct column){
		.name = nf_arena_strndup(&c->arena, (const char *)name.p, name.n),
		.ref = ref,
		.width = width_of(ref),
		.right = is_right(ref),
	};
	to->title = to->name != NULL && strncmp(to->name, "join.", 5) == 0 ? to->name + 5 :
									     to->name;
	err->memory = to->name == NULL;
	return to->name != NULL;
}

/* "norm.bytes", "bytes", or any name that a filter has; AT is where it stands. */
static bool add(struct columns *c, struct nf_bytes name, size_t at, struct filter_error *err)
{
	static const char norm[] = "norm.";
	const struct column *row = row_named(name);
	struct column *to = &c->v[c->n];
	char most[40];

	snprintf(most, sizeof(most), "more than %d columns", COLUMNS_MAX);
	if (c->n == COLUMNS_MAX)
		return fault(err, at, name.n, most);
	if (row == NULL && name.n > sizeof(norm) - 1 && memcmp(name.p, norm, sizeof(norm) - 1) == 0)
		row = row_named(nf_slice(name, sizeof(norm) - 1, name.n));
	if (row != NULL) {
		*to = *row;
		if (to->title == NULL)
			to->title = to->name;
	} else if (!from_filter(c, name, to, err)) {
		err->span.off += (uint32_t)at;
		return false;
	}
	c->n++;
	return true;
}

static bool add_list(struct columns *c, const char *text, size_t from, struct filter_error *err)
{
	for (size_t at = from; ; at++) {
		size_t end;

		while (text[at] != '\0' && isspace((unsigned char)text[at]))
			at++;
		from = at;
		while (text[at] != '\0' && text[at] != ',')
			at++;
		end = at;
		while (end > from && isspace((unsigned char)text[end - 1]))
			end--;
		if (end == from)
			return fault(err, at, 0, "a name is missing");
		if (!add(c, (struct nf_bytes){ (const uint8_t *)text + from, end - from }, from,
			 err))
			return false;
		if (text[at] == '\0')
			return true;
	}
}

bool columns_init(struct columns *c, const char *text, const char *usual,
		  struct nf_registry *registry, const struct filter_opts *opts,
		  struct filter_error *err)
{
	*c = (struct columns){ .names = filter_names_new(opts, registry) };
	nf_arena_init(&c->arena);
	*err = (struct filter_error){ .memory = c->names == NULL };
	if (c->names == NULL)
		return false;
	if (text == NULL)
		return add_list(c, usual, 0, err);
	if (text[0] != '+')
		return add_list(c, text, 0, err);
	return add_list(c, usual, 0, err) && add_list(c, text, 1, err);
}

bool columns_add(struct columns *c, const char *text, struct filter_error *err)
{
	return add_list(c, text, 0, err);
}

void columns_done(struct columns *c)
{
	filter_names_free(c->names);
	nf_arena_done(&c->arena);
}

int columns_field(const struct column *c, const struct flow_view *view, bool words)
{
	if (c->cell == number || (c->cell == tcp_flags && !words))
		return view->field[c->item];
	if (c->cell == proto && !words)
		return view->field[FLOW_PROTO];
	if (c->cell != address || c->item == NEXT_HOP || view->both)
		return -1;
	if (c->item == SRC)
		return view->field[view->field[FLOW_SRC4] >= 0 ? FLOW_SRC4 : FLOW_SRC6];
	return view->field[view->field[FLOW_DST4] >= 0 ? FLOW_DST4 : FLOW_DST6];
}

const struct nf_flowtime_way *columns_way(const struct column *c, const struct flow_view *view)
{
	if (c->cell != time || (c->item != FIRST && c->item != LAST))
		return NULL;
	return c->item == FIRST ? &view->first : &view->last;
}

bool columns_absent(const struct column *c, const struct flow_view *view)
{
	if (c->cell == number || c->cell == tcp_flags)
		return view->field[c->item] < 0;
	if (c->cell == proto || c->cell == icmp)
		return view->field[FLOW_PROTO] < 0;
	if (c->cell == direction)
		return view->field[FLOW_DIRECTION] < 0;
	if (c->cell == event)
		return view->field[FLOW_EVENT] < 0;
	if (c->cell != time)
		return false;
	return (c->item == FIRST && view->first.field < 0) ||
	       (c->item == LAST && view->last.field < 0) ||
	       (c->item == EVENT && view->field[FLOW_EVENT_TIME] < 0);
}

bool columns_of_set(const struct column *c)
{
	return c->cell == NULL && c->ref->row != NULL && c->ref->level != FILTER_OF_RECORD;
}

bool columns_has(const struct column *c, const struct nf_ie *ie)
{
	return filter_ref_has(c->ref, ie);
}
