#include <config.h>

#include "wire/wire.h"

#include "wire/internal.h"

/*
 * Structured data (RFC 6313 section 4.5); the semantic is that of section 4.4:
 *
 *	basicList		0:1 semantic  1:2 element id  3:2 element length  [5:4 PEN]
 *				elements
 *	subTemplateList		0:1 semantic  1:2 template id  records
 *	subTemplateMultiList	0:1 semantic  blocks of
 *				0:2 template id  2:2 length with these 4  records
 */

/* The list's head does not fit, or the list is too deep. */
static bool refuse(struct nf_list *l, enum nf_problem_id problem, uint64_t found, uint64_t wanted)
{
	l->malformed = nf_span_of(l->offset, l->bytes.n);
	l->at = (uint32_t)l->bytes.n;
	nf_report(l->sink, problem, l->malformed, found, wanted);
	return false;
}

/* What is left from l->at on cannot be read. */
static bool list_fault(struct nf_list *l, enum nf_problem_id problem, uint64_t found)
{
	size_t left = l->bytes.n - l->at;

	l->malformed = nf_span_of(l->offset + l->at, left);
	l->at = (uint32_t)l->bytes.n;
	nf_report(l->sink, problem, l->malformed, found, left);
	return false;
}

static bool open_basic(struct nf_list *l)
{
	const uint8_t *p = l->bytes.p;
	const struct nf_ie *ie;
	uint32_t pen = 0;
	uint16_t id;

	if (l->bytes.n < 5)
		return refuse(l, NF_PROBLEM_LIST_HEAD, l->bytes.n, 5);
	id = nf_be16(p + 1);
	l->head.len = 5;
	if (id & 0x8000) {
		if (l->bytes.n < 9)
			return refuse(l, NF_PROBLEM_LIST_HEAD, l->bytes.n, 9);
		pen = nf_be32(p + 5);
		l->head.len = 9;
	}
	ie = l->registry != NULL ? nf_registry_ipfix(l->registry, pen, id & 0x7fff) :
				   nf_ie_builtin(pen, id & 0x7fff);
	if (ie == NULL)
		return refuse(l, NF_PROBLEM_BOUND, 0, 0);
	l->element = (struct nf_fielddef){ .ie = ie, .length = nf_be16(p + 3) };
	l->element.kind = (uint8_t)nf_kind_of((enum nf_type)ie->type,
					      l->element.length == NF_VARLEN ? 0 :
									       l->element.length);
	return true;
}

static bool open_head(struct nf_list *l)
{
	switch (l->kind) {
	case NF_KIND_BASIC_LIST:
		return open_basic(l);
	case NF_KIND_SUBTEMPLATE_LIST:
		if (l->bytes.n < 3)
			return refuse(l, NF_PROBLEM_LIST_HEAD, l->bytes.n, 3);
		l->template_id = nf_be16(l->bytes.p + 1);
		l->head.len = 3;
		return true;
	default:
		if (l->bytes.n < 1)
			return refuse(l, NF_PROBLEM_LIST_HEAD, 0, 1);
		l->head.len = 1;
		return true;
	}
}

bool nf_list_open(struct nf_list *l, const struct nf_field *f, const struct nf_list_ctx *ctx)
{
	*l = (struct nf_list){
		.kind = f->kind,
		.depth = (uint8_t)(ctx->depth + 1),
		.bytes = f->value,
		.offset = f->offset,
		.head = { .off = f->offset },
		.resolver = ctx->resolver,
		.sink = ctx->sink,
		.registry = ctx->registry,
		.scratch = ctx->scratch,
	};
	if (ctx->depth >= NF_LIST_DEPTH)
		return refuse(l, NF_PROBLEM_LIST_DEEP, ctx->depth + 1u, NF_LIST_DEPTH);
	if (!open_head(l))
		return false;
	l->semantic = l->bytes.p[0];
	l->at = l->head.len;
	if (l->semantic > 4 && l->semantic != 255)
		nf_report(l->sink, NF_PROBLEM_LIST_SEMANTIC, nf_span_of(l->offset, 1), l->semantic,
			  0);
	return true;
}

bool nf_list_next_element(struct nf_list *l, struct nf_field *f)
{
	size_t left = l->bytes.n - l->at;
	const uint8_t *p = l->bytes.p + l->at;
	size_t prefix = 0, n = l->element.length;

	if (left == 0)
		return false;
	if (n == 0)	/* octets behind the head, but elements take none */
		return list_fault(l, NF_PROBLEM_LIST_ELEMENT, 0);
	if (n == NF_VARLEN) {
		prefix = p[0] == 255 ? 3 : 1;
		if (prefix > left)
			return list_fault(l, NF_PROBLEM_LIST_ELEMENT, prefix);
		n = prefix == 3 ? nf_be16(p + 1) : p[0];
	}
	if (n > left - prefix)
		return list_fault(l, NF_PROBLEM_LIST_ELEMENT, n);
	*f = (struct nf_field){
		.def = &l->element,
		.value = { p + prefix, n },
		.offset = l->offset + l->at + (uint32_t)prefix,
		.kind = l->element.kind,
		.prefix = (uint8_t)prefix,
	};
	if (prefix != 0)
		f->kind = (uint8_t)nf_kind_of((enum nf_type)l->element.ie->type, n);
	l->at += (uint32_t)(prefix + n);
	return true;
}

/* Records of l->template_id in the N octets at l->at. */
static void open_block(struct nf_list *l, size_t n)
{
	struct nf_bytes body = nf_slice(l->bytes, l->at, n);
	uint32_t offset = l->offset + l->at;
	struct nf_span span = nf_span_of(offset, n);

	l->undecoded = nf_span_of(offset, 0);
	l->recs = (struct nf_recs){ .layout = NULL };
	l->resolution = (struct nf_resolution){ .why = NF_NEVER_DEFINED };
	if (l->resolver != NULL && l->resolver->resolve != NULL)
		l->resolver->resolve(l->resolver->ctx, l->template_id, body, offset,
				     &l->resolution);
	l->at += (uint32_t)n;
	if (l->resolution.layout != NULL) {
		nf_recs_over(&l->recs, l->resolution.layout, body, offset, l->scratch, l->sink);
		return;
	}
	l->undecoded = span;
	if (n != 0)	/* an empty list needs no template */
		nf_report(l->sink, NF_PROBLEM_LIST_TEMPLATE, span, l->template_id, 0);
}

bool nf_list_next_block(struct nf_list *l)
{
	size_t left = l->bytes.n - l->at;
	uint16_t length;

	if (l->kind == NF_KIND_SUBTEMPLATE_LIST) {
		if (l->in_block)
			return false;
		l->in_block = true;
		l->block_head = nf_span_of(l->offset + l->at, 0);
		open_block(l, left);
		return true;
	}
	if (left == 0)
		return false;
	if (left < 4)
		return list_fault(l, NF_PROBLEM_LIST_BLOCK, 4);
	length = nf_be16(l->bytes.p + l->at + 2);
	if (length < 4 || length > left)
		return list_fault(l, NF_PROBLEM_LIST_BLOCK, length);
	l->template_id = nf_be16(l->bytes.p + l->at);
	l->block_head = nf_span_of(l->offset + l->at, 4);
	l->at += 4;
	open_block(l, length - 4u);
	return true;
}

const char *nf_list_semantic(uint8_t semantic)
{
	static const char *const names[] = {
		"noneOf", "exactlyOneOf", "oneOrMoreOf", "allOf", "ordered",
	};

	if (semantic == 255)
		return "undefined";
	return semantic < sizeof(names) / sizeof(*names) ? names[semantic] : NULL;
}
