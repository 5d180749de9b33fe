#include <config.h>

#include "model/expect_internal.h"

#include "base/digits.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A comment begins at a # with nothing or a blank before it. */
static bool is_comment(const char *text, size_t at)
{
	return text[at] == '#' && (at == 0 || is_blank(text[at - 1]));
}

static size_t line_end(const char *text, size_t at, size_t n)
{
	while (at < n && text[at] != '\n')
		at++;
	return at;
}

/* -- Lines ------------------------------------------------------------------------------ */

/* Behind the last octet of what the line at AT says; AT if it says nothing. */
static size_t said(const char *text, size_t at, size_t n)
{
	size_t end = line_end(text, at, n), behind = at;
	bool quoted = false;

	for (size_t i = at; i < end && (quoted || !is_comment(text, i)); i++) {
		quoted ^= text[i] == '"' && (i == at || text[i - 1] != '\\');
		if (!is_blank(text[i]))
			behind = i + 1;
	}
	return behind;
}

static size_t next_of(const char *text, size_t at, size_t n)
{
	at = line_end(text, at, n);
	return at < n ? at + 1 : n;
}

bool expect_next_line(struct expect_parser *p, size_t *at, struct nf_span *span)
{
	size_t n = p->e->text.n, begin, end;

	while (*at < n && said(p->text, *at, n) == *at)
		*at = next_of(p->text, *at, n);
	if (*at >= n)
		return false;
	begin = *at;
	if (is_blank(p->text[begin]))
		return filter_fault(&p->faults, (struct nf_span){ (uint32_t)begin, 1 },
				    "this line begins with a blank, but there is none before it "
				    "that it could go on with");
	end = said(p->text, begin, n);
	for (*at = next_of(p->text, *at, n); *at < n; *at = next_of(p->text, *at, n)) {
		size_t behind = said(p->text, *at, n);

		if (behind != *at && !is_blank(p->text[*at]))
			break;
		if (behind != *at)
			end = behind;
	}
	*span = (struct nf_span){ (uint32_t)begin, (uint32_t)(end - begin) };
	return true;
}

/* -- Words ------------------------------------------------------------------------------ */

/* Blanks, comments and ends of lines. */
static size_t skip(const struct expect_parser *p, size_t at)
{
	while (at < p->end) {
		if (is_comment(p->text, at))
			at = line_end(p->text, at, p->end);
		else if (is_blank(p->text[at]))
			at++;
		else
			break;
	}
	return at;
}

static bool is_colon(const struct expect_parser *p, size_t at)
{
	return p->text[at] == ':' && (at + 1 >= p->end || is_blank(p->text[at + 1]));
}

static bool in_word(const struct expect_parser *p, size_t at)
{
	return at < p->end && !is_blank(p->text[at]) && !is_colon(p, at) &&
	       p->text[at] != '\0' && strchr("(),|%\"=!<>", p->text[at]) == NULL;
}

static bool operator_at(struct expect_parser *p, struct expect_token *t)
{
	static const struct { const char *text; uint8_t op; } operators[] = {
		{ "==", EXPECT_EQ }, { "!=", EXPECT_NE }, { "<=", EXPECT_LE }, { ">=", EXPECT_GE },
		{ "=", EXPECT_EQ }, { "<", EXPECT_LT }, { ">", EXPECT_GT },
	};

	for (unsigned i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		size_t n = strlen(operators[i].text);

		if (n > p->end - p->at || memcmp(p->text + p->at, operators[i].text, n) != 0)
			continue;
		t->kind = EXPECT_OPERATOR;
		t->op = operators[i].op;
		t->span.len = (uint32_t)n;
		return true;
	}
	return false;
}

/* The octet that is written at *AT, which goes behind it. */
static char octet(const struct expect_parser *p, size_t *at)
{
	char c = p->text[(*at)++];

	if (c != '\\' || *at >= p->end)
		return c;
	c = p->text[(*at)++];
	if (c == 'n')
		return '\n';
	if (c == 'x' && p->end - *at >= 2 && nf_hex_digit(p->text[*at]) >= 0 &&
	    nf_hex_digit(p->text[*at + 1]) >= 0) {
		*at += 2;
		return (char)(nf_hex_digit(p->text[*at - 2]) << 4 | nf_hex_digit(p->text[*at - 1]));
	}
	return c;
}

static bool string_at(struct expect_parser *p, struct expect_token *t)
{
	size_t at = p->at + 1, n = 0;
	char *text;

	while (at < p->end && p->text[at] != '"' && p->text[at] != '\n')
		at += p->text[at] == '\\' && at + 1 < p->end ? 2 : 1;
	if (at >= p->end || p->text[at] != '"')
		return filter_fault(&p->faults, (struct nf_span){ (uint32_t)p->at, 1 },
				    "this quote is not closed");
	t->kind = EXPECT_STRING;
	t->span.len = (uint32_t)(at + 1 - p->at);
	text = expect_alloc(p->e, t->span.len);
	if (text == NULL)
		return filter_no_memory(&p->faults);
	for (size_t i = p->at + 1; i < at; )
		text[n++] = octet(p, &i);
	t->text = (struct nf_bytes){ (const uint8_t *)text, n };
	if (memchr(text, '\0', n) != NULL)
		return filter_fault(&p->faults, t->span, "a text has no octets of zero");
	return true;
}

bool expect_peek(struct expect_parser *p, struct expect_token *t)
{
	p->at = skip(p, p->at);
	*t = (struct expect_token){ .kind = EXPECT_END, .span = { (uint32_t)p->at, 0 } };
	if (p->at >= p->end)
		return true;
	if (p->text[p->at] == '"')
		return string_at(p, t);
	if (operator_at(p, t))
		return true;
	while (in_word(p, p->at + t->span.len))
		t->span.len++;
	t->kind = t->span.len != 0 ? EXPECT_WORD : EXPECT_MARK;
	if (t->kind == EXPECT_MARK) {
		t->mark = p->text[p->at];
		t->span.len = 1;
	}
	t->text = (struct nf_bytes){ (const uint8_t *)p->text + p->at, t->span.len };
	return true;
}

bool expect_next(struct expect_parser *p, struct expect_token *t)
{
	if (!expect_peek(p, t))
		return false;
	p->at += t->span.len;
	return true;
}

bool expect_is_word(const struct expect_token *t, const char *word)
{
	return t->kind == EXPECT_WORD && t->text.n == strlen(word) &&
	       memcmp(t->text.p, word, t->text.n) == 0;
}

bool expect_is_mark(const struct expect_token *t, char mark)
{
	return t->kind == EXPECT_MARK && t->mark == mark;
}

bool expect_take_words(struct expect_parser *p, const char *words)
{
	size_t at = skip(p, p->at), n;

	for (; *words != '\0'; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		at = skip(p, at);
		if (n > p->end - at || memcmp(p->text + at, words, n) != 0 || in_word(p, at + n))
			return false;
		at += n;
	}
	p->at = at;
	return true;
}

bool expect_take_mark(struct expect_parser *p, char mark)
{
	size_t at = skip(p, p->at);

	if (at >= p->end || p->text[at] != mark || (mark == ':' && !is_colon(p, at)))
		return false;
	p->at = at + 1;
	return true;
}

/* -- Looking ahead ---------------------------------------------------------------------- */

/* Behind the text that begins with a quote at AT; AT + 1 where it does not end on its line. */
static size_t pass_text(const struct expect_parser *p, size_t at)
{
	size_t i = at + 1;

	for (; i < p->end && p->text[i] != p->text[at] && p->text[i] != '\n'; i++)
		i += p->text[i] == '\\';
	return i < p->end && p->text[i] == p->text[at] ? i + 1 : at + 1;
}

/* Behind what stands at AT: a text, a comment, a bracket, or an octet of a word. */
static size_t pass(const struct expect_parser *p, size_t at, unsigned *depth)
{
	char c = p->text[at];

	if (is_comment(p->text, at))
		return line_end(p->text, at, p->end);
	if (c == '"' || c == '\'')
		return pass_text(p, at);
	if (strchr("([{", c) != NULL && c != '\0')
		++*depth;
	else if (strchr(")]}", c) != NULL && c != '\0' && *depth > 0)
		--*depth;
	return at + 1;
}

static bool stands_at(const struct expect_parser *p, size_t at, const char *word)
{
	size_t n = strlen(word);

	return n <= p->end - at && memcmp(p->text + at, word, n) == 0 &&
	       (at == 0 || is_blank(p->text[at - 1]) || p->text[at - 1] == ')') &&
	       (at + n >= p->end || is_blank(p->text[at + n]) || p->text[at + n] == '(');
}

size_t expect_find(const struct expect_parser *p, const char *const *words)
{
	unsigned depth = 0;

	for (size_t at = p->at; at < p->end; at = pass(p, at, &depth))
		for (unsigned i = 0; depth == 0 && words[i] != NULL; i++)
			if (stands_at(p, at, words[i]))
				return at;
	return p->end;
}

size_t expect_find_colon(const struct expect_parser *p)
{
	size_t found = p->end;
	unsigned depth = 0;

	for (size_t at = p->at; at < p->end; at = pass(p, at, &depth))
		if (depth == 0 && is_colon(p, at))
			found = at;
	return found;
}

/* -- Faults ----------------------------------------------------------------------------- */

bool expect_wants(struct expect_parser *p, const struct expect_token *t, const char *what)
{
	if (p->faults.any)
		return false;
	if (t->kind == EXPECT_END)
		return filter_fault(&p->faults, t->span, "the line ends where %s is wanted", what);
	return filter_fault(&p->faults, t->span, "this is not %s", what);
}

bool expect_at_end(struct expect_parser *p)
{
	struct expect_token t;

	if (!expect_peek(p, &t))
		return false;
	if (t.kind == EXPECT_END)
		return true;
	return filter_fault(&p->faults, t.span, "the line should end before this");
}

bool expect_fault_at(struct expect_parser *p, size_t offset)
{
	p->faults.any = true;
	p->faults.err->span.off += (uint32_t)offset;
	return false;
}

void *expect_alloc(struct expect *e, size_t n)
{
	void *p = nf_arena_alloc(&e->arena, n + 1);

	e->failed |= p == NULL;
	return p;
}

void *expect_room(struct expect_parser *p, size_t max, size_t size)
{
	size_t n = (p->end - p->at) / 2 + 1;

	return expect_alloc(p->e, (n < max ? n : max) * size);
}

const char *expect_copy(struct expect *e, const char *text, size_t n)
{
	const char *p = nf_arena_strndup(&e->arena, text, n);

	e->failed |= p == NULL;
	return p;
}
