#include <config.h>

#include "out/style.h"

void style_on(struct out *o, enum style style)
{
	static const char *const codes[STYLES] = {
		[STYLE_HEAD] = "\033[1m",
		[STYLE_FAINT] = "\033[2m",
		[STYLE_NAME] = "\033[36m",
		[STYLE_WARNING] = "\033[33m",
		[STYLE_ERROR] = "\033[31m",
	};

	if (o->opts.color)
		nf_sb_str(&o->text, codes[style]);
}

void style_off(struct out *o)
{
	if (o->opts.color)
		nf_sb_str(&o->text, "\033[0m");
}

enum style style_of(uint8_t severity)
{
	static const enum style styles[] = {
		[NF_NOTE] = STYLE_FAINT, [NF_WARNING] = STYLE_WARNING, [NF_ERROR] = STYLE_ERROR,
	};

	return styles[severity];
}
