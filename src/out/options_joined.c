/*
 * options --joined: the tables that options records add up to.
 */
#include <config.h>

#include "base/mem.h"
#include "out/joined_rows.h"
#include "out/json.h"
#include "out/options.h"
#include "out/style.h"
#include "out/wrap.h"

enum { COLUMNS = 24, WIDEST = 40, GAP = 2, INDENT = 6 };

struct options_tables {
	struct options *o;
	const struct join *j;
	struct joined_rows rows;
	size_t at;
	/* text: the table at hand, its first entry */
	size_t table;
	const struct nf_ie *columns[COLUMNS];
	unsigned ncolumns;
	unsigned key, widths[COLUMNS], sent;
	bool narrow;			/* too wide for the terminal: names stand before values */
	struct nf_strbuf cell;
};

/* -- Text ------------------------------------------------------------------------------ */

static const struct join_value *value_of(const struct joined_row *e, const struct nf_ie *ie)
{
	for (unsigned i = 0; i < e->version->nvalues; i++)
		if (e->version->values[i].ie == ie)
			return &e->version->values[i];
	return NULL;
}

static unsigned wider(unsigned width, size_t n)
{
	return n > width ? (unsigned)n : width;
}

/* "30-1201", and what there is to say of the version. */
static void frames(struct nf_strbuf *s, const struct options_tables *t, const struct joined_row *e)
{
	joined_frames(s, t->o->out, e->version);
	if (join_conflict(e->row, e->voice, e->version) != NULL)
		nf_sb_str(s, " [conflict]");
}

/* True where lines of columns, the last of them LAST wide, are wider than the page. */
static bool is_narrow(const struct options_tables *t, unsigned last)
{
	unsigned width = 2 + t->key + GAP + t->sent + GAP + last;

	for (unsigned c = 0; c < t->ncolumns; c++)
		width += t->widths[c] + GAP;
	return t->o->opts.out.width != 0 && width > t->o->opts.out.width;
}

/* Which columns the table of entries FROM to TO has, and how wide they are. */
static void measure(struct options_tables *t, size_t from, size_t to)
{
	unsigned last = 0;

	t->ncolumns = 0;
	t->key = 3;
	t->sent = 4;
	for (size_t i = from; i < to; i++) {
		const struct join_version *v = t->rows.v[i].version;

		nf_strbuf_clear(&t->cell);
		joined_key(&t->cell, t->o->out, t->j, &t->rows.v[i]);
		t->key = wider(t->key, t->cell.n);
		for (unsigned k = 0; k < v->nvalues; k++) {
			unsigned c = 0;

			while (c < t->ncolumns && t->columns[c] != v->values[k].ie)
				c++;
			if (c == COLUMNS)
				continue;
			nf_strbuf_clear(&t->cell);
			if (c == t->ncolumns) {
				options_name(&t->cell, v->values[k].ie);
				t->columns[t->ncolumns++] = v->values[k].ie;
				t->widths[c] = (unsigned)t->cell.n;
				nf_strbuf_clear(&t->cell);
			}
			joined_value(&t->cell, t->o->out, &v->values[k]);
			t->widths[c] = wider(t->widths[c], t->cell.n);
		}
		nf_strbuf_clear(&t->cell);
		frames(&t->cell, t, &t->rows.v[i]);
		last = wider(last, t->cell.n);
	}
	for (unsigned c = 0; c < t->ncolumns; c++)
		if (t->widths[c] > WIDEST)
			t->widths[c] = WIDEST;
	if (t->key > WIDEST)
		t->key = WIDEST;
	t->narrow = is_narrow(t, last);
}

static void put_cell(struct options_tables *t, unsigned width, bool right)
{
	struct nf_strbuf *s = &t->o->out->text;
	size_t pad = t->cell.n < width ? width - t->cell.n : 0;

	if (right)
		nf_sb_pad(s, ' ', pad);
	nf_sb_mem(s, t->cell.p, t->cell.n);
	if (!right)
		nf_sb_pad(s, ' ', pad);
	nf_sb_pad(s, ' ', GAP);
	nf_strbuf_clear(&t->cell);
}

static void heading(struct options_tables *t, size_t from)
{
	const struct join_domain *d = t->rows.v[from].row->domain;
	struct nf_strbuf *s = &t->o->out->text;
	bool number = join_key_is_number((enum join_kind)t->rows.v[from].row->kind);

	if (from > 0)
		nf_sb_char(s, '\n');
	style_on(t->o->out, STYLE_HEAD);
	nf_sb_str(s, join_kind_title((enum join_kind)t->rows.v[from].row->kind));
	nf_sb_str(s, " of ");
	joined_exporter(s, t->o->out, d);
	nf_sb_str(s, ", domain ");
	nf_sb_u64(s, d->id);
	style_off(t->o->out);
	nf_sb_char(s, '\n');
	if (t->narrow)
		return;
	nf_sb_str(s, "  ");
	nf_strbuf_clear(&t->cell);
	nf_sb_str(&t->cell, "key");
	put_cell(t, t->key, number);
	for (unsigned c = 0; c < t->ncolumns; c++) {
		options_name(&t->cell, t->columns[c]);
		put_cell(t, t->widths[c], false);
	}
	nf_sb_str(s, "sent  frames\n");
}

static void line(struct options_tables *t, const struct joined_row *e)
{
	struct nf_strbuf *s = &t->o->out->text;

	nf_sb_str(s, "  ");
	nf_strbuf_clear(&t->cell);
	joined_key(&t->cell, t->o->out, t->j, e);
	put_cell(t, t->key, join_key_is_number((enum join_kind)e->row->kind));
	for (unsigned c = 0; c < t->ncolumns; c++) {
		const struct join_value *v = value_of(e, t->columns[c]);

		if (v != NULL)
			joined_value(&t->cell, t->o->out, v);
		put_cell(t, t->widths[c], false);
	}
	nf_sb_u64(&t->cell, e->version->sent);
	put_cell(t, t->sent, true);
	frames(s, t, e);
	nf_sb_char(s, '\n');
}

/* "  7: samplerName ABC, samplerMode 2 (random); sent 3 times, frames 30-1201" */
static void narrow_line(struct options_tables *t, const struct joined_row *e)
{
	const struct join_version *v = e->version;
	struct nf_strbuf *s = &t->o->out->text;
	size_t from = s->n;

	nf_strbuf_clear(&t->cell);
	joined_key(&t->cell, t->o->out, t->j, e);
	nf_sb_str(s, "  ");
	nf_sb_mem(s, t->cell.p, t->cell.n);
	for (unsigned i = 0; i < v->nvalues; i++) {
		nf_sb_str(s, i > 0 ? ", " : ": ");
		options_name(s, v->values[i].ie);
		nf_sb_char(s, ' ');
		joined_value(s, t->o->out, &v->values[i]);
	}
	nf_sb_str(s, "; sent ");
	out_count(s, v->sent, "time");
	nf_sb_str(s, v->last_position != v->position ? ", frames " : ", frame ");
	frames(s, t, e);
	wrap_text(t->o->out, from, 0, INDENT, WRAP_WORDS);
	nf_sb_char(s, '\n');
}

static void text(struct options_tables *t)
{
	const struct joined_row *e = &t->rows.v[t->at];

	if (t->at == 0 || !joined_same_table(e, &t->rows.v[t->table])) {
		size_t to = t->at;

		while (to < t->rows.n && joined_same_table(&t->rows.v[to], e))
			to++;
		t->table = t->at;
		measure(t, t->at, to);
		heading(t, t->at);
	}
	if (t->narrow)
		narrow_line(t, e);
	else
		line(t, e);
}

/* -- JSON ------------------------------------------------------------------------------ */

static void scope_json(struct nf_strbuf *s, const struct options_tables *t,
		       const struct join_blob *scope)
{
	struct nf_bytes octets;
	struct join_value v;
	size_t at = 0;

	nf_sb_char(s, '{');
	for (bool more = false; join_scope_next(t->j, scope, &at, &v, &octets); more = true) {
		nf_sb_str(s, more ? ",\"" : "\"");
		options_name(s, v.ie);
		nf_sb_str(s, "\":");
		nf_value_json(s, (enum nf_kind)v.kind, octets, &t->o->out->format);
	}
	nf_sb_char(s, '}');
}

static void key_json(struct options_tables *t, const struct joined_row *e)
{
	struct nf_strbuf *s = &t->o->out->text;
	enum join_kind kind = (enum join_kind)e->row->kind;

	if (kind == JOIN_SYSTEM)
		return;
	LIT(s, ",\"key\":");
	nf_strbuf_clear(&t->cell);
	if (join_key_is_scope(kind)) {
		scope_json(s, t, e->row->name);
	} else if (join_key_is_number(kind)) {
		joined_key(s, t->o->out, t->j, e);
	} else {
		joined_key(&t->cell, t->o->out, t->j, e);
		nf_json_string(s, (struct nf_bytes){ (const uint8_t *)t->cell.p, t->cell.n });
	}
}

/* {"file":"a.pcap","frame":1,"time":"2024-01-10T12:48:39.500000Z"}: the file where several are. */
static void point(struct options_tables *t, uint32_t file, uint64_t frame, int64_t ns,
		  bool fine)
{
	struct nf_strbuf *s = &t->o->out->text;

	nf_sb_char(s, '{');
	if (t->o->opts.out.nfiles > 1) {
		LIT(s, "\"file\":");
		json_string(s, out_file(t->o->out, file));
		nf_sb_char(s, ',');
	}
	LIT(s, "\"frame\":");
	nf_sb_u64(s, frame);
	LIT(s, ",\"time\":\"");
	nf_time_text(s, ns, fine ? 9 : 6, &t->o->out->time);
	LIT(s, "\"}");
}

static void object(struct options_tables *t, const struct joined_row *e)
{
	const struct join_domain *d = e->row->domain;
	const struct join_version *v = e->version;
	struct nf_strbuf *s = &t->o->out->text;
	const struct join_version *other = join_conflict(e->row, e->voice, v);

	LIT(s, "{\"type\":\"joined\",\"schema\":1,\"table\":\"");
	nf_sb_str(s, join_kind_name((enum join_kind)e->row->kind));
	nf_sb_char(s, '"');
	if (d->exporter->addr.family != 0) {
		LIT(s, ",\"exporter\":\"");
		out_addr(s, &d->exporter->addr);
		nf_sb_char(s, '"');
	}
	LIT(s, ",\"version\":");
	nf_sb_u64(s, d->export_version);
	LIT(s, ",\"domain\":");
	nf_sb_u64(s, d->id);
	key_json(t, e);
	if (join_octets(e->voice->scope).n > 0) {
		LIT(s, ",\"scope\":");
		scope_json(s, t, e->voice->scope);
	}
	LIT(s, ",\"values\":{");
	for (unsigned i = 0; i < v->nvalues; i++) {
		nf_sb_str(s, i > 0 ? ",\"" : "\"");
		options_name(s, v->values[i].ie);
		nf_sb_str(s, "\":");
		nf_value_json(s, (enum nf_kind)v->values[i].kind, join_octets(v->values[i].octets),
			      &t->o->out->format);
	}
	LIT(s, "},\"template\":");
	nf_sb_u64(s, v->template_id);
	LIT(s, ",\"sent\":{\"count\":");
	nf_sb_u64(s, v->sent);
	LIT(s, ",\"first\":");
	point(t, v->file, v->frame, v->ns, v->fine);
	LIT(s, ",\"last\":");
	point(t, v->last_file, v->last_frame, v->last_ns, v->last_fine);
	nf_sb_char(s, '}');
	if (other != NULL) {
		LIT(s, ",\"conflict\":");
		point(t, other->file, other->frame, other->ns, other->fine);
	}
	LIT(s, "}\n");
}

/* -- csv ------------------------------------------------------------------------------- */

/* The cells that all values of a version share: up to the scope. */
static void csv_head(struct options_tables *t, const struct joined_row *e)
{
	char separator = t->o->opts.separator;
	struct nf_strbuf *s = &t->o->out->text;
	size_t from;

	nf_sb_str(s, join_kind_name((enum join_kind)e->row->kind));
	nf_sb_char(s, separator);
	from = s->n;
	joined_exporter(s, t->o->out, e->row->domain);
	options_csv_end(t->o, from, separator);
	nf_sb_u64(s, e->row->domain->id);
	nf_sb_char(s, separator);
	from = s->n;
	nf_strbuf_clear(&t->cell);
	if (e->row->kind != JOIN_SYSTEM)
		joined_key(&t->cell, t->o->out, t->j, e);
	if (e->row->kind == JOIN_APPLICATION)	/* without the words for its engine */
		nf_sb_mem(s, t->cell.p, strcspn(nf_strbuf_cstr(&t->cell), " "));
	else
		nf_sb_mem(s, t->cell.p, t->cell.n);
	options_csv_end(t->o, from, separator);
	from = s->n;
	nf_strbuf_clear(&t->cell);
	joined_scope(&t->cell, t->o->out, t->j, e->voice->scope);
	nf_sb_mem(s, t->cell.p, t->cell.n);
	options_csv_end(t->o, from, separator);
}

static void csv_time(struct options_tables *t, uint64_t frame, int64_t ns, bool fine)
{
	struct nf_strbuf *s = &t->o->out->text;

	nf_sb_char(s, t->o->opts.separator);
	nf_sb_u64(s, frame);
	nf_sb_char(s, t->o->opts.separator);
	nf_time_text(s, ns, fine ? 9 : 6, &t->o->out->time);
}

static void csv_rows(struct options_tables *t, const struct joined_row *e)
{
	const struct join_version *v = e->version, *other = join_conflict(e->row, e->voice, v);
	char separator = t->o->opts.separator;
	struct nf_strbuf *s = &t->o->out->text;

	for (unsigned i = 0; i < v->nvalues; i++) {
		const struct join_value *value = &v->values[i];
		size_t from;

		csv_head(t, e);
		from = s->n;
		options_name(s, value->ie);
		options_csv_end(t->o, from, separator);
		from = s->n;
		nf_value_text(s, (enum nf_kind)value->kind, join_octets(value->octets),
			      &t->o->out->format);
		options_csv_end(t->o, from, separator);
		nf_sb_u64(s, v->sent);
		csv_time(t, v->frame, v->ns, v->fine);
		csv_time(t, v->last_frame, v->last_ns, v->last_fine);
		nf_sb_char(s, separator);
		if (other != NULL)
			nf_sb_u64(s, other->frame);
		nf_sb_char(s, '\n');
	}
}

/* -- One after another ----------------------------------------------------------------- */

bool options_joined(struct options *o, const struct join *j)
{
	struct options_tables *t = nf_zalloc(sizeof(*t));

	o->failed = o->failed || t == NULL;
	if (t == NULL)
		return false;
	o->tables = t;
	t->o = o;
	t->j = j;
	nf_strbuf_init(&t->cell);
	o->failed = o->failed || !joined_rows_collect(&t->rows, j);
	return !o->failed;
}

bool options_joined_row(struct options *o)
{
	struct options_tables *t = o->tables;

	if (o->failed || o->left == 0 || t->at == t->rows.n)
		return false;
	if (o->opts.json)
		object(t, &t->rows.v[t->at]);
	else if (o->opts.separator != 0)
		csv_rows(t, &t->rows.v[t->at]);
	else
		text(t);
	t->at++;
	o->left--;
	o->failed |= t->cell.failed || o->out->text.failed;
	return !o->failed;
}

void options_joined_done(struct options *o)
{
	if (o->tables == NULL)
		return;
	nf_strbuf_done(&o->tables->cell);
	joined_rows_done(&o->tables->rows);
	nf_free(o->tables);
}
