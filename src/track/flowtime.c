#include <config.h>

#include "track/flowtime.h"

enum { MS = 1000000 };			/* nanoseconds */

/* What may say when a flow began or ended: the finest time of day first. */
struct candidate {
	uint8_t roles[2];		/* by enum nf_flowtime_end */
	uint8_t source, digits;
};

static const struct candidate candidates[] = {
	{ { NF_ROLE_FIRST_NS, NF_ROLE_LAST_NS }, NF_FLOWTIME_STATED, 9 },
	{ { NF_ROLE_FIRST_US, NF_ROLE_LAST_US }, NF_FLOWTIME_STATED, 6 },
	{ { NF_ROLE_FIRST_MS, NF_ROLE_LAST_MS }, NF_FLOWTIME_STATED, 3 },
	{ { NF_ROLE_FIRST_S, NF_ROLE_LAST_S }, NF_FLOWTIME_STATED, 0 },
	{ { NF_ROLE_FIRST_UPTIME, NF_ROLE_LAST_UPTIME }, NF_FLOWTIME_UPTIME, 3 },
	{ { NF_ROLE_FIRST_DELTA, NF_ROLE_LAST_DELTA }, NF_FLOWTIME_DELTA, 6 },
};

static bool is_time(const struct nf_fielddef *def)
{
	return def->length == NF_VARLEN ||
	       (def->kind >= NF_KIND_SECONDS && def->kind <= NF_KIND_NANOSECONDS);
}

static bool is_integer(const struct nf_fielddef *def)
{
	return def->length == NF_VARLEN || (def->length > 0 && def->length <= 8);
}

/* One load of fixed length that counts milliseconds. */
static bool is_whole(const struct nf_fielddef *def, enum nf_flowtime_source source)
{
	if (source == NF_FLOWTIME_UPTIME)
		return def->length == 4 && def->nbits == 0;
	return source == NF_FLOWTIME_STATED && def->kind == NF_KIND_MILLISECONDS &&
	       def->length == 8;
}

struct nf_flowtime_way nf_flowtime_way_of(const struct nf_layout *layout, enum nf_flowtime_end end)
{
	for (unsigned i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		const struct candidate *c = &candidates[i];
		int16_t field = layout->slot[c->roles[end]];

		if (field < 0)
			continue;
		if (c->source == NF_FLOWTIME_STATED ? !is_time(&layout->fields[field]) :
						   !is_integer(&layout->fields[field]))
			continue;
		return (struct nf_flowtime_way){
			.field = field,
			.init = layout->slot[NF_ROLE_INIT_MS],
			.source = c->source,
			.digits = c->digits,
			.whole = is_whole(&layout->fields[field], c->source),
			.nvar = layout->fields[field].nvar,
			.offset = layout->fields[field].offset,
		};
	}
	return (struct nf_flowtime_way){ .field = -1, .init = -1 };
}

/* v1 to v9: so many milliseconds before the export, by the uptime in the header. */
static int64_t before_export(const struct nf_msg *m, uint32_t uptime)
{
	int64_t age = (uint32_t)(m->uptime_ms - (m->in_seconds ? uptime * 1000 : uptime));

	if (age > UINT32_MAX - NF_FLOWTIME_SLACK)
		age -= INT64_C(1) << 32;
	return m->clock_ns - age * MS;
}

/* IPFIX: after the start of the system; the counter may have wrapped since. */
static bool after_start(const struct nf_msg *m, uint64_t start, uint32_t uptime, int64_t *ns)
{
	int64_t behind;

	if (start > INT64_MAX / MS - UINT32_MAX)
		return false;
	start += uptime;
	behind = m->clock_ns / MS - (int64_t)start;
	if (behind > 0)
		start += (uint64_t)(behind >> 32) << 32;
	*ns = (int64_t)start * MS;
	return true;
}

static uint64_t start_of(const struct nf_msg *m)
{
	return m->start_ms != 0 || m->starts == NULL ? m->start_ms : m->starts->ms(m->starts, m);
}

static bool by_uptime(const struct nf_flowtime_way *way, const struct nf_msg *m,
		      const struct nf_rec *r, uint32_t uptime, struct nf_flowtime *t)
{
	struct nf_field init;
	uint64_t start;

	if (m->version != 10) {
		t->source = NF_FLOWTIME_UPTIME;
		t->ns = before_export(m, uptime);
		return true;
	}
	if (way->init >= 0) {
		init = nf_field(r, (unsigned)way->init);
		t->source = NF_FLOWTIME_INIT;
		if (init.value.n > 0 && init.value.n <= 8 &&
		    after_start(m, nf_ben(init.value.p, init.value.n), uptime, &t->ns))
			return true;
	}
	t->source = NF_FLOWTIME_START;
	start = start_of(m);
	if (start != 0 && after_start(m, start, uptime, &t->ns))
		return true;
	t->source = NF_FLOWTIME_RELATIVE;
	t->ns = uptime * INT64_C(1000000);
	return true;
}

bool nf_flowtime_at(const struct nf_flowtime_way *way, const struct nf_msg *m,
		    const struct nf_rec *r, struct nf_flowtime *t)
{
	struct nf_field f;
	uint64_t v;

	if (way->field < 0)
		return false;
	f = nf_field(r, (unsigned)way->field);
	t->digits = way->digits;
	t->source = way->source;
	if (way->source == NF_FLOWTIME_STATED) {
		const struct nf_format_ctx ctx = { .export_secs = m->export_secs };

		return nf_value_time((enum nf_kind)f.kind, f.value, &ctx, &t->ns);
	}
	if (f.value.n == 0 || f.value.n > 8)
		return false;
	v = nf_ben(f.value.p, f.value.n);
	if (v > UINT32_MAX)
		return false;
	if (way->source == NF_FLOWTIME_UPTIME)
		return by_uptime(way, m, r, (uint32_t)v, t);
	t->ns = m->clock_ns - (int64_t)v * 1000;	/* RFC 7011 section 5.1: microseconds */
	return true;
}

bool nf_flowtime_between(const struct nf_flowtime *first, const struct nf_flowtime *last,
			 int64_t *ns)
{
	bool relative = first->source == NF_FLOWTIME_RELATIVE;
	int64_t ms;

	if (first->source == NF_FLOWTIME_NONE || last->source == NF_FLOWTIME_NONE ||
	    relative != (last->source == NF_FLOWTIME_RELATIVE))
		return false;
	if (!relative)
		return !__builtin_sub_overflow(last->ns, first->ns, ns);
	ms = (uint32_t)(last->ns / MS - first->ns / MS);	/* the counter may wrap meanwhile */
	if (ms > UINT32_MAX - NF_FLOWTIME_SLACK)
		ms -= INT64_C(1) << 32;
	*ns = ms * MS;
	return true;
}

/* flowDurationMilliseconds and flowDurationMicroseconds have no role: seldom asked for. */
int16_t nf_flowtime_duration_field(const struct nf_layout *layout)
{
	for (unsigned i = 0; i < layout->nfields && i <= INT16_MAX; i++) {
		const struct nf_fielddef *def = &layout->fields[i];

		if (def->ie->pen == NF_PEN_IANA && (def->ie->id == 161 || def->ie->id == 162) &&
		    is_integer(def))
			return (int16_t)i;
	}
	return -1;
}

bool nf_flowtime_stated_duration(const struct nf_rec *r, int16_t field, int64_t *ns)
{
	struct nf_field f;
	uint64_t v;

	if (field < 0)
		return false;
	f = nf_field(r, (unsigned)field);
	if (f.value.n == 0 || f.value.n > 8)
		return false;
	v = nf_ben(f.value.p, f.value.n);
	if (v > UINT32_MAX)
		return false;
	*ns = (int64_t)v * (f.def->ie->id == 161 ? MS : 1000);
	return true;
}
