#include <config.h>

#include "main/journal.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "ie/ie.h"
#include "main/complaints.h"
#include "main/writer.h"
#include "out/out.h"

enum { DIGITS = 6 };

static void begin(struct nf_strbuf *s, const char *level)
{
	nf_strbuf_init(s);
	nf_time_text(s, nf_clock_ns(CLOCK_REALTIME), DIGITS, NULL);
	nf_sb_printf(s, " %s ", level);
}

static void end(const struct journal *j, struct nf_strbuf *s)
{
	if (j->report->writer != NULL)
		writer_flush(j->report->writer);
	fprintf(stderr, "%s\n", s->failed ? "nfpcap: out of memory" : nf_strbuf_cstr(s));
	nf_strbuf_done(s);
}

void journal_note(const struct journal *j, const char *format, ...)
{
	struct nf_strbuf s;
	va_list ap;

	begin(&s, "info");
	va_start(ap, format);
	nf_sb_vprintf(&s, format, ap);
	va_end(ap);
	end(j, &s);
}

void journal_datagram(const struct journal *j, const struct nf_datagram *d)
{
	struct nf_strbuf s;

	begin(&s, "debug");
	out_endpoint(&s, &d->src);
	nf_sb_str(&s, " > ");
	out_endpoint(&s, &d->dst);
	nf_sb_str(&s, ": ");
	out_count(&s, d->payload.n, "octet");
	nf_sb_printf(&s, " (%s)", out_transport(d->transport));
	end(j, &s);
}

void journal_refused(const struct journal *j, const struct nf_datagram *d, enum nf_refusal why)
{
	struct nf_strbuf s;

	begin(&s, "warning");
	complaints_text(&s, d, why);
	end(j, &s);
}

static const char *text_of(const struct capture_event *e)
{
	switch (e->kind) {
	case EVENT_TCP_OPEN:
		return "connection opened (tcp)";
	case EVENT_TCP_CLOSED:
		return e->ended ? "connection closed (tcp): no IPFIX message where one should begin" :
				  "connection closed (tcp)";
	default:
		return capture_event_name[e->kind];
	}
}

void journal_event(const struct journal *j, const struct capture_event *e)
{
	struct nf_strbuf s;

	begin(&s, "info");
	out_endpoint(&s, &e->src);
	nf_sb_str(&s, " > ");
	out_endpoint(&s, &e->dst);
	nf_sb_printf(&s, ": %s", text_of(e));
	end(j, &s);
}

/* "192.0.2.1:5000 v9 domain 0: " */
static void whose(struct nf_strbuf *s, const struct nf_session *session, uint16_t version,
		  uint32_t domain)
{
	out_endpoint(s, &session->src);
	nf_sb_printf(s, version == 10 ? " ipfix" : " v%u", version);
	nf_sb_printf(s, " domain %" PRIu32 ": ", domain);
}

static const char *const lesson_levels[] = {
	[NF_LESSON_LEARNED] = "info", [NF_LESSON_REDEFINED] = "warning",
	[NF_LESSON_WITHDRAWN] = "info", [NF_LESSON_LOST] = "error",
};

static const char *const lesson_texts[] = {
	[NF_LESSON_LEARNED] = "learned", [NF_LESSON_REDEFINED] = "redefined",
	[NF_LESSON_WITHDRAWN] = "withdrawn",
	[NF_LESSON_LOST] = "found no room (--max-templates)",
};

void journal_lesson(void *ctx, const struct nf_session *session, uint16_t version,
		    uint32_t domain, const struct nf_template *t, enum nf_lesson what)
{
	const char *kind = t->kind == NF_TEMPLATE_OPTIONS ? "options template" : "template";
	struct nf_strbuf s;

	begin(&s, lesson_levels[what]);
	whose(&s, session, version, domain);
	if (t->kind == NF_TEMPLATE_WITHDRAWAL_ALL)
		nf_sb_str(&s, "all templates ");
	else
		nf_sb_printf(&s, "%s %u ", kind, t->id);
	nf_sb_str(&s, lesson_texts[what]);
	if (what == NF_LESSON_LEARNED || what == NF_LESSON_REDEFINED) {
		nf_sb_str(&s, ", ");
		out_count(&s, t->nfields, "field");
	}
	end(ctx, &s);
}

static const char *const holding_levels[NF_HOLDINGS] = {
	[NF_HOLDING_HELD] = "info", [NF_HOLDING_RELEASED] = "info",
	[NF_HOLDING_OLD] = "warning", [NF_HOLDING_ROOM] = "warning", [NF_HOLDING_END] = "warning",
};

static const char *const holding_texts[NF_HOLDINGS] = {
	[NF_HOLDING_HELD] = "held: its template is not known yet",
	[NF_HOLDING_RELEASED] = "released: its template has come",
	[NF_HOLDING_OLD] = "dropped: no template came in time (--hold-time)",
	[NF_HOLDING_ROOM] = "dropped: too much is held (--max-hold)",
	[NF_HOLDING_END] = "dropped: no template came until the end",
};

void journal_holding(void *ctx, const struct nf_late *late, enum nf_holding what)
{
	struct nf_strbuf s;

	begin(&s, holding_levels[what]);
	whose(&s, late->session, late->msg.version, late->msg.domain);
	nf_sb_printf(&s, "set %u of datagram %" PRIu64 ", ", late->set.id, late->datagram.frame);
	out_count(&s, late->set.bytes.n, "octet");
	nf_sb_printf(&s, ", %s", holding_texts[what]);
	end(ctx, &s);
}
