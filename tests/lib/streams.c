#include <config.h>

#include "lib/streams.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "lib/msgbuild.h"

/* -- Scripts -------------------------------------------------------------------------- */

static char *word(char **at)
{
	char *w;

	*at += strspn(*at, " \t");
	w = *at;
	*at += strcspn(*at, " \t");
	if (**at != '\0')
		*(*at)++ = '\0';
	return w;
}

static bool sender(char *w, struct nf_datagram *d)
{
	unsigned exporter, port;
	char *transport = strchr(w, '/');

	if (transport != NULL)
		*transport++ = '\0';
	if (sscanf(w, "%u.%u", &exporter, &port) != 2)
		return false;
	d->src = (struct nf_endpoint){ .addr = { 4, { 10, 0, 0, (uint8_t)exporter } },
				       .port = (uint16_t)(1000 + port) };
	d->dst = (struct nf_endpoint){ .addr = { 4, { 10, 9, 9, 9 } }, .port = 2055 };
	if (transport == NULL)
		return true;
	if (strcmp(transport, "tcp") == 0)
		d->transport = NF_TRANSPORT_TCP;
	else if (strcmp(transport, "sctp") == 0)
		d->transport = NF_TRANSPORT_SCTP;
	else if (strncmp(transport, "file", 4) == 0)
		d->transport = NF_TRANSPORT_FILE;
	else
		return false;
	d->file = strcmp(transport, "file2") == 0;
	return true;
}

static bool begin(struct mb *m, const char *w)
{
	struct mb_header h = { .seq = 1 };
	unsigned version;

	if (sscanf(w, "%u/%u", &version, &h.domain) < 1 || (version != 9 && version != 10))
		return false;
	mb_begin(m, version, &h);
	return true;
}

static void data(struct mb *m, uint16_t id, char *records)
{
	char *record, *save = NULL;

	mb_set_begin(m, id);
	for (record = strtok_r(records, ",", &save); record != NULL;
	     record = strtok_r(NULL, ",", &save))
		mb_record(m, record);
	mb_set_end(m);
}

static bool item(struct mb *m, char *text, size_t *set_at)
{
	char *w = word(&text), *semicolon;
	uint16_t id = (uint16_t)strtoul(w + 1, NULL, 10);
	bool v9 = m->version == 9;

	if (*w == 'Z') {
		mb_zeros(m, id);
		return true;
	}
	if (*w == 'E') {
		mb_end(m);
		while (id-- > 0)
			mb_u8(m, 0xee);
		return true;
	}
	if (*w == '&') {
		mb_end(m);
		return begin(m, word(&text));
	}
	if (*w == 'H') {
		mb_put32(m, m->open[0].start + (v9 ? 8 : 4), id);
		return true;
	}
	if (*w == 'L') {
		mb_put16(m, *set_at + 2, id);
		return true;
	}
	*set_at = m->n;
	switch (*w) {
	case 'T':
		mb_set_begin(m, v9 ? 0 : 2);
		mb_template(m, id, text);
		break;
	case 'O':
		semicolon = strchr(text, ';');
		if (semicolon == NULL)
			return false;
		*semicolon = '\0';
		mb_set_begin(m, v9 ? 1 : 3);
		mb_options_template(m, id, text, semicolon + 1);
		break;
	case 'W':
		mb_set_begin(m, v9 ? 0 : 2);
		mb_withdraw(m, id);
		break;
	case 'X':
		mb_set_begin(m, v9 ? 1 : 3);
		mb_withdraw(m, id);
		break;
	case 'R':
		mb_set_begin(m, id);
		mb_zeros(m, 4);
		break;
	case 'D':
		data(m, id, text);
		return true;
	default:
		return false;
	}
	mb_set_end(m);
	return true;
}

static bool datagram(struct stream *s, char *line)
{
	struct nf_datagram *d;
	char *text, *save = NULL;
	size_t set_at = 0;
	struct mb m;
	bool fine;

	if (!nf_grow((void **)&s->d, &s->cap, s->n + 1, sizeof(*s->d)))
		return false;
	d = &s->d[s->n];
	*d = (struct nf_datagram){
		.ordinal = s->n,
		.frame = s->n + 1,
		.ts_ns = (int64_t)(MB_SECS + s->n) * 1000000000,
	};
	mb_init(&m);
	fine = sender(word(&line), d) && begin(&m, word(&line));
	for (text = strtok_r(line, "|", &save); fine && text != NULL;
	     text = strtok_r(NULL, "|", &save))
		fine = item(&m, text, &set_at);
	if (fine && m.depth != 0)
		mb_end(&m);
	if (!fine || m.failed) {
		mb_done(&m);
		return false;
	}
	d->payload = mb_bytes(&m);	/* the builder's memory is ours from here on */
	d->wire_len = (uint32_t)m.n;
	s->n++;
	return true;
}

bool stream_init(struct stream *s, const char *script)
{
	char *text = strdup(script), *line, *save = NULL;
	bool fine = text != NULL;

	*s = (struct stream){ .n = 0 };
	for (char *p = text; fine && (p = strstr(p, "\n+")) != NULL;)
		memcpy(p, "  ", 2);
	for (line = fine ? strtok_r(text, "\n", &save) : NULL; fine && line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		fine = datagram(s, line);
	free(text);
	if (!fine)
		stream_done(s);
	return fine;
}

void stream_done(struct stream *s)
{
	for (size_t i = 0; i < s->n; i++)
		nf_free((void *)s->d[i].payload.p);
	nf_free(s->d);
	*s = (struct stream){ .n = 0 };
}

bool stream_ahead(void *ctx, struct nf_datagram *d)
{
	struct stream_ahead *a = ctx;

	if (a->at >= a->s->n) {
		a->ends++;
		return false;
	}
	*d = a->s->d[a->at++];
	return true;
}

/* -- Outcomes ------------------------------------------------------------------------- */

void stream_outcome_init(struct stream_outcome *o)
{
	*o = (struct stream_outcome){ .nrecords = 0 };
	nf_strbuf_init(&o->sets);
	nf_strbuf_init(&o->problems);
	nf_strbuf_init(&o->records);
}

void stream_outcome_done(struct stream_outcome *o)
{
	nf_strbuf_done(&o->sets);
	nf_strbuf_done(&o->problems);
	nf_strbuf_done(&o->records);
}

static void separate(struct nf_strbuf *s)
{
	if (s->n != 0)
		nf_sb_char(s, ' ');
}

static void note_resolution(struct nf_strbuf *s, const struct nf_resolution *r)
{
	if (r->layout == NULL) {
		nf_sb_str(s, nf_why_not_name(r->why));
		return;
	}
	nf_sb_str(s, nf_how_name(r->how));
	nf_sb_printf(s, "@%llu", (unsigned long long)r->version->frame);
	if (r->misfit)
		nf_sb_char(s, '!');
}

static void note_records(struct stream_outcome *o, const struct nf_datagram *d,
			 const struct nf_msg *m, const struct nf_set *set,
			 const struct nf_layout *layout)
{
	static uint16_t words[NF_SCRATCH_WORDS];
	struct nf_recs recs;
	struct nf_rec rec;

	nf_recs_open(&recs, m, set, layout,
		     (struct nf_scratch){ .words = words, .n = NF_SCRATCH_WORDS }, NULL);
	while (nf_rec_next(&recs, &rec)) {
		nf_sb_printf(&o->records, "%lld %u+%u", (long long)d->ts_ns, set->id, rec.offset);
		for (unsigned i = 0; i < layout->nfields; i++) {
			struct nf_field f = nf_field(&rec, i);

			nf_sb_printf(&o->records, " %u/", f.def->ie->id);
			nf_sb_hex(&o->records, f.value.p, f.value.n);
		}
		nf_sb_char(&o->records, '\n');
		o->nrecords++;
	}
}

/* Problems of the tracker's own, in its words. */
struct report_ctx {
	struct nf_strbuf *s;
	uint64_t frame;
};

static void note_problem(void *ctx, const struct nf_problem *p)
{
	struct report_ctx *c = ctx;

	separate(c->s);
	nf_sb_printf(c->s, "%llu:%s", (unsigned long long)c->frame, nf_problem_rows[p->id].id);
}

static void note_late(struct nf_tracker *t, struct stream_outcome *o)
{
	struct nf_late late;

	while (nf_tracker_late(t, &late)) {
		separate(&o->sets);
		nf_sb_printf(&o->sets, "(%llu)", (unsigned long long)late.datagram.frame);
		note_resolution(&o->sets, &late.resolution);
		note_records(o, &late.datagram, &late.msg, &late.set, late.resolution.layout);
	}
}

/* Resolve the data sets of a message. */
static void note_message(const struct nf_view *v, struct stream_outcome *o)
{
	struct nf_sets sets;
	struct nf_set set;

	nf_sets_open(&sets, &v->msg, NULL);
	while (!v->headerless && nf_set_next(&sets, &set)) {
		struct nf_resolution r;

		if (set.kind != NF_SET_DATA)
			continue;
		v->resolver.resolve(v->resolver.ctx, set.id, set.bytes, set.offset, &r);
		separate(&o->sets);
		note_resolution(&o->sets, &r);
		if (r.layout != NULL)
			note_records(o, v->datagram, &v->msg, &set, r.layout);
	}
}

void stream_feed(const struct nf_datagram *d, struct nf_tracker *t, struct stream_outcome *o)
{
	struct report_ctx ctx = { .s = &o->problems, .frame = d->frame };
	const struct nf_sink sink = { .report = note_problem, .ctx = &ctx };
	struct nf_delivery delivery;
	struct nf_view v;

	if (nf_tracker_feed(t, d, &delivery) != NF_REFUSAL_NONE) {
		separate(&o->sets);
		nf_sb_str(&o->sets, "refused");
		return;
	}
	while (nf_delivery_next(&delivery, &v, &sink))
		note_message(&v, o);
	note_late(t, o);
}

void stream_view(const struct nf_datagram *d, struct nf_tracker *t, struct stream_outcome *o)
{
	struct report_ctx ctx = { .s = &o->problems, .frame = d->frame };
	const struct nf_sink sink = { .report = note_problem, .ctx = &ctx };
	uint32_t at = 0;
	struct nf_view v;

	do {
		if (!nf_tracker_view(t, d, at, &v, &sink))
			return;
		note_message(&v, o);
		at += nf_msg_extent(&v.msg);
	} while (v.followed);
}

void stream_run(const struct stream *s, struct nf_tracker *t, struct stream_outcome *o)
{
	for (size_t i = 0; i < s->n; i++)
		stream_feed(&s->d[i], t, o);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void stream_sort(struct nf_strbuf *text)
{
	char *copy = strdup(nf_strbuf_cstr(text)), *line, *save = NULL;
	size_t n = 0, cap = 0;
	char **lines = NULL;

	for (line = strtok_r(copy, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
		if (nf_grow((void **)&lines, &cap, n + 1, sizeof(*lines)))
			lines[n++] = line;
	if (n != 0)
		qsort(lines, n, sizeof(*lines), by_text);
	nf_strbuf_clear(text);
	for (size_t i = 0; i < n; i++) {
		nf_sb_str(text, lines[i]);
		nf_sb_char(text, '\n');
	}
	nf_free(lines);
	free(copy);
}
