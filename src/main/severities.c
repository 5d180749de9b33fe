#include <config.h>

#include "main/severities.h"

#include <string.h>

#include "main/lines.h"
#include "model/filter_near.h"

enum check_rule_id severities_rule(const char *id, struct nf_err *err)
{
	enum check_rule_id rule = check_rule_by_id(id);
	struct filter_near near;

	if (rule < CHECK_RULES)
		return rule;
	near = filter_near_to((struct nf_bytes){ (const uint8_t *)id, strlen(id) });
	for (unsigned i = 0; i < CHECK_RULES; i++)
		filter_near_consider(&near, check_rules[i].id);
	if (near.cost[0] < UINT32_MAX)
		nf_err_set(err, NF_ERR_USAGE, "there is no rule \"%.64s\"; did you mean %s?", id,
			   near.names[0]);
	else
		nf_err_set(err, NF_ERR_USAGE, "there is no rule \"%.64s\"; see nfpcap rules", id);
	return CHECK_RULES;
}

static const char blanks[] = " \t";

/* TEXT without the blanks around it. */
static char *trimmed(char *text)
{
	size_t n;

	text += strspn(text, blanks);
	for (n = strlen(text); n != 0 && strchr(blanks, text[n - 1]) != NULL; n--)
		;
	text[n] = '\0';
	return text;
}

static int value_of(const char *word)
{
	static const struct { const char *word; uint8_t value; } words[] = {
		{ "off", CHECK_OFF }, { "note", 1 + NF_NOTE }, { "warning", 1 + NF_WARNING },
		{ "error", 1 + NF_ERROR },
	};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].value;
	return -1;
}

static int take(void *ctx, char *line, struct nf_err *err)
{
	struct severities *s = ctx;
	char *id = trimmed(line), *word = strchr(id, '=');
	enum check_rule_id rule;
	int value;

	if (*id == '\0')
		return 0;
	if (word == NULL)
		return nf_err_set(err, NF_ERR_USAGE, "\"%.64s\" is not of the form RULE=SEVERITY",
				  id);
	*word++ = '\0';
	id = trimmed(id);
	word = trimmed(word);
	rule = severities_rule(id, err);
	if (rule == CHECK_RULES)
		return -1;
	value = value_of(word);
	if (value < 0)
		return nf_err_set(err, NF_ERR_USAGE,
				  "%s: \"%.64s\" is none of off, note, warning, error", id, word);
	s->of[rule] = (uint8_t)value;
	return 0;
}

int severities_line(struct severities *s, const char *line, struct nf_err *err)
{
	char copy[LINES_LONGEST];

	if (strlen(line) >= sizeof(copy))
		return nf_err_set(err, NF_ERR_USAGE, "this is no line of text");
	strcpy(copy, line);
	copy[strcspn(copy, "#")] = '\0';
	return take(s, copy, err);
}

int severities_open(struct severities *s, const struct cli *cli, struct nf_err *err)
{
	struct nf_err what;

	memset(s->of, CHECK_BY_DEFAULT, sizeof(s->of));
	for (size_t i = 0; i < cli->profiles.n; i++)
		if (lines_of(cli->profiles.v[i], take, s, err) < 0)
			return -1;
	for (size_t i = 0; i < cli->rules.n; i++)
		if (severities_line(s, cli->rules.v[i], &what) < 0)
			return nf_err_set(err, what.kind, "--rule: %.380s", what.text);
	return 0;
}
