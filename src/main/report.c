#include <config.h>

#include "main/report.h"

#include <stdarg.h>
#include <stdio.h>

#include "ie/ie.h"
#include "main/writer.h"

static const int codes[] = {
	[REPORT_FAILED] = 2,
	[REPORT_DAMAGED] = 3,
	[REPORT_NO] = 1,
	[REPORT_FINE] = 0,
};

static const enum report_state states[] = {
	[NF_ERR_NONE] = REPORT_FINE,
	[NF_ERR_USAGE] = REPORT_FAILED,
	[NF_ERR_ENV] = REPORT_FAILED,
	[NF_ERR_DAMAGE] = REPORT_DAMAGED,
};

void report_err(struct report *r, const struct nf_err *err)
{
	enum report_state state = states[err->kind];

	r->damaged |= state == REPORT_DAMAGED;
	if (state == REPORT_DAMAGED && r->accept_cut)
		state = REPORT_FINE;
	if (state < r->state)
		r->state = state;
	report_note(r, "%s", err->text);
}

bool report_flush(struct report *r)
{
	if (r->before != NULL)
		r->before(r->ctx);
	return r->writer == NULL || writer_flush(r->writer);
}

void report_note(struct report *r, const char *format, ...)
{
	struct nf_strbuf raw, safe;
	va_list ap;

	if (r->silent)
		return;
	report_flush(r);
	nf_strbuf_init(&raw);
	nf_strbuf_init(&safe);
	va_start(ap, format);
	nf_sb_vprintf(&raw, format, ap);
	va_end(ap);
	nf_safe_text(&safe, (struct nf_bytes){ (const uint8_t *)raw.p, raw.n });
	fprintf(stderr, "nfpcap: %s\n",
		raw.failed || safe.failed ? "out of memory" : nf_strbuf_cstr(&safe));
	nf_strbuf_done(&raw);
	nf_strbuf_done(&safe);
}

int report_code(const struct report *r)
{
	return codes[r->state];
}
