#include <config.h>

#include "filtercheck.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "lib/textbuild.h"
#include "model/filter_program.h"
#include "model/join.h"

/* -- Messages ------------------------------------------------------------------------- */

/* One of each version, with elements of every type, repeated, reduced, wrong, variable. */
static const char *const messages[] = {
	"v5 secs=1700000000 uptime_ms=100000 engine_type=1 engine_id=2 sampling=16484\n"
	"flow src=0x0a000001 dst=0x0a000002 nexthop=0x0a0000fe input=1 output=2 packets=10"
	" octets=1500 first=90000 last=95000 sport=53 dport=1024 proto=17 tos=184 src_as=65000\n"
	"flow src=0xc0a80001 dst=0x0a000002 packets=1 octets=40 first=99000 last=99000"
	" sport=40000 dport=80 proto=6 tcp_flags=2\n"
	"flow src=0xc0a80001 dst=0xe0000001 packets=4000000000 octets=4294967295"
	" sport=40000 dport=443 proto=6 tcp_flags=27 src_mask=24 dst_mask=8\n",

	"v1 uptime_ms=5000\n"
	"flow src=0x01020304 dst=0x05060708 packets=3 octets=300 proto=1 dport=2048\n",

	"v7\n"
	"flow src=0x01020304 dst=0x05060708 packets=3 octets=300 proto=1 flags=5"
	" router_sc=0x0a0a0a0a\n",

	"v8 aggregation=11\n"
	"flow src=0x0a000000 src_mask=8 packets=3 octets=300 flows=2 tos=8 src_as=7\n",

	"v9 secs=1700000000 uptime_ms=100000 seq=7 domain=42\n"
	"set 0\n"
	"template 256 8/4 12/4 7/2 11/2 4/1 6/1 1/4 2/4 21/4 22/4 10/2 14/4 56/6 80/6\n"
	"template 257 27/16 28/16 7/2 11/2 4/1 6/2 1/8 2/8 61/1 136/1 33002/2 57590/2\n"
	"set 1\n"
	"options 258 1/4 2/2 | 34/4 35/1 82/16\n"
	"set 256\n"
	"record 10.0.0.1 10.0.0.2 53/2 1024/2 17/1 0/1 1500/4 10/4 95000/4 90000/4 1/2 2/4"
	" 00:1b:c0:01:02:03 ff:ff:ff:ff:ff:ff\n"
	"record 172.16.0.1 8.8.8.8 50000/2 443/2 6/1 0x12/1 90000/4 100/4 95000/4 20000/4 3/2 4/4"
	" 00:1b:c0:01:02:04 00:00:5e:00:53:01\n"
	"set 257\n"
	"record 2001:db8::1 2001:db8::2 22/2 50001/2 6/1 0x1b/2 18446744073709551615/8 1/8 1/1"
	" 3/1 1001/2 91/2\n"
	"set 258\n"
	"record 7/4 9/2 1000/4 2/1 \"eth0\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
	"\\x00\"\n"
	"set 300\n"
	"record 1/4 2/4\n",

	"ipfix secs=1700000000 seq=9 domain=7\n"
	"set 2\n"
	"template 256 8/4 8/4 12/4 1/3 85/5 82/v 95/4 152/8 153/8 161/4 434/2 311/8 276/1\n"
	"template 257 27/16 12/4 150/4 154/8 157/8 515/16 35632:77/4 35632:78/v 29305:1/8 70/3\n"
	"template 258 1/v 8/8 27/4 56/4 152/4 434/v 311/4 313/v 371/v\n"
	"set 3\n"
	"options 259 149/4 | 160/8 346/4 303/2\n"
	"set 256\n"
	"record 10.0.0.1 10.0.0.9 192.168.1.1 70000/3 5/5 v\"TenGigE0/0\" xdeadbeef"
	" 1700000000123/8 1700000005123/8 5000/4 -5/2 0.5/f8 1/1\n"
	"record 10.0.0.3 10.0.0.4 192.168.1.2 0/3 1099511627775/5 v\"\" x00000001"
	" 0/8 18446744073709551615/8 0/4 -32768/2 -1.5/f8 2/1\n"
	"set 257\n"
	"record fe80::1 127.0.0.1 1699999990/4 0xe8ffffff12345678/8 0xe900000012345678/8 1/16"
	" 77/4 v\"abc\" 12/8 x0001f1\n"
	"record :: 0.0.0.0 0/4 0/8 0/8 x01000000000000000000000000000000 4294967295/4 v\"\" 0/8"
	" x000100\n"
	"set 258\n"
	"record vx01 x0a00000100000000 1.2.3.4 x00112233 7/4 vxfffe 1.5/f4 vx4500 v\"joe\"\n"
	"record vx0102030405060708 0/8 9/4 1/4 2/4 vxff 2.5/f4 v\"\" v\"J\\xc3\\xb6rg\"\n"
	"record vx010203040506070809 0/8 9/4 1/4 2/4 v\"\" 2.6/f4 v\"\" v\"\"\n"
	"set 259\n"
	"record 7/4 1690000000000/8 35632/4 5/2\n",

	"ipfix secs=1700000001 seq=20 domain=7\n"	/* templates alone */
	"set 2\n"
	"template 260 1/4 2/4\n",

	"ipfix secs=1700000001 seq=21 domain=7\n"	/* one of the records before, again */
	"set 260\n"
	"record 5/4 6/4\n"
	"record 1000000/4 6/4\n",
};

bool filtercheck_add(struct filtercheck *fc, const char *text)
{
	size_t i = fc->nmsgs;
	struct nf_err err;
	char whole[8192];

	if (i == FILTERCHECK_MESSAGES)
		return false;
	snprintf(whole, sizeof(whole), "bare\n%s", text);
	mb_init(&fc->octets[i]);
	if (tb_build(&fc->octets[i], whole, &err) < 0 ||
	    !nf_msg_open(&fc->msgs[i], mb_bytes(&fc->octets[i]), (uint32_t)fc->octets[i].n, NULL)) {
		fprintf(stderr, "filtercheck: %s\n", err.text);
		mb_done(&fc->octets[i]);
		return false;
	}
	fc->datagrams[i] = (struct nf_datagram){
		.frame = i + 1, .ts_ns = INT64_C(1700000000000000000) + (int64_t)i * 1000000,
		.wire_len = (uint32_t)fc->octets[i].n,
		.src = { .addr = { 4, { 10, 0, 0, (uint8_t)(i + 1) } }, .port = 50000 },
		.dst = { .addr = { 6, { 0x20, 1, 0xd, 0xb8 } }, .port = 2055 },
		.transport = i % 2 ? NF_TRANSPORT_TCP : NF_TRANSPORT_UDP,
		.facts = { .ttl = 64, .fragments = 1, .vlan = (uint16_t)(i % 3) },
	};
	fc->wc->version = fc->msgs[i].version;
	wirecheck_learn(fc->wc, &fc->msgs[i]);
	fc->nmsgs++;
	return true;
}

struct filtercheck *filtercheck_new(void)
{
	static const char *const files[] = { "a.pcap" };
	struct filtercheck *fc = calloc(1, sizeof(*fc));

	if (fc == NULL)
		return NULL;
	fc->wc = wirecheck_new();
	fc->opts = (struct filter_opts){ .files = files, .nfiles = 1 };
	for (size_t i = 0; fc->wc != NULL && i < sizeof(messages) / sizeof(messages[0]); i++)
		if (!filtercheck_add(fc, messages[i]))
			abort();
	if (fc->wc != NULL)
		return fc;
	free(fc);
	return NULL;
}

void filtercheck_free(struct filtercheck *fc)
{
	for (size_t i = 0; i < fc->nmsgs; i++)
		mb_done(&fc->octets[i]);
	wirecheck_free(fc->wc);
	free(fc);
}

int filtercheck_set_up(void **state)
{
	*state = filtercheck_new();
	return *state == NULL;
}

int filtercheck_tear_down(void **state)
{
	filtercheck_free(*state);
	return 0;
}

struct nf_view filtercheck_view(struct filtercheck *fc, size_t i)
{
	struct nf_view v = { .msg = fc->msgs[i], .datagram = &fc->datagrams[i] };

	fc->wc->version = v.msg.version;
	v.resolver = wirecheck_resolver(fc->wc);
	return v;
}

/* -- The naive evaluator -------------------------------------------------------------- */

enum { VALUES = 64, PRODUCT = 2048 };

struct values {
	struct filter_value v[VALUES];
	size_t n;
	bool many;			/* there are more: what follows says nothing */
};

struct naive {
	const struct filter_at *at;
	uint8_t text[1 << 16];		/* of lower and upper */
	size_t used;
	struct filter_made made[VALUES];
	size_t nmade;
	bool many;
};

static void put(struct values *vs, struct filter_value v)
{
	if (vs->n == VALUES)
		vs->many = true;
	else
		vs->v[vs->n++] = v;
}

static bool is_named(const struct filter_ref *ref, const struct nf_ie *ie, int64_t *unit)
{
	for (size_t i = 0; i < ref->nelements; i++) {
		if (ref->elements[i].pen == ie->pen && ref->elements[i].id == ie->id) {
			*unit = ref->elements[i].unit;
			return true;
		}
	}
	return false;
}

/* Each value that the row has, its text in a place of its own. */
static void row_values(struct naive *nv, const struct filter_name *row, struct values *vs)
{
	struct filter_at at = *nv->at;
	struct filter_value v;
	uint32_t n;

	at.kinds = at.rec != NULL ? join_kinds_of(at.rec->layout) : 0;
	n = row->count != NULL ? row->count(row, &at) : 1;
	for (at.nth = 0; at.nth < n; at.nth++) {
		if (nv->nmade == VALUES) {
			nv->many = true;
			return;
		}
		at.made = &nv->made[nv->nmade++];
		at.made->used = 0;
		if (row->get(row, &at, &v))
			put(vs, v);
	}
}

/* All values of a name, as TYPE. */
static void name_values(struct naive *nv, const struct filter_ref *ref, enum filter_type type,
			struct values *vs)
{
	const struct nf_rec *r = nv->at->rec;
	struct filter_value v;
	int64_t unit;

	if (ref->row != NULL) {
		row_values(nv, ref->row, vs);
		return;
	}
	for (unsigned i = 0; r != NULL && i < r->layout->nfields; i++) {
		struct nf_field f = nf_field(r, i);

		if (is_named(ref, f.def->ie, &unit) &&
		    filter_field_value(&f, type, unit, nv->at->msg, &v))
			put(vs, v);
	}
}

static size_t occurrences(struct naive *nv, const struct filter_ref *ref)
{
	const struct nf_rec *r = nv->at->rec;
	struct values vs = { .n = 0 };
	size_t n = 0;
	int64_t unit;

	if (ref->row != NULL) {
		row_values(nv, ref->row, &vs);
		return vs.n;
	}
	for (unsigned i = 0; r != NULL && i < r->layout->nfields; i++)
		n += is_named(ref, r->layout->fields[i].ie, &unit);
	return n;
}

static void evaluate(struct naive *nv, const struct filter_node *n, struct values *vs);

static void octets_of(struct naive *nv, const struct filter_node *n, struct values *vs)
{
	name_values(nv, n->ref, n->type == FILTER_TEXT ? FILTER_TEXT : FILTER_OCTETS, vs);
}

static void mapped(struct naive *nv, const struct filter_node *n, struct values *vs)
{
	struct values in = { .n = 0 };

	if (n->op == OP_LEN || n->op == OP_SLICE)
		octets_of(nv, n->a, &in);
	else
		evaluate(nv, n->a, &in);
	vs->many = vs->many || in.many;
	for (size_t i = 0; i < in.n; i++) {
		struct filter_value v = in.v[i];
		int order;

		switch (n->op) {
		case OP_LEN:
			v = filter_number(v.b.n);
			break;
		case OP_SLICE:
			v = (struct filter_value){ .type = FILTER_OCTETS,
						   .b = filter_slice(v.b, &n->slice) };
			if (v.b.n == 0)
				continue;
			break;
		case OP_NEGATE:
			if (!filter_negate(&v))
				continue;
			break;
		case OP_ABS: {
			struct filter_value zero = { .type = v.type };

			if (filter_order(&v, &zero, &order) && order < 0 && !filter_negate(&v))
				continue;
			break;
		}
		default: {	/* lower, upper */
			uint8_t *to = nv->text + nv->used;

			if (v.b.n > sizeof(nv->text) - nv->used) {
				nv->many = true;
				return;
			}
			for (size_t j = 0; j < v.b.n; j++) {
				int c = v.b.p[j];

				if (n->op == OP_LOWER && c >= 'A' && c <= 'Z')
					c += 'a' - 'A';
				if (n->op == OP_UPPER && c >= 'a' && c <= 'z')
					c -= 'a' - 'A';
				to[j] = (uint8_t)c;
			}
			nv->used += v.b.n;
			v.b.p = to;
		}
		}
		put(vs, v);
	}
}

static void combined(struct naive *nv, const struct filter_node *n, struct values *vs)
{
	struct values *a = calloc(2, sizeof(*a)), *b = a + 1, out = { .n = 0 };
	bool extreme = n->op == OP_MIN || n->op == OP_MAX;

	evaluate(nv, n->a, a);
	for (const struct filter_node *m = extreme ? n->a->next : n->b; m != NULL;
	     m = extreme ? m->next : NULL) {
		b->n = 0;
		evaluate(nv, m, b);
		out.n = 0;
		if (a->n * b->n > VALUES)
			nv->many = true;
		for (size_t i = 0; i < a->n; i++) {
			for (size_t j = 0; j < b->n; j++) {
				struct filter_value v = a->v[i];
				int order;

				if (!extreme) {
					if (filter_arithmetic((enum filter_op)n->op, &a->v[i],
							      &b->v[j], &v))
						put(&out, v);
					continue;
				}
				if (!filter_order(&b->v[j], &v, &order))
					continue;
				if (n->op == OP_MIN ? order < 0 : order > 0)
					v = b->v[j];
				put(&out, v);
			}
		}
		nv->many = nv->many || a->many || b->many;
		*a = out;
	}
	*vs = *a;
	free(a);
}

static void evaluate(struct naive *nv, const struct filter_node *n, struct values *vs)
{
	switch (n->op) {
	case OP_VALUE:
		put(vs, n->value);
		break;
	case OP_NAME:
		name_values(nv, n->ref, (enum filter_type)n->type, vs);
		break;
	case OP_COUNT:
		put(vs, filter_number(occurrences(nv, n->a->ref)));
		break;
	case OP_NEGATE: case OP_SLICE: case OP_LEN: case OP_LOWER: case OP_UPPER: case OP_ABS:
		mapped(nv, n, vs);
		break;
	default:
		combined(nv, n, vs);
		break;
	}
	nv->many = nv->many || vs->many;
}

static bool bit(const struct filter_value *v, unsigned i)
{
	if (v->type == FILTER_IPV4)
		return v->u >> (31 - i) & 1;
	return v->b.p[i / 8] >> (7 - i % 8) & 1;
}

static bool in_net(const struct filter_value *v, const struct filter_node *net)
{
	if (v->type != net->value.type)
		return false;
	for (unsigned i = 0; i < net->prefix; i++)
		if (bit(v, i) != bit(&net->value, i))
			return false;
	return true;
}

static bool order_is(const struct filter_value *a, enum filter_cmp cmp,
		     const struct filter_value *b)
{
	int order;

	return filter_order(a, b, &order) ? filter_holds(cmp, order) : cmp == CMP_NE;
}

static bool is_member(const struct filter_value *v, const struct filter_node *set)
{
	for (const struct filter_node *m = set; m != NULL; m = m->next) {
		if (m->op == OP_NET ? in_net(v, m) :
		    m->op == OP_RANGE ? order_is(v, CMP_GE, &m->a->value) &&
					order_is(v, CMP_LE, &m->b->value) :
		    order_is(v, CMP_EQ, &m->value))
			return true;
	}
	return false;
}

static bool contains(struct nf_bytes b, struct nf_bytes part)
{
	for (size_t i = 0; part.n <= b.n && i <= b.n - part.n; i++)
		if (part.n == 0 || memcmp(b.p + i, part.p, part.n) == 0)
			return true;
	return false;
}

/* One combination of values of both sides. */
static bool holds(const struct filter_node *n, const struct filter_value *a,
		  const struct filter_value *b)
{
	switch (n->op) {
	case OP_COMPARE: return order_is(a, (enum filter_cmp)n->cmp, b);
	case OP_IN: return is_member(a, n->b);
	case OP_CONTAINS: return contains(a->b, b->b);
	case OP_MATCHES: return filter_regex_matches(n->regex, a->b);
	case OP_HAS: return !a->huge && (a->u & b->u) == b->u;
	case OP_NONZERO: return a->huge || a->u != 0;
	default: return true;
	}
}

static bool clause(struct naive *nv, const struct filter_node *n)
{
	struct values *a = calloc(2, sizeof(*a)), *b = a + 1;
	const struct filter_node *net = n->op != OP_COMPARE ? NULL : n->b->op == OP_NET ? n->b :
					n->a->op == OP_NET ? n->a : NULL;
	bool all = n->quant == QUANT_ALL, yes = false, no = false, result;
	bool binary = n->op == OP_COMPARE || n->op == OP_CONTAINS || n->op == OP_HAS;

	evaluate(nv, net != NULL && net == n->a ? n->b : n->a, a);
	if (binary && net == NULL)
		evaluate(nv, n->b, b);
	else
		put(b, filter_number(0));
	if (n->op == OP_EXISTS && n->a->op == OP_NAME)
		a->n = occurrences(nv, n->a->ref);
	if (a->n * b->n > PRODUCT)
		nv->many = true;
	for (size_t i = 0; i < a->n; i++) {
		for (size_t j = 0; j < b->n; j++) {
			bool one = net != NULL ? in_net(&a->v[i], net) == (n->cmp == CMP_EQ) :
				   holds(n, &a->v[i], &b->v[j]);

			yes = yes || one;
			no = no || !one;
		}
	}
	result = all ? yes && !no : yes;
	free(a);
	return result;
}

static bool naive(struct naive *nv, const struct filter_node *n)
{
	bool result;

	nv->used = nv->nmade = 0;
	switch (n->op) {
	case OP_TRUE:
		return true;
	case OP_NOT:
		return !naive(nv, n->a);
	case OP_AND:
	case OP_OR:
	case OP_XOR:
		result = n->op == OP_AND;
		for (const struct filter_node *m = n->a; m != NULL; m = m->next) {
			bool one = naive(nv, m);

			result = n->op == OP_AND ? result && one : n->op == OP_OR ? result || one :
				 result != one;
		}
		return result;
	default:
		return clause(nv, n);
	}
}

/* -- Both ----------------------------------------------------------------------------- */

struct walk {
	struct filtercheck *fc;
	struct filter *filter;
	const struct filter_tree *tree;
	struct naive *naive;
	bool any, many, differs;
	uint64_t bits;
	unsigned n;
};

static void unit(struct walk *w, const struct filter_at *at)
{
	bool compiled = filter_record(w->filter, at), expected;

	w->naive->at = at;
	w->naive->many = false;
	expected = naive(w->naive, w->tree->root);
	w->many = w->many || w->naive->many;
	if (compiled != expected && !w->naive->many)
		w->differs = true;
	w->any = w->any || expected;
	if (compiled && w->n < 64)
		w->bits |= UINT64_C(1) << w->n;
	w->n++;
	w->fc->records++;
	w->fc->matched += compiled;
}

static void records(struct walk *w, struct filter_at *at)
{
	struct nf_scratch scratch = { w->fc->wc->words, NF_SCRATCH_WORDS };
	struct nf_recs recs;
	struct nf_rec rec;

	nf_recs_open(&recs, at->msg, at->set, at->resolution->layout, scratch, NULL);
	at->rec = &rec;
	while (nf_rec_next(&recs, &rec))
		unit(w, at);
	at->rec = NULL;
}

static void templates(struct walk *w, struct filter_at *at)
{
	struct nf_templates templates;
	struct nf_template tmpl;

	nf_templates_open(&templates, at->msg, at->set, NULL);
	at->tmpl = &tmpl;
	while (nf_template_next(&templates, &tmpl))
		unit(w, at);
	at->tmpl = NULL;
}

static void sets(struct walk *w, const struct nf_view *v, struct filter_at *at)
{
	bool by_set = filter_level(w->filter) == FILTER_OF_SET;
	struct nf_sets sets;
	struct nf_set set;

	nf_sets_open(&sets, &v->msg, NULL);
	while (nf_set_next(&sets, &set)) {
		struct nf_resolution r = { .layout = NULL };

		at->set = &set;
		at->resolution = &r;
		if (set.kind == NF_SET_FIXED)
			r.layout = nf_fixed_layout(v->msg.version, v->msg.aggregation);
		else if (set.kind == NF_SET_DATA)
			v->resolver.resolve(v->resolver.ctx, set.id, set.bytes, set.offset, &r);
		else
			at->resolution = NULL;
		if (by_set)
			unit(w, at);
		if (by_set && set.kind <= NF_SET_OPTIONS_TEMPLATE)
			templates(w, at);
		if (!by_set && r.layout != NULL)
			records(w, at);
	}
}

static void walk_message(struct walk *w, size_t i)
{
	struct nf_view v = filtercheck_view(w->fc, i);
	struct filter_at at = filter_at_message(w->filter, &v);

	w->any = w->many = w->differs = false;
	w->bits = 0;
	w->n = 0;
	if (filter_level(w->filter) == FILTER_OF_MESSAGE)
		unit(w, &at);
	else
		sets(w, &v, &at);
	if (!w->many && filter_message(w->filter, &v) != w->any)
		w->differs = true;
}

static struct filter *open_filter(struct filtercheck *fc, const char *text, size_t n,
				  struct filter_error *err)
{
	return filter_new(text, n, &fc->opts, fc->wc->registry, err);
}

static bool canonical(struct filter *f, struct nf_strbuf *s)
{
	nf_strbuf_init(s);
	filter_canonical(s, f);
	return !s->failed;
}

/* The canonical form of F must be a filter with the same canonical form. */
static const char *check_canonical(struct filtercheck *fc, struct filter *f)
{
	struct filter_error err;
	struct nf_strbuf a, b;
	struct filter *again;
	const char *fault = NULL;

	if (!canonical(f, &a)) {
		nf_strbuf_done(&a);
		return NULL;
	}
	again = open_filter(fc, a.p, a.n, &err);
	if (again == NULL && !err.memory) {
		snprintf(fc->fault, sizeof(fc->fault), "canonical form is no filter: %.*s: %s",
			 (int)(a.n < 500 ? a.n : 500), a.p, err.text);
		fault = fc->fault;
	} else if (again != NULL) {
		if (canonical(again, &b) && (a.n != b.n || memcmp(a.p, b.p, a.n) != 0)) {
			snprintf(fc->fault, sizeof(fc->fault), "canonical form changes: %.*s: %.*s",
				 (int)(a.n < 400 ? a.n : 400), a.p, (int)(b.n < 400 ? b.n : 400),
				 b.p);
			fault = fc->fault;
		}
		nf_strbuf_done(&b);
	}
	filter_free(again);
	nf_strbuf_done(&a);
	return fault;
}

static const char *check_error(struct filtercheck *fc, const char *text, size_t n,
			       const struct filter_error *err)
{
	struct nf_strbuf s;
	const char *fault = NULL;

	if (err->memory)
		return NULL;
	if (err->text[0] == '\0')
		fault = "no reason is given";
	else if (err->span.off > n || err->span.len > n - err->span.off)
		fault = "the place of the fault is not in the text";
	nf_strbuf_init(&s);
	filter_error_text(&s, text, n, err);
	nf_strbuf_done(&s);
	(void)fc;
	return fault;
}

const char *filtercheck_text(struct filtercheck *fc, const char *text, size_t n)
{
	struct filter_error err;
	struct filter *f = open_filter(fc, text, n, &err);
	struct walk w = { .fc = fc, .filter = f };
	const char *fault;

	fc->tried = f != NULL;
	if (f == NULL)
		return check_error(fc, text, n, &err);
	fault = check_canonical(fc, f);
	w.tree = filter_tree_of(f);
	w.naive = malloc(sizeof(*w.naive));
	for (size_t i = 0; fault == NULL && w.naive != NULL && i < fc->nmsgs; i++) {
		walk_message(&w, i);
		if (w.differs && !filter_failed(f)) {
			snprintf(fc->fault, sizeof(fc->fault),
				 "message %zu: the program and the tree differ", i);
			fault = fc->fault;
		}
	}
	free(w.naive);
	filter_free(f);
	return fault;
}

bool filtercheck_records(struct filtercheck *fc, const char *text, size_t i, uint64_t *bits)
{
	struct filter_error err;
	struct filter *f = open_filter(fc, text, strlen(text), &err);
	struct walk w = { .fc = fc, .filter = f };

	if (f == NULL)
		return false;
	w.tree = filter_tree_of(f);
	w.naive = malloc(sizeof(*w.naive));
	walk_message(&w, i);
	free(w.naive);
	*bits = w.bits;
	filter_free(f);
	return true;
}
