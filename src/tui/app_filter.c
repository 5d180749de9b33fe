/* The display filter: typed, judged at each key, made out of cells. */
#include <config.h>

#include <string.h>

#include "base/mem.h"
#include "model/filter_near.h"
#include "tui/analysis.h"
#include "tui/app.h"

static bool blank(const char *text)
{
	return text[strspn(text, " \t")] == '\0';
}

bool app_filter_set(struct app *app, const char *text, struct filter_error *err)
{
	struct app_filter *f = &app->filter;
	struct filter *made = NULL;

	if (!blank(text)) {
		made = filter_new(text, strlen(text), &f->opts, app->registry, err);
		if (made == NULL)
			return false;
		edit_remember(&f->history, text);
	}
	filter_free(f->filter);
	f->filter = made;
	nf_strbuf_clear(&f->text);
	if (made != NULL)
		nf_sb_str(&f->text, text);
	f->generation++;
	app_changed(app);
	return true;
}

void app_filter_found(struct app *app)
{
	struct app_filter *f = &app->filter;

	if (f->filter == NULL || !filter_asks_findings(f->filter))
		return;
	f->generation++;
	app_changed(app);
}

/* -- The line ------------------------------------------------------------------------- */

static void typed(struct app *app, const char *text, struct prompt_hint *hint)
{
	struct filter_error err;
	struct filter *f;

	hint->look = LOOK_good;
	if (blank(text)) {
		nf_sb_str(&hint->text, "everything is shown");
		return;
	}
	f = filter_new(text, strlen(text), &app->filter.opts, app->registry, &err);
	if (f == NULL) {
		hint->look = LOOK_error;
		hint->at = err.span.off;
		nf_sb_str(&hint->text, err.text);
		if (err.hint[0] != '\0')
			nf_sb_printf(&hint->text, "; %s", err.hint);
	} else if (filter_asks_findings(f) && !analysis_settled(app->analysis)) {
		nf_sb_str(&hint->text, "what it finds is known once all was checked");
	}
	filter_free(f);
}

static const struct prompt_ops line;

/* It stays open where the text is none, the cursor at what is wrong. */
static void entered(struct app *app, const char *text)
{
	struct filter_error err;

	if (app_filter_set(app, text, &err))
		return;
	app_filter_edit(app, text);
	if (app->prompt.ops != NULL && err.span.off <= app->prompt.edit.text.n)
		app->prompt.edit.at = err.span.off;
}

static void recent_chosen(struct app *app, void *own, size_t row)
{
	(void)own;
	if (row < app->filter.history.n)
		app_filter_edit(app, app->filter.history.v[row]);
}

static const struct overlay_ops recent_ops = { .chosen = recent_chosen };

static void recent(struct app *app)
{
	const struct edit_history *h = &app->filter.history;
	struct popup *p = app_overlay(app, "Recent filters", &recent_ops, NULL, NULL);

	for (unsigned i = 0; p != NULL && i < h->n; i++)
		popup_add(p, &(struct popup_row){ .kind = POPUP_CHOICE, .indent = 2 },
			  (struct nf_bytes){ (const uint8_t *)h->v[i], strlen(h->v[i]) });
	if (p != NULL && h->n == 0)
		popup_add_text(p, LOOK_faint, (struct nf_bytes){
			(const uint8_t *)"No filter was entered yet", 25 });
}

/* -- Completion ------------------------------------------------------------------------ */

static bool in_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '/';
}

/* Behind finding.rule: the ids of rules, in which hyphens stand.  AT: none begins so. */
static size_t complete_rule(const struct app *app, const char *text, size_t at,
			    void (*found)(void *to, const char *word), void *to)
{
	static const char name[] = "finding.rule";
	const struct nf_labels *rules = app->filter.opts.findings->rules;
	const char *behind = strstr(text, name);
	size_t from = at, end = at;

	while (from > 0 && (in_name(text[from - 1]) || text[from - 1] == '-'))
		from--;
	if (behind == NULL || behind + sizeof(name) > text + from)
		return at;
	for (size_t i = 0; i < rules->nvalues && from < at; i++)
		if (strncmp(rules->values[i].name, text + from, at - from) == 0) {
			found(to, rules->values[i].name);
			end = from;
		}
	return end;
}

static void complete(void *ctx, const char *text, size_t at, size_t *from,
		     void (*found)(void *to, const char *word), void *to)
{
	struct app *app = ctx;

	*from = complete_rule(app, text, at, found, to);
	if (*from < at)
		return;
	while (*from > 0 && in_name(text[*from - 1]))
		(*from)--;
	if (at > *from)
		app_names_beginning(app, (struct nf_bytes){ (const uint8_t *)text + *from,
							    at - *from }, found, to);
}

static const struct edit_ops edit = { .complete = complete };

static const struct prompt_ops line = {
	.label = "Filter: ",
	.typed = typed,
	.entered = entered,
	.choose = recent,
	.edit = &edit,
};

/* -- Cells ---------------------------------------------------------------------------- */

/* `=` `+` `-` `!` on a value: the filter that comes of it. */
static bool from_cell(struct app *app, enum action a)
{
	struct screen *s = app_screen(app);
	struct nf_strbuf value, comparison, text;
	struct filter_error err;
	bool has;

	nf_strbuf_init(&value);
	nf_strbuf_init(&comparison);
	nf_strbuf_init(&text);
	has = s->ops->value != NULL && s->ops->value(s, &value, &comparison) && comparison.n > 0;
	if (has) {
		bool adds = a == ACTION_filter_and || a == ACTION_filter_not;
		bool not = a == ACTION_filter_not || a == ACTION_filter_only_not;

		if (adds && app->filter.text.n != 0)
			nf_sb_printf(&text, "(%s) && ", nf_strbuf_cstr(&app->filter.text));
		nf_sb_printf(&text, not ? "!(%s)" : "%s", nf_strbuf_cstr(&comparison));
		if (!app_filter_set(app, nf_strbuf_cstr(&text), &err))
			app_say(app, LOOK_error, "%s", err.text);
	} else {
		app_say(app, LOOK_hint, "No value is selected that a filter can compare");
	}
	nf_strbuf_done(&value);
	nf_strbuf_done(&comparison);
	nf_strbuf_done(&text);
	return true;
}

void app_filter_edit(struct app *app, const char *text)
{
	app_ask(app, &line, text, &app->filter.history);
}

bool app_filter_act(struct app *app, enum action a)
{
	if (a != ACTION_filter)
		return from_cell(app, a);
	app_filter_edit(app, nf_strbuf_cstr(&app->filter.text));
	return true;
}
