#include <config.h>

#include "tui/action.h"

#include <string.h>

enum {
	ALL = (1 << SCREENS) - 1,
#define BIT(screen) (1 << SCREEN_##screen)
	PACKETS = BIT(packets), FLOWS = BIT(flows), EXPORTERS = BIT(exporters),
	TEMPLATES = BIT(templates), TABLES = BIT(tables), FINDINGS = BIT(findings),
	LADDER = BIT(ladder), STATS = BIT(stats),
	PANES = BIT(packets) | BIT(exporters) | BIT(templates) | BIT(tables) | BIT(findings) |
		BIT(stats),
	/* on which something leads elsewhere */
	LINKED = BIT(packets) | BIT(flows) | BIT(exporters) | BIT(templates) | BIT(tables) |
		 BIT(findings) | BIT(ladder),
	CELLS = BIT(packets) | BIT(flows) | BIT(exporters) | BIT(templates) | BIT(tables) |
		BIT(stats),
	SORTED = BIT(flows) | BIT(exporters) | BIT(templates) | BIT(tables) | BIT(stats),
	TIMES = BIT(packets) | BIT(flows) | BIT(tables) | BIT(ladder),
#undef BIT
};

const struct action_row action_rows[] = {
#define HEADING(text) { .help = (text) },
#define ACTION(id, keys_, where_, label_, help_) { .name = #id, .keys = (keys_), \
	.where = (where_), .action = ACTION_##id, .label = (label_), .help = (help_) },
#include "tui/actions.def"
#undef ACTION
#undef HEADING
	{ .help = NULL },
};

const struct action_row *action_row_of(enum action a)
{
	const struct action_row *row = action_rows;

	while (row->help != NULL && row->action != a)
		row++;
	return row->help != NULL ? row : NULL;
}

enum action action_by_name(const char *name)
{
	for (const struct action_row *row = action_rows; row->help != NULL; row++)
		if (row->name != NULL && strcmp(row->name, name) == 0)
			return row->action;
	return ACTION_NONE;
}

/* -- Sequences ------------------------------------------------------------------------ */

/*
 * The keys of the sequence at *P, which goes on to the next one; returns how many.  ANY is set
 * for "*", which is no key that can be typed as such.
 */
static unsigned sequence(const char **p, struct key keys[ACTION_KEYS], bool any[ACTION_KEYS])
{
	unsigned n = 0;
	bool ends = false;

	while (**p != '\0' && !ends && n < ACTION_KEYS) {
		const char *from = *p;

		any[n] = from[0] == '*' && (from[1] == '\0' || from[1] == ' ');
		if (!key_parse(p, &keys[n]))
			break;
		n++;
		ends = (*p)[-1] == ' ' && (*p)[-2] == ' ';
	}
	return n;
}

static bool same(const struct key *k, const struct key *typed, bool any)
{
	return any ? typed->code >= ' ' && typed->code < KEY_NONE : k->code == typed->code;
}

/* How far the keys typed agree with a row's: ACTION_FOUND for all of a sequence. */
static enum action_got held_against(const struct action_row *row, const struct action_typed *typed,
				    uint32_t *arg)
{
	enum action_got best = ACTION_UNKNOWN;
	const char *p = row->keys;
	struct key keys[ACTION_KEYS];
	bool any[ACTION_KEYS];

	while (*p != '\0') {
		unsigned n = sequence(&p, keys, any), i = 0;

		if (n == 0)
			break;
		while (i < n && i < typed->n && same(&keys[i], &typed->v[i], any[i]))
			i++;
		if (i < typed->n)
			continue;
		if (i < n) {
			best = ACTION_MORE;
			continue;
		}
		*arg = any[n - 1] ? typed->v[n - 1].code : 0;
		return ACTION_FOUND;
	}
	return best;
}

enum action_got action_type(struct action_typed *typed, const struct key *k, enum screen_id screen,
			    enum action *a, uint32_t *arg)
{
	enum action_got best = ACTION_UNKNOWN;

	typed->v[typed->n++] = *k;
	for (const struct action_row *row = action_rows; row->help != NULL; row++) {
		enum action_got got;

		if (row->name == NULL || (row->where & (1 << screen)) == 0)
			continue;
		got = held_against(row, typed, arg);
		if (got == ACTION_FOUND) {
			*a = row->action;
			typed->n = 0;
			return got;
		}
		if (got == ACTION_MORE)
			best = got;
	}
	if (best != ACTION_MORE || typed->n == ACTION_KEYS)
		typed->n = 0;
	return best;
}

void action_keys(struct nf_strbuf *s, const struct action_row *row, bool fkeys)
{
	const char *p = row->keys, *chosen = row->keys, *end;

	while (fkeys && (p = strstr(p, "  ")) != NULL) {
		p += 2;
		if (p[0] == 'F' && p[1] >= '1' && p[1] <= '9') {
			chosen = p;
			break;
		}
	}
	end = strstr(chosen, "  ");
	nf_sb_mem(s, chosen, end != NULL ? (size_t)(end - chosen) : strlen(chosen));
}
