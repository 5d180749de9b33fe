#include <config.h>

#include "model/flowtime.h"

enum {
	MS = 1000000,			/* nanoseconds */
	SLACK = 100000,			/* ms that an uptime may lie behind the header's */
};

/* Roles of absolute times, the finest first; then those that are relative. */
struct roles {
	uint8_t absolute[4];
	uint8_t uptime, delta;
};

static const struct roles first_roles = {
	{ NF_ROLE_FIRST_NS, NF_ROLE_FIRST_US, NF_ROLE_FIRST_MS, NF_ROLE_FIRST_S },
	NF_ROLE_FIRST_UPTIME, NF_ROLE_FIRST_DELTA,
};
static const struct roles last_roles = {
	{ NF_ROLE_LAST_NS, NF_ROLE_LAST_US, NF_ROLE_LAST_MS, NF_ROLE_LAST_S },
	NF_ROLE_LAST_UPTIME, NF_ROLE_LAST_DELTA,
};

/* When the message was exported: v9 and IPFIX say no more than seconds. */
static int64_t export_ns(const struct nf_msg *m)
{
	return m->export_secs * INT64_C(1000000000) + m->export_nsecs % 1000000000;
}

static bool absolute(const struct nf_msg *m, const struct nf_rec *r, int slot, int64_t *ns)
{
	const struct nf_format_ctx ctx = { .export_secs = m->export_secs };
	struct nf_field f = nf_field(r, (unsigned)slot);

	return nf_value_time((enum nf_kind)f.kind, f.value, &ctx, ns);
}

/* v1 to v9: so many milliseconds before the export, by the uptime in the header. */
static void before_export(const struct nf_msg *m, uint32_t uptime, int64_t *ns)
{
	int64_t age = (uint32_t)(m->uptime_ms - uptime);

	if (age > UINT32_MAX - SLACK)
		age -= INT64_C(1) << 32;
	*ns = export_ns(m) - age * MS;
}

/* IPFIX: after the start that the record states; the counter may have wrapped since. */
static bool after_start(const struct nf_msg *m, const struct nf_rec *r, uint32_t uptime,
			int64_t *ns)
{
	uint64_t start;
	int64_t behind;

	if (!nf_slot(r, NF_ROLE_INIT_MS, &start) || start > INT64_MAX / MS - UINT32_MAX)
		return false;
	start += uptime;
	behind = m->export_secs * INT64_C(1000) - (int64_t)start;
	if (behind > 0)
		start += (uint64_t)(behind >> 32) << 32;
	if (start > INT64_MAX / MS)
		return false;
	*ns = (int64_t)start * MS;
	return true;
}

static bool flow_time(const struct nf_msg *m, const struct nf_rec *r, const struct roles *roles,
		      int64_t *ns)
{
	uint64_t v;

	for (unsigned i = 0; i < 4; i++) {
		int slot = r->layout->slot[roles->absolute[i]];

		if (slot >= 0 && absolute(m, r, slot, ns))
			return true;
	}
	if (nf_slot(r, (enum nf_role)roles->uptime, &v) && v <= UINT32_MAX) {
		if (m->version == 10)
			return after_start(m, r, (uint32_t)v, ns);
		before_export(m, (uint32_t)v, ns);
		return true;
	}
	if (nf_slot(r, (enum nf_role)roles->delta, &v) && v <= UINT32_MAX) {
		*ns = export_ns(m) - (int64_t)v * 1000;	/* RFC 7011 section 5.1: microseconds */
		return true;
	}
	return false;
}

bool flowtime_first(const struct nf_msg *m, const struct nf_rec *r, int64_t *ns)
{
	return flow_time(m, r, &first_roles, ns);
}

bool flowtime_last(const struct nf_msg *m, const struct nf_rec *r, int64_t *ns)
{
	return flow_time(m, r, &last_roles, ns);
}

/* flowDurationMilliseconds and flowDurationMicroseconds have no role: seldom asked for. */
static bool stated(const struct nf_rec *r, int64_t *ns)
{
	for (unsigned i = 0; i < r->layout->nfields; i++) {
		const struct nf_ie *ie = r->layout->fields[i].ie;
		struct nf_field f;
		uint64_t v;

		if (ie->pen != NF_PEN_IANA || (ie->id != 161 && ie->id != 162))
			continue;
		f = nf_field(r, i);
		if (f.value.n == 0 || f.value.n > 8)
			continue;
		v = nf_ben(f.value.p, f.value.n);
		if (v > UINT32_MAX)
			return false;
		*ns = (int64_t)v * (ie->id == 161 ? MS : 1000);
		return true;
	}
	return false;
}

bool flowtime_duration(const struct nf_msg *m, const struct nf_rec *r, int64_t *ns)
{
	int64_t first, last;

	if (flowtime_first(m, r, &first) && flowtime_last(m, r, &last))
		return !__builtin_sub_overflow(last, first, ns);
	return stated(r, ns);
}
