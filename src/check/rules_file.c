/*
 * IPFIX Files (RFC 5655), and the checksums of messages that any stream may have.
 */
#include <config.h>

#include <string.h>

#include "check/ids.h"
#include "check/libcrypto.h"
#include "track/flowtime.h"

enum {
	CHECKSUM = 262, SESSION_SCOPE = 267,
	DIGEST = 16,
	ROUNDING = 1000,	/* ns: an NTP fraction has no exact microseconds */
};

/* The checksum records of the message at hand. */
struct of_stream {
	uint32_t sums;
	struct nf_span at;		/* of the first one's value */
	uint16_t tmpl;
};

struct bound {
	int64_t ns;
	struct check_place place;
	const struct check_stream *stream;
	uint16_t tmpl;
	bool there;
};

enum { START, END, ENDS };

struct of_session {
	struct bound window[ENDS], flows[ENDS];	/* the first and the last of all flows */
	uint32_t windows;
	uint32_t export_secs;		/* of the message before */
	bool begun;
};

static struct of_stream *of_stream(const struct check *c, const struct check_stream *s)
{
	return check_state(c, &s->holder, CHECK_GROUP_file);
}

static struct of_session *of_session(const struct check *c, const struct check_session *s)
{
	return check_state(c, &s->holder, CHECK_GROUP_file);
}

/* -- Checksums (section 8.1.1) -------------------------------------------------------- */

static void checksum(const struct check_record *r, struct check_step *s)
{
	struct of_stream *o = of_stream(r->check, r->at->stream);
	const struct nf_field f = nf_field(r->rec, s->a);

	if (r->at->late || f.value.n != DIGEST)
		return;
	if (o->sums++ != 0)
		return;
	o->at = nf_span_of(f.offset, f.value.n);
	o->tmpl = r->use->tmpl;
}

/*
 * Of the message with zeros where the checksum stands.  False where libcrypto, which is there, has
 * no MD5.
 */
static bool digest(struct nf_bytes message, uint32_t at, uint8_t out[DIGEST])
{
	static const uint8_t zeros[DIGEST];
	const struct libcrypto *lib = libcrypto(NULL);
	EVP_MD_CTX *ctx = lib->EVP_MD_CTX_new();
	const uint8_t *rest = message.p + at + DIGEST;
	unsigned n = 0;
	uint8_t sum[EVP_MAX_MD_SIZE];
	bool done = ctx != NULL && lib->EVP_DigestInit_ex(ctx, lib->EVP_md5(), NULL) == 1 &&
		    lib->EVP_DigestUpdate(ctx, message.p, at) == 1 &&
		    lib->EVP_DigestUpdate(ctx, zeros, DIGEST) == 1 &&
		    lib->EVP_DigestUpdate(ctx, rest, message.n - at - DIGEST) == 1 &&
		    lib->EVP_DigestFinal_ex(ctx, sum, &n) == 1 && n == DIGEST;

	lib->EVP_MD_CTX_free(ctx);
	if (done)
		memcpy(out, sum, DIGEST);
	return done;
}

static void verify(struct check *c, const struct check_at *at, const struct of_stream *o)
{
	struct nf_bytes message = at->msg->bytes;
	uint8_t sum[DIGEST];

	if (libcrypto(NULL) == NULL || !at->whole || !nf_has(message, o->at.off, DIGEST) ||
	    !digest(message, o->at.off, sum) ||
	    memcmp(sum, message.p + o->at.off, DIGEST) == 0)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_FILE_MD5_MISMATCH, .at = at, .span = o->at, .tmpl = o->tmpl,
		.args = { { .octets = message.p + o->at.off, .n = DIGEST },
			  { .octets = sum, .n = DIGEST } },
	});
}

/* With two of them nobody knows what was zero when each was computed. */
static void checksums(struct check *c, const struct check_at *at)
{
	struct of_stream *o = of_stream(c, at->stream);

	if (o->sums == 1)
		verify(c, at, o);
	else if (o->sums > 1)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_FILE_MD5_REPEATED, .at = at, .span = o->at,
			.tmpl = o->tmpl, .args = { { .u = o->sums } },
		});
	o->sums = 0;
}

/* -- The time window (section 8.1.2) -------------------------------------------------- */

/* Registered for it: in seconds, milliseconds, microseconds and nanoseconds. */
static const uint16_t window_ids[ENDS][4] = {
	[START] = { 265, 272, 271, 273 }, [END] = { 261, 269, 268, 270 },
};

static int window_field(const struct nf_layout *layout, unsigned end)
{
	int at = -1;

	for (unsigned i = 0; i < 4 && at < 0; i++)
		at = check_field_of(layout, NF_PEN_IANA, window_ids[end][i]);
	return at;
}

static void window_bound(const struct check_record *r, struct bound *b, int field)
{
	struct nf_format_ctx ctx = { .export_secs = r->at->msg->export_secs };
	struct nf_field f;

	if (field < 0)
		return;
	f = nf_field(r->rec, (unsigned)field);
	b->there = nf_value_time((enum nf_kind)f.kind, f.value, &ctx, &b->ns);
}

static void claim(struct check *c, const struct bound *b, uint64_t key, const char *what)
{
	check_claim(c, &(struct check_claim){
		.rule = CHECK_FILE_TIME_WINDOW_VIOLATED, .stream = b->stream, .place = &b->place,
		.tmpl = b->tmpl, .key = key, .args = { { .s = what } },
	});
}

static void window(const struct check_record *r, struct check_step *s)
{
	struct of_session *o = of_session(r->check, r->at->stream->session);
	const struct bound here = {
		.place = check_place_of(r->at, nf_span_of(r->rec->offset, r->rec->length)),
		.stream = r->at->stream, .tmpl = r->use->tmpl,
	};

	if (o->windows++ != 0) {
		claim(r->check, &here, ENDS, "there is a second time window record");
		return;
	}
	window_bound(r, &o->window[START], (int)s->a - 1);
	window_bound(r, &o->window[END], (int)s->b - 1);
}

static void flow(const struct check_record *r, struct check_step *s)
{
	const struct nf_flowtime_way *ways = s->state;
	struct of_session *o = of_session(r->check, r->at->stream->session);

	for (unsigned end = START; ways != NULL && end < ENDS; end++) {
		struct bound *b = &o->flows[end];
		struct nf_flowtime t;

		if (!nf_flowtime_at(&ways[end], r->at->msg, r->rec, &t) ||
		    t.source == NF_FLOWTIME_RELATIVE ||
		    (b->there && (end == START ? t.ns >= b->ns : t.ns <= b->ns)))
			continue;
		*b = (struct bound){
			.ns = t.ns, .there = true, .stream = r->at->stream, .tmpl = r->use->tmpl,
			.place = check_place_of(r->at, nf_span_of(r->rec->offset,
								  r->rec->length)),
		};
	}
}

static void outside(struct check *c, const struct of_session *o, unsigned end)
{
	const struct bound *w = &o->window[end], *f = &o->flows[end];
	struct nf_strbuf text;

	if (!w->there || !f->there ||
	    (end == START ? f->ns >= w->ns - ROUNDING : f->ns <= w->ns + ROUNDING))
		return;
	nf_strbuf_init(&text);
	nf_sb_printf(&text, "a flow %s at ", end == START ? "starts" : "ends");
	nf_time_text(&text, f->ns, 6, NULL);
	nf_sb_printf(&text, ", %s of the time window at ",
		     end == START ? "before the start" : "after the end");
	nf_time_text(&text, w->ns, 6, NULL);
	claim(c, f, end, nf_strbuf_cstr(&text));
	nf_strbuf_done(&text);
}

/* -- Order (section 7.2) -------------------------------------------------------------- */

static void message(struct check *c, const struct check_at *at)
{
	struct of_session *o = of_session(c, at->stream->session);
	uint32_t before = o->export_secs;
	bool begun = o->begun;

	if (at->datagram->transport != NF_TRANSPORT_FILE)
		return;
	o->begun = true;
	o->export_secs = at->msg->export_secs;
	if (begun && at->msg->export_secs < before)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_FILE_ORDER, .at = at,
			.span = nf_span_of(at->msg->format->at.secs, 4),
			.args = { { .i = (int64_t)at->msg->export_secs * 1000000000 },
				  { .i = (int64_t)before * 1000000000 } },
		});
}

/* -- Planning ------------------------------------------------------------------------- */

static void plan_flows(struct check_plan *p)
{
	struct nf_flowtime_way *ways;
	struct check_step *s;

	if (p->use->stream->id.transport != NF_TRANSPORT_FILE ||
	    p->layout->kind != NF_LAYOUT_DATA || (s = check_plan_step(p, flow)) == NULL)
		return;
	s->state = ways = check_alloc(p->check, ENDS * sizeof(*ways));
	if (ways == NULL)
		return;
	ways[START] = nf_flowtime_way_of(p->layout, NF_FLOWTIME_FIRST);
	ways[END] = nf_flowtime_way_of(p->layout, NF_FLOWTIME_LAST);
}

static void plan(struct check_plan *p)
{
	int sum = check_field_of(p->layout, NF_PEN_IANA, CHECKSUM);
	struct check_step *s;

	if (p->version != 10)
		return;
	plan_flows(p);
	if (p->layout->kind != NF_LAYOUT_OPTIONS)
		return;
	if (sum >= 0 && (s = check_plan_step(p, checksum)) != NULL) {
		s->a = (uint16_t)sum;
		if (libcrypto(NULL) != NULL)
			check_applies(p->check, CHECK_FILE_MD5_MISMATCH);
		else
			check_lacks(p->check, CHECK_FILE_MD5_MISMATCH, CHECK_NEEDS_MD5);
		check_applies(p->check, CHECK_FILE_MD5_REPEATED);
	}
	if (p->use->stream->id.transport != NF_TRANSPORT_FILE ||
	    check_layout_has(p->layout, SESSION_SCOPE) != CHECK_AS_SCOPE ||
	    (window_field(p->layout, START) < 0 && window_field(p->layout, END) < 0) ||
	    (s = check_plan_step(p, window)) == NULL)
		return;
	s->a = (uint16_t)(window_field(p->layout, START) + 1);
	s->b = (uint16_t)(window_field(p->layout, END) + 1);
	check_applies(p->check, CHECK_FILE_TIME_WINDOW_VIOLATED);
}

static void session_end(struct check *c, struct check_session *s)
{
	struct of_session *o = of_session(c, s);

	/* Two windows: which one holds? */
	if (o->windows != 1)
		return;
	outside(c, o, START);
	outside(c, o, END);
}

const struct check_group check_group_file = {
	.name = "file",
	.size = {
		[CHECK_STREAM] = sizeof(struct of_stream),
		[CHECK_SESSION] = sizeof(struct of_session),
	},
	.message = message,
	.plan = plan,
	.message_end = checksums,
	.session_end = session_end,
};
