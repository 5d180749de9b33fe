/*
 * Keys at random in the browser: nothing that is typed, clicked or resized, in whatever order, may
 * crash it, make it hang, leak, or show what is no character.
 *
 *	monkey [FILE...]	TAP, a test a capture; those of pcaps/ and of the corpus without any
 *
 * NFPCAP_MONKEY: how many keys, over all captures (3000)
 * NFPCAP_MONKEY_SEED: another run (1)
 * NFPCAP_MONKEY_LOG: a file that gets the keys of the current capture, as browse reads them, each
 *	before it is pressed
 *
 * Keys and captures come from the seed alone.  How far the browser has got with its work when a
 * key comes depends on the machine, but for every fourth key, which waits until nothing is left.
 * What is saved goes to a folder of its own, where copies of the captures are: no text that is
 * typed has a slash.
 */
#include <config.h>

#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <unistr.h>

#include "tests/tui/hands.h"
#include "tests/lib/tempdir.h"
#include "tui/action.h"

enum {
	KEYS = 3000, FEWEST = 20,	/* in all; a capture */
	SESSION = 400,			/* keys before the browser is opened anew */
	PATIENCE = 120,			/* seconds between two keys before it hangs */
	QUEUE = 128,
	COPY_MAX = 64 << 20,
};

struct monkey {
	struct hands hands;
	uint64_t random;
	struct key queue[QUEUE];	/* typed next: sequences, texts */
	unsigned n, at;
	bool wait;			/* for the browser, before the next key */
	unsigned long left, session;	/* keys of this capture, of this session */
	unsigned long unsound;		/* screens */
	FILE *log;
};

/* -- Chance --------------------------------------------------------------------------- */

static uint32_t below(struct monkey *m, uint32_t n)
{
	/* xorshift64* */
	m->random ^= m->random >> 12;
	m->random ^= m->random << 25;
	m->random ^= m->random >> 27;
	return (uint32_t)((m->random * UINT64_C(2685821657736338717)) >> 33) % n;
}

static void put(struct monkey *m, struct key k)
{
	if (m->n < QUEUE)
		m->queue[m->n++] = k;
}

static void put_code(struct monkey *m, uint32_t code)
{
	put(m, (struct key){ .code = code });
}

/* -- What is typed -------------------------------------------------------------------- */

/* Keys as key_parse reads them. */
static void type_keys(struct monkey *m, const char *text, size_t n)
{
	struct nf_strbuf s;
	const char *p;
	struct key k;

	nf_strbuf_init(&s);
	nf_sb_mem(&s, text, n);
	p = nf_strbuf_cstr(&s);
	while (*p != '\0' && key_parse(&p, &k)) {
		/* the search has another key; in a line that is typed it would lead elsewhere */
		if (k.code == '/')
			k.code = KEY_F3;
		else if (k.code == '*')
			k.code = 'a' + below(m, 4);
		put(m, k);
	}
	nf_strbuf_done(&s);
}

static void type_text(struct monkey *m, const char *text)
{
	const uint8_t *p = (const uint8_t *)text, *end = p + strlen(text);
	ucs4_t code;

	for (; p < end; p += u8_mbtouc(&code, p, (size_t)(end - p)), put_code(m, code))
		u8_mbtouc(&code, p, (size_t)(end - p));
}

/* One of the sequences of a row of actions.def. */
static void an_action(struct monkey *m)
{
	const struct action_row *row;
	const char *sequence, *end;
	unsigned rows = 0, skip;

	for (row = action_rows; row->help != NULL; row++)
		rows++;
	row = action_rows + below(m, rows);
	if (row->name == NULL)
		return;
	/* quitting ends the session: it is to be rare */
	if ((row->action == ACTION_quit || row->action == ACTION_close) && below(m, 20) != 0)
		return;
	sequence = row->keys;
	for (skip = below(m, 3); skip > 0 && (end = strstr(sequence, "  ")) != NULL; skip--)
		sequence = end + 2;
	end = strstr(sequence, "  ");
	type_keys(m, sequence, end != NULL ? (size_t)(end - sequence) : strlen(sequence));
}

static void a_move(struct monkey *m)
{
	static const char *const moves[] = {
		"j", "j", "j", "k", "l", "l", "h", "C-d", "C-u", "PgDn", "PgUp", "G", "g g",
		"Tab", "S-Tab", "Enter", "Enter", "<", ">", "Down Down Down", "Right Right",
	};
	const char *keys = moves[below(m, sizeof(moves) / sizeof(moves[0]))];

	type_keys(m, keys, strlen(keys));
}

static void a_screen(struct monkey *m)
{
	put_code(m, '1' + below(m, SCREENS));
}

static void random_text(struct monkey *m)
{
	static const char *const odd[] = { "é", "字", "́", "\"", "\\", "|", "~", "(", "[" };

	for (unsigned n = below(m, 20); n > 0; n--) {
		uint32_t ch = ' ' + below(m, 95);

		if (below(m, 8) == 0)
			type_text(m, odd[below(m, sizeof(odd) / sizeof(odd[0]))]);
		else
			put_code(m, ch == '/' ? '.' : ch);
	}
}

/* A line that is asked for, what is typed there, and what ends it. */
static void a_line(struct monkey *m)
{
	static const char *const asks[] = { "f", "f", "F3", ":", "s", "f C-r", ": C-r", "F3 C-r" };
	static const char *const texts[] = {
		"proto == 6", "src == 10.0.0.1", "bytes > 1000", "version == 9 and not dport == 53",
		"template == 256", "bytes >", "(", "nothing == 1", "", "udp", "0a 00", "1", "99999999",
		"filter bytes > 0", "find 10", "find 0x0a00",
		"find =bytes > 100", "columns src,bytes", "explain", "explain tcp", "write x.csv",
		"frame 3", "help", "flows", "sort", "x.pcap",
		"out.json", "out.csv", "out.txt", "group", "quit2", "src == 2001:db8::1",
	};
	static const char *const ends[] = { "Enter", "Enter", "Enter", "Esc", "Tab Tab Enter", "" };
	const char *keys = asks[below(m, sizeof(asks) / sizeof(asks[0]))];

	type_keys(m, keys, strlen(keys));
	if (below(m, 3) == 0)
		put_code(m, KEY_CTRL('u'));
	if (below(m, 3) == 0)
		random_text(m);
	else
		type_text(m, texts[below(m, sizeof(texts) / sizeof(texts[0]))]);
	keys = ends[below(m, sizeof(ends) / sizeof(ends[0]))];
	type_keys(m, keys, strlen(keys));
}

static void a_size(struct monkey *m)
{
	static const unsigned rows[] = { 1, 2, 3, 5, 12, 24, 60 };
	static const unsigned cols[] = { 1, 2, 7, 20, 40, 80, 132, 200 };

	m->hands.rows = rows[below(m, sizeof(rows) / sizeof(rows[0]))];
	m->hands.cols = cols[below(m, sizeof(cols) / sizeof(cols[0]))];
	/* most of the time there is something to see */
	if (below(m, 2) == 0) {
		m->hands.rows = 24;
		m->hands.cols = 80;
	}
	put_code(m, KEY_RESIZE);
}

static void the_mouse(struct monkey *m)
{
	struct key k = { .code = KEY_MOUSE };

	k.button = (uint8_t)below(m, MOUSE_DOWN + 1);
	k.row = below(m, m->hands.rows);
	k.col = below(m, m->hands.cols);
	put(m, k);
}

/* Any key with a name, any control character, any letter. */
static void any_key(struct monkey *m)
{
	uint32_t code;

	switch (below(m, 3)) {
	case 0:
		code = KEY_NONE + 1 + below(m, KEY_END_OF_NAMES - KEY_NONE - 1);
		put_code(m, code == KEY_HANGUP || code == KEY_RESIZE || code == KEY_MOUSE ?
			 KEY_ESC : code);
		break;
	case 1:
		put_code(m, 1 + below(m, 31));
		break;
	default:
		code = ' ' + below(m, 95);
		put_code(m, code == '/' || code == 'q' || code == 'Q' ? KEY_ESC : code);
		break;
	}
}

static void think(struct monkey *m)
{
	static const struct {
		unsigned weight;
		void (*type)(struct monkey *m);
	} ways[] = {
		{ 40, an_action }, { 22, a_move }, { 8, a_screen }, { 8, a_line }, { 3, a_size },
		{ 8, the_mouse }, { 8, any_key }, { 3, random_text },
	};
	unsigned at = below(m, 100), i = 0;

	m->n = m->at = 0;
	while (at >= ways[i].weight)
		at -= ways[i++].weight;
	ways[i].type(m);
}

/* -- Pressing ------------------------------------------------------------------------- */

/* A line of a script: src/tui/term_script.c. */
static void note(struct monkey *m, const struct key *k)
{
	static const char *const buttons[] = { "press", "double", "up", "down" };
	struct nf_strbuf s;

	if (m->log == NULL)
		return;
	nf_strbuf_init(&s);
	key_put(&s, k->code);
	if (k->code == KEY_RESIZE)
		fprintf(m->log, "size %ux%u\n", m->hands.rows, m->hands.cols);
	else if (k->code == KEY_MOUSE)
		fprintf(m->log, "mouse %s %u %u\n", buttons[k->button], k->row, k->col);
	else if (k->code != KEY_HANGUP)
		fprintf(m->log, "%s%s\n", m->wait ? "wait\n" : "", nf_strbuf_cstr(&s));
	fflush(m->log);
	nf_strbuf_done(&s);
}

static bool next(struct hands *h, struct key *k, bool idle)
{
	struct monkey *m = h->ctx;

	if (m->wait && !idle)
		return false;
	if (h->shown > 0 && !hands_screen_sound(h) && m->unsound++ == 0)
		printf("# not sound:\n%s", nf_strbuf_cstr(&h->screen));
	while (m->at >= m->n)
		think(m);
	*k = m->queue[m->at++];
	if (m->session == 0 || m->left == 0)
		k->code = KEY_HANGUP;
	note(m, k);
	m->session -= m->session > 0;
	m->left -= m->left > 0;
	m->wait = below(m, 4) == 0;
	alarm(PATIENCE);
	return true;
}

static void hangs(int signal)
{
	static const char text[] = "Bail out! it hangs\n";
	ssize_t ignored = write(STDOUT_FILENO, text, sizeof(text) - 1);

	(void)signal;
	(void)ignored;
	abort();
}

/* -- Captures ------------------------------------------------------------------------- */

/* FROM as "NAME" here, no more of it than MOST octets; false: it is none, or too large. */
static bool copy_here(const char *from, const char *name, size_t most)
{
	FILE *in = fopen(from, "rb"), *out = fopen(name, "wb");
	char buf[65536];
	size_t n, all = 0;

	while (in != NULL && out != NULL && all < most &&
	       (n = fread(buf, 1, most - all < sizeof(buf) ? most - all : sizeof(buf), in)) > 0)
		all += fwrite(buf, 1, n, out);
	if (in != NULL)
		fclose(in);
	if (out != NULL)
		fclose(out);
	return all > 0 && all < COPY_MAX;
}

/* KEYS keys on FILES[AT], now and then cut, and now and then with the next capture beside it. */
static const char *tested(struct monkey *m, const glob_t *files, size_t at, unsigned long keys)
{
	const char *const names[] = { "capture", "beside" };
	struct nf_err err;

	m->left = keys;
	while (m->left > 0) {
		size_t n = 1 + (below(m, 4) == 0), beside = (at + 1) % files->gl_pathc;
		bool cut = below(m, 4) == 0;
		size_t most = cut ? 1 + below(m, 2000) : COPY_MAX;

		if (!copy_here(files->gl_pathv[at], names[0], most) ||
		    (n == 2 && !copy_here(files->gl_pathv[beside], names[1], COPY_MAX)))
			return "it cannot be copied";
		if (m->log != NULL && (m->log = freopen(NULL, "w", m->log)) != NULL)
			fprintf(m->log, "# run: %s %s\n# the first %zu octets\n",
				files->gl_pathv[at], n == 2 ? files->gl_pathv[beside] : "", most);
		m->session = SESSION;
		/* one that cannot be opened takes no key */
		m->left -= m->left > 0;
		m->n = m->at = 0;
		m->wait = false;
		m->hands.rows = m->hands.cols = 0;
		m->hands.shown = 0;
		alarm(PATIENCE);
		if (hands_browse(&m->hands, names, n, &err) < 0 && !cut)
			return "it cannot be opened";
	}
	return m->unsound == 0 ? NULL : "a screen is not sound";
}

static void find(glob_t *files, const char *folder, const char *pattern, int flags)
{
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	nf_sb_printf(&s, "%s%s", folder, pattern);
	glob(nf_strbuf_cstr(&s), flags, NULL, files);
	nf_strbuf_done(&s);
}

static void find_all(glob_t *files)
{
	const char *source = getenv("top_srcdir"), *shared = getenv("NFPCAP_SHARED");

	find(files, source != NULL ? source : ".", "/pcaps/*.pcap*", 0);
	find(files, source != NULL ? source : ".", "/pcaps/*.ipfix", GLOB_APPEND);
	for (unsigned i = 0; shared != NULL && i < 2; i++)
		find(files, shared, i == 0 ? "/corpus/*.pcap" : "/corpus/*.pcapng", GLOB_APPEND);
}

static unsigned long number(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text != NULL && *text != '\0' ? strtoul(text, NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
	unsigned long keys = number("NFPCAP_MONKEY", KEYS), seed = number("NFPCAP_MONKEY_SEED", 1);
	const char *log = getenv("NFPCAP_MONKEY_LOG");
	struct monkey m = { .random = UINT64_C(0x9e3779b97f4a7c15) * (seed + 1) | 1 };
	struct tempdir here;
	glob_t files = { 0 };
	size_t failed = 0;

	hands_init(&m.hands);
	m.hands.next = next;
	m.hands.ctx = &m;
	for (int i = 1; i < argc; i++) {
		char *path = realpath(argv[i], NULL);

		if (path != NULL)
			find(&files, path, "", i > 1 ? GLOB_APPEND : 0);
		free(path);
	}
	if (argc == 1)
		find_all(&files);
	m.log = log != NULL && *log != '\0' ? fopen(log, "w") : NULL;
	tempdir_open(&here);
	if (chdir(here.name) < 0)
		return 99;
	signal(SIGALRM, hangs);
	printf("1..%zu\n", files.gl_pathc);
	keys = files.gl_pathc > 0 ? keys / files.gl_pathc : 0;
	for (size_t i = 0; i < files.gl_pathc; i++) {
		const char *slash = strrchr(files.gl_pathv[i], '/');
		const char *why = tested(&m, &files, i, keys > FEWEST ? keys : FEWEST);

		printf("%s %zu - %s%s%s\n", why == NULL ? "ok" : "not ok", i + 1,
		       slash != NULL ? slash + 1 : files.gl_pathv[i], why != NULL ? ": " : "",
		       why != NULL ? why : "");
		fflush(stdout);
		failed += why != NULL;
	}
	alarm(0);
	if (m.log != NULL)
		fclose(m.log);
	hands_done(&m.hands);
	globfree(&files);
	tempdir_close(&here);
	return failed != 0;
}
