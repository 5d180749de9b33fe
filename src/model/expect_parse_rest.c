/*
 * Lines about templates, options and findings.
 */
#include <config.h>

#include "model/expect_internal.h"

#include "base/mem.h"

enum { FIELDS = 1024, VALUES = 64, RULES = 512 };	/* of a line */

/* -- Templates -------------------------------------------------------------------------- */

/* "name[4]", "name[v]", "name" */
static bool field(struct expect_parser *p, const struct expect_token *t, struct expect_field *f)
{
	const char *text = (const char *)t->text.p;
	size_t n = t->text.n, open = n;
	uint32_t length = 0;

	*f = (struct expect_field){ .name = t->text, .length = -1 };
	if (memchr(text, '[', n) == NULL)
		return true;
	while (open > 0 && text[open - 1] != '[')
		open--;
	if (open < 2 || text[n - 1] != ']')
		return expect_wants(p, t, "a field (sourceIPv4Address, sourceIPv4Address[4])");
	f->name.n = open - 1;
	if (n - open == 2 && text[open] == 'v') {
		f->length = NF_VARLEN;
		return true;
	}
	for (size_t i = open; i + 1 < n && length < NF_VARLEN; i++)
		length = text[i] >= '0' && text[i] <= '9' ?
			 length * 10 + (uint32_t)(text[i] - '0') : NF_VARLEN;
	f->length = (int32_t)length;
	return (open + 1 < n && length < NF_VARLEN) ||
	       expect_wants(p, t, "a field with its length ([4], [v] where it varies)");
}

/* What stands before a `|` is the scope. */
static void scope(struct expect_line *line)
{
	for (unsigned i = 0; i < line->nfields; i++)
		line->fields[i].scope = true;
}

bool expect_parse_fields(struct expect_parser *p, struct expect_line *line)
{
	struct expect_token t;

	line->options = line->kind == EXPECT_OPTIONS_EXISTS || line->kind == EXPECT_OPTIONS_HAS;
	line->fields = expect_room(p, FIELDS, sizeof(*line->fields));
	if (line->fields == NULL)
		return filter_no_memory(&p->faults);
	expect_take_mark(p, ':');
	for (;;) {
		if (!expect_peek(p, &t))
			return false;
		if (t.kind == EXPECT_END && line->nfields != 0)
			return true;
		if (line->options && line->nfields != 0 && expect_take_mark(p, '|')) {
			scope(line);
			continue;
		}
		if (t.kind != EXPECT_WORD)
			return expect_wants(p, &t, "a field (sourceIPv4Address, "
					    "sourceIPv4Address[4])");
		if (line->nfields == FIELDS)
			return filter_fault(&p->faults, t.span, "there are more than %d fields",
					    FIELDS);
		if (!field(p, &t, &line->fields[line->nfields]))
			return false;
		line->nfields++;
		expect_next(p, &t);
		expect_take_mark(p, ',');
	}
}

/* -- Options ---------------------------------------------------------------------------- */

static bool value(struct expect_parser *p, struct expect_value *v)
{
	struct expect_token name, t;

	if (!expect_next(p, &name))
		return false;
	if (name.kind != EXPECT_WORD)
		return expect_wants(p, &name, "the name of a field");
	v->name = name.text;
	if (!expect_next(p, &t))
		return false;
	if (t.kind != EXPECT_OPERATOR || t.op != EXPECT_EQ)
		return expect_wants(p, &t, "== and a text");
	if (!expect_next(p, &t))
		return false;
	if (t.kind != EXPECT_WORD && t.kind != EXPECT_STRING)
		return expect_wants(p, &t, "a text (\"eth0\")");
	v->span = t.span;
	v->text = expect_copy(p->e, (const char *)t.text.p, t.text.n);
	return v->text != NULL || filter_no_memory(&p->faults);
}

/* "interface 3: interfaceName == "eth0", interfaceDescription == "uplink"" */
bool expect_parse_option(struct expect_parser *p, struct expect_line *line)
{
	struct expect_token t;
	struct nf_strbuf s;
	size_t colon;

	if (!expect_peek(p, &t))
		return false;
	colon = expect_find_colon(p);
	if (t.kind == EXPECT_WORD && colon == p->end)
		t = (struct expect_token){ .kind = EXPECT_END, .span = { (uint32_t)p->end, 0 } };
	if (t.kind != EXPECT_WORD)
		return expect_wants(p, &t, "a row, a colon and its values (interface 3: "
				    "interfaceName == \"eth0\")");
	nf_strbuf_init(&s);
	expect_line_text(&s, p->e, (struct nf_span){ (uint32_t)p->at, (uint32_t)(colon - p->at) });
	line->subject = s.failed ? NULL : expect_copy(p->e, s.p, s.n);
	nf_strbuf_done(&s);
	p->at = colon + 1;
	line->values = expect_room(p, VALUES, sizeof(*line->values));
	if (line->subject == NULL || line->values == NULL)
		return filter_no_memory(&p->faults);
	do {
		if (line->nvalues == VALUES)
			return filter_fault(&p->faults, (struct nf_span){ (uint32_t)p->at, 1 },
					    "there are more than %d values", VALUES);
		if (!value(p, &line->values[line->nvalues]))
			return false;
		line->nvalues++;
	} while (expect_take_mark(p, ','));
	return true;
}

/* -- Findings --------------------------------------------------------------------------- */

static bool known(struct expect_parser *p, const struct expect_token *t)
{
	struct filter_near near = filter_near_to(t->text);

	for (const char *const *r = p->e->opts.rules; r != NULL && *r != NULL; r++) {
		if (expect_is_word(t, *r))
			return true;
		filter_near_consider(&near, *r);
	}
	if (p->e->opts.rules == NULL)
		return true;
	filter_fault(&p->faults, t->span, "there is no such rule (see nfpcap rules)");
	filter_near_ask(&near, &p->faults);
	return false;
}

/* "a, b": what separates them may be left out. */
static bool rules(struct expect_parser *p, struct expect_line *line)
{
	struct expect_token t;

	line->rules = expect_room(p, RULES, sizeof(*line->rules));
	if (line->rules == NULL)
		return filter_no_memory(&p->faults);
	do {
		if (!expect_next(p, &t))
			return false;
		if (t.kind != EXPECT_WORD)
			return expect_wants(p, &t, "a rule (see nfpcap rules)");
		if (line->nrules == RULES)
			return filter_fault(&p->faults, t.span, "there are more than %d rules",
					    RULES);
		if (!known(p, &t))
			return false;
		line->rules[line->nrules++] = t.text;
	} while (expect_take_mark(p, ','));
	return true;
}

bool expect_parse_finding(struct expect_parser *p, struct expect_line *line)
{
	return rules(p, line);
}

static bool severity(struct expect_parser *p, struct expect_line *line)
{
	static const char *const names[] = {
		[NF_NOTE] = "note", [NF_WARNING] = "warning", [NF_ERROR] = "error",
	};
	struct expect_token t;

	expect_next(p, &t);
	if (t.op != EXPECT_GE)
		return expect_wants(p, &t, ">= and a severity");
	if (!expect_next(p, &t))
		return false;
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (expect_is_word(&t, names[i])) {
			line->severity = (uint8_t)i;
			return true;
		}
	return expect_wants(p, &t, "note, warning or error");
}

/* ">= warning except a, b", "a, b", or nothing: what there must not be. */
bool expect_parse_no_finding(struct expect_parser *p, struct expect_line *line)
{
	struct expect_token t;

	line->severity = NF_NOTE;
	if (!expect_peek(p, &t))
		return false;
	if (t.kind == EXPECT_WORD && !expect_is_word(&t, "except")) {
		line->only = true;
		return rules(p, line);
	}
	if (t.kind == EXPECT_OPERATOR && !severity(p, line))
		return false;
	return !expect_take_words(p, "except") || rules(p, line);
}
