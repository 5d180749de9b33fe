/*
 * Lines about flows: "every flow has X where Y", "sum(bytes) where X within 1% of N",
 * "flow X: bytes == N, packets == M".
 */
#include <config.h>

#include "model/expect_internal.h"

#include "base/mem.h"

enum { MEASURES = 32 };			/* of a line */

static const bool numeric[EXPECT_SUMS] = {
#define SUM(id, name, numbers) [EXPECT_SUM_##id] = numbers,
#include "model/expect_sums.def"
#undef SUM
};

/* The filter of N octets of the text from AT on. */
static struct filter *filter_at_text(struct expect_parser *p, size_t at, size_t n)
{
	struct filter *f;

	f = filter_new(p->text + at, n, p->e->opts.names, p->e->registry, p->faults.err);
	if (f == NULL)
		expect_fault_at(p, at);
	return f;
}

/* The filter up to END, without blanks at its ends; nothing there is a fault. */
static struct filter *filter_until(struct expect_parser *p, size_t end, const char *what)
{
	struct expect_token t;
	size_t from;

	if (!expect_peek(p, &t))
		return NULL;
	from = p->at;
	if (from >= end) {
		t.kind = EXPECT_END;
		expect_wants(p, &t, what);
		return NULL;
	}
	p->at = end;
	return filter_at_text(p, from, end - from);
}

static bool where_until(struct expect_parser *p, struct expect_line *line, size_t end)
{
	line->where = filter_until(p, end, "a filter");
	return line->where != NULL;
}

static bool where_at_end(struct expect_parser *p, struct expect_line *line)
{
	return !expect_take_words(p, "where") || where_until(p, line, p->end);
}

/* -- every, some, no -------------------------------------------------------------------- */

/* A fault where NAME is none. */
static const struct filter_ref *ref_of(struct expect_parser *p, const struct expect_token *t)
{
	const struct filter_ref *ref = filter_names_find(p->e->names, t->text, p->faults.err);

	if (ref == NULL)
		expect_fault_at(p, t->span.off);
	return ref;
}

/* "has A, B": the filter "A and B". */
static bool has(struct expect_parser *p, struct expect_line *line, size_t end)
{
	struct nf_strbuf s;
	size_t from;

	nf_strbuf_init(&s);
	do {
		struct expect_token t;

		if (!expect_next(p, &t))
			break;
		if (t.kind != EXPECT_WORD || t.span.off >= end) {
			expect_wants(p, &t, "the name of a field");
			break;
		}
		if (ref_of(p, &t) == NULL)
			break;
		nf_sb_str(&s, s.n != 0 ? " && " : "");
		nf_sb_mem(&s, t.text.p, t.text.n);
	} while (expect_take_mark(p, ','));
	from = p->at;
	if (!p->faults.any && s.failed)
		filter_no_memory(&p->faults);
	if (!p->faults.any) {
		line->what = filter_new(nf_strbuf_cstr(&s), s.n, p->e->opts.names, p->e->registry,
					p->faults.err);
		p->faults.any = line->what == NULL;
		if (line->what == NULL)
			p->faults.err->span = (struct nf_span){ (uint32_t)from, 0 };
	}
	nf_strbuf_done(&s);
	return line->what != NULL;
}

bool expect_parse_flows(struct expect_parser *p, struct expect_line *line)
{
	static const char *const where[] = { "where", NULL };
	size_t end = expect_find(p, where);

	if (expect_take_words(p, "has")) {
		if (!has(p, line, end))
			return false;
	} else {
		line->what = filter_until(p, end, "a filter, or \"has\" and names of fields");
		if (line->what == NULL)
			return false;
	}
	return where_at_end(p, line);
}

/* -- Sums ------------------------------------------------------------------------------- */

static enum expect_unit unit_of(const struct expect_measure *m)
{
	return m->ref != NULL && m->ref->type == FILTER_DURATION &&
	       m->sum != EXPECT_SUM_DISTINCT && m->sum != EXPECT_SUM_COUNT ? EXPECT_SECONDS :
									     EXPECT_COUNT;
}

/* Words for values, where a value is what is tested. */
static const struct nf_labels *labels_of(const struct expect_measure *m)
{
	bool value = m->sum == EXPECT_SUM_MIN || m->sum == EXPECT_SUM_MAX;

	return value && m->ref != NULL ? m->ref->labels : NULL;
}

static bool is_numeric(enum filter_type type)
{
	return type == FILTER_NUMBER || type == FILTER_FLOAT || type == FILTER_DURATION ||
	       type == FILTER_UNKNOWN;
}

/* NAME, as what SUM is of: a field, or "flows", which is the records themselves. */
static bool of_what(struct expect_parser *p, struct expect_measure *m)
{
	struct expect_token t;

	if (!expect_next(p, &t))
		return false;
	if (t.kind != EXPECT_WORD)
		return expect_wants(p, &t, "the name of a field");
	if (m->sum == EXPECT_SUM_COUNT && expect_is_word(&t, "flows"))
		return true;
	m->ref = ref_of(p, &t);
	if (m->ref == NULL)
		return false;
	if (numeric[m->sum] && !is_numeric((enum filter_type)m->ref->type))
		return filter_fault(&p->faults, t.span, "%s takes numbers, and this is %s",
				    expect_sum_name((enum expect_sum)m->sum),
				    filter_type_name((enum filter_type)m->ref->type));
	return true;
}

/* "sum(bytes)", or, where SHORT_ is allowed, "bytes". */
static bool measure(struct expect_parser *p, struct expect_measure *m, bool short_)
{
	struct expect_token t;
	size_t at;

	if (!expect_peek(p, &t))
		return false;
	at = p->at;
	*m = (struct expect_measure){ .sum = EXPECT_SUM_SUM };
	for (unsigned i = 0; i < EXPECT_SUMS; i++)
		if (expect_is_word(&t, expect_sum_name((enum expect_sum)i))) {
			expect_next(p, &t);
			if (expect_take_mark(p, '(')) {
				m->sum = (uint8_t)i;
				short_ = false;
			} else {
				p->at = at;
			}
			break;
		}
	if (short_ && expect_take_words(p, "records"))
		m->sum = EXPECT_SUM_COUNT;
	else if (!of_what(p, m))
		return false;
	if (p->at > at && !short_ && !expect_take_mark(p, ')'))
		return expect_peek(p, &t) && expect_wants(p, &t, "a closing parenthesis");
	m->span = (struct nf_span){ (uint32_t)at, (uint32_t)(p->at - at) };
	return true;
}

static bool room_for_measures(struct expect_parser *p, struct expect_line *line)
{
	line->measures = expect_room(p, MEASURES, sizeof(*line->measures));
	return line->measures != NULL || filter_no_memory(&p->faults);
}

/* "sum(bytes) TEST where FILTER", or "sum(bytes) where FILTER TEST". */
bool expect_parse_sums(struct expect_parser *p, struct expect_line *line)
{
	static const char *const tests[] = { "within", "between", "is", NULL };
	struct expect_measure *m;
	struct expect_token t;
	size_t end;

	if (!room_for_measures(p, line))
		return false;
	m = line->measures;
	line->nmeasures = 1;
	if (!measure(p, m, false))
		return false;
	if (!expect_take_words(p, "where"))
		return expect_parse_test(p, unit_of(m), labels_of(m), &m->test) &&
		       where_at_end(p, line);
	end = expect_find(p, tests);
	if (end == p->end) {
		t = (struct expect_token){ .kind = EXPECT_END, .span = { (uint32_t)end, 0 } };
		expect_wants(p, &t, "a test (within 1% of 100, between 1 and 2, is == 12)");
		filter_hint(&p->faults, "a test may stand before where, too: count(flows) == 12 "
			    "where ...");
		return false;
	}
	return where_until(p, line, end) &&
	       expect_parse_test(p, unit_of(m), labels_of(m), &m->test);
}

/* "FILTER: bytes == 12, packets == 1" */
bool expect_parse_flow(struct expect_parser *p, struct expect_line *line)
{
	size_t colon = expect_find_colon(p);
	struct expect_token t = { .kind = EXPECT_END, .span = { (uint32_t)p->end, 0 } };

	if (colon == p->end)
		return expect_wants(p, &t, "a colon and what is expected of the flow "
				    "(: bytes == 100)");
	if (!where_until(p, line, colon) || !expect_take_mark(p, ':') ||
	    !room_for_measures(p, line))
		return false;
	do {
		struct expect_measure *m = &line->measures[line->nmeasures];

		if (line->nmeasures == MEASURES)
			return expect_peek(p, &t) &&
			       filter_fault(&p->faults, t.span, "there are more than %d tests",
					    MEASURES);
		line->nmeasures++;
		if (!measure(p, m, true) ||
		    !expect_parse_test(p, unit_of(m), labels_of(m), &m->test))
			return false;
	} while (expect_take_mark(p, ','));
	return true;
}
