/*
 * Every key of actions.def does something on every screen that its row names.
 *
 *	everykey CAPTURE...	TAP, a test a screen and capture
 *
 * Each is pressed in a browser that was just opened, on the first row of the screen or, if that is
 * no place for it, on others.  "Nothing here to do that to" is no answer but where `excused` says
 * why.
 */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "tests/tui/hands.h"
#include "tui/action.h"

/* What has to come before a key. */
static const struct {
	enum action action;
	const char *keys;
} before[] = {
	{ ACTION_back, "9 9 7 8" },	/* and the screen's own key */
	{ ACTION_forth, "9 <" },
	{ ACTION_go_mark, "m a j" },
	{ ACTION_search_next, "F3 0 Enter" },
	{ ACTION_search_prev, "F3 0 Enter" },
	{ ACTION_diff, "Space j Space" },
	{ ACTION_untag, "Space" },
	{ ACTION_prev_same, "G" },
	{ ACTION_prev_finding, "G" },
};

/* Where the rows of the screen, or this capture, have nothing for a key; the reason is told. */
static const struct {
	enum action action;
	unsigned screens;		/* 0: all */
	const char *why;
} excused[] = {
	{ ACTION_stop, 0, "nothing goes on any more" },
};

/* Where the cursor is put, one after another, until the key has something to do. */
static const char *const places[] = {
	"", "l", "j", "j j l", "Enter", "Tab", "Tab j j j", "j j j j l l", "Tab Enter j j j j",
	"Tab G", "l l l l", "Right Right Down Down Down Right Down Right Down",
};

enum { PLACES = sizeof(places) / sizeof(places[0]), QUEUE = 64 };

struct presser {
	struct hands hands;
	struct key queue[QUEUE];
	unsigned n, at;
	struct nf_strbuf said;		/* the last line once all was pressed */
};

static void type(struct presser *p, const char *text)
{
	while (*text != '\0' && p->n < QUEUE && key_parse(&text, &p->queue[p->n]))
		p->n++;
}

/* Each key waits until the one before has done all that it does. */
static bool next(struct hands *h, struct key *k, bool idle)
{
	struct presser *p = h->ctx;

	if (!idle)
		return false;
	if (p->at < p->n) {
		*k = p->queue[p->at++];
		return true;
	}
	nf_strbuf_clear(&p->said);
	nf_sb_mem(&p->said, hands_last_line(h).p, hands_last_line(h).n);
	k->code = KEY_HANGUP;
	return true;
}

static const char *before_of(enum action a)
{
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		if (before[i].action == a)
			return before[i].keys;
	return "";
}

static const char *excuse(enum action a, enum screen_id screen)
{
	for (size_t i = 0; i < sizeof(excused) / sizeof(excused[0]); i++)
		if (excused[i].action == a &&
		    (excused[i].screens == 0 || (excused[i].screens & (1 << screen)) != 0))
			return excused[i].why;
	return NULL;
}

/* KEYS on SCREEN, the cursor at PLACE: what the last line says. */
static const char *press(struct presser *p, const char *capture, enum screen_id screen,
			 const char *first, const char *place, const char *keys)
{
	const char digit[] = { (char)('1' + (int)screen), '\0' };
	struct nf_err err;

	p->n = p->at = 0;
	nf_strbuf_clear(&p->said);
	type(p, strncmp(first, "9 9", 3) == 0 ? first : "");
	type(p, digit);
	type(p, place);
	type(p, strncmp(first, "9 9", 3) == 0 ? "" : first);
	type(p, keys);
	if (hands_browse(&p->hands, &capture, 1, &err) < 0)
		return "it cannot be opened";
	return nf_strbuf_cstr(&p->said);
}

static bool refused(const char *said)
{
	return strstr(said, "Nothing here to do that") != NULL ||
	       strstr(said, "No such key here") != NULL || strstr(said, "cannot be opened") != NULL;
}

/* The sequence at *AT of a row's keys, "*" made a letter; false behind the last one. */
static bool sequence(const char **at, char *keys, size_t size)
{
	const char *end = strstr(*at, "  ");
	size_t n = end != NULL ? (size_t)(end - *at) : strlen(*at);
	char *any;

	if (n == 0 || n >= size)
		return false;
	memcpy(keys, *at, n);
	keys[n] = '\0';
	any = strchr(keys, '*');
	if (any != NULL)
		*any = 'a';
	*at += n + (end != NULL ? 2 : 0);
	return true;
}

/* True if some place on SCREEN takes KEYS. */
static bool does_something(struct presser *p, const char *capture, enum screen_id screen,
			   const struct action_row *row, const char *keys)
{
	for (size_t i = 0; i < PLACES; i++)
		if (!refused(press(p, capture, screen, before_of(row->action), places[i], keys)))
			return true;
	return false;
}

static unsigned test_screen(struct presser *p, const char *capture, enum screen_id screen)
{
	unsigned wrong = 0;

	for (const struct action_row *row = action_rows; row->help != NULL; row++) {
		const char *at = row->keys, *why;
		char keys[64];

		if (row->name == NULL || (row->where & (1 << screen)) == 0)
			continue;
		why = excuse(row->action, screen);
		while (sequence(&at, keys, sizeof(keys))) {
			if (does_something(p, capture, screen, row, keys))
				continue;
			if (why == NULL)
				printf("# %s: %s: %s\n", keys, row->help,
				       nf_strbuf_cstr(&p->said));
			wrong += why == NULL;
		}
	}
	return wrong;
}

int main(int argc, char **argv)
{
	const char *source = getenv("top_srcdir");
	struct presser p = { .n = 0 };
	struct nf_strbuf path;
	unsigned failed = 0, number = 0;
	static const char *const names[] = { "merged.pcapng", "joined.pcap" };
	size_t n = argc > 1 ? (size_t)argc - 1 : 2;

	hands_init(&p.hands);
	p.hands.next = next;
	p.hands.ctx = &p;
	nf_strbuf_init(&p.said);
	nf_strbuf_init(&path);
	printf("1..%zu\n", n * SCREENS);
	for (size_t i = 0; i < n; i++) {
		nf_strbuf_clear(&path);
		nf_sb_printf(&path, argc > 1 ? "%s%s" : "%s/pcaps/%s",
			     argc > 1 ? "" : source != NULL ? source : ".",
			     argc > 1 ? argv[i + 1] : names[i]);
		for (unsigned screen = 0; screen < SCREENS; screen++) {
			unsigned wrong = test_screen(&p, nf_strbuf_cstr(&path), screen);

			printf("%s %u - keys of screen %u: %s\n", wrong == 0 ? "ok" : "not ok",
			       ++number, screen + 1, nf_strbuf_cstr(&path));
			fflush(stdout);
			failed += wrong != 0;
		}
	}
	nf_strbuf_done(&path);
	nf_strbuf_done(&p.said);
	hands_done(&p.hands);
	return failed != 0;
}
