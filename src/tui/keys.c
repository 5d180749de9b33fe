#include <config.h>

#include "tui/keys.h"

#include <string.h>
#include <unistr.h>

static const struct { uint32_t code; const char *name; } names[] = {
#define NAMED(code, name) { KEY_##code, name },
#include "tui/keys.def"
#undef NAMED
	{ ' ', "Space" },
};

enum { NAMES = sizeof(names) / sizeof(names[0]) };

/* Tab, Enter and Backspace are what terminals send for C-i, C-m or C-j, and C-h; Esc for C-[. */
static bool is_control(uint32_t code)
{
	return code >= 1 && code < 0x20 && code != KEY_CTRL('h') && code != KEY_CTRL('i') &&
	       code != KEY_CTRL('j') && code != KEY_CTRL('m') && code != KEY_CTRL('[');
}

/* C-a to C-z, and C-\ C-] C-^ C-_. */
static uint32_t control(const char *text, size_t n)
{
	uint8_t c = n == 3 ? (uint8_t)text[2] : 0;

	if (n != 3 || text[0] != 'C' || text[1] != '-')
		return KEY_NONE;
	if (!(c >= 'a' && c <= 'z') && !(c >= '\\' && c <= '_'))
		return KEY_NONE;
	return is_control(KEY_CTRL(c)) ? KEY_CTRL(c) : KEY_NONE;
}

static uint32_t character(const char *text, size_t n)
{
	const uint8_t *p = (const uint8_t *)text;
	ucs4_t code;
	int took = u8_mbtoucr(&code, p, n);

	return took > 0 && (size_t)took == n && code > 0x20 && !(code >= 0x7f && code < 0xa0) ?
	       code : KEY_NONE;
}

static uint32_t named(const char *text, size_t n)
{
	for (size_t i = 0; i < NAMES; i++)
		if (strlen(names[i].name) == n && memcmp(names[i].name, text, n) == 0)
			return names[i].code;
	return KEY_NONE;
}

bool key_parse(const char **text, struct key *k)
{
	static uint32_t (*const readers[])(const char *, size_t) = { character, control, named };
	size_t n = strcspn(*text, " \t\n");

	*k = (struct key){ .code = KEY_NONE };
	for (size_t i = 0; n > 0 && i < sizeof(readers) / sizeof(readers[0]); i++) {
		k->code = readers[i](*text, n);
		if (k->code == KEY_NONE)
			continue;
		*text += n;
		*text += strspn(*text, " \t\n");
		return true;
	}
	return false;
}

void key_put(struct nf_strbuf *s, uint32_t code)
{
	uint8_t octets[6];
	int n;

	for (size_t i = 0; i < NAMES; i++) {
		if (names[i].code == code) {
			nf_sb_str(s, names[i].name);
			return;
		}
	}
	if (is_control(code)) {
		nf_sb_str(s, "C-");
		nf_sb_char(s, (char)(code <= 26 ? code + 0x60 : code + 0x40));
	} else if (code > 0x20 && !(code >= 0x7f && code < 0xa0)) {
		n = u8_uctomb(octets, code, sizeof(octets));
		if (n > 0)
			nf_sb_mem(s, octets, (size_t)n);
	}
}
