#include <config.h>

#include "textbuild.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "framebuild.h"

enum { NS = 1000000000 };

/* What becomes of the messages when they are complete. */
enum goal { GOAL_NONE, GOAL_BARE, GOAL_FRAME, GOAL_PIECES };

/* All that a frame, segment, chunk or fragment line can say. */
struct carrier {
	struct fb_frame frame;
	struct fb_segment segment;
	struct fb_chunk chunk;
	uint32_t from, to;
	uint32_t drops;
};

struct text {
	struct mb *out;
	struct mb messages;
	struct fb_pcap pcap;
	struct carrier carrier;
	enum goal goal;
	bool pcap_begun;
	int64_t first_ns, now_ns;
	char *rest;			/* of the line: what its words have left */
	const char *why;		/* what is wrong with it */
};

/* NAME=VALUE words fill the members that such rows name. */
struct key {
	const char *name;
	uint16_t offset;
	uint8_t width;
};

#define KEY(type, member, name)	\
	{ name, offsetof(type, member), sizeof(((type *)NULL)->member) }

static bool fail(struct text *t, const char *why)
{
	if (t->why == NULL)
		t->why = why;
	return false;
}

static char *next_word(struct text *t)
{
	char *w = t->rest + strspn(t->rest, " \t");
	size_t n = strcspn(w, " \t");

	if (n == 0)
		return NULL;
	t->rest = w + n;
	if (*t->rest != '\0')
		*t->rest++ = '\0';
	return w;
}

static bool unsigned_word(const char *w, uint64_t max, uint64_t *v)
{
	char *end;

	if (w == NULL || *w < '0' || *w > '9')
		return false;
	errno = 0;
	*v = strtoull(w, &end, 0);
	return *end == '\0' && errno == 0 && *v <= max;
}

static bool key_value(const char *w, uint8_t width, uint32_t *v)
{
	uint64_t number;
	uint8_t a[4];

	if (width == 4 && inet_pton(AF_INET, w, a) == 1) {
		*v = nf_be32(a);
		return true;
	}
	if (!unsigned_word(w, (UINT64_C(1) << 8 * width) - 1, &number))
		return false;
	*v = (uint32_t)number;
	return true;
}

static void store(void *to, uint8_t width, uint32_t v)
{
	switch (width) {
	case 1: memcpy(to, &(uint8_t){ (uint8_t)v }, 1); break;
	case 2: memcpy(to, &(uint16_t){ (uint16_t)v }, 2); break;
	case 4: memcpy(to, &v, 4); break;
	}
}

/* The rest of the line as NAME=VALUE words into the members of BASE. */
static bool keys(struct text *t, const struct key *rows, size_t n, void *base)
{
	char *w, *equals;
	uint32_t v;
	size_t i;

	while ((w = next_word(t)) != NULL) {
		equals = strchr(w, '=');
		if (equals == NULL)
			return fail(t, "not NAME=VALUE");
		*equals = '\0';
		for (i = 0; i < n && strcmp(rows[i].name, w) != 0; i++)
			;
		if (i == n)
			return fail(t, "no such name");
		if (!key_value(equals + 1, rows[i].width, &v))
			return fail(t, "value not understood or too large");
		store((char *)base + rows[i].offset, rows[i].width, v);
	}
	return true;
}

#define KEYS(t, rows, base) keys(t, rows, sizeof(rows) / sizeof(*(rows)), base)

/* 2024-01-01T00:00:00.25Z, or +0.5 */
static bool moment(struct text *t, const char *w)
{
	struct tm tm = { 0 };
	const char *p;
	char *end;
	double fraction = 0;

	if (w == NULL)
		return fail(t, "no time");
	if (*w == '+') {
		t->now_ns += (int64_t)(strtod(w + 1, &end) * NS + 0.5);
		return *end == '\0' || fail(t, "time not understood");
	}
	p = strptime(w, "%Y-%m-%dT%H:%M:%S", &tm);
	if (p == NULL)
		return fail(t, "time not understood");
	if (*p == '.') {
		fraction = strtod(p, &end);
		p = end;
	}
	t->now_ns = (int64_t)timegm(&tm) * NS + (int64_t)(fraction * NS + 0.5);
	return strcmp(p, "Z") == 0 || fail(t, "time not understood");
}

static void end_set(struct text *t)
{
	if (t->messages.depth == 2)
		mb_set_end(&t->messages);
}

static void end_message(struct text *t)
{
	end_set(t);
	if (t->messages.depth == 1)
		mb_end(&t->messages);
}

static void begin_pcap(struct text *t)
{
	if (!t->pcap_begun)
		fb_pcap_begin(t->out, &t->pcap);
	t->pcap_begun = true;
}

static void write_frame(struct text *t, const struct mb *frame)
{
	begin_pcap(t);
	t->pcap.drops = t->carrier.drops;
	fb_pcap_frame(t->out, &t->pcap, t->now_ns, mb_bytes(frame));
	if (frame->failed)
		t->out->failed = true;
}

/* The messages are complete: to where they belong with them. */
static void finish(struct text *t)
{
	struct mb frame;

	end_message(t);
	if (t->goal == GOAL_BARE) {
		mb_mem(t->out, t->messages.p, t->messages.n);
	} else if (t->goal == GOAL_FRAME) {
		mb_init(&frame);
		fb_udp(&frame, &t->carrier.frame, mb_bytes(&t->messages));
		write_frame(t, &frame);
		mb_done(&frame);
	}
	mb_clear(&t->messages);
}

static bool run_pcap(struct text *t)
{
	static const struct key rows[] = {
		KEY(struct fb_pcap, nano, "nano"),
		KEY(struct fb_pcap, big_endian, "big_endian"),
		KEY(struct fb_pcap, snaplen, "snaplen"),
		KEY(struct fb_pcap, linktype, "linktype"),
		KEY(struct fb_pcap, ng, "ng"),
	};

	if (t->goal != GOAL_NONE)
		return fail(t, "comes too late");
	return KEYS(t, rows, &t->pcap);
}

static bool run_bare(struct text *t)
{
	if (t->goal != GOAL_NONE)
		return fail(t, "comes too late");
	t->goal = GOAL_BARE;
	return true;
}

/* SRC > DST at TIME NAME=VALUE .. */
static bool read_carrier(struct text *t)
{
	static const struct key rows[] = {
		KEY(struct carrier, frame.vlan, "vlan"),
		KEY(struct carrier, frame.ip_id, "ip_id"),
		KEY(struct carrier, frame.no_checksum, "no_checksum"),
		KEY(struct carrier, frame.udp_length, "udp_length"),
		KEY(struct carrier, frame.udp_checksum, "checksum"),
		KEY(struct carrier, frame.atomic, "atomic"),
		KEY(struct carrier, drops, "drops"),
		KEY(struct carrier, segment.seq, "seq"),
		KEY(struct carrier, segment.ack, "ack"),
		KEY(struct carrier, chunk.type, "type"),
		KEY(struct carrier, chunk.tag, "tag"),
		KEY(struct carrier, chunk.tsn, "tsn"),
		KEY(struct carrier, chunk.stream, "stream"),
		KEY(struct carrier, chunk.stream_seq, "stream_seq"),
		KEY(struct carrier, chunk.flags, "flags"),
		KEY(struct carrier, from, "from"),
		KEY(struct carrier, to, "to"),
	};
	const char *src = next_word(t), *arrow = next_word(t), *dst = next_word(t);
	const char *at = next_word(t);
	struct carrier c = { .to = UINT32_MAX };

	if (at == NULL || strcmp(arrow, ">") != 0 || strcmp(at, "at") != 0)
		return fail(t, "not SRC > DST at TIME");
	c.frame.src = fb_endpoint(src);
	c.frame.dst = fb_endpoint(dst);
	if (c.frame.src.addr.family == 0 || c.frame.src.addr.family != c.frame.dst.addr.family)
		return fail(t, "addresses not understood");
	if (!moment(t, next_word(t)) || !KEYS(t, rows, &c))
		return false;
	c.segment.flags = c.chunk.flags;
	t->carrier = c;
	if (t->first_ns == 0)
		t->first_ns = t->now_ns;
	return true;
}

static bool run_frame(struct text *t)
{
	if (t->goal == GOAL_BARE)
		return fail(t, "a bare file has no frames");
	finish(t);
	t->goal = GOAL_FRAME;
	return read_carrier(t);
}

static bool run_payload(struct text *t)
{
	if (t->goal == GOAL_BARE)
		return fail(t, "a bare file has no frames");
	finish(t);
	t->goal = GOAL_PIECES;
	return true;
}

/* Octets from= to to= of B. */
static struct nf_bytes piece(const struct text *t, struct nf_bytes b)
{
	uint32_t to = t->carrier.to < t->carrier.from ? t->carrier.from : t->carrier.to;

	return nf_slice(b, t->carrier.from, to - t->carrier.from);
}

static void one_segment(struct text *t, struct mb *frame)
{
	fb_tcp(frame, &t->carrier.frame, &t->carrier.segment, piece(t, mb_bytes(&t->messages)));
}

static void one_chunk(struct text *t, struct mb *frame)
{
	fb_sctp(frame, &t->carrier.frame, &t->carrier.chunk, piece(t, mb_bytes(&t->messages)));
}

static void one_fragment(struct text *t, struct mb *frame)
{
	struct fb_frame *f = &t->carrier.frame;
	struct nf_bytes part;
	struct mb udp;

	mb_init(&udp);
	fb_udp_segment(&udp, f, mb_bytes(&t->messages));
	part = piece(t, mb_bytes(&udp));
	f->fragment = (uint16_t)(t->carrier.from / 8);
	if (t->carrier.from + part.n < udp.n)
		f->fragment |= FB_MORE_FRAGMENTS;
	fb_ip(frame, f, 17, part);
	mb_done(&udp);
}

static bool one_piece(struct text *t, void (*wrap)(struct text *t, struct mb *frame))
{
	struct mb frame;

	if (t->goal != GOAL_PIECES)
		return fail(t, "no payload to cut");
	end_message(t);
	if (!read_carrier(t))
		return false;
	mb_init(&frame);
	wrap(t, &frame);
	write_frame(t, &frame);
	mb_done(&frame);
	return true;
}

static bool run_segment(struct text *t)
{
	return one_piece(t, one_segment);
}

static bool run_chunk(struct text *t)
{
	return one_piece(t, one_chunk);
}

static bool run_fragment(struct text *t)
{
	return one_piece(t, one_fragment);
}

/* at TIME and then all octets of the frame */
static bool run_raw(struct text *t)
{
	const char *at = next_word(t);
	struct mb frame;

	if (t->goal == GOAL_BARE)
		return fail(t, "a bare file has no frames");
	if (at == NULL || strcmp(at, "at") != 0)
		return fail(t, "not raw at TIME OCTETS");
	finish(t);
	t->goal = GOAL_PIECES;
	if (!moment(t, next_word(t)))
		return false;
	mb_init(&frame);
	mb_hex(&frame, t->rest);
	if (frame.failed)
		fail(t, "octets not understood");
	else
		write_frame(t, &frame);
	mb_done(&frame);
	return t->why == NULL;
}

/* SRC > DST at TIME: that nobody listens there */
static bool run_unreachable(struct text *t)
{
	struct mb frame;

	if (t->goal == GOAL_BARE)
		return fail(t, "a bare file has no frames");
	finish(t);
	t->goal = GOAL_PIECES;
	if (!read_carrier(t))
		return false;
	mb_init(&frame);
	fb_unreachable(&frame, &t->carrier.frame);
	write_frame(t, &frame);
	mb_done(&frame);
	return true;
}

static bool begin_message(struct text *t, unsigned version)
{
	enum { UNSET = 1 << 16 };
	struct { struct mb_header h; uint32_t count, length; } said = {
		.h.secs = t->now_ns != 0 ? (uint32_t)(t->now_ns / NS) : MB_SECS,
		.h.nsecs = (uint32_t)(t->now_ns % NS),
		.h.uptime_ms = MB_UPTIME + (uint32_t)((t->now_ns - t->first_ns) / 1000000),
		.count = UNSET, .length = UNSET,
	};
	static const struct key rows[] = {
		KEY(struct mb_header, secs, "secs"),
		KEY(struct mb_header, nsecs, "nsecs"),
		KEY(struct mb_header, uptime_ms, "uptime_ms"),
		KEY(struct mb_header, seq, "seq"),
		KEY(struct mb_header, domain, "domain"),
		KEY(struct mb_header, engine_type, "engine_type"),
		KEY(struct mb_header, engine_id, "engine_id"),
		KEY(struct mb_header, sampling, "sampling"),
		KEY(struct mb_header, aggregation, "aggregation"),
		{ "count", offsetof(__typeof__(said), count), 4 },
		{ "length", offsetof(__typeof__(said), length), 4 },
	};

	size_t at;

	if (t->goal == GOAL_NONE)
		return fail(t, "neither frame, payload nor bare before it");
	if (!KEYS(t, rows, &said))
		return false;
	end_message(t);
	at = t->messages.n;
	mb_begin(&t->messages, version, &said.h);
	/* 0 is what a header has that says nothing: here, it was said */
	if (said.h.secs == 0)
		mb_put32(&t->messages, at + (version == 10 ? 4 : 8), 0);
	if (said.h.uptime_ms == 0 && version != 10)
		mb_put32(&t->messages, at + 4, 0);
	if (said.count != UNSET)
		mb_force_count(&t->messages, (uint16_t)said.count);
	if (said.length != UNSET)
		mb_force_length(&t->messages, (uint16_t)said.length);
	return true;
}

static bool run_v1(struct text *t) { return begin_message(t, 1); }
static bool run_v5(struct text *t) { return begin_message(t, 5); }
static bool run_v6(struct text *t) { return begin_message(t, 6); }
static bool run_v7(struct text *t) { return begin_message(t, 7); }
static bool run_v8(struct text *t) { return begin_message(t, 8); }
static bool run_v9(struct text *t) { return begin_message(t, 9); }
static bool run_ipfix(struct text *t) { return begin_message(t, 10); }

static bool run_flow(struct text *t)
{
	static const struct key rows[] = {
#define MB_FIELD(name) KEY(struct mb_flow, name, #name),
#include "mbfields.def"
#undef MB_FIELD
	};
	struct mb_flow flow = { 0 };

	if (!KEYS(t, rows, &flow))
		return false;
	mb_flow(&t->messages, &flow);
	return !t->messages.failed || fail(t, "no such layout");
}

static bool id_word(struct text *t, uint16_t *id)
{
	uint64_t v;

	if (!unsigned_word(next_word(t), 65535, &v))
		return fail(t, "no id");
	*id = (uint16_t)v;
	return true;
}

static bool run_set(struct text *t)
{
	static const struct key rows[] = { { "length", 0, 4 } };
	uint32_t length = UINT32_MAX;
	uint16_t id;

	if (t->messages.depth == 0)
		return fail(t, "no message to put it in");
	if (!id_word(t, &id) || !KEYS(t, rows, &length))
		return false;
	end_set(t);
	mb_set_begin(&t->messages, id);
	if (length != UINT32_MAX)
		mb_force_length(&t->messages, (uint16_t)length);
	return true;
}

static bool run_template(struct text *t)
{
	uint16_t id;

	if (!id_word(t, &id))
		return false;
	mb_template(&t->messages, id, t->rest);
	return !t->messages.failed || fail(t, "fields not understood");
}

static bool run_options(struct text *t)
{
	uint16_t id;
	char *bar;

	if (!id_word(t, &id))
		return false;
	bar = strchr(t->rest, '|');
	if (bar == NULL)
		return fail(t, "not SCOPES | FIELDS");
	*bar = '\0';
	mb_options_template(&t->messages, id, t->rest, bar + 1);
	return !t->messages.failed || fail(t, "fields not understood");
}

static bool run_withdraw(struct text *t)
{
	uint16_t id;

	if (!id_word(t, &id))
		return false;
	mb_withdraw(&t->messages, id);
	return true;
}

static bool run_record(struct text *t)
{
	mb_record(&t->messages, t->rest);
	return !t->messages.failed || fail(t, "values not understood");
}

static bool run_octets(struct text *t)
{
	mb_values(&t->messages, t->rest);
	return !t->messages.failed || fail(t, "values not understood");
}

static bool run_pad(struct text *t)
{
	const char *w = next_word(t);
	uint64_t n = 4;

	if (t->messages.depth == 0)
		return fail(t, "nothing to pad");
	if (w != NULL && (!unsigned_word(w, 65535, &n) || n == 0))
		return fail(t, "not a number of octets");
	mb_pad(&t->messages, (unsigned)n);
	return true;
}

static const struct {
	const char *name;
	bool (*run)(struct text *t);
} commands[] = {
	{ "pcap", run_pcap }, { "bare", run_bare },
	{ "frame", run_frame }, { "payload", run_payload }, { "segment", run_segment },
	{ "chunk", run_chunk }, { "fragment", run_fragment }, { "raw", run_raw },
	{ "unreachable", run_unreachable },
	{ "v1", run_v1 }, { "v5", run_v5 }, { "v6", run_v6 }, { "v7", run_v7 }, { "v8", run_v8 },
	{ "v9", run_v9 }, { "ipfix", run_ipfix },
	{ "flow", run_flow }, { "set", run_set }, { "template", run_template },
	{ "options", run_options }, { "withdraw", run_withdraw }, { "record", run_record },
	{ "octets", run_octets }, { "pad", run_pad },
};

static bool run_line(struct text *t, char *line)
{
	const char *w;

	t->rest = line;
	w = next_word(t);
	if (w == NULL)
		return true;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(commands[i].name, w) == 0)
			return commands[i].run(t);
	return fail(t, "no such command");
}

/* Cut a comment off LINE: a # that no quotes hold, at its start or after a blank. */
static void cut_comment(char *line)
{
	bool quoted = false;

	for (char *p = line; *p != '\0'; p++) {
		if (*p == '\\' && quoted && p[1] != '\0')
			p++;
		else if (*p == '"')
			quoted = !quoted;
		else if (*p == '#' && !quoted && (p == line || p[-1] == ' ' || p[-1] == '\t'))
			*p = '\0';
		if (*p == '\0')
			return;
	}
}

/* The next line of *AT, joined with those that a backslash continues; counts them in *LINE. */
static char *take_line(char **at, unsigned *line)
{
	char *begin = *at, *end;

	if (*begin == '\0')
		return NULL;
	for (end = begin;; end++) {
		end += strcspn(end, "\n");
		++*line;
		if (*end == '\0' || end == begin || end[-1] != '\\')
			break;
		end[-1] = end[0] = ' ';
	}
	*at = *end == '\0' ? end : end + 1;
	*end = '\0';
	cut_comment(begin);
	return begin;
}

int tb_build(struct mb *out, const char *text, struct nf_err *err)
{
	struct text t = { .out = out };
	char *copy = nf_alloc(strlen(text) + 1), *at = copy, *line;
	unsigned number = 0;

	if (copy == NULL)
		return nf_err_memory(err);
	strcpy(copy, text);
	mb_init(&t.messages);
	while (t.why == NULL && (line = take_line(&at, &number)) != NULL)
		run_line(&t, line);
	if (t.why == NULL) {
		finish(&t);
		if (t.goal != GOAL_BARE)
			begin_pcap(&t);
		if (t.messages.failed || out->failed)
			t.why = "out of memory";
	}
	mb_done(&t.messages);
	nf_free(copy);
	return t.why == NULL ? 0 : nf_err_set(err, NF_ERR_USAGE, "line %u: %s", number, t.why);
}

int tb_build_file(struct mb *out, const char *path, struct nf_err *err)
{
	char buffer[65536];
	struct mb text;
	FILE *file = fopen(path, "r");
	size_t n;
	int rc;

	if (file == NULL)
		return nf_err_set(err, NF_ERR_ENV, "%s: %s", path, strerror(errno));
	mb_init(&text);
	while ((n = fread(buffer, 1, sizeof(buffer), file)) > 0)
		mb_mem(&text, buffer, n);
	mb_u8(&text, '\0');
	if (ferror(file))
		rc = nf_err_set(err, NF_ERR_ENV, "%s: %s", path, strerror(errno));
	else if (text.failed)
		rc = nf_err_memory(err);
	else
		rc = tb_build(out, (const char *)text.p, err);
	fclose(file);
	mb_done(&text);
	return rc;
}
