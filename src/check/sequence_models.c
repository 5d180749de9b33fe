#include <config.h>

#include <string.h>

#include "check/sequence.h"

/* A counter that counts RULE where UNIT is specified is found by ID; and ALSO, of two faults. */
struct model {
	uint8_t unit;			/* enum nf_seq_unit; NF_SEQ_NO_UNIT: any */
	uint8_t rule;			/* enum nf_seq_rule */
	enum check_rule_id id, also;	/* CHECK_RULES: none */
};

static const struct model models[] = {
	{ NF_SEQ_UNIT_RECORDS, NF_SEQ_COUNTS_MESSAGES, CHECK_IPFIX_SEQ_COUNTS_MESSAGES,
	  CHECK_RULES },
	{ NF_SEQ_UNIT_RECORDS, NF_SEQ_COUNTS_AFTER, CHECK_IPFIX_SEQ_POST_INCREMENT, CHECK_RULES },
	{ NF_SEQ_UNIT_RECORDS, NF_SEQ_COUNTS_FLOWS, CHECK_IPFIX_SEQ_SKIPS_OPTIONS, CHECK_RULES },
	{ NF_SEQ_UNIT_RECORDS, NF_SEQ_COUNTS_FLOWS_AFTER, CHECK_IPFIX_SEQ_POST_INCREMENT,
	  CHECK_IPFIX_SEQ_SKIPS_OPTIONS },
	{ NF_SEQ_UNIT_RECORDS, NF_SEQ_COUNTS_ALL_RECORDS, CHECK_IPFIX_SEQ_COUNTS_TEMPLATES,
	  CHECK_RULES },
	{ NF_SEQ_UNIT_PACKETS, NF_SEQ_COUNTS_RECORDS, CHECK_V9_SEQ_COUNTS_RECORDS, CHECK_RULES },
	{ NF_SEQ_UNIT_PACKETS, NF_SEQ_COUNTS_AFTER, CHECK_V9_SEQ_COUNTS_RECORDS, CHECK_RULES },
	{ NF_SEQ_UNIT_PACKETS, NF_SEQ_COUNTS_FLOWS, CHECK_V9_SEQ_COUNTS_RECORDS, CHECK_RULES },
	{ NF_SEQ_UNIT_PACKETS, NF_SEQ_COUNTS_FLOWS_AFTER, CHECK_V9_SEQ_COUNTS_RECORDS,
	  CHECK_RULES },
	{ NF_SEQ_UNIT_PACKETS, NF_SEQ_COUNTS_ALL_RECORDS, CHECK_V9_SEQ_COUNTS_RECORDS,
	  CHECK_RULES },
	{ NF_SEQ_UNIT_FLOWS, NF_SEQ_COUNTS_MESSAGES, CHECK_V5_SEQ_COUNTS_PACKETS, CHECK_RULES },
	{ NF_SEQ_UNIT_FLOWS, NF_SEQ_COUNTS_AFTER, CHECK_V5_SEQ_POST_INCREMENT, CHECK_RULES },
	/* It counts what there is; that the header's Count says something else is the fault. */
	{ NF_SEQ_UNIT_FLOWS, NF_SEQ_COUNTS_RECORDS, CHECK_RULES, CHECK_RULES },
	{ NF_SEQ_NO_UNIT, NF_SEQ_COUNTS_NOTHING, CHECK_SEQ_CONSTANT, CHECK_RULES },
	{ NF_SEQ_NO_UNIT, NF_SEQ_COUNTS_SETS, CHECK_SEQ_COUNTS_OTHER, CHECK_RULES },
	{ NF_SEQ_NO_UNIT, NF_SEQ_COUNTS_OCTETS, CHECK_SEQ_COUNTS_OTHER, CHECK_RULES },
};

static void withdraw(struct check *c, const struct sequence *s)
{
	static const enum check_rule_id unfounded[] = {
		CHECK_SEQ_GAP, CHECK_SEQ_OVERLAP, CHECK_SEQ_REORDERED,
		CHECK_SEQ_RESET_WITHOUT_RESTART, CHECK_IPFIX_FIRST_SEQ_NONZERO,
		CHECK_HLT_MERGED_EXPORTERS,
	};

	for (unsigned i = 0; i < sizeof(unfounded) / sizeof(unfounded[0]); i++)
		sequence_withdraw(c, s, unfounded[i]);
	/* What was taken for the fault before. */
	for (unsigned i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (models[i].id != CHECK_RULES)
			sequence_withdraw(c, s, models[i].id);
	s->trouble->merged = false;
	s->trouble->ngaps = 0;
	memset(s->trouble->claimed, 0, sizeof(s->trouble->claimed));
}

static void claim(struct check *c, const struct sequence *s, enum check_rule_id id)
{
	const struct nf_seq_pair *pair = &s->stream->misfit;
	struct check_claim claim = sequence_claim(s, id, NULL);

	if (id == CHECK_RULES)
		return;
	/* Of versions without a specification that everyone can read. */
	if (s->stream->unit == NF_SEQ_UNIT_FLOWS)
		claim.severity = 1 + NF_WARNING;
	claim.place = &s->trouble->misfit;
	claim.other_frame = pair->before_frame;
	claim.other_file = pair->before_file;
	claim.args[0].u = pair->before;
	claim.args[1].u = pair->sequence;
	claim.args[2].u = pair->units;
	claim.args[3].u = pair->sequence - pair->before;
	claim.args[4].s = nf_seq_rule_text((enum nf_seq_rule)s->stream->rule);
	check_claim(c, &claim);
}

/* How many domains S's session (v9: exporter) has. */
static uint64_t domains(const struct check *c, const struct sequence *s)
{
	uint64_t n = 0;

	for (const struct check_stream *o = check_streams(c); o != NULL; o = o->next)
		n += o->id.version == s->owner->id.version &&
		     (o->id.version == 9 ? o->exporter == s->owner->exporter :
					   o->session == s->owner->session);
	return n;
}

/* One finding for all of them. */
static void shared(struct check *c, const struct sequence *s)
{
	struct sequence_exporter *e = check_state(c, &s->owner->exporter->holder,
						  CHECK_GROUP_sequence);
	struct check_claim claim = sequence_claim(s, CHECK_SEQ_SHARED_ACROSS_DOMAINS, NULL);

	if (e->shared_said)
		return;
	e->shared_said = true;
	if (s->stream->unit == NF_SEQ_UNIT_FLOWS)
		claim.severity = 1 + NF_WARNING;
	claim.exporter = s->owner->exporter;
	claim.place = &s->trouble->misfit;
	claim.args[0].u = domains(c, s);
	check_claim(c, &claim);
}

void sequence_model(struct check *c, struct sequence *s)
{
	withdraw(c, s);
	if (s->stream->rule == NF_SEQ_COUNTS_SHARED)
		shared(c, s);
	for (unsigned i = 0; i < sizeof(models) / sizeof(models[0]); i++) {
		if (models[i].rule != s->stream->rule ||
		    (models[i].unit != NF_SEQ_NO_UNIT && models[i].unit != s->stream->unit))
			continue;
		claim(c, s, models[i].id);
		claim(c, s, models[i].also);
	}
}
