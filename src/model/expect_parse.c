/*
 * Lines: which kind each is, and sections.  What stands behind the words is read elsewhere.
 */
#include <config.h>

#include "model/expect_internal.h"

#include <arpa/inet.h>
#include <inttypes.h>

#include "base/mem.h"

static const struct kind {
	const char *words;
	bool (*parse)(struct expect_parser *p, struct expect_line *line);
} kinds[EXPECT_KINDS] = {
#define KIND(id, words_, parse_, judge) [EXPECT_##id] = { words_, expect_parse_##parse_ },
#include "model/expect_kinds.def"
#undef KIND
};

static const char *const sums[EXPECT_SUMS] = {
#define SUM(id, name, numbers) [EXPECT_SUM_##id] = name,
#include "model/expect_sums.def"
#undef SUM
};

const struct expect_quantity_row expect_quantities[EXPECT_QUANTITIES] = {
#define FACT(id, name_, unit_, fact_, slack_, share_, snapshot_) \
	[EXPECT_Q_##id] = { .name = name_, .unit = EXPECT_##unit_, .fact = fact_, \
			    .slack = slack_, .share = share_, .snapshot = snapshot_ },
#define TOTAL(id, name_, total_, known_, slack_, share_, snapshot_) \
	[EXPECT_Q_##id] = { .name = name_, .unit = EXPECT_COUNT, \
			    .total = offsetof(struct expect_totals, total_), \
			    .known = offsetof(struct expect_totals, known_), \
			    .slack = slack_, .share = share_, .snapshot = snapshot_ },
#include "model/expect_quantities.def"
#undef FACT
#undef TOTAL
};

const char *expect_kind_words(enum expect_kind kind)
{
	return kinds[kind].words;
}

const char *expect_sum_name(enum expect_sum sum)
{
	return sums[sum];
}

/* -- Sections --------------------------------------------------------------------------- */

static bool address(struct expect_parser *p, struct expect_section *s)
{
	struct expect_token t;
	char text[64];

	if (!expect_next(p, &t))
		return false;
	if (expect_is_word(&t, "any")) {
		s->any_exporter = true;
		return true;
	}
	if (t.kind != EXPECT_WORD || t.text.n >= sizeof(text))
		return expect_wants(p, &t, "an address, or any");
	memcpy(text, t.text.p, t.text.n);
	text[t.text.n] = '\0';
	s->addr.family = strchr(text, ':') != NULL ? 6 : 4;
	if (inet_pton(s->addr.family == 6 ? AF_INET6 : AF_INET, text, s->addr.octets) != 1)
		return expect_wants(p, &t, "an address, or any");
	return true;
}

static bool domain(struct expect_parser *p, struct expect_section *s)
{
	struct expect_token t;
	uint64_t n = 0;

	if (!expect_next(p, &t))
		return false;
	if (expect_is_word(&t, "any"))
		return true;
	for (size_t i = 0; t.kind == EXPECT_WORD && i < t.text.n && n <= UINT32_MAX; i++)
		n = t.text.p[i] >= '0' && t.text.p[i] <= '9' ? n * 10 + t.text.p[i] - '0' :
							       UINT64_MAX / 16;
	if (t.kind != EXPECT_WORD || n > UINT32_MAX)
		return expect_wants(p, &t, "the number of a domain, or any");
	s->any_domain = false;
	s->domain = (uint32_t)n;
	return true;
}

static bool section_add(struct expect_parser *p, const struct expect_section *s)
{
	struct expect *e = p->e;
	void *sections = e->sections;

	if (e->nsections >= EXPECT_SECTIONS)
		return filter_fault(&p->faults, s->span, "there are more than %d sections",
				    EXPECT_SECTIONS);
	if (!nf_grow(&sections, &e->sections_cap, e->nsections + 1, sizeof(*s)))
		return filter_no_memory(&p->faults);
	e->sections = sections;
	e->sections[e->nsections++] = *s;
	return true;
}

/* "exporter 192.0.2.1 domain 7", "exporter any", "domain 7"; *IS: the line is one. */
static bool section(struct expect_parser *p, struct nf_span span, bool *is)
{
	struct expect_section s = { .any_exporter = true, .any_domain = true, .span = span };
	bool exporter = expect_take_words(p, "exporter");

	*is = exporter;
	if (exporter) {
		s.any_exporter = false;
		if (!address(p, &s))
			return false;
	}
	if (expect_take_words(p, "domain")) {
		*is = true;
		if (!domain(p, &s))
			return false;
	}
	return !*is || (expect_at_end(p) && section_add(p, &s));
}

/* -- Lines ------------------------------------------------------------------------------ */

static bool is_sum(struct expect_parser *p)
{
	struct expect_token t;
	size_t at = p->at;
	bool is = false;

	if (!expect_next(p, &t))
		return false;
	for (unsigned i = 0; i < EXPECT_SUMS && !is; i++)
		is = expect_is_word(&t, sums[i]) && expect_take_mark(p, '(');
	p->at = at;
	return is;
}

/* The quantity that the line begins with, by the most words. */
static int quantity_at(struct expect_parser *p)
{
	size_t at = p->at, far = at;
	int found = -1;

	for (unsigned i = 0; i < EXPECT_QUANTITIES; i++) {
		p->at = at;
		if (expect_take_words(p, expect_quantities[i].name) && p->at > far) {
			far = p->at;
			found = (int)i;
		}
	}
	p->at = found >= 0 ? far : at;
	return found;
}

bool expect_parse_quantity(struct expect_parser *p, struct expect_line *line)
{
	const struct expect_quantity_row *row = &expect_quantities[line->quantity];

	return expect_parse_test(p, (enum expect_unit)row->unit, NULL, &line->test);
}

bool expect_parse_nothing(struct expect_parser *p, struct expect_line *line)
{
	(void)p;
	(void)line;
	return true;
}

/* What the line begins with, up to where no word can be any more. */
static struct nf_bytes beginning(const struct expect_parser *p)
{
	static const char *const ends[] = { "within", "between", "is", "where", NULL };
	size_t end = expect_find(p, ends), n = 0;

	while (p->at + n < end && n < FILTER_NEAR_LONGEST && strchr("=<>!(,:\n", p->text[p->at + n]) == NULL)
		n++;
	while (n > 0 && p->text[p->at + n - 1] == ' ')
		n--;
	return (struct nf_bytes){ (const uint8_t *)p->text + p->at, n };
}

/* Without its last word; nothing where it is one word. */
static struct nf_bytes shorter(struct nf_bytes words)
{
	while (words.n > 0 && words.p[words.n - 1] != ' ')
		words.n--;
	while (words.n > 0 && words.p[words.n - 1] == ' ')
		words.n--;
	return words;
}

static struct filter_near nearest(struct nf_bytes words)
{
	struct filter_near near = filter_near_to(words);

	for (unsigned i = 0; i < EXPECT_KINDS; i++)
		filter_near_consider(&near, kinds[i].words);
	for (unsigned i = 0; i < EXPECT_QUANTITIES; i++)
		filter_near_consider(&near, expect_quantities[i].name);
	for (unsigned i = 0; i < EXPECT_SUMS; i++)
		filter_near_consider(&near, sums[i]);
	filter_near_consider(&near, "exporter");
	filter_near_consider(&near, "domain");
	return near;
}

static bool unknown(struct expect_parser *p)
{
	struct nf_bytes begins = beginning(p);
	struct filter_near near = nearest(begins);

	filter_fault(&p->faults,
		     (struct nf_span){ (uint32_t)p->at, (uint32_t)(begins.n != 0 ? begins.n : 1) },
		     "no line begins like this");
	while (near.cost[0] == UINT32_MAX && shorter(begins).n != 0) {
		begins = shorter(begins);
		near = nearest(begins);
	}
	filter_near_ask(&near, &p->faults);
	return false;
}

/* What kind of line it is; what tells it is taken. */
static int kind_of(struct expect_parser *p, struct expect_line *line)
{
	int quantity;

	for (unsigned i = 0; i < EXPECT_MEASURED; i++)
		if (expect_take_words(p, kinds[i].words))
			return (int)i;
	if (is_sum(p))
		return EXPECT_MEASURED;
	quantity = quantity_at(p);
	line->quantity = (uint8_t)(quantity >= 0 ? quantity : 0);
	return quantity >= 0 ? EXPECT_QUANTITY : -1;
}

static bool line_add(struct expect_parser *p, struct nf_span span)
{
	struct expect *e = p->e;
	struct expect_line line = {
		.section = (uint16_t)(e->nsections - 1), .span = span,
		.number = expect_line_at(p->text, span.off),
	};
	void *lines = e->lines;
	int kind;

	if (e->nlines >= EXPECT_LINES)
		return filter_fault(&p->faults, span, "there are more than %d lines",
				    EXPECT_LINES);
	if (!nf_grow(&lines, &e->lines_cap, e->nlines + 1, sizeof(line)))
		return filter_no_memory(&p->faults);
	e->lines = lines;
	kind = kind_of(p, &line);
	if (kind < 0)
		return p->faults.any ? false : unknown(p);
	line.kind = (uint8_t)kind;
	e->lines[e->nlines] = line;
	return kinds[kind].parse(p, &e->lines[e->nlines++]) && expect_at_end(p);
}

/* -- The whole -------------------------------------------------------------------------- */

/* Who reads another grammar than this one says so at once. */
static bool first_line(struct expect_parser *p, size_t *at)
{
	static const char word[] = "nfpcap-expect ";
	struct nf_span span = { 0, (uint32_t)strcspn(p->text, "\r\n") };
	struct expect_token t;

	p->at = 0;
	p->end = span.len;
	*at = span.len;
	if (strncmp(p->text, word, sizeof(word) - 1) != 0)
		return filter_fault(&p->faults, (struct nf_span){ 0, 1 },
				    "the first line is not \"%s\"", EXPECT_FIRST);
	p->at = sizeof(word) - 1;
	if (!expect_next(p, &t))
		return false;
	if (!expect_is_word(&t, "1"))
		return filter_fault(&p->faults, t.span, "this is for another version of nfpcap, "
				    "which reads another grammar; this one reads 1");
	return expect_at_end(p);
}

bool expect_parse_all(struct expect_parser *p)
{
	const struct expect_section all = { .any_exporter = true, .any_domain = true };
	struct nf_span span;
	size_t at = 0;

	if (!section_add(p, &all) || !first_line(p, &at))
		return false;
	while (expect_next_line(p, &at, &span)) {
		bool is;

		p->at = span.off;
		p->end = span.off + span.len;
		if (!section(p, span, &is) || (!is && !line_add(p, span)))
			return false;
	}
	return !p->faults.any;
}
