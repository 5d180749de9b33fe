#include <config.h>

#include "wire/wire.h"

#include "wire/internal.h"
#include "wire/others.h"

/*
 * Recognition asks no port, so that it rests on arithmetic: 16 bits of version and 16 of a
 * count or Length that fits the payload to the octet are not met by chance.  Where the
 * arithmetic is off (a wrong count, trailing octets, a cut), times and records must be
 * plausible as well.  Where it is exact, clocks may say anything: softflowd has been seen to
 * send its uptime as the time of export, nProbe 502 seconds (quirk F2).
 */

enum {
	PLAUSIBLE_FIRST = 946684800,		/* 2000-01-01 */
	PLAUSIBLE_LAST = 2208988800u - 1,	/* 2039-12-31 */
	NSECS = 1000000000,
};

static bool time_plausible(const struct nf_format *f, const uint8_t *p)
{
	uint32_t secs = nf_be32(p + f->at.secs);

	return secs >= PLAUSIBLE_FIRST && secs <= (uint32_t)PLAUSIBLE_LAST;
}

/* Something like the header of another message in the same payload. */
static bool header_plausible(struct nf_bytes b)
{
	const struct nf_format *f = b.n < 2 ? NULL : nf_format_of(nf_be16(b.p));

	return f != NULL && b.n >= f->header_len && time_plausible(f, b.p) &&
	       (f->at.nsecs == 0 || nf_be32(b.p + f->at.nsecs) < NSECS);
}

/* -- v1 to v8 ------------------------------------------------------------------------- */

/* No flow ends before it begins, on a clock of 32 bits that may wrap. */
static bool records_plausible(const struct nf_layout *l, struct nf_bytes body)
{
	const struct nf_fielddef *first = &l->fields[l->slot[NF_ROLE_FIRST_UPTIME]];
	const struct nf_fielddef *last = &l->fields[l->slot[NF_ROLE_LAST_UPTIME]];

	if (body.n < l->min_len)
		return false;
	for (size_t at = 0; nf_has(body, at, l->min_len); at += l->min_len) {
		const uint8_t *p = body.p + at;

		if ((int32_t)(nf_be32(p + last->offset) - nf_be32(p + first->offset)) < 0)
			return false;
	}
	return true;
}

static enum nf_refusal judge_fixed(const struct nf_format *f, struct nf_bytes b, size_t wire)
{
	uint8_t aggregation = f->at.aggregation != 0 ? b.p[f->at.aggregation] : 0;
	const struct nf_layout *l = nf_fixed_layout(f->version, aggregation);
	size_t count = nf_be16(b.p + f->at.count), size, end;
	struct nf_bytes rest;

	if (l == NULL)
		return NF_REFUSAL_COUNT;
	if (nf_be32(b.p + f->at.nsecs) >= NSECS)
		return NF_REFUSAL_TIME;
	size = l->min_len;
	end = f->header_len + count * size;
	if (count > 0 && end == wire)
		return NF_REFUSAL_NONE;
	if (!time_plausible(f, b.p))
		return NF_REFUSAL_TIME;
	if (count > 0 && end < b.n) {
		rest = nf_slice(b, end, SIZE_MAX);
		if (nf_all_zero(rest) || header_plausible(rest))
			return NF_REFUSAL_NONE;
	}
	/* a wrong count (quirk A2), but the payload is whole records, or a few octets more */
	rest = nf_slice(b, f->header_len, SIZE_MAX);
	if ((wire - f->header_len) % size <= (end < wire ? 4 : 0) && records_plausible(l, rest))
		return NF_REFUSAL_NONE;
	return NF_REFUSAL_COUNT;
}

/* -- v9 and IPFIX --------------------------------------------------------------------- */

enum verdict {
	BAD,			/* what stands there are no sets */
	BROKEN,			/* sets, but then something else */
	CUT,			/* sets up to where the capture cut the last one */
	EMPTY,			/* nothing, or zeros */
	WHOLE,			/* sets up to the end, or to zeros behind them */
};

/* The first record of a template set is one. */
static bool template_plausible(const struct nf_dialect *d, bool options, struct nf_bytes body)
{
	uint16_t id, count, third;
	size_t least;

	if (!nf_get16(body, 0, &id) || !nf_get16(body, 2, &count))
		return body.n == 0;
	if (count == 0)			/* a withdrawal, or an empty template */
		return d->withdrawals ? id >= 256 || id == d->template_set || id == d->options_set :
					id >= 256;
	if (id < 256)
		return false;
	if (!options)
		return count <= (body.n - 4) / 4;
	if (!nf_get16(body, 4, &third))
		return false;
	least = d->scope_in_octets ? (size_t)count + third : (size_t)count * 4;
	return least <= body.n - 6;
}

static bool set_plausible(const struct nf_dialect *d, uint16_t id, struct nf_bytes body)
{
	if (id >= 256)
		return body.n > 0;
	if (id == d->template_set || id == d->options_set)
		return template_plausible(d, id == d->options_set, body);
	return false;
}

/* Walk the sets in B from AT on; WIRE is how many octets B had when it was sent. */
static enum verdict walk_sets(const struct nf_dialect *d, struct nf_bytes b, size_t at, size_t wire)
{
	unsigned nsets = 0;

	for (;;) {
		struct nf_bytes rest = nf_slice(b, at, SIZE_MAX);
		uint16_t id, length;

		if (rest.n == 0 || nf_all_zero(rest))
			return nsets != 0 ? WHOLE : EMPTY;
		if (!nf_get16(rest, 0, &id) || !nf_get16(rest, 2, &length))
			return nsets == 0 ? BAD : wire > b.n ? CUT : BROKEN;
		if (id > 3 && id <= NF_VERSION_MAX && nsets != 0 && header_plausible(rest))
			return WHOLE;
		if (length < NF_SET_HEADER || length > wire - at)
			return nsets != 0 ? BROKEN : BAD;
		if (length > rest.n)
			return id > 3 && id < 256 ? BAD : CUT;
		if (!set_plausible(d, id, nf_slice(rest, NF_SET_HEADER, length - NF_SET_HEADER)))
			return nsets != 0 ? BROKEN : BAD;
		at += length;
		nsets++;
	}
}

static enum nf_refusal judge_v9(const struct nf_format *f, struct nf_bytes b, size_t wire)
{
	bool plausible = time_plausible(f, b.p);

	if (nf_be16(b.p + f->at.count) > wire)	/* a record takes an octet at least */
		return NF_REFUSAL_COUNT;
	switch (walk_sets(f->dialect, b, f->header_len, wire)) {
	case WHOLE:
		return NF_REFUSAL_NONE;
	case CUT:
	case BROKEN:
		return plausible ? NF_REFUSAL_NONE : NF_REFUSAL_TIME;
	case EMPTY:
		return plausible && b.n == f->header_len ? NF_REFUSAL_NONE : NF_REFUSAL_SETS;
	case BAD:
		break;
	}
	return NF_REFUSAL_SETS;
}

static enum nf_refusal judge_ipfix(const struct nf_format *f, struct nf_bytes b, size_t wire)
{
	size_t length = nf_be16(b.p + f->at.length);
	bool plausible = time_plausible(f, b.p);
	bool exact = length == wire;
	enum verdict v = BAD;

	if (length >= f->header_len && length <= wire)
		v = walk_sets(f->dialect, nf_slice(b, 0, length), f->header_len, length);
	if (v == WHOLE && (exact || plausible))
		return NF_REFUSAL_NONE;
	if (v > BAD && exact && plausible)
		return NF_REFUSAL_NONE;
	if (v > BAD && plausible && header_plausible(nf_slice(b, length, SIZE_MAX)))
		return NF_REFUSAL_NONE;
	/* Length is wrong, but the payload is sets to its end */
	v = walk_sets(f->dialect, b, f->header_len, wire);
	if (v == WHOLE && plausible)
		return NF_REFUSAL_NONE;
	if (v == BAD && exact)
		return NF_REFUSAL_SETS;
	return exact ? NF_REFUSAL_TIME : NF_REFUSAL_LENGTH;
}

/* -- Any version ---------------------------------------------------------------------- */

static enum nf_refusal judge(struct nf_bytes b, size_t wire)
{
	const struct nf_format *f;

	if (b.n < 2)
		return NF_REFUSAL_EMPTY;
	f = nf_format_of(nf_be16(b.p));
	if (f == NULL)
		return NF_REFUSAL_VERSION;
	if (b.n < f->header_len)
		return NF_REFUSAL_EMPTY;
	if (f->dialect == NULL)
		return judge_fixed(f, b, wire);
	return f->at.length != 0 ? judge_ipfix(f, b, wire) : judge_v9(f, b, wire);
}

bool nf_msg_follows(struct nf_bytes rest, uint32_t wire_len)
{
	return judge(rest, wire_len > rest.n ? wire_len : rest.n) == NF_REFUSAL_NONE;
}

enum nf_refusal nf_recognise(struct nf_bytes payload, uint32_t wire_len, bool trusted)
{
	size_t wire = wire_len > payload.n ? wire_len : payload.n;
	enum nf_refusal refusal, name;

	if (trusted && payload.n >= 2 && nf_format_of(nf_be16(payload.p)) != NULL)
		return NF_REFUSAL_NONE;
	refusal = judge(payload, wire);
	if (refusal == NF_REFUSAL_NONE)
		return refusal;
	name = nf_other_protocol(payload, wire);
	return name != NF_REFUSAL_NONE ? name : refusal;
}

/* TLS record (RFC 8446 section 5.1): 0:1 content type, 1:2 version, 3:2 length. */
static bool is_tls(struct nf_bytes b)
{
	return b.n >= 5 && b.p[0] >= 20 && b.p[0] <= 24 && b.p[1] == 3 && b.p[2] <= 4 &&
	       nf_be16(b.p + 3) <= 16384 + 2048;
}

int nf_frame_ipfix(struct nf_bytes stream, bool strict, uint32_t *length)
{
	const struct nf_format *f = nf_format_of(NF_VERSION_MAX);
	struct nf_bytes message;
	enum verdict v;

	if (stream.n > 0 && stream.p[0] != 0)
		return stream.n < 5 && stream.p[0] >= 20 && stream.p[0] <= 24 ? 0 :
		       is_tls(stream) ? -2 : -1;
	if (stream.n > 1 && stream.p[1] != NF_VERSION_MAX)
		return -1;
	if (stream.n < 4)
		return 0;
	*length = nf_be16(stream.p + 2);
	if (*length < f->header_len)
		return -1;
	if (!strict)
		return 1;
	if (stream.n < f->header_len)
		return 0;
	message = nf_slice(stream, 0, *length);
	v = walk_sets(f->dialect, message, f->header_len, *length);
	if (v == BAD || v == BROKEN || (v == EMPTY && !time_plausible(f, stream.p)))
		return message.n < *length && v == BAD && message.n < f->header_len + 4u ? 0 : -1;
	return 1;
}
