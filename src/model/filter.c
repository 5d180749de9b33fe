#include <config.h>

#include "model/filter.h"

#include <stdlib.h>

#include "base/mem.h"
#include "model/filter_program.h"

enum {
	BUCKETS = 256,
	PROGRAMS = 16384,		/* kept at a time */
	PROGRAMS_SIZE = 64 << 20,	/* and the octets that they may take */
};

struct filter {
	struct filter_tree tree;
	struct filter_test *tests;		/* by clause */
	uint32_t generation;			/* of the registry, when the text was read */
	struct filter_program *buckets[BUCKETS];
	struct filter_program *recent;		/* found last */
	struct filter_program *plain;		/* of no layout */
	size_t nprograms, size;
	struct filter_eval eval;
	struct nf_scratch scratch;
	uint64_t matched, tested;
	uint64_t *counts;			/* by clause; NULL: not counted */
	bool failed;
};

/* -- From text ------------------------------------------------------------------------ */

/* What a tree is read from. */
struct source {
	struct nf_bytes text;
	const struct filter_opts *opts;
	struct nf_registry *registry;
	const struct filter_tree *former;
};

static bool tree_init(struct filter_tree *t, const struct source *from, struct filter_error *err)
{
	size_t n = from->text.n;
	char *own;

	*t = (struct filter_tree){
		.opts = from->opts, .registry = from->registry, .former = from->former,
		.faults = { .err = err },
	};
	*err = (struct filter_error){ .memory = false };
	nf_arena_init(&t->arena);
	if (n > FILTER_TEXT_MAX)
		return filter_fault(&t->faults, (struct nf_span){ 0, 0 },
				    "a filter is at most %d octets long", FILTER_TEXT_MAX);
	own = nf_arena_strndup(&t->arena, n > 0 ? (const char *)from->text.p : "", n);
	if (own == NULL)
		return filter_no_memory(&t->faults);
	t->text = (struct nf_bytes){ (const uint8_t *)own, n };
	return true;
}

void filter_tree_done(struct filter_tree *t)
{
	filter_regex_free(t->regexes);
	nf_arena_done(&t->arena);
}

/* A text as our language or, if it is none, as nfdump's; the error is of the better try. */
static bool tree_read(struct filter_tree *t, const struct source *from, struct filter_error *err)
{
	bool parsed = tree_init(t, from, err) && filter_parse(t);
	size_t n = from->text.n, far;
	struct filter_error other;
	struct filter_tree own;

	if (parsed && filter_types(t))
		return true;
	if (err->memory || n > FILTER_TEXT_MAX)
		return false;
	far = parsed ? n : t->far;
	if (!tree_init(&own, from, &other) || !filter_parse_nfdump(&own) || !filter_types(&own)) {
		if (other.memory || own.far > far || own.unknown ||
		    (own.far == far && far > 0 && t->adjacent))
			*err = other;
		filter_tree_done(&own);
		return false;
	}
	filter_tree_done(t);
	own.nfdump = true;
	own.faults.err = NULL;
	*t = own;
	return true;
}

static void find_tests(struct filter *f, const struct filter_node *n, bool *sound)
{
	if (n->op == OP_OR || n->op == OP_XOR || n->op == OP_AND || n->op == OP_NOT) {
		for (const struct filter_node *a = n->a; a != NULL; a = a->next)
			find_tests(f, a, sound);
		return;
	}
	if (n->op != OP_TRUE)
		*sound = filter_test_of(&f->tree.arena, n, &f->tests[n->clause]) && *sound;
}

/* Everything that does not depend on a layout. */
static bool prepare(struct filter *f)
{
	size_t n = (f->tree.nclauses + 1u) * sizeof(*f->tests);
	bool sound = true;

	f->tests = nf_arena_alloc(&f->tree.arena, n);
	if (f->tests == NULL)
		return false;
	find_tests(f, f->tree.root, &sound);
	f->generation = nf_registry_generation(f->tree.registry);
	return sound;
}

struct filter *filter_new(const char *text, size_t n, const struct filter_opts *opts,
			  struct nf_registry *registry, struct filter_error *err)
{
	const struct source from = {
		.text = { (const uint8_t *)text, n }, .opts = opts, .registry = registry,
	};
	struct filter *f = nf_zalloc(sizeof(*f));
	struct filter_error ignored;

	if (err == NULL)
		err = &ignored;
	*err = (struct filter_error){ .memory = f == NULL };
	if (f == NULL)
		return NULL;
	if (!tree_read(&f->tree, &from, err)) {
		filter_free(f);
		return NULL;
	}
	f->scratch.n = NF_SCRATCH_WORDS;
	f->scratch.words = nf_alloc(f->scratch.n * sizeof(*f->scratch.words));
	f->eval.ncased = FILTER_CASED;
	f->eval.cased = f->tree.cases ? nf_alloc(FILTER_CASED) : NULL;
	if (f->scratch.words != NULL && (!f->tree.cases || f->eval.cased != NULL) && prepare(f))
		return f;
	err->memory = true;
	filter_free(f);
	return NULL;
}

/* -- Programs ------------------------------------------------------------------------- */

static void drop_programs(struct filter *f)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		while (f->buckets[i] != NULL) {
			struct filter_program *next = f->buckets[i]->next;

			filter_program_free(f->buckets[i]);
			f->buckets[i] = next;
		}
	}
	filter_program_free(f->plain);
	f->plain = f->recent = NULL;
	f->nprograms = f->size = 0;
}

void filter_free(struct filter *f)
{
	if (f == NULL)
		return;
	drop_programs(f);
	filter_tree_done(&f->tree);
	nf_free(f->scratch.words);
	nf_free(f->eval.cased);
	nf_free(f->counts);
	nf_free(f);
}

static struct filter_program *compile(struct filter *f, const struct nf_layout *layout)
{
	struct filter_program *p = filter_compile(&f->tree, f->tests, layout, f->counts != NULL);

	if (p == NULL)
		f->failed = true;
	return p;
}

static unsigned bucket_of(const struct nf_layout *layout)
{
	uint64_t key = (uintptr_t)layout;

	return (unsigned)(key * UINT64_C(0x9e3779b97f4a7c15) >> 56) % BUCKETS;
}

/* The program of a layout, made when it is first met; NULL if memory is out. */
static const struct filter_program *program_of(struct filter *f, const struct nf_layout *layout)
{
	struct filter_program *p = f->recent, **bucket;

	if (p != NULL && p->layout == layout)
		return p;
	bucket = &f->buckets[bucket_of(layout)];
	for (p = *bucket; p != NULL; p = p->next)
		if (p->layout == layout)
			return f->recent = p;
	if (f->nprograms >= PROGRAMS || f->size >= PROGRAMS_SIZE)
		drop_programs(f);
	p = compile(f, layout);
	if (p == NULL)
		return NULL;
	p->next = *bucket;
	*bucket = p;
	f->nprograms++;
	f->size += filter_program_size(p);
	return f->recent = p;
}

static const struct filter_program *plain_program(struct filter *f)
{
	if (f->plain == NULL)
		f->plain = compile(f, NULL);
	return f->plain;
}

/* True if elements that type records (RFC 5610) have named or typed since concern the filter. */
static bool is_outdated(struct filter *f)
{
	const struct filter_tree *t = &f->tree;
	uint32_t now = nf_registry_generation(t->registry), from = f->generation;

	f->generation = now;
	if (t->open == NULL)
		return false;
	while (from != now) {
		const struct nf_ie *ie = nf_registry_defined(t->registry, ++from);

		if (ie == NULL || filter_concerns(t, ie))
			return true;
	}
	return false;
}

/*
 * Read the text again.  What has become wrong by that goes on as it was.  A capture can cause
 * this some 16 times a name at most, so often may it change an element.
 */
static void read_again(struct filter *f)
{
	struct filter_tree tree, old = f->tree;
	const struct source from = {
		.text = old.text, .opts = old.opts, .registry = old.registry, .former = &old,
	};
	struct filter_test *old_tests = f->tests;
	struct filter_error err;

	if (!tree_read(&tree, &from, &err) || tree.nclauses != old.nclauses) {
		f->failed = f->failed || err.memory;
		filter_tree_done(&tree);
		return;
	}
	tree.former = NULL;
	f->tree = tree;
	if (!prepare(f)) {
		filter_tree_done(&f->tree);
		f->tree = old;
		f->tests = old_tests;
		f->failed = true;
		return;
	}
	filter_tree_done(&old);
	drop_programs(f);
}

static inline void refresh(struct filter *f)
{
	if (f->generation != nf_registry_generation(f->tree.registry) && is_outdated(f))
		read_again(f);
}

/* -- Testing -------------------------------------------------------------------------- */

/* Each comparison by itself, to be counted. */
static void count(struct filter *f, const struct filter_program *p, const struct filter_at *at)
{
	for (unsigned i = 0; i < f->tree.nclauses; i++)
		f->counts[i] += filter_eval(p, p->clauses[i], at, &f->eval);
}

bool filter_test(struct filter *f, const struct filter_program *p, const struct filter_at *at)
{
	bool yes = filter_eval(p, p->entry, at, &f->eval);

	f->matched += yes;
	f->tested++;
	if (f->counts != NULL)
		count(f, p, at);
	return yes;
}

static bool test_plain(struct filter *f, const struct filter_at *at)
{
	const struct filter_program *p = plain_program(f);

	return p != NULL && filter_test(f, p, at);
}

const struct filter_program *filter_begin(struct filter *f, const struct nf_layout *layout)
{
	const struct filter_program *p;

	refresh(f);
	p = program_of(f, layout);
	return p != NULL && (p->entry != FILTER_REJECT || f->counts != NULL) ? p : NULL;
}

/* The records of a set: any that matches; all of them are tested only to count. */
static bool test_records(struct filter *f, struct filter_at *at)
{
	const struct filter_program *p = filter_begin(f, at->resolution->layout);
	bool any = false;
	struct nf_recs recs;
	struct nf_rec rec;

	if (p == NULL)
		return false;
	nf_recs_open(&recs, at->msg, at->set, p->layout, f->scratch, NULL);
	at->rec = &rec;
	while ((!any || f->counts != NULL) && nf_rec_next(&recs, &rec))
		any = filter_test(f, p, at) || any;
	at->rec = NULL;
	return any;
}

static bool test_templates(struct filter *f, struct filter_at *at)
{
	bool any = test_plain(f, at);
	struct nf_templates templates;
	struct nf_template tmpl;

	nf_templates_open(&templates, at->msg, at->set, NULL);
	at->tmpl = &tmpl;
	while ((!any || f->counts != NULL) && nf_template_next(&templates, &tmpl))
		any = test_plain(f, at) || any;
	at->tmpl = NULL;
	return any;
}

static bool test_set(struct filter *f, struct filter_at *at)
{
	bool templates = at->set->kind == NF_SET_TEMPLATE ||
			 at->set->kind == NF_SET_OPTIONS_TEMPLATE;

	if (f->tree.level == FILTER_OF_SET)
		return templates ? test_templates(f, at) : test_plain(f, at);
	return at->resolution != NULL && at->resolution->layout != NULL && test_records(f, at);
}

static bool test_sets(struct filter *f, const struct nf_view *v, struct filter_at *at)
{
	struct nf_resolution r;
	bool any = false;
	struct nf_sets sets;
	struct nf_set set;

	nf_sets_open(&sets, &v->msg, NULL);
	at->set = &set;
	at->resolution = NULL;
	while ((!any || f->counts != NULL) && nf_set_next(&sets, &set)) {
		r = (struct nf_resolution){ .layout = NULL };
		at->resolution = &r;
		if (set.kind == NF_SET_FIXED)
			r.layout = nf_fixed_layout(v->msg.version, v->msg.aggregation);
		else if (set.kind == NF_SET_DATA)
			v->resolver.resolve(v->resolver.ctx, set.id, set.bytes, set.offset, &r);
		else
			at->resolution = NULL;
		any = test_set(f, at) || any;
	}
	return any;
}

struct filter_at filter_at_message(const struct filter *f, const struct nf_view *v)
{
	return (struct filter_at){
		.msg = &v->msg, .datagram = v->datagram, .offset = v->offset,
		.opts = f != NULL ? f->tree.opts : NULL,
	};
}

struct filter_at filter_at_late(const struct filter *f, const struct nf_late *late)
{
	return (struct filter_at){
		.msg = &late->msg, .datagram = &late->datagram, .offset = late->msg_offset,
		.set = &late->set, .resolution = &late->resolution,
		.opts = f != NULL ? f->tree.opts : NULL,
	};
}

bool filter_message(struct filter *f, const struct nf_view *v)
{
	struct filter_at at = filter_at_message(f, v);

	refresh(f);
	if (f->tree.level == FILTER_OF_MESSAGE)
		return test_plain(f, &at);
	return !v->headerless && test_sets(f, v, &at);
}

bool filter_late(struct filter *f, const struct nf_late *late)
{
	struct filter_at at = filter_at_late(f, late);

	refresh(f);
	if (f->tree.level == FILTER_OF_MESSAGE)
		return test_plain(f, &at);
	return test_set(f, &at);
}

bool filter_record(struct filter *f, const struct filter_at *at)
{
	const struct filter_program *p;

	refresh(f);
	p = at->rec != NULL ? program_of(f, at->rec->layout) : plain_program(f);
	return p != NULL && filter_test(f, p, at);
}

/* -- Names for others ----------------------------------------------------------------- */

struct filter_names {
	struct filter_tree tree;
};

struct filter_names *filter_names_new(const struct filter_opts *opts,
				      struct nf_registry *registry)
{
	struct filter_names *names = nf_zalloc(sizeof(*names));

	if (names == NULL)
		return NULL;
	names->tree = (struct filter_tree){ .opts = opts, .registry = registry };
	nf_arena_init(&names->tree.arena);
	return names;
}

void filter_names_free(struct filter_names *names)
{
	if (names == NULL)
		return;
	filter_tree_done(&names->tree);
	nf_free(names);
}

const struct filter_ref *filter_names_find(struct filter_names *names, struct nf_bytes name,
					   struct filter_error *err)
{
	struct filter_tree *t = &names->tree;
	const struct filter_ref *ref;

	*err = (struct filter_error){ .memory = false };
	t->faults = (struct filter_faults){ .err = err };
	ref = filter_resolve(t, name);
	if (ref == NULL)
		filter_unknown_name(t, name, (struct nf_span){ 0, (uint32_t)name.n });
	return ref;
}

/* "64513/temperature", which was not defined when it was asked for: no digits say which it is. */
static bool is_named(const struct filter_ref *ref, const struct nf_ie *ie)
{
	char *end;

	if (ref->row != NULL || ref->nelements != 0 || !ie->known)
		return false;
	return strtoull(ref->name, &end, 10) == ie->pen && *end == '/' &&
	       strcmp(end + 1, ie->name) == 0;
}

bool filter_ref_has(const struct filter_ref *ref, const struct nf_ie *ie)
{
	for (size_t i = 0; i < ref->nelements; i++)
		if (ref->elements[i].pen == ie->pen && ref->elements[i].id == ie->id)
			return true;
	return is_named(ref, ie);
}

/* -- For several threads -------------------------------------------------------------- */

void filter_refresh(struct filter *f)
{
	refresh(f);
}

bool filter_is_callers(const struct filter_opts *opts, const struct filter_name *row)
{
	for (size_t i = 0; i < opts->nnames; i++)
		if (row == &opts->names[i])
			return true;
	return false;
}

/* Lists of conditions are long, but nested no deeper than FILTER_DEPTH. */
static bool asks_caller(const struct filter_opts *opts, const struct filter_node *n)
{
	for (; n != NULL; n = n->next)
		if ((n->op == OP_NAME && filter_is_callers(opts, n->ref->row)) ||
		    asks_caller(opts, n->a) || asks_caller(opts, n->b))
			return true;
	return false;
}

bool filter_asks_caller(const struct filter *f)
{
	return f->tree.opts != NULL && asks_caller(f->tree.opts, f->tree.root);
}

bool filter_ref_asks_findings(const struct filter_ref *ref)
{
	return ref->row != NULL && strncmp(ref->row->name, "finding.", 8) == 0;
}

bool filter_asks_findings(const struct filter *f)
{
	for (const struct filter_known *k = f->tree.known; k != NULL; k = k->next)
		if (filter_ref_asks_findings(k->ref))
			return true;
	return false;
}

void filter_add(struct filter *f, struct filter *from)
{
	f->matched += from->matched;
	f->tested += from->tested;
	f->failed = f->failed || from->failed;
	from->matched = from->tested = 0;
	if (f->counts == NULL || from->counts == NULL)
		return;
	for (unsigned i = 0; i < f->tree.nclauses; i++) {
		f->counts[i] += from->counts[i];
		from->counts[i] = 0;
	}
}

/* -- What is known of it -------------------------------------------------------------- */

const struct filter_tree *filter_tree_of(const struct filter *f)
{
	return &f->tree;
}

enum filter_level filter_level(const struct filter *f)
{
	return (enum filter_level)f->tree.level;
}

bool filter_failed(const struct filter *f)
{
	return f->failed;
}

uint64_t filter_matched(const struct filter *f)
{
	return f->matched;
}

uint64_t filter_tested(const struct filter *f)
{
	return f->tested;
}

const char *filter_undefined(const struct filter *f)
{
	return f->tree.undefined;
}

bool filter_is_nfdump(const struct filter *f)
{
	return f->tree.nfdump;
}

bool filter_count(struct filter *f)
{
	drop_programs(f);
	nf_free(f->counts);
	f->counts = nf_zalloc((f->tree.nclauses + 1u) * sizeof(*f->counts));
	return f->counts != NULL;
}

void filter_canonical(struct nf_strbuf *s, const struct filter *f)
{
	filter_node_text(s, f->tree.root);
}

void filter_explain(struct nf_strbuf *s, const struct filter *f)
{
	filter_explain_tree(s, &f->tree, f->counts, f->matched, f->tested);
}
