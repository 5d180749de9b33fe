#include <config.h>

#include "capture/pcapfile.h"

#include <inttypes.h>
#include <pcap/pcap.h>

#include "base/mem.h"

/*
 * The file header, in the byte order of the machine that wrote it:
 *
 *	 0  magic		a1b2c3d4 microseconds, a1b23c4d nanoseconds,
 *				a1b2cd34 microseconds and longer record headers
 *	 4  version		2 octets 2, 2 octets 4
 *	 8  time zone, accuracy	unused
 *	16  snaplen
 *	20  link type		LINKTYPE in the low 16 bits
 *
 * and before each frame:
 *
 *	 0  seconds  4  micro- or nanoseconds  8  octets captured  12  octets on the wire
 */
enum {
	FILE_HEADER = 24,
	RECORD_HEADER = 16,
	LONG_RECORD_HEADER = 24,
	SNAPLEN_AT = 16,
	LINKTYPE_AT = 20,
	MAX_CAPLEN = 262144,		/* of any frame that is not of a message bus */
	MINOR_OF_ORDER = 4,		/* older files may have the two lengths the other way */
	NEIGHBOUR_SECONDS = 7 * 86400,	/* after damage: how far a plausible stamp is away */
};

struct magic {
	uint32_t magic;
	uint8_t header;			/* of a record */
	bool nano;
};

static const struct magic magics[] = {
	{ 0xa1b2c3d4, RECORD_HEADER, false },
	{ 0xa1b23c4d, RECORD_HEADER, true },
	{ 0xa1b2cd34, LONG_RECORD_HEADER, false },
};

struct pcapfile {
	struct reader r;
	FILE *file;			/* libpcap's; closed by pcap_close */
	pcap_t *pcap;
	const struct magic *kind;
	bool big;			/* byte order of the file */
	bool lookable;			/* record headers mean what they should */
	int linktype;
	uint64_t at;			/* of the record to be read next */
	uint64_t file_at;		/* of the FILE; elsewhere after reader_skip, and damage */
	uint64_t ahead;			/* where reader_look is */
	int64_t seconds;		/* of the last frame read; 0 before the first */
};

struct record {
	int64_t seconds;
	int32_t fraction;
	uint32_t caplen, wirelen;
};

static uint32_t load32(const struct pcapfile *pf, const uint8_t *p)
{
	uint32_t v = nf_be32(p);

	return pf->big ? v : __builtin_bswap32(v);
}

static const struct magic *magic_of(uint32_t word)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (magics[i].magic == word)
			return &magics[i];
	return NULL;
}

bool pcapfile_is(struct input *in)
{
	uint8_t p[4];

	if (input_have(in, 0, sizeof(p), INPUT_WAIT) != INPUT_THERE)
		return false;
	input_copy(in, 0, p, sizeof(p));
	return magic_of(nf_be32(p)) != NULL || magic_of(__builtin_bswap32(nf_be32(p))) != NULL;
}

/* The record header at AT, which is there. */
static struct record load_record(const struct pcapfile *pf, uint64_t at)
{
	uint8_t p[RECORD_HEADER];

	input_copy(pf->r.in, at, p, sizeof(p));
	return (struct record){
		.seconds = load32(pf, p),
		.fraction = (int32_t)load32(pf, p + 4),
		.caplen = load32(pf, p + 8),
		.wirelen = load32(pf, p + 12),
	};
}

static int64_t stamp(const struct pcapfile *pf, int64_t seconds, int64_t fraction)
{
	return seconds * 1000000000 + fraction * (pf->kind->nano ? 1 : 1000);
}

/* --- damage --- */

static bool plausible_record(const struct pcapfile *pf, const struct record *rec)
{
	int64_t away = rec->seconds - pf->seconds;

	return rec->caplen > 0 && rec->caplen <= MAX_CAPLEN && rec->wirelen >= rec->caplen &&
	       rec->wirelen <= MAX_CAPLEN && rec->seconds > 0 && rec->fraction >= 0 &&
	       rec->fraction < (pf->kind->nano ? 1000000000 : 1000000) &&
	       (pf->seconds == 0 || (away >= -NEIGHBOUR_SECONDS && away <= NEIGHBOUR_SECONDS));
}

/* Could a record header stand at AT?  INPUT_ENDED: too few octets are left to tell. */
static enum input_have plausible(struct pcapfile *pf, uint64_t at, bool *yes, uint32_t *caplen)
{
	enum input_have have = input_have(pf->r.in, at, pf->kind->header, INPUT_WAIT);
	struct record rec;

	*yes = false;
	if (have != INPUT_THERE)
		return have;
	rec = load_record(pf, at);
	*caplen = rec.caplen;
	*yes = plausible_record(pf, &rec);
	return have;
}

/* A record at AT, with another one, or the end, behind it. */
static bool record_at(struct pcapfile *pf, uint64_t at)
{
	uint32_t caplen;
	uint64_t end;
	bool yes;

	plausible(pf, at, &yes, &caplen);
	if (!yes)
		return false;
	end = at + pf->kind->header + caplen;
	if (input_have(pf->r.in, at, end - at, INPUT_WAIT) != INPUT_THERE)
		return false;
	return plausible(pf, end, &yes, &caplen) == INPUT_ENDED || yes;
}

/* Go on at the first plausible record from AT on; false if there is none. */
static bool resynchronise(struct pcapfile *pf, uint64_t at)
{
	struct input *in = pf->r.in;

	while (input_have(in, at, pf->kind->header, INPUT_WAIT) == INPUT_THERE) {
		if (record_at(pf, at)) {
			pf->at = pf->ahead = at;
			return true;
		}
		input_release(in, ++at);
	}
	return false;
}

/* libpcap refused the record at AT: say why, and look for the next one. */
static enum reader_got damaged(struct pcapfile *pf, uint64_t at, struct nf_err *err)
{
	struct reader *r = &pf->r;
	struct input *in = r->in;
	uint64_t body = at + pf->kind->header, end = in->end;
	uint64_t number = ++r->number;
	uint32_t caplen = MAX_CAPLEN + 1;
	char found[80] = "";

	if (in->ended && end < body) {
		r->over = true;
		return reader_trouble(r, err, "ends within the header of frame %" PRIu64
				      " at offset %" PRIu64, number, at);
	}
	if (in->tail <= at) {	/* else it was too large to be kept */
		struct record rec = load_record(pf, at);

		caplen = rec.caplen;
		/* The first frame, cut: its stamp keeps us from finding records in its octets. */
		if (pf->seconds == 0 && plausible_record(pf, &rec))
			pf->seconds = rec.seconds;
	}
	pf->file_at = 0;
	if (resynchronise(pf, in->tail > at ? in->tail : at + 1))
		snprintf(found, sizeof(found), "; reading goes on at offset %" PRIu64, pf->at);
	else
		r->over = true;
	if (in->ended && end - body < caplen && caplen <= MAX_CAPLEN)
		return reader_trouble(r, err, "ends within frame %" PRIu64 " at offset %" PRIu64
				      " (record says %" PRIu32 " octets, %" PRIu64 " are there)%s",
				      number, at, caplen, end - body, found);
	return reader_trouble(r, err, "frame %" PRIu64 " at offset %" PRIu64
			      " is damaged (record says %" PRIu32 " octets)%s", number, at, caplen,
			      r->over ? "; nothing more can be read" : found);
}

/* --- operations --- */

/* The record at AT, if it is one that needs no libpcap, and all of it is there. */
static enum reader_look sight(struct pcapfile *pf, uint64_t at, struct record *rec,
			      enum input_wait wait)
{
	struct input *in = pf->r.in;
	enum input_have have;

	if (!pf->lookable)
		return LOOK_BLIND;
	have = input_have(in, at, pf->kind->header, wait);
	if (have == INPUT_THERE) {
		*rec = load_record(pf, at);
		if (rec->caplen > MAX_CAPLEN)
			return LOOK_BLIND;
		have = input_have(in, at, pf->kind->header + rec->caplen, wait);
	} else if (have == INPUT_ENDED && in->end == at && in->trouble.kind == NF_ERR_NONE) {
		return LOOK_END;
	}
	if (have != INPUT_THERE)
		return have == INPUT_NOT_YET ? LOOK_NOT_YET : LOOK_BLIND;
	return LOOK_FRAME;
}

/* Give out the record at AT where it stands. */
static enum reader_got give(struct pcapfile *pf, struct frame *f, uint64_t at,
			    const struct record *rec, struct nf_err *err)
{
	struct reader *r = &pf->r;

	pf->seconds = rec->seconds;
	pf->at = at + pf->kind->header + rec->caplen;
	*f = (struct frame){
		.caplen = rec->caplen, .wirelen = rec->wirelen,
		.ts_ns = stamp(pf, rec->seconds, rec->fraction),
		.number = ++r->number, .file = r->file, .offset = at + pf->kind->header,
		.linktype = pf->linktype, .ts_fine = pf->kind->nano,
	};
	f->p = input_at(r->in, f->offset, f->caplen);
	if (f->p != NULL)
		return READER_FRAME;
	nf_err_memory(err);
	return READER_TROUBLE;
}

/* What is odd, or damaged, is libpcap's: old versions, records of another size. */
static enum reader_got next_by_libpcap(struct pcapfile *pf, struct frame *f, uint64_t at,
				       struct nf_err *err)
{
	struct reader *r = &pf->r;
	struct pcap_pkthdr *h;
	const u_char *p;
	int got;

	if (pf->file_at != at)
		input_file_seek(r->in, pf->file, at);
	got = pcap_next_ex(pf->pcap, &h, &p);
	if (got != 1) {
		if (got == PCAP_ERROR_BREAK && r->in->end == at)
			return reader_end(r, err);
		return damaged(pf, at, err);
	}
	/* The snaplen was lifted, so libpcap gives all that the record has. */
	pf->file_at = pf->at += pf->kind->header + h->caplen;
	/* libpcap scales to nanoseconds; its seconds may have become signed. */
	pf->seconds = (uint32_t)h->ts.tv_sec;
	*f = (struct frame){
		.p = p, .caplen = h->caplen, .wirelen = h->len,
		.ts_ns = pf->seconds * 1000000000 + h->ts.tv_usec,
		.number = ++r->number, .file = r->file,
		.offset = at + pf->kind->header,
		.linktype = pf->linktype, .ts_fine = pf->kind->nano,
	};
	return READER_FRAME;
}

static enum reader_got next(struct reader *r, struct frame *f, struct nf_err *err)
{
	struct pcapfile *pf = (struct pcapfile *)r;
	uint64_t at = pf->at;
	struct record rec;

	input_release(r->in, at);
	if (sight(pf, at, &rec, INPUT_WAIT) == LOOK_FRAME)
		return give(pf, f, at, &rec, err);
	return next_by_libpcap(pf, f, at, err);
}

static enum reader_look look(struct reader *r, struct sighting *seen)
{
	struct pcapfile *pf = (struct pcapfile *)r;
	enum reader_look got;
	struct record rec;

	if (pf->ahead < pf->at)
		pf->ahead = pf->at;
	got = sight(pf, pf->ahead, &rec, INPUT_NOWAIT);
	if (got != LOOK_FRAME)
		return got;
	seen->ts_ns = stamp(pf, rec.seconds, rec.fraction);
	seen->caplen = rec.caplen;
	pf->ahead += pf->kind->header + rec.caplen;
	return LOOK_FRAME;
}

static void skip(struct reader *r)
{
	struct pcapfile *pf = (struct pcapfile *)r;
	struct record rec = load_record(pf, pf->at);

	pf->seconds = rec.seconds;
	pf->at += pf->kind->header + rec.caplen;
	input_release(r->in, pf->at);
	r->number++;
}

static void close_reader(struct reader *r)
{
	struct pcapfile *pf = (struct pcapfile *)r;

	if (pf->pcap != NULL)
		pcap_close(pf->pcap);
	else if (pf->file != NULL)
		fclose(pf->file);
	nf_free(pf);
}

static const struct reader_ops ops = {
	.name = "pcap", .next = next, .look = look, .skip = skip, .close = close_reader,
};

/*
 * libpcap cuts frames down to the snaplen of the file header, and some writers put less
 * there than they capture.  With 0 it reads what is there.
 */
static void lift_snaplen(struct pcapfile *pf)
{
	static const uint8_t none[4];

	input_patch(pf->r.in, SNAPLEN_AT, none, sizeof(none));
}

static int open_file(struct pcapfile *pf, struct nf_err *err)
{
	struct input *in = pf->r.in;
	char why[PCAP_ERRBUF_SIZE] = "";
	uint8_t header[FILE_HEADER];

	if (input_have(in, 0, sizeof(header), INPUT_WAIT) != INPUT_THERE) {
		reader_trouble(&pf->r, err, "ends within the file header (%" PRIu64
			       " of %d octets are there)", in->end, FILE_HEADER);
		return -1;
	}
	input_copy(in, 0, header, sizeof(header));
	pf->big = magic_of(nf_be32(header)) != NULL;
	pf->kind = magic_of(load32(pf, header));
	pf->linktype = (int)(load32(pf, header + LINKTYPE_AT) & 0xffff);
	pf->lookable = (pf->big ? nf_be16(header + 6) : header[6] | header[7] << 8) >=
		       MINOR_OF_ORDER;
	lift_snaplen(pf);
	pf->file = input_file(in);
	if (pf->file == NULL)
		return nf_err_memory(err);
	pf->pcap = pcap_fopen_offline_with_tstamp_precision(pf->file, PCAP_TSTAMP_PRECISION_NANO,
							    why);
	if (pf->pcap == NULL)
		return nf_err_set(err, NF_ERR_ENV, "%s: libpcap cannot read it: %s",
				  input_name(in), why);
	pf->at = pf->file_at = FILE_HEADER;
	return 0;
}

struct reader *pcapfile_open(struct input *in, uint32_t file, uint64_t *drops, struct nf_err *err)
{
	struct pcapfile *pf = nf_zalloc(sizeof(*pf));

	if (pf == NULL) {
		nf_err_memory(err);
		return NULL;
	}
	reader_init(&pf->r, &ops, in, file, drops);
	if (open_file(pf, err) < 0) {
		close_reader(&pf->r);
		return NULL;
	}
	return &pf->r;
}
