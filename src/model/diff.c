#include <config.h>

#include "model/diff.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

static const struct { const char *name, *topic; } kinds[DIFF_KINDS] = {
#define KIND(id, name_, topic_) [DIFF_##id] = { name_, topic_ },
#include "model/diff_kinds.def"
#undef KIND
};

const char *diff_kind_name(enum diff_kind kind)
{
	return kinds[kind].name;
}

const char *diff_kind_topic(enum diff_kind kind)
{
	return kinds[kind].topic;
}

/* -- Names ---------------------------------------------------------------------------- */

static bool has(const char *list, const char *name)
{
	size_t n = name != NULL ? strlen(name) : 0;

	for (; n != 0 && list != NULL && *list != '\0'; list += *list == ',') {
		size_t length = strcspn(list, ",");

		if (length == n && memcmp(list, name, n) == 0)
			return true;
		list += length;
	}
	return false;
}

bool diff_wants(const struct diff *d, enum diff_kind kind, enum meaning_class class,
		const char *name, const char *alias)
{
	const char *names[] = {
		kinds[kind].topic, kinds[kind].name, meaning_class_name(class), name, alias,
	};
	bool chosen = d->opts.only == NULL, exactly = d->opts.strict;

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (has(d->opts.ignore, names[i]))
			return false;
		chosen |= has(d->opts.only, names[i]);
		exactly |= i >= 2 && has(d->opts.only, names[i]);
	}
	return chosen && (class == MEANING_ALWAYS || exactly);
}

/* "1%", "5", "1s", "100ms" at TEXT; false where it is none of these. */
static bool amount(const char *text, size_t n, double *slack, double *share)
{
	static const struct { const char *unit; double factor; } units[] = {
		{ "", 1 }, { "s", 1 }, { "ms", 1e-3 }, { "m", 60 }, { "h", 3600 },
	};
	char *end;
	double v = strtod(text, &end);
	size_t rest = n - (size_t)(end - text);

	if (end == text || (size_t)(end - text) > n || !(v >= 0) || v > 1e30)
		return false;
	if (rest == 1 && *end == '%') {
		*share = v / 100;
		return true;
	}
	for (unsigned i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strlen(units[i].unit) == rest && memcmp(end, units[i].unit, rest) == 0) {
			*slack = v * units[i].factor;
			return true;
		}
	return false;
}

/* The next "name=amount" of *LIST. */
static bool next_tolerance(const char **list, struct nf_bytes *name, struct nf_bytes *value)
{
	size_t n = *list != NULL ? strcspn(*list, ",") : 0, equals;

	if (n == 0)
		return false;
	equals = strcspn(*list, "=");
	if (equals > n)
		equals = n;
	*name = (struct nf_bytes){ (const uint8_t *)*list, equals };
	*value = (struct nf_bytes){ (const uint8_t *)*list + equals + (equals < n),
				    n - equals - (equals < n) };
	*list += n;
	*list += **list == ',';
	return true;
}

static bool names(struct nf_bytes b, const char *name)
{
	return name != NULL && strlen(name) == b.n && memcmp(b.p, name, b.n) == 0;
}

bool diff_tolerance(const struct diff *d, const char *name, const char *alias, double *slack,
		    double *share)
{
	const char *list = d->opts.tolerance;
	struct nf_bytes key, value;
	bool found = false;

	while (next_tolerance(&list, &key, &value)) {
		if (!names(key, name) && !names(key, alias))
			continue;
		if (!found)
			*slack = *share = 0;
		found = true;
		amount((const char *)value.p, value.n, slack, share);
	}
	return found;
}

bool diff_near(double a, double b, double slack, double share)
{
	double most = fmax(fabs(a), fabs(b)), bound = fmax(slack, share * most);

	return fabs(a - b) <= bound;
}

/* -- Differences ---------------------------------------------------------------------- */

struct difference *diff_add(struct diff *d, enum diff_kind kind, int32_t old, int32_t new)
{
	void *list = d->list;

	if (!nf_grow(&list, &d->cap, d->n + 1, sizeof(*d->list))) {
		d->failed = true;
		d->lost = (struct difference){ .subject = "" };
		return &d->lost;
	}
	d->list = list;
	d->list[d->n] = (struct difference){
		.kind = (uint8_t)kind, .domain = { old, new }, .subject = "",
	};
	return &d->list[d->n++];
}

const char *diff_text(struct diff *d, const char *text)
{
	const char *p = text != NULL ? nf_arena_strndup(&d->arena, text, strlen(text)) : NULL;

	d->failed |= text != NULL && p == NULL;
	return p;
}

void diff_change_add(struct diff *d, struct difference *x, const char *name, const char *old,
		     const char *new)
{
	void *changes = x->changes;
	size_t cap = x->nchanges;

	if (d->failed || !nf_grow(&changes, &cap, x->nchanges + 1, sizeof(*x->changes))) {
		d->failed = true;
		return;
	}
	x->changes = changes;
	x->changes[x->nchanges++] = (struct diff_change){
		diff_text(d, name), diff_text(d, old), diff_text(d, new),
	};
}

uint64_t diff_total(const struct diff *d)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < DIFF_KINDS; i++)
		sum += d->total[i];
	return sum;
}

/* -- The whole ------------------------------------------------------------------------ */

static bool check_words(const struct diff_opts *opts, struct nf_err *err)
{
	const char *list = opts->tolerance;
	struct nf_bytes name, value;
	struct nf_addr old, new;
	double slack, share;

	while (next_tolerance(&list, &name, &value))
		if (name.n == 0 || value.n == 0 ||
		    !amount((const char *)value.p, value.n, &slack, &share)) {
			nf_err_set(err, NF_ERR_USAGE, "--tolerance: \"%.*s\" is no NAME=AMOUNT "
				   "(bytes=1%%, first=1s)",
				   (int)(name.n + (value.n != 0 ? 1 + value.n : 0)),
				   (const char *)name.p);
			return false;
		}
	for (size_t i = 0; i < opts->nmap; i++)
		if (!diff_mapping(opts->map[i], &old, &new)) {
			nf_err_set(err, NF_ERR_USAGE, "--map: \"%s\" is no OLD=NEW of addresses",
				   opts->map[i]);
			return false;
		}
	return true;
}

bool diff_init(struct diff *d, struct meaning *old, struct meaning *new,
	       const struct diff_opts *opts, struct nf_err *err)
{
	*d = (struct diff){ .of = { old, new }, .opts = *opts };
	nf_arena_init(&d->arena);
	nf_strbuf_init(&d->text);
	if (!check_words(opts, err))
		return false;
	for (unsigned side = 0; side < 2 && old != NULL && new != NULL; side++) {
		size_t n = d->of[side]->ndomains;

		d->to[side] = nf_alloc((n + 1) * sizeof(*d->to[side]));
		d->failed |= d->to[side] == NULL;
		for (size_t i = 0; d->to[side] != NULL && i < n; i++)
			d->to[side][i] = MEANING_NONE;
	}
	return true;
}

void diff_done(struct diff *d)
{
	for (size_t i = 0; i < d->n; i++)
		nf_free(d->list[i].changes);
	nf_free(d->list);
	nf_free(d->to[0]);
	nf_free(d->to[1]);
	nf_free(d->matched[0]);
	nf_free(d->matched[1]);
	nf_arena_done(&d->arena);
	nf_strbuf_done(&d->text);
	*d = (struct diff){ .list = NULL };
}

/* By domain, kind, then the worst first. */
static int order(const void *a, const void *b)
{
	const struct difference *x = a, *y = b;
	int32_t of_x = x->domain[0] != MEANING_NONE ? x->domain[0] : INT32_MAX;
	int32_t of_y = y->domain[0] != MEANING_NONE ? y->domain[0] : INT32_MAX;

	if (of_x != of_y)
		return of_x < of_y ? -1 : 1;
	if (x->domain[1] != y->domain[1])
		return x->domain[1] < y->domain[1] ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return strcmp(x->subject, y->subject);
}

void diff_run(struct diff *d)
{
	if (d->failed)
		return;
	diff_match_domains(d);
	diff_lone_domains(d);
	diff_templates(d);
	diff_facts(d);
	diff_flows(d);
	if (d->n > 1)
		qsort(d->list, d->n, sizeof(*d->list), order);
	d->failed |= d->text.failed;
}
