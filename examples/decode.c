/*
 * Decode an IPFIX datagram that stands in a buffer.
 *
 *	cc decode.c $(pkg-config --cflags --libs libnfdecode)
 */
#include <stdio.h>

#include <nfdecode.h>

static const uint8_t octets[] = {
	0, 10, 0, 56, 0x63, 0xb0, 0xd8, 0x10, 0, 0, 0, 1, 0, 0, 0, 7,	/* header, domain 7 */
	0, 2, 0, 20, 1, 0, 0, 3, 0, 8, 0, 4, 0, 12, 0, 4, 0, 1, 0, 8,	/* template 256 */
	1, 0, 0, 20, 192, 0, 2, 1, 198, 51, 100, 2, 0, 0, 0, 0, 0, 0, 5, 220,	/* a record */
};

static void print_record(const struct nf_rec *rec, const struct nf_format_ctx *ctx)
{
	struct nf_strbuf text;

	nf_strbuf_init(&text);
	for (unsigned i = 0; i < rec->layout->nfields; i++) {
		struct nf_field field = nf_field(rec, i);

		nf_ie_name(&text, field.def->ie);
		nf_sb_str(&text, " = ");
		nf_value_text(&text, field.kind, field.value, ctx);
		nf_sb_char(&text, '\n');
	}
	fputs(nf_strbuf_cstr(&text), stdout);
	nf_strbuf_done(&text);
}

int main(void)
{
	static uint16_t words[NF_SCRATCH_WORDS];
	struct nf_scratch scratch = { words, NF_SCRATCH_WORDS };
	struct nf_registry *registry = nf_registry_new();
	struct nf_tracker *tracker = nf_tracker_new(&(struct nf_tracker_opts){ 0 }, registry);
	struct nf_datagram datagram = {
		.payload = { octets, sizeof(octets) },
		.wire_len = sizeof(octets),
		.src = { .addr = { .family = 4, .octets = { 192, 0, 2, 99 } }, .port = 4739 },
	};
	struct nf_delivery delivery;
	struct nf_view view;
	struct nf_walk walk;
	const struct nf_event *event;

	if (tracker == NULL || nf_tracker_feed(tracker, &datagram, &delivery) != NF_REFUSAL_NONE)
		return 1;
	while (nf_delivery_next(&delivery, &view, NULL)) {
		struct nf_format_ctx ctx = { .export_secs = view.msg.export_secs };

		nf_walk_open(&walk, &view.msg, &view.resolver, registry, scratch, NULL);
		while ((event = nf_walk_next(&walk)) != NULL)
			if (event->type == NF_EV_RECORD)
				print_record(event->rec, &ctx);
	}
	nf_tracker_free(tracker);
	nf_registry_free(registry);
	return 0;
}
