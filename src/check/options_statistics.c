/*
 * What options templates of statistics must have (RFC 7011 section 4).
 */
#include <config.h>

#include "check/options.h"

enum { KIND_IDS = 3 };

static const struct kind {
	const char *name;
	uint16_t counters[KIND_IDS], scopes[KIND_IDS];
	bool times;
	uint16_t incomplete;		/* rule */
} kinds[] = {
	{ "Metering Process Statistics", { 41, 42, 40 }, { 149, 143 }, false,
	  CHECK_OPT_MP_STATS_INCOMPLETE },
	{ "Metering Process Reliability Statistics", { 164, 165 }, { 149, 143 }, true,
	  CHECK_OPT_MP_STATS_INCOMPLETE },
	{ "Exporting Process Reliability Statistics", { 166, 167, 168 }, { 144, 130, 131 }, true,
	  CHECK_OPT_EP_STATS_INCOMPLETE },
};

static unsigned how_many(const struct nf_template *t, const uint16_t ids[KIND_IDS],
			 enum check_as as)
{
	unsigned n = 0;

	for (unsigned i = 0; i < KIND_IDS && ids[i] != 0; i++)
		n += check_template_has(t, ids[i]) >= as;
	return n;
}

static void scope_fault(struct check *c, const struct check_at *at, const struct nf_template *t,
			const struct kind *k, uint16_t id, const char *how)
{
	const struct nf_ie *ie = &nf_iana_rows[id];

	check_claim(c, &(struct check_claim){
		.rule = k->scopes[0] == 144 ? CHECK_OPT_EP_STATS_SCOPE : CHECK_OPT_MP_STATS_SCOPE,
		.at = at, .span = t->span, .tmpl = t->id, .ie = ie,
		.args = { { .ie = ie }, { .s = how }, { .u = t->id }, { .s = k->name } },
	});
}

static void metering_scope(struct check *c, const struct check_at *at,
			   const struct nf_template *t, const struct kind *k)
{
	check_applies(c, CHECK_OPT_MP_STATS_SCOPE);
	for (unsigned i = 0; i < 2; i++)
		if (check_template_has(t, k->scopes[i]) == CHECK_AS_FIELD)
			scope_fault(c, at, t, k, k->scopes[i], "is no scope field");
	if (check_template_has(t, k->scopes[0]) == CHECK_AS_NONE && at->msg->domain == 0)
		scope_fault(c, at, t, k, k->scopes[0], "is missing, in domain 0,");
}

static void exporting_scope(struct check *c, const struct check_at *at,
			    const struct nf_template *t, const struct kind *k)
{
	check_applies(c, CHECK_OPT_EP_STATS_SCOPE);
	if (how_many(t, k->scopes, CHECK_AS_SCOPE) == 0)
		scope_fault(c, at, t, k, k->scopes[0], "is no scope field");
}

/* How many observationTime* there are: the first and the last time of a loss. */
static unsigned times(const struct nf_template *t)
{
	struct nf_specs specs;
	struct nf_spec s;
	unsigned n = 0;

	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &s))
		n += s.pen == NF_PEN_IANA && s.id >= 322 && s.id <= 325;
	return n;
}

/* RFC 7011 section 4: a template of the kind SHOULD be like that.  One counter makes none yet. */
static void complete(struct check *c, const struct check_at *at, const struct nf_template *t,
		     const struct kind *k, unsigned counters)
{
	char lacks[CHECK_NAMES] = "";

	check_applies(c, (enum check_rule_id)k->incomplete);
	for (unsigned i = 0; i < KIND_IDS && k->counters[i] != 0; i++)
		if (check_template_has(t, k->counters[i]) == CHECK_AS_NONE)
			check_name_too(lacks, nf_iana_rows[k->counters[i]].name);
	if (k->times && times(t) < 2)
		check_name_too(lacks, "two of observationTime*");
	if (lacks[0] != '\0')
		check_claim(c, &(struct check_claim){
			.rule = (enum check_rule_id)k->incomplete, .at = at, .span = t->span,
			.tmpl = t->id, .key = (uintptr_t)(k - kinds),
			.severity = counters == 1 ? 1 + NF_NOTE : CHECK_AS_RULED,
			.args = { { .u = t->id }, { .s = k->name }, { .s = lacks } },
		});
}

/*
 * One counter alone may serve anything; with a scope of the kind, or in company, it does not.  What
 * counts for something other than processes, as RFC 7011 appendix A.4.1 does for line cards, is
 * none of section 4.1.
 */
static bool is_kind(const struct nf_template *t, const struct kind *k, unsigned counters)
{
	if (k->scopes[0] != 144)
		return counters != 0 && how_many(t, k->scopes, CHECK_AS_FIELD) != 0;
	return counters > 1 || (counters == 1 && how_many(t, k->scopes, CHECK_AS_SCOPE) != 0);
}

void options_statistics_template(struct check *c, const struct check_at *at,
				 const struct nf_template *t)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct kind *k = &kinds[i];
		unsigned n = how_many(t, k->counters, CHECK_AS_FIELD);

		if (!is_kind(t, k, n))
			continue;
		if (k->scopes[0] == 144)
			exporting_scope(c, at, t, k);
		else
			metering_scope(c, at, t, k);
		complete(c, at, t, k, n);
	}
}
