#include <config.h>

#include "lib/wiretext.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "lib/textbuild.h"
#include "lib/wirecheck.h"

/* CTX is a buffer of its own: problems inside a record go behind the record's line. */
static void hear(void *ctx, const struct nf_problem *p)
{
	nf_sb_printf(ctx, "! %s %llu %llu\n", nf_problem_rows[p->id].id,
		     (unsigned long long)p->found, (unsigned long long)p->wanted);
}

static void print_record(struct nf_strbuf *s, const struct nf_rec *r,
			 const struct nf_list_ctx *lists);

static void print_block(struct nf_strbuf *s, struct nf_list *l, const struct nf_list_ctx *ctx)
{
	struct nf_list_ctx inner = *ctx;
	struct nf_rec r;

	nf_sb_printf(s, "{%u", l->template_id);
	if (l->resolution.layout == NULL)
		nf_sb_printf(s, " undecoded %u", l->undecoded.len);
	inner.depth = l->depth;
	while (l->resolution.layout != NULL && nf_rec_next(&l->recs, &r)) {
		inner.scratch = nf_rec_scratch(&l->recs);
		nf_sb_char(s, ':');
		print_record(s, &r, &inner);
	}
	if (l->recs.padding.len != 0)
		nf_sb_printf(s, " padding %u", l->recs.padding.len);
	if (l->recs.malformed.len != 0)
		nf_sb_printf(s, " malformed %u", l->recs.malformed.len);
	nf_sb_char(s, '}');
}

static void print_field(struct nf_strbuf *s, const struct nf_field *f,
			const struct nf_list_ctx *ctx)
{
	const struct nf_format_ctx format = { .export_secs = 1704067200 };
	struct nf_list_ctx inner = *ctx;
	struct nf_field element;
	struct nf_list l;

	nf_sb_char(s, ' ');
	nf_ie_name(s, f->def->ie);
	nf_sb_char(s, '=');
	if (f->kind < NF_KIND_BASIC_LIST) {
		if (f->def->nbits != 0)
			nf_sb_u64(s, nf_field_uint(f));
		else
			nf_value_text(s, (enum nf_kind)f->kind, f->value, &format);
		return;
	}
	if (!nf_list_open(&l, f, ctx)) {
		nf_sb_printf(s, "unread %u", l.malformed.len);
		return;
	}
	nf_sb_printf(s, "[%u", l.semantic);
	inner.depth = l.depth;
	if (l.kind == NF_KIND_BASIC_LIST)
		while (nf_list_next_element(&l, &element))
			print_field(s, &element, &inner);
	else
		while (nf_list_next_block(&l))
			print_block(s, &l, ctx);
	if (l.malformed.len != 0)
		nf_sb_printf(s, " malformed %u", l.malformed.len);
	nf_sb_char(s, ']');
}

static void print_record(struct nf_strbuf *s, const struct nf_rec *r,
			 const struct nf_list_ctx *lists)
{
	for (unsigned i = 0; i < r->layout->nfields; i++) {
		struct nf_field f = nf_field(r, i);

		print_field(s, &f, lists);
	}
}

static void print_template(struct nf_strbuf *s, const struct nf_template *t)
{
	static const char *const kinds[] = {
		[NF_TEMPLATE] = "template",
		[NF_TEMPLATE_OPTIONS] = "options",
		[NF_TEMPLATE_WITHDRAWAL] = "withdrawal",
		[NF_TEMPLATE_WITHDRAWAL_ALL] = "withdrawal-all",
	};
	struct nf_specs specs;
	struct nf_spec spec;

	nf_sb_printf(s, "%s %u %u+%u:", kinds[t->kind], t->id, t->span.off, t->span.len);
	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &spec)) {
		nf_sb_str(s, spec.scope ? " scope " : " ");
		if (spec.enterprise)
			nf_sb_printf(s, "%u:", spec.pen);
		nf_sb_printf(s, "%u/", spec.id);
		if (spec.length == NF_VARLEN)
			nf_sb_char(s, 'v');
		else
			nf_sb_u64(s, spec.length);
	}
	nf_sb_char(s, '\n');
}

static void print_set(struct nf_strbuf *s, const struct nf_set *set, struct nf_span span)
{
	static const char *const kinds[] = {
		[NF_SET_TEMPLATE] = "template",
		[NF_SET_OPTIONS_TEMPLATE] = "options-template",
		[NF_SET_DATA] = "data",
		[NF_SET_FIXED] = "fixed",
		[NF_SET_RESERVED] = "reserved",
	};

	nf_sb_printf(s, "set %u %s %u+%u%s%s\n", set->id, kinds[set->kind], span.off, span.len,
		     set->overrun ? " overrun" : "", set->cut ? " cut" : "");
}

static void print_span(struct nf_strbuf *s, const char *what, struct nf_span span)
{
	nf_sb_printf(s, "%s %u+%u\n", what, span.off, span.len);
}

static void print_event(struct nf_strbuf *s, const struct nf_walk *w, const struct nf_event *e,
			const struct wiretext_opts *opts)
{
	struct nf_list_ctx lists;

	switch ((enum nf_event_type)e->type) {
	case NF_EV_HEADER:
		nf_sb_printf(s, "%s %zu\n", w->msg->format->name, w->msg->bytes.n);
		break;
	case NF_EV_SET:
		print_set(s, e->set, e->span);
		break;
	case NF_EV_TEMPLATE:
		print_template(s, e->tmpl);
		break;
	case NF_EV_RECORD:
		nf_sb_printf(s, "record %u+%u", e->span.off, e->span.len);
		if (!opts->no_fields) {
			lists = nf_walk_list_ctx(w);
			nf_sb_char(s, ':');
			print_record(s, e->rec, &lists);
		}
		nf_sb_char(s, '\n');
		break;
	case NF_EV_UNDECODED:
		print_span(s, "undecoded", e->span);
		break;
	case NF_EV_PADDING:
		print_span(s, "padding", e->span);
		break;
	case NF_EV_MALFORMED:
		print_span(s, "malformed", e->span);
		break;
	case NF_EV_SET_END:
		nf_sb_str(s, "end\n");
		break;
	case NF_EV_TRAILING:
		print_span(s, "trailing", e->span);
		break;
	case NF_EV_END:
		break;
	}
}

static void print_problems(struct nf_strbuf *s, struct nf_strbuf *problems)
{
	nf_sb_mem(s, problems->p, problems->n);
	nf_strbuf_clear(problems);
}

struct nf_bytes wiretext_payload(const char *payload)
{
	struct nf_err err = { .kind = NF_ERR_NONE };
	struct nf_strbuf text;
	struct mb m;

	nf_strbuf_init(&text);
	nf_sb_printf(&text, "bare\n%s", payload);
	mb_init(&m);
	if (tb_build(&m, nf_strbuf_cstr(&text), &err) != 0) {
		fprintf(stderr, "%s: %s\n", payload, err.text);
		abort();	/* a mistake of the test */
	}
	nf_strbuf_done(&text);
	return mb_bytes(&m);
}

void wiretext(struct nf_strbuf *s, const char *text, const struct wiretext_opts *opts)
{
	struct nf_bytes payload = wiretext_payload(text), all = payload;
	struct nf_strbuf problems;
	const struct nf_sink sink = { .report = hear, .ctx = &problems };
	struct wirecheck *wc = wirecheck_new();
	const struct nf_resolver resolver = wirecheck_resolver(wc);
	const struct nf_scratch scratch = { wc->words, NF_SCRATCH_WORDS };
	const struct nf_event *e;
	uint32_t at = 0, sent;
	struct nf_walk w;
	struct nf_msg m;

	nf_strbuf_init(&problems);
	if (opts->sent != 0)
		payload.n = opts->sent;
	sent = (uint32_t)payload.n;
	if (opts->keep != 0)
		payload.n = opts->keep;
	do {
		bool open = nf_msg_open(&m, nf_slice(payload, at, SIZE_MAX), sent - at, &sink);

		print_problems(s, &problems);
		if (!open)
			nf_sb_str(s, "no header\n");
		wirecheck_learn(wc, &m);
		nf_walk_open(&w, &m, &resolver, wc->registry, scratch, &sink);
		while ((e = nf_walk_next(&w)) != NULL) {
			print_problems(s, &problems);
			print_event(s, &w, e, opts);
			print_problems(s, &problems);
		}
		at += nf_msg_extent(&m);
	} while (at < payload.n);
	nf_strbuf_done(&problems);
	wirecheck_free(wc);
	nf_free((void *)(uintptr_t)all.p);
}

size_t wiretext_differing(const struct wiretext_case *cases, size_t n)
{
	size_t differing = 0;

	for (size_t i = 0; i < n; i++) {
		struct nf_strbuf s;

		nf_strbuf_init(&s);
		wiretext(&s, cases[i].payload, &cases[i].opts);
		if (strcmp(nf_strbuf_cstr(&s), cases[i].want) != 0) {
			fprintf(stderr, "%s\n--- want\n%s--- got\n%s---\n", cases[i].name,
				cases[i].want, nf_strbuf_cstr(&s));
			differing++;
		}
		nf_strbuf_done(&s);
	}
	return differing;
}
