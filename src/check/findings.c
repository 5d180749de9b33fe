/*
 * Findings: told apart, counted, put in order.
 */
#include <config.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "check/internal.h"

enum { FOUND_WORDS = 6 };

/* What the claim comes to: CHECK_OFF, or 1 + enum nf_severity. */
static uint8_t severity_of(const struct check *c, const struct check_claim *claim)
{
	const uint8_t ruled = c->severity[claim->rule];

	if (ruled == CHECK_OFF || claim->severity == CHECK_AS_RULED)
		return ruled;
	/* What a profile says of a rule is said of all that it finds. */
	if (c->opts.severity != NULL && c->opts.severity[claim->rule] != CHECK_BY_DEFAULT)
		return ruled;
	return claim->severity;
}

bool check_wants(const struct check *c, enum check_rule_id rule)
{
	return c->severity[rule] != CHECK_OFF;
}

void check_applies(struct check *c, enum check_rule_id rule)
{
	c->applied[rule] = true;
}

void check_lacks(struct check *c, enum check_rule_id rule, enum check_gate gate)
{
	c->lacks[rule] |= (uint8_t)gate;
}

/* Of a held set, no more is left of the message. */
struct nf_bytes check_octets(const struct check_at *at, struct nf_span span)
{
	if (!at->late)
		return nf_slice(at->msg->bytes, span.off, span.len);
	if (span.off < at->set->body)
		return (struct nf_bytes){ .n = 0 };
	return nf_slice(at->set->bytes, span.off - at->set->body, span.len);
}

struct check_place check_place_of(const struct check_at *at, struct nf_span span)
{
	return (struct check_place){
		.frame = at->datagram->frame,
		.file = at->datagram->file,
		.ts_ns = at->datagram->ts_ns,
		.message = at->view != NULL ? at->view->offset : 0,
		.span = span,
	};
}

/* -- Whose it is ------------------------------------------------------------------------ */

struct owner {
	const struct check_stream_id *id;
	const struct check_exporter *exporter;
	bool of_exporter, of_session;
	bool shown;
};

static struct owner owner_of(const struct check *c, const struct check_claim *claim)
{
	const struct check_stream *s = claim->stream;

	if (claim->exporter != NULL) {
		s = claim->exporter->stream;
		return (struct owner){ s != NULL ? &s->id : NULL, claim->exporter, true, false,
				       claim->exporter->shown != 0 };
	}
	if (claim->session != NULL)
		return (struct owner){ &claim->session->id, claim->session->exporter, false, true,
				       claim->session->shown != 0 };
	if (s == NULL && claim->at != NULL)
		s = claim->at->stream;
	if (s != NULL)
		return (struct owner){ &s->id, s->exporter, false, false,
				       claim->at != NULL ? claim->at->shown : s->shown != 0 };
	return (struct owner){ .shown = claim->at != NULL ? claim->at->shown :
			       c->shown != 0 || c->first_stream == NULL };
}

/* -- Keeping ---------------------------------------------------------------------------- */

/* A copy of N octets with a NUL behind them, where *KEPT has it if that is large enough. */
static char *keep(struct check *c, struct check_kept *kept, const void *from, size_t n)
{
	if (kept->p == NULL || kept->n < n) {
		kept->p = nf_arena_alloc(&c->findings.arena, n + 1);
		kept->n = n;
	}
	if (kept->p == NULL) {
		c->failed = true;
		return NULL;
	}
	memcpy(kept->p, from, n);
	kept->p[n] = '\0';
	return kept->p;
}

static void keep_arg(struct check *c, enum check_type type, struct check_arg *a,
		     struct check_kept *kept)
{
	if (type == CHECK_TYPE_TEXT && a->s != NULL) {
		a->s = keep(c, kept, a->s, strlen(a->s));
	} else if (type == CHECK_TYPE_OCTETS && a->n != 0) {
		if (a->n > CHECK_OCTETS)
			a->n = CHECK_OCTETS;
		a->octets = (const uint8_t *)keep(c, kept, a->octets, a->n);
	} else if (type == CHECK_TYPE_ADDRESS && a->addr != NULL) {
		a->addr = (const void *)keep(c, kept, a->addr, sizeof(*a->addr));
	}
}

static void keep_args(struct check *c, const struct check_claim *claim, struct check_arg *args,
		      struct check_kept *kept)
{
	enum check_type types[CHECK_ARGS];
	unsigned n = check_arg_types(&check_rules[claim->rule], types);

	memcpy(args, claim->args, sizeof(claim->args));
	for (unsigned i = 0; i < n; i++)
		keep_arg(c, types[i], &args[i], &kept[i]);
}

static void keep_octets(struct check_finding *f, const struct check_at *at)
{
	struct nf_bytes octets;

	f->noctets = 0;
	if (at == NULL || at->msg == NULL)
		return;
	octets = check_octets(at, f->first.span);
	f->noctets = (uint8_t)(octets.n < CHECK_OCTETS ? octets.n : CHECK_OCTETS);
	if (f->noctets != 0)
		memcpy(f->octets, octets.p, f->noctets);
}

/* The first occurrence, or the first one after others were withdrawn. */
static void first(struct check *c, const struct check_claim *claim, struct check_found *f,
		  const struct check_place *place)
{
	f->withdrawn = false;
	if (f->born < c->findings.news)
		c->findings.news = f->born;
	f->pub.first = *place;
	f->pub.other_frame = claim->other_frame;
	f->pub.other_file = claim->other_file;
	keep_args(c, claim, f->pub.args, f->kept);
	keep_octets(&f->pub, claim->at);
}

/* The findings of a rule in a stream, which may all be withdrawn. */
struct of_rule {
	struct nf_node node;
	uint64_t key[2];
	struct check_found *first;
};

static struct of_rule *of_rule(const struct check *c, const struct check_stream_id *stream,
			       enum check_rule_id rule)
{
	const uint64_t key[2] = { (uintptr_t)stream, rule };

	return nf_map_find(&c->findings.of_rule, key, 2, nf_hash(key, 2));
}

static bool enlist(struct check *c, struct check_found *f, enum check_rule_id rule)
{
	struct check_findings *fs = &c->findings;
	struct of_rule *o = of_rule(c, f->pub.stream, rule);

	if (o == NULL) {
		o = nf_arena_alloc(&fs->arena, sizeof(*o));
		if (o == NULL)
			return false;
		o->key[0] = (uintptr_t)f->pub.stream;
		o->key[1] = rule;
		if (!nf_map_add(&fs->of_rule, &o->node, o->key, 2, nf_hash(o->key, 2)))
			return false;
	}
	f->next = o->first;
	o->first = f;
	return true;
}

static struct check_found *add(struct check *c, const struct check_claim *claim,
			       const struct owner *owner, const struct check_place *place,
			       const uint64_t key[FOUND_WORDS])
{
	struct check_findings *fs = &c->findings;
	void *list = fs->list;
	struct check_found *f;

	if (fs->n == fs->max) {
		fs->beyond++;
		return NULL;
	}
	f = nf_arena_alloc(&fs->arena, sizeof(*f));
	if (f == NULL || !nf_grow(&list, &fs->cap, fs->n + 1, sizeof(*fs->list))) {
		c->failed = true;
		return NULL;
	}
	fs->list = list;
	memcpy(f->key, key, sizeof(f->key));
	if (!nf_map_add(&fs->map, &f->node, f->key, FOUND_WORDS, nf_hash(key, FOUND_WORDS))) {
		c->failed = true;
		return NULL;
	}
	f->exporter = owner->exporter != NULL ? owner->exporter->index : UINT32_MAX;
	f->born = (uint32_t)fs->n;
	f->pub = (struct check_finding){
		.rule = (uint16_t)claim->rule,
		.severity = (uint8_t)(severity_of(c, claim) - 1),
		.likely = claim->likely || check_rules[claim->rule].likely,
		.stream = owner->id,
		.of_exporter = owner->of_exporter,
		.of_session = owner->of_session,
		.tmpl = claim->tmpl, .ie = claim->ie, .key = claim->key,
	};
	if (!enlist(c, f, claim->rule))
		c->failed = true;
	first(c, claim, f, place);
	f->pub.accepted = c->opts.accepted != NULL &&
			  c->opts.accepted(c->opts.accepted_ctx, &f->pub);
	fs->list[fs->n++] = f;
	return f;
}

static void occurrence(struct check *c, const struct check_claim *claim,
		       const struct check_found *f, const struct check_place *place)
{
	struct check_kept kept[CHECK_ARGS] = { { .p = NULL } };
	struct check_findings *fs = &c->findings;
	struct check_occurrence *o;
	void *all = fs->all;

	if (fs->nall == fs->all_max) {
		fs->beyond++;
		return;
	}
	if (!nf_grow(&all, &fs->all_cap, fs->nall + 1, sizeof(*fs->all))) {
		c->failed = true;
		return;
	}
	fs->all = all;
	o = &fs->all[fs->nall++];
	*o = (struct check_occurrence){
		.finding = &f->pub, .place = *place, .born = (uint32_t)fs->nall,
		.withdrawals = f->withdrawals,
	};
	keep_args(c, claim, o->args, kept);
}

/* What a finding is told apart by. */
static void key_of(const struct check *c, const struct check_claim *claim,
		   const struct owner *owner, uint64_t key[FOUND_WORDS])
{
	key[0] = (uint64_t)claim->rule << 32 | (uint32_t)severity_of(c, claim) << 24 | claim->tmpl;
	key[1] = (uintptr_t)owner->id;
	key[2] = (uintptr_t)claim->ie;
	key[3] = claim->key;
	key[4] = (uint64_t)owner->of_exporter << 1 | owner->of_session;
	key[5] = claim->likely;
}

static struct check_found *find(struct check_findings *fs, const struct check_claim *claim,
				const uint64_t key[FOUND_WORDS])
{
	/* Streams take turns, and so do elements. */
	uint64_t which = nf_fold(key[1] ^ 0x9e3779b97f4a7c15u, key[2] ^ 0xd1b54a32d192ed03u);
	struct check_found **recent = &fs->recent[claim->rule][which % CHECK_RECENT], *f = *recent;

	if (f != NULL && memcmp(f->key, key, sizeof(f->key)) == 0)
		return f;
	f = nf_map_find(&fs->map, key, FOUND_WORDS, nf_hash(key, FOUND_WORDS));
	if (f != NULL)
		*recent = f;
	return f;
}

void check_claim(struct check *c, const struct check_claim *claim)
{
	struct check_findings *fs = &c->findings;
	const struct check_place nowhere = { .frame = 0 };
	uint64_t key[FOUND_WORDS];
	struct check_place place;
	struct check_found *f;
	struct owner owner;

	c->applied[claim->rule] = true;
	if (!check_wants(c, claim->rule))
		return;
	owner = owner_of(c, claim);
	if (!owner.shown)
		return;
	place = claim->place != NULL ? *claim->place :
		claim->at != NULL ? check_place_of(claim->at, claim->span) : nowhere;
	key_of(c, claim, &owner, key);
	f = find(fs, claim, key);
	if (f == NULL)
		f = add(c, claim, &owner, &place, key);
	else if (f->withdrawn)
		first(c, claim, f, &place);
	if (f == NULL)
		return;
	f->pub.count += claim->count != 0 ? claim->count : 1;
	f->pub.last = place;
	if (c->opts.all)
		occurrence(c, claim, f, &place);
	if (c->opts.occurred != NULL)
		c->opts.occurred(c->opts.occurred_ctx, &f->pub, &place);
}

void check_amend(struct check *c, const struct check_claim *like, unsigned arg,
		 struct check_arg value)
{
	const struct owner owner = owner_of(c, like);
	uint64_t key[FOUND_WORDS];
	struct check_found *f;

	key_of(c, like, &owner, key);
	f = nf_map_find(&c->findings.map, key, FOUND_WORDS, nf_hash(key, FOUND_WORDS));
	if (f != NULL)
		f->pub.args[arg] = value;
}

static void withdraw(const struct check *c, const struct check_stream *s, enum check_rule_id rule,
		     const uint64_t *key)
{
	const struct of_rule *o = of_rule(c, &s->id, rule);

	for (struct check_found *f = o != NULL ? o->first : NULL; f != NULL; f = f->next) {
		if (key != NULL && f->pub.key != *key)
			continue;
		f->withdrawn = true;
		f->withdrawals++;
		f->pub.count = 0;
	}
}

void check_withdraw(struct check *c, const struct check_stream *s, enum check_rule_id rule)
{
	withdraw(c, s, rule, NULL);
}

void check_withdraw_key(struct check *c, const struct check_stream *s, enum check_rule_id rule,
			uint64_t key)
{
	withdraw(c, s, rule, &key);
}

bool check_found(const struct check *c, enum nf_severity severity)
{
	const struct check_findings *fs = &c->findings;
	size_t i = 0;

	while (i < fs->n && (fs->list[i]->withdrawn || fs->list[i]->pub.severity < severity))
		i++;
	return i < fs->n;
}

const struct check_finding *check_news(struct check *c)
{
	struct check_findings *fs = &c->findings;

	while (fs->news < fs->n) {
		struct check_found *f = fs->list[fs->news++];

		if (f->told || f->withdrawn)
			continue;
		f->told = true;
		return &f->pub;
	}
	return NULL;
}

/* -- The end ---------------------------------------------------------------------------- */

/* By exporter, what is of the capture first; the worst first; rules as they are listed. */
static int by_exporter(const void *a, const void *b)
{
	const struct check_found *x = *(struct check_found *const *)a;
	const struct check_found *y = *(struct check_found *const *)b;

	if (x->exporter != y->exporter)
		return x->exporter + 1 < y->exporter + 1 ? -1 : 1;
	if (x->pub.severity != y->pub.severity)
		return x->pub.severity > y->pub.severity ? -1 : 1;
	if (x->pub.rule != y->pub.rule)
		return x->pub.rule < y->pub.rule ? -1 : 1;
	return x->born < y->born ? -1 : x->born > y->born;
}

/* As the capture has them; what is of no place in it comes last. */
static int by_place(const void *a, const void *b)
{
	const struct check_occurrence *x = a, *y = b;
	const struct check_place *p = &x->place, *q = &y->place;
	const uint64_t px[] = { p->frame == 0, (uint64_t)p->ts_ns ^ UINT64_C(1) << 63, p->file,
				p->frame, p->message, p->span.off, x->born };
	const uint64_t qx[] = { q->frame == 0, (uint64_t)q->ts_ns ^ UINT64_C(1) << 63, q->file,
				q->frame, q->message, q->span.off, y->born };

	for (unsigned i = 0; i < sizeof(px) / sizeof(px[0]); i++)
		if (px[i] != qx[i])
			return px[i] < qx[i] ? -1 : 1;
	return 0;
}

static const struct check_found *found_of(const struct check_finding *pub)
{
	return (const void *)((const char *)pub - offsetof(struct check_found, pub));
}

uint32_t check_withdrawn(const struct check_finding *f)
{
	return found_of(f)->withdrawals;
}

/* Those that still stand, in order. */
static void occurrences_end(struct check_findings *fs)
{
	size_t n = 0;

	for (size_t i = 0; i < fs->nall; i++) {
		const struct check_found *f = found_of(fs->all[i].finding);

		if (!f->withdrawn && fs->all[i].withdrawals == f->withdrawals)
			fs->all[n++] = fs->all[i];
	}
	fs->nall = n;
	if (n != 0)
		qsort(fs->all, n, sizeof(*fs->all), by_place);
}

void check_findings_end(struct check *c)
{
	struct check_findings *fs = &c->findings;
	struct check_totals *t = &c->totals;

	t->beyond_findings = fs->beyond;
	occurrences_end(fs);
	if (fs->n == 0)
		return;
	qsort(fs->list, fs->n, sizeof(*fs->list), by_exporter);
	fs->news = 0;		/* in that order from here on */
	fs->order = nf_alloc(fs->n * sizeof(*fs->order));
	if (fs->order == NULL) {
		c->failed = true;
		return;
	}
	for (size_t i = 0; i < fs->n; i++) {
		if (fs->list[i]->withdrawn)
			continue;
		fs->order[fs->nordered++] = &fs->list[i]->pub;
		if (fs->list[i]->pub.accepted)
			t->accepted++;
		else
			t->findings[fs->list[i]->pub.severity]++;
	}
}

void check_findings_done(struct check *c)
{
	struct check_findings *fs = &c->findings;

	nf_map_done(&fs->of_rule);
	nf_map_done(&fs->map);
	nf_arena_done(&fs->arena);
	nf_free(fs->list);
	nf_free(fs->order);
	nf_free(fs->all);
}

const struct check_finding *check_finding_at(const struct check *c, size_t i)
{
	return i < c->findings.nordered ? c->findings.order[i] : NULL;
}

const struct check_finding *check_so_far(const struct check *c, size_t *at)
{
	const struct check_findings *fs = &c->findings;

	while (*at < fs->n && fs->list[*at]->withdrawn)
		++*at;
	return *at < fs->n ? &fs->list[(*at)++]->pub : NULL;
}

const struct check_occurrence *check_occurrence_at(const struct check *c, size_t i)
{
	return i < c->findings.nall ? &c->findings.all[i] : NULL;
}
