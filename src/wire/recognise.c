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
	MAX_COUNT = 51,				/* v8's smallest records; v5 sends 30 at most */
	ENOUGH_SETS = 64,			/* add up: what stands behind them is not asked */
};

static bool time_plausible(const struct nf_format *f, const uint8_t *p)
{
	uint32_t secs = nf_be32(p + f->at.secs);

	return secs >= PLAUSIBLE_FIRST && secs <= (uint32_t)PLAUSIBLE_LAST;
}

bool nf_header_plausible(struct nf_bytes b)
{
	const struct nf_format *f = b.n < 2 ? NULL : nf_format_of(nf_be16(b.p));

	return f != NULL && b.n >= f->header_len && time_plausible(f, b.p) &&
	       (f->at.nsecs == 0 || nf_be32(b.p + f->at.nsecs) < NSECS);
}

/* -- v1 to v8 ------------------------------------------------------------------------- */

/*
 * No flow ends before it begins, on a clock of 32 bits that may wrap: of most records, for in
 * a message with a broken count other octets may be broken as well.
 */
static bool records_plausible(const struct nf_layout *l, struct nf_bytes body)
{
	const struct nf_fielddef *first = &l->fields[l->slot[NF_ROLE_FIRST_UPTIME]];
	const struct nf_fielddef *last = &l->fields[l->slot[NF_ROLE_LAST_UPTIME]];
	size_t all = 0, good = 0;

	for (size_t at = 0; nf_has(body, at, l->min_len); at += l->min_len, all++) {
		const uint8_t *p = body.p + at;

		good += (int32_t)(nf_be32(p + last->offset) - nf_be32(p + first->offset)) >= 0;
	}
	return all > 0 && good >= all - all / 4;
}

static enum nf_refusal judge_fixed(const struct nf_format *f, struct nf_bytes b, size_t wire)
{
	uint8_t aggregation = f->at.aggregation != 0 ? b.p[f->at.aggregation] : 0;
	const struct nf_layout *l = nf_fixed_layout(f->version, aggregation);
	size_t count = nf_be16(b.p + f->at.count), end;
	bool exact, fewer, whole;

	if (l == NULL)
		return NF_REFUSAL_COUNT;
	end = f->header_len + count * l->min_len;
	exact = count > 0 && end == wire;
	/* more octets than Count takes: another message, or who knows what */
	fewer = count > 0 && count <= MAX_COUNT && end < wire;
	/* a wrong count (quirk A2), but the payload is whole records */
	whole = (wire - f->header_len) % l->min_len == 0 &&
		records_plausible(l, nf_slice(b, f->header_len, SIZE_MAX));
	if (!exact && !fewer && !whole)
		return NF_REFUSAL_COUNT;
	if (nf_be32(b.p + f->at.nsecs) >= NSECS || (!exact && !time_plausible(f, b.p)))
		return NF_REFUSAL_TIME;
	return NF_REFUSAL_NONE;
}

/* -- v9 and IPFIX --------------------------------------------------------------------- */

enum verdict {
	BAD,			/* what stands there are no sets */
	BROKEN,			/* sets, but then something else */
	/* sets, of which the last one goes on behind the octets that are there */
	CUT,
	EMPTY,			/* nothing, or zeros */
	WHOLE,			/* sets up to the end, or to zeros behind them */
};

struct walked {
	enum verdict verdict;
	unsigned nsets;
	size_t end;		/* of the last set */
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
	if (id == d->template_set || id == d->options_set)
		return template_plausible(d, id == d->options_set, body);
	return id >= 256;
}

/*
 * Walk the sets in B from AT on; WIRE is how many octets B had when it was sent.  A set of a
 * reserved id or with a template that is none (ODD) still counts where all lengths add up.  The
 * walk is bounded, for it begins at every set that looks like the header of another message.
 */
static struct walked walk_sets(const struct nf_dialect *d, struct nf_bytes b, size_t at,
			       size_t wire)
{
	struct walked w = { .end = at };
	bool odd = false;

	for (;; w.nsets++) {
		struct nf_bytes rest = nf_slice(b, w.end, SIZE_MAX);
		uint16_t id, length;

		w.verdict = w.nsets == 0 ? EMPTY : odd ? BROKEN : WHOLE;
		if (rest.n == 0 || w.nsets == ENOUGH_SETS || (!odd && nf_all_zero(rest)))
			return w;
		if (!odd && w.nsets != 0 && nf_header_plausible(rest))
			return w;
		w.verdict = w.nsets == 0 || odd ? BAD : BROKEN;
		if (!nf_get16(rest, 0, &id) || !nf_get16(rest, 2, &length)) {
			if (wire > b.n)
				w.verdict = CUT;
			return w;
		}
		if (length < NF_SET_HEADER || length > wire - w.end)
			return w;
		if (length > rest.n) {
			if (id >= 256 || id == d->template_set || id == d->options_set)
				w.verdict = CUT;
			w.end += length;
			return w;
		}
		odd |= !set_plausible(d, id,
				      nf_slice(rest, NF_SET_HEADER, length - NF_SET_HEADER));
		w.end += length;
	}
}

static enum nf_refusal judge_v9(const struct nf_format *f, struct nf_bytes b, size_t wire)
{
	struct walked w = walk_sets(f->dialect, b, f->header_len, wire);
	bool empty = w.verdict == EMPTY && b.n == f->header_len;

	if (w.verdict == WHOLE)
		return NF_REFUSAL_NONE;
	if (w.verdict != CUT && w.verdict != BROKEN && !empty)
		return NF_REFUSAL_SETS;
	if (nf_be16(b.p + f->at.count) > wire)	/* a record takes an octet at least */
		return NF_REFUSAL_COUNT;
	return time_plausible(f, b.p) ? NF_REFUSAL_NONE : NF_REFUSAL_TIME;
}

static enum nf_refusal judge_ipfix(const struct nf_format *f, struct nf_bytes b, size_t wire)
{
	size_t length = nf_be16(b.p + f->at.length);
	struct walked w = { .verdict = BAD };

	if (length == wire) {
		w = walk_sets(f->dialect, b, f->header_len, length);
		if (w.verdict == WHOLE || time_plausible(f, b.p))
			return NF_REFUSAL_NONE;
		return w.verdict == BAD ? NF_REFUSAL_SETS : NF_REFUSAL_TIME;
	}
	if (!time_plausible(f, b.p))
		return NF_REFUSAL_TIME;
	if (length >= f->header_len) {
		w = walk_sets(f->dialect, nf_slice(b, 0, length), f->header_len, length);
		if (w.verdict == WHOLE || (length < b.n && w.verdict > BAD &&
					   nf_header_plausible(nf_slice(b, length, SIZE_MAX))))
			return NF_REFUSAL_NONE;
		/* the sender says that there was more than was sent */
		if (w.verdict == CUT && (w.nsets != 0 || w.end == length))
			return NF_REFUSAL_NONE;
	}
	/* Length is wrong, but the payload is sets to its end */
	w = walk_sets(f->dialect, b, f->header_len, wire);
	return w.verdict == WHOLE ? NF_REFUSAL_NONE : NF_REFUSAL_LENGTH;
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
	struct walked w;

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
	w = walk_sets(f->dialect, nf_slice(stream, 0, *length), f->header_len, *length);
	if (w.verdict == CUT || w.verdict == WHOLE)
		return 1;
	if (stream.n < f->header_len + (size_t)NF_SET_HEADER && stream.n < *length)
		return 0;
	return w.verdict == EMPTY && time_plausible(f, stream.p) ? 1 : -1;
}
