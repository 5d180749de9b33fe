#include <config.h>

#include "out/options.h"

#include "base/mem.h"

struct options *options_new(const struct options_opts *opts, struct nf_registry *registry)
{
	struct options *o = nf_zalloc(sizeof(*o));

	if (o == NULL)
		return NULL;
	o->opts = *opts;
	o->left = opts->limit;
	nf_strbuf_init(&o->line);
	o->out = out_new(opts->json ? &options_out_json : &options_out_text, &opts->out, registry);
	if (o->out == NULL) {
		options_free(o);
		return NULL;
	}
	if (opts->separator != 0 && !opts->silent)
		options_csv_titles(o);
	return o;
}

void options_free(struct options *o)
{
	if (o == NULL)
		return;
	nf_strbuf_done(&o->line);
	nf_free(o->places);
	options_joined_done(o);
	out_free(o->out);
	nf_free(o);
}

struct nf_list_ctx options_list_ctx(const struct options *o, const struct nf_recs *recs)
{
	return (struct nf_list_ctx){
		.resolver = o->resolver,
		.registry = o->out->registry,
		.scratch = nf_rec_scratch(recs),
		.msg = o->at.msg,
	};
}

void options_name(struct nf_strbuf *s, const struct nf_ie *ie)
{
	nf_ie_name(s, ie);
}

/* The records of the set in o->at. */
static void records(struct options *o)
{
	const struct nf_layout *layout = o->at.resolution->layout;
	const struct filter_program *program = NULL;
	struct nf_recs recs;
	struct nf_rec rec;

	if (o->opts.filter != NULL &&
	    (program = filter_begin(o->opts.filter, layout)) == NULL)
		return;
	o->at.rec = &rec;
	nf_recs_open(&recs, o->at.msg, o->at.set, layout, o->out->scratch, NULL);
	while (o->left > 0 && nf_rec_next(&recs, &rec)) {
		if (program != NULL && !filter_test(o->opts.filter, program, &o->at))
			continue;
		o->left--;
		if (o->opts.silent)
			continue;
		if (o->opts.json)
			options_record_json(o, &recs);
		else if (o->opts.separator != 0)
			options_record_csv(o);
		else
			options_record_text(o, &recs);
	}
	o->at.rec = NULL;
}

static void set_of_data(struct options *o, const struct nf_set *set,
			const struct nf_resolution *r)
{
	o->at.set = set;
	o->at.resolution = r;
	if (r->layout == NULL)
		o->undecoded++;
	else if (r->layout->kind == NF_LAYOUT_OPTIONS)
		records(o);
}

static bool sound(const struct options *o)
{
	return !o->failed && !o->line.failed && !o->out->failed && !o->out->text.failed;
}

static void begin_message(struct options *o, uint32_t export_secs)
{
	uint32_t generation = nf_registry_generation(o->out->registry);

	layouts_begin(&o->out->layouts, generation);
	o->out->format.export_secs = export_secs;
	o->layout = NULL;
}

bool options_message(struct options *o, const struct nf_view *v)
{
	struct nf_sets sets;
	struct nf_set set;

	if (v->headerless)
		return true;
	begin_message(o, v->msg.export_secs);
	o->at = (struct filter_at){
		.msg = &v->msg,
		.datagram = v->datagram,
		.offset = v->offset,
		.opts = &o->opts.names,
	};
	o->resolver = &v->resolver;
	nf_sets_open(&sets, &v->msg, NULL);
	while (o->left > 0 && nf_set_next(&sets, &set)) {
		struct nf_resolution r = { .layout = NULL };

		if (set.kind != NF_SET_DATA)
			continue;
		v->resolver.resolve(v->resolver.ctx, set.id, set.bytes, set.offset, &r);
		set_of_data(o, &set, &r);
	}
	return sound(o);
}

bool options_late(struct options *o, const struct nf_late *late)
{
	begin_message(o, late->msg.export_secs);
	o->at = (struct filter_at){
		.msg = &late->msg,
		.datagram = &late->datagram,
		.offset = late->msg_offset,
		.opts = &o->opts.names,
	};
	o->resolver = &late->resolver;
	if (o->undecoded > 0)		/* it was counted when it had no layout yet */
		o->undecoded--;
	set_of_data(o, &late->set, &late->resolution);
	return sound(o);
}
