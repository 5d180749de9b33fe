#include <config.h>

#include "model/definitions.h"

#include "base/bytes.h"

enum { MESSAGE_MAX = 65535, IPFIX_HEADER = 16, V9_HEADER = 20, SET_HEADER = 4 };

/* A template record without its specifiers; of 4 octets, or 6. */
struct head {
	uint8_t p[6];
	uint32_t n;
	uint16_t set;
};

/*
 * IPFIX (RFC 7011 section 3.4): template id, field count; options: scope field count.  v9
 * (RFC 3954 section 6.1): options have the octets of scope and of options there.
 */
static struct head template_head(uint16_t id, const struct nf_template *t)
{
	bool options = t->kind == NF_TEMPLATE_OPTIONS;
	struct head h = {
		.n = options ? 6 : 4,
		.set = options ? t->dialect->options_set : t->dialect->template_set,
	};

	nf_store16(h.p, id);	/* T is shared by all ids with these specifiers */
	nf_store16(h.p + 2, t->nfields);
	nf_store16(h.p + 4, t->nscope);
	if (options && t->dialect->scope_in_octets) {
		nf_store16(h.p + 2, (uint16_t)(t->nscope * 4));
		nf_store16(h.p + 4, (uint16_t)((t->nfields - t->nscope) * 4));
	}
	return h;
}

/* A field count of 0 (RFC 7011 section 8.1); of each id, where it was one of all templates. */
static struct head withdrawal_head(const struct nf_version *v)
{
	struct head h = { .n = 4, .set = 2 };

	nf_store16(h.p, v->id);
	return h;
}

/* RFC 7011 section 3.1 */
static void ipfix_header(uint8_t *p, uint32_t length, uint32_t domain,
			 const struct definition_header *header)
{
	nf_store16(p, 10);
	nf_store16(p + 2, (uint16_t)length);
	nf_store32(p + 4, header->secs);
	nf_store32(p + 8, header->sequence);
	nf_store32(p + 12, domain);
}

/* RFC 3954 section 5.1 */
static void v9_header(uint8_t *p, uint32_t domain, const struct definition_header *header)
{
	nf_store16(p, 9);
	nf_store16(p + 2, 1);
	nf_store32(p + 4, header->uptime_ms);
	nf_store32(p + 8, header->secs);
	nf_store32(p + 12, header->sequence);
	nf_store32(p + 16, domain);
}

static uint32_t message(struct nf_strbuf *out, const struct head *head, struct nf_bytes specs,
			uint16_t export_version, uint32_t domain,
			const struct definition_header *header)
{
	uint32_t before = export_version == 9 ? V9_HEADER : IPFIX_HEADER;
	uint32_t n = SET_HEADER + head->n + (uint32_t)specs.n, padding = -n & 3;
	uint8_t p[V9_HEADER + SET_HEADER];

	if (n > MESSAGE_MAX - before)
		return 0;
	if (padding > MESSAGE_MAX - before - n)
		padding = 0;
	n += padding;
	if (export_version == 9)
		v9_header(p, domain, header);
	else
		ipfix_header(p, before + n, domain, header);
	nf_store16(p + before, head->set);
	nf_store16(p + before + 2, (uint16_t)n);
	nf_sb_mem(out, p, before + SET_HEADER);
	nf_sb_mem(out, head->p, head->n);
	nf_sb_mem(out, specs.p, specs.n);
	nf_sb_pad(out, '\0', padding);
	return before + n;
}

uint32_t definition_of(struct nf_strbuf *out, const struct nf_template *t, uint16_t id,
		       uint16_t export_version, uint32_t domain,
		       const struct definition_header *header)
{
	struct head head = template_head(id, t);

	return message(out, &head, t->specs, export_version, domain, header);
}

uint32_t definition_message(struct nf_strbuf *out, const struct nf_version_info *info,
			    const struct definition_header *header)
{
	const struct nf_template *t = nf_version_template(info->version);
	const struct nf_bytes none = { NULL, 0 };
	struct head head;

	if (t != NULL)
		return definition_of(out, t, info->version->id, info->export_version,
				     info->domain, header);
	if (info->export_version == 9)
		return 0;
	head = withdrawal_head(info->version);
	return message(out, &head, none, info->export_version, info->domain, header);
}
