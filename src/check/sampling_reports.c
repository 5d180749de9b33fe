/*
 * What PSAMP's selectors and packet reports lack (RFC 5476).
 */
#include <config.h>

#include "check/sampling.h"

enum {
	FRAME_SIZE = 312, IP_SECTION = 313, FRAME_SECTION = 315, SECTION_LAST = 317,
	SECTION_OCTETS = 410,
};

enum { LACKS_SEQUENCE = 1, LACKS_TIME = 2 };	/* of a packet report */

/* -- Selectors (RFC 5476 section 6.5.2) ---------------------------------------------------- */

enum { PARAMETERS = 7 };

static const struct {
	uint16_t algorithm, needs[PARAMETERS];
} selectors[] = {
	{ 1, { 305, 306 } },
	{ 2, { 307, 308 } },
	{ 3, { 309, 310 } },
	{ 4, { 311 } },
	{ 6, { 327, 328, 329, 330, 331, 332, 333 } },
	{ 7, { 327, 328, 329, 330, 331, 332, 333 } },
	{ 8, { 327, 328, 329, 330, 331, 332, 333 } },
};

static void parameters(const struct check_record *r, struct check_step *s)
{
	const struct nf_field f = nf_field(r->rec, s->a);
	char lacks[CHECK_NAMES] = "";
	uint64_t algorithm;

	if (!check_uint(r->rec, s->a, &algorithm))
		return;
	for (size_t i = 0; i < sizeof(selectors) / sizeof(*selectors); i++)
		for (unsigned k = 0; k < PARAMETERS && selectors[i].algorithm == algorithm; k++)
			if (selectors[i].needs[k] != 0 &&
			    check_layout_has(r->rec->layout, selectors[i].needs[k]) ==
				    CHECK_AS_NONE)
				check_name_too(lacks, nf_iana_rows[selectors[i].needs[k]].name);
	if (lacks[0] != '\0')
		check_claim(r->check, &(struct check_claim){
			.rule = CHECK_PSAMP_SELECTOR_PARAMS, .at = r->at, .tmpl = r->use->tmpl,
			.span = nf_span_of(f.offset, f.value.n), .key = algorithm,
			.args = { { .u = algorithm }, { .s = lacks } },
		});
}

void sampling_selector_template(struct check *c, const struct check_at *at,
				const struct nf_template *t)
{
	enum check_as selector = check_template_has(t, SELECTOR_ID);

	if (check_template_has(t, SELECTOR_ALGORITHM) == CHECK_AS_NONE)
		return;
	check_applies(c, CHECK_PSAMP_SELECTOR_SCOPE);
	if (selector == CHECK_AS_SCOPE)
		return;
	/* Without selectorId it may be meant for something else than a selector. */
	check_claim(c, &(struct check_claim){
		.rule = CHECK_PSAMP_SELECTOR_SCOPE, .at = at, .span = t->span, .tmpl = t->id,
		.severity = selector == CHECK_AS_NONE ? 1 + NF_NOTE : CHECK_AS_RULED,
		.likely = selector == CHECK_AS_NONE,
		.args = { { .u = t->id } },
	});
}

void sampling_selector_plan(struct check_plan *p)
{
	if (check_layout_has(p->layout, SELECTOR_ID) == CHECK_AS_NONE)
		return;
	check_plan_field(p, parameters,
			 check_field_of(p->layout, NF_PEN_IANA, SELECTOR_ALGORITHM));
	check_applies(p->check, CHECK_PSAMP_SELECTOR_PARAMS);
}

/* -- Packet reports (RFC 5476 section 6.4) --------------------------------------------------- */

void sampling_report_template(struct check *c, const struct check_at *at,
			      const struct nf_template *t)
{
	bool section = false, sequence = false, time = false;
	struct check_id *id;
	struct nf_specs specs;
	struct nf_spec s;

	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &s)) {
		if (s.pen != NF_PEN_IANA)
			continue;
		section |= s.id >= IP_SECTION && s.id <= SECTION_LAST;
		time |= s.id >= 322 && s.id <= 325;
		sequence |= s.id == SEQUENCE_ID;
	}
	sampling_exporter(c, at->stream)->psamp |= sequence;
	if (!section)
		return;
	check_applies(c, CHECK_PSAMP_REPORT_INCOMPLETE);
	if (sequence && time)
		return;
	id = check_ids_get(c, &sampling_stream(c, at->stream)->reports, t->id, 0);
	if (id == NULL || id->flags != 0)
		return;
	id->flags = (uint8_t)((sequence ? 0 : LACKS_SEQUENCE) | (time ? 0 : LACKS_TIME));
	id->place = check_place_of(at, t->span);
}

/* Others than PSAMP devices may send sections of packets, too. */
void sampling_reports_end(struct check *c, struct check_stream *s)
{
	const struct check_id *id = sampling_stream(c, s)->reports.first;
	bool psamp = sampling_exporter(c, s)->psamp;

	for (; id != NULL; id = id->next) {
		struct check_claim claim = {
			.rule = CHECK_PSAMP_REPORT_INCOMPLETE, .stream = s, .place = &id->place,
			.tmpl = (uint16_t)id->key[0], .likely = !psamp,
			.severity = !psamp ? 1 + NF_NOTE : (id->flags & LACKS_SEQUENCE) ?
				    CHECK_AS_RULED : 1 + NF_WARNING,
			.args = { { .u = id->key[0] } },
		};

		claim.args[1].s = id->flags == LACKS_SEQUENCE ? "selectionSequenceId" :
				  id->flags == LACKS_TIME ? "any of observationTime*" :
				  "selectionSequenceId, any of observationTime*";
		check_claim(c, &claim);
	}
}

/* Octets of the IP packet that begins P; 0: it is not known. */
static size_t ip_length(struct nf_bytes p)
{
	uint16_t length;

	if (p.n == 0)
		return 0;
	if (p.p[0] >> 4 == 4 && nf_get16(p, 2, &length))
		return length;
	/* A jumbogram has its length elsewhere. */
	if (p.p[0] >> 4 == 6 && nf_get16(p, 4, &length) && length != 0)
		return 40u + length;
	return 0;
}

/* An Ethernet frame without its FCS has 60 octets at least, whatever the packet in it. */
static size_t frame_length(struct nf_bytes p)
{
	size_t at = 12, ip;
	uint16_t type;

	while (nf_get16(p, at, &type) && (type == 0x8100 || type == 0x88a8))
		at += 4;
	if (!nf_get16(p, at, &type) || (type != 0x0800 && type != 0x86dd))
		return 0;
	ip = ip_length(nf_slice(p, at + 2, p.n));
	return ip == 0 ? 0 : at + 2 + ip < 60 ? 60 : at + 2 + ip;
}

static void section(const struct check_record *r, struct check_step *s)
{
	const struct nf_field f = nf_field(r->rec, s->a);
	uint64_t length;

	if (s->param == 0 || !check_uint(r->rec, s->b, &length))
		length = f.def->ie->id == IP_SECTION ? ip_length(f.value) : frame_length(f.value);
	if (length == 0 || length >= f.value.n ||
	    !nf_all_zero(nf_slice(f.value, (size_t)length, f.value.n)))
		return;
	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_PSAMP_SECTION_PADDED, .at = r->at, .tmpl = r->use->tmpl,
		.span = nf_span_of(f.offset + length, f.value.n - length), .ie = f.def->ie,
		.args = { { .ie = f.def->ie }, { .u = f.value.n - length }, { .u = length } },
	});
}

static void plan_section(struct check_plan *p, uint16_t id)
{
	int at = check_field_of(p->layout, NF_PEN_IANA, id);
	int size = check_field_of(p->layout, NF_PEN_IANA, FRAME_SIZE);
	struct check_step *s;

	if (at < 0 || p->layout->fields[at].length == NF_VARLEN ||
	    check_layout_has(p->layout, SECTION_OCTETS) != CHECK_AS_NONE ||
	    (s = check_plan_step(p, section)) == NULL)
		return;
	check_applies(p->check, CHECK_PSAMP_SECTION_PADDED);
	s->a = (uint16_t)at;
	if (id == FRAME_SECTION && size >= 0) {
		s->b = (uint16_t)size;
		s->param = 1;
	}
}

void sampling_report_plan(struct check_plan *p)
{
	plan_section(p, IP_SECTION);
	plan_section(p, FRAME_SECTION);
}
