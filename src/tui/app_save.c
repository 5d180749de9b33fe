/* `s`: what is to be saved how, and where; then it goes on by itself. */
#include <config.h>

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "tui/app.h"
#include "tui/saving.h"

bool app_save_work(struct app *app)
{
	if (app->saving == NULL)
		return false;
	if (saving_step(app->saving))
		return true;
	app_save_stop(app);
	app->stale = true;
	return false;
}

void app_save_stop(struct app *app)
{
	saving_free(app->saving);
	app->saving = NULL;
}

/* -- Where ------------------------------------------------------------------------------ */

static void start(struct app *app, const char *path)
{
	struct nf_err err;

	app_save_stop(app);
	app->saving = saving_new(app, app->save_as, path, &err);
	if (app->saving == NULL)
		app_say(app, LOOK_error, "%s", err.text);
}

static void overwrite(struct app *app, void *own, size_t row)
{
	if (row == 1)
		start(app, own);
}

static void forget(struct app *app, void *own)
{
	(void)app;
	nf_free(own);
}

static const struct overlay_ops overwrite_ops = { .chosen = overwrite, .closed = forget };

static void ask_to_overwrite(struct app *app, const char *path)
{
	static const char *const answers[] = { "no", "yes, write over it" };
	char *own = nf_alloc(strlen(path) + 1);
	struct popup *p;

	if (own == NULL)
		return;
	strcpy(own, path);
	nf_strbuf_clear(&app->scratch);
	nf_sb_printf(&app->scratch, "%s is there already", path);
	p = app_overlay(app, nf_strbuf_cstr(&app->scratch), &overwrite_ops, own, NULL);
	for (unsigned i = 0; p != NULL && i < 2; i++)
		popup_add(p, &(struct popup_row){
			.kind = POPUP_CHOICE, .key = (uint32_t)answers[i][0],
		}, (struct nf_bytes){ (const uint8_t *)answers[i], strlen(answers[i]) });
}

static void entered(struct app *app, const char *path)
{
	if (*path == '\0')
		return;
	if (access(path, F_OK) == 0)
		ask_to_overwrite(app, path);
	else
		start(app, path);
}

void app_save_to(struct app *app, const char *path)
{
	size_t n = strlen(path);

	for (const struct saving_format *f = saving_formats; f->label != NULL; f++) {
		size_t end = strlen(f->suffix);

		if (n > end && strcmp(path + n - end, f->suffix) == 0) {
			app->save_as = f;
			entered(app, path);
			return;
		}
	}
	app_say(app, LOOK_error, "%s: a name that ends in .txt, .csv, .json or .pcap says how",
		*path != '\0' ? path : ":write FILE");
}

static const struct prompt_ops line = { .label = "Save as: ", .entered = entered };

/* -- How -------------------------------------------------------------------------------- */

static void chosen(struct app *app, void *own, size_t row)
{
	(void)own;
	app->save_as = &saving_formats[row];
	nf_strbuf_clear(&app->scratch);
	nf_sb_printf(&app->scratch, "%s%s", screen_name(app->current), app->save_as->suffix);
	app_ask(app, &line, nf_strbuf_cstr(&app->scratch), NULL);
}

static const struct overlay_ops ops = { .chosen = chosen };

bool app_save(struct app *app)
{
	uint64_t tagged = saving_tagged(app);
	struct popup *p;

	nf_strbuf_clear(&app->scratch);
	if (tagged > 0)
		nf_sb_printf(&app->scratch, "Save %" PRIu64 " tagged", tagged);
	else
		nf_sb_str(&app->scratch, app->filter.filter != NULL ? "Save what the filter shows" :
								      "Save all");
	p = app_overlay(app, nf_strbuf_cstr(&app->scratch), &ops, NULL, NULL);
	for (const struct saving_format *f = saving_formats; p != NULL && f->label != NULL; f++)
		popup_add(p, &(struct popup_row){ .kind = POPUP_CHOICE, .key = f->key },
			  (struct nf_bytes){ (const uint8_t *)f->label, strlen(f->label) });
	return true;
}
