/*
 * Data whose template is not there, or comes behind them.
 */
#include <config.h>

#include "check/refresh.h"

enum {
	ASKED = 256,		/* streams that are asked whether they have the template */
	FEW_RESTARTS = 2,
};

void refresh_orphan(struct check *c, const struct check_at *at, struct life *l)
{
	const struct refresh_stream *s = refresh_of(c, at->stream);
	struct orphans *o = &l->orphans;
	int64_t interval = spacing_median(&s->spacing);

	o->last = check_place_of(at, nf_span_of(at->set->offset, 4));
	if (o->sets++ == 0) {
		o->first = o->last;
		o->sequence = at->msg->sequence;
		o->export_secs = at->msg->export_secs;
		o->message = s->messages;
		o->lost = s->lost;
		o->new_template = interval != 0 &&
				  o->first.ts_ns - at->stream->first.ts_ns > 3 * interval;
	}
	o->octets += at->set->bytes.n;
	o->misfit |= at->resolution->misfit;
	o->other_domain |= at->resolution->why == NF_OTHER_DOMAIN;
	if (at->resolution->layout == NULL && at->resolution->why == NF_PENDING)
		o->held += at->set->bytes.n;
}

void refresh_found(const struct check *c, const struct check_at *at, struct life *l)
{
	struct orphans *o = &l->orphans;

	if (o->sets == 0 || l->defined_times != 1)
		return;
	o->same_message = o->message == refresh_of(c, at->stream)->messages;
	o->sooner = o->export_secs < at->msg->export_secs;
	o->overtaken = at->msg->version == 9 && (int32_t)(at->msg->sequence - o->sequence) < 0;
}

/* -- Late --------------------------------------------------------------------------------- */

/* v9 templates may stand anywhere in the packet of their data (RFC 3954 section 7). */
static void same_message(struct check *c, const struct check_stream *s, const struct life *l)
{
	if (s->id.version != 10 || !refresh_from_start(c, s))
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TPL_AFTER_DATA_SAME_MESSAGE, .stream = s,
		.place = &l->orphans.first, .tmpl = l->id, .args = { { .u = l->id } },
	});
}

/*
 * Data MUST NOT have an export time before that of their template (RFC 7011 section 8.2); in the
 * same second they only SHOULD come behind it (section 8), as in IPFIX Files (RFC 5655 section
 * 7.2).  Of v9, RFC 3954 section 7 has a MUST for exporters that were just started.
 */
static enum nf_severity late_severity(const struct check_stream *s, const struct orphans *o)
{
	if (s->id.transport == NF_TRANSPORT_FILE || (s->id.version == 10 && !o->sooner))
		return NF_WARNING;
	return NF_ERROR;
}

/*
 * A capture that begins amid a stream meets data before the next copy of their template: that is
 * no fault, unless the others have all been sent again before.
 */
static void late(struct check *c, const struct check_stream *s, const struct life *l)
{
	const struct orphans *o = &l->orphans;
	struct check_claim claim = {
		.rule = CHECK_TPL_LATE, .stream = s, .place = &o->first, .tmpl = l->id,
		.severity = 1 + NF_NOTE,
		.other_frame = l->defined.frame, .other_file = l->defined.file,
		.args = { { .u = l->id }, { .u = l->defined.frame }, { .u = o->sets },
			  { .s = "; the capture may have begun after it had been sent before" } },
	};

	if (o->overtaken)
		return;
	if (refresh_from_start(c, s) && !o->lost) {
		claim.severity = (uint8_t)(1 + late_severity(s, o));
		claim.args[3].s = "";
	} else if (o->new_template) {
		claim.severity = 1 + NF_WARNING;
		claim.args[3].s = "; other templates had been sent again before";
	}
	check_claim(c, &claim);
}

/* -- Missing ------------------------------------------------------------------------------ */

/* How to come by the template. */
static void remedy(struct nf_strbuf *text, const struct refresh_stream *rs,
		   const struct check_stream *s)
{
	int64_t interval = spacing_median(&rs->spacing);
	int64_t lasts = s->last.ts_ns - s->first.ts_ns;

	if (s->id.transport != NF_TRANSPORT_UDP) {
		nf_sb_str(text, "capture the session from its beginning");
	} else if (interval == 0) {
		nf_sb_str(text, "capture for longer (10 to 30 min are usual)");
	} else if (lasts <= 2 * interval) {
		nf_sb_str(text, "capture for longer than the ");
		check_duration(text, interval);
		nf_sb_str(text, " in which templates are sent again");
	} else {
		nf_sb_str(text, "others are sent every ");
		check_duration(text, interval);
		nf_sb_str(text, ", this one may not be");
	}
	nf_sb_str(text, ", or give it with --templates");
}

/* Where the id is defined, if in another domain. */
static void elsewhere(struct nf_strbuf *text, const struct check *c, const struct check_stream *s,
		      const struct life *l)
{
	const struct check_stream *other = check_streams((struct check *)c);

	for (unsigned i = 0; i < ASKED && other != NULL; i++, other = other->next) {
		const struct life *o;

		if (other->exporter != s->exporter || other->id.version != s->id.version ||
		    other->id.domain == s->id.domain)
			continue;
		o = refresh_find(c, other, l->id);
		if (o == NULL || o->defined_times == 0)
			continue;
		nf_sb_printf(text, "; domain %lu has one of this id",
			     (unsigned long)other->id.domain);
		return;
	}
}

/* What the capture itself may have lost is not held against the exporter. */
static uint8_t missing_severity(const struct check *c, const struct check_stream *s,
				const struct life *l)
{
	if (refresh_of(c, s)->cut)
		return 1 + NF_NOTE;
	if (s->id.transport == NF_TRANSPORT_FILE || !refresh_from_start(c, s) || l->orphans.lost)
		return 1 + NF_WARNING;
	return 1 + NF_ERROR;
}

static void missing(struct check *c, const struct check_stream *s, const struct life *l,
		    const struct check_place *first, uint64_t sets, uint64_t octets)
{
	struct nf_strbuf reason, text;

	nf_strbuf_init(&reason);
	nf_strbuf_init(&text);
	if (refresh_of(c, s)->cut)
		nf_sb_str(&reason, "; a message was cut amid its templates");
	else if (l->orphans.misfit)
		nf_sb_printf(&reason, "; that of frame %llu, which is sent later, does not fit",
			     (unsigned long long)l->defined.frame);
	else if (l->orphans.sets == 0)
		nf_sb_str(&reason, "; one of another session fits");
	else if (l->orphans.other_domain)
		elsewhere(&reason, c, s, l);
	remedy(&text, refresh_of(c, s), s);
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TPL_MISSING, .stream = s, .place = first, .tmpl = l->id,
		.severity = missing_severity(c, s, l),
		.args = { { .u = sets }, { .u = l->id }, { .u = octets },
			  { .s = nf_strbuf_cstr(&reason) }, { .s = nf_strbuf_cstr(&text) } },
	});
	nf_strbuf_done(&reason);
	nf_strbuf_done(&text);
}

/* Sessions over TCP and SCTP have templates of their own (RFC 7011 section 8.1). */
static bool is_bound_to_session(const struct check_stream *s)
{
	return s->id.transport == NF_TRANSPORT_TCP || s->id.transport == NF_TRANSPORT_SCTP;
}

/* -- Behind a restart --------------------------------------------------------------------- */

/* RFC 3954 section 7; in IPFIX a restart cannot be told from a counter that began anew. */
void refresh_stale(struct check *c, const struct check_at *at, struct life *l)
{
	struct stale *o = &l->stale;

	if (at->msg->version != 9 || refresh_of(c, at->stream)->former || o->over)
		return;
	o->octets += at->set->bytes.n;
	if (o->sets++ != 0)
		return;
	o->first = check_place_of(at, nf_span_of(at->set->offset, 4));
	o->sequence = at->msg->sequence;
}

void refresh_renewed(const struct check_at *at, struct life *l)
{
	struct stale *o = &l->stale;

	if (o->sets == 0 || o->over)
		return;
	o->over = true;
	o->frame = at->datagram->frame;
	o->file = at->datagram->file;
	o->overtaken = o->first.frame == at->datagram->frame ||
		       (int32_t)(at->msg->sequence - o->sequence) < 0;
}

/* Uptimes that fall again and again are those of several exporters behind one address. */
static void stale_end(struct check *c, const struct check_stream *s, const struct life *l)
{
	const struct stale *o = &l->stale;

	if (o->sets == 0 || o->overtaken || refresh_of(c, s)->epoch > FEW_RESTARTS)
		return;
	if (o->over)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_TPL_LATE, .stream = s, .place = &o->first, .tmpl = l->id,
			.severity = 1 + NF_ERROR, .key = 1,
			.other_frame = o->frame, .other_file = o->file,
			.args = { { .u = l->id }, { .u = o->frame }, { .u = o->sets },
				  { .s = " since the exporter was started anew" } },
		});
	else
		check_claim(c, &(struct check_claim){
			.rule = CHECK_TPL_MISSING, .stream = s, .place = &o->first,
			.tmpl = l->id, .severity = 1 + NF_ERROR, .key = 1,
			.other_frame = l->defined.frame, .other_file = l->defined.file,
			.args = { { .u = o->sets }, { .u = l->id }, { .u = o->octets },
				  { .s = " since the exporter was started anew" },
				  { .s = "they are decoded with that from before" } },
		});
}

/* Sets that were held have been decoded after all. */
static void released(const struct check *c, const struct check_stream *s, const struct life *l)
{
	struct refresh_stream *rs = refresh_of(c, s);

	rs->lost_octets -= l->orphans.held;
	rs->why[NF_PENDING] -= l->orphans.held;
}

void refresh_missing_end(struct check *c, const struct check_stream *s, const struct life *l)
{
	const struct orphans *o = &l->orphans;

	stale_end(c, s, l);
	if (l->defined_times != 0)
		released(c, s, l);
	if (l->spoiled)
		return;		/* it was sent, and could not be read */
	if (o->sets == 0) {
		if (l->borrowed != 0 && l->defined_times == 0 && is_bound_to_session(s) &&
		    refresh_from_start(c, s))
			missing(c, s, l, &l->first_borrowed, l->borrowed, l->borrowed_octets);
	} else if (l->defined_times == 0 || o->misfit) {
		missing(c, s, l, &o->first, o->sets, o->octets);
	} else if (o->same_message) {
		same_message(c, s, l);
	} else {
		late(c, s, l);
	}
}
