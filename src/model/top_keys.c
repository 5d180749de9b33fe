/* The keys of `top`: what -k names, and their values in records. */
#include <config.h>

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"
#include "model/top_ops.h"

enum top_how { HOW_NUMBER, HOW_ADDRESS, HOW_ELEMENTS, HOW_ROW };
enum { SRC, DST, NEXT_HOP };		/* items of addresses */

static const struct {
	const char *name;
	uint8_t how, item;
} views[] = {
#define VIEW(name_, how_, item_) { name_, HOW_##how_, item_ },
#define PAIR(...)
#define BOTH(...)
#include "model/top_keys.def"
#undef VIEW
#undef PAIR
#undef BOTH
};

static const struct {
	const char *either, *from, *to;
} pairs[] = {
#define VIEW(...)
#define PAIR(either_, from_, to_) { either_, from_, to_ },
#define BOTH(...)
#include "model/top_keys.def"
#undef PAIR
#undef BOTH
};

static const struct {
	const char *name, *names;
} both[] = {
#define PAIR(...)
#define BOTH(name_, names_) { name_, names_ },
#include "model/top_keys.def"
#undef VIEW
#undef PAIR
#undef BOTH
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* -- What -k names -------------------------------------------------------------------- */

/* A name of the list, its prefix lengths cut off. */
struct item {
	struct nf_bytes name;
	size_t at;			/* in the text that was given */
	unsigned prefix[2], nprefix;
};

static struct nf_bytes bytes_of(const char *text)
{
	return (struct nf_bytes){ (const uint8_t *)text, strlen(text) };
}

static bool same(struct nf_bytes a, const char *b)
{
	return strlen(b) == a.n && memcmp(a.p, b, a.n) == 0;
}

static __attribute__((format(printf, 3, 4)))
bool fault(struct filter_error *err, const struct item *item, const char *format, ...)
{
	va_list args;

	*err = (struct filter_error){ .span = { (uint32_t)item->at, (uint32_t)item->name.n } };
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return false;
}

/* Cut "/24" from the end of "src/24"; names of elements ("8057/flowName", "ie9/1") keep theirs. */
static bool cut_prefix(struct item *item)
{
	struct nf_bytes *name = &item->name;
	size_t i = name->n, unit = 1;
	unsigned v = 0;

	for (; i > 0 && isdigit(name->p[i - 1]) && unit <= 1000; i--, unit *= 10)
		v += (unsigned)((name->p[i - 1] - '0') * unit);
	if (i < 2 || i == name->n || name->p[i - 1] != '/' || isdigit(name->p[0]) ||
	    (name->n > 2 && name->p[0] == 'i' && name->p[1] == 'e' && isdigit(name->p[2])))
		return false;
	name->n = i - 1;
	item->prefix[1] = item->prefix[0];
	item->prefix[0] = v;
	item->nprefix++;
	return true;
}

static bool source_of(struct top *t, struct top_source *from, struct nf_bytes name,
		      struct filter_error *err)
{
	const struct filter_ref *ref = filter_names_find(t->names, name, err);

	if (ref == NULL)
		return false;
	*from = (struct top_source){
		.how = ref->row != NULL ? HOW_ROW : HOW_ELEMENTS, .ref = ref,
	};
	for (size_t i = 0; i < COUNT(views); i++)
		if (strcmp(views[i].name, ref->name) == 0) {
			from->how = views[i].how;
			from->item = views[i].item;
		}
	return true;
}

/* Both ends of the flow, where the name is about one of them or either. */
static bool ends_of(struct top *t, struct top_key *key, struct filter_error *err)
{
	for (size_t i = 0; i < COUNT(pairs); i++) {
		bool to = strcmp(key->name, pairs[i].to) == 0;

		key->either = strcmp(key->name, pairs[i].either) == 0;
		if (!key->either && !to && strcmp(key->name, pairs[i].from) != 0)
			continue;
		t->sided |= key->either;
		return source_of(t, &key->from[to], bytes_of(pairs[i].from), err) &&
		       source_of(t, &key->from[!to], bytes_of(pairs[i].to), err);
	}
	return true;
}

static bool is_address(const struct top_source *from)
{
	return from->how == HOW_ADDRESS ||
	       (from->ref->type >= FILTER_IPV4 && from->ref->type <= FILTER_ADDRESS);
}

/* Has it the room of an address?  Type records (RFC 5610) may make one of what is unknown. */
static bool is_wide(const struct top_source *from)
{
	return is_address(from) || from->ref->type == FILTER_UNKNOWN;
}

static bool take_prefix(struct top_key *key, const struct item *item, struct filter_error *err)
{
	unsigned four = item->prefix[0], six = item->prefix[item->nprefix > 1];

	if (item->nprefix == 0)
		return true;
	if (!is_address(&key->from[0]))
		return fault(err, item, "%s is no address: it has no prefix", key->name);
	if (item->nprefix > 2 || six > 128 || (item->nprefix > 1 && four > 32))
		return fault(err, item, "a prefix is /24, or /24/64 for IPv4 and IPv6");
	key->masked = true;
	key->prefix4 = (uint8_t)(four < 32 ? four : 32);
	key->prefix6 = (uint8_t)six;
	return true;
}

/* What columns of flows are called, too: one name for a view, however it is asked for. */
static void set_title(struct top_key *key, struct nf_bytes given)
{
	struct nf_bytes name = given;

	for (size_t i = 0; i < COUNT(views); i++)
		if (strcmp(views[i].name, key->name) == 0)
			name = bytes_of(key->name);
	if (key->either || name.n >= TOP_TITLE)
		name = bytes_of(key->name);
	snprintf(key->title, sizeof(key->title), "%.*s", (int)name.n, (const char *)name.p);
}

static bool add(struct top *t, struct item *item, struct filter_error *err)
{
	struct top_key *key = &t->keys[t->nkeys];

	if (t->nkeys == TOP_KEYS)
		return fault(err, item, "more than %d keys", TOP_KEYS);
	while (cut_prefix(item))
		;
	if (item->name.n > 5 && memcmp(item->name.p, "norm.", 5) == 0)
		item->name = nf_slice(item->name, 5, item->name.n);
	*key = (struct top_key){ .mate = (uint8_t)t->nkeys };
	if (!source_of(t, &key->from[0], item->name, err)) {
		err->span.off += (uint32_t)item->at;
		return false;
	}
	key->from[1] = key->from[0];
	key->name = key->from[0].ref->name;
	if (!ends_of(t, key, err) || !take_prefix(key, item, err))
		return false;
	set_title(key, item->name);
	t->nkeys++;
	return true;
}

static bool add_list(struct top *t, const char *text, size_t base, bool nested,
		     struct filter_error *err)
{
	for (size_t at = 0; ; at++) {
		size_t n = strcspn(text + at, ","), from = at, end = at + n, i = 0;
		struct item item;

		while (from < end && isspace((unsigned char)text[from]))
			from++;
		while (end > from && isspace((unsigned char)text[end - 1]))
			end--;
		item = (struct item){
			.name = { (const uint8_t *)text + from, end - from },
			.at = nested ? base : from,
		};
		if (end == from)
			return fault(err, &item, "a name is missing");
		while (i < COUNT(both) && (nested || !same(item.name, both[i].name)))
			i++;
		if (i < COUNT(both) ? !add_list(t, both[i].names, from, true, err) :
				      !add(t, &item, err))
			return false;
		at += n;
		if (text[at] == '\0')
			return true;
	}
}

/* Which key is for the other end of which. */
static void find_mates(struct top *t)
{
	for (unsigned i = 0; i < t->nkeys; i++)
		for (unsigned j = 0; j < t->nkeys; j++) {
			struct top_key *a = &t->keys[i], *b = &t->keys[j];

			if (i != j && strcmp(a->from[1].ref->name, b->name) == 0 &&
			    strcmp(b->from[1].ref->name, a->name) == 0 &&
			    a->prefix4 == b->prefix4 && a->prefix6 == b->prefix6)
				a->mate = (uint8_t)j;
		}
}

static unsigned tag_words(const struct top *t)
{
	return (t->nkeys + 7) / 8;
}

bool top_keys_init(struct top *t, struct filter_error *err)
{
	unsigned word;

	t->names = filter_names_new(t->opts.names, t->registry);
	*err = (struct filter_error){ .memory = t->names == NULL };
	if (t->names == NULL || !add_list(t, t->opts.keys, 0, false, err))
		return false;
	find_mates(t);
	word = tag_words(t);
	for (unsigned i = 0; i < t->nkeys; i++) {
		t->keys[i].at = (uint8_t)word;
		word += is_wide(&t->keys[i].from[0]) ? 2 : 1;
	}
	return true;
}

unsigned top_key_words(const struct top *t)
{
	const struct top_key *last = &t->keys[t->nkeys - 1];

	return last->at + (is_wide(&last->from[0]) ? 2u : 1u);
}

int top_key_of(const struct top *t, enum flow_item item)
{
	for (unsigned i = 0; i < t->nkeys; i++)
		if (!t->keys[i].either && t->keys[i].from[0].how == HOW_NUMBER &&
		    t->keys[i].from[0].item == item)
			return (int)i;
	return -1;
}

void top_key_number(const struct top *t, unsigned i, uint64_t number, uint64_t *key, size_t stride)
{
	uint64_t *tags = &key[i / 8 * stride];

	*tags &= ~(UINT64_C(0xff) << i % 8 * 8);
	*tags |= (uint64_t)TOP_NUMBER << i % 8 * 8;
	key[t->keys[i].at * stride] = number;
}

/* -- How a layout has them ------------------------------------------------------------ */

static struct top_op field_op(const struct top_source *from, const struct flow_view *view,
			      int field)
{
	const struct nf_fielddef *def = field >= 0 ? &view->layout->fields[field] : NULL;
	struct top_op op = { .op = OP_ABSENT };

	if (def == NULL)
		return op;
	op = (struct top_op){
		.op = OP_FIELD, .field = (uint16_t)field, .nvar = def->nvar, .offset = def->offset,
		.width = (uint8_t)def->length,
	};
	if (def->length == NF_VARLEN || def->nbits != 0)
		return op;
	if (def->kind == NF_KIND_UINT && def->length > 0 && def->length <= 8)
		op.op = OP_UINT;
	else if (def->kind == NF_KIND_IPV4 && is_wide(from))
		op.op = OP_IPV4;
	else if (def->kind == NF_KIND_IPV6 && is_wide(from))
		op.op = OP_IPV6;
	return op;
}

static struct top_op address_op(const struct top_source *from, const struct flow_view *view)
{
	static const uint8_t items[][2] = {
		[SRC] = { FLOW_SRC4, FLOW_SRC6 }, [DST] = { FLOW_DST4, FLOW_DST6 },
		[NEXT_HOP] = { FLOW_NEXT_HOP4, FLOW_NEXT_HOP6 },
	};
	int four = view->field[items[from->item][0]];
	int six = view->field[items[from->item][1]];

	if (four >= 0 && six >= 0)
		return (struct top_op){ .op = OP_ADDRESS };
	return field_op(from, view, four >= 0 ? four : six);
}

/* The first field that is one of the elements. */
static int field_of(const struct nf_layout *l, const struct filter_ref *ref)
{
	for (unsigned i = 0; i < l->nfields && i <= INT16_MAX; i++)
		if (filter_ref_has(ref, l->fields[i].ie))
			return (int)i;
	return -1;
}

static void set_masks(struct top_op *op, const struct top_key *key)
{
	unsigned six = key->prefix6;

	op->mask[0] = op->mask[1] = UINT64_MAX;
	if (!key->masked)
		return;
	if (op->op == OP_IPV4) {
		op->mask[0] = key->prefix4 == 0 ? 0 : UINT64_MAX << (32 - key->prefix4);
		return;
	}
	op->mask[0] = six == 0 ? 0 : UINT64_MAX << (six < 64 ? 64 - six : 0);
	op->mask[1] = six <= 64 ? 0 : UINT64_MAX << (128 - six);
}

struct top_op *top_keys_plan(const struct top *t, const struct flow_view *view)
{
	struct top_op *ops = nf_alloc(2 * t->nkeys * sizeof(*ops));

	for (unsigned i = 0; ops != NULL && i < 2 * t->nkeys; i++) {
		const struct top_key *key = &t->keys[i % t->nkeys];
		const struct top_source *from = &key->from[i / t->nkeys];

		switch ((enum top_how)from->how) {
		case HOW_NUMBER:
			ops[i] = field_op(from, view, view->field[from->item]);
			break;
		case HOW_ADDRESS: ops[i] = address_op(from, view); break;
		case HOW_ELEMENTS:
			ops[i] = field_op(from, view, field_of(view->layout, from->ref));
			break;
		case HOW_ROW: ops[i] = (struct top_op){ .op = OP_ROW }; break;
		}
		set_masks(&ops[i], key);
		ops[i].at = key->at;
		ops[i].wide = is_wide(&key->from[0]);
	}
	return ops;
}

/* -- Values --------------------------------------------------------------------------- */

static enum top_tag put_ipv4(const struct top_key *key, uint32_t address, uint64_t *v)
{
	v[0] = address;
	if (key->masked)
		v[0] &= key->prefix4 == 0 ? 0 : UINT64_MAX << (32 - key->prefix4);
	return TOP_IPV4;
}

static enum top_tag put_ipv6(const struct top_key *key, const uint8_t *p, uint64_t *v)
{
	struct top_op op = { .op = OP_IPV6 };

	set_masks(&op, key);
	v[0] = nf_be64(p) & op.mask[0];
	v[1] = nf_be64(p + 8) & op.mask[1];
	return TOP_IPV6;
}

static bool put_text(struct top *t, struct nf_bytes text, uint64_t *v, enum top_tag *tag)
{
	size_t max = (t->texts == &t->own ? 1 : 2) * t->opts.max_keys;

	v[0] = top_texts_number(t->texts, text, max, TOP_TEXT_OCTETS * max);
	*tag = TOP_TEXT;
	t->failed |= t->texts->table.failed;
	return v[0] != 0;
}

static bool put_made(struct top *t, uint64_t *v, enum top_tag *tag)
{
	t->failed |= t->text.failed;
	return put_text(t, (struct nf_bytes){ (const uint8_t *)t->text.p, t->text.n }, v, tag);
}

static enum top_tag put_signed(int64_t i, uint64_t *v)
{
	v[0] = (uint64_t)i;
	return i < 0 ? TOP_BELOW_ZERO : TOP_NUMBER;
}

static bool put_field(struct top *t, const struct top_key *key, const struct nf_field *f,
		      const struct nf_msg *m, uint64_t *v, enum top_tag *tag)
{
	const struct nf_format_ctx ctx = { .export_secs = m->export_secs };
	bool address = is_wide(&key->from[0]);
	struct nf_bytes b = f->value;

	if (f->def->nbits != 0 || (f->kind == NF_KIND_UINT && b.n <= 8)) {
		v[0] = nf_field_uint(f);
		*tag = b.n != 0 ? TOP_NUMBER : TOP_ABSENT;
	} else if (f->kind == NF_KIND_SINT && b.n > 0 && b.n <= 8) {
		*tag = put_signed(nf_ben_signed(b.p, b.n), v);
	} else if (f->kind == NF_KIND_IPV4 && address) {
		*tag = put_ipv4(key, nf_be32(b.p), v);
	} else if (f->kind == NF_KIND_IPV6 && address) {
		*tag = put_ipv6(key, b.p, v);
	} else if (f->kind == NF_KIND_STRING) {
		while (b.n > 0 && b.p[b.n - 1] == 0)
			b.n--;
		return put_text(t, b, v, tag);
	} else {
		nf_strbuf_clear(&t->text);
		nf_value_text(&t->text, (enum nf_kind)f->kind, b, &ctx);
		return put_made(t, v, tag);
	}
	return true;
}

static void duration_text(struct nf_strbuf *s, int64_t ns)
{
	uint64_t u = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

	if (ns < 0)
		nf_sb_char(s, '-');
	nf_sb_u64(s, u / 1000000000);
	nf_sb_char(s, '.');
	nf_sb_digits(s, u % 1000000000 / 1000, 6);
}

static bool put_row(struct top *t, const struct top_key *key, const struct filter_value *value,
		    uint64_t *v, enum top_tag *tag)
{
	nf_strbuf_clear(&t->text);
	switch ((enum filter_type)value->type) {
	case FILTER_NUMBER:
		v[0] = value->u;
		*tag = value->negative ? TOP_BELOW_ZERO : TOP_NUMBER;
		return true;
	case FILTER_IPV4: *tag = put_ipv4(key, (uint32_t)value->u, v); return true;
	case FILTER_IPV6: *tag = put_ipv6(key, value->b.p, v); return true;
	case FILTER_TEXT: return put_text(t, value->b, v, tag);
	case FILTER_BOOLEAN: nf_sb_str(&t->text, value->u == 1 ? "true" : "false"); break;
	case FILTER_TIME:
		nf_time_text(&t->text, value->ns, value->ns % 1000 != 0 ? 9 : 6, NULL);
		break;
	case FILTER_DURATION: duration_text(&t->text, value->ns); break;
	case FILTER_FLOAT:
		if (value->d >= 0 && value->d < 1e15 && value->d == (double)(uint64_t)value->d) {
			v[0] = (uint64_t)value->d;
			*tag = TOP_NUMBER;
			return true;
		}
		nf_sb_printf(&t->text, "%.9g", value->d);
		break;
	case FILTER_MAC: nf_sb_hex_int(&t->text, value->u, 12); break;
	default: nf_sb_hex(&t->text, value->b.p, value->b.n); break;
	}
	return put_made(t, v, tag);
}

static enum top_tag put_address(const struct top_key *key, unsigned item, const struct top_at *at,
				uint64_t *v)
{
	const struct nf_rec *r = at->in->rec;
	struct nf_bytes a = item == SRC ? flow_src(at->view, r) :
			    item == DST ? flow_dst(at->view, r) : flow_next_hop(at->view, r);

	if (a.n == 4)
		return put_ipv4(key, nf_be32(a.p), v);
	return a.n == 16 ? put_ipv6(key, a.p, v) : TOP_ABSENT;
}

/* What is no load. */
static bool slow(struct top *t, const struct top_op *op, unsigned i, bool other,
		 const struct top_at *at, uint64_t *v, enum top_tag *tag)
{
	const struct top_key *key = &t->keys[i];
	const struct top_source *from = &key->from[other];
	struct filter_value value;
	struct nf_field f;

	switch ((enum op)op->op) {
	case OP_ADDRESS:
		*tag = put_address(key, from->item, at, v);
		return true;
	case OP_FIELD:
		f = nf_field(at->in->rec, op->field);
		return put_field(t, key, &f, at->in->msg, v, tag);
	case OP_ROW:
		*tag = TOP_ABSENT;
		return !from->ref->row->get(from->ref->row, at->in, &value) ||
		       put_row(t, key, &value, v, tag);
	default:
		*tag = TOP_ABSENT;
		return true;
	}
}

/* What is a load; false where it is none. */
static inline bool load(const struct top_op *op, const struct nf_rec *r, uint64_t *v,
			enum top_tag *tag)
{
	const uint8_t *p = r->p + op->offset + r->shift[op->nvar];

	/* stores of whole words, which loads that follow soon need not wait for */
	v[0] = 0;
	if (op->wide)
		v[1] = 0;
	if (op->op == OP_UINT) {
		v[0] = nf_ben(p, op->width);
		*tag = TOP_NUMBER;
	} else if (op->op == OP_IPV4) {
		v[0] = nf_be32(p) & op->mask[0];
		*tag = TOP_IPV4;
	} else if (op->op == OP_IPV6) {
		v[0] = nf_be64(p) & op->mask[0];
		v[1] = nf_be64(p + 8) & op->mask[1];
		*tag = TOP_IPV6;
	} else {
		*tag = TOP_ABSENT;
		return op->op == OP_ABSENT;
	}
	return true;
}

bool top_keys_fill(struct top *t, const struct top_op *ops, bool other, const struct top_at *at,
		   uint64_t *key)
{
	unsigned nkeys = t->nkeys;
	uint64_t tags = 0;

	ops += other ? nkeys : 0;
	for (unsigned i = 0; i < nkeys; i++) {
		uint64_t *v = key + ops[i].at;
		enum top_tag tag;

		if (!load(&ops[i], at->in->rec, v, &tag) &&
		    !slow(t, &ops[i], i, other, at, v, &tag))
			return false;
		tags = (i % 8 == 0 ? 0 : tags) | (uint64_t)tag << i % 8 * 8;
		key[i / 8] = tags;
	}
	return true;
}

struct top_value top_value(const struct top *t, const struct top_entry *e, unsigned i)
{
	const uint64_t *v = e->key + t->keys[i].at;
	struct top_value value = { .tag = (uint8_t)(e->key[i / 8] >> i % 8 * 8), .number = v[0] };

	for (unsigned j = 0; value.tag == TOP_IPV4 && j < 4; j++)
		value.address[j] = (uint8_t)(v[0] >> (24 - 8 * j));
	for (unsigned j = 0; value.tag == TOP_IPV6 && j < 16; j++)
		value.address[j] = (uint8_t)(v[j / 8] >> (56 - 8 * (j % 8)));
	if (value.tag == TOP_TEXT)
		value.text = top_texts_text(t->texts, v[0]);
	return value;
}
