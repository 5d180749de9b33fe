#include <config.h>

#include "model/filter_tree.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* -- Values --------------------------------------------------------------------------- */

static void quoted(struct nf_strbuf *s, struct nf_bytes b)
{
	nf_sb_char(s, '"');
	for (size_t i = 0; i < b.n; i++) {
		uint8_t c = b.p[i];

		if (c == '"' || c == '\\')
			nf_sb_char(s, '\\');
		if (c >= ' ' && c < 0x7f)
			nf_sb_char(s, (char)c);
		else
			nf_sb_printf(s, "\\x%02x", c);
	}
	nf_sb_char(s, '"');
}

static void octets(struct nf_strbuf *s, struct nf_bytes b)
{
	if (b.n == 0)
		nf_sb_str(s, "\"\"");
	if (b.n == 1)
		nf_sb_str(s, "0x");
	for (size_t i = 0; i < b.n; i++) {
		if (i > 0)
			nf_sb_char(s, ':');
		nf_sb_hex(s, b.p + i, 1);
	}
}

/* In the largest unit that gives it exactly. */
static void duration(struct nf_strbuf *s, int64_t ns)
{
	static const struct {
		int64_t ns;
		const char *unit;
	} units[] = {
		{ INT64_C(86400000000000), "d" }, { INT64_C(3600000000000), "h" },
		{ INT64_C(60000000000), "m" }, { 1000000000, "s" }, { 1000000, "ms" },
		{ 1000, "us" }, { 1, "ns" },
	};
	unsigned i = 3;

	if (ns != 0)
		for (i = 0; ns % units[i].ns != 0; i++)
			;
	nf_sb_i64(s, ns / units[i].ns);
	nf_sb_str(s, units[i].unit);
}

/* As short as reads back. */
static void floating(struct nf_strbuf *s, double d)
{
	char text[40];

	if (d == floor(d) && fabs(d) < 1e15) {
		nf_sb_printf(s, "%.1f", d);
		return;
	}
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, d);
		if (strtod(text, NULL) == d)
			break;
	}
	nf_sb_str(s, text);
	if (strpbrk(text, ".e") == NULL)
		nf_sb_str(s, ".0");
}

static void time_text(struct nf_strbuf *s, int64_t ns)
{
	unsigned digits = 9;

	for (int64_t rest = ns; digits > 0 && rest % 10 == 0; rest /= 10)
		digits--;
	nf_time_text(s, ns, digits, NULL);
}

static void number(struct nf_strbuf *s, const struct filter_value *v)
{
	if (v->negative)
		nf_sb_i64(s, (int64_t)v->u);
	else
		nf_sb_u64(s, v->u);
}

void filter_value_text(struct nf_strbuf *s, const struct filter_value *v)
{
	uint8_t b[8];

	switch (v->type) {
	case FILTER_BOOLEAN:
		if (v->u == 1 || v->u == 2)
			nf_sb_str(s, v->u == 1 ? "true" : "false");
		else
			number(s, v);
		break;
	case FILTER_FLOAT: floating(s, v->d); break;
	case FILTER_TEXT: quoted(s, v->b); break;
	case FILTER_OCTETS: octets(s, v->b); break;
	case FILTER_IPV4:
		for (unsigned i = 0; i < 4; i++)
			b[i] = (uint8_t)(v->u >> (24 - 8 * i));
		nf_ipv4_text(s, b);
		break;
	case FILTER_IPV6: nf_ipv6_text(s, v->b.p); break;
	case FILTER_MAC:
		for (unsigned i = 0; i < 6; i++)
			b[i] = (uint8_t)(v->u >> (40 - 8 * i));
		nf_mac_text(s, b);
		break;
	case FILTER_TIME: time_text(s, v->ns); break;
	case FILTER_DURATION: duration(s, v->ns); break;
	default: number(s, v); break;
	}
}

static bool plain_word(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if (!(*p >= 'a' && *p <= 'z') && !(*p >= 'A' && *p <= 'Z'))
			return false;
	return *text != '\0';
}

/* A number as its name has it: tcp, SYN|ACK; false where it has no such name. */
static bool labelled(struct nf_strbuf *s, const struct filter_value *v,
		     const struct nf_labels *labels)
{
	uint64_t left = v->u;
	const char *between = "";

	if (labels == NULL || v->type != FILTER_NUMBER || v->negative)
		return false;
	for (size_t i = 0; i < labels->nvalues && labels->flags; i++)
		if ((left & labels->values[i].value) == labels->values[i].value)
			left &= ~(uint64_t)labels->values[i].value;
	if (labels->flags && (left != 0 || v->u == 0))
		return false;
	for (size_t i = 0; i < labels->nvalues; i++) {
		const struct nf_value_name *row = &labels->values[i];

		if (labels->flags ? (v->u & row->value) == row->value : v->u == row->value) {
			nf_sb_str(s, between);
			between = "|";
			if (plain_word(row->name))
				nf_sb_str(s, row->name);
			else
				nf_sb_printf(s, "\"%s\"", row->name);
			if (!labels->flags)
				return true;
		}
	}
	return labels->flags;
}

/* -- Nodes ---------------------------------------------------------------------------- */

static const struct nf_labels *labels_of(const struct filter_node *n)
{
	return n != NULL && n->op == OP_NAME ? n->ref->labels : NULL;
}

static unsigned binds(const struct filter_node *n)
{
	switch (n->op) {
	case OP_OR: return BINDS_OR;
	case OP_XOR: return BINDS_XOR;
	case OP_AND: return BINDS_AND;
	case OP_NOT: return BINDS_NOT;
	case OP_COMPARE: case OP_IN: case OP_CONTAINS: case OP_MATCHES: case OP_HAS:
		return BINDS_COMPARE;
	case OP_NONZERO: case OP_BITAND: return BINDS_BITAND;
	case OP_ADD: case OP_SUB: return BINDS_ADD;
	case OP_MUL: case OP_DIV: case OP_MOD: return BINDS_MUL;
	default: return BINDS_MUL + 1;
	}
}

static void node(struct nf_strbuf *s, const struct filter_node *n, unsigned least,
		 const struct nf_labels *labels);

static void list(struct nf_strbuf *s, const struct filter_node *n, const char *between,
		 unsigned least, const struct nf_labels *labels)
{
	for (; n != NULL; n = n->next) {
		node(s, n, least, labels);
		if (n->next != NULL)
			nf_sb_str(s, between);
	}
}

/* The words that B may be written with beside A: in arithmetic none but flags. */
static const struct nf_labels *beside(const struct filter_node *n, const struct filter_node *a)
{
	const struct nf_labels *labels = labels_of(a);

	if (binds(n) == BINDS_COMPARE)
		return labels;
	return n->op == OP_BITAND && labels != NULL && labels->flags ? labels : NULL;
}

static void binary(struct nf_strbuf *s, const struct filter_node *n, const char *sign,
		   const struct filter_node *a, const struct filter_node *b)
{
	unsigned own = binds(n);

	node(s, a, own == BINDS_COMPARE ? own + 1 : own, beside(n, b));
	nf_sb_printf(s, " %s ", sign);
	node(s, b, own + 1, beside(n, a));
}

/* The sign of a comparison with what it says by itself; else a word goes before it. */
static const char *comparison_sign(const struct filter_node *n, const char **word)
{
	static const char *const signs[] = {
		[CMP_EQ] = "==", [CMP_NE] = "!=", [CMP_LT] = "<", [CMP_LE] = "<=",
		[CMP_GT] = ">", [CMP_GE] = ">=",
	};
	bool all = n->quant == QUANT_ALL;

	*word = "";
	if (n->cmp == CMP_EQ && all)
		return "===";
	if (n->cmp == CMP_NE && !all)
		return "!==";
	if (all && n->cmp != CMP_NE)
		*word = "all ";
	return signs[n->cmp];
}

static void comparison(struct nf_strbuf *s, const struct filter_node *n)
{
	const char *word = n->quant == QUANT_ALL ? "all " : "", *sign = "";

	if (n->op == OP_COMPARE)
		sign = comparison_sign(n, &word);
	nf_sb_str(s, word);
	switch (n->op) {
	case OP_IN:
		node(s, n->a, BINDS_COMPARE + 1, NULL);
		nf_sb_str(s, " in {");
		list(s, n->b, ", ", 0, labels_of(n->a));
		nf_sb_char(s, '}');
		break;
	case OP_CONTAINS: binary(s, n, "contains", n->a, n->b); break;
	case OP_MATCHES: binary(s, n, "matches", n->a, n->b); break;
	case OP_HAS: binary(s, n, "has", n->a, n->b); break;
	default: binary(s, n, sign, n->a, n->b); break;
	}
}

static void slice(struct nf_strbuf *s, const struct filter_node *n)
{
	const struct filter_slice *i = &n->slice;

	node(s, n->a, BINDS_MUL + 1, NULL);
	nf_sb_char(s, '[');
	nf_sb_i64(s, i->offset);
	if (!i->to_end && i->length == 1 && !i->last) {
		nf_sb_char(s, ']');
		return;
	}
	nf_sb_char(s, i->last ? '-' : ':');
	if (!i->to_end)
		nf_sb_i64(s, i->length);
	nf_sb_char(s, ']');
}

static void call(struct nf_strbuf *s, const char *name, const struct filter_node *n)
{
	nf_sb_str(s, name);
	nf_sb_char(s, '(');
	list(s, n->a, ", ", 0, NULL);
	nf_sb_char(s, ')');
}

static void bare(struct nf_strbuf *s, const struct filter_node *n, const struct nf_labels *labels)
{
	switch (n->op) {
	case OP_OR: list(s, n->a, " or ", BINDS_OR + 1, NULL); break;
	case OP_XOR: list(s, n->a, " xor ", BINDS_XOR + 1, NULL); break;
	case OP_AND: list(s, n->a, " and ", BINDS_AND + 1, NULL); break;
	case OP_NOT: nf_sb_str(s, "not "); node(s, n->a, BINDS_NOT, NULL); break;
	case OP_EXISTS: node(s, n->a, 0, NULL); break;
	case OP_NONZERO: node(s, n->a, 0, NULL); break;
	case OP_NAME: nf_sb_str(s, n->ref->name); break;
	case OP_LITERAL: quoted(s, n->text); break;
	case OP_VALUE:
		if (!labelled(s, &n->value, labels))
			filter_value_text(s, &n->value);
		break;
	case OP_NET:
		filter_value_text(s, &n->value);
		nf_sb_printf(s, "/%u", n->prefix);
		break;
	case OP_RANGE:
		node(s, n->a, 0, labels);
		nf_sb_str(s, "..");
		node(s, n->b, 0, labels);
		break;
	case OP_ADD: binary(s, n, "+", n->a, n->b); break;
	case OP_SUB: binary(s, n, "-", n->a, n->b); break;
	case OP_MUL: binary(s, n, "*", n->a, n->b); break;
	case OP_DIV: binary(s, n, "/", n->a, n->b); break;
	case OP_MOD: binary(s, n, "%", n->a, n->b); break;
	case OP_BITAND: binary(s, n, "&", n->a, n->b); break;
	case OP_NEGATE: nf_sb_char(s, '-'); node(s, n->a, BINDS_MUL + 1, NULL); break;
	case OP_SLICE: slice(s, n); break;
	case OP_LEN: call(s, "len", n); break;
	case OP_COUNT: call(s, "count", n); break;
	case OP_LOWER: call(s, "lower", n); break;
	case OP_UPPER: call(s, "upper", n); break;
	case OP_ABS: call(s, "abs", n); break;
	case OP_MIN: call(s, "min", n); break;
	case OP_MAX: call(s, "max", n); break;
	case OP_TRUE: nf_sb_str(s, "true"); break;
	default: comparison(s, n); break;
	}
}

static void node(struct nf_strbuf *s, const struct filter_node *n, unsigned least,
		 const struct nf_labels *labels)
{
	bool group = binds(n) < least;

	if (group)
		nf_sb_char(s, '(');
	bare(s, n, labels);
	if (group)
		nf_sb_char(s, ')');
}

void filter_node_text(struct nf_strbuf *s, const struct filter_node *n)
{
	node(s, n, 0, NULL);
}

void filter_side_text(struct nf_strbuf *s, const struct filter_node *n,
		      const struct filter_node *other)
{
	node(s, n, 0, labels_of(other));
}

/* -- Errors --------------------------------------------------------------------------- */

enum { COLUMNS = 72, BEFORE = 40 };	/* of the line shown, and before the caret */

/*
 * Append N octets of the line in as many columns as characters, and return how many: what could
 * steer a terminal is a blank.  S may be NULL.
 */
static size_t excerpt(struct nf_strbuf *s, const char *p, size_t n)
{
	const struct nf_bytes text = { (const uint8_t *)p, n };
	size_t count = 0;

	for (size_t at = 0, step; at < n; at += step, count++) {
		uint32_t code;

		step = nf_safe_next(text, at, &code);
		if (s != NULL && code == 0)
			nf_sb_char(s, ' ');
		else if (s != NULL)
			nf_sb_mem(s, p + at, step);
	}
	return count;
}

/* The line around the place, cut on both sides where it is long, and a caret below. */
static void place(struct nf_strbuf *s, const char *text, size_t n, struct nf_span span)
{
	size_t at = span.off < n ? span.off : n, begin = at, end = at, shown, width;

	while (begin > 0 && text[begin - 1] != '\n' && at - begin < BEFORE)
		begin--;
	while (end < n && text[end] != '\n' && end - begin < COLUMNS)
		end++;
	while (begin > 0 && begin < at && ((unsigned char)text[begin] & 0xc0) == 0x80)
		begin++;
	while (end < n && end > at && ((unsigned char)text[end] & 0xc0) == 0x80)
		end--;
	nf_sb_str(s, "\n  ");
	excerpt(s, text + begin, end - begin);
	nf_sb_str(s, "\n  ");
	nf_sb_pad(s, ' ', excerpt(NULL, text + begin, at - begin));
	shown = span.len < end - at ? span.len : end - at;
	width = excerpt(NULL, text + at, shown);
	nf_sb_char(s, '^');
	nf_sb_pad(s, '~', width > 1 ? width - 1 : 0);
}

void filter_error_text(struct nf_strbuf *s, const char *text, size_t n,
		       const struct filter_error *err)
{
	nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)err->text, strlen(err->text) });
	if (!err->memory)
		place(s, text, n, err->span);
	if (err->hint[0] == '\0')
		return;
	nf_sb_str(s, "\n  ");
	nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)err->hint, strlen(err->hint) });
}
