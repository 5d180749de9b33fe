#include <config.h>

#include "out/difflist.h"

#include <inttypes.h>

#include "out/style.h"

static void safe(struct nf_strbuf *s, const char *text)
{
	nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)text, strlen(text) });
}

/* "-  octetDeltaCount 4 octets" */
static void side(const struct difflist *l, char sign, const char *name, const char *value)
{
	struct nf_strbuf *s = &l->o->text;

	if (value == NULL)
		return;
	style_on(l->o, sign == '-' ? STYLE_ERROR : STYLE_NAME);
	nf_sb_printf(s, "%c   ", sign);
	safe(s, name);
	nf_sb_str(s, ": ");
	safe(s, value);
	style_off(l->o);
	nf_sb_char(s, '\n');
}

static void faint_end(const struct difflist *l, const struct difference *x)
{
	struct nf_strbuf *s = &l->o->text;
	size_t from;

	style_on(l->o, STYLE_FAINT);
	from = s->n;
	nf_sb_str(s, "  (");
	difflist_frames(s, x);
	if (s->n == from + 3)
		s->n = from;
	else
		nf_sb_char(s, ')');
	style_off(l->o);
	nf_sb_char(s, '\n');
}

/* '-': only the old side has it, '+': only the new one, ' ': both. */
static char sign_of(const struct difference *x)
{
	switch ((enum diff_kind)x->kind) {
	case DIFF_EXPORTER_GONE: case DIFF_TEMPLATE_REMOVED: case DIFF_OPTION_REMOVED:
	case DIFF_FINDING_GONE: case DIFF_FLOW_LOST: return '-';
	case DIFF_EXPORTER_NEW: case DIFF_TEMPLATE_ADDED: case DIFF_OPTION_ADDED:
	case DIFF_FINDING_NEW: case DIFF_FLOW_ADDED: return '+';
	default: return ' ';
	}
}

/* Is X behaviour of the same domain as BEFORE, in the same frames? */
static bool goes_on(const struct difference *x, const struct difference *before)
{
	return x->kind == DIFF_BEHAVIOUR && before->kind == DIFF_BEHAVIOUR &&
	       x->frame[0] == before->frame[0] && x->frame[1] == before->frame[1];
}

static void changes(const struct difflist *l, const struct difference *x)
{
	for (size_t i = 0; i < x->nchanges; i++) {
		side(l, '-', x->changes[i].name, x->changes[i].old);
		side(l, '+', x->changes[i].name, x->changes[i].new);
	}
}

/* ", 5 records", ", 1 record, now 2" */
static void records(struct nf_strbuf *s, const struct difference *x)
{
	uint64_t n = x->records[x->records[0] == 0];

	if (x->records[0] <= 1 && x->records[1] <= 1)
		return;
	nf_sb_printf(s, ", %" PRIu64 " record%s", n, n == 1 ? "" : "s");
	if (x->records[1] != 0 && x->records[1] != n)
		nf_sb_printf(s, ", now %" PRIu64, x->records[1]);
}

/* "- flow lost: src 10.0.0.1, dst 10.0.0.2  (frame 3 of old)" */
static void one(const struct difflist *l, const struct difference *x)
{
	char sign = sign_of(x);
	struct nf_strbuf *s = &l->o->text;
	bool named = difflist_named(x);

	if (sign != ' ')
		style_on(l->o, sign == '-' ? STYLE_ERROR : STYLE_NAME);
	nf_sb_char(s, sign);
	nf_sb_char(s, ' ');
	out_words(s, diff_kind_name((enum diff_kind)x->kind));
	if (*x->subject != '\0') {
		nf_sb_str(s, ": ");
		safe(s, x->subject);
	}
	for (size_t i = 0; named && i < x->nchanges; i++) {
		nf_sb_str(s, ": ");
		safe(s, x->changes[i].name);
	}
	records(s, x);
	if (sign != ' ')
		style_off(l->o);
	faint_end(l, x);
	if (!named)
		changes(l, x);
}

/* "@@ 192.0.2.1 domain 7 @@", with the new name where it is another. */
static void who(const struct difflist *l, const struct difference *x)
{
	struct nf_strbuf *s = &l->o->text, other;

	nf_strbuf_init(&other);
	style_on(l->o, STYLE_HEAD);
	nf_sb_str(s, "@@ ");
	size_t from = s->n;
	difflist_who(s, l, x, 0);
	difflist_who(&other, l, x, 1);
	if (other.n != s->n - from || memcmp(other.p, s->p + from, other.n) != 0) {
		nf_sb_str(s, " > ");
		nf_sb_mem(s, other.p, other.n);
	}
	nf_sb_str(s, " @@");
	style_off(l->o);
	nf_sb_char(s, '\n');
	s->failed |= other.failed;
	nf_strbuf_done(&other);
}

static void heads(const struct difflist *l)
{
	static const char *const signs[] = { "---", "+++" };

	for (unsigned i = 0; i < 2; i++) {
		style_on(l->o, STYLE_HEAD);
		nf_sb_printf(&l->o->text, "%s ", signs[i]);
		safe(&l->o->text, l->paths[i]);
		style_off(l->o);
		nf_sb_char(&l->o->text, '\n');
	}
}

/* "... 12 more flows lost (-n)" */
static void more(const struct difflist *l)
{
	uint64_t listed[DIFF_KINDS] = { 0 };

	for (size_t i = 0; i < l->diff->n; i++)
		listed[l->diff->list[i].kind]++;
	for (unsigned i = 0; i < DIFF_KINDS; i++)
		if (listed[i] < l->diff->total[i]) {
			nf_sb_printf(&l->o->text, "... %" PRIu64 " more of ",
				     l->diff->total[i] - listed[i]);
			out_words(&l->o->text, diff_kind_name((enum diff_kind)i));
			nf_sb_str(&l->o->text, " (-n)\n");
		}
}

void difflist_text(const struct difflist *l)
{
	const struct diff *d = l->diff;
	struct nf_strbuf *s = &l->o->text;

	if (diff_total(d) != 0 && !l->quiet)
		heads(l);
	for (size_t i = 0; i < d->n && !l->quiet; i++) {
		const struct difference *x = &d->list[i];

		if (i == 0 || x[-1].domain[0] != x->domain[0] || x[-1].domain[1] != x->domain[1])
			who(l, x);
		else if (goes_on(x, &x[-1])) {
			changes(l, x);
			continue;
		}
		one(l, x);
	}
	if (!l->quiet)
		more(l);
	if (l->nothing) {
		nf_sb_str(s, "nothing to compare: no flow export on one side at least\n");
		return;
	}
	difflist_totals(s, l);
	nf_sb_printf(s, "; %" PRIu64 " flow%s the same\n", d->same_flows,
		     d->same_flows == 1 ? "" : "s");
}
