#include <config.h>

#include "model/filter_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "base/digits.h"

const struct filter_operator filter_operators[] = {
#define OPERATOR(text_, op_, binds_) { .text = text_, .op = OP_##op_, .binds = binds_ },
#define COMPARISON(text_, cmp_, quant_, said_) \
	{ .text = text_, .op = OP_COMPARE, .binds = BINDS_COMPARE, .cmp = CMP_##cmp_, \
	  .quant = QUANT_##quant_, .quantified = said_ },
#include "model/filter_operators.def"
#undef OPERATOR
#undef COMPARISON
};
const size_t filter_noperators = sizeof(filter_operators) / sizeof(filter_operators[0]);

/* -- Faults --------------------------------------------------------------------------- */

bool filter_fault(struct filter_faults *f, struct nf_span span, const char *format, ...)
{
	va_list ap;

	if (f->any)
		return false;
	f->any = true;
	f->err->span = span;
	va_start(ap, format);
	vsnprintf(f->err->text, sizeof(f->err->text), format, ap);
	va_end(ap);
	return false;
}

void filter_hint(struct filter_faults *f, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(f->err->hint, sizeof(f->err->hint), format, ap);
	va_end(ap);
}

bool filter_no_memory(struct filter_faults *f)
{
	filter_fault(f, (struct nf_span){ 0, 0 }, "out of memory");
	f->err->memory = true;
	return false;
}

/* -- Characters ----------------------------------------------------------------------- */

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* The character at AT, -1 behind the end. */
static int peek(const struct filter_lexer *l, size_t at)
{
	return at < l->text.n ? l->text.p[at] : -1;
}

/* Behind a name or value it would be Wireshark's layer operator, which has no meaning here. */
static bool begins_comment(const struct filter_lexer *l)
{
	int before = l->at > 0 ? peek(l, l->at - 1) : ' ';

	return peek(l, l->at) == '#' && !is_letter(before) && !is_digit(before);
}

static void skip_blanks(struct filter_lexer *l)
{
	for (;;) {
		int c = peek(l, l->at);

		if (begins_comment(l))
			while (l->at < l->text.n && l->text.p[l->at] != '\n')
				l->at++;
		else if (c == ' ' || (c >= '\t' && c <= '\r'))
			l->at++;
		else
			return;
	}
}

static struct nf_span span_to(size_t begin, size_t end)
{
	return (struct nf_span){ (uint32_t)begin, (uint32_t)(end - begin) };
}

static bool token(struct filter_lexer *l, struct filter_token *t, enum filter_token_kind kind,
		  size_t end)
{
	t->kind = (uint8_t)kind;
	t->span = span_to(l->at, end);
	t->text = nf_slice(l->text, l->at, end - l->at);
	l->at = end;
	return true;
}

/* -- Strings -------------------------------------------------------------------------- */

/* The octet that the escape at *AT, behind its backslash, stands for; -1 for none. */
static int escape(const struct filter_lexer *l, size_t *at)
{
	static const char letters[] = "abefnrtv\\\"'/?", octets[] = "\a\b\033\f\n\r\t\v\\\"'/?";
	int c = peek(l, (*at)++), v = 0;
	const char *letter = c > 0 ? strchr(letters, c) : NULL;
	unsigned n = 0;

	if (letter != NULL)
		return (unsigned char)octets[letter - letters];
	if (c == 'x') {
		for (; n < 2 && nf_hex_digit(peek(l, *at)) >= 0; n++)
			v = 16 * v + nf_hex_digit(peek(l, (*at)++));
		return n > 0 ? v : -1;
	}
	for ((*at)--; n < 3 && peek(l, *at) >= '0' && peek(l, *at) <= '7'; n++)
		v = 8 * v + peek(l, (*at)++) - '0';
	return n > 0 && v < 256 ? v : -1;
}

/* Where the quote that ends a string stands, 0 if there is none on its line. */
static size_t string_end(const struct filter_lexer *l, size_t at, int quote)
{
	for (; peek(l, at) != quote; at++) {
		if (peek(l, at) == '\\')
			at++;
		if (peek(l, at) < 0 || peek(l, at) == '\n')
			return 0;
	}
	return at;
}

/*
 * The octet at *AT of a string; -1 and a fault where there is none.  In a raw string a
 * backslash stands for itself, and a quote behind it ends nothing.
 */
static int string_octet(struct filter_lexer *l, size_t *at, bool raw)
{
	size_t from = *at;
	int c = peek(l, (*at)++);

	if (c != '\\' || raw)
		return c;
	c = escape(l, at);
	if (c < 0) {
		filter_fault(l->faults, span_to(from, from + 2), "there is no such escape");
		filter_hint(l->faults, "\\\\ is a backslash; r\"...\" takes them as they are");
	}
	return c;
}

/* "text" and 'text', or with RAW r"text". */
static bool string(struct filter_lexer *l, struct filter_token *t, bool raw)
{
	size_t at = l->at + raw + 1, end, n = 0;
	int quote = peek(l, at - 1), c;
	uint8_t *out;

	end = string_end(l, at, quote);
	if (end == 0) {
		filter_fault(l->faults, span_to(l->at, at), "the string has no end");
		filter_hint(l->faults, "close it with %c", quote);
		return false;
	}
	out = nf_arena_alloc(l->arena, end - at + 1);
	if (out == NULL)
		return filter_no_memory(l->faults);
	while (at < end) {
		c = string_octet(l, &at, raw);
		if (c < 0)
			return false;
		out[n++] = (uint8_t)c;
	}
	token(l, t, TOK_STRING, end + 1);
	t->text = (struct nf_bytes){ out, n };
	t->pattern = raw;
	return true;
}

/* -- Words and literals --------------------------------------------------------------- */

/* Where the run of hexadecimal digits, colons and dots at AT ends; with it a `/n`. */
static size_t address_end(const struct filter_lexer *l, size_t at)
{
	size_t begin = at;

	for (;; at++) {
		int c = peek(l, at);

		if (nf_hex_digit(c) < 0 && c != ':' && c != '.')
			break;
		if (c == '.' && peek(l, at + 1) == '.')
			break;
	}
	if (at > begin && peek(l, at) == '/' && is_digit(peek(l, at + 1)))
		for (at++; is_digit(peek(l, at)); at++)
			;
	return at;
}

/* An address, with a prefix length or without one: *TYPE is that of the address. */
static bool is_address(struct nf_bytes run, uint8_t *type)
{
	const uint8_t *slash = memchr(run.p, '/', run.n);

	if (slash != NULL)
		run.n = (size_t)(slash - run.p);
	return filter_literal_type(run, type) && (*type == FILTER_IPV4 || *type == FILTER_IPV6);
}

/* A literal with colons begins at AT: *END is behind it. */
static bool is_colon_literal(const struct filter_lexer *l, size_t at, size_t *end)
{
	struct nf_bytes run;
	uint8_t type;

	*end = address_end(l, at);
	run = nf_slice(l->text, at, *end - at);
	return run.n > 1 && memchr(run.p, ':', run.n) != NULL && !is_letter(peek(l, *end)) &&
	       (filter_literal_type(run, &type) || is_address(run, &type));
}

static bool name_goes_on(const struct filter_lexer *l, size_t begin, size_t at)
{
	int c = peek(l, at), next = peek(l, at + 1);

	if (is_letter(c) || is_digit(c))
		return true;
	switch (c) {
	case '.':
		return is_letter(next) || is_digit(next);
	case '-':	/* ipv6-icmp; a difference of names has blanks around its sign */
		return is_letter(next) ||	/* udp-over-512: no name that has a sign in it */
		       (is_digit(next) && memchr(l->text.p + begin, '-', at - begin) != NULL);
	case '|':	/* SYN|ACK */
		return is_letter(next);
	case '/':	/* ie35632/77 */
		if (!is_digit(next) || at - begin < 3 || memcmp(l->text.p + begin, "ie", 2) != 0)
			return false;
		for (size_t i = begin + 2; i < at; i++)
			if (!is_digit(peek(l, i)))
				return false;
		return true;
	default:
		return false;
	}
}

static bool same_word(struct nf_bytes word, const char *text)
{
	return strlen(text) == word.n && strncasecmp((const char *)word.p, text, word.n) == 0;
}

/* The token is what was written as a literal: find its type. */
static bool literal_token(struct filter_lexer *l, struct filter_token *t)
{
	int shown = (int)(t->text.n < 60 ? t->text.n : 60);

	if (filter_literal_type(t->text, &t->type))
		return true;
	if (is_address(t->text, &t->type)) {
		filter_fault(l->faults, t->span, "the prefix of %s has at most %d bits",
			     filter_type_name((enum filter_type)t->type),
			     t->type == FILTER_IPV4 ? 32 : 128);
		return false;
	}
	t->type = FILTER_TEXT;
	if (l->loose)
		return true;
	filter_fault(l->faults, t->span,
		     "%.*s is neither a number nor an address, a time or a name", shown,
		     (const char *)t->text.p);
	filter_hint(l->faults, "1500, 0x1f, 1.5, 10k, 5s, 10.0.0.0/8, 2001:db8::1, "
		    "2023-01-01T12:00:00");
	return false;
}

static bool word(struct filter_lexer *l, struct filter_token *t)
{
	size_t begin = l->at, end;

	if (is_colon_literal(l, begin, &end))
		return token(l, t, TOK_LITERAL, end) && literal_token(l, t);
	for (end = begin + 1; name_goes_on(l, begin, end); end++)
		;
	token(l, t, TOK_WORD, end);
	for (size_t i = 0; i < filter_noperators; i++) {
		const struct filter_operator *op = &filter_operators[i];

		if (is_letter(op->text[0]) && same_word(t->text, op->text)) {
			t->kind = TOK_OPERATOR;
			t->op = op;
			break;
		}
	}
	return true;
}

/* "2023-01-01", with what may follow: "T01:00:05.002+02:00". */
static size_t time_end(const struct filter_lexer *l, size_t at)
{
	static const char date[] = "dddd-dd-dd";
	size_t n = 0;

	for (; date[n] != '\0'; n++)
		if (date[n] == 'd' ? !is_digit(peek(l, at + n)) : peek(l, at + n) != date[n])
			return at;
	at += n;
	if (peek(l, at) != 'T' && peek(l, at) != 't' && peek(l, at) != '_')
		return at;
	for (at++; is_digit(peek(l, at)) || peek(l, at) == ':'; at++)
		;
	if (peek(l, at) == '.' && is_digit(peek(l, at + 1)))
		for (at++; is_digit(peek(l, at)); at++)
			;
	if (peek(l, at) == 'Z' || peek(l, at) == 'z')
		return at + 1;
	if ((peek(l, at) == '+' || peek(l, at) == '-') && is_digit(peek(l, at + 1)))
		for (at++; is_digit(peek(l, at)) || peek(l, at) == ':'; at++)
			;
	return at;
}

/* "00-11-22-33-44-55". */
static size_t dashed_mac_end(const struct filter_lexer *l, size_t at)
{
	for (unsigned i = 0; i < 6; i++) {
		size_t p = at + 3 * i;

		if (nf_hex_digit(peek(l, p)) < 0 || nf_hex_digit(peek(l, p + 1)) < 0 ||
		    (i < 5 && peek(l, p + 2) != '-'))
			return at;
	}
	return nf_hex_digit(peek(l, at + 17)) < 0 ? at + 17 : at;
}

/* "8057/flowName", if there is such a name. */
static size_t pen_name_end(const struct filter_lexer *l, size_t at)
{
	size_t end = at;

	while (is_digit(peek(l, end)))
		end++;
	if (l->is_name == NULL || peek(l, end) != '/' || !is_letter(peek(l, end + 1)))
		return at;
	for (end++; is_letter(peek(l, end)) || is_digit(peek(l, end)) ||
		    ((peek(l, end) == '.' || peek(l, end) == '-') && is_letter(peek(l, end + 1)));
	     end++)
		;
	return l->is_name(l->ctx, nf_slice(l->text, at, end - at)) ? end : at;
}

/* Digits, a point, an exponent, a suffix: what is written without a blank is one literal. */
static size_t number_end(const struct filter_lexer *l, size_t at)
{
	size_t begin = at;

	for (;; at++) {
		int c = peek(l, at), before = at > begin ? peek(l, at - 1) : -1;

		if (is_letter(c) || is_digit(c))
			continue;
		if (c == '.' && peek(l, at + 1) != '.')
			continue;
		if ((c == '+' || c == '-') && (before | 0x20) == 'e' && is_digit(peek(l, at + 1)) &&
		    (peek(l, begin + 1) | 0x20) != 'x')
			continue;
		break;
	}
	if (peek(l, at) == '/' && is_digit(peek(l, at + 1)) && at > begin &&
	    memchr(l->text.p + begin, '.', at - begin) != NULL) {
		struct nf_bytes head = nf_slice(l->text, begin, at - begin);
		uint8_t type;

		if (filter_literal_type(head, &type) && type == FILTER_IPV4)
			for (at++; is_digit(peek(l, at)); at++)
				;
	}
	return at;
}

static bool literal(struct filter_lexer *l, struct filter_token *t)
{
	size_t begin = l->at, end = pen_name_end(l, begin);

	if (end > begin)
		return token(l, t, TOK_WORD, end);
	end = time_end(l, begin);
	if (end == begin)
		end = dashed_mac_end(l, begin);
	if (end == begin && !is_colon_literal(l, begin, &end))
		end = number_end(l, begin);
	return token(l, t, TOK_LITERAL, end) && literal_token(l, t);
}

/* -- Tokens --------------------------------------------------------------------------- */

static bool sign(struct filter_lexer *l, struct filter_token *t)
{
	static const char marks[] = "(){}[],:";
	int c = peek(l, l->at);

	if (c == '.' && peek(l, l->at + 1) == '.') {
		t->mark = MARK_RANGE;
		return token(l, t, TOK_MARK, l->at + 2);
	}
	if (c > 0 && strchr(marks, c) != NULL) {
		t->mark = (uint16_t)c;
		return token(l, t, TOK_MARK, l->at + 1);
	}
	for (size_t i = 0; i < filter_noperators; i++) {
		const struct filter_operator *op = &filter_operators[i];
		size_t n = strlen(op->text);

		if (n <= l->text.n - l->at && memcmp(op->text, l->text.p + l->at, n) == 0) {
			t->op = op;
			return token(l, t, TOK_OPERATOR, l->at + n);
		}
	}
	filter_fault(l->faults, span_to(l->at, l->at + 1), "this does not belong here");
	if (c == '|')
		filter_hint(l->faults, "|| is `or`");
	if (c == '#')
		filter_hint(l->faults, "a comment has a blank before its #");
	return false;
}

bool filter_lex(struct filter_lexer *l, struct filter_token *t)
{
	size_t end;
	int c;

	skip_blanks(l);
	*t = (struct filter_token){ .kind = TOK_END };
	c = peek(l, l->at);
	if (c < 0)
		return token(l, t, TOK_END, l->at);
	if (c == '"' || c == '\'')
		return string(l, t, false);
	if ((c == 'r' || c == 'R') && peek(l, l->at + 1) == '"')
		return string(l, t, true);
	if (is_letter(c))
		return word(l, t);
	if (is_digit(c) || (c == '.' && is_digit(peek(l, l->at + 1))))
		return literal(l, t);
	if (c == ':' && is_colon_literal(l, l->at, &end))	/* ::1 */
		return literal(l, t);
	return sign(l, t);
}

bool filter_lex_slice(struct filter_lexer *l, struct filter_token *t)
{
	size_t end;
	int c;

	skip_blanks(l);
	*t = (struct filter_token){ .kind = TOK_END };
	c = peek(l, l->at);
	if (c < 0)
		return token(l, t, TOK_END, l->at);
	for (end = l->at; is_digit(peek(l, end)); end++)
		;
	if (end > l->at)
		return token(l, t, TOK_LITERAL, end);
	t->mark = (uint16_t)c;
	return token(l, t, TOK_MARK, l->at + 1);
}
