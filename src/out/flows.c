#include <config.h>

#include "out/flows.h"

#include "base/mem.h"

#define FLOWS_OUT(name) extern const struct flows_ops flows_##name;
#include "out/flows.def"
#undef FLOWS_OUT

static const struct flows_ops *const formats[] = {
#define FLOWS_OUT(name) &flows_##name,
#include "out/flows.def"
#undef FLOWS_OUT
};

const struct flows_ops *flows_ops_of(const char *name)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

struct flows *flows_new(const struct flows_ops *ops, const struct flows_opts *opts,
			struct nf_registry *registry, struct filter_error *err)
{
	struct flows *f = nf_zalloc(sizeof(*f));

	*err = (struct filter_error){ .memory = true };
	if (f == NULL)
		return NULL;
	f->ops = ops;
	f->opts = *opts;
	f->left = opts->limit;
	nf_strbuf_init(&f->fixed);
	layouts_init(&f->layouts, NULL);
	f->out = out_new(ops->out, &opts->out, registry);
	if (f->out == NULL) {
		flows_free(f);
		return NULL;
	}
	f->at = (struct columns_at){
		.out = f->out,
		.in = { .opts = &f->opts.names },
	};
	if (ops->usual != NULL && (!ops->fields || opts->norm) &&
	    (!columns_init(&f->columns, opts->columns, ops->usual, registry, &f->opts.names, err) ||
	     (opts->more != NULL && !ops->fields &&
	      !columns_add(&f->columns, opts->more, err)))) {
		flows_free(f);
		return NULL;
	}
	return f;
}

/* -- Plans ---------------------------------------------------------------------------- */

static void plan_free(struct flows_plan *plan)
{
	nf_free(plan->sheet);
	nf_free(plan->own);
	nf_free(plan->fields);
	nf_free(plan->cells);
	nf_free(plan);
}

static void forget(struct flows *f)
{
	for (size_t i = 0; i < FLOWS_BUCKETS; i++) {
		struct flows_plan *p = f->buckets[i], *next;

		for (; p != NULL; p = next) {
			next = p->next;
			plan_free(p);
		}
		f->buckets[i] = NULL;
	}
	f->recent = NULL;
}

void flows_set_words(struct flows *f, bool words)
{
	if (f->at.words != words)
		forget(f);
	f->at.words = words;
}

void flows_free(struct flows *f)
{
	if (f == NULL)
		return;
	if (f->ops->done != NULL)
		f->ops->done(f);
	forget(f);
	layouts_done(&f->layouts);
	sheet_done(&f->sheet);
	columns_done(&f->columns);
	nf_strbuf_done(&f->fixed);
	out_free(f->out);
	nf_free(f);
}

/* Plans point into the layouts' texts: they go when those do. */
static void begin_message(struct flows *f, uint32_t export_secs)
{
	uint32_t generation = nf_registry_generation(f->out->registry);

	if (f->layouts.generation != generation || f->layouts.n >= LAYOUTS_MAX)
		forget(f);
	layouts_begin(&f->layouts, generation);
	layouts_begin(&f->out->layouts, generation);
	f->out->format.export_secs = export_secs;
}

static void direct(struct flows_cell *cell, const struct layouts_entry *texts, unsigned field)
{
	if (texts->fields[field].op >= LAYOUTS_MS)
		return;
	cell->op = FLOWS_DIRECT;
	cell->text = &texts->fields[field];
}

/* The fields of a column's elements; those of one simple field are written in place. */
static void field_cell(struct flows_plan *plan, const struct column *c, struct flows_cell *cell,
		       uint32_t *nfields)
{
	const struct nf_layout *l = plan->layout;

	cell->first = *nfields;
	for (unsigned i = 0; i < l->nfields; i++)
		if (columns_has(c, l->fields[i].ie))
			plan->fields[(*nfields)++] = (uint16_t)i;
	cell->n = *nfields - cell->first;
	if (cell->n == 0)
		return;
	cell->op = FLOWS_FIELDS;
	if (cell->n == 1)
		direct(cell, plan->texts, plan->fields[cell->first]);
}

/* Addresses of one family, and all that is one number, are loads. */
static void own_cell(struct flows_plan *plan, const struct column *c, struct flows_cell *cell,
		     bool words)
{
	int field = columns_field(c, &plan->view, words);

	if (columns_absent(c, &plan->view))
		return;
	cell->op = FLOWS_CALL;
	cell->way = columns_way(c, &plan->view);
	if (cell->way != NULL && !words)
		cell->op = FLOWS_TIME;
	if (field >= 0)
		direct(cell, plan->texts, (unsigned)field);
}

static void make_cells(const struct flows *f, struct flows_plan *plan, uint32_t *nfields)
{
	for (unsigned i = 0; i < f->columns.n; i++) {
		const struct column *c = &f->columns.v[i];
		struct flows_cell *cell = &plan->cells[i];

		if (columns_of_set(c))
			cell->op = FLOWS_OF_SET;
		else if (c->cell != NULL)
			own_cell(plan, c, cell, f->at.words);
		else if (c->ref->row != NULL)
			cell->op = FLOWS_NAME;
		else
			field_cell(plan, c, cell, nfields);
	}
}

/* How many fields the cells list. */
static size_t count_fields(const struct flows *f, const struct nf_layout *l)
{
	size_t n = 0;

	for (unsigned i = 0; i < f->columns.n; i++) {
		const struct column *c = &f->columns.v[i];

		for (unsigned j = 0; c->cell == NULL && c->ref->row == NULL && j < l->nfields; j++)
			n += columns_has(c, l->fields[j].ie);
	}
	return n;
}

static struct flows_plan *make(struct flows *f, const struct nf_layout *l)
{
	struct flows_plan *plan = nf_zalloc(sizeof(*plan));
	uint32_t nfields = 0;

	if (plan == NULL)
		return NULL;
	plan->layout = l;
	plan->texts = layouts_get(&f->layouts, l);
	plan->cells = nf_zalloc((f->columns.n + 1) * sizeof(*plan->cells));
	plan->fields = nf_zalloc((count_fields(f, l) + 1) * sizeof(*plan->fields));
	if (plan->texts == NULL || plan->cells == NULL || plan->fields == NULL) {
		plan_free(plan);
		return NULL;
	}
	flow_view_of(&plan->view, l);
	make_cells(f, plan, &nfields);
	if (f->ops->plan == NULL || f->ops->plan(f, plan))
		return plan;
	plan_free(plan);
	return NULL;
}

static const struct flows_plan *plan_of(struct flows *f, const struct nf_layout *l)
{
	uint64_t key = (uint64_t)(uintptr_t)l * 0x9e3779b97f4a7c15u;
	struct flows_plan **bucket = &f->buckets[key >> 54], *p;

	if (f->recent != NULL && f->recent->layout == l)
		return f->recent;
	for (p = *bucket; p != NULL; p = p->next)
		if (p->layout == l)
			return f->recent = p;
	p = make(f, l);
	if (p == NULL) {
		f->failed = true;
		return NULL;
	}
	p->next = *bucket;
	*bucket = p;
	return f->recent = p;
}

/* -- Cells ---------------------------------------------------------------------------- */

static void fields_cell(struct flows *f, const struct flows_plan *plan,
			const struct flows_cell *cell, struct nf_strbuf *s)
{
	for (uint32_t i = 0; i < cell->n; i++) {
		struct nf_field field = nf_field(f->at.in.rec, plan->fields[cell->first + i]);

		if (i > 0)
			nf_sb_char(s, ' ');
		if (field.def->nbits != 0)
			nf_sb_u64(s, nf_field_uint(&field));
		else
			nf_value_text(s, (enum nf_kind)field.kind, field.value, &f->out->format);
	}
}

void flows_cell(struct flows *f, const struct flows_plan *plan, unsigned i, struct nf_strbuf *s)
{
	const struct flows_cell *cell = &plan->cells[i];
	const struct column *c = &f->columns.v[i];
	const struct nf_rec *r = f->at.in.rec;

	switch ((enum flows_cell_op)cell->op) {
	case FLOWS_EMPTY:
		break;
	case FLOWS_DIRECT:
		if (nf_sb_room(s, LAYOUTS_ROOM))
			s->n = (size_t)(layouts_put_value(s->p + s->n, cell->text,
							  r->p + cell->text->offset +
							  r->shift[cell->text->nvar]) -
					s->p);
		break;
	case FLOWS_TIME:
		if (nf_sb_room(s, NF_ROOM_INSTANT))
			s->n = (size_t)(flows_put_time(f, cell, s->p + s->n) - s->p);
		break;
	case FLOWS_CALL:
		c->cell(s, c, &f->at);
		break;
	case FLOWS_FIELDS:
		fields_cell(f, plan, cell, s);
		break;
	case FLOWS_OF_SET:
		nf_sb_mem(s, f->fixed.p + f->fixed_at[i], f->fixed_at[i + 1] - f->fixed_at[i]);
		break;
	case FLOWS_NAME:
		columns_name_cell(s, c, &f->at);
		break;
	}
}

struct nf_list_ctx flows_list_ctx(const struct flows *f, const struct nf_recs *recs)
{
	return (struct nf_list_ctx){
		.resolver = f->resolver,
		.registry = f->out->registry,
		.scratch = nf_rec_scratch(recs),
		.msg = f->at.in.msg,
	};
}

/* -- Records -------------------------------------------------------------------------- */

/* The cells that all records of a set share. */
static void fixed_cells(struct flows *f)
{
	nf_strbuf_clear(&f->fixed);
	for (unsigned i = 0; i < f->columns.n; i++) {
		f->fixed_at[i] = (uint32_t)f->fixed.n;
		if (!columns_of_set(&f->columns.v[i]))
			continue;
		columns_name_cell(&f->fixed, &f->columns.v[i], &f->at);
		if (f->ops->quote != NULL)
			f->ops->quote(&f->fixed, f->fixed_at[i]);
	}
	f->fixed_at[f->columns.n] = (uint32_t)f->fixed.n;
	nf_sb_room(&f->fixed, LAYOUTS_BLOCK);	/* copies are of whole blocks */
}

/* Before the first record of the set that is shown. */
static void begin_set(struct flows *f)
{
	fixed_cells(f);
	if (f->ops->set != NULL)
		f->ops->set(f);
}

/* Uptimes of IPFIX mean nothing without the start of the system: asked for once a message. */
static void find_start(struct flows *f, const struct flow_view *view)
{
	struct join_record at = {
		.msg = f->at.in.msg,
		.datagram = f->at.in.datagram,
		.offset = f->at.in.offset + f->at.in.set->offset,
	};
	uint64_t ms;

	if (view->first.source != NF_FLOWTIME_UPTIME && view->last.source != NF_FLOWTIME_UPTIME)
		return;
	if (f->started || f->opts.start == NULL || at.msg->version != 10)
		return;
	f->started = true;
	f->msg = *f->at.in.msg;
	f->msg.starts = NULL;		/* it has been asked, and may not be by this thread */
	f->msg.start_ms = f->opts.start(f->opts.start_ctx, &at, &ms) ? ms : 0;
	f->at.in.msg = &f->msg;
}

const struct flows_plan *flows_at(struct flows *f, const struct filter_at *at)
{
	const struct flows_plan *plan;

	begin_message(f, at->msg->export_secs);
	f->started = false;
	f->at.in = *at;
	f->at.in.opts = &f->opts.names;
	plan = plan_of(f, at->resolution->layout);
	if (plan == NULL)
		return NULL;
	find_start(f, &plan->view);
	f->at.view = f->at.in.view = &plan->view;
	fixed_cells(f);
	return plan;
}

static bool sound(const struct flows *f)
{
	return !f->failed && !f->out->failed && !f->out->text.failed && !f->fixed.failed;
}

static const struct sheet_plan no_columns = { .ncolumns = 0 };

/* The rows of the sheet are records of PLAN's layout from here on. */
static bool open_rows(struct flows *f, const struct flows_plan *plan)
{
	const struct sheet_plan *sheet = plan->sheet != NULL ? plan->sheet : &no_columns;

	if (sheet_open(&f->sheet, sheet, plan->layout))
		return true;
	f->failed = true;
	return false;
}

static void show_rows(struct flows *f, const struct flows_plan *plan, const struct nf_recs *recs)
{
	const struct sheet_clock clock = { .cache = &f->out->time };

	sheet_fill(&f->sheet, &clock);
	if (f->ops->rows != NULL) {
		f->ops->rows(f, plan, recs);
		return;
	}
	for (f->row = 0; f->row < f->sheet.rows.n; f->row++) {
		f->at.in.rec = &f->sheet.recs[f->row];
		f->ops->record(f, plan, recs);
	}
}

bool flows_one(struct flows *f, const struct filter_at *at, const struct nf_view *v,
	       const struct nf_recs *recs)
{
	const struct flows_plan *plan = flows_at(f, at);

	if (plan == NULL || !open_rows(f, plan))
		return false;
	f->resolver = &v->resolver;
	begin_set(f);
	nf_rows_add(&f->sheet.rows, at->rec);
	show_rows(f, plan, recs);
	f->at.in.rec = at->rec;
	return sound(f);
}

/* The next records, those that the filter lets through.  False: these were the last ones. */
static bool take_rows(struct flows *f, const struct filter_program *program, struct nf_recs *recs)
{
	struct nf_rows *rows = &f->sheet.rows;
	struct nf_rec rec;

	if (rows->most > f->left)
		rows->most = (unsigned)f->left;
	if (program == NULL) {
		nf_rows_fill(rows, recs);
	} else {
		f->at.in.rec = &rec;
		while (rows->n < rows->most && nf_rec_next(recs, &rec))
			if (filter_test(f->opts.filter, program, &f->at.in))
				nf_rows_add(rows, &rec);
	}
	f->left -= rows->n;
	return rows->n == rows->most && f->left > 0;
}

/* The records of the set in f->at. */
static void records(struct flows *f)
{
	const struct nf_layout *layout = f->at.in.resolution->layout;
	const struct filter_program *program = NULL;
	const struct flows_plan *plan;
	bool more = true, begun = false;
	struct nf_recs recs;

	if (f->opts.filter != NULL && (program = filter_begin(f->opts.filter, layout)) == NULL)
		return;		/* no record of this layout can match */
	plan = plan_of(f, layout);
	if (plan == NULL || !open_rows(f, plan))
		return;
	find_start(f, &plan->view);
	f->at.view = &plan->view;
	f->at.in.view = &plan->view;
	nf_recs_open(&recs, f->at.in.msg, f->at.in.set, layout, f->out->scratch, NULL);
	for (; more && !f->fixed.failed; f->sheet.rows.n = 0) {
		more = take_rows(f, program, &recs);
		if (f->opts.silent || f->sheet.rows.n == 0)
			continue;
		if (!begun)
			begin_set(f);
		begun = true;
		if (!f->fixed.failed)
			show_rows(f, plan, &recs);
	}
	f->at.in.rec = NULL;
	f->at.in.view = NULL;
}

/* A set with or without a layout. */
static void set_of_data(struct flows *f, const struct nf_set *set, const struct nf_resolution *r)
{
	f->at.in.set = set;
	f->at.in.resolution = r;
	if (r->layout == NULL) {
		f->undecoded++;
	} else if (r->layout->kind != NF_LAYOUT_OPTIONS) {
		records(f);
	}
}

void flows_begin(struct flows *f)
{
	if (f->ops->begin != NULL && !f->opts.silent)
		f->ops->begin(f);
}

bool flows_end(struct flows *f)
{
	if (f->ops->end != NULL && !f->opts.silent)
		f->ops->end(f);
	return sound(f);
}

bool flows_message(struct flows *f, const struct nf_view *v)
{
	struct nf_sets sets;
	struct nf_set set;

	if (v->headerless)
		return true;
	begin_message(f, v->msg.export_secs);
	f->started = false;
	f->at.in.msg = &v->msg;
	f->at.in.datagram = v->datagram;
	f->at.in.offset = v->offset;
	f->resolver = &v->resolver;
	nf_sets_open(&sets, &v->msg, NULL);
	while (f->left > 0 && nf_set_next(&sets, &set)) {
		struct nf_resolution r = { .layout = NULL };

		if (set.kind == NF_SET_FIXED)
			r = (struct nf_resolution){
				.layout = nf_fixed_layout(v->msg.version, v->msg.aggregation),
				.how = NF_BUILT_IN,
			};
		else if (set.kind == NF_SET_DATA)
			v->resolver.resolve(v->resolver.ctx, set.id, set.bytes, set.offset, &r);
		else
			continue;
		set_of_data(f, &set, &r);
	}
	return sound(f);
}

bool flows_late(struct flows *f, const struct nf_late *late)
{
	begin_message(f, late->msg.export_secs);
	f->started = false;
	f->at.in.msg = &late->msg;
	f->at.in.datagram = &late->datagram;
	f->at.in.offset = late->msg_offset;
	f->resolver = &late->resolver;
	if (f->undecoded > 0)		/* it was counted when it had no layout yet */
		f->undecoded--;
	set_of_data(f, &late->set, &late->resolution);
	return sound(f);
}
