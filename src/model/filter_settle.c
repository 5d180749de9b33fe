#include <config.h>

#include "model/filter_types.h"

#include <stdio.h>

#include "model/filter_near.h"

static const char *const type_names[FILTER_TYPES] = {
	[FILTER_NUMBER] = "a number",
	[FILTER_FLOAT] = "a number with a fraction",
	[FILTER_BOOLEAN] = "true or false",
	[FILTER_TEXT] = "text",
	[FILTER_OCTETS] = "octets",
	[FILTER_IPV4] = "an IPv4 address",
	[FILTER_IPV6] = "an IPv6 address",
	[FILTER_ADDRESS] = "an address",
	[FILTER_MAC] = "a MAC address",
	[FILTER_TIME] = "a time",
	[FILTER_DURATION] = "a duration",
	[FILTER_UNKNOWN] = "of no known type",
};

/* What to write for one. */
static const char *const examples[FILTER_TYPES] = {
	[FILTER_NUMBER] = "1500, 0x1f or 10k",
	[FILTER_FLOAT] = "1.5",
	[FILTER_BOOLEAN] = "true or false",
	[FILTER_TEXT] = "\"text\"",
	[FILTER_OCTETS] = "00:1b:c0 or \"text\"",
	[FILTER_IPV4] = "10.0.0.1 or 10.0.0.0/8",
	[FILTER_IPV6] = "2001:db8::1 or 2001:db8::/32",
	[FILTER_ADDRESS] = "10.0.0.1, 10.0.0.0/8 or 2001:db8::1",
	[FILTER_MAC] = "00:00:5e:00:53:01",
	[FILTER_TIME] = "2023-01-01T12:00:00, in UTC",
	[FILTER_DURATION] = "5s, 250ms, 10m or 2h",
};

const char *filter_type_name(enum filter_type type)
{
	return type_names[type];
}

/* -- Faults --------------------------------------------------------------------------- */

/* The text of the filter under SPAN, for messages; cut where it is long. */
struct excerpt {
	char text[48];
};

static struct excerpt excerpt(const struct filter_tree *t, struct nf_span span)
{
	struct nf_bytes b = nf_slice(t->text, span.off, span.len);
	struct excerpt e;
	size_t n = b.n < sizeof(e.text) ? b.n : sizeof(e.text) - 4;

	memcpy(e.text, b.p, n);
	for (size_t i = 0; i < n; i++)
		if (e.text[i] == '\n' || e.text[i] == '\t')
			e.text[i] = ' ';
	memcpy(e.text + n, b.n > n ? "..." : "", b.n > n ? 4 : 1);
	return e;
}

bool filter_differ(struct filter_tree *t, const struct filter_node *a, const struct filter_node *b)
{
	struct excerpt ea = excerpt(t, a->span), eb = excerpt(t, b->span);

	return filter_fault(&t->faults, b->span, "%s is %s, but %s is %s", ea.text,
			    type_names[a->type], eb.text, type_names[b->type]);
}

bool filter_wants(struct filter_tree *t, const struct filter_node *n, const char *what,
		  const char *wanted)
{
	struct excerpt e = excerpt(t, n->span);

	return filter_fault(&t->faults, n->span, "%s wants %s, but %s is %s", what, wanted,
			    e.text, type_names[n->type]);
}

bool filter_retype(struct filter_tree *t, struct filter_node *n, enum filter_type type)
{
	const struct filter_ref *ref;

	n->type = (uint8_t)type;
	if (n->op != OP_NAME)
		return true;
	ref = filter_retyped(t, n->ref, type);
	if (ref != NULL)
		n->ref = ref;
	return ref != NULL;
}

/* -- Literals ------------------------------------------------------------------------- */

static bool seconds(const struct filter_value *number, struct filter_value *v)
{
	const struct filter_value second = { .type = FILTER_DURATION, .ns = 1000000000 };

	return filter_arithmetic(OP_MUL, number, &second, v);
}

/* A bare number where a duration is wanted: 0 is one, others where the name says of what. */
static bool bare_number(const struct filter_node *side, const struct filter_node *n,
			struct filter_value *v)
{
	struct filter_value number;
	int prefix;

	if (n->quoted || (!filter_literal(NULL, n->text, FILTER_NUMBER, NULL, &number, &prefix) &&
			  !filter_literal(NULL, n->text, FILTER_FLOAT, NULL, &number, &prefix)))
		return false;
	if (side->op != OP_NAME || !side->ref->bare)
		if (number.type != FILTER_NUMBER || number.u != 0)
			return false;
	return seconds(&number, v);
}

/* One octet, as a number. */
static bool octet(struct filter_tree *t, const struct filter_node *n, struct filter_value *v)
{
	struct filter_value number;
	uint8_t *own;
	int prefix;

	if (!filter_literal(NULL, n->text, FILTER_NUMBER, NULL, &number, &prefix) ||
	    number.u > 255)
		return false;
	own = nf_arena_alloc(&t->arena, 1);
	if (own != NULL)
		*own = (uint8_t)number.u;
	*v = (struct filter_value){ .type = FILTER_OCTETS, .b = { own, own != NULL } };
	return true;
}

static bool text_octets(struct nf_bytes text, struct filter_value *v)
{
	*v = (struct filter_value){ .type = FILTER_OCTETS, .b = text };
	return true;
}

static bool read_literal(struct filter_tree *t, const struct filter_node *side,
			 const struct filter_node *n, enum filter_type type,
			 struct filter_value *v, int *prefix)
{
	const struct nf_labels *labels = filter_labels_of(side);

	*prefix = -1;
	if (type == FILTER_OCTETS && n->quoted)
		return text_octets(n->text, v);
	if (filter_literal(&t->arena, n->text, type, labels, v, prefix))
		return true;
	switch (type) {
	case FILTER_NUMBER:	/* sport > 1.5 */
		return filter_literal(&t->arena, n->text, FILTER_FLOAT, NULL, v, prefix);
	case FILTER_DURATION:
		return bare_number(side, n, v);
	case FILTER_OCTETS:
		return octet(t, n, v);
	default:
		return false;
	}
}

static void hint_labels(struct filter_tree *t, const struct nf_labels *labels, bool numbers)
{
	char list[160];
	size_t used = 0;

	for (size_t i = 0; i < labels->nvalues && i < 8; i++) {
		int n = snprintf(list + used, sizeof(list) - used, "%s%s", i > 0 ? ", " : "",
				 labels->values[i].name);

		if (n < 0 || (size_t)n >= sizeof(list) - used)
			break;
		used += (size_t)n;
	}
	filter_hint(&t->faults, "its values are %s%s%s", numbers ? "a number or one of " : "", list,
		    labels->nvalues > 8 ? " ..." : "");
}

/* N, a literal, cannot be what it is compared with. */
static bool misread(struct filter_tree *t, const struct filter_node *side,
		    const struct filter_node *n, enum filter_type type)
{
	const struct nf_labels *labels = filter_labels_of(side);
	struct excerpt es = excerpt(t, side->span), en = excerpt(t, n->span);

	if (t->faults.any)
		return false;
	if (n->type == FILTER_TEXT && type == FILTER_NUMBER && labels != NULL &&
	    labels->values != NULL) {
		filter_fault(&t->faults, n->span, "%s has no value %s", es.text, en.text);
		if (!filter_hint_value(t, labels, n->text))
			hint_labels(t, labels, true);
		return false;
	}
	if (n->type == FILTER_NUMBER && type == FILTER_DURATION) {
		filter_fault(&t->faults, n->span, "%s is a duration, %s a number without a unit",
			     es.text, en.text);
		filter_hint(&t->faults, "write %ss, %sms, %sm ...", en.text, en.text, en.text);
		return false;
	}
	if (filter_is_word(n))
		filter_fault(&t->faults, n->span, "%s is %s, and %s is no name", es.text,
			     type_names[type], en.text);
	else
		filter_fault(&t->faults, n->span, "%s is %s, but %s is %s", es.text,
			     type_names[type], en.text, type_names[n->type]);
	if (examples[type] != NULL)
		filter_hint(&t->faults, "write %s as %s", type_names[type], examples[type]);
	return false;
}

bool filter_settle(struct filter_tree *t, const struct filter_node *side, struct filter_node *n,
		   enum filter_type type)
{
	struct filter_node *literal = n->op == OP_NEGATE ? n->a : n;
	struct filter_value v;
	int prefix;

	if (!read_literal(t, side, literal, type, &v, &prefix))
		return misread(t, side, literal, type);
	if ((v.type == FILTER_TEXT || v.type == FILTER_OCTETS || v.type == FILTER_IPV6) &&
	    v.b.p == NULL)
		return filter_no_memory(&t->faults);
	if (n->op == OP_NEGATE && !filter_negate(&v))
		return filter_wants(t, literal, "a sign", "a number or a duration");
	n->op = prefix >= 0 ? OP_NET : OP_VALUE;
	n->prefix = (uint8_t)(prefix >= 0 ? prefix : 0);
	n->type = v.type;
	n->value = v;
	n->a = NULL;
	return true;
}

bool filter_settle_alone(struct filter_tree *t, struct filter_node *n)
{
	struct filter_node *literal = n->op == OP_NEGATE ? n->a : n;

	if (filter_is_word(literal))
		return filter_unknown_name(t, literal->text, literal->span);
	return filter_settle(t, n, n, (enum filter_type)literal->type);
}

static bool is_one(const struct nf_labels *labels, struct nf_bytes word)
{
	for (size_t i = 0; i < labels->nvalues; i++)
		if (strlen(labels->values[i].name) == word.n &&
		    memcmp(labels->values[i].name, word.p, word.n) == 0)
			return true;
	return false;
}

bool filter_is_its_word(struct filter_tree *t, const struct filter_node *side,
			const struct filter_node *n)
{
	const struct nf_labels *labels = filter_labels_of(side);
	struct nf_bytes word = n->value.b;
	struct excerpt es, en;

	if (side->type != FILTER_TEXT || labels == NULL || n->op != OP_VALUE ||
	    n->type != FILTER_TEXT || is_one(labels, word))
		return true;
	es = excerpt(t, side->span);
	en = excerpt(t, n->span);
	filter_fault(&t->faults, n->span, "%s has no value %s", es.text, en.text);
	if (!filter_hint_value(t, labels, word))
		hint_labels(t, labels, false);
	return false;
}
