/*
 * What values are held against: "== 12", "<= 60s", "within 1% of 1250000", "between 1 and 2".
 */
#include <config.h>

#include "model/expect_internal.h"

#include <math.h>
#include <stdio.h>
#include <strings.h>

/* -- Reading ---------------------------------------------------------------------------- */

static bool in_seconds(const struct filter_value *v, long double *to)
{
	if (v->type != FILTER_DURATION)
		return false;
	*to = (long double)v->ns / 1e9L;
	return true;
}

static bool as_number(const struct filter_value *v, long double *to)
{
	if (v->type == FILTER_NUMBER)
		*to = v->negative ? (long double)(int64_t)v->u : (long double)v->u;
	else
		*to = (long double)v->d;
	return v->type == FILTER_NUMBER || v->type == FILTER_FLOAT;
}

/* A number with its unit, as filters have them; one without is in seconds where these are meant. */
static bool number(struct expect_parser *p, struct nf_bytes text, enum expect_unit unit,
		   const struct nf_labels *labels, long double *to)
{
	struct filter_value v;
	bool minus = text.n > 1 && text.p[0] == '-';
	int prefix;

	if (minus)
		text = nf_slice(text, 1, text.n - 1);
	if (unit == EXPECT_SECONDS &&
	    filter_literal(&p->e->arena, text, FILTER_DURATION, NULL, &v, &prefix) &&
	    in_seconds(&v, to)) {
		*to = minus ? -*to : *to;
		return true;
	}
	if ((!filter_literal(&p->e->arena, text, FILTER_NUMBER, labels, &v, &prefix) &&
	     !filter_literal(&p->e->arena, text, FILTER_FLOAT, NULL, &v, &prefix)) ||
	    !as_number(&v, to))
		return false;
	*to = minus ? -*to : *to;
	return true;
}

static const char *wanted(enum expect_unit unit)
{
	static const char *const texts[] = {
		[EXPECT_COUNT] = "a number (1500, 10k, 2.5M)",
		[EXPECT_SECONDS] = "a time (60s, 500ms, 5m)",
		[EXPECT_TEXT] = "a text",
	};

	return texts[unit];
}

/* A value, and where it stands. */
static bool value(struct expect_parser *p, const struct nf_labels *labels, struct expect_test *t,
		  long double *to, struct nf_span *span)
{
	struct expect_token token;

	if (!expect_next(p, &token))
		return false;
	*span = token.span;
	if (t->unit == EXPECT_TEXT) {
		if (token.kind != EXPECT_WORD && token.kind != EXPECT_STRING)
			return expect_wants(p, &token, wanted(EXPECT_TEXT));
		t->text = expect_copy(p->e, (const char *)token.text.p, token.text.n);
		return t->text != NULL || filter_no_memory(&p->faults);
	}
	if (token.kind != EXPECT_WORD ||
	    !number(p, token.text, (enum expect_unit)t->unit, labels, to))
		return expect_wants(p, &token, wanted((enum expect_unit)t->unit));
	return true;
}

/* "1%" or "1s", and whichever is more of "1% or 1s". */
static bool tolerance(struct expect_parser *p, struct expect_test *t)
{
	do {
		struct expect_token token;
		long double amount;

		if (t->unit == EXPECT_TEXT)
			return filter_fault(&p->faults, (struct nf_span){ (uint32_t)p->at, 0 },
					    "a text is the same or not");
		if (!expect_next(p, &token))
			return false;
		if (token.kind != EXPECT_WORD ||
		    !number(p, token.text, (enum expect_unit)t->unit, NULL, &amount) || amount < 0)
			return expect_wants(p, &token, t->unit == EXPECT_SECONDS ?
					    "a share or a time (1%, 1s)" :
					    "a share or a number (1%, 10)");
		if (expect_take_mark(p, '%'))
			t->share = amount / 100;
		else
			t->slack = amount;
	} while (expect_take_words(p, "or"));
	return true;
}

static bool within(struct expect_parser *p, const struct nf_labels *labels, struct expect_test *t)
{
	struct expect_token token;

	t->op = EXPECT_EQ;
	if (!tolerance(p, t))
		return false;
	if (!expect_take_words(p, "of"))
		return expect_peek(p, &token) &&
		       expect_wants(p, &token, "\"of\" and a value (within 1% of 100)");
	return value(p, labels, t, &t->wanted, &t->span);
}

static bool between(struct expect_parser *p, const struct nf_labels *labels, struct expect_test *t)
{
	struct expect_token token;

	t->op = EXPECT_BETWEEN;
	if (t->unit == EXPECT_TEXT)
		return filter_fault(&p->faults, (struct nf_span){ (uint32_t)p->at, 0 },
				    "a text is the same or not");
	if (!value(p, labels, t, &t->wanted, &t->span))
		return false;
	if (!expect_take_words(p, "and"))
		return expect_peek(p, &token) &&
		       expect_wants(p, &token, "\"and\" (between 1 and 2)");
	if (!value(p, labels, t, &t->upper, &t->upper_span))
		return false;
	return t->upper >= t->wanted ||
	       filter_fault(&p->faults, t->upper_span, "this is less than what stands before it");
}

bool expect_parse_test(struct expect_parser *p, enum expect_unit unit,
		       const struct nf_labels *labels, struct expect_test *t)
{
	struct expect_token token;
	bool is;

	*t = (struct expect_test){ .unit = (uint8_t)unit, .op = EXPECT_EQ };
	if (expect_take_words(p, "within"))
		return within(p, labels, t);
	if (expect_take_words(p, "between"))
		return between(p, labels, t);
	is = expect_take_words(p, "is");
	if (!expect_peek(p, &token))
		return false;
	if (token.kind == EXPECT_OPERATOR)
		expect_next(p, &token);
	else if (!is)
		return expect_wants(p, &token, "a test (== 12, <= 60s, within 1% of 100, "
				    "between 1 and 2)");
	t->op = token.kind == EXPECT_OPERATOR ? token.op : EXPECT_EQ;
	if (unit == EXPECT_TEXT && t->op != EXPECT_EQ && t->op != EXPECT_NE)
		return filter_fault(&p->faults, token.span, "a text is the same or not: == or !=");
	if (!value(p, labels, t, &t->wanted, &t->span))
		return false;
	return t->op != EXPECT_EQ || !expect_take_words(p, "within") || tolerance(p, t);
}

/* -- Judging ---------------------------------------------------------------------------- */

/* What V may be off by for its text, see expect_number_text, to be what it is. */
static long double rounding(long double v)
{
	if (v == floorl(v) && fabsl(v) < 1.8e19L)
		return 0;
	return fabsl(v) >= 1e15L ? fabsl(v) * 1e-6L : 0.000501L;
}

bool expect_holds(const struct expect_test *t, long double v)
{
	long double bound = fmaxl(t->slack, t->share * fabsl(t->wanted)), off = rounding(v);

	switch ((enum expect_op)t->op) {
	case EXPECT_EQ: return fabsl(v - t->wanted) <= bound * (1 + 1e-12L) + off;
	case EXPECT_NE: return fabsl(v - t->wanted) > off;
	case EXPECT_LT: return v < t->wanted;
	case EXPECT_LE: return v <= t->wanted + off;
	case EXPECT_GT: return v > t->wanted;
	case EXPECT_GE: return v >= t->wanted - off;
	case EXPECT_BETWEEN: return v >= t->wanted - off && v <= t->upper + off;
	}
	return false;
}

/* "NetFlow v9", "v9" and "9" are the same, and so are "10" and "IPFIX". */
static const char *plain(const char *text)
{
	if (strncasecmp(text, "netflow ", 8) == 0)
		text += 8;
	if ((text[0] | 0x20) == 'v' && text[1] >= '0' && text[1] <= '9')
		text++;
	return strcmp(text, "10") == 0 ? "ipfix" : text;
}

bool expect_holds_text(const struct expect_test *t, const char *text)
{
	bool same = strcasecmp(plain(t->text), plain(text)) == 0;

	return same == (t->op == EXPECT_EQ);
}

/* -- Writing ---------------------------------------------------------------------------- */

void expect_number_text(struct nf_strbuf *s, long double v, enum expect_unit unit)
{
	char text[64];
	size_t n;

	if (v == floorl(v) && fabsl(v) < 1.8e19L)
		snprintf(text, sizeof(text), "%.0Lf", v);
	else if (fabsl(v) >= 1e15L)
		snprintf(text, sizeof(text), "%.6Le", v);
	else
		snprintf(text, sizeof(text), "%.3Lf", v);
	n = strlen(text);
	while (strchr(text, '.') != NULL && strchr(text, 'e') == NULL &&
	       (text[n - 1] == '0' || text[n - 1] == '.')) {
		bool point = text[--n] == '.';

		text[n] = '\0';
		if (point)
			break;
	}
	nf_sb_str(s, text);
	if (unit == EXPECT_SECONDS)
		nf_sb_char(s, 's');
}

void expect_near_text(struct nf_strbuf *s, long double v, enum expect_unit unit, long double slack,
		      long double share)
{
	nf_sb_str(s, "within ");
	if (share != 0) {
		expect_number_text(s, share * 100, EXPECT_COUNT);
		nf_sb_char(s, '%');
	}
	if (slack != 0) {
		nf_sb_str(s, share != 0 ? " or " : "");
		expect_number_text(s, slack, unit);
	}
	nf_sb_str(s, " of ");
	expect_number_text(s, v, unit);
}

void expect_quoted(struct nf_strbuf *s, const char *text)
{
	nf_sb_char(s, '"');
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c == 0x7f) {
			nf_sb_str(s, "\\x");
			nf_sb_hex(s, &c, 1);
			continue;
		}
		if (c == '"' || c == '\\')
			nf_sb_char(s, '\\');
		nf_sb_char(s, (char)c);
	}
	nf_sb_char(s, '"');
}

static bool is_plain(const char *text)
{
	const char *p = text;

	while ((*p >= '0' && *p <= '9') || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z') || *p == '-')
		p++;
	return *p == '\0' && p != text;
}

void expect_text_text(struct nf_strbuf *s, const char *text)
{
	if (strncmp(text, "NetFlow ", 8) == 0)
		text += 8;
	if (is_plain(text))
		nf_sb_str(s, text);
	else
		expect_quoted(s, text);
}
